/* The metadata of an rpm repository (createrepo_c writes it, dnf keeps a copy): three XML documents, read as streams.
 *
 *   repomd.xml      which files there are, and of when they are
 *   primary.xml     what the repository offers: name, version, architecture of each package
 *   updateinfo.xml  notices: which version of which package mends something, of which kind and of which day
 *
 * They come from the network: a document type (so every entity declaration), a wrong root, nesting that is too deep
 * and a token longer than LIM_REPODATA_TOKEN end the reading with an error, names and versions are checked, and
 * memory does not grow with the document.  Nothing outside of the document is ever opened.
 *
 * Pure but for the bytes that `from` gives; one thread; nothing is kept after a call. */
#ifndef MM_AGENT_WATCH_HOST_REPODATA_H
#define MM_AGENT_WATCH_HOST_REPODATA_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/limits.h"

struct unpack;

#define REPODATA_TEXT 256 /* a name, a version, a file's name: below 150 bytes; what is longer is refused */

/* A file as repomd.xml names it, without its folder; "" when there is none. */
struct repodata_file { char name[REPODATA_TEXT]; };
struct repomd {
    struct repodata_file primary, primary_chunked, updateinfo, updateinfo_chunked; /* chunked: the same by zchunk */
    int64_t made;         /* seconds since the epoch: the newest of its files was made then; 0: not told */
};

/* A package of primary.xml, or one that a notice of updateinfo.xml names.  Texts live until the callback returns. */
struct repodata_package {
    const char *name, *arch;
    const char *version;  /* as in rpm's database: [EPOCH:]VERSION-RELEASE, no epoch when it is 0 */
    bool bad;             /* version or architecture make no sense: not to be compared */
    /* of a notice only */
    bool security;        /* its type */
    int64_t issued;       /* midnight of its day (UTC) in seconds since the epoch; 0: not told */
    const char *stream;   /* "NAME:STREAM" of the module that it is about, "" for packages of no module */
};
/* Called for each package. */
typedef void (*repodata_take)(void *context, const struct repodata_package *p);

/* Read one document to its end.  MM_OK, MM_ENOMEM, MM_EFORMAT (no such document, broken, cut off, or it has what is
 * refused), MM_ELIMIT (a token or all of it too long), MM_EIO.  After an error packages may have been told already:
 * what they offer is true, that nothing else is offered is not.  `from` stays the caller's. */
int repodata_repomd(struct unpack *from, struct repomd *out);
int repodata_primary(struct unpack *from, repodata_take take, void *context);
int repodata_updateinfo(struct unpack *from, repodata_take take, void *context);

#endif
