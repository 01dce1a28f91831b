/* What status and heartbeat tell: collected here once a second and on change. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/roles/guard_internal.h"
#include "lib/err.h"

void guard_sensor(struct agent_state *s, enum sensor which, enum sensor_state state, const char *method, const char *reason)
{
    s->sensor[which].state = state;
    snprintf(s->sensor[which].method, sizeof s->sensor[which].method, "%s", method);
    snprintf(s->sensor[which].reason, sizeof s->sensor[which].reason, "%s", reason);
}

/* The reason begins with words of the catalogue; the name behind them is another program's. */
static const char *beside(const char *name, char *text, size_t n)
{
    snprintf(text, n, "another program decides about opens; changes are seen afterwards: %.40s", name);
    return text;
}

static void file_sensors(struct guard *g, struct agent_state *s)
{
    char text[sizeof s->sensor[0].reason];
    struct files_counts c;

    if (!g->files) {
        guard_sensor(s, SENSOR_FILES, SENSOR_BLIND, "none", g->files_error);
        guard_sensor(s, SENSOR_PREIMAGE, SENSOR_BLIND, "none", g->files_error);
        return;
    }
    files_counts(g->files, &c);
    s->folders_total = files_folder_status(g->files, s->folder, sizeof s->folder / sizeof s->folder[0]);
    s->folders = s->folders_total < 32 ? s->folders_total : 32;
    s->opens = c.opens;
    s->preimages = c.preimages;
    s->lost_opens = c.lost_opens + c.too_large;
    s->lost_events = c.lost_events;
    s->late_verdicts = c.late;
    s->protected_files = c.files;
    s->kernel_bytes = c.kernel_bytes;
    files_vault_status(g->files, &s->vault_bytes, &s->vault_limit, &s->vault_evicted);
    if (!files_alive(g->files))
        guard_sensor(s, SENSOR_FILES, SENSOR_BLIND, "fanotify", "the permission group failed");
    else if (!s->folders_total)
        guard_sensor(s, SENSOR_FILES, SENSOR_BLIND, "fanotify", "no folder to protect was found");
    else if (s->folder[0].state == FOLDER_NOT)
        guard_sensor(s, SENSOR_FILES, SENSOR_DEGRADED, "fanotify", "some folders are not guarded");
    else if (c.notify)
        guard_sensor(s, SENSOR_FILES, SENSOR_DEGRADED, "notify", beside(c.beside, text, sizeof text));
    else if (c.open_to_all)
        guard_sensor(s, SENSOR_FILES, SENSOR_DEGRADED, "fanotify", "the disk holds us: openers go on unseen");
    else if (!c.rename_events)
        guard_sensor(s, SENSOR_FILES, SENSOR_DEGRADED, "fanotify", "kernel before 5.17: renames are seen in two halves");
    else
        guard_sensor(s, SENSOR_FILES, SENSOR_WORKING, "fanotify", "");
    if (c.notify)
        guard_sensor(s, SENSOR_PREIMAGE, SENSOR_DEGRADED, c.reflink_everywhere ? "reflink" : "copy+links", "originals are kept ahead only, as far as there is room");
    else if (c.pre_access || c.reflink_everywhere)
        guard_sensor(s, SENSOR_PREIMAGE, SENSOR_WORKING, c.reflink_everywhere ? "reflink" : "copy+links", "");
    else
        guard_sensor(s, SENSOR_PREIMAGE, SENSOR_DEGRADED, "copy+links",
               "kernel before 6.14: a large file cut by name is seen only afterwards");
}

static void exec_sensors(struct guard *g, struct agent_state *s)
{
    static const char *const name[] = {"auto", "bpf", "fanotify", "connector", "poll"};
    const char *limits = "";
    enum exec_method m;
    uint64_t seen, dropped;

    if (!g->exec) {
        guard_sensor(s, SENSOR_EXEC, SENSOR_BLIND, "none", g->exec_error);
        return;
    }
    m = exec_sensor_method(g->exec, &limits);
    exec_sensor_counts(g->exec, &seen, &dropped);
    s->execs = seen;
    s->lost_execs = dropped + g->scan.unasked_execs;
    if (!exec_sensor_alive(g->exec))
        guard_sensor(s, SENSOR_EXEC, SENSOR_BLIND, name[m], "the sensor ended");
    else
        guard_sensor(s, SENSOR_EXEC, m == EXEC_BPF || m == EXEC_FANOTIFY ? SENSOR_WORKING : SENSOR_DEGRADED, name[m], limits);
}

/* The reason begins with words of the catalogue; what follows is where to look. */
static const char *own_rules(const struct guard *g, char *text, size_t n)
{
    snprintf(text, n, "own rules left out: %.*s", (int)n - 24, g->scan.packed.message);
    return text;
}

