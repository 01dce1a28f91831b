/* The register of doors and the posture, as core has them now: one body, told
 * after a round and after each connection, again until the console has taken
 * it.  It has a channel of its own, so nothing waits for it. */
#include <string.h>

#include "agent/report/uplink_parts.h"
#include "lib/err.h"

#define DOORS_MS 60000            /* a megabyte over a slow line */
#define DOORS_AGAIN_MS 30000      /* after a body that could not be made */
#define DOORS_GAP_MS 30000        /* a line that breaks all the time does not carry the register all the time */

static void on_doors(void *context, const struct http_result *r)
{
    struct uplink *u = context;

    if (!uplink_ended(u, CH_DOORS, r)) {
        u->doors_again = false; /* the next attempt tells the newest anyway */
        return;
    }
    u->doors_taken_at = uv_now(u->loop) + 1;
    u->doors_due = u->doors_again;
    u->doors_again = false;
    if (u->doors_due)
        uplink_kick(u, CH_DOORS);
}

static int post(struct uplink *u, const struct buf *text)
{
    struct buf body;
    struct http_request r = {.method = "POST", .path = "/agent/v1/doors", .timeout_ms = DOORS_MS, .body = &body,
                             .headers = {"Content-Type: application/json", "Content-Encoding: zstd"},
                             .done = on_doors, .context = u};
    int rc;

    buf_init(&body, LIM_UPLINK_BODY);
    rc = uplink_compress(text, &body);
    if (rc == MM_OK)
        rc = http_start(u->http, &r);
    buf_fini(&body);
    return rc;
}

void uplink_doors_go(struct uplink *u)
{
    struct buf text;
    int rc;

    if (!u->doors_due || !u->hooks->doors)
        return;
    buf_init(&text, LIM_DOORS_JSON);
    rc = u->hooks->doors(u->hooks->context, &text);
    if (rc == MM_OK)
        rc = post(u, &text);
    buf_fini(&text);
    if (rc == MM_OK)
        u->channel[CH_DOORS].busy = true;
    else if (rc == MM_ENOTFOUND)
        u->doors_due = false;
    else
        uplink_later(u, CH_DOORS, DOORS_AGAIN_MS);
}

void uplink_doors_now(struct uplink *u)
{
    u->doors_due = true;
    u->doors_again = u->channel[CH_DOORS].busy;
    uplink_kick(u, CH_DOORS);
}

void uplink_doors_back(struct uplink *u)
{
    uint64_t since = u->doors_taken_at ? uv_now(u->loop) - u->doors_taken_at + 1 : DOORS_GAP_MS;

    u->doors_due = true;
    if (!u->channel[CH_DOORS].busy) /* by the timer: this may be the end of a call for the doors itself */
        uplink_later(u, CH_DOORS, since < DOORS_GAP_MS ? DOORS_GAP_MS - since : 0);
}
