/* The six basic rules (情報セキュリティ6か条) as one survey found them.
 *
 * Pure; owner: the core role, loop thread.  A check that could not be made is
 * "unknown" and never counts as met; an article of which nothing is known is
 * unknown.  What only a person can say (article 5, and in article 6 the restore
 * test) is a statement with a name and a day. */
#ifndef MM_AGENT_DETECT_BASICS_H
#define MM_AGENT_DETECT_BASICS_H

#include <jansson.h>
#include <stdint.h>

#include "lib/limits.h"

#define BASICS_ARTICLES 6
#define BASICS_CHECKS 400      /* of all articles; a host with many shares and accounts has about 100 */
#define BASICS_LOOK_DAYS 2      /* what a survey found is that old at most */
#define BASICS_STATEMENT_DAYS 365 /* a restore test or a training is done once a year at least */

enum basics_state { BASICS_MET = 0, BASICS_PARTLY, BASICS_UNMET, BASICS_UNKNOWN, BASICS_STATES };
enum basics_statement_kind { BASICS_THREATS = 0, BASICS_RESTORE, BASICS_STATEMENTS };

struct basics_statement {
    char by[LIM_TITLE];         /* empty: nobody said anything */
    int64_t day;                /* since the epoch: when it was done */
    int64_t at;                 /* seconds: when it was said */
};

struct basics {
    json_t *checks[BASICS_ARTICLES]; /* arrays of objects as docs/doors.md shows them, with "at" */
    struct basics_statement stated[BASICS_STATEMENTS];
    unsigned count;
    int64_t checked_at;         /* seconds; 0: never */
    enum basics_state told[BASICS_ARTICLES]; /* what was last told as an event; BASICS_STATES: nothing yet */
};

/* MM_OK or MM_ENOMEM. */
int basics_init(struct basics *p);
void basics_fini(struct basics *p);
/* Add a check of article 1..6; takes `check` (an object).  MM_ELIMIT, MM_EINVAL. */
int basics_add(struct basics *p, unsigned article, json_t *check);
/* How article 1..6 stands, as of `now` (seconds; ages of statements). */
enum basics_state basics_article(const struct basics *p, unsigned article, int64_t now);
/* The checks of an article with those that people state, as of `now`; a new reference, NULL without memory. */
json_t *basics_checks(const struct basics *p, unsigned article, int64_t now);

/* "met" "partly" "unmet" "unknown"; the state of a word, BASICS_STATES when it is none or NULL. */
const char *basics_word(enum basics_state state);
enum basics_state basics_state(const char *word);

#endif
