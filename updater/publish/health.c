#include "updater/publish/health.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "lib/rfc3339.h"
#include "updater/choose.h"

/* ---- reading ------------------------------------------------------------------------------------ */

static int take_count(const json_t *o, const char *name, int64_t most, int64_t *out)
{
    const json_t *value = json_object_get(o, name);

    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > most)
        return MM_EFORMAT;
    *out = json_integer_value(value);
    return MM_OK;
}

static int take_pack(const json_t *o, struct health_count *out)
{
    int rc = take_count(o, "devices", HEALTH_HOSTS, &out->runs);

    if (!rc)
        rc = take_count(o, "devices_left", HEALTH_HOSTS, &out->left);
    if (!rc)
        rc = take_count(o, "devices_proven", out->runs, &out->proven);
    if (!rc)
        rc = take_count(o, "devices_gone", out->runs, &out->gone);
    if (!rc)
        rc = take_count(o, "devices_quiet", out->runs - out->gone, &out->quiet);
    return rc ? rc : take_count(o, "devices_silent", out->quiet, &out->silent);
}

static void add(struct health_count *sum, const struct health_count *one)
{
    sum->runs += one->runs;
    sum->left += one->left;
    sum->proven += one->proven;
    sum->quiet += one->quiet;
    sum->silent += one->silent;
    sum->gone += one->gone;
}

/* Hosts choose the words by which they call their packs and agents: what is no version is none that is newer. */
static int take_packs(const json_t *packs, const char *version, struct health_report *out)
{
    int64_t own = 0, number;
    int seen = 0;

    if (choose_number(version, &own))
        return MM_EINVAL;
    if (!json_is_array(packs) || json_array_size(packs) > LIM_PUBLISH_PACKS)
        return MM_EFORMAT;
    for (size_t i = 0; i < json_array_size(packs); i++) {
        const json_t *one = json_array_get(packs, i);
        const char *its = json_string_value(json_object_get(one, "version"));
        struct health_count count;
        int rc = its ? take_pack(one, &count) : MM_EFORMAT;

        if (!rc && !strcmp(its, version) && seen++)
            rc = MM_EFORMAT;
        if (rc)
            return rc;
        add(strcmp(its, version) != 0 ? &out->others : &out->pack, &count);
        if (!choose_number(its, &number) && number > own)
            out->newer += count.runs - count.gone;
    }
    return MM_OK;
}

int health_read(const char *text, size_t n, const struct health_about *about, int64_t now, struct health_report *out)
{
    struct health_report got = {.made = 0};
    const char *made;
    json_t *root;
    int rc;

    if (n > LIM_PUBLISH_PACKS_TEXT)
        return MM_ELIMIT;
    root = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    made = json_string_value(json_object_get(root, "generated_at"));
    rc = made ? rfc3339_parse(made, &got.made) : MM_EFORMAT;
    if (!rc)
        rc = take_packs(json_object_get(root, about->list), about->version, &got);
    json_decref(root);
    if (!rc && (got.made < now - HEALTH_FRESH_S || got.made > now + HEALTH_AHEAD_S))
        rc = MM_ESTATE;
    if (!rc)
        *out = got;
    return rc;
}

/* ---- probabilities --------------------------------------------------------------------------------- */

static double log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

static double binomial(int64_t n, int64_t k, double p)
{
    return exp(log_choose((double)n, (double)k) + (double)k * log(p) + (double)(n - k) * log1p(-p));
}

/* Beyond it, on both sides of the mean, there is nothing to be summed up: 20 times the deviation, and 20. */
static double far(double mean)
{
    return 20 * sqrt(mean) + 20;
}

/* That at least k of n are hit.  Terms fall from the mean on; below it the sum begins with rising ones. */
static double above(int64_t n, int64_t k, double p)
{
    double term, sum = 0;

    if (k <= 0 || (double)k < (double)n * p - far((double)n * p))
        return 1;
    if (k > n)
        return 0;
    term = binomial(n, k, p);
    for (int64_t i = k; i <= n; i++) {
        sum += term;
        if ((double)i > (double)n * p && term < sum * 1e-12)
            break;
        term *= (double)(n - i) / (double)(i + 1) * (p / (1 - p));
    }
    return sum < 1 ? sum : 1;
}

