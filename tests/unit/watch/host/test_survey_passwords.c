/* Article 3 over scratch roots: stacks of PAM as distributions write them, accounts, and what must never come out. */
#include <lastlog.h>
#include <sqlite3.h>
#include <utmp.h>

#include "agent/watch/host/accounts.h"
#include "agent/watch/host/pam.h"
#include "agent/watch/host/sudoers.h"
#include "tests/unit/watch/host/posture_tree.h"

#define DEBIAN_LOGIN "auth optional pam_faildelay.so delay=3000000\nauth requisite pam_nologin.so\n@include common-auth\nauth optional pam_group.so\n"
/* as pam-auth-update writes it without and with Debian's faillock profile (examples of pam_faillock(8)) */
#define DEBIAN_AUTH "auth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth\trequisite\tpam_deny.so\nauth\trequired\tpam_permit.so\n"
#define DEBIAN_LOCK "auth requisite pam_faillock.so preauth\nauth [success=1 default=ignore] pam_unix.so\n" \
                    "auth [default=die] pam_faillock.so authfail\nauth sufficient pam_faillock.so authsucc\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
/* authselect of RHEL 9, profile sssd with-faillock */
#define RHEL_AUTH "auth required pam_env.so\nauth required pam_faildelay.so delay=2000000\nauth required pam_faillock.so preauth silent\n" \
                  "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\nauth [default=1 ignore=ignore success=ok] pam_localuser.so\n" \
                  "auth sufficient pam_unix.so\nauth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n" \
                  "auth sufficient pam_sss.so forward_pass\nauth required pam_faillock.so authfail\nauth required pam_deny.so\n" \
                  "password requisite pam_pwquality.so local_users_only\npassword sufficient pam_unix.so sha512 shadow use_authtok\npassword required pam_deny.so\n"
#define HASH "$y$j9T$S4ltS4ltS4ltS4ltS4lt0/$H4shH4shH4shH4shH4shH4shH4shH4shH4shH4shH4s"

/* ---- lockout ------------------------------------------------------------------------------ */

