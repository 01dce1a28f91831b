/* First messages of IKE as a client sends them, and a look at the answer's frame. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#include "agent/watch/gateway/parts.h"
#include "lib/crypto.h"
#include "lib/err.h"

#define HEADER 28
#define GROUP_BYTES 256 /* of a public value of MODP 2048 (RFC 3526 group 14) */
#define NONCE_BYTES 32
#define MESSAGE_MAX 2048
#define PAYLOADS_MAX 64 /* of one answer: boxes send about ten vendor ids */

/* RFC 7296 section 3 */
enum { V2_SA = 33, V2_KE = 34, V2_NONCE = 40, V2_NOTIFY = 41, V2_ENCRYPTED = 46, V2_EXCHANGE = 34, V2_INITIATOR = 0x08, V2_RESPONSE = 0x20 };
/* RFC 2408 section 3 */
enum { V1_SA = 1, V1_NOTIFY = 11, V1_IDENTITY = 2, V1_INFORMATIONAL = 5, V1_ENCRYPTED = 0x01 };

static int add16(struct buf *b, unsigned value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    return buf_add(b, bytes, 2);
}

static int add32(struct buf *b, uint32_t value)
{
    int rc = add16(b, value >> 16);

    return rc ? rc : add16(b, value & 0xffff);
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Header (RFC 7296 section 3.1; the same in RFC 2408) in front of `body`. */
static int message(const uint8_t spi[IKE_SPI], unsigned first, unsigned version, unsigned exchange, unsigned flags,
                   const struct buf *body, struct buf *out)
{
    uint8_t head[20] = {0};
    int rc;

    memcpy(head, spi, IKE_SPI);
    head[16] = (uint8_t)first;
    head[17] = (uint8_t)version;
    head[18] = (uint8_t)exchange;
    head[19] = (uint8_t)flags;
    rc = buf_add(out, head, sizeof head);
    if (!rc)
        rc = add32(out, 0);
    if (!rc)
        rc = add32(out, (uint32_t)(HEADER + body->len));
    return rc ? rc : buf_add(out, body->data, body->len);
}

/* Generic payload header in front of `body`. */
static int payload(struct buf *out, unsigned next, const void *body, size_t n)
{
    uint8_t head[2] = {(uint8_t)next, 0};
    int rc = buf_add(out, head, 2);

    if (!rc)
        rc = add16(out, (unsigned)n + 4);
    return rc ? rc : buf_add(out, body, n);
}

/* ---- IKEv2 ------------------------------------------------------------------------------ */

/* Transform types (RFC 7296 section 3.3.2), in the order in which people's boxes use them. */
static const struct { uint8_t type; uint16_t id, key_bits; } TRANSFORMS[] = {
    {1, 12, 256}, {1, 12, 128}, {1, 3, 0},   /* AES-CBC, 3DES */
    {2, 5, 0}, {2, 2, 0},                    /* PRF HMAC-SHA2-256, HMAC-SHA1 */
    {3, 12, 0}, {3, 2, 0},                   /* HMAC-SHA2-256-128, HMAC-SHA1-96 */
    {4, 14, 0}, {4, 19, 0}, {4, 5, 0}, {4, 2, 0}, /* groups; the key share is of the first */
};
#define TRANSFORM_COUNT (sizeof TRANSFORMS / sizeof *TRANSFORMS)

static int v2_proposal(struct buf *out)
{
    struct buf list;
    int rc = MM_OK;

    buf_init(&list, MESSAGE_MAX);
    for (size_t i = 0; i < TRANSFORM_COUNT && !rc; i++) {
        unsigned bits = TRANSFORMS[i].key_bits;
        uint8_t t[12] = {i + 1 < TRANSFORM_COUNT ? 3 : 0, 0, 0, bits ? 12 : 8, TRANSFORMS[i].type, 0,
                         (uint8_t)(TRANSFORMS[i].id >> 8), (uint8_t)TRANSFORMS[i].id, 0x80, 14, (uint8_t)(bits >> 8), (uint8_t)bits};

        rc = buf_add(&list, t, bits ? 12 : 8);
    }
    if (!rc) {
        unsigned length = 8 + (unsigned)list.len;
        uint8_t head[8] = {0, 0, (uint8_t)(length >> 8), (uint8_t)length, 1 /* number */, 1 /* IKE */, 0, TRANSFORM_COUNT};

        rc = buf_add(out, head, sizeof head);
    }
    if (!rc)
        rc = buf_add(out, list.data, list.len);
    buf_fini(&list);
    return rc;
}

/* The public value of a key pair whose other half is forgotten at once: the talk ends with the first answer. */
static int public_value(uint8_t out[GROUP_BYTES])
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    char group[] = "modp_2048";
    OSSL_PARAM params[2] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0), OSSL_PARAM_construct_end()};
    EVP_PKEY *key = NULL;
    BIGNUM *value = NULL;
    int rc = MM_ECRYPTO;

    if (ctx && EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_CTX_set_params(ctx, params) == 1 && EVP_PKEY_generate(ctx, &key) == 1 &&
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PUB_KEY, &value) == 1 && BN_bn2binpad(value, out, GROUP_BYTES) == GROUP_BYTES)
        rc = MM_OK;
    BN_free(value);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    return rc;
}

