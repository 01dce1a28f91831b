/* One copy of the body is made; lines are cut inside it with NULs, so an event
 * points at its line without a second copy. */
#include "console/ingest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "lib/crypto.h"
#include "lib/err.h"

#define LATEST_MS INT64_C(253402300799000)  /* the year 9999 */
#define CLASS_VULNERABILITY 2002             /* what stands open, and what is installed: no attack, whatever they name */
#define CLASS_SOFTWARE 5020
#define WINDOW_LOG 23                        /* 8 MiB of decoder memory: twice the largest body */

static const char *text_at(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "";
}

/* Copy, cut at a character's boundary; control characters become blanks. */
static void keep_text(char *out, size_t size, const char *in)
{
    size_t n = strlen(in);

    if (n >= size) {
        n = size - 1;
        while (n && ((unsigned char)in[n] & 0xc0) == 0x80)
            n--;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)in[i] < ' ' || in[i] == 0x7f ? ' ' : in[i];
    out[n] = '\0';
}

/* A whole number in min..max, or `missing` when there is none. */
static int number_at(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out)
{
    const json_t *v = json_object_get(object, key);
    json_int_t n;

    if (!json_is_integer(v))
        return MM_EFORMAT;
    n = json_integer_value(v);
    if (n < min || n > max)
        return MM_EFORMAT;
    *out = n;
    return MM_OK;
}

static int64_t counter_at(const json_t *object, const char *key)
{
    int64_t n = 0;

    return number_at(object, key, 0, UINT32_MAX, &n) ? 0 : n;
}

static const char *read_metadata(const json_t *meta, struct ingest_event *e)
{
    const json_t *uid = json_object_get(meta, "correlation_uid");
    int64_t n;

    if (number_at(meta, "sequence", 1, INT64_MAX, &n))
        return "metadata.sequence is missing or not a positive whole number";
    e->sequence = (uint64_t)n;
    if (!uid)
        return NULL;
    if (!json_is_string(uid) || !crypto_uuid_valid(json_string_value(uid)))
        return "metadata.correlation_uid is no UUID";
    memcpy(e->incident, json_string_value(uid), 37);
    return NULL;
}

static const char *read_unmapped(const json_t *u, struct ingest_event *e)
{
    const char *chain = text_at(u, "chain");
    uint8_t raw[SHA256_BYTES];

    /* An incident is called by what was found; events say what was done. */
    if (!e->title[0])
        keep_text(e->title, sizeof e->title, text_at(u, "rule_title_ja"));
    keep_text(e->title_en, sizeof e->title_en, text_at(u, text_at(u, "rule_title_en")[0] ? "rule_title_en" : "title_en"));
    keep_text(e->rule, sizeof e->rule, text_at(u, "rule"));
    keep_text(e->attack, sizeof e->attack, text_at(u, "attack"));
    keep_text(e->response, sizeof e->response, text_at(u, "response"));
    keep_text(e->state, sizeof e->state, text_at(u, "new_state"));
    e->files_touched = counter_at(u, "files_touched");
    e->files_destroyed = counter_at(u, "files_destroyed");
    e->files_restored = counter_at(u, "files_restored");
    e->files_failed = counter_at(u, "files_failed");
    e->processes = counter_at(u, "processes");
    if (number_at(u, "first_sign", 1, LATEST_MS, &e->first_ms))
        e->first_ms = e->time_ms;
    if (!chain[0])
        return NULL;
    if (crypto_unhex(chain, raw, sizeof raw))
        return "unmapped.chain is no SHA-256";
    crypto_hex(raw, sizeof raw, e->chain);
    return NULL;
}

