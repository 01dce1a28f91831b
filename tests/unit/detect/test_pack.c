/* Packs: manifest, samples, coverage, the directory walk; every refusal names
 * its file and line. */
#include <errno.h>
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

#include "agent/detect/engine_vpn.h"
#include "agent/detect/pack.h"
#include "agent/detect/pack_dir.h"
#include "agent/detect/pack_manifest.h"
#include "agent/detect/pack_sample.h"
#include "lib/crypto.h"
#include "lib/err.h"
#include "tests/unit/scratch.h"

#define META "meta: title_ja=\"題\" title_en=\"t\" severity=\"low\" response=\"alert\" attack=\"T1\" reference=\"r\"\n"
#define GOOD_RULE "rule one {\n" META "condition: burst_destroyed >= 3\n}\n"
#define GOOD_SAMPLES                                                                   \
    "[{\"rule\":\"one\",\"expect\":\"match\",\"facts\":{\"burst_destroyed\":3}},\n"     \
    " {\"rule\":\"one\",\"expect\":\"no-match\",\"facts\":{\"burst_destroyed\":2}}]\n"

static char dir[] = "/tmp/mimamori-pack-XXXXXX";

static int setup(void **s)
{
    (void)s;
    return mkdtemp(dir) ? engine_setup() : 1;
}

static int teardown(void **s)
{
    (void)s;
    engine_teardown();
    return scratch_remove(dir);
}

static void put(const char *name, const char *text)
{
    char path[256], *slash;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    for (slash = path + strlen(dir) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void drop(const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(remove(path), 0);
}

static void seal(const char *version)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    assert_non_null(f);
    assert_int_equal(pack_print_manifest(dir, "test", version, f), MM_OK);
    fclose(f);
    put("manifest.json", text);
    free(text);
}

/* A good pack on disk. */
static void fresh(void)
{
    put("burst/a.yar", GOOD_RULE);
    put("burst/samples/a.json", GOOD_SAMPLES);
    put("README.md", "skipped");
    seal("1.0.9");
}

/* The checker's answer; what it said is in `said`. */
static char said[4096];
static int check(void)
{
    FILE *f = scratch_file();
    size_t n;
    int rc;

    assert_non_null(f);
    rc = pack_check_dir(dir, NULL, NULL, f);
    rewind(f);
    n = fread(said, 1, sizeof said - 1, f);
    said[n] = '\0';
    fclose(f);
    return rc;
}

static void refused(const char *why)
{
    assert_int_not_equal(check(), MM_OK);
    if (!strstr(said, why))
        fail_msg("said \"%s\", not \"%s\"", said, why);
}

static void test_a_good_pack(void **s)
{
    (void)s;
    fresh();
    assert_int_equal(check(), MM_OK);
    assert_non_null(strstr(said, "version 1.0.9 is well: file 0, process 0, burst 1, vpn 0, 2 samples"));
}

static void test_sources_and_samples_that_are_wrong(void **s)
{
    static const struct {
        const char *source, *samples, *why;
    } BAD[] = {
        {"\nrule one {\n" META "condition: burst_destroied > 3 }\n", GOOD_SAMPLES, "burst/a.yar:4: undefined identifier \"burst_destroied\""},
        {"// rule one is below\n\nrule one { condition: burst_destroyed >= 3 }\n", GOOD_SAMPLES, "burst/a.yar:3: rule one: meta title_ja is missing"},
        {"import \"magic\"\n" GOOD_RULE, GOOD_SAMPLES, "burst/a.yar:1: module \"magic\" is not allowed"},
        {"rule one {\n" META "condition: burst_destroyed >= 2\n}\n", GOOD_SAMPLES, "burst/samples/a.json:1: sample 2: rule one matches and must not"},
        {GOOD_RULE "rule two {\n" META "condition: false }\n", GOOD_SAMPLES, "burst/a.yar:5: rule two has no sample that must match"},
        {GOOD_RULE, "[{\"rule\":\"one\",\"expect\":\"match\",\"facts\":{\"burst_destroyed\":3}}]", "burst/a.yar:1: rule one has no sample that must not match"},
        {GOOD_RULE, "[\n{\"rule\":\"one\",\n\"expect\":}]", "burst/samples/a.json:3: "},
        {GOOD_RULE, "{\"rule\":\"none\",\"expect\":\"match\"}", "no rule none in this family"},
        {GOOD_RULE, "{\"rule\":\"one\",\"expect\":\"maybe\"}", "must be match or no-match"},
        {GOOD_RULE, "{\"rule\":\"one\",\"expect\":\"match\",\"facts\":{\"burst_fire\":1}}", "unknown fact \"burst_fire\""},
        {GOOD_RULE, "{\"rule\":\"one\",\"expect\":\"match\",\"facts\":{\"vpn_version\":1}}", "unknown fact \"vpn_version\""},
        {GOOD_RULE, "{\"rule\":\"one\",\"expect\":\"match\",\"facts\":{\"burst_destroyed\":\"3\"}}", "not a whole number"},
        {GOOD_RULE, "{\"rule\":\"one\",\"expect\":\"match\",\"facts\":{\"burst_destroyed\":-1}}", "not a whole number"},
        {GOOD_RULE, "{\"rule\":\"one\",\"expect\":\"match\",\"facts\":{\"burst_destroyed\":4294967296}}", "not a whole number"},
        {GOOD_RULE, "{\"rule\":\"one\",\"expect\":\"match\",\"facts\":{\"process_name\":7}}", "not a text"},
        {GOOD_RULE, "{\"rule\":\"one\",\"expect\":\"match\",\"data_base64\":\"!!\"}", "data_base64"},
        {GOOD_RULE, "{\"rule\":\"one\",\"expect\":\"match\",\"extra\":1}", "unknown key \"extra\""},
        {GOOD_RULE, "[7]", "a sample is an object"},
    };

    (void)s;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        put("burst/a.yar", BAD[i].source);
        put("burst/samples/a.json", BAD[i].samples);
        seal("1");
        refused(BAD[i].why);
    }
    fresh();
    assert_int_equal(check(), MM_OK);
}

