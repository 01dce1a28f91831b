/* The register of external devices on a terminal: all doors in a table, then each that needs somebody with its
 * reason, who saw it and what to do, then the computers to look at, and the sum last, where the eye is.
 * Borrows the register's JSON; what devices wrote in it goes through cli_clean(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/cli.h"
#include "console/doors.h"
#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/text.h"
#include "lib/width.h"

#define BLOCKS 20            /* doors with all their details; more are in the table only */
#define ROWS 12              /* computers of one door */
#define SHORT_ID 8           /* characters of an agent id: device verbs take that much */
#define LINE 8192
#define KEY_DIGITS 16        /* of a fingerprint: what `declare` takes */
#define DAY 10               /* characters of a date in a time */
#define SAID 4               /* args of a sentence, with one to spare */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static long long int_of(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

static void add(struct buf *line, const char *key, const char *a, const char *b, const char *c)
{
    const char *args[] = {a, b, c};

    (void)text_format(line, key, args, 3); /* a line that is too long ends early */
}

static void add_count(struct buf *line, const char *key, long long n)
{
    char count[24];

    snprintf(count, sizeof count, "%lld", n);
    add(line, key, count, "", "");
}

/* Print and free. */
static void end_line(struct buf *line)
{
    if (line->data)
        cli_clean(line->data);
    printf("%s\n", line->data ? line->data : "");
    buf_fini(line);
}

/* ---- words -------------------------------------------------------------------------- */

/* A verdict as the manual names it; in Japanese as the customer reads it. */
static const char *verdict_word(const char *verdict)
{
    char key[64];

    snprintf(key, sizeof key, "doors.verdict.%.20s", verdict);
    return text_current() == TEXT_JA && text_known(key) ? text(key) : verdict;
}

/* "unknown", or "unknown (was exposed)"; the caller frees. */
static char *verdict_of(const json_t *row, const char *last)
{
    struct buf out;

    buf_init(&out, LINE);
    if (last[0])
        add(&out, "register.was", verdict_word(text_of(row, "verdict")), verdict_word(last), "");
    else
        buf_adds(&out, verdict_word(text_of(row, "verdict")));
    return out.data;
}

static const char *why(const json_t *door)
{
    const char *words = text_of(door, text_current() == TEXT_JA ? "reason_ja" : "reason_en");

    return words[0] ? words : text_of(door, "evidence");
}

static int needs_somebody(const json_t *door)
{
    return doors_rank(text_of(door, "verdict")) > doors_rank("minor") || json_is_true(json_object_get(door, "disagree"));
}

static void add_clock(struct buf *line, long long seconds)
{
    long long off = seconds < 0 ? -seconds : seconds;
    struct buf much;

    buf_init(&much, 64);
    if (off < 2 * 3600)
        add_count(&much, "register.minutes", off / 60);
    else if (off < 2 * 86400)
        add_count(&much, "register.hours", off / 3600);
    else
        add_count(&much, "register.days", off / 86400);
    add(line, seconds < 0 ? "register.clock.behind" : "register.clock.ahead", much.data ? much.data : "?", "", "");
    buf_fini(&much);
}

/* ---- the table --------------------------------------------------------------------------- */

static void flatten(json_t *door)
{
    const json_t *devices = json_object_get(door, "devices");
    const char *product = text_of(door, "product_name"), *since = text_of(door, "since");
    char hosts[LIM_NAME + 16], day[DAY + 1];
    size_t n = json_array_size(devices) + (size_t)int_of(door, "devices_more");
    char *how = verdict_of(door, text_of(json_object_get(door, "last"), "verdict"));

    snprintf(hosts, sizeof hosts, n > 1 ? "%s +%zu" : "%s", text_of(json_array_get(devices, 0), "hostname"), n - 1);
    snprintf(day, sizeof day, "%s", since);
    json_object_set_new(door, "hosts", json_string(n ? hosts : "-"));
    json_object_set_new(door, "how", json_string(how ? how : "?"));
    json_object_set_new(door, "what", json_string(product[0] ? product : text_of(door, "product")));
    json_object_set_new(door, "day", json_string(day));
    free(how);
}

static void print_table(json_t *reg)
{
    const struct cli_column columns[] = {{text("register.col.verdict"), "how"}, {text("register.col.days"), "days_left"},
        {text("register.col.door"), "id"}, {text("register.col.product"), "what"}, {text("register.col.version"), "version"},
        {text("register.col.computer"), "hosts"}, {text("register.col.since"), "day"}, {text("register.col.checked"), "checked_at"}};
    json_t *doors = json_object_get(reg, "doors"), *one;
    struct buf line;
    size_t i;

    json_array_foreach(doors, i, one)
        flatten(one);
    if (json_array_size(doors))
        cli_table(doors, columns, sizeof columns / sizeof columns[0]);
    if (int_of(reg, "doors_more")) {
        buf_init(&line, LINE);
        add_count(&line, "register.more", int_of(reg, "doors_more"));
        end_line(&line);
    }
}

