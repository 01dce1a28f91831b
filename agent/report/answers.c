#include "agent/report/answers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/report/utf8.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define PEM_BYTES 32768   /* a chain of a few certificates */

static json_t *load(const char *body, size_t n)
{
    json_t *o = n <= LIM_HTTP_ANSWER ? json_loadb(body, n, JSON_REJECT_DUPLICATES, NULL) : NULL;

    if (o && !json_is_object(o)) {
        json_decref(o);
        return NULL;
    }
    return o;
}

int answer_durable(const char *body, size_t n, uint64_t *durable)
{
    json_t *o = load(body, n), *v = json_object_get(o, "durable");
    int rc = json_is_integer(v) && json_integer_value(v) >= 0 ? MM_OK : MM_EFORMAT;

    if (rc == MM_OK)
        *durable = (uint64_t)json_integer_value(v);
    json_decref(o);
    return rc;
}

int answer_beat(const char *body, size_t n, struct answer_beat *out)
{
    json_t *o = load(body, n), *next = json_object_get(o, "next_s");
    const char *now = json_string_value(json_object_get(o, "server_time"));
    struct answer_beat beat = {0};
    int rc = json_is_integer(next) ? MM_OK : MM_EFORMAT;

    if (rc == MM_OK) {
        json_int_t s = json_integer_value(next);

        beat.next_s = (unsigned)(s < ANSWER_BEAT_LEAST ? ANSWER_BEAT_LEAST : s > ANSWER_BEAT_MOST ? ANSWER_BEAT_MOST : s);
        beat.commands = json_is_true(json_object_get(o, "commands"));
        if (!now || rfc3339_parse(now, &beat.server_time) != MM_OK)
            beat.server_time = 0;
        *out = beat;
    }
    json_decref(o);
    return rc;
}

/* ---- commands -------------------------------------------------------------------- */

struct envelopes { char *text[LIM_UPLINK_COMMANDS]; unsigned n; };

static int collect(json_t *list, struct envelopes *e)
{
    size_t i;
    json_t *v;

    if (!json_is_array(list))
        return MM_EFORMAT;
    if (json_array_size(list) > LIM_UPLINK_COMMANDS)
        return MM_ELIMIT;
    json_array_foreach(list, i, v) {
        if (!json_is_object(v))
            return MM_EFORMAT;
        e->text[e->n] = json_dumps(v, JSON_COMPACT);
        if (!e->text[e->n])
            return MM_ENOMEM;
        if (strlen(e->text[e->n++]) > LIM_COMMAND)
            return MM_ELIMIT;
    }
    return MM_OK;
}

int answer_commands(const char *body, size_t n, answer_envelope_fn fn, void *context, unsigned *count)
{
    json_t *o = load(body, n);
    struct envelopes e = {.n = 0};
    int rc = collect(json_object_get(o, "commands"), &e);

    json_decref(o);
    for (unsigned i = 0; i < e.n; i++) {
        if (rc == MM_OK)
            fn(context, e.text[i], strlen(e.text[i]));
        free(e.text[i]);
    }
    if (rc == MM_OK)
        *count = e.n;
    return rc;
}

/* ---- enrolment ------------------------------------------------------------------- */

/* A PEM text, only in size and first line; OpenSSL reads the rest. */
static int take_pem(const json_t *o, const char *key, struct buf *out)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    const char *pem = json_string_value(json_object_get(o, key));
    size_t n = pem ? json_string_length(json_object_get(o, key)) : 0;

    if (!pem || strlen(pem) != n || strncmp(pem, begin, sizeof begin - 1) != 0)
        return MM_EFORMAT;
    return n > PEM_BYTES ? MM_ELIMIT : buf_add(out, pem, n);
}

int answer_certificate(const char *body, size_t n, struct buf *pem)
{
    json_t *o = load(body, n);
    int rc = take_pem(o, "certificate", pem);

    json_decref(o);
    return rc;
}

static int take_key(const json_t *v, struct command_key *out)
{
    const char *keyid = json_string_value(json_object_get(v, "keyid"));
    const char *pub = json_string_value(json_object_get(v, "public"));
    char want[KEYID_HEX];
    struct buf raw;
    int rc;

    if (!keyid || !pub || strlen(pub) > 64)
        return MM_EFORMAT;
    buf_init(&raw, 64);
    rc = crypto_b64_decode(pub, strlen(pub), &raw);
    if (rc == MM_OK && raw.len != ED25519_PUBLIC)
        rc = MM_EFORMAT;
    if (rc == MM_OK) {
        memcpy(out->pub, raw.data, ED25519_PUBLIC);
        ed25519_keyid(out->pub, want);
        memcpy(out->keyid, want, sizeof want);
        rc = strcmp(keyid, want) == 0 ? MM_OK : MM_EFORMAT;
    }
    buf_fini(&raw);
    return rc == MM_OK || rc == MM_ENOMEM ? rc : MM_EFORMAT;
}

