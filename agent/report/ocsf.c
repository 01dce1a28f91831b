/* The mapper builds a jansson tree (ocsf_put.h) and dumps it.  What is told of
 * doors and programs is in ocsf_finding.c. */
#include "agent/report/ocsf.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/report/ocsf_finding.h"
#include "agent/report/ocsf_put.h"
#include "agent/report/title.h"
#include "lib/err.h"
#include "lib/version.h"

#define SCORE_DIGITS 4 /* of a number with a fraction: a CVSS score is 10.0 at most */

/* ---- tables ------------------------------------------------------------------ */

struct activity_row {
    uint32_t activity;
    int id;                     /* OCSF activity_id */
    const char *name;
    const char *d3f, *d3f_name; /* D3FEND technique of a countermeasure */
    const char *title;          /* key in the catalogue: what was done, in general */
};

static const struct activity_row process_rows[] = {
    {ACT_LAUNCH, 1, "Launch", 0, 0, "did.process.launch"},
    {0}};
static const struct activity_row file_rows[] = {
    {ACT_ENCRYPT, 10, "Encrypt", 0, 0, "did.burst.encrypt"},
    {ACT_DELETE, 4, "Delete", 0, 0, "did.burst.delete"},
    {0}};
static const struct activity_row finding_rows[] = {
    {ACT_CREATE, 1, "Create", 0, 0, "did.finding.create"},
    {ACT_UPDATE, 2, "Update", 0, 0, "did.finding.update"},
    {ACT_CLOSE, 3, "Close", 0, 0, "did.finding.close"},
    {0}};
static const struct activity_row quarantine_rows[] = {
    {ACT_ISOLATE, 1, "Isolate", "D3-NI", "Network Isolation", "did.quarantine.isolate"},
    {ACT_RESTORE, 3, "Restore", "D3-RNA", "Restore Network Access", "did.quarantine.restore"},
    {0}};
static const struct activity_row process_fix_rows[] = {
    {ACT_FREEZE, 2, "Evict", "D3-PS", "Process Suspension", "did.program.freeze"},
    {ACT_THAW, 3, "Restore", 0, 0, "did.program.thaw"},
    {ACT_TERMINATE, 2, "Evict", "D3-PT", "Process Termination", "did.program.terminate"},
    {0}};
static const struct activity_row file_fix_rows[] = {
    {ACT_RESTORE, 3, "Restore", "D3-RF", "Restore File", "did.files.restore"},
    {ACT_EVIDENCE, 1, "Isolate", "D3-CQ", "Content Quarantine", "did.files.evidence"},
    {0}};
static const struct activity_row lifecycle_rows[] = {
    {ACT_REMOVE, 2, "Remove", 0, 0, "did.guard.remove"},
    {ACT_START, 3, "Start", 0, 0, "did.guard.start"},
    {ACT_STOP, 4, "Stop", 0, 0, "did.guard.stop"},
    {ACT_UPGRADE, 8, "Update", 0, 0, "did.guard.upgrade"},
    {ACT_RESTART, 5, "Restart", 0, 0, "did.guard.restart"},
    {ACT_TAMPER, 99, "Tamper", 0, 0, "did.guard.tamper"},
    {0}};
static const struct activity_row state_rows[] = {
    {ACT_SENSOR, 1, "Log", 0, 0, "did.state.sensor"},
    {ACT_RULES, 1, "Log", 0, 0, "did.state.rules"},
    {ACT_POLICY, 1, "Log", 0, 0, "did.state.policy"},
    {ACT_LOSS, 1, "Log", 0, 0, "did.state.loss"},
    {ACT_DRIFT, 1, "Log", 0, 0, "did.state.drift"},
    {ACT_POSTURE, 2, "Collect", 0, 0, "did.state.posture"},
    {0}};
