/* dnf: which repositories count, and what their copies say of installed packages.  With real programs:
 * tests/integration/test_packages_rpm.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>

#include "agent/watch/host/dnf_repos.h"
#include "agent/watch/host/installed_priv.h"
#include "tests/unit/watch/host/rpm_root.h"

#define DAY 86400
#define HASH "0123456789abcdef"

/* ---- the configuration -------------------------------------------------------------------------- */

static struct dnf_repos *taken(const char *text, const char *over)
{
    struct dnf_repos *r = calloc(1, sizeof *r);
    char *copy = strdup(text), *lay = strdup(over);

    assert_true(r && copy && lay);
    dnf_repos_take(r, copy, false);
    dnf_repos_take(r, lay, true);
    free(copy);
    free(lay);
    return r;
}

static void test_sections(void **state)
{
    struct dnf_repos *r = taken("enabled=0\n[main]\nskip_if_unavailable = True \ncachedir=/srv/c\n[a]\nname=x\n# enabled=0\nbaseurl=http://x/?a=b\n  enabled=0\n"
                                "[b]\r\nEnabled=no\r\nenabled=YES\r\npriority=7\r\n[a]\nskip_if_unavailable=0\n[c-1]\nexclude=k*, x\nincludepkgs=kernel openvpn\n",
                                "[main]\nskip_if_unavailable=0\n[c*]\nenabled=off\n[new]\nenabled=1\n");

    (void)state;
    assert_string_equal(r->wrong, "");
    assert_int_equal(r->n, 3);
    assert_string_equal(r->cache, "/srv/c");
    assert_string_equal(r->one[0].id, "a");
    assert_false(dnf_repo_enabled(&r->one[0]));
    assert_false(dnf_repo_optional(r, &r->one[0]));
    assert_true(dnf_repo_enabled(&r->one[1]));
    assert_true(dnf_repo_optional(r, &r->one[1]));
    assert_int_equal(r->one[1].priority, 7);
    assert_int_equal(r->one[0].priority, 99);
    assert_false(dnf_repo_enabled(&r->one[2]));
    assert_true(dnf_repo_lets(&r->one[2], "openvpn"));
    assert_false(dnf_repo_lets(&r->one[2], "kernel")); /* excluded goes before included */
    assert_false(dnf_repo_lets(&r->one[2], "bash"));
    assert_true(dnf_repo_lets(&r->one[0], "bash"));
    free(r);
}

/* A list that is not understood whole hides nothing: it is told, and the repository's word is not believed. */
static void test_what_is_included(void **state)
{
    static const char *const rows[] = {"includepkgs=openvpn-2.6*", "includepkgs=openvpn.x86_64", "includepkgs=kernel,\n openvpn", "includepkgs=kernel-5*",
                                       "includepkgs=", "includepkgs=kernel* openvpn\nname=x\n  y", "baseurl=http://a\n http://b"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        struct dnf_repos *r;

        snprintf(text, sizeof text, "[a]\n%s\n", rows[i]);
        r = taken(text, "");
        if ((r->wrong[0] != '\0') != (i < 4))
            fail_msg("%s: \"%s\"", rows[i], r->wrong);
        free(r);
    }
}

/* dnf itself warns and keeps the first. */
static void test_two_files(void **state)
{
    char first[] = "[a]\nenabled=0\n[a]\npriority=5\n", second[] = "[a]\nenabled=1\npriority=9\n[b]\n[main]\ncachedir=/c\n";
    struct dnf_repos *r = calloc(1, sizeof *r);

    (void)state;
    assert_non_null(r);
    dnf_repos_take(r, first, false);
    dnf_repos_take(r, second, false);
    assert_int_equal(r->n, 2);
    assert_false(dnf_repo_enabled(&r->one[0]));
    assert_int_equal(r->one[0].priority, 5);
    assert_string_equal(r->cache, "/c");
    free(r);
}

