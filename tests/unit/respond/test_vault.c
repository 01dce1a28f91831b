/* The vault without root, in a plain folder: links, versions, touches, the
 * index over restarts, kills and damage, eviction. */
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

static char top[PATH_MAX];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *w)
{
    (void)st;
    (void)kind;
    (void)w;
    return remove(path);
}

static int setup(void **state)
{
    const char *base = getenv("TMPDIR");

    (void)state;
    snprintf(top, sizeof top, "%s/vault-XXXXXX", base ? base : "/tmp");
    return mkdtemp(top) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *at(const char *name)
{
    static char path[4][PATH_MAX + 300];
    static unsigned turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", top, name);
    return path[turn];
}

static void put(const char *name, const void *data, size_t n)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0640);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, n), (ssize_t)n);
    close(fd);
}

static void settle(void) /* let the clock go on past the grain of time stamps */
{
    nanosleep(&(struct timespec){0, LIM_VAULT_GRAIN_NS + 15000000}, NULL);
}

static struct vault *open_it(uint64_t bytes)
{
    struct vault_limits limits = {.bytes = bytes};
    struct vault *v = NULL;

    assert_int_equal(vault_open_in(&v, top, &limits), MM_OK);
    assert_null(vault_index_check(&v->ix));
    return v;
}

static struct vault_meta meta(const char *name)
{
    int fd = open(at(name), O_RDONLY);
    struct vault_meta m;

    assert_true(fd >= 0);
    assert_int_equal(vault_meta_of(fd, &m), MM_OK);
    close(fd);
    return m;
}

static vault_ref store(struct vault *v, const char *name, uint64_t tree)
{
    int fd = open(at(name), O_RDONLY);
    vault_ref ref = 0;
    struct vault_meta m;

    assert_true(fd >= 0);
    assert_int_equal(vault_meta_of(fd, &m), MM_OK);
    assert_int_equal(vault_store(v, fd, &m, tree, NULL, &ref), MM_OK);
    assert_true(ref != 0);
    close(fd);
    return ref;
}

static int touch(struct vault *v, uint64_t tree, enum vault_touch_kind kind, const char *name, vault_ref ref)
{
    struct vault_meta m = meta(name);
    struct vault_touch t = {.tree = tree, .kind = kind, .key = m.key, .ref = ref, .path = at(name),
                            .path2 = kind == TOUCH_RENAMED ? "/elsewhere" : NULL, .wall_ns = vault_now()};

    return vault_touch(v, &t);
}

static void same_bytes(struct vault *v, const struct vault_key *key, vault_ref ref, const void *data, size_t n)
{
    char got[70000];
    int fd = -1;

    assert_int_equal(vault_open_before(v, key, ref, &fd), MM_OK);
    assert_int_equal(read(fd, got, sizeof got), (ssize_t)n);
    assert_memory_equal(got, data, n);
    close(fd);
}

static struct vault_stats stats(struct vault *v)
{
    struct vault_stats s;

    vault_stats(v, &s);
    return s;
}

