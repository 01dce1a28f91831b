#include "agent/detect/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yara.h>

#include "agent/detect/engine_allow.h"
#include "agent/detect/engine_meta.h"
#include "agent/detect/engine_scan.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/os/memory.h"

#define NS_PER_MS 1000000u
#define CULPRIT_MS 50 /* a rule alone on the first LIM_HEAD bytes: daily ones take microseconds */
#define AGAIN_PER_10 4 /* the second scan after a cut gets 4/10 of the time: both together stay below LIM_SCAN_REPLY_MS */

struct family {
    YR_COMPILER *compiler;
    YR_RULES *rules;
    YR_SCANNER *scanner;
    uint32_t count;       /* public rules */
    uint64_t timeout_ns;
};

struct engine {
    struct family family[FAMILY_COUNT];
    struct allow allow;
    const struct engine_facts *zero; /* heap: 20 KiB of empty facts */
};

/* They look at the scanned bytes alone; magic opens a database, cuckoo takes reports, console prints. */
static const char *const MODULES[] = {"elf", "pe", "math", "hash", "time"};

int engine_setup(void)
{
    uint32_t strings = LIM_RULE_STRINGS, data = 32; /* matched bytes are never shown */

    if (yr_initialize() != ERROR_SUCCESS)
        return MM_ENOMEM;
    yr_set_configuration(YR_CONFIG_MAX_STRINGS_PER_RULE, &strings);
    yr_set_configuration(YR_CONFIG_MAX_MATCH_DATA, &data);
    return MM_OK;
}

void engine_teardown(void)
{
    yr_finalize();
}

struct engine *engine_new(void)
{
    struct engine *e = calloc(1, sizeof *e);

    if (!e || !(e->zero = calloc(1, sizeof *e->zero))) {
        free(e);
        return NULL;
    }
    for (int i = 0; i < FAMILY_COUNT; i++)
        e->family[i].timeout_ns =
            (uint64_t)(i == FAMILY_PROCESS || i == FAMILY_BURST ? LIM_RULE_GATE_MS : LIM_RULE_MS) * NS_PER_MS;
    return e;
}

void engine_drop(struct engine *e, enum rule_family family)
{
    struct family *f = &e->family[family];

    if (f->scanner)
        yr_scanner_destroy(f->scanner);
    if (f->rules)
        yr_rules_destroy(f->rules);
    if (f->compiler)
        yr_compiler_destroy(f->compiler);
    f->scanner = NULL;
    f->rules = NULL;
    f->compiler = NULL;
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    for (int i = 0; i < FAMILY_COUNT; i++)
        engine_drop(e, (enum rule_family)i);
    allow_fini(&e->allow);
    free((void *)(uintptr_t)e->zero);
    free(e);
}

/* ---- compiling -------------------------------------------------------------------- */
static void on_compile(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *context)
{
    struct engine_problem *p = context;

    (void)file;
    (void)rule;
    if (p->line)
        return; /* the first one is the cause */
    p->line = line > 0 ? line : 1;
    snprintf(p->text, sizeof p->text, "%s%s", level == YARA_ERROR_LEVEL_ERROR ? "" : "warning: ", message);
}

static int define_facts(YR_COMPILER *c, enum rule_family family)
{
    size_t n;
    const struct fact *f = facts_table(&n);

    for (; n--; f++) {
        int rc = ERROR_SUCCESS;

        if (!(f->families >> family & 1))
            continue;
        rc = facts_is_text(f) ? yr_compiler_define_string_variable(c, f->name, "")
                              : yr_compiler_define_integer_variable(c, f->name, 0);
        if (rc != ERROR_SUCCESS)
            return MM_ENOMEM;
    }
    return MM_OK;
}

static int open_compiler(struct family *f, enum rule_family family)
{
    if (f->compiler)
        return MM_OK;
    if (yr_compiler_create(&f->compiler) != ERROR_SUCCESS)
        return MM_ENOMEM;
    yr_compiler_set_include_callback(f->compiler, NULL, NULL, NULL);
    return define_facts(f->compiler, family);
}

