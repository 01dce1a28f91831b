/* Attack simulator: destroys test data the way real programs of that kind do.
 *
 *   attack MODE DIR [options]        --help lists the modes
 *
 * Works only on a folder that a test made: DIR must hold the marker file
 * .simulator-test-data.  The files are listed once, at start; only regular
 * files below DIR, on DIR's own file system, are ever touched.  The key is
 * fixed and printed, AES-256-CTR by OpenSSL.  This file owns the options, the
 * list, the workers and the report; attack/ has one function per mode. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lab/attack/attack.h"

enum { LIST_MAX = 200000, PROCS_MAX = 64, FTW_FDS = 32, FIRST_ROOM = 1 << 20, NS = 1000000000 };

struct victim { char *path; off_t size; uint32_t key; };

static struct victim *list;     /* filled by nftw, which has no argument to hand through */
static unsigned listed;
static char self[PATH_MAX];     /* this program, for the mode that executes it per file */

/* ---- how the workers are run; these are modes over a base mode ---- */
enum shape { SHAPE_PLAIN, SHAPE_THREADS, SHAPE_MANYPROCS, SHAPE_SLOW, SHAPE_USERNS, SHAPE_BINDMOUNT };
static const struct { const char *name; enum shape shape; const char *help; } SHAPES[] = {
    { "threads", SHAPE_THREADS, "the base mode by --procs threads of one process (4)" },
    { "manyprocs", SHAPE_MANYPROCS, "the base mode, a new process with an exec for every file" },
    { "slow", SHAPE_SLOW, "the base mode, --rate in files per minute (6)" },
    { "userns", SHAPE_USERNS, "the base mode in an own user and mount namespace, through a private bind mount" },
    { "bindmount", SHAPE_BINDMOUNT, "the same without a user namespace (root)" },
    { NULL, SHAPE_PLAIN, NULL },
};

struct plan {
    struct sim_options o;
    const struct sim_mode *mode;
    enum shape shape;
    struct sim_head *head;
    size_t map_size;
    char root[PATH_MAX], via[PATH_MAX];
};

static const struct sim_mode *find_mode(const char *name)
{
    const struct sim_mode *const tables[] = { sim_plain_modes, sim_odd_modes, sim_tool_modes };
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct sim_mode *m = tables[t]; m->name != NULL; m++)
            if (strcmp(m->name, name) == 0)
                return m;
    return NULL;
}

static int usage(FILE *to, int status)
{
    fputs("usage: attack MODE DIR [--base MODE] [--procs N] [--rate F] [--order name|random|size|reverse]\n"
          "  [--percent P] [--limit N] [--suffix .xyz] [--note] [--seed N] [--outside DIR2] [--work DIR3]\n"
          "  [--progress FILE] [--timeout S] [--json]\nDIR (and DIR2) must hold " SIM_MARKER ".  Modes:\n", to);
    const struct sim_mode *const tables[] = { sim_plain_modes, sim_odd_modes, sim_tool_modes };
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct sim_mode *m = tables[t]; m->name != NULL; m++)
            fprintf(to, "  %-14s %s\n", m->name, m->help);
    for (int i = 0; SHAPES[i].name != NULL; i++)
        fprintf(to, "  %-14s %s\n", SHAPES[i].name, SHAPES[i].help);
    return status;
}

/* ---- the list ---- */
static int gather(const char *path, const struct stat *st, int type, struct FTW *where)
{
    if (type != FTW_F || !S_ISREG(st->st_mode) || strcmp(path + where->base, SIM_MARKER) == 0 || listed == LIST_MAX)
        return 0;
    char *copy = strdup(path);
    if (copy == NULL)
        return -1;
    list[listed++] = (struct victim){ copy, st->st_size, 0 };
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct victim *)a)->path, ((const struct victim *)b)->path);
}

static int by_reverse(const void *a, const void *b)
{
    return by_name(b, a);
}

static int by_size(const void *a, const void *b)
{
    const struct victim *x = a, *y = b;
    return x->size != y->size ? (x->size < y->size ? -1 : 1) : by_name(a, b);
}

static int by_key(const void *a, const void *b)
{
    const struct victim *x = a, *y = b;
    return x->key != y->key ? (x->key < y->key ? -1 : 1) : by_name(a, b);
}

