/* mimamorid: arguments, configuration, choose a role. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config.h"
#include "agent/detect/pack.h"
#include "agent/report/enrol.h"
#include "agent/roles/core.h"
#include "agent/roles/guard.h"
#include "agent/roles/lockdown.h"
#include "agent/roles/scan.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/version.h"

#define DEFAULT_CONFIG "/etc/mimamori/agent.ini"
#define EXIT_CONFIG 78 /* sysexits.h EX_CONFIG: starting again does not help */
#define EXIT_USAGE 64

struct arguments {
    const char *config, *role, *enrol, *check_rules;
    unsigned restarts;
    bool check_config, dump_config;
};

static const char usage[] =
    "usage: mimamorid [--config FILE]            run the agent in the foreground\n"
    "       mimamorid [--config FILE] --check-config | --dump-config\n"
    "       mimamorid [--config FILE] --enrol CODE\n"
    "       mimamorid --check-rules DIR\n"
    "       mimamorid --version | --help\n";

static int parse(int argc, char **argv, struct arguments *a)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},      {"role", required_argument, NULL, 'r'},
        {"restarts", required_argument, NULL, 'n'},    {"check-config", no_argument, NULL, 'k'},
        {"dump-config", no_argument, NULL, 'd'},       {"check-rules", required_argument, NULL, 'u'},
        {"enrol", required_argument, NULL, 'e'},       {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},              {NULL, 0, NULL, 0}};
    int o;

    while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        switch (o) {
        case 'c': a->config = optarg; break;
        case 'r': a->role = optarg; break;
        case 'n': a->restarts = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'k': a->check_config = true; break;
        case 'd': a->dump_config = true; break;
        case 'u': a->check_rules = optarg; break;
        case 'e': a->enrol = optarg; break;
        case 'v': puts("mimamorid " MM_VERSION); exit(0);
        case 'h': fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return 0;
}

/* ---- roles that this program starts itself ----------------------------------------- */

static int run_guard(const struct agent_config *c, const struct arguments *a)
{
    return role_guard(c, a->config, ROLE_FD, a->restarts);
}

static int run_scan(const struct agent_config *c, const struct arguments *a)
{
    struct lockdown_report report = {0};
    int rc = lockdown_scan(c->scan_user, &report);

    (void)a;
    if (rc) {
        log_error("lock-down: %s", mm_strerror(rc));
        return 1;
    }
    if (report.left_out[0])
        log_warn("lock-down left out: %s", report.left_out);
    return role_scan(ROLE_FD);
}

static int run_core(const struct agent_config *c, const struct arguments *a)
{
    (void)a;
    return role_core(ROLE_FD, c);
}

static const struct { const char *name; int (*run)(const struct agent_config *, const struct arguments *); } roles[] = {
    {"guard", run_guard}, {"scan", run_scan}, {"core", run_core}};

static int run_role(const struct agent_config *c, const struct arguments *a)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (!strcmp(a->role, roles[i].name)) {
            char name[32];

            snprintf(name, sizeof name, "mimamorid-%s", a->role);
            log_setup(name, LOG_LV_INFO);
            return roles[i].run(c, a);
        }
    fprintf(stderr, "mimamorid: no role \"%s\"\n", a->role);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct arguments a = {0};
    struct agent_config *config;
    char message[512] = "";
    int status = parse(argc, argv, &a);

    if (status)
        return status;
    log_setup("mimamorid", LOG_LV_INFO);
    if (a.check_rules)
        return pack_check_dir(a.check_rules, stdout) == MM_OK ? 0 : 1;
    if (!a.config && access(DEFAULT_CONFIG, F_OK) == 0)
        a.config = DEFAULT_CONFIG;
    config = calloc(1, sizeof *config);
    if (!config || agent_config_load(config, a.config, message, sizeof message)) {
        fprintf(stderr, "mimamorid: %s\n", message[0] ? message : "out of memory");
        free(config);
        return EXIT_CONFIG;
    }
    if (a.dump_config)
        agent_config_dump(config, stdout);
    else if (a.check_config)
        puts("the configuration is good");
    else if (a.role)
        status = run_role(config, &a);
    else if (geteuid() != 0) {
        fputs("mimamorid: must be started as root\n", stderr);
        status = 1;
    } else if (a.enrol)
        status = enrol_run(config, a.enrol, stdout) == MM_OK ? 0 : 1;
    else
        status = role_keeper(config, a.config);
    agent_config_free(config);
    free(config);
    return status;
}
