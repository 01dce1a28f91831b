#include "installer/removal.h"

#include <stdio.h>
#include <sys/stat.h>

#include "lib/err.h"
#include "lib/text.h"

#define STOP_MS 60000

static bool in_quarantine(void)
{
    struct stat st;

    return lstat(SETUP_STATE "/guard/quarantine.json", &st) == 0;
}

int removal_of_package(struct setup *s)
{
    const char *const stop[] = {"/usr/bin/systemctl", "disable", "--now", "mimamorid.service", "mimamori-quarantine.service", "mimamori-update.timer", NULL};

    if (in_quarantine()) {
        fprintf(stderr, "mimamori-setup: %s\n", text("setup.quarantined"));
        return SETUP_REFUSED;
    }
    (void)setup_run(s, STOP_MS, stop);
    return SETUP_OK;
}

int removal_run(struct setup *s)
{
    return removal_of_package(s);
}
