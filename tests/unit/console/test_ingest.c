#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "console/ingest.h"
#include "lib/err.h"

#define INCIDENT "0f8fad5b-d9cb-469f-a165-70867728950e"
#define LINE(seq, more) "{\"class_uid\":2004,\"severity_id\":4,\"time\":1000,\"metadata\":{\"sequence\":" seq "}" more "}"

static int parse(const char *text, uint64_t first, uint64_t last, struct ingest_batch *b, struct ingest_error *e)
{
    return ingest_parse(text, strlen(text), first, last, b, e);
}

static void facts_of_a_line(void **state)
{
    struct ingest_error error;
    struct ingest_batch b;
    const char *line = "{\"class_uid\":7001,\"activity_id\":1,\"status_id\":1,\"severity_id\":99,\"time\":1795321831000,\"message\":\"m\","
                       "\"metadata\":{\"sequence\":42,\"correlation_uid\":\"" INCIDENT "\"},\"finding_info\":{\"title\":\"\xe6\x94\xbb\\u0007\"},"
                       "\"unmapped\":{\"title_en\":\"T\",\"rule\":\"r\",\"response\":\"freeze\",\"attack\":\"T1486\",\"files_touched\":3,"
                       "\"files_destroyed\":-1,\"files_restored\":99999999999,\"processes\":2,\"first_sign\":1795321830000}}";

    (void)state;
    assert_int_equal(parse(line, 42, 42, &b, &error), MM_OK);
    assert_int_equal(b.count, 1);
    assert_int_equal(b.event[0].sequence, 42);
    assert_int_equal(b.event[0].class_uid, 7001);
    assert_int_equal(b.event[0].activity, 1);
    assert_int_equal(b.event[0].status, 1);
    assert_int_equal(b.event[0].severity, 0); /* "other" ranks below everything */
    assert_string_equal(b.event[0].incident, INCIDENT);
    assert_string_equal(b.event[0].title, "\xe6\x94\xbb "); /* a control character becomes a blank */
    assert_string_equal(b.event[0].title_en, "T");
    assert_string_equal(b.event[0].response, "freeze");
    assert_int_equal(b.event[0].files_touched, 3);
    assert_int_equal(b.event[0].files_destroyed, 0); /* what no counter can be counts as none */
    assert_int_equal(b.event[0].files_restored, 0);
    assert_int_equal(b.event[0].first_ms, 1795321830000);
    assert_string_equal(b.event[0].body, line);
    ingest_free(&b);
}

/* What was done has a sentence of its own; the incident keeps the name of what was found. */
static void the_rule_names_the_incident(void **state)
{
    struct ingest_error error;
    struct ingest_batch b;
    const char *line = "{\"class_uid\":7003,\"activity_id\":2,\"severity_id\":4,\"time\":1795321831000,\"message\":\"stopped\","
                       "\"metadata\":{\"sequence\":42},\"unmapped\":{\"title_en\":\"stopped\",\"rule_title_ja\":\"found\","
                       "\"rule_title_en\":\"found it\"}}";

    (void)state;
    assert_int_equal(parse(line, 42, 42, &b, &error), MM_OK);
    assert_string_equal(b.event[0].title, "found");
    assert_string_equal(b.event[0].title_en, "found it");
    ingest_free(&b);
}

