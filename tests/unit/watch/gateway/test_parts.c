/* What the prober parses or makes itself: escapes, SSH line, IKE, SNMP, header lines, UPnP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/messages.h"
#include "agent/watch/gateway/parts.h"
#include "lib/err.h"

/* ---- escapes ------------------------------------------------------------------------- */

static void escapes(void **state)
{
    static const struct { const char *text; int rc; const char *bytes; size_t n; } CASES[] = {
        {"", MM_OK, "", 0}, {"abc", MM_OK, "abc", 3}, {"\\x00\\xfFz", MM_OK, "\0\xffz", 3}, {"a\\\\b", MM_OK, "a\\b", 3},
        {"\\n", MM_EINVAL, NULL, 0}, {"\\x1", MM_EINVAL, NULL, 0}, {"\\x", MM_EINVAL, NULL, 0}, {"\\", MM_EINVAL, NULL, 0},
        {"\\xg0", MM_EINVAL, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct buf b;

        buf_init(&b, 16);
        assert_int_equal(escape_undo(CASES[i].text, &b), CASES[i].rc);
        if (!CASES[i].rc) {
            assert_int_equal(b.len, CASES[i].n);
            assert_memory_equal(b.data ? b.data : "", CASES[i].bytes, CASES[i].n);
        }
        buf_fini(&b);
    }
}

static void escapes_are_bounded(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 2);
    assert_int_equal(escape_undo("abc", &b), MM_ELIMIT);
    buf_fini(&b);
}

/* ---- SSH ------------------------------------------------------------------------------- */

static int ssh(const char *text, char *line)
{
    size_t at = 0, n = 0;
    int rc = ssh_identification(text, strlen(text), &at, &n);

    if (!rc)
        snprintf(line, 256, "%.*s", (int)n, text + at);
    return rc;
}

static void ssh_line(void **state)
{
    char line[256] = "", text[8192] = "";

    (void)state;
    assert_int_equal(ssh("SSH-2.0-ROSSSH\r\n", line), MM_OK);
    assert_string_equal(line, "SSH-2.0-ROSSSH");
    assert_int_equal(ssh("Warning\r\nbe careful\nSSH-1.99-x\nrest", line), MM_OK);
    assert_string_equal(line, "SSH-1.99-x");
    assert_int_equal(ssh("SSH-2.0-half", line), MM_EAGAIN);
    assert_int_equal(ssh("hello\r\n", line), MM_EAGAIN);
    for (int i = 0; i < 20; i++)
        snprintf(text + 3 * i, sizeof text - 3 * (size_t)i, "w\r\n");
    assert_int_equal(ssh(text, line), MM_EAGAIN);
    snprintf(text + 60, sizeof text - 60, "SSH-2.0-late\r\n");
    assert_int_equal(ssh(text, line), MM_OK);
    snprintf(text + 60, sizeof text - 60, "w\r\n");
    assert_int_equal(ssh(text, line), MM_EFORMAT);
}

static void ssh_line_too_long(void **state)
{
    char line[256] = "", text[300];

    (void)state;
    memset(text, 'a', sizeof text);
    text[254] = '\0';
    assert_int_equal(ssh(text, line), MM_EAGAIN); /* 254 and its end: 255 */
    text[254] = 'a';
    text[255] = '\0';
    assert_int_equal(ssh(text, line), MM_EFORMAT);
}

/* ---- IKE -------------------------------------------------------------------------------- */

static const uint8_t SPI[IKE_SPI] = {1, 2, 3, 4, 5, 6, 7, 8};

/* Every length of a question of ours adds up, read by nothing of the code under test. */
static unsigned payloads(const struct buf *b, unsigned char *types)
{
    const unsigned char *p = (const unsigned char *)b->data;
    unsigned n = 0, next = p[16];
    size_t at = 28;

    assert_memory_equal(p, SPI, 8);
    assert_int_equal((size_t)p[24] << 24 | p[25] << 16 | p[26] << 8 | p[27], b->len);
    while (next) {
        assert_true(at + 4 <= b->len && n < 8);
        types[n++] = (unsigned char)next;
        next = p[at];
        at += (size_t)p[at + 2] << 8 | p[at + 3];
    }
    assert_int_equal(at, b->len);
    return n;
}

