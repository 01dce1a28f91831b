/* The content features on documents of real formats, rewritten by honest
 * programs and destroyed in every mode (content_corpus.py makes them): how many
 * are told right, as a table, and how long one judgement takes.
 * MM_CORPUS=full and MM_CORPUS_SEED=N try more. */
#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/detect/content.h"
#include "tests/unit/scratch.h"

#define ROWS_MIN 2000 /* fewer: the generator did not work */
#define LABELS 256
#define TIMES 20000

static const char *const NAMES[] = {"UNKNOWN", "NONE", "KEPT", "UNSURE", "ENCRYPTED", "WIPED"};

struct label {
    char name[64], expected[16];
    unsigned n, wrong;
};

static struct label labels[LABELS];
static unsigned nlabels, total[4], wrong[4];
static double times[TIMES];
static unsigned ntimes;

static struct label *label_of(const char *name, const char *expected)
{
    for (unsigned i = 0; i < nlabels; i++)
        if (!strcmp(labels[i].name, name) && !strcmp(labels[i].expected, expected))
            return &labels[i];
    assert_true(nlabels < LABELS);
    snprintf(labels[nlabels].name, sizeof labels[0].name, "%s", name);
    snprintf(labels[nlabels].expected, sizeof labels[0].expected, "%s", expected);
    return &labels[nlabels++];
}

static int fits(const char *expected, uint32_t change)
{
    if (!strcmp(expected, "honest"))
        return change == CHANGE_KEPT || change == CHANGE_UNSURE || change == CHANGE_NONE;
    if (!strcmp(expected, "WIPED"))
        return change == CHANGE_WIPED || change == CHANGE_ENCRYPTED;
    return !strcmp(expected, NAMES[change]);
}

static double microseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void judge_row(struct content *c, char *line)
{
    char *save, *name = strtok_r(line, "\t\n", &save), *expected = strtok_r(NULL, "\t\n", &save);
    char *after = strtok_r(NULL, "\t\n", &save), *before = strtok_r(NULL, "\t\n", &save);
    int kind, a, b;
    struct content_verdict v;
    struct label *l;
    double start;

    assert_non_null(before);
    kind = !strcmp(expected, "honest") ? 0 : !strcmp(expected, "KEPT") ? 1 : !strcmp(expected, "ENCRYPTED") ? 2 : 3;
    a = open(after, O_RDONLY);
    b = strcmp(before, "-") ? open(before, O_RDONLY) : -1;
    assert_true(a >= 0);
    start = microseconds();
    content_judge_fds(c, a, b, &v);
    if (ntimes < TIMES)
        times[ntimes++] = microseconds() - start;
    if (!fits(expected, v.change))
        print_message("  wrong: %s should be %s is %s (types %u -> %u)\n", name, expected, NAMES[v.change], v.before_type, v.after_type);
    if (strchr(name, '/'))
        *strchr(name, '/') = '\0';
    l = label_of(name, expected);
    l->n++;
    total[kind]++;
    if (!fits(expected, v.change)) {
        l->wrong++;
        wrong[kind]++;
    }
    close(a);
    if (b >= 0)
        close(b);
}

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return a < b ? -1 : a > b;
}

static void print_table(void)
{
    print_message("%-28s %-10s %6s %6s\n", "what was done", "expected", "pairs", "wrong");
    for (unsigned i = 0; i < nlabels; i++)
        print_message("%-28s %-10s %6u %6u\n", labels[i].name, labels[i].expected, labels[i].n, labels[i].wrong);
    print_message("honest %u wrong %u; new and honest %u wrong %u; encrypted %u missed %u; wiped %u missed %u\n", total[0],
                  wrong[0], total[1], wrong[1], total[2], wrong[2], total[3], wrong[3]);
    qsort(times, ntimes, sizeof *times, by_value);
    print_message("one judgement: median %.0f us, 90 %% below %.0f us, 99 %% below %.0f us\n", times[ntimes / 2],
                  times[ntimes * 9 / 10], times[ntimes * 99 / 100]);
}

/* The maker of the corpus, its lines as a stream; no shell in between. */
static pid_t make_corpus(char *dir, FILE **rows)
{
    const char *full = getenv("MM_CORPUS"), *seed = getenv("MM_CORPUS_SEED");
    char number[40], python[] = "/usr/bin/python3", maker[] = "tests/unit/detect/content_corpus.py", all[] = "full";
    char *argv[] = {python, maker, dir, number, full && !strcmp(full, "full") ? all : NULL, NULL};
    posix_spawn_file_actions_t out;
    int ends[2];
    pid_t pid;

    snprintf(number, sizeof number, "seed=%ld", seed ? strtol(seed, NULL, 10) : 1L);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(posix_spawn_file_actions_init(&out), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&out, ends[1], STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn(&pid, python, &out, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&out);
    close(ends[1]);
    *rows = fdopen(ends[0], "r");
    return pid;
}

static void test_corpus(void **state)
{
    char dir[] = "/tmp/mimamori-corpus-XXXXXX", line[2048];
    struct content *c = content_new(1);
    FILE *rows = NULL;
    unsigned n = 0;
    pid_t maker;
    int status;

    (void)state;
    assert_non_null(c);
    assert_non_null(mkdtemp(dir));
    maker = make_corpus(dir, &rows);
    assert_non_null(rows);
    for (; fgets(line, sizeof line, rows); n++)
        judge_row(c, line);
    fclose(rows);
    assert_int_equal(waitpid(maker, &status, 0), maker);
    assert_int_equal(status, 0);
    assert_int_equal(scratch_remove(dir), 0);
    content_free(c);
    print_table();
    assert_true(n >= ROWS_MIN);
    assert_true(wrong[0] * 1000 <= total[0]); /* cries wolf less than once in a thousand */
    assert_int_equal(wrong[1], 0);
    assert_true(wrong[2] * 200 <= total[2]); /* finds 99.5 % of single files */
    assert_true(wrong[3] * 200 <= total[3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_corpus)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
