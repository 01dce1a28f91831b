/* Calendar arithmetic of our own (days from civil and back, proleptic
 * Gregorian): timegm(3) is no POSIX function, and it accepts day 45. */
#include "lib/rfc3339.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"

#define DAY 86400
#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static int64_t days_from_civil(int y, int m, int d)
{
    int64_t era, yoe, doy;

    y -= m <= 2;
    era = y / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int days_in_month(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    return days[m - 1] + (m == 2 && leap);
}

static int number(const char *s, int digits)
{
    int v = 0;

    for (int i = 0; i < digits; i++)
        v = v * 10 + (s[i] - '0');
    return v;
}

int rfc3339_parse(const char *text, int64_t *seconds)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    int y, mo, d, h, mi, s;
    size_t i;

    for (i = 0; form[i]; i++) {
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return MM_EFORMAT;
    }
    if (text[i])
        return MM_EFORMAT;
    y = number(text, 4);
    mo = number(text + 5, 2);
    d = number(text + 8, 2);
    h = number(text + 11, 2);
    mi = number(text + 14, 2);
    s = number(text + 17, 2);
    if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > days_in_month(y, mo) || h > 23 || mi > 59 || s > 59)
        return MM_EFORMAT;
    *seconds = days_from_civil(y, mo, d) * DAY + h * 3600 + mi * 60 + s;
    return MM_OK;
}

void rfc3339_format(int64_t seconds, char out[RFC3339_TEXT])
{
    int64_t z, era, doe, yoe, doy, mp;
    int y, m, d, rest;
    char line[80];

    if (seconds < 0)
        seconds = 0;
    if (seconds > LAST_SECOND)
        seconds = LAST_SECOND;
    rest = (int)(seconds % DAY);
    z = seconds / DAY + 719468;
    era = z / 146097;
    doe = z - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    d = (int)(doy - (153 * mp + 2) / 5 + 1);
    m = (int)(mp < 10 ? mp + 3 : mp - 9);
    y = (int)(yoe + era * 400) + (m <= 2);
    snprintf(line, sizeof line, "%04d-%02d-%02dT%02d:%02d:%02dZ", y, m, d, rest / 3600, rest / 60 % 60, rest % 60);
    memcpy(out, line, RFC3339_TEXT - 1);
    out[RFC3339_TEXT - 1] = '\0';
}

int rfc3339_parse_day(const char *text, int64_t *day)
{
    char whole[RFC3339_TEXT];
    int64_t seconds;
    int rc;

    if (strnlen(text, RFC3339_DAY) != RFC3339_DAY - 1)
        return MM_EFORMAT;
    snprintf(whole, sizeof whole, "%.10sT00:00:00Z", text);
    rc = rfc3339_parse(whole, &seconds);
    if (rc == MM_OK)
        *day = seconds / DAY;
    return rc;
}

void rfc3339_format_day(int64_t day, char out[RFC3339_DAY])
{
    char whole[RFC3339_TEXT];

    rfc3339_format(day * DAY, whole);
    memcpy(out, whole, RFC3339_DAY - 1);
    out[RFC3339_DAY - 1] = '\0';
}
