/* Whether a pack may go on: the numbers against values that were computed with exact fractions, the rules at their edges,
 * and what is no report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "updater/publish/health.h"

#define NOW 1795000000 /* 2026-11-18T11:06:40Z */
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void thresholds(void **state)
{
    static const struct { int64_t hosts, halts; } halt[] = {{1, 2}, {2, 2}, {148, 2}, {149, 3}, {436, 3}, {437, 4}, {824, 4}, {825, 5}, {1280, 5}, {1281, 6}, {2908, 8}};
    static const int64_t need[] = {149, 236, 313, 386, 456, 523, 590, 655, 719};

    (void)state;
    for (size_t i = 0; i < COUNT(halt); i++)
        assert_int_equal(health_halts_at(halt[i].hosts), halt[i].halts);
    for (size_t i = 0; i < COUNT(need); i++)
        assert_int_equal(health_needs((int64_t)i), need[i]);
    assert_in_range(health_halts_at(100000), 123, 126); /* 100 and 2.326 deviations of 10 */
    assert_in_range(health_needs(HEALTH_HOSTS), 500257000, 500258000);
}

static struct health_verdict judged(struct health_report r, int64_t until)
{
    struct health_verdict v;
    char text[HEALTH_TEXT];

    memset(&v, 0xa5, sizeof v);
    health_judge(&r, NOW, until, &v);
    memset(text, 'x', sizeof text);
    health_say(&v, text);
    assert_non_null(memchr(text, '\0', sizeof text));
    return v;
}

static void is(struct health_report r, enum health verdict, enum health_why why)
{
    struct health_verdict v = judged(r, 0);

    assert_int_equal(v.verdict, verdict);
    assert_int_equal(v.why, why);
}

static void went_back(void **state)
{
    struct health_verdict v;

    (void)state;
    is((struct health_report){.pack = {.runs = 0, .left = 1}}, HEALTH_WAIT, HEALTH_FEW); /* one is its own fault, whatever the probability */
    is((struct health_report){.pack = {.runs = 0, .left = 2}}, HEALTH_HALT, HEALTH_WENT_BACK);
    is((struct health_report){.pack = {.runs = 146, .left = 2}}, HEALTH_HALT, HEALTH_WENT_BACK);
    is((struct health_report){.pack = {.runs = 147, .left = 2}}, HEALTH_WAIT, HEALTH_FEW);
    is((struct health_report){.pack = {.runs = 433, .left = 3}}, HEALTH_HALT, HEALTH_WENT_BACK);
    is((struct health_report){.pack = {.runs = 434, .left = 3}}, HEALTH_WAIT, HEALTH_FEW);
    /* two of many do not become two of few because the others are on holiday */
    is((struct health_report){.pack = {.runs = 150, .left = 2, .quiet = 140, .silent = 140}, .others = {.runs = 100, .quiet = 95, .silent = 95}}, HEALTH_WAIT, HEALTH_FEW);
    is((struct health_report){.pack = {.runs = 150, .left = 2, .gone = 140}}, HEALTH_WAIT, HEALTH_FEW);
    /* hosts that went on to a newer one had this one and did well: a pack whose time is over is not halted in the end */
    is((struct health_report){.pack = {.runs = 0, .left = 2}, .others = {.runs = 998}, .newer = 998}, HEALTH_WAIT, HEALTH_FEW);
    v = judged((struct health_report){.pack = {.runs = 205, .left = 7}}, NOW + 1); /* a hold does not hold back a halt */
    assert_int_equal(v.verdict, HEALTH_HALT);
    assert_true(v.chance > 2.88e-9 && v.chance < 2.89e-9);
    assert_int_equal(v.hosts, 212);
    assert_int_equal(v.hit, 7);
}

static void proven(void **state)
{
    struct health_verdict v;

    (void)state;
    is((struct health_report){.pack = {.runs = 149, .proven = 149}}, HEALTH_FINE, HEALTH_PROVEN);
    is((struct health_report){.pack = {.runs = 1000, .proven = 148}}, HEALTH_WAIT, HEALTH_FEW);
    is((struct health_report){.pack = {.runs = 235, .proven = 235, .left = 1}}, HEALTH_FINE, HEALTH_PROVEN);
    is((struct health_report){.pack = {.runs = 234, .proven = 234, .left = 1}}, HEALTH_WAIT, HEALTH_FEW);
    is((struct health_report){.pack = {0}}, HEALTH_WAIT, HEALTH_FEW);
    v = judged((struct health_report){.pack = {.runs = 200, .proven = 200}}, NOW + 1);
    assert_int_equal(v.verdict, HEALTH_WAIT);
    assert_int_equal(v.why, HEALTH_HELD);
    v = judged((struct health_report){.pack = {.runs = 200, .proven = 200}}, NOW);
    assert_int_equal(v.verdict, HEALTH_FINE);
    assert_true(v.most > 0.01486 && v.most < 0.01487); /* 1 - 0.05^(1/200) */
    v = judged((struct health_report){.pack = {.runs = 200, .proven = 100}}, 0);
    assert_int_equal(v.needed, 149);
}

