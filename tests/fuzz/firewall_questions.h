/* Both readers' fuzz targets: a host's own text into the model, and the evaluator over what came of it. */
#ifndef MM_FUZZ_FIREWALL_QUESTIONS_H
#define MM_FUZZ_FIREWALL_QUESTIONS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/firewall.h"

static int firewall_questions(int (*read)(struct fw *, const char *, size_t), const uint8_t *data, size_t size)
{
    static const struct fw_iface IFACES[] = {{"eth0", true}, {"lan0", false}};
    static const unsigned char ADDRESS[16] = {10, 0, 0, 1};
    struct fw *fw = fw_new();
    char evidence[200];

    if (!fw)
        return 0;
    read(fw, (const char *)data, size);
    for (unsigned i = 0; i < 4; i++) {
        struct fw_question q = {.families = i % 2 ? FW_BOTH : FW_IP4, .protocol = i < 2 ? 6 : 17, .port = i * 1000 + 22, .ifaces = IFACES, .nifaces = i % 3,
                                .address = i == 2 ? ADDRESS : NULL};

        if (fw_ask(fw, &q, evidence, sizeof evidence) > FW_OPEN || !memchr(evidence, '\0', sizeof evidence) || !evidence[0])
            abort();
    }
    fw_free(fw);
    return 0;
}

#endif
