/* Ownership: role_core owns everything in struct core.  Frames of the guard
 * come in at on_readable and go to the recorder (events), to memory (state) or
 * to whoever asked (results).  The end of the guard is the end of core. */
#include "agent/roles/core.h"

#include <curl/curl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/report/heartbeat.h"
#include "agent/report/host.h"
#include "agent/roles/core_internal.h"
#include "agent/roles/core_round.h"
#include "lib/os/lockdown.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/memory.h"
#include "lib/text.h"

#define PARTED_MS 120000          /* of an agent that said that it is being removed */
#define TICK_MS 250
#define SETTLE_EVERY 240 /* ticks: a minute, */
#define SETTLE_FIRST 12  /* and three seconds after the start, when the console was reached */
#define LOOK_EVERY 20    /* ticks: what the updater wrote */
#define LAST_TURNS_NS UINT64_C(500000000) /* for what is being closed */
#define TAMPER_ROWS 256      /* newest grave events read at the start: was a part of us ended? */
#define SILENCE_MS 1000      /* without a word of the guard: status says so (it sends CORE_BEAT every 250 ms) */
#define MOMENT_GAP_MS 600000 /* shorter silences are told, once in so long */
#define ALARM_MS 6000        /* an alarm: the keeper should have ended it by then, and a computer that swaps is no attack */
#define LATE_MS 500          /* our own tick was late by this: we were stopped, not the guard */
#define FAREWELL_MS 1000     /* the last events are tried to be sent for this long: the next core waits for the journal, or the console is away */
#define PARTING_MS 3000      /* that the computer goes down, or its agent: a busy disk writes it first, and a console that hears nothing raises an alarm */
#define BEAT_GAP_MS 500      /* state changes are told at once, but not more often */
#define FRAMES_AT_ONCE 64
#define LISTEN_TRIES 30      /* an old core may be just ending: 3 s */
#define LISTEN_PAUSE_NS 100000000L

/* ---- to the guard ------------------------------------------------------------------ */

static int send_to_guard(struct core *c, uint16_t type, uint64_t id, const void *payload, size_t n)
{
    return c->stopping ? MM_ECLOSED : frame_send(c->sock, type, id, payload, n, NULL, 0);
}

/* What the full socket did not take, in order. */
static void send_rest(struct core *c)
{
    unsigned done = 0;

    while (done < c->nunsent && send_to_guard(c, CORE_STORED, c->unsent[done], NULL, 0) == MM_OK)
        done++;
    c->nunsent -= done;
    if (done)
        memmove(c->unsent, c->unsent + done, c->nunsent * sizeof c->unsent[0]);
    if (c->addresses_unsent && send_to_guard(c, OP_CONSOLE, 0, &c->addresses, sizeof c->addresses) == MM_OK)
        c->addresses_unsent = false;
}

static void hook_stored(void *context, uint64_t id)
{
    struct core *c = context;

    if (c->nunsent < CORE_UNSENT)
        c->unsent[c->nunsent++] = id;
    send_rest(c);
}

static void hook_row(void *context, const struct journal_row *row)
{
    struct core *c = context;

    core_incident_learn(&c->incident, row->body, row->body_len);
    core_tamper_learn(&c->tampered_wall_ns, row);
    if (c->server)
        control_server_event(c->server, row->seq, row->body, row->body_len);
}

static void hook_committed(void *context, bool urgent)
{
    struct core *c = context;

    if (c->uplink)
        uplink_rows(c->uplink, urgent);
}

static uint64_t hook_command(void *context, const char *envelope, size_t n)
{
    struct core *c = context;

    if (c->stopping || frame_send(c->sock, OP_COMMAND, ++c->last_id, envelope, n, NULL, 0) != MM_OK)
        return 0;
    return c->last_id;
}

static void hook_addresses(void *context, const struct op_console *addresses)
{
    struct core *c = context;

    c->addresses = *addresses;
    c->addresses_unsent = true;
    send_rest(c);
}

