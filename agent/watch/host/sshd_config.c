/* Included files are read with a stack of our own, each in the place of its Include (servconf.c of OpenSSH:
 * a Match in an included file ends with it; at most 16 deep). */
#include "agent/watch/host/sshd_config.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"
#include "lib/limits.h"

#define MAX_DEPTH 16    /* SERVCONF_MAX_DEPTH */
#define MAX_FILES 256   /* all together: a folder of snippets has a few */
#define MAX_WORDS 32    /* of one line that is looked at */

enum scope { GLOBAL = 0, MATCH_SOME, MATCH_ALL };

struct open_file { struct buf text; char *rest; enum scope scope, base; /* where its Include stands */ };

struct names { char *name[MAX_FILES]; unsigned n; };

struct reader {
    const struct survey *s;
    struct sshd_config *c;
    struct open_file file[MAX_DEPTH];
    unsigned depth;
    struct names wait[MAX_DEPTH]; /* still to be read before the file at this depth goes on */
    bool all[SSHD_SETTINGS];      /* a "Match all" has set it: it overrides the global value */
};

static const struct { const char *name; enum sshd_setting setting; const char *standard; } SETTINGS[] = {
    /* the first SSHD_SETTINGS in the order of the enum; standard: servconf.c, fill_default_server_options */
    {"PasswordAuthentication", SSHD_PASSWORD, "yes"}, {"KbdInteractiveAuthentication", SSHD_KEYBOARD, "yes"}, {"UsePAM", SSHD_PAM, "no"},
    {"PermitRootLogin", SSHD_ROOT, "prohibit-password"}, {"PermitEmptyPasswords", SSHD_EMPTY, "no"}, {"MaxAuthTries", SSHD_TRIES, "6"},
    {"AuthenticationMethods", SSHD_METHODS, "any"},
    {"ChallengeResponseAuthentication", SSHD_KEYBOARD, NULL}, {"SkeyAuthentication", SSHD_KEYBOARD, NULL},
};

const char *sshd_name(enum sshd_setting s)
{
    return SETTINGS[s].name;
}

static void incomplete(struct reader *r, const char *why, const char *what)
{
    if (!r->c->incomplete)
        snprintf(r->c->why, sizeof r->c->why, "%s: %.100s", why, what);
    r->c->incomplete = true;
}

/* ---- words ------------------------------------------------------------------------------- */

/* The next word, quotes taken off; NULL at the end or at a comment. */
static char *next_word(char **rest)
{
    char *in = *rest + strspn(*rest, " \t\r\f"), *word = in, *out = in, quote = 0;

    if (!*in || *in == '#')
        return NULL;
    for (; *in && (quote || !strchr(" \t\r\f", *in)); in++) {
        if (*in == '\\' && in[1] && strchr("\\\"' ", in[1]))
            *out++ = *++in;
        else if (quote ? *in == quote : *in == '"' || *in == '\'')
            quote = quote ? 0 : *in;
        else
            *out++ = *in;
    }
    *rest = in + (*in != '\0');
    *out = '\0';
    return word;
}

/* "Keyword value", "Keyword=value", "Keyword = value" */
static char *keyword(char **rest)
{
    char *word = *rest, *end = word + strcspn(word, " \t\r\f="), *value = end + strspn(end, " \t\r\f");

    if (!*word || *word == '#')
        return NULL;
    if (*value == '=')
        value++;
    *rest = value;
    if (value == end) /* nothing but the keyword */
        return word;
    *end = '\0';
    return word;
}

/* ---- settings ---------------------------------------------------------------------------- */

static void keep(char out[SSHD_VALUE], const char *text)
{
    size_t n = strnlen(text, SSHD_VALUE - 1);

    for (size_t i = 0; i < n; i++)
        out[i] = (char)tolower((unsigned char)text[i]);
    out[n] = '\0';
    if (!strcmp(out, "without-password"))
        snprintf(out, SSHD_VALUE, "prohibit-password");
}

static void set(struct reader *r, enum sshd_setting s, const char *value)
{
    struct sshd_config *c = r->c;
    enum scope scope = r->file[r->depth - 1].scope;

    if (scope == MATCH_SOME) {
        if (c->matches[s] < SSHD_MATCHES)
            keep(c->match[s][c->matches[s]++], value);
        else
            incomplete(r, "too many Match blocks", sshd_name(s));
    } else if (scope == MATCH_ALL ? !r->all[s] : !c->set[s]) {
        keep(c->value[s], value);
        c->set[s] = true;
        r->all[s] |= scope == MATCH_ALL;
    }
}

static void setting(struct reader *r, enum sshd_setting s, char *rest)
{
    char value[SSHD_VALUE] = "", *word;
    size_t n = 0;

    while ((word = next_word(&rest)) && n + 1 < sizeof value)
        n += (size_t)snprintf(value + n, sizeof value - n, "%s%s", n ? " " : "", word);
    if (!*value)
        incomplete(r, "a setting without a value", sshd_name(s));
    else
        set(r, s, value);
}

