/* Inside of the register's making: doors_merge.c collects, doors_one.c makes one door out of its checks,
 * doors_answer.c writes the list.  Nothing else includes this. */
#ifndef MM_CONSOLE_DOORS_PARTS_H
#define MM_CONSOLE_DOORS_PARTS_H

#include "console/doors.h"

#define DOORS_VERDICTS 8
#define DOORS_NOBODY UINT32_MAX       /* no computer: a gateway of the list that nobody told of */

/* How bad a verdict, or the whole register, is; the greater one wins. */
enum doors_level { DOORS_CLOSED = 0, DOORS_MINOR, DOORS_UNKNOWN, DOORS_DUE, DOORS_OPEN };

struct doors_device {
    char agent_id[LIM_ID], hostname[LIM_NAME];
    int64_t clock_s;                  /* by how much its clock is ahead; 0 when it is right enough, or not known */
    size_t posture_bytes;             /* of its posture as it was told */
};

struct doors_check {                  /* what one computer told of a door */
    json_t *door;                     /* brought to today; owned */
    uint32_t device;                  /* number, or DOORS_NOBODY */
    int64_t at;                       /* of our clock; 0: never checked */
};

struct doors_slot {                   /* one door of the register */
    struct doors_check *check;
    unsigned checks, room, best;      /* best: the one that would decide if all counted */
    json_t *said;                     /* what operators said of it */
    json_t *door;                     /* when it is finished: one of the checks', with what the others told */
    uint32_t owner;                   /* the one computer that told of it; DOORS_NOBODY: several, or none */
    enum doors_level level;
    int rank;
    int64_t days;                     /* days left; for the order */
    const char *id;
};

struct doors_merge {
    int64_t now;
    struct doors_slot *slot;
    unsigned count, room, share;
    struct doors_device *device;
    unsigned devices, devices_room;
    json_t *index;                    /* gateway id, or "AGENT id" -> number of the slot */
    json_t *posture, *candidates, *gateways;
    unsigned unseen, more[DOORS_VERDICTS], candidates_more;
    enum doors_level level;
};

/* The level of a verdict; of a word that is none: DOORS_UNKNOWN. */
enum doors_level doors_level(const char *verdict);
/* 1: who answers at the gateway's address does not hold its key, as the computer of this check sees it. */
int doors_stranger(const json_t *door);
/* What a door's computer said, brought to today: its verdict also where it is "unknown" now, being old. */
const char *doors_said(const json_t *door);

/* Add a check; takes `door`, also on failure.  MM_ENOMEM. */
int doors_slot_add(struct doors_slot *s, json_t *door, uint32_t device, int64_t at);
/* Make the door out of its checks, of which there is at least one. */
void doors_slot_finish(struct doors_slot *s, const struct doors_device *device);
/* Free what a slot holds. */
void doors_slot_fini(struct doors_slot *s);
/* When it was checked last, by anybody; 0: never. */
int64_t doors_slot_newest(const struct doors_slot *s);

#endif
