/* A client between a sound repository and a hostile world.  Each byte of the
 * input chooses what comes of one step: the sound file, nothing, too much, a
 * failure, bytes of the input as they are, bytes of the input as a body that
 * every trusted key has signed, or the sound file with one byte changed.  When
 * the input ends, everything goes well.
 *
 * Whatever comes: no name leaves its folder, no limit is passed, only bytes that
 * were just fetched are kept, and it ends. */
#include "tests/unit/updater/repository.h"
#include "updater/tuf/client.h"

#define STEPS 1000 /* after the input has ended: beyond LIM_TUF_ROOTS and all else that one run can ask for */
#define SEARCHES 4

enum { OP_SOUND, OP_ABSENT, OP_OVERLONG, OP_SLOW, OP_BROKEN, OP_RAW, OP_SIGNED, OP_CHANGED };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct repository repo;
static const char *const wanted[] = {"file.txt", "rules/pack", "deep/er", "../x", "none", "a/b/c", "rules/other", ""};

struct world {
    const uint8_t *data;
    size_t size;
    struct files store, artifacts;
    char *given;      /* bytes of the last answer */
    size_t n;
    int fetched;      /* they came by TUF_FETCH */
    unsigned searches;
};

static void learn(void)
{
    struct role *rules, *deep;

    repository_init(&repo, 1);
    rules = delegate(&repo, &repo.roles[TUF_TARGETS], "rules", K_A, json_pack("{s:[s,s]}", "paths", "rules/*", "deep/*"));
    deep = delegate(&repo, rules, "deep", K_B, json_pack("{s:[s]}", "paths", "deep/*"));
    add_target(&repo, rules->body, "rules/pack", "rules");
    add_target(&repo, deep->body, "deep/er", "deeper");
    publish(&repo);
    bump(repo.roles[TUF_ROOT].body);
    publish(&repo);
}

static unsigned take_byte(struct world *w)
{
    if (!w->size)
        return 0;
    w->size--;
    return *w->data++;
}

/* A piece of the input: two bytes of length, and as much of it as there is. */
static void take_raw(struct world *w)
{
    size_t n = take_byte(w) << 8;

    n |= take_byte(w);
    n = n < w->size ? n : w->size;
    w->given = malloc(n + 1);
    memcpy(w->given, w->data, n);
    w->n = n;
    w->data += n;
    w->size -= n;
}

/* The piece as a body, signed by all keys; when it is no JSON it stays what it is. */
static void take_signed(struct world *w)
{
    json_t *body;

    take_raw(w);
    body = json_loadb(w->given, w->n, 0, NULL);
    if (!body)
        return;
    free(w->given);
    w->given = sign_body(&repo, body, ~0u);
    w->n = strlen(w->given);
    json_decref(body);
}

static struct tuf_answer sound(struct world *w, const struct tuf_step *step, int change)
{
    int artifacts = step->place == TUF_ARTIFACTS;
    const struct files *files = step->want == TUF_LOAD ? (artifacts ? &w->artifacts : &w->store)
                                                       : (artifacts ? &repo.artifacts : &repo.metadata);
    const struct file *f = file_find(files, step->name);

    if (!f)
        return (struct tuf_answer){.got = TUF_ABSENT};
    w->given = malloc(f->n + 1);
    memcpy(w->given, f->bytes, f->n);
    w->n = f->n;
    if (change && w->n) {
        size_t at = take_byte(w) << 8;

        at |= take_byte(w);
        w->given[at % w->n] ^= (char)(1 + take_byte(w));
    }
    return (struct tuf_answer){.got = TUF_BYTES, .bytes = w->given, .n = w->n};
}

static struct tuf_answer answer_bytes(struct world *w, const struct tuf_step *step)
{
    static const enum tuf_got bad[] = {[OP_ABSENT] = TUF_ABSENT, [OP_OVERLONG] = TUF_OVERLONG, [OP_SLOW] = TUF_TIMED_OUT,
                                       [OP_BROKEN] = TUF_BROKEN};
    unsigned op = take_byte(w) & 7;

    free(w->given);
    w->given = NULL;
    w->n = 0;
    w->fetched = step->want == TUF_FETCH;
    if (op == OP_SOUND || op == OP_CHANGED)
        return sound(w, step, op == OP_CHANGED);
    if (op < OP_RAW)
        return (struct tuf_answer){.got = bad[op]};
    if (op == OP_RAW)
        take_raw(w);
    else
        take_signed(w);
    return (struct tuf_answer){.got = TUF_BYTES, .bytes = w->given, .n = w->n};
}

static struct tuf_answer answer_keep(struct world *w, const struct tuf_step *step)
{
    if (!w->fetched || step->bytes != w->given || step->n != w->n)
        abort();
    if (take_byte(w) & 7)
        return (struct tuf_answer){.got = TUF_BROKEN};
    put_file(step->place == TUF_ARTIFACTS ? &w->artifacts : &w->store, step->name, step->bytes, step->n);
    return (struct tuf_answer){.got = TUF_KEPT};
}

static void look_at(const struct tuf_step *step)
{
    if (!memchr(step->name, '\0', sizeof step->name) || (!step->name[0] && step->want != TUF_READY && step->want != TUF_FAILED))
        abort();
    if ((step->want == TUF_LOAD || step->want == TUF_KEEP) && (strchr(step->name, '/') || strlen(step->name) >= LIM_TUF_FILE ||
                                                              !strcmp(step->name, ".") || !strcmp(step->name, "..")))
        abort();
    if (step->limit > LIM_TUF_ARTIFACT || (step->place == TUF_METADATA && step->limit > LIM_TUF_TARGETS))
        abort();
    if (step->want == TUF_FAILED && (step->cause <= TUF_FINE || step->cause >= TUF_CAUSES))
        abort();
}

/* One search after another as long as there is input, a few at most (each verifies signatures); 0: the end. */
static int search_again(struct world *w, struct tuf_client *c)
{
    return w->size && w->searches++ < SEARCHES && tuf_client_find(c, wanted[take_byte(w) & 7]) == MM_OK;
}

static void run(struct world *w, struct tuf_client *c)
{
    for (unsigned alone = 0; alone < STEPS; alone += !w->size) {
        struct tuf_answer answer;
        struct tuf_step step;

        tuf_client_step(c, &step);
        look_at(&step);
        if (step.want == TUF_READY || step.want == TUF_FAILED) {
            if (!search_again(w, c))
                return;
            continue;
        }
        answer = step.want == TUF_KEEP ? answer_keep(w, &step) : answer_bytes(w, &step);
        if (tuf_client_answer(c, &answer) == MM_OK)
            continue;
        answer.got = TUF_BROKEN; /* one that always fits */
        if (tuf_client_answer(c, &answer) != MM_OK)
            abort();
    }
    abort(); /* it does not end */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {.data = data, .size = size};
    const struct file *root;
    struct tuf_client *c;
    int64_t now = 0;

    if (!repo.nroles)
        learn();
    root = file_find(&repo.metadata, "1.root.json");
    put_file(&w.store, "root.json", root->bytes, root->n);
    if (rfc3339_parse(NOW, &now))
        abort();
    c = tuf_client_new(now);
    run(&w, c);
    tuf_client_free(c);
    files_fini(&w.store);
    files_fini(&w.artifacts);
    free(w.given);
    return 0;
}
