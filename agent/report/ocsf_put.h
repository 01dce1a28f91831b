/* One event on its way to JSON, and how values get into it.
 *
 * Inside of agent/report/ocsf*.c only.  The mapper builds a jansson tree.  Every
 * text passes through put_text, which makes it valid UTF-8 and bounds it; a failed
 * allocation anywhere sets `failed` and the whole event is refused, so no caller
 * looks at single results: a NULL object is borne by every put_*. */
#ifndef MM_AGENT_REPORT_OCSF_PUT_H
#define MM_AGENT_REPORT_OCSF_PUT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/report/ocsf.h"

#define NS_PER_MS 1000000
/* Longest text of one attribute in the first and in the second (cut) attempt.  With every text full of bytes that
 * need an escape the second stays below 36 KiB (tests/unit/report/test_ocsf_finding.c): advisories are eight times
 * the same texts and are cut shorter. */
#define TEXT_FULL (LIM_PATH + 1)
#define TEXT_CUT 512
#define TEXT_CUT_ADVISORY 128

struct mapper {
    const struct event *e;
    const struct ocsf_context *c;
    size_t room;    /* of one text, with NUL */
    int truncated, failed;
    int cut;        /* the second attempt */
    char text[TEXT_FULL];
};

/* Set o[key]; takes `value`. */
void put_value(struct mapper *m, json_t *o, const char *key, json_t *value);
void put_int(struct mapper *m, json_t *o, const char *key, int64_t value);
/* Set a text of `n` bytes at most; an empty one is left out, as OCSF wants it. */
void put_text(struct mapper *m, json_t *o, const char *key, const char *in, size_t n);
#define PUT_FIELD(m, o, key, field) put_text((m), (o), (key), (field), sizeof(field))
void put_str(struct mapper *m, json_t *o, const char *key, const char *text);
/* The same as the only element of an array. */
void put_text_listed(struct mapper *m, json_t *o, const char *key, const char *in, size_t n);
/* A new object under `key`; NULL on failure. */
json_t *put_object(struct mapper *m, json_t *o, const char *key);
/* The same, as the only element of an array. */
json_t *put_listed(struct mapper *m, json_t *o, const char *key);
/* A new array under `key`, and a new object at its end; NULL on failure. */
json_t *put_list(struct mapper *m, json_t *o, const char *key);
json_t *put_next(struct mapper *m, json_t *list);

#endif
