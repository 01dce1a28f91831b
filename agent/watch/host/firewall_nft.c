/* `nft -j list ruleset` into the model (libnftables-json(5); shapes seen with nft 1.0.6 and 1.1).
 *
 * A value that is not of the shape expected makes its match "not understood";
 * text that is no ruleset at all makes the whole model torn. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/firewall_model.h"
#include "lib/err.h"

#define MAX_SETS 4096      /* named sets and maps: container platforms make hundreds */
#define PORT_MAX 65535

struct set { uint32_t table; const char *name; json_t *elem; };

struct reader {
    struct fw *fw;
    uint32_t table;         /* of the rule at hand */
    struct set sets[MAX_SETS];
    size_t nsets;
    uint32_t first_table;   /* of this text */
};

static const char *string_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static uint32_t table_of(const struct reader *r, const json_t *o, const char *key)
{
    const char *family = string_of(o, "family"), *name = string_of(o, key);
    unsigned want = !strcmp(family, "ip") ? FW_IP4 : !strcmp(family, "ip6") ? FW_IP6
        : !strcmp(family, "inet") || !strcmp(family, "netdev") ? FW_BOTH : 0;

    for (uint32_t i = r->first_table; want && i < r->fw->ntables; i++)
        if (r->fw->tables[i].families == want && !strcmp(fw_text(r->fw, r->fw->tables[i].name), name))
            return i;
    if (!want)
        return FW_NONE; /* arp, bridge: not a packet's way to a listener of this host */
    return fw_table_add(r->fw, name, want, FW_S_NFT);
}

/* ---- values ------------------------------------------------------------------------- */

/* {"elem": {"val": X, ...}} is X with a timeout, a counter, a comment. */
static const json_t *bare(const json_t *v)
{
    const json_t *elem = json_object_get(v, "elem");

    return elem ? json_object_get(elem, "val") : v;
}

static const struct set *set_of(const struct reader *r, const char *reference)
{
    for (size_t i = 0; *reference == '@' && i < r->nsets; i++)
        if (r->sets[i].table == r->table && !strcmp(r->sets[i].name, reference + 1))
            return &r->sets[i];
    return NULL;
}

/* The values that stand at the right: `*list` when there may be several (NULL: an empty set), else one value.
 * false: a set that is not there. */
static bool values_of(const struct reader *r, const json_t *right, const json_t **list, bool *several)
{
    const json_t *set = json_object_get(right, "set"); /* {"set": [...]} or {"set": "@name"} */
    const char *word = json_string_value(set ? set : right);
    const struct set *named;

    *several = true;
    *list = json_is_array(right) ? right : set;
    if (word && *word == '@') {
        named = set_of(r, word);
        *list = named ? named->elem : NULL;
        return named != NULL;
    }
    if (*list)
        return json_is_array(*list);
    *several = false;
    return true;
}

/* Calls `take` for each value at the right; false: one was not understood. */
static bool each_value(struct reader *r, const json_t *right, bool (*take)(struct reader *r, const json_t *v, struct fw_match *m), struct fw_match *m)
{
    const json_t *list;
    bool several;

    if (!values_of(r, right, &list, &several))
        return false;
    m->first = r->fw->nvalues;
    for (size_t i = 0; i < (several ? json_array_size(list) : 1); i++)
        if (!take(r, bare(several ? json_array_get(list, i) : right), m))
            return false;
    m->count = r->fw->nvalues - m->first;
    return true;
}

static bool take_port(struct reader *r, const json_t *v, struct fw_match *m)
{
    const json_t *range = json_object_get(v, "range");
    const json_t *lo = range ? json_array_get(range, 0) : v, *hi = range ? json_array_get(range, 1) : v;
    struct fw_value out = {0};

    (void)m;
    if (!json_is_integer(lo) || !json_is_integer(hi) || json_integer_value(lo) < 0 || json_integer_value(lo) > PORT_MAX ||
        json_integer_value(hi) < 0 || json_integer_value(hi) > PORT_MAX)
        return false;
    out.lo = (uint32_t)json_integer_value(lo);
    out.hi = (uint32_t)json_integer_value(hi);
    return fw_value_add(r->fw, &out) != FW_NONE;
}

