#include "agent/report/identity.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/report/utf8.h"
#include "lib/durable.h"
#include "lib/enrol_code.h"
#include "lib/err.h"

#define NEW_KEY "device.key.new"
#define FACTS_BYTES 8192   /* enrolled.json: an id, an address, two titles */

static int path_of(const char *dir, const char *name, char out[LIM_PATH])
{
    int n = snprintf(out, LIM_PATH, "%s/%s", dir, name);

    return n > 0 && n < LIM_PATH ? MM_OK : MM_ELIMIT;
}

static int get(const char *dir, const char *name, struct buf *out)
{
    char path[LIM_PATH];
    int rc = path_of(dir, name, path);

    return rc == MM_OK ? durable_read(path, out) : rc;
}

static int put(const char *dir, const char *name, const struct buf *b, unsigned mode)
{
    char path[LIM_PATH];
    int rc = path_of(dir, name, path);

    return rc == MM_OK ? durable_write(path, b->data, b->len, mode) : rc;
}

static void take(const json_t *o, const char *key, char *out, size_t room)
{
    const char *s = json_string_value(json_object_get(o, key));

    if (s)
        (void)utf8_clean(s, strlen(s), out, room);
}

static int read_facts(const char *dir, struct identity *i)
{
    struct buf b;
    json_t *o;
    int rc;

    buf_init(&b, FACTS_BYTES);
    rc = get(dir, "enrolled.json", &b);
    if (rc == MM_OK) {
        o = json_loadb(b.data ? b.data : "", b.len, JSON_REJECT_DUPLICATES, NULL);
        take(o, "url", i->url, sizeof i->url);
        take(o, "customer", i->customer, sizeof i->customer);
        take(o, "phone", i->phone, sizeof i->phone);
        if (!json_is_object(o) || !i->url[0])
            rc = MM_EFORMAT;
        json_decref(o);
    }
    buf_fini(&b);
    return rc;
}

int identity_load(const char *dir, struct identity *out)
{
    struct identity i;
    int rc;

    memset(&i, 0, sizeof i);
    buf_init(&i.key, DEVICE_PEM);
    buf_init(&i.cert, DEVICE_PEM);
    buf_init(&i.ca, DEVICE_PEM);
    rc = read_facts(dir, &i);
    if (rc == MM_OK) {
        rc = get(dir, "device.key", &i.key);
        if (rc == MM_OK)
            rc = get(dir, "device.crt", &i.cert);
        if (rc == MM_OK)
            rc = get(dir, "ca.pem", &i.ca);
        if (rc == MM_ENOTFOUND)
            rc = MM_EFORMAT; /* enrolled.json alone: somebody removed files */
    }
    if (rc == MM_OK)
        rc = device_cert_check(&i.cert, &i.key, &i.ca, &i.device);
    if (rc) {
        identity_fini(&i);
        return rc;
    }
    *out = i;
    return MM_OK;
}

void identity_fini(struct identity *i)
{
    if (i->key.data)
        memset(i->key.data, 0, i->key.len);
    buf_fini(&i->key);
    buf_fini(&i->cert);
    buf_fini(&i->ca);
}

int identity_renew(const char *dir, struct identity *i, const struct buf *cert)
{
    struct device_cert d;
    struct buf copy;
    int rc = device_cert_check(cert, &i->key, &i->ca, &d);

    if (rc == MM_OK && (strcmp(d.agent_id, i->device.agent_id) != 0 || d.not_after <= i->device.not_after))
        rc = MM_ECRYPTO;
    if (rc)
        return rc;
    buf_init(&copy, DEVICE_PEM);
    rc = buf_add(&copy, cert->data, cert->len);
    if (rc == MM_OK)
        rc = put(dir, "device.crt", cert, 0600);
    if (rc) {
        buf_fini(&copy);
        return rc;
    }
    buf_fini(&i->cert);
    i->cert = copy;
    i->device = d;
    return MM_OK;
}

/* Whether a key's file is of the enrolment with that code, and whole. */
static bool is_for(const struct buf *key, const char *mark)
{
    char line[ENROL_KEY_LINE_MOST];
    size_t n = (size_t)snprintf(line, sizeof line, ENROL_KEY_LINE, mark);
    struct buf csr;
    bool good;

    if (key->len <= n || memcmp(key->data, line, n) != 0)
        return false;
    buf_init(&csr, DEVICE_PEM);
    good = device_csr(key, "check", &csr) == MM_OK;
    buf_fini(&csr);
    return good;
}

int identity_pending_key(const char *dir, const char *mark, const struct buf *kept, struct buf *key)
{
    int rc;

    (void)get(dir, NEW_KEY, key);
    if (is_for(key, mark))
        return MM_OK;
    buf_reset(key); /* cut off behind the key's last rename, be it by a whole enrolment of before: the console knows that key */
    (void)get(dir, "device.key", key);
    if (!is_for(key, mark)) {
        buf_reset(key);
        rc = is_for(kept, mark) ? buf_add(key, kept->data, kept->len) : buf_addf(key, ENROL_KEY_LINE, mark);
        if (rc == MM_OK && !is_for(kept, mark))
            rc = device_key_make(key);
        if (rc)
            return rc;
    }
    return put(dir, NEW_KEY, key, 0600);
}

void identity_drop_pending(const char *dir)
{
    char path[LIM_PATH];

    if (path_of(dir, NEW_KEY, path) == MM_OK)
        (void)unlink(path);
}

static int write_facts(const char *dir, const char *url, const struct answer_enrol *a)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "agent_id", a->agent_id, "url", url, "customer", a->customer,
                          "phone", a->phone);
    char *text = o ? json_dumps(o, JSON_INDENT(1)) : NULL;
    struct buf b = {.data = text, .len = text ? strlen(text) : 0};
    int rc = text ? put(dir, "enrolled.json", &b, 0600) : MM_ENOMEM;

    free(text);
    json_decref(o);
    return rc;
}

int identity_save(const char *dir, const char *url, const struct answer_enrol *a, const struct buf *ca)
{
    char from[LIM_PATH] = "", to[LIM_PATH] = "";
    int rc = path_of(dir, NEW_KEY, from);

    if (rc == MM_OK)
        rc = path_of(dir, "device.key", to);
    if (rc == MM_OK)
        rc = put(dir, "ca.pem", ca, 0600);
    if (rc == MM_OK)
        rc = put(dir, "device.crt", &a->certificate, 0600);
    if (rc == MM_OK && rename(from, to) != 0)
        rc = mm_from_errno(errno);
    return rc == MM_OK ? write_facts(dir, url, a) : rc; /* its fsync of the directory covers the rename */
}
