#include "agent/detect/engine_vpn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yara.h>

#include "agent/detect/engine_ask.h"
#include "agent/detect/engine_meta.h"
#include "agent/detect/engine_scan.h"
#include "lib/err.h"
#include "lib/product_version.h"

#define PRODUCTS 64 /* recognised in one answer; the rules know about thirty, an honest answer holds one */

static void copy(char *to, size_t n, const char *from)
{
    snprintf(to, n, "%s", from ? from : "");
}

/* ---- who answers ---------------------------------------------------------------------- */
struct recognising {
    const char *bytes;
    size_t n;
    struct vpn_identity product[PRODUCTS];
    unsigned count;
};

/* The bytes of a string's first match; 0 when it has none.  libyara packs its matches without
 * alignment: each is copied before it is read. */
static size_t matched(const struct recognising *r, YR_SCAN_CONTEXT *scan, const YR_STRING *string, const char **at)
{
    const void *next = scan->matches[string->idx].head;

    while (next) {
        YR_MATCH m;
        size_t offset;

        memcpy(&m, next, sizeof m);
        next = m.next;
        if (m.is_private)
            continue;
        offset = (size_t)(m.base + m.offset);
        if (m.match_length <= 0 || offset > r->n || (size_t)m.match_length > r->n - offset)
            return 0;
        *at = r->bytes + offset;
        return (size_t)m.match_length;
    }
    return 0;
}

