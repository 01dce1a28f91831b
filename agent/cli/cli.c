/* Options and the verbs' table; the help comes from both tables.
 * Ownership: struct cli lives in cli_main; the verbs borrow it. */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/agent_config.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/version.h"

#define CONFIG_DEFAULT "/etc/mimamori/agent.ini"
#define LIMIT_DEFAULT 50

const struct cli_verb cli_verbs[] = {
    {"status", "", "help.status", OPT_WATCH, NO_ARGUMENT, cli_status},
    {"events", "", "help.events", OPT_WATCH | OPT_AFTER | OPT_LIMIT | OPT_SEVERITY, NO_ARGUMENT, cli_events},
    {"why", "ID", "help.why", 0, EVENT_ID, cli_why},
    {"restore", "ID", "help.restore", OPT_REASON, EVENT_ID, cli_restore},
    {"allow", "ID", "help.allow", OPT_REASON, EVENT_ID, cli_allow},
    {"close", "ID", "help.close", OPT_REASON, EVENT_ID, cli_close},
    {"quarantine", "", "help.quarantine", OPT_REASON, NO_ARGUMENT, cli_quarantine},
    {"release", "", "help.release", OPT_REASON, NO_ARGUMENT, cli_release},
    {"reload", "", "help.reload", 0, NO_ARGUMENT, cli_reload},
    {"vpn", "", "help.vpn", 0, NO_ARGUMENT, cli_vpn},
    {"posture", "", "help.posture", 0, NO_ARGUMENT, cli_posture},
    {"check", "", "help.check", 0, NO_ARGUMENT, cli_check},
    {"declare", "ID", "help.declare", OPT_REASON | OPT_FACTS, DOOR_ID, cli_declare},
};
const unsigned cli_verb_count = sizeof cli_verbs / sizeof *cli_verbs;

/* ---- options ---------------------------------------------------------------------- */

struct parse {
    struct cli *cli;
    const char **config;
    bool help, version;
};

static int take_config(struct parse *p, const char *value)
{
    *p->config = value;
    return *value ? MM_OK : MM_EINVAL;
}

static int take_lang(struct parse *p, const char *value)
{
    (void)p;
    if (strcmp(value, "ja") && strcmp(value, "en"))
        return MM_EINVAL;
    text_language(value[0] == 'j' ? TEXT_JA : TEXT_EN);
    return MM_OK;
}

static int take_json(struct parse *p, const char *value)
{
    (void)value;
    p->cli->json = true;
    return MM_OK;
}

static int take_watch(struct parse *p, const char *value)
{
    (void)value;
    p->cli->watch = true;
    return MM_OK;
}

static int take_reason(struct parse *p, const char *value)
{
    p->cli->reason = value;
    return strlen(value) < LIM_TITLE ? MM_OK : MM_EINVAL;
}

static int take_number(const char *value, unsigned long long most, unsigned long long *out)
{
    char *end;

    if (!*value || value[strspn(value, "0123456789")] || strlen(value) > 18)
        return MM_EINVAL;
    *out = strtoull(value, &end, 10);
    return *out <= most ? MM_OK : MM_EINVAL;
}

static int take_after(struct parse *p, const char *value)
{
    unsigned long long n;
    int rc = take_number(value, INT64_MAX, &n);

    if (!rc)
        p->cli->after = n;
    return rc;
}

static int take_limit(struct parse *p, const char *value)
{
    unsigned long long n;
    int rc = take_number(value, LIM_CONTROL_EVENTS, &n);

    if (!rc && n)
        p->cli->limit = (unsigned)n;
    return rc ? rc : n ? MM_OK : MM_EINVAL;
}

static int take_severity(struct parse *p, const char *value)
{
    static const char *const words[] = {"info", "low", "medium", "high", "critical"};

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], value) && (value[0] != (char)('1' + i) || value[1]))
            continue;
        p->cli->severity = i + 1;
        return MM_OK;
    }
    return MM_EINVAL;
}

/* A text that goes to the agent, which knows what it may be. */
static int take_text(const char **out, const char *value)
{
    *out = value;
    return *value && strlen(value) < LIM_TITLE ? MM_OK : MM_EINVAL;
}

static int take_by(struct parse *p, const char *value)
{
    return take_text(&p->cli->facts.by, value);
}

static int take_product(struct parse *p, const char *value)
{
    return take_text(&p->cli->facts.product, value);
}

static int take_model(struct parse *p, const char *value)
{
    return take_text(&p->cli->facts.model, value);
}

static int take_version_of(struct parse *p, const char *value)
{
    return take_text(&p->cli->facts.version, value);
}

static int take_mitigation(struct parse *p, const char *value)
{
    return take_text(&p->cli->facts.mitigation, value);
}

