/* What is read as metadata and what is not, and how signatures are counted. */
#include "tests/unit/updater/world.h"

#include "updater/tuf/trust.h"

/* ---- reading ------------------------------------------------------------------------------- */

static int parse(enum tuf_kind kind, const char *text)
{
    struct tuf_meta meta = {0};
    int rc = tuf_meta_parse(kind, text, strlen(text), &meta);

    tuf_meta_fini(&meta);
    return rc;
}

/* The body of a sound role, changed by `change` ("path.to.member" to JSON text, NULL: removed), and read. */
static int parse_changed(enum tuf_kind kind, const char *path, const char *json)
{
    char name[64], *text, *dot;
    json_t *at;
    struct world w;
    int rc;

    world_init(&w, 1);
    delegate(&w.repo, role_of(&w, TUF_TARGETS), "rules", K_A, paths("rules/*"));
    publish(&w.repo);
    at = role_of(&w, kind)->body;
    snprintf(name, sizeof name, "%s", path);
    for (path = name; (dot = strchr(path, '|')) != NULL; path = dot + 1) {
        *dot = '\0';
        at = json_is_array(at) ? json_array_get(at, (size_t)strtoul(path, NULL, 10)) : json_object_get(at, path);
        assert_non_null(at);
    }
    if (json)
        json_object_set_new(at, path, json_loads(json, JSON_DECODE_ANY, NULL));
    else
        json_object_del(at, path);
    text = sign_body(&w.repo, role_of(&w, kind)->body, role_of(&w, kind)->signers);
    rc = parse(kind, text);
    free(text);
    world_fini(&w);
    return rc;
}

