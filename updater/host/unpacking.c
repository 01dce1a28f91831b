#include "updater/host/unpacking.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "updater/host/bundle.h"
#include "updater/host/channel.h"
#include "updater/host/messages.h"
#include "updater/host/unpack.h"

#define WAIT_S 86400 /* the other side closes the socket when it is done */

/* ---- a release ------------------------------------------------------------------------------------ */

static int tell_file(void *context, const struct update_file *file)
{
    return channel_send(*(const int *)context, UPDATE_FILE, file, sizeof *file);
}

static int tell_bytes(void *context, const void *bytes, size_t n)
{
    return channel_send_bytes(*(const int *)context, bytes, n);
}

static int take(int sock, struct frame *f, struct buf *out)
{
    for (;;) {
        int rc = channel_recv(sock, f, 1u << UPDATE_BYTES | 1u << UPDATE_END, LIM_UPDATE_VERIFY_S);

        if (rc || f->header.type == UPDATE_END)
            return rc;
        rc = buf_add(out, f->payload, f->header.length);
        if (rc)
            return rc;
    }
}

/* The tar of a delta, which the next one may start from. */
static int keep(int sock, const struct buf *tar)
{
    const struct update_want w = {.place = TUF_ARTIFACTS, .limit = tar->len};
    int rc = channel_send(sock, UPDATE_KEEP, &w, sizeof w);

    if (!rc)
        rc = channel_send_bytes(sock, tar->data, tar->len);
    return rc ? rc : channel_send_end(sock, TUF_BYTES, "");
}

static int release(int sock, struct frame *f)
{
    const struct unpack_sink sink = {.file = tell_file, .bytes = tell_bytes, .context = &sock};
    struct update_plan plan;
    struct buf archive, base, old, tar;
    char why[UPDATE_TROUBLE] = "";
    int rc, bad;

    memcpy(&plan, f->payload, sizeof plan);
    FRAME_STR(plan.content);
    if (plan.content_length <= 0 || plan.content_length > LIM_UPDATE_CONTENT)
        return MM_EFORMAT;
    buf_init(&archive, LIM_TUF_ARTIFACT);
    buf_init(&base, LIM_TUF_ARTIFACT);
    buf_init(&old, LIM_UPDATE_CONTENT);
    buf_init(&tar, (size_t)plan.content_length);
    rc = take(sock, f, &archive);
    if (!rc && plan.from_delta)
        rc = take(sock, f, &base);
    bad = rc;
    if (!bad && plan.from_delta)
        bad = unpack_tar(base.data, base.len, &old);
    if (!bad)
        bad = unpack(archive.data, archive.len, plan.from_delta ? old.data : NULL, old.len, plan.content, plan.content_length, &sink,
                     plan.from_delta ? &tar : NULL, why);
    if (bad && !why[0])
        snprintf(why, sizeof why, "%s", mm_strerror(bad));
    if (!bad && plan.from_delta)
        rc = keep(sock, &tar);
    if (!rc)
        rc = channel_send_end(sock, bad ? TUF_BROKEN : TUF_BYTES, why);
    buf_fini(&archive);
    buf_fini(&base);
    buf_fini(&old);
    buf_fini(&tar);
    return rc;
}

/* ---- a bundle ---------------------------------------------------------------------------------------- */

static int answer(int sock, int bundle, struct frame *f)
{
    const struct update_start start = {0};
    struct update_want w;
    enum tuf_got got;
    struct buf bytes;
    int rc = MM_OK;

    memcpy(&w, f->payload, sizeof w);
    FRAME_STR(w.name);
    if (w.place != TUF_METADATA && w.place != TUF_ARTIFACTS)
        return MM_EFORMAT;
    buf_init(&bytes, w.limit < LIM_TUF_ARTIFACT ? (size_t)w.limit : LIM_TUF_ARTIFACT);
    got = bundle_get(bundle, (enum tuf_place)w.place, w.name, &bytes);
    if (got == TUF_BYTES)
        rc = channel_send(sock, UPDATE_START, &start, sizeof start);
    if (got == TUF_BYTES && !rc)
        rc = channel_send_bytes(sock, bytes.data, bytes.len);
    buf_fini(&bytes);
    return rc ? rc : channel_send_end(sock, got, got == TUF_BROKEN ? "the bundle cannot be read" : "");
}

static int bundle_serve(int sock, int bundle, struct frame *f)
{
    int64_t made = bundle_made(bundle);
    const struct update_start start = {.offset = made > 0 ? (uint64_t)made : 0};
    int rc = channel_send(sock, UPDATE_START, &start, sizeof start);

    while (!rc) {
        rc = channel_recv(sock, f, 1u << UPDATE_WANT, WAIT_S);
        if (!rc)
            rc = answer(sock, bundle, f);
    }
    return rc == MM_ECLOSED ? MM_OK : rc;
}

int unpacking_serve(int sock)
{
    static struct frame frame;
    int rc = channel_recv(sock, &frame, 1u << UPDATE_PLAN | 1u << UPDATE_BUNDLE, LIM_UPDATE_VERIFY_S), bundle;

    if (rc || frame.header.type == UPDATE_PLAN)
        return rc ? rc : release(sock, &frame);
    bundle = frame.nfds ? frame.fds[0] : -1;
    if (bundle < 0)
        return MM_EFORMAT;
    frame.fds[0] = -1;
    rc = bundle_serve(sock, bundle, &frame);
    close(bundle);
    return rc;
}
