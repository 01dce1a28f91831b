/* The register of external devices (外部接続機器台帳) of a customer.
 *
 * Devices tell what they found (docs/doors.md); doors_read.c lets in only what
 * the contract knows, doors_times.c bounds its times by our clock, doors_clock.c
 * says what of it is still true today, and doors_merge.c makes one list out of
 * all devices' reports.  Pure but for
 * doors_state.c and doors_register, which ask the store.  Everything in a
 * report is hostile: a device can harm nobody's entries but its own. */
#ifndef MM_CONSOLE_DOORS_H
#define MM_CONSOLE_DOORS_H

#include <jansson.h>
#include <stdint.h>

#include "console/console.h"

#define DOORS_FRESH_S (2 * 86400)    /* a check that is older says nothing about today */
#define DOORS_CLOCK_S 300            /* a device's clock that is wrong by more is shown; such a device refuses orders too (lib/command.c) */
#define DOORS_STATED_DAYS 30         /* a person's word about a version counts so long */

/* ---- reading a device's report (doors_read.c) ----------------------------------- */
struct doors_error { char what[160]; };   /* English: which member, and what is wrong */
/* Check {"vpn","posture"}; both outputs are new objects with every member of the contract, unknown ones dropped,
 * texts as clean UTF-8.  MM_EFORMAT, MM_ELIMIT (too many or too long) with `error`, MM_ENOMEM. */
int doors_report_read(const char *text, size_t n, json_t **vpn, json_t **posture, struct doors_error *error);

/* ---- its times (doors_times.c) ---------------------------------------------------- */
/* Bound the times of a report that was just read by our own clock: a time that lies ahead of `now` becomes the
 * moment when we first heard it, which for a time that `before` told already (the `vpn` kept of this device, "" when
 * none) is the moment of then.  Changes `vpn` (which gets a member "heard") and `posture`.  MM_ENOMEM. */
int doors_report_settle(json_t *vpn, json_t *posture, const char *before, int64_t now);
/* By how many seconds the device's clock was at least ahead when it made the report; 0 when nothing says so. */
int64_t doors_report_ahead(const json_t *vpn);

/* ---- what is still true (doors_clock.c) ------------------------------------------- */
/* How bad a verdict is, 0 for "ok"; -1 for a word that is none. */
int doors_rank(const char *verdict);
/* Bring one door of a report to today: days_left, colour, due -> overdue, a person's word that grew old; nothing
 * ever looks better than the device said.  `checked`: when, in seconds; older than DOORS_FRESH_S makes it
 * "unknown" and keeps what it was in "last". */
void doors_today(json_t *door, int64_t checked, int64_t now);
/* The texts of "reason" in both languages: "reason_ja", "reason_en", null when the catalogue has no such key. */
void doors_texts(json_t *door);
/* {"key","args":[arg]}; `arg` NULL: no argument. */
json_t *doors_reason(const char *key, const char *arg);
/* Days since the epoch of "YYYY-MM-DD" (UTC); MM_EFORMAT. */
int doors_day(const char *date, int64_t *day);

/* ---- one list of all reports (doors_merge.c, doors_one.c, doors_answer.c) -------------------------------------- */
struct doors_merge;
int doors_merge_new(struct doors_merge **out, unsigned devices, int64_t now);
void doors_merge_free(struct doors_merge *m);
/* One device, reported or not.  MM_EFORMAT (what was stored is no JSON), MM_ENOMEM. */
int doors_merge_device(struct doors_merge *m, const struct store_report *r);
/* A statement of an operator, after all devices. */
int doors_merge_statement(struct doors_merge *m, const struct store_statement *st);
/* The answer {"overall","doors","doors_more","posture","posture_more","candidates","gateways","summary"}, the worst
 * door first, at most `bytes` as text: what does not fit is counted, never silently gone.  NULL: no memory.  The
 * answer is the caller's; `m` can only be freed afterwards. */
json_t *doors_merge_end(struct doors_merge *m, size_t bytes);

/* ---- with the store (doors_state.c) ------------------------------------------------- */
#define DOORS_BYTES (6u << 20)       /* of an answer: the edge takes 8 MiB */
/* The register of a customer, complete.  MM_ENOTFOUND. */
int doors_register(struct console *c, int64_t customer, int64_t now, json_t **out);
/* What an operator says, to be told to devices. */
struct doors_act {
    int64_t customer;
    const char *device;        /* agent id, for a door that is no gateway; "" */
    const char *door;          /* "" with `gateways` */
    const char *product, *model, *version;   /* a version; `version` NULL: none */
    const char *mitigation, *reason;         /* or what was done ("none": not any more); NULL */
    const char *certificate;   /* or the key that the gateway is known by (docs/doors.md); NULL */
    const json_t *gateways;    /* or the list of gateways */
    const char *by;
};
/* Keep it, audit it, and order it from each device that it concerns, inside a transaction.  `orders`: a list of
 * {"agent_id","command_id","sequence"}.  MM_ENOTFOUND (customer, door or device), MM_EINVAL (malformed). */
int doors_act(struct console *c, const struct doors_act *a, int64_t now, json_t **orders);
/* Order again from a device what it was not told; inside a transaction.  `count`: orders made. */
int doors_catch_up(struct console *c, const char *agent_id, int64_t now, unsigned *count);

#endif
