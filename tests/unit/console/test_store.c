#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "console/store/store.h"
#include "lib/err.h"
#include "tests/unit/scratch.h"

#define A "0f8fad5b-d9cb-469f-a165-70867728950e"
#define B "11111111-2222-4333-8444-555555555555"
#define J "99999999-2222-4333-8444-555555555555"
#define U "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

static struct store *s;

static void enrol(const char *agent, const char *host, const char *token, const char *machine, int *clone)
{
    struct store_enrolment e = {.agent_id = agent, .token_hash = token, .key_hash = "key", .certificate = "PEM", .hostname = host, .os = "o",
                                .kernel = "k", .agent_version = "v", .machine_id = machine, .customer = 1, .certificate_expires = 99};

    assert_int_equal(store_token_add(s, token, 1, 1000, "t", 1), MM_OK);
    assert_int_equal(store_enrol(s, &e, 10, clone), MM_OK);
}

static int open_store(void **state)
{
    int64_t id = 0;
    int clone;

    (void)state;
    if (store_open(":memory:", 1, &s) || store_customer_add(s, "c", "p", 1, &id) || id != 1)
        return -1;
    enrol(A, "alpha", "ta", "ma", &clone);
    enrol(B, "beta", "tb", "mb", &clone);
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    store_close(s);
    return 0;
}

static struct ingest_event make_event(uint64_t sequence, const char *incident, int severity)
{
    static char body[] = "{\"x\":1}";
    struct ingest_event e = {.sequence = sequence, .time_ms = 1000 * (int64_t)sequence, .first_ms = 1000 * (int64_t)sequence, .class_uid = 2004,
                             .severity = severity, .body = body};

    snprintf(e.incident, sizeof e.incident, "%s", incident);
    return e;
}

static uint64_t add(const char *agent, struct ingest_event *e, unsigned n)
{
    struct store_batch b = {.agent_id = agent, .journal = J, .boot = J, .event = e, .count = n};
    uint64_t durable = 0;

    assert_int_equal(store_events_add(s, &b, 50, &durable), MM_OK);
    return durable;
}

static int64_t count_of(const char *member)
{
    json_t *counts = NULL;
    int64_t n;

    assert_int_equal(store_summary(s, &counts), MM_OK);
    n = json_integer_value(json_object_get(counts, member));
    json_decref(counts);
    return n;
}

static void transactions(void **state)
{
    json_t *list = NULL;
    int64_t id = 0;

    (void)state;
    assert_int_equal(store_begin(s), MM_OK);
    assert_int_equal(store_begin(s), MM_ESTATE);
    assert_int_equal(store_customer_add(s, "gone", "", 1, &id), MM_OK);
    store_rollback(s);
    assert_int_equal(store_customer_find(s, "gone", &id), MM_ENOTFOUND);
    assert_int_equal(store_commit(s), MM_ESTATE);
    assert_int_equal(store_customer_add(s, "c", "", 1, &id), MM_EEXIST);
    assert_int_equal(store_customer_find(s, "1", &id), MM_OK);
    assert_int_equal(store_customers(s, &list), MM_OK);
    assert_int_equal(json_array_size(list), 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "devices")), 2);
    json_decref(list);
}

static void tokens_are_single_use(void **state)
{
    struct store_enrolment e = {.agent_id = J, .token_hash = "ta", .key_hash = "k2", .certificate = "P", .hostname = "h", .os = "", .kernel = "",
                                .agent_version = "", .machine_id = "m", .customer = 1};
    struct store_token t;
    int clone;

    (void)state;
    assert_int_equal(store_token_get(s, "ta", &t), MM_OK);
    assert_int_equal(t.used, 10);
    assert_string_equal(t.agent_id, A);
    assert_string_equal(t.used_key, "key");
    assert_int_equal(store_token_get(s, "nope", &t), MM_ENOTFOUND);
    assert_int_equal(store_begin(s), MM_OK);
    assert_int_equal(store_enrol(s, &e, 11, &clone), MM_ESTATE);
    store_rollback(s);
    enrol(J, "gamma", "tc", "ma", &clone);
    assert_int_equal(clone, 1);
    assert_int_equal(count_of("open_incidents"), 1);
}

