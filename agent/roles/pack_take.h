/* Taking in a pack that arrives in frames: SCAN_PACK_BEGIN, a SCAN_PACK_FILE each, SCAN_PACK_END.
 *
 * What scan and judge have in common.  Owns the arriving pack; the engine that
 * comes of it is the caller's.  One thread. */
#ifndef MM_AGENT_ROLES_PACK_TAKE_H
#define MM_AGENT_ROLES_PACK_TAKE_H

#include "agent/detect/engine.h"
#include "agent/detect/pack.h"
#include "agent/messages.h"
#include "lib/os/frame.h"

struct pack_take {
    struct pack *pack;          /* the one that is arriving; NULL: none */
    struct scan_packed refused; /* message not empty: a file of it was refused */
    uint32_t arrived;           /* files of it */
};

/* SCAN_PACK_BEGIN: an earlier one that did not end is dropped.  MM_OK or MM_ENOMEM. */
int pack_take_begin(struct pack_take *t);
/* SCAN_PACK_FILE with its descriptor.  MM_OK, MM_EFORMAT: none was begun. */
int pack_take_file(struct pack_take *t, struct frame *f);
/* SCAN_PACK_END: build it whole (`family` FAMILY_COUNT) or one family of it, and fill *report.  *out stays when it is
 * refused.  MM_OK, MM_EFORMAT: none was begun. */
int pack_take_end(struct pack_take *t, const struct frame *f, enum rule_family family, struct engine **out, struct scan_packed *report);
void pack_take_fini(struct pack_take *t);

/* The first `most` bytes of a descriptor, for the caller to free; *n 0 and NULL when there are none. */
uint8_t *pack_take_bytes(int fd, size_t most, size_t *n);
/* Answer the frame that is being handled, waiting while the peer's queue is full.  MM_OK or an error. */
int pack_take_answer(int sock, uint64_t id, uint16_t type, const void *payload, size_t n);

#endif
