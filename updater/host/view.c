#include "updater/host/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/text.h"
#include "updater/host/facts.h"

#define LABEL 18
#define LINE 2048
#define DAY 86400

/* What a cause means for the person at the computer: what happened, and what to do. */
static const struct { const char *cause, *what, *act; } meanings[] = {
    {"arbitrary-software", "update.what.attack", "update.do.call"}, {"key-compromise", "update.what.attack", "update.do.call"},
    {"rollback", "update.what.attack", "update.do.call"},           {"role-removed", "update.what.attack", "update.do.call"},
    {"fast-forward", "update.what.attack", "update.do.call"},       {"mix-and-match", "update.what.attack", "update.do.call"},
    {"endless-data", "update.what.attack", "update.do.call"},       {"wrong-software", "update.what.attack", "update.do.call"},
    {"malformed", "update.what.attack", "update.do.call"},          {"freeze", "update.what.freeze", "update.do.call"},
    {"unreachable", "update.what.network", "update.do.wait"},       {"slow-retrieval", "update.what.network", "update.do.wait"},
    {"missing", "update.what.network", "update.do.wait"},           {"invalid-pack", "update.what.pack", "update.do.wait"},
    {"unhealthy", "update.what.unhealthy", "update.do.call"},       {"space", "update.what.space", "update.do.space"},
    {"store", "update.what.store", "update.do.call"},               {"no-root", "update.what.root", "update.do.call"},
    {"bad-root", "update.what.root", "update.do.call"},             {"old-bundle", "update.what.old", "update.do.bundle"},
    {"bad-bundle", "update.what.bundle", "update.do.bundle"},       {"no-authority", "update.what.authority", "update.do.call"},
    {"schema", "update.what.schema", "update.do.call"},
};
#define MEANINGS (sizeof meanings / sizeof *meanings)

static void row(struct screen *s, const char *label, const char *value)
{
    screen_row(s, text(label), LABEL, value);
}

/* An instant of the record in local time. */
static void when(const char *rfc3339, char *out, size_t n)
{
    int64_t seconds;
    struct tm tm;
    time_t t;

    snprintf(out, n, "-");
    if (rfc3339_parse(rfc3339, &seconds))
        return;
    t = (time_t)seconds;
    if (localtime_r(&t, &tm))
        strftime(out, n, "%Y-%m-%d %H:%M", &tm);
}

static void format(struct buf *line, const char *key, const char *a, const char *b)
{
    char *x = screen_escaped(a), *y = screen_escaped(b);

    buf_reset(line);
    screen_format(line, key, x ? x : "", y ? y : "", "");
    free(x);
    free(y);
}

static void version_row(struct screen *s, const struct run *r, enum update_kind kind, struct buf *line)
{
    const char *newest = json_string_value(json_object_get(json_object_get(r->record.root, "newest"), places_kind(kind)));
    struct release now;
    char shipped[LIM_VERSION], since[64];

    record_get(&r->record, kind, RELEASE_NOW, &now);
    when(now.since, since, sizeof since);
    if (now.version[0] && now.since[0])
        format(line, "update.version.since", now.version, since);
    else {
        facts_shipped_rules(r, shipped);
        if (kind == UPDATE_AGENT || !shipped[0])
            return;
        format(line, "update.version.shipped", shipped, "");
    }
    if (newest && *newest && strcmp(newest, now.version) != 0) {
        char *so_far = strdup(line->data ? line->data : "");

        format(line, "update.version.newest", so_far ? so_far : "", newest);
        free(so_far);
    }
    row(s, kind == UPDATE_RULES ? "update.row.rules" : "update.row.agent", line->data ? line->data : "");
}

static void bundle_row(struct screen *s, const struct run *r, struct buf *line)
{
    const char *made = json_string_value(json_object_get(json_object_get(r->record.root, "bundle"), "made"));
    int64_t at;
    char day[64], days[24];

    if (!made || rfc3339_parse(made, &at))
        return;
    when(made, day, sizeof day);
    snprintf(days, sizeof days, "%lld", (long long)(((int64_t)time(NULL) - at) / DAY));
    format(line, "update.bundle.made", day, days);
    row(s, "update.row.bundle", line->data ? line->data : "");
}

