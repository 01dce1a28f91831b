/* The scan role behind its lock-down, in a child, spoken to as the guard does. */
#include <fcntl.h>
#include <errno.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/detect/engine.h"
#include "agent/detect/pack.h"
#include "agent/messages.h"
#include "lib/os/lockdown.h"
#include "agent/roles/pack_send.h"
#include "agent/roles/scan.h"
#include "lib/err.h"
#include "lib/os/frame.h"
#include "tests/unit/scratch.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOCKED 0 /* sanitizers need system calls and address space that scan does not have */
#else
#define LOCKED 1
#endif

struct rig {
    int sock;
    pid_t pid;
    char dir[64];
    struct frame f;
};

static struct rig *rig_start(void)
{
    struct rig *r = calloc(1, sizeof *r);
    int pair[2];

    assert_non_null(r);
    snprintf(r->dir, sizeof r->dir, "%s", "/tmp/mimamori-scan-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    assert_int_equal(frame_pair(pair), MM_OK);
    r->pid = fork();
    assert_true(r->pid >= 0);
    if (!r->pid) {
        struct lockdown_report report;

        close(pair[0]);
        alarm(60);
        if (LOCKED && lockdown_scan("_mimamori-scan", &report))
            _exit(99);
        _exit(role_scan(pair[1]));
    }
    close(pair[1]);
    r->sock = pair[0];
    return r;
}

static int rig_stop(struct rig *r)
{
    int status;

    close(r->sock);
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    assert_int_equal(scratch_remove(r->dir), 0);
    free(r);
    return status;
}

static void put(const char *dir, const char *name, const void *bytes, size_t n)
{
    char path[256], *slash;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    for (slash = path + strlen(dir) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static int open_in(const char *dir, const char *name)
{
    char path[256];
    int fd;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    return fd;
}

/* The answer, or MM_ECLOSED; fails after 10 s. */
static int receive(struct rig *r, uint16_t type)
{
    struct pollfd p = {.fd = r->sock, .events = POLLIN};
    int rc;

    assert_int_equal(poll(&p, 1, 10000), 1);
    rc = frame_recv(r->sock, &r->f);
    if (!rc)
        assert_int_equal(r->f.header.type, type);
    return rc;
}

static struct content_verdict *compare(struct rig *r, int after, int before)
{
    struct scan_compare q = {.has_before = before >= 0};
    int fds[2] = {after, before};

    assert_int_equal(frame_send(r->sock, SCAN_COMPARE, 7, &q, sizeof q, fds, before >= 0 ? 2 : 1), MM_OK);
    assert_int_equal(receive(r, SCAN_COMPARED), MM_OK);
    assert_int_equal(r->f.header.id, 7);
    return (struct content_verdict *)(void *)r->f.payload;
}

static void test_ping_and_end(void **state)
{
    struct rig *r = rig_start();

    (void)state;
    assert_int_equal(frame_send(r->sock, SCAN_PING, 42, NULL, 0, NULL, 0), MM_OK);
    assert_int_equal(receive(r, SCAN_PONG), MM_OK);
    assert_int_equal(r->f.header.id, 42);
    assert_int_equal(rig_stop(r), 0);
}

static void test_compare(void **state)
{
    struct rig *r = rig_start();
    char text[4000];
    unsigned char noise[4000];
    uint64_t x = 88172645463325252u;
    int a, b, pipes[2];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = "see you on monday\n"[i % 18];
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        noise[i] = (unsigned char)(x >> 32);
    }
    for (size_t i = 0; i < sizeof text; i += 97)
        text[i] = (char)('a' + i % 26);
    put(r->dir, "text", text, sizeof text);
    put(r->dir, "noise", noise, sizeof noise);
    a = open_in(r->dir, "noise");
    b = open_in(r->dir, "text");
    assert_int_equal(compare(r, a, b)->change, CHANGE_ENCRYPTED);
    assert_int_equal(compare(r, b, b)->change, CHANGE_NONE);
    assert_int_equal(compare(r, b, -1)->change, CHANGE_KEPT);
    assert_int_equal(compare(r, a, -1)->change, CHANGE_ENCRYPTED);
    assert_int_equal(pipe(pipes), 0); /* no regular file: no verdict, and nobody waits for ever */
    assert_int_equal(compare(r, pipes[0], b)->change, CHANGE_UNKNOWN);
    close(pipes[0]);
    close(pipes[1]);
    close(a);
    close(b);
    assert_int_equal(rig_stop(r), 0);
}

#define META(response) \
    "meta: title_ja=\"日本語\" title_en=\"English\" severity=\"high\" response=\"" response "\" attack=\"T1486\" reference=\"r\"\n"

static void put_manifest(const char *dir, const char *version)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/manifest.json", dir);
    remove(path);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(pack_print_manifest(dir, "test", version, f), MM_OK);
    fclose(f);
}

static struct scan_packed *send_pack(struct rig *r, const char *local)
{
    char msg[512], rules[128], loc[128];
    struct pack_skips skips;