static const struct activity_row vulnerability_rows[] = {
    {ACT_CREATE, 1, "Create", 0, 0, "did.vulnerability.create"},
    {ACT_UPDATE, 2, "Update", 0, 0, "did.vulnerability.update"},
    {ACT_CLOSE, 3, "Close", 0, 0, "did.vulnerability.close"},
    {0}};
static const struct activity_row inventory_rows[] = {
    {ACT_NONE, 2, "Collect", 0, 0, "did.inventory.none"},
    {ACT_CREATE, 2, "Collect", 0, 0, "did.inventory.create"},
    {ACT_UPDATE, 2, "Collect", 0, 0, "did.inventory.update"},
    {ACT_CLOSE, 2, "Collect", 0, 0, "did.inventory.close"},
    {0}};

typedef void (*fill_fn)(struct mapper *m, json_t *o);
static void fill_process(struct mapper *m, json_t *o);
static void fill_burst(struct mapper *m, json_t *o);
static void fill_detection(struct mapper *m, json_t *o);
static void fill_remediation(struct mapper *m, json_t *o);
static void fill_lifecycle(struct mapper *m, json_t *o);
static void fill_state(struct mapper *m, json_t *o);
static void fill_vulnerability(struct mapper *m, json_t *o);
static void fill_inventory(struct mapper *m, json_t *o);

struct class_row {
    int class_uid;
    const char *class_name, *category_name;
    const struct activity_row *activities;
    fill_fn fill;
    const char *profiles[3];
    int finding;   /* the finding classes have a status_id of their own */
};

static const struct class_row classes[EV_KIND_END] = {
    [EV_PROCESS] = {1007, "Process Activity", "System Activity", process_rows, fill_process,
                    {"host", "security_control"}, 0},
    [EV_FILE_BURST] = {1001, "File System Activity", "System Activity", file_rows, fill_burst,
                       {"host", "security_control"}, 0},
    [EV_DETECTION] = {2004, "Detection Finding", "Findings", finding_rows, fill_detection, {NULL}, 1},
    [EV_QUARANTINE] = {7001, "Remediation Activity", "Remediation", quarantine_rows, fill_remediation, {"host"}, 0},
    [EV_PROCESS_REMEDIATION] = {7003, "Process Remediation Activity", "Remediation", process_fix_rows,
                                fill_remediation, {"host"}, 0},
    [EV_FILE_REMEDIATION] = {7002, "File Remediation Activity", "Remediation", file_fix_rows, fill_remediation,
                             {"host"}, 0},
    [EV_LIFECYCLE] = {6002, "Application Lifecycle", "Application Activity", lifecycle_rows, fill_lifecycle,
                      {"host"}, 0},
    [EV_STATE] = {5019, "Device Config State Change", "Discovery", state_rows, fill_state, {"host"}, 0},
    [EV_VULNERABILITY] = {2002, "Vulnerability Finding", "Findings", vulnerability_rows, fill_vulnerability,
                          {NULL}, 1},
    [EV_INVENTORY] = {5020, "Software Inventory Info", "Discovery", inventory_rows, fill_inventory, {"host"}, 0},
};

static const char *const severity_names[] = {"Unknown", "Informational", "Low", "Medium", "High", "Critical"};

static const struct activity_row *activity_of(const struct event *e)
{
    const struct activity_row *row;

    if (e->kind == 0 || e->kind >= EV_KIND_END)
        return NULL;
    for (row = classes[e->kind].activities; row->name; row++)
        if (row->activity == e->activity)
            return row;
    return NULL;
}

