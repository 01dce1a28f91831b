#include "agent/watch/host/samba_conf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/posture.h"
#include "lib/err.h"
#include "lib/limits.h"

#define DEPTH 8          /* files inside each other */
#define FILES_MAX 64     /* opened for one configuration */
#define KEY_MAX 40     /* the longest parameter that we know is half as long */

static void uncertain(struct samba_conf *c, const char *why, const char *what)
{
    c->uncertain = true;
    if (!c->uncertain_why[0])
        snprintf(c->uncertain_why, sizeof c->uncertain_why, "%s %.80s", why, what);
}

static void plain(const char *key, char *out, size_t size)
{
    size_t n = 0;

    for (; *key && n + 1 < size; key++)
        if (!isspace((unsigned char)*key))
            out[n++] = (char)tolower((unsigned char)*key);
    out[n] = '\0';
}

/* 1, 0; -1 for a word that is no boolean. */
static int boolean(const char *value)
{
    static const char *const NO[] = {"no", "false", "off", "0"};
    char word[8];

    plain(value, word, sizeof word);
    for (size_t i = 0; i < sizeof NO / sizeof *NO; i++)
        if (!strcmp(word, NO[i]))
            return 0;
    return posture_yes(value) ? 1 : -1;
}

/* Samba does not start with a word that is no boolean: what it would do with the rest is not known. */
static void set_boolean(struct samba_conf *c, int *at, const char *value, bool inverse)
{
    int is = boolean(value);

    if (is >= 0)
        *at = inverse ? !is : is;
    else
        uncertain(c, "no yes or no:", value);
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* One that may stand in a share; false: none of ours. */
static bool share_parameter(struct samba_conf *c, struct samba_share *h, const char *key, const char *value)
{
    static const struct { const char *key; size_t at; bool inverse; } SWITCHES[] = {
        {"guestok", offsetof(struct samba_share, guest_ok), false}, {"public", offsetof(struct samba_share, guest_ok), false},
        {"guestonly", offsetof(struct samba_share, guest_only), false}, {"onlyguest", offsetof(struct samba_share, guest_only), false},
        {"readonly", offsetof(struct samba_share, read_only), false}, {"writable", offsetof(struct samba_share, read_only), true},
        {"writeable", offsetof(struct samba_share, read_only), true}, {"writeok", offsetof(struct samba_share, read_only), true},
        {"printable", offsetof(struct samba_share, printable), false}, {"printok", offsetof(struct samba_share, printable), false},
        {"available", offsetof(struct samba_share, available), false}};

    for (size_t i = 0; i < sizeof SWITCHES / sizeof *SWITCHES; i++)
        if (!strcmp(key, SWITCHES[i].key)) {
            set_boolean(c, (int *)(void *)((char *)h + SWITCHES[i].at), value, SWITCHES[i].inverse);
            return true;
        }
    if (!strcmp(key, "path") || !strcmp(key, "directory"))
        snprintf(h->path, sizeof h->path, "%s", value);
    else if (!strcmp(key, "validusers"))
        h->valid_users = *value != '\0';
    else if (!strcmp(key, "writelist"))
        h->write_list = *value != '\0';
    else if (!strcmp(key, "forceuser"))
        h->as_root = !strcmp(value, "root");
    else
        return false;
    return true;
}

static void global_parameter(struct samba_conf *c, const char *key, const char *value)
{
    if (!strcmp(key, "maptoguest"))
        plain(value, c->map_to_guest, sizeof c->map_to_guest);
    else if (!strcmp(key, "serverminprotocol") || !strcmp(key, "minprotocol"))
        plain(value, c->min_protocol, sizeof c->min_protocol);
    else if (!strcmp(key, "guestaccount"))
        snprintf(c->guest_account, sizeof c->guest_account, "%s", value);
    else if (!strcmp(key, "usershareallowguests"))
        set_boolean(c, &c->usershare_guests, value, false);
    else if (!strcmp(key, "usersharemaxshares"))
        c->usershare_max = posture_number(value, 1000000);
    else if (!strcmp(key, "usersharepath"))
        snprintf(c->usershare_path, sizeof c->usershare_path, "%s", value);
    else if (!strcmp(key, "restrictanonymous"))
        c->restrict_anonymous = (int)posture_number(value, 2);
    else if (!strcmp(key, "configbackend") && strcmp(value, "file"))
        uncertain(c, "config backend =", value);
}

static void share_clear(struct samba_share *h, const char *name)
{
    memset(h, 0, sizeof *h);
    snprintf(h->name, sizeof h->name, "%s", name);
    h->guest_ok = h->guest_only = h->read_only = h->printable = h->available = -1;
}

/* The share of that section, new or met before (Samba puts both together); NULL when there are too many. */
static struct samba_share *section(struct samba_conf *c, const char *name)
{
    char key[KEY_MAX];

    plain(name, key, sizeof key);
    if (!strcmp(key, "global") || !strcmp(key, "globals"))
        return &c->global;
    for (size_t i = 0; i < c->n; i++) {
        char other[sizeof c->share[0].name], mine[sizeof c->share[0].name];

        plain(c->share[i].name, other, sizeof other);
        plain(name, mine, sizeof mine);
        if (!strcmp(other, mine))
            return &c->share[i];
    }
    c->more |= c->n == SAMBA_SHARES;
    if (c->n == SAMBA_SHARES)
        return NULL;
    share_clear(&c->share[c->n], name);
    return &c->share[c->n++];
}

/* ---- files ------------------------------------------------------------------------------------- */

struct reader {
    const struct survey *s;
    struct { struct buf text; char *rest; } file[DEPTH];
    unsigned depth, opened;
};

static bool push(struct reader *r, const char *path, struct samba_conf *c)
{
    int rc = MM_ELIMIT;

    if (strchr(path, '%')) {
        uncertain(c, "include of a file that depends on the client:", path);
        return false;
    }
    if (r->depth < DEPTH && r->opened < FILES_MAX) {
        rc = posture_text(r->s, path, &r->file[r->depth].text);
        if (rc == MM_OK) {
            r->file[r->depth].rest = r->file[r->depth].text.data;
            r->depth++;
            r->opened++;
            return true;
        }
        buf_fini(&r->file[r->depth].text);
    }
    if (rc != MM_ENOTFOUND)  /* Samba goes on without a file that is not there */
        uncertain(c, "not read:", path);
    return false;
}

/* One line; *at is the section that it belongs to. */
static void one_line(struct reader *r, char *line, struct samba_share **at, struct samba_conf *c)
{
    char key[KEY_MAX], *value;

    if (!*line || *line == '#' || *line == ';')
        return;
    if (*line == '[') {
        line[strcspn(line, "]")] = '\0';
        *at = section(c, posture_trim(line + 1));
        return;
    }
    value = strchr(line, '=');
    if (!value)
        return;
    *value++ = '\0';
    value = posture_trim(value);
    plain(line, key, sizeof key);
    if (!strcmp(key, "include")) {
        if (!strcmp(value, "registry"))
            uncertain(c, "include =", value);
        else
            push(r, value, c);
    } else if (!strcmp(key, "copy")) {
        uncertain(c, "copy =", value);
    } else if (*at && !share_parameter(c, *at, key, value) && *at == &c->global) {
        global_parameter(c, key, value);
    }
}

static void inherit(struct samba_conf *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct samba_share *h = &c->share[i];
        const struct samba_share *g = &c->global;
        int *mine[] = {&h->guest_ok, &h->guest_only, &h->read_only, &h->printable, &h->available};
        const int theirs[] = {g->guest_ok, g->guest_only, g->read_only, g->printable, g->available};
        static const int DEFAULT[] = {0, 0, 1, 0, 1}; /* smb.conf(5) */

        for (size_t k = 0; k < sizeof mine / sizeof *mine; k++)
            if (*mine[k] < 0)
                *mine[k] = theirs[k] >= 0 ? theirs[k] : DEFAULT[k];
        h->valid_users |= g->valid_users;
        h->as_root |= g->as_root;
    }
}