static int64_t clock_ns(clockid_t id)
{
    struct timespec t = {0};

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int hook_heartbeat(void *context, struct buf *out)
{
    struct core *c = context;
    struct journal_stat st;
    struct heartbeat h = {.state = c->have_state ? &c->state : NULL,
                          .journal = &st,
                          .journal_error = recorder_error(c->recorder, NULL),
                          .boot = c->host.boot,
                          .hostname = c->host.hostname,
                          .wall_ns = clock_ns(CLOCK_REALTIME),
                          .mono_ns = clock_ns(CLOCK_BOOTTIME),
                          .guard_silent = c->silent || c->stopping};

    if (c->parted && !c->stopping && uv_now(&c->loop) - c->parted_at > PARTED_MS)
        c->parted = false; /* the removal did not happen */
    if (c->parted)
        return MM_ESTATE;
    core_updates_beat(c, &h.updates);
    journal_stat(c->journal, &st);
    return heartbeat_make(&h, out);
}

static void hook_event(void *context, struct event *e)
{
    recorder_add(((struct core *)context)->recorder, e, 0);
}

static int hook_doors(void *context, struct buf *out)
{
    return register_report(context, out);
}

static void hook_identified(void *context, const char *agent_id)
{
    struct core *c = context;

    snprintf(c->host.agent_id, sizeof c->host.agent_id, "%s", agent_id);
    log_info("enrolled as %s", agent_id);
}

/* ---- events of our own --------------------------------------------------------------- */

static void own_event(struct core *c, enum event_activity activity, enum event_severity severity, const char *subject,
                      const char *ja, const char *en)
{
    struct event e = {.kind = EV_LIFECYCLE, .activity = activity, .severity = severity};

    snprintf(e.subject, sizeof e.subject, "%s", subject);
    snprintf(e.title_ja, sizeof e.title_ja, "%s", ja);
    snprintf(e.title_en, sizeof e.title_en, "%s", en);
    recorder_add(c->recorder, &e, 0);
}

/* ---- from the guard -------------------------------------------------------------------- */

static void end_strings(struct event *e)
{
    FRAME_STR(e->uid);
    FRAME_STR(e->incident);
    FRAME_STR(e->command);
    FRAME_STR(e->rule);
    FRAME_STR(e->title_ja);
    FRAME_STR(e->title_en);
    FRAME_STR(e->attack);
    FRAME_STR(e->response);
    FRAME_STR(e->reference);
    FRAME_STR(e->actor);
    FRAME_STR(e->detail);
    FRAME_STR(e->path);
    FRAME_STR(e->process.name);
    FRAME_STR(e->process.path);
    FRAME_STR(e->process.cmdline);
    FRAME_STR(e->process.parent_name);
    FRAME_STR(e->process.user);
    FRAME_STR(e->subject);
    FRAME_STR(e->old_state);
    FRAME_STR(e->new_state);
}

static int on_event(void *context, struct frame *f)
{
    struct core *c = context;
    struct event *e = (struct event *)(void *)f->payload;

    end_strings(e);
    recorder_add(c->recorder, e, f->header.id);
    return MM_OK;
}

static void state_strings(struct agent_state *s)
{
    FRAME_STR(s->rules_version);
    FRAME_STR(s->ring);
    for (unsigned i = 0; i < STATE_RULES_LEFT; i++)
        FRAME_STR(s->rules_left[i]);
    FRAME_STR(s->incident);
    FRAME_STR(s->quarantine_since);
    FRAME_STR(s->quarantine_by);
    for (unsigned i = 0; i < SENSOR_COUNT; i++) {
        FRAME_STR(s->sensor[i].method);
        FRAME_STR(s->sensor[i].reason);
    }
    for (unsigned i = 0; i < sizeof s->folder / sizeof s->folder[0]; i++) {
        FRAME_STR(s->folder[i].path);
        FRAME_STR(s->folder[i].method);
        FRAME_STR(s->folder[i].reason);
    }
    if (s->folders > sizeof s->folder / sizeof s->folder[0])
        s->folders = sizeof s->folder / sizeof s->folder[0];
}

static int learn_row(void *context, const struct journal_row *row)
{
    core_incident_learn(context, row->body, row->body_len);
    return 0;
}

static int learn_tamper(void *context, const struct journal_row *row)
{
    core_tamper_learn(context, row);
    return 0;
}

static int on_state(void *context, struct frame *f)
{
    struct core *c = context;
    struct agent_state *s = (struct agent_state *)(void *)f->payload;

    state_strings(s);
    if (!c->have_state || heartbeat_differs(&c->state, s))
        c->beat_wanted = true;
    c->state = *s;
    c->have_state = true;
    c->state_at = uv_now(&c->loop);
    /* A new core learns the open incident from the journal. */
    if (s->incident[0] && strcmp(c->incident.id, s->incident) != 0)
        (void)journal_find(c->journal, s->incident, 1000, learn_row, &c->incident);
    uplink_quarantined(c->uplink, s->quarantined != 0);
    return MM_OK;
}

static int on_result(void *context, struct frame *f)
{
    struct core *c = context;
    struct op_result r;

    memcpy(&r, f->payload, sizeof r);
    FRAME_STR(r.message);
    FRAME_STR(r.command);
    if (!core_control_result(c, f->header.id, &r))
        (void)uplink_result(c->uplink, f->header.id, &r);
    return MM_OK;
}

static int on_beat(void *context, struct frame *f)
{
    ((struct core *)context)->begun = true;
    (void)f;
    return MM_OK;
}

static void reached(void *context, uint64_t id, int yes)
{
    const struct op_reached r = {.reached = yes > 0};

    (void)send_to_guard(context, OP_REACHED, id, &r, sizeof r); /* lost: the guard's time box ends */
}

static int on_ask_reach(void *context, struct frame *f)
{
    struct core *c = context;
    uint32_t ms;

    memcpy(&ms, f->payload, sizeof ms);
    uplink_reach(c->uplink, ms < 60000 ? ms : 60000, reached, c, f->header.id);
    return MM_OK;
}

static int on_order(void *context, struct frame *f)
{
    struct core_order *o = (struct core_order *)(void *)f->payload;

    struct op_result r = {.sequence = o->sequence};
    struct core *c = context;

    FRAME_STR(o->by);
    FRAME_STR(o->args);
    FRAME_STR(o->command);
    memcpy(r.command, o->command, sizeof r.command);
    r.result = register_order(c, o);
    snprintf(r.message, sizeof r.message, "%s", r.result == MM_ENOTFOUND ? "no such door on this computer" : r.result == MM_EINVAL ?
             "not a statement about this kind of door" : r.result == MM_ESTATE ? "the key that was shown to this computer begins otherwise" : r.result ? mm_strerror(r.result) : "");
    (void)uplink_result(c->uplink, f->header.id, &r);
    return MM_OK;
}

static int on_helper(void *context, struct frame *f)
{
    return round_helper(context, f);
}

static int on_stopping(void *context, struct frame *f)
{
    struct core *c = context;

    memcpy(&c->stop_reason, f->payload, sizeof c->stop_reason);
    c->orderly = true;
    return MM_OK;
}

static const struct frame_rule rules[] = {
    {CORE_EVENT, sizeof(struct event), sizeof(struct event), 0, 0, on_event},
    {CORE_STATE, sizeof(struct agent_state), sizeof(struct agent_state), 0, 0, on_state},
    {CORE_RESULT, sizeof(struct op_result), sizeof(struct op_result), 0, 0, on_result},
    {CORE_BEAT, 0, 0, 0, 0, on_beat},
    {CORE_ASK_REACH, sizeof(uint32_t), sizeof(struct core_ask_reach), 0, 0, on_ask_reach},
    {CORE_STOPPING, sizeof(uint32_t), sizeof(uint32_t), 0, 0, on_stopping},
    {CORE_ORDER, sizeof(struct core_order), sizeof(struct core_order), 0, 0, on_order},
    {CORE_HELPER, sizeof(struct core_helper), sizeof(struct core_helper), 0, 1, on_helper},
};

/* ---- the end ------------------------------------------------------------------------------ */

static void on_farewell(uv_timer_t *timer)
{
    struct core *c = timer->data;
    struct uplink_status up;
    struct journal_stat st;
    bool safe = recorder_flush(c->recorder);
    uint64_t limit;

    journal_stat(c->journal, &st);
    uplink_status(c->uplink, &up);
    limit = c->parted && up.connected ? PARTING_MS : FAREWELL_MS;
    if ((safe && (!up.enrolled || st.sent >= st.committed)) || uv_now(&c->loop) - c->heard_at >= limit)
        uv_stop(&c->loop);
}

/* Why, so that the console can tell a computer that was switched off from one that has fallen silent. */
static void tell_stop(struct core *c)
{
    static const struct { const char *word, *key; enum event_severity severity; } rows[] = {
        [STOP_ASKED] = {"asked", "did.guard.stop", SEV_MEDIUM},
        [STOP_SHUTDOWN] = {"shutdown", "did.guard.stop.shutdown", SEV_INFO},
        [STOP_REBOOT] = {"reboot", "did.guard.stop.reboot", SEV_INFO},
        [STOP_RENEWAL] = {"update", "did.guard.stop.update", SEV_INFO}};
    unsigned i = c->stop_reason < sizeof rows / sizeof rows[0] ? c->stop_reason : STOP_ASKED;
    struct event e = {.kind = EV_LIFECYCLE, .activity = ACT_STOP};

    if ((i == STOP_SHUTDOWN || i == STOP_REBOOT) && !core_self_starts_again(c))
        i = STOP_ASKED; /* a computer that comes back without its guard is not one that is merely off */
    e.severity = rows[i].severity;
    snprintf(e.subject, sizeof e.subject, "guard");
    snprintf(e.new_state, sizeof e.new_state, "%s", rows[i].word);
    snprintf(e.title_ja, sizeof e.title_ja, "%s", text_in(rows[i].key, TEXT_JA));
    snprintf(e.title_en, sizeof e.title_en, "%s", text_in(rows[i].key, TEXT_EN));
    recorder_add(c->recorder, &e, 0);
    c->parted |= i == STOP_SHUTDOWN || i == STOP_REBOOT;
}

static void guard_ended(struct core *c)
{
    if (c->stopping)
        return;
    uv_poll_stop(&c->poll);
    if (c->server)
        control_server_fail(c->server, MM_ECLOSED);
    if (c->orderly)
        tell_stop(c);
    else
        own_event(c, ACT_TAMPER, SEV_CRITICAL, "guard", "見守りの中心プログラムが突然終了しました",
                  "The guard ended without announcing it");
    c->stopping = true;
    c->heard_at = uv_now(&c->loop);
    if (!c->orderly)
        log_error("the guard ended without announcing it");
    (void)recorder_flush(c->recorder);
    uplink_rows(c->uplink, true);
    uv_timer_start(&c->farewell, on_farewell, 20, 20);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct core *c = poll->data;
    bool broken = status < 0; /* reset: the loop does not call again, what the guard had said is read now */
    int rc = frame_dispatch(c->sock, &c->frame, rules, sizeof rules / sizeof rules[0], c, broken ? UINT_MAX : FRAMES_AT_ONCE);

    (void)events;
    if (broken && rc == MM_OK)
        rc = MM_ECLOSED;
    c->heard_at = uv_now(&c->loop);
    send_rest(c);
    if (rc == MM_OK)
        return;
    if (rc != MM_ECLOSED)
        log_error("the guard sent a frame that makes no sense: %s", mm_strerror(rc));
    guard_ended(c);
}

/* ---- the guard's heartbeat ------------------------------------------------------------------ */

static void on_tick(uv_timer_t *timer)
{
    struct core *c = timer->data;
    uint64_t now = uv_now(&c->loop);

    if (now - c->ticked_at > TICK_MS + LATE_MS)
        c->heard_at = now; /* we slept ourselves */
    c->ticked_at = now;
    if (c->stopping)
        return;
    if (c->ticks++ % SETTLE_EVERY == SETTLE_FIRST)
        os_memory_settle();
    if (c->ticks % LOOK_EVERY == 1) {
        core_updates_look(c);
        core_self_tick(c);
        core_clock_tick(c);
    }
    send_rest(c);
    if (c->beat_wanted && now - c->beat_at >= BEAT_GAP_MS) {
        c->beat_wanted = false;
        c->beat_at = now;
        uplink_beat_now(c->uplink);
    }
    if (c->begun && !c->silent && now - c->heard_at >= SILENCE_MS) {
        c->silent = true;
        c->beat_wanted = true;
        if (c->server)
            control_server_fail(c->server, MM_ECLOSED);
    }
    if (c->silent && !c->alarmed && now - c->heard_at >= ALARM_MS) {
        c->alarmed = true;
        own_event(c, ACT_TAMPER, SEV_CRITICAL, "guard", "見守りの中心プログラムが応答しません", "The guard does not answer");
    }
    if (c->silent && now - c->heard_at < SILENCE_MS) {
        c->silent = false;
        c->beat_wanted = true;
        if (c->alarmed)
            own_event(c, ACT_RESTART, SEV_INFO, "guard", "見守りの中心プログラムが応答を再開しました", "The guard answers again");
        else if (!c->moment_at || now - c->moment_at > MOMENT_GAP_MS)
            own_event(c, ACT_RESTART, SEV_LOW, "guard", "見守りの中心プログラムが数秒間応答しませんでした", "The guard did not answer for a few seconds");
        c->moment_at = now;
        c->alarmed = false;
    }
}

/* ---- start --------------------------------------------------------------------------------------- */

/* STATE/core belongs to core's user alone. */
static int make_dir(struct core *c)
{
    struct passwd *pw = getpwnam(c->config->core_user);
    uid_t uid = pw ? pw->pw_uid : LOCKDOWN_CORE_UID;
    gid_t gid = pw ? pw->pw_gid : LOCKDOWN_CORE_UID;
    int n = snprintf(c->dir, sizeof c->dir, "%s/core", c->config->state), rc;

    if (n < 0 || (size_t)n >= sizeof c->dir)
        return MM_ELIMIT;
    rc = durable_mkdir(c->dir, 0700);
    if (rc == MM_OK && geteuid() == 0 && chown(c->dir, uid, gid) != 0)
        rc = MM_EDENIED;
    return rc;
}

static void open_listener(struct core *c)
{
    const struct timespec pause = {.tv_nsec = LISTEN_PAUSE_NS};
    char message[512] = "";
    int rc = MM_EEXIST;

    for (int i = 0; i < LISTEN_TRIES && rc == MM_EEXIST; i++) {
        if (i)
            nanosleep(&pause, NULL);
        rc = control_listen(c->config->run, &c->listener, message, sizeof message);
    }
    c->listening = rc == MM_OK;
    if (rc)
        log_error("no control socket: %s", message);
}

/* Everything that needs root, then no root any more. */
static int give_up_power(struct core *c)
{
    struct group *gr = c->config->group[0] ? getgrnam(c->config->group) : NULL;
    struct lockdown_report report = {.filtered = 0};
    int rc = make_dir(c);

    c->group = gr ? (int64_t)gr->gr_gid : -1;
    if (rc)
        log_error("%s: %s", c->dir, mm_strerror(rc)); /* the journal will be in memory */
    open_listener(c);
    rc = lockdown_core(c->config->core_user, c->config->group, &report);
    if (rc)
        log_error("lock-down of core: %s", mm_strerror(rc));
    else if (report.left_out[0])
        log_warn("lock-down of core without: %s", report.left_out);
    return rc;
}

/* MM_ESTATE (another core holds it) is the only failure: everything else ends in a journal in memory. */
static int open_journal(struct core *c)
{
    enum journal_open_state how;
    int rc = journal_open(&c->journal, c->dir, (uint64_t)c->config->journal_bytes, &how);

    if (rc == MM_ESTATE) {
        log_error("%s: another core writes the journal", c->dir);
        return rc;
    }
    if (rc != MM_OK) {
        log_error("%s: the journal cannot be opened: %s; events are kept in memory only", c->dir, mm_strerror(rc));
        return journal_open(&c->journal, NULL, 0, NULL);
    }
    if (how == JOURNAL_REPLACED)
        log_error("%s: the journal was damaged, or an agent two schemas on has written it; it is kept as journal.bad-N, a new one was begun", c->dir);
    c->replaced = how == JOURNAL_REPLACED;
    return MM_OK;
}

static int start_parts(struct core *c)
{
    const struct recorder_options ro = {.loop = &c->loop, .journal = c->journal, .host = &c->host, .hooks = &c->recorder_hooks};
    const struct uplink_options uo = {.loop = &c->loop, .journal = c->journal, .dir = c->dir, .url = c->config->console_url,
                                      .proxy = c->config->proxy, .boot = c->host.boot, .hooks = &c->uplink_hooks};
    const struct control_options co = {.loop = &c->loop, .listen_fd = c->listener.fd, .group = c->group, .ops = &c->ops};
    int rc;

    c->recorder_hooks = (struct recorder_hooks){c, hook_stored, hook_row, hook_committed};
    c->uplink_hooks = (struct uplink_hooks){c, hook_command, hook_addresses, hook_heartbeat, hook_event, hook_identified, hook_doors};
    core_control_init(c);
    (void)journal_tail(c->journal, SEV_HIGH, TAMPER_ROWS, learn_tamper, &c->tampered_wall_ns);
    rc = recorder_new(&c->recorder, &ro);
    if (rc == MM_OK)
        rc = uplink_new(&c->uplink, &uo);
    if (rc == MM_OK)
        rc = round_start(c);
    if (rc == MM_OK && c->listening)
        rc = control_server_start(&c->server, &co);
    if (rc != MM_OK)
        return rc;
    if (c->replaced)
        own_event(c, ACT_TAMPER, SEV_CRITICAL, "journal", "記録ファイルを読めなかったため新しく作りました",
                  "The journal could not be read; a new one was begun");
    return MM_OK;
}

static int start_loop(struct core *c)
{
    if (uv_poll_init(&c->loop, &c->poll, c->sock) < 0)
        return MM_EIO;
    c->polling = true;
    c->poll.data = c->tick.data = c->farewell.data = c;
    uv_timer_init(&c->loop, &c->tick);
    uv_timer_init(&c->loop, &c->farewell);
    c->heard_at = c->ticked_at = uv_now(&c->loop);
    uv_timer_start(&c->tick, on_tick, TICK_MS, TICK_MS);
    uv_poll_start(&c->poll, UV_READABLE, on_readable);
    return MM_OK;
}

/* The loop's last turns.  A name look-up that runs cannot be called off, and the process would wait for its thread until the
 * resolver gives up: then it ends at once, with everything written down. */
static void run_out(struct core *c)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    uint64_t until = uv_hrtime() + LAST_TURNS_NS;

    while (uv_run(&c->loop, UV_RUN_NOWAIT)) {
        if (uv_hrtime() > until) {
            log_warn("core ends while a name is being looked up");
            journal_close(c->journal);
            _exit(0);
        }
        nanosleep(&pause, NULL);
    }
    uv_loop_close(&c->loop);
}