/* What stands open or is installed is no attack, whatever incident it names; an attack and a changed state keep theirs. */
static void a_hole_is_no_attack(void **state)
{
    static const struct { int class_uid, joins; } rows[] = {{2002, 0}, {5020, 0}, {2004, 1}, {5019, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ingest_error error;
        struct ingest_batch b;
        char line[512];

        snprintf(line, sizeof line,
                 "{\"class_uid\":%d,\"activity_id\":1,\"severity_id\":5,\"time\":1795321831000,\"message\":\"m\","
                 "\"metadata\":{\"sequence\":1,\"correlation_uid\":\"" INCIDENT "\"},\"finding_info\":{\"uid\":\"" INCIDENT "\"},"
                 "\"vulnerabilities\":[{\"cve\":{\"uid\":\"CVE-2023-27997\"}}]}", rows[i].class_uid);
        assert_int_equal(parse(line, 1, 1, &b, &error), MM_OK);
        assert_int_equal(b.event[0].class_uid, rows[i].class_uid);
        assert_int_equal(b.event[0].severity, 5);
        assert_string_equal(b.event[0].title, "m");
        assert_string_equal(b.event[0].incident, rows[i].joins ? INCIDENT : "");
        ingest_free(&b);
    }
}

static void whole_or_not_at_all(void **state)
{
    struct ingest_batch b = {.count = 77};
    struct ingest_error error;

    (void)state;
    assert_int_equal(parse(LINE("1", "") "\n" LINE("2", "") "\n", 1, 2, &b, &error), MM_OK);
    assert_int_equal(b.count, 2);
    ingest_free(&b);
    b.count = 77;
    assert_int_equal(parse(LINE("1", "") "\n" LINE("1", ""), 1, 1, &b, &error), MM_EFORMAT);
    assert_int_equal(error.line, 2);
    assert_int_equal(parse(LINE("1", "") "\n" LINE("3", ""), 1, 2, &b, &error), MM_EFORMAT);
    assert_int_equal(parse(LINE("1", "") "\n" LINE("3", ""), 2, 3, &b, &error), MM_EFORMAT);
    assert_int_equal(parse(LINE("1", ",\"time\":1"), 1, 1, &b, &error), MM_EFORMAT); /* twice the same member */
    assert_int_equal(parse(LINE("1", "") "\n\n", 1, 1, &b, &error), MM_EFORMAT);
    assert_int_equal(parse("", 1, 1, &b, &error), MM_EFORMAT);
    assert_int_equal(b.count, 77);
}

static void limits(void **state)
{
    struct ingest_error error;
    struct ingest_batch b;
    size_t n = 0, room = (LIM_UPLINK_BATCH + 1) * 100;
    char *text = malloc(room + LIM_EVENT_JSON + 200);

    (void)state;
    for (unsigned i = 1; i <= LIM_UPLINK_BATCH; i++)
        n += (size_t)snprintf(text + n, room - n, "{\"class_uid\":1,\"severity_id\":1,\"time\":1,\"metadata\":{\"sequence\":%u}}\n", i);
    assert_int_equal(ingest_parse(text, n, 1, LIM_UPLINK_BATCH, &b, &error), MM_OK);
    assert_int_equal(b.count, LIM_UPLINK_BATCH);
    ingest_free(&b);
    n += (size_t)snprintf(text + n, room - n, "{\"class_uid\":1,\"severity_id\":1,\"time\":1,\"metadata\":{\"sequence\":9999}}\n");
    assert_int_equal(ingest_parse(text, n, 1, 9999, &b, &error), MM_ELIMIT);
    assert_int_equal(error.line, LIM_UPLINK_BATCH + 1);

    n = (size_t)snprintf(text, room, "%s", LINE("1", ",\"x\":\""));
    n -= 1;
    memset(text + n, 'x', LIM_EVENT_JSON);
    memcpy(text + LIM_EVENT_JSON - 2, "\"}", 2);
    assert_int_equal(ingest_parse(text, LIM_EVENT_JSON, 1, 1, &b, &error), MM_OK);
    ingest_free(&b);
    memset(text + LIM_EVENT_JSON - 2, 'x', 3);
    memcpy(text + LIM_EVENT_JSON - 1, "\"}", 2);
    assert_int_equal(ingest_parse(text, LIM_EVENT_JSON + 1, 1, 1, &b, &error), MM_ELIMIT);
    assert_int_equal(ingest_parse(text, LIM_UPLINK_BODY + 1, 1, 1, &b, &error), MM_ELIMIT); /* not read: only its size counts */
    free(text);
}

static void zstd_is_bounded(void **state)
{
    size_t n, zeros = 1 << 20;
    char *plain = calloc(1, zeros), *packed = malloc(ZSTD_compressBound(zeros));
    struct buf b;

    (void)state;
    n = ZSTD_compress(packed, ZSTD_compressBound(zeros), plain, zeros, 3);
    assert_false(ZSTD_isError(n));
    buf_init(&b, zeros);
    assert_int_equal(ingest_unzstd(packed, n, &b), MM_OK);
    assert_int_equal(b.len, zeros);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(ingest_unzstd(packed, cut, &b), MM_EFORMAT);
    packed[n] = 'x';
    assert_int_equal(ingest_unzstd(packed, n + 1, &b), MM_EFORMAT);
    assert_int_equal(b.len, zeros); /* untouched by the failures */
    buf_fini(&b);
    buf_init(&b, zeros - 1);
    assert_int_equal(ingest_unzstd(packed, n, &b), MM_ELIMIT);
    buf_fini(&b);
    free(plain);
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(facts_of_a_line), cmocka_unit_test(the_rule_names_the_incident), cmocka_unit_test(a_hole_is_no_attack),
                                       cmocka_unit_test(whole_or_not_at_all),
                                       cmocka_unit_test(limits), cmocka_unit_test(zstd_is_bounded)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