static void asked_again(void **state)
{
    struct buf pem;

    (void)state;
    buf_init(&pem, 100);
    assert_int_equal(store_enrol_again(s, A, "ma", 20, &pem), MM_OK);
    assert_string_equal(pem.data, "PEM");
    assert_int_equal(count_of("open_incidents"), 0);
    assert_int_equal(store_enrol_again(s, A, "another machine", 21, &pem), MM_OK);
    assert_int_equal(count_of("open_incidents"), 1);
    assert_int_equal(store_device_revoke(s, A), MM_OK);
    assert_int_equal(store_enrol_again(s, A, "ma", 22, &pem), MM_ENOTFOUND);
    assert_int_equal(store_enrol_again(s, J, "ma", 22, &pem), MM_ENOTFOUND);
    buf_fini(&pem);
}

static void finding_devices(void **state)
{
    struct store_device d;
    int clone;

    (void)state;
    assert_int_equal(store_device_find(s, "alpha", &d), MM_OK);
    assert_string_equal(d.agent_id, A);
    assert_int_equal(store_device_find(s, "0f8fad5b", &d), MM_OK);
    assert_int_equal(store_device_find(s, "0f8fad5", &d), MM_ENOTFOUND); /* too short to be a prefix */
    assert_int_equal(store_device_find(s, "%", &d), MM_ENOTFOUND);
    assert_int_equal(store_device_find(s, "' OR 1=1 --", &d), MM_ENOTFOUND);
    enrol(J, "alpha", "td", "md", &clone);
    assert_int_equal(store_device_find(s, "alpha", &d), MM_EEXIST);
    assert_int_equal(store_device_revoke(s, J), MM_OK);
    assert_int_equal(store_device_revoke(s, J), MM_ENOTFOUND);
    assert_int_equal(store_device_find(s, "alpha", &d), MM_OK);
    assert_int_equal(store_device_get(s, J, &d), MM_OK);
    assert_int_equal(d.revoked, 1);
}

static void events_once_and_grouped(void **state)
{
    struct ingest_event e[3] = {make_event(5, U, 4), make_event(6, U, 5), make_event(9, "", 1)};
    struct store_event_filter f = {.limit = 10};
    struct store_incident i;
    json_t *list = NULL, *incident = NULL;

    (void)state;
    snprintf(e[1].title_en, sizeof e[1].title_en, "%s", "worst");
    e[0].files_touched = 7;
    assert_int_equal(add(A, e, 2), 6);
    assert_int_equal(add(A, e, 3), 9);
    assert_int_equal(add(A, e, 1), 9); /* the highest of the journal, also for an old line */
    assert_int_equal(store_events(s, &f, &list), MM_OK);
    assert_int_equal(json_array_size(list), 3);
    json_decref(list);
    assert_int_equal(store_incident_find(s, U, &i), MM_OK);
    assert_int_equal(store_incident_json(s, i.id, &incident), MM_OK);
    assert_int_equal(json_integer_value(json_object_get(incident, "events")), 2);
    assert_int_equal(json_integer_value(json_object_get(incident, "severity")), 5);
    assert_int_equal(json_integer_value(json_object_get(incident, "files_touched")), 7);
    assert_string_equal(json_string_value(json_object_get(incident, "title_en")), "worst");
    json_decref(incident);
    assert_int_equal(add(B, e, 1), 5); /* the same uid from another device is another incident */
    assert_int_equal(store_incident_find(s, U, &i), MM_EEXIST);
    assert_int_equal(count_of("open_incidents"), 2);
}

/* Events of doors are kept and shown; they open no incident and say nothing of a quarantine. */
static void doors_are_no_incidents(void **state)
{
    struct ingest_event e[2] = {make_event(1, "", 5), make_event(2, "", 1)};
    struct store_event_filter f = {.limit = 10, .severity = 5};
    struct store_device d;
    json_t *list = NULL;

    (void)state;
    e[0].class_uid = 2002;
    e[0].activity = e[0].status = 1; /* what would be "isolated" of class 7001 */
    e[1].class_uid = 5020;
    assert_int_equal(add(A, e, 2), 2);
    assert_int_equal(store_events(s, &f, &list), MM_OK);
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
    assert_int_equal(count_of("open_incidents"), 0);
    assert_int_equal(store_device_get(s, A, &d), MM_OK);
    assert_string_not_equal(d.quarantine, "on");
}

