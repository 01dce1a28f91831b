/* What all modes share: the progress mapping's marks, the cipher, whole files.
 * Owns nothing: the worker that owns a struct sim hands it in. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/lab/attack/attack.h"

enum { BLOCK = 4096, BLOCKS_ROUND = 100 };

int64_t sim_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool sim_go(struct sim *s)
{
    return atomic_load(&s->head->stop) == 0;
}

bool sim_begin(struct sim *s, unsigned i)
{
    if (!sim_go(s))
        return false;
    atomic_store(&s->entry[i].begin_ns, sim_now());
    atomic_store(&s->entry[i].state, SIM_BEGUN);
    return true;
}

void sim_touched(struct sim *s, unsigned i)
{
    uint32_t begun = SIM_BEGUN;
    if (atomic_compare_exchange_strong(&s->entry[i].state, &begun, SIM_TOUCHED))
        atomic_store(&s->entry[i].touched_ns, sim_now());
}

static int room_for(struct sim *s, size_t n)
{
    if (n <= s->room)
        return 0;
    if (n > SIM_FILE_MAX)
        return -EFBIG;
    unsigned char *in = realloc(s->in, n + BLOCK);
    if (in == NULL)
        return -ENOMEM;
    s->in = in;
    unsigned char *out = realloc(s->out, n + BLOCK);
    if (out == NULL)
        return -ENOMEM;
    s->out = out;
    s->room = n;
    return 0;
}

ssize_t sim_read(struct sim *s, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    int err = room_for(s, (size_t)st.st_size + BLOCK);
    if (err != 0)
        return err;
    size_t n = 0;
    while (n < s->room) {
        ssize_t r = pread(fd, s->in + n, s->room - n, (off_t)n);
        if (r < 0)
            return -errno;
        if (r == 0)
            break;
        n += (size_t)r;
    }
    return (ssize_t)n;
}

ssize_t sim_load(struct sim *s, const char *path, int flags, int *fd_out)
{
    int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = sim_read(s, fd);
    if (n < 0 || fd_out == NULL)
        close(fd);
    else
        *fd_out = fd;
    return n;
}

void sim_encrypt(struct sim *s, size_t n)
{
    static const unsigned char iv[16] = "mimamori-lab-iv";
    int got = 0;
    EVP_EncryptInit_ex(s->cipher, EVP_aes_256_ctr(), NULL, (const unsigned char *)SIM_KEY, iv);
    EVP_EncryptUpdate(s->cipher, s->out, &got, s->in, (int)n);
}

void sim_encrypt_part(struct sim *s, size_t n, unsigned percent)
{
    sim_encrypt(s, n);
    for (size_t k = 0, at = 0; at < n; k++, at += BLOCK) {
        /* spread evenly: block k is hit when the running share passes a whole number */
        bool hit = k == 0 || k * percent / BLOCKS_ROUND != (k - 1) * percent / BLOCKS_ROUND;
        if (!hit)
            memcpy(s->out + at, s->in + at, n - at < BLOCK ? n - at : BLOCK);
    }
}

int sim_write(struct sim *s, int fd, size_t n, off_t offset, long i)
{
    size_t done = 0;
    while (done < n) {
        if (!sim_go(s))
            return -ECANCELED;
        ssize_t w = pwrite(fd, s->out + done, n - done, offset + (off_t)done);
        if (w < 0)
            return -errno;
        if (i >= 0)
            sim_touched(s, (unsigned)i);
        done += (size_t)w;
    }
    return 0;
}

int sim_new_file(struct sim *s, const char *path, size_t n)
{
    if (!sim_go(s))
        return -ECANCELED;
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int err = sim_write(s, fd, n, 0, -1);
    if (close(fd) != 0 && err == 0)
        err = -errno;
    return err;
}
