/* Events for people, from their OCSF JSON.  Everything in it is escaped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/view.h"
#include "lib/text.h"

#define TIME_WIDTH 19
#define SEVERITY_WIDTH 8
#define ID_WIDTH 8
#define GAPS 3
#define LABEL 14

/* Customers read Japanese first: `message` is Japanese, unmapped.title_en English. */
static const char *title(const json_t *event)
{
    const char *english = cli_str(json_object_get(event, "unmapped"), "title_en");

    if (text_current() == TEXT_EN && *english)
        return english;
    return cli_str(event, "message");
}

/* What the rule found, when the event says something else: what was done about it. */
static const char *found(const json_t *event)
{
    const json_t *u = json_object_get(event, "unmapped");
    const char *said = cli_str(u, text_current() == TEXT_EN ? "rule_title_en" : "rule_title_ja");

    return strcmp(said, title(event)) ? said : "";
}

/* The process concerned, wherever the class keeps it. */
static const json_t *process_of(const json_t *event)
{
    const json_t *p = json_object_get(event, "process");

    if (!p)
        p = json_object_get(json_array_get(json_object_get(event, "evidences"), 0), "process");
    if (!p)
        p = json_object_get(json_object_get(event, "actor"), "process");
    return p;
}

static const json_t *file_of(const json_t *event)
{
    const json_t *f = json_object_get(event, "file");

    return f ? f : json_object_get(json_array_get(json_object_get(event, "evidences"), 0), "file");
}

static const char *severity_text(const json_t *event)
{
    char key[32];

    snprintf(key, sizeof key, "severity.%lld", (long long)cli_int(event, "severity_id"));
    return text(text_known(key) ? key : "severity.0");
}

static enum screen_colour severity_colour(const json_t *event)
{
    json_int_t severity = cli_int(event, "severity_id");

    return severity >= 5 ? RED : severity >= 3 ? YELLOW : PLAIN;
}

static void cells(struct screen *s, const char *time, const char *severity, const char *id, const char *what)
{
    screen_cell(s, time, TIME_WIDTH, false);
    buf_adds(&s->out, "  ");
    screen_cell(s, severity, SEVERITY_WIDTH, false);
    buf_adds(&s->out, "  ");
    screen_cell(s, id, ID_WIDTH, false);
    buf_adds(&s->out, "  ");
    screen_wrap(s, TIME_WIDTH + SEVERITY_WIDTH + ID_WIDTH + 2 * GAPS, what);
}

void view_event_head(struct screen *s)
{
    cells(s, text("events.time"), text("events.severity"), text("events.id"), text("events.what"));
}

/* The title, with the program's name where there is one. */
static char *headline(const json_t *event)
{
    const char *name = cli_str(process_of(event), "name");
    struct buf line;

    buf_init(&line, 65536);
    screen_escape(&line, title(event));
    if (*name) {
        buf_adds(&line, " (");
        screen_escape(&line, name);
        buf_adds(&line, ")");
    }
    return buf_take(&line);
}

void view_event_line(struct screen *s, const json_t *event)
{
    char when[64], id[ID_WIDTH + 1], *what = headline(event);
    char *uid = screen_escaped(cli_str(json_object_get(event, "metadata"), "uid"));

    cli_when_s(cli_int(event, "time") / 1000, when, sizeof when);
    snprintf(id, sizeof id, "%s", uid ? uid : "");
    cells(s, when, severity_text(event), id, what ? what : "");
    free(what);
    free(uid);
}

/* ---- one event in full ---------------------------------------------------------------- */

static void detail(struct screen *s, const char *key, const char *value)
{
    char *harmless = *value ? screen_escaped(value) : NULL;

    if (harmless)
        screen_row(s, text(key), LABEL, harmless);
    free(harmless);
}

/* The record's English detail, said again in the reader's language where the catalogue can. */
static void said_detail(struct screen *s, const char *value)
{
    char *harmless = *value ? screen_escaped(value) : NULL;
    struct buf line;

    if (!harmless)
        return;
    buf_init(&line, 65536);
    if (!text_again(&line, harmless) && line.data)
        screen_row(s, text("event.detail"), LABEL, line.data);
    buf_fini(&line);
    free(harmless);
}

static void process_rows(struct screen *s, const json_t *process)
{
    const json_t *parent = json_object_get(process, "parent_process");

    detail(s, "event.program", *cli_str(process, "path") ? cli_str(process, "path") : cli_str(process, "name"));
    detail(s, "event.command", cli_str(process, "cmd_line"));
    detail(s, "event.parent", cli_str(parent, "name"));
    detail(s, "event.user", cli_str(json_object_get(process, "user"), "name"));
}

