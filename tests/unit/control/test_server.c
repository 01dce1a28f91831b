/* The server on a real loop with real sockets: framing, limits, hostile clients, later answers.
 * The client side is a thread-free non-blocking socket driven between loop turns. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
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
#include <uv.h>

#include "agent/control/server.h"
#include "lib/control_frame.h"
#include "lib/err.h"
#include "lib/os/peer.h"

static char dir[] = "/tmp/mimamori-control-XXXXXX", message[512];
static struct control_listener listener;
static struct control_server *server;
static uv_loop_t loop;
static struct agent_state agent;
static uint64_t ticket;
static int acts, act_peer_ok;

static const struct agent_state *op_state(void *context)
{
    (void)context;
    return &agent;
}

static void op_core(void *context, struct control_core *out)
{
    (void)context;
    (void)out;
}

static int op_events(void *context, const struct control_query *q, control_emit emit, void *page)
{
    (void)context;
    (void)q;
    (void)emit;
    (void)page;
    return MM_OK;
}

static int op_why(void *context, const char *id, char incident[LIM_ID], control_emit emit, void *page)
{
    (void)context;
    (void)id;
    (void)incident;
    (void)emit;
    (void)page;
    return MM_ENOTFOUND;
}

static int op_act(void *context, const struct op_local *op, int fd, uint64_t t)
{
    struct os_peer peer;

    (void)context;
    (void)op;
    act_peer_ok = os_peer(fd, &peer) == MM_OK && peer.uid == getuid() && peer.pid == getpid();
    acts++;
    ticket = t;
    return MM_OK;
}

static const struct control_ops ops = {NULL, op_state, op_core, op_events, op_why, op_act};

static int setup(void **state)
{
    /* the tester's own group stands for the agent's, so that the test needs no root */
    struct control_options o = {.loop = &loop, .group = getgid(), .ops = &ops};

    (void)state;
    acts = 0;
    if (uv_loop_init(&loop) || control_listen(dir, &listener, message, sizeof message))
        return -1;
    o.listen_fd = listener.fd;
    return control_server_start(&server, &o);
}

static int teardown(void **state)
{
    (void)state;
    control_server_stop(server);
    uv_run(&loop, UV_RUN_DEFAULT);
    control_unlisten(&listener, dir);
    return uv_loop_close(&loop); /* nothing is left open */
}

static int client(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(a.sun_path, sizeof a.sun_path, "%s/control.sock", dir);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void say(int fd, const char *json)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    assert_int_equal(control_frame_put(&b, json, strlen(json)), MM_OK);
    assert_int_equal(send(fd, b.data, b.len, MSG_NOSIGNAL), (ssize_t)b.len);
    buf_fini(&b);
}

