/* Ownership: borrows the door's JSON; everything of it is escaped and cut before it
 * is shown.  A reason whose key the catalogue does not have shows the evidence. */
#include "agent/cli/door_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/doors_sum.h"
#include "agent/cli/view_parts.h"
#include "lib/text.h"

#define ADVISORIES_SHOWN 3       /* who has to act needs the gravest; the JSON has all */
#define NAME_COLUMNS 60
#define WORDS_COLUMNS 240        /* titles, reasons and evidence: three lines */
#define KEY_ROOM 96
#define KEY_DIGITS 16

/* ---- small helpers --------------------------------------------------------------------- */

bool door_pastable(const char *id)
{
    return *id && *id != '-' && !id[strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/_-@+")];
}

static void safe_row(struct screen *s, const char *label, const char *words, unsigned columns)
{
    char *safe = view_safe(words, columns);

    if (safe && *safe)
        screen_row(s, label, VIEW_LABEL, safe);
    free(safe);
}

static enum screen_colour door_colour(const json_t *door)
{
    static const struct { const char *word; enum screen_colour colour; } rows[] = {
        {"green", GREEN}, {"yellow", YELLOW}, {"orange", YELLOW}, {"red", RED}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (view_is(door, "colour", rows[i].word))
            return rows[i].colour;
    return BOLD;
}

static const char *reason_key(const json_t *door)
{
    const char *key = cli_str(json_object_get(door, "reason"), "key");

    return !strncmp(key, "door.", 5) && text_known(key) ? key : NULL;
}

/* ---- what it is ----------------------------------------------------------------------------- */

static void title(struct screen *s, const json_t *door)
{
    char *name = view_safe(cli_str(door, "name"), NAME_COLUMNS);
    struct buf line;

    buf_init(&line, VIEW_LINE);
    screen_format(&line, "doors.title", view_word("doors.colour", cli_str(door, "colour"), "?"),
                  view_word("doors.kind", cli_str(door, "kind"), text("doors.kind.unknown")), name && *name ? name : "?");
    screen_line(s, PLAIN, "");
    screen_paint(s, door_colour(door));
    screen_wrap(s, 0, line.data ? line.data : "");
    screen_paint(s, PLAIN);
    buf_fini(&line);
    free(name);
}

static void product_row(struct screen *s, const json_t *door)
{
    const char *product = *cli_str(door, "product_name") ? cli_str(door, "product_name") : cli_str(door, "product");
    const char *model = cli_str(door, "model");
    struct buf line;

    if (view_is(door, "kind", "ssh"))
        return;
    if (view_is(door, "kind", "listener")) {
        screen_row(s, text("doors.row.service"), VIEW_LABEL, view_word("doors.service", product, text("doors.service.other")));
        return;
    }
    buf_init(&line, VIEW_LINE);
    if (*product)
        buf_addf(&line, "%.1000s%s%.1000s", product, *model ? " " : "", model);
    safe_row(s, text("doors.row.product"), line.len ? line.data : text("doors.product.none"), WORDS_COLUMNS);
    buf_fini(&line);
}

/* The version and where it is known from; an old statement of a person stands out. */
static void version_row(struct screen *s, const json_t *door)
{
    const json_t *stated = json_object_get(door, "stated");
    bool person = view_is(door, "version_from", "person") && json_is_object(stated);
    bool stale = person && json_is_true(json_object_get(stated, "stale"));
    const char *from = view_word("doors.from", cli_str(door, "version_from"), text("doors.from.none"));
    char *version = view_safe(cli_str(door, "version"), NAME_COLUMNS), *who = cli_who(cli_str(stated, "by")), days[32];
    char *by = view_safe(who ? who : "?", NAME_COLUMNS);

    if (version && *version) {
        screen_paint(s, stale ? YELLOW : PLAIN);
        view_grouped(cli_int(stated, "age_days"), days);
        view_row(s, text("doors.row.version"), stale ? "doors.version.stale" : person ? "doors.version.person" : "doors.version.from",
                 version, person ? by : from, days);
        screen_paint(s, PLAIN);
    } else if (view_is(door, "kind", "gateway") || view_is(door, "kind", "program")) {
        screen_row(s, text("doors.row.version"), VIEW_LABEL, text("doors.version.none"));
    }
    free(version);
    free(who);
    free(by);
}

/* ---- how it stands ------------------------------------------------------------------------------ */

static void verdict_row(struct screen *s, const json_t *door)
{
    const char *verdict = view_word("doors.verdict", cli_str(door, "verdict"), text("doors.verdict.unknown"));
    const char *key = reason_key(door);
    struct buf reason;

    buf_init(&reason, VIEW_LINE);
    if (key)
        view_told(&reason, key, json_object_get(json_object_get(door, "reason"), "args"));
    if (key)
        view_row(s, text("doors.row.verdict"), "doors.verdict.line", verdict, reason.data ? reason.data : "", NULL);
    else
        screen_row(s, text("doors.row.verdict"), VIEW_LABEL, verdict);
    if (!key)
        safe_row(s, text("doors.row.evidence"), cli_str(door, "evidence"), WORDS_COLUMNS);
    buf_fini(&reason);
}

static void due_row(struct screen *s, const json_t *door)
{
    char *due = view_safe(cli_str(door, "due"), NAME_COLUMNS), *released = view_safe(cli_str(door, "released"), NAME_COLUMNS);
    bool known;
    json_int_t left = door_days_left(door, &known);
    char days[32];
    struct buf line;

    buf_init(&line, VIEW_LINE);
    if (due && *due && known && left > -1000000)
        screen_format(&line, left < 0 ? "doors.due.over" : "doors.due.left", due, view_grouped(left < 0 ? -left : left, days), NULL);
    else if (due && *due)
        buf_adds(&line, due);
    if (line.len && released && *released)
        view_row(s, text("doors.row.due"), "doors.due.released", line.data, released, NULL);
    else if (line.len)
        screen_row(s, text("doors.row.due"), VIEW_LABEL, line.data);
    buf_fini(&line);
    free(due);
    free(released);
}

/* Most are known by an English title only; a reader of Japanese is told so. */
static void advisory_title(struct screen *s, const char *japanese, const char *english)
{
    char *said;

    if ((text_current() == TEXT_JA && *japanese) || !*english) {
        safe_row(s, "", japanese, WORDS_COLUMNS);
        return;
    }
    said = view_safe(english, WORDS_COLUMNS);
    view_row(s, "", "doors.advisory.english", said ? said : "?", NULL, NULL);
    free(said);
}

static void advisory_rows(struct screen *s, const json_t *a, const char *label)
{
    char *cve = view_safe(cli_str(a, "cve"), NAME_COLUMNS), *cvss = view_safe(cli_str(a, "cvss"), NAME_COLUMNS);
    char *fixed = view_safe(cli_str(a, "fixed"), WORDS_COLUMNS);
    bool kev = json_is_true(json_object_get(a, "kev"));

    view_row(s, label, cvss && *cvss ? "doors.advisory.cvss" : "doors.advisory", cve && *cve ? cve : "?",
             view_word("doors.severity", cli_str(a, "severity"), text("doors.severity.unknown")), cvss);
    if (kev) {
        screen_paint(s, RED);
        screen_row(s, "", VIEW_LABEL, text("doors.advisory.kev"));
        screen_paint(s, PLAIN);
    }
    advisory_title(s, cli_str(a, "title_ja"), cli_str(a, "title_en"));
    if (fixed && *fixed)
        view_row(s, "", "doors.advisory.fixed", fixed, NULL, NULL);
    else
        screen_row(s, "", VIEW_LABEL, text("doors.advisory.unfixed"));
    free(cve);
    free(cvss);
    free(fixed);
}

static void advisories_part(struct screen *s, const json_t *door)
{
    const json_t *list = json_object_get(door, "advisories");
    size_t count = json_array_size(list), shown = count < ADVISORIES_SHOWN ? count : ADVISORIES_SHOWN;
    json_int_t told = cli_int(door, "advisories_more"), more = told > 0 && told < 1000000 ? told : 0;
    char n[32];

    for (size_t i = 0; i < shown; i++)
        advisory_rows(s, json_array_get(list, i), i ? "" : text("doors.row.advisories"));
    more += (json_int_t)(count - shown);
    if (more)
        view_row(s, shown ? "" : text("doors.row.advisories"), "doors.advisory.more", view_grouped(more, n), NULL, NULL);
}

static void mitigation_rows(struct screen *s, const json_t *door)
{
    const json_t *m = json_object_get(door, "mitigation");
    char *who, *by, day[64];

    if (!json_is_object(m))
        return;
    who = cli_who(cli_str(m, "by"));
    by = view_safe(who ? who : "?", NAME_COLUMNS);
    cli_when(cli_str(m, "at"), day, sizeof day);
    view_row(s, text("doors.row.mitigation"), "doors.mitigation.line", view_word("doors.mitigation", cli_str(m, "what"), "?"), by, day);
    safe_row(s, "", cli_str(m, "reason"), WORDS_COLUMNS);
    free(who);
    free(by);
}

/* The beginning of a fingerprint: enough to compare by eye; the JSON has it whole. */
static char *key_safe(const json_t *certificate, const char *which)
{
    char begin[KEY_DIGITS + 1];

    snprintf(begin, sizeof begin, "%s", cli_str(certificate, which));
    return view_safe(begin, KEY_DIGITS);
}

/* Who answers at the gateway's address does not hold its key. */
static void certificate_row(struct screen *s, const json_t *door)
{
    const json_t *c = json_object_get(door, "certificate");
    char *known, *seen, day[64];

    if (!*cli_str(c, "stranger_since"))
        return;
    known = key_safe(c, "known");
    seen = key_safe(c, "seen");
    cli_when(cli_str(c, "stranger_since"), day, sizeof day);
    view_row(s, text("doors.row.certificate"), *cli_str(c, "seen") ? "doors.certificate.stranger" : "doors.certificate.keyless", seen ? seen : "?", known ? known : "?", day);
    free(known);
    free(seen);
}

/* ---- what to do --------------------------------------------------------------------------------- */

/* Package managers update what they know; what was put there by hand has to be put there again. */
static const char *todo_kind(const json_t *door)
{
    return view_is(door, "kind", "program") && view_is(door, "version_from", "file") ? "file" : cli_str(door, "kind");
}

static const char *todo_text(const json_t *door)
{
    const char *key = reason_key(door), *verdict = cli_str(door, "verdict"), *said = NULL;
    char word[KEY_ROOM];

    if (key && !strncmp(key, "door.mitigated.", 15))
        return text("doors.todo.mitigated");
    if (key && !strncmp(key, "door.accepted.", 14))
        return text("doors.todo.accepted");
    if (key && strcmp(key + 5, verdict))
        said = view_word("doors.todo", key + 5, NULL);
    snprintf(word, sizeof word, "%.30s.%.30s", verdict, todo_kind(door));
    if (!said)
        said = view_word("doors.todo", word, NULL);
    return said ? said : view_word("doors.todo", verdict, text("doors.todo.unknown"));
}

static void record_row(struct screen *s, const json_t *door, enum door_rank rank)
{
    const char *key = reason_key(door), *id = cli_str(door, "id"), *seen = cli_str(json_object_get(door, "certificate"), "seen");
    bool mitigated = json_is_object(json_object_get(door, "mitigation"));
    char begin[KEY_DIGITS + 1];

    snprintf(begin, sizeof begin, "%s", *seen ? seen : "none");
    if (!door_pastable(id))
        return;
    if (mitigated && (rank == RANK_OK || rank == RANK_MINOR))
        view_row(s, text("doors.row.record"), "doors.record.withdraw", id, NULL, NULL);
    else if (key && !strcmp(key, "door.stranger") && door_pastable(begin))
        view_row(s, text("doors.row.record"), "doors.record.certificate", id, begin, NULL);
    else if (key && (!strcmp(key, "door.unknown.version") || !strcmp(key, "door.stated.stale")))
        view_row(s, text("doors.row.record"), "doors.record.version", id, NULL, NULL);
    else if ((rank == RANK_ATTACKED || rank == RANK_OVERDUE) && !mitigated)
        view_row(s, text("doors.row.record"), "doors.record.mitigation", id, NULL, NULL);
    else if (rank == RANK_EXPOSED && !mitigated)
        view_row(s, text("doors.row.record"), "doors.record.mitigation.exposed", id, NULL, NULL);
}

void view_door(struct screen *s, const json_t *door, const char *contact)
{
    enum door_rank rank = door_rank_of(door);

    title(s, door);
    product_row(s, door);
    version_row(s, door);
    verdict_row(s, door);
    due_row(s, door);
    advisories_part(s, door);
    mitigation_rows(s, door);
    certificate_row(s, door);
    if (rank == RANK_OK) {
        record_row(s, door, rank);
        return;
    }
    screen_row(s, text("doors.row.todo"), VIEW_LABEL, todo_text(door));
    if (rank != RANK_MINOR)
        screen_row(s, text("notice.call"), VIEW_LABEL, contact);
    record_row(s, door, rank);
}