static int take_keys(const json_t *list, struct command_key *keys, unsigned *nkeys)
{
    size_t n = json_array_size(list);

    if (!json_is_array(list) || n == 0)
        return MM_EFORMAT;
    if (n > LIM_COMMAND_KEYS)
        return MM_ELIMIT;
    for (size_t i = 0; i < n; i++) {
        int rc = take_key(json_array_get(list, i), &keys[i]);

        if (rc)
            return rc;
    }
    *nkeys = (unsigned)n;
    return MM_OK;
}

static void take_text(const json_t *o, const char *key, char *out, size_t room)
{
    const char *s = json_string_value(json_object_get(o, key));

    out[0] = '\0';
    if (s)
        (void)utf8_clean(s, strlen(s), out, room);
}

static int take_agent_id(const json_t *o, char out[LIM_ID])
{
    const char *id = json_string_value(json_object_get(o, "agent_id"));

    if (!id || !crypto_uuid_valid(id))
        return MM_EFORMAT;
    memcpy(out, id, strlen(id) + 1);
    return MM_OK;
}

/* Its bytes as they are; the updater looks into it before it believes it. */
static int take_root(const json_t *o, struct buf *out)
{
    const json_t *root = json_object_get(o, "update_root");
    const char *text = json_string_value(root);
    size_t n = text ? json_string_length(root) : 0;

    if (!root)
        return MM_OK;
    if (!text || !n || strlen(text) != n)
        return MM_EFORMAT;
    return n > LIM_TUF_ROOT ? MM_ELIMIT : buf_add(out, text, n);
}

int answer_enrol(const char *body, size_t n, struct answer_enrol *out)
{
    json_t *o = load(body, n);
    struct answer_enrol a = {.nkeys = 0};
    int rc;

    buf_init(&a.certificate, PEM_BYTES);
    buf_init(&a.ca, PEM_BYTES);
    buf_init(&a.update_root, LIM_TUF_ROOT);
    rc = take_agent_id(o, a.agent_id);
    if (rc == MM_OK)
        rc = take_pem(o, "certificate", &a.certificate);
    if (rc == MM_OK)
        rc = take_pem(o, "ca", &a.ca);
    if (rc == MM_OK)
        rc = take_keys(json_object_get(o, "command_keys"), a.keys, &a.nkeys);
    if (rc == MM_OK)
        rc = take_root(o, &a.update_root);
    take_text(o, "customer", a.customer, sizeof a.customer);
    take_text(o, "phone", a.phone, sizeof a.phone);
    json_decref(o);
    if (rc) {
        answer_enrol_fini(&a);
        return rc;
    }
    *out = a;
    return MM_OK;
}

void answer_enrol_fini(struct answer_enrol *a)
{
    buf_fini(&a->certificate);
    buf_fini(&a->ca);
    buf_fini(&a->update_root);
}

void answer_error(const char *body, size_t n, char word[LIM_TAG], char message[LIM_TITLE])
{
    json_t *o = load(body, n);

    take_text(o, "error", word, LIM_TAG);
    take_text(o, "message", message, LIM_TITLE);
    json_decref(o);
}

/* ---- the command keys' file ---------------------------------------------------------- */

int answer_keys_write(const char *agent_id, const struct command_key *keys, unsigned n, struct buf *out)
{
    json_t *list = json_array(), *o = json_pack("{s:s, s:O}", "agent_id", agent_id, "command_keys", list);
    char *text;
    int rc = o ? MM_OK : MM_ENOMEM;

    for (unsigned i = 0; i < n && rc == MM_OK; i++) {
        struct buf b64;

        buf_init(&b64, 64);
        rc = crypto_b64_encode(keys[i].pub, ED25519_PUBLIC, &b64);
        if (rc == MM_OK && json_array_append_new(list, json_pack("{s:s, s:s}", "keyid", keys[i].keyid, "public", b64.data)) < 0)
            rc = MM_ENOMEM;
        buf_fini(&b64);
    }
    text = rc == MM_OK ? json_dumps(o, JSON_INDENT(1)) : NULL;
    if (rc == MM_OK)
        rc = text ? buf_adds(out, text) : MM_ENOMEM;
    free(text);
    json_decref(o);
    json_decref(list);
    return rc;
}

int answer_keys_read(const char *text, size_t n, char agent_id[LIM_ID], struct command_key *keys, unsigned *nkeys)
{
    struct command_key all[LIM_COMMAND_KEYS];
    json_t *o = load(text, n);
    char id[LIM_ID] = "";
    unsigned count = 0;
    int rc = take_agent_id(o, id);

    if (rc == MM_OK)
        rc = take_keys(json_object_get(o, "command_keys"), all, &count);
    json_decref(o);
    if (rc)
        return rc;
    memcpy(agent_id, id, sizeof id);
    memcpy(keys, all, count * sizeof *all);
    *nkeys = count;
    return MM_OK;
}
