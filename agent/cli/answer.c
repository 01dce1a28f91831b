/* What verbs share: refusals, JSON reading, instants. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/control_ask.h"
#include "agent/cli/cli.h"
#include "agent/cli/view.h"
#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/text.h"

const char *cli_str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

json_int_t cli_int(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

char *cli_who(const char *by)
{
    static const struct { const char *prefix, *key; } kinds[] = {
        {"rule ", "who.rule"}, {"cli:", "who.console"}, {"uid ", "who.uid"}};
    const char *key = !strcmp(by, "rule") ? "who.automatic" : !strcmp(by, "uid 0") ? "who.root" : NULL;
    char *name;
    struct buf out;

    for (size_t i = 0; !key && i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(by, kinds[i].prefix, strlen(kinds[i].prefix))) {
            key = kinds[i].key;
            by += strlen(kinds[i].prefix);
        }
    name = screen_escaped(by);
    key = key ? key : "who.person";
    buf_init(&out, 65536);
    screen_format(&out, *by ? key : "who.unknown", name, NULL, NULL);
    free(name);
    return buf_take(&out);
}

void cli_when_s(int64_t seconds, char *out, size_t size)
{
    time_t t = (time_t)seconds;
    struct tm local;

    if (seconds <= 0 || !localtime_r(&t, &local) || !strftime(out, size, "%Y-%m-%d %H:%M:%S", &local))
        snprintf(out, size, "%s", text("time.unknown"));
}

void cli_when(const char *rfc3339, char *out, size_t size)
{
    int64_t seconds = 0;

    if (rfc3339_parse(rfc3339, &seconds))
        seconds = 0;
    cli_when_s(seconds, out, size);
}

void cli_print_json(const json_t *value)
{
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | (isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0);
    char *line = json_dumps(value, flags);

    if (line)
        puts(line);
    free(line);
    fflush(stdout);
}

const json_t *cli_result(const json_t *answer)
{
    const json_t *result = json_object_get(answer, "result");

    return json_is_true(json_object_get(answer, "ok")) && json_is_object(result) ? result : NULL;
}

/* The agent does not answer: said in the words of status, because that is what it means. */
int cli_unreachable(struct cli *c, int rc)
{
    json_t *status = json_pack("{s:s, s:[s], s:b, s:s, s:{s:s, s:s}}", "overall", "silent", "reasons", "agent_silent",
                               "ok", 0, "message", mm_strerror(rc), "contact", "provider", c->provider, "phone",
                               c->phone);

    if (c->json) {
        cli_print_json(status);
    } else {
        struct buf contact;

        view_headline(&c->screen, status);
        buf_init(&contact, 4096);
        screen_contact(&contact, c->provider, c->phone);
        screen_row(&c->screen, text("notice.call"), 14, contact.data ? contact.data : "");
        buf_fini(&contact);
    }
    json_decref(status);
    return EXIT_SILENT;
}

int cli_refused(struct cli *c, const json_t *answer)
{
    const char *word = cli_str(answer, "error");
    char key[64], *said;

    if (c->json) {
        cli_print_json(answer);
        return strcmp(word, "guard_silent") ? EXIT_ATTENTION : EXIT_SILENT;
    }
    said = screen_escaped(cli_str(answer, "message"));
    snprintf(key, sizeof key, "error.%s.%.20s", c->verb ? c->verb : "", word);
    if (!text_known(key))
        snprintf(key, sizeof key, "error.%.40s", word);
    fprintf(stderr, "mimamori: %s\n", text(text_known(key) ? key : "error.failed"));
    if (said && *said) {
        struct buf line;

        buf_init(&line, 65536);
        (void)text_again(&line, said);
        fprintf(stderr, "  (%s)\n", line.data ? line.data : said);
        buf_fini(&line);
    }
    free(said);
    return strcmp(word, "guard_silent") ? EXIT_ATTENTION : EXIT_SILENT;
}

/* A reload that went well says what it had to leave out, and nothing else. */
static bool left_out(const char *verb, const json_t *result)
{
    return !strcmp(verb, "reload") && *cli_str(result, "message");
}

int cli_act(struct cli *c, const char *verb, void (*tell)(struct cli *c, const json_t *result))
{
    json_t *args = json_object(), *answer = NULL;
    int rc, code = EXIT_GUARDED;

    if (c->id)
        json_object_set_new(args, "id", json_string(c->id));
    if (c->reason)
        json_object_set_new(args, "reason", json_string(c->reason));
    rc = ask(c->run, verb, args, LIM_CONTROL_ACT_MS + ASK_STATUS_MS, &answer);
    if (rc)
        return cli_unreachable(c, rc);
    if (!cli_result(answer))
        code = cli_refused(c, answer);
    else if (c->json)
        cli_print_json(cli_result(answer));
    else
        tell(c, cli_result(answer));
    if (code == EXIT_GUARDED && (cli_int(cli_result(answer), "files_failed") > 0 || left_out(verb, cli_result(answer))))
        code = EXIT_ATTENTION;
    json_decref(answer);
    return code;
}