static void verdicts(void **state)
{
    struct ingest_event e = make_event(1, U, 5), late = make_event(2, U, 1), worse = make_event(3, U, 5);
    struct store_incident i;

    (void)state;
    add(A, &e, 1);
    assert_int_equal(store_incident_find(s, U, &i), MM_OK);
    assert_int_equal(store_incident_verdict(s, i.id, "attack", "n", "op", 5), MM_OK);
    add(A, &late, 1);
    assert_int_equal(store_incident_find(s, U, &i), MM_OK);
    assert_string_equal(i.state, "closed"); /* harmless stragglers do not open it */
    add(A, &worse, 1);
    assert_int_equal(store_incident_find(s, U, &i), MM_OK);
    assert_string_equal(i.state, "open");
    assert_int_equal(store_incident_verdict(s, 999, "attack", "", "op", 5), MM_ENOTFOUND);
}

static void silence(void **state)
{
    struct store_beat b = {.agent_version = "v", .rules = "r", .mode = "m", .quarantine = "off", .boot = "b1", .body = "{}"};
    struct store_device d;
    unsigned count = 9;
    int back = 9;

    (void)state;
    assert_int_equal(store_silence(s, 1000, 0, 1000, &count), MM_OK);
    assert_int_equal(count, 0); /* never heard of: new, not silent */
    assert_int_equal(store_heartbeat(s, A, &b, 100, &back), MM_OK);
    assert_int_equal(back, 0);
    assert_int_equal(store_silence(s, 100, 0, 190, &count), MM_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store_silence(s, 101, 0, 191, &count), MM_OK);
    assert_int_equal(count, 1);
    assert_int_equal(store_silence(s, 102, 0, 192, &count), MM_OK);
    assert_int_equal(count, 0); /* told once */
    assert_int_equal(count_of("silent"), 1);
    assert_int_equal(count_of("open_incidents"), 1);
    assert_int_equal(store_heartbeat(s, A, &b, 200, &back), MM_OK);
    assert_int_equal(back, 1);
    assert_int_equal(count_of("open_incidents"), 0);
    assert_int_equal(store_device_get(s, A, &d), MM_OK);
    assert_string_equal(d.state, "online");
    assert_int_equal(store_heartbeat(s, J, &b, 200, &back), MM_ENOTFOUND);
}

struct told { unsigned count; char ring[LIM_TAG]; };

static int note_ring(void *context, const char *agent_id, const char *ring)
{
    struct told *t = context;

    (void)agent_id;
    t->count++;
    snprintf(t->ring, sizeof t->ring, "%s", ring);
    return MM_OK;
}

static unsigned without(int64_t now, struct told *t)
{
    *t = (struct told){0};
    assert_int_equal(store_rings_untold(s, 0, A, now, note_ring, t), MM_OK);
    return t->count;
}

/* A host is told again when nobody answered the order in its time; not while it waits, not when it was answered. */
static void rings(void **state)
{
    struct store_command c = {.agent_id = A, .command_id = U, .action = "policy", .incident = "", .envelope = "{}", .by = "op", .reason = "",
                              .sequence = 1, .created = 10, .not_after = 100};
    struct told t;

    (void)state;
    assert_int_equal(without(10, &t), 0);
    assert_int_equal(store_ring_set(s, 1, "", "early", "op", 10), MM_OK);
    assert_int_equal(without(10, &t), 1);
    assert_string_equal(t.ring, "early");
    assert_int_equal(store_command_add(s, &c), MM_OK);
    assert_int_equal(store_ring_ordered(s, A, "early", U), MM_OK);
    assert_int_equal(without(100, &t), 0);
    assert_int_equal(without(101, &t), 1);
    assert_int_equal(store_command_result(s, A, U, "refused", "", 90), MM_OK);
    assert_int_equal(without(101, &t), 0);
    assert_int_equal(store_ring_set(s, 1, A, "canary", "op", 10), MM_OK);
    assert_int_equal(store_ring_set(s, 1, "", "broad", "op", 10), MM_OK);
    assert_int_equal(without(101, &t), 1);
    assert_string_equal(t.ring, "canary");
    assert_int_equal(store_ring_set(s, 1, A, "", "op", 10), MM_OK);
    assert_int_equal(store_ring_set(s, 1, "", "", "op", 10), MM_OK);
    assert_int_equal(without(101, &t), 1);
    assert_string_equal(t.ring, "broad");
}

