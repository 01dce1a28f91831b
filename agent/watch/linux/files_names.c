/* The names thread: what happened to which name, after the fact.
 *
 * Reads the notification group (FAN_REPORT_DFID_NAME: folder handle + name,
 * fanotify(7)), keeps the index true, takes new files and folders in, and
 * hands changed contents to files_judge.c.  Owns the index. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"
#include "lib/err.h"

#define READ_BYTES 65536
#define REBASE_TICK_MS 200
#define LATE_US 100000       /* longest wait for the sensor to tell of a process that has ended; only this thread waits */
#define RENEW_PER_TURN 1024
#define IDLE_TICK_MS 500     /* nothing to rebase: only a stop is looked for */
#define GATHER_NS 400000     /* after events were read: what follows gathers, and its maker need not wake this thread each time */

/* One folder + name of an event. */
struct place {
    uint32_t fs, dir;
    const struct file_handle *handle;
    const char *name;
    uint64_t hash;
};

struct change {
    struct tree_who who;
    bool judged;      /* false: out of scope or ourselves: only the index is kept true */
    uint64_t mask;
    const struct file_handle *file; /* that was written into; NULL: not told */
};

int files_names_open(struct files *f)
{
    f->names = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_REPORT_FID | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_MARKS,
                             O_RDONLY | O_LARGEFILE | O_CLOEXEC);
    return f->names < 0 ? mm_from_errno(errno) : MM_OK;
}

static uint32_t fs_by_id(const struct files *f, uint64_t fsid)
{
    for (unsigned i = 0; i < atomic_load(&f->nfs); i++)
        if (f->fs[i].fsid == fsid)
            return i;
    return INDEX_NONE;
}

/* Check one info record against the event's end and read folder and name out of it. */
static bool parse_place(struct files *f, const struct fanotify_event_info_header *h, struct place *out)
{
    const struct fanotify_event_info_fid *fid = (const void *)h;
    const struct file_handle *fh = (const void *)fid->handle;
    size_t room = h->len, head = sizeof *fid + sizeof *fh;
    const char *name;
    uint64_t fsid;

    if (room < head || fh->handle_bytes > room - head)
        return false;
    name = (const char *)fh->f_handle + fh->handle_bytes;
    if (!memchr(name, '\0', room - head - fh->handle_bytes))
        return false;
    memcpy(&fsid, &fid->fsid, sizeof fsid);
    out->fs = fs_by_id(f, fsid);
    if (out->fs == INDEX_NONE)
        return false;
    out->handle = fh;
    out->name = name;
    out->dir = index_dir(f->index, out->fs, fh->handle_type, fh->f_handle, fh->handle_bytes);
    out->hash = index_hash(f->index, name);
    return true;
}

/* The file of an event, checked against the record's end; NULL. */
static const struct file_handle *file_handle(const struct fanotify_event_info_header *h)
{
    const struct fanotify_event_info_fid *fid = (const void *)h;
    const struct file_handle *fh = (const void *)fid->handle;
    size_t head = sizeof *fid + sizeof *fh;

    return h->len >= head && fh->handle_bytes <= h->len - head ? fh : NULL;
}

/* A folder that is gone is needed until the last event of its names was read. */
static void dir_gone(struct files *f, uint32_t dir)
{
    for (unsigned i = 0; i < f->gone_dirs; i++)
        if (f->gone_dir[i] == dir)
            return;
    if (f->gone_dirs < FILES_GONE_DIRS)
        f->gone_dir[f->gone_dirs++] = dir; /* else: it is asked for again by nobody, some bytes stay */
}

static void forget_gone_dirs(struct files *f)
{
    while (f->gone_dirs)
        index_dir_drop(f->index, f->gone_dir[--f->gone_dirs]);
}

