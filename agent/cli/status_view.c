/* Status for people: one plain line first, then in an incident what to do, then
 * what is guarded, what is not, what was lost, and the state of things.
 * Pure; strings of the agent are escaped before they are shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/cli/cli.h"
#include "agent/cli/view.h"
#include "agent/cli/view_parts.h"
#include "lib/text.h"

#define PATH_WIDTH 36
#define COUNT_WIDTH 10

/* ---- small helpers -------------------------------------------------------------------- */

/* The agent's reason in the reader's language where the catalogue has it, else as it was said. */
static void add_reason(struct buf *out, const char *reason)
{
    const char *colon = strstr(reason, ": ");
    char key[192];

    if (!*reason)
        return;
    snprintf(key, sizeof key, "reason:%s", reason);
    buf_adds(out, ": ");
    if (!text_known(key) && colon) { /* known words, then where: "own rules left out: FILE:LINE: why" */
        snprintf(key, sizeof key, "reason:%.*s", (int)(colon - reason), reason);
        if (text_known(key)) {
            buf_adds(out, text(key));
            screen_escape(out, colon);
            return;
        }
    }
    if (text_known(key))
        buf_adds(out, text(key));
    else
        screen_escape(out, reason);
}

/* ---- the one line ------------------------------------------------------------------------ */

static const struct { const char *word, *title, *more; enum screen_colour colour; } states[] = {
    {"guarded", "status.guarded", "status.guarded.more", GREEN},
    {"attention", "status.attention", NULL, YELLOW},
    {"quarantined", "status.quarantined", "status.quarantined.more", RED},
    {"silent", "status.silent", "status.silent.more", RED}, /* last: also for words not known */
};

void view_headline(struct screen *s, const json_t *status)
{
    const json_t *reasons = json_object_get(status, "reasons"), *reason;
    size_t i = 0, at;

    while (i + 1 < sizeof states / sizeof *states && !view_is(status, "overall", states[i].word))
        i++;
    screen_line(s, states[i].colour, text(states[i].title));
    if (states[i].more) {
        buf_adds(&s->out, "  ");
        screen_wrap(s, 2, text(states[i].more));
    }
    json_array_foreach(reasons, at, reason) {
        char key[64];

        snprintf(key, sizeof key, "why.%s", json_string_value(reason) ? json_string_value(reason) : "");
        if (text_known(key)) {
            buf_adds(&s->out, "  - ");
            screen_wrap(s, 4, text(key));
        }
    }
}

/* ---- what is guarded ------------------------------------------------------------------------ */

static void folder_line(struct screen *s, const json_t *folder, const char *state)
{
    char *path = screen_escaped(cli_str(folder, "path")), n[32];
    struct buf line;

    buf_init(&line, VIEW_LINE);
    if (state)
        buf_adds(&line, state);
    else
        screen_format(&line, "guarded.files", view_grouped(cli_int(folder, "files"), n), NULL, NULL);
    if (state)
        add_reason(&line, cli_str(folder, "reason"));
    buf_adds(&s->out, "  ");
    screen_cell(s, path ? path : "", PATH_WIDTH, true);
    buf_adds(&s->out, "  ");
    screen_wrap(s, PATH_WIDTH + 4, line.data ? line.data : "");
    buf_fini(&line);
    free(path);
}

static const char *sensor_title(const json_t *sensor, char key[64])
{
    snprintf(key, 64, "sensor.%s", cli_str(sensor, "name"));
    return text_known(key) ? text(key) : "?";
}

static void sensor_line(struct screen *s, const json_t *sensor, const char *state)
{
    char key[64];
    struct buf line;

    buf_init(&line, VIEW_LINE);
    if (state) {
        buf_adds(&line, state);
        add_reason(&line, cli_str(sensor, "reason"));
    } else {
        char *method = screen_escaped(cli_str(sensor, "method"));

        screen_format(&line, method && *method ? "guarded.method" : "guarded.works", method, NULL, NULL);
        free(method);
    }
    buf_adds(&s->out, "  ");
    screen_cell(s, sensor_title(sensor, key), PATH_WIDTH, false);
    buf_adds(&s->out, "  ");
    screen_wrap(s, PATH_WIDTH + 4, line.data ? line.data : "");
    buf_fini(&line);
}

