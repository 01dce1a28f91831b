/* Restore: chains of steps, folders, several trees, names that are told late,
 * and kills in the middle. */
#include <signal.h>

#include "tests/unit/respond/vault_six.h"

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

static void test_long_path(void **state)
{
    char path[PATH_MAX];
    size_t room = LIM_PATH - strlen(top) - 40;

    (void)state;
    folder("docs", 0755);
    snprintf(path, sizeof path, "docs");
    while (strlen(path) + 210 < room && strlen(path) + 210 < sizeof original[0].name - 20) {
        size_t n = strlen(path);

        path[n] = '/';
        memset(path + n + 1, 'd', 200);
        path[n + 201] = '\0';
        folder(path, 0755);
    }
    snprintf(path + strlen(path), sizeof path - strlen(path), "/file");
    document(path, 5000);
    scramble(FIX_BAD, path, 100);
    moved(FIX_BAD, path, with(path, ".x"), 0);
    expect(FIX_BAD, 1, 0, 1);
}

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
        _exit(vault_restore(v, FIX_BAD, "incident-1", &mine, one_more, &p[1]) || mine.failed ? 1 : 0);
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
    const char *wanted = getenv("VAULT_TEST_KILLS");
    unsigned middle = 0, rounds = wanted ? (unsigned)strtoul(wanted, NULL, 10) : 3;

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
        assert_int_equal(r.evidence, MANY / 6 * 5); /* as without kills: nothing of ours, nothing twice */
        assert_int_equal(manifest_lines("incident-1"), r.evidence);
        only_originals();
    }
    print_message("%u restores of %u files, killed %u times in the middle\n", rounds, MANY, middle);
    assert_true(middle > 0);
}

/* A folder's old name so long that a file in it cannot be named there: that file is told, the others come back. */
static void test_home_too_long_to_name(void **state)
{
    char deep[LIM_PATH], leaf[200] = "docs/y/";
    struct restore_report r;
    struct vault_key key;
    size_t n;

    (void)state;
    folder("docs", 0755);
    folder("docs/y", 0755);
    memset(leaf + 7, 'n', sizeof leaf - 8);
    leaf[sizeof leaf - 1] = '\0';
    document("docs/a", 5000);
    document(leaf, 5000);
    document("docs/y/b", 5000);
    scramble(FIX_BAD, "docs/a", 5000);
    n = LIM_PATH - 100 - (strlen(at("")) + 5); /* the whole path is 100 bytes below the limit */
    snprintf(deep, sizeof deep, "docs/");
    memset(deep + 5, 'd', n);                 /* no file system has such a name: the folder cannot be put back */
    deep[5 + n] = '\0';
    key = key_of("docs/y");
    tell(FIX_BAD, TOUCH_RENAMED, &key, 0, deep, "docs/y", TOUCH_FOLDER);
    scramble(FIX_BAD, leaf, 5000);
    r = restore(FIX_BAD);
    assert_int_equal(r.restored, 1);
    assert_int_equal(r.failed, 2);
    assert_true(same_as_before(&original[0]));
    assert_true(same_as_before(&original[2]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_folder_removed),
        CASE(test_folder_renamed),
        CASE(test_names_reported_late),
        CASE(test_folders_swapped),
        CASE(test_moved_away_unseen),
        CASE(test_exchange_with_new),
        CASE(test_exchange_among_originals),
        CASE(test_without_links),
        CASE(test_removed_and_made_again),
        CASE(test_two_trees),
        CASE(test_honest_edit_in_between),
        CASE(test_attack_after_restore),
        CASE(test_long_path),
        CASE(test_home_too_long_to_name),
        CASE(test_killed_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
