/* Status for people: one plain line first, then in an incident what to do, then
 * what is guarded, what is not, what was lost, and the state of things.
 * Pure; strings of the agent are escaped before they are shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/view.h"
#include "lib/text.h"

#define PATH_WIDTH 36
#define LABEL 14
#define COUNT_WIDTH 10
#define LINE_ROOM 16384

/* ---- small helpers -------------------------------------------------------------------- */

/* "12,345" */
static const char *grouped(json_int_t n, char out[32])
{
    char digits[24];
    size_t len, o = 0;

    snprintf(digits, sizeof digits, "%lld", (long long)(n < 0 ? 0 : n));
    len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[o++] = ',';
        out[o++] = digits[i];
    }
    out[o] = '\0';
    return out;
}

static void section(struct screen *s, const char *key)
{
    screen_line(s, PLAIN, "");
    screen_line(s, BOLD, text(key));
}

static void formatted_row(struct screen *s, const char *label, const char *key, const char *a, const char *b)
{
    struct buf line;

    buf_init(&line, LINE_ROOM);
    screen_format(&line, key, a, b, NULL);
    screen_row(s, label, LABEL, line.data ? line.data : "");
    buf_fini(&line);
}

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

static bool is(const json_t *o, const char *key, const char *word)
{
    return !strcmp(cli_str(o, key), word);
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

    while (i + 1 < sizeof states / sizeof *states && !is(status, "overall", states[i].word))
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

    buf_init(&line, LINE_ROOM);
    if (state)
        buf_adds(&line, state);
    else
        screen_format(&line, "guarded.files", grouped(cli_int(folder, "files"), n), NULL, NULL);
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

    buf_init(&line, LINE_ROOM);
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

    section(s, "section.guarded");
    json_array_foreach(json_object_get(status, "folders"), i, item) {
        if (!is(item, "state", "guarded"))
            continue;
        folder_line(s, item, NULL);
        shown++;
    }
    json_array_foreach(json_object_get(status, "sensors"), i, item) {
        if (!is(item, "state", "working"))
            continue;
        sensor_line(s, item, NULL);
        shown++;
    }
    if (!shown)
        screen_row(s, text("guarded.none"), screen_width(text("guarded.none")), "");
}

/* ---- what is not: never left out ------------------------------------------------------------- */

static void plain_row(struct screen *s, const char *line)
{
    buf_adds(&s->out, "  ");
    screen_wrap(s, 2, line);
}

static void not_folders(struct screen *s, const json_t *status)
{
    const json_t *list = json_object_get(status, "folders"), *item;
    json_int_t unseen = cli_int(status, "folders_total") - (json_int_t)json_array_size(list);
    size_t i;

    json_array_foreach(list, i, item) {
        if (!is(item, "state", "guarded"))
            folder_line(s, item, text(is(item, "state", "partly") ? "not.partly" : "not.folder"));
    }
    if (unseen > 0) {
        char n[32];
        struct buf line;

        buf_init(&line, LINE_ROOM);
        screen_format(&line, "not.more", grouped(unseen, n), NULL, NULL);
        plain_row(s, line.data ? line.data : "");
        buf_fini(&line);
    }
}

static void not_mode(struct screen *s, const json_t *status)
{
    char key[64];
    struct buf line;

    if (!is(status, "mode", "observe") && !is(status, "mode", "alert"))
        return;
    snprintf(key, sizeof key, "mode.%s", cli_str(status, "mode"));
    buf_init(&line, LINE_ROOM);
    screen_format(&line, "not.mode", text(key), NULL, NULL);
    plain_row(s, line.data ? line.data : "");
    buf_fini(&line);
}

/* Originals are copied where the file system cannot clone, and copies have a bound. */
static bool all_reflink(const json_t *status)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(status, "folders"), i, item) {
        if (!is(item, "method", "reflink"))
            return false;
    }
    return true;
}

static void not_part(struct screen *s, const json_t *status)
{
    const json_t *item;
    size_t i;

    section(s, "section.not");
    if (!json_is_true(json_object_get(json_object_get(status, "guard"), "answers")))
        plain_row(s, text("not.unknown"));
    not_folders(s, status);
    json_array_foreach(json_object_get(status, "sensors"), i, item) {
        if (!is(item, "state", "working"))
            sensor_line(s, item, text(is(item, "state", "degraded") ? "not.degraded" : is(item, "state", "off") ? "not.off" : "not.blind"));
    }
    not_mode(s, status);
    if (!all_reflink(status))
        plain_row(s, text("not.large"));
    plain_row(s, text("not.general"));
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

    section(s, "section.lost");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_int_t count = cli_int(json_object_get(status, rows[i].part), rows[i].name);
        unsigned width;

        if (count <= 0)
            continue;
        grouped(count, n);
        width = screen_width(n);
        for (buf_adds(&s->out, "  "); width < COUNT_WIDTH; width++)
            buf_adds(&s->out, " ");
        buf_adds(&s->out, n);
        buf_adds(&s->out, "  ");
        screen_wrap(s, COUNT_WIDTH + 4, text(rows[i].key));
        shown++;
    }
    if (!shown)
        plain_row(s, text(json_object_get(status, "counters") ? "lost.none" : "lost.unknown"));
}

