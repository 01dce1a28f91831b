#include "updater/host/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/text.h"
#include "lib/update_record.h"
#include "updater/host/facts.h"
#include "updater/host/install.h"
#include "updater/tuf/metadata.h"

#define LASTING 3      /* the same trouble so many times in a row */
#define DAY 86400

static const char *const results[] = {[UPDATE_CURRENT] = "current", [UPDATE_AVAILABLE] = "available", [UPDATE_BROUGHT] = "applied",
                                      [UPDATE_INVALID] = "refused", [UPDATE_FAILED] = "failed"};

/* The root of trust that came with the installation into the store; the core looks at it before it believes it. */
static bool take_configured_root(const struct run *r)
{
    struct buf root;
    bool taken;

    buf_init(&root, LIM_TUF_ROOT);
    taken = r->config->update_root[0] && durable_read(r->config->update_root, &root) == MM_OK && root.len &&
            store_keep(&r->store, TUF_METADATA, "root.json", root.data, root.len) == MM_OK;
    buf_fini(&root);
    return taken;
}

/* Once: later roots follow from it. */
static void take_first_root(const struct run *r)
{
    int fd = store_read(&r->store, TUF_METADATA, "root.json");

    if (fd >= 0)
        close(fd);
    else if (fd == MM_ENOTFOUND)
        (void)take_configured_root(r);
}

int run_open(struct run *r, const struct agent_config *config, const char *config_path, const char *by)
{
    bool lost = false;
    int rc;

    *r = (struct run){.config = config, .config_path = config_path, .by = by, .store.lock = -1};
    rc = places_init(&r->places, config);
    if (!rc)
        rc = places_make(&r->places);
    if (!rc)
        rc = store_open(&r->store, r->places.metadata, r->places.artifacts);
    if (!rc)
        take_first_root(r);
    if (!rc)
        rc = record_open(&r->record, &r->places, &lost);
    if (rc) {
        run_close(r);
        return rc;
    }
    if (lost)
        log_warn("%s/status.json cannot be read: it is begun anew", r->places.updates);
    install_settle(r);
    return MM_OK;
}

void run_close(struct run *r)
{
    record_close(&r->record);
    store_close(&r->store);
}

/* ---- what came of a run ------------------------------------------------------------------------------ */

/* An answer to who asked, beside the record. */
static void run_say(const char *key)
{
    fprintf(stderr, "mimamori-update: %s\n", text(key));
}

static void now_text(char out[RFC3339_TEXT])
{
    rfc3339_format((int64_t)time(NULL), out);
}

static const char *cause_of(const struct relay_result *got)
{
    if (got->space && !got->staged)
        return "space";
    if (got->done.result == UPDATE_INVALID)
        return "invalid-pack";
    if (!got->done.failed && got->done.result != UPDATE_FAILED)
        return "";
    if (got->bundle && got->done.cause == TUF_ROLLBACK)
        return "old-bundle"; /* nobody's attack: a file from last week */
    if (got->no_authority)
        return "no-authority";
    if (got->bundle && got->done.cause == TUF_UNREACHABLE)
        return "bad-bundle"; /* there is no network to blame */
    return tuf_cause_name((enum tuf_cause)got->done.cause);
}

/* The record of this run; it is saved by the caller. */
static void write_down(struct run *r, const struct update_host *host, const struct relay_result *got, const char *source)
{
    const struct update_done *done = &got->done;
    char now[RFC3339_TEXT], text[RFC3339_TEXT];

    now_text(now);
    record_set_text(&r->record, "checked", now);
    record_set_text(&r->record, "source", source);
    record_set_text(&r->record, "result", results[done->result]);
    record_set_text(&r->record, "cause", cause_of(got));
    record_set_text(&r->record, "about", done->about);
    record_set_text(&r->record, "detail", done->detail);
    record_set_text(&r->record, "ring", update_ring_word((int)host->ring));
    record_set_number(&r->record, "bucket", host->bucket);
    if (done->verified)
        record_set_text(&r->record, "verified", now);
    text[0] = '\0';
    if (got->made)
        rfc3339_format(got->made, text);
    record_set_text_in(&r->record, "bundle", "made", text);
    for (int kind = TUF_ROOT; kind <= TUF_TARGETS; kind++)
        if (done->expires[kind]) {
            rfc3339_format(done->expires[kind], text);
            record_set_text_in(&r->record, "expires", tuf_kind_name((enum tuf_kind)kind), text);
        }
    for (int kind = 0; kind < UPDATE_KINDS; kind++) {
        if (!(done->surveyed & 1u << kind))
            continue; /* its role did not come: what was known stays */
        record_set_number_in(&r->record, "floor", places_kind((enum update_kind)kind), done->floor[kind]);
        record_set_text_in(&r->record, "newest", places_kind((enum update_kind)kind), done->newest[kind]);
    }
}

