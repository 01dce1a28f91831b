/* Restore: every way in which a tree can harm or take away a file, alone and
 * in chains; what must not be touched; kills in the middle. */
#include "tests/unit/respond/vault_fixture.h"

#include <jansson.h>
#include <signal.h>

#include "lib/crypto.h"

#define N 6

static char name_of[N][64];

static void six(void)
{
    folder("docs", 0750);
    folder("docs/sub", 0711);
    for (unsigned i = 0; i < N; i++) {
        snprintf(name_of[i], sizeof name_of[i], "docs/%sdoc%u.txt", i % 2 ? "sub/" : "", i);
        document(name_of[i], 3000 + 9000 * i);
    }
}

static const char *with(const char *name, const char *tail)
{
    static char out[4][PATH_MAX];
    static unsigned turn;

    turn = (turn + 1) % 4;
    snprintf(out[turn], sizeof out[turn], "%s%s", name, tail);
    return out[turn];
}

/* Files below docs, not counting folders. */
static unsigned counted;
static int count_one(const char *path, const struct stat *st, int kind, struct FTW *w)
{
    (void)path;
    (void)kind;
    (void)w;
    counted += !S_ISDIR(st->st_mode);
    return 0;
}

static void only_originals(void)
{
    counted = 0;
    assert_int_equal(nftw(at("docs"), count_one, 16, FTW_PHYS), 0);
    assert_int_equal(counted, originals);
    all_as_before();
}

/* Every line of the manifest is JSON and its hash is that of the kept file. */
static unsigned manifest_lines(const char *incident)
{
    char path[PATH_MAX + 200], line[20000], hex[SHA256_HEX];
    unsigned n = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/" VAULT_DIR "/evidence/%s/manifest.jsonl", top, incident);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        json_t *o = json_loads(line, 0, NULL);
        uint8_t sha[SHA256_BYTES];
        int fd;

        assert_non_null(o);
        snprintf(path, sizeof path, "%s/" VAULT_DIR "/evidence/%s/%s", top, incident,
                 json_string_value(json_object_get(o, "kept")));
        if (!strcmp(json_string_value(json_object_get(o, "type")), "file")) {
            struct stat st;

            fd = open(path, O_RDONLY);
            assert_true(fd >= 0);
            assert_int_equal(fstat(fd, &st), 0);
            assert_int_equal(st.st_size, json_integer_value(json_object_get(o, "size")));
            assert_int_equal(crypto_sha256_fd(fd, sha), MM_OK);
            crypto_hex(sha, sizeof sha, hex);
            assert_string_equal(hex, json_string_value(json_object_get(o, "sha256")));
            close(fd);
        }
        json_decref(o);
        n++;
    }
    fclose(f);
    return n;
}

static void expect(uint64_t tree, unsigned restored, unsigned unchanged, unsigned evidence)
{
    struct restore_report r = restore(tree), again;

    assert_int_equal(r.failed, 0);
    assert_int_equal(r.restored, restored);
    assert_int_equal(r.unchanged, unchanged);
    assert_int_equal(r.evidence, evidence);
    if (evidence)
        assert_int_equal(manifest_lines("incident-1"), evidence);
    only_originals();
    again = restore(tree); /* harmless, and says the same */
    assert_memory_equal(&again, &r, sizeof r);
    only_originals();
    vault_close(vault);
    open_vault();
    again = restore(tree);
    assert_memory_equal(&again, &r, sizeof r);
    only_originals();
}

static void test_inplace(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++)
        scramble(FIX_BAD, name_of[i], 5000);
    expect(FIX_BAD, N, 0, N);
}

static void test_new_and_unlink(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        create(FIX_BAD, with(name_of[i], ".enc"), 4000, true);
        gone(FIX_BAD, name_of[i]);
    }
    expect(FIX_BAD, N, 0, N);
}

static void test_new_and_rename_over(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        create(FIX_BAD, with(name_of[i], ".tmp"), 4000, i % 2);
        moved(FIX_BAD, with(name_of[i], ".tmp"), name_of[i], TOUCH_NEW);
    }
    expect(FIX_BAD, N, 0, N);
}

static void test_rename_then_overwrite(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        moved(FIX_BAD, name_of[i], with(name_of[i], ".locked"), 0);
        scramble(FIX_BAD, with(name_of[i], ".locked"), 2000);
    }
    expect(FIX_BAD, N, 0, N);
}

