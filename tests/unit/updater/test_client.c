/* The workflow of a client where nobody attacks: requests, what is kept, what a
 * crash leaves, delegations, names, misuse. */
#include "tests/unit/updater/world.h"

/* ---- requests -------------------------------------------------------------------------- */

static void a_first_run_and_one_with_nothing_new(void **state)
{
    struct world w;
    struct files before = {0};

    (void)state;
    world_init(&w, 1);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    assert_string_equal(w.requests, "2.root.json timestamp.json 1.snapshot.json 1.targets.json ");
    assert_int_equal(w.keeps, 3);
    files_copy(&before, &w.store);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    assert_string_equal(w.requests, "2.root.json timestamp.json ");
    assert_int_equal(w.keeps, 0);
    assert_true(files_equal(&before, &w.store));
    files_fini(&before);
    world_fini(&w);
}

static void what_is_kept_are_the_bytes_that_came(void **state)
{
    struct world w;
    const struct file *served;

    (void)state;
    world_init(&w, 1);
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    served = file_find(&w.repo.metadata, "1.targets.json");
    assert_memory_equal(file_find(&w.store, "targets.json")->bytes, served->bytes, served->n);
    assert_int_equal(file_find(&w.artifacts, "file.txt")->n, 11);
    world_fini(&w);
}

static void a_repository_without_consistent_snapshots(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 0);
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    assert_string_equal(w.requests, "2.root.json timestamp.json snapshot.json targets.json file.txt ");
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    assert_string_equal(w.requests, "2.root.json timestamp.json snapshot.json targets.json ");
    assert_int_equal(stored_version(&w, "targets.json"), 2);
    world_fini(&w);
}

static void an_artifact_that_is_here_is_not_fetched_again(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    assert_string_equal(w.requests, "2.root.json timestamp.json ");
    put_file(&w.artifacts, "file.txt", "the c0ntent", 11); /* somebody changed it here */
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    assert_memory_equal(file_find(&w.artifacts, "file.txt")->bytes, "the content", 11);
    put_file(&w.artifacts, "file.txt", "the content and more", 20);
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    assert_int_equal(file_find(&w.artifacts, "file.txt")->n, 11);
    world_fini(&w);
}

static void an_empty_artifact(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    add_target(&w.repo, role_of(&w, TUF_TARGETS)->body, "empty", "");
    publish(&w.repo);
    put_file(&w.artifacts, "empty", "not empty", 9);
    assert_int_equal(run(&w, "empty"), TUF_FINE);
    assert_int_equal(file_find(&w.artifacts, "empty")->n, 0);
    world_fini(&w);
}

/* ---- roots ------------------------------------------------------------------------------- */

static void a_chain_of_roots_is_followed_to_its_cap_and_on_in_the_next_run(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    for (int i = 0; i < LIM_TUF_ROOTS + 10; i++) {
        bump(role_of(&w, TUF_ROOT)->body);
        json_decref(put_role(&w.repo, role_of(&w, TUF_ROOT)));
    }
    assert_int_equal(run(&w, NULL), TUF_FINE);
    assert_int_equal(stored_version(&w, "root.json"), LIM_TUF_ROOTS + 1);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    assert_int_equal(stored_version(&w, "root.json"), LIM_TUF_ROOTS + 11);
    world_fini(&w);
}

static void a_server_error_in_the_chain_of_roots_ends_the_run(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    for (int i = 0; i < 3; i++) {
        bump(role_of(&w, TUF_ROOT)->body);
        json_decref(put_role(&w.repo, role_of(&w, TUF_ROOT)));
    }
    w.forced = TUF_BROKEN;
    w.forced_name = "3.root.json";
    assert_refused(&w, NULL, TUF_UNREACHABLE, "3.root.json");
    assert_int_equal(stored_version(&w, "root.json"), 2); /* this far it was good */
    w.forced_name = NULL;
    assert_int_equal(run(&w, NULL), TUF_FINE);
    assert_int_equal(stored_version(&w, "root.json"), 4);
    world_fini(&w);
}

static void an_expired_root_leads_to_its_successor(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    assert_int_equal(rfc3339_parse("2028-01-01T00:00:00Z", &w.now), MM_OK);
    for (size_t i = 0; i < w.repo.nroles; i++)
        json_object_set_new(w.repo.roles[i].body, "expires", json_string("2029-01-01T00:00:00Z"));
    bump(role_of(&w, TUF_ROOT)->body);
    publish(&w.repo);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    world_fini(&w);
}

