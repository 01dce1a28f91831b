/* Command lines on their way to the process rules.
 *
 * Owns the waiting list: the scan process is asked about SCAN_EXEC_PENDING
 * command lines at a time, so that a storm of program starts does not starve
 * the comparisons; the rest waits its turn, packed, in the order of the starts.
 * What no longer fits is counted as lost, and status tells it.  What matched
 * nothing lately is not asked again.
 *
 * Threads: guard_scan_exec the sensor's, the others the loop's; the list and
 * the counters under the scan link's lock. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "agent/roles/guard_exec.h"
#include "lib/err.h"

#define NUMBERS offsetof(struct process_facts, name) /* of the facts; strings follow them */

struct exec_waiting {
    struct exec_waiting *next;
    uint64_t key;
    size_t size;
    unsigned char numbers[NUMBERS];
    char strings[];            /* each with its NUL, in the order of `texts` */
};

static const struct { size_t at, size; } texts[] = {
#define TEXT(field) {offsetof(struct process_facts, field), sizeof(((struct process_facts *)0)->field)}
    TEXT(name), TEXT(path), TEXT(cmdline), TEXT(parent_name), TEXT(parent_path), TEXT(user), TEXT(cgroup),
};
#define NTEXTS (sizeof texts / sizeof texts[0])

static const char *text_at(const struct process_facts *f, unsigned i)
{
    return (const char *)f + texts[i].at;
}

static struct exec_waiting *pack(const struct process_facts *f, uint64_t key)
{
    size_t size = sizeof(struct exec_waiting);
    struct exec_waiting *w;
    char *p;

    for (unsigned i = 0; i < NTEXTS; i++)
        size += strnlen(text_at(f, i), texts[i].size - 1) + 1;
    w = malloc(size);
    if (!w)
        return NULL;
    *w = (struct exec_waiting){.key = key, .size = size};
    memcpy(w->numbers, f, NUMBERS);
    p = w->strings;
    for (unsigned i = 0; i < NTEXTS; i++) {
        size_t n = strnlen(text_at(f, i), texts[i].size - 1);

        memcpy(p, text_at(f, i), n);
        p[n] = '\0';
        p += n + 1;
    }
    return w;
}

static void unpack(const struct exec_waiting *w, struct process_facts *out)
{
    const char *p = w->strings;

    memset(out, 0, sizeof *out);
    memcpy(out, w->numbers, NUMBERS);
    for (unsigned i = 0; i < NTEXTS; i++) {
        size_t n = strlen(p) + 1;

        memcpy((char *)out + texts[i].at, p, n);
        p += n;
    }
}

/* ---- the list ------------------------------------------------------------------- */

static struct exec_waiting *take_first(struct scan_link *s)
{
    struct exec_waiting *w = s->exec_first;

    if (w) {
        s->exec_first = w->next;
        if (!s->exec_first)
            s->exec_last = NULL;
        s->nexec_waiting--;
        s->exec_waiting_bytes -= w->size;
    }
    return w;
}

static void append(struct scan_link *s, struct exec_waiting *w)
{
    if (s->exec_last)
        s->exec_last->next = w;
    else
        s->exec_first = w;
    s->exec_last = w;
    s->nexec_waiting++;
    s->exec_waiting_bytes += w->size;
}

static void wait_turn(struct scan_link *s, const struct process_facts *f, uint64_t key)
{
    struct exec_waiting *w = NULL;

    pthread_mutex_lock(&s->lock);
    if (s->nexec_waiting < EXEC_WAITING && s->exec_waiting_bytes < EXEC_WAITING_BYTES)
        w = pack(f, key);
    if (w)
        append(s, w);
    else
        s->unasked_execs++;
    pthread_mutex_unlock(&s->lock);
}

/* ---- asking --------------------------------------------------------------------- */

static uint64_t exec_key(const struct process_facts *f)
{
    const char *part[] = {f->path, f->cmdline, f->parent_name};
    uint64_t h = 14695981039346656037ull ^ f->uid ^ ((uint64_t)f->interactive << 40) ^ ((uint64_t)f->packaged << 41);

    for (unsigned i = 0; i < 3; i++)
        for (const char *p = part[i];; p++) {
            h = (h ^ (unsigned char)*p) * 1099511628211ull;
            if (!*p)
                break;
        }
    return h ? h : 1;
}

static bool seen(const struct scan_link *s, uint64_t key)
{
    return atomic_load_explicit(&s->exec_seen[key % EXEC_SEEN], memory_order_relaxed) == key;
}

static int ask(struct guard *g, struct scan_rules *q, uint64_t key)
{
    struct pending row = {.what = ASK_PROCESS, .head = -1, .pid = q->process.pid, .exec_key = key,
                          .who = {.tree = q->process.tree, .pid = q->process.pid, .session = q->process.session}};

    q->family = FAMILY_PROCESS;
    return guard_scan_rules(g, &row, q, -1);
}

void guard_scan_exec(void *guard, const struct process_facts *facts)
{
    struct guard *g = guard;
    struct scan_link *s = &g->scan;
    uint64_t key = exec_key(facts);
    struct scan_rules *q;
    bool turn;

    if (seen(s, key))
        return;
    pthread_mutex_lock(&s->lock);
    turn = s->pack_ok && !s->exec_first;
    pthread_mutex_unlock(&s->lock);
    q = turn ? calloc(1, sizeof *q) : NULL;
    if (q)
        q->process = *facts;
    if (!q || ask(g, q, key))
        wait_turn(s, facts, key);
    free(q);
}

void guard_exec_next(struct guard *g)
{
    struct scan_link *s = &g->scan;
    struct scan_rules *q = s->pack_ok ? calloc(1, sizeof *q) : NULL;

    while (q) {
        struct exec_waiting *w;

        pthread_mutex_lock(&s->lock);
        w = s->nexec < SCAN_EXEC_PENDING ? s->exec_first : NULL; /* others only append: it stays the first */
        pthread_mutex_unlock(&s->lock);
        if (!w)
            break;
        if (!seen(s, w->key)) {
            unpack(w, &q->process);
            if (ask(g, q, w->key))
                break; /* the socket is full, or nobody is there: at the next turn */
        }
        pthread_mutex_lock(&s->lock);
        free(take_first(s));
        pthread_mutex_unlock(&s->lock);
    }
    free(q);
}

void guard_exec_forget(struct guard *g)
{
    struct exec_waiting *w;

    pthread_mutex_lock(&g->scan.lock);
    while ((w = take_first(&g->scan)))
        free(w);
    pthread_mutex_unlock(&g->scan.lock);
}