static void test_store_and_open(void **state)
{
    struct vault *v = open_it(0);
    struct vault_meta m;
    struct stat st;
    vault_ref ref;
    char name[VAULT_NAME];

    (void)state;
    put("a", "before", 6);
    settle();
    ref = store(v, "a", 7);
    m = meta("a");
    put("a", "after!!", 7);
    same_bytes(v, &m.key, ref, "before", 6);
    vault_version_name(ref, name);
    assert_int_equal(fstatat(v->dir, name, &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stats(v).versions, 1);
    assert_int_equal(vault_open_before(v, &m.key, ref + (1u << VAULT_REF_BITS), &(int){0}), MM_ENOTFOUND);
    vault_close(v);
}

static void test_current(void **state)
{
    struct vault *v = open_it(0);
    struct timespec keep[2];
    struct vault_meta m;
    struct stat st;
    vault_ref ref;

    (void)state;
    put("a", "one", 3);
    m = meta("a");
    (void)store(v, "a", 7);
    assert_int_equal(vault_current(v, &m), 0); /* changed within the grain: cannot be told apart */
    settle();
    ref = store(v, "a", 7);
    assert_int_equal(vault_current(v, &m), ref);
    assert_int_equal(store(v, "a", 8), ref); /* the same one again */
    assert_int_equal(stat(at("a"), &st), 0);
    keep[0] = st.st_atim;
    keep[1] = st.st_mtim;
    put("a", "two", 3); /* the same size, and the time put back: ctime tells */
    assert_int_equal(utimensat(AT_FDCWD, at("a"), keep, 0), 0);
    m = meta("a");
    assert_int_equal(vault_current(v, &m), 0);
    vault_close(v);
}

/* A file that was linked just now: its ctime is young, its content old. */
static void test_baseline_after_link(void **state)
{
    struct vault *v = open_it(1 << 20);
    struct vault_meta m;
    vault_ref ref;
    int fd;

    (void)state;
    put("a", "one", 3);
    settle();
    m = meta("a");
    assert_int_equal(vault_link(v, AT_FDCWD, at("a"), &m.key), MM_OK);
    ref = store(v, "a", 0);
    m = meta("a");
    assert_int_equal(vault_current(v, &m), ref);
    put("big", top, sizeof top);
    for (unsigned i = 0; i < 200; i++) { /* baselines fill the vault, but evict nothing */
        put("big", top, 1000 + i);
        fd = open(at("big"), O_RDONLY);
        assert_int_equal(vault_meta_of(fd, &m), MM_OK);
        (void)vault_store(v, fd, &m, 0, NULL, &ref);
        close(fd);
    }
    assert_int_equal(stats(v).evicted, 0);
    assert_true(stats(v).failed > 0);
    m = meta("a");
    assert_true(vault_current(v, &m) != 0);
    (void)store(v, "big", 7); /* a tree's version has precedence */
    assert_true(stats(v).evicted > 0);
    vault_close(v);
}

static void test_sparse_and_empty(void **state)
{
    struct vault *v = open_it(0);
    struct vault_meta m;
    struct stat st;
    vault_ref ref;
    int fd;

    (void)state;
    put("empty", "", 0);
    ref = store(v, "empty", 1);
    m = meta("empty");
    same_bytes(v, &m.key, ref, "", 0);
    fd = open(at("sparse"), O_RDWR | O_CREAT, 0600);
    assert_int_equal(ftruncate(fd, 50 << 20), 0);
    assert_int_equal(pwrite(fd, "x", 1, 20 << 20), 1);
    close(fd);
    ref = store(v, "sparse", 1);
    m = meta("sparse");
    assert_int_equal(vault_open_before(v, &m.key, ref, &fd), MM_OK);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 50 << 20);
    assert_true(st.st_blocks * 512 < 1 << 20);
    assert_int_equal(vault_compare(fd, fd), 1);
    close(fd);
    vault_close(v);
}

static void test_cancel_and_limit(void **state)
{
    struct vault_limits limits = {.bytes = 1u << 30, .copy_max = 3u << 20};
    static char big[2 << 20];
    volatile int cancel = 1;
    struct vault *v = NULL;
    struct vault_meta m;
    vault_ref ref = 77;
    int fd;

    (void)state;
    assert_int_equal(vault_open_in(&v, top, &limits), MM_OK);
    memset(big, 'b', sizeof big);
    put("big", big, sizeof big);
    m = meta("big");
    fd = open(at("big"), O_RDONLY);
    if (!v->reflink) {
        assert_int_equal(vault_store(v, fd, &m, 1, &cancel, &ref), MM_ETIMEOUT);
        assert_int_equal(ref, 77);
        assert_int_equal(stats(v).bytes, 0);
        assert_int_equal(stats(v).failed, 1);
        m.size = 4u << 20;
        assert_int_equal(vault_store(v, fd, &m, 1, NULL, &ref), MM_ELIMIT);
    }
    close(fd);
    vault_close(v);
}

