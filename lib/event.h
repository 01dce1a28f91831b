/* The one event struct that every part of the agent speaks.
 *
 * Flat: fields that an event kind does not use stay zero or empty.  Inside the
 * agent it crosses from guard to core as it is (a frame payload, see
 * agent/messages.h); outside it is OCSF 1.8.0 JSON, and agent/report/ocsf.c is
 * the only place that maps it.  Strings are UTF-8 or raw bytes of the file
 * system; the mapper makes them valid UTF-8. */
#ifndef MM_LIB_EVENT_H
#define MM_LIB_EVENT_H

#include <stdint.h>

#include "lib/limits.h"

enum event_kind {          /* OCSF class */
    EV_PROCESS = 1,        /* 1007 Process Activity: a judged exec worth telling */
    EV_FILE_BURST,         /* 1001 File System Activity: a burst, summarised */
    EV_DETECTION,          /* 2004 Detection Finding: a rule matched */
    EV_QUARANTINE,         /* 7001 Remediation Activity: Isolate / Restore */
    EV_PROCESS_REMEDIATION,/* 7003: frozen, thawed, ended */
    EV_FILE_REMEDIATION,   /* 7002: restored, kept as evidence */
    EV_LIFECYCLE,          /* 6002 Application Lifecycle: start, stop, update, tamper */
    EV_STATE,              /* 5019 Device Config State Change: sensor, rules, policy changed */
    EV_VULNERABILITY,      /* 2002 Vulnerability Finding: what stands open at one door (struct event_finding) */
    EV_INVENTORY,          /* 5020 Software Inventory Info: one program came, changed or went (struct event_finding) */
    EV_KIND_END
};

enum event_severity { /* OCSF severity_id */
    SEV_UNKNOWN = 0, SEV_INFO = 1, SEV_LOW = 2, SEV_MEDIUM = 3, SEV_HIGH = 4, SEV_CRITICAL = 5
};

/* What was done; the mapper turns kind + activity into OCSF's activity_id. */
enum event_activity {
    ACT_NONE = 0,
    ACT_LAUNCH,          /* EV_PROCESS */
    ACT_ENCRYPT,         /* EV_FILE_BURST: originals encrypted */
    ACT_DELETE,          /* EV_FILE_BURST: originals removed or wiped */
    ACT_CREATE,          /* EV_DETECTION: opened; EV_VULNERABILITY: appeared; EV_INVENTORY: came */
    ACT_UPDATE,          /* EV_DETECTION: the same incident grew; EV_VULNERABILITY, EV_INVENTORY: changed */
    ACT_CLOSE,           /* EV_DETECTION: false alarm or finished; EV_VULNERABILITY: cleared; EV_INVENTORY: went */
    ACT_ISOLATE,         /* EV_QUARANTINE on */
    ACT_RESTORE,         /* EV_QUARANTINE off; EV_FILE_REMEDIATION: originals put back */
    ACT_FREEZE,          /* EV_PROCESS_REMEDIATION */
    ACT_THAW,
    ACT_EVIDENCE,        /* EV_FILE_REMEDIATION: encrypted version kept */
    ACT_START, ACT_STOP, ACT_UPGRADE, ACT_TAMPER, ACT_RESTART, /* EV_LIFECYCLE */
    ACT_SENSOR, ACT_RULES, ACT_POLICY, ACT_LOSS, ACT_DRIFT,    /* EV_STATE */
    ACT_TERMINATE,       /* EV_PROCESS_REMEDIATION: frozen ones were ended (the numbers are in journals: append) */
    ACT_POSTURE,         /* EV_STATE: subject "posture.ARTICLE" or a door's id; the states are words of docs/doors.md */
    ACT_REMOVE,          /* EV_LIFECYCLE: the agent is being removed from this host */
    ACT_END
};

enum event_outcome { OUTCOME_UNKNOWN = 0, OUTCOME_SUCCESS = 1, OUTCOME_FAILURE = 2, OUTCOME_PARTIAL = 3 };

