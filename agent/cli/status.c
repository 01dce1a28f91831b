/* mimamori status [--watch] */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/control_ask.h"
#include "agent/cli/cli.h"
#include "agent/cli/view.h"
#include "lib/err.h"

#define WATCH_SECONDS 2

static int exit_code(const json_t *status)
{
    static const struct { const char *word; int code; } rows[] = {
        {"guarded", EXIT_GUARDED}, {"attention", EXIT_ATTENTION}, {"quarantined", EXIT_QUARANTINED}};
    const char *word = cli_str(status, "overall");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].word, word))
            return rows[i].code;
    return EXIT_SILENT; /* also for a word that this program does not know: never look healthy */
}

/* A broken configuration is ours to tell: the running agent goes on with the one it read. */
static void add_config_error(const struct cli *c, json_t *status)
{
    if (!c->config_error[0])
        return;
    json_object_set_new(status, "config_error", json_string(c->config_error));
    if (!strcmp(cli_str(status, "overall"), "guarded"))
        json_object_set_new(status, "overall", json_string("attention"));
    json_array_append_new(json_object_get(status, "reasons"), json_string("config"));
}

static int show_once(struct cli *c)
{
    json_t *answer = NULL;
    json_t *status;
    int rc = ask(c->run, "status", NULL, ASK_STATUS_MS, &answer), code;

    if (rc)
        return cli_unreachable(c, rc);
    status = cli_result(answer) ? json_object_get(answer, "result") : NULL;
    if (status)
        add_config_error(c, status);
    if (!status)
        code = cli_refused(c, answer);
    else if (c->json)
        cli_print_json(status);
    else
        view_status(&c->screen, status);
    if (status)
        code = exit_code(status);
    json_decref(answer);
    return code;
}

/* Until interrupted: a fresh page every two seconds; without a terminal, page after page. */
static int watch(struct cli *c)
{
    const struct timespec pause = {.tv_sec = WATCH_SECONDS};
    int code = EXIT_SILENT;

    while (!ferror(stdout)) {
        if (c->screen.colour && !c->json)
            buf_adds(&c->screen.out, "\033[H\033[2J");
        code = show_once(c);
        screen_show(&c->screen);
        nanosleep(&pause, NULL);
    }
    return code;
}

int cli_status(struct cli *c)
{
    return c->watch ? watch(c) : show_once(c);
}
