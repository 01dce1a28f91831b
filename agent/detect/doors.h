/* The doors of this company as this host knows them, and how each one stands.
 *
 * Pure: facts in (survey items, answers of gateways, statements of people,
 * advisories), a verdict with a reason and a date out; no I/O, no clock of its
 * own.  Owner: the core role, loop thread.  A round builds a new register
 * (doors_begin ... doors_judge) beside the one in force, takes over what lasts
 * (since when, statements) and replaces it.  docs/doors.md is the contract of
 * the words and of the JSON (doors_json.h).
 *
 * Never "ok" by default: a door without evidence is "unknown". */
#ifndef MM_AGENT_DETECT_DOORS_H
#define MM_AGENT_DETECT_DOORS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/detect/facts.h"
#include "lib/limits.h"

enum door_kind { DOOR_GATEWAY = 0, DOOR_PROGRAM, DOOR_LISTENER, DOOR_SSH, DOOR_KINDS };
enum door_verdict {
    VERDICT_OK = 0, VERDICT_MINOR, VERDICT_DUE, VERDICT_OVERDUE, VERDICT_UNKNOWN, VERDICT_EXPOSED, VERDICT_INVALID, VERDICT_SILENT,
    VERDICT_COUNT
};
enum door_colour { COLOUR_GREEN = 0, COLOUR_YELLOW, COLOUR_ORANGE, COLOUR_RED, COLOUR_GREY, COLOUR_COUNT };
/* Where a version is known from. */
enum door_source { VERSION_NONE = 0, VERSION_ANSWER, VERSION_TABLE, VERSION_PERSON, VERSION_PACKAGE, VERSION_FILE, VERSION_SOURCES };
enum door_answer {
    ANSWER_NOT_ASKED = 0, ANSWER_SILENT, ANSWER_INVALID, ANSWER_GIVEN, ANSWER_FAILED /* who should ask failed */,
    ANSWER_STRANGER /* somebody answered who did not prove to hold the gateway's key */, ANSWERS
};
enum door_package { PACKAGE_NONE = 0, PACKAGE_CURRENT, PACKAGE_BEHIND, PACKAGE_UNKNOWN, PACKAGE_UNOWNED };
enum door_firewall { FIREWALL_UNKNOWN = 0, FIREWALL_OPEN, FIREWALL_LIMITED, FIREWALL_CLOSED };
enum door_judged { JUDGED_NOT = 0, JUDGED_YES, JUDGED_PRODUCT_UNKNOWN, JUDGED_VERSION_UNREADABLE };

#define DOOR_DAYS 14            /* domain.md: an update is applied within 14 days of its release */
#define DOOR_STATEMENT_DAYS 30  /* a person's word about a version is that old at most; so is a device's that fell silent */
#define DOOR_LOOK_DAYS 2        /* what this host itself was found to be is that old at most */
#define DOOR_STRANGER_DAYS 5    /* a stranger at the gateway's address is told from then on: a laptop comes back after a long weekend */
#define DOOR_KEY 65             /* SHA-256 in hexadecimal digits, with the NUL */
#define DOOR_ARGS 3

/* What a person said about a door; empty `by`: nobody said anything. */
struct door_statement {
    char by[LIM_TITLE];
    int64_t at;                 /* seconds since the epoch */
    char product[LIM_TAG], model[LIM_NAME], version[LIM_TAG];
};
struct door_mitigation {
    char by[LIM_TITLE];         /* empty: none */
    int64_t at;
    char what[LIM_TAG];         /* "disabled" "workaround" "separated" "monitored" */
    char reason[LIM_TITLE];
    char covers[LIM_NAME];      /* DOOR_LISTENER, DOOR_SSH: how the door stood open when it was recorded (door_openness) */
};

struct door {
    char id[LIM_DOOR_ID];          /* stable: "gateway:HOST:PORT" "program:PATH" "listener:rdp:tcp:3389" "ssh:settings" */
    enum door_kind kind;
    char name[LIM_NAME];
    /* facts */
    char product[LIM_TAG], product_name[LIM_TITLE], model[LIM_NAME], version[LIM_TAG];
    char over[LIM_TAG];         /* of the identification (struct vpn_identity) */
    enum door_source version_from;
    enum door_answer answer;
    char key[DOOR_KEY];         /* DOOR_GATEWAY: of the public key that its answers are known by; empty: none */
    int64_t key_at;             /* seconds; since when it is this one, or none */
    char seen_key[DOOR_KEY];    /* the last that anybody showed at its address; empty: nobody did, or a stranger without one answers */
    int64_t identity_at;        /* seconds; when it told product and version itself; 0: `checked_at` */
    bool proven, version_proven; /* product and version came under its key (of this round only) */
    int64_t stranger_since;     /* seconds; since when only strangers answer there; 0: they do not */
    enum door_package package;
    bool security;              /* PACKAGE_BEHIND: the newer version is a security update */
    char candidate[LIM_NAME];   /* PACKAGE_BEHIND: the newer version */
    char service[LIM_TAG];      /* DOOR_LISTENER */
    enum door_firewall firewall;
    uint16_t port;
    uint16_t mapped_port;       /* the router forwards this port of the internet to it; 0: none known of */
    char mapped_to[48];         /* address inside */
    bool ssh_unsure;            /* DOOR_SSH: one of its settings could not be read */
    bool ssh_password, ssh_root, ssh_empty, ssh_known; /* DOOR_SSH: logging on by password, as root by password, by none;
                                   settings could be read */
    char package_reason[LIM_TAG]; /* PACKAGE_UNKNOWN: "none" "old" "support" */
    uint32_t package_days;      /* "old": age of the archive data */
    struct door_statement stated;
    struct door_mitigation mitigation;
    enum door_judged judged;
    int64_t judged_at;          /* seconds: when the advisories were asked; a judge that fails for days is no good news */
    int64_t security_since;     /* seconds: since when a security update is seen missing; 0: none is */
    struct vpn_advisory *advisory; /* heap; the gravest first */
    unsigned advisories, advisories_total;
    int64_t package_released;   /* day of the newer package; 0: not known */
    int64_t checked_at;         /* seconds; when somebody looked, of a silent gateway when it last answered */
    char evidence[LIM_SURVEY_TEXT];
    /* what came of them */
    enum door_verdict verdict;
    enum door_colour colour;
    char reason[LIM_TAG];       /* catalogue key */
    char arg[DOOR_ARGS][LIM_TITLE];
    unsigned args;
    int64_t released, due;      /* days since the epoch; 0: none */
    int64_t since;              /* seconds: since when the verdict is what it is */
    int64_t found_at;           /* seconds: since when there is a finding (verdict not ok); 0: none */
    char told[LIM_NAME];        /* what was last told as a finding (door_told); empty: nothing, or that it is cleared */
};

