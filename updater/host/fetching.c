#include "updater/host/fetching.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "updater/host/channel.h"
#include "updater/host/messages.h"

#define WAIT_S 86400 /* the other side closes the socket when it is done */

struct outlet {
    int sock;
    size_t at;   /* where the next byte stands in the file */
};

static bool on_begin(void *context, size_t offset)
{
    struct update_start start = {.offset = offset};
    struct outlet *o = context;

    o->at = offset;
    return channel_send(o->sock, UPDATE_START, &start, sizeof start) == MM_OK;
}

static bool on_bytes(void *context, const void *bytes, size_t n)
{
    struct outlet *o = context;

    o->at += n;
    return channel_send_bytes(o->sock, bytes, n) == MM_OK;
}

static enum tuf_got from(struct fetch *fetch, const char *url, const struct update_want *w, const struct fetch_sink *sink)
{
    char base[LIM_PATH];
    size_t n = strlen(url);
    const char *slash = n && url[n - 1] == '/' ? "" : "/";

    if ((size_t)snprintf(base, sizeof base, "%s%s%s", url, slash, w->place == TUF_METADATA ? "metadata/" : "targets/") >= sizeof base)
        return TUF_BROKEN;
    return fetch_stream(fetch, (enum tuf_place)w->place, base, w->name, w->offset, w->limit, sink);
}

static enum tuf_got serve_one(int sock, struct fetch *fetch, const struct agent_config *config, struct update_want *w)
{
    struct outlet outlet = {.sock = sock, .at = w->offset};
    const struct fetch_sink sink = {.begin = on_begin, .bytes = on_bytes, .context = &outlet};
    enum tuf_got got = TUF_ABSENT;

    /* a cache that has it, or had a part of it, will do; what it gives is checked like everything else */
    for (unsigned i = 0; w->place == TUF_ARTIFACTS && !w->again && i < config->update_caches.count && got != TUF_BYTES; i++) {
        got = from(fetch, config->update_caches.item[i], w, &sink);
        w->offset = outlet.at; /* one that broke off is gone on with elsewhere */
    }
    return got == TUF_BYTES ? got : from(fetch, config->update_url, w, &sink);
}

int fetching_serve(int sock, struct fetch *fetch, const struct agent_config *config)
{
    static struct frame frame;

    for (;;) {
        struct update_want w;
        enum tuf_got got;
        int rc = channel_recv(sock, &frame, 1u << UPDATE_WANT, WAIT_S);

        if (rc)
            return rc == MM_ECLOSED ? MM_OK : rc;
        memcpy(&w, frame.payload, sizeof w);
        FRAME_STR(w.name);
        if (w.place != TUF_METADATA && w.place != TUF_ARTIFACTS)
            return MM_EFORMAT;
        got = serve_one(sock, fetch, config, &w);
        rc = channel_send_end(sock, got, fetch_trouble(fetch));
        if (rc)
            return rc;
    }
}
