/* What goes first when the vault or its disk is full. */
#include "tests/unit/respond/vault_guard.h"

#define HOUR_NS 3600000000000LL

static vault_ref stored(const char *name, uint64_t tree)
{
    int fd = open(at(name), O_RDONLY);
    struct vault_meta m;
    vault_ref ref = 0;

    assert_true(fd >= 0);
    assert_int_equal(vault_meta_of(fd, &m), MM_OK);
    assert_int_equal(vault_store(vault, fd, &m, tree, NULL, &ref), MM_OK);
    close(fd);
    return ref;
}

static void make(const char *name)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0644);

    assert_true(fd >= 0);
    write_all(fd, (const uint8_t *)name, strlen(name));
    close(fd);
}

static bool there(vault_ref ref)
{
    return ix_version_of(&vault->ix, ref) != 0;
}

/* The only copy of a document that nobody touched goes after everything else. */
static void test_living_baselines_last(void **state)
{
    vault_ref living[3], dead, work;
    struct vault_key key;

    (void)state;
    make("a");
    make("b");
    make("c");
    make("dead");
    make("work");
    living[0] = stored("a", 0);
    dead = stored("dead", 0);
    living[1] = stored("b", 0);
    living[2] = stored("c", 0);
    work = stored("work", 5);
    key = key_of("work");
    tell(5, TOUCH_WRITE, &key, work, "work", NULL, 0);
    for (uint32_t s = 1; s <= vault->ix.version_top; s++) /* all of it was kept long ago */
        vault->ix.version[s].stored = vault->ix.version[s].seen = vault_now() - 20 * HOUR_NS;
    for (const char *n = "abc"; *n; n++) {
        key = key_of((const char[]){*n, '\0'});
        vault_renew(vault, &key, vault_now());
    }
    key = key_of("a");
    assert_false(vault_any_touch(vault, &key));
    key = key_of("work");
    assert_true(vault_any_touch(vault, &key));
    assert_null(vault_index_check(&vault->ix));
    assert_true(vault_evict_one(vault));
    assert_false(there(dead));
    assert_true(there(work));
    assert_true(vault_evict_one(vault));
    assert_false(there(work));
    for (unsigned i = 0; i < 3; i++) {
        assert_true(there(living[i]));
        assert_true(vault_evict_one(vault));
        assert_false(there(living[i]));
    }
    assert_false(vault_evict_one(vault));
}

/* A baseline that was just made needs no renewal to count as alive; a tree's version is no baseline. */
static void test_new_baseline_is_alive(void **state)
{
    vault_ref mine, work;
    struct vault_key key;

    (void)state;
    make("a");
    make("work");
    mine = stored("a", 0);
    work = stored("work", 5);
    key = key_of("work");
    tell(5, TOUCH_WRITE, &key, work, "work", NULL, 0);
    assert_true(vault_evict_one(vault));
    assert_true(there(mine));
    assert_false(there(work));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_living_baselines_last), CASE(test_new_baseline_is_alive)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
