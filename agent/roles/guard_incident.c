/* Ownership: the table is struct guard's; the file is ours.
 * Open incidents survive a restart of the guard: STATE/guard/incidents.json,
 * written durably whenever one changes.  Without it nobody could thaw what an
 * earlier guard froze, or restore what an earlier guard kept. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/roles/guard_internal.h"
#include "agent/watch/procs_os.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"

#define FILE_BYTES (4u << 20)

static json_t *members(const struct incident *i)
{
    json_t *a = json_array();

    for (unsigned k = 0; k < i->nmembers; k++)
        json_array_append_new(a, json_pack("[i,I]", i->member[k].pid, (json_int_t)i->member[k].start_ns));
    return a;
}

static json_t *trees_of(const struct incident *i)
{
    json_t *a = json_array();

    for (unsigned k = 0; k < i->ntrees; k++)
        json_array_append_new(a, json_integer((json_int_t)i->tree[k]));
    return a;
}

static json_t *pack(const struct incident *i)
{
    /* "%"-strings may hold bytes that are not UTF-8 (names of programs): those fields are left out then. */
    json_t *o = json_pack("{s:s, s:i, s:i, s:I, s:I, s:i, s:b, s:b, s:b, s:b, s:i, s:i, s:i}", "id", i->id, "session",
                          (int)i->session, "uid", (int)i->uid, "first", (json_int_t)i->first_wall, "last",
                          (json_int_t)i->last_wall, "signals", (int)i->signals, "open", i->open, "frozen", i->frozen,
                          "restored", i->restored, "quarantined", i->quarantined, "restored_files",
                          (int)i->restored_files, "failed_files", (int)i->failed_files, "isolation", (int)i->isolation);

    if (!o)
        return NULL;
    json_object_set_new(o, "trees", trees_of(i));
    json_object_set_new(o, "members", members(i));
    json_object_set_new(o, "rule", json_string(i->rule.rule));
    json_object_set_new(o, "title_ja", json_string(i->rule.title_ja));
    json_object_set_new(o, "title_en", json_string(i->rule.title_en));
    json_object_set_new(o, "attack", json_string(i->rule.attack));
    json_object_set_new(o, "severity", json_integer(i->rule.severity));
    json_object_set_new(o, "response", json_integer(i->rule.response));
    json_object_set_new(o, "pid", json_integer(i->process.pid));
    json_object_set_new(o, "path", json_string(i->process.path));
    json_object_set_new(o, "cmdline", json_string(i->process.cmdline));
    json_object_set_new(o, "name", json_string(i->process.name));
    return o;
}

/* Survives a kill of the guard, not a power cut: for the moment before the freeze,
 * when milliseconds count. */
static int write_quick(const char *path, const char *text)
{
    char temp[LIM_PATH + 40];
    size_t n = strlen(text);
    int fd, rc = MM_EIO;

    snprintf(temp, sizeof temp, "%s.quick", path);
    fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return mm_from_errno(errno);
    if (write(fd, text, n) == (ssize_t)n && rename(temp, path) == 0)
        rc = MM_OK;
    close(fd);
    return rc;
}

void guard_incidents_save(struct guard *g, bool durable)
{
    char path[LIM_PATH + 32];
    json_t *a = json_array();
    char *text;
    int rc;

    pthread_mutex_lock(&g->incident_lock);
    for (unsigned k = 0; k < INCIDENTS; k++)
        if (g->incident[k].open)
            json_array_append_new(a, pack(&g->incident[k]));
    pthread_mutex_unlock(&g->incident_lock);
    text = json_dumps(a, JSON_COMPACT);
    json_decref(a);
    snprintf(path, sizeof path, "%s/guard/incidents.json", g->config->state);
    rc = !text ? MM_ENOMEM : durable ? durable_write(path, text, strlen(text), 0600) : write_quick(path, text);
    if (rc)
        log_error("%s: %s", path, mm_strerror(rc));
    free(text);
}

static void copy_text(const json_t *o, const char *key, char *out, size_t n)
{
    const char *s = json_string_value(json_object_get(o, key));

    if (s)
        snprintf(out, n, "%s", s);
}

