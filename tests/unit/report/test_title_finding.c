/* What people read of doors, programs and the six basic rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/report/title.h"
#include "lib/err.h"
#include "tests/unit/report/events.h"

static const char *said(const struct event *e, const struct event_finding *f, enum text_lang lang)
{
    static char text[LIM_PATH];
    struct buf b;

    buf_init(&b, sizeof text - 1);
    assert_int_equal(f ? title_finding_add(&b, e, f, lang) : title_add(&b, e, "", lang), MM_OK);
    snprintf(text, sizeof text, "%s", b.data ? b.data : "");
    buf_fini(&b);
    return text;
}

/* What, how bad, what to do, whom to call: in this order. */
static void test_four_parts(void **state)
{
    struct event_finding f;
    struct event e;

    (void)state;
    sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
    sample_finding(&f, 1);
    assert_string_equal(said(&e, &f, TEXT_JA),
                        "外部との出入口「vpn.example.co.jp:443（Fortinet FortiOS 7.2.4）」に注意が必要です。更新の期限を 12 日過ぎています。"
                        "この弱点は実際の攻撃に使われています。今すぐ更新してください。更新できないあいだは、止めるかネットワークから切り離してください。"
                        "分からないときは連絡先へお知らせください。");
    assert_string_equal(said(&e, &f, TEXT_EN),
                        "The door \"vpn.example.co.jp:443 (Fortinet FortiOS 7.2.4)\" needs attention. The update is 12 days overdue. "
                        "This weakness is being used in attacks. Update it now. Until it can be updated, switch it off or separate it "
                        "from the network. If in doubt, tell your contact.");
    f.advisory[0].kev = 0;
    assert_null(strstr(said(&e, &f, TEXT_JA), "攻撃に使われています"));
    e.activity = ACT_CLOSE;
    snprintf(f.reason_ja, sizeof f.reason_ja, "%s", "更新を確かめました。");
    assert_string_equal(said(&e, &f, TEXT_JA),
                        "外部との出入口「vpn.example.co.jp:443（Fortinet FortiOS 7.2.4）」の問題がなくなりました。更新を確かめました。");
}

