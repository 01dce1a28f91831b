/* A line is taken apart only as far as needed: who, and whether ALL stands among the commands. */
#include "agent/watch/host/sudoers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "agent/watch/host/posture.h"
#include "lib/err.h"

#define FILES_MAX 64 /* files included, each once */

static void add(struct sudoers *out, const char *who, bool all, bool nopasswd)
{
    if (!*who || strlen(who) >= sizeof out->rule[0].who)
        return;
    if (out->n == SUDOERS_RULES) {
        out->more = true;
        return;
    }
    snprintf(out->rule[out->n].who, sizeof out->rule[0].who, "%s", who);
    out->rule[out->n].all = all;
    out->rule[out->n++].nopasswd = nopasswd;
}

/* `commands`: "(ALL:ALL) NOPASSWD: ALL, /bin/x" */
static void commands_of(char *commands, bool *all, bool *nopasswd)
{
    char *close;

    *all = false;
    *nopasswd = strstr(commands, "NOPASSWD") != NULL;
    commands += strspn(commands, " \t");
    if (*commands == '(' && (close = strchr(commands, ')')))
        commands = close + 1;
    while (commands && *commands) {
        char *next = strchr(commands, ','), *tag;

        if (next)
            *next++ = '\0';
        while ((tag = strchr(commands, ':')) && isupper((unsigned char)*posture_trim(commands)) && tag > commands &&
               (isupper((unsigned char)tag[-1]) || tag[-1] == ' '))
            commands = tag + 1;
        *all |= !strcmp(posture_trim(commands), "ALL");
        commands = next;
    }
}

void sudoers_line(char *line, struct sudoers *out)
{
    char *equals = strchr(line, '='), *at = line, *who[16];
    size_t n = 0;
    bool all, nopasswd, more = true;

    if (!equals || !strncmp(line, "Defaults", strlen("Defaults")) || strstr(line, "_Alias"))
        return;
    *equals = '\0';
    /* "alice, bob , %staff HOSTS": a word ends the list unless a comma stands at its end or before the next one */
    while (more && n < sizeof who / sizeof *who) {
        size_t len;

        at += strspn(at, " \t,");
        len = strcspn(at, " \t,");
        if (!len)
            break;
        who[n++] = at;
        at += len;
        more = at[strspn(at, " \t")] == ',';
        if (*at)
            *at++ = '\0';
    }
    commands_of(equals + 1, &all, &nopasswd);
    for (size_t i = 0; i < n; i++)
        add(out, who[i], all, nopasswd);
}

struct reader {
    char path[FILES_MAX][LIM_NAME];
    size_t n;
};

static void queue(struct reader *r, const char *path, struct sudoers *out)
{
    for (size_t i = 0; i < r->n; i++)
        if (!strcmp(r->path[i], path))
            return;
    if (r->n == FILES_MAX || strlen(path) >= sizeof r->path[0])
        out->more = true;
    else
        snprintf(r->path[r->n++], sizeof r->path[0], "%s", path);
}

/* "@include FILE", "@includedir FOLDER", with '#' in older files. */
static bool include(const struct survey *s, char *line, struct reader *r, struct sudoers *out)
{
    char *rest = line + 1, *word, path[LIM_PATH];
    struct posture_names names;

    if (strncmp(line + 1, "include", strlen("include")))
        return false;
    word = posture_word(&rest);
    if (!strcmp(word, "include")) {
        word = posture_word(&rest);
        if (word && snprintf(path, sizeof path, "%s%s", *word == '/' ? "" : "/etc/", word) < (int)sizeof path)
            queue(r, path, out);
        return true;
    }
    word = strcmp(word, "includedir") ? NULL : posture_word(&rest);
    if (!word)
        return true;
    out->unread |= posture_names(s, word, "", &names) == MM_EDENIED;
    for (size_t i = 0; i < names.n; i++) /* sudoers(5): names with a '.' or ending in '~' are skipped */
        if (!strchr(names.name[i], '.') && names.name[i][strlen(names.name[i]) - 1] != '~' &&
            snprintf(path, sizeof path, "%s/%s", word, names.name[i]) < (int)sizeof path)
            queue(r, path, out);
    posture_names_fini(&names);
    return true;
}

static void one_file(const struct survey *s, const char *path, struct reader *r, struct sudoers *out)
{
    struct buf text;
    int rc = posture_text(s, path, &text);
    char *rest = text.data, *line;

    out->found |= rc == MM_OK;
    out->unread |= rc != MM_OK && rc != MM_ENOTFOUND;
    while ((line = survey_whole_line(&rest))) {
        if ((*line == '@' || *line == '#') && include(s, line, r, out))
            continue;
        if (*line == '#' && !isdigit((unsigned char)line[1]))
            continue;
        sudoers_line(line, out);
    }
    buf_fini(&text);
}

void sudoers_load(const struct survey *s, struct sudoers *out)
{
    struct reader r = {.n = 0};

    memset(out, 0, sizeof *out);
    queue(&r, "/etc/sudoers", out);
    for (size_t i = 0; i < r.n; i++)
        one_file(s, r.path[i], &r, out);
}
