/* How the programs start each other: by the folder of the own executable, with
 * one descriptor, of one version; and what the service manager is told. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/roles/notify.h"
#include "agent/roles/start.h"
#include "lib/err.h"
#include "lib/version.h"

#define PROBE "start-probe" /* the program mimamorid-start-probe is this test, by a hard link */

static char folder[LIM_PATH];

/* ---- the probe: what a started role finds ---------------------------------------------- */
static int probe(int argc, char **argv)
{
    char text[8192] = "";
    size_t n = 0;
    int open_fds = 0;

    for (int fd = 4; fd < 256; fd++)
        open_fds += fcntl(fd, F_GETFD) >= 0;
    for (int i = 0; i < argc; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\n", i ? argv[i] : strrchr(argv[0], '/'));
    n += (size_t)snprintf(text + n, sizeof text - n, "fds %d\n", open_fds);
    return write(ROLE_FD, text, n) == (ssize_t)n ? 7 : 8;
}

static char *ask_probe(const char *config, char *text, size_t size, int *status)
{
    int pair[2], extra = open("/dev/null", O_RDONLY); /* not close-on-exec, and must not get through */
    ssize_t n;
    pid_t pid;

    assert_true(extra >= 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    pid = role_spawn(PROBE, config, pair[1], 12);
    assert_true(pid > 0);
    close(pair[1]);
    assert_int_equal(waitpid(pid, status, 0), pid);
    n = recv(pair[0], text, size - 1, MSG_DONTWAIT);
    text[n > 0 ? n : 0] = '\0';
    close(pair[0]);
    close(extra);
    return text;
}

static void test_neighbour_by_own_folder(void **state)
{
    char path[LIM_PATH], want[LIM_PATH + 32];

    (void)state;
    assert_int_equal(start_program("scan", path, sizeof path), MM_OK);
    snprintf(want, sizeof want, "%s/mimamorid-scan", folder);
    assert_string_equal(path, want);
    assert_int_equal(start_program("scan", path, 10), MM_ELIMIT);
    assert_string_equal(path, "");
}

static void test_spawn(void **state)
{
    char text[8192], expect[1024];
    int status;

    (void)state;
    setenv("PATH", "/nowhere", 1); /* neither is looked at */
    assert_int_equal(chdir("/"), 0);
    ask_probe("/a config.ini", text, sizeof text, &status);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    snprintf(expect, sizeof expect, "/mimamorid-%s\n--role\n%s\n--restarts\n12\n--of\n%s\n--config\n/a config.ini\nfds 0\n", PROBE,
             PROBE, MM_VERSION);
    assert_string_equal(text, expect);
    ask_probe(NULL, text, sizeof text, &status);
    assert_null(strstr(text, "--config"));
}

static void test_spawn_of_nothing(void **state)
{
    int pair[2], status;
    pid_t pid;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    pid = role_spawn("not-there", NULL, pair[1], 0);
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 127);
    close(pair[0]);
    close(pair[1]);
}

/* ---- arguments ----------------------------------------------------------------------------- */
static int parse(struct start *s, char **argv)
{
    extern int optind;
    int argc = 0;

    while (argv[argc])
        argc++;
    optind = 0;
    *s = (struct start){0};
    return start_parse(argc, argv, s);
}
#define ARGS(...) (char *[]){(char *)(uintptr_t)"mimamorid", __VA_ARGS__, NULL}
#define A(text) ((char *)(uintptr_t)(text))

static void test_arguments(void **state)
{
    struct start s;

    (void)state;
    assert_int_equal(parse(&s, ARGS(A("--config"), A("x.ini"), A("--enrol"), A("CODE"))), 0);
    assert_string_equal(s.config_path, "x.ini");
    assert_string_equal(s.enrol, "CODE");
    assert_int_equal(parse(&s, ARGS(A("--check-rules"), A("rules"))), 0);
    assert_string_equal(s.check_rules, "rules");
    assert_int_equal(parse(&s, ARGS(A("--check-config"))), 0);
    assert_true(s.check_config && !s.dump_config);
    assert_int_equal(parse(&s, ARGS(A("surplus"))), EXIT_USAGE);
    assert_int_equal(parse(&s, ARGS(A("--nonsense"))), EXIT_USAGE);
    assert_int_equal(parse(&s, ARGS(A("--enrol"))), EXIT_USAGE);
}

static void test_role_is_of_this_version(void **state)
{
    struct start s;

    (void)state;
    assert_int_equal(parse(&s, ARGS(A("--role"), A("core"), A("--of"), A(MM_VERSION))), 0);
    assert_int_equal(start_role(&s, "scan"), EXIT_USAGE); /* another role's arguments */
    s.config_path = "/nonexistent/agent.ini";
    assert_int_equal(start_role(&s, "core"), EXIT_CONFIG); /* it got as far as the configuration */
    assert_null(s.config);
    s.version = "0.0.1";
    assert_int_equal(start_role(&s, "core"), EXIT_OTHER_VERSION);
    s.version = NULL;
    assert_int_equal(start_role(&s, "core"), EXIT_OTHER_VERSION);
    s = (struct start){0};
    assert_int_equal(start_role(&s, "core"), EXIT_USAGE);
}

/* ---- the service manager --------------------------------------------------------------------- */
static int manager(const char *name, size_t name_len)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(a.sun_path, name, name_len);
    if (name[0] == '@')
        a.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_len)), 0);
    return fd;
}

