/* The guard's link to core: events out until they are durable, operations in.
 *
 * Owns the queue of events that core has not stored yet: an event leaves it
 * only by CORE_STORED, so a core that crashes loses nothing; when the queue is
 * full the least severe goes and is counted.  What core asks for is the short
 * list of OP_*; signed commands are verified here, by the guard itself. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/roles/guard.h"
#include "agent/roles/guard_internal.h"
#include "agent/roles/start.h"
#include "lib/crypto.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/peer.h"

#define RESEND_NS 3000000000LL
#define STUCK_NS 4000000000LL /* a core that reads nothing for so long is stopped or hangs */
#define STOP_TICKS 400        /* of 10 ms: for core to be told, to write down what it has, to send it, and to end */
#define AGAIN_NS 1000000000LL /* pause before a core that died is started again */

/* ---- events ----------------------------------------------------------------------- */

struct event *guard_event_new(enum event_kind kind, enum event_activity act, enum event_severity sev)
{
    struct event *e = calloc(1, sizeof *e);

    if (!e)
        return NULL;
    e->kind = kind;
    e->activity = act;
    e->severity = sev;
    guard_now(&e->wall_ns, &e->mono_ns);
    crypto_uuid(e->uid);
    return e;
}

/* Position of the least severe waiting event, the newest of those. */
static unsigned least(const struct core_link *c)
{
    unsigned at = 0;

    for (unsigned i = 0; i < c->nwaiting; i++)
        if (c->waiting[i].event->severity <= c->waiting[at].event->severity)
            at = i;
    return at;
}

void guard_event_send(struct guard *g, struct event *e)
{
    struct core_link *c = &g->core;

    if (!e)
        return;
    pthread_mutex_lock(&c->lock);
    if (c->nwaiting == EVENTS_WAITING) {
        unsigned at = least(c);

        c->lost++;
        if (c->waiting[at].event->severity > e->severity) {
            pthread_mutex_unlock(&c->lock);
            free(e);
            return;
        }
        free(c->waiting[at].event);
        memmove(&c->waiting[at], &c->waiting[at + 1], (c->nwaiting - at - 1) * sizeof c->waiting[0]);
        c->nwaiting--;
    }
    c->waiting[c->nwaiting] = (struct waiting_event){.event = e, .id = ++c->next_id};
    if (c->sock >= 0 && frame_send(c->sock, CORE_EVENT, c->next_id, e, sizeof *e, NULL, 0) == MM_OK)
        c->waiting[c->nwaiting].sent = guard_mono();
    c->nwaiting++;
    pthread_mutex_unlock(&c->lock);
}

static void resend(struct guard *g, int64_t now)
{
    struct core_link *c = &g->core;

    pthread_mutex_lock(&c->lock);
    for (unsigned i = 0; c->sock >= 0 && i < c->nwaiting; i++) {
        struct waiting_event *w = &c->waiting[i];

        if (w->sent && now - w->sent < RESEND_NS)
            continue;
        if (frame_send(c->sock, CORE_EVENT, w->id, w->event, sizeof *w->event, NULL, 0))
            break;
        w->sent = now;
    }
    pthread_mutex_unlock(&c->lock);
}

static int on_stored(void *context, struct frame *f)
{
    struct core_link *c = &((struct guard *)context)->core;

    pthread_mutex_lock(&c->lock);
    for (unsigned i = 0; i < c->nwaiting; i++)
        if (c->waiting[i].id == f->header.id) {
            free(c->waiting[i].event);
            memmove(&c->waiting[i], &c->waiting[i + 1], (c->nwaiting - i - 1) * sizeof c->waiting[0]);
            c->nwaiting--;
            break;
        }
    pthread_mutex_unlock(&c->lock);
    return MM_OK;
}

/* ---- operations --------------------------------------------------------------------- */

void guard_core_result(struct guard *g, uint64_t id, const struct op_result *r)
{
    struct core_link *c = &g->core;

    pthread_mutex_lock(&c->lock);
    if (c->sock >= 0)
        frame_send(c->sock, CORE_RESULT, id, r, sizeof *r, NULL, 0);
    pthread_mutex_unlock(&c->lock);
}

