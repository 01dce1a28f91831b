/* Signed commands: DSSE envelope and payload (docs/protocol.md).  Pure: bytes
 * in, decision out; used by the guard to verify and by the console to sign. */
#ifndef MM_LIB_COMMAND_H
#define MM_LIB_COMMAND_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/limits.h"

enum command_action { COMMAND_CONTAIN = 1, COMMAND_ALLOW, COMMAND_RESTORE, COMMAND_QUERY, COMMAND_SCAN,
                      COMMAND_UPDATE, COMMAND_RESTART, COMMAND_CLOSE, COMMAND_DECLARE, COMMAND_POLICY };

struct command {
    char command_id[LIM_ID], agent_id[LIM_ID];
    uint64_t sequence;
    int64_t not_before, not_after;    /* seconds since the epoch */
    enum command_action action;
    int target_device;                /* 1: target {"device":{}} */
    char incident[LIM_ID];            /* target {"incident":...}; empty when none */
    int hold_without_console;         /* args; -1 when not given */
    char by[LIM_TITLE];
    char args[LIM_COMMAND_ARGS];      /* DECLARE, POLICY: the checked arguments as compact JSON; else empty */
};

struct command_key { char keyid[KEYID_HEX]; uint8_t pub[ED25519_PUBLIC]; };

/* Sign a payload made from `c`; appends the envelope's JSON to `out`. */
int command_sign(const struct command *c, const uint8_t secret[ED25519_SECRET],
                 const uint8_t pub[ED25519_PUBLIC], struct buf *out);

enum command_refusal { REFUSE_NONE = 0, REFUSE_FORMAT, REFUSE_SIGNATURE, REFUSE_HOST, REFUSE_TIME, REFUSE_REPLAY, REFUSE_ACTION };
struct command_check {
    const struct command_key *keys; unsigned nkeys;
    const char *agent_id;
    uint64_t last_sequence;           /* highest executed so far */
    int64_t now;                      /* seconds since the epoch */
};
/* Verify and parse one envelope of `n` bytes.  MM_OK and `out` filled, or
 * MM_EFORMAT / MM_ECRYPTO / MM_EDENIED with `why` set (may be NULL).
 * A refusal leaves `out` alone but for two members, so that the console can be
 * told which command it was: command_id and sequence, as far as a trusted key
 * signed them and they can be read, else "" and 0.  The sequence of a command
 * for another host is never told: it says nothing about this host's commands. */
int command_verify(const char *envelope, size_t n, const struct command_check *check,
                   struct command *out, enum command_refusal *why);
const char *command_refusal_text(enum command_refusal why);

/* The arguments of the two commands that carry text, judged by one rule where a command is made, where it is
 * verified and at the local socket's `declare`: nothing missing, nothing unknown, every text bounded and without
 * control characters.
 * DECLARE: a statement of a person (docs/doors.md), its "by" the command's `by`:
 *   {"id","by","product","model","version"}, {"id","by","mitigation","reason"}, {"id","by","certificate"} of a door,
 *   {"id","by","date"} of posture.
 * POLICY: {"gateways":["host:port",...]}: the gateways that are asked, besides those of the configuration; each once;
 *   {"ring":"canary"|"early"|"broad"}: the ring of updates; {"removal":64 hexadecimal digits}: hash of the code
 *   with which the agent may be removed (lib/removal_code.h), for as long as the command is valid; or several of them.
 * Appends them as compact JSON to `out` (NULL: only judged).  MM_EFORMAT, MM_ELIMIT, MM_EUNSUPPORTED (another action). */
int command_args(enum command_action action, const char *text, size_t n, const char *by, struct buf *out);
/* 1 when `text` is a gateway: "name:port", "192.0.2.1:port" or "[2001:db8::1]:port", lower case, port 1 to 65535
 * without a leading zero. */
int command_gateway(const char *text);
/* 1 when `text` can be a door's id: a kind ("gateway" "program" "listener" "ssh"), alone or with ':' and
 * something printable in UTF-8, below LIM_DOOR_ID bytes. */
int command_door(const char *text);
/* The texts of a statement, each 1 when it is well: a product as the rules name it; a version as makers write it, with
 * a digit and no blank at its end; a mitigation's word; a posture's id that has a day; a day like "2026-11-01"; the SHA-256 of a certificate's
 * key in hexadecimal digits, lower case: all 64 or at least the first 16; or "none". */
int command_product(const char *text);
int command_version(const char *text);
int command_mitigation(const char *text);
int command_posture(const char *text);
int command_day(const char *text);
int command_certificate(const char *text);

#endif
