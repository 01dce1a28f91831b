/* Network quarantine with nft; see agent/respond/quarantine.h.
 *
 * Owns the order in force, its durable copy and the listing that the kernel
 * gave right after the rules were applied: drift is a listing that differs.
 * An order that cannot be put in force leaves the one before it as it was, in
 * the kernel (nft's transaction), in memory and on disk.
 *
 * The lock is held for moments only, never while nft runs: the guard's loop asks
 * quarantine_active() for each of its reports, and may not wait for a slow nft. */
#include "agent/respond/quarantine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/respond/linux/nft.h"
#include "agent/respond/linux/quarantine_order.h"
#include "lib/crypto.h"
#include "lib/durable.h"
#include "lib/err.h"

#define TABLE "inet mimamori_quarantine"
#define SCRIPT_BYTES 16384
#define FILE_BYTES (4 * LIM_COMMAND) /* an order of ours is a quarter; a newer agent may add members */
#define LISTING_BYTES 65536
#define CANARY_PORT 9   /* discard; nothing needs to listen there: the packet must not leave */

struct quarantine {
    pthread_mutex_t lock;        /* of `active` and `order`: others read them at any time */
    char file[LIM_PATH + 48];
    char canary[2][64];          /* IPv4, IPv6 */
    bool active;
    struct quarantine_order order;
    bool waiting;                /* it has not been told whether the console can be reached; */
    bool was;                    /* what was in force before: `before`, or nothing */
    struct quarantine_order before;
    char *listing;               /* as listed right after applying; NULL: not known yet */
};

/* ---- rules ------------------------------------------------------------------------- */

static int allow_peer(struct buf *b, const struct net_peer *p, bool out)
{
    char text[INET6_ADDRSTRLEN];
    int af = p->family == 6 ? AF_INET6 : AF_INET;

    if (!inet_ntop(af, p->address, text, sizeof text))
        return MM_EINVAL;
    return buf_addf(b, "    %s %s %s tcp %s %u accept\n", af == AF_INET6 ? "ip6" : "ip", out ? "daddr" : "saddr", text,
                    out ? "dport" : "sport", (unsigned)p->port);
}

/* "Too big for the next link" comes from any router on the way, and without it a connection to the console stands
 * still as soon as it carries data.  Let in is only what quotes a packet of ours to that peer (the quoted header's
 * destination, RFC 792 and RFC 4443: 8 bytes behind the ICMP header's start); nothing of the kind goes out. */
static int allow_too_big(struct buf *b, const struct net_peer *p)
{
    char hex[2 * sizeof p->address + 1];

    crypto_hex(p->address, p->family == 6 ? 16 : 4, hex);
    if (p->family == 6)
        return buf_addf(b, "    icmpv6 type packet-too-big @th,256,128 0x%s accept\n", hex);
    return buf_addf(b, "    icmp type destination-unreachable icmp code frag-needed @th,192,32 0x%s accept\n", hex);
}

static int chain(struct buf *b, const struct quarantine_order *o, const char *hook, int priority)
{
    bool out = strcmp(hook, "input") != 0;
    /* no chain `in`: that is a word of the language up to nft 0.9.8 (Debian 11) */
    int rc = buf_addf(b, "  chain %s {\n    type filter hook %s priority %d; policy drop;\n    %s \"lo\" accept\n",
                      hook, hook, priority, out ? "oifname" : "iifname");

    /* DHCP and DHCPv6 keep the address alive.  Any address: the first question is a broadcast (multicast), a renewal
     * goes to the server, a rebind to everybody again, a relay answers with its own address, and the server of the
     * last lease may be gone.  Both ports are fixed, and those of the host are root's. */
    if (!rc)
        rc = buf_adds(b, out ? "    udp sport 68 udp dport 67 accept\n    udp sport 546 udp dport 547 accept\n"
                             : "    udp sport 67 udp dport 68 accept\n    udp sport 547 udp dport 546 accept\n");
    /* Neighbour discovery: hop limit 255, so from the link only.  ARP is not of this family. */
    if (!rc)
        rc = buf_adds(b, "    icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept\n");
    /* Multicast listener discovery: a switch that snoops forgets who wants neighbour solicitations without it. */
    if (!rc)
        rc = buf_adds(b, out ? "    icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } ip6 hoplimit 1 accept\n"
                             : "    icmpv6 type mld-listener-query ip6 hoplimit 1 accept\n");
    for (unsigned i = 0; !rc && i < o->nallowed; i++) {
        rc = allow_peer(b, &o->allowed[i], out);
        if (!rc && !out)
            rc = allow_too_big(b, &o->allowed[i]);
    }
    return rc ? rc : buf_adds(b, "  }\n");
}

