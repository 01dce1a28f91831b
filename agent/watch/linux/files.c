/* The file guard's life: groups, folders, threads, status; see agent/watch/files.h. */
#include "agent/watch/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/canary.h"
#include "agent/watch/discover.h"
#include "agent/watch/linux/files_internal.h"
#include "lib/err.h"
#include "lib/log.h"

#define END_MS 5000 /* a worker gives up copying after LIM_PREIMAGE_MS; the keeper waits for 8 s */
#define TASKS_NS 2000000000LL
#define OPEN_NS 5000000000LL /* for so long it is said that openers went on unseen */
#define KERNEL_BYTES_PER_MARK 1150 /* inode, dentry and mark: kernel.md §1, measured again by make bench */

static void nudged(int signal)
{
    (void)signal;
}

/* Growing the descriptor table later would wait for RCU in every thread (kernel.md §3). */
static void widen_descriptor_table(void)
{
    struct rlimit r;
    int top, fd;

    if (getrlimit(RLIMIT_NOFILE, &r) < 0)
        return;
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
    top = r.rlim_cur > 65536 ? 65535 : (int)r.rlim_cur - 1;
    fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, top);
    if (fd >= 0)
        close(fd);
}

/* What this kernel can do beyond the minimum, found by trying on the first folder. */
static void probe(struct files *f, int dirfd)
{
    f->pre_access = fanotify_mark(f->perm, FAN_MARK_ADD, FAN_PRE_ACCESS | FAN_EVENT_ON_CHILD, dirfd, NULL) == 0;
    if (f->pre_access)
        fanotify_mark(f->perm, FAN_MARK_REMOVE, FAN_PRE_ACCESS | FAN_EVENT_ON_CHILD, dirfd, NULL);
    f->rename_events = fanotify_mark(f->names, FAN_MARK_ADD, FAN_RENAME, dirfd, NULL) == 0;
    if (f->rename_events)
        fanotify_mark(f->names, FAN_MARK_REMOVE, FAN_RENAME, dirfd, NULL);
}

static void say(struct guarded_folder *g, enum folder_state state, const char *reason)
{
    g->state = state;
    snprintf(g->reason, sizeof g->reason, "%s", reason);
}

/* The verdict over one folder after its walk. */
static void conclude(struct files *f, struct guarded_folder *g)
{
    if (g->fs == INDEX_NONE)
        return;
    if (!f->fs[g->fs].vault)
        return; /* files_fs_add said why */
    if (g->unmarked) {
        char text[128];

        snprintf(text, sizeof text, "%u sub-folders could not be marked", g->unmarked);
        say(g, FOLDER_PARTLY, text);
    } else if (!atomic_load(&f->notify) && !f->pre_access && !f->fs[g->fs].reflink) {
        say(g, FOLDER_PARTLY, "kernel before 6.14: cutting a large file by name is seen only afterwards");
    } else {
        say(g, FOLDER_GUARDED, "");
    }
}

static void plant_canaries(struct files *f, const char *path, int dirfd)
{
    for (unsigned i = 0; i < f->config->canaries.count; i++) {
        int rc = canary_plant(dirfd, f->config->canaries.item[i]);

        if (rc)
            log_warn("canary %s in %s: %s", f->config->canaries.item[i], path, mm_strerror(rc));
    }
}

void files_walk_again(struct files *f, bool baseline)
{
    f->walks_again = true;
    atomic_store(&f->n_marks, 0);
    for (unsigned i = 0; i < f->nfolders; i++) {
        struct guarded_folder *g = &f->folder[i];
        int fd = open(g->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
            continue;
        if (!f->pre_access)
            probe(f, fd); /* there may have been no group to try it with */
        atomic_store(&g->files, 0);
        g->unmarked = 0;
        files_mark_tree(f, g, fd, g->path, baseline);
        conclude(f, g);
    }
    f->walks_again = false;
    f->hooks.changed(f->hooks.context);
}

static void guard_folder(struct files *f, const char *path)
{
    struct guarded_folder *g = &f->folder[f->nfolders++];
    char real[LIM_PATH] = "";
    int fd;

    *g = (struct guarded_folder){.fs = INDEX_NONE, .state = FOLDER_NOT};
    snprintf(g->path, sizeof g->path, "%s", path);
    if (!realpath(path, real)) {
        say(g, FOLDER_NOT, strerror(errno));
        return;
    }
    snprintf(g->path, sizeof g->path, "%s", real);
    fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        say(g, FOLDER_NOT, strerror(errno));
        return;
    }
    g->fs = files_fs_add(f, fd, real, g->reason, sizeof g->reason);
    if (g->fs == INDEX_NONE) {
        close(fd);
        return;
    }
    if (!f->fs[g->fs].vault)
        g->state = FOLDER_NOT;
    if (!f->pre_access && !f->rename_events)
        probe(f, fd);
    if (fanotify_mark(f->names, FAN_MARK_ADD, FAN_CREATE | FAN_ONDIR, fd, NULL) < 0) {
        char text[128];

        snprintf(text, sizeof text, "this file system cannot be watched: %s", strerror(errno));
        say(g, FOLDER_NOT, text);
        close(fd);
        return;
    }
    plant_canaries(f, real, fd);
    files_mark_tree(f, g, fd, real, true);
    conclude(f, g);
}

