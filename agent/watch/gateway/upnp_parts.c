/* What a router says of itself and of its port mappings; XML by miniupnpc's parsers, which take (bytes, length),
 * keep fixed-size fields and do not recurse. */
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpreplyparse.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/messages.h"
#include "agent/watch/gateway/parts.h"
#include "lib/err.h"

#define WAN_SERVICE "urn:schemas-upnp-org:service:WAN"

/* The decimal number at `text`, of at most `digits` digits and below 65536; *end behind it.  MM_EFORMAT. */
static int port_number(const char *text, const char **end, uint16_t *out)
{
    unsigned value = 0, digits = 0;

    for (; digits < 5 && isdigit((unsigned char)text[digits]); digits++)
        value = value * 10 + (unsigned)(text[digits] - '0');
    if (!digits || value > UINT16_MAX)
        return MM_EFORMAT;
    *end = text + digits;
    *out = (uint16_t)value;
    return MM_OK;
}

int upnp_url(const char *url, size_t n, const char *from, uint16_t *port, char *path, size_t size)
{
    char text[LIM_NAME];
    const char *p = text;
    size_t host = strlen(from);

    if (!n || n >= sizeof text || memchr(url, '\0', n))
        return MM_EFORMAT;
    memcpy(text, url, n);
    text[n] = '\0';
    if (strncasecmp(p, "http://", 7) == 0) {
        p += 7;
        if (strncmp(p, from, host) != 0 || (p[host] != ':' && p[host] != '/'))
            return MM_EFORMAT;
        p += host;
        *port = 80;
        if (*p == ':' && (port_number(p + 1, &p, port) || !*port))
            return MM_EFORMAT;
    }
    if (!path_valid(p) || strlen(p) >= size)
        return MM_EFORMAT;
    memcpy(path, p, strlen(p) + 1);
    return MM_OK;
}

int ssdp_location(const char *bytes, size_t n, const char *from, uint16_t *port, char *path, size_t size)
{
    static const char field[] = "location:";
    const char *line = bytes, *end = bytes + n;

    if (n < 12 || strncasecmp(bytes, "HTTP/1.1 200", 12) != 0)
        return MM_EFORMAT;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length;

        stop = stop ? stop : end;
        length = (size_t)(stop - line);
        if (length >= sizeof field && strncasecmp(line, field, sizeof field - 1) == 0) {
            const char *value = line + sizeof field - 1;

            while (value < stop && (*value == ' ' || *value == '\t'))
                value++;
            while (stop > value && (stop[-1] == '\r' || stop[-1] == ' '))
                stop--;
            /* A path alone is no place. */
            return value < stop && *value != '/' ? upnp_url(value, (size_t)(stop - value), from, port, path, size) : MM_EFORMAT;
        }
        line = stop + 1;
    }
    return MM_EFORMAT;
}

int upnp_description(const char *xml, size_t n, char *base, char *control, char *service)
{
    struct IGDdatas d;
    const struct IGDdatas_service *s;

    memset(&d, 0, sizeof d);
    if (!n || n > INT32_MAX)
        return MM_EFORMAT;
    parserootdesc(xml, (int)n, &d);
    s = d.first.servicetype[0] ? &d.first : &d.second;
    if (strncmp(s->servicetype, WAN_SERVICE, sizeof WAN_SERVICE - 1) != 0 || !s->controlurl[0])
        return MM_EFORMAT;
    /* Into a header line of ours it goes: nothing but what service types are made of. */
    if (strspn(s->servicetype, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-") != strlen(s->servicetype))
        return MM_EFORMAT;
    snprintf(base, MINIUPNPC_URL_MAXSIZE, "%s", d.urlbase);
    snprintf(control, MINIUPNPC_URL_MAXSIZE, "%s", s->controlurl);
    snprintf(service, MINIUPNPC_URL_MAXSIZE, "%s", s->servicetype);
    return MM_OK;
}

/* Text of the answer into a field; control characters become '?'. */
static void field(struct NameValueParserData *d, const char *name, char *out, size_t size)
{
    const char *value = GetValueFromNameValueList(d, name);

    snprintf(out, size, "%s", value ? value : "");
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
}

int upnp_mapping(const char *xml, size_t n, struct probe_port *out)
{
    struct NameValueParserData d;
    struct probe_port p;
    char text[16];
    const char *end;
    int rc;

    memset(&p, 0, sizeof p);
    memset(&d, 0, sizeof d);
    if (!n || n > INT32_MAX)
        return MM_EFORMAT;
    ParseNameValue(xml, (int)n, &d);
    field(&d, "NewExternalPort", text, sizeof text);
    rc = port_number(text, &end, &p.external);
    field(&d, "NewInternalPort", text, sizeof text);
    if (!rc)
        rc = port_number(text, &end, &p.internal);
    field(&d, "NewProtocol", p.protocol, sizeof p.protocol);
    for (char *c = p.protocol; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (strcmp(p.protocol, "tcp") != 0 && strcmp(p.protocol, "udp") != 0)
        rc = MM_EFORMAT;
    field(&d, "NewInternalClient", p.client, sizeof p.client);
    field(&d, "NewPortMappingDescription", p.description, sizeof p.description);
    ClearNameValueList(&d);
    if (!rc)
        *out = p;
    return rc;
}
