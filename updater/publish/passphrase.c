#include "updater/publish/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"

void passphrase_wipe(struct passphrase *p)
{
    OPENSSL_cleanse(p, sizeof *p);
}

/* One byte; 0: the end. */
static int read_byte(int fd, char *c)
{
    ssize_t n;

    do
        n = read(fd, c, 1);
    while (n < 0 && errno == EINTR);
    return n < 0 ? mm_from_errno(errno) : (int)n;
}

/* ---- a file or a descriptor: its first line ------------------------------------------ */

static int read_line(int fd, struct passphrase *out)
{
    char c;
    int got;

    out->n = 0;
    while ((got = read_byte(fd, &c)) == 1 && c != '\n') {
        if (out->n + 1 >= sizeof out->text)
            return MM_ELIMIT;
        out->text[out->n++] = c;
    }
    out->text[out->n] = '\0';
    return got < 0 ? got : MM_OK;
}

static int from_file(const char *path, struct passphrase *out, const char **why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

    if (fd < 0 || fstat(fd, &st) < 0) {
        rc = mm_from_errno(errno);
        *why = "the passphrase file cannot be read";
    } else if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        rc = MM_EDENIED;
        *why = "others can read the passphrase file: chmod 600";
    } else {
        rc = read_line(fd, out);
        *why = rc == MM_ELIMIT ? "the passphrase is too long" : "the passphrase file cannot be read";
    }
    if (fd >= 0)
        close(fd);
    return rc;
}

static int from_descriptor(struct passphrase_source *source, struct passphrase *out, const char **why)
{
    int rc = source->have ? MM_OK : read_line(source->fd, &source->kept);

    if (rc) {
        *why = rc == MM_ELIMIT ? "the passphrase is too long" : "the passphrase cannot be read from the descriptor";
        return rc;
    }
    source->have = 1;
    *out = source->kept;
    return MM_OK;
}

/* ---- the terminal ---------------------------------------------------------------------- */

#define CTRL_C 3
#define CTRL_D 4
#define CTRL_U 21
#define DELETE 127

/* Signs come one by one and without an echo; Ctrl-C is a sign too, so that the echo is always given back. */
static int read_hidden(int tty, struct passphrase *out)
{
    char c;
    int got;

    out->n = 0;
    while ((got = read_byte(tty, &c)) == 1 && c != '\n' && c != '\r') {
        if (c == CTRL_C || c == CTRL_D)
            return MM_ECLOSED;
        if (c == CTRL_U)
            out->n = 0;
        else if (c == DELETE || c == '\b')
            out->n -= out->n > 0;
        else if (out->n + 1 >= sizeof out->text)
            return MM_ELIMIT;
        else
            out->text[out->n++] = c;
    }
    out->text[out->n] = '\0';
    return got < 0 ? got : got ? MM_OK : MM_ECLOSED;
}

static int ask(int tty, const char *prompt, const char *about, struct passphrase *out)
{
    struct termios before, hidden;
    sigset_t late, mask;
    char line[LIM_PATH + 64];
    int n = snprintf(line, sizeof line, "%s for %s: ", prompt, about), rc;

    if (n < 0 || tcgetattr(tty, &before) < 0)
        return MM_EIO;
    sigemptyset(&late);
    sigaddset(&late, SIGTERM);
    sigaddset(&late, SIGHUP);
    sigprocmask(SIG_BLOCK, &late, &mask); /* they come when the terminal is as it was */
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    hidden.c_cc[VMIN] = 1;
    hidden.c_cc[VTIME] = 0;
    rc = tcsetattr(tty, TCSAFLUSH, &hidden) < 0 ? MM_EIO : durable_put(tty, line, strlen(line));
    if (!rc)
        rc = read_hidden(tty, out);
    (void)durable_put(tty, "\n", 1);
    (void)tcsetattr(tty, TCSAFLUSH, &before);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return rc;
}

static int from_terminal(const char *about, int fresh, struct passphrase *out, const char **why)
{
    struct passphrase again = {.n = 0};
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), rc;

    if (tty < 0) {
        *why = "a passphrase is needed and there is no terminal: --passphrase-file FILE or --passphrase-fd N";
        return MM_ENOTFOUND;
    }
    *why = "no passphrase was given at the terminal";
    rc = ask(tty, fresh ? "New passphrase" : "Passphrase", about, out);
    if (!rc && fresh && out->n >= LIM_PUBLISH_PASSPHRASE_LEAST) {
        rc = ask(tty, "The same again", about, &again);
        if (!rc && (again.n != out->n || CRYPTO_memcmp(again.text, out->text, out->n) != 0)) {
            *why = "the two passphrases are not the same";
            rc = MM_EFORMAT;
        }
    }
    passphrase_wipe(&again);
    close(tty);
    return rc;
}

int passphrase_get(struct passphrase_source *source, const char *about, int fresh, struct passphrase *out, const char **why)
{
    struct passphrase p = {.n = 0};
    int rc;

    if (source->file)
        rc = from_file(source->file, &p, why);
    else if (source->fd >= 0)
        rc = from_descriptor(source, &p, why);
    else
        rc = from_terminal(about, fresh, &p, why);
    if (!rc && (!p.n || (fresh && p.n < LIM_PUBLISH_PASSPHRASE_LEAST))) {
        *why = p.n ? "the passphrase is too short: 12 characters at least" : "the passphrase is empty";
        rc = MM_EFORMAT;
    }
    _Static_assert(LIM_PUBLISH_PASSPHRASE_LEAST == 12, "the text above names the number");
    if (!rc)
        *out = p;
    passphrase_wipe(&p);
    return rc;
}
