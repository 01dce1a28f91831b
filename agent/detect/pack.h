/* A rule pack: sources, samples and the manifest that binds them.
 *
 * Layout of a pack directory (rules/ of this tree is one):
 *   manifest.json               {"name","version","minimum_agent","files":[{"path","sha256","family","kind"}]}
 *   FAMILY/NAME.yar             kind "source"
 *   FAMILY/samples/NAME.json    kind "sample": an object or a list of objects, see pack_sample.h; any rules of the family
 * and of a host's own directory beside it: FAMILY/NAME.yar, allow.list.
 *
 * The bytes of all files are collected first (pack_add), then judged whole
 * (pack_build).  Used by the scan role on descriptors that the guard sends and
 * by the checker on a directory: the same code, the same messages "file:line: why". */
#ifndef MM_AGENT_DETECT_PACK_H
#define MM_AGENT_DETECT_PACK_H

#include <stddef.h>
#include <stdio.h>

#include "agent/detect/engine.h"
#include "agent/messages.h"

struct pack;

/* An empty pack; NULL when out of memory. */
struct pack *pack_new(void);
void pack_free(struct pack *p);
/* Keep a copy of one file.  MM_ELIMIT past LIM_PACK_FILES or LIM_PACK_BYTES,
 * MM_EINVAL for a name or family that cannot be, MM_ENOMEM. */
int pack_add(struct pack *p, const struct scan_pack_file *head, const void *bytes, size_t n);
/* Check manifest and hashes, compile, check metas, run every sample.  On MM_OK
 * *out is a ready engine (the caller's) and *report tells what is in it.  On
 * failure report->message is "file:line: why" and *out is untouched.  A file of
 * the host's own that is at fault is left out alone, the others are used:
 * MM_OK, report->left_out counts and the message names the first.
 * The vpn family is tested and counted and then given back: the process that judges
 * programs has no use for it. */
int pack_build(const struct pack *p, struct engine **out, struct scan_packed *report);
/* The same for one family, of a pack that pack_build has accepted elsewhere: needs the
 * manifest and that family's sources (hashes are checked again), runs no samples, and refuses files
 * of other families.  pack_build never takes such a part for a pack: files are missing. */
int pack_build_family(const struct pack *p, enum rule_family family, struct engine **out, struct scan_packed *report);

/* The directory `dir` checked like a pack that arrives; findings are printed to
 * `out`.  MM_OK when it can be shipped.  Calls engine_setup itself.  `before_reading` (NULL: nothing) is called with all
 * files in memory and none of them looked at: the moment to give up power. */
int pack_check_dir(const char *dir, int (*before_reading)(void *context), void *context, FILE *out);
/* Print the manifest.json that fits the files of `dir` now. */
int pack_print_manifest(const char *dir, const char *name, const char *version, FILE *out);

#endif
