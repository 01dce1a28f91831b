/* What the control server asks of core: the guard's last state, pages of the
 * journal, and operations that go on to the guard. */
#include <stdio.h>
#include <string.h>

#include "agent/roles/core_internal.h"
#include "agent/roles/core_round.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/text.h"

#define WHY_ROWS 100000   /* rows of one incident that are looked through */

static const struct agent_state *op_state(void *context)
{
    struct core *c = context;

    return c->have_state ? &c->state : NULL;
}

static void take(char *out, size_t room, const char *first, const char *second)
{
    snprintf(out, room, "%s", first[0] ? first : second);
}

static void op_core(void *context, struct control_core *out)
{
    struct core *c = context;
    struct uplink_status up;
    struct journal_stat st;
    uint64_t given_up = 0;

    uplink_status(c->uplink, &up);
    journal_stat(c->journal, &st);
    /* Once the guard has ended its last state is not true any more, however fresh. */
    out->state_age_ms = c->have_state && !c->stopping ? (int64_t)(uv_now(&c->loop) - c->state_at) : -1;
    out->console_configured = up.configured;
    out->console_connected = up.connected;
    out->console_contact_wall_ns = up.contact_wall_ns;
    out->console_queue = st.last - st.sent;
    memcpy(out->console_error, up.error, sizeof out->console_error);
    out->certificate_until = up.certificate_until;
    out->journal_first = st.first;
    out->journal_last = st.last;
    out->journal_sent = st.sent;
    out->journal_error = recorder_error(c->recorder, &given_up);
    if (out->journal_error == MM_OK && st.is_volatile)
        out->journal_error = MM_EDENIED; /* kept in memory only: the state directory cannot be used */
    out->journal_lost = st.lost + given_up;
    out->journal_bytes = st.bytes;
    out->journal_limit = st.limit;
    memcpy(out->agent_id, up.agent_id, sizeof out->agent_id);
    memcpy(out->customer, up.customer, sizeof out->customer);
    take(out->provider, sizeof out->provider, c->config->provider, "");
    take(out->phone, sizeof out->phone, c->config->phone, up.phone);
    out->tampered_wall_ns = c->tampered_wall_ns;
    out->self_bad = c->self.bad;
    register_status(c, &out->doors);
    core_updates_status(c, &out->updates);
    out->incident = c->incident;
    if (!c->state.incident[0])
        memset(&out->incident, 0, sizeof out->incident); /* none is open */
}

/* ---- events -------------------------------------------------------------------------- */

struct emit { control_emit fn; void *page; };

static int emit_row(void *context, const struct journal_row *row)
{
    struct emit *e = context;

    return e->fn(e->page, row->seq, row->body, row->body_len);
}

static int page_result(int rc)
{
    return rc == MM_ELIMIT ? MM_OK : rc;
}

static int op_events(void *context, const struct control_query *q, control_emit emit, void *page)
{
    struct core *c = context;
    struct emit e = {emit, page};

    if (q->newest)
        return page_result(journal_tail(c->journal, q->severity, q->limit, emit_row, &e));
    return page_result(journal_page(c->journal, q->after, q->severity, q->limit, emit_row, &e));
}

/* To what an id or prefix belongs: one incident, or one lone event. */
struct owner { const char *prefix; char incident[LIM_ID], uid[LIM_ID]; };

static bool begins(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static int find_owner(void *context, const struct journal_row *row)
{
    struct owner *o = context;

    if (o->incident[0] || o->uid[0]) {
        if (row->incident[0] ? strcmp(row->incident, o->incident) != 0 : strcmp(row->uid, o->uid) != 0)
            return MM_EEXIST;
        return MM_OK;
    }
    if (row->incident[0])
        memcpy(o->incident, row->incident, sizeof o->incident);
    else if (begins(row->uid, o->prefix))
        memcpy(o->uid, row->uid, sizeof o->uid);
    return MM_OK;
}

static int op_why(void *context, const char *id, char incident[LIM_ID], control_emit emit, void *page)
{
    struct core *c = context;
    struct owner owner = {.prefix = id};
    struct emit e = {emit, page};
    int rc = journal_find(c->journal, id, WHY_ROWS, find_owner, &owner);

    if (rc)
        return rc;
    memcpy(incident, owner.incident, LIM_ID);
    if (!emit)
        return MM_OK;
    return page_result(journal_find(c->journal, owner.incident[0] ? owner.incident : owner.uid, WHY_ROWS, emit_row, &e));
}

/* ---- operations ------------------------------------------------------------------------- */

static int op_act(void *context, const struct op_local *op, int client_fd, uint64_t ticket)
{
    struct core *c = context;
    unsigned i = 0;
    int rc;

    if (c->stopping || c->silent)
        return MM_ECLOSED;
    while (i < CORE_TICKETS && c->ticket[i].id)
        i++;
    if (i == CORE_TICKETS)
        return MM_EAGAIN;
    rc = frame_send(c->sock, OP_LOCAL, ++c->last_id, op, sizeof *op, &client_fd, 1);
    if (rc == MM_OK) {
        c->ticket[i].id = c->last_id;
        c->ticket[i].ticket = ticket;
    }
    return rc;
}

bool core_control_result(struct core *c, uint64_t id, const struct op_result *r)
{
    for (unsigned i = 0; i < CORE_TICKETS; i++) {
        if (c->ticket[i].id != id)
            continue;
        c->ticket[i].id = 0;
        control_server_result(c->server, c->ticket[i].ticket, r);
        return true;
    }
    return false;
}

static int op_doors(void *context, bool posture, struct buf *json)
{
    return register_json(context, posture, json);
}

static int op_check(void *context)
{
    core_self_look(context);
    return round_now(context, false);
}

static int op_declare(void *context, const struct control_statement *st, uint32_t uid)
{
    log_info("uid %u states about %s", uid, st->id);
    return register_declare(context, st);
}

static int op_leaving(void *context, bool permitted, uint32_t uid)
{
    /* nobody takes the guard away from a computer that is closed or holds programs: said or not, it is no removal */
    const char *key = permitted ? "did.guard.remove" : "did.guard.remove.forced";
    struct core *c = context;
    struct event e = {.kind = EV_LIFECYCLE, .activity = ACT_REMOVE, .severity = permitted ? SEV_INFO : SEV_HIGH, .outcome = OUTCOME_SUCCESS};

    if (c->have_state && (c->state.quarantined || c->state.frozen_trees))
        return MM_ESTATE;
    snprintf(e.subject, sizeof e.subject, "agent");
    snprintf(e.actor, sizeof e.actor, "uid %u", (unsigned)uid);
    snprintf(e.title_ja, sizeof e.title_ja, "%s", text_in(key, TEXT_JA));
    snprintf(e.title_en, sizeof e.title_en, "%s", text_in(key, TEXT_EN));
    snprintf(e.detail, sizeof e.detail, "the agent is being removed by uid %u, %s", (unsigned)uid, permitted ? "with a code of the console" : "without a code of the console");
    recorder_add(c->recorder, &e, 0);
    c->parted = true; /* no heartbeat takes it back */
    c->parted_at = uv_now(&c->loop);
    log_warn("%s", e.detail);
    return recorder_flush(c->recorder) ? MM_OK : MM_EIO;
}

void core_control_init(struct core *c)
{
    c->ops = (struct control_ops){.context = c, .state = op_state, .core = op_core, .events = op_events, .why = op_why,
                                  .act = op_act, .doors = op_doors, .check = op_check, .declare = op_declare, .leaving = op_leaving};
}
