#include "agent/detect/engine_facts.h"

#include <string.h>

#include "lib/err.h"

static const char *const NAMES[FAMILY_COUNT] = {"file", "process", "burst", "vpn"};

const char *engine_family_name(enum rule_family family)
{
    return family < FAMILY_COUNT ? NAMES[family] : "?";
}

enum rule_family engine_family(const char *name, size_t n)
{
    for (int i = 0; i < FAMILY_COUNT; i++)
        if (strlen(NAMES[i]) == n && !memcmp(NAMES[i], name, n))
            return (enum rule_family)i;
    return FAMILY_COUNT;
}

static const char *const SOURCES[SOURCE_END] = {"", "https", "tls", "ssh", "ike", "snmp", "tcp", "file"};

const char *engine_source_name(uint32_t source)
{
    return source < SOURCE_END ? SOURCES[source] : "";
}

uint32_t engine_source(const char *name, size_t n)
{
    for (uint32_t i = 1; i < SOURCE_END; i++)
        if (strlen(SOURCES[i]) == n && !memcmp(SOURCES[i], name, n))
            return i;
    return 0;
}

#define FILES (1u << FAMILY_FILE)
#define PROCESSES (1u << FAMILY_PROCESS)
#define BURSTS (1u << FAMILY_BURST)
#define VPNS (1u << FAMILY_VPN)
#define PROGRAMS (FILES | PROCESSES | BURSTS)

#define AT(part, field) offsetof(struct engine_facts, part) + offsetof(struct part##_facts, field)
#define NUMBER(part, field, kind, families) {#part "_" #field, kind, AT(part, field), 0, families}
#define TEXT(part, field, families) \
    {#part "_" #field, FACT_TEXT, AT(part, field), sizeof ((struct part##_facts *)0)->field, families}
#define BURST(field) NUMBER(burst, field, FACT_U32, BURSTS)

static const struct fact FACTS[] = {
    NUMBER(process, pid, FACT_I32, PROGRAMS),
    NUMBER(process, ppid, FACT_I32, PROGRAMS),
    NUMBER(process, uid, FACT_U32, PROGRAMS),
    NUMBER(process, session, FACT_U32, PROGRAMS),
    NUMBER(process, start_ns, FACT_U64, PROGRAMS),
    NUMBER(process, tree, FACT_U64, PROGRAMS),
    NUMBER(process, packaged, FACT_U32, PROGRAMS),
    NUMBER(process, interactive, FACT_U32, PROGRAMS),
    NUMBER(process, age_s, FACT_U32, PROGRAMS),
    NUMBER(process, cut, FACT_U32, PROGRAMS),
    TEXT(process, name, PROGRAMS),
    TEXT(process, path, PROGRAMS),
    TEXT(process, cmdline, PROGRAMS),
    TEXT(process, parent_name, PROGRAMS),
    TEXT(process, parent_path, PROGRAMS),
    TEXT(process, user, PROGRAMS),
    TEXT(process, cgroup, PROGRAMS),
    BURST(touched),
    BURST(destroyed),
    BURST(destroyed_hour),
    BURST(destroyed_day),
    BURST(destroyed_session),
    BURST(destroyed_host),
    BURST(encrypted),
    BURST(wiped),
    BURST(removed),
    BURST(removed_hour),
    BURST(replaced),
    BURST(inplace),
    BURST(partial),
    BURST(renamed),
    BURST(same_suffix),
    BURST(opaque_new),
    BURST(notes),
    BURST(canary),
    BURST(kept),
    BURST(read),
    BURST(folders),
    BURST(types),
    BURST(removed_types),
    BURST(processes),
    BURST(seconds),
    BURST(entropy_gain),
    TEXT(vpn, product, VPNS),
    NUMBER(vpn, version, FACT_I64, VPNS),
    TEXT(vpn, model, VPNS),
    NUMBER(vpn, source, FACT_SOURCE, VPNS),
    NUMBER(vpn, status, FACT_U32, VPNS),
    TEXT(vpn, path, VPNS),
};

const struct fact *facts_table(size_t *n)
{
    *n = sizeof FACTS / sizeof *FACTS;
    return FACTS;
}

const struct fact *facts_find(const char *name, enum rule_family family)
{
    for (size_t i = 0; i < sizeof FACTS / sizeof *FACTS; i++)
        if ((FACTS[i].families >> family & 1) && !strcmp(FACTS[i].name, name))
            return &FACTS[i];
    return NULL;
}

int facts_is_text(const struct fact *f)
{
    return f->kind == FACT_TEXT || f->kind == FACT_SOURCE;
}

const char *facts_text(const struct fact *f, const struct engine_facts *from)
{
    const char *at = (const char *)from + f->offset;
    uint32_t source;

    if (f->kind == FACT_TEXT)
        return at;
    memcpy(&source, at, sizeof source);
    return engine_source_name(source);
}

int facts_set_text(const struct fact *f, struct engine_facts *to, const char *value, size_t n)
{
    char *at = (char *)to + f->offset;
    uint32_t source;

    if (f->kind == FACT_TEXT) {
        if (n >= f->size)
            return MM_ELIMIT;
        memcpy(at, value, n);
        at[n] = '\0';
        return MM_OK;
    }
    source = engine_source(value, n);
    if (f->kind != FACT_SOURCE || (!source && n))
        return MM_EFORMAT;
    memcpy(at, &source, sizeof source);
    return MM_OK;
}

int64_t facts_number(const struct fact *f, const struct engine_facts *from)
{
    const char *at = (const char *)from + f->offset;
    uint32_t u32;
    int32_t i32;
    int64_t i64;

    switch (f->kind) {
    case FACT_I32:
        memcpy(&i32, at, sizeof i32);
        return i32;
    case FACT_U32:
        memcpy(&u32, at, sizeof u32);
        return u32;
    case FACT_U64:
    case FACT_I64:
        memcpy(&i64, at, sizeof i64);
        return i64;
    case FACT_TEXT:
    case FACT_SOURCE:
        break;
    }
    return 0;
}

int facts_set_number(const struct fact *f, struct engine_facts *to, int64_t value)
{
    char *at = (char *)to + f->offset;
    uint32_t u32 = (uint32_t)value;

    if ((f->kind == FACT_U32 && (value < 0 || value > UINT32_MAX)) || (f->kind == FACT_U64 && value < 0) ||
        (f->kind == FACT_I32 && (value < INT32_MIN || value > INT32_MAX)) || facts_is_text(f))
        return MM_ELIMIT;
    if (f->kind == FACT_U64 || f->kind == FACT_I64)
        memcpy(at, &value, sizeof value);
    else
        memcpy(at, &u32, sizeof u32);
    return MM_OK;
}
