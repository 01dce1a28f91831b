/* What the updater remembers and tells: STATE/updates/status.json, one object that is replaced as a whole, and the history.
 *
 * The record knows three releases of a kind: the one in use ("now"), the one before, and one on trial.  A trial is written
 * down before the link is moved, so that a run after a power cut knows what it finds. */
#ifndef MM_UPDATER_HOST_RECORD_H
#define MM_UPDATER_HOST_RECORD_H

#include <jansson.h>
#include <stdbool.h>

#include "updater/host/messages.h"
#include "updater/host/places.h"

struct release {                  /* one that is on this disk */
    char version[LIM_VERSION];    /* "": there is none */
    char folder[LIM_NAME];        /* below places.folders[kind] */
    char artifact[LIM_TUF_FILE];  /* stored archive; "": none */
    char content[65];
    char since[RFC3339_TEXT];     /* in use since then */
    int64_t schema;
};
enum release_role { RELEASE_NOW, RELEASE_BEFORE, RELEASE_TRIAL };

struct record {
    const struct places *places;
    json_t *root;                 /* owned */
};

/* Read it; a record that is not there or cannot be read begins anew (and is told in *lost).  MM_ENOMEM. */
int record_open(struct record *r, const struct places *places, bool *lost);
void record_close(struct record *r);
/* Write it durably. */
int record_save(const struct record *r);

void record_get(const struct record *r, enum update_kind kind, enum release_role role, struct release *out);
/* NULL: there is none any more. */
void record_set(struct record *r, enum update_kind kind, enum release_role role, const struct release *release);
/* Texts and numbers at the top: "" and 0 for what is not there. */
const char *record_text(const struct record *r, const char *key);
void record_set_text(struct record *r, const char *key, const char *value);
void record_set_number(struct record *r, const char *key, int64_t value);
/* One level down: "floor", "expires". */
int64_t record_number_in(const struct record *r, const char *part, const char *key);
void record_set_number_in(struct record *r, const char *part, const char *key, int64_t value);
void record_set_text_in(struct record *r, const char *part, const char *key, const char *value);
/* A content that is not taken again on this host. */
void record_refuse(struct record *r, const char *content);
/* One more try with a content that ended badly for a reason that may be this host's; how many it were.  0 `add`: only tell. */
int64_t record_tries(struct record *r, const char *content, int add);
/* It went well: nothing is held against it. */
void record_forget_tries(struct record *r, const char *content);
unsigned record_refused(const struct record *r, char out[LIM_UPDATE_REFUSED][65]);

struct happening { const char *kind, *act, *from, *to, *cause, *detail, *by; };
/* Add an entry to the history, durably.  */
int record_tell(const struct record *r, const struct happening *h);
/* The history as it is, oldest first; the caller releases it.  NULL: none. */
json_t *record_history(const struct places *places);

#endif
