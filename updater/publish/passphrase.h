/* Passphrases of key files: from the terminal without an echo, from a file that
 * only its owner can read, or from a descriptor; never from an argument or the
 * environment, where others can see them.
 *
 * Whoever holds one wipes it.  Nothing here prints or logs what was read. */
#ifndef MM_UPDATER_PUBLISH_PASSPHRASE_H
#define MM_UPDATER_PUBLISH_PASSPHRASE_H

#include <stddef.h>

#include "lib/limits.h"

struct passphrase { char text[LIM_PUBLISH_PASSPHRASE]; size_t n; };

/* Where they come from; `file` NULL and `fd` -1: the terminal. */
struct passphrase_source {
    const char *file;
    int fd;
    int have;                /* the descriptor was read: it gives its line once */
    struct passphrase kept;  /* that line */
};

/* One passphrase for `about`, a name of a key file.  With `fresh` it is for a key that is made now: it must be
 * long enough, and a terminal is asked twice.  On failure *why says it in English.  MM_ENOTFOUND: there is no
 * terminal; MM_EDENIED: others can read the file; MM_EFORMAT: empty, too short, or not twice the same; MM_ELIMIT;
 * MM_ECLOSED: given up at the terminal; MM_EIO ... */
int passphrase_get(struct passphrase_source *source, const char *about, int fresh, struct passphrase *out, const char **why);
/* Overwrite it; fine for a zeroed one and twice. */
void passphrase_wipe(struct passphrase *p);

#endif
