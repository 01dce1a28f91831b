/* A repository's documents: what is told, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/watch/host/repodata.h"
#include "agent/watch/host/unpack.h"
#include "agent/watch/host/xml_skip.h"
#include "lib/err.h"

#define MAX (64u << 20)

static char told[8192]; /* a line for each package */

static void take(void *context, const struct repodata_package *p)
{
    size_t n = strlen(told);

    (void)context;
    if (sizeof told - n > 1)
        snprintf(told + n, sizeof told - n, "%s|%s|%s%s%s|%lld|%s\n", p->name, p->version, p->arch, p->bad ? "|bad" : "", p->security ? "|security" : "",
                 (long long)p->issued, p->stream);
}

static struct unpack *opened(int *fd, const char *text, size_t n)
{
    struct unpack *u;

    *fd = memfd_create("document", MFD_CLOEXEC);
    assert_true(*fd >= 0);
    assert_int_equal(write(*fd, text, n), (ssize_t)n);
    assert_int_equal(lseek(*fd, 0, SEEK_SET), 0);
    assert_int_equal(unpack_open(&u, *fd, MAX), MM_OK);
    return u;
}

static int read_by(int (*reader)(struct unpack *, repodata_take, void *), const char *text)
{
    int fd, rc;
    struct unpack *u = opened(&fd, text, strlen(text));

    told[0] = '\0';
    rc = reader(u, take, NULL);
    unpack_close(u);
    close(fd);
    return rc;
}

static int read_repomd(const char *text, struct repomd *out)
{
    int fd, rc;
    struct unpack *u = opened(&fd, text, strlen(text));

    rc = repodata_repomd(u, out);
    unpack_close(u);
    close(fd);
    return rc;
}

/* ---- repomd.xml --------------------------------------------------------------------------------- */

static void test_repomd(void **state)
{
    struct repomd r, before;

    (void)state;
    assert_int_equal(read_repomd("<?xml version=\"1.0\"?><repomd xmlns=\"http://x\"><revision>9999999999</revision>"
                                 "<data type=\"primary\"><checksum type=\"sha256\">ab</checksum><location href=\"repodata/ab-primary.xml.gz\"/>"
                                 "<timestamp>1709600000</timestamp><size>7</size></data>"
                                 "<data type=\"updateinfo_zck\"><location href=\"u.zck\"/><timestamp>1709700000</timestamp></data>"
                                 "<data type=\"filelists\"><location href=\"../../etc/f\"/><timestamp>1809700000</timestamp></data></repomd>", &r), MM_OK);
    assert_string_equal(r.primary.name, "ab-primary.xml.gz");
    assert_string_equal(r.updateinfo.name, "");
    assert_string_equal(r.updateinfo_chunked.name, "u.zck");
    assert_int_equal(r.made, 1709700000); /* not the revision, not that of a file that nobody reads */
    before = r;
    assert_int_equal(read_repomd("<repomd><data type=\"primary\"><location href=\"repodata/..\"/></data></repomd>", &r), MM_EFORMAT);
    assert_int_equal(read_repomd("<repomd><data type=\"primary\"><location href=\"repodata/\"/></data></repomd>", &r), MM_EFORMAT);
    assert_int_equal(read_repomd("<repomd><data type=\"primary\"><location href=\"a b\"/></data></repomd>", &r), MM_EFORMAT);
    assert_int_equal(read_repomd("<metadata/>", &r), MM_EFORMAT);
    assert_int_equal(read_repomd("", &r), MM_EFORMAT);
    assert_memory_equal(&r, &before, sizeof r); /* untouched on failure */
    assert_int_equal(read_repomd("<repomd><data type=\"primary\"><location href=\"a\"/><timestamp>-5</timestamp></data></repomd>", &r), MM_OK);
    assert_int_equal(r.made, 0);
}

/* ---- primary.xml --------------------------------------------------------------------------------- */

#define BEGIN "<metadata xmlns=\"http://x\" xmlns:rpm=\"http://y\">"
#define PACKAGE(name, arch, version) "<package type=\"rpm\"><name>" name "</name><arch>" arch "</arch><version " version "/><summary>s &lt;</summary>" \
    "<format><rpm:license>x</rpm:license><name>no</name><file>/usr/bin/&amp;</file></format></package>"
