#include "agent/detect/pack_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/detect/engine.h"
#include "agent/detect/pack_manifest.h"
#include "lib/err.h"

struct walk {
    pack_dir_visit *visit;
    void *context;
    char *msg;
    size_t n;
    unsigned files;
    uint64_t bytes;
    struct pack_skips *skips; /* NULL while the pack itself is walked */
    enum rule_family only;    /* FAMILY_COUNT: all families with their samples; else sources of this one */
};

/* An error of the pack; of the host's own files one that costs the file only. */
static int fail(struct walk *w, const char *path, const char *why, int rc)
{
    if (w->skips) {
        if (!w->skips->count++)
            snprintf(w->skips->first, sizeof w->skips->first, "%s: %s", path, why);
        return MM_OK;
    }
    if (!w->msg[0])
        snprintf(w->msg, w->n, "%s: %s", path, why);
    return rc;
}

static int open_dir_at(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0)
        return fd;
    return mm_from_errno(errno);
}

/* Sorted names of a directory (not . and ..); the caller frees each and the list. */
static int names_of(int fd, char ***out, size_t *count)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *e;
    char **list = NULL;
    size_t n = 0;
    int rc = d ? MM_OK : MM_EIO;

    if (!d && copy >= 0)
        close(copy);
    while (d && !rc && (e = readdir(d))) {
        char **more;

        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        more = n < 2 * LIM_PACK_FILES ? realloc(list, (n + 1) * sizeof *list) : NULL;
        if (!more) {
            rc = MM_ELIMIT;
            break;
        }
        list = more;
        list[n] = strdup(e->d_name);
        if (!list[n])
            rc = MM_ENOMEM;
        else
            n++;
    }
    if (d)
        closedir(d);
    for (size_t i = 1; i < n; i++) /* few names: insertion sort */
        for (size_t k = i; k && strcmp(list[k - 1], list[k]) > 0; k--) {
            char *t = list[k];

            list[k] = list[k - 1];
            list[k - 1] = t;
        }
    *out = list;
    *count = n;
    return rc;
}

static void free_names(char **list, size_t n)
{
    while (n--)
        free(list[n]);
    free(list);
}

static int give(struct walk *w, int at, const char *name, const struct scan_pack_file *file)
{
    int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc;
    struct stat st;

    if (fd < 0)
        return fail(w, file->name, errno == ELOOP ? "is a symbolic link" : "cannot be opened", mm_from_errno(errno));
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        rc = fail(w, file->name, "is no regular file", MM_EINVAL);
    else if (w->files >= LIM_PACK_FILES || (uint64_t)st.st_size > LIM_PACK_BYTES - w->bytes)
        rc = fail(w, file->name, "is one file too many, or too large", MM_ELIMIT);
    else {
        w->files++;
        w->bytes += (uint64_t)st.st_size;
        rc = w->visit(w->context, file, fd, w->msg, w->n);
        if (rc && !w->msg[0])
            snprintf(w->msg, w->n, "%s: %s", file->name, mm_strerror(rc));
    }
    close(fd);
    return rc;
}

static int is_prose(const char *name)
{
    size_t n = strlen(name);

    return name[0] == '.' || !strncmp(name, "README", 6) || (n > 3 && !strcmp(name + n - 3, ".md"));
}

/* One folder of sources or samples; `prefix` is its path for messages. */
static int walk_files(struct walk *w, int fd, const char *prefix, uint32_t what, enum rule_family family)
{
    char **list = NULL;
    size_t count = 0;
    int rc = names_of(fd, &list, &count);

    if (rc)
        rc = fail(w, prefix, mm_strerror(rc), rc); /* of a local folder what was listed is walked all the same */
    for (size_t i = 0; i < count && !rc; i++) {
        struct scan_pack_file file = {.what = what, .family = (uint32_t)family};
        enum rule_family found;
        int sample, cut;

        if (is_prose(list[i]) || (what != PACK_SAMPLE && !strcmp(list[i], "samples")))
            continue;
        cut = snprintf(file.name, sizeof file.name, "%s/%s", prefix, list[i]) >= (int)sizeof file.name;
        if (cut || (what != PACK_LOCAL_SOURCE && manifest_path(file.name, &found, &sample)))
            rc = fail(w, file.name, "is neither a source nor a sample", MM_EFORMAT);
        else
            rc = give(w, fd, list[i], &file);
    }
    free_names(list, count);
    return rc;
}

static int walk_family(struct walk *w, int root, enum rule_family family, int local)
{
    const char *name = engine_family_name(family);
    char prefix[64];
    int fd = open_dir_at(root, name), samples, rc;

    snprintf(prefix, sizeof prefix, "%s%s", local ? "local/" : "", name);
    if (fd < 0)
        return fd == MM_ENOTFOUND ? MM_OK : fail(w, prefix, "cannot be opened as a folder", fd);
    rc = walk_files(w, fd, prefix, local ? PACK_LOCAL_SOURCE : PACK_SOURCE, family);
    samples = local || rc || w->only != FAMILY_COUNT ? MM_ENOTFOUND : open_dir_at(fd, "samples");
    if (samples >= 0) {
        snprintf(prefix, sizeof prefix, "%s/samples", name);
        rc = walk_files(w, samples, prefix, PACK_SAMPLE, family);
        close(samples);
    } else if (samples != MM_ENOTFOUND) {
        rc = fail(w, name, "samples cannot be opened", samples);
    }
    close(fd);
    return rc;
}

/* A single optional or needed file at the top. */
static int walk_top(struct walk *w, int root, const char *name, const char *shown, uint32_t what, int needed)
{
    struct scan_pack_file file = {.what = what, .family = FAMILY_COUNT};
    struct stat st;

    if (fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return needed ? fail(w, shown, "is missing", MM_ENOTFOUND) : MM_OK;
    snprintf(file.name, sizeof file.name, "%s", shown);
    return give(w, root, name, &file);
}

static int walk_root(struct walk *w, const char *path, int local, int needed)
{
    int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    if (root < 0)
        return local && errno == ENOENT ? MM_OK : fail(w, path, "cannot be opened", mm_from_errno(errno));
    rc = local ? walk_top(w, root, "allow.list", "local/allow.list", PACK_ALLOW, 0)
               : walk_top(w, root, "manifest.json", "manifest.json", PACK_MANIFEST, needed);
    for (int f = 0; f < FAMILY_COUNT && !rc; f++)
        if (w->only == FAMILY_COUNT || w->only == (enum rule_family)f)
            rc = walk_family(w, root, (enum rule_family)f, local);
    close(root);
    return rc;
}

static int walk(struct walk *w, const char *dir, const char *local, int unsealed, struct pack_skips *skips)
{
    int rc;

    w->msg[0] = '\0';
    rc = walk_root(w, dir, 0, !unsealed);
    w->skips = skips;
    return !rc && local && local[0] ? walk_root(w, local, 1, 0) : rc;
}

int pack_dir_walk(const char *dir, const char *local, int unsealed, pack_dir_visit *visit, void *context,
                  struct pack_skips *skips, char *msg, size_t n)
{
    struct walk w = {.visit = visit, .context = context, .msg = msg, .n = n, .only = FAMILY_COUNT};

    return walk(&w, dir, local, unsealed, skips);
}

int pack_dir_walk_family(const char *dir, const char *local, enum rule_family family, pack_dir_visit *visit, void *context,
                         struct pack_skips *skips, char *msg, size_t n)
{
    struct walk w = {.visit = visit, .context = context, .msg = msg, .n = n, .only = family};

    return walk(&w, dir, local, 0, skips);
}
