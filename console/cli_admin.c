/* Verbs that set the console up: init, customers, tokens, operators. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console/cli.h"
#include "console/qr.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define HOSTS 32
#define CODE_BYTES 4096
#define PICTURE_BYTES 131072

int cli_init(struct cli *cli)
{
    struct console_setup s = {.name = cli_option(cli, "--name")};
    const char *host[HOSTS];
    char message[512] = "";
    int rc;

    for (unsigned i = 0; i < cli->options && s.nhosts < HOSTS; i++)
        if (!strcmp(cli->option[i].name, "--host"))
            host[s.nhosts++] = cli->option[i].value;
    s.host = host;
    if (!s.name) {
        fprintf(stderr, "mimamori-console: --name is needed\n");
        return CLI_USAGE;
    }
    if (cli_number(cli, "--port", 1, 65535, 8443, &s.port) ||
        cli_number(cli, "--api-port", 0, 65535, s.port < 65535 ? s.port + 1 : 0, &s.api_port) ||
        cli_number(cli, "--heartbeat", 1, 3600, 30, &s.heartbeat))
        return CLI_USAGE;
    rc = console_init(cli->dir, &s, message, sizeof message);
    if (rc) {
        fprintf(stderr, "mimamori-console: %s\n", message[0] ? message : mm_strerror(rc));
        return rc == MM_EINVAL ? CLI_USAGE : CLI_FAILED;
    }
    printf("A console for %s is in %s: agents' port %ld, operators' port %ld.\n", s.name, cli->dir, s.port, s.api_port);
    printf("Next: customer add NAME, token new --customer 1, operator add NAME, serve.\n");
    return CLI_OK;
}

/* Commit or roll back what a verb did. */
static int finish(struct cli *cli, int rc)
{
    if (!rc)
        return store_commit(cli->console->store);
    store_rollback(cli->console->store);
    return rc;
}

/* A name of one line. */
static int name_fine(const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return 0;
    return n && n < LIM_TITLE;
}

int cli_customer_add(struct cli *cli)
{
    const char *phone = cli_option(cli, "--phone");
    int64_t now = (int64_t)time(NULL), id = 0;
    char who[LIM_TITLE];
    int rc;

    cli_who(who);
    if (!name_fine(cli->word[0]) || (phone && !name_fine(phone))) {
        fprintf(stderr, "mimamori-console: name and phone are one line each of at most %d bytes\n", LIM_TITLE - 1);
        return CLI_USAGE;
    }
    rc = store_begin(cli->console->store);
    if (!rc)
        rc = finish(cli, (rc = store_customer_add(cli->console->store, cli->word[0], phone ? phone : "", now, &id))
                             ? rc : store_audit(cli->console->store, who, "customer_add", cli->word[0], "", now));
    if (rc == MM_EEXIST) {
        fprintf(stderr, "mimamori-console: there is a customer of that name already\n");
        return CLI_FAILED;
    }
    if (rc)
        return cli_fail("customer", rc);
    if (cli_option(cli, "--json"))
        printf("{\"id\": %lld}\n", (long long)id);
    else
        printf("Customer %lld: %s\n", (long long)id, cli->word[0]);
    return CLI_OK;
}

int cli_customers(struct cli *cli)
{
    static const struct cli_column columns[] = {{"ID", "id"}, {"NAME", "name"}, {"PHONE", "phone"}, {"DEVICES", "devices"}};
    json_t *list = NULL;
    int rc = store_customers(cli->console->store, &list);

    if (rc)
        return cli_fail("customers", rc);
    return cli_list(cli, list, columns, 4);
}

static int make_token(struct cli *cli, int64_t customer, long hours, struct buf *code, int64_t *expires)
{
    int64_t now = (int64_t)time(NULL);
    char who[LIM_TITLE], object[32];
    int rc = store_begin(cli->console->store);

    if (rc)
        return rc;
    cli_who(who);
    snprintf(object, sizeof object, "customer %lld", (long long)customer);
    rc = console_new_token(cli->console, customer, hours, who, now, code, expires);
    if (!rc)
        rc = store_audit(cli->console->store, who, "token_new", object, "", now);
    return finish(cli, rc);
}

