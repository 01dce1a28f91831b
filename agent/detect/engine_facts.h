/* The facts as external variables: one table that defines them for YARA, sets
 * them before a scan and reads them from samples.  rules/README.md tells their
 * meaning; a name is "process_" or "burst_" and the field's name. */
#ifndef MM_AGENT_DETECT_ENGINE_FACTS_H
#define MM_AGENT_DETECT_ENGINE_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "agent/detect/facts.h"
#include "agent/messages.h"

/* What only the vpn family sees: a version to judge, or where the scanned bytes come from. */
struct vpn_facts {
    char product[LIM_NAME];
    int64_t version;        /* encoded so that ranges compare (lib/product_version.h) */
    char model[LIM_NAME];   /* empty: not known */
    uint32_t source;        /* enum vpn_source; rules see its word */
    uint32_t status;        /* HTTP status */
    char path[LIM_NAME];    /* that was asked, or of the file */
};

/* The word of a source: "https", "tls", "ssh", "ike", "snmp", "tcp", "file"; "" for a number that has none. */
const char *engine_source_name(uint32_t source);
/* The source of a word; 0 when it is none. */
uint32_t engine_source(const char *name, size_t n);

/* "file", "process", "burst", "vpn". */
const char *engine_family_name(enum rule_family family);
/* The family of a name; FAMILY_COUNT when it is none. */
enum rule_family engine_family(const char *name, size_t n);

/* One question to the engine: all facts of all families, zero where unknown. */
struct engine_facts {
    struct process_facts process;
    struct burst_facts burst;
    struct vpn_facts vpn;
};

enum fact_kind { FACT_I32, FACT_U32, FACT_U64, FACT_I64, FACT_TEXT, FACT_SOURCE /* a text in rules, its number here */ };

struct fact {
    const char *name;
    enum fact_kind kind;
    size_t offset;     /* in struct engine_facts */
    size_t size;       /* bytes of a FACT_TEXT, with its NUL */
    unsigned families; /* bit per enum rule_family that sees it */
};

/* The table; *n its length. */
const struct fact *facts_table(size_t *n);
/* The entry of that name that `family` sees; NULL when there is none. */
const struct fact *facts_find(const char *name, enum rule_family family);
/* 1: rules see a text, 0: a number. */
int facts_is_text(const struct fact *f);
/* The value of a text fact; belongs to `from`, or static. */
const char *facts_text(const struct fact *f, const struct engine_facts *from);
/* Set a text fact: MM_OK, MM_ELIMIT when it is too long, MM_EFORMAT when it is no word of the source's. */
int facts_set_text(const struct fact *f, struct engine_facts *to, const char *value, size_t n);
/* The value of a number fact. */
int64_t facts_number(const struct fact *f, const struct engine_facts *from);
/* Set a number fact: MM_OK or MM_ELIMIT when the field cannot hold it. */
int facts_set_number(const struct fact *f, struct engine_facts *to, int64_t value);

#endif