static void test_overwrite_then_rename_twice(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        scramble(FIX_BAD, name_of[i], 100000);
        moved(FIX_BAD, name_of[i], with(name_of[i], ".a"), 0);
        moved(FIX_BAD, with(name_of[i], ".a"), with(name_of[i], ".b"), 0);
    }
    expect(FIX_BAD, N, 0, N);
}

static void test_only_renamed(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++)
        moved(FIX_BAD, name_of[i], with(name_of[i], ".locked"), 0);
    expect(FIX_BAD, N, 0, 0);
}

static void test_moved_out(void **state)
{
    char name[64];

    (void)state;
    six();
    folder("elsewhere", 0700);
    for (unsigned i = 0; i < N; i++) {
        snprintf(name, sizeof name, "elsewhere/%u", i);
        moved(FIX_BAD, name_of[i], name, 0);
        scramble(FIX_BAD, name, 3000);
        if (i % 2)
            moved(FIX_BAD, name, name_of[i], 0); /* and back */
    }
    expect(FIX_BAD, N, 0, N);
    assert_int_equal(rmdir(at("elsewhere")), 0); /* nothing was left there */
}

static void exchange(const char *a, const char *b, unsigned flags_b)
{
    struct vault_key ka = key_of(a), kb = key_of(b);

    assert_int_equal(renameat2(AT_FDCWD, at(a), AT_FDCWD, at(b), RENAME_EXCHANGE), 0);
    tell(FIX_BAD, TOUCH_RENAMED, &ka, 0, a, b, 0);
    tell(FIX_BAD, TOUCH_RENAMED, &kb, 0, b, a, flags_b);
}

static void test_exchange_with_new(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        create(FIX_BAD, with(name_of[i], ".enc"), 4000, true);
        exchange(name_of[i], with(name_of[i], ".enc"), TOUCH_NEW);
        if (i % 2)
            gone(FIX_BAD, with(name_of[i], ".enc")); /* which is the original now */
        else
            scramble(FIX_BAD, with(name_of[i], ".enc"), 700);
    }
    expect(FIX_BAD, N, 0, N + N / 2);
}

static void test_exchange_among_originals(void **state)
{
    (void)state;
    six();
    exchange(name_of[0], name_of[1], 0);
    exchange(name_of[2], name_of[3], 0);
    scramble(FIX_BAD, name_of[2], 50);
    scramble(FIX_BAD, name_of[3], 50);
    exchange(name_of[4], name_of[5], 0); /* a ring of three */
    exchange(name_of[5], name_of[1], 0);
    expect(FIX_BAD, N, 0, 2);
}

static void test_through_new_hard_link(void **state)
{
    struct stat st;

    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        char other[32];

        snprintf(other, sizeof other, "link%u", i);
        assert_int_equal(link(at(name_of[i]), at(other)), 0);
        scramble(FIX_BAD, other, 3000);
    }
    /* the touch knows only the link's name: the content comes back under both */
    for (unsigned i = 0; i < N; i++) {
        char other[32];

        snprintf(other, sizeof other, "link%u", i);
        assert_int_equal(stat(at(other), &st), 0);
        assert_int_equal(st.st_nlink, 3);
    }
    expect(FIX_BAD, N, 0, N);
    assert_int_equal(stat(at("link0"), &st), 0);
    assert_int_equal(st.st_nlink, 3); /* in place: the same inode */
}

static void test_wiped(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        if (i < 2)
            close(open_write(FIX_BAD, name_of[i], O_TRUNC));
        else
            gone(FIX_BAD, name_of[i]);
    }
    expect(FIX_BAD, N, 0, 2);
}