int engine_add(struct engine *e, enum rule_family family, const char *space, const char *text, size_t n,
               struct engine_problem *problem)
{
    struct engine_problem found = {.family = family};
    char *copy;
    int rc = open_compiler(&e->family[family], family);

    if (rc)
        return rc;
    if (memchr(text, 0, n)) {
        found.line = 1;
        snprintf(found.text, sizeof found.text, "a NUL byte in the source");
        *problem = found;
        return MM_EFORMAT;
    }
    copy = malloc(n + 1);
    if (!copy)
        return MM_ENOMEM;
    memcpy(copy, text, n);
    copy[n] = '\0';
    yr_compiler_set_callback(e->family[family].compiler, on_compile, &found);
    rc = yr_compiler_add_string(e->family[family].compiler, copy, space) || found.line ? MM_EFORMAT : MM_OK;
    free(copy);
    if (rc) {
        if (!found.text[0])
            snprintf(found.text, sizeof found.text, "does not compile");
        *problem = found;
    }
    return rc;
}

int engine_allow(struct engine *e, const char *text, size_t n, struct engine_problem *problem)
{
    struct engine_problem found = {.family = FAMILY_COUNT};
    int rc = allow_parse(&e->allow, text, n, &found.line, found.text, sizeof found.text);

    if (rc)
        *problem = found;
    return rc;
}

/* ---- scanning ----------------------------------------------------------------------- */
struct scan {
    struct engine *engine;
    const struct engine_facts *facts;
    engine_visit *visit; /* NULL: only look for `rule` */
    void *context;
    const char *rule;
    int found;
    const char *module; /* refused module */
};

static int module_allowed(const char *name)
{
    for (size_t i = 0; i < sizeof MODULES / sizeof *MODULES; i++)
        if (!strcmp(MODULES[i], name))
            return 1;
    return 0;
}

static int on_scan(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
    struct scan *s = user;

    if (message == CALLBACK_MSG_IMPORT_MODULE) {
        const YR_MODULE_IMPORT *m = data;

        if (module_allowed(m->module_name))
            return CALLBACK_CONTINUE;
        s->module = m->module_name;
        return CALLBACK_ERROR;
    }
    if (message == CALLBACK_MSG_RULE_MATCHING) {
        const YR_RULE *r = data;

        if (s->rule && !strcmp(s->rule, r->identifier) && !strcmp(r->ns->name, ENGINE_PACK))
            s->found = 1;
        if (s->visit && !allow_holds(&s->engine->allow, r->identifier, s->facts->process.path))
            s->visit(s->context, context, r);
    }
    return CALLBACK_CONTINUE;
}

static int set_facts(struct family *f, enum rule_family family, const struct engine_facts *facts)
{
    size_t n;
    const struct fact *t = facts_table(&n);

    for (; n--; t++) {
        int rc;

        if (!(t->families >> family & 1))
            continue;
        rc = facts_is_text(t) ? yr_scanner_define_string_variable(f->scanner, t->name, facts_text(t, facts))
                              : yr_scanner_define_integer_variable(f->scanner, t->name, facts_number(t, facts));
        if (rc != ERROR_SUCCESS)
            return MM_ENOMEM;
    }
    return MM_OK;
}

static int from_yara(int rc)
{
    switch (rc) {
    case ERROR_SUCCESS: return MM_OK;
    case ERROR_SCAN_TIMEOUT: return MM_ETIMEOUT;
    case ERROR_INSUFFICIENT_MEMORY: return MM_ENOMEM;
    case ERROR_CALLBACK_ERROR: return MM_EFORMAT;
    default: return MM_ELIMIT; /* too many matches, stack full: YARA's own limits */
    }
}