/* That at most k of n are hit. */
static double below(int64_t n, int64_t k, double p)
{
    double term, sum = 0;

    if (k >= n || (double)k > (double)n * p + far((double)n * p))
        return 1;
    term = binomial(n, k, p);
    for (int64_t i = k; i >= 0; i--) {
        sum += term;
        if ((double)i < (double)n * p && term < sum * 1e-12)
            break;
        term *= (double)i / (double)(n - i + 1) * ((1 - p) / p);
    }
    return sum < 1 ? sum : 1;
}

/* Fisher's exact test: that at least `hit` of `hosts` are hit, when `hit + other_hit` are hit of all, by chance. */
static double fisher(int64_t hosts, int64_t hit, int64_t other_hosts, int64_t other_hit)
{
    double all = (double)(hosts + other_hosts), marked = (double)(hit + other_hit), n = (double)hosts, mean = n * marked / all, sum = 0, term;
    int64_t most = hosts < hit + other_hit ? hosts : hit + other_hit;

    if ((double)hit < mean - far(mean))
        return 1;
    term = exp(log_choose(marked, (double)hit) + log_choose(all - marked, n - (double)hit) - log_choose(all, n));
    for (int64_t i = hit; i <= most; i++) {
        double k = (double)i;

        sum += term;
        if (k > mean && term < sum * 1e-12)
            break;
        term *= (marked - k) * (n - k) / ((k + 1) * (all - marked - n + k + 1));
    }
    return sum < 1 ? sum : 1;
}

int64_t health_halts_at(int64_t hosts)
{
    int64_t k = HEALTH_LEAST;

    while (above(hosts, k, HEALTH_BACKGROUND) > HEALTH_LEVEL)
        k++;
    return k;
}