static void test_folder_removed(void **state)
{
    struct vault_key key;
    struct stat st;

    (void)state;
    six();
    if (!geteuid())
        assert_int_equal(chown(at("docs/sub"), 1234, 567), 0);
    {
        int fd = open(at("docs/sub"), O_RDONLY | O_DIRECTORY);

        assert_int_equal(vault_folder(vault, fd, at("docs/sub")), MM_OK);
        close(fd);
    }
    folder("docs/sub/empty", 0701);
    for (unsigned i = 1; i < N; i += 2)
        gone(FIX_BAD, name_of[i]);
    key = (struct vault_key){0}; /* nobody can ask a removed folder */
    assert_int_equal(rmdir(at("docs/sub/empty")), 0);
    tell(FIX_BAD, TOUCH_REMOVED, &key, 0, "docs/sub/empty", NULL, TOUCH_FOLDER);
    assert_int_equal(rmdir(at("docs/sub")), 0);
    tell(FIX_BAD, TOUCH_REMOVED, &key, 0, "docs/sub", NULL, TOUCH_FOLDER);
    folder("docs/other", 0705);
    assert_int_equal(rmdir(at("docs/other")), 0);
    tell(FIX_BAD, TOUCH_REMOVED, &key, 0, "docs/other", NULL, TOUCH_FOLDER);
    expect(FIX_BAD, N / 2, 0, 0);
    assert_int_equal(stat(at("docs/sub"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0711);
    if (!geteuid())
        assert_true(st.st_uid == 1234 && st.st_gid == 567);
    assert_int_equal(stat(at("docs/sub/empty"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0701);
    assert_int_equal(stat(at("docs/other"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0705);
}

static void test_folder_renamed(void **state)
{
    struct vault_key key;

    (void)state;
    six();
    scramble(FIX_BAD, name_of[1], 100); /* before */
    key = key_of("docs/sub");
    assert_int_equal(rename(at("docs/sub"), at("docs/sub.locked")), 0);
    tell(FIX_BAD, TOUCH_RENAMED, &key, 0, "docs/sub", "docs/sub.locked", TOUCH_FOLDER);
    scramble(FIX_BAD, "docs/sub.locked/doc3.txt", 100); /* after */
    moved(FIX_BAD, "docs/sub.locked/doc5.txt", "docs/sub.locked/doc5.enc", 0);
    key = key_of("docs");
    assert_int_equal(rename(at("docs"), at("docs.locked")), 0);
    tell(FIX_BAD, TOUCH_RENAMED, &key, 0, "docs", "docs.locked", TOUCH_FOLDER);
    scramble(FIX_BAD, "docs.locked/doc0.txt", 100);
    gone(FIX_BAD, "docs.locked/sub.locked/doc3.txt");
    expect(FIX_BAD, 4, 0, 3);
}

/* Opens are recorded at once, names a little later. */
static void test_names_reported_late(void **state)
{
    struct vault_key key, sub = {0};

    (void)state;
    six();
    key = key_of(name_of[0]);
    assert_int_equal(rename(at(name_of[0]), at("docs/x.locked")), 0);
    scramble(FIX_BAD, "docs/x.locked", 100);
    tell(FIX_BAD, TOUCH_RENAMED, &key, 0, name_of[0], "docs/x.locked", 0);
    key = key_of(name_of[2]);
    assert_int_equal(rename(at(name_of[2]), at("docs/y")), 0);
    assert_int_equal(rename(at("docs/y"), at("docs/z")), 0);
    scramble(FIX_BAD, "docs/z", 100);
    tell(FIX_BAD, TOUCH_RENAMED, &key, 0, name_of[2], "docs/y", 0);
    tell(FIX_BAD, TOUCH_RENAMED, &key, 0, "docs/y", "docs/z", 0);
    sub = key_of("docs/sub");
    assert_int_equal(rename(at("docs/sub"), at("docs/sub.locked")), 0);
    scramble(FIX_BAD, "docs/sub.locked/doc1.txt", 100);
    key = key_of("docs/sub.locked/doc3.txt");
    assert_int_equal(rename(at("docs/sub.locked/doc3.txt"), at("docs/sub.locked/3.enc")), 0);
    scramble(FIX_BAD, "docs/sub.locked/3.enc", 100);
    tell(FIX_BAD, TOUCH_RENAMED, &sub, 0, "docs/sub", "docs/sub.locked", TOUCH_FOLDER);
    tell(FIX_BAD, TOUCH_RENAMED, &key, 0, "docs/sub.locked/doc3.txt", "docs/sub.locked/3.enc", 0);
    /* made, renamed, and judged opaque only then, under the first name */
    create(FIX_BAD, "docs/tmp", 500, false);
    key = key_of("docs/tmp");
    moved(FIX_BAD, "docs/tmp", "docs/final.enc", TOUCH_NEW);
    tell(FIX_BAD, TOUCH_CREATED, &key, 0, "docs/tmp", NULL, 0);
    /* reopened by descriptor after the name was gone */
    key = key_of(name_of[4]);
    {
        int fd = open(at(name_of[4]), O_RDWR);
        struct vault_meta m;
        vault_ref ref = 0;

        assert_int_equal(vault_meta_of(fd, &m), MM_OK);
        assert_int_equal(vault_store(vault, fd, &m, FIX_BAD, NULL, &ref), MM_OK);
        assert_int_equal(unlink(at(name_of[4])), 0);
        tell(FIX_BAD, TOUCH_WRITE, &key, ref, with(name_of[4], " (deleted)"), NULL, 0);
        write_all(fd, "gone", 4);
        close(fd);
        tell(FIX_BAD, TOUCH_REMOVED, &key, 0, name_of[4], NULL, 0);
    }
    expect(FIX_BAD, 5, 0, 6);
}

/* Two folders that changed places: a name recorded before is another folder's afterwards. */
static void test_folders_swapped(void **state)
{
    struct vault_key a, b;

    (void)state;
    folder("docs", 0755);
    folder("docs/a", 0755);
    folder("docs/b", 0755);
    document("docs/a/x", 1000);
    document("docs/b/x", 2000);
    scramble(FIX_BAD, "docs/a/x", 10);
    a = key_of("docs/a");
    b = key_of("docs/b");
    assert_int_equal(rename(at("docs/a"), at("docs/t")), 0);
    tell(FIX_BAD, TOUCH_RENAMED, &a, 0, "docs/a", "docs/t", TOUCH_FOLDER);
    assert_int_equal(rename(at("docs/b"), at("docs/a")), 0);
    tell(FIX_BAD, TOUCH_RENAMED, &b, 0, "docs/b", "docs/a", TOUCH_FOLDER);
    assert_int_equal(rename(at("docs/t"), at("docs/b")), 0);
    tell(FIX_BAD, TOUCH_RENAMED, &a, 0, "docs/t", "docs/b", TOUCH_FOLDER);
    scramble(FIX_BAD, "docs/a/x", 10);
    expect(FIX_BAD, 2, 0, 2);
}

/* Moved out of the guarded folders (seen as a removal), harmed there. */
static void test_moved_away_unseen(void **state)
{
    struct vault_key key;

    (void)state;
    six();
    folder("away", 0700);
    key = key_of(name_of[0]);
    assert_int_equal(rename(at(name_of[0]), at("away/0")), 0);
    tell(FIX_BAD, TOUCH_REMOVED, &key, 0, name_of[0], NULL, 0);
    scramble(FIX_BAD, "away/0", 50);
    key = key_of(name_of[1]); /* the removal is told after the write */
    assert_int_equal(rename(at(name_of[1]), at("away/1")), 0);
    scramble(FIX_BAD, "away/1", 50);
    tell(FIX_BAD, TOUCH_REMOVED, &key, 0, name_of[1], NULL, 0);
    expect(FIX_BAD, 2, 0, 2);
    assert_int_equal(rmdir(at("away")), 0);
}

static void test_mode_and_attributes(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        int fd = open_write(FIX_BAD, name_of[i], 0);

        if (i % 2)
            assert_int_equal(pwrite(fd, "!", 1, 0), 1);
        assert_int_equal(fchmod(fd, 0600), 0);
        (void)fremovexattr(fd, "user.comment");
        (void)fsetxattr(fd, "user.ransom", "1", 1, 0);
        close(fd);
    }
    expect(FIX_BAD, N, 0, N / 2);
}

static void test_only_opened(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++)
        close(open_write(FIX_BAD, name_of[i], 0));
    expect(FIX_BAD, 0, N, 0);
}

static void test_two_trees(void **state)
{
    struct restore_report r;

    (void)state;
    six();
    for (unsigned i = 0; i < N; i++)
        scramble(FIX_BAD, name_of[i], 500);
    for (unsigned i = 0; i < N; i++) {
        scramble(0x777, name_of[i], 800); /* its "before" is what the first one made */
        if (i % 2)
            gone(0x777, name_of[i]);
    }
    vault_pin(vault, FIX_BAD, true);
    vault_pin(vault, 0x777, true);
    r = restore(0x777); /* the later one first */
    assert_int_equal(r.failed, 0);
    only_originals();
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, 0);
    only_originals();
    r = restore(0x777);
    assert_int_equal(r.failed, 0);
    only_originals();
}

static void test_removed_and_made_again(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        gone(FIX_BAD, name_of[i]);
        create(FIX_BAD, name_of[i], 100, false);       /* a file of the same name, not opaque at first */
        scramble(FIX_BAD, name_of[i], 4000);           /* touched like an original */
    }
    expect(FIX_BAD, N, 0, N);
}

static void test_other_things_at_the_name(void **state)
{
    struct stat st;

    (void)state;
    six();
    gone(FIX_BAD, name_of[0]);
    assert_int_equal(symlink("/etc/passwd", at(name_of[0])), 0);
    gone(FIX_BAD, name_of[1]);
    assert_int_equal(mkdir(at(name_of[1]), 0755), 0);
    gone(FIX_BAD, name_of[2]);
    assert_int_equal(mkfifo(at(name_of[2]), 0644), 0);
    expect(FIX_BAD, 3, 0, 3);
    assert_int_equal(lstat(at(name_of[1]), &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void test_never_through_a_link(void **state)
{
    struct restore_report r;

    (void)state;
    six();
    folder("outside", 0700);
    for (unsigned i = 1; i < N; i += 2)
        gone(FIX_BAD, name_of[i]);
    assert_int_equal(rmdir(at("docs/sub")), 0);
    assert_int_equal(symlink("../outside", at("docs/sub")), 0);
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, N / 2);
    assert_non_null(strstr(r.first_failure, "docs/sub/doc1.txt: a link"));
    assert_int_equal(rmdir(at("outside")), 0); /* still empty */
    assert_int_equal(unlink(at("docs/sub")), 0);
    r = restore(FIX_BAD); /* the way is free: it goes on */
    assert_int_equal(r.failed, 0);
    assert_int_equal(r.restored, N / 2);
    only_originals();
}

static void test_names_outside(void **state)
{
    struct vault_touch t = {.tree = FIX_BAD, .kind = TOUCH_REMOVED, .wall_ns = 1};
    static const char *const bad[] = {"/etc/shadow", "/", "//x", "/../etc/passwd"};
    struct restore_report r;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        t.key.ino = 900 + i;
        t.path = bad[i];
        assert_int_equal(vault_touch(vault, &t), MM_OK);
    }
    t.key.ino = 990;
    t.path = at("a/../../x");
    assert_int_equal(vault_touch(vault, &t), MM_OK);
    t.key.ino = 991;
    t.path = at(VAULT_DIR "/index");
    assert_int_equal(vault_touch(vault, &t), MM_OK);
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, 6);
    assert_int_equal(vault_restore(vault, FIX_BAD, "../up", &r, NULL, NULL), MM_EINVAL);
    assert_int_equal(vault_restore(vault, FIX_BAD, "", &r, NULL, NULL), MM_EINVAL);
    assert_int_equal(vault_restore(vault, 0, "x", &r, NULL, NULL), MM_EINVAL);
    assert_int_equal(vault_restore(vault, 12345, "x", &r, NULL, NULL), MM_OK); /* touched nothing */
    assert_int_equal(r.restored + r.failed, 0);
}

static void test_changed_by_somebody_else(void **state)
{
    struct restore_report r;
    char now[16];
    int fd;

    (void)state;
    six();
    for (unsigned i = 0; i < N; i++)
        scramble(FIX_BAD, name_of[i], 500);
    close(open_write(FIX_GOOD, name_of[1], 0)); /* opened only: still as the bad tree left it */
    fd = open_write(FIX_GOOD, name_of[0], O_TRUNC); /* somebody put his own copy there */
    write_all(fd, "my own", 6);
    close(fd);
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, 1);
    assert_int_equal(r.restored, N - 1);
    assert_non_null(strstr(r.first_failure, "another program changed it"));
    fd = open(at(name_of[0]), O_RDONLY);
    assert_int_equal(read(fd, now, sizeof now), 6);
    assert_memory_equal(now, "my own", 6);
    close(fd);
    for (unsigned i = 1; i < N; i++)
        assert_true(same_as_before(&original[i]));
}

static void test_changed_when_nobody_looked(void **state)
{
    struct restore_report r;
    struct vault_key key;
    int fd;

    (void)state;
    six();
    key = key_of(name_of[0]);
    /* the touches are a minute old, the file was written to just now */
    for (unsigned i = 0; i < 2; i++) {
        struct vault_touch t = {.tree = FIX_BAD, .kind = TOUCH_WRITE, .wall_ns = vault_now() - INT64_C(60000000000)};
        struct vault_meta m;

        fd = open(at(name_of[i]), O_RDONLY);
        assert_int_equal(vault_meta_of(fd, &m), MM_OK);
        assert_int_equal(vault_store(vault, fd, &m, FIX_BAD, NULL, &t.ref), MM_OK);
        close(fd);
        t.key = m.key;
        t.path = at(name_of[i]);
        assert_int_equal(vault_touch(vault, &t), MM_OK);
        fd = open(at(name_of[i]), O_WRONLY);
        write_all(fd, "new", 3);
        close(fd);
    }
    assert_true(utimensat(AT_FDCWD, at(name_of[1]), &(struct timespec[2]){{4000000000, 0}, {4000000000, 0}}[0], 0) == 0);
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, 1);       /* doc0: a young file */
    assert_int_equal(r.restored, 1);     /* doc1: a date in the future fools nobody */
    assert_non_null(strstr(r.first_failure, "doc0.txt"));
    vault_seen(vault, FIX_BAD, vault_now()); /* the tree was alive after all */
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, 0);
    assert_false(vault_key_same(&key, &(struct vault_key){0}));
    only_originals();
}

