#include "lib/product_version.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"

/* A template: A to E are numbers that go to the five places, `[...]` may be
 * missing, `*` is one or more letters of no meaning, everything else stands for
 * itself (letters in either case).  Templates of a scheme are tried in order. */
static const struct scheme { const char *name; const char *form[2]; } schemes[] = {
    {"dotted", {"[v]A.B[.C][.D][.E]"}},                              /* FortiOS 7.2.4, F5 16.1.2.2, OpenVPN 2.6.3 */
    {"panos", {"A.B[.C][-hE]"}},                                     /* 10.2.9-h1 */
    {"cisco", {"A.B(C)[D]", "A.B[.C][.D][.E]"}},                     /* ASA 9.16(4)57 is 9.16.4.57 */
    {"anyconnect", {"A.B.D[.E]"}},                                   /* 4.10.07073, 5.1.8.122 */
    {"ivanti", {"A.B.C.E", "A.B[rC][.D][.E]"}},                      /* 9.1R18.9, 22.7R2.5; 9.1.11.12319 is 9.1R11 build 12319 */
    {"sonicwall", {"A.B[.C][.D][-d][-E][*]"}},                       /* SonicOS 7.0.1-5161, 6.5.4.4-44n; SMA 10.2.1.1-19sv */
    {"netscaler", {"[ns]A.B[:] build D.E[.nc]", "A.B[-D][.E]"}},     /* 14.1-8.50; NS13.1: Build 49.15.nc */
    {"junos", {"A.B[rC][.D][-sE]", "A.BxC[-dD][.E]"}},               /* 21.4R3-S4, 15.1X49-D100 */
    {"zyxel", {"[zld ][v]A.B[ patch C]", "[v]A.B(*.C)[cE]"}},        /* ZLD V5.36 Patch 2, V5.36(ABUH.2)C0 */
    {"checkpoint", {"rA[.B][.C][ jumbo hotfix][ take E]"}},          /* R81.20 Jumbo Hotfix Take 26 */
    {"sophos", {"[v]A.B[.C]", "[v]A.B mrC[-*][-E]"}},                /* 21.0.1 is 21.0 MR1 */
    {"watchguard", {"A.B[.C][_uE]", "A.B[.C]_updateE"}},             /* 12.5.9_U2 */
    {"yamaha", {"[rev.]A.B.C"}},                                     /* Rev.14.01.42 */
    {"nec", {"[ver]A.B[.C][.D]"}},                                   /* Ver10.8.27 */
    {"softether", {"A.B[, build D][ build D][.D]"}},                 /* 4.41 Build 9787, 5.02.5180 */
    {"asus", {"3.0.0.A.B[_E][.E][-*]", "3.0.0.A_B[_E]"}},            /* 3.0.0.4.386_46065 */
};
#define SCHEMES (sizeof schemes / sizeof schemes[0])
#define FORMS (sizeof schemes[0].form / sizeof schemes[0].form[0])

static const unsigned bits[VERSION_PLACES] = {12, 10, 10, 14, 16}; /* 4095 in front: WatchGuard counts 2025.1 */

