/* The store of rules: arrays that grow to a bound; past it the model is torn and says so. */
#include "agent/watch/host/firewall_model.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"

/* Hosts with container platforms have some thousand rules; 1 MiB of text (LIM_SURVEY_FILE) cannot hold many more. */
#define MAX_TABLES 256
#define MAX_CHAINS 4096
#define MAX_RULES 32768
#define MAX_MATCHES 131072
#define MAX_VALUES 65536
#define MAX_TEXT (1u << 20)
#define IP_PROTOCOL_OTHER 256 /* past the protocol field's 8 bits */

struct fw *fw_new(void)
{
    struct fw *fw = calloc(1, sizeof *fw);

    if (fw)
        buf_init(&fw->text, MAX_TEXT);
    return fw;
}

void fw_free(struct fw *fw)
{
    if (!fw)
        return;
    free(fw->tables);
    free(fw->chains);
    free(fw->rules);
    free(fw->matches);
    free(fw->values);
    buf_fini(&fw->text);
    free(fw);
}

void fw_blind(struct fw *fw, const char *why)
{
    if (fw->blind || fw->torn)
        return;
    fw->blind = true;
    snprintf(fw->why, sizeof fw->why, "%s", why);
}

void fw_torn(struct fw *fw, const char *why)
{
    if (!fw->torn)
        snprintf(fw->why, sizeof fw->why, "%s", why);
    fw->torn = true;
}

/* Room for one more of `size` bytes; false: the model is torn. */
static bool room(struct fw *fw, void **items, uint32_t n, uint32_t *cap, size_t size, uint32_t max)
{
    uint32_t want = *cap ? *cap * 2 : 16;
    void *more;

    if (n < *cap)
        return true;
    if (want > max)
        want = max;
    more = n < max ? realloc(*items, want * size) : NULL;
    if (!more) {
        fw_torn(fw, "the rule set is larger than can be looked at");
        return false;
    }
    *items = more;
    *cap = want;
    return true;
}

uint32_t fw_text_add(struct fw *fw, const char *text)
{
    size_t at = fw->text.len;

    if (buf_add(&fw->text, text, strlen(text) + 1) == MM_OK)
        return (uint32_t)at;
    fw_torn(fw, "the names of the rule set are longer than can be looked at");
    return FW_NONE;
}

const char *fw_text(const struct fw *fw, uint32_t at)
{
    return at < fw->text.len ? fw->text.data + at : "";
}

uint32_t fw_table_add(struct fw *fw, const char *name, unsigned families, enum fw_source source)
{
    void *items = fw->tables;
    bool ok = room(fw, &items, fw->ntables, &fw->ctables, sizeof *fw->tables, MAX_TABLES);

    fw->tables = items;
    if (!ok)
        return FW_NONE;
    fw->tables[fw->ntables] = (struct fw_table){.name = fw_text_add(fw, name), .families = (uint8_t)families, .source = (uint8_t)source};
    return fw->ntables++;
}

uint32_t fw_chain_add(struct fw *fw, uint32_t table, const char *name)
{
    void *items = fw->chains;
    bool ok = room(fw, &items, fw->nchains, &fw->cchains, sizeof *fw->chains, MAX_CHAINS);

    fw->chains = items;
    if (!ok)
        return FW_NONE;
    fw->chains[fw->nchains] = (struct fw_chain){.table = table, .name = fw_text_add(fw, name), .dev = FW_NONE, .first = FW_NONE,
                                                .last = FW_NONE, .policy = FW_V_ACCEPT};
    return fw->nchains++;
}

uint32_t fw_chain_find(const struct fw *fw, uint32_t table, const char *name)
{
    for (uint32_t i = 0; i < fw->nchains; i++)
        if (fw->chains[i].table == table && !strcmp(fw_text(fw, fw->chains[i].name), name))
            return i;
    return FW_NONE;
}

uint32_t fw_value_add(struct fw *fw, const struct fw_value *v)
{
    void *items = fw->values;
    bool ok = room(fw, &items, fw->nvalues, &fw->cvalues, sizeof *fw->values, MAX_VALUES);

    fw->values = items;
    if (!ok)
        return FW_NONE;
    fw->values[fw->nvalues] = *v;
    return fw->nvalues++;
}

void fw_draft_match(struct fw_draft *d, struct fw_match m)
{
    if (d->n < FW_DRAFT_MATCHES)
        d->match[d->n++] = m;
    else
        d->match[FW_DRAFT_MATCHES - 1] = (struct fw_match){.kind = FW_M_FIXED, .fixed = FW_UNSURE};
}

void fw_draft_fixed(struct fw_draft *d, enum fw_holds holds, bool negate)
{
    fw_draft_match(d, (struct fw_match){.kind = FW_M_FIXED, .fixed = (uint8_t)(negate ? fw_not(holds) : holds)});
}

static bool matches_add(struct fw *fw, const struct fw_draft *d)
{
    for (unsigned i = 0; i < d->n; i++) {
        void *items = fw->matches;
        bool ok = room(fw, &items, fw->nmatches, &fw->cmatches, sizeof *fw->matches, MAX_MATCHES);

        fw->matches = items;
        if (!ok)
            return false;
        fw->matches[fw->nmatches++] = d->match[i];
    }
    return true;
}

