/* Whatever the desk offers and whatever host it is:
 *     {"kind", "now", "ring", "bucket", "platform", "running", "agent", "floor", "schema", "high", "refused": [...], "targets": {NAME: ...}}
 * What is read of an offer is what stands in it, and what is chosen is looked up again in the JSON itself: fit for this
 * host, begun, not halted, not refused, not below the floor; older only when what runs is halted; and nothing that
 * fits as well is newer. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/choose.h"
#include "updater/tuf/canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen { const char *name; const json_t *custom; };

static char refused[LIM_UPDATE_REFUSED][65];
static struct offer offers[LIM_UPDATE_OFFERS];
static struct seen seen[LIM_UPDATE_OFFERS];

/* ---- the host ------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

static int64_t number_of(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static int64_t version_of(const json_t *o, const char *key)
{
    int64_t number = 0;

    return choose_number(text_of(o, key), &number) ? 0 : number;
}

static void copy_text(const char *text, char *out, size_t room)
{
    size_t n = strnlen(text, room - 1);

    memcpy(out, text, n);
    out[n] = '\0';
}

static struct chooser host_of(const json_t *o)
{
    const json_t *list = json_object_get(o, "refused");
    struct chooser c = {.now = number_of(o, "now"), .ring = (enum update_ring)((uint64_t)number_of(o, "ring") % 3),
                        .bucket = (unsigned)((uint64_t)number_of(o, "bucket") % CHOOSE_BUCKETS), .running = version_of(o, "running"),
                        .agent = version_of(o, "agent"), .floor = version_of(o, "floor"), .refused = refused};
    int64_t schema = number_of(o, "schema"), high = number_of(o, "high");

    if (schema > 0 && schema < INT32_MAX) /* of a build, never from outside */
        c.schema = (struct state_schema){schema, high > schema && high < INT32_MAX ? high : schema};
    copy_text(text_of(o, "platform"), c.platform, sizeof c.platform);
    for (size_t i = 0; i < json_array_size(list) && c.nrefused < LIM_UPDATE_REFUSED; i++) {
        const char *text = json_string_value(json_array_get(list, i));

        copy_text(text ? text : "", refused[c.nrefused++], sizeof refused[0]);
    }
    return c;
}

/* ---- an offer ------------------------------------------------------------------------------------- */

static void same_text(const json_t *o, const char *key, const char *read)
{
    if (strcmp(text_of(o, key), read) != 0)
        abort();
}

/* What was read is what stands there, and is in range. */
static void look_at(enum update_kind kind, const struct offer *o, const struct seen *s)
{
    const json_t *rollout = json_object_get(s->custom, "rollout"), *content = json_object_get(s->custom, "content");
    bool delta = !strcmp(text_of(s->custom, "kind"), "delta");

    if (strcmp(o->name, s->name) != 0 || !o->number || o->percent > 100 || o->ring > RING_BROAD || o->start < 0 || o->schema < 0 || o->minimum_agent < 0)
        abort();
    same_text(s->custom, "version", o->version);
    same_text(s->custom, "platform", o->platform);
    same_text(s->custom, "from", o->from);
    same_text(content, "sha256", o->content);
    if (o->content_length <= 0 || o->content_length > LIM_UPDATE_CONTENT || o->content_length != number_of(content, "length"))
        abort();
    if (strlen(o->content) != 64 || strspn(o->content, "0123456789abcdef") != 64) /* unpack compares it as it stands */
        abort();
    if (delta ? kind != UPDATE_AGENT || !o->from[0] : strcmp(text_of(s->custom, "kind"), kind == UPDATE_RULES ? "rules" : "agent") != 0 || o->from[0])
        abort();
    if (o->number != version_of(s->custom, "version") || o->minimum_agent != version_of(s->custom, "minimum_agent"))
        abort();
    if (!rollout && (o->ring != RING_BROAD || o->percent != 100 || o->start))
        abort();
}

