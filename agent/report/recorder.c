/* Flow: recorder_add -> map -> journal_append -> (now or by the timer)
 * journal_commit -> acknowledgements, rows to the watchers, uplink. */
#include "agent/report/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "agent/report/finding.h"
#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/event.h"

#define QUEUE 48            /* events of 15 KiB (26 with a finding) kept in memory while the disk is full */
#define WAITING 1024        /* acknowledgements of one group commit */
#define RETRY_MS 1000
#define LOSS_MS 60000       /* losses are told at most once a minute */
#define REPLACE_MOST 3      /* damaged files replaced in one run; then the disk itself is broken */

struct queued {
    struct event e;
    struct event_finding *finding; /* NULL: none */
    uint64_t id;
};

struct recorder {
    uv_loop_t *loop;
    struct journal *journal;
    const struct ocsf_host *host;
    const struct recorder_hooks *hooks;
    uv_timer_t timer;
    struct queued *queue[QUEUE];
    unsigned nqueue;
    uint64_t waiting[WAITING];
    unsigned nwaiting;
    uint64_t pending;         /* rows appended and not committed */
    uint64_t told;            /* highest sequence given to hooks->row */
    uint64_t lost, lost_untold;
    uint64_t loss_told_at;    /* uv_now */
    unsigned replaced;
    int error;
    bool grouped;             /* between recorder_begin and recorder_end */
    bool urgent, broken;      /* of this group: a grave event is in it; rows of it are lost */
};

static void on_timer(uv_timer_t *timer);

static void arm(struct recorder *r, uint64_t ms)
{
    if (!uv_is_active((uv_handle_t *)&r->timer) || uv_timer_get_due_in(&r->timer) > ms)
        uv_timer_start(&r->timer, on_timer, ms, 0);
}

static void count_loss(struct recorder *r, uint64_t n)
{
    r->lost += n;
    r->lost_untold += n;
    if (n)
        arm(r, RETRY_MS);
}

/* ---- one row ------------------------------------------------------------------------ */