/* 300 hosts of 1,000 have it; 18 of the others are silent.  Fisher's test: 0.0013 for 21, 0.0007 for 22. */
static void silent(void **state)
{
    struct health_report r = {.pack = {.runs = 300, .proven = 270, .quiet = 21, .silent = 21}, .others = {.runs = 700, .quiet = 18, .silent = 18}};

    (void)state;
    is(r, HEALTH_WAIT, HEALTH_QUIET);
    r.pack.quiet = r.pack.silent = 22;
    is(r, HEALTH_HALT, HEALTH_SILENT);
    r.others.quiet = r.others.silent = 60; /* it is the same for all */
    is(r, HEALTH_FINE, HEALTH_PROVEN);
    r = (struct health_report){.pack = {.runs = 400, .proven = 360, .quiet = 40}, .others = {.runs = 600, .quiet = 18, .silent = 18}};
    is(r, HEALTH_WAIT, HEALTH_QUIET); /* vanished since yesterday */
    r = (struct health_report){.pack = {.runs = 400, .proven = 360, .quiet = 20}, .others = {.runs = 600, .quiet = 30}};
    is(r, HEALTH_FINE, HEALTH_PROVEN);
    r.pack.quiet = 300; /* Sunday: another tenth of 400 would not be seen */
    r.others.quiet = 450;
    is(r, HEALTH_WAIT, HEALTH_ASLEEP);
    r.others = (struct health_count){.runs = 0}; /* there is nobody left to be spared */
    is(r, HEALTH_FINE, HEALTH_PROVEN);
    r = (struct health_report){.pack = {.runs = 400, .quiet = 400, .silent = 400}, .others = {.runs = 600, .quiet = 18, .silent = 18}};
    is(r, HEALTH_HALT, HEALTH_SILENT);
    r.others.quiet = r.others.silent = 300;
    is(r, HEALTH_HALT, HEALTH_SILENT);
    r.others.quiet = r.others.silent = 301; /* a holiday */
    is(r, HEALTH_WAIT, HEALTH_FEW);
    r.others = (struct health_count){.runs = 0}; /* nobody to compare with */
    is(r, HEALTH_WAIT, HEALTH_FEW);
    r = (struct health_report){.pack = {.runs = 1, .quiet = 1, .silent = 1}, .others = {.runs = 9999}};
    is(r, HEALTH_WAIT, HEALTH_FEW); /* one is its own fault */
    r = (struct health_report){.pack = {.runs = 900, .proven = 300, .quiet = 20, .silent = 20, .gone = 600}, .others = {.runs = 700, .quiet = 18, .silent = 18}};
    is(r, HEALTH_WAIT, HEALTH_QUIET); /* who is gone for a month counts nowhere */
}

/* The largest that a console may tell, and every extreme, in no time. */
static void extremes(void **state)
{
    static const int64_t some[] = {0, 1, 2, 1000, 200000, HEALTH_HOSTS / 2, HEALTH_HOSTS - 1, HEALTH_HOSTS};

    (void)state;
    for (size_t a = 0; a < COUNT(some); a++)
        for (size_t b = 0; b < COUNT(some); b++)
            for (size_t c = 0; c < COUNT(some); c++) {
                struct health_report r = {.pack = {.runs = some[a], .left = some[b], .proven = some[a], .quiet = some[a] < some[c] ? some[a] : some[c]},
                                          .others = {.runs = LIM_PUBLISH_PACKS * some[c], .quiet = some[b], .silent = some[b]}};

                if (r.others.quiet > r.others.runs)
                    continue;
                r.pack.silent = r.pack.quiet;
                (void)judged(r, 0);
            }
}

/* ---- reading ------------------------------------------------------------------------------------ */

static int read_at(const char *text, int64_t now, struct health_report *out)
{
    return health_read(text, strlen(text), &(struct health_about){"packs", "1.3.0"}, now, out);
}

#define PACK(version, runs, left, day, quiet, silent, gone) "{\"version\":\"" version "\",\"devices\":" runs ",\"devices_left\":" left ",\"devices_proven\":" \
    day ",\"devices_quiet\":" quiet ",\"devices_silent\":" silent ",\"devices_gone\":" gone "}"
#define REPORT(packs) "{\"generated_at\":\"2026-11-18T11:06:40Z\",\"packs\":[" packs "]}"

static void reading(void **state)
{
    struct health_report r = {.made = 7};

    (void)state;
    assert_int_equal(read_at(REPORT(PACK("1.2.0", "600", "4", "599", "30", "20", "9") "," PACK("1.3.0", "100", "3", "80", "5", "1", "2") ","
                                    PACK("1.4.0", "50", "0", "0", "0", "0", "5") "," PACK("local-7", "2", "0", "0", "0", "0", "0")), NOW, &r), MM_OK);
    assert_int_equal(r.made, NOW);
    assert_memory_equal(&r.pack, (&(struct health_count){100, 3, 80, 5, 1, 2}), sizeof r.pack);
    assert_memory_equal(&r.others, (&(struct health_count){652, 4, 599, 30, 20, 14}), sizeof r.others);
    assert_int_equal(r.newer, 45);
    assert_int_equal(read_at(REPORT(""), NOW, &r), MM_OK);
    assert_int_equal(r.pack.runs, 0);
    assert_int_equal(read_at(REPORT(""), NOW + 3600, &r), MM_OK);
    assert_int_equal(read_at(REPORT(""), NOW + 3601, &r), MM_ESTATE);
    assert_int_equal(read_at(REPORT(""), NOW - 300, &r), MM_OK);
    assert_int_equal(read_at(REPORT(""), NOW - 301, &r), MM_ESTATE);
}