/* Not once a run: at its first time, when it lasts, and then once a day. */
static void tell_trouble(struct run *r, const struct relay_result *got, const char *old_cause)
{
    bool of_release = got->done.result == UPDATE_INVALID;
    const struct happening h = {.kind = of_release ? places_kind((enum update_kind)got->plan.kind) : "metadata",
                                .act = of_release ? "refused" : "failed", .from = "", .to = of_release ? got->plan.version : "",
                                .cause = cause_of(got), .detail = got->done.detail, .by = r->by};
    int64_t now = (int64_t)time(NULL), n = 1, told = json_integer_value(json_object_get(r->record.root, "told"));

    if (!strcmp(old_cause, h.cause))
        n = json_integer_value(json_object_get(r->record.root, "failures")) + 1;
    record_set_number(&r->record, "failures", n);
    if (n > 1 && n != LASTING && now - told < DAY)
        return;
    record_set_number(&r->record, "told", now);
    if (record_tell(&r->record, &h))
        log_error("the history cannot be written");
}

/* ---- going back ------------------------------------------------------------------------------------------- */

/* What stood before `kind`, on this disk or from the installation; its version as a number, 0: nothing, or below the floor. */
static int64_t number_before(const struct run *r, enum update_kind kind, char version[LIM_VERSION])
{
    int64_t number, floor = record_number_in(&r->record, "floor", places_kind(kind));
    struct release before;

    record_get(&r->record, kind, RELEASE_BEFORE, &before);
    memcpy(version, before.version, LIM_VERSION);
    if (!version[0] && kind == UPDATE_RULES)
        facts_shipped_rules(r, version);
    return choose_number(version, &number) == MM_OK && number >= floor ? number : 0;
}

/* What runs was halted, and metadata has nothing to take instead: back to what stood before. */
static void leave_halted(struct run *r, const struct update_done *done)
{
    for (int k = 0; k < UPDATE_KINDS; k++) {
        enum update_kind kind = (enum update_kind)k;
        char version[LIM_VERSION];
        struct release now;

        record_get(&r->record, kind, RELEASE_NOW, &now);
        if ((done->surveyed & 1u << k) && done->halted[k] && !done->newest[k][0] && now.version[0] && number_before(r, kind, version) &&
            install_before_reads_state(r, kind))
            (void)install_back(r, kind, "returned", "halted", "the provider has halted this release");
    }
}

/* The stored root is damaged: from the one of the installation on, once more.  What was seen of the other files still binds. */
static bool begin_anew(const struct run *r, const struct relay_result *got)
{
    const struct happening h = {.kind = "metadata", .act = "returned", .from = "", .to = "", .cause = "bad-root",
                                .detail = "the stored root was damaged; begun anew from the one of the installation", .by = r->by};

    if (got->done.result != UPDATE_FAILED || (got->done.cause != TUF_BAD_ROOT && got->done.cause != TUF_NO_ROOT) || !take_configured_root(r))
        return false;
    log_warn("%s", h.detail);
    (void)record_tell(&r->record, &h);
    return true;
}

/* ---- running ------------------------------------------------------------------------------------------- */