/* ---- the state of things ---------------------------------------------------------------------------- */

static void console_row(struct screen *s, const json_t *status)
{
    const json_t *console = json_object_get(status, "console");
    const char *last = cli_str(console, "last_contact");
    char when[64], queue[32], *error;

    cli_when(last, when, sizeof when);
    grouped(cli_int(console, "queue"), queue);
    if (!json_is_true(json_object_get(console, "configured")))
        screen_row(s, text("state.console"), LABEL, text("console.none"));
    else if (json_is_true(json_object_get(console, "connected")))
        formatted_row(s, text("state.console"), "console.connected", when, NULL);
    else if (!*last)
        formatted_row(s, text("state.console"), "console.never", queue, NULL);
    else
        formatted_row(s, text("state.console"), "console.waiting", when, queue);
    error = screen_escaped(cli_str(console, "error"));
    if (error && *error && !json_is_true(json_object_get(console, "connected")))
        screen_row(s, "", LABEL, error);
    free(error);
}

static void rules_row(struct screen *s, const json_t *status)
{
    const json_t *rules = json_object_get(status, "rules");
    static const char *const families[] = {"file", "process", "burst", "vpn"};
    char *version = screen_escaped(cli_str(rules, "version")), count[4][32];
    const char *args[5];
    struct buf line;

    buf_init(&line, LINE_ROOM);
    args[0] = version ? version : "";
    for (int i = 0; i < 4; i++)
        args[i + 1] = grouped(cli_int(rules, families[i]), count[i]);
    if (*args[0])
        text_format(&line, "rules.line", args, 5);
    screen_row(s, text("state.rules"), LABEL, line.len ? line.data : text("rules.none"));
    buf_fini(&line);
    free(version);
}

static void quarantine_row(struct screen *s, const json_t *status)
{
    const json_t *q = json_object_get(status, "quarantine");
    char *by = cli_who(cli_str(q, "by")), when[64], key[64];

    cli_when(cli_str(q, "since"), when, sizeof when);
    snprintf(key, sizeof key, "quarantine.%s", cli_str(q, "state"));
    formatted_row(s, text("state.quarantine"), text_known(key) ? key : "quarantine.unknown", when, by ? by : "");
    free(by);
}

static void guard_row(struct screen *s, const json_t *status)
{
    const json_t *guard = json_object_get(status, "guard"), *age = json_object_get(guard, "state_age_ms");
    char seconds[32];

    if (json_is_true(json_object_get(guard, "answers")))
        return;
    grouped(json_integer_value(age) / 1000, seconds);
    formatted_row(s, text("state.guard"), json_is_integer(age) ? "guard.silent" : "guard.never", seconds, NULL);
}

static void journal_row(struct screen *s, const json_t *status)
{
    const json_t *journal = json_object_get(status, "journal");
    char last[32], sent[32], *error = screen_escaped(cli_str(journal, "error"));

    if (error && *error)
        formatted_row(s, text("state.record"), "record.error", error, NULL);
    else
        formatted_row(s, text("state.record"), "record.line", grouped(cli_int(journal, "last"), last),
                      grouped(cli_int(journal, "sent"), sent));
    free(error);
}

static void config_row(struct screen *s, const json_t *status)
{
    char *what = screen_escaped(cli_str(status, "config_error"));

    if (what && *what)
        formatted_row(s, text("state.config"), "config.broken", what, NULL);
    free(what);
}

static void state_part(struct screen *s, const json_t *status)
{
    const json_t *contact = json_object_get(status, "contact");
    char mode[64], *version = screen_escaped(cli_str(status, "version"));
    struct buf line;

    section(s, "section.state");
    guard_row(s, status);
    config_row(s, status);
    console_row(s, status);
    rules_row(s, status);
    quarantine_row(s, status);
    snprintf(mode, sizeof mode, "mode.%s", cli_str(status, "mode"));
    screen_row(s, text("state.mode"), LABEL, text_known(mode) ? text(mode) : text("who.unknown"));
    journal_row(s, status);
    buf_init(&line, LINE_ROOM);
    view_contact(&line, cli_str(contact, "provider"), cli_str(contact, "phone"));
    screen_row(s, text("state.contact"), LABEL, line.data ? line.data : "");
    buf_fini(&line);
    screen_row(s, text("state.version"), LABEL, version ? version : "");
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