static void commands(void **state)
{
    struct store_command c = {.agent_id = A, .action = "contain", .incident = "", .envelope = "{\"n\":1}", .by = "o", .reason = "", .created = 1,
                              .not_after = 100};
    char id[LIM_ID];
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    for (uint64_t i = 1; i <= 20; i++) {
        snprintf(id, sizeof id, "id-%d", (int)i);
        c.command_id = id;
        assert_int_equal(store_command_sequence(s, A, 0, &c.sequence), MM_OK);
        assert_int_equal(c.sequence, i);
        assert_int_equal(store_command_add(s, &c), MM_OK);
    }
    assert_int_equal(store_commands_waiting(s, B, 0, 50), 0);
    assert_int_equal(store_commands_waiting(s, A, 20, 50), 0);
    assert_int_equal(store_commands_waiting(s, A, 0, 101), 0); /* too late */
    assert_int_equal(store_commands_take(s, A, 0, 50, &b), MM_OK);
    assert_int_equal(b.len, 16 * 7 + 15);
    assert_int_equal(store_command_result(s, B, "id-1", "ok", "", 60), MM_ENOTFOUND);
    assert_int_equal(store_command_result(s, A, "id-1", "ok", "", 60), MM_OK);
    buf_reset(&b);
    assert_int_equal(store_commands_take(s, A, 17, 50, &b), MM_OK);
    assert_int_equal(b.len, 3 * 7 + 2);
    assert_int_equal(store_command_sequence(s, J, 0, &c.sequence), MM_ENOTFOUND);
    /* time carries it forward, and nothing carries it back: neither a clock set back nor two orders at once */
    assert_int_equal(store_command_sequence(s, A, 50, &c.sequence), MM_OK);
    assert_int_equal(c.sequence, 50000);
    assert_int_equal(store_command_sequence(s, A, 50, &c.sequence), MM_OK);
    assert_int_equal(c.sequence, 50001);
    assert_int_equal(store_command_sequence(s, A, 7, &c.sequence), MM_OK);
    assert_int_equal(c.sequence, 50002);
    buf_fini(&b);
}

static void expiry_spares_open_incidents(void **state)
{
    struct ingest_event e[2] = {make_event(1, U, 5), make_event(2, "", 1)};
    struct store_event_filter f = {.limit = 10};
    json_t *list = NULL;

    (void)state;
    add(A, e, 2);
    assert_int_equal(store_events_expire(s, 50, 100), MM_OK); /* received at 50: not before 50 */
    assert_int_equal(store_events(s, &f, &list), MM_OK);
    assert_int_equal(json_array_size(list), 2);
    json_decref(list);
    assert_int_equal(store_events_expire(s, 51, 100), MM_OK);
    assert_int_equal(store_events(s, &f, &list), MM_OK);
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
}

static void two_programs(void **state)
{
    char dir[] = "/tmp/mm-store-XXXXXX", path[64];
    struct store *one = NULL, *two = NULL;
    int64_t id;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/db", dir);
    assert_int_equal(store_open(path, 0, &one), MM_ENOTFOUND);
    assert_int_equal(store_open(path, 1, &one), MM_OK);
    assert_int_equal(store_open(path, 0, &two), MM_OK);
    assert_int_equal(store_changed(one), 0);
    assert_int_equal(store_customer_add(two, "x", "", 1, &id), MM_OK);
    assert_int_equal(store_changed(one), 1);
    assert_int_equal(store_changed(one), 0);
    assert_int_equal(store_customer_find(one, "x", &id), MM_OK);
    store_close(one);
    store_close(two);
    assert_int_equal(scratch_remove(dir), 0);
}

struct seen { char text[512]; int64_t clock; };

static int see_report(void *context, const struct store_report *r)
{
    struct seen *x = context;
    size_t n = strlen(x->text);

    snprintf(x->text + n, sizeof x->text - n, "%s %d %s %s;", r->hostname, (int)r->received, r->vpn, r->posture);
    x->clock = r->clock_ahead;
    return MM_OK;
}

static int see_statement(void *context, const struct store_statement *st)
{
    struct seen *x = context;
    size_t n = strlen(x->text);

    snprintf(x->text + n, sizeof x->text - n, "%s/%s/%s;", st->door, st->what, st->args);
    return MM_OK;
}

