/* The version of a program that no package owns, from the text in its file. */
#ifndef MM_AGENT_WATCH_HOST_PROGRAM_VERSION_H
#define MM_AGENT_WATCH_HOST_PROGRAM_VERSION_H

#include <stdbool.h>
#include <stddef.h>

struct survey;
struct program_mark;

#define PROGRAM_VERSION 32 /* with the NUL; what the vpn rules take (LIM_TAG) */

/* Find it in `n` bytes by one mark; false: it is not there, or several differ.  Pure. */
bool program_version_in(const char *bytes, size_t n, const struct program_mark *mark, char out[PROGRAM_VERSION]);
/* Of the program at `path`: `out` "" when nothing is found; `how` (English) where, or why not. */
void program_version_of(const struct survey *s, const char *product, const char *path, char out[PROGRAM_VERSION], char *how, size_t size);

#endif