static void test_an_endless_rule_is_refused(void **s)
{
    (void)s;
    put("burst/a.yar", "rule one {\n" META "condition: burst_destroyed >= 3 and for all i in (1..4000000000) : (i + burst_destroyed > 0)\n}\n");
    seal("1");
    refused("the scan does not end in time");
    fresh();
}

static void test_manifest_against_the_files(void **s)
{
    (void)s;
    fresh();
    put("burst/a.yar", GOOD_RULE "\n");
    refused("burst/a.yar does not have this sha256");
    fresh();
    put("burst/b.yar", "rule b { condition: true }\n");
    refused("burst/b.yar: is not listed in manifest.json");
    seal("1");
    drop("burst/b.yar");
    refused("burst/b.yar is listed but not there");
    drop("manifest.json");
    refused("manifest.json: is missing");
    fresh();
}

static void test_what_may_not_lie_in_a_pack(void **s)
{
    char target[256];

    (void)s;
    fresh();
    put("burst/notes.txt", "x");
    refused("burst/notes.txt: is neither a source nor a sample");
    drop("burst/notes.txt");
    snprintf(target, sizeof target, "%s/burst/c.yar", dir);
    assert_int_equal(symlink("/etc/passwd", target), 0);
    refused("burst/c.yar: is a symbolic link");
    drop("burst/c.yar");
    assert_int_equal(mkfifo(target, 0600), 0); /* nobody waits for a writer */
    refused("burst/c.yar: is no regular file");
    drop("burst/c.yar");
    assert_int_equal(mkdir(target, 0700), 0);
    refused("burst/c.yar: is no regular file");
    drop("burst/c.yar");
    assert_int_equal(check(), MM_OK);
}

