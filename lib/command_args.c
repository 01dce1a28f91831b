/* The arguments of "declare" and "policy": tables say which members there are
 * and how each text must be; everything else is refused. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/command.h"
#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/unicode.h"
#include "lib/update_record.h"

#define NAME_MOST 253      /* of a name in the DNS, RFC 1035 3.1 as text */

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* ---- texts ------------------------------------------------------------------- */

static int printable(const char *s, size_t least, size_t size)
{
    size_t n = strlen(s);

    if (n < least || n >= size || !uni_valid(s, n))
        return 0;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f || ((unsigned char)s[i] == 0xc2 && (unsigned char)s[i + 1] < 0xa0))
            return 0; /* C1 controls are C2 80..9F */
    return 1;
}

int command_door(const char *text)
{
    static const char *const kinds[] = {"gateway", "program", "listener", "ssh"};
    size_t n = strcspn(text, ":");

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strlen(kinds[i]) == n && !strncmp(text, kinds[i], n))
            return (!text[n] || text[n + 1]) && printable(text, n, LIM_DOOR_ID);
    return 0;
}

/* The length of a name or an address in front of ":port"; 0: none. */
static size_t host_length(const char *text)
{
    size_t n;

    if (text[0] == '[') {
        n = 1 + strspn(text + 1, DIGITS "abcdef:.");
        return n > 3 && n < 48 && text[n] == ']' && memchr(text + 1, ':', n - 1) ? n + 1 : 0;
    }
    n = strspn(text, LOWER DIGITS ".-");
    if (!n || n > NAME_MOST || !memchr(LOWER DIGITS, text[0], sizeof LOWER DIGITS - 1))
        return 0;
    for (size_t i = 1; i < n; i++)
        if (text[i] == '.' && (text[i - 1] == '.' || text[i - 1] == '-'))
            return 0;
    return text[n - 1] == '.' || text[n - 1] == '-' ? 0 : n;
}

int command_gateway(const char *text)
{
    size_t n = host_length(text), digits;
    unsigned port = 0;

    if (!n || text[n] != ':' || text[n + 1] == '0')
        return 0;
    text += n + 1;
    digits = strspn(text, DIGITS);
    if (!digits || digits > 5 || text[digits])
        return 0;
    for (size_t i = 0; i < digits; i++)
        port = port * 10 + (unsigned)(text[i] - '0');
    return port <= 65535;
}

int command_product(const char *s)
{
    return s[0] && strlen(s) < LIM_TAG && s[strspn(s, LOWER DIGITS "-_")] == '\0';
}

static int is_model(const char *s)
{
    return printable(s, 0, LIM_NAME);
}

/* As makers write them: "9.16(4)57", "10.2.9-h1", "V5.37(ABPS.0)". */
int command_version(const char *s)
{
    size_t n = strlen(s);

    return n && n < LIM_TAG && strspn(s, LOWER CAPITALS DIGITS) && s[n - 1] != ' ' && strpbrk(s, DIGITS) &&
           !s[strspn(s, LOWER CAPITALS DIGITS " ._-+~:/(),")];
}

static int is_reason(const char *s)
{
    return printable(s, 1, LIM_TITLE);
}

int command_mitigation(const char *s)
{
    return !strcmp(s, "none") || !strcmp(s, "disabled") || !strcmp(s, "workaround") || !strcmp(s, "separated") || !strcmp(s, "monitored");
}

int command_day(const char *text)
{
    int64_t day;

    return rfc3339_parse_day(text, &day) == MM_OK;
}

#define CERTIFICATE_DIGITS 16 /* nobody makes a key whose fingerprint begins with 64 given bits */

int command_certificate(const char *s)
{
    return !strcmp(s, "none") || (strlen(s) >= CERTIFICATE_DIGITS && strlen(s) <= 2 * 32 && s[strspn(s, "0123456789abcdef")] == '\0');
}

int command_posture(const char *s)
{
    return !strcmp(s, "posture:restore_test") || !strcmp(s, "posture:threats");
}

/* ---- forms ------------------------------------------------------------------- */

struct member { const char *name; int (*is)(const char *text); };
#define MEMBERS 4

/* What a statement may look like; the first form whose second member is there is meant. */
static const struct member forms[][MEMBERS] = {
    {{"id", command_door}, {"version", command_version}, {"product", command_product}, {"model", is_model}},
    {{"id", command_door}, {"mitigation", command_mitigation}, {"reason", is_reason}},
    {{"id", command_posture}, {"date", command_day}},
    {{"id", command_door}, {"certificate", command_certificate}},
};
#define FORMS (sizeof forms / sizeof forms[0])

static int declare_fits(json_t *o, const char *by)
{
    const char *said = json_string_value(json_object_get(o, "by"));
    const struct member *form = NULL;
    size_t known = 1;

    for (size_t i = 0; i < FORMS && !form; i++)
        if (json_object_get(o, forms[i][1].name))
            form = forms[i];
    if (!form || !said || strcmp(said, by) || !printable(by, 1, LIM_TITLE))
        return 0;
    for (size_t i = 0; i < MEMBERS && form[i].name; i++, known++) {
        const char *text = json_string_value(json_object_get(o, form[i].name));

        if (!text || !form[i].is(text))
            return 0;
    }
    return json_object_size(o) == known;
}

static int gateways_fit(const json_t *list)
{
    size_t n = json_array_size(list);

    if (!json_is_array(list) || n > LIM_GATEWAYS)
        return 0;
    for (size_t i = 0; i < n; i++) {
        const char *one = json_string_value(json_array_get(list, i));

        if (!one || strlen(one) >= LIM_GATEWAY_NAME || !command_gateway(one))
            return 0;
        for (size_t k = 0; k < i; k++)
            if (!strcmp(one, json_string_value(json_array_get(list, k))))
                return 0;
    }
    return 1;
}

/* At least one of them, and nothing else. */
static int policy_fits(json_t *o)
{
    const json_t *list = json_object_get(o, "gateways"), *ring = json_object_get(o, "ring"), *removal = json_object_get(o, "removal");
    const char *word = json_string_value(ring), *hash = json_string_value(removal);
    size_t known = (list != NULL) + (ring != NULL) + (removal != NULL);
    uint8_t raw[SHA256_BYTES];

    return known && json_object_size(o) == known && (!list || gateways_fit(list)) && (!ring || (word && update_ring(word))) &&
           (!removal || (hash && !crypto_unhex(hash, raw, sizeof raw)));
}

int command_args(enum command_action action, const char *text, size_t n, const char *by, struct buf *out)
{
    json_t *o;
    char *dump;
    int rc = MM_EFORMAT;

    if (action != COMMAND_DECLARE && action != COMMAND_POLICY)
        return MM_EUNSUPPORTED;
    if (n >= LIM_COMMAND_ARGS)
        return MM_ELIMIT;
    o = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(o) && (action == COMMAND_DECLARE ? declare_fits(o, by) : policy_fits(o)))
        rc = MM_OK;
    if (!rc && out) {
        dump = json_dumps(o, JSON_COMPACT);
        rc = dump ? buf_adds(out, dump) : MM_ENOMEM;
        free(dump);
    }
    json_decref(o);
    return rc;
}
