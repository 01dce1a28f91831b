/* Each attack that the TUF specification names, tried on the client: what it is
 * called when it is refused, about which file, and that what was kept before is
 * still there, byte for byte. */
#include "tests/unit/updater/world.h"

static void setup(struct world *w)
{
    world_init(w, 1);
    assert_int_equal(run(w, "file.txt"), TUF_FINE);
}

/* Refused, and nothing that was kept has changed. */
#define assert_nothing_kept(w, target, want, name) do { \
        struct files store_ = {0}, artifacts_ = {0}; \
        files_copy(&store_, &(w)->store); \
        files_copy(&artifacts_, &(w)->artifacts); \
        assert_refused(w, target, want, name); \
        assert_true(files_equal(&store_, &(w)->store)); \
        assert_true(files_equal(&artifacts_, &(w)->artifacts)); \
        files_fini(&store_); \
        files_fini(&artifacts_); \
    } while (0)

/* ---- arbitrary software ------------------------------------------------------------ */

static void arbitrary_software_signed_by_a_stranger(void **state)
{
    static const struct { enum tuf_kind kind; const char *name; } roles[] = {
        {TUF_ROOT, "2.root.json"}, {TUF_TIMESTAMP, "timestamp.json"}, {TUF_SNAPSHOT, "2.snapshot.json"}, {TUF_TARGETS, "2.targets.json"}};

    (void)state;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        struct world w;

        setup(&w);
        role_of(&w, roles[i].kind)->signers = K_A;
        bump(role_of(&w, TUF_ROOT)->body);
        publish_next(&w.repo, role_of(&w, TUF_TARGETS));
        assert_refused(&w, NULL, TUF_ARBITRARY, roles[i].name);
        world_fini(&w);
    }
}

static void arbitrary_software_in_a_delegated_role(void **state)
{
    struct world w;
    struct role *role;

    (void)state;
    setup(&w);
    role = delegate(&w.repo, role_of(&w, TUF_TARGETS), "rules", K_A, paths("rules/*"));
    add_target(&w.repo, role->body, "rules/pack", "evil");
    role->signers = K_TARGETS; /* the delegator's own key is not the delegate's */
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_refused(&w, "rules/pack", TUF_ARBITRARY, "1.rules.json");
    assert_null(file_find(&w.store, "rules.json"));
    world_fini(&w);
}

static void arbitrary_software_a_new_root_that_the_old_keys_did_not_sign(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    set_root_role(&w.repo, TUF_ROOT, K_A, 1);
    bump(role_of(&w, TUF_ROOT)->body);
    publish(&w.repo);
    assert_nothing_kept(&w, NULL, TUF_ARBITRARY, "2.root.json");
    role_of(&w, TUF_ROOT)->signers = K_ROOT; /* nor may the old ones alone sign it */
    publish(&w.repo);
    assert_nothing_kept(&w, NULL, TUF_ARBITRARY, "2.root.json");
    role_of(&w, TUF_ROOT)->signers = K_ROOT | K_A;
    publish(&w.repo);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    assert_int_equal(stored_version(&w, "root.json"), 2);
    world_fini(&w);
}

/* ---- key compromise below the threshold ------------------------------------------------ */

static void key_compromise_below_the_threshold(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    set_root_role(&w.repo, TUF_TARGETS, K_A | K_B | K_C, 2);
    role_of(&w, TUF_TARGETS)->signers = K_B; /* the stolen one */
    bump(role_of(&w, TUF_ROOT)->body);
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_refused(&w, "file.txt", TUF_BELOW_THRESHOLD, "2.targets.json");
    role_of(&w, TUF_TARGETS)->signers = K_B | K_C;
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_int_equal(run(&w, "file.txt"), TUF_FINE);
    world_fini(&w);
}

/* ---- rollback ------------------------------------------------------------------------------ */

