#include "agent/detect/engine_meta.h"

#include <stdio.h>
#include <string.h>

#include "agent/detect/engine_ask.h"
#include "lib/err.h"
#include "lib/event.h"
#include "lib/product_version.h"

static const char *const SEVERITIES[] = {"", "info", "low", "medium", "high", "critical"};
static const char *const RESPONSES[] = {"observe", "alert", "freeze", "quarantine"};

static const char *const GRADES[] = {"", "product", "table", "exact"}; /* enum vpn_grade */

struct need {
    const char *name;
    size_t max;  /* with NUL */
};
static const struct need GENERAL[] = {{"title_ja", LIM_TITLE}, {"title_en", LIM_TITLE}, {"severity", LIM_TAG},
                                      {"response", LIM_TAG},   {"attack", LIM_TAG},     {"reference", LIM_TITLE}};
static const struct need ADVISORY[] = {{"cve", LIM_TAG}, {"product", LIM_TAG}, {"scheme", LIM_TAG}, {"fixed", LIM_TITLE}, {"released", LIM_TAG}};
static const struct need IDENTITY[] = {{"product", LIM_TAG}, {"name", LIM_TITLE}, {"scheme", LIM_TAG}, {"grade", LIM_TAG}, {"ask", LIM_TITLE}};
static const struct need OPTIONAL[] = {{"kev", LIM_TAG}, {"cvss", LIM_TAG}};
#define COUNT(a) (sizeof (a) / sizeof *(a))

const char *meta_text(const YR_RULE *rule, const char *name)
{
    const YR_META *m;

    yr_rule_metas_foreach(rule, m)
        if (m->type == META_TYPE_STRING && !strcmp(m->identifier, name))
            return m->string;
    return NULL;
}

static int word(const char *const *words, int n, const char *text)
{
    for (int i = 0; i < n && text; i++)
        if (words[i][0] && !strcmp(words[i], text))
            return i;
    return -1;
}

int meta_severity(const YR_RULE *rule)
{
    return word(SEVERITIES, COUNT(SEVERITIES), meta_text(rule, "severity"));
}

static int response_of(const YR_RULE *r)
{
    return word(RESPONSES, COUNT(RESPONSES), meta_text(r, "response"));
}

int meta_grade(const YR_RULE *rule)
{
    return word(GRADES, COUNT(GRADES), meta_text(rule, "grade"));
}

int meta_is_advisory(const YR_RULE *rule)
{
    return meta_text(rule, "cve") != NULL;
}

/* ---- checking ----------------------------------------------------------------------- */
static int check_needed(const YR_RULE *rule, const struct need *need, size_t count, char *text, size_t n)
{
    for (size_t i = 0; i < count; i++) {
        const char *s = meta_text(rule, need[i].name);

        if (s && s[0] && strlen(s) < need[i].max)
            continue;
        snprintf(text, n, "rule %s: meta %s is %s", rule->identifier, need[i].name, s && s[0] ? "too long" : "missing");
        return MM_EFORMAT;
    }
    return MM_OK;
}

static int wrong(const YR_RULE *rule, const char *name, const char *why, char *text, size_t n)
{
    snprintf(text, n, "rule %s: %s %s", rule->identifier, name, why);
    return MM_EFORMAT;
}

/* "2023-06-13" */
static int is_day(const char *s)
{
    return strlen(s) == 10 && s[4] == '-' && s[7] == '-' && strspn(s, "0123456789-") == 10;
}

static int check_advisory(const YR_RULE *rule, char *text, size_t n)
{
    int rc = check_needed(rule, ADVISORY, COUNT(ADVISORY), text, n);
    const char *kev = meta_text(rule, "kev");

    for (size_t i = 0; i < COUNT(OPTIONAL) && !rc; i++)
        if (meta_text(rule, OPTIONAL[i].name))
            rc = check_needed(rule, &OPTIONAL[i], 1, text, n);
    if (rc)
        return rc;
    if (!is_day(meta_text(rule, "released")) || (kev && !is_day(kev)))
        return wrong(rule, kev && !is_day(kev) ? "meta kev" : "meta released", "is no day (2023-06-13)", text, n);
    return MM_OK;
}

