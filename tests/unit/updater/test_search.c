/* Delegations: who may speak for which target, in which order, and where a
 * search ends. */
#include "tests/unit/updater/world.h"

#include "updater/tuf/delegation.h"

/* ---- patterns ---------------------------------------------------------------------------- */

static int matches(const char *pattern, const char *target)
{
    json_t *role = paths(pattern);
    int answer = tuf_delegation_matches(role, target);

    json_decref(role);
    return answer;
}

static void patterns_of_paths(void **state)
{
    static const struct { const char *pattern, *target; int match; } cases[] = {
        {"*", "a", 1}, {"*", "a/b", 0}, {"*/*", "a/b", 1}, {"a/*", "a/b", 1}, {"a/*", "a/b/c", 0}, {"a/*", "a", 0},
        {"a/?.txt", "a/b.txt", 1}, {"a/?.txt", "a/bb.txt", 0}, {"A/*", "a/b", 0}, {"*.txt", ".txt", 1}, {"*", ".hidden", 1},
        {"a/[bc]", "a/b", 1}, {"a/[!bc]", "a/b", 0}, {"a/[!bc]", "a/d", 1}, {"[a/b]", "a", 0}, {"a[/]b", "a/b", 0},
        {"\\*", "*", 0}, {"\\*", "\\x", 1}, {"", "", 1}, {"a", "a/", 0}, {"a/", "a/", 1}, {"a", "a", 1}, {"[", "[", 1},
        {"\xe8\xa6\x8b*", "\xe8\xa6\x8b\xe5\xae\x88", 1}};
    char longer[LIM_TUF_PATH + 1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (matches(cases[i].pattern, cases[i].target) != cases[i].match)
            fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].target);
    memset(longer, 'a', LIM_TUF_PATH);
    longer[LIM_TUF_PATH] = '\0';
    assert_false(matches("*", longer));
    longer[LIM_TUF_PATH - 1] = '\0';
    assert_true(matches("*", longer));
}

static void a_pattern_made_to_take_long_does_not(void **state)
{
    char pattern[LIM_TUF_PATH] = "", target[LIM_TUF_PATH];

    (void)state;
    for (size_t i = 0; i + 3 < sizeof pattern; i += 2)
        memcpy(pattern + i, "*a", 3);
    memset(target, 'a', sizeof target - 1);
    target[sizeof target - 1] = '\0';
    target[sizeof target - 2] = 'b';
    assert_false(matches(pattern, target)); /* the test's time limit is the assertion */
}

static void hash_prefixes(void **state)
{
    /* SHA-256 of "file1" begins with c147efcf */
    static const struct { const char *prefix; int match; } cases[] = {{"c", 1}, {"c1", 1}, {"c147efcf", 1}, {"d", 0}, {"c2", 0}, {"c147efcfc", 1},
        {"c147efcfc2d7ea666a9e4f5187b115c90903f0fc896a56df9a6ef5d8f3fc9f31", 1}, {"c147efcfc2d7ea666a9e4f5187b115c90903f0fc896a56df9a6ef5d8f3fc9f30", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *role = json_pack("{s:[s,s]}", "path_hash_prefixes", "0000", cases[i].prefix);

        assert_int_equal(tuf_delegation_matches(role, "file1"), cases[i].match);
        json_decref(role);
    }
}

/* ---- searches -------------------------------------------------------------------------------- */

static void hash_bins(void **state)
{
    static const char digits[] = "0123456789abcdef";
    struct world w;

    (void)state;
    world_init(&w, 1);
    for (int i = 0; i < 16; i++) {
        const char prefix[2] = {digits[i], '\0'}, name[6] = {'b', 'i', 'n', '-', digits[i], '\0'};

        delegate(&w.repo, role_of(&w, TUF_TARGETS), name, K_A, json_pack("{s:[s]}", "path_hash_prefixes", prefix));
    }
    add_target(&w.repo, w.repo.roles[TUF_TARGETS + 1 + 12].body, "file1", "in bin c");
    add_target(&w.repo, w.repo.roles[TUF_TARGETS + 1 + 4].body, "file2", "in the wrong bin");
    publish(&w.repo);
    assert_int_equal(run(&w, "file1"), TUF_FINE);
    assert_non_null(strstr(w.requests, "1.targets.json 1.bin-c.json "));
    assert_int_equal(run(&w, "file2"), TUF_NOT_FOUND); /* 3377870d...: bin 3 */
    world_fini(&w);
}

static void depth_first_in_order_with_the_keys_of_this_way(void **state)
{
    struct world w;
    struct role *a, *b, *c;

    (void)state;
    world_init(&w, 1);
    a = delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_A, paths("*"));
    b = delegate(&w.repo, role_of(&w, TUF_TARGETS), "b", K_B, paths("*"));
    c = delegate(&w.repo, a, "c", K_C, paths("*"));
    add_target(&w.repo, c->body, "both", "from c");
    add_target(&w.repo, b->body, "both", "from b");
    publish(&w.repo);
    assert_int_equal(run(&w, "both"), TUF_FINE);
    assert_non_null(strstr(w.requests, "1.targets.json 1.a.json 1.c.json "));
    assert_null(strstr(w.requests, "1.b.json"));
    assert_memory_equal(file_find(&w.artifacts, "both")->bytes, "from c", 6);
    world_fini(&w);
}

