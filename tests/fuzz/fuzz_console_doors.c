/* Any bytes as a device's report of doors, plain and as a zstd frame, then on
 * through the merge: no crash; what is taken is within its limits and clean,
 * and the answer made of it is JSON, bounded, and never better than it may be. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "console/doors.h"
#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/unicode.h"

#define AGENT "0f8fad5b-d9cb-469f-a165-70867728950e"
#define NOW INT64_C(1795321831)
#define ANSWER 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge_text(const char *s)
{
    if (!uni_valid(s, strlen(s)))
        abort();
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            abort();
}

static void judge_report(const json_t *vpn, const json_t *posture)
{
    const json_t *doors = json_object_get(vpn, "doors"), *door;
    size_t n = json_array_size(doors);

    if (!json_is_array(doors) || n > LIM_DOORS || json_array_size(json_object_get(posture, "articles")) != 6)
        abort();
    for (size_t i = 0; i < n; i++) {
        door = json_array_get(doors, i);
        if (doors_rank(json_string_value(json_object_get(door, "verdict"))) < 0 ||
            strlen(json_string_value(json_object_get(door, "id"))) >= LIM_DOOR_ID ||
            json_array_size(json_object_get(door, "advisories")) > LIM_DOOR_ADVISORIES)
            abort();
        judge_text(json_string_value(json_object_get(door, "name")));
        judge_text(json_string_value(json_object_get(door, "evidence")));
    }
}

static void judge_time(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    int64_t at;

    if (s && (rfc3339_parse(s, &at) || at > NOW))
        abort();
}

/* Nothing in an answer is of a time to come. */
static void judge_times(const json_t *answer)
{
    json_t *one, *row;
    size_t i, k;

    json_array_foreach(json_object_get(answer, "doors"), i, one) {
        judge_time(one, "checked_at");
        judge_time(one, "since");
        judge_time(json_object_get(one, "stated"), "at");
        judge_time(json_object_get(one, "mitigation"), "at");
        json_array_foreach(json_object_get(one, "devices"), k, row)
            judge_time(row, "checked_at");
    }
    json_array_foreach(json_object_get(answer, "posture"), i, one)
        judge_time(one, "checked_at");
}

static void merge(const char *vpn, const char *posture)
{
    /* the same report of two devices, one of them long ago */
    struct store_report r[2] = {{AGENT, "a", vpn, posture, NOW, STORE_CLOCK_UNKNOWN},
                                {"11111111-2222-4333-8444-555555555555", "b", vpn, posture, NOW - 5 * 86400, -3 * 86400}};
    const struct store_statement st = {1, NOW, "", "", "policy", "desk", "{\"gateways\":[\"vpn:443\"]}"};
    struct doors_merge *m = NULL;
    json_t *out;

    if (doors_merge_new(&m, 2, NOW) || doors_merge_device(m, &r[0]) || doors_merge_device(m, &r[1]) || doors_merge_statement(m, &st))
        abort();
    out = doors_merge_end(m, ANSWER);
    doors_merge_free(m);
    if (!out || json_dumpb(out, NULL, 0, JSON_COMPACT) > 2 * ANSWER || !strcmp(json_string_value(json_object_get(out, "overall")), "closed"))
        abort(); /* vpn:443 was told of by nobody, or one report is old: something is unknown or worse */
    judge_times(out);
    json_decref(out);
}

static void read_report(const char *text, size_t n)
{
    json_t *vpn = NULL, *posture = NULL;
    struct doors_error error = {""};
    char *v, *p;

    if (doors_report_read(text, n, &vpn, &posture, &error)) {
        if (vpn || posture || !error.what[0])
            abort();
        return;
    }
    judge_report(vpn, posture);
    if (doors_report_settle(vpn, posture, "", NOW) || doors_report_ahead(vpn) < 0)
        abort();
    v = json_dumps(vpn, JSON_COMPACT);
    if (!v || doors_report_settle(vpn, posture, v, NOW))
        abort(); /* told again: nothing is left to settle */
    p = json_dumps(posture, JSON_COMPACT);
    json_decref(vpn);
    json_decref(posture);
    if (!v || !p)
        abort();
    merge(v, p);
    free(v);
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf plain;

    read_report((const char *)data, size);
    buf_init(&plain, 1 << 16);
    if (ingest_unzstd(data, size, &plain) == MM_OK)
        read_report(plain.data ? plain.data : "", plain.len);
    buf_fini(&plain);
    return 0;
}