static void refuse(struct guard *g, uint64_t id, int result, const char *message, const struct command *cmd)
{
    struct op_result r = {.result = result};

    snprintf(r.message, sizeof r.message, "%s", message);
    if (cmd) {
        memcpy(r.command, cmd->command_id, sizeof r.command);
        r.sequence = cmd->sequence;
    }
    guard_core_result(g, id, &r);
}

static int queue(struct guard *g, uint64_t id, const struct job *j, const struct command *cmd)
{
    if (jobs_put(&g->responder.jobs, j))
        refuse(g, id, MM_ELIMIT, "too many operations wait", cmd);
    return MM_OK;
}

/* The highest sequence executed, durable before the command is acted upon. */
static int keep_sequence(struct guard *g, uint64_t sequence)
{
    char path[LIM_PATH + 32], text[32];
    int n = snprintf(text, sizeof text, "%llu\n", (unsigned long long)sequence), rc;

    snprintf(path, sizeof path, "%s/guard/sequence", g->config->state);
    rc = durable_write(path, text, (size_t)n, 0600);
    if (rc == MM_OK)
        g->trust.sequence = sequence;
    return rc;
}

/* What a verified command asks for, as a job; false: nothing for the guard to do. */
static bool command_job(struct guard *g, const struct command *c, struct job *j)
{
    int i = c->incident[0] ? guard_incident_find(g, c->incident) : MM_ENOTFOUND;

    if (c->action == COMMAND_CONTAIN && c->target_device) {
        j->kind = JOB_QUARANTINE;
        j->hold = c->hold_without_console < 0 ? g->config->hold : c->hold_without_console;
        return true;
    }
    if (c->action == COMMAND_ALLOW && c->target_device) {
        j->kind = JOB_RELEASE;
        return true;
    }
    if ((c->action == COMMAND_ALLOW || c->action == COMMAND_RESTORE || c->action == COMMAND_CLOSE) && i >= 0) {
        j->kind = c->action == COMMAND_ALLOW ? JOB_ALLOW : c->action == COMMAND_CLOSE ? JOB_CLOSE : JOB_RESTORE;
        j->incident = (unsigned)i;
        return true;
    }
    return false;
}

/* Ring and removal are the guard's own parts of a policy, and a policy may hold nothing else.  True: it is answered. */
static bool policy_done(struct guard *g, uint64_t id, const struct command *c)
{
    bool more = true;
    int rc = c->action == COMMAND_POLICY ? guard_policy_take(g, c, &more) : MM_OK;

    if (rc || !more)
        refuse(g, id, rc, rc ? "it could not be kept" : "", c);
    return rc || !more;
}

/* Statements and the list of gateways are core's business: it carries them out and tells the result. */
static int pass_on(struct guard *g, uint64_t id, const struct command *c)
{
    struct core_order o = {.action = c->action == COMMAND_DECLARE ? ORDER_DECLARE : ORDER_POLICY, .sequence = c->sequence};
    int rc = MM_ECLOSED;

    if (policy_done(g, id, c))
        return MM_OK;
    memcpy(o.command, c->command_id, sizeof o.command);
    memcpy(o.by, c->by, sizeof o.by);
    memcpy(o.args, c->args, sizeof o.args);
    pthread_mutex_lock(&g->core.lock);
    if (g->core.sock >= 0)
        rc = frame_send(g->core.sock, CORE_ORDER, id, &o, sizeof o, NULL, 0);
    pthread_mutex_unlock(&g->core.lock);
    if (rc)
        refuse(g, id, rc, "core did not take it", c);
    return MM_OK;
}

static bool is_for_core(const struct command *c)
{
    return c->action == COMMAND_DECLARE || c->action == COMMAND_POLICY;
}

/* The newest command once more: a core, or guard, that ended before it had told the result. */
static bool again(const struct guard *g, const struct frame *f, struct command_check check, struct command *c)
{
    enum command_refusal why;

    if (!check.last_sequence || c->sequence != g->trust.sequence)
        return false;
    check.last_sequence--;
    return command_verify((const char *)f->payload, f->header.length, &check, c, &why) == MM_OK;
}

/* What is core's may be carried out twice; of a quarantine that is in force by this command that is the result. */
static bool done_again(struct guard *g, uint64_t id, const struct command *c)
{
    struct quarantine_order o;

    if (is_for_core(c)) {
        (void)pass_on(g, id, c);
        return true;
    }
    if (c->action != COMMAND_CONTAIN || !g->quarantine || !quarantine_active(g->quarantine, &o) || strcmp(o.command, c->command_id) != 0)
        return false;
    refuse(g, id, MM_OK, "this order is in force", c);
    return true;
}

