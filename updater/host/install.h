/* Putting a release in use, and taking it back: the link, the trial, the record.
 *
 *     staged ─► folder ─► checked ─► trial written down ─► link moved ─► taken by the agent? ─► recorded
 *                                                                         └─ no: link back, told
 *
 * After a power cut anywhere the link shows the old release or the new one, and install_settle() knows which of the two it
 * is and whether the new one was ever found good. */
#ifndef MM_UPDATER_HOST_INSTALL_H
#define MM_UPDATER_HOST_INSTALL_H

#include "updater/host/run.h"

/* A content ended badly: not again in this run; `certain`: not again at all, else after some more tries. */
void install_hold_against(struct run *r, enum update_kind kind, const char *content, bool certain);
/* Put what was staged in use.  RUN_CURRENT, or RUN_REFUSED: the release before is in use, or still. */
enum run_exit install(struct run *r, const struct update_plan *plan);
/* Finish or take back the trial that a run before this one left, and leave a pack that the guard has given up. */
void install_settle(struct run *r);
/* Whether the release before can read what the one in use has written. */
bool install_before_reads_state(const struct run *r, enum update_kind kind);
/* Leave the release in use for the one before, because of `cause`, and do not take it again. */
enum run_exit install_back(struct run *r, enum update_kind kind, const char *act, const char *cause, const char *detail);
/* Remove releases and archives that nothing refers to. */
void install_tidy(struct run *r);

#endif
