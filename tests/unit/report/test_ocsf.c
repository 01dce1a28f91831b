/* The mapper: classes, ids, texts in both languages, hostile names, bounds.
 * With --ndjson it prints every kind x activity x variant instead, for
 * tests/integration/test_ocsf.py and the schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "agent/report/utf8.h"
#include "lib/err.h"
#include "tests/unit/report/events.h"
#include "tests/unit/report/json_at.h"

static const char chain[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static json_t *map(const struct event *e)
{
    struct ocsf_host host;
    struct ocsf_context c = {&host, 42, chain};
    struct buf b;
    json_t *o;

    sample_host(&host);
    buf_init(&b, LIM_EVENT_JSON);
    assert_int_equal(ocsf_map(e, &c, &b), MM_OK);
    assert_null(memchr(b.data, '\n', b.len));
    o = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    buf_fini(&b);
    return o;
}

static void test_classes_and_activities(void **state)
{
    static const struct { unsigned kind, activity; int class_uid, activity_id; } rows[] = {
        {EV_PROCESS, ACT_LAUNCH, 1007, 1}, {EV_FILE_BURST, ACT_ENCRYPT, 1001, 10},
        {EV_FILE_BURST, ACT_DELETE, 1001, 4}, {EV_DETECTION, ACT_CREATE, 2004, 1},
        {EV_DETECTION, ACT_UPDATE, 2004, 2}, {EV_DETECTION, ACT_CLOSE, 2004, 3},
        {EV_QUARANTINE, ACT_ISOLATE, 7001, 1}, {EV_QUARANTINE, ACT_RESTORE, 7001, 3},
        {EV_PROCESS_REMEDIATION, ACT_FREEZE, 7003, 2}, {EV_PROCESS_REMEDIATION, ACT_THAW, 7003, 3}, {EV_PROCESS_REMEDIATION, ACT_TERMINATE, 7003, 2},
        {EV_FILE_REMEDIATION, ACT_RESTORE, 7002, 3}, {EV_FILE_REMEDIATION, ACT_EVIDENCE, 7002, 1},
        {EV_LIFECYCLE, ACT_START, 6002, 3}, {EV_LIFECYCLE, ACT_STOP, 6002, 4},
        {EV_LIFECYCLE, ACT_RESTART, 6002, 5}, {EV_LIFECYCLE, ACT_UPGRADE, 6002, 8},
        {EV_LIFECYCLE, ACT_TAMPER, 6002, 99}, {EV_STATE, ACT_SENSOR, 5019, 1}, {EV_STATE, ACT_LOSS, 5019, 1},
        {EV_VULNERABILITY, ACT_CREATE, 2002, 1}, {EV_VULNERABILITY, ACT_UPDATE, 2002, 2}, {EV_VULNERABILITY, ACT_CLOSE, 2002, 3},
        {EV_INVENTORY, ACT_NONE, 5020, 2}, {EV_INVENTORY, ACT_CREATE, 5020, 2}, {EV_INVENTORY, ACT_UPDATE, 5020, 2},
        {EV_INVENTORY, ACT_CLOSE, 5020, 2}, {EV_STATE, ACT_POSTURE, 5019, 2},
        {EV_PROCESS, ACT_DRIFT, 1007, 99} /* does not fit the kind: Other */};

    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event e;
        json_t *o;

        sample_event(&e, rows[i].kind, rows[i].activity);
        o = map(&e);
        assert_int_equal(int_at(o, "class_uid"), rows[i].class_uid);
        assert_int_equal(int_at(o, "activity_id"), rows[i].activity_id);
        assert_int_equal(int_at(o, "type_uid"), rows[i].class_uid * 100 + rows[i].activity_id);
        assert_int_equal(int_at(o, "metadata.sequence"), 42);
        assert_string_equal(text_at(o, "metadata.uid"), e.uid);
        assert_string_equal(text_at(o, "metadata.correlation_uid"), e.incident);
        assert_string_equal(text_at(o, "unmapped.chain"), chain);
        assert_string_equal(text_at(o, "device.uid"), "11111111-2222-4333-8444-555555555555");
        json_decref(o);
    }
}