/* ---- one door ------------------------------------------------------------------------------ */

static void begin_row(struct buf *line, const char *label_key)
{
    static const char *const labels[] = {"register.row.state", "register.row.why", "register.row.weak", "register.row.record",
                                         "register.row.computer", "register.row.disagree", "register.row.do"};
    const char *label = label_key ? text(label_key) : "";
    unsigned widest = 0;

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (width_text(text(labels[i])) > widest)
            widest = width_text(text(labels[i]));
    buf_init(line, LINE);
    buf_addf(line, "   %s%s", label, label_key ? ":" : " ");
    for (unsigned w = width_text(label); w < widest + 1; w++)
        buf_adds(line, " ");
}

static void row_state(const json_t *door)
{
    char day[DAY + 1], key[64], *how = verdict_of(door, text_of(json_object_get(door, "last"), "verdict"));
    struct buf line;

    snprintf(day, sizeof day, "%s", text_of(door, "since"));
    snprintf(key, sizeof key, "doors.colour.%.20s", text_of(door, "colour"));
    begin_row(&line, "register.row.state");
    add(&line, day[0] ? "register.state.since" : "register.state", how ? how : "?", text(key), day);
    if (text_of(door, "due")[0])
        add(&line, "register.due", text_of(door, "due"), "", "");
    end_line(&line);
    free(how);
    if (why(door)[0]) {
        begin_row(&line, "register.row.why");
        buf_adds(&line, why(door));
        end_line(&line);
    }
}

static void row_weakness(const json_t *door)
{
    const json_t *list = json_object_get(door, "advisories"), *a = json_array_get(list, 0);
    const char *fixed = text_of(a, "fixed"), *cvss = text_of(a, "cvss");
    const char *args[] = {text_of(a, "cve"), text_of(a, "severity"), cvss[0] ? cvss : "-", fixed[0] ? fixed : "-"};
    long long more = (long long)json_array_size(list) - 1 + int_of(door, "advisories_more");
    struct buf line;

    if (!a)
        return;
    begin_row(&line, "register.row.weak");
    (void)text_format(&line, json_is_true(json_object_get(a, "kev")) ? "register.weak.kev" : "register.weak", args, SAID);
    if (more > 0)
        add_count(&line, "register.weak.more", more);
    end_line(&line);
}

static void row_record(const json_t *door)
{
    const json_t *m = json_object_get(door, "mitigation");
    char key[64];
    struct buf line;

    if (!json_is_object(m))
        return;
    snprintf(key, sizeof key, "doors.mitigation.%.20s", text_of(m, "what"));
    begin_row(&line, "register.row.record");
    (void)text_format(&line, "register.record", (const char *const[]){text(key), text_of(m, "by"), text_of(m, "at"), text_of(m, "reason")}, SAID);
    end_line(&line);
}

static void row_computer(const json_t *row, int first, int several)
{
    const char *version = text_of(row, "version"), *at = text_of(row, "checked_at");
    char id[SHORT_ID + 1], *how = verdict_of(row, text_of(row, "last"));
    const char *args[] = {text_of(row, "hostname"), id, how ? how : "?", at[0] ? at : "-", version};
    struct buf line;

    snprintf(id, sizeof id, "%s", text_of(row, "agent_id"));
    begin_row(&line, first ? "register.row.computer" : NULL);
    (void)text_format(&line, version[0] ? "register.computer.version" : "register.computer", args, SAID + 1);
    if (json_is_true(json_object_get(row, "stranger")))
        buf_adds(&line, text("register.computer.stranger"));
    if (json_is_false(json_object_get(row, "counts")))
        buf_adds(&line, text("register.computer.overtaken"));
    else if (json_is_false(json_object_get(row, "fresh")))
        buf_adds(&line, text("register.computer.old"));
    if (int_of(row, "clock_s")) {
        buf_adds(&line, text("register.and"));
        add_clock(&line, int_of(row, "clock_s"));
    }
    if (first && several)
        buf_adds(&line, text("register.computer.decides"));
    end_line(&line);
    free(how);
}

