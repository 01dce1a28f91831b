/* Notify mode: the file guard beside another program that holds openers, see beside.h.
 *
 * Without the permission group everything else works as it did - names, closes, comparison, rules, stopping a tree -
 * but after the fact: no opener waits for a verdict, and no copy is made at the moment of an open.  What can be put
 * back is what lies in the vault already: every version where the file system clones, else copies of small files, of
 * larger ones up to 32 MB as far as half of the vault goes (take_in.large), and links for what is removed or replaced.  Each file
 * is marked in the notification group, which tells of it under whatever name it is written. */
#include <string.h>

#include "agent/watch/linux/files_internal.h"
#include "lib/err.h"
#include "lib/log.h"

#define END_MS 300 /* the watchdog answers nobody meanwhile; who waits for a disk is left to end by itself */

static void give_way(struct files *f)
{
    atomic_store(&f->notify, true);
    files_workers_stop(f);
    (void)files_workers_ended(f, END_MS); /* who waits for the other one, or for a disk, ends when that one does */
    atomic_store(&f->mode_changed, true); /* originals are copied ahead */
    log_warn("%s (process %d) decides about opened files, too: notify mode", f->beside.other.name, f->beside.other.pid);
}

static void take_up(struct files *f)
{
    int rc = files_workers_ended(f, END_MS) ? files_perm_open(f) : MM_ETIMEOUT;

    if (rc == MM_OK && (rc = files_workers_start(f)))
        files_workers_stop(f);
    if (rc) {
        f->beside.yes = true; /* the next look tries again */
        log_error("the permission group cannot be opened again: %s", mm_strerror(rc));
        return;
    }
    atomic_fetch_add(&f->taken_up, 1);
    atomic_store(&f->notify, false);
    atomic_store(&f->mode_changed, true); /* and marked again */
    log_info("%s decides about opened files no more: notify mode ends", f->beside.other.name);
}

void files_beside_look(struct files *f, bool wait)
{
    uint64_t fs[FILES_MAX_FS];
    unsigned n = 0;
    struct beside b;
    bool changed;

    if (wait)
        pthread_mutex_lock(&f->beside_turn);
    else if (pthread_mutex_trylock(&f->beside_turn))
        return;
    for (unsigned i = 0; i < atomic_load(&f->nfs); i++)
        if (f->fs[i].number)
            fs[n++] = f->fs[i].number;
    b = f->beside; /* nobody waits for the look */
    changed = !atomic_load(&f->stopping) && beside_look(&b, fs, n, files_now());
    pthread_mutex_lock(&f->beside_lock);
    f->beside = b;
    pthread_mutex_unlock(&f->beside_lock);
    if (changed && b.yes)
        give_way(f);
    else if (changed)
        take_up(f);
    pthread_mutex_unlock(&f->beside_turn);
}

bool files_gives_way(const struct files *f)
{
    return atomic_load(&f->notify) || atomic_load(&f->taken_up) != atomic_load(&f->marked);
}

bool files_beside(struct files *f, char *name, size_t n)
{
    pthread_mutex_lock(&f->beside_lock);
    (void)memccpy(name, f->beside.other.name, '\0', n);
    pthread_mutex_unlock(&f->beside_lock);
    return files_gives_way(f);
}
