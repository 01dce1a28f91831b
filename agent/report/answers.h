/* The console's JSON answers, parsed.  Pure: bytes in, struct out; everything
 * is hostile (wrong types, huge numbers, deep nesting, garbage).  On failure
 * outputs are untouched and the result is MM_EFORMAT, MM_ELIMIT or MM_ENOMEM. */
#ifndef MM_AGENT_REPORT_ANSWERS_H
#define MM_AGENT_REPORT_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/command.h"
#include "lib/limits.h"

#define ANSWER_BEAT_LEAST 1      /* s; bounds of what the console may ask for */
#define ANSWER_BEAT_MOST 300

/* {"durable": N} */
int answer_durable(const char *body, size_t n, uint64_t *durable);

struct answer_beat { unsigned next_s; int commands; int64_t server_time; /* s since the epoch, 0: none */ };
/* {"next_s","server_time","commands"}; next_s is brought into its bounds. */
int answer_beat(const char *body, size_t n, struct answer_beat *out);

/* One DSSE envelope as compact JSON of at most LIM_COMMAND bytes. */
typedef void (*answer_envelope_fn)(void *context, const char *envelope, size_t n);
/* {"commands":[...]}: calls `fn` for each, in order; none is called when the answer is bad. */
int answer_commands(const char *body, size_t n, answer_envelope_fn fn, void *context, unsigned *count);

/* {"certificate": PEM}: appends the PEM text to `pem`. */
int answer_certificate(const char *body, size_t n, struct buf *pem);

struct answer_enrol {
    char agent_id[LIM_ID], customer[LIM_TITLE], phone[LIM_TITLE];
    struct buf certificate, ca;                 /* PEM */
    struct buf update_root;                     /* the newest root.json of the repository that the console offers; empty: none */
    struct command_key keys[LIM_COMMAND_KEYS];
    unsigned nkeys;                             /* 1.. */
};
/* On success the caller calls answer_enrol_fini. */
int answer_enrol(const char *body, size_t n, struct answer_enrol *out);
void answer_enrol_fini(struct answer_enrol *a);

/* {"error","message"} of a refused call, made printable; empty strings when it is not of that form. */
void answer_error(const char *body, size_t n, char word[LIM_TAG], char message[LIM_TITLE]);

/* The list of command keys as kept in state/guard/command-keys.json:
 * {"agent_id":UUID,"command_keys":[{"keyid","public"}]}.  Appends / parses. */
int answer_keys_write(const char *agent_id, const struct command_key *keys, unsigned n, struct buf *out);
int answer_keys_read(const char *text, size_t n, char agent_id[LIM_ID], struct command_key *keys, unsigned *nkeys);

#endif