int64_t health_needs(int64_t left)
{
    int64_t low = left, high = left + 1; /* not enough, enough */

    while (below(high, left, HEALTH_LIMIT) > HEALTH_DOUBT) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;

        if (below(middle, left, HEALTH_LIMIT) > HEALTH_DOUBT)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* The share of hosts that is excluded by `hit` of `hosts`. */
static double upper_bound(int64_t hosts, int64_t hit)
{
    double low = 0, high = 1;

    if (hit >= hosts)
        return 1;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2;

        if (below(hosts, hit, middle) > HEALTH_DOUBT)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* ---- the verdict -------------------------------------------------------------------------------------- */

/* Compared with the others: how improbable is it that so many of them do not answer? */
static double compare(const struct health_report *r, int64_t hit, int64_t other_hit, struct health_verdict *v)
{
    v->hosts = r->pack.runs - r->pack.gone;
    v->hit = hit;
    v->other_hosts = r->others.runs - r->others.gone;
    v->other_hit = other_hit;
    return hit < HEALTH_LEAST || !v->other_hosts ? 1 : fisher(v->hosts, hit, v->other_hosts, other_hit);
}

/* Would it be seen now if the pack had silenced a tenth of its hosts? */
static int would_show(const struct health_verdict *v)
{
    double usual = v->other_hosts ? (double)v->other_hit / (double)v->other_hosts : 0;
    int64_t hit = (int64_t)((double)v->hosts * (usual + HEALTH_QUIET_SHARE * (1 - usual)));

    return !v->other_hosts || fisher(v->hosts, hit, v->other_hosts, v->other_hit) <= HEALTH_QUIET_SURE;
}

static int halts(const struct health_report *r, struct health_verdict *v)
{
    /* who is off has had it all the same: else holidays would make two of many into two of few */
    int64_t seen = r->pack.runs + r->pack.left + r->newer;
    double chance = compare(r, r->pack.silent, r->others.silent, v);

    v->why = HEALTH_SILENT;
    if (r->pack.left >= HEALTH_LEAST && above(seen, r->pack.left, HEALTH_BACKGROUND) <= HEALTH_LEVEL) {
        chance = above(seen, r->pack.left, HEALTH_BACKGROUND);
        *v = (struct health_verdict){.verdict = HEALTH_HALT, .why = HEALTH_WENT_BACK, .hosts = seen, .hit = r->pack.left};
    } else if (chance > HEALTH_SILENT_LEVEL || (double)v->other_hit > HEALTH_HOLIDAY * (double)v->other_hosts) {
        return 0;
    }
    v->chance = chance;
    return 1;
}

void health_judge(const struct health_report *r, int64_t now, int64_t until, struct health_verdict *out)
{
    struct health_verdict v = {.verdict = HEALTH_HALT};
    int64_t had = r->pack.proven + r->pack.left;

    if (!halts(r, &v)) {
        v = (struct health_verdict){.verdict = HEALTH_WAIT, .why = HEALTH_HELD, .hosts = had, .hit = r->pack.left, .until = until};
        if (now >= until && below(had, r->pack.left, HEALTH_LIMIT) > HEALTH_DOUBT) {
            v.why = HEALTH_FEW;
            v.needed = health_needs(r->pack.left);
            v.most = upper_bound(had, r->pack.left);
        } else if (now >= until && compare(r, r->pack.quiet, r->others.quiet, &v) <= HEALTH_QUIET_DOUBT) {
            v.why = HEALTH_QUIET;
        } else if (now >= until && !would_show(&v)) {
            v.why = HEALTH_ASLEEP;
        } else if (now >= until) {
            v = (struct health_verdict){.verdict = HEALTH_FINE, .why = HEALTH_PROVEN, .hosts = had, .hit = r->pack.left,
                                        .most = upper_bound(had, r->pack.left)};
        }
    }
    *out = v;
}

const char *health_word(enum health verdict)
{
    return verdict == HEALTH_FINE ? "fine" : verdict == HEALTH_WAIT ? "wait" : "halt";
}

void health_say(const struct health_verdict *v, char out[HEALTH_TEXT])
{
    char text[RFC3339_TEXT];

    switch (v->why) {
    case HEALTH_WENT_BACK:
        snprintf(out, HEALTH_TEXT, "%" PRId64 " of %" PRId64 " hosts that took it went back from it; with one that has nothing wrong (%g %%) that has a"
                 " probability of %.2g", v->hit, v->hosts, 100 * HEALTH_BACKGROUND, v->chance);
        break;
    case HEALTH_SILENT:
        snprintf(out, HEALTH_TEXT, "%" PRId64 " of %" PRId64 " hosts that run it have not been heard for four days, of %" PRId64 " others %" PRId64
                 "; by chance that has a probability of %.2g", v->hit, v->hosts, v->other_hosts, v->other_hit, v->chance);
        break;
    case HEALTH_HELD:
        rfc3339_format(v->until, text);
        snprintf(out, HEALTH_TEXT, "it is held until %s; so far %" PRId64 " hosts have had it for a day, or went back from it (%" PRId64 ")", text, v->hosts, v->hit);
        break;
    case HEALTH_FEW:
        snprintf(out, HEALTH_TEXT, "%" PRId64 " hosts have had it for a day, or went back from it (%" PRId64 "): up to %.3g %% of all hosts may go back; to be"
                 " sure that it is below %g %%, %" PRId64 " hosts are needed", v->hosts, v->hit, 100 * v->most, 100 * HEALTH_LIMIT, v->needed);
        break;
    case HEALTH_QUIET:
        snprintf(out, HEALTH_TEXT, "%" PRId64 " of %" PRId64 " hosts that run it have not been heard for a day, of %" PRId64 " others only %" PRId64, v->hit,
                 v->hosts, v->other_hosts, v->other_hit);
        break;
    case HEALTH_ASLEEP:
        snprintf(out, HEALTH_TEXT, "%" PRId64 " of %" PRId64 " other hosts have not been heard for a day either: too many are off to tell who of its %" PRId64
                 " hosts fell silent", v->other_hit, v->other_hosts, v->hosts);
        break;
    case HEALTH_PROVEN:
        snprintf(out, HEALTH_TEXT, "%" PRId64 " hosts have had it for a day, or went back from it (%" PRId64 "): fewer than %.3g %% of all hosts go back",
                 v->hosts, v->hit, 100 * v->most);
        break;
    }
}