int files_dir_fd(struct files *f, uint32_t fs, uint32_t dir, const struct file_handle *handle)
{
    struct { struct file_handle h; unsigned char room[MAX_HANDLE_SZ]; } copy;

    if (dir != INDEX_NONE && f->open_dir == dir && f->open_dir_fd >= 0)
        return f->open_dir_fd;
    if (f->open_dir_fd >= 0)
        close(f->open_dir_fd);
    copy.h.handle_bytes = handle->handle_bytes;
    copy.h.handle_type = handle->handle_type;
    memcpy(copy.room, handle->f_handle, handle->handle_bytes);
    f->open_dir_fd = open_by_handle_at(f->fs[fs].mount_fd, &copy.h, O_PATH | O_DIRECTORY | O_CLOEXEC);
    f->open_dir = dir;
    if (f->open_dir_fd < 0 && errno == ESTALE && dir != INDEX_NONE)
        dir_gone(f, dir);
    return f->open_dir_fd;
}

/* Path of a place, where its folder stood last when that is gone by now; false when it was never known. */
static bool place_path(struct files *f, const struct place *p, char *out, size_t n)
{
    int dirfd = files_dir_fd(f, p->fs, p->dir, p->handle);
    struct stat st;
    size_t used;

    out[0] = '\0';
    if (dirfd >= 0 && fstat(dirfd, &st) == 0 && st.st_nlink > 0)
        files_path_of(dirfd, out, n);
    if (!out[0])
        snprintf(out, n, "%s", index_dir_path(f->index, p->dir));
    used = strlen(out);
    if (!used)
        atomic_fetch_add(&f->n_lost_events, 1);
    else
        snprintf(out + used, n - used, "/%s", p->name);
    return used > 0;
}

static uint32_t dir_hash(const struct place *p)
{
    return p->fs * 2654435761u ^ p->dir;
}

struct now_is { struct file_id id; int64_t born; uint32_t nlink; uint64_t size; bool folder; };

/* Which file stands under the name now; false when none or not a regular file or folder. */
static bool look_up(struct files *f, int dirfd, const char *name, struct now_is *out)
{
    struct statx x;

    if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &x) < 0)
        return false;
    if (!S_ISREG(x.stx_mode) && !S_ISDIR(x.stx_mode))
        return false;
    out->id.fs = files_fs_of(f, makedev(x.stx_dev_major, x.stx_dev_minor));
    out->id.ino = x.stx_ino;
    out->id.btime_ns = out->born = x.stx_btime.tv_sec * 1000000000LL + x.stx_btime.tv_nsec;
    out->nlink = x.stx_nlink;
    out->size = x.stx_size;
    out->folder = S_ISDIR(x.stx_mode);
    return true;
}

static uint64_t latest(struct files *f, const struct file_id *id)
{
    struct vault_key key = {.ino = id->ino, .btime_ns = id->btime_ns};
    struct vault *v = files_vault(f, id->fs);

    return v ? vault_latest(v, &key) : 0;
}

static uint64_t holds(struct files *f, const struct file_id *id)
{
    struct vault_key key = {.ino = id->ino, .btime_ns = id->btime_ns};
    struct vault *v = files_vault(f, id->fs);

    return v ? vault_holds(v, &key) : 0;
}

/* A tree's own file, made by it a short while ago. */
static bool own(const struct files *f, const struct change *c, uint64_t creator, int64_t btime_ns)
{
    return c->who.tree && creator == c->who.tree && files_lately(f, btime_ns);
}

/* The vault has it, as a version or by its link: it is somebody's document. */
static bool known(struct files *f, const struct file_id *id)
{
    struct vault_key key = {.ino = id->ino, .btime_ns = id->btime_ns};
    struct vault *v = files_vault(f, id->fs);
    int fd = -1;

    if (latest(f, id))
        return true;
    if (v && vault_open_before(v, &key, 0, &fd) == MM_OK)
        close(fd);
    return fd >= 0;
}

/* ---- one handler per kind of change ------------------------------------------- */

