/* Events into the journal, by the rules of durability.
 *
 * High and critical: mapped, appended, committed with an fsync, and only then
 * acknowledged, shown and sent.  The rest collects for JOURNAL_GROUP_MS.  When
 * the journal cannot be written, high and critical events (and those that
 * somebody waits for) stay in a bounded queue in memory and are tried again;
 * what is lost is counted and, once writing works, told as an event.
 * Owns the queue, the pending acknowledgements and the timer; not the journal.
 * Loop thread only. */
#ifndef MM_AGENT_REPORT_RECORDER_H
#define MM_AGENT_REPORT_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/report/journal.h"
#include "agent/report/ocsf.h"

struct uv_loop_s;
struct recorder;

struct recorder_hooks {
    void *context;
    void (*stored)(void *context, uint64_t id);                       /* durable: the sender may forget it */
    void (*row)(void *context, const struct journal_row *row);        /* each durable row, in order */
    void (*committed)(void *context, bool urgent);                    /* rows may be sent */
};

struct recorder_options {
    struct uv_loop_s *loop;
    struct journal *journal;
    const struct ocsf_host *host;         /* agent_id may change later */
    const struct recorder_hooks *hooks;   /* both live as long as the recorder */
};

/* Begin; nothing is written yet.  MM_ENOMEM. */
int recorder_new(struct recorder **out, const struct recorder_options *o);
/* Drop what still waits (recorder_flush first); memory is freed by the loop's next turn.  NULL is fine. */
void recorder_free(struct recorder *r);
/* Record `e` (missing uid and times are filled in).  `id`: tell hooks->stored when it is durable; 0: nobody waits. */
void recorder_add(struct recorder *r, const struct event *e, uint64_t id);
/* The same for EV_VULNERABILITY and EV_INVENTORY with what was found; both are copied where they must wait, the
 * caller may free them at once.  SEV_UNKNOWN: the verdict says how grave it is (finding_severity). */
void recorder_add_finding(struct recorder *r, const struct event *e, const struct event_finding *finding);
/* Until the end of the group events wait for each other, grave ones too: one fsync for all of them.  recorder_end commits;
 * false: none of the group is in the journal, nor kept or counted as lost: tell them one by one. */
void recorder_begin(struct recorder *r);
bool recorder_end(struct recorder *r);
/* Commit now what waits; true when nothing waits any more. */
bool recorder_flush(struct recorder *r);
/* MM_OK, or why the journal could not be written at the last attempt; `lost` (may be NULL): events given up. */
int recorder_error(const struct recorder *r, uint64_t *lost);

#endif