static void test_links(void **state)
{
    struct vault *v = open_it(0);
    struct vault_key wrong;
    struct vault_meta m;
    struct stat st;
    int dirfd = open(top, O_RDONLY | O_DIRECTORY);

    (void)state;
    put("a", "kept by its link", 16);
    m = meta("a");
    assert_int_equal(vault_link(v, dirfd, "a", &m.key), MM_OK);
    assert_int_equal(vault_link(v, dirfd, "a", &m.key), MM_OK);
    assert_int_equal(stats(v).links, 1);
    wrong = m.key;
    wrong.ino++;
    assert_int_equal(vault_link(v, dirfd, "a", &wrong), MM_ENOTFOUND);
    assert_int_equal(vault_link(v, dirfd, "none", &wrong), MM_ENOTFOUND);
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    assert_true(vault_link(v, dirfd, "fifo", &m.key) == MM_OK); /* known by its key already */
    assert_int_equal(lstat(at("a"), &st), 0);
    assert_int_equal(st.st_nlink, 2);
    assert_int_equal(unlink(at("a")), 0);
    same_bytes(v, &m.key, 0, "kept by its link", 16);
    vault_close(v);
    v = open_it(0);
    assert_int_equal(stats(v).links, 1);
    assert_int_equal(vault_unlink(v, &m.key), MM_OK);
    assert_int_equal(vault_unlink(v, &m.key), MM_ENOTFOUND);
    assert_int_equal(stats(v).links, 0);
    vault_close(v);
    close(dirfd);
}

static void test_removed_link_is_counted(void **state)
{
    struct vault *v = open_it(0);
    int dirfd = open(top, O_RDONLY | O_DIRECTORY);
    struct vault_touch t = {.tree = 5, .kind = TOUCH_REMOVED, .path = "/x/a", .wall_ns = vault_now()};
    static char big[300000];
    struct vault_meta m;

    (void)state;
    put("a", big, sizeof big);
    m = meta("a");
    t.key = m.key;
    assert_int_equal(vault_link(v, dirfd, "a", &m.key), MM_OK);
    assert_int_equal(unlink(at("a")), 0);
    assert_int_equal(vault_touch(v, &t), MM_OK);
    assert_int_equal(vault_touch(v, &t), MM_OK); /* once */
    assert_int_equal(stats(v).touches, 1);
    assert_int_equal(stats(v).versions, 1);
    assert_true(stats(v).bytes >= 300000 && stats(v).bytes < 330000);
    vault_close(v);
    v = open_it(0);
    assert_true(stats(v).bytes >= 300000);
    while (vault_evict_one(v))
        ;
    assert_int_equal(stats(v).bytes, 0);
    assert_int_equal(stats(v).links, 0);
    vault_close(v);
    close(dirfd);
}

static void test_touch_rules(void **state)
{
    struct vault *v = open_it(0);
    vault_ref ref;
    struct vault_meta m;

    (void)state;
    put("a", "1", 1);
    m = meta("a");
    ref = store(v, "a", 5);
    assert_false(vault_touched(v, 5, &m.key, TOUCH_WRITE));
    assert_int_equal(touch(v, 5, TOUCH_WRITE, "a", ref), MM_OK);
    assert_true(vault_touched(v, 5, &m.key, TOUCH_WRITE));
    assert_false(vault_touched(v, 6, &m.key, TOUCH_WRITE));
    assert_int_equal(touch(v, 5, TOUCH_WRITE, "a", ref), MM_OK);
    assert_int_equal(stats(v).touches, 1);
    assert_int_equal(touch(v, 5, TOUCH_RENAMED, "a", 0), MM_OK);
    assert_int_equal(touch(v, 5, TOUCH_RENAMED, "a", 0), MM_OK);
    assert_int_equal(stats(v).touches, 3);
    assert_int_equal(touch(v, 5, TOUCH_WRITE, "a", ref + 999 * 65536), MM_ENOTFOUND);
    assert_int_equal(touch(v, 0, TOUCH_WRITE, "a", ref), MM_EINVAL);
    assert_int_equal(vault_touch(v, &(struct vault_touch){.tree = 1, .kind = TOUCH_WRITE, .path = "relative"}), MM_EINVAL);
    assert_int_equal(vault_touch(v, &(struct vault_touch){.tree = 1, .kind = TOUCH_RENAMED, .path = "/a"}), MM_EINVAL);
    assert_int_equal(vault_touch(v, &(struct vault_touch){.tree = 1, .kind = 9, .path = "/a"}), MM_EINVAL);
    vault_forget(v, 5);
    assert_int_equal(stats(v).touches, 0);
    assert_int_equal(stats(v).versions, 1);
    assert_null(vault_index_check(&v->ix));
    vault_close(v);
}

