/* The updater's core behind the command line that the TUF conformance suite
 * speaks.  It is how the suite meets updater/tuf, and what the tests run; it is
 * not installed.
 *
 *     mimamori-tuf-conformance --metadata-dir DIR init ROOT
 *     mimamori-tuf-conformance --metadata-dir DIR --metadata-url URL refresh
 *     mimamori-tuf-conformance --metadata-dir DIR --metadata-url URL --target-dir DIR
 *                              --target-base-url URL --target-name NAME ... download
 *
 * Exit status 0, or 1 for every failure.  For tests also: --stall-seconds N and
 * --fetch-seconds N instead of the limits in lib/limits.h, and
 * --die-before-write N, which ends the program without any farewell. */
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/fetch.h"
#include "updater/store.h"
#include "updater/tuf/client.h"

#define PROGRAM "mimamori-tuf-conformance"

struct options {
    const char *metadata_dir, *metadata_url, *target_dir, *target_url;
    const char **targets;    /* as many as were named; freed by main */
    size_t ntargets;
    const char *command, *root_file;
    long stall_s, fetch_s, die_before_write; /* 0: not given */
};

struct run {
    const struct options *options;
    struct store store;
    struct fetch *fetch;
    struct tuf_client *client;
    struct buf bytes;        /* of the last answer; the client may still want them kept */
    long writes;
};

static int complain(const char *what, const char *why)
{
    fprintf(stderr, PROGRAM ": %s: %s\n", what, why);
    return 1;
}

/* ---- doing what the client wants -------------------------------------------------- */

static struct tuf_answer do_load(struct run *run, const struct tuf_step *step)
{
    int rc;

    buf_fini(&run->bytes);
    buf_init(&run->bytes, step->limit);
    rc = store_load(&run->store, step->place, step->name, &run->bytes);
    if (!rc)
        return (struct tuf_answer){.got = TUF_BYTES, .bytes = run->bytes.data, .n = run->bytes.len};
    if (rc != MM_ENOTFOUND)
        complain(step->name, mm_strerror(rc));
    return (struct tuf_answer){.got = rc == MM_ENOTFOUND ? TUF_ABSENT : rc == MM_ELIMIT ? TUF_OVERLONG : TUF_BROKEN};
}

static struct tuf_answer do_fetch(struct run *run, const struct tuf_step *step)
{
    const char *base = step->place == TUF_ARTIFACTS ? run->options->target_url : run->options->metadata_url;
    struct tuf_answer answer;

    buf_fini(&run->bytes);
    buf_init(&run->bytes, step->limit);
    answer.got = fetch_get(run->fetch, step->place, base, step->name, &run->bytes);
    answer.bytes = run->bytes.data;
    answer.n = run->bytes.len;
    fprintf(stderr, PROGRAM ": GET %s: %s\n", step->name,
            answer.got == TUF_BYTES ? "here" : answer.got == TUF_ABSENT ? "not there" : fetch_trouble(run->fetch));
    return answer;
}

static struct tuf_answer do_keep(struct run *run, const struct tuf_step *step)
{
    int rc;

    if (++run->writes == run->options->die_before_write)
        (void)raise(SIGKILL);
    rc = store_keep(&run->store, step->place, step->name, step->bytes, step->n);
    if (rc)
        complain(step->name, mm_strerror(rc));
    return (struct tuf_answer){.got = rc ? TUF_BROKEN : TUF_KEPT};
}

/* Until the client is ready or has failed: 0 or 1. */
static int drive(struct run *run)
{
    for (;;) {
        struct tuf_answer answer = {.got = TUF_BROKEN};
        struct tuf_step step;
        int rc;

        tuf_client_step(run->client, &step);
        switch (step.want) {
        case TUF_LOAD: answer = do_load(run, &step); break;
        case TUF_FETCH: answer = do_fetch(run, &step); break;
        case TUF_KEEP: answer = do_keep(run, &step); break;
        case TUF_READY: return 0;
        case TUF_FAILED:
            fprintf(stderr, PROGRAM ": %s: %s [%s]\n", step.name, tuf_cause_text(step.cause), tuf_cause_name(step.cause));
            return 1;
        }
        rc = tuf_client_answer(run->client, &answer);
        if (rc)
            return complain(step.name, mm_strerror(rc));
    }
}

/* ---- commands ------------------------------------------------------------------------ */

