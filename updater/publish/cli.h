/* The command line of the release desk: verbs in a table, one function each
 * (verb_*.c).  A verb says on standard output what it did and what to do next,
 * or with --json gives one object; what failed goes to standard error. */
#ifndef MM_UPDATER_PUBLISH_CLI_H
#define MM_UPDATER_PUBLISH_CLI_H

#include <jansson.h>

#include "updater/publish/desk.h"
#include "updater/publish/health.h"
#include "updater/publish/passphrase.h"
#include "updater/publish/signer.h"

#define PROGRAM "mimamori-publish"

enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_NOT_FOUND = 3, CLI_MORE = 4, CLI_WAIT = 5, CLI_HALT = 6 };

struct cli_option { const char *name, *value; };
struct cli {
    const struct cli_verb *verb;
    const char *word[LIM_PUBLISH_WORDS];       /* what is no option, after the verb */
    unsigned words;
    struct cli_option option[LIM_PUBLISH_OPTIONS];
    unsigned options;
    int json;
    struct passphrase_source secret;
    struct desk desk;                          /* open, when the verb asks for it */
    json_t *result;                            /* for --json */
};

struct cli_verb {
    const char *name, *second;                 /* "keys", "new"; second NULL: none */
    const char *options;                       /* " --key= --json " : '=' takes a value */
    unsigned words_min, words_max;
    int opens;                                 /* 1: word 0 is a repository, open when `run` is called */
    int (*run)(struct cli *cli);
    const char *usage, *help;
};

/* The keys of --key, open for signing. */
struct cli_keys { struct signer signer[LIM_PUBLISH_SIGNERS]; const char *path[LIM_PUBLISH_SIGNERS]; size_t n; };

/* ---- cli.c ---- */
/* Value of an option, "" for one without a value, NULL when not given. */
const char *cli_option(const struct cli *cli, const char *name);
/* A number option; CLI_OK, or CLI_USAGE after a message. */
int cli_number(struct cli *cli, const char *name, long least, long most, long fallback, long *out);
/* A whole number of at least 0 in text; -1: it is none. */
long cli_whole(const char *text);
/* One line for people, nothing with --json. */
void cli_say(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Put a member into the object of --json; takes the value over. */
void cli_tell(struct cli *cli, const char *name, json_t *value);
/* Say what is wrong; gives back `code`. */
int cli_wrong(struct cli *cli, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Say that something failed, with what the desk knows about it, and give the exit code for it. */
int cli_fail(struct cli *cli, const char *what, int err);

/* ---- cli_sign.c: what the verbs share about keys and staged files ---- */
/* Open one key file or key of a token, asking for its passphrase or PIN; CLI_OK, or the exit code after a message. */
int cli_open_key(struct cli *cli, const char *path, struct signer *out);
/* Open all of --key; CLI_OK, or the exit code after a message. */
int cli_keys_open(struct cli *cli, struct cli_keys *keys);
/* Forget them. */
void cli_keys_close(struct cli_keys *keys);
/* Sign a draft with those of the keys that may; `*signed_by` counts them. */
int cli_sign(struct cli *cli, const char *role, json_t *draft, const struct cli_keys *keys, size_t *signed_by);
/* Sign a draft with the keys of --key, put it into staged/, publish it if it is a root that has all it needs, and say
 * how far it is and what is next.  Takes the draft over.  The exit code of the verb. */
int cli_stage(struct cli *cli, const char *role, json_t *draft);
/* The same with keys that are open already. */
int cli_stage_with(struct cli *cli, const char *role, json_t *draft, const struct cli_keys *keys);
/* Say how far a staged file is; CLI_OK when it has all signatures, CLI_MORE when not. */
int cli_report(struct cli *cli, const char *role);

/* ---- cli_rollout.c ---- */
/* {"ring","percent"[,"start"][,"hold_days"]} of the options; NULL in *out: none is given.  With a hold there is a start.
 * The exit code. */
int cli_rollout(struct cli *cli, json_t **out);
/* CLI_OK when a target may go on with `rollout` (NULL: everybody): the hold that clients see is over, or nobody new gets
 * it, or what is published is another file.  Else CLI_FAILED after a message. */
int cli_held(struct cli *cli, const json_t *published, const json_t *target, const json_t *rollout);

/* How far a rollout reaches, NULL: everybody; more is wider.  And when its hold is over, 0: it has none. */
long cli_reach(const json_t *rollout);
int64_t cli_held_until(const json_t *rollout);

/* ---- cli_health.c ---- */
/* The verdict on a rule pack or an agent that hosts see, by the report of --packs; also told for --json.  The exit code. */
int cli_judge(struct cli *cli, const json_t *published, struct health_verdict *out);
/* CLI_OK when a target may go on with `rollout`: no --packs was given, nobody new gets it, or its verdict is fine.
 * CLI_WAIT, CLI_HALT and others after a message. */
int cli_healthy(struct cli *cli, const json_t *published, const json_t *rollout);

/* ---- verb_*.c ---- */
int cli_init(struct cli *cli);
int cli_keys_new(struct cli *cli);
int cli_keys_token(struct cli *cli);
int cli_keys_export(struct cli *cli);
int cli_keys_list(struct cli *cli);
int cli_add(struct cli *cli);
int cli_stage_target(struct cli *cli);
int cli_halt(struct cli *cli);
int cli_check_health(struct cli *cli);
int cli_remove(struct cli *cli);
int cli_cleanup(struct cli *cli);
int cli_floor(struct cli *cli);
int cli_renew(struct cli *cli);
int cli_sign_role(struct cli *cli);
int cli_snapshot(struct cli *cli);
int cli_timestamp(struct cli *cli);
int cli_rotate(struct cli *cli);
int cli_bundle(struct cli *cli);
int cli_verify(struct cli *cli);

/* verb_snapshot.c, also for init: publish all staged roles that have their signatures, with a new snapshot and
 * timestamp.  The exit code. */
int cli_publish(struct cli *cli, const struct cli_keys *keys, int with_root);

#endif
