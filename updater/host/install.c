#include "updater/host/install.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/rules_refused.h"
#include "updater/host/agent.h"
#include "updater/host/facts.h"
#include "lib/os/tree.h"

#define PART_DAYS 7     /* a part that nobody has gone on with is given up */
#define TRIES 3         /* of a content that ended badly for a reason that may be this host's; then it is refused */
#define HASH_SHOWN 16   /* digits of a content in a folder's name */

static void tell(const struct run *r, enum update_kind kind, const char *act, const struct release *from, const struct release *to,
                 const char *cause, const char *detail)
{
    const struct happening h = {.kind = places_kind(kind), .act = act, .from = from->version, .to = to->version, .cause = cause,
                                .detail = detail, .by = r->by};
    int rc = record_tell(&r->record, &h);

    if (rc)
        log_error("the history cannot be written: %s", mm_strerror(rc));
}

static void because(struct run *r, const char *cause, const char *detail)
{
    snprintf(r->cause, sizeof r->cause, "%s", cause);
    snprintf(r->detail, sizeof r->detail, "%s", detail);
}

/* ---- the link ------------------------------------------------------------------------------------ */

/* The folder that the link shows; "" when there is none. */
static void link_shows(const struct run *r, enum update_kind kind, char out[LIM_NAME])
{
    const char *path = r->places.link[kind], *last;
    char target[LIM_PATH];
    ssize_t n = path[0] ? readlink(path, target, sizeof target - 1) : -1;

    out[0] = '\0';
    if (n <= 0)
        return;
    target[n] = '\0';
    last = strrchr(target, '/');
    snprintf(out, LIM_NAME, "%.*s", LIM_NAME - 1, last ? last + 1 : target);
}

/* Agents: `current` stands beside `releases`; packs: in the same folder as they. */
static int move_link(const struct run *r, enum update_kind kind, const struct release *to)
{
    char target[LIM_NAME + 16];

    if (!to->version[0]) /* back to what the package brought */
        return unlink(r->places.link[kind]) == 0 || errno == ENOENT ? durable_sync_parent(r->places.link[kind]) : mm_from_errno(errno);
    snprintf(target, sizeof target, "%s%s", kind == UPDATE_AGENT ? "releases/" : "", to->folder);
    return durable_link(target, r->places.link[kind]);
}

/* ---- taking it into use ------------------------------------------------------------------------------ */

/* Have the agent do with the release that the link shows; `why` says why it does not.  A pack that nobody answers for is
 * taken when the guard starts or reads its signal, and the guard goes back by itself when it is no good. */
static enum agent_word taken(const struct run *r, enum update_kind kind, const struct release *to, char why[UPDATE_TROUBLE])
{
    return kind == UPDATE_AGENT ? agent_become(r, to->version, &r->before, why, UPDATE_TROUBLE) : agent_load_rules(r, why, UPDATE_TROUBLE);
}

static bool newer(const struct release *a, const struct release *b)
{
    int64_t x, y;

    return choose_number(a->version, &x) == MM_OK && choose_number(b->version, &y) == MM_OK && x > y;
}

void install_hold_against(struct run *r, enum update_kind kind, const char *content, bool certain)
{
    r->left |= 1u << kind;
    if (certain || record_tries(&r->record, content, 1) >= TRIES)
        record_refuse(&r->record, content);
}

/* The trial is over and good. */
static void accept(struct run *r, enum update_kind kind, struct release *to)
{
    struct release now;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    rfc3339_format((int64_t)time(NULL), to->since);
    /* one that was left for an older one is none to go back to */
    record_set(&r->record, kind, RELEASE_BEFORE, now.version[0] && newer(to, &now) ? &now : NULL);
    record_set(&r->record, kind, RELEASE_NOW, to);
    record_set(&r->record, kind, RELEASE_TRIAL, NULL);
    record_forget_tries(&r->record, to->content);
    if (record_save(&r->record))
        log_error("%s %s is in use, and status.json cannot be written", places_kind(kind), to->version);
    tell(r, kind, "applied", &now, to, "", "");
}