static void lockout_of_distributions(void **state)
{
    static const struct { const char *login, *common, *faillock, *state, *says; } ROWS[] = {
        {DEBIAN_LOGIN, DEBIAN_AUTH, NULL, "unmet", "no pam_faillock"},
        {DEBIAN_LOGIN, DEBIAN_LOCK, NULL, "met", "after 3 failures"},
        {DEBIAN_LOGIN, DEBIAN_LOCK, "# deny = 3\ndeny = 10\nunlock_time=600\nsilent\n", "met", "after 10 failures"},
        {DEBIAN_LOGIN, DEBIAN_LOCK, "deny=11\n", "unmet", "higher than 10"},
        {DEBIAN_LOGIN, DEBIAN_LOCK, "deny=0\n", "unmet", "nothing is locked"},
        {DEBIAN_LOGIN, "auth required pam_tally2.so deny=5 onerr=fail\n" DEBIAN_AUTH, NULL, "met", "after 5 failures"},
        {DEBIAN_LOGIN, "auth required pam_tally2.so onerr=fail\n" DEBIAN_AUTH, NULL, "unmet", "nothing is locked"},
        /* the line that counts stands behind the one that ends */
        {DEBIAN_LOGIN, "auth requisite pam_faillock.so preauth\n" DEBIAN_AUTH "auth [default=die] pam_faillock.so authfail\n", NULL, "unmet", "not reached"},
        {DEBIAN_LOGIN, "auth requisite pam_faillock.so preauth\n" DEBIAN_AUTH, NULL, "unmet", "not reached"},
        /* counted, but nobody refuses a right password */
        {DEBIAN_LOGIN, "auth sufficient pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth requisite pam_deny.so\n", NULL, "unmet", "still gets in"},
        {DEBIAN_LOGIN, "auth optional pam_faillock.so preauth\nauth sufficient pam_unix.so\nauth [default=die] pam_faillock.so authfail\n", NULL, "unmet",
         "still gets in"},
        {"auth substack common-auth\nauth required pam_permit.so\n", RHEL_AUTH, NULL, "met", "after 3 failures"},
        {"auth include common-auth\n", RHEL_AUTH, "deny = 4\n", "met", "after 4 failures"},
        {"auth \\\n  include common-auth\n", DEBIAN_LOCK, NULL, "met", "after 3 failures"},
        /* gdm-password of RHEL, lightdm of Debian: a module in front that could end the stack for somebody else */
        {"auth [success=done ignore=ignore default=bad] pam_selinux_permit.so\nauth substack common-auth\nauth optional pam_gnome_keyring.so\n", RHEL_AUTH,
         NULL, "met", "after 3 failures"},
        {"auth requisite pam_nologin.so\nauth sufficient pam_succeed_if.so user ingroup nopasswdlogin\n@include common-auth\n"
         "auth optional pam_gnome_keyring.so\n", DEBIAN_LOCK, NULL, "met", "after 3 failures"},
        /* pam-auth-update without a profile */
        {DEBIAN_LOGIN, "auth [default=1] pam_permit.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n", NULL, "unmet", "lets a wrong password in"},
        {DEBIAN_LOGIN, NULL, NULL, "unknown", "missing: common-auth"},
        {"auth include login\n", NULL, NULL, "unknown", "login"},
        {"auth include ../../tmp/x\n", NULL, NULL, "unknown", "missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tree t;

        tree_new(&t);
        tree_file(&t, "/etc/pam.d/login", ROWS[i].login);
        if (ROWS[i].common)
            tree_file(&t, "/etc/pam.d/common-auth", ROWS[i].common);
        if (ROWS[i].faillock)
            tree_file(&t, "/etc/security/faillock.conf", ROWS[i].faillock);
        tree_survey(&t, survey_passwords, 0);
        if (!strstr(tree_evidence(&t, "passwords.lockout", ""), ROWS[i].says))
            fail_msg("row %zu: %s", i, tree_evidence(&t, "passwords.lockout", ""));
        tree_expect(&t, "passwords.lockout", "", ROWS[i].state);
        tree_free(&t);
    }
}

/* One way in without lockout is "partly"; the vendor's folder of newer distributions is looked at; args beat the file. */
static void lockout_of_all_doors(void **state)
{
    struct tree t;

    (void)state;
    tree_new(&t);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.lockout", "", "unknown");
    tree_file(&t, "/etc/pam.d/login", DEBIAN_LOCK);
    tree_file(&t, "/usr/lib/pam.d/sshd", "auth include vendor\n");
    tree_file(&t, "/usr/lib/pam.d/vendor", DEBIAN_LOCK);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.lockout", "", "met");
    assert_non_null(strstr(tree_evidence(&t, "passwords.lockout", ""), "2 of 2"));
    tree_file(&t, "/etc/pam.d/sshd", DEBIAN_AUTH);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.lockout", "", "partly");
    assert_non_null(strstr(tree_evidence(&t, "passwords.lockout", ""), "not: sshd"));
    tree_file(&t, "/etc/pam.d/sshd", "auth required pam_faillock.so preauth deny=6\nauth sufficient pam_unix.so\nauth [default=die] pam_faillock.so authfail deny=6\n");
    tree_file(&t, "/etc/security/faillock.conf", "deny=20\n");
    tree_remove(&t, "/etc/pam.d/login");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.lockout", "", "met");
    assert_string_equal(tree_arg(&t, "passwords.lockout", "", 0), "6");
    tree_free(&t);
}

static int answer_of(const struct pam_module *m, void *world)
{
    (void)world;
    return !strncmp(m->name, "bad", 3) ? 1 : !strncmp(m->name, "ign", 3) ? 2 : 0;
}

/* Verdicts of small stacks, after the text of pam.d(5). */
static void controls(void **state)
{
    static const struct { const char *text; int fails; } ROWS[] = {
        {"auth required good\n", 0}, {"auth required bad\nauth required good\n", 1}, {"auth sufficient good\nauth required bad\n", 0},
        {"auth required bad\nauth sufficient good\n", 1}, {"auth optional bad\nauth required good\n", 0}, {"auth required ign\n", 1},
        {"auth [success=1 default=ignore] good\nauth requisite bad\nauth required good\n", 0},
        {"auth [success=1 default=ignore] bad\nauth requisite bad\nauth required good\n", 1},
        {"auth [success=2 default=ignore] good\nauth substack two\nauth requisite bad\nauth required good\n", 0},
        {"auth [success=1 default=ignore] good\nauth substack two\nauth required good\n", 0}, /* a substack is one module */
        {"auth substack dies\nauth required good\n", 1}, {"auth substack done\nauth requisite bad\n", 1}, {"auth include done\nauth requisite bad\n", 0},
        {"auth [success=ok new_authtok_reqd=ok ignore=ignore default=bad] good\n", 0}, {"AUTH Required good\n", 0}, {"-auth required good\n", 0},
        {"auth [default=reset] bad\nauth required good\n", 0}, {"account required good\n", 1}, {"", 1}};
    struct tree t;
    struct pam_stack *p = calloc(1, sizeof *p);

    (void)state;
    tree_new(&t);
    assert_int_equal(survey_init(&t.s, t.root, TREE_NOW), MM_OK);
    t.surveyed = true;
    tree_file(&t, "/etc/pam.d/two", "auth requisite bad\nauth requisite bad\n");
    tree_file(&t, "/etc/pam.d/dies", "auth requisite bad\nauth sufficient good\n");
    tree_file(&t, "/etc/pam.d/done", "auth sufficient good\nauth requisite bad\n");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        tree_file(&t, "/etc/pam.d/x", ROWS[i].text);
        assert_int_equal(pam_load(&t.s, "x", "auth", p), MM_OK);
        if (pam_fails(p, answer_of, NULL, NULL) != ROWS[i].fails)
            fail_msg("row %zu: %s", i, ROWS[i].text);
    }
    tree_free(&t);
    free(p);
}

