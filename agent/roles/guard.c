/* The guard role: start table, loop, timers; see guard_internal.h for who does what. */
#include "agent/roles/guard.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/report/journal_schema.h"
#include "agent/roles/guard_exec.h"
#include "agent/roles/guard_internal.h"
#include "lib/os/lockdown.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/memory.h"
#include "lib/os/run.h"
#include "lib/state_schema.h"

#define BEAT_MS 250
#define MANAGER_MS 3000          /* for the service manager to say whether the computer goes down: its program comes from a disk that is busy with
                                  * that, and without its word the console takes the silence for an alarm */
#define TICK_MS 250
#define SETTLE_EVERY 240         /* ticks: a minute, */
#define SETTLE_FIRST 12          /* and three seconds after the start */
#define STATE_EVERY 4            /* ticks */
#define LOST_TICKS 12            /* a sensor that ended is started anew with the guard after three seconds: the event of it went out */
#define LOST_UP_MS 60000         /* not more often, and every time half as often, once an hour in the end: what ends at once each time is told */
#define LOST_DOUBLINGS 6
#define REPAIR_EVERY 20          /* ticks: quarantine drift, frozen trees, sensors */
#define TOUCH_ROWS 16384         /* (tree, file) pairs counted at one time */

void guard_now(int64_t *wall_ns, int64_t *mono_ns)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    *wall_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    clock_gettime(CLOCK_BOOTTIME, &t);
    *mono_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t guard_mono(void)
{
    int64_t wall, mono;

    guard_now(&wall, &mono);
    return mono;
}

void guard_end_child(pid_t *pid)
{
    if (*pid > 0) {
        kill(*pid, SIGKILL);
        waitpid(*pid, NULL, 0);
    }
    *pid = 0;
}

uv_poll_t *guard_watch(struct guard *g, int sock, uv_poll_cb on_readable)
{
    uv_poll_t *p = calloc(1, sizeof *p);

    if (!p || uv_poll_init(&g->loop, p, sock)) {
        free(p);
        return NULL;
    }
    p->data = g;
    uv_poll_start(p, UV_READABLE | UV_DISCONNECT, on_readable);
    return p;
}

static void free_handle(uv_handle_t *h)
{
    free(h);
}

void guard_unwatch(uv_poll_t **poll)
{
    if (!*poll)
        return;
    uv_poll_stop(*poll);
    uv_close((uv_handle_t *)*poll, free_handle);
    *poll = NULL;
}

/* ---- subsystems, started in this order, stopped in reverse --------------------------- */

static int start_dirs(struct guard *g)
{
    char path[LIM_PATH + 16];
    int rc = durable_mkdir(g->config->state, 0755);

    snprintf(path, sizeof path, "%s/guard", g->config->state);
    if (rc == MM_OK)
        rc = durable_mkdir(path, 0700);
    if (rc == MM_OK)
        rc = durable_mkdir(g->config->run, 0755);
    if (rc) {
        log_error("state or run directory: %s", mm_strerror(rc));
        return rc;
    }
    rc = state_schema_keep(g->config->state, journal_schema.number);
    if (rc)
        log_error("%s/schema: %s", g->config->state, mm_strerror(rc)); /* the updater asks it; the guard can do without */
    return MM_OK;
}

static int start_procs(struct guard *g)
{
    struct scope scope;
    int rc = scope_parse(g->config->scope, &scope);

    if (rc == MM_OK)
        rc = procs_new(&g->procs, &scope);
    if (rc == MM_OK)
        rc = trees_new(&g->trees, LIM_TREES, TOUCH_ROWS);
    return rc;
}

static void stop_procs(struct guard *g)
{
    trees_free(g->trees);
    procs_free(g->procs);
}

/* An agent that may act in its own network namespace only has no business with the host's. */
static bool own_network_is_the_hosts(void)
{
    struct stat ours, init;

    return stat("/proc/self/ns/net", &ours) == 0 && stat("/proc/1/ns/net", &init) == 0 && ours.st_ino == init.st_ino;
}

bool guard_keeps_to_its_network(const struct guard *g)
{
    return !strcmp(g->config->scope, "netns") && own_network_is_the_hosts();
}

