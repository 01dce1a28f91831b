/* iptables-save into the model: one line a rule, words with their quotes, options of iptables(8) and
 * iptables-extensions(8).  An option that is not known here makes its rule "not understood". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/firewall_model.h"
#include "lib/err.h"

#define MAX_WORDS 128      /* of one line: the longest of ufw and firewalld have about 30 */
#define MAX_LINE 8192      /* one line: a comment has at most 256 bytes */
#define PORT_MAX 65535

struct line { char *word[MAX_WORDS]; unsigned n, at; };

struct reader {
    struct fw *fw;
    unsigned family;
    enum fw_source source;
    uint32_t table;         /* FW_NONE: between tables */
    uint32_t chain;         /* the last one asked for: rules of a chain follow each other */
    struct line line;
    struct fw_draft draft;
    bool negate;            /* of the option at hand */
};

/* ---- words --------------------------------------------------------------------------- */

/* Cut the line into words; quotes "..." with \" inside.  false: too many. */
static bool split(char *text, struct line *l)
{
    char *in = text, *out;

    l->n = l->at = 0;
    for (;;) {
        in += strspn(in, " \t");
        if (!*in)
            return true;
        if (l->n == MAX_WORDS)
            return false;
        l->word[l->n++] = out = in;
        if (*in == '"') {
            for (in++; *in && *in != '"'; in++) {
                if (*in == '\\' && in[1])
                    in++;
                *out++ = *in;
            }
            in += *in == '"';
        } else {
            size_t len = strcspn(in, " \t");

            in += len;
            out += len;
        }
        if (*in)
            in++;
        *out = '\0';
    }
}

static const char *next_word(struct line *l)
{
    return l->at < l->n ? l->word[l->at++] : "";
}

static void unsure(struct reader *r)
{
    fw_draft_fixed(&r->draft, FW_UNSURE, false);
}

static void fixed(struct reader *r, enum fw_holds h)
{
    fw_draft_fixed(&r->draft, h, r->negate);
}

/* ---- matches ---------------------------------------------------------------------------- */

static void protocol(struct reader *r, const char *word)
{
    struct fw_match m = {.kind = FW_M_PROTOCOL, .negate = r->negate, .first = r->fw->nvalues, .count = 1};
    unsigned p = fw_protocol(word);

    if (!strcmp(word, "all") || !strcmp(word, "0"))
        fixed(r, FW_YES);
    else if (fw_value_add(r->fw, &(struct fw_value){.lo = p, .hi = p}) != FW_NONE)
        fw_draft_match(&r->draft, m);
}

/* "22", "80:90", ":1023", "22,80:90" */
static void ports(struct reader *r, const char *word)
{
    struct fw_match m = {.kind = FW_M_PORT, .negate = r->negate, .first = r->fw->nvalues};
    char *end;

    for (;;) {
        struct fw_value v = {0};

        v.lo = *word == ':' ? 0 : (uint32_t)strtoul(word, &end, 10);
        if (*word == ':')
            end = (char *)(uintptr_t)word;
        else if (*word < '0' || *word > '9')
            break;
        v.hi = v.lo;
        if (*end == ':') {
            word = end + 1;
            v.hi = *word >= '0' && *word <= '9' ? (uint32_t)strtoul(word, &end, 10) : PORT_MAX;
            if (*word < '0' || *word > '9')
                end = (char *)(uintptr_t)word;
        }
        if (v.lo > PORT_MAX || v.hi > PORT_MAX || fw_value_add(r->fw, &v) == FW_NONE)
            break;
        m.count++;
        if (!*end) {
            fw_draft_match(&r->draft, m);
            return;
        }
        if (*end != ',')
            break;
        word = end + 1;
    }
    unsure(r);
}

static void source_address(struct reader *r, const char *word)
{
    struct fw_value v;

    fixed(r, fw_address(word, -1, &v) ? FW_RARELY : fw_source_holds(&v));
}

