/* mimamorid-core: started by the guard; also the enrolment behind `mimamorid --enrol CODE`, and the look behind --look. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/report/enrol.h"
#include "agent/report/look.h"
#include "agent/roles/core.h"
#include "agent/roles/start.h"
#include "lib/code_line.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/lockdown.h"

#define REFUSED 2    /* exit status of an enrolment that the console refused */
#define AGAIN 3      /* of one that it may have taken */

/* `code`, or the first line of standard input for "-"; "" when there is none. */
static const char *enrolment_code(const char *code, char *line, size_t n)
{
    if (strcmp(code, "-") != 0)
        return code;
    return code_line_read(stdin, line, n) ? "" : line;
}

static int enrol(const struct start *s)
{
    char line[LIM_CODE_LINE];
    int rc = enrol_run(s->config, enrolment_code(s->enrol, line, sizeof line), s->key, stdout);

    return rc == MM_EDENIED ? REFUSED : rc == MM_EAGAIN ? AGAIN : rc ? 1 : 0;
}

/* Without power before the first byte of the console's; ends the process, whatever the resolver still does. */
static _Noreturn void look(const struct start *s)
{
    const struct agent_config *c = s->config;
    struct lockdown_report report;
    char ca[LIM_PATH + 16];
    struct look_call call = {.url = s->look, .ca_pin = s->pin, .ca_file = c->console_ca, .proxy = s->proxy ? s->proxy : c->proxy};
    struct look found;
    struct buf line;
    int rc = geteuid() == 0 ? lockdown_core(c->core_user, c->group, &report) : MM_OK;

    alarm(2 * LOOK_MS / 1000);
    if (!rc && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        rc = MM_ENOMEM;
    if (rc) {
        fprintf(stderr, "mimamorid: the look: %s\n", mm_strerror(rc));
        _exit(1);
    }
    if (!call.ca_file[0]) { /* the one from the enrolment */
        snprintf(ca, sizeof ca, "%s/core/ca.pem", c->state);
        call.ca_file = ca;
    }
    look_at(&call, &found);
    buf_init(&line, LOOK_LINE);
    rc = look_write(&found, &line);
    if (!rc && write(STDOUT_FILENO, line.data, line.len) != (ssize_t)line.len)
        rc = MM_EIO;
    _exit(rc ? 1 : 0);
}

int main(int argc, char **argv)
{
    struct start s = {0};
    int status = start_parse(argc, argv, &s);

    log_setup("mimamorid", LOG_LV_INFO);
    if (!status)
        status = s.enrol || s.look ? start_config(&s) : start_role(&s, "core");
    if (!status && s.look)
        look(&s);
    if (!status && s.enrol)
        status = enrol(&s);
    else if (!status)
        status = role_core(ROLE_FD, s.config, s.config_path);
    start_fini(&s);
    return status;
}