static void test_newer_file_has_the_name(void **state)
{
    struct restore_report r;
    struct vault_key key;

    (void)state;
    six();
    key = key_of(name_of[0]);
    assert_int_equal(unlink(at(name_of[0])), 0);
    assert_int_equal(vault_touch(vault, &(struct vault_touch){.tree = FIX_BAD, .kind = TOUCH_REMOVED, .key = key,
                                 .path = at(name_of[0]), .wall_ns = vault_now() - INT64_C(60000000000)}), MM_OK);
    create(FIX_GOOD, name_of[0], 10, false);
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, 1);
    assert_non_null(strstr(r.first_failure, "a newer file"));
    assert_int_equal(unlink(at(name_of[0])), 0);
    r = restore(FIX_BAD);
    assert_int_equal(r.restored, 1);
    only_originals();
}

static void test_honest_edit_in_between(void **state)
{
    struct original *o = &original[0];
    struct restore_report r;
    int fd;

    (void)state;
    six();
    close(open_write(FIX_BAD, name_of[0], 0)); /* opened early, changed nothing */
    nanosleep(&(struct timespec){0, 40000000}, NULL);
    fd = open_write(FIX_GOOD, name_of[0], 0);
    fill_random(o->data, 50);
    assert_int_equal(pwrite(fd, o->data, 50, 0), 50);
    assert_int_equal(fstat(fd, &o->st), 0);
    close(fd);
    nanosleep(&(struct timespec){0, 40000000}, NULL);
    scramble(FIX_BAD, name_of[0], 900);
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, 0);
    assert_true(same_as_before(o)); /* with the honest edit */
}