static int make_list(struct plan *p)
{
    static const struct { const char *name; int (*cmp)(const void *, const void *); } ORDERS[] = {
        { "name", by_name }, { "reverse", by_reverse }, { "size", by_size }, { "random", by_key },
    };
    list = calloc(LIST_MAX, sizeof *list);
    if (list == NULL || nftw(p->root, gather, FTW_FDS, FTW_PHYS | FTW_MOUNT) != 0)
        return -1;
    qsort(list, listed, sizeof *list, by_name);
    uint32_t x = p->o.seed * 2654435761u + 12345;
    for (unsigned i = 0; i < listed; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        list[i].key = x;
    }
    for (size_t k = 0; k < sizeof ORDERS / sizeof ORDERS[0]; k++) {
        if (strcmp(ORDERS[k].name, p->o.order) == 0) {
            qsort(list, listed, sizeof *list, ORDERS[k].cmp);
            if (p->o.limit != 0 && p->o.limit < listed)
                listed = p->o.limit;
            return 0;
        }
    }
    fprintf(stderr, "attack: no such order: %s\n", p->o.order);
    return -1;
}

/* ---- the progress mapping ---- */
static int open_progress(struct plan *p)
{
    size_t paths = 0;
    for (unsigned i = 0; i < listed; i++)
        paths += strlen(list[i].path) + 1;
    uint32_t at = (uint32_t)(4096 + listed * sizeof(struct sim_entry));
    p->map_size = at + paths;
    int fd = -1;
    if (p->o.progress != NULL) {
        fd = open(p->o.progress, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0 || ftruncate(fd, (off_t)p->map_size) != 0)
            return -1;
    }
    char *map = mmap(NULL, p->map_size, PROT_READ | PROT_WRITE, fd < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (map == MAP_FAILED)
        return -1;
    char *to = map + at;
    for (unsigned i = 0; i < listed; i++) { /* the sizes were summed up above */
        size_t n = strlen(list[i].path) + 1;
        memcpy(to, list[i].path, n);
        to += n;
    }
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    p->head = (struct sim_head *)(void *)map;
    p->head->count = listed;
    p->head->paths_at = at;
    p->head->pid = (int32_t)getpid();
    p->head->start_ns = sim_now();
    p->head->real_minus_boot_ns = (int64_t)real.tv_sec * NS + real.tv_nsec - p->head->start_ns;
    memcpy(p->head->magic, "MMSIM\0\0\1", sizeof p->head->magic);
    return 0;
}

/* ---- one worker ---- */
static int worker_open(struct sim *s, const struct plan *p)
{
    memset(s, 0, sizeof *s);
    s->o = &p->o;
    s->head = p->head;
    s->entry = (struct sim_entry *)(void *)((char *)p->head + 4096);
    memcpy(s->root, p->root, sizeof s->root);
    memcpy(s->via, p->via, sizeof s->via);
    s->room = FIRST_ROOM;
    s->in = malloc(s->room + 4096);
    s->out = malloc(s->room + 4096);
    s->cipher = EVP_CIPHER_CTX_new();
    if (s->in == NULL || s->out == NULL || s->cipher == NULL)
        return -ENOMEM;
    return p->mode->start == NULL ? 0 : p->mode->start(s);
}

static void worker_close(struct sim *s, const struct plan *p)
{
    if (p->mode->stop != NULL)
        p->mode->stop(s);
    EVP_CIPHER_CTX_free(s->cipher);
    free(s->in);
    free(s->out);
}

static void wait_turn(const struct sim *s, unsigned i)
{
    double rate = s->o->rate;
    if (rate <= 0)
        return;
    int64_t due = s->head->start_ns + (int64_t)(i / rate * NS);
    while (atomic_load(&s->head->stop) == 0) {
        int64_t left = due - sim_now();
        if (left <= 0)
            return;
        int64_t step = left < NS / 10 ? left : NS / 10; /* so that a stop is seen soon */
        struct timespec t = { step / NS, step % NS };
        nanosleep(&t, NULL);
    }
}

/* The path by the way that the mode goes; still a regular file below DIR. */
static int path_of(const struct sim *s, unsigned i, char to[PATH_MAX])
{
    size_t root = strlen(s->root);
    const char *path = (const char *)s->head + s->head->paths_at;
    for (unsigned k = 0; k < i; k++)
        path += strlen(path) + 1;
    if (list != NULL)
        path = list[i].path;
    if (strncmp(path, s->root, root) != 0 || path[root] != '/')
        return -EINVAL;
    if (snprintf(to, PATH_MAX, "%s%s", s->via, path + root) >= PATH_MAX)
        return -ENAMETOOLONG;
    struct stat st;
    if (lstat(to, &st) != 0)
        return -errno;
    return S_ISREG(st.st_mode) ? 0 : -EINVAL;
}

/* A note in the folder of the file, once per folder. */
static void leave_note(struct sim *s, const char *path)
{
    static const char text[] = "SIMULATION. Your files were encrypted by a test program with the fixed key\n" SIM_KEY
                               "\nTo restore your files pay nothing and ask the lab.\n";
    char to[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || snprintf(to, sizeof to, "%.*s/READ_ME_TO_RESTORE.txt", (int)(slash - path), path) >= PATH_MAX)
        return;
    int fd = sim_go(s) ? open(to, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644) : -1;
    if (fd < 0)
        return;
    if (write(fd, text, sizeof text - 1) < 0)
        perror("attack: note");
    close(fd);
}

static void do_file(struct sim *s, const struct plan *p, unsigned i)
{
    char path[PATH_MAX];
    struct sim_entry *e = &s->entry[i];
    wait_turn(s, i);
    if (!sim_go(s))
        return;
    int err = path_of(s, i, path);
    if (err == 0)
        err = p->mode->one(s, i, path);
    if (err == 0 && p->o.note)
        leave_note(s, path);
    atomic_store(&e->end_ns, sim_now());
    if (err == -ECANCELED) {
        uint32_t begun = SIM_BEGUN;
        atomic_compare_exchange_strong(&e->state, &begun, SIM_LEFT);
    } else if (err != 0) {
        atomic_store(&e->error, -err);
        if (atomic_load(&e->state) != SIM_TOUCHED)
            atomic_store(&e->state, SIM_FAILED);
    }
}

static int run_share(const struct plan *p, unsigned from, unsigned step)
{
    struct sim s;
    int err = worker_open(&s, p);
    for (unsigned i = from; err == 0 && i < listed && sim_go(&s); i += step)
        do_file(&s, p, i);
    worker_close(&s, p);
    return err;
}

static void *thread_main(void *argument)
{
    const struct plan *p = argument;
    struct sim s;
    int err = worker_open(&s, p);
    for (unsigned i; err == 0 && sim_go(&s) && (i = atomic_fetch_add(&p->head->next, 1)) < listed;)
        do_file(&s, p, i);
    worker_close(&s, p);
    return NULL;
}

static int run_threads(const struct plan *p)
{
    pthread_t t[PROCS_MAX];
    unsigned n = 0;
    while (n < p->o.procs && pthread_create(&t[n], NULL, thread_main, (void *)(uintptr_t)p) == 0)
        n++;
    for (unsigned i = 0; i < n; i++)
        pthread_join(t[i], NULL);
    return n > 0 ? 0 : -EAGAIN;
}

/* A process of its own, with an exec, for each file; --procs of them at a time. */
static int run_manyprocs(const struct plan *p)
{
    unsigned running = 0;
    for (unsigned i = 0; i < listed && atomic_load(&p->head->stop) == 0; i++) {
        struct sim turn = { .o = &p->o, .head = p->head };
        wait_turn(&turn, i);
        while (running >= p->o.procs && wait(NULL) > 0)
            running--;
        char which[32], percent[16];
        snprintf(which, sizeof which, "%u", i);
        snprintf(percent, sizeof percent, "%u", p->o.percent);
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            execl(self, "attack", p->mode->name, p->o.dir, "--only", which, "--progress", p->o.progress, "--suffix",
                  p->o.suffix, "--outside", p->o.outside, "--work", p->o.work, "--percent", percent, (char *)NULL);
            _exit(127);
        }
        running += pid > 0;
    }
    while (wait(NULL) > 0)
        ;
    return 0;
}