static void test_wrong_sections(void **state)
{
    static const char *const TEXTS[] = {"[a]\nenabled=perhaps\n", "[a/../b]\nenabled=1\n", "[]\n", "[a b]\n", "[a]\nskip_if_unavailable=\n"};
    char *many = calloc(LIM_DNF_REPOS + 1, 16), *longer = malloc(1024);
    struct dnf_repos *r;

    (void)state;
    assert_true(many && longer);
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        r = taken(TEXTS[i], "");
        if (!r->wrong[0])
            fail_msg("%s", TEXTS[i]);
        free(r);
    }
    for (unsigned i = 0; i <= LIM_DNF_REPOS; i++)
        snprintf(many + i * (size_t)8, 9, "[r%04u]\n", i);
    r = taken(many, "");
    assert_non_null(strstr(r->wrong, "more than"));
    assert_int_equal(r->n, LIM_DNF_REPOS);
    free(r);
    memset(longer, 'x', 1023);
    memcpy(longer, "[a]\nexcludepkgs=", 16);
    longer[1023] = '\0';
    r = taken(longer, "");
    assert_non_null(strstr(r->wrong, "longer"));
    free(r);
    free(many);
    free(longer);
}

/* ---- a host ----------------------------------------------------------------------------------------- */

#define PACKAGE(name, ver, rel) "<package type=\"rpm\"><name>" name "</name><arch>x86_64</arch><version epoch=\"0\" ver=\"" ver "\" rel=\"" rel "\"/>" \
    "<format><x/></format></package>"
#define NOTICE(type, day, module, name, ver, rel) "<update type=\"" type "\"><issued date=\"" day " 00:00:00\"/><pkglist><collection>" module \
    "<package name=\"" name "\" epoch=\"0\" version=\"" ver "\" release=\"" rel "\" arch=\"x86_64\"/></collection></pkglist></update>"