static void members_that_must_be_there_and_in_range(void **state)
{
    static const struct { enum tuf_kind kind; const char *path, *json; int rc; } cases[] = {
        {TUF_ROOT, "unknown", "{\"kept\":[1]}", MM_OK},
        {TUF_ROOT, "_type", "\"Root\"", MM_EFORMAT}, {TUF_ROOT, "_type", NULL, MM_EFORMAT},
        {TUF_ROOT, "spec_version", "\"1.0\"", MM_OK}, {TUF_ROOT, "spec_version", "\"1.99.99\"", MM_OK},
        {TUF_ROOT, "spec_version", "\"2.0.0\"", MM_EFORMAT}, {TUF_ROOT, "spec_version", "\"1\"", MM_EFORMAT},
        {TUF_ROOT, "spec_version", "\"10.0.0\"", MM_EFORMAT}, {TUF_ROOT, "spec_version", "\"1.0.0.0\"", MM_EFORMAT},
        {TUF_ROOT, "spec_version", "\"1.0.x\"", MM_EFORMAT}, {TUF_ROOT, "spec_version", "1", MM_EFORMAT},
        {TUF_ROOT, "spec_version", NULL, MM_EFORMAT},
        {TUF_ROOT, "version", "0", MM_EFORMAT}, {TUF_ROOT, "version", "-1", MM_EFORMAT}, {TUF_ROOT, "version", "\"1\"", MM_EFORMAT},
        {TUF_ROOT, "version", "1.0", MM_EFORMAT}, {TUF_ROOT, "version", "true", MM_EFORMAT}, {TUF_ROOT, "version", NULL, MM_EFORMAT},
        {TUF_ROOT, "version", "9223372036854775807", MM_OK}, {TUF_ROOT, "unknown", "1.5", MM_EFORMAT},
        {TUF_ROOT, "expires", "\"2027-01-01\"", MM_EFORMAT}, {TUF_ROOT, "expires", "\"2027-01-01T00:00:00+00:00\"", MM_EFORMAT},
        {TUF_ROOT, "expires", "\"2044-02-29T23:59:59Z\"", MM_OK}, {TUF_ROOT, "expires", "\"2043-02-29T23:59:59Z\"", MM_EFORMAT},
        {TUF_ROOT, "expires", "1", MM_EFORMAT}, {TUF_ROOT, "expires", NULL, MM_EFORMAT},
        {TUF_ROOT, "consistent_snapshot", NULL, MM_OK}, {TUF_ROOT, "consistent_snapshot", "1", MM_EFORMAT},
        {TUF_ROOT, "keys", NULL, MM_EFORMAT}, {TUF_ROOT, "keys", "[]", MM_EFORMAT}, {TUF_ROOT, "keys", "{}", MM_OK},
        {TUF_ROOT, "keys|x", "{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":{\"public\":\"00\"}}", MM_EFORMAT},
        {TUF_ROOT, "roles|root", NULL, MM_EFORMAT}, {TUF_ROOT, "roles|timestamp", NULL, MM_EFORMAT},
        {TUF_ROOT, "roles|snapshot", NULL, MM_EFORMAT}, {TUF_ROOT, "roles|targets", NULL, MM_EFORMAT},
        {TUF_ROOT, "roles|mirrors", "{}", MM_OK},
        {TUF_ROOT, "roles|root|threshold", "0", MM_EFORMAT}, {TUF_ROOT, "roles|root|threshold", "-1", MM_EFORMAT},
        {TUF_ROOT, "roles|root|threshold", "9", MM_OK}, {TUF_ROOT, "roles|root|threshold", NULL, MM_EFORMAT},
        {TUF_ROOT, "roles|root|keyids", "[\"a\",\"a\"]", MM_EFORMAT}, {TUF_ROOT, "roles|root|keyids", "[\"a\",\"b\"]", MM_OK},
        {TUF_ROOT, "roles|root|keyids", "[1]", MM_EFORMAT}, {TUF_ROOT, "roles|root|keyids", "{}", MM_EFORMAT},
        {TUF_TIMESTAMP, "meta", NULL, MM_EFORMAT}, {TUF_TIMESTAMP, "meta", "{}", MM_EFORMAT},
        {TUF_TIMESTAMP, "meta|snapshot.json|version", "0", MM_EFORMAT}, {TUF_TIMESTAMP, "meta|snapshot.json|length", "0", MM_EFORMAT},
        {TUF_TIMESTAMP, "meta|snapshot.json|length", "-1", MM_EFORMAT}, {TUF_TIMESTAMP, "meta|snapshot.json|length", NULL, MM_OK},
        {TUF_TIMESTAMP, "meta|snapshot.json|hashes", NULL, MM_OK}, {TUF_TIMESTAMP, "meta|snapshot.json|hashes", "{}", MM_EFORMAT},
        {TUF_TIMESTAMP, "meta|snapshot.json|hashes", "{\"sha256\":\"00\"}", MM_EFORMAT},
        {TUF_TIMESTAMP, "meta|snapshot.json|hashes", "{\"md5\":\"00\"}", MM_OK}, /* refused when it is needed */
        {TUF_TIMESTAMP, "meta|other.json", "1", MM_OK},
        {TUF_SNAPSHOT, "meta|targets.json", NULL, MM_EFORMAT}, {TUF_SNAPSHOT, "meta|rules.json", "{\"version\":0}", MM_EFORMAT},
        {TUF_SNAPSHOT, "meta|rules.json", "{}", MM_EFORMAT}, {TUF_SNAPSHOT, "meta", "[]", MM_EFORMAT},
        {TUF_TARGETS, "targets", NULL, MM_EFORMAT}, {TUF_TARGETS, "targets", "{}", MM_OK},
        {TUF_TARGETS, "targets|file.txt|length", NULL, MM_EFORMAT}, {TUF_TARGETS, "targets|file.txt|length", "-1", MM_EFORMAT},
        {TUF_TARGETS, "targets|file.txt|hashes", NULL, MM_EFORMAT}, {TUF_TARGETS, "targets|file.txt|hashes", "[]", MM_EFORMAT},
        {TUF_TARGETS, "targets|file.txt|custom", "{\"a\":1}", MM_OK},
        {TUF_TARGETS, "delegations", NULL, MM_OK}, {TUF_TARGETS, "delegations", "{}", MM_EFORMAT},
        {TUF_TARGETS, "delegations|keys", NULL, MM_EFORMAT}, {TUF_TARGETS, "delegations|roles", NULL, MM_EFORMAT},
        {TUF_TARGETS, "delegations|roles|0|name", "\"root\"", MM_EFORMAT}, {TUF_TARGETS, "delegations|roles|0|name", "\"\"", MM_EFORMAT},
        {TUF_TARGETS, "delegations|roles|0|name", "\"targets\"", MM_EFORMAT}, {TUF_TARGETS, "delegations|roles|0|name", NULL, MM_EFORMAT},
        {TUF_TARGETS, "delegations|roles|0|terminating", NULL, MM_EFORMAT},
        {TUF_TARGETS, "delegations|roles|0|paths", NULL, MM_EFORMAT}, {TUF_TARGETS, "delegations|roles|0|paths", "[1]", MM_EFORMAT},
        {TUF_TARGETS, "delegations|roles|0|paths", "[]", MM_OK},
        {TUF_TARGETS, "delegations|roles|0|path_hash_prefixes", "[\"a\"]", MM_EFORMAT}, /* both */
        {TUF_TARGETS, "keys", "1", MM_OK}, /* unknown here */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (parse_changed(cases[i].kind, cases[i].path, cases[i].json) != cases[i].rc)
            fail_msg("%s: %s", cases[i].path, cases[i].json ? cases[i].json : "removed");
}

static void hash_prefixes_are_hexadecimal(void **state)
{
    static const struct { const char *rule; int rc; } cases[] = {
        {"[\"00\",\"ff\"]", MM_OK}, {"[]", MM_OK}, {"[\"\"]", MM_EFORMAT}, {"[\"FF\"]", MM_EFORMAT}, {"[\"zz\"]", MM_EFORMAT},
        {"[\"00000000000000000000000000000000000000000000000000000000000000000\"]", MM_EFORMAT}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w;
        char *text;

        world_init(&w, 1);
        delegate(&w.repo, role_of(&w, TUF_TARGETS), "bin", K_A, json_pack("{s:o}", "path_hash_prefixes", json_loads(cases[i].rule, 0, NULL)));
        text = sign_body(&w.repo, role_of(&w, TUF_TARGETS)->body, K_TARGETS);
        assert_int_equal(parse(TUF_TARGETS, text), cases[i].rc);
        free(text);
        world_fini(&w);
    }
}

static void two_delegations_of_one_name(void **state)
{
    struct world w;
    char *text;

    (void)state;
    world_init(&w, 1);
    delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_A, paths("*"));
    delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_B, paths("*"));
    text = sign_body(&w.repo, role_of(&w, TUF_TARGETS)->body, K_TARGETS);
    assert_int_equal(parse(TUF_TARGETS, text), MM_EFORMAT);
    free(text);
    world_fini(&w);
}

