/* One run of the updater as a whole, and what its parts share. */
#ifndef MM_UPDATER_HOST_RUN_H
#define MM_UPDATER_HOST_RUN_H

#include "lib/agent_config.h"
#include "updater/host/health.h"
#include "updater/host/record.h"
#include "updater/host/relay.h"

enum run_exit {                  /* of the program; docs/update.md */
    RUN_CURRENT = 0,             /* nothing newer, or what is new is in use now */
    RUN_REFUSED = 1,             /* refused or failed; what runs goes on */
    RUN_AVAILABLE = 2,           /* check: there is something newer */
    RUN_BUSY = 3,                /* another updater is at work */
    RUN_USAGE = 64, RUN_CONFIG = 78,
};

struct run {
    const struct agent_config *config;
    const char *config_path;     /* may be NULL */
    const char *by;              /* "timer", "uid 0" */
    struct places places;
    struct store store;
    struct record record;
    unsigned left;                   /* bits of enum update_kind: not looked at again in this run */
    struct agent_health before;      /* how the agent was when a link was moved */
    char cause[LIM_TAG], detail[UPDATE_TROUBLE]; /* why a release was refused or put back in this run; "": none was */
};

/* Take the lock, read the record, finish or take back what a run before this one left on trial.  MM_EAGAIN: another updater is at work. */
int run_open(struct run *r, const struct agent_config *config, const char *config_path, const char *by);
void run_close(struct run *r);
/* Look for something newer and, unless `look_only`, put it in use.  `bundle`: path of an offline bundle, or NULL.  */
enum run_exit run_update(struct run *r, bool look_only, const char *bundle);
/* Back to the release before, of one kind. */
enum run_exit run_rollback(struct run *r, enum update_kind kind);

#endif