void fw_rule_add(struct fw *fw, uint32_t chain, const struct fw_draft *d)
{
    uint32_t first = fw->nmatches;
    void *items = fw->rules;
    struct fw_chain *c;
    bool ok = room(fw, &items, fw->nrules, &fw->crules, sizeof *fw->rules, MAX_RULES);

    fw->rules = items;
    if (!ok || chain >= fw->nchains || !matches_add(fw, d))
        return;
    c = &fw->chains[chain];
    fw->rules[fw->nrules] = (struct fw_rule){.first = first, .count = d->n, .target = d->target, .next = FW_NONE, .chain = chain, .handle = d->handle,
                                             .verdict = d->verdict};
    if (c->last == FW_NONE)
        c->first = fw->nrules;
    else
        fw->rules[c->last].next = fw->nrules;
    c->last = fw->nrules++;
}

void fw_arrival_add(struct fw *fw, unsigned port)
{
    if (fw->narrivals < FW_ARRIVALS)
        fw->arrivals[fw->narrivals++] = (uint16_t)port;
    else
        fw->arrivals_full = true;
}

/* ---- words ------------------------------------------------------------------------ */

unsigned fw_protocol(const char *word)
{
    static const struct { const char *word; unsigned number; } NAMES[] = {
        {"tcp", 6}, {"udp", 17}, {"icmp", 1}, {"icmpv6", 58}, {"ipv6-icmp", 58}, {"igmp", 2}, {"sctp", 132}, {"gre", 47}, {"esp", 50}, {"ah", 51},
    };
    char *end;
    unsigned long n;

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (!strcmp(word, NAMES[i].word))
            return NAMES[i].number;
    n = strtoul(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end && n < IP_PROTOCOL_OTHER ? (unsigned)n : IP_PROTOCOL_OTHER;
}

unsigned fw_tcp_flag(const char *word)
{
    static const char *const FLAGS[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"};

    for (unsigned i = 0; i < sizeof FLAGS / sizeof *FLAGS; i++)
        if (!strcasecmp(word, FLAGS[i]))
            return 1u << i;
    if (!strcasecmp(word, "ece"))
        return 0x40;
    return strcasecmp(word, "all") ? 0 : 0x3f;
}

enum fw_holds fw_not(enum fw_holds h)
{
    static const enum fw_holds NOT[] = {[FW_NO] = FW_YES, [FW_UNSURE] = FW_UNSURE, [FW_RARELY] = FW_MOSTLY, [FW_MOSTLY] = FW_RARELY,
                                        [FW_YES] = FW_NO};

    return NOT[h];
}

/* One address of either family into `bytes`; its length, 0: none. */
static unsigned one_address(const char *text, size_t n, unsigned char bytes[16])
{
    char copy[64];

    if (n >= sizeof copy)
        return 0;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (inet_pton(AF_INET, copy, bytes) == 1)
        return 4;
    return inet_pton(AF_INET6, copy, bytes) == 1 ? 16 : 0;
}

/* Widen from == to by a mask; only leading ones are a prefix. */
static int widen(struct fw_value *v, const unsigned char *mask, unsigned n)
{
    unsigned bits = 0;

    while (bits < n * 8 && (mask[bits / 8] >> (7 - bits % 8) & 1))
        bits++;
    for (unsigned i = bits; i < n * 8; i++)
        if (mask[i / 8] >> (7 - i % 8) & 1)
            return MM_EFORMAT;
    for (unsigned i = 0; i < n; i++) {
        v->from[i] &= mask[i];
        v->to[i] = (unsigned char)(v->from[i] | (unsigned char)~mask[i]);
    }
    v->hi = bits;
    return MM_OK;
}

static int prefix_mask(const char *text, int bits, unsigned n, unsigned char mask[16])
{
    char *end;
    long k = bits;

    if (bits < 0) {
        if (one_address(text, strlen(text), mask) == n)
            return MM_OK;
        k = strtol(text, &end, 10);
        if (*text < '0' || *text > '9' || *end)
            return MM_EFORMAT;
    }
    if (k > (long)n * 8)
        return MM_EFORMAT;
    for (unsigned i = 0; i < n; i++)
        mask[i] = (unsigned char)(k >= (long)(i + 1) * 8 ? 0xff : k <= (long)i * 8 ? 0 : 0xff << (8 - (k - (long)i * 8)));
    return MM_OK;
}

int fw_address(const char *text, int bits, struct fw_value *out)
{
    size_t n = strcspn(text, "/-");
    struct fw_value v = {0};
    unsigned char mask[16];
    unsigned len = one_address(text, n, v.from);

    if (!len)
        return MM_EFORMAT;
    memcpy(v.to, v.from, sizeof v.to);
    v.lo = len == 4 ? FW_IP4 : FW_IP6;
    v.hi = len * 8;
    if (text[n] == '-') {
        if (one_address(text + n + 1, strlen(text + n + 1), v.to) != len)
            return MM_EFORMAT;
    } else if (text[n] == '/' || bits >= 0) {
        if (prefix_mask(text[n] == '/' ? text + n + 1 : "", text[n] == '/' ? -1 : bits, len, mask) || widen(&v, mask, len))
            return MM_EFORMAT;
    }
    *out = v;
    return MM_OK;
}

#define WIDE_BITS 3 /* a prefix as short as this holds at least an eighth of all addresses: anybody's */

enum fw_holds fw_source_holds(const struct fw_value *v)
{
    static const unsigned char LOOPBACK6[16] = {[15] = 1};

    if (v->lo == FW_IP4 && v->from[0] == 127 && v->to[0] == 127)
        return FW_NO; /* the kernel takes no such source from a network */
    if (v->lo == FW_IP6 && !memcmp(v->from, LOOPBACK6, 16) && !memcmp(v->to, LOOPBACK6, 16))
        return FW_NO;
    return v->hi <= WIDE_BITS ? FW_YES : FW_RARELY;
}
