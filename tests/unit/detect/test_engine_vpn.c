/* Identifications and advisories of the vpn rules: order, versions, models, questions, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/detect/engine_ask.h"
#include "agent/detect/engine_vpn.h"
#include "lib/err.h"
#include "lib/event.h"

#define HEAD(name) "rule " name " { meta: title_ja=\"題\" title_en=\"t\" attack=\"T1190\" reference=\"https://x\" "
#define ADVISORY(name, severity, released, more, condition)                                                              \
    HEAD(name) "severity=\"" severity "\" response=\"alert\" cve=\"" name "\" product=\"box\" scheme=\"dotted\" fixed=\"9\" released=\"" \
    released "\" " more " condition: vpn_product == \"box\" and " condition " }\n"
#define IDENTITY(name, product, grade, more, rest)                                                                       \
    HEAD(name) "severity=\"info\" response=\"observe\" product=\"" product "\" name=\"The " product "\" scheme=\"dotted\" grade=\"" \
    grade "\" " more " " rest " }\n"

static struct engine_problem problem;
static struct vpn_identity id[4];
static struct vpn_advisory advisory[3];
static unsigned found;

static int setup(void **s)
{
    (void)s;
    return engine_setup();
}

static int teardown(void **s)
{
    (void)s;
    engine_teardown();
    return 0;
}

/* An engine with the vpn family alone; NULL with `problem` filled. */
static struct engine *make(const char *source)
{
    struct engine *e = engine_new();

    assert_non_null(e);
    memset(&problem, 0, sizeof problem);
    if (engine_add(e, FAMILY_VPN, ENGINE_PACK, source, strlen(source), &problem) || engine_finish(e, &problem)) {
        engine_free(e);
        return NULL;
    }
    return e;
}

static struct engine *good(const char *source)
{
    struct engine *e = make(source);

    if (!e)
        fail_msg("%s", problem.text);
    return e;
}

static int identify(struct engine *e, const char *bytes)
{
    struct vpn_facts facts = {.source = SOURCE_HTTPS, .status = 200, .path = "/"};

    memset(id, 0, sizeof id);
    return engine_identify(e, &facts, bytes, strlen(bytes), id, 4, &found);
}

static void test_the_surest_identification_of_each_product(void **s)
{
    struct engine *e = good(IDENTITY("named", "box", "product", "ask=\"none\"", "strings: $a = \"the box\" $model = /MODEL[0-9]{3}/ condition: $a and ($model or true)")
                            IDENTITY("hashed", "box", "table", "ask=\"none\" version_1=\"7.2.3\" model_1=\"small\"", "strings: $version_1 = \"97a9a8ea\" $model_1 = \"97a9a8ea\" condition: all of them")
                            IDENTITY("told", "box", "exact", "ask=\"none\"", "strings: $version = /release v[0-9.]{1,40}/ condition: $version")
                            IDENTITY("other", "case", "product", "ask=\"none\"", "strings: $a = \"the case\" condition: $a and vpn_source == \"https\" and vpn_path == \"/\" and vpn_status == 200"));

    (void)s;
    assert_int_equal(identify(e, "nobody"), MM_OK);
    assert_int_equal(found, 0);
    assert_int_equal(identify(e, "the case, the box MODEL123"), MM_OK);
    assert_int_equal(found, 2);
    assert_string_equal(id[0].product, "box"); /* of one rank: the order of the rules */
    assert_string_equal(id[0].name, "The box");
    assert_string_equal(id[0].version, "");
    assert_string_equal(id[0].model, "MODEL123");
    assert_int_equal(id[0].grade, VPN_PRODUCT);
    assert_int_equal(identify(e, "the case, the box 97a9a8ea"), MM_OK);
    assert_int_equal(found, 2);
    assert_string_equal(id[0].version, "7.2.3");
    assert_string_equal(id[0].model, "small");
    assert_int_equal(id[0].grade, VPN_TABLE);
    assert_string_equal(id[0].rule, "hashed");
    assert_string_equal(id[1].product, "case");
    assert_int_equal(identify(e, "the box MODEL77 MODEL777 release v7.2.4, the case"), MM_OK);
    assert_string_equal(id[0].version, "7.2.4"); /* told; the model comes from another rule */
    assert_string_equal(id[0].model, "MODEL777");
    assert_int_equal(id[0].grade, VPN_EXACT);
    assert_int_equal(identify(e, "release v1.2.3.4.5.6.7"), MM_OK); /* no version of the scheme: the product alone */
    assert_string_equal(id[0].version, "");
    assert_int_equal(id[0].grade, VPN_PRODUCT);
    engine_free(e);
}

static void test_more_products_than_room(void **s)
{
    char *source = malloc(70 * 600);
    size_t at = 0;
    struct engine *e;

    (void)s;
    assert_non_null(source);
    for (int i = 0; i < 70; i++)
        at += (size_t)snprintf(source + at, 600, HEAD("r%d") "severity=\"info\" response=\"observe\" product=\"p%d\" name=\"n\" scheme=\"dotted\" grade=\"product\" ask=\"none\" condition: true }\n", i, i);
    e = good(source);
    assert_int_equal(identify(e, ""), MM_OK);
    assert_int_equal(found, 64);
    assert_string_equal(id[3].product, "p3");
    engine_free(e);
    free(source);
}

