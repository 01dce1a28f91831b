/* The durable form of a quarantine order and its nft script: what was printed is read back whole, what
 * somebody else wrote is an order or MM_EFORMAT, and no text of an order reaches nft. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "agent/respond/linux/quarantine_order.h"
#include "lib/err.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void peer(struct quarantine_order *o, const char *address, uint16_t port)
{
    struct net_peer *p = &o->allowed[o->nallowed++];

    p->family = strchr(address, ':') ? 6 : 4;
    p->port = port;
    assert_int_equal(inet_pton(p->family == 6 ? AF_INET6 : AF_INET, address, p->address), 1);
}

static struct quarantine_order order(void)
{
    struct quarantine_order o = {.incident = "0f8fad5b-d9cb-469f-a165-70867728950e", .command = "c-7",
                                 .by = "rule ransom_in_place", .since_wall_ns = 1795321831123456789, .hold_without_console = true};

    peer(&o, "192.0.2.10", 8443);
    peer(&o, "2001:db8::10", 65535);
    return o;
}

static void same(const struct quarantine_order *a, const struct quarantine_order *b)
{
    assert_string_equal(a->incident, b->incident);
    assert_string_equal(a->command, b->command);
    assert_string_equal(a->by, b->by);
    assert_true(a->since_wall_ns == b->since_wall_ns);
    assert_int_equal(a->hold_without_console, b->hold_without_console);
    assert_int_equal(a->nallowed, b->nallowed);
    for (unsigned i = 0; i < a->nallowed; i++) {
        assert_int_equal(a->allowed[i].family, b->allowed[i].family);
        assert_int_equal(a->allowed[i].port, b->allowed[i].port);
        assert_memory_equal(a->allowed[i].address, b->allowed[i].address, a->allowed[i].family == 6 ? 16 : 4);
    }
}

static void through_text(const struct quarantine_order *o)
{
    struct quarantine_order back;
    struct buf b;

    buf_init(&b, 16384);
    assert_int_equal(quarantine_order_print(o, &b), MM_OK);
    assert_int_equal(quarantine_order_parse(b.data, b.len, &back), MM_OK);
    same(o, &back);
    buf_fini(&b);
}

static void comes_back_as_it_was(void **state)
{
    struct quarantine_order o = order(), empty = {.since_wall_ns = 0}, full = order();

    (void)state;
    through_text(&o);
    through_text(&empty);
    while (full.nallowed < COUNT(full.allowed))
        peer(&full, full.nallowed % 2 ? "2001:db8:1:2:3:4:5:6" : "203.0.113.254", (uint16_t)(1000 + full.nallowed));
    memset(full.by, 'b', sizeof full.by - 1);
    memset(full.incident, 'i', sizeof full.incident - 1);
    memset(full.command, 'c', sizeof full.command - 1);
    through_text(&full);
    snprintf(o.by, sizeof o.by, "%s", "\"quoted\\\n\t見守り {}");
    through_text(&o);
}

static void name_that_is_no_text_costs_the_name_only(void **state)
{
    struct quarantine_order o = order(), back;
    struct buf b;

    (void)state;
    snprintf(o.by, sizeof o.by, "%s", "\xff\xfe no UTF-8");
    buf_init(&b, 16384);
    assert_int_equal(quarantine_order_print(&o, &b), MM_OK);
    assert_int_equal(quarantine_order_parse(b.data, b.len, &back), MM_OK);
    o.by[0] = '\0';
    same(&o, &back);
    o.incident[0] = o.command[0] = o.by[0] = '\xc3';
    buf_reset(&b);
    assert_int_equal(quarantine_order_print(&o, &b), MM_OK);
    assert_int_equal(quarantine_order_parse(b.data, b.len, &back), MM_OK);
    o.incident[0] = o.command[0] = o.by[0] = '\0';
    same(&o, &back);
    buf_fini(&b);
}

static void too_small_a_buffer_is_told_and_left_alone(void **state)
{
    struct quarantine_order o = order();
    struct buf b;

    (void)state;
    buf_init(&b, 60);
    assert_int_equal(quarantine_order_print(&o, &b), MM_ELIMIT);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

static void what_is_no_order_is_refused(void **state)
{
    static const char *const bad[] = {
        "", " ", "null", "[]", "7", "\"version\"", "{", "{}", "{\"version\":2}", "{\"version\":\"1\"}", "{\"version\":1.0}",
        "{\"version\":1,\"version\":1}", "{\"version\":1}x", "{\"version\":1,\"by\":\"\xff\"}", "{\"version\":1,}",
    };
    struct quarantine_order out, before;
    char deep[9000];

    (void)state;
    memset(&out, 0x5a, sizeof out);
    before = out;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(quarantine_order_parse(bad[i], strlen(bad[i]), &out), MM_EFORMAT);
        assert_memory_equal(&out, &before, sizeof out);
    }
    memset(deep, '[', sizeof deep);
    assert_int_equal(quarantine_order_parse(deep, sizeof deep, &out), MM_EFORMAT);
    assert_int_equal(quarantine_order_parse("{\"version\":1}\0", 14, &out), MM_EFORMAT);
    assert_memory_equal(&out, &before, sizeof out);
}

static struct quarantine_order parsed(const char *text)
{
    struct quarantine_order o;

    memset(&o, 0x5a, sizeof o);
    assert_int_equal(quarantine_order_parse(text, strlen(text), &o), MM_OK);
    assert_true(o.nallowed <= COUNT(o.allowed));
    return o;
}

/* An order with broken parts closes more, never less. */
static void broken_parts_open_nothing(void **state)
{
    static const char *const none[] = {
        "{\"version\":1}",
        "{\"version\":1,\"allowed\":7}",
        "{\"version\":1,\"allowed\":{\"address\":\"192.0.2.1\",\"port\":1}}",
        "{\"version\":1,\"allowed\":[1,null,\"192.0.2.1\",[],{}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"192.0.2.1\"}]}",
        "{\"version\":1,\"allowed\":[{\"port\":443}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"192.0.2.1\",\"port\":0}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"192.0.2.1\",\"port\":65536}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"192.0.2.1\",\"port\":-1}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"192.0.2.1\",\"port\":\"443\"}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"192.0.2.1\",\"port\":443.5}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"0.0.0.0/0\",\"port\":443}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"::/0\",\"port\":443}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"192.0.2.1 accept\",\"port\":443}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"localhost\",\"port\":443}]}",
        "{\"version\":1,\"allowed\":[{\"address\":\"\",\"port\":443}]}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(none); i++) {
        struct quarantine_order o = parsed(none[i]);

        assert_int_equal(o.nallowed, 0);
        assert_int_equal(o.incident[0], '\0');
        assert_false(o.hold_without_console);
    }
}

