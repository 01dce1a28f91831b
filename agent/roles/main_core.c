/* mimamorid-core: started by the guard; also the enrolment behind `mimamorid --enrol CODE`. */
#include <stdio.h>
#include <string.h>

#include "agent/report/enrol.h"
#include "agent/roles/core.h"
#include "agent/roles/start.h"
#include "lib/err.h"
#include "lib/log.h"

#define REFUSED 2    /* exit status of an enrolment that the console refused */
#define CODE 2048    /* a code has some 400 characters */

/* `code`, or the first line of standard input for "-": what stands on a command line is seen by everybody. */
static const char *enrolment_code(const char *code, char *line, size_t n)
{
    if (strcmp(code, "-") != 0)
        return code;
    if (!fgets(line, (int)n, stdin))
        line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static int enrol(const struct start *s)
{
    char line[CODE];
    int rc = enrol_run(s->config, enrolment_code(s->enrol, line, sizeof line), stdout);

    return rc == MM_EDENIED ? REFUSED : rc ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct start s = {0};
    int status = start_parse(argc, argv, &s);

    log_setup("mimamorid", LOG_LV_INFO);
    if (!status)
        status = s.enrol ? start_config(&s) : start_role(&s, "core");
    if (!status && s.enrol)
        status = enrol(&s);
    else if (!status)
        status = role_core(ROLE_FD, s.config, s.config_path);
    start_fini(&s);
    return status;
}
