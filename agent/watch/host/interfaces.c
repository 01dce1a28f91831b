#include "agent/watch/host/interfaces.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"

static struct fw_iface *iface_named(struct interfaces *net, const char *name)
{
    for (unsigned i = 0; i < net->n; i++)
        if (!strcmp(net->ifaces[i].name, name))
            return &net->ifaces[i];
    return NULL;
}

/* /proc/net/dev: two lines of heading, then "  eth0: ..." */
static void read_ifaces(const struct survey *s, struct interfaces *net)
{
    struct buf text;
    char *rest, *line;

    buf_init(&text, LIM_SURVEY_FILE);
    rest = survey_read(s, "/proc/self/net/dev", LIM_SURVEY_FILE, &text) == MM_OK ? text.data : NULL;
    while ((line = survey_line(&rest))) {
        char *colon = strrchr(line, ':');

        if (!colon || colon - line >= (ptrdiff_t)sizeof net->ifaces[0].name || strchr(line, '|'))
            continue;
        *colon = '\0';
        if (!strcmp(line, "lo"))
            continue;
        if (net->n == INTERFACES_MAX) {
            net->n = 0; /* asked without a name: what names an interface then is "limited" */
            break;
        }
        snprintf(net->ifaces[net->n++].name, sizeof net->ifaces[0].name, "%s", line);
    }
    buf_fini(&text);
}

/* Fields of one line of /proc/net/route: name, destination, ..., mask (8th); of ipv6_route: destination, bits, ..., name (10th). */
static void default_route(struct interfaces *net, char *line, bool six)
{
    char *field[11], *save = NULL, *word;
    unsigned n = 0;
    struct fw_iface *iface;

    for (word = strtok_r(line, " \t", &save); word && n < 11; word = strtok_r(NULL, " \t", &save))
        field[n++] = word;
    if (six ? n < 10 || strspn(field[0], "0") != 32 || strcmp(field[1], "00") : n < 8 || strcmp(field[1], "00000000") || strcmp(field[7], "00000000"))
        return;
    iface = iface_named(net, six ? field[9] : field[0]);
    if (iface)
        iface->outside = true;
}

static void read_routes(const struct survey *s, struct interfaces *net)
{
    static const char *const FILES[] = {"/proc/self/net/route", "/proc/self/net/ipv6_route"};

    for (int six = 0; six < 2; six++) {
        struct buf text;
        char *rest, *line;

        buf_init(&text, LIM_SURVEY_FILE);
        rest = survey_read(s, FILES[six], LIM_SURVEY_FILE, &text) == MM_OK ? text.data : NULL;
        while ((line = survey_line(&rest)))
            default_route(net, line, six);
        buf_fini(&text);
    }
}

void interfaces_read(const struct survey *s, struct interfaces *out)
{
    *out = (struct interfaces){0};
    read_ifaces(s, out);
    read_routes(s, out);
}
