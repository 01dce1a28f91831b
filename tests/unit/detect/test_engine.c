/* The YARA engine: facts, verdicts, refusals, endless rules, the allow-list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/detect/engine.h"
#include "lib/err.h"
#include "lib/event.h"

#define RULE(name, severity, response, rest)                                                                     \
    "rule " name " { meta: title_ja=\"題\" title_en=\"t\" severity=\"" severity "\" response=\"" response           \
    "\" attack=\"T1486\" reference=\"https://x\" " rest " }\n"

#define VPN_META "cve=\"CVE-2024-1\" product=\"p\" scheme=\"dotted\" fixed=\"1.2\" released=\"2024-01-01\" "

static struct engine_facts facts;
static struct engine_problem problem;
static struct rule_verdict verdict;

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

/* An engine of one source, or NULL with `problem` filled. */
static struct engine *make(enum rule_family family, const char *source)
{
    struct engine *e = engine_new();

    assert_non_null(e);
    memset(&problem, 0, sizeof problem);
    if (engine_add(e, family, ENGINE_PACK, source, strlen(source), &problem) || engine_finish(e, &problem)) {
        engine_free(e);
        return NULL;
    }
    return e;
}

static uint32_t ask(struct engine *e, enum rule_family family, const char *bytes)
{
    assert_int_equal(engine_judge(e, family, &facts, bytes, strlen(bytes), &verdict), MM_OK);
    return verdict.matches;
}

static void test_every_fact_reaches_the_rules(void **s)
{
    size_t n;
    const struct fact *f = facts_table(&n);

    (void)s;
    for (; n--; f++)
        for (int family = 0; family < FAMILY_COUNT; family++) {
            const char *value = f->kind == FACT_SOURCE ? "snmp" : "value";
            char source[1024];
            struct engine *e;

            if (facts_is_text(f))
                snprintf(source, sizeof source, RULE("r", "low", "alert", VPN_META "condition: %s == \"%s\""), f->name, value);
            else
                snprintf(source, sizeof source, RULE("r", "low", "alert", VPN_META "condition: %s == 77"), f->name);
            e = make((enum rule_family)family, source);
            if (!(f->families >> family & 1)) {
                assert_null(e);
                assert_non_null(strstr(problem.text, "undefined identifier"));
                continue;
            }
            assert_non_null(e);
            memset(&facts, 0, sizeof facts);
            assert_int_equal(ask(e, (enum rule_family)family, ""), 0);
            if (facts_is_text(f))
                assert_int_equal(facts_set_text(f, &facts, value, strlen(value)), MM_OK);
            else
                assert_int_equal(facts_set_number(f, &facts, 77), MM_OK);
            assert_int_equal(ask(e, (enum rule_family)family, ""), 1);
            engine_free(e);
        }
    memset(&facts, 0, sizeof facts);
}

static void test_the_strongest_wins(void **s)
{
    struct engine *e = make(FAMILY_PROCESS, RULE("a", "critical", "alert", "condition: true") RULE("b", "medium", "freeze", "condition: true")
                                                RULE("c", "high", "freeze", "strings: $x=\"evil\" condition: $x")
                                                    "private rule p { condition: true }\n");

    (void)s;
    assert_non_null(e);
    assert_int_equal(engine_rules(e, FAMILY_PROCESS), 3);
    assert_int_equal(ask(e, FAMILY_PROCESS, "an evil thing"), 3);
    assert_string_equal(verdict.rule, "c");
    assert_int_equal(verdict.severity, SEV_HIGH);
    assert_int_equal(verdict.response, RESPOND_FREEZE);
    assert_string_equal(verdict.title_ja, "題");
    assert_string_equal(verdict.attack, "T1486");
    assert_int_equal(ask(e, FAMILY_PROCESS, "a good one"), 2);
    assert_string_equal(verdict.rule, "b");
    assert_int_equal(ask(e, FAMILY_BURST, "x"), 0); /* families do not mix */
    assert_int_equal(engine_matches(e, FAMILY_PROCESS, &facts, "evil", 4, "c"), 1);
    assert_int_equal(engine_matches(e, FAMILY_PROCESS, &facts, "good", 4, "c"), 0);
    engine_free(e);
}

static void test_refusals_name_the_place(void **s)
{
    static const struct {
        const char *source, *text;
        int line;
    } BAD[] = {
        {"\n\nrule x { condition: burst_unknown > 3 }", "burst_unknown", 3},
        {"rule x {\n condition:\n  ) }", "syntax error", 3},
        {"include \"/etc/passwd\"\n" RULE("x", "low", "alert", "condition: true"), "include", 1},
        {"rule x { condition: true }", "title_ja is missing", 0},
        {RULE("x", "terrible", "alert", "condition: true"), "severity", 0},
        {RULE("x", "low", "explode", "condition: true"), "response", 0},
        {"import \"magic\"\n" RULE("x", "low", "alert", "condition: magic.type() == \"\""), "magic", 0},
        {"global " RULE("x", "low", "alert", "condition: true"), "global", 0},
        {RULE("x", "low", "alert", "condition: true") RULE("x", "low", "alert", "condition: true"), "duplicated", 2},
        {"rule x { strings: $a = /(a+)+(/ condition: $a }", "", 1},
    };

    (void)s;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_null(make(FAMILY_BURST, BAD[i].source));
        assert_non_null(strstr(problem.text, BAD[i].text));
        assert_int_equal(problem.line, BAD[i].line);
        if (!BAD[i].line)
            assert_true(problem.rule[0] || strstr(problem.text, "magic"));
    }
    assert_null(make(FAMILY_VPN, RULE("x", "low", "alert", "condition: true"))); /* its own metas */
    assert_non_null(strstr(problem.text, "product is missing"));
}