static void expect_note(int fd, const char *want)
{
    char got[64] = "";
    ssize_t n = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);

    if (!want) {
        assert_true(n < 0 && errno == EAGAIN);
        return;
    }
    assert_int_equal(n, strlen(want));
    assert_string_equal(got, want);
}

static void test_notify(void **state)
{
    char path[64], abstract[64], longer[200];
    int fd, abs;

    (void)state;
    snprintf(path, sizeof path, "/tmp/mimamori-notify-%ld", (long)getpid());
    snprintf(abstract, sizeof abstract, "@mimamori-notify-%ld", (long)getpid());
    fd = manager(path, strlen(path));
    abs = manager(abstract, strlen(abstract));
    unsetenv("NOTIFY_SOCKET");
    notify_manager("READY=1");
    expect_note(fd, NULL);
    setenv("NOTIFY_SOCKET", path, 1);
    notify_manager("READY=1");
    expect_note(fd, "READY=1");
    setenv("NOTIFY_SOCKET", abstract, 1);
    notify_manager("WATCHDOG=1");
    expect_note(abs, "WATCHDOG=1");
    expect_note(fd, NULL);
    memset(longer, 'x', sizeof longer - 1);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    setenv("NOTIFY_SOCKET", longer, 1);
    notify_manager("STOPPING=1"); /* too long for an address: nothing happens */
    setenv("NOTIFY_SOCKET", "relative", 1);
    notify_manager("STOPPING=1");
    expect_note(fd, NULL);
    for (int i = 0; i < 5000; i++) { /* a manager that reads nothing does not hold us */
        setenv("NOTIFY_SOCKET", path, 1);
        notify_manager("WATCHDOG=1");
    }
    close(fd);
    notify_manager("STOPPING=1");
    unlink(path);
    close(abs);
    unsetenv("NOTIFY_SOCKET");
}

static int setup(void **state)
{
    char self[LIM_PATH], link_to[LIM_PATH + 32];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    (void)state;
    if (n <= 0)
        return -1;
    self[n] = '\0';
    memcpy(folder, self, (size_t)n + 1);
    *strrchr(folder, '/') = '\0';
    snprintf(link_to, sizeof link_to, "%s/mimamorid-%s", folder, PROBE);
    unlink(link_to);
    return link(self, link_to);
}

static int teardown(void **state)
{
    char link_to[LIM_PATH + 32];

    (void)state;
    snprintf(link_to, sizeof link_to, "%s/mimamorid-%s", folder, PROBE);
    return unlink(link_to);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbour_by_own_folder), cmocka_unit_test(test_spawn), cmocka_unit_test(test_spawn_of_nothing),
        cmocka_unit_test(test_arguments), cmocka_unit_test(test_role_is_of_this_version), cmocka_unit_test(test_notify),
    };

    alarm(60);
    if (strstr(argv[0], "/mimamorid-" PROBE))
        return probe(argc, argv);
    return cmocka_run_group_tests(tests, setup, teardown);
}
