/* Where the console is.  The name (of the proxy, when there is one) is looked
 * up in libuv's thread pool at start, every ten minutes and after failures,
 * never while the network is closed; the addresses are pinned for curl, told
 * to the guard, and kept in STATE/core/console.json, so that a restart in
 * quarantine needs no DNS. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/report/uplink_parts.h"
#include "lib/durable.h"
#include "lib/err.h"

#define RESOLVE_MS 600000         /* a console that moves is found within ten minutes */
#define RESOLVE_GAP_MS 10000      /* between look-ups after failures */
#define CACHE_BYTES 8192          /* 16 addresses */
#define ADDRESSES (sizeof((struct op_console *)0)->at / sizeof((struct op_console *)0)->at[0])

/* ---- host and port ---------------------------------------------------------------- */

static int split_url(struct uplink *u, const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL, *port = NULL;
    int rc = MM_EINVAL;

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        strlen(host) < sizeof u->host && strlen(port) < sizeof u->port) {
        snprintf(u->host, sizeof u->host, "%s", host);
        snprintf(u->port, sizeof u->port, "%s", port);
        rc = MM_OK;
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return rc;
}

/* ---- addresses ---------------------------------------------------------------------- */

static int add_address(struct op_console *c, int family, const void *address, const char *port)
{
    size_t size = family == AF_INET ? 4 : 16;

    for (unsigned i = 0; i < c->count; i++)
        if (c->at[i].family == (family == AF_INET ? 4u : 6u) && memcmp(c->at[i].address, address, size) == 0)
            return MM_EEXIST;
    if (c->count == ADDRESSES)
        return MM_ELIMIT;
    c->at[c->count].family = family == AF_INET ? 4 : 6;
    c->at[c->count].port = (uint16_t)strtoul(port, NULL, 10);
    memcpy(c->at[c->count].address, address, size);
    c->count++;
    return MM_OK;
}

static int address_text(const struct op_console *c, unsigned i, char out[INET6_ADDRSTRLEN])
{
    return inet_ntop(c->at[i].family == 4 ? AF_INET : AF_INET6, c->at[i].address, out, INET6_ADDRSTRLEN) ? MM_OK : MM_EFORMAT;
}

static int literal(const char *text, const char *port, struct op_console *out)
{
    unsigned char raw[16];
    char bare[INET6_ADDRSTRLEN + 2];
    size_t n = strlen(text);

    if (n >= sizeof bare)
        return MM_EFORMAT;
    if (n > 2 && text[0] == '[' && text[n - 1] == ']') {
        memcpy(bare, text + 1, n - 2);
        bare[n - 2] = '\0';
    } else {
        memcpy(bare, text, n + 1);
    }
    if (inet_pton(AF_INET, bare, raw) == 1)
        return add_address(out, AF_INET, raw, port);
    if (inet_pton(AF_INET6, bare, raw) == 1)
        return add_address(out, AF_INET6, raw, port);
    return MM_EFORMAT;
}

/* ---- the cache ------------------------------------------------------------------------ */

static int cache_path(const struct uplink *u, char out[LIM_PATH])
{
    int n = snprintf(out, LIM_PATH, "%s/console.json", u->dir);

    return n > 0 && n < LIM_PATH ? MM_OK : MM_ELIMIT;
}

static void cache_write(const struct uplink *u)
{
    json_t *list = json_array(), *o = json_pack("{s:s, s:s, s:O}", "host", u->host, "port", u->port, "addresses", list);
    char path[LIM_PATH], text[INET6_ADDRSTRLEN], *all;

    for (unsigned i = 0; i < u->addresses.count; i++)
        if (address_text(&u->addresses, i, text) == MM_OK)
            json_array_append_new(list, json_string(text));
    all = o ? json_dumps(o, JSON_COMPACT) : NULL;
    /* Only a help for the next start: a full disk is no reason to stop. */
    if (all && cache_path(u, path) == MM_OK)
        (void)!durable_write(path, all, strlen(all), 0600);
    free(all);
    json_decref(o);
    json_decref(list);
}

static void cache_read(const struct uplink *u, struct op_console *out)
{
    const char *host, *port;
    char path[LIM_PATH];
    struct buf b;
    json_t *o, *v;
    size_t i;

    buf_init(&b, CACHE_BYTES);
    if (cache_path(u, path) != MM_OK || durable_read(path, &b) != MM_OK || !b.data) {
        buf_fini(&b);
        return;
    }
    o = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
    host = json_string_value(json_object_get(o, "host"));
    port = json_string_value(json_object_get(o, "port"));
    if (host && port && strcmp(host, u->host) == 0 && strcmp(port, u->port) == 0)
        json_array_foreach(json_object_get(o, "addresses"), i, v)
            if (json_is_string(v))
                (void)literal(json_string_value(v), u->port, out);
    json_decref(o);
    buf_fini(&b);
}

