#include "updater/host/places.h"

#include <stdio.h>
#include <string.h>

#include "lib/durable.h"
#include "lib/err.h"

static const char *const words[UPDATE_KINDS] = {[UPDATE_RULES] = "rules", [UPDATE_AGENT] = "agent"};

const char *places_kind(enum update_kind kind)
{
    return words[kind < UPDATE_KINDS ? kind : UPDATE_RULES];
}

static int join(const char *folder, const char *name, char out[LIM_PATH])
{
    return snprintf(out, LIM_PATH, "%s/%s", folder, name) < LIM_PATH ? MM_OK : MM_ELIMIT;
}

int places_init(struct places *p, const struct agent_config *config)
{
    int rc;

    memset(p, 0, sizeof *p);
    p->config = config;
    rc = join(config->state, "updates", p->updates);
    if (!rc)
        rc = join(p->updates, "metadata", p->metadata);
    if (!rc)
        rc = join(p->updates, "artifacts", p->artifacts);
    if (!rc)
        rc = join(p->updates, "rules", p->folders[UPDATE_RULES]);
    if (!rc)
        rc = join(p->folders[UPDATE_RULES], "current", p->link[UPDATE_RULES]);
    if (rc || !config->releases[0])
        return rc;
    rc = join(config->releases, "releases", p->folders[UPDATE_AGENT]);
    return rc ? rc : join(config->releases, "current", p->link[UPDATE_AGENT]);
}

int places_make(const struct places *p)
{
    int rc = durable_mkdir(p->updates, 0755);

    if (!rc)
        rc = durable_mkdir(p->metadata, 0700);
    if (!rc)
        rc = durable_mkdir(p->artifacts, 0700);
    if (!rc)
        rc = durable_mkdir(p->folders[UPDATE_RULES], 0755);
    return rc;
}

int places_file(const struct places *p, const char *name, char out[LIM_PATH])
{
    return join(p->updates, name, out);
}
