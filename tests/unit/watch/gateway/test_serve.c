/* The probe's loop in a child, spoken to as core does; the gateway is a line of SSH on loopback. */
#include <arpa/inet.h>
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
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/messages.h"
#include "agent/watch/gateway/serve.h"
#include "lib/err.h"
#include "lib/os/frame.h"

static const char BANNER[] = "welcome\r\nSSH-2.0-ROSSSH\r\n";

struct rig { int sock; pid_t probe, gateway; uint16_t port, closed; struct frame f; };

/* A listening socket on loopback and its port. */
static int listening(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static void gateway_run(int fd)
{
    for (;;) {
        int c = accept(fd, NULL, NULL);

        if (c < 0)
            _exit(1);
        (void)!write(c, BANNER, sizeof BANNER - 1);
        close(c);
    }
}

static struct rig *rig_start(void)
{
    struct rig *r = calloc(1, sizeof *r);
    int pair[2], fd = listening(&r->port), gone = listening(&r->closed);

    assert_non_null(r);
    close(gone); /* nobody listens there */
    r->gateway = fork(); /* before the pair: it must not hold an end */
    if (!r->gateway)
        gateway_run(fd);
    assert_int_equal(frame_pair(pair), MM_OK);
    r->probe = fork();
    if (!r->probe) {
        close(pair[0]);
        close(fd);
        alarm(60);
        _exit(-probe_serve(pair[1]));
    }
    close(fd);
    close(pair[1]);
    r->sock = pair[0];
    return r;
}

/* The result of probe_serve. */
static int rig_stop(struct rig *r)
{
    int status, ended;

    if (r->sock >= 0)
        close(r->sock);
    assert_int_equal(waitpid(r->probe, &status, 0), r->probe);
    kill(r->gateway, SIGKILL);
    assert_int_equal(waitpid(r->gateway, &ended, 0), r->gateway);
    free(r);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

static struct probe_target target(const struct rig *r)
{
    struct probe_target t = {.number = 7, .addresses = 1, .host = "vpn.example.test", .address = {"127.0.0.1"}, .port = r->closed};

    return t;
}

static void put(struct rig *r, uint16_t type, const void *payload, size_t n)
{
    assert_int_equal(frame_send(r->sock, type, 1, payload, n, NULL, 0), MM_OK);
}

static void receive(struct rig *r, uint16_t type)
{
    struct pollfd p = {.fd = r->sock, .events = POLLIN};

    assert_int_equal(poll(&p, 1, 15000), 1);
    assert_int_equal(frame_recv(r->sock, &r->f), MM_OK);
    assert_int_equal(r->f.header.type, type);
}

static void round_of_questions(struct rig *r)
{
    struct probe_target t = target(r);
    struct probe_ask a = {.source = SOURCE_SSH, .port = r->port};
    struct probe_go go = {0};
    struct probe_answer *told = (struct probe_answer *)(void *)r->f.payload;
    struct probe_done *done = (struct probe_done *)(void *)r->f.payload;
    char bytes[64] = "";
    int fd;

    put(r, PROBE_TARGET, &t, sizeof t);
    put(r, PROBE_ASK, &a, sizeof a);
    put(r, PROBE_GO, &go, sizeof go);
    receive(r, PROBE_ANSWER);
    assert_int_equal(told->source, SOURCE_TLS);
    assert_int_equal(told->target, 7);
    assert_int_equal(told->result, MM_EIO);
    assert_int_equal(told->bytes, 0);
    assert_int_equal(r->f.nfds, 0);
    receive(r, PROBE_ANSWER);
    assert_int_equal(told->source, SOURCE_SSH);
    assert_int_equal(told->result, MM_OK);
    assert_int_equal(told->bytes, strlen("SSH-2.0-ROSSSH"));
    assert_int_equal(r->f.nfds, 1);
    fd = r->f.fds[0];
    assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
    assert_int_equal(read(fd, bytes, sizeof bytes), strlen("SSH-2.0-ROSSSH"));
    assert_string_equal(bytes, "SSH-2.0-ROSSSH");
    assert_int_equal(write(fd, "x", 1), -1);
    frame_discard(&r->f);
    receive(r, PROBE_DONE);
    assert_int_equal(done->answers, 2);
    assert_int_equal(done->upnp, 0);
}

static void answers_come_sealed(void **state)
{
    struct rig *r = rig_start();

    (void)state;
    round_of_questions(r);
    round_of_questions(r); /* the next round begins with nothing of the one before */
    assert_int_equal(rig_stop(r), MM_OK);
}

static void nothing_to_ask(void **state)
{
    struct rig *r = rig_start();
    struct probe_go go = {0};
    struct probe_done *done = (struct probe_done *)(void *)r->f.payload;

    (void)state;
    put(r, PROBE_GO, &go, sizeof go);
    receive(r, PROBE_DONE);
    assert_int_equal(done->answers, 0);
    assert_int_equal(rig_stop(r), MM_OK);
}

static void too_many_targets(void **state)
{
    struct rig *r = rig_start();
    struct probe_target t = target(r);

    (void)state;
    for (unsigned i = 0; i <= LIM_GATEWAYS; i++)
        put(r, PROBE_TARGET, &t, sizeof t);
    assert_int_equal(rig_stop(r), MM_ELIMIT);
}

static void too_many_questions(void **state)
{
    struct rig *r = rig_start();
    struct probe_ask a = {.source = SOURCE_IKE};

    (void)state;
    for (unsigned i = 0; i <= LIM_GATEWAY_ASKS; i++)
        put(r, PROBE_ASK, &a, sizeof a);
    assert_int_equal(rig_stop(r), MM_ELIMIT);
}

static int refused(uint16_t type, const void *payload, size_t n)
{
    struct rig *r = rig_start();

    put(r, type, payload, n);
    return rig_stop(r);
}

static void frames_without_sense(void **state)
{
    struct rig r = {.closed = 1};
    struct probe_target t = target(&r), good = t;
    struct probe_ask a = {.source = SOURCE_FILE};

    (void)state;
    memcpy(t.address[0], "vpn.example", sizeof "vpn.example"); /* no resolver here: never a name */
    assert_int_equal(refused(PROBE_TARGET, &t, sizeof t), MM_EFORMAT);
    t = good;
    t.addresses = LIM_GATEWAY_ADDRESSES + 1;
    assert_int_equal(refused(PROBE_TARGET, &t, sizeof t), MM_EFORMAT);
    t = good;
    memset(t.address[0], '1', sizeof t.address[0]);
    assert_int_equal(refused(PROBE_TARGET, &t, sizeof t), MM_EFORMAT);
    assert_int_equal(refused(PROBE_TARGET, &good, sizeof good - 1), MM_EFORMAT);
    assert_int_equal(refused(PROBE_ASK, &a, sizeof a), MM_EFORMAT);
    a.source = SOURCE_TCP;
    a.port = 65536;
    assert_int_equal(refused(PROBE_ASK, &a, sizeof a), MM_EFORMAT);
    assert_int_equal(refused(PROBE_DONE, &a, sizeof a), MM_EFORMAT);
    assert_int_equal(refused(PROBE_TARGET, &good, sizeof good), MM_OK);
}

/* Core goes away in the middle of a round: the service ends with its next answer. */
static void peer_leaves(void **state)
{
    struct rig *r = rig_start();
    struct probe_target t = target(r);
    struct probe_ask a = {.source = SOURCE_SSH, .port = r->port};
    struct probe_go go = {0};

    (void)state;
    put(r, PROBE_TARGET, &t, sizeof t);
    for (unsigned i = 0; i < LIM_GATEWAY_ASKS; i++)
        put(r, PROBE_ASK, &a, sizeof a);
    put(r, PROBE_GO, &go, sizeof go);
    receive(r, PROBE_ANSWER);
    assert_int_equal(rig_stop(r), MM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_sealed), cmocka_unit_test(nothing_to_ask),       cmocka_unit_test(too_many_targets),
        cmocka_unit_test(too_many_questions),  cmocka_unit_test(frames_without_sense), cmocka_unit_test(peer_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
