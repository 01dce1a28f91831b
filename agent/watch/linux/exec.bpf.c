/* Kernel side of the process sensor: fork, exec and exit of processes into one
 * ring buffer.
 *
 * CO-RE without vmlinux.h: the few kernel structs below name only the fields
 * that we read; libbpf relocates them to the running kernel's BTF.  Needs Linux
 * 5.10 (ring buffer 5.8, tp_btf 5.5) with CONFIG_DEBUG_INFO_BTF, and
 * CAP_BPF + CAP_PERFMON, or CAP_SYS_ADMIN, to load; none of them afterwards.
 *
 * argv is read inside the exec, from the new program's stack that the kernel
 * has just written: there is nothing to race with, and the pages are there.
 * The executable's path is walked from its dentry (bpf_d_path is not allowed
 * in tracepoints), so that it is known when the process is long gone.
 *
 * Tracepoint programs run with preemption disabled, so one scratch record per
 * CPU suffices (on PREEMPT_RT of 6.19 and later two execs of one CPU could
 * meet in it: the second is dropped and counted). */
#include <linux/types.h>
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "agent/watch/linux/exec_record.h"

#define KERNEL __attribute__((preserve_access_index))
#define PF_KTHREAD 0x00200000
#define SID 3                       /* PIDTYPE_SID since 4.19 */
#define RING_BYTES (1u << 20)
#define WAKE_AT (64u << 10)         /* forks and exits do not wake the reader before so much waits */

struct ns_common { unsigned int inum; } KERNEL;
struct net { struct ns_common ns; } KERNEL;
struct mnt_namespace { struct ns_common ns; } KERNEL;
struct nsproxy { struct net *net_ns; struct mnt_namespace *mnt_ns; } KERNEL;
struct upid { int nr; } KERNEL;
struct pid { struct upid numbers[1]; } KERNEL;
typedef struct { int counter; } atomic_t;
struct tty_struct;
struct signal_struct { atomic_t live; struct pid *pids[4]; struct tty_struct *tty; } KERNEL;
typedef struct { unsigned int val; } kuid_t;
struct cred { kuid_t euid; } KERNEL;
struct mm_struct { unsigned long arg_start, arg_end; } KERNEL;
struct task_struct {
    unsigned int flags;
    int pid, tgid;
    struct task_struct *real_parent, *group_leader;
    struct mm_struct *mm;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    const struct cred *cred;
    unsigned long long start_boottime;
} KERNEL;
struct super_block { unsigned int s_dev; } KERNEL;
struct inode { unsigned long i_ino; struct super_block *i_sb; } KERNEL;
struct qstr { const unsigned char *name; } KERNEL;
struct hlist_bl_node { struct hlist_bl_node **pprev; } KERNEL;
struct dentry { struct hlist_bl_node d_hash; struct dentry *d_parent; struct qstr d_name; } KERNEL;
struct vfsmount { struct dentry *mnt_root; } KERNEL;
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; } KERNEL;
struct path { struct vfsmount *mnt; struct dentry *dentry; } KERNEL;
struct file { struct path f_path; struct inode *f_inode; } KERNEL;
struct linux_binprm { struct file *file; } KERNEL;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Set before loading: report this network namespace alone (0: all). */
const volatile unsigned int only_netns = 0;

struct scratch {
    unsigned int busy;
    struct exec_record r;
    char text[2 * EXEC_RECORD_TEXT + EXEC_RECORD_PART];
};

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, RING_BYTES);
} ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, unsigned int);
    __type(value, struct scratch);
} scratch SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, unsigned int);
    __type(value, unsigned long long);
} dropped SEC(".maps");

static __always_inline void drop(void)
{
    unsigned int zero = 0;
    unsigned long long *n = bpf_map_lookup_elem(&dropped, &zero);

    if (n)
        __sync_fetch_and_add(n, 1);
}

static __always_inline unsigned int netns_of(struct task_struct *t)
{
    return BPF_CORE_READ(t, nsproxy, net_ns, ns.inum);
}

static __always_inline int ours(unsigned int netns)
{
    return !only_netns || netns == only_netns;
}

/* Forks and exits are read with the next exec, on request, or four times a second (WAIT_MS of exec.c). */
static __always_inline unsigned long long quietly(void)
{
    return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > WAKE_AT ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
    unsigned int netns;
    struct exec_record *r;

    if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid) || (BPF_CORE_READ(child, flags) & PF_KTHREAD))
        return 0;
    netns = netns_of(child);
    if (!ours(netns))
        return 0;
    r = bpf_ringbuf_reserve(&ring, sizeof *r, 0);
    if (!r) {
        drop();
        return 0;
    }
    __builtin_memset(r, 0, sizeof *r);
    r->kind = EXEC_REC_FORK;
    r->pid = BPF_CORE_READ(child, tgid);
    r->creator = BPF_CORE_READ(parent, tgid);
    r->parent = BPF_CORE_READ(child, real_parent, tgid);
    r->start_ns = BPF_CORE_READ(child, start_boottime);
    r->netns = netns;
    bpf_ringbuf_submit(r, quietly());
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
    struct exec_record *r;
    unsigned int netns;

    if (BPF_CORE_READ(task, signal, live.counter) || (BPF_CORE_READ(task, flags) & PF_KTHREAD))
        return 0;                       /* other threads go on */
    netns = netns_of(task);
    if (!ours(netns))
        return 0;
    r = bpf_ringbuf_reserve(&ring, sizeof *r, 0);
    if (!r) {
        drop();
        return 0;
    }
    __builtin_memset(r, 0, sizeof *r);
    r->kind = EXEC_REC_EXIT;
    r->pid = BPF_CORE_READ(task, tgid);
    r->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
    r->netns = netns;
    bpf_ringbuf_submit(r, quietly());
    return 0;
}

