/* mimamorid-scan: started by the guard; also the checker behind `mimamorid --check-rules DIR`. */
#include <stdio.h>

#include "agent/detect/pack.h"
#include "lib/os/lockdown.h"
#include "agent/roles/scan.h"
#include "agent/roles/start.h"
#include "lib/err.h"
#include "lib/log.h"

static int run(struct start *s)
{
    struct lockdown_report report = {0};
    int rc = lockdown_scan(s->config->scan_user, &report);

    start_fini(s); /* the role needs nothing more of it */
    if (rc) {
        log_error("lock-down: %s", mm_strerror(rc));
        return 1;
    }
    if (report.left_out[0])
        log_warn("lock-down left out: %s", report.left_out);
    return role_scan(ROLE_FD);
}

int main(int argc, char **argv)
{
    struct start s = {0};
    int status = start_parse(argc, argv, &s);

    if (status)
        return status;
    if (s.check_rules)
        return pack_check_dir(s.check_rules, stdout) == MM_OK ? 0 : 1;
    status = start_role(&s, "scan");
    if (!status)
        status = run(&s);
    start_fini(&s);
    return status;
}
