/* Framed messages between our own processes over a SOCK_SEQPACKET socketpair.
 *
 * One datagram is one frame: header, payload, up to LIM_FRAME_FDS descriptors
 * (SCM_RIGHTS, unix(7)).  The receiver checks version, length and descriptor
 * count before anybody sees the payload, then looks the type up in a table of
 * {type, sizes, descriptors, handler}; what is not in the table is an error of
 * the peer.  Received descriptors belong to the handler's frame and are closed
 * by frame_discard unless the handler sets its slot to -1.
 *
 * Both ends are of the same build on one host, so payloads are plain structs;
 * every string in them is a fixed array that the receiver terminates itself
 * (FRAME_STR).  Not thread-safe on one frame; two threads may send on one
 * socket, a datagram is atomic. */
#ifndef MM_LIB_OS_FRAME_H
#define MM_LIB_OS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "lib/limits.h"

#define FRAME_VERSION 1

struct frame_header {
    uint16_t version; /* FRAME_VERSION */
    uint16_t type;    /* enum of the two roles, agent/messages.h */
    uint32_t length;  /* payload bytes that follow */
    uint64_t id;      /* request number; an answer repeats it, 0 for notices */
};

struct frame {
    struct frame_header header;
    int fds[LIM_FRAME_FDS]; /* -1 where none */
    unsigned nfds;
    _Alignas(16) unsigned char payload[LIM_FRAME];
};

struct frame_rule {
    uint16_t type;
    uint32_t min, max; /* payload bytes allowed, inclusive */
    unsigned nfds_min, nfds_max;
    /* MM_OK, or an error that makes the caller drop the peer. */
    int (*handle)(void *context, struct frame *f);
};

/* A connected pair, close-on-exec, non-blocking.  MM_OK or an error; the
 * caller closes both. */
int frame_pair(int fds[2]);

/* Send one frame; the descriptors stay the caller's.  MM_EAGAIN when the
 * peer's queue is full, MM_ECLOSED when it is gone, MM_ELIMIT on size. */
int frame_send(int sock, uint16_t type, uint64_t id, const void *payload, size_t length,
               const int *fds, unsigned nfds);

/* The same, waiting for room in the peer's queue for at most `ms` (negative: as long as it takes).  MM_ETIMEOUT. */
int frame_send_wait(int sock, uint16_t type, uint64_t id, const void *payload, size_t length, const int *fds, unsigned nfds, int ms);

/* Bytes sent on `sock` that the peer has not received yet (SIOCOUTQ, unix(7)); 0 when that cannot be told. */
unsigned frame_unread(int sock);
/* Let more wait on `sock` than the system's default bound (needs CAP_NET_ADMIN; best effort). */
void frame_deepen(int sock, unsigned bytes);

/* Receive one frame into `f`.  MM_EAGAIN when none waits, MM_ECLOSED at the
 * end, after everything that the peer had sent, MM_EFORMAT for a hostile one (its descriptors are closed already). */
int frame_recv(int sock, struct frame *f);

/* Close the descriptors that are still in the frame. */
void frame_discard(struct frame *f);

/* Receive and dispatch until MM_EAGAIN or `budget` frames; returns MM_OK,
 * MM_ECLOSED, or the first error (unknown type, wrong size, handler's). */
int frame_dispatch(int sock, struct frame *scratch, const struct frame_rule *rules, size_t n,
                   void *context, unsigned budget);

/* End a string field of a received struct, whatever the peer put there. */
#define FRAME_STR(field) ((field)[sizeof(field) - 1] = '\0')

#endif