/* A child that does all of this is killed without closing anything. */
static void test_survives_kill(void **state)
{
    struct vault_meta m;
    struct vault *v;
    vault_ref ref;
    pid_t child;
    int status;

    (void)state;
    put("a", "before", 6);
    child = fork();
    if (!child) {
        v = open_it(0);
        ref = store(v, "a", 5);
        if (touch(v, 5, TOUCH_WRITE, "a", ref))
            _exit(1);
        vault_pin(v, 5, true);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    m = meta("a");
    v = open_it(0);
    assert_int_equal(stats(v).versions, 1);
    assert_int_equal(stats(v).touches, 1);
    assert_true(v->ix.tree[ix_tree_of(&v->ix, 5)].pinned);
    ref = v->ix.touch[ix_touch_of(&v->ix, 5, &m.key, TOUCH_WRITE)].ref;
    same_bytes(v, &m.key, ref, "before", 6);
    vault_close(v);
}

static void many(struct vault *v, unsigned n, vault_ref *refs)
{
    char name[32];

    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof name, "f%u", i);
        put(name, name, strlen(name));
        refs[i] = store(v, name, 5);
        assert_int_equal(touch(v, 5, TOUCH_WRITE, name, refs[i]), MM_OK);
    }
}

static void test_torn_and_corrupt(void **state)
{
    struct vault *v = open_it(0);
    struct vault_meta m;
    vault_ref refs[20];
    uint64_t damage;
    int fd;

    (void)state;
    many(v, 20, refs);
    damage = v->ix.version[ix_version_of(&v->ix, refs[7])].off;
    vault_close(v);
    fd = open(at(VAULT_DIR "/index"), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "XXXX", 4, (off_t)damage + 40), 4);          /* the middle */
    assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - 11), 0);         /* the end */
    close(fd);
    v = open_it(0);
    assert_int_equal(stats(v).versions, 19);
    assert_int_equal(stats(v).touches, 19);
    m = meta("f8");
    same_bytes(v, &m.key, refs[8], "f8", 2);
    assert_int_equal(vault_open_before(v, &m.key, refs[7], &fd), MM_ENOTFOUND);
    vault_close(v);
    v = open_it(0); /* rewritten: nothing is skipped now, and everything is still there */
    assert_int_equal(stats(v).versions, 19);
    m = meta("f19");
    same_bytes(v, &m.key, refs[19], "f19", 3);
    vault_close(v);
}

static void test_garbage_index(void **state)
{
    struct vault *v = open_it(0);
    vault_ref refs[3];
    char junk[5000];

    (void)state;
    many(v, 3, refs);
    vault_close(v);
    for (unsigned i = 0; i < sizeof junk; i++)
        junk[i] = (char)(i * 37 + i / 7);
    put(VAULT_DIR "/index", junk, sizeof junk);
    v = open_it(0);
    assert_int_equal(stats(v).versions, 0);
    assert_int_equal(access(at(VAULT_DIR "/v/01/0000000000010001"), F_OK), -1); /* files nobody knows are gone */
    many(v, 3, refs);
    vault_close(v);
    v = open_it(0);
    assert_int_equal(stats(v).versions, 3);
    vault_close(v);
}

static void test_compaction(void **state)
{
    struct vault *v = open_it(0);
    vault_ref refs[50];
    struct vault_meta m;
    uint64_t before;

    (void)state;
    many(v, 50, refs);
    touch(v, 6, TOUCH_WRITE, "f3", refs[3]);
    vault_pin(v, 6, true);
    before = v->log.end;
    vault_forget(v, 5);
    assert_int_equal(vault_compact(v), MM_OK);
    assert_true(v->log.end < before);
    assert_null(vault_index_check(&v->ix));
    put("late", "late", 4);
    refs[0] = store(v, "late", 9);
    assert_int_equal(touch(v, 9, TOUCH_WRITE, "late", refs[0]), MM_OK);
    vault_close(v);
    v = open_it(0);
    assert_int_equal(stats(v).versions, 51);
    assert_int_equal(stats(v).touches, 2);
    assert_true(v->ix.tree[ix_tree_of(&v->ix, 6)].pinned);
    m = meta("late");
    same_bytes(v, &m.key, refs[0], "late", 4);
    vault_close(v);
}

