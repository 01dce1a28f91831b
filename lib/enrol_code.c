/* Text in, struct out; no state.  The code is read over the telephone and
 * typed by hand, so the checksum decides, and look-alikes that base32 does not
 * use (0 1 8) are read as the letters that they resemble. */
#include "lib/enrol_code.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/err.h"

#define CODE_RAW 1024     /* payload and checksum: url + pin + token + JSON need 720 */
#define CHECK_BYTES 4
#define GROUP 5

static int port_fine(const char *port)
{
    size_t n = strspn(port, "0123456789");
    long value = n && n <= 5 && !port[n] ? strtol(port, NULL, 10) : 0;

    return value >= 1 && value <= 65535;
}

/* https://name, https://1.2.3.4:port, https://[::1]:port - and nothing after it. */
static int url_fine(const char *url)
{
    static const char scheme[] = "https://";
    static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    const char *host = url + sizeof scheme - 1;
    size_t n;

    if (strlen(url) >= sizeof ((struct enrol_code *)0)->url || strncmp(url, scheme, sizeof scheme - 1))
        return 0;
    if (*host == '[') {
        n = strspn(host + 1, "0123456789abcdefABCDEF:.");
        if (!n || host[n + 1] != ']')
            return 0;
        host += n + 2;
    } else {
        n = strspn(host, name);
        if (!n)
            return 0;
        host += n;
    }
    return !*host || (*host == ':' && port_fine(host + 1));
}

static int token_fine(const char *token)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = strspn(token, allowed);

    return n && !token[n] && n < sizeof ((struct enrol_code *)0)->token;
}

static int pin_fine(const char *pin)
{
    return strlen(pin) == 64 && strspn(pin, "0123456789abcdef") == 64;
}

static int append_base32(const uint8_t *raw, size_t n, struct buf *out)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned bits = 0, have = 0, written = 0;
    int rc = MM_OK;

    for (size_t i = 0; (i < n || have) && !rc;) {
        if (have < 5 && i < n) {
            bits = (bits << 8 | raw[i++]) & 0xffff;
            have += 8;
            continue;
        }
        if (have < 5) { /* the last digit, filled with zeros */
            bits <<= 5 - have;
            have = 5;
        }
        have -= 5;
        if (written && written % GROUP == 0)
            rc = buf_add(out, "-", 1);
        if (!rc)
            rc = buf_add(out, &alphabet[bits >> have & 31], 1);
        written++;
    }
    return rc;
}

int enrol_code_make(const struct enrol_code *c, struct buf *out)
{
    uint8_t raw[CODE_RAW], md[SHA256_BYTES];
    struct buf text;
    json_t *json;
    size_t n;
    int rc;

    if (!url_fine(c->url) || !pin_fine(c->ca_pin) || !token_fine(c->token))
        return MM_EINVAL;
    json = json_pack("{s:s,s:s,s:s}", "u", c->url, "p", c->ca_pin, "t", c->token);
    n = json ? json_dumpb(json, (char *)raw, sizeof raw - CHECK_BYTES, JSON_COMPACT) : 0;
    json_decref(json);
    if (!n)
        return MM_ENOMEM;
    if (n > sizeof raw - CHECK_BYTES)
        return MM_ELIMIT;
    rc = crypto_sha256(raw, n, md);
    if (rc)
        return rc;
    memcpy(raw + n, md, CHECK_BYTES);
    buf_init(&text, LIM_CODE_LINE);
    rc = buf_adds(&text, "MM1-");
    if (!rc)
        rc = append_base32(raw, n + CHECK_BYTES, &text);
    if (!rc)
        rc = buf_add(out, text.data, text.len);
    buf_fini(&text);
    return rc;
}

/* Value of one typed character, -1 for a blank or dash, -2 for anything else. */
static int digit_value(char c)
{
    if (c == ' ' || c == '-' || c == '\t' || c == '\r' || c == '\n')
        return -1;
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= '2' && c <= '7')
        return c - '2' + 26;
    if (c == '0')
        return 'O' - 'A';
    if (c == '1')
        return 'I' - 'A';
    return c == '8' ? 'B' - 'A' : -2;
}

/* Skip "MM1" as it may have been typed; NULL when it is not there. */
static const char *skip_prefix(const char *text)
{
    static const char want[] = "MM1";

    for (int i = 0; want[i]; text++) {
        char c = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;

        if (c == want[i])
            i++;
        else if (digit_value(c) != -1 || (!i && c == '-')) /* blanks anywhere, dashes within */
            return NULL;
    }
    return text;
}

static int decode_base32(const char *text, uint8_t raw[CODE_RAW], size_t *len)
{
    unsigned bits = 0, have = 0;
    size_t n = 0;

    for (; *text; text++) {
        int v = digit_value(*text);

        if (v == -1)
            continue;
        if (v < 0)
            return MM_EFORMAT;
        bits = (bits << 5 | (unsigned)v) & 0xfff;
        have += 5;
        if (have < 8)
            continue;
        have -= 8;
        if (n == CODE_RAW)
            return MM_ELIMIT;
        raw[n++] = (uint8_t)(bits >> have);
    }
    if (have >= 5 || (bits & ((1u << have) - 1)))
        return MM_ECRYPTO; /* a character too many or too few */
    *len = n;
    return MM_OK;
}

static int read_payload(const char *json, size_t n, struct enrol_code *out)
{
    json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, NULL);
    const char *u, *p, *t;
    struct enrol_code c = {0};
    int rc = MM_EFORMAT;

    if (root && !json_unpack_ex(root, NULL, JSON_STRICT, "{s:s,s:s,s:s}", "u", &u, "p", &p, "t", &t) &&
        url_fine(u) && pin_fine(p) && token_fine(t)) {
        memcpy(c.url, u, strlen(u) + 1); /* lengths were checked by *_fine */
        memcpy(c.ca_pin, p, strlen(p) + 1);
        memcpy(c.token, t, strlen(t) + 1);
        *out = c;
        rc = MM_OK;
    }
    json_decref(root);
    return rc;
}

int enrol_code_parse(const char *text, struct enrol_code *out)
{
    uint8_t raw[CODE_RAW], md[SHA256_BYTES];
    size_t n = 0;
    int rc;

    if (strlen(text) > LIM_CODE_LINE)
        return MM_ELIMIT;
    text = skip_prefix(text);
    if (!text)
        return MM_EFORMAT;
    rc = decode_base32(text, raw, &n);
    if (rc)
        return rc;
    if (n <= CHECK_BYTES)
        return MM_ECRYPTO;
    n -= CHECK_BYTES;
    rc = crypto_sha256(raw, n, md);
    if (rc)
        return rc;
    if (memcmp(md, raw + n, CHECK_BYTES))
        return MM_ECRYPTO;
    return read_payload((const char *)raw, n, out);
}

int enrol_code_mark(const struct enrol_code *c, char mark[SHA256_HEX])
{
    uint8_t md[SHA256_BYTES];
    int rc = crypto_sha256(c->token, strlen(c->token), md);

    if (!rc)
        crypto_hex(md, sizeof md, mark);
    return rc;
}