static int show_picture(const char *code)
{
    struct buf picture;
    int rc;

    buf_init(&picture, PICTURE_BYTES);
    rc = qr_draw(code, &picture);
    if (!rc)
        (void)fputs(picture.data, stdout);
    buf_fini(&picture);
    return rc;
}

int cli_token_new(struct cli *cli)
{
    const char *customer = cli_option(cli, "--customer");
    char until[RFC3339_TEXT];
    int64_t id, expires = 0;
    struct buf code;
    long hours;
    int rc;

    if (!customer) {
        fprintf(stderr, "mimamori-console: --customer ID is needed\n");
        return CLI_USAGE;
    }
    if (cli_number(cli, "--hours", 1, 720, 72, &hours))
        return CLI_USAGE;
    rc = store_customer_find(cli->console->store, customer, &id);
    if (rc)
        return cli_fail("customer", rc);
    buf_init(&code, CODE_BYTES);
    rc = make_token(cli, id, hours, &code, &expires);
    if (!rc) {
        rfc3339_format(expires, until);
        printf("%s\n", code.data);
        fprintf(stderr, "Good for one computer, until %s.\n", until);
        rc = cli_option(cli, "--qr") ? show_picture(code.data) : MM_OK;
    }
    buf_fini(&code);
    return rc ? cli_fail("token", rc) : CLI_OK;
}

int cli_operator_add(struct cli *cli)
{
    const char *role = cli_option(cli, "--role") ? cli_option(cli, "--role") : "desk";
    char token[SHA256_HEX], hash[SHA256_HEX], who[LIM_TITLE];
    int64_t now = (int64_t)time(NULL);
    int rc;

    if (!name_fine(cli->word[0]) || (strcmp(role, "desk") && strcmp(role, "admin"))) {
        fprintf(stderr, "mimamori-console: the name is one line, the role desk or admin\n");
        return CLI_USAGE;
    }
    cli_who(who);
    rc = console_new_bearer(token, hash);
    if (!rc)
        rc = store_begin(cli->console->store);
    if (!rc)
        rc = finish(cli, (rc = store_operator_add(cli->console->store, cli->word[0], role, hash, now))
                             ? rc : store_audit(cli->console->store, who, "operator_add", cli->word[0], role, now));
    if (rc == MM_EEXIST) {
        fprintf(stderr, "mimamori-console: there is an operator of that name already\n");
        return CLI_FAILED;
    }
    if (rc)
        return cli_fail("operator", rc);
    printf("%s\n", token);
    fprintf(stderr, "The bearer token of %s (%s); it is not shown again.\n", cli->word[0], role);
    return CLI_OK;
}

int cli_operator_remove(struct cli *cli)
{
    int64_t now = (int64_t)time(NULL);
    struct store_operator gone;
    char who[LIM_TITLE];
    int rc = store_begin(cli->console->store);

    cli_who(who);
    if (!rc)
        rc = finish(cli, (rc = store_operator_remove(cli->console->store, 0, cli->word[0], &gone))
                             ? rc : store_audit(cli->console->store, who, "operator_remove", gone.name, gone.role, now));
    if (rc)
        return cli_fail(cli->word[0], rc);
    printf("The token of %s does not work any more.\n", gone.name);
    return CLI_OK;
}

int cli_operators(struct cli *cli)
{
    static const struct cli_column columns[] = {{"NAME", "name"}, {"ROLE", "role"}, {"SINCE", "created"}};
    json_t *list = NULL;
    int rc = store_operators(cli->console->store, &list);

    if (rc)
        return cli_fail("operators", rc);
    return cli_list(cli, list, columns, 3);
}
