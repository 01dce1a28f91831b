/* `mimamori vpn` and `mimamori posture` on the screen: the worst first, in both languages and
 * narrow, and nothing that the register may hold breaks the screen or looks like "all is well". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "agent/cli/cli.h"
#include "agent/cli/door_view.h"
#include "agent/cli/doors_sum.h"
#include "agent/cli/view.h"
#include "lib/text.h"
#include "lib/unicode.h"
#include "lib/width.h"

#define FIXTURES "tests/unit/cli/fixtures/"
#define NOW 1795910400 /* 2026-11-29T00:00:00Z, twenty minutes after the fixtures' round */
#define HOSTILE "evil\x1b]0;owned\x07\xe2\x80\xaegpj.exe\xc2\x9b""31m \xe2\x80\x8b"
#define LENGTHY 100000
#define MOST 40000 /* bytes of the whole page, whatever one field of the register holds */

static const struct view_call call = {"みまもりセキュリティ", "03-0000-0000"};

static json_t *fixture(const char *name)
{
    char path[128];
    json_error_t error;
    json_t *o;

    snprintf(path, sizeof path, FIXTURES "%s.json", name);
    o = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!o)
        fail_msg("%s: %s", path, error.text);
    return o;
}

/* The page, looked at: no byte that a terminal obeys, no line that is too wide. */
static char *page(const json_t *o, int posture, enum text_lang lang, unsigned columns)
{
    struct screen s;
    char *out, *line, *copy, *rest = NULL;

    text_language(lang);
    screen_init(&s, false);
    s.columns = columns;
    if (posture)
        view_posture(&s, o, &call, NOW);
    else
        view_doors(&s, o, &call, NOW);
    out = buf_take(&s.out);
    assert_non_null(out);
    assert_true(uni_valid(out, strlen(out)));
    for (const char *p = out; *p; p++)
        assert_true((unsigned char)*p >= 0x20 || *p == '\n');
    assert_null(strstr(out, "\xe2\x80\xae"));
    assert_null(strstr(out, "\xc2\x9b"));
    copy = strdup(out);
    for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (width_text(line) > columns)
            fail_msg("%u columns: %s", width_text(line), line);
    free(copy);
    return out;
}

static int begins(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

static bool well(const json_t *o)
{
    struct doors_sum sum;

    doors_sum(o, NOW, &sum);
    return doors_well(o, &sum);
}

static json_t *door_at(const json_t *o, size_t i)
{
    return json_array_get(json_object_get(o, "doors"), i);
}

static void the_worst_comes_first(void **state)
{
    static const char *const order[] = {"vpn.example.co.jp:443", "xrdp", "osaka", "203.0.113.7", "rtx", "sshd_config", "OpenVPN"};
    json_t *o = fixture("vpn");
    char *out = page(o, 0, TEXT_JA, 80);
    const char *at;

    (void)state;
    assert_true(begins(out, "VPN装置の更新が12日遅れています。提供元に連絡してください。\nこの弱点は、すでに攻撃に使われています。"));
    assert_non_null(strstr(out, "リモートデスクトップが外に開いています。"));
    assert_non_null(strstr(out, "ほかに、対応や確認が必要な入口が 3 か所あります。"));
    at = strstr(out, "\n【");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        at = at ? strstr(at, order[i]) : NULL;
        if (!at)
            fail_msg("%s is not in its place", order[i]);
    }
    assert_true(strstr(out, "連絡先") < strstr(out, "\n【"));
    free(out);
    assert_false(well(o));
    json_decref(o);
}

static void one_door_in_full(void **state)
{
    static const struct { enum text_lang lang; const char *want[12]; } rows[] = {
        {TEXT_JA, {"【赤】VPN装置 vpn.example.co.jp:443", "Fortinet FortiOS FortiGate 60F", "7.2.4（機器の答えから）", "期限を 12 日過ぎています",
                   "2026-11-16（12 日過ぎています）。更新の公開日 2026-11-02", "CVE-2023-27997  とても重い（CVSS 9.8）", "すでに攻撃に使われています",
                   "直っている版: 7.2.5, 7.0.12, 6.4.13", "ほかに 5 件", "下の連絡先に電話し、", "電話 03-0000-0000", "（英語の題名）denial of service"}},
        {TEXT_EN, {"[red] VPN device: vpn.example.co.jp:443", "7.2.4 (from the device's answer)", "Days overdue: 12", "CVE-2023-27997  critical (CVSS 9.8)",
                   "already used in attacks", "fixed in: 7.2.5", "5 more", "Call the contact below", "declare gateway:vpn.example.co.jp:443",
                   "stated by user number 1000, 2 days ago", "no fixed version is known", "gateways=vpn.kyoto.example.jp:1194"}}};
    json_t *o = fixture("vpn");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *out = page(o, 0, rows[i].lang, 200);

        for (size_t k = 0; k < 12; k++)
            if (!strstr(out, rows[i].want[k]))
                fail_msg("missing: %s\n%s", rows[i].want[k], out);
        free(out);
    }
    json_decref(o);
}