static int start_quarantine(struct guard *g)
{
    int rc;

    if (guard_keeps_to_its_network(g)) {
        log_warn("scope=netns, but this is the network of the whole host: there will be no quarantine");
        return MM_OK;
    }
    rc = quarantine_new(&g->quarantine, g->config->state, g->config->canary);
    if (rc == MM_OK && quarantine_active(g->quarantine, NULL))
        rc = quarantine_repair(g->quarantine); /* an order in force is in force before anything else runs */
    if (rc == 1)
        log_warn("%s", "quarantine: an order is in force and the kernel did not have its rules; they were put back");
    if (rc < 0) {
        quarantine_free(g->quarantine);
        g->quarantine = NULL;
        log_error("quarantine cannot be prepared: %s", mm_strerror(rc));
    }
    return MM_OK; /* the rest of the guard is worth having without it; status says so */
}

static void stop_quarantine(struct guard *g)
{
    quarantine_free(g->quarantine);
}

static int start_helpers(struct guard *g)
{
    (void)g; /* core asks for them */
    return MM_OK;
}

static int start_scan(struct guard *g)
{
    guard_rules_start(g);
    return guard_scan_start(g);
}

static void told_changed(void *context)
{
    (void)context; /* the next tick tells */
}

/* False: there is no keeper any more. */
static bool beat(const struct guard *g, char what)
{
    return g->beat_fd < 0 || write(g->beat_fd, &what, 1) == 1 || errno != EPIPE;
}

static void told_alive(void *context)
{
    (void)beat(context, GUARD_WATCH);
}

static int start_files(struct guard *g)
{
    struct files_hooks hooks = {.context = g, .compare = guard_scan_compare, .ask = guard_scan_ask, .changed = told_changed, .alive = told_alive};
    int rc = files_start(&g->files, g->config, g->procs, g->trees, &hooks);

    if (rc) {
        g->files = NULL;
        (void)beat(g, GUARD_UNWATCHED);
        snprintf(g->files_error, sizeof g->files_error, "fanotify permission events: %s", mm_strerror(rc));
        log_error("file guard: %s", g->files_error);
    }
    return MM_OK; /* blind here, but told; process watch still works */
}

static void stop_files(struct guard *g)
{
    files_stop(g->files);
    (void)beat(g, GUARD_UNWATCHED);
    g->files = NULL; /* what scan still owes an answer for is given up later, and must not find it */
}

static int start_exec(struct guard *g)
{
    struct exec_hooks hooks = {.context = g, .on_exec = guard_scan_exec};
    const char *folders[LIM_FOLDERS + 1] = {NULL};
    int rc;

    for (unsigned i = 0; i < g->config->judge.count && i < LIM_FOLDERS; i++)
        folders[i] = g->config->judge.item[i];
    rc = exec_sensor_start(&g->exec, g->procs, (enum exec_method)g->config->exec,
                           g->config->judge.count ? folders : NULL, &hooks);
    if (rc) {
        g->exec = NULL;
        snprintf(g->exec_error, sizeof g->exec_error, "no process sensor works here: %s", mm_strerror(rc));
        log_error("%s", g->exec_error);
    }
    return MM_OK;
}

static void stop_exec(struct guard *g)
{
    exec_sensor_stop(g->exec);
    g->exec = NULL;
}

static void tell_start(struct guard *g)
{
    struct event *e = guard_event_new(EV_LIFECYCLE, g->restarts ? ACT_TAMPER : ACT_START, g->restarts ? SEV_HIGH : SEV_INFO);

    if (!e)
        return;
    snprintf(e->subject, sizeof e->subject, "guard");
    if (g->restarts)
        snprintf(e->detail, sizeof e->detail, "the guard was stopped or ended and was started again (%u. time)", g->restarts);
    guard_event_send(g, e);
}

static const struct subsystem {
    const char *name;
    int (*start)(struct guard *g);
    void (*stop)(struct guard *g);
} subsystems[] = {
    {"directories", start_dirs, NULL},
    {"process table", start_procs, stop_procs},
    {"core", guard_core_start, guard_core_stop},
    {"quarantine", start_quarantine, stop_quarantine},
    {"scan", start_scan, guard_scan_stop},
    {"helpers", start_helpers, guard_helper_stop},
    {"responder", guard_respond_start, guard_respond_stop},
    {"exec sensor", start_exec, stop_exec},
    {"executables", guard_judge_start, guard_judge_stop},
    {"file guard", start_files, stop_files},
};
#define SUBSYSTEMS (sizeof subsystems / sizeof subsystems[0])