/* What the event says, in one language. */
static void put_sentence(struct mapper *m, json_t *o, const char *key, enum text_lang lang)
{
    const struct activity_row *row = activity_of(m->e);
    struct buf line;
    int rc;

    buf_init(&line, TEXT_FULL);
    rc = m->c->finding ? title_finding_add(&line, m->e, m->c->finding, lang) : MM_OK;
    if (rc == MM_OK && !line.len)
        rc = title_add(&line, m->e, row ? row->title : "", lang);
    if (rc)
        m->failed = 1;
    else
        put_text(m, o, key, line.data ? line.data : "", line.len);
    buf_fini(&line);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

/* ---- objects ----------------------------------------------------------------- */

static void fill_device(struct mapper *m, json_t *o)
{
    const struct ocsf_host *h = m->c->host;
    json_t *device = put_object(m, o, "device"), *os;

    put_int(m, device, "type_id", 0);
    put_str(m, device, "hostname", h->hostname[0] ? h->hostname : "unknown");
    PUT_FIELD(m, device, "uid", h->agent_id);
    PUT_FIELD(m, device, "boot_uid", h->boot);
    os = put_object(m, device, "os");
    put_str(m, os, "name", h->os_name[0] ? h->os_name : "Linux");
    put_int(m, os, "type_id", 200);
    put_str(m, os, "type", "Linux");
    PUT_FIELD(m, os, "version", h->os_version);
    PUT_FIELD(m, os, "kernel_release", h->kernel);
}

static void fill_product(struct mapper *m, json_t *product)
{
    put_str(m, product, "name", "Mimamori");
    put_str(m, product, "vendor_name", "Mimamori");
    put_str(m, product, "version", MM_VERSION);
}

static void fill_metadata(struct mapper *m, json_t *o, const struct class_row *class)
{
    json_t *meta = put_object(m, o, "metadata"), *list;

    put_str(m, meta, "version", "1.8.0");
    fill_product(m, put_object(m, meta, "product"));
    PUT_FIELD(m, meta, "uid", m->e->uid);
    PUT_FIELD(m, meta, "correlation_uid", m->e->incident);
    put_int(m, meta, "sequence", (int64_t)(m->c->sequence & INT64_MAX));
    if (!class->profiles[0])
        return;
    list = json_array();
    for (unsigned i = 0; i < 3 && class->profiles[i]; i++)
        if (!list || json_array_append_new(list, json_string(class->profiles[i])) < 0)
            m->failed = 1;
    put_value(m, meta, "profiles", list);
}

static void fill_program(struct mapper *m, json_t *process)
{
    const struct event_process *p = &m->e->process;
    json_t *parent, *user;

    put_int(m, process, "pid", p->pid);
    PUT_FIELD(m, process, "name", p->name);
    PUT_FIELD(m, process, "path", p->path);
    PUT_FIELD(m, process, "cmd_line", p->cmdline);
    user = put_object(m, process, "user");
    PUT_FIELD(m, user, "name", p->user);
    put_value(m, user, "uid", json_sprintf("%u", (unsigned)p->uid));
    if (!p->ppid && !p->parent_name[0])
        return;
    parent = put_object(m, process, "parent_process");
    put_int(m, parent, "pid", p->ppid);
    PUT_FIELD(m, parent, "name", p->parent_name);
}

static void fill_file(struct mapper *m, json_t *file)
{
    const char *path = m->e->path[0] ? m->e->path : "unknown";
    const char *name = base_name(path);
    size_t n = strnlen(path, sizeof m->e->path);

    put_int(m, file, "type_id", m->e->path[0] ? 1 : 0);
    put_text(m, file, "name", name, n - (size_t)(name - path));
    put_text(m, file, "path", path, n);
}

/* "T1486" or "T1059.004": nothing else becomes a technique. */
static int attack_id(const char *tag, size_t *main_length)
{
    size_t digits = strspn(tag[0] == 'T' ? tag + 1 : "", "0123456789");

    if (digits != 4 || (tag[5] && (tag[5] != '.' || strspn(tag + 6, "0123456789") != 3 || tag[9])))
        return 0;
    *main_length = 5;
    return 1;
}

static void fill_attacks(struct mapper *m, json_t *o)
{
    size_t n;
    json_t *attack;

    if (!attack_id(m->e->attack, &n))
        return;
    attack = put_listed(m, o, "attacks");
    put_text(m, put_object(m, attack, "technique"), "uid", m->e->attack, n);
    if (m->e->attack[n])
        PUT_FIELD(m, put_object(m, attack, "sub_technique"), "uid", m->e->attack);
}

/* What the guard really did, in the words of the security_control profile. */
static void fill_disposition(struct mapper *m, json_t *o)
{
    static const struct { const char *response; int action, disposition; } rows[] = {
        {"freeze", 2, 2}, {"quarantine", 2, 4}, {"alert", 1, 19}, {"observe", 1, 17}};

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(m->e->response, rows[i].response) == 0) {
            put_int(m, o, "action_id", rows[i].action);
            put_int(m, o, "disposition_id", rows[i].disposition);
        }
    put_value(m, o, "is_alert", json_boolean(m->e->severity >= SEV_MEDIUM));
}

