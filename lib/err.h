/* Error codes of every Mimamori program.
 *
 * Functions that can fail return an int of this enum: MM_OK (0) or a negative
 * value.  On failure their outputs are untouched.  Library code never logs; the
 * program that called it decides and logs once. */
#ifndef MM_LIB_ERR_H
#define MM_LIB_ERR_H

enum mm_err {
    MM_OK = 0,
    MM_ENOMEM = -1,       /* out of memory */
    MM_EINVAL = -2,       /* the caller's argument is not acceptable */
    MM_EIO = -3,          /* reading or writing failed */
    MM_ELIMIT = -4,       /* a limit of limits.h would be exceeded */
    MM_EFORMAT = -5,      /* input from outside is malformed */
    MM_ENOTFOUND = -6,    /* no such thing */
    MM_EEXIST = -7,       /* it is there already */
    MM_EAGAIN = -8,       /* would block; call again when ready */
    MM_ECLOSED = -9,      /* the peer closed */
    MM_EDENIED = -10,     /* permission refused */
    MM_EUNSUPPORTED = -11,/* this kernel, file system or build cannot do it */
    MM_ETIMEOUT = -12,    /* the time box ended */
    MM_ECRYPTO = -13,     /* a signature, certificate or hash does not verify */
    MM_EDB = -14,         /* the database refused */
    MM_ESTATE = -15,      /* not possible in the present state */
    MM_ENOSPC = -16,      /* no space left */
};

/* A short English phrase for operators; never NULL, static storage. */
const char *mm_strerror(int err);

/* The mm_err that fits an errno value, MM_EIO where none fits better; 0: MM_OK. */
int mm_errno_code(int errnum);

/* The same for the errno of a call that failed: never MM_OK, whatever errno holds,
 * so that nobody takes an output for filled that is not.  In the header so that
 * analysers, which look at one file at a time, know it too. */
static inline int mm_from_errno(int errnum)
{
    int rc = mm_errno_code(errnum);

    return rc < 0 ? rc : MM_EIO;
}

#endif
