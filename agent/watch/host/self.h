/* How the agent's own installation looks: programs, units, settings, and who could change them.
 *
 * What it sees is a list of names and values; what they mean is a comparison with an earlier list.  Only files that everybody
 * may read are read: core does it, without root.  Whoever has root can make every file look as it was; who is content with
 * switching the service off, or exchanging a program, is seen. */
#ifndef MM_AGENT_WATCH_HOST_SELF_H
#define MM_AGENT_WATCH_HOST_SELF_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/limits.h"

#define SELF_ITEMS 48

enum self_kind { SELF_PROGRAM, SELF_UNIT, SELF_SETTINGS, SELF_KINDS };

struct self_item {
    enum self_kind kind;
    char name[LIM_TAG];          /* "mimamorid-guard", "mimamorid.service", "agent.ini" */
    char value[SHA256_HEX + 16]; /* SHA-256 in digits; of a unit behind "enabled " or "disabled "; or "missing", "masked", "open" (others than root may write), "unreadable" */
};

struct self_list { unsigned n; struct self_item item[SELF_ITEMS]; };

/* Look.  `root`: in front of all paths, "" on a real host; `bin`: folder of the programs that run; `config`: settings file, may
 * be NULL.  Units are looked at where systemd runs and has one of ours. */
void self_look(const char *root, const char *bin, const char *config, struct self_list *out);
/* As text, a line for each item; and back.  MM_ELIMIT; MM_EFORMAT: no such text, *out is empty. */
int self_print(const struct self_list *l, struct buf *out);
int self_parse(const char *text, size_t n, struct self_list *out);
/* The value of an item; NULL: not there. */
const char *self_value(const struct self_list *l, enum self_kind kind, const char *name);
/* A value that is wrong by itself, whatever it was before: a unit that does not start the agent, a file that others may write. */
bool self_is_bad(const struct self_item *i);

/* By how many seconds the wall clock was set since *kept_ns, which is its distance to the clock that only runs, as it was when a
 * jump was told last (0: never looked); then *kept_ns is the new distance.  0: less than a minute, as time services do. */
int64_t self_clock_jump(int64_t *kept_ns, int64_t now_ns);

#endif
