/* `mimamori vpn` for people: the worst door in one plain line, then every door
 * with its version, verdict, weaknesses and what to do, the worst first, then
 * gateways that nobody named.  Pure; whatever the register holds - wrong types,
 * escape sequences, a megabyte of text - each thing takes a bounded place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/door_view.h"
#include "agent/cli/doors_sum.h"
#include "agent/cli/view.h"
#include "agent/cli/view_parts.h"
#include "lib/text.h"

#define CANDIDATES_SHOWN 10      /* a laptop may know every hotel's VPN; the JSON has all */
#define CANDIDATE_COLUMNS 60

/* ---- the first line ------------------------------------------------------------------ */

static void line(struct screen *s, enum screen_colour colour, const char *key, const char *arg)
{
    struct buf out;

    buf_init(&out, VIEW_LINE);
    screen_format(&out, key, arg, NULL, NULL);
    screen_paint(s, colour);
    screen_wrap(s, 0, out.data ? out.data : "");
    screen_paint(s, PLAIN);
    buf_fini(&out);
}

/* "doors.head.VERDICT.KIND" where it is there, else "doors.head.VERDICT". */
static const char *head_key(const char *verdict, const json_t *door, char key[64])
{
    snprintf(key, 64, "doors.head.%s.%s", verdict, cli_str(door, "kind"));
    if (!text_known(key))
        snprintf(key, 64, "doors.head.%s", verdict);
    return key;
}

static void head_exposed(struct screen *s, const json_t *door)
{
    const char *service = view_word("doors.service", cli_str(door, "product"), NULL);
    char key[64];

    if (view_is(door, "kind", "listener"))
        line(s, RED, service ? "doors.head.exposed.listener" : "doors.head.exposed", service);
    else
        line(s, RED, head_key("exposed", door, key), NULL);
}

static void head_due(struct screen *s, const json_t *door)
{
    bool known;
    json_int_t left = door_days_left(door, &known);
    char days[32], key[64];

    if (!known || left < 0)
        line(s, YELLOW, "doors.head.due.undated", NULL);
    else if (left == 0)
        line(s, YELLOW, "doors.head.due.today", NULL);
    else
        line(s, YELLOW, head_key("due", door, key), view_grouped(left, days));
}

static void head_overdue(struct screen *s, const json_t *door)
{
    bool known;
    json_int_t left = door_days_left(door, &known);
    char days[32], key[64];

    view_grouped(left < 0 && left > -1000000 ? -left : 0, days);
    line(s, RED, head_key("overdue", door, key), known ? days : "?");
    if (door_rank_of(door) == RANK_ATTACKED)
        line(s, RED, "doors.head.attacked", NULL);
}

/* The first door of that rank, as the sum has it. */
static const json_t *first_of(const json_t *doors, enum door_rank rank)
{
    const json_t *door;
    size_t i;

    json_array_foreach(json_object_get(doors, "doors"), i, door) {
        if (door_rank_of(door) == rank)
            return door;
    }
    return NULL;
}

/* A line for each grave kind of trouble, the worst first, then how many doors there are beside. */
static void head_grave(struct screen *s, const json_t *doors, const struct doors_sum *sum)
{
    enum door_rank late = sum->count[RANK_ATTACKED] ? RANK_ATTACKED : RANK_OVERDUE;
    bool attacked = sum->count[RANK_ATTACKED] > 0;
    unsigned said = 0;
    char n[32];

    if (attacked)
        head_overdue(s, first_of(doors, late));
    if (sum->count[RANK_EXPOSED])
        head_exposed(s, first_of(doors, RANK_EXPOSED));
    if (!attacked && sum->count[RANK_OVERDUE])
        head_overdue(s, first_of(doors, late));
    if (sum->count[RANK_INVALID])
        line(s, RED, "doors.head.invalid", NULL);
    said += (attacked || sum->count[RANK_OVERDUE]) + (sum->count[RANK_EXPOSED] > 0) + (sum->count[RANK_INVALID] > 0);
    if (doors_open_points(sum) > said)
        line(s, PLAIN, "doors.head.more", view_grouped(doors_open_points(sum) - said, n));
}

static void head_open(struct screen *s, const json_t *doors, const struct doors_sum *sum)
{
    unsigned unknown = sum->count[RANK_UNKNOWN] + sum->count[RANK_SILENT];
    char n[32];

    if (sum->worst_rank < RANK_DUE) {
        head_grave(s, doors, sum);
        return;
    }
    if (sum->worst_rank == RANK_DUE)
        head_due(s, sum->worst);
    if (unknown)
        line(s, YELLOW, "doors.head.unknown", view_grouped(unknown, n));
    if (sum->count[RANK_DUE] > 1)
        line(s, PLAIN, "doors.head.more", view_grouped(sum->count[RANK_DUE] - 1, n));
}

static void head(struct screen *s, const json_t *doors, const struct doors_sum *sum)
{
    bool open = doors_open_points(sum) > 0;
    char n[32];

    if (sum->strange)
        line(s, YELLOW, "doors.head.strange", NULL);
    else if (open)
        head_open(s, doors, sum);
    if (sum->never)
        line(s, YELLOW, "doors.head.never", NULL);
    else if (sum->old_days)
        line(s, YELLOW, "doors.head.old", view_grouped(sum->old_days, n));
    else if (!sum->strange && !open && sum->total && !doors_well(doors, sum))
        line(s, YELLOW, "doors.head.strange", NULL);
    else if (!sum->strange && !open)
        line(s, sum->total ? GREEN : PLAIN,
             !sum->total ? "doors.head.none" : sum->worst_rank == RANK_OK ? "doors.head.ok" : "doors.head.minor", NULL);
}

