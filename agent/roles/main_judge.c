/* mimamorid-judge: started by the guard for one round. */
#include <unistd.h>

#include "agent/roles/judge.h"
#include "lib/os/lockdown.h"
#include "agent/roles/start.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/log.h"

int main(int argc, char **argv)
{
    struct lockdown_report report = {0};
    struct start s = {0};
    int status = start_parse(argc, argv, &s), rc;

    if (!status)
        status = start_role(&s, "judge");
    if (status)
        return status;
    alarm((LIM_SURVEY_MS + LIM_PROBE_MS) / 1000 + 60); /* a round is over by then */
    rc = lockdown_scan(s.config->scan_user, &report);
    start_fini(&s);
    if (rc) {
        log_error("lock-down: %s", mm_strerror(rc));
        return 1;
    }
    if (report.left_out[0])
        log_warn("lock-down left out: %s", report.left_out);
    return role_judge(ROLE_FD);
}
