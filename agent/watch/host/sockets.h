/* Sockets that wait for somebody: texts of /proc/net/{tcp,tcp6,udp,udp6} (proc(5)) into rows, and who holds them. */
#ifndef MM_AGENT_WATCH_HOST_SOCKETS_H
#define MM_AGENT_WATCH_HOST_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKETS_MAX 1024    /* listeners looked at: hosts have some dozen; more are counted by the caller */
#define SOCKETS_NAME 64     /* of a program */

struct listening {
    unsigned char address[16]; /* network order; 4 bytes for IPv4 */
    uint64_t inode;            /* 0: told by no process (a socket of the kernel) */
    uint16_t port;
    uint8_t protocol;          /* 6 TCP, 17 UDP */
    uint8_t family;            /* 4, 6 */
    char program[SOCKETS_NAME];/* file name of the program that holds it; "" when it cannot be told */
};

/* Append the waiting sockets of one text (`tcp`: state LISTEN, else unconnected UDP) that are not on loopback alone;
 * at most `max` rows in `out`, `*n` of them used already.  Returns how many did not fit. */
unsigned sockets_read(char *text, bool tcp, unsigned family, struct listening *out, size_t *n, size_t max);
/* 1 when nobody outside this host can reach the address. */
int sockets_loopback(const struct listening *l);

/* ---- linux/sockets_owner.c -------------------------------------------------------- */
/* Fill `program` of every row by the descriptors in /proc; of several holders, one that is not the init process.
 * Returns how many processes could not be read. */
unsigned sockets_owners(struct listening *rows, size_t n);

#endif
