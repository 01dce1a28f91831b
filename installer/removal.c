#include "installer/removal.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "installer/enrolment.h"
#include "installer/plan.h"
#include "installer/proof.h"
#include "installer/service.h"
#include "lib/buf.h"
#include "lib/control_ask.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/os/mounts.h"
#include "lib/removal_code.h"
#include "lib/text.h"

#define QUICK_MS 20000
#define STOP_MS 60000
#define PURGE_MS 7200000         /* with the vaults; cutting a package manager off leaves half of it */
#define TOLD_STEPS 50            /* ten seconds for the console to hear of it */
#define STEP_MS 200
#define TOLD SETUP_ROOT "/leaving" /* the console was told: by us, so that the package's script does not tell it again */

static int say(const char *key)
{
    printf("%s\n", text(key));
    (void)fflush(stdout);
    return SETUP_OK;
}

/* ---- the permission ------------------------------------------------------------------------------- */

/* The console has ordered this host to accept the code, and the order still holds. */
static bool permitted(const struct setup *s)
{
    char id[LIM_ID], hash[SHA256_HEX];
    struct removal r;

    return s->code_text && proof_agent_id(id) && !removal_code_hash(id, s->code_text, hash) && !removal_read(SETUP_STATE, &r) &&
           !strcmp(hash, r.hash) && (int64_t)time(NULL) < r.until;
}

/* ---- telling the console ---------------------------------------------------------------------------- */

static bool journal_is_sent(void)
{
    json_t *status = proof_status();
    const json_t *journal = json_object_get(status, "journal");
    bool sent;

    if (!status)
        return false; /* nobody there any more who could send */
    sent = json_integer_value(json_object_get(journal, "sent")) >= json_integer_value(json_object_get(journal, "last"));
    json_decref(status);
    return sent;
}

/* False: no agent, or no console, took it. */
static bool tell(bool with_permission)
{
    json_t *answer = NULL;
    int rc = ask(SETUP_RUN, "leaving", json_pack("{s:b}", "permitted", with_permission), ASK_STATUS_MS, &answer);
    bool taken = !rc && json_is_true(json_object_get(answer, "ok"));

    json_decref(answer);
    for (int i = 0; taken && i < TOLD_STEPS; i++) {
        if (journal_is_sent())
            return true;
        poll(NULL, 0, STEP_MS);
    }
    return false;
}

/* ---- taking away -------------------------------------------------------------------------------------- */

static bool in_quarantine(void)
{
    return setup_is_there(SETUP_STATE "/guard/quarantine.json");
}

/* Stopped programs would stand still for ever when nobody is left who knows of them. */
static bool holds_programs(void)
{
    json_t *status = proof_status();
    bool holds = json_integer_value(json_object_get(status, "frozen_trees")) > 0;

    json_decref(status);
    return holds;
}

int removal_of_package(struct setup *s)
{
    if (in_quarantine() || holds_programs()) {
        fprintf(stderr, "mimamori-setup: %s\n", text(in_quarantine() ? "setup.quarantined" : "setup.incident"));
        return SETUP_REFUSED;
    }
    if (!setup_is_there(TOLD))
        (void)tell(false);
    (void)service_stop(s, STOP_MS);
    return SETUP_OK;
}

/* Whoever types yes, or was asked before. */
static bool wants_vault_gone(const struct setup *s)
{
    char line[16] = "";

    if (s->yes || !isatty(STDIN_FILENO))
        return s->yes;
    printf("%s ", text("setup.vault.ask"));
    (void)fflush(stdout);
    return fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
}

/* Kept originals, at the top of a file system that had protected folders. */
static int remove_vault(void *context, const char *folder)
{
    char path[LIM_PATH];
    struct stat st;

    if (snprintf(path, sizeof path, "%s/.mimamori-vault", strcmp(folder, "/") ? folder : "") >= (int)sizeof path || lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return MM_OK;
    return setup_erase(context, path);
}

/* rpm knows no purge: what its removal leaves is taken away afterwards (docs/packaging.md). */
static int erase_rpm(struct setup *s, bool with_vault)
{
    const char *const erase[] = {"/usr/bin/rpm", "-e", "mimamori-agent", NULL};
    int rc = setup_run(s, PURGE_MS, erase);

    if (!rc && with_vault)
        rc = os_each_mount(remove_vault, s);
    return rc ? rc : setup_erase(s, SETUP_STATE);
}

static int purge_package(struct setup *s, bool with_vault)
{
    const char *const purge[] = {"/usr/bin/dpkg", "--purge", "mimamori-agent", NULL}, *const removed[] = {"/usr/bin/dpkg", "--remove", "mimamori-agent", NULL};
    const char *const keys[] = {"/bin/rm", "-rf", "--", SETUP_STATE "/core", SETUP_STATE "/guard", SETUP_STATE "/updates", NULL};
    const char *const known[] = {"/usr/bin/dpkg-query", "-s", "mimamori-agent", NULL};
    int rc;

    if (setup_run(s, QUICK_MS, known))
        return erase_rpm(s, with_vault);
    rc = setup_run(s, PURGE_MS, with_vault ? purge : removed);
    if (!rc && !with_vault)
        rc = setup_run(s, QUICK_MS, keys);
    return rc;
}

/* What a package's purge would do, where there is no package: every step back, and what the agent has made since. */
static int take_all_back(struct setup *s, bool with_vault)
{
    int rc, one;

    enrolment_forget(s);
    rc = plan_undo(s, install_steps);
    one = with_vault ? os_each_mount(remove_vault, s) : MM_OK;
    rc = one ? one : rc;
    one = setup_erase(s, SETUP_LOCAL);
    (void)unlink(SETUP_FIRST_ROOT);
    (void)rmdir(SETUP_CONFIG_DIR); /* what a person has put there stays */
    return one ? one : rc;
}

int removal_run(struct setup *s)
{
    bool with_permission = permitted(s), told, with_vault;
    int rc;

    if (in_quarantine() || holds_programs()) {
        say(in_quarantine() ? "setup.quarantined" : "setup.incident");
        return SETUP_REFUSED;
    }
    if (!with_permission && !s->force) {
        say(s->code_text ? "setup.removal.wrong" : "setup.removal.needed");
        return SETUP_CODE;
    }
    if (setup_find_source(s)) {
        say("setup.no_release");
        return SETUP_REFUSED;
    }
    with_vault = wants_vault_gone(s); /* before the console is told: who ends it here has removed nothing */
    told = tell(with_permission);
    if (s->packaged)
        (void)durable_write(TOLD, "", 0, 0600);
    rc = s->packaged ? purge_package(s, with_vault) : take_all_back(s, with_vault);
    if (rc) {
        printf("%s: %s\n", text("setup.removal.failed"), s->why);
        (void)unlink(TOLD);
        (void)service_start(s, STOP_MS); /* and with it heartbeats: the console hears that it is still there */
        return SETUP_FAILED;
    }
    say(told ? "setup.removed" : "setup.removed.untold");
    return told ? SETUP_OK : SETUP_SILENT;
}
