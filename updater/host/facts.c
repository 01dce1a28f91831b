#include "updater/host/facts.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "lib/crypto.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/version.h"

#define ID_BYTES 16
#define MANIFEST (1 << 20)
#define SMALL_FILE 4096 /* one word; what a newer release adds on further lines is passed over */

/* A number of this host's own that says nothing about it: made once. */
static int host_id(const struct run *r, char out[2 * ID_BYTES + 1])
{
    uint8_t random[ID_BYTES];
    char path[LIM_PATH];
    struct buf b;
    int rc = places_file(&r->places, "host-id", path);

    buf_init(&b, SMALL_FILE);
    if (!rc && durable_read(path, &b) == MM_OK && b.data)
        snprintf(out, 2 * ID_BYTES + 1, "%s", b.data);
    buf_fini(&b);
    if (rc || crypto_unhex(out, random, sizeof random) == MM_OK)
        return rc;
    rc = crypto_random(random, sizeof random);
    if (rc)
        return rc;
    crypto_hex(random, sizeof random, out);
    return durable_write(path, out, 2 * ID_BYTES, 0644);
}

/* From the console's signed policy, which the guard has checked; anything else than one of the words: the last ring. */
static enum update_ring ring_of(const struct run *r)
{
    enum update_ring ring = RING_BROAD;
    char path[LIM_PATH], word[LIM_TAG];
    struct buf b;

    buf_init(&b, SMALL_FILE);
    if (snprintf(path, sizeof path, "%s/guard/ring", r->config->state) < (int)sizeof path && durable_read(path, &b) == MM_OK) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(b.data ? b.data : "", "\n"), b.data ? b.data : "");
        (void)choose_ring(word, &ring);
    }
    buf_fini(&b);
    return ring;
}

void facts_shipped_rules(const struct run *r, char out[LIM_VERSION])
{
    char path[LIM_PATH];
    const char *version;
    json_t *manifest = NULL;
    struct buf b;

    out[0] = '\0';
    buf_init(&b, MANIFEST);
    if (snprintf(path, sizeof path, "%s/manifest.json", r->config->rules) < (int)sizeof path && durable_read(path, &b) == MM_OK)
        manifest = json_loadb(b.data ? b.data : "", b.len, JSON_REJECT_DUPLICATES, NULL);
    version = json_string_value(json_object_get(manifest, "version"));
    if (version && strlen(version) < LIM_VERSION)
        snprintf(out, LIM_VERSION, "%s", version);
    json_decref(manifest);
    buf_fini(&b);
}

static void running(const struct run *r, enum update_kind kind, struct update_running *out)
{
    struct release now;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    if (!now.version[0] && kind == UPDATE_RULES)
        facts_shipped_rules(r, now.version);
    else if (!now.version[0])
        snprintf(now.version, sizeof now.version, "%s", MM_VERSION);
    memcpy(out->version, now.version, sizeof out->version);
    memcpy(out->artifact, now.artifact, sizeof out->artifact);
    if (choose_number(now.version, &out->number))
        out->number = 0;
}

void facts_schema(const struct run *r, struct state_schema *out)
{
    struct release agent;

    if (state_schema_read(r->config->state, out) == MM_OK)
        return;
    record_get(&r->record, UPDATE_AGENT, RELEASE_NOW, &agent);
    *out = (struct state_schema){agent.schema, agent.schema};
}

int facts_of(const struct run *r, struct update_host *out)
{
    char id[2 * ID_BYTES + 1] = "";
    struct utsname system;
    int rc = host_id(r, id);

    memset(out, 0, sizeof *out);
    out->now = (int64_t)time(NULL);
    out->ring = ring_of(r);
    out->bucket = choose_bucket(id);
    if (uname(&system) == 0)
        snprintf(out->platform, sizeof out->platform, "linux-%.20s", system.machine);
    for (int kind = 0; kind < UPDATE_KINDS; kind++)
        running(r, (enum update_kind)kind, &out->running[kind]);
    facts_schema(r, &out->schema);
    out->nrefused = record_refused(&r->record, out->refused);
    return rc;
}
