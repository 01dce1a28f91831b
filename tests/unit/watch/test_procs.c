/* The process table, fed by hand with processes of numbers far above any real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/procs_priv.h"
#include "lib/err.h"

#define A 5000001
#define S 1000000000ull

static struct process_facts facts, seen;

static struct procs *table(enum scope_kind kind, const char *cgroup)
{
    struct scope scope = {.kind = kind, .netns = 42};
    struct procs *p;

    alarm(60);
    snprintf(scope.cgroup, sizeof scope.cgroup, "%s", cgroup);
    assert_int_equal(procs_new(&p, &scope), MM_OK);
    return p;
}

static uint64_t tree(struct procs *p, pid_t pid)
{
    struct proc_brief b;

    assert_true(procs_peek(p, pid, &b));
    assert_int_equal(b.tgid, pid);
    return b.tree;
}

/* pid executes path as a child of ppid. */
static void runs(struct procs *p, pid_t pid, pid_t ppid, const char *path, const char *cmdline)
{
    memset(&seen, 0, sizeof seen);
    seen.pid = pid;
    seen.ppid = ppid;
    seen.session = (uint32_t)A;
    seen.start_ns = (uint64_t)pid * S;
    snprintf(seen.path, sizeof seen.path, "%s", path);
    snprintf(seen.cmdline, sizeof seen.cmdline, "%s", cmdline);
    procs_on_exec(p, &seen, 42, &facts);
}

static void forks(struct procs *p, pid_t parent, pid_t child)
{
    procs_on_fork(p, parent, child, (uint64_t)child * S);
}

static void test_facts_of_an_exec(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");

    (void)state;
    runs(p, A, 1, "/usr/bin/bash", "bash run.sh");
    forks(p, A, A + 1);
    runs(p, A + 1, A, "/home/u/evil", "evil --all files");
    assert_string_equal(facts.name, "evil");
    assert_string_equal(facts.path, "/home/u/evil");
    assert_string_equal(facts.cmdline, "evil --all files");
    assert_string_equal(facts.parent_name, "bash");
    assert_string_equal(facts.parent_path, "/usr/bin/bash");
    assert_string_equal(facts.user, "root");
    assert_int_equal(facts.packaged, 0);
    assert_int_equal(facts.tree, tree(p, A));
    memset(&facts, 1, sizeof facts);
    assert_int_equal(procs_facts(p, A + 1, &facts), MM_OK);
    assert_string_equal(facts.cmdline, "evil --all files");
    assert_int_equal(procs_facts(p, A + 99, &facts), MM_ENOTFOUND);
    assert_int_equal(procs_tree_root(p, facts.tree, &facts), MM_OK);
    assert_int_equal(facts.pid, A);
    procs_free(p);
}

/* fork, fork, the middle ends, setsid, exec: the grandchild stays in the tree. */
static void test_daemon_stays_in_its_tree(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");
    pid_t pids[8];
    uint64_t starts[8];

    (void)state;
    runs(p, A, 1, "/home/u/start", "start");
    forks(p, A, A + 1);
    forks(p, A + 1, A + 2);
    procs_on_exit(p, A + 1);
    runs(p, A + 2, 1, "/home/u/worker", "worker");      /* init is the parent now */
    assert_int_equal(facts.tree, tree(p, A));
    assert_int_equal(facts.ppid, 1);
    assert_string_equal(facts.parent_name, "start");    /* who started it, not who adopted it */
    procs_on_exit(p, A);
    forks(p, A + 2, A + 3);
    assert_int_equal(tree(p, A + 3), facts.tree);
    assert_int_equal(procs_tree_members(p, facts.tree, pids, starts, 8), 2);
    assert_int_equal(procs_tree_members(p, facts.tree, pids, NULL, 1), 2);
    procs_free(p);
}

/* CLONE_PARENT makes a sibling of the creator: the tree follows who called. */
static void test_sibling_by_clone(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");
    struct procs_fork f = {.creator = A, .parent = 1, .child = A + 1, .start_ns = (A + 1) * S};

    (void)state;
    runs(p, A, 1, "/home/u/a", "a");
    procs_fork_seen(p, &f);
    assert_int_equal(tree(p, A + 1), tree(p, A));
    procs_free(p);
}