static void rollback_of_the_timestamp(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    set_version(role_of(&w, TUF_TIMESTAMP)->body, 7);
    publish(&w.repo);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    set_version(role_of(&w, TUF_TIMESTAMP)->body, 6);
    publish(&w.repo);
    assert_nothing_kept(&w, NULL, TUF_ROLLBACK, "timestamp.json");
    w.now += 300 * 86400; /* also when the old one has expired: it still tells what was seen */
    assert_string_equal(tuf_cause_name((enum tuf_cause)run(&w, NULL)), "freeze"); /* the root too */
    json_object_set_new(role_of(&w, TUF_ROOT)->body, "expires", json_string("2040-01-01T00:00:00Z"));
    bump(role_of(&w, TUF_ROOT)->body);
    publish(&w.repo);
    assert_refused(&w, NULL, TUF_ROLLBACK, "timestamp.json");
    world_fini(&w);
}

static void rollback_of_the_snapshot_in_a_new_timestamp(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    publish_next(&w.repo, NULL);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    bump(role_of(&w, TUF_TIMESTAMP)->body);
    set_version(role_of(&w, TUF_SNAPSHOT)->body, 1);
    publish(&w.repo);
    assert_nothing_kept(&w, NULL, TUF_ROLLBACK, "timestamp.json");
    world_fini(&w);
}

static void rollback_of_targets_in_a_new_snapshot(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_int_equal(run(&w, NULL), TUF_FINE);
    set_version(role_of(&w, TUF_TARGETS)->body, 1);
    publish_next(&w.repo, NULL);
    assert_refused(&w, NULL, TUF_ROLLBACK, "3.snapshot.json");
    assert_int_equal(stored_version(&w, "snapshot.json"), 2);
    assert_int_equal(stored_version(&w, "timestamp.json"), 3); /* it was good */
    world_fini(&w);
}

static void rollback_of_a_delegated_role(void **state)
{
    struct world w;
    struct role *role;

    (void)state;
    setup(&w);
    role = delegate(&w.repo, role_of(&w, TUF_TARGETS), "rules", K_A, paths("rules/*"));
    add_target(&w.repo, role->body, "rules/pack", "two");
    set_version(role->body, 2);
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_int_equal(run(&w, "rules/pack"), TUF_FINE);
    set_version(role->body, 1);
    publish_next(&w.repo, NULL);
    assert_refused(&w, "rules/pack", TUF_ROLLBACK, "3.snapshot.json");
    world_fini(&w);
}

static void rollback_of_the_root(void **state)
{
    struct world w;
    struct file *f;

    (void)state;
    setup(&w);
    f = file_find(&w.repo.metadata, "1.root.json");
    put_file(&w.repo.metadata, "2.root.json", f->bytes, f->n);
    assert_nothing_kept(&w, NULL, TUF_ROLLBACK, "2.root.json");
    world_fini(&w);
}

static void rollback_by_removal_of_a_role(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    delegate(&w.repo, role_of(&w, TUF_TARGETS), "rules", K_A, paths("rules/*"));
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_int_equal(run(&w, NULL), TUF_FINE);
    json_object_del(json_object_get(role_of(&w, TUF_SNAPSHOT)->body, "meta"), "rules.json");
    json_decref(w.repo.roles[--w.repo.nroles].body);
    publish_next(&w.repo, NULL);
    assert_refused(&w, NULL, TUF_REMOVED, "3.snapshot.json");
    world_fini(&w);
}

/* ---- fast-forward --------------------------------------------------------------------------- */

static void fast_forward_of_the_root(void **state)
{
    struct world w;
    struct file *f;

    (void)state;
    setup(&w);
    set_version(role_of(&w, TUF_ROOT)->body, 9);
    publish(&w.repo);
    f = file_find(&w.repo.metadata, "9.root.json");
    put_file(&w.repo.metadata, "2.root.json", f->bytes, f->n);
    assert_nothing_kept(&w, NULL, TUF_FAST_FORWARD, "2.root.json");
    world_fini(&w);
}

