/* One GetRequest of SNMP v1 or v2c (RFC 1157, RFC 3416) in BER, and its answer.
 *
 * Own code and not Net-SNMP's: that library reads configuration and MIB files,
 * which the probe process has not, and takes 1.3 MB and a dozen of packages for
 * what are two hundred lines here.  Every length is checked against what is left;
 * only definite lengths of at most two further bytes are taken (64 KiB). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/gateway/parts.h"
#include "lib/err.h"

#define MESSAGE_MAX 1024
#define INT_BYTES 9 /* of a Counter64 with a leading zero */

enum { INTEGER = 0x02, OCTETS = 0x04, NOTHING = 0x05, OID = 0x06, SEQUENCE = 0x30, ADDRESS = 0x40, COUNTER = 0x41, GAUGE = 0x42,
       TICKS = 0x43, COUNTER64 = 0x46, NO_OBJECT = 0x80, NO_INSTANCE = 0x81, END_OF_MIB = 0x82, GET = 0xa0, RESPONSE = 0xa2 };

/* ---- object identifiers -------------------------------------------------------------------- */

int snmp_oid_parse(const char *text, struct snmp_oid *out)
{
    struct snmp_oid oid = {.n = 0};
    const char *p = text;

    for (;;) {
        char *end;
        unsigned long value;

        if (oid.n >= SNMP_OID_PARTS || *p < '0' || *p > '9')
            return MM_EINVAL;
        value = strtoul(p, &end, 10);
        if (value > UINT32_MAX || end - p > 10)
            return MM_EINVAL;
        oid.part[oid.n++] = (uint32_t)value;
        if (!*end)
            break;
        if (*end != '.')
            return MM_EINVAL;
        p = end + 1;
    }
    if (oid.n < 2 || oid.part[0] > 2 || oid.part[1] >= 40)
        return MM_EINVAL;
    *out = oid;
    return MM_OK;
}

/* One number in groups of seven bits. */
static int add_part(struct buf *out, uint32_t value)
{
    uint8_t bytes[5];
    unsigned n = 0;

    for (int shift = 28; shift >= 0; shift -= 7)
        if (n || value >> shift || !shift)
            bytes[n++] = (uint8_t)(((value >> shift) & 0x7f) | (shift ? 0x80 : 0));
    return buf_add(out, bytes, n);
}

static int oid_bytes(const struct snmp_oid *oid, struct buf *out)
{
    int rc = oid->n >= 2 ? add_part(out, oid->part[0] * 40 + oid->part[1]) : MM_EINVAL;

    for (unsigned i = 2; i < oid->n && !rc; i++)
        rc = add_part(out, oid->part[i]);
    return rc;
}

/* ---- writing -------------------------------------------------------------------------------- */

static int element(struct buf *out, unsigned tag, const void *bytes, size_t n)
{
    uint8_t head[4] = {(uint8_t)tag, (uint8_t)n};
    size_t size = 2;
    int rc;

    if (n > 0xff) {
        head[1] = 0x82;
        head[2] = (uint8_t)(n >> 8);
        head[3] = (uint8_t)n;
        size = 4;
    } else if (n > 0x7f) {
        head[1] = 0x81;
        head[2] = (uint8_t)n;
        size = 3;
    }
    rc = buf_add(out, head, size);
    return rc ? rc : buf_add(out, n ? bytes : "", n);
}

/* The content of `b` becomes one element. */
static int wrap(struct buf *b, unsigned tag)
{
    struct buf whole;
    int rc;

    buf_init(&whole, b->max);
    rc = element(&whole, tag, b->data, b->len);
    if (!rc) {
        buf_reset(b);
        rc = buf_add(b, whole.data, whole.len);
    }
    buf_fini(&whole);
    return rc;
}