static int scan_once(struct family *f, struct scan *s, const void *bytes, size_t n, uint64_t timeout_ns)
{
    static const uint8_t NOTHING[1];

    f->scanner->timeout = timeout_ns; /* the call takes whole seconds only */
    yr_scanner_set_callback(f->scanner, on_scan, s);
    yr_scanner_set_flags(f->scanner, SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_REPORT_RULES_MATCHING);
    return from_yara(yr_scanner_scan_mem(f->scanner, n ? bytes : NOTHING, n));
}

/* Which rule does not end?  Each one alone; found ones stay switched off. */
static const YR_RULE *switch_off_endless(struct family *f, struct scan *s, const void *bytes, size_t n)
{
    struct scan quiet = {.engine = s->engine, .facts = s->facts};
    const YR_RULE *culprit = NULL;
    uint8_t *off;
    YR_RULE *r;
    uint32_t i = 0, all = 0;

    yr_rules_foreach(f->rules, r)
        all++;
    off = calloc(all + 1, 1);
    if (!off)
        return NULL;
    yr_rules_foreach(f->rules, r) {
        off[i++] = RULE_IS_DISABLED(r);
        yr_rule_disable(r);
    }
    for (i = 0; i < all && !culprit; i++) {
        r = &f->rules->rules_table[i];
        if (off[i])
            continue;
        yr_rule_enable(r);
        if (scan_once(f, &quiet, bytes, n, (uint64_t)CULPRIT_MS * NS_PER_MS) == MM_ETIMEOUT) {
            culprit = r;
            off[i] = 1;
        }
        yr_rule_disable(r);
    }
    for (i = 0; i < all; i++)
        if (!off[i])
            yr_rule_enable(&f->rules->rules_table[i]);
    free(off);
    return culprit;
}

/* The scan was cut: find who did it, and ask the others again. */
static int scan_cut(struct family *f, struct scan *s, const void *bytes, size_t n, const YR_RULE **endless)
{
    *endless = switch_off_endless(f, s, bytes, n < LIM_HEAD ? n : LIM_HEAD);
    s->visit(s->context, NULL, NULL);
    return *endless ? scan_once(f, s, bytes, n, f->timeout_ns / 10 * AGAIN_PER_10) : MM_ETIMEOUT;
}

int engine_scan(struct engine *e, enum rule_family family, const struct engine_facts *facts, const void *bytes, size_t n,
                engine_visit *visit, void *context, const YR_RULE **endless)
{
    struct family *f = &e->family[family];
    struct scan s = {.engine = e, .facts = facts, .visit = visit, .context = context};
    int rc;

    *endless = NULL;
    if (!f->scanner)
        return MM_OK;
    rc = set_facts(f, family, facts);
    if (!rc)
        rc = scan_once(f, &s, bytes, n, f->timeout_ns);
    return rc == MM_ETIMEOUT ? scan_cut(f, &s, bytes, n, endless) : rc;
}

static void merge(void *context, YR_SCAN_CONTEXT *scan, const YR_RULE *rule)
{
    struct rule_verdict *v = context;

    (void)scan;
    if (rule)
        meta_merge(rule, v);
    else
        *v = (struct rule_verdict){0};
}

int engine_judge(struct engine *e, enum rule_family family, const struct engine_facts *facts,
                 const void *bytes, size_t n, struct rule_verdict *out)
{
    struct rule_verdict v = {0};
    const YR_RULE *endless;
    int rc = engine_scan(e, family, facts, bytes, n, merge, &v, &endless);

    if (!v.matches && (rc == MM_ETIMEOUT || (!rc && endless)))
        meta_endless(endless, &v);
    if (rc && rc != MM_ETIMEOUT)
        return rc;
    *out = v;
    return MM_OK;
}

int engine_matches(struct engine *e, enum rule_family family, const struct engine_facts *facts,
                   const void *bytes, size_t n, const char *rule)
{
    struct family *f = &e->family[family];
    struct scan s = {.engine = e, .facts = facts, .rule = rule};
    int rc;

    if (!f->scanner)
        return MM_ENOTFOUND;
    rc = set_facts(f, family, facts);
    if (!rc)
        rc = scan_once(f, &s, bytes, n, f->timeout_ns);
    return rc ? rc : s.found;
}

