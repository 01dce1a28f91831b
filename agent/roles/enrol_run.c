/* Two processes: the child speaks with the network and writes core's files,
 * root's part takes from it over a pipe the command keys, which it reads as
 * strictly as if they came from the network itself, and the console's CA and the
 * first root of the updates, which it keeps for the updater and does not look into.  It stands with the roles
 * because it locks a process down; the parts that it ties are agent/report's. */
#include "agent/report/enrol.h"

#include <curl/curl.h>
#include <jansson.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/report/answers.h"
#include "agent/report/enrol_tls.h"
#include "agent/report/host.h"
#include "agent/report/identity.h"
#include "lib/os/lockdown.h"
#include "lib/durable.h"
#include "lib/enrol_code.h"
#include "lib/err.h"
#include "lib/version.h"

#define PLACE (LIM_PATH + 32)
#define HANDED_OVER (LIM_COMMAND + DEVICE_PEM + LIM_TUF_ROOT + 2)
struct places { char core[PLACE], keys[PLACE], sequence[PLACE], ca[PLACE]; };
struct attempt {
    const struct agent_config *config;
    struct enrol_code code;
    char mark[SHA256_HEX];   /* of the code, in its key's file */
    struct places at;
    struct buf kept;         /* a key that was kept elsewhere; empty: none */
    FILE *out;
};

/* ---- the child -------------------------------------------------------------------- */

static int make_body(const struct enrol_code *code, const struct buf *csr, char **out)
{
    struct ocsf_host h;
    char machine[SHA256_HEX];
    json_t *o;

    host_read(&h);
    host_machine_id(machine);
    o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "token", code->token, "csr", csr->data, "hostname",
                  h.hostname, "os", h.os_name, "kernel", h.kernel, "agent_version", MM_VERSION, "machine_id", machine);
    *out = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    return *out ? MM_OK : MM_ENOMEM;
}

/* Everything in the console's answer must fit: its CA is the pinned one, the certificate is ours. */
static int take_answer(const struct enrol_code *code, const struct places *at, const struct buf *key,
                       const struct buf *body, struct answer_enrol *a, struct buf *ca)
{
    struct device_cert cert;
    int rc = answer_enrol(body->data ? body->data : "", body->len, a);

    if (rc)
        return rc;
    rc = device_ca_pinned(&a->ca, code->ca_pin, ca);
    if (rc == MM_OK)
        rc = device_cert_check(&a->certificate, key, ca, &cert);
    if (rc == MM_OK && strcmp(cert.agent_id, a->agent_id) != 0)
        rc = MM_ECRYPTO;
    if (rc == MM_OK)
        rc = identity_save(at->core, code->url, a, ca);
    if (rc)
        answer_enrol_fini(a);
    return rc;
}

/* The keys' text, a NUL, the CA's, a NUL, the root, which may be empty. */
static int hand_over(const struct answer_enrol *a, const struct buf *ca, int pipe_fd)
{
    struct buf keys;
    int rc;

    buf_init(&keys, HANDED_OVER);
    rc = answer_keys_write(a->agent_id, a->keys, a->nkeys, &keys);
    if (rc == MM_OK)
        rc = buf_add(&keys, "", 1);
    if (rc == MM_OK)
        rc = buf_add(&keys, ca->data, ca->len);
    if (rc == MM_OK)
        rc = buf_add(&keys, "", 1);
    if (rc == MM_OK && a->update_root.len)
        rc = buf_add(&keys, a->update_root.data, a->update_root.len);
    for (size_t done = 0; rc == MM_OK && done < keys.len;) {
        ssize_t n = write(pipe_fd, keys.data + done, keys.len - done);

        if (n <= 0)
            rc = MM_EIO;
        else
            done += (size_t)n;
    }
    buf_fini(&keys);
    return rc;
}

/* A refusal is the console's own word.  What stands before it, or is on its way to be better (408, 429), may have lost another. */
static bool is_refusal(long status, const char *word)
{
    return status >= 400 && status < 500 && status != 408 && status != 429 && word[0];
}

