/* mimamori events [--after N] [--limit N] [--severity WORD] [--watch] */
#include <stdio.h>
#include <unistd.h>

#include "lib/control_ask.h"
#include "agent/cli/cli.h"
#include "agent/cli/view.h"
#include "lib/err.h"
#include "lib/text.h"

static void show_events(struct cli *c, const json_t *result)
{
    const json_t *events = json_object_get(result, "events");
    size_t n = json_array_size(events);

    if (!c->json && n)
        view_event_head(&c->screen);
    for (size_t i = 0; i < n; i++) {
        if (c->json)
            cli_print_json(json_array_get(events, i));
        else
            view_event_line(&c->screen, json_array_get(events, i));
    }
    if (!c->json && !n && !c->watch)
        screen_line(&c->screen, PLAIN, text("events.none"));
    screen_show(&c->screen);
}

/* Where a page that began at --after goes on. */
static void show_next(struct cli *c, const json_t *result)
{
    char next[32];
    struct buf line;

    if (c->json || !(c->given & OPT_AFTER) || !json_is_true(json_object_get(result, "more")))
        return;
    buf_init(&line, 4096);
    snprintf(next, sizeof next, "%lld", (long long)cli_int(result, "next"));
    screen_format(&line, "events.more", next, NULL, NULL);
    screen_line(&c->screen, PLAIN, line.data ? line.data : "");
    buf_fini(&line);
}

/* `last`: sequence of the newest event shown; stays when there is none. */
static int show_page(struct cli *c, json_int_t *last)
{
    json_t *answer = NULL, *args = json_pack("{s:i, s:i}", "limit", (int)c->limit, "severity", (int)c->severity);
    int rc, code = EXIT_GUARDED;

    if (c->given & OPT_AFTER)
        json_object_set_new(args, "after", json_integer((json_int_t)c->after));
    else
        json_object_set_new(args, "newest", json_true());
    rc = ask(c->run, "events", args, ASK_EVENTS_MS, &answer);
    if (rc)
        return cli_unreachable(c, rc);
    if (cli_result(answer)) {
        show_events(c, cli_result(answer));
        *last = cli_int(cli_result(answer), "next");
        show_next(c, cli_result(answer));
    } else {
        code = cli_refused(c, answer);
    }
    json_decref(answer);
    return code;
}

static void show_new(struct cli *c, const json_t *result)
{
    const json_t *event = json_object_get(result, "event");
    char missed[32];

    if (cli_int(result, "missed") > 0 && !c->json) {
        struct buf line;

        buf_init(&line, 4096);
        snprintf(missed, sizeof missed, "%lld", (long long)cli_int(result, "missed"));
        screen_format(&line, "events.missed", missed, NULL, NULL);
        screen_line(&c->screen, YELLOW, line.data ? line.data : "");
        buf_fini(&line);
    }
    if (!event || cli_int(event, "severity_id") < (json_int_t)c->severity)
        return;
    if (c->json)
        cli_print_json(event);
    else
        view_event_line(&c->screen, event);
    screen_show(&c->screen);
}

/* Opened before the page is read, so that no event falls between the two. */
static int watch(struct cli *c)
{
    json_t *answer = NULL;
    json_int_t last = 0;
    int fd, code, rc = ask_open(c->run, &fd);

    if (rc)
        return cli_unreachable(c, rc);
    rc = ask_send(fd, "watch", NULL);
    if (!rc)
        rc = ask_receive(fd, ASK_EVENTS_MS, &answer);
    if (!rc && !cli_result(answer)) {
        code = cli_refused(c, answer);
        json_decref(answer);
        close(fd);
        return code;
    }
    if (!rc)
        show_page(c, &last);
    while (!rc) {
        json_decref(answer);
        answer = NULL;
        rc = ask_receive(fd, -1, &answer);
        if (!rc && cli_int(cli_result(answer), "sequence") > last)
            show_new(c, cli_result(answer));
    }
    json_decref(answer);
    close(fd);
    return cli_unreachable(c, rc);
}

int cli_events(struct cli *c)
{
    json_int_t last;

    return c->watch ? watch(c) : show_page(c, &last);
}