static void fill_finding_info(struct mapper *m, json_t *o, const char *uid)
{
    const struct event *e = m->e;
    json_t *info = put_object(m, o, "finding_info"), *analytic;

    put_str(m, info, "uid", uid[0] ? uid : e->uid[0] ? e->uid : "none");
    if (e->title_ja[0])
        PUT_FIELD(m, info, "title", e->title_ja);
    else
        put_sentence(m, info, "title", TEXT_JA);
    PUT_FIELD(m, info, "desc", e->detail);
    if (e->first_ns > 0)
        put_int(m, info, "first_seen_time", e->first_ns / NS_PER_MS);
    put_int(m, info, "last_seen_time", e->wall_ns / NS_PER_MS);
    if (strncmp(e->reference, "https://", 8) == 0)
        PUT_FIELD(m, info, "src_url", e->reference);
    fill_attacks(m, info);
    if (!e->rule[0])
        return;
    analytic = put_object(m, info, "analytic");
    put_int(m, analytic, "type_id", 1);
    put_str(m, analytic, "type", "Rule");
    PUT_FIELD(m, analytic, "name", e->rule);
}

/* ---- classes ----------------------------------------------------------------- */

static void fill_process(struct mapper *m, json_t *o)
{
    const struct event_process *p = &m->e->process;
    json_t *actor = put_object(m, o, "actor"), *parent;

    fill_device(m, o);
    fill_program(m, put_object(m, o, "process"));
    parent = put_object(m, actor, "process");
    put_int(m, parent, "pid", p->ppid);
    PUT_FIELD(m, parent, "name", p->parent_name);
    fill_attacks(m, o);
    fill_disposition(m, o);
}

static void fill_burst(struct mapper *m, json_t *o)
{
    fill_device(m, o);
    fill_program(m, put_object(m, put_object(m, o, "actor"), "process"));
    fill_file(m, put_object(m, o, "file"));
    put_int(m, o, "count", m->e->files_destroyed ? m->e->files_destroyed : m->e->files_touched);
    fill_attacks(m, o);
    fill_disposition(m, o);
}

static void fill_detection(struct mapper *m, json_t *o)
{
    json_t *evidence;

    fill_device(m, o);
    fill_finding_info(m, o, m->e->incident);
    put_value(m, o, "is_alert", json_boolean(m->e->severity >= SEV_MEDIUM));
    if (!m->e->process.pid && !m->e->path[0])
        return;
    evidence = put_listed(m, o, "evidences");
    if (m->e->process.pid)
        fill_program(m, put_object(m, evidence, "process"));
    if (m->e->path[0])
        fill_file(m, put_object(m, evidence, "file"));
}

static void fill_remediation(struct mapper *m, json_t *o)
{
    const struct activity_row *row = activity_of(m->e);
    json_t *counter, *technique;

    fill_device(m, o);
    put_str(m, o, "command_uid", m->e->command[0] ? m->e->command : m->e->uid[0] ? m->e->uid : "none");
    if (m->e->kind == EV_PROCESS_REMEDIATION)
        fill_program(m, put_object(m, o, "process"));
    if (m->e->kind == EV_FILE_REMEDIATION) {
        fill_file(m, put_object(m, o, "file"));
        put_int(m, o, "count", m->e->files_restored);
    }
    if (!row || !row->d3f)
        return;
    counter = put_listed(m, o, "countermeasures");
    technique = put_object(m, counter, "d3f_technique");
    put_str(m, technique, "uid", row->d3f);
    put_str(m, technique, "name", row->d3f_name);
}

