/* Bytes in, decision out.  The signature is checked over the exact payload
 * bytes before a single byte of the payload is parsed; after that nothing is
 * forgiven: no unknown member, no second member of the same name, no target
 * that the action does not have. */
#include "lib/command.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

#define PAYLOAD_TYPE "application/vnd.mimamori.command+json"
#define CLOCK_SKEW 300      /* seconds that a host's clock may be wrong */
#define UUID_TEXT 37        /* what crypto_uuid_valid accepts, with NUL */
#define MAX_SIGNATURES 4    /* one key, one that replaces it, room */

enum target { TARGET_DEVICE = 1, TARGET_INCIDENT = 2, TARGET_STATUS = 4 };

static const struct { const char *name; unsigned targets; } actions[] = {
    [COMMAND_CONTAIN] = {"contain", TARGET_DEVICE},
    [COMMAND_ALLOW] = {"allow", TARGET_DEVICE | TARGET_INCIDENT},
    [COMMAND_RESTORE] = {"restore", TARGET_INCIDENT},
    [COMMAND_QUERY] = {"query", TARGET_STATUS},
    [COMMAND_SCAN] = {"scan", TARGET_DEVICE},
    [COMMAND_UPDATE] = {"update", TARGET_DEVICE},
    [COMMAND_RESTART] = {"restart", TARGET_DEVICE},
    [COMMAND_CLOSE] = {"close", TARGET_INCIDENT},
    [COMMAND_DECLARE] = {"declare", TARGET_DEVICE},
    [COMMAND_POLICY] = {"policy", TARGET_DEVICE},
};
#define ACTIONS (sizeof actions / sizeof actions[0])

/* DSSE's pre-authentication encoding. */
static int add_pae(struct buf *out, const void *payload, size_t n)
{
    int rc = buf_addf(out, "DSSEv1 %zu %s %zu ", sizeof PAYLOAD_TYPE - 1, PAYLOAD_TYPE, n);

    return rc ? rc : buf_add(out, payload, n);
}

/* ---- signing ------------------------------------------------------------- */

/* 1 for the actions whose arguments are kept as text. */
static int has_text(enum command_action action)
{
    return action == COMMAND_DECLARE || action == COMMAND_POLICY;
}

static json_t *payload_json(const struct command *c)
{
    char from[RFC3339_TEXT], until[RFC3339_TEXT];
    json_t *target, *args = has_text(c->action) ? json_loads(c->args, 0, NULL) : json_object();

    rfc3339_format(c->not_before, from);
    rfc3339_format(c->not_after, until);
    if (c->action == COMMAND_QUERY)
        target = json_pack("{s:{}}", "status");
    else if (c->incident[0])
        target = json_pack("{s:s}", "incident", c->incident);
    else
        target = json_pack("{s:{}}", "device");
    if (c->action == COMMAND_CONTAIN && c->hold_without_console >= 0)
        json_object_set_new(args, "hold_without_console", json_boolean(c->hold_without_console));
    return json_pack("{s:s,s:s,s:I,s:s,s:s,s:s,s:o,s:o,s:s}", "command_id", c->command_id, "agent_id", c->agent_id,
                     "sequence", (json_int_t)c->sequence, "not_before", from, "not_after", until,
                     "action", actions[c->action].name, "target", target, "args", args, "by", c->by);
}

static int command_sound(const struct command *c)
{
    unsigned have = (c->target_device ? TARGET_DEVICE : 0u) | (c->incident[0] ? TARGET_INCIDENT : 0u);

    if (c->action < COMMAND_CONTAIN || c->action >= (int)ACTIONS || !crypto_uuid_valid(c->command_id) ||
        !crypto_uuid_valid(c->agent_id) || !c->sequence || c->sequence > INT64_MAX || !c->by[0])
        return 0;
    if (c->not_before < 0 || c->not_after < c->not_before)
        return 0;
    if (c->incident[0] && !crypto_uuid_valid(c->incident))
        return 0;
    if (has_text(c->action) ? command_args(c->action, c->args, strlen(c->args), c->by, NULL) != MM_OK : c->args[0] != '\0')
        return 0;
    if (c->action == COMMAND_QUERY)
        return !have;
    return (have == TARGET_DEVICE || have == TARGET_INCIDENT) && (have & actions[c->action].targets);
}

