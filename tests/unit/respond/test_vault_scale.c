/* The vault with many files and many threads: cost per file, resident memory,
 * appending beside a running compaction, a disk that is full. */
#include "tests/unit/respond/vault_guard.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/statvfs.h>

#define FILES 10000

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* Every allocation of this program is counted: what permission threads call makes none. */
#define COUNTS_ALLOCATIONS 1
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
static atomic_ulong allocations;

void *malloc(size_t n)
{
    allocations++;
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t each)
{
    allocations++;
    return __libc_calloc(n, each);
}

void *realloc(void *p, size_t n)
{
    allocations++;
    return __libc_realloc(p, n);
}
#endif
#define TOUCHES 2000

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static long resident_kb(void)
{
    char line[128], *pages;
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    fclose(f);
    pages = strchr(line, ' ');
    assert_non_null(pages);
    return strtol(pages, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}

static const char *numbered(unsigned i)
{
    static char name[64];

    snprintf(name, sizeof name, "docs/%02u/file%05u", i % 100, i);
    return name;
}

static void make_files(unsigned n, size_t size)
{
    uint8_t *data = malloc(size);

    fill_random(data, size);
    assert_int_equal(mkdir(at("docs"), 0755), 0);
    for (unsigned i = 0; i < 100; i++) {
        char name[64];

        snprintf(name, sizeof name, "docs/%02u", i);
        assert_int_equal(mkdir(at(name), 0755), 0);
    }
    for (unsigned i = 0; i < n; i++) {
        int fd = open(at(numbered(i)), O_WRONLY | O_CREAT | O_EXCL, 0644);

        assert_true(fd >= 0);
        write_all(fd, data, size);
        close(fd);
    }
    free(data);
}

static void test_ten_thousand(void **state)
{
    double start, t_link, t_store = 0, t_touch = 0, t_current = 0;
    static struct vault_key keys[FILES];
    struct vault_limits limits = {.bytes = 1u << 30};
    struct vault_stats s;
    long before, after;

    (void)state;
    vault_close(vault);
    vault = NULL;
    make_files(FILES, 10240);
    for (unsigned i = 0; i < FILES; i++)
        keys[i] = key_of(numbered(i));
    sync(); /* so that a clone does not pay for our own writing */
    before = resident_kb();
    assert_int_equal(vault_open_in(&vault, top, &limits), MM_OK);
    start = now_us();
    for (unsigned i = 0; i < FILES; i++)
        assert_int_equal(vault_link(vault, AT_FDCWD, at(numbered(i)), &keys[i]), MM_OK);
    t_link = (now_us() - start) / FILES;
    for (unsigned i = 0; i < TOUCHES; i++) {
        struct vault_touch t = {.tree = 1 + i % 20, .kind = TOUCH_WRITE, .key = keys[i], .path = at(numbered(i)),
                                .wall_ns = vault_now()};
        int fd = open(at(numbered(i)), O_RDONLY);
        struct vault_meta m;

        assert_int_equal(vault_meta_of(fd, &m), MM_OK);
        start = now_us();
        assert_int_equal(vault_store(vault, fd, &m, t.tree, NULL, &t.ref), MM_OK);
        t_store += now_us() - start;
        start = now_us();
        assert_int_equal(vault_touch(vault, &t), MM_OK);
        t_touch += now_us() - start;
        start = now_us();
        (void)vault_current(vault, &m);
        t_current += now_us() - start;
        close(fd);
    }
    after = resident_kb();
    vault_stats(vault, &s);
    print_message("us/file: link %.1f, %s of 10 KB %.1f, touch %.1f, current %.2f; resident +%ld KB for %d links, %d touches\n",
                  t_link, s.reflink ? "clone" : "copy", t_store / TOUCHES, t_touch / TOUCHES, t_current / TOUCHES,
                  after - before, FILES, TOUCHES);
    assert_int_equal(s.links, FILES);
    assert_int_equal(s.touches, TOUCHES);
    assert_int_equal(s.versions, TOUCHES);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(after - before < 3072);
#endif
    vault_close(vault);
    vault = NULL;
    before = resident_kb();
    start = now_us();
    assert_int_equal(vault_open_in(&vault, top, &limits), MM_OK);
    print_message("opened again in %.1f ms, resident +%ld KB\n", (now_us() - start) / 1e3, resident_kb() - before);
    vault_stats(vault, &s);
    assert_int_equal(s.links, FILES);
    assert_int_equal(s.touches, TOUCHES);
}

/* 2,000 files harmed in place and put back: how long one takes. */
static void test_restore_two_thousand(void **state)
{
    struct restore_report r;
    double start;

    (void)state;
    make_files(TOUCHES, 10240);
    for (unsigned i = 0; i < TOUCHES; i++) {
        protect(numbered(i));
        scramble(FIX_BAD, numbered(i), 1000);
    }
    start = now_us();
    r = restore(FIX_BAD);
    print_message("restored %u files, %.0f us each\n", r.restored, (now_us() - start) / TOUCHES);
    assert_int_equal(r.failed, 0);
    assert_int_equal(r.restored, TOUCHES);
    assert_int_equal(r.evidence, TOUCHES);
}

static void test_permission_path_allocates_nothing(void **state)
{
#ifdef COUNTS_ALLOCATIONS
    struct vault_touch t = {.tree = 5, .kind = TOUCH_WRITE, .wall_ns = 1};
    struct vault_meta m;
    unsigned long before;
    volatile int cancel = 0;
    int fd;

    (void)state;
    folder("docs", 0755);
    document("docs/a", 300000);
    fd = open(at("docs/a"), O_RDONLY);
    assert_int_equal(vault_meta_of(fd, &m), MM_OK);
    t.key = m.key;
    t.path = at("docs/a");
    assert_true(allocations > 0); /* the counter counts */
    before = allocations;
    (void)vault_current(vault, &m);
    assert_int_equal(vault_store(vault, fd, &m, 5, &cancel, &t.ref), MM_OK);
    assert_int_equal(vault_touch(vault, &t), MM_OK);
    (void)vault_touched(vault, 5, &m.key, TOUCH_WRITE);
    while (vault_evict_one(vault))
        ;
    assert_int_equal(allocations, before);
    close(fd);
#else
    (void)state;
    print_message("skipped here: the sanitizers' allocator is not counted\n");
    skip();
#endif
}

/* ---- threads ------------------------------------------------------------------------ */

#define THREADS 4
#define EACH 250

static atomic_int running;

static void *store_many(void *arg)
{
    unsigned first = *(unsigned *)arg * EACH;
    long bad = 0;

    for (unsigned i = first; i < first + EACH; i++) {
        char path[PATH_MAX + 64];
        struct vault_touch t = {.tree = 1 + first, .kind = TOUCH_WRITE, .path = path, .wall_ns = vault_now()};
        struct vault_meta m;
        int fd;

        snprintf(path, sizeof path, "%s/docs/%02u/file%05u", top, i % 100, i);
        fd = open(path, O_RDONLY);
        if (fd < 0 || vault_meta_of(fd, &m) || vault_store(vault, fd, &m, t.tree, NULL, &t.ref)) {
            bad++;
        } else {
            t.key = m.key;
            bad += vault_touch(vault, &t) != MM_OK || !vault_touched(vault, t.tree, &m.key, TOUCH_WRITE);
        }
        if (fd >= 0)
            close(fd);
    }
    running--;
    return (void *)bad;
}

static void test_threads_and_compaction(void **state)
{
    unsigned number[THREADS], compactions = 0;
    pthread_t thread[THREADS];
    struct vault_stats s;

    (void)state;
    make_files(THREADS * EACH, 700);
    running = THREADS;
    for (unsigned i = 0; i < THREADS; i++) {
        number[i] = i;
        assert_int_equal(pthread_create(&thread[i], NULL, store_many, &number[i]), 0);
    }
    while (running > 0) {
        pthread_mutex_lock(&vault->slow);
        assert_int_equal(vault_compact(vault), MM_OK);
        pthread_mutex_unlock(&vault->slow);
        vault_sweep(vault, vault_now());
        vault_pin(vault, 1, compactions % 2);
        vault_forget(vault, 99);
        compactions++;
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *bad;

        assert_int_equal(pthread_join(thread[i], &bad), 0);
        assert_null(bad);
    }
    assert_true(compactions > 0);
    assert_null(vault_index_check(&vault->ix));
    vault_close(vault);
    open_vault();
    vault_stats(vault, &s);
    assert_int_equal(s.versions, THREADS * EACH);
    assert_int_equal(s.touches, THREADS * EACH);
    for (unsigned i = 0; i < THREADS * EACH; i++) {
        struct vault_key key = key_of(numbered(i));
        uint32_t slot = ix_touch_first(&vault->ix, &key);
        int fd = -1;

        while (slot && !vault_key_same(&vault->ix.touch[slot].key, &key))
            slot = vault->ix.touch[slot].next_key;
        assert_true(slot != 0);
        assert_int_equal(vault_open_before(vault, &key, vault->ix.touch[slot].ref, &fd), MM_OK);
        close(fd);
    }
}

/* ---- a full disk: only on a small image of its own ($VAULT_TEST_SMALL=1) ------------------ */

static void fill_disk(const char *name)
{
    static uint8_t block[65536];
    int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0600);

    assert_true(fd >= 0);
    while (write(fd, block, sizeof block) > 0)
        ;
    while (write(fd, block, 512) > 0)
        ;
    fsync(fd);
    close(fd);
}

