#include "installer/settings.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/agent_config.h"
#include "lib/durable.h"
#include "lib/err.h"

#define SETTINGS_BYTES (1 << 20)
#define BEFORE SETUP_ROOT "/" SETUP_PENDING "/agent.ini" /* the settings as they were before the proxy */
#define NETWORK "[network]"
#define PROXY "proxy"

/* ---- the file, and where updates come from ------------------------------------------------------------ */

bool settings_done(struct setup *s)
{
    (void)s;
    return setup_is_there(SETUP_CONFIG) && setup_is_there(SETUP_LOCAL);
}

static const char settings[] =
    "# Mimamori on this computer.  mimamorid --dump-config shows every key with its meaning and value.\n"
    "# After a change: systemctl restart mimamorid\n"
    "\n"
    "[paths]\n"
    "releases = " SETUP_ROOT "\n"
    "%s"
    "\n";
static const char no_updates[] = "[update]\nurl =\nca =\n"; /* as we write it without a console */

/* The console offers the repository, with its own certificate. */
static int add_updates(const struct setup *s, struct buf *b)
{
    if (!s->code.url[0])
        return buf_adds(b, no_updates);
    return buf_addf(b, "[update]\nurl = %s/agent/v1/tuf\nca = " SETUP_CONSOLE_CA "\n", s->code.url);
}

int settings_apply(struct setup *s)
{
    struct buf b;
    int rc = durable_mkdir(SETUP_CONFIG_DIR, 0755);

    if (!rc)
        rc = durable_mkdir(SETUP_LOCAL, 0755);
    if (rc || setup_is_there(SETUP_CONFIG))
        return rc;
    buf_init(&b, LIM_PATH * 4);
    rc = buf_addf(&b, settings, s->packaged ? "" : "rules = " SETUP_RULES "\n");
    if (!rc)
        rc = add_updates(s, &b);
    if (!rc)
        rc = durable_write(SETUP_CONFIG, b.data, b.len, 0644);
    buf_fini(&b);
    return rc;
}

int settings_undo(struct setup *s)
{
    (void)s;
    (void)unlink(SETUP_CONFIG);
    (void)rmdir(SETUP_LOCAL); /* only when nothing is in them */
    (void)rmdir(SETUP_CONFIG_DIR);
    return setup_is_there(SETUP_CONFIG) ? MM_EIO : MM_OK;
}

/* What is to be replaced in the settings: nothing said of updates yet, or the console of before. */
static const char *replaced(const struct setup *s, const char *text, char line[LIM_PATH], size_t *n)
{
    const char *at = strstr(text, no_updates);

    *n = sizeof no_updates - 1;
    if (at || !s->previous[0])
        return at;
    snprintf(line, LIM_PATH, "[update]\nurl = %s/agent/v1/tuf\nca = " SETUP_CONSOLE_CA "\n", s->previous);
    *n = strlen(line);
    return strstr(text, line);
}

/* The new console's updates. */
int settings_updates_apply(struct setup *s)
{
    char line[LIM_PATH];
    struct buf old, new;
    struct stat st;
    const char *at;
    size_t n = 0;
    int rc;

    if (stat(SETUP_CONFIG, &st) == 0 && (st.st_mode & 0777) != 0644)
        return MM_OK; /* with a secret in it (SNMP): owner and mode are a person's, and so is the file */
    buf_init(&old, SETTINGS_BYTES);
    buf_init(&new, SETTINGS_BYTES);
    rc = durable_read(SETUP_CONFIG, &old);
    at = !rc && old.data ? replaced(s, old.data, line, &n) : NULL;
    if (at) {
        rc = buf_add(&new, old.data, (size_t)(at - old.data));
        if (!rc)
            rc = add_updates(s, &new);
        if (!rc)
            rc = buf_adds(&new, at + n);
        if (!rc)
            rc = durable_write(SETUP_CONFIG, new.data, new.len, 0644);
    }
    buf_fini(&old);
    buf_fini(&new);
    return rc;
}

/* ---- the proxy -------------------------------------------------------------------------------------------- */

bool settings_proxy_wanted(const struct setup *s)
{
    return s->proxy != NULL;
}

