/* Modes that live off the land: the machine's own programs do it, one file
 * after another.  The simulator only hands them the names, so `touched` is known
 * when the program has answered; a file in work is counted by the harness. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/attack/attack.h"

enum { ARGS_MAX = 16 };

/* ---- one bash for all files: names on its standard input, a digit back for each ---- */
struct shell { FILE *to; int from; pid_t pid; };

static const char SHELL_LOOP[] =
    "while IFS= read -r -d '' f; do "
    "openssl enc -aes-256-ctr -pbkdf2 -iter 1 -pass env:SIM_PASS -in \"$f\" -out \"$f$SIM_SUFFIX\" 2>/dev/null"
    " && rm -f -- \"$f\" 2>/dev/null && [ ! -e \"$f\" ] && printf 0 || printf 1; done";

static void shell_child(struct sim *s, const int in[2], const int out[2])
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(in[0], 0);
    dup2(out[1], 1);
    close(in[1]);
    close(out[0]);
    setenv("SIM_PASS", SIM_KEY, 1);
    setenv("SIM_SUFFIX", s->o->suffix, 1);
    execl("/bin/bash", "bash", "-c", SHELL_LOOP, (char *)NULL);
    _exit(127);
}

static int start_shell(struct sim *s)
{
    int in[2], out[2];
    if (access("/bin/bash", X_OK) != 0 || access("/usr/bin/openssl", X_OK) != 0)
        return -ENOENT;
    struct shell *h = calloc(1, sizeof *h);
    if (h == NULL || pipe2(in, O_CLOEXEC) != 0) {
        free(h);
        return -errno;
    }
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        close(in[1]);
        free(h);
        return -errno;
    }
    h->pid = fork();
    if (h->pid == 0)
        shell_child(s, in, out);
    close(in[0]);
    close(out[1]);
    h->to = fdopen(in[1], "w");
    h->from = out[0];
    s->own = h;
    return h->pid < 0 || h->to == NULL ? -EAGAIN : 0;
}

static void stop_shell(struct sim *s)
{
    struct shell *h = s->own;
    if (h != NULL) {
        fclose(h->to);
        close(h->from);
        waitpid(h->pid, NULL, 0);
    }
    free(h);
    s->own = NULL;
}

static int one_shell(struct sim *s, unsigned i, const char *path)
{
    struct shell *h = s->own;
    char answer = 0;
    if (!sim_begin(s, i))
        return -ECANCELED;
    if (fwrite(path, strlen(path) + 1, 1, h->to) != 1 || fflush(h->to) != 0 || read(h->from, &answer, 1) != 1)
        return -EPIPE;
    if (answer != '0')
        return -EPERM;
    sim_touched(s, i);
    return 0;
}

/* ---- a program per file ---- */
static int run(const char *const *argv)
{
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        union { const char *const *from; char *const *to; } u = { argv };
        execv(argv[0], u.to);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

static int start_sevenzip(struct sim *s)
{
    (void)s;
    return access("/usr/bin/7z", X_OK) == 0 ? 0 : -ENOENT;
}

static int one_sevenzip(struct sim *s, unsigned i, const char *path)
{
    char to[PATH_MAX];
    if (snprintf(to, sizeof to, "%s%s.7z", path, s->o->suffix) >= (int)sizeof to)
        return -ENAMETOOLONG;
    const char *const argv[ARGS_MAX] = { "/usr/bin/7z", "a", ("-p" SIM_KEY), "-mhe=on", "-mx=1", "-sdel", "-y",
                                         "--", to, path, NULL };
    if (!sim_begin(s, i))
        return -ECANCELED;
    int err = run(argv);
    if (err == 0 && access(path, F_OK) == 0)
        err = -EPERM; /* 7z answers 0 although it could not remove it */
    if (err == 0)
        sim_touched(s, i);
    return err;
}

static int start_gpg(struct sim *s)
{
    if (access("/usr/bin/gpg", X_OK) != 0)
        return -ENOENT;
    char home[PATH_MAX];
    if (snprintf(home, sizeof home, "%s/gpg-%d", s->o->work, (int)getpid()) >= (int)sizeof home)
        return -ENAMETOOLONG;
    if (mkdir(home, 0700) != 0 && errno != EEXIST)
        return -errno;
    s->own = strdup(home);
    return s->own == NULL ? -ENOMEM : 0;
}

static void stop_gpg(struct sim *s)
{
    if (s->own != NULL) {
        const char *const end[ARGS_MAX] = { "/usr/bin/gpgconf", "--homedir", s->own, "--kill", "all", NULL };
        const char *const gone[ARGS_MAX] = { "/bin/rm", "-rf", "--", s->own, NULL };
        run(end);
        run(gone);
    }
    free(s->own);
    s->own = NULL;
}

static int one_gpg(struct sim *s, unsigned i, const char *path)
{
    char to[PATH_MAX];
    if (snprintf(to, sizeof to, "%s.gpg", path) >= (int)sizeof to)
        return -ENAMETOOLONG;
    const char *const seal[ARGS_MAX] = { "/usr/bin/gpg", "--homedir", s->own, "--batch", "--yes", "--pinentry-mode",
                                         "loopback", "--passphrase", SIM_KEY, "-o", to, "-c", path, NULL };
    const char *const gone[ARGS_MAX] = { "/bin/rm", "-f", "--", path, NULL };
    if (!sim_begin(s, i))
        return -ECANCELED;
    int err = run(seal);
    if (err == 0)
        err = sim_go(s) ? run(gone) : -ECANCELED;
    if (err == 0)
        sim_touched(s, i);
    return err;
}

const struct sim_mode sim_tool_modes[] = {
    { "shell", one_shell, start_shell, stop_shell, true, "a bash loop: openssl enc, rm" },
    { "sevenzip", one_sevenzip, start_sevenzip, NULL, true, "7z a -p -sdel, one file at a time" },
    { "gpg", one_gpg, start_gpg, stop_gpg, true, "gpg --batch -c, rm" },
    { NULL, NULL, NULL, NULL, false, NULL },
};
