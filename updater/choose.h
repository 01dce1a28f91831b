/* Which release a host takes, of those that metadata offers.  Pure.
 *
 * The same function decides on a host and in the simulation of a fleet.  The
 * rules stand in docs/update.md ("Which one a host takes"). */
#ifndef MM_UPDATER_CHOOSE_H
#define MM_UPDATER_CHOOSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/limits.h"
#include "lib/state_schema.h"

#define CHOOSE_BUCKETS 10000   /* a host's place among all: a hundredth of a percent each */

enum update_kind { UPDATE_RULES, UPDATE_AGENT, UPDATE_KINDS };
enum update_ring { RING_CANARY, RING_EARLY, RING_BROAD }; /* numbers of lib/update_record.h */

/* A release that metadata offers. */
struct offer {
    char name[LIM_TUF_PATH];      /* target */
    char version[LIM_VERSION];
    char platform[LIM_TAG];       /* "": for every platform */
    char from[LIM_VERSION];       /* of a delta: the version that it starts from; "": whole */
    char content[65];             /* SHA-256 of what is in it, unpacked */
    int64_t content_length;
    int64_t number, minimum_agent; /* versions as numbers; minimum 0: any */
    int64_t start;                /* seconds since the epoch; 0: at once */
    int64_t schema;               /* agent: of the state; 0: not told */
    unsigned percent;             /* 0..100, of the hosts of `ring` */
    enum update_ring ring;
    bool halted;
};

/* What decides on the side of the host. */
struct chooser {
    int64_t now;
    enum update_ring ring;
    unsigned bucket;              /* 0..CHOOSE_BUCKETS-1 */
    char platform[LIM_TAG];
    int64_t running, agent;       /* version that runs of this kind, and of the agent, as numbers; 0: none or unknown */
    int64_t floor;                /* nothing older is taken; 0: no floor */
    struct state_schema schema;   /* agent: of this host's state */
    const char (*refused)[65];    /* contents that were put back here before */
    unsigned nrefused;
};

enum choice { CHOICE_NONE, CHOICE_NEWER, CHOICE_BACK };

/* "1.2.0" as a number that compares; MM_EFORMAT. */
int choose_number(const char *version, int64_t *out);
/* "canary", "early", "broad"; false: none of them. */
bool choose_ring(const char *word, enum update_ring *out);
/* The place of a host by its id, any text. */
unsigned choose_bucket(const char *host_id);
/* Read a target of a role.  MM_EFORMAT: not a release of the kind, or not one that can be understood; MM_ELIMIT: a name
 * or a number beyond its bound.  Deltas are of kind agent, with `from`. */
int choose_read(enum update_kind kind, const char *name, const json_t *target, struct offer *out);
/* The one to take and where it stands in `offers`: a newer one, or an older one because what runs was halted. */
enum choice choose(const struct chooser *host, const struct offer *offers, unsigned n, unsigned *at);
/* Whether this host belongs to those who get it now, halted or not. */
bool choose_is_for(const struct chooser *host, const struct offer *offer);

#endif
