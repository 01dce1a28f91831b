/* Order of versions: deb-version(7)'s own examples, rpm's own table, and what holds for every order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/watch/host/package_version.h"

/* dpkg --compare-versions of dpkg 1.21.22 said so of each; tests/integration/test_packages.py asks it about random ones. */
static const struct { const char *a, *b; int order; } DPKG[] = {
    {"1.0", "1.0", 0}, {"1.0-1", "1.0-2", -1}, {"1.0~rc1", "1.0", -1}, {"1.0~~", "1.0~", -1}, {"1.0~~a", "1.0~", -1}, {"1.0", "1.0a", -1},
    {"1:0.1", "9.9", 1}, {"0:1.0", "1.0", 0}, {"1.0-0", "1.0", 0}, {"1.0", "1.0-0~1", 1}, {"1.2.10", "1.2.9", 1}, {"1.010", "1.10", 0},
    {"2.6.3-1+deb12u2", "2.6.3-1+deb12u3", -1}, {"2.6.3-1+deb12u10", "2.6.3-1+deb12u9", 1}, {"2.6.3-1+deb12u2", "2.6.14-0+deb12u2", -1},
    {"2.6.3-1~bpo11+1", "2.6.3-1", -1}, {"1.0-1+b1", "1.0-1", 1}, {"1.0-1", "1.0-1.1", -1}, {"1.0+dfsg-1", "1.0-1", 1}, {"1.0-a-1", "1.0-a-2", -1},
    {"1.0.", "1.0", 1}, {"1.0+", "1.0.", -1}, {"1.0a", "1.0+", -1}, {"a", "A", 1}, {"1.0Z", "1.0a", -1},
    {"99999999999999999999999", "100000000000000000000000", -1}, {"4294967296", "0", 1},
};

/* Every pair of rpm's own table, tests/rpmvercmp.at of https://github.com/rpm-software-management/rpm (state of 2025-01-27), with the oddities
 * that it documents but does not run; test_rpm asks each from both sides, and each text against itself. */
static const struct { const char *a, *b; int order; } RPM[] = {
    {"1.0", "1.0", 0}, {"1.0", "2.0", -1}, {"2.0.1", "2.0.1", 0}, {"2.0", "2.0.1", -1}, {"2.0.1a", "2.0.1a", 0}, {"2.0.1a", "2.0.1", 1},
    {"5.5p1", "5.5p2", -1}, {"5.5p10", "5.5p10", 0}, {"5.5p1", "5.5p10", -1}, {"10xyz", "10.1xyz", -1}, {"xyz10", "xyz10.1", -1},
    {"xyz.4", "8", -1}, {"xyz.4", "2", -1}, {"5.5p2", "5.6p1", -1}, {"5.6p1", "6.5p1", -1}, {"6.0.rc1", "6.0", 1}, {"10b2", "10a1", 1},
    {"10a2", "10b2", -1}, {"1.0aa", "1.0aa", 0}, {"1.0a", "1.0aa", -1}, {"10.0001", "10.1", 0}, {"10.0001", "10.0039", -1},
    {"4.999.9", "5.0", -1}, {"20101121", "20101122", -1}, {"2.0", "2_0", 0}, {"a+", "a_", 0}, {"+a", "_a", 0}, {"+_", "_+", 0}, {"+", "_", 0},
    {"1.0~rc1", "1.0~rc1", 0}, {"1.0~rc1", "1.0", -1}, {"1.0~rc1", "1.0~rc2", -1}, {"1.0~rc1~git123", "1.0~rc1", -1},
    {"1.0^", "1.0^", 0}, {"1.0^", "1.0", 1}, {"1.0^git1", "1.0", 1}, {"1.0^git1", "1.0^git2", -1}, {"1.0^git1", "1.01", -1},
    {"1.0^20160101", "1.0.1", -1}, {"1.0^20160102", "1.0^20160101^git1", 1}, {"1.0~rc1^git1", "1.0~rc1", 1}, {"1.0^git1", "1.0^git1~pre", 1},
    {"5.5p1", "5.5p1", 0}, {"xyz10", "xyz10", 0}, {"1.0^20160101^git1", "1.0^20160102", -1},
    {"1b.fc17", "1.fc17", -1}, {"1g.fc17", "1.fc17", 1}, {"1.1.\u03b1", "1.1.\u03b2", 0}, {"1.1.\u03b1\u03b1", "1.1.\u03b1", 0},
    {"1.1.\u03b1", "1.1.\u03b2\u03b2", 0}, {"1.1.\u03b2\u03b2", "1.1.\u03b1\u03b1", 0},
};

