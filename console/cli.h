/* The command line: verbs in a table, one function each (cli_*.c). */
#ifndef MM_CONSOLE_CLI_H
#define MM_CONSOLE_CLI_H

#include <jansson.h>

#include "console/console.h"

#define CLI_WORDS 4
#define CLI_OPTIONS 40

enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_NOT_FOUND = 3 };

struct cli_option { const char *name, *value; };
struct cli {
    const char *dir;
    const struct cli_verb *verb;
    const char *word[CLI_WORDS];               /* what is no option, after the verb */
    unsigned words;
    struct cli_option option[CLI_OPTIONS];
    unsigned options;
    struct console *console;                   /* open, unless the verb makes it itself */
};

struct cli_verb {
    const char *name, *second;                 /* "customer", "add"; second NULL: none */
    const char *options;                       /* " --phone= --json " : '=' takes a value */
    unsigned words_min, words_max;
    int opens;                                 /* 1: the console is open when `run` is called */
    int (*run)(struct cli *cli);
    const char *usage, *help;
};

/* Value of an option, "" for one without a value, NULL when not given. */
const char *cli_option(const struct cli *cli, const char *name);
/* A number option; MM_EFORMAT after a message when it is out of range. */
int cli_number(const struct cli *cli, const char *name, long min, long max, long fallback, long *out);
/* Who runs the verb, for audit and commands: "cli:NAME". */
void cli_who(char out[LIM_TITLE]);
/* Say why and give the exit code. */
int cli_fail(const char *what, int err);

/* The incident that a word names; CLI_OK, or the exit code after a message. */
int cli_find_incident(struct cli *cli, const char *word, struct store_incident *out);

/* Print rows as a table: columns are members of the rows' objects. */
struct cli_column { const char *title, *member; };
/* Make harmless what moves a cursor: hosts choose their own texts. */
void cli_clean(char *text);
void cli_table(const json_t *rows, const struct cli_column *columns, unsigned n);
void cli_json(const json_t *value);
/* A list as a table, or with --json as it is; takes it over.  CLI_OK. */
int cli_list(const struct cli *cli, json_t *list, const struct cli_column *columns, unsigned n);

/* Print the register of external devices (cli_register.c); puts the table's cells into `reg`. */
void cli_register(json_t *reg);

int cli_init(struct cli *cli);
int cli_serve(struct cli *cli);
int cli_customer_add(struct cli *cli);
int cli_customers(struct cli *cli);
int cli_token_new(struct cli *cli);
int cli_operator_add(struct cli *cli);
int cli_operator_remove(struct cli *cli);
int cli_operators(struct cli *cli);
int cli_devices(struct cli *cli);
int cli_events(struct cli *cli);
int cli_incidents(struct cli *cli);
int cli_audit(struct cli *cli);
int cli_removal(struct cli *cli);
int cli_contain(struct cli *cli);
int cli_release(struct cli *cli);
int cli_orders(struct cli *cli);
int cli_verdict(struct cli *cli);
int cli_revoke(struct cli *cli);
int cli_allow(struct cli *cli);
int cli_close(struct cli *cli);
int cli_restore(struct cli *cli);
int cli_doors(struct cli *cli);
int cli_declare(struct cli *cli);
int cli_gateways(struct cli *cli);
int cli_ring(struct cli *cli);
int cli_packs(struct cli *cli);

#endif
