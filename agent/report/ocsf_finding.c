/* One Vulnerability Finding for each door, one vulnerability in it for each
 * advisory.  A door without an advisory (nobody knows its version, or it simply
 * stands open) names our own verdict as the advisory: a CVE would be a lie. */
#include "agent/report/ocsf_finding.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"

#define CVE_YEAR 4
#define CVE_DIGITS 4        /* at least, of the number behind the year */
#define SCORE_MOST 100      /* tenths: CVSS ends at 10.0 */
#define HTTPS "https://"

static const struct event_finding nothing; /* stands for a finding that is not there */

static const struct event_finding *finding_of(const struct mapper *m)
{
    return m->c->finding ? m->c->finding : &nothing;
}

/* ---- the door -------------------------------------------------------------------- */

/* "gateway:HOST:PORT" -> HOST, without the brackets of an IPv6 address; "" when it is no gateway. */
static void host_of(const char *door, char out[LIM_NAME])
{
    const char *host = strchr(door, ':'), *port = strrchr(door, ':');
    size_t n;

    out[0] = '\0';
    if (strncmp(door, "gateway:", 8) != 0 || port == host)
        return;
    host++;
    n = (size_t)(port - host);
    if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
        host++;
        n -= 2;
    }
    if (n < LIM_NAME)
        snprintf(out, LIM_NAME, "%.*s", (int)n, host);
}

static void fill_resource(struct mapper *m, json_t *o)
{
    static const struct { const char *prefix, *type; } kinds[] = {
        {"gateway:", "VPN gateway"}, {"program:", "VPN program"}, {"listener:", "Network service"}, {"ssh", "SSH server"}};
    const struct event_finding *f = finding_of(m);
    json_t *r = put_listed(m, o, "resources");
    char door[LIM_DOOR_ID], host[LIM_NAME];
    uint8_t address[16];

    snprintf(door, sizeof door, "%.*s", (int)(f->door[0] ? sizeof f->door - 1 : sizeof m->e->subject - 1),
             f->door[0] ? f->door : m->e->subject);
    put_str(m, r, "uid", door[0] ? door : "unknown");
    put_text(m, r, "name", f->name[0] ? f->name : door, f->name[0] ? sizeof f->name : sizeof door);
    PUT_FIELD(m, r, "version", f->version);
    put_int(m, r, "role_id", 3);
    put_str(m, r, "role", "Affected");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(door, kinds[i].prefix, strlen(kinds[i].prefix)))
            put_str(m, r, "type", kinds[i].type);
    host_of(door, host);
    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
        put_str(m, r, "ip", host);
    else
        put_str(m, r, "hostname", host);
}

/* ---- advisories ------------------------------------------------------------------ */

/* "CVE-2023-27997" and nothing else. */
static int is_cve(const char s[LIM_TAG])
{
    char text[LIM_TAG + 1];
    size_t digits;

    snprintf(text, sizeof text, "%.*s", LIM_TAG, s);
    if (strncmp(text, "CVE-", 4) != 0 || strspn(text + 4, "0123456789") != CVE_YEAR || text[4 + CVE_YEAR] != '-')
        return 0;
    digits = strspn(text + 5 + CVE_YEAR, "0123456789");
    return digits >= CVE_DIGITS && !text[5 + CVE_YEAR + digits];
}

/* "9.8" -> 98; -1 when it is no score. */
static int score_of(const char *s, size_t room)
{
    int tenths = 0;
    size_t i = 0;

    for (; i < room && s[i] >= '0' && s[i] <= '9' && tenths <= SCORE_MOST; i++)
        tenths = tenths * 10 + (s[i] - '0');
    if (!i)
        return -1;
    tenths *= 10;
    if (i + 1 < room && s[i] == '.' && s[i + 1] >= '0' && s[i + 1] <= '9') {
        tenths += s[i + 1] - '0';
        i += 2;
    }
    return i < room && !s[i] && tenths <= SCORE_MOST ? tenths : -1;
}

