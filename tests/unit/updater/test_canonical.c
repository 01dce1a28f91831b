#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "updater/tuf/canonical.h"
#include "updater/tuf/names.h"

/* The canonical form of a text, or the name of the step that refused it. */
static const char *canonical(const char *text, struct buf *out)
{
    json_t *value = NULL;
    int rc;

    buf_reset(out);
    if (tuf_json_parse(text, strlen(text), &value))
        return "not parsed";
    rc = tuf_canonical(value, out);
    json_decref(value);
    return rc ? "no canonical form" : out->data;
}

static void known_answers(void **state)
{
    static const struct { const char *text, *form; } cases[] = {
        {" { \"b\" : 1 , \"a\" : [ true , false , null ] } ", "{\"a\":[true,false,null],\"b\":1}"},
        {"{}", "{}"}, {"[]", "[]"}, {"[[],{}]", "[[],{}]"},
        {"{\"\":1,\"a\":2,\"B\":3,\"ab\":4,\"A\":5}", "{\"\":1,\"A\":5,\"B\":3,\"a\":2,\"ab\":4}"},
        {"[\"a\\nb\\t\\u0001\\u007f\"]", "[\"a\nb\t\x01\x7f\"]"},                 /* raw, also line ends */
        {"[\"\\\"\\\\\\/\"]", "[\"\\\"\\\\/\"]"},                                /* only these two are escaped */
        {"[\"\\u898b\\ud83d\\ude00\"]", "[\"\xe8\xa6\x8b\xf0\x9f\x98\x80\"]"},
        {"{\"\\uff5e\":1,\"\\ud83d\\ude00\":2}", "{\"\xef\xbd\x9e\":1,\"\xf0\x9f\x98\x80\":2}"}, /* by code point, not UTF-16 */
        {"[9223372036854775807,-9223372036854775808,0,-0]", "[9223372036854775807,-9223372036854775808,0,0]"},
        {"[1]\n \t\r\n", "[1]"},
    };
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(canonical(cases[i].text, &b), cases[i].form);
    buf_fini(&b);
}

static void what_has_no_canonical_form(void **state)
{
    static const char *const not_json[] = {
        "", " ", "{\"a\":1,\"a\":1}", "{\"x\":{\"a\":1,\"a\":2}}", "[9223372036854775808]", "[-9223372036854775809]", "[01]", "[1] x",
        "[NaN]", "[Infinity]", "[\"\\ud800\"]", "[\"\\u0000\"]", "[\"\xff\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]", "\xef\xbb\xbf[]",
        "[1,]", "{\"a\":1,}", "['a']", "[\"a\nb\"]", "1", "\"a\""};
    static const char *const reals[] = {"[1.0]", "[1e2]", "{\"a\":[{\"b\":0.1}]}", "[-0.0]"};
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < sizeof not_json / sizeof not_json[0]; i++)
        assert_string_equal(canonical(not_json[i], &b), "not parsed");
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
        assert_string_equal(canonical(reals[i], &b), "no canonical form");
    buf_fini(&b);
}

static void nesting_has_a_limit(void **state)
{
    char text[2 * LIM_TUF_DEPTH + 8];
    json_t *value = NULL;
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    for (int depth = LIM_TUF_DEPTH; depth <= LIM_TUF_DEPTH + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        assert_int_equal(tuf_json_parse(text, (size_t)(2 * depth), &value), MM_OK);
        assert_int_equal(tuf_canonical(value, &b), depth == LIM_TUF_DEPTH ? MM_OK : MM_ELIMIT);
        json_decref(value);
    }
    buf_fini(&b);
}

static void a_failure_leaves_the_buffer_as_it_was(void **state)
{
    json_t *value = NULL;
    struct buf b;

    (void)state;
    buf_init(&b, 12);
    assert_int_equal(buf_adds(&b, "before"), MM_OK);
    assert_int_equal(tuf_json_parse("[1,2,3,4,5]", 11, &value), MM_OK);
    assert_int_equal(tuf_canonical(value, &b), MM_ELIMIT);
    assert_string_equal(b.data, "before");
    assert_int_equal(b.len, 6);
    json_decref(value);
    assert_int_equal(tuf_json_parse("[1,2.5]", 7, &value), MM_OK);
    assert_int_equal(tuf_canonical(value, &b), MM_EFORMAT);
    assert_string_equal(b.data, "before");
    json_decref(value);
    buf_fini(&b);
}

/* ---- names ------------------------------------------------------------------------------- */

static void names_of_roles(void **state)
{
    char file[LIM_TUF_FILE] = "as it was", address[LIM_TUF_PATH], name[LIM_TUF_FILE];

    (void)state;
    assert_int_equal(tuf_role_file("", file), MM_EINVAL);
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(tuf_role_file(name, file), MM_ELIMIT);
    assert_string_equal(file, "as it was");
    name[sizeof name - 6] = '\0';
    assert_int_equal(tuf_role_file(name, file), MM_OK);
    assert_int_equal(strlen(file), LIM_TUF_FILE - 1);
    assert_int_equal(tuf_role_address(name, INT64_MAX, address), MM_OK);
    assert_memory_equal(address, "9223372036854775807.aaa", 23);
    assert_int_equal(tuf_role_address("a/../b", 0, address), MM_OK);
    assert_string_equal(address, "a%2F..%2Fb.json");
}

static void names_of_targets(void **state)
{
    static const struct { const char *path, *address; } cases[] = {
        {"a", "H.a"}, {"a/b", "a/H.b"}, {"a b/c#d?", "a%20b/H.c%23d%3F"}, {"a%20b", "H.a%20b"}, {"\xc3\xa4", "H.%C3%A4"},
        {"a:b@c", "H.a:b@c"}, {"...", "H...."}};
    char address[LIM_TUF_PATH], file[LIM_TUF_FILE], path[LIM_TUF_PATH + 1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(tuf_target_address(cases[i].path, "H", address), MM_OK);
        assert_string_equal(address, cases[i].address);
    }
    assert_int_equal(tuf_target_address("a/b", NULL, address), MM_OK);
    assert_string_equal(address, "a/b");
    memset(path, 'a', LIM_TUF_PATH);
    path[LIM_TUF_PATH] = '\0';
    assert_int_equal(tuf_target_address(path, NULL, address), MM_EINVAL);
    path[LIM_TUF_PATH - 1] = '\0';
    assert_int_equal(tuf_target_address(path, "H", address), MM_ELIMIT);
    assert_int_equal(tuf_target_file(path, file), MM_ELIMIT);
    assert_int_equal(tuf_target_file("", file), MM_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(what_has_no_canonical_form),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(a_failure_leaves_the_buffer_as_it_was),
        cmocka_unit_test(names_of_roles),
        cmocka_unit_test(names_of_targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
