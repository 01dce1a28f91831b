#include "agent/watch/linux/proc_text.h"

#include <stdbool.h>
#include <string.h>

#include "lib/err.h"

struct cursor { const char *at, *end; };

static void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
        c->at++;
}

/* A number in `base` 10 or 16 (with or without 0x); false when there is none or it is too large. */
static bool number(struct cursor *c, unsigned base, uint64_t *out)
{
    uint64_t value = 0;
    unsigned digits = 0;

    skip_blanks(c);
    if (base == 16 && c->end - c->at > 2 && c->at[0] == '0' && c->at[1] == 'x')
        c->at += 2;
    for (; c->at < c->end; c->at++, digits++) {
        unsigned d = (unsigned char)*c->at;

        if (d >= '0' && d <= '9')
            d -= '0';
        else if (base == 16 && d >= 'a' && d <= 'f')
            d -= 'a' - 10;
        else
            break;
        if (value > (UINT64_MAX - d) / base)
            return false;
        value = value * base + d;
    }
    *out = value;
    return digits > 0;
}

static bool signed_number(struct cursor *c, int64_t *out)
{
    uint64_t value;
    bool minus;

    skip_blanks(c);
    minus = c->at < c->end && *c->at == '-';
    c->at += minus;
    if (!number(c, 10, &value) || value > INT64_MAX)
        return false;
    *out = minus ? -(int64_t)value : (int64_t)value;
    return true;
}

/* The comm stands between the first '(' and the last ')'. */
static bool comm(struct cursor *c, char *out, size_t size)
{
    const char *open, *close = c->end;
    size_t n;

    open = memchr(c->at, '(', (size_t)(c->end - c->at));
    if (!open)
        return false;
    while (close > open && close[-1] != ')')
        close--;
    if (close <= open + 1)
        return false;
    n = (size_t)(close - open) - 2;
    if (n >= size)
        n = size - 1;
    memcpy(out, open + 1, n);
    out[n] = '\0';
    c->at = close;
    return true;
}

int proc_text_stat(const char *text, size_t n, struct proc_stat *out)
{
    struct cursor c = {text, text + n};
    struct proc_stat s = {0};
    int64_t field[20];          /* from ppid (4) to starttime (22), by number - 4 */
    uint64_t pid;

    if (!number(&c, 10, &pid) || pid > INT32_MAX || !comm(&c, s.comm, sizeof s.comm))
        return MM_EFORMAT;
    skip_blanks(&c);
    if (c.at >= c.end)
        return MM_EFORMAT;
    s.state = *c.at++;
    for (unsigned i = 4; i <= 21; i++)
        if (!signed_number(&c, &field[i - 4]))
            return MM_EFORMAT;
    if (!number(&c, 10, &s.start_ticks) || field[0] < 0 || field[0] > INT32_MAX)
        return MM_EFORMAT;
    for (unsigned i = 23; i <= 48; i++)     /* arg_start (48) came with Linux 3.5 */
        if (!number(&c, 10, &s.arguments)) {
            s.arguments = 0;
            break;
        }
    s.pid = (pid_t)pid;
    s.ppid = (pid_t)field[0];
    s.session = (uint32_t)field[6 - 4];
    s.tty = (int32_t)field[7 - 4];
    s.flags = (uint32_t)field[9 - 4];
    s.threads = (uint32_t)field[20 - 4];
    *out = s;
    return MM_OK;
}

/* Position behind "KEY" at the start of a line; comm of Name: has its newlines escaped by the kernel. */
static bool find_line(const char *text, size_t n, const char *key, struct cursor *out)
{
    const char *at = text, *end = text + n;
    size_t k = strlen(key);

    while (at && (size_t)(end - at) >= k) {
        if (!memcmp(at, key, k)) {
            *out = (struct cursor){at + k, end};
            return true;
        }
        at = memchr(at, '\n', (size_t)(end - at));
        if (at)
            at++;
    }
    return false;
}

int proc_text_status(const char *text, size_t n, pid_t *tgid, pid_t *ppid, uint32_t *uid)
{
    struct cursor c;
    uint64_t group, parent, real, effective;

    if (!find_line(text, n, "Tgid:", &c) || !number(&c, 10, &group) || group > INT32_MAX)
        return MM_EFORMAT;
    if (!find_line(text, n, "PPid:", &c) || !number(&c, 10, &parent) || parent > INT32_MAX)
        return MM_EFORMAT;
    if (!find_line(text, n, "Uid:", &c) || !number(&c, 10, &real) || !number(&c, 10, &effective))
        return MM_EFORMAT;
    *tgid = (pid_t)group;
    *ppid = (pid_t)parent;
    *uid = (uint32_t)effective;
    return MM_OK;
}

int proc_text_cgroup(const char *text, size_t n, char *out, size_t size)
{
    struct cursor c;
    const char *end;
    size_t len;

    if (!find_line(text, n, "0::", &c))
        return MM_ENOTFOUND;
    end = memchr(c.at, '\n', (size_t)(c.end - c.at));
    len = (size_t)((end ? end : c.end) - c.at);
    if (len >= size)
        len = size - 1;
    memcpy(out, c.at, len);
    out[len] = '\0';
    return MM_OK;
}

int proc_text_syscall(const char *text, size_t n, struct proc_syscall *out)
{
    struct cursor c = {text, text + n};
    struct proc_syscall s = {0};
    int64_t nr;

    if (n >= 7 && !memcmp(text, "running", 7)) {
        s.running = 1;
        *out = s;
        return MM_OK;
    }
    if (!signed_number(&c, &nr))
        return MM_EFORMAT;
    s.number = (long)nr;
    for (unsigned i = 0; nr >= 0 && i < 6; i++)
        if (!number(&c, 16, &s.args[i]))
            return MM_EFORMAT;
    *out = s;
    return MM_OK;
}

int proc_text_argv(const char *bytes, size_t n, char *out, size_t size)
{
    size_t len;
    int cut;

    while (n && bytes[n - 1] == '\0')
        n--;
    cut = n >= size;
    len = cut ? size - 1 : n;
    for (size_t i = 0; i < len; i++)
        out[i] = bytes[i] ? bytes[i] : ' ';
    out[len] = '\0';
    return cut;
}
