/* What the file guard tells the vault about each step of an attack, in its
 * order: the pre-image before an open for writing, names after the fact. */
#ifndef MM_TESTS_UNIT_RESPOND_VAULT_GUARD_H
#define MM_TESTS_UNIT_RESPOND_VAULT_GUARD_H

#include "tests/unit/respond/vault_fixture.h"

static inline void tell(uint64_t tree, enum vault_touch_kind kind, const struct vault_key *key, vault_ref ref, const char *name,
                 const char *name2, unsigned flags)
{
    struct vault_touch t = {.tree = tree, .kind = kind, .key = *key, .ref = ref, .path = at(name),
                            .path2 = name2 ? at(name2) : NULL, .wall_ns = vault_now(), .flags = flags};

    assert_int_equal(vault_touch(vault, &t), MM_OK);
}

/* A write-open of an existing file. */
static inline int open_write(uint64_t tree, const char *name, int flags)
{
    int fd = open(at(name), O_RDONLY);
    struct vault_meta m;
    vault_ref ref = 0;

    assert_true(fd >= 0);
    assert_int_equal(vault_meta_of(fd, &m), MM_OK);
    if (!vault_touched(vault, tree, &m.key, TOUCH_WRITE)) {
        assert_int_equal(vault_store(vault, fd, &m, tree, NULL, &ref), MM_OK);
        tell(tree, TOUCH_WRITE, &m.key, ref, name, NULL, 0);
    }
    close(fd);
    fd = open(at(name), O_WRONLY | flags);
    assert_true(fd >= 0);
    return fd;
}

static inline void scramble(uint64_t tree, const char *name, size_t n)
{
    int fd = open_write(tree, name, 0);
    uint8_t *junk = malloc(n + 1);

    fill_random(junk, n);
    assert_int_equal(pwrite(fd, junk, n, 0), (ssize_t)n);
    free(junk);
    close(fd);
}

static inline void create(uint64_t tree, const char *name, size_t n, bool opaque)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0644);
    uint8_t *junk = malloc(n + 1);
    struct vault_key key;

    assert_true(fd >= 0);
    fill_random(junk, n);
    write_all(fd, junk, n);
    free(junk);
    close(fd);
    key = key_of(name);
    protect(name);
    if (opaque)
        tell(tree, TOUCH_CREATED, &key, 0, name, NULL, 0);
}

static inline void gone(uint64_t tree, const char *name)
{
    struct vault_key key = key_of(name);

    assert_int_equal(unlink(at(name)), 0);
    tell(tree, TOUCH_REMOVED, &key, 0, name, NULL, 0);
}

static inline void moved(uint64_t tree, const char *from, const char *to, unsigned flags)
{
    struct vault_key key = key_of(from), victim;
    bool over = access(at(to), F_OK) == 0;

    if (over)
        victim = key_of(to);
    assert_int_equal(rename(at(from), at(to)), 0);
    if (over)
        tell(tree, TOUCH_REPLACED, &victim, 0, to, NULL, 0);
    tell(tree, TOUCH_RENAMED, &key, 0, from, to, flags);
}

static inline struct restore_report restore(uint64_t tree)
{
    struct restore_report r;

    memset(&r, 0x55, sizeof r);
    assert_int_equal(vault_restore(vault, tree, "incident-1", &r, NULL, NULL), MM_OK);
    if (r.failed)
        print_message("failed %u: %s\n", r.failed, r.first_failure);
    assert_null(vault_index_check(&vault->ix));
    return r;
}

#endif
