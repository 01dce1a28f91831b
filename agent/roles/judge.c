/* The guard sends the pack, then core asks; one question at a time.  A process
 * of its own because it reads what a gateway answered: who can crash it by an
 * answer blinds nothing that watches this host. */
#include "agent/roles/judge.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/engine_vpn.h"
#include "agent/messages.h"
#include "agent/roles/pack_take.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/frame.h"

#define IDENTITIES 8    /* products that one answer may look like */

struct judge {
    int sock;
    struct engine *engine; /* NULL before the pack */
    struct pack_take pack;
    struct vpn_advisory advisory[LIM_DOOR_ADVISORIES];
    struct frame frame;
};

static int answer(struct judge *j, uint16_t type, const void *payload, size_t n)
{
    return pack_take_answer(j->sock, j->frame.header.id, type, payload, n);
}

static int end(struct judge *j, int result, unsigned matches)
{
    const struct judge_end e = {.result = result, .matches = matches};

    return answer(j, JUDGE_END, &e, sizeof e);
}

static int on_begin(void *context, struct frame *f)
{
    (void)f;
    return pack_take_begin(&((struct judge *)context)->pack);
}

static int on_file(void *context, struct frame *f)
{
    return pack_take_file(&((struct judge *)context)->pack, f);
}

static int on_end(void *context, struct frame *f)
{
    struct judge *j = context;
    struct scan_packed report;
    int rc = pack_take_end(&j->pack, f, FAMILY_VPN, &j->engine, &report);

    return rc ? rc : answer(j, SCAN_PACKED, &report, sizeof report);
}

static int on_asks(void *context, struct frame *f)
{
    struct judge *j = context;
    struct probe_ask *ask = calloc(LIM_GATEWAY_ASKS, sizeof *ask);
    unsigned n = ask && j->engine ? engine_asks(j->engine, ask, LIM_GATEWAY_ASKS) : 0;
    int rc = MM_OK;

    (void)f;
    for (unsigned i = 0; i < n && i < LIM_GATEWAY_ASKS && rc == MM_OK; i++)
        rc = answer(j, JUDGE_ASK, &ask[i], sizeof ask[i]);
    free(ask);
    return rc ? rc : end(j, j->engine ? MM_OK : MM_ESTATE, n);
}

static int on_answer(void *context, struct frame *f)
{
    struct judge *j = context;
    struct judge_answer *q = (struct judge_answer *)(void *)f->payload;
    struct vpn_identity found[IDENTITIES];
    struct vpn_facts facts;
    unsigned n = 0;
    uint8_t *bytes;
    size_t size;
    int rc = MM_ESTATE;

    FRAME_STR(q->path);
    memset(&facts, 0, sizeof facts);
    facts.source = q->source;
    facts.status = q->status;
    memcpy(facts.path, q->path, sizeof facts.path);
    bytes = pack_take_bytes(f->fds[0], q->source == SOURCE_FILE ? LIM_PROGRAM_BYTES : LIM_GATEWAY_ANSWER, &size);
    if (j->engine)
        rc = engine_identify(j->engine, &facts, bytes ? (void *)bytes : "", size, found, IDENTITIES, &n);
    free(bytes);
    for (unsigned i = 0; !rc && i < n && i < IDENTITIES; i++)
        if (answer(j, JUDGE_IDENTITY, &found[i], sizeof found[i]))
            return MM_ECLOSED;
    return end(j, rc, n);
}

static int on_version(void *context, struct frame *f)
{
    struct judge *j = context;
    struct judge_version *q = (struct judge_version *)(void *)f->payload;
    unsigned n = 0;
    int rc = MM_ESTATE;

    FRAME_STR(q->product);
    FRAME_STR(q->version);
    FRAME_STR(q->model);
    if (j->engine)
        rc = engine_advisories(j->engine, q->product, q->version, q->model, j->advisory, LIM_DOOR_ADVISORIES, &n);
    for (unsigned i = 0; !rc && i < n && i < LIM_DOOR_ADVISORIES; i++)
        if (answer(j, JUDGE_ADVISORY, &j->advisory[i], sizeof j->advisory[i]))
            return MM_ECLOSED;
    return end(j, rc, n);
}

static const struct frame_rule QUESTIONS[] = {
    {SCAN_PACK_BEGIN, sizeof(struct scan_pack), sizeof(struct scan_pack), 0, 0, on_begin},
    {SCAN_PACK_FILE, sizeof(struct scan_pack_file), sizeof(struct scan_pack_file), 1, 1, on_file},
    {SCAN_PACK_END, sizeof(struct scan_pack), sizeof(struct scan_pack), 0, 0, on_end},
    {JUDGE_ASKS, 0, 0, 0, 0, on_asks},
    {JUDGE_ANSWER, sizeof(struct judge_answer), sizeof(struct judge_answer), 1, 1, on_answer},
    {JUDGE_VERSION, sizeof(struct judge_version), sizeof(struct judge_version), 0, 0, on_version},
};

int role_judge(int sock)
{
    struct judge *j = calloc(1, sizeof *j);
    int rc = j && engine_setup() == MM_OK ? MM_OK : MM_ENOMEM;

    if (!rc)
        j->sock = sock;
    while (!rc) {
        struct pollfd p = {.fd = sock, .events = POLLIN};

        if (poll(&p, 1, -1) < 0 && errno != EINTR)
            rc = MM_EIO;
        else
            rc = frame_dispatch(sock, &j->frame, QUESTIONS, sizeof QUESTIONS / sizeof *QUESTIONS, j, 16);
    }
    if (j) {
        engine_free(j->engine);
        pack_take_fini(&j->pack);
    }
    free(j);
    engine_teardown();
    if (rc == MM_ECLOSED)
        return 0;
    log_error("judge ends: %s", mm_strerror(rc));
    return 1;
}
