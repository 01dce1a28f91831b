/* Frames between the roles: types and payloads.  Every payload is checked for
 * size by the dispatch table of its receiver, every string ended by FRAME_STR.
 * guard is the parent and talks to both; scan and core never meet. */
#ifndef MM_AGENT_MESSAGES_H
#define MM_AGENT_MESSAGES_H

#include <stdint.h>

#include "agent/detect/facts.h"
#include "lib/event.h"
#include "lib/limits.h"

/* ---- guard -> scan (requests) and scan -> guard (answers) ---------------- */
enum scan_message {
    SCAN_COMPARE = 1,   /* struct scan_compare; fds: after [, before] -> SCAN_COMPARED */
    SCAN_RULES,         /* struct scan_rules; fd: bytes to scan, optional -> SCAN_RULED */
    SCAN_PACK_BEGIN,    /* struct scan_pack: a new pack follows, loaded beside the running one */
    SCAN_PACK_FILE,     /* struct scan_pack_file; fd: one source or sample file */
    SCAN_PACK_END,      /* compile, self-test, swap when all is well -> SCAN_PACKED */
    SCAN_PING,          /* empty -> SCAN_PONG */
    SCAN_COMPARED = 101,/* struct content_verdict */
    SCAN_RULED,         /* struct rule_verdict */
    SCAN_PACKED,        /* struct scan_packed */
    SCAN_PONG,          /* empty */
};

struct scan_compare {
    uint64_t before_size, after_size; /* bytes, as the guard's statx saw them */
    uint32_t has_before;              /* 1: fds[1] is the pre-image */
    uint32_t fresh;                   /* 1: the file was made by the tree (no before) */
    char name[LIM_NAME];              /* last part of the name after the change */
};

struct scan_rules {
    uint32_t family;                  /* enum rule_family */
    uint32_t has_fd;                  /* 1: scan fds[0]'s first bytes; 0: scan process.cmdline */
    struct process_facts process;
    struct burst_facts burst;         /* FAMILY_BURST only */
};

struct scan_pack { char version[LIM_TAG]; uint32_t files; uint32_t reserved; };
enum pack_file { PACK_MANIFEST = 1, PACK_SOURCE, PACK_SAMPLE, PACK_LOCAL_SOURCE, PACK_ALLOW };
struct scan_pack_file {
    uint32_t what;                    /* enum pack_file */
    uint32_t family;                  /* enum rule_family */
    char name[LIM_NAME];              /* path below the pack directory, for messages */
};
struct scan_packed {
    int32_t result;                   /* enum mm_err; MM_OK: the new pack judges from now on */
    uint32_t rules[FAMILY_COUNT];     /* rules per family */
    uint32_t samples;                 /* self-test samples that were run */
    uint32_t left_out;                /* files of the host's own rules that could not be used */
    char version[LIM_TAG];
    char message[1024];               /* file:line: what is wrong, or with MM_OK the first that was left out; else empty */
};

/* ---- guard -> core -------------------------------------------------------- */
enum stop_reason { STOP_ASKED = 0 /* somebody stops the service */, STOP_SHUTDOWN /* the computer is switched off */, STOP_REBOOT, STOP_RENEWAL /* another release takes over */ };

enum core_message {
    CORE_EVENT = 201,   /* struct event; id != 0 asks for CORE_STORED when it is durable */
    CORE_STATE,         /* struct agent_state, whenever it changes and every second */
    CORE_RESULT,        /* struct op_result: answer to an OP_* with the same id */
    CORE_BEAT,          /* empty, every 250 ms: silence of 1 s is an alarm */
    CORE_ASK_REACH,     /* struct core_ask_reach: try the console now -> OP_REACHED with the same id */
    CORE_STOPPING,      /* uint32_t, enum stop_reason: an orderly end follows, the closing socket is no alarm */
    CORE_ORDER,         /* struct core_order: a verified command of the console that is core's to carry out */
    CORE_HELPER,        /* struct core_helper; fd: the helper's socket when it runs: answer to OP_HELPER with the same id */
    /* ---- core -> guard: the short, audited list of operations ------------- */
    CORE_STORED = 301,  /* empty; id of the event */
    OP_COMMAND,         /* a DSSE envelope, LIM_COMMAND bytes at most; guard verifies it itself */
    OP_LOCAL,           /* struct op_local; fd: the client's socket, guard reads its SO_PEERCRED */
    OP_CONSOLE,         /* struct op_console: addresses of the console, resolved by core, for the quarantine */
    OP_REACHED,         /* struct op_reached: the console answered or did not (self-test of the quarantine) */
    OP_HELPER,          /* struct op_helper: start a helper of one round -> CORE_HELPER */
};

/* ---- a round: what stands open ------------------------------------------------
 * Core asks for helpers, each a process of its own that lives for one round and
 * can do one thing: survey reads the host (no network, cannot write), probe asks
 * the company's gateways (no files), judge holds the vpn rules (neither).  The
 * guard starts and ends them; they talk to core. */