static int choose_folders(struct files *f)
{
    const struct config_list *list = &f->config->folders;
    struct config_list found = {0};
    unsigned n;

    if (!list->count && discover_folders(&found) == MM_OK)
        list = &found;
    n = list->count > LIM_FOLDERS ? LIM_FOLDERS : list->count;
    f->folder = calloc(n ? n : 1, sizeof *f->folder);
    for (unsigned i = 0; f->folder && i < n; i++)
        if (!files_excluded(f, list->item[i]))
            guard_folder(f, list->item[i]);
    discover_free(&found);
    return f->folder ? MM_OK : MM_ENOMEM;
}

static bool begin(struct files *f, struct files_thread *t, void *(*main)(void *files))
{
    return t->started = pthread_create(&t->id, NULL, main, f) == 0;
}

static void join(const struct files_thread *t)
{
    if (t->started)
        pthread_join(t->id, NULL);
}

int files_start(struct files **out, const struct agent_config *config, struct procs *procs,
                struct trees *trees, const struct files_hooks *hooks)
{
    struct files *f = calloc(1, sizeof *f);
    int rc = MM_ENOMEM;

    if (!f)
        return MM_ENOMEM;
    f->config = config;
    f->procs = procs;
    f->trees = trees;
    f->hooks = *hooks;
    f->perm = f->names = f->open_dir_fd = -1;
    f->nobody = open("/dev/null", O_RDWR | O_CLOEXEC);
    f->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sigaction(FILES_NUDGE, &(struct sigaction){.sa_handler = nudged}, NULL); /* no SA_RESTART: what waits gives up */
    f->open_dir = INDEX_NONE;
    files_wait_init(&f->wait);
    files_held_init(f);
    pthread_mutex_init(&f->beside_turn, NULL);
    pthread_mutex_init(&f->beside_lock, NULL);
    widen_descriptor_table();
    f->self = getpid();
    if (f->nobody < 0 || f->bell < 0) {
        rc = mm_from_errno(errno);
        goto fail;
    }
    if ((rc = files_rebase_init(f)) || (rc = index_new(&f->index)) || (rc = files_perm_open(f)) || (rc = files_names_open(f)) ||
        (rc = files_workers_start(f)))
        goto fail;
    rc = MM_ENOMEM;
    if (!begin(f, &f->watchdog, files_watchdog) || !begin(f, &f->tend, files_tend) || !begin(f, &f->judge, files_judge_in_place) ||
        !begin(f, &f->sweep, files_sweep))
        goto fail;
    files_own_thread(f);
    rc = choose_folders(f);
    if (rc)
        goto fail;
    if (!begin(f, &f->names_thread, files_names_thread)) {
        rc = MM_ENOMEM;
        goto fail;
    }
    *out = f;
    return MM_OK;
fail:
    files_stop(f);
    return rc;
}

static void close_all(const int *fd, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (fd[i] >= 0)
            close(fd[i]);
}

void files_stop(struct files *f)
{
    if (!f)
        return;
    atomic_store(&f->stopping, true);
    join(&f->watchdog);
    pthread_mutex_lock(&f->beside_turn);
    files_workers_stop(f);
    if (!files_workers_ended(f, END_MS)) {
        log_error("a worker of the permission group does not end: the guard ends without it");
        _exit(1); /* it uses what the caller frees */
    }
    pthread_mutex_unlock(&f->beside_turn);
    join(&f->tend);
    join(&f->judge);
    join(&f->sweep);
    join(&f->names_thread);
    files_do_tasks(f, TASKS_NS);
    files_wait_decide(f, files_now()); /* who still waited is recorded */
    close_all((int[]){f->perm, f->nobody, f->bell, f->names}, 4);
    if (f->open_dir_fd >= 0)
        close(f->open_dir_fd);
    files_held_expire(f, INT64_MAX);
    for (unsigned i = 0; i < atomic_load(&f->nfs); i++) {
        vault_close(f->fs[i].vault);
        close(f->fs[i].mount_fd);
    }
    index_free(f->index);
    files_rebase_free(f);
    free(f->folder);
    free(f);
}

void files_gate_changed(struct files *f)
{
    files_wait_wake(f, false);
}

void files_frozen(struct files *f, uint64_t tree)
{
    files_wait_frozen(f, tree);
}

