/* The facts that rules judge, and the answers of the scan process.
 *
 * This header and lib/event.h are the only places where watch, detect, respond
 * and report meet.  All structs are plain data that cross between the roles in
 * frames; receivers end the strings themselves (FRAME_STR).
 * rules/README.md explains every fact to rule authors; the names there are
 * "process_" or "burst_" + the field's name. */
#ifndef MM_AGENT_DETECT_FACTS_H
#define MM_AGENT_DETECT_FACTS_H

#include <stdint.h>

#include "lib/limits.h"

/* One process: external variables process_* */
struct process_facts {
    int32_t pid, ppid;
    uint32_t uid;
    uint32_t session;               /* POSIX session id (setsid(2)) */
    uint64_t start_ns;              /* CLOCK_BOOTTIME */
    uint64_t tree;                  /* number of the process tree, unique over restarts */
    uint32_t packaged;              /* 1: executable owned by root, not writable by others, known to the package manager */
    uint32_t interactive;           /* 1: has a controlling terminal */
    uint32_t age_s;                 /* seconds since start */
    uint32_t cut;                   /* 1: a string below was too long and cut */
    char name[LIM_NAME];            /* last part of path */
    char path[LIM_PATH];            /* executable */
    char cmdline[LIM_CMDLINE];      /* argv joined by single spaces */
    char parent_name[LIM_NAME];
    char parent_path[LIM_PATH];
    char user[LIM_USER];
    char cgroup[LIM_NAME];          /* cgroup v2 path, cut */
};

/* Counters of one process tree: external variables burst_* (all counts of
 * distinct files, in the last 10 seconds unless the name says otherwise).
 * "Original" = a file that was there before the tree touched it. */
struct burst_facts {
    uint32_t touched;       /* originals opened for writing, replaced or removed */
    uint32_t destroyed;     /* originals whose content is gone: encrypted + wiped + paired removals */
    uint32_t destroyed_hour, destroyed_day;          /* the same in 1 h, 24 h */
    uint32_t destroyed_session, destroyed_host;      /* 1 h over the session, 10 min over the host */
    uint32_t encrypted;     /* content now looks random, and did not or was a valid document */
    uint32_t wiped;         /* content now constant, empty or cut off */
    uint32_t removed;       /* originals removed without a copy that holds their content */
    uint32_t removed_hour;
    uint32_t replaced;      /* originals destroyed by renaming another file over them */
    uint32_t inplace;       /* originals destroyed by writing into them */
    uint32_t partial;       /* of encrypted: only some blocks changed (intermittent) */
    uint32_t renamed;       /* originals renamed so that the name's ending changed */
    uint32_t same_suffix;   /* most frequent new ending: how many files got it */
    uint32_t opaque_new;    /* new files that look random and are of no known type */
    uint32_t notes;         /* same-named small text files created in different folders */
    uint32_t canary;        /* canary files changed or removed */
    uint32_t kept;          /* originals rewritten that still are what they were */
    uint32_t read;          /* originals opened for reading */
    uint32_t folders;       /* distinct folders among touched */
    uint32_t types;         /* distinct former file types among destroyed */
    uint32_t removed_types; /* the same among those removed that were looked at */
    uint32_t processes;     /* processes of the tree that took part */
    uint32_t seconds;       /* since the tree's first touch */
    uint32_t entropy_gain;  /* mean gain over destroyed, millibits per byte */
};

/* File types that the content features know; ANY text is TYPE_TEXT. */
enum file_type {
    TYPE_EMPTY = 0, TYPE_UNKNOWN, TYPE_TEXT, TYPE_ZIP, TYPE_OOXML, TYPE_ODF, TYPE_OLE, TYPE_PDF,
    TYPE_JPEG, TYPE_PNG, TYPE_GIF, TYPE_WEBP, TYPE_TIFF, TYPE_BMP, TYPE_MEDIA, TYPE_SQLITE,
    TYPE_GZIP, TYPE_XZ, TYPE_ZSTD, TYPE_BZIP2, TYPE_7Z, TYPE_RAR, TYPE_TAR, TYPE_ELF, TYPE_PGP,
    TYPE_DATABASE, TYPE_CONSTANT /* one byte repeated */, TYPE_END
};

enum change_class {
    CHANGE_UNKNOWN = 0, /* could not be compared (scan busy, fd unreadable): never counts as destroyed */
    CHANGE_NONE,        /* the same bytes */
    CHANGE_KEPT,        /* another content, still a healthy document or a content-preserving transformation */
    CHANGE_UNSURE,      /* opaque before and after */
    CHANGE_ENCRYPTED,   /* destroyed: changed blocks look random, structure lost */
    CHANGE_WIPED,       /* destroyed: constant, empty, cut off */
};

/* What scan says about one content (before may be absent: a new file). */
struct content_verdict {
    uint32_t change;            /* enum change_class; for a new file ENCRYPTED means "opaque, no known type" */
    uint32_t before_type, after_type; /* enum file_type */
    uint32_t partial;           /* 1: some sampled blocks unchanged */
    uint32_t note;              /* 1: new small text file (candidate of a ransom note) */
    uint32_t before_entropy, after_entropy; /* millibits per byte over the sampled blocks */
    uint32_t similarity;        /* 0..1000: share of sampled blocks that are unchanged or contained */
    uint32_t blocks, blocks_changed, blocks_random;
};

enum rule_family { FAMILY_FILE = 0, FAMILY_PROCESS, FAMILY_BURST, FAMILY_VPN, FAMILY_COUNT };
enum rule_response { RESPOND_OBSERVE = 0, RESPOND_ALERT, RESPOND_FREEZE, RESPOND_QUARANTINE };

/* The strongest rule that matched, and how many did. */
struct rule_verdict {
    uint32_t matches;           /* 0: nothing matched, the rest is empty */
    uint32_t severity;          /* enum event_severity */
    uint32_t response;          /* enum rule_response */
    char rule[LIM_RULE];
    char title_ja[LIM_TITLE], title_en[LIM_TITLE];
    char attack[LIM_TAG];
    char reference[LIM_TITLE];
};

/* How sure an identification is: the answer spells the version out, a table of known builds
 * names it, or only the product is known. */
enum vpn_grade { VPN_PRODUCT = 1, VPN_TABLE, VPN_EXACT };

/* What a vpn rule of identification recognised. */
struct vpn_identity {
    uint32_t grade;             /* enum vpn_grade */
    uint32_t reserved;
    char rule[LIM_RULE];
    char product[LIM_TAG];      /* "fortios" */
    char name[LIM_TITLE];       /* "Fortinet FortiOS" */
    char version[LIM_TAG];      /* as the product writes it; empty: not told */
    char model[LIM_NAME];       /* empty: not told */
    char over[LIM_TAG];         /* a product that this one also looks like: what it says of itself as that one does not count */
};

/* An advisory whose ranges hold a version. */
struct vpn_advisory {
    uint32_t severity;          /* enum event_severity */
    uint32_t kev;               /* 1: known to be exploited */
    char cve[LIM_TAG];
    char cvss[LIM_TAG];         /* "9.8"; empty: not given */
    char released[LIM_TAG];     /* "2023-06-13": when the fix or advisory came out */
    char fixed[LIM_TITLE];      /* first fixed versions, one for each branch */
    char title_ja[LIM_TITLE], title_en[LIM_TITLE];
    char reference[LIM_TITLE];
};

#endif