static void match(struct reader *r, char *rest)
{
    struct open_file *f = &r->file[r->depth - 1];
    char *word = next_word(&rest);

    f->scope = f->base != MATCH_SOME && word && !strcasecmp(word, "all") ? MATCH_ALL : MATCH_SOME;
}

/* ---- files ------------------------------------------------------------------------------- */

static int push(struct reader *r, const char *path, enum scope scope)
{
    struct open_file *f = &r->file[r->depth];
    int rc;

    buf_init(&f->text, LIM_SURVEY_FILE);
    rc = survey_read(r->s, path, LIM_SURVEY_FILE, &f->text);
    if (rc) {
        buf_fini(&f->text);
        return rc;
    }
    f->rest = f->text.data;
    f->scope = f->base = scope;
    if (strlen(f->text.data) != f->text.len)
        incomplete(r, "a file that is no text", path);
    r->wait[r->depth].n = 0;
    r->depth++;
    r->c->files++;
    return MM_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void wait_for(struct reader *r, struct names *names, const char *path)
{
    char *copy = names->n < MAX_FILES && r->c->files + names->n < MAX_FILES ? strdup(path) : NULL;

    if (copy)
        names->name[names->n++] = copy;
    else
        incomplete(r, "too many included files", path);
}

/* All names of one pattern, in their order; a wildcard may stand in the last part of the path. */
static void expand(struct reader *r, struct names *names, const char *pattern)
{
    char folder[LIM_PATH], path[LIM_PATH];
    int rc, n = snprintf(path, sizeof path, "%s%s", *pattern == '/' ? "" : "/etc/ssh/", pattern);
    char *slash = strrchr(path, '/');
    unsigned first = names->n;
    struct dirent *e;
    DIR *d;

    if (n >= (int)sizeof path) {
        incomplete(r, "a path that is too long", pattern);
        return;
    }
    if (!strpbrk(path, "*?[")) {
        wait_for(r, names, path);
        return;
    }
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    if (strpbrk(folder, "*?[")) {
        incomplete(r, "an Include that is not understood", pattern);
        return;
    }
    d = survey_dir(r->s, folder[0] ? folder : "/", &rc);
    if (!d && rc != MM_ENOTFOUND)
        incomplete(r, "a folder that cannot be read", folder);
    while (d && (e = readdir(d))) {
        char name[LIM_PATH];

        if (fnmatch(slash + 1, e->d_name, FNM_PERIOD) == 0 && snprintf(name, sizeof name, "%s/%s", folder, e->d_name) < (int)sizeof name)
            wait_for(r, names, name);
    }
    if (d)
        closedir(d);
    qsort(names->name + first, names->n - first, sizeof *names->name, by_name);
}

static void include(struct reader *r, char *rest)
{
    struct names *names = &r->wait[r->depth - 1];
    char *word;

    while ((word = next_word(&rest)))
        expand(r, names, word);
    for (unsigned i = 0; i < names->n / 2; i++) { /* taken from the end */
        char *x = names->name[i];

        names->name[i] = names->name[names->n - 1 - i];
        names->name[names->n - 1 - i] = x;
    }
}

/* The next file that waits at this depth. */
static void enter(struct reader *r, struct names *names)
{
    char *path = names->name[--names->n];
    int rc = r->depth == MAX_DEPTH ? MM_ELIMIT : push(r, path, r->file[r->depth - 1].scope);

    if (rc && rc != MM_ENOTFOUND)
        incomplete(r, "an included file that cannot be read", path);
    free(path);
}

static void read_line(struct reader *r, char *line)
{
    char *word = keyword(&line);

    if (!word)
        return;
    if (!strcasecmp(word, "Include")) {
        include(r, line);
        return;
    }
    if (!strcasecmp(word, "Match")) {
        match(r, line);
        return;
    }
    for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++)
        if (!strcasecmp(word, SETTINGS[i].name)) {
            setting(r, SETTINGS[i].setting, line);
            return;
        }
}

int sshd_config_read(const struct survey *s, const char *path, struct sshd_config *out)
{
    struct reader *r = calloc(1, sizeof *r);
    int rc;

    if (!r)
        return MM_ENOMEM;
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < SSHD_SETTINGS; i++)
        snprintf(out->value[i], sizeof out->value[i], "%s", SETTINGS[i].standard);
    r->s = s;
    r->c = out;
    rc = push(r, path, GLOBAL);
    while (r->depth) {
        struct open_file *f = &r->file[r->depth - 1];
        struct names *names = &r->wait[r->depth - 1];
        char *line;

        if (names->n) {
            enter(r, names);
        } else if ((line = survey_line(&f->rest))) {
            read_line(r, line);
        } else {
            buf_fini(&f->text);
            r->depth--;
        }
    }
    free(r);
    return rc;
}
