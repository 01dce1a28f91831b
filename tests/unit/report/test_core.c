/* The core role as a process of its own, with this program as its guard.
 * Without arguments: what needs no console.  With --drive CONFIG: commands on
 * standard input, what core says on standard output, for
 * tests/integration/test_uplink.py.  With --enrol CONFIG CODE [KEY]: enrol_run.
 *   event SEVERITY N   send N events        state QUARANTINED   send a state
 *   kill               SIGKILL core, start the next, send again what was not stored
 *   silence MS         no beats for so long  reach MS           ask whether the console answers
 *   wait               answer when all events are stored
 *   stop | die         end with and without announcing it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/messages.h"
#include "agent/report/enrol.h"
#include "agent/report/journal.h"
#include "agent/roles/core.h"
#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/os/frame.h"
#include "tests/unit/report/events.h"

#define EVENTS 20000

struct driver {
    const struct agent_config *config;
    pid_t pid;
    int sock;
    struct event *event[EVENTS]; /* sent and not stored */
    unsigned events, open;
    int64_t quiet_until, state_at, beat_at;
    uint32_t quarantined;
    int waiting;
    struct frame frame;
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void start_core(struct driver *d)
{
    int fds[2];

    if (frame_pair(fds) != MM_OK)
        exit(2);
    d->pid = fork();
    if (d->pid == 0) {
        close(fds[0]);
        alarm(300);
        _exit(role_core(fds[1], d->config, NULL));
    }
    close(fds[1]);
    d->sock = fds[0];
}

static void send_open(struct driver *d)
{
    for (unsigned i = 0; i < d->events; i++)
        while (d->event[i] && frame_send(d->sock, CORE_EVENT, i + 1, d->event[i], sizeof *d->event[i], NULL, 0) == MM_EAGAIN) {
            struct pollfd p = {.fd = d->sock, .events = POLLOUT};

            if (poll(&p, 1, 1000) <= 0 || p.revents & (POLLERR | POLLHUP))
                return;
        }
}

static void new_event(struct driver *d, unsigned severity)
{
    struct event *e = calloc(1, sizeof *e);
    struct timespec t;

    if (!e || d->events == EVENTS)
        exit(2);
    clock_gettime(CLOCK_REALTIME, &t);
    sample_event(e, EV_DETECTION, ACT_CREATE);
    e->severity = severity;
    e->wall_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    (void)crypto_uuid(e->uid);
    snprintf(e->detail, sizeof e->detail, "event %u", d->events + 1);
    d->event[d->events++] = e;
    d->open++;
    while (frame_send(d->sock, CORE_EVENT, d->events, e, sizeof *e, NULL, 0) == MM_EAGAIN) {
        struct pollfd p = {.fd = d->sock, .events = POLLOUT};

        if (poll(&p, 1, 5000) <= 0)
            return;
    }
}

static void send_state(struct driver *d)
{
    static struct agent_state s;

    memset(&s, 0, sizeof s);
    s.mode = RESPOND_FREEZE;
    s.quarantined = d->quarantined;
    for (int i = 0; i < SENSOR_COUNT; i++)
        s.sensor[i].state = SENSOR_WORKING;
    s.folders = s.folders_total = 1;
    snprintf(s.folder[0].path, sizeof s.folder[0].path, "%s", "/home/sato/\xff文書");
    snprintf(s.rules_version, sizeof s.rules_version, "%s", "2026.11.1");
    frame_send(d->sock, CORE_STATE, 0, &s, sizeof s, NULL, 0);
}

/* A test console's command carries "UUID:SEQUENCE" as its payload. */
static void on_command(struct driver *d)
{
    struct op_result r = {.result = MM_OK};
    unsigned long long seq = 0;
    char *at, *colon;

    d->frame.payload[d->frame.header.length < LIM_FRAME ? d->frame.header.length : LIM_FRAME - 1] = '\0';
    at = strstr((char *)d->frame.payload, "\"payload\":\"");
    colon = at ? strchr(at + 11, ':') : NULL;
    if (colon && colon - (at + 11) == 36) {
        snprintf(r.command, sizeof r.command, "%.36s", at + 11);
        r.sequence = seq = strtoull(colon + 1, NULL, 10);
    } else {
        r.result = MM_EDENIED;
    }
    snprintf(r.message, sizeof r.message, "%s", "done");
    printf("command %s %llu\n", r.command, seq);
    frame_send(d->sock, CORE_RESULT, d->frame.header.id, &r, sizeof r, NULL, 0);
}

