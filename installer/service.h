/* The agent's service at systemd: the one place that says which of its units are enabled, started and stopped. */
#ifndef MM_INSTALLER_SERVICE_H
#define MM_INSTALLER_SERVICE_H

#include <stdbool.h>

#include "installer/setup.h"

/* systemd reads the unit files again. */
int service_reload(struct setup *s);
/* The agent runs now and will at the next start of the host. */
bool service_is_on(struct setup *s);
/* Enable the units and restart the agent and its update timer; for `ms` at most. */
int service_start(struct setup *s, unsigned ms);
/* The agent alone, where the units are enabled already. */
int service_restart(struct setup *s, unsigned ms);
/* Stop and disable the units. */
int service_stop(struct setup *s, unsigned ms);

#endif
