#include "updater/publish/token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

#define SLOTS 64     /* tokens that are looked at */
#define OBJECTS 64   /* keys of one token */
#define VALUE 256    /* bytes of one attribute that is read: points and labels */
#define POINT_P256 65
#define RAW 64       /* a signature of a token: r and s of P-256, or Ed25519's */

/* An address, and the modules that may know it. */
struct place {
    P11KitUri *uri;
    CK_FUNCTION_LIST **modules; /* ends with NULL */
    CK_FUNCTION_LIST *own[2];   /* the one of module-path */
    char *why;
};

/* A key that is ready to sign. */
struct held {
    struct place place;
    CK_FUNCTION_LIST *module;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_KEY_TYPE type;
};

int token_is(const char *text)
{
    return !strncmp(text, "pkcs11:", 7);
}

static int refuse(const struct place *p, int rc, const char *text)
{
    snprintf(p->why, TOKEN_WHY, "%s", text);
    return rc;
}

static int broken(const struct place *p, CK_RV rv)
{
    snprintf(p->why, TOKEN_WHY, "the token says: %s", p11_kit_strerror(rv));
    return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED || rv == CKR_PIN_LEN_RANGE || rv == CKR_PIN_EXPIRED ? MM_EDENIED : MM_EIO;
}

/* ---- the address ---------------------------------------------------------------------------------------- */

static int place_modules(struct place *p)
{
    const char *path = p11_kit_uri_get_module_path(p->uri);

    if (!path) {
        p->modules = p11_kit_modules_load_and_initialize(0);
        return p->modules ? MM_OK : refuse(p, MM_EIO, "the modules of p11-kit cannot be loaded");
    }
    p->own[0] = p11_kit_module_load(path, 0);
    if (!p->own[0])
        return refuse(p, MM_ENOTFOUND, "module-path: cannot be loaded as a module");
    if (p11_kit_module_initialize(p->own[0]) != CKR_OK) {
        p11_kit_module_release(p->own[0]);
        p->own[0] = NULL;
        return refuse(p, MM_EIO, "module-path: the module does not start");
    }
    p->modules = p->own;
    return MM_OK;
}

static int place_open(struct place *p, const char *uri, char *why)
{
    *p = (struct place){.uri = p11_kit_uri_new(), .why = why};
    p11_kit_be_quiet();
    if (!p->uri)
        return refuse(p, MM_ENOMEM, mm_strerror(MM_ENOMEM));
    if (p11_kit_uri_parse(uri, P11_KIT_URI_FOR_ANY, p->uri) != P11_KIT_URI_OK || p11_kit_uri_any_unrecognized(p->uri))
        return refuse(p, MM_EINVAL, "not an address of a key in a token (RFC 7512)");
    if (p11_kit_uri_get_pin_value(p->uri) || p11_kit_uri_get_pin_source(p->uri))
        return refuse(p, MM_EINVAL, "no PIN in the address, where others can see it: --passphrase-file FILE, --passphrase-fd N, or the terminal");
    return place_modules(p);
}

static void place_close(struct place *p)
{
    if (p->own[0]) {
        p11_kit_module_finalize(p->own[0]);
        p11_kit_module_release(p->own[0]);
    } else if (p->modules) {
        p11_kit_modules_finalize_and_release(p->modules);
    }
    p11_kit_uri_free(p->uri);
    *p = (struct place){.uri = NULL};
}

/* ---- tokens ---------------------------------------------------------------------------------------------- */

struct token { CK_FUNCTION_LIST *module; CK_SLOT_ID slot; char label[33]; };

static void label_of(const CK_TOKEN_INFO *info, char out[33])
{
    size_t n = p11_kit_space_strlen(info->label, sizeof info->label);

    memcpy(out, info->label, n);
    out[n] = '\0';
}