/* The executed process: takes the list from the progress file. */
static int run_only(struct plan *p)
{
    int fd = p->o.progress == NULL ? -1 : open(p->o.progress, O_RDWR | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < 4096)
        return 2;
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return 2;
    p->head = map;
    listed = p->head->count;
    p->o.rate = 0;
    unsigned i = (unsigned)strtoul(p->o.only, NULL, 10);
    return i < listed ? -run_share(p, i, listed) : 2;
}

/* ---- private mounts ---- */
static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
    if (fd >= 0)
        close(fd);
    return n < 0 ? -errno : 0;
}

static int go_private(struct plan *p)
{
    char map[64], to[PATH_MAX] = "/mnt/private";
    unsigned uid = getuid(), gid = getgid();
    bool user = p->shape == SHAPE_USERNS;
    if (unshare(CLONE_NEWNS | (user ? CLONE_NEWUSER : 0)) != 0)
        return -errno;
    if (user) {
        write_text("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "%u %u 1", uid, uid);
        int err = write_text("/proc/self/uid_map", map);
        snprintf(map, sizeof map, "%u %u 1", gid, gid);
        if (err != 0 || (err = write_text("/proc/self/gid_map", map)) != 0)
            return err;
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("none", "/mnt", "tmpfs", 0, NULL) != 0 ||
        mkdir(to, 0755) != 0 || mount(p->root, to, NULL, MS_BIND | MS_REC, NULL) != 0)
        return -errno;
    memcpy(p->via, to, sizeof to);
    return 0;
}

/* ---- workers ---- */
static int run_procs(const struct plan *p)
{
    if (p->o.procs == 1)
        return run_share(p, 0, 1);
    for (unsigned i = 0; i < p->o.procs; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            _exit(-run_share(p, i, p->o.procs));
        }
    }
    int worst = 0;
    for (int status; wait(&status) > 0;)
        if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
            worst = -WEXITSTATUS(status);
    return worst;
}