static void new_folder(struct files *f, const struct change *c, const struct place *p)
{
    struct guarded_folder *g = NULL;
    char path[LIM_PATH];
    int fd, dirfd = files_dir_fd(f, p->fs, p->dir, p->handle);

    if (dirfd < 0)
        return;
    fd = openat(dirfd, p->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    files_path_of(fd, path, sizeof path);
    for (unsigned i = 0; i < f->nfolders && !g; i++)
        if (f->folder[i].fs == p->fs)
            g = &f->folder[i];
    if (!g || files_excluded(f, path))
        close(fd);
    else
        files_mark_tree(f, g, fd, path, !c->judged || trees_gate(f->trees, c->who.tree) == GATE_CALM);
}

/* Was the file made by this process?  Its birth lies after the process's start. */
static bool made_by(struct files *f, const struct change *c, int64_t born)
{
    struct proc_brief who;

    return c->judged && procs_peek(f->procs, c->who.pid, &who) &&
           born >= files_wall() - (files_now() - (int64_t)who.start_ns);
}

/* Somebody wrote into an original, or it was closed after writing.  Who closes last need not be who wrote:
 * a descriptor can be handed on, and the kernel closes what a dead process left. */
static void written(struct files *f, const struct change *c, const struct place *p, const struct file_id *id,
                    int dirfd, const char *path_now, bool closed)
{
    bool wrote = c->judged && (c->mask & FAN_MODIFY), known = c->judged && trees_touched(f->trees, c->who.tree, id);
    bool others = closed && files_judge_closed(f, c->who.tree, id, p->name, dirfd);
    bool theirs = closed ? known || wrote || !others : !known;
    uint64_t before = latest(f, id);
    char path[LIM_PATH];

    if (theirs && c->judged) {
        if (path_now || place_path(f, p, path, sizeof path))
            files_touch(f, &c->who, id, TOUCH_WRITE, before, path_now ? path_now : path, NULL);
        files_judge(f, &c->who, id, WAY_INPLACE, before, p->name, dirfd);
    }
    if (wrote && !closed)
        trees_modified(f->trees, c->who.tree, id, files_now());
}

/* For reading, what an O_PATH descriptor has shown to be a regular file. */
static int open_again(int fd)
{
    char link[40];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return open(link, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOATIME);
}

/* Notify mode: into a file of ours under a name that it has no more, or that is not ours. */
static void written_elsewhere(struct files *f, const struct change *c, const struct place *p, bool closed)
{
    struct { struct file_handle h; unsigned char room[MAX_HANDLE_SZ]; } copy;
    int fd, file, dirfd = files_dir_fd(f, p->fs, p->dir, p->handle);
    struct now_is now, there;
    char path[LIM_PATH];

    if (!c->file || c->file->handle_bytes > MAX_HANDLE_SZ)
        return;
    memcpy(&copy, c->file, sizeof copy.h + c->file->handle_bytes);
    fd = open_by_handle_at(f->fs[p->fs].mount_fd, &copy.h, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return;
    if (look_up(f, fd, "", &now) && !now.folder && known(f, &now.id) && (file = open_again(fd)) >= 0) {
        struct vault_key key = {.ino = now.id.ino, .btime_ns = now.id.btime_ns};
        bool under_it = dirfd >= 0 && look_up(f, dirfd, p->name, &there) && file_same(&there.id, &now.id);

        /* Which of its names a descriptor shows is the kernel's choice; the vault's own is none of them. */
        files_path_of(file, path, sizeof path);
        files_hold(f, &now.id, file);
        written(f, c, p, &now.id, -1, under_it || strstr(path, "/" VAULT_FOLDER "/") ? NULL : path, closed);
        if (files_vault(f, now.id.fs))
            (void)vault_link_fd(files_vault(f, now.id.fs), file, &key); /* the restore finds the file, not only this name */
        if (closed)
            files_unhold(f, &now.id);
        close(file);
    }
    close(fd);
}

static void changed(struct files *f, const struct change *c, const struct place *p, bool closed)
{
    struct index_name *e;
    struct now_is now;
    int dirfd = files_dir_fd(f, p->fs, p->dir, p->handle);

    if (dirfd < 0 || p->dir == INDEX_NONE || !look_up(f, dirfd, p->name, &now) || now.folder) {
        if (atomic_load(&f->notify))
            written_elsewhere(f, c, p, closed);
        return;
    }
    e = index_find(f->index, p->dir, p->hash);
    if (atomic_load(&f->notify) && !(e && e->ino == now.id.ino && e->btime_ns == now.id.btime_ns))
        written_elsewhere(f, c, p, closed); /* another file has taken the name since */
    if (e && e->ino == now.id.ino && e->btime_ns == now.id.btime_ns) {
        bool made = own(f, c, e->creator, e->btime_ns);

        if (c->judged && closed && made)
            files_judge(f, &c->who, &now.id, WAY_FRESH, 0, p->name, dirfd);
        if (!made)
            written(f, c, p, &now.id, dirfd, NULL, closed);
        if (closed)
            files_unhold(f, &now.id);
        if (closed && !made)
            files_mark_pre_access(f, dirfd, p->name, true); /* until it is calm and has a version again */
    } else if (closed && !e && (!c->judged || made_by(f, c, now.born))) { /* else: a rename that is told next put another file here */
        files_take_in(f, &(struct take_in){.dir = p->dir, .dirfd = dirfd, .name = p->name, .only = &now.id,
                                           .creator = c->judged ? c->who.tree : 0});
        if (c->judged)
            files_judge(f, &c->who, &now.id, WAY_FRESH, 0, p->name, dirfd);
    }
    if (closed && c->judged && files_vault(f, p->fs))
        vault_seen(files_vault(f, p->fs), c->who.tree, files_wall());
    if (closed)
        files_rebase_later(f, p->dir, p->name);
}

static void gone(struct files *f, const struct change *c, const struct place *p, bool moved)
{
    struct index_name e;
    struct file_id id;
    char path[LIM_PATH];
    uint64_t before;

    if (p->dir == INDEX_NONE || !index_take(f->index, p->dir, p->hash, &e))
        return;
    id = files_id_of(p->fs, &e);
    if (own(f, c, e.creator, e.btime_ns)) {
        struct vault_key key = {.ino = e.ino, .btime_ns = e.btime_ns};

        if (files_vault(f, p->fs) && !vault_any_touch(files_vault(f, p->fs), &key))
            vault_unlink(files_vault(f, p->fs), &key); /* its own temporary file, and nobody else's business */
        return;
    }
    if (!c->judged)
        return;
    before = holds(f, &id);
    if (place_path(f, p, path, sizeof path))
        files_touch(f, &c->who, &id, TOUCH_REMOVED, before, path, NULL);
    if (trees_removed(f->trees, &c->who, &id, dir_hash(p), files_now()))
        f->hooks.ask(f->hooks.context, &c->who);
    if (moved)
        files_moved_out(f, &id); /* it still exists: what is written into it will be judged */
    else
        files_judge(f, &c->who, &id, WAY_REMOVED, before, NULL, -1);
    files_gate_changed(f);
}

/* A number for the ending of `to` when it differs from that of `from`; 0 when it is the same. */
static uint32_t new_suffix(const struct files *f, const char *from, const char *to)
{
    const char *a = strrchr(from, '.'), *b = strrchr(to, '.');
    size_t n = strlen(from);

    if (!strncmp(from, to, n) && to[n])
        b = to + n; /* something was appended */
    else if (!b || (a && !strcmp(a, b)))
        return 0;
    return (uint32_t)index_hash(f->index, b) | 1u;
}

/* A file that came under a name from outside the guarded folders, or one we lost sight of. */
static void came_in(struct files *f, const struct change *c, const struct place *p, int dirfd, const struct now_is *now)
{
    /* Saved by an editor since this process began is not made by it: the vault knows such a file. */
    bool fresh = made_by(f, c, now->born) && !known(f, &now->id);
    /* What a tree that is changing originals brings in must not become their newest version. */
    bool calm = !c->judged || trees_gate(f->trees, c->who.tree) == GATE_CALM;

    files_take_in(f, &(struct take_in){.dir = p->dir, .dirfd = dirfd, .name = p->name, .only = &now->id,
                                       .creator = fresh ? c->who.tree : 0, .baseline = !fresh && calm});
    if (fresh)
        files_judge(f, &c->who, &now->id, WAY_FRESH, 0, p->name, dirfd);
    files_rebase_later(f, p->dir, p->name);
}

/* The content that stood under this name is gone from it: another file was renamed over it. */
static void replaced(struct files *f, const struct change *c, const struct place *to, const struct index_name *victim)
{
    struct file_id id = files_id_of(to->fs, victim);
    char path[LIM_PATH];
    uint64_t before;

    if (!c->judged || own(f, c, victim->creator, victim->btime_ns))
        return;
    before = holds(f, &id);
    if (place_path(f, to, path, sizeof path))
        files_touch(f, &c->who, &id, TOUCH_REPLACED, before, path, NULL);
    files_judge(f, &c->who, &id, WAY_REPLACED, before, to->name, files_dir_fd(f, to->fs, to->dir, to->handle));
}

/* One file went from one guarded name to another. */
static void file_renamed(struct files *f, const struct change *c, const struct place *from, const struct place *to,
                         const struct index_name *moved)
{
    struct file_id id = files_id_of(to->fs, moved);
    bool made = own(f, c, moved->creator, moved->btime_ns), from_known, to_known;
    char path[LIM_PATH], path2[LIM_PATH];

    index_put(f->index, to->dir, to->hash, moved->ino, moved->btime_ns, moved->creator);
    if (!c->judged)
        return;
    from_known = place_path(f, from, path, sizeof path);
    to_known = place_path(f, to, path2, sizeof path2);
    if (from_known && to_known)
        files_touch_flagged(f, c->who.tree, made ? TOUCH_NEW : 0, &id, TOUCH_RENAMED, path, path2);
    else if (from_known && !made)
        files_touch(f, &c->who, &id, TOUCH_REMOVED, holds(f, &id), path, NULL); /* into a folder that is gone by now */
    if (!made)
        trees_renamed(f->trees, &c->who, new_suffix(f, from->name, to->name), files_now());
}

/* Does this file stand under the place's name now? */
static bool stands(struct files *f, const struct place *p, const struct index_name *e)
{
    struct file_id id = files_id_of(p->fs, e);
    int dirfd = files_dir_fd(f, p->fs, p->dir, p->handle);
    struct now_is now;

    return dirfd >= 0 && look_up(f, dirfd, p->name, &now) && file_same(&now.id, &id);
}

/* Both names are ours.  RENAME_EXCHANGE comes as two events, one each way: the
 * first moves both entries, the second finds its work done. */
static void renamed_between(struct files *f, const struct change *c, const struct place *from, const struct place *to)
{
    struct index_name moved, victim;
    bool known = from->dir != INDEX_NONE && index_take(f->index, from->dir, from->hash, &moved);
    bool stood = to->dir != INDEX_NONE && index_take(f->index, to->dir, to->hash, &victim);
    struct now_is now;
    int dirfd;

    if (known && stood && stands(f, from, &moved)) {
        index_put(f->index, from->dir, from->hash, moved.ino, moved.btime_ns, moved.creator);
        index_put(f->index, to->dir, to->hash, victim.ino, victim.btime_ns, victim.creator);
        return;
    }
    if (known && stood && stands(f, from, &victim)) {
        file_renamed(f, c, from, to, &moved);
        file_renamed(f, c, to, from, &victim);
        return;
    }
    dirfd = files_dir_fd(f, to->fs, to->dir, to->handle);
    if (dirfd < 0 || to->dir == INDEX_NONE)
        return;
    if (known)
        file_renamed(f, c, from, to, &moved);
    else if (look_up(f, dirfd, to->name, &now) && !now.folder)
        came_in(f, c, to, dirfd, &now);
    if (stood && !(known && moved.ino == victim.ino && moved.btime_ns == victim.btime_ns))
        replaced(f, c, to, &victim);
}

/* From outside the guarded folders, or half of a rename on a kernel that tells the halves apart. */
static void renamed_in(struct files *f, const struct change *c, const struct place *to)
{
    int dirfd = files_dir_fd(f, to->fs, to->dir, to->handle);
    struct index_name victim;
    struct now_is now;
    bool stood = to->dir != INDEX_NONE && index_take(f->index, to->dir, to->hash, &victim);

    if (dirfd < 0 || to->dir == INDEX_NONE || !look_up(f, dirfd, to->name, &now) || now.folder)
        return;
    came_in(f, c, to, dirfd, &now);
    if (stood && (victim.ino != now.id.ino || victim.btime_ns != now.id.btime_ns))
        replaced(f, c, to, &victim);
}

static void renamed(struct files *f, const struct change *c, const struct place *from, const struct place *to)
{
    if (from && to)
        renamed_between(f, c, from, to);
    else if (to)
        renamed_in(f, c, to);
    else if (from)
        gone(f, c, from, true); /* out of the guarded folders: its mark stays on it, its name is gone from here */
}

/* ---- events ---------------------------------------------------------------------- */

static void who_did(struct files *f, int pid, struct change *c)
{
    struct proc_brief b;

    c->judged = false;
    c->who = (struct tree_who){.pid = pid};
    if (pid == f->self)
        return;
    /* Told after the fact: the process may have ended.  The table remembers it once the sensor has caught up. */
    if (!procs_resolve(f->procs, pid, &b) && !(procs_sync(f->procs, LATE_US) && procs_peek(f->procs, pid, &b)))
        return;
    if (!b.in_scope)
        return;
    c->who = (struct tree_who){.tree = b.tree, .pid = b.tgid, .session = b.session};
    c->judged = true;
}

/* Folders: new ones are taken in, renames and removals are noted for the restore. */
static void folder_changed(struct files *f, const struct change *c, const struct place *at,
                           const struct place *from, const struct place *to)
{
    const struct place *any = at ? at : to ? to : from; /* an event has one at least */
    struct file_id id = {.fs = any ? any->fs : 0};
    char path[LIM_PATH], path2[LIM_PATH];
    struct now_is now;
    int dirfd;

    if ((c->mask & FAN_DELETE) && at && c->judged && place_path(f, at, path, sizeof path))
        files_touch_flagged(f, c->who.tree, TOUCH_FOLDER, &id, TOUCH_REMOVED, path, NULL);
    if (from && to && c->judged && place_path(f, from, path, sizeof path) && place_path(f, to, path2, sizeof path2)) {
        dirfd = files_dir_fd(f, to->fs, to->dir, to->handle);
        if (dirfd >= 0 && look_up(f, dirfd, to->name, &now))
            files_touch_flagged(f, c->who.tree, TOUCH_FOLDER, &now.id, TOUCH_RENAMED, path, path2);
    }
    if ((c->mask & (FAN_CREATE | FAN_MOVED_TO)) && at)
        new_folder(f, c, at);
    else if (to)
        new_folder(f, c, to);
}

static void dispatch(struct files *f, const struct change *c, const struct place *at,
                     const struct place *from, const struct place *to)
{
    if (c->mask & FAN_ONDIR) {
        folder_changed(f, c, at, from, to);
        return;
    }
    if (from || to)
        renamed(f, c, from, to);
    if (!at)
        return;
    if (c->mask & FAN_MOVED_FROM)
        gone(f, c, at, true);
    if (c->mask & FAN_MOVED_TO)
        renamed(f, c, NULL, at);
    if (c->mask & FAN_DELETE) {
        int dirfd = files_dir_fd(f, at->fs, at->dir, at->handle);
        struct now_is now;
        struct index_name *e = at->dir == INDEX_NONE ? NULL : index_find(f->index, at->dir, at->hash);

        /* Merged events: a file that was made and stands there is not gone; one that another took the place of is. */
        if (!(e && dirfd >= 0 && look_up(f, dirfd, at->name, &now) && now.id.ino == e->ino &&
              now.id.btime_ns == e->btime_ns))
            gone(f, c, at, false);
    }
    if (c->mask & (FAN_CLOSE_WRITE | FAN_MODIFY))
        changed(f, c, at, (c->mask & FAN_CLOSE_WRITE) != 0);
}

/* Everything that was marked is walked again: after lost events the index may lie. */
static void recover(struct files *f)
{
    atomic_fetch_add(&f->n_lost_events, 1);
    files_walk_again(f, false);
}

static void one_event(struct files *f, const struct fanotify_event_metadata *m)
{
    struct place at, from, to;
    const struct place *pat = NULL, *pfrom = NULL, *pto = NULL;
    struct change c = {.mask = m->mask};
    size_t off = m->metadata_len;

    if (m->mask & FAN_Q_OVERFLOW) {
        recover(f);
        return;
    }
    while (off + sizeof(struct fanotify_event_info_header) <= m->event_len) {
        const struct fanotify_event_info_header *h = (const void *)((const char *)m + off);

        if (h->len < sizeof *h || h->len > m->event_len - off)
            break;
        if (h->info_type == FAN_EVENT_INFO_TYPE_DFID_NAME && parse_place(f, h, &at))
            pat = &at;
        else if (h->info_type == FAN_EVENT_INFO_TYPE_FID)
            c.file = file_handle(h);
        else if (h->info_type == FAN_EVENT_INFO_TYPE_OLD_DFID_NAME && parse_place(f, h, &from))
            pfrom = &from;
        else if (h->info_type == FAN_EVENT_INFO_TYPE_NEW_DFID_NAME && parse_place(f, h, &to))
            pto = &to;
        off += h->len;
    }
    if (!pat && !pfrom && !pto)
        return;
    who_did(f, m->pid, &c);
    dispatch(f, &c, pat, pfrom, pto);
}

/* What is there keeps its version: every quarter of [protect] keep= all names are gone through. */
static void renew_some(struct files *f)
{
    uint32_t top = index_top(f->index), end = f->renew_at + RENEW_PER_TURN;
    int64_t now = files_now(), wall;

    if (now < f->renew_due)
        return;
    wall = files_wall();
    for (; f->renew_at < top && f->renew_at < end; f->renew_at++) {
        uint32_t fs;
        const struct index_name *e = index_at(f->index, f->renew_at, &fs);
        struct vault *v = e ? files_vault(f, fs) : NULL;

        if (v)
            vault_renew(v, &(struct vault_key){.ino = e->ino, .btime_ns = e->btime_ns}, wall);
    }
    if (f->renew_at >= top) {
        f->renew_at = 0;
        f->renew_due = now + f->config->vault_age * 1000000000LL / 4;
    }
}

/* Between two reads of a storm.  A program that makes thousands of files pays for each wake-up of this thread
 * (untar of tiny files: half of its slow-down).  Where originals are touched or an opener waits for a verdict the
 * next event is worth more than that. */
static void gather(struct files *f, size_t got)
{
    bool touched = atomic_exchange(&f->touched, false);

    if (!touched && got < READ_BYTES / 2 && atomic_load(&f->wait.n) == 0)
        nanosleep(&(struct timespec){.tv_nsec = GATHER_NS}, NULL);
}

/* Notify mode begins: what is there is copied ahead.  It ends: everything is marked again. */
static void go_through_again(struct files *f)
{
    unsigned of = atomic_load(&f->taken_up);

    if (atomic_load(&f->notify)) {
        files_rebase_folder(f, INDEX_NONE);
    } else {
        files_walk_again(f, true);
        atomic_store(&f->marked, of);
    }
}

void *files_names_thread(void *arg)
{
    static _Alignas(8) char buffer[READ_BYTES];
    struct files *f = arg;

    files_own_thread(f);
    while (!atomic_load(&f->stopping)) {
        struct fanotify_event_metadata *m = (struct fanotify_event_metadata *)(void *)buffer;
        struct pollfd p = {.fd = f->names, .events = POLLIN};
        bool events;
        ssize_t n;

        atomic_store(&f->names_idle, true);
        renew_some(f);
        events = poll(&p, 1, files_rebase_waits(f) ? REBASE_TICK_MS : IDLE_TICK_MS) > 0;
        if (!events || (!atomic_load(&f->notify) && files_rebase_waits(f))) /* where nobody is held, what happened to them is read first */
            files_rebase_some(f, events);
        if (atomic_exchange(&f->mode_changed, false))
            go_through_again(f);
        atomic_store(&f->names_idle, false);
        n = read(f->names, buffer, sizeof buffer);
        if (n < 0 && errno == EAGAIN)
            forget_gone_dirs(f);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0) {
            atomic_store(&f->broken, true);
            break;
        }
        for (; FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n))
            one_event(f, m);
        if (f->open_dir_fd >= 0) {
            close(f->open_dir_fd); /* do not keep somebody's folder busy */
            f->open_dir_fd = -1;
            f->open_dir = INDEX_NONE;
        }
        gather(f, (size_t)n);
    }
    return NULL;
}