static void ike_questions(void **state)
{
    unsigned char types[8] = {0};
    struct buf a, b;

    (void)state;
    buf_init(&a, 4096);
    buf_init(&b, 4096);
    assert_int_equal(ike_ask_v2(SPI, &a), MM_OK);
    assert_int_equal(payloads(&a, types), 3);
    assert_memory_equal(types, "\x21\x22\x28", 3); /* SA, KE, nonce */
    assert_non_null(a.data);
    assert_int_equal((unsigned char)a.data[17], 0x20);
    assert_int_equal(ike_ask_v2(SPI, &b), MM_OK);
    assert_int_equal(a.len, b.len);
    assert_memory_not_equal(a.data, b.data, a.len); /* a fresh key share and nonce */
    buf_reset(&a);
    assert_int_equal(ike_ask_v1(SPI, &a), MM_OK);
    assert_int_equal(payloads(&a, types), 1);
    assert_int_equal(types[0], 1);
    assert_int_equal((unsigned char)a.data[17], 0x10);
    assert_int_equal((unsigned char)a.data[18], 2); /* identity protection */
    buf_fini(&a);
    buf_fini(&b);
}

/* An answer of `version` with one payload of `type`. */
static size_t ike_make(uint8_t *p, unsigned version, unsigned exchange, unsigned flags, unsigned type, size_t body)
{
    size_t n = 28 + 4 + body;

    memset(p, 0, n);
    memcpy(p, SPI, 8);
    memset(p + 8, 0x5a, 8);
    p[16] = (uint8_t)type;
    p[17] = (uint8_t)(version << 4);
    p[18] = (uint8_t)exchange;
    p[19] = (uint8_t)flags;
    p[26] = (uint8_t)(n >> 8);
    p[27] = (uint8_t)n;
    p[30] = (uint8_t)((4 + body) >> 8);
    p[31] = (uint8_t)(4 + body);
    return n;
}

static void ike_answers(void **state)
{
    uint8_t p[128];
    int refusal = 9;
    size_t n = ike_make(p, 2, 34, 0x20, 43, 16);

    (void)state;
    assert_int_equal(ike_check(p, n, SPI, &refusal), MM_OK);
    assert_int_equal(refusal, 0);
    n = ike_make(p, 2, 34, 0x20, 41, 4);
    assert_int_equal(ike_check(p, n, SPI, &refusal), MM_OK);
    assert_int_equal(refusal, 1);
    n = ike_make(p, 1, 5, 0, 11, 8);
    assert_int_equal(ike_check(p, n, SPI, &refusal), MM_OK);
    assert_int_equal(refusal, 1);
    n = ike_make(p, 1, 2, 0, 1, 8);
    assert_int_equal(ike_check(p, n, SPI, &refusal), MM_OK);
    assert_int_equal(refusal, 0);
    memset(p + 8, 0, 8); /* no responder: our own message come back */
    assert_int_equal(ike_check(p, n, SPI, &refusal), MM_EFORMAT);
}

static void ike_rubbish(void **state)
{
    static const struct { unsigned at; uint8_t value; } HARM[] = {
        {0, 9}, {27, 33}, {27, 200}, {17, 0x30}, {18, 35}, {19, 0x08}, {16, 0}, {30, 1}, {31, 3}, {31, 19}, {28, 43},
    };
    uint8_t p[128];
    int refusal;

    (void)state;
    for (size_t i = 0; i < sizeof HARM / sizeof *HARM; i++) {
        size_t n = ike_make(p, 2, 34, 0x20, 43, 16);

        p[HARM[i].at] = HARM[i].value;
        assert_int_equal(ike_check(p, n, SPI, &refusal), MM_EFORMAT);
    }
    for (size_t n = ike_make(p, 2, 34, 0x20, 43, 16); n-- > 0;)
        assert_int_equal(ike_check(p, n, SPI, &refusal), MM_EFORMAT);
}

/* ---- SNMP -------------------------------------------------------------------------------- */

static const char SYSDESCR[] = "1.3.6.1.2.1.1.1.0";

/* A GetRequest as `snmpget -v2c -c public HOST sysDescr.0` sends it (RFC 3416), with request id 1. */
static void snmp_question(void **state)
{
    static const uint8_t want[] = {0x30, 0x26, 2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xa0, 0x19, 2, 1, 1, 2, 1, 0, 2, 1, 0,
                                   0x30, 0x0e, 0x30, 0x0c, 6, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0, 5, 0};
    struct snmp_oid oid;
    struct buf b;

    (void)state;
    buf_init(&b, 256);
    assert_int_equal(snmp_oid_parse(SYSDESCR, &oid), MM_OK);
    assert_int_equal(snmp_ask(SNMP_V2C, "public", 1, &oid, &b), MM_OK);
    assert_int_equal(b.len, sizeof want);
    assert_memory_equal(b.data, want, sizeof want);
    buf_fini(&b);
}

