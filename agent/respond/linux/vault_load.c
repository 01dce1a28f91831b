/* Opening: the log is read back, what it says is compared with what lies in
 * the vault directory, halves are removed, the log is rewritten when it holds
 * anything that is dead or damaged. */
#include "agent/respond/linux/vault_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Call `each` with every name in the sub-folders of `kind` ("v" or "l") or in `kind` itself. */
static void each_name(struct vault *v, const char *folder, void (*each)(struct vault *v, int dirfd, const char *name))
{
    int fd = openat(v->dir, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;

    if (!d && fd >= 0)
        close(fd);
    while (d && (e = readdir(d)))
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
            each(v, fd, e->d_name);
    if (d)
        closedir(d);
}

static void each_in_fan(struct vault *v, char kind, void (*each)(struct vault *v, int dirfd, const char *name))
{
    char folder[VAULT_NAME];

    for (unsigned i = 0; i < VAULT_FAN; i++) {
        snprintf(folder, sizeof folder, "%c/%02x", kind, i);
        each_name(v, folder, each);
    }
}

static void drop_orphan(struct vault *v, int dirfd, const char *name)
{
    char *end;
    unsigned long long ref = strtoull(name, &end, 16);

    if (*end || !ix_version_of(&v->ix, ref))
        (void)unlinkat(dirfd, name, 0);
}

static void count_link(struct vault *v, int dirfd, const char *name)
{
    (void)dirfd;
    (void)name;
    v->links++;
}

static void drop_work(struct vault *v, int dirfd, const char *name)
{
    (void)v;
    (void)unlinkat(dirfd, name, 0);
}

/* A version whose file is not what the record says cannot be used. */
static bool version_whole(struct vault *v, const struct ix_version *ver)
{
    char name[VAULT_NAME];
    struct vault_meta m;

    if (ver->kind == VERSION_LINK)
        vault_link_name(&ver->key, name);
    else
        vault_version_name(ver->ref, name);
    if (vault_stat_at(v->dir, name, &m, NULL))
        return false;
    return ver->kind == VERSION_LINK ? m.nlink == 1 : m.size == ver->size;
}

static uint64_t replay(struct vault *v, const uint8_t *log, size_t n)
{
    uint64_t skipped = 0;
    struct vault_rec rec;
    size_t at = 0;

    while (vault_log_next(log, n, &at, &skipped, &rec))
        if (!vault_index_apply(&v->ix, &rec))
            v->ix.dead += rec.whole;
    return skipped;
}

int vault_load(struct vault *v)
{
    uint64_t skipped = 0;
    struct stat st;
    uint8_t *log;

    if (fstat(v->log.fd, &st))
        return mm_from_errno(errno);
    if (st.st_size > 0) {
        log = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, v->log.fd, 0);
        if (log == MAP_FAILED)
            return MM_ENOMEM;
        skipped = replay(v, log, (size_t)st.st_size);
        munmap(log, (size_t)st.st_size);
    }
    v->log.end = ((uint64_t)st.st_size + 7) & ~UINT64_C(7);
    for (uint32_t s = 1; s <= v->ix.version_top; s++)
        if (v->ix.version[s].state == SLOT_LIVE && !version_whole(v, &v->ix.version[s]))
            ix_version_drop(&v->ix, s);
    ix_tree_tidy(&v->ix);
    each_in_fan(v, 'v', drop_orphan);
    each_in_fan(v, 'l', count_link);
    each_name(v, "work", drop_work);
    /* what cannot be rewritten now (full disk) is skipped by the reader the next time again */
    if (skipped || v->ix.dead)
        (void)vault_compact(v);
    vault_log_reserve(&v->log);
    (void)vault_ballast(v, true);
    return MM_OK;
}
