/* The router's port mappings over UPnP (Internet Gateway Device).
 *
 * miniupnpc parses what comes; finding and asking is done here, because its
 * discovery reads for as long as datagrams come in, does not tell who sent an
 * answer, and its HTTP has no limit of the whole time.  Only an answer from an
 * address in our own private network counts, only what it says about itself
 * (the URLs must name the sender), and all of it ends after PORTS_MS. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/watch/gateway/parts.h"
#include "agent/watch/gateway/probe.h"
#include "agent/watch/gateway/talk.h"
#include "lib/err.h"

#define PORTS_MS 5000         /* everything */
#define LISTEN_MS 1500        /* for answers to the search: MX is 1 s */
#define ONE_MS 1500           /* one request to a router */
#define DATAGRAMS_MAX 64      /* answers looked at */
#define ROUTERS_MAX 4         /* places asked: a home network has one */
#define MAPPINGS_MAX 256      /* of one router; small ones keep 32 or 64 */
#define DESCRIPTION_MAX 65536 /* bytes of a device description: about 5 kB */
#define MAPPING_MAX 8192      /* bytes of one SOAP answer: about 1 kB */
#define FIELD 128             /* as miniupnpc keeps texts */

struct router { char address[INET_ADDRSTRLEN]; uint16_t port; char path[FIELD]; };

struct search {
    struct in_addr own, mask;  /* of the interface of the default route */
    int64_t end;
    struct router router[ROUTERS_MAX];
    unsigned routers;
};

/* ---- our network -------------------------------------------------------------------------------- */

static int private_address(struct in_addr a)
{
    uint32_t h = ntohl(a.s_addr);

    return h >> 24 == 10 || h >> 20 == (172u << 4 | 1) || h >> 16 == (192u << 8 | 168); /* RFC 1918 */
}

/* The address that packets to the internet leave from.  Connecting a UDP socket sends nothing. */
static int own_address(struct in_addr *out)
{
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(9)}, near;
    socklen_t n = sizeof near;
    int fd = socket(AF_INET, SOCK_DGRAM, 0), rc = MM_ENOTFOUND;

    if (fd < 0)
        return mm_from_errno(errno);
    inet_pton(AF_INET, "192.0.2.1", &far.sin_addr); /* RFC 5737: nobody's */
    if (connect(fd, (struct sockaddr *)&far, sizeof far) == 0 && getsockname(fd, (struct sockaddr *)&near, &n) == 0 &&
        private_address(near.sin_addr)) {
        *out = near.sin_addr;
        rc = MM_OK;
    }
    close(fd);
    return rc;
}

static int own_network(struct search *s)
{
    struct ifaddrs *all = NULL;
    int rc = own_address(&s->own);

    if (rc)
        return rc;
    if (getifaddrs(&all) < 0)
        return mm_from_errno(errno);
    rc = MM_ENOTFOUND;
    for (const struct ifaddrs *i = all; i && rc; i = i->ifa_next) {
        const struct sockaddr_in *a = (const struct sockaddr_in *)(const void *)i->ifa_addr;
        const struct sockaddr_in *m = (const struct sockaddr_in *)(const void *)i->ifa_netmask;

        if (a && m && a->sin_family == AF_INET && a->sin_addr.s_addr == s->own.s_addr) {
            s->mask = m->sin_addr;
            rc = MM_OK;
        }
    }
    freeifaddrs(all);
    return rc;
}

/* ---- finding -------------------------------------------------------------------------------------- */

static const char *const SEARCHED[] = {"urn:schemas-upnp-org:device:InternetGatewayDevice:1",
                                       "urn:schemas-upnp-org:device:InternetGatewayDevice:2"};

static int open_search(const struct search *s)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = s->own}, group = {.sin_family = AF_INET, .sin_port = htons(1900)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0)
        return mm_from_errno(errno);
    inet_pton(AF_INET, "239.255.255.250", &group.sin_addr);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
        bind(fd, (struct sockaddr *)&here, sizeof here) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &s->own, sizeof s->own) < 0) {
        close(fd);
        return MM_EIO;
    }
    for (unsigned i = 0; i < sizeof SEARCHED / sizeof *SEARCHED; i++) {
        char text[LIM_NAME];
        int n = snprintf(text, sizeof text, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n"
                                            "MX: 1\r\nST: %s\r\n\r\n", SEARCHED[i]);

        (void)sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&group, sizeof group);
    }
    return fd;
}

/* One answer: a router's place, when its sender is in our network and speaks of itself. */
static void take(struct search *s, const char *bytes, size_t n, struct in_addr from)
{
    struct router r = {.port = 0};

    if ((from.s_addr & s->mask.s_addr) != (s->own.s_addr & s->mask.s_addr) || from.s_addr == s->own.s_addr ||
        !inet_ntop(AF_INET, &from, r.address, sizeof r.address) ||
        ssdp_location(bytes, n, r.address, &r.port, r.path, sizeof r.path))
        return;
    for (unsigned i = 0; i < s->routers; i++)
        if (strcmp(s->router[i].address, r.address) == 0)
            return; /* one place of each sender: nobody fills the list */
    if (s->routers < ROUTERS_MAX)
        s->router[s->routers++] = r;
}

