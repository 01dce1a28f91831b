/* Are updates installed without anybody doing it?  unattended-upgrades (Debian, Ubuntu), dnf-automatic (RHEL, Fedora). */
#ifndef MM_AGENT_WATCH_HOST_UPDATES_AUTOMATIC_H
#define MM_AGENT_WATCH_HOST_UPDATES_AUTOMATIC_H

#include <stddef.h>

#include "agent/watch/host/survey.h"

struct installed;

/* Met: security updates are installed by themselves; partly: they are looked for or fetched only; `why`: English. */
enum survey_state updates_automatic(const struct survey *s, const struct installed *all, char *why, size_t size);

#endif
