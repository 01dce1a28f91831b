/* The vault's index on disk: an append-only log of checked records.
 *
 * Record: 16 bytes of head, payload, zero bytes up to a multiple of eight.
 * The checksum covers the head after itself and the payload.  Written by one
 * pwritev(2) at the end; a reader that meets bytes which are no whole record
 * goes on eight bytes further, so a torn tail or a damaged middle costs only
 * the records that it hits.  Numbers are in host order: the log never leaves
 * its machine.  Not thread-safe: the vault's lock guards it. */
#ifndef MM_AGENT_RESPOND_VAULT_LOG_H
#define MM_AGENT_RESPOND_VAULT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lib/limits.h"

#define VAULT_LOG_MAGIC 0x4d4d5631u   /* "1VMM" */
#define VAULT_LOG_PAYLOAD (LIM_VAULT_ATTRS + 2 * LIM_PATH + 512) /* the largest record: attributes or two paths */
#define VAULT_LOG_PARTS 4

enum vault_rec_type {
    REC_VERSION = 1, /* struct rec_version, attributes */
    REC_DROP,        /* struct rec_drop: the version is gone */
    REC_TOUCH,       /* struct rec_touch, path, path2 (no NULs) */
    REC_TREE,        /* struct rec_tree */
    REC_DONE,        /* struct rec_done: restored */
    REC_FOLDER,      /* struct rec_folder, path, attributes */
    REC_END
};

struct vault_rec_head {
    uint32_t magic, crc, len; /* len: payload bytes */
    uint16_t type, zero;
};

enum version_kind { VERSION_FILE = 0, VERSION_LINK }; /* a copy or clone; a hard link whose file is gone */

struct rec_version {
    uint64_t ref, tree, ino;
    int64_t btime;
    uint64_t size, charge;    /* charge: bytes counted against the limit */
    int64_t mtime, ctime, atime, stored;
    uint32_t mode, uid, gid, nlink;
    uint32_t kind, attr_len;
};
struct rec_drop { uint64_t ref; };
struct rec_touch {
    uint64_t seq, tree, ino;
    int64_t btime;
    uint64_t ref;
    int64_t wall;
    uint32_t kind, flags;
    uint32_t len1, len2;
};
enum tree_op { TREE_PIN = 1, TREE_UNPIN, TREE_FORGET };
struct rec_tree { uint64_t tree; int64_t wall; uint32_t op, zero; };
struct rec_done { uint64_t tree, ino; int64_t btime; uint32_t result, zero; };
struct rec_folder { int64_t mtime; uint32_t mode, uid, gid, path_len, attr_len, zero; };

struct vault_rec {
    enum vault_rec_type type;
    const uint8_t *payload; /* aligned to eight bytes when the log is */
    uint32_t len;           /* payload bytes */
    uint32_t whole;         /* bytes in the log */
    uint64_t off;           /* of the head */
};

/* The next whole record of `log` at or after *at; moves *at behind it and adds
 * what had to be skipped to *skipped.  False at the end. */
bool vault_log_next(const uint8_t *log, size_t n, size_t *at, uint64_t *skipped, struct vault_rec *out);
/* Check the record that starts at `log`; false when it is not whole. */
bool vault_log_parse(const uint8_t *log, size_t n, struct vault_rec *out);

struct vault_log {
    int fd;            /* -1: none */
    uint64_t end;      /* where the next record goes */
    uint64_t room;     /* bytes reserved on disk up to here, so that a full disk can still be recorded */
};

/* Append one record made of `parts` (at most VAULT_LOG_PARTS); one write.
 * MM_EIO, MM_ENOSPC: the log is as before.  Allocates nothing. */
int vault_log_append(struct vault_log *log, enum vault_rec_type type, const struct iovec *parts,
                     unsigned nparts, uint64_t *off, uint32_t *whole);
/* The checksum that such a record carries. */
uint32_t vault_log_sum(enum vault_rec_type type, const struct iovec *parts, unsigned nparts);
/* Read back one record at `off` into `space` (8-aligned, `n` bytes). */
int vault_log_read(int fd, uint64_t off, void *space, size_t n, struct vault_rec *out);
/* Reserve disk space ahead of the end; failure does not matter. */
void vault_log_reserve(struct vault_log *log);

#endif