/* The same role under two parents with different keys: what one vouches for, the other does not. */
static void a_role_under_two_parents(void **state)
{
    struct world w;
    struct role *a, *b, *shared;

    (void)state;
    world_init(&w, 1);
    a = delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_A, paths("one/*"));
    b = delegate(&w.repo, role_of(&w, TUF_TARGETS), "b", K_B, paths("two/*"));
    shared = delegate(&w.repo, a, "shared", K_C, paths("*/*"));
    add_target(&w.repo, shared->body, "one/x", "x");
    add_target(&w.repo, shared->body, "two/x", "x");
    delegate(&w.repo, b, "shared", K_D, paths("*/*"));
    json_decref(w.repo.roles[--w.repo.nroles].body); /* only the delegation was wanted */
    publish(&w.repo);
    assert_int_equal(run(&w, "one/x"), TUF_FINE);
    assert_string_equal(tuf_cause_name((enum tuf_cause)run(&w, "two/x")), "arbitrary-software");
    assert_string_equal(w.about, "1.shared.json");
    world_fini(&w);
}

static void a_terminating_delegation_ends_the_search(void **state)
{
    struct world w;
    struct role *a, *b;

    (void)state;
    world_init(&w, 1);
    a = delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_A, paths("*"));
    b = delegate(&w.repo, role_of(&w, TUF_TARGETS), "b", K_B, paths("*"));
    add_target(&w.repo, b->body, "x", "from b");
    json_object_set_new(json_array_get(json_object_get(json_object_get(role_of(&w, TUF_TARGETS)->body, "delegations"), "roles"), 0),
                        "terminating", json_true());
    publish(&w.repo);
    assert_refused(&w, "x", TUF_NOT_FOUND, "x");
    add_target(&w.repo, a->body, "x", "from a");
    publish_next(&w.repo, a);
    assert_int_equal(run(&w, "x"), TUF_FINE);
    assert_memory_equal(file_find(&w.artifacts, "x")->bytes, "from a", 6);
    world_fini(&w);
}

static void a_terminating_delegation_ends_what_waits_above_it_too(void **state)
{
    struct world w;
    struct role *a, *b;

    (void)state;
    world_init(&w, 1);
    a = delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_A, paths("*"));
    b = delegate(&w.repo, role_of(&w, TUF_TARGETS), "b", K_B, paths("*"));
    delegate(&w.repo, a, "c", K_C, paths("*"));
    add_target(&w.repo, b->body, "x", "from b");
    publish(&w.repo);
    assert_int_equal(run(&w, "x"), TUF_FINE);
    json_object_set_new(json_array_get(json_object_get(json_object_get(a->body, "delegations"), "roles"), 0), "terminating", json_true());
    publish_next(&w.repo, a);
    assert_refused(&w, "x", TUF_NOT_FOUND, "x");
    world_fini(&w);
}

static void a_loop_of_delegations_ends(void **state)
{
    struct world w;
    struct role *a, *b;

    (void)state;
    world_init(&w, 1);
    a = delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_A, paths("*"));
    b = delegate(&w.repo, a, "b", K_B, paths("*"));
    delegate(&w.repo, b, "a", K_A, paths("*"));
    json_decref(w.repo.roles[--w.repo.nroles].body);
    publish(&w.repo);
    assert_refused(&w, "x", TUF_NOT_FOUND, "x");
    world_fini(&w);
}