static void a_good_peer_between_bad_ones_is_kept(void **state)
{
    struct quarantine_order o = parsed("{\"version\":1,\"hold\":true,\"allowed\":[{\"address\":\"x\",\"port\":1},"
                                       "{\"address\":\"2001:db8::5\",\"port\":443},{\"address\":\"192.0.2.9\",\"port\":99999}]}");
    uint8_t want[16];

    (void)state;
    inet_pton(AF_INET6, "2001:db8::5", want);
    assert_true(o.hold_without_console);
    assert_int_equal(o.nallowed, 1);
    assert_int_equal(o.allowed[0].family, 6);
    assert_int_equal(o.allowed[0].port, 443);
    assert_memory_equal(o.allowed[0].address, want, 16);
}

static void too_many_peers_and_too_long_texts(void **state)
{
    struct quarantine_order o;
    struct buf b;

    (void)state;
    buf_init(&b, 16384);
    assert_int_equal(buf_adds(&b, "{\"version\":1,\"incident\":\""), MM_OK);
    for (int i = 0; i < LIM_ID; i++)
        assert_int_equal(buf_adds(&b, "i"), MM_OK);
    assert_int_equal(buf_adds(&b, "\",\"command\":\"c\",\"allowed\":["), MM_OK);
    for (int i = 0; i < 100; i++)
        assert_int_equal(buf_addf(&b, "%s{\"address\":\"192.0.2.%d\",\"port\":%d}", i ? "," : "", i, i + 1), MM_OK);
    assert_int_equal(buf_adds(&b, "]}"), MM_OK);
    o = parsed(b.data);
    buf_fini(&b);
    assert_int_equal(o.nallowed, COUNT(o.allowed));
    assert_int_equal(o.allowed[15].port, 16);
    assert_int_equal(o.incident[0], '\0'); /* left out, not cut: another id would be a lie */
    assert_string_equal(o.command, "c");
}