    snprintf(rules, sizeof rules, "%s/rules", r->dir);
    snprintf(loc, sizeof loc, "%s/%s", r->dir, local);
    assert_int_equal(pack_send(r->sock, rules, loc, &skips, msg, sizeof msg), MM_OK);
    assert_int_equal(receive(r, SCAN_PACKED), MM_OK);
    return (struct scan_packed *)(void *)r->f.payload;
}

static struct scan_packed *send_part(struct rig *r)
{
    char msg[512], rules[128];
    struct pack_skips skips;

    snprintf(rules, sizeof rules, "%s/rules", r->dir);
    assert_int_equal(pack_send_family(r->sock, rules, NULL, FAMILY_VPN, &skips, msg, sizeof msg), MM_OK);
    assert_int_equal(receive(r, SCAN_PACKED), MM_OK);
    return (struct scan_packed *)(void *)r->f.payload;
}

static void make_pack(struct rig *r, const char *condition)
{
    char source[1024], rules[128];
    static const char SAMPLE[] = "[{\"rule\":\"three\",\"expect\":\"match\",\"facts\":{\"burst_destroyed\":3}},"
                                 "{\"rule\":\"three\",\"expect\":\"no-match\",\"facts\":{\"burst_destroyed\":2}}]";

    snprintf(source, sizeof source, "rule three {\n" META("freeze") "condition: %s }\n", condition);
    put(r->dir, "rules/burst/a.yar", source, strlen(source));
    put(r->dir, "rules/burst/samples/a.json", SAMPLE, sizeof SAMPLE - 1);
    snprintf(rules, sizeof rules, "%s/rules", r->dir);
    put_manifest(rules, "1.2.3");
}

static struct rule_verdict *ask_removed(struct rig *r, uint32_t removed)
{
    struct scan_rules *q = calloc(1, sizeof *q);

    assert_non_null(q);
    q->family = FAMILY_BURST;
    q->burst.removed = removed;
    assert_int_equal(frame_send(r->sock, SCAN_RULES, 9, q, sizeof *q, NULL, 0), MM_OK);
    free(q);
    assert_int_equal(receive(r, SCAN_RULED), MM_OK);
    return (struct rule_verdict *)(void *)r->f.payload;
}

static struct rule_verdict *ask(struct rig *r, uint32_t destroyed, const char *path)
{
    struct scan_rules *q = calloc(1, sizeof *q);

