/* The evaluator of firewall rules: what each kind of rule does to a packet, and what nobody can say.
 * Texts are as nft 1.0.6 and iptables 1.8.9 print them; tests/system/test_firewall_answer.py holds them against packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "agent/watch/host/firewall.h"
#include "lib/err.h"

#define NFT_HEAD "{\"nftables\": [{\"metainfo\": {}}, {\"table\": {\"family\": \"inet\", \"name\": \"f\"}}," \
    "{\"chain\": {\"family\": \"inet\", \"table\": \"f\", \"name\": \"side\"}}," \
    "{\"chain\": {\"family\": \"inet\", \"table\": \"f\", \"name\": \"input\", \"type\": \"filter\", \"hook\": \"input\", \"prio\": 0, \"policy\": \"%s\"}}%s]}"
#define RULE(expr) ",{\"rule\": {\"family\": \"inet\", \"table\": \"f\", \"chain\": \"input\", \"handle\": 9, \"expr\": [" expr "]}}"
#define SIDE(expr) ",{\"rule\": {\"family\": \"inet\", \"table\": \"f\", \"chain\": \"side\", \"handle\": 5, \"expr\": [" expr "]}}"
#define MATCH(left, op, right) "{\"match\": {\"op\": \"" op "\", \"left\": {" left "}, \"right\": " right "}},"
#define DPORT "\"payload\": {\"protocol\": \"tcp\", \"field\": \"dport\"}"
#define SADDR "\"payload\": {\"protocol\": \"ip\", \"field\": \"saddr\"}"
#define ACCEPT "{\"accept\": null}"
#define DROP "{\"drop\": null}"
#define STRANGE MATCH("\"socket\": {\"key\": \"mark\"}", "==", "1")

static char evidence[400];

static enum fw_result ask(struct fw *fw, unsigned families, unsigned protocol, unsigned port, const struct fw_iface *ifaces, unsigned n)
{
    struct fw_question q = {.families = families, .protocol = protocol, .port = port, .ifaces = ifaces, .nifaces = n};

    return fw_ask(fw, &q, evidence, sizeof evidence);
}

/* TCP port 22 over IPv4, after one set of rules. */
static enum fw_result nft(const char *policy, const char *rules)
{
    char text[16384];
    struct fw *fw = fw_new();
    enum fw_result r;

    assert_non_null(fw);
    assert_true(snprintf(text, sizeof text, NFT_HEAD, policy, rules) < (int)sizeof text);
    assert_int_equal(MM_OK, fw_read_nft(fw, text, strlen(text)));
    r = ask(fw, FW_IP4, 6, 22, NULL, 0);
    fw_free(fw);
    return r;
}

static void test_policies(void **state)
{
    (void)state;
    assert_int_equal(FW_OPEN, nft("accept", ""));
    assert_string_equal("nftables: table inet f, chain input, policy accept decides", evidence);
    assert_int_equal(FW_CLOSED, nft("drop", ""));
    assert_int_equal(FW_OPEN, nft("drop", RULE(MATCH(DPORT, "==", "22") ACCEPT)));
    assert_string_equal("nftables: table inet f, chain input, rule handle 9 accepts it", evidence);
    assert_int_equal(FW_CLOSED, nft("accept", RULE("{\"reject\": {\"type\": \"tcp reset\"}}")));
    assert_int_equal(FW_CLOSED, nft("drop", RULE(MATCH(DPORT, "!=", "22") ACCEPT)));
    assert_int_equal(FW_OPEN, nft("drop", RULE(MATCH(DPORT, "==", "{\"set\": [80, {\"range\": [20, 25]}]}") ACCEPT)));
    assert_int_equal(FW_CLOSED, nft("drop", RULE(MATCH("\"payload\": {\"protocol\": \"udp\", \"field\": \"dport\"}", "==", "22") ACCEPT)));
}

