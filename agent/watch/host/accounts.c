/* passwd, shadow and group as text; a field too many or too few is no account. */
#include "agent/watch/host/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/posture.h"
#include "lib/err.h"

#define DAY_S 86400
#define SHADOW_DAYS_MAX 2932896L /* 9999-12-31 as days since the epoch */

/* The next field of a line of ':'; "" behind the last one. */
static char *field(char **rest)
{
    char *at = *rest, *end = strchr(at, ':');

    if (end) {
        *end = '\0';
        *rest = end + 1;
    } else {
        *rest = at + strlen(at);
    }
    return at;
}

static bool can_log_in(const char *shell)
{
    static const char *const NOT[] = {"nologin", "false", "sync", "halt", "shutdown"};
    const char *name = posture_base(shell);

    for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
        if (!strcmp(name, NOT[i]))
            return false;
    return true;                /* an empty one means /bin/sh, passwd(5) */
}

static enum account_password word_of(const char *hash)
{
    if (!*hash)
        return PASSWORD_EMPTY;
    if (*hash == '!' || *hash == '*')
        return PASSWORD_LOCKED;
    return !strcmp(hash, "x") ? PASSWORD_UNSEEN : PASSWORD_SET;
}

int accounts_passwd_line(char *line, struct account *out)
{
    char *rest = line, *name = field(&rest), *hash = field(&rest), *uid = field(&rest), *gid = field(&rest), *home, *shell;
    long u = posture_number(uid, UINT32_MAX), g = posture_number(gid, UINT32_MAX);
    size_t n = strlen(name);

    field(&rest);
    home = field(&rest);
    shell = field(&rest);
    if (!n || n >= sizeof out->name || u < 0 || g < 0)
        return MM_EFORMAT;
    memset(out, 0, sizeof *out);
    memcpy(out->name, name, n);
    if (*home == '/' && strlen(home) < sizeof out->home)
        memcpy(out->home, home, strlen(home));
    out->uid = (uint32_t)u;
    out->gid = (uint32_t)g;
    out->shell = can_log_in(posture_trim(shell));
    out->password = word_of(hash);
    return MM_OK;
}

int accounts_shadow_line(char *line, int64_t now, const char **name, struct account *out)
{
    char *rest = line, *who = field(&rest), *hash = field(&rest);
    long changed = posture_number(field(&rest), SHADOW_DAYS_MAX), expires;

    if (!*who || rest == hash + strlen(hash))
        return MM_EFORMAT;      /* no second field */
    for (int i = 0; i < 4; i++)
        field(&rest);
    expires = posture_number(field(&rest), SHADOW_DAYS_MAX);
    *name = who;
    out->password = word_of(hash);
    out->changed = changed > 0 ? (int64_t)changed * DAY_S : 0;
    out->expired = expires >= 0 && (int64_t)expires * DAY_S < now;
    memset(hash, 0, strlen(hash));
    return MM_OK;
}

static struct account *find(const struct accounts *a, const char *name)
{
    for (size_t i = 0; i < a->n; i++)
        if (!strcmp(a->row[i].name, name))
            return &a->row[i];
    return NULL;
}

static void read_passwd(const struct survey *s, struct accounts *a)
{
    struct buf text;
    char *rest, *line;

    a->passwd = posture_text(s, "/etc/passwd", &text);
    rest = text.data;
    while ((line = survey_line(&rest))) {
        a->more = a->n == ACCOUNTS_MAX;
        if (a->more)
            break;
        if (accounts_passwd_line(line, &a->row[a->n]) == MM_OK)
            a->n++;
    }
    buf_fini(&text);
}

static void read_shadow(const struct survey *s, struct accounts *a)
{
    struct buf text;
    char *rest, *line;

    a->shadow = posture_text(s, "/etc/shadow", &text);
    rest = text.data;
    while ((line = survey_line(&rest))) {
        struct account got = {0};
        const char *name;
        struct account *to;

        if (accounts_shadow_line(line, s->now, &name, &got) || !(to = find(a, name)) || to->password != PASSWORD_UNSEEN)
            continue;
        to->password = got.password;
        to->changed = got.changed;
        to->expired = got.expired;
    }
    if (text.data) {
        volatile char *wipe = text.data; /* so that no compiler finds the writing useless */

        for (size_t i = 0; i < text.cap; i++)
            wipe[i] = 0;
    }
    buf_fini(&text);
}

void accounts_load(const struct survey *s, struct accounts *a)
{
    memset(a, 0, sizeof *a);
    a->row = calloc(ACCOUNTS_MAX, sizeof *a->row);
    a->home = calloc(ACCOUNTS_MAX, sizeof *a->home);
    if (!a->row || !a->home) {
        a->passwd = a->shadow = MM_ENOMEM;
        return;
    }
    read_passwd(s, a);
    read_shadow(s, a);
    for (size_t i = 0; i < a->n; i++) {
        const struct account *r = &a->row[i];
        bool known = !r->home[0] || !strcmp(r->home, "/") || (r->uid && !r->shell);

        for (size_t k = 0; k < a->nhomes && !known; k++)
            known = a->home[k] && !strcmp(a->home[k], r->home);
        if (!known)
            a->home[a->nhomes++] = r->home;
    }
}

void accounts_free(struct accounts *a)
{
    free(a->row);
    free(a->home);
    memset(a, 0, sizeof *a);
}

const struct account *accounts_find(const struct accounts *a, const char *name)
{
    return find(a, name);
}

int accounts_members(const struct survey *s, const struct accounts *a, const char *group,
                     void (*tell)(void *context, const char *member), void *context)
{
    struct buf text;
    char *rest, *line;
    int rc = posture_text(s, "/etc/group", &text), found = 0;

    rest = text.data;
    while (rc == MM_OK && !found && (line = survey_line(&rest))) {
        char *at = line, *name = field(&at), *members;
        long gid;

        field(&at);
        gid = posture_number(field(&at), UINT32_MAX);
        members = field(&at);
        found = !strcmp(name, group);
        for (char *m = members; found && *m;) {
            char *next = m + strcspn(m, ",");

            if (*next)
                *next++ = '\0';
            if (*posture_trim(m))
                tell(context, posture_trim(m));
            m = next;
        }
        for (size_t i = 0; found && i < a->n; i++)
            if ((long)a->row[i].gid == gid)
                tell(context, a->row[i].name);
    }
    buf_fini(&text);
    return rc == MM_OK && !found ? MM_ENOTFOUND : rc;
}