static void test_dpkg(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DPKG / sizeof *DPKG; i++) {
        if (package_version_dpkg(DPKG[i].a, DPKG[i].b) != DPKG[i].order || package_version_dpkg(DPKG[i].b, DPKG[i].a) != -DPKG[i].order)
            fail_msg("%s against %s", DPKG[i].a, DPKG[i].b);
    }
}

static void test_rpm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof RPM / sizeof *RPM; i++) {
        if (package_version_rpm(RPM[i].a, RPM[i].b) != RPM[i].order || package_version_rpm(RPM[i].b, RPM[i].a) != -RPM[i].order)
            fail_msg("%s against %s", RPM[i].a, RPM[i].b);
        assert_int_equal(package_version_rpm(RPM[i].a, RPM[i].a), 0);
        assert_int_equal(package_version_rpm(RPM[i].b, RPM[i].b), 0);
    }
    assert_int_equal(package_version_rpm("1:1.0-1", "2.0-9"), 1);
    assert_int_equal(package_version_rpm("0:2.0-1", "2.0-1"), 0);
    assert_int_equal(package_version_rpm("2.5.9-2.el9_4", "2.5.9-2.el9"), 1);
    assert_int_equal(package_version_rpm("2.5.9-2.el9", "2.5.10-1.el9"), -1);
}

/* What must hold whatever the texts are: a total order, the same from both sides. */
static void test_order(void **state)
{
    static const char SIGNS[] = "0019aZ~^.+-:_";
    int (*const compare[])(const char *, const char *) = {package_version_dpkg, package_version_rpm};
    char text[3][12];
    uint32_t x = 1;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        for (int k = 0; k < 3; k++) {
            x = x * 1664525u + 1013904223u;
            size_t n = (x >> 28) % 9;

            for (size_t i = 0; i < n; i++) {
                x = x * 1664525u + 1013904223u;
                text[k][i] = SIGNS[(x >> 16) % (sizeof SIGNS - 1)];
            }
            text[k][n] = '\0';
        }
        for (int c = 0; c < 2; c++) {
            int ab = compare[c](text[0], text[1]), bc = compare[c](text[1], text[2]), ac = compare[c](text[0], text[2]);

            assert_int_equal(compare[c](text[0], text[0]), 0);
            assert_int_equal(ab, -compare[c](text[1], text[0]));
            if (c == 0 && ab <= 0 && bc <= 0 && ac > 0) /* rpm's own order is not transitive for letters against nothing */
                fail_msg("%s %s %s", text[0], text[1], text[2]);
        }
    }
}

static void test_valid(void **state)
{
    static const char *const GOOD[] = {"1", "1.0-1", "2:1.0~rc1+dfsg-1+deb12u1", "0.0.20220316-1+b4"};
    static const char *const BAD[] = {"", "a1", "1.0-", ":1", "1.0 2", "1/2", "x:1", "1.0-1_2", "99999999999:1"};

    (void)state;
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
        assert_true(package_version_dpkg_valid(GOOD[i]));
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        if (package_version_dpkg_valid(BAD[i]))
            fail_msg("%s", BAD[i]);
}

static void test_upstream(void **state)
{
    static const struct { const char *version, *upstream; } CASES[] = {
        {"2.6.14-0+deb12u2", "2.6.14"}, {"5.9.8-5+deb12u6", "5.9.8"}, {"1:9.01-3", "9.01"}, {"5.01.9674+git20200806+8181039+dfsg2-2+b2", "5.01.9674"},
        {"1.0.20210914-1+b1", "1.0.20210914"}, {"7.4.3.1736", "7.4.3.1736"}, {"", ""}, {"1-2-3", "1-2"},
    };
    char out[32], small[4];

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        package_version_upstream(CASES[i].version, out, sizeof out);
        assert_string_equal(out, CASES[i].upstream);
    }
    package_version_upstream("123456", small, sizeof small);
    assert_string_equal(small, "123");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dpkg),  cmocka_unit_test(test_rpm),      cmocka_unit_test(test_order),
        cmocka_unit_test(test_valid), cmocka_unit_test(test_upstream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