static void no_root_and_a_root_that_is_none(void **state)
{
    struct world w;
    struct file *f;

    (void)state;
    world_init(&w, 1);
    f = file_find(&w.store, "root.json");
    *strstr(f->bytes, "\"threshold\": 1") = ' '; /* the JSON is broken */
    assert_refused(&w, NULL, TUF_BAD_ROOT, "root.json");
    role_of(&w, TUF_ROOT)->signers = K_A;
    publish(&w.repo);
    f = file_find(&w.repo.metadata, "1.root.json");
    put_file(&w.store, "root.json", f->bytes, f->n); /* not signed by its own keys */
    assert_refused(&w, NULL, TUF_BAD_ROOT, "root.json");
    assert_string_equal(w.requests, "");
    drop_file(&w.store, "root.json");
    assert_refused(&w, NULL, TUF_NO_ROOT, "root.json");
    world_fini(&w);
}

/* A root whose version leaves no room for a successor is of no use. */
static void a_root_with_the_highest_version(void **state)
{
    struct world w;
    struct file *f;

    (void)state;
    world_init(&w, 1);
    set_version(role_of(&w, TUF_ROOT)->body, INT64_MAX);
    publish(&w.repo);
    f = file_find(&w.repo.metadata, "9223372036854775807.root.json");
    put_file(&w.store, "root.json", f->bytes, f->n);
    assert_refused(&w, NULL, TUF_FAST_FORWARD, "root.json");
    world_fini(&w);
}

/* ---- what is stored is verified again ------------------------------------------------------ */

static void stored_files_are_held_against_the_present_root(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    /* a run dies right after the new root was kept: the next one does not know that keys changed */
    set_root_role(&w.repo, TUF_TIMESTAMP, K_A, 1);
    set_root_role(&w.repo, TUF_SNAPSHOT, K_B, 1);
    set_root_role(&w.repo, TUF_TARGETS, K_C, 1);
    bump(role_of(&w, TUF_ROOT)->body);
    publish(&w.repo);
    w.die_before = 2;
    assert_int_equal(run(&w, NULL), -1);
    assert_int_equal(stored_version(&w, "root.json"), 2);
    w.die_before = 0;
    assert_int_equal(run(&w, NULL), TUF_FINE);
    assert_string_equal(w.requests, "3.root.json timestamp.json 1.snapshot.json 1.targets.json ");
    world_fini(&w);
}

/* The timestamp names another file of the same version: the stored one is not used. */
static void a_stored_snapshot_that_is_not_the_one_named(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    json_object_set_new(role_of(&w, TUF_SNAPSHOT)->body, "x-note", json_string("signed again"));
    bump(role_of(&w, TUF_TIMESTAMP)->body);
    publish(&w.repo);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    assert_string_equal(w.requests, "2.root.json timestamp.json 1.snapshot.json ");
    world_fini(&w);
}

static void damaged_files_of_the_store_are_fetched_again(void **state)
{
    static const char *const names[] = {"timestamp.json", "snapshot.json", "targets.json"};
    struct world w;
    struct files whole = {0};

    (void)state;
    world_init(&w, 1);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    files_copy(&whole, &w.store);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct file *f = file_find(&w.store, names[i]);
        char *big = calloc(1, LIM_TUF_TARGETS + 1);

        f->bytes[f->n / 2] ^= 0x20;
        assert_int_equal(run(&w, NULL), TUF_FINE);
        assert_true(files_equal(&whole, &w.store));
        put_file(&w.store, names[i], "", 0);
        assert_int_equal(run(&w, NULL), TUF_FINE);
        assert_true(files_equal(&whole, &w.store));
        put_file(&w.store, names[i], big, LIM_TUF_TARGETS + 1);
        assert_int_equal(run(&w, NULL), TUF_FINE);
        assert_true(files_equal(&whole, &w.store));
        free(big);
    }
    files_fini(&whole);
    world_fini(&w);
}

/* An update of everything, with a root and a delegated role. */
static void prepare_update(struct world *w)
{
    struct role *role;

    world_init(w, 1);
    assert_int_equal(run(w, "file.txt"), TUF_FINE);
    set_root_role(&w->repo, TUF_TIMESTAMP, K_A, 1);
    bump(role_of(w, TUF_ROOT)->body);
    json_decref(put_role(&w->repo, role_of(w, TUF_ROOT)));
    set_root_role(&w->repo, TUF_SNAPSHOT, K_B, 1);
    role = delegate(&w->repo, role_of(w, TUF_TARGETS), "rules", K_C, paths("rules/*"));
    add_target(&w->repo, role->body, "rules/pack", "new rules");
    bump(role_of(w, TUF_ROOT)->body);
    publish_next(&w->repo, role_of(w, TUF_TARGETS));
}

