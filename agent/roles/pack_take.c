#include "agent/roles/pack_take.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/content_source.h"
#include "lib/err.h"
#include "lib/os/memory.h"

uint8_t *pack_take_bytes(int fd, size_t most, size_t *n)
{
    struct content_source source;
    uint8_t *bytes = NULL;

    *n = 0;
    if (source_open(&source, fd) == MM_OK && source.size) {
        size_t want = source.size < most ? (size_t)source.size : most;

        bytes = malloc(want);
        if (bytes)
            *n = source_read(&source, 0, bytes, want);
    }
    return bytes;
}

int pack_take_answer(int sock, uint64_t id, uint16_t type, const void *payload, size_t n)
{
    return frame_send_wait(sock, type, id, payload, n, NULL, 0, -1);
}

int pack_take_begin(struct pack_take *t)
{
    pack_free(t->pack);
    t->pack = pack_new();
    t->arrived = 0;
    memset(&t->refused, 0, sizeof t->refused);
    return t->pack ? MM_OK : MM_ENOMEM;
}

int pack_take_file(struct pack_take *t, struct frame *f)
{
    struct scan_pack_file *head = (struct scan_pack_file *)(void *)f->payload;
    uint8_t *bytes;
    size_t n;
    int rc;

    if (!t->pack)
        return MM_EFORMAT;
    FRAME_STR(head->name);
    t->arrived++;
    bytes = pack_take_bytes(f->fds[0], LIM_PACK_BYTES + 1, &n);
    rc = pack_add(t->pack, head, bytes ? (void *)bytes : head->name, n);
    free(bytes);
    if (rc && !t->refused.message[0]) {
        t->refused.result = rc;
        snprintf(t->refused.message, sizeof t->refused.message, "%s: %s", head->name, mm_strerror(rc));
    }
    return MM_OK;
}

int pack_take_end(struct pack_take *t, const struct frame *f, enum rule_family family, struct engine **out, struct scan_packed *report)
{
    const struct scan_pack *tail = (const struct scan_pack *)(const void *)f->payload;
    struct engine *fresh = NULL;

    if (!t->pack)
        return MM_EFORMAT;
    *report = t->refused;
    if (!report->message[0] && tail->files != t->arrived) {
        report->result = MM_EFORMAT;
        snprintf(report->message, sizeof report->message, "%u files announced, %u arrived", tail->files, t->arrived);
    }
    if (!report->message[0] && (family == FAMILY_COUNT ? pack_build(t->pack, &fresh, report)
                                                       : pack_build_family(t->pack, family, &fresh, report)) == MM_OK) {
        engine_free(*out);
        *out = fresh;
    }
    pack_take_fini(t);
    os_memory_settle(); /* compiling takes tens of megabytes for a moment */
    return MM_OK;
}

void pack_take_fini(struct pack_take *t)
{
    pack_free(t->pack);
    t->pack = NULL;
}