static int run_all(struct plan *p)
{
    if (p->shape == SHAPE_USERNS || p->shape == SHAPE_BINDMOUNT) {
        int err = go_private(p);
        if (err != 0)
            return err;
    }
    if (p->shape == SHAPE_THREADS)
        return run_threads(p);
    if (p->shape == SHAPE_MANYPROCS)
        return run_manyprocs(p);
    return run_procs(p);
}

/* ---- the report ---- */
static void report(const struct plan *p, int err)
{
    const struct sim_entry *e = (const struct sim_entry *)(const void *)((const char *)p->head + 4096);
    unsigned attempted = 0, touched = 0, errors = 0, eperm = 0;
    int64_t first = 0;
    for (unsigned i = 0; i < listed; i++) {
        int64_t begin = atomic_load(&e[i].begin_ns);
        int code = atomic_load(&e[i].error);
        attempted += atomic_load(&e[i].state) != SIM_UNTRIED;
        touched += atomic_load(&e[i].state) == SIM_TOUCHED;
        errors += code != 0;
        eperm += code == EPERM || code == EACCES;
        if (begin != 0 && (first == 0 || begin < first))
            first = begin;
    }
    int64_t end = sim_now();
    atomic_store(&p->head->end_ns, end);
    double seconds = (double)(end - p->head->start_ns) / NS;
    if (!p->o.json) {
        printf("%s (key \"%s\"): %u files, %u attempted, %u touched, %u errors, %u refused, %.3f s%s%s\n", p->o.mode,
               SIM_KEY, listed, attempted, touched, errors, eperm, seconds, err != 0 ? ", skipped: " : "",
               err != 0 ? strerror(-err) : "");
        return;
    }
    printf("{\"mode\":\"%s\",\"base\":\"%s\",\"key\":\"%s\",\"files\":%u,\"attempted\":%u,\"touched\":%u,\"errors\":%u,"
           "\"eperm\":%u,\"first_boot_ns\":%lld,\"first_real_ns\":%lld,\"end_boot_ns\":%lld,\"seconds\":%.6f,"
           "\"stopped\":%s",
           p->o.mode, p->mode->name, SIM_KEY, listed, attempted, touched, errors, eperm, (long long)first,
           (long long)(first == 0 ? 0 : first + p->head->real_minus_boot_ns), (long long)end, seconds,
           atomic_load(&p->head->stop) != 0 ? "true" : "false");
    if (err != 0)
        printf(",\"skipped\":\"%s\"", strerror(-err));
    puts("}");
}

/* ---- arguments ---- */
enum { OPT_BASE = 256, OPT_PROCS, OPT_RATE, OPT_ORDER, OPT_PERCENT, OPT_LIMIT, OPT_SUFFIX, OPT_NOTE, OPT_SEED,
       OPT_OUTSIDE, OPT_WORK, OPT_PROGRESS, OPT_TIMEOUT, OPT_JSON, OPT_ONLY, OPT_HELP };
static const struct option OPTIONS[] = {
    { "base", 1, NULL, OPT_BASE }, { "procs", 1, NULL, OPT_PROCS }, { "rate", 1, NULL, OPT_RATE },
    { "order", 1, NULL, OPT_ORDER }, { "percent", 1, NULL, OPT_PERCENT }, { "limit", 1, NULL, OPT_LIMIT },
    { "suffix", 1, NULL, OPT_SUFFIX }, { "note", 0, NULL, OPT_NOTE }, { "seed", 1, NULL, OPT_SEED },
    { "outside", 1, NULL, OPT_OUTSIDE }, { "work", 1, NULL, OPT_WORK }, { "progress", 1, NULL, OPT_PROGRESS },
    { "timeout", 1, NULL, OPT_TIMEOUT }, { "json", 0, NULL, OPT_JSON }, { "only", 1, NULL, OPT_ONLY },
    { "help", 0, NULL, OPT_HELP }, { NULL, 0, NULL, 0 },
};

