/* A request in text (see corpus) through the router of one of the two
 * interfaces, against a real store in memory: no crash, always an answer that
 * is JSON, and no success without the certificate or token. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "console/api/api.h"
#include "lib/err.h"

#define AGENT "0f8fad5b-d9cb-469f-a165-70867728950e"
#define FRESH_AFTER 500 /* runs with one store */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct console console;
static struct api api = {.console = &console};

static void must(int rc)
{
    if (rc)
        abort();
}

static void fill_store(void)
{
    struct store_enrolment e = {.agent_id = AGENT, .key_hash = "k", .certificate = "c", .hostname = "pc1", .os = "", .kernel = "",
                                .agent_version = "", .machine_id = "m", .customer = 1, .certificate_expires = 1};
    static const char *const title[2] = {"t", "t"};
    char hash[SHA256_HEX];
    int64_t id;
    int clone;

    must(store_begin(console.store));
    must(store_customer_add(console.store, "c", "", 1, &id));
    must(console_hash("t", hash));
    must(store_token_add(console.store, hash, id, INT64_MAX / 2, "x", 1));
    e.token_hash = hash;
    must(store_enrol(console.store, &e, 1, &clone));
    must(store_incident_raise(console.store, AGENT, "attack", 4, title, 1));
    must(console_hash("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", hash));
    must(store_operator_add(console.store, "admin", "admin", hash, 1));
    must(console_hash("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", hash));
    must(store_operator_add(console.store, "desk", "desk", hash, 1));
    must(store_commit(console.store));
}

static void fresh(void)
{
    static struct buf key;

    if (!console.ca) {
        buf_init(&console.ca_pem, 65536);
        buf_init(&key, 65536);
        must(ca_create("fuzz", &console.ca_pem, &key));
        must(ca_load(console.ca_pem.data, key.data, &console.ca));
        must(ca_pin(console.ca, console.pin));
        must(ed25519_generate(console.secret, console.key.pub));
        ed25519_keyid(console.key.pub, console.key.keyid);
        buf_fini(&key);
        console.config.port = 8443;
        console.config.heartbeat = 30;
        console.config.command_life = 3600;
    }
    store_close(console.store);
    must(store_open(":memory:", 1, &console.store));
    fill_store();
}

/* Cut `*at` at the next `stop`; the part before it. */
static char *cut(char **at, char stop)
{
    char *part = *at, *end = strchr(part, stop);

    if (end)
        *end++ = '\0';
    *at = end ? end : part + strlen(part);
    return part;
}

static void read_path(struct http_request *r, char *path)
{
    char *query = path;

    cut(&query, '?');
    if (strlen(path) < sizeof r->path)
        snprintf(r->path, sizeof r->path, "%s", path);
    while (*query && r->nqueries < HTTP_QUERIES) {
        char *value = cut(&query, '&'), *name = cut(&value, '=');

        r->query[r->nqueries++] = (struct http_field){name, value};
    }
}

static void read_request(struct http_request *r, char *text)
{
    char *line = cut(&text, '\n'), *method = cut(&line, ' ');

    if (strlen(method) < sizeof r->method)
        snprintf(r->method, sizeof r->method, "%s", method);
    read_path(r, line);
    while (*text && *text != '\n') {
        char *value = cut(&text, '\n'), *name = cut(&value, ':');

        value += *value == ' ';
        if (r->nheaders < HTTP_FIELDS)
            r->header[r->nheaders++] = (struct http_field){name, value};
    }
    text += *text == '\n';
    buf_init(&r->body, 1 << 20);
    must(buf_adds(&r->body, text));
}

static void judge(const struct http_request *r, const struct http_answer *a, int agents)
{
    json_t *json = json_loadb(a->body.data ? a->body.data : "", a->body.len, 0, NULL);
    const struct route *route = r->route;

    if (!json || a->status < 200 || a->status > 599)
        abort();
    if (a->status < 300 && route->access == ACCESS_DEVICE && (!agents || r->peer != PEER_DEVICE || strcmp(r->agent_id, AGENT)))
        abort();
    if (a->status < 300 && route->access >= ACCESS_DESK && !http_header(r, "Authorization"))
        abort();
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request r = {.method = ""};
    struct http_answer a = {0};
    struct http_service service;
    static unsigned runs;
    size_t limit = 0;
    char *text;

    if (size < 1 || !(text = malloc(size)))
        return 0;
    if (runs++ % FRESH_AFTER == 0)
        fresh();
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    r.peer = data[0] >> 1 & 3 ? PEER_DEVICE : PEER_NONE;
    if (r.peer == PEER_DEVICE)
        snprintf(r.agent_id, sizeof r.agent_id, "%s", data[0] & 16 ? "11111111-2222-4333-8444-555555555555" : AGENT);
    service = data[0] & 1 ? api_agents(&api) : api_operators(&api);
    read_request(&r, text);
    buf_init(&a.body, 8 << 20);
    r.resumed = 1; /* nobody wakes a sleeper here */
    if (service.begin(service.context, &r, &a, &limit) == HTTP_ANSWER ||
        (r.body.len <= limit && service.handle(service.context, &r, &a) == HTTP_ANSWER))
        judge(&r, &a, data[0] & 1);
    buf_fini(&a.body);
    buf_fini(&r.body);
    free(text);
    return 0;
}