#define OLD "epoch=\"0\" ver=\"1.0\" rel=\"2.el9\""

static void expect_primary(const char *text, const char *lines)
{
    assert_int_equal(read_by(repodata_primary, text), MM_OK);
    assert_string_equal(told, lines);
}

static void test_primary(void **state)
{
    static const char *const BAD[] = {"ver=\"1.0\"", "ver=\"1-0\" rel=\"2\"", "ver=\"1.0\" rel=\"\"", "epoch=\"x\" ver=\"1\" rel=\"2\"", "epoch=\"1234567890\" ver=\"1\" rel=\"2\"",
                                      "ver=\"1 0\" rel=\"2\"", "ver=\"1&#x3000;\" rel=\"2\""};
    char text[1024];

    (void)state;
    expect_primary(BEGIN PACKAGE("openvpn", "x86_64", OLD) PACKAGE("lib++", "noarch", "epoch=\"01\" ver=\"1~rc1^2\" rel=\"3\"") "</metadata>",
                   "openvpn|1.0-2.el9|x86_64|0|\nlib++|1:1~rc1^2-3|noarch|0|\n");
    expect_primary("<metadata/>", "");
    expect_primary(BEGIN "<package><name>a<b/>c</name><arch>x</arch><version " OLD "/></package></metadata>", ""); /* no name */
    expect_primary(BEGIN PACKAGE("a b", "x86_64", OLD) "</metadata>", "");
    expect_primary(BEGIN PACKAGE("a", "x86/64", OLD) "</metadata>", "a|1.0-2.el9||bad|0|\n");
    expect_primary(BEGIN "<package><name>a</name></package><package><name>b</name><arch>c</arch><version " OLD "/></package></metadata>",
                   "a|||bad|0|\nb|1.0-2.el9|c|0|\n"); /* nothing of one package is the next one's */
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        snprintf(text, sizeof text, BEGIN PACKAGE("a", "noarch", "%s") "</metadata>", BAD[i]);
        assert_int_equal(read_by(repodata_primary, text), MM_OK);
        if (!strstr(told, "|bad"))
            fail_msg("%s: %s", BAD[i], told);
    }
}

static void test_refused(void **state)
{
    static const char *const TEXTS[] = {
        "", "x", "<metadata>", "<updates/>", BEGIN "</metadata><metadata/>", BEGIN PACKAGE("a", "b", OLD), BEGIN "<format>", BEGIN "<format></metadata>",
        "<!DOCTYPE metadata><metadata/>",
        "<!DOCTYPE metadata [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><metadata>&b;</metadata>",
        "<!DOCTYPE metadata SYSTEM \"file:///etc/passwd\"><metadata/>",
        "<!DOCTYPE metadata [<!ENTITY % x SYSTEM \"http://192.0.2.1/x\"> %x;]><metadata/>",
        "<metadata>&nothing;</metadata>", "<metadata>\xff</metadata>", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><metadata>\xc3</metadata>",
    };
    char deep[128] = "<metadata>";

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        if (read_by(repodata_primary, TEXTS[i]) != MM_EFORMAT)
            fail_msg("%s", TEXTS[i]);
    for (size_t i = strlen(deep); i + 3 < sizeof deep; i += 3)
        memcpy(deep + i, "<a>", 4);
    assert_int_equal(read_by(repodata_primary, deep), MM_ELIMIT);
}

/* A tag that never ends is not kept in memory without bound; a long text is no token. */
static void test_tokens(void **state)
{
    static const char *const STARTS[] = {BEGIN "<package a=\"", BEGIN "<!--", BEGIN "<", BEGIN "<?x "};
    const size_t size = 8u << 20;
    char *text = malloc(size + 64);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < sizeof STARTS / sizeof *STARTS; i++) {
        memset(text, 'x', size);
        memcpy(text, STARTS[i], strlen(STARTS[i]));
        text[size] = '\0';
        assert_int_equal(read_by(repodata_primary, text), MM_ELIMIT);
    }
    memset(text, 'x', size);
    memcpy(text, BEGIN "<package><name>", strlen(BEGIN "<package><name>"));
    snprintf(text + size, 64, "</name></package></metadata>");
    expect_primary(text, ""); /* a name that is too long is nobody's */
    free(text);
}

