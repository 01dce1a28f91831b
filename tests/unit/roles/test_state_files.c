/* State files as a newer agent leaves them: members, words and lines that this one does not know.  What it does know counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/roles/guard_internal.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "tests/unit/scratch.h"

#define PADDING 20000 /* more than one order of ours */

static char dir[64], path[128];
static struct agent_config config;
static struct guard *guard;

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s", "/tmp/mm-state-files-XXXXXX");
    guard = calloc(1, sizeof *guard);
    if (!guard || !mkdtemp(dir))
        return -1;
    snprintf(config.state, sizeof config.state, "%s", dir);
    guard->config = &config;
    snprintf(path, sizeof path, "%s/guard", dir);
    return durable_mkdir(path, 0700);
}

static int teardown(void **state)
{
    (void)state;
    free(guard);
    return scratch_remove(dir);
}

static void put(const char *name, const char *text)
{
    snprintf(path, sizeof path, "%s/guard/%s", dir, name);
    assert_int_equal(durable_write(path, text, strlen(text), 0600), MM_OK);
}

/* The text with a long member in the place of '@'. */
static void put_padded(const char *name, const char *text)
{
    char *all = malloc(PADDING + 4096), *pad = malloc(PADDING + 1);
    const char *at = strchr(text, '@');

    assert_true(all && pad && at);
    memset(pad, 'x', PADDING);
    pad[PADDING] = '\0';
    snprintf(all, PADDING + 4096, "%.*s\"later\": {\"of\": [\"%s\"]}%s", (int)(at - text), text, pad, at + 1);
    put(name, all);
    free(all);
    free(pad);
}

static void ring(void **state)
{
    (void)state;
    put("ring", "early\nsince 2027-01-01T00:00:00Z, by the policy of the provider's console\n");
    guard_policy_load(guard);
    assert_string_equal(guard->ring, "early");
    put("ring", "later\nearly\n");
    guard_policy_load(guard);
    assert_string_equal(guard->ring, "");
}

static void incidents(void **state)
{
    (void)state;
    put_padded("incidents.json", "[{\"id\": \"one\", \"open\": true, \"session\": 7, \"members\": [[12, 34, \"later\"]], @}, {\"id\": \"two\", \"open\": true}]");
    guard_incidents_load(guard);
    assert_true(guard->incident[0].open && guard->incident[1].open);
    assert_string_equal(guard->incident[0].id, "one");
    assert_int_equal(guard->incident[0].session, 7);
    assert_int_equal(guard->incident[0].nmembers, 1);
    assert_int_equal(guard->incident[0].member[0].start_ns, 34);
}

static void trust(void **state)
{
    (void)state;
    put("command-keys.json", "{\"agent_id\": \"0f8fad5b-d9cb-469f-a165-70867728950e\", \"later\": [1], \"command_keys\": [{\"kind\": \"later\"}]}");
    put("sequence", "41\nlater 7\n");
    guard_trust_load(guard);
    assert_string_equal(guard->trust.agent_id, "0f8fad5b-d9cb-469f-a165-70867728950e");
    assert_int_equal(guard->trust.n, 0);
    assert_int_equal(guard->trust.sequence, 41);
}

static bool order_in_force(struct quarantine_order *order)
{
    struct quarantine *q;
    bool active;

    assert_int_equal(quarantine_new(&q, dir, ""), MM_OK);
    active = quarantine_active(q, order);
    quarantine_free(q);
    return active;
}

/* Never open because of it: what cannot even be read is an order without exceptions. */
static void quarantine(void **state)
{
    struct quarantine_order order;

    (void)state;
    assert_false(order_in_force(&order));
    put_padded("quarantine.json", "{\"version\": 1, \"by\": \"rule\", @, \"allowed\": [{\"address\": \"192.0.2.10\", \"port\": 8443, \"later\": 1}]}");
    assert_true(order_in_force(&order));
    assert_string_equal(order.by, "rule");
    assert_int_equal(order.nallowed, 1);
    put("quarantine.json", "{\"version\": 1, \"by\": \"rule\"");
    assert_true(order_in_force(&order));
    assert_string_equal(order.by, "");
    assert_int_equal(remove(path), 0);
    assert_int_equal(durable_mkdir(path, 0700), MM_OK); /* read(2) fails on it */
    assert_true(order_in_force(&order));
    assert_int_equal(order.nallowed, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {T(ring), T(incidents), T(trust), T(quarantine)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
