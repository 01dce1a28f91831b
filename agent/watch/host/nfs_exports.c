/* exports(5) of nfs-utils: "path client(options) ...", options of all clients behind '-', paths in quotes or with
 * octal escapes.  The classic slip, a blank before the bracket, means everybody, and is taken so. */
#include "agent/watch/host/nfs_exports.h"

#include <stdio.h>
#include <string.h>

#include "agent/watch/host/posture.h"
#include "lib/err.h"
#include "lib/limits.h"

struct options {
    bool rw, no_root_squash, insecure, kerberos;
};

/* "rw,no_root_squash": later ones overrule. */
static void read_options(char *text, struct options *o)
{
    while (text) {
        char *next = strchr(text, ','), *word;

        if (next)
            *next++ = '\0';
        word = posture_trim(text);
        if (!strcmp(word, "rw") || !strcmp(word, "ro"))
            o->rw = word[1] == 'w';
        else if (!strcmp(word, "no_root_squash"))
            o->no_root_squash = true;
        else if (!strcmp(word, "root_squash") || !strcmp(word, "all_squash"))
            o->no_root_squash = false;
        else if (!strcmp(word, "insecure"))
            o->insecure = true;
        else if (!strcmp(word, "secure"))
            o->insecure = false;
        else if (!strncmp(word, "sec=", 4))
            o->kerberos = !strncmp(word + 4, "krb5", 4) && !strstr(word + 4, "sys");
        text = next;
    }
}

static bool everybody(const char *client)
{
    static const char *const ALL[] = {"", "*", "0.0.0.0/0", "0.0.0.0/0.0.0.0", "::/0", "*.*"};

    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++)
        if (!strcmp(client, ALL[i]))
            return true;
    return false;
}

static void one_client(char *word, struct options o, struct nfs_export *out)
{
    char *bracket = strchr(word, '(');
    bool told = false;

    if (bracket) {
        *bracket++ = '\0';
        bracket[strcspn(bracket, ")")] = '\0';
        read_options(bracket, &o);
    }
    if (everybody(word)) {
        out->world_kerberos = (!out->world || out->world_kerberos) && o.kerberos;
        out->world = told = true;
        out->world_write |= o.rw;
    }
    out->insecure |= o.insecure;
    out->no_root_squash |= o.no_root_squash;
    if ((told || o.no_root_squash || o.insecure) && !out->client[0])
        snprintf(out->client, sizeof out->client, "%s", *word ? word : "(no name)");
}

/* A path in quotes or up to a blank, with \ooo: cut in place; the rest of the line in *rest. */
static char *path_of(char *line, char **rest)
{
    char *in = line, *out = line, quote = *line == '"' ? *in++ : 0;

    while (*in && (quote ? *in != quote : !strchr(" \t", *in))) {
        if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' && in[3] >= '0' && in[3] <= '7') {
            int c = (in[1] - '0') * 64 + (in[2] - '0') * 8 + in[3] - '0';

            *out++ = c ? (char)c : '?';
            in += 4;
        } else {
            *out++ = *in++;
        }
    }
    *rest = *in ? in + 1 : NULL;
    *out = '\0';
    return line;
}

void nfs_line(char *line, struct nfs_exports *out)
{
    char *rest, *word, *path;
    struct options all = {0};
    struct nfs_export *e;
    bool clients = false;

    line[strcspn(line, "#")] = '\0';
    line = posture_trim(line);
    if (*line != '/' && *line != '"')
        return;
    path = path_of(line, &rest);
    out->more |= out->n == NFS_EXPORTS || strlen(path) >= sizeof out->row[0].path;
    if (out->n == NFS_EXPORTS || strlen(path) >= sizeof out->row[0].path)
        return;
    e = &out->row[out->n++];
    memset(e, 0, sizeof *e);
    memcpy(e->path, path, strlen(path));
    while ((word = posture_word(&rest))) {
        if (*word == '-') {
            read_options(word + 1, &all);
            continue;
        }
        clients = true;
        one_client(word, all, e);
    }
    if (!clients) {
        char nobody[1] = "";

        one_client(nobody, all, e); /* a path alone goes to everybody */
    }
}

static void one_file(const struct survey *s, const char *path, struct nfs_exports *out)
{
    struct buf text;
    int rc = posture_text(s, path, &text);
    char *rest = text.data, *line;

    out->found |= rc == MM_OK;
    out->unread |= rc != MM_OK && rc != MM_ENOTFOUND;
    while ((line = survey_whole_line(&rest)))
        nfs_line(line, out);
    buf_fini(&text);
}

void nfs_load(const struct survey *s, struct nfs_exports *out)
{
    struct posture_names names;
    char path[LIM_PATH];

    memset(out, 0, sizeof *out);
    one_file(s, "/etc/exports", out);
    out->unread |= posture_names(s, "/etc/exports.d", ".exports", &names) == MM_EDENIED;
    for (size_t i = 0; i < names.n; i++) {
        snprintf(path, sizeof path, "/etc/exports.d/%s", names.name[i]);
        if (names.name[i][0] != '.')
            one_file(s, path, out);
    }
    posture_names_fini(&names);
}
