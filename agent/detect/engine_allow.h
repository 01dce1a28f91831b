/* The allow-list of a host: which matches are suppressed.
 *
 * Lines "rule=NAME", "path=/absolute/executable" (a last "*" stands for the
 * rest), or both: then both must hold.  # begins a comment line. */
#ifndef MM_AGENT_DETECT_ENGINE_ALLOW_H
#define MM_AGENT_DETECT_ENGINE_ALLOW_H

#include <stddef.h>

struct allow_line {
    char *rule; /* NULL: every rule */
    char *path; /* NULL: every executable */
};

/* Owner: the engine.  Zeroed is empty. */
struct allow {
    struct allow_line *line;
    size_t n;
};

/* Add the lines of a text.  MM_EFORMAT with *line and `why` of the first that is wrong: that one
 * is left out, the others hold. */
int allow_parse(struct allow *a, const char *text, size_t n, int *line, char *why, size_t why_n);
void allow_fini(struct allow *a);
/* 1: this rule is suppressed for this executable. */
int allow_holds(const struct allow *a, const char *rule, const char *path);

#endif
