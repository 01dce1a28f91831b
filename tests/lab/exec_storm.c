/* Starts N short-lived processes per second, each with its own number in argv,
 * and tells what share of them a watcher has written down.
 *
 *   exec_storm -n COUNT [-r PER_SECOND] [-p PROGRAM] [-a BYTES] [-w FILE]
 *
 * -r 0 (default): as fast as it goes.  -p: instead of a program of 4 KiB made
 * for the run that only exits.  -a: longer argv.  -w: output of exec_watch;
 * it is read half a second after the last process and searched for the numbers.
 * One line of JSON on standard output; a life is from before posix_spawn to the end
 * of the process: when the parent is woken in between is the scheduler's choice. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TAG "storm-"

extern char **environ;

/* The smallest program: exit(0). */
static const unsigned char tiny[] = {
    0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    2, 0, 0x3e, 0, 1, 0, 0, 0, 0x78, 0, 0x40, 0, 0, 0, 0, 0,
    0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0x40, 0, 0x38, 0, 1, 0, 0, 0, 0, 0, 0, 0,
    1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0,
    0x81, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0,
    0, 0x10, 0, 0, 0, 0, 0, 0,
    0x31, 0xff,                     /* xor edi, edi */
    0xb8, 60, 0, 0, 0,              /* mov eax, 60 (exit) */
    0x0f, 0x05,                     /* syscall */
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void wait_until(double at)
{
    double left = at - now();
    struct timespec t;

    if (left <= 0)
        return;
    t.tv_sec = (time_t)left;
    t.tv_nsec = (long)((left - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}

static int make_program(char *folder, char *path, size_t size)
{
    int fd;

    if (!mkdtemp(folder))
        return -1;
    snprintf(path, size, "%s/storm", folder);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (fd < 0 || write(fd, tiny, sizeof tiny) != (ssize_t)sizeof tiny)
        return -1;
    return close(fd);
}

/* How many of the numbers stand in the watcher's file. */
static long captured(const char *path, long count)
{
    char *got = calloc((size_t)count + 1, 1), *line = NULL;
    FILE *f = fopen(path, "r");
    size_t cap = 0;
    long n = 0;

    while (got && f && getline(&line, &cap, f) > 0) {
        const char *at = strstr(line, TAG);
        long i = at ? strtol(at + sizeof TAG - 1, NULL, 10) : -1;

        /* the whole argv must be there, up to its last byte */
        if (i >= 0 && i < count && !got[i] && strstr(line, " end\n")) {
            got[i] = 1;
            n++;
        }
    }
    if (f)
        fclose(f);
    free(line);
    free(got);
    return n;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double number_of(const char *text)
{
    char *end;
    double n = strtod(text, &end);

    if (end == text || *end || !(n >= 0 && n <= 1e9)) {
        fprintf(stderr, "exec_storm: no number: %s\n", text);
        exit(2);
    }
    return n;
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/exec_storm.XXXXXX", path[64] = "", number[32], *filler = NULL;
    const char *program = NULL, *watch = NULL;
    long count = 1000, failed = 0;
    double rate = 0, begun, took, *each = NULL;
    int c, extra = 0;

    while ((c = getopt(argc, argv, "n:r:p:a:w:")) >= 0) {
        switch (c) {
        case 'n': count = (long)number_of(optarg); break;
        case 'r': rate = number_of(optarg); break;
        case 'p': program = optarg; break;
        case 'a': extra = (int)number_of(optarg); break;
        case 'w': watch = optarg; break;
        default: return 2;
        }
    }
    alarm(120);
    if (!program && make_program(folder, path, sizeof path) < 0)
        return 1;
    filler = calloc(1, (size_t)extra + 2);
    each = calloc((size_t)count + 1, sizeof *each);
    if (!filler || !each) {
        free(filler);
        free(each);
        return 1;
    }
    memset(filler, 'x', (size_t)extra + 1);
    begun = now();
    for (long i = 0; i < count; i++) {
        char name[] = "storm", end[] = "end", *args[] = {name, number, filler, end, NULL};
        pid_t pid;

        snprintf(number, sizeof number, TAG "%ld", i);
        if (rate > 0)
            wait_until(begun + (double)i / rate);
        each[i] = now();
        if (posix_spawn(&pid, program ? program : path, NULL, NULL, args, environ)) {
            each[i] = 0;
            failed++;
        } else {
            waitpid(pid, NULL, 0);
            each[i] = now() - each[i];
        }
    }
    took = now() - begun;
    if (!program) {
        unlink(path);
        rmdir(folder);
    }
    qsort(each, (size_t)count, sizeof *each, by_size);
    printf("{\"spawned\":%ld,\"failed\":%ld,\"per_second\":%.0f,\"life_us_median\":%.2f,\"life_us_p99\":%.2f", count - failed, failed,
           (double)count / took, each[count / 2] * 1e6, each[count * 99 / 100] * 1e6);
    if (watch) {
        long n;

        usleep(500000);
        n = captured(watch, count);
        printf(",\"captured\":%ld,\"share\":%.4f", n, (double)n / (double)count);
    }
    printf("}\n");
    free(each);
    free(filler);
    return 0;
}
