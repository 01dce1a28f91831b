/* Which distribution this is, and until when it gets fixes for nothing (os-release(5), public calendars). */
#ifndef MM_AGENT_WATCH_HOST_DISTRIBUTION_H
#define MM_AGENT_WATCH_HOST_DISTRIBUTION_H

#include <stdbool.h>
#include <stdint.h>

struct survey;

struct distribution {
    char id[32];          /* "debian"; "" when there is no os-release */
    char version[32];     /* "12"; "" for a rolling one */
    char codename[32];    /* "bookworm"; "" */
    char name[128];       /* for people: "Debian GNU/Linux 12 (bookworm)" */
    bool known;           /* the end of support is known */
    char end[11];         /* its last day, "2028-06-30"; "" when not known */
    int64_t ends;         /* the first second without support */
    char basis[160];      /* English: by which calendar */
};

/* Always fills `d`. */
void distribution_read(const struct survey *s, struct distribution *d);
/* The calendar alone: fills end, ends, known, basis for id and version. */
void distribution_calendar(struct distribution *d);

#endif
