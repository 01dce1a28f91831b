#include "updater/host/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/control_ask.h"
#include "lib/err.h"
#include "lib/os/spawn.h"
#include "updater/host/facts.h"

#define RELOAD_MS 30000   /* compiling a pack takes one second; a machine that swaps needs longer */
#define SAID 240
#define PROGRAM "mimamorid "
#define FIRST_SCHEMA 1       /* of a program that does not say its schema: they began to say it in this one */
#define STEP_MS 200
#define END_STEPS 25         /* of a program that has closed its output: five seconds */
#define DEAD_S 3             /* nobody holds the agent's lock for so long: it ended, and is not being started again */
#define STEADY_S 5           /* so long everything must be as good as before */
#define LOOKS_S 15           /* the agent looks at status.json every five seconds */
#define TELLS_MS 2000        /* from there to the console: it beats within a second */

static int64_t now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* What it says until it closes its output, one line of plain characters.  MM_ETIMEOUT. */
static int listen_to(int fd, char *said, size_t n, unsigned seconds)
{
    int64_t end = now_s() + seconds;
    size_t had = 0;
    char chunk[512];

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = end - now_s();
        ssize_t got;

        if (left <= 0)
            return MM_ETIMEOUT;
        if (poll(&p, 1, (int)left * 1000) <= 0)
            continue;
        got = read(fd, chunk, sizeof chunk);
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got && had + 1 < n; i++)
            said[had++] = chunk[i] >= ' ' && chunk[i] < 0x7f ? chunk[i] : ' ';
        said[had] = '\0';
    }
    return MM_OK;
}