/* The trial is over: the link goes back to what is recorded.  The trial is forgotten only when it has: a run that is cut
 * off here, or a disk that is full, leaves it to the next run, and how often it was tried is on disk already. */
static void take_back(struct run *r, enum update_kind kind, const struct release *to, const char *act, const char *cause, const char *why)
{
    char trouble[UPDATE_TROUBLE], shown[LIM_NAME];
    bool moved = true;
    struct release now;
    int rc = MM_OK;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    link_shows(r, kind, shown);
    if (!strcmp(shown, to->folder))
        rc = move_link(r, kind, &now);
    else
        moved = false;
    r->left |= 1u << kind;
    if (record_tries(&r->record, to->content, 0) >= TRIES)
        record_refuse(&r->record, to->content);
    if (!rc)
        record_set(&r->record, kind, RELEASE_TRIAL, NULL);
    (void)record_save(&r->record);
    tell(r, kind, act, to, &now, cause, why);
    because(r, cause, why);
    log_error("%s %s was put back: %s", places_kind(kind), to->version, why);
    if (rc)
        log_error("%s: the link cannot be put back: %s", places_kind(kind), mm_strerror(rc));
    else if (moved)
        (void)taken(r, kind, &now, trouble);
}

/* From the written trial on: move the link, have it taken, record. */
static enum run_exit try_out(struct run *r, enum update_kind kind, struct release *to)
{
    char why[UPDATE_TROUBLE] = "";
    enum agent_word word;
    int rc;

    agent_health(r, &r->before);
    (void)record_tries(&r->record, to->content, 1);
    rc = record_save(&r->record); /* before it can end us: so it cannot end us for ever */
    if (!rc && kind == UPDATE_AGENT)
        agent_tells_trial(r, to->version);
    if (!rc)
        rc = move_link(r, kind, to);
    if (rc) {
        snprintf(why, sizeof why, "the link to it cannot be made: %s", mm_strerror(rc));
        take_back(r, kind, to, "failed", rc == MM_ENOSPC ? "space" : "store", why);
        return RUN_REFUSED;
    }
    word = taken(r, kind, to, why);
    if (word == AGENT_REFUSED || (word == AGENT_SILENT && kind == UPDATE_AGENT && record_tries(&r->record, to->content, 0) >= TRIES)) {
        take_back(r, kind, to, "returned", "unhealthy", why);
        return RUN_REFUSED;
    }
    if (word == AGENT_SILENT && kind == UPDATE_AGENT) { /* nobody runs who could show that it works: it stays on trial */
        log_warn("agent %s stays on trial: %s", to->version, why);
        r->left |= 1u << kind;
        return RUN_CURRENT;
    }
    accept(r, kind, to);
    return RUN_CURRENT;
}

/* ---- a release that was staged ------------------------------------------------------------------------- */

static void name_of(const struct update_plan *plan, struct release *out)
{
    *out = (struct release){.schema = plan->schema};
    memcpy(out->version, plan->version, sizeof out->version);
    memcpy(out->content, plan->content, sizeof out->content);
    memcpy(out->artifact, plan->artifact, sizeof out->artifact);
    if (plan->kind == UPDATE_RULES)
        snprintf(out->folder, sizeof out->folder, "%s.%.*s", plan->version, HASH_SHOWN, plan->content);
    else
        snprintf(out->folder, sizeof out->folder, "%s", plan->version);
}

static int check(const struct run *r, enum update_kind kind, const char *name, struct release *to, char *why)
{
    char folder[LIM_PATH];

    if (snprintf(folder, sizeof folder, "%s/%s", r->places.folders[kind], name) >= (int)sizeof folder)
        return MM_ELIMIT;
    return kind == UPDATE_RULES ? agent_check_rules(r, folder, why, UPDATE_TROUBLE) : agent_release_runs(r, folder, to, why, UPDATE_TROUBLE);
}

