/* One request at a time: a scan is CPU work from end to end, nothing would be
 * gained by a libuv loop, so this is poll(2) and a table. */
#include "agent/roles/scan.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agent/detect/content.h"
#include "agent/detect/engine.h"
#include "agent/messages.h"
#include "agent/roles/pack_take.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/frame.h"

struct scan {
    int sock;
    struct content *content;
    struct engine *engine;      /* NULL before the first pack */
    struct pack_take pack;
    struct engine_facts facts;
    struct frame frame;
};

static int answer(struct scan *s, uint16_t type, const void *payload, size_t n)
{
    return pack_take_answer(s->sock, s->frame.header.id, type, payload, n);
}

static int on_compare(void *context, struct frame *f)
{
    struct scan *s = context;
    struct scan_compare *q = (struct scan_compare *)(void *)f->payload;
    struct content_verdict v;

    if (q->has_before != (f->nfds == 2))
        return MM_EFORMAT;
    content_judge_fds(s->content, f->fds[0], q->has_before ? f->fds[1] : -1, &v);
    return answer(s, SCAN_COMPARED, &v, sizeof v);
}

/* ---- rules ------------------------------------------------------------------- */
static void end_strings(struct process_facts *p)
{
    FRAME_STR(p->name);
    FRAME_STR(p->path);
    FRAME_STR(p->cmdline);
    FRAME_STR(p->parent_name);
    FRAME_STR(p->parent_path);
    FRAME_STR(p->user);
    FRAME_STR(p->cgroup);
}

static int on_rules(void *context, struct frame *f)
{
    struct scan *s = context;
    struct scan_rules *q = (struct scan_rules *)(void *)f->payload;
    struct rule_verdict v = {0};
    uint8_t *bytes = NULL;
    size_t n = 0;
    int rc = MM_OK;

    if (q->family >= FAMILY_COUNT || q->has_fd != (f->nfds == 1))
        return MM_EFORMAT;
    end_strings(&q->process);
    s->facts.process = q->process;
    s->facts.burst = q->burst;
    if (q->has_fd)
        bytes = pack_take_bytes(f->fds[0], q->family == FAMILY_BURST ? LIM_HEAD : LIM_FILE_SCAN, &n);
    else if (q->family != FAMILY_BURST)
        n = strlen(q->process.cmdline);
    if (s->engine)
        rc = engine_judge(s->engine, (enum rule_family)q->family, &s->facts, bytes ? (void *)bytes : q->process.cmdline, n, &v);
    free(bytes);
    if (rc)
        log_warn("%s rules could not be asked: %s", engine_family_name((enum rule_family)q->family), mm_strerror(rc));
    return answer(s, SCAN_RULED, &v, sizeof v);
}

/* ---- packs --------------------------------------------------------------------- */
static int on_pack_begin(void *context, struct frame *f)
{
    (void)f;
    return pack_take_begin(&((struct scan *)context)->pack);
}

static int on_pack_file(void *context, struct frame *f)
{
    return pack_take_file(&((struct scan *)context)->pack, f);
}

static int on_pack_end(void *context, struct frame *f)
{
    struct scan *s = context;
    struct scan_packed report;
    int rc = pack_take_end(&s->pack, f, FAMILY_COUNT, &s->engine, &report);

    return rc ? rc : answer(s, SCAN_PACKED, &report, sizeof report);
}

static int on_ping(void *context, struct frame *f)
{
    (void)f;
    return answer(context, SCAN_PONG, NULL, 0);
}

static const struct frame_rule REQUESTS[] = {
    {SCAN_COMPARE, sizeof(struct scan_compare), sizeof(struct scan_compare), 1, 2, on_compare},
    {SCAN_RULES, sizeof(struct scan_rules), sizeof(struct scan_rules), 0, 1, on_rules},
    {SCAN_PACK_BEGIN, sizeof(struct scan_pack), sizeof(struct scan_pack), 0, 0, on_pack_begin},
    {SCAN_PACK_FILE, sizeof(struct scan_pack_file), sizeof(struct scan_pack_file), 1, 1, on_pack_file},
    {SCAN_PACK_END, sizeof(struct scan_pack), sizeof(struct scan_pack), 0, 0, on_pack_end},
    {SCAN_PING, 0, 0, 0, 0, on_ping},
};

static int serve(struct scan *s)
{
    int rc = MM_OK;

    while (rc == MM_OK) {
        struct pollfd p = {.fd = s->sock, .events = POLLIN};

        if (poll(&p, 1, -1) < 0 && errno != EINTR)
            return MM_EIO;
        rc = frame_dispatch(s->sock, &s->frame, REQUESTS, sizeof REQUESTS / sizeof *REQUESTS, s, 16);
    }
    return rc;
}

static void scan_free(struct scan *s)
{
    if (!s)
        return;
    engine_free(s->engine);
    pack_take_fini(&s->pack);
    content_free(s->content);
    free(s);
}

int role_scan(int sock)
{
    struct scan *s = calloc(1, sizeof *s);
    uint64_t seed = 0;
    int rc = MM_ENOMEM, ready = engine_setup() == MM_OK;

    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        log_warn("no random seed: the sampled places can be guessed");
    if (s && ready && (s->content = content_new(seed))) {
        s->sock = sock;
        rc = serve(s);
    }
    scan_free(s);
    if (ready)
        engine_teardown();
    if (rc == MM_ECLOSED)
        return 0;
    log_error("scan ends: %s", mm_strerror(rc));
    return 1;
}
