#include "updater/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/product_version.h"
#include "lib/rfc3339.h"
#include "lib/update_record.h"

int choose_number(const char *version, int64_t *out)
{
    return version[0] ? version_encode("dotted", version, strlen(version), out) : MM_EFORMAT;
}

bool choose_ring(const char *word, enum update_ring *out)
{
    int ring = update_ring_number(word);

    if (ring >= 0)
        *out = (enum update_ring)ring;
    return ring >= 0;
}

unsigned choose_bucket(const char *host_id)
{
    uint8_t hash[SHA256_BYTES];

    if (crypto_sha256(host_id, strlen(host_id), hash))
        return CHOOSE_BUCKETS - 1; /* among the last to get anything */
    return (((uint32_t)hash[0] << 24) | ((uint32_t)hash[1] << 16) | ((uint32_t)hash[2] << 8) | hash[3]) % CHOOSE_BUCKETS;
}

/* ---- reading an offer --------------------------------------------------------------------------- */

/* A text of at most n - 1 bytes; one that is not there is "". */
static int take_text(const json_t *o, const char *key, char *out, size_t n)
{
    const json_t *value = json_object_get(o, key);
    const char *text = json_string_value(value);

    out[0] = '\0';
    if (!value)
        return MM_OK;
    if (!text || strlen(text) != json_string_length(value))
        return MM_EFORMAT;
    return (size_t)snprintf(out, n, "%s", text) < n ? MM_OK : MM_ELIMIT;
}

static int read_version(const json_t *custom, const char *key, char *text, size_t n, int64_t *number)
{
    int rc = take_text(custom, key, text, n);

    *number = 0;
    return rc || !text[0] ? rc : choose_number(text, number);
}

/* Without it: everybody, at once. */
static int read_rollout(const json_t *rollout, struct offer *out)
{
    const json_t *percent = json_object_get(rollout, "percent");
    char ring[LIM_TAG], start[RFC3339_TEXT];
    int rc;

    out->ring = RING_BROAD;
    out->percent = 100;
    if (!rollout)
        return MM_OK;
    rc = take_text(rollout, "ring", ring, sizeof ring);
    if (!rc && !choose_ring(ring, &out->ring))
        rc = MM_EFORMAT;
    if (!rc)
        rc = take_text(rollout, "start", start, sizeof start);
    if (!rc && start[0])
        rc = rfc3339_parse(start, &out->start);
    if (!rc && percent) {
        if (!json_is_integer(percent) || json_integer_value(percent) < 0 || json_integer_value(percent) > 100)
            return MM_EFORMAT;
        out->percent = (unsigned)json_integer_value(percent);
    }
    return rc;
}

static int read_content(const json_t *content, struct offer *out)
{
    int rc = take_text(content, "sha256", out->content, sizeof out->content);

    out->content_length = json_integer_value(json_object_get(content, "length"));
    /* in the one spelling: it is compared as text, with what was unpacked and with what was refused */
    if (!rc && (strspn(out->content, "0123456789abcdef") != sizeof out->content - 1 || out->content_length <= 0 || out->content_length > LIM_UPDATE_CONTENT))
        rc = MM_EFORMAT;
    return rc;
}

int choose_read(enum update_kind kind, const char *name, const json_t *target, struct offer *out)
{
    const json_t *custom = json_object_get(target, "custom"), *schema = json_object_get(custom, "schema");
    char word[LIM_TAG], least[LIM_VERSION];
    bool delta;
    int64_t number;
    int rc = take_text(custom, "kind", word, sizeof word);

    *out = (struct offer){.halted = json_object_get(custom, "halt") != NULL};
    delta = !strcmp(word, "delta");
    if (rc || strcmp(delta ? "agent" : word, kind == UPDATE_RULES ? "rules" : "agent") != 0)
        return rc ? rc : MM_EFORMAT;
    if ((size_t)snprintf(out->name, sizeof out->name, "%s", name) >= sizeof out->name)
        return MM_ELIMIT;
    rc = read_version(custom, "version", out->version, sizeof out->version, &out->number);
    if (!rc)
        rc = read_version(custom, "minimum_agent", least, sizeof least, &out->minimum_agent);
    if (!rc)
        rc = read_version(custom, "from", out->from, sizeof out->from, &number);
    if (!rc)
        rc = take_text(custom, "platform", out->platform, sizeof out->platform);
    if (!rc)
        rc = read_rollout(json_object_get(custom, "rollout"), out);
    if (!rc)
        rc = read_content(json_object_get(custom, "content"), out);
    if (!rc && schema) {
        if (!json_is_integer(schema) || json_integer_value(schema) <= 0)
            rc = MM_EFORMAT;
        out->schema = json_integer_value(schema);
    }
    return !rc && (!out->number || delta == !out->from[0]) ? MM_EFORMAT : rc;
}

/* ---- the decision ------------------------------------------------------------------------------------ */

bool choose_is_for(const struct chooser *host, const struct offer *offer)
{
    if (offer->start > host->now || host->ring > offer->ring)
        return false;
    return host->ring < offer->ring || host->bucket < offer->percent * (CHOOSE_BUCKETS / 100);
}

/* It can run here at all. */
static bool fits(const struct chooser *host, const struct offer *offer)
{
    if (offer->platform[0] && strcmp(offer->platform, host->platform) != 0)
        return false;
    if (offer->number < host->floor || (offer->minimum_agent && host->agent && offer->minimum_agent > host->agent))
        return false;
    if (!state_schema_fits(&host->schema, offer->schema))
        return false;
    for (unsigned i = 0; i < host->nrefused; i++)
        if (!strcmp(host->refused[i], offer->content))
            return false;
    return true;
}

enum choice choose(const struct chooser *host, const struct offer *offers, unsigned n, unsigned *at)
{
    const struct offer *best = NULL;
    bool leave = false;

    for (unsigned i = 0; i < n; i++) {
        const struct offer *o = &offers[i];

        if (o->from[0])
            continue; /* a way to a release, not one */
        leave |= o->halted && o->number == host->running;
        if (!o->halted && fits(host, o) && choose_is_for(host, o) && (!best || o->number > best->number))
            best = o;
    }
    if (!best || best->number == host->running || (best->number < host->running && !leave))
        return CHOICE_NONE;
    *at = (unsigned)(best - offers);
    return best->number > host->running ? CHOICE_NEWER : CHOICE_BACK;
}