static void target_address(struct reader *r, const char *word)
{
    struct fw_match m = {.kind = FW_M_DADDR, .negate = r->negate, .first = r->fw->nvalues, .count = 1};
    struct fw_value v;

    if (fw_address(word, -1, &v) || fw_value_add(r->fw, &v) == FW_NONE)
        unsure(r);
    else
        fw_draft_match(&r->draft, m);
}

/* "eth0"; "eth+" is a prefix */
static void iface(struct reader *r, const char *word)
{
    struct fw_match m = {.kind = FW_M_IIF, .negate = r->negate, .first = r->fw->nvalues, .count = 1};
    char name[64];
    size_t n = strlen(word);
    uint32_t at;

    if (n >= sizeof name) {
        unsure(r);
        return;
    }
    memcpy(name, word, n + 1);
    if (n && name[n - 1] == '+')
        name[n - 1] = '*';
    at = fw_text_add(r->fw, name);
    if (at != FW_NONE && fw_value_add(r->fw, &(struct fw_value){.lo = at}) != FW_NONE)
        fw_draft_match(&r->draft, m);
}

/* Is one of the words between commas `want`? */
static bool lists(const char *words, const char *want)
{
    size_t n = strlen(want);

    for (;; words++) {
        if (!strncmp(words, want, n) && (words[n] == ',' || !words[n]))
            return true;
        words = strchr(words, ',');
        if (!words)
            return false;
    }
}

static void state(struct reader *r, const char *words)
{
    fw_draft_match(&r->draft, (struct fw_match){.kind = FW_M_CT_NEW, .fixed = lists(words, "NEW"), .negate = r->negate});
}

static unsigned flags_of(const char *words)
{
    unsigned bits = 0;
    char one[8];

    for (;; words++) {
        size_t n = strcspn(words, ",");

        if (n < sizeof one) {
            memcpy(one, words, n);
            one[n] = '\0';
            bits |= fw_tcp_flag(one);
        }
        words += n;
        if (!*words)
            return bits;
    }
}

static void tcp_flags(struct reader *r, const char *words)
{
    unsigned mask = flags_of(words);

    fixed(r, (FW_SYN & mask) == flags_of(next_word(&r->line)) ? FW_YES : FW_NO);
}

static void target_type(struct reader *r, const char *word) { fixed(r, lists(word, "LOCAL") ? FW_YES : FW_NO); }
static void source_type(struct reader *r, const char *word) { fixed(r, lists(word, "UNICAST") ? FW_YES : FW_NO); }
static void packet_type(struct reader *r, const char *word) { fixed(r, !strcmp(word, "unicast") ? FW_YES : FW_NO); }
static void policy(struct reader *r, const char *word) { fixed(r, !strcmp(word, "none") ? FW_MOSTLY : FW_RARELY); }

/* `--match-set NAME src`: a list of addresses of who sends. */
static void match_set(struct reader *r, const char *name)
{
    (void)name;
    if (strcmp(next_word(&r->line), "src"))
        unsure(r);
    else
        fixed(r, FW_RARELY);
}

static void rare(struct reader *r, const char *word) { (void)word; fixed(r, FW_RARELY); }
static void usual(struct reader *r, const char *word) { (void)word; fixed(r, FW_MOSTLY); }
static void never(struct reader *r, const char *word) { (void)word; fixed(r, FW_NO); }
static void nothing(struct reader *r, const char *word) { (void)r; (void)word; }
static void syn(struct reader *r, const char *word) { (void)word; fixed(r, FW_YES); }

