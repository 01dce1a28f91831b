/* Texts of /proc, records of the ring buffer, the patient reader, packages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/exec_priv.h"
#include "agent/watch/linux/proc_text.h"
#include "lib/err.h"

static int stat_of(const char *text, struct proc_stat *s)
{
    return proc_text_stat(text, strlen(text), s);
}

static void test_stat(void **state)
{
    static const char good[] = "17 (a) R 1 2 3) S 5 6 7 34816 9 4194304 1 2 3 4 5 6 7 8 20 0 3 0 1234 9 9 9 9 9 9 9 9 "
                               "9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 777 888\n";
    struct proc_stat s = {.pid = 99};
    char text[sizeof good];

    (void)state;
    assert_int_equal(stat_of(good, &s), MM_OK);
    assert_int_equal(s.pid, 17);
    assert_string_equal(s.comm, "a) R 1 2 3");          /* a name made to shift the fields */
    assert_int_equal(s.state, 'S');
    assert_int_equal(s.ppid, 5);
    assert_int_equal(s.session, 7);
    assert_int_equal(s.tty, 34816);
    assert_int_equal(s.threads, 3);
    assert_int_equal(s.start_ticks, 1234);
    assert_int_equal(s.arguments, 777);
    memset(&s, 0, sizeof s);
    for (size_t n = 0; n < strcspn(good, "\n"); n++) {  /* cut anywhere: an error or the fields in front */
        memcpy(text, good, n);
        if (proc_text_stat(text, n, &s) == MM_OK)
            assert_int_equal(s.ppid, 5);
    }
    for (const char *const *bad = (const char *const[]){"", "x", "1", "1 (", "1 ()", "1 (a) S", "99999999999 (a) S 1 1",
         "1 (a) S -5 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", NULL}; *bad; bad++)
        assert_int_equal(stat_of(*bad, &s), MM_EFORMAT);
}

static void test_status_cgroup_syscall(void **state)
{
    static const char status[] = "Name:\tx\\nTgid:\t1\nUmask:\t0022\nTgid:\t55\nPid:\t56\nPPid:\t4\nUid:\t1000\t0\t0\t0\n";
    static const char cgroup[] = "9:name=systemd:/x\n0::/user.slice/a:b\n";
    struct proc_syscall call;
    char out[64] = "keep";
    uint32_t uid;
    pid_t tgid, ppid;

    (void)state;
    assert_int_equal(proc_text_status(status, sizeof status - 1, &tgid, &ppid, &uid), MM_OK);
    assert_int_equal(tgid, 55);
    assert_int_equal(ppid, 4);
    assert_int_equal(uid, 0);
    assert_int_equal(proc_text_status("Tgid:\t5\n", 8, &tgid, &ppid, &uid), MM_EFORMAT);
    assert_int_equal(proc_text_cgroup("9:x:/y\n", 7, out, sizeof out), MM_ENOTFOUND);
    assert_string_equal(out, "keep");
    assert_int_equal(proc_text_cgroup(cgroup, sizeof cgroup - 1, out, sizeof out), MM_OK);
    assert_string_equal(out, "/user.slice/a:b");
    assert_int_equal(proc_text_cgroup(cgroup, sizeof cgroup - 1, out, 6), MM_OK);
    assert_string_equal(out, "/user");
    assert_int_equal(proc_text_syscall("running\n", 8, &call), MM_OK);
    assert_true(call.running);
    assert_int_equal(proc_text_syscall("59 0x1 0xabc 0x3 0x4 0x5 0x6 0x7 0x8\n", 37, &call), MM_OK);
    assert_int_equal(call.number, 59);
    assert_int_equal(call.args[1], 0xabc);
    assert_int_equal(proc_text_syscall("-1 0x1 0x2\n", 11, &call), MM_OK);
    assert_int_equal(call.number, -1);
    assert_int_equal(proc_text_syscall("59 0x1\n", 7, &call), MM_EFORMAT);
}

static void test_argv(void **state)
{
    char out[8];

    (void)state;
    assert_int_equal(proc_text_argv("a\0b\0\0", 5, out, sizeof out), 0);
    assert_string_equal(out, "a b");
    assert_int_equal(proc_text_argv("", 0, out, sizeof out), 0);
    assert_string_equal(out, "");
    assert_int_equal(proc_text_argv("12345678", 8, out, sizeof out), 1);
    assert_string_equal(out, "1234567");
}

