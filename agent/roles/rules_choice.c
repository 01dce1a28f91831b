#include "agent/roles/rules_choice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"

#define REFUSED_BYTES 8192 /* LIM_RULES_REFUSED lines of ours are at most 2,200 bytes */

int rules_hash(const char *dir, char hash[SHA256_HEX])
{
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = at < 0 ? -1 : openat(at, "manifest.json", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    uint8_t raw[SHA256_BYTES];
    struct stat st;
    int rc = MM_ENOTFOUND;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        rc = (uint64_t)st.st_size > LIM_PACK_BYTES ? MM_ELIMIT : crypto_sha256_fd(fd, raw);
    if (rc == MM_OK)
        crypto_hex(raw, sizeof raw, hash);
    if (fd >= 0)
        close(fd);
    if (at >= 0)
        close(at);
    return rc;
}

/* ---- the choice ---------------------------------------------------------------------- */

/* The updater's folder is VERSION.HASH; of others the name says nothing. */
static void version_of(struct rules_choice *c)
{
    const char *name = strrchr(c->dir, '/'), *dot = strrchr(c->dir, '.');

    c->version[0] = '\0';
    if (c->source == RULES_UPDATE && name && dot && dot > name && dot - name - 1 < (int)sizeof c->version)
        snprintf(c->version, sizeof c->version, "%.*s", (int)(dot - name - 1), name + 1);
}

/* The folder behind a name, links followed once and for all: the updater may put another link there at any time. */
static int look(const struct agent_config *c, enum rules_source source, struct rules_choice *out)
{
    static const char *const below[] = {[RULES_UPDATE] = "updates/rules/current", [RULES_GOOD] = "guard/rules-good"};
    char name[LIM_PATH + 32], *real;

    if (source == RULES_CONFIGURED)
        snprintf(name, sizeof name, "%s", c->rules);
    else
        snprintf(name, sizeof name, "%s/%s", c->state, below[source]);
    real = realpath(name, NULL);
    if (!real || strlen(real) >= sizeof out->dir) {
        free(real);
        return MM_ENOTFOUND;
    }
    snprintf(out->dir, sizeof out->dir, "%s", real);
    free(real);
    out->source = source;
    version_of(out);
    return rules_hash(out->dir, out->hash);
}

static bool installed(const struct agent_config *c)
{
    char name[LIM_PATH + 32];
    struct stat st;

    snprintf(name, sizeof name, "%s/updates/rules/current", c->state);
    return lstat(name, &st) == 0;
}

int rules_choose(const struct agent_config *c, const struct rules_refused *refused, unsigned tried, struct rules_choice *out)
{
    static const enum rules_source order[2][RULES_SOURCES] = {{RULES_CONFIGURED, RULES_GOOD, RULES_SOURCES},
                                                              {RULES_UPDATE, RULES_GOOD, RULES_CONFIGURED}};
    const enum rules_source *o = order[installed(c)];
    struct rules_choice one = {.left = false};

    for (int i = 0; i < RULES_SOURCES && o[i] != RULES_SOURCES; i++) {
        bool there = look(c, o[i], &one) == MM_OK;

        if (there && rules_refused_has(refused, one.hash)) {
            one.left |= i == 0;
            continue;
        }
        if (!there || tried & 1u << o[i])
            continue;
        one.second = i > 0;
        *out = one;
        return MM_OK;
    }
    return MM_ENOTFOUND;
}

/* ---- what ended the scan process on this host ------------------------------------------- */

bool rules_refused_has(const struct rules_refused *r, const char *hash)
{
    for (unsigned i = 0; i < r->n; i++)
        if (!strcmp(r->row[i].hash, hash))
            return true;
    return false;
}

static void add(struct rules_refused *r, const struct rules_refused_row *row)
{
    if (rules_refused_has(r, row->hash))
        return;
    if (r->n == LIM_RULES_REFUSED) {
        memmove(&r->row[0], &r->row[1], (LIM_RULES_REFUSED - 1) * sizeof r->row[0]);
        r->n--;
    }
    r->row[r->n++] = *row;
}

void rules_refused_add(struct rules_refused *r, const struct rules_choice *which, const char *why)
{
    struct rules_refused_row row;

    memcpy(row.hash, which->hash, sizeof row.hash);
    snprintf(row.version, sizeof row.version, "%s", which->version[0] ? which->version : "unknown");
    snprintf(row.why, sizeof row.why, "%s", why);
    for (char *p = row.version; *p; p++) /* a manifest may call itself anything; a word it is here */
        if (*p <= ' ' || *p > '~')
            *p = '_';
    add(r, &row);
}

/* "VERSION HASH WHY"; false: none of ours. */
static bool read_line(char *line, struct rules_refused_row *row)
{
    char *save = NULL, *version = strtok_r(line, " ", &save), *hash = strtok_r(NULL, " ", &save), *why = strtok_r(NULL, "", &save);

    if (!version || !hash || !why || strchr(why, ' ') || strlen(version) >= sizeof row->version ||
        strlen(hash) != SHA256_HEX - 1 || hash[strspn(hash, "0123456789abcdef")] || strlen(why) >= sizeof row->why)
        return false;
    snprintf(row->version, sizeof row->version, "%s", version);
    snprintf(row->hash, sizeof row->hash, "%s", hash);
    snprintf(row->why, sizeof row->why, "%s", why);
    return true;
}

void rules_refused_load(struct rules_refused *r, const char *state_dir)
{
    char path[LIM_PATH + 32], *line, *save = NULL;
    struct rules_refused_row row;
    struct buf b;

    r->n = 0;
    snprintf(path, sizeof path, "%s/guard/rules-refused", state_dir);
    buf_init(&b, REFUSED_BYTES);
    if (durable_read(path, &b) == MM_OK && b.len)
        for (line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
            if (read_line(line, &row))
                add(r, &row);
    buf_fini(&b);
}

int rules_refused_save(const struct rules_refused *r, const char *state_dir)
{
    char path[LIM_PATH + 32], text[LIM_RULES_REFUSED * sizeof(struct rules_refused_row)];
    size_t n = 0;

    for (unsigned i = 0; i < r->n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s %s %s\n", r->row[i].version, r->row[i].hash, r->row[i].why);
    snprintf(path, sizeof path, "%s/guard/rules-refused", state_dir);
    return durable_write(path, text, n, 0600);
}