static int add_envelope(const struct buf *payload, const uint8_t sig[ED25519_SIGNATURE],
                        const uint8_t pub[ED25519_PUBLIC], struct buf *out)
{
    char keyid[KEYID_HEX];
    int rc;

    ed25519_keyid(pub, keyid);
    rc = buf_adds(out, "{\"payloadType\":\"" PAYLOAD_TYPE "\",\"payload\":\"");
    if (!rc)
        rc = crypto_b64_encode(payload->data, payload->len, out);
    if (!rc)
        rc = buf_addf(out, "\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"", keyid);
    if (!rc)
        rc = crypto_b64_encode(sig, ED25519_SIGNATURE, out);
    return rc ? rc : buf_adds(out, "\"}]}");
}

int command_sign(const struct command *c, const uint8_t secret[ED25519_SECRET],
                 const uint8_t pub[ED25519_PUBLIC], struct buf *out)
{
    struct buf payload, pae, envelope;
    uint8_t sig[ED25519_SIGNATURE];
    json_t *json;
    char *text;
    int rc = MM_ENOMEM;

    if (!command_sound(c))
        return MM_EINVAL;
    json = payload_json(c);
    text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    buf_init(&payload, LIM_COMMAND);
    buf_init(&pae, LIM_COMMAND);
    buf_init(&envelope, LIM_COMMAND);
    if (text)
        rc = buf_adds(&payload, text);
    if (!rc)
        rc = add_pae(&pae, payload.data, payload.len);
    if (!rc)
        rc = ed25519_sign(secret, pae.data, pae.len, sig);
    if (!rc)
        rc = add_envelope(&payload, sig, pub, &envelope);
    if (!rc)
        rc = buf_add(out, envelope.data, envelope.len);
    free(text);
    buf_fini(&payload);
    buf_fini(&pae);
    buf_fini(&envelope);
    return rc;
}

/* ---- verifying ----------------------------------------------------------- */

static const struct command_key *find_key(const struct command_check *check, const char *keyid)
{
    for (unsigned i = 0; i < check->nkeys; i++)
        if (!strcmp(check->keys[i].keyid, keyid))
            return &check->keys[i];
    return NULL;
}

/* 1 when one entry of the signatures' list was made by a key that is trusted. */
static int one_signature_holds(json_t *list, const struct command_check *check, const struct buf *pae)
{
    json_t *entry;
    size_t i;
    int good = 0;

    json_array_foreach(list, i, entry) {
        const char *keyid, *text;
        const struct command_key *key;
        struct buf sig;

        if (json_unpack_ex(entry, NULL, JSON_STRICT, "{s:s,s:s}", "keyid", &keyid, "sig", &text))
            return 0;
        key = find_key(check, keyid);
        if (!key)
            continue;
        buf_init(&sig, ED25519_SIGNATURE);
        if (!crypto_b64_decode(text, strlen(text), &sig) && sig.len == ED25519_SIGNATURE &&
            !ed25519_verify(key->pub, pae->data, pae->len, (const uint8_t *)sig.data))
            good = 1;
        buf_fini(&sig);
    }
    return good;
}

/* Envelope -> the payload's bytes, proved. */
static int open_envelope(const char *envelope, size_t n, const struct command_check *check,
                         struct buf *payload, enum command_refusal *why)
{
    json_t *root = json_loadb(envelope, n, JSON_REJECT_DUPLICATES, NULL), *list = NULL;
    const char *type, *b64;
    size_t b64_len;
    struct buf pae;
    int rc = MM_EFORMAT;

    buf_init(&pae, LIM_COMMAND + 128);
    *why = REFUSE_FORMAT;
    if (!root || json_unpack_ex(root, NULL, JSON_STRICT, "{s:s,s:s%,s:o}", "payloadType", &type, "payload", &b64,
                                &b64_len, "signatures", &list))
        goto out;
    if (strcmp(type, PAYLOAD_TYPE) || !json_is_array(list) || !json_array_size(list) ||
        json_array_size(list) > MAX_SIGNATURES)
        goto out;
    rc = crypto_b64_decode(b64, b64_len, payload);
    if (!rc && !payload->len)
        rc = MM_EFORMAT;
    if (!rc)
        rc = add_pae(&pae, payload->data, payload->len);
    if (rc)
        goto out;
    if (!one_signature_holds(list, check, &pae)) {
        *why = REFUSE_SIGNATURE;
        rc = MM_ECRYPTO;
    }
out:
    json_decref(root);
    buf_fini(&pae);
    return rc;
}

static int is_empty_object(const json_t *j)
{
    return json_is_object(j) && json_object_size(j) == 0;
}

static int read_target(json_t *target, struct command *c, enum command_refusal *why)
{
    const char *name, *incident;
    unsigned have;

    if (!json_is_object(target) || json_object_size(target) != 1)
        return MM_EFORMAT;
    name = json_object_iter_key(json_object_iter(target));
    if (!strcmp(name, "device"))
        have = TARGET_DEVICE;
    else if (!strcmp(name, "incident"))
        have = TARGET_INCIDENT;
    else if (!strcmp(name, "status"))
        have = TARGET_STATUS;
    else
        return MM_EFORMAT;
    if (have == TARGET_INCIDENT) {
        incident = json_string_value(json_object_get(target, name));
        if (!incident || !crypto_uuid_valid(incident))
            return MM_EFORMAT;
        memcpy(c->incident, incident, UUID_TEXT);
    } else if (!is_empty_object(json_object_get(target, name))) {
        return MM_EFORMAT;
    }
    c->target_device = have == TARGET_DEVICE;
    if (actions[c->action].targets & have)
        return MM_OK;
    *why = REFUSE_ACTION;
    return MM_EDENIED;
}

static int read_text_args(const json_t *args, struct command *c)
{
    char *text = json_dumps(args, JSON_COMPACT);
    struct buf b;
    int rc = MM_ENOMEM;

    buf_init(&b, sizeof c->args - 1);
    if (text)
        rc = command_args(c->action, text, strlen(text), c->by, &b);
    if (!rc)
        memcpy(c->args, b.data, b.len + 1);
    free(text);
    buf_fini(&b);
    return rc == MM_ELIMIT ? MM_EFORMAT : rc;
}

static int read_args(json_t *args, struct command *c)
{
    json_t *hold;

    c->hold_without_console = -1;
    if (!json_is_object(args))
        return MM_EFORMAT;
    if (has_text(c->action))
        return read_text_args(args, c);
    if (!json_object_size(args))
        return MM_OK;
    hold = json_object_get(args, "hold_without_console");
    if (c->action != COMMAND_CONTAIN || json_object_size(args) != 1 || !json_is_boolean(hold))
        return MM_EFORMAT;
    c->hold_without_console = json_is_true(hold);
    return MM_OK;
}

static int read_action(const char *name, struct command *c)
{
    for (size_t i = COMMAND_CONTAIN; i < ACTIONS; i++)
        if (!strcmp(actions[i].name, name)) {
            c->action = (enum command_action)i;
            return MM_OK;
        }
    return MM_EDENIED;
}

static int read_by(const char *by, struct command *c)
{
    size_t n = strlen(by);

    if (!n || n >= sizeof c->by)
        return MM_EFORMAT;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)by[i] < ' ' || by[i] == 0x7f)
            return MM_EFORMAT;
    memcpy(c->by, by, n + 1);
    return MM_OK;
}

