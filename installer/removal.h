/* Removing the agent from this computer. */
#ifndef MM_INSTALLER_REMOVAL_H
#define MM_INSTALLER_REMOVAL_H

#include "installer/setup.h"

/* The verb uninstall: an enum setup_exit. */
int removal_run(struct setup *s);
/* By a package's script, before its files go: refuses while a quarantine is in force, tells the console, stops the service. */
int removal_of_package(struct setup *s);

#endif
