/* Freezing trees of our own children; nothing else is ever signalled here: the
 * test is a launcher for the table, so each of its children is a tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/respond/freeze.h"
#include "agent/watch/procs.h"
#include "agent/watch/procs_os.h"
#include "lib/err.h"

#define BOMB 200
#define BURDEN (512u << 20)

struct shared {
    atomic_uint born, beats;
    atomic_int pids[BOMB + 8];
};

/* Our children start threads after the fork, which ThreadSanitizer refuses otherwise. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}

static struct shared *shared;
static struct procs *procs;

static int setup(void **state)
{
    struct scope scope;

    (void)state;
    alarm(240);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);   /* orphans of the tests come to us to be reaped */
    return shared == MAP_FAILED || scope_parse("host", &scope) || procs_new(&procs, &scope);
}

static int teardown(void **state)
{
    (void)state;
    procs_free(procs);
    munmap(shared, sizeof *shared);
    return 0;
}

static void register_me(void)
{
    unsigned i = atomic_fetch_add(&shared->born, 1);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (i < BOMB + 8)
        atomic_store(&shared->pids[i], getpid());
}

/* End what the test started, and only that: who registered, and whom the freeze
 * caught between its birth and that. */
static void clean(uint64_t tree)
{
    pid_t members[2 * BOMB];
    unsigned n = procs_tree_members(procs, tree, members, NULL, 2 * BOMB);

    for (unsigned i = 0; i < n && i < 2 * BOMB; i++)
        if (members[i] > 1 && members[i] != getpid())
            kill(members[i], SIGKILL);
    n = atomic_load(&shared->born);
    for (unsigned i = 0; i < n && i < BOMB + 8; i++)
        if (atomic_load(&shared->pids[i]) > 0)
            kill(atomic_load(&shared->pids[i]), SIGKILL);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    memset(shared, 0, sizeof *shared);
}

/* The tree of a child; never our own. */
static uint64_t tree_of(pid_t child)
{
    struct proc_brief b, me;

    assert_true(procs_resolve(procs, child, &b));
    assert_true(procs_resolve(procs, getpid(), &me));
    assert_int_equal(b.tgid, child);
    assert_int_not_equal(b.tree, me.tree);
    return b.tree;
}

static uint64_t tree_start(void)
{
    struct proc_brief me;

    assert_true(procs_resolve(procs, getpid(), &me));
    return me.start_ns;
}

static _Noreturn void beat(void)
{
    for (;;) {
        atomic_fetch_add(&shared->beats, 1);
        usleep(500);
    }
}

static pid_t start(void (*body)(void))
{
    pid_t pid = fork();

    if (!pid) {
        register_me();
        body();
        _exit(0);
    }
    assert_true(pid > 0);
    while (!atomic_load(&shared->born))
        usleep(100);
    return pid;
}

static void family(void)
{
    for (int i = 0; i < 4; i++)
        if (!fork()) {
            register_me();
            beat();
        }
    beat();
}

static void wait_born(unsigned n)
{
    while (atomic_load(&shared->born) < n)
        usleep(200);
}

static unsigned beats_in_20ms(void)
{
    unsigned a = atomic_load(&shared->beats);

    usleep(20000);
    return atomic_load(&shared->beats) - a;
}

/* On a busy machine one who runs may get no CPU within 20 ms; one who is stopped gets none ever. */
static bool goes_on(void)
{
    for (int i = 0; i < 50; i++)
        if (beats_in_20ms())
            return true;
    return false;
}

static void test_stops_and_continues(void **state)
{
    struct freeze_result r;
    uint64_t tree;

    (void)state;
    tree = tree_of(start(family));
    wait_born(5);
    assert_true(goes_on());
    assert_false(freeze_holds(procs, tree));
    assert_int_equal(freeze_tree(procs, tree, 2000, &r), MM_OK);
    assert_int_equal(r.stable, 1);
    assert_int_equal(r.stopped, 5);
    assert_int_equal(r.refused, 0);
    assert_true(r.passes >= 2);
    assert_int_equal(beats_in_20ms(), 0);
    assert_true(freeze_holds(procs, tree));
    assert_int_equal(thaw_tree(procs, tree, &r), MM_OK);
    assert_int_equal(r.stopped, 5);
    assert_true(goes_on());
    assert_false(freeze_holds(procs, tree));
    clean(tree);
}