static void touch(const char *id, const char *file, int64_t when)
{
    const struct timespec times[2] = {{when, 0}, {when, 0}};
    char path[256];

    snprintf(path, sizeof path, "%s/var/cache/dnf/%s-" HASH "/repodata/%s", root_dir, id, file);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A copy of a repository, fetched yesterday, changed two days ago.  `notices` NULL: it has none. */
static void put_copy(const char *id, const char *packages, const char *notices)
{
    char path[128], text[4096];
    int n;

    n = snprintf(text, sizeof text, "<repomd><data type=\"primary\"><location href=\"repodata/p.xml\"/><timestamp>%d</timestamp></data>", NOW - 2 * DAY);
    if (notices)
        n += snprintf(text + n, sizeof text - (size_t)n, "<data type=\"updateinfo\"><location href=\"repodata/u.xml\"/></data>");
    snprintf(text + n, sizeof text - (size_t)n, "</repomd>");
    snprintf(path, sizeof path, "/var/cache/dnf/%s-" HASH "/repodata/repomd.xml", id);
    root_put(path, text);
    touch(id, "repomd.xml", NOW - DAY);
    snprintf(path, sizeof path, "/var/cache/dnf/%s-" HASH "/repodata/p.xml", id);
    snprintf(text, sizeof text, "<metadata>%s</metadata>", packages);
    root_put(path, text);
    touch(id, "p.xml", NOW - 3 * DAY);
    if (!notices)
        return;
    snprintf(path, sizeof path, "/var/cache/dnf/%s-" HASH "/repodata/u.xml", id);
    snprintf(text, sizeof text, "<updates>%s</updates>", notices);
    root_put(path, text);
}

#define MINE PACKAGE("openvpn", "2.5.9", "2.el9")

static int setup(void **state)
{
    sqlite3 *db = root_rpm();

    (void)state;
    insert(db, 1, "openvpn", "2.5.9", 0, NULL);
    insert(db, 2, "nodejs", "18.1", 0, "nodejs:18:1:c");
    insert(db, 3, "kernel-core", "5.1", 0, NULL);
    insert(db, 4, "kernel-core", "5.2", 0, NULL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    root_put("/etc/yum.repos.d/base.repo", "[base]\nname=b\n");
    put_copy("base", MINE, "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    root_end();
    return 0;
}

static void expect_at(int64_t now, const char *state, const char *candidate, bool security, const char *released, const char *evidence)
{
    json_t *items = root_survey_at("programs", now), *one = item(items, "package", "openvpn");

    assert_non_null(one);
    if (strcmp(field(one, "state"), state) || !strstr(field(one, "evidence"), evidence))
        fail_msg("%s %s", field(one, "state"), field(one, "evidence"));
    assert_string_equal(field(one, "candidate"), candidate);
    assert_string_equal(field(one, "released"), released);
    assert_int_equal(json_is_true(json_object_get(one, "security")), security);
    json_decref(items);
}

static void expect(const char *state, const char *candidate, bool security, const char *released, const char *evidence)
{
    expect_at(NOW, state, candidate, security, released, evidence);
}

static void expect_security(const char *state, const char *evidence)
{
    json_t *items = root_survey("updates"), *one = item(items, "check", "updates.security");

    if (strcmp(field(one, "state"), state) || !strstr(field(one, "evidence"), evidence))
        fail_msg("%s %s", field(one, "state"), field(one, "evidence"));
    json_decref(items);
}

static void test_verdicts(void **state)
{
    (void)state;
    expect("current", "", false, "", "the newest that base offers, lists of 2026-11-28");
    expect_security("met", "0 other updates");
    put_copy("base", MINE PACKAGE("openvpn", "2.5.9", "10.el9"), NOTICE("bugfix", "2026-11-01", "", "openvpn", "2.5.9", "10.el9"));
    expect("behind", "2.5.9-10.el9", false, "2026-11-27", "offered by base; out by 2026-11-27");
    expect_security("met", "1 other updates");
    put_copy("base", MINE PACKAGE("openvpn", "2.6.0", "1.el9"), NOTICE("security", "2026-11-01", "", "openvpn", "2.5.9", "10.el9"));
    expect("behind", "2.6.0-1.el9", true, "2026-11-01", "(security update before it)");
    expect_security("unmet", "for at least 28 days");
    put_copy("base", MINE, NOTICE("security", "2026-10-01", "", "openvpn", "2.5.9", "10.el9") NOTICE("security", "2026-09-01", "", "openvpn", "2.5.9", "9.el9")
                           NOTICE("security", "2026-08-01", "", "openvpn", "2.5.9", "2.el9") NOTICE("security", "x", "", "openvpn", "2.5.9", "8.el9"));
    expect("behind", "2.5.9-10.el9", true, "2026-09-01", "2.5.9-10.el9 offered by base");
    put_copy("base", MINE, NOTICE("security", "2027-10-01", "", "openvpn", "2.5.9", "10.el9")); /* of a day to come: not known */
    expect("behind", "2.5.9-10.el9", true, "", "an unknown day");
    put_copy("base", PACKAGE("openvpn", "2.5.1", "1"), "");
    expect("unknown", "", false, "", "no enabled repository offers");
    put_copy("base", MINE "<package><name>openvpn</name><arch>x86_64</arch></package>", "");
    expect("unknown", "", false, "", "makes no sense");
}

/* A missing update that will come by itself. */
static void test_automatic(void **state)
{
    (void)state;
    put_copy("base", MINE, NOTICE("security", "2026-11-20", "", "openvpn", "2.5.9", "10.el9"));
    expect_security("unmet", "at least 9 days");
    root_put("/etc/systemd/system/timers.target.wants/dnf-automatic.timer", "[Timer]\n");
    root_put("/etc/dnf/automatic.conf", "[commands]\napply_updates = no\n");
    expect_security("unmet", "at least 9 days");
    root_put("/etc/dnf/automatic.conf", "[commands]\napply_updates = yes\n");
    expect_security("partly", "at least 9 days");
    put_copy("base", MINE, NOTICE("security", "2026-11-10", "", "openvpn", "2.5.9", "10.el9"));
    expect_security("unmet", "at least 19 days"); /* it should have come by now */
}

static void test_age(void **state)
{
    (void)state;
    expect_at(NOW + 5 * DAY, "current", "", false, "", "");
    expect_at(NOW + 7 * DAY, "unknown", "", false, "", "dnf's metadata are of 2026-11-28");
    touch("base", "p.xml", NOW + 6 * DAY); /* dnf looked again: nothing new */
    expect_at(NOW + 7 * DAY, "current", "", false, "", "");
    touch("base", "p.xml", NOW + 35 * DAY);
    expect_at(NOW + 36 * DAY, "unknown", "", false, "", "no update since 2026-11-27");
    touch("base", "p.xml", NOW + 3 * DAY);
    expect("unknown", "", false, "", "date of the repository base cannot be right");
}

static void test_optional(void **state)
{
    (void)state;
    root_put("/etc/yum.repos.d/z.repo", "[maker]\nskip_if_unavailable=1\n");
    expect("current", "", false, "", "");
    put_copy("maker", PACKAGE("openvpn", "9", "1"), NULL);
    touch("maker", "repomd.xml", NOW - 30 * DAY);
    touch("maker", "p.xml", NOW - 30 * DAY);
    expect("behind", "9-1", false, "2026-11-27", "offered by maker"); /* true however old it is */
    put_copy("maker", "", "");
    touch("maker", "repomd.xml", NOW - 30 * DAY);
    touch("maker", "p.xml", NOW - 30 * DAY);
    expect("unknown", "", false, "", "2026-10-30, older than a week"); /* it tells of security updates: it counts */
    put_copy("base", "", "");
    put_copy("maker", MINE, NULL);
    touch("maker", "repomd.xml", NOW - 30 * DAY);
    touch("maker", "p.xml", NOW - 30 * DAY);
    expect("unknown", "", false, "", "valid until"); /* only an old copy vouches for it */
}

static void test_streams(void **state)
{
    static const char MODULE20[] = NOTICE("security", "2026-11-01", "<module name=\"nodejs\" stream=\"20\"/>", "nodejs", "20.1", "1.module_el9");
    static const char MODULE18[] = NOTICE("security", "2026-11-01", "<module name=\"nodejs\" stream=\"18\"/>", "nodejs", "18.2", "1.module_el9");

    (void)state;
    put_copy("base", MINE, MODULE20);
    expect_security("met", "0 other");
    put_copy("base", MINE, MODULE18);
    expect_security("unmet", "(nodejs)");
    put_copy("base", MINE PACKAGE("nodejs", "20.1", "1.module_el9"), NOTICE("security", "2026-11-01", "", "nodejs", "18.2", "1.module_el9"));
    expect_security("unknown", "update of nodejs is for its module stream");
    put_copy("base", MINE PACKAGE("nodejs", "20.1", "1.module_el9"), NOTICE("bugfix", "2026-11-01", "", "nodejs", "18.2", "1.module_el9"));
    expect_security("met", "0 other");
    put_copy("base", MINE, NOTICE("security", "2026-11-01", "", "nodejs", "19", "1.el9")); /* of no module: not for this package */
    expect_security("met", "0 other");
}

static void test_side_by_side(void **state)
{
    (void)state;
    put_copy("base", MINE PACKAGE("kernel-core", "5.2", "2.el9"), NOTICE("security", "2026-11-01", "", "kernel-core", "5.2", "2.el9"));
    expect_security("met", "0 other");
    put_copy("base", MINE PACKAGE("kernel-core", "5.3", "2.el9"), NOTICE("security", "2026-11-01", "", "kernel-core", "5.3", "2.el9"));
    expect_security("unmet", "1 security updates");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_what_is_included), cmocka_unit_test(test_two_files),
        cmocka_unit_test(test_wrong_sections),
        cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_automatic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_age, setup, teardown),
        cmocka_unit_test_setup_teardown(test_optional, setup, teardown),
        cmocka_unit_test_setup_teardown(test_streams, setup, teardown),
        cmocka_unit_test_setup_teardown(test_side_by_side, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