static int command_init(const struct options *o)
{
    struct store store;
    struct buf root;
    int rc;

    buf_init(&root, LIM_TUF_ROOT);
    rc = durable_read(o->root_file, &root);
    if (!rc)
        rc = store_open(&store, o->metadata_dir, NULL);
    if (!rc) {
        rc = store_keep(&store, TUF_METADATA, "root.json", root.data, root.len);
        store_close(&store);
    }
    buf_fini(&root);
    return rc ? complain(o->root_file, mm_strerror(rc)) : 0;
}

static int refresh_and_download(struct run *run)
{
    int bad = drive(run);

    for (size_t i = 0; i < run->options->ntargets && !bad; i++) {
        int rc = tuf_client_find(run->client, run->options->targets[i]);

        bad = rc ? complain(run->options->targets[i], mm_strerror(rc)) : drive(run);
    }
    return bad;
}

static int command_run(const struct options *o)
{
    struct fetch_limits limits = fetch_limits_default();
    struct run run = {.options = o, .store.lock = -1};
    int bad = 1, rc = store_open(&run.store, o->metadata_dir, o->target_dir);

    if (rc)
        return complain(o->metadata_dir, rc == MM_EAGAIN ? "another updater is at work here" : mm_strerror(rc));
    if (o->stall_s)
        limits.stall_s = o->stall_s;
    if (o->fetch_s)
        limits.metadata_s = limits.artifact_s = o->fetch_s;
    buf_init(&run.bytes, 0);
    run.fetch = fetch_open(&limits, NULL);
    run.client = tuf_client_new((int64_t)time(NULL));
    if (run.fetch && run.client)
        bad = refresh_and_download(&run);
    else
        complain(o->command, mm_strerror(MM_ENOMEM));
    tuf_client_free(run.client);
    fetch_close(run.fetch);
    buf_fini(&run.bytes);
    store_close(&run.store);
    return bad;
}

/* ---- the command line ------------------------------------------------------------------- */

/* A whole number of at least 1; 0 for anything else. */
static long positive(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    return *text && !*end && n > 0 ? n : 0;
}

/* Take one option with its value; 0 when there is no such option. */
static int take_option(struct options *o, const char *name, const char *value)
{
    const struct { const char *name; const char **text; long *number; } table[] = {
        {"--metadata-dir", &o->metadata_dir, NULL},
        {"--metadata-url", &o->metadata_url, NULL},
        {"--target-dir", &o->target_dir, NULL},
        {"--target-base-url", &o->target_url, NULL},
        {"--stall-seconds", NULL, &o->stall_s},
        {"--fetch-seconds", NULL, &o->fetch_s},
        {"--die-before-write", NULL, &o->die_before_write},
    };

    if (!strcmp(name, "--target-name")) {
        o->targets[o->ntargets++] = value;
        return 1;
    }
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(name, table[i].name) != 0)
            continue;
        if (table[i].text)
            *table[i].text = value;
        else
            *table[i].number = positive(value);
        return table[i].text || *table[i].number;
    }
    return 0;
}

/* Options and words in any order; 1 when they make sense. */
static int take_arguments(struct options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "--", 2)) {
            if (i + 1 >= argc || !take_option(o, argv[i], argv[i + 1]))
                return 0;
            i++;
        } else if (!o->command) {
            o->command = argv[i];
        } else if (!o->root_file) {
            o->root_file = argv[i];
        } else {
            return 0;
        }
    }
    if (!o->command || !o->metadata_dir)
        return 0;
    if (!strcmp(o->command, "init"))
        return o->root_file != NULL;
    if (!o->metadata_url || o->root_file)
        return 0;
    if (!strcmp(o->command, "refresh"))
        return o->ntargets == 0;
    return !strcmp(o->command, "download") && o->ntargets && o->target_dir && o->target_url;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    int bad;

    o.targets = calloc((size_t)argc + 1, sizeof *o.targets);
    if (!o.targets || !take_arguments(&o, argc, argv)) {
        fputs("usage: " PROGRAM " --metadata-dir DIR [--metadata-url URL] [--target-dir DIR --target-base-url URL --target-name NAME ...]"
              " init ROOT | refresh | download\n", stderr);
        free(o.targets);
        return 1;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        bad = complain(o.command, "libcurl cannot start");
    else
        bad = !strcmp(o.command, "init") ? command_init(&o) : command_run(&o);
    curl_global_cleanup();
    free(o.targets);
    return bad;
}
