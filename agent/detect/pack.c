#include "agent/detect/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/pack_manifest.h"
#include "agent/detect/pack_selftest.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/version.h"

#define LOCAL_TRIES 16 /* broken files of the host's own that are found one by one; each costs a compilation */

struct item {
    enum pack_file what;
    enum rule_family family;
    char name[LIM_NAME];
    char *bytes;
    size_t n;
};

struct pack {
    struct item *item;
    size_t n, total;
};

struct pack *pack_new(void)
{
    return calloc(1, sizeof(struct pack));
}

void pack_free(struct pack *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        free(p->item[i].bytes);
    free(p->item);
    free(p);
}

int pack_add(struct pack *p, const struct scan_pack_file *head, const void *bytes, size_t n)
{
    struct item *more, *one;

    if (head->what < PACK_MANIFEST || head->what > PACK_ALLOW || !head->name[0] || !memchr(head->name, 0, sizeof head->name))
        return MM_EINVAL;
    if (head->what != PACK_MANIFEST && head->what != PACK_ALLOW && head->family >= FAMILY_COUNT)
        return MM_EINVAL;
    if (p->n >= LIM_PACK_FILES || n > LIM_PACK_BYTES - p->total)
        return MM_ELIMIT;
    more = realloc(p->item, (p->n + 1) * sizeof *more);
    if (!more)
        return MM_ENOMEM;
    p->item = more;
    one = &more[p->n];
    one->bytes = malloc(n + 1);
    if (!one->bytes)
        return MM_ENOMEM;
    memcpy(one->bytes, bytes, n);
    one->bytes[n] = '\0';
    one->n = n;
    one->what = (enum pack_file)head->what;
    one->family = (enum rule_family)head->family;
    memcpy(one->name, head->name, sizeof one->name);
    p->n++;
    p->total += n;
    return MM_OK;
}

/* ---- the building of one engine ------------------------------------------------------ */
struct build {
    const struct pack *pack;
    struct manifest manifest;
    struct engine *engine;
    struct scan_packed *report;
    int local;                       /* 1: with the host's own rules */
    unsigned char *left_out;         /* per item: 1 for a file of the host's own that is not used */
    const struct item *blame;        /* the file of the host's own that is at fault; NULL: none is known */
    char allow_line[300];            /* "file:line: why" of a wrong line of the allow-list, which is left out alone */
    enum rule_family only;           /* FAMILY_COUNT: a whole pack; else sources of this one, whose samples somebody else has run */
};

static int fail(struct build *b, const char *file, int line, const char *why, int rc)
{
    if (line)
        snprintf(b->report->message, sizeof b->report->message, "%s:%d: %s", file, line, why);
    else
        snprintf(b->report->message, sizeof b->report->message, "%s: %s", file, why);
    return rc;
}

static int is_local(const struct item *i)
{
    return i->what == PACK_LOCAL_SOURCE || i->what == PACK_ALLOW;
}

static int is_used(const struct build *b, const struct item *i)
{
    return !is_local(i) || (b->local && !b->left_out[i - b->pack->item]);
}

static int word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* End of the comment or text literal that begins at `at`; `at` itself when none does. */
static const char *skip_literal(const char *at, const char *end)
{
    const char *stop;

    if (*at == '"') {
        for (at++; at < end && *at != '"' && *at != '\n'; at++)
            at += *at == '\\' && at + 1 < end;
        return at < end ? at + 1 : end;
    }
    if (end - at < 2 || *at != '/' || (at[1] != '/' && at[1] != '*'))
        return at;
    stop = at + 2;
    while (stop < end && (at[1] == '/' ? *stop != '\n' : !(*stop == '/' && stop[-1] == '*' && stop - at > 2)))
        stop++;
    return stop < end && at[1] == '*' ? stop + 1 : stop;
}

/* 1: `before` stands at `at`, and then `word` (a rule's name, a module in quotes). */
static int stands(const struct item *it, const char *at, const char *before, const char *word)
{
    const char *end = it->bytes + it->n, *p;
    size_t n = strlen(before), w = strlen(word);

    if ((size_t)(end - at) < n || memcmp(at, before, n) || (at > it->bytes && word_char(at[-1])))
        return 0;
    for (p = at + n; p < end && strchr(" \t\r\n\"", *p) && *p;)
        p++;
    return (size_t)(end - p) >= w && !memcmp(p, word, w) && !word_char(p[w]);
}

/* The line where it stands outside comments and texts (of the source when `code`); 0: nowhere. */
static int line_of(const struct item *it, const char *before, const char *word, int code)
{
    const char *at = it->bytes, *end = it->bytes + it->n, *next;
    int line = 1;

    while (at < end) {
        if (stands(it, at, before, word))
            return line;
        next = code ? skip_literal(at, end) : at;
        if (next == at)
            next++;
        for (; at < next; at++)
            line += *at == '\n';
    }
    return 0;
}