static int settle_down(const struct run *r, enum update_kind kind, const struct release *to)
{
    char staged[LIM_PATH], folder[LIM_PATH];
    int rc = tree_remove(r->places.folders[kind], to->folder);

    if (rc)
        return rc;
    if (snprintf(staged, sizeof staged, "%s/" RELAY_STAGED, r->places.folders[kind]) >= (int)sizeof staged ||
        snprintf(folder, sizeof folder, "%s/%s", r->places.folders[kind], to->folder) >= (int)sizeof folder)
        return MM_ELIMIT;
    return rename(staged, folder) < 0 ? mm_from_errno(errno) : durable_sync_parent(folder);
}

/* Check what was staged and move it to its place.  A release of the agent is moved first: one that brings its own loader can be
 * started at its place alone.  Nothing shows it there yet, and it goes again when it is no good. */
static int check_and_settle(const struct run *r, enum update_kind kind, struct release *to, char *why)
{
    int rc;

    if (kind == UPDATE_RULES) {
        rc = check(r, kind, RELAY_STAGED, to, why);
        return rc ? rc : settle_down(r, kind, to);
    }
    rc = settle_down(r, kind, to);
    if (!rc) {
        rc = check(r, kind, to->folder, to, why);
        if (rc)
            (void)tree_remove(r->places.folders[kind], to->folder);
    }
    return rc;
}

static const char *cause_of(enum update_kind kind, int rc)
{
    if (rc == MM_EFORMAT)
        return kind == UPDATE_RULES ? "invalid-pack" : "unhealthy";
    return rc == MM_ESTATE ? "schema" : rc == MM_ENOSPC ? "space" : "store";
}

static enum run_exit refuse(struct run *r, enum update_kind kind, const struct release *to, int rc, const char *why)
{
    const char *cause = cause_of(kind, rc);
    struct release now;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    install_hold_against(r, kind, to->content, rc == MM_EFORMAT);
    (void)record_save(&r->record);
    because(r, cause, why[0] ? why : mm_strerror(rc));
    tell(r, kind, rc == MM_EFORMAT || rc == MM_ESTATE ? "refused" : "failed", &now, to, cause, r->detail);
    relay_clear(&r->places, kind);
    return RUN_REFUSED;
}

enum run_exit install(struct run *r, const struct update_plan *plan)
{
    enum update_kind kind = (enum update_kind)plan->kind;
    char why[UPDATE_TROUBLE] = "", shown[LIM_NAME];
    struct release to;
    int rc;

    name_of(plan, &to);
    link_shows(r, kind, shown);
    if (!strcmp(shown, to.folder)) { /* it is in use, only nobody had written it down */
        relay_clear(&r->places, kind);
        accept(r, kind, &to);
        return RUN_CURRENT;
    }
    rc = tree_path_sound(to.folder) ? check_and_settle(r, kind, &to, why) : MM_EFORMAT;
    if (!rc) {
        record_set(&r->record, kind, RELEASE_TRIAL, &to);
        rc = record_save(&r->record);
    }
    if (rc)
        return refuse(r, kind, &to, rc, why);
    return try_out(r, kind, &to);
}

/* The link is the truth: an installer, a person, or a run that was cut off has moved it, or the record was lost. */
static void adopt(struct run *r, enum update_kind kind)
{
    struct release now, trial, before, found = {0};
    char shown[LIM_NAME];
    int64_t number;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    record_get(&r->record, kind, RELEASE_BEFORE, &before);
    record_get(&r->record, kind, RELEASE_TRIAL, &trial);
    link_shows(r, kind, shown);
    if (!strcmp(shown, now.folder) || (shown[0] && !strcmp(shown, trial.folder)))
        return;
    if (shown[0] && !strcmp(shown, before.folder)) {
        found = before;
    } else if (shown[0]) { /* packs: VERSION.HASH */
        snprintf(found.folder, sizeof found.folder, "%s", shown);
        snprintf(found.version, sizeof found.version, "%.*s", (int)sizeof found.version - 1, shown);
        if (kind == UPDATE_RULES && strrchr(found.version, '.'))
            *strrchr(found.version, '.') = '\0';
        if (!tree_path_sound(shown) || choose_number(found.version, &number))
            return; /* none of ours, and no version: it is not touched */
    }
    record_set(&r->record, kind, RELEASE_BEFORE, now.version[0] && newer(&found, &now) ? &now : NULL);
    record_set(&r->record, kind, RELEASE_NOW, &found);
    (void)record_save(&r->record);
    if (now.version[0] || kind == UPDATE_RULES) /* else: the first run of a host that was installed so */
        tell(r, kind, "applied", &now, &found, "found", "not put in use by the updater");
}

