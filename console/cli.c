/* Arguments, messages and tables of the command line. */
#include "console/cli.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/width.h"

#define COLUMNS 12
#define CELL 200 /* characters of one cell that are shown */

const char *cli_option(const struct cli *cli, const char *name)
{
    for (unsigned i = 0; i < cli->options; i++)
        if (!strcmp(cli->option[i].name, name))
            return cli->option[i].value;
    return NULL;
}

int cli_number(const struct cli *cli, const char *name, long min, long max, long fallback, long *out)
{
    const char *text = cli_option(cli, name);
    char *end;
    long v;

    if (!text) {
        *out = fallback;
        return MM_OK;
    }
    v = strtol(text, &end, 10);
    if (end == text || *end || v < min || v > max) {
        fprintf(stderr, "mimamori-console: %s must be a number from %ld to %ld\n", name, min, max);
        return MM_EFORMAT;
    }
    *out = v;
    return MM_OK;
}

void cli_who(char out[LIM_TITLE])
{
    const struct passwd *pw = getpwuid(getuid());

    if (pw && strlen(pw->pw_name) < LIM_USER)
        snprintf(out, LIM_TITLE, "cli:%s", pw->pw_name);
    else
        snprintf(out, LIM_TITLE, "cli:uid %lu", (unsigned long)getuid());
}

int cli_fail(const char *what, int err)
{
    fprintf(stderr, "mimamori-console: %s: %s\n", what,
            err == MM_ENOTFOUND ? "there is none" : err == MM_EEXIST ? "not unique" : mm_strerror(err));
    return err == MM_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;
}

int cli_find_incident(struct cli *cli, const char *word, struct store_incident *out)
{
    int rc = store_incident_find(cli->console->store, word, out);

    if (rc == MM_ENOTFOUND && strlen(word) < 8 && word[strspn(word, "0123456789")]) {
        fprintf(stderr, "mimamori-console: %s: too short: an incident is its number, or 8 characters or more of its uid\n", word);
        return CLI_USAGE;
    }
    return rc ? cli_fail(word, rc) : CLI_OK;
}

void cli_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2));
    putchar('\n');
}

/* ---- tables ------------------------------------------------------------------- */

void cli_clean(char *text)
{
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f || ((unsigned char)*p == 0xc2 && (unsigned char)p[1] < 0xa0))
            *p = '?';
}

/* A cell as text; hosts choose their own names, so nothing that moves the cursor gets through. */
static void cell(const json_t *row, const char *member, char *out, size_t size)
{
    const json_t *v = json_object_get(row, member);
    size_t n = 0;

    if (json_is_string(v))
        n = (size_t)snprintf(out, size, "%s", json_string_value(v));
    else if (json_is_integer(v))
        n = (size_t)snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else
        n = (size_t)snprintf(out, size, "%s", json_is_true(v) ? "yes" : json_is_false(v) ? "no" : "-");
    if (n >= size) /* cut inside a character: take the rest of it away */
        for (n = size - 1; n && ((unsigned char)out[n - 1] & 0xc0) == 0x80; n--)
            out[n - 1] = '\0';
    if (n && n == strlen(out) && (unsigned char)out[n - 1] >= 0xc0)
        out[n - 1] = '\0';
    cli_clean(out);
    if (!out[0])
        snprintf(out, size, "-");
}

static void pad(const char *s, unsigned to, int last)
{
    fputs(s, stdout);
    for (unsigned w = width_text(s); !last && w < to + 2; w++)
        putchar(' ');
}

void cli_table(const json_t *rows, const struct cli_column *columns, unsigned n)
{
    unsigned widths[COLUMNS] = {0};
    char text[CELL];
    json_t *row;
    size_t i;

    for (unsigned k = 0; k < n && k < COLUMNS; k++) {
        widths[k] = width_text(columns[k].title);
        json_array_foreach(rows, i, row) {
            cell(row, columns[k].member, text, sizeof text);
            if (width_text(text) > widths[k])
                widths[k] = width_text(text);
        }
    }
    for (unsigned k = 0; k < n && k < COLUMNS; k++)
        pad(columns[k].title, widths[k], k + 1 == n);
    putchar('\n');
    json_array_foreach(rows, i, row) {
        for (unsigned k = 0; k < n && k < COLUMNS; k++) {
            cell(row, columns[k].member, text, sizeof text);
            pad(text, widths[k], k + 1 == n);
        }
        putchar('\n');
    }
}

int cli_list(const struct cli *cli, json_t *list, const struct cli_column *columns, unsigned n)
{
    if (cli_option(cli, "--json"))
        cli_json(list);
    else
        cli_table(list, columns, n);
    json_decref(list);
    return CLI_OK;
}
