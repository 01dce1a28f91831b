/* Instants in text: RFC 3339 in UTC, whole seconds ("2026-11-22T04:30:31Z").
 * Pure; the one form that commands, tickets and the console's API use. */
#ifndef MM_LIB_RFC3339_H
#define MM_LIB_RFC3339_H

#include <stdint.h>

#define RFC3339_TEXT 21   /* 20 characters and the NUL */

/* Seconds since the epoch of `text`.  Only the form above: years 1970..9999,
 * 'T' and 'Z' in upper case, no fraction, no offset, no leap second.
 * MM_EFORMAT. */
int rfc3339_parse(const char *text, int64_t *seconds);
/* Text of `seconds`; instants outside 1970..9999 are clamped. */
void rfc3339_format(int64_t seconds, char out[RFC3339_TEXT]);

/* Days since the epoch of "2026-11-22", of the same years.  MM_EFORMAT. */
int rfc3339_parse_day(const char *text, int64_t *day);
/* The first 10 characters of rfc3339_format. */
#define RFC3339_DAY 11    /* 10 characters and the NUL */
void rfc3339_format_day(int64_t day, char out[RFC3339_DAY]);

#endif