/* The guard has gone back from the pack in use, because it ended or held up the scan process (docs/update.md): so does the link. */
static void leave_refused(struct run *r)
{
    char hash[SHA256_HEX], why[UPDATE_TROUBLE];
    const struct rules_refused_row *row;
    struct rules_refused refused;
    struct release now;

    record_get(&r->record, UPDATE_RULES, RELEASE_NOW, &now);
    if (!now.version[0] || rules_hash(r->places.link[UPDATE_RULES], hash))
        return;
    rules_refused_load(&refused, r->config->state);
    row = rules_refused_find(&refused, hash);
    if (!row)
        return;
    snprintf(why, sizeof why, "the pack %s the scan process on this host", strcmp(row->why, "stalled") != 0 ? "ended" : "ended or held up");
    because(r, "unhealthy", why);
    (void)install_back(r, UPDATE_RULES, "returned", "unhealthy", why);
}

/* A package has brought newer rules than the updater did: they are used. */
static void prefer_shipped(struct run *r)
{
    struct release now, none = {0};
    int64_t ours, theirs;
    char shipped[LIM_VERSION], why[UPDATE_TROUBLE];

    record_get(&r->record, UPDATE_RULES, RELEASE_NOW, &now);
    facts_shipped_rules(r, shipped);
    if (!now.version[0] || choose_number(shipped, &theirs) || choose_number(now.version, &ours) || theirs <= ours || move_link(r, UPDATE_RULES, &none))
        return;
    record_set(&r->record, UPDATE_RULES, RELEASE_BEFORE, NULL);
    record_set(&r->record, UPDATE_RULES, RELEASE_NOW, &none);
    (void)record_save(&r->record);
    snprintf(none.version, sizeof none.version, "%s", shipped);
    tell(r, UPDATE_RULES, "applied", &now, &none, "package", "the installation has brought newer rules");
    (void)taken(r, UPDATE_RULES, &none, why);
}

/* ---- after another run, and back ---------------------------------------------------------------------------- */

void install_settle(struct run *r)
{
    for (int k = 0; k < UPDATE_KINDS; k++) {
        enum update_kind kind = (enum update_kind)k;
        struct release to;
        char shown[LIM_NAME];

        relay_clear(&r->places, kind);
        adopt(r, kind);
        record_get(&r->record, kind, RELEASE_TRIAL, &to);
        link_shows(r, kind, shown);
        if (to.version[0] && !strcmp(shown, to.folder)) {
            (void)try_out(r, kind, &to); /* the run before ended in the middle of it: judged now */
        } else if (to.version[0]) {
            record_set(&r->record, kind, RELEASE_TRIAL, NULL); /* before the link moved: nothing has happened */
            (void)record_save(&r->record);
        }
    }
    leave_refused(r);
    prefer_shipped(r);
}

static bool is_here(const struct run *r, enum update_kind kind, const char *folder)
{
    char path[LIM_PATH];

    return snprintf(path, sizeof path, "%s/%s/%s", r->places.folders[kind], folder, kind == UPDATE_AGENT ? "bin/mimamorid" : "manifest.json") < (int)sizeof path &&
           access(path, R_OK) == 0;
}

