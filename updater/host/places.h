/* Where things stand on this host (docs/update.md, "Files"). */
#ifndef MM_UPDATER_HOST_PLACES_H
#define MM_UPDATER_HOST_PLACES_H

#include "lib/agent_config.h"
#include "updater/choose.h"

struct places {
    const struct agent_config *config;
    char updates[LIM_PATH];                 /* STATE/updates */
    char metadata[LIM_PATH], artifacts[LIM_PATH];
    char folders[UPDATE_KINDS][LIM_PATH];   /* that hold the releases of a kind; "": this host does not take them */
    char link[UPDATE_KINDS][LIM_PATH];      /* `current` */
};

/* MM_ELIMIT: a path is too long. */
int places_init(struct places *p, const struct agent_config *config);
/* Make the folders below updates/. */
int places_make(const struct places *p);
/* Path of a file below updates/.  MM_ELIMIT. */
int places_file(const struct places *p, const char *name, char out[LIM_PATH]);
/* The word of a kind in records: "rules", "agent". */
const char *places_kind(enum update_kind kind);

#endif