static int64_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static void unpack(const json_t *o, struct incident *i)
{
    const json_t *list = json_object_get(o, "trees"), *x;
    size_t k;

    copy_text(o, "id", i->id, sizeof i->id);
    copy_text(o, "rule", i->rule.rule, sizeof i->rule.rule);
    copy_text(o, "title_ja", i->rule.title_ja, sizeof i->rule.title_ja);
    copy_text(o, "title_en", i->rule.title_en, sizeof i->rule.title_en);
    copy_text(o, "attack", i->rule.attack, sizeof i->rule.attack);
    copy_text(o, "path", i->process.path, sizeof i->process.path);
    copy_text(o, "cmdline", i->process.cmdline, sizeof i->process.cmdline);
    copy_text(o, "name", i->process.name, sizeof i->process.name);
    i->process.pid = (int32_t)number(o, "pid");
    i->rule.severity = (uint32_t)number(o, "severity");
    i->rule.response = (uint32_t)number(o, "response");
    i->rule.matches = 1;
    i->session = (uint32_t)number(o, "session");
    i->uid = (uint32_t)number(o, "uid");
    i->first_wall = number(o, "first");
    i->last_wall = number(o, "last");
    i->signals = (unsigned)number(o, "signals");
    i->open = json_is_true(json_object_get(o, "open"));
    i->frozen = json_is_true(json_object_get(o, "frozen"));
    i->restored = json_is_true(json_object_get(o, "restored"));
    i->quarantined = json_is_true(json_object_get(o, "quarantined"));
    i->isolation = (enum isolation)number(o, "isolation");
    i->restored_files = (uint32_t)number(o, "restored_files");
    i->failed_files = (uint32_t)number(o, "failed_files");
    json_array_foreach(list, k, x)
        if (i->ntrees < sizeof i->tree / sizeof i->tree[0])
            i->tree[i->ntrees++] = (uint64_t)json_integer_value(x);
    list = json_object_get(o, "members");
    json_array_foreach(list, k, x)
        if (i->nmembers < MEMBERS)
            i->member[i->nmembers++] = (struct member){
                .pid = (int32_t)json_integer_value(json_array_get(x, 0)),
                .start_ns = (uint64_t)json_integer_value(json_array_get(x, 1))};
}

void guard_incidents_load(struct guard *g)
{
    char path[LIM_PATH + 32];
    json_t *a = NULL, *x;
    struct buf b;
    size_t k;

    buf_init(&b, FILE_BYTES);
    snprintf(path, sizeof path, "%s/guard/incidents.json", g->config->state);
    if (durable_read(path, &b) == MM_OK)
        a = json_loadb(b.data, b.len, 0, NULL);
    json_array_foreach(a, k, x)
        if (k < INCIDENTS)
            unpack(x, &g->incident[k]);
    json_decref(a);
    buf_fini(&b);
}

/* ---- after a restart ------------------------------------------------------------------ */

static void join_tree(struct incident *i, uint64_t tree)
{
    unsigned t = 0;

    while (t < i->ntrees && i->tree[t] != tree)
        t++;
    if (t == i->ntrees && t < sizeof i->tree / sizeof i->tree[0])
        i->tree[i->ntrees++] = tree;
}

/* Who was stopped and still lives is frozen again: status tells it, upkeep holds it, allow finds it.
 * Its tree may have another number now, when the root has ended.  Lock held; true when somebody lives. */
static bool freeze_members(struct guard *g, struct incident *i)
{
    bool any = false;

    for (unsigned k = 0; k < i->nmembers; k++) {
        struct proc_brief b;
        struct tree_who who;

        if (!procs_peek(g->procs, i->member[k].pid, &b) || b.ended || !b.in_scope || b.tgid != i->member[k].pid ||
            !procs_os_same_start(b.start_ns, i->member[k].start_ns))
            continue;
        who = (struct tree_who){.tree = b.tree, .pid = b.tgid, .session = b.session};
        join_tree(i, b.tree);
        trees_freeze(g->trees, &who, guard_mono());
        any = true;
    }
    return any;
}

void guard_incidents_resume(struct guard *g)
{
    for (unsigned k = 0; k < INCIDENTS; k++) {
        struct incident *i = &g->incident[k];
        struct job restore = {.kind = JOB_RESTORE, .incident = k, .by = "rule"};
        struct job isolate = {.kind = JOB_QUARANTINE, .incident = k, .of_incident = true, .by = "rule"};
        bool restore_due, isolate_due;

        pthread_mutex_lock(&g->incident_lock);
        restore_due = g->files && i->open && i->frozen && !i->restored;
        isolate_due = i->open && i->isolation == ISOLATION_ORDERED;
        if (i->open && i->frozen)
            i->frozen = freeze_members(g, i);
        for (unsigned t = 0; g->files && i->open && t < i->ntrees; t++)
            files_pin(g->files, i->tree[t], true);
        pthread_mutex_unlock(&g->incident_lock);
        if (isolate_due)
            jobs_put(&g->responder.jobs, &isolate);
        if (restore_due)
            jobs_put(&g->responder.jobs, &restore);
    }
    guard_incidents_save(g, true);
}