static void a_quiet_day(void **state)
{
    json_t *o = fixture("vpn-fine");
    char *out = page(o, 0, TEXT_JA, 80);

    (void)state;
    assert_true(begins(out, "外からの入口に、今わかっている問題はありません。\n"));
    assert_null(strstr(out, "連絡先"));
    assert_true(well(o));
    free(out);
    json_decref(o);
}

/* Whatever one of two good doors says instead: never "all is well", and the first line tells. */
static void every_verdict_has_its_first_line(void **state)
{
    static const struct { const char *verdict, *kind; int days; const char *want; bool well; } rows[] = {
        {"overdue", "program", -3, "このパソコンのVPN・遠隔操作ソフトの更新が3日遅れています。提供元に", false},
        {"overdue", "odd", -3, "更新が3日遅れているものがあります。", false},
        {"exposed", "ssh", 0, "遠隔操作（SSH）の設定が弱く", false}, {"exposed", "listener", 0, "外から入れる入口が開いています。", false},
        {"invalid", "gateway", 0, "VPN装置の答えがおかしく", false}, {"silent", "gateway", 0, "確かめられない入口が1か所あります。「安全」とは", false},
        {"unknown", "gateway", 0, "確かめられない入口が1か所", false}, {"splendid", "gateway", 0, "確かめられない入口が1か所", false},
        {"due", "gateway", 5, "VPN装置の更新の期限まで、あと5日です。", true}, {"due", "program", 0, "更新の期限が今日のものがあります。", true},
        {"due", "program", -1, "セキュリティの更新を入れてください。", true}, {"minor", "gateway", 0, "外からの入口に、急いで直すものはありません。", true}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *o = fixture("vpn-fine");
        char *out;

        json_object_set_new(door_at(o, 0), "verdict", json_string(rows[i].verdict));
        json_object_set_new(door_at(o, 0), "kind", json_string(rows[i].kind));
        json_object_set_new(door_at(o, 0), "days_left", json_integer(rows[i].days));
        out = page(o, 0, TEXT_JA, 80);
        if (!begins(out, rows[i].want))
            fail_msg("%s %s: %.200s", rows[i].verdict, rows[i].kind, out);
        assert_int_equal(well(o), rows[i].well);
        free(out);
        json_decref(o);
    }
}