static const char *read_event(const json_t *o, struct ingest_event *e)
{
    const json_t *meta = json_object_get(o, "metadata"), *info = json_object_get(o, "finding_info");
    int64_t class_uid, activity = 0, severity, status = 0;
    const char *what;

    if (!json_is_object(meta))
        return "metadata is missing";
    what = read_metadata(meta, e);
    if (what)
        return what;
    if (number_at(o, "time", 0, LATEST_MS, &e->time_ms))
        return "time is missing or out of range";
    if (number_at(o, "class_uid", 1, 999999, &class_uid))
        return "class_uid is missing or out of range";
    if (number_at(o, "severity_id", 0, 99, &severity))
        return "severity_id is missing or out of range";
    (void)number_at(o, "activity_id", 0, 99, &activity); /* both optional for us */
    (void)number_at(o, "status_id", 0, 99, &status);
    e->class_uid = (int)class_uid;
    if (e->class_uid == CLASS_VULNERABILITY || e->class_uid == CLASS_SOFTWARE)
        e->incident[0] = '\0';
    e->severity = severity > 6 ? 0 : (int)severity;
    e->activity = (int)activity;
    e->status = (int)status;
    keep_text(e->title, sizeof e->title, text_at(info, "title"));
    what = read_unmapped(json_object_get(o, "unmapped"), e);
    if (!e->title[0])
        keep_text(e->title, sizeof e->title, text_at(o, "message"));
    return what;
}

static const char *read_line(char *line, size_t n, struct ingest_event *e)
{
    json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    const char *what = json_is_object(o) ? read_event(o, e) : "not a JSON object";

    json_decref(o);
    e->body = line;
    return what;
}

/* Cut the text into lines and read each.  NULL or what is wrong in line b->count + 1. */
static const char *read_lines(struct ingest_batch *b, size_t n, int *rc)
{
    char *at = b->text, *end = at + n;
    uint64_t before = 0;

    *rc = MM_ELIMIT;
    while (at < end) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        struct ingest_event *e = &b->event[b->count];
        const char *what;

        if (!stop)
            stop = end;
        if (b->count == LIM_UPLINK_BATCH)
            return "too many lines";
        if (stop - at > LIM_EVENT_JSON)
            return "the line is too long";
        *stop = '\0';
        what = read_line(at, (size_t)(stop - at), e);
        *rc = MM_EFORMAT;
        if (what)
            return what;
        if (e->sequence <= before)
            return "metadata.sequence does not ascend";
        before = e->sequence;
        b->count++;
        *rc = MM_ELIMIT;
        at = stop + 1;
    }
    *rc = MM_EFORMAT;
    return b->count ? NULL : "no line";
}

int ingest_parse(const char *body, size_t n, uint64_t first, uint64_t last, struct ingest_batch *out,
                 struct ingest_error *error)
{
    struct ingest_batch b = {.event = calloc(LIM_UPLINK_BATCH, sizeof *b.event), .text = malloc(n + 1)};
    const char *what = NULL;
    int rc = MM_ENOMEM;

    if (n > LIM_UPLINK_BODY) {
        ingest_free(&b);
        return MM_ELIMIT;
    }
    if (b.event && b.text) {
        if (n)
            memcpy(b.text, body, n);
        what = read_lines(&b, n, &rc);
        if (!what && (b.event[0].sequence != first || b.event[b.count - 1].sequence != last))
            what = "the sequences differ from the headers";
        if (!what) {
            *out = b;
            return MM_OK;
        }
    }
    *error = (struct ingest_error){b.count + 1, what ? what : "out of memory"};
    ingest_free(&b);
    return rc;
}

void ingest_free(struct ingest_batch *b)
{
    free(b->event);
    free(b->text);
    *b = (struct ingest_batch){0};
}

static int unzstd_all(ZSTD_DStream *z, ZSTD_inBuffer *in, struct buf *out)
{
    char chunk[16384];
    size_t left = 1;
    int rc;

    while (left) {
        ZSTD_outBuffer to = {chunk, sizeof chunk, 0};
        size_t before = in->pos;

        left = ZSTD_decompressStream(z, &to, in);
        if (ZSTD_isError(left))
            return MM_EFORMAT;
        rc = buf_add(out, chunk, to.pos);
        if (rc)
            return rc;
        if (left && !to.pos && in->pos == before)
            return MM_EFORMAT; /* the frame is not whole */
    }
    return in->pos == in->size ? MM_OK : MM_EFORMAT;
}

int ingest_unzstd(const void *data, size_t n, struct buf *out)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_inBuffer in = {data, n, 0};
    struct buf plain;
    int rc;

    if (!z)
        return MM_ENOMEM;
    buf_init(&plain, out->max);
    ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG);
    rc = unzstd_all(z, &in, &plain);
    ZSTD_freeDStream(z);
    if (rc) {
        buf_fini(&plain);
        return rc;
    }
    buf_fini(out);
    *out = plain;
    return MM_OK;
}
