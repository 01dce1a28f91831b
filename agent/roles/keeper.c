/* The keeper: the smallest root process of the agent.
 *
 * A guard that was stopped (SIGSTOP) or hangs still holds its fanotify group,
 * and every opener in a protected folder would wait for ever.  Nobody without
 * root can end it, so its parent does: no beat for BEAT_LIMIT_MS, or state T
 * in /proc, and it is killed; the group closes, the openers go on, a new guard
 * starts.  The keeper owns the state directory's lock (an agent started twice
 * ends with an error) and the service manager's watchdog; it reads nothing
 * from outside but its child's beats.
 *
 * SIGUSR2 (mimamori-update sends it when it has moved [paths] releases'
 * `current`): the guard ends in order, and the keeper becomes the program that
 * the link shows now, under the same pid.  The kernel's state - quarantine,
 * stopped programs - stays; the new guard takes it up. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/roles/guard.h"
#include "agent/roles/notify.h"
#include "agent/roles/start.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/clock.h"

#define WATCH_LIMIT_MS 1200  /* of the thread that answers openers: they wait less than 2 s */
#define BEAT_LIMIT_MS 5000   /* of the loop: openers are answered meanwhile, and a computer that swaps is no attack */
#define DOUBT_MS 200         /* the whole machine may have stood still: who is well beats at once then */
#define TICK_MS 100          /* only while a guard starts or stops; else its beats and signals wake us */
#define NOTIFY_MS 1000       /* the service manager is told so often, not at each beat */
#define START_LIMIT_MS 300000 /* a first walk over very many files; state T is looked for meanwhile */
#define STOP_LIMIT_MS 8000
#define SOON_MS 10000        /* a guard that lived shorter is started again only after a pause */
#define PAUSE_MS 1000
#define LOCK_TRIES 5
#define LOCK_STEP_MS 100

struct keeper {
    const struct agent_config *config;
    const char *config_path;
    int signals;
    int beat;            /* read end of the guard's pipe */
    pid_t guard;
    unsigned restarts;
    bool ready, stopping;
    bool renewing;       /* stopping, to become another release */
    bool watched;        /* somebody answers openers, and beats for it */
    int64_t started, last_beat, last_watch, doubted, stop_asked, notified;
};

/* One agent per state directory.  The descriptor stays open for our whole life. */
static int take_lock(const struct agent_config *config)
{
    char path[LIM_PATH + 16];
    bool held = false;
    int fd, rc = durable_mkdir(config->state, 0755);

    if (rc) {
        log_error("state directory %s: %s", config->state, mm_strerror(rc));
        return rc;
    }
    snprintf(path, sizeof path, "%s/lock", config->state);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        log_error("%s: %s", path, strerror(errno));
        return mm_from_errno(errno);
    }
    for (int i = 0; (held = flock(fd, LOCK_EX | LOCK_NB) == 0) == false && i < LOCK_TRIES; i++)
        poll(NULL, 0, LOCK_STEP_MS); /* the updater looks whether it is held, for a moment */
    if (!held) {
        log_error("another agent runs with the state directory %s", config->state);
        close(fd);
        return MM_EEXIST;
    }
    if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0) /* for who wants to send us a signal */
        log_warn("%s: %s", path, strerror(errno));
    /* cppcheck-suppress resourceLeak ; the lock is held for as long as the process lives */
    return MM_OK;
}

static int start_guard(struct keeper *k)
{
    int pipefd[2], pid;

    if (pipe2(pipefd, O_CLOEXEC | O_NONBLOCK) < 0)
        return mm_from_errno(errno);
    pid = role_spawn("guard", k->config_path, pipefd[1], k->restarts);
    close(pipefd[1]);
    if (pid < 0) {
        close(pipefd[0]);
        return pid;
    }
    k->beat = pipefd[0];
    k->guard = pid;
    k->ready = k->watched = false;
    k->doubted = 0;
    k->started = k->last_beat = k->last_watch = os_now_ms();
    return MM_OK;
}

/* State letter of /proc/PID/stat; '?' when it cannot be read. */
static char state_of(pid_t pid)
{
    char path[40], text[512], *end;
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return '?';
    n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return '?';
    text[n] = '\0';
    end = strrchr(text, ')');
    return end && end[1] ? end[2] : '?';
}

static void take_beat(struct keeper *k, char what)
{
    int64_t now = os_now_ms(); /* a sleeping machine is not a silent guard: this clock stands still meanwhile */

    if (what == GUARD_BEAT) {
        k->last_beat = now;
        if (!k->ready)
            notify_manager("READY=1");
        k->ready = true;
    } else {
        k->last_watch = now;
        k->watched = what == GUARD_WATCH;
    }
}

