/* What the doctor reads out of the kernel's, systemd's and anybody's texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "installer/doctor.h"
#include "installer/doctor_read.h"
#include "lib/text.h"

static void kernels(void **state)
{
    static const struct { const char *release; bool good; unsigned major, minor; } rows[] = {
        {"6.18.44", true, 6, 18}, {"5.10.0-28-amd64", true, 5, 10}, {"4.18.0-553.el8_10.x86_64", true, 4, 18}, {"6.14-rc1", true, 6, 14},
        {"", false, 0, 0}, {"6", false, 0, 0}, {"6.", false, 0, 0}, {"six.1", false, 0, 0}, {"-6.1", false, 0, 0}, {"99999999999999999999.1", false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned major = 0, minor = 0;

        assert_int_equal(read_kernel(rows[i].release, &major, &minor), rows[i].good);
        assert_true(major == rows[i].major && minor == rows[i].minor);
    }
    assert_true(read_capabilities("Name:\tx\nCapPrm:\t1\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n") == 0x1ffffffffff);
    assert_true(read_capabilities("") == 0 && read_capabilities("CapEff") == 0);
}

static void proxies(void **state)
{
    static const struct { const char *text, *proxy; } rows[] = {
        {"https_proxy=http://proxy.example:3128\n", "proxy.example:3128"},
        {"PATH=\"/bin\"\nexport HTTPS_PROXY='http://taro:himitsu@proxy:8080/'\n", "proxy:8080/"},
        {"http_proxy=http://a:1\nhttps_proxy=http://b:2\nhttp_proxy=http://c:3\n", "b:2"},
        {"  ALL_PROXY=socks.example:1080 # why\n", "socks.example:1080"},
        {"no_proxy=localhost\n", ""}, {"#https_proxy=http://x:1\n", ""}, {"https_proxy=\n", ""}, {"my_https_proxy=http://x:1\n", ""}, {"https_proxy", ""}, {"", ""},
        {"https_proxy=http://a@b@c:1", "c:1"},
    };
    char out[LIM_NAME], longest[3000];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        read_proxy(rows[i].text, out);
        assert_string_equal(out, rows[i].proxy);
    }
    memset(longest, 'p', sizeof longest);
    memcpy(longest, "https_proxy=", 12);
    longest[sizeof longest - 1] = '\0';
    read_proxy(longest, out);
    assert_int_equal(strlen(out), LIM_NAME - 1);
}

static void pins(void **state)
{
    char pin[65] = "";

    (void)state;
    /* SHA-256 of the three bytes abc */
    assert_true(read_pin("words\n-----BEGIN CERTIFICATE-----\nYW\r\nJj\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", pin));
    assert_string_equal(pin, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_false(read_pin("", pin) || read_pin("-----BEGIN CERTIFICATE-----\n", pin) || read_pin("-----END CERTIFICATE----------BEGIN CERTIFICATE-----", pin));
    assert_false(read_pin("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", pin) || read_pin("-----BEGIN CERTIFICATE-----\nY\"Jj\n-----END CERTIFICATE-----\n", pin));
}

static void addresses(void **state)
{
    (void)state;
    assert_true(read_is_url("https://console.example:8443") && read_is_url("https://[fd77::1]:8443") && read_is_url("https://10.0.0.1"));
    assert_false(read_is_url("") || read_is_url("https://") || read_is_url("http://a") || read_is_url("https://a b") || read_is_url("https://a/../b") ||
                 read_is_url("https://a@b") || read_is_url("https://a\n") || read_is_url("--look"));
}

static const char shown[] =
    "ExecStart={ path=/opt/mimamori/current/bin/mimamorid ; argv[]=/opt/mimamori/current/bin/mimamorid ; ignore_errors=no ; start_time=[n/a] }\n"
    "Id=mimamorid.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"
    "\n"
    "Id=mimamori-quarantine.service\nLoadState=masked\nActiveState=inactive\nUnitFileState=masked\n"
    "\n"
    "ExecStart={ path=/usr/bin/true ; argv[]=/usr/bin/true path=/opt/mimamori/current/bin/x ; }\n"
    "Id=mimamori-update.service\nLoadState=loaded\nActiveState=failed\nUnitFileState=static\n"
    "\n"
    "Id=mimamori-update.timer\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n"
    "\n"
    "Id=bad.service\nLoadState=bad-setting\n";

static void units(void **state)
{
    static const char ours[] = "/opt/mimamori/current/bin/";
    const char *p = shown;
    struct unit_facts u;

    (void)state;
    assert_true(read_unit(&p, ours, &u));
    assert_string_equal(u.name, "mimamorid.service");
    assert_true(u.enabled && u.active && !u.masked && !u.broken && !u.missing && !u.other[0]);
    assert_true(read_unit(&p, ours, &u) && u.masked && !u.enabled && !u.active && !u.broken && !u.missing);
    assert_true(read_unit(&p, ours, &u) && !u.masked && !u.active && !u.enabled);
    assert_string_equal(u.other, "/usr/bin/true");
    assert_string_equal(u.state, "failed");
    assert_true(read_unit(&p, ours, &u) && u.missing && !u.broken);
    assert_true(read_unit(&p, ours, &u) && u.broken && !u.missing && !u.masked);
    assert_false(read_unit(&p, ours, &u));
    p = "\n\n=\nId\nExecStart=path=\nExecStart={ path=";
    assert_true(read_unit(&p, ours, &u) && !u.name[0]);
    assert_false(read_unit(&p, ours, &u));
}

/* Every check has a name, and every finding that its code can make has words, and a way out. */
static void words_for_all(void **state)
{
    static const char *const hows[] = {
        "root.less", "kernel.old", "fanotify.none", "fanotify.denied", "fanotify.failed", "names.none", "names.rename", "truncate.late", "btf.none", "bpf.denied",
        "isolation.namespaces", "isolation.cgroup", "guards.service", "guards.other", "nft.none", "nft.failed", "nft.slow", "systemd.none", "disk.read_only",
        "disk.denied", "disk.full", "disk.little", "disk.files", "mac.selinux", "mac.apparmor", "clock.year", "clock.off", "clock.certificate", "release.pending",
        "release.broken", "release.older", "settings.bad", "settings.state", "units.masked", "units.broken", "units.other", "units.missing", "service.stopped",
        "service.disabled", "console.none", "console.no_look", "console.expired", "proxy.unused"};
    char key[96];

    (void)state;
    for (const struct doctor_check *c = doctor_checks; c->id; c++) {
        snprintf(key, sizeof key, "setup.doctor.%s", c->id);
        assert_true(text_known(key));
    }
    for (size_t i = 0; i < sizeof hows / sizeof *hows + LOOK_STAGES - 1; i++) {
        size_t n = sizeof hows / sizeof *hows;

        if (i < n)
            snprintf(key, sizeof key, "setup.doctor.%s", hows[i]);
        else
            snprintf(key, sizeof key, "setup.doctor.console.%s", look_word((enum look_stage)(i - n + 1)));
        if (!text_known(key))
            fail_msg("%s has no words", key);
        snprintf(key + strlen(key), sizeof key - strlen(key), ".do");
        if (!text_known(key))
            fail_msg("%s has no words", key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels), cmocka_unit_test(proxies), cmocka_unit_test(pins), cmocka_unit_test(addresses), cmocka_unit_test(units), cmocka_unit_test(words_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
