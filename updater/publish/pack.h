/* Making the archives that are published: the tar archive of a folder, the same
 * bytes on every machine, and its compressed forms.
 *
 * A tar archive of ours holds regular files only, sorted by name, of owner 0
 * and time 0, with mode 0644 or 0755.  The maker of a buffer frees it.
 * `why` gets one English sentence about a failure. */
#ifndef MM_UPDATER_PUBLISH_PACK_H
#define MM_UPDATER_PUBLISH_PACK_H

#include "lib/buf.h"
#include "lib/limits.h"

#define PACK_WHY (LIM_PATH + 256)
#define PACK_MANIFEST_FILE "manifest.json"

/* Append the archive of a rule pack: its manifest and the files that it names, each held against its hash.  MM_EFORMAT:
 * the manifest does not fit the folder; MM_ELIMIT, MM_ENOTFOUND ... */
int pack_rules(const char *dir, struct buf *tar, char why[PACK_WHY]);
/* Append the archive of a whole folder.  MM_EFORMAT: it holds something that is no file, or a name that no host takes. */
int pack_folder(const char *dir, struct buf *tar, char why[PACK_WHY]);
/* Append what zstd makes of it.  MM_ELIMIT: more than `out` takes. */
int pack_compress(const struct buf *tar, struct buf *out);
/* Append what makes `tar` out of `old`, another archive: zstd with the old one as its prefix.  It was decoded and gave the
 * same bytes.  MM_ECRYPTO: it did not. */
int pack_delta(const struct buf *old, const struct buf *tar, struct buf *out);

#endif