/* Agents and packs of the same version are two things. */
static void of_two_kinds(void **state)
{
    static const char text[] = "{\"generated_at\":\"2026-11-18T11:06:40Z\",\"packs\":[" PACK("1.3.0", "100", "0", "80", "5", "1", "2") "],\"agents\":["
                               PACK("1.3.0", "7", "3", "0", "0", "0", "0") "," PACK("1.2.0", "90", "0", "90", "0", "0", "0") "]}";
    struct health_report r = {.made = 7};

    (void)state;
    assert_int_equal(health_read(text, sizeof text - 1, &(struct health_about){"agents", "1.3.0"}, NOW, &r), MM_OK);
    assert_memory_equal(&r.pack, (&(struct health_count){7, 3, 0, 0, 0, 0}), sizeof r.pack);
    assert_memory_equal(&r.others, (&(struct health_count){90, 0, 90, 0, 0, 0}), sizeof r.others);
    assert_int_equal(read_at(text, NOW, &r), MM_OK);
    assert_int_equal(r.pack.runs, 100);
    assert_int_equal(health_read(REPORT(""), strlen(REPORT("")), &(struct health_about){"agents", "1.3.0"}, NOW, &r), MM_EFORMAT); /* an older console */
}

static void no_report(void **state)
{
    static const char *const bad[] = {
        "", "{", "[]", "null", "{}", "{\"packs\":[]}", "{\"generated_at\":\"2026-11-18T11:06:40Z\"}", "{\"generated_at\":7,\"packs\":[]}",
        "{\"generated_at\":\"yesterday\",\"packs\":[]}", "{\"generated_at\":\"2026-11-18T11:06:40Z\",\"packs\":{}}", REPORT("7"), REPORT("{}"),
        "{\"packs\":[],\"packs\":[],\"generated_at\":\"2026-11-18T11:06:40Z\"}", REPORT("{\"version\":\"1.3.0\",\"devices\":1,\"devices_left\":0}"),
        REPORT(PACK("1.3.0", "-1", "0", "0", "0", "0", "0")), REPORT(PACK("1.3.0", "1.0", "0", "0", "0", "0", "0")),
        REPORT(PACK("1.3.0", "10000001", "0", "0", "0", "0", "0")), REPORT(PACK("1.3.0", "5", "0", "6", "0", "0", "0")),
        REPORT(PACK("1.3.0", "5", "0", "0", "3", "0", "3")), REPORT(PACK("1.3.0", "5", "0", "0", "2", "3", "0")),
        REPORT(PACK("1.2.0", "5", "x", "0", "2", "3", "0")), REPORT(PACK("1.3.0", "\"5\"", "0", "0", "2", "3", "0")),
        REPORT(PACK("1.3.0", "99999999999999999999", "0", "0", "0", "0", "0")), REPORT(PACK("1.3.0", "5", "0", "0", "0", "0", "0") "," PACK("1.3.0", "5", "0", "0", "0", "0", "0")),
        REPORT("") "x"};
    struct health_report r = {.made = 7};
    char *many = malloc(LIM_PUBLISH_PACKS_TEXT + 2);
    size_t n;

    (void)state;
    assert_non_null(many);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(read_at(bad[i], NOW, &r), MM_EFORMAT);
    n = (size_t)snprintf(many, LIM_PUBLISH_PACKS_TEXT, "{\"generated_at\":\"2026-11-18T11:06:40Z\",\"packs\":[");
    for (unsigned i = 0; i <= LIM_PUBLISH_PACKS; i++)
        n += (size_t)snprintf(many + n, LIM_PUBLISH_PACKS_TEXT - n, PACK("9.9.%u", "1", "0", "0", "0", "0", "0") ",", i);
    memcpy(many + n - 1, "]}", 3);
    assert_int_equal(read_at(many, NOW, &r), MM_EFORMAT);
    memset(many, '[', LIM_PUBLISH_PACKS_TEXT + 1);
    many[LIM_PUBLISH_PACKS_TEXT + 1] = '\0';
    assert_int_equal(read_at(many, NOW, &r), MM_ELIMIT);
    assert_int_equal(health_read(many, LIM_PUBLISH_PACKS_TEXT, &(struct health_about){"packs", "1.3.0"}, NOW, &r), MM_EFORMAT);
    assert_int_equal(r.made, 7); /* untouched */
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(thresholds), cmocka_unit_test(went_back), cmocka_unit_test(proven), cmocka_unit_test(silent),
                                       cmocka_unit_test(extremes), cmocka_unit_test(reading), cmocka_unit_test(of_two_kinds), cmocka_unit_test(no_report)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
