/* A TUF repository made at test time, and what a client of it sees and keeps.
 *
 * Bodies ("signed") are plain JSON that a test may change as it likes; publish
 * signs them anew and writes down versions, lengths and hashes as an honest
 * repository does; put_file serves whatever else. */
#ifndef MM_TESTS_UNIT_UPDATER_REPOSITORY_H
#define MM_TESTS_UNIT_UPDATER_REPOSITORY_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/rfc3339.h"
#include "tests/unit/updater/files.h"
#include "tests/unit/updater/signers.h"
#include "updater/tuf/canonical.h"
#include "updater/tuf/metadata.h"
#include "updater/tuf/names.h"

#define NOW "2026-11-29T12:00:00Z"
#define LATER "2027-06-01T00:00:00Z"   /* when everything expires unless a test says otherwise */
#define PAST "2026-11-28T00:00:00Z"

/* ---- the repository --------------------------------------------------------------- */

struct role { char name[64]; json_t *body; unsigned signers; };

#define ROLES 80
struct repository {
    struct signer keys[KEYS];
    struct role roles[ROLES];  /* by enum tuf_kind first, then the delegated ones */
    size_t nroles;
    int consistent, hashes;    /* hashes: snapshot and timestamp tell lengths and hashes */
    struct files metadata, artifacts; /* what is served */
};

/* {"keyids","threshold"} of the keys in `mask`, which are put into `keys` too. */
static inline json_t *make_role(struct repository *r, json_t *keys, unsigned mask, int threshold)
{
    json_t *ids = json_array();

    for (unsigned i = 0; i < KEYS; i++)
        if (mask & 1u << i) {
            json_array_append_new(ids, json_string(r->keys[i].id));
            json_object_set(keys, r->keys[i].id, r->keys[i].object);
        }
    return json_pack("{s:o,s:i}", "keyids", ids, "threshold", threshold);
}

/* The file that the keys in `mask` have signed; the caller frees it. */
static inline char *sign_body(struct repository *r, const json_t *body, unsigned mask)
{
    json_t *list = json_array(), *file;
    uint8_t sig[ED25519_SIGNATURE];
    char hex[2 * ED25519_SIGNATURE + 1], *text;
    struct buf b;

    buf_init(&b, 64u << 20);
    if (tuf_canonical(body, &b))
        buf_reset(&b); /* a test wants something that cannot be signed */
    for (unsigned i = 0; i < KEYS; i++)
        if (mask & 1u << i) {
            if (ed25519_sign(r->keys[i].secret, b.data, b.len, sig))
                abort();
            crypto_hex(sig, sizeof sig, hex);
            json_array_append_new(list, json_pack("{s:s,s:s}", "keyid", r->keys[i].id, "sig", hex));
        }
    file = json_pack("{s:o,s:O}", "signatures", list, "signed", (json_t *)(uintptr_t)body);
    text = json_dumps(file, JSON_INDENT(1));
    json_decref(file);
    buf_fini(&b);
    return text;
}

static inline json_t *new_body(const char *type)
{
    return json_pack("{s:s,s:s,s:i,s:s}", "_type", type, "spec_version", "1.0.34", "version", 1, "expires", LATER);
}

static inline void set_root_role(struct repository *r, enum tuf_kind kind, unsigned mask, int threshold)
{
    json_t *root = r->roles[TUF_ROOT].body;

    json_object_set_new(json_object_get(root, "roles"), tuf_kind_name(kind),
                        make_role(r, json_object_get(root, "keys"), mask, threshold));
    r->roles[kind].signers = mask;
}

static inline json_int_t version_of(const json_t *body)
{
    return json_integer_value(json_object_get(body, "version"));
}

static inline void set_version(json_t *body, json_int_t version)
{
    json_object_set_new(body, "version", json_integer(version));
}

static inline void bump(json_t *body)
{
    set_version(body, version_of(body) + 1);
}

/* {"version"} and, where wanted, length and hashes of these bytes. */
static inline json_t *entry_of(json_int_t version, const void *bytes, size_t n, int hashes)
{
    json_t *entry = json_object();
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];

    if (version)
        json_object_set_new(entry, "version", json_integer(version));
    if (!hashes)
        return entry;
    if (crypto_sha256(bytes, n, digest))
        abort();
    crypto_hex(digest, sizeof digest, hex);
    json_object_set_new(entry, "length", json_integer((json_int_t)n));
    json_object_set_new(entry, "hashes", json_pack("{s:s}", "sha256", hex));
    return entry;
}

/* Sign one role and serve it under its version (in consistent snapshots), or without.  Its entry is the caller's. */
static inline json_t *put_role(struct repository *r, const struct role *role)
{
    char *text = sign_body(r, role->body, role->signers), name[LIM_TUF_PATH];
    json_int_t version = version_of(role->body);
    int is_root = role == &r->roles[TUF_ROOT];
    json_t *entry = entry_of(version, text, strlen(text), r->hashes);

    if (tuf_role_address(role->name, is_root || (r->consistent && role != &r->roles[TUF_TIMESTAMP]) ? version : 0, name))
        abort();
    put_file(&r->metadata, name, text, strlen(text));
    free(text);
    return entry;
}

