/* Article 3, the rules of PAM: lockout, length, empty passwords; then the accounts.
 *
 * A line in a file is not yet a lockout: the module that counts must be reached
 * when a password is wrong, and the one that refuses must count when it is right
 * but the account is locked.  So each door's stack is run in both worlds (pam.h).
 * The figures (at most 10 failures; 8 characters with lockout or a second factor,
 * else 10 with upper, lower and digit) are those of METI's guide for supply chain
 * measures, as told in the project's domain notes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/pam.h"
#include "agent/watch/host/passwords.h"
#include "agent/watch/host/posture.h"
#include "lib/err.h"
#include "lib/limits.h"

#define FAILURES_MAX 10      /* lock after at most so many */
#define LENGTH_SHORT 8       /* with lockout or a second factor */
#define LENGTH_LONG 10       /* without, and with three kinds of characters */
#define FAILLOCK_DENY 3      /* faillock.conf(5): "The default is 3." */
#define PWQUALITY_MINLEN 8   /* pwquality.conf(5) */
#define CRACKLIB_MINLEN 9    /* pam_cracklib(8); its credits are 1 each by default */
#define UNIX_MINLEN 6        /* pam_unix(8): "The default value is 6." */
#define BASE_MINLEN 6        /* pwquality.conf(5): "Cannot be set to lower value than 6." */
#define EMPTY_TOLD 20        /* accounts with an empty password told one by one */

/* Where a person comes in with a password: services of Debian, Ubuntu, RHEL, SUSE. */
static const char *const DOORS[] = {"login", "sshd", "gdm-password", "lightdm", "sddm", "xdm", "xrdp-sesman", "cockpit"};
static const char *const COMMON[] = {"common-auth", "system-auth", "password-auth"};

struct rules {
    /* of all doors */
    unsigned doors, locked, cut;
    long deny;               /* the weakest of those that lock */
    bool nullok, mfa, seen;
    char weak[256], why[160]; /* doors without lockout; the first reason */
    char missing[64];        /* a file that could not be read */
    struct pam_stack *stack;
};

/* ---- lockout ---------------------------------------------------------------------------- */

static bool is_counter(const struct pam_module *m)
{
    return !strcmp(m->name, "pam_faillock.so") || !strcmp(m->name, "pam_tally2.so") || !strcmp(m->name, "pam_tally.so");
}

static bool asks_password(const struct pam_module *m)
{
    static const char *const NAMES[] = {"pam_unix.so", "pam_unix2.so", "pam_sss.so", "pam_ldap.so", "pam_winbind.so", "pam_krb5.so",
                                        "pam_systemd_home.so", "pam_fprintd.so", "pam_lsass.so"};

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (!strcmp(m->name, NAMES[i]))
            return true;
    return false;
}

static bool second_factor(const struct pam_module *m)
{
    static const char *const NAMES[] = {"pam_google_authenticator.so", "pam_oath.so", "pam_u2f.so", "pam_yubico.so", "pam_duo.so"};
    char ignored[8];

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (!strcmp(m->name, NAMES[i])) /* nullok: whoever has none set up needs none */
            return m->on_refusal != PAM_DO_IGNORE && !pam_arg(m, "nullok", ignored, sizeof ignored);
    return false;
}

/* A module that we do not know and that could end the stack (pam_selinux_permit, a group that needs no password): taken as
 * "does not concern this person"; one that only has to agree is taken to agree. */
static bool not_concerned(const struct pam_module *m)
{
    return (m->on_success == PAM_DO_DONE || m->on_success > 0) && !asks_password(m) && !is_counter(m) && strcmp(m->name, "pam_permit.so");
}

static int wrong_password(const struct pam_module *m, void *world)
{
    char ignored[8];

    (void)world;
    if (not_concerned(m))
        return 2;
    if (!strcmp(m->name, "pam_faillock.so")) /* pam_faillock.c: authfail of an unlocked user answers PAM_IGNORE */
        return pam_arg(m, "authfail", ignored, sizeof ignored) ? 2 : 0;
    return asks_password(m) || !strcmp(m->name, "pam_deny.so") || !strcmp(m->name, "pam_rootok.so");
}

static int locked_account(const struct pam_module *m, void *world)
{
    (void)world;
    if (not_concerned(m))
        return 2;
    return is_counter(m) || !strcmp(m->name, "pam_deny.so") || !strcmp(m->name, "pam_rootok.so");
}