void files_settle(struct files *f, unsigned ms)
{
    int64_t until = files_now() + ms * 1000000LL;
    int waiting = 1;

    while (files_now() < until) {
        if (ioctl(f->names, FIONREAD, &waiting) == 0 && waiting == 0 && atomic_load(&f->names_idle) && !atomic_load(&f->wait.tasks))
            return;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

int files_restore(struct files *f, uint64_t tree, const char *incident, struct restore_report *out,
                  void (*progress)(void *context, const struct restore_report *r), void *context)
{
    int first = MM_OK;

    *out = (struct restore_report){0};
    files_own_thread(f);
    files_do_tasks(f, TASKS_NS);
    for (unsigned i = 0; i < atomic_load(&f->nfs); i++) {
        struct restore_report one = {0};
        int rc;

        if (!f->fs[i].vault)
            continue;
        rc = vault_restore(f->fs[i].vault, tree, incident, &one, progress, context);
        out->restored += one.restored;
        out->unchanged += one.unchanged;
        out->failed += one.failed;
        out->evidence += one.evidence;
        if (!out->first_failure[0])
            memcpy(out->first_failure, one.first_failure, sizeof out->first_failure);
        if (rc && rc != MM_ENOTFOUND && !first)
            first = rc;
    }
    return first;
}

void files_pin(struct files *f, uint64_t tree, bool pinned)
{
    files_later(f, &(struct later_task){.what = pinned ? LATER_PIN : LATER_UNPIN, .who.tree = tree}, "");
}

void files_created(struct files *f, const struct tree_who *who, const struct file_id *id, const char *path)
{
    files_later(f, &(struct later_task){.what = LATER_CREATED, .who = *who, .file = *id}, path);
}

void files_close(struct files *f, int fd)
{
    files_later(f, &(struct later_task){.what = LATER_CLOSE, .fd = fd}, "");
}

void files_counts(struct files *f, struct files_counts *out)
{
    int64_t opened;

    *out = (struct files_counts){
        .opens = atomic_load(&f->n_opens), .reads = atomic_load(&f->n_reads), .writes = atomic_load(&f->n_writes),
        .preimages = atomic_load(&f->n_preimages), .denied = atomic_load(&f->n_denied),
        .parked = atomic_load(&f->n_parked), .late = atomic_load(&f->n_late),
        .lost_opens = atomic_load(&f->n_lost_opens), .lost_events = atomic_load(&f->n_lost_events),
        .too_large = atomic_load(&f->n_too_large), .folders = f->nfolders,
        .kernel_bytes = atomic_load(&f->n_marks) * KERNEL_BYTES_PER_MARK, .waiting = atomic_load(&f->wait.n),
        .pre_access = f->pre_access, .rename_events = f->rename_events, .reflink_everywhere = true,
        .max_answer_us = atomic_load(&f->max_answer_ns) / 1000};
    out->notify = files_beside(f, out->beside, sizeof out->beside);
    opened = atomic_load(&f->open_to_all);
    out->open_to_all = opened && files_now() - opened < OPEN_NS;
    for (unsigned i = 0; i < f->nfolders; i++)
        out->files += atomic_load(&f->folder[i].files);
    for (unsigned i = 0; i < atomic_load(&f->nfs); i++)
        out->reflink_everywhere &= f->fs[i].reflink;
}

static void describe(struct files *f, const struct guarded_folder *g, struct folder_status *out)
{
    bool vault = g->fs != INDEX_NONE && f->fs[g->fs].vault, notify = files_gives_way(f);

    *out = (struct folder_status){.state = g->state, .files = atomic_load(&g->files)};
    snprintf(out->path, sizeof out->path, "%.*s", (int)sizeof out->path - 1, g->path);
    snprintf(out->method, sizeof out->method, "%s", !vault || notify ? "notify" : f->fs[g->fs].reflink ? "reflink" : "copy+links");
    snprintf(out->reason, sizeof out->reason, "%s", g->reason);
    if (notify && g->state == FOLDER_GUARDED) {
        out->state = FOLDER_PARTLY;
        snprintf(out->reason, sizeof out->reason, "another program decides about opens; changes are seen afterwards");
    }
}

unsigned files_folder_status(struct files *f, struct folder_status *out, unsigned max)
{
    unsigned n = 0;

    for (int state = FOLDER_NOT; state >= FOLDER_GUARDED; state--)
        for (unsigned i = 0; i < f->nfolders && n < max; i++)
            if ((int)f->folder[i].state == state)
                describe(f, &f->folder[i], &out[n++]);
    return f->nfolders;
}

void files_vault_status(struct files *f, uint64_t *bytes, uint64_t *limit, uint64_t *evicted)
{
    *bytes = *limit = *evicted = 0;
    for (unsigned i = 0; i < atomic_load(&f->nfs); i++) {
        struct vault_stats s;

        if (!f->fs[i].vault)
            continue;
        vault_stats(f->fs[i].vault, &s);
        *bytes += s.bytes;
        *limit += s.limit;
        *evicted += s.evicted;
    }
}

bool files_alive(struct files *f)
{
    /* Somebody may have closed them from outside (ptrace): read(2) on one that is gone is noticed at the next event only. */
    return !atomic_load(&f->broken) && fcntl(f->names, F_GETFD) >= 0 &&
           (atomic_load(&f->notify) || (atomic_load(&f->nworkers) > 0 && fcntl(f->perm, F_GETFD) >= 0));
}