static void guarded_part(struct screen *s, const json_t *status)
{
    const json_t *item;
    size_t i, shown = 0;

    view_section(s, "section.guarded");
    json_array_foreach(json_object_get(status, "folders"), i, item) {
        if (!view_is(item, "state", "guarded"))
            continue;
        folder_line(s, item, NULL);
        shown++;
    }
    json_array_foreach(json_object_get(status, "sensors"), i, item) {
        if (!view_is(item, "state", "working"))
            continue;
        sensor_line(s, item, NULL);
        shown++;
    }
    if (!shown)
        screen_row(s, text("guarded.none"), screen_width(text("guarded.none")), "");
}

/* ---- what is not: never left out ------------------------------------------------------------- */

static void not_folders(struct screen *s, const json_t *status)
{
    const json_t *list = json_object_get(status, "folders"), *item;
    json_int_t unseen = cli_int(status, "folders_total") - (json_int_t)json_array_size(list);
    size_t i;

    json_array_foreach(list, i, item) {
        if (!view_is(item, "state", "guarded"))
            folder_line(s, item, text(view_is(item, "state", "partly") ? "not.partly" : "not.folder"));
    }
    if (unseen > 0) {
        char n[32];
        struct buf line;

        buf_init(&line, VIEW_LINE);
        screen_format(&line, "not.more", view_grouped(unseen, n), NULL, NULL);
        view_plain(s, line.data ? line.data : "");
        buf_fini(&line);
    }
}

static void not_mode(struct screen *s, const json_t *status)
{
    char key[64];
    struct buf line;

    if (!view_is(status, "mode", "observe") && !view_is(status, "mode", "alert"))
        return;
    snprintf(key, sizeof key, "mode.%s", cli_str(status, "mode"));
    buf_init(&line, VIEW_LINE);
    screen_format(&line, "not.mode", text(key), NULL, NULL);
    view_plain(s, line.data ? line.data : "");
    buf_fini(&line);
}

/* Doors that nobody could confirm are not guarded; nor is a host whose agent does not look. */
static void not_doors(struct screen *s, const json_t *status)
{
    const json_t *doors = json_object_get(status, "doors");
    char n[32];

    if (cli_int(doors, "unknown") > 0)
        view_said(s, "not.doors", view_grouped(cli_int(doors, "unknown"), n), NULL);
    else if (!json_is_object(doors))
        view_plain(s, text("not.doors.none"));
}

/* Originals are copied where the file system cannot clone, and copies have a bound. */
static bool all_reflink(const json_t *status)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(status, "folders"), i, item) {
        if (!view_is(item, "method", "reflink"))
            return false;
    }
    return true;
}

static void not_part(struct screen *s, const json_t *status)
{
    const json_t *item;
    size_t i;

    view_section(s, "section.not");
    if (!json_is_true(json_object_get(json_object_get(status, "guard"), "answers")))
        view_plain(s, text("not.unknown"));
    not_folders(s, status);
    json_array_foreach(json_object_get(status, "sensors"), i, item) {
        if (!view_is(item, "state", "working"))
            sensor_line(s, item, text(view_is(item, "state", "degraded") ? "not.degraded" : view_is(item, "state", "off") ? "not.off" : "not.blind"));
    }
    not_mode(s, status);
    not_doors(s, status);
    if (!all_reflink(status))
        view_plain(s, text("not.large"));
    view_plain(s, text("not.general"));
}

/* ---- what was lost ------------------------------------------------------------------------------ */

static void lost_part(struct screen *s, const json_t *status)
{
    static const struct { const char *part, *name, *key; } rows[] = {
        {"counters", "lost_opens", "lost.opens"}, {"counters", "lost_events", "lost.events"},
        {"counters", "lost_execs", "lost.execs"}, {"counters", "late_verdicts", "lost.late"},
        {"counters", "vault_evicted", "lost.evicted"}, {"journal", "lost", "lost.journal"},
        {"counters", "scan_restarts", "lost.scan"}, {"counters", "guard_restarts", "lost.guard"}};
    unsigned shown = 0;
    char n[32];

    view_section(s, "section.lost");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_int_t count = cli_int(json_object_get(status, rows[i].part), rows[i].name);
        unsigned width;

        if (count <= 0)
            continue;
        view_grouped(count, n);
        width = screen_width(n);
        for (buf_adds(&s->out, "  "); width < COUNT_WIDTH; width++)
            buf_adds(&s->out, " ");
        buf_adds(&s->out, n);
        buf_adds(&s->out, "  ");
        screen_wrap(s, COUNT_WIDTH + 4, text(rows[i].key));
        shown++;
    }
    if (!shown)
        view_plain(s, text(json_object_get(status, "counters") ? "lost.none" : "lost.unknown"));
}