static int open_bundle(const char *bundle)
{
    int fd = bundle ? open(bundle, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

    if (bundle && fd < 0)
        log_error("%s: %s", bundle, strerror(errno));
    return fd;
}

static enum run_exit once(struct run *r, bool look_only, const char *bundle, bool *again)
{
    char old_cause[LIM_TAG];
    struct relay_result got;
    struct update_host host;
    enum run_exit code = RUN_CURRENT;
    int fd = open_bundle(bundle), rc;

    *again = false;
    if (bundle && fd < 0)
        return RUN_REFUSED;
    rc = facts_of(r, &host);
    if (rc)
        log_error("this host's id: %s", mm_strerror(rc));
    host.look_only = look_only;
    host.wanted = (1u << UPDATE_RULES | (r->places.folders[UPDATE_AGENT][0] ? 1u << UPDATE_AGENT : 0)) & ~r->left;
    (void)relay_run(&r->places, &r->store, r->config_path, &host, fd, &got);
    if (begin_anew(r, &got))
        (void)relay_run(&r->places, &r->store, r->config_path, &host, fd, &got);
    got.bundle = bundle != NULL;
    if (fd >= 0)
        close(fd);
    snprintf(old_cause, sizeof old_cause, "%s", record_text(&r->record, "cause"));
    write_down(r, &host, &got, bundle ? "bundle" : "network");
    if (got.done.result == UPDATE_AVAILABLE)
        code = RUN_AVAILABLE;
    if (got.done.failed || got.done.result == UPDATE_FAILED || got.done.result == UPDATE_INVALID) {
        tell_trouble(r, &got, old_cause);
        code = RUN_REFUSED;
    } else {
        record_set_number(&r->record, "failures", 0);
    }
    if (got.done.result == UPDATE_INVALID) {
        install_hold_against(r, (enum update_kind)got.plan.kind, got.plan.content, true);
        snprintf(r->cause, sizeof r->cause, "%s", cause_of(&got));
        snprintf(r->detail, sizeof r->detail, "%s", got.done.detail);
        *again = true; /* the other kind */
    }
    rc = record_save(&r->record);
    if (rc)
        log_error("status.json cannot be written: %s", mm_strerror(rc));
    if (got.staged) {
        if (install(r, &got.plan) == RUN_REFUSED || code == RUN_REFUSED)
            code = RUN_REFUSED;
        else
            code = RUN_CURRENT;
        *again = true; /* the other kind, or what comes when this one was refused */
    } else if (got.done.verified && !look_only) {
        leave_halted(r, &got.done);
    }
    return code;
}

enum run_exit run_update(struct run *r, bool look_only, const char *bundle)
{
    enum run_exit code = RUN_CURRENT, worst = RUN_CURRENT;
    bool again = true, more = false;

    if (!bundle && !r->config->update_url[0]) {
        run_say("update.error.url");
        return RUN_CONFIG;
    }
    for (unsigned i = 0; i <= UPDATE_KINDS && again; i++) {
        code = once(r, look_only, bundle, &again);
        more |= again;
        if (code == RUN_REFUSED)
            worst = code;
    }
    if (more && (worst || code == RUN_CURRENT)) { /* of the whole run, not of its last look */
        record_set_text(&r->record, "result", worst ? "refused" : "applied");
        record_set_text(&r->record, "cause", r->cause);
        record_set_text(&r->record, "detail", r->detail);
        (void)record_save(&r->record);
    }
    if (!look_only)
        install_tidy(r);
    return worst ? worst : code;
}

enum run_exit run_rollback(struct run *r, enum update_kind kind)
{
    char version[LIM_VERSION];
    struct release now;
    int64_t number = number_before(r, kind, version);

    record_get(&r->record, kind, RELEASE_NOW, &now);
    if (!now.version[0] || !version[0]) {
        run_say("update.error.before");
        return RUN_REFUSED;
    }
    if (!number) {
        run_say("update.error.floor");
        return RUN_REFUSED;
    }
    if (!install_before_reads_state(r, kind)) {
        log_error("%s: %s", version, text("update.error.schema"));
        return RUN_REFUSED;
    }
    if (install_back(r, kind, "rolled-back", "asked", "") != RUN_CURRENT)
        return RUN_REFUSED;
    record_set_text(&r->record, "result", "applied"); /* of the release in use; the last look is told by its time */
    record_set_text(&r->record, "cause", "");
    record_set_text(&r->record, "detail", "");
    (void)record_save(&r->record);
    return RUN_CURRENT;
}
