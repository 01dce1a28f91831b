/* Files are read with a stack of our own, not by recursion: an include inside an
 * include inside an include ends at PAM_DEPTH, and a file that includes itself too. */
#include "agent/watch/host/pam.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/posture.h"
#include "lib/err.h"
#include "lib/limits.h"

#define FILES_MAX 64 /* files opened for one stack, included twice counted twice */

static int same(const char *a, const char *b)
{
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
        a++;
        b++;
    }
    return !*a && !*b;
}

static int action(const char *word)
{
    static const struct { const char *word; int is; } WORDS[] = {{"ignore", PAM_DO_IGNORE}, {"ok", PAM_DO_OK}, {"done", PAM_DO_DONE},
        {"bad", PAM_DO_BAD}, {"die", PAM_DO_DIE}, {"reset", PAM_DO_RESET}};
    long jump = posture_number(word, PAM_LINES);

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (same(word, WORDS[i].word))
            return WORDS[i].is;
    return jump > 0 ? (int)jump : PAM_DO_BAD; /* Linux-PAM refuses what it does not know */
}

/* [success=1 default=ignore]: `text` without the brackets. */
static void control_list(char *text, struct pam_module *m)
{
    int fallback = PAM_DO_BAD, success = 1000, refusal = 1000, ignored = 1000;
    char *word;

    while ((word = posture_word(&text))) {
        char *is = strchr(word, '=');

        if (!is)
            continue;
        *is++ = '\0';
        if (same(word, "success"))
            success = action(is);
        else if (same(word, "auth_err"))
            refusal = action(is);
        else if (same(word, "ignore"))
            ignored = action(is);
        else if (same(word, "default"))
            fallback = action(is);
    }
    m->on_success = success == 1000 ? fallback : success;
    m->on_refusal = refusal == 1000 ? fallback : refusal;
    m->on_ignore = ignored == 1000 ? fallback : ignored;
}

static int control_word(const char *word, struct pam_module *m)
{
    static const struct { const char *word; int success, refusal; } WORDS[] = {{"required", PAM_DO_OK, PAM_DO_BAD},
        {"requisite", PAM_DO_OK, PAM_DO_DIE}, {"sufficient", PAM_DO_DONE, PAM_DO_IGNORE}, {"optional", PAM_DO_OK, PAM_DO_IGNORE}};

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (same(word, WORDS[i].word)) {
            m->on_success = WORDS[i].success;
            m->on_refusal = WORDS[i].refusal;
            m->on_ignore = PAM_DO_IGNORE;
            return MM_OK;
        }
    return MM_EFORMAT;
}

/* The next word of a configuration line; a '[' ... ']' is one word without its brackets. */
static char *pam_word(char **rest, bool *bracket)
{
    char *at = *rest, *end;

    *bracket = false;
    if (!at)
        return NULL;
    at += strspn(at, " \t\r\n");
    if (!*at)
        return NULL;
    if (*at == '[') {
        *bracket = true;
        end = ++at;
        while (*end && *end != ']')
            end += end[0] == '\\' && end[1] ? 2 : 1;
    } else {
        end = at + strcspn(at, " \t\r\n");
    }
    *rest = *end ? end + 1 : NULL;
    *end = '\0';
    return at;
}

int pam_line(char *line, const char *type, struct pam_module *out, bool *substack)
{
    bool bracket;
    char *rest = line, *word, *at;
    size_t used = 0;

    line[strcspn(line, "#")] = '\0';
    memset(out, 0, sizeof *out);
    *substack = false;
    word = pam_word(&rest, &bracket);
    if (!word)
        return MM_ENOTFOUND;
    if (same(word, "@include")) {
        word = pam_word(&rest, &bracket);
        if (!word)
            return MM_EFORMAT;
        snprintf(out->name, sizeof out->name, "%s", word);
        return MM_EAGAIN;
    }
    word += *word == '-';       /* "-auth": a module that is not there is no error */
    if (*type && !same(word, type))
        return MM_ENOTFOUND;
    word = pam_word(&rest, &bracket);
    at = pam_word(&rest, &(bool){false});
    if (!word || !at)
        return MM_EFORMAT;
    snprintf(out->name, sizeof out->name, "%s", posture_base(at));
    if (!bracket && (same(word, "include") || same(word, "substack"))) {
        *substack = same(word, "substack");
        snprintf(out->name, sizeof out->name, "%s", at);
        return MM_EAGAIN;
    }
    if (bracket)
        control_list(word, out);
    else if (control_word(word, out))
        return MM_EFORMAT;
    while ((word = pam_word(&rest, &bracket))) {
        size_t n = strlen(word);

        if (used + n + 2 > sizeof out->args)
            break;
        memcpy(out->args + used, word, n);
        used += n;
        out->args[used++] = ' ';
    }
    out->args[used ? used - 1 : 0] = '\0';
    return MM_OK;
}

