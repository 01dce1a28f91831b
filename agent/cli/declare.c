/* mimamori declare ID --version V | --mitigation WORD --reason TEXT | --date DAY | --certificate KEY: what a person states */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/control_ask.h"
#include "agent/cli/cli.h"
#include "agent/cli/view_parts.h"
#include "lib/text.h"

#define NAME_COLUMNS 80

static void tell(struct cli *c)
{
    const struct cli_facts *f = &c->facts;
    char *id = view_safe(c->id, NAME_COLUMNS), *what = view_safe(f->version ? f->version : f->date ? f->date : "", NAME_COLUMNS);
    const char *name = !strncmp(c->id, "posture:", 8) ? view_word("check", c->id + 8, id) : id;
    struct buf out;

    buf_init(&out, VIEW_LINE);
    if (f->certificate)
        screen_format(&out, "done.declare.certificate", name, NULL, NULL);
    else if (f->mitigation && !strcmp(f->mitigation, "none"))
        screen_format(&out, "done.declare.withdrawn", name, NULL, NULL);
    else if (f->mitigation)
        screen_format(&out, "done.declare.mitigation", name, view_word("doors.mitigation", f->mitigation, "?"), NULL);
    else
        screen_format(&out, f->version ? "done.declare.version" : "done.declare.date", name, what, NULL);
    screen_wrap(&c->screen, 0, out.data ? out.data : "");
    buf_fini(&out);
    free(id);
    free(what);
}

static json_t *statement(const struct cli *c)
{
    const struct { const char *key, *value; } rows[] = {
        {"certificate", c->facts.certificate},
        {"id", c->id}, {"by", c->facts.by}, {"product", c->facts.product}, {"model", c->facts.model},
        {"version", c->facts.version}, {"mitigation", c->facts.mitigation}, {"reason", c->reason},
        {"date", c->facts.date}};
    json_t *args = json_object();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value)
            json_object_set_new(args, rows[i].key, json_string(rows[i].value));
    return args;
}

int cli_declare(struct cli *c)
{
    json_t *answer = NULL;
    int code = EXIT_GUARDED, rc;

    if ((c->facts.version != NULL) + (c->facts.mitigation != NULL) + (c->facts.date != NULL) + (c->facts.certificate != NULL) != 1) {
        fprintf(stderr, "mimamori: %s\n%s\n", text("usage.declare"), text("usage.help"));
        return EXIT_USAGE;
    }
    rc = ask(c->run, "declare", statement(c), ASK_EVENTS_MS, &answer);
    if (rc)
        return cli_unreachable(c, rc);
    if (!cli_result(answer))
        code = cli_refused(c, answer);
    else if (c->json)
        cli_print_json(cli_result(answer));
    else
        tell(c);
    json_decref(answer);
    return code;
}
