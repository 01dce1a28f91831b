/* Every limit of the agent and its tools, each with its reason.  Nothing else
 * in the tree writes a size or count bound as a bare number. */
#ifndef MM_LIB_LIMITS_H
#define MM_LIB_LIMITS_H

/* --- texts that come from outside ------------------------------------- */
#define LIM_PATH 4096        /* PATH_MAX of Linux, with the NUL; longer names are cut and flagged */
#define LIM_NAME 256         /* NAME_MAX + NUL */
#define LIM_CMDLINE 4096     /* argv joined by spaces: what the rules look at; longer is cut and flagged */
#define LIM_USER 64          /* a user name */
#define LIM_RULE 128         /* YARA's own limit of an identifier */
#define LIM_TITLE 256        /* a title of one line, UTF-8 bytes */
#define LIM_ID 40            /* a UUID in text (36) with room */
#define LIM_TAG 32           /* ATT&CK id, product, version, enum words */

/* --- frames between the roles ------------------------------------------ */
#define LIM_FRAME 65536      /* one SEQPACKET message: fits the default socket buffer three times */
#define LIM_FRAME_FDS 4      /* before, after and one spare: no request needs more */

/* --- the process table -------------------------------------------------- */
#define LIM_PROCS_TEXT (4u << 20) /* paths and command lines of all processes remembered; the longest-ended lose theirs first */
#define LIM_THREADS 4096         /* answers "thread T belongs to process P" kept; a miss costs one look into /proc */
#define LIM_ANCESTRY 32          /* unknown parents looked up in /proc for one process; deeper starts a tree of its own */
#define LIM_PROC_FILE 4096       /* bytes read of one text in /proc; the fields that we need stand in front */
#define LIM_USERS 512            /* users of /etc/passwd remembered; others show as numbers */
#define LIM_PACKAGED (1u << 20)  /* files of packages remembered (4 bytes each); Debian's largest hosts have about half */
#define LIM_STUCK 8              /* readers of /proc that a hostile process may hold for ever before we stop asking */

/* --- configuration ------------------------------------------------------ */
#define LIM_CONFIG_BYTES 65536   /* a hand-written file is a few kilobytes */
#define LIM_CONFIG_LINE 8192     /* folders= may name many 4 KiB paths; longer is an error, not a cut */
#define LIM_CANARIES 4           /* names of canary files */
#define LIM_FOLDERS 256          /* protected or excluded folders named in one configuration */

/* --- the file guard ----------------------------------------------------- */
#define LIM_TREES 4096           /* process trees counted at one time; the oldest idle one goes first */
#define LIM_PROCS 32768          /* processes remembered, living and just ended */
#define LIM_PARKED 64            /* openers that wait for a verdict at one time; more are let through and counted */
#define LIM_GATE_MS 500          /* an opener waits no longer than this for a verdict (fail-open, counted) */
#define LIM_PREIMAGE_MS 1500     /* a pre-image copy that takes longer is given up and counted */
#define LIM_PREIMAGE_COPY (256u << 20) /* bytes copied at most while an opener waits; larger files need reflink */
#define LIM_FDS_SPARE 256        /* descriptors never used up: the opener would get EPERM */

/* --- the vault (agent/respond/vault.h); memory is touched only as far as used -- */
#define LIM_VAULT_VERSIONS 65535     /* contents kept at one time; fits the 16 low bits of a vault_ref */
#define LIM_VAULT_TOUCHES 131072     /* a day of honest changes by all trees; then the busiest calm tree forgets its oldest */
#define LIM_VAULT_FOLDERS 65536      /* folders whose mode is remembered; later ones are made like their parent */
#define LIM_VAULT_BYTES (20ull << 30)/* versions of one file system at most, unless configured */
#define LIM_VAULT_AGE_S 86400        /* a slow attack is found within a day or by the daily counters */
#define LIM_VAULT_GRAIN_NS 20000000  /* time stamps of files step by up to 10 ms (CONFIG_HZ=100): twice that */
#define LIM_VAULT_SLACK_S 10         /* a file changed later than its tree's last sign by more is somebody else's */
#define LIM_VAULT_CHUNK (1u << 20)   /* bytes copied between two looks at `cancel`: about 0.1 ms */
#define LIM_VAULT_ATTRS 65536        /* extended attributes of one file (the kernel's own limit of one value) */
#define LIM_VAULT_BALLAST (4u << 20) /* bytes kept aside on disk: a restore must be able to make names on a full disk */
#define LIM_VAULT_EVICT 64           /* versions evicted by one store: an opener waits for it */

