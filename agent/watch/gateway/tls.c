/* One handshake: what the server's certificate says. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/gateway/parts.h"
#include "agent/watch/gateway/probe.h"
#include "agent/watch/gateway/talk.h"
#include "agent/watch/gateway/tls_loose.h"
#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define NAMES_MAX 100 /* names of one certificate that are told; a shared one has up to about 100 */
#define AUTHORITY_LEVEL 2 /* for what a public authority vouches for: 112 bits, no SHA-1 */
#define CHAIN_MAX 8   /* further certificates that are told */

struct tls { SSL_CTX *ctx; SSL *ssl; };

void tls_loosen(SSL_CTX *ctx)
{
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(ctx, 0);
    SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL:!eNULL:@SECLEVEL=0");
    SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
}

/* ---- whose key -------------------------------------------------------------------------------- */

static X509_STORE *authorities; /* NULL: none are known, nothing is proved */

int probe_authorities(const char *path)
{
    X509_STORE *store = X509_STORE_new();

    if (!store || X509_STORE_load_file(store, path) != 1) {
        X509_STORE_free(store);
        ERR_clear_error();
        return MM_ENOTFOUND;
    }
    X509_STORE_free(authorities);
    authorities = store;
    return MM_OK;
}

/* A public authority says that this certificate is the host's. */
static bool proved(X509_STORE_CTX *chain, X509 *leaf, const char *host)
{
    unsigned char address[16];
    bool numeric = inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;

    if (!authorities || X509_STORE_CTX_get0_store(chain) != authorities)
        return false;
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(chain), AUTHORITY_LEVEL);
    return X509_verify_cert(chain) == 1 &&
           (numeric ? X509_check_ip_asc(leaf, host, 0) : X509_check_host(leaf, host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL)) == 1;
}

static int on_certificate(X509_STORE_CTX *chain, void *context)
{
    struct talk *t = context;
    X509 *leaf = X509_STORE_CTX_get0_cert(chain);
    unsigned char *der = NULL;
    int n = leaf ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der) : 0;

    t->shown = KEY_NONE;
    if (n > 0 && crypto_sha256(der, (size_t)n, t->key) == MM_OK)
        t->shown = proved(chain, leaf, t->target->host) ? KEY_PROVED : KEY_SHOWN;
    OPENSSL_free(der);
    ERR_clear_error();
    return 1;
}

void tls_listen(SSL_CTX *ctx, struct talk *t)
{
    if (authorities)
        SSL_CTX_set1_cert_store(ctx, authorities);
    SSL_CTX_set_cert_verify_callback(ctx, on_certificate, t);
}

/* ---- the certificate as lines ------------------------------------------------------------------ */

/* "KEY=" and the name in RFC 2253 order; control characters are escaped, so a line stays a line. */
static void add_name(struct buf *out, const char *key, const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long n;

    if (!bio)
        return;
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    n = BIO_get_mem_data(bio, &text);
    buf_adds(out, key);
    if (n > 0)
        buf_add(out, text, (size_t)n < LIM_TITLE * 4 ? (size_t)n : LIM_TITLE * 4);
    buf_adds(out, "\n");
    BIO_free(bio);
}

static void add_time(struct buf *out, const char *key, const ASN1_TIME *when)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    char text[RFC3339_TEXT] = "";
    int days = 0, seconds = 0;

    if (epoch && when && ASN1_TIME_diff(&days, &seconds, epoch, when) == 1)
        rfc3339_format((int64_t)days * 86400 + seconds, text);
    ASN1_TIME_free(epoch);
    buf_addf(out, "%s%s\n", key, text);
}

static void add_serial(struct buf *out, const X509 *cert)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    char hex[2 * 64 + 1];
    int n = ASN1_STRING_length(serial);

    crypto_hex(ASN1_STRING_get0_data(serial), (size_t)(n < 0 ? 0 : n > 64 ? 64 : n), hex);
    buf_addf(out, "serial=%s\n", hex);
}

/* A name of the certificate: only what stands in host names, the rest as '?'. */
static void add_host(struct buf *out, const unsigned char *text, int n)
{
    for (int i = 0; i < n && i < LIM_NAME; i++) {
        char c = (char)text[i];

        if (c <= ' ' || c >= 0x7f || c == ',')
            c = '?';
        buf_add(out, &c, 1);
    }
}