/* Files that include each other and endless ones come to an end, and are not taken for whole. */
static void loops_end(void **state)
{
    struct pam_stack *p = calloc(1, sizeof *p);
    struct tree t;

    (void)state;
    tree_new(&t);
    assert_int_equal(survey_init(&t.s, t.root, TREE_NOW), MM_OK);
    t.surveyed = true;
    tree_file(&t, "/etc/pam.d/a", "@include b\n@include b\nauth required pam_unix.so\n");
    tree_file(&t, "/etc/pam.d/b", "@include a\n@include a\n@include a\nauth required pam_env.so\n");
    assert_int_equal(pam_load(&t.s, "a", "auth", p), MM_OK);
    assert_true(p->cut && p->n > 0 && p->n <= PAM_LINES);
    tree_free(&t);
    free(p);
}

/* ---- length -------------------------------------------------------------------------------- */

#define PASSWORD(line) line "password [success=1 default=ignore] pam_unix.so obscure use_authtok yescrypt\npassword requisite pam_deny.so\npassword required pam_permit.so\n"

static void length_rules(void **state)
{
    static const struct { const char *stack, *conf, *dropin; int lock; const char *state, *least; } ROWS[] = {
        {PASSWORD(""), NULL, NULL, 1, "unmet", "6"},
        {PASSWORD("password requisite pam_pwquality.so retry=3\n"), NULL, NULL, 1, "met", "8"},
        {PASSWORD("password requisite pam_pwquality.so retry=3\n"), NULL, NULL, 0, "partly", "8"},
        {PASSWORD("password requisite pam_pwquality.so minlen=12\n"), NULL, NULL, 0, "partly", "12"},
        {PASSWORD("password requisite pam_pwquality.so minlen=10 dcredit=-1 ucredit=-1 lcredit=-1\n"), NULL, NULL, 0, "met", "10"},
        {PASSWORD("password requisite pam_pwquality.so minlen=9 dcredit=-1 ucredit=-1 lcredit=-1\n"), NULL, NULL, 0, "partly", "9"},
        {PASSWORD("password requisite pam_pwquality.so\n"), "minlen = 10\nminclass = 4\n", NULL, 0, "met", "10"},
        {PASSWORD("password requisite pam_pwquality.so\n"), "minlen = 10\nminclass = 3\n", NULL, 0, "partly", "10"},
        {PASSWORD("password requisite pam_pwquality.so\n"), "minlen = 6\n", "minlen = 14\n", 1, "unmet", "6"},  /* the file comes last */
        {PASSWORD("password requisite pam_pwquality.so\n"), "# minlen = 6\n", "minlen = 14\n", 1, "met", "14"},
        {PASSWORD("password requisite pam_pwquality.so\n"), "minlen = 12\ndcredit = 2\nucredit = 1\n", NULL, 1, "met", "9"}, /* credits shorten it */
        {PASSWORD("password requisite pam_pwquality.so\n"), "minlen = 4\n", NULL, 1, "unmet", "6"},
        {PASSWORD("password requisite pam_pwquality.so\n"), "minlen = 20\nenforcing = 0\n", NULL, 1, "unmet", "6"},
        {PASSWORD("password optional pam_pwquality.so minlen=20\n"), NULL, NULL, 1, "unmet", "6"},
        {"password sufficient pam_unix.so minlen=9\n", NULL, NULL, 1, "met", "9"},
        {PASSWORD("password requisite pam_cracklib.so retry=3 minlen=14 difok=3\n"), NULL, NULL, 1, "met", "10"},
        {PASSWORD("password requisite pam_passwdqc.so min=disabled,24,12,8,7\n"), NULL, NULL, 1, "unmet", "7"},
        {PASSWORD("password requisite pam_passwdqc.so min=disabled,disabled,disabled,disabled,10\n"), NULL, NULL, 1, "met", "10"},
        {"password required pam_permit.so\n", NULL, NULL, 1, "unknown", "0"},
        {"password include nowhere\n", NULL, NULL, 1, "unknown", "0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tree t;

        tree_new(&t);
        tree_file(&t, "/etc/pam.d/login", ROWS[i].lock ? DEBIAN_LOCK : DEBIAN_AUTH);
        tree_file(&t, "/etc/pam.d/passwd", "@include common-password\n");
        tree_file(&t, "/etc/pam.d/common-password", ROWS[i].stack);
        tree_file(&t, "/etc/login.defs", "# x\nPASS_MIN_LEN\t99\n");
        if (ROWS[i].conf)
            tree_file(&t, "/etc/security/pwquality.conf", ROWS[i].conf);
        if (ROWS[i].dropin)
            tree_file(&t, "/etc/security/pwquality.conf.d/50-office.conf", ROWS[i].dropin);
        tree_survey(&t, survey_passwords, 0);
        if (strcmp(tree_arg(&t, "passwords.length", "", 0), ROWS[i].least))
            fail_msg("row %zu: %s", i, tree_evidence(&t, "passwords.length", ""));
        tree_expect(&t, "passwords.length", "", ROWS[i].state);
        if (strcmp(ROWS[i].state, "unknown"))
            assert_non_null(strstr(tree_evidence(&t, "passwords.length", ""), "PASS_MIN_LEN of /etc/login.defs means nothing"));
        tree_free(&t);
    }
}

static void second_factor(void **state)
{
    struct tree t;

    (void)state;
    tree_new(&t);
    tree_file(&t, "/etc/pam.d/sshd", DEBIAN_AUTH "auth required pam_google_authenticator.so\n");
    tree_file(&t, "/etc/pam.d/passwd", PASSWORD("password requisite pam_pwquality.so\n"));
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.length", "", "met");
    tree_file(&t, "/etc/pam.d/sshd", DEBIAN_AUTH "auth required pam_google_authenticator.so nullok\n");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.length", "", "partly");
    tree_free(&t);
}

/* ---- accounts ------------------------------------------------------------------------------- */

#define PASSWD "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\nhanako:x:1000:1000:Hanako:/home/hanako:/bin/bash\n" \
               "taro:x:1001:1001::/home/taro:/bin/sh\nsvc:x:998:998::/srv:/bin/false\n"
#define SHADOW "root:" HASH ":20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\nhanako:" HASH ":20000:0:99999:7:::\n" \
               "taro:" HASH ":20000:0:99999:7:::\nsvc:!:20000::::::\n"

static void people(const struct tree *t)
{
    tree_file(t, "/etc/passwd", PASSWD);
    tree_file(t, "/etc/shadow", SHADOW);
    tree_file(t, "/etc/group", "root:x:0:\nsudo:x:27:hanako\nadm:x:4:taro\nhanako:x:1000:\ntaro:x:1001:\n");
    tree_file(t, "/etc/sudoers", "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n");
    tree_file(t, "/etc/pam.d/login", DEBIAN_AUTH);
}

static void empty_passwords(void **state)
{
    struct tree t;

    (void)state;
    tree_new(&t);
    people(&t);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.empty", "", "met");
    tree_file(&t, "/etc/shadow", "root:!:1::::::\nhanako::20000:0:99999:7:::\ntaro:!:1::::::\nsvc::1::::::\n");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.empty", "hanako", "unmet");
    assert_null(tree_item(&t, "passwords.empty", "svc")); /* cannot log in */
    tree_file(&t, "/etc/pam.d/login", "auth required pam_unix.so\n");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.empty", "hanako", "partly");
    tree_file(&t, "/etc/passwd", "root:x:0:0::/root:/bin/bash\nold::1003:1003::/home/old:\n"); /* before shadow(5) */
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.empty", "old", "partly");
    people(&t);
    tree_remove(&t, "/etc/shadow");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.empty", "", "unknown");
    tree_file(&t, "/etc/shadow", "root:!:1::::::\n"); /* hanako is not in it */
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "passwords.empty", "", "unknown");
    tree_free(&t);
}