static void test_records(void **state)
{
    struct { struct exec_record r; char text[32]; } in = {.r = {.kind = EXEC_REC_EXEC, .pid = 7, .path_len = 9, .argv_len = 4}};
    struct exec_view v;
    char path[32];

    (void)state;
    memcpy(in.text, "ls\0bin\0us\0", 9);
    memcpy(in.text + 9, "ls\0a", 4);
    assert_int_equal(exec_record_parse(&in, sizeof in, &v), MM_OK);
    assert_int_equal(exec_record_path(v.path, 9, path, sizeof path), 0);
    assert_string_equal(path, "/us/bin/ls");
    assert_memory_equal(v.argv, "ls\0a", 4);
    assert_int_equal(exec_record_path(v.path, 9, path, 5), 1);
    assert_string_equal(path, "/us");
    assert_int_equal(exec_record_path("", 0, path, sizeof path), 0);
    assert_string_equal(path, "/");
    assert_int_equal(exec_record_parse(&in, sizeof in.r + 12, &v), MM_EFORMAT);
    assert_int_equal(exec_record_parse(&in, sizeof in.r - 1, &v), MM_EFORMAT);
    in.r.path_len = 0xffffffffu;
    assert_int_equal(exec_record_parse(&in, sizeof in, &v), MM_EFORMAT);
    in.r.path_len = 0;
    in.r.kind = 9;
    assert_int_equal(exec_record_parse(&in, sizeof in, &v), MM_EFORMAT);
    in.r.kind = EXEC_REC_EXIT;
    in.r.pid = 0;
    assert_int_equal(exec_record_parse(&in, sizeof in, &v), MM_EFORMAT);
}

static long slow_job(const void *in, char *out, size_t size)
{
    useconds_t us;

    memcpy(&us, in, sizeof us);
    usleep(us);
    return snprintf(out, size, "slept");
}

static void test_patient(void **state)
{
    useconds_t quick = 0, slow = 4000000;
    struct patient_task fast = {slow_job, &quick, sizeof quick}, late = {slow_job, &slow, sizeof slow};
    struct patient *p;
    char out[16] = "keep";

    (void)state;
    assert_int_equal(patient_new(&p), MM_OK);
    assert_int_equal(patient_run(p, &fast, out, sizeof out, 10000000), 5);
    assert_memory_equal(out, "slept", 5);
    memcpy(out, "keep", 5);
    for (int i = 0; i < LIM_STUCK; i++)
        assert_int_equal(patient_run(p, &late, out, sizeof out, 100000), MM_ETIMEOUT);
    assert_string_equal(out, "keep");
    assert_int_equal(patient_run(p, &fast, out, sizeof out, 1000), MM_ELIMIT);
    for (int i = 0; i < 3000 && patient_stuck(p); i++)
        usleep(10000);          /* they come back and free themselves */
    assert_int_equal(patient_stuck(p), 0);
    assert_int_equal(patient_run(p, &fast, out, sizeof out, 10000000), 5);
    patient_free(p);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_packages(void **state)
{
    char dir[] = "/tmp/test_packages.XXXXXX", path[64];
    struct stat st;
    struct packages *p;

    (void)state;
    assert_non_null(mkdtemp(dir));
    write_file(dir, "coreutils.list", "/.\n/bin\n/bin/ls\n/usr/bin/env\n/usr/share/doc/x\n/tmp/own\n");
    write_file(dir, "other.md5sums", "/usr/bin/tail\n");
    assert_int_equal(packages_new(&p, dir), MM_OK);
    assert_true(packages_count(p) >= 3);
    if (!stat("/usr/bin/env", &st) && st.st_uid == 0) {
        assert_true(packages_has(p, "/usr/bin/env"));
        assert_true(packages_has(p, "/bin/ls"));
        assert_true(packages_has(p, "/usr/bin/ls"));    /* the same file on a merged system */
    }
    assert_false(packages_has(p, "/usr/bin/tail"));     /* not listed */
    assert_false(packages_has(p, "/tmp/own"));          /* listed, but anybody may write beside it */
    assert_false(packages_has(p, "/usr/bin/../bin/env"));
    assert_false(packages_has(p, "usr/bin/env"));
    assert_false(packages_has(p, ""));
    packages_free(p);
    assert_int_equal(packages_new(&p, "/nonexistent"), MM_OK);
    assert_int_equal(packages_count(p), 0);
    if (!stat("/usr/bin/tail", &st) && st.st_uid == 0)
        assert_true(packages_has(p, "/usr/bin/tail"));  /* without dpkg: by its folder */
    assert_false(packages_has(p, "/tmp/own"));
    packages_free(p);
    for (const char *const *name = (const char *const[]){"coreutils.list", "other.md5sums", NULL}; *name; name++) {
        snprintf(path, sizeof path, "%s/%s", dir, *name);
        unlink(path);
    }
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stat), cmocka_unit_test(test_status_cgroup_syscall), cmocka_unit_test(test_argv),
        cmocka_unit_test(test_records), cmocka_unit_test(test_patient), cmocka_unit_test(test_packages),
    };

    alarm(60);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
