#include "updater/host/install.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "updater/host/agent.h"
#include "updater/host/facts.h"
#include "updater/host/tree.h"

#define REFUSED_BYTES 8192 /* of STATE/guard/rules-refused: at most 16 lines */
#define PART_DAYS 7     /* a part that nobody has gone on with is given up */
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

/* Has the agent do with the release that the link shows.  False: it does not; `why` says it. */
static bool taken(const struct run *r, enum update_kind kind, const struct release *to, char why[UPDATE_TROUBLE])
{
    if (kind == UPDATE_AGENT) /* one that did not run before takes it when it is started */
        return agent_become(r, to->version, &r->before, why, UPDATE_TROUBLE) != AGENT_REFUSED;
    /* an agent that does not run takes it when it starts, and goes back by itself when it is no good */
    return agent_load_rules(r, why, UPDATE_TROUBLE) != AGENT_REFUSED;
}

static bool newer(const struct release *a, const struct release *b)
{
    int64_t x, y;

    return choose_number(a->version, &x) == MM_OK && choose_number(b->version, &y) == MM_OK && x > y;
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
    (void)record_save(&r->record);
    tell(r, kind, "applied", &now, to, "", "");
}

/* The trial is over: the link goes back to what is recorded. */
static void take_back(struct run *r, enum update_kind kind, const struct release *to, const char *act, const char *cause, const char *why)
{
    char trouble[UPDATE_TROUBLE];
    struct release now;
    int rc;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    rc = move_link(r, kind, &now);
    if (rc)
        log_error("%s %s cannot be put back: %s", places_kind(kind), now.version, mm_strerror(rc));
    else
        (void)taken(r, kind, &now, trouble);
    record_refuse(&r->record, to->content);
    record_set(&r->record, kind, RELEASE_TRIAL, NULL);
    (void)record_save(&r->record);
    tell(r, kind, act, to, &now, cause, why);
    because(r, cause, why);
    log_error("%s %s was put back: %s", places_kind(kind), to->version, why);
}

/* From the written trial on: move the link, have it taken, record. */
static enum run_exit try_out(struct run *r, enum update_kind kind, struct release *to)
{
    char why[UPDATE_TROUBLE] = "";
    int rc;