/* --- rules -------------------------------------------------------------- */
#define LIM_PACK_BYTES (32u << 20)   /* all sources of a pack together */
#define LIM_PACK_FILES 2048
#define LIM_RULES_REFUSED 16         /* packs remembered that ended the scan process here; the desk withdraws such a pack */
#define LIM_RULE_MS 2000             /* one YARA scan; a rule that never ends is cut here (seconds in libyara) */
#define LIM_RULE_GATE_MS 200         /* the same for process and burst rules: an opener or an exec waits for them (LIM_GATE_MS) */
#define LIM_RULE_STRINGS 512         /* strings of one YARA rule: hand-written ones have a dozen */
#define LIM_SCAN_MB 512              /* address space of the scan process */
#define LIM_SCAN_REPLY_MS 3000       /* a scan process silent for longer is killed and started again */
#define LIM_FILE_SCAN (64u << 20)    /* bytes of an executable that the file rules look at */
#define LIM_HEAD 65536               /* first bytes of the newest file that the burst rules look at */

/* --- journal and uplink ------------------------------------------------- */
#define LIM_EVENT_JSON 65536         /* one OCSF event */
#define LIM_JOURNAL_BYTES (256u << 20)
#define LIM_UPLINK_BATCH 512         /* events in one POST */
#define LIM_UPLINK_BODY (4u << 20)   /* bytes of one POST before compression */
#define LIM_UPLINK_CHUNK (512u << 10) /* what the agent really puts into one POST: bounds core's memory */
#define LIM_UPLINK_COMMANDS 16       /* commands in one answer */
#define LIM_COMMAND_KEYS 8           /* keys that may sign commands */
#define LIM_HTTP_ANSWER (1u << 20)   /* bytes of any answer of the console */
#define LIM_COMMAND 16384            /* one DSSE envelope */
#define LIM_COMMAND_ARGS 9216        /* arguments of one command as JSON: LIM_GATEWAYS names of LIM_GATEWAY_NAME bytes */

/* --- control socket ------------------------------------------------------ */
#define LIM_CONTROL_FRAME (1u << 20) /* one answer, `events` pages below it */
#define LIM_CONTROL_CLIENTS 32
#define LIM_CONTROL_RESERVED 4       /* of them kept for root and the group: others cannot lock the operator out */
#define LIM_CONTROL_PER_USER 8       /* connections of one uid that is not root */
#define LIM_CONTROL_REQUEST 16384    /* a request is a verb and a few words */
#define LIM_CONTROL_QUEUE (4u << 20) /* answers that wait for a slow reader; a watcher beyond it misses events, counted */
#define LIM_CONTROL_IDLE_MS 10000    /* a client that says nothing, or does not read, is closed */
#define LIM_CONTROL_ACT_MS 120000    /* the guard's answer to an acting verb: a restore may take long */
#define LIM_CONTROL_EVENTS 500       /* events of one page */
#define LIM_STATE_AGE_MS 2000        /* the guard tells its state every second; older is "does not answer" */
#define LIM_TAMPER_SHOWN_S 86400     /* how long status tells that the agent was ended or stopped by somebody */
#define LIM_CODE_LINE 4096           /* a typed code with generous blanks, as one line: what a terminal takes; it has some 400 characters */
#define LIM_ENROL_AGAIN_LEAST_S 3600  /* a used code is answered again to the same key: at least an hour, for one that was used in its last minute */
#define LIM_ENROL_AGAIN_MOST_S 259200 /* and at most three days, a weekend without a network, however long the code would have been good */
#define LIM_CONSOLE_SILENT_S 1800    /* a console not reached for longer needs somebody's attention */

