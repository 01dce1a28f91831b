/* Enrolment and renewal: a token and a request become a certificate. */
#include <stdio.h>
#include <string.h>

#include "console/api/api.h"
#include "lib/durable.h"
#include "lib/err.h"

#define PEM_BYTES 8192
#define OTHER_KEY "enroll_other_key" /* in the audit */
#define OTHER_KEY_S 3600

struct asked { const char *token, *csr, *hostname, *os, *kernel, *version, *machine; };

static int read_asked(const json_t *body, struct asked *k)
{
    uint8_t raw[SHA256_BYTES];

    k->token = api_text(body, "token", 128, 0);
    k->csr = json_string_value(json_object_get(body, "csr"));
    k->hostname = api_text(body, "hostname", LIM_NAME, 0);
    k->os = api_text(body, "os", LIM_TITLE, 1);
    k->kernel = api_text(body, "kernel", LIM_TITLE, 1);
    k->version = api_text(body, "agent_version", LIM_TAG, 1);
    k->machine = api_text(body, "machine_id", SHA256_HEX, 0);
    return k->token && k->csr && k->hostname && k->os && k->kernel && k->version && k->machine &&
           !crypto_unhex(k->machine, raw, sizeof raw);
}

/* The newest root of the repository that is offered here, as a JSON string; NULL: none.  Roots have no holes. */
static json_t *newest_root(const struct console *c)
{
    char path[LIM_PATH];
    json_t *root = NULL;
    struct buf text;

    for (unsigned n = 1; c->config.repository[0] && n <= LIM_TUF_ROOTS; n++) {
        if (snprintf(path, sizeof path, "%s/metadata/%u.root.json", c->config.repository, n) >= (int)sizeof path)
            break;
        buf_init(&text, LIM_TUF_ROOT);
        if (durable_read(path, &text) != MM_OK || !text.len) {
            buf_fini(&text);
            break;
        }
        json_decref(root);
        root = json_stringn(text.data, text.len);
        buf_fini(&text);
    }
    return root;
}

static void answer_enrolled(struct api *api, const char *agent_id, const char *pem, const struct store_token *t,
                            struct http_answer *a)
{
    struct console *c = api->console;
    struct buf pub;

    buf_init(&pub, 64);
    if (crypto_b64_encode(c->key.pub, sizeof c->key.pub, &pub) == MM_OK)
        http_json(a, 200, json_pack("{s:s,s:s,s:s,s:[{s:s,s:s}],s:s,s:s,s:o*}", "agent_id", agent_id, "certificate", pem, "ca",
                                    c->ca_pem.data, "command_keys", "keyid", c->key.keyid, "public", pub.data, "customer",
                                    t->customer_name, "phone", t->phone, "update_root", newest_root(c)));
    else
        http_failure(a, MM_ENOMEM);
    buf_fini(&pub);
}

static int enrol_new(struct api *api, const struct asked *k, const char *token_hash, const char *key_hash,
                     const struct store_token *t, struct buf *pem, char agent_id[LIM_ID])
{
    struct store_enrolment e = {.token_hash = token_hash, .key_hash = key_hash, .hostname = k->hostname, .os = k->os,
                                .kernel = k->kernel, .agent_version = k->version, .machine_id = k->machine,
                                .customer = t->customer};
    int clone, rc = crypto_uuid(agent_id);

    if (!rc)
        rc = ca_issue_device(api->console->ca, k->csr, strlen(k->csr), agent_id, pem, &e.certificate_expires);
    if (rc)
        return rc;
    e.agent_id = agent_id;
    e.certificate = pem->data;
    rc = store_enrol(api->console->store, &e, api->now, &clone);
    if (rc == MM_ESTATE)
        rc = MM_EAGAIN; /* used by somebody at this very moment: who it was is known the next time */
    return rc ? rc : store_audit(api->console->store, "device", "enroll", agent_id, k->hostname, api->now);
}

/* As long as the code would be good, but at least for a while after it was used, and not for ever. */
static int may_ask_again(const struct store_token *t, int64_t now)
{
    int64_t since = now - t->used;

    return since <= LIM_ENROL_AGAIN_LEAST_S || (now <= t->expires && since <= LIM_ENROL_AGAIN_MOST_S);
}