static unsigned read_all(enum update_kind kind, const json_t *targets)
{
    unsigned n = 0;
    const char *name;
    json_t *target;

    json_object_foreach((json_t *)(uintptr_t)targets, name, target) {
        if (n == LIM_UPDATE_OFFERS)
            break;
        if (choose_read(kind, name, target, &offers[n]))
            continue;
        seen[n] = (struct seen){name, json_object_get(target, "custom")};
        look_at(kind, &offers[n], &seen[n]);
        n++;
    }
    return n;
}

/* ---- the decision, once more from the JSON ---------------------------------------------------------- */

static bool is_halted(const struct seen *s)
{
    return json_object_get(s->custom, "halt") != NULL;
}

static bool is_delta(const struct seen *s)
{
    return text_of(s->custom, "from")[0] != '\0';
}

/* Ring and percentage; without a rollout everybody. */
static bool includes(const struct chooser *c, const json_t *rollout)
{
    const char *ring = text_of(rollout, "ring");
    const json_t *percent = json_object_get(rollout, "percent");
    int own = (int)c->ring, theirs = !strcmp(ring, "canary") ? 0 : !strcmp(ring, "early") ? 1 : 2;

    if (!rollout)
        return true;
    if (own != theirs)
        return own < theirs;
    return !percent || (int64_t)c->bucket * 100 < json_integer_value(percent) * CHOOSE_BUCKETS;
}

static bool begun(const struct chooser *c, const json_t *rollout)
{
    const char *text = text_of(rollout, "start");
    int64_t start = 0;

    return text[0] ? !rfc3339_parse(text, &start) && start <= c->now : c->now >= 0;
}

static bool was_refused(const struct chooser *c, const char *content)
{
    for (unsigned i = 0; i < c->nrefused; i++)
        if (!strcmp(c->refused[i], content))
            return true;
    return false;
}

static bool may_run(const struct chooser *c, const struct seen *s)
{
    const char *platform = text_of(s->custom, "platform");
    int64_t least = version_of(s->custom, "minimum_agent"), schema = number_of(s->custom, "schema");

    if (platform[0] && strcmp(platform, c->platform) != 0)
        return false;
    if (version_of(s->custom, "version") < c->floor || (c->agent && least > c->agent))
        return false;
    if (schema && c->schema.last && (schema > c->schema.last + 1 || schema < c->schema.high - 1))
        return false;
    return !was_refused(c, text_of(json_object_get(s->custom, "content"), "sha256"));
}

static bool eligible(const struct chooser *c, const struct seen *s)
{
    const json_t *rollout = json_object_get(s->custom, "rollout");

    return !is_delta(s) && !is_halted(s) && may_run(c, s) && begun(c, rollout) && includes(c, rollout);
}

static void decide(const struct chooser *c, unsigned n)
{
    unsigned at = UINT32_MAX;
    enum choice choice = choose(c, offers, n, &at);
    int64_t newest = 0, taken = 0;
    bool leave = false;

    for (unsigned i = 0; i < n; i++) {
        int64_t number = version_of(seen[i].custom, "version");

        leave |= !is_delta(&seen[i]) && is_halted(&seen[i]) && number == c->running;
        if (eligible(c, &seen[i]) && number > newest)
            newest = number;
    }
    if (choice == CHOICE_NONE) {
        if (at != UINT32_MAX || newest > c->running || (leave && newest && newest < c->running))
            abort();
        return;
    }
    if (at >= n || !eligible(c, &seen[at]))
        abort();
    taken = version_of(seen[at].custom, "version");
    if (taken != newest || (choice == CHOICE_NEWER ? taken <= c->running : taken >= c->running || !leave))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *world = NULL;
    struct chooser host;
    enum update_kind kind;

    if (tuf_json_parse(data, size, &world))
        return 0;
    host = host_of(world);
    kind = number_of(world, "kind") & 1 ? UPDATE_AGENT : UPDATE_RULES;
    decide(&host, read_all(kind, json_object_get(world, "targets")));
    json_decref(world);
    return 0;
}