static void a_crash_between_any_two_writes(void **state)
{
    struct files store = {0}, artifacts = {0};
    unsigned writes;
    struct world w;

    (void)state;
    prepare_update(&w);
    assert_int_equal(run(&w, "rules/pack"), TUF_FINE);
    writes = w.keeps;
    assert_int_equal(writes, 7); /* two roots, timestamp, snapshot, targets, rules, the artifact */
    files_copy(&store, &w.store);
    files_copy(&artifacts, &w.artifacts);
    for (unsigned i = 1; i <= writes; i++) {
        files_fini(&w.store);
        files_fini(&w.artifacts);
        put_file(&w.store, "root.json", file_find(&w.repo.metadata, "1.root.json")->bytes, file_find(&w.repo.metadata, "1.root.json")->n);
        put_file(&w.artifacts, "file.txt", "the content", 11);
        w.die_before = i;
        assert_int_equal(run(&w, "rules/pack"), -1);
        w.die_before = 0;
        w.broken_write = 1; /* the disk is full in the next run */
        assert_string_equal(tuf_cause_name((enum tuf_cause)run(&w, "rules/pack")), "store");
        w.broken_write = 0;
        assert_int_equal(run(&w, "rules/pack"), TUF_FINE);
        assert_true(files_equal(&store, &w.store));
        assert_true(files_equal(&artifacts, &w.artifacts));
    }
    files_fini(&store);
    files_fini(&artifacts);
    world_fini(&w);
}

static void a_store_that_cannot_be_read_is_no_empty_store(void **state)
{
    static const char *const names[] = {"root.json", "timestamp.json", "snapshot.json", "targets.json"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct tuf_answer answer = {.got = TUF_BROKEN};
        struct tuf_client *c;
        struct tuf_step step;
        struct world w;

        world_init(&w, 1);
        assert_int_equal(run(&w, NULL), TUF_FINE);
        c = tuf_client_new(w.now);
        for (tuf_client_step(c, &step); strcmp(step.name, names[i]) != 0 || step.want != TUF_LOAD; tuf_client_step(c, &step)) {
            struct tuf_answer good = step.want == TUF_LOAD ? answer_from(&w.store, &step) : answer_from(&w.repo.metadata, &step);

            assert_int_equal(tuf_client_answer(c, &good), MM_OK);
        }
        assert_int_equal(tuf_client_answer(c, &answer), MM_OK);
        tuf_client_step(c, &step);
        assert_int_equal(step.cause, TUF_STORE);
        tuf_client_free(c);
        world_fini(&w);
    }
}

/* ---- misuse ---------------------------------------------------------------------------------- */

static void answers_that_do_not_fit_change_nothing(void **state)
{
    const struct tuf_answer kept = {.got = TUF_KEPT}, slow = {.got = TUF_TIMED_OUT}, bytes = {.got = TUF_BYTES, .bytes = "", .n = 0};
    struct tuf_client *c;
    struct tuf_step step;
    struct world w;

    (void)state;
    world_init(&w, 1);
    c = tuf_client_new(w.now);
    assert_int_equal(tuf_client_answer(c, &kept), MM_ESTATE);
    assert_int_equal(tuf_client_answer(c, &slow), MM_ESTATE);
    assert_int_equal(tuf_client_find(c, "file.txt"), MM_ESTATE);
    tuf_client_step(c, &step);
    assert_int_equal(step.want, TUF_LOAD);
    assert_string_equal(step.name, "root.json");
    assert_int_equal(drive(&w, c), TUF_FINE);
    assert_int_equal(tuf_client_answer(c, &bytes), MM_ESTATE);
    assert_int_equal(tuf_client_find(c, "file.txt"), MM_OK);
    assert_int_equal(tuf_client_find(c, "file.txt"), MM_ESTATE); /* one at a time */
    assert_int_equal(drive(&w, c), TUF_FINE);
    tuf_client_free(c);
    tuf_client_free(NULL);
    world_fini(&w);
}

static void a_failed_search_leaves_the_next_one_good(void **state)
{
    struct tuf_client *c;
    struct world w;

    (void)state;
    world_init(&w, 1);
    c = tuf_client_new(w.now);
    assert_int_equal(drive(&w, c), TUF_FINE);
    assert_int_equal(tuf_client_find(c, "nothing"), MM_OK);
    assert_int_equal(drive(&w, c), TUF_NOT_FOUND);
    assert_int_equal(tuf_client_find(c, "file.txt"), MM_OK);
    assert_int_equal(drive(&w, c), TUF_FINE);
    tuf_client_free(c);
    world_fini(&w);
}

/* ---- names -------------------------------------------------------------------------------------- */

