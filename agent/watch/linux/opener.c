#include "agent/watch/linux/opener.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SPIN_TRIES 4    /* plain re-reads before yielding */
#define YIELD_TRIES 200 /* yields before sleeping */
#define ALL_TRIES 700   /* 50 ms at the most, then it counts as the worst */

/* Which argument holds the open flags.  The open-capable numbers of x86-64 and
 * i386 do not collide (arch/x86/entry/syscalls/). */
enum rule { FLAGS_ARG1, FLAGS_ARG2, READS, TRUNCATES, WRITES };
static const struct { int nr; enum rule rule; } calls[] = {
    {2, FLAGS_ARG1},  {5, FLAGS_ARG1},    /* open; i386 open (x86-64: fstat, opens nothing) */
    {257, FLAGS_ARG2}, {295, FLAGS_ARG2}, /* openat; i386 openat (x86-64: preadv) */
    {304, FLAGS_ARG2}, {342, FLAGS_ARG2}, /* open_by_handle_at */
    {59, READS}, {322, READS}, {11, READS}, {358, READS}, /* execve, execveat */
    {76, TRUNCATES}, {92, TRUNCATES}, {193, TRUNCATES},   /* truncate, i386 truncate, truncate64 */
};

static enum opener by_flags(unsigned long long flags)
{
    if (flags & O_TRUNC)
        return OPENER_CUTS;
    return (flags & O_ACCMODE) == O_RDONLY ? OPENER_READS : OPENER_WRITES;
}

enum opener opener_text_intent(const char *text, bool pre_access)
{
    unsigned long long a[4];
    enum rule rule = WRITES;
    char *at;

    a[0] = strtoull(text, &at, 10);
    if (at == text)
        return OPENER_CUTS;
    for (size_t i = 1; i < sizeof a / sizeof a[0]; i++)
        a[i] = strtoull(at, &at, 16);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (a[0] == (unsigned long long)calls[i].nr)
            rule = calls[i].rule;
    if (pre_access)
        return rule == TRUNCATES ? OPENER_CUTS : OPENER_READS;
    switch (rule) {
    case FLAGS_ARG1: return by_flags(a[2]);
    case FLAGS_ARG2: return by_flags(a[3]);
    case READS: return OPENER_READS;
    default: return OPENER_CUTS;
    }
}

enum opener opener_intent(pid_t tid, bool pre_access)
{
    char path[40], text[256];
    ssize_t n = -1;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/syscall", (int)tid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return OPENER_CUTS;
    for (int tries = 0; tries < ALL_TRIES; tries++) {
        n = pread(fd, text, sizeof text - 1, 0);
        if (n <= 0 || text[0] != 'r')
            break; /* "running": the opener queued its event but does not sleep yet */
        if (tries > YIELD_TRIES)
            usleep(100);
        else if (tries > SPIN_TRIES)
            sched_yield();
    }
    close(fd);
    if (n <= 0 || text[0] == 'r')
        return OPENER_CUTS;
    text[n] = '\0';
    return opener_text_intent(text, pre_access);
}