static void test_not_kept(void **state)
{
    struct restore_report r;
    struct vault_key key;
    int fd;

    (void)state;
    six();
    for (unsigned i = 0; i < 2; i++) {
        key = key_of(name_of[i]);
        nanosleep(&(struct timespec){0, 20000000}, NULL);
        tell(FIX_BAD, TOUCH_WRITE, &key, 0, name_of[i], NULL, 0); /* too large to copy */
    }
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    fd = open(at(name_of[0]), O_WRONLY);
    write_all(fd, "gone", 4);
    close(fd);
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, 1);
    assert_int_equal(r.unchanged, 1); /* doc1 was not written to: its ctime is older than the touch */
    assert_non_null(strstr(r.first_failure, "content before was not kept"));
}

static void test_without_links(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        struct vault_key key = key_of(name_of[i]);

        assert_int_equal(vault_unlink(vault, &key), MM_OK);
        scramble(FIX_BAD, name_of[i], 500);
    }
    exchange(name_of[0], name_of[1], 0);
    exchange(name_of[2], name_of[3], 0);
    gone(FIX_BAD, name_of[4]);
    /* doc4's harmed content is gone with its last name: nothing to keep of it */
    expect(FIX_BAD, N, 0, N - 1);
}

static void test_strange_names(void **state)
{
    static const char *const name[] = {"docs/\xff\xfe.doc", "docs/\xe8\xa6\x8b\xe5\xae\x88\xe3\x82\x8a.txt",
                                       "docs/ \n\t\"\\'", "docs/-rf"};
    (void)state;
    folder("docs", 0755);
    for (unsigned i = 0; i < 4; i++)
        document(name[i], 100 * i); /* the first one is empty */
    for (unsigned i = 0; i < 4; i++)
        scramble(FIX_BAD, name[i], 333);
    expect(FIX_BAD, 4, 0, 4);
}