/* The number of a version that is gone is not given to another one, not even after restarts. */
static void test_refs_stay_unique(void **state)
{
    struct vault *v = open_it(0);
    vault_ref refs[10], again;

    (void)state;
    many(v, 10, refs);
    while (vault_evict_one(v))
        ;
    for (unsigned i = 0; i < 3; i++) {
        vault_close(v);
        v = open_it(0); /* the records of the versions are gone from the log, the touches are not */
        assert_int_equal(stats(v).touches, 10);
        again = store(v, "f0", 99);
        for (unsigned k = 0; k < 10; k++)
            assert_true(again != refs[k]);
        assert_int_equal(vault_open_before(v, &(struct vault_key){0}, refs[3], &(int){0}), MM_ENOTFOUND);
    }
    vault_close(v);
}

/* A flood by one tree leaves another tree's versions alone; pinned ones stay whatever comes. */
static void test_fair_eviction(void **state)
{
    static char block[64 << 10];
    struct vault *v = open_it(1 << 20);
    vault_ref calm, pinned, untold, ref = 0;
    struct vault_meta m;
    char name[32];
    int rc = MM_OK;

    (void)state;
    memset(block, 'q', sizeof block);
    put("calm", block, sizeof block);
    calm = store(v, "calm", 1);
    assert_int_equal(touch(v, 1, TOUCH_WRITE, "calm", calm), MM_OK);
    put("pinned", block, sizeof block);
    pinned = store(v, "pinned", 2);
    assert_int_equal(touch(v, 2, TOUCH_WRITE, "pinned", pinned), MM_OK);
    vault_pin(v, 2, true);
    put("untold", block, sizeof block);
    untold = store(v, "untold", 2); /* its touch comes next */
    v->ix.version[ix_version_of(&v->ix, untold)].stored = 1;
    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "flood%u", i);
        put(name, block, sizeof block);
        ref = store(v, name, 3);
        assert_int_equal(touch(v, 3, TOUCH_WRITE, name, ref), MM_OK);
        assert_true(stats(v).bytes <= 1 << 20);
    }
    m = meta("calm");
    same_bytes(v, &m.key, calm, block, sizeof block);
    m = meta("pinned");
    same_bytes(v, &m.key, pinned, block, sizeof block);
    m = meta("flood39");
    same_bytes(v, &m.key, ref, block, sizeof block);
    assert_true(stats(v).evicted >= 20);
    vault_pin(v, 3, true); /* now only the calm tree's can go */
    for (unsigned i = 0; i < 3 && !rc; i++) {
        int fd;

        snprintf(name, sizeof name, "more%u", i);
        put(name, block, sizeof block);
        m = meta(name);
        fd = open(at(name), O_RDONLY);
        rc = vault_store(v, fd, &m, 3, NULL, &ref);
        close(fd);
        if (!rc)
            assert_int_equal(touch(v, 3, TOUCH_WRITE, name, ref), MM_OK);
    }
    assert_int_equal(rc, MM_ENOSPC);
    m = meta("untold");
    same_bytes(v, &m.key, untold, block, sizeof block);
    m = meta("pinned");
    same_bytes(v, &m.key, pinned, block, sizeof block);
    assert_null(vault_index_check(&v->ix));
    vault_close(v);
}

