/* What the core role can and cannot do behind its lock-down, in a child each. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <sqlite3.h>
#include <uv.h>

#include "lib/os/lockdown.h"
#include "tests/unit/scratch.h"

static char dir[] = "/tmp/mimamori-core-XXXXXX";

static int setup(void **s)
{
    (void)s;
    return !mkdtemp(dir) || chmod(dir, 0777);
}

static int teardown(void **s)
{
    (void)s;
    return scratch_remove(dir);
}

/* Wait status of a child that locks itself down and then tries; its exit status is what the try returns. */
static int attempt(int (*what)(void))
{
    pid_t pid = fork();
    int status;

    if (!pid) {
        struct lockdown_report r;

        alarm(30);
        if (lockdown_core("_mimamori-core", "mimamori", &r) || !r.filtered)
            _exit(99);
        _exit(what());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int journal(void)
{
    char path[128];
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/journal.db", dir);
    return sqlite3_open(path, &db) ||
           sqlite3_exec(db, "pragma journal_mode=wal; create table t(a); insert into t values(1); pragma wal_checkpoint(truncate); vacuum", NULL, NULL, NULL) ||
           sqlite3_close(db);
}

static int resolve(void)
{
    struct addrinfo *a = NULL, hints = {.ai_socktype = SOCK_STREAM};
    int rc = getaddrinfo("localhost", "443", &hints, &a);

    if (a)
        freeaddrinfo(a);
    return rc != 0;
}

/* Port 9 of loopback: refused, but the whole way there is allowed, TLS library included. */
static int uplink(void)
{
    CURL *c;
    CURLcode rc;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(c = curl_easy_init()))
        return 2;
    curl_easy_setopt(c, CURLOPT_URL, "https://localhost:9/");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    rc = curl_easy_perform(c);
    curl_easy_cleanup(c);
    return rc != CURLE_COULDNT_CONNECT;
}

static void *thread(void *p)
{
    *(int *)p = 0;
    return NULL;
}

static void on_timer(uv_timer_t *t)
{
    uv_close((uv_handle_t *)t, NULL);
}

static int loop_and_threads(void)
{
    pthread_t t;
    int rc = 1;
    uv_loop_t loop;
    uv_timer_t timer;

    if (pthread_create(&t, NULL, thread, &rc) || pthread_join(t, NULL) || uv_loop_init(&loop))
        return 2;
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_timer, 5, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    return rc || uv_loop_close(&loop);
}

static int new_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page != MAP_FAILED;
}

static int raw_socket(void)
{
    int sock = socket(AF_PACKET, SOCK_RAW, 0);

    return sock >= 0 && close(sock) == 0;
}

static int run_program(void) { return execl("/bin/true", "true", (char *)NULL); }
static int new_process(void) { return fork() < 0; }
static int trace(void) { return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL); }
static int back_to_root(void) { return setuid(0); }

static void test_what_core_needs(void **s)
{
    static int (*const NEEDS[])(void) = {journal, resolve, uplink, loop_and_threads};

    (void)s;
    for (size_t i = 0; i < sizeof NEEDS / sizeof *NEEDS; i++)
        assert_int_equal(attempt(NEEDS[i]), 0);
}

static void test_what_core_must_not(void **s)
{
    static int (*const REFUSED[])(void) = {new_code, raw_socket};
    static int (*const KILLED[])(void) = {run_program, new_process, trace, back_to_root};

    (void)s;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++)
        assert_int_equal(attempt(REFUSED[i]), 0);
    for (size_t i = 0; i < sizeof KILLED / sizeof *KILLED; i++) {
        int status = attempt(KILLED[i]);

        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

int main(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0; /* sanitizers map memory and call what core may not */
#endif
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_core_needs), cmocka_unit_test(test_what_core_must_not)};

    return cmocka_run_group_tests(tests, setup, teardown);
}