/* ---- the state of things ---------------------------------------------------------------------------- */

static void console_row(struct screen *s, const json_t *status)
{
    const json_t *console = json_object_get(status, "console");
    const char *last = cli_str(console, "last_contact");
    char when[64], queue[32], *error;

    cli_when(last, when, sizeof when);
    view_grouped(cli_int(console, "queue"), queue);
    if (!json_is_true(json_object_get(console, "configured")))
        screen_row(s, text("state.console"), VIEW_LABEL, text("console.none"));
    else if (json_is_true(json_object_get(console, "connected")))
        view_row(s, text("state.console"), "console.connected", when, NULL, NULL);
    else if (!*last)
        view_row(s, text("state.console"), "console.never", queue, NULL, NULL);
    else
        view_row(s, text("state.console"), "console.waiting", when, queue, NULL);
    error = screen_escaped(cli_str(console, "error"));
    if (error && *error && !json_is_true(json_object_get(console, "connected")))
        screen_row(s, "", VIEW_LABEL, error);
    free(error);
}

static void rules_row(struct screen *s, const json_t *status)
{
    const json_t *rules = json_object_get(status, "rules");
    static const char *const families[] = {"file", "process", "burst", "vpn"};
    char *version = screen_escaped(cli_str(rules, "version")), count[4][32];
    const char *args[5];
    struct buf line;

    buf_init(&line, VIEW_LINE);
    args[0] = version ? version : "";
    for (int i = 0; i < 4; i++)
        args[i + 1] = view_grouped(cli_int(rules, families[i]), count[i]);
    if (*args[0])
        text_format(&line, "rules.line", args, 5);
    screen_row(s, text("state.rules"), VIEW_LABEL, line.len ? line.data : text("rules.none"));
    buf_fini(&line);
    free(version);
}

static void quarantine_row(struct screen *s, const json_t *status)
{
    const json_t *q = json_object_get(status, "quarantine");
    char *by = cli_who(cli_str(q, "by")), when[64], key[64];

    cli_when(cli_str(q, "since"), when, sizeof when);
    snprintf(key, sizeof key, "quarantine.%s", cli_str(q, "state"));
    view_row(s, text("state.quarantine"), text_known(key) ? key : "quarantine.unknown", when, by ? by : "", NULL);
    free(by);
}

static void guard_row(struct screen *s, const json_t *status)
{
    const json_t *guard = json_object_get(status, "guard"), *age = json_object_get(guard, "state_age_ms");
    char seconds[32];

    if (json_is_true(json_object_get(guard, "answers")))
        return;
    view_grouped(json_integer_value(age) / 1000, seconds);
    view_row(s, text("state.guard"), json_is_integer(age) ? "guard.silent" : "guard.never", seconds, NULL, NULL);
}

static void journal_row(struct screen *s, const json_t *status)
{
    const json_t *journal = json_object_get(status, "journal");
    char last[32], sent[32], *error = screen_escaped(cli_str(journal, "error"));

    if (error && *error)
        view_row(s, text("state.record"), "record.error", error, NULL, NULL);
    else
        view_row(s, text("state.record"), "record.line", view_grouped(cli_int(journal, "last"), last),
                      view_grouped(cli_int(journal, "sent"), sent), NULL);
    free(error);
}

/* One line for the doors, one for the six basic rules. */
static void doors_rows(struct screen *s, const json_t *status)
{
    static const char *const counts[] = {"total", "overdue", "exposed", "unknown"};
    static const char *const points[] = {"met", "partly", "unmet", "unknown"};
    const json_t *doors = json_object_get(status, "doors"), *posture = json_object_get(status, "posture");
    char n[2][4][32], when[64];
    const char *args[2][5];
    struct buf line;

    if (!json_is_object(doors) || !json_is_object(posture))
        return; /* said under what is not guarded */
    for (int i = 0; i < 4; i++) {
        args[0][i] = view_grouped(cli_int(doors, counts[i]), n[0][i]);
        args[1][i] = view_grouped(cli_int(posture, points[i]), n[1][i]);
    }
    cli_when(cli_str(doors, "checked_at"), when, sizeof when);
    args[0][4] = when;
    buf_init(&line, VIEW_LINE);
    text_format(&line, *cli_str(doors, "checked_at") ? "state.doors.line" : "state.doors.never", args[0], 5);
    screen_row(s, text("state.doors"), VIEW_LABEL, line.data ? line.data : "");
    buf_reset(&line);
    text_format(&line, *cli_str(doors, "checked_at") ? "state.posture.line" : "state.posture.none", args[1], 4);
    screen_row(s, text("state.posture"), VIEW_LABEL, line.data ? line.data : "");
    buf_fini(&line);
}

