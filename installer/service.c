#include "installer/service.h"

#define QUICK_MS 20000
#define SYSTEMCTL "/usr/bin/systemctl"
#define AGENT "mimamorid.service"
#define UPDATES "mimamori-update.timer"
#define ENABLED AGENT, "mimamori-quarantine.service", UPDATES

int service_reload(struct setup *s)
{
    const char *const argv[] = {SYSTEMCTL, "daemon-reload", NULL};

    return setup_run(s, QUICK_MS, argv);
}

bool service_is_on(struct setup *s)
{
    const char *const enabled[] = {SYSTEMCTL, "--quiet", "is-enabled", ENABLED, NULL};
    const char *const active[] = {SYSTEMCTL, "--quiet", "is-active", AGENT, NULL};

    return !setup_run(s, QUICK_MS, enabled) && !setup_run(s, QUICK_MS, active);
}

int service_start(struct setup *s, unsigned ms)
{
    const char *const enable[] = {SYSTEMCTL, "enable", ENABLED, NULL};
    const char *const start[] = {SYSTEMCTL, "restart", AGENT, UPDATES, NULL};
    int rc = setup_run(s, QUICK_MS, enable);

    return rc ? rc : setup_run(s, ms, start);
}

int service_restart(struct setup *s, unsigned ms)
{
    const char *const argv[] = {SYSTEMCTL, "restart", AGENT, NULL};

    return setup_run(s, ms, argv);
}

int service_stop(struct setup *s, unsigned ms)
{
    const char *const argv[] = {SYSTEMCTL, "disable", "--now", ENABLED, NULL};

    return setup_run(s, ms, argv);
}