/* The mount that holds a vfsmount. */
static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
    return (struct mount *)((char *)mnt - bpf_core_field_offset(struct mount, mnt));
}

/* Parts of the path, leaf first, to text[0..EXEC_RECORD_TEXT); returns their length. */
static __always_inline unsigned long walk(struct scratch *s, struct file *file)
{
    struct dentry *d = BPF_CORE_READ(file, f_path.dentry);
    struct mount *m = mount_of(BPF_CORE_READ(file, f_path.mnt));
    unsigned long at = 0;

    /* No name: unlinked, or one that never had any (memfd: its own parent, no mount's root). */
    if (!BPF_CORE_READ(d, d_hash.pprev) && d != BPF_CORE_READ(m, mnt.mnt_root)) {
        s->r.flags |= EXEC_REC_DELETED;
        if (BPF_CORE_READ(d, d_parent) == d) {
            long n = bpf_probe_read_kernel_str(s->text, EXEC_RECORD_PART, BPF_CORE_READ(d, d_name.name));

            return n > 0 ? n & (2 * EXEC_RECORD_PART - 1) : 0;
        }
    }
    for (int i = 0; i < EXEC_RECORD_PARTS; i++) {
        struct dentry *up = BPF_CORE_READ(d, d_parent);
        long n;

        if (d == BPF_CORE_READ(m, mnt.mnt_root) || up == d) {
            struct mount *above = BPF_CORE_READ(m, mnt_parent);

            if (above == m || !above)
                return at;
            d = BPF_CORE_READ(m, mnt_mountpoint);
            m = above;
            continue;
        }
        if (at >= EXEC_RECORD_TEXT - EXEC_RECORD_PART)
            break;
        n = bpf_probe_read_kernel_str(&s->text[at & (EXEC_RECORD_TEXT - 1)], EXEC_RECORD_PART,
                                      BPF_CORE_READ(d, d_name.name));
        if (n <= 0)
            break;
        at += (unsigned long)n & (2 * EXEC_RECORD_PART - 1);
        d = up;
    }
    s->r.flags |= EXEC_REC_PATH_CUT;
    return at;
}

/* argv behind the path; returns its length. */
static __always_inline unsigned long copy_argv(struct scratch *s, struct task_struct *task, unsigned long at)
{
    unsigned long start = BPF_CORE_READ(task, mm, arg_start), end = BPF_CORE_READ(task, mm, arg_end);
    unsigned long n = end > start ? end - start : 0;

    if (n > EXEC_RECORD_TEXT - 1) {
        n = EXEC_RECORD_TEXT - 1;
        s->r.flags |= EXEC_REC_ARGV_CUT;
    }
    asm volatile("%0 &= 0xfff" : "+r"(n));
    asm volatile("%0 &= 0xfff" : "+r"(at));
    if (bpf_probe_read_user(&s->text[at], n, (const void *)start)) {
        s->r.flags |= EXEC_REC_ARGV_LOST;
        n = 0;
    }
    return n;
}

static __always_inline void who(struct exec_record *r, struct task_struct *task)
{
    r->kind = EXEC_REC_EXEC;
    r->pid = BPF_CORE_READ(task, tgid);
    r->parent = BPF_CORE_READ(task, real_parent, tgid);
    r->creator = 0;
    r->uid = BPF_CORE_READ(task, cred, euid.val);
    r->session = BPF_CORE_READ(task, signal, pids[SID], numbers[0].nr);
    r->mntns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
    r->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
    r->cgroup = bpf_get_current_cgroup_id();
    r->flags = BPF_CORE_READ(task, signal, tty) ? EXEC_REC_TTY : 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    unsigned int zero = 0, netns = netns_of(task);
    unsigned long size, path_len, argv_len;
    struct scratch *s;

    if (!ours(netns))
        return 0;
    s = bpf_map_lookup_elem(&scratch, &zero);
    if (!s || s->busy) {
        drop();
        return 0;
    }
    s->busy = 1;
    who(&s->r, task);
    s->r.netns = netns;
    s->r.device = BPF_CORE_READ(bprm, file, f_inode, i_sb, s_dev);
    s->r.inode = BPF_CORE_READ(bprm, file, f_inode, i_ino);
    path_len = walk(s, BPF_CORE_READ(bprm, file));
    argv_len = copy_argv(s, task, path_len);
    s->r.path_len = path_len;
    s->r.argv_len = argv_len;
    size = sizeof s->r + path_len + argv_len;
    asm volatile("%0 &= 0x3fff" : "+r"(size)); /* the verifier forgot the bounds of both */
    if (size > sizeof s->r + sizeof s->text)
        size = sizeof s->r;
    if (bpf_ringbuf_output(&ring, &s->r, size, 0))
        drop();
    s->busy = 0;
    return 0;
}