int quarantine_script(const struct quarantine_order *o, struct buf *b)
{
    /* Add, then delete, then add: one transaction that works whether the table is there or not. */
    int rc = buf_adds(b, "table " TABLE "\ndelete table " TABLE "\ntable " TABLE " {\n");

    if (!rc)
        rc = chain(b, o, "input", -400);
    if (!rc)
        rc = chain(b, o, "output", -400);
    /* Once more behind everybody's address translation: what set out for the loopback, or for the console, may have been redirected. */
    if (!rc)
        rc = chain(b, o, "postrouting", 400);
    return rc ? rc : buf_adds(b, "  chain forward {\n    type filter hook forward priority -400; policy drop;\n  }\n}\n");
}

static int list(struct buf *out)
{
    char *const argv[] = {(char *)(uintptr_t)NFT, (char *)(uintptr_t)"-s", (char *)(uintptr_t)"list",
                          (char *)(uintptr_t)"table", (char *)(uintptr_t)"inet",
                          (char *)(uintptr_t)"mimamori_quarantine", NULL};

    return nft_run(argv, NULL, out);
}

static int load(const char *script)
{
    char *const argv[] = {(char *)(uintptr_t)NFT, (char *)(uintptr_t)"-f", (char *)(uintptr_t)"-", NULL};

    return nft_run(argv, script, NULL);
}

static void forget_listing(struct quarantine *q)
{
    free(q->listing);
    q->listing = NULL;
}

/* Put the order's rules in the place of whatever the table holds, or leave it as it is. */
static int put_rules(struct quarantine *q, const struct quarantine_order *o)
{
    struct buf script;
    int rc;

    buf_init(&script, SCRIPT_BYTES);
    rc = quarantine_script(o, &script);
    if (!rc)
        rc = load(script.data);
    if (!rc)
        forget_listing(q); /* other rules, another listing */
    buf_fini(&script);
    return rc;
}

/* Remember how the kernel lists the rules that were just put. */
static int learn_listing(struct quarantine *q)
{
    struct buf now;
    int rc;

    buf_init(&now, LISTING_BYTES);
    rc = list(&now);
    if (!rc) {
        free(q->listing);
        q->listing = buf_take(&now);
    }
    buf_fini(&now);
    return rc;
}

static int drop_rules(void)
{
    return load("table " TABLE "\ndelete table " TABLE "\n");
}

/* ---- self-test ------------------------------------------------------------------------- */

/* Send one datagram: a filter that drops it on the way out makes send(2) fail with EPERM. */
static int canary_blocked(int af, const char *address)
{
    struct sockaddr_storage to = {.ss_family = (sa_family_t)af};
    void *at = af == AF_INET6 ? (void *)&((struct sockaddr_in6 *)&to)->sin6_addr
                              : (void *)&((struct sockaddr_in *)&to)->sin_addr;
    socklen_t n = af == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int sock, rc = -1;

    if (inet_pton(af, address, at) != 1)
        return -1;
    if (af == AF_INET6)
        ((struct sockaddr_in6 *)&to)->sin6_port = htons(CANARY_PORT);
    else
        ((struct sockaddr_in *)&to)->sin_port = htons(CANARY_PORT);
    sock = socket(af, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sock < 0)
        return -1;
    if (sendto(sock, "", 0, 0, (struct sockaddr *)&to, n) >= 0)
        rc = 0;
    else if (errno == EPERM)
        rc = 1;
    close(sock); /* no route, no address: nothing can leak, and nothing was proved */
    return rc;
}

/* ---- life --------------------------------------------------------------------------------- */

static void choose_canaries(struct quarantine *q, const char *text)
{
    const char *comma = strchr(text, ',');

    /* RFC 5737 and RFC 3849: documentation addresses, nobody is there. */
    snprintf(q->canary[0], sizeof q->canary[0], "192.0.2.1");
    snprintf(q->canary[1], sizeof q->canary[1], "2001:db8::1");
    if (!text[0])
        return;
    if (strchr(text, '.'))
        snprintf(q->canary[0], sizeof q->canary[0], "%.*s", comma ? (int)(comma - text) : 63, text);
    if (comma || strchr(text, ':'))
        snprintf(q->canary[1], sizeof q->canary[1], "%s", comma ? comma + 1 + strspn(comma + 1, " ") : text);
}

int quarantine_new(struct quarantine **out, const char *state_dir, const char *canary)
{
    struct quarantine *q = calloc(1, sizeof *q);
    struct buf b;
    int rc;

    if (!q)
        return MM_ENOMEM;
    pthread_mutex_init(&q->lock, NULL);
    snprintf(q->file, sizeof q->file, "%s/guard/quarantine.json", state_dir);
    choose_canaries(q, canary);
    buf_init(&b, FILE_BYTES);
    rc = durable_read(q->file, &b);
    q->active = rc != MM_ENOTFOUND;
    /* An order that cannot be read is still an order: closed without exceptions. */
    if (q->active && (rc || quarantine_order_parse(b.data ? b.data : "", b.len, &q->order)))
        memset(&q->order, 0, sizeof q->order);
    buf_fini(&b);
    *out = q;
    return MM_OK;
}