static void test_a_nul_is_refused(void **s)
{
    struct engine *e = engine_new();

    (void)s;
    assert_int_equal(engine_add(e, FAMILY_FILE, ENGINE_PACK, "rule x\0{}", 9, &problem), MM_EFORMAT);
    engine_free(e);
}

static void test_too_many_strings(void **s)
{
    size_t room = 64 * 700;
    char *source = malloc(room);
    int at;

    (void)s;
    assert_non_null(source);
    at = snprintf(source, room, "rule x { strings:\n");
    for (int i = 0; i < 600; i++)
        at += snprintf(source + at, room - (size_t)at, "$s%d = \"text number %d\"\n", i, i);
    snprintf(source + at, room - (size_t)at, "condition: any of them }");
    assert_null(make(FAMILY_FILE, source));
    free(source);
}

static double ms_since(const struct timespec *a)
{
    struct timespec b;

    clock_gettime(CLOCK_MONOTONIC, &b);
    return (double)(b.tv_sec - a->tv_sec) * 1e3 + (double)(b.tv_nsec - a->tv_nsec) / 1e6;
}

#define ENDLESS "condition: process_pid == 5 and for all i in (1..4000000000) : (i > 0 and process_pid == 5)"

static void test_endless_rules_are_cut_and_found(void **s)
{
    struct engine *e = make(FAMILY_PROCESS, RULE("good", "high", "freeze", "condition: process_uid == 9") RULE("endless", "critical", "quarantine", ENDLESS));
    struct timespec t;

    (void)s;
    assert_non_null(e);
    facts.process.pid = 5;
    clock_gettime(CLOCK_MONOTONIC, &t);
    assert_int_equal(ask(e, FAMILY_PROCESS, "x"), 1);
    assert_true(ms_since(&t) < 5 * LIM_RULE_GATE_MS); /* 200 + 50 ms, with room for a busy machine */
    assert_string_equal(verdict.rule, "endless");
    assert_int_equal(verdict.response, RESPOND_OBSERVE);
    clock_gettime(CLOCK_MONOTONIC, &t);
    assert_int_equal(ask(e, FAMILY_PROCESS, "x"), 0);
    assert_true(ms_since(&t) < LIM_RULE_GATE_MS / 2.0); /* off */
    facts.process.uid = 9;
    assert_int_equal(ask(e, FAMILY_PROCESS, "x"), 1);
    assert_string_equal(verdict.rule, "good"); /* the others go on */
    engine_free(e);

    e = make(FAMILY_PROCESS, RULE("good", "high", "freeze", "condition: process_uid == 9") RULE("endless", "critical", "quarantine", ENDLESS));
    assert_int_equal(engine_matches(e, FAMILY_PROCESS, &facts, "x", 1, "endless"), MM_ETIMEOUT);
    assert_int_equal(ask(e, FAMILY_PROCESS, "x"), 1); /* cut, and the real match is what counts */
    assert_string_equal(verdict.rule, "good");
    engine_free(e);
    memset(&facts, 0, sizeof facts);
}

static void test_allow_list(void **s)
{
    struct engine *e = make(FAMILY_PROCESS, RULE("a", "low", "alert", "condition: true") RULE("b", "low", "freeze", "condition: true"));
    static const char LIST[] = "# backup server\n\nrule=b path=/opt/backup tool/run\r\npath=/opt/trusted/*\nrule=zz\n";
    static const struct {
        const char *path;
        uint32_t matches;
    } CASES[] = {{"/opt/backup tool/run", 1}, {"/opt/backup tool/run2", 2}, {"/opt/trusted/a", 0}, {"/x", 2}, {"", 2}};
    static const char *const BAD[] = {"rule=", "path=relative", "sha256=00", "rule=a rule=b", "rule=a, path=/x", "nonsense"};

    (void)s;
    assert_non_null(e);
    assert_int_equal(engine_allow(e, LIST, sizeof LIST - 1, &problem), MM_OK);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        snprintf(facts.process.path, sizeof facts.process.path, "%s", CASES[i].path);
        assert_int_equal(ask(e, FAMILY_PROCESS, "x"), CASES[i].matches);
    }
    for (size_t i = 0; i + 2 < sizeof BAD / sizeof *BAD; i++) {
        char text[64];

        snprintf(text, sizeof text, "# one\n%s\n", BAD[i]);
        assert_int_equal(engine_allow(e, text, strlen(text), &problem), MM_EFORMAT);
        assert_int_equal(problem.line, 2);
    }
    memset(&facts, 0, sizeof facts);
    engine_free(e);
}

static void test_many_matches_do_not_break_it(void **s)
{
    struct engine *e = make(FAMILY_FILE, RULE("x", "low", "alert", "strings: $a = \"aaaa\" condition: #a > 3"));
    char *bytes = malloc(4u << 20);

    (void)s;
    assert_non_null(e);
    assert_non_null(bytes);
    memset(bytes, 'a', 4u << 20);
    assert_int_equal(engine_judge(e, FAMILY_FILE, &facts, bytes, 4u << 20, &verdict), MM_OK);
    assert_int_equal(verdict.matches, 1);
    free(bytes);
    engine_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fact_reaches_the_rules), cmocka_unit_test(test_the_strongest_wins),
        cmocka_unit_test(test_refusals_name_the_place),      cmocka_unit_test(test_a_nul_is_refused),
        cmocka_unit_test(test_too_many_strings),             cmocka_unit_test(test_endless_rules_are_cut_and_found),
        cmocka_unit_test(test_allow_list),                   cmocka_unit_test(test_many_matches_do_not_break_it),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
