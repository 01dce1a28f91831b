/* Replays scenarios against the real gate and counters on a fake clock.
 *
 * A scenario (tests/replay/scenarios/NAME.rpl) is a list of lines:
 *   MS open     tree=T file=F [folder=D]                    -> go | first | wait
 *   MS create   tree=T                                      -> go | wait
 *   MS read     tree=T
 *   MS judging  tree=T file=F way=inplace|replaced|removed|fresh -> yes | no
 *   MS judged   tree=T file=F change=none|kept|unsure|encrypted|wiped|unknown [partial=1] [type=N] -> ask | quiet
 *   MS removed  tree=T file=F [folder=D]                    -> ask | quiet
 *   MS renamed  tree=T suffix=N
 *   MS note     tree=T name=N
 *   MS canary   tree=T
 *   MS asking   tree=T on=0|1
 *   MS modified tree=T file=F
 *   MS closed   file=F                                      -> N (trees that may have written into it)
 *   MS stuck                                                -> N (touches open for too long)
 *   MS freeze   tree=T        MS thaw tree=T        MS sweep
 *   MS gate     tree=T                                      -> calm | watch | hold | frozen
 *   MS fact     tree=T NAME=N ...      (fields of struct burst_facts)
 * "-> word" is what must come back; blank lines and # comments pass. */
#include <dirent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/trees.h"
#include "lib/err.h"

#define MS 1000000LL
#define SCENARIOS "tests/replay/scenarios"

struct line { long long ms; char verb[16]; char args[256]; char want[16]; };
struct run { struct trees *t; const char *file; unsigned number; unsigned bad; };

static long value(const char *args, const char *key, long fallback)
{
    char find[32];
    const char *p;

    snprintf(find, sizeof find, " %s=", key);
    p = strstr(args, find);
    return p ? strtol(p + strlen(find), NULL, 0) : fallback;
}

static int word(const char *args, const char *key, const char *const *words, int n)
{
    char find[32];
    const char *p;

    snprintf(find, sizeof find, " %s=", key);
    p = strstr(args, find);
    for (int i = 0; p && i < n; i++)
        if (!strncmp(p + strlen(find), words[i], strlen(words[i])))
            return i;
    return -1;
}

static void fail(struct run *r, const char *what, const char *got, const char *want)
{
    printf("%s:%u: %s: got %s, want %s\n", r->file, r->number, what, got, want);
    r->bad++;
}

static void expect(struct run *r, const struct line *l, const char *got)
{
    if (l->want[0] && strcmp(l->want, got))
        fail(r, l->verb, got, l->want);
}

static const struct { const char *name; size_t at; } facts[] = {
#define F(x) {#x, offsetof(struct burst_facts, x)}
    F(touched), F(destroyed), F(destroyed_hour), F(destroyed_day), F(destroyed_session), F(destroyed_host), F(encrypted),
    F(wiped), F(removed), F(removed_hour), F(replaced), F(inplace), F(partial), F(renamed), F(same_suffix), F(opaque_new),
    F(notes), F(canary), F(kept), F(read), F(folders), F(types), F(removed_types), F(processes), F(seconds)};

static void check_facts(struct run *r, const struct line *l, uint64_t tree)
{
    struct burst_facts b;

    if (trees_facts(r->t, tree, l->ms * MS, &b)) {
        fail(r, "fact", "no such tree", "facts");
        return;
    }
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        long want = value(l->args, facts[i].name, -1);
        uint32_t got;
        char a[24], w[24];

        memcpy(&got, (char *)&b + facts[i].at, sizeof got);
        if (want < 0 || (uint32_t)want == got)
            continue;
        snprintf(a, sizeof a, "%u", got);
        snprintf(w, sizeof w, "%ld", want);
        fail(r, facts[i].name, a, w);
    }
}

static void judged(struct run *r, const struct line *l, const struct tree_who *w, const struct file_id *f)
{
    static const char *const changes[] = {"unknown", "none", "kept", "unsure", "encrypted", "wiped"};
    struct content_verdict v = {.before_type = TYPE_TEXT, .after_type = (uint32_t)value(l->args, "type", TYPE_UNKNOWN),
                                .partial = (uint32_t)value(l->args, "partial", 0)};
    int c = word(l->args, "change", changes, 6);

    if (c < 0)
        fail(r, "judged", "no change=", "one");
    v.change = (uint32_t)c;
    expect(r, l, trees_judged(r->t, w, f, &v, l->ms * MS) ? "ask" : "quiet");
}