static void rows_computers(const json_t *door)
{
    const json_t *devices = json_object_get(door, "devices");
    size_t n = json_array_size(devices), all = n + (size_t)int_of(door, "devices_more");
    struct buf line;

    for (size_t i = 0; i < n && i < ROWS; i++)
        row_computer(json_array_get(devices, i), i == 0, all > 1);
    if (all > ROWS) {
        begin_row(&line, NULL);
        add_count(&line, "register.computer.more", (long long)(all - ROWS));
        end_line(&line);
    }
    if (json_is_true(json_object_get(door, "disagree"))) {
        begin_row(&line, "register.row.disagree");
        buf_adds(&line, text("register.disagree"));
        end_line(&line);
    }
}

/* What to do: by the reason, or by the verdict. */
static const char *todo_key(const json_t *door, char *room, size_t size)
{
    static const struct { const char *reason, *todo; } rows[] = { /* the first whose reason begins so */
        {"door.unknown.package", "package_data"}, {"door.unknown.judge", "helper"}, {"door.unknown.probe", "helper"},
        {"door.stranger", "stranger"}, {"door.accepted.", "accepted"}, {"door.unknown.", "declare"}, {"door.stated.stale", "declare"}, {"register.statement_old", "declare"},
        {"door.exposed.unknown", "firewall"}, {"door.exposed.port_mapping", "exposed.router"}, {"door.ssh.unknown", "unknown"},
        {"door.ssh.", "exposed.ssh"}, {"door.mitigated.", "mitigated"}, {"door.behind.security", "package"},
        {"register.clock_behind", "clock"}, {"register.report_old", "device"}, {"register.never", "device"}, {"register.unchecked", "device"},
        {"register.not_asked", "not_asked"}};
    const char *reason = text_of(json_object_get(door, "reason"), "key"), *todo = text_of(door, "verdict");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!strncmp(reason, rows[i].reason, strlen(rows[i].reason))) {
            todo = rows[i].todo;
            break;
        }
    if (!strcmp(todo, "due") && !strcmp(text_of(door, "kind"), "program"))
        todo = "package";
    snprintf(room, size, "register.do.%.40s", todo);
    return text_known(room) ? room : NULL; /* nothing to do: a door that is fine, of which computers disagree */
}

/* The command that goes with it, to be pasted when nothing in the door's id means something to a shell. */
static void add_command(struct buf *out, const json_t *door, long long customer)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/_-@+";
    const char *id = text_of(door, "id"), *device = text_of(door, "verdict_of");

    buf_addf(out, "mimamori-console declare %lld %s", customer, id[strspn(id, safe)] ? "DOOR" : id);
    if (strncmp(id, "gateway:", 8) && device[0])
        buf_addf(out, " --device %.8s", device);
}

static void row_todo(const json_t *door, long long customer)
{
    char room[64];
    const char *key = todo_key(door, room, sizeof room);
    char seen[KEY_DIGITS + 1];
    struct buf line, command;

    snprintf(seen, sizeof seen, "%s", text_of(json_object_get(door, "certificate"), "seen"));
    if (!seen[0])
        snprintf(seen, sizeof seen, "none");

    if (!key)
        return;
    buf_init(&command, LINE);
    add_command(&command, door, customer);
    begin_row(&line, "register.row.do");
    add(&line, key, command.data ? command.data : "", seen, "");
    end_line(&line);
    buf_fini(&command);
}

static void print_door(const json_t *door, unsigned number, long long customer)
{
    const char *id = text_of(door, "id"), *name = text_of(door, "name"), *what = text_of(door, "what");
    const char *bare = strchr(id, ':') ? strchr(id, ':') + 1 : id;
    struct buf line;

    buf_init(&line, LINE);
    buf_addf(&line, "%u. %s", number, id);
    if (name[0] && strcmp(name, bare))
        buf_addf(&line, "  %s", name);
    if (what[0])
        buf_addf(&line, "  %s", what);
    if (text_of(door, "version")[0])
        buf_addf(&line, " %s", text_of(door, "version"));
    end_line(&line);
    row_state(door);
    row_weakness(door);
    row_record(door);
    rows_computers(door);
    row_todo(door, customer);
}

static void print_attention(const json_t *reg)
{
    const json_t *doors = json_object_get(reg, "doors");
    long long customer = int_of(json_object_get(reg, "customer"), "id");
    unsigned count = 0, shown = 0;
    struct buf line;
    size_t n = json_array_size(doors);

    for (size_t i = 0; i < n; i++)
        count += (unsigned)needs_somebody(json_array_get(doors, i));
    if (!count)
        return;
    putchar('\n');
    buf_init(&line, LINE);
    add_count(&line, "register.attention", count);
    end_line(&line);
    for (size_t i = 0; i < n && shown < BLOCKS; i++)
        if (needs_somebody(json_array_get(doors, i)))
            print_door(json_array_get(doors, i), ++shown, customer);
    if (count > shown) {
        buf_init(&line, LINE);
        add_count(&line, "register.attention_more", count - shown);
        end_line(&line);
    }
}