int pam_arg(const struct pam_module *m, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);

    for (const char *at = m->args; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
        size_t whole = strcspn(at, " ");

        if (whole >= n && !strncmp(at, name, n) && (whole == n || at[n] == '=')) {
            size_t skip = whole == n ? n : n + 1;

            snprintf(out, size, "%.*s", (int)(whole - skip), at + skip);
            return 1;
        }
    }
    return 0;
}

/* ---- files ----------------------------------------------------------------------------- */

struct reader {
    const struct survey *s;
    struct { struct buf text; char *rest; unsigned level; } file[PAM_DEPTH];
    unsigned depth, opened;
};

/* Open one more file; false with `out` told that something is missing. */
static bool push(struct reader *r, const char *name, unsigned level, struct pam_stack *out, int *rc)
{
    char path[LIM_NAME];

    *rc = MM_ELIMIT;
    if (r->depth < PAM_DEPTH && r->opened < FILES_MAX) {
        struct buf *text = &r->file[r->depth].text;

        snprintf(path, sizeof path, "%s%s", *name == '/' ? "" : "/etc/pam.d/", name);
        *rc = posture_text(r->s, path, text);
        if (*rc == MM_ENOTFOUND && *name != '/') {
            buf_fini(text);
            snprintf(path, sizeof path, "/usr/lib/pam.d/%s", name);
            *rc = posture_text(r->s, path, text);
        }
        if (*rc == MM_OK) {
            r->file[r->depth].rest = text->data;
            r->file[r->depth].level = level;
            r->depth++;
            r->opened++;
            return true;
        }
        buf_fini(text);
    }
    out->cut = true;
    snprintf(out->missing, sizeof out->missing, "%s", name);
    return false;
}

int pam_load(const struct survey *s, const char *service, const char *type, struct pam_stack *out)
{
    struct reader *r = calloc(1, sizeof *r);
    int rc;

    memset(out, 0, sizeof *out);
    if (!r)
        return MM_ENOMEM;
    r->s = s;
    if (!push(r, service, 0, out, &rc)) {
        free(r);
        return rc;
    }
    while (r->depth) {
        unsigned level = r->file[r->depth - 1].level;
        char *line = survey_whole_line(&r->file[r->depth - 1].rest);
        struct pam_module m;
        bool substack;
        int got;

        if (!line) {
            buf_fini(&r->file[--r->depth].text);
            continue;
        }
        got = pam_line(line, type, &m, &substack);
        if (got == MM_EAGAIN) {
            push(r, m.name, level + substack, out, &rc);
        } else if (got == MM_OK && out->n < PAM_LINES) {
            m.level = level;
            out->module[out->n++] = m;
        } else if (got != MM_ENOTFOUND) {
            out->cut = true;
        }
    }
    free(r);
    return MM_OK;
}

/* ---- running --------------------------------------------------------------------------- */

/* The index behind `jump` modules of that level; a substack counts as one. */
static size_t jump_over(const struct pam_stack *p, size_t at, int jump)
{
    unsigned level = p->module[at].level;

    for (at++; jump > 0 && at < p->n && p->module[at].level >= level; jump--) {
        bool deeper = p->module[at].level > level;

        for (at++; deeper && at < p->n && p->module[at].level > level; at++)
            ;
    }
    return at;
}

/* The first module behind the substack that `at` stands in. */
static size_t leave(const struct pam_stack *p, size_t at)
{
    unsigned level = p->module[at].level;

    for (at++; at < p->n && p->module[at].level >= level; at++)
        ;
    return level ? at : p->n;
}

int pam_fails(const struct pam_stack *p, pam_answers *answer, void *world, bool visited[PAM_LINES])
{
    int verdict = 0;            /* 1 in, -1 refused, 0 nobody said anything */

    if (visited)
        memset(visited, 0, PAM_LINES * sizeof *visited);
    for (size_t i = 0; i < p->n;) {
        const struct pam_module *m = &p->module[i];
        int said = answer(m, world), act = said == 0 ? m->on_success : said == 1 ? m->on_refusal : m->on_ignore;

        if (visited)
            visited[i] = true;
        if ((act == PAM_DO_OK || act == PAM_DO_DONE) && verdict >= 0)
            verdict = said == 1 ? -1 : 1; /* "ok" hands on what the module said */
        else if (act == PAM_DO_BAD || act == PAM_DO_DIE)
            verdict = -1;
        else if (act == PAM_DO_RESET)
            verdict = 0;
        if (act == PAM_DO_DIE || (act == PAM_DO_DONE && verdict > 0))
            i = leave(p, i);
        else
            i = act > 0 ? jump_over(p, i, act) : i + 1;
    }
    return verdict != 1;
}
