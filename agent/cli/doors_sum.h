/* What the register of doors comes to: counts, the worst door, and whether all is well.  Pure. */
#ifndef MM_AGENT_CLI_DOORS_SUM_H
#define MM_AGENT_CLI_DOORS_SUM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The worst first; a word that is not known counts as unknown, never as well. */
enum door_rank {
    RANK_ATTACKED = 0,  /* overdue, and the weakness is already used in attacks */
    RANK_EXPOSED, RANK_OVERDUE, RANK_INVALID, RANK_DUE, RANK_UNKNOWN, RANK_SILENT, RANK_MINOR, RANK_OK, RANK_COUNT
};

struct doors_sum {
    unsigned count[RANK_COUNT], total;
    const json_t *worst;         /* borrowed; NULL: there is no door */
    enum door_rank worst_rank;
    bool strange;                /* the result is not what it should be */
    bool never;                  /* no round was ever finished */
    json_int_t old_days;         /* days since the newest round when that is too long; else 0 */
};

enum door_rank door_rank_of(const json_t *door);
/* `now`: seconds since the epoch. */
void doors_sum(const json_t *doors, int64_t now, struct doors_sum *out);
/* Doors that need somebody's hand or look: everything but ok and minor. */
unsigned doors_open_points(const struct doors_sum *sum);
/* Nothing is overdue, exposed, invalid or unknown, and the newest round is not too old. */
bool doors_well(const json_t *doors, const struct doors_sum *sum);
/* Days by which a door is overdue, or left (negative: overdue); *known false: not told. */
json_int_t door_days_left(const json_t *door, bool *known);

#endif
