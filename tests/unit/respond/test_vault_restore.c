/* Restore: every way in which a tree can harm or take away a file, and what
 * must not be touched. */
#include "tests/unit/respond/vault_six.h"

static void test_inplace(void **state)
{
    (void)state;
    six();
    for (unsigned i = 0; i < N; i++)
        scramble(FIX_BAD, name_of[i], 5000);
    expect(FIX_BAD, N, 0, N);
}

/* The attacker still has the file open: what he writes now goes to his own version. */
static void test_open_descriptors_lead_nowhere(void **state)
{
    int fd[N];

    (void)state;
    six();
    for (unsigned i = 0; i < N; i++) {
        fd[i] = open_write(FIX_BAD, name_of[i], 0);
        write_all(fd[i], "mine", 4);
    }
    expect(FIX_BAD, N, 0, N);
    for (unsigned i = 0; i < N; i++) {
        write_all(fd[i], "again", 5);
        close(fd[i]);
    }
    only_originals();
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

static void test_link_higher_up(void **state)
{
    struct restore_report r;

    (void)state;
    six();
    for (unsigned i = 0; i < N; i++)
        gone(FIX_BAD, name_of[i]);
    assert_int_equal(rename(at("docs"), at("elsewhere")), 0);
    assert_int_equal(symlink("elsewhere", at("docs")), 0);
    r = restore(FIX_BAD);
    assert_int_equal(r.failed, N);
    assert_int_equal(access(at("elsewhere/doc0.txt"), F_OK), -1);
    assert_int_equal(access(at("elsewhere/sub/doc1.txt"), F_OK), -1);
}

static void test_torn_manifest(void **state)
{
    int fd;

    (void)state;
    six();
    scramble(FIX_BAD, name_of[0], 10);
    assert_int_equal(restore(FIX_BAD).evidence, 1);
    fd = open(at(VAULT_DIR "/evidence/incident-1/manifest.jsonl"), O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    write_all(fd, "{\"incident\":\"incident-1\",\"ke", 28);
    close(fd);
    scramble(FIX_BAD, name_of[1], 10);
    assert_int_equal(restore(FIX_BAD).evidence, 2);
    assert_int_equal(manifest_lines("incident-1"), 2);
    assert_int_equal(unlink(at(VAULT_DIR "/evidence/incident-1/manifest.jsonl")), 0);
    assert_int_equal(restore(FIX_BAD).restored, 2);
    assert_int_equal(manifest_lines("incident-1"), 2); /* listed again from what is kept */
    all_as_before();
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
    assert_false(vault->ix.tree[ix_tree_of(&vault->ix, FIX_BAD)].pinned); /* only while it ran */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_inplace),
        CASE(test_new_and_unlink),
        CASE(test_open_descriptors_lead_nowhere),
        CASE(test_link_higher_up),
        CASE(test_torn_manifest),
        CASE(test_new_and_rename_over),
        CASE(test_rename_then_overwrite),
        CASE(test_overwrite_then_rename_twice),
        CASE(test_only_renamed),
        CASE(test_moved_out),
        CASE(test_through_new_hard_link),
        CASE(test_wiped),
        CASE(test_mode_and_attributes),
        CASE(test_only_opened),
        CASE(test_other_things_at_the_name),
        CASE(test_never_through_a_link),
        CASE(test_names_outside),
        CASE(test_changed_by_somebody_else),
        CASE(test_changed_when_nobody_looked),
        CASE(test_newer_file_has_the_name),
        CASE(test_not_kept),
        CASE(test_strange_names),
        CASE(test_sparse),
        CASE(test_progress),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