static bool take_protocol(struct reader *r, const json_t *v, struct fw_match *m)
{
    struct fw_value out = {0};

    (void)m;
    if (json_is_string(v))
        out.lo = fw_protocol(json_string_value(v));
    else if (json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) < 256)
        out.lo = (uint32_t)json_integer_value(v);
    else
        return false;
    out.hi = out.lo;
    return fw_value_add(r->fw, &out) != FW_NONE;
}

static bool take_name(struct reader *r, const json_t *v, struct fw_match *m)
{
    struct fw_value out = {0};

    (void)m;
    if (!json_is_string(v))
        return false; /* an index whose interface is gone */
    out.lo = fw_text_add(r->fw, json_string_value(v));
    return out.lo != FW_NONE && fw_value_add(r->fw, &out) != FW_NONE;
}

static bool address_of(const json_t *v, struct fw_value *out)
{
    const json_t *range = json_object_get(v, "range"), *prefix = json_object_get(v, "prefix"), *len = json_object_get(prefix, "len");
    struct fw_value hi;

    if (range) {
        const char *a = json_string_value(json_array_get(range, 0)), *b = json_string_value(json_array_get(range, 1));

        if (!a || !b || fw_address(a, -1, out) || fw_address(b, -1, &hi) || out->lo != hi.lo)
            return false;
        memcpy(out->to, hi.to, sizeof out->to);
        return true;
    }
    if (prefix)
        return json_is_integer(len) && json_integer_value(len) >= 0 && json_integer_value(len) <= 128 &&
               fw_address(string_of(prefix, "addr"), (int)json_integer_value(len), out) == MM_OK;
    return json_is_string(v) && fw_address(json_string_value(v), -1, out) == MM_OK;
}

static bool take_target(struct reader *r, const json_t *v, struct fw_match *m)
{
    struct fw_value out;

    (void)m;
    return address_of(v, &out) && fw_value_add(r->fw, &out) != FW_NONE;
}

/* Source addresses need not be kept: only how they hold for one that nobody names. */
static bool take_source(struct reader *r, const json_t *v, struct fw_match *m)
{
    struct fw_value out;
    enum fw_holds h = FW_RARELY; /* a form that is not read here is still a list of addresses */

    (void)r;
    if (address_of(v, &out))
        h = fw_source_holds(&out);
    if (h > m->fixed)
        m->fixed = (uint8_t)h;
    return true;
}

/* A word at the right: does one of those that a new packet has stand there? */
static bool take_word(const json_t *v, struct fw_match *m, const char *yes)
{
    if (json_is_string(v) && !strcmp(json_string_value(v), yes))
        m->fixed = FW_YES;
    return json_is_string(v);
}

static bool take_state(struct reader *r, const json_t *v, struct fw_match *m)
{
    (void)r;
    if (json_is_string(v) && !strcmp(json_string_value(v), "new"))
        m->fixed = 1;
    return json_is_string(v);
}

static bool take_status(struct reader *r, const json_t *v, struct fw_match *m)
{
    (void)r;
    (void)m;
    return json_is_string(v); /* a new packet straight to us has none of dnat, snat, seen-reply, assured, ... */
}

static bool take_direction(struct reader *r, const json_t *v, struct fw_match *m) { (void)r; return take_word(v, m, "original"); }
static bool take_pkttype(struct reader *r, const json_t *v, struct fw_match *m) { (void)r; return take_word(v, m, "host"); }
static bool take_fib_type(struct reader *r, const json_t *v, struct fw_match *m) { (void)r; return take_word(v, m, "local"); }