    assert_non_null(q);
    q->family = FAMILY_BURST;
    q->burst.destroyed = destroyed;
    snprintf(q->process.path, sizeof q->process.path, "%s", path);
    assert_int_equal(frame_send(r->sock, SCAN_RULES, 9, q, sizeof *q, NULL, 0), MM_OK);
    free(q);
    assert_int_equal(receive(r, SCAN_RULED), MM_OK);
    return (struct rule_verdict *)(void *)r->f.payload;
}

static void test_pack_and_rules(void **state)
{
    struct rig *r = rig_start();
    struct scan_packed *p;
    struct rule_verdict *v;
    static const char ALLOW[] = "# backup\nrule=three path=/opt/backup\n";
    static const char BROKEN[] = "rule x { condition: nothing_known }\n";

    (void)state;
    assert_int_equal(ask(r, 9, "/x")->matches, 0); /* before any pack: nothing matches */
    make_pack(r, "burst_destroyed >= 3");
    put(r->dir, "local/allow.list", ALLOW, sizeof ALLOW - 1);
    p = send_pack(r, "local");
    assert_string_equal(p->message, "");
    assert_int_equal(p->result, MM_OK);
    assert_string_equal(p->version, "1.2.3");
    assert_int_equal(p->rules[FAMILY_BURST], 1);
    assert_int_equal(p->samples, 2);
    v = ask(r, 3, "/x");
    assert_int_equal(v->matches, 1);
    assert_string_equal(v->rule, "three");
    assert_int_equal(v->response, RESPOND_FREEZE);
    assert_string_equal(v->title_ja, "日本語");
    assert_int_equal(ask(r, 2, "/x")->matches, 0);
    assert_int_equal(ask(r, 3, "/opt/backup")->matches, 0);

    make_pack(r, "burst_destroyed >= 4"); /* its sample fails: the old pack stays */
    p = send_pack(r, "local");
    assert_int_not_equal(p->result, MM_OK);
    assert_non_null(strstr(p->message, "burst/samples/a.json:1: sample 1: rule three does not match and must"));
    assert_int_equal(ask(r, 3, "/x")->matches, 1);

    make_pack(r, "burst_destroyed >= 3");
    p = send_part(r); /* the part that the judge of gateways gets is no pack */
    assert_int_equal(p->result, MM_ENOTFOUND);
    assert_non_null(strstr(p->message, "burst/a.yar is listed but not there"));
    assert_int_equal(ask(r, 3, "/x")->matches, 1);

    put(r->dir, "bad/burst/b.yar", BROKEN, sizeof BROKEN - 1);
    p = send_pack(r, "bad"); /* the host's own mistake does not take the pack away */
    assert_int_equal(p->result, MM_OK);
    assert_non_null(strstr(p->message, "local/burst/b.yar:1: "));
    assert_int_equal(ask(r, 3, "/x")->matches, 1);
    assert_int_equal(rig_stop(r), 0);
}

/* Own rules: each mistake costs its own file only, whatever kind it is; the first is named. */
static void test_own_rules_one_by_one(void **state)
{
    static const char GOOD[] = "rule mine {\n" META("freeze") "condition: burst_removed == 7 and helper }\n";
    static const char HELPER[] = "private rule helper { condition: true }\n"; /* named after what uses it: read first */
    static const char SYNTAX[] = "\n\nrule x { condition: tru }\n", META_MISSING[] = "rule bare { condition: burst_removed == 7 }\n";
    static const char SAME_NAME[] = "rule three { condition: burst_removed == 7 }\n", ALLOW[] = "rule=three\nnonsense\n";
    struct rig *r = rig_start();
    struct scan_packed *p;

    (void)state;
    make_pack(r, "burst_destroyed >= 3");
    put(r->dir, "own/burst/a.yar", HELPER, sizeof HELPER - 1);
    put(r->dir, "own/burst/b.yar", SYNTAX, sizeof SYNTAX - 1);
    put(r->dir, "own/burst/c.yar", META_MISSING, sizeof META_MISSING - 1);
    put(r->dir, "own/burst/d.yar", GOOD, sizeof GOOD - 1);
    put(r->dir, "own/burst/d.yar~", GOOD, sizeof GOOD - 1);
    p = send_pack(r, "own");
    assert_int_equal(p->result, MM_OK);
    assert_int_equal(p->rules[FAMILY_BURST], 2);
    assert_int_equal(p->left_out, 3);
    assert_non_null(strstr(p->message, "local/burst/b.yar:3: undefined identifier \"tru\" (and 2 more)"));
    assert_int_equal(p->samples, 2);
    assert_int_equal(ask_removed(r, 7)->matches, 1);
    assert_int_equal(ask(r, 3, "/x")->matches, 1);

    put(r->dir, "list/allow.list", ALLOW, sizeof ALLOW - 1);
    put(r->dir, "list/burst/d.yar", META_MISSING, sizeof META_MISSING - 1);
    p = send_pack(r, "list");
    assert_int_equal(p->result, MM_OK);
    assert_int_equal(p->left_out, 2);
    assert_non_null(strstr(p->message, "local/burst/d.yar:1: "));
    assert_non_null(strstr(p->message, "; local/allow.list:2: expected rule="));
    assert_int_equal(ask(r, 3, "/x")->matches, 0); /* the list's good line holds */
    put(r->dir, "line/allow.list", ALLOW, sizeof ALLOW - 1);
    p = send_pack(r, "line");
    assert_int_equal(p->left_out, 1);
    assert_non_null(strstr(p->message, "local/allow.list:2: expected rule="));
    assert_int_equal(ask(r, 3, "/x")->matches, 0);

    put(r->dir, "same/burst/d.yar", SAME_NAME, sizeof SAME_NAME - 1);
    p = send_pack(r, "same"); /* whoever is blamed, the pack alone is well */
    assert_int_equal(p->result, MM_OK);
    assert_int_equal(p->left_out, 1);
    assert_int_equal(ask(r, 3, "/x")->matches, 1);
    assert_int_equal(rig_stop(r), 0);
}

static void test_endless_rule(void **state)
{
    struct rig *r = rig_start();
    struct timespec a, b;
    struct rule_verdict *v;

    (void)state;
    make_pack(r, "burst_destroyed >= 3 and (burst_destroyed == 3 or for all i in (1..2000000000) : (i > 0 and burst_destroyed > 2))");
    assert_int_equal(send_pack(r, "none")->result, MM_OK);
    clock_gettime(CLOCK_MONOTONIC, &a);
    v = ask(r, 4, "/x");
    clock_gettime(CLOCK_MONOTONIC, &b);
    assert_int_equal(v->matches, 1);
    assert_string_equal(v->rule, "three");
    assert_int_equal(v->response, RESPOND_OBSERVE); /* reported, not obeyed */
    assert_true((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 <
                (LOCKED ? 5 * LIM_RULE_GATE_MS : 5000)); /* 200 + 50 ms, with room for a busy machine */
    assert_int_equal(ask(r, 3, "/x")->matches, 0); /* switched off from now on */
    assert_int_equal(rig_stop(r), 0);
}

static void test_hostile_frames(void **state)
{
    static const struct {
        uint16_t type;
        size_t n;
    } BAD[] = {{999, 0}, {SCAN_COMPARE, 3}, {SCAN_COMPARE, sizeof(struct scan_compare)}, {SCAN_PACK_END, sizeof(struct scan_pack)},
               {SCAN_PING, 1}, {SCAN_RULES, sizeof(struct scan_rules)}};

    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct rig *r = rig_start();
        void *junk = malloc(sizeof(struct scan_rules));
        int status;

        assert_non_null(junk);
        memset(junk, 0xff, sizeof(struct scan_rules));
        assert_int_equal(frame_send(r->sock, BAD[i].type, 1, junk, BAD[i].n, NULL, 0), MM_OK);
        free(junk);
        assert_int_equal(receive(r, 0), MM_ECLOSED);
        status = rig_stop(r);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1); /* an error that is said, no crash */
    }
}

