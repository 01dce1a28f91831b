/* mimamori-console: the provider's side.  Finds the verb in the table, reads its
 * options, opens the console, runs it. */
#include <stdio.h>
#include <string.h>

#include "console/cli.h"
#include "lib/err.h"
#include "lib/version.h"

static const struct cli_verb verbs[] = {
    {"init", NULL, " --name= --host= --port= --api-port= --heartbeat= ", 0, 0, 0, cli_init,
     "init --name NAME --host HOST|IP [--host ...] [--port N] [--api-port N] [--heartbeat S]", "make a console in DIR"},
    {"serve", NULL, " ", 0, 0, 1, cli_serve, "serve", "run the server in the foreground"},
    {"customer", "add", " --phone= --json ", 1, 1, 1, cli_customer_add, "customer add NAME [--phone NUMBER]", "a new customer"},
    {"customers", NULL, " --json ", 0, 0, 1, cli_customers, "customers [--json]", "all customers"},
    {"token", "new", " --customer= --hours= --qr ", 0, 0, 1, cli_token_new, "token new --customer ID|NAME [--hours N] [--qr]",
     "an enrolment code for one computer, also as a picture"},
    {"operator", "add", " --role= ", 1, 1, 1, cli_operator_add, "operator add NAME [--role desk|admin]",
     "a new operator; prints the bearer token once"},
    {"operator", "remove", " ", 1, 1, 1, cli_operator_remove, "operator remove NAME", "an operator's token stops working at once"},
    {"operators", NULL, " --json ", 0, 0, 1, cli_operators, "operators [--json]", "all operators"},
    {"devices", NULL, " --json ", 0, 0, 1, cli_devices, "devices [--json]", "all devices and how they are"},
    {"events", NULL, " --json --ndjson --device= --incident= --limit= ", 0, 0, 1, cli_events,
     "events [--device D] [--incident I] [--limit N] [--json|--ndjson]", "the newest events"},
    {"incidents", NULL, " --json --open ", 0, 0, 1, cli_incidents, "incidents [--open] [--json]", "all incidents"},
    {"audit", NULL, " --json --limit= ", 0, 0, 1, cli_audit, "audit [--limit N] [--json]", "who did what"},
    {"removal", NULL, " --reason= ", 1, 1, 1, cli_removal, "removal DEVICE|HOSTNAME [--reason TEXT]",
     "a code with which the agent may be removed from one computer: mimamori-setup uninstall --code CODE"},
    {"contain", NULL, " --reason= --hold --json ", 1, 1, 1, cli_contain, "contain DEVICE|HOSTNAME [--reason TEXT] [--hold]",
     "quarantine a computer"},
    {"release", NULL, " --reason= --json ", 1, 1, 1, cli_release, "release DEVICE|HOSTNAME [--reason TEXT]", "end the quarantine"},
    {"allow", NULL, " --reason= --json ", 1, 1, 1, cli_allow, "allow INCIDENT [--reason TEXT]",
     "a false alarm: let the frozen programs go on"},
    {"close", NULL, " --reason= --json ", 1, 1, 1, cli_close, "close INCIDENT [--reason TEXT]",
     "a real attack is over: end the frozen programs (their memory is lost, save it first)"},
    {"restore", NULL, " --reason= --json ", 1, 1, 1, cli_restore, "restore INCIDENT [--reason TEXT]", "put the originals back"},
    {"verdict", NULL, " --note= --json ", 2, 2, 1, cli_verdict, "verdict INCIDENT attack|false_alarm|test|undecided [--note TEXT]",
     "what it was: the incident is over when its host holds nothing of it any more"},
    {"orders", NULL, " --json --device= --incident= --limit= ", 0, 0, 1, cli_orders,
     "orders [--device D] [--incident I] [--limit N] [--json]", "what was ordered, and what came of it"},
    {"doors", NULL, " --json ", 1, 1, 1, cli_doors, "doors CUSTOMER [--json]", "the register of external devices of a customer"},
    {"declare", NULL, " --device= --product= --model= --version= --mitigation= --reason= --certificate= --json ", 2, 2, 1, cli_declare,
     "declare CUSTOMER DOOR [--device D] --product P [--model M] --version V | --mitigation disabled|workaround|separated|monitored|none --reason TEXT | --certificate KEY",
     "the version of a device that hides it, or what was done until the update"},
    {"gateways", NULL, " --gateway= --none --json ", 1, 1, 1, cli_gateways, "gateways CUSTOMER [--gateway HOST:PORT ... | --none] [--json]",
     "the gateways that the customer's computers ask; without options: show them"},
    {"ring", NULL, " --device= --ring= --none --json ", 1, 1, 1, cli_ring, "ring CUSTOMER [--device D] [--ring canary|early|broad | --none] [--json]",
     "how early the customer's computers, or one, get new rules and releases; without --ring: show it"},
    {"packs", NULL, " --agents --json ", 0, 0, 1, cli_packs, "packs [--agents] [--json]",
     "the rule packs, or the releases of the agent: how many computers run each, and went back from it"},
    {"revoke", NULL, " ", 1, 1, 1, cli_revoke, "revoke DEVICE|HOSTNAME", "refuse this device from now on"},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

static int usage(FILE *out, int code)
{
    fprintf(out, "usage: mimamori-console --dir DIR VERB ...\n\n");
    for (size_t i = 0; i < VERBS; i++)
        fprintf(out, "  %s\n        %s\n", verbs[i].usage, verbs[i].help);
    fprintf(out, "\nexit codes: 0 done, 1 failed, 2 wrong usage, 3 no such thing\n");
    return code;
}

static const struct cli_verb *find_verb(int *argc, char ***argv)
{
    for (size_t i = 0; i < VERBS; i++) {
        int n = verbs[i].second ? 2 : 1;

        if (*argc < n || strcmp((*argv)[0], verbs[i].name) || (n == 2 && strcmp((*argv)[1], verbs[i].second)))
            continue;
        *argc -= n;
        *argv += n;
        return &verbs[i];
    }
    return NULL;
}

/* 0 unknown, 1 without a value, 2 with one. */
static int option_kind(const char *options, const char *name)
{
    char want[64];

    if (strlen(name) + 4 > sizeof want || strchr(name, ' ') || strchr(name, '='))
        return 0;
    snprintf(want, sizeof want, " %s= ", name);
    if (strstr(options, want))
        return 2;
    snprintf(want, sizeof want, " %s ", name);
    return strstr(options, want) ? 1 : 0;
}

static int read_arguments(struct cli *cli, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        int kind;

        if (argv[i][0] != '-' || !argv[i][1]) {
            if (cli->words == CLI_WORDS)
                return MM_ELIMIT;
            cli->word[cli->words++] = argv[i];
            continue;
        }
        kind = option_kind(cli->verb->options, argv[i]);
        if (!kind || cli->options == CLI_OPTIONS || (kind == 2 && i + 1 == argc)) {
            fprintf(stderr, "mimamori-console: %s: %s\n", argv[i], kind ? "a value is needed" : "unknown option");
            return MM_EINVAL;
        }
        cli->option[cli->options++] = (struct cli_option){argv[i], kind == 2 ? argv[i + 1] : ""};
        i += kind == 2;
    }
    return cli->words >= cli->verb->words_min && cli->words <= cli->verb->words_max ? MM_OK : MM_EINVAL;
}