/* ---- loop ------------------------------------------------------------------------------ */

static void on_beat(uv_timer_t *t)
{
    struct guard *g = t->data;

    if (!beat(g, GUARD_BEAT))
        uv_stop(&g->loop); /* the keeper is gone: nobody would watch over us */
}

/* A sensor that ran has ended: a group or program was taken from us.  Who still waits for it is let go by our end, and the keeper
 * starts a guard with all of them. */
static void look_after_sensors(struct guard *g)
{
    static unsigned lost;

    lost = (g->files && !files_alive(g->files)) || (g->exec && !exec_sensor_alive(g->exec)) || guard_judge_ended(g) ? lost + 1 : 0;
    if (lost < LOST_TICKS ||
        guard_mono() / 1000000 - g->started_ms < (int64_t)LOST_UP_MS << (g->restarts < LOST_DOUBLINGS ? g->restarts : LOST_DOUBLINGS))
        return;
    log_error("a sensor has ended: the guard starts anew");
    _exit(1); /* at once: what is stopped in order might wait for what was taken */
}

static void on_tick(uv_timer_t *t)
{
    struct guard *g = t->data;
    int64_t wall, now;
    static unsigned n;

    guard_now(&wall, &now);
    guard_core_tick(g, now);
    guard_scan_tick(g, now);
    guard_helper_tick(g, now);
    look_after_sensors(g);
    if (n++ % SETTLE_EVERY == SETTLE_FIRST)
        os_memory_settle();
    if (n % STATE_EVERY == 0)
        guard_state_send(g);
    if (n % REPAIR_EVERY == 0) {
        struct job j = {.kind = JOB_UPKEEP};

        jobs_put(&g->responder.jobs, &j);
    }
}

/* Whether the computer is being switched off or started anew, by the service manager's own word.  Beside the rest of the end. */
static void *why_stopped(void *arg)
{
    char *const argv[] = {(char *)(uintptr_t)"/usr/bin/systemctl", (char *)(uintptr_t)"list-jobs", (char *)(uintptr_t)"--no-legend", (char *)(uintptr_t)"--plain", NULL};
    struct os_run r = {.argv = argv, .errors = OS_ERRORS_NOWHERE, .ms = MANAGER_MS};
    struct guard *g = arg;
    struct buf said;

    if (access("/run/systemd/system", F_OK) < 0)
        return NULL;
    buf_init(&said, 262144);
    r.output = &said;
    (void)os_run(&r);
    if (said.data && (strstr(said.data, "poweroff.target") || strstr(said.data, "halt.target")))
        g->stop_reason = STOP_SHUTDOWN;
    else if (said.data && (strstr(said.data, "reboot.target") || strstr(said.data, "kexec.target") || strstr(said.data, "soft-reboot.target")))
        g->stop_reason = STOP_REBOOT;
    buf_fini(&said);
    return NULL;
}

static void on_signal(uv_signal_t *s, int signum)
{
    struct guard *g = s->data;

    if (signum == SIGHUP) {
        guard_rules_reload(g);
        return;
    }
    g->stop_reason = signum == SIGUSR2 ? STOP_RENEWAL : STOP_ASKED;
    if (g->stop_reason == STOP_ASKED && !g->why_asked)
        g->why_asked = !pthread_create(&g->why, NULL, why_stopped, g);
    uv_stop(&g->loop);
}

static int start_loop(struct guard *g)
{
    uv_signal_t *const sig[] = {&g->sigterm, &g->sigint, &g->sighup, &g->sigusr2};
    static const int number[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};

    for (unsigned i = 0; i < sizeof number / sizeof number[0]; i++) {
        uv_signal_init(&g->loop, sig[i]);
        sig[i]->data = g;
        uv_signal_start(sig[i], on_signal, number[i]);
    }
    uv_timer_init(&g->loop, &g->beat);
    uv_timer_init(&g->loop, &g->tick);
    g->beat.data = g->tick.data = g;
    uv_timer_start(&g->beat, on_beat, 0, BEAT_MS);
    uv_timer_start(&g->tick, on_tick, TICK_MS, TICK_MS);
    return MM_OK;
}

