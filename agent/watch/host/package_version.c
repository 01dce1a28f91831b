/* Parts are compared in place: no copy, no number that could overflow. */
#include "agent/watch/host/package_version.h"

#include <string.h>

/* The characters of C's locale, whatever the locale is. */
static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

/* Two runs of digits as numbers of any length. */
static int compare_digits(const char *a, size_t na, const char *b, size_t nb)
{
    int order;

    while (na && *a == '0')
        a++, na--;
    while (nb && *b == '0')
        b++, nb--;
    if (na != nb)
        return na < nb ? -1 : 1;
    order = na ? memcmp(a, b, na) : 0;
    return sign(order);
}

static size_t digits(const char *text, size_t n)
{
    size_t i = 0;

    while (i < n && digit(text[i]))
        i++;
    return i;
}

/* ---- dpkg --------------------------------------------------------------------------- */

struct part { const char *at; size_t n; };
struct version { struct part epoch, upstream, revision; };

/* An epoch ends at the first colon, the revision begins behind the last hyphen. */
static struct version split(const char *text)
{
    struct version v = {{"", 0}, {text, strlen(text)}, {"", 0}};
    const char *colon = strchr(text, ':'), *hyphen;

    if (colon && digits(text, (size_t)(colon - text)) == (size_t)(colon - text)) {
        v.epoch = (struct part){text, (size_t)(colon - text)};
        v.upstream = (struct part){colon + 1, strlen(colon + 1)};
    }
    hyphen = strrchr(v.upstream.at, '-');
    if (hyphen) {
        v.revision = (struct part){hyphen + 1, strlen(hyphen + 1)};
        v.upstream.n = (size_t)(hyphen - v.upstream.at);
    }
    return v;
}

/* '~' sorts before the end, letters before everything else; the end counts as a digit does. */
static int weight(const char *text, size_t n)
{
    if (!n || digit(*text))
        return 0;
    if (*text == '~')
        return -1;
    return letter(*text) ? *text : (unsigned char)*text + 256;
}

static int compare_dpkg_part(struct part a, struct part b)
{
    while (a.n || b.n) {
        size_t da, db;
        int order;

        while ((a.n && !digit(*a.at)) || (b.n && !digit(*b.at))) {
            order = weight(a.at, a.n) - weight(b.at, b.n);
            if (order)
                return sign(order);
            a.at++, a.n--; /* equal and not both at an end or a digit: both have a character */
            b.at++, b.n--;
        }
        da = digits(a.at, a.n);
        db = digits(b.at, b.n);
        order = compare_digits(a.at, da, b.at, db);
        if (order)
            return order;
        a.at += da, a.n -= da;
        b.at += db, b.n -= db;
    }
    return 0;
}

int package_version_dpkg(const char *a, const char *b)
{
    struct version x = split(a), y = split(b);
    int order = compare_digits(x.epoch.at, x.epoch.n, y.epoch.at, y.epoch.n);

    if (!order)
        order = compare_dpkg_part(x.upstream, y.upstream);
    return order ? order : compare_dpkg_part(x.revision, y.revision);
}

static bool all_of(struct part p, const char *more)
{
    for (size_t i = 0; i < p.n; i++)
        if (!digit(p.at[i]) && !letter(p.at[i]) && (!p.at[i] || !strchr(more, p.at[i])))
            return false;
    return true;
}

bool package_version_dpkg_valid(const char *text)
{
    struct version v = split(text);

    if (strchr(text, ':') && !v.epoch.n)
        return false;
    if (strchr(v.upstream.at, '-') && !v.revision.n)
        return false;
    return v.epoch.n < 10 && v.upstream.n && digit(*v.upstream.at) && all_of(v.upstream, ".-+~:") && all_of(v.revision, ".+~");
}

void package_version_upstream(const char *version, char *out, size_t size)
{
    struct part p = split(version).upstream;
    const char *plus = memchr(p.at, '+', p.n);

    if (plus)
        p.n = (size_t)(plus - p.at);
    if (p.n >= size)
        p.n = size - 1;
    memcpy(out, p.at, p.n);
    out[p.n] = '\0';
}

/* ---- rpm ---------------------------------------------------------------------------- */

static size_t letters(const char *text, size_t n)
{
    size_t i = 0;

    while (i < n && letter(text[i]))
        i++;
    return i;
}

static size_t separators(const char *text, size_t n)
{
    size_t i = 0;

    while (i < n && !digit(text[i]) && !letter(text[i]) && text[i] != '~' && text[i] != '^')
        i++;
    return i;
}

/* Where one of them has '~' (older than anything) or '^' (newer than the end, older than more): 2 to go on behind it. */
static int compare_marks(const char *a, size_t na, const char *b, size_t nb)
{
    bool ta = na && *a == '~', tb = nb && *b == '~', ca = na && *a == '^', cb = nb && *b == '^';

    if (ta || tb)
        return ta && tb ? 2 : ta ? -1 : 1;
    if (ca && cb)
        return 2;
    if (ca || cb) {
        if (!na || !nb)
            return na ? 1 : -1;
        return ca ? -1 : 1;
    }
    return 0;
}

int package_version_rpm_part(const char *a, size_t na, const char *b, size_t nb)
{
    for (;;) {
        size_t skip, xa, xb;
        int order;

        skip = separators(a, na), a += skip, na -= skip;
        skip = separators(b, nb), b += skip, nb -= skip;
        order = compare_marks(a, na, b, nb);
        if (order == 2) {
            a++, na--, b++, nb--;
            continue;
        }
        if (order)
            return order;
        if (!na || !nb)
            return na ? 1 : nb ? -1 : 0;
        if (digit(*a)) { /* a number is newer than letters */
            xa = digits(a, na), xb = digits(b, nb);
            order = xb ? compare_digits(a, xa, b, xb) : 1;
        } else {
            xa = letters(a, na), xb = letters(b, nb);
            order = xb ? memcmp(a, b, xa < xb ? xa : xb) : -1;
            if (!order)
                order = (xa > xb) - (xa < xb);
        }
        if (order)
            return sign(order);
        a += xa, na -= xa, b += xb, nb -= xb;
    }
}

int package_version_rpm(const char *a, const char *b)
{
    struct version x = split(a), y = split(b);
    int order = compare_digits(x.epoch.at, x.epoch.n, y.epoch.at, y.epoch.n);

    if (!order)
        order = package_version_rpm_part(x.upstream.at, x.upstream.n, y.upstream.at, y.upstream.n);
    return order ? order : package_version_rpm_part(x.revision.at, x.revision.n, y.revision.at, y.revision.n);
}