enum helper { HELPER_SURVEY = 1, HELPER_PROBE, HELPER_JUDGE, HELPER_COUNT };
struct op_helper { uint32_t which; uint32_t reserved; };            /* enum helper */
struct core_helper { uint32_t which; int32_t result; };             /* enum mm_err */

/* ---- survey -> core: lines of JSON as a file (docs/doors.md) -------------------- */
enum survey_message {
    SURVEY_FOUND = 401, /* struct survey_found; fd: the items, a sealed memory file */
    SURVEY_BINARY,      /* struct survey_binary; fd: a program of no package, for the judge's eyes only */
    SURVEY_DONE,        /* empty: that was all */
};
struct survey_binary { char id[LIM_NAME]; }; /* of its door, without "program:" */
struct survey_found { uint32_t items, lost; uint64_t bytes; uint32_t cpu_ms, reserved; };

/* ---- core -> probe and back ------------------------------------------------------ */
enum probe_message {
    PROBE_TARGET = 421, /* struct probe_target, one for each gateway */
    PROBE_ASK,          /* struct probe_ask, one for each question that the rules declare */
    PROBE_GO,           /* struct probe_go: begin */
    PROBE_ANSWER,       /* struct probe_answer; fd: its bytes, a sealed memory file, when there are any */
    PROBE_PORT,         /* struct probe_port: a port that the router forwards to this network (UPnP) */
    PROBE_DONE,         /* struct probe_done: the round of questions is over */
};
/* How a question is asked, and where the bytes come from that the vpn rules see (vpn_source). */
enum vpn_source { SOURCE_HTTPS = 1, SOURCE_TLS, SOURCE_SSH, SOURCE_IKE, SOURCE_SNMP, SOURCE_TCP, SOURCE_FILE, SOURCE_END };
struct probe_target {
    uint32_t number;                  /* ours, repeated in the answers */
    uint32_t addresses;               /* of address[] in use, resolved by core: probe has no resolver */
    char host[LIM_NAME];              /* as configured: name for SNI and Host */
    char address[LIM_GATEWAY_ADDRESSES][48]; /* numeric */
    uint16_t port;                    /* of HTTPS and TLS */
    uint16_t reserved[3];
    char community[LIM_TAG];          /* SNMP v2c; empty: not asked */
};
struct probe_ask {
    uint32_t source;                  /* enum vpn_source */
    uint32_t port;                    /* 0: the target's, or the usual one of the source */
    char path[LIM_NAME];              /* HTTPS: begins with '/'; SNMP: an OID, empty: sysDescr; TCP: bytes to send, \xNN */
    char headers[LIM_NAME];           /* HTTPS: further header lines, "Name: value" separated by '|'; empty: none */
};
/* Whose key a TLS server proved to hold: a finished handshake of the target's own port. */
enum probe_key { KEY_NONE = 0, KEY_SHOWN, KEY_PROVED /* shown, and a public authority names the target's host in its certificate */ };
struct probe_go { uint32_t upnp; uint32_t reserved; };              /* 1: ask the router for its port mappings */
struct probe_answer {
    uint32_t target;                  /* number of the probe_target */
    uint32_t source;                  /* enum vpn_source */
    int32_t result;                   /* MM_OK: bytes; MM_ETIMEOUT, MM_ELIMIT (longer than looked at: the first bytes are there),
                                         MM_ECRYPTO (no TLS), MM_EFORMAT (the answer makes no sense), MM_EIO (refused, unreachable) */
    uint32_t status;                  /* HTTP status */
    uint32_t bytes, ms;
    uint32_t key_state;               /* enum probe_key */
    uint8_t key[32];                  /* SHA-256 of the server's public key (SubjectPublicKeyInfo, RFC 5280; as in RFC 7469) */
    char path[LIM_NAME];              /* of the probe_ask */
    char note[LIM_TITLE];             /* English: what is wrong; empty */
};
struct probe_port {
    uint16_t external, internal;
    char protocol[8];                 /* "tcp", "udp" */
    char client[48];                  /* address in this network */
    uint32_t own;                     /* 1: the client is this host */
    char description[LIM_NAME];
};
struct probe_done { uint32_t answers, upnp /* 0 not asked, 1 a router answered, 2 none did */; };

/* ---- core -> judge (a scan process with the vpn family only) and back ------------- */
enum judge_message {
    JUDGE_ASKS = 441,   /* empty -> JUDGE_ASK for each question that a rule declares, JUDGE_END */
    JUDGE_ANSWER,       /* struct judge_answer; fd: its bytes -> JUDGE_IDENTITY for each, JUDGE_END */
    JUDGE_VERSION,      /* struct judge_version -> JUDGE_ADVISORY for each, JUDGE_END */
    JUDGE_ASK,          /* struct probe_ask */
    JUDGE_IDENTITY,     /* struct vpn_identity */
    JUDGE_ADVISORY,     /* struct vpn_advisory */
    JUDGE_END,          /* struct judge_end */
};
struct judge_answer { uint32_t source, status; char path[LIM_NAME]; };
struct judge_version { char product[LIM_TAG], version[LIM_TAG], model[LIM_NAME]; };
struct judge_end { int32_t result; uint32_t matches; };             /* MM_ENOTFOUND: no rule knows the product; MM_EFORMAT: no version of it */