/* ---- the rows below it -------------------------------------------------------------------- */

static void counts_row(struct screen *s, const struct doors_sum *sum)
{
    static const struct { enum door_rank rank; const char *word; } rows[] = {
        {RANK_OVERDUE, "overdue"}, {RANK_EXPOSED, "exposed"}, {RANK_INVALID, "invalid"}, {RANK_DUE, "due"},
        {RANK_UNKNOWN, "unknown"}, {RANK_SILENT, "silent"}, {RANK_MINOR, "minor"}, {RANK_OK, "ok"}};
    struct buf out;

    buf_init(&out, VIEW_LINE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned n = sum->count[rows[i].rank] + (rows[i].rank == RANK_OVERDUE ? sum->count[RANK_ATTACKED] : 0);
        char number[32];

        if (!n)
            continue;
        if (out.len)
            buf_adds(&out, text("doors.count.join"));
        screen_format(&out, "doors.count.n", view_word("doors.verdict", rows[i].word, "?"), view_grouped(n, number), NULL);
    }
    if (out.len)
        screen_row(s, text("doors.count"), VIEW_LABEL, out.data);
    buf_fini(&out);
}

static void checked_row(struct screen *s, const json_t *doors, const struct doors_sum *sum)
{
    char when[64];

    cli_when(cli_str(doors, "checked_at"), when, sizeof when);
    if (json_is_true(json_object_get(doors, "checking")))
        view_row(s, text("doors.checked"), "doors.checked.now", sum->never ? "-" : when, NULL, NULL);
    else
        screen_row(s, text("doors.checked"), VIEW_LABEL, sum->never ? text("doors.checked.never") : when);
}

static void lost_row(struct screen *s, const json_t *doors)
{
    char n[32];

    if (cli_int(doors, "lost") > 0)
        view_row(s, text("doors.lost"), "doors.lost.line", view_grouped(cli_int(doors, "lost"), n), NULL, NULL);
}

static void software_row(struct screen *s, const json_t *doors)
{
    size_t count = json_array_size(json_object_get(doors, "software"));
    char n[32];

    if (!count)
        return;
    screen_line(s, PLAIN, "");
    view_row(s, text("doors.software"), "doors.software.line", view_grouped((json_int_t)count, n), NULL, NULL);
}

/* ---- gateways that nobody named ------------------------------------------------------------- */

/* "HOST:PORT", harmless and short. */
static char *candidate_name(const json_t *candidate)
{
    char *host = view_safe(cli_str(candidate, "address"), CANDIDATE_COLUMNS);
    json_int_t port = cli_int(candidate, "port");
    struct buf out;

    buf_init(&out, VIEW_LINE);
    buf_adds(&out, host && *host ? host : "?");
    if (port > 0 && port < 65536)
        buf_addf(&out, ":%d", (int)port);
    free(host);
    return buf_take(&out);
}

static void source_line(struct screen *s, const char *source)
{
    struct buf out;

    buf_init(&out, VIEW_LINE);
    screen_format(&out, "doors.candidates.source", source, NULL, NULL);
    buf_adds(&s->out, "    ");
    screen_wrap(s, 4, out.data ? out.data : "");
    buf_fini(&out);
}

static void candidates_part(struct screen *s, const json_t *doors)
{
    const json_t *list = json_object_get(doors, "candidates"), *candidate;
    size_t count = json_array_size(list), i;
    char *first = NULL, n[32];

    if (!count)
        return;
    view_section(s, "doors.candidates");
    view_plain(s, text("doors.candidates.line"));
    json_array_foreach(list, i, candidate) {
        char *name = candidate_name(candidate), *source = view_safe(cli_str(candidate, "source"), CANDIDATE_COLUMNS);

        if (i == CANDIDATES_SHOWN) {
            free(name);
            free(source);
            break;
        }
        buf_adds(&s->out, "  - ");
        screen_wrap(s, 4, name ? name : "?");
        source_line(s, source && *source ? source : "?");
        if (!first && name && door_pastable(name))
            first = name;
        else
            free(name);
        free(source);
    }
    if (count > CANDIDATES_SHOWN)
        view_said(s, "doors.candidates.more", view_grouped((json_int_t)(count - CANDIDATES_SHOWN), n), NULL);
    view_said(s, "doors.candidates.how", first ? first : "vpn.example.co.jp:443", NULL);
    free(first);
}

/* ---- the whole -------------------------------------------------------------------------------- */

void view_doors(struct screen *s, const json_t *doors, const struct view_call *call, int64_t now)
{
    const json_t *door;
    struct doors_sum sum;
    struct buf contact;
    size_t i;

    doors_sum(doors, now, &sum);
    buf_init(&contact, VIEW_LINE);
    screen_contact(&contact, call->provider, call->phone);
    head(s, doors, &sum);
    if (doors_open_points(&sum) || sum.strange)
        screen_row(s, text("notice.call"), VIEW_LABEL, contact.data ? contact.data : "");
    counts_row(s, &sum);
    checked_row(s, doors, &sum);
    lost_row(s, doors);
    for (int rank = 0; rank < RANK_COUNT; rank++) {
        json_array_foreach(json_object_get(doors, "doors"), i, door) {
            if (door_rank_of(door) == (enum door_rank)rank)
                view_door(s, door, contact.data ? contact.data : "");
        }
    }
    candidates_part(s, doors);
    software_row(s, doors);
    buf_fini(&contact);
}
