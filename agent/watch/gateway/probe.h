/* Asking the company's own gateways who they are: light, normal questions.
 *
 * Runs in a process of its own (mimamorid-probe) without files, root or the
 * device's key: an answer from the network is as hostile as it gets.  Only the
 * targets that core names are asked, only at the addresses that core resolved,
 * redirects are told and never followed, nothing is decompressed, a certificate
 * need not verify (it is told instead).  Blocking and one thread: the process has nothing
 * else to do; every question ends after LIM_GATEWAY_MS and LIM_GATEWAY_ANSWER bytes.
 *
 * Bytes of an answer, by source:
 *   HTTPS  "HTTP/1.1 200 OK\r\n", headers, an empty line and the body, as they came; only chunks are joined (their
 *          trailers left out) and interim answers (1xx) dropped.  Never decompressed.
 *   TLS    lines "protocol=TLSv1.2", "subject=", "issuer=" (RFC 2253: "CN=..,OU=..,O=..", the part that stands last in
 *          the certificate first; control characters escaped), "not_before=", "not_after=" (RFC 3339), "serial=" (hexadecimal,
 *          lower case), "names=" (DNS names and addresses, commas between), "self_signed=yes|no", "chain=" (certificates
 *          sent), "chain_subject=" for each further one.  One handshake per target without a question of the rules.
 *   SSH    the server's identification line (RFC 4253 section 4.2) without its end
 *   IKE    the answer to one IKE_SA_INIT (RFC 7296), or where that has none or only a refusal to one first message of Main
 *          Mode (RFC 2409), with its vendor ids, as it came: header and payload lengths are checked, no more
 *   SNMP   the value of the OID as text, asked with v2c, after two seconds without an answer with v1
 *   TCP    the first bytes, until nothing follows for half a second
 *
 * Results beyond those told at struct probe_answer: MM_EINVAL, the question itself cannot be sent (a path that does
 * not begin with '/', a header line of credentials or framing).  MM_OK with no bytes and a note: an SNMP
 * device without such a value.  MM_OK with bytes and a note: a server that showed its certificate and then broke
 * the handshake off (it wants one of ours); an IKE refusal.  MM_ETIMEOUT, MM_EFORMAT and MM_EIO may carry what came until then.
 * A port that let nobody connect, or gave nothing useful twice in a row, is not asked again in this round: its
 * further questions are answered with the same result and a note that begins "not asked: ".
 *
 * key_state and key tell who answered, as far as that can be known: of a finished TLS handshake of the target's own port only
 * (the other ports of a box may show other certificates), HTTPS and TLS.  A certificate that was merely shown proves nothing. */
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

/* Read the public authorities (PEM, many in one file) by which KEY_PROVED is judged; before the process gives its files up.
 * MM_OK or MM_ENOTFOUND: then no key is ever proved.  They stay until the process ends. */
int probe_authorities(const char *path);
/* Ask every target every question (and TLS, once each), with LIM_GATEWAY_PAUSE_MS between two to one target and
 * LIM_PROBE_MS in all; what was not asked for lack of time is answered with MM_ETIMEOUT.  A target without a community is not
 * asked over SNMP and gets no answer to it.  The targets are asked side by side.  Needs sockets of IPv4 and IPv6 only, no file,
 * no thread, no resolver.  Returns the number of answers. */
unsigned probe_gateways(const struct probe_target *target, unsigned targets, const struct probe_ask *ask, unsigned asks,
                        const struct probe_hooks *hooks);
/* Ask the router of this network for its port mappings (UPnP IGD), at most 5 s.  Only an answer from the private network (RFC 1918)
 * of the interface that the default route leaves by counts, and only what it says of its own address is asked.  Needs IPv4
 * sockets and AF_NETLINK (the list of interfaces).  1 when one answered, 2 when none did. */
unsigned probe_ports(const struct probe_hooks *hooks);

#endif