/* How old the pack is that judges, as far as the updater knows that very pack. */
static void pack_row(struct screen *s, const json_t *status)
{
    const json_t *rules = json_object_get(json_object_get(status, "updates"), "rules");
    const char *judges = cli_str(json_object_get(status, "rules"), "version");
    bool same = *judges && !strcmp(judges, cli_str(rules, "version"));
    json_int_t days = same ? view_days_since(cli_str(rules, "made"), (int64_t)time(NULL)) : -1;
    char *version = view_safe(judges, PATH_WIDTH), n[32], since[64];

    cli_when(cli_str(rules, "since"), since, sizeof since);
    if (same && days < 0 && *cli_str(rules, "since"))
        view_row(s, text("state.updates.pack"), "updates.pack.used", version ? version : "", since, NULL);
    else if (days >= 0)
        view_row(s, text("state.updates.pack"), days ? "updates.pack.days" : "updates.pack.today", version ? version : "", view_grouped(days, n), NULL);
    free(version);
}

static void updates_row(struct screen *s, const json_t *status)
{
    const json_t *u = json_object_get(status, "updates");
    char when[64], *cause = view_safe(cli_str(u, "cause"), PATH_WIDTH);
    const char *why = view_word("updates.cause", cli_str(u, "cause"), cause ? cause : "");
    const char *args[4] = {view_word("updates.result", cli_str(u, "result"), text("updates.result.unknown")), when,
                           view_word("updates.ring", cli_str(u, "ring"), "?"), why};
    struct buf line;

    buf_init(&line, VIEW_LINE);
    cli_when(cli_str(u, "verified"), when, sizeof when);
    if (!json_is_true(json_object_get(u, "configured")))
        buf_adds(&line, text("updates.none"));
    else if (!*cli_str(u, "checked") && !*cli_str(u, "verified"))
        buf_adds(&line, text("updates.never"));
    else
        text_format(&line, *why ? "updates.line.why" : "updates.line", args, 4);
    screen_row(s, text("state.updates"), VIEW_LABEL, line.data ? line.data : "");
    buf_fini(&line);
    free(cause);
}

static void config_row(struct screen *s, const json_t *status)
{
    char *what = screen_escaped(cli_str(status, "config_error"));

    if (what && *what)
        view_row(s, text("state.config"), "config.broken", what, NULL, NULL);
    free(what);
}

static void state_part(struct screen *s, const json_t *status)
{
    const json_t *contact = json_object_get(status, "contact");
    char mode[64], *version = screen_escaped(cli_str(status, "version"));
    struct buf line;

    view_section(s, "section.state");
    guard_row(s, status);
    config_row(s, status);
    console_row(s, status);
    rules_row(s, status);
    pack_row(s, status);
    updates_row(s, status);
    doors_rows(s, status);
    quarantine_row(s, status);
    snprintf(mode, sizeof mode, "mode.%s", cli_str(status, "mode"));
    screen_row(s, text("state.mode"), VIEW_LABEL, text_known(mode) ? text(mode) : text("who.unknown"));
    journal_row(s, status);
    buf_init(&line, VIEW_LINE);
    screen_contact(&line, cli_str(contact, "provider"), cli_str(contact, "phone"));
    screen_row(s, text("state.contact"), VIEW_LABEL, line.data ? line.data : "");
    buf_fini(&line);
    screen_row(s, text("state.version"), VIEW_LABEL, version ? version : "");
    free(version);
}

void view_status(struct screen *s, const json_t *status)
{
    view_headline(s, status);
    view_notice(s, status);
    guarded_part(s, status);
    not_part(s, status);
    lost_part(s, status);
    state_part(s, status);
}
