/* A field is found by its name's first letter and length before it is compared: a list has a million lines. */
#include "agent/watch/host/deb822.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

static const struct { const char *name; size_t n; } FIELDS[DEB822_FIELDS] = {
#define FIELD(text) {(text), sizeof(text) - 1}
    [DEB_PACKAGE] = FIELD("Package"),
    [DEB_VERSION] = FIELD("Version"),
    [DEB_ARCHITECTURE] = FIELD("Architecture"),
    [DEB_STATUS] = FIELD("Status"),
    [DEB_SECTION] = FIELD("Section"),
    [DEB_MAINTAINER] = FIELD("Maintainer"),
    [DEB_AUTO] = FIELD("Auto-Installed"),
    [DEB_ORIGIN] = FIELD("Origin"),
    [DEB_LABEL] = FIELD("Label"),
    [DEB_SUITE] = FIELD("Suite"),
    [DEB_CODENAME] = FIELD("Codename"),
    [DEB_DATE] = FIELD("Date"),
    [DEB_VALID_UNTIL] = FIELD("Valid-Until"),
    [DEB_NOT_AUTOMATIC] = FIELD("NotAutomatic"),
    [DEB_BUT_AUTOMATIC] = FIELD("ButAutomaticUpgrades"),
};

/* The field whose name is the `n` bytes at `name`; DEB822_FIELDS: none that we keep. */
static unsigned field_of(const char *name, size_t n)
{
    for (unsigned i = 0; i < DEB822_FIELDS; i++)
        if (FIELDS[i].n == n && (FIELDS[i].name[0] | 32) == (name[0] | 32) && !strncasecmp(FIELDS[i].name, name, n))
            return i;
    return DEB822_FIELDS;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void keep(struct deb822 *stanza, unsigned field, const char *value, size_t n)
{
    char *to = stanza->value[field];

    while (n && blank(*value))
        value++, n--;
    while (n && blank(value[n - 1]))
        n--;
    if (*to || !n)
        return;
    if (n >= DEB822_VALUE) {
        n = DEB822_VALUE - 1;
        if (field <= DEB_ARCHITECTURE)
            stanza->cut = true;
    }
    memcpy(to, value, n);
    to[n] = '\0';
    for (char *p = to; p < to + n; p++) /* a NUL inside would hide what follows */
        if (!*p)
            *p = '?';
}

bool deb822_next(struct lines *l, struct deb822 *stanza)
{
    const char *line;
    size_t n;
    bool any = false;

    for (unsigned i = 0; i < DEB822_FIELDS; i++)
        stanza->value[i][0] = '\0';
    stanza->cut = false;
    while (lines_next(l, &line, &n)) {
        const char *colon;
        unsigned field;

        if (!n || (n == 1 && *line == '\r')) {
            if (any)
                return true;
            continue;
        }
        if (*line == ' ' || *line == '\t' || *line == '#')
            continue;
        colon = memchr(line, ':', n < 24 ? n : 24); /* no name that we keep is longer */
        field = colon ? field_of(line, (size_t)(colon - line)) : DEB822_FIELDS;
        if (field == DEB822_FIELDS)
            continue;
        keep(stanza, field, colon + 1, n - (size_t)(colon - line) - 1);
        any = true;
    }
    return any;
}

/* A number of `most` digits at most at *at, and the character `end` behind it; -1: it is not there. */
static int number(const char **at, unsigned most, char end)
{
    int n = 0;
    unsigned i = 0;

    for (; i < most && **at >= '0' && **at <= '9'; i++)
        n = n * 10 + (*(*at)++ - '0');
    if (!i || **at != end)
        return -1;
    ++*at;
    return n;
}

static bool utc(const char *zone)
{
    static const char *const NAMES[] = {"UTC", "GMT", "+0000", "-0000", "Z"};

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (!strcmp(zone, NAMES[i]))
            return true;
    return false;
}

int deb822_date(const char *text, int64_t *seconds)
{
    static const char *const MONTHS[] = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
    const char *at = strchr(text, ',');
    char stamp[64];
    int day, month = 0, year, hour, minute, second;

    at = at ? at + 1 : text;
    at += strspn(at, " ");
    day = number(&at, 2, ' ');
    while (month < 12 && strncmp(at, MONTHS[month], 4))
        month++;
    if (month == 12)
        return MM_EFORMAT;
    at += 4;
    year = number(&at, 4, ' ');
    hour = number(&at, 2, ':');
    minute = number(&at, 2, ':');
    second = number(&at, 2, ' ');
    if (day < 0 || year < 0 || hour < 0 || minute < 0 || second < 0 || !utc(at))
        return MM_EFORMAT;
    snprintf(stamp, sizeof stamp, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month + 1, day, hour, minute, second);
    return rfc3339_parse(stamp, seconds);
}