/* The highest possible versions, signed with stolen keys; then the owner replaces these keys. */
static void fast_forward_is_recovered_from_by_new_keys(void **state)
{
    static const struct { enum tuf_kind stolen; const char *blocked; enum tuf_cause cause; } cases[] = {
        {TUF_TIMESTAMP, "timestamp.json", TUF_ROLLBACK}, {TUF_SNAPSHOT, "timestamp.json", TUF_ROLLBACK},
        {TUF_TARGETS, "3.snapshot.json", TUF_ROLLBACK}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w;

        setup(&w);
        bump(role_of(&w, TUF_TIMESTAMP)->body);
        bump(role_of(&w, TUF_SNAPSHOT)->body);
        set_version(role_of(&w, cases[i].stolen)->body, INT64_MAX);
        publish(&w.repo);
        assert_int_equal(run(&w, NULL), TUF_FINE);
        for (int kind = TUF_TIMESTAMP; kind <= TUF_TARGETS; kind++)
            set_version(role_of(&w, (enum tuf_kind)kind)->body, 3);
        publish(&w.repo);
        assert_refused(&w, NULL, cases[i].cause, cases[i].blocked);
        set_root_role(&w.repo, TUF_TIMESTAMP, K_A, 1);
        set_root_role(&w.repo, TUF_SNAPSHOT, K_B, 1);
        bump(role_of(&w, TUF_ROOT)->body);
        publish(&w.repo);
        assert_int_equal(run(&w, NULL), TUF_FINE);
        assert_int_equal(stored_version(&w, "timestamp.json"), 3);
        assert_int_equal(stored_version(&w, "targets.json"), 3);
        world_fini(&w);
    }
}

/* The new set of keys still has one that signed the files of the thief: these do not bind all the same. */
static void fast_forward_is_recovered_from_by_replacing_some_keys(void **state)
{
    static const enum tuf_kind stolen[] = {TUF_TIMESTAMP, TUF_TARGETS};

    (void)state;
    for (size_t i = 0; i < sizeof stolen / sizeof stolen[0]; i++) {
        struct world w;

        world_init(&w, 1);
        set_root_role(&w.repo, TUF_TIMESTAMP, K_A | K_B, 1);
        set_root_role(&w.repo, TUF_SNAPSHOT, K_A | K_B, 1);
        set_version(role_of(&w, stolen[i])->body, INT64_MAX);
        bump(role_of(&w, TUF_ROOT)->body);
        publish(&w.repo);
        assert_int_equal(run(&w, NULL), TUF_FINE);
        set_root_role(&w.repo, TUF_TIMESTAMP, K_B | K_C, 1);
        set_root_role(&w.repo, TUF_SNAPSHOT, K_B | K_C, 1);
        bump(role_of(&w, TUF_ROOT)->body);
        for (int kind = TUF_TIMESTAMP; kind <= TUF_TARGETS; kind++)
            set_version(role_of(&w, (enum tuf_kind)kind)->body, 3);
        publish(&w.repo);
        assert_int_equal(run(&w, NULL), TUF_FINE);
        assert_int_equal(stored_version(&w, "timestamp.json"), 3);
        assert_int_equal(stored_version(&w, "targets.json"), 3);
        world_fini(&w);
    }
}

/* ---- freeze ------------------------------------------------------------------------------------ */

static void freeze_with_expired_metadata(void **state)
{
    static const struct { enum tuf_kind kind; const char *name; } roles[] = {
        {TUF_ROOT, "3.root.json"}, {TUF_TIMESTAMP, "timestamp.json"}, {TUF_SNAPSHOT, "2.snapshot.json"}, {TUF_TARGETS, "2.targets.json"}};

    (void)state;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        struct world w;
        char file[32];

        setup(&w);
        json_object_set_new(role_of(&w, roles[i].kind)->body, "expires", json_string(PAST));
        bump(role_of(&w, TUF_ROOT)->body);
        publish_next(&w.repo, role_of(&w, TUF_TARGETS));
        assert_refused(&w, NULL, TUF_FREEZE, roles[i].name);
        assert_int_equal(stored_version(&w, "root.json"), 2); /* a good root is kept, though it has expired */
        snprintf(file, sizeof file, "%s.json", tuf_kind_name(roles[i].kind));
        assert_int_equal(stored_version(&w, file), roles[i].kind == TUF_ROOT ? 2 : 1); /* nothing else is */
        world_fini(&w);
    }
}

