/* A fleet and the release desk in virtual time: how far a rule pack comes, by the decisions of the product itself.
 *
 *     fleet [--runs N] [--seed N] [--only WORD] [--json]
 *
 * Real: choose() of every host at every poll, health_judge() of the desk at every look, from counts as the console makes
 * them (docs/protocol.md, Updates).  Simulated: computers of an office (working hours, laptops now and then, servers,
 * people on leave for 4 to 14 days), the guard that goes back at the third death of the scan process, each within ten
 * minutes of the one before, heartbeats, and a desk that looks every 15 minutes, halts, and widens by itself when the
 * verdict is fine.  A host polls every 4 hours and up to half an hour, and soon after it was switched on. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "updater/choose.h"
#include "updater/publish/health.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define DAYS 64             /* of a run; day 0 is a Monday */
#define FIRST_DAY 14        /* the pack comes out in this week: there is a past */
#define POLL (4 * HOUR)
#define JITTER (30 * MINUTE)
#define LOOK (15 * MINUTE)
#define VISIBLE (5 * MINUTE) /* from the desk to what hosts read */
#define HOLD_DAYS 3
#define PATIENCE (14 * DAY) /* after so long in one ring it is a person's turn */
#define MOST 10000
#define NEVER INT64_MAX

struct scenario {
    const char *word, *text;
    unsigned hosts, canary, early; /* computers; of these, in the two rings */
    double back, silenced;         /* share of hosts that the pack ends the scan process of; that are never heard again */
    int holiday;                   /* days, from the day after the pack came out */
    unsigned part;                 /* a run of so many of the runs: for large fleets */
};

static const struct scenario scenarios[] = {
    {"good", "nothing wrong, 0.1 % go back", 1000, 400, 200, 0.001, 0, 0, 1},
    {"clean", "nobody goes back", 1000, 400, 200, 0, 0, 0, 1},
    {"2", "2 % go back", 1000, 400, 200, 0.021, 0, 0, 1},
    {"10", "10 % go back", 1000, 400, 200, 0.101, 0, 0, 1},
    {"100", "all go back", 1000, 400, 200, 1, 0, 0, 1},
    {"5", "5 % go back", 1000, 400, 200, 0.051, 0, 0, 1},
    {"2-320", "2 %, canary 320", 1000, 320, 200, 0.021, 0, 0, 1},
    {"2-200", "2 %, canary 200", 1000, 200, 200, 0.021, 0, 0, 1},
    {"2-100", "2 %, canary 100", 1000, 100, 200, 0.021, 0, 0, 1},
    {"good-100", "nothing wrong, canary 100", 1000, 100, 200, 0.001, 0, 0, 1},
    {"10-100", "10 %, canary 100", 1000, 100, 200, 0.101, 0, 0, 1},
    {"2-10000", "2 %, 10,000 hosts, canary 400", 10000, 400, 2000, 0.021, 0, 0, 10},
    {"silent-100", "all silenced", 1000, 400, 200, 0.001, 1, 0, 1},
    {"silent-10", "10 % silenced", 1000, 400, 200, 0.001, 0.1, 0, 1},
    {"silent-2", "2 % silenced", 1000, 400, 200, 0.001, 0.02, 0, 1},
    {"holiday", "nothing wrong, 9 days off", 1000, 400, 200, 0.001, 0, 9, 1},
};
#define SCENARIOS (sizeof scenarios / sizeof scenarios[0])

enum kind { OFFICE, LAPTOP, SERVER };
enum end { HALTED, WAITS, EVERYWHERE, ENDS };

struct host {
    struct chooser chooser;
    enum kind kind;
    int64_t on[DAYS], off[DAYS];   /* of each day; equal: not at all */
    int64_t since, back, silent;   /* took the new pack; will go back from it; was last heard of */
    bool has, left, ever;
    char refused[1][65];
};

struct event { int64_t at; uint32_t host; bool back; };