/* Stopped ones and running ones; who is not waited for has ended all the same. */
static void test_ends(void **state)
{
    struct freeze_result r;
    struct proc_brief b;
    uint64_t tree;
    pid_t pid;

    (void)state;
    pid = start(family);
    tree = tree_of(pid);
    wait_born(5);
    assert_true(procs_resolve(procs, pid, &b));
    assert_int_equal(freeze_tree(procs, tree, 2000, &r), MM_OK);
    assert_int_equal(end_process(procs, pid, b.start_ns + 5000000000ull), MM_ENOTFOUND); /* another of that number */
    assert_true(freeze_holds(procs, tree));
    assert_int_equal(end_tree(procs, tree, 2000, &r), MM_OK);
    assert_int_equal(r.stopped, 5);
    assert_int_equal(r.refused, 0);
    assert_int_equal(beats_in_20ms(), 0);
    assert_int_equal(end_process(procs, pid, b.start_ns), MM_ENOTFOUND);
    assert_int_equal(end_tree(procs, tree, 2000, &r), MM_OK);
    assert_int_equal(r.stopped, 0);
    assert_int_equal(end_process(procs, 1, 1), MM_ENOTFOUND);
    assert_int_equal(end_process(procs, getpid(), tree_start()), MM_EDENIED);
    for (int i = 0; i < 5; i++)
        assert_true(waitpid(-1, NULL, 0) > 0);
    memset(shared, 0, sizeof *shared);
}

static _Noreturn void burdened(void)
{
    int fd = memfd_create("burden", MFD_CLOEXEC);

    if (fd < 0 || fallocate(fd, 0, 0, (off_t)BURDEN))
        _exit(1);
    atomic_fetch_add(&shared->beats, 1);
    beat();
}

/* A killed process gives back what its descriptors held after it has left its
 * namespaces: with much to give back it is of no scope for long, and no outsider. */
static void test_end_takes_long(void **state)
{
    struct procs *mine = procs, *netns;
    struct freeze_result r;
    struct scope scope;
    uint64_t tree;
    pid_t pid;

    (void)state;
    assert_int_equal(scope_parse("netns", &scope), MM_OK);
    assert_int_equal(procs_new(&netns, &scope), MM_OK);
    procs = netns;
    pid = start(burdened);
    tree = tree_of(pid);
    while (!atomic_load(&shared->beats))
        usleep(100);
    assert_int_equal(end_tree(procs, tree, 5000, &r), MM_OK);
    assert_int_equal(r.refused, 0);
    assert_int_equal(r.stopped, 1);
    assert_true(waitpid(pid, NULL, 0) == pid);
    memset(shared, 0, sizeof *shared);
    procs = mine;
    procs_free(netns);
}

/* Forks as fast as it can; every child forks too, until BOMB were born. */
static void bomb(void)
{
    while (atomic_load(&shared->born) < BOMB) {
        pid_t pid = fork();

        if (!pid)
            register_me();
        usleep(200);
    }
    beat();
}

static void test_fork_bomb(void **state)
{
    struct freeze_result r;
    unsigned born;
    uint64_t tree;
    pid_t pid;

    (void)state;
    pid = start(bomb);
    wait_born(10);
    tree = tree_of(pid);
    assert_int_equal(freeze_tree(procs, tree, 10000, &r), MM_OK);
    assert_int_equal(r.stable, 1);
    born = atomic_load(&shared->born);
    assert_int_equal(beats_in_20ms(), 0);
    assert_int_equal(atomic_load(&shared->born), born);     /* nobody was born any more */
    assert_true(r.stopped >= born);        /* some before they could count themselves */
    assert_true(freeze_holds(procs, tree));
    clean(tree);
}