static int on_command(void *context, struct frame *f)
{
    struct guard *g = context;
    struct command_check check = {.keys = g->trust.key, .nkeys = g->trust.n, .agent_id = g->trust.agent_id,
                                  .last_sequence = g->trust.sequence, .now = time(NULL)};
    struct job j = {.reply_id = f->header.id};
    enum command_refusal why = REFUSE_NONE;
    struct command c = {0};

    if (command_verify((const char *)f->payload, f->header.length, &check, &c, &why)) {
        struct event *e;

        if (why == REFUSE_REPLAY && again(g, f, check, &c) && done_again(g, f->header.id, &c))
            return MM_OK;
        e = guard_event_new(EV_STATE, ACT_POLICY, SEV_MEDIUM);
        log_warn("a command from the console was refused: %s", command_refusal_text(why));
        refuse(g, f->header.id, MM_EDENIED, command_refusal_text(why), &c); /* named, or it is offered for ever */
        if (e && why != REFUSE_REPLAY) {
            e->outcome = OUTCOME_FAILURE;
            snprintf(e->subject, sizeof e->subject, "%s", "command");
            snprintf(e->detail, sizeof e->detail, "%s", command_refusal_text(why));
            guard_event_send(g, e);
        } else {
            free(e);
        }
        return MM_OK;
    }
    if (keep_sequence(g, c.sequence)) {
        refuse(g, f->header.id, MM_EIO, "the sequence could not be kept: not executed", &c);
        return MM_OK;
    }
    memcpy(j.command, c.command_id, sizeof j.command);
    memcpy(j.by, c.by, sizeof j.by);
    j.sequence = c.sequence;
    if (is_for_core(&c))
        return pass_on(g, f->header.id, &c);
    if (command_job(g, &c, &j))
        return queue(g, f->header.id, &j, &c);
    refuse(g, f->header.id, c.action == COMMAND_QUERY ? MM_OK : MM_ENOTFOUND,
           c.action == COMMAND_QUERY ? "state follows" : "no such incident, or not an action of this version", &c);
    return MM_OK;
}

/* The answer comes when the scan process has judged the pack (guard_scan.c). */
static int reload(struct guard *g, uint64_t id)
{
    int rc;

    if (g->scan.reload_reply) {
        refuse(g, id, MM_EAGAIN, "rules are being read already", NULL);
        return MM_OK;
    }
    rc = guard_rules_reload(g);
    if (rc)
        refuse(g, id, rc, "the rules could not be read: see the agent's log", NULL);
    else
        g->scan.reload_reply = id;
    return MM_OK;
}

static int on_local(void *context, struct frame *f)
{
    struct guard *g = context;
    struct job j = {.reply_id = f->header.id, .hold = g->config->hold};
    struct op_local op;
    struct os_peer who;
    int i;

    memcpy(&op, f->payload, sizeof op);
    FRAME_STR(op.incident);
    FRAME_STR(op.reason);
    if (os_peer(f->fds[0], &who) ||
        !(who.uid == 0 || (g->group >= 0 && os_peer_in_group(f->fds[0], (uint32_t)g->group)))) {
        refuse(g, f->header.id, MM_EDENIED, "only root and the group of the configuration may do this", NULL);
        return MM_OK;
    }
    snprintf(j.by, sizeof j.by, "uid %u", who.uid);
    memcpy(j.reason, op.reason, sizeof j.reason);
    switch (op.op) {
    case LOCAL_QUARANTINE: j.kind = JOB_QUARANTINE; break;
    case LOCAL_RELEASE: j.kind = JOB_RELEASE; break;
    case LOCAL_ALLOW: j.kind = JOB_ALLOW; break;
    case LOCAL_RESTORE: j.kind = JOB_RESTORE; break;
    case LOCAL_CLOSE: j.kind = JOB_CLOSE; break;
    case LOCAL_RELOAD: return reload(g, f->header.id);
    default: return MM_EFORMAT;
    }
    if (j.kind == JOB_ALLOW || j.kind == JOB_RESTORE || j.kind == JOB_CLOSE) {
        i = guard_incident_find(g, op.incident);
        if (i < 0) {
            refuse(g, f->header.id, MM_ENOTFOUND, "no such incident", NULL);
            return MM_OK;
        }
        j.incident = (unsigned)i;
    }
    return queue(g, f->header.id, &j, NULL);
}