static void snmp_oids(void **state)
{
    static const char *const bad[] = {"", "1", ".1.3", "1..3", "1.3.", "1.3.x", "3.1", "1.40", "1.3.4294967296", "1.3.00000000001", "1.3 ", "-1.3"};
    struct snmp_oid oid;
    char longest[1024] = "1.3";

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(snmp_oid_parse(bad[i], &oid), MM_EINVAL);
    assert_int_equal(snmp_oid_parse("1.3.6.1.4.1.12356.101.4.1.1.0", &oid), MM_OK);
    assert_int_equal(oid.n, 12);
    assert_int_equal(oid.part[6], 12356);
    for (unsigned i = 2; i < SNMP_OID_PARTS; i++)
        snprintf(longest + strlen(longest), sizeof longest - strlen(longest), ".%u", 4294967295u);
    assert_int_equal(snmp_oid_parse(longest, &oid), MM_OK);
    snprintf(longest + strlen(longest), sizeof longest - strlen(longest), ".1");
    assert_int_equal(snmp_oid_parse(longest, &oid), MM_EINVAL);
}

/* Our question turned into an answer: PDU type, error and value replaced. */
static size_t snmp_make(uint8_t *out, int version, unsigned error, const uint8_t *value, size_t n)
{
    const uint8_t head[] = {0x30, (uint8_t)(0x24 + n), 2, 1, (uint8_t)version, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xa2, (uint8_t)(0x17 + n),
                            2, 1, 1, 2, 1, (uint8_t)error, 2, 1, 0, 0x30, (uint8_t)(0x0c + n), 0x30, (uint8_t)(0x0a + n),
                            6, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0};

    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, value, n);
    return sizeof head + n;
}

static int snmp_value(const uint8_t *value, size_t n, unsigned error, char *text, size_t size, int *missing)
{
    struct snmp_oid oid;
    uint8_t message[128];
    struct buf b;
    size_t length = snmp_make(message, SNMP_V2C, error, value, n);
    int rc;

    buf_init(&b, size - 1);
    assert_int_equal(snmp_oid_parse(SYSDESCR, &oid), MM_OK);
    rc = snmp_read(message, length, SNMP_V2C, 1, &oid, &b, missing);
    snprintf(text, size, "%s", b.data ? b.data : "");
    buf_fini(&b);
    return rc;
}

static void snmp_values(void **state)
{
    static const struct { uint8_t bytes[12]; size_t n; int rc, missing; const char *text; } CASES[] = {
        {{4, 4, 'R', 'T', 'X', '1'}, 6, MM_OK, 0, "RTX1"}, {{4, 0}, 2, MM_OK, 0, ""},
        {{6, 3, 0x2b, 0x89, 0x1e}, 5, MM_OK, 0, "1.3.1182"}, {{2, 1, 0x80}, 3, MM_OK, 0, "-128"}, {{2, 2, 0, 0x80}, 4, MM_OK, 0, "128"},
        {{0x43, 4, 0xff, 0xff, 0xff, 0xff}, 6, MM_OK, 0, "4294967295"}, {{0x40, 4, 192, 0, 2, 1}, 6, MM_OK, 0, "192.0.2.1"},
        {{0x46, 9, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 11, MM_OK, 0, "18446744073709551615"},
        {{0x80, 0}, 2, MM_OK, 1, ""}, {{0x81, 0}, 2, MM_OK, 1, ""}, {{5, 0}, 2, MM_OK, 1, ""},
        {{0x31, 0}, 2, MM_EFORMAT, 0, ""}, {{6, 0}, 2, MM_EFORMAT, 0, ""}, {{6, 2, 0x2b, 0x89}, 4, MM_EFORMAT, 0, ""},
        {{6, 6, 0x2b, 0xff, 0xff, 0xff, 0xff, 0x7f}, 8, MM_EFORMAT, 0, ""}, {{2, 0}, 2, MM_EFORMAT, 0, ""},
        {{0x40, 3, 1, 2, 3}, 5, MM_EFORMAT, 0, ""}, {{4, 5, 'x'}, 3, MM_EFORMAT, 0, ""}, {{4, 0x80}, 2, MM_EFORMAT, 0, ""},
        {{4, 0x84, 0, 0, 0, 1, 'x'}, 7, MM_EFORMAT, 0, ""},
    };
    char text[64];
    int missing;

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        missing = 0;
        assert_int_equal(snmp_value(CASES[i].bytes, CASES[i].n, 0, text, sizeof text, &missing), CASES[i].rc);
        assert_string_equal(text, CASES[i].text);
        assert_int_equal(missing, CASES[i].missing);
    }
    missing = 0;
    assert_int_equal(snmp_value((const uint8_t *)"\4\1x", 3, 2, text, sizeof text, &missing), MM_OK); /* noSuchName of v1 */
    assert_int_equal(missing, 1);
    assert_string_equal(text, "");
    assert_int_equal(snmp_value((const uint8_t *)"\4\5abcde", 7, 0, text, 5, &missing), MM_ELIMIT);
}

