/* What the console gives out: tokens, enrolment codes, signed orders.  The
 * store's rows and their audit are written in the caller's transaction. */
#include <stdio.h>
#include <string.h>

#include "console/console.h"
#include "lib/enrol_code.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define START_EARLY 60 /* an order is valid from a minute ago: clocks differ */

int console_hash(const char *token, char hash[SHA256_HEX])
{
    uint8_t md[SHA256_BYTES];
    int rc = crypto_sha256(token, strlen(token), md);

    if (!rc)
        crypto_hex(md, sizeof md, hash);
    return rc;
}

int console_new_bearer(char token[SHA256_HEX], char hash[SHA256_HEX])
{
    uint8_t raw[SHA256_BYTES];
    int rc = crypto_random(raw, sizeof raw);

    if (rc)
        return rc;
    crypto_hex(raw, sizeof raw, token);
    return console_hash(token, hash);
}

int console_new_token(struct console *c, int64_t customer, long hours, const char *by, int64_t now, struct buf *code,
                      int64_t *expires)
{
    const char *host = c->config.hosts.count ? c->config.hosts.item[0] : "localhost";
    struct enrol_code e = {0};
    char hash[SHA256_HEX];
    uint8_t raw[20]; /* 160 bits: nobody guesses it, and the code stays short */
    int rc = crypto_random(raw, sizeof raw);

    if (rc)
        return rc;
    crypto_hex(raw, sizeof raw, e.token);
    snprintf(e.url, sizeof e.url, strchr(host, ':') ? "https://[%s]:%ld" : "https://%s:%ld", host, (long)c->config.port);
    memcpy(e.ca_pin, c->pin, sizeof e.ca_pin);
    *expires = now + hours * 3600;
    rc = console_hash(e.token, hash);
    if (!rc)
        rc = store_token_add(c->store, hash, customer, *expires, by, now);
    return rc ? rc : enrol_code_make(&e, code);
}

int console_removal(const char *agent_id, char code[REMOVAL_CODE], char args[CONSOLE_REMOVAL_ARGS])
{
    char hash[SHA256_HEX];
    int rc = removal_code_make(code);

    if (!rc)
        rc = removal_code_hash(agent_id, code, hash);
    if (!rc)
        snprintf(args, CONSOLE_REMOVAL_ARGS, "{\"removal\":\"%s\"}", hash);
    return rc;
}

/* What operators call it: the protocol's `allow` of a whole device is the end of its quarantine. */
static const char *action_name(const struct console_order *o)
{
    static const char *const names[] = {"", "contain", "allow", "restore", "query", "scan", "update", "restart", "close", "declare", "policy"};

    if (o->action == COMMAND_ALLOW && !o->incident[0])
        return "release";
    if (o->action == COMMAND_POLICY && o->args && strstr(o->args, "\"removal\":"))
        return "removal";
    return names[o->action];
}

static int sign_and_store(struct console *c, const struct console_order *o, const struct command *cmd, int64_t now)
{
    struct store_command row = {.agent_id = o->agent_id, .command_id = cmd->command_id, .action = action_name(o),
                                .incident = o->incident, .by = o->by, .reason = o->reason, .sequence = cmd->sequence,
                                .created = now, .not_after = cmd->not_after};
    struct buf envelope;
    int rc;

    buf_init(&envelope, LIM_COMMAND);
    rc = command_sign(cmd, c->secret, c->key.pub, &envelope);
    if (!rc) {
        row.envelope = envelope.data;
        rc = store_command_add(c->store, &row);
    }
    buf_fini(&envelope);
    return rc;
}

int console_verdict_known(const char *verdict)
{
    static const char *const known[] = {"attack", "false_alarm", "test", "undecided"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!strcmp(verdict, known[i]))
            return 1;
    return 0;
}

int console_verdict(struct console *c, const struct store_incident *i, const char *verdict, const char *note, const char *by,
                    int64_t now)
{
    int rc = store_incident_verdict(c->store, i->id, verdict, note, by, now);

    return rc ? rc : store_audit(c->store, by, "verdict", i->uid, verdict, now);
}

int console_order(struct console *c, const struct console_order *o, int64_t now, char command_id[LIM_ID], uint64_t *sequence)
{
    struct command cmd = {.not_before = now - START_EARLY, .not_after = now + c->config.command_life, .action = o->action,
                          .hold_without_console = o->hold};
    char detail[LIM_TITLE * 2];
    int rc;

    if (strlen(o->agent_id) >= sizeof cmd.agent_id || strlen(o->incident) >= sizeof cmd.incident || strlen(o->by) >= sizeof cmd.by)
        return MM_ELIMIT;
    memcpy(cmd.agent_id, o->agent_id, strlen(o->agent_id) + 1);
    memcpy(cmd.incident, o->incident, strlen(o->incident) + 1);
    memcpy(cmd.by, o->by, strlen(o->by) + 1);
    if (o->args && strlen(o->args) >= sizeof cmd.args)
        return MM_ELIMIT;
    if (o->args)
        memcpy(cmd.args, o->args, strlen(o->args) + 1);
    cmd.target_device = !o->incident[0] && o->action != COMMAND_QUERY;
    rc = crypto_uuid(cmd.command_id);
    if (!rc)
        rc = store_command_sequence(c->store, o->agent_id, now, &cmd.sequence);
    if (!rc)
        rc = sign_and_store(c, o, &cmd, now);
    if (rc)
        return rc;
    snprintf(detail, sizeof detail, "%s %s%s%s", cmd.command_id, o->incident, o->reason[0] ? " reason: " : "", o->reason);
    rc = store_audit(c->store, o->by, action_name(o), o->agent_id, detail, now);
    if (rc)
        return rc;
    memcpy(command_id, cmd.command_id, LIM_ID);
    *sequence = cmd.sequence;
    return MM_OK;
}

int console_reach(const struct console *c, const struct store_device *d, int64_t now, char *out, size_t size)
{
    char seen[RFC3339_TEXT], end[RFC3339_TEXT];

    if (!strcmp(d->state, "online") && now - d->last_seen <= c->config.missed * c->config.heartbeat)
        return 0;
    rfc3339_format(d->last_seen, seen);
    rfc3339_format(now + c->config.command_life, end);
    if (d->last_seen)
        snprintf(out, size, "this computer has been silent since %s: nothing happens there until it is back; void at %s", seen, end);
    else
        snprintf(out, size, "this computer was never seen yet: nothing happens there until it is; void at %s", end);
    return 1;
}
