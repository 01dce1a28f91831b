#include "agent/watch/linux/files_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/err.h"

struct index_dir {
    uint32_t fs, next;
    uint32_t names;                /* entries that name this folder */
    int type;
    uint8_t size;                  /* 0: free */
    bool again;                    /* to be gone through once more */
    char *path;                    /* where it stood last; heap, NULL: not known */
    uint8_t handle[INDEX_HANDLE];
};

struct files_index {
    uint64_t key;
    struct index_dir *dir;
    struct index_name *name;
    uint32_t *dir_hash, *name_hash;
    uint32_t dirs, dir_cap, dir_used, dir_free;
    uint32_t names, name_cap, name_used, name_free;
};

static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ x >> 33;
}

static uint64_t hash_bytes(uint64_t key, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t h = key;

    for (; n >= 8; n -= 8, p += 8) {
        uint64_t w;

        memcpy(&w, p, 8);
        h = mix(h ^ w) + key;
    }
    if (n) {
        uint64_t w = n;

        memcpy(&w, p, n);
        h = mix(h ^ w ^ ((uint64_t)n << 56)) + key;
    }
    return mix(h);
}

int index_new(struct files_index **out)
{
    struct files_index *x = calloc(1, sizeof *x);

    if (!x)
        return MM_ENOMEM;
    if (getrandom(&x->key, sizeof x->key, 0) != sizeof x->key) {
        free(x);
        return MM_EIO;
    }
    x->dir_free = x->name_free = INDEX_NONE;
    *out = x;
    return MM_OK;
}

void index_free(struct files_index *x)
{
    if (!x)
        return;
    for (uint32_t i = 0; i < x->dir_used; i++)
        if (x->dir[i].size)
            free(x->dir[i].path);
    free(x->dir);
    free(x->name);
    free(x->dir_hash);
    free(x->name_hash);
    free(x);
}

uint64_t index_hash(const struct files_index *x, const char *name)
{
    return hash_bytes(x->key, name, strlen(name));
}

static uint64_t dir_key(const struct files_index *x, uint32_t fs, int type, const void *handle, size_t n)
{
    return hash_bytes(x->key ^ fs ^ ((uint64_t)(unsigned)type << 32), handle, n);
}

static uint32_t *dir_head(const struct files_index *x, uint64_t key)
{
    return &x->dir_hash[key & (x->dir_cap - 1)];
}

static uint32_t *name_head(const struct files_index *x, uint32_t dir, uint64_t hash)
{
    return &x->name_hash[mix(hash + dir) & (x->name_cap - 1)];
}

uint32_t index_dir(const struct files_index *x, uint32_t fs, int type, const void *handle, size_t n)
{
    if (!x->dir_cap || n > INDEX_HANDLE)
        return INDEX_NONE;
    for (uint32_t i = *dir_head(x, dir_key(x, fs, type, handle, n)); i != INDEX_NONE; i = x->dir[i].next) {
        const struct index_dir *d = &x->dir[i];

        if (d->fs == fs && d->type == type && d->size == n && !memcmp(d->handle, handle, n))
            return i;
    }
    return INDEX_NONE;
}

static int dirs_grow(struct files_index *x)
{
    uint32_t cap = x->dir_cap ? x->dir_cap * 2 : 256;
    struct index_dir *d = realloc(x->dir, cap * sizeof *d);
    uint32_t *h;

    if (!d)
        return MM_ENOMEM;
    x->dir = d;
    h = realloc(x->dir_hash, cap * sizeof *h);
    if (!h)
        return MM_ENOMEM;
    x->dir_hash = h;
    memset(h, 0xff, cap * sizeof *h);
    x->dir_cap = cap;
    for (uint32_t i = 0; i < x->dir_used; i++) {
        uint32_t *head;

        if (!d[i].size)
            continue;
        head = dir_head(x, dir_key(x, d[i].fs, d[i].type, d[i].handle, d[i].size));
        d[i].next = *head;
        *head = i;
    }
    return MM_OK;
}

uint32_t index_dir_add(struct files_index *x, uint32_t fs, int type, const void *handle, size_t n)
{
    uint32_t i = index_dir(x, fs, type, handle, n), *head;

    if (i != INDEX_NONE)
        return i;
    if (n == 0 || n > INDEX_HANDLE)
        return INDEX_NONE;
    if (x->dir_free == INDEX_NONE && x->dir_used == x->dir_cap && dirs_grow(x))
        return INDEX_NONE;
    if (x->dir_free != INDEX_NONE) {
        i = x->dir_free;
        x->dir_free = x->dir[i].next;
    } else {
        i = x->dir_used++;
    }
    x->dir[i] = (struct index_dir){.fs = fs, .type = type, .size = (uint8_t)n};
    memcpy(x->dir[i].handle, handle, n);
    head = dir_head(x, dir_key(x, fs, type, handle, n));
    x->dir[i].next = *head;
    *head = i;
    x->dirs++;
    return i;
}

bool index_dir_handle(const struct files_index *x, uint32_t dir, uint32_t *fs, int *type, void *handle, size_t *n)
{
    if (dir >= x->dir_used || !x->dir[dir].size)
        return false;
    *fs = x->dir[dir].fs;
    *type = x->dir[dir].type;
    *n = x->dir[dir].size;
    memcpy(handle, x->dir[dir].handle, *n);
    return true;
}

