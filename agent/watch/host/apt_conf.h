/* apt's configuration language (apt.conf(5)): nested blocks, "a::b", three kinds of comments, #clear.
 * Pure; any text is taken. */
#ifndef MM_AGENT_WATCH_HOST_APT_CONF_H
#define MM_AGENT_WATCH_HOST_APT_CONF_H

#include <stdbool.h>
#include <stddef.h>

/* One option that we want to know: its name and, after reading, the value that was set last. */
struct apt_option {
    const char *name;      /* "APT::Periodic::Unattended-Upgrade" */
    char value[64];        /* "" when it is not set */
};

/* Read one file's text: later settings replace earlier ones.  MM_OK, or MM_EFORMAT where apt would refuse the file
 * (what stands before the error counts). */
int apt_conf_read(const char *text, size_t n, struct apt_option *options, unsigned count);
/* Would apt read a file of this name in apt.conf.d? */
bool apt_conf_name(const char *name);

#endif