static void freeze_with_an_expired_delegated_role(void **state)
{
    struct world w;
    struct role *role;

    (void)state;
    setup(&w);
    role = delegate(&w.repo, role_of(&w, TUF_TARGETS), "rules", K_A, paths("rules/*"));
    add_target(&w.repo, role->body, "rules/pack", "old");
    json_object_set_new(role->body, "expires", json_string(PAST));
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    assert_refused(&w, "rules/pack", TUF_FREEZE, "1.rules.json");
    assert_null(file_find(&w.store, "rules.json"));
    world_fini(&w);
}

static void freeze_at_the_very_second(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    assert_int_equal(rfc3339_parse(LATER, &w.now), MM_OK);
    w.now--;
    assert_int_equal(run(&w, NULL), TUF_FINE);
    w.now++;
    assert_refused(&w, NULL, TUF_FREEZE, "2.root.json");
    world_fini(&w);
}

static void freeze_with_a_stored_snapshot_that_has_expired(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    json_object_set_new(role_of(&w, TUF_SNAPSHOT)->body, "expires", json_string("2026-12-06T12:00:00Z"));
    publish_next(&w.repo, NULL);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    w.now += 8 * 86400; /* the timestamp is current and names it still */
    assert_nothing_kept(&w, NULL, TUF_FREEZE, "2.snapshot.json");
    world_fini(&w);
}

/* The mirror shows yesterday for ever: same timestamp, until it expires. */
static void freeze_by_showing_the_same_timestamp(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    json_object_set_new(role_of(&w, TUF_TIMESTAMP)->body, "expires", json_string("2026-12-06T12:00:00Z"));
    publish_next(&w.repo, NULL);
    assert_int_equal(run(&w, NULL), TUF_FINE);
    w.now += 6 * 86400;
    assert_int_equal(run(&w, NULL), TUF_FINE);
    w.now += 86400;
    assert_nothing_kept(&w, NULL, TUF_FREEZE, "timestamp.json");
    world_fini(&w);
}

/* ---- mix-and-match -------------------------------------------------------------------------------- */

static void mix_and_match_another_snapshot_than_the_timestamp_names(void **state)
{
    struct world w;
    struct file *f;

    (void)state;
    setup(&w);
    publish_next(&w.repo, NULL);
    f = file_find(&w.repo.metadata, "1.snapshot.json");
    put_file(&w.repo.metadata, "2.snapshot.json", f->bytes, f->n);
    assert_refused(&w, NULL, TUF_MIX, "2.snapshot.json");
    w.repo.hashes = 0; /* and by the version alone */
    bump(role_of(&w, TUF_SNAPSHOT)->body);
    bump(role_of(&w, TUF_TIMESTAMP)->body);
    publish(&w.repo);
    f = file_find(&w.repo.metadata, "1.snapshot.json");
    put_file(&w.repo.metadata, "3.snapshot.json", f->bytes, f->n);
    assert_refused(&w, NULL, TUF_MIX, "3.snapshot.json");
    assert_int_equal(stored_version(&w, "snapshot.json"), 1);
    world_fini(&w);
}

static void mix_and_match_other_targets_than_the_snapshot_names(void **state)
{
    struct world w;
    struct file *f;

    (void)state;
    setup(&w);
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    f = file_find(&w.repo.metadata, "1.targets.json");
    put_file(&w.repo.metadata, "2.targets.json", f->bytes, f->n);
    assert_refused(&w, NULL, TUF_MIX, "2.targets.json");
    w.repo.hashes = 0;
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    f = file_find(&w.repo.metadata, "1.targets.json");
    put_file(&w.repo.metadata, "3.targets.json", f->bytes, f->n);
    assert_refused(&w, NULL, TUF_MIX, "3.targets.json");
    assert_int_equal(stored_version(&w, "targets.json"), 1);
    world_fini(&w);
}

