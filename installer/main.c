/* mimamori-setup: installs, enrols and removes the agent on this computer; docs/installation.md. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installer/alone.h"
#include "installer/doctor.h"
#include "installer/plan.h"
#include "installer/proof.h"
#include "installer/removal.h"
#include "installer/settings.h"
#include "lib/code_line.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/text.h"
#include "lib/version.h"

#define LOST_BYTES 65536
#define PROOF_S 25       /* until the first heartbeat was answered */

struct verb {
    const char *name;
    int (*run)(struct setup *s);
    bool alone;
    const char *ask;      /* for the code at a terminal */
};

static void say(const char *key, const char *a, const char *b)
{
    const char *const args[] = {a, b};
    struct buf line;

    buf_init(&line, 4096);
    if (!text_format(&line, key, args, 2) && line.data)
        printf("%s\n", line.data);
    buf_fini(&line);
    (void)fflush(stdout);
}

/* What must be so before anything is begun; `lost` gets what will be missing. */
static enum setup_exit can_begin(struct setup *s, struct buf *lost)
{
    if (setup_find_source(s)) {
        say("setup.no_release", "", "");
        return SETUP_REFUSED;
    }
    return doctor_before(s, lost) ? SETUP_OK : SETUP_REFUSED;
}

static enum setup_exit read_code(struct setup *s)
{
    int rc = enrol_code_parse(s->code_text, &s->code);

    if (rc)
        say(rc == MM_ECRYPTO ? "setup.code.typing" : "setup.code.none", "", "");
    return rc ? SETUP_CODE : SETUP_OK;
}

/* MM_OK without one. */
static enum setup_exit check_proxy(const struct setup *s)
{
    const char *wrong = s->proxy ? settings_proxy_wrong(s->proxy) : NULL;

    if (wrong)
        say(wrong, s->proxy, "");
    return wrong ? SETUP_USAGE : SETUP_OK;
}

static int failed_at(const struct setup *s, const struct step *step, int rc)
{
    char key[64];

    snprintf(key, sizeof key, "setup.step.%.40s", step ? step->name : "");
    say("setup.failed", text(key), s->why[0] ? s->why : mm_strerror(rc));
    if (s->code_of_failure == SETUP_CODE)
        say("setup.code.refused", "", "");
    else if (step && !strcmp(step->name, "enrol"))
        say("setup.unreachable", "", "");
    say(s->existing ? "setup.kept" : "setup.taken_back", "", "");
    return s->code_of_failure;
}

static int apply(struct setup *s, const struct step *steps, const struct buf *lost)
{
    const struct step *failed = NULL;
    struct proof proof;
    bool works;
    int rc = plan_apply(s, steps, &failed);

    if (rc)
        return failed_at(s, failed, rc);
    if (!s->packaged && !alone_has_links())
        say("setup.no_links", SETUP_CURRENT "/bin", "");
    works = proof_wait(PROOF_S, !s->code_text, &proof);
    if (works)
        say(s->code_text ? "setup.installed" : "setup.installed.alone", proof.customer, "");
    else
        say(proof.guarding ? "setup.silent" : "setup.not_guarding", "", "");
    if (lost->data)
        (void)fputs(lost->data, stdout);
    return works ? SETUP_OK : SETUP_SILENT;
}

/* `code` so far; then what this machine says, and the steps. */
static int carry_out(struct setup *s, int code, const struct step *steps)
{
    struct buf lost;

    buf_init(&lost, LOST_BYTES);
    if (!code)
        code = (int)check_proxy(s);
    if (!code)
        code = (int)can_begin(s, &lost);
    if (!code && s->dry_run) {
        say("setup.plan", "", "");
        plan_show(s, steps);
        if (s->proxy)
            say("setup.plan.proxy", s->proxy, "");
    } else if (!code) {
        code = apply(s, steps, &lost);
    }
    buf_fini(&lost);
    return code;
}

static int install(struct setup *s)
{
    return carry_out(s, s->code_text ? (int)read_code(s) : SETUP_OK, install_steps);
}

/* Of an agent that is installed. */
static int enroll(struct setup *s)
{
    if (!s->code_text || !release_in_use()) {
        say(s->code_text ? "setup.not_installed" : "setup.code.none", "", "");
        return s->code_text ? SETUP_REFUSED : SETUP_CODE;
    }
    if (!proof_enrolled_url(s->previous))
        s->previous[0] = '\0';
    return carry_out(s, (int)read_code(s), enrol_steps);
}