/* The payload's members -> `c`. */
static int read_payload(json_t *root, struct command *c, enum command_refusal *why)
{
    const char *id, *agent, *from, *until, *action, *by;
    json_t *target, *args;
    json_int_t sequence;
    int rc;

    *why = REFUSE_FORMAT;
    if (json_unpack_ex(root, NULL, JSON_STRICT, "{s:s,s:s,s:I,s:s,s:s,s:s,s:o,s:o,s:s}", "command_id", &id, "agent_id",
                       &agent, "sequence", &sequence, "not_before", &from, "not_after", &until, "action", &action,
                       "target", &target, "args", &args, "by", &by))
        return MM_EFORMAT;
    if (!crypto_uuid_valid(id) || !crypto_uuid_valid(agent) || sequence < 1)
        return MM_EFORMAT;
    memcpy(c->command_id, id, UUID_TEXT);
    memcpy(c->agent_id, agent, UUID_TEXT);
    c->sequence = (uint64_t)sequence;
    if (rfc3339_parse(from, &c->not_before) || rfc3339_parse(until, &c->not_after) || c->not_after < c->not_before)
        return MM_EFORMAT;
    if (read_by(by, c))
        return MM_EFORMAT;
    if (read_action(action, c)) {
        *why = REFUSE_ACTION;
        return MM_EDENIED;
    }
    rc = read_target(target, c, why);
    return rc ? rc : read_args(args, c);
}