static void test_japanese_first(void **state)
{
    struct event e;
    json_t *o;

    (void)state;
    sample_event(&e, EV_DETECTION, ACT_CREATE);
    o = map(&e);
    assert_string_equal(text_at(o, "message"), "文書の連続暗号化");
    assert_string_equal(text_at(o, "finding_info.title"), "文書の連続暗号化");
    assert_string_equal(text_at(o, "finding_info.uid"), e.incident);
    assert_string_equal(text_at(o, "unmapped.title_en"), "Documents encrypted in place");
    assert_string_equal(text_at(o, "finding_info.attacks.0.technique.uid"), "T1486");
    assert_string_equal(text_at(o, "evidences.0.process.cmd_line"), e.process.cmdline);
    json_decref(o);
    /* Without a title of its own an event still speaks Japanese. */
    e.title_ja[0] = e.title_en[0] = '\0';
    o = map(&e);
    assert_string_equal(text_at(o, "message"), "攻撃の疑いを検知しました");
    assert_string_equal(text_at(o, "unmapped.title_en"), "A suspected attack was detected");
    json_decref(o);
}

/* Every event of an incident carries the rule's title; what it says is what was done. */
static void test_says_what_was_done(void **state)
{
    static const struct { unsigned kind, activity, outcome, n, failed; const char *ja, *en; } rows[] = {
        {EV_PROCESS_REMEDIATION, ACT_FREEZE, OUTCOME_SUCCESS, 3, 0, "攻撃の疑いがあるプログラムを停止しました（3 個のプロセス）",
         "The suspicious program was stopped (processes: 3)"},
        {EV_PROCESS_REMEDIATION, ACT_FREEZE, OUTCOME_PARTIAL, 0, 0, "攻撃の疑いがあるプログラムを止めきれていません（0 個のプロセスを停止）",
         "The suspicious program could not be stopped completely (processes stopped: 0)"},
        {EV_PROCESS_REMEDIATION, ACT_FREEZE, OUTCOME_SUCCESS, 0, 0, "攻撃の疑いがあるプログラムは、止める前に終わっていました",
         "The suspicious program had ended before it was stopped"},
        {EV_FILE_REMEDIATION, ACT_RESTORE, OUTCOME_SUCCESS, 7, 0, "書類 7 個を元に戻しました", "7 files were put back"},
        {EV_FILE_REMEDIATION, ACT_RESTORE, OUTCOME_SUCCESS, 0, 0, "元に戻す必要のある書類はありませんでした", "No file had to be put back"},
        {EV_FILE_REMEDIATION, ACT_RESTORE, OUTCOME_PARTIAL, 7, 2, "書類 7 個を元に戻しましたが、2 個は戻せませんでした",
         "7 files were put back, 2 could not be"},
        {EV_QUARANTINE, ACT_ISOLATE, OUTCOME_SUCCESS, 0, 0, "このパソコンをネットワークから隔離しました",
         "This computer was isolated from the network"},
        {EV_QUARANTINE, ACT_ISOLATE, OUTCOME_FAILURE, 0, 0, "ネットワークからの隔離に失敗しました",
         "Isolating this computer from the network failed"},
        {EV_FILE_BURST, ACT_ENCRYPT, OUTCOME_UNKNOWN, 0, 0, "書類が暗号化されています（触られた 9 個、壊された 7 個）",
         "Documents are being encrypted (touched: 9, destroyed: 7)"},
        {EV_DETECTION, ACT_CLOSE, OUTCOME_UNKNOWN, 0, 0, "検知した件を終了しました", "The incident was closed"}};

    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event e;
        json_t *o;

        sample_event(&e, rows[i].kind, rows[i].activity);
        e.outcome = rows[i].outcome;
        e.processes = e.files_restored = rows[i].n;
        e.files_failed = rows[i].failed;
        o = map(&e);
        assert_string_equal(text_at(o, "message"), rows[i].ja);
        assert_string_equal(text_at(o, "unmapped.title_en"), rows[i].en);
        assert_string_equal(text_at(o, "unmapped.rule_title_ja"), "文書の連続暗号化");
        assert_string_equal(text_at(o, "unmapped.rule_title_en"), "Documents encrypted in place");
        json_decref(o);
    }
}