/* --- doors and posture: one round looks at everything once ------------------ */
#define LIM_SURVEY_BYTES (512u << 10) /* all items of one survey (2,000 usual ones take 300 KiB): with all that is added it fits into LIM_DOORS_JSON */
#define LIM_SURVEY_ITEMS 2000        /* a host with 200 listeners and 20 accounts has about 300 */
#define LIM_SURVEY_ITEM 8192         /* one item; core reads no longer line */
#define LIM_SURVEY_TEXT 1024         /* one text in it */
#define LIM_SURVEY_FILE (1u << 20)   /* a configuration file that a survey reads */
#define LIM_SURVEY_BINARIES 16       /* files of VPN programs of no package whose bytes the rules look at */
#define LIM_SURVEY_MS 60000          /* a survey that takes longer is ended and has failed: what was found before stays */
#define LIM_SURVEY_CPU_S 20          /* CPU seconds of one survey: a runaway ends itself */
#define LIM_PACKAGES 50000           /* installed packages; a large desktop has 5,000, Debian's archive 60,000 */
#define LIM_PACKAGES_TEXT (16u << 20) /* names, versions and makers of them */
#define LIM_PACKAGE_LISTS (1u << 30) /* bytes of all lists of the archives, unpacked: Debian main has 50 MiB, Ubuntu about 100 */
#define LIM_PACKAGE_FILES 512        /* files in apt's folder of lists that are looked at: four for each source */
#define LIM_SOFTWARE 1000            /* of them in the inventory of one host: half of the items of a survey */
#define LIM_PROGRAM_BYTES (32u << 20) /* of one program's file searched for its version: VPN daemons have up to 30 MiB */
#define LIM_RPM_DATABASE (1u << 30)  /* rpm's database: 100 MiB on a large desktop */
#define LIM_REPODATA_TOKEN (1u << 20) /* a tag, comment or the like in a repository's metadata: a name, a description's line */
#define LIM_DNF_REPOS 1024           /* repositories that are configured: a subscription lists about 400, a few of them enabled */
#define LIM_RPM_HEADER (16u << 20)   /* header of one package: the largest (kernel headers, fonts) have about 2 MiB */
#define LIM_PROBE_MS 60000           /* all questions to all gateways of one round */
#define LIM_GATEWAYS 32              /* gateways of one company */
#define LIM_GATEWAY_NAME 264         /* "host:port" with the NUL: a name of 253, brackets, a colon, 5 digits */
#define LIM_GATEWAY_ASKS 64          /* questions that the rules may declare */
#define LIM_GATEWAY_MS 5000          /* one question, from the connection to the last byte */
#define LIM_GATEWAY_ANSWER 65536     /* bytes of one answer that are looked at; the connection is closed there */
#define LIM_GATEWAY_PAUSE_MS 200     /* between two questions to one gateway: a small box must not notice */
#define LIM_GATEWAY_ADDRESSES 4      /* of one name, tried in this order */
#define LIM_DOORS 256                /* doors of one host with its company's gateways; more are counted */
#define LIM_DOOR_ADVISORIES 40       /* advisories of one door that are told; the gravest first */
#define LIM_DOOR_ID 320              /* "gateway:host:port", or a kind and a path of a usual length; with the NUL */
#define LIM_VERSION 64               /* a package version with epoch, revision and the distribution's suffix */
#define LIM_FINDING_ADVISORIES 8     /* advisories in one event of a door: what fits LIM_EVENT_JSON at any content; the register has more */
#define LIM_DOORS_JSON (1u << 20)    /* the register of one host as JSON, for status, console and disk */
#define LIM_DOORS_OLD_S 172800       /* a round a day: when two are missed, somebody has to look */
#define LIM_DOORS_FIRST_S 3600       /* the first round of a new agent; without a result then, the same */