struct fleet {
    const struct scenario *is;
    struct host *host;
    struct event *heap;
    unsigned events, have, left, ever;
    struct offer offer[2];         /* the pack before, the new one */
    int64_t now, begin, stage, until, halt_at;
    enum update_ring widest;       /* before the halt */
    uint64_t random;
};

/* What became of a run. */
struct outcome { enum end end; enum update_ring ring; unsigned ever; int64_t took; };

/* ---- chance ------------------------------------------------------------------------------------------ */

static uint64_t draw(struct fleet *f)
{
    uint64_t z = f->random += 0x9e3779b97f4a7c15u; /* splitmix64 */

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double share(struct fleet *f)
{
    return (double)(draw(f) >> 11) / 9007199254740992.0;
}

static int64_t between(struct fleet *f, int64_t least, int64_t most)
{
    return least + (int64_t)(draw(f) % (uint64_t)(most - least + 1));
}

/* Waiting for what comes once in `mean` on the average: a sum of tosses, no logarithm. */
static int64_t wait_for(struct fleet *f, int64_t mean)
{
    int64_t t = 0;

    while (share(f) > 1.0 / 16)
        t += mean / 16 + 1;
    return t + between(f, 0, mean / 16);
}

/* ---- when a computer is on ------------------------------------------------------------------------- */

static void plan_day(struct fleet *f, struct host *h, int day)
{
    int64_t midnight = (int64_t)day * DAY, first = f->begin / DAY + 1;
    bool weekend = day % 7 >= 5, holiday = day >= first && day < first + f->is->holiday;

    h->on[day] = h->off[day] = midnight;
    if (h->kind == SERVER) {
        h->off[day] = midnight + DAY;
    } else if (h->kind == OFFICE ? !weekend && !holiday && share(f) < 0.97 : share(f) < (weekend || holiday ? 0.1 : 0.8)) {
        h->on[day] = midnight + (h->kind == OFFICE ? between(f, 7 * HOUR + 30 * MINUTE, 10 * HOUR) : between(f, 8 * HOUR, 15 * HOUR));
        h->off[day] = h->on[day] + (h->kind == OFFICE ? between(f, 8 * HOUR, 11 * HOUR) : between(f, HOUR, 8 * HOUR));
    }
}

static void plan(struct fleet *f, struct host *h)
{
    int first = (int)between(f, 0, DAYS - 1), days = (int)between(f, 4, 14);
    bool leave = h->kind != SERVER && share(f) < 0.15;

    for (int day = 0; day < DAYS; day++) {
        plan_day(f, h, day);
        if (leave && day >= first && day < first + days)
            h->on[day] = h->off[day] = (int64_t)day * DAY;
    }
}

/* From `t` on, when it is on the next time. */
static int64_t next_on(const struct host *h, int64_t t)
{
    for (int64_t day = t / DAY; day < DAYS; day++)
        if (t < h->off[day])
            return t > h->on[day] ? t : h->on[day];
    return NEVER;
}

static int64_t last_heard(const struct host *h, int64_t t)
{
    if (h->silent && h->silent < t)
        t = h->silent;
    for (int64_t day = t / DAY; day >= 0; day--)
        if (h->off[day] > h->on[day] && t >= h->on[day])
            return t < h->off[day] ? t : h->off[day];
    return 0;
}

/* ---- what comes next -------------------------------------------------------------------------------- */

static void push(struct fleet *f, int64_t at, uint32_t host, bool back)
{
    unsigned i = f->events++;

    for (; i && f->heap[(i - 1) / 2].at > at; i = (i - 1) / 2)
        f->heap[i] = f->heap[(i - 1) / 2];
    f->heap[i] = (struct event){at, host, back};
}

static struct event pop(struct fleet *f)
{
    struct event first = f->heap[0], last = f->heap[--f->events];
    unsigned i = 0, child;

    while ((child = 2 * i + 1) < f->events) {
        if (child + 1 < f->events && f->heap[child + 1].at < f->heap[child].at)
            child++;
        if (f->heap[child].at >= last.at)
            break;
        f->heap[i] = f->heap[child];
        i = child;
    }
    f->heap[i] = last;
    return first;
}

/* A timer that was missed runs soon after the start. */
static void push_poll(struct fleet *f, uint32_t i, int64_t at)
{
    int64_t on = next_on(&f->host[i], at);

    if (on > at && on != NEVER)
        on = next_on(&f->host[i], on + between(f, 0, JITTER));
    if (on != NEVER)
        push(f, on, i, false);
}

/* ---- a host ------------------------------------------------------------------------------------------- */

/* The guard's rule: the third death, each within ten minutes of the one before. */
static int64_t third_death(struct fleet *f, int64_t t)
{
    int deaths = 0;

    for (t += wait_for(f, 30 * MINUTE); deaths < 3;) {
        int64_t gap = wait_for(f, 2 * MINUTE);

        deaths = gap <= 10 * MINUTE ? deaths + 1 : 1;
        t += gap;
    }
    return t;
}

static void take(struct fleet *f, uint32_t i)
{
    struct host *h = &f->host[i];

    h->has = true;
    h->since = f->now;
    f->have++;
    f->ever += !h->ever;
    h->ever = true;
    h->chooser.running = f->offer[1].number;
    if (share(f) < f->is->back) {
        h->back = next_on(h, third_death(f, f->now));
        if (h->back != NEVER)
            push(f, h->back, i, true);
    }
    if (share(f) < f->is->silenced)
        h->silent = f->now + between(f, MINUTE, 20 * MINUTE);
}

static void leave(struct fleet *f, struct host *h)
{
    h->has = false;
    h->left = true;
    f->have--;
    f->left++;
    h->chooser.running = f->offer[0].number;
    h->chooser.nrefused = 1;
}

static void run_host(struct fleet *f, const struct event *e)
{
    struct host *h = &f->host[e->host];
    unsigned at;

    if (h->silent && h->silent <= f->now)
        return;
    if (e->back) {
        if (h->has)
            leave(f, h);
        return;
    }
    h->chooser.now = f->now;
    switch (choose(&h->chooser, f->offer, 2, &at)) {
    case CHOICE_NEWER: take(f, e->host); break;
    case CHOICE_BACK: leave(f, h); break;
    case CHOICE_NONE: break;
    }
    push_poll(f, e->host, f->now + POLL + between(f, 0, JITTER));
}

/* ---- the desk ----------------------------------------------------------------------------------------- */

/* What the console tells. */
static void count(const struct fleet *f, struct health_report *r)
{
    *r = (struct health_report){.made = f->now, .pack.left = f->left};
    for (unsigned i = 0; i < f->is->hosts; i++) {
        const struct host *h = &f->host[i];
        struct health_count *c = h->has ? &r->pack : &r->others;
        int64_t heard = last_heard(h, f->now);

        c->runs++;
        c->proven += h->has && heard - h->since >= DAY;
        c->quiet += heard < f->now - DAY && heard >= f->now - 30 * DAY;
        c->silent += heard < f->now - 4 * DAY && heard >= f->now - 30 * DAY;
        c->gone += heard < f->now - 30 * DAY;
    }
}

static void widen(struct fleet *f)
{
    f->offer[1].ring++;
    f->offer[1].start = f->stage = f->now;
    f->until = f->now + HOLD_DAYS * DAY;
    f->widest = f->offer[1].ring;
}

/* false: it is over. */
static bool look(struct fleet *f, struct outcome *out)
{
    struct health_report r;
    struct health_verdict v;

    *out = (struct outcome){WAITS, f->widest, f->ever, f->now - f->begin};
    count(f, &r);
    health_judge(&r, f->now, f->until, &v);
    if (v.verdict == HEALTH_HALT && !f->halt_at)
        f->halt_at = f->now + VISIBLE;
    if (f->halt_at)
        return true;
    if (v.verdict == HEALTH_FINE && f->offer[1].ring < RING_BROAD)
        widen(f);
    else if (f->now - f->stage > PATIENCE)
        out->end = f->offer[1].ring == RING_BROAD ? EVERYWHERE : WAITS;
    else if (f->ever >= f->is->hosts * 95 / 100)
        out->end = EVERYWHERE;
    else
        return true;
    return f->now - f->stage == 0;
}

static struct outcome play(struct fleet *f)
{
    struct outcome out = {.end = WAITS};
    int64_t next_look = f->begin + LOOK;

    for (bool going = true; going;) {
        bool desk = !f->events || f->heap[0].at >= next_look;
        struct event e = {.at = next_look};

        if (!desk)
            e = pop(f);
        f->now = e.at;
        if (f->halt_at && f->now >= f->halt_at) /* nobody takes it any more; the others give it back */
            return (struct outcome){HALTED, f->widest, f->ever, f->halt_at - f->begin};
        if (desk) {
            going = look(f, &out);
            next_look += LOOK;
        } else {
            run_host(f, &e);
        }
    }
    return out;
}

/* ---- a run ------------------------------------------------------------------------------------------ */

static void make_host(struct fleet *f, struct host *h, unsigned place)
{
    double what = share(f);
    char id[33];

    memset(h, 0, sizeof *h);
    h->kind = what < 0.6 ? OFFICE : what < 0.85 ? LAPTOP : SERVER;
    snprintf(id, sizeof id, "%016" PRIx64 "%016" PRIx64, draw(f), draw(f));
    memcpy(h->refused[0], f->offer[1].content, sizeof h->refused[0]);
    h->chooser = (struct chooser){.ring = place < f->is->canary ? RING_CANARY : place < f->is->canary + f->is->early ? RING_EARLY : RING_BROAD,
                                  .bucket = choose_bucket(id), .platform = "linux-x86_64", .running = f->offer[0].number, .refused = h->refused};
    plan(f, h);
}

static struct outcome run(struct fleet *f, const struct scenario *is, uint64_t seed)
{
    f->is = is;
    f->random = seed;
    f->events = f->have = f->left = f->ever = 0;
    f->halt_at = 0;
    f->widest = RING_CANARY;
    f->begin = f->now = f->stage = FIRST_DAY * DAY + between(f, 0, 4) * DAY + between(f, 9, 17) * HOUR;
    f->until = f->begin + HOLD_DAYS * DAY;
    f->offer[0] = (struct offer){.name = "rules/1.2.0", .version = "1.2.0", .content = "old", .percent = 100, .ring = RING_BROAD};
    f->offer[1] = (struct offer){.name = "rules/1.3.0", .version = "1.3.0", .content = "new", .percent = 100, .ring = RING_CANARY, .start = f->begin};
    for (unsigned i = 0; i < 2; i++)
        if (choose_number(f->offer[i].version, &f->offer[i].number))
            abort();
    for (unsigned i = 0; i < is->hosts; i++) {
        make_host(f, &f->host[i], i);
        push_poll(f, i, f->begin + between(f, 0, POLL));
    }
    return play(f);
}

/* ---- the table --------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct tally {
    unsigned runs, end[ENDS], halted_in[RING_BROAD + 1], beyond; /* beyond: came out of the canary ring */
    unsigned n;                    /* of `took`: hours to the halt, or to everywhere */
    double *ever, *took;
};