static void find(struct search *s)
{
    int fd = open_search(s);
    int64_t until = talk_now() + LISTEN_MS;

    for (unsigned i = 0; fd >= 0 && i < DATAGRAMS_MAX; i++) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        struct sockaddr_in from = {0};
        socklen_t n = sizeof from;
        char bytes[2048];
        int64_t now = talk_now();
        ssize_t got;

        if (now >= until || poll(&p, 1, (int)(until - now)) <= 0)
            break;
        got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &n);
        if (got > 0 && from.sin_family == AF_INET)
            take(s, bytes, (size_t)got, from.sin_addr);
    }
    if (fd >= 0)
        close(fd);
}

/* ---- asking ---------------------------------------------------------------------------------------- */

static size_t on_bytes(char *data, size_t one, size_t n, void *context)
{
    return buf_add(context, data, one * n) == MM_OK ? one * n : 0; /* too long: curl ends it */
}

#define SET(option, value) (rc = rc == CURLE_OK ? curl_easy_setopt(easy, (option), (value)) : rc)

/* One request (GET, or POST of `body`); the HTTP status, 0 for none. */
static long http(CURL *easy, const struct search *s, const struct router *r, const char *path, const char *body,
                 struct curl_slist *headers, struct buf *out)
{
    int64_t left = s->end - talk_now();
    char url[LIM_NAME + FIELD];
    CURLcode rc = CURLE_OK;
    long status = 0;

    if (left <= 0)
        return 0;
    buf_reset(out);
    curl_easy_reset(easy);
    snprintf(url, sizeof url, "http://%s:%u%s", r->address, r->port, path);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_TIMEOUT_MS, (long)(left < ONE_MS ? left : ONE_MS));
    SET(CURLOPT_WRITEFUNCTION, on_bytes);
    SET(CURLOPT_WRITEDATA, out);
    if (body) {
        SET(CURLOPT_POSTFIELDS, body);
        SET(CURLOPT_HTTPHEADER, headers);
    }
    if (rc || curl_easy_perform(easy) != CURLE_OK)
        return 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* One entry after the other until the router says that there is no such entry.  Returns what the hook said. */
static int list(CURL *easy, const struct search *s, const struct router *r, const char *path, const char *service,
                const struct probe_hooks *hooks)
{
    struct curl_slist *headers = NULL, *more;
    struct buf answer;
    char line[LIM_NAME];
    int rc = MM_OK;

    buf_init(&answer, MAPPING_MAX);
    snprintf(line, sizeof line, "SOAPAction: \"%s#GetGenericPortMappingEntry\"", service);
    headers = curl_slist_append(NULL, "Content-Type: text/xml; charset=\"utf-8\"");
    more = headers ? curl_slist_append(headers, line) : NULL;
    for (unsigned i = 0; more && i < MAPPINGS_MAX && !rc; i++) {
        struct probe_port port;
        char body[1024], own[INET_ADDRSTRLEN];

        snprintf(body, sizeof body,
                 "<?xml version=\"1.0\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
                 "s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:GetGenericPortMappingEntry "
                 "xmlns:u=\"%s\"><NewPortMappingIndex>%u</NewPortMappingIndex></u:GetGenericPortMappingEntry></s:Body></s:Envelope>\r\n",
                 service, i);
        if (http(easy, s, r, path, body, headers, &answer) != 200)
            break;
        if (upnp_mapping(answer.data ? answer.data : "", answer.len, &port) != MM_OK)
            continue;
        port.own = inet_ntop(AF_INET, &s->own, own, sizeof own) && !strcmp(own, port.client);
        rc = hooks->port(hooks->context, &port);
    }
    curl_slist_free_all(headers);
    buf_fini(&answer);
    return rc;
}

/* 1: it is a router that answers. */
static int ask(CURL *easy, const struct search *s, const struct router *at, const struct probe_hooks *hooks)
{
    char base[FIELD] = "", control[FIELD] = "", service[FIELD] = "", path[LIM_NAME] = "";
    struct router r = *at;
    struct buf description;
    int rc = MM_EFORMAT;

    buf_init(&description, DESCRIPTION_MAX);
    if (http(easy, s, &r, r.path, NULL, NULL, &description) == 200 && description.len)
        rc = upnp_description(description.data, description.len, base, control, service);
    buf_fini(&description);
    /* URLBase, where a box still has one, may name another port of it (with or without a path, which is not used). */
    if (!rc && base[0] && upnp_url(base, strlen(base), r.address, &r.port, path, sizeof path)) {
        snprintf(path, sizeof path, "%s/", base);
        rc = upnp_url(path, strlen(path), r.address, &r.port, base, sizeof base);
    }
    if (!rc && control[0] != '/' && strncmp(control, "http://", 7) != 0) {
        memmove(control + 1, control, sizeof control - 1);
        control[0] = '/';
        control[sizeof control - 1] = '\0';
    }
    if (!rc)
        rc = upnp_url(control, strlen(control), r.address, &r.port, path, sizeof path);
    if (rc)
        return 0;
    (void)list(easy, s, &r, path, service, hooks);
    return 1;
}

unsigned probe_ports(const struct probe_hooks *hooks)
{
    struct search s = {.end = talk_now() + PORTS_MS};
    unsigned answered = 0;
    CURL *easy;

    if (own_network(&s) || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return 2;
    find(&s);
    easy = curl_easy_init();
    for (unsigned i = 0; easy && i < s.routers && !answered; i++)
        answered = (unsigned)ask(easy, &s, &s.router[i], hooks);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    return answered ? 1 : 2;
}