static bool sight(struct run *r, const struct line *l, const struct tree_who *w, const struct file_id *f)
{
    static const char *const ways[] = {"inplace", "replaced", "removed", "fresh"};
    static const char *const opens[] = {"wait", "go", "first"};
    uint32_t folder = (uint32_t)value(l->args, "folder", 1);
    int64_t now = l->ms * MS;

    if (!strcmp(l->verb, "open"))
        expect(r, l, opens[trees_open_write(r->t, w, f, 1, folder, now)]);
    else if (!strcmp(l->verb, "create"))
        expect(r, l, trees_may_create(r->t, w, now) ? "go" : "wait");
    else if (!strcmp(l->verb, "read"))
        trees_read(r->t, w, now);
    else if (!strcmp(l->verb, "judging"))
        expect(r, l, trees_judging(r->t, w, f, (enum touch_way)word(l->args, "way", ways, 4), 1, now) ? "yes" : "no");
    else if (!strcmp(l->verb, "judged"))
        judged(r, l, w, f);
    else if (!strcmp(l->verb, "removed"))
        expect(r, l, trees_removed(r->t, w, f, folder, now) ? "ask" : "quiet");
    else if (!strcmp(l->verb, "renamed"))
        trees_renamed(r->t, w, (uint32_t)value(l->args, "suffix", 0), now);
    else if (!strcmp(l->verb, "note"))
        trees_note(r->t, w, (uint32_t)value(l->args, "name", 1), folder, now);
    else if (!strcmp(l->verb, "canary"))
        trees_canary(r->t, w, now);
    else
        return false;
    return true;
}

/* How many touches are handed out. */
static void handed(struct run *r, const struct line *l, const struct file_id *f)
{
    struct touch_info out[16];
    char n[16];

    snprintf(n, sizeof n, "%u", f ? trees_closed(r->t, f, out, 16) : trees_stuck(r->t, l->ms * MS, out, 16));
    expect(r, l, n);
}

static void one_line(struct run *r, const struct line *l)
{
    static const char *const gates[] = {"calm", "watch", "hold", "frozen"};
    uint64_t tree = (uint64_t)value(l->args, "tree", 1);
    struct tree_who w = {.tree = tree, .pid = (int32_t)value(l->args, "pid", (long)tree), .session = (uint32_t)value(l->args, "session", 1)};
    struct file_id f = {.ino = (uint64_t)value(l->args, "file", 0), .btime_ns = 1};

    if (sight(r, l, &w, &f))
        return;
    if (!strcmp(l->verb, "asking"))
        trees_asking(r->t, tree, value(l->args, "on", 1) != 0);
    else if (!strcmp(l->verb, "freeze"))
        trees_freeze(r->t, &w, l->ms * MS);
    else if (!strcmp(l->verb, "thaw"))
        trees_thaw(r->t, tree, value(l->args, "trusted", 1) != 0);
    else if (!strcmp(l->verb, "sweep"))
        trees_sweep(r->t, l->ms * MS, 24LL * 3600 * 1000 * MS);
    else if (!strcmp(l->verb, "modified"))
        trees_modified(r->t, tree, &f, l->ms * MS);
    else if (!strcmp(l->verb, "closed") || !strcmp(l->verb, "stuck"))
        handed(r, l, l->verb[0] == 'c' ? &f : NULL);
    else if (!strcmp(l->verb, "gate"))
        expect(r, l, gates[trees_gate(r->t, tree)]);
    else if (!strcmp(l->verb, "fact"))
        check_facts(r, l, tree);
    else
        fail(r, "verb", l->verb, "one that is known");
}

static unsigned replay(const char *path)
{
    struct run r = {.file = path};
    char text[512];
    FILE *in = fopen(path, "r");

    if (!in || trees_new(&r.t, 64, 1024)) {
        printf("%s: cannot be run\n", path);
        return 1;
    }
    while (fgets(text, sizeof text, in)) {
        struct line l = {0};
        char *arrow = strstr(text, "->"), *after;

        r.number++;
        if (text[0] == '#' || strspn(text, " \t\n") == strlen(text))
            continue;
        if (arrow) {
            sscanf(arrow + 2, "%15s", l.want);
            *arrow = '\0';
        }
        l.ms = strtoll(text, &after, 10);
        if (after == text || sscanf(after, " %15s%255[^\n]", l.verb, l.args) < 1)
            fail(&r, "line", "unreadable", "MS VERB");
        else
            one_line(&r, &l);
    }
    fclose(in);
    trees_free(r.t);
    printf("%s  %s\n", r.bad ? "FAILED" : "ok    ", path);
    return r.bad;
}

int main(void)
{
    DIR *d = opendir(SCENARIOS);
    unsigned bad = 0, n = 0;
    struct dirent *e;

    while (d && (e = readdir(d))) {
        char path[512];

        if (!strstr(e->d_name, ".rpl"))
            continue;
        snprintf(path, sizeof path, SCENARIOS "/%.200s", e->d_name);
        bad += replay(path);
        n++;
    }
    if (d)
        closedir(d);
    printf("%u scenarios, %u wrong lines\n", n, bad);
    return bad || !n;
}