/* Rightly signed and of the right version, but not the file whose hash or length is told. */
static void mix_and_match_another_file_of_the_same_version(void **state)
{
    static const struct { enum tuf_kind kind; const char *name; int hashes; } cases[] = {
        {TUF_SNAPSHOT, "2.snapshot.json", 1}, {TUF_SNAPSHOT, "2.snapshot.json", 0},
        {TUF_TARGETS, "2.targets.json", 1}, {TUF_TARGETS, "2.targets.json", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct role *role, *named_by;
        json_t *entry;
        struct world w;
        char *text;

        setup(&w);
        publish_next(&w.repo, role_of(&w, TUF_TARGETS));
        role = role_of(&w, cases[i].kind);
        named_by = role_of(&w, cases[i].kind == TUF_SNAPSHOT ? TUF_TIMESTAMP : TUF_SNAPSHOT);
        entry = json_object_get(json_object_get(named_by->body, "meta"), cases[i].name + 2);
        if (cases[i].hashes) {
            json_object_del(entry, "length");
        } else {
            json_object_del(entry, "hashes");
            json_object_set_new(entry, "length", json_integer(9000)); /* neither file has it */
        }
        if (named_by == role_of(&w, TUF_SNAPSHOT)) /* its bytes have changed: the timestamp tells the new ones */
            json_object_set_new(json_object_get(role_of(&w, TUF_TIMESTAMP)->body, "meta"), "snapshot.json", put_role(&w.repo, named_by));
        json_decref(put_role(&w.repo, role_of(&w, TUF_TIMESTAMP)));
        json_object_set_new(role->body, "x-other", json_true());
        text = sign_body(&w.repo, role->body, role->signers);
        put_file(&w.repo.metadata, cases[i].name, text, strlen(text));
        free(text);
        assert_refused(&w, NULL, TUF_MIX, cases[i].name);
        world_fini(&w);
    }
}

static void mix_and_match_only_hashes_of_unknown_kinds(void **state)
{
    struct world w;
    json_t *entry;

    (void)state;
    setup(&w);
    publish_next(&w.repo, NULL);
    entry = json_object_get(json_object_get(role_of(&w, TUF_TIMESTAMP)->body, "meta"), "snapshot.json");
    json_object_set_new(entry, "hashes", json_pack("{s:s}", "md5", "d41d8cd98f00b204e9800998ecf8427e"));
    json_decref(put_role(&w.repo, role_of(&w, TUF_TIMESTAMP)));
    assert_refused(&w, NULL, TUF_NO_HASH, "2.snapshot.json");
    world_fini(&w);
}

static void mix_and_match_one_role_in_the_place_of_another(void **state)
{
    struct world w;
    char *text;

    (void)state;
    setup(&w);
    /* one key for both roles: only `_type` tells them apart */
    set_root_role(&w.repo, TUF_TIMESTAMP, K_SNAP, 1);
    bump(role_of(&w, TUF_ROOT)->body);
    publish_next(&w.repo, NULL);
    text = sign_body(&w.repo, role_of(&w, TUF_SNAPSHOT)->body, K_SNAP);
    put_file(&w.repo.metadata, "timestamp.json", text, strlen(text));
    assert_refused(&w, NULL, TUF_MALFORMED, "timestamp.json");
    free(text);
    world_fini(&w);
}

/* ---- endless data, slow retrieval, malicious mirror -------------------------------------------------- */

static void endless_data_is_cut_at_the_limit_of_each_file(void **state)
{
    struct world w;
    size_t listed_snapshot, listed_targets;
    const struct { const char *name; size_t limit; } before[] = {
        {"2.root.json", LIM_TUF_ROOT}, {"timestamp.json", LIM_TUF_TIMESTAMP}, {"1.snapshot.json", LIM_TUF_SNAPSHOT},
        {"1.targets.json", LIM_TUF_TARGETS}};

    (void)state;
    world_init(&w, 1);
    w.repo.hashes = 0;
    publish(&w.repo);
    w.forced = TUF_OVERLONG;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        w.forced_name = before[i].name;
        assert_refused(&w, NULL, TUF_ENDLESS, before[i].name);
        assert_int_equal(w.limit_seen, before[i].limit);
    }
    w.repo.hashes = 1; /* now lengths are told */
    bump(role_of(&w, TUF_TIMESTAMP)->body);
    publish(&w.repo);
    listed_snapshot = file_find(&w.repo.metadata, "1.snapshot.json")->n;
    listed_targets = file_find(&w.repo.metadata, "1.targets.json")->n;
    w.forced_name = "1.snapshot.json";
    drop_file(&w.store, "snapshot.json");
    assert_refused(&w, NULL, TUF_ENDLESS, "1.snapshot.json");
    assert_int_equal(w.limit_seen, listed_snapshot);
    w.forced_name = "1.targets.json";
    assert_refused(&w, NULL, TUF_ENDLESS, "1.targets.json");
    assert_int_equal(w.limit_seen, listed_targets);
    world_fini(&w);
}

