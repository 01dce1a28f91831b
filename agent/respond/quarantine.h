/* Network quarantine: our own nftables table `inet mimamori_quarantine`.
 *
 * The program /usr/sbin/nft is run by absolute path with an empty environment
 * and the rules on standard input, one atomic transaction (nft(8) -f -).
 * Hooks input, output, forward at priority -400 (before everybody else's
 * filters), policy drop, IPv4 and IPv6; established connections die because
 * no conntrack state is consulted.  Hook postrouting at 400 asks once more where
 * a packet goes, behind everybody else's address translation: a console that only
 * a redirection of this host reaches is not reached.  Allowed: loopback, the console's pinned
 * addresses and port with what path MTU discovery needs, DHCP, neighbour and
 * multicast listener discovery, the responder's lane.
 * Kernel state outlives the agent; the order is persisted first
 * (STATE/guard/quarantine.json, durable) so that a boot unit can re-apply it.
 * One thread at a time, and each call blocks for the length of its nft calls and of
 * the self-test (bounded by the time box); quarantine_active() from any thread, at
 * once. */
#ifndef MM_AGENT_RESPOND_QUARANTINE_H
#define MM_AGENT_RESPOND_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/limits.h"

struct quarantine;

struct net_peer { uint32_t family; /* 4, 6 */ uint8_t address[16]; uint16_t port; };

struct quarantine_order {
    char incident[LIM_ID], command[LIM_ID];
    char by[LIM_TITLE];              /* operator, "uid 0", "rule NAME" */
    int64_t since_wall_ns;
    bool hold_without_console;       /* keep the quarantine when the console cannot be reached */
    struct net_peer allowed[16];
    unsigned nallowed;
};

struct quarantine_test {             /* packets, not promises */
    bool in_force;                   /* the order's rules are in place */
    int console_reachable;           /* 1 yes, 0 no, -1 none configured or not tried */
    int canary_v4_blocked, canary_v6_blocked; /* 1 blocked by us, 0 leaked, -1 no such route here */
};

/* `state_dir`: where the order is persisted.  Reads a persisted order back.
 * `canary`: "v4,v6" addresses (optionally addr:port / [addr]:port) that must not be
 * reachable in quarantine; empty: documentation addresses through the default route. */
int quarantine_new(struct quarantine **out, const char *state_dir, const char *canary);
void quarantine_free(struct quarantine *q);
/* Persist, apply, test that nothing leaves (the canaries of `out`; its console is left at -1).  When the rules cannot be
 * put (MM_EIO, `in_force` false) everything is as it was before.  On a failed test the rules stay and the error says so
 * (MM_ESTATE); so they do when the disk does not keep the order (another error).  Unless it leaks, an order that does not
 * hold without the console then waits for quarantine_console(). */
int quarantine_apply(struct quarantine *q, const struct quarantine_order *order, struct quarantine_test *out);
/* What a try to reach the console from inside gave; `last`: there will be no other.  MM_OK: the order stays in force;
 * MM_EAGAIN: it is, and should be tried again (also when it cannot be taken back); MM_ETIMEOUT: it does not hold without
 * the console, and what was before the first order that waited is in force: an earlier one, or none. */
int quarantine_console(struct quarantine *q, bool reached, bool last);
int quarantine_release(struct quarantine *q); /* an error: as it was */
/* An order is in force; it is copied to `out` (may be NULL).  While one is being applied: the answer of before. */
bool quarantine_active(const struct quarantine *q, struct quarantine_order *out);
/* Compare the kernel's table with what was applied; repair when it differs.
 * 0: as it should be, 1: was repaired (also when a boot had left the kernel without
 * the table), negative: error. */
int quarantine_repair(struct quarantine *q);

#endif
