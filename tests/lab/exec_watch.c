/* A small program over exec_sensor_start: prints the command line of every
 * program started in the scope, one per line, and at the end (SIGTERM, SIGINT
 * or standard input closed) one line of JSON on standard error.
 *
 *   exec_watch [-m auto|bpf|fanotify|connector|poll] [-s host|netns|cgroup:PATH] [-f FOLDER]... [-t SECONDS] [-j]
 *
 * -j prints one JSON-like line per program with all facts, tab-separated. */
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/exec.h"
#include "lib/err.h"

static atomic_int ended;
static int facts_wanted;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&ended, 1);
}

/* The lines of our output are lines. */
static void one_line(char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\t')
            *text = ' ';
}

static void on_exec(void *context, const struct process_facts *f)
{
    FILE *out = context;

    struct process_facts copy = *f;

    one_line(copy.cmdline);
    one_line(copy.path);
    f = &copy;
    if (facts_wanted)
        fprintf(out, "pid=%d\tppid=%d\tuid=%u\tuser=%s\tsession=%u\ttree=%llu\tpackaged=%u\tinteractive=%u\tcut=%u\tname=%s\t"
                "path=%s\tparent=%s\tparent_path=%s\tcgroup=%s\tstart=%llu\tcmdline=%s\n",
                f->pid, f->ppid, f->uid, f->user, f->session, (unsigned long long)f->tree, f->packaged, f->interactive,
                f->cut, f->name, f->path, f->parent_name, f->parent_path, f->cgroup, (unsigned long long)f->start_ns, f->cmdline);
    else
        fprintf(out, "%s\n", f->cmdline);
}

static double cpu_seconds(void)
{
    struct rusage r;

    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static const char *const names[] = {"auto", "bpf", "fanotify", "connector", "poll"};

static enum exec_method method_of(const char *text)
{
    for (int i = 0; i < 5; i++)
        if (!strcmp(text, names[i]))
            return (enum exec_method)i;
    fprintf(stderr, "exec_watch: no method %s\n", text);
    exit(2);
}

static int seconds_of(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end == text || *end || n < 0 || n > 86400) {
        fprintf(stderr, "exec_watch: no number of seconds: %s\n", text);
        exit(2);
    }
    return (int)n;
}

struct options { enum exec_method method; const char *scope, *folders[16]; int folder_count, seconds; };

static void parse(int argc, char **argv, struct options *o)
{
    int c;

    *o = (struct options){.method = EXEC_AUTO, .scope = "netns", .seconds = 120};
    while ((c = getopt(argc, argv, "m:s:f:t:j")) >= 0) {
        if (c == 'm')
            o->method = method_of(optarg);
        else if (c == 's')
            o->scope = optarg;
        else if (c == 'f' && o->folder_count < 15)
            o->folders[o->folder_count++] = optarg;
        else if (c == 't')
            o->seconds = seconds_of(optarg);
        else if (c == 'j')
            facts_wanted = 1;
        else
            exit(2);
    }
}

/* Until a signal, the end of standard input, or the time is over. */
static void wait_for_end(int seconds)
{
    time_t until = time(NULL) + seconds;
    struct pollfd in = {.fd = 0, .events = POLLIN};
    char bytes[64];

    while (!atomic_load(&ended) && time(NULL) < until) {
        if (poll(&in, 1, 100) > 0 && read(0, bytes, sizeof bytes) <= 0)
            return;
        fflush(stdout);         /* whoever reads along sees it after a tenth of a second */
    }
}

int main(int argc, char **argv)
{
    struct exec_hooks hooks = {stdout, on_exec};
    struct exec_sensor *sensor;
    struct options o;
    struct scope scope;
    struct procs *procs;
    uint64_t seen, dropped;
    unsigned rows, living;
    const char *limits;
    double cpu;
    int rc, alive;

    parse(argc, argv, &o);
    alarm((unsigned)o.seconds + 10);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    if (scope_parse(o.scope, &scope) || procs_new(&procs, &scope)) {
        fprintf(stderr, "exec_watch: no process table\n");
        return 1;
    }
    rc = exec_sensor_start(&sensor, procs, o.method, o.folder_count ? o.folders : NULL, &hooks);
    if (rc) {
        fprintf(stderr, "exec_watch: %s\n", mm_strerror(rc));
        procs_free(procs);
        return 3;
    }
    cpu = cpu_seconds();
    fprintf(stderr, "ready %s\n", names[exec_sensor_method(sensor, &limits)]);
    wait_for_end(o.seconds);
    usleep(300000);             /* what was started just now */
    cpu = cpu_seconds() - cpu;
    alive = exec_sensor_alive(sensor);
    exec_sensor_counts(sensor, &seen, &dropped);
    procs_counts(procs, &rows, &living);
    exec_sensor_stop(sensor);
    procs_free(procs);
    fflush(stdout);
    fprintf(stderr, "{\"method\":\"%s\",\"seen\":%llu,\"dropped\":%llu,\"cpu_us_per_exec\":%.2f,\"rows\":%u,\"living\":%u,\"alive\":%d}\n",
            names[o.method], (unsigned long long)seen, (unsigned long long)dropped,
            seen ? cpu * 1e6 / (double)seen : 0.0, rows, living, alive);
    return 0;
}
