#include "agent/roles/rules_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/err.h"

/* ---- the choice ---------------------------------------------------------------------- */

/* The updater's folder is VERSION.HASH; of others the name says nothing. */
static void version_of(struct rules_choice *c)
{
    const char *name = strrchr(c->dir, '/'), *dot = strrchr(c->dir, '.');

    c->version[0] = '\0';
    if (c->source == RULES_UPDATE && name && dot && dot > name && dot - name - 1 < (int)sizeof c->version)
        snprintf(c->version, sizeof c->version, "%.*s", (int)(dot - name - 1), name + 1);
}

/* The folder behind a name, links followed once and for all: the updater may put another link there at any time. */
static int look(const struct agent_config *c, enum rules_source source, struct rules_choice *out)
{
    static const char *const below[] = {[RULES_UPDATE] = "updates/rules/current", [RULES_GOOD] = "guard/rules-good"};
    char name[LIM_PATH + 32], *real;

    if (source == RULES_CONFIGURED)
        snprintf(name, sizeof name, "%s", c->rules);
    else
        snprintf(name, sizeof name, "%s/%s", c->state, below[source]);
    real = realpath(name, NULL);
    if (!real || strlen(real) >= sizeof out->dir) {
        free(real);
        return MM_ENOTFOUND;
    }
    snprintf(out->dir, sizeof out->dir, "%s", real);
    free(real);
    out->source = source;
    version_of(out);
    return rules_hash(out->dir, out->hash);
}

static bool installed(const struct agent_config *c)
{
    char name[LIM_PATH + 32];
    struct stat st;

    snprintf(name, sizeof name, "%s/updates/rules/current", c->state);
    return lstat(name, &st) == 0;
}

int rules_choose(const struct agent_config *c, const struct rules_refused *refused, unsigned tried, struct rules_choice *out)
{
    static const enum rules_source order[2][RULES_SOURCES] = {{RULES_CONFIGURED, RULES_GOOD, RULES_SOURCES},
                                                              {RULES_UPDATE, RULES_GOOD, RULES_CONFIGURED}};
    const enum rules_source *o = order[installed(c)];
    struct rules_choice one = {.left = false};

    for (int i = 0; i < RULES_SOURCES && o[i] != RULES_SOURCES; i++) {
        bool there = look(c, o[i], &one) == MM_OK;

        if (there && rules_refused_find(refused, one.hash)) {
            one.left |= i == 0;
            continue;
        }
        if (!there || tried & 1u << o[i])
            continue;
        one.second = i > 0;
        *out = one;
        return MM_OK;
    }
    return MM_ENOTFOUND;
}