static int advise(struct engine *e, const char *version, const char *model)
{
    memset(advisory, 0, sizeof advisory);
    found = 77;
    return engine_advisories(e, "box", version, model, advisory, 3, &found);
}

/* 7.2.4 of scheme dotted is 7 << 51 | 2 << 41 | 4 << 31 | 1. */
#define V724 "15767005332242433"

static void test_the_gravest_advisories_first(void **s)
{
    struct engine *e = good(ADVISORY("low_new", "low", "2026-01-01", "", "vpn_version > 0") ADVISORY("kev_old", "high", "2020-01-01", "kev=\"2020-02-01\" cvss=\"7.1\"", "vpn_version > 0")
                            ADVISORY("crit_old", "critical", "2021-01-01", "", "vpn_version > 0") ADVISORY("crit_new", "critical", "2022-01-01", "", "vpn_version > 0")
                            ADVISORY("only_724", "critical", "2023-01-01", "", "vpn_version == " V724) ADVISORY("only_m", "critical", "2024-01-01", "", "vpn_model iequals \"m1\""));

    (void)s;
    assert_int_equal(advise(e, "6.0", ""), MM_OK);
    assert_int_equal(found, 4);
    assert_string_equal(advisory[0].cve, "kev_old");
    assert_string_equal(advisory[0].cvss, "7.1");
    assert_int_equal(advisory[0].kev, 1);
    assert_int_equal(advisory[0].severity, SEV_HIGH);
    assert_string_equal(advisory[1].cve, "crit_new");
    assert_string_equal(advisory[2].cve, "crit_old");
    assert_string_equal(advisory[2].fixed, "9");
    assert_int_equal(advise(e, "v7.2.4,build1396 (GA)", "M1"), MM_OK); /* as a person writes it */
    assert_int_equal(found, 6);
    assert_string_equal(advisory[1].cve, "only_m");
    assert_string_equal(advisory[2].cve, "only_724");
    assert_int_equal(engine_advisories(e, "box", "7.2.4", "", NULL, 0, &found), MM_OK);
    assert_int_equal(found, 5);
    engine_free(e);
}

static void test_what_cannot_be_judged(void **s)
{
    struct engine *e = good(ADVISORY("one", "low", "2026-01-01", "", "vpn_version > 0") IDENTITY("seen", "seen", "product", "ask=\"none\"", "condition: true"));
    struct engine *empty = engine_new();

    (void)s;
    assert_int_equal(advise(e, "", ""), MM_EFORMAT);
    assert_int_equal(advise(e, "the newest", ""), MM_EFORMAT);
    assert_int_equal(found, 77);
    assert_int_equal(engine_advisories(e, "nothing", "1.0", "", advisory, 3, &found), MM_ENOTFOUND);
    assert_int_equal(engine_advisories(e, "seen", "1.0", "", advisory, 3, &found), MM_ENOTFOUND); /* known, but nothing is known of it */
    assert_int_equal(engine_finish(empty, &problem), MM_OK);
    assert_int_equal(engine_advisories(empty, "box", "1.0", "", advisory, 3, &found), MM_ENOTFOUND);
    assert_int_equal(identify(empty, "x"), MM_OK);
    assert_int_equal(found, 0);
    engine_free(empty);
    engine_free(e);
}

#define ENDLESS "for all i in (1..4000000000) : (i > 0 and vpn_product != \"x\")"

static void test_an_endless_rule_is_no_all_clear(void **s)
{
    struct engine *e = good(ADVISORY("fine", "low", "2026-01-01", "", "vpn_version > 0") ADVISORY("endless", "low", "2026-01-01", "", ENDLESS));

    (void)s;
    assert_int_equal(advise(e, "1.0", ""), MM_ETIMEOUT);
    assert_int_equal(advise(e, "1.0", ""), MM_ETIMEOUT); /* it is off now, and what it would say is still not known */
    engine_free(e);
}

