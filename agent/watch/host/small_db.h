/* A small SQLite file of somebody else, read in memory.
 *
 * The bytes are read below the survey's root and handed to SQLite as a database in
 * memory: no path is opened, no journal is played, nothing is written.  The schema
 * is not trusted (no function or virtual table runs from it) and a statement that
 * takes too many steps is ended. */
#ifndef MM_AGENT_WATCH_HOST_SMALL_DB_H
#define MM_AGENT_WATCH_HOST_SMALL_DB_H

#include <sqlite3.h>

#include "agent/watch/host/survey.h"

#define SMALL_DB_BYTES (8u << 20) /* a lastlog2 of 4096 accounts has 1 MiB */

struct small_db {
    sqlite3 *db;
    int looks;    /* left until its statements are ended */
};

/* Open `path`.  MM_OK, then small_db_close is the caller's; MM_ELIMIT, MM_EFORMAT, MM_EDB, or an error of reading. */
int small_db_open(const struct survey *s, const char *path, struct small_db *d);
/* The same of bytes in memory (copied). */
int small_db_bytes(const void *bytes, size_t n, struct small_db *d);
void small_db_close(struct small_db *d);

#endif
