/* A packet's way through the chains of ingress, prerouting and input.
 *
 * A chain is walked with an explicit stack.  Where a rule holds for a part of
 * the packets only, or is not understood, its chain is walked for that part: the
 * verdict is noted and the walk goes on after the rule for the others.  Two
 * walks: the first with a packet whose source nobody names (what a list of
 * addresses or interfaces says holds by its usual side), the second, when that
 * one is dropped, asks whether any packet comes through. */
#include <stdio.h>
#include <string.h>

#include "agent/watch/host/firewall_model.h"

#define MAX_DEPTH 32            /* nft allows 16 jumps (NFT_JUMP_STACK_SIZE) */
#define MAX_WALK 100000         /* rules looked at for one chain: real sets have some hundred */
#define MAX_STEPS 20000000      /* by all answers of one survey: about a second */
#define FAMILIES 2

/* How much of the packets: none, a part that cannot be told, some, all. */
enum share { NONE = 0, UNSURE, SOME, ALL };
enum fate { ACCEPTED = 0, DROPPED };

struct packet {
    unsigned family, protocol, port;
    const unsigned char *address;
    const char *iface;          /* NULL: unknown, not loopback */
    bool untracked;             /* a notrack rule may have held */
    bool rewritten;             /* its destination may have been changed: what later chains see is another packet */
};

struct frame {
    uint32_t next;              /* rule to look at */
    uint8_t share;              /* of the packets that are here */
    bool part;                  /* others did not come here: they go on in the frame below */
    bool gone;                  /* came by goto: the part does not go back to the frame below */
};

struct mark { bool seen; uint32_t rule; };  /* FW_NONE: the policy */

struct walk {
    const struct fw *fw;
    const struct fw_chain *chain;
    struct packet *packet;
    bool friendly;              /* second walk: lists of addresses hold for some */
    struct frame stack[MAX_DEPTH];
    unsigned depth;
    uint32_t steps;
    struct mark some[2], unsure[2]; /* by enum fate */
    bool lost;                  /* too deep or too long */
    enum fate end;
    uint32_t end_rule;
};

const char *fw_word(enum fw_result r)
{
    static const char *const WORDS[] = {"closed", "limited", "unknown", "open"};

    return WORDS[r];
}

/* ---- one rule --------------------------------------------------------------------- */

static bool name_holds(const char *pattern, const char *name)
{
    size_t n = strlen(pattern);

    if (n && pattern[n - 1] == '*')
        return !strncmp(pattern, name, n - 1);
    return !strcmp(pattern, name);
}

static enum fw_holds iface_holds(const struct fw *fw, const struct fw_match *m, const struct packet *p)
{
    enum fw_holds best = FW_NO;

    for (uint32_t i = 0; i < m->count; i++) {
        const char *name = fw_text(fw, fw->values[m->first + i].lo);

        if (!strcmp(name, "*") || (p->iface && name_holds(name, p->iface)))
            return FW_YES;
        if (!p->iface && strcmp(name, "lo"))
            best = FW_RARELY;
    }
    return best;
}

static enum fw_holds number_holds(const struct fw *fw, const struct fw_match *m, unsigned number)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (number >= fw->values[m->first + i].lo && number <= fw->values[m->first + i].hi)
            return FW_YES;
    return FW_NO;
}

/* The host's own addresses are not told to us: what is neither multicast nor loopback may be one of them. */
static enum fw_holds target_holds(const struct fw *fw, const struct fw_match *m, const struct packet *p)
{
    enum fw_holds best = FW_NO;
    size_t n = p->family == FW_IP4 ? 4 : 16;

    for (uint32_t i = 0; i < m->count; i++) {
        const struct fw_value *v = &fw->values[m->first + i];
        bool special = v->lo == FW_IP4 ? v->from[0] >= 224 || (v->from[0] == 127 && v->to[0] == 127) : v->from[0] == 0xff;

        if (v->lo != p->family)
            continue;
        if (v->hi == 0 || (p->address && memcmp(p->address, v->from, n) >= 0 && memcmp(p->address, v->to, n) <= 0))
            return FW_YES;
        if (!p->address && !special)
            best = FW_UNSURE;
    }
    return best;
}

static enum fw_holds match_holds(const struct fw *fw, const struct fw_match *m, const struct packet *p)
{
    enum fw_holds h = FW_UNSURE;

