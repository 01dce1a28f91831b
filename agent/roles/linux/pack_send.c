#include "agent/roles/pack_send.h"

#include <stdint.h>
#include <stdio.h>

#include "agent/detect/pack_dir.h"
#include "agent/messages.h"
#include "lib/err.h"
#include "lib/os/clock.h"
#include "lib/os/frame.h"

struct courier {
    int sock;
    int64_t until_ms;
    uint32_t files;
};

/* The queue holds a few files only; wait for scan to take them. */
static int send_waiting(struct courier *c, uint16_t type, const void *payload, size_t n, const int *fds, unsigned nfds)
{
    int64_t left = c->until_ms - os_now_ms();

    return frame_send_wait(c->sock, type, 0, payload, n, fds, nfds, left > 0 ? (int)left : 0);
}

static int send_file(void *context, const struct scan_pack_file *file, int fd, char *msg, size_t n)
{
    struct courier *c = context;
    int rc = send_waiting(c, SCAN_PACK_FILE, file, sizeof *file, &fd, 1);

    if (rc)
        snprintf(msg, n, "%s: scan does not take it: %s", file->name, mm_strerror(rc));
    else
        c->files++;
    return rc;
}

/* FAMILY_COUNT: the whole pack. */
static int send_pack(int sock, const char *rules_dir, const char *local_dir, enum rule_family only, struct pack_skips *skips,
                     char *msg, size_t n)
{
    struct courier c = {.sock = sock, .until_ms = os_now_ms() + LIM_SCAN_REPLY_MS};
    struct scan_pack head = {.files = 0}; /* not known before; END closes the list */
    int rc = send_waiting(&c, SCAN_PACK_BEGIN, &head, sizeof head, NULL, 0);

    msg[0] = '\0';
    *skips = (struct pack_skips){0};
    if (!rc && only == FAMILY_COUNT)
        rc = pack_dir_walk(rules_dir, local_dir, 0, send_file, &c, skips, msg, n);
    else if (!rc)
        rc = pack_dir_walk_family(rules_dir, local_dir, only, send_file, &c, skips, msg, n);
    head.files = c.files;
    if (!rc)
        rc = send_waiting(&c, SCAN_PACK_END, &head, sizeof head, NULL, 0);
    if (rc && !msg[0])
        snprintf(msg, n, "%s: %s", rules_dir, mm_strerror(rc));
    return rc;
}

int pack_send(int sock, const char *rules_dir, const char *local_dir, struct pack_skips *skips, char *msg, size_t n)
{
    return send_pack(sock, rules_dir, local_dir, FAMILY_COUNT, skips, msg, n);
}

int pack_send_family(int sock, const char *rules_dir, const char *local_dir, enum rule_family family, struct pack_skips *skips,
                     char *msg, size_t n)
{
    return send_pack(sock, rules_dir, local_dir, family, skips, msg, n);
}
