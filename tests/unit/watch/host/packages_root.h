/* A scratch root below build/ with the files that a survey of packages reads, and questions to what it printed. */
#ifndef MM_TESTS_UNIT_WATCH_HOST_PACKAGES_ROOT_H
#define MM_TESTS_UNIT_WATCH_HOST_PACKAGES_ROOT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/watch/host/survey.h"
#include "lib/err.h"
#include "tests/unit/scratch.h"

#define NOW 1795910400 /* 2026-11-29T00:00:00Z */
#define DATE_NEW "Fri, 27 Nov 2026 02:10:32 UTC"
#define DATE_OLD "Sat, 11 Jul 2026 10:16:37 UTC"

static char root_dir[64];

static inline void root_new(void)
{
    snprintf(root_dir, sizeof root_dir, "build/packages-XXXXXX");
    assert_non_null(mkdtemp(root_dir));
}

static inline void root_end(void)
{
    assert_int_equal(scratch_remove(root_dir), 0);
}

static inline void root_bytes(const char *path, const void *bytes, size_t n)
{
    char full[512];
    FILE *f;

    snprintf(full, sizeof full, "%s%s", root_dir, path);
    for (char *p = strchr(full + strlen(root_dir) + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        mkdir(full, 0755);
        *p = '/';
    }
    f = fopen(full, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static inline void root_put(const char *path, const char *text)
{
    root_bytes(path, text, strlen(text));
}

static inline void root_remove(const char *path)
{
    char full[512];

    snprintf(full, sizeof full, "%s%s", root_dir, path);
    assert_int_equal(unlink(full), 0);
}

/* Debian 12 with its three archives, fresh lists, dpkg and the packages given. */
static inline void root_debian(const char *status)
{
    root_new();
    root_put("/etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");
    root_put("/var/lib/dpkg/status", status);
    root_put("/var/lib/dpkg/info/base.list", "/.\n/usr\n");
    root_put("/var/lib/apt/lists/deb_dists_bookworm_InRelease",
             "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nLabel: Debian\nSuite: oldstable\nCodename: bookworm\n"
             "Date: " DATE_OLD "\nSHA256:\n aa 1 b\n");
    root_put("/var/lib/apt/lists/sec_dists_bookworm-security_InRelease",
             "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\n"
             "Codename: bookworm-security\nDate: " DATE_NEW "\nValid-Until: Fri, 04 Dec 2026 02:10:32 UTC\n");
    root_put("/var/lib/apt/lists/deb_dists_bookworm_main_binary-amd64_Packages", "");
    root_put("/var/lib/apt/lists/sec_dists_bookworm-security_main_binary-amd64_Packages", "");
}

#define MAIN_LIST "/var/lib/apt/lists/deb_dists_bookworm_main_binary-amd64_Packages"
#define SECURITY_LIST "/var/lib/apt/lists/sec_dists_bookworm-security_main_binary-amd64_Packages"

/* The items of one module at `now`, as an array; the caller json_decref()s it. */
static inline json_t *root_survey_at(const char *module, int64_t now)
{
    json_t *items = json_array();
    struct survey s;
    char *line, *rest;

    assert_int_equal(survey_init(&s, root_dir, now), MM_OK);
    assert_int_equal(survey_run_one(&s, module), MM_OK);
    assert_int_equal(s.lost, 0);
    rest = s.out.data;
    while ((line = survey_line(&rest))) {
        json_t *one = json_loads(line, 0, NULL);

        assert_non_null(one);
        json_array_append_new(items, one);
    }
    survey_fini(&s);
    return items;
}

static inline json_t *root_survey(const char *module)
{
    return root_survey_at(module, NOW);
}

/* The first item where `key` is `value`; NULL: none. */
static inline json_t *item(json_t *items, const char *key, const char *value)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        json_t *one = json_array_get(items, i);
        const char *text = json_string_value(json_object_get(one, key));

        if (text && !strcmp(text, value))
            return one;
    }
    return NULL;
}

static inline const char *field(json_t *one, const char *key)
{
    const char *text = json_string_value(json_object_get(one, key));

    assert_non_null(text);
    return text;
}

#endif
