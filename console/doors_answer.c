/* The register as one JSON object: the worst door first, within a number of bytes.
 *
 * No device pushes another's doors out of it: three quarters of the bytes are shared among the devices, and the
 * company's own gateways (told of by several devices, or on the list of gateways) come before them.  What is left
 * over goes to whoever has more, the worst first; what does not fit is counted. */
#include "console/doors_parts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

#define LISTED_CANDIDATES 64
#define POSTURE_PART 3         /* a third of the answer is for the posture */
#define COMPANY_PART 4         /* a quarter of the doors' bytes is for the company's own gateways */
#define POSTURE_HEAD 1024      /* bytes of a device's posture beside what it told: name, times, six states */

static const char *const levels[] = {"closed", "attention", "unknown", "attention", "open"};

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static int worse_first(const void *a, const void *b)
{
    const struct doors_slot *x = a, *y = b;

    if (x->rank != y->rank)
        return y->rank - x->rank;
    return x->days != y->days ? (x->days < y->days ? -1 : 1) : strcmp(x->id, y->id);
}

static json_t *summary(const struct doors_merge *m)
{
    static const char *const names[DOORS_VERDICTS] = {"ok", "minor", "silent", "unknown", "due", "invalid", "exposed", "overdue"};
    unsigned count[DOORS_VERDICTS], doors = 0, disagree = 0, clocks = 0;
    json_t *out = json_object();

    memcpy(count, m->more, sizeof count);
    for (unsigned i = 0; i < m->count; i++) {
        count[m->slot[i].rank < 0 ? 3 : m->slot[i].rank]++;
        doors += strcmp(text_of(m->slot[i].door, "kind"), "device") != 0;
        disagree += json_is_true(json_object_get(m->slot[i].door, "disagree"));
    }
    for (unsigned i = 0; i < m->devices; i++)
        clocks += m->device[i].clock_s != 0;
    for (int i = 0; i < DOORS_VERDICTS; i++) {
        doors += m->more[i];
        json_object_set_new(out, names[i], json_integer(count[i]));
    }
    json_object_set_new(out, "doors", json_integer(doors));
    json_object_set_new(out, "disagree", json_integer(disagree));
    json_object_set_new(out, "devices", json_integer(m->devices));
    json_object_set_new(out, "devices_unseen", json_integer(m->unseen));
    json_object_set_new(out, "devices_clock", json_integer(clocks));
    return out;
}

/* ---- doors ------------------------------------------------------------------------ */

struct room { size_t *bytes, *used, left, company; char *in; };

/* Those that fit into their owner's share of the bytes. */
static void fill_shares(const struct doors_merge *m, struct room *r)
{
    size_t share = m->devices ? (r->left - r->company) / m->devices : 0;

    for (unsigned i = 0; i < m->count; i++) {
        unsigned owner = m->slot[i].owner == DOORS_NOBODY ? m->devices : m->slot[i].owner;

        r->bytes[i] = json_dumpb(m->slot[i].door, NULL, 0, JSON_COMPACT) + 1;
        if (r->used[owner] + r->bytes[i] > (owner == m->devices ? r->company : share))
            continue;
        r->used[owner] += r->bytes[i];
        r->in[i] = 1;
    }
    for (unsigned i = 0; i <= m->devices; i++)
        r->left -= r->used[i];
}

static void fill_rest(const struct doors_merge *m, struct room *r, unsigned *more)
{
    for (unsigned i = 0; i < m->count; i++) {
        if (r->in[i])
            continue;
        r->in[i] = r->bytes[i] <= r->left;
        r->left -= r->in[i] ? r->bytes[i] : 0;
        *more += !r->in[i];
    }
}

