/* What the desk offers to hosts, and what metadata says about it (docs/update.md):
 * rule packs, releases of the agent, and deltas between those.  A folder is
 * packed, an archive is looked through; any other file is carried as it is, and
 * no host installs it. */
#ifndef MM_UPDATER_PUBLISH_OFFER_H
#define MM_UPDATER_PUBLISH_OFFER_H

#include <jansson.h>

#include "lib/buf.h"
#include "updater/publish/pack.h"

#define OFFER_FLOOR "x-mimamori-floor" /* in the signed part of a role: the oldest version that anybody may go back to */
#define OFFER_VERSION 32               /* bytes of a version, with NUL: three numbers of at most nine digits */

/* What is said on the command line. */
struct offer_words {
    const char *role;
    const char *version, *platform;    /* NULL: not given */
    long schema;                       /* for a program that does not say its own; 0: not given */
};

/* A file to publish; its holder ends it with offer_fini. */
struct offer {
    char name[LIM_TUF_PATH];           /* its own, "" when it has none: a file */
    struct buf bytes;
    json_t *custom;                    /* NULL: a file that no host installs */
};

/* 1 for three numbers, as 1.2.0. */
int offer_version(const char *text);
/* Below, at or above 0 as `a` is older than, the same as or newer than `b`; both are versions. */
int offer_order(const char *a, const char *b);
/* 1 when files of this kind come out of this role: the kinds have the names of their roles, and deltas are the agent's. */
int offer_is_role(const char *role);

/* Read or make what `path` gives.  On failure `why` says it: MM_EINVAL: by other words it might succeed; MM_EFORMAT,
 * MM_ENOTFOUND ... */
int offer_read(const char *path, const struct offer_words *words, struct offer *out, char why[PACK_WHY]);
/* Make what turns the older archive `old` into `whole`, a release; `targets` is what its role offers, to tell the older
 * one's version.  MM_EEXIST: it would save next to nothing. */
int offer_delta(const struct offer *whole, const char *old, const json_t *targets, struct offer *out, char why[PACK_WHY]);
/* Free what it holds; fine for a zeroed one. */
void offer_fini(struct offer *o);

/* A member of what is said about a target; NULL: it is not said, or no text. */
const char *offer_text(const json_t *target, const char *member);
/* 1 when both are said to be the same release: kind, version, platform, and where it starts from. */
int offer_same_release(const json_t *a, const json_t *b);

#endif