/* Those of one module behind the `n` that were found before; how many there are then. */
static size_t tokens_of(const struct place *p, CK_FUNCTION_LIST *module, struct token out[SLOTS], size_t n)
{
    CK_SLOT_ID slots[SLOTS];
    CK_ULONG count = SLOTS;
    CK_INFO about;

    if (module->C_GetInfo(&about) != CKR_OK || !p11_kit_uri_match_module_info(p->uri, &about) || module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
        return n;
    for (CK_ULONG i = 0; i < count && n < SLOTS; i++) {
        CK_TOKEN_INFO info;

        if (module->C_GetTokenInfo(slots[i], &info) != CKR_OK || !(info.flags & CKF_TOKEN_INITIALIZED) || !p11_kit_uri_match_token_info(p->uri, &info))
            continue;
        out[n].module = module;
        out[n].slot = slots[i];
        label_of(&info, out[n++].label);
    }
    return n;
}

static size_t tokens(const struct place *p, struct token out[SLOTS])
{
    size_t n = 0;

    for (size_t i = 0; p->modules[i]; i++)
        n = tokens_of(p, p->modules[i], out, n);
    return n;
}

static int log_in(const struct place *p, const struct token *t, const struct passphrase *pin, CK_SESSION_HANDLE *session)
{
    CK_SESSION_HANDLE s;
    CK_RV rv = t->module->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL, NULL, &s);
    CK_UTF8CHAR copy[LIM_PUBLISH_PASSPHRASE];

    if (rv != CKR_OK)
        return broken(p, rv);
    if (pin) {
        memcpy(copy, pin->text, pin->n);
        rv = t->module->C_Login(s, CKU_USER, copy, pin->n);
        OPENSSL_cleanse(copy, sizeof copy);
    }
    if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) {
        t->module->C_CloseSession(s);
        return broken(p, rv);
    }
    *session = s;
    return MM_OK;
}

/* ---- keys ------------------------------------------------------------------------------------------------- */

/* Objects of a class with the label and the id of the address, or with `id` where that is given. */
static int find(const struct place *p, CK_FUNCTION_LIST *module, CK_SESSION_HANDLE s, CK_OBJECT_CLASS class, CK_ATTRIBUTE *id,
                CK_OBJECT_HANDLE out[OBJECTS], CK_ULONG *n)
{
    CK_ATTRIBUTE want[3] = {{CKA_CLASS, &class, sizeof class}};
    CK_ATTRIBUTE *label = id ? NULL : p11_kit_uri_get_attribute(p->uri, CKA_LABEL);
    CK_ULONG count = 1;
    CK_RV rv;

    if (!id)
        id = p11_kit_uri_get_attribute(p->uri, CKA_ID);
    if (id)
        want[count++] = *id;
    if (label)
        want[count++] = *label;
    rv = module->C_FindObjectsInit(s, want, count);
    if (rv != CKR_OK)
        return broken(p, rv);
    rv = module->C_FindObjects(s, out, OBJECTS, n);
    module->C_FindObjectsFinal(s);
    return rv == CKR_OK ? MM_OK : broken(p, rv);
}

struct value { unsigned char bytes[VALUE]; CK_ULONG n; };

/* A part that is not there, or too long, is empty. */
static void read_value(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE what, struct value *out)
{
    CK_ATTRIBUTE a = {what, out->bytes, sizeof out->bytes};

    out->n = module->C_GetAttributeValue(s, object, &a, 1) == CKR_OK && a.ulValueLen <= sizeof out->bytes ? a.ulValueLen : 0;
}

/* A point of `want` bytes: as it is, or in an OCTET STRING, as the standard has it. */
static const unsigned char *point_in(const struct value *v, size_t want)
{
    if (v->n == want)
        return v->bytes;
    return v->n == want + 2 && v->bytes[0] == 4 && v->bytes[1] == want ? v->bytes + 2 : NULL;
}