static void test_long_path(void **state)
{
    char path[PATH_MAX];
    size_t room = LIM_PATH - strlen(top) - 40;

    (void)state;
    folder("docs", 0755);
    strcpy(path, "docs");
    while (strlen(path) + 210 < room && strlen(path) + 210 < sizeof original[0].name - 20) {
        memset(path + strlen(path) + 1, 'd', 200);
        path[strlen(path) + 201] = '\0';
        path[strlen(path)] = '/';
        folder(path, 0755);
    }
    strcat(path, "/file");
    document(path, 5000);
    scramble(FIX_BAD, path, 100);
    moved(FIX_BAD, path, with(path, ".x"), 0);
    expect(FIX_BAD, 1, 0, 1);
}

static void test_sparse(void **state)
{
    struct stat st;
    int fd;

    (void)state;
    folder("docs", 0755);
    document("docs/sparse", 100);
    assert_int_equal(truncate(at("docs/sparse"), 30 << 20), 0);
    original[0].data = realloc(original[0].data, (30 << 20) + 1);
    memset(original[0].data + 100, 0, (30 << 20) - 100);
    original[0].size = 30 << 20;
    assert_int_equal(stat(at("docs/sparse"), &original[0].st), 0);
    fd = open_write(FIX_BAD, "docs/sparse", O_TRUNC);
    write_all(fd, "x", 1);
    close(fd);
    expect(FIX_BAD, 1, 0, 1);
    assert_int_equal(stat(at("docs/sparse"), &st), 0);
    assert_true(st.st_blocks * 512 < 1 << 20);
}

