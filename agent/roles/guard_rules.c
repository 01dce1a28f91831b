/* The guard's rule packs: which one is sent to the scan process, what becomes the last good one, and the way back.
 *
 * A pack that the scan process took judges at once, and is copied aside at that moment; the copy becomes the last
 * good one when the probation is served (probation.h).  A pack that fails it is written down before the scan
 * process starts again, so that whatever comes next, also a guard that starts anew, passes it over.  All in the
 * loop's thread. */
#include <stdio.h>
#include <string.h>

#include "agent/roles/guard_internal.h"
#include "agent/roles/pack_send.h"
#include "lib/err.h"
#include "lib/log.h"

/* ---- probation ---------------------------------------------------------------------- */

static bool is_good(const struct guard *g, const char *hash)
{
    char dir[LIM_PATH + 32], good[SHA256_HEX];

    snprintf(dir, sizeof dir, "%s/guard/rules-good", g->config->state);
    return rules_hash(dir, good) == MM_OK && !strcmp(good, hash);
}

/* Whatever is about to judge is on probation unless it has served it; a new scan process does not begin it anew. */
static void put_on_trial(struct guard *g, const struct rules_choice *c)
{
    struct rules_link *r = &g->scan.rules;

    if (!strcmp(r->trial_hash, c->hash))
        return;
    memcpy(r->trial_hash, c->hash, sizeof r->trial_hash);
    r->trial = (struct probation){.on = false};
    if (!is_good(g, c->hash))
        probation_begin(&r->trial, guard_mono());
}

static void tell_left(struct guard *g, const struct rules_choice *was, bool stalled)
{
    struct event *e = guard_event_new(EV_STATE, ACT_RULES, SEV_HIGH);

    log_error("rules %s: the scan process %s %d times; they are not tried again on this host", was->version,
              stalled ? "stood still" : "ended", PROBATION_DEATHS);
    if (!e)
        return;
    e->outcome = OUTCOME_FAILURE;
    snprintf(e->subject, sizeof e->subject, "rules");
    snprintf(e->old_state, sizeof e->old_state, "%s", was->version);
    snprintf(e->detail, sizeof e->detail, "rules %s (manifest %s) were left: with them the scan process failed %d times in a row (%s)",
             was->version[0] ? was->version : "unknown", was->hash, PROBATION_DEATHS, stalled ? "stalled" : "died");
    guard_event_send(g, e);
}

void guard_rules_died(struct guard *g, bool stalled)
{
    struct rules_link *r = &g->scan.rules;
    struct rules_refused with = r->refused;
    struct rules_choice next;
    int rc;

    if (!probation_death(&r->trial, guard_mono()) || strcmp(r->sent.hash, r->trial_hash) != 0)
        return;
    rules_refused_add(&with, r->sent.version, r->sent.hash, stalled ? "stalled" : "died");
    if (rules_choose(g->config, &with, 0, &next)) {
        log_error("rules %s end the scan process, and there are no others", r->sent.version);
        probation_begin(&r->trial, guard_mono());
        return;
    }
    r->refused = with;
    r->tried = 0;
    rc = rules_refused_save(&r->refused, g->config->state);
    if (rc)
        log_error("STATE/guard/rules-refused cannot be written: %s", mm_strerror(rc));
    tell_left(g, &r->sent, stalled);
}

/* ---- loading --------------------------------------------------------------------------- */

/* Better a pack that once failed here than none. */
static int choose(struct guard *g, struct rules_choice *out)
{
    static const struct rules_refused nothing;
    struct rules_link *r = &g->scan.rules;

    if (rules_choose(g->config, &r->refused, r->tried, out) == MM_OK)
        return MM_OK;
    return rules_choose(g->config, &nothing, r->tried, out);
}