/* ---- finishing ------------------------------------------------------------------------- */
static int check_rules(struct family *f, enum rule_family family, struct engine_problem *p)
{
    YR_RULE *r;

    yr_rules_foreach(f->rules, r) {
        if (RULE_IS_GLOBAL(r)) {
            snprintf(p->rule, sizeof p->rule, "%s", r->identifier);
            snprintf(p->text, sizeof p->text, "rule %s: global rules would silence all others", r->identifier);
            return MM_EFORMAT;
        }
        if (RULE_IS_PRIVATE(r))
            continue;
        f->count++;
        if (meta_check(r, family, p->text, sizeof p->text)) {
            snprintf(p->rule, sizeof p->rule, "%s", r->identifier);
            return MM_EFORMAT;
        }
    }
    return MM_OK;
}

/* A compiler reserves, and clears, a megabyte for each of a dozen tables, of which
 * the rules need a few kilobytes each.  Finished rules never grow. */
static void trim_rules(const YR_RULES *rules)
{
    for (uint32_t i = 0; i < rules->arena->num_buffers; i++) {
        const YR_ARENA_BUFFER *b = &rules->arena->buffers[i];

        if (b->data)
            os_memory_unused(b->data + b->used, b->size - b->used);
    }
}

static int finish_family(struct engine *e, enum rule_family family, struct engine_problem *p)
{
    struct family *f = &e->family[family];
    struct scan s = {.engine = e, .facts = e->zero};
    int rc;

    p->family = family;
    if (!f->compiler)
        return MM_OK;
    snprintf(p->text, sizeof p->text, "the family cannot be linked");
    if (yr_compiler_get_rules(f->compiler, &f->rules) != ERROR_SUCCESS)
        return MM_ELIMIT;
    yr_compiler_destroy(f->compiler);
    f->compiler = NULL;
    trim_rules(f->rules);
    if (yr_scanner_create(f->rules, &f->scanner) != ERROR_SUCCESS)
        return MM_ENOMEM;
    rc = check_rules(f, family, p);
    if (rc)
        return rc;
    rc = set_facts(f, family, e->zero);
    if (!rc)
        rc = scan_once(f, &s, NULL, 0, f->timeout_ns);
    if (s.module)
        snprintf(p->text, sizeof p->text, "module \"%s\" is not allowed", s.module);
    else if (rc)
        snprintf(p->text, sizeof p->text, "a scan of nothing fails: %s", mm_strerror(rc));
    return rc;
}

int engine_finish(struct engine *e, struct engine_problem *problem)
{
    for (int i = 0; i < FAMILY_COUNT; i++) {
        struct engine_problem p = {0};
        int rc = finish_family(e, (enum rule_family)i, &p);

        if (rc) {
            *problem = p;
            return rc;
        }
    }
    return MM_OK;
}

const YR_RULES *engine_compiled(const struct engine *e, enum rule_family family)
{
    return e->family[family].rules;
}

uint32_t engine_rules(const struct engine *e, enum rule_family family)
{
    return e->family[family].count;
}

static const YR_RULE *public_rule(const struct engine *e, enum rule_family family, uint32_t i)
{
    const YR_RULE *r;

    if (!e->family[family].rules)
        return NULL;
    yr_rules_foreach(e->family[family].rules, r)
        if (!RULE_IS_PRIVATE(r) && i-- == 0)
            return r;
    return NULL;
}

const char *engine_rule_name(const struct engine *e, enum rule_family family, uint32_t i)
{
    const YR_RULE *r = public_rule(e, family, i);

    return r ? r->identifier : NULL;
}

const char *engine_rule_space(const struct engine *e, enum rule_family family, uint32_t i)
{
    const YR_RULE *r = public_rule(e, family, i);

    return r ? r->ns->name : NULL;
}
