/* Arguments of control verbs: each read with its bounds, a wrong one is an error.
 * Pure; an output is touched only when the argument is there and well. */
#ifndef MM_AGENT_CONTROL_VERBS_ARGS_H
#define MM_AGENT_CONTROL_VERBS_ARGS_H

#include <jansson.h>
#include <stddef.h>

#include "lib/limits.h"

/* Every argument given must be named in `known`, a "|name|name|" string.  MM_EINVAL. */
int args_only_known(const json_t *args, const char *known);
/* An integer within bounds; absent: `*out` stays.  MM_EINVAL. */
int args_number(const json_t *args, const char *key, json_int_t least, json_int_t most, json_int_t *out);
/* `id`: an event or incident id, or a prefix of one, in lower case.  MM_EINVAL, also when it is absent. */
int args_id(const json_t *args, char out[LIM_ID]);
/* One line of text, less than `size` bytes, without characters that control or hide others;
 * absent: empty.  MM_EINVAL. */
int args_line(const json_t *args, const char *key, char *out, size_t size);

#endif