int guard_rules_load(struct guard *g)
{
    struct rules_link *r = &g->scan.rules;
    char message[512];
    int rc = MM_ENOTFOUND;

    if (g->scan.sock < 0)
        return MM_ESTATE;
    while (choose(g, &r->sent) == MM_OK) {
        message[0] = '\0';
        rc = pack_send(g->scan.sock, r->sent.dir, g->config->local_rules, &g->scan.skips, message, sizeof message);
        if (rc == MM_OK) {
            put_on_trial(g, &r->sent);
            return MM_OK;
        }
        log_error("rules in %s cannot be loaded: %s", r->sent.dir, message[0] ? message : mm_strerror(rc));
        if (g->scan.pack_ok)
            return rc; /* the running ones judge on */
        r->tried |= 1u << r->sent.source;
    }
    log_error("no rules can be loaded: %s", mm_strerror(rc));
    return rc;
}

int guard_rules_reload(struct guard *g)
{
    g->scan.rules.tried = 0;
    return guard_rules_load(g);
}

void guard_rules_start(struct guard *g)
{
    rules_refused_load(&g->scan.rules.refused, g->config->state);
}

/* ---- answers ------------------------------------------------------------------------------ */

static void refused(struct guard *g)
{
    struct rules_link *r = &g->scan.rules;

    if (g->scan.pack_ok) {
        put_on_trial(g, &r->used);
        return;
    }
    r->tried |= 1u << r->sent.source; /* nothing judges yet: take the last pack that did */
    guard_rules_load(g);
}

/* Served: its copy is the last good pack from now on. */
static void promote(struct guard *g)
{
    struct rules_link *r = &g->scan.rules;
    char now[SHA256_HEX];
    int rc = MM_OK;

    if (!r->staged && rules_hash(r->used.dir, now) == MM_OK && !strcmp(now, r->used.hash))
        r->staged = pack_stage(r->used.dir, g->config->state) == MM_OK;
    rc = r->staged ? pack_promote(g->config->state) : MM_EIO;
    r->staged = false;
    if (rc)
        log_error("rules %s cannot be kept as the last good ones: %s", r->used.version, mm_strerror(rc));
    else
        log_info("rules %s are the last good ones now", r->used.version);
}

void guard_rules_packed(struct guard *g)
{
    struct scan_link *s = &g->scan;
    struct rules_link *r = &s->rules;
    bool same;

    if (s->packed.result) {
        refused(g);
        return;
    }
    memcpy(r->sent.version, s->packed.version, sizeof r->sent.version);
    same = r->staged && !strcmp(r->used.hash, r->sent.hash);
    r->used = r->sent;
    if (same)
        return;
    r->staged = false;
    if (r->used.source == RULES_GOOD)
        return;
    r->staged = pack_stage(r->used.dir, g->config->state) == MM_OK;
    if (!r->trial.on)
        promote(g); /* the same as the last good one: its copy is made anew */
}

void guard_rules_tick(struct guard *g, int64_t now)
{
    struct rules_link *r = &g->scan.rules;

    if (g->scan.pack_ok && !strcmp(r->used.hash, r->trial_hash) && probation_passed(&r->trial, now))
        promote(g);
}

const char *guard_rules_why(const struct guard *g)
{
    const struct rules_link *r = &g->scan.rules;

    if (r->used.left)
        return "the newest rules ended the scan process; older ones judge";
    if (g->scan.packed.result || r->tried)
        return "the newest rules were refused; the last good ones judge";
    return r->used.second ? "the newest rules cannot be read; older ones judge" : NULL;
}

void guard_rules_dir(const struct guard *g, char *dir, size_t n)
{
    const struct rules_link *r = &g->scan.rules;

    if (!g->scan.pack_ok && r->sent.dir[0])
        snprintf(dir, n, "%s", r->sent.dir);
    else if (!r->used.dir[0])
        snprintf(dir, n, "%s", g->config->rules);
    else if (r->staged)
        snprintf(dir, n, "%s/guard/rules-new", g->config->state);
    else if (is_good(g, r->used.hash))
        snprintf(dir, n, "%s/guard/rules-good", g->config->state);
    else
        snprintf(dir, n, "%s", r->used.dir);
}

void guard_rules_left(const struct guard *g, struct agent_state *s)
{
    const struct rules_refused *r = &g->scan.rules.refused;
    unsigned first = r->n > STATE_RULES_LEFT ? r->n - STATE_RULES_LEFT : 0;

    for (unsigned i = first; i < r->n; i++)
        memcpy(s->rules_left[i - first], r->row[i].version, LIM_TAG);
}