static void turn(void)
{
    for (int i = 0; i < 20; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

/* One answer; "" when the server closed, NULL when nothing came. */
static const char *hear(int fd)
{
    static char text[LIM_CONTROL_FRAME + 1];
    unsigned char head[4];
    size_t n, have = 0;
    ssize_t got;

    turn();
    got = recv(fd, head, 4, 0);
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return "";
    if (got != 4)
        return NULL;
    n = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    assert_true(n && n <= LIM_CONTROL_FRAME);
    while (have < n) {
        got = recv(fd, text + have, n - have, 0);
        if (got > 0)
            have += (size_t)got;
        else
            turn();
    }
    text[n] = '\0';
    return text;
}

static void asks_and_answers(void **state)
{
    int fd = client();

    (void)state;
    say(fd, "{\"v\":1,\"verb\":\"status\"}");
    assert_non_null(strstr(hear(fd), "\"overall\""));
    say(fd, "{\"v\":1,\"verb\":\"events\"}");
    assert_non_null(strstr(hear(fd), "\"events\":[]"));
    say(fd, "{\"v\":1,\"verb\":\"why\",\"args\":{\"id\":\"aaaaaaaa\"}}");
    assert_non_null(strstr(hear(fd), "not_found"));
    close(fd);
    turn();
}

static void requests_byte_by_byte_and_at_once(void **state)
{
    static const char request[] = "{\"v\":1,\"verb\":\"status\"}";
    const unsigned char head[4] = {0, 0, 0, sizeof request - 1};
    int fd = client();

    (void)state;
    for (size_t i = 0; i < 4; i++, turn())
        assert_int_equal(send(fd, head + i, 1, 0), 1);
    for (size_t i = 0; i < sizeof request - 1; i++, turn())
        assert_int_equal(send(fd, request + i, 1, 0), 1);
    assert_non_null(strstr(hear(fd), "overall"));
    for (int i = 0; i < 5; i++)
        say(fd, request);
    for (int i = 0; i < 5; i++)
        assert_non_null(strstr(hear(fd), "overall"));
    assert_null(hear(fd));
    close(fd);
}

static void hostile_frames(void **state)
{
    static const struct { const char *bytes; size_t n; } bad[] = {
        {"\0\0\0\0", 4}, {"\xff\xff\xff\xff", 4}, {"GET / HTTP/1.1\r\n\r\n", 18}, {"\0\0\x40\x01", 4}};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int fd = client();

        assert_int_equal(send(fd, bad[i].bytes, bad[i].n, 0), (ssize_t)bad[i].n);
        assert_non_null(strstr(hear(fd), "\"format\""));
        assert_string_equal(hear(fd), "");
        close(fd);
    }
    for (int i = 0; i < 3; i++) { /* a bad body leaves the connection usable */
        int fd = client();

        say(fd, "][");
        assert_non_null(strstr(hear(fd), "\"format\""));
        say(fd, "{\"v\":1,\"verb\":\"status\"}");
        assert_non_null(strstr(hear(fd), "overall"));
        close(fd);
    }
}

static void the_guard_answers_later(void **state)
{
    struct op_result r = {.files_restored = 3};
    int fd = client(), gone = client();

    (void)state;
    say(fd, "{\"v\":1,\"verb\":\"quarantine\"}");
    assert_null(hear(fd));
    assert_int_equal(acts, 1);
    assert_true(act_peer_ok); /* the descriptor handed on is the client's socket */
    say(fd, "{\"v\":1,\"verb\":\"status\"}"); /* waits its turn */
    assert_null(hear(fd));
    control_server_result(server, ticket + 77, &r);
    assert_null(hear(fd));
    control_server_result(server, ticket, &r);
    assert_non_null(strstr(hear(fd), "\"files_restored\":3"));
    assert_non_null(strstr(hear(fd), "overall"));
    control_server_result(server, ticket, &r); /* twice: ignored */
    assert_null(hear(fd));
    say(gone, "{\"v\":1,\"verb\":\"release\"}");
    turn();
    close(gone);
    turn();
    control_server_result(server, ticket, &r); /* nobody hears it */
    turn();
    say(fd, "{\"v\":1,\"verb\":\"release\"}");
    turn();
    control_server_fail(server, MM_ECLOSED);
    assert_non_null(strstr(hear(fd), "guard_silent"));
    close(fd);
}

static void watchers_hear_events(void **state)
{
    int a = client(), b = client();

    (void)state;
    say(a, "{\"v\":1,\"verb\":\"watch\"}");
    assert_non_null(strstr(hear(a), "watching"));
    control_server_event(server, 5, "{\"x\":1}", 7);
    assert_non_null(strstr(hear(a), "\"sequence\":5"));
    assert_null(hear(b));
    say(a, "{\"v\":1,\"verb\":\"status\"}"); /* a watcher has nothing more to say */
    assert_string_equal(hear(a), "");
    close(a);
    close(b);
}

/* A watcher that does not read: bounded memory, and it is told what it missed. */
static void slow_watcher_misses_and_knows(void **state)
{
    static char event[60000];
    const char *answer = NULL;
    int fd = client(), told = 0;

    (void)state;
    say(fd, "{\"v\":1,\"verb\":\"watch\"}");
    assert_non_null(hear(fd));
    memset(event, 'e', sizeof event);
    memcpy(event, "{\"x\":\"", 6);
    memcpy(event + sizeof event - 2, "\"}", 2);
    for (uint64_t i = 1; i <= 200; i++)
        control_server_event(server, i, event, sizeof event);
    for (int i = 0; i < 200 && (answer = hear(fd)) && *answer; i++)
        ;
    control_server_event(server, 201, "{\"y\":1}", 7);
    answer = hear(fd);
    assert_non_null(answer);
    told = !strstr(answer, "\"missed\":0") && strstr(answer, "\"missed\":");
    assert_true(told);
    close(fd);
}

static void too_many_clients(void **state)
{
    int fds[LIM_CONTROL_CLIENTS + 30];
    size_t n = sizeof fds / sizeof *fds, served = 0, refused = 0;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        fds[i] = client();
        turn();
    }
    for (size_t i = 0; i < n; i++) {
        const char *answer;
        ssize_t sent;

        sent = send(fds[i], "\0\0\0\x17{\"v\":1,\"verb\":\"status\"}", 27, MSG_NOSIGNAL);
        answer = hear(fds[i]);
        assert_true(sent == 27 || sent < 0);
        assert_non_null(answer);
        served += strstr(answer, "overall") != NULL;
        refused += strstr(answer, "busy") != NULL;
    }
    assert_int_equal(served, LIM_CONTROL_CLIENTS);
    assert_int_equal(served + refused, n);
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
    turn();
    fds[0] = client(); /* and there is room again */
    say(fds[0], "{\"v\":1,\"verb\":\"status\"}");
    assert_non_null(strstr(hear(fds[0]), "overall"));
    close(fds[0]);
}

