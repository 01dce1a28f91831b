/* Versions of network products: what each maker writes, their order, what is no version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "lib/product_version.h"

static int64_t encode(const char *scheme, const char *text)
{
    int64_t out = -1;
    int rc = version_encode(scheme, text, strlen(text), &out);

    if (rc)
        fail_msg("%s %s: %s", scheme, text, mm_strerror(rc));
    assert_true(out > 0);
    return out;
}

static void test_layout(void **state)
{
    (void)state;
    assert_true(encode("dotted", "0.0.0.0.1") == 3);
    assert_true(encode("dotted", "0.0.0.0.1rc1") == 2);
    assert_true(encode("panos", "10.2.9-h1") == (10LL << 51 | 2LL << 41 | 9LL << 31 | 1 << 1 | 1));
    assert_true(encode("cisco", "9.16(4)57") == (9LL << 51 | 16LL << 41 | 4LL << 31 | 57LL << 17 | 1));
    assert_true(encode("dotted", "4095.1023.1023.16383.65535") == INT64_MAX);
}

/* Each list is in order, oldest first; versions that mean the same are joined by "=". */
static const char *const ordered[][12] = {
    {"dotted", "5.6.14", "6.0.4", "6.0.5", "6.4.0", "7.0.0", "7.0.11", "7.2=7.2.0=v7.2.0", "7.2.4", "7.2.10", "16.1.2.2"},
    {"dotted", "2.6.0rc1=2.6_rc2=2.6.0-beta1", "2.6.0", "2.6.1b2", "2.6.1", "6.49.6", "6.49.7", "7.1alpha", "7.1=7.1.0", "2025.1.3"},
    {"panos", "9.1.16", "9.1.16-h3", "10.2.0", "10.2.8-h3", "10.2.9", "10.2.9-h1", "10.2.9-h18", "10.2.10", "11.1.2-h3", "11.2"},
    {"cisco", "9.8(4)", "9.8(4)45=9.8.4.45", "9.12(4)", "9.16(1)", "9.16(1)28", "9.16(4)", "9.16(4)57=9.16.4.57", "9.16(4)58", "9.18(1)"},
    {"cisco", "6.2.3", "6.2.3.18", "7.0.1", "7.0.1.1", "7.2.5.2", "7.4.1"},
    {"ivanti", "9.1R10.2", "9.1R11", "9.1.11.12319", "9.1R11.4", "9.1.18.9527", "22.6.1.1=22.6.1.1", "22.7.2.3597", "22.7R2.4"},
    {"ivanti", "8.1R15", "8.1R15.1", "8.3R7.1", "9.0R3", "9.0R3.4", "9.1R1", "9.1R11.4", "9.1R18.9", "22.3R1", "22.7R2", "22.7R2.5"},
    {"sonicwall", "6.5.4.4-44n", "6.5.4.5-53s", "6.5.5.1-6n", "7.0.1-5119", "7.0.1-5161", "7.0.1-5165", "7.1.1-7040"},
    {"sonicwall", "9.0.0.10-28sv", "10.2.0.8-37sv", "10.2.1.0-17sv", "10.2.1.1-19sv", "12.4.3-02854"},
    {"netscaler", "11.1-65.11", "12.1-65.25", "13.0-58.30", "13.0-91.13", "13.1-37.159", "13.1-49.13",
     "13.1-49.15=NS13.1: Build 49.15.nc=13.1 build 49.15", "14.1-8.49", "14.1-8.50"},
    {"junos", "12.3R12", "12.3R12-S21", "15.1X49-D90", "15.1X49-D100", "20.4R3-S8", "20.4R3-S9", "21.4R3", "21.4R3-S4", "22.2R1", "22.2R3-S2"},
    {"zyxel", "4.60", "4.60 Patch 1=ZLD V4.60 patch 1=V4.60(ABFW.1)", "5.00", "5.21", "5.36", "5.36 Patch 2", "5.37"},
    {"checkpoint", "R77.30", "R80.40", "R80.40 Take 198", "R81", "R81.10", "R81.20 Take 26", "R81.20 take 53"},
    {"yamaha", "14.01.42", "Rev.14.01.43=14.01.43", "15.02.20", "23.00.05"},
    {"softether", "4.38 Build 9760=4.38, build 9760=4.38.9760", "4.41 Build 9787", "4.41 Build 9788", "5.01.9674", "5.02.5180"},
    {"asus", "3.0.0.4.386_46065", "3.0.0.4.386_51529", "3.0.0.4.388_22525", "3.0.0.6.102_21514"},
};

