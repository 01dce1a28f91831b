/* The files of a pack directory and of a host's own rules, in a fixed order.
 *
 * Symbolic links, special files and files of other names are never opened; what
 * does not belong there is an error in the pack and passed over below local, so that nobody is in doubt what is loaded
 * (README* and *.md are skipped). */
#ifndef MM_AGENT_DETECT_PACK_DIR_H
#define MM_AGENT_DETECT_PACK_DIR_H

#include <stddef.h>

#include "agent/messages.h"

/* Called with each file open for reading; the descriptor is the walker's.
 * Anything but MM_OK ends the walk. */
typedef int pack_dir_visit(void *context, const struct scan_pack_file *file, int fd, char *msg, size_t n);

/* What of a host's own was passed over: it costs itself only. */
struct pack_skips {
    uint32_t count;
    char first[512];    /* "path: why" */
};

/* Walk `dir` (manifest.json, FAMILY/NAME.yar, FAMILY/samples/NAME.json), then `local`
 * (allow.list, FAMILY/NAME.yar; NULL or missing: none).  Manifest not needed when
 * `unsealed`.  MM_OK or an error with `msg` = "path: why": what is wrong below `local` is
 * none, it is passed over and counted in *skips (NULL when `local` is). */
int pack_dir_walk(const char *dir, const char *local, int unsealed, pack_dir_visit *visit, void *context,
                  struct pack_skips *skips, char *msg, size_t n);
/* The part of it that pack_build_family takes: manifest.json and FAMILY/NAME.yar of one family, then of
 * `local` the same and allow.list. */
int pack_dir_walk_family(const char *dir, const char *local, enum rule_family family, pack_dir_visit *visit, void *context,
                         struct pack_skips *skips, char *msg, size_t n);

#endif
