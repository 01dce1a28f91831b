/* Frames between the roles: what a hostile peer may send, and that no descriptor is left open. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/err.h"
#include "lib/os/frame.h"

struct world { int pair[2]; int opened; struct frame frame; };
static struct world world;

static int open_fds(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static int setup(void **state)
{
    *state = &world;
    world.opened = open_fds();
    return frame_pair(world.pair);
}

static int teardown(void **state)
{
    struct world *w = *state;

    close(w->pair[0]);
    if (w->pair[1] >= 0)
        close(w->pair[1]);
    return open_fds() == w->opened ? 0 : -1; /* a descriptor leaked */
}

static void carries_payload_and_descriptors(void **state)
{
    struct world *w = *state;
    int pipe_fds[2];
    char byte = 0;

    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(frame_send(w->pair[0], 7, 99, "hello", 6, &pipe_fds[1], 1), MM_OK);
    close(pipe_fds[1]);
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_OK);
    assert_int_equal(w->frame.header.type, 7);
    assert_int_equal(w->frame.header.id, 99);
    assert_int_equal(w->frame.header.length, 6);
    assert_string_equal((char *)w->frame.payload, "hello");
    assert_int_equal(w->frame.nfds, 1);
    assert_int_equal(fcntl(w->frame.fds[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(write(w->frame.fds[0], "!", 1), 1);
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
    frame_discard(&w->frame);
    assert_int_equal(w->frame.fds[0], -1);
    assert_int_equal(read(pipe_fds[0], &byte, 1), 0);
    close(pipe_fds[0]);
}

static void largest_and_empty_frame(void **state)
{
    static unsigned char big[LIM_FRAME];
    struct world *w = *state;

    memset(big, 0xa5, sizeof big);
    assert_int_equal(frame_send(w->pair[0], 1, 0, big, sizeof big, NULL, 0), MM_OK);
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_OK);
    assert_memory_equal(w->frame.payload, big, sizeof big);
    assert_int_equal(frame_send(w->pair[0], 2, 0, NULL, 0, NULL, 0), MM_OK);
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_OK);
    assert_int_equal(w->frame.header.length, 0);
    assert_int_equal(frame_send(w->pair[0], 1, 0, big, LIM_FRAME + 1, NULL, 0), MM_ELIMIT);
    assert_int_equal(frame_send(w->pair[0], 1, 0, big, 1, (int[]){0, 0, 0, 0, 0}, LIM_FRAME_FDS + 1), MM_ELIMIT);
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_EAGAIN);
}

static void full_queue_and_closed_peer(void **state)
{
    static unsigned char big[LIM_FRAME];
    struct world *w = *state;
    int rc = MM_OK, sent = 0;

    while (rc == MM_OK && sent < 1000) {
        rc = frame_send(w->pair[0], 1, 0, big, sizeof big, NULL, 0);
        sent += rc == MM_OK;
    }
    assert_int_equal(rc, MM_EAGAIN);
    assert_true(sent >= 2);
    for (int i = 0; i < sent; i++)
        assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_OK);
    close(w->pair[1]);
    w->pair[1] = -1;
    assert_int_equal(frame_send(w->pair[0], 1, 0, "x", 1, NULL, 0), MM_ECLOSED);
    assert_int_equal(frame_recv(w->pair[0], &w->frame), MM_ECLOSED);
}

/* Send bytes as a peer that does not use frame_send. */
static void send_raw(int sock, const void *bytes, size_t n, const int *fds, unsigned nfds)
{
    struct iovec iov = {(void *)(uintptr_t)bytes, n};
    union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int) * 64)]; } control;
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    memset(&control, 0, sizeof control);
    if (nfds) {
        struct cmsghdr *c;

        msg.msg_control = control.room;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
    }
    assert_int_equal(sendmsg(sock, &msg, MSG_NOSIGNAL), (ssize_t)n);
}

/* The close resets the socket when something was unread; what was said before comes all the same. */
static void last_words_of_a_peer_that_did_not_listen(void **state)
{
    struct world *w = *state;

    assert_int_equal(frame_send(w->pair[1], 1, 1, "unread", 6, NULL, 0), MM_OK);
    assert_int_equal(frame_send(w->pair[0], 2, 2, NULL, 0, NULL, 0), MM_OK);
    assert_int_equal(frame_send(w->pair[0], 3, 3, NULL, 0, NULL, 0), MM_OK);
    close(w->pair[0]);
    w->pair[0] = open("/dev/null", O_RDONLY | O_CLOEXEC); /* teardown closes it */
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_OK);
    assert_int_equal(w->frame.header.type, 2);
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_OK);
    assert_int_equal(w->frame.header.type, 3);
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_ECLOSED);
}

