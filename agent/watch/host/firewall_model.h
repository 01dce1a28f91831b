/* The rules as the evaluator sees them; filled by the two readers only. */
#ifndef MM_AGENT_WATCH_HOST_FIREWALL_MODEL_H
#define MM_AGENT_WATCH_HOST_FIREWALL_MODEL_H

#include "agent/watch/host/firewall.h"
#include "lib/buf.h"

#define FW_NONE UINT32_MAX
#define FW_DRAFT_MATCHES 64 /* of one rule: the kernel's own limit is 128 expressions, two make a match */
#define FW_ARRIVALS 64      /* ports that other ports are redirected to */

/* Does a match hold for the packet of the question? */
enum fw_holds {
    FW_NO = 0,   /* never */
    FW_UNSURE,   /* not understood */
    FW_RARELY,   /* only for packets of some addresses or interfaces: not for one that nobody names */
    FW_MOSTLY,   /* for all but some */
    FW_YES,
};

enum fw_kind { FW_M_FIXED = 0, FW_M_FAMILY, FW_M_PROTOCOL, FW_M_PORT, FW_M_IIF, FW_M_DADDR, FW_M_CT_NEW };

/* Part of a match: numbers (ports, protocols), a name (text at `lo`, "eth*" is a prefix), or addresses (`lo`: the family). */
struct fw_value { uint32_t lo, hi; unsigned char from[16], to[16]; };

struct fw_match {
    uint8_t kind;           /* enum fw_kind */
    uint8_t fixed;          /* FW_M_FIXED: enum fw_holds; FW_M_FAMILY: enum fw_family; FW_M_CT_NEW: 1 when "new" is named */
    bool negate;
    uint32_t first, count;  /* values */
};

enum fw_verdict {
    FW_V_CONTINUE = 0, FW_V_ACCEPT, FW_V_DROP /* reject too */, FW_V_RETURN, FW_V_JUMP, FW_V_GOTO,
    FW_V_ANY,       /* decided by somebody else (a queue, a target that is not understood) */
    FW_V_ELSEWHERE, /* the destination is rewritten: the packet does not come to this port */
    FW_V_NOTRACK,   /* connection tracking does not see it */
};

struct fw_rule {
    uint32_t first, count;  /* matches: all must hold */
    uint32_t target;        /* chain of JUMP and GOTO */
    uint32_t next, chain;   /* in the chain; which */
    uint64_t handle;        /* nft: its handle; iptables: its number in the chain, from 1 */
    uint8_t verdict;
};

enum fw_hook { FW_H_NONE = 0, FW_H_INGRESS, FW_H_PREROUTING, FW_H_INPUT, FW_H_OTHER };

struct fw_chain {
    uint32_t table, name;   /* index; text */
    uint32_t dev;           /* text of the device of an ingress chain, else FW_NONE */
    uint32_t first, last;   /* rules */
    uint32_t rules;
    uint8_t hook;           /* enum fw_hook */
    uint8_t policy;         /* FW_V_ACCEPT or FW_V_DROP */
};

enum fw_source { FW_S_NFT = 0, FW_S_IPTABLES_NFT, FW_S_IPTABLES_LEGACY };

struct fw_table { uint32_t name; uint8_t families; uint8_t source; bool replaced; };

struct fw {
    struct fw_table *tables;
    struct fw_chain *chains;
    struct fw_rule *rules;
    struct fw_match *matches;
    struct fw_value *values;
    uint32_t ntables, nchains, nrules, nmatches, nvalues;
    uint32_t ctables, cchains, crules, cmatches, cvalues;
    struct buf text;        /* names, NUL-terminated, told by their offset */
    uint64_t steps;         /* rules looked at by all answers so far */
    unsigned narrivals;
    uint16_t arrivals[FW_ARRIVALS];
    bool arrivals_full;
    bool blind;             /* rules stand beside these that are not known: they can only shut more */
    bool torn;              /* these rules are not whole: nothing is sure */
    char why[200];
};

/* A rule being read. */
struct fw_draft {
    struct fw_match match[FW_DRAFT_MATCHES];
    unsigned n;
    uint8_t verdict;
    uint32_t target;
    uint64_t handle;
};

/* Rules are missing among those that were read: every answer is "unknown", with this reason. */
void fw_torn(struct fw *fw, const char *why);
/* Text kept in the model; FW_NONE (and the model is torn) when a limit is reached. */
uint32_t fw_text_add(struct fw *fw, const char *text);
/* The text of an offset, "" for FW_NONE; valid until the next fw_text_add, fw_table_add or fw_chain_add. */
const char *fw_text(const struct fw *fw, uint32_t at);
/* A new table; its index or FW_NONE. */
uint32_t fw_table_add(struct fw *fw, const char *name, unsigned families, enum fw_source source);
/* A new chain without a hook; its index or FW_NONE. */
uint32_t fw_chain_add(struct fw *fw, uint32_t table, const char *name);
/* The chain of that name in the table, or FW_NONE. */
uint32_t fw_chain_find(const struct fw *fw, uint32_t table, const char *name);
/* One more value; its index or FW_NONE.  The values of one match follow each other. */
uint32_t fw_value_add(struct fw *fw, const struct fw_value *v);
/* One more match of a draft; too many: the rule is not understood. */
void fw_draft_match(struct fw_draft *d, struct fw_match m);
/* A match whose answer is known already. */
void fw_draft_fixed(struct fw_draft *d, enum fw_holds holds, bool negate);
/* Append the draft to the chain. */
void fw_rule_add(struct fw *fw, uint32_t chain, const struct fw_draft *d);
/* Another port is redirected to this one. */
void fw_arrival_add(struct fw *fw, unsigned port);

/* ---- words that both readers meet ------------------------------------------------- */
/* The number of a protocol's name or number; 256 for one that is neither TCP nor UDP nor known here. */
unsigned fw_protocol(const char *word);
/* An address, prefix ("10.0.0.0/8", "10.0.0.0/255.0.0.0") or range ("1.2.3.4-1.2.3.9"); `bits` < 0: as the text says.
 * MM_OK or MM_EFORMAT. */
int fw_address(const char *text, int bits, struct fw_value *out);
/* How a source address in these bounds holds for a packet that nobody names. */
enum fw_holds fw_source_holds(const struct fw_value *v);
/* The opposite. */
enum fw_holds fw_not(enum fw_holds h);
/* Names of TCP flags ("syn", "SYN") as the bits of a TCP header; 0: no such flag. */
unsigned fw_tcp_flag(const char *word);
#define FW_SYN 0x02u

#endif
