/* Beside another program that holds openers: when ours gives way, and when it goes on.
 *
 * Each of two such programs opens files before it answers, and the other is asked about it: they can wait for each
 * other, and the whole computer for both.  So ours gives way where it sees another one on a file system that it holds
 * openers on: looked for before the first mark and every BESIDE_EVERY_NS; when there was none for BESIDE_CLEAR looks in
 * a row it goes on as before.  One thread owns a struct beside. */
#ifndef MM_AGENT_WATCH_LINUX_BESIDE_H
#define MM_AGENT_WATCH_LINUX_BESIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/os/guards.h"

#define BESIDE_EVERY_NS 10000000000LL
#define BESIDE_CLEAR 3

struct beside {
    struct os_guard other;     /* seen last */
    int64_t due;               /* of the next look, the caller's clock */
    unsigned clear;
    bool yes;                  /* there is one: hold nobody */
};

/* Look at the file systems (os_file_system).  True when `yes` has changed; a look that was not finished changes nothing. */
bool beside_look(struct beside *b, const uint64_t *fs, unsigned n, int64_t now_ns);

#endif
