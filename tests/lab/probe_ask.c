/* The prober's library on a command line, for tests and measurements:
 *
 *   probe_ask ADDRESS[,ADDRESS] PORT[,PORT] HOST [SOURCE[:PORT] PATH]...   one target for each PORT
 *   probe_ask upnp                                                        the router's port mappings
 *
 * Each answer is a line of JSON with its bytes in base64; the last line tells what
 * it cost.  PROBE_COMMUNITY and PROBE_HEADERS fill the fields of the same name, PROBE_AUTHORITIES names a file of certificates. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/watch/gateway/probe.h"
#include "lib/crypto.h"
#include "lib/err.h"

static const char *const WORDS[SOURCE_END] = {"", "https", "tls", "ssh", "ike", "snmp", "tcp", "file"};

static double now_ms(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Peak of this program's memory in kB; getrusage would count what stood here before exec too. */
static int peak_kb(void)
{
    char line[256];
    int kb = 0;
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = (int)strtol(line + 6, NULL, 10);
    if (f)
        fclose(f);
    return kb;
}

static void show(json_t *line)
{
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(line);
}

static int on_answer(void *context, const struct probe_answer *a, const struct buf *bytes)
{
    static const char *const KEYS[] = {[KEY_NONE] = "none", [KEY_SHOWN] = "shown", [KEY_PROVED] = "proved"};
    char key[2 * sizeof a->key + 1] = "";
    struct buf text;

    (void)context;
    buf_init(&text, 2 * LIM_GATEWAY_ANSWER);
    if (bytes->len)
        crypto_b64_encode(bytes->data, bytes->len, &text);
    if (a->key_state)
        crypto_hex(a->key, sizeof a->key, key);
    show(json_pack("{s:i, s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:s, s:s, s:s}", "target", (int)a->target, "source", WORDS[a->source], "path",
                   a->path, "result", a->result, "status", (int)a->status, "bytes", (int)a->bytes, "ms", (int)a->ms, "note", a->note,
                   "data", text.data ? text.data : "", "key", key, "key_state", KEYS[a->key_state]));
    buf_fini(&text);
    return MM_OK;
}

static int on_port(void *context, const struct probe_port *p)
{
    (void)context;
    show(json_pack("{s:i, s:i, s:s, s:s, s:s, s:b}", "external", p->external, "internal", p->internal, "protocol", p->protocol, "client",
                   p->client, "description", p->description, "own", p->own != 0));
    return MM_OK;
}

static void fill_target(struct probe_target *t, char *addresses, const char *host)
{
    const char *community = getenv("PROBE_COMMUNITY");
    char *rest = addresses;

    for (char *a = strtok_r(rest, ",", &rest); a && t->addresses < LIM_GATEWAY_ADDRESSES; a = strtok_r(NULL, ",", &rest))
        snprintf(t->address[t->addresses++], sizeof t->address[0], "%s", a);
    snprintf(t->host, sizeof t->host, "%s", host);
    snprintf(t->community, sizeof t->community, "%s", community ? community : "");
}

/* "https:8443" */
static int fill_ask(struct probe_ask *a, char *source, const char *path)
{
    const char *headers = getenv("PROBE_HEADERS");
    char *colon = strchr(source, ':');

    if (colon) {
        *colon = '\0';
        a->port = (uint32_t)strtoul(colon + 1, NULL, 10);
    }
    for (uint32_t i = 1; i < SOURCE_END; i++)
        if (strcmp(source, WORDS[i]) == 0)
            a->source = i;
    snprintf(a->path, sizeof a->path, "%s", path);
    snprintf(a->headers, sizeof a->headers, "%s", headers ? headers : "");
    return a->source != 0;
}

int main(int argc, char **argv)
{
    static struct probe_target target[LIM_GATEWAYS];
    static struct probe_ask ask[LIM_GATEWAY_ASKS];
    const struct probe_hooks hooks = {NULL, on_answer, on_port};
    double wall = now_ms(CLOCK_MONOTONIC), cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    unsigned targets = 0, asks = 0, answers;

    if (getenv("PROBE_AUTHORITIES") && probe_authorities(getenv("PROBE_AUTHORITIES")))
        return 2;
    if (argc == 2 && strcmp(argv[1], "upnp") == 0) {
        answers = probe_ports(&hooks);
    } else if (argc >= 4 && argc % 2 == 0) {
        char *rest = argv[2];

        for (char *p = strtok_r(rest, ",", &rest); p && targets < LIM_GATEWAYS; p = strtok_r(NULL, ",", &rest), targets++) {
            char addresses[LIM_NAME];

            snprintf(addresses, sizeof addresses, "%s", argv[1]);
            fill_target(&target[targets], addresses, argv[3]);
            target[targets].number = targets + 1;
            target[targets].port = (uint16_t)strtoul(p, NULL, 10);
        }
        for (int i = 4; i < argc && asks < LIM_GATEWAY_ASKS; i += 2)
            if (!fill_ask(&ask[asks++], argv[i], argv[i + 1]))
                return 2;
        answers = probe_gateways(target, targets, ask, asks, &hooks);
    } else {
        fputs("usage: probe_ask ADDRESS PORT HOST [SOURCE[:PORT] PATH]... | probe_ask upnp\n", stderr);
        return 2;
    }
    show(json_pack("{s:i, s:f, s:f, s:i}", "answers", (int)answers, "wall_ms", now_ms(CLOCK_MONOTONIC) - wall, "cpu_ms",
                   now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu, "rss_kb", peak_kb()));
    return 0;
}
