#include "agent/detect/engine_meta.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/event.h"

static const char *const SEVERITIES[] = {"", "info", "low", "medium", "high", "critical"};
static const char *const RESPONSES[] = {"observe", "alert", "freeze", "quarantine"};

static const struct need {
    const char *name;
    size_t max;  /* with NUL */
    int vpn;     /* 1: of the vpn family only */
} NEEDED[] = {
    {"title_ja", LIM_TITLE, 0}, {"title_en", LIM_TITLE, 0}, {"severity", LIM_TAG, 0}, {"response", LIM_TAG, 0},
    {"attack", LIM_TAG, 0},     {"reference", LIM_TITLE, 0}, {"cve", LIM_TITLE, 1},    {"fixed", LIM_TITLE, 1},
    {"released", LIM_TAG, 1},
};

/* The string of a meta; NULL when it is missing or no string. */
static const char *string_of(const YR_RULE *rule, const char *name)
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

static int severity_of(const YR_RULE *r)
{
    return word(SEVERITIES, 6, string_of(r, "severity"));
}

static int response_of(const YR_RULE *r)
{
    return word(RESPONSES, 4, string_of(r, "response"));
}

int meta_check(const YR_RULE *rule, enum rule_family family, char *text, size_t n)
{
    for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++) {
        const char *s = string_of(rule, NEEDED[i].name);

        if (NEEDED[i].vpn && family != FAMILY_VPN)
            continue;
        if (!s || !s[0] || strlen(s) >= NEEDED[i].max) {
            snprintf(text, n, "rule %s: meta %s is %s", rule->identifier, NEEDED[i].name, s && s[0] ? "too long" : "missing");
            return MM_EFORMAT;
        }
    }
    if (severity_of(rule) < 0 || response_of(rule) < 0) {
        snprintf(text, n, "rule %s: meta %s is no word of the contract", rule->identifier,
                 severity_of(rule) < 0 ? "severity (info, low, medium, high, critical)" : "response (observe, alert, freeze, quarantine)");
        return MM_EFORMAT;
    }
    return MM_OK;
}

static void copy(char *to, size_t n, const char *from)
{
    snprintf(to, n, "%s", from ? from : "");
}

void meta_merge(const YR_RULE *rule, struct rule_verdict *v)
{
    int severity = severity_of(rule), response = response_of(rule);
    uint32_t matches = v->matches + 1;

    if (severity < 0 || response < 0)
        return; /* meta_check has refused such a rule */
    if (!v->matches || (uint32_t)response > v->response ||
        ((uint32_t)response == v->response && (uint32_t)severity > v->severity)) {
        v->severity = (uint32_t)severity;
        v->response = (uint32_t)response;
        copy(v->rule, sizeof v->rule, rule->identifier);
        copy(v->title_ja, sizeof v->title_ja, string_of(rule, "title_ja"));
        copy(v->title_en, sizeof v->title_en, string_of(rule, "title_en"));
        copy(v->attack, sizeof v->attack, string_of(rule, "attack"));
        copy(v->reference, sizeof v->reference, string_of(rule, "reference"));
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
