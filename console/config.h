/* The console's configuration: DIR/console.ini, written by `init`. */
#ifndef MM_CONSOLE_CONFIG_H
#define MM_CONSOLE_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "lib/config.h"
#include "lib/limits.h"

struct console_config {
    char name[LIM_TITLE];            /* [console] name= the provider, as its customers know it */
    struct config_list hosts;        /* [console] hosts= names and addresses of the server certificate; the first is in enrolment codes */
    char bind[64];                   /* [agents] bind= */
    int64_t port;                    /* [agents] port= */
    int64_t heartbeat;               /* [agents] heartbeat= seconds between heartbeats */
    int64_t missed;                  /* [agents] missed= heartbeats until a device counts as silent */
    int64_t off;                     /* [agents] off= seconds that a device may be switched off until it counts as silent */
    char api_bind[64];               /* [operators] bind= */
    int64_t api_port;                /* [operators] port= 0: no API */
    char repository[LIM_PATH];       /* [updates] folder= with metadata/ and targets/; empty: no updates are offered */
    int64_t command_life;            /* [commands] valid= seconds that an order waits for its host */
    int64_t keep;                    /* [store] keep= seconds that events are kept */
    int64_t bytes;                   /* [store] bytes= of all events together */
};

int console_config_load(struct console_config *c, const char *path, char *message, size_t message_size);
void console_config_free(struct console_config *c);
void console_config_dump(const struct console_config *c, FILE *out);

#endif