static void add_names(struct buf *out, const X509 *cert)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    int told = 0;

    buf_adds(out, "names=");
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names) && told < NAMES_MAX; i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
        char address[INET6_ADDRSTRLEN] = "";

        if (g->type == GEN_IPADD) {
            int family = g->d.iPAddress->length == 4 ? AF_INET : g->d.iPAddress->length == 16 ? AF_INET6 : 0;

            if (!family || !inet_ntop(family, g->d.iPAddress->data, address, sizeof address))
                continue;
        } else if (g->type != GEN_DNS) {
            continue;
        }
        buf_adds(out, told++ ? "," : "");
        if (g->type == GEN_DNS)
            add_host(out, ASN1_STRING_get0_data(g->d.dNSName), ASN1_STRING_length(g->d.dNSName));
        else
            buf_adds(out, address);
    }
    buf_adds(out, "\n");
    GENERAL_NAMES_free(names);
}

/* The lines of probe.h.  The answer has room for all of them: names and chain are bounded. */
static void add_certificate(struct buf *out, SSL *ssl)
{
    X509 *cert = SSL_get0_peer_certificate(ssl);
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    int count = chain ? sk_X509_num(chain) : 1;

    if (!cert)
        return;
    buf_addf(out, "protocol=%s\n", SSL_get_version(ssl));
    add_name(out, "subject=", X509_get_subject_name(cert));
    add_name(out, "issuer=", X509_get_issuer_name(cert));
    add_time(out, "not_before=", X509_get0_notBefore(cert));
    add_time(out, "not_after=", X509_get0_notAfter(cert));
    add_serial(out, cert);
    add_names(out, cert);
    buf_addf(out, "self_signed=%s\n", X509_self_signed(cert, 1) == 1 ? "yes" : "no");
    buf_addf(out, "chain=%d\n", count);
    for (int i = 1; i < count && i <= CHAIN_MAX; i++)
        add_name(out, "chain_subject=", X509_get_subject_name(sk_X509_value(chain, i)));
}

/* ---- the handshake -------------------------------------------------------------------------------- */

static void fail(struct talk *t, const char *without_reason)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    char note[LIM_TITLE];

    add_certificate(&t->bytes, ((struct tls *)t->state)->ssl);
    snprintf(note, sizeof note, "TLS handshake: %s", reason ? reason : without_reason);
    /* A box that wants a certificate of ours has shown its own: that is the answer. */
    talk_end(t, t->bytes.len ? MM_OK : MM_ECRYPTO, note);
    ERR_clear_error();
}

static void handshake(struct talk *t)
{
    struct tls *tls = t->state;
    int rc;

    ERR_clear_error();
    errno = 0;
    rc = SSL_connect(tls->ssl);
    if (rc == 1) {
        t->handshake = true;
        add_certificate(&t->bytes, tls->ssl);
        talk_end(t, t->bytes.len ? MM_OK : MM_ECRYPTO, t->bytes.len ? "" : "TLS without a certificate");
        return;
    }
    switch (SSL_get_error(tls->ssl, rc)) {
    case SSL_ERROR_WANT_READ: t->events = POLLIN; break;
    case SSL_ERROR_WANT_WRITE: t->events = POLLOUT; break;
    case SSL_ERROR_SYSCALL: fail(t, errno == ECONNRESET ? "connection reset" : "connection closed"); break;
    default: fail(t, "not TLS"); break;
    }
}

static int prepare(struct talk *t, struct tls *tls)
{
    unsigned char address[16];
    const char *host = t->target->host;

    tls->ctx = SSL_CTX_new(TLS_client_method());
    if (!tls->ctx)
        return MM_ENOMEM;
    tls_loosen(tls->ctx);
    tls_listen(tls->ctx, t);
    tls->ssl = SSL_new(tls->ctx);
    if (!tls->ssl || SSL_set_fd(tls->ssl, t->fd) != 1)
        return MM_ENOMEM;
    /* RFC 6066: a name only, never an address. */
    if (host_valid(host) && inet_pton(AF_INET, host, address) != 1 && inet_pton(AF_INET6, host, address) != 1)
        SSL_ctrl(tls->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)host); /* copied */
    return MM_OK;
}

static void start(struct talk *t)
{
    t->state = calloc(1, sizeof(struct tls));
    if (t->state)
        talk_connect(t);
    else
        talk_end(t, MM_ENOMEM, "out of memory");
}

static void step(struct talk *t, short revents)
{
    if (!t->connected) {
        if (!talk_connecting(t, revents))
            return;
        if (prepare(t, t->state)) {
            talk_end(t, MM_ENOMEM, "out of memory");
            return;
        }
    } else if (!revents) {
        return;
    }
    handshake(t);
}

static void stop(struct talk *t)
{
    struct tls *tls = t->state;

    if (tls) {
        SSL_free(tls->ssl);
        SSL_CTX_free(tls->ctx);
    }
    free(tls);
    t->state = NULL;
    talk_close(t);
}

const struct talk_kind talk_tls = {start, step, stop};