static void fill_lifecycle(struct mapper *m, json_t *o)
{
    fill_device(m, o);
    fill_product(m, put_object(m, o, "app"));
}

static void fill_state(struct mapper *m, json_t *o)
{
    static const struct { const char *state; int level, security; } rows[] = {
        {"working", 1, 0}, {"guarded", 1, 0}, {"blind", 2, 4}, {"not", 2, 4},
        {"degraded", 2, 5}, {"partly", 2, 5}, {"lost", 2, 5}, {"old", 2, 1}};

    fill_device(m, o);
    put_int(m, o, "state_id", m->e->new_state[0] ? 99 : 0);
    PUT_FIELD(m, o, "state", m->e->new_state);
    if (m->e->activity == ACT_POSTURE) {
        ocsf_posture(m, o);
        return;
    }
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(m->e->new_state, rows[i].state) != 0)
            continue;
        put_int(m, o, "security_level_id", rows[i].level);
        if (rows[i].security)
            put_int(m, put_listed(m, o, "security_states"), "state_id", rows[i].security);
    }
    if (m->e->count)
        put_int(m, o, "count", (int64_t)(m->e->count & INT32_MAX));
}

static void fill_vulnerability(struct mapper *m, json_t *o)
{
    char uid[LIM_ID];

    finding_uid(m->e, m->c, uid);
    fill_device(m, o);
    fill_finding_info(m, o, uid);
    ocsf_vulnerabilities(m, o);
}

static void fill_inventory(struct mapper *m, json_t *o)
{
    fill_device(m, o);
    ocsf_package(m, o);
}

/* ---- the frame around every class -------------------------------------------- */

static void fill_status(struct mapper *m, json_t *o, const struct class_row *class)
{
    static const struct { const char *name; int remediation, other; } rows[] = {
        [OUTCOME_UNKNOWN] = {"Unknown", 0, 0}, [OUTCOME_SUCCESS] = {"Success", 1, 1},
        [OUTCOME_FAILURE] = {"Failure", 2, 2}, [OUTCOME_PARTIAL] = {"Partial", 4, 99}};
    unsigned outcome = m->e->outcome <= OUTCOME_PARTIAL ? m->e->outcome : 0;

    if (class->finding) {
        static const struct { int id; const char *name; } status[] = {{1, "New"}, {2, "In Progress"}, {4, "Resolved"}};
        unsigned i = m->e->activity == ACT_UPDATE ? 1 : m->e->activity == ACT_CLOSE ? 2 : 0;

        put_int(m, o, "status_id", status[i].id);
        put_str(m, o, "status", status[i].name);
        return;
    }
    put_int(m, o, "status_id", class->class_uid / 1000 == 7 ? rows[outcome].remediation : rows[outcome].other);
    put_str(m, o, "status", rows[outcome].name);
    if (class->class_uid / 1000 == 7 || outcome == OUTCOME_FAILURE)
        PUT_FIELD(m, o, "status_detail", m->e->detail);
}

static void fill_frame(struct mapper *m, json_t *o, const struct class_row *class)
{
    const struct activity_row *row = activity_of(m->e);
    unsigned severity = m->e->severity <= SEV_CRITICAL ? m->e->severity : SEV_UNKNOWN;
    int id = row ? row->id : m->e->activity == ACT_NONE ? 0 : 99;

    put_int(m, o, "class_uid", class->class_uid);
    put_str(m, o, "class_name", class->class_name);
    put_int(m, o, "category_uid", class->class_uid / 1000);
    put_str(m, o, "category_name", class->category_name);
    put_int(m, o, "activity_id", id);
    put_str(m, o, "activity_name", row ? row->name : id ? "Other" : "Unknown");
    put_int(m, o, "type_uid", class->class_uid * 100 + id);
    put_int(m, o, "severity_id", (int)severity);
    put_str(m, o, "severity", severity_names[severity]);
    put_int(m, o, "time", m->e->wall_ns / NS_PER_MS);
    put_sentence(m, o, "message", TEXT_JA);
    fill_status(m, o, class);
    fill_metadata(m, o, class);
}