static void test_manifest_parser(void **s)
{
    static const char FILE_OK[] = "{\"path\":\"burst/a.yar\",\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"family\":\"burst\",\"kind\":\"source\"}";
    static const struct {
        const char *head, *file, *tail, *why;
    } CASES[] = {
        {"{\"name\":\"n\",\"version\":\"1.2\",\"minimum_agent\":\"0.1\",\"files\":[", FILE_OK, "]}", NULL},
        {"{\"name\":\"n\",\"version\":\"1.2\",\"minimum_agent\":\"0.1\",\"files\":[", "", "]}", "empty"},
        {"{\"name\":\"n\",\"version\":\"one\",\"minimum_agent\":\"0.1\",\"files\":[", FILE_OK, "]}", "numbers with dots"},
        {"{\"name\":\"n\",\"version\":\"1\",\"files\":[", FILE_OK, "]}", "needed"},
        {"{\"name\":\"n\",\"version\":\"1\",\"minimum_agent\":\"0.1\",\"files\":[", "{\"path\":\"../a.yar\",\"sha256\":\"00\",\"family\":\"burst\",\"kind\":\"source\"}", "]}", "a path is not"},
        {"{\"name\":\"n\",\"version\":\"1\",\"minimum_agent\":\"0.1\",\"files\":[", "{\"path\":\"burst/../../x.yar\",\"sha256\":\"00\",\"family\":\"burst\",\"kind\":\"source\"}", "]}", "a path is not"},
        {"{\"name\":\"n\",\"version\":\"1\",\"minimum_agent\":\"0.1\",\"files\":[", "{\"path\":\"burst/a.yar\",\"sha256\":\"00\",\"family\":\"burst\",\"kind\":\"source\"}", "]}", "sha256"},
        {"{\"name\":\"n\",\"version\":\"1\",\"minimum_agent\":\"0.1\",\"files\":[", "{\"path\":\"burst/a.yar\",\"sha256\":\"00\",\"family\":\"file\",\"kind\":\"source\"}", "]}", "does not fit"},
        {"[", "1", "]", "needed"},
        {"{\"name\":", "", "", "line"},
    };

    (void)s;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[1024], why[300] = "";
        struct manifest m;
        int line = 0, rc;

        snprintf(text, sizeof text, "%s%s%s", CASES[i].head, CASES[i].file, CASES[i].tail);
        rc = manifest_parse(text, strlen(text), &m, &line, why, sizeof why);
        assert_int_equal(rc, CASES[i].why ? MM_EFORMAT : MM_OK);
        if (CASES[i].why) {
            assert_true(line > 0);
            assert_true(why[0]);
            if (strcmp(CASES[i].why, "line"))
                assert_non_null(strstr(why, CASES[i].why));
        } else {
            assert_int_equal(m.files, 1);
            assert_int_equal(m.file[0].family, FAMILY_BURST);
            manifest_fini(&m);
        }
    }
    assert_true(manifest_version_cmp("0.2.0", "0.10.0") < 0);
    assert_true(manifest_version_cmp("1.0", "0.9.9") > 0);
    assert_int_equal(manifest_version_cmp("1.0", "1.0.0"), 0);
}

static void test_a_pack_for_a_newer_agent(void **s)
{
    char path[256], text[4096], *at;
    size_t n;
    FILE *f;

    (void)s;
    fresh();
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    f = fopen(path, "r");
    assert_non_null(f);
    n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    at = strstr(text, "\"minimum_agent\": \"0.2.0\"");
    assert_non_null(at);
    at[18] = '9';
    put("manifest.json", text);
    refused("needs a newer agent");
    fresh();
}