static int receive(struct driver *d)
{
    int rc;

    while ((rc = frame_recv(d->sock, &d->frame)) == MM_OK) {
        uint64_t id = d->frame.header.id;

        switch (d->frame.header.type) {
        case CORE_STORED:
            if (id && id <= d->events && d->event[id - 1]) {
                free(d->event[id - 1]);
                d->event[id - 1] = NULL;
                d->open--;
            }
            break;
        case OP_COMMAND: on_command(d); break;
        case OP_CONSOLE: {
            struct op_console c;

            memcpy(&c, d->frame.payload, sizeof c);
            printf("console %u %u\n", c.count, c.at[0].port);
            break;
        }
        case OP_REACHED: {
            struct op_reached r;

            memcpy(&r, d->frame.payload, sizeof r);
            printf("reached %u\n", r.reached);
            break;
        }
        default: printf("frame %u\n", d->frame.header.type);
        }
        frame_discard(&d->frame);
    }
    if (d->waiting && !d->open) {
        d->waiting = 0;
        printf("stored\n");
    }
    fflush(stdout);
    return rc;
}

static void kill_core(struct driver *d)
{
    kill(d->pid, SIGKILL);
    waitpid(d->pid, NULL, 0);
    close(d->sock);
    start_core(d);
    send_open(d);
    printf("restarted\n");
}