struct event_process {
    int32_t pid, ppid;
    uint32_t uid;
    uint64_t start_ns;              /* CLOCK_BOOTTIME at start */
    char name[LIM_NAME];            /* last part of path */
    char path[LIM_PATH];
    char cmdline[LIM_CMDLINE];      /* argv joined by spaces */
    char parent_name[LIM_NAME];
    char user[LIM_USER];
};

struct event {
    uint32_t kind;                  /* enum event_kind */
    uint32_t severity;              /* enum event_severity */
    uint32_t activity;              /* enum event_activity */
    uint32_t outcome;               /* enum event_outcome */
    int64_t wall_ns;                /* CLOCK_REALTIME when it happened */
    int64_t mono_ns;                /* CLOCK_BOOTTIME when it happened */
    int64_t first_ns;               /* EV_FILE_BURST, EV_DETECTION: CLOCK_REALTIME of the first sign; 0 unknown */
    char uid[LIM_ID];               /* UUID of this event */
    char incident[LIM_ID];          /* UUID that all events of one attack share; empty: none */
    char command[LIM_ID];           /* console command that caused it; empty: local */
    char rule[LIM_RULE];
    char title_ja[LIM_TITLE], title_en[LIM_TITLE];
    char attack[LIM_TAG];           /* ATT&CK technique id */
    char response[LIM_TAG];         /* observe, alert, freeze, quarantine: what was really done */
    char reference[LIM_TITLE];
    char actor[LIM_TITLE];          /* who asked for it: operator name, "uid 1000", "rule" */
    char detail[1024];              /* English, one line, for operators */
    char path[LIM_PATH];            /* the file concerned, or a folder of the burst */
    struct event_process process;   /* pid 0: none */
    uint32_t files_touched, files_destroyed, files_restored, files_failed;
    uint32_t processes;             /* of the tree */
    uint64_t count;                 /* ACT_LOSS: how many */
    char subject[LIM_RULE];         /* EV_STATE/EV_LIFECYCLE: sensor, role or setting concerned; EV_INVENTORY: the program */
    char old_state[LIM_TAG], new_state[LIM_TAG];
};

/* ---- doors: only core knows them, so this never crosses a socket -----------------
 * It goes beside struct event (recorder_add_finding) and not inside it: the guard
 * keeps up to 512 events in memory, and none of them is about a door. */

/* An advisory that holds the version behind a door; texts as in struct vpn_advisory (agent/detect/facts.h). */
struct event_advisory {
    uint32_t severity;              /* enum event_severity; 0: not given */
    uint32_t kev;                   /* 1: known to be exploited */
    char cve[LIM_TAG];
    char cvss[LIM_TAG];             /* "9.8"; empty: not given */
    char released[LIM_TAG];         /* "2023-06-13" */
    char due[LIM_TAG];              /* day of the 14-day rule; empty: none */
    char fixed[LIM_TITLE];          /* first fixed versions */
    char title_ja[LIM_TITLE], title_en[LIM_TITLE];
    char reference[LIM_TITLE];      /* https://... */
};

/* What stands open at one door (EV_VULNERABILITY), or one program (EV_INVENTORY: name, product, maker, manager, versions). */
struct event_finding {
    char door[LIM_DOOR_ID];         /* "gateway:vpn.example.co.jp:443": id of the door, as in the register */
    char name[LIM_TITLE];           /* as people know it */
    char product[LIM_TAG];          /* "fortios" */
    char product_name[LIM_TITLE];   /* "Fortinet FortiOS"; empty: not known */
    char maker[LIM_TITLE], manager[LIM_TAG];
    char version[LIM_VERSION];      /* empty: not known, or the program went */
    char old_version[LIM_VERSION];  /* EV_INVENTORY: before it changed or went */
    char model[LIM_NAME];
    char verdict[LIM_TAG];          /* "overdue" ..., docs/doors.md */
    char due[LIM_TAG];              /* day of the 14-day rule; empty: none */
    char reason_ja[2 * LIM_TITLE], reason_en[2 * LIM_TITLE];
    uint32_t advisories;            /* of advisory[] in use, the gravest first */
    uint32_t advisories_total;      /* may be more than fit */
    struct event_advisory advisory[LIM_FINDING_ADVISORIES];
};

#endif