static unsigned names_in(const char *folder_name)
{
    unsigned n = 0;

    for (unsigned i = 0; i < VAULT_FAN; i++) {
        char path[PATH_MAX + 128];
        struct dirent *e;
        DIR *d;

        snprintf(path, sizeof path, "%s/" VAULT_DIR "/%s/%02x", top, folder_name, i);
        d = opendir(path);
        assert_non_null(d);
        while ((e = readdir(d)))
            n += e->d_name[0] != '.';
        closedir(d);
    }
    return n;
}

/* On an image that is small enough to be filled. */
static void test_full_disk(void **state)
{
    struct vault_limits limits = {.bytes = 1u << 30};
    struct restore_report r;
    vault_ref ref = 4711;
    struct vault_meta m;
    int fd, rc;

    (void)state;
    vault_close(vault);
    vault = NULL;
    assert_int_equal(vault_open_in(&vault, top, &limits), MM_OK);
    folder("docs", 0755);
    document("docs/a", 200000);
    document("docs/b", 6000000); /* more than the ballast */
    scramble(FIX_BAD, "docs/a", 150000);
    vault_pin(vault, FIX_BAD, true);
    fill_disk("filler");
    fd = open(at("docs/b"), O_RDONLY);
    assert_int_equal(vault_meta_of(fd, &m), MM_OK);
    rc = vault_store(vault, fd, &m, 77, NULL, &ref);
    print_message("store on a full disk: %s\n", mm_strerror(rc));
    if (!vault->reflink) {
        assert_int_equal(rc, MM_ENOSPC);
        assert_int_equal(ref, 4711);
        assert_int_equal(names_in("v"), 1); /* the half version is gone */
        assert_null(vault_index_check(&vault->ix));
    }
    close(fd);
    /* a removal can still be recorded: the log has room of its own */
    gone(FIX_BAD, "docs/b");
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, 0);
    assert_int_equal(r.restored, 2);
    all_as_before();
    assert_int_equal(unlink(at("filler")), 0);
    r = restore(FIX_BAD);
    assert_int_equal(r.evidence, 1);
    all_as_before();
}