static void stop_parts(struct core *c)
{
    if (c->polling) {
        uv_close((uv_handle_t *)&c->poll, NULL);
        uv_close((uv_handle_t *)&c->tick, NULL);
        uv_close((uv_handle_t *)&c->farewell, NULL);
    }
    control_server_stop(c->server);
    round_stop(c);
    uplink_free(c->uplink);
    recorder_free(c->recorder);
    run_out(c);
    journal_close(c->journal);
    close(c->sock);
}

int role_core(int sock, const struct agent_config *config, const char *config_path)
{
    static const int ignored[] = {SIGPIPE, SIGTERM, SIGINT, SIGHUP};
    struct core *c = calloc(1, sizeof *c);
    int rc;

    if (!c)
        return 1;
    c->config = config;
    c->config_path = config_path;
    c->sock = sock;
    /* Core ends when the guard does, so that it can tell of it; not before. */
    for (unsigned i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    setenv("UV_THREADPOOL_SIZE", "7", 0); /* only for getaddrinfo, which gets half of them: three gateways' names, and the console's */
    host_read(&c->host);
    uv_loop_init(&c->loop);
    rc = give_up_power(c);
    if (rc == MM_OK && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        rc = MM_ENOMEM;
    if (rc == MM_OK)
        rc = open_journal(c);
    if (rc == MM_OK)
        rc = start_parts(c);
    if (rc == MM_OK)
        rc = start_loop(c);
    if (rc == MM_OK)
        uv_run(&c->loop, UV_RUN_DEFAULT);
    else
        log_error("core does not start: %s", mm_strerror(rc));
    stop_parts(c);
    free(c->round);
    free(c);
    return rc == MM_OK ? 0 : 1;
}
