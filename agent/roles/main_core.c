/* mimamorid-core: started by the guard; also the enrolment behind `mimamorid --enrol CODE`. */
#include <stdio.h>

#include "agent/report/enrol.h"
#include "agent/roles/core.h"
#include "agent/roles/start.h"
#include "lib/err.h"
#include "lib/log.h"

int main(int argc, char **argv)
{
    struct start s = {0};
    int status = start_parse(argc, argv, &s);

    log_setup("mimamorid", LOG_LV_INFO);
    if (!status)
        status = s.enrol ? start_config(&s) : start_role(&s, "core");
    if (!status && s.enrol)
        status = enrol_run(s.config, s.enrol, stdout) == MM_OK ? 0 : 1;
    else if (!status)
        status = role_core(ROLE_FD, s.config);
    start_fini(&s);
    return status;
}