static bool take_family(struct reader *r, const json_t *v, struct fw_match *m)
{
    const char *word = json_is_string(v) ? json_string_value(v) : NULL;

    (void)r;
    if (!word)
        return false;
    if (!strcmp(word, "ipv4") || !strcmp(word, "ip"))
        m->fixed |= FW_IP4;
    else if (!strcmp(word, "ipv6") || !strcmp(word, "ip6"))
        m->fixed |= FW_IP6;
    return true;
}

/* ---- matches -------------------------------------------------------------------------- */

typedef bool taker(struct reader *r, const json_t *v, struct fw_match *m);

static void unsure(struct fw_draft *d)
{
    fw_draft_fixed(d, FW_UNSURE, false);
}

static void take(struct reader *r, struct fw_draft *d, enum fw_kind kind, taker *t, const json_t *right, bool negate)
{
    struct fw_match m = {.kind = (uint8_t)kind, .negate = negate};

    if (each_value(r, right, t, &m))
        fw_draft_match(d, m);
    else
        unsure(d);
}

static void require_protocol(struct reader *r, struct fw_draft *d, unsigned protocol)
{
    struct fw_match m = {.kind = FW_M_PROTOCOL, .first = r->fw->nvalues, .count = 1};

    if (fw_value_add(r->fw, &(struct fw_value){.lo = protocol, .hi = protocol}) != FW_NONE)
        fw_draft_match(d, m);
}

static void require_family(struct fw_draft *d, unsigned family)
{
    fw_draft_match(d, (struct fw_match){.kind = FW_M_FAMILY, .fixed = (uint8_t)family});
}

static void read_meta(struct reader *r, struct fw_draft *d, const char *key, const json_t *right, bool negate)
{
    if (!strcmp(key, "iifname") || !strcmp(key, "iif"))
        take(r, d, FW_M_IIF, take_name, right, negate);
    else if (!strcmp(key, "l4proto"))
        take(r, d, FW_M_PROTOCOL, take_protocol, right, negate);
    else if (!strcmp(key, "nfproto") || !strcmp(key, "protocol"))
        take(r, d, FW_M_FAMILY, take_family, right, negate);
    else if (!strcmp(key, "pkttype"))
        take(r, d, FW_M_FIXED, take_pkttype, right, negate);
    else if (!strcmp(key, "ipsec") && json_is_boolean(right)) /* came through a tunnel of IPsec */
        fw_draft_fixed(d, json_is_true(right) ? FW_RARELY : FW_MOSTLY, negate);
    else
        unsure(d);
}

static void read_ct(struct reader *r, struct fw_draft *d, const char *key, const json_t *right, bool negate)
{
    if (!strcmp(key, "state"))
        take(r, d, FW_M_CT_NEW, take_state, right, negate);
    else if (!strcmp(key, "status"))
        take(r, d, FW_M_FIXED, take_status, right, negate);
    else if (!strcmp(key, "direction"))
        take(r, d, FW_M_FIXED, take_direction, right, negate);
    else
        unsure(d);
}

static void read_transport(struct reader *r, struct fw_draft *d, const char *field, const json_t *right, bool negate)
{
    if (!strcmp(field, "dport"))
        take(r, d, FW_M_PORT, take_port, right, negate);
    else if (!strcmp(field, "sport")) /* chosen by who sends */
        fw_draft_fixed(d, FW_RARELY, negate);
    else
        unsure(d);
}

static unsigned flags_of(const json_t *v)
{
    unsigned bits = 0;

    if (json_is_string(v))
        return fw_tcp_flag(json_string_value(v));
    for (size_t i = 0; i < json_array_size(v); i++) {
        unsigned one = json_is_string(json_array_get(v, i)) ? fw_tcp_flag(json_string_value(json_array_get(v, i))) : 0;

        if (!one)
            return 0;
        bits |= one;
    }
    return bits;
}

