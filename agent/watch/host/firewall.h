/* What the host's firewall does with a new packet from outside: a model of the
 * rules, read from nft or iptables, and one evaluator for both.
 *
 * Pure: text in, answers out.  Rules are untrusted text as far as the reader is
 * concerned (names and comments are free), so everything is bounded, and what
 * is not understood is never taken for a "no": a rule that cannot be judged
 * makes the answer "unknown" unless the packet's fate is the same either way.
 *
 * The question is about a packet that opens a connection (TCP SYN or a first
 * UDP datagram) from an address that no rule names.  A list of bad addresses
 * thus leaves a port "open"; a list of good ones makes it "limited".
 *
 * Owner: the caller of fw_new; one thread. */
#ifndef MM_AGENT_WATCH_HOST_FIREWALL_H
#define MM_AGENT_WATCH_HOST_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fw;

/* In the order from shut to open: of several ways in, the later word counts. */
enum fw_result { FW_CLOSED = 0, FW_LIMITED, FW_UNKNOWN, FW_OPEN };

enum fw_family { FW_IP4 = 1, FW_IP6 = 2, FW_BOTH = 3 };

/* A network interface of the host; `outside`: a default route leads through it. */
struct fw_iface { char name[16]; bool outside; };

struct fw_question {
    unsigned families;              /* FW_IP4, FW_IP6 or both: the answer is that of the more open one */
    unsigned protocol;              /* 6 TCP, 17 UDP */
    unsigned port;                  /* destination, host order */
    const unsigned char *address;   /* destination, 4 or 16 bytes by `families` (one of them); NULL: any of the host's */
    const struct fw_iface *ifaces;  /* the host's, without loopback; none: one with an unknown name */
    unsigned nifaces;
};

/* An empty model (everything is open); NULL without memory. */
struct fw *fw_new(void);
void fw_free(struct fw *fw);
/* Add what `nft -j list ruleset` printed (libnftables-json(5)).  MM_OK, MM_EFORMAT (every answer is then "unknown"), MM_ENOMEM. */
int fw_read_nft(struct fw *fw, const char *json, size_t n);
/* Add what iptables-save printed.  A line FW_SECTION FAMILY SOURCE ("ip" or "ip6", "legacy" or "nft") begins each
 * output; without one it is "ip legacy".  With "nft" a table here replaces the one that fw_read_nft read: it is the
 * same in the kernel, but nft cannot tell what the matches of iptables say.  MM_OK, MM_EFORMAT, MM_ENOMEM as above. */
int fw_read_iptables(struct fw *fw, const char *text, size_t n);
#define FW_SECTION "#mimamori-section "
/* A line that says that something could not be read, with the reason (fw_blind). */
#define FW_BLIND "#mimamori-blind "
/* Further rules stand on the host that could not be read; they can only shut more.  What is not "closed" already is
 * "unknown", with this reason (English, copied). */
void fw_blind(struct fw *fw, const char *why);
/* The answer, and one English line for operators: which rule or policy decides. */
enum fw_result fw_ask(struct fw *fw, const struct fw_question *q, char *evidence, size_t size);
/* "closed" "limited" "unknown" "open". */
const char *fw_word(enum fw_result r);

#endif