#if LOCKED
/* What the locked process can still do, tried in a child each. */
static int try_locked(void (*what)(void))
{
    pid_t pid = fork();
    int status;

    if (!pid) {
        struct lockdown_report r;

        if (lockdown_scan("_mimamori-scan", &r))
            _exit(99);
        what();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void try_nothing(void) { free(malloc(1 << 20)); }
static void try_open(void)
{
    int fd = open("/etc/passwd", O_RDONLY);

    _exit(fd < 0 && errno == ENOENT ? 7 : 8);
}

static void try_socket(void)
{
    int sock = socket(AF_INET, SOCK_STREAM, 0);

    if (sock >= 0)
        close(sock);
}

static void try_exec(void) { execl("/bin/true", "true", (char *)NULL); }
static void try_fork(void) { fork(); }
static void try_kill(void) { kill(getppid(), 0); }
static void try_setuid(void) { _exit(setuid(0)); }

static void test_lockdown(void **state)
{
    static void (*const KILLED[])(void) = {try_socket, try_exec, try_fork, try_kill, try_setuid};

    (void)state;
    assert_int_equal(try_locked(try_nothing), 0);
    assert_int_equal(WEXITSTATUS(try_locked(try_open)), 7);
    for (size_t i = 0; i < sizeof KILLED / sizeof *KILLED; i++) {
        int status = try_locked(KILLED[i]);

        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ping_and_end), cmocka_unit_test(test_compare),       cmocka_unit_test(test_pack_and_rules), cmocka_unit_test(test_own_rules_one_by_one),
        cmocka_unit_test(test_endless_rule), cmocka_unit_test(test_hostile_frames),
#if LOCKED
        cmocka_unit_test(test_lockdown),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
