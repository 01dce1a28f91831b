/* Files by name in memory: what a repository serves and what a store holds. */
#ifndef MM_TESTS_UNIT_UPDATER_FILES_H
#define MM_TESTS_UNIT_UPDATER_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"

struct file { char name[LIM_TUF_PATH]; char *bytes; size_t n; };
struct files { struct file *list; size_t n; };

static inline struct file *file_find(const struct files *files, const char *name)
{
    for (size_t i = 0; i < files->n; i++)
        if (!strcmp(files->list[i].name, name))
            return &files->list[i];
    return NULL;
}

static inline void put_file(struct files *files, const char *name, const void *bytes, size_t n)
{
    struct file *f = file_find(files, name);

    if (!f) {
        files->list = realloc(files->list, (files->n + 1) * sizeof *files->list);
        f = &files->list[files->n++];
        snprintf(f->name, sizeof f->name, "%s", name);
        f->bytes = NULL;
    }
    char *copy = malloc(n + 1);

    if (n)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    free(f->bytes);
    f->bytes = copy;
    f->n = n;
}

static inline void drop_file(struct files *files, const char *name)
{
    struct file *f = file_find(files, name);

    if (!f)
        return;
    free(f->bytes);
    *f = files->list[--files->n];
}

static inline void files_fini(struct files *files)
{
    for (size_t i = 0; i < files->n; i++)
        free(files->list[i].bytes);
    free(files->list);
    *files = (struct files){0};
}

static inline void files_copy(struct files *to, const struct files *from)
{
    files_fini(to);
    for (size_t i = 0; i < from->n; i++)
        put_file(to, from->list[i].name, from->list[i].bytes, from->list[i].n);
}

/* 1 when both hold the same names with the same bytes. */
static inline int files_equal(const struct files *a, const struct files *b)
{
    if (a->n != b->n)
        return 0;
    for (size_t i = 0; i < a->n; i++) {
        const struct file *f = file_find(b, a->list[i].name);

        if (!f || f->n != a->list[i].n || memcmp(f->bytes, a->list[i].bytes, f->n) != 0)
            return 0;
    }
    return 1;
}

#endif