static void test_rules_that_are_refused(void **s)
{
    static const struct {
        const char *source, *why;
    } BAD[] = {
        {ADVISORY("a", "low", "2026", "", "true"), "released is no day"},
        {ADVISORY("a", "low", "2026-01-01", "kev=\"yes\"", "true"), "kev is no day"},
        {HEAD("a") "severity=\"low\" response=\"alert\" cve=\"c\" product=\"p\" scheme=\"roman\" fixed=\"1\" released=\"2026-01-01\" condition: true }", "scheme is not known"},
        {HEAD("a") "severity=\"low\" response=\"alert\" cve=\"c\" product=\"p\" scheme=\"dotted\" released=\"2026-01-01\" condition: true }", "fixed is missing"},
        {HEAD("a") "severity=\"low\" response=\"observe\" product=\"p\" name=\"n\" scheme=\"dotted\" grade=\"product\" ask=\"none\" condition: true }", "info and observe"},
        {IDENTITY("a", "p", "sure", "ask=\"none\"", "condition: true"), "grade is no word"},
        {IDENTITY("a", "p", "exact", "ask=\"none\"", "condition: true"), "needs $version strings"},
        {IDENTITY("a", "p", "product", "ask=\"none\"", "strings: $version = \"text\" condition: $version"), "is product, and there are $version strings"},
        {IDENTITY("a", "p", "table", "ask=\"none\"", "strings: $version_1 = \"text\" condition: $version_1"), "needs a meta of its name"},
        {IDENTITY("a", "p", "table", "ask=\"none\" version_1=\"new\"", "strings: $version_1 = \"text\" condition: $version_1"), "version_1 is no version"},
        {IDENTITY("a", "p", "product", "", "condition: true"), "ask is missing"},
        {IDENTITY("a", "p", "product", "ask=\"https:remote\"", "condition: true"), "meta ask"},
        {IDENTITY("a", "p", "product", "ask=\"https:/a headers\"", "condition: true"), "meta ask"},
        {IDENTITY("a", "p", "product", "ask=\"https:/a\" headers=\"Host: other\"", "condition: true"), "meta headers"},
    };

    (void)s;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_null(make(BAD[i].source));
        if (!strstr(problem.text, BAD[i].why))
            fail_msg("said \"%s\", not \"%s\"", problem.text, BAD[i].why);
    }
}

static void test_questions(void **s)
{
    struct engine *e = good(IDENTITY("a", "a", "product", "ask=\"https:/ tls ssh\" headers=\"Range: bytes=0-99\"", "condition: true")
                            IDENTITY("b", "b", "product", "ask=\"https:/ snmp:1.3.6 snmp ike\" headers=\"range: bytes=0-1|User-Agent: client\"", "condition: true")
                            IDENTITY("c", "c", "product", "ask=\"none\"", "condition: true") ADVISORY("d", "low", "2026-01-01", "", "true"));
    struct probe_ask ask[8] = {0};

    (void)s;
    assert_int_equal(engine_asks(e, ask, 8), 5);
    assert_int_equal(ask[0].source, SOURCE_HTTPS);
    assert_string_equal(ask[0].path, "/");
    assert_string_equal(ask[0].headers, "Range: bytes=0-99|User-Agent: client");
    assert_int_equal(ask[1].source, SOURCE_SSH);
    assert_string_equal(ask[1].headers, "");
    assert_int_equal(ask[2].source, SOURCE_SNMP);
    assert_string_equal(ask[2].path, "1.3.6");
    assert_string_equal(ask[3].path, "");
    assert_int_equal(ask[4].source, SOURCE_IKE);
    assert_int_equal(engine_asks(e, ask, 2), 2);
    engine_free(e);
}

static void test_ask_words(void **s)
{
    static const char *const BAD[] = {" https:/", "https", "https:", "https:/../etc", "https:/a\nb", "file:/etc/passwd", "gopher:/", "snmp:", "snmp:1.3.x", "tcp", "tls:x", "ssh:", "none ssh"};
    static const char *const BAD_HEADERS[] = {"Range", "Range:x", ": x", "A: b|", "A: b||C: d", "Cookie: a=b", "A: b\r\nC: d", "Content-Length: 3"};
    struct probe_ask ask;
    char many[2 * LIM_NAME + 8];

    (void)s;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        const char *rest = BAD[i];

        if (ask_next(&rest, &ask) != MM_EFORMAT)
            fail_msg("\"%s\" is taken", BAD[i]);
    }
    for (size_t i = 0; i < sizeof BAD_HEADERS / sizeof *BAD_HEADERS; i++) {
        ask = (struct probe_ask){.source = SOURCE_HTTPS};
        if (ask_headers(&ask, BAD_HEADERS[i]) != MM_EFORMAT || ask.headers[0])
            fail_msg("\"%s\" is taken", BAD_HEADERS[i]);
    }
    memset(many, 'a', sizeof many);
    many[1] = ':';
    many[2] = ' ';
    many[sizeof many - 1] = '\0';
    assert_int_equal(ask_headers(&ask, many), MM_ELIMIT);
    memcpy(many, "https:/", 7);
    assert_int_equal(ask_next(&(const char *){many}, &ask), MM_EFORMAT); /* longer than a path may be */
}

static void test_a_dropped_family_is_counted(void **s)
{
    struct engine *e = good(ADVISORY("one", "low", "2026-01-01", "", "vpn_version > 0"));

    (void)s;
    engine_drop(e, FAMILY_VPN);
    assert_int_equal(engine_rules(e, FAMILY_VPN), 1);
    assert_null(engine_rule_name(e, FAMILY_VPN, 0));
    assert_int_equal(advise(e, "1.0", ""), MM_ENOTFOUND);
    engine_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_surest_identification_of_each_product),
        cmocka_unit_test(test_more_products_than_room),
        cmocka_unit_test(test_the_gravest_advisories_first),
        cmocka_unit_test(test_what_cannot_be_judged),
        cmocka_unit_test(test_an_endless_rule_is_no_all_clear),
        cmocka_unit_test(test_rules_that_are_refused),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_ask_words),
        cmocka_unit_test(test_a_dropped_family_is_counted),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