/* What stands behind an option: `words` of them are taken, the first is handed over. */
static const struct option {
    const char *name;
    unsigned words;
    void (*take)(struct reader *r, const char *word);
} OPTIONS[] = {
    {"-p", 1, protocol}, {"-s", 1, source_address}, {"-d", 1, target_address}, {"-i", 1, iface}, {"-f", 0, never},
    {"--dport", 1, ports}, {"--dports", 1, ports}, {"--sport", 1, rare}, {"--sports", 1, rare}, {"--src-range", 1, source_address},
    {"--dst-range", 1, target_address}, {"--ctstate", 1, state}, {"--state", 1, state}, {"--tcp-flags", 1, tcp_flags}, {"--syn", 0, syn},
    {"--dst-type", 1, target_type}, {"--src-type", 1, source_type}, {"--pkt-type", 1, packet_type}, {"--match-set", 1, match_set},
    {"--mac-source", 1, rare}, {"--pol", 1, policy}, {"--dir", 1, nothing}, {"--rt-type", 1, never}, {"--icmp-type", 1, never},
    {"--icmpv6-type", 1, never}, {"--comment", 1, nothing},
    /* bounds on rates and counts: a first packet stays below */
    {"--limit", 1, usual}, {"--limit-burst", 1, nothing}, {"--hashlimit-upto", 1, usual}, {"--hashlimit-above", 1, rare},
    {"--hashlimit-burst", 1, nothing}, {"--hashlimit-mode", 1, nothing}, {"--hashlimit-name", 1, nothing}, {"--hashlimit-htable-expire", 1, nothing},
    {"--hashlimit-htable-size", 1, nothing}, {"--hashlimit-htable-max", 1, nothing}, {"--hashlimit-srcmask", 1, nothing},
    {"--connlimit-above", 1, rare}, {"--connlimit-upto", 1, usual}, {"--connlimit-mask", 1, nothing}, {"--connlimit-saddr", 0, nothing},
    /* addresses seen before */
    {"--set", 0, nothing}, {"--update", 0, rare}, {"--rcheck", 0, rare}, {"--remove", 0, rare}, {"--seconds", 1, nothing}, {"--hitcount", 1, nothing},
    {"--name", 1, nothing}, {"--mask", 1, nothing}, {"--rsource", 0, nothing}, {"--reap", 0, nothing}, {"--rttl", 0, nothing},
    /* a packet that has a way back: reverse path */
    {"--invert", 0, never}, {"--loose", 0, nothing}, {"--validmark", 0, nothing}, {"--accept-local", 0, nothing},
};

/* -m NAME: these say nothing before one of their options does. */
static bool silent_module(const char *name)
{
    static const char *const SILENT[] = {"tcp", "udp", "multiport", "conntrack", "state", "comment", "limit", "hashlimit", "connlimit", "addrtype",
                                         "pkttype", "recent", "set", "mac", "policy", "iprange", "rt", "icmp", "icmp6", "icmpv6", "rpfilter", "hl"};

    for (size_t i = 0; i < sizeof SILENT / sizeof *SILENT; i++)
        if (!strcmp(name, SILENT[i]))
            return true;
    return false;
}

/* ---- targets ---------------------------------------------------------------------------- */

static uint32_t chain_of(struct reader *r, const char *name)
{
    if (r->chain == FW_NONE || strcmp(fw_text(r->fw, r->fw->chains[r->chain].name), name))
        r->chain = fw_chain_find(r->fw, r->table, name);
    return r->chain;
}