void quarantine_free(struct quarantine *q)
{
    if (!q)
        return;
    pthread_mutex_destroy(&q->lock);
    free(q->listing);
    free(q);
}

/* The order in force from now on; NULL: none. */
static void set_order(struct quarantine *q, const struct quarantine_order *o)
{
    pthread_mutex_lock(&q->lock);
    q->active = o != NULL;
    if (o)
        q->order = *o;
    pthread_mutex_unlock(&q->lock);
}

/* The durable copy; NULL: none. */
static int persist(const struct quarantine *q, const struct quarantine_order *o)
{
    struct buf b;
    int rc;

    if (!o)
        return unlink(q->file) < 0 && errno != ENOENT ? mm_from_errno(errno) : MM_OK;
    buf_init(&b, LIM_COMMAND);
    rc = quarantine_order_print(o, &b);
    if (!rc)
        rc = durable_write(q->file, b.data, b.len, 0600);
    buf_fini(&b);
    return rc;
}

/* Undo: rules and order. */
static int undo(struct quarantine *q)
{
    int rc = drop_rules();

    if (!rc)
        rc = persist(q, NULL);
    if (rc)
        return rc;
    set_order(q, NULL);
    forget_listing(q);
    return MM_OK;
}

/* Back to the order that was in force before the one that was just put. */
static void put_back(struct quarantine *q, const struct quarantine_order *before)
{
    set_order(q, before);
    (void)persist(q, before);
    forget_listing(q); /* so that the next repair puts the rules again should they fail here */
    if (!put_rules(q, before))
        (void)learn_listing(q);
}

int quarantine_apply(struct quarantine *q, const struct quarantine_order *order, struct quarantine_test *out)
{
    struct quarantine_order before = {0};
    bool was = quarantine_active(q, &before), leaks;
    int rc = persist(q, order);

    *out = (struct quarantine_test){.console_reachable = -1, .canary_v4_blocked = -1, .canary_v6_blocked = -1};
    /* A disk that cannot keep the order must not keep the door open. */
    if (put_rules(q, order)) {
        (void)persist(q, was ? &before : NULL);
        return MM_EIO;
    }
    out->in_force = true;
    set_order(q, order);
    (void)learn_listing(q); /* the rules are in force; the next repair looks again */
    out->canary_v4_blocked = canary_blocked(AF_INET, q->canary[0]);
    out->canary_v6_blocked = canary_blocked(AF_INET6, q->canary[1]);
    leaks = out->canary_v4_blocked == 0 || out->canary_v6_blocked == 0;
    if (!q->waiting) {
        q->was = was;
        q->before = before;
    }
    q->waiting = !leaks && !order->hold_without_console;
    return leaks ? MM_ESTATE : rc;
}

int quarantine_console(struct quarantine *q, bool reached, bool last)
{
    if (q->waiting && !reached && !last)
        return MM_EAGAIN;
    if (!q->waiting || reached) {
        q->waiting = false;
        return MM_OK;
    }
    if (q->was)
        put_back(q, &q->before);
    else if (undo(q))
        return MM_EAGAIN;
    q->waiting = false;
    return MM_ETIMEOUT;
}

int quarantine_release(struct quarantine *q)
{
    int rc = undo(q);

    if (!rc)
        q->waiting = false;
    return rc;
}

bool quarantine_active(const struct quarantine *q, struct quarantine_order *out)
{
    struct quarantine *m = (struct quarantine *)(uintptr_t)q;
    bool active;

    pthread_mutex_lock(&m->lock);
    active = q->active;
    if (active && out)
        *out = q->order;
    pthread_mutex_unlock(&m->lock);
    return active;
}

int quarantine_repair(struct quarantine *q)
{
    struct quarantine_order o;
    struct buf now;
    bool as_listed;
    int rc;

    if (!quarantine_active(q, &o))
        return 0;
    buf_init(&now, LISTING_BYTES);
    rc = list(&now);
    if (!rc && now.data && q->listing && !strcmp(now.data, q->listing)) {
        buf_fini(&now);
        return 0;
    }
    /* Also the first look after a start, when nobody knows how the rules are listed: put again, they must come out the same. */
    rc = put_rules(q, &o);
    if (!rc)
        rc = learn_listing(q);
    as_listed = !rc && now.data && q->listing && !strcmp(now.data, q->listing);
    buf_fini(&now);
    return rc ? rc : as_listed ? 0 : 1;
}