static int end_core(struct driver *d, int announced)
{
    int status = 0;

    if (announced)
        frame_send(d->sock, CORE_STOPPING, 0, &(uint32_t){STOP_SHUTDOWN}, sizeof(uint32_t), NULL, 0);
    close(d->sock);
    d->sock = -1;
    waitpid(d->pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int begins(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

/* One line of the test: a word and up to two numbers; 1 ends. */
static int obey(struct driver *d, const char *line)
{
    char *rest = NULL;
    unsigned a = (unsigned)strtoul(line + strcspn(line, " "), &rest, 10), b = (unsigned)strtoul(rest, NULL, 10);

    if (begins(line, "event ")) {
        while (b--) {
            new_event(d, a);
            (void)receive(d);
        }
    } else if (begins(line, "state ")) {
        d->quarantined = a;
        send_state(d);
    } else if (begins(line, "silence ")) {
        d->quiet_until = now_ms() + a;
    } else if (begins(line, "reach ")) {
        const struct core_ask_reach ask = {.ms = a};

        frame_send(d->sock, CORE_ASK_REACH, 77, &ask, sizeof ask, NULL, 0);
    } else if (strncmp(line, "kill", 4) == 0) {
        kill_core(d);
    } else if (strncmp(line, "wait", 4) == 0) {
        d->waiting = 1;
    } else {
        printf("ended %d\n", end_core(d, strncmp(line, "stop", 4) == 0));
        fflush(stdout);
        return 1;
    }
    fflush(stdout);
    return 0;
}

static void turn(struct driver *d)
{
    int64_t now = now_ms();

    if (now >= d->quiet_until && now - d->beat_at >= 250) {
        d->beat_at = now;
        frame_send(d->sock, CORE_BEAT, 0, NULL, 0, NULL, 0);
        if (now - d->state_at >= 1000) {
            d->state_at = now;
            send_state(d);
        }
    }
    (void)receive(d);
}

static int drive(const struct agent_config *config)
{
    static struct driver d;
    char text[4096];
    size_t have = 0;

    d.config = config;
    start_core(&d);
    printf("pid %d\n", (int)d.pid);
    fflush(stdout);
    for (;;) {
        struct pollfd p[2] = {{.fd = 0, .events = POLLIN}, {.fd = d.sock, .events = POLLIN}};
        char *end;

        poll(p, 2, 100);
        turn(&d);
        if (p[1].revents & POLLHUP) {
            printf("lost core: %d\n", end_core(&d, 0));
            return 1;
        }
        if (p[0].revents) {
            ssize_t n = read(0, text + have, sizeof text - 1 - have);

            if (n <= 0)
                return end_core(&d, 1);
            have += (size_t)n;
            text[have] = '\0';
        }
        while ((end = memchr(text, '\n', have)) != NULL) {
            *end = '\0';
            if (obey(&d, text))
                return 0;
            have -= (size_t)(end + 1 - text);
            memmove(text, end + 1, have + 1);
        }
    }
}

/* ---- without a console ---------------------------------------------------------------- */

static struct agent_config config;
static char base[64];

static int setup(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "%s", "/tmp/mm-core-XXXXXX");
    if (!mkdtemp(base) || chmod(base, 0755) != 0)
        return -1;
    memset(&config, 0, sizeof config);
    snprintf(config.state, sizeof config.state, "%s/state", base);
    snprintf(config.run, sizeof config.run, "%s/run", base);
    mkdir(config.state, 0755);
    mkdir(config.run, 0755);
    snprintf(config.core_user, sizeof config.core_user, "%s", "_mimamori-core");
    config.journal_bytes = 1 << 20;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st; (void)type; (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static char rows[65536];

static int see_row(void *context, const struct journal_row *row)
{
    struct buf all = {.data = context, .len = strlen(context), .cap = sizeof rows, .max = sizeof rows - 1};

    /* a full buffer only shortens what the test can find */
    return buf_add(&all, row->body, row->body_len) == MM_ELIMIT ? 1 : 0;
}

static unsigned read_rows(void)
{
    struct journal *j = NULL;
    struct journal_check check;
    char dir[LIM_PATH + 8];

    rows[0] = '\0';
    snprintf(dir, sizeof dir, "%s/core", config.state);
    assert_int_equal(journal_open(&j, dir, 1 << 20, NULL), MM_OK);
    assert_int_equal(journal_page(j, 0, 0, 1000, see_row, rows), MM_OK);
    assert_int_equal(journal_verify(j, 0, &check), MM_OK);
    journal_close(j);
    return (unsigned)check.rows;
}

static void run_for(struct driver *d, int64_t ms)
{
    int64_t until = now_ms() + ms;

    while (now_ms() < until) {
        struct pollfd p = {.fd = d->sock, .events = POLLIN};

        poll(&p, 1, 20);
        turn(d);
    }
}

static void wait_stored(struct driver *d)
{
    int64_t until = now_ms() + 10000;

    while (d->open && now_ms() < until)
        run_for(d, 20);
    assert_int_equal(d->open, 0);
}

static void test_events_are_stored_and_an_orderly_stop_is_no_alarm(void **state)
{
    static struct driver d;

    (void)state;
    d = (struct driver){.config = &config};
    start_core(&d);
    new_event(&d, SEV_HIGH);
    new_event(&d, SEV_INFO);
    wait_stored(&d);
    assert_int_equal(end_core(&d, 1), 0);
    assert_int_equal(read_rows(), 3);
    assert_non_null(strstr(rows, "The computer is being switched off"));
    assert_null(strstr(rows, "without announcing"));
}

/* A guard that ends with answers of core unread resets the connection: what it had said before is read all the same. */
static void test_an_orderly_stop_with_unread_answers_is_no_alarm(void **state)
{
    static struct driver d;
    struct pollfd unread;
    int status;

    (void)state;
    d = (struct driver){.config = &config};
    start_core(&d);
    new_event(&d, SEV_HIGH);
    unread = (struct pollfd){.fd = d.sock, .events = POLLIN};
    assert_int_equal(poll(&unread, 1, 10000), 1); /* CORE_STORED is there and stays */
    kill(d.pid, SIGSTOP); /* core sees everything that follows at once */
    assert_int_equal(waitpid(d.pid, &status, WUNTRACED), d.pid);
    for (int i = 0; i < 100; i++)
        frame_send(d.sock, CORE_BEAT, 0, NULL, 0, NULL, 0);
    new_event(&d, SEV_INFO);
    frame_send(d.sock, CORE_STOPPING, 0, &(uint32_t){STOP_ASKED}, sizeof(uint32_t), NULL, 0);
    close(d.sock);
    kill(d.pid, SIGCONT);
    assert_int_equal(waitpid(d.pid, &status, 0), d.pid);
    assert_int_equal(read_rows(), 3);
    assert_non_null(strstr(rows, "The guard stopped"));
    assert_null(strstr(rows, "without announcing"));
}

static void test_the_guards_sudden_end_is_an_alarm(void **state)
{
    static struct driver d;

    (void)state;
    d = (struct driver){.config = &config};
    start_core(&d);
    run_for(&d, 300);
    assert_int_equal(end_core(&d, 0), 0);
    assert_int_equal(read_rows(), 1);
    assert_non_null(strstr(rows, "The guard ended without announcing it"));
    assert_non_null(strstr(rows, "\"severity_id\":5"));
}

static void test_silence_is_an_alarm_once(void **state)
{
    static struct driver d;

    (void)state;
    d = (struct driver){.config = &config};
    start_core(&d);
    run_for(&d, 800);
    d.quiet_until = now_ms() + 2500; /* a computer that swaps */
    run_for(&d, 4000);
    d.quiet_until = now_ms() + 9000;
    run_for(&d, 10500);
    assert_int_equal(end_core(&d, 1), 0);
    assert_int_equal(read_rows(), 4);
    assert_non_null(strstr(rows, "The guard did not answer for a few seconds"));
    assert_non_null(strstr(rows, "The guard does not answer"));
    assert_non_null(strstr(rows, "The guard answers again"));
}

/* Its first walk over many files takes long; the keeper has an eye on it, and status says that nothing is known. */
static void test_a_guard_that_begins_is_not_silent(void **state)
{
    static struct driver d;

    (void)state;
    d = (struct driver){.config = &config};
    start_core(&d);
    new_event(&d, SEV_INFO);
    d.quiet_until = now_ms() + 2500;
    run_for(&d, 3200);
    assert_int_equal(end_core(&d, 1), 0);
    assert_int_equal(read_rows(), 2);
    assert_null(strstr(rows, "does not answer"));
}

static void test_kill_loses_and_doubles_nothing(void **state)
{
    static struct driver d;

    (void)state;
    d = (struct driver){.config = &config};
    start_core(&d);
    for (int i = 0; i < 10; i++) {
        for (int n = 0; n < 3; n++)
            new_event(&d, n ? SEV_INFO : SEV_CRITICAL);
        if (i % 3 == 0)
            run_for(&d, 50);
        kill_core(&d);
    }
    wait_stored(&d);
    assert_int_equal(end_core(&d, 1), 0);
    assert_int_equal(read_rows(), 31);
}

static void test_state_directory_that_cannot_be_written(void **state)
{
    static struct driver d;
    char path[LIM_PATH + 8];
    int fd;

    (void)state;
    /* A file where the directory should be: as unusable as a read-only file system, for root too. */
    snprintf(path, sizeof path, "%s/core", config.state);
    fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    d = (struct driver){.config = &config};
    start_core(&d);
    new_event(&d, SEV_HIGH);
    wait_stored(&d);
    assert_int_equal(end_core(&d, 1), 0);
}

static void test_a_hostile_frame_ends_core_not_us(void **state)
{
    static struct driver d;
    char junk[100] = "x";

    (void)state;
    d = (struct driver){.config = &config};
    start_core(&d);
    run_for(&d, 200);
    assert_int_equal(frame_send(d.sock, CORE_EVENT, 1, junk, sizeof junk, NULL, 0), MM_OK);
    for (int i = 0; i < 200 && frame_recv(d.sock, &d.frame) != MM_ECLOSED; i++)
        usleep(20000);
    assert_int_equal(end_core(&d, 0), 0);
    assert_int_equal(read_rows(), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        T(test_events_are_stored_and_an_orderly_stop_is_no_alarm), T(test_an_orderly_stop_with_unread_answers_is_no_alarm),
        T(test_the_guards_sudden_end_is_an_alarm),
        T(test_silence_is_an_alarm_once), T(test_a_guard_that_begins_is_not_silent),
        T(test_kill_loses_and_doubles_nothing),
        T(test_state_directory_that_cannot_be_written), T(test_a_hostile_frame_ends_core_not_us),
    };
    char message[512];

    alarm(300);
    if (argc == 3 && strcmp(argv[1], "--drive") == 0) {
        if (agent_config_load(&config, argv[2], message, sizeof message) != MM_OK) {
            fprintf(stderr, "%s\n", message);
            return 2;
        }
        return drive(&config);
    }
    if (argc >= 4 && strcmp(argv[1], "--enrol") == 0) {
        if (agent_config_load(&config, argv[2], message, sizeof message) != MM_OK)
            return 2;
        return -enrol_run(&config, argv[3], argv[4], stdout);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
