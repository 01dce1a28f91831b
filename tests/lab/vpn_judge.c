/* The vpn rules by themselves: vpn_judge RULES/vpn < questions, one JSON object a line, answers likewise.
 *   {"source":"https","path":"/remote/login","status":200,"data_base64":"..."} -> {"identities":[...]}
 *   {"product":"fortios","version":"7.2.3","model":""}                         -> {"result":0,"advisories":["CVE-..."]}
 *   {"asks":true}                                                              -> {"asks":["https:/remote/login",...]} */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/detect/engine_vpn.h"
#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/durable.h"
#include "lib/err.h"

static const char *const SOURCES[] = {"", "https", "tls", "ssh", "ike", "snmp", "tcp", "file"};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int load(struct engine *e, const char *dir)
{
    struct engine_problem p = {0};
    struct dirent *entry;
    char *name[256] = {NULL}, path[4096];
    size_t n = 0;
    DIR *d = opendir(dir);

    while (d && (entry = readdir(d)) && n < 256)
        if (strlen(entry->d_name) > 4 && !strcmp(entry->d_name + strlen(entry->d_name) - 4, ".yar"))
            name[n++] = strdup(entry->d_name);
    if (d)
        closedir(d);
    qsort(name, n, sizeof *name, by_name);
    for (size_t i = 0; i < n; i++) {
        struct buf b;
        int rc;

        buf_init(&b, LIM_PACK_BYTES);
        snprintf(path, sizeof path, "%s/%s", dir, name[i]);
        rc = durable_read(path, &b);
        if (!rc)
            rc = engine_add(e, FAMILY_VPN, ENGINE_PACK, b.data, b.len, &p);
        if (rc)
            fprintf(stderr, "%s:%d: %s\n", path, p.line, p.text);
        buf_fini(&b);
        free(name[i]);
        if (rc)
            return rc;
    }
    return n ? engine_finish(e, &p) : MM_ENOTFOUND;
}

static json_t *identify(struct engine *e, const json_t *q)
{
    const char *source = json_string_value(json_object_get(q, "source")), *data = json_string_value(json_object_get(q, "data_base64"));
    const char *path = json_string_value(json_object_get(q, "path"));
    struct vpn_identity found[8];
    struct vpn_facts facts = {.status = (uint32_t)json_integer_value(json_object_get(q, "status"))};
    json_t *list = json_array();
    unsigned n = 0;
    struct buf b;

    buf_init(&b, LIM_PACK_BYTES);
    for (uint32_t i = 1; i < SOURCE_END; i++)
        if (source && !strcmp(SOURCES[i], source))
            facts.source = i;
    snprintf(facts.path, sizeof facts.path, "%s", path ? path : "");
    if (data && crypto_b64_decode(data, strlen(data), &b) == MM_OK &&
        engine_identify(e, &facts, b.data ? b.data : "", b.len < LIM_GATEWAY_ANSWER ? b.len : LIM_GATEWAY_ANSWER, found, 8, &n) == MM_OK)
        for (unsigned i = 0; i < n && i < 8; i++)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:i, s:s}", "product", found[i].product, "version", found[i].version,
                                                  "model", found[i].model, "rule", found[i].rule, "grade", (int)found[i].grade, "name", found[i].name));
    buf_fini(&b);
    return json_pack("{s:o}", "identities", list);
}

static json_t *judge(struct engine *e, const json_t *q)
{
    static struct vpn_advisory found[LIM_DOOR_ADVISORIES];
    const char *product = json_string_value(json_object_get(q, "product")), *version = json_string_value(json_object_get(q, "version"));
    const char *model = json_string_value(json_object_get(q, "model"));
    json_t *list = json_array();
    unsigned n = 0;
    int rc = engine_advisories(e, product ? product : "", version ? version : "", model ? model : "", found, LIM_DOOR_ADVISORIES, &n);

    for (unsigned i = 0; !rc && i < n && i < LIM_DOOR_ADVISORIES; i++)
        json_array_append_new(list, json_string(found[i].cve));
    return json_pack("{s:i, s:o}", "result", rc, "advisories", list);
}

static json_t *asks(struct engine *e)
{
    static struct probe_ask ask[LIM_GATEWAY_ASKS];
    unsigned n = engine_asks(e, ask, LIM_GATEWAY_ASKS);
    json_t *list = json_array();

    for (unsigned i = 0; i < n && i < LIM_GATEWAY_ASKS; i++)
        json_array_append_new(list, json_sprintf("%s:%s", ask[i].source < SOURCE_END ? SOURCES[ask[i].source] : "?", ask[i].path));
    return json_pack("{s:o, s:i}", "asks", list, "count", (int)n);
}

int main(int argc, char **argv)
{
    struct engine *e;
    char *line = NULL;
    size_t room = 0;
    int rc;

    alarm(120);
    if (argc != 2 || engine_setup() || !(e = engine_new()))
        return 64;
    rc = load(e, argv[1]);
    if (rc)
        fprintf(stderr, "%s: %s\n", argv[1], mm_strerror(rc));
    while (!rc && getline(&line, &room, stdin) > 0) {
        json_t *q = json_loads(line, 0, NULL);
        json_t *a = json_object_get(q, "asks") ? asks(e) : json_object_get(q, "source") ? identify(e, q) : judge(e, q);
        char *text = json_dumps(a, JSON_COMPACT);

        puts(text ? text : "{}");
        free(text);
        json_decref(a);
        json_decref(q);
    }
    free(line);
    engine_free(e);
    engine_teardown();
    return rc ? 1 : 0;
}