static void trouble(struct screen *s, const struct run *r, struct buf *line)
{
    const char *cause = record_text(&r->record, "cause"), *what = "update.what.other", *act = "update.do.call";

    for (size_t i = 0; i < MEANINGS; i++)
        if (!strcmp(meanings[i].cause, cause)) {
            what = meanings[i].what;
            act = meanings[i].act;
        }
    row(s, "notice.what", text(what));
    row(s, "notice.how_bad", text("update.bad"));
    row(s, "notice.do", text(act));
    buf_reset(line);
    screen_contact(line, r->config->provider, r->config->phone);
    row(s, "notice.call", line->data ? line->data : "");
    buf_reset(line);
    format(line, "update.reason", cause, record_text(&r->record, "detail"));
    row(s, "update.row.reason", line->data ? line->data : "");
}

void view_status(struct screen *s, const struct run *r)
{
    const char *result = record_text(&r->record, "result"), *ring = record_text(&r->record, "ring");
    bool bad = !strcmp(result, "failed") || !strcmp(result, "refused");
    char key[64], instant[64];
    struct buf line;

    buf_init(&line, LINE);
    snprintf(key, sizeof key, "update.%.30s", result[0] ? result : r->config->update_url[0] ? "never" : "off");
    if (!text_known(key))
        snprintf(key, sizeof key, "update.never");
    buf_adds(&line, text("update.title"));
    buf_adds(&line, ": ");
    buf_adds(&line, text(key));
    screen_line(s, bad ? YELLOW : GREEN, line.data ? line.data : "");
    version_row(s, r, UPDATE_RULES, &line);
    version_row(s, r, UPDATE_AGENT, &line);
    if (result[0]) {
        when(record_text(&r->record, "checked"), instant, sizeof instant);
        row(s, "update.row.checked", instant);
        when(record_text(&r->record, "verified"), instant, sizeof instant);
        row(s, "update.row.verified", instant);
        snprintf(key, sizeof key, "update.ring.%.20s", ring);
        row(s, "update.row.ring", text_known(key) ? text(key) : "-");
    }
    bundle_row(s, r, &line);
    if (bad)
        trouble(s, r, &line);
    buf_fini(&line);
}

/* "2026-11-29 12:00  rules 1.1.0 -> 1.2.0  put in use" */
static void entry(struct screen *s, const json_t *one, struct buf *line)
{
    static const char *const parts[] = {"from", "to", "cause", "detail"};
    const char *value[4], *kind = json_string_value(json_object_get(one, "kind")), *act = json_string_value(json_object_get(one, "act"));
    char key[64], instant[64];

    for (size_t i = 0; i < 4; i++) {
        value[i] = json_string_value(json_object_get(one, parts[i]));
        if (!value[i])
            value[i] = "";
    }
    when(json_string_value(json_object_get(one, "time")) ? json_string_value(json_object_get(one, "time")) : "", instant, sizeof instant);
    buf_reset(line);
    snprintf(key, sizeof key, "update.kind.%.20s", kind ? kind : "");
    buf_addf(line, "%s  ", text_known(key) ? text(key) : "?");
    if (value[0][0] || value[1][0]) {
        screen_escape(line, value[0][0] ? value[0] : "-");
        buf_adds(line, " -> ");
        screen_escape(line, value[1][0] ? value[1] : "-");
        buf_adds(line, "  ");
    }
    snprintf(key, sizeof key, "update.act.%.20s", act ? act : "");
    buf_adds(line, text_known(key) ? text(key) : "?");
    if (value[2][0]) {
        buf_adds(line, "  [");
        screen_escape(line, value[2]);
        buf_adds(line, "] ");
        screen_escape(line, value[3]);
    }
    screen_row(s, instant, LABEL, line->data ? line->data : "");
}

void view_history(struct screen *s, const json_t *history)
{
    struct buf line;

    if (!json_array_size(history))
        screen_line(s, PLAIN, text("update.history.none"));
    buf_init(&line, LINE);
    for (size_t i = 0; i < json_array_size(history); i++)
        entry(s, json_array_get(history, i), &line);
    buf_fini(&line);
}