/* Somebody else has seen the code, or types an old one: written down once an hour. */
static int note_other_key(struct api *api, const struct asked *k, const struct store_token *t)
{
    int known = 0, rc = store_audited(api->console->store, OTHER_KEY, t->agent_id, api->now - OTHER_KEY_S, &known);

    api->keep = !rc && !known;
    return api->keep ? store_audit(api->console->store, "device", OTHER_KEY, t->agent_id, k->hostname, api->now) : rc;
}

/* A token that was used: only by the same key, whose request proves that it is there, and then the same answer. */
static int enrol_again(struct api *api, const struct asked *k, const char *key_hash, const struct store_token *t, struct buf *pem,
                       char agent_id[LIM_ID], struct http_answer *a)
{
    int rc = MM_ENOTFOUND;

    if (!strcmp(t->used_key, key_hash) && may_ask_again(t, api->now))
        rc = store_enrol_again(api->console->store, t->agent_id, k->machine, api->now, pem);
    if (strcmp(t->used_key, key_hash) != 0 && note_other_key(api, k, t))
        return MM_EIO;
    if (rc == MM_ENOTFOUND) {
        http_error(a, 403, "token_used", "this code was used already; ask for a new one");
        return MM_EDENIED;
    }
    memcpy(agent_id, t->agent_id, LIM_ID);
    return rc ? rc : store_audit(api->console->store, "device", "enroll_again", agent_id, k->hostname, api->now);
}

static int find_token(struct api *api, const struct asked *k, char hash[SHA256_HEX], struct store_token *t, struct http_answer *a)
{
    int rc = console_hash(k->token, hash);

    if (!rc)
        rc = store_token_get(api->console->store, hash, t);
    if (rc == MM_ENOTFOUND)
        http_error(a, 403, "token_unknown", "this code is not known here");
    else if (rc)
        http_failure(a, rc);
    else if (!t->used && t->expires < api->now)
        http_error(a, 403, "token_expired", "this code has expired; ask for a new one");
    else
        return MM_OK;
    return MM_EDENIED;
}

enum http_verdict agent_enroll(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    char token_hash[SHA256_HEX], key_hash[SHA256_HEX], agent_id[LIM_ID];
    struct store_token t;
    struct buf pem;
    struct asked k;
    int rc;

    (void)r;
    if (!read_asked(body, &k)) {
        http_error(a, 400, "bad_request", "token, csr, hostname and machine_id are needed");
        return HTTP_ANSWER;
    }
    if (find_token(api, &k, token_hash, &t, a))
        return HTTP_ANSWER;
    if (ca_check_csr(k.csr, strlen(k.csr), key_hash)) {
        http_error(a, 400, "bad_csr", "the certificate request is not acceptable");
        return HTTP_ANSWER;
    }
    buf_init(&pem, PEM_BYTES);
    rc = t.used ? enrol_again(api, &k, key_hash, &t, &pem, agent_id, a)
                : enrol_new(api, &k, token_hash, key_hash, &t, &pem, agent_id);
    if (!rc)
        answer_enrolled(api, agent_id, pem.data, &t, a);
    else if (rc != MM_EDENIED)
        http_failure(a, rc);
    buf_fini(&pem);
    return HTTP_ANSWER;
}

enum http_verdict agent_renew(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    const char *csr = json_string_value(json_object_get(body, "csr"));
    char key_hash[SHA256_HEX];
    int64_t expires = 0;
    struct buf pem;
    int rc;

    if (!csr || ca_check_csr(csr, strlen(csr), key_hash)) {
        http_error(a, 400, "bad_csr", "the certificate request is not acceptable");
        return HTTP_ANSWER;
    }
    buf_init(&pem, PEM_BYTES);
    rc = ca_issue_device(api->console->ca, csr, strlen(csr), r->agent_id, &pem, &expires);
    if (!rc)
        rc = store_certificate_renewed(api->console->store, r->agent_id, pem.data, expires);
    if (!rc)
        rc = store_audit(api->console->store, "device", "renew", r->agent_id, "", api->now);
    if (!rc)
        http_json(a, 200, json_pack("{s:s}", "certificate", pem.data));
    else
        http_failure(a, rc);
    buf_fini(&pem);
    return HTTP_ANSWER;
}
