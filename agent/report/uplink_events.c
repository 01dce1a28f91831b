/* Events: batches of journal rows as NDJSON, compressed, in order.  The cursor
 * moves only by what the console says it has stored. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "agent/report/uplink_parts.h"
#include "lib/err.h"

#define EVENTS_MS 60000           /* half a megabyte over a slow line */
#define ZSTD_LEVEL 1              /* text of the same shape: higher levels cost memory and gain little */
#define REFUSALS 3                /* so often a single row is refused before the rows after it are sent */
#define RENAME_GAP_MS 3600000     /* a console that talks nonsense does not make us resend all the time */

struct batch {
    struct buf text;
    uint64_t committed, first, last;
    unsigned rows, limit;
    char boot[LIM_ID];
};

/* One row into the batch; 1 ends the batch. */
static int take_row(void *context, const struct journal_row *row)
{
    struct batch *b = context;

    if (row->seq > b->committed || b->rows == b->limit)
        return 1;
    if (b->rows && (strcmp(row->boot, b->boot) != 0 || b->text.len + row->body_len + 1 > LIM_UPLINK_CHUNK))
        return 1;
    if (buf_add(&b->text, row->body, row->body_len) != MM_OK)
        return 1;
    if (buf_add(&b->text, "\n", 1) != MM_OK) {
        b->text.len -= row->body_len;
        return 1;
    }
    if (b->rows++ == 0) {
        b->first = row->seq;
        memcpy(b->boot, row->boot, sizeof b->boot);
    }
    b->last = row->seq;
    return 0;
}

int uplink_compress(const struct buf *in, struct buf *out)
{
    size_t room = ZSTD_compressBound(in->len), n;
    char *p = malloc(room);

    if (!p)
        return MM_ENOMEM;
    n = ZSTD_compress(p, room, in->data, in->len, ZSTD_LEVEL);
    if (ZSTD_isError(n) || n > out->max) {
        free(p);
        return MM_ELIMIT;
    }
    out->data = p;
    out->len = n;
    out->cap = room;
    return MM_OK;
}

/* The console has rows of this journal that we do not: an old copy of the file was put back.
 * True when the journal has a new identity. */
static bool rolled_back(struct uplink *u, uint64_t durable)
{
    struct event e = {.kind = EV_LIFECYCLE, .activity = ACT_TAMPER, .severity = SEV_CRITICAL};
    struct journal_stat st;

    journal_stat(u->journal, &st);
    if (u->renamed_at && uv_now(u->loop) - u->renamed_at < RENAME_GAP_MS)
        return false;
    u->renamed_at = uv_now(u->loop) + 1;
    if (journal_rename(u->journal) != MM_OK)
        return false;
    u->skip = 0;
    snprintf(e.subject, sizeof e.subject, "%s", "journal");
    snprintf(e.title_ja, sizeof e.title_ja, "%s", "記録が古い状態に戻されました");
    snprintf(e.title_en, sizeof e.title_en, "%s", "The journal was put back to an older state");
    snprintf(e.detail, sizeof e.detail, "the console has rows up to %" PRIu64 ", the file ends at %" PRIu64
             "; everything is sent again under a new journal id", durable, st.last);
    u->hooks->event(u->hooks->context, &e);
    return true;
}

static void stored(struct uplink *u, uint64_t durable)
{
    struct journal_stat st;

    journal_stat(u->journal, &st);
    if (durable > st.last && rolled_back(u, durable)) {
        uplink_kick(u, CH_EVENTS);
        return;
    }
    if (durable > u->last)
        durable = u->last;
    if (durable < u->first) {
        uplink_failed(u, CH_EVENTS, "the console stored nothing of a batch");
        return;
    }
    u->batch_limit = LIM_UPLINK_BATCH;
    u->refusals = 0;
    (void)journal_set_sent(u->journal, durable); /* durable with the next commit; until then a resend is harmless */
    uplink_kick(u, CH_EVENTS);
}

/* A batch that the console cannot take: find the row, and in the end go on without it (it stays in the journal). */
static void refused(struct uplink *u, long status)
{
    if (status != 400 && status != 413 && status != 422)
        return;
    if (u->last > u->first) {
        struct channel *ch = &u->channel[CH_EVENTS];

        u->batch_limit = u->rows / 2; /* at most nine steps: no need to wait between them */
        ch->fails = 0;
        ch->not_before = 0;
        uplink_later(u, CH_EVENTS, 0);
    } else if (++u->refusals >= REFUSALS) {
        struct event e = {.kind = EV_STATE, .activity = ACT_LOSS, .severity = SEV_MEDIUM, .count = 1};

        u->skip = u->last;
        u->refusals = 0;
        u->batch_limit = LIM_UPLINK_BATCH;
        snprintf(e.subject, sizeof e.subject, "%s", "uplink");
        snprintf(e.new_state, sizeof e.new_state, "%s", "lost");
        snprintf(e.detail, sizeof e.detail, "the console refuses event %" PRIu64 " (HTTP %ld); it stays in the journal",
                 u->last, status);
        u->hooks->event(u->hooks->context, &e);
    }
}

static void on_answer(void *context, const struct http_result *r)
{
    struct uplink *u = context;
    uint64_t durable;

    if (!uplink_ended(u, CH_EVENTS, r)) {
        if (r->err == MM_OK)
            refused(u, r->status);
        return;
    }
    if (answer_durable(r->body, r->n, &durable) != MM_OK)
        uplink_failed(u, CH_EVENTS, "the console's answer to events was not understood");
    else
        stored(u, durable);
}

static int post(struct uplink *u, const struct batch *b)
{
    char first[64], last[64], boot[96], journal[96];
    struct journal_stat st;
    struct buf body;
    struct http_request r = {.method = "POST", .path = "/agent/v1/events", .timeout_ms = EVENTS_MS, .body = &body,
                             .headers = {first, last, boot, journal, "Content-Type: application/x-ndjson",
                                         "Content-Encoding: zstd"},
                             .done = on_answer, .context = u};
    int rc;

    journal_stat(u->journal, &st);
    snprintf(first, sizeof first, "X-Mimamori-First: %" PRIu64, b->first);
    snprintf(last, sizeof last, "X-Mimamori-Last: %" PRIu64, b->last);
    snprintf(boot, sizeof boot, "X-Mimamori-Boot: %s", b->boot);
    snprintf(journal, sizeof journal, "X-Mimamori-Journal: %s", st.uuid);
    buf_init(&body, LIM_UPLINK_BODY);
    rc = uplink_compress(&b->text, &body);
    if (rc == MM_OK)
        rc = http_start(u->http, &r);
    buf_fini(&body);
    return rc;
}

void uplink_events_go(struct uplink *u)
{
    struct batch b = {.limit = u->batch_limit};
    struct journal_stat st;
    uint64_t from;
    int rc;

    journal_stat(u->journal, &st);
    from = st.sent > u->skip ? st.sent : u->skip;
    if (st.committed <= from)
        return;
    b.committed = st.committed;
    buf_init(&b.text, LIM_UPLINK_CHUNK + LIM_EVENT_JSON);
    rc = journal_page(u->journal, from, 0, b.limit + 1, take_row, &b);
    if (b.rows) {
        rc = post(u, &b);
        if (rc == MM_OK) {
            u->first = b.first;
            u->rows = b.rows;
            u->last = b.last;
            u->channel[CH_EVENTS].busy = true;
        }
    }
    if (rc < 0)
        uplink_failed(u, CH_EVENTS, mm_strerror(rc));
    buf_fini(&b.text);
}