static int doctor(struct setup *s)
{
    int code = (int)check_proxy(s);

    if (!code && s->code_text)
        code = (int)read_code(s);
    return code ? code : doctor_run(s);
}

/* By a package's script: the release that it brought becomes the one in use, unless a newer one is. */
static int adopt(struct setup *s)
{
    int rc = setup_find_source(s);

    if (!rc)
        rc = release_adopt(s);
    if (rc && rc != MM_ESTATE)
        fprintf(stderr, "mimamori-setup: %s: %s\n", text("setup.step.release"), mm_strerror(rc));
    return rc && rc != MM_ESTATE ? SETUP_FAILED : SETUP_OK;
}

static const struct verb verbs[] = {
    {"install", install, true, "setup.code.ask"},
    {"enroll", enroll, true, "setup.code.ask"},
    {"uninstall", removal_run, true, "setup.removal.ask"},
    {"doctor", doctor, false, "setup.code.ask"}, /* changes nothing */
    {"adopt", adopt, true, NULL},
    {"leave", removal_of_package, false, NULL}, /* also below our own uninstall, which has the lock */
};
#define VERBS (sizeof verbs / sizeof *verbs)

static int usage(FILE *out)
{
    static const char *const lines[] = {"setup.usage.install", "setup.usage.enroll", "setup.usage.doctor", "setup.usage.uninstall"};

    fprintf(out, "%s\n", text("setup.usage"));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        fprintf(out, "  %s\n", text(lines[i]));
    fprintf(out, "%s\n%s\n", text("setup.usage.exit"), text("setup.usage.exit.doctor"));
    return out == stdout ? SETUP_OK : SETUP_USAGE;
}

/* `argv` ends with NULL; its first word is the program's name. */
static const struct verb *take(struct setup *s, char **argv)
{
    const struct verb *verb = NULL;
    const char *a;

    while ((a = *++argv)) {
        if (!strcmp(a, "--dry-run"))
            s->dry_run = true;
        else if (!strcmp(a, "--force"))
            s->force = true;
        else if (!strcmp(a, "--yes"))
            s->yes = true;
        else if (!strcmp(a, "--json"))
            s->json = true;
        else if (!strcmp(a, "--code") && argv[1])
            s->code_text = *++argv;
        else if (!strcmp(a, "--proxy") && argv[1])
            s->proxy = *++argv;
        else if (!strcmp(a, "--lang") && argv[1] && (!strcmp(argv[1], "ja") || !strcmp(argv[1], "en")))
            text_language((*++argv)[0] == 'j' ? TEXT_JA : TEXT_EN);
        else if (verb || a[0] == '-')
            return NULL;
        else
            for (size_t i = 0; i < VERBS && !verb; i++)
                verb = strcmp(verbs[i].name, a) ? NULL : &verbs[i];
        if (!verb && a[0] != '-' && a != s->code_text && a != s->proxy)
            return NULL;
    }
    return verb;
}

/* --code -: a line of standard input.  Without one it is the code "", which no console has given. */
static void ask_code(struct setup *s, const char *words)
{
    static char line[LIM_CODE_LINE];

    if (!words || !s->code_text || strcmp(s->code_text, "-") != 0)
        return;
    if (isatty(STDIN_FILENO)) {
        fprintf(stderr, "%s ", text(words)); /* standard output may be for a program */
        (void)fflush(stderr);
    }
    s->code_text = code_line_read(stdin, line, sizeof line) ? "" : line;
}

int main(int argc, char **argv)
{
    struct setup s = {.code_of_failure = SETUP_FAILED};
    const struct verb *verb;

    signal(SIGPIPE, SIG_IGN);
    log_setup("mimamori-setup", LOG_LV_INFO);
    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts("mimamori-setup " MM_VERSION);
        return 0;
    }
    if (argc == 2 && !strcmp(argv[1], "--help"))
        return usage(stdout);
    verb = take(&s, argv);
    if (!verb)
        return usage(stderr);
    if (geteuid() != 0) {
        fprintf(stderr, "mimamori-setup: %s\n", text("setup.root"));
        return SETUP_NO_ROOT;
    }
    ask_code(&s, verb->ask);
    if (verb->alone && setup_lock()) {
        fprintf(stderr, "mimamori-setup: %s\n", text("setup.busy"));
        return SETUP_REFUSED;
    }
    return verb->run(&s);
}