enum local_op { LOCAL_QUARANTINE = 1, LOCAL_RELEASE, LOCAL_ALLOW, LOCAL_RESTORE, LOCAL_RELOAD, LOCAL_CLOSE };
struct op_local {
    uint32_t op;                      /* enum local_op */
    char incident[LIM_ID];            /* ALLOW, RESTORE, CLOSE */
    char reason[LIM_TITLE];
};
struct op_result {
    int32_t result;                   /* enum mm_err */
    uint32_t files_restored, files_failed;
    char message[LIM_TITLE];
    char command[LIM_ID];             /* OP_COMMAND: its command_id, empty when it could not be read */
    uint64_t sequence;                /* OP_COMMAND: its sequence */
};
struct op_console {
    uint32_t count;
    struct { uint32_t family; /* 4 or 6 */ uint8_t address[16]; uint16_t port; uint16_t reserved; } at[16];
};
/* What the guard verified and core carries out: statements about doors, and which gateways may be asked. */
enum core_order_action { ORDER_DECLARE = 1, ORDER_POLICY };
struct core_order {
    uint32_t action;                  /* enum core_order_action */
    uint32_t reserved;
    uint64_t sequence;                /* of the command, and its id: core tells the console what became of it */
    char command[LIM_ID];
    char by[LIM_TITLE];
    char args[LIM_COMMAND_ARGS];
};
struct core_ask_reach { uint32_t ms; uint32_t reserved; }; /* time box */
struct op_reached { uint32_t reached; uint32_t reserved; };

/* What status and heartbeat tell; guard fills it, core only reads it. */
enum sensor { SENSOR_FILES = 0, SENSOR_PREIMAGE, SENSOR_EXEC, SENSOR_EXEC_JUDGE, SENSOR_SCAN, SENSOR_RULES,
              SENSOR_NETWORK, SENSOR_COUNT };
enum sensor_state { SENSOR_BLIND = 0, SENSOR_DEGRADED, SENSOR_WORKING, SENSOR_OFF /* by the settings: guards nothing, is no fault */ };
enum folder_state { FOLDER_GUARDED = 0, FOLDER_PARTLY, FOLDER_NOT };
struct folder_status {
    uint32_t state;                   /* enum folder_state */
    uint32_t files;                   /* files with a mark */
    char path[512];                   /* cut for show */
    char method[32];                  /* "reflink", "copy+links", "notify" */
    char reason[128];                 /* why not or only partly; empty when guarded */
};
#define STATE_RULES_LEFT 4
struct agent_state {
    uint32_t mode;                    /* enum rule_response: [respond] mode */
    uint32_t quarantined;             /* 0 no, 1 yes, 2 wanted but the self-test failed */
    uint32_t frozen_trees;
    uint32_t folders;                 /* of folder[] in use */
    uint32_t folders_total;           /* may be more than fit */
    struct { uint32_t state; char method[32]; char reason[128]; } sensor[SENSOR_COUNT];
    char rules_version[LIM_TAG];
    uint32_t rules[FAMILY_COUNT];
    char rules_left[STATE_RULES_LEFT][LIM_TAG]; /* versions that the guard went back from, the newest last; empty: none */
    char ring[LIM_TAG];               /* of updates, from the signed policy; empty: none was told */
    uint64_t lost_opens;              /* openers let through without a pre-image */
    uint64_t lost_events;             /* notification overflow */
    uint64_t lost_execs;              /* ring buffer drops */
    uint64_t late_verdicts;           /* gate deadline reached, opener let through */
    uint64_t vault_bytes, vault_limit, vault_evicted;
    uint64_t opens, preimages, execs, judged, protected_files;
    uint64_t scan_restarts, guard_restarts;
    uint64_t kernel_bytes;            /* estimate of kernel memory pinned by marks */
    char incident[LIM_ID];            /* newest open incident; empty: none */
    char quarantine_since[LIM_ID];    /* RFC 3339; empty: not quarantined */
    char quarantine_by[LIM_TITLE];
    struct folder_status folder[32];  /* the worst first */
};

/* The words that status, heartbeat and events use for these numbers, one list each; static,
 * "unknown" for a number that has none. */
const char *word_sensor(uint32_t sensor);         /* enum sensor: "files" ... */
const char *word_sensor_state(uint32_t state);    /* enum sensor_state: "blind" ... */
const char *word_folder_state(uint32_t state);    /* enum folder_state: "guarded" ... */
const char *word_response(uint32_t response);     /* enum rule_response, modes too: "observe" ... */

#endif