static void reports_of_doors(void **state)
{
    const struct store_doors first = {"1", "2", "x"}, second = {"3", "4", "y"};
    struct seen x = {""};
    char name[LIM_TITLE];
    int64_t n = 0;

    (void)state;
    assert_int_equal(store_doors_put(s, J, &first, 5), MM_ENOTFOUND);
    assert_int_equal(store_doors_put(s, A, &first, 5), MM_OK);
    assert_int_equal(store_doors_put(s, A, &second, 6), MM_OK);
    assert_int_equal(store_doors_reports(s, 1, see_report, &x), MM_OK);
    assert_string_equal(x.text, "alpha 6 3 4;beta 0  ;");
    assert_int_equal(store_doors_devices(s, 1, &n), MM_OK);
    assert_int_equal(n, 2);
    assert_int_equal(store_device_revoke(s, B), MM_OK);
    x.text[0] = '\0';
    assert_int_equal(store_doors_reports(s, 1, see_report, &x), MM_OK);
    assert_string_equal(x.text, "alpha 6 3 4;");
    assert_int_equal(store_customer_name(s, 1, name), MM_OK);
    assert_string_equal(name, "c");
    assert_int_equal(store_customer_name(s, 2, name), MM_ENOTFOUND);
}

/* By the last heartbeat; one that does not tell leaves it unknown. */
static void a_devices_clock(void **state)
{
    struct store_beat b = {.agent_version = "v", .rules = "r", .mode = "m", .quarantine = "off", .boot = "b1", .body = "{}", .clock_ahead = -7200};
    struct seen x = {""};
    int back;

    (void)state;
    assert_int_equal(store_device_revoke(s, B), MM_OK);
    assert_int_equal(store_doors_reports(s, 1, see_report, &x), MM_OK);
    assert_true(x.clock == STORE_CLOCK_UNKNOWN);
    assert_int_equal(store_heartbeat(s, A, &b, 100, &back), MM_OK);
    assert_int_equal(store_doors_reports(s, 1, see_report, &x), MM_OK);
    assert_true(x.clock == -7200);
    b.clock_ahead = STORE_CLOCK_UNKNOWN;
    assert_int_equal(store_heartbeat(s, A, &b, 130, &back), MM_OK);
    assert_int_equal(store_doors_reports(s, 1, see_report, &x), MM_OK);
    assert_true(x.clock == STORE_CLOCK_UNKNOWN);
}

static const char *untold(const char *agent, int64_t now)
{
    static struct seen x;

    x.text[0] = '\0';
    assert_int_equal(store_statements_untold(s, agent, now, 16, see_statement, &x), MM_OK);
    return x.text;
}

/* Told: by an order that waits or was answered; one that ran out tells nothing. */
static void statements_until_told(void **state)
{
    struct store_statement all = {1, 20, "", "gateway:x:1", "version", "op", "v1"}, own = {1, 21, B, "ssh", "mitigation", "op", "m"};
    struct store_command c = {.agent_id = A, .command_id = "c1", .action = "declare", .incident = "", .envelope = "{}", .by = "o", .reason = "",
                              .sequence = 1, .created = 20, .not_after = 100};
    struct seen x = {""};

    (void)state;
    assert_int_equal(store_statement_put(s, &all), MM_OK);
    assert_int_equal(store_statement_put(s, &own), MM_OK);
    assert_string_equal(untold(A, 30), "gateway:x:1/version/v1;");
    assert_string_equal(untold(B, 30), "gateway:x:1/version/v1;ssh/mitigation/m;");
    assert_int_equal(store_command_add(s, &c), MM_OK);
    assert_int_equal(store_statement_ordered(s, A, &all, "c1"), MM_OK);
    assert_string_equal(untold(A, 100), "");
    assert_string_equal(untold(A, 101), "gateway:x:1/version/v1;"); /* nobody fetched it in time */
    assert_int_equal(store_command_result(s, A, "c1", "refused", "", 50), MM_OK);
    assert_string_equal(untold(A, 101), "");
    all.at = 22;
    all.args = "v2";
    assert_int_equal(store_statement_put(s, &all), MM_OK); /* in place of the one before */
    assert_string_equal(untold(A, 30), "gateway:x:1/version/v2;");
    assert_int_equal(store_statements(s, 1, see_statement, &x), MM_OK);
    assert_string_equal(x.text, "gateway:x:1/version/v2;ssh/mitigation/m;");
    assert_string_equal(untold(J, 30), "");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(transactions), CASE(tokens_are_single_use), CASE(asked_again), CASE(finding_devices), CASE(events_once_and_grouped),
                                       CASE(doors_are_no_incidents), CASE(verdicts), CASE(silence), CASE(rings), CASE(commands), CASE(expiry_spares_open_incidents),
                                       CASE(two_programs), CASE(reports_of_doors), CASE(a_devices_clock), CASE(statements_until_told)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