static void envelopes(void **state)
{
    static const struct { const char *text; int rc; } cases[] = {
        {"{}", MM_EFORMAT}, {"[]", MM_EFORMAT}, {"{\"signed\":{}}", MM_EFORMAT}, {"{\"signatures\":[]}", MM_EFORMAT},
        {"{\"signed\":[],\"signatures\":[]}", MM_EFORMAT}, {"{\"signed\":{},\"signatures\":{}}", MM_EFORMAT},
        {"{\"signed\":{},\"signatures\":[]}", MM_EFORMAT}, {"", MM_EFORMAT}, {"nonsense", MM_EFORMAT},
        {"{\"signed\":{},\"signed\":{},\"signatures\":[]}", MM_EFORMAT}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int kind = TUF_ROOT; kind <= TUF_TARGETS; kind++)
            assert_int_equal(parse((enum tuf_kind)kind, cases[i].text), cases[i].rc);
}

static void a_file_beyond_its_limit_is_not_even_parsed(void **state)
{
    char *blanks = malloc(LIM_TUF_TIMESTAMP + 2);

    (void)state;
    memset(blanks, ' ', LIM_TUF_TIMESTAMP + 1);
    blanks[LIM_TUF_TIMESTAMP + 1] = '\0';
    assert_int_equal(parse(TUF_TIMESTAMP, blanks), MM_ELIMIT);
    blanks[LIM_TUF_TIMESTAMP] = '\0';
    assert_int_equal(parse(TUF_TIMESTAMP, blanks), MM_EFORMAT);
    free(blanks);
}

