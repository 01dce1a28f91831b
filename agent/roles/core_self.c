#include "agent/roles/core_self.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/roles/core_internal.h"
#include "agent/watch/host/self.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/spawn.h"
#include "lib/text.h"
#include "lib/version.h"

#define FIRST_MS 15000          /* after the start, when nothing is urgent any more */
#define EVERY_MS 3600000
#define AGAIN_MS 600000          /* a package that is being installed changes files before the service is started anew */
#define UPGRADE_S (6 * 3600)     /* of a whole distribution, on a slow computer; longer is no upgrade */
#define FILE_BYTES 16384
#define NS INT64_C(1000000000)

/* ---- what was seen before ------------------------------------------------------------------------ */

static void path_of(const struct core *c, char path[LIM_PATH + 16])
{
    snprintf(path, LIM_PATH + 16, "%s/core/self", c->config->state);
}

/* *same: it was this version that looked.  MM_ENOTFOUND: the first look on this host. */
static int load(const struct core *c, struct self_list *out, bool *same)
{
    static const char begin[] = "version ";
    char path[LIM_PATH + 16];
    struct buf b;
    int rc;

    path_of(c, path);
    buf_init(&b, FILE_BYTES);
    rc = durable_read(path, &b);
    if (!rc) {
        const char *text = b.data ? b.data : "", *line = strchr(text, '\n');

        *same = !strncmp(text, begin, sizeof begin - 1) && !strncmp(text + sizeof begin - 1, MM_VERSION "\n", sizeof MM_VERSION);
        rc = line && !strncmp(text, begin, sizeof begin - 1) ? self_parse(line + 1, b.len - (size_t)(line + 1 - text), out) : MM_EFORMAT;
    }
    buf_fini(&b);
    return rc;
}

static int save(const struct core *c, const struct self_list *l)
{
    char path[LIM_PATH + 16];
    struct buf b;
    int rc;

    path_of(c, path);
    buf_init(&b, FILE_BYTES);
    rc = buf_adds(&b, "version " MM_VERSION "\n");
    if (!rc)
        rc = self_print(l, &b);
    if (!rc)
        rc = durable_write(path, b.data, b.len, 0600);
    buf_fini(&b);
    return rc;
}

/* ---- telling ---------------------------------------------------------------------------------------- */

/* The first word of a value; a hash alone has none. */
static void state_of(const char *value, char *out, size_t n)
{
    size_t len = strcspn(value, " ");

    snprintf(out, n, "%.*s", len == SHA256_HEX - 1 ? (int)sizeof "changed" - 1 : (int)(len < n ? len : n - 1), len == SHA256_HEX - 1 ? "changed" : value);
}

/* The title of `key`, in both languages. */
static void put_title(struct event *e, const char *key, const char *const *args, size_t n)
{
    struct buf b;

    for (int lang = TEXT_EN; lang <= TEXT_JA; lang++) {
        buf_init(&b, LIM_TITLE - 1);
        if (text_format_in(&b, key, (enum text_lang)lang, args, n) == MM_OK && b.data)
            snprintf(lang == TEXT_JA ? e->title_ja : e->title_en, LIM_TITLE, "%s", b.data);
        buf_fini(&b);
    }
}

static void tell(struct core *c, const struct self_item *now, const char *before)
{
    static const char *const keys[SELF_KINDS] = {"did.self.program", "did.self.unit", "did.self.settings"};
    struct event e = {.outcome = OUTCOME_SUCCESS};
    const char *const args[] = {now->name, e.new_state};
    struct self_item old = *now;
    bool well;

    snprintf(old.value, sizeof old.value, "%s", before);
    well = self_is_bad(&old) && !self_is_bad(now); /* somebody has mended it */
    if (well || (now->kind == SELF_SETTINGS && !self_is_bad(now))) {
        e.kind = EV_STATE;
        e.activity = ACT_POLICY;
        e.severity = well ? SEV_INFO : SEV_MEDIUM;
    } else {
        e.kind = EV_LIFECYCLE;
        e.activity = ACT_TAMPER;
        e.severity = SEV_HIGH;
    }
    snprintf(e.subject, sizeof e.subject, "%s", now->name);
    state_of(now->value, e.new_state, sizeof e.new_state);
    if (*before)
        state_of(before, e.old_state, sizeof e.old_state);
    put_title(&e, well ? "did.self.well" : keys[now->kind], args, 2);
    snprintf(e.detail, sizeof e.detail, "%s: was %s, is %s", now->name, *before ? before : "not there", now->value);
    log_warn("%s", e.detail);
    recorder_add(c->recorder, &e, 0);
}

/* Is it news?  Programs and units are others with another version; what is wrong by itself is news also then. */
static bool is_news(const struct self_item *now, const char *before, bool first, bool same_version)
{
    if (before && !strcmp(before, now->value))
        return false;
    if (self_is_bad(now))
        return true;
    return !first && (same_version || now->kind == SELF_SETTINGS);
}