static void snmp_of_others(void **state)
{
    struct snmp_oid oid, other;
    uint8_t m[64];
    struct buf b;
    int missing;
    size_t n = snmp_make(m, SNMP_V2C, 0, (const uint8_t *)"\4\1x", 3);

    (void)state;
    buf_init(&b, 64);
    assert_int_equal(snmp_oid_parse(SYSDESCR, &oid), MM_OK);
    assert_int_equal(snmp_oid_parse("1.3.6.1.2.1.1.2.0", &other), MM_OK);
    assert_int_equal(snmp_read(m, n, SNMP_V2C, 2, &oid, &b, &missing), MM_EFORMAT);
    assert_int_equal(snmp_read(m, n, SNMP_V1, 1, &oid, &b, &missing), MM_EFORMAT);
    assert_int_equal(snmp_read(m, n, SNMP_V2C, 1, &other, &b, &missing), MM_EFORMAT);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(snmp_read(m, cut, SNMP_V2C, 1, &oid, &b, &missing), MM_EFORMAT);
    assert_int_equal(b.len, 0);
    assert_int_equal(snmp_read(m, n, SNMP_V2C, 1, &oid, &b, &missing), MM_OK);
    assert_string_equal(b.data, "x");
    buf_fini(&b);
}

/* ---- HTTPS -------------------------------------------------------------------------------- */

static void header_lines(void **state)
{
    static const char *const bad[] = {"Cookie: a=b", "authorization: Basic eDp5", "Host: other", "Accept-Encoding: gzip", "X", ": x",
                                      "A b: c", "X: a\r\nY: b", "Transfer-Encoding: chunked"};
    const char *rest = "Range: bytes=0-99|User-Agent: PAN GlobalProtect", *line = NULL;
    size_t n = 0;

    (void)state;
    assert_int_equal(header_next(&rest, &line, &n), MM_OK);
    assert_int_equal(n, strlen("Range: bytes=0-99"));
    assert_int_equal(header_next(&rest, &line, &n), MM_OK);
    assert_memory_equal(line, "User-Agent: PAN GlobalProtect", n);
    assert_int_equal(header_next(&rest, &line, &n), MM_OK);
    assert_int_equal(n, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rest = bad[i];
        assert_int_equal(header_next(&rest, &line, &n), MM_EINVAL);
    }
}

static void paths_and_hosts(void **state)
{
    (void)state;
    assert_true(path_valid("/dana-na/auth/url_default/welcome.cgi?type=inter"));
    assert_false(path_valid("x"));
    assert_false(path_valid(""));
    assert_false(path_valid("/a b"));
    assert_false(path_valid("/a#b"));
    assert_false(path_valid("/\xe3\x81\x82"));
    assert_true(host_valid("vpn.example.co.jp"));
    assert_true(host_valid("2001:db8::1"));
    assert_false(host_valid(""));
    assert_false(host_valid("a/b"));
    assert_false(host_valid("user@host"));
}

/* ---- UPnP --------------------------------------------------------------------------------- */

static int location(const char *text, uint16_t *port, char *path)
{
    return ssdp_location(text, strlen(text), "192.168.1.1", port, path, 128);
}