    switch ((enum fw_kind)m->kind) {
    case FW_M_FIXED: h = (enum fw_holds)m->fixed; break;
    case FW_M_FAMILY: h = m->fixed & p->family ? FW_YES : FW_NO; break;
    case FW_M_PROTOCOL: h = number_holds(fw, m, p->protocol); break;
    case FW_M_PORT: h = number_holds(fw, m, p->port); break;
    case FW_M_IIF: h = iface_holds(fw, m, p); break;
    case FW_M_DADDR: h = target_holds(fw, m, p); break;
    case FW_M_CT_NEW: h = p->untracked ? FW_UNSURE : m->fixed ? FW_YES : FW_NO; break;
    }
    return m->negate ? fw_not(h) : h;
}

/* The share of the packets at hand for which all matches of the rule hold. */
static enum share rule_share(const struct walk *w, const struct fw_rule *r)
{
    enum share all = ALL;

    for (uint32_t i = 0; i < r->count; i++) {
        enum fw_holds h = match_holds(w->fw, &w->fw->matches[r->first + i], w->packet);
        enum share s = h == FW_YES ? ALL : h == FW_NO ? NONE : h == FW_UNSURE ? UNSURE : w->friendly ? SOME : h == FW_MOSTLY ? ALL : NONE;

        if (s == NONE)
            return NONE;
        if (s < all)
            all = s;
    }
    return all;
}

/* ---- one chain --------------------------------------------------------------------- */

static void note(struct walk *w, enum fate fate, enum share share, uint32_t rule)
{
    struct mark *m = share == SOME ? &w->some[fate] : &w->unsure[fate];

    if (!m->seen)
        *m = (struct mark){.seen = true, .rule = rule};
}

static enum fate policy_fate(const struct walk *w)
{
    return w->chain->policy == FW_V_DROP ? DROPPED : ACCEPTED;
}

static void finish(struct walk *w, enum fate fate, uint32_t rule)
{
    w->end = fate;
    w->end_rule = rule;
    w->depth = 0;
}

/* All packets of this frame have their verdict; the others go on where they left us. */
static void unwind(struct walk *w)
{
    while (w->depth) {
        w->depth--;
        if (w->stack[w->depth].part)
            return;
    }
}

/* The end of the chain of the upper frame. */
static void leave(struct walk *w)
{
    struct frame f = w->stack[w->depth - 1];

    if (w->depth == 1) {
        finish(w, policy_fate(w), FW_NONE);
        return;
    }
    w->depth--;
    if (f.part && f.gone) { /* where they go on is not followed: both ends are possible */
        note(w, ACCEPTED, UNSURE, w->end_rule);
        note(w, DROPPED, UNSURE, w->end_rule);
    }
}

static void enter(struct walk *w, const struct fw_rule *r, enum share held)
{
    struct frame *f = &w->stack[w->depth - 1];
    struct frame in = {.next = w->fw->chains[r->target].first, .share = (uint8_t)(held < f->share ? held : f->share)};

    if (r->verdict == FW_V_GOTO && held == ALL) {
        f->next = in.next;
        return;
    }
    if (w->depth == MAX_DEPTH) {
        w->lost = true;
        w->depth = 0;
        return;
    }
    in.part = held != ALL;
    in.gone = r->verdict == FW_V_GOTO;
    w->stack[w->depth++] = in;
}

/* A part of the packets returns: those who stay are a part too. */
static void return_part(struct walk *w, enum share held, uint32_t rule)
{
    struct frame *f = &w->stack[w->depth - 1];

    if (w->depth == 1) {
        note(w, policy_fate(w), held, rule);
        return;
    }
    f->part = true;
    if (held < f->share)
        f->share = (uint8_t)held;
}

static void apply(struct walk *w, const struct fw_rule *r, uint32_t rule, enum share held)
{
    struct frame *f = &w->stack[w->depth - 1];
    enum share share = held < (enum share)f->share ? held : (enum share)f->share;
    enum fate fate = r->verdict == FW_V_ACCEPT ? ACCEPTED : DROPPED;

    switch ((enum fw_verdict)r->verdict) {
    case FW_V_CONTINUE: break;
    case FW_V_ACCEPT:
    case FW_V_DROP:
        if (share == ALL) {
            finish(w, fate, rule);
            break;
        }
        note(w, fate, share, rule);
        if (held == ALL)
            unwind(w);
        break;
    case FW_V_RETURN:
        if (held == ALL)
            leave(w);
        else
            return_part(w, held, rule);
        break;
    case FW_V_JUMP:
    case FW_V_GOTO:
        w->end_rule = rule;
        enter(w, r, held);
        break;
    case FW_V_ELSEWHERE:
    case FW_V_ANY:
        w->packet->rewritten |= r->verdict == FW_V_ELSEWHERE;
        note(w, ACCEPTED, UNSURE, rule);
        note(w, DROPPED, UNSURE, rule);
        break;
    case FW_V_NOTRACK: w->packet->untracked = true; break;
    }
}