static void script_is_the_whole_table(void **state)
{
    static const char want[] =
        "table inet mimamori_quarantine\n"
        "delete table inet mimamori_quarantine\n"
        "table inet mimamori_quarantine {\n"
        "  chain input {\n"
        "    type filter hook input priority -400; policy drop;\n"
        "    iifname \"lo\" accept\n"
        "    udp sport 67 udp dport 68 accept\n"
        "    udp sport 547 udp dport 546 accept\n"
        "    icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept\n"
        "    icmpv6 type mld-listener-query ip6 hoplimit 1 accept\n"
        "    ip saddr 192.0.2.10 tcp sport 8443 accept\n"
        "    icmp type destination-unreachable icmp code frag-needed @th,192,32 0xc000020a accept\n"
        "    ip6 saddr 2001:db8::10 tcp sport 65535 accept\n"
        "    icmpv6 type packet-too-big @th,256,128 0x20010db8000000000000000000000010 accept\n"
        "  }\n"
        "  chain output {\n"
        "    type filter hook output priority -400; policy drop;\n"
        "    oifname \"lo\" accept\n"
        "    udp sport 68 udp dport 67 accept\n"
        "    udp sport 546 udp dport 547 accept\n"
        "    icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept\n"
        "    icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } ip6 hoplimit 1 accept\n"
        "    ip daddr 192.0.2.10 tcp dport 8443 accept\n"
        "    ip6 daddr 2001:db8::10 tcp dport 65535 accept\n"
        "  }\n"
        "  chain postrouting {\n"
        "    type filter hook postrouting priority 400; policy drop;\n"
        "    oifname \"lo\" accept\n"
        "    udp sport 68 udp dport 67 accept\n"
        "    udp sport 546 udp dport 547 accept\n"
        "    icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept\n"
        "    icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } ip6 hoplimit 1 accept\n"
        "    ip daddr 192.0.2.10 tcp dport 8443 accept\n"
        "    ip6 daddr 2001:db8::10 tcp dport 65535 accept\n"
        "  }\n"
        "  chain forward {\n"
        "    type filter hook forward priority -400; policy drop;\n"
        "  }\n"
        "}\n";
    struct quarantine_order o = order();
    struct buf b;

    (void)state;
    buf_init(&b, 16384);
    assert_int_equal(quarantine_script(&o, &b), MM_OK);
    assert_string_equal(b.data, want);
    buf_fini(&b);
}

static void no_text_of_an_order_reaches_nft(void **state)
{
    struct quarantine_order o = order();
    struct buf plain, hostile;

    (void)state;
    buf_init(&plain, 16384);
    buf_init(&hostile, 16384);
    assert_int_equal(quarantine_script(&o, &plain), MM_OK);
    snprintf(o.by, sizeof o.by, "%s", "x\n}\nflush ruleset\n");
    snprintf(o.incident, sizeof o.incident, "%s", "\"; flush ruleset");
    snprintf(o.command, sizeof o.command, "%s", "include \"/etc/x\"");
    assert_int_equal(quarantine_script(&o, &hostile), MM_OK);
    assert_string_equal(plain.data, hostile.data);
    buf_fini(&plain);
    buf_fini(&hostile);
}

static void largest_order_fits_the_script(void **state)
{
    struct quarantine_order o = {.nallowed = 0};
    struct buf b;

    (void)state;
    while (o.nallowed < COUNT(o.allowed))
        peer(&o, "2001:db8:1111:2222:3333:4444:5555:6666", 65535);
    buf_init(&b, 16384);
    assert_int_equal(quarantine_script(&o, &b), MM_OK);
    buf_fini(&b);
    buf_init(&b, 300);
    assert_int_equal(quarantine_script(&o, &b), MM_ELIMIT);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(name_that_is_no_text_costs_the_name_only),
        cmocka_unit_test(too_small_a_buffer_is_told_and_left_alone),
        cmocka_unit_test(what_is_no_order_is_refused),
        cmocka_unit_test(broken_parts_open_nothing),
        cmocka_unit_test(a_good_peer_between_bad_ones_is_kept),
        cmocka_unit_test(too_many_peers_and_too_long_texts),
        cmocka_unit_test(script_is_the_whole_table),
        cmocka_unit_test(no_text_of_an_order_reaches_nft),
        cmocka_unit_test(largest_order_fits_the_script),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
