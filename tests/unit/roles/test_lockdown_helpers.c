/* What survey and probe can and cannot do behind their lock-down, in a child each. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "lib/os/lockdown.h"
#include "lib/os/memory.h"
#include "tests/unit/scratch.h"

static char dir[] = "/tmp/mimamori-help-XXXXXX";
static char secret[64], shared[64], open_dir[64];
static uint16_t port; /* of a listener on loopback */
static int listener = -1;

static int setup(void **s)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd;

    (void)s;
    if (!mkdtemp(dir) || chmod(dir, 0755))
        return 1;
    snprintf(secret, sizeof secret, "%s/secret", dir);
    snprintf(shared, sizeof shared, "%s/shared", dir);
    snprintf(open_dir, sizeof open_dir, "%s/open", dir);
    if (mkdir(open_dir, 0777) || chmod(open_dir, 0777))
        return 1;
    fd = open(secret, O_CREAT | O_WRONLY, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || close(fd))
        return 1;
    fd = open(shared, O_CREAT | O_WRONLY, 0644);
    if (fd < 0 || close(fd))
        return 1;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&a, n) || listen(listener, 4) || getsockname(listener, (struct sockaddr *)&a, &n))
        return 1;
    port = ntohs(a.sin_port);
    return 0;
}

static int teardown(void **s)
{
    (void)s;
    close(listener);
    return scratch_remove(dir);
}

typedef int (*lock_fn)(const char *user, struct lockdown_report *report);

/* Wait status of a child that locks itself down and then tries; its exit status is what the try returns. */
static int attempt(lock_fn lock, int (*what)(void))
{
    pid_t pid = fork();
    int status;

    if (!pid) {
        struct lockdown_report r;

        alarm(30);
        OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
        if (lock("games", &r) || !r.filtered || !r.uid)
            _exit(99);
        _exit(what());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int read_secret(void)
{
    char c;
    int fd = open(secret, O_RDONLY);

    return !(fd >= 0 && read(fd, &c, 1) == 1 && c == 'x');
}

static int read_link(void)
{
    char path[40], to[256];

    snprintf(path, sizeof path, "/proc/%d/exe", (int)getppid());
    return readlink(path, to, sizeof to) <= 0; /* of another user: only with CAP_SYS_PTRACE */
}

static int memory_file(void)
{
    int fd = os_memory_file("items", 5);

    return !(fd >= 0 && os_memory_sealed(fd));
}

/* 1: it can be opened. */
static int opens(const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    return fd >= 0 && close(fd) == 0;
}

static int gets_socket(int family, int type, int protocol)
{
    int fd = socket(family, type, protocol);

    return fd >= 0 && close(fd) == 0;
}

/* 0: refused. */
static int write_file(void) { return opens(shared, O_WRONLY); }
static int new_file(void)
{
    char path[80];

    snprintf(path, sizeof path, "%s/open/new", dir);
    return opens(path, O_CREAT | O_WRONLY) || mkdir(path, 0700) == 0 || unlink(shared) == 0 || chmod(shared, 0666) == 0;
}

/* By the call whose flags no filter can see, in a folder that everybody may write to. */
static int new_file_by_openat2(void)
{
    struct open_how how = {.flags = O_CREAT | O_WRONLY, .mode = 0600};
    char path[80];

    snprintf(path, sizeof path, "%s/open/new", dir);
    return syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how) >= 0 || errno != EROFS;
}

static int any_socket(void)
{
    return gets_socket(AF_INET, SOCK_STREAM, 0) || gets_socket(AF_UNIX, SOCK_STREAM, 0) || gets_socket(AF_NETLINK, SOCK_RAW, 0);
}

static int run_program(void) { return execl("/bin/true", "true", (char *)NULL); }
static int new_process(void) { return fork() < 0; }
static int back_to_root(void) { return setuid(0); }

static int reach(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int s = socket(AF_INET, SOCK_STREAM, 0);

    return s < 0 || connect(s, (struct sockaddr *)&a, sizeof a) != 0;
}

static int tls_library(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = ctx ? SSL_new(ctx) : NULL;

    return !ssl;
}

static int any_file(void)
{
    return opens("/etc/passwd", O_RDONLY) || opens(shared, O_RDONLY) || opens("/proc/self/maps", O_RDONLY) || opens("/new", O_CREAT | O_WRONLY);
}

static int raw_socket(void)
{
    return gets_socket(AF_PACKET, SOCK_RAW, 0) || gets_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static void done(lock_fn lock, int (*const *what)(void), size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (attempt(lock, what[i]))
            fail_msg("attempt %zu", i);
}

static void killed(lock_fn lock)
{
    static int (*const KILLED[])(void) = {run_program, new_process, back_to_root};

    for (size_t i = 0; i < sizeof KILLED / sizeof *KILLED; i++) {
        int status = attempt(lock, KILLED[i]);

        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

static void survey_reads_and_nothing_else(void **s)
{
    static int (*const GOOD[])(void) = {read_secret, read_link, memory_file, write_file, new_file, new_file_by_openat2, any_socket};

    (void)s;
    done(lockdown_survey, GOOD, sizeof GOOD / sizeof *GOOD);
    killed(lockdown_survey);
}

static void probe_asks_and_nothing_else(void **s)
{
    static int (*const GOOD[])(void) = {reach, tls_library, memory_file, any_file, raw_socket};

    (void)s;
    done(lockdown_probe, GOOD, sizeof GOOD / sizeof *GOOD);
    killed(lockdown_probe);
}

int main(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0; /* sanitizers map memory and call what the helpers may not */
#endif
    const struct CMUnitTest tests[] = {cmocka_unit_test(survey_reads_and_nothing_else), cmocka_unit_test(probe_asks_and_nothing_else)};

    if (geteuid()) {
        puts("skipped: without root there is nothing to give up");
        return 77;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