static void test_limits(void **s)
{
    struct pack *p = pack_new();
    struct scan_pack_file head = {.what = PACK_SOURCE, .family = FAMILY_FILE, .name = "file/a.yar"};
    int rc = MM_OK;

    (void)s;
    assert_non_null(p);
    for (int i = 0; i < LIM_PACK_FILES; i++)
        rc |= pack_add(p, &head, "x", 1);
    assert_int_equal(rc, MM_OK);
    assert_int_equal(pack_add(p, &head, "x", 1), MM_ELIMIT);
    pack_free(p);
    p = pack_new();
    assert_int_equal(pack_add(p, &head, "x", LIM_PACK_BYTES + 1u), MM_ELIMIT); /* refused before a byte is read */
    head.family = 9;
    assert_int_equal(pack_add(p, &head, "x", 1), MM_EINVAL);
    head.what = 77;
    assert_int_equal(pack_add(p, &head, "x", 1), MM_EINVAL);
    pack_free(p);
}

/* ---- a part of a pack ------------------------------------------------------------------ */
#define VPN_RULE "rule box { " META_VPN " condition: vpn_product == \"box\" and vpn_version > 0 }\n"
#define META_VPN "meta: title_ja=\"題\" title_en=\"t\" severity=\"low\" response=\"alert\" attack=\"T1\" reference=\"r\" " \
                 "cve=\"CVE-2024-1\" product=\"box\" scheme=\"dotted\" fixed=\"2\" released=\"2024-01-01\""
#define SEEN_RULE "rule seen { meta: title_ja=\"題\" title_en=\"t\" severity=\"info\" response=\"observe\" attack=\"T1\" reference=\"r\" " \
                  "product=\"box\" name=\"Box\" scheme=\"dotted\" grade=\"exact\" ask=\"none\" " \
                  "strings: $version = /Box v[0-9.]{1,20}/ condition: $version and vpn_source == \"ssh\" }\n"
#define VPN_SAMPLES                                                                                      \
    "[{\"rule\":\"box\",\"expect\":\"match\",\"facts\":{\"vpn_product\":\"box\",\"vpn_version\":3}},\n"         \
    " {\"rule\":\"box\",\"expect\":\"no-match\",\"facts\":{\"vpn_product\":\"box\"}},\n"                         \
    " {\"rule\":\"seen\",\"expect\":\"no-match\",\"facts\":{\"vpn_source\":\"tls\"},\"data\":\"Box v1.2\"},\n"   \
    " {\"rule\":\"seen\",\"expect\":\"match\",\"facts\":{\"vpn_source\":\"ssh\"},\"data\":\"Box v1.2\",\n"       \
    "  \"identity\":{\"product\":\"box\",\"version\":\"%s\",\"model\":\"\"}}]\n"

static void put_vpn(const char *version)
{
    char samples[1024];

    snprintf(samples, sizeof samples, VPN_SAMPLES, version);
    put("vpn/box.yar", VPN_RULE SEEN_RULE);
    put("vpn/samples/box.json", samples);
    seal("1.0.9");
}

static int collect(void *context, const struct scan_pack_file *file, int fd, char *msg, size_t n)
{
    char bytes[8192];
    ssize_t got = read(fd, bytes, sizeof bytes);

    (void)msg;
    (void)n;
    return got < 0 ? MM_EIO : pack_add(context, file, bytes, (size_t)got);
}

/* A pack of the files of `dir`: all, or the part of family vpn. */
static struct pack *collected(const char *local, int part)
{
    struct pack *p = pack_new();
    struct pack_skips skips = {0};
    char msg[512];
    int rc = part ? pack_dir_walk_family(dir, local, FAMILY_VPN, collect, p, &skips, msg, sizeof msg)
                  : pack_dir_walk(dir, local, 0, collect, p, &skips, msg, sizeof msg);

    if (rc)
        fail_msg("%s", msg);
    return p;
}