static void fill_number(struct mapper *m, json_t *v, const struct event_advisory *a)
{
    int tenths = score_of(a->cvss, sizeof a->cvss);
    json_t *cve, *cvss;

    if (!is_cve(a->cve)) { /* a maker's own number */
        put_text(m, put_object(m, v, "advisory"), "uid", a->cve[0] ? a->cve : "unknown", sizeof a->cve);
        return;
    }
    cve = put_object(m, v, "cve");
    PUT_FIELD(m, cve, "uid", a->cve);
    if (tenths < 0)
        return;
    cvss = put_listed(m, cve, "cvss");
    put_value(m, cvss, "base_score", json_real(tenths / 10.0));
    put_str(m, cvss, "version", "unknown"); /* the advisories tell the score alone: 3.0, 3.1 or 4.0 */
}

/* Said to people, so in Japanese; `fixed` is a list of versions. */
static void fill_remedy(struct mapper *m, json_t *v, const struct event_advisory *a)
{
    char fixed[LIM_TITLE];
    const char *args[] = {fixed};
    struct buf line;

    if (!a->fixed[0])
        return;
    put_value(m, v, "is_fix_available", json_true());
    snprintf(fixed, sizeof fixed, "%.*s", (int)sizeof a->fixed - 1, a->fixed);
    buf_init(&line, TEXT_FULL);
    if (text_format_in(&line, "did.door.fixed", TEXT_JA, args, 1))
        m->failed = 1;
    put_text(m, put_object(m, v, "remediation"), "desc", line.data ? line.data : "-", line.data ? line.len : 1);
    buf_fini(&line);
}

/* Name and version are what the schema asks of a package: without them nothing is told. */
static void fill_affected(struct mapper *m, json_t *v, const struct event_advisory *a)
{
    const struct event_finding *f = finding_of(m);
    json_t *package;

    if (!f->product_name[0] || !f->version[0])
        return;
    package = put_listed(m, v, "affected_packages");
    PUT_FIELD(m, package, "name", f->product_name);
    PUT_FIELD(m, package, "version", f->version);
    PUT_FIELD(m, package, "vendor_name", f->maker);
    PUT_FIELD(m, package, "package_manager", f->manager);
    if (a)
        PUT_FIELD(m, package, "fixed_in_version", a->fixed);
}

static void fill_advisory(struct mapper *m, json_t *v, const struct event_advisory *a)
{
    static const char *const words[] = {"", "Informational", "Low", "Medium", "High", "Critical"};

    fill_number(m, v, a);
    if (a->title_ja[0])
        PUT_FIELD(m, v, "title", a->title_ja);
    else
        PUT_FIELD(m, v, "title", a->title_en);
    PUT_FIELD(m, v, "desc", a->title_en);
    put_str(m, v, "severity", a->severity <= SEV_CRITICAL ? words[a->severity] : "");
    if (a->kev) /* not being in the catalogue proves nothing: then nothing is said */
        put_value(m, v, "is_exploit_available", json_true());
    fill_remedy(m, v, a);
    fill_affected(m, v, a);
    if (strncmp(a->reference, HTTPS, strlen(HTTPS)) == 0)
        put_text_listed(m, v, "references", a->reference, sizeof a->reference);
}

/* No advisory: our own verdict is what there is to name. */
static void fill_verdict(struct mapper *m, json_t *v)
{
    const struct event_finding *f = finding_of(m);
    json_t *advisory = put_object(m, v, "advisory");
    char uid[LIM_TAG + 32];

    snprintf(uid, sizeof uid, "mimamori.door.%.*s", (int)sizeof f->verdict - 1, f->verdict[0] ? f->verdict : "unknown");
    put_str(m, advisory, "uid", uid);
    PUT_FIELD(m, advisory, "title", f->reason_ja);
    PUT_FIELD(m, v, "title", f->reason_ja);
    PUT_FIELD(m, v, "desc", f->reason_en);
    fill_affected(m, v, NULL);
}

static unsigned advisories_of(const struct event_finding *f)
{
    return f->advisories < LIM_FINDING_ADVISORIES ? f->advisories : LIM_FINDING_ADVISORIES;
}

void ocsf_vulnerabilities(struct mapper *m, json_t *o)
{
    const struct event_finding *f = finding_of(m);
    json_t *list = put_list(m, o, "vulnerabilities");
    size_t room = m->room;

    if (!advisories_of(f))
        fill_verdict(m, put_next(m, list));
    if (m->cut)
        m->room = TEXT_CUT_ADVISORY;
    for (unsigned i = 0; i < advisories_of(f); i++)
        fill_advisory(m, put_next(m, list), &f->advisory[i]);
    m->room = room;
    fill_resource(m, o);
}

/* ---- programs -------------------------------------------------------------------- */