/* A problem of engine_finish names a rule, not a file. */
static int fail_rule(struct build *b, const struct engine_problem *e, int rc)
{
    const char *module = strstr(e->text, "module \"");
    char name[LIM_RULE];

    snprintf(name, sizeof name, "%s", module ? module + 8 : e->rule);
    if (module)
        name[strcspn(name, "\"")] = '\0';
    for (size_t i = 0; i < b->pack->n && name[0]; i++) {
        const struct item *it = &b->pack->item[i];
        int line = 0;

        if ((it->what != PACK_SOURCE && it->what != PACK_LOCAL_SOURCE) || !is_used(b, it))
            continue;
        if (it->family == e->family)
            line = line_of(it, module ? "import" : "rule", name, 1);
        if (line) {
            b->blame = is_local(it) ? it : NULL;
            return fail(b, it->name, line, e->text, rc);
        }
    }
    return fail(b, engine_family_name(e->family), 0, e->text, rc);
}

/* A file whose name says no rules (an editor's copy) is not read: its rules would be there twice. */
static int add_local(struct build *b, const struct item *it, struct engine_problem *p)
{
    size_t n = strlen(it->name);

    if (n < 4 || strcmp(it->name + n - 4, ".yar")) {
        snprintf(p->text, sizeof p->text, "the name does not end with .yar");
        return MM_EFORMAT;
    }
    return engine_add(b->engine, it->family, ENGINE_LOCAL, it->bytes, it->n, p);
}

/* A wrong line of the list costs that line only. */
static int add_allow(struct build *b, const struct item *it, struct engine_problem *p)
{
    int rc = engine_allow(b->engine, it->bytes, it->n, p);

    if (rc != MM_EFORMAT)
        return rc;
    snprintf(b->allow_line, sizeof b->allow_line, "%.100s:%d: %.160s", it->name, p->line, p->text);
    *p = (struct engine_problem){0};
    return MM_OK;
}

static int compile(struct build *b)
{
    struct engine_problem p = {0};
    int rc = MM_OK;

    for (size_t i = 0; i < b->pack->n; i++) {
        const struct item *it = &b->pack->item[i];

        if (!is_used(b, it))
            continue;
        if (it->what == PACK_SOURCE)
            rc = engine_add(b->engine, it->family, ENGINE_PACK, it->bytes, it->n, &p);
        else if (it->what == PACK_LOCAL_SOURCE)
            rc = add_local(b, it, &p);
        else if (it->what == PACK_ALLOW)
            rc = add_allow(b, it, &p);
        if (rc) {
            b->blame = is_local(it) ? it : NULL;
            return fail(b, it->name, p.line, p.text[0] ? p.text : mm_strerror(rc), rc);
        }
    }
    rc = engine_finish(b->engine, &p);
    return rc ? fail_rule(b, &p, rc) : MM_OK;
}

/* ---- the manifest against the files ----------------------------------------------------- */
static const struct item *item_named(const struct pack *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (!is_local(&p->item[i]) && !strcmp(p->item[i].name, name))
            return &p->item[i];
    return NULL;
}

/* A part of a pack is the sources of one family. */
static int is_wanted(const struct build *b, const struct manifest_file *f)
{
    return b->only == FAMILY_COUNT || (f->family == b->only && !f->sample);
}

static int check_listed(struct build *b, const struct item *manifest)
{
    for (size_t i = 0; i < b->manifest.files; i++) {
        const struct manifest_file *f = &b->manifest.file[i];
        const struct item *it = item_named(b->pack, f->path);
        uint8_t hash[SHA256_BYTES];
        int line;

        if (!is_wanted(b, f))
            continue;
        line = line_of(manifest, "path\":", f->path, 0);
        if (!it || it->what != (f->sample ? PACK_SAMPLE : PACK_SOURCE) || it->family != f->family) {
            snprintf(b->report->message, sizeof b->report->message, "%s:%d: %s is listed but not there", manifest->name, line, f->path);
            return MM_ENOTFOUND;
        }
        if (crypto_sha256(it->bytes, it->n, hash) || memcmp(hash, f->sha256, sizeof hash)) {
            snprintf(b->report->message, sizeof b->report->message, "%s:%d: %s does not have this sha256", manifest->name, line, f->path);
            return MM_ECRYPTO;
        }
    }
    return MM_OK;
}

