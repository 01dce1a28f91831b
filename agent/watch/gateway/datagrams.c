/* Talks over UDP, IKE and SNMP alike: the newer version is asked first, the
 * older one when there is no answer after a while or only a refusal.  The
 * socket is connected, so only the gateway's own datagrams come in; what is
 * no answer to our question is thrown away, a few times. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/watch/gateway/parts.h"
#include "agent/watch/gateway/talk.h"
#include "lib/crypto.h"
#include "lib/err.h"

#define SECOND_MS 2000   /* no answer to the newer version after this long: the older one is asked */
#define RUBBISH_MAX 16   /* datagrams that are no answer; then the talk is over */
#define DATAGRAM 65536   /* more than UDP can carry */
#define SYSDESCR "1.3.6.1.2.1.1.1.0"

struct exchange {
    /* Make the question of the newer (0) or older (1) version. */
    int (*question)(const struct talk *t, struct exchange *x, int older, struct buf *out);
    /* MM_OK: taken into t->bytes; *poor: keep it, but the older version may say more; else rubbish (or MM_ELIMIT). */
    int (*answer)(struct talk *t, struct exchange *x, const uint8_t *bytes, size_t n, int *poor);
    int older;                  /* 1: the older version has been asked */
    int64_t second_at;          /* ask it then; INT64_MAX: it was */
    unsigned rubbish;
    const char *note;
    uint8_t spi[2][IKE_SPI];    /* IKE: of either question */
    uint32_t request;           /* SNMP */
    struct snmp_oid oid;
    uint8_t bytes[DATAGRAM];
};

/* ---- both ------------------------------------------------------------------------------------ */

static void ask(struct talk *t, int older)
{
    struct exchange *x = t->state;
    struct buf question;
    int rc;

    buf_init(&question, 4096);
    rc = x->question(t, x, older, &question);
    if (rc)
        talk_end(t, rc, "the question cannot be made");
    else if (send(t->fd, question.data, question.len, MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED)
        talk_end(t, MM_EIO, "nobody listens at the port");
    buf_fini(&question);
    x->older = older;
    x->second_at = older ? INT64_MAX : talk_now() + SECOND_MS;
    t->wake = x->second_at;
}

static void take(struct talk *t, size_t n)
{
    struct exchange *x = t->state;
    int poor = 0, rc = x->answer(t, x, x->bytes, n, &poor);

    t->connected = true;
    if (rc == MM_OK && poor && !x->older) {
        /* The pause between two questions is kept here too. */
        x->second_at = talk_now() + LIM_GATEWAY_PAUSE_MS;
        t->wake = x->second_at;
        t->deadline = t->deadline < x->second_at + SECOND_MS ? t->deadline : x->second_at + SECOND_MS;
    } else if (rc == MM_OK) {
        talk_end(t, MM_OK, x->note);
    } else if (rc == MM_ELIMIT || rc == MM_ENOMEM) {
        talk_end(t, rc, "");
    } else if (++x->rubbish >= RUBBISH_MAX) {
        talk_end(t, MM_EFORMAT, "only datagrams that are no answer");
    }
}

static void step(struct talk *t, short revents)
{
    struct exchange *x = t->state;

    if (revents) {
        ssize_t n = recv(t->fd, x->bytes, sizeof x->bytes, 0);

        if (n > 0) {
            take(t, (size_t)n);
        } else if (n < 0 && errno == ECONNREFUSED) {
            talk_end(t, MM_EIO, "nobody listens at the port"); /* ICMP port unreachable */
        }
    }
    if (!t->done && talk_now() >= x->second_at)
        ask(t, 1);
}

static void begin(struct talk *t, struct exchange *x)
{
    if (talk_datagrams(t)) {
        t->state = x;
        ask(t, 0);
        return;
    }
    free(x);
}

static void stop(struct talk *t)
{
    struct exchange *x = t->state;

    /* A refusal of the newer version is an answer when the older one said nothing; so is rubbish. */
    if (x && !t->done && t->bytes.len)
        talk_end(t, MM_OK, x->note);
    else if (x && !t->done && x->rubbish)
        talk_end(t, MM_EFORMAT, "only datagrams that are no answer");
    free(x);
    t->state = NULL;
    talk_close(t);
}

/* ---- IKE --------------------------------------------------------------------------------------- */

static int ike_question(const struct talk *t, struct exchange *x, int older, struct buf *out)
{
    int rc = crypto_random(x->spi[older], IKE_SPI);

    (void)t;
    x->spi[older][0] |= 1; /* never all zero */
    if (!rc)
        rc = older ? ike_ask_v1(x->spi[1], out) : ike_ask_v2(x->spi[0], out);
    return rc;
}

static int ike_answer(struct talk *t, struct exchange *x, const uint8_t *bytes, size_t n, int *poor)
{
    int refusal = 0, rc = ike_check(bytes, n, x->spi[0], &refusal);

    if (rc && x->older)
        rc = ike_check(bytes, n, x->spi[1], &refusal);
    if (rc)
        return rc;
    x->note = refusal ? "refused" : "";
    *poor = refusal;
    if (refusal && t->bytes.len)
        return MM_OK; /* both versions refuse: the first one stands */
    buf_reset(&t->bytes);
    return buf_add(&t->bytes, bytes, n);
}

static void ike_start(struct talk *t)
{
    struct exchange *x = calloc(1, sizeof *x);

    if (!x) {
        talk_end(t, MM_ENOMEM, "out of memory");
        return;
    }
    x->question = ike_question;
    x->answer = ike_answer;
    x->note = "";
    begin(t, x);
}

/* ---- SNMP -------------------------------------------------------------------------------------- */

static int snmp_question(const struct talk *t, struct exchange *x, int older, struct buf *out)
{
    /* Version 1 for routers that drop v2c (docs/vpn-identify.md, Yamaha). */
    return snmp_ask(older ? SNMP_V1 : SNMP_V2C, t->target->community, x->request + (uint32_t)older, &x->oid, out);
}

static int snmp_answer(struct talk *t, struct exchange *x, const uint8_t *bytes, size_t n, int *poor)
{
    int missing = 0, rc = snmp_read(bytes, n, SNMP_V2C, x->request, &x->oid, &t->bytes, &missing);

    (void)poor;
    if (rc == MM_EFORMAT && x->older)
        rc = snmp_read(bytes, n, SNMP_V1, x->request + 1, &x->oid, &t->bytes, &missing);
    x->note = missing ? "no such value" : "";
    return rc;
}

static void snmp_start(struct talk *t)
{
    struct exchange *x = calloc(1, sizeof *x);

    if (!x || crypto_random(&x->request, sizeof x->request)) {
        free(x);
        talk_end(t, MM_ENOMEM, "out of memory");
        return;
    }
    x->question = snmp_question;
    x->answer = snmp_answer;
    x->note = "";
    x->request &= 0x3fffffff; /* positive, with room for one more */
    if (snmp_oid_parse(t->ask->path[0] ? t->ask->path : SYSDESCR, &x->oid)) {
        free(x);
        talk_end(t, MM_EINVAL, "the question is no OID");
        return;
    }
    begin(t, x);
}

const struct talk_kind talk_ike = {ike_start, step, stop};
const struct talk_kind talk_snmp = {snmp_start, step, stop};
