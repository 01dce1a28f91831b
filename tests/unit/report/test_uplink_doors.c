/* The channel of the doors.
 *
 * Without arguments: what needs no console.  With --drive DIR (the files of an
 * enrolment): an uplink with hooks of its own; commands on stdin are "doors
 * TEXT" (a round is over, this is the body), "none" (nothing to tell), "rows N"
 * (events), "end"; what tests/integration/test_uplink_doors.py sees is what the console got. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "agent/report/uplink_parts.h"
#include "lib/err.h"

#define BOOT "99999999-2222-4333-8444-555555555555"
#define LINE (LIM_DOORS_JSON + 16)

struct driver {
    uv_loop_t loop;
    uv_poll_t input;
    struct journal *journal;
    struct uplink *uplink;
    char *doors;                 /* the body; NULL: nothing to tell */
    unsigned asked;              /* times that the hook was called */
    char line[LINE];
    size_t n;
};

static uint64_t hook_command(void *context, const char *envelope, size_t n)
{
    (void)context, (void)envelope, (void)n;
    return 0;
}

static void hook_addresses(void *context, const struct op_console *c)
{
    (void)context, (void)c;
}

static int hook_heartbeat(void *context, struct buf *out)
{
    (void)context;
    return buf_adds(out, "{}");
}

static void hook_event(void *context, struct event *e)
{
    (void)context, (void)e;
}

static void hook_identified(void *context, const char *agent_id)
{
    (void)context, (void)agent_id;
}

static int hook_doors(void *context, struct buf *out)
{
    struct driver *d = context;

    d->asked++;
    return d->doors ? buf_adds(out, d->doors) : MM_ENOTFOUND;
}

static struct uplink_hooks hooks = {NULL, hook_command, hook_addresses, hook_heartbeat, hook_event, hook_identified, hook_doors};

static int begin(struct driver *d, const char *dir)
{
    struct uplink_options o = {.loop = &d->loop, .dir = dir, .url = "", .proxy = "", .boot = BOOT, .hooks = &hooks};
    int rc = uv_loop_init(&d->loop) ? MM_ENOMEM : journal_open(&d->journal, NULL, LIM_JOURNAL_BYTES, NULL);

    hooks.context = d;
    o.journal = d->journal;
    return rc ? rc : uplink_new(&d->uplink, &o);
}

static int end(struct driver *d)
{
    uplink_free(d->uplink);
    while (uv_run(&d->loop, UV_RUN_DEFAULT))
        ;
    journal_close(d->journal);
    free(d->doors);
    return uv_loop_close(&d->loop);
}

/* ---- for the script ------------------------------------------------------------------ */

static void add_rows(struct driver *d, unsigned n)
{
    struct journal_row row = {.severity = 1, .boot = BOOT, .wall_ns = 1};
    struct journal_slot slot;
    char body[128];

    while (n--) {
        journal_next(d->journal, &slot);
        row.seq = slot.seq;
        snprintf(row.uid, sizeof row.uid, "aaaaaaaa-0000-4000-8000-%012llu", (unsigned long long)slot.seq);
        row.body_len = (size_t)snprintf(body, sizeof body, "{\"metadata\":{\"sequence\":%llu},\"unmapped\":{}}", (unsigned long long)slot.seq);
        row.body = body;
        if (journal_append(d->journal, &row))
            abort();
    }
    if (journal_commit(d->journal))
        abort();
    uplink_rows(d->uplink, true);
}

static void obey(struct driver *d, char *line)
{
    if (!strncmp(line, "doors ", 6) || !strcmp(line, "none")) {
        free(d->doors);
        d->doors = line[0] == 'd' ? strdup(line + 6) : NULL;
        uplink_doors_now(d->uplink);
    } else if (!strncmp(line, "rows ", 5)) {
        add_rows(d, (unsigned)strtoul(line + 5, NULL, 10));
    } else {
        uv_close((uv_handle_t *)&d->input, NULL);
        uv_stop(&d->loop);
    }
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    struct driver *d = poll->data;
    ssize_t got = read(0, d->line + d->n, sizeof d->line - d->n - 1);
    char *stop;

    (void)status, (void)events;
    if (got <= 0) {
        if (got == 0) {
            uv_close((uv_handle_t *)poll, NULL);
            uv_stop(&d->loop);
        }
        return;
    }
    d->n += (size_t)got;
    while (d->n && (stop = memchr(d->line, '\n', d->n))) {
        size_t used = (size_t)(stop - d->line) + 1;

        *stop = '\0';
        obey(d, d->line);
        memmove(d->line, d->line + used, d->n - used);
        d->n -= used;
    }
}

static int drive(const char *dir)
{
    static struct driver d;

    if (begin(&d, dir))
        return 2;
    fcntl(0, F_SETFL, O_NONBLOCK);
    uv_poll_init(&d.loop, &d.input, 0);
    d.input.data = &d;
    uv_poll_start(&d.input, UV_READABLE, on_input);
    uv_run(&d.loop, UV_RUN_DEFAULT);
    return end(&d) ? 3 : 0;
}

/* ---- without a console ----------------------------------------------------------------- */

static void nobody_is_asked_before_there_is_a_console(void **state)
{
    static struct driver d;

    (void)state;
    assert_int_equal(begin(&d, "/nonexistent"), MM_OK);
    uplink_doors_now(d.uplink);
    for (int i = 0; i < 3; i++)
        uv_run(&d.loop, UV_RUN_NOWAIT);
    assert_int_equal(d.asked, 0);
    assert_true(d.uplink->doors_due); /* not forgotten */
    assert_int_equal(end(&d), 0);
}

static void nothing_to_tell_and_no_hook(void **state)
{
    static struct driver d;

    (void)state;
    assert_int_equal(begin(&d, "/nonexistent"), MM_OK);
    d.uplink->doors_due = true;
    uplink_doors_go(d.uplink);
    assert_int_equal(d.asked, 1);
    assert_false(d.uplink->doors_due);
    assert_false(d.uplink->channel[CH_DOORS].busy);
    hooks.doors = NULL;
    d.uplink->doors_due = true;
    uplink_doors_go(d.uplink);
    hooks.doors = hook_doors;
    assert_int_equal(d.asked, 1);
    assert_int_equal(end(&d), 0);
}

static void too_much_is_not_sent(void **state)
{
    static struct driver d;

    (void)state;
    assert_int_equal(begin(&d, "/nonexistent"), MM_OK);
    d.doors = malloc(LIM_DOORS_JSON + 2);
    assert_non_null(d.doors);
    memset(d.doors, ' ', LIM_DOORS_JSON + 1);
    d.doors[LIM_DOORS_JSON + 1] = '\0';
    d.uplink->doors_due = true;
    uplink_doors_go(d.uplink);
    assert_false(d.uplink->channel[CH_DOORS].busy);
    assert_true(d.uplink->doors_due);
    assert_true(uv_is_active((uv_handle_t *)&d.uplink->channel[CH_DOORS].timer)); /* asked again later */
    assert_int_equal(end(&d), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_asked_before_there_is_a_console), cmocka_unit_test(nothing_to_tell_and_no_hook),
        cmocka_unit_test(too_much_is_not_sent),
    };

    alarm(300);
    if (argc == 3 && !strcmp(argv[1], "--drive"))
        return drive(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