static int on_console(void *context, struct frame *f)
{
    struct guard *g = context;
    struct op_console c;

    memcpy(&c, f->payload, sizeof c);
    if (c.count > sizeof c.at / sizeof c.at[0])
        return MM_EFORMAT;
    pthread_mutex_lock(&g->core.lock);
    g->core.nconsole = c.count;
    for (unsigned i = 0; i < c.count; i++) {
        g->core.console[i] = (struct net_peer){.family = c.at[i].family, .port = c.at[i].port};
        memcpy(g->core.console[i].address, c.at[i].address, sizeof c.at[i].address);
    }
    pthread_mutex_unlock(&g->core.lock);
    return MM_OK;
}

static int on_reached(void *context, struct frame *f)
{
    struct guard *g = context;
    struct op_reached r;

    memcpy(&r, f->payload, sizeof r);
    if ((int)f->header.id == atomic_load(&g->core.reach_wanted))
        atomic_store(&g->core.reached, r.reached ? 1 : 0);
    return MM_OK;
}

int guard_core_ask_reach(struct guard *g, unsigned ms)
{
    int id = atomic_fetch_add(&g->core.reach_wanted, 1) + 1;
    int rc = MM_ESTATE;

    atomic_store(&g->core.reached, -1);
    pthread_mutex_lock(&g->core.lock);
    if (g->core.sock >= 0 && g->core.nconsole)
        rc = frame_send(g->core.sock, CORE_ASK_REACH, (uint64_t)id, &ms, sizeof ms, NULL, 0);
    pthread_mutex_unlock(&g->core.lock);
    return rc;
}

int guard_core_reached(struct guard *g, unsigned ms)
{
    struct timespec tick = {.tv_nsec = 2000000};
    int64_t until = guard_mono() + ms * 1000000LL;

    while (atomic_load(&g->core.reached) < 0 && guard_mono() < until)
        nanosleep(&tick, NULL);
    return atomic_exchange(&g->core.reached, -1);
}

static int on_helper(void *context, struct frame *f)
{
    struct op_helper op;

    memcpy(&op, f->payload, sizeof op);
    return guard_helper_ask(context, f->header.id, op.which);
}

static const struct frame_rule operations[] = {
    {CORE_STORED, 0, 0, 0, 0, on_stored},
    {OP_COMMAND, 2, LIM_COMMAND, 0, 0, on_command},
    {OP_LOCAL, sizeof(struct op_local), sizeof(struct op_local), 1, 1, on_local},
    {OP_CONSOLE, sizeof(struct op_console), sizeof(struct op_console), 0, 0, on_console},
    {OP_REACHED, sizeof(struct op_reached), sizeof(struct op_reached), 0, 0, on_reached},
    {OP_HELPER, sizeof(struct op_helper), sizeof(struct op_helper), 0, 0, on_helper},
};

/* ---- trust ---------------------------------------------------------------------------- */

static void load_keys(struct guard *g, const json_t *root)
{
    const json_t *keys = json_object_get(root, "command_keys"), *k;
    const char *agent = json_string_value(json_object_get(root, "agent_id"));
    size_t i;

    if (agent)
        snprintf(g->trust.agent_id, sizeof g->trust.agent_id, "%s", agent);
    json_array_foreach(keys, i, k) {
        const char *id = json_string_value(json_object_get(k, "keyid"));
        const char *pub = json_string_value(json_object_get(k, "public"));
        struct command_key *out = &g->trust.key[g->trust.n];
        struct buf raw;

        if (!id || !pub || g->trust.n == sizeof g->trust.key / sizeof g->trust.key[0])
            continue;
        buf_init(&raw, 64);
        if (crypto_b64_decode(pub, strlen(pub), &raw) == MM_OK && raw.len == ED25519_PUBLIC) {
            memcpy(out->pub, raw.data, ED25519_PUBLIC);
            ed25519_keyid(out->pub, out->keyid);
            g->trust.n += !strcmp(out->keyid, id);
        }
        buf_fini(&raw);
    }
}