static bool take(struct sim_options *o, int c)
{
    const char **const text[] = { &o->base, NULL, NULL, &o->order, NULL, NULL, &o->suffix, NULL, NULL,
                                  &o->outside, &o->work, &o->progress, NULL, NULL, &o->only };
    unsigned *const number[] = { NULL, &o->procs, NULL, NULL, &o->percent, &o->limit, NULL, NULL, &o->seed,
                                 NULL, NULL, NULL, &o->timeout, NULL, NULL };
    if (c < OPT_BASE || c > OPT_ONLY)
        return false;
    if (text[c - OPT_BASE] != NULL)
        *text[c - OPT_BASE] = optarg;
    if (number[c - OPT_BASE] != NULL)
        *number[c - OPT_BASE] = (unsigned)strtoul(optarg, NULL, 10);
    if (c == OPT_RATE)
        o->rate = strtod(optarg, NULL);
    o->note |= c == OPT_NOTE;
    o->json |= c == OPT_JSON;
    o->percent_given |= c == OPT_PERCENT;
    return true;
}

static bool choose(struct plan *p, int argc, char **argv)
{
    if (optind + 2 != argc)
        return false;
    struct sim_options *o = &p->o;
    o->mode = argv[optind];
    o->dir = argv[optind + 1];
    p->mode = find_mode(o->mode);
    for (int i = 0; SHAPES[i].name != NULL; i++) {
        if (strcmp(SHAPES[i].name, o->mode) == 0) {
            p->shape = SHAPES[i].shape;
            p->mode = find_mode(o->base);
        }
    }
    if (o->procs == 0)
        o->procs = p->shape == SHAPE_THREADS ? 4 : 1;
    if (p->shape == SHAPE_SLOW)
        o->rate = (o->rate > 0 ? o->rate : 6) / 60;
    return p->mode != NULL && o->procs <= PROCS_MAX && o->percent >= 1 && o->percent <= 100 && o->suffix[0] != '\0' &&
           strchr(o->suffix, '/') == NULL;
}

/* The one check that everything hangs on. */
static bool is_test_data(struct plan *p)
{
    char marker[PATH_MAX];
    struct stat st;
    if (realpath(p->o.dir, p->root) == NULL || strcmp(p->root, "/") == 0 ||
        snprintf(marker, sizeof marker, "%s/" SIM_MARKER, p->root) >= (int)sizeof marker)
        return false;
    memcpy(p->via, p->root, sizeof p->via);
    return lstat(marker, &st) == 0 && S_ISREG(st.st_mode);
}

int main(int argc, char **argv)
{
    static struct plan p = { .o = { .base = "inplace", .order = "name", .suffix = ".locked", .percent = 100, .seed = 1,
                                    .timeout = 600, .work = "/tmp" } };
    static char outside[PATH_MAX], progress[64];
    for (int c; (c = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;)
        if (!take(&p.o, c))
            return usage(c == OPT_HELP ? stdout : stderr, c == OPT_HELP ? 0 : 2);
    if (!choose(&p, argc, argv))
        return usage(stderr, 2);
    if (!is_test_data(&p)) {
        fprintf(stderr, "attack: refused: %s holds no " SIM_MARKER ", it is not test data\n", p.o.dir);
        return 2;
    }
    alarm(p.o.timeout);
    signal(SIGPIPE, SIG_IGN);
    if (p.o.outside == NULL && snprintf(outside, sizeof outside, "%s/../outside", p.root) < (int)sizeof outside)
        p.o.outside = outside;
    if (p.o.only != NULL)
        return run_only(&p);
    if (p.shape == SHAPE_MANYPROCS && p.o.progress == NULL) {
        snprintf(progress, sizeof progress, "/tmp/mimamori-attack-%d", (int)getpid());
        p.o.progress = progress;
    }
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0 || make_list(&p) != 0 || open_progress(&p) != 0) {
        perror("attack");
        return 2;
    }
    int err = run_all(&p);
    report(&p, err);
    if (progress[0] != '\0')
        unlink(progress);
    return err != 0 ? SIM_SKIP : 0;
}
