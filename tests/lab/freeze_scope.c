/* A process outside of scope=netns is never stopped, whatever tree it is in.
 * Needs root (unshare).  Starts three children of its own and touches nobody
 * else; run inside a network namespace made for it.  One line of JSON; exit 0
 * when everything is as it must be. */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/respond/freeze.h"
#include "agent/watch/procs.h"
#include "lib/err.h"

enum who { INSIDE, OUTSIDE, LEAVER, COUNT };

static struct { atomic_uint beats[COUNT]; atomic_int go; } *shared;

static pid_t start(enum who who)
{
    pid_t pid = fork();

    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (who == LEAVER)
        while (!atomic_load(&shared->go))
            usleep(500);
    if (who != INSIDE && unshare(CLONE_NEWNET))
        _exit(3);
    for (;;) {
        atomic_fetch_add(&shared->beats[who], 1);
        usleep(500);
    }
}

/* Within 30 ms, or so many times of it: on a busy machine one who runs may get no CPU so long. */
static int beats(enum who who, int windows)
{
    unsigned before = atomic_load(&shared->beats[who]);

    while (windows-- && atomic_load(&shared->beats[who]) == before)
        usleep(30000);
    return atomic_load(&shared->beats[who]) != before;
}

static void wait_first_beat(enum who who)
{
    while (!atomic_load(&shared->beats[who]))
        usleep(500);
}

int main(void)
{
    struct freeze_result r[COUNT] = {{0}};
    struct proc_brief b[COUNT];
    struct scope scope;
    struct procs *procs;
    pid_t pid[COUNT];
    int beating[COUNT], good = 1;

    alarm(30);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || scope_parse("netns", &scope) || procs_new(&procs, &scope))
        return 1;
    for (int i = 0; i < COUNT; i++)
        pid[i] = start((enum who)i);
    wait_first_beat(INSIDE);
    wait_first_beat(OUTSIDE);
    for (int i = 0; i < COUNT; i++)
        good &= procs_resolve(procs, pid[i], &b[i]);
    good &= b[INSIDE].in_scope && !b[OUTSIDE].in_scope && b[LEAVER].in_scope;
    atomic_store(&shared->go, 1);       /* leaves after the table has put it into the scope */
    wait_first_beat(LEAVER);
    for (int i = 0; i < COUNT; i++) {
        (void)freeze_tree(procs, b[i].tree, 500, &r[i]);
        beating[i] = beats((enum who)i, r[i].stopped ? 1 : 50);
    }
    good &= r[INSIDE].stopped == 1 && !r[INSIDE].refused && !beating[INSIDE];
    good &= !r[OUTSIDE].stopped && r[OUTSIDE].refused == 1 && beating[OUTSIDE];
    good &= !r[LEAVER].stopped && r[LEAVER].refused == 1 && beating[LEAVER];
    for (int i = 0; i < COUNT; i++) {
        kill(pid[i], SIGKILL);
        waitpid(pid[i], NULL, 0);
        printf("%s{\"stopped\":%u,\"refused\":%u,\"beats\":%d}%s", i ? "," : "[", r[i].stopped, r[i].refused, beating[i],
               i == COUNT - 1 ? "]\n" : "");
    }
    procs_free(procs);
    return !good;
}
