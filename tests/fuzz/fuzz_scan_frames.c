/* The scan role against a hostile guard: records of {type, flags, length, payload}
 * become frames; the role must answer or end, never crash. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/messages.h"
#include "agent/roles/scan.h"
#include "lib/err.h"
#include "lib/os/frame.h"
#include "tests/unit/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A descriptor for frames that carry one. */
static int some_file(void)
{
    static FILE *f;

    if (!f && (f = scratch_file())) {
        fputs("rule a { condition: true }\n", f);
        fflush(f);
    }
    return f ? fileno(f) : 0;
}

static const uint8_t TYPES[] = {SCAN_COMPARE, SCAN_RULES, SCAN_PACK_BEGIN, SCAN_PACK_FILE, SCAN_PACK_END, SCAN_PING, 99};

static size_t natural(uint8_t type)
{
    switch (type) {
    case SCAN_COMPARE: return sizeof(struct scan_compare);
    case SCAN_RULES: return sizeof(struct scan_rules);
    case SCAN_PACK_BEGIN:
    case SCAN_PACK_END: return sizeof(struct scan_pack);
    case SCAN_PACK_FILE: return sizeof(struct scan_pack_file);
    default: return 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t payload[sizeof(struct scan_rules)];
    int pair[2], fd = some_file(), fds[2] = {fd, fd};

    if (frame_pair(pair))
        return 0;
    while (size >= 3) {
        uint8_t type = TYPES[data[0] % sizeof TYPES], flags = data[1];
        size_t n = data[2], want = flags & 8 ? n : natural(type);

        data += 3;
        size -= 3;
        n = n < size ? n : size;
        memset(payload, 0, sizeof payload);
        memcpy(payload, data, n < sizeof payload ? n : sizeof payload);
        data += n;
        size -= n;
        if (frame_send(pair[0], type, 1, payload, want, fds, flags % 3))
            break; /* the queue is full: enough for one run */
    }
    shutdown(pair[0], SHUT_WR);
    role_scan(pair[1]);
    close(pair[0]);
    close(pair[1]);
    return 0;
}