static unsigned compare(struct core *c, const struct self_list *before, const struct self_list *now, bool first, bool same_version, bool telling)
{
    unsigned news = 0;

    for (unsigned i = 0; i < now->n; i++) {
        const char *was = self_value(before, now->item[i].kind, now->item[i].name);

        if (!is_news(&now->item[i], was, first, same_version))
            continue;
        news++;
        if (telling)
            tell(c, &now->item[i], was ? was : "");
    }
    for (unsigned i = 0; i < before->n && same_version; i++) {
        struct self_item gone = before->item[i];

        if (self_value(now, gone.kind, gone.name) || !strcmp(gone.value, "missing"))
            continue;
        news++;
        snprintf(gone.value, sizeof gone.value, "missing");
        if (telling)
            tell(c, &gone, before->item[i].value);
    }
    return news;
}

/* ---- upgrades --------------------------------------------------------------------------------------------- */

/* The mark that a package's scripts leave (nobody but root can), as long as it is not too old for an upgrade. */
static bool has_upgrade_mark(const struct core *c)
{
    char path[LIM_PATH + 16];
    struct stat st;
    int64_t age;

    snprintf(path, sizeof path, "%s/upgrading", c->config->run);
    if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0)
        return false;
    age = (int64_t)time(NULL) - st.st_mtime;
    return age >= 0 && age < UPGRADE_S;
}

/* A package manager is at it: between unpacking and configuring files are not those of the version that runs, for as long as a
 * whole distribution takes.  Who is root can say so, too: it is told, and a mark that is made anew does not make it longer. */
static bool is_upgraded(struct core *c)
{
    struct event e = {.kind = EV_STATE, .activity = ACT_POLICY, .severity = SEV_INFO, .outcome = OUTCOME_SUCCESS,
                      .subject = "upgrade", .new_state = "begun"};
    int64_t now = (int64_t)uv_now(&c->loop);

    if (!has_upgrade_mark(c)) {
        c->self.upgrade_ms = 0;
        return false;
    }
    if (!c->self.upgrade_ms) {
        c->self.upgrade_ms = now;
        put_title(&e, "did.upgrade.begun", NULL, 0);
        snprintf(e.detail, sizeof e.detail, "a package manager has begun to change the agent's files: until it is done, %d hours at most, they are not compared", UPGRADE_S / 3600);
        log_info("%s", e.detail);
        recorder_add(c->recorder, &e, 0);
    }
    return now - c->self.upgrade_ms < UPGRADE_S * 1000LL;
}

/* ---- looking --------------------------------------------------------------------------------------------- */

static void look(struct core *c, bool at_once)
{
    struct self_list before = {0}, now;
    char bin[LIM_PATH], *slash;
    bool same = false, bad = false, tell_it = (at_once || c->self.suspected) && !is_upgraded(c);
    unsigned news;
    int rc;

    if (c->parted || os_neighbour("mimamorid", bin, sizeof bin) || !(slash = strrchr(bin, '/')))
        return;
    *slash = '\0';
    self_look("", bin, c->config_path, &now);
    rc = load(c, &before, &same);
    for (unsigned i = 0; i < now.n; i++)
        bad |= self_is_bad(&now.item[i]);
    c->beat_wanted |= bad != c->self.bad;
    c->self.bad = bad;
    recorder_begin(c->recorder);
    news = compare(c, &before, &now, rc != MM_OK, same, tell_it);
    c->self.suspected = news && !tell_it;
    if (recorder_end(c->recorder) && !c->self.suspected && (news || rc || !same) && save(c, &now))
        log_warn("what the installation looks like cannot be kept");
}

void core_self_look(struct core *c)
{
    look(c, true);
    c->self.next_ms = (int64_t)uv_now(&c->loop) + EVERY_MS;
}

bool core_self_starts_again(struct core *c)
{
    struct agent_config config = {0};
    char message[256];
    int rc;

    look(c, true);
    rc = agent_config_load(&config, c->config_path, message, sizeof message);
    agent_config_free(&config);
    return !c->self.bad && !rc;
}

void core_self_tick(struct core *c)
{
    int64_t now = (int64_t)uv_now(&c->loop);

    if (!c->self.next_ms)
        c->self.next_ms = now + FIRST_MS;
    (void)is_upgraded(c); /* told when it begins, not with the next look */
    if (now < c->self.next_ms)
        return;
    look(c, false);
    c->self.next_ms = now + (c->self.suspected ? AGAIN_MS : EVERY_MS);
}

/* ---- the clock ------------------------------------------------------------------------------------------- */

static int64_t clock_now_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

void core_clock_tick(struct core *c)
{
    int64_t by_s = self_clock_jump(&c->self.clock_offset_ns, clock_now_ns(CLOCK_REALTIME) - clock_now_ns(CLOCK_BOOTTIME));
    struct event e = {.kind = EV_STATE, .activity = ACT_POLICY, .severity = by_s < 0 ? SEV_MEDIUM : SEV_LOW, .outcome = OUTCOME_SUCCESS};
    char seconds[32];
    const char *const args[] = {seconds};

    if (!by_s)
        return;
    snprintf(seconds, sizeof seconds, "%lld", (long long)(by_s < 0 ? -by_s : by_s));
    snprintf(e.subject, sizeof e.subject, "clock");
    snprintf(e.new_state, sizeof e.new_state, "%s", by_s < 0 ? "back" : "forward");
    put_title(&e, by_s < 0 ? "did.clock.back" : "did.clock.forward", args, 1);
    snprintf(e.detail, sizeof e.detail, "the wall clock was set %s by %s s", e.new_state, seconds);
    log_warn("%s", e.detail);
    recorder_add(c->recorder, &e, 0);
}
