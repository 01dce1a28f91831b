#include "updater/publish/offer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/publish/unpack.h"
#include "updater/tuf/canonical.h"

#define ARCHIVE_END ".tar.zst"
#define PLATFORM 32   /* bytes, with NUL */
#define DELTA_SAVES 8 /* a delta must save one part of so many, or it is not worth a file */

/* ---- versions ---------------------------------------------------------------------------------------- */

/* The number at `*at`, which moves behind it; -1: there is none. */
static long number(const char **at)
{
    size_t n = strspn(*at, "0123456789");
    long value = n && n < 10 && (**at != '0' || n == 1) ? strtol(*at, NULL, 10) : -1;

    *at += n;
    return value;
}

static int numbers(const char *text, long out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = number(&text);
        if (out[i] < 0 || *text != (i < 2 ? '.' : '\0'))
            return 0;
        text++;
    }
    return 1;
}

int offer_version(const char *text)
{
    long n[3];

    return numbers(text, n);
}

int offer_order(const char *a, const char *b)
{
    long x[3] = {0, 0, 0}, y[3] = {0, 0, 0};

    (void)numbers(a, x);
    (void)numbers(b, y);
    for (int i = 0; i < 3; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* ---- what is said -------------------------------------------------------------------------------------- */

int offer_is_role(const char *role)
{
    return !strcmp(role, "rules") || !strcmp(role, "agent");
}

const char *offer_text(const json_t *target, const char *member)
{
    return json_string_value(json_object_get(json_object_get(target, "custom"), member));
}

int offer_same_release(const json_t *a, const json_t *b)
{
    static const char *const members[] = {"kind", "version", "platform", "from"};

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *x = offer_text(a, members[i]), *y = offer_text(b, members[i]);

        if ((x == NULL) != (y == NULL) || (x && strcmp(x, y) != 0) || (!i && !x))
            return 0;
    }
    return 1;
}

static int is_platform(const char *text)
{
    size_t n = strlen(text);

    return n > 2 && n < PLATFORM && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n && text[0] != '-' && strchr(text, '-');
}

static int wrong(char *why, int rc, const char *text)
{
    snprintf(why, PACK_WHY, "%s", text);
    return rc;
}

static json_t *say_content(const char *kind, const char *version, uint64_t length, const char *sha256)
{
    return json_pack("{s:s,s:s,s:{s:I,s:s}}", "kind", kind, "version", version, "content", "length", (json_int_t)length, "sha256", sha256);
}

/* A rule pack says itself what it is. */
static int say_rules(const struct unpacked *u, const struct offer_words *words, struct offer *out, char *why)
{
    json_t *manifest = NULL;
    const char *version, *least;
    int rc = MM_OK;

    if (words->platform || words->schema)
        return wrong(why, MM_EINVAL, "--platform and --schema are for an agent");
    if (!u->manifest.len || tuf_json_parse(u->manifest.data, u->manifest.len, &manifest))
        return wrong(why, MM_EFORMAT, "no rule pack: there is no sound " PACK_MANIFEST_FILE " in it");
    version = json_string_value(json_object_get(manifest, "version"));
    least = json_string_value(json_object_get(manifest, "minimum_agent"));
    if (!version || !offer_version(version) || !least || !offer_version(least))
        rc = wrong(why, MM_EFORMAT, "version and minimum_agent in " PACK_MANIFEST_FILE " must be three numbers, as 1.2.0");
    else if (words->version && strcmp(words->version, version) != 0)
        rc = wrong(why, MM_EINVAL, "--version is another one than " PACK_MANIFEST_FILE " says");
    if (!rc) {
        snprintf(out->name, sizeof out->name, "rules/mimamori-rules-%s" ARCHIVE_END, version);
        out->custom = say_content("rules", version, u->length, u->sha256);
        if (!out->custom || json_object_set_new(out->custom, "minimum_agent", json_string(least)))
            rc = wrong(why, MM_ENOMEM, mm_strerror(MM_ENOMEM));
    }
    json_decref(manifest);
    return rc;
}

/* The number of the state's schema: the program's own word, else what was said; 0: neither says it. */
static int schema_of(const struct unpacked *u, const struct offer_words *words, int64_t *out, char *why)
{
    if (u->schema < 0)
        return wrong(why, MM_EFORMAT, "bin/mimamorid says more than one schema of the state");
    if (u->schema && words->schema && words->schema != u->schema)
        return wrong(why, MM_EINVAL, "--schema is another one than bin/mimamorid says");
    *out = u->schema ? u->schema : words->schema;
    return MM_OK;
}

static int say_agent(const struct unpacked *u, const struct offer_words *words, struct offer *out, char *why)
{
    int64_t schema;
    int rc;

    if (!words->version || !offer_version(words->version))
        return wrong(why, MM_EINVAL, "--version is needed: three numbers, as 1.2.0");
    if (!words->platform || !is_platform(words->platform))
        return wrong(why, MM_EINVAL, "--platform is needed, as linux-x86_64");
    if (!u->has_bin)
        return wrong(why, MM_EFORMAT, "no agent: there is no program in bin/");
    rc = schema_of(u, words, &schema, why);
    if (rc)
        return rc;
    snprintf(out->name, sizeof out->name, "agent/mimamori-%s-%s" ARCHIVE_END, words->version, words->platform);
    out->custom = say_content("agent", words->version, u->length, u->sha256);
    if (!out->custom || json_object_set_new(out->custom, "platform", json_string(words->platform)) ||
        (schema && json_object_set_new(out->custom, "schema", json_integer(schema))))
        return wrong(why, MM_ENOMEM, mm_strerror(MM_ENOMEM));
    return MM_OK;
}

/* ---- files and folders ----------------------------------------------------------------------------------- */

static int is_archive(const char *path)
{
    size_t n = strlen(path), m = strlen(ARCHIVE_END);

    return n > m && !strcmp(path + n - m, ARCHIVE_END);
}

static int pack(const char *path, const char *role, struct buf *out, char *why)
{
    struct buf tar;
    int rc;

    buf_init(&tar, LIM_UPDATE_CONTENT);
    rc = !strcmp(role, "rules") ? pack_rules(path, &tar, why) : pack_folder(path, &tar, why);
    if (!rc && (rc = pack_compress(&tar, out)) != MM_OK)
        wrong(why, rc, rc == MM_ELIMIT ? "larger than an artifact may be" : mm_strerror(rc));
    buf_fini(&tar);
    return rc;
}

static int look(const struct offer_words *words, struct offer *out, char *why)
{
    struct unpacked u = {0};
    int rc = unpack_look(out->bytes.data, out->bytes.len, &u, why);

    if (!rc)
        rc = !strcmp(words->role, "rules") ? say_rules(&u, words, out, why) : say_agent(&u, words, out, why);
    unpacked_fini(&u);
    return rc;
}

static int load(const char *path, struct buf *out, char *why)
{
    int rc = durable_read(path, out);

    return rc ? wrong(why, rc, mm_strerror(rc)) : MM_OK;
}

static int read_it(const char *path, const struct offer_words *words, struct offer *out, char *why)
{
    int folder, rc;
    struct stat st;

    if (stat(path, &st) < 0)
        return wrong(why, mm_from_errno(errno), mm_strerror(mm_from_errno(errno)));
    folder = S_ISDIR(st.st_mode);
    if (folder && !offer_is_role(words->role))
        return wrong(why, MM_EINVAL, "a folder is for the roles rules and agent");
    if (!offer_is_role(words->role) || (!folder && !is_archive(path))) {
        if (words->version || words->platform || words->schema)
            return wrong(why, MM_EINVAL, "--version, --platform and --schema are for a folder or a " ARCHIVE_END " of the roles rules and agent");
        return load(path, &out->bytes, why);
    }
    rc = folder ? pack(path, words->role, &out->bytes, why) : load(path, &out->bytes, why);
    if (!rc)
        rc = look(words, out, why);
    if (!folder)
        out->name[0] = '\0'; /* it has one */
    return rc;
}

int offer_read(const char *path, const struct offer_words *words, struct offer *out, char why[PACK_WHY])
{
    struct offer o = {.custom = NULL};
    int rc;

    buf_init(&o.bytes, LIM_TUF_ARTIFACT);
    rc = read_it(path, words, &o, why);
    if (rc)
        offer_fini(&o);
    else
        *out = o;
    return rc;
}

void offer_fini(struct offer *o)
{
    buf_fini(&o->bytes);
    json_decref(o->custom);
    o->custom = NULL;
}

/* ---- deltas ------------------------------------------------------------------------------------------------ */

/* The version of an older archive: what metadata says about these very bytes, else what its name says. */
static int version_of(const char *path, const char *sha256, const char *platform, const json_t *targets, char out[OFFER_VERSION])
{
    json_t *walked = (json_t *)(uintptr_t)targets; /* jansson wants it writable for iterating */
    const char *name = strrchr(path, '/'), *end;

    for (void *at = json_object_iter(walked); at; at = json_object_iter_next(walked, at)) {
        const json_t *one = json_object_iter_value(at), *content = json_object_get(json_object_get(one, "custom"), "content");
        const char *hash = json_string_value(json_object_get(content, "sha256")), *version = offer_text(one, "version"), *kind = offer_text(one, "kind");
        const char *its = offer_text(one, "platform");

        if (hash && version && kind && its && !strcmp(hash, sha256) && !strcmp(kind, "agent") && !strcmp(its, platform))
            return snprintf(out, OFFER_VERSION, "%s", version) < OFFER_VERSION;
    }
    name = strstr(name ? name : path, "mimamori-");
    end = name ? strchr(name + 9, '-') : NULL;
    if (!end || end - name - 9 >= OFFER_VERSION || strncmp(end + 1, platform, strlen(platform)) != 0 ||
        strcmp(end + 1 + strlen(platform), ARCHIVE_END) != 0)
        return 0;
    snprintf(out, OFFER_VERSION, "%.*s", (int)(end - name - 9), name + 9);
    return offer_version(out);
}

static int say_delta(const struct offer *whole, const char *from, struct offer *out, char *why)
{
    const char *version = json_string_value(json_object_get(whole->custom, "version"));
    const char *platform = json_string_value(json_object_get(whole->custom, "platform"));

    if (offer_order(from, version) >= 0)
        return wrong(why, MM_EINVAL, "not older than the release that is added");
    snprintf(out->name, sizeof out->name, "agent/mimamori-%s-%s.from-%s.zst", version, platform, from);
    out->custom = json_pack("{s:s,s:O,s:O,s:s,s:O}", "kind", "delta", "version", json_object_get(whole->custom, "version"),
                            "platform", json_object_get(whole->custom, "platform"), "from", from, "content", json_object_get(whole->custom, "content"));
    return out->custom ? MM_OK : wrong(why, MM_ENOMEM, mm_strerror(MM_ENOMEM));
}

/* Both archives whole, in memory: zstd needs them there. */
static int make_delta(const struct offer *whole, const struct buf *old, struct buf *out, char *why)
{
    struct buf before, after;
    int rc;

    buf_init(&before, LIM_UPDATE_CONTENT);
    buf_init(&after, LIM_UPDATE_CONTENT);
    rc = unpack_whole(old->data, old->len, &before);
    if (!rc)
        rc = unpack_whole(whole->bytes.data, whole->bytes.len, &after);
    if (!rc)
        rc = pack_delta(&before, &after, out);
    if (rc)
        wrong(why, rc, rc == MM_ECRYPTO ? "the delta does not give the new release back" : mm_strerror(rc));
    else if (out->len > whole->bytes.len - whole->bytes.len / DELTA_SAVES)
        rc = wrong(why, MM_EEXIST, "a delta from it would be nearly as large as the whole release");
    buf_fini(&before);
    buf_fini(&after);
    return rc;
}

static int read_delta(const struct offer *whole, const char *path, const json_t *targets, struct buf *old, struct offer *out, char *why)
{
    const char *platform = json_string_value(json_object_get(whole->custom, "platform"));
    struct unpacked u = {0};
    char from[OFFER_VERSION];
    int rc = load(path, old, why);

    if (!rc)
        rc = unpack_look(old->data, old->len, &u, why);
    if (!rc && !version_of(path, u.sha256, platform, targets, from))
        rc = wrong(why, MM_EINVAL, "of which version is it?  Neither is it offered, nor named mimamori-VERSION-PLATFORM" ARCHIVE_END " of the same platform");
    unpacked_fini(&u);
    if (!rc)
        rc = say_delta(whole, from, out, why);
    return rc ? rc : make_delta(whole, old, &out->bytes, why);
}

int offer_delta(const struct offer *whole, const char *old, const json_t *targets, struct offer *out, char why[PACK_WHY])
{
    struct offer o = {.custom = NULL};
    struct buf bytes;
    int rc;

    buf_init(&o.bytes, LIM_TUF_ARTIFACT);
    buf_init(&bytes, LIM_TUF_ARTIFACT);
    rc = read_delta(whole, old, targets, &bytes, &o, why);
    buf_fini(&bytes);
    if (rc)
        offer_fini(&o);
    else
        *out = o;
    return rc;
}