static int take_certificate(struct parse *p, const char *value)
{
    return take_text(&p->cli->facts.certificate, value);
}

static int take_date(struct parse *p, const char *value)
{
    return take_text(&p->cli->facts.date, value);
}

static int take_help(struct parse *p, const char *value)
{
    (void)value;
    p->help = true;
    return MM_OK;
}

static int take_version(struct parse *p, const char *value)
{
    (void)value;
    p->version = true;
    return MM_OK;
}

static const struct option_row {
    const char *name, *value, *help; /* value: shown in the help; NULL: takes none */
    unsigned bit;                    /* 0: every verb takes it */
    int (*take)(struct parse *p, const char *value);
} options[] = {
    {"--config", "FILE", "help.opt.config", 0, take_config},
    {"--lang", "ja|en", "help.opt.lang", 0, take_lang},
    {"--json", NULL, "help.opt.json", 0, take_json},
    {"--watch", NULL, "help.opt.watch", OPT_WATCH, take_watch},
    {"--reason", "TEXT", "help.opt.reason", OPT_REASON, take_reason},
    {"--after", "N", "help.opt.after", OPT_AFTER, take_after},
    {"--limit", "N", "help.opt.limit", OPT_LIMIT, take_limit},
    {"--severity", "WORD", "help.opt.severity", OPT_SEVERITY, take_severity},
    {"--version", "V", "help.opt.version.of", OPT_FACTS, take_version_of},
    {"--product", "NAME", "help.opt.product", OPT_FACTS, take_product},
    {"--model", "NAME", "help.opt.model", OPT_FACTS, take_model},
    {"--mitigation", "WORD", "help.opt.mitigation", OPT_FACTS, take_mitigation},
    {"--certificate", "KEY", "help.opt.certificate", OPT_FACTS, take_certificate},
    {"--date", "DAY", "help.opt.date", OPT_FACTS, take_date},
    {"--by", "NAME", "help.opt.by", OPT_FACTS, take_by},
    {"--help", NULL, "help.opt.help", 0, take_help},
    {"--version", NULL, "help.opt.version", 0, take_version},
};
#define NOPTIONS (sizeof options / sizeof *options)

static int misuse(const char *key, const char *what)
{
    struct buf line;
    char *harmless = screen_escaped(what);

    buf_init(&line, 65536);
    screen_format(&line, key, harmless ? harmless : "", NULL, NULL);
    fprintf(stderr, "mimamori: %s\n%s\n", line.data ? line.data : "", text("usage.help"));
    buf_fini(&line);
    free(harmless);
    return EXIT_USAGE;
}

/* Behind `declare`, --version means the device's; elsewhere it means ours. */
static const struct option_row *find_option(const char *arg, size_t n, const struct cli_verb *verb)
{
    const struct option_row *found = NULL;

    for (size_t i = 0; i < NOPTIONS; i++) {
        if (strlen(options[i].name) != n || memcmp(options[i].name, arg, n))
            continue;
        if (verb && options[i].bit & verb->options)
            return &options[i];
        if (!found || !options[i].bit)
            found = &options[i];
    }
    return found;
}

/* argv[*i] is an option; takes its value from behind "=" or the next argument. */
static int take_option(struct parse *p, const struct cli_verb *verb, int argc, char **argv, int *i)
{
    const char *arg = argv[*i], *equals = strchr(arg, '='), *value = equals ? equals + 1 : NULL;
    const struct option_row *row = find_option(arg, equals ? (size_t)(equals - arg) : strlen(arg), verb);

    if (!row || (value && !row->value))
        return misuse("usage.option", arg);
    if (row->value && !value) {
        if (*i + 1 >= argc)
            return misuse("usage.value", arg);
        value = argv[++*i];
    }
    if (row->take(p, value))
        return misuse("usage.value", row->name);
    p->cli->given |= row->bit;
    return EXIT_GUARDED;
}

static const struct cli_verb *find_verb(const char *name)
{
    for (unsigned i = 0; i < cli_verb_count; i++)
        if (!strcmp(cli_verbs[i].name, name))
            return &cli_verbs[i];
    return NULL;
}

static int take_word(struct cli *c, const char *word, const struct cli_verb **verb)
{
    if (!*verb) {
        *verb = find_verb(word);
        c->verb = word;
        return *verb ? EXIT_GUARDED : misuse("usage.verb", word);
    }
    if ((*verb)->argument == NO_ARGUMENT || c->id)
        return misuse("usage.extra", word);
    c->id = word;
    return EXIT_GUARDED;
}

