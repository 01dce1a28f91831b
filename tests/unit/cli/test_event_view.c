/* Events of doors and programs on the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/cli/view.h"
#include "lib/text.h"

static const char door[] =
    "{\"class_uid\":2002,\"severity_id\":5,\"time\":1790000000123,\"message\":\"\\u6ce8\\u610f\",\"resources\":[{\"name\":\"vpn.example.co.jp:443\"}],"
    "\"vulnerabilities\":[{\"title\":\"\\u5f31\\u70b9A\",\"desc\":\"weakness A\"},{\"title\":\"B\\u001b[2J\"}],"
    "\"unmapped\":{\"title_en\":\"The door needs attention\",\"finding\":{\"product_name\":\"Fortinet FortiOS\",\"version\":\"7.2.4\",\"due\":\"2023-06-26\","
    "\"advisories_total\":5,\"advisories\":[{\"cve\":\"CVE-2023-27997\",\"severity\":5,\"kev\":true,\"fixed\":\"7.2.5\"},"
    "{\"cve\":\"CVE-2024-21762\",\"severity\":99,\"kev\":false}]}}}";

static const char program[] =
    "{\"class_uid\":5020,\"severity_id\":1,\"time\":1790000000123,\"message\":\"m\",\"package\":{\"name\":\"openvpn\"},"
    "\"unmapped\":{\"title_en\":\"changed\",\"finding\":{\"product_name\":\"openvpn\",\"version\":\"2.6.4\",\"old_version\":\"2.6.3\\u009b\"}}}";

/* The caller frees. */
static char *full(const char *json, enum text_lang lang)
{
    json_t *event = json_loads(json, 0, NULL);
    struct screen s;
    char *text;

    assert_non_null(event);
    text_language(lang);
    screen_init(&s, false);
    s.columns = 200;
    view_event_full(&s, event);
    text = buf_take(&s.out);
    screen_fini(&s);
    json_decref(event);
    assert_non_null(text);
    return text;
}

static void has(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("\"%s\" is not in:\n%s", what, text);
}

static void test_a_door(void **state)
{
    char *ja = full(door, TEXT_JA), *en = full(door, TEXT_EN);

    (void)state;
    has(ja, "vpn.example.co.jp:443\n");
    has(ja, "Fortinet FortiOS 7.2.4\n");
    has(ja, "2023-06-26\n");
    has(ja, "CVE-2023-27997（重大さ: 重大、攻撃に使われています）弱点A\n");
    has(ja, "7.2.5\n");
    has(ja, "CVE-2024-21762（重大さ: 不明）B\\x1b[2J\n");
    has(ja, "ほかに 3 件\n");
    has(en, "CVE-2023-27997 (severity: critical, used in attacks) weakness A\n");
    has(en, "The door needs attention\n");
    has(en, "3 more\n");
    assert_null(strchr(ja, '\033'));
    free(ja);
    free(en);
}

static void test_a_program(void **state)
{
    char *en = full(program, TEXT_EN);

    (void)state;
    has(en, "openvpn 2.6.4\n");
    has(en, "2.6.3\\u{9b} -> 2.6.4\n");
    free(en);
}

/* An event of an attack shows none of it; nonsense from elsewhere does not matter. */
static void test_nothing_of_it(void **state)
{
    static const char *const events[] = {"{\"class_uid\":2004,\"unmapped\":{}}", "{\"unmapped\":{\"finding\":7}}",
        "{\"vulnerabilities\":{},\"resources\":7,\"unmapped\":{\"finding\":{\"advisories\":\"x\",\"advisories_total\":-5}}}", "{}"};

    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        char *en = full(events[i], TEXT_EN);

        assert_null(strstr(en, "weakness"));
        assert_null(strstr(en, "product"));
        free(en);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_door), cmocka_unit_test(test_a_program), cmocka_unit_test(test_nothing_of_it)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