static void test_free_reserve(void **state)
{
    struct vault_limits limits = {.bytes = 1u << 30};
    struct statvfs fs;
    struct vault_meta m;
    vault_ref ref = 0;
    int fd;

    (void)state;
    folder("docs", 0755);
    document("docs/a", 100000);
    vault_close(vault);
    assert_int_equal(statvfs(top, &fs), 0);
    limits.free_reserve = (uint64_t)fs.f_blocks * fs.f_frsize + (1u << 20); /* more than there can be */
    assert_int_equal(vault_open_in(&vault, top, &limits), MM_OK);
    fd = open(at("docs/a"), O_RDONLY);
    assert_int_equal(vault_meta_of(fd, &m), MM_OK);
    assert_int_equal(vault_store(vault, fd, &m, 1, NULL, &ref), MM_ENOSPC);
    assert_int_equal(ref, 0);
    close(fd);
}

/* vault_open finds the top of the mount ($VAULT_TEST_MOUNT names it). */
static void test_top_of_mount(void **state)
{
    const char *mount = getenv("VAULT_TEST_MOUNT");
    char path[PATH_MAX + 64], real[PATH_MAX];
    struct vault *v = NULL;
    struct vault_stats s;
    struct stat st;

    (void)state;
    if (!mount) {
        fail_msg("VAULT_TEST_MOUNT is not set");
        return;
    }
    folder("deep", 0755);
    folder("deep/er", 0755);
    assert_int_equal(vault_open(&v, at("deep/er"), NULL), MM_OK);
    vault_stats(v, &s);
    assert_non_null(realpath(mount, real));
    snprintf(path, sizeof path, "%s/" VAULT_DIR, real);
    assert_string_equal(s.root, path);
    assert_int_equal(stat(mount, &st), 0);
    assert_true(vault_dev(v) == st.st_dev);
    vault_close(v);
    assert_int_equal(vault_open(&v, at("missing"), NULL), MM_ENOTFOUND);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_ten_thousand), CASE(test_restore_two_thousand), CASE(test_threads_and_compaction),
        CASE(test_free_reserve), CASE(test_permission_path_allocates_nothing),
    };
    const struct CMUnitTest on_small_image[] = {CASE(test_full_disk)}; /* nothing else fits there */
    const struct CMUnitTest on_own_image[] = {CASE(test_top_of_mount)};

    /* tests/system/test_vault.py, which needs root, makes the images and runs these two */
    if (getenv("VAULT_TEST_SMALL"))
        return cmocka_run_group_tests(on_small_image, NULL, NULL);
    if (getenv("VAULT_TEST_MOUNT") && cmocka_run_group_tests(on_own_image, NULL, NULL))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