static void targets_whose_names_would_leave_the_folder(void **state)
{
    static const char *const bad[] = {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".", "..", "%2e%2E/x", "a/.%2e", "a\nb", "a\\b"};
    struct world w;

    (void)state;
    world_init(&w, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)

        /* listed and signed */
        json_object_set_new(json_object_get(role_of(&w, TUF_TARGETS)->body, "targets"), bad[i], entry_of(0, "x", 1, 1));
    publish(&w.repo);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused(&w, bad[i], TUF_BAD_NAME, bad[i]);
        assert_int_equal(w.artifacts.n, 0);
    }
    world_fini(&w);
}

static void targets_in_folders_are_one_file_here(void **state)
{
    static const char *const names[] = {"a/b/c.txt", "..hidden", ".profile", "a b?c#d", "\xe8\xa6\x8b", "100%41"};
    static const char *const files[] = {"a%2Fb%2Fc.txt", "%2E.hidden", "%2Eprofile", "a%20b%3Fc%23d", "%E8%A6%8B", "100%2541"};
    struct world w;

    (void)state;
    world_init(&w, 1);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        add_target(&w.repo, role_of(&w, TUF_TARGETS)->body, names[i], names[i]);
    publish(&w.repo);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(run(&w, names[i]), TUF_FINE);
        assert_non_null(file_find(&w.artifacts, files[i]));
        assert_null(strpbrk(w.requests, "?#"));
    }
    world_fini(&w);
}

/* ---- hashes ----------------------------------------------------------------------------------------- */

static void hashes_of_targets(void **state)
{
    struct world w;
    json_t *entry, *hashes;
    char address[LIM_TUF_PATH], hex[129] = "";

    (void)state;
    world_init(&w, 1);
    entry = json_object_get(json_object_get(role_of(&w, TUF_TARGETS)->body, "targets"), "file.txt");
    hashes = json_object_get(entry, "hashes");
    json_object_set_new(hashes, "sha3-999", json_string("beside a known one it is ignored"));
    publish(&w.repo);
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    memset(hex, '0', 128); /* both are known: both must fit */
    json_object_set_new(hashes, "sha512", json_string(hex));
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    drop_file(&w.artifacts, "file.txt");
    snprintf(address, sizeof address, "%s.file.txt", json_string_value(json_object_get(hashes, "sha256")));
    assert_refused(&w, "file.txt", TUF_WRONG_FILE, address);
    json_object_del(hashes, "sha256"); /* the address is made of the one that there is */
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_string_equal(tuf_cause_name((enum tuf_cause)run(&w, "file.txt")), "missing");
    assert_memory_equal(w.about, hex, 128);
    json_object_del(hashes, "sha512");
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_refused(&w, "file.txt", TUF_NO_HASH, "file.txt");
    world_fini(&w);
}

static void a_target_larger_than_any_may_be(void **state)
{
    struct world w;
    json_t *entry;

    (void)state;
    world_init(&w, 1);
    entry = json_object_get(json_object_get(role_of(&w, TUF_TARGETS)->body, "targets"), "file.txt");
    json_object_set_new(entry, "length", json_integer(LIM_TUF_ARTIFACT + 1LL));
    publish(&w.repo);
    assert_refused(&w, "file.txt", TUF_ENDLESS, "file.txt");
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_run_and_one_with_nothing_new),
        cmocka_unit_test(what_is_kept_are_the_bytes_that_came),
        cmocka_unit_test(a_repository_without_consistent_snapshots),
        cmocka_unit_test(an_artifact_that_is_here_is_not_fetched_again),
        cmocka_unit_test(an_empty_artifact),
        cmocka_unit_test(a_chain_of_roots_is_followed_to_its_cap_and_on_in_the_next_run),
        cmocka_unit_test(a_server_error_in_the_chain_of_roots_ends_the_run),
        cmocka_unit_test(an_expired_root_leads_to_its_successor),
        cmocka_unit_test(no_root_and_a_root_that_is_none),
        cmocka_unit_test(a_root_with_the_highest_version),
        cmocka_unit_test(stored_files_are_held_against_the_present_root),
        cmocka_unit_test(a_stored_snapshot_that_is_not_the_one_named),
        cmocka_unit_test(damaged_files_of_the_store_are_fetched_again),
        cmocka_unit_test(a_crash_between_any_two_writes),
        cmocka_unit_test(a_store_that_cannot_be_read_is_no_empty_store),
        cmocka_unit_test(answers_that_do_not_fit_change_nothing),
        cmocka_unit_test(a_failed_search_leaves_the_next_one_good),
        cmocka_unit_test(targets_whose_names_would_leave_the_folder),
        cmocka_unit_test(targets_in_folders_are_one_file_here),
        cmocka_unit_test(hashes_of_targets),
        cmocka_unit_test(a_target_larger_than_any_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
