/* mimamori-update: brings rules and agents from the provider's repository; docs/update.md. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/text.h"
#include "lib/version.h"
#include "updater/host/run.h"
#include "updater/host/view.h"

#define DEFAULT_CONFIG "/etc/mimamori/agent.ini"

struct words {
    const char *config, *verb, *argument, *from;
    bool json, timer;
};

static void help(FILE *out)
{
    static const char *const verbs[] = {"update.usage.status", "update.usage.check", "update.usage.now", "update.usage.history", "update.usage.rollback"};

    fprintf(out, "%s\n", text("update.usage"));
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        fprintf(out, "  %s\n", text(verbs[i]));
    fprintf(out, "%s\n", text("update.usage.exit"));
}

static int usage(void)
{
    help(stderr);
    return RUN_USAGE;
}

/* `argv` ends with NULL; its first word is the program's name. */
static bool take(struct words *w, char **argv)
{
    const char *a;

    while ((a = *++argv)) {
        const char *value = argv[1];

        if (!strcmp(a, "--json"))
            w->json = true;
        else if (!strcmp(a, "--timer"))
            w->timer = true;
        else if (!strcmp(a, "--config") && value)
            w->config = *++argv;
        else if (!strcmp(a, "--from") && value)
            w->from = *++argv;
        else if (!strcmp(a, "--lang") && value && (!strcmp(value, "ja") || !strcmp(value, "en")))
            text_language((*++argv)[0] == 'j' ? TEXT_JA : TEXT_EN);
        else if (a[0] == '-' || w->argument || !*a)
            return false;
        else if (w->verb[0])
            w->argument = a;
        else
            w->verb = a;
    }
    return w->verb[0] && (!w->from || !strcmp(w->verb, "now")) && !w->argument == (strcmp(w->verb, "rollback") != 0);
}

/* ---- showing ----------------------------------------------------------------------------------- */

static void print_json(const json_t *value)
{
    char *line = json_dumps(value, JSON_COMPACT);

    puts(line ? line : "null");
    free(line);
}

/* Status and history read files that everybody may read, and take no lock. */
static int show(const struct words *w, const struct agent_config *config)
{
    struct run r = {.config = config, .config_path = w->config};
    struct screen screen;
    json_t *history;
    bool lost;

    if (places_init(&r.places, config) || record_open(&r.record, &r.places, &lost))
        return RUN_REFUSED;
    history = record_history(&r.places);
    if (w->json) {
        print_json(!strcmp(w->verb, "history") ? history : r.record.root);
    } else {
        screen_init(&screen, isatty(STDOUT_FILENO));
        if (!strcmp(w->verb, "history"))
            view_history(&screen, history);
        else
            view_status(&screen, &r);
        screen_show(&screen);
        screen_fini(&screen);
    }
    json_decref(history);
    record_close(&r.record);
    return RUN_CURRENT;
}

/* ---- acting -------------------------------------------------------------------------------------- */

/* A moment within the jitter, so that a fleet does not come at once. */
static void wait_a_while(const struct agent_config *config)
{
    uint32_t random = 0;

    if (config->update_jitter > 0 && crypto_random(&random, sizeof random) == MM_OK)
        poll(NULL, 0, (int)(random % (uint64_t)(config->update_jitter * 1000)));
}

static int act(const struct words *w, const struct agent_config *config)
{
    char by[LIM_TAG];
    struct run r;
    int rc, code;

    if (geteuid() != 0) {
        fprintf(stderr, "mimamori-update: %s\n", text("update.error.root"));
        return RUN_REFUSED;
    }
    snprintf(by, sizeof by, w->timer ? "timer" : "uid %u", (unsigned)getuid());
    if (w->timer)
        wait_a_while(config);
    alarm(LIM_UPDATE_RUN_S + LIM_UPDATE_GATE_S); /* whatever a child does: ended here, the next run goes on */
    rc = run_open(&r, config, w->config, by);
    if (rc) {
        fprintf(stderr, "mimamori-update: %s\n", rc == MM_EAGAIN ? text("update.error.busy") : mm_strerror(rc));
        return rc == MM_EAGAIN ? RUN_BUSY : RUN_REFUSED;
    }
    if (w->argument)
        code = run_rollback(&r, !strcmp(w->argument, "agent") ? UPDATE_AGENT : UPDATE_RULES);
    else
        code = run_update(&r, !strcmp(w->verb, "check"), w->from);
    run_close(&r);
    if (!w->timer)
        (void)show(&(struct words){.config = w->config, .verb = "status", .json = w->json}, config);
    return code;
}

/* Descriptors that are closed would be taken by files, and a child's by sockets. */
static int standard_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    return fd < 0 ? RUN_REFUSED : 0;
}

int main(int argc, char **argv)
{
    struct agent_config config = {0};
    struct words w = {.verb = ""};
    char message[512];
    int code = standard_streams();

    if (code)
        return code;
    umask(022);
    (void)crypto_start(); /* when it fails, the first hash does */
    signal(SIGPIPE, SIG_IGN);
    log_setup("mimamori-update", LOG_LV_INFO);
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts("mimamori-update " MM_VERSION);
        return 0;
    }
    if (argc == 2 && !strcmp(argv[1], "--help")) {
        help(stdout);
        return 0;
    }
    if (!take(&w, argv))
        return usage();
    if (!w.config && access(DEFAULT_CONFIG, F_OK) == 0)
        w.config = DEFAULT_CONFIG;
    if (agent_config_load(&config, w.config, message, sizeof message)) {
        fprintf(stderr, "mimamori-update: %s\n", message);
        return RUN_CONFIG;
    }
    if (!strcmp(w.verb, "status") || !strcmp(w.verb, "history"))
        code = show(&w, &config);
    else if (!strcmp(w.verb, "check") || !strcmp(w.verb, "now") || (w.argument && (!strcmp(w.argument, "rules") || !strcmp(w.argument, "agent"))))
        code = act(&w, &config);
    else
        code = usage();
    agent_config_free(&config);
    return code;
}