static void hostile_headers(void **state)
{
    static unsigned char huge[sizeof(struct frame_header) + LIM_FRAME + 1];
    const struct frame_header wrong_version = {.version = 2, .type = 1}, says_more = {FRAME_VERSION, 1, 1, 0},
                              too_much = {FRAME_VERSION, 1, LIM_FRAME + 1, 0}, wraps = {FRAME_VERSION, 1, UINT32_MAX, 0};
    struct world *w = *state;
    int fd = open("/dev/null", O_RDONLY);

    assert_true(fd >= 0);
    send_raw(w->pair[0], "x", 1, NULL, 0);
    send_raw(w->pair[0], &wrong_version, sizeof wrong_version - 1, &fd, 1);
    send_raw(w->pair[0], &wrong_version, sizeof wrong_version, &fd, 1);
    send_raw(w->pair[0], &says_more, sizeof says_more, &fd, 1);
    send_raw(w->pair[0], &wraps, sizeof wraps, NULL, 0);
    memcpy(huge, &too_much, sizeof too_much);
    send_raw(w->pair[0], huge, sizeof huge, NULL, 0);
    close(fd);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_EFORMAT);
        assert_int_equal(w->frame.nfds, 0);
    }
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_EAGAIN); /* the stream goes on behind them */
}

static void flood_of_descriptors(void **state)
{
    const struct frame_header header = {FRAME_VERSION, 1, 0, 0};
    struct world *w = *state;
    int fds[40], fd = open("/dev/null", O_RDONLY);

    assert_true(fd >= 0);
    for (int i = 0; i < 40; i++)
        fds[i] = fd;
    send_raw(w->pair[0], &header, sizeof header, fds, 40);
    send_raw(w->pair[0], &header, sizeof header, fds, LIM_FRAME_FDS + 1);
    close(fd);
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_EFORMAT);
    assert_int_equal(frame_recv(w->pair[1], &w->frame), MM_EFORMAT);
    assert_int_equal(w->frame.nfds, 0); /* teardown counts what is open */
}

static int calls;

static int count_call(void *context, struct frame *f)
{
    (void)context;
    calls++;
    return f->payload[0] == 'e' && f->header.length == 1 ? MM_ESTATE : MM_OK;
}

static int keep_fd(void *context, struct frame *f)
{
    *(int *)context = f->fds[0];
    f->fds[0] = -1;
    return MM_OK;
}

static const struct frame_rule rules[] = {
    {1, 1, 4, 0, 0, count_call},
    {2, 0, 0, 1, 1, keep_fd},
};

static void dispatch_checks_before_it_calls(void **state)
{
    struct world *w = *state;
    const int fd = w->pair[0];
    const struct { uint16_t type; const char *payload; size_t n; int rc, calls; } rows[] = {
        {1, "a", 1, MM_OK, 1}, {1, "abcd", 4, MM_OK, 1}, {1, "abcde", 5, MM_EFORMAT, 0}, {1, "", 0, MM_EFORMAT, 0},
        {9, "a", 1, MM_EFORMAT, 0}, {2, "", 0, MM_EFORMAT, 0}, {1, "e", 1, MM_ESTATE, 1}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        calls = 0;
        assert_int_equal(frame_send(w->pair[0], rows[i].type, 0, rows[i].payload, rows[i].n, NULL, 0), MM_OK);
        assert_int_equal(frame_dispatch(w->pair[1], &w->frame, rules, 2, NULL, 10), rows[i].rc);
        assert_int_equal(calls, rows[i].calls);
    }
    /* a descriptor where none belongs */
    calls = 0;
    assert_int_equal(frame_send(w->pair[0], 1, 0, "a", 1, &fd, 1), MM_OK);
    assert_int_equal(frame_dispatch(w->pair[1], &w->frame, rules, 2, NULL, 10), MM_EFORMAT);
    assert_int_equal(calls, 0);
}

static void dispatch_keeps_its_budget_and_gives_descriptors(void **state)
{
    struct world *w = *state;
    int fd = open("/dev/null", O_RDONLY), kept = -1;

    calls = 0;
    for (int i = 0; i < 5; i++)
        assert_int_equal(frame_send(w->pair[0], 1, 0, "a", 1, NULL, 0), MM_OK);
    assert_int_equal(frame_dispatch(w->pair[1], &w->frame, rules, 2, NULL, 3), MM_OK);
    assert_int_equal(calls, 3);
    assert_int_equal(frame_dispatch(w->pair[1], &w->frame, rules, 2, NULL, 30), MM_OK);
    assert_int_equal(calls, 5);
    assert_int_equal(frame_send(w->pair[0], 2, 0, NULL, 0, &fd, 1), MM_OK);
    close(fd);
    assert_int_equal(frame_dispatch(w->pair[1], &w->frame, rules, 2, &kept, 30), MM_OK);
    assert_true(kept >= 0 && fcntl(kept, F_GETFD) >= 0);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(carries_payload_and_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(largest_and_empty_frame, setup, teardown),
        cmocka_unit_test_setup_teardown(full_queue_and_closed_peer, setup, teardown),
        cmocka_unit_test_setup_teardown(last_words_of_a_peer_that_did_not_listen, setup, teardown),
        cmocka_unit_test_setup_teardown(hostile_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(flood_of_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(dispatch_checks_before_it_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(dispatch_keeps_its_budget_and_gives_descriptors, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