/* What OCSF has no place for; numbers of zero are left out. */
static void fill_unmapped(struct mapper *m, json_t *o)
{
    const struct event *e = m->e;
    json_t *u = put_object(m, o, "unmapped");
    const struct { const char *key; const char *text; size_t n; } texts[] = {
        {"rule", e->rule, sizeof e->rule}, {"incident", e->incident, sizeof e->incident},
        {"response", e->response, sizeof e->response}, {"actor", e->actor, sizeof e->actor},
        {"command", e->command, sizeof e->command}, {"detail", e->detail, sizeof e->detail},
        {"reference", e->reference, sizeof e->reference}, {"attack", e->attack, sizeof e->attack},
        {"subject", e->subject, sizeof e->subject}, {"old_state", e->old_state, sizeof e->old_state},
        {"new_state", e->new_state, sizeof e->new_state}};
    const struct { const char *key; uint64_t n; } numbers[] = {
        {"files_touched", e->files_touched}, {"files_destroyed", e->files_destroyed},
        {"files_restored", e->files_restored}, {"files_failed", e->files_failed},
        {"processes", e->processes}, {"count", e->count},
        {"process_start_ns", e->process.start_ns}, {"mono_ns", (uint64_t)e->mono_ns},
        {"activity", e->activity}};

    put_sentence(m, u, "title_en", TEXT_EN);
    if (title_of_rule(e)) {
        PUT_FIELD(m, u, "rule_title_ja", e->title_ja);
        PUT_FIELD(m, u, "rule_title_en", e->title_en);
    }
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text(m, u, texts[i].key, texts[i].text, texts[i].n);
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].n)
            put_int(m, u, numbers[i].key, (int64_t)(numbers[i].n & INT64_MAX));
    if (e->first_ns > 0)
        put_int(m, u, "first_sign", e->first_ns / NS_PER_MS);
    if (m->c->finding)
        ocsf_finding_unmapped(m, u);
    put_str(m, u, "chain", m->c->chain);
}

static json_t *build(struct mapper *m)
{
    const struct class_row *class = &classes[m->e->kind];
    json_t *o = json_object();

    if (!o)
        return NULL;
    fill_frame(m, o, class);
    class->fill(m, o);
    fill_unmapped(m, o);
    if (m->truncated)
        put_value(m, json_object_get(o, "metadata"), "is_truncated", json_true());
    if (m->failed) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static int attempt(struct mapper *m, struct buf *out)
{
    json_t *o = build(m);
    char *line;
    size_t n;
    int rc;

    if (!o)
        return MM_ENOMEM;
    line = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(SCORE_DIGITS));
    json_decref(o);
    if (!line)
        return MM_ENOMEM;
    n = strlen(line);
    rc = n <= LIM_EVENT_JSON ? buf_add(out, line, n) : MM_ELIMIT;
    free(line);
    return rc;
}

int ocsf_map(const struct event *e, const struct ocsf_context *c, struct buf *out)
{
    struct mapper *m;
    int rc;

    if (e->kind == 0 || e->kind >= EV_KIND_END)
        return MM_EINVAL;
    m = calloc(1, sizeof *m);
    if (!m)
        return MM_ENOMEM;
    m->e = e;
    m->c = c;
    m->room = TEXT_FULL;
    rc = attempt(m, out);
    if (rc == MM_ELIMIT) {
        m->room = TEXT_CUT;
        m->cut = m->truncated = 1;
        rc = attempt(m, out);
    }
    free(m);
    return rc;
}
