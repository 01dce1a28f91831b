#include "updater/tuf/info.h"

#include <openssl/evp.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/err.h"

/* Lower-case hexadecimal digits, exactly as many as `out` holds. */
static int read_hash(const json_t *text, char *out, size_t size)
{
    const char *hex = json_string_value(text);

    if (!text)
        return MM_OK;
    if (!hex || strlen(hex) != size - 1 || strspn(hex, "0123456789abcdef") != size - 1)
        return MM_EFORMAT;
    memcpy(out, hex, size);
    return MM_OK;
}

static int read_hashes(const json_t *hashes, struct tuf_info *info)
{
    int rc;

    if (!json_is_object(hashes) || !json_object_size(hashes))
        return MM_EFORMAT;
    info->hashes = 1;
    rc = read_hash(json_object_get(hashes, "sha256"), info->sha256, sizeof info->sha256);
    return rc ? rc : read_hash(json_object_get(hashes, "sha512"), info->sha512, sizeof info->sha512);
}

static int read_info(const json_t *entry, struct tuf_info *info)
{
    const json_t *length = json_object_get(entry, "length"), *hashes = json_object_get(entry, "hashes");

    if (!json_is_object(entry))
        return MM_EFORMAT;
    info->length = -1;
    if (length) {
        if (!json_is_integer(length) || json_integer_value(length) < 0)
            return MM_EFORMAT;
        info->length = json_integer_value(length);
    }
    return hashes ? read_hashes(hashes, info) : MM_OK;
}

int tuf_info_read_meta(const json_t *entry, struct tuf_info *out)
{
    struct tuf_info info = {.version = json_integer_value(json_object_get(entry, "version"))};
    int rc = info.version >= 1 ? read_info(entry, &info) : MM_EFORMAT;

    if (!rc && info.length == 0) /* no metadata file is empty */
        rc = MM_EFORMAT;
    if (!rc)
        *out = info;
    return rc;
}

int tuf_info_read_target(const json_t *entry, struct tuf_info *out)
{
    struct tuf_info info = {0};
    int rc = read_info(entry, &info);

    if (!rc && (info.length < 0 || !info.hashes))
        rc = MM_EFORMAT;
    if (!rc)
        *out = info;
    return rc;
}

/* 1 when the hash is not told or fits. */
static int fits(const char *told, const EVP_MD *kind, const void *bytes, size_t n)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned len = 0;

    if (!told[0])
        return 1;
    if (EVP_Digest(bytes, n, digest, &len, kind, NULL) != 1)
        return 0;
    crypto_hex(digest, len, hex);
    return !strcmp(hex, told);
}

enum tuf_cause tuf_info_check(const struct tuf_info *info, const void *bytes, size_t n, enum tuf_cause otherwise)
{
    if (info->hashes && !info->sha256[0] && !info->sha512[0])
        return TUF_NO_HASH;
    if (info->length >= 0 && (uint64_t)info->length != n)
        return otherwise;
    if (!fits(info->sha256, EVP_sha256(), bytes, n) || !fits(info->sha512, EVP_sha512(), bytes, n))
        return otherwise;
    return TUF_FINE;
}