/* Closing while everything is under way leaves no handle and no memory (teardown, sanitizers). */
static void stop_in_the_middle(void **state)
{
    int fds[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        fds[i] = client();
    say(fds[0], "{\"v\":1,\"verb\":\"quarantine\"}");
    say(fds[1], "{\"v\":1,\"verb\":\"watch\"}");
    say(fds[2], "{\"v\":1,\"verb\":\"status\"}");
    assert_int_equal(send(fds[3], "\0\0", 2, 0), 2);
    turn();
    for (int i = 0; i < 4; i++)
        close(fds[i]);
}

static void listening_twice(void **state)
{
    struct control_listener second;
    char path[128];
    struct stat st;

    (void)state;
    assert_int_equal(control_listen(dir, &second, message, sizeof message), MM_EEXIST);
    assert_non_null(strstr(message, "another agent runs"));
    snprintf(path, sizeof path, "%s/control.sock", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0666);
}

/* The socket and lock of an agent that was killed are in nobody's way. */
static void stale_socket_is_replaced(void **state)
{
    struct control_listener l;
    char other[64], file[128];
    pid_t pid;
    int status;

    (void)state;
    snprintf(other, sizeof other, "%s/other", dir);
    pid = fork();
    if (pid == 0)
        _exit(control_listen(other, &l, message, sizeof message) ? 1 : 0); /* dies without control_unlisten */
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(control_listen(other, &l, message, sizeof message), MM_OK);
    control_unlisten(&l, other);
    snprintf(file, sizeof file, "%s/control.sock", other);
    assert_int_equal(close(open(file, O_CREAT | O_WRONLY, 0600)), 0);
    assert_int_equal(control_listen(other, &l, message, sizeof message), MM_EEXIST); /* not ours to remove */
    assert_non_null(strstr(message, "not a socket"));
    unlink(file);
    snprintf(file, sizeof file, "%s/control.lock", other);
    unlink(file);
    rmdir(other);
    assert_int_equal(control_listen("/tmp/a-run-directory-whose-name-is-far-too-long-for-the-hundred-and-eight-bytes-that-a-"
                                    "socket-address-has", &l, message, sizeof message), MM_ELIMIT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(asks_and_answers), T(requests_byte_by_byte_and_at_once), T(hostile_frames), T(the_guard_answers_later),
        T(watchers_hear_events), T(slow_watcher_misses_and_knows), T(stop_in_the_middle), T(listening_twice),
        T(stale_socket_is_replaced), T(too_many_clients),
    };
    char path[64];
    int rc;

    alarm(60);
    if (!mkdtemp(dir))
        return 1;
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(path, sizeof path, "%s/control.lock", dir);
    unlink(path);
    rmdir(dir);
    return rc;
}