/* Run a program of ours to its end.  MM_OK: it ended well; MM_EFORMAT: not so; MM_EIO: nothing can be said; *said: its first words. */
static int hear_out(const char *path, const char *const argv[], const char *what, char *said, size_t n)
{
    int fds[2], pid, got = 0, status = 0, rc = pipe(fds) < 0 ? mm_from_errno(errno) : MM_OK;

    said[0] = '\0';
    if (rc)
        return rc;
    pid = os_spawn(path, (char *const *)(uintptr_t)argv, fds[1], STDOUT_FILENO);
    close(fds[1]);
    rc = pid < 0 ? pid : listen_to(fds[0], said, n, LIM_UPDATE_CHECK_S);
    close(fds[0]);
    if (pid > 0) {
        for (int i = 0; !rc && (got = waitpid(pid, &status, WNOHANG)) == 0 && i < END_STEPS; i++)
            poll(NULL, 0, STEP_MS);
        if (rc || got == 0)
            (void)os_end(pid, &status);
    }
    if (rc)
        snprintf(said, n, "%s: %s", what, mm_strerror(rc));
    else if (WIFSIGNALED(status))
        snprintf(said, n, "%s: ended by signal %d", what, WTERMSIG(status));
    else if (WEXITSTATUS(status) == 127)
        snprintf(said, n, "%s: the program cannot be started", what);
    if (rc || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return rc;
    /* its word is exit status 1; a crash is the content's doing as well; that it was ended or could not begin is not */
    return (WIFEXITED(status) && WEXITSTATUS(status) == 1) || (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM) ? MM_EFORMAT
                                                                                                                                                  : MM_EIO;
}

int agent_check_rules(const struct run *r, const char *folder, char *why, size_t n)
{
    char path[LIM_PATH];
    const char *const argv[] = {path, "--check-rules", folder, r->config_path ? "--config" : NULL, r->config_path, NULL};
    int rc = os_neighbour("mimamorid-scan", path, sizeof path);

    return rc ? rc : hear_out(path, argv, "the check of the pack", why, n);
}

/* What a release needs to go on guarding and to be updated again; the keeper last. */
static const char *const PROGRAMS[] = {"mimamori", "mimamori-update", "mimamori-update-verify", "mimamori-update-fetch", "mimamori-update-unpack",
                                       "mimamorid-quarantine", "mimamorid-scan", "mimamorid-core", "mimamorid-guard", "mimamorid"};

/* Have the program say "mimamorid VERSION state-schema=N" into `said`.  As hear_out; *schema: -1 when it contradicts itself. */
static int ask_version(const char *path, char *said, size_t n, int64_t *schema)
{
    const char *const argv[] = {path, "--version", NULL};
    int rc = hear_out(path, argv, "the new program", said, n);

    *schema = rc ? 0 : state_schema_said(said, strlen(said));
    if (!rc && !*schema)
        *schema = FIRST_SCHEMA;
    return rc;
}

static bool is_version(const char *said, const char *version)
{
    const size_t n = sizeof PROGRAM - 1, m = strlen(version);

    return !strncmp(said, PROGRAM, n) && !strncmp(said + n, version, m) && (said[n + m] == ' ' || said[n + m] == '\0');
}

/* MM_OK, or MM_ESTATE and why. */
static int judge_schema(const struct run *r, int64_t said, struct release *to, char *why, size_t n)
{
    struct state_schema state;

    facts_schema(r, &state);
    if (said < 0 || (to->schema && to->schema != said)) {
        snprintf(why, n, "its program is of schema %lld of the state, its metadata says %lld", (long long)said, (long long)to->schema);
        return MM_ESTATE;
    }
    if (!state_schema_fits(&state, said)) {
        snprintf(why, n, "its program is of schema %lld, the state of this host of %lld (%lld at most): a release between them has to come first",
                 (long long)said, (long long)state.last, (long long)state.high);
        return MM_ESTATE;
    }
    to->schema = said;
    return MM_OK;
}

bool agent_release_reads_state(const struct run *r, const char *folder, const struct release *one)
{
    char path[LIM_PATH], said[SAID];
    struct state_schema state;
    int64_t schema;

    facts_schema(r, &state);
    if (snprintf(path, sizeof path, "%s/bin/mimamorid", folder) >= (int)sizeof path || ask_version(path, said, sizeof said, &schema))
        schema = one->schema;
    return state_schema_fits(&state, schema);
}

int agent_release_runs(const struct run *r, const char *folder, struct release *to, char *why, size_t n)
{
    char path[LIM_PATH];
    int64_t schema = 0;
    const char *const check[] = {path, "--check-config", r->config_path ? "--config" : NULL, r->config_path, NULL};
    int rc = MM_OK;

    for (size_t i = 0; i < sizeof PROGRAMS / sizeof *PROGRAMS && !rc; i++) /* the last one stays in `path` */
        if (snprintf(path, sizeof path, "%s/bin/%s", folder, PROGRAMS[i]) >= (int)sizeof path || access(path, X_OK) < 0) {
            snprintf(why, n, "it has no program %s", PROGRAMS[i]);
            return MM_EFORMAT;
        }
    if (!rc)
        rc = ask_version(path, why, n, &schema);
    if (!rc && !is_version(why, to->version))
        rc = MM_EFORMAT;
    if (!rc)
        rc = judge_schema(r, schema, to, why, n);
    return rc ? rc : hear_out(path, check, "the new program with this configuration", why, n);
}

/* The keeper's pid: it stands in the file whose lock it holds; 0: nobody holds it. */
static pid_t keeper(const struct run *r)
{
    char path[LIM_PATH], text[16] = "";
    int fd, held;
    ssize_t n;

    if (snprintf(path, sizeof path, "%s/lock", r->config->state) >= (int)sizeof path)
        return 0;
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return 0;
    held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    n = held ? read(fd, text, sizeof text - 1) : 0;
    close(fd);
    return n > 1 ? (pid_t)strtol(text, NULL, 10) : 0;
}

enum agent_word agent_load_rules(const struct run *r, char *why, size_t n)
{
    json_t *answer = NULL, *args = json_pack("{s:s}", "reason", "update");
    enum agent_word word = AGENT_REFUSED;
    const char *message;
    int rc = args ? ask(r->config->run, "reload", args, RELOAD_MS, &answer) : MM_ENOMEM;

    why[0] = '\0';
    if (rc) {
        pid_t pid = keeper(r);

        snprintf(why, n, "the agent: %s", mm_strerror(rc));
        if (pid > 1)
            kill(pid, SIGHUP); /* it runs, and does not answer now: the guard loads it all the same */
        return AGENT_SILENT;
    }
    if (json_is_true(json_object_get(answer, "ok"))) {
        word = AGENT_TOOK_IT;
    } else {
        message = json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
        snprintf(why, n, "%.*s", SAID, message ? message : "the agent refuses it");
    }
    json_decref(answer);
    return word;
}

/* ---- another release of the agent -------------------------------------------------------------------- */

static int rank_of(const char *state)
{
    static const char *const states[] = {"blind", "off", "degraded", "working"};

    for (int i = 0; i < 4; i++)
        if (!strcmp(state, states[i]))
            return i;
    return 0;
}

static const char *word(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

void agent_health(const struct run *r, struct agent_health *out)
{
    json_t *answer = NULL;
    const json_t *result, *list, *counters;

    memset(out, 0, sizeof *out);
    if (ask(r->config->run, "status", NULL, ASK_STATUS_MS, &answer))
        return;
    result = json_object_get(answer, "result");
    list = json_object_get(result, "sensors");
    counters = json_object_get(result, "counters");
    out->answers = json_is_true(json_object_get(json_object_get(result, "guard"), "answers"));
    out->console = json_is_true(json_object_get(json_object_get(result, "console"), "connected"));
    snprintf(out->version, sizeof out->version, "%s", word(result, "version"));
    out->restarts = json_integer_value(json_object_get(counters, "guard_restarts")) + json_integer_value(json_object_get(counters, "scan_restarts"));
    for (size_t i = 0; i < json_array_size(list) && i < AGENT_SENSORS; i++) {
        const json_t *one = json_array_get(list, i);

        snprintf(out->sensor[i].name, sizeof out->sensor[i].name, "%s", word(one, "name"));
        out->sensor[i].rank = rank_of(word(one, "state"));
        out->sensors++;
    }
    json_decref(answer);
}

/* Whether `now` is as good as it was; `why` says what is not. */
static bool as_good(const struct agent_health *now, const char *version, const struct agent_health *before, char *why, size_t n)
{
    if (!now->answers || strcmp(now->version, version) != 0) {
        snprintf(why, n, now->answers ? "version %s answers" : "it does not answer", now->version);
        return false;
    }
    for (unsigned i = 0; i < now->sensors; i++)
        for (unsigned j = 0; j < before->sensors; j++)
            if (!strcmp(now->sensor[i].name, before->sensor[j].name) && now->sensor[i].rank < before->sensor[j].rank) {
                snprintf(why, n, "the sensor %s is worse than before", now->sensor[i].name);
                return false;
            }
    if (before->console && !now->console) {
        snprintf(why, n, "the console is not reached any more");
        return false;
    }
    return true;
}

/* 1: it has read that `version` is on trial; 0: not yet; -1: there is no sense in waiting. */
static int knows_trial(const struct run *r, const char *version)
{
    json_t *answer = NULL;
    const json_t *result, *agent;
    int known;

    if (ask(r->config->run, "status", NULL, ASK_STATUS_MS, &answer))
        return -1;
    result = json_object_get(answer, "result");
    agent = json_object_get(json_object_get(result, "updates"), "agent");
    if (!json_object_get(agent, "trial") || !json_is_true(json_object_get(json_object_get(result, "console"), "connected")))
        known = -1;
    else
        known = !strcmp(word(agent, "trial"), version);
    json_decref(answer);
    return known;
}

void agent_tells_trial(const struct run *r, const char *version)
{
    int64_t end = now_s() + LOOKS_S;
    int known;

    while ((known = knows_trial(r, version)) == 0 && now_s() < end)
        poll(NULL, 0, STEP_MS);
    if (known == 1)
        poll(NULL, 0, TELLS_MS);
}

enum agent_word agent_become(const struct run *r, const char *version, const struct agent_health *before, char *why, size_t n)
{
    int64_t end = now_s() + LIM_UPDATE_GATE_S, good_since = 0, restarts = 0, dead_since = 0;
    pid_t pid = keeper(r);

    snprintf(why, n, "the agent does not run");
    if (pid <= 1)
        return AGENT_SILENT;
    if (kill(pid, SIGUSR2) < 0) { /* the holder of the agent's lock, no other */
        snprintf(why, n, "the agent cannot be told: %s", strerror(errno));
        return AGENT_REFUSED;
    }
    while (now_s() < end) {
        struct agent_health now;

        poll(NULL, 0, STEP_MS);
        if (keeper(r)) {
            dead_since = 0;
        } else if (!dead_since) {
            dead_since = now_s();
        } else if (now_s() - dead_since >= DEAD_S) {
            snprintf(why, n, "it ended");
            return AGENT_REFUSED;
        }
        agent_health(r, &now);
        if (!as_good(&now, version, before, why, n) || (good_since && now.restarts != restarts)) {
            good_since = 0;
            continue;
        }
        if (!good_since) {
            good_since = now_s();
            restarts = now.restarts;
        }
        if (now_s() - good_since >= STEADY_S)
            return AGENT_TOOK_IT;
    }
    if (good_since)
        snprintf(why, n, "its parts do not stay up");
    return AGENT_REFUSED;
}