bool install_before_reads_state(const struct run *r, enum update_kind kind)
{
    char folder[LIM_PATH];
    struct release before;

    record_get(&r->record, kind, RELEASE_BEFORE, &before);
    if (kind != UPDATE_AGENT || snprintf(folder, sizeof folder, "%s/%s", r->places.folders[kind], before.folder) >= (int)sizeof folder)
        return true;
    return agent_release_reads_state(r, folder, &before);
}

enum run_exit install_back(struct run *r, enum update_kind kind, const char *act, const char *cause, const char *detail)
{
    struct release now, before;
    char why[UPDATE_TROUBLE];
    int rc;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    record_get(&r->record, kind, RELEASE_BEFORE, &before);
    agent_health(r, &r->before);
    rc = before.version[0] && !is_here(r, kind, before.folder) ? MM_ENOTFOUND : move_link(r, kind, &before);
    if (rc) {
        log_error("%s cannot be put back: %s", places_kind(kind), mm_strerror(rc));
        return RUN_REFUSED;
    }
    record_refuse(&r->record, now.content);
    record_set(&r->record, kind, RELEASE_NOW, &before);
    record_set(&r->record, kind, RELEASE_BEFORE, NULL);
    (void)record_save(&r->record);
    tell(r, kind, act, &now, &before, cause, detail);
    r->left |= 1u << kind;
    if (taken(r, kind, &before, why) != AGENT_REFUSED)
        return RUN_CURRENT;
    log_error("%s %s: %s", places_kind(kind), before.version, why);
    return RUN_REFUSED;
}

/* ---- tidying --------------------------------------------------------------------------------------------------- */

static bool in_use(const struct run *r, enum update_kind kind, const char *folder, const char *artifact)
{
    char shown[LIM_NAME];

    link_shows(r, kind, shown);
    if (folder && !strcmp(folder, shown))
        return true;
    for (int role = RELEASE_NOW; role <= RELEASE_TRIAL; role++) {
        struct release one;

        record_get(&r->record, kind, (enum release_role)role, &one);
        if (one.version[0] && ((folder && !strcmp(one.folder, folder)) || (artifact && !strcmp(one.artifact, artifact))))
            return true;
    }
    return false;
}

/* A folder of an agent's release that is older than the one in use: newer ones were put there by somebody else. */
static bool is_older(const char *folder, const struct release *now)
{
    struct release one = {0};

    snprintf(one.version, sizeof one.version, "%.*s", (int)sizeof one.version - 1, folder);
    return newer(now, &one);
}

static void tidy_folders(const struct run *r, enum update_kind kind)
{
    struct release now;
    DIR *d = r->places.folders[kind][0] ? opendir(r->places.folders[kind]) : NULL;
    const struct dirent *e;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    while (d && (e = readdir(d)))
        if (e->d_name[0] != '.' && strcmp(e->d_name, "current") != 0 && tree_path_sound(e->d_name) && !in_use(r, kind, e->d_name, NULL) &&
            (kind == UPDATE_RULES || is_older(e->d_name, &now)))
            (void)tree_remove(r->places.folders[kind], e->d_name);
    if (d)
        closedir(d);
}

/* A part of an artifact that a next run may go on with. */
static bool still_coming(int folder, const char *name)
{
    size_t n = strlen(name), end = sizeof RELAY_PART - 1;
    struct stat st;

    return n > end && !strcmp(name + n - end, RELAY_PART) && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           time(NULL) - st.st_mtime < PART_DAYS * 86400;
}

void install_tidy(struct run *r)
{
    DIR *d = opendir(r->places.artifacts);
    const struct dirent *e;

    for (int kind = 0; kind < UPDATE_KINDS; kind++)
        tidy_folders(r, (enum update_kind)kind);
    while (d && (e = readdir(d)))
        if (e->d_name[0] != '.' && !still_coming(dirfd(d), e->d_name) && !in_use(r, UPDATE_RULES, NULL, e->d_name) &&
            !in_use(r, UPDATE_AGENT, NULL, e->d_name))
            (void)unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
}