static int fits(const struct cli *c, const struct cli_verb *verb)
{
    if (!verb)
        return misuse("usage.none", "");
    for (size_t i = 0; i < NOPTIONS; i++)
        if (options[i].bit & c->given & ~verb->options)
            return misuse("usage.option", options[i].name);
    if (verb->argument != NO_ARGUMENT && !c->id)
        return misuse(verb->argument == DOOR_ID ? "usage.door" : "usage.id", verb->name);
    if (verb->argument == EVENT_ID && strlen(c->id) < 8)
        return misuse("usage.id.short", c->id);
    return EXIT_GUARDED;
}

int cli_parse(int argc, char **argv, struct cli *c, const struct cli_verb **verb, const char **config)
{
    struct parse p = {.cli = c, .config = config};

    *verb = NULL;
    c->limit = LIMIT_DEFAULT;
    for (int i = 1; i < argc; i++) {
        int rc = argv[i][0] == '-' && argv[i][1] ? take_option(&p, *verb, argc, argv, &i) : take_word(c, argv[i], verb);

        if (rc)
            return rc;
    }
    if (p.help || p.version) {
        *verb = NULL;
        if (p.help)
            cli_help(&c->screen);
        else
            buf_addf(&c->screen.out, "mimamori %s\n", MM_VERSION);
        return EXIT_GUARDED;
    }
    return fits(c, *verb);
}

/* ---- help --------------------------------------------------------------------------- */

void cli_help(struct screen *s)
{
    char left[64];

    screen_line(s, BOLD, text("help.title"));
    screen_line(s, PLAIN, text("help.usage"));
    screen_line(s, PLAIN, "");
    screen_line(s, BOLD, text("help.verbs"));
    for (unsigned i = 0; i < cli_verb_count; i++) {
        snprintf(left, sizeof left, "%s %s", cli_verbs[i].name, cli_verbs[i].arguments);
        screen_row(s, left, 17, text(cli_verbs[i].help));
    }
    screen_line(s, PLAIN, "");
    screen_line(s, BOLD, text("help.options"));
    for (size_t i = 0; i < NOPTIONS; i++) {
        snprintf(left, sizeof left, "%s %s", options[i].name, options[i].value ? options[i].value : "");
        screen_row(s, left, 17, text(options[i].help));
    }
    screen_line(s, PLAIN, "");
    screen_wrap(s, 0, text("help.exit"));
}

/* ---- the program ----------------------------------------------------------------------- */

/* "The configuration cannot be read: FILE:LINE: what". */
static void tell_config(const char *message)
{
    char *harmless = screen_escaped(message);
    struct buf line;

    buf_init(&line, 4096);
    screen_format(&line, "error.config", harmless ? harmless : "", NULL, NULL);
    fprintf(stderr, "mimamori: %s\n", line.data ? line.data : "");
    buf_fini(&line);
    free(harmless);
}

/* A broken file does not keep the running agent from being asked: it says where it listens,
 * or the default file is meant and the default place is tried.  Never another agent than was asked for. */
static int salvage(struct cli *c, struct agent_config *config, const char *path, int rc)
{
    int given = 0;

    tell_config(c->config_error);
    if (rc == MM_ENOMEM || agent_config_salvage(config, path ? path : CONFIG_DEFAULT, &given))
        return EXIT_USAGE;
    if (!path || given)
        return EXIT_GUARDED;
    agent_config_free(config);
    return EXIT_USAGE;
}

/* The employee may not be allowed to read the default file: its defaults then serve. */
static int load(struct cli *c, const char *path)
{
    struct agent_config config;
    int rc = agent_config_load(&config, path ? path : CONFIG_DEFAULT, c->config_error, sizeof c->config_error);

    if (rc && !path && (rc == MM_ENOTFOUND || rc == MM_EDENIED)) {
        c->config_error[0] = '\0';
        rc = agent_config_load(&config, NULL, c->config_error, sizeof c->config_error);
    }
    if (rc && salvage(c, &config, path, rc))
        return EXIT_USAGE;
    snprintf(c->run, sizeof c->run, "%s", config.run);
    snprintf(c->provider, sizeof c->provider, "%s", config.provider);
    snprintf(c->phone, sizeof c->phone, "%s", config.phone);
    agent_config_free(&config);
    return EXIT_GUARDED;
}

int cli_main(int argc, char **argv)
{
    const struct cli_verb *verb;
    const char *config = NULL;
    struct cli c;
    int rc;

    memset(&c, 0, sizeof c);
    screen_init(&c.screen, isatty(STDOUT_FILENO) != 0);
    rc = cli_parse(argc, argv, &c, &verb, &config);
    if (!rc && verb)
        rc = load(&c, config);
    if (!rc && verb)
        rc = verb->run(&c);
    screen_show(&c.screen);
    screen_fini(&c.screen);
    return rc;
}