    agent_health(r, &r->before);
    rc = move_link(r, kind, to);
    if (rc) {
        snprintf(why, sizeof why, "the link to it cannot be made: %s", mm_strerror(rc));
        take_back(r, kind, to, "failed", rc == MM_ENOSPC ? "space" : "store", why);
        return RUN_REFUSED;
    }
    if (!taken(r, kind, to, why)) {
        take_back(r, kind, to, "returned", kind == UPDATE_RULES ? "invalid-pack" : "unhealthy", why);
        return RUN_REFUSED;
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

static int check(const struct run *r, enum update_kind kind, const struct release *to, char *why)
{
    char folder[LIM_PATH];

    if (snprintf(folder, sizeof folder, "%s/" RELAY_STAGED, r->places.folders[kind]) >= (int)sizeof folder)
        return MM_ELIMIT;
    return kind == UPDATE_RULES ? agent_check_rules(r, folder, why, UPDATE_TROUBLE) : agent_release_runs(r, folder, to->version, why, UPDATE_TROUBLE);
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

static enum run_exit refuse(struct run *r, enum update_kind kind, const struct release *to, int rc, const char *why)
{
    const char *cause = rc == MM_EFORMAT ? "invalid-pack" : rc == MM_ENOSPC ? "space" : "store";
    struct release now;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    if (rc == MM_EFORMAT)
        record_refuse(&r->record, to->content);
    (void)record_save(&r->record);
    because(r, cause, why[0] ? why : mm_strerror(rc));
    tell(r, kind, rc == MM_EFORMAT ? "refused" : "failed", &now, to, cause, r->detail);
    relay_clear(&r->places, kind);
    return RUN_REFUSED;
}

enum run_exit install(struct run *r, const struct update_plan *plan)
{
    enum update_kind kind = (enum update_kind)plan->kind;
    char why[UPDATE_TROUBLE] = "", shown[LIM_NAME];
    struct release to, before;
    int rc;

    name_of(plan, &to);
    link_shows(r, kind, shown);
    record_get(&r->record, kind, RELEASE_BEFORE, &before);
    rc = update_path_sound(to.folder) && strcmp(shown, to.folder) != 0 ? check(r, kind, &to, why) : MM_EFORMAT;
    if (!rc)
        rc = settle_down(r, kind, &to);
    if (!rc) {
        record_set(&r->record, kind, RELEASE_TRIAL, &to);
        rc = record_save(&r->record);
    }
    if (rc)
        return refuse(r, kind, &to, rc, why);
    return try_out(r, kind, &to);
}

/* What the link shows on a host where no run has put it there: the installation did. */
static void adopt(struct run *r, enum update_kind kind)
{
    struct release now;
    char shown[LIM_NAME];

    record_get(&r->record, kind, RELEASE_NOW, &now);
    link_shows(r, kind, shown);
    if (kind != UPDATE_AGENT || now.version[0] || !shown[0])
        return;
    snprintf(now.version, sizeof now.version, "%.*s", (int)sizeof now.version - 1, shown);
    snprintf(now.folder, sizeof now.folder, "%s", shown);
    record_set(&r->record, kind, RELEASE_NOW, &now);
}

/* SHA-256 of the manifest of the pack in use, in digits.  False: there is none. */
static bool manifest_hash(const struct run *r, char out[SHA256_HEX])
{
    char path[LIM_PATH];
    uint8_t hash[SHA256_BYTES];
    int fd = -1, rc;

    if (snprintf(path, sizeof path, "%s/manifest.json", r->places.link[UPDATE_RULES]) < (int)sizeof path)
        fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    rc = crypto_sha256_fd(fd, hash);
    close(fd);
    if (!rc)
        crypto_hex(hash, sizeof hash, out);
    return !rc;
}

/* The guard has gone back from the pack in use, because it ended or held up the scan process (docs/update.md): so does the link. */
static void leave_refused(struct run *r)
{
    char path[LIM_PATH], hash[SHA256_HEX], why[UPDATE_TROUBLE];
    struct release now;
    struct buf b;

    record_get(&r->record, UPDATE_RULES, RELEASE_NOW, &now);
    if (!now.version[0] || !manifest_hash(r, hash) || snprintf(path, sizeof path, "%s/guard/rules-refused", r->config->state) >= (int)sizeof path)
        return;
    buf_init(&b, REFUSED_BYTES);
    if (durable_read(path, &b) == MM_OK && b.data && strstr(b.data, hash)) {
        snprintf(why, sizeof why, "the pack %s the scan process on this host", strstr(strstr(b.data, hash), "stalled") ? "ended or held up" : "ended");
        because(r, "unhealthy", why);
        (void)install_back(r, UPDATE_RULES, "returned", "unhealthy", why);
    }
    buf_fini(&b);
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

enum run_exit install_back(struct run *r, enum update_kind kind, const char *act, const char *cause, const char *detail)
{
    struct release now, before;
    char why[UPDATE_TROUBLE];
    int rc;

    record_get(&r->record, kind, RELEASE_NOW, &now);
    record_get(&r->record, kind, RELEASE_BEFORE, &before);
    agent_health(r, &r->before);
    rc = move_link(r, kind, &before);
    if (rc) {
        log_error("%s cannot be put back: %s", places_kind(kind), mm_strerror(rc));
        return RUN_REFUSED;
    }
    record_refuse(&r->record, now.content);
    record_set(&r->record, kind, RELEASE_NOW, &before);
    record_set(&r->record, kind, RELEASE_BEFORE, NULL);
    (void)record_save(&r->record);
    tell(r, kind, act, &now, &before, cause, detail);
    if (!taken(r, kind, &before, why))
        log_error("%s %s: %s", places_kind(kind), before.version, why);
    return RUN_CURRENT;
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

static void tidy_folders(const struct run *r, enum update_kind kind)
{
    DIR *d = r->places.folders[kind][0] ? opendir(r->places.folders[kind]) : NULL;
    const struct dirent *e;

    while (d && (e = readdir(d)))
        if (e->d_name[0] != '.' && strcmp(e->d_name, "current") != 0 && update_path_sound(e->d_name) && !in_use(r, kind, e->d_name, NULL))
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
