/* What the updater writes for others (docs/update.md), as they read it: its last run, and entries of its history.
 * Pure: bytes in, structs out.  Any bytes may be there; what is not as it must be is left empty. */
#ifndef MM_LIB_UPDATE_RECORD_H
#define MM_LIB_UPDATE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/limits.h"

enum told_result { TOLD_NONE, TOLD_CURRENT, TOLD_AVAILABLE, TOLD_APPLIED, TOLD_REFUSED, TOLD_FAILED, TOLD_RESULTS };

struct update_part {
    char version[LIM_TAG], before[LIM_TAG];
    char trial[LIM_TAG];             /* about to be put in use, or in use and not yet judged; empty: none */
    int64_t since, made;             /* seconds since the epoch: in use since, made at the desk; 0: not told */
};

struct update_record {
    int64_t checked, verified;       /* last run begun, last time metadata was current; 0: never */
    enum told_result result;
    char cause[LIM_TAG];             /* a word of docs/update.md; empty: none */
    char detail[LIM_TITLE];
    char ring[LIM_TAG];              /* "canary", "early", "broad"; empty: not told */
    struct update_part rules, agent;
};

/* Read updates/status.json.  MM_EFORMAT (no JSON object), MM_ELIMIT: then *out is as it was. */
int update_record_read(const char *text, size_t n, struct update_record *out);
/* "current" ... ; "" for TOLD_NONE. */
const char *update_result_word(enum told_result result);
/* The run ended as it does when somebody offers what was not signed, what is old, or what does not belong together. */
bool update_looks_attacked(const struct update_record *r);
/* 1 when `cause` is the word for that, whatever was done then. */
bool update_cause_attack(const char *cause);
/* Who gets a release first: canary, early, broad, by number from 0; the one list of their words. */
#define UPDATE_RINGS 3
/* Number of the ring, -1 when the word is none. */
int update_ring_number(const char *word);
const char *update_ring_word(int ring);
/* 1 when it is a ring. */
bool update_ring(const char *word);

enum told_kind { TOLD_RULES, TOLD_AGENT, TOLD_METADATA, TOLD_KINDS };
enum told_act { TOLD_DID_APPLY, TOLD_DID_REFUSE, TOLD_DID_RETURN, TOLD_DID_ROLL_BACK, TOLD_DID_FAIL, TOLD_ACTS };

struct update_entry {
    uint64_t sequence;               /* 1 and more */
    int64_t time;                    /* seconds since the epoch; 0: not told */
    enum told_kind kind;
    enum told_act act;
    char from[LIM_TAG], to[LIM_TAG], cause[LIM_TAG];
    char detail[LIM_TITLE], by[LIM_TITLE];
};

/* Read one line of updates/history.  MM_EFORMAT: it is none of ours. */
int update_entry_read(const char *line, size_t n, struct update_entry *out);
#endif