/* ---- the element that is left out ------------------------------------------------------------------ */

/* What is left does not depend on where the blocks end. */
static void test_skip(void **state)
{
    static const struct { const char *text, *left; } CASES[] = {
        {"a<format>b</format>c", "ac"},        {"<format></format>", ""},           {"<format", "<format"},  {"<<format>x</format>>", "<>"},
        {"a<format>b</formatx></format>c", "ac"}, {"a<format>b<format></format>c</format>", "ac</format>"}, {"a</format>b", "a</format>b"},
        {"a<format>b", "a"},                   {"a<format>b</format", "a"},         {"1<format>2</format>3<format>4</format>5", "135"},
        {"<form<format>x</format>at>", "<format>"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        for (size_t room = 2 * XML_SKIP_TAG; room < 64; room++)
            for (size_t before = 0; before < 48; before++) {
                char text[160], out[256], part[64];
                struct xml_skip s = {.open = "<format>", .close = "</format>"};
                size_t n = 0;
                long got;
                int fd;

                memset(text, '<', before);
                snprintf(text + before, sizeof text - before, "%s", CASES[i].text);
                s.from = opened(&fd, text, strlen(text));
                while ((got = xml_skip_read(&s, part, room)) > 0) {
                    memcpy(out + n, part, (size_t)got);
                    n += (size_t)got;
                }
                assert_int_equal(got, 0);
                unpack_close(s.from);
                close(fd);
                out[n] = '\0';
                if (n != before + strlen(CASES[i].left) || strcmp(out + before, CASES[i].left))
                    fail_msg("%zu %s: %s", before, CASES[i].text, out);
            }
}

/* ---- updateinfo.xml --------------------------------------------------------------------------------- */

#define NOTICE(type, date, more) "<update type=\"" type "\"><id>X-1</id><issued date=\"" date "\"/><pkglist><collection>" more \
    "<package name=\"a\" version=\"1\" release=\"2\" epoch=\"0\" arch=\"x86_64\" src=\"s\"><filename>f</filename></package></collection></pkglist></update>"

static void expect_notice(const char *text, const char *lines)
{
    assert_int_equal(read_by(repodata_updateinfo, text), MM_OK);
    assert_string_equal(told, lines);
}

static void test_updateinfo(void **state)
{
    static const struct { const char *date; long long day; } DATES[] = {
        {"2024-03-05 11:22:33", 1709596800}, {"2024-03-05", 1709596800}, {"2024-03-05T11:22:33Z", 1709596800}, {"1709600000", 1709596800},
        {"2024-13-05 11:22:33", 0}, {"", 0}, {"March", 0}, {"1969-01-01", 0}, {"99999999999999999999", 0},
    };
    char text[1024], line[64];

    (void)state;
    expect_notice("<updates>" NOTICE("security", "2024-03-05 11:22:33", "") NOTICE("bugfix", "x", "") "</updates>",
                  "a|1-2|x86_64|security|1709596800|\na|1-2|x86_64|0|\n");
    expect_notice("<updates>" NOTICE("security", "", "<module name=\"n\" stream=\"18\" version=\"1\"/>") NOTICE("security", "", "") "</updates>",
                  "a|1-2|x86_64|security|0|n:18\na|1-2|x86_64|security|0|\n"); /* the next notice is of no module */
    expect_notice("<updates/>", "");
    expect_notice("<updates><update type=\"security\"><pkglist><collection><package name=\"a\"/></collection></pkglist></update></updates>",
                  "a|||bad|security|0|\n");
    for (size_t i = 0; i < sizeof DATES / sizeof *DATES; i++) {
        snprintf(text, sizeof text, "<updates>" NOTICE("security", "%s", "") "</updates>", DATES[i].date);
        snprintf(line, sizeof line, "a|1-2|x86_64|security|%lld|\n", DATES[i].day);
        expect_notice(text, line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_repomd), cmocka_unit_test(test_primary), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_tokens), cmocka_unit_test(test_skip), cmocka_unit_test(test_updateinfo)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
