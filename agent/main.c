/* mimamorid: what a person or the service manager calls.  It stays as the
 * keeper; what needs another program's code is handed over to that program. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/roles/guard.h"
#include "agent/roles/start.h"
#include "lib/log.h"

static int run_agent(const struct start *s, char **argv)
{
    if (geteuid() != 0) {
        fputs("mimamorid: must be started as root\n", stderr);
        return 1;
    }
    if (s->enrol || s->look)
        return start_become("core", argv);
    /* curl's library of a protocol that we never speak brings GnuTLS into core, which would
     * set itself up (a megabyte, files read as root) before main; this tells it not to. */
    setenv("GNUTLS_NO_IMPLICIT_INIT", "1", 1);
    return role_keeper(s->config, s->config_path);
}

int main(int argc, char **argv)
{
    struct start s = {0};
    int status = start_parse(argc, argv, &s);

    if (status)
        return status;
    log_setup("mimamorid", LOG_LV_INFO);
    if (s.check_rules)
        return start_become("scan", argv);
    status = start_config(&s);
    if (status)
        return status;
    if (s.dump_config)
        agent_config_dump(s.config, stdout);
    else if (s.check_config)
        puts("the configuration is good");
    else
        status = run_agent(&s, argv);
    start_fini(&s);
    return status;
}
