/* Records from the kernel side of the process sensor (exec.bpf.c) through the
 * BPF ring buffer to exec_bpf.c.  Both include this; fixed-width fields only.
 *
 * A record is the fixed part, and for EXEC_REC_EXEC behind it `path_len` bytes
 * of path parts, leaf first, each ended by NUL, then `argv_len` bytes of argv. */
#ifndef MM_AGENT_WATCH_LINUX_EXEC_RECORD_H
#define MM_AGENT_WATCH_LINUX_EXEC_RECORD_H

#define EXEC_RECORD_TEXT 4096   /* bytes of path, and of argv, at most (a power of two: the verifier masks with it) */
#define EXEC_RECORD_PART 256    /* one part of a path with its NUL (NAME_MAX + 1) */
#define EXEC_RECORD_PARTS 64    /* folders deep, mounts crossed included; deeper is cut */

enum exec_record_kind { EXEC_REC_FORK = 1, EXEC_REC_EXEC, EXEC_REC_EXIT };
enum exec_record_flag {
    EXEC_REC_TTY = 1,           /* has a controlling terminal */
    EXEC_REC_PATH_CUT = 2,
    EXEC_REC_ARGV_CUT = 4,
    EXEC_REC_ARGV_LOST = 8,     /* argv could not be read in the kernel */
    EXEC_REC_DELETED = 16,      /* the executable has no name any more (unlinked, memfd) */
};

struct exec_record {
    unsigned int kind, flags;
    unsigned int pid, parent;   /* parent: real_parent's process */
    unsigned int creator;       /* fork: who called it */
    unsigned int uid, session;
    unsigned int netns, mntns;
    unsigned int device;        /* of the executable, in the kernel's encoding (major << 20 | minor) */
    unsigned long long inode;
    unsigned long long start_ns;
    unsigned long long cgroup;  /* id in the v2 hierarchy */
    unsigned int path_len, argv_len;
};

#endif
