/* mimamorid-scan: started by the guard; also the checker behind `mimamorid --check-rules DIR`. */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

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

static int give_up_power(void *context)
{
    const struct start *s = context;
    struct lockdown_report report = {0};
    int rc = lockdown_scan(s->config ? s->config->scan_user : "", &report);

    if (rc)
        log_error("lock-down: %s", mm_strerror(rc));
    return rc;
}

/* Who checks a pack as root did not make it (mimamori-update does): it is looked into as the agent's scan process would. */
static int check(struct start *s)
{
    static char said[BUFSIZ]; /* stdio asks what kind of file it writes to when it takes a buffer by itself: the sandbox has no answer */
    bool root = geteuid() == 0;
    int status = root && s->config_path ? start_config(s) : 0;

    setvbuf(stdout, said, _IOFBF, sizeof said);
    if (!status)
        status = pack_check_dir(s->check_rules, root ? give_up_power : NULL, s, stdout) == MM_OK ? 0 : 1;
    start_fini(s);
    return status;
}

int main(int argc, char **argv)
{
    struct start s = {0};
    int status = start_parse(argc, argv, &s);

    if (status)
        return status;
    if (s.check_rules)
        return check(&s);
    status = start_role(&s, "scan");
    if (!status)
        status = run(&s);
    start_fini(&s);
    return status;
}