static void test_order(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof ordered / sizeof ordered[0]; k++) {
        int64_t last = 0;

        for (size_t i = 1; i < 12 && ordered[k][i]; i++) {
            char text[256], *save, *one;
            int64_t first = 0;

            snprintf(text, sizeof text, "%s", ordered[k][i]);
            for (one = strtok_r(text, "=", &save); one; one = strtok_r(NULL, "=", &save)) {
                int64_t v = encode(ordered[k][0], one);

                if (first && v != first)
                    fail_msg("%s: %s is not the same as the others", ordered[k][0], one);
                first = v;
            }
            if (first <= last)
                fail_msg("%s: %s is not newer than %s", ordered[k][0], ordered[k][i], ordered[k][i - 1]);
            last = first;
        }
    }
}

static void test_refused(void **state)
{
    static const struct { const char *scheme, *text; int rc; } t[] = {
        {"none", "1.2", MM_ENOTFOUND}, {"dotted", "", MM_EFORMAT}, {"dotted", "1", MM_EFORMAT}, {"dotted", "1.", MM_EFORMAT},
        {"dotted", "a.b", MM_EFORMAT}, {"dotted", "1.2.3.4.5.6", MM_EFORMAT}, {"dotted", " 1.2", MM_EFORMAT}, {"dotted", "1.2 ", MM_EFORMAT},
        {"dotted", "1.2x", MM_EFORMAT}, {"dotted", "-1.2", MM_EFORMAT}, {"dotted", "1.-2", MM_EFORMAT}, {"dotted", "4096.1", MM_ELIMIT},
        {"dotted", "1.1024", MM_ELIMIT}, {"dotted", "1.2.3.16384", MM_ELIMIT}, {"dotted", "1.2.3.4.65536", MM_ELIMIT},
        {"dotted", "1.99999999999999999999999999999999", MM_ELIMIT}, {"panos", "10.2.9-h", MM_EFORMAT}, {"panos", "10.2.9h1", MM_EFORMAT},
        {"cisco", "9.16(4", MM_EFORMAT}, {"cisco", "9.16()", MM_EFORMAT}, {"ivanti", "9.1R", MM_EFORMAT}, {"asus", "3.0.1.4.386", MM_EFORMAT},
        {"netscaler", "13.1-", MM_EFORMAT}, {"zyxel", "V5.36(.2)", MM_EFORMAT}, {"dotted", "1.2\0.3", MM_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        int64_t out = 77;
        int rc = version_encode(t[i].scheme, t[i].text, strlen(t[i].text), &out);

        if (rc != t[i].rc || (rc && out != 77))
            fail_msg("%s '%s': %d", t[i].scheme, t[i].text, rc);
    }
}

static void test_find(void **state)
{
    static const struct { const char *scheme, *text, *found; } t[] = {
        {"dotted", "Server: Apache/2.4.57 (Debian)", "2.4.57"}, {"dotted", "from 10.1.2.3.4.5.6 to 7.2", "7.2"}, {"dotted", "no version", NULL},
        {"cisco", "Cisco Adaptive Security Appliance Version 9.16(4)57 ", "9.16(4)57"}, {"netscaler", "NetScaler NS13.1: Build 49.15.nc, Date", "NS13.1: Build 49.15.nc"},
        {"ivanti", "\"productVersion\":\"22.7R2.5\"", "22.7R2.5"}, {"yamaha", "RTX1210 Rev.14.01.42 (Fri", "Rev.14.01.42"},
        {"softether", "SoftEther VPN Server Version 4.41 Build 9787 (English)", "4.41 Build 9787"}, {"dotted", "RouterOS v6.49rc2 (testing)", "v6.49rc2"},
        {"dotted", "1.2.3.4.5.6.7 is not one", NULL}, {"dotted", "Version 1.05 a new one", "1.05"}, {"panos", "x10.2.9", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        size_t at = 0, len = 0;
        int64_t v;
        int rc = version_find(t[i].scheme, t[i].text, strlen(t[i].text), &at, &len, &v);

        if (!t[i].found) {
            assert_int_equal(rc, MM_ENOTFOUND);
            continue;
        }
        if (rc || len != strlen(t[i].found) || strncmp(t[i].text + at, t[i].found, len) != 0)
            fail_msg("'%s': %d, '%.*s'", t[i].text, rc, (int)len, t[i].text + at);
        assert_true(v == encode(t[i].scheme, t[i].found));
    }
}

/* Order by place, whatever the numbers are: the number compares as the places do. */
static void test_property(void **state)
{
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        static const int most[VERSION_PLACES] = {4095, 1023, 1023, 16383, 65535};
        int a[VERSION_PLACES], b[VERSION_PLACES], want = 0;
        char ta[64], tb[64];
        int64_t va, vb;

        for (int i = 0; i < VERSION_PLACES; i++) {
            a[i] = rand_r(&seed) % (most[i] + 1);
            b[i] = rand_r(&seed) % 3 ? a[i] : rand_r(&seed) % (most[i] + 1);
            want = want ? want : a[i] - b[i];
        }
        snprintf(ta, sizeof ta, "%d.%d.%d.%d.%d", a[0], a[1], a[2], a[3], a[4]);
        snprintf(tb, sizeof tb, "%d.%d.%d.%d.%d", b[0], b[1], b[2], b[3], b[4]);
        va = encode("dotted", ta);
        vb = encode("dotted", tb);
        assert_true((va > vb) - (va < vb) == (want > 0) - (want < 0));
    }
}

/* Every scheme as its maker spells it; A to E are the places, as in product_version.c. */
static const struct { const char *scheme, *form; } spelled[] = {
    {"dotted", "A.B.C.D.E"},       {"panos", "A.B.C-hE"},     {"cisco", "A.B(C)D"},        {"anyconnect", "A.B.D.E"},
    {"ivanti", "A.BRC.D"},         {"ivanti", "A.B.C.E"},     {"sonicwall", "A.B.C.D-En"}, {"netscaler", "A.B-D.E"},
    {"netscaler", "NSA.B: Build D.E.nc"}, {"junos", "A.BRC-SE"},     {"junos", "A.BXC-DD.E"},     {"zyxel", "VA.B Patch C"},
    {"checkpoint", "RA.B Take E"}, {"sophos", "A.B.C"},       {"watchguard", "A.B.C_UE"},  {"yamaha", "Rev.A.B.C"},
    {"nec", "VerA.B.C.D"},         {"softether", "A.B Build D"}, {"asus", "3.0.0.A.B_E"},
};

/* Write the places into the form; which of them it has is in *used. */
static void spell(const char *form, const int *place, char *out, size_t room, unsigned *used)
{
    size_t at = 0;

    *used = 0;
    for (size_t i = 0; form[i]; i++) {
        int letter = form[i] >= 'A' && form[i] <= 'E' && !(form[i] == 'B' && !strncmp(form + i, "Build", 5));

        if (letter && i && form[i] == 'D' && form[i - 1] == '-' && form[i + 1] == 'D')
            letter = 0; /* the D of -D100 */
        at += (size_t)(letter ? snprintf(out + at, room - at, "%d", place[form[i] - 'A']) : snprintf(out + at, room - at, "%c", form[i]));
        if (letter)
            *used |= 1u << (form[i] - 'A');
    }
}

static int order_of(const int *a, const int *b, unsigned used)
{
    for (unsigned i = 0; i < VERSION_PLACES; i++)
        if ((used >> i & 1) && a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* Random versions and their neighbours keep their order in every scheme, and are found inside other text. */
static void test_every_scheme_keeps_the_order(void **state)
{
    static const int most[VERSION_PLACES] = {4095, 1023, 1023, 16383, 65535};
    unsigned seed = 7;

    (void)state;
    for (size_t k = 0; k < sizeof spelled / sizeof spelled[0]; k++)
        for (int round = 0; round < 2000; round++) {
            int a[VERSION_PLACES], b[VERSION_PLACES], want;
            char ta[96], tb[96], around[128];
            size_t at, len;
            int64_t va, vb, vf;
            unsigned used, step = 0;

            for (unsigned i = 0; i < VERSION_PLACES; i++) {
                a[i] = 1 + rand_r(&seed) % most[i];
                b[i] = round % 2 ? a[i] : 1 + rand_r(&seed) % most[i];
            }
            spell(spelled[k].form, a, ta, sizeof ta, &used);
            while (!(used >> (step = (unsigned)rand_r(&seed) % VERSION_PLACES) & 1)) {
            }
            if (round % 2)
                b[step] += b[step] < most[step] ? 1 : -1;
            spell(spelled[k].form, b, tb, sizeof tb, &used);
            va = encode(spelled[k].scheme, ta);
            vb = encode(spelled[k].scheme, tb);
            want = order_of(a, b, used);
            if ((va > vb) - (va < vb) != want)
                fail_msg("%s: %s and %s are out of order", spelled[k].scheme, ta, tb);
            snprintf(around, sizeof around, "Firmware: %s, built", ta);
            if (version_find(spelled[k].scheme, around, strlen(around), &at, &len, &vf) || vf != va || at != 10)
                fail_msg("%s: %s is not found", spelled[k].scheme, around);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layout), cmocka_unit_test(test_order), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_find), cmocka_unit_test(test_property), cmocka_unit_test(test_every_scheme_keeps_the_order)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