static int check_manifest(struct build *b)
{
    const struct item *it = item_named(b->pack, "manifest.json");
    char why[300];
    int line, rc;

    if (!it || it->what != PACK_MANIFEST)
        return fail(b, "manifest.json", 0, "is missing", MM_ENOTFOUND);
    rc = manifest_parse(it->bytes, it->n, &b->manifest, &line, why, sizeof why);
    if (rc)
        return fail(b, it->name, line, why, rc);
    if (manifest_version_cmp(MM_VERSION, b->manifest.minimum_agent) < 0)
        return fail(b, it->name, 1, "this pack needs a newer agent", MM_EUNSUPPORTED);
    rc = check_listed(b, it);
    for (size_t i = 0; i < b->pack->n && !rc; i++) {
        const struct item *f = &b->pack->item[i];
        size_t k = 0;

        if (f->what != PACK_SOURCE && f->what != PACK_SAMPLE)
            continue;
        while (k < b->manifest.files && strcmp(b->manifest.file[k].path, f->name))
            k++;
        if (k == b->manifest.files)
            rc = fail(b, f->name, 0, "is not listed in manifest.json", MM_EFORMAT);
        else if (!is_wanted(b, &b->manifest.file[k]))
            rc = fail(b, f->name, 0, "does not belong to this part of a pack", MM_EFORMAT);
    }
    return rc;
}

/* ---- the samples -------------------------------------------------------------------------- */
static int run_samples(struct build *b, struct selftest *t)
{
    char why[500] = "";
    int line = 0;

    for (size_t i = 0; i < b->pack->n; i++) {
        const struct item *it = &b->pack->item[i];
        int rc;

        if (it->what != PACK_SAMPLE)
            continue;
        rc = selftest_run(t, it->family, it->bytes, it->n, &line, why, sizeof why);
        if (rc)
            return fail(b, it->name, line, why[0] ? why : mm_strerror(rc), rc);
    }
    return MM_OK;
}

static int self_test(struct build *b)
{
    struct engine_problem p = {0};
    struct selftest t;
    int rc = selftest_init(&t, b->engine);

    if (!rc)
        rc = run_samples(b, &t);
    if (!rc && selftest_covered(&t, &p))
        rc = fail_rule(b, &p, MM_EFORMAT);
    b->report->samples = t.samples;
    selftest_fini(&t);
    return rc;
}

static int build_once(struct build *b)
{
    int rc;

    b->engine = engine_new();
    if (!b->engine)
        return MM_ENOMEM;
    rc = compile(b);
    for (int f = 0; f < FAMILY_COUNT; f++)
        b->report->rules[f] = engine_rules(b->engine, (enum rule_family)f);
    if (!rc && b->only == FAMILY_COUNT)
        rc = self_test(b);
    if (rc) {
        engine_free(b->engine);
        b->engine = NULL;
    }
    return rc;
}

/* After a failure: 1 when there is something of the host's own to go on without. */
static int leave_out(struct build *b)
{
    if (!b->local)
        return 0;
    if (b->blame && b->report->left_out < LOCAL_TRIES)
        b->left_out[b->blame - b->pack->item] = 1;
    else
        b->local = 0; /* nobody in particular, or too many: does the pack alone do? */
    b->blame = NULL;
    b->report->left_out++;
    return 1;
}

static int build_best(struct build *b)
{
    struct scan_packed *r = b->report;
    char first[sizeof r->message - 32] = "";
    int rc;

    while ((rc = build_once(b)) != MM_OK && leave_out(b)) {
        if (!first[0])
            snprintf(first, sizeof first, "%.*s", (int)sizeof first - 1, r->message);
        r->message[0] = '\0';
        r->samples = 0;
    }
    if (rc)
        r->left_out = 0;
    else if (r->left_out > 1)
        snprintf(r->message, sizeof r->message, "%s (and %u more)", first, r->left_out - 1);
    else
        snprintf(r->message, sizeof r->message, "%s", first);
    if (!rc && b->local && b->allow_line[0]) {
        size_t used = strlen(r->message);

        snprintf(r->message + used, sizeof r->message - used, "%s%s", used ? "; " : "", b->allow_line);
        r->left_out++;
    }
    return rc;
}

static int build(const struct pack *p, enum rule_family only, struct engine **out, struct scan_packed *report)
{
    struct scan_packed r = {0};
    struct build b = {.pack = p, .report = &r, .local = 1, .only = only};
    int rc = check_manifest(&b);

    if (!rc) {
        snprintf(r.version, sizeof r.version, "%s", b.manifest.version);
        b.left_out = calloc(p->n, 1);
        rc = b.left_out ? build_best(&b) : MM_ENOMEM;
    }
    if (rc && !r.message[0])
        snprintf(r.message, sizeof r.message, "%s", mm_strerror(rc));
    r.result = rc;
    free(b.left_out);
    manifest_fini(&b.manifest);
    *report = r;
    if (!rc)
        *out = b.engine;
    return rc;
}

int pack_build(const struct pack *p, struct engine **out, struct scan_packed *report)
{
    int rc = build(p, FAMILY_COUNT, out, report);

    if (!rc)
        engine_drop(*out, FAMILY_VPN);
    return rc;
}

int pack_build_family(const struct pack *p, enum rule_family family, struct engine **out, struct scan_packed *report)
{
    return family < FAMILY_COUNT ? build(p, family, out, report) : MM_EINVAL;
}