/* A caller that gives more than it was allowed to is not believed either. */
static void endless_data_given_all_the_same(void **state)
{
    struct tuf_answer answer = {.got = TUF_BYTES};
    struct tuf_client *c;
    struct tuf_step step;
    struct world w;
    char *much = calloc(1, LIM_TUF_ROOT + 1);

    (void)state;
    world_init(&w, 1);
    c = tuf_client_new(w.now);
    answer.bytes = file_find(&w.store, "root.json")->bytes;
    answer.n = file_find(&w.store, "root.json")->n;
    assert_int_equal(tuf_client_answer(c, &answer), MM_OK);
    answer.bytes = much;
    answer.n = LIM_TUF_ROOT + 1;
    assert_int_equal(tuf_client_answer(c, &answer), MM_OK);
    tuf_client_step(c, &step);
    assert_int_equal(step.want, TUF_FAILED);
    assert_int_equal(step.cause, TUF_ENDLESS);
    tuf_client_free(c);
    free(much);
    world_fini(&w);
}

static void a_signed_length_cannot_raise_the_limit(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    json_object_set_new(json_object_get(json_object_get(role_of(&w, TUF_TIMESTAMP)->body, "meta"), "snapshot.json"), "length",
                        json_integer(1LL << 40));
    bump(role_of(&w, TUF_TIMESTAMP)->body);
    json_decref(put_role(&w.repo, role_of(&w, TUF_TIMESTAMP)));
    w.forced_name = "2.snapshot.json";
    w.forced = TUF_OVERLONG;
    assert_refused(&w, NULL, TUF_ENDLESS, "2.snapshot.json");
    assert_int_equal(w.limit_seen, LIM_TUF_SNAPSHOT);
    world_fini(&w);
}

static void slow_retrieval_ends_the_run(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    w.forced = TUF_TIMED_OUT;
    w.forced_name = "2.root.json";
    assert_nothing_kept(&w, NULL, TUF_SLOW, "2.root.json");
    w.forced_name = "timestamp.json";
    assert_nothing_kept(&w, NULL, TUF_SLOW, "timestamp.json");
    world_fini(&w);
}

/* Nothing that a mirror does not show is taken for "nothing new", but the next root. */
static void a_malicious_mirror_that_hides_files_is_told(void **state)
{
    static const char *const names[] = {"timestamp.json", "2.snapshot.json", "2.targets.json"};
    struct world w;

    (void)state;
    setup(&w);
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    w.forced = TUF_ABSENT;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        w.forced_name = names[i];
        assert_refused(&w, NULL, TUF_MISSING, names[i]);
    }
    w.forced = TUF_BROKEN;
    w.forced_name = "2.root.json"; /* a server error is not the end of the chain of roots */
    assert_nothing_kept(&w, NULL, TUF_UNREACHABLE, "2.root.json");
    world_fini(&w);
}

/* ---- wrong software, extraneous dependencies ------------------------------------------------------------ */

static void wrong_software_another_content_of_the_same_length(void **state)
{
    struct world w;
    char address[LIM_TUF_PATH];

    (void)state;
    setup(&w);
    add_target(&w.repo, role_of(&w, TUF_TARGETS)->body, "file.txt", "new content");
    publish_next(&w.repo, role_of(&w, TUF_TARGETS));
    snprintf(address, sizeof address, "%s.file.txt", json_string_value(json_object_get(json_object_get(json_object_get(json_object_get(
             role_of(&w, TUF_TARGETS)->body, "targets"), "file.txt"), "hashes"), "sha256")));
    put_file(&w.repo.artifacts, address, "bad content", 11);
    assert_refused(&w, "file.txt", TUF_WRONG_FILE, address);
    assert_memory_equal(file_find(&w.artifacts, "file.txt")->bytes, "the content", 11); /* the old good one */
    put_file(&w.repo.artifacts, address, "new conten", 10);
    assert_refused(&w, "file.txt", TUF_WRONG_FILE, address);
    put_file(&w.repo.artifacts, address, "new content and more", 20);
    assert_refused(&w, "file.txt", TUF_ENDLESS, address);
    drop_file(&w.repo.artifacts, address);
    assert_refused(&w, "file.txt", TUF_MISSING, address);
    assert_memory_equal(file_find(&w.artifacts, "file.txt")->bytes, "the content", 11);
    world_fini(&w);
}