static void test_sweep_by_age(void **state)
{
    struct vault *v = open_it(0);
    int64_t day = INT64_C(86400) * 1000000000;
    vault_ref refs[5];
    struct vault_meta m;

    (void)state;
    many(v, 5, refs);
    put("p", "p", 1);
    refs[0] = store(v, "p", 6);
    assert_int_equal(touch(v, 6, TOUCH_WRITE, "p", refs[0]), MM_OK);
    vault_pin(v, 6, true);
    vault_sweep(v, vault_now());
    assert_int_equal(stats(v).versions, 6);
    vault_sweep(v, vault_now() + day + 1000000000);
    assert_int_equal(stats(v).versions, 1);
    assert_int_equal(stats(v).touches, 1);
    m = meta("p");
    same_bytes(v, &m.key, refs[0], "p", 1);
    vault_pin(v, 6, false);
    vault_sweep(v, vault_now() + day + 1000000000);
    assert_int_equal(stats(v).versions, 0);
    refs[1] = store(v, "p", 0); /* the only copy of a calm document: while the file is there, it does not age */
    vault_renew(v, &m.key, vault_now() + day);
    vault_sweep(v, vault_now() + day + day / 2);
    assert_int_equal(vault_latest(v, &m.key), refs[1]);
    vault_sweep(v, vault_now() + 3 * day);
    assert_int_equal(vault_latest(v, &m.key), 0);
    assert_int_equal(stats(v).bytes, 0);
    assert_null(vault_index_check(&v->ix));
    vault_close(v);
}

static void test_one_owner(void **state)
{
    struct vault *v = open_it(0), *second = NULL;

    (void)state;
    assert_int_equal(vault_open_in(&second, top, NULL), MM_ESTATE);
    assert_null(second);
    vault_close(v);
    assert_int_equal(rename(at(VAULT_DIR), at("moved")), 0);
    assert_int_equal(symlink("moved", at(VAULT_DIR)), 0);
    assert_int_equal(vault_open_in(&second, top, NULL), MM_EDENIED); /* never through a link */
    assert_int_equal(vault_open_in(&second, "relative", NULL), MM_EINVAL);
    vault_close(NULL);
}

/* $VAULT_TEST_REFUSED is a folder on a read-only mount. */
static void test_refused(void **state)
{
    struct vault *v = NULL;

    (void)state;
    assert_int_equal(vault_open(&v, getenv("VAULT_TEST_REFUSED"), NULL), MM_EUNSUPPORTED);
    assert_null(v);
}

static void test_attributes(void **state)
{
    uint8_t block[4096], again[4096];
    char which[LIM_NAME];
    uint32_t n = 0, m = 0;
    bool cut = false;
    int a, b;

    (void)state;
    put("a", "a", 1);
    put("b", "b", 1);
    a = open(at("a"), O_RDWR);
    b = open(at("b"), O_RDWR);
    if (fsetxattr(a, "user.one", "1", 1, 0)) {
        assert_int_equal(errno, EOPNOTSUPP);
        print_message("skipped here: %s keeps no extended attributes (tmpfs of an old kernel)\n", top);
        skip();
    }
    assert_int_equal(fsetxattr(a, "user.empty", "", 0, 0), 0);
    assert_int_equal(fsetxattr(b, "user.other", "x", 1, 0), 0);
    vault_attrs_read(a, block, sizeof block, &n, &cut);
    assert_true(n > 0 && !cut);
    assert_int_equal(vault_attrs_write(b, block, n, which), MM_OK);
    assert_int_equal(which[0], 0);
    vault_attrs_read(b, again, sizeof again, &m, &cut);
    assert_int_equal(m, n);
    assert_true(fgetxattr(b, "user.other", again, 1) < 0);
    vault_attrs_read(a, block, 20, &n, &cut);
    assert_true(cut);
    for (uint32_t i = 0; i < m; i++) { /* damaged blocks end early, never outside */
        again[i] ^= 0xff;
        (void)vault_attrs_write(b, again, m, which);
    }
    close(a);
    close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_store_and_open, setup, teardown),
        cmocka_unit_test_setup_teardown(test_current, setup, teardown),
        cmocka_unit_test_setup_teardown(test_baseline_after_link, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sparse_and_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_and_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removed_link_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_touch_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(test_survives_kill, setup, teardown),
        cmocka_unit_test_setup_teardown(test_torn_and_corrupt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_garbage_index, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compaction, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refs_stay_unique, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fair_eviction, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sweep_by_age, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(test_attributes, setup, teardown),
    };
    const struct CMUnitTest on_read_only[] = {cmocka_unit_test_setup_teardown(test_refused, setup, teardown)};

    /* tests/system/test_vault.py, which needs root, makes the mount and runs this one */
    if (getenv("VAULT_TEST_REFUSED"))
        return cmocka_run_group_tests(on_read_only, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
