#include "updater/publish/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

const char *cli_option(const struct cli *cli, const char *name)
{
    for (unsigned i = 0; i < cli->options; i++)
        if (!strcmp(cli->option[i].name, name))
            return cli->option[i].value;
    return NULL;
}

long cli_whole(const char *text)
{
    size_t n = strlen(text);

    return n && n < 10 && strspn(text, "0123456789") == n ? strtol(text, NULL, 10) : -1;
}

int cli_number(struct cli *cli, const char *name, long least, long most, long fallback, long *out)
{
    const char *text = cli_option(cli, name);
    long n = text ? cli_whole(text) : fallback;

    if (text && (n < least || n > most))
        return cli_wrong(cli, CLI_USAGE, "%s: a number from %ld to %ld", name, least, most);
    *out = n;
    return CLI_OK;
}

void cli_say(const struct cli *cli, const char *format, ...)
{
    va_list args;

    if (cli->json)
        return;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

void cli_tell(struct cli *cli, const char *name, json_t *value)
{
    (void)json_object_set_new(cli->result, name, value); /* without memory there is nothing to tell */
}

int cli_wrong(struct cli *cli, int code, const char *format, ...)
{
    char message[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fprintf(stderr, PROGRAM ": %s\n", message);
    cli_tell(cli, "error", json_string(message));
    return code;
}

int cli_fail(struct cli *cli, const char *what, int err)
{
    int code = err == MM_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;

    if (cli->desk.trouble[0])
        return cli_wrong(cli, code, "%s: %s", what, cli->desk.trouble);
    return cli_wrong(cli, code, "%s: %s", what, mm_strerror(err));
}