/* `tcp flags ...` of a SYN; mask 0: no mask. */
static void read_flags(struct fw_draft *d, unsigned mask, const char *op, const json_t *right)
{
    unsigned bits = flags_of(right), seen = mask ? FW_SYN & mask : FW_SYN;

    if (!bits && !(json_is_integer(right) && json_integer_value(right) == 0))
        unsure(d);
    else
        fw_draft_fixed(d, (!strcmp(op, "in") ? (seen & bits) != 0 : seen == bits) ? FW_YES : FW_NO, !strcmp(op, "!="));
}

static void read_ip(struct reader *r, struct fw_draft *d, unsigned family, const char *field, const json_t *right, bool negate)
{
    require_family(d, family);
    if (!strcmp(field, "saddr"))
        take(r, d, FW_M_FIXED, take_source, right, negate);
    else if (!strcmp(field, "daddr"))
        take(r, d, FW_M_DADDR, take_target, right, negate);
    else if (!strcmp(field, "protocol") || !strcmp(field, "nexthdr"))
        take(r, d, FW_M_PROTOCOL, take_protocol, right, negate);
    else
        unsure(d);
}

static void read_payload(struct reader *r, struct fw_draft *d, const json_t *payload, const char *op, const json_t *right)
{
    const char *protocol = string_of(payload, "protocol"), *field = string_of(payload, "field");
    bool negate = !strcmp(op, "!=");
    const json_t *offset = json_object_get(payload, "offset"), *len = json_object_get(payload, "len");

    if (!strcmp(protocol, "ip")) {
        read_ip(r, d, FW_IP4, field, right, negate);
    } else if (!strcmp(protocol, "ip6")) {
        read_ip(r, d, FW_IP6, field, right, negate);
    } else if (!strcmp(protocol, "tcp") && !strcmp(field, "flags")) {
        require_protocol(r, d, fw_protocol(protocol));
        read_flags(d, 0, op, right);
    } else if (!strcmp(protocol, "tcp") || !strcmp(protocol, "udp")) {
        require_protocol(r, d, fw_protocol(protocol));
        read_transport(r, d, field, right, negate);
    } else if (!strcmp(protocol, "th")) {
        read_transport(r, d, field, right, negate);
    } else if (!strcmp(protocol, "ether") && !strcmp(field, "saddr")) {
        fw_draft_fixed(d, FW_RARELY, negate);
    } else if (!strcmp(string_of(payload, "base"), "th") && json_integer_value(offset) == 16 && json_integer_value(len) == 16) {
        read_transport(r, d, "dport", right, negate);
    } else if (!strncmp(protocol, "icmp", 4) || !strcmp(protocol, "igmp") || !strcmp(protocol, "sctp") || !strcmp(protocol, "esp") ||
               !strcmp(protocol, "ah")) {
        require_protocol(r, d, fw_protocol(protocol)); /* never for a TCP or UDP packet */
        unsure(d);
    } else {
        unsure(d);
    }
}

static void read_fib(struct reader *r, struct fw_draft *d, const json_t *fib, const json_t *right, bool negate)
{
    const json_t *flags = json_object_get(fib, "flags"), *first = json_array_size(flags) ? json_array_get(flags, 0) : flags;
    bool target = json_is_string(first) && !strcmp(json_string_value(first), "daddr");

    if (!strcmp(string_of(fib, "result"), "type") && target)
        take(r, d, FW_M_FIXED, take_fib_type, right, negate);
    else if (!strcmp(string_of(fib, "result"), "oif") && json_is_boolean(right) && !target) /* reverse path: there is a way back to who sends */
        fw_draft_fixed(d, json_is_true(right) ? FW_YES : FW_NO, negate);
    else
        unsure(d);
}

