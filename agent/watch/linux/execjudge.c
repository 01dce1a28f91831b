#include "agent/watch/execjudge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/beside.h"
#include "lib/err.h"
#include "lib/log.h"

#define WAITING 128   /* executables judged at one time; more are let run and counted */
#define CACHE 8192    /* verdicts kept; direct-mapped */
#define TICK_MS 50

struct waiting { int fd; uint64_t ticket; int64_t since; uint64_t key; };

struct execjudge {
    int group;
    pthread_t thread;
    bool started;
    _Atomic bool stopping, ended;
    const struct config_list *mounts;
    uint64_t fs[LIM_FOLDERS];      /* that they are of */
    unsigned nfs;
    struct beside beside;          /* under `lock` */
    struct procs *procs;
    struct execjudge_hooks hooks;
    pthread_mutex_t lock;
    struct waiting waiting[WAITING];
    uint64_t allowed[CACHE], refused[CACHE];
    uint64_t next;
    _Atomic uint64_t asked, denied, late;
};

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* One content: device, inode, size and both change times.  0: cannot be cached. */
static uint64_t key_of(int fd)
{
    struct stat st;
    uint64_t part[6], h = 14695981039346656037ull;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    part[0] = st.st_dev;
    part[1] = st.st_ino;
    part[2] = (uint64_t)st.st_size;
    part[3] = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
    part[4] = (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec;
    part[5] = st.st_mode;
    for (unsigned i = 0; i < 6; i++) {
        h ^= part[i];
        h *= 0xff51afd7ed558ccdULL;
        h ^= h >> 32;
    }
    return h ? h : 1;
}

static void answer(struct execjudge *j, int fd, bool deny)
{
    struct fanotify_response r = {.fd = fd, .response = deny ? FAN_DENY : FAN_ALLOW};

    if (deny)
        atomic_fetch_add(&j->denied, 1);
    if (write(j->group, &r, sizeof r) < 0 && errno != ENOENT)
        atomic_store(&j->ended, true); /* the group is gone: everybody goes on */
    close(fd);
}

static struct waiting *room(struct execjudge *j)
{
    for (unsigned i = 0; i < WAITING; i++)
        if (j->waiting[i].fd < 0)
            return &j->waiting[i];
    return NULL;
}

static bool known(struct execjudge *j, const uint64_t table[CACHE], uint64_t key)
{
    bool yes;

    pthread_mutex_lock(&j->lock);
    yes = table[key % CACHE] == key;
    pthread_mutex_unlock(&j->lock);
    return yes;
}

static void one_event(struct execjudge *j, const struct fanotify_event_metadata *m)
{
    uint64_t key = key_of(m->fd), ticket = 0;
    struct proc_brief who;
    struct waiting *w;

    /* Who it is costs several reads of /proc: asked only where the answer depends on it. */
    if (!key || known(j, j->allowed, key) || !procs_resolve(j->procs, m->pid, &who) || !who.in_scope) {
        answer(j, m->fd, false);
        return;
    }
    if (known(j, j->refused, key)) {
        answer(j, m->fd, true);
        return;
    }
    pthread_mutex_lock(&j->lock);
    w = room(j);
    if (w) {
        ticket = ++j->next;
        *w = (struct waiting){.fd = m->fd, .ticket = ticket, .since = now_ns(), .key = key};
        atomic_fetch_add(&j->asked, 1);
        if (j->hooks.ask(j->hooks.context, ticket, m->fd, m->pid)) {
            w->fd = -1;
            w = NULL;
        }
    }
    pthread_mutex_unlock(&j->lock);
    if (!w) {
        atomic_fetch_add(&j->late, 1);
        answer(j, m->fd, false);
    }
}

void execjudge_verdict(struct execjudge *j, uint64_t ticket, bool deny)
{
    pthread_mutex_lock(&j->lock);
    for (unsigned i = 0; ticket && i < WAITING; i++) {
        struct waiting *w = &j->waiting[i];

        if (w->fd < 0 || w->ticket != ticket)
            continue;
        (deny ? j->refused : j->allowed)[w->key % CACHE] = w->key;
        answer(j, w->fd, deny);
        w->fd = -1;
    }
    pthread_mutex_unlock(&j->lock);
}

void execjudge_forget(struct execjudge *j)
{
    pthread_mutex_lock(&j->lock);
    memset(j->allowed, 0, sizeof j->allowed);
    memset(j->refused, 0, sizeof j->refused);
    pthread_mutex_unlock(&j->lock);
}

static void tick(struct execjudge *j)
{
    int64_t now = now_ns();

    pthread_mutex_lock(&j->lock);
    for (unsigned i = 0; i < WAITING; i++)
        if (j->waiting[i].fd >= 0 && now - j->waiting[i].since > EXECJUDGE_MS * 1000000LL) {
            atomic_fetch_add(&j->late, 1);
            answer(j, j->waiting[i].fd, false);
            j->waiting[i].fd = -1;
        }
    pthread_mutex_unlock(&j->lock);
}

/* A mark on a mount is of one mount namespace.  The service manager may give us one of our own, and users start programs in that of
 * the first process: its mount is reached through its root, where the same folder is the same place. */
static int mark_mount(int group, const char *path)
{
    char theirs[LIM_PATH + sizeof "/proc/1/root"];
    struct stat here, there;
    int rc = fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN_EXEC_PERM, AT_FDCWD, path), n;

    n = snprintf(theirs, sizeof theirs, "/proc/1/root%s", path);
    if (n > 0 && n < (int)sizeof theirs && stat(path, &here) == 0 && stat(theirs, &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino)
        rc = fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN_EXEC_PERM, AT_FDCWD, theirs); /* this one counts */
    return rc;
}

