/* Gateways that this host seems to use, by the files of its VPN clients: proposed to people, never asked by us.
 *
 * These files hold keys and passwords too.  Nothing of a file gets into an item but a word that stands where an
 * address belongs and has the form of a host name or an address. */
#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/watch/host/survey.h"
#include "lib/err.h"
#include "lib/limits.h"

#define MAX_FILES 128      /* of one folder: a host has a handful of connections */
#define MAX_FOUND 64       /* candidates of one host; the company has LIM_GATEWAYS */
#define HOST_MAX 254       /* a host name (RFC 1123) with its NUL */
#define PORT_MAX 65535
#define PORT_HTTPS 443
#define PORT_IKE 500

struct finder {
    struct survey *s;
    const char *source;    /* file at hand */
    unsigned found;
    struct { char host[HOST_MAX]; unsigned port; } seen[MAX_FOUND];
};

/* ---- what is an address --------------------------------------------------------------------- */

static bool is_name(const char *host, size_t n)
{
    static const char ALLOWED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    const char *dot = memchr(host, '.', n);

    /* a dot within: a bare word may be a secret or a keyword */
    return n && n < HOST_MAX && strspn(host, ALLOWED) >= n && dot && dot != host && host[n - 1] != '-' && host[0] != '-';
}

static bool is_address(const char *host)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static bool is_local(const char *host)
{
    static const char *const HERE[] = {"0.0.0.0", "::", "::1", "255.255.255.255"};

    for (size_t i = 0; i < sizeof HERE / sizeof *HERE; i++)
        if (!strcmp(host, HERE[i]))
            return true;
    return !strncmp(host, "127.", 4);
}

static void put(struct finder *f, const char *host, unsigned port)
{
    size_t n = strlen(host);

    if (n >= HOST_MAX || !port || port > PORT_MAX || (!is_address(host) && !is_name(host, n)) || is_local(host))
        return;
    for (unsigned i = 0; i < f->found; i++)
        if (f->seen[i].port == port && !strcasecmp(f->seen[i].host, host))
            return;
    if (f->found == MAX_FOUND) {
        f->s->lost++;
        return;
    }
    memcpy(f->seen[f->found].host, host, n + 1);
    f->seen[f->found++].port = port;
    survey_put(f->s, json_pack("{s:s, s:o, s:i, s:o}", "kind", "candidate", "address", survey_string(host), "port", (int)port, "source",
                               survey_string(f->source)));
}

static unsigned port_of(const char *text, unsigned standard)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    return *text >= '0' && *text <= '9' && n && n <= PORT_MAX ? (unsigned)n : standard;
}

