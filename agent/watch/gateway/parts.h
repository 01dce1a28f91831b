/* What is parsed or made by ourselves of the protocols: pure, for tests and the fuzzer. */
#ifndef MM_AGENT_WATCH_GATEWAY_PARTS_H
#define MM_AGENT_WATCH_GATEWAY_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* ---- bytes to send (escape.c) ------------------------------------------------------ */
/* Append `text` with \xNN (two hexadecimal digits) and \\ replaced by their byte.  MM_EINVAL: another escape. */
int escape_undo(const char *text, struct buf *out);

/* ---- SSH (lines.c) ------------------------------------------------------------------- */
/* The identification line in what an SSH server sent so far (RFC 4253 section 4.2; other lines may stand before it):
 * MM_OK with where it begins and its length without the line end; MM_EAGAIN: more is needed;
 * MM_EFORMAT: this is no SSH server (a line or the list of lines is too long). */
int ssh_identification(const char *bytes, size_t n, size_t *at, size_t *length);

/* ---- IKE (ike.c) --------------------------------------------------------------------- */
#define IKE_SPI 8
/* Our IKE_SA_INIT (RFC 7296 section 1.2) with usual algorithms, a fresh key share and nonce; `spi` is ours.
 * MM_ECRYPTO: no random numbers or no group. */
int ike_ask_v2(const uint8_t spi[IKE_SPI], struct buf *out);
/* Our first message of IKEv1 Main Mode (RFC 2409 section 5), pre-shared key and certificate offered. */
int ike_ask_v1(const uint8_t spi[IKE_SPI], struct buf *out);
/* An answer to one of them?  MM_OK; MM_EFORMAT: not ours, or its lengths make no sense.  *refusal: it is nothing but
 * a refusal (a notify), another version may be answered better. */
int ike_check(const uint8_t *bytes, size_t n, const uint8_t spi[IKE_SPI], int *refusal);

/* ---- SNMP (snmp.c) ------------------------------------------------------------------- */
#define SNMP_OID_PARTS 64 /* of an OID; MIBs of makers have about 15, SMIv2 allows 128 */
enum { SNMP_V1 = 0, SNMP_V2C = 1 };
struct snmp_oid { uint32_t part[SNMP_OID_PARTS]; unsigned n; };
/* "1.3.6.1.2.1.1.1.0".  MM_EINVAL. */
int snmp_oid_parse(const char *text, struct snmp_oid *out);
/* A GetRequest of one OID.  MM_EINVAL for an OID that cannot be written. */
int snmp_ask(int version, const char *community, uint32_t request, const struct snmp_oid *oid, struct buf *out);
/* The answer to it: its value appended to `out` as text (octets as they are, numbers and OIDs in digits).
 * MM_OK, with *missing when the device has no such value or told an error (nothing appended); MM_EFORMAT: not the answer,
 * or malformed; MM_ELIMIT: longer than `out` takes. */
int snmp_read(const uint8_t *bytes, size_t n, int version, uint32_t request, const struct snmp_oid *oid, struct buf *out, int *missing);

/* ---- HTTPS (https.c) ----------------------------------------------------------------- */
/* The next of the header lines "Name: value|Name: value": its length from *rest on, which moves behind it; 0: no more.
 * MM_EINVAL: no header line, or one that the prober does not send (credentials, framing, Host, Accept-Encoding). */
int header_next(const char **rest, const char **line, size_t *length);
/* `path` can be sent as it is: begins with '/', printable ASCII without blanks and '#'. */
int path_valid(const char *path);
/* `host` is a name or address as it stands in a URL: letters, digits, '.', '-', '_' and ':'. */
int host_valid(const char *host);

/* ---- UPnP (upnp_parts.c) ---------------------------------------------------------------- */
/* Where a router's answer to M-SEARCH (SSDP) says that its description is: only http:// at exactly `from` (numeric,
 * whoever sent the answer).  MM_OK with port and path; MM_EFORMAT. */
int ssdp_location(const char *bytes, size_t n, const char *from, uint16_t *port, char *path, size_t size);
/* "http://ADDRESS:PORT/PATH", or a path alone (then at `port`), only at `from`.  MM_OK or MM_EFORMAT. */
int upnp_url(const char *url, size_t n, const char *from, uint16_t *port, char *path, size_t size);
struct probe_port;
/* Control URL and service type of the WAN connection in a device description; each at least 128 bytes.
 * MM_OK or MM_EFORMAT. */
int upnp_description(const char *xml, size_t n, char *base, char *control, char *service);
/* An entry of the table of port mappings out of the SOAP answer.  MM_OK or MM_EFORMAT. */
int upnp_mapping(const char *xml, size_t n, struct probe_port *out);

#endif
