/* The notice in an incident, in four parts: what happened, how bad it is, what
 * to do now, whom to call.  For a person who has never seen it before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/view.h"
#include "lib/text.h"

#define LABEL 18
#define LINE_ROOM 16384

static void add(struct buf *out, const char *key, const char *a, const char *b, const char *c)
{
    if (out->len && text_current() == TEXT_EN)
        buf_adds(out, " ");
    screen_format(out, key, a, b, c);
}

static void row(struct screen *s, const char *key, struct buf *line)
{
    screen_row(s, text(key), LABEL, line->data ? line->data : "");
    buf_reset(line);
}

static void what_happened(struct screen *s, const json_t *incident, const json_t *quarantine, struct buf *line)
{
    char *title = screen_escaped(cli_str(incident, text_current() == TEXT_JA ? "title_ja" : "title_en"));
    char *program = screen_escaped(cli_str(incident, "process")), *by = cli_who(cli_str(quarantine, "by"));
    char when[64];

    if (json_is_object(incident)) {
        if (title && *title)
            buf_adds(line, title);
        else
            add(line, "notice.what.default", NULL, NULL, NULL);
        row(s, "notice.what", line);
        if (*cli_str(incident, "since")) {
            cli_when(cli_str(incident, "since"), when, sizeof when);
            add(line, "notice.what.since", when, NULL, NULL);
        }
        if (program && *program)
            add(line, "notice.what.program", program, NULL, NULL);
    }
    if (!strcmp(cli_str(quarantine, "state"), "yes")) {
        cli_when(cli_str(quarantine, "since"), when, sizeof when);
        add(line, "notice.what.order", when, by ? by : "", NULL);
    }
    if (line->len)
        row(s, json_is_object(incident) ? "notice.blank" : "notice.what", line);
    free(title);
    free(program);
    free(by);
}

static bool only_told(const json_t *status)
{
    const char *mode = cli_str(status, "mode");

    return !strcmp(mode, "alert") || !strcmp(mode, "observe");
}

static void how_bad(struct screen *s, const json_t *status, const json_t *incident, const json_t *quarantine, struct buf *line)
{
    char key[64], touched[32], destroyed[32], restored[32];

    snprintf(key, sizeof key, "notice.bad.%s", cli_str(incident, "severity"));
    add(line, text_known(key) ? key : "notice.bad.unknown", NULL, NULL, NULL);
    snprintf(touched, sizeof touched, "%lld", (long long)cli_int(incident, "files_touched"));
    snprintf(destroyed, sizeof destroyed, "%lld", (long long)cli_int(incident, "files_destroyed"));
    snprintf(restored, sizeof restored, "%lld", (long long)cli_int(incident, "files_restored"));
    if (cli_int(incident, "files_touched") > 0 || cli_int(incident, "files_destroyed") > 0)
        add(line, "notice.bad.files", touched, destroyed, restored);
    if (cli_int(incident, "files_failed") > 0) {
        snprintf(touched, sizeof touched, "%lld", (long long)cli_int(incident, "files_failed"));
        add(line, "notice.bad.failed", touched, NULL, NULL);
    }
    if (json_is_true(json_object_get(incident, "frozen")))
        add(line, "notice.bad.frozen", NULL, NULL, NULL);
    else if (json_is_object(incident) && only_told(status))
        add(line, "notice.bad.not_stopped", NULL, NULL, NULL);
    add(line, strcmp(cli_str(quarantine, "state"), "yes") ? "notice.bad.not_isolated" : "notice.bad.isolated", NULL,
        NULL, NULL);
    row(s, "notice.how_bad", line);
}

void view_notice(struct screen *s, const json_t *status)
{
    const json_t *incident = json_object_get(status, "incident"), *quarantine = json_object_get(status, "quarantine");
    const json_t *contact = json_object_get(status, "contact");
    struct buf line;

    if (!json_is_object(incident) &&
        (!json_is_object(quarantine) || !strcmp(cli_str(quarantine, "state"), "no")))
        return;
    buf_init(&line, LINE_ROOM);
    screen_line(s, PLAIN, "");
    screen_line(s, RED, text("notice.title"));
    what_happened(s, incident, quarantine, &line);
    how_bad(s, status, incident, quarantine, &line);
    add(&line, "notice.do.power", NULL, NULL, NULL);
    row(s, "notice.do", &line);
    add(&line, "notice.do.leave", NULL, NULL, NULL);
    row(s, "notice.blank", &line);
    add(&line, "notice.do.others", NULL, NULL, NULL);
    row(s, "notice.blank", &line);
    screen_contact(&line, cli_str(contact, "provider"), cli_str(contact, "phone"));
    row(s, "notice.call", &line);
    buf_fini(&line);
}