static void admins(void **state)
{
    static const struct { const char *sudoers, *dropin, *group, *state, *count, *names; } ROWS[] = {
        {NULL, NULL, NULL, "met", "1", "hanako"},
        {NULL, "taro ALL=(ALL) NOPASSWD: ALL\n", NULL, "partly", "2", "taro"},
        {NULL, "taro ALL=(ALL) NOPASSWD: /usr/bin/apt\n", NULL, "met", "1", "hanako"},
        {NULL, "%wheel ALL=(ALL) NOPASSWD: ALL\n", NULL, "met", "1", "hanako"},  /* a group without members */
        {NULL, "taro , hanako ALL = ALL\n", NULL, "met", "2", "taro"},
        {NULL, "taro,hanako ALL=(root) NOPASSWD:SETENV: /bin/x, ALL\n", NULL, "partly", "2", "taro"},
        {NULL, "nobodyknows ALL=(ALL) NOPASSWD: ALL\n", NULL, "met", "1", "hanako"},
        {"root ALL=(ALL) ALL\n", NULL, "sudo:x:27:hanako\ndocker:x:99:taro\n", "met", "1", "taro"},
        {"root ALL=(ALL) ALL\n", NULL, "sudo:x:27:hanako\n", "met", "0", ""},
        {"#include /etc/sudoers.more\n", NULL, NULL, "met", "1", "taro"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tree t;

        tree_new(&t);
        people(&t);
        tree_file(&t, "/etc/sudoers.more", "taro ALL=(ALL) ALL\n");
        tree_file(&t, "/etc/sudoers.d/README.old", "taro ALL=(ALL) NOPASSWD: ALL\n"); /* a dot: sudo skips it */
        if (ROWS[i].sudoers)
            tree_file(&t, "/etc/sudoers", ROWS[i].sudoers);
        if (ROWS[i].dropin)
            tree_file(&t, "/etc/sudoers.d/office", ROWS[i].dropin);
        if (ROWS[i].group)
            tree_file(&t, "/etc/group", ROWS[i].group);
        tree_survey(&t, survey_passwords, 0);
        if (strcmp(tree_arg(&t, "accounts.admin", "", 0), ROWS[i].count) || !strstr(tree_arg(&t, "accounts.admin", "", 1), ROWS[i].names))
            fail_msg("row %zu: %s", i, tree_evidence(&t, "accounts.admin", ""));
        tree_expect(&t, "accounts.admin", "", ROWS[i].state);
        tree_free(&t);
    }
}

static void admins_many_and_twins(void **state)
{
    struct tree t;

    (void)state;
    tree_new(&t);
    people(&t);
    tree_file(&t, "/etc/passwd", PASSWD "toor:x:0:0::/root:/bin/bash\n");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.admin", "toor", "unmet");
    tree_file(&t, "/etc/passwd", PASSWD "a:x:1:27::/a:/bin/sh\nb:x:2:27::/b:/bin/sh\nc:x:3:27::/c:/bin/sh\n"); /* by primary group */
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.admin", "", "partly");
    assert_string_equal(tree_arg(&t, "accounts.admin", "", 0), "4");
    tree_remove(&t, "/etc/group");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.admin", "", "met"); /* no group, no member */
    tree_remove(&t, "/etc/passwd");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.admin", "", "unknown");
    tree_free(&t);
}

static void put_lastlog(const struct tree *t, unsigned uid, double days)
{
    static struct lastlog all[1002];

    memset(all, 0, sizeof all);
    if (days >= 0)
        all[uid].ll_time = (int32_t)(TREE_NOW - (int64_t)(days * TREE_DAY));
    all[1000].ll_time = all[1000].ll_time ? all[1000].ll_time : (int32_t)(TREE_NOW - TREE_DAY);
    tree_bytes(t, "/var/log/lastlog", all, sizeof all);
}

static void put_wtmp(const struct tree *t, const char *path, const char *user, double days, double oldest)
{
    struct utmp u[2];

    memset(u, 0, sizeof u);
    u[0].ut_type = BOOT_TIME;
    u[0].ut_tv.tv_sec = (int32_t)(TREE_NOW - (int64_t)(oldest * TREE_DAY));
    u[1].ut_type = USER_PROCESS;
    snprintf(u[1].ut_user, sizeof u[1].ut_user, "%s", user);
    u[1].ut_tv.tv_sec = (int32_t)(TREE_NOW - (int64_t)(days * TREE_DAY));
    tree_bytes(t, path, u, sizeof u);
}

static void put_lastlog2(const struct tree *t, const char *sql)
{
    char path[256];
    sqlite3 *db;

    tree_folders(t, "/var/lib/lastlog/x", 0);
    tree_path(t, "/var/lib/lastlog/lastlog2.db", path, sizeof path);
    unlink(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

#define LASTLOG2 "CREATE TABLE Lastlog2(Name TEXT PRIMARY KEY, Time INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT);"

static void dormant(void **state)
{
    char sql[400];
    struct tree t;

    (void)state;
    tree_new(&t);
    people(&t);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "unknown");  /* no records */
    put_lastlog(&t, 1001, 89);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "met");
    put_lastlog(&t, 1001, 120);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "taro", "unmet");
    assert_string_equal(tree_arg(&t, "accounts.dormant", "taro", 1), "120");
    put_lastlog(&t, 1001, -1);                           /* never; root and those without a password are not counted */
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "taro", "unmet");
    assert_null(tree_item(&t, "accounts.dormant", "root"));
    put_lastlog(&t, 1001, -100);                         /* a clock in the future is no login */
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "taro", "unmet");
    put_wtmp(&t, "/var/log/wtmp", "taro", 3, 10);        /* a desktop's login */
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "met");
    tree_remove(&t, "/var/log/lastlog");                 /* wtmp alone must go back far enough */
    tree_file(&t, "/home/hanako/.bash_history", "");
    tree_age(&t, "/home/hanako/.bash_history", 5);
    put_wtmp(&t, "/var/log/wtmp", "hanako", 3, 10);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "unknown");
    put_wtmp(&t, "/var/log/wtmp.1", "hanako", 3, 100);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "taro", "unmet");
    tree_remove(&t, "/var/log/wtmp");
    tree_remove(&t, "/var/log/wtmp.1");
    snprintf(sql, sizeof sql, LASTLOG2 "INSERT INTO Lastlog2 VALUES('taro',%d,'','',''),('hanako',%d,'','','')", TREE_NOW - 200 * TREE_DAY, TREE_NOW - 5);
    put_lastlog2(&t, sql);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "taro", "unmet");
    assert_string_equal(tree_arg(&t, "accounts.dormant", "taro", 1), "200");
    snprintf(sql, sizeof sql, "PRAGMA journal_mode=WAL;" LASTLOG2 "INSERT INTO Lastlog2 VALUES('taro',%d,'','','')", TREE_NOW - 2);
    put_lastlog2(&t, sql);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "met");
    tree_file(&t, "/var/lib/lastlog/lastlog2.db", "SQLite format 3 but no more of it ...................................................................");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "unknown");
    /* a view that never ends is ended, and is no record */
    put_lastlog2(&t, "CREATE VIEW Lastlog2 AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT 'taro' AS Name, x AS Time FROM n WHERE x < 0");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "unknown");
    tree_free(&t);
}

