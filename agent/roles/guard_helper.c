/* The helpers of core's rounds: started at core's request, one of each kind at a
 * time, ended when their time is over.  The guard is no courier here: it hands
 * the socket to core and forgets it; only the process stays ours to end. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/roles/guard_internal.h"
#include "agent/roles/pack_send.h"
#include "agent/roles/start.h"
#include "lib/err.h"
#include "lib/log.h"

#define AGAIN_NS 1000000000LL /* a core that asks more often than this is answered "not now" */
#define LIFE_NS ((LIM_SURVEY_MS + LIM_PROBE_MS + 60000LL) * 1000000LL)
#define JUDGE_QUEUE_BYTES (1u << 20) /* the pack's sources wait there until the judge takes them */

static const char *const ROLE[HELPER_COUNT] = {[HELPER_SURVEY] = "survey", [HELPER_PROBE] = "probe", [HELPER_JUDGE] = "judge"};

/* The rules that the judge needs are sent before core has the socket. */
static int send_rules(struct guard *g, int sock)
{
    char dir[LIM_PATH + 32], message[512] = "";
    struct pack_skips skips;
    int rc;

    guard_rules_dir(g, dir, sizeof dir);
    frame_deepen(sock, JUDGE_QUEUE_BYTES);
    rc = pack_send_family(sock, dir, g->config->local_rules, FAMILY_VPN, &skips, message, sizeof message);
    if (rc)
        log_error("vpn rules in %s cannot be sent: %s", dir, message[0] ? message : mm_strerror(rc));
    return rc;
}

/* The socket that core gets, or a negative mm_err. */
static int start(struct guard *g, enum helper which)
{
    struct helper_process *h = &g->helper[which];
    int64_t now = guard_mono();
    int fds[2], rc;

    if (h->started && now - h->started < AGAIN_NS)
        return MM_EAGAIN;
    /* An agent that may act in its own network namespace only asks nobody on the host's network. */
    if (which == HELPER_PROBE && guard_keeps_to_its_network(g))
        return MM_EDENIED;
    if (h->pid > 0 && waitpid(h->pid, NULL, WNOHANG) == h->pid)
        h->pid = 0;
    if (h->pid > 0) { /* the one before: ended, and waited for in the ticks; it may hang in the kernel, we must not */
        kill(h->pid, SIGKILL);
        return MM_EAGAIN;
    }
    h->started = now;
    rc = frame_pair(fds);
    if (rc)
        return rc;
    rc = role_spawn(ROLE[which], g->config_path, fds[1], 0);
    close(fds[1]);
    if (rc > 0) {
        h->pid = rc;
        rc = which == HELPER_JUDGE ? send_rules(g, fds[0]) : MM_OK;
    }
    if (rc == MM_OK)
        return fds[0];
    close(fds[0]);
    if (h->pid > 0)
        kill(h->pid, SIGKILL);
    return rc;
}

int guard_helper_ask(struct guard *g, uint64_t id, uint32_t which)
{
    struct core_helper answer = {.which = which};
    int sock;

    if (which < HELPER_SURVEY || which >= HELPER_COUNT)
        return MM_EFORMAT;
    sock = start(g, (enum helper)which);
    answer.result = sock < 0 ? sock : MM_OK;
    if (sock < 0)
        log_warn("the %s is not started: %s", ROLE[which], mm_strerror(sock));
    pthread_mutex_lock(&g->core.lock);
    if (g->core.sock >= 0)
        frame_send(g->core.sock, CORE_HELPER, id, &answer, sizeof answer, &sock, sock >= 0);
    pthread_mutex_unlock(&g->core.lock);
    if (sock >= 0)
        close(sock);
    return MM_OK;
}

void guard_helper_tick(struct guard *g, int64_t now)
{
    for (unsigned i = HELPER_SURVEY; i < HELPER_COUNT; i++) {
        struct helper_process *h = &g->helper[i];

        if (h->pid > 0 && waitpid(h->pid, NULL, WNOHANG) == h->pid)
            h->pid = 0;
        if (h->pid > 0 && now - h->started > LIFE_NS) {
            log_warn("the %s does not end and is ended", ROLE[i]);
            kill(h->pid, SIGKILL);
            h->started = now - LIFE_NS / 2; /* again later */
        }
    }
}

void guard_helper_stop(struct guard *g)
{
    for (unsigned i = HELPER_SURVEY; i < HELPER_COUNT; i++)
        guard_end_child(&g->helper[i].pid);
}