/* Every verdict says what to do; one that nobody knows at least whom to call. */
static void test_what_to_do(void **state)
{
    static const struct { const char *verdict, *due, *ja; } rows[] = {
        {"due", "2026-12-04", "2026-12-04 までに更新してください。"}, {"due", "", "早めに更新してください。"}, {"minor", "", "次の機会に更新してください。"},
        {"exposed", "", "閉じてください。"}, {"unknown", "", "登録してください。"}, {"invalid", "", "装置を確かめてください。"},
        {"silent", "", "つながっているかを確かめてください。"}, {"new word", "", "。分からないときは連絡先へお知らせください。"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event_finding f;
        struct event e;

        sample_door_event(&e, EV_VULNERABILITY, ACT_UPDATE);
        sample_finding(&f, 0);
        snprintf(f.verdict, sizeof f.verdict, "%s", rows[i].verdict);
        snprintf(f.due, sizeof f.due, "%s", rows[i].due);
        assert_non_null(strstr(said(&e, &f, TEXT_JA), rows[i].ja));
        assert_non_null(strstr(said(&e, &f, TEXT_JA), "分からないときは連絡先へお知らせください。"));
        if (strcmp(rows[i].verdict, "minor"))
            continue;
        snprintf(f.door, sizeof f.door, "listener:rdp:tcp:3389"); /* stands open, and a mitigation is on record: no update helps */
        assert_null(strstr(said(&e, &f, TEXT_JA), "次の機会に更新"));
        assert_non_null(strstr(said(&e, &f, TEXT_JA), "その対策が続いているか"));
    }
}

static void test_names(void **state)
{
    static const struct { const char *name, *door, *product, *version, *want; } rows[] = {
        {"OpenVPN", "program:openvpn", "OpenVPN", "2.6.3", "「OpenVPN（2.6.3）」"}, {"OpenVPN", "program:openvpn", "OpenVPN", "", "「OpenVPN」"},
        {"a:443", "gateway:a:443", "", "", "「a:443」"}, {"", "gateway:a:443", "FortiOS", "", "「gateway:a:443（FortiOS）」"},
        {"a:443", "gateway:a:443", "", "1.2", "「a:443（1.2）」"}, {"{1}{9}", "gateway:a:443", "{0}", "{", "「{1}{9}（{0} {）」"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event_finding f;
        struct event e;

        sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
        sample_finding(&f, 0);
        snprintf(f.name, sizeof f.name, "%s", rows[i].name);
        snprintf(f.door, sizeof f.door, "%s", rows[i].door);
        snprintf(f.product_name, sizeof f.product_name, "%s", rows[i].product);
        snprintf(f.version, sizeof f.version, "%s", rows[i].version);
        if (!strstr(said(&e, &f, TEXT_JA), rows[i].want))
            fail_msg("%s is not in %s", rows[i].want, said(&e, &f, TEXT_JA));
    }
}

/* A title of the event's own goes first, other kinds are left to title_add. */
static void test_leaves_the_rest(void **state)
{
    struct event_finding f;
    struct event e;

    (void)state;
    sample_finding(&f, 1);
    sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
    e.rule[0] = '\0';
    snprintf(e.title_ja, sizeof e.title_ja, "%s", "自分の文");
    assert_string_equal(said(&e, &f, TEXT_JA), "");
    assert_string_equal(said(&e, NULL, TEXT_JA), "自分の文");
    snprintf(e.rule, sizeof e.rule, "%s", "vpn_fortios_login"); /* a rule's title is not what happened */
    assert_non_null(strstr(said(&e, &f, TEXT_JA), "注意が必要です"));
    sample_door_event(&e, EV_DETECTION, ACT_CREATE);
    assert_string_equal(said(&e, &f, TEXT_JA), "");
    sample_door_event(&e, EV_VULNERABILITY, ACT_NONE);
    assert_string_equal(said(&e, &f, TEXT_JA), "");
}

static void test_programs(void **state)
{
    struct event_finding f = {.product_name = "openvpn", .version = "2.6.4", .old_version = "2.6.3"};
    struct event e;

    (void)state;
    sample_door_event(&e, EV_INVENTORY, ACT_UPDATE);
    assert_string_equal(said(&e, &f, TEXT_JA), "プログラム「openvpn」の版が 2.6.3 から 2.6.4 に変わりました");
    assert_string_equal(said(&e, &f, TEXT_EN), "The program \"openvpn\" changed from version 2.6.3 to 2.6.4");
    e.activity = ACT_CREATE;
    assert_string_equal(said(&e, &f, TEXT_JA), "プログラム「openvpn」（版 2.6.4）が加わりました");
    f.version[0] = '\0';
    assert_string_equal(said(&e, &f, TEXT_EN), "The program \"openvpn\" (version unknown) was added");
    e.activity = ACT_CLOSE;
    assert_string_equal(said(&e, &f, TEXT_JA), "プログラム「openvpn」（版 2.6.3）がなくなりました");
}

static void test_posture(void **state)
{
    static const struct { const char *subject, *before, *now, *ja, *en; } rows[] = {
        {"posture.6", "met", "unmet",
         "基本ルール「バックアップ」: 守れていません（前回: 守れています）。直し方は「mimamori posture」で見られます。分からないときは連絡先へお知らせください。",
         "Basic rule \"Backup\": not kept (before: kept). \"mimamori posture\" shows what to do. If in doubt, tell your contact."},
        {"posture.2", "partly", "met", "基本ルール「ウイルス対策ソフト」: 守れています（前回: 一部だけ守れています）。",
         "Basic rule \"Anti-malware\": kept (before: kept only partly)."},
        {"posture.1", "", "unknown",
         "基本ルール「OSやソフトウェアを最新に」: 確かめられません（前回: 確かめられません）。直し方は「mimamori posture」で見られます。分からないときは連絡先へお知らせください。",
         "Basic rule \"Keep the system and programs up to date\": cannot be found out (before: cannot be found out). \"mimamori posture\" shows what to do. "
         "If in doubt, tell your contact."},
        {"gateway:vpn.example.co.jp:443", "due", "ok", "外部との出入口「vpn.example.co.jp:443」: 知られている問題は見つかっていません（前回: 更新が必要です）。",
         "Door \"vpn.example.co.jp:443\": no known problem was found (before: needs an update)."},
        {"posture.7", "met", "unmet", "安全のための基本ルールの状態が変わりました", "How this computer stands on the basic rules has changed"},
        {"posture.6", "met", "strange", "安全のための基本ルールの状態が変わりました", "How this computer stands on the basic rules has changed"},
        {"", "", "", "安全のための基本ルールの状態が変わりました", "How this computer stands on the basic rules has changed"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event e;

        sample_door_event(&e, EV_STATE, ACT_POSTURE);
        e.rule[0] = '\0';
        snprintf(e.subject, sizeof e.subject, "%s", rows[i].subject);
        snprintf(e.old_state, sizeof e.old_state, "%s", rows[i].before);
        snprintf(e.new_state, sizeof e.new_state, "%s", rows[i].now);
        assert_string_equal(said(&e, NULL, TEXT_JA), rows[i].ja);
        assert_string_equal(said(&e, NULL, TEXT_EN), rows[i].en);
    }
}

/* Texts that do not end stay inside their fields, and the longest sentence has room. */
static void test_unended(void **state)
{
    static const unsigned activities[] = {ACT_CREATE, ACT_UPDATE, ACT_CLOSE};

    (void)state;
    for (size_t i = 0; i < sizeof activities / sizeof *activities; i++) {
        struct event_finding f;
        struct event e;

        memset(&f, 'A', sizeof f);
        sample_door_event(&e, EV_VULNERABILITY, activities[i]);
        assert_true(strlen(said(&e, &f, TEXT_JA)) > 800);
        assert_true(strlen(said(&e, &f, TEXT_EN)) > 800);
        sample_door_event(&e, EV_INVENTORY, activities[i]);
        assert_true(strlen(said(&e, &f, TEXT_EN)) > 300);
        sample_door_event(&e, EV_STATE, ACT_POSTURE);
        memset(e.subject, ':', sizeof e.subject);
        memset(e.new_state, 'A', sizeof e.new_state);
        assert_true(strlen(said(&e, NULL, TEXT_EN)) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_four_parts), cmocka_unit_test(test_what_to_do), cmocka_unit_test(test_names), cmocka_unit_test(test_leaves_the_rest),
        cmocka_unit_test(test_programs), cmocka_unit_test(test_posture), cmocka_unit_test(test_unended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
