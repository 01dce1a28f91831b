#include "agent/detect/doors_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

#define CHECK_NAME 64 /* as long as the console takes it */
#define CHECK_ARGS 8 /* a sentence has a handful */

struct reading {
    struct doors *doors;
    struct basics *posture;
    int64_t now;
};

/* ---- values ---------------------------------------------------------------------------- */

/* A text of the item into `out`; false when it is no text or does not fit. */
static bool take(const json_t *o, const char *key, char *out, size_t room)
{
    const json_t *v = json_object_get(o, key);

    if (!json_is_string(v) || json_string_length(v) >= room || strlen(json_string_value(v)) != json_string_length(v))
        return false;
    memcpy(out, json_string_value(v), json_string_length(v) + 1);
    return true;
}

/* The same, cut where it does not fit. */
static bool take_cut(const json_t *o, const char *key, char *out, size_t room)
{
    const json_t *v = json_object_get(o, key);

    if (!json_is_string(v))
        return false;
    snprintf(out, room, "%s", json_string_value(v));
    return true;
}

/* Number of a word of the item in `words`; -1 when it is none of them. */
static int choose(const json_t *o, const char *key, const char *const *words, int n)
{
    const char *s = json_string_value(json_object_get(o, key));

    for (int i = 0; s && i < n; i++)
        if (!strcmp(words[i], s))
            return i;
    return -1;
}

static bool port_of(const json_t *o, uint16_t *out)
{
    const json_t *v = json_object_get(o, "port");

    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > UINT16_MAX)
        return false;
    *out = (uint16_t)json_integer_value(v);
    return true;
}

/* ---- kinds ----------------------------------------------------------------------------------- */

static bool dotted(const char *name)
{
    return name[0] && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.")];
}

/* The SSH server's settings are a point of the rules and a door. */
static void note_ssh(struct reading *r, const char *check, enum basics_state state, const char *evidence)
{
    struct door *d;
    bool password = !strcmp(check, "ssh.password"), root = !strcmp(check, "ssh.root"), empty = !strcmp(check, "ssh.empty");

    if (!password && !root && !empty)
        return;
    d = doors_add(r->doors, "ssh:settings", DOOR_SSH, "SSH");
    if (!d)
        return;
    d->ssh_known |= state != BASICS_UNKNOWN;
    d->ssh_unsure |= state == BASICS_UNKNOWN;
    d->ssh_password |= password && (state == BASICS_UNMET || state == BASICS_PARTLY);
    d->ssh_root |= root && state == BASICS_UNMET;
    d->ssh_empty |= empty && state == BASICS_UNMET;
    d->checked_at = r->now;
    snprintf(d->evidence, sizeof d->evidence, "%.1000s", evidence);
}

static bool read_check(struct reading *r, const json_t *o)
{
    char check[CHECK_NAME], state[LIM_TAG], subject[LIM_SURVEY_TEXT + 1], evidence[LIM_SURVEY_TEXT * 4], at[RFC3339_TEXT];
    json_int_t article = json_integer_value(json_object_get(o, "article"));
    json_t *args = json_object_get(o, "args");
    const json_t *arg;
    size_t i;

    if (!take(o, "check", check, sizeof check) || !dotted(check) || !take(o, "state", state, sizeof state) ||
        basics_state(state) == BASICS_STATES || !take(o, "subject", subject, sizeof subject) ||
        !take_cut(o, "evidence", evidence, sizeof evidence) || !json_is_array(args) || json_array_size(args) > CHECK_ARGS ||
        article < 1 || article > BASICS_ARTICLES)
        return false;
    json_array_foreach(args, i, arg)
        if (!json_is_string(arg))
            return false;
    note_ssh(r, check, basics_state(state), evidence);
    rfc3339_format(r->now, at);
    return basics_add(r->posture, (unsigned)article,
                       json_pack("{s:s, s:s, s:s, s:O, s:s, s:s}", "check", check, "state", state, "subject", subject, "args", args,
                                 "evidence", evidence, "at", at)) == MM_OK;
}

static bool read_program(struct reading *r, const json_t *o)
{
    static const char *const STATES[] = {"current", "behind", "unknown", "unowned"};
    static const enum door_package PACKAGE[] = {PACKAGE_CURRENT, PACKAGE_BEHIND, PACKAGE_UNKNOWN, PACKAGE_UNOWNED};
    struct door f = {.kind = DOOR_PROGRAM}, *d;
    char package[LIM_NAME], path[LIM_NAME], upstream[LIM_TAG], version[LIM_NAME], released[LIM_TAG], id[LIM_DOOR_ID];
    int state = choose(o, "state", STATES, 4);

    if (state < 0 || !take(o, "product", f.product, sizeof f.product) || !take(o, "name", f.name, sizeof f.name) ||
        !take_cut(o, "package", package, sizeof package) || !take_cut(o, "path", path, sizeof path) ||
        !take_cut(o, "version", version, sizeof version) || !take_cut(o, "upstream", upstream, sizeof upstream) ||
        !take_cut(o, "candidate", f.candidate, sizeof f.candidate) || !take(o, "released", released, sizeof released) ||
        !take_cut(o, "evidence", f.evidence, sizeof f.evidence) || (!package[0] && !path[0]))
        return false;
    snprintf(id, sizeof id, "program:%.*s", LIM_DOOR_ID - 16, package[0] ? package : path);
    d = doors_add(r->doors, id, DOOR_PROGRAM, f.name);
    if (!d)
        return true; /* counted */
    d->package = PACKAGE[state];
    d->security = json_is_true(json_object_get(o, "security"));
    d->checked_at = r->now;
    memcpy(d->product, f.product, sizeof d->product);
    memcpy(d->candidate, f.candidate, sizeof d->candidate);
    memcpy(d->evidence, f.evidence, sizeof d->evidence);
    snprintf(d->version, sizeof d->version, "%.*s", LIM_TAG - 1, d->package == PACKAGE_UNOWNED ? upstream : version);
    d->version_from = !d->version[0] ? VERSION_NONE : d->package == PACKAGE_UNOWNED ? VERSION_FILE : VERSION_PACKAGE;
    if (d->package == PACKAGE_UNKNOWN) {
        (void)take(o, "reason", d->package_reason, sizeof d->package_reason);
        d->package_days = (uint32_t)json_integer_value(json_object_get(o, "days"));
    }
    if (released[0] && rfc3339_parse_day(released, &d->package_released))
        return false;
    return true;
}