/* ---- signatures -------------------------------------------------------------------------------- */

/* A timestamp with this list of signatures; the caller frees what it holds. */
static int with_signatures(struct world *w, json_t *list, struct tuf_meta *meta)
{
    json_t *file = json_pack("{s:O,s:o}", "signed", role_of(w, TUF_TIMESTAMP)->body, "signatures", list);
    char *text = json_dumps(file, 0);
    int rc = tuf_meta_parse(TUF_TIMESTAMP, text, strlen(text), meta);

    json_decref(file);
    free(text);
    return rc;
}

static json_t *signatures_of(struct world *w, unsigned mask)
{
    char *text = sign_body(&w->repo, role_of(w, TUF_TIMESTAMP)->body, mask);
    json_t *file = json_loads(text, 0, NULL), *list = json_incref(json_object_get(file, "signatures"));

    json_decref(file);
    free(text);
    return list;
}

static enum tuf_cause count(struct world *w, json_t *list)
{
    struct tuf_meta meta = {0};
    json_t *root = role_of(w, TUF_ROOT)->body;
    enum tuf_cause cause;

    assert_int_equal(with_signatures(w, list, &meta), MM_OK);
    cause = tuf_trust(&meta, json_object_get(root, "keys"), json_object_get(json_object_get(root, "roles"), "timestamp"));
    tuf_meta_fini(&meta);
    return cause;
}

static void different_keys_are_counted(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    set_root_role(&w.repo, TUF_TIMESTAMP, K_A | K_B | K_C, 2);
    assert_int_equal(count(&w, signatures_of(&w, 0)), TUF_ARBITRARY);
    assert_int_equal(count(&w, signatures_of(&w, K_D | K_ROOT)), TUF_ARBITRARY); /* keys of other roles */
    assert_int_equal(count(&w, signatures_of(&w, K_A | K_ROOT)), TUF_BELOW_THRESHOLD);
    assert_int_equal(count(&w, signatures_of(&w, K_A | K_C)), TUF_FINE);
    assert_int_equal(count(&w, signatures_of(&w, K_A | K_B | K_C | K_D)), TUF_FINE);
    set_root_role(&w.repo, TUF_TIMESTAMP, K_A | K_B, 3); /* cannot be reached */
    assert_int_equal(count(&w, signatures_of(&w, K_A | K_B)), TUF_BELOW_THRESHOLD);
    world_fini(&w);
}

static void a_key_id_twice_refuses_the_file(void **state)
{
    struct tuf_meta meta = {0};
    struct world w;
    json_t *list;

    (void)state;
    world_init(&w, 1);
    list = signatures_of(&w, K_TIME);
    json_array_append(list, json_array_get(list, 0));
    assert_int_equal(with_signatures(&w, list, &meta), MM_EFORMAT);
    assert_null(meta.file);
    world_fini(&w);
}

static void bad_signatures_count_nothing_and_do_no_harm(void **state)
{
    static const char *const bad[] = {"", "0", "00", "zz", "not hexadecimal at all", "\xe8\xa6\x8b"};
    struct world w;
    char *longest = malloc(4 * LIM_TUF_SIGNATURE + 1);

    (void)state;
    world_init(&w, 1);
    set_root_role(&w.repo, TUF_TIMESTAMP, K_A | K_B, 1);
    memset(longest, 'a', 4 * LIM_TUF_SIGNATURE);
    longest[4 * LIM_TUF_SIGNATURE] = '\0';
    for (size_t i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
        const char *sig = i < sizeof bad / sizeof bad[0] ? bad[i] : longest;
        json_t *list = json_pack("[{s:s,s:s}]", "keyid", w.repo.keys[4].id, "sig", sig), *more = signatures_of(&w, K_B);

        assert_int_equal(count(&w, json_incref(list)), TUF_ARBITRARY);
        json_array_extend(list, more);
        json_decref(more);
        assert_int_equal(count(&w, list), TUF_FINE);
    }
    free(longest);
    world_fini(&w);
}