void samba_load(const struct survey *s, const char *path, struct samba_conf *out)
{
    struct reader *r = calloc(1, sizeof *r);
    struct samba_share *at = &out->global;

    memset(out, 0, sizeof *out);
    share_clear(&out->global, "global");
    out->usershare_guests = out->restrict_anonymous = -1;
    out->usershare_max = -1;
    snprintf(out->usershare_path, sizeof out->usershare_path, "/var/lib/samba/usershares");
    if (!r) {
        uncertain(out, "out of memory", "");
        return;
    }
    r->s = s;
    out->found = push(r, path, out);
    while (r->depth) {
        char *line = survey_whole_line(&r->file[r->depth - 1].rest);

        if (line)
            one_line(r, posture_trim(line), &at, out);
        else
            buf_fini(&r->file[--r->depth].text);
    }
    free(r);
    inherit(out);
}

int samba_old_protocol(const char *value)
{
    static const struct { const char *word; int old; } WORDS[] = {{"core", 1}, {"coreplus", 1}, {"lanman1", 1}, {"lanman2", 1},
        {"lanman", 1}, {"nt1", 1}, {"smb1", 1}, {"smb2", 0}, {"smb3", 0}};
    char word[24];

    plain(value, word, sizeof word);
    if (!strncmp(word, "smb2_", 5) || !strncmp(word, "smb3_", 5))
        return 0;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (!strcmp(word, WORDS[i].word))
            return WORDS[i].old;
    return -1;
}