static void what_is_old_or_missing_is_not_well(void **state)
{
    static const struct { const char *key, *json, *want; } rows[] = {
        {"checked_at", "null", "外からの入口を、まだ一度も調べていません。"}, {"checked_at", "\"2026-11-26T00:00:00Z\"", "3日間、外からの入口を調べていません。"},
        {"checked_at", "\"yesterday\"", "結果をすべては読み取れませんでした。"}, {"doors", "{}", "結果をすべては読み取れませんでした。"},
        {"doors", "null", "結果をすべては読み取れませんでした。"}, {"overall", "\"unknown\"", "結果をすべては読み取れませんでした。"},
        {"overall", "\"fine\"", "結果をすべては読み取れませんでした。"}, {"lost", "3", "結果をすべては読み取れませんでした。"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *o = fixture("vpn-fine");
        char *out;

        json_object_set_new(o, rows[i].key, json_loads(rows[i].json, JSON_DECODE_ANY, NULL));
        out = page(o, 0, TEXT_JA, 80);
        if (!begins(out, rows[i].want))
            fail_msg("%s %s: %.200s", rows[i].key, rows[i].json, out);
        assert_false(well(o));
        free(out);
        json_decref(o);
    }
}

/* ---- posture ------------------------------------------------------------------------- */

static void six_articles_always(void **state)
{
    json_t *o = fixture("posture"), *nothing = json_object();
    char *out = page(o, 1, TEXT_JA, 80);

    (void)state;
    assert_true(begins(out, "6か条のうち、できていないものが1つあります。\n  達成 2、一部 2、未達 1、未確認 1（"));
    assert_non_null(strstr(out, "\n2. ウイルス対策ソフト: 未達\n"));
    assert_non_null(strstr(out, "攻撃の手口を学ぶ機会: いつ行ったか、記録がありません。"));
    assert_non_null(strstr(out, "mimamori declare posture:threats --date"));
    assert_null(strstr(out, "posture:restore_test")); /* met: nothing to record */
    assert_non_null(strstr(out, "2026-11-01 に行いました（27 日前）。"));
    assert_true(strstr(out, "営業共有") < strstr(out, "経理")); /* what is not met stands above what is */
    assert_false(posture_well(o, NOW));
    free(out);
    out = page(nothing, 1, TEXT_EN, 80);
    assert_true(begins(out, "The six basic rules have never been checked."));
    for (int i = 1; i <= 6; i++) {
        char head[16];

        snprintf(head, sizeof head, "\n%d. ", i);
        assert_non_null(strstr(out, head));
    }
    assert_false(posture_well(nothing, NOW));
    free(out);
    json_decref(nothing);
    json_decref(o);
}

static void posture_without_a_fault(void **state)
{
    json_t *o = fixture("posture"), *articles = json_object_get(o, "articles"), *article;
    char *out;
    size_t i;

    (void)state;
    json_array_foreach(articles, i, article) {
        json_object_set_new(article, "state", json_string("met"));
        json_object_set_new(article, "checks", json_array());
    }
    out = page(o, 1, TEXT_JA, 80);
    assert_true(begins(out, "6か条の、確かめられる項目はすべてできています。"));
    assert_true(posture_well(o, NOW));
    assert_false(posture_well(o, NOW + 3 * 86400)); /* the last look is too old */
    free(out);
    json_object_set_new(json_array_get(articles, 3), "state", json_string("unknown"));
    assert_true(posture_well(o, NOW));
    json_object_set_new(json_array_get(articles, 3), "state", json_string("unmet"));
    assert_false(posture_well(o, NOW));
    json_decref(o);
}

static void evidence_where_words_are_missing(void **state)
{
    json_t *o = fixture("vpn-fine"), *p = fixture("posture"), *check;
    char *out;

    (void)state;
    json_object_set_new(door_at(o, 0), "reason", json_pack("{s:s, s:[]}", "key", "door.invented", "args"));
    json_object_set_new(door_at(o, 0), "evidence", json_string("seen with my own eyes"));
    out = page(o, 0, TEXT_JA, 80);
    assert_non_null(strstr(out, "seen with my own eyes"));
    free(out);
    json_object_set_new(door_at(o, 0), "reason", json_pack("{s:s, s:[]}", "key", "help.title", "args"));
    out = page(o, 0, TEXT_JA, 80);
    assert_null(strstr(out, text("help.title"))); /* no reason, whatever the catalogue has */
    free(out);
    check = json_array_get(json_object_get(json_array_get(json_object_get(p, "articles"), 0), "checks"), 0);
    json_object_set_new(check, "check", json_string("invented.point"));
    out = page(p, 1, TEXT_JA, 80);
    assert_non_null(strstr(out, "未達      invented.point\n              apt lists of 2026-11-20"));
    free(out);
    json_decref(o);
    json_decref(p);
}

/* ---- hostile ------------------------------------------------------------------------------ */

#define VALUES 9

static json_t *hostile_value(int i)
{
    char *lengthy;
    json_t *o;

    switch (i) {
    case 0: return json_string(HOSTILE);
    case 2: return json_integer(-9223372036854775807LL - 1);
    case 3: return json_null();
    case 4: return json_true();
    case 5: return json_pack("{s:s}", "key", HOSTILE);
    case 6: return json_pack("[s, i, n, [], {}]", HOSTILE, 7);
    case 7: return json_string("{0}{9}%s%n $(reboot) `id` ; rm -rf");
    case 8: return json_string("");
    default:
        lengthy = malloc(LENGTHY + 1);
        assert_non_null(lengthy);
        memset(lengthy, 'w', LENGTHY);
        lengthy[LENGTHY] = '\0';
        o = json_string(lengthy);
        free(lengthy);
        return o;
    }
}

/* Put every value into every field of `part`, which belongs to `whole`, and look at the pages. */
static void spoil(json_t *whole, json_t *part, int posture)
{
    json_t *good = json_copy(part), *value;
    const char *key;

    assert_true(json_object_size(part) > 1);
    json_object_foreach(good, key, value) {
        for (int i = 0; i < VALUES; i++) {
            static const struct { enum text_lang lang; unsigned columns; } ways[] = {{TEXT_JA, 40}, {TEXT_EN, 80}};

            json_object_set_new(part, key, hostile_value(i));
            for (size_t w = 0; w < 2; w++) {
                char *out = page(whole, posture, ways[w].lang, ways[w].columns);

                assert_true(strlen(out) < MOST);
                assert_null(strstr(out, "declare x;"));
                free(out);
            }
        }
        json_object_set(part, key, value);
    }
    json_decref(good);
}

static void hostile_doors(void **state)
{
    json_t *o = fixture("vpn"), *gateway = door_at(o, 1);

    (void)state;
    json_object_set_new(gateway, "mitigation", json_pack("{s:s, s:s, s:s, s:s}", "what", "separated", "by", "佐藤", "at",
                                                         "2026-11-20T00:00:00Z", "reason", "別の回線に移した"));
    spoil(o, o, 0);
    spoil(o, gateway, 0);
    spoil(o, door_at(o, 0), 0);
    spoil(o, json_object_get(gateway, "reason"), 0);
    spoil(o, json_object_get(gateway, "mitigation"), 0);
    spoil(o, json_array_get(json_object_get(gateway, "advisories"), 0), 0);
    spoil(o, json_object_get(door_at(o, 2), "stated"), 0);
    spoil(o, json_array_get(json_object_get(o, "candidates"), 0), 0);
    for (int i = 0; i < VALUES; i++)
        json_array_append_new(json_object_get(o, "doors"), hostile_value(i));
    free(page(o, 0, TEXT_JA, 60));
    json_decref(o);
}

static void hostile_posture(void **state)
{
    json_t *o = fixture("posture"), *articles = json_object_get(o, "articles"), *sharing = json_array_get(articles, 3);

    (void)state;
    spoil(o, o, 1);
    spoil(o, sharing, 1);
    spoil(o, json_array_get(json_object_get(sharing, "checks"), 0), 1);
    for (int i = 0; i < VALUES; i++) {
        json_array_append_new(articles, hostile_value(i));
        json_array_append_new(json_object_get(sharing, "checks"), hostile_value(i));
    }
    free(page(o, 1, TEXT_JA, 60));
    json_decref(o);
}

/* A command that people copy holds nothing that a shell would look at. */
static void commands_can_be_copied(void **state)
{
    static const char *const bad[] = {"", "a b", "x;id", "$(id)", "`id`", "a'b", "a\"b", "a|b", "a&b", "a>b", "-x", "書", "a\\b", "*"};
    json_t *o = fixture("vpn");
    char *out;

    (void)state;
    assert_true(door_pastable("gateway:vpn.example.co.jp:443"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(door_pastable(bad[i]));
    json_object_set_new(door_at(o, 1), "id", json_string("gateway:x;reboot:1"));
    json_object_set_new(json_array_get(json_object_get(o, "candidates"), 0), "address", json_string("$(reboot)"));
    out = page(o, 0, TEXT_JA, 200);
    assert_null(strstr(out, "declare gateway:x"));
    assert_null(strstr(out, "gateways=$"));
    assert_non_null(strstr(out, "$(reboot):1194")); /* shown, but not as something to copy */
    free(out);
    json_decref(o);
}

static void colours_on_a_terminal_only(void **state)
{
    json_t *o = fixture("vpn");
    struct screen s;

    (void)state;
    text_language(TEXT_JA);
    screen_init(&s, true);
    view_doors(&s, o, &call, NOW);
    assert_true(begins(s.out.data, "\033[1;31mVPN装置"));
    assert_non_null(strstr(s.out.data, "\033[1;33m  バージョン      7.0.1-5035")); /* an old statement stands out */
    assert_null(strstr(s.out.data, "\033[1;33m  バージョン      9.16"));
    screen_fini(&s);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_comes_first), cmocka_unit_test(one_door_in_full), cmocka_unit_test(a_quiet_day),
        cmocka_unit_test(every_verdict_has_its_first_line), cmocka_unit_test(what_is_old_or_missing_is_not_well),
        cmocka_unit_test(six_articles_always), cmocka_unit_test(posture_without_a_fault),
        cmocka_unit_test(evidence_where_words_are_missing), cmocka_unit_test(hostile_doors), cmocka_unit_test(hostile_posture),
        cmocka_unit_test(commands_can_be_copied), cmocka_unit_test(colours_on_a_terminal_only),
    };

    setenv("TZ", "Asia/Tokyo", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