static void ssdp_places(void **state)
{
    uint16_t port = 0;
    char path[128] = "";

    (void)state;
    assert_int_equal(location("HTTP/1.1 200 OK\r\nST: x\r\nLocation: http://192.168.1.1:5000/root.xml\r\n\r\n", &port, path), MM_OK);
    assert_int_equal(port, 5000);
    assert_string_equal(path, "/root.xml");
    assert_int_equal(location("HTTP/1.1 200 OK\nLOCATION:http://192.168.1.1/d", &port, path), MM_OK);
    assert_int_equal(port, 80);
    /* somebody else's address, longer or shorter ones, another protocol, no place */
    assert_int_equal(location("HTTP/1.1 200 OK\r\nLocation: http://192.168.1.2:5000/root.xml\r\n\r\n", &port, path), MM_EFORMAT);
    assert_int_equal(location("HTTP/1.1 200 OK\r\nLocation: http://192.168.1.10/root.xml\r\n\r\n", &port, path), MM_EFORMAT);
    assert_int_equal(location("HTTP/1.1 200 OK\r\nLocation: http://192.168.1.1@example.test/x\r\n\r\n", &port, path), MM_EFORMAT);
    assert_int_equal(location("HTTP/1.1 200 OK\r\nLocation: https://192.168.1.1/x\r\n\r\n", &port, path), MM_EFORMAT);
    assert_int_equal(location("HTTP/1.1 200 OK\r\nLocation: /x\r\n\r\n", &port, path), MM_EFORMAT);
    assert_int_equal(location("HTTP/1.1 200 OK\r\nLocation: http://192.168.1.1:99999/x\r\n\r\n", &port, path), MM_EFORMAT);
    assert_int_equal(location("HTTP/1.1 200 OK\r\n\r\n", &port, path), MM_EFORMAT);
    assert_int_equal(location("NOTIFY * HTTP/1.1\r\nLocation: http://192.168.1.1/x\r\n\r\n", &port, path), MM_EFORMAT);
    assert_int_equal(location("", &port, path), MM_EFORMAT);
}

static const char DESCRIPTION[] =
    "<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\"><device>"
    "<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device><deviceList><device><serviceList>"
    "<service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/ctl/IPConn</controlURL>"
    "<eventSubURL>/evt</eventSubURL><SCPDURL>/WANIPCn.xml</SCPDURL></service></serviceList></device></deviceList></device></deviceList>"
    "</device></root>";

static void upnp_answers(void **state)
{
    static const char mapping[] =
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><u:GetGenericPortMappingEntryResponse>"
        "<NewRemoteHost></NewRemoteHost><NewExternalPort>3389</NewExternalPort><NewProtocol>TCP</NewProtocol>"
        "<NewInternalPort>3390</NewInternalPort><NewInternalClient>192.168.1.20</NewInternalClient><NewEnabled>1</NewEnabled>"
        "<NewPortMappingDescription>remote\x01 desk</NewPortMappingDescription><NewLeaseDuration>0</NewLeaseDuration>"
        "</u:GetGenericPortMappingEntryResponse></s:Body></s:Envelope>";
    char base[128], control[128], service[128], harmed[sizeof mapping];
    struct probe_port p;

    (void)state;
    assert_int_equal(upnp_description(DESCRIPTION, strlen(DESCRIPTION), base, control, service), MM_OK);
    assert_string_equal(control, "/ctl/IPConn");
    assert_string_equal(service, "urn:schemas-upnp-org:service:WANIPConnection:1");
    assert_int_equal(upnp_description("<a>", 3, base, control, service), MM_EFORMAT);
    assert_int_equal(upnp_description("", 0, base, control, service), MM_EFORMAT);
    assert_int_equal(upnp_mapping(mapping, strlen(mapping), &p), MM_OK);
    assert_int_equal(p.external, 3389);
    assert_int_equal(p.internal, 3390);
    assert_string_equal(p.protocol, "tcp");
    assert_string_equal(p.client, "192.168.1.20");
    assert_string_equal(p.description, "remote? desk");
    memcpy(harmed, mapping, sizeof mapping);
    memcpy(strstr(harmed, "TCP"), "ICM", 3);
    assert_int_equal(upnp_mapping(harmed, strlen(harmed), &p), MM_EFORMAT);
    memcpy(harmed, mapping, sizeof mapping);
    memcpy(strstr(harmed, "3389"), "x389", 4);
    assert_int_equal(upnp_mapping(harmed, strlen(harmed), &p), MM_EFORMAT);
    assert_int_equal(upnp_mapping(harmed, 40, &p), MM_EFORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes), cmocka_unit_test(escapes_are_bounded), cmocka_unit_test(ssh_line), cmocka_unit_test(ssh_line_too_long),
        cmocka_unit_test(ike_questions), cmocka_unit_test(ike_answers), cmocka_unit_test(ike_rubbish), cmocka_unit_test(snmp_question),
        cmocka_unit_test(snmp_oids), cmocka_unit_test(snmp_values), cmocka_unit_test(snmp_of_others), cmocka_unit_test(header_lines),
        cmocka_unit_test(paths_and_hosts), cmocka_unit_test(ssdp_places), cmocka_unit_test(upnp_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
