/* The table of checks against the catalogue, and the small readers. */
#include "agent/watch/host/posture.h"

#include "tests/unit/watch/host/posture_tree.h"

static void every_state_has_its_sentence(void **state)
{
    static const char *const STATES[] = {"met", "partly", "unmet", "unknown"};
    char key[128];

    (void)state;
    for (size_t i = 0; i < POSTURE_CHECKS; i++) {
        const struct posture_check *c = &posture_checks[i];

        assert_non_null(c->name);
        assert_true(c->states);
        assert_true(c->article == ARTICLE_MALWARE || c->article == ARTICLE_PASSWORDS || c->article == ARTICLE_SHARING || c->article == ARTICLE_BACKUP);
        snprintf(key, sizeof key, "check.%s", c->name);
        assert_true(text_known(key));
        for (unsigned s = 0; s < 4; s++) {
            snprintf(key, sizeof key, "check.%s.%s", c->name, STATES[s]);
            if (!!(c->states & 1u << s) != !!text_known(key))
                fail_msg("%s: in the table %d, in the catalogue %d", key, !!(c->states & 1u << s), text_known(key));
        }
        for (size_t k = i + 1; k < POSTURE_CHECKS; k++)
            assert_true(strcmp(c->name, posture_checks[k].name));
    }
}

static void put_a_state_without_sentence(struct survey *s)
{
    posture_put(s, SHARES_OTHER, SURVEY_MET, "x", "x", NULL, "a state that is not in the table");
}

static void a_wrong_state_is_unknown(void **state)
{
    struct tree t;

    (void)state;
    tree_new(&t);
    tree_survey(&t, put_a_state_without_sentence, 0);
    tree_expect(&t, "shares.other", "x", "unknown");
    tree_free(&t);
}

static void days(void **state)
{
    struct survey s = {.now = TREE_NOW};
    char day[RFC3339_DAY];

    (void)state;
    assert_int_equal(posture_days(&s, TREE_NOW), 0);
    assert_int_equal(posture_days(&s, TREE_NOW - TREE_DAY + 1), 0);
    assert_int_equal(posture_days(&s, TREE_NOW - TREE_DAY), 1);
    assert_int_equal(posture_days(&s, TREE_NOW + TREE_DAY), 0);
    assert_int_equal(posture_days(&s, TREE_NOW + TREE_DAY + 1), -1);
    posture_day(TREE_NOW, day);
    assert_string_equal(day, "2026-11-18");
    assert_int_equal(posture_time(2026, 11, 18, 11, 6, 40), TREE_NOW);
    assert_int_equal(posture_time(2026, 2, 30, 0, 0, 0), -1);
    assert_int_equal(posture_time(2026, 11, -1, 0, 0, 0), -1);
}

static void ini_and_words(void **state)
{
    char text[] = "# note\nalone\n[ A ]\n key = a value \n;x=1\nb=\n[B\nc=d=e", *rest = text;
    char words[] = "  one \"two words\" 'it''s' last", *w = words;
    const char *section = "", *key, *value;

    (void)state;
    assert_true(posture_ini(&rest, &section, &key, &value));
    assert_string_equal(key, "alone");
    assert_string_equal(value, "");
    assert_true(posture_ini(&rest, &section, &key, &value));
    assert_string_equal(section, "A");
    assert_string_equal(key, "key");
    assert_string_equal(value, "a value");
    assert_true(posture_ini(&rest, &section, &key, &value));
    assert_string_equal(key, "b");
    assert_true(posture_ini(&rest, &section, &key, &value));
    assert_string_equal(section, "B");
    assert_string_equal(value, "d=e");
    assert_false(posture_ini(&rest, &section, &key, &value));
    assert_string_equal(posture_word(&w), "one");
    assert_string_equal(posture_word(&w), "two words");
    assert_string_equal(posture_word(&w), "its");
    assert_string_equal(posture_word(&w), "last");
    assert_null(posture_word(&w));
    assert_int_equal(posture_number("12", 12), 12);
    assert_int_equal(posture_number("13", 12), -1);
    assert_int_equal(posture_number("-1", 12), -1);
    assert_int_equal(posture_number("1x", 12), -1);
    assert_int_equal(posture_number("99999999999999999999", 1000), -1);
    assert_true(posture_yes("YES") && posture_yes("1") && posture_yes("True") && !posture_yes("no") && !posture_yes("yess") && !posture_yes(""));
}

