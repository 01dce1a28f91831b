#include "installer/doctor_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/err.h"

#define DER_MOST 16384

/* The line at *text without its end; *text moves behind it.  False at the end of the text. */
static bool next_line(const char **text, const char **line, size_t *n)
{
    if (!**text)
        return false;
    *line = *text;
    *n = strcspn(*text, "\n");
    *text += *n + ((*text)[*n] == '\n');
    return true;
}

static bool begins(const char *line, size_t n, const char *with)
{
    size_t w = strlen(with);

    return n >= w && !memcmp(line, with, w);
}

static void copy(char *out, size_t room, const char *from, size_t n)
{
    n = n < room ? n : room - 1;
    memcpy(out, from, n);
    out[n] = '\0';
}

bool read_kernel(const char *release, unsigned *major, unsigned *minor)
{
    char *end;
    unsigned long a, b;

    if (*release < '0' || *release > '9')
        return false;
    a = strtoul(release, &end, 10);
    if (*end != '.' || end[1] < '0' || end[1] > '9')
        return false;
    b = strtoul(end + 1, NULL, 10);
    if (a > 1000 || b > 100000)
        return false;
    *major = (unsigned)a;
    *minor = (unsigned)b;
    return true;
}

uint64_t read_capabilities(const char *status)
{
    static const char name[] = "CapEff:";
    const char *line;
    size_t n;

    while (next_line(&status, &line, &n))
        if (begins(line, n, name))
            return strtoull(line + sizeof name - 1, NULL, 16);
    return 0;
}

/* The value's beginning when the line gives this variable, with `export` or without. */
static const char *value_of(const char *line, size_t n, const char *name)
{
    size_t w = strlen(name);

    while (n && (*line == ' ' || *line == '\t'))
        line++, n--;
    if (begins(line, n, "export "))
        line += 7, n -= 7;
    return n > w && !strncasecmp(line, name, w) && line[w] == '=' ? line + w + 1 : NULL;
}

/* Who goes through it, and with which password, is nobody's business. */
static void without_account(const char *value, size_t n, char *out, size_t room)
{
    const char *host = value, *end = value + n;

    for (const char *p = value; p < end; p++)
        if (*p == '@' || (*p == '/' && p > value && p[-1] == '/' && host == value))
            host = p + 1;
    copy(out, room, host, (size_t)(end - host));
}

void read_proxy_of(const char *value, char *out, size_t n)
{
    without_account(value, strlen(value), out, n);
}

void read_proxy(const char *environment, char out[LIM_NAME])
{
    static const char *const names[] = {"all_proxy", "http_proxy", "https_proxy"}; /* the last that is given counts */
    const char *value, *line;
    size_t best = 0, n;

    out[0] = '\0';
    while (next_line(&environment, &line, &n))
        for (size_t i = best; i < sizeof names / sizeof *names; i++) {
            value = value_of(line, n, names[i]);
            if (!value)
                continue;
            value += *value == '"' || *value == '\'';
            without_account(value, strcspn(value, "\"'\r\n \t#"), out, LIM_NAME);
            best = i;
        }
}

bool read_pin(const char *pem, char out[65])
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
    const char *from = strstr(pem, begin), *to = from ? strstr(from, end) : NULL;
    uint8_t md[SHA256_BYTES];
    struct buf b64, der;
    bool good = false;

    if (!to)
        return false;
    buf_init(&b64, DER_MOST * 2);
    buf_init(&der, DER_MOST);
    for (from += sizeof begin - 1; from < to; from++)
        if (*from != '\n' && *from != '\r' && buf_add(&b64, from, 1))
            break;
    if (from == to && b64.len && crypto_b64_decode(b64.data, b64.len, &der) == MM_OK && crypto_sha256(der.data, der.len, md) == MM_OK) {
        crypto_hex(md, sizeof md, out);
        good = true;
    }
    buf_fini(&b64);
    buf_fini(&der);
    return good;
}

bool read_is_url(const char *text)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";

    return !strncmp(text, "https://", 8) && text[8] && !text[8 + strspn(text + 8, good)];
}

/* ---- units ---------------------------------------------------------------------------------------- */

static bool is(const char *value, size_t n, const char *word)
{
    return n == strlen(word) && !memcmp(value, word, n);
}

/* { path=/usr/bin/true ; argv[]=... } */
static void note_program(const char *value, size_t n, const char *ours, struct unit_facts *u)
{
    static const char name[] = "path=";
    const char *path = n > sizeof name ? strstr(value, name) : NULL;
    size_t w;

    if (!path || path >= value + n)
        return;
    path += sizeof name - 1;
    w = strcspn(path, " ;\n");
    if (!begins(path, w, ours))
        copy(u->other, sizeof u->other, path, w);
}

static void note(const char *line, size_t n, const char *ours, struct unit_facts *u)
{
    const char *value = memchr(line, '=', n);
    size_t name = value ? (size_t)(value - line) : 0, len;

    if (!value)
        return;
    value++;
    len = n - name - 1;
    if (is(line, name, "Id")) {
        copy(u->name, sizeof u->name, value, len);
    } else if (is(line, name, "LoadState")) {
        u->masked = is(value, len, "masked");
        u->missing = is(value, len, "not-found");
        u->broken = !u->masked && !u->missing && !is(value, len, "loaded");
    } else if (is(line, name, "UnitFileState")) {
        u->enabled = begins(value, len, "enabled");
    } else if (is(line, name, "ActiveState")) {
        u->active = is(value, len, "active") || is(value, len, "activating") || is(value, len, "reloading");
        copy(u->state, sizeof u->state, value, len);
    } else if (is(line, name, "ExecStart")) {
        note_program(value, len, ours, u);
    }
}

bool read_unit(const char **text, const char *ours, struct unit_facts *out)
{
    struct unit_facts u = {.name = ""};
    const char *line;
    size_t n;
    bool any = false;

    while (next_line(text, &line, &n)) {
        if (!n && any)
            break;
        if (n)
            note(line, n, ours, &u);
        any = any || n;
    }
    if (any)
        *out = u;
    return any;
}