static int ask(const struct attempt *t, const char *body, struct buf *answer)
{
    const struct enrol_call call = {.url = t->code.url, .ca_pin = t->code.ca_pin, .ca_file = t->config->console_ca,
                                    .proxy = t->config->proxy, .body = body};
    char why[256], word[LIM_TAG], message[LIM_TITLE];
    bool asked = false;
    long status = 0;
    int rc = enrol_post(&call, answer, &status, &asked, why);

    if (rc) {
        fprintf(t->out, "enrolment at %s failed: %s\n", t->code.url, why);
        return asked ? MM_EAGAIN : rc;
    }
    if (status == 200)
        return MM_OK;
    answer_error(answer->data ? answer->data : "", answer->len, word, message);
    if (!is_refusal(status, word)) {
        fprintf(t->out, "the console cannot answer now (HTTP %ld) %s\n", status, message);
        return MM_EAGAIN;
    }
    fprintf(t->out, "the console refused (HTTP %ld): %s %s\n", status, word, message);
    identity_drop_pending(t->at.core);
    return MM_EDENIED;
}

static int use_answer(const struct attempt *t, const struct buf *key, const struct buf *answer, int pipe_fd)
{
    struct answer_enrol a;
    struct buf ca;
    int rc;

    buf_init(&ca, DEVICE_PEM);
    rc = take_answer(&t->code, &t->at, key, answer, &a, &ca);
    if (rc) {
        fprintf(t->out, "the console's answer cannot be used: %s\n", mm_strerror(rc));
    } else {
        rc = hand_over(&a, &ca, pipe_fd);
        fprintf(t->out, "enrolled as %s for %s\n", a.agent_id, a.customer[0] ? a.customer : "(customer not named)");
        answer_enrol_fini(&a);
    }
    buf_fini(&ca);
    return rc ? MM_EAGAIN : MM_OK;
}

static int enrol(const struct attempt *t, int pipe_fd)
{
    struct buf key, csr, answer;
    char *body = NULL;
    int rc;

    buf_init(&key, DEVICE_PEM);
    buf_init(&csr, DEVICE_PEM);
    buf_init(&answer, LIM_HTTP_ANSWER);
    rc = identity_pending_key(t->at.core, t->mark, &t->kept, &key);
    if (rc == MM_OK)
        rc = device_csr(&key, "mimamori-device", &csr);
    if (rc == MM_OK)
        rc = make_body(&t->code, &csr, &body);
    if (rc)
        fprintf(t->out, "%s: the device's key could not be made: %s\n", t->at.core, mm_strerror(rc));
    else
        rc = ask(t, body, &answer);
    if (rc == MM_OK)
        rc = use_answer(t, &key, &answer, pipe_fd);
    free(body);
    buf_fini(&key);
    buf_fini(&csr);
    buf_fini(&answer);
    return rc;
}

