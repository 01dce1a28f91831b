/* Why an update is refused: one name for each attack of the TUF specification
 * and for each other end, with an English sentence.  Pure. */
#ifndef MM_UPDATER_TUF_CAUSE_H
#define MM_UPDATER_TUF_CAUSE_H

enum tuf_cause {
    TUF_FINE = 0,
    /* attacks, or what looks like one */
    TUF_ARBITRARY,        /* no trusted key signed it */
    TUF_BELOW_THRESHOLD,  /* trusted keys signed it, but too few: a key compromise below the threshold */
    TUF_ROLLBACK,         /* older than what was seen before */
    TUF_REMOVED,          /* a role that was there before is gone: a rollback of another kind */
    TUF_FAST_FORWARD,     /* a version beyond the next one, or none possible after it */
    TUF_FREEZE,           /* expired */
    TUF_MIX,              /* files that do not belong together */
    TUF_ENDLESS,          /* more bytes than the file may have */
    TUF_SLOW,             /* too slow, or not done in time */
    TUF_WRONG_FILE,       /* the artifact is not the one that was signed */
    /* the repository or the network */
    TUF_MALFORMED,        /* metadata that is no sound metadata of its kind */
    TUF_MISSING,          /* a file that must be there is not */
    TUF_UNREACHABLE,      /* nothing that can be used came back */
    TUF_NO_HASH,          /* only hashes that are not understood */
    /* the search */
    TUF_NOT_FOUND,        /* no role that may speak for the target lists it */
    TUF_NOT_IN_SNAPSHOT,  /* a delegated role that the snapshot does not list */
    TUF_TOO_MANY_ROLES,   /* the search met LIM_TUF_ROLES or LIM_TUF_PENDING */
    TUF_BAD_NAME,         /* a name that could leave its folder, or is too long */
    /* this machine */
    TUF_NO_ROOT,          /* there is no trusted root to begin with */
    TUF_BAD_ROOT,         /* the trusted root does not verify by its own keys */
    TUF_STORE,            /* reading or writing here failed, for example a full disk */
    TUF_MEMORY,           /* out of memory */
    TUF_CAUSES
};

/* One English sentence, without a full stop; never NULL, static storage. */
const char *tuf_cause_text(enum tuf_cause cause);
/* One word of lower-case letters and hyphens for records: "rollback". */
const char *tuf_cause_name(enum tuf_cause cause);
/* The cause that stands for an error code of parsing: TUF_MEMORY or TUF_MALFORMED; MM_OK: TUF_FINE. */
enum tuf_cause tuf_cause_of(int err);

#endif