static void close_loop(struct guard *g)
{
    uv_handle_t *const h[] = {(uv_handle_t *)&g->beat, (uv_handle_t *)&g->tick, (uv_handle_t *)&g->sigterm,
                              (uv_handle_t *)&g->sigint, (uv_handle_t *)&g->sighup, (uv_handle_t *)&g->sigusr2};

    for (unsigned i = 0; i < sizeof h / sizeof h[0]; i++)
        if (!uv_is_closing(h[i]))
            uv_close(h[i], NULL);
    uv_run(&g->loop, UV_RUN_DEFAULT);
    uv_loop_close(&g->loop);
}

/* What the guard keeps of root's power, each with its reason. */
static const int kept[] = {
    CAP_SYS_ADMIN,       /* fanotify permission groups; scan's empty network namespace */
    CAP_DAC_READ_SEARCH, /* open_by_handle_at(2); folders of every user */
    CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_CHOWN, CAP_FSETID, /* vault and restore, with owners and modes */
    CAP_SETFCAP,         /* restore of security.capability */
    CAP_LEASE,           /* is a file open for writing? */
    CAP_KILL,            /* stop and continue other users' processes */
    CAP_SYS_PTRACE,      /* /proc/TID/syscall, argv of a blocked exec */
    CAP_NET_ADMIN,       /* nft; the proc connector */
    CAP_BPF, CAP_PERFMON, CAP_SYS_RESOURCE, /* process sensor; its memory on kernels before 5.11 */
    CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_SYS_CHROOT, /* given away again by scan and core */
};

static int give_up_power(void)
{
    struct lockdown_report report;
    int rc = lockdown_guard(kept, sizeof kept / sizeof kept[0], &report);

    if (rc)
        log_error("lock-down of the guard: %s", mm_strerror(rc));
    else if (report.left_out[0])
        log_warn("lock-down of the guard left out: %s", report.left_out);
    return rc;
}

static int64_t group_id(const char *name)
{
    struct group *gr = name[0] ? getgrnam(name) : NULL;

    return gr ? (int64_t)gr->gr_gid : -1;
}

int role_guard(const struct agent_config *config, const char *config_path, int beat_fd, unsigned restarts)
{
    struct guard *g = calloc(1, sizeof *g);
    unsigned up = 0;
    int rc = MM_OK, status = 1;

    if (!g)
        return 1;
    g->config = config;
    g->config_path = config_path;
    g->beat_fd = beat_fd;
    g->restarts = restarts;
    g->started_ms = guard_mono() / 1000000;
    g->group = group_id(config->group);
    g->scan.sock = g->core.sock = -1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGIO, SIG_IGN); /* a lease of ours was in somebody's way: it is given up at once anyway */
    if (give_up_power()) {
        free(g);
        return 1;
    }
    pthread_mutex_init(&g->scan.lock, NULL);
    pthread_mutex_init(&g->core.lock, NULL);
    pthread_mutex_init(&g->incident_lock, NULL);
    uv_loop_init(&g->loop);
    start_loop(g);
    for (; up < SUBSYSTEMS; up++) {
        rc = subsystems[up].start(g);
        if (rc) {
            log_error("%s does not start: %s", subsystems[up].name, mm_strerror(rc));
            break;
        }
        if (up == 0) {
            guard_trust_load(g);
            guard_policy_load(g);
            guard_incidents_load(g);
        }
    }
    if (rc == MM_OK) {
        tell_start(g);
        guard_incidents_resume(g);
        guard_state_send(g);
        log_info("guarding");
        uv_run(&g->loop, UV_RUN_DEFAULT);
        status = 0;
    }
    guard_respond_stop(g); /* first of all: it works with the file guard, which is the next to go */
    while (up-- > 0)
        if (subsystems[up].stop)
            subsystems[up].stop(g);
    close_loop(g);
    free(g);
    return status;
}