/* ---- pinning ---------------------------------------------------------------------------- */

static int pin(struct uplink *u)
{
    char text[INET6_ADDRSTRLEN];
    struct buf entry;
    int rc;

    buf_init(&entry, LIM_PATH);
    rc = buf_addf(&entry, "%s:%s:", u->host, u->port);
    for (unsigned i = 0; i < u->addresses.count && rc == MM_OK; i++) {
        rc = address_text(&u->addresses, i, text);
        if (rc == MM_OK)
            rc = buf_addf(&entry, u->addresses.at[i].family == 6 ? "%s[%s]" : "%s%s", i ? "," : "", text);
    }
    if (rc == MM_OK)
        rc = http_pin(u->http, entry.data);
    buf_fini(&entry);
    return rc;
}

static void use(struct uplink *u, const struct op_console *found)
{
    bool first = u->addresses.count == 0;

    if (found->count == 0 || memcmp(found, &u->addresses, sizeof *found) == 0)
        return;
    u->addresses = *found;
    if (pin(u) != MM_OK) {
        u->addresses.count = 0;
        return;
    }
    u->hooks->addresses(u->hooks->context, &u->addresses);
    if (first)
        for (int i = 0; i < CH_COUNT; i++)
            uplink_later(u, (enum channel_kind)i, 0);
}

/* Sorted, so that a name server's rotation is no change. */
static int by_address(const void *a, const void *b)
{
    return memcmp(a, b, sizeof((struct op_console *)0)->at[0]);
}

static void look_up(struct uplink *u);

static void on_resolve_timer(uv_timer_t *timer)
{
    look_up(timer->data);
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct uplink *u = request->data;
    struct op_console found = {.count = 0};

    u->looking_up = false;
    if (!u->closing && status == 0 && !u->quarantined) {
        for (struct addrinfo *a = list; a; a = a->ai_next) {
            if (a->ai_family == AF_INET)
                (void)add_address(&found, AF_INET, &((struct sockaddr_in *)(void *)a->ai_addr)->sin_addr, u->port);
            if (a->ai_family == AF_INET6)
                (void)add_address(&found, AF_INET6, &((struct sockaddr_in6 *)(void *)a->ai_addr)->sin6_addr, u->port);
        }
        qsort(found.at, found.count, sizeof found.at[0], by_address);
        if (found.count && memcmp(&found, &u->addresses, sizeof found) != 0) {
            use(u, &found);
            cache_write(u);
        }
    }
    uv_freeaddrinfo(list);
    if (!u->closing)
        uv_timer_start(&u->resolve_timer, on_resolve_timer, status == 0 ? RESOLVE_MS : RESOLVE_GAP_MS, 0);
    uplink_looked_up(u);
}

static void look_up(struct uplink *u)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct op_console fixed = {.count = 0};

    if (u->looking_up || u->closing || u->quarantined)
        return;
    u->looked_up_at = uv_now(u->loop);
    if (literal(u->host, u->port, &fixed) == MM_OK) {
        use(u, &fixed);
        return;
    }
    u->lookup.data = u;
    if (uv_getaddrinfo(u->loop, &u->lookup, on_found, u->host, u->port, &hints) == 0) {
        u->looking_up = true;
        u->handles++;
    } else {
        uv_timer_start(&u->resolve_timer, on_resolve_timer, RESOLVE_GAP_MS, 0);
    }
}

int uplink_resolve_start(struct uplink *u)
{
    const char *url = u->url[0] ? u->url : u->identity.url;
    struct op_console cached = {.count = 0};
    int rc = split_url(u, u->proxy[0] ? u->proxy : url);

    if (rc)
        return rc;
    cache_read(u, &cached);
    use(u, &cached);
    look_up(u);
    return MM_OK;
}

void uplink_resolve_soon(struct uplink *u)
{
    if (u->host[0] && uv_now(u->loop) - u->looked_up_at >= RESOLVE_GAP_MS)
        look_up(u);
}

void uplink_quarantined(struct uplink *u, bool on)
{
    bool was = u->quarantined;

    u->quarantined = on;
    if (was && !on && u->host[0])
        look_up(u);
}

void uplink_resolve_stop(struct uplink *u)
{
    if (u->looking_up)
        uv_cancel((uv_req_t *)&u->lookup); /* its callback comes in any case */
}
