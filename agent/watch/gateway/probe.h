/* Asking the company's own gateways who they are: light, normal questions.
 *
 * Runs in a process of its own (mimamorid-probe) without files, root or the
 * device's key: an answer from the network is as hostile as it gets.  Only the
 * targets that core names are asked, only at the addresses that core resolved,
 * redirects are told and never followed, nothing is decompressed, a certificate
 * need not verify (it is told instead).  Blocking and one thread: the process has nothing
 * else to do; every question ends after LIM_GATEWAY_MS and LIM_GATEWAY_ANSWER bytes.
 *
 * Bytes of an answer, by source: HTTPS "HTTP/1.1 200 OK\r\n", headers, an empty line and the body, as
 * they came; TLS lines "protocol=", "subject=", "issuer=", "not_before=", "not_after=" (RFC 3339), "serial=",
 * "names=", "self_signed=", one handshake per target without a question of the rules; SSH the
 * server's identification line (RFC 4253 section 4.2); IKE the answer to one IKE_SA_INIT (RFC 7296) with its vendor ids, as they
 * came; SNMP the value of the OID as text; TCP the first bytes. */
#ifndef MM_AGENT_WATCH_GATEWAY_PROBE_H
#define MM_AGENT_WATCH_GATEWAY_PROBE_H

#include "agent/messages.h"
#include "lib/buf.h"

struct probe_hooks {
    void *context;
    /* One answer; `bytes` stay the caller's.  MM_OK, or an error: nobody listens any more, stop. */
    int (*answer)(void *context, const struct probe_answer *a, const struct buf *bytes);
    int (*port)(void *context, const struct probe_port *p);
};

/* Ask every target every question (and TLS, once each), with LIM_GATEWAY_PAUSE_MS between two to one target and
 * LIM_PROBE_MS in all; what was not asked for lack of time is answered with MM_ETIMEOUT.  Returns the number of answers. */
unsigned probe_gateways(const struct probe_target *target, unsigned targets, const struct probe_ask *ask, unsigned asks,
                        const struct probe_hooks *hooks);
/* Ask the router of this network for its port mappings (UPnP IGD).  1 when one answered, 2 when none did. */
unsigned probe_ports(const struct probe_hooks *hooks);

#endif
