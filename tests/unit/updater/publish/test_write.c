/* Metadata that the release desk writes, read by the client's own strict reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/publish/write.h"
#include "updater/tuf/trust.h"

#define NOW INT64_C(1795953600) /* 2026-11-29T16:00:00Z */
#define DAY 86400

/* ---- signers: a key in memory behind the seam ---------------------------------------------- */

struct held { uint8_t secret[ED25519_SECRET]; int broken; };

static int sign_here(void *held, const void *message, size_t n, struct buf *signature)
{
    struct held *h = held;
    uint8_t raw[ED25519_SIGNATURE];

    if (h->broken)
        return MM_ECRYPTO;
    assert_int_equal(ed25519_sign(h->secret, message, n, raw), MM_OK);
    return buf_add(signature, raw, sizeof raw);
}

static const struct signer_ops ops = {sign_here, free};

static struct signer make_signer(void)
{
    struct signer s = {.ops = &ops, .held = calloc(1, sizeof(struct held))};
    uint8_t pub[ED25519_PUBLIC];
    char hex[2 * ED25519_PUBLIC + 1];

    assert_non_null(s.held);
    assert_int_equal(ed25519_generate(((struct held *)s.held)->secret, pub), MM_OK);
    crypto_hex(pub, sizeof pub, hex);
    s.object = json_pack("{s:s,s:s,s:{s:s}}", "keytype", "ed25519", "scheme", "ed25519", "keyval", "public", hex);
    assert_int_equal(signer_id(s.object, s.id), MM_OK);
    return s;
}

static struct tuf_meta read_back(enum tuf_kind kind, const json_t *draft)
{
    struct tuf_meta meta;
    struct buf text;

    buf_init(&text, tuf_kind_limit(kind));
    assert_int_equal(write_text(draft, &text), MM_OK);
    assert_int_equal(tuf_meta_parse(kind, text.data, text.len, &meta), MM_OK);
    buf_fini(&text);
    return meta;
}

static json_t *first_targets(json_t **body)
{
    json_t *draft = write_first(TUF_TARGETS, NOW, 3, body);

    assert_non_null(draft);
    json_object_set_new(*body, "targets", json_object());
    return draft;
}

/* ---- bodies -------------------------------------------------------------------------------------- */

static void test_first_and_next(void **state)
{
    json_t *body, *draft = first_targets(&body), *next;
    struct tuf_meta meta = read_back(TUF_TARGETS, draft), second;

    (void)state;
    assert_int_equal(meta.version, 1);
    assert_int_equal(meta.expires, NOW + 3 * DAY);
    assert_string_equal(json_string_value(json_object_get(meta.body, "spec_version")), "1.0.34");
    assert_int_equal(write_days(meta.body), 3);
    json_array_append_new(meta.signatures, json_null());
    assert_int_equal(write_next(&meta, NOW + 7 * DAY, &next), MM_OK);
    second = read_back(TUF_TARGETS, next);
    assert_int_equal(second.version, 2);
    assert_int_equal(second.expires, NOW + 10 * DAY);
    assert_int_equal(json_array_size(second.signatures), 0);
    json_object_set_new(json_object_get(next, "signed"), "targets", json_null());
    assert_true(json_is_object(json_object_get(meta.body, "targets"))); /* the old one is another tree */
    json_decref(draft);
    json_decref(next);
    tuf_meta_fini(&meta);
    tuf_meta_fini(&second);
}

static void test_no_version_after_the_last(void **state)
{
    struct tuf_meta last = {.version = INT64_MAX};
    json_t *next = NULL;

    (void)state;
    assert_int_equal(write_next(&last, NOW, &next), MM_ELIMIT);
    assert_null(next);
}

static void test_days_out_of_range_are_one(void **state)
{
    static const json_int_t wrong[] = {0, -1, LIM_PUBLISH_DAYS + 1, INT64_MAX};
    json_t *body = json_object();

    (void)state;
    assert_int_equal(write_days(body), 1);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_object_set_new(body, WRITE_DAYS, json_integer(wrong[i]));
        assert_int_equal(write_days(body), 1);
    }
    json_decref(body);
}

/* ---- signatures ------------------------------------------------------------------------------------ */