static double rank(double *values, unsigned n, double part)
{
    qsort(values, n, sizeof *values, by_value);
    return n ? values[(unsigned)((n - 1) * part)] : 0;
}

static void print(const struct scenario *is, struct tally *t, bool json)
{
    double n = t->runs, all = t->halted_in[RING_CANARY] + t->halted_in[RING_EARLY] + t->halted_in[RING_BROAD];

    if (json)
        printf("{\"scenario\":\"%s\",\"runs\":%u,\"halted\":%.4f,\"halted_in_canary\":%.4f,\"left_canary\":%.4f,\"waits\":%.4f,\"everywhere\":%.4f,"
               "\"had_median\":%.0f,\"had_max\":%.0f,\"hours_median\":%.1f,\"hours_max\":%.1f}\n", is->word, t->runs, all / n, t->halted_in[RING_CANARY] / n,
               t->beyond / n, t->end[WAITS] / n, t->end[EVERYWHERE] / n, rank(t->ever, t->runs, 0.5), rank(t->ever, t->runs, 1), rank(t->took, t->n, 0.5),
               rank(t->took, t->n, 1));
    else
        printf("%-30s %5u | %6.1f %6.1f %6.1f | %6.1f %6.1f | %6.0f %6.0f | %7.1f %7.1f\n", is->text, t->runs, 100 * t->halted_in[RING_CANARY] / n,
               100 * (all - t->halted_in[RING_CANARY]) / n, 100 * t->beyond / n, 100 * t->end[WAITS] / n, 100 * t->end[EVERYWHERE] / n,
               rank(t->ever, t->runs, 0.5), rank(t->ever, t->runs, 1), rank(t->took, t->n, 0.5), rank(t->took, t->n, 1));
    fflush(stdout);
}