static int run(struct cli *cli)
{
    char message[512] = "";
    int rc, code;

    if (!cli->verb->opens)
        return cli->verb->run(cli);
    rc = console_open(cli->dir, &cli->console, message, sizeof message);
    if (rc) {
        fprintf(stderr, "mimamori-console: %s\n", message[0] ? message : mm_strerror(rc));
        return CLI_FAILED;
    }
    code = cli->verb->run(cli);
    console_close(cli->console);
    return code;
}

int main(int argc, char **argv)
{
    struct cli cli = {.dir = NULL};

    argc--;
    argv++;
    if (argc && !strcmp(argv[0], "--version")) {
        printf("mimamori-console %s\n", MM_VERSION);
        return CLI_OK;
    }
    if (argc && !strcmp(argv[0], "--help"))
        return usage(stdout, CLI_OK);
    if (argc < 3 || strcmp(argv[0], "--dir") || !argv[1][0])
        return usage(stderr, CLI_USAGE);
    cli.dir = argv[1];
    argc -= 2;
    argv += 2;
    if (argc && !strcmp(argv[0], "--json")) { /* before the verb too, like the agent's program */
        cli.option[cli.options++] = (struct cli_option){"--json", ""};
        argc--;
        argv++;
    }
    cli.verb = find_verb(&argc, &argv);
    if (!cli.verb)
        return usage(stderr, CLI_USAGE);
    if (read_arguments(&cli, argc, argv)) {
        fprintf(stderr, "usage: mimamori-console --dir DIR %s\n", cli.verb->usage);
        return CLI_USAGE;
    }
    return run(&cli);
}