static void read_left(struct reader *r, struct fw_draft *d, const json_t *left, const char *op, const json_t *right)
{
    const json_t *v = json_object_get(left, "&");
    bool negate = !strcmp(op, "!=");

    if (v) {
        const json_t *payload = json_object_get(json_array_get(v, 0), "payload");
        unsigned mask = flags_of(json_array_get(v, 1));

        if (!mask || strcmp(string_of(payload, "protocol"), "tcp") || strcmp(string_of(payload, "field"), "flags")) {
            unsure(d);
        } else {
            require_protocol(r, d, fw_protocol("tcp"));
            read_flags(d, mask, op, right);
        }
    } else if ((v = json_object_get(left, "meta"))) {
        read_meta(r, d, string_of(v, "key"), right, negate);
    } else if ((v = json_object_get(left, "ct"))) {
        read_ct(r, d, string_of(v, "key"), right, negate);
    } else if ((v = json_object_get(left, "payload"))) {
        read_payload(r, d, v, op, right);
    } else if ((v = json_object_get(left, "fib"))) {
        read_fib(r, d, v, right, negate);
    } else if (json_object_get(left, "exthdr")) {
        fw_draft_fixed(d, json_is_false(right) ? FW_YES : FW_NO, negate); /* a plain packet has no extension header */
    } else {
        unsure(d);
    }
}

static void read_match(struct reader *r, struct fw_draft *d, const json_t *match)
{
    const char *op = string_of(match, "op");
    const json_t *right = json_object_get(match, "right");

    if (!right || (strcmp(op, "==") && strcmp(op, "!=") && strcmp(op, "in")))
        unsure(d);
    else
        read_left(r, d, json_object_get(match, "left"), op, right);
}

/* ---- statements --------------------------------------------------------------------------- */

/* A verdict; false: `name` is none. */
static bool read_verdict(struct reader *r, struct fw_draft *d, const char *name, const json_t *v)
{
    static const struct { const char *name; enum fw_verdict verdict; } WORDS[] = {
        {"accept", FW_V_ACCEPT}, {"drop", FW_V_DROP}, {"reject", FW_V_DROP}, {"return", FW_V_RETURN}, {"continue", FW_V_CONTINUE},
        {"jump", FW_V_JUMP}, {"goto", FW_V_GOTO}, {"notrack", FW_V_NOTRACK}, {"queue", FW_V_ANY}, {"redirect", FW_V_ELSEWHERE},
        {"dnat", FW_V_ELSEWHERE}, {"tproxy", FW_V_ELSEWHERE}, {"snat", FW_V_ACCEPT}, {"masquerade", FW_V_ACCEPT},
    };
    size_t i = 0;

    while (i < sizeof WORDS / sizeof *WORDS && strcmp(name, WORDS[i].name))
        i++;
    if (i == sizeof WORDS / sizeof *WORDS)
        return false;
    d->verdict = (uint8_t)WORDS[i].verdict;
    if (d->verdict == FW_V_JUMP || d->verdict == FW_V_GOTO) {
        d->target = fw_chain_find(r->fw, r->table, string_of(v, "target"));
        if (d->target == FW_NONE)
            d->verdict = FW_V_ANY;
    }
    if (d->verdict == FW_V_ELSEWHERE && json_is_integer(json_object_get(v, "port")))
        fw_arrival_add(r->fw, (unsigned)json_integer_value(json_object_get(v, "port")) & PORT_MAX);
    else if (d->verdict == FW_V_ELSEWHERE && json_object_get(v, "port"))
        r->fw->arrivals_full = true;
    return true;
}

/* A bound on rates or counts: a first packet stays below it. */
static void read_bound(struct fw_draft *d, const json_t *v)
{
    fw_draft_fixed(d, json_is_true(json_object_get(v, "inv")) ? FW_RARELY : FW_MOSTLY, false);
}

static void read_bounds_in(struct fw_draft *d, const json_t *stmt)
{
    static const char *const BOUNDS[] = {"limit", "ct count", "quota"};

    for (size_t i = 0; i < sizeof BOUNDS / sizeof *BOUNDS; i++)
        if (json_is_object(json_object_get(stmt, BOUNDS[i])))
            read_bound(d, json_object_get(stmt, BOUNDS[i]));
}

