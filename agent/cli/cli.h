/* The `mimamori` program: options, the verbs' table and what verbs share.
 *
 * Every verb is one file with one function of type cli_run.  A plain blocking
 * client of the control socket; it changes nothing on the host by itself. */
#ifndef MM_AGENT_CLI_CLI_H
#define MM_AGENT_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/screen.h"
#include "lib/limits.h"

enum cli_exit {
    EXIT_GUARDED = 0,      /* and: what was asked was done */
    EXIT_ATTENTION = 1,    /* and: it was refused or failed */
    EXIT_QUARANTINED = 2,
    EXIT_SILENT = 3,       /* the agent, or its guarding process, does not answer */
    EXIT_USAGE = 64,
};

enum cli_option { /* a bit per option that only some verbs take */
    OPT_WATCH = 1, OPT_REASON = 2, OPT_AFTER = 4, OPT_LIMIT = 8, OPT_SEVERITY = 16, OPT_FACTS = 32,
};

/* What `declare` states; NULL: not given.  Borrowed from the arguments. */
struct cli_facts { const char *by, *product, *model, *version, *mitigation, *date, *certificate; };

enum cli_argument { NO_ARGUMENT = 0, EVENT_ID /* 8 characters or more */, DOOR_ID };

struct cli {
    char run[LIM_PATH];       /* [paths] run= */
    char provider[LIM_TITLE], phone[LIM_TITLE]; /* [customer], where the file can be read */
    char config_error[512];   /* "FILE:LINE: what" when the file is broken; empty: it is not */
    bool json, watch;
    unsigned given;           /* enum cli_option bits */
    const char *verb;         /* its name */
    const char *reason;       /* NULL: none */
    struct cli_facts facts;
    uint64_t after;
    unsigned limit, severity;
    const char *id;           /* argument of verbs that take one */
    struct screen screen;
};

typedef int (*cli_run)(struct cli *c); /* returns enum cli_exit */

struct cli_verb {
    const char *name;
    const char *arguments;    /* shown in the help: "ID" or "" */
    const char *help;         /* catalogue key */
    unsigned options;         /* enum cli_option bits it takes */
    enum cli_argument argument; /* it takes one, and needs it */
    cli_run run;
};
extern const struct cli_verb cli_verbs[];
extern const unsigned cli_verb_count;

/* main without the process around it: parse, load the configuration, run. */
int cli_main(int argc, char **argv);
/* Fill `c` from the arguments; *verb NULL when help or version was asked for (and shown).
 * EXIT_GUARDED, or EXIT_USAGE with a message on standard error. */
int cli_parse(int argc, char **argv, struct cli *c, const struct cli_verb **verb, const char **config);
/* Append the help text. */
void cli_help(struct screen *s);

/* Say that asking failed (`rc` of ask.h) or was refused (`answer` with ok:false);
 * returns the exit code.  The catalogue's error.VERB.WORD goes before error.WORD. */
int cli_unreachable(struct cli *c, int rc);
int cli_refused(struct cli *c, const json_t *answer);
/* The result of an answer with ok:true; NULL for a refusal. */
const json_t *cli_result(const json_t *answer);
/* Print one JSON value on one line; only ASCII on a terminal. */
void cli_print_json(const json_t *value);
/* Ask for an acting verb and tell what came of it. */
int cli_act(struct cli *c, const char *verb, void (*tell)(struct cli *c, const json_t *result));

/* JSON reading that never fails: "" or 0 for what is not there. */
const char *cli_str(const json_t *o, const char *key);
json_int_t cli_int(const json_t *o, const char *key);

/* Who asked for a quarantine ("rule NAME", "uid N", an operator's name) in words, escaped; the caller frees. */
char *cli_who(const char *by);

/* An instant of the protocol (RFC 3339, UTC) in local time, "2026-11-22 13:05:01"; unknown: a word. */
void cli_when(const char *rfc3339, char *out, size_t size);
/* The same for seconds since the epoch; 0 or less: unknown. */
void cli_when_s(int64_t seconds, char *out, size_t size);

int cli_status(struct cli *c);
int cli_events(struct cli *c);
int cli_why(struct cli *c);
int cli_restore(struct cli *c);
int cli_allow(struct cli *c);
int cli_close(struct cli *c);
int cli_quarantine(struct cli *c);
int cli_release(struct cli *c);
int cli_reload(struct cli *c);
int cli_vpn(struct cli *c);
int cli_posture(struct cli *c);
int cli_check(struct cli *c);
int cli_declare(struct cli *c);

#endif