static EVP_PKEY *make_p256(const unsigned char *point)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){"prime256v1"}, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (unsigned char *)(uintptr_t)point, POINT_P256),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pkey = NULL;

    if (ctx && (EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1))
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* The public key as TUF writes it; NULL: of a kind that is not used here. */
static json_t *read_public(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object, CK_KEY_TYPE *type)
{
    static const unsigned char p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}; /* its OID, in DER */
    CK_ATTRIBUTE a = {CKA_KEY_TYPE, type, sizeof *type};
    const unsigned char *raw;
    struct value point, curve;
    EVP_PKEY *pkey = NULL;
    json_t *out;

    if (module->C_GetAttributeValue(s, object, &a, 1) != CKR_OK)
        return NULL;
    read_value(module, s, object, CKA_EC_POINT, &point);
    read_value(module, s, object, CKA_EC_PARAMS, &curve);
    if (*type == CKK_EC_EDWARDS && (raw = point_in(&point, ED25519_PUBLIC)))
        pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, ED25519_PUBLIC);
    else if (*type == CKK_EC && curve.n == sizeof p256 && !memcmp(curve.bytes, p256, sizeof p256) && (raw = point_in(&point, POINT_P256)))
        pkey = make_p256(raw);
    out = pkey ? signer_object(pkey) : NULL;
    EVP_PKEY_free(pkey);
    return out;
}

/* ---- the list ------------------------------------------------------------------------------------------- */

static json_t *describe(const struct token *t, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object)
{
    struct value label, id;
    char hex[2 * VALUE + 1], keyid[SHA256_HEX];
    CK_KEY_TYPE type;
    json_t *key = read_public(t->module, s, object, &type), *row;

    read_value(t->module, s, object, CKA_LABEL, &label);
    read_value(t->module, s, object, CKA_ID, &id);
    crypto_hex(id.bytes, id.n, hex);
    if (key && signer_id(key, keyid)) {
        json_decref(key);
        key = NULL;
    }
    row = json_pack("{s:s,s:s%,s:s,s:s?,s:O?}", "token", t->label, "label", (char *)label.bytes, (size_t)label.n, "id", hex,
                    "keyid", key ? keyid : NULL, "key", key);
    json_decref(key);
    return row;
}

static int list_token(const struct place *p, const struct token *t, const struct passphrase *pin, json_t *rows)
{
    CK_OBJECT_HANDLE object[OBJECTS];
    CK_SESSION_HANDLE s;
    CK_ULONG n = 0;
    int rc = log_in(p, t, pin, &s);

    if (rc)
        return rc;
    rc = find(p, t->module, s, CKO_PUBLIC_KEY, NULL, object, &n);
    for (CK_ULONG i = 0; i < n && !rc; i++) {
        json_t *row = describe(t, s, object[i]);

        if (row && json_array_append_new(rows, row)) /* a label that is no text: not shown */
            rc = refuse(p, MM_ENOMEM, mm_strerror(MM_ENOMEM));
    }
    t->module->C_CloseSession(s);
    return rc;
}

int token_list(const char *uri, const struct passphrase *pin, json_t **out, char why[TOKEN_WHY])
{
    struct token token[SLOTS];
    struct place p;
    json_t *rows = json_array();
    int rc = place_open(&p, uri, why);
    size_t n = rc ? 0 : tokens(&p, token);

    if (!rc && !n)
        rc = refuse(&p, MM_ENOTFOUND, "no such token");
    else if (!rc && pin && n > 1)
        rc = refuse(&p, MM_EINVAL, "more than one token: a PIN goes to one only; say which (token=...)");
    for (size_t i = 0; i < n && !rc; i++)
        rc = list_token(&p, &token[i], pin, rows);
    place_close(&p);
    if (rc)
        json_decref(rows);
    else
        *out = rows;
    return rc;
}

/* ---- signing ------------------------------------------------------------------------------------------------ */

/* r and s, as tokens have it, in DER, as everybody else. */
static int add_der(const unsigned char raw[RAW], struct buf *signature)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, RAW / 2, NULL), *s = BN_bin2bn(raw + RAW / 2, RAW / 2, NULL);
    unsigned char *der = NULL;
    int n, rc = MM_ECRYPTO;

    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        n = i2d_ECDSA_SIG(sig, &der);
        rc = n > 0 ? buf_add(signature, der, (size_t)n) : MM_ECRYPTO;
    } else {
        BN_free(r);
        BN_free(s);
    }
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    return rc;
}

