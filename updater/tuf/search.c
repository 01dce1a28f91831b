/* Specification 5.6 and 5.7: the targets role, the delegated roles that one
 * search looks into, and the artifact.
 *
 * Delegated roles are verified anew in each search, from the store or fetched,
 * always by the keys of the role that delegates on this way: no memory of a
 * role that somebody else vouched for.  Of a role that was looked into only the
 * delegations that wait are held. */
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "updater/tuf/client_state.h"
#include "updater/tuf/delegation.h"
#include "updater/tuf/names.h"
#include "updater/tuf/trust.h"

static void speaker_fini(struct tuf_speaker *speaker)
{
    json_decref(speaker->role);
    json_decref(speaker->keys);
    *speaker = (struct tuf_speaker){0};
}

static void waiting_clear(struct tuf_search *search)
{
    while (search->nwaiting)
        speaker_fini(&search->waiting[--search->nwaiting]);
}

void tuf_search_fini(struct tuf_client *c)
{
    waiting_clear(&c->search);
    json_decref(c->search.visited);
    free(c->search.path);
    c->search = (struct tuf_search){0};
    c->role = NULL;
    speaker_fini(&c->speaker);
}

/* ---- one role (5.6.1 to 5.6.6) ----------------------------------------------- */

/* A failure about something that has no file yet: a role or a target. */
static void fail_about(struct tuf_client *c, enum tuf_cause cause, const char *what)
{
    size_t n = strnlen(what, sizeof c->about - 1);

    tuf_fail(c, cause);
    memcpy(c->about, what, n);
    c->about[n] = '\0';
}

void tuf_role_begin(struct tuf_client *c, struct tuf_speaker speaker, const char *name)
{
    speaker_fini(&c->speaker);
    c->speaker = speaker;
    c->role = name;
    if (tuf_meta_entry(&c->snapshot, name, &c->entry))
        fail_about(c, TUF_NOT_IN_SNAPSHOT, name);
    else
        c->state = STATE_ROLE_LOAD;
}

/* All of what makes a targets file the one that is wanted.  `out` is set only on TUF_FINE. */
static enum tuf_cause judge_role(const struct tuf_client *c, const void *bytes, size_t n, struct tuf_meta *out)
{
    struct tuf_meta meta = {0};
    enum tuf_cause cause = tuf_info_check(&c->entry, bytes, n, TUF_MIX);

    if (!cause)
        cause = tuf_cause_of(tuf_meta_parse(TUF_TARGETS, bytes, n, &meta));
    if (!cause)
        cause = tuf_trust(&meta, c->speaker.keys, c->speaker.role);
    if (!cause && meta.version != c->entry.version)
        cause = TUF_MIX;
    if (!cause && tuf_trust_expired(&meta, c->now))
        cause = TUF_FREEZE;
    if (cause)
        tuf_meta_fini(&meta);
    else
        *out = meta;
    return cause;
}

static void role_accepted(struct tuf_client *c);

void tuf_role_loaded(struct tuf_client *c, const void *bytes, size_t n)
{
    enum tuf_cause cause = judge_role(c, bytes, n, &c->next);

    if (!cause)
        role_accepted(c);
    else if (cause == TUF_MEMORY)
        tuf_fail(c, cause);
    else
        c->state = STATE_ROLE_FETCH;
}

void tuf_role_not_here(struct tuf_client *c)
{
    c->state = STATE_ROLE_FETCH;
}

void tuf_role_fetched(struct tuf_client *c, const void *bytes, size_t n)
{
    enum tuf_cause cause = judge_role(c, bytes, n, &c->next);

    if (cause)
        tuf_fail(c, cause);
    else
        tuf_keep(c, STATE_ROLE_KEEP, bytes, n);
}

void tuf_role_kept(struct tuf_client *c)
{
    role_accepted(c);
}

/* ---- the search (5.6.7) --------------------------------------------------------- */

/* Put the delegations of `role` that match before those that wait, in their order; a terminating one is the last and
 * leaves nobody else. */
static enum tuf_cause add_delegations(struct tuf_client *c, const struct tuf_meta *role)
{
    struct tuf_search *search = &c->search;
    json_t *delegations = tuf_targets_delegations(role), *roles = json_object_get(delegations, "roles");
    json_t *keys = json_object_get(delegations, "keys");
    size_t first, last, n = json_array_size(roles);

    for (size_t i = 0; i < n; i++)
        if (tuf_delegation_matches(json_array_get(roles, i), search->path) &&
            json_is_true(json_object_get(json_array_get(roles, i), "terminating"))) {
            waiting_clear(search);
            n = i + 1;
        }
    first = search->nwaiting;
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_array_get(roles, i);

