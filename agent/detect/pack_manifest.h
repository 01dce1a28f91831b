/* manifest.json of a pack.  Bytes in, struct out; hostile input is expected. */
#ifndef MM_AGENT_DETECT_PACK_MANIFEST_H
#define MM_AGENT_DETECT_PACK_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "agent/detect/facts.h"
#include "lib/crypto.h"
#include "lib/limits.h"

struct manifest_file {
    char path[LIM_NAME];
    uint8_t sha256[SHA256_BYTES];
    enum rule_family family;
    int sample; /* kind: 0 source, 1 sample */
};

struct manifest {
    char name[LIM_TITLE];
    char version[LIM_TAG];
    char minimum_agent[LIM_TAG];
    struct manifest_file *file; /* heap */
    size_t files;
};

/* MM_OK and *m is the caller's (manifest_fini), or MM_EFORMAT with line and reason. */
int manifest_parse(const char *text, size_t n, struct manifest *m, int *line, char *why, size_t why_n);
void manifest_fini(struct manifest *m);
/* The family and kind that a path below a pack must have: "burst/a.yar",
 * "burst/samples/a.json".  MM_EFORMAT for any other path. */
int manifest_path(const char *path, enum rule_family *family, int *sample);
/* Compare dotted numbers: <0, 0, >0. */
int manifest_version_cmp(const char *a, const char *b);

#endif