static void read_xt(struct fw_draft *d, const json_t *xt)
{
    static const char *const NEUTRAL[] = {"LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS", "CLASSIFY", "TRACE", "AUDIT"};
    const char *name = string_of(xt, "name");

    if (!strcmp(string_of(xt, "type"), "target"))
        for (size_t i = 0; i < sizeof NEUTRAL / sizeof *NEUTRAL; i++)
            if (!strcmp(name, NEUTRAL[i]))
                return;
    if (!strcmp(string_of(xt, "type"), "target") && !strcmp(name, "REJECT")) {
        d->verdict = FW_V_DROP;
        return;
    }
    unsure(d); /* a match: what it says is not told here; the verdict may follow */
    if (strcmp(string_of(xt, "type"), "match"))
        d->verdict = FW_V_ANY;
}

/* One statement of a rule that is not a verdict map. */
static void read_statement(struct reader *r, struct fw_draft *d, const char *name, const json_t *v)
{
    static const char *const NEUTRAL[] = {"counter", "log", "mangle", "comment", "last", "ct helper", "ct timeout", "ct expectation",
                                          "secmark", "flow", "dup", "map"};

    if (!strcmp(name, "match")) {
        read_match(r, d, v);
    } else if (!strcmp(name, "limit") || !strcmp(name, "quota") || !strcmp(name, "ct count")) {
        if (json_is_object(v))
            read_bound(d, v);
    } else if (!strcmp(name, "set") || !strcmp(name, "meter")) {
        const json_t *stmt = json_object_get(v, "stmt");

        read_bounds_in(d, stmt);
        for (size_t i = 0; i < json_array_size(stmt); i++)
            read_bounds_in(d, json_array_get(stmt, i));
    } else if (!strcmp(name, "xt")) {
        read_xt(d, v);
    } else if (!strcmp(name, "mangle") && json_object_get(json_object_get(v, "key"), "payload")) {
        d->verdict = FW_V_ELSEWHERE; /* a header is rewritten */
    } else if (!read_verdict(r, d, name, v)) {
        for (size_t i = 0; i < sizeof NEUTRAL / sizeof *NEUTRAL; i++)
            if (!strcmp(name, NEUTRAL[i]))
                return;
        unsure(d);
        d->verdict = FW_V_ANY;
    }
}

/* A verdict map is a rule for each of its elements; no packet has two of the keys. */
static void read_vmap(struct reader *r, uint32_t chain, const struct fw_draft *before, const json_t *vmap)
{
    const json_t *list;
    bool several, known = values_of(r, json_object_get(vmap, "data"), &list, &several);
    struct fw_draft d;

    for (size_t i = 0; known && several && i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i), *key = bare(json_array_get(pair, 0)), *verdict = json_array_get(pair, 1);
        void *at = json_object_iter((json_t *)(uintptr_t)verdict);

        d = *before;
        if (json_is_string(key) && !strcmp(json_string_value(key), "*")) { /* all others: not told apart */
            unsure(&d);
        } else if (key) {
            read_left(r, &d, json_object_get(vmap, "key"), "==", key);
        }
        if (!key || !at || !read_verdict(r, &d, json_object_iter_key(at), json_object_iter_value(at)))
            d.verdict = FW_V_ANY;
        fw_rule_add(r->fw, chain, &d);
    }
    if (known && several)
        return;
    d = *before;
    d.verdict = FW_V_ANY;
    fw_rule_add(r->fw, chain, &d);
}