static void name_release(struct files_index *x, uint32_t *head)
{
    uint32_t i = *head;

    *head = x->name[i].next;
    if (x->name[i].dir < x->dir_used)
        x->dir[x->name[i].dir].names--;
    x->name[i].dir = INDEX_NONE;
    x->name[i].next = x->name_free;
    x->name_free = i;
    x->names--;
}

void index_dir_drop(struct files_index *x, uint32_t dir)
{
    struct index_dir *d;
    uint32_t *head;

    if (dir >= x->dir_used || !x->dir[dir].size)
        return;
    d = &x->dir[dir];
    for (head = dir_head(x, dir_key(x, d->fs, d->type, d->handle, d->size)); *head != dir; head = &x->dir[*head].next)
        ;
    *head = d->next;
    free(d->path);
    d->path = NULL;
    d->size = 0;
    d->next = x->dir_free;
    x->dir_free = dir;
    x->dirs--;
    /* An empty folder has no names: rmdir(2) demands it.  What is left comes from lost events. */
    for (uint32_t i = 0; d->names && i < x->name_used; i++) {
        if (x->name[i].dir != dir)
            continue;
        for (head = name_head(x, dir, x->name[i].hash); *head != i; head = &x->name[*head].next)
            ;
        name_release(x, head);
    }
}

static uint32_t *name_slot(const struct files_index *x, uint32_t dir, uint64_t hash)
{
    uint32_t *head;

    if (!x->name_cap)
        return NULL;
    for (head = name_head(x, dir, hash); *head != INDEX_NONE; head = &x->name[*head].next)
        if (x->name[*head].hash == hash && x->name[*head].dir == dir)
            return head;
    return NULL;
}

struct index_name *index_find(struct files_index *x, uint32_t dir, uint64_t hash)
{
    uint32_t *slot = name_slot(x, dir, hash);

    return slot ? &x->name[*slot] : NULL;
}

static int names_grow(struct files_index *x)
{
    uint32_t cap = x->name_cap ? x->name_cap * 2 : 1024;
    struct index_name *a = realloc(x->name, cap * sizeof *a);
    uint32_t *h;

    if (!a)
        return MM_ENOMEM;
    x->name = a;
    h = realloc(x->name_hash, cap * sizeof *h);
    if (!h)
        return MM_ENOMEM;
    x->name_hash = h;
    memset(h, 0xff, cap * sizeof *h);
    x->name_cap = cap;
    for (uint32_t i = 0; i < x->name_used; i++) {
        uint32_t *head;

        if (a[i].dir == INDEX_NONE)
            continue;
        head = name_head(x, a[i].dir, a[i].hash);
        a[i].next = *head;
        *head = i;
    }
    return MM_OK;
}

int index_put(struct files_index *x, uint32_t dir, uint64_t hash, uint64_t ino, int64_t btime_ns, uint64_t creator)
{
    uint32_t *slot = name_slot(x, dir, hash), *head, i;

    if (slot) {
        struct index_name *e = &x->name[*slot];

        e->ino = ino;
        e->btime_ns = btime_ns;
        e->creator = creator;
        return MM_OK;
    }
    if (x->name_free == INDEX_NONE && x->name_used == x->name_cap && names_grow(x))
        return MM_ENOMEM;
    if (x->name_free != INDEX_NONE) {
        i = x->name_free;
        x->name_free = x->name[i].next;
    } else {
        i = x->name_used++;
    }
    head = name_head(x, dir, hash);
    x->name[i] = (struct index_name){.dir = dir, .next = *head, .hash = hash, .ino = ino,
                                     .btime_ns = btime_ns, .creator = creator};
    *head = i;
    if (dir < x->dir_used)
        x->dir[dir].names++;
    x->names++;
    return MM_OK;
}

bool index_take(struct files_index *x, uint32_t dir, uint64_t hash, struct index_name *out)
{
    uint32_t *slot = name_slot(x, dir, hash);

    if (!slot)
        return false;
    *out = x->name[*slot];
    name_release(x, slot);
    return true;
}

const struct index_name *index_at(const struct files_index *x, uint32_t i, uint32_t *fs)
{
    if (i >= x->name_used || x->name[i].dir >= x->dir_used)
        return NULL;
    *fs = x->dir[x->name[i].dir].fs;
    return &x->name[i];
}

uint32_t index_top(const struct files_index *x)
{
    return x->name_used;
}

const char *index_dir_path(const struct files_index *x, uint32_t dir)
{
    return dir < x->dir_used && x->dir[dir].size && x->dir[dir].path ? x->dir[dir].path : "";
}

void index_dir_stands(struct files_index *x, uint32_t dir, const char *path)
{
    char *copy;

    if (dir >= x->dir_used || !x->dir[dir].size || !strcmp(index_dir_path(x, dir), path))
        return;
    copy = strdup(path);
    if (copy) {
        free(x->dir[dir].path);
        x->dir[dir].path = copy;
    }
}

void index_dir_again(struct files_index *x, uint32_t dir, bool again)
{
    uint32_t i = dir == INDEX_NONE ? 0 : dir, end = dir == INDEX_NONE ? x->dir_used : dir + 1;

    for (; i < end && i < x->dir_used; i++)
        if (x->dir[i].size)
            x->dir[i].again = again;
}

uint32_t index_first_again(const struct files_index *x)
{
    for (uint32_t i = 0; i < x->dir_used; i++)
        if (x->dir[i].size && x->dir[i].again)
            return i;
    return INDEX_NONE;
}

void index_counts(const struct files_index *x, unsigned *dirs, unsigned *names)
{
    *dirs = x->dirs;
    *names = x->names;
}
