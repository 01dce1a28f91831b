/* Lines of scripts, crontabs, units and settings -> repositories.
 *
 * No shell is played: a word is taken as it stands, and a place with a '$' in it is
 * not known.  What is kept of a line is the tool and the place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/backup.h"
#include "agent/watch/host/posture.h"
#include "lib/err.h"
#include "lib/limits.h"

#define WORDS_MAX 64 /* words of one command */

int backup_remote(const char *where)
{
    return *where && *where != '/';
}

int backup_place(const char *text, char *out, size_t size)
{
    const char *scheme, *at;
    int secret = 0;
    size_t keep = 0, n;

    out[0] = '\0';
    if (!strncmp(text, "file://", 7))
        text += 7;
    else if (!strncmp(text, "local:", 6))
        text += 6;
    if (strpbrk(text, "$`") || (*text != '/' && !strchr(text, ':')))
        return 0;            /* only a shell knows it, or its working directory */
    scheme = strstr(text, "://");
    at = *text == '/' ? NULL : strrchr(text, '@'); /* the last: a password may hold an '@' */
    if (at) {
        keep = scheme && scheme < at ? (size_t)(scheme + 3 - text) : !strncmp(text, "sftp:", 5) ? 5 : 0;
        secret = memchr(text + keep, ':', (size_t)(at - text) - keep) != NULL;
    }
    snprintf(out, size, "%.*s%s", (int)keep, text, at ? at + 1 : text);
    n = strlen(out);
    while (n > 1 && out[n - 1] == '/')
        out[--n] = '\0';
    return secret;
}

struct backup_repo *backup_find(struct backup_repos *r, const char *tool, const char *where)
{
    for (size_t i = 0; i < r->n; i++)
        if (!strcmp(r->row[i].tool, tool) && !strcmp(r->row[i].where, where))
            return &r->row[i];
    r->more |= r->n == BACKUP_REPOS;
    if (r->n == BACKUP_REPOS)
        return NULL;
    memset(&r->row[r->n], 0, sizeof r->row[r->n]);
    snprintf(r->row[r->n].tool, sizeof r->row[r->n].tool, "%s", tool);
    snprintf(r->row[r->n].where, sizeof r->row[r->n].where, "%s", where);
    return &r->row[r->n++];
}

static void note(struct backup_repos *out, const char *tool, const char *text, const char *from, bool scheduled, bool copy,
                 const struct backup_line_state *state)
{
    char where[BACKUP_WHERE];
    struct backup_repo *r;
    int secret;

    secret = backup_place(text, where, sizeof where);
    r = backup_find(out, tool, where);
    if (!r)
        return;
    if (!r->from[0])
        snprintf(r->from, sizeof r->from, "%s", from);
    r->scheduled |= scheduled;
    r->copy |= copy;
    r->credentials |= state->credentials || secret;
    r->append_only |= state->append_only;
}

/* "NAME=value", also behind export and in Environment="NAME=value": the value; NULL. */
static const char *assigned(const char *word, const char *name)
{
    size_t n = strlen(name);

    if (!strncmp(word, "Environment=", strlen("Environment=")))
        word += strlen("Environment=");
    return !strncmp(word, name, n) && word[n] == '=' ? word + n + 1 : NULL;
}

/* Settings that a file has for its tool: passwords, keys, append-only. */
static void settings(const char *word, struct backup_line_state *state)
{
    static const char *const SECRETS[] = {"RESTIC_PASSWORD", "RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND", "AWS_SECRET_ACCESS_KEY", "B2_ACCOUNT_KEY",
                                          "AZURE_ACCOUNT_KEY", "BORG_PASSPHRASE", "BORG_PASSCOMMAND", "BORG_PASSPHRASE_FD", "RESTIC_REST_PASSWORD"};
    static const char *const OPTIONS[] = {"--password-file", "--password-command", "encryption_passphrase", "encryption_passcommand"};

    for (size_t i = 0; i < sizeof SECRETS / sizeof *SECRETS; i++)
        state->credentials |= assigned(word, SECRETS[i]) != NULL;
    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++)
        state->credentials |= !strncmp(word, OPTIONS[i], strlen(OPTIONS[i]));
    state->append_only |= strstr(word, "--append-only") != NULL; /* rclone serve restic, borg serve, rest-server */
}

/* The value of an option in any of its forms: "-r X", "-rX", "--repo X", "--repo=X". */
static const char *option(char *const *word, size_t n, size_t i, const char *brief, const char *full)
{
    size_t b = strlen(brief), f = strlen(full);

    if ((b && !strcmp(word[i], brief)) || !strcmp(word[i], full))
        return i + 1 < n ? word[i + 1] : NULL;
    if (!strncmp(word[i], full, f) && word[i][f] == '=')
        return word[i] + f + 1;
    return b && !strncmp(word[i], brief, b) && word[i][b] && strncmp(word[i], "--", 2) ? word[i] + b : NULL;
}

static bool is_word(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(word, list[i]))
            return true;
    return false;
}

struct command {
    char **word;
    size_t n, at;            /* at: the tool's own word */
    const char *from;
    bool scheduled;
    struct backup_line_state *state;
    struct backup_repos *out;
};

static void restic_command(const struct command *c)
{
    static const char *const WRITES[] = {"backup", "forget", "prune", "init", "copy"};
    bool writes = false, told = false;

    for (size_t i = c->at + 1; i < c->n; i++) {
        const char *where = option(c->word, c->n, i, "-r", "--repo");

        if (where && strcmp(where, "$RESTIC_REPOSITORY") && strcmp(where, "${RESTIC_REPOSITORY}")) {
            note(c->out, "restic", where, c->from, c->scheduled, false, c->state);
            told = true;
        }
        writes |= is_word(c->word[i], WRITES, sizeof WRITES / sizeof *WRITES);
    }
    for (size_t i = c->state->first; i < c->out->n; i++) /* "RESTIC_REPOSITORY=..." stands above in the same file */
        told |= !strcmp(c->out->row[i].tool, "restic");
    if (writes && !told && c->scheduled)
        note(c->out, "restic", "", c->from, true, false, c->state);
}

