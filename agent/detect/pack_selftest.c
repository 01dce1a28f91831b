#include "agent/detect/pack_selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/engine_vpn.h"
#include "agent/detect/pack_sample.h"
#include "lib/err.h"

#define IDENTITIES 8 /* products that one sample may hold: an honest answer holds one */
#define MATCHED 1
#define NOT_MATCHED 2

int selftest_init(struct selftest *t, struct engine *e)
{
    int rc = MM_OK;

    *t = (struct selftest){.engine = e};
    for (int f = 0; f < FAMILY_COUNT; f++) {
        t->covered[f] = calloc((size_t)engine_rules(e, (enum rule_family)f) + 1, 1);
        if (!t->covered[f])
            rc = MM_ENOMEM;
    }
    return rc;
}

void selftest_fini(struct selftest *t)
{
    for (int f = 0; f < FAMILY_COUNT; f++)
        free(t->covered[f]);
    *t = (struct selftest){0};
}

static int rule_index(const struct selftest *t, const char *rule)
{
    const char *name;

    for (uint32_t i = 0; (name = engine_rule_name(t->engine, t->family, i)); i++)
        if (!strcmp(name, rule) && !strcmp(engine_rule_space(t->engine, t->family, i), ENGINE_PACK))
            return (int)i;
    return -1;
}

/* The answer must be known for what the sample says. */
static int check_identity(struct selftest *t, const struct sample *s, unsigned number, char *why, size_t why_n)
{
    struct vpn_identity found[IDENTITIES];
    unsigned n = 0, i = 0;
    int rc = engine_identify(t->engine, &s->facts.vpn, s->data.data, s->data.len, found, IDENTITIES, &n);

    n = n < IDENTITIES ? n : IDENTITIES;
    while (!rc && i < n && strcmp(found[i].product, s->product))
        i++;
    if (!rc && i < n && !strcmp(found[i].version, s->version) && !strcmp(found[i].model, s->model))
        return MM_OK;
    if (rc || i == n)
        snprintf(why, why_n, "sample %u: %s is not recognised", number, s->product);
    else
        snprintf(why, why_n, "sample %u: version \"%s\" and model \"%s\" are read", number, found[i].version, found[i].model);
    return MM_EFORMAT;
}

static int run(void *context, const struct sample *s, unsigned number, char *why, size_t why_n)
{
    struct selftest *t = context;
    int index = rule_index(t, s->rule), rc;

    if (index < 0) {
        snprintf(why, why_n, "sample %u: no rule %s in this family", number, s->rule);
        return MM_ENOTFOUND;
    }
    rc = engine_matches(t->engine, t->family, &s->facts, s->data.data, s->data.len, s->rule);
    if (rc < 0) {
        snprintf(why, why_n, "sample %u: rule %s: %s", number, s->rule, rc == MM_ETIMEOUT ? "the scan does not end in time" : mm_strerror(rc));
        return rc;
    }
    if (rc != s->match) {
        snprintf(why, why_n, "sample %u: rule %s %s", number, s->rule, rc ? "matches and must not" : "does not match and must");
        return MM_EFORMAT;
    }
    t->covered[t->family][index] |= (unsigned char)(s->match ? MATCHED : NOT_MATCHED);
    t->samples++;
    return s->product[0] ? check_identity(t, s, number, why, why_n) : MM_OK;
}

int selftest_run(struct selftest *t, enum rule_family family, const char *text, size_t n, int *line, char *why, size_t why_n)
{
    t->family = family;
    return sample_parse(text, n, family, run, t, line, why, why_n);
}

int selftest_covered(const struct selftest *t, struct engine_problem *problem)
{
    for (int f = 0; f < FAMILY_COUNT; f++)
        for (uint32_t i = 0; i < engine_rules(t->engine, (enum rule_family)f); i++) {
            struct engine_problem p = {.family = (enum rule_family)f};
            unsigned char covered = t->covered[f][i];

            if (strcmp(engine_rule_space(t->engine, p.family, i), ENGINE_PACK) || covered == (MATCHED | NOT_MATCHED))
                continue;
            snprintf(p.rule, sizeof p.rule, "%s", engine_rule_name(t->engine, p.family, i));
            snprintf(p.text, sizeof p.text, "rule %s has no sample that must %s", p.rule, covered & MATCHED ? "not match" : "match");
            *problem = p;
            return MM_EFORMAT;
        }
    return MM_OK;
}
