#include "agent/watch/packages.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/limits.h"

#define INFO "/var/lib/dpkg/info"
#define LOOK_S 5                /* how often the folder's time is looked at */

struct index { uint32_t *hash; unsigned count, cap; };

struct packages {
    pthread_mutex_t lock;
    struct index index;
    char info[LIM_PATH];
    bool dpkg;                  /* the folder is there */
    struct timespec changed;    /* time of the folder as read */
    time_t looked;
    bool running, started;      /* refresh thread; started: to be joined */
    pthread_t thread;
};

static uint32_t hash_bytes(uint32_t h, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h;
}

/* /bin/x and /usr/bin/x are one file on a merged system: count both as the latter. */
static uint32_t hash_path(const char *path, size_t n)
{
    static const char *const merged[] = {"/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/"};
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < sizeof merged / sizeof merged[0]; i++)
        if (n > strlen(merged[i]) && !strncmp(path, merged[i], strlen(merged[i])))
            h = hash_bytes(h, "/usr", 4);
    return hash_bytes(h, path, n);
}

/* Could this be a program?  Keeps the list to about a tenth. */
static bool candidate(const char *path, size_t n)
{
    static const char *const never[] = {"/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/icons/",
                                        "/usr/share/zoneinfo/", "/usr/share/help/", "/usr/include/", "/etc/", "/var/", "/usr/src/", "/boot/", "/lib/modules/", "/usr/lib/modules/"};
    static const char *const ends[] = {".py", ".pyc", ".h", ".a", ".so", ".pm", ".pl", ".png", ".svg", ".mo",
                                       ".js", ".json", ".txt", ".html", ".conf", ".ko", ".rb", ".ri", ".xml",
                                       ".service", ".gz", ".go", ".qm", ".hpp", ".cmake", ".pc"};

    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (n >= strlen(never[i]) && !strncmp(path, never[i], strlen(never[i])))
            return false;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (n > strlen(ends[i]) && !memcmp(path + n - strlen(ends[i]), ends[i], strlen(ends[i])))
            return false;
    /* Programs in /usr/share (editors, messengers) have no ending. */
    if (n > 11 && !strncmp(path, "/usr/share/", 11)) {
        size_t last = n;

        while (path[last - 1] != '/')
            if (path[--last] == '.')
                return false;
    }
    return n > 1 && path[0] == '/';
}

static int index_add(struct index *x, uint32_t hash)
{
    if (x->count == LIM_PACKAGED)
        return MM_ELIMIT;
    if (x->count == x->cap) {
        unsigned cap = x->cap ? x->cap * 2 : 4096;
        uint32_t *more = realloc(x->hash, cap * sizeof *more);

        if (!more)
            return MM_ENOMEM;
        x->hash = more;
        x->cap = cap;
    }
    x->hash[x->count++] = hash;
    return MM_OK;
}

