/* One survey of a root, printed: `survey_root ROOT [MODULE]`, all modules or the one named.
 * Standard error: what it cost.  Exit 0, 2 for a wrong call, 1 when the root cannot be looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "agent/watch/host/survey.h"
#include "lib/err.h"

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    const char *now = getenv("SURVEY_NOW"); /* seconds since the epoch: tests of ages choose their day */
    struct rusage used;
    struct survey s;
    int rc;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: survey_root ROOT [MODULE]\n");
        return 2;
    }
    rc = survey_init(&s, argv[1], now ? strtoll(now, NULL, 10) : (int64_t)time(NULL));
    if (rc < 0) {
        fprintf(stderr, "%s: %s\n", argv[1], mm_strerror(rc));
        return 1;
    }
    if (argc == 2)
        survey_run(&s);
    else if (survey_run_one(&s, argv[2]) < 0) {
        fprintf(stderr, "%s: no such module\n", argv[2]);
        survey_fini(&s);
        return 2;
    }
    if (s.out.len)
        fwrite(s.out.data, 1, s.out.len, stdout);
    getrusage(RUSAGE_SELF, &used);
    fprintf(stderr, "%u items, %u lost, %.3f s user, %.3f s system, %ld KiB at most\n", s.items, s.lost, seconds(used.ru_utime),
            seconds(used.ru_stime), used.ru_maxrss);
    survey_fini(&s);
    return 0;
}
