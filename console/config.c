/* The table; lib/config.c does everything else. */
#include "console/config.h"

#include <stddef.h>

#define AT(field) offsetof(struct console_config, field)
#define SIZE(field) (long long)sizeof(((struct console_config *)0)->field)

static const struct config_row rows[] = {
    {"console", "name", CONFIG_TEXT, AT(name), 0, SIZE(name), "Mimamori", NULL, "", "The provider's name, as its customers know it."},
    {"console", "hosts", CONFIG_LIST, AT(hosts), 0, 32, "localhost", NULL, "",
     "Names and addresses at which agents reach this console; the first one is written into enrolment codes."},
    {"agents", "bind", CONFIG_TEXT, AT(bind), 0, SIZE(bind), "::", NULL, "", "Address that the agents' port listens on; :: means all, IPv4 too."},
    {"agents", "port", CONFIG_INT, AT(port), 1, 65535, "8443", NULL, "", "TCP port for agents."},
    {"agents", "heartbeat", CONFIG_SECONDS, AT(heartbeat), 1, 3600, "30s", NULL, "s", "Time between two heartbeats of a device."},
    {"agents", "missed", CONFIG_INT, AT(missed), 1, 1000, "3", NULL, "", "Heartbeats that may be missing until a device counts as silent."},
    {"agents", "off", CONFIG_SECONDS, AT(off), 3600, 31536000, "14d", NULL, "s", "How long a device may be switched off until it counts as silent: longer than the longest holiday."},
    {"operators", "bind", CONFIG_TEXT, AT(api_bind), 0, SIZE(api_bind), "127.0.0.1", NULL, "", "Address that the operators' API listens on."},
    {"operators", "port", CONFIG_INT, AT(api_port), 0, 65535, "8444", NULL, "", "TCP port of the operators' API; 0: no API."},
    {"commands", "valid", CONFIG_SECONDS, AT(command_life), 60, 2592000, "7d", NULL, "s", "How long an order waits for a host that is away."},
    {"updates", "folder", CONFIG_PATH, AT(repository), 0, SIZE(repository), "", NULL, "",
     "Folder with metadata/ and targets/ of the release desk, offered to hosts below /agent/v1/tuf/; empty: no updates are offered."},
    {"store", "keep", CONFIG_SECONDS, AT(keep), 86400, 315360000, "400d", NULL, "s", "How long events are kept; those of open incidents stay."},
    {"store", "bytes", CONFIG_BYTES, AT(bytes), 1 << 20, 1LL << 50, "20G", NULL, "bytes",
     "Bytes of all events together; beyond it the device with the most loses its oldest."},
};
#define ROWS (sizeof rows / sizeof rows[0])

int console_config_load(struct console_config *c, const char *path, char *message, size_t message_size)
{
    return config_load(rows, ROWS, c, path, message, message_size);
}

void console_config_free(struct console_config *c)
{
    config_free(rows, ROWS, c);
}

void console_config_dump(const struct console_config *c, FILE *out)
{
    config_dump(rows, ROWS, c, out);
}
