/* mimamorid-survey: looks at the host once for core and ends (agent/watch/host/survey.h).
 *
 * The firewall's rules are read first, by the host's own program and while that
 * is still allowed; then the power goes, and only then is anything parsed. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "agent/messages.h"
#include "lib/os/lockdown.h"
#include "agent/roles/start.h"
#include "agent/watch/host/survey.h"
#include "agent/watch/linux/firewall_collect.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/frame.h"
#include "lib/os/memory.h"

static uint32_t cpu_ms(void)
{
    struct rusage u;

    if (getrusage(RUSAGE_SELF, &u))
        return 0;
    return (uint32_t)((u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000);
}

static int tell(const struct survey *s)
{
    struct survey_found found = {.items = s->items, .lost = s->lost, .bytes = s->out.len, .cpu_ms = cpu_ms()};
    int fd = os_memory_file(s->out.data, s->out.len), rc;

    if (fd < 0)
        return fd;
    rc = frame_send(ROLE_FD, SURVEY_FOUND, 0, &found, sizeof found, &fd, 1);
    close(fd);
    for (unsigned i = 0; i < s->binaries && !rc; i++) {
        struct survey_binary b;

        memcpy(b.id, s->binary[i].id, sizeof b.id);
        rc = frame_send(ROLE_FD, SURVEY_BINARY, 0, &b, sizeof b, &s->binary[i].fd, 1);
    }
    return rc ? rc : frame_send(ROLE_FD, SURVEY_DONE, 0, NULL, 0, NULL, 0);
}

static int run(struct start *s)
{
    struct lockdown_report report = {0};
    struct buf nft, legacy;
    struct survey survey;
    char why[256] = "";
    bool readable;
    int rc;

    alarm(LIM_SURVEY_MS / 1000);
    buf_init(&nft, LIM_SURVEY_FILE);
    buf_init(&legacy, FIREWALL_LEGACY_MAX);
    rc = firewall_collect(&nft, &legacy, why, sizeof why);
    if (rc)
        log_warn("the firewall's rules cannot be read: %s", why);
    readable = rc == MM_OK;
    rc = lockdown_survey(s->config->scan_user, &report);
    if (!rc && report.left_out[0])
        log_warn("lock-down of the survey without: %s", report.left_out);
    if (!rc)
        rc = survey_init(&survey, "/", time(NULL));
    if (!rc) {
        survey.firewall = readable && nft.len ? nft.data : NULL;
        survey.legacy_firewall = legacy.len ? legacy.data : NULL;
        survey.firewall_error = why;
        survey_run(&survey);
        rc = tell(&survey);
        survey_fini(&survey);
    }
    buf_fini(&nft);
    buf_fini(&legacy);
    if (rc)
        log_error("survey: %s", mm_strerror(rc));
    return rc ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct start s = {0};
    int status = start_parse(argc, argv, &s);

    if (!status)
        status = start_role(&s, "survey");
    if (!status)
        status = run(&s);
    start_fini(&s);
    return status;
}