        if (!tuf_delegation_matches(one, search->path))
            continue;
        if (search->nwaiting == LIM_TUF_PENDING)
            return TUF_TOO_MANY_ROLES;
        search->waiting[search->nwaiting++] = (struct tuf_speaker){.role = json_incref(one), .keys = json_incref(keys)};
    }
    for (last = search->nwaiting; first + 1 < last; first++) { /* the last one is taken first */
        struct tuf_speaker swap = search->waiting[first];

        search->waiting[first] = search->waiting[--last];
        search->waiting[last] = swap;
    }
    return TUF_FINE;
}

/* The next role that was not looked into yet. */
static void next_role(struct tuf_client *c)
{
    struct tuf_search *search = &c->search;

    while (search->nwaiting) {
        struct tuf_speaker speaker = search->waiting[--search->nwaiting];
        const char *name = json_string_value(json_object_get(speaker.role, "name"));

        if (json_object_get(search->visited, name)) {
            speaker_fini(&speaker);
            continue;
        }
        if (json_object_size(search->visited) + 1 >= LIM_TUF_ROLES) { /* the top role counts */
            speaker_fini(&speaker);
            fail_about(c, TUF_TOO_MANY_ROLES, search->path);
            return;
        }
        if (json_object_set_new_nocheck(search->visited, name, json_null())) {
            speaker_fini(&speaker);
            fail_about(c, TUF_MEMORY, search->path);
            return;
        }
        tuf_role_begin(c, speaker, name);
        return;
    }
    if (search->seen)
        c->state = STATE_READY;
    else
        fail_about(c, TUF_NOT_FOUND, search->path);
}

/* The target was found: what is needed before its artifact is asked for. */
static void artifact_begin(struct tuf_client *c)
{
    const struct tuf_info *info = &c->search.info;

    if (!info->sha256[0] && !info->sha512[0])
        fail_about(c, TUF_NO_HASH, c->search.path);
    else if (info->length > LIM_TUF_ARTIFACT)
        fail_about(c, TUF_ENDLESS, c->search.path);
    else
        c->state = STATE_ARTIFACT_LOAD;
}

static void look_into(struct tuf_client *c, const struct tuf_meta *role)
{
    enum tuf_cause cause;

    if (c->search.seen) {
        c->search.seen(c->search.context, c->role ? c->role : "targets", role->body);
    } else if (!tuf_meta_target(role, c->search.path, &c->search.info)) {
        artifact_begin(c);
        return;
    }
    cause = add_delegations(c, role);
    if (cause)
        fail_about(c, cause, c->search.path);
    else
        next_role(c);
}

/* `next` is a verified targets role: the top one of a refresh, or one of a search. */
static void role_accepted(struct tuf_client *c)
{
    struct tuf_meta role = c->next;

    c->next = (struct tuf_meta){0};
    buf_fini(&role.message);
    if (c->search.path) {
        look_into(c, &role);
        tuf_meta_fini(&role);
        return;
    }
    tuf_meta_fini(&c->targets);
    c->targets = role;
    c->refreshed = 1;
    c->state = STATE_READY;
}

static int search(struct tuf_client *c, const char *path, tuf_seen seen, void *context)
{
    char address[LIM_TUF_PATH], file[LIM_TUF_FILE], longest[] =
        "0000000000000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000"; /* a SHA-512 */

    if (!c->refreshed || (c->state != STATE_READY && c->state != STATE_FAILED))
        return MM_ESTATE;
    tuf_search_fini(c);
    c->search.seen = seen;
    c->search.context = context;
    c->search.visited = json_object();
    c->search.path = strdup(path);
    if (!c->search.visited || !c->search.path) {
        tuf_search_fini(c);
        return MM_ENOMEM;
    }
    if (tuf_target_address(path, longest, address) || tuf_target_file(path, file))
        fail_about(c, TUF_BAD_NAME, path);
    else
        look_into(c, &c->targets);
    return MM_OK;
}

int tuf_client_find(struct tuf_client *c, const char *path)
{
    return search(c, path, NULL, NULL);
}

int tuf_client_survey(struct tuf_client *c, const char *path, tuf_seen seen, void *context)
{
    return search(c, path, seen, context);
}

/* ---- the artifact (5.7) ------------------------------------------------------------ */

void tuf_artifact_loaded(struct tuf_client *c, const void *bytes, size_t n)
{
    c->state = tuf_info_check(&c->search.info, bytes, n, TUF_WRONG_FILE) ? STATE_ARTIFACT_FETCH : STATE_READY;
}

void tuf_artifact_not_here(struct tuf_client *c)
{
    c->state = STATE_ARTIFACT_FETCH;
}

void tuf_artifact_fetched(struct tuf_client *c, const void *bytes, size_t n)
{
    enum tuf_cause cause = tuf_info_check(&c->search.info, bytes, n, TUF_WRONG_FILE);

    if (cause)
        tuf_fail(c, cause);
    else
        tuf_keep(c, STATE_ARTIFACT_KEEP, bytes, n);
}

void tuf_artifact_kept(struct tuf_client *c)
{
    c->state = STATE_READY;
}
