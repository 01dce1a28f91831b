#include "agent/roles/start.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/report/journal_schema.h"
#include "lib/log.h"
#include "lib/version.h"

#define DEFAULT_CONFIG "/etc/mimamori/agent.ini"

static const char usage[] =
    "usage: mimamorid [--config FILE]            run the agent in the foreground\n"
    "       mimamorid [--config FILE] --check-config | --dump-config\n"
    "       mimamorid [--config FILE] --enrol CODE|- [--key FILE]      (-: from standard input; FILE: a key of an enrolment that was cut off;"
    " exit status 2: the console refused it, 3: it may have taken it, the same code may be used again)\n"
    "       mimamorid [--config FILE] --look URL --pin SHA256 [--proxy URL]   look at the console, say in a line of JSON what was found\n"
    "       mimamorid --check-rules DIR\n"
    "       mimamorid --version | --help\n";

int start_parse(int argc, char **argv, struct start *s)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},      {"role", required_argument, NULL, 'r'},
        {"restarts", required_argument, NULL, 'n'},    {"of", required_argument, NULL, 'o'},
        {"check-config", no_argument, NULL, 'k'},      {"dump-config", no_argument, NULL, 'd'},
        {"check-rules", required_argument, NULL, 'u'}, {"enrol", required_argument, NULL, 'e'},
        {"key", required_argument, NULL, 'y'},
        {"look", required_argument, NULL, 'l'},        {"pin", required_argument, NULL, 'p'},
        {"proxy", required_argument, NULL, 'x'},
        {"version", no_argument, NULL, 'v'},           {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int o;

    while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        switch (o) {
        case 'c': s->config_path = optarg; break;
        case 'r': s->role = optarg; break;
        case 'n': s->restarts = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'o': s->version = optarg; break;
        case 'k': s->check_config = true; break;
        case 'd': s->dump_config = true; break;
        case 'u': s->check_rules = optarg; break;
        case 'e': s->enrol = optarg; break;
        case 'y': s->key = optarg; break;
        case 'l': s->look = optarg; break;
        case 'p': s->pin = optarg; break;
        case 'x': s->proxy = optarg; break;
        case 'v': printf("mimamorid %s %s\n", MM_VERSION, journal_schema.said); exit(0);
        case 'h': fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); return EXIT_USAGE;
        }
    }
    if (optind < argc || !s->look != !s->pin || (s->key && !s->enrol) || (s->proxy && (!s->look || agent_config_proxy_wrong(s->proxy)))) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return 0;
}

int start_config(struct start *s)
{
    char message[512] = "";
    int run_given;

    if (!s->config_path && access(DEFAULT_CONFIG, F_OK) == 0)
        s->config_path = DEFAULT_CONFIG;
    s->config = calloc(1, sizeof *s->config);
    if (!s->config || agent_config_load(s->config, s->config_path, message, sizeof message)) {
        fprintf(stderr, "mimamorid: %s\n", message[0] ? message : "out of memory");
        if (s->config && s->look && agent_config_salvage(s->config, s->config_path, &run_given) == 0)
            return 0; /* a look is for a host on which something is broken */
        free(s->config);
        s->config = NULL;
        return EXIT_CONFIG;
    }
    return 0;
}

void start_fini(struct start *s)
{
    if (s->config)
        agent_config_free(s->config);
    free(s->config);
    s->config = NULL;
}

int start_role(struct start *s, const char *role)
{
    char name[32];

    snprintf(name, sizeof name, "mimamorid-%s", role);
    log_setup(name, LOG_LV_INFO);
    if (!s->role || strcmp(s->role, role)) {
        fprintf(stderr, "%s is a part of mimamorid and is started by it\n", name);
        return EXIT_USAGE;
    }
    if (!s->version || strcmp(s->version, MM_VERSION)) {
        log_error("this is version " MM_VERSION ", started by version %s: restart the agent", s->version ? s->version : "?");
        return EXIT_OTHER_VERSION;
    }
    return start_config(s);
}