static long deny_of(const struct survey *s, const struct pam_module *m, bool *unread)
{
    char value[64], path[LIM_NAME] = "/etc/security/faillock.conf";
    long deny = strcmp(m->name, "pam_faillock.so") ? 0 : FAILLOCK_DENY; /* pam_tally2(8): nothing without deny= */
    const char *section = "", *key, *v;
    struct buf text;
    char *rest;
    int rc;

    if (deny) {
        if (pam_arg(m, "conf", value, sizeof value))
            snprintf(path, sizeof path, "%s", value);
        rc = posture_text(s, path, &text);
        *unread |= rc != MM_OK && rc != MM_ENOTFOUND;
        rest = text.data;
        while (posture_ini(&rest, &section, &key, &v))
            if (!strcmp(key, "deny"))
                deny = posture_number(v, 65535);
        buf_fini(&text);
    }
    if (pam_arg(m, "deny", value, sizeof value))
        deny = posture_number(value, 65535);
    return deny;
}

/* The limit that this stack enforces; 0 with the reason why none. */
static long lockout_of(const struct survey *s, const struct pam_stack *p, bool *unread, const char **why)
{
    bool visited[PAM_LINES], counts = false, has = false, open;
    char ignored[8];
    long deny = 0;

    open = !pam_fails(p, wrong_password, NULL, visited);
    for (size_t i = 0; i < p->n; i++) {
        const struct pam_module *m = &p->module[i];
        bool faillock = !strcmp(m->name, "pam_faillock.so");

        if (!is_counter(m))
            continue;
        has = true;
        if (visited[i] && (!faillock || pam_arg(m, "authfail", ignored, sizeof ignored))) {
            counts = true;
            deny = deny_of(s, m, unread);
        }
    }
    *why = open ? "the stack lets a wrong password in"
           : !has ? "no pam_faillock or pam_tally2"
           : !counts ? "pam_faillock is there, but the line that counts (authfail) is not reached when a password is wrong"
           : !pam_fails(p, locked_account, NULL, NULL) ? "failures are counted, but a locked account still gets in (no preauth line that refuses)"
           : deny <= 0 ? "deny is 0 or no number: nothing is locked" : "";
    return **why ? 0 : deny;
}

static void look_at_door(const struct survey *s, const char *service, struct rules *r)
{
    const char *why = "";
    char ignored[8];
    bool unread = false;
    long deny;
    int rc = pam_load(s, service, "auth", r->stack);

    if (rc == MM_ENOTFOUND)
        return;
    r->doors++;
    r->seen |= rc == MM_OK;
    deny = rc == MM_OK ? lockout_of(s, r->stack, &unread, &why) : 0;
    if (rc != MM_OK || unread || (deny == 0 && r->stack->cut)) {
        r->cut++;
        if (r->stack->cut)
            snprintf(r->missing, sizeof r->missing, "%s", r->stack->missing);
        return;
    }
    for (size_t i = 0; i < r->stack->n; i++) {
        const struct pam_module *m = &r->stack->module[i];

        r->mfa |= second_factor(m);
        r->nullok |= !strcmp(m->name, "pam_unix.so") &&
                     (pam_arg(m, "nullok", ignored, sizeof ignored) || pam_arg(m, "nullok_secure", ignored, sizeof ignored));
    }
    if (deny > 0 && deny <= FAILURES_MAX) {
        r->locked++;
    } else {
        size_t n = strlen(r->weak);

        snprintf(r->weak + n, sizeof r->weak - n, "%s%s", n ? ", " : "", service);
        if (!r->why[0])
            snprintf(r->why, sizeof r->why, "%s", deny ? "the limit is higher than 10" : why);
    }
    r->deny = deny > r->deny ? deny : r->deny;
}

static void check_lockout(struct survey *s, const struct rules *r)
{
    char number[24];

    snprintf(number, sizeof number, "%ld", r->deny);
    if (!r->seen || r->cut == r->doors)
        posture_put(s, PASSWORDS_LOCKOUT, SURVEY_UNKNOWN, "", number, NULL, "no stack of PAM could be read whole below /etc/pam.d%s%s",
                    r->missing[0] ? ", missing: " : "", r->missing);
    else if (r->locked == r->doors)
        posture_put(s, PASSWORDS_LOCKOUT, SURVEY_MET, "", number, NULL, "/etc/pam.d: %u of %u ways to log in lock after %ld failures",
                    r->locked, r->doors, r->deny);
    else if (!r->weak[0])
        posture_put(s, PASSWORDS_LOCKOUT, SURVEY_UNKNOWN, "", number, NULL,
                    "/etc/pam.d: %u of %u ways to log in lock, the stack of %u could not be read whole", r->locked, r->doors, r->cut);
    else
        posture_put(s, PASSWORDS_LOCKOUT, r->locked ? SURVEY_PARTLY : SURVEY_UNMET, "", number, NULL,
                    "/etc/pam.d: %u of %u ways to log in lock, not: %s; %s", r->locked, r->doors, r->weak, r->why);
}

/* ---- length ----------------------------------------------------------------------------- */

