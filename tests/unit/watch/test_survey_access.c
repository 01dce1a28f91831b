/* Rows of /proc/net, settings of sshd, gateways of VPN clients: scratch roots in, items out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/watch/host/interfaces.h"
#include "agent/watch/host/sockets.h"
#include "agent/watch/host/sshd_config.h"
#include "agent/watch/host/survey.h"
#include "lib/err.h"
#include "lib/text.h"
#include "tests/unit/scratch.h"

static char root[64];

/* A file below the scratch root, with its folders. */
static void put(const char *file, const char *text)
{
    char path[300];
    FILE *out;

    for (const char *slash = strchr(file + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(path, sizeof path, "%s%.*s", root, (int)(slash - file), file);
        mkdir(path, 0755);
    }
    snprintf(path, sizeof path, "%s%s", root, file);
    out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(0, fclose(out));
}

static int setup(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/survey-access-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return scratch_remove(root);
}

static char *survey(void (*module)(struct survey *s))
{
    struct survey s;
    char *out;

    assert_int_equal(MM_OK, survey_init(&s, root, 1700000000));
    module(&s);
    out = strdup(s.out.data && s.out.len ? s.out.data : "");
    assert_non_null(out);
    survey_fini(&s);
    return out;
}

/* ---- interfaces ------------------------------------------------------------------------- */

/* Which interface leads outside is said for each of them, whatever the caller's memory held before. */
static void test_interfaces(void **state)
{
    struct interfaces net;
    struct survey s;

    (void)state;
    put("/proc/self/net/dev", "Inter-|   Receive\n face |bytes\n    lo: 0 0\n  wan0: 746 7\n  lan0: 666 7\n");
    put("/proc/self/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\nwan0\t00000000\t020200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "lan0\t0000050A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
    memset(&net, 1, sizeof net);
    assert_int_equal(MM_OK, survey_init(&s, root, 1700000000));
    interfaces_read(&s, &net);
    survey_fini(&s);
    assert_int_equal(2, net.n);
    assert_string_equal("wan0", net.ifaces[0].name);
    assert_true(net.ifaces[0].outside);
    assert_string_equal("lan0", net.ifaces[1].name);
    assert_false(net.ifaces[1].outside);
}

/* ---- sockets ---------------------------------------------------------------------------- */

static void test_rows(void **state)
{
    char tcp[] = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 00000000:0D3D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0\n"
        "   1: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n"
        "   2: 050200C0:0016 060200C0:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0\n"
        "   3: 050200C0:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1 0\n"
        "   4: 05zz00C0:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1 0\n   5: short\n";
    char udp6[] = "heading\n  9: 00000000000000000000000000000000:04AA 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 99 2 0\n"
        " 10: 00000000000000000000000001000000:0202 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 98 2 0\n"
        " 11: 00000000000000000000000000000000:04AB 00000000000000000000000001000000:0035 01 00000000:00000000 00:00000000 00000000 0 0 97 2 0\n";
    char again[] = "heading\n 0: 00000000:0D3D 00000000:0000 0A 0:0 00:0 0 0 0 4711 1\n";
    struct listening rows[3];
    size_t n = 0;

    (void)state;
    assert_int_equal(0, sockets_read(tcp, true, 4, rows, &n, 3));
    assert_int_equal(2, n); /* loopback, a connection and rubbish are left out */
    assert_int_equal(3389, rows[0].port);
    assert_true(rows[0].inode == 4711 && rows[0].protocol == 6 && rows[0].family == 4);
    assert_memory_equal("\xc0\x00\x02\x05", rows[1].address, 4);
    assert_int_equal(0, sockets_read(udp6, false, 6, rows, &n, 3));
    assert_int_equal(3, n);
    assert_true(rows[2].port == 1194 && rows[2].inode == 99 && rows[2].family == 6);
    assert_int_equal(1, sockets_read(again, true, 4, rows, &n, 3)); /* full: counted */
}

/* ---- sshd -------------------------------------------------------------------------------- */

static void read_config(struct sshd_config *c)
{
    struct survey s;

    assert_int_equal(MM_OK, survey_init(&s, root, 0));
    assert_int_equal(MM_OK, sshd_config_read(&s, "/etc/ssh/sshd_config", c));
    survey_fini(&s);
}

static void test_sshd_order(void **state)
{
    static struct sshd_config c;

    (void)state;
    put("/etc/ssh/sshd_config.d/20-b.conf", "PermitRootLogin yes\nMaxAuthTries 9\nMatch User x\nUsePAM yes\n");
    put("/etc/ssh/sshd_config.d/10-a.conf", "permitrootlogin = \"without-password\" # first\n");
    put("/etc/ssh/sshd_config.d/.hidden.conf", "MaxAuthTries 99\n");
    put("/etc/ssh/sshd_config", "Include sshd_config.d/*.conf\nMaxAuthTries 3\nPasswordAuthentication no\nPasswordAuthentication yes\n"
        "Match Address 10.0.0.0/8\n  PasswordAuthentication yes\n  Include /etc/ssh/none.conf\nMatch all\nKbdInteractiveAuthentication no\n");
    read_config(&c);
    assert_string_equal("prohibit-password", c.value[SSHD_ROOT]);
    assert_string_equal("9", c.value[SSHD_TRIES]);
    assert_string_equal("no", c.value[SSHD_PASSWORD]);
    assert_string_equal("no", c.value[SSHD_KEYBOARD]);
    assert_string_equal("no", c.value[SSHD_PAM]); /* the Match of an included file ends with it, and holds what is in it */
    assert_int_equal(1, c.matches[SSHD_PASSWORD]);
    assert_string_equal("yes", c.match[SSHD_PASSWORD][0]);
    assert_int_equal(1, c.matches[SSHD_PAM]);
    assert_int_equal(3, c.files);
    assert_false(c.incomplete);
}

static void test_sshd_loop(void **state)
{
    static struct sshd_config c;

    (void)state;
    put("/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config /etc/ssh/sshd_config\nPermitEmptyPasswords yes\n");
    read_config(&c);
    assert_true(c.incomplete);
    assert_string_equal("yes", c.value[SSHD_EMPTY]);
}

static void expect(const char *items, const char *check, const char *word)
{
    char want[100];

    snprintf(want, sizeof want, "\"check\":\"%s\",\"state\":\"%s\"", check, word);
    if (!strstr(items, want))
        fail_msg("%s is not in\n%s", want, items);
}

static void ssh_states(const char *config, const char *password, const char *login, const char *empty, const char *tries)
{
    char *items;

    put("/etc/ssh/sshd_config", config);
    items = survey(survey_ssh);
    expect(items, "ssh.password", password);
    expect(items, "ssh.root", login);
    expect(items, "ssh.empty", empty);
    expect(items, "ssh.attempts", tries);
    free(items);
}

static void test_ssh_checks(void **state)
{
    char *items = survey(survey_ssh);

    (void)state;
    assert_string_equal("", items); /* no sshd, no items */
    free(items);
    put("/usr/sbin/sshd", "x");
    items = survey(survey_ssh);
    expect(items, "ssh.password", "unknown"); /* no settings to read */
    expect(items, "ssh.attempts", "unknown");
    free(items);
    ssh_states("", "unmet", "met", "met", "met"); /* sshd's own defaults */
    ssh_states("PasswordAuthentication no\nUsePAM yes\n", "unmet", "met", "met", "met"); /* keyboard-interactive asks for it */
    ssh_states("PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nPermitEmptyPasswords yes\nMaxAuthTries 8\n",
               "met", "partly", "partly", "partly");
    ssh_states("PermitRootLogin yes\nPermitEmptyPasswords yes\nMaxAuthTries 20\n", "unmet", "unmet", "unmet", "unmet");
    ssh_states("PasswordAuthentication no\nMatch User a\nPasswordAuthentication yes\nPermitRootLogin yes\nMaxAuthTries 30\n",
               "partly", "partly", "met", "partly");
    ssh_states("AuthenticationMethods publickey,password publickey,keyboard-interactive\n", "met", "met", "met", "met");
    ssh_states("AuthenticationMethods publickey password\n", "unmet", "met", "met", "met");
    ssh_states("PasswordAuthentication no\nInclude /etc/*/x.conf\nMaxAuthTries x\n", "unknown", "unknown", "unknown", "unknown");
}

/* ---- candidates ---------------------------------------------------------------------------- */

#define SECRET "S3cret.key-that.must-stay" /* looks like a host name */

static void test_candidates(void **state)
{
    static const char *const WANT[] = {
        "\"address\":\"vpn1.example.co.jp\",\"port\":1195,\"source\":\"/etc/openvpn/client/office.conf\"",
        "\"address\":\"192.0.2.7\",\"port\":443,\"source\":\"/etc/openvpn/client/office.conf\"",
        "\"address\":\"vpn2.example.co.jp\",\"port\":443,\"source\":\"/etc/NetworkManager/system-connections/a.nmconnection\"",
        "\"address\":\"2001:db8::9\",\"port\":1194",
        "\"address\":\"ac.example.co.jp\",\"port\":8443,\"source\":\"/etc/NetworkManager/system-connections/b.nmconnection\"",
        "\"address\":\"wg.example.co.jp\",\"port\":51999,\"source\":\"/etc/wireguard/wg0.conf\"", "\"address\":\"2001:db8::7\",\"port\":51820",
        "\"address\":\"right.example.co.jp\",\"port\":500,\"source\":\"/etc/ipsec.conf\"",
        "\"address\":\"192.0.2.31\",\"port\":500,\"source\":\"/etc/swanctl/conf.d/x.conf\"", "\"address\":\"swan.example.co.jp\",\"port\":500",
        "\"address\":\"vpnc.example.co.jp\",\"port\":500,\"source\":\"/etc/vpnc/default.conf\"",
        "\"address\":\"forti.example.co.jp\",\"port\":10443,\"source\":\"/etc/openfortivpn/config\"",
        "\"address\":\"asa.example.co.jp\",\"port\":443,\"source\":\"/opt/cisco/anyconnect/profile/corp.xml\"", "\"address\":\"192.0.2.40\",\"port\":8443",
    };
    char *items, *at;
    size_t n = 0;

    (void)state;
    put("/etc/openvpn/client/office.conf", "client\nport 443\nremote vpn1.example.co.jp 1195 udp\nremote 192.0.2.7\nremote localhost\nremote 127.0.0.1 1\n"
        "auth-user-pass\n<key>\n" SECRET "\n</key>\naskpass " SECRET "\n");
    put("/etc/NetworkManager/system-connections/a.nmconnection", "[connection]\nid=x\ngateway=" SECRET "\n[vpn]\nremote=vpn2.example.co.jp:443:tcp, [2001:db8::9]\n"
        "service-type=org.freedesktop.NetworkManager.openvpn\npassword=" SECRET "\n[vpn-secrets]\npassword=" SECRET "\nremote=" SECRET "\n");
    put("/etc/NetworkManager/system-connections/b.nmconnection", "[vpn]\ngateway=https://ac.example.co.jp:8443/group\ncookie=" SECRET "\n[wifi-security]\npsk=" SECRET "\n");
    put("/etc/wireguard/wg0.conf", "[Interface]\nPrivateKey = " SECRET "\n[Peer]\nPresharedKey=" SECRET "\nEndpoint = wg.example.co.jp:51999\n[Peer]\nEndpoint=[2001:db8::7]:51820\n");
    put("/etc/ipsec.conf", "conn a\n\tleft=192.0.2.1\n\tright=right.example.co.jp\n\trightid=" SECRET "\n\tright=%any\n");
    put("/etc/swanctl/conf.d/x.conf", "connections { a {\n remote_addrs = 192.0.2.31, swan.example.co.jp\n secret = " SECRET "\n} }\n");
    put("/etc/vpnc/default.conf", "IPSec gateway vpnc.example.co.jp\nIPSec secret " SECRET "\nXauth password " SECRET "\n");
    put("/etc/openfortivpn/config", "host = forti.example.co.jp\nport = 10443\npassword = " SECRET "\n");
    put("/opt/cisco/anyconnect/profile/corp.xml", "<x><HostEntry><HostName>" SECRET "</HostName><HostAddress>asa.example.co.jp</HostAddress>"
        "<HostAddress>192.0.2.40:8443/g</HostAddress><HostAddress>user:" SECRET "@h.example.com</HostAddress><HostAddress>unclosed");
    items = survey(survey_candidates);
    for (size_t i = 0; i < sizeof WANT / sizeof *WANT; i++)
        if (!strstr(items, WANT[i]))
            fail_msg("%s is not in\n%s", WANT[i], items);
    for (at = items; (at = strchr(at, '\n')); at++)
        n++;
    assert_int_equal(sizeof WANT / sizeof *WANT, n);
    assert_null(strstr(items, "ecret"));
    free(items);
}

/* ---- texts ---------------------------------------------------------------------------------- */

static void test_catalogue(void **state)
{
    static const char *const CHECKS[] = {"firewall.active", "ssh.password", "ssh.root", "ssh.empty", "ssh.attempts"};
    static const char *const STATES[] = {"", ".met", ".partly", ".unmet", ".unknown"};
    char key[80];

    (void)state;
    for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS; i++)
        for (size_t k = 0; k < sizeof STATES / sizeof *STATES; k++) {
            snprintf(key, sizeof key, "check.%s%s", CHECKS[i], STATES[k]);
            assert_true(text_known(key));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_catalogue),
        cmocka_unit_test_setup_teardown(test_interfaces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sshd_order, setup, teardown), cmocka_unit_test_setup_teardown(test_sshd_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ssh_checks, setup, teardown), cmocka_unit_test_setup_teardown(test_candidates, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