static void file_counts(struct screen *s, const json_t *unmapped)
{
    static const char *const names[] = {"files_touched", "files_destroyed", "files_restored", "files_failed"};
    const char *args[4];
    char n[4][32];
    json_int_t all = 0;
    struct buf line;

    for (int i = 0; i < 4; i++) {
        json_int_t count = cli_int(unmapped, names[i]);

        all += count > 0;
        snprintf(n[i], sizeof n[i], "%lld", (long long)count);
        args[i] = n[i];
    }
    if (!all)
        return;
    buf_init(&line, 4096);
    text_format(&line, "event.files.line", args, 4);
    screen_row(s, text("event.files"), LABEL, line.data ? line.data : "");
    buf_fini(&line);
}

/* ---- doors and programs ---------------------------------------------------------------- */

/* One weakness: its number, how grave, what it is, and in which versions it is gone. */
static void advisory_rows(struct screen *s, const json_t *vulnerability, const json_t *facts)
{
    const char *said = cli_str(vulnerability, text_current() == TEXT_EN ? "desc" : "title");
    char key[32], *name = screen_escaped(cli_str(facts, "cve"));
    char *what = screen_escaped(*said ? said : cli_str(vulnerability, "title"));
    struct buf line;

    snprintf(key, sizeof key, "severity.%lld", (long long)cli_int(facts, "severity"));
    buf_init(&line, 65536);
    screen_format(&line, json_is_true(json_object_get(facts, "kev")) ? "event.advisory.kev" : "event.advisory.plain", name ? name : "",
                  text(text_known(key) ? key : "severity.0"), what ? what : "");
    screen_row(s, text("event.advisory"), LABEL, line.data ? line.data : "");
    buf_fini(&line);
    free(what);
    free(name);
    detail(s, "event.fixed", cli_str(facts, "fixed"));
}

static void advisories(struct screen *s, const json_t *event, const json_t *finding)
{
    const json_t *list = json_object_get(finding, "advisories"), *facts;
    json_int_t more = cli_int(finding, "advisories_total") - (json_int_t)json_array_size(list);
    char number[32];
    struct buf line;
    size_t i;

    json_array_foreach(list, i, facts)
        advisory_rows(s, json_array_get(json_object_get(event, "vulnerabilities"), i), facts);
    if (more <= 0)
        return;
    snprintf(number, sizeof number, "%lld", (long long)more);
    buf_init(&line, 4096);
    screen_format(&line, "event.advisory.more", number, "", "");
    screen_row(s, text("event.advisory"), LABEL, line.data ? line.data : "");
    buf_fini(&line);
}

/* "1.2 -> 1.3": what a program was before. */
static void change_row(struct screen *s, const char *before, const char *now)
{
    char *first = *before && *now ? screen_escaped(before) : NULL, *second = first ? screen_escaped(now) : NULL;
    struct buf line;

    buf_init(&line, 65536);
    if (second) {
        screen_format(&line, "event.change.line", first, second, "");
        screen_row(s, text("event.change"), LABEL, line.data ? line.data : "");
    }
    buf_fini(&line);
    free(second);
    free(first);
}

static void finding_rows(struct screen *s, const json_t *event)
{
    const json_t *finding = json_object_get(json_object_get(event, "unmapped"), "finding");
    const char *now = cli_str(finding, "version"), *before = cli_str(finding, "old_version"), *name = cli_str(finding, "product_name");
    struct buf product;

    buf_init(&product, 65536);
    buf_addf(&product, "%s%s%s", name, *name ? " " : "", *now ? now : before);
    detail(s, "event.door", cli_str(json_array_get(json_object_get(event, "resources"), 0), "name"));
    detail(s, "event.product", product.data ? product.data : "");
    buf_fini(&product);
    change_row(s, before, now);
    detail(s, "event.due", cli_str(finding, "due"));
    advisories(s, event, finding);
}

void view_event_full(struct screen *s, const json_t *event)
{
    const json_t *unmapped = json_object_get(event, "unmapped"), *file = file_of(event);
    char when[64], key[64], *what = screen_escaped(title(event));
    struct buf line;

    cli_when_s(cli_int(event, "time") / 1000, when, sizeof when);
    buf_init(&line, 65536);
    buf_addf(&line, "%s  [%s]  %s", when, severity_text(event), what ? what : "");
    screen_line(s, severity_colour(event), line.data ? line.data : "");
    buf_fini(&line);
    free(what);
    finding_rows(s, event);
    process_rows(s, process_of(event));
    if (strcmp(cli_str(file, "path"), "unknown"))
        detail(s, "event.file", cli_str(file, "path"));
    file_counts(s, unmapped);
    detail(s, "event.found", found(event));
    detail(s, "event.rule", cli_str(unmapped, "rule"));
    detail(s, "event.attack", cli_str(unmapped, "attack"));
    snprintf(key, sizeof key, "response.%s", cli_str(unmapped, "response"));
    detail(s, "event.done", text_known(key) ? text(key) : cli_str(unmapped, "response"));
    if (*cli_str(unmapped, "actor")) {
        char *who = cli_who(cli_str(unmapped, "actor")); /* harmless already */

        screen_row(s, text("event.actor"), LABEL, who ? who : "");
        free(who);
    }
    said_detail(s, cli_str(unmapped, "detail"));
}
