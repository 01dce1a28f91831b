/* The judge by its socket: the shipped vpn rules go in as the guard sends them, questions and answers as core's. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/messages.h"
#include "agent/roles/judge.h"
#include "agent/roles/pack_send.h"
#include "lib/err.h"
#include "lib/os/frame.h"
#include "lib/os/memory.h"

static int sock;
static pid_t pid;
static struct frame *frame;

static int setup(void **s)
{
    int fds[2];

    (void)s;
    frame = malloc(sizeof *frame);
    if (!frame || frame_pair(fds))
        return 1;
    pid = fork();
    if (!pid) {
        close(fds[0]);
        alarm(60);
        _exit(role_judge(fds[1]));
    }
    close(fds[1]);
    sock = fds[0];
    frame_deepen(sock, 1u << 20);
    return pid < 0;
}

static int teardown(void **s)
{
    int status = -1;

    (void)s;
    close(sock);
    waitpid(pid, &status, 0);
    free(frame);
    return status; /* an orderly end: 0 */
}

/* The next frame of the judge. */
static struct frame *next(void)
{
    struct pollfd p = {.fd = sock, .events = POLLIN};

    assert_int_equal(poll(&p, 1, 20000), 1);
    assert_int_equal(frame_recv(sock, frame), MM_OK);
    return frame;
}

static void without_rules_it_says_so(void **s)
{
    (void)s;
    assert_int_equal(frame_send(sock, JUDGE_ASKS, 7, NULL, 0, NULL, 0), MM_OK);
    assert_int_equal(next()->header.type, JUDGE_END);
    assert_int_equal(frame->header.id, 7);
    assert_int_equal(((struct judge_end *)(void *)frame->payload)->result, MM_ESTATE);
}

static void rules_arrive(void **s)
{
    struct pack_skips skips;
    char why[512] = "";

    (void)s;
    if (pack_send_family(sock, "rules", NULL, FAMILY_VPN, &skips, why, sizeof why))
        fail_msg("%s", why);
    assert_int_equal(next()->header.type, SCAN_PACKED);
    assert_int_equal(((struct scan_packed *)(void *)frame->payload)->result, MM_OK);
}

static void questions_are_listed(void **s)
{
    unsigned asks = 0, login = 0;

    (void)s;
    assert_int_equal(frame_send(sock, JUDGE_ASKS, 8, NULL, 0, NULL, 0), MM_OK);
    while (next()->header.type == JUDGE_ASK) {
        const struct probe_ask *a = (const struct probe_ask *)(const void *)frame->payload;

        asks++;
        login += a->source == SOURCE_HTTPS && !strcmp(a->path, "/remote/login");
    }
    assert_int_equal(frame->header.type, JUDGE_END);
    assert_int_equal(((struct judge_end *)(void *)frame->payload)->matches, asks);
    assert_int_equal(login, 1);
}

static void an_answer_is_recognised(void **s)
{
    static const char ANSWER[] = "v7.2.4,build1396,230131 (GA.F)";
    struct judge_answer q = {.source = SOURCE_SNMP};
    int fd = os_memory_file(ANSWER, sizeof ANSWER - 1);
    const struct vpn_identity *i = (const struct vpn_identity *)(const void *)frame->payload;

    (void)s;
    assert_true(fd >= 0);
    snprintf(q.path, sizeof q.path, "%s", "1.3.6.1.4.1.12356.101.4.1.1.0");
    assert_int_equal(frame_send(sock, JUDGE_ANSWER, 9, &q, sizeof q, &fd, 1), MM_OK);
    close(fd);
    assert_int_equal(next()->header.type, JUDGE_IDENTITY);
    assert_string_equal(i->product, "fortios");
    assert_int_equal(i->grade, VPN_EXACT);
    assert_non_null(strstr(i->version, "7.2.4"));
    assert_int_equal(next()->header.type, JUDGE_END);
}

static void versions_are_judged(void **s)
{
    struct judge_version q = {.product = "fortios", .version = "7.2.4"};
    unsigned n = 0, known = 0;
    const struct judge_end *end = (const struct judge_end *)(const void *)frame->payload;

    (void)s;
    assert_int_equal(frame_send(sock, JUDGE_VERSION, 10, &q, sizeof q, NULL, 0), MM_OK);
    while (next()->header.type == JUDGE_ADVISORY) {
        n++;
        known += !strcmp(((const struct vpn_advisory *)(const void *)frame->payload)->cve, "CVE-2023-27997");
    }
    assert_int_equal(end->result, MM_OK);
    assert_int_equal(end->matches, n);
    assert_int_equal(known, 1);
    snprintf(q.version, sizeof q.version, "%s", "no version");
    assert_int_equal(frame_send(sock, JUDGE_VERSION, 11, &q, sizeof q, NULL, 0), MM_OK);
    assert_int_equal(next()->header.type, JUDGE_END);
    assert_int_equal(end->result, MM_EFORMAT);
    snprintf(q.product, sizeof q.product, "%s", "nobody");
    assert_int_equal(frame_send(sock, JUDGE_VERSION, 12, &q, sizeof q, NULL, 0), MM_OK);
    assert_int_equal(next()->header.type, JUDGE_END);
    assert_int_equal(end->result, MM_ENOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_rules_it_says_so), cmocka_unit_test(rules_arrive), cmocka_unit_test(questions_are_listed),
        cmocka_unit_test(an_answer_is_recognised), cmocka_unit_test(versions_are_judged),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