void ocsf_package(struct mapper *m, json_t *o)
{
    const struct event_finding *f = finding_of(m);
    const struct event *e = m->e;
    json_t *package = put_object(m, o, "package");
    const struct { const char *text; size_t n; } names[] = {{f->product_name, sizeof f->product_name}, {f->name, sizeof f->name},
        {e->subject, sizeof e->subject}, {"unknown", 8}};
    const struct { const char *text; size_t n; } versions[] = {{f->version, sizeof f->version}, {f->old_version, sizeof f->old_version},
        {e->new_state, sizeof e->new_state}, {e->old_state, sizeof e->old_state}, {"unknown", 8}};
    unsigned i = 0, j = 0;

    while (!names[i].text[0])
        i++;
    while (!versions[j].text[0])
        j++;
    put_text(m, package, "name", names[i].text, names[i].n);
    put_text(m, package, "version", versions[j].text, versions[j].n);
    PUT_FIELD(m, package, "vendor_name", f->maker);
    PUT_FIELD(m, package, "package_manager", f->manager);
    put_int(m, package, "type_id", 1);
    put_str(m, package, "type", "Application");
}

/* ---- the six basic rules ----------------------------------------------------------- */

struct stand { const char *word; int level, state; }; /* OCSF security_level_id, security_states[].state_id (0: none) */

static const struct stand *stand_of(const char *word)
{
    static const struct stand rows[] = {{"met", 1, 0}, {"partly", 2, 2}, {"unmet", 2, 2}, {"unknown", 0, 0}, {"ok", 1, 0},
        {"minor", 2, 1}, {"due", 2, 1}, {"overdue", 2, 1}, {"exposed", 2, 19}, {"invalid", 0, 0}, {"silent", 0, 0}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strncmp(word, rows[i].word, LIM_TAG))
            return &rows[i];
    return NULL;
}

void ocsf_posture(struct mapper *m, json_t *o)
{
    const struct stand *now = stand_of(m->e->new_state), *before = stand_of(m->e->old_state);

    if (now)
        put_int(m, o, "security_level_id", now->level);
    if (now && now->state)
        put_int(m, put_listed(m, o, "security_states"), "state_id", now->state);
    if (before)
        put_int(m, o, "prev_security_level_id", before->level);
    if (before && before->state)
        put_int(m, put_listed(m, o, "prev_security_states"), "state_id", before->state);
}

/* ---- the rest -------------------------------------------------------------------- */

void ocsf_finding_unmapped(struct mapper *m, json_t *u)
{
    const struct event_finding *f = m->c->finding;
    json_t *o = put_object(m, u, "finding"), *list;
    size_t room = m->room;
    const struct { const char *key; const char *text; size_t n; } texts[] = {
        {"door", f->door, sizeof f->door}, {"name", f->name, sizeof f->name}, {"product", f->product, sizeof f->product},
        {"product_name", f->product_name, sizeof f->product_name}, {"version", f->version, sizeof f->version},
        {"old_version", f->old_version, sizeof f->old_version}, {"model", f->model, sizeof f->model},
        {"verdict", f->verdict, sizeof f->verdict}, {"due", f->due, sizeof f->due},
        {"reason_ja", f->reason_ja, sizeof f->reason_ja}, {"reason_en", f->reason_en, sizeof f->reason_en}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        put_text(m, o, texts[i].key, texts[i].text, texts[i].n);
    if (!advisories_of(f))
        return;
    put_int(m, o, "advisories_total", f->advisories_total > f->advisories ? f->advisories_total : f->advisories);
    list = put_list(m, o, "advisories"); /* in the order of `vulnerabilities` */
    if (m->cut)
        m->room = TEXT_CUT_ADVISORY;
    for (unsigned i = 0; i < advisories_of(f); i++) {
        const struct event_advisory *a = &f->advisory[i];
        json_t *row = put_next(m, list);

        PUT_FIELD(m, row, "cve", a->cve);
        put_int(m, row, "severity", a->severity <= SEV_CRITICAL ? (int)a->severity : SEV_UNKNOWN);
        PUT_FIELD(m, row, "released", a->released);
        PUT_FIELD(m, row, "due", a->due);
        PUT_FIELD(m, row, "fixed", a->fixed);
        put_value(m, row, "kev", json_boolean(a->kev != 0));
    }
    m->room = room;
}