static unsigned shown;
static void show(void *context, const struct restore_report *r)
{
    assert_ptr_equal(context, &shown);
    assert_true(r->restored == ++shown);
}

static void test_progress(void **state)
{
    struct restore_report r;

    (void)state;
    shown = 0;
    six();
    for (unsigned i = 0; i < N; i++)
        scramble(FIX_BAD, name_of[i], 500);
    assert_int_equal(vault_restore(vault, FIX_BAD, "x", &r, show, &shown), MM_OK);
    assert_int_equal(shown, N);
}

static void test_attack_after_restore(void **state)
{
    struct restore_report r;

    (void)state;
    six();
    for (unsigned i = 0; i < N; i++)
        scramble(FIX_BAD, name_of[i], 500);
    r = restore(FIX_BAD);
    assert_int_equal(r.restored, N);
    for (unsigned i = 0; i < N; i++) { /* the same tree once more, another incident */
        scramble(FIX_BAD, name_of[i], 500);
        moved(FIX_BAD, name_of[i], with(name_of[i], ".2"), 0);
    }
    assert_int_equal(vault_restore(vault, FIX_BAD, "incident-2", &r, NULL, NULL), MM_OK);
    assert_int_equal(r.failed, 0);
    assert_int_equal(manifest_lines("incident-2"), N);
    only_originals();
}

/* ---- kills ---------------------------------------------------------------------------- */

#define MANY 60

static void one_more(void *context, const struct restore_report *r)
{
    (void)r;
    (void)!write(*(int *)context, ".", 1);
}