static unsigned mark_all(struct execjudge *j)
{
    unsigned marked = 0;

    for (unsigned i = 0; i < j->mounts->count; i++) {
        if (mark_mount(j->group, j->mounts->item[i]) == 0)
            marked++;
        else
            log_warn("executables on %s are not judged: %s", j->mounts->item[i], strerror(errno));
    }
    return marked;
}

/* Hold those who start a program, or nobody. */
static void look_around(struct execjudge *j)
{
    struct beside b = j->beside; /* nobody waits for the look */
    bool changed = beside_look(&b, j->fs, j->nfs, now_ns());

    pthread_mutex_lock(&j->lock);
    j->beside = b;
    pthread_mutex_unlock(&j->lock);
    if (changed && b.yes) {
        (void)fanotify_mark(j->group, FAN_MARK_FLUSH | FAN_MARK_MOUNT, 0, AT_FDCWD, "/");
        log_warn("%s (process %d) decides about opened files, too: programs are not judged", j->beside.other.name, j->beside.other.pid);
    } else if (changed && !mark_all(j)) {
        atomic_store(&j->ended, true);
    }
}

static void *judge_main(void *arg)
{
    _Alignas(8) char buffer[8192];
    struct execjudge *j = arg;

    while (!atomic_load(&j->stopping) && !atomic_load(&j->ended)) {
        struct fanotify_event_metadata *m = (struct fanotify_event_metadata *)(void *)buffer;
        struct pollfd p = {.fd = j->group, .events = POLLIN};
        ssize_t n;

        if (now_ns() >= j->beside.due)
            look_around(j);
        if (poll(&p, 1, TICK_MS) <= 0) {
            tick(j);
            continue;
        }
        n = read(j->group, buffer, sizeof buffer);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0)
            atomic_store(&j->ended, true);
        for (; FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n))
            if (m->fd >= 0)
                one_event(j, m);
        tick(j);
    }
    return NULL;
}

static void find_file_systems(struct execjudge *j)
{
    for (unsigned i = 0; i < j->mounts->count && j->nfs < LIM_FOLDERS; i++) {
        int fd = open(j->mounts->item[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0 && os_file_system(fd, &j->fs[j->nfs]) == MM_OK)
            j->nfs++;
        if (fd >= 0)
            close(fd);
    }
}

int execjudge_start(struct execjudge **out, struct procs *procs, const struct config_list *mounts,
                    const struct execjudge_hooks *hooks)
{
    struct execjudge *j;

    if (!mounts->count)
        return MM_ENOTFOUND;
    j = calloc(1, sizeof *j);
    if (!j)
        return MM_ENOMEM;
    j->procs = procs;
    j->mounts = mounts;
    j->hooks = *hooks;
    pthread_mutex_init(&j->lock, NULL);
    for (unsigned i = 0; i < WAITING; i++)
        j->waiting[i].fd = -1;
    j->group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
    find_file_systems(j);
    if (j->group >= 0)
        look_around(j);
    if (j->group < 0 || (!j->beside.yes && !mark_all(j)) || pthread_create(&j->thread, NULL, judge_main, j)) {
        if (j->group >= 0)
            close(j->group);
        free(j);
        return MM_EUNSUPPORTED;
    }
    j->started = true;
    *out = j;
    return MM_OK;
}

void execjudge_stop(struct execjudge *j)
{
    if (!j)
        return;
    atomic_store(&j->stopping, true);
    pthread_join(j->thread, NULL);
    for (unsigned i = 0; i < WAITING; i++)
        if (j->waiting[i].fd >= 0)
            close(j->waiting[i].fd);
    close(j->group); /* the kernel lets everybody go who still waits */
    free(j);
}

enum execjudge_state execjudge_state(struct execjudge *j, char *beside, size_t n)
{
    bool yes;

    pthread_mutex_lock(&j->lock);
    yes = j->beside.yes;
    if (beside)
        (void)memccpy(beside, j->beside.other.name, '\0', n);
    pthread_mutex_unlock(&j->lock);
    return atomic_load(&j->ended) ? EXECJUDGE_ENDED : yes ? EXECJUDGE_GIVES_WAY : EXECJUDGE_HOLDS;
}

void execjudge_counts(struct execjudge *j, uint64_t *asked, uint64_t *denied, uint64_t *late)
{
    *asked = atomic_load(&j->asked);
    *denied = atomic_load(&j->denied);
    *late = atomic_load(&j->late);
}