/* Only what a trusted role lists can be had, whatever lies on the server. */
static void extraneous_dependencies_are_not_even_asked_for(void **state)
{
    struct world w;

    (void)state;
    setup(&w);
    put_file(&w.repo.artifacts, "extra.deb", "x", 1);
    assert_nothing_kept(&w, "extra.deb", TUF_NOT_FOUND, "extra.deb");
    assert_string_equal(w.requests, "2.root.json timestamp.json ");
    world_fini(&w);
}

static void each_cause_has_its_own_words(void **state)
{
    (void)state;
    for (int i = 0; i < TUF_CAUSES; i++)
        for (int k = 0; k < TUF_CAUSES; k++) {
            assert_true(tuf_cause_text((enum tuf_cause)i)[0] && tuf_cause_name((enum tuf_cause)i)[0]);
            assert_true(i == k || strcmp(tuf_cause_text((enum tuf_cause)i), tuf_cause_text((enum tuf_cause)k)) != 0);
            assert_true(i == k || strcmp(tuf_cause_name((enum tuf_cause)i), tuf_cause_name((enum tuf_cause)k)) != 0);
        }
    assert_string_equal(tuf_cause_text(TUF_CAUSES), "an unknown cause");
    assert_string_equal(tuf_cause_name(TUF_CAUSES), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arbitrary_software_signed_by_a_stranger),
        cmocka_unit_test(arbitrary_software_in_a_delegated_role),
        cmocka_unit_test(arbitrary_software_a_new_root_that_the_old_keys_did_not_sign),
        cmocka_unit_test(key_compromise_below_the_threshold),
        cmocka_unit_test(rollback_of_the_timestamp),
        cmocka_unit_test(rollback_of_the_snapshot_in_a_new_timestamp),
        cmocka_unit_test(rollback_of_targets_in_a_new_snapshot),
        cmocka_unit_test(rollback_of_a_delegated_role),
        cmocka_unit_test(rollback_of_the_root),
        cmocka_unit_test(rollback_by_removal_of_a_role),
        cmocka_unit_test(fast_forward_of_the_root),
        cmocka_unit_test(fast_forward_is_recovered_from_by_new_keys),
        cmocka_unit_test(fast_forward_is_recovered_from_by_replacing_some_keys),
        cmocka_unit_test(freeze_with_expired_metadata),
        cmocka_unit_test(freeze_with_a_stored_snapshot_that_has_expired),
        cmocka_unit_test(freeze_with_an_expired_delegated_role),
        cmocka_unit_test(freeze_at_the_very_second),
        cmocka_unit_test(freeze_by_showing_the_same_timestamp),
        cmocka_unit_test(mix_and_match_another_snapshot_than_the_timestamp_names),
        cmocka_unit_test(mix_and_match_other_targets_than_the_snapshot_names),
        cmocka_unit_test(mix_and_match_another_file_of_the_same_version),
        cmocka_unit_test(mix_and_match_only_hashes_of_unknown_kinds),
        cmocka_unit_test(mix_and_match_one_role_in_the_place_of_another),
        cmocka_unit_test(endless_data_is_cut_at_the_limit_of_each_file),
        cmocka_unit_test(endless_data_given_all_the_same),
        cmocka_unit_test(a_signed_length_cannot_raise_the_limit),
        cmocka_unit_test(slow_retrieval_ends_the_run),
        cmocka_unit_test(a_malicious_mirror_that_hides_files_is_told),
        cmocka_unit_test(wrong_software_another_content_of_the_same_length),
        cmocka_unit_test(extraneous_dependencies_are_not_even_asked_for),
        cmocka_unit_test(each_cause_has_its_own_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
