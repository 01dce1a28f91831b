/* A stream of control frames, cut and handled as the server does; every answer must be one whole frame of JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/control/verbs.h"
#include "lib/control_frame.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct agent_state state;

static const struct agent_state *op_state(void *context)
{
    (void)context;
    return &state;
}

/* The input fills what core and guard say, too. */
static void op_core(void *context, struct control_core *out)
{
    const struct { const uint8_t *data; size_t size; } *in = context;

    memcpy(out, in->data, in->size < sizeof *out ? in->size : sizeof *out);
    out->console_configured = out->console_connected = out->incident.frozen = true; /* a bool has two values */
    memcpy(&state, in->data, in->size < sizeof state ? in->size : sizeof state);
}

static int op_events(void *context, const struct control_query *q, control_emit emit, void *page)
{
    const struct { const uint8_t *data; size_t size; } *in = context;

    if (q->limit < 1 || q->limit > LIM_CONTROL_EVENTS)
        abort();
    emit(page, 1, (const char *)in->data, in->size);
    return emit(page, 2, "{\"a\":1}", 7);
}

static int op_why(void *context, const char *id, char incident[LIM_ID], control_emit emit, void *page)
{
    (void)context;
    if (strlen(id) < 8 || strlen(id) >= LIM_ID)
        abort();
    snprintf(incident, LIM_ID, "%s", "1b4e28ba-2fa1-4d2f-883f-0016d3cca427");
    return emit ? emit(page, 1, "{}", 2) : MM_OK;
}

static int op_act(void *context, const struct op_local *op, int fd, uint64_t ticket)
{
    (void)context;
    (void)fd;
    (void)ticket;
    if (!memchr(op->reason, 0, sizeof op->reason) || !memchr(op->incident, 0, sizeof op->incident))
        abort();
    return MM_OK;
}

static int op_doors(void *context, bool posture, struct buf *json)
{
    const struct { const uint8_t *data; size_t size; } *in = context;

    return posture ? buf_add(json, in->data, in->size) : buf_adds(json, "{\"doors\":[]}");
}

static int op_check(void *context)
{
    (void)context;
    return MM_OK;
}

static int op_declare(void *context, const struct control_statement *st, uint32_t uid)
{
    (void)context;
    if (uid != 1000 || !st->id[0] || !st->by[0] || !st->version[0] + !st->mitigation[0] + !st->date[0] != 2)
        abort();
    return MM_OK;
}

static void check_answer(const struct buf *out)
{
    json_t *o;
    size_t n;

    if (control_frame_get(out->data, out->len, LIM_CONTROL_FRAME, &n) || n + CONTROL_FRAME_HEAD != out->len)
        abort();
    o = json_loadb(out->data + CONTROL_FRAME_HEAD, n, 0, NULL);
    if (!json_is_object(o) || !json_is_boolean(json_object_get(o, "ok")))
        abort();
    json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct { const uint8_t *data; size_t size; } in = {data, size};
    const struct control_ops ops = {&in, op_state, op_core, op_events, op_why, op_act, op_doors, op_check, op_declare};
    const char *p = (const char *)data;
    size_t n;

    while (control_frame_get(p, size, LIM_CONTROL_REQUEST, &n) == MM_OK) {
        for (int privileged = 0; privileged < 2; privileged++) {
            const struct control_peer peer = {.uid = 1000, .privileged = privileged != 0, .fd = -1, .ticket = 1};
            struct buf out;

            buf_init(&out, LIM_CONTROL_FRAME + CONTROL_FRAME_HEAD);
            if (control_handle(&ops, &peer, p + CONTROL_FRAME_HEAD, n, &out) != CONTROL_WAIT)
                check_answer(&out);
            else if (!privileged || out.len)
                abort();
            buf_fini(&out);
        }
        p += n + CONTROL_FRAME_HEAD;
        size -= n + CONTROL_FRAME_HEAD;
    }
    return 0;
}