static void test_launchers(void **state)
{
    static const struct { struct launcher_view v; bool is; } cases[] = {
        {{"x", "x", "", 1, 1, false, false}, true},
        {{"systemd", "/usr/lib/systemd/systemd --user", "systemd", 9, 9, true, false}, true},
        {{"systemd", "systemd", "", 9, 9, false, false}, false},        /* anybody's copy */
        {{"sshd", "sshd: u@pts/0", "sshd", 9, 9, true, false}, true},
        {{"cron", "cron -f", "systemd", 9, 9, true, false}, true},
        {{"su", "su -", "bash", 9, 9, true, true}, false},
        {{"sudo", "sudo x", "bash", 9, 9, true, true}, false},
        {{"bash", "-bash", "sshd", 9, 9, true, true}, true},
        {{"bash", "bash --rcfile /x/rc -i", "code", 9, 9, true, true}, true},
        {{"bash", "-bash", "sshd", 9, 9, true, false}, false},          /* no terminal */
        {{"bash", "-bash", "sshd", 9, 8, true, true}, false},           /* not the session's first */
        {{"bash", "bash run.sh", "xterm", 9, 9, true, true}, false},
        {{"bash", "bash -c run", "xterm", 9, 9, true, true}, false},
        {{"bash", "bash -ic run", "xterm", 9, 9, true, true}, false},
        {{"smbd", "smbd -F", "systemd", 9, 9, true, false}, true},
        {{"smbd", "smbd -F", "smbd", 9, 9, true, false}, false},        /* a client's server */
        {{"rsync", "rsync --daemon", "systemd", 9, 9, true, false}, true},
        {{"rsync", "rsync -a a b", "bash", 9, 9, true, false}, false},
        {{"python3.11", "python3 x.py", "bash", 9, 9, true, true}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (procs_is_launcher(&cases[i].v) != cases[i].is)
            fail_msg("case %zu: %s (%s)", i, cases[i].v.name, cases[i].v.cmdline);
}

static void test_launcher_children_are_apart(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");

    (void)state;
    forks(p, getpid(), A);          /* we are a launcher: our roles are no accomplices */
    forks(p, getpid(), A + 1);
    forks(p, A, A + 2);
    assert_int_not_equal(tree(p, A), tree(p, A + 1));
    assert_int_equal(tree(p, A), tree(p, A + 2));
    procs_free(p);
}

static void test_scope_netns(void **state)
{
    struct procs *p = table(SCOPE_NETNS, "");
    struct proc_brief b;
    uint64_t first;

    (void)state;
    runs(p, A, 1, "/sbin/ip", "ip netns exec lab x");   /* netns 42 = scope */
    first = facts.tree;
    memset(&seen, 0, sizeof seen);
    seen.pid = A + 1;
    seen.ppid = A + 7;
    seen.start_ns = (A + 1) * S;
    snprintf(seen.path, sizeof seen.path, "%s", "/usr/bin/x");
    procs_on_exec(p, &seen, 43, &facts);
    assert_true(procs_peek(p, A + 1, &b));
    assert_false(b.in_scope);
    forks(p, A + 1, A + 2);
    assert_true(procs_peek(p, A + 2, &b));
    assert_false(b.in_scope);
    /* A + 2 enters the scope and executes: a tree of its own, as behind a launcher. */
    runs(p, A + 2, A + 1, "/usr/bin/y", "y");
    assert_true(procs_peek(p, A + 2, &b));
    assert_true(b.in_scope);
    assert_int_not_equal(b.tree, first);
    assert_int_not_equal(b.tree, tree(p, A + 1));
    assert_int_equal(procs_peek(p, getpid(), &b), 0);   /* our real netns is not 42 */
    procs_free(p);
}

static void test_scope_texts(void **state)
{
    struct scope s = {.kind = SCOPE_CGROUP};

    (void)state;
    assert_int_equal(scope_parse("host", &s), MM_OK);
    assert_int_equal(s.kind, SCOPE_HOST);
    assert_int_equal(scope_parse("netns", &s), MM_OK);
    assert_true(s.netns != 0);
    assert_int_equal(scope_parse("cgroup:/lab/a/", &s), MM_OK);
    assert_string_equal(s.cgroup, "/lab/a");
    assert_true(scope_holds(&s, 0, "/lab/a"));
    assert_true(scope_holds(&s, 0, "/lab/a/b"));
    assert_false(scope_holds(&s, 0, "/lab/ab"));
    assert_false(scope_holds(&s, 0, "/lab"));
    assert_false(scope_holds(&s, 0, ""));
    for (const char *const *bad = (const char *const[]){"", "net", "cgroup:", "cgroup:lab", "cgroup:/a/../b", "hosts", NULL}; *bad; bad++)
        assert_int_equal(scope_parse(*bad, &s), MM_EINVAL);
    assert_string_equal(s.cgroup, "/lab/a");            /* untouched on failure */
    assert_int_equal(scope_parse(NULL, &s), MM_EINVAL);
}

/* A number used again is another process; the old one's end does not touch it. */
static void test_number_used_again(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");
    struct proc_brief b;
    uint64_t old;

    (void)state;
    runs(p, A, 1, "/home/u/a", "a");
    old = tree(p, A);
    procs_on_exit(p, A);
    assert_true(procs_peek(p, A, &b));
    assert_true(b.ended);
    assert_int_equal(b.tree, old);
    assert_false(procs_resolve(p, A, &b) && !b.ended);  /* /proc knows nobody of that number */
    runs(p, A + 1, 1, "/home/u/b", "b");
    procs_on_fork(p, A + 1, A, 7 * S);
    assert_true(procs_peek(p, A, &b));
    assert_false(b.ended);
    assert_int_equal(b.tree, tree(p, A + 1));
    procs_exit_seen(p, A, (uint64_t)A * S);             /* late news of the first */
    assert_true(procs_peek(p, A, &b));
    assert_false(b.ended);
    procs_free(p);
}

static void test_table_is_bounded(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");
    unsigned rows, living;

    (void)state;
    memset(&seen, 0, sizeof seen);
    memset(seen.cmdline, 'x', LIM_CMDLINE - 1);
    snprintf(seen.path, sizeof seen.path, "%s", "/home/u/long");
    for (pid_t i = 0; i < 2 * LIM_PROCS; i++) {
        forks(p, getpid(), A + i);
        if (i % 16 == 0) {
            seen.pid = A + i;
            seen.start_ns = (uint64_t)(A + i) * S;
            procs_on_exec(p, &seen, 0, NULL);
        }
        if (i >= 100)
            procs_on_exit(p, A + i - 100);
    }
    assert_true(p->table.text <= LIM_PROCS_TEXT);
    procs_counts(p, &rows, &living);
    assert_true(rows <= LIM_PROCS);
    assert_true(living < 100 + 1000);
    /* The newest are remembered. */
    assert_int_equal(procs_facts(p, A + 2 * LIM_PROCS - 1, &facts), MM_OK);
    procs_free(p);
}

static void test_full_of_living(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");
    unsigned rows, living;

    (void)state;
    for (pid_t i = 0; i < LIM_PROCS + 50; i++)
        forks(p, getpid(), A + i);
    procs_counts(p, &rows, &living);
    assert_int_equal(rows, LIM_PROCS);
    assert_true(p->table.refused >= 50);
    runs(p, A + LIM_PROCS + 60, 1, "/x/late", "late");  /* no row, yet its facts come through */
    assert_string_equal(facts.cmdline, "late");
    procs_free(p);
}

struct thread_info { atomic_int tid, stop; };

static void *idle_thread(void *context)
{
    struct thread_info *t = context;

    atomic_store(&t->tid, (int)syscall(SYS_gettid));
    while (!atomic_load(&t->stop))
        usleep(1000);
    return NULL;
}

static void test_threads_belong_to_processes(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");
    struct thread_info info = {0};
    struct proc_brief b;
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, idle_thread, &info);
    while (!atomic_load(&info.tid))
        usleep(100);
    assert_false(procs_peek(p, atomic_load(&info.tid), &b));
    assert_true(procs_resolve(p, atomic_load(&info.tid), &b));
    assert_int_equal(b.tgid, getpid());
    assert_true(procs_peek(p, atomic_load(&info.tid), &b));
    assert_int_equal(b.tgid, getpid());
    atomic_store(&info.stop, 1);
    pthread_join(thread, NULL);
    procs_free(p);
}

/* /proc shows a program's words some time after its descriptors were closed by the exec. */
static bool shows(pid_t pid, const char *words, size_t n)
{
    char path[64], is[64] = "";
    ssize_t got;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    got = read(fd, is, sizeof is);
    close(fd);
    return got == (ssize_t)n && !memcmp(is, words, n);
}

/* Real children: resolved on a miss, completed later, ended by a rescan. */
static void test_real_children(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");
    struct proc_brief b;
    pid_t child = fork();

    (void)state;
    if (!child) {
        execl("/bin/sleep", "sleep", "30", (char *)NULL);
        _exit(1);
    }
    assert_true(child > 0);
    for (int i = 0; i < 10000 && !shows(child, "sleep\0" "30", sizeof "sleep\0" "30"); i++)
        usleep(1000);
    assert_true(procs_resolve(p, child, &b));
    assert_int_equal(b.tgid, child);
    assert_true(b.in_scope);
    assert_true(procs_complete(p, 8) > 0);
    assert_int_equal(procs_facts(p, child, &facts), MM_OK);
    assert_string_equal(facts.cmdline, "sleep 30");
    assert_string_equal(facts.name, "sleep");
    assert_int_equal(facts.packaged, access("/var/lib/dpkg/info", R_OK) == 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(procs_rescan(p, false), MM_OK);
    assert_true(procs_peek(p, child, &b));
    assert_true(b.ended);
    procs_free(p);
}

/* A sensor that catches up tells whose the orphan is before /proc makes it init's. */
static struct procs *catching_up;
static pid_t orphan;

static bool catch_up(void *context, unsigned budget_us)
{
    struct procs_os os;

    (void)budget_us;
    if (!procs_os_read(orphan, 0, &os))
        procs_on_fork(catching_up, *(pid_t *)context, orphan, os.start_ns);
    return true;
}

static void test_orphan_waits_for_the_sensor(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");
    pid_t creator = A;
    struct proc_brief b;

    (void)state;
    runs(p, A, 1, "/home/u/a", "a");
    orphan = fork();
    if (!orphan) {
        pause();
        _exit(0);
    }
    catching_up = p;
    procs_set_sync(p, catch_up, &creator);
    assert_true(procs_resolve(p, orphan, &b));          /* /proc says: child of a launcher (us) */
    assert_int_equal(b.tree, tree(p, A));
    procs_set_sync(p, NULL, NULL);
    kill(orphan, SIGKILL);
    waitpid(orphan, NULL, 0);
    procs_free(p);
}

/* A process that lives and its child, which has ended and was not waited for. */
static pid_t zombie(pid_t *parent)
{
    struct procs_os os = {0};
    int report[2];
    pid_t child;

    assert_int_equal(pipe(report), 0);
    *parent = fork();
    if (*parent == 0) {
        child = fork();
        if (child == 0)
            _exit(0);
        if (write(report[1], &child, sizeof child) == sizeof child)
            pause();
        _exit(1);
    }
    assert_int_equal(read(report[0], &child, sizeof child), sizeof child);
    while (!procs_os_ended(&os))
        assert_int_equal(procs_os_read(child, 0, &os), MM_OK);
    close(report[0]);
    close(report[1]);
    return child;
}

static void bury(pid_t parent)
{
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
}

/* A removal is told after the fact: who did it may be a zombie, which has no
 * namespaces.  That makes it no outsider. */
static void test_zombie_is_no_outsider(void **state)
{
    struct scope scope = {.kind = SCOPE_NETNS, .netns = procs_os_own_netns()};
    struct process_facts rm = {.path = "/usr/bin/rm", .cmdline = "rm -f x"};
    pid_t parent, child = zombie(&parent);
    struct procs_fork f = {.creator = parent, .child = child, .netns = scope.netns};
    struct procs *p;
    struct procs_os os;
    struct proc_brief b;

    (void)state;
    alarm(60);
    assert_int_equal(procs_new(&p, &scope), MM_OK);
    assert_int_equal(procs_os_read(child, 0, &os), MM_OK);
    assert_true(procs_resolve(p, child, &b));
    assert_true(b.in_scope);
    assert_int_equal(b.tree, tree(p, parent));
    /* the sensor tells later: it is the same process in the same tree */
    f.start_ns = rm.start_ns = os.start_ns;
    procs_fork_seen(p, &f);
    rm.pid = child;
    rm.ppid = parent;
    procs_on_exec(p, &rm, scope.netns, &facts);
    assert_int_equal(facts.tree, tree(p, parent));
    procs_on_exit(p, child);
    assert_true(procs_resolve(p, child, &b));
    assert_true(b.in_scope && b.ended);
    assert_int_equal(b.tree, tree(p, parent));
    bury(parent);
    procs_free(p);
}

/* Between leaving its namespaces and being a zombie it looks like any running process. */
static void test_dying_is_no_outsider(void **state)
{
    struct procs_os dying = {.tgid = A + 1, .ppid = A, .start_ns = (A + 1) * S, .state = 'R', .threads = 1, .comm = "rm"};
    struct procs *p = table(SCOPE_NETNS, "");
    struct proc_brief b;

    (void)state;
    runs(p, A, 1, "/home/u/attack", "attack");
    rows_insert(p, &dying);                     /* netns 0: not readable */
    assert_true(procs_peek(p, A + 1, &b));
    assert_true(b.in_scope);
    assert_int_equal(b.tree, tree(p, A));
    dying.tgid = A + 2;
    dying.netns = 43;                           /* readable, and another one */
    rows_insert(p, &dying);
    assert_true(procs_peek(p, A + 2, &b));
    assert_false(b.in_scope);
    procs_free(p);
}

/* The parent is elsewhere; what the sensor saw of the child decides, also when it tells late. */
static void test_sensor_knows_the_scope_better(void **state)
{
    pid_t parent, child = zombie(&parent);
    struct procs_fork f = {.creator = A, .child = child, .netns = 42};
    struct procs *p = table(SCOPE_NETNS, "");
    struct procs_os os;
    struct proc_brief b;

    (void)state;
    runs(p, A, 1, "/home/u/attack", "attack");
    assert_int_equal(procs_os_read(child, 0, &os), MM_OK);
    assert_true(procs_resolve(p, child, &b));
    assert_false(b.in_scope);                   /* our own network namespace is not 42 */
    f.start_ns = os.start_ns;
    procs_fork_seen(p, &f);
    assert_true(procs_peek(p, child, &b));
    assert_true(b.in_scope);
    assert_int_equal(b.tree, tree(p, A));
    bury(parent);
    procs_free(p);
}

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Permission threads ask at every open: the fastest of ten rounds below 2 us, sanitizers included. */
static void test_peek_is_cheap(void **state)
{
    struct procs *p = table(SCOPE_HOST, "");
    struct proc_brief b;
    double best = 1e9;

    (void)state;
    for (int r = 0; r < 10; r++) {
        double begun = now_ns(), took;

        for (int i = 0; i < 10000; i++)
            procs_peek(p, getpid(), &b);
        took = (now_ns() - begun) / 10000;
        if (took < best)
            best = took;
    }
    print_message("procs_peek: %.0f ns\n", best);
    assert_true(best < 2000);
    procs_free(p);
}

static void test_users_and_names(void **state)
{
    char name[LIM_USER], path[] = "/tmp/test_procs.XXXXXX";
    struct users *u;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "root:x:0:0::/:/bin/sh\nbroken\n:x:5:5\nx:y:z:\n花子:x:1001:1001::/home:/bin/sh\n") > 0);
    close(fd);
    assert_int_equal(users_new(&u, path), MM_OK);
    users_name(u, 0, name);
    assert_string_equal(name, "root");
    users_name(u, 1001, name);
    assert_string_equal(name, "花子");
    users_name(u, 5, name);
    assert_string_equal(name, "5");
    users_free(u);
    unlink(path);
    procs_name("/memfd:x (deleted)", name, sizeof name);
    assert_string_equal(name, "memfd:x");
    procs_name("/", name, sizeof name);
    assert_string_equal(name, "");
    procs_name("/a/bcdef", name, 4);
    assert_string_equal(name, "bcd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_of_an_exec), cmocka_unit_test(test_daemon_stays_in_its_tree),
        cmocka_unit_test(test_sibling_by_clone), cmocka_unit_test(test_launchers),
        cmocka_unit_test(test_launcher_children_are_apart), cmocka_unit_test(test_scope_netns),
        cmocka_unit_test(test_scope_texts), cmocka_unit_test(test_number_used_again),
        cmocka_unit_test(test_table_is_bounded), cmocka_unit_test(test_full_of_living),
        cmocka_unit_test(test_threads_belong_to_processes), cmocka_unit_test(test_real_children),
        cmocka_unit_test(test_orphan_waits_for_the_sensor), cmocka_unit_test(test_zombie_is_no_outsider),
        cmocka_unit_test(test_dying_is_no_outsider),
        cmocka_unit_test(test_sensor_knows_the_scope_better), cmocka_unit_test(test_peek_is_cheap),
        cmocka_unit_test(test_users_and_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
