/* The agents' event lines (NDJSON of OCSF events) -> facts.  Pure: bytes in,
 * structs out; everything in the lines is hostile.  A batch is taken whole or
 * not at all, so that "stored up to N" is always true. */
#ifndef MM_CONSOLE_INGEST_H
#define MM_CONSOLE_INGEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/limits.h"

struct ingest_event {
    uint64_t sequence;                 /* metadata.sequence, 1.. */
    int64_t time_ms;
    int class_uid, activity, severity, status;
    char incident[LIM_ID];             /* metadata.correlation_uid; empty: none */
    char title[LIM_TITLE], title_en[LIM_TITLE];
    char rule[LIM_RULE], attack[LIM_TAG], response[LIM_TAG];
    char state[LIM_TAG];               /* unmapped.new_state */
    int64_t first_ms;                  /* unmapped.first_sign, else time_ms */
    int64_t files_touched, files_destroyed, files_restored, files_failed, processes;
    char chain[65];                    /* unmapped.chain: hash of the row before; empty: none */
    char *body;                        /* the line, NUL-terminated, owned by the batch */
};

struct ingest_batch {
    struct ingest_event *event;
    unsigned count;
    char *text;                        /* the lines' memory */
};

struct ingest_error { unsigned line; const char *what; };

/* Parse `n` bytes; sequences must ascend and begin and end as the headers said.
 * MM_EFORMAT with `error`, MM_ELIMIT (too many or too long lines), MM_ENOMEM. */
int ingest_parse(const char *body, size_t n, uint64_t first, uint64_t last, struct ingest_batch *out,
                 struct ingest_error *error);
void ingest_free(struct ingest_batch *b);

/* Decompress one zstd frame into `out` (bounded by its maximum).  MM_EFORMAT, MM_ELIMIT. */
int ingest_unzstd(const void *data, size_t n, struct buf *out);

#endif