static int child(const struct attempt *t, int pipe_fd)
{
    struct lockdown_report report;
    int rc = geteuid() == 0 ? lockdown_core(t->config->core_user, t->config->group, &report) : MM_OK;

    if (rc) {
        fprintf(t->out, "lock-down: %s\n", mm_strerror(rc));
        return rc;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return MM_ENOMEM;
    return enrol(t, pipe_fd);
}

/* ---- root's part -------------------------------------------------------------------- */

static int make_places(const struct agent_config *c, struct places *at)
{
    const struct passwd *pw = getpwnam(c->core_user);
    char guard[PLACE];
    int n = snprintf(at->core, sizeof at->core, "%s/core", c->state), rc;

    if (n < 0 || (size_t)n >= LIM_PATH)
        return MM_ELIMIT;
    snprintf(guard, sizeof guard, "%s/guard", c->state);
    snprintf(at->keys, sizeof at->keys, "%s/guard/command-keys.json", c->state);
    snprintf(at->sequence, sizeof at->sequence, "%s/guard/sequence", c->state);
    snprintf(at->ca, sizeof at->ca, "%s/guard/console-ca.pem", c->state);
    rc = durable_mkdir(c->state, 0755);
    if (rc == MM_OK)
        rc = durable_mkdir(at->core, 0700);
    if (rc == MM_OK)
        rc = durable_mkdir(guard, 0700);
    if (rc == MM_OK && geteuid() == 0 &&
        chown(at->core, pw && pw->pw_uid ? pw->pw_uid : LOCKDOWN_CORE_UID, pw && pw->pw_uid ? pw->pw_gid : LOCKDOWN_CORE_UID) != 0)
        rc = MM_EDENIED;
    return rc;
}

static int read_all(int fd, struct buf *out)
{
    char part[1024];
    ssize_t n;

    while ((n = read(fd, part, sizeof part)) > 0)
        if (buf_add(out, part, (size_t)n) != MM_OK)
            return MM_ELIMIT;
    return n < 0 ? MM_EIO : MM_OK;
}

/* Behind the keys' text: for the updater.  The first root stays: later ones follow from it, by their signatures. */
static int save_for_updater(const struct agent_config *c, const struct places *at, const char *ca, size_t left, FILE *out)
{
    const char *root = left ? memchr(ca, '\0', left) : NULL;
    size_t n;
    int rc;

    if (!root)
        return MM_EFORMAT;
    n = left - (size_t)(++root - ca);
    rc = durable_write(at->ca, ca, strlen(ca), 0600);
    if (rc)
        fprintf(out, "%s: %s\n", at->ca, mm_strerror(rc));
    if (!rc && n && c->update_root[0] && access(c->update_root, F_OK) < 0 && durable_write(c->update_root, root, n, 0644))
        fprintf(out, "%s cannot be written: there will be no updates\n", c->update_root);
    return rc;
}

/* The guard's keys; another identity begins its commands' sequence anew. */
static int save_keys(const struct places *at, const char *text, size_t len)
{
    struct command_key keys[LIM_COMMAND_KEYS];
    char id[LIM_ID], old_id[LIM_ID] = "";
    struct buf old, clean;
    unsigned n = 0, old_n = 0;
    int rc = answer_keys_read(text, len, id, keys, &n);

    if (rc)
        return rc;
    buf_init(&old, LIM_COMMAND);
    buf_init(&clean, LIM_COMMAND);
    if (durable_read(at->keys, &old) == MM_OK && old.data) {
        struct command_key ignored[LIM_COMMAND_KEYS];

        (void)answer_keys_read(old.data, old.len, old_id, ignored, &old_n);
    }
    rc = answer_keys_write(id, keys, n, &clean);
    if (rc == MM_OK && strcmp(id, old_id) != 0)
        unlink(at->sequence);
    if (rc == MM_OK)
        rc = durable_write(at->keys, clean.data, clean.len, 0600);
    buf_fini(&old);
    buf_fini(&clean);
    return rc;
}

/* A child that was ended may have asked before. */
static int run_child(const struct attempt *t, struct buf *keys)
{
    int fds[2], status = 0, rc;
    pid_t pid;

    if (pipe(fds) != 0)
        return MM_ELIMIT;
    fflush(t->out);
    pid = fork();
    if (pid < 0) {
        close(fds[0]);
        close(fds[1]);
        return MM_ENOMEM;
    }
    if (pid == 0) {
        close(fds[0]);
        rc = child(t, fds[1]);
        fflush(t->out);
        _exit(-rc & 0x7f);
    }
    close(fds[1]);
    rc = read_all(fds[0], keys) ? MM_EAGAIN : MM_OK;
    close(fds[0]);
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
        fprintf(t->out, "the enrolment's network process ended by signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        return MM_EAGAIN;
    }
    return WEXITSTATUS(status) ? -WEXITSTATUS(status) : rc;
}

/* What the child handed over, as root's own. */
static int save_handed_over(const struct attempt *t, const struct buf *keys)
{
    const char *text = keys->data ? keys->data : "";
    size_t len = strlen(text), more = keys->len > len;
    int rc = save_keys(&t->at, text, len);

    if (rc)
        fprintf(t->out, "%s: %s\n", t->at.keys, mm_strerror(rc));
    else
        rc = save_for_updater(t->config, &t->at, text + len + more, keys->len - len - more, t->out);
    return rc ? MM_EAGAIN : MM_OK;
}

/* The code, its mark, the places and the kept key. */
static int prepare(struct attempt *t, const char *code_text, const char *kept)
{
    int rc = enrol_code_parse(code_text, &t->code);

    if (rc) {
        fprintf(t->out, "%s\n", rc == MM_ECRYPTO ? "the enrolment code has a typing error" : "this is not an enrolment code");
        return rc;
    }
    rc = enrol_code_mark(&t->code, t->mark);
    if (!rc)
        rc = make_places(t->config, &t->at);
    if (rc) {
        fprintf(t->out, "%s: %s\n", t->config->state, mm_strerror(rc));
        return rc;
    }
    if (kept)
        (void)durable_read(kept, &t->kept); /* without it another key is made */
    return MM_OK;
}

int enrol_run(const struct agent_config *c, const char *code_text, const char *kept, FILE *out)
{
    struct attempt t = {.config = c, .out = out};
    struct buf keys;
    int rc;

    buf_init(&t.kept, DEVICE_PEM);
    buf_init(&keys, HANDED_OVER);
    rc = prepare(&t, code_text, kept);
    if (rc == MM_OK)
        rc = run_child(&t, &keys);
    if (rc == MM_OK)
        rc = save_handed_over(&t, &keys);
    buf_fini(&keys);
    buf_fini(&t.kept);
    return rc;
}