/* HOST:PORT, an address of IPv6 in brackets.  Without a port libcurl would take one that no proxy has. */
static bool is_host_and_port(const char *p)
{
    size_t host = *p == '[' ? strcspn(p, "]") + 1 : strcspn(p, ":[]/");
    const char *port = p + host + 1;
    long n = 0;

    if (!host || strlen(p) <= host || p[host] != ':')
        return false;
    for (; *port >= '0' && *port <= '9' && n <= 65535; port++)
        n = n * 10 + *port - '0';
    return n > 0 && n <= 65535 && (!*port || !strcmp(port, "/"));
}

const char *settings_proxy_wrong(const char *url)
{
    const char *host = strstr(url, "://");

    if (strchr(url, '@'))
        return "setup.proxy.account";
    return !*url || strlen(url) >= LIM_PATH || agent_config_proxy_wrong(url) || !host || !is_host_and_port(host + 3) ? "setup.proxy.form" : NULL;
}

static const char *after(const char *line)
{
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

/* Leading spaces are gone. */
static bool is_proxy(const char *line)
{
    if (strncmp(line, PROXY, sizeof PROXY - 1) != 0)
        return false;
    line += sizeof PROXY - 1;
    line += strspn(line, " \t");
    return *line == '=' || *line == ':';
}

int settings_with_proxy(const char *old, const char *proxy, struct buf *out)
{
    const char *head = NULL, *line = NULL, *to, *end = old + strlen(old);
    bool inside = false;
    int rc;

    for (const char *p = old; *p && !line; p = after(p)) {
        const char *word = p + strspn(p, " \t");

        if (*word == '[') {
            inside = !strncmp(word, NETWORK, sizeof NETWORK - 1);
            head = !head && inside ? p : head;
        } else if (inside && is_proxy(word)) {
            line = p;
        }
    }
    to = line ? line : head ? after(head) : end;
    rc = buf_add(out, old, (size_t)(to - old));
    if (!rc && to > old && to[-1] != '\n')
        rc = buf_adds(out, "\n");
    if (!rc && !line && !head)
        rc = buf_adds(out, to > old ? "\n" NETWORK "\n" : NETWORK "\n");
    if (!rc)
        rc = buf_addf(out, PROXY " = %s\n", proxy);
    return rc ? rc : buf_adds(out, line ? after(line) : to);
}

static int read_and_set(const struct setup *s, struct buf *old, struct buf *new)
{
    int rc;

    buf_init(old, SETTINGS_BYTES);
    buf_init(new, SETTINGS_BYTES);
    rc = durable_read(SETUP_CONFIG, old);
    return rc ? rc : settings_with_proxy(old->data ? old->data : "", s->proxy, new);
}

bool settings_proxy_done(struct setup *s)
{
    struct buf old, new;
    bool done;

    if (!s->proxy)
        return true;
    s->settings_changed |= setup_is_there(BEFORE); /* by a run that was killed before the agent read them */
    done = !read_and_set(s, &old, &new) && old.len == new.len && !memcmp(old.data, new.data, new.len);
    buf_fini(&old);
    buf_fini(&new);
    return done;
}

/* With the owner and the mode that a person may have given it: there may be a secret in it (SNMP). */
static int put(const struct buf *b)
{
    struct stat st = {.st_mode = 0644};
    int rc;

    (void)stat(SETUP_CONFIG, &st);
    rc = durable_write(SETUP_CONFIG, b->data, b->len, st.st_mode & 0777);
    return !rc && chown(SETUP_CONFIG, st.st_uid, st.st_gid) != 0 ? MM_EIO : rc;
}

int settings_proxy_apply(struct setup *s)
{
    struct buf old, new;
    int rc = read_and_set(s, &old, &new);

    if (!rc && !setup_is_there(BEFORE))
        rc = durable_write(BEFORE, old.data, old.len, 0600);
    if (!rc)
        rc = put(&new);
    if (!rc)
        s->settings_changed = true;
    buf_fini(&old);
    buf_fini(&new);
    return rc;
}

int settings_proxy_undo(struct setup *s)
{
    struct buf old;
    int rc;

    (void)s;
    if (!setup_is_there(BEFORE))
        return MM_OK;
    buf_init(&old, SETTINGS_BYTES);
    rc = durable_read(BEFORE, &old);
    if (!rc)
        rc = put(&old);
    buf_fini(&old);
    return rc;
}