/* "host", "host:port", "[v6]:port", "https://host:port/path", with or without quotes */
static void put_text(struct finder *f, const char *text, unsigned standard)
{
    char host[HOST_MAX];
    const char *scheme = strstr(text, "://"), *end;
    size_t n;

    text += strspn(text, " \t\"'");
    if (scheme && scheme > text && strcspn(text, " \t:/") == (size_t)(scheme - text))
        text = scheme + 3;
    if (*text == '[') {
        n = strcspn(++text, "]");
        end = text + n + (text[n] == ']');
    } else {
        n = strcspn(text, " \t\r\"',;/");
        if (memchr(text, '@', n))
            return; /* user:password@host: nothing of it is taken */
        end = memchr(text, ':', n);
        if (end && !memchr(end + 1, ':', n - (size_t)(end + 1 - text))) /* one colon: a port */
            n = (size_t)(end - text);
        end = text + n;
    }
    if (!n || n >= sizeof host)
        return;
    memcpy(host, text, n);
    host[n] = '\0';
    put(f, host, *end == ':' ? port_of(end + 1, standard) : standard);
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* The value of "KEY value", "KEY=value", "KEY = value" when the line's key is one of `keys`; else NULL. */
static char *value_of(char *line, const char *const *keys)
{
    size_t n = strcspn(line, " \t=");
    char *value = line + n + strspn(line + n, " \t");

    if (*value == '=')
        value += 1 + strspn(value + 1, " \t");
    for (; *keys; keys++)
        if (strlen(*keys) == n && !strncasecmp(line, *keys, n))
            return value;
    return NULL;
}

/* OpenVPN: "remote HOST [PORT [PROTO]]", and "port N" for those without. */
static void openvpn(struct finder *f, char *text)
{
    static const char *const REMOTE[] = {"remote", NULL}, *const PORT[] = {"port", "rport", NULL};
    char *copy = strdup(text), *rest = copy, *line, *value;
    unsigned standard = 1194;

    while ((line = survey_line(&rest)))
        if ((value = value_of(line, PORT)))
            standard = port_of(value, standard);
    free(copy);
    for (rest = text; (line = survey_line(&rest));) {
        char *port;

        value = value_of(line, REMOTE);
        if (!value || strpbrk(line, "<>"))
            continue;
        port = value + strcspn(value, " \t\r");
        if (*port)
            *port++ = '\0';
        value[strcspn(value, "\r")] = '\0';
        put(f, value, port_of(port + strspn(port, " \t"), standard));
    }
}

/* Key and value files: the words that name a gateway, and the port that belongs to them. */
static void keyed(struct finder *f, char *text, const char *const *keys, unsigned standard)
{
    char *line, *value;

    while ((line = survey_line(&text))) {
        value = value_of(line, keys);
        while (value && *value) { /* several, with blanks or commas between */
            size_t n = strcspn(value, ", \t\r");
            char *next = value + n + strspn(value + n, ", \t\r");

            value[n] = '\0';
            if (n)
                put_text(f, value, standard);
            value = *next || n ? next : NULL;
        }
    }
}

/* NetworkManager: section [vpn] with remote= (OpenVPN; several, "host:port:proto"), gateway= (others), address= (strongSwan);
 * [wireguard-peer.KEY] with endpoint=. */
static void network_manager(struct finder *f, char *text)
{
    static const char *const REMOTE[] = {"remote", NULL}, *const GATEWAY[] = {"gateway", "address", "IPSec gateway", NULL}, *const ENDPOINT[] = {"endpoint", NULL};
    char *line, *value, service[64] = "";
    enum { OTHER, VPN, PEER } section = OTHER;
    char *copy = strdup(text), *rest = copy;
    static const char *const SERVICE[] = {"service-type", NULL};

    while ((line = survey_line(&rest)))
        if ((value = value_of(line, SERVICE)))
            snprintf(service, sizeof service, "%s", value);
    free(copy);
    while ((line = survey_line(&text))) {
        if (*line == '[') {
            section = !strncmp(line, "[vpn]", 5) ? VPN : !strncmp(line, "[wireguard-peer.", 16) ? PEER : OTHER;
        } else if (section == VPN && (value = value_of(line, REMOTE))) {
            while (*value) {
                size_t n = strcspn(value, ", \t\r");
                char *next = value + n + strspn(value + n, ", \t\r"), *protocol = NULL;

                value[n] = '\0';
                if (*value != '[' && (protocol = strchr(value, ':')) && (protocol = strchr(protocol + 1, ':')) && strpbrk(protocol, "tu"))
                    *protocol = '\0'; /* host:port:tcp */
                put_text(f, value, 1194);
                value = next;
            }
        } else if (section == VPN && !strncmp(line, "IPSec gateway=", 14)) {
            put_text(f, line + 14, PORT_IKE);
        } else if (section == VPN && (value = value_of(line, GATEWAY))) {
            put_text(f, value, strstr(service, "strongswan") || strstr(service, "libreswan") ? PORT_IKE : strstr(service, "pptp") ? 1723
                : strstr(service, "l2tp") ? 1701 : PORT_HTTPS);
        } else if (section == PEER && (value = value_of(line, ENDPOINT))) {
            put_text(f, value, 51820);
        }
    }
}

static void wireguard(struct finder *f, char *text)
{
    static const char *const KEYS[] = {"Endpoint", NULL};

    keyed(f, text, KEYS, 51820);
}

static void ipsec(struct finder *f, char *text)
{
    static const char *const KEYS[] = {"right", "remote_addrs", NULL};

    keyed(f, text, KEYS, PORT_IKE);
}

static void vpnc(struct finder *f, char *text)
{
    char *line;

    while ((line = survey_line(&text)))
        if (!strncasecmp(line, "IPSec gateway ", 14))
            put_text(f, line + 14, PORT_IKE);
}

static void forti(struct finder *f, char *text) /* openfortivpn: host = , port = */
{
    static const char *const HOST[] = {"host", NULL}, *const PORT[] = {"port", NULL};
    char *line, *value, host[HOST_MAX] = "";
    unsigned port = PORT_HTTPS;

    while ((line = survey_line(&text))) {
        if ((value = value_of(line, HOST)))
            snprintf(host, sizeof host, "%.*s", (int)strcspn(value, " \t\r"), value);
        else if ((value = value_of(line, PORT)))
            port = port_of(value, port);
    }
    if (*host)
        put(f, host, port);
}

/* The text between <TAG> and </TAG>, every time it comes; no parser of XML is needed for names without markup. */
static void tagged(struct finder *f, char *text, const char *tag)
{
    size_t n = strlen(tag);

    while ((text = strchr(text, '<'))) {
        char *end;

        text++;
        if (strncasecmp(text, tag, n) || text[n] != '>')
            continue;
        text += n + 1;
        end = strchr(text, '<');
        if (!end)
            return;
        *end = '\0';
        text += strspn(text, " \t\r\n");
        text[strcspn(text, " \t\r\n")] = '\0';
        put_text(f, text, PORT_HTTPS);
        *end = '<';
        text = end;
    }
}

static void anyconnect(struct finder *f, char *text) { tagged(f, text, "HostAddress"); }
static void globalprotect(struct finder *f, char *text) { tagged(f, text, "Portal"); }
static void forticlient(struct finder *f, char *text) { tagged(f, text, "server"); }

/* ---- files ---------------------------------------------------------------------------------- */

static const struct { const char *folder, *pattern; void (*read)(struct finder *f, char *text); } PLACES[] = {
    {"/etc/openvpn", "*.conf", openvpn}, {"/etc/openvpn", "*.ovpn", openvpn},
    {"/etc/openvpn/client", "*.conf", openvpn}, {"/etc/openvpn/client", "*.ovpn", openvpn},
    {"/etc/NetworkManager/system-connections", "*", network_manager}, {"/run/NetworkManager/system-connections", "*", network_manager},
    {"/etc/wireguard", "*.conf", wireguard},
    {"/etc", "ipsec.conf", ipsec}, {"/etc/ipsec.d", "*.conf", ipsec}, {"/etc/strongswan", "ipsec.conf", ipsec},
    {"/etc/swanctl", "swanctl.conf", ipsec}, {"/etc/swanctl/conf.d", "*.conf", ipsec}, {"/etc/strongswan/swanctl/conf.d", "*.conf", ipsec},
    {"/etc/vpnc", "*.conf", vpnc}, {"/etc/openfortivpn", "config", forti},
    {"/opt/cisco/anyconnect/profile", "*.xml", anyconnect}, {"/opt/cisco/secureclient/vpn/profile", "*.xml", anyconnect},
    {"/opt/paloaltonetworks/globalprotect", "pangps.xml", globalprotect}, {"/etc/forticlient", "*.xml", forticlient},
};

static void read_file(struct finder *f, const char *path, void (*read)(struct finder *f, char *text))
{
    struct buf text;
    int rc;

    buf_init(&text, LIM_SURVEY_FILE);
    rc = survey_read(f->s, path, LIM_SURVEY_FILE, &text);
    f->source = path;
    if ((rc == MM_OK || rc == MM_ELIMIT) && text.data)
        read(f, text.data);
    if (text.data)
        explicit_bzero(text.data, text.len); /* it held keys */
    buf_fini(&text);
}

static void read_folder(struct finder *f, const char *folder, const char *pattern, void (*read)(struct finder *f, char *text))
{
    int rc;
    DIR *d = survey_dir(f->s, folder, &rc);
    struct dirent *e;
    unsigned files = 0;

    while (d && (e = readdir(d))) {
        char path[LIM_PATH];

        if (fnmatch(pattern, e->d_name, FNM_PERIOD))
            continue;
        if (files++ == MAX_FILES || snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= (int)sizeof path) {
            f->s->lost++;
            break;
        }
        read_file(f, path, read);
    }
    if (d)
        closedir(d);
}

/* ---- the router ------------------------------------------------------------------------------ */

static bool hex_bytes(const char *hex, unsigned char *out, size_t n)
{
    if (strspn(hex, "0123456789abcdefABCDEF") != n * 2)
        return false;
    for (size_t i = 0; i < n; i++) {
        char one[3] = {hex[i * 2], hex[i * 2 + 1], '\0'};

        out[i] = (unsigned char)strtoul(one, NULL, 16);
    }
    return true;
}

/* /proc/net/route: name, destination, gateway, ..., mask (8th), in the host's order; ipv6_route: destination, bits, ..., next hop (5th). */
static void route_line(struct finder *f, char *line, bool six)
{
    static const unsigned char NONE[16];
    char *field[8], *save = NULL, *word, text[INET6_ADDRSTRLEN];
    unsigned char hop[16];
    uint32_t order;
    unsigned n = 0;

    for (word = strtok_r(line, " \t", &save); word && n < 8; word = strtok_r(NULL, " \t", &save))
        field[n++] = word;
    if (n < 8)
        return;
    if (six) {
        if (strspn(field[0], "0") != 32 || strcmp(field[1], "00") || !hex_bytes(field[4], hop, 16) || !memcmp(hop, NONE, 16) || (hop[0] == 0xfe && (hop[1] & 0xc0) == 0x80))
            return; /* a link-local address means nothing without its interface */
    } else {
        if (strcmp(field[1], "00000000") || strcmp(field[7], "00000000") || strlen(field[2]) != 8 || !hex_bytes(field[2], hop, 4))
            return;
        order = (uint32_t)strtoul(field[2], NULL, 16);
        memcpy(hop, &order, 4);
        if (!order)
            return;
    }
    if (inet_ntop(six ? AF_INET6 : AF_INET, hop, text, sizeof text))
        put(f, text, PORT_HTTPS);
}

static void read_routes(struct finder *f)
{
    static const char *const FILES[] = {"/proc/self/net/route", "/proc/self/net/ipv6_route"};

    for (int six = 0; six < 2; six++) {
        struct buf text;
        char *rest, *line;

        buf_init(&text, LIM_SURVEY_FILE);
        rest = survey_read(f->s, FILES[six], LIM_SURVEY_FILE, &text) == MM_OK ? text.data : NULL;
        f->source = FILES[six];
        while ((line = survey_line(&rest)))
            route_line(f, line, six);
        buf_fini(&text);
    }
}

void survey_candidates(struct survey *s)
{
    struct finder *f = calloc(1, sizeof *f);

    if (!f) {
        s->lost++;
        return;
    }
    f->s = s;
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
        read_folder(f, PLACES[i].folder, PLACES[i].pattern, PLACES[i].read);
    if (s->live)
        read_routes(f);
    free(f);
}