/* What is not understood is "unknown" only when it matters. */
static void test_not_understood(void **state)
{
    (void)state;
    assert_int_equal(FW_UNKNOWN, nft("drop", RULE(STRANGE ACCEPT)));
    assert_non_null(strstr(evidence, "handle 9"));
    assert_int_equal(FW_UNKNOWN, nft("accept", RULE(STRANGE DROP)));
    assert_int_equal(FW_CLOSED, nft("drop", RULE(STRANGE DROP)));
    assert_int_equal(FW_OPEN, nft("accept", RULE(STRANGE ACCEPT)));
    assert_int_equal(FW_CLOSED, nft("drop", RULE(STRANGE MATCH(DPORT, "==", "80") ACCEPT)));
    assert_int_equal(FW_OPEN, nft("drop", RULE(MATCH(DPORT, "==", "22") ACCEPT) RULE(STRANGE DROP)));
    assert_int_equal(FW_UNKNOWN, nft("drop", RULE("{\"queue\": {\"num\": 1}}")));
    assert_int_equal(FW_UNKNOWN, nft("drop", RULE("{\"newer than we\": {\"are\": 1}}")));
    assert_int_equal(FW_UNKNOWN, nft("drop", RULE(MATCH(DPORT, "==", "\"@gone\"") ACCEPT)));
    assert_int_equal(FW_UNKNOWN, nft("drop", RULE("{\"jump\": {\"target\": \"gone\"}}")));
    assert_int_equal(FW_UNKNOWN, nft("drop", RULE("{\"xt\": null}," ACCEPT)));
    assert_int_equal(FW_UNKNOWN, nft("drop", RULE(MATCH(DPORT, "==", "{\"prefix\": {\"addr\": 16, \"len\": 12}}") ACCEPT)));
}

static void test_sources(void **state)
{
    (void)state;
    assert_int_equal(FW_LIMITED, nft("drop", RULE(MATCH(SADDR, "==", "\"198.51.100.7\"") ACCEPT)));
    assert_int_equal(FW_LIMITED, nft("drop", RULE(MATCH(SADDR, "==", "\"198.51.100.7\"") STRANGE ACCEPT) RULE(MATCH(SADDR, "==", "\"198.51.100.8\"") ACCEPT)));
    assert_int_equal(FW_OPEN, nft("drop", RULE(MATCH(SADDR, "==", "{\"prefix\": {\"addr\": \"0.0.0.0\", \"len\": 0}}") ACCEPT)));
    assert_int_equal(FW_CLOSED, nft("drop", RULE(MATCH(SADDR, "==", "{\"prefix\": {\"addr\": \"127.0.0.0\", \"len\": 8}}") ACCEPT)));
    assert_int_equal(FW_OPEN, nft("accept", RULE(MATCH(SADDR, "==", "\"198.51.100.7\"") DROP)));       /* a list of bad ones */
    assert_int_equal(FW_LIMITED, nft("accept", RULE(MATCH(SADDR, "!=", "\"198.51.100.7\"") DROP)));    /* of good ones */
}

/* Chains: return, jump, goto, and parts of the packets that go on elsewhere. */
static void test_chains(void **state)
{
    (void)state;
    assert_int_equal(FW_OPEN, nft("drop", SIDE(ACCEPT) RULE("{\"jump\": {\"target\": \"side\"}}")));
    assert_string_equal("nftables: table inet f, chain side, rule handle 5 accepts it", evidence);
    assert_int_equal(FW_OPEN, nft("drop", SIDE("{\"return\": null}") SIDE(DROP) RULE("{\"jump\": {\"target\": \"side\"}}") RULE(ACCEPT)));
    assert_int_equal(FW_CLOSED, nft("drop", SIDE("{\"return\": null}") RULE("{\"goto\": {\"target\": \"side\"}}") RULE(ACCEPT)));
    /* friends jump to a chain that drops them; the others are accepted behind it */
    assert_int_equal(FW_OPEN, nft("drop", SIDE(DROP) RULE(MATCH(SADDR, "==", "\"198.51.100.7\"") "{\"jump\": {\"target\": \"side\"}}") RULE(ACCEPT)));
    assert_int_equal(FW_UNKNOWN, nft("drop", SIDE(DROP) RULE(STRANGE "{\"jump\": {\"target\": \"side\"}}") RULE(ACCEPT)));
    assert_int_equal(FW_UNKNOWN, nft("drop", SIDE(STRANGE "{\"return\": null}") SIDE(DROP) RULE("{\"jump\": {\"target\": \"side\"}}") RULE(ACCEPT)));
    assert_int_equal(FW_CLOSED, nft("drop", SIDE(STRANGE "{\"return\": null}") SIDE(DROP) RULE("{\"jump\": {\"target\": \"side\"}}")));
    assert_int_equal(FW_LIMITED, nft("drop", SIDE(MATCH(SADDR, "==", "\"198.51.100.7\"") "{\"return\": null}") SIDE(DROP)
        RULE("{\"jump\": {\"target\": \"side\"}}") RULE(ACCEPT)));
}

/* A chain that jumps to itself (the kernel refuses it) and one that doubles at each step end with "unknown". */
static void test_endless(void **state)
{
    (void)state;
    assert_int_equal(FW_UNKNOWN, nft("drop", SIDE("{\"jump\": {\"target\": \"side\"}}") RULE("{\"jump\": {\"target\": \"side\"}}")));
    assert_int_equal(FW_UNKNOWN, nft("drop", SIDE("{\"goto\": {\"target\": \"side\"}}") RULE("{\"jump\": {\"target\": \"side\"}}")));
}

