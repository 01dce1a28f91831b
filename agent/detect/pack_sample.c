#include "agent/detect/pack_sample.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/limits.h"

#define SAMPLE_DATA (4u << 20)  /* bytes of one sample: a whole small program */
#define SAMPLES_PER_FILE 8192   /* all advisories of one product, both edges of every range */

/* "why" with the fact's or key's name. */
static int wrong(char *why, size_t n, const char *what, const char *name)
{
    snprintf(why, n, "%s \"%.100s\"", what, name);
    return MM_EFORMAT;
}

static int read_fact(const char *name, const json_t *value, enum rule_family family, struct engine_facts *to, char *why, size_t n)
{
    const struct fact *f = facts_find(name, family);

    if (!f)
        return wrong(why, n, "unknown fact", name);
    if (facts_is_text(f)) {
        size_t len = json_string_length(value);

        if (!json_is_string(value) || strlen(json_string_value(value)) != len ||
            facts_set_text(f, to, json_string_value(value), len))
            return wrong(why, n, "not a text, or too long for the fact, or no word of it:", name);
        return MM_OK;
    }
    if (json_is_boolean(value))
        return facts_set_number(f, to, json_is_true(value));
    if (!json_is_integer(value) || facts_set_number(f, to, json_integer_value(value)))
        return wrong(why, n, "not a whole number that the fact can hold:", name);
    return MM_OK;
}

static int read_facts(json_t *facts, enum rule_family family, struct sample *s, char *why, size_t n)
{
    const char *name;
    json_t *value;
    int rc;

    if (facts && !json_is_object(facts))
        return wrong(why, n, "not an object:", "facts");
    json_object_foreach(facts, name, value) {
        rc = read_fact(name, value, family, &s->facts, why, n);
        if (rc)
            return rc;
    }
    return MM_OK;
}

static int read_data(const json_t *o, enum rule_family family, struct sample *s, char *why, size_t n)
{
    const json_t *text = json_object_get(o, "data"), *coded = json_object_get(o, "data_base64");
    int rc = MM_OK;

    if (text && coded)
        return wrong(why, n, "both data and", "data_base64");
    if (json_is_string(text))
        rc = buf_add(&s->data, json_string_value(text), json_string_length(text));
    else if (json_is_string(coded))
        rc = crypto_b64_decode(json_string_value(coded), json_string_length(coded), &s->data);
    else if (text || coded)
        rc = MM_EFORMAT;
    else if (family == FAMILY_PROCESS)
        rc = buf_adds(&s->data, s->facts.process.cmdline);
    return rc ? wrong(why, n, "cannot be read, or is too long:", text ? "data" : "data_base64") : MM_OK;
}

static int read_text(const json_t *o, const char *key, char *to, size_t room)
{
    const json_t *value = json_object_get(o, key);
    size_t n = json_string_length(value);

    if (!json_is_string(value) || n >= room || strlen(json_string_value(value)) != n)
        return MM_EFORMAT;
    memcpy(to, json_string_value(value), n + 1);
    return MM_OK;
}

static int read_identity(const json_t *o, enum rule_family family, struct sample *s, char *why, size_t n)
{
    const json_t *id = json_object_get(o, "identity");

    if (!id)
        return MM_OK;
    if (family != FAMILY_VPN || json_object_size(id) != 3 || read_text(id, "product", s->product, sizeof s->product) || !s->product[0] ||
        read_text(id, "version", s->version, sizeof s->version) || read_text(id, "model", s->model, sizeof s->model))
        return wrong(why, n, "needs product, version and model as texts, in family vpn:", "identity");
    return MM_OK;
}

static int known_keys(json_t *o, char *why, size_t n)
{
    static const char *const KEYS[] = {"rule", "expect", "facts", "data", "data_base64", "identity", "comment"};
    const char *name;
    json_t *value;

    json_object_foreach(o, name, value) {
        size_t i = 0;

        while (i < sizeof KEYS / sizeof *KEYS && strcmp(KEYS[i], name))
            i++;
        if (i == sizeof KEYS / sizeof *KEYS)
            return wrong(why, n, "unknown key", name);
    }
    return MM_OK;
}

static int read_sample(json_t *o, enum rule_family family, struct sample *s, char *why, size_t n)
{
    const char *rule = json_string_value(json_object_get(o, "rule"));
    const char *expect = json_string_value(json_object_get(o, "expect"));
    int rc;

    if (!json_is_object(o))
        return wrong(why, n, "a sample is an object, not", "something else");
    rc = known_keys(o, why, n);
    if (rc)
        return rc;
    if (!rule || strlen(rule) >= sizeof s->rule || !rule[0])
        return wrong(why, n, "needs a rule's name:", "rule");
    if (!expect || (strcmp(expect, "match") && strcmp(expect, "no-match")))
        return wrong(why, n, "must be match or no-match:", "expect");
    snprintf(s->rule, sizeof s->rule, "%s", rule);
    s->match = !strcmp(expect, "match");
    rc = read_facts(json_object_get(o, "facts"), family, s, why, n);
    if (!rc)
        rc = read_data(o, family, s, why, n);
    return rc ? rc : read_identity(o, family, s, why, n);
}

static int each(json_t *o, unsigned number, enum rule_family family, sample_visit *visit, void *context, char *why, size_t n)
{
    struct sample *s = calloc(1, sizeof *s);
    char inner[400];
    int rc;

    if (!s)
        return MM_ENOMEM;
    buf_init(&s->data, SAMPLE_DATA);
    rc = read_sample(o, family, s, inner, sizeof inner);
    if (rc)
        snprintf(why, n, "sample %u: %s", number, inner);
    else
        rc = visit(context, s, number, why, n);
    buf_fini(&s->data);
    free(s);
    return rc;
}

int sample_parse(const char *text, size_t n, enum rule_family family, sample_visit *visit, void *context,
                 int *line, char *why, size_t why_n)
{
    json_error_t e;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e), *o;
    size_t i = 0;
    int rc = MM_OK;

    *line = 1;
    if (!root) {
        *line = e.line > 0 ? e.line : 1;
        snprintf(why, why_n, "%s", e.text);
        return MM_EFORMAT;
    }
    if (!json_is_array(root)) {
        rc = each(root, 1, family, visit, context, why, why_n);
    } else if (json_array_size(root) > SAMPLES_PER_FILE) {
        snprintf(why, why_n, "more than %d samples", SAMPLES_PER_FILE);
        rc = MM_ELIMIT;
    } else {
        json_array_foreach(root, i, o) {
            rc = each(o, (unsigned)i + 1, family, visit, context, why, why_n);
            if (rc)
                break;
        }
    }
    json_decref(root);
    return rc;
}
