/* What a router says over UPnP: answer to the search, description, port mapping, URL.  The first byte chooses. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/messages.h"
#include "agent/watch/gateway/parts.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[128] = "/", base[128], control[128], service[128];
    struct probe_port p;
    uint16_t port = 1;
    char *text;

    if (!size || !(text = malloc(size))) /* exact, so that a byte too far is seen */
        return 0;
    memcpy(text, data + 1, size - 1);
    switch (data[0] % 4) {
    case 0:
        if (ssdp_location(text, size - 1, "192.168.1.1", &port, path, sizeof path) == MM_OK && (!port || !path_valid(path)))
            abort();
        break;
    case 1:
        if (upnp_description(text, size - 1, base, control, service) == MM_OK && (!control[0] || strchr(service, '"') || strchr(service, '\r')))
            abort();
        break;
    case 2:
        if (upnp_mapping(text, size - 1, &p) == MM_OK && strcmp(p.protocol, "tcp") != 0 && strcmp(p.protocol, "udp") != 0)
            abort();
        break;
    default:
        if (upnp_url(text, size - 1, "192.168.1.1", &port, path, sizeof path) == MM_OK && !path_valid(path))
            abort();
        break;
    }
    free(text);
    return 0;
}