/* Every way of harm in turn. */
static void mixed_attack(void)
{
    char name[64];

    folder("docs", 0755);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "docs/f%02u", i);
        document(name, 2000 + 700 * i);
    }
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "docs/f%02u", i);
        switch (i % 6) {
        case 0:
            scramble(FIX_BAD, name, 3000);
            break;
        case 1:
            create(FIX_BAD, with(name, ".enc"), 3000, true);
            gone(FIX_BAD, name);
            break;
        case 2:
            create(FIX_BAD, with(name, ".tmp"), 3000, false);
            moved(FIX_BAD, with(name, ".tmp"), name, TOUCH_NEW);
            break;
        case 3:
            moved(FIX_BAD, name, with(name, ".locked"), 0);
            scramble(FIX_BAD, with(name, ".locked"), 3000);
            break;
        case 4: /* in place: has a second name */
            assert_int_equal(link(at(name), at(with(name + 5, ".second"))), 0);
            scramble(FIX_BAD, name, 3000);
            break;
        default:
            snprintf(name, sizeof name, "docs/f%02u", i);
            exchange(name, with("docs/f00", ""), 0);
        }
    }
}

/* A restore in a child that is killed some time after it has begun; true when it was faster. */
static bool killed_restore(unsigned *middle, unsigned within_us)
{
    char begun, progress[2 * MANY];
    ssize_t shown_files;
    int status, p[2];
    pid_t child;

    assert_int_equal(pipe2(p, O_NONBLOCK), 0);
    child = fork();
    if (!child) {
        struct restore_report mine;
        struct vault *v = NULL;

        if (vault_open_in(&v, top, NULL) || write(p[1], "b", 1) != 1)
            _exit(1);
        _exit(vault_restore(v, FIX_BAD, "incident-1", &mine, one_more, &p[1]) || mine.failed);
    }
    while (read(p[0], &begun, 1) != 1)
        usleep(100);
    seed = seed * 1103515245u + 12345u;
    usleep((seed >> 8) % within_us);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    shown_files = read(p[0], progress, sizeof progress);
    *middle += WIFSIGNALED(status) && shown_files > 0;
    close(p[0]);
    close(p[1]);
    if (WIFSIGNALED(status))
        return false;
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

static void test_killed_in_the_middle(void **state)
{
    unsigned middle = 0, rounds = getenv("VAULT_TEST_KILLS") ? (unsigned)atoi(getenv("VAULT_TEST_KILLS")) : 3;

    for (unsigned round = 0; round < rounds; round++) {
        struct restore_report r;
        bool ended = false;

        if (round && (fix_teardown(state) || fix_setup(state)))
            fail();
        mixed_attack();
        vault_pin(vault, FIX_BAD, true);
        vault_close(vault);
        vault = NULL;
        for (unsigned tries = 0; !ended && tries < 200; tries++)
            ended = killed_restore(&middle, 3000 + tries * 500);
        assert_true(ended);
        open_vault();
        r = restore(FIX_BAD);
        assert_int_equal(r.failed, 0);
        assert_int_equal(r.restored + r.unchanged, MANY);
        assert_int_equal(manifest_lines("incident-1"), r.evidence);
        only_originals();
    }
    print_message("%u restores of %u files, killed %u times in the middle\n", rounds, MANY, middle);
    assert_true(middle > 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_inplace), CASE(test_new_and_unlink), CASE(test_new_and_rename_over), CASE(test_rename_then_overwrite),
        CASE(test_overwrite_then_rename_twice), CASE(test_only_renamed), CASE(test_moved_out),
        CASE(test_exchange_with_new), CASE(test_exchange_among_originals), CASE(test_through_new_hard_link),
        CASE(test_wiped), CASE(test_folder_removed), CASE(test_folder_renamed), CASE(test_names_reported_late), CASE(test_folders_swapped),
        CASE(test_moved_away_unseen), CASE(test_mode_and_attributes),
        CASE(test_only_opened), CASE(test_two_trees), CASE(test_removed_and_made_again),
        CASE(test_other_things_at_the_name), CASE(test_never_through_a_link), CASE(test_names_outside),
        CASE(test_changed_by_somebody_else), CASE(test_changed_when_nobody_looked), CASE(test_newer_file_has_the_name),
        CASE(test_honest_edit_in_between), CASE(test_not_kept), CASE(test_without_links), CASE(test_strange_names),
        CASE(test_long_path), CASE(test_sparse), CASE(test_progress), CASE(test_attack_after_restore),
        CASE(test_killed_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