static void take_beats(struct keeper *k)
{
    char bytes[64];
    ssize_t n;

    while ((n = read(k->beat, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++)
            take_beat(k, bytes[i]);
    if (k->ready && k->last_beat - k->notified >= NOTIFY_MS) {
        notify_manager("WATCHDOG=1");
        k->notified = k->last_beat;
    }
    /* A guard that starts walks over all folders before its first beat; how long it may is ours to watch. */
    if (!k->ready && os_now_ms() - k->started < START_LIMIT_MS && os_now_ms() - k->notified >= NOTIFY_MS) {
        notify_manager("WATCHDOG=1");
        k->notified = os_now_ms();
    }
}

static int64_t watch_left(const struct keeper *k)
{
    return k->watched ? WATCH_LIMIT_MS - (os_now_ms() - k->last_watch) : INT64_MAX;
}

static int64_t beat_left(const struct keeper *k)
{
    return (k->ready ? BEAT_LIMIT_MS : START_LIMIT_MS) - (os_now_ms() - k->last_beat);
}

/* How long nothing needs us: until the guard has been silent for too long. */
static int patience(const struct keeper *k)
{
    int64_t left = watch_left(k) < beat_left(k) ? watch_left(k) : beat_left(k);

    if (!k->ready || k->stopping)
        return TICK_MS;
    if (!k->watched && left > TICK_MS)
        left = TICK_MS; /* only its state tells that it was stopped */
    if (k->doubted)
        left = DOUBT_MS - (os_now_ms() - k->doubted);
    return left >= 0 ? (int)left + 1 : 1;
}

static void check_guard(struct keeper *k)
{
    /* Before it has said anything: stopped, as far as can be seen. */
    bool stopped = (k->watched ? watch_left(k) < 0 : os_now_ms() - k->last_beat > WATCH_LIMIT_MS) && strchr("Tt", state_of(k->guard)) != NULL;

    if (k->stopping) {
        if (os_now_ms() - k->stop_asked > STOP_LIMIT_MS)
            kill(k->guard, SIGKILL);
        return;
    }
    if (watch_left(k) >= 0 && beat_left(k) >= 0 && !stopped) {
        k->doubted = 0;
        return;
    }
    if (!k->doubted)
        k->doubted = os_now_ms();
    if (os_now_ms() - k->doubted < DOUBT_MS)
        return;
    log_error("guard (pid %d) is %s; ending it so that nobody waits for it", (int)k->guard,
              stopped ? "stopped" : "silent");
    kill(k->guard, SIGKILL);
    k->last_beat = k->last_watch = os_now_ms();
    k->doubted = 0;
}

static void take_signals(struct keeper *k)
{
    struct signalfd_siginfo s;

    while (read(k->signals, &s, sizeof s) == (ssize_t)sizeof s) {
        if (s.ssi_signo == SIGCHLD || k->guard <= 0)
            continue;
        if (s.ssi_signo == SIGHUP) {
            kill(k->guard, SIGHUP);
            continue;
        }
        if (s.ssi_signo == SIGUSR2 && (k->stopping || !k->config->releases[0]))
            continue;
        k->renewing = s.ssi_signo == SIGUSR2;
        if (!k->stopping && !k->renewing)
            notify_manager("STOPPING=1");
        k->stopping = true;
        k->stop_asked = os_now_ms();
        kill(k->guard, k->renewing ? SIGUSR2 : SIGTERM);
    }
}

/* Become what `current` shows; the lock is given up with the old program and taken by the new one.  Returns when that cannot be. */
static void become_current(const struct keeper *k)
{
    char path[LIM_PATH + 32];
    const char *const argv[] = {path, k->config_path ? "--config" : NULL, k->config_path, NULL};

    snprintf(path, sizeof path, "%s/current/bin/mimamorid", k->config->releases);
    execv(path, (char *const *)(uintptr_t)argv);
    log_error("%s: %s; going on with the release that runs", path, strerror(errno));
}

/* The guard ended.  True when the keeper should end too; `status` is its exit status. */
static bool guard_ended(struct keeper *k, int wait_status, int *status)
{
    int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    bool young = os_now_ms() - k->started < SOON_MS;

    close(k->beat);
    k->guard = 0;
    if (k->renewing) {
        become_current(k);
        k->renewing = k->stopping = false;
        code = 0;
    }
    if (k->stopping || (!k->ready && (code == EXIT_CONFIG || code == EXIT_OTHER_VERSION) /* no restart of ours mends it */)) {
        *status = k->stopping ? 0 : code;
        return true;
    }
    log_error("guard ended with status %d; starting it again", code);
    if (young && k->restarts)
        poll(NULL, 0, PAUSE_MS);
    k->restarts++;
    if (start_guard(k) == MM_OK)
        return false;
    *status = 1;
    return true;
}

int role_keeper(const struct agent_config *config, const char *config_path)
{
    struct keeper k = {.config = config, .config_path = config_path};
    sigset_t set;
    int status = 1;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (take_lock(config)) /* tells our pid: from now on signals come */
        return 1;
    k.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (k.signals < 0 || start_guard(&k))
        return 1;
    for (;;) {
        struct pollfd p[2] = {{.fd = k.signals, .events = POLLIN}, {.fd = k.beat, .events = POLLIN}};
        int wait_status;

        poll(p, 2, patience(&k));
        take_signals(&k);
        if (waitpid(k.guard, &wait_status, WNOHANG) == k.guard) {
            if (guard_ended(&k, wait_status, &status))
                return status;
            continue;
        }
        take_beats(&k);
        check_guard(&k);
    }
}