static void read_rule(struct reader *r, const json_t *rule)
{
    const json_t *expr = json_object_get(rule, "expr"), *vmap = NULL;
    struct fw_draft d = {.handle = (uint64_t)json_integer_value(json_object_get(rule, "handle")), .target = FW_NONE};
    uint32_t chain;

    r->table = table_of(r, rule, "table");
    if (r->table == FW_NONE)
        return;
    chain = fw_chain_find(r->fw, r->table, string_of(rule, "chain"));
    if (chain == FW_NONE || !json_is_array(expr)) {
        fw_torn(r->fw, "a rule of nft stands in no chain or has no content");
        return;
    }
    for (size_t i = 0; i < json_array_size(expr) && !vmap; i++) {
        json_t *statement = json_array_get(expr, i);
        void *at = json_object_iter(statement);

        if (!at) {
            unsure(&d);
            d.verdict = FW_V_ANY;
        } else if (!strcmp(json_object_iter_key(at), "vmap")) {
            vmap = json_object_iter_value(at);
        } else {
            read_statement(r, &d, json_object_iter_key(at), json_object_iter_value(at));
        }
    }
    if (vmap)
        read_vmap(r, chain, &d, vmap);
    else
        fw_rule_add(r->fw, chain, &d);
}

static void read_chain(struct reader *r, const json_t *chain)
{
    static const struct { const char *name; enum fw_hook hook; } HOOKS[] = {
        {"ingress", FW_H_INGRESS}, {"prerouting", FW_H_PREROUTING}, {"input", FW_H_INPUT},
    };
    uint32_t table = table_of(r, chain, "table"), at = table == FW_NONE ? FW_NONE : fw_chain_add(r->fw, table, string_of(chain, "name"));
    const char *hook = string_of(chain, "hook");
    struct fw_chain *c;

    if (at == FW_NONE)
        return;
    c = &r->fw->chains[at];
    c->hook = *hook ? FW_H_OTHER : FW_H_NONE;
    for (size_t i = 0; i < sizeof HOOKS / sizeof *HOOKS; i++)
        if (!strcmp(hook, HOOKS[i].name))
            c->hook = (uint8_t)HOOKS[i].hook;
    c->policy = strcmp(string_of(chain, "policy"), "drop") ? FW_V_ACCEPT : FW_V_DROP;
    if (json_is_string(json_object_get(chain, "dev")))
        c->dev = fw_text_add(r->fw, string_of(chain, "dev"));
}

static void read_set(struct reader *r, json_t *set)
{
    uint32_t table = table_of(r, set, "table");

    if (table == FW_NONE)
        return;
    if (r->nsets < MAX_SETS)
        r->sets[r->nsets++] = (struct set){.table = table, .name = string_of(set, "name"), .elem = json_object_get(set, "elem")};
    else
        fw_torn(r->fw, "the rule set has more named sets than can be looked at");
}

/* Chains first: maps and rules name chains that stand behind them. */
static void read_all(struct reader *r, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *o = json_array_get(list, i);
        json_t *set = json_object_get(o, "set");

        if (!set)
            set = json_object_get(o, "map");
        if (json_object_get(o, "table"))
            table_of(r, json_object_get(o, "table"), "name");
        else if (json_object_get(o, "chain"))
            read_chain(r, json_object_get(o, "chain"));
        else if (set)
            read_set(r, set);
    }
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_object_get(json_array_get(list, i), "rule"))
            read_rule(r, json_object_get(json_array_get(list, i), "rule"));
}

int fw_read_nft(struct fw *fw, const char *json, size_t n)
{
    struct reader *r;
    json_error_t error;
    json_t *root = json_loadb(json, n, 0, &error), *list = json_object_get(root, "nftables");

    if (!json_is_array(list)) {
        fw_torn(fw, "the answer of nft is no rule set");
        json_decref(root);
        return MM_EFORMAT;
    }
    r = calloc(1, sizeof *r);
    if (!r) {
        json_decref(root);
        fw_torn(fw, "no memory for the rule set");
        return MM_ENOMEM;
    }
    r->fw = fw;
    r->first_table = fw->ntables;
    read_all(r, list);
    free(r);
    json_decref(root);
    return MM_OK;
}
