/* Ownership: borrows the JSON, keeps one pointer into it. */
#include "agent/cli/doors_sum.h"

#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/view_parts.h"
#include "lib/limits.h"

/* An advisory of it is known to be exploited. */
static bool attacked(const json_t *door)
{
    const json_t *advisory;
    size_t i;

    json_array_foreach(json_object_get(door, "advisories"), i, advisory) {
        if (json_is_true(json_object_get(advisory, "kev")))
            return true;
    }
    return false;
}

enum door_rank door_rank_of(const json_t *door)
{
    static const struct { const char *word; enum door_rank rank; } rows[] = {
        {"ok", RANK_OK}, {"minor", RANK_MINOR}, {"due", RANK_DUE}, {"overdue", RANK_OVERDUE},
        {"exposed", RANK_EXPOSED}, {"invalid", RANK_INVALID}, {"silent", RANK_SILENT}};
    const char *verdict = cli_str(door, "verdict");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(verdict, rows[i].word))
            return rows[i].rank == RANK_OVERDUE && attacked(door) ? RANK_ATTACKED : rows[i].rank;
    return RANK_UNKNOWN;
}

void doors_sum(const json_t *doors, int64_t now, struct doors_sum *out)
{
    const json_t *list = json_object_get(doors, "doors"), *door;
    const char *checked = cli_str(doors, "checked_at");
    json_int_t days = view_days_since(checked, now);
    size_t i;

    memset(out, 0, sizeof *out);
    out->worst_rank = RANK_COUNT;
    out->never = json_is_null(json_object_get(doors, "checked_at"));
    out->strange = !json_is_array(list) || (!out->never && days < 0);
    out->old_days = days >= LIM_DOORS_OLD_S / 86400 ? days : 0;
    json_array_foreach(list, i, door) {
        enum door_rank rank = door_rank_of(door);

        out->count[rank]++;
        out->total++;
        if (rank >= out->worst_rank)
            continue;
        out->worst = door;
        out->worst_rank = rank;
    }
}

unsigned doors_open_points(const struct doors_sum *sum)
{
    return sum->total - sum->count[RANK_MINOR] - sum->count[RANK_OK];
}

bool doors_well(const json_t *doors, const struct doors_sum *sum)
{
    const char *overall = cli_str(doors, "overall");

    if (sum->strange || sum->never || sum->old_days || cli_int(doors, "lost") > 0)
        return false;
    if (strcmp(overall, "closed") && strcmp(overall, "attention"))
        return false;
    return doors_open_points(sum) == sum->count[RANK_DUE];
}

json_int_t door_days_left(const json_t *door, bool *known)
{
    const json_t *days = json_object_get(door, "days_left");

    *known = json_is_integer(days);
    return json_integer_value(days);
}
