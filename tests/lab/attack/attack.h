/* The attack simulator's parts: what a mode may use, and what it must tell.
 *
 * A mode does one file.  Before its first hostile system call it calls
 * sim_begin (false: the harness says stop, leave the file alone), before any
 * later one sim_go, right after the first call that destroyed something of the
 * original sim_touched, and it returns 0 or a negative errno.  All that lies in
 * a shared mapping, so it can be read while the whole tree is frozen, and after
 * it was killed.  The key is fixed and printed: nothing here is irreversible. */
#ifndef MM_TESTS_LAB_ATTACK_H
#define MM_TESTS_LAB_ATTACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SIM_MARKER ".simulator-test-data"
#define SIM_KEY "mimamori-lab-simulator-fixed-key" /* 32 bytes: AES-256 */
#define SIM_FILE_MAX (256u << 20)                  /* one file in memory at a time */
#define SIM_SKIP 77                                /* exit status: this machine cannot do that mode */

enum sim_state { SIM_UNTRIED = 0, SIM_BEGUN, SIM_TOUCHED, SIM_FAILED, SIM_LEFT };

/* One file in the progress mapping; 32 bytes, read by tests/lab/lab.py. */
struct sim_entry {
    _Atomic int64_t begin_ns;   /* CLOCK_BOOTTIME just before the first hostile call */
    _Atomic int64_t touched_ns; /* just after the first call that destroyed something */
    _Atomic int64_t end_ns;     /* done with this file */
    _Atomic uint32_t state;     /* enum sim_state */
    _Atomic int32_t error;      /* errno of the failure */
};

/* Head of the mapping: 4096 bytes, then `count` entries, then the paths, each ended by NUL. */
struct sim_head {
    char magic[8];              /* "MMSIM\0\0\1" */
    uint32_t count, paths_at;
    _Atomic uint32_t stop;      /* the harness: no further hostile call */
    _Atomic uint32_t next;      /* files handed out (threads) */
    int64_t real_minus_boot_ns;
    int64_t start_ns;
    _Atomic int64_t end_ns;
    int32_t pid;
};

struct sim_options {
    const char *mode, *base, *dir, *outside, *order, *suffix, *progress, *work, *only;
    double rate;        /* files per second over all processes; 0: as fast as it goes */
    unsigned procs, limit, percent, seed, timeout;
    bool note, json, percent_given;
};

/* Of one process or thread. */
struct sim {
    const struct sim_options *o;
    struct sim_head *head;
    struct sim_entry *entry;
    char root[4096];    /* DIR resolved; what the listed paths begin with */
    char via[4096];     /* the same folder by the path that the mode goes through */
    unsigned char *in, *out;
    size_t room;
    void *cipher;       /* EVP_CIPHER_CTX */
    void *own;          /* the mode's, made by start and freed by stop */
};

struct sim_mode {
    const char *name;
    int (*one)(struct sim *s, unsigned i, const char *path);
    int (*start)(struct sim *s);    /* may be NULL; negative errno: cannot be done here */
    void (*stop)(struct sim *s);
    bool tool;                      /* another program does it: the harness must not thaw it */
    const char *help;
};
extern const struct sim_mode sim_plain_modes[], sim_odd_modes[], sim_tool_modes[];

int64_t sim_now(void); /* CLOCK_BOOTTIME in ns */
bool sim_go(struct sim *s);
bool sim_begin(struct sim *s, unsigned i);
void sim_touched(struct sim *s, unsigned i);

/* Whole file into s->in; size or negative errno. */
ssize_t sim_load(struct sim *s, const char *path, int flags, int *fd_out);
ssize_t sim_read(struct sim *s, int fd);
/* s->in[0..n) encrypted into s->out. */
void sim_encrypt(struct sim *s, size_t n);
/* The same for the blocks that --percent names only; the others are copied. */
void sim_encrypt_part(struct sim *s, size_t n, unsigned percent);
/* s->out[0..n) at `offset`; asks sim_go before each write; sim_touched after the first if `i` >= 0. */
int sim_write(struct sim *s, int fd, size_t n, off_t offset, long i);
/* A new file beside another; negative errno. */
int sim_new_file(struct sim *s, const char *path, size_t n);

#endif