static void borg_command(const struct command *c)
{
    static const char *const VERBS[] = {"create", "prune", "compact", "delete", "init"};
    bool verb = false;

    for (size_t i = c->at + 1; i < c->n; i++) {
        char *archive = strstr(c->word[i], "::");
        const char *where = option(c->word, c->n, i, "-r", "--repo");

        verb |= is_word(c->word[i], VERBS, sizeof VERBS / sizeof *VERBS);
        if (!verb || (!archive && !where) || c->word[i] == archive || (archive && *c->word[i] == '-'))
            continue;
        if (archive)
            *archive = '\0';
        note(c->out, "borg", archive ? c->word[i] : where, c->from, c->scheduled, false, c->state);
        return;
    }
}

/* A copy in cron: rsync, rclone and their kin write to their last word. */
static void copy_command(const struct command *c)
{
    static const char *const DOCUMENTS[] = {"/home", "/srv", "/data", "/root", "/var/www"};
    const char *last = NULL, *tool = posture_base(c->word[c->at]);
    bool documents = false;
    size_t places = 0;

    for (size_t i = c->at + 1; i < c->n; i++) {
        if (strpbrk(c->word[i], "|;&<>") && strlen(c->word[i]) < 4)
            break;
        if (*c->word[i] == '-' || (!strchr(c->word[i], '/') && !strchr(c->word[i], ':')))
            continue;
        last = c->word[i];
        places++;
        for (size_t k = 0; k < sizeof DOCUMENTS / sizeof *DOCUMENTS; k++)
            documents |= !strncmp(c->word[i], DOCUMENTS[k], strlen(DOCUMENTS[k]));
    }
    if (strcmp(tool, "tar") ? places >= 2 : documents) /* packages pack up files of their own with tar */
        note(c->out, tool, strcmp(tool, "tar") ? last : "", c->from, true, true, c->state);
}

static void one_word(const struct command *c)
{
    static const char *const COPIES[] = {"rsync", "rclone", "duplicity", "rdiff-backup", "tar", "unison"};
    const char *base = posture_base(c->word[c->at]), *where;

    settings(c->word[c->at], c->state);
    where = assigned(c->word[c->at], "RESTIC_REPOSITORY");
    if (where)
        note(c->out, "restic", where, c->from, c->scheduled, false, c->state);
    where = assigned(c->word[c->at], "BORG_REPO");
    if (where)
        note(c->out, "borg", where, c->from, c->scheduled, false, c->state);
    if (!strcmp(base, "restic"))
        restic_command(c);
    else if (!strcmp(base, "borg") || !strcmp(base, "borgbackup"))
        borg_command(c);
    else if (c->scheduled && is_word(base, COPIES, sizeof COPIES / sizeof *COPIES))
        copy_command(c);
}

/* borgmatic's YAML: "repositories:" with "- path: X" or "- X" below it; no YAML is parsed but these lines. */
static bool borgmatic_line(char *line, const char *from, struct backup_line_state *state, struct backup_repos *out)
{
    char *rest, *word;

    if (!strstr(from, "borgmatic") || !(strstr(from, ".yaml") || strstr(from, ".yml")))
        return false;
    settings(line, state);
    rest = line;
    word = posture_word(&rest);
    if (word && !strcmp(word, "-"))
        word = posture_word(&rest);
    if (word && !strcmp(word, "path:"))
        word = posture_word(&rest);
    else if (!word || strncmp(line, "-", 1) || (strncmp(word, "ssh://", 6) && !strstr(word, ".borg")))
        return true;         /* sources and patterns are lists, too: a bare word counts when it can only be a repository */
    if (word)
        note(out, "borg", word, from, true, false, state);
    return true;
}

void backup_line(char *line, const char *from, bool scheduled, struct backup_line_state *state, struct backup_repos *out)
{
    char *word[WORDS_MAX], *rest = line;
    struct command c = {word, 0, 0, from, scheduled, state, out};

    if (*line == '#' || borgmatic_line(line, from, state, out))
        return;
    while (c.n < WORDS_MAX && (word[c.n] = posture_word(&rest)))
        c.n++;
    if (c.n && !strncmp(word[0], "ExecStart", 9) && strchr(word[0], '='))
        word[0] = strchr(word[0], '=') + 1;
    for (c.at = 0; c.at < c.n; c.at++)
        one_word(&c);
    for (size_t i = state->first; i < out->n; i++) {
        out->row[i].credentials |= state->credentials;
        out->row[i].append_only |= state->append_only;
    }
}

struct walk {
    struct backup_line_state state;
    struct backup_repos *out;
    char path[LIM_PATH];
};

static void tell(void *context, const struct posture_command *c)
{
    struct walk *w = context;

    if (strcmp(w->path, c->path)) {
        snprintf(w->path, sizeof w->path, "%s", c->path);
        w->state = (struct backup_line_state){.first = w->out->n};
    }
    backup_line(c->line, c->path, c->scheduled, &w->state, w->out);
}

unsigned backup_commands(const struct survey *s, struct backup_repos *out)
{
    struct walk *w = calloc(1, sizeof *w);
    unsigned denied;

    if (!w)
        return 1;
    w->out = out;
    denied = posture_commands(s, tell, w);
    free(w);
    return denied;
}
