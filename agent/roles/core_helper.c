/* The link to one helper.  The guard starts the process and hands us its
 * socket; from then on frames go between the two of us.  The helper's end
 * (its socket closes) without having said that it is done is a failure. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/roles/core_internal.h"
#include "agent/roles/core_round.h"
#include "lib/err.h"
#include "lib/log.h"

static const char *name_of(enum helper which)
{
    return which == HELPER_SURVEY ? "survey" : which == HELPER_PROBE ? "probe" : "judge";
}

void helper_start(struct helper_link *h, struct round *round, enum helper which)
{
    const struct op_helper op = {.which = which};
    struct core *c = round->core;

    *h = (struct helper_link){.round = round, .which = which, .sock = -1, .ask_id = ++c->last_id};
    if (c->stopping || frame_send(c->sock, OP_HELPER, h->ask_id, &op, sizeof op, NULL, 0) != MM_OK)
        helper_end(h, true);
}

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

void helper_end(struct helper_link *h, bool failed)
{
    if (h->over)
        return;
    h->over = true;
    h->failed = failed;
    h->ask_id = 0;
    if (h->poll) {
        uv_poll_stop(h->poll);
        uv_close((uv_handle_t *)h->poll, free_poll);
    }
    h->poll = NULL;
    if (h->sock >= 0)
        close(h->sock);
    h->sock = -1;
    free(h->frame);
    h->frame = NULL;
    if (failed)
        log_warn("the %s of this round failed", name_of(h->which));
    round_helper_over(h);
}

/* Frames of a helper; the table is chosen by who it is. */
static int take_frames(struct helper_link *h, unsigned budget)
{
    switch (h->which) {
    case HELPER_SURVEY: return frame_dispatch(h->sock, h->frame, round_survey_rules, round_survey_rule_count, h, budget);
    case HELPER_PROBE: return frame_dispatch(h->sock, h->frame, round_probe_rules, round_probe_rule_count, h, budget);
    case HELPER_JUDGE: return frame_dispatch(h->sock, h->frame, round_judge_rules, round_judge_rule_count, h, budget);
    case HELPER_COUNT: break;
    }
    return MM_EINVAL;
}

#define FRAMES_AT_ONCE 16

/* Handlers only take in; what follows from it is done afterwards, when the frame is free again. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct helper_link *h = poll->data;
    struct round *r = h->round;
    int rc = take_frames(h, status < 0 ? UINT_MAX : FRAMES_AT_ONCE);

    (void)events;
    if (rc && rc != MM_ECLOSED)
        log_warn("the %s sent a frame that makes no sense: %s", name_of(h->which), mm_strerror(rc));
    if (rc || status < 0 || h->done)
        helper_end(h, !h->done);
    round_step(r);
}

bool helper_arrived(struct helper_link *h, struct frame *f)
{
    const struct core_helper *answer = (const struct core_helper *)(const void *)f->payload;

    if (!h->ask_id || f->header.id != h->ask_id)
        return false;
    h->ask_id = 0;
    h->sock = f->nfds == 1 ? f->fds[0] : -1;
    if (f->nfds == 1)
        f->fds[0] = -1;
    h->poll = h->sock >= 0 && !answer->result ? calloc(1, sizeof *h->poll) : NULL;
    h->frame = h->poll ? malloc(sizeof *h->frame) : NULL;
    if (!h->frame || uv_poll_init(&h->round->core->loop, h->poll, h->sock)) {
        free(h->poll);
        h->poll = NULL;
        helper_end(h, true);
        return true;
    }
    h->poll->data = h;
    uv_poll_start(h->poll, UV_READABLE | UV_DISCONNECT, on_readable);
    return true;
}

void helper_send(struct helper_link *h, uint16_t type, uint64_t id, const void *payload, size_t n, int fd)
{
    if (h->sock < 0 || frame_send(h->sock, type, id, payload, n, fd >= 0 ? &fd : NULL, fd >= 0))
        helper_end(h, true);
}