static void test_signatures_count_for_a_client(void **state)
{
    struct signer a = make_signer(), b = make_signer();
    json_t *body, *draft = first_targets(&body), *role = json_object(), *keys = json_object(), *objects = json_pack("[O,O]", a.object, b.object);
    struct tuf_meta meta;

    (void)state;
    assert_int_equal(write_role(role, keys, objects, 2), MM_OK);
    assert_int_equal(write_signature(draft, &a), MM_OK);
    assert_int_equal(write_signature(draft, &a), MM_OK); /* takes the place of the first */
    assert_int_equal(json_array_size(json_object_get(draft, "signatures")), 1);
    meta = read_back(TUF_TARGETS, draft);
    assert_int_equal(tuf_trust(&meta, keys, role), TUF_BELOW_THRESHOLD);
    tuf_meta_fini(&meta);
    assert_int_equal(write_signature(draft, &b), MM_OK);
    meta = read_back(TUF_TARGETS, draft);
    assert_int_equal(tuf_trust(&meta, keys, role), TUF_FINE);
    tuf_meta_fini(&meta);
    json_object_set_new(body, "version", json_integer(2));
    meta = read_back(TUF_TARGETS, draft);
    assert_int_equal(tuf_trust(&meta, keys, role), TUF_ARBITRARY);
    tuf_meta_fini(&meta);
    json_decref(draft);
    json_decref(role);
    json_decref(keys);
    json_decref(objects);
    signer_fini(&a);
    signer_fini(&b);
    signer_fini(&b);
}

static void test_a_signer_that_fails_changes_nothing(void **state)
{
    struct signer a = make_signer();
    json_t *body, *draft = first_targets(&body);

    (void)state;
    ((struct held *)a.held)->broken = 1;
    assert_int_equal(write_signature(draft, &a), MM_ECRYPTO);
    assert_int_equal(json_array_size(json_object_get(draft, "signatures")), 0);
    json_object_set_new(body, "real", json_real(1.5)); /* has no canonical form */
    ((struct held *)a.held)->broken = 0;
    assert_int_equal(write_signature(draft, &a), MM_EFORMAT);
    json_decref(draft);
    signer_fini(&a);
}

/* ---- roles ------------------------------------------------------------------------------------------- */

static void test_roles_that_make_no_sense(void **state)
{
    struct signer a = make_signer();
    json_t *role = json_object(), *keys = json_object(), *one = json_pack("[O]", a.object), *twice = json_pack("[O,O]", a.object, a.object);

    (void)state;
    assert_int_equal(write_role(role, keys, one, 2), MM_EINVAL);
    assert_int_equal(write_role(role, keys, one, 0), MM_EINVAL);
    assert_int_equal(write_role(role, keys, twice, 1), MM_EINVAL);
    assert_int_equal(json_object_size(role), 0);
    assert_int_equal(write_role(role, keys, one, 1), MM_OK);
    json_decref(role);
    json_decref(keys);
    json_decref(one);
    json_decref(twice);
    signer_fini(&a);
}

static void test_keys_of_nobody_go(void **state)
{
    json_t *keys = json_pack("{s:{},s:{},s:{}}", "a", "b", "c");
    json_t *in_root = json_pack("{s:{s:[s]},s:{s:[s,s]}}", "root", "keyids", "a", "targets", "keyids", "a", "b");
    json_t *in_targets = json_pack("[{s:[s]}]", "keyids", "b");

    (void)state;
    assert_int_equal(write_prune_keys(keys, in_root), MM_OK);
    assert_int_equal(json_object_size(keys), 2);
    assert_int_equal(write_prune_keys(keys, in_targets), MM_OK);
    assert_int_equal(json_object_size(keys), 1);
    assert_non_null(json_object_get(keys, "b"));
    json_decref(keys);
    json_decref(in_root);
    json_decref(in_targets);
}

/* ---- entries -------------------------------------------------------------------------------------------- */

static void test_entries_fit_what_they_tell_of(void **state)
{
    json_t *entry = write_entry(7, "bytes", 5), *target = write_target("", 0);
    struct tuf_info info;

    (void)state;
    assert_int_equal(tuf_info_read_meta(entry, &info), MM_OK);
    assert_int_equal(info.version, 7);
    assert_int_equal(tuf_info_check(&info, "bytes", 5, TUF_MIX), TUF_FINE);
    assert_int_equal(tuf_info_check(&info, "bytez", 5, TUF_MIX), TUF_MIX);
    assert_int_equal(tuf_info_read_target(target, &info), MM_OK);
    assert_int_equal(strlen(info.sha512), 128);
    assert_int_equal(tuf_info_check(&info, "", 0, TUF_WRONG_FILE), TUF_FINE);
    json_decref(entry);
    json_decref(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_and_next), cmocka_unit_test(test_no_version_after_the_last),
        cmocka_unit_test(test_days_out_of_range_are_one), cmocka_unit_test(test_signatures_count_for_a_client),
        cmocka_unit_test(test_a_signer_that_fails_changes_nothing), cmocka_unit_test(test_roles_that_make_no_sense),
        cmocka_unit_test(test_keys_of_nobody_go), cmocka_unit_test(test_entries_fit_what_they_tell_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