/* A title of the event's own, without a rule, is what it says. */
static void test_own_title(void **state)
{
    struct event e;
    json_t *o;

    (void)state;
    sample_event(&e, EV_LIFECYCLE, ACT_TAMPER);
    e.rule[0] = '\0';
    o = map(&e);
    assert_string_equal(text_at(o, "message"), "文書の連続暗号化");
    assert_null(at(o, "unmapped.rule_title_ja"));
    json_decref(o);
    sample_event(&e, EV_STATE, ACT_SENSOR);
    e.rule[0] = e.title_ja[0] = e.title_en[0] = '\0';
    o = map(&e);
    assert_string_equal(text_at(o, "message"), "書類の変化の見張り: 一部だけ働いています");
    assert_string_equal(text_at(o, "unmapped.title_en"), "watching documents: works only partly");
    json_decref(o);
}

static void test_sub_technique_and_nonsense(void **state)
{
    struct event e;
    json_t *o;

    (void)state;
    sample_event(&e, EV_PROCESS, ACT_LAUNCH);
    snprintf(e.attack, sizeof e.attack, "%s", "T1059.004");
    o = map(&e);
    assert_string_equal(text_at(o, "attacks.0.technique.uid"), "T1059");
    assert_string_equal(text_at(o, "attacks.0.sub_technique.uid"), "T1059.004");
    json_decref(o);
    snprintf(e.attack, sizeof e.attack, "%s", "T14x6; drop");
    o = map(&e);
    assert_null(at(o, "attacks"));
    assert_string_equal(text_at(o, "unmapped.attack"), "T14x6; drop");
    json_decref(o);
}

static void test_command_and_countermeasure(void **state)
{
    struct event e;
    json_t *o;

    (void)state;
    sample_event(&e, EV_QUARANTINE, ACT_ISOLATE);
    e.outcome = OUTCOME_PARTIAL;
    snprintf(e.command, sizeof e.command, "%s", "cccccccc-0000-4000-8000-000000000001");
    o = map(&e);
    assert_string_equal(text_at(o, "command_uid"), e.command);
    assert_string_equal(text_at(o, "countermeasures.0.d3f_technique.uid"), "D3-NI");
    assert_int_equal(int_at(o, "status_id"), 4);
    json_decref(o);
    e.command[0] = '\0';
    o = map(&e);
    assert_string_equal(text_at(o, "command_uid"), e.uid);
    json_decref(o);
}

static void test_hostile_names(void **state)
{
    struct event e;
    json_t *o;

    (void)state;
    sample_event(&e, EV_FILE_BURST, ACT_ENCRYPT);
    snprintf(e.path, sizeof e.path, "%s", "/srv/\xff\xfe" "a\033[2J\n\"\\.doc");
    snprintf(e.process.cmdline, sizeof e.process.cmdline, "%s", "x \xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80");
    memset(e.process.name, 'A', sizeof e.process.name); /* no NUL at all */
    o = map(&e);
    assert_string_equal(text_at(o, "file.path"), "/srv/\\xff\\xfea\\x1b[2J\\x0a\"\\.doc");
    assert_string_equal(text_at(o, "actor.process.cmd_line"),
                        "x \\xed\\xa0\\x80 \\xc0\\xaf \\xf4\\x90\\x80\\x80");
    assert_int_equal(strlen(text_at(o, "actor.process.name")), sizeof e.process.name);
    json_decref(o);
}