/* ---- computers and the sum ------------------------------------------------------------------- */

/* Why a computer that has not looked for long may not have: it is gone, or it only reports. */
static const char *note_of(const json_t *device, int64_t now)
{
    int64_t reported;

    if (json_is_true(json_object_get(device, "fresh")))
        return NULL;
    if (rfc3339_parse(text_of(device, "reported_at"), &reported))
        return "register.note.never";
    return now - reported > DOORS_FRESH_S ? "register.note.old" : "register.note.stuck";
}

static int add_note(json_t *device, int64_t now)
{
    const char *key = note_of(device, now);
    char id[SHORT_ID + 1];
    struct buf note;

    buf_init(&note, LINE);
    if (key)
        buf_adds(&note, text(key));
    if (int_of(device, "clock_s")) {
        buf_adds(&note, note.len ? text("register.and") : "");
        add_clock(&note, int_of(device, "clock_s"));
    }
    snprintf(id, sizeof id, "%s", text_of(device, "device"));
    json_object_set_new(device, "short", json_string(id));
    json_object_set_new(device, "note", json_string(note.data ? note.data : ""));
    buf_fini(&note);
    return text_of(device, "note")[0] != '\0';
}

static void print_computers(const json_t *reg)
{
    const struct cli_column columns[] = {{text("register.col.computer"), "hostname"}, {text("register.col.agent"), "short"},
        {text("register.col.reported"), "reported_at"}, {text("register.col.checked"), "checked_at"}, {text("register.col.note"), "note"}};
    json_t *all = json_object_get(reg, "posture"), *list = json_array(), *one;
    char some[24], of[24];
    struct buf line;
    int64_t now = 0;
    size_t i;

    (void)rfc3339_parse(text_of(reg, "generated_at"), &now);
    json_array_foreach(all, i, one)
        if (add_note(one, now))
            json_array_append(list, one);
    if (json_array_size(list)) {
        snprintf(some, sizeof some, "%zu", json_array_size(list));
        snprintf(of, sizeof of, "%lld", int_of(json_object_get(reg, "summary"), "devices"));
        putchar('\n');
        buf_init(&line, LINE);
        add(&line, "register.computers", some, of, "");
        end_line(&line);
        cli_table(list, columns, sizeof columns / sizeof columns[0]);
    }
    json_decref(list);
}

static void print_sum(const json_t *reg)
{
    static const char *const order[] = {"overdue", "exposed", "invalid", "due", "unknown", "silent", "minor", "ok"};
    const json_t *sum = json_object_get(reg, "summary");
    char key[64], n[3][24];
    long long all = 0;
    struct buf line;

    snprintf(key, sizeof key, "register.overall.%.20s", text_of(reg, "overall"));
    snprintf(n[0], sizeof n[0], "%lld", int_of(sum, "doors"));
    buf_init(&line, LINE);
    add(&line, "register.overall", text_of(reg, "overall"), n[0], "");
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        all += int_of(sum, order[i]);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        long long count = int_of(sum, order[i]);

        if (!strcmp(order[i], "unknown"))
            count -= all - int_of(sum, "doors"); /* entries of computers that told of no door: counted with the computers */
        snprintf(n[1], sizeof n[1], "%lld", count);
        if (count > 0)
            add(&line, "register.overall.count", n[1], verdict_word(order[i]), "");
    }
    if (int_of(sum, "disagree"))
        add_count(&line, "register.overall.disagree", int_of(sum, "disagree"));
    snprintf(n[0], sizeof n[0], "%lld", int_of(sum, "devices"));
    snprintf(n[1], sizeof n[1], "%lld", int_of(sum, "devices_unseen"));
    snprintf(n[2], sizeof n[2], "%lld", int_of(sum, "devices_clock"));
    add(&line, "register.overall.devices", n[0], n[1], n[2]);
    putchar('\n');
    end_line(&line);
    printf("%s\n", text(key));
}

void cli_register(json_t *reg)
{
    char head[LIM_TITLE + 64];

    snprintf(head, sizeof head, "%.250s  %.30s", text_of(json_object_get(reg, "customer"), "name"), text_of(reg, "generated_at"));
    cli_clean(head);
    printf("%s\n", head);
    print_table(reg);
    print_attention(reg);
    print_computers(reg);
    print_sum(reg);
}
