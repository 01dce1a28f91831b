/* Whether a release, a rule pack or an agent, may go on to more hosts, by what the console tells of it
 * (GET /api/v1/packs, docs/protocol.md); below "pack" means either.  Pure: bytes and an instant in, a
 * verdict out; the same function decides at the desk and in the simulation of a
 * fleet (tests/lab/fleet.c).
 *
 * Halt, when one of these is so:
 *   - At least two hosts went back from the pack, and so many of those that took it cannot be explained by the
 *     background: the binomial tail at 0.1 % is at most 1 %.  (2 of up to 148 hosts, 3 of up to 436, 4 of 824.)
 *   - Hosts that run it have fallen silent (four days) and so many cannot be explained by how many of all other hosts
 *     are silent: Fisher's exact test, one-sided, at most 0.1 %.  Nights and weekends are the same for both.  While more
 *     than half of the others are silent it is a holiday, and nothing is concluded from silence: who took the pack just
 *     before is no fair sample then.
 * Fine, when the hold is over and all of these are so:
 *   - So many hosts have had it for a day and were heard after it that, with 95 % certainty, fewer than 2 % of hosts go
 *     back from it (Clopper and Pearson's upper bound): 149 hosts when none went back, 236 with one, 313 with two.
 *   - It has not conspicuously many quiet hosts (a day; Fisher's test, 5 %): those that vanished yesterday.  At a time
 *     when a pack that silences 10 % of hosts would not be conspicuous, at weekends, nobody can tell.
 * Else wait.
 *
 * Its errors, all looks of a whole rollout together (exact, by the distribution of the way that the counts go; the
 * figures of a fleet with nights, weekends and people on leave: docs/release-desk.md):
 *   - a pack that 0.1 % of hosts go back from is halted in 1.5 % of rollouts by the time that it has 400 hosts, in 2.3 %
 *     by 1,000; one that nobody goes back from never for that, and in 0.8 % (simulated) for silence.
 *   - a pack that 2 % of hosts go back from is halted within a ring of 100 hosts in 60 % of rollouts, 200: 84 %, 320:
 *     96 %, 400: 98.8 %, 500: 99.5 %.  It leaves a ring of 100 never (fewer than 149 hosts prove nothing), one of 200 in
 *     1.8 %, of 320 in 3.8 %, of 400 in 1.2 %.  The rest waits for a person.
 *   - of packs that silence hosts those are seen that silence clearly more than leave and holidays do: 10 % (96 % of runs
 *     in a ring of 400), not 2 % (4 %); as soon as they have been silent for four days.
 * It takes hosts for alike and independent of each other; what goes wrong only after more than the hold is not seen, and
 * what the console tells is believed: who has the console can have a pack halted or can hide what it does. */
#ifndef MM_UPDATER_PUBLISH_HEALTH_H
#define MM_UPDATER_PUBLISH_HEALTH_H

#include <stddef.h>
#include <stdint.h>

#define HEALTH_BACKGROUND 0.001   /* share of hosts that go back from a pack that has nothing wrong */
#define HEALTH_LEVEL 0.01         /* more than that: so improbable */
#define HEALTH_LEAST 2            /* hosts: one is its own fault */
#define HEALTH_LIMIT 0.02         /* a pack that so many hosts go back from is not to be widened ... */
#define HEALTH_DOUBT 0.05         /* ... but with this probability */
#define HEALTH_SILENT_LEVEL 0.001 /* more silent than the other hosts: so improbable, over many looks */
#define HEALTH_HOLIDAY 0.5        /* so many of the other hosts silent: nothing is concluded */
#define HEALTH_QUIET_DOUBT 0.05   /* more quiet than the other hosts: enough to wait */
#define HEALTH_QUIET_SHARE 0.1    /* silenced hosts that the comparison must be able to see, or nothing is widened: it */
#define HEALTH_QUIET_SURE 0.001   /* ... would find them so improbable, which leaves it room for chance */
#define HEALTH_FRESH_S 3600       /* a report that is older says nothing about now */
#define HEALTH_AHEAD_S 300        /* the console's clock may be ahead by so much */
#define HEALTH_HOSTS 10000000     /* no console has more */
#define HEALTH_TEXT 400           /* bytes of a sentence, with NUL */

/* Hosts by what they last told: see docs/protocol.md, Updates. */
struct health_count {
    int64_t runs, left;           /* run it; went back from it */
    int64_t proven;               /* of `runs`: heard a day or more after they took it */
    int64_t quiet, silent, gone;  /* of `runs`: not heard for a day, of these for four; for a month (in neither of the two) */
};

struct health_report {
    int64_t made;                 /* seconds since the epoch */
    struct health_count pack;     /* of the version that is asked about */
    struct health_count others;   /* of all other versions together */
    int64_t newer;                /* of these, run a newer one: they may have had this one, and did not stay away from us */
};

enum health { HEALTH_FINE, HEALTH_WAIT, HEALTH_HALT };
enum health_why { HEALTH_WENT_BACK, HEALTH_SILENT, HEALTH_HELD, HEALTH_FEW, HEALTH_QUIET, HEALTH_ASLEEP, HEALTH_PROVEN };

struct health_verdict {
    enum health verdict;
    enum health_why why;
    int64_t hosts, hit;           /* what it was judged by: so many of so many */
    int64_t other_hosts, other_hit; /* by comparison: the same of the others */
    int64_t needed;               /* HEALTH_FEW: so many would be enough as it is now */
    int64_t until;                /* HEALTH_HELD: end of the hold */
    double chance;                /* halt: that it looks so with a pack that has nothing wrong */
    double most;                  /* fine and few: upper bound of the share of hosts that go back */
};

/* What is asked about: a list of the answer, "packs" or "agents", and a version. */
struct health_about { const char *list, *version; };

/* Read an answer of the console; a version that it does not name is on no host.  MM_EINVAL: the version is none; MM_EFORMAT: the
 * answer is none, or has no such list; MM_ELIMIT: too long; MM_ESTATE: made more than an hour ago, or in the future. */
int health_read(const char *text, size_t n, const struct health_about *about, int64_t now, struct health_report *out);
/* The verdict at `now`, with a hold until `until` (0: none). */
void health_judge(const struct health_report *r, int64_t now, int64_t until, struct health_verdict *out);
/* "fine", "wait", "halt". */
const char *health_word(enum health verdict);
/* The verdict in a sentence of English, without its word. */
void health_say(const struct health_verdict *v, char out[HEALTH_TEXT]);

/* How many of `hosts` must have gone back to halt a pack. */
int64_t health_halts_at(int64_t hosts);
/* How many hosts must have had it when `left` went back, so that it is fine. */
int64_t health_needs(int64_t left);

#endif
