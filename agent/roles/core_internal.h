/* Inside of the core role, shared by core*.c only.  One thread: the loop's. */
#ifndef MM_AGENT_ROLES_CORE_INTERNAL_H
#define MM_AGENT_ROLES_CORE_INTERNAL_H

#include <stdbool.h>
#include <uv.h>

#include "lib/agent_config.h"
#include "agent/control/server.h"
#include "agent/detect/doors.h"
#include "agent/detect/basics.h"
#include "agent/messages.h"
#include "agent/report/journal.h"
#include "agent/report/ocsf.h"
#include "agent/report/recorder.h"
#include "agent/report/uplink.h"
#include "agent/roles/core_self.h"
#include "agent/roles/core_updates.h"
#include "lib/os/frame.h"

#define CORE_TICKETS LIM_CONTROL_CLIENTS
#define CORE_UNSENT 2048   /* acknowledgements that the guard's socket did not take; more are asked for again by the guard */

struct core {
    const struct agent_config *config;
    const char *config_path;         /* NULL: none */
    int sock;
    uv_loop_t loop;
    uv_poll_t poll;
    uv_timer_t tick, farewell;
    uint64_t moment_at;            /* of the loop's clock: the guard was silent for a moment last; 0: never */
    bool polling, stopping, orderly, silent, alarmed; /* silent: the guard, for a second; alarmed: and for so long that it was told */
    bool parted;                 /* the console was told that this agent is removed or switched off, and hears no heartbeat after it */
    uint64_t parted_at;          /* uv_now; an agent that is still there after PARTED_MS tells so */
    uint32_t stop_reason;        /* enum stop_reason, of an orderly end */
    bool begun;                      /* the guard beats: its start, with a walk over all folders, is behind it */
    bool replaced;                   /* the journal was damaged and begun anew */
    char dir[LIM_PATH];              /* STATE/core */
    struct ocsf_host host;
    struct journal *journal;
    struct recorder *recorder;
    struct recorder_hooks recorder_hooks;
    struct uplink *uplink;
    struct uplink_hooks uplink_hooks;
    struct control_listener listener;
    bool listening;
    struct control_server *server;
    struct control_ops ops;
    int64_t group;
    uint64_t unsent[CORE_UNSENT];
    unsigned nunsent;
    struct op_console addresses;
    bool addresses_unsent;
    struct agent_state state;
    bool have_state, beat_wanted;
    uint64_t state_at, heard_at, ticked_at, beat_at; /* uv_now */
    unsigned ticks;
    struct control_incident incident; /* the newest one */
    int64_t tampered_wall_ns;        /* 0: nothing known */
    uint64_t last_id;                /* of our OP_* frames */
    struct core_updates updates;
    struct core_self self;
    struct round *round;             /* core_round.h */
    struct doors doors;              /* the register in force */
    struct basics posture;
    char policy_gateway[LIM_GATEWAYS][LIM_NAME]; /* named by the console's signed policy, which the guard verified */
    unsigned policy_gateways;
    struct { uint64_t id, ticket; } ticket[CORE_TICKETS];
    struct frame frame;
};

/* core_control.c: what the control server asks us; fills c->ops. */
void core_control_init(struct core *c);
/* CORE_RESULT of a local operation; false when it is none. */
bool core_control_result(struct core *c, uint64_t id, const struct op_result *r);
/* core_incident.c: keep the newest incident in plain words; `json` is one OCSF event. */
void core_incident_learn(struct control_incident *i, const char *json, size_t n);
/* When a part of the agent was last ended or stopped by somebody: a lifecycle event of high severity of no attack. */
void core_tamper_learn(int64_t *at_wall_ns, const struct journal_row *row);

#endif