static bool read_listener(struct reading *r, const json_t *o)
{
    static const char *const SERVICES[] = {"rdp", "vnc", "ssh", "remote", "vpn", "smb", "nfs", "other"};
    static const char *const FIREWALLS[] = {"unknown", "open", "limited", "closed"};
    static const int RANK[] = {[FIREWALL_UNKNOWN] = 2, [FIREWALL_OPEN] = 3, [FIREWALL_LIMITED] = 1, [FIREWALL_CLOSED] = 0};
    char protocol[8], address[64], program[LIM_NAME], evidence[LIM_SURVEY_TEXT], id[LIM_DOOR_ID], name[LIM_NAME];
    int service = choose(o, "service", SERVICES, 8), firewall = choose(o, "firewall", FIREWALLS, 4);
    struct door *d;
    uint16_t port;
    bool fresh;

    if (service < 0 || firewall < 0 || !take(o, "protocol", protocol, sizeof protocol) || !take(o, "address", address, sizeof address) ||
        !take_cut(o, "program", program, sizeof program) || !take_cut(o, "evidence", evidence, sizeof evidence) || !port_of(o, &port))
        return false;
    if (!strcmp(SERVICES[service], "other"))
        return true; /* not a way in that this register is about */
    snprintf(id, sizeof id, "listener:%s:%s:%u", SERVICES[service], protocol, port);
    snprintf(name, sizeof name, "%.200s %s/%u", program[0] ? program : SERVICES[service], protocol, port);
    fresh = !doors_find(r->doors, id);
    d = doors_add(r->doors, id, DOOR_LISTENER, name);
    if (!d || (!fresh && RANK[firewall] <= RANK[d->firewall]))
        return true; /* over IPv4 and IPv6: the wider open one counts */
    snprintf(d->service, sizeof d->service, "%s", SERVICES[service]);
    d->port = port;
    d->firewall = (enum door_firewall)firewall;
    d->checked_at = r->now;
    snprintf(d->evidence, sizeof d->evidence, "%.60s: %.900s", address, evidence);
    return true;
}

/* One more at the end of an array of at most `most`; NULL when there is no room or memory. */
static void *one_more(void **list, unsigned *n, unsigned most, size_t size)
{
    char *more = *n < most ? realloc(*list, (*n + 1) * size) : NULL;

    if (!more)
        return NULL;
    *list = more;
    return memset(more + (size_t)(*n)++ * size, 0, size);
}

static bool read_candidate(struct reading *r, const json_t *o)
{
    struct door_candidate c, *to;
    void *list = r->doors->candidate;

    memset(&c, 0, sizeof c);
    if (!take(o, "address", c.address, sizeof c.address) || !c.address[0] || !take(o, "source", c.source, sizeof c.source) || !port_of(o, &c.port))
        return false;
    to = one_more(&list, &r->doors->candidates, DOOR_CANDIDATES, sizeof c);
    r->doors->candidate = list;
    if (to)
        *to = c;
    else
        r->doors->lost++;
    return true;
}

static bool read_software(struct reading *r, const json_t *o)
{
    struct door_software s, *to;
    void *list = r->doors->software;

    memset(&s, 0, sizeof s);
    if (!take_cut(o, "name", s.name, sizeof s.name) || !take_cut(o, "version", s.version, sizeof s.version) ||
        !take_cut(o, "maker", s.maker, sizeof s.maker) || !take(o, "manager", s.manager, sizeof s.manager))
        return false;
    to = one_more(&list, &r->doors->softwares, LIM_SOFTWARE, sizeof s);
    r->doors->software = list;
    if (to)
        *to = s;
    else
        r->doors->lost++;
    return true;
}

/* ---- lines ------------------------------------------------------------------------------------- */

static bool read_item(struct reading *r, const char *line, size_t n)
{
    static const struct { const char *kind; bool (*read)(struct reading *r, const json_t *o); } KINDS[] = {
        {"check", read_check}, {"program", read_program}, {"listener", read_listener}, {"candidate", read_candidate}, {"software", read_software},
    };
    json_t *o = n < LIM_SURVEY_ITEM ? json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *kind = json_string_value(json_object_get(o, "kind"));
    bool good = false;

    for (size_t i = 0; kind && i < sizeof KINDS / sizeof *KINDS; i++)
        if (!strcmp(KINDS[i].kind, kind)) {
            good = KINDS[i].read(r, o);
            break;
        }
    json_decref(o);
    return good;
}

unsigned doors_read(struct doors *d, struct basics *p, const char *text, size_t n, int64_t now)
{
    struct reading r = {d, p, now};
    unsigned wrong = 0, items = 0;

    while (n && items++ < LIM_SURVEY_ITEMS) {
        const char *end = memchr(text, '\n', n);
        size_t len = end ? (size_t)(end - text) : n;

        if (len)
            wrong += !read_item(&r, text, len);
        text += end ? len + 1 : len;
        n -= end ? len + 1 : len;
    }
    d->checked_at = p->checked_at = now;
    d->incomplete = wrong != 0;
    return wrong;
}