static json_t *list_doors(const struct doors_merge *m, size_t bytes, unsigned *more)
{
    struct room r = {.bytes = calloc(m->count + 1, sizeof *r.bytes), .used = calloc(m->devices + 1, sizeof *r.used), .left = bytes,
                     .company = bytes / COMPANY_PART, .in = calloc(m->count + 1, 1)};
    json_t *out = r.bytes && r.used && r.in ? json_array() : NULL;

    *more = 0;
    for (int i = 0; i < DOORS_VERDICTS; i++)
        *more += m->more[i];
    if (out) {
        fill_shares(m, &r);
        fill_rest(m, &r, more);
        for (unsigned i = 0; i < m->count; i++)
            if (r.in[i])
                json_array_append(out, m->slot[i].door);
    }
    free(r.bytes);
    free(r.used);
    free(r.in);
    return out;
}

/* ---- posture and candidates ---------------------------------------------------------- */

static void drop_checks(json_t *posture)
{
    json_t *article;
    size_t i;

    json_array_foreach(json_object_get(posture, "articles"), i, article) {
        json_object_set_new(article, "checks_more", json_integer((json_int_t)json_array_size(json_object_get(article, "checks"))));
        json_object_set_new(article, "checks", json_array());
    }
}

/* Each device's posture in its share of the room: without its checks, or not at all, when it does not fit. */
static json_t *list_posture(struct doors_merge *m, size_t bytes, unsigned *more)
{
    size_t share = m->devices ? bytes / m->devices : 0, n, i;
    json_t *out = json_array(), *one;

    *more = 0;
    json_array_foreach(m->posture, i, one) { /* one of each device, in their order */
        n = m->device[i].posture_bytes + POSTURE_HEAD; /* writing it out only to measure costs as much as the answer */
        if (n > share) {
            drop_checks(one);
            n = json_dumpb(one, NULL, 0, JSON_COMPACT);
        }
        if (n > (share > POSTURE_HEAD ? share : POSTURE_HEAD))
            ++*more;
        else
            json_array_append(out, one);
    }
    return out;
}

/* The most proposed first. */
static int proposed_first(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    json_int_t n = json_integer_value(json_object_get(x, "devices")), k = json_integer_value(json_object_get(y, "devices"));

    if (n != k)
        return n > k ? -1 : 1;
    return strcmp(text_of(x, "address"), text_of(y, "address"));
}

static json_t *list_candidates(struct doors_merge *m)
{
    json_t *out = json_array(), *one, **all = calloc(json_object_size(m->candidates) + 1, sizeof *all);
    const char *key;
    size_t n = 0;

    json_object_foreach(m->candidates, key, one) {
        json_object_del(one, "by");
        if (all)
            all[n++] = one;
    }
    if (all)
        qsort(all, n, sizeof *all, proposed_first);
    for (size_t i = 0; i < n && i < LISTED_CANDIDATES; i++)
        json_array_append(out, all[i]);
    m->candidates_more += n > LISTED_CANDIDATES ? (unsigned)(n - LISTED_CANDIDATES) : 0;
    free(all);
    return out;
}

json_t *doors_merge_end(struct doors_merge *m, size_t bytes)
{
    unsigned doors_more, posture_more;
    json_t *doors, *posture, *candidates;

    for (unsigned i = 0; i < m->count; i++) {
        doors_slot_finish(&m->slot[i], m->device);
        if (m->slot[i].level > m->level)
            m->level = m->slot[i].level;
    }
    if (!m->count && !m->devices && m->level < DOORS_UNKNOWN)
        m->level = DOORS_UNKNOWN; /* nobody looked at anything */
    if (m->count)
        qsort(m->slot, m->count, sizeof *m->slot, worse_first);
    doors = list_doors(m, bytes - bytes / POSTURE_PART, &doors_more);
    posture = list_posture(m, bytes / POSTURE_PART, &posture_more);
    candidates = list_candidates(m);
    return json_pack("{s:s,s:o,s:I,s:o,s:I,s:o,s:I,s:O,s:o}", "overall", levels[m->level], "doors", doors, "doors_more",
                     (json_int_t)doors_more, "posture", posture, "posture_more", (json_int_t)posture_more, "candidates", candidates,
                     "candidates_more", (json_int_t)m->candidates_more, "gateways", m->gateways, "summary", summary(m));
}
