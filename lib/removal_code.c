#include "lib/removal_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/durable.h"
#include "lib/err.h"

#define DIGITS 12
#define GROUP 4
#define FILE_BYTES 4096 /* a line; what a newer agent adds is passed over */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; /* RFC 4648 §6: no digit that is taken for a letter */

int removal_code_make(char out[REMOVAL_CODE])
{
    uint8_t raw[DIGITS];
    int rc = crypto_random(raw, sizeof raw), n = 0;

    for (int i = 0; !rc && i < DIGITS; i++) {
        if (i && i % GROUP == 0)
            out[n++] = '-';
        out[n++] = alphabet[raw[i] & 31];
    }
    out[n] = '\0';
    return rc;
}

/* The digits alone. */
static int plain(const char *code, char out[DIGITS + 1])
{
    int n = 0;

    for (; *code; code++) {
        char c = *code >= 'a' && *code <= 'z' ? (char)(*code - 'a' + 'A') : *code;

        if (c == '-' || c == ' ')
            continue;
        if (n == DIGITS || !strchr(alphabet, c))
            return MM_EFORMAT;
        out[n++] = c;
    }
    out[n] = '\0';
    return n == DIGITS ? MM_OK : MM_EFORMAT;
}

int removal_code_hash(const char *agent_id, const char *code, char out[SHA256_HEX])
{
    char digits[DIGITS + 1], text[128];
    uint8_t hash[SHA256_BYTES];
    int n, rc = plain(code, digits);

    if (rc)
        return rc;
    n = snprintf(text, sizeof text, "mimamori removal 1\n%s\n%s\n", agent_id, digits);
    if (n < 0 || (size_t)n >= sizeof text)
        return MM_ELIMIT;
    rc = crypto_sha256(text, (size_t)n, hash);
    if (!rc)
        crypto_hex(hash, sizeof hash, out);
    return rc;
}

static int path_of(const char *state_dir, char path[LIM_PATH])
{
    return snprintf(path, LIM_PATH, "%s/guard/removal", state_dir) < LIM_PATH ? MM_OK : MM_ELIMIT;
}

int removal_read(const char *state_dir, struct removal *out)
{
    char path[LIM_PATH], *end = NULL;
    uint8_t raw[SHA256_BYTES];
    struct removal r;
    struct buf b;
    int rc = path_of(state_dir, path);

    buf_init(&b, FILE_BYTES);
    if (!rc)
        rc = durable_read(path, &b);
    if (!rc)
        rc = b.len > SHA256_HEX && b.data[SHA256_HEX - 1] == ' ' ? MM_OK : MM_EFORMAT;
    if (!rc) {
        memcpy(r.hash, b.data, SHA256_HEX - 1);
        r.hash[SHA256_HEX - 1] = '\0';
        r.until = strtoll(b.data + SHA256_HEX, &end, 10);
        rc = end == b.data + SHA256_HEX || r.until <= 0 ? MM_EFORMAT : crypto_unhex(r.hash, raw, sizeof raw);
    }
    buf_fini(&b);
    if (!rc)
        *out = r;
    return rc;
}

int removal_write(const char *state_dir, const struct removal *r)
{
    char path[LIM_PATH], line[SHA256_HEX + 32];
    int n = snprintf(line, sizeof line, "%s %lld\n", r->hash, (long long)r->until), rc = path_of(state_dir, path);

    return rc ? rc : durable_write(path, line, (size_t)n, 0600);
}