static void walk_chain(struct walk *w)
{
    w->stack[0] = (struct frame){.next = w->chain->first, .share = ALL};
    w->depth = 1;
    w->end_rule = FW_NONE;
    while (w->depth) {
        struct frame *f = &w->stack[w->depth - 1];
        uint32_t rule = f->next;
        enum share held;

        if (rule == FW_NONE) {
            leave(w);
            continue;
        }
        if (++w->steps > MAX_WALK) {
            w->lost = true;
            break;
        }
        f->next = w->fw->rules[rule].next;
        held = rule_share(w, &w->fw->rules[rule]);
        if (held != NONE)
            apply(w, &w->fw->rules[rule], rule, held);
    }
}

/* ---- what decided -------------------------------------------------------------------- */

struct answer { enum fw_result result; char evidence[320]; };

static void say(const struct walk *w, struct answer *a, enum fw_result result, uint32_t rule, const char *does)
{
    const struct fw_table *t = &w->fw->tables[w->chain->table];
    const char *program = t->source == FW_S_NFT ? "nftables" : t->source == FW_S_IPTABLES_NFT ? "iptables-nft" : "iptables-legacy";
    const char *family = t->families == FW_BOTH ? "inet" : t->families == FW_IP4 ? "ip" : "ip6";
    uint32_t chain = (uint32_t)(w->chain - w->fw->chains);
    char where[48];

    a->result = result;
    if (rule == FW_NONE) {
        snprintf(where, sizeof where, "policy %s", w->chain->policy == FW_V_DROP ? "drop" : "accept");
    } else {
        chain = w->fw->rules[rule].chain;
        snprintf(where, sizeof where, "%s %llu", t->source == FW_S_NFT ? "rule handle" : "rule number",
                 (unsigned long long)w->fw->rules[rule].handle);
    }
    snprintf(a->evidence, sizeof a->evidence, "%s: table %s %.60s, chain %.60s, %s %s", program, family, fw_text(w->fw, t->name),
             fw_text(w->fw, w->fw->chains[chain].name), where, does);
}

static void say_unsure(const struct walk *w, struct answer *a, const struct mark *m)
{
    uint8_t verdict = m->rule == FW_NONE ? FW_V_CONTINUE : w->fw->rules[m->rule].verdict;

    say(w, a, FW_UNKNOWN, m->rule, verdict == FW_V_ELSEWHERE ? "may rewrite the packet's destination"
        : verdict == FW_V_ANY ? "leaves the verdict to somebody else" : "holds a condition that is not understood");
}

/* The packet whose source nobody names is dropped: does any come through? */
static void ask_friends(struct fw *fw, const struct fw_chain *chain, const struct packet *packet, const struct walk *first, struct answer *a)
{
    struct packet p = *packet;
    struct walk w = {.fw = fw, .chain = chain, .packet = &p, .friendly = true};

    walk_chain(&w);
    fw->steps += w.steps;
    if (w.lost)
        say(&w, a, FW_UNKNOWN, FW_NONE, "is not reached within the bounds of an evaluation");
    else if (w.some[ACCEPTED].seen)
        say(&w, a, FW_LIMITED, w.some[ACCEPTED].rule, "accepts it from some addresses or interfaces only");
    else if (w.end == ACCEPTED)
        say(first, a, FW_LIMITED, first->end_rule, "drops it, but not from all addresses or interfaces");
    else if (w.unsure[ACCEPTED].seen)
        say_unsure(&w, a, &w.unsure[ACCEPTED]);
    else
        say(first, a, FW_CLOSED, first->end_rule, first->end_rule == FW_NONE ? "decides" : "drops it");
}

