/* A console's directory, opened: configuration, store, authority, signing key.
 *
 * Files of DIR (0700): console.ini, console.db, ca.pem, ca.key, server.pem,
 * server.key, command.key.  Keys are 0600.  One struct per program run; the
 * command-line verbs and `serve` open the same directory side by side. */
#ifndef MM_CONSOLE_CONSOLE_H
#define MM_CONSOLE_CONSOLE_H

#include "console/ca.h"
#include "console/config.h"
#include "console/store/store.h"
#include "lib/command.h"
#include "lib/removal_code.h"

struct console {
    char dir[LIM_PATH];
    struct console_config config;
    struct store *store;
    struct ca *ca;
    struct buf ca_pem;                    /* text of ca.pem */
    uint8_t secret[ED25519_SECRET];       /* signs commands */
    struct command_key key;
    char pin[SHA256_HEX];
};

struct console_setup { const char *name; const char *const *host; unsigned nhosts; long port, api_port, heartbeat; };

/* Make the directory and everything in it.  MM_EEXIST: there is a console already. */
int console_init(const char *dir, const struct console_setup *setup, char *message, size_t size);
/* Open.  `message` says what is wrong in one line. */
int console_open(const char *dir, struct console **out, char *message, size_t size);
void console_close(struct console *c);
/* Server certificate (with the CA behind it) and key; issued again when it ends within
 * 90 days or the configured hosts have changed.  The caller frees both buffers. */
int console_server_files(struct console *c, struct buf *certificate, struct buf *key, int *renewed);

/* Write an enrolment code for a new single-use token of `customer`; inside a transaction. */
int console_new_token(struct console *c, int64_t customer, long hours, const char *by, int64_t now, struct buf *code,
                      int64_t *expires);
/* A new bearer token (64 hex digits) and its stored form. */
int console_new_bearer(char token[SHA256_HEX], char hash[SHA256_HEX]);
int console_hash(const char *token, char hash[SHA256_HEX]);

#define CONSOLE_NOTE 1024 /* room of an operator's note */
/* 1 when it is one of the verdicts: attack, false_alarm, test, undecided. */
int console_verdict_known(const char *verdict);
/* An operator's verdict of an incident, audited; inside a transaction.  MM_ENOTFOUND. */
int console_verdict(struct console *c, const struct store_incident *i, const char *verdict, const char *note, const char *by,
                    int64_t now);

/* An order to a device: signed and queued; inside a transaction. */
struct console_order {
    const char *agent_id;
    enum command_action action;
    const char *incident;      /* UUID, or "" for the device itself */
    int hold;                  /* contain: 0, 1, or -1 as the device is configured */
    const char *by, *reason;
    const char *args;          /* declare, policy: the arguments as JSON (lib/command.h); NULL for all others */
};
int console_order(struct console *c, const struct console_order *o, int64_t now, char command_id[LIM_ID], uint64_t *sequence);
/* A new code with which the device may be freed of the agent, to be shown once, and the arguments of the policy order by which it
 * learns the code's hash. */
#define CONSOLE_REMOVAL_ARGS (SHA256_HEX + 32)
int console_removal(const char *agent_id, char code[REMOVAL_CODE], char args[CONSOLE_REMOVAL_ARGS]);
/* 1, and one English sentence, when the device will hardly fetch an order now: it is silent. */
int console_reach(const struct console *c, const struct store_device *d, int64_t now, char *out, size_t size);

#endif