struct reading {
    const char *p, *end;
    int64_t place[VERSION_PLACES];
    bool large; /* a number does not fit into its place */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool number(struct reading *r, unsigned place)
{
    int64_t n = 0;

    if (r->p == r->end || !is_digit(*r->p))
        return false;
    for (; r->p < r->end && is_digit(*r->p); r->p++)
        n = n > UINT16_MAX ? n : n * 10 + (*r->p - '0');
    r->large |= n >> bits[place] != 0;
    r->place[place] = n;
    return true;
}

static bool letters(struct reading *r)
{
    const char *from = r->p;

    while (r->p < r->end && is_letter(*r->p))
        r->p++;
    return r->p > from;
}

/* One character of a template. */
static bool piece(struct reading *r, char form)
{
    if (form >= 'A' && form <= 'E')
        return number(r, (unsigned)(form - 'A'));
    if (form == '*')
        return letters(r);
    return r->p < r->end && lower(*r->p) == form && r->p++;
}

/* Along the whole template; groups do not nest. */
static bool follow(struct reading *r, const char *form)
{
    while (*form) {
        struct reading before = *r;
        const char *close = *form == '[' ? strchr(form, ']') : NULL;
        bool fits = true;

        if (!close) {
            if (!piece(r, *form++))
                return false;
            continue;
        }
        for (form++; form < close && fits; form++)
            fits = piece(r, *form);
        if (!fits)
            *r = before;
        form = close + 1;
    }
    return true;
}

/* rc1, -beta2, _alpha, dr4, b3 behind the version: it is older than the release. */
static bool pre_release(struct reading *r)
{
    static const struct { const char *word; bool bare; } mark[] = {
        {"rc", true}, {"beta", true}, {"alpha", true}, {"dr", false}, {"b", false}, {"a", false}}; /* bare: no number is needed */
    const char *p = r->p;

    if (p < r->end && (*p == '-' || *p == '_' || *p == '~'))
        p++;
    for (size_t i = 0; i < sizeof mark / sizeof mark[0]; i++) {
        size_t n = strlen(mark[i].word);
        const char *q = p + n;

        if ((size_t)(r->end - p) < n || strncasecmp(p, mark[i].word, n) != 0)
            continue;
        if (q < r->end ? is_letter(*q) || (!mark[i].bare && !is_digit(*q)) : !mark[i].bare)
            continue;
        while (q < r->end && is_digit(*q))
            q++;
        r->p = q;
        return true;
    }
    return false;
}

static const struct scheme *scheme_of(const char *name)
{
    for (size_t i = 0; i < SCHEMES; i++)
        if (!strcmp(schemes[i].name, name))
            return &schemes[i];
    return NULL;
}

static int64_t encoded(const struct reading *r, bool release)
{
    int64_t n = 0;

    for (unsigned i = 0; i < VERSION_PLACES; i++)
        n = n << bits[i] | r->place[i];
    return n << 1 | release;
}

/* The longest reading of any template from `text` on; *used 0: none. */
static int read_version(const struct scheme *s, const char *text, size_t n, size_t *used, int64_t *out)
{
    int rc = MM_EFORMAT;

    *used = 0;
    for (size_t i = 0; i < FORMS && s->form[i]; i++) {
        struct reading r = {.p = text, .end = text + n};
        bool release;

        if (!follow(&r, s->form[i]))
            continue;
        release = !pre_release(&r);
        if ((size_t)(r.p - text) <= *used)
            continue;
        *used = (size_t)(r.p - text);
        rc = r.large ? MM_ELIMIT : MM_OK;
        if (!rc)
            *out = encoded(&r, release);
    }
    return rc;
}

int version_encode(const char *scheme, const char *text, size_t n, int64_t *out)
{
    const struct scheme *s = scheme_of(scheme);
    int64_t value;
    size_t used;
    int rc;

    if (!s)
        return MM_ENOTFOUND;
    rc = read_version(s, text, n, &used, &value);
    if (used != n)
        return MM_EFORMAT;
    if (rc == MM_OK)
        *out = value;
    return rc;
}

/* Could the character before belong to the same word?  1.10.2.9 does not hold 10.2.9. */
static bool inside(const char *text, size_t at)
{
    return at > 0 && (is_digit(text[at - 1]) || text[at - 1] == '.' || is_letter(text[at - 1]));
}

int version_find(const char *scheme, const char *text, size_t n, size_t *at, size_t *len, int64_t *out)
{
    const struct scheme *s = scheme_of(scheme);

    if (!s)
        return MM_ENOTFOUND;
    for (size_t i = 0; i < n; i++) {
        size_t used, next;
        int64_t value;

        if (inside(text, i) || read_version(s, text + i, n - i, &used, &value))
            continue;
        next = i + used;
        if (next < n && (is_digit(text[next]) || (text[next] == '.' && next + 1 < n && is_digit(text[next + 1]))))
            continue;
        *at = i;
        *len = used;
        *out = value;
        return MM_OK;
    }
    return MM_ENOTFOUND;
}