static int sign(void *held, const void *message, size_t n, struct buf *signature)
{
    struct held *h = held;
    CK_MECHANISM how = {h->type == CKK_EC ? CKM_ECDSA : CKM_EDDSA, NULL, 0};
    unsigned char digest[SHA256_BYTES], raw[LIM_TUF_SIGNATURE];
    const unsigned char *what = message;
    CK_ULONG len = sizeof raw;

    if (h->type == CKK_EC) {
        if (crypto_sha256(message, n, digest))
            return MM_ECRYPTO;
        what = digest;
        n = sizeof digest;
    }
    if (h->module->C_SignInit(h->session, &how, h->key) != CKR_OK ||
        h->module->C_Sign(h->session, (CK_BYTE *)(uintptr_t)what, n, raw, &len) != CKR_OK || len != RAW)
        return MM_ECRYPTO;
    return h->type == CKK_EC ? add_der(raw, signature) : buf_add(signature, raw, len);
}

static void free_held(void *held)
{
    struct held *h = held;

    if (h->session)
        h->module->C_CloseSession(h->session);
    place_close(&h->place);
    free(h);
}

_Static_assert(RAW == ED25519_SIGNATURE, "both have one length");

static const struct signer_ops ops = {sign, free_held};

/* The one private key, and the public half that has its id. */
static int take_key(struct held *h, json_t **object)
{
    const struct place *p = &h->place;
    CK_OBJECT_HANDLE found[OBJECTS];
    struct value id;
    CK_ATTRIBUTE with = {CKA_ID, id.bytes, 0};
    CK_ULONG n = 0;
    int rc = find(p, h->module, h->session, CKO_PRIVATE_KEY, NULL, found, &n);

    if (!rc && !n)
        rc = refuse(p, MM_ENOTFOUND, "no such private key in the token");
    else if (!rc && n > 1)
        rc = refuse(p, MM_EINVAL, "more than one key: say which (object=... or id=...)");
    if (rc)
        return rc;
    h->key = found[0];
    read_value(h->module, h->session, h->key, CKA_ID, &id);
    with.ulValueLen = id.n;
    rc = find(p, h->module, h->session, CKO_PUBLIC_KEY, id.n ? &with : NULL, found, &n);
    if (!rc && n != 1)
        rc = refuse(p, MM_ENOTFOUND, "its public half is not in the token, or not alone under its id");
    if (!rc && !(*object = read_public(h->module, h->session, found[0], &h->type)))
        rc = refuse(p, MM_EUNSUPPORTED, "neither an Ed25519 nor a P-256 key");
    return rc;
}

static int take(struct held *h, const char *uri, const struct passphrase *pin, struct signer *s, char *why)
{
    struct token token[SLOTS];
    int rc = place_open(&h->place, uri, why);
    size_t n = rc ? 0 : tokens(&h->place, token);

    if (!rc && !n)
        rc = refuse(&h->place, MM_ENOTFOUND, "no such token");
    else if (!rc && n > 1)
        rc = refuse(&h->place, MM_EINVAL, "more than one token: say which (token=...)");
    if (rc)
        return rc;
    h->module = token[0].module;
    rc = log_in(&h->place, &token[0], pin, &h->session);
    if (!rc)
        rc = take_key(h, &s->object);
    return rc ? rc : signer_id(s->object, s->id);
}

int token_open(const char *uri, const struct passphrase *pin, struct signer *out, char why[TOKEN_WHY])
{
    struct signer s = {.ops = &ops, .held = calloc(1, sizeof(struct held))};
    int rc;

    snprintf(why, TOKEN_WHY, "%s", mm_strerror(MM_ENOMEM));
    if (!s.held)
        return MM_ENOMEM;
    rc = take(s.held, uri, pin, &s, why);
    if (rc)
        signer_fini(&s);
    else
        *out = s;
    return rc;
}