/* --- the updater (updater/tuf): what a hostile repository may cost ---------- */
#define LIM_TUF_ROOT 512000          /* bytes of a root: some twenty keys and their signatures take 20 KB */
#define LIM_TUF_TIMESTAMP 16384      /* one entry and its signatures; the only file without a signed length that changes daily */
#define LIM_TUF_SNAPSHOT 2000000     /* some 20,000 roles; fewer where the timestamp tells a length */
#define LIM_TUF_TARGETS 5000000      /* one role, targets or delegated; fewer where the snapshot tells a length */
#define LIM_TUF_ARTIFACT (256 << 20) /* one file to install; it is checked in memory before a byte of it is on disk */
#define LIM_TUF_ROOTS 256            /* roots of one run: a yearly rotation for 256 years */
#define LIM_TUF_ROLES 32             /* roles that one search looks into, the top one counted: ends loops and webs of delegations */
#define LIM_TUF_PENDING 256          /* delegations that wait in one search; each costs two references */
#define LIM_TUF_SIGNATURES 64        /* signatures of one file: each may cost one verification */
#define LIM_TUF_SIGNATURE 1024       /* bytes of one signature: RSA with LIM_TUF_RSA_MOST bits */
#define LIM_TUF_RSA_LEAST 2048       /* bits; fewer can be factored */
#define LIM_TUF_RSA_MOST 8192        /* bits; more only cost time */
#define LIM_TUF_DEPTH 32             /* nesting of metadata; the deepest that the specification has is 7 */
#define LIM_TUF_FILE 232             /* a file name that stands for a role or a target, with NUL: NAME_MAX less the end of a temporary name */
#define LIM_TUF_PATH 1024            /* a target's path, or the name of a file below a repository's address, with NUL */
#define LIM_TUF_CONNECT_S 15         /* until a connection stands */
#define LIM_TUF_FETCH_S 120          /* one metadata file, all in all */
#define LIM_TUF_ARTIFACT_S 3600      /* one artifact, all in all: 256 MiB at 75 KB/s */
#define LIM_TUF_STALL_S 20           /* slower than LIM_TUF_STALL_BYTES a second for so long is slow retrieval */
#define LIM_TUF_STALL_BYTES 512

/* --- the updater ------------------------------------------------------------- */
#define LIM_UPDATE_CACHES 8              /* addresses of one network that may hold large files */
#define LIM_UPDATE_OFFERS 256            /* releases of one kind that metadata offers at a time: the desk cleans up */
#define LIM_UPDATE_FILES 4096            /* files of one release: a pack has a few hundred */
#define LIM_UPDATE_CONTENT (512 << 20)   /* bytes of one release, unpacked */
#define LIM_UPDATE_HISTORY 1000          /* entries of the history; the oldest go first */
#define LIM_UPDATE_TAIL (1u << 20)        /* bytes of the history, from its end, that core follows: an entry has some 200 */
#define LIM_UPDATES_OLD_S 259200         /* a run every hour or so: three days without knowing that all is current need somebody */
#define LIM_UPDATES_FIRST_S 7200         /* the first run of a new agent, with its jitter */
#define LIM_UPDATE_RECORD 65536          /* the record of the last run, and one entry of the history */
#define LIM_UPDATE_REFUSED 64            /* contents that were put back on this host and are not taken again; the oldest go first */
#define LIM_UPDATE_RUN_S 14400           /* one run from its first byte to its end: 256 MiB at LIM_TUF_ARTIFACT_S, for each kind, and a gate */
#define LIM_UPDATE_VERIFY_S 300          /* the verifying process: one step that takes longer is hanging; a pack takes under one second */
#define LIM_UPDATE_GATE_S 60             /* a new agent that is not as good as the one before by then is put back */
#define LIM_UPDATE_CHECK_S 120            /* the check of a whole pack, samples and all: seconds on a slow machine */

/* --- the release desk (updater/publish) ---------------------------------------- */
#define LIM_PUBLISH_PASSPHRASE 1024      /* bytes of one passphrase, with NUL */
#define LIM_PUBLISH_PASSPHRASE_LEAST 12  /* of a new one: a key file may be copied and guessed at for ever */
#define LIM_PUBLISH_KEYFILE 16384        /* a key file or a public key: RSA with 8192 bits would fit twice */
#define LIM_PUBLISH_SIGNERS 16           /* key files that one run opens */
#define LIM_PUBLISH_WORDS 256            /* files of one `add` */
#define LIM_PUBLISH_OPTIONS 64           /* options of one run */
#define LIM_PUBLISH_DAYS 3650            /* longest life of a metadata file: whoever keeps one must not serve it for ever */
#define LIM_PUBLISH_NAME 127             /* last part of a target's path, with NUL: SHA-512 in 128 digits, a dot and it fit NAME_MAX */
#define LIM_PUBLISH_SCHEMA 1000000       /* number of the state's schema: it goes up by one now and then */
#define LIM_PUBLISH_PACKS 500            /* versions of rules in one report of the console, as its API gives them */
#define LIM_PUBLISH_PACKS_TEXT (1 << 20) /* bytes of such a report: a version has some 200 */
#define LIM_PUBLISH_JOURNAL (64 << 20)   /* one publication: all roles at their limit, escaped as JSON texts */

#endif
