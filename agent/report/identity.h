/* What enrolment left in STATE/core: the device's key and certificate, the
 * console's CA, and the facts of enrolled.json.
 *   device.key (0600)  device.crt  ca.pem  enrolled.json
 * enrolled.json is written last: where it is, the rest is complete.  The key's file names, before the PEM, the code that it was
 * made for: the console gives its answer again to that key alone, and a key is never used for two codes. */
#ifndef MM_AGENT_REPORT_IDENTITY_H
#define MM_AGENT_REPORT_IDENTITY_H

#include "agent/report/answers.h"
#include "agent/report/device.h"
#include "lib/buf.h"
#include "lib/limits.h"

struct identity {
    char url[512];                   /* console, https://host:port */
    char customer[LIM_TITLE], phone[LIM_TITLE];
    struct buf key, cert, ca;        /* PEM */
    struct device_cert device;       /* agent_id, validity */
};

/* Read and check all of it.  MM_ENOTFOUND: not enrolled; MM_ECRYPTO, MM_EFORMAT: the files
 * do not fit each other.  On success the caller calls identity_fini. */
int identity_load(const char *dir, struct identity *out);
void identity_fini(struct identity *i);
/* A renewed certificate: checked against key and CA, written, taken over. */
int identity_renew(const char *dir, struct identity *i, const struct buf *cert);
/* The key of the enrolment with the code `mark` (hex): the one of a run with that code before, whether it came to its end or not,
 * else `kept` (text of such a file, or empty), else a new one.  It is durable as device.key.new until identity_save. */
int identity_pending_key(const char *dir, const char *mark, const struct buf *kept, struct buf *key);
/* The console will not have it: device.key.new is removed. */
void identity_drop_pending(const char *dir);
/* Write everything of an enrolment; `ca` holds only the pinned CA. */
int identity_save(const char *dir, const char *url, const struct answer_enrol *a, const struct buf *ca);

#endif