static void entries_that_are_no_signatures(void **state)
{
    static const char *const bad[] = {"[1]", "[{}]", "[{\"keyid\":\"a\"}]", "[{\"sig\":\"a\"}]", "[{\"keyid\":1,\"sig\":\"\"}]",
                                      "[{\"keyid\":\"a\",\"sig\":null}]"};
    struct tuf_meta meta = {0};
    struct world w;
    json_t *many = json_array();

    (void)state;
    world_init(&w, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(with_signatures(&w, json_loads(bad[i], 0, NULL), &meta), MM_EFORMAT);
    for (int i = 0; i <= LIM_TUF_SIGNATURES; i++) {
        char id[16];

        snprintf(id, sizeof id, "%d", i);
        json_array_append_new(many, json_pack("{s:s,s:s}", "keyid", id, "sig", ""));
    }
    assert_int_equal(with_signatures(&w, many, &meta), MM_ELIMIT);
    world_fini(&w);
}

/* The same key under two ids (an unknown member makes the other one): a threshold of two is not reached. */
static void one_key_under_two_ids_counts_once(void **state)
{
    struct world w;
    json_t *root, *twin, *list, *more, *ids;
    char id[SHA256_HEX];

    (void)state;
    world_init(&w, 1);
    set_root_role(&w.repo, TUF_TIMESTAMP, K_A | K_B, 2);
    root = role_of(&w, TUF_ROOT)->body;
    twin = json_deep_copy(w.repo.keys[4].object);
    json_object_set_new(twin, "name", json_string("the same again"));
    key_id_of(twin, id);
    json_object_set_new(json_object_get(root, "keys"), id, twin);
    ids = json_object_get(json_object_get(json_object_get(root, "roles"), "timestamp"), "keyids");
    json_array_append_new(ids, json_string(id));
    list = signatures_of(&w, K_A);
    json_array_append_new(list, json_pack("{s:s,s:O}", "keyid", id, "sig", json_object_get(json_array_get(list, 0), "sig")));
    assert_int_equal(count(&w, json_deep_copy(list)), TUF_BELOW_THRESHOLD);
    more = signatures_of(&w, K_B);
    json_array_extend(list, more);
    json_decref(more);
    assert_int_equal(count(&w, list), TUF_FINE);
    world_fini(&w);
}

static void rotation_is_a_change_of_key_ids(void **state)
{
    json_t *a = json_loads("{\"keyids\":[\"x\",\"y\"]}", 0, NULL), *b = json_loads("{\"keyids\":[\"y\",\"x\"]}", 0, NULL);
    json_t *c = json_loads("{\"keyids\":[\"x\",\"z\"]}", 0, NULL), *d = json_loads("{\"keyids\":[\"x\"]}", 0, NULL);

    (void)state;
    assert_true(tuf_trust_same_keys(a, b));
    assert_false(tuf_trust_same_keys(a, c));
    assert_false(tuf_trust_same_keys(a, d));
    assert_false(tuf_trust_same_keys(d, a));
    json_decref(a);
    json_decref(b);
    json_decref(c);
    json_decref(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_that_must_be_there_and_in_range),
        cmocka_unit_test(hash_prefixes_are_hexadecimal),
        cmocka_unit_test(two_delegations_of_one_name),
        cmocka_unit_test(envelopes),
        cmocka_unit_test(a_file_beyond_its_limit_is_not_even_parsed),
        cmocka_unit_test(different_keys_are_counted),
        cmocka_unit_test(a_key_id_twice_refuses_the_file),
        cmocka_unit_test(bad_signatures_count_nothing_and_do_no_harm),
        cmocka_unit_test(entries_that_are_no_signatures),
        cmocka_unit_test(one_key_under_two_ids_counts_once),
        cmocka_unit_test(rotation_is_a_change_of_key_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