struct seen {
    char text[4096];
};

static void collect(void *context, const struct posture_command *c)
{
    struct seen *seen = context;
    size_t n = strlen(seen->text);

    snprintf(seen->text + n, sizeof seen->text - n, "%s|%d|%s\n", c->path, c->scheduled, c->line);
}

static struct survey *tree_only(struct tree *t)
{
    assert_int_equal(survey_init(&t->s, t->root, TREE_NOW), MM_OK);
    t->surveyed = true;
    t->items = json_array();
    return &t->s;
}

/* Cron leads to a script, the script to its settings; a timer counts when it is enabled. */
static void commands_are_followed(void **state)
{
    struct seen *seen = calloc(1, sizeof *seen);
    struct tree t;

    (void)state;
    tree_new(&t);
    tree_file(&t, "/etc/passwd", "root:x:0:0::/root:/bin/bash\n");
    tree_file(&t, "/etc/cron.d/job", "# a note\n0 3 * * * root /opt/job.sh /opt/job.sh\n");
    tree_file(&t, "/opt/job.sh", "#!/bin/sh\n. /etc/job.env\nrun \\\n  --twice\n/opt/job.sh again\n");
    tree_file(&t, "/etc/job.env", "X=1\n");
    tree_bytes(&t, "/opt/binary", "\177ELF\0\0", 6);
    tree_file(&t, "/usr/local/bin/mine", "mine\n");
    tree_file(&t, "/etc/systemd/system/on.service", "ExecStart=/bin/on /opt/binary\n");
    tree_file(&t, "/etc/systemd/system/off.service", "ExecStart=/bin/off\n");
    tree_file(&t, "/etc/systemd/system/timers.target.wants/on.timer", "");
    posture_commands(tree_only(&t), collect, seen);
    assert_non_null(strstr(seen->text, "/etc/cron.d/job|1|0 3 * * * root /opt/job.sh /opt/job.sh\n"));
    assert_non_null(strstr(seen->text, "/opt/job.sh|1|run     --twice\n"));
    assert_non_null(strstr(seen->text, "/etc/job.env|1|X=1\n"));
    assert_non_null(strstr(seen->text, "/usr/local/bin/mine|0|mine\n"));
    assert_non_null(strstr(seen->text, "/etc/systemd/system/on.service|1|ExecStart=/bin/on /opt/binary\n"));
    assert_null(strstr(seen->text, "off"));
    assert_null(strstr(seen->text, "ELF"));
    assert_null(strstr(seen->text, "a note"));
    assert_ptr_equal(strstr(seen->text, "|run "), strstr(strstr(seen->text, "|run "), "|run ")); /* once */
    assert_null(strstr(strstr(seen->text, "|run ") + 1, "|run "));
    tree_free(&t);
    free(seen);
}

static void processes_of_the_system_only(void **state)
{
    struct posture_processes p;
    struct tree t;

    (void)state;
    tree_new(&t);
    tree_process(&t, 1, "systemd");
    tree_process(&t, 20, "sophos_threat_detector");
    tree_process(&t, 21, "clam");
    tree_only(&t)->live = true;
    posture_processes(&t.s, &p);
    assert_true(p.known && posture_runs(&p, "systemd") && posture_runs(&p, "sophos_threat_detector"));
    assert_false(posture_runs(&p, "clamd") || posture_runs(&p, "sophos"));
    posture_processes_fini(&p);
    if (geteuid() == 0) { /* anybody may name a process like that: one of a person does not count */
        char path[128];

        tree_process(&t, 22, "clamd");
        tree_path(&t, "/proc/22", path, sizeof path);
        assert_int_equal(chown(path, 1000, 1000), 0);
        posture_processes(&t.s, &p);
        assert_false(posture_runs(&p, "clamd"));
        posture_processes_fini(&p);
    }
    t.s.live = false;
    posture_processes(&t.s, &p);
    assert_false(p.known);
    posture_processes_fini(&p);
    tree_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_its_sentence), cmocka_unit_test(a_wrong_state_is_unknown), cmocka_unit_test(days),
        cmocka_unit_test(ini_and_words), cmocka_unit_test(commands_are_followed), cmocka_unit_test(processes_of_the_system_only),
    };
    return cmocka_run_group_tests_name("posture", tests, NULL, NULL);
}