static void test_bounded(void **state)
{
    struct event e;
    json_t *o;

    (void)state;
    sample_event(&e, EV_DETECTION, ACT_CREATE);
    memset(e.path, '\\', sizeof e.path - 1);
    memset(e.process.path, '"', sizeof e.process.path - 1);
    memset(e.process.cmdline, 0xff, sizeof e.process.cmdline - 1);
    memset(e.detail, '\\', sizeof e.detail - 1);
    o = map(&e);
    assert_true(json_is_true(at(o, "metadata.is_truncated")));
    assert_true(strlen(text_at(o, "evidences.0.process.cmd_line")) >= 256);
    json_decref(o);
}

static void test_unknown_kind(void **state)
{
    struct ocsf_host host;
    struct ocsf_context c = {&host, 1, chain};
    struct event e;
    struct buf b;

    (void)state;
    sample_host(&host);
    buf_init(&b, LIM_EVENT_JSON);
    sample_event(&e, EV_KIND_END, ACT_NONE);
    assert_int_equal(ocsf_map(&e, &c, &b), MM_EINVAL);
    sample_event(&e, 0, ACT_NONE);
    assert_int_equal(ocsf_map(&e, &c, &b), MM_EINVAL);
    assert_int_equal(b.len, 0);
    sample_event(&e, 0xffffffff, ACT_END + 7);
    assert_int_equal(ocsf_map(&e, &c, &b), MM_EINVAL);
}

static void test_utf8(void **state)
{
    char out[16];

    (void)state;
    assert_int_equal(utf8_clean("日本語", 9, out, sizeof out), 1);
    assert_string_equal(out, "日本語");
    assert_int_equal(utf8_clean("日本語", 9, out, 9), 0); /* never half a character */
    assert_string_equal(out, "日本");
    assert_int_equal(utf8_clean("ab\x80", 3, out, 6), 0); /* never half an escape */
    assert_string_equal(out, "ab");
    assert_int_equal(utf8_clean("a\0b", 3, out, sizeof out), 1);
    assert_string_equal(out, "a");
    assert_int_equal(utf8_clean("\xc2\x9b", 2, out, sizeof out), 1); /* C1 control */
    assert_string_equal(out, "\\xc2\\x9b");
}

/* Variants: everything full, everything empty, not enrolled, cut. */
static int print_all(void)
{
    struct ocsf_host host, empty;
    unsigned long line = 0;

    sample_host(&host);
    memset(&empty, 0, sizeof empty);
    for (unsigned kind = 1; kind < EV_KIND_END; kind++)
        for (unsigned activity = 0; activity <= ACT_END; activity++)
            for (unsigned variant = 0; variant < 4; variant++) {
                struct ocsf_context c = {variant & 1 ? &empty : &host, ++line, chain};
                struct event e;
                struct buf b;

                sample_event(&e, kind, activity);
                e.severity = line % 7;
                e.outcome = line % 5;
                if (variant == 1) {
                    memset(&e, 0, sizeof e);
                    e.kind = kind;
                    e.activity = activity;
                }
                if (variant == 2)
                    memset(e.process.cmdline, 0xf0, sizeof e.process.cmdline);
                if (variant == 3) {
                    memset(e.path, 0x01, sizeof e.path);
                    memset(e.process.path, '"', sizeof e.process.path);
                    memset(e.process.cmdline, '\\', sizeof e.process.cmdline);
                    memset(e.new_state, 0xff, sizeof e.new_state);
                    e.title_ja[0] = '\0';
                }
                buf_init(&b, LIM_EVENT_JSON);
                if (ocsf_map(&e, &c, &b) != MM_OK)
                    return 1;
                printf("%s\n", b.data);
                buf_fini(&b);
            }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_and_activities), cmocka_unit_test(test_japanese_first),
        cmocka_unit_test(test_says_what_was_done), cmocka_unit_test(test_own_title),
        cmocka_unit_test(test_sub_technique_and_nonsense), cmocka_unit_test(test_command_and_countermeasure),
        cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_unknown_kind), cmocka_unit_test(test_utf8),
    };

    if (argc > 1 && strcmp(argv[1], "--ndjson") == 0)
        return print_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