static void scan_sensors(struct guard *g, struct agent_state *s)
{
    char text[sizeof s->sensor[0].reason];

    s->judged = g->scan.judged;
    s->scan_restarts = g->scan.restarts;
    s->guard_restarts = g->restarts;
    memcpy(s->rules_version, g->scan.packed.version, sizeof s->rules_version);
    memcpy(s->rules, g->scan.packed.rules, sizeof s->rules);
    guard_rules_left(g, s);
    memcpy(s->ring, g->ring, sizeof s->ring);
    guard_sensor(s, SENSOR_SCAN, g->scan.sock >= 0 ? SENSOR_WORKING : SENSOR_BLIND, "yara",
           g->scan.sock >= 0 ? "" : "the scan process does not run");
    if (!g->scan.pack_ok)
        guard_sensor(s, SENSOR_RULES, SENSOR_BLIND, "pack", g->scan.packed.message[0] ? "no rules are loaded: they were refused" : "no rules are loaded");
    else if (guard_rules_why(g))
        guard_sensor(s, SENSOR_RULES, SENSOR_DEGRADED, "pack", guard_rules_why(g));
    else if (g->scan.packed.left_out)
        guard_sensor(s, SENSOR_RULES, SENSOR_DEGRADED, "pack", own_rules(g, text, sizeof text));
    else
        guard_sensor(s, SENSOR_RULES, SENSOR_WORKING, "pack", "");
}

static void quarantine_state(struct guard *g, struct agent_state *s)
{
    struct quarantine_order o;
    struct tm tm;
    time_t t;

    if (!g->quarantine) {
        guard_sensor(s, SENSOR_NETWORK, SENSOR_BLIND, "nftables", "the quarantine cannot be prepared");
        return;
    }
    guard_sensor(s, SENSOR_NETWORK, SENSOR_WORKING, "nftables", "");
    if (!quarantine_active(g->quarantine, &o))
        return;
    s->quarantined = 1;
    t = (time_t)(o.since_wall_ns / 1000000000);
    if (gmtime_r(&t, &tm))
        strftime(s->quarantine_since, sizeof s->quarantine_since, "%Y-%m-%dT%H:%M:%SZ", &tm);
    memcpy(s->quarantine_by, o.by, sizeof s->quarantine_by);
}

/* A sensor that changed is an event, once per change. */
static void tell_changes(struct guard *g, const struct agent_state *s)
{
    for (unsigned i = 0; i < SENSOR_COUNT; i++) {
        enum sensor_state now = (enum sensor_state)s->sensor[i].state;
        struct event *e;

        if (now == g->last_sensor[i])
            continue;
        e = guard_event_new(EV_STATE, ACT_SENSOR, now == SENSOR_BLIND ? SEV_HIGH : now == SENSOR_DEGRADED ? SEV_MEDIUM : SEV_INFO);
        if (e) {
            snprintf(e->subject, sizeof e->subject, "%s", word_sensor(i));
            snprintf(e->old_state, sizeof e->old_state, "%s", word_sensor_state(g->last_sensor[i]));
            snprintf(e->new_state, sizeof e->new_state, "%s", word_sensor_state(now));
            snprintf(e->detail, sizeof e->detail, "%s", s->sensor[i].reason);
            guard_event_send(g, e);
        }
        g->last_sensor[i] = now;
    }
    if (s->lost_opens + s->lost_events + s->lost_execs + s->late_verdicts > g->lost_told) {
        uint64_t total = s->lost_opens + s->lost_events + s->lost_execs + s->late_verdicts;
        struct event *e = guard_event_new(EV_STATE, ACT_LOSS, SEV_MEDIUM);

        if (e) {
            e->count = total - g->lost_told;
            snprintf(e->subject, sizeof e->subject, "sensor");
            snprintf(e->detail, sizeof e->detail, "opens without pre-image %llu, lost notifications %llu, lost execs %llu, late verdicts %llu",
                     (unsigned long long)s->lost_opens, (unsigned long long)s->lost_events,
                     (unsigned long long)s->lost_execs, (unsigned long long)s->late_verdicts);
            guard_event_send(g, e);
        }
        g->lost_told = total;
    }
}

void guard_state_send(struct guard *g)
{
    struct agent_state *s = calloc(1, sizeof *s);

    if (!s)
        return;
    s->mode = (uint32_t)g->config->mode;
    trees_count(g->trees, &s->frozen_trees);
    file_sensors(g, s);
    exec_sensors(g, s);
    scan_sensors(g, s);
    quarantine_state(g, s);
    guard_judge_state(g, s);
    pthread_mutex_lock(&g->incident_lock);
    int64_t newest = 0;
    for (unsigned i = 0; i < INCIDENTS; i++)
        if (g->incident[i].open && g->incident[i].last_wall > newest) {
            newest = g->incident[i].last_wall;
            memcpy(s->incident, g->incident[i].id, sizeof s->incident);
        }
    tell_changes(g, s);
    pthread_mutex_unlock(&g->incident_lock);
    pthread_mutex_lock(&g->core.lock);
    if (g->core.sock >= 0)
        frame_send(g->core.sock, CORE_STATE, 0, s, sizeof *s, NULL, 0);
    pthread_mutex_unlock(&g->core.lock);
    free(s);
}