static void a_long_chain_of_delegations_is_cut(void **state)
{
    struct world w;
    struct role *last;
    char name[16];

    (void)state;
    world_init(&w, 1);
    last = role_of(&w, TUF_TARGETS);
    for (int i = 1; i < LIM_TUF_ROLES + 1; i++) {
        snprintf(name, sizeof name, "r%d", i);
        last = delegate(&w.repo, last, name, K_A, paths("*"));
        if (i == LIM_TUF_ROLES - 1)
            add_target(&w.repo, last->body, "reached", "the last role that may be looked into");
    }
    add_target(&w.repo, last->body, "beyond", "too deep");
    publish(&w.repo);
    assert_int_equal(run(&w, "reached"), TUF_FINE);
    assert_refused(&w, "beyond", TUF_TOO_MANY_ROLES, "beyond");
    world_fini(&w);
}

static void too_many_delegations_at_once(void **state)
{
    struct world w;
    json_t *roles;

    (void)state;
    world_init(&w, 1);
    delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_A, paths("*"));
    roles = json_object_get(json_object_get(role_of(&w, TUF_TARGETS)->body, "delegations"), "roles");
    for (int i = 0; i < LIM_TUF_PENDING; i++) {
        json_t *copy = json_deep_copy(json_array_get(roles, 0));
        char name[16];

        snprintf(name, sizeof name, "r%d", i);
        json_object_set_new(copy, "name", json_string(name));
        json_array_append_new(roles, copy);
    }
    publish(&w.repo);
    assert_refused(&w, "x", TUF_TOO_MANY_ROLES, "x");
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    world_fini(&w);
}

static void a_delegated_role_that_the_snapshot_does_not_list(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_A, paths("*"));
    json_decref(w.repo.roles[--w.repo.nroles].body);
    publish(&w.repo);
    assert_refused(&w, "x", TUF_NOT_IN_SNAPSHOT, "a");
    world_fini(&w);
}

static void delegated_roles_with_odd_names(void **state)
{
    static const char *const names[] = {"?", "#", "/delegatedrole", "../delegatedrole", "..", ".", "a b", "100%"};
    static const char *const files[] = {"%3F.json", "%23.json", "%2Fdelegatedrole.json", "..%2Fdelegatedrole.json", "...json", "..json",
                                        "a%20b.json", "100%25.json"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct world w;
        struct role *role;
        char address[64];

        world_init(&w, 1);
        role = delegate(&w.repo, role_of(&w, TUF_TARGETS), names[i], K_A, paths("*"));
        add_target(&w.repo, role->body, "x", "x");
        publish(&w.repo);
        assert_int_equal(run(&w, "x"), TUF_FINE);
        assert_non_null(file_find(&w.store, files[i]));
        snprintf(address, sizeof address, " 1.%s ", files[i]);
        assert_non_null(strstr(w.requests, address));
        world_fini(&w);
    }
}

static void a_second_search_uses_what_is_stored(void **state)
{
    struct tuf_client *c;
    struct world w;
    struct role *role;

    (void)state;
    world_init(&w, 1);
    role = delegate(&w.repo, role_of(&w, TUF_TARGETS), "a", K_A, paths("*"));
    add_target(&w.repo, role->body, "x", "x");
    add_target(&w.repo, role->body, "y", "y");
    publish(&w.repo);
    c = tuf_client_new(w.now);
    assert_int_equal(drive(&w, c), TUF_FINE);
    assert_int_equal(tuf_client_find(c, "x"), MM_OK);
    assert_int_equal(drive(&w, c), TUF_FINE);
    w.requests[0] = '\0';
    assert_int_equal(tuf_client_find(c, "y"), MM_OK);
    assert_int_equal(drive(&w, c), TUF_FINE);
    assert_null(strstr(w.requests, ".a.json"));
    assert_int_equal(w.artifacts.n, 2);
    tuf_client_free(c);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_of_paths),
        cmocka_unit_test(a_pattern_made_to_take_long_does_not),
        cmocka_unit_test(hash_prefixes),
        cmocka_unit_test(hash_bins),
        cmocka_unit_test(depth_first_in_order_with_the_keys_of_this_way),
        cmocka_unit_test(a_role_under_two_parents),
        cmocka_unit_test(a_terminating_delegation_ends_the_search),
        cmocka_unit_test(a_terminating_delegation_ends_what_waits_above_it_too),
        cmocka_unit_test(a_loop_of_delegations_ends),
        cmocka_unit_test(a_long_chain_of_delegations_is_cut),
        cmocka_unit_test(too_many_delegations_at_once),
        cmocka_unit_test(a_delegated_role_that_the_snapshot_does_not_list),
        cmocka_unit_test(delegated_roles_with_odd_names),
        cmocka_unit_test(a_second_search_uses_what_is_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
