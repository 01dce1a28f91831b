/* Stanzas of dpkg's status file and of apt's Packages and Release files: "Field: value" lines, continued by lines
 * that begin with a blank, ended by an empty line (deb822(5)).  Only the fields named here are kept. */
#ifndef MM_AGENT_WATCH_HOST_DEB822_H
#define MM_AGENT_WATCH_HOST_DEB822_H

#include <stdbool.h>

#include "agent/watch/host/unpack.h"

enum deb822_field {
    DEB_PACKAGE = 0, DEB_VERSION, DEB_ARCHITECTURE, DEB_STATUS, DEB_SECTION, DEB_MAINTAINER, DEB_AUTO,
    DEB_ORIGIN, DEB_LABEL, DEB_SUITE, DEB_CODENAME, DEB_DATE, DEB_VALID_UNTIL, DEB_NOT_AUTOMATIC, DEB_BUT_AUTOMATIC,
    DEB822_FIELDS
};
#define DEB822_VALUE 256 /* names and versions are below 100 bytes; a longer value is cut and the stanza flagged */

struct deb822 {
    char value[DEB822_FIELDS][DEB822_VALUE]; /* "" when the stanza has none; the first of two counts */
    bool cut;                                /* a name or a version is longer than what was kept */
};

/* The next stanza that has any of the fields; false at the end of the lines. */
bool deb822_next(struct lines *l, struct deb822 *stanza);
/* "Sat, 11 Jul 2026 10:16:37 UTC" as seconds since the epoch.  MM_OK or MM_EFORMAT. */
int deb822_date(const char *text, int64_t *seconds);

#endif