static void target(struct reader *r, const char *name, bool go)
{
    static const struct { const char *name; enum fw_verdict verdict; } TARGETS[] = {
        {"ACCEPT", FW_V_ACCEPT}, {"DROP", FW_V_DROP}, {"REJECT", FW_V_DROP}, {"TARPIT", FW_V_DROP}, {"RETURN", FW_V_RETURN},
        {"LOG", FW_V_CONTINUE}, {"NFLOG", FW_V_CONTINUE}, {"ULOG", FW_V_CONTINUE}, {"MARK", FW_V_CONTINUE}, {"CONNMARK", FW_V_CONTINUE},
        {"TCPMSS", FW_V_CONTINUE}, {"CLASSIFY", FW_V_CONTINUE}, {"TRACE", FW_V_CONTINUE}, {"AUDIT", FW_V_CONTINUE}, {"DSCP", FW_V_CONTINUE},
        {"CHECKSUM", FW_V_CONTINUE}, {"SET", FW_V_CONTINUE}, {"NOTRACK", FW_V_NOTRACK}, {"CT", FW_V_NOTRACK}, {"DNAT", FW_V_ELSEWHERE},
        {"REDIRECT", FW_V_ELSEWHERE}, {"TPROXY", FW_V_ELSEWHERE}, {"NETMAP", FW_V_ELSEWHERE}, {"SNAT", FW_V_ACCEPT}, {"MASQUERADE", FW_V_ACCEPT},
    };

    for (size_t i = 0; i < sizeof TARGETS / sizeof *TARGETS; i++)
        if (!strcmp(name, TARGETS[i].name)) {
            r->draft.verdict = (uint8_t)TARGETS[i].verdict;
            return;
        }
    r->draft.target = fw_chain_find(r->fw, r->table, name);
    r->draft.verdict = (uint8_t)(r->draft.target == FW_NONE ? FW_V_ANY : go ? FW_V_GOTO : FW_V_JUMP);
}

/* Options of a target: what matters is where a redirection leads. */
static void target_options(struct reader *r)
{
    while (r->line.at < r->line.n) {
        const char *word = next_word(&r->line), *to;

        if (r->draft.verdict != FW_V_ELSEWHERE || (strcmp(word, "--to-ports") && strcmp(word, "--to-destination") && strcmp(word, "--on-port")))
            continue;
        to = next_word(&r->line);
        if (!strcmp(word, "--to-destination")) { /* without a port it stays the same */
            to = strrchr(to, ':');
            if (!to)
                continue;
            to++;
        }
        if (*to && !to[strspn(to, "0123456789")])
            fw_arrival_add(r->fw, (unsigned)strtoul(to, NULL, 10) & PORT_MAX);
        else
            r->fw->arrivals_full = true;
    }
}

/* ---- lines ------------------------------------------------------------------------------- */

/* An option that is not known: its words end at the next option. */
static void skip_unknown(struct reader *r)
{
    unsure(r);
    while (r->line.at < r->line.n && r->line.word[r->line.at][0] != '-' && strcmp(r->line.word[r->line.at], "!"))
        r->line.at++;
}

static void read_option(struct reader *r, const char *name)
{
    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++)
        if (!strcmp(name, OPTIONS[i].name)) {
            OPTIONS[i].take(r, OPTIONS[i].words ? next_word(&r->line) : "");
            return;
        }
    if (!strcmp(name, "-m")) {
        if (!silent_module(next_word(&r->line)))
            unsure(r);
    } else {
        skip_unknown(r);
    }
}

static void read_rule(struct reader *r)
{
    uint32_t chain = chain_of(r, next_word(&r->line));

    if (chain == FW_NONE) {
        fw_torn(r->fw, "a rule of iptables stands in no chain");
        return;
    }
    r->draft = (struct fw_draft){.target = FW_NONE, .handle = ++r->fw->chains[chain].rules};
    while (r->line.at < r->line.n) {
        const char *word = next_word(&r->line);

        r->negate = !strcmp(word, "!");
        if (r->negate)
            word = next_word(&r->line);
        if (!strcmp(word, "-j") || !strcmp(word, "-g")) {
            target(r, next_word(&r->line), !strcmp(word, "-g"));
            target_options(r);
        } else {
            read_option(r, word);
        }
    }
    fw_rule_add(r->fw, chain, &r->draft);
}

