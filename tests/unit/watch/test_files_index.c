/* The index of names: put, find, take, folders, growth, reuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "agent/watch/linux/files_index.h"
#include "lib/err.h"

static void test_names(void **state)
{
    struct files_index *x;
    struct index_name e;
    uint32_t d;

    (void)state;
    assert_int_equal(index_new(&x), MM_OK);
    assert_int_equal(index_dir(x, 0, 1, "abcdefgh", 8), INDEX_NONE);
    d = index_dir_add(x, 0, 1, "abcdefgh", 8);
    assert_int_not_equal(d, INDEX_NONE);
    assert_int_equal(index_dir_add(x, 0, 1, "abcdefgh", 8), d);
    assert_int_not_equal(index_dir_add(x, 1, 1, "abcdefgh", 8), d); /* another file system */
    assert_null(index_find(x, d, index_hash(x, "a.txt")));
    assert_int_equal(index_put(x, d, index_hash(x, "a.txt"), 10, 20, 0), MM_OK);
    assert_int_equal(index_put(x, d, index_hash(x, "a.txt"), 11, 21, 5), MM_OK);
    assert_int_equal(index_find(x, d, index_hash(x, "a.txt"))->ino, 11);
    assert_true(index_take(x, d, index_hash(x, "a.txt"), &e));
    assert_int_equal(e.creator, 5);
    assert_false(index_take(x, d, index_hash(x, "a.txt"), &e));
    index_free(x);
}

/* What stands in the index is gone through in turn; a folder's path outlives the folder. */
static void test_in_turn(void **state)
{
    struct files_index *x;
    unsigned seen = 0;
    uint32_t d, fs;

    (void)state;
    assert_int_equal(index_new(&x), MM_OK);
    d = index_dir_add(x, 3, 1, "abcdefgh", 8);
    assert_string_equal(index_dir_path(x, d), "");
    index_dir_stands(x, d, "/srv/a");
    index_dir_stands(x, d, "/srv/b");
    assert_string_equal(index_dir_path(x, d), "/srv/b");
    assert_string_equal(index_dir_path(x, INDEX_NONE), "");
    for (uint64_t i = 1; i <= 5; i++)
        assert_int_equal(index_put(x, d, i, i, 20, 0), MM_OK);
    assert_true(index_take(x, d, 2, &(struct index_name){0}));
    for (uint32_t i = 0; i < index_top(x); i++)
        if (index_at(x, i, &fs)) {
            assert_int_equal(fs, 3);
            seen++;
        }
    assert_int_equal(seen, 4);
    assert_null(index_at(x, index_top(x), &fs));
    index_dir_drop(x, d);
    assert_string_equal(index_dir_path(x, d), "");
    index_free(x);
}

static void test_many(void **state)
{
    struct files_index *x;
    unsigned dirs, names;
    uint32_t d[50];
    char name[32];

    (void)state;
    assert_int_equal(index_new(&x), MM_OK);
    for (uint32_t i = 0; i < 50; i++)
        d[i] = index_dir_add(x, 0, 1, &i, sizeof i);
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "書類%u.docx", i);
        assert_int_equal(index_put(x, d[i % 50], index_hash(x, name), i + 1, i, 0), MM_OK);
    }
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "書類%u.docx", i);
        assert_int_equal(index_find(x, d[i % 50], index_hash(x, name))->ino, i + 1);
    }
    index_dir_drop(x, d[7]);
    index_counts(x, &dirs, &names);
    assert_int_equal(dirs, 49);
    assert_int_equal(names, 20000 - 400);
    assert_int_equal(index_dir(x, 0, 1, &(uint32_t){7}, 4), INDEX_NONE);
    index_free(x);
}

static void test_handles(void **state)
{
    struct files_index *x;
    unsigned char big[INDEX_HANDLE + 1] = {1}, out[INDEX_HANDLE];
    uint32_t d, fs;
    size_t n;
    int type;

    (void)state;
    assert_int_equal(index_new(&x), MM_OK);
    assert_int_equal(index_dir_add(x, 0, 1, big, sizeof big), INDEX_NONE);
    d = index_dir_add(x, 3, 77, big, INDEX_HANDLE);
    assert_true(index_dir_handle(x, d, &fs, &type, out, &n));
    assert_int_equal(fs, 3);
    assert_int_equal(type, 77);
    assert_int_equal(n, INDEX_HANDLE);
    assert_memory_equal(out, big, INDEX_HANDLE);
    assert_false(index_dir_handle(x, d + 1, &fs, &type, out, &n));
    index_free(x);
}

static void test_again(void **state)
{
    struct files_index *x;
    uint32_t d[300];

    (void)state;
    assert_int_equal(index_new(&x), MM_OK);
    assert_int_equal(index_first_again(x), INDEX_NONE);
    index_dir_again(x, INDEX_NONE, true); /* no such folder: nothing */
    for (uint32_t i = 0; i < 300; i++)
        d[i] = index_dir_add(x, 0, 1, &i, sizeof i);
    index_dir_again(x, d[5], true);
    index_dir_again(x, d[270], true); /* behind the table's first growth */
    assert_int_equal(index_first_again(x), d[5]);
    index_dir_again(x, d[5], false);
    assert_int_equal(index_first_again(x), d[270]);
    index_dir_drop(x, d[270]);
    assert_int_equal(index_first_again(x), INDEX_NONE);
    index_dir_add(x, 0, 1, &(uint32_t){900}, 4); /* takes the freed number, not its wish */
    assert_int_equal(index_first_again(x), INDEX_NONE);
    index_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_in_turn), cmocka_unit_test(test_many),
                                       cmocka_unit_test(test_handles), cmocka_unit_test(test_again)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