struct quality {
    long minlen, dcredit, ucredit, lcredit, ocredit, minclass;
    bool off, unread;
};

static void quality_set(struct quality *q, const char *key, const char *value)
{
    const struct { const char *key; long *at; } KEYS[] = {{"minlen", &q->minlen}, {"dcredit", &q->dcredit}, {"ucredit", &q->ucredit},
        {"lcredit", &q->lcredit}, {"ocredit", &q->ocredit}, {"minclass", &q->minclass}};
    long number = *value == '-' ? -posture_number(value + 1, 1000) : posture_number(value, 1000);

    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (!strcmp(key, KEYS[i].key))
            *KEYS[i].at = number;
    if (!strcmp(key, "enforcing"))
        q->off = number == 0;
}

static void quality_file(const struct survey *s, const char *path, struct quality *q)
{
    const char *section = "", *key, *value;
    struct buf text;
    int rc = posture_text(s, path, &text);
    char *rest = text.data;

    q->unread |= rc != MM_OK && rc != MM_ENOTFOUND;
    while (posture_ini(&rest, &section, &key, &value))
        quality_set(q, key, value);
    buf_fini(&text);
}

/* pwquality.conf(5): the folder first, in the order of the names, then the file. */
static void quality_files(const struct survey *s, struct quality *q)
{
    struct posture_names names;
    char path[LIM_PATH];

    posture_names(s, "/etc/security/pwquality.conf.d", ".conf", &names);
    for (size_t i = 0; i < names.n; i++) {
        snprintf(path, sizeof path, "/etc/security/pwquality.conf.d/%s", names.name[i]);
        quality_file(s, path, q);
    }
    posture_names_fini(&names);
    quality_file(s, "/etc/security/pwquality.conf", q);
}

struct length {
    long least;              /* characters of the shortest password that passes; 0: nothing asks */
    bool classes;            /* upper, lower and digit are all needed */
    bool unread;
    char by[80];
};

static void length_quality(const struct survey *s, const struct pam_module *m, struct length *l)
{
    bool cracklib = !strcmp(m->name, "pam_cracklib.so");
    struct quality q = {.minlen = PWQUALITY_MINLEN};
    char args[PAM_ARGS], *rest = args, *word;
    long least;

    if (cracklib)
        q = (struct quality){CRACKLIB_MINLEN, 1, 1, 1, 1, 0, false, false};
    else
        quality_files(s, &q);
    snprintf(args, sizeof args, "%s", m->args);
    while ((word = posture_word(&rest))) {
        char *value = strchr(word, '=');

        if (!value)
            continue;
        *value++ = '\0';
        quality_set(&q, word, value);
    }
    l->unread |= q.unread;
    if (q.off)
        return;
    least = q.minlen - (q.dcredit > 0) * q.dcredit - (q.ucredit > 0) * q.ucredit - (q.lcredit > 0) * q.lcredit - (q.ocredit > 0) * q.ocredit;
    least = least < BASE_MINLEN ? BASE_MINLEN : least;
    l->classes |= q.minclass >= 4 || (q.dcredit < 0 && q.ucredit < 0 && q.lcredit < 0);
    if (least > l->least) {
        l->least = least;
        snprintf(l->by, sizeof l->by, "%s minlen=%ld", m->name, q.minlen);
    }
}

/* pam_passwdqc(8): min=N0,N1,N2,N3,N4 by the number of character classes; the least of them counts. */
static void length_passwdqc(const struct pam_module *m, struct length *l)
{
    char value[96] = "disabled,24,11,8,7", *at = value;
    long least = 0;

    pam_arg(m, "min", value, sizeof value);
    while (at && *at) {
        char *next = strchr(at, ',');
        long n;

        if (next)
            *next++ = '\0';
        n = posture_number(at, 1000);
        if (n > 0 && (!least || n < least))
            least = n;
        at = next;
    }
    if (least > l->least) {
        l->least = least;
        snprintf(l->by, sizeof l->by, "pam_passwdqc.so");
    }
}

static void length_unix(const struct pam_module *m, struct length *l)
{
    char value[24];
    long least = UNIX_MINLEN;

    if (pam_arg(m, "minlen", value, sizeof value) && posture_number(value, 1000) >= 0)
        least = posture_number(value, 1000);
    if (least > l->least) {
        l->least = least;
        snprintf(l->by, sizeof l->by, "pam_unix.so minlen=%ld", least);
    }
}

static bool has_pass_min_len(const struct survey *s)
{
    struct buf text;
    bool has = false;
    char *rest, *line;

    posture_text(s, "/etc/login.defs", &text);
    rest = text.data;
    while ((line = survey_line(&rest)))
        has |= !strncmp(line, "PASS_MIN_LEN", strlen("PASS_MIN_LEN"));
    buf_fini(&text);
    return has;
}

