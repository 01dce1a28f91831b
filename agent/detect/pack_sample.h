/* Samples: what a rule must and must not match.
 *
 * A file holds one object or a list of objects:
 *   {"rule": "ransom_fast", "expect": "match" | "no-match",
 *    "facts": {"burst_destroyed": 3, "process_name": "x"},   facts not named are 0 or ""
 *    "data": "text" | "data_base64": "...",                   the scanned bytes
 *    "identity": {"product": "fortios", "version": "7.2.3", "model": ""}}   family vpn: what the bytes must be known for
 * Without data a process sample scans its process_cmdline, others nothing.
 * Unknown keys and facts are errors. */
#ifndef MM_AGENT_DETECT_PACK_SAMPLE_H
#define MM_AGENT_DETECT_PACK_SAMPLE_H

#include <stddef.h>

#include "agent/detect/engine_facts.h"
#include "lib/buf.h"

struct sample {
    char rule[LIM_RULE];
    int match;                 /* expected: 1 match, 0 no match */
    struct engine_facts facts;
    struct buf data;
    char product[LIM_TAG], version[LIM_TAG], model[LIM_NAME]; /* the identity; product empty: none is expected */
};

/* Called for each sample; a failure ends the parsing. */
typedef int sample_visit(void *context, const struct sample *s, unsigned number, char *why, size_t why_n);

/* Parse a file and hand each sample on.  MM_OK, MM_EFORMAT with *line (that of
 * the JSON error, else 1) and the reason, or what the visitor returned. */
int sample_parse(const char *text, size_t n, enum rule_family family, sample_visit *visit, void *context,
                 int *line, char *why, size_t why_n);

#endif
