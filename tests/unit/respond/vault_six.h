/* Six documents in two folders, and what a whole restore of them must give. */
#ifndef MM_TESTS_UNIT_RESPOND_VAULT_SIX_H
#define MM_TESTS_UNIT_RESPOND_VAULT_SIX_H

#include <jansson.h>

#include "lib/crypto.h"
#include "tests/unit/respond/vault_guard.h"

#define N 6

static char name_of[N][64];

static inline void six(void)
{
    folder("docs", 0750);
    folder("docs/sub", 0711);
    for (unsigned i = 0; i < N; i++) {
        snprintf(name_of[i], sizeof name_of[i], "docs/%sdoc%u.txt", i % 2 ? "sub/" : "", i);
        document(name_of[i], 3000 + 9000 * i);
    }
}

static inline const char *with(const char *name, const char *tail)
{
    static char out[4][PATH_MAX + 64];
    static unsigned turn;

    turn = (turn + 1) % 4;
    snprintf(out[turn], sizeof out[turn], "%s%s", name, tail);
    return out[turn];
}

/* Files below docs, not counting folders. */
static unsigned counted;
static inline int count_one(const char *path, const struct stat *st, int kind, struct FTW *w)
{
    (void)path;
    (void)kind;
    (void)w;
    counted += !S_ISDIR(st->st_mode);
    return 0;
}

static inline void only_originals(void)
{
    counted = 0;
    assert_int_equal(nftw(at("docs"), count_one, 16, FTW_PHYS), 0);
    assert_int_equal(counted, originals);
    all_as_before();
}

/* Every line of the manifest is JSON and its hash is that of the kept file. */
static inline unsigned manifest_lines(const char *incident)
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

static inline void expect(uint64_t tree, unsigned restored, unsigned unchanged, unsigned evidence)
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

static inline void exchange(const char *a, const char *b, unsigned flags_b)
{
    struct vault_key ka = key_of(a), kb = key_of(b);

    assert_int_equal(renameat2(AT_FDCWD, at(a), AT_FDCWD, at(b), RENAME_EXCHANGE), 0);
    tell(FIX_BAD, TOUCH_RENAMED, &ka, 0, a, b, 0);
    tell(FIX_BAD, TOUCH_RENAMED, &kb, 0, b, a, flags_b);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

#endif
