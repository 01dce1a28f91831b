/* A folder with documents, a vault for it, and what the file guard would tell
 * the vault about each step of an attack.  Runs in $TMPDIR (default /tmp), so
 * that the system tests can run the same programs on other file systems; as
 * root the documents belong to various users. */
#ifndef MM_TESTS_UNIT_RESPOND_VAULT_FIXTURE_H
#define MM_TESTS_UNIT_RESPOND_VAULT_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/respond/linux/vault_private.h"
#include "lib/err.h"

#define FIX_MAX 512
#define FIX_BAD 0x666ull   /* the hostile tree */
#define FIX_GOOD 0x111ull

struct original {
    char name[512];
    uint8_t *data;
    size_t size;
    struct stat st;
    uint8_t attrs[1024];
    uint32_t nattrs;
};

static char top[PATH_MAX];
static struct vault *vault;
static struct original original[FIX_MAX];
static unsigned originals;
static unsigned seed = 1;

static inline int fix_remove(const char *path, const struct stat *st, int kind, struct FTW *w)
{
    (void)kind;
    (void)w;
    if (S_ISDIR(st->st_mode))
        (void)!chmod(path, 0700);
    return remove(path);
}

static inline const char *at(const char *name)
{
    static char path[8][2 * PATH_MAX];
    static unsigned turn;

    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", top, name);
    return path[turn];
}

static inline void open_vault(void)
{
    assert_int_equal(vault_open_in(&vault, top, NULL), MM_OK);
    assert_null(vault_index_check(&vault->ix));
}

static inline int fix_setup(void **state)
{
    const char *base = getenv("TMPDIR");

    (void)state;
    snprintf(top, sizeof top, "%s/vault-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(top))
        return -1;
    originals = 0;
    open_vault();
    return 0;
}

static inline int fix_teardown(void **state)
{
    (void)state;
    vault_close(vault);
    vault = NULL;
    for (unsigned i = 0; i < originals; i++)
        free(original[i].data);
    return nftw(top, fix_remove, 32, FTW_DEPTH | FTW_PHYS);
}

static inline void fill_random(uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        data[i] = (uint8_t)(seed >> 16);
    }
}

static inline struct vault_key key_of(const char *name)
{
    struct vault_meta m;

    assert_int_equal(vault_stat_at(AT_FDCWD, at(name), &m, NULL), MM_OK);
    return m.key;
}

/* The guard walks the folders: hard link of every file, mode of every folder. */
static inline void protect(const char *name)
{
    struct vault_key key = key_of(name);

    assert_int_equal(vault_link(vault, AT_FDCWD, at(name), &key), MM_OK);
}

static inline void folder(const char *name, mode_t mode)
{
    int fd;

    assert_int_equal(mkdir(at(name), 0755), 0);
    assert_int_equal(chmod(at(name), mode), 0);
    fd = open(at(name), O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    assert_int_equal(vault_folder(vault, fd, at(name)), MM_OK);
    close(fd);
}

static inline void write_all(int fd, const void *data, size_t n)
{
    assert_int_equal(write(fd, data, n), (ssize_t)n);
}

/* A document with everything that a restore has to bring back. */
static inline void document(const char *name, size_t size)
{
    struct original *o = &original[originals++];
    struct timespec times[2] = {{1600000000 + (time_t)originals, 123456789}, {1500000000 + (time_t)originals, 987654321}};
    int fd = open(at(name), O_RDWR | O_CREAT | O_EXCL, 0600);
    bool cut;

    assert_true(originals <= FIX_MAX);
    assert_true(fd >= 0);
    snprintf(o->name, sizeof o->name, "%s", name);
    o->data = malloc(size + 1);
    o->size = size;
    fill_random(o->data, size);
    write_all(fd, o->data, size);
    if (!geteuid())
        assert_int_equal(fchown(fd, 1000 + originals % 3, 100 + originals % 2), 0);
    assert_int_equal(fchmod(fd, originals % 2 ? 0640 : 04755), 0);
    if (originals % 2 && fsetxattr(fd, "user.comment", name, strlen(name), 0))
        assert_int_equal(errno, EOPNOTSUPP);
    assert_int_equal(futimens(fd, times), 0);
    assert_int_equal(fstat(fd, &o->st), 0);
    vault_attrs_read(fd, o->attrs, sizeof o->attrs, &o->nattrs, &cut);
    close(fd);
    protect(name);
}

/* Byte for byte, with owner, mode, time and attributes. */
static inline bool same_as_before(const struct original *o)
{
    int fd = open(at(o->name), O_RDONLY | O_NOFOLLOW);
    uint8_t *data = malloc(o->size + 1), attrs[1024];
    uint32_t n = 0;
    struct stat st;
    bool cut, same;

    if (fd < 0 || fstat(fd, &st)) {
        print_message("%s is not there\n", o->name);
        free(data);
        return false;
    }
    same = read(fd, data, o->size + 1) == (ssize_t)o->size && !memcmp(data, o->data, o->size);
    if (!same)
        print_message("%s has another content\n", o->name);
    vault_attrs_read(fd, attrs, sizeof attrs, &n, &cut);
    if (st.st_mode != o->st.st_mode || st.st_uid != o->st.st_uid || st.st_gid != o->st.st_gid ||
        st.st_mtim.tv_sec != o->st.st_mtim.tv_sec || st.st_mtim.tv_nsec != o->st.st_mtim.tv_nsec) {
        print_message("%s has another mode, owner or time\n", o->name);
        same = false;
    }
    if (n != o->nattrs || memcmp(attrs, o->attrs, n)) {
        print_message("%s has other attributes\n", o->name);
        same = false;
    }
    close(fd);
    free(data);
    return same;
}

static inline void all_as_before(void)
{
    unsigned lost = 0;

    for (unsigned i = 0; i < originals; i++)
        lost += !same_as_before(&original[i]);
    assert_int_equal(lost, 0);
}

#endif
