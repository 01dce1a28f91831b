#include "updater/host/sandboxed.h"

#include <unistd.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/lockdown.h"
#include "updater/host/child.h"
#include "updater/host/messages.h"

int sandboxed_main(int argc, char **argv, const char *name, int (*serve)(int sock))
{
    struct lockdown_report report = {0};
    struct agent_config config = {0};
    int status = child_begin(argc, argv, name, &config), rc;

    if (status)
        return status;
    log_setup(name, LOG_LV_INFO);
    alarm(LIM_UPDATE_RUN_S);
    rc = crypto_start(); /* afterwards there are no files */
    if (!rc)
        rc = lockdown_scan(config.scan_user, &report);
    agent_config_free(&config);
    if (!rc && report.left_out[0])
        log_info("lock-down left out: %s", report.left_out);
    if (!rc)
        rc = serve(UPDATE_FD);
    if (rc)
        log_error("%s", mm_strerror(rc));
    return rc ? 1 : 0;
}
