/* Process sensor by eBPF: loads exec.bpf.o (embedded), reads its ring buffer.
 *
 * Owns the BPF object, its links and the ring buffer; the kernel side detaches
 * when they are closed, also by the death of this process. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "agent/watch/linux/exec_priv.h"
#include "agent/watch/linux/proc_text.h"
#include "lib/err.h"

#define PIDNS_INIT 0xeffffffcu  /* inode of the first pid namespace */
#define PAIRS 16
#define LINKS 3
#define COUNT_MS 50             /* how often the kernel's drop counter is read */

__asm__(".section .rodata\n"
        ".balign 8\n"
        "mm_exec_bpf_start:\n"
        ".incbin \"" BPF_OBJECT_FILE "\"\n"
        "mm_exec_bpf_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const char mm_exec_bpf_start[], mm_exec_bpf_end[];

struct exec_bpf {
    struct bpf_object *object;
    struct bpf_link *links[LINKS];
    struct ring_buffer *ring;
    int dropped_map;
    uint64_t counted_ms, malformed;
    struct cgroup_names *cgroups;
    uint64_t own_mntns, host_mntns; /* of ours, and of the first process: the service manager may give us another */
    /* Device numbers as the kernel and as stat(2) call the same file system:
     * they differ on btrfs.  Learned in our own mount namespace. */
    struct { unsigned kernel; dev_t user; } pairs[PAIRS];
    unsigned pair_next;
};

static uint64_t inode_of(const char *path)
{
    struct stat st;

    return stat(path, &st) ? 0 : (uint64_t)st.st_ino;
}

static dev_t user_device(unsigned kernel)
{
    return makedev(kernel >> 20, kernel & 0xfffffu);
}

/* Only paths that belong to the system are looked at: a hostile one may hang. */
static bool system_path(const char *path)
{
    return !strncmp(path, "/usr/", 5) || !strncmp(path, "/bin/", 5) || !strncmp(path, "/sbin/", 6) ||
           !strncmp(path, "/lib", 4) || !strncmp(path, "/opt/", 5);
}

/* Does `path` as we see it name the file that was executed? */
static bool same_file(struct exec_bpf *b, const struct exec_record *r, const char *path)
{
    struct stat st;

    if (!system_path(path) || stat(path, &st) || (uint64_t)st.st_ino != r->inode)
        return false;
    if (st.st_dev == user_device(r->device))
        return true;
    for (unsigned i = 0; i < PAIRS; i++)
        if (b->pairs[i].kernel == r->device && b->pairs[i].user == st.st_dev)
            return true;
    if (r->mntns != b->own_mntns && r->mntns != b->host_mntns)
        return false;
    b->pairs[b->pair_next].kernel = r->device;
    b->pairs[b->pair_next].user = st.st_dev;
    b->pair_next = (b->pair_next + 1) % PAIRS;
    return true;
}

static void on_exec(struct exec_sensor *s, const struct exec_view *v)
{
    struct process_facts *f = &s->facts;
    struct exec_bpf *b = s->state;
    struct procs_exec more = {.netns = v->r.netns};
    size_t n;

    f->pid = (int32_t)v->r.pid;
    f->ppid = (int32_t)v->r.parent;
    f->uid = v->r.uid;
    f->session = v->r.session;
    f->start_ns = v->r.start_ns;
    f->interactive = (v->r.flags & EXEC_REC_TTY) != 0;
    f->cut = (v->r.flags & (EXEC_REC_PATH_CUT | EXEC_REC_ARGV_CUT | EXEC_REC_ARGV_LOST)) != 0;
    f->cut |= (uint32_t)exec_record_path(v->path, v->r.path_len, f->path, sizeof f->path);
    more.foreign = !same_file(b, &v->r, f->path);
    procs_name(f->path, f->name, sizeof f->name);
    n = strlen(f->path);
    if ((v->r.flags & EXEC_REC_DELETED) && n + sizeof " (deleted)" <= sizeof f->path)
        memcpy(f->path + n, " (deleted)", sizeof " (deleted)");
    f->cut |= (uint32_t)proc_text_argv(v->argv, v->r.argv_len, f->cmdline, sizeof f->cmdline);
    cgroup_names_get(b->cgroups, v->r.cgroup, f->cgroup, sizeof f->cgroup);
    exec_report(s, &more);
}

static int on_record(void *context, void *data, size_t size)
{
    struct exec_sensor *s = context;
    struct procs_fork fork;
    struct exec_view v;

    if (exec_record_parse(data, size, &v)) {
        ((struct exec_bpf *)s->state)->malformed++;
        return 0;
    }
    switch (v.r.kind) {
    case EXEC_REC_FORK:
        fork = (struct procs_fork){.creator = (pid_t)v.r.creator, .parent = (pid_t)v.r.parent,
                                   .child = (pid_t)v.r.pid, .start_ns = v.r.start_ns, .netns = v.r.netns};
        procs_fork_seen(s->procs, &fork);
        break;
    case EXEC_REC_EXIT:
        procs_exit_seen(s->procs, (pid_t)v.r.pid, v.r.start_ns);
        break;
    default:
        on_exec(s, &v);
    }
    return 0;
}

static void bpf_close(struct exec_sensor *s)
{
    struct exec_bpf *b = s->state;

    if (!b)
        return;
    for (int i = 0; i < LINKS; i++)
        bpf_link__destroy(b->links[i]);
    ring_buffer__free(b->ring);
    bpf_object__close(b->object);
    cgroup_names_free(b->cgroups);
    free(b);
    s->state = NULL;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
    (void)level;
    (void)format;
    (void)args;
    return 0;
}

/* Load the object with our scope in its constants. */
static int load(struct exec_bpf *b, const struct scope *scope)
{
    const unsigned netns = scope->kind == SCOPE_NETNS ? (unsigned)scope->netns : 0;
    struct bpf_map *map, *rodata = NULL;

    b->object = bpf_object__open_mem(mm_exec_bpf_start, (uintptr_t)mm_exec_bpf_end - (uintptr_t)mm_exec_bpf_start, NULL);
    if (!b->object)
        return MM_EUNSUPPORTED;
    bpf_object__for_each_map(map, b->object)
        if (strstr(bpf_map__name(map), ".rodata"))
            rodata = map;
    if (!rodata || bpf_map__set_initial_value(rodata, &netns, sizeof netns))
        return MM_EUNSUPPORTED;
    return bpf_object__load(b->object) ? MM_EUNSUPPORTED : MM_OK;
}

static int attach(struct exec_bpf *b, struct exec_sensor *s)
{
    static const char *const names[LINKS] = {"on_fork", "on_exec", "on_exit"};

    for (int i = 0; i < LINKS; i++) {
        struct bpf_program *prog = bpf_object__find_program_by_name(b->object, names[i]);

        b->links[i] = prog ? bpf_program__attach(prog) : NULL;
        if (!b->links[i])
            return MM_EUNSUPPORTED;
    }
    b->dropped_map = bpf_object__find_map_fd_by_name(b->object, "dropped");
    b->ring = ring_buffer__new(bpf_object__find_map_fd_by_name(b->object, "ring"), on_record, s, NULL);
    return b->ring && b->dropped_map >= 0 ? MM_OK : MM_EUNSUPPORTED;
}

static int bpf_open(struct exec_sensor *s, const char *const *folders)
{
    struct exec_bpf *b;
    int rc;

    (void)folders;
    /* The kernel side reports numbers of the first pid namespace. */
    if (inode_of("/proc/self/ns/pid") != PIDNS_INIT)
        return MM_EUNSUPPORTED;
    b = calloc(1, sizeof *b);
    if (!b)
        return MM_ENOMEM;
    s->state = b;
    libbpf_set_print(quiet);
    b->own_mntns = inode_of("/proc/self/ns/mnt");
    b->host_mntns = inode_of("/proc/1/ns/mnt");
    rc = cgroup_names_new(&b->cgroups);
    if (!rc)
        rc = load(b, procs_scope(s->procs));
    if (!rc)
        rc = attach(b, s);
    if (rc)
        bpf_close(s);
    return rc;
}

static void count_dropped(struct exec_sensor *s, struct exec_bpf *b)
{
    uint64_t now = procs_os_now_ms();
    unsigned key = 0;
    unsigned long long n;

    if (now - b->counted_ms < COUNT_MS)
        return;
    b->counted_ms = now;
    if (!bpf_map_lookup_elem(b->dropped_map, &key, &n))
        atomic_store(&s->dropped, n + b->malformed);
}

static int bpf_pump(struct exec_sensor *s, int wait_ms)
{
    struct exec_bpf *b = s->state;
    struct pollfd wait[2] = {{.fd = ring_buffer__epoll_fd(b->ring), .events = POLLIN},
                             {.fd = s->kick_fd, .events = POLLIN}};
    uint64_t kicks;

    if (wait_ms && poll(wait, 2, wait_ms) < 0 && errno != EINTR)
        return MM_EIO;
    if (wait[1].revents && read(s->kick_fd, &kicks, sizeof kicks) < 0 && errno != EAGAIN)
        return MM_EIO;
    if (ring_buffer__consume(b->ring) < 0)
        return MM_EIO;
    count_dropped(s, b);
    return MM_OK;
}

static int bpf_alive(const struct exec_sensor *s)
{
    const struct exec_bpf *b = s->state;
    struct bpf_link_info info;

    for (int i = 0; i < LINKS; i++) {
        __u32 size = sizeof info;

        memset(&info, 0, sizeof info);
        if (bpf_obj_get_info_by_fd(bpf_link__fd(b->links[i]), &info, &size) || !info.prog_id)
            return 0;
    }
    return 1;
}

const struct exec_method_ops exec_bpf_ops = {
    .method = EXEC_BPF, .limits = "", .open = bpf_open, .pump = bpf_pump, .alive = bpf_alive, .close = bpf_close,
    .syncs = true,
};
