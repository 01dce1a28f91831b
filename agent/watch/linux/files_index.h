/* Which file stands under which name in the protected folders.
 *
 * A removal or a rename is reported by folder and name only, after the fact;
 * this index says which file that was.  Folders are known by their file handle
 * (name_to_handle_at(2)), which survives renames; a name is kept as a 64-bit
 * keyed hash (a forged collision would need the key), so that 100,000 files
 * cost about 6 MB.  Not thread-safe: the names thread owns it. */
#ifndef MM_AGENT_WATCH_LINUX_FILES_INDEX_H
#define MM_AGENT_WATCH_LINUX_FILES_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INDEX_NONE UINT32_MAX
#define INDEX_HANDLE 40 /* ext4 8, xfs 12, btrfs 40, tmpfs 12 bytes; larger handles are refused */

struct files_index;

struct index_name {
    uint32_t dir;        /* INDEX_NONE: free */
    uint32_t next;
    uint64_t hash;       /* of the name */
    uint64_t ino;
    int64_t btime_ns;
    uint64_t creator;    /* tree that made the file while we watched; 0: an original for everybody */
};

int index_new(struct files_index **out);
void index_free(struct files_index *x);
uint64_t index_hash(const struct files_index *x, const char *name);

/* Number of a folder by its handle; INDEX_NONE when unknown. */
uint32_t index_dir(const struct files_index *x, uint32_t fs, int type, const void *handle, size_t n);
/* The same, made when new.  INDEX_NONE when memory or the handle's size forbids. */
uint32_t index_dir_add(struct files_index *x, uint32_t fs, int type, const void *handle, size_t n);
/* The handle of folder `dir`, to open it; false when there is none. */
bool index_dir_handle(const struct files_index *x, uint32_t dir, uint32_t *fs, int *type, void *handle, size_t *n);
void index_dir_drop(struct files_index *x, uint32_t dir);

/* Entry under a name, or NULL.  Valid until the next put. */
struct index_name *index_find(struct files_index *x, uint32_t dir, uint64_t hash);
/* Put or replace. */
int index_put(struct files_index *x, uint32_t dir, uint64_t hash, uint64_t ino, int64_t btime_ns, uint64_t creator);
/* Remove; true when it was there, with the entry in `out`. */
bool index_take(struct files_index *x, uint32_t dir, uint64_t hash, struct index_name *out);
/* Entry number `i` with its file system in `fs`, to look at all in turn; NULL: free, `i` ends at index_top. */
const struct index_name *index_at(const struct files_index *x, uint32_t i, uint32_t *fs);
uint32_t index_top(const struct files_index *x);
/* Where the folder stood when it was last walked, "" when not known: its names outlive it for a moment. */
const char *index_dir_path(const struct files_index *x, uint32_t dir);
void index_dir_stands(struct files_index *x, uint32_t dir, const char *path);
/* The folder (INDEX_NONE: every one) is to be gone through once more, or was; and the first such, INDEX_NONE: none. */
void index_dir_again(struct files_index *x, uint32_t dir, bool again);
uint32_t index_first_again(const struct files_index *x);
void index_counts(const struct files_index *x, unsigned *dirs, unsigned *names);

#endif