/* A password set lately, an expired account, a trace at home. */
static void not_dormant(void **state)
{
    char shadow[600];
    struct tree t;

    (void)state;
    tree_new(&t);
    people(&t);
    put_lastlog(&t, 1001, -1);
    snprintf(shadow, sizeof shadow, "hanako:" HASH ":20000::::::\ntaro:" HASH ":%d::::::\n", TREE_NOW / TREE_DAY - 10);
    tree_file(&t, "/etc/shadow", shadow);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "met");
    tree_file(&t, "/etc/shadow", "hanako:" HASH ":20000::::::\ntaro:" HASH ":20000:::::20001:\n");
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "met");
    tree_file(&t, "/etc/shadow", "hanako:" HASH ":20000::::::\ntaro:!" HASH ":20000::::::\n"); /* locked: usermod -L */
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "met");
    tree_file(&t, "/etc/shadow", SHADOW);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "taro", "unmet");
    tree_folders(&t, "/home/taro/.cache", 1);
    tree_age(&t, "/home/taro/.cache", 30);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.dormant", "", "met");
    tree_free(&t);
}

static void automatic_login(void **state)
{
    static const struct { const char *path, *text, *subject, *state; } ROWS[] = {
        {"/etc/gdm3/daemon.conf", "[daemon]\nAutomaticLoginEnable = true\nAutomaticLogin = hanako\n", "gdm", "unmet"},
        {"/etc/gdm3/daemon.conf", "[daemon]\n#  AutomaticLoginEnable = true\nAutomaticLogin = hanako\n", "", "met"},
        {"/etc/gdm3/daemon.conf", "[daemon]\nAutomaticLoginEnable=false\nAutomaticLogin=hanako\n[debug]\nAutomaticLoginEnable=true\n", "", "met"},
        {"/etc/gdm3/daemon.conf", "[daemon]\nTimedLoginEnable=true\nTimedLogin=hanako\nTimedLoginDelay=5\n", "gdm", "unmet"},
        {"/etc/lightdm/lightdm.conf", "[Seat:*]\n#autologin-user=\nautologin-user=hanako\n", "lightdm", "unmet"},
        {"/etc/lightdm/lightdm.conf.d/50-x.conf", "[SeatDefaults]\nautologin-user=hanako\n", "lightdm", "unmet"},
        {"/etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=\n", "", "met"},
        {"/etc/sddm.conf.d/auto.conf", "[Autologin]\nUser=hanako\nSession=plasma\n", "sddm", "unmet"},
        {"/etc/sddm.conf", "[Theme]\nUser=hanako\n", "", "met"},
        {"/etc/systemd/system/getty@tty1.service.d/auto.conf", "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin hanako --noclear %I\n", "console", "unmet"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tree t;

        tree_new(&t);
        tree_file(&t, ROWS[i].path, ROWS[i].text);
        tree_survey(&t, survey_passwords, 0);
        tree_expect(&t, "accounts.autologin", ROWS[i].subject, ROWS[i].state);
        if (!strcmp(ROWS[i].state, "unmet"))
            assert_string_equal(tree_arg(&t, "accounts.autologin", ROWS[i].subject, 0), "hanako");
        tree_free(&t);
    }
}

/* A setting larger than is read is "unknown", not "no automatic login". */
static void too_large_is_unknown(void **state)
{
    char *big = malloc((1u << 20) + 2);
    struct tree t;

    (void)state;
    tree_new(&t);
    memset(big, '\n', (1u << 20) + 1);
    big[(1u << 20) + 1] = '\0';
    tree_file(&t, "/etc/gdm3/daemon.conf", big);
    tree_file(&t, "/etc/sudoers", big);
    tree_survey(&t, survey_passwords, 0);
    tree_expect(&t, "accounts.autologin", "", "unknown");
    tree_expect(&t, "accounts.admin", "", "unknown");
    tree_free(&t);
    free(big);
}

/* No hash, no salt, no scheme of a password in anything that leaves the survey, however the files are broken. */
static void no_secret_comes_out(void **state)
{
    static const char *const SHADOWS[] = {
        SHADOW, "hanako:" HASH "\n", HASH ":hanako:1\n", "hanako:" HASH ":" HASH ":" HASH "\n", "hanako\n:" HASH ":20000::::::\n", HASH "\n",
        "taro::20000::::::\nhanako:!" HASH ":20000::::::\n"};
    static const char *const PASSWDS[] = {PASSWD, "hanako:" HASH ":1000:1000::/home/hanako:/bin/sh\n", "hanako:x:1000:1000:" HASH ":/home/hanako:" HASH "\n"};

    (void)state;
    for (size_t i = 0; i < sizeof SHADOWS / sizeof *SHADOWS; i++)
        for (size_t k = 0; k < sizeof PASSWDS / sizeof *PASSWDS; k++) {
            static const char *const PARTS[] = {"S4lt", "H4sh", "$y$", "j9T"};
            struct tree t;

            tree_new(&t);
            people(&t);
            tree_file(&t, "/etc/shadow", SHADOWS[i]);
            tree_file(&t, "/etc/passwd", PASSWDS[k]);
            put_lastlog(&t, 1001, -1);
            tree_survey(&t, survey_passwords, 0);
            for (size_t p = 0; p < sizeof PARTS / sizeof *PARTS; p++)
                if (strstr(t.s.out.data, PARTS[p]))
                    fail_msg("shadow %zu, passwd %zu: %s came out:\n%s", i, k, PARTS[p], t.s.out.data);
            tree_free(&t);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lockout_of_distributions), cmocka_unit_test(lockout_of_all_doors), cmocka_unit_test(controls), cmocka_unit_test(loops_end),
        cmocka_unit_test(length_rules), cmocka_unit_test(second_factor), cmocka_unit_test(empty_passwords), cmocka_unit_test(admins),
        cmocka_unit_test(admins_many_and_twins), cmocka_unit_test(dormant), cmocka_unit_test(not_dormant), cmocka_unit_test(automatic_login),
        cmocka_unit_test(too_large_is_unknown), cmocka_unit_test(no_secret_comes_out),
    };
    return cmocka_run_group_tests_name("survey_passwords", tests, NULL, NULL);
}