/* A $version string has a version of the scheme in the meta of its name, or carries it itself. */
static int check_strings(const YR_RULE *rule, const char *scheme, int grade, char *text, size_t n)
{
    const YR_STRING *s;
    int versions = 0;

    yr_rule_strings_foreach(rule, s) {
        const char *fixed = meta_text(rule, s->identifier + 1);
        int64_t value;

        if (strncmp(s->identifier, META_VERSION, sizeof META_VERSION - 1))
            continue;
        versions++;
        if (fixed && (strlen(fixed) >= LIM_TAG || version_encode(scheme, fixed, strlen(fixed), &value)))
            return wrong(rule, s->identifier + 1, "is no version as its scheme writes it", text, n);
        if (!fixed && grade == VPN_TABLE)
            return wrong(rule, s->identifier, "of a table needs a meta of its name", text, n);
    }
    if ((grade != VPN_PRODUCT) != (versions > 0))
        return wrong(rule, "meta grade", versions ? "is product, and there are $version strings" : "needs $version strings", text, n);
    return MM_OK;
}

static int check_asks(const YR_RULE *rule, char *text, size_t n)
{
    const char *rest = meta_text(rule, "ask"), *headers = meta_text(rule, "headers");
    struct probe_ask ask;
    int rc;

    while ((rc = ask_next(&rest, &ask)) == MM_OK)
        if (headers && ask_headers(&ask, headers))
            return wrong(rule, "meta headers", "is not \"Name: value|Name: value\", or too long", text, n);
    return rc == MM_ENOTFOUND ? MM_OK : wrong(rule, "meta ask", "is not \"none\" or SOURCE:PATH with spaces between", text, n);
}

static int check_identity(const YR_RULE *rule, char *text, size_t n)
{
    int rc = check_needed(rule, IDENTITY, COUNT(IDENTITY), text, n);

    if (rc)
        return rc;
    if (meta_grade(rule) < 0)
        return wrong(rule, "meta grade", "is no word of the contract (product, table, exact)", text, n);
    if (meta_severity(rule) != SEV_INFO || response_of(rule) != RESPOND_OBSERVE)
        return wrong(rule, "meta severity and response", "of a rule that recognises are info and observe", text, n);
    rc = check_strings(rule, meta_text(rule, "scheme"), meta_grade(rule), text, n);
    return rc ? rc : check_asks(rule, text, n);
}

int meta_check(const YR_RULE *rule, enum rule_family family, char *text, size_t n)
{
    int rc = check_needed(rule, GENERAL, COUNT(GENERAL), text, n);
    int64_t value;

    if (rc)
        return rc;
    if (meta_severity(rule) < 0)
        return wrong(rule, "meta severity", "is no word of the contract (info, low, medium, high, critical)", text, n);
    if (response_of(rule) < 0)
        return wrong(rule, "meta response", "is no word of the contract (observe, alert, freeze, quarantine)", text, n);
    if (family != FAMILY_VPN)
        return MM_OK;
    rc = meta_is_advisory(rule) ? check_advisory(rule, text, n) : check_identity(rule, text, n);
    if (!rc && version_encode(meta_text(rule, "scheme"), "", 0, &value) == MM_ENOTFOUND)
        return wrong(rule, "meta scheme", "is not known", text, n);
    return rc;
}

static void copy(char *to, size_t n, const char *from)
{
    snprintf(to, n, "%s", from ? from : "");
}

void meta_merge(const YR_RULE *rule, struct rule_verdict *v)
{
    int severity = meta_severity(rule), response = response_of(rule);
    uint32_t matches = v->matches + 1;

    if (severity < 0 || response < 0)
        return; /* meta_check has refused such a rule */
    if (!v->matches || (uint32_t)response > v->response ||
        ((uint32_t)response == v->response && (uint32_t)severity > v->severity)) {
        v->severity = (uint32_t)severity;
        v->response = (uint32_t)response;
        copy(v->rule, sizeof v->rule, rule->identifier);
        copy(v->title_ja, sizeof v->title_ja, meta_text(rule, "title_ja"));
        copy(v->title_en, sizeof v->title_en, meta_text(rule, "title_en"));
        copy(v->attack, sizeof v->attack, meta_text(rule, "attack"));
        copy(v->reference, sizeof v->reference, meta_text(rule, "reference"));
    }
    v->matches = matches;
}

void meta_endless(const YR_RULE *rule, struct rule_verdict *v)
{
    *v = (struct rule_verdict){.matches = 1, .severity = SEV_MEDIUM, .response = RESPOND_OBSERVE};
    copy(v->rule, sizeof v->rule, rule ? rule->identifier : "mimamori_rules_cut");
    copy(v->title_ja, sizeof v->title_ja, rule ? "ルールの判定が時間内に終わらないため、このルールを停止しました" : "ルールの判定が時間内に終わりませんでした");
    copy(v->title_en, sizeof v->title_en, rule ? "This rule did not end in time and was switched off" : "The rules did not end in time");
}
