/* Key files: made, opened, and everything that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/publish/keyfile.h"
#include "updater/tuf/key.h"

static char folder[] = "/tmp/mimamori-keyfile-XXXXXX";
static char path[128], public_path[128];
static struct passphrase right = {.text = "a long passphrase", .n = 17}, wrong = {.text = "b long passphrase", .n = 17};

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/key", folder);
    snprintf(public_path, sizeof public_path, "%s/key.pub", folder);
    return 0;
}

static int empty_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(public_path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void check_type(const char *type)
{
    struct signer made = {.ops = NULL}, opened = {.ops = NULL};
    uint8_t hex_of[LIM_TUF_SIGNATURE];
    char hex[2 * LIM_TUF_SIGNATURE + 1];
    struct buf signature;
    struct tuf_key *key;
    struct stat st;
    json_t *public;

    assert_int_equal(keyfile_create(path, type, &right, &made), MM_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(keyfile_open(path, &wrong, &opened), MM_EDENIED);
    assert_null(opened.ops);
    assert_int_equal(ERR_peek_error(), 0);
    assert_int_equal(keyfile_open(path, &right, &opened), MM_OK);
    assert_string_equal(made.id, opened.id);
    assert_int_equal(keyfile_public(path, &public), MM_OK);
    assert_true(json_equal(public, opened.object));
    assert_true(tuf_key_id_fits(made.id, public));
    buf_init(&signature, sizeof hex_of);
    assert_int_equal(opened.ops->sign(opened.held, "message", 7, &signature), MM_OK);
    crypto_hex((const uint8_t *)signature.data, signature.len, hex);
    key = tuf_key_new(public);
    assert_true(tuf_key_verifies(key, hex, "message", 7));
    assert_false(tuf_key_verifies(key, hex, "massage", 7));
    tuf_key_free(key);
    buf_fini(&signature);
    json_decref(public);
    signer_fini(&made);
    signer_fini(&opened);
}

static void test_both_types(void **state)
{
    check_type("ed25519");
    (void)empty_folder(state);
    check_type("ecdsa-p256");
}

static void test_nothing_is_written_over(void **state)
{
    struct signer s;

    (void)state;
    assert_int_equal(durable_write(path, "mine", 4, 0600), MM_OK);
    assert_int_equal(keyfile_create(path, "ed25519", &right, &s), MM_EEXIST);
    assert_int_equal(access(public_path, F_OK), -1);
    assert_int_equal(keyfile_create(path, "rsa", &right, &s), MM_EINVAL);
}

static void test_cut_at_every_place(void **state)
{
    struct signer s;
    struct buf whole;

    (void)state;
    assert_int_equal(keyfile_create(path, "ed25519", &right, &s), MM_OK);
    signer_fini(&s);
    buf_init(&whole, LIM_PUBLISH_KEYFILE);
    assert_int_equal(durable_read(path, &whole), MM_OK);
    for (size_t n = 0; n + 2 < whole.len; n += 7) { /* the last line end may be missing */
        assert_int_equal(durable_write(path, whole.data, n, 0600), MM_OK);
        assert_int_equal(keyfile_open(path, &right, &s), MM_EFORMAT);
    }
    buf_fini(&whole);
    assert_int_equal(ERR_peek_error(), 0);
}

static void test_public_files_that_are_none(void **state)
{
    static const char *const texts[] = {"", "{", "{}", "[]", "{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":{\"public\":\"00\"}}",
                                        "{\"keytype\":\"rsa\",\"scheme\":\"ed25519\",\"keyval\":{\"public\":\"00\"}}"};
    json_t *object = NULL;

    (void)state;
    assert_int_equal(keyfile_public(path, &object), MM_ENOTFOUND);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(durable_write(public_path, texts[i], strlen(texts[i]), 0644), MM_OK);
        assert_int_equal(keyfile_public(path, &object), MM_EFORMAT);
        assert_int_equal(keyfile_public(public_path, &object), MM_EFORMAT);
    }
    assert_null(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_both_types, empty_folder), cmocka_unit_test_teardown(test_nothing_is_written_over, empty_folder),
        cmocka_unit_test_teardown(test_cut_at_every_place, empty_folder), cmocka_unit_test_teardown(test_public_files_that_are_none, empty_folder),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
