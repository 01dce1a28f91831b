/* mimamori why ID: the story of one incident, oldest event first */
#include <stdio.h>
#include <stdlib.h>

#include "lib/control_ask.h"
#include "agent/cli/cli.h"
#include "agent/cli/view.h"
#include "lib/text.h"

#define LABEL 14

static void show(struct cli *c, const json_t *result)
{
    const json_t *events = json_object_get(result, "events");
    char *incident = screen_escaped(cli_str(result, "incident")), count[32];
    size_t n = json_array_size(events);
    struct buf line;

    buf_init(&line, 8192);
    screen_line(&c->screen, BOLD, text("why.title"));
    if (incident && *incident)
        screen_row(&c->screen, text("why.incident.id"), LABEL, incident);
    snprintf(count, sizeof count, "%zu", n);
    screen_format(&line, "why.count", count, NULL, NULL);
    screen_row(&c->screen, "", LABEL, line.data ? line.data : "");
    for (size_t i = 0; i < n; i++) {
        screen_line(&c->screen, PLAIN, "");
        view_event_full(&c->screen, json_array_get(events, i));
    }
    if (incident && *incident) {
        screen_line(&c->screen, PLAIN, "");
        buf_reset(&line);
        buf_addf(&line, "mimamori restore %s", incident);
        screen_row(&c->screen, text("why.restore"), LABEL, line.data ? line.data : "");
        buf_reset(&line);
        buf_addf(&line, "mimamori allow %s", incident);
        screen_row(&c->screen, text("why.allow"), LABEL, line.data ? line.data : "");
        buf_reset(&line);
        buf_addf(&line, "mimamori close %s", incident);
        screen_row(&c->screen, text("why.close"), LABEL, line.data ? line.data : "");
    }
    buf_fini(&line);
    free(incident);
}

int cli_why(struct cli *c)
{
    json_t *answer = NULL;
    int code = EXIT_GUARDED, rc = ask(c->run, "why", json_pack("{s:s}", "id", c->id), ASK_EVENTS_MS, &answer);

    if (rc)
        return cli_unreachable(c, rc);
    if (!cli_result(answer))
        code = cli_refused(c, answer);
    else if (c->json)
        cli_print_json(cli_result(answer));
    else
        show(c, cli_result(answer));
    json_decref(answer);
    return code;
}