static int64_t clock_ns(clockid_t id)
{
    struct timespec t = {0};

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What the console would refuse or the journal cannot index is put right here. */
static void complete(struct event *e)
{
    if (e->wall_ns <= 0)
        e->wall_ns = clock_ns(CLOCK_REALTIME);
    if (e->mono_ns <= 0)
        e->mono_ns = clock_ns(CLOCK_BOOTTIME);
    e->uid[sizeof e->uid - 1] = '\0';
    e->incident[sizeof e->incident - 1] = '\0';
    if (!crypto_uuid_valid(e->uid))
        (void)crypto_uuid(e->uid);
    if (e->incident[0] && !crypto_uuid_valid(e->incident))
        e->incident[0] = '\0';
    if (e->kind == EV_VULNERABILITY || e->kind == EV_INVENTORY)
        e->incident[0] = '\0'; /* a hole is no attack: it joins no incident */
    if (e->severity > SEV_CRITICAL)
        e->severity = SEV_UNKNOWN;
}

static int append(struct recorder *r, const struct event *e, const struct event_finding *finding)
{
    struct journal_slot slot;
    struct ocsf_context c = {.host = r->host, .chain = slot.chain, .finding = finding};
    struct journal_row row = {.wall_ns = e->wall_ns, .mono_ns = e->mono_ns, .severity = e->severity};
    struct buf body;
    int rc;

    journal_next(r->journal, &slot);
    c.sequence = row.seq = slot.seq;
    memcpy(row.boot, r->host->boot, sizeof row.boot);
    memcpy(row.uid, e->uid, sizeof row.uid);
    memcpy(row.incident, e->incident, sizeof row.incident);
    buf_init(&body, LIM_EVENT_JSON);
    rc = ocsf_map(e, &c, &body);
    if (rc == MM_OK) {
        row.body = body.data;
        row.body_len = body.len;
        rc = journal_append(r->journal, &row);
    }
    buf_fini(&body);
    return rc;
}

static void note_replaced(struct recorder *r)
{
    struct event e = {.kind = EV_LIFECYCLE, .activity = ACT_TAMPER, .severity = SEV_CRITICAL};

    snprintf(e.subject, sizeof e.subject, "%s", "journal");
    snprintf(e.title_ja, sizeof e.title_ja, "%s", "記録ファイルが壊れていたため新しく作りました");
    snprintf(e.title_en, sizeof e.title_en, "%s", "The journal was damaged; a new one was begun");
    snprintf(e.detail, sizeof e.detail, "%s", "the damaged file is kept beside it as journal.bad-N");
    complete(&e);
    if (append(r, &e, NULL) == MM_OK)
        r->pending++;
}

/* The journal refused: damaged files are replaced once or twice, everything else is tried again later. */
static int recover(struct recorder *r, int rc)
{
    /* The rollback took rows with it; what somebody waits for is sent again by them, and so is a group. */
    count_loss(r, !r->grouped && r->pending > r->nwaiting ? r->pending - r->nwaiting : 0);
    r->pending = 0;
    r->broken = true;
    r->nwaiting = 0; /* who waits sends again */
    if (rc == MM_EDB && r->replaced < REPLACE_MOST) {
        r->replaced++;
        rc = journal_replace(r->journal);
        if (rc == MM_OK) {
            r->told = 0;
            note_replaced(r);
        }
    }
    r->error = rc;
    return rc;
}

/* ---- committing ------------------------------------------------------------------------ */

static int tell_row(void *context, const struct journal_row *row)
{
    struct recorder *r = context;
    struct journal_stat st;

    journal_stat(r->journal, &st);
    if (row->seq > st.committed)
        return 1;
    r->told = row->seq;
    r->hooks->row(r->hooks->context, row);
    return 0;
}

static int commit(struct recorder *r, bool urgent)
{
    uint64_t lost = 0;
    int rc = journal_trim(r->journal, &lost);

    if (rc == MM_OK)
        rc = journal_commit(r->journal);
    if (rc != MM_OK)
        return recover(r, rc);
    r->error = MM_OK;
    r->pending = 0;
    count_loss(r, lost);
    for (unsigned i = 0; i < r->nwaiting; i++)
        r->hooks->stored(r->hooks->context, r->waiting[i]);
    r->nwaiting = 0;
    (void)journal_page(r->journal, r->told, 0, UINT32_MAX, tell_row, r);
    r->hooks->committed(r->hooks->context, urgent);
    return MM_OK;
}

static void wait_for(struct recorder *r, uint64_t id)
{
    if (id && r->nwaiting < WAITING)
        r->waiting[r->nwaiting++] = id;
}

/* Commit the row just appended with all before it.  It is not among `pending`: when this fails the caller still
 * holds its event, so it is no loss (those with an id are balanced by `waiting`). */
static int commit_now(struct recorder *r, uint64_t id, bool urgent)
{
    r->pending += id != 0;
    wait_for(r, id);
    return commit(r, urgent);
}

/* ---- the queue in memory ------------------------------------------------------------------ */

static bool in_queue(const struct recorder *r, const char *uid)
{
    for (unsigned i = 0; i < r->nqueue; i++)
        if (strcmp(r->queue[i]->e.uid, uid) == 0)
            return true;
    return false;
}

static void queued_free(struct queued *q)
{
    if (q)
        free(q->finding);
    free(q);
}

/* A copy of both; NULL: no memory. */
static struct queued *queued_new(const struct event *e, const struct event_finding *finding, uint64_t id)
{
    struct queued *q = calloc(1, sizeof *q);

    if (!q)
        return NULL;
    q->e = *e;
    q->id = id;
    q->finding = finding ? malloc(sizeof *finding) : NULL;
    if (finding && !q->finding) {
        free(q);
        return NULL;
    }
    if (finding)
        *q->finding = *finding;
    return q;
}

static void keep(struct recorder *r, const struct event *e, const struct event_finding *finding, uint64_t id)
{
    struct queued *q;
    unsigned least = 0;

    arm(r, RETRY_MS);
    if (in_queue(r, e->uid))
        return;
    if (e->severity < SEV_HIGH) {
        if (!id)
            count_loss(r, 1); /* whoever waits still has it and sends it again */
        return;
    }
    if (r->nqueue == QUEUE) {
        for (unsigned i = 1; i < r->nqueue; i++)
            if (r->queue[i]->e.severity < r->queue[least]->e.severity)
                least = i;
        if (r->queue[least]->e.severity >= e->severity) {
            count_loss(r, !id);
            return;
        }
        count_loss(r, !r->queue[least]->id);
        queued_free(r->queue[least]);
        memmove(&r->queue[least], &r->queue[least + 1], (--r->nqueue - least) * sizeof r->queue[0]);
    }
    q = queued_new(e, finding, id);
    if (!q) {
        count_loss(r, !id);
        return;
    }
    r->queue[r->nqueue++] = q;
}

static void retry_queue(struct recorder *r)
{
    while (r->nqueue) {
        struct queued *q = r->queue[0];
        int rc = append(r, &q->e, q->finding);

        if (rc == MM_OK) {
            rc = commit_now(r, q->id, true);
        } else {
            rc = recover(r, rc);
            if (rc == MM_OK)
                continue;
        }
        if (rc != MM_OK) {
            arm(r, RETRY_MS);
            return;
        }
        queued_free(q);
        memmove(&r->queue[0], &r->queue[1], --r->nqueue * sizeof r->queue[0]);
    }
}

/* ---- losses --------------------------------------------------------------------------------- */

static void tell_losses(struct recorder *r)
{
    struct event e = {.kind = EV_STATE, .activity = ACT_LOSS, .severity = SEV_MEDIUM, .count = r->lost_untold};

    if (!r->lost_untold || r->error != MM_OK)
        return;
    if (r->loss_told_at && uv_now(r->loop) - r->loss_told_at < LOSS_MS) {
        arm(r, LOSS_MS);
        return;
    }
    snprintf(e.subject, sizeof e.subject, "%s", "journal");
    snprintf(e.new_state, sizeof e.new_state, "%s", "lost");
    snprintf(e.detail, sizeof e.detail, "%llu events were given up: the journal was full or could not be written",
             (unsigned long long)r->lost_untold);
    complete(&e);
    if (append(r, &e, NULL) != MM_OK)
        return;
    r->pending++;
    r->loss_told_at = uv_now(r->loop) + 1;
    r->lost_untold = 0;
}

static void on_timer(uv_timer_t *timer)
{
    struct recorder *r = timer->data;

    retry_queue(r);
    tell_losses(r);
    if (commit(r, false) != MM_OK)
        arm(r, RETRY_MS);
}

/* ---- contract --------------------------------------------------------------------------------- */

static int seen_row(void *context, const struct journal_row *row)
{
    *(uint64_t *)context = row->seq;
    return 1;
}

/* A sender that did not hear the acknowledgement sends again: the row is there already. */
static bool known(struct recorder *r, const char *uid, uint64_t id)
{
    struct journal_stat st;
    uint64_t seq = 0;

    if (journal_find(r->journal, uid, 1, seen_row, &seq) != 1)
        return false;
    journal_stat(r->journal, &st);
    if (seq <= st.committed)
        r->hooks->stored(r->hooks->context, id);
    else
        wait_for(r, id);
    return true;
}

static void record(struct recorder *r, const struct event *given, const struct event_finding *finding, uint64_t id)
{
    struct event e = *given;
    bool urgent;
    int rc;

    complete(&e);
    urgent = e.severity >= SEV_HIGH && !r->grouped;
    r->urgent |= e.severity >= SEV_HIGH;
    if (id && known(r, e.uid, id))
        return;
    if (r->grouped && r->broken)
        return; /* the whole group comes again */
    rc = append(r, &e, finding);
    if (rc == MM_EINVAL) { /* a kind that nobody knows: not worth a retry */
        count_loss(r, 1);
        if (id)
            r->hooks->stored(r->hooks->context, id);
        return;
    }
    if (rc != MM_OK && recover(r, rc) == MM_OK && !r->grouped)
        rc = append(r, &e, finding); /* in the new file */
    if (rc == MM_OK && !urgent && r->nwaiting + 1 < WAITING) {
        r->pending++;
        wait_for(r, id);
        arm(r, JOURNAL_GROUP_MS);
        return;
    }
    if (rc == MM_OK && commit_now(r, id, urgent) == MM_OK)
        return;
    if (!r->grouped)
        keep(r, &e, finding, id);
}

void recorder_add(struct recorder *r, const struct event *e, uint64_t id)
{
    record(r, e, NULL, id);
}

void recorder_add_finding(struct recorder *r, const struct event *given, const struct event_finding *finding)
{
    struct event e = *given;

    if (e.severity == SEV_UNKNOWN)
        e.severity = e.kind == EV_INVENTORY ? SEV_INFO : finding_severity((enum event_activity)e.activity, finding);
    record(r, &e, finding, 0);
}

void recorder_begin(struct recorder *r)
{
    if (r->pending)
        (void)commit(r, false); /* what waits is not of this group */
    r->grouped = true;
    r->urgent = r->broken = false;
}

bool recorder_end(struct recorder *r)
{
    bool good = !r->broken && (!r->pending || commit(r, r->urgent) == MM_OK);

    r->grouped = false;
    return good;
}

bool recorder_flush(struct recorder *r)
{
    retry_queue(r);
    return commit(r, true) == MM_OK && r->nqueue == 0;
}

int recorder_error(const struct recorder *r, uint64_t *lost)
{
    if (lost)
        *lost = r->lost;
    return r->error;
}

int recorder_new(struct recorder **out, const struct recorder_options *o)
{
    struct recorder *r = calloc(1, sizeof *r);
    struct journal_stat st;

    if (!r)
        return MM_ENOMEM;
    r->loop = o->loop;
    r->journal = o->journal;
    r->host = o->host;
    r->hooks = o->hooks;
    journal_stat(r->journal, &st);
    r->told = st.last;
    uv_timer_init(r->loop, &r->timer);
    r->timer.data = r;
    *out = r;
    return MM_OK;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void recorder_free(struct recorder *r)
{
    if (!r)
        return;
    for (unsigned i = 0; i < r->nqueue; i++)
        queued_free(r->queue[i]);
    uv_close((uv_handle_t *)&r->timer, on_closed);
}
