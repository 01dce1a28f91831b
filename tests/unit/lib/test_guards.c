/* Another program's permission marks: read out of texts, and seen at one that really holds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/os/guards.h"
#include "lib/os/linux/guards_read.h"
#include "tests/unit/scratch.h"

#define LOOK_MS 5000

static void marks(void **state)
{
    static const struct { const char *line; enum guard_mark kind; uint64_t number; } rows[] = {
        {"fanotify ino:2 sdev:700000 mflags:0 mask:10000 ignored_mask:0 fhandle-bytes:8\n", GUARD_MARK_FS, 0x700000},
        {"fanotify mnt_id:1d mflags:0 mask:20000 ignored_mask:0\n", GUARD_MARK_MOUNT, 0x1d},
        {"fanotify sdev:800013 mflags:0 mask:40000 ignored_mask:0\n", GUARD_MARK_FS, 0x800013},
        {"fanotify ino:2 sdev:700000 mflags:0 mask:8100000 ignored_mask:0", GUARD_MARK_FS, 0x700000},
        {"fanotify ino:2 mflags:0 mask:10000\n", GUARD_MARK_FS, 0}, /* it holds somebody, of whom nothing is told */
        {"fanotify flags:38 event-flags:8000\n", GUARD_MARK_NONE, 0},
        {"fanotify ino:2 mflags:0 mask:3b ignored_mask:0\n", GUARD_MARK_NONE, 0},
        {"fanotify ino:2 sdev:700000 mflags:0 mask:800003b ignored_mask:10000\n", GUARD_MARK_NONE, 0}, /* what is ignored is not held */
        {"inotify wd:1 ino:2 sdev:700000 mask:10000 ignored_mask:0\n", GUARD_MARK_NONE, 0},
        {"mnt_id:\t15\n", GUARD_MARK_NONE, 0}, {"", GUARD_MARK_NONE, 0}, {"fanotify", GUARD_MARK_NONE, 0}, {"fanotify ", GUARD_MARK_NONE, 0},
        {"fanotify mask:", GUARD_MARK_NONE, 0}, {"fanotify  mask:zz\n", GUARD_MARK_NONE, 0}, {"fanotify x mask:\n", GUARD_MARK_NONE, 0},
    };
    uint64_t number;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (guards_read_mark(rows[i].line, &number) != rows[i].kind || (rows[i].kind && number != rows[i].number))
            fail_msg("row %zu: %s", i, rows[i].line);
}

static void mounts(void **state)
{
    uint64_t mount = 0, fs = 0;

    (void)state;
    assert_int_equal(guards_read_mount("29 1 8:19 / / rw,relatime shared:1 - ext4 /dev/sdb3 rw\n", &mount, &fs), 1);
    assert_int_equal(mount, 29);
    assert_int_equal(fs, 0x800013);
    assert_int_equal(guards_read_mount("29 1 8 / /", &mount, &fs), 0);
    assert_int_equal(guards_read_mount("", &mount, &fs), 0);
}

static void the_service_of_a_process(void **state)
{
    static const struct { const char *cgroup, *service; } rows[] = {
        {"0::/system.slice/clamav-clamonacc.service\n", "clamav-clamonacc.service"},
        {"12:pids:/x\n0::/system.slice/fapolicyd.service/worker\n", "fapolicyd.service"},
        {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope\n", "user@1000.service"},
        {"0::/user.slice\n", ""}, {"0::/\n", ""}, {"", ""}, {"0::/.service\n", ""}, {"0::.service\n", ""},
    };
    char out[LIM_NAME], longest[2000];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        guards_read_service(rows[i].cgroup, out);
        assert_string_equal(out, rows[i].service);
    }
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "0::/", 4);
    snprintf(longest + 1900, 50, ".service\n");
    guards_read_service(longest, out);
    assert_string_equal(out, "");
}

struct held { pid_t pid; int stop; uint64_t here, elsewhere; };

/* A process that holds a permission mark on a file system of its own; nobody opens anything there. */
static void hold(struct held *h, const char *folder, unsigned flags, uint64_t mask)
{
    int told[2], stop[2];

    assert_int_equal(pipe(told) | pipe(stop), 0);
    h->pid = fork();
    if (h->pid == 0) {
        uint64_t number[2] = {0};
        char c;
        int group, fd;

        alarm(60);
        close(stop[1]);
        group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
        if (group < 0 || unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("none", folder, "tmpfs", 0, "size=1m"))
            _exit(1);
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || os_file_system(fd, &number[0]) || fanotify_mark(group, FAN_MARK_ADD | flags, mask, AT_FDCWD, folder))
            _exit(1);
        if (os_file_system(open("/proc", O_RDONLY | O_CLOEXEC), &number[1]) || write(told[1], number, sizeof number) != sizeof number)
            _exit(1);
        (void)!read(stop[0], &c, 1);
        _exit(0);
    }
    close(told[1]);
    close(stop[0]);
    h->stop = stop[1];
    assert_int_equal(read(told[0], &h->here, sizeof h->here), sizeof h->here);
    assert_int_equal(read(told[0], &h->elsewhere, sizeof h->elsewhere), sizeof h->elsewhere);
    close(told[0]);
}

static void let_go(struct held *h)
{
    int status;

    close(h->stop);
    assert_int_equal(waitpid(h->pid, &status, 0), h->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void one_that_holds(void **state)
{
    static const struct { unsigned flags; uint64_t mask; bool found; } rows[] = {
        {0, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, true}, {FAN_MARK_MOUNT, FAN_OPEN_PERM, true}, {FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM, true},
        {FAN_MARK_MOUNT, FAN_OPEN | FAN_CLOSE_WRITE, false}, /* looks on only */
    };
    char folder[] = "/tmp/mimamori-guards-XXXXXX";
    struct os_guard other;
    struct held h;

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hold(&h, folder, rows[i].flags, rows[i].mask);
        assert_true(h.here && h.elsewhere && h.here != h.elsewhere);
        assert_int_equal(os_guard_other(&h.here, 1, LOOK_MS, &other), rows[i].found);
        if (rows[i].found) {
            assert_int_equal(other.pid, h.pid);
            assert_string_equal(other.name, "test_guards");
        }
        assert_int_equal(os_guard_other(&h.elsewhere, 1, LOOK_MS, &other), 0);
        let_go(&h);
        assert_int_equal(os_guard_other(&h.here, 1, LOOK_MS, &other), 0);
    }
    scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks), cmocka_unit_test(mounts), cmocka_unit_test(the_service_of_a_process), cmocka_unit_test(one_that_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