static void test_the_identity_of_a_sample(void **s)
{
    (void)s;
    fresh();
    put_vpn("1.2");
    assert_int_equal(check(), MM_OK);
    put_vpn("1.3");
    refused("vpn/samples/box.json:1: sample 4: version \"1.2\" and model \"\" are read");
    put("burst/samples/a.json", "{\"rule\":\"one\",\"expect\":\"match\",\"facts\":{\"burst_destroyed\":3},\"identity\":{\"product\":\"a\",\"version\":\"\",\"model\":\"\"}}");
    seal("1");
    refused("in family vpn");
    fresh();
}

static void test_a_part_of_a_pack(void **s)
{
    struct scan_packed report;
    struct vpn_advisory a;
    struct engine *e = NULL;
    struct pack *whole, *part;
    char local[300];
    unsigned found = 0;

    (void)s;
    fresh();
    put_vpn("1.2");
    snprintf(local, sizeof local, "%s/local", dir);
    put("local/allow.list", "rule=nothing\n");
    put("local/vpn/own.yar", "rule own { " META_VPN " condition: vpn_product == \"box\" }\n");
    whole = collected(NULL, 0);
    part = collected(local, 1);
    drop("local/allow.list");
    drop("local/vpn/own.yar");
    drop("local/vpn");
    drop("local");

    assert_int_equal(pack_build(whole, &e, &report), MM_OK);
    assert_int_equal(report.rules[FAMILY_VPN], 2); /* counted, tested and given back */
    assert_int_equal(report.samples, 6);
    assert_int_equal(engine_advisories(e, "box", "1.2", "", &a, 1, &found), MM_ENOTFOUND);
    engine_free(e);
    e = NULL;
    assert_int_equal(pack_build_family(part, FAMILY_VPN, &e, &report), MM_OK);
    assert_int_equal(report.rules[FAMILY_VPN], 3);
    assert_int_equal(report.rules[FAMILY_BURST], 0);
    assert_int_equal(report.samples, 0);
    assert_string_equal(report.version, "1.0.9");
    assert_int_equal(engine_advisories(e, "box", "1.2", "", &a, 1, &found), MM_OK);
    assert_int_equal(found, 2);
    engine_free(e);
    e = NULL;
    assert_int_equal(pack_build(part, &e, &report), MM_ENOTFOUND); /* never a pack */
    assert_non_null(strstr(report.message, "burst/a.yar is listed but not there"));
    assert_null(e);
    assert_int_equal(pack_build_family(whole, FAMILY_VPN, &e, &report), MM_EFORMAT);
    assert_non_null(strstr(report.message, "does not belong to this part"));
    pack_free(part);
    put("vpn/box.yar", VPN_RULE SEEN_RULE "\n");
    part = collected(NULL, 1);
    assert_int_equal(pack_build_family(part, FAMILY_VPN, &e, &report), MM_ECRYPTO);
    assert_null(e);
    pack_free(part);
    pack_free(whole);
    drop("vpn/box.yar");
    drop("vpn/samples/box.json");
    fresh();
}

/* The rules of this tree are a pack. */
static void test_the_shipped_rules(void **s)
{
    FILE *f = scratch_file();
    int rc;

    (void)s;
    assert_non_null(f);
    rc = pack_check_dir("rules", NULL, NULL, f);
    rewind(f);
    said[fread(said, 1, sizeof said - 1, f)] = '\0';
    fclose(f);
    if (rc)
        fail_msg("%s", said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_pack),
        cmocka_unit_test(test_sources_and_samples_that_are_wrong),
        cmocka_unit_test(test_an_endless_rule_is_refused),
        cmocka_unit_test(test_manifest_against_the_files),
        cmocka_unit_test(test_what_may_not_lie_in_a_pack),
        cmocka_unit_test(test_manifest_parser),
        cmocka_unit_test(test_a_pack_for_a_newer_agent),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_the_identity_of_a_sample),
        cmocka_unit_test(test_a_part_of_a_pack),
        cmocka_unit_test(test_the_shipped_rules),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