/* Text that is short and printable; anything else is not told. */
static void take_text(char *to, size_t room, const char *from, size_t n)
{
    while (n && *from == ' ')
        from++, n--;
    while (n && from[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < n; i++)
        if (from[i] < ' ' || from[i] > '~')
            return;
    if (n < room)
        snprintf(to, room, "%.*s", (int)n, from);
}

static void take_version(const YR_RULE *rule, const char *fixed, const char *at, size_t n, struct vpn_identity *id)
{
    size_t from, len;
    int64_t value;

    if (fixed) {
        copy(id->version, sizeof id->version, fixed);
        return;
    }
    if (version_find(meta_text(rule, "scheme"), at, n, &from, &len, &value))
        return;
    if (len > 1 && (at[from] == 'v' || at[from] == 'V')) /* "v7.2.4": the letter says only that a version follows */
        from++, len--;
    take_text(id->version, sizeof id->version, at + from, len);
}

/* What the strings of a rule tell: the first that tells it counts. */
static void take_strings(const struct recognising *r, YR_SCAN_CONTEXT *scan, const YR_RULE *rule, struct vpn_identity *id)
{
    const YR_STRING *s;

    yr_rule_strings_foreach(rule, s) {
        int version = !strncmp(s->identifier, META_VERSION, sizeof META_VERSION - 1) && !id->version[0];
        int model = !strncmp(s->identifier, META_MODEL, sizeof META_MODEL - 1) && !id->model[0];
        const char *at = NULL, *fixed = meta_text(rule, s->identifier + 1);
        size_t n = version || model ? matched(r, scan, s, &at) : 0;

        if (n && version)
            take_version(rule, fixed, at, n, id);
        if (n && model)
            take_text(id->model, sizeof id->model, fixed ? fixed : at, fixed ? strlen(fixed) : n);
    }
}

static int surer(const struct vpn_identity *a, const struct vpn_identity *b)
{
    if (a->grade != b->grade)
        return a->grade > b->grade;
    return a->version[0] && !b->version[0];
}

static void keep_identity(struct recognising *r, const struct vpn_identity *id)
{
    struct vpn_identity *old = r->product;
    char model[sizeof id->model];

    while (old < r->product + r->count && strcmp(old->product, id->product))
        old++;
    if (old == r->product + r->count) {
        if (r->count < PRODUCTS)
            r->product[r->count++] = *id;
        return;
    }
    memcpy(model, old->model[0] ? old->model : id->model, sizeof model);
    if (surer(id, old))
        *old = *id;
    if (!old->model[0])
        memcpy(old->model, model, sizeof model);
}

static void recognise(void *context, YR_SCAN_CONTEXT *scan, const YR_RULE *rule)
{
    struct recognising *r = context;
    struct vpn_identity id = {0};

    if (!rule) {
        r->count = 0;
        return;
    }
    if (meta_is_advisory(rule))
        return;
    copy(id.rule, sizeof id.rule, rule->identifier);
    copy(id.product, sizeof id.product, meta_text(rule, "product"));
    copy(id.name, sizeof id.name, meta_text(rule, "name"));
    copy(id.over, sizeof id.over, meta_text(rule, "over"));
    take_strings(r, scan, rule, &id);
    id.grade = id.version[0] ? (uint32_t)meta_grade(rule) : VPN_PRODUCT;
    keep_identity(r, &id);
}

/* The surest first; rules of one rank keep their order. */
static void sort_identities(struct recognising *r)
{
    for (unsigned i = 1; i < r->count; i++)
        for (unsigned k = i; k && surer(&r->product[k], &r->product[k - 1]); k--) {
            struct vpn_identity t = r->product[k];

            r->product[k] = r->product[k - 1];
            r->product[k - 1] = t;
        }
}

int engine_identify(struct engine *e, const struct vpn_facts *facts, const void *bytes, size_t n, struct vpn_identity *out,
                    unsigned max, unsigned *found)
{
    struct engine_facts *all = calloc(1, sizeof *all);
    struct recognising *r = calloc(1, sizeof *r);
    const YR_RULE *endless;
    int rc = all && r ? MM_OK : MM_ENOMEM;

    if (!rc) {
        r->bytes = bytes;
        r->n = n;
        all->vpn = *facts;
        all->vpn.product[0] = '\0'; /* a version is not what is judged here */
        all->vpn.version = 0;
        rc = engine_scan(e, FAMILY_VPN, all, bytes, n, recognise, r, &endless);
        if (!rc && endless && !r->count)
            rc = MM_ETIMEOUT; /* the one that was switched off may have known it */
    }
    if (!rc) {
        sort_identities(r);
        for (unsigned i = 0; i < r->count && i < max; i++)
            out[i] = r->product[i];
        *found = r->count;
    }
    free(all);
    free(r);
    return rc;
}

/* ---- what is known of a version --------------------------------------------------------- */
struct judging {
    const char *product;
    struct vpn_advisory *out;
    unsigned max, count; /* count: all that came; out[] holds the gravest of them */
};

static int graver(const struct vpn_advisory *a, const struct vpn_advisory *b)
{
    int day = strcmp(a->released, b->released);

    if (a->kev != b->kev)
        return a->kev > b->kev;
    if (a->severity != b->severity)
        return a->severity > b->severity;
    return day ? day > 0 : strcmp(a->cve, b->cve) > 0;
}

static void judge(void *context, YR_SCAN_CONTEXT *scan, const YR_RULE *rule)
{
    struct judging *j = context;
    struct vpn_advisory a = {0};
    unsigned at;

    (void)scan;
    if (!rule) {
        j->count = 0;
        return;
    }
    if (!meta_is_advisory(rule) || strcmp(meta_text(rule, "product"), j->product))
        return;
    a.severity = (uint32_t)meta_severity(rule);
    a.kev = meta_text(rule, "kev") != NULL;
    copy(a.cve, sizeof a.cve, meta_text(rule, "cve"));
    copy(a.cvss, sizeof a.cvss, meta_text(rule, "cvss"));
    copy(a.released, sizeof a.released, meta_text(rule, "released"));
    copy(a.fixed, sizeof a.fixed, meta_text(rule, "fixed"));
    copy(a.title_ja, sizeof a.title_ja, meta_text(rule, "title_ja"));
    copy(a.title_en, sizeof a.title_en, meta_text(rule, "title_en"));
    copy(a.reference, sizeof a.reference, meta_text(rule, "reference"));
    at = j->count < j->max ? j->count : j->max;
    j->count++;
    if (at == j->max && (!at || !graver(&a, &j->out[--at])))
        return;
    for (; at && graver(&a, &j->out[at - 1]); at--)
        j->out[at] = j->out[at - 1];
    j->out[at] = a;
}

/* How the product writes its versions; NULL: no advisory knows it. */
static const char *scheme_of(const struct engine *e, const char *product)
{
    const YR_RULES *rules = engine_compiled(e, FAMILY_VPN);
    const YR_RULE *r;

    if (!rules)
        return NULL;
    yr_rules_foreach(rules, r)
        if (!RULE_IS_PRIVATE(r) && meta_is_advisory(r) && !strcmp(meta_text(r, "product"), product))
            return meta_text(r, "scheme");
    return NULL;
}

/* Was an advisory of the product switched off because it did not end?  Then the others are not the whole answer. */
static int is_cut(const struct engine *e, const char *product)
{
    const YR_RULES *rules = engine_compiled(e, FAMILY_VPN);
    const YR_RULE *r;

    yr_rules_foreach(rules, r)
        if (RULE_IS_DISABLED(r) && meta_is_advisory(r) && !strcmp(meta_text(r, "product"), product))
            return 1;
    return 0;
}

int engine_advisories(struct engine *e, const char *product, const char *version, const char *model, struct vpn_advisory *out,
                      unsigned max, unsigned *found)
{
    const char *scheme = scheme_of(e, product);
    struct judging j = {.product = product, .out = out, .max = max};
    struct engine_facts *facts;
    const YR_RULE *endless;
    size_t at, len;
    int rc;

    if (!scheme)
        return MM_ENOTFOUND;
    facts = calloc(1, sizeof *facts);
    if (!facts)
        return MM_ENOMEM;
    rc = version_find(scheme, version, strlen(version), &at, &len, &facts->vpn.version) ? MM_EFORMAT : MM_OK;
    if (!rc) {
        copy(facts->vpn.product, sizeof facts->vpn.product, product);
        take_text(facts->vpn.model, sizeof facts->vpn.model, model, strlen(model));
        rc = engine_scan(e, FAMILY_VPN, facts, NULL, 0, judge, &j, &endless);
        if (!rc && is_cut(e, product))
            rc = MM_ETIMEOUT;
    }
    if (!rc)
        *found = j.count;
    free(facts);
    return rc;
}

/* ---- what to ask ------------------------------------------------------------------------- */
static void add_ask(const struct probe_ask *ask, const char *headers, struct probe_ask *out, unsigned max, unsigned *n)
{
    unsigned i = 0;

    if (ask->source == SOURCE_TLS)
        return;
    while (i < *n && (out[i].source != ask->source || strcmp(out[i].path, ask->path)))
        i++;
    if (i >= max)
        return;
    if (i == *n)
        out[(*n)++] = *ask;
    if (headers && ask_headers(&out[i], headers))
        return; /* together they do not fit: the first rule's headers stay */
}

unsigned engine_asks(struct engine *e, struct probe_ask *out, unsigned max)
{
    const YR_RULES *rules = engine_compiled(e, FAMILY_VPN);
    const YR_RULE *r;
    unsigned n = 0;

    if (!rules)
        return 0;
    yr_rules_foreach(rules, r) {
        const char *rest = RULE_IS_PRIVATE(r) || meta_is_advisory(r) ? NULL : meta_text(r, "ask");
        struct probe_ask ask;

        while (rest && ask_next(&rest, &ask) == MM_OK)
            add_ask(&ask, meta_text(r, "headers"), out, max, &n);
    }
    return n;
}
