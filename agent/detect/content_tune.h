/* Every threshold of the content features, each with its reason.
 * Nothing else in content*.c writes a judging number. */
#ifndef MM_AGENT_DETECT_CONTENT_TUNE_H
#define MM_AGENT_DETECT_CONTENT_TUNE_H

/* --- sampling ---------------------------------------------------------------- */
#define TUNE_BLOCK 4096        /* bytes of one sampled block: page size, the smallest step of intermittent ciphers */
#define TUNE_BLOCKS 16         /* blocks looked at in detail: 64 KiB, about 60 us of histograms */
#define TUNE_PROBE 256         /* bytes of one probe that only asks "changed or not" */
#define TUNE_PROBES 96         /* a cipher that takes 6 % of a file is missed by 0.94^96 = 0.3 % of the probes' sets */
#define TUNE_WHOLE (TUNE_BLOCK * TUNE_BLOCKS) /* smaller files are read whole */
#define TUNE_SCRATCH (256 * 1024) /* work area of the structure checks: the largest thing read at once */
#define TUNE_DEEP (1024 * 1024)   /* bytes inflated to settle a doubtful case: 3 ms, only then */

/* --- what looks random ------------------------------------------------------- */
/* Chi-square of bytes against uniform, 255 degrees of freedom: mean 255, deviation 22.6, whatever n.
 * Text of n bytes gives about 256 * (1 + 0.065 n) - n: 740 at n = 32, far outside. */
#define TUNE_MIN_RANDOM 32     /* fewer bytes are never called random */
#define TUNE_CHI_MAX 360       /* +4.6 deviations; by Wilson-Hilferty one truly random block in 60,000 is missed */
#define TUNE_CHI_MIN 150       /* -4.6 deviations: too even is a table or counter, not a cipher */
#define TUNE_DIFF_MAX 375      /* the same for differences of neighbours (finds counters, audio, gradients) */
#define TUNE_DIFF_BYTES 1024   /* ... of which this many suffice */
/* Dense = compressed or encrypted: chi-square 255 + an excess that grows with n.  This and TUNE_LOW_PER_1000
 * were chosen by judgement and only tried as part of the whole on test_content_corpus, never swept alone. */
#define TUNE_DENSE_PER_1000 350
#define TUNE_LOW_CHI 500       /* a changed stretch was clearly not random before (11 deviations) */
#define TUNE_LOW_PER_1000 450  /* ... and above every compressed format, per byte */

/* --- text --------------------------------------------------------------------- */
#define TUNE_LATIN_HIGH 300    /* per mille of bytes >= 0xA0 in a text of one-byte Latin letters */
#define TUNE_ODD_CONTROL 10    /* per mille of control bytes that an honest log may hold (escape sequences) */
#define TUNE_CODED_SHARE 900   /* per mille of a text block that must be of the code's alphabet: base64, hex */
#define TUNE_CODED_MIN 192     /* shorter runs are ids, hashes, keys and word lists: too few to tell */
#define TUNE_NOTE_BYTES 65536  /* ransom notes (text, HTML) are a few kilobytes */
#define TUNE_NOTE_MIN 24       /* shorter ones are lock and pid files */

/* --- verdicts ------------------------------------------------------------------ */
#define TUNE_WIPE_MIN 64       /* originals smaller than this are never WIPED: pid, lock and spool files */
#define TUNE_CUT_MIN 1024      /* an original this long was substantial ... */
#define TUNE_CUT_SHARE 8       /* ... and is cut off when less than 1/8 is left */
#define TUNE_STUB 512          /* a document replaced by a text this short is gone */
#define TUNE_PERIOD 512        /* longest repeated pattern that counts as constant after a wipe */
#define TUNE_FILLER 16         /* ... and before one: longer ones are somebody's text */
#define TUNE_SAME_TAIL 64      /* bytes that stayed in place after random ones: no new compression does that */
#define TUNE_FOOTER 4096       /* bytes that ciphers put behind: keys and ids */
#define TUNE_SUBSTITUTED 950   /* per mille of bytes that a cipher of a text changes; capitals and tr(1) change fewer */
#define TUNE_KEY_PERIOD 1024   /* longest repeating XOR or ADD key that is looked for */
#define TUNE_IMAGE_SHARE 500   /* per mille of changed blocks, for disk images whose guest may write anything */

#endif