/* ":INPUT DROP [0:0]" */
static void read_chain(struct reader *r, const char *name)
{
    static const struct { const char *table, *chain; enum fw_hook hook; } HOOKS[] = {
        {"raw", "PREROUTING", FW_H_PREROUTING}, {"mangle", "PREROUTING", FW_H_PREROUTING}, {"nat", "PREROUTING", FW_H_PREROUTING},
        {"mangle", "INPUT", FW_H_INPUT}, {"filter", "INPUT", FW_H_INPUT}, {"security", "INPUT", FW_H_INPUT}, {"nat", "INPUT", FW_H_INPUT},
    };
    uint32_t at = fw_chain_add(r->fw, r->table, name);
    const char *table;
    struct fw_chain *c;

    if (at == FW_NONE)
        return;
    c = &r->fw->chains[at];
    c->policy = strcmp(next_word(&r->line), "DROP") ? FW_V_ACCEPT : FW_V_DROP;
    table = fw_text(r->fw, r->fw->tables[r->table].name); /* now: a new name may have moved all of them */
    for (size_t i = 0; i < sizeof HOOKS / sizeof *HOOKS; i++)
        if (!strcmp(table, HOOKS[i].table) && !strcmp(fw_text(r->fw, c->name), HOOKS[i].chain))
            c->hook = (uint8_t)HOOKS[i].hook;
}

/* "*filter": the same table of the kernel, told by nft without what its matches say, counts no more. */
static void read_table(struct reader *r, const char *name)
{
    if (r->source == FW_S_IPTABLES_NFT)
        for (uint32_t i = 0; i < r->fw->ntables; i++)
            if (r->fw->tables[i].source == FW_S_NFT && r->fw->tables[i].families == r->family && !strcmp(fw_text(r->fw, r->fw->tables[i].name), name))
                r->fw->tables[i].replaced = true;
    r->table = fw_table_add(r->fw, name, r->family, r->source);
    r->chain = FW_NONE;
}

static void read_section(struct reader *r, const char *text)
{
    r->family = !strncmp(text, "ip6 ", 4) ? FW_IP6 : FW_IP4;
    r->source = strstr(text, " nft") ? FW_S_IPTABLES_NFT : FW_S_IPTABLES_LEGACY;
    r->table = FW_NONE;
}

static int read_line(struct reader *r, char *text)
{
    const char *first;

    if (!strncmp(text, FW_SECTION, sizeof FW_SECTION - 1)) {
        read_section(r, text + sizeof FW_SECTION - 1);
        return MM_OK;
    }
    if (!strncmp(text, FW_BLIND, sizeof FW_BLIND - 1))
        fw_blind(r->fw, text + sizeof FW_BLIND - 1);
    if (*text == '#')
        return MM_OK; /* "# Table `x' is incompatible": it stays as nft tells it */
    if (!split(text, &r->line))
        return MM_EFORMAT;
    first = next_word(&r->line);
    if (!*first)
        return MM_OK;
    if (*first == '*') {
        read_table(r, first + 1);
        return MM_OK;
    }
    if (r->table == FW_NONE)
        return MM_EFORMAT;
    if (!strcmp(first, "COMMIT"))
        r->table = FW_NONE;
    else if (*first == ':')
        read_chain(r, first + 1);
    else if (!strcmp(first, "-A"))
        read_rule(r);
    else
        return MM_EFORMAT;
    return MM_OK;
}

int fw_read_iptables(struct fw *fw, const char *text, size_t n)
{
    struct reader r = {.fw = fw, .family = FW_IP4, .source = FW_S_IPTABLES_LEGACY, .table = FW_NONE, .chain = FW_NONE};
    char *line = malloc(MAX_LINE);
    int rc = line ? MM_OK : MM_ENOMEM;

    for (size_t at = 0; rc == MM_OK && at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t len = end ? (size_t)(end - (text + at)) : n - at;

        if (len < MAX_LINE && !memchr(text + at, '\0', len)) {
            memcpy(line, text + at, len);
            line[len] = '\0';
            rc = read_line(&r, line);
        } else {
            rc = MM_EFORMAT;
        }
        at += len + 1;
    }
    free(line);
    if (rc)
        fw_torn(fw, "the output of iptables-save was not understood");
    return rc;
}