static void check_length(struct survey *s, const struct rules *r)
{
    static const char *const SERVICES[] = {"passwd", "common-password", "system-auth"};
    bool lockout = r->doors && r->locked == r->doors, found = false;
    struct length l = {0};
    enum survey_state state;
    char number[24];

    for (size_t i = 0; i < sizeof SERVICES / sizeof *SERVICES && !found; i++)
        found = pam_load(s, SERVICES[i], "password", r->stack) == MM_OK && r->stack->n;
    for (size_t i = 0; found && i < r->stack->n; i++) {
        const struct pam_module *m = &r->stack->module[i];

        if (m->on_refusal == PAM_DO_IGNORE && strcmp(m->name, "pam_unix.so"))
            continue;        /* optional: it warns and lets it pass */
        if (!strcmp(m->name, "pam_pwquality.so") || !strcmp(m->name, "pam_cracklib.so"))
            length_quality(s, m, &l);
        else if (!strcmp(m->name, "pam_passwdqc.so"))
            length_passwdqc(m, &l);
        else if (!strcmp(m->name, "pam_unix.so"))
            length_unix(m, &l);
    }
    snprintf(number, sizeof number, "%ld", l.least);
    if (!found || !l.least || l.unread || r->stack->cut) {
        posture_put(s, PASSWORDS_LENGTH, SURVEY_UNKNOWN, "", number, NULL, "%s",
                    !found ? "no password stack of PAM below /etc/pam.d" : !l.least ? "no module of PAM that is known to ask for a length"
                    : "settings of PAM could not be read whole");
        return;
    }
    state = (l.least >= LENGTH_SHORT && (lockout || r->mfa)) || (l.least >= LENGTH_LONG && l.classes) ? SURVEY_MET
            : l.least >= LENGTH_SHORT ? SURVEY_PARTLY : SURVEY_UNMET;
    posture_put(s, PASSWORDS_LENGTH, state, "", number, NULL, "PAM: at least %ld characters (%s)%s%s%s%s", l.least, l.by,
                l.classes ? ", upper, lower and digit" : ", no kinds of characters asked", lockout ? ", with lockout" : ", without lockout",
                r->mfa ? ", with a second factor" : "", has_pass_min_len(s) ? "; PASS_MIN_LEN of /etc/login.defs means nothing to PAM" : "");
}

/* ---- empty passwords --------------------------------------------------------------------- */

static void check_empty(struct survey *s, const struct accounts *a, const struct rules *r)
{
    unsigned found = 0, unseen = 0;
    bool refused = r->seen && !r->cut && !r->nullok;

    for (size_t i = 0; i < a->n; i++) {
        const struct account *p = &a->row[i];

        unseen += p->shell && p->password == PASSWORD_UNSEEN;
        if (!p->shell || p->password != PASSWORD_EMPTY || found++ >= EMPTY_TOLD)
            continue;
        posture_put(s, PASSWORDS_EMPTY, refused ? SURVEY_PARTLY : SURVEY_UNMET, p->name, p->name, NULL,
                    "the password of %s is empty; %s", p->name, refused ? "PAM refuses empty passwords (no nullok), but other programs may not"
                    : r->nullok ? "PAM lets empty passwords in (nullok)" : "whether PAM refuses it could not be found out");
    }
    if (found)
        return;
    if (a->passwd || a->shadow || unseen)
        posture_put(s, PASSWORDS_EMPTY, SURVEY_UNKNOWN, "", "", NULL, "/etc/passwd: %s; /etc/shadow: %s; %u accounts that can log in without an entry",
                    a->passwd ? mm_strerror(a->passwd) : "read", a->shadow ? mm_strerror(a->shadow) : "read", unseen);
    else
        posture_put(s, PASSWORDS_EMPTY, SURVEY_MET, "", "", NULL, "/etc/shadow: none of %zu accounts has an empty password", a->n);
}

void survey_passwords(struct survey *s)
{
    struct rules r = {0};
    struct accounts a;

    r.stack = calloc(1, sizeof *r.stack);
    if (!r.stack) {
        posture_put(s, PASSWORDS_LOCKOUT, SURVEY_UNKNOWN, "", "0", NULL, "out of memory");
        return;
    }
    for (size_t i = 0; i < sizeof DOORS / sizeof *DOORS; i++)
        look_at_door(s, DOORS[i], &r);
    for (size_t i = 0; i < sizeof COMMON / sizeof *COMMON && !r.doors; i++)
        look_at_door(s, COMMON[i], &r);
    check_lockout(s, &r);
    check_length(s, &r);
    accounts_load(s, &a);
    check_empty(s, &a, &r);
    accounts_check_admin(s, &a);
    accounts_check_dormant(s, &a);
    accounts_check_autologin(s);
    accounts_free(&a);
    free(r.stack);
}