void guard_trust_load(struct guard *g)
{
    char path[LIM_PATH + 32];
    struct buf b;
    json_t *root;

    memset(&g->trust, 0, sizeof g->trust);
    buf_init(&b, LIM_COMMAND);
    snprintf(path, sizeof path, "%s/guard/command-keys.json", g->config->state);
    if (durable_read(path, &b) == MM_OK) {
        root = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
        if (root)
            load_keys(g, root);
        json_decref(root);
    }
    buf_reset(&b);
    snprintf(path, sizeof path, "%s/guard/sequence", g->config->state);
    if (durable_read(path, &b) == MM_OK && b.len)
        g->trust.sequence = strtoull(b.data, NULL, 10);
    buf_fini(&b);
}

/* ---- life -------------------------------------------------------------------------------- */

static void drop_core(struct guard *g, const char *why)
{
    struct core_link *c = &g->core;
    struct event *e;
    int sock;

    log_error("core process (pid %d) %s; starting it again", (int)c->pid, why);
    guard_unwatch(&c->poll);
    pthread_mutex_lock(&c->lock);
    sock = c->sock;
    c->sock = -1;
    for (unsigned i = 0; i < c->nwaiting; i++)
        c->waiting[i].sent = 0;
    pthread_mutex_unlock(&c->lock);
    if (sock >= 0)
        close(sock);
    guard_end_child(&c->pid);
    c->restarts++;
    e = guard_event_new(EV_LIFECYCLE, ACT_RESTART, SEV_HIGH);
    if (e) {
        memcpy(e->subject, "core", 5);
        snprintf(e->detail, sizeof e->detail, "%s", why);
        guard_event_send(g, e);
    }
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct guard *g = handle->data;
    int rc;

    (void)events;
    rc = status < 0 ? MM_ECLOSED
                    : frame_dispatch(g->core.sock, &g->core.frame, operations,
                                     sizeof operations / sizeof operations[0], g, 64);
    if (rc)
        drop_core(g, rc == MM_ECLOSED ? "ended" : "sent a frame that makes no sense");
}

int guard_core_start(struct guard *g)
{
    struct core_link *c = &g->core;
    int fds[2], rc = frame_pair(fds);

    if (rc)
        return rc;
    rc = role_spawn("core", g->config_path, fds[1], g->restarts);
    close(fds[1]);
    if (rc < 0) {
        close(fds[0]);
        return rc;
    }
    c->pid = rc;
    c->started = c->drained = guard_mono();
    c->poll = guard_watch(g, fds[0], on_readable);
    pthread_mutex_lock(&c->lock);
    c->sock = fds[0];
    pthread_mutex_unlock(&c->lock);
    return c->poll ? MM_OK : MM_ENOMEM;
}

void guard_core_tick(struct guard *g, int64_t now)
{
    struct core_link *c = &g->core;

    if (c->sock < 0) {
        if (now - c->started > AGAIN_NS)
            guard_core_start(g);
        return;
    }
    /* What was sent a tick ago is read by now, or core is stopped. */
    if (frame_unread(c->sock) == 0)
        c->drained = now;
    if (now - c->drained > STUCK_NS) {
        drop_core(g, "does not read");
        return;
    }
    frame_send(c->sock, CORE_BEAT, 0, NULL, 0, NULL, 0);
    resend(g, now);
}

void guard_core_stop(struct guard *g)
{
    struct core_link *c = &g->core;
    struct timespec tick = {.tv_nsec = 10000000};
    uint32_t reason;
    int ticks = 0;

    guard_unwatch(&c->poll);
    if (g->why_asked)
        pthread_join(g->why, NULL);
    reason = (uint32_t)g->stop_reason;
    if (c->sock >= 0) {
        /* A core that is behind makes room first: a lost announcement would be told as tampering. */
        for (; ticks < STOP_TICKS && frame_send(c->sock, CORE_STOPPING, 0, &reason, sizeof reason, NULL, 0) == MM_EAGAIN; ticks++)
            nanosleep(&tick, NULL);
        close(c->sock);
    }
    c->sock = -1;
    for (; c->pid > 0 && ticks < STOP_TICKS; ticks++) {
        if (waitpid(c->pid, NULL, WNOHANG) == c->pid)
            c->pid = 0;
        else
            nanosleep(&tick, NULL);
    }
    guard_end_child(&c->pid);
    for (unsigned i = 0; i < c->nwaiting; i++)
        free(c->waiting[i].event);
    c->nwaiting = 0;
}