static void play_all(struct fleet *f, const struct scenario *is, unsigned runs, uint64_t seed, bool json)
{
    struct tally t = {.runs = runs / is->part ? runs / is->part : 1};

    t.ever = calloc(t.runs, sizeof *t.ever);
    t.took = calloc(t.runs, sizeof *t.took);
    for (unsigned i = 0; t.ever && t.took && i < t.runs; i++) {
        struct outcome o = run(f, is, seed + i * 0x632be59bd9b4e019u);

        t.end[o.end]++;
        t.beyond += o.ring > RING_CANARY;
        t.ever[i] = o.ever;
        if (o.end == HALTED)
            t.halted_in[o.ring]++;
        if (o.end == HALTED || o.end == EVERYWHERE)
            t.took[t.n++] = (double)o.took / HOUR;
    }
    if (t.ever && t.took)
        print(is, &t, json);
    free(t.ever);
    free(t.took);
}

struct options { unsigned runs; uint64_t seed; const char *only; bool json; };

static bool read_options(int argc, char **argv, struct options *o)
{
    *o = (struct options){.runs = 500, .seed = 1};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (!strcmp(argv[i], "--json"))
            o->json = true;
        else if (!strcmp(argv[i], "--runs") && ++i)
            o->runs = (unsigned)strtoul(value, NULL, 10);
        else if (!strcmp(argv[i], "--seed") && ++i)
            o->seed = strtoull(value, NULL, 10);
        else if (!strcmp(argv[i], "--only") && ++i)
            o->only = value;
        else
            return false;
    }
    return o->runs > 0;
}

#define COLUMNS "%-30s %5s | %6s %6s %6s | %6s %6s | %6s %6s | %7s %7s\n"

int main(int argc, char **argv)
{
    struct options o;
    struct fleet f = {.host = NULL};

    if (!read_options(argc, argv, &o))
        return 2;
    f.host = calloc(MOST, sizeof *f.host);
    f.heap = calloc(4 * MOST, sizeof *f.heap);
    if (!o.json) {
        printf(COLUMNS, "", "", "halted", "halted", "left", "waits,", "every-", "hosts", "hosts", "hours", "hours");
        printf(COLUMNS, "pack (shares in %)", "runs", "canary", "later", "canary", "person", "where", "median", "max", "median", "max");
    }
    for (size_t i = 0; f.host && f.heap && i < SCENARIOS; i++)
        if (!o.only || !strcmp(o.only, scenarios[i].word))
            play_all(&f, &scenarios[i], o.runs, o.seed, o.json);
    free(f.host);
    free(f.heap);
    return 0;
}
