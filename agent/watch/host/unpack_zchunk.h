/* The head of a zchunk file (https://github.com/zchunk/zchunk, zchunk_format.txt), as Fedora packs metadata by.
 *
 * A zchunk file is a head with an index of chunks, a dictionary, and the chunks, each a frame of zstd.  Who reads all of it
 * needs neither index nor checksums (dnf verified them when it fetched the file): past the head, with the dictionary,
 * it is a row of zstd frames. */
#ifndef MM_AGENT_WATCH_HOST_UNPACK_ZCHUNK_H
#define MM_AGENT_WATCH_HOST_UNPACK_ZCHUNK_H

#include <stddef.h>
#include <stdint.h>

struct zchunk_head {
    uint64_t body;        /* where the bytes behind the head begin */
    uint64_t dictionary;  /* packed bytes of the dictionary, which come first there; 0: none */
    uint64_t unpacked;    /* and its size */
};

/* Read the head out of the first `n` bytes of a file (its index need not be there whole).  MM_OK, MM_EFORMAT,
 * MM_EUNSUPPORTED: chunks are not packed by zstd.  Pure. */
int zchunk_head(const unsigned char *bytes, size_t n, struct zchunk_head *out);
/* Go to the chunks of the file `fd`, of which the first `n` bytes were read into `bytes`: sets how many of them are
 * done with (*used), or reads on from `fd` when the chunks begin behind them; and the dictionary, unpacked
 * (*dictionary, which the caller free()s, and its size; NULL and 0: none).
 * MM_OK, MM_EFORMAT, MM_EUNSUPPORTED, MM_ELIMIT (a dictionary beyond 1 MiB), MM_ENOMEM, MM_EIO. */
int zchunk_open(int fd, const unsigned char *bytes, size_t n, size_t *used, void **dictionary, size_t *size);

#endif