static void test_interfaces(void **state)
{
    static const struct fw_iface ONE[] = {{"eth0", true}}, TWO[] = {{"eth0", true}, {"lan0", false}};
    static const char *const RULES = RULE(MATCH("\"meta\": {\"key\": \"iifname\"}", "==", "\"lo\"") ACCEPT)
        RULE(MATCH("\"meta\": {\"key\": \"iifname\"}", "==", "{\"set\": [\"eth*\"]}") MATCH(DPORT, "==", "22") ACCEPT)
        RULE(MATCH("\"meta\": {\"key\": \"iifname\"}", "!=", "\"eth0\"") MATCH(DPORT, "==", "80") ACCEPT);
    char text[8192];
    struct fw *fw = fw_new();

    (void)state;
    snprintf(text, sizeof text, NFT_HEAD, "drop", RULES);
    assert_int_equal(MM_OK, fw_read_nft(fw, text, strlen(text)));
    assert_int_equal(FW_LIMITED, ask(fw, FW_IP4, 6, 22, NULL, 0));
    assert_int_equal(FW_OPEN, ask(fw, FW_IP4, 6, 22, ONE, 1));
    assert_int_equal(FW_OPEN, ask(fw, FW_IP4, 6, 22, TWO, 2));
    assert_int_equal(FW_CLOSED, ask(fw, FW_IP4, 6, 80, ONE, 1));
    assert_int_equal(FW_LIMITED, ask(fw, FW_IP4, 6, 80, TWO, 2)); /* the inner network alone */
    assert_int_equal(FW_CLOSED, ask(fw, FW_IP4, 6, 443, TWO, 2));
    fw_free(fw);
}

static void test_targets(void **state)
{
    static const unsigned char MINE[4] = {192, 0, 2, 5}, OTHER[4] = {192, 0, 2, 6};
    struct fw_question q = {.families = FW_IP4, .protocol = 6, .port = 22};
    char text[4096];
    struct fw *fw = fw_new();

    (void)state;
    snprintf(text, sizeof text, NFT_HEAD, "drop", RULE(MATCH("\"payload\": {\"protocol\": \"ip\", \"field\": \"daddr\"}", "==", "\"192.0.2.5\"") ACCEPT));
    assert_int_equal(MM_OK, fw_read_nft(fw, text, strlen(text)));
    assert_int_equal(FW_UNKNOWN, fw_ask(fw, &q, evidence, sizeof evidence)); /* is it the host's? */
    q.address = MINE;
    assert_int_equal(FW_OPEN, fw_ask(fw, &q, evidence, sizeof evidence));
    q.address = OTHER;
    assert_int_equal(FW_CLOSED, fw_ask(fw, &q, evidence, sizeof evidence));
    fw_free(fw);
}

static void test_broken_json(void **state)
{
    static const char *const TEXTS[] = {"", "{", "[]", "{\"nftables\": 1}", "{\"nftables\": [{\"rule\": {\"family\": \"ip\", \"table\": \"x\", \"chain\": \"y\", \"expr\": []}}]}"};

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct fw *fw = fw_new();

        fw_read_nft(fw, TEXTS[i], strlen(TEXTS[i]));
        assert_int_equal(FW_UNKNOWN, ask(fw, FW_BOTH, 6, 22, NULL, 0));
        fw_free(fw);
    }
}

static enum fw_result iptables(const char *rules, unsigned protocol, unsigned port)
{
    char text[4096];
    struct fw *fw = fw_new();
    enum fw_result r;

    snprintf(text, sizeof text, "%sip legacy\n*filter\n:INPUT DROP [0:0]\n:X - [0:0]\n%s\nCOMMIT\n", FW_SECTION, rules);
    fw_read_iptables(fw, text, strlen(text));
    r = ask(fw, FW_IP4, protocol, port, NULL, 0);
    fw_free(fw);
    return r;
}