static void ask_chain(struct fw *fw, const struct fw_chain *chain, struct packet *packet, struct answer *a)
{
    struct walk w = {.fw = fw, .chain = chain, .packet = packet};
    struct packet before = *packet;

    if (fw->steps > MAX_STEPS) {
        say(&w, a, FW_UNKNOWN, FW_NONE, "is not reached: the rule set is too large for the questions asked");
        return;
    }
    walk_chain(&w);
    fw->steps += w.steps;
    if (w.lost)
        say(&w, a, FW_UNKNOWN, FW_NONE, "is not reached within the bounds of an evaluation");
    else if (w.unsure[!w.end].seen)
        say_unsure(&w, a, &w.unsure[!w.end]);
    else if (w.end == ACCEPTED)
        say(&w, a, FW_OPEN, w.end_rule, w.end_rule == FW_NONE ? "decides" : "accepts it");
    else
        ask_friends(fw, chain, &before, &w, a);
}

/* ---- all chains, all interfaces, both families ----------------------------------------- */

static bool concerns(const struct fw *fw, const struct fw_chain *c, enum fw_hook hook, const struct packet *p)
{
    const struct fw_table *t = &fw->tables[c->table];

    if (c->hook != hook || t->replaced || !(t->families & p->family))
        return false;
    return hook != FW_H_INGRESS || c->dev == FW_NONE || !p->iface || !strcmp(fw_text(fw, c->dev), p->iface);
}

/* How much a chain's word weighs when all of them must let the packet through. */
static int grip(enum fw_result r)
{
    return r == FW_CLOSED ? 3 : r == FW_UNKNOWN ? 2 : r == FW_LIMITED ? 1 : 0;
}

static void ask_packet(struct fw *fw, struct packet p, struct answer *a)
{
    bool any = false;

    *a = (struct answer){.result = FW_OPEN, .evidence = "no rule of a firewall stands before it"};
    for (int hook = FW_H_INGRESS; hook <= (p.rewritten ? FW_H_PREROUTING : FW_H_INPUT); hook++) {
        for (uint32_t i = 0; i < fw->nchains; i++) {
            struct answer one;

            if (!concerns(fw, &fw->chains[i], (enum fw_hook)hook, &p))
                continue;
            ask_chain(fw, &fw->chains[i], &p, &one);
            if (hook == FW_H_INGRESS && fw->chains[i].dev == FW_NONE && one.result != FW_OPEN)
                one.result = FW_UNKNOWN; /* nft 1.0 does not tell the device: it may be another one */
            if (grip(one.result) > grip(a->result) || (one.result == FW_OPEN && a->result == FW_OPEN && hook == FW_H_INPUT && !any))
                *a = one;
            any |= hook == FW_H_INPUT && one.result == FW_OPEN;
        }
    }
    if (a->result == FW_OPEN || a->result == FW_UNKNOWN)
        return;
    for (unsigned i = 0; i < fw->narrivals; i++)
        if (fw->arrivals[i] == p.port || fw->arrivals_full) {
            a->result = FW_UNKNOWN;
            snprintf(a->evidence, sizeof a->evidence, "a rule redirects packets for another port to port %u", p.port);
        }
}

/* Over the interfaces: open where a default route leads is open; elsewhere only, it is limited. */
static void ask_ifaces(struct fw *fw, const struct fw_question *q, struct packet p, struct answer *best)
{
    bool outside = false, have = false;

    for (unsigned i = 0; i < q->nifaces; i++)
        outside |= q->ifaces[i].outside;
    for (unsigned i = 0; i < q->nifaces || i == 0; i++) {
        struct answer one;

        p.iface = q->nifaces ? q->ifaces[i].name : NULL;
        ask_packet(fw, p, &one);
        if (q->nifaces && outside && !q->ifaces[i].outside && one.result == FW_OPEN)
            one.result = FW_LIMITED;
        if (!have || one.result > best->result)
            *best = one;
        have = true;
    }
}

enum fw_result fw_ask(struct fw *fw, const struct fw_question *q, char *evidence, size_t size)
{
    struct answer best = {.result = FW_UNKNOWN, .evidence = "neither IPv4 nor IPv6 was asked for"};
    bool have = false;

    for (unsigned k = 0; k < FAMILIES; k++) {
        struct packet p = {.family = 1u << k, .protocol = q->protocol, .port = q->port,
                           .address = q->families == FW_BOTH ? NULL : q->address};
        struct answer one;

        if (!(q->families & p.family))
            continue;
        ask_ifaces(fw, q, p, &one);
        if (!have || one.result > best.result)
            best = one;
        have = true;
    }
    if (fw->torn || (fw->blind && best.result != FW_CLOSED)) {
        best.result = FW_UNKNOWN;
        snprintf(best.evidence, sizeof best.evidence, "%s", fw->why);
    }
    snprintf(evidence, size, "%s", best.evidence);
    return best.result;
}
