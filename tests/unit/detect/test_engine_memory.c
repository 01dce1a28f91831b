/* Compiled rules must not keep the megabytes that libyara's compiler reserves. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/detect/engine.h"
#include "agent/detect/pack.h"
#include "agent/detect/pack_dir.h"
#include "lib/err.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEASURED 0 /* shadow memory and quarantine are counted too */
#else
#define MEASURED 1
#endif

#define ALLOWED_KB 4096 /* three families of one rule: about 1 MB; 20 MB when nothing is given back */

#define ALLOWED_PACK_KB 8192 /* the shipped pack without its vpn family: about 3.3 MB */

static long resident_kb(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    char line[128], *second = NULL;

    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    fclose(f);
    strtol(line, &second, 10);
    return strtol(second, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}

static void test_finished_rules_are_small(void **state)
{
    static const char RULE[] = "rule here { meta: title_ja = \"a\" title_en = \"a\" severity = \"low\" response = \"observe\" "
                               "attack = \"T1486\" reference = \"r\" cve = \"CVE-2024-0001\" fixed = \"1\" released = \"2024-01-01\" "
                               "strings: $a = \"needle in the hay\" condition: $a }";
    struct engine_problem problem = {0};
    struct engine_facts *facts = calloc(1, sizeof *facts);
    struct rule_verdict v;
    struct engine *e;
    long before;

    (void)state;
    assert_non_null(facts);
    assert_int_equal(engine_setup(), MM_OK);
    before = resident_kb();
    e = engine_new();
    assert_non_null(e);
    for (int f = 0; f < FAMILY_VPN; f++)
        if (engine_add(e, (enum rule_family)f, ENGINE_PACK, RULE, sizeof RULE - 1, &problem))
            fail_msg("%s", problem.text);
    if (engine_finish(e, &problem))
        fail_msg("%s", problem.text);
    malloc_trim(0);
    if (MEASURED)
        assert_in_range(resident_kb() - before, 0, ALLOWED_KB);
    for (int f = 0; f < FAMILY_VPN; f++) { /* and they still judge */
        assert_int_equal(engine_judge(e, (enum rule_family)f, facts, "a needle in the hay", 19, &v), MM_OK);
        assert_int_equal(v.matches, 1);
        assert_int_equal(engine_judge(e, (enum rule_family)f, facts, "hay only", 8, &v), MM_OK);
        assert_int_equal(v.matches, 0);
    }
    engine_free(e);
    engine_teardown();
    free(facts);
}

static int collect(void *context, const struct scan_pack_file *file, int fd, char *msg, size_t n)
{
    const size_t room = 2u << 20; /* the largest file of samples has 150 KB */
    char *bytes = malloc(room);
    ssize_t got = bytes ? read(fd, bytes, room) : -1;
    int rc = got < 0 ? MM_EIO : pack_add(context, file, bytes, (size_t)got);

    (void)msg;
    (void)n;
    free(bytes);
    return rc;
}

/* The process that guards programs tests the vpn family and does not keep it. */
static void test_the_shipped_pack_is_small(void **state)
{
    struct scan_packed report;
    struct engine *e = NULL;
    struct pack *p = pack_new();
    char msg[512] = "";
    long before;

    (void)state;
    assert_non_null(p);
    assert_int_equal(engine_setup(), MM_OK);
    before = resident_kb();
    if (pack_dir_walk("rules", NULL, 0, collect, p, NULL, msg, sizeof msg))
        fail_msg("%s", msg);
    if (pack_build(p, &e, &report))
        fail_msg("%s", report.message);
    pack_free(p);
    malloc_trim(0);
    if (MEASURED)
        assert_in_range(resident_kb() - before, 0, ALLOWED_PACK_KB);
    assert_in_range(report.rules[FAMILY_VPN], 242, 2000);
    assert_null(engine_rule_name(e, FAMILY_VPN, 0));
    assert_non_null(engine_rule_name(e, FAMILY_PROCESS, 0));
    engine_free(e);
    engine_teardown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_finished_rules_are_small), cmocka_unit_test(test_the_shipped_pack_is_small)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
