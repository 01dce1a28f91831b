#include "lib/rules_refused.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"

#define REFUSED_BYTES 8192 /* LIM_RULES_REFUSED lines of ours are at most 2,200 bytes; a newer agent may add words */

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

/* ---- the list ---------------------------------------------------------------------------- */

const struct rules_refused_row *rules_refused_find(const struct rules_refused *r, const char *hash)
{
    for (unsigned i = 0; i < r->n; i++)
        if (!strcmp(r->row[i].hash, hash))
            return &r->row[i];
    return NULL;
}

static void add(struct rules_refused *r, const struct rules_refused_row *row)
{
    if (rules_refused_find(r, row->hash))
        return;
    if (r->n == LIM_RULES_REFUSED) {
        memmove(&r->row[0], &r->row[1], (LIM_RULES_REFUSED - 1) * sizeof r->row[0]);
        r->n--;
    }
    r->row[r->n++] = *row;
}

void rules_refused_add(struct rules_refused *r, const char *version, const char *hash, const char *why)
{
    struct rules_refused_row row;

    snprintf(row.hash, sizeof row.hash, "%s", hash);
    snprintf(row.version, sizeof row.version, "%s", version[0] ? version : "unknown");
    snprintf(row.why, sizeof row.why, "%s", why);
    for (char *p = row.version; *p; p++) /* a manifest may call itself anything; a word it is here */
        if (*p <= ' ' || *p > '~')
            *p = '_';
    add(r, &row);
}

/* "VERSION HASH WHY" and whatever a newer agent says behind it; false: none of ours. */
static bool read_line(char *line, struct rules_refused_row *row)
{
    char *save = NULL, *version = strtok_r(line, " ", &save), *hash = strtok_r(NULL, " ", &save), *why = strtok_r(NULL, " ", &save);

    if (!version || !hash || !why || strlen(version) >= sizeof row->version ||
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