int ike_ask_v2(const uint8_t spi[IKE_SPI], struct buf *out)
{
    uint8_t key[4 + GROUP_BYTES] = {0, 14 /* group */, 0, 0}, nonce[NONCE_BYTES];
    struct buf proposal, body;
    int rc = public_value(key + 4);

    buf_init(&proposal, MESSAGE_MAX);
    buf_init(&body, MESSAGE_MAX);
    if (!rc)
        rc = crypto_random(nonce, sizeof nonce);
    if (!rc)
        rc = v2_proposal(&proposal);
    if (!rc)
        rc = payload(&body, V2_KE, proposal.data, proposal.len);
    if (!rc)
        rc = payload(&body, V2_NONCE, key, sizeof key);
    if (!rc)
        rc = payload(&body, 0, nonce, sizeof nonce);
    if (!rc)
        rc = message(spi, V2_SA, 0x20, V2_EXCHANGE, V2_INITIATOR, &body, out);
    buf_fini(&proposal);
    buf_fini(&body);
    return rc;
}

/* ---- IKEv1 ------------------------------------------------------------------------------ */

/* RFC 2409 appendix A: encryption, key bits, hash, authentication (1 pre-shared key, 3 RSA signature), group. */
static const struct { uint16_t cipher, bits, hash, auth, group; } OFFERS[] = {
    {7, 256, 4, 1, 14}, {7, 256, 2, 1, 14}, {7, 128, 2, 1, 14}, {7, 256, 4, 3, 14}, {7, 256, 2, 1, 5},
    {7, 256, 2, 1, 2}, {7, 128, 2, 1, 2}, {5, 0, 2, 1, 2}, {7, 256, 2, 3, 2},
};
#define OFFER_COUNT (sizeof OFFERS / sizeof *OFFERS)

/* A short attribute (RFC 2408 section 3.3). */
static int attribute(struct buf *out, unsigned type, unsigned value)
{
    int rc = add16(out, 0x8000 | type);

    return rc ? rc : add16(out, value);
}

static int v1_offer(size_t i, struct buf *out)
{
    uint8_t head[4] = {(uint8_t)(i + 1), 1 /* KEY_IKE */, 0, 0};
    struct buf t;
    int rc;

    buf_init(&t, MESSAGE_MAX);
    rc = buf_add(&t, head, sizeof head);
    if (!rc)
        rc = attribute(&t, 1, OFFERS[i].cipher);
    if (!rc && OFFERS[i].bits)
        rc = attribute(&t, 14, OFFERS[i].bits);
    if (!rc)
        rc = attribute(&t, 2, OFFERS[i].hash);
    if (!rc)
        rc = attribute(&t, 3, OFFERS[i].auth);
    if (!rc)
        rc = attribute(&t, 4, OFFERS[i].group);
    if (!rc)
        rc = attribute(&t, 11, 1 /* seconds */);
    if (!rc)
        rc = attribute(&t, 12, 28800);
    if (!rc)
        rc = payload(out, i + 1 < OFFER_COUNT ? 3 : 0, t.data, t.len);
    buf_fini(&t);
    return rc;
}

int ike_ask_v1(const uint8_t spi[IKE_SPI], struct buf *out)
{
    const uint8_t proposal_head[4] = {1 /* number */, 1 /* ISAKMP */, 0, OFFER_COUNT};
    struct buf proposal, sa, body;
    int rc;

    buf_init(&proposal, MESSAGE_MAX);
    buf_init(&sa, MESSAGE_MAX);
    buf_init(&body, MESSAGE_MAX);
    rc = buf_add(&proposal, proposal_head, sizeof proposal_head);
    for (size_t i = 0; i < OFFER_COUNT && !rc; i++)
        rc = v1_offer(i, &proposal);
    if (!rc)
        rc = add32(&sa, 1 /* IPsec */);
    if (!rc)
        rc = add32(&sa, 1 /* identity only */);
    if (!rc)
        rc = payload(&sa, 0, proposal.data, proposal.len);
    if (!rc)
        rc = payload(&body, 0, sa.data, sa.len);
    if (!rc)
        rc = message(spi, V1_SA, 0x10, V1_IDENTITY, 0, &body, out);
    buf_fini(&proposal);
    buf_fini(&sa);
    buf_fini(&body);
    return rc;
}

/* ---- the answer -------------------------------------------------------------------------- */

/* Every payload's length fits into the message. */
static int chain_fits(const uint8_t *bytes, size_t n, unsigned next)
{
    size_t at = HEADER;

    for (unsigned i = 0; next && i < PAYLOADS_MAX; i++) {
        size_t length;

        if (n - at < 4)
            return 0;
        length = get16(bytes + at + 2);
        if (length < 4 || length > n - at)
            return 0;
        if (next == V2_ENCRYPTED)
            return at + length == n;
        next = bytes[at];
        at += length;
    }
    return !next && at == n;
}

int ike_check(const uint8_t *bytes, size_t n, const uint8_t spi[IKE_SPI], int *refusal)
{
    static const uint8_t none[IKE_SPI];
    unsigned first, version, exchange, flags;
    int fits;

    if (n < HEADER || memcmp(bytes, spi, IKE_SPI) != 0 || get32(bytes + 24) != n)
        return MM_EFORMAT;
    first = bytes[16];
    version = bytes[17] >> 4;
    exchange = bytes[18];
    flags = bytes[19];
    if (version == 2)
        fits = (flags & V2_RESPONSE) && exchange == V2_EXCHANGE;
    else /* without a responder's number it is our own message come back */
        fits = version == 1 && (exchange == V1_INFORMATIONAL ||
                                (exchange == V1_IDENTITY && memcmp(bytes + IKE_SPI, none, IKE_SPI) != 0));
    if (!fits)
        return MM_EFORMAT;
    if (version == 1 && (flags & V1_ENCRYPTED)) {
        *refusal = 1; /* nothing to be read in it */
        return MM_OK;
    }
    if (!first || !chain_fits(bytes, n, first))
        return MM_EFORMAT;
    *refusal = first == (version == 2 ? V2_NOTIFY : V1_NOTIFY);
    return MM_OK;
}