/* Sign and serve everything as the bodies are now. */
static inline void publish(struct repository *r)
{
    json_t *meta = json_object_get(r->roles[TUF_SNAPSHOT].body, "meta"), *entry;
    char name[80];

    for (size_t i = TUF_TARGETS; i < r->nroles; i++) {
        snprintf(name, sizeof name, "%s.json", r->roles[i].name);
        json_object_set_new(meta, name, put_role(r, &r->roles[i]));
    }
    entry = put_role(r, &r->roles[TUF_SNAPSHOT]);
    json_object_set_new(json_object_get(r->roles[TUF_TIMESTAMP].body, "meta"), "snapshot.json", entry);
    json_decref(put_role(r, &r->roles[TUF_TIMESTAMP]));
    json_decref(put_role(r, &r->roles[TUF_ROOT]));
}

/* A new version of these roles and of those that name them. */
static inline void publish_next(struct repository *r, struct role *role)
{
    if (role)
        bump(role->body);
    bump(r->roles[TUF_SNAPSHOT].body);
    bump(r->roles[TUF_TIMESTAMP].body);
    publish(r);
}

static inline void add_target(struct repository *r, json_t *body, const char *path, const char *content)
{
    json_t *entry = entry_of(0, content, strlen(content), 1);
    const char *hash = json_string_value(json_object_get(json_object_get(entry, "hashes"), "sha256"));
    char address[LIM_TUF_PATH];

    json_object_set_new(json_object_get(body, "targets"), path, entry);
    if (tuf_target_address(path, r->consistent ? hash : NULL, address))
        abort();
    put_file(&r->artifacts, address, content, strlen(content));
}

/* A role that `parent` delegates to for `rule`, which is taken: {"paths":[..]} or {"path_hash_prefixes":[..]}. */
static inline struct role *delegate(struct repository *r, struct role *parent, const char *name, unsigned signers, json_t *rule)
{
    struct role *role = &r->roles[r->nroles++];
    json_t *delegations = json_object_get(parent->body, "delegations"), *entry;

    if (r->nroles > ROLES)
        abort();
    if (!delegations) {
        delegations = json_pack("{s:{},s:[]}", "keys", "roles");
        json_object_set_new(parent->body, "delegations", delegations);
    }
    entry = make_role(r, json_object_get(delegations, "keys"), signers, 1);
    json_object_set_new(entry, "name", json_string(name));
    json_object_set_new(entry, "terminating", json_false());
    json_object_update(entry, rule);
    json_decref(rule);
    json_array_append_new(json_object_get(delegations, "roles"), entry);
    snprintf(role->name, sizeof role->name, "%s", name);
    role->body = new_body("targets");
    json_object_set_new(role->body, "targets", json_object());
    role->signers = signers;
    return role;
}

static inline json_t *paths(const char *pattern)
{
    return json_pack("{s:[s]}", "paths", pattern);
}

/* A repository of version 1 with one target "file.txt". */
static inline void repository_init(struct repository *r, int consistent)
{
    json_t *root;

    memset(r, 0, sizeof *r);
    r->consistent = consistent;
    r->hashes = 1;
    r->nroles = TUF_TARGETS + 1;
    for (size_t i = 0; i < KEYS; i++)
        make_key(&r->keys[i], (uint8_t)i);
    for (size_t i = 0; i < r->nroles; i++) {
        snprintf(r->roles[i].name, sizeof r->roles[i].name, "%s", tuf_kind_name((enum tuf_kind)i));
        r->roles[i].body = new_body(r->roles[i].name);
    }
    root = r->roles[TUF_ROOT].body;
    json_object_set_new(root, "consistent_snapshot", json_boolean(consistent));
    json_object_set_new(root, "keys", json_object());
    json_object_set_new(root, "roles", json_object());
    set_root_role(r, TUF_ROOT, K_ROOT, 1);
    set_root_role(r, TUF_TIMESTAMP, K_TIME, 1);
    set_root_role(r, TUF_SNAPSHOT, K_SNAP, 1);
    set_root_role(r, TUF_TARGETS, K_TARGETS, 1);
    json_object_set_new(r->roles[TUF_TIMESTAMP].body, "meta", json_object());
    json_object_set_new(r->roles[TUF_SNAPSHOT].body, "meta", json_object());
    json_object_set_new(r->roles[TUF_TARGETS].body, "targets", json_object());
    add_target(r, r->roles[TUF_TARGETS].body, "file.txt", "the content");
    publish(r);
}

static inline void repository_fini(struct repository *r)
{
    for (size_t i = 0; i < r->nroles; i++)
        json_decref(r->roles[i].body);
    for (size_t i = 0; i < KEYS; i++)
        json_decref(r->keys[i].object);
    files_fini(&r->metadata);
    files_fini(&r->artifacts);
}

#endif