static void waker(void)
{
    for (int i = 0; i < 3; i++)
        if (!fork()) {
            register_me();
            for (;;) {
                for (unsigned k = 0; k < 4; k++) {
                    pid_t other = atomic_load(&shared->pids[k]);

                    if (other > 0 && other != getpid())
                        kill(other, SIGCONT);
                }
                atomic_fetch_add(&shared->beats, 1);
            }
        }
    beat();
}

static void test_members_wake_each_other(void **state)
{
    struct freeze_result r;
    uint64_t tree;

    (void)state;
    tree = tree_of(start(waker));
    wait_born(4);
    assert_int_equal(freeze_tree(procs, tree, 10000, &r), MM_OK);
    assert_int_equal(r.stopped, 4);
    assert_int_equal(beats_in_20ms(), 0);
    assert_true(freeze_holds(procs, tree));
    clean(tree);
}

static void *beat_thread(void *unused)
{
    (void)unused;
    beat();
}

/* The first thread ends; /proc/PID/stat says zombie while the other goes on. */
static void headless(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, beat_thread, NULL);
    pthread_exit(NULL);
}

static void test_first_thread_ended(void **state)
{
    struct freeze_result r;
    uint64_t tree;
    pid_t pid;

    (void)state;
    pid = start(headless);
    tree = tree_of(pid);
    while (!beats_in_20ms())
        ;
    assert_false(procs_os_stopped(pid));
    assert_int_equal(freeze_tree(procs, tree, 2000, &r), MM_OK);
    assert_int_equal(r.stopped, 1);
    assert_int_equal(beats_in_20ms(), 0);
    clean(tree);
}

static void test_refusals(void **state)
{
    struct freeze_result r = {.stopped = 77};
    struct procs_os os;
    uint64_t tree;
    pid_t pid;

    (void)state;
    pid = start(beat);
    tree = tree_of(pid);
    assert_int_equal(procs_os_read(pid, 0, &os), MM_OK);
    assert_int_equal(procs_may_signal(procs, pid, os.start_ns), MM_OK);
    assert_int_equal(procs_may_signal(procs, pid, os.start_ns + 1000000000), MM_EDENIED);   /* another process of the same number */
    assert_int_equal(procs_may_signal(procs, pid, 0), MM_EDENIED);
    assert_int_equal(procs_may_signal(procs, 1, os.start_ns), MM_EDENIED);
    assert_int_equal(procs_os_read(getpid(), 0, &os), MM_OK);
    assert_int_equal(procs_may_signal(procs, getpid(), os.start_ns), MM_EDENIED);
    assert_int_equal(freeze_tree(procs, 12345, 100, &r), MM_ENOTFOUND);
    assert_int_equal(r.stopped, 0);
    clean(tree);
}

/* A member whose start time is not the one meant stays untouched and counted. */
static void test_wrong_start_is_refused(void **state)
{
    struct freeze_result r;
    struct proc_brief b;
    struct procs_os os;
    pid_t pid;

    (void)state;
    pid = start(beat);
    assert_int_equal(procs_os_read(pid, 0, &os), MM_OK);
    procs_on_fork(procs, getpid(), pid, os.start_ns + 5000000000ull);
    assert_true(procs_peek(procs, pid, &b));
    (void)freeze_tree(procs, b.tree, 50, &r);
    assert_int_equal(r.stopped, 0);
    assert_int_equal(r.refused, 1);
    assert_true(goes_on());
    clean(b.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stops_and_continues), cmocka_unit_test(test_ends), cmocka_unit_test(test_end_takes_long), cmocka_unit_test(test_fork_bomb),
        cmocka_unit_test(test_members_wake_each_other), cmocka_unit_test(test_first_thread_ended),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_wrong_start_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