static int judge(const struct command *c, const struct command_check *check, enum command_refusal *why)
{
    if (strcmp(c->agent_id, check->agent_id))
        *why = REFUSE_HOST;
    else if (check->now < c->not_before - CLOCK_SKEW || check->now > c->not_after + CLOCK_SKEW)
        *why = REFUSE_TIME;
    else if (c->sequence <= check->last_sequence)
        *why = REFUSE_REPLAY;
    else
        return MM_OK;
    return MM_EDENIED;
}

/* Which command a refused payload was; a trusted key signed it, whatever else is wrong. */
static void name_refused(const json_t *root, const char *agent_id, struct command *out)
{
    const char *id = json_string_value(json_object_get(root, "command_id"));
    const char *agent = json_string_value(json_object_get(root, "agent_id"));
    json_int_t sequence = json_integer_value(json_object_get(root, "sequence"));

    out->command_id[0] = '\0';
    out->sequence = 0;
    if (!id || !crypto_uuid_valid(id))
        return;
    memcpy(out->command_id, id, UUID_TEXT);
    if (agent && !strcmp(agent, agent_id) && sequence > 0)
        out->sequence = (uint64_t)sequence;
}

int command_verify(const char *envelope, size_t n, const struct command_check *check,
                   struct command *out, enum command_refusal *why)
{
    enum command_refusal reason = REFUSE_FORMAT;
    struct command c = {0};
    struct buf payload;
    json_t *root = NULL;
    int rc = MM_EFORMAT;

    buf_init(&payload, LIM_COMMAND);
    if (n && n <= LIM_COMMAND)
        rc = open_envelope(envelope, n, check, &payload, &reason);
    if (!rc) {
        root = json_loadb(payload.data, payload.len, JSON_REJECT_DUPLICATES, NULL);
        reason = REFUSE_FORMAT;
        rc = root ? read_payload(root, &c, &reason) : MM_EFORMAT;
    }
    if (!rc)
        rc = judge(&c, check, &reason);
    if (!rc) {
        reason = REFUSE_NONE;
        *out = c;
    } else {
        name_refused(root, check->agent_id, out);
    }
    json_decref(root);
    buf_fini(&payload);
    if (why)
        *why = reason;
    return rc;
}

const char *command_refusal_text(enum command_refusal why)
{
    static const char *const text[] = {
        [REFUSE_NONE] = "accepted",
        [REFUSE_FORMAT] = "malformed command",
        [REFUSE_SIGNATURE] = "no signature of a key that is trusted",
        [REFUSE_HOST] = "meant for another host",
        [REFUSE_TIME] = "outside its time",
        [REFUSE_REPLAY] = "executed already or out of order",
        [REFUSE_ACTION] = "an action that is not known",
    };

    return (unsigned)why < sizeof text / sizeof text[0] ? text[why] : "refused";
}