#define DOOR_TEXT 96            /* of a package: name, version, maker; longer ones are cut */
struct door_candidate { char address[LIM_NAME]; uint16_t port; char source[LIM_NAME]; };
struct door_software { char name[DOOR_TEXT], version[DOOR_TEXT], maker[DOOR_TEXT], manager[LIM_TAG]; };

#define DOOR_CANDIDATES 64      /* gateways proposed; more help nobody */

struct doors {
    struct door *door;          /* heap, LIM_DOORS at most */
    unsigned count;
    struct door_candidate *candidate;
    unsigned candidates;
    struct door_software *software;
    unsigned softwares;
    unsigned lost;              /* what found no place */
    int64_t checked_at;         /* seconds; 0: never */
    bool survey_failed, probe_failed, judge_failed; /* in the newest round */
    bool incomplete;            /* items of the survey were malformed: what is absent may only not have been told */
    bool upnp;                  /* a router answered about its port mappings */
};

/* Make it empty; free what it holds and make it empty again. */
void doors_init(struct doors *d);
void doors_fini(struct doors *d);
/* The door of that id; NULL when there is none.  Valid until the next doors_add or doors_remove. */
struct door *doors_find(const struct doors *d, const char *id);
/* The door of that id, made when it is not there yet (kind and name set); NULL without memory or room (then counted). */
struct door *doors_add(struct doors *d, const char *id, enum door_kind kind, const char *name);
/* Take `door` out. */
void doors_remove(struct doors *d, struct door *door);

/* Must `a` be mended within DOOR_DAYS of its release?  Then `*released` is that day (days since 1970); false also when the
 * advisory names no day. */
bool door_on_the_clock(const struct vpn_advisory *a, int64_t *released);

/* The product and version that count (the device's own word before a person's); 1 when there are both. */
int door_version(const struct door *door, char product[LIM_TAG], char version[LIM_TAG], char model[LIM_NAME], enum door_source *from);
/* Was it the gateway itself who answered, or somebody at its address?  `key`: what was shown there (DOOR_KEY digits), `proved`: a
 * public authority says that it is the gateway's.  The first key that is seen is the gateway's; a proved one takes its place.  Sets
 * seen_key and key; `before` is the door of the register in force (NULL: new), `now` in seconds. */
bool door_recognise(struct door *door, const struct door *before, const char *key, bool proved, int64_t now);
/* What a stranger told is not the gateway's: forget product, model, version. */
void door_disown(struct door *door);
/* What advisories were asked for is not this door's version any more. */
void door_forget_advisories(struct door *door);
/* Verdict, colour, reason and dates of one door out of its facts, as of `now` (seconds). */
void door_judge(struct door *door, int64_t now);
/* Judge all doors; what lasts comes from `before` (NULL: nothing): since, found_at. */
void doors_judge(struct doors *d, const struct doors *before, int64_t now);
/* 1 when this verdict is worth a finding. */
int door_finding(const struct door *door);
/* In which way it stands open now, for a mitigation that covers just that; "" for doors with a version. */
void door_openness(const struct door *door, char out[LIM_NAME]);
/* What of a door is worth telling again when it changes: verdict, version, advisories, mitigation. */
void door_told(const struct door *door, char out[LIM_NAME]);
/* Take over from the register before what this round could not look at again: statements and mitigations; the identity
 * of a gateway that was not asked or is silent; all of the host when the survey failed; advisories when the judge did.
 * `before` keeps its own memory. */
void doors_carry(struct doors *d, const struct doors *before);
/* A copy of every door without its advisories, which are asked for anew. */
void doors_copy(struct doors *to, const struct doors *from);
/* Days until `due` (negative: over it). */
int64_t door_days_left(const struct door *door, int64_t now);
/* "closed" (all ok or minor), "attention", "open" (overdue, exposed or invalid), "unknown" (never checked, or not all known). */
const char *doors_overall(const struct doors *d);

/* The words of docs/doors.md. */
const char *door_kind_word(enum door_kind kind);
const char *door_verdict_word(enum door_verdict verdict);
const char *door_colour_word(enum door_colour colour);
const char *door_source_word(enum door_source from);

#endif