static int integer(struct buf *out, uint32_t value)
{
    uint8_t bytes[5] = {0, (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    unsigned from = 0;

    while (from < 4 && bytes[from] == 0 && bytes[from + 1] < 0x80)
        from++;
    return element(out, INTEGER, bytes + from, 5 - from);
}

/* The variable with no value, then the PDU around it, in `b`. */
static int request_pdu(uint32_t request, const struct snmp_oid *oid, struct buf *b)
{
    struct buf name, pdu;
    int rc;

    buf_init(&name, MESSAGE_MAX);
    buf_init(&pdu, MESSAGE_MAX);
    rc = oid_bytes(oid, &name);
    if (!rc)
        rc = element(b, OID, name.data, name.len);
    if (!rc)
        rc = element(b, NOTHING, "", 0);
    if (!rc)
        rc = wrap(b, SEQUENCE);
    if (!rc)
        rc = wrap(b, SEQUENCE);
    if (!rc)
        rc = integer(&pdu, request);
    if (!rc)
        rc = integer(&pdu, 0); /* no error */
    if (!rc)
        rc = integer(&pdu, 0);
    if (!rc)
        rc = buf_add(&pdu, b->data, b->len);
    if (!rc)
        rc = wrap(&pdu, GET);
    buf_reset(b);
    if (!rc)
        rc = buf_add(b, pdu.data, pdu.len);
    buf_fini(&name);
    buf_fini(&pdu);
    return rc;
}

int snmp_ask(int version, const char *community, uint32_t request, const struct snmp_oid *oid, struct buf *out)
{
    struct buf pdu, whole;
    int rc;

    buf_init(&pdu, MESSAGE_MAX);
    buf_init(&whole, MESSAGE_MAX);
    rc = request_pdu(request, oid, &pdu);
    if (!rc)
        rc = integer(&whole, (uint32_t)version);
    if (!rc)
        rc = element(&whole, OCTETS, community, strlen(community));
    if (!rc)
        rc = buf_add(&whole, pdu.data, pdu.len);
    if (!rc)
        rc = element(out, SEQUENCE, whole.data, whole.len);
    buf_fini(&pdu);
    buf_fini(&whole);
    return rc;
}

/* ---- reading -------------------------------------------------------------------------------- */

struct view { const uint8_t *p; size_t n; };

/* The next element of `from`, which moves behind it. */
static int next(struct view *from, unsigned *tag, struct view *content)
{
    const uint8_t *p = from->p;
    size_t head = 2, length;

    if (from->n < 2)
        return MM_EFORMAT;
    length = p[1];
    if (length == 0x81 && from->n >= 3) {
        length = p[2];
        head = 3;
    } else if (length == 0x82 && from->n >= 4) {
        length = (size_t)p[2] << 8 | p[3];
        head = 4;
    } else if (length > 0x7f) {
        return MM_EFORMAT;
    }
    if (length > from->n - head)
        return MM_EFORMAT;
    *tag = p[0];
    content->p = p + head;
    content->n = length;
    from->p += head + length;
    from->n -= head + length;
    return MM_OK;
}

/* The next element, which must be of this kind. */
static int expect(struct view *from, unsigned tag, struct view *content)
{
    unsigned is = 0;
    int rc = next(from, &is, content);

    return rc ? rc : is == tag ? MM_OK : MM_EFORMAT;
}

/* Big-endian, two's complement when `is_signed`. */
static int number(struct view v, int is_signed, uint64_t *out, int *negative)
{
    uint64_t value = 0;

    if (v.n < 1 || v.n > INT_BYTES || (v.n == INT_BYTES && v.p[0]))
        return MM_EFORMAT;
    *negative = is_signed && v.p[0] & 0x80;
    if (*negative)
        value = UINT64_MAX;
    for (size_t i = 0; i < v.n; i++)
        value = value << 8 | v.p[i];
    *out = *negative ? ~value + 1 : value;
    return MM_OK;
}

static int expect_number(struct view *from, uint64_t *out)
{
    struct view v;
    int negative = 0, rc = expect(from, INTEGER, &v);

    if (!rc)
        rc = number(v, 1, out, &negative);
    return rc ? rc : negative ? MM_EFORMAT : MM_OK;
}

static int oid_text(struct view v, struct buf *out)
{
    uint64_t value = 0;
    int rc = v.n && !(v.p[v.n - 1] & 0x80) ? MM_OK : MM_EFORMAT, first = 1;

    for (size_t i = 0; i < v.n && !rc; i++) {
        value = value << 7 | (v.p[i] & 0x7f);
        if (value > UINT32_MAX)
            return MM_EFORMAT;
        if (v.p[i] & 0x80)
            continue;
        if (first) {
            unsigned top = value < 40 ? 0 : value < 80 ? 1 : 2;

            rc = buf_addf(out, "%u.%llu", top, (unsigned long long)(value - 40 * top));
        } else {
            rc = buf_addf(out, ".%llu", (unsigned long long)value);
        }
        first = 0;
        value = 0;
    }
    return rc;
}

static int value_text(unsigned tag, struct view v, struct buf *out, int *missing)
{
    uint64_t value = 0;
    int negative = 0, rc;

    switch (tag) {
    case OCTETS:
        return v.n ? buf_add(out, v.p, v.n) : MM_OK;
    case OID:
        return oid_text(v, out);
    case INTEGER: case COUNTER: case GAUGE: case TICKS: case COUNTER64:
        rc = number(v, tag == INTEGER, &value, &negative);
        return rc ? rc : buf_addf(out, "%s%llu", negative ? "-" : "", (unsigned long long)value);
    case ADDRESS:
        return v.n == 4 ? buf_addf(out, "%u.%u.%u.%u", v.p[0], v.p[1], v.p[2], v.p[3]) : MM_EFORMAT;
    case NOTHING: case NO_OBJECT: case NO_INSTANCE: case END_OF_MIB:
        *missing = 1;
        return MM_OK;
    default:
        return MM_EFORMAT;
    }
}

/* The variable of the answer: its name must be the one that was asked. */
static int variable(struct view list, const struct snmp_oid *oid, unsigned *tag, struct view *value)
{
    struct buf name;
    struct view pair, told;
    int rc;

    buf_init(&name, MESSAGE_MAX);
    rc = oid_bytes(oid, &name);
    if (!rc)
        rc = expect(&list, SEQUENCE, &pair);
    if (!rc)
        rc = expect(&pair, OID, &told);
    if (!rc && (told.n != name.len || memcmp(told.p, name.data, told.n) != 0))
        rc = MM_EFORMAT;
    if (!rc)
        rc = next(&pair, tag, value);
    buf_fini(&name);
    return rc;
}

int snmp_read(const uint8_t *bytes, size_t n, int version, uint32_t request, const struct snmp_oid *oid, struct buf *out, int *missing)
{
    struct view all = {bytes, n}, message, community, pdu, list, value;
    struct buf text;
    uint64_t told_version = 0, told_request = 0, error = 0, index = 0;
    unsigned tag = 0;
    int rc = expect(&all, SEQUENCE, &message);

    if (!rc)
        rc = expect_number(&message, &told_version);
    if (!rc)
        rc = expect(&message, OCTETS, &community);
    if (!rc)
        rc = expect(&message, RESPONSE, &pdu);
    if (!rc)
        rc = expect_number(&pdu, &told_request);
    if (!rc && (told_version != (uint64_t)version || told_request != request))
        rc = MM_EFORMAT;
    if (!rc)
        rc = expect_number(&pdu, &error);
    if (!rc)
        rc = expect_number(&pdu, &index);
    if (rc)
        return rc;
    *missing = error != 0;
    if (error)
        return MM_OK;
    rc = expect(&pdu, SEQUENCE, &list);
    if (!rc)
        rc = variable(list, oid, &tag, &value);
    if (rc)
        return rc;
    buf_init(&text, out->max);
    rc = value_text(tag, value, &text, missing);
    if (!rc && text.len)
        rc = buf_add(out, text.data, text.len);
    buf_fini(&text);
    return rc;
}
