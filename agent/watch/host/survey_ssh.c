/* Who may log in over SSH, and with what: settings of the OpenSSH server that is installed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/sshd_config.h"
#include "agent/watch/host/survey.h"
#include "lib/err.h"

#define TRIES_GOOD 6   /* sshd's own default */
#define TRIES_MAX 10   /* failures after which an account should be locked at the latest (SCS, three stars) */

static bool yes(const char *value)
{
    return !strcmp(value, "yes") || !strcmp(value, "true");
}

static bool any_match(const struct sshd_config *c, enum sshd_setting s, bool (*is)(const char *value))
{
    for (unsigned i = 0; i < c->matches[s]; i++)
        if (is(c->match[s][i]))
            return true;
    return false;
}

/* Is one of the lists of AuthenticationMethods satisfied by a password alone?  "any": no list asks for more. */
static bool methods_allow(const char *value)
{
    const char *at = value;

    if (!strcmp(value, "any"))
        return true;
    while (*at) {
        size_t n = strcspn(at, " ");
        const char *part = at;
        bool strong = false;

        for (; part < at + n; part += strcspn(part, ", ") + 1)
            strong |= strncmp(part, "password", 8) && strncmp(part, "keyboard-interactive", 20) && strncmp(part, "none", 4);
        if (n && !strong)
            return true;
        at += n + (at[n] == ' ');
    }
    return false;
}

/* A password is enough for those whom no Match names. */
static bool password_enough(const struct sshd_config *c)
{
    return (yes(c->value[SSHD_PASSWORD]) || (yes(c->value[SSHD_KEYBOARD]) && yes(c->value[SSHD_PAM]))) && methods_allow(c->value[SSHD_METHODS]);
}

/* ... or for some whom one names. */
static bool password_some(const struct sshd_config *c)
{
    return any_match(c, SSHD_PASSWORD, yes) || (yes(c->value[SSHD_PAM]) && any_match(c, SSHD_KEYBOARD, yes)) ||
           any_match(c, SSHD_METHODS, methods_allow);
}

/* ---- what is told ------------------------------------------------------------------------- */

struct told { struct survey *s; const struct sshd_config *c; const char *path; };

static void say(const struct told *t, const char *check, enum survey_state state, const enum sshd_setting *used, unsigned n, const char *arg)
{
    struct buf line;

    buf_init(&line, 1000);
    buf_addf(&line, "%s:", t->path);
    for (unsigned i = 0; i < n; i++) {
        buf_addf(&line, "%s %s %s%s", i ? "," : "", sshd_name(used[i]), t->c->value[used[i]], t->c->set[used[i]] ? "" : " (default)");
        for (unsigned k = 0; k < t->c->matches[used[i]]; k++)
            buf_addf(&line, "%s%s%s", k ? " " : " (in Match: ", t->c->match[used[i]][k], k + 1 == t->c->matches[used[i]] ? ")" : "");
    }
    if (t->c->incomplete)
        buf_addf(&line, "; not all could be read: %s", t->c->why);
    if (t->c->incomplete && state == SURVEY_MET) /* what was not read may say otherwise */
        state = SURVEY_UNKNOWN;
    survey_check(t->s, ARTICLE_PASSWORDS, check, state, "", &arg, arg ? 1 : 0, line.data ? line.data : "");
    buf_fini(&line);
}

static void tell_password(const struct told *t)
{
    static const enum sshd_setting USED[] = {SSHD_PASSWORD, SSHD_KEYBOARD, SSHD_PAM, SSHD_METHODS};

    say(t, "ssh.password", password_enough(t->c) ? SURVEY_UNMET : password_some(t->c) ? SURVEY_PARTLY : SURVEY_MET, USED, 4, NULL);
}

static void tell_root(const struct told *t)
{
    static const enum sshd_setting USED[] = {SSHD_ROOT, SSHD_PASSWORD, SSHD_KEYBOARD, SSHD_PAM};
    enum survey_state state = SURVEY_MET; /* no, a key, or a fixed command with a key */

    if (yes(t->c->value[SSHD_ROOT]))
        state = password_enough(t->c) ? SURVEY_UNMET : SURVEY_PARTLY;
    else if (any_match(t->c, SSHD_ROOT, yes))
        state = SURVEY_PARTLY;
    say(t, "ssh.root", state, USED, 4, NULL);
}

static void tell_empty(const struct told *t)
{
    static const enum sshd_setting USED[] = {SSHD_EMPTY};
    enum survey_state state = SURVEY_MET;

    if (yes(t->c->value[SSHD_EMPTY]))
        state = password_enough(t->c) ? SURVEY_UNMET : SURVEY_PARTLY;
    else if (any_match(t->c, SSHD_EMPTY, yes))
        state = SURVEY_PARTLY;
    say(t, "ssh.empty", state, USED, 1, NULL);
}

/* -1: no number. */
static long tries(const char *value)
{
    char *end;
    long n = strtol(value, &end, 10);

    return *value && !*end && n >= 0 ? n : -1;
}

static bool many(const char *value)
{
    return tries(value) < 0 || tries(value) > TRIES_GOOD;
}

static void tell_tries(const struct told *t)
{
    static const enum sshd_setting USED[] = {SSHD_TRIES};
    long n = tries(t->c->value[SSHD_TRIES]);
    enum survey_state state = n < 0 ? SURVEY_UNKNOWN : n > TRIES_MAX ? SURVEY_UNMET : n > TRIES_GOOD ? SURVEY_PARTLY : SURVEY_MET;

    if (state == SURVEY_MET && any_match(t->c, SSHD_TRIES, many))
        state = SURVEY_PARTLY;
    say(t, "ssh.attempts", state, USED, 1, t->c->value[SSHD_TRIES]);
}

static bool installed(const struct survey *s)
{
    static const char *const PLACES[] = {"/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd"};
    struct stat st;

    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
        if (survey_stat(s, PLACES[i], &st) == MM_OK && S_ISREG(st.st_mode))
            return true;
    return false;
}

static void unreadable(struct survey *s, int rc)
{
    static const char *const CHECKS[] = {"ssh.password", "ssh.root", "ssh.empty", "ssh.attempts"};
    const char *arg = "?";
    char line[160];

    snprintf(line, sizeof line, "/etc/ssh/sshd_config could not be read: %s", mm_strerror(rc));
    for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS; i++)
        survey_check(s, ARTICLE_PASSWORDS, CHECKS[i], SURVEY_UNKNOWN, "", &arg, i == 3 ? 1 : 0, line);
}

void survey_ssh(struct survey *s)
{
    static const char *const FILES[] = {"/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config"}; /* the second: openSUSE's own, when the first is not there */
    struct sshd_config *c;
    int rc = MM_ENOTFOUND;

    if (!installed(s))
        return;
    c = malloc(sizeof *c);
    for (size_t i = 0; c && i < sizeof FILES / sizeof *FILES && rc == MM_ENOTFOUND; i++) {
        struct told t = {.s = s, .c = c, .path = FILES[i]};

        rc = sshd_config_read(s, FILES[i], c);
        if (rc)
            continue;
        tell_password(&t);
        tell_root(&t);
        tell_empty(&t);
        tell_tries(&t);
    }
    if (rc)
        unreadable(s, c ? rc : MM_ENOMEM);
    free(c);
}
