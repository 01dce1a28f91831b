#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

static void sha256_known_answers(void **state)
{
    uint8_t md[SHA256_BYTES];
    char hex[SHA256_HEX];
    char path[] = "/tmp/mm-crypto-XXXXXX";
    char *big = malloc(100000);
    uint8_t md2[SHA256_BYTES];
    int fd;

    (void)state;
    assert_int_equal(crypto_sha256("abc", 3, md), MM_OK);
    crypto_hex(md, sizeof md, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(crypto_sha256("", 0, md), MM_OK);
    crypto_hex(md, sizeof md, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    memset(big, 'x', 100000);
    assert_int_equal(write(fd, big, 100000), 100000);
    assert_int_equal(crypto_sha256_fd(fd, md), MM_OK); /* from offset 0, wherever the file position is */
    assert_int_equal(crypto_sha256(big, 100000, md2), MM_OK);
    assert_memory_equal(md, md2, sizeof md);
    close(fd);
    memset(md, 7, sizeof md);
    assert_int_not_equal(crypto_sha256_fd(-1, md), MM_OK);
    assert_int_equal(md[0], 7);
    free(big);
}

static void hex_round_trip_and_refusals(void **state)
{
    uint8_t raw[3] = {9, 9, 9};
    char text[7];

    (void)state;
    assert_int_equal(crypto_unhex("00fFa5", raw, 3), MM_OK);
    crypto_hex(raw, 3, text);
    assert_string_equal(text, "00ffa5");
    assert_int_equal(crypto_unhex("00ff", raw, 3), MM_EFORMAT);
    assert_int_equal(crypto_unhex("00ffa50", raw, 3), MM_EFORMAT);
    assert_int_equal(crypto_unhex("00fg00", raw, 3), MM_EFORMAT);
    assert_int_equal(raw[2], 0xa5);
}

static void uuids_differ_and_are_version_4(void **state)
{
    char a[LIM_ID], b[LIM_ID];

    (void)state;
    assert_int_equal(crypto_uuid(a), MM_OK);
    assert_int_equal(crypto_uuid(b), MM_OK);
    assert_string_not_equal(a, b);
    assert_true(crypto_uuid_valid(a));
    assert_int_equal(a[14], '4');
    assert_non_null(strchr("89ab", a[19]));
    assert_false(crypto_uuid_valid(""));
    assert_false(crypto_uuid_valid("0F8FAD5B-D9CB-469F-A165-70867728950E"));
    assert_true(crypto_uuid_valid("0f8fad5b-d9cb-469f-a165-70867728950e"));
    assert_false(crypto_uuid_valid("0f8fad5b-d9cb-469f-a165-70867728950e0"));
    assert_false(crypto_uuid_valid("0f8fad5b-d9cb-469f-a165-70867728950"));
    assert_false(crypto_uuid_valid("0f8fad5b_d9cb-469f-a165-70867728950e"));
}

static void base64_is_strict(void **state)
{
    static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    static const char *const bad[] = {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==\n", "Z g=", " Zg=", "Zg==Zg==", "====", "=Zg=", "Zm-_",
                                      "Zm9v====", "\xff\xff\xff\xff"};
    struct buf b;

    (void)state;
    buf_init(&b, 64);
    for (size_t i = 0; i < 7; i++) {
        buf_reset(&b);
        assert_int_equal(crypto_b64_encode(plain[i], i, &b), MM_OK);
        assert_int_equal(b.len, strlen(coded[i]));
        assert_memory_equal(b.data, coded[i], b.len);
        buf_reset(&b);
        assert_int_equal(crypto_b64_decode(coded[i], strlen(coded[i]), &b), MM_OK);
        assert_int_equal(b.len, i);
        if (i)
            assert_memory_equal(b.data, plain[i], i);
    }
    buf_reset(&b);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (crypto_b64_decode(bad[i], strlen(bad[i]), &b) == MM_OK)
            fail_msg("accepted \"%s\"", bad[i]);
        assert_int_equal(b.len, 0);
    }
    buf_fini(&b);
    buf_init(&b, 2);
    assert_int_equal(crypto_b64_decode("Zm9v", 4, &b), MM_ELIMIT);
    buf_fini(&b);
}

/* RFC 8032, 7.1, test 2. */
static void ed25519_known_answer(void **state)
{
    uint8_t secret[32], pub[32], sig[64], want[64], message = 0x72;
    char keyid[KEYID_HEX];

    (void)state;
    assert_int_equal(crypto_unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", secret, 32), 0);
    assert_int_equal(crypto_unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", pub, 32), 0);
    assert_int_equal(crypto_unhex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00", want, 64), 0);
    assert_int_equal(ed25519_sign(secret, &message, 1, sig), MM_OK);
    assert_memory_equal(sig, want, 64);
    assert_int_equal(ed25519_verify(pub, &message, 1, sig), MM_OK);
    sig[3] ^= 1;
    assert_int_equal(ed25519_verify(pub, &message, 1, sig), MM_ECRYPTO);
    sig[3] ^= 1;
    message ^= 1;
    assert_int_equal(ed25519_verify(pub, &message, 1, sig), MM_ECRYPTO);
    ed25519_keyid(pub, keyid);
    assert_int_equal(strlen(keyid), 16);
}

static void ed25519_fresh_keys_work(void **state)
{
    uint8_t s1[32], p1[32], s2[32], p2[32], sig[64];

    (void)state;
    assert_int_equal(ed25519_generate(s1, p1), MM_OK);
    assert_int_equal(ed25519_generate(s2, p2), MM_OK);
    assert_memory_not_equal(s1, s2, 32);
    assert_int_equal(ed25519_sign(s1, "order", 5, sig), MM_OK);
    assert_int_equal(ed25519_verify(p1, "order", 5, sig), MM_OK);
    assert_int_equal(ed25519_verify(p2, "order", 5, sig), MM_ECRYPTO);
}

static void instants(void **state)
{
    static const struct { const char *text; long long s; } good[] = {
        {"1970-01-01T00:00:00Z", 0}, {"2000-02-29T12:00:00Z", 951825600}, {"2026-11-22T04:30:31Z", 1795321831},
        {"2100-03-01T00:00:00Z", 4107542400}, {"9999-12-31T23:59:59Z", 253402300799},
    };
    static const char *const bad[] = {"", "2026-11-22", "2026-11-22T04:30:31", "2026-11-22t04:30:31Z", "2026-11-22T04:30:31z",
        "2026-11-22T04:30:31+00:00", "2026-11-22T04:30:31.0Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "1969-12-31T23:59:59Z", "2026-11-22 04:30:31Z", "+026-11-22T04:30:31Z",
        "2026-11-22T04:30:31ZZ", "2100-02-29T00:00:00Z"};
    char text[RFC3339_TEXT];
    int64_t s;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(rfc3339_parse(good[i].text, &s), MM_OK);
        assert_int_equal(s, good[i].s);
        rfc3339_format(s, text);
        assert_string_equal(text, good[i].text);
    }
    s = 42;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (rfc3339_parse(bad[i], &s) != MM_EFORMAT)
            fail_msg("accepted \"%s\"", bad[i]);
        assert_int_equal(s, 42);
    }
    for (int64_t day = 0; day < 400 * 366; day++) { /* each day of four centuries there and back */
        rfc3339_format(day * 86400 + 86399, text);
        assert_int_equal(rfc3339_parse(text, &s), MM_OK);
        assert_int_equal(s, day * 86400 + 86399);
    }
    rfc3339_format(-5, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    rfc3339_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_known_answers),   cmocka_unit_test(hex_round_trip_and_refusals),
        cmocka_unit_test(uuids_differ_and_are_version_4), cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(ed25519_known_answer),   cmocka_unit_test(ed25519_fresh_keys_work),
        cmocka_unit_test(instants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