static void test_iptables(void **state)
{
    (void)state;
    assert_int_equal(FW_OPEN, iptables("-A INPUT -p tcp -m tcp --dport 22 -m comment --comment \"a -j DROP \\\" b\" -j ACCEPT", 6, 22));
    assert_string_equal("iptables-legacy: table ip filter, chain INPUT, rule number 1 accepts it", evidence);
    assert_int_equal(FW_OPEN, iptables("-A INPUT -p tcp -m multiport --dports 80,20:25 -j ACCEPT", 6, 22));
    assert_int_equal(FW_CLOSED, iptables("-A INPUT -p tcp -m multiport ! --dports 80,20:25 -j ACCEPT", 6, 22));
    assert_int_equal(FW_OPEN, iptables("-A INPUT -p tcp -m tcp --dport 1:1023 -j X\n-A X -j ACCEPT", 6, 22));
    assert_int_equal(FW_CLOSED, iptables("-A INPUT -p tcp -m tcp --dport 1:1023 -j X\n-A X -j ACCEPT", 17, 22));
    assert_int_equal(FW_LIMITED, iptables("-A INPUT -s 10.0.0.0/8 -j ACCEPT", 6, 22));
    assert_int_equal(FW_OPEN, iptables("-A INPUT ! -s 10.0.0.0/255.0.0.0 -j ACCEPT", 6, 22));
    assert_int_equal(FW_CLOSED, iptables("-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", 6, 22));
    assert_int_equal(FW_OPEN, iptables("-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT", 6, 22));
    assert_int_equal(FW_CLOSED, iptables("-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK ACK -j ACCEPT", 6, 22));
    assert_int_equal(FW_OPEN, iptables("-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT", 6, 22));
    assert_int_equal(FW_LIMITED, iptables("-A INPUT -m recent --rcheck --seconds 9 --name K --mask 255.255.255.255 --rsource -j ACCEPT", 6, 22));
    assert_int_equal(FW_UNKNOWN, iptables("-A INPUT -m bpf --bytecode \"4,48 0 0 9\" -j ACCEPT", 6, 22));
    assert_int_equal(FW_UNKNOWN, iptables("-A INPUT -j NEWTARGET", 6, 22));
    assert_int_equal(FW_UNKNOWN, iptables("-A GONE -j ACCEPT", 6, 22)); /* not closed: rules are missing */
    assert_int_equal(FW_UNKNOWN, iptables("something else", 6, 22));
    assert_int_equal(FW_UNKNOWN, iptables("-A INPUT -p tcp -m tcp --dport 22x -j ACCEPT", 6, 22));
}

/* The same table of the kernel, told by nft without the matches of iptables, is replaced by what iptables-save says. */
static void test_sections(void **state)
{
    static const char NFT[] = "{\"nftables\": [{\"table\": {\"family\": \"ip\", \"name\": \"filter\"}}, {\"chain\": {\"family\": \"ip\", \"table\": \"filter\","
        "\"name\": \"INPUT\", \"type\": \"filter\", \"hook\": \"input\", \"prio\": 0, \"policy\": \"drop\"}}, {\"rule\": {\"family\": \"ip\", \"table\": \"filter\","
        "\"chain\": \"INPUT\", \"handle\": 4, \"expr\": [{\"xt\": {\"type\": \"match\", \"name\": \"conntrack\"}}, {\"accept\": null}]}}]}";
    static const char SAVE[] = FW_SECTION "ip nft\n# Generated\n*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n";
    static const char LOST[] = FW_BLIND "a reason\n";
    struct fw *fw = fw_new();

    (void)state;
    assert_int_equal(MM_OK, fw_read_nft(fw, NFT, sizeof NFT - 1));
    assert_int_equal(FW_UNKNOWN, ask(fw, FW_IP4, 6, 22, NULL, 0));
    assert_int_equal(MM_OK, fw_read_iptables(fw, SAVE, sizeof SAVE - 1));
    assert_int_equal(FW_CLOSED, ask(fw, FW_IP4, 6, 22, NULL, 0));
    assert_int_equal(FW_OPEN, ask(fw, FW_IP6, 6, 22, NULL, 0));
    assert_int_equal(FW_OPEN, ask(fw, FW_BOTH, 6, 22, NULL, 0));
    assert_int_equal(MM_OK, fw_read_iptables(fw, LOST, sizeof LOST - 1));
    assert_int_equal(FW_UNKNOWN, ask(fw, FW_IP6, 6, 22, NULL, 0));
    assert_string_equal("a reason", evidence);
    assert_int_equal(FW_CLOSED, ask(fw, FW_IP4, 6, 22, NULL, 0)); /* shut is shut */
    fw_free(fw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policies), cmocka_unit_test(test_not_understood), cmocka_unit_test(test_sources), cmocka_unit_test(test_chains),
        cmocka_unit_test(test_endless), cmocka_unit_test(test_interfaces), cmocka_unit_test(test_targets), cmocka_unit_test(test_broken_json),
        cmocka_unit_test(test_iptables), cmocka_unit_test(test_sections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