static int read_list(struct index *x, int dir, const char *name)
{
    char line[LIM_PATH + 2];
    int rc = MM_OK, fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

    if (!f) {
        if (fd >= 0)
            close(fd);
        return MM_OK;           /* dpkg replaces lists while it works; the next refresh has it */
    }
    while (!rc && fgets(line, sizeof line, f)) {
        size_t n = strcspn(line, "\n");

        if (candidate(line, n))
            rc = index_add(x, hash_path(line, n));
    }
    fclose(f);
    return rc;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void index_pack(struct index *x)
{
    unsigned n = 0;
    uint32_t *fit;

    if (!x->count)
        return;
    qsort(x->hash, x->count, sizeof *x->hash, by_value);
    for (unsigned i = 0; i < x->count; i++)
        if (!n || x->hash[n - 1] != x->hash[i])
            x->hash[n++] = x->hash[i];
    x->count = n;
    fit = realloc(x->hash, n * sizeof *fit);
    if (fit) {
        x->hash = fit;
        x->cap = n;
    }
}

/* Read all lists into `x`; MM_ENOTFOUND without the folder. */
static int index_load(struct index *x, const char *info, struct timespec *changed)
{
    struct dirent *e;
    struct stat st;
    DIR *d = opendir(info);
    int rc = MM_OK;

    if (!d)
        return MM_ENOTFOUND;
    if (fstat(dirfd(d), &st)) {
        closedir(d);
        return MM_EIO;
    }
    while (!rc && (e = readdir(d))) {
        size_t n = strlen(e->d_name);

        if (n > 5 && !strcmp(e->d_name + n - 5, ".list"))
            rc = read_list(x, dirfd(d), e->d_name);
    }
    closedir(d);
    if (rc == MM_ELIMIT)
        rc = MM_OK;             /* the rest counts as not packaged */
    if (rc) {
        free(x->hash);
        *x = (struct index){0};
        return rc;
    }
    index_pack(x);
    *changed = st.st_mtim;
    return MM_OK;
}

int packages_new(struct packages **out, const char *info)
{
    struct packages *p = calloc(1, sizeof *p);
    int rc;

    if (!p)
        return MM_ENOMEM;
    snprintf(p->info, sizeof p->info, "%s", info ? info : INFO);
    pthread_mutex_init(&p->lock, NULL);
    rc = index_load(&p->index, p->info, &p->changed);
    p->dpkg = rc == MM_OK && p->index.count > 0;
    p->looked = time(NULL);
    if (rc == MM_ENOMEM) {
        packages_free(p);
        return rc;
    }
    *out = p;
    return MM_OK;
}

void packages_settle(struct packages *p)
{
    pthread_t thread;
    bool join;

    pthread_mutex_lock(&p->lock);
    join = p->started;
    thread = p->thread;
    p->started = false;
    pthread_mutex_unlock(&p->lock);
    if (join)
        pthread_join(thread, NULL);
}

void packages_free(struct packages *p)
{
    if (!p)
        return;
    packages_settle(p);
    pthread_mutex_destroy(&p->lock);
    free(p->index.hash);
    free(p);
}

static void *refresh_main(void *context)
{
    struct packages *p = context;
    struct index x = {0};
    struct timespec changed;
    int rc = index_load(&x, p->info, &changed);

    pthread_mutex_lock(&p->lock);
    if (!rc && x.count) {
        uint32_t *old = p->index.hash;

        p->index = x;
        p->changed = changed;
        x.hash = old;
    }
    p->running = false;
    pthread_mutex_unlock(&p->lock);
    free(x.hash);
    return NULL;
}

/* Start a refresh when the folder has changed; under the lock. */
static void look(struct packages *p)
{
    time_t now = time(NULL);
    struct stat st;

    if (!p->dpkg || p->running || (now >= p->looked && now - p->looked < LOOK_S))
        return;
    p->looked = now;
    if (stat(p->info, &st) ||
        (st.st_mtim.tv_sec == p->changed.tv_sec && st.st_mtim.tv_nsec == p->changed.tv_nsec))
        return;
    if (p->started)
        pthread_join(p->thread, NULL); /* it has ended: running is false */
    p->started = p->running = !pthread_create(&p->thread, NULL, refresh_main, p);
}

static bool roots_own(const struct stat *st)
{
    return st->st_uid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* The file and every folder above it belong to root alone. */
static bool owned(const char *path)
{
    char part[LIM_PATH];
    struct stat st;
    size_t n = strlen(path);

    if (n >= sizeof part || stat(path, &st) || !S_ISREG(st.st_mode) || !roots_own(&st))
        return false;
    memcpy(part, path, n + 1);
    while (n > 1) {
        while (n > 0 && part[n - 1] != '/')
            n--;
        part[n > 1 ? --n : 1] = '\0';
        if (stat(part, &st) || !S_ISDIR(st.st_mode) || !roots_own(&st))
            return false;
    }
    return true;
}

static bool listed(struct packages *p, const char *path)
{
    static const char *const system[] = {"/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/lib64/", "/usr/libexec/", "/bin/", "/sbin/"};
    uint32_t hash;

    if (p->dpkg) {
        hash = hash_path(path, strlen(path));
        return bsearch(&hash, p->index.hash, p->index.count, sizeof hash, by_value) != NULL;
    }
    for (size_t i = 0; i < sizeof system / sizeof system[0]; i++)
        if (!strncmp(path, system[i], strlen(system[i])))
            return true;
    return false;
}

bool packages_has(struct packages *p, const char *path)
{
    bool is;

    if (path[0] != '/' || strstr(path, "/../") || !candidate(path, strlen(path)))
        return false;
    pthread_mutex_lock(&p->lock);
    look(p);
    is = listed(p, path);
    pthread_mutex_unlock(&p->lock);
    return is && owned(path);
}

unsigned packages_count(struct packages *p)
{
    unsigned n;

    pthread_mutex_lock(&p->lock);
    n = p->dpkg ? p->index.count : 0;
    pthread_mutex_unlock(&p->lock);
    return n;
}
