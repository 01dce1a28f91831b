/* See vault_log.h.  Owns nothing: the descriptor belongs to struct vault. */
#include "agent/respond/linux/vault_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/err.h"

#define HEAD sizeof(struct vault_rec_head)
#define PAD(n) (((n) + 7u) & ~(size_t)7u)
#define CRC_SKIP offsetof(struct vault_rec_head, len) /* magic and crc are not summed */
#define RESERVE (1u << 20)

static uint32_t sum(uint32_t crc, const void *data, size_t n)
{
    return (uint32_t)crc32(crc, data, (uInt)n);
}

bool vault_log_parse(const uint8_t *log, size_t n, struct vault_rec *out)
{
    struct vault_rec_head h;

    if (n < HEAD)
        return false;
    memcpy(&h, log, HEAD);
    if (h.magic != VAULT_LOG_MAGIC || h.len > VAULT_LOG_PAYLOAD || h.type == 0 || h.type >= REC_END)
        return false;
    if (HEAD + PAD(h.len) > n)
        return false;
    if (sum(0, log + CRC_SKIP, HEAD - CRC_SKIP + h.len) != h.crc)
        return false;
    out->type = h.type;
    out->payload = log + HEAD;
    out->len = h.len;
    out->whole = (uint32_t)(HEAD + PAD(h.len));
    return true;
}

bool vault_log_next(const uint8_t *log, size_t n, size_t *at, uint64_t *skipped, struct vault_rec *out)
{
    while (*at < n) {
        size_t left = n - *at;

        if (vault_log_parse(log + *at, left, out)) {
            out->off = *at;
            *at += out->whole;
            return true;
        }
        *at += left < 8 ? left : 8;
        *skipped += left < 8 ? left : 8;
    }
    return false;
}

static struct vault_rec_head head_of(enum vault_rec_type type, const struct iovec *parts, unsigned nparts)
{
    struct vault_rec_head h = {.magic = VAULT_LOG_MAGIC, .type = (uint16_t)type};

    for (unsigned i = 0; i < nparts; i++)
        h.len += (uint32_t)parts[i].iov_len;
    h.crc = sum(0, (const uint8_t *)&h + CRC_SKIP, HEAD - CRC_SKIP);
    for (unsigned i = 0; i < nparts; i++)
        if (parts[i].iov_len)
            h.crc = sum(h.crc, parts[i].iov_base, parts[i].iov_len);
    return h;
}

uint32_t vault_log_sum(enum vault_rec_type type, const struct iovec *parts, unsigned nparts)
{
    return head_of(type, parts, nparts).crc;
}

/* Undo a write that ended early. */
static int take_back(struct vault_log *log, ssize_t n, int errnum)
{
    if (ftruncate(log->fd, (off_t)log->end)) /* the rest of a torn record is skipped by every reader */
        log->end += n > 0 ? PAD((size_t)n) : 0;
    log->room = 0;
    return n >= 0 || errnum == ENOSPC || errnum == EDQUOT ? MM_ENOSPC : MM_EIO;
}

int vault_log_append(struct vault_log *log, enum vault_rec_type type, const struct iovec *parts,
                     unsigned nparts, uint64_t *off, uint32_t *whole)
{
    static uint8_t zeros[8];
    struct iovec v[VAULT_LOG_PARTS + 2];
    struct vault_rec_head h;
    size_t payload = 0, total;
    ssize_t n;

    if (nparts > VAULT_LOG_PARTS)
        return MM_EINVAL;
    for (unsigned i = 0; i < nparts; i++)
        payload += parts[i].iov_len;
    if (payload > VAULT_LOG_PAYLOAD)
        return MM_ELIMIT;
    total = HEAD + PAD(payload);
    h = head_of(type, parts, nparts);
    v[0] = (struct iovec){&h, HEAD};
    memcpy(v + 1, parts, nparts * sizeof *parts);
    v[nparts + 1] = (struct iovec){zeros, total - HEAD - payload};
    do
        n = pwritev(log->fd, v, (int)nparts + 2, (off_t)log->end);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)total)
        return take_back(log, n, errno);
    if (off)
        *off = log->end;
    if (whole)
        *whole = (uint32_t)total;
    log->end += total;
    return MM_OK;
}

int vault_log_read(int fd, uint64_t off, void *space, size_t n, struct vault_rec *out)
{
    struct vault_rec_head h;
    ssize_t got = pread(fd, &h, sizeof h, (off_t)off);
    size_t want;

    if (got != (ssize_t)sizeof h || h.magic != VAULT_LOG_MAGIC || h.len > VAULT_LOG_PAYLOAD)
        return MM_EIO;
    want = HEAD + PAD(h.len);
    if (want > n)
        return MM_ELIMIT;
    got = pread(fd, space, want, (off_t)off);
    if (got != (ssize_t)want || !vault_log_parse(space, want, out))
        return MM_EIO;
    out->off = off;
    return MM_OK;
}

void vault_log_reserve(struct vault_log *log)
{
    if (log->room >= log->end + RESERVE / 2)
        return;
    if (!fallocate(log->fd, FALLOC_FL_KEEP_SIZE, (off_t)log->end, RESERVE))
        log->room = log->end + RESERVE;
}
