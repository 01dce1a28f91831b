/* dpkg: what is installed (/var/lib/dpkg/status), what somebody asked for (apt's extended_states), whose a file is
 * (/var/lib/dpkg/info/NAME[:ARCH].list). */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/host/deb822.h"
#include "agent/watch/host/installed_priv.h"
#include "lib/err.h"
#include "lib/limits.h"

#define STATUS "/var/lib/dpkg/status"
#define STATES "/var/lib/apt/extended_states"
#define INFO "/var/lib/dpkg/info"
#define DATABASE_BYTES (256u << 20) /* a status file of 3,000 packages has 4 MiB */
#define LIST_BYTES (8u << 20)       /* the longest list of files in Debian (icon themes) has 3 MiB */

/* "install ok installed": the third word; what is only configured or removed does not run. */
static bool is_installed(const char *status)
{
    const char *word = strrchr(status, ' ');

    return word && strcmp(word, " not-installed") && strcmp(word, " config-files");
}

/* Sections that nobody asks for by name. */
static bool is_part(const char *section)
{
    static const char *const PARTS[] = {"libs", "libdevel", "oldlibs", "debug", "doc", "localization", "fonts", "introspection",
                                        "perl", "python", "ruby", "javascript", "java", "golang", "rust", "haskell"};
    const char *slash = strrchr(section, '/');

    section = slash ? slash + 1 : section;
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        if (!strcmp(section, PARTS[i]))
            return true;
    return false;
}

/* "Debian OpenVPN Maintainers <x@y>": the name. */
static void maker_of(char *maintainer)
{
    size_t n = strcspn(maintainer, "<");

    while (n && maintainer[n - 1] == ' ')
        n--;
    maintainer[n] = '\0';
}

static int add(struct installed *all, struct deb822 *stanza)
{
    struct package_facts facts = {.name = stanza->value[DEB_PACKAGE], .version = stanza->value[DEB_VERSION],
                                  .arch = stanza->value[DEB_ARCHITECTURE], .maker = stanza->value[DEB_MAINTAINER],
                                  .chosen = !is_part(stanza->value[DEB_SECTION])};

    if (!*facts.name || !*facts.version || !is_installed(stanza->value[DEB_STATUS]))
        return MM_OK;
    if (stanza->cut) {
        installed_trouble(all, STATUS " has a name or version that is too long");
        return MM_OK;
    }
    maker_of(stanza->value[DEB_MAINTAINER]);
    return installed_add(all, &facts);
}

/* Packages that came in only because others need them. */
static void read_states(const struct survey *s, struct installed *all)
{
    struct deb822 stanza;
    struct lines lines;
    int fd = survey_open(s, STATES);

    if (fd < 0)
        return;
    if (lines_open(&lines, fd, DATABASE_BYTES) == MM_OK) {
        while (deb822_next(&lines, &stanza)) {
            int i = strcmp(stanza.value[DEB_AUTO], "1") ? -1 : installed_find(all, stanza.value[DEB_PACKAGE]);

            for (; i >= 0; i = installed_same(all, i))
                all->list[i].chosen = false;
        }
        lines_close(&lines); /* an error leaves packages in the inventory that nobody asked for */
    }
    close(fd);
}

int dpkg_read(const struct survey *s, struct installed *all)
{
    struct deb822 stanza;
    struct lines lines;
    int fd = survey_open(s, STATUS), rc, end;

    if (fd < 0)
        return fd;
    rc = lines_open(&lines, fd, DATABASE_BYTES);
    if (rc < 0) {
        close(fd);
        return rc == MM_ENOTFOUND ? MM_EIO : rc;
    }
    while (rc == MM_OK && deb822_next(&lines, &stanza))
        rc = add(all, &stanza);
    end = lines_close(&lines);
    close(fd);
    if (rc == MM_OK)
        rc = end;
    if (rc == MM_OK && !all->n)
        rc = MM_EFORMAT;
    if (rc == MM_OK)
        read_states(s, all);
    return rc;
}

/* ---- owners of files --------------------------------------------------------------------- */

/* Is `path` a line of `list`?  /bin/x is /usr/bin/x and the other way round (usr-merge). */
static bool has_line(const char *list, const char *path)
{
    const char *tail = !strncmp(path, "/usr/", 5) ? path + 4 : path, *at = list;
    size_t n = strlen(tail);

    while ((at = strstr(at, tail))) {
        const char *start = at - list >= 4 && !strncmp(at - 4, "/usr", 4) ? at - 4 : at;

        if ((start == list || start[-1] == '\n') && (at[n] == '\n' || !at[n]))
            return true;
        at += n;
    }
    return false;
}

/* The package of "openvpn.list" or "libc6:amd64.list"; OWNER_OTHER when the set does not have it. */
static int package_of(const struct installed *all, const char *file)
{
    char name[256];
    const char *arch;
    size_t n = strlen(file) - strlen(".list");
    int first, i;

    if (n >= sizeof name)
        return OWNER_OTHER;
    memcpy(name, file, n);
    name[n] = '\0';
    arch = strchr(name, ':');
    name[strcspn(name, ":")] = '\0';
    first = i = installed_find(all, name);
    for (; arch && i >= 0; i = installed_same(all, i))
        if (!strcmp(installed_text(all, all->list[i].arch), arch + 1))
            return i;
    return first >= 0 ? first : OWNER_OTHER;
}

static bool is_list(const char *name)
{
    size_t n = strlen(name);

    return n > 5 && !strcmp(name + n - 5, ".list");
}

/* One list: whose of the paths are in it.  False when it could not be read. */
static bool look(const struct survey *s, const struct installed *all, const char *file, struct buf *text, const char *const *paths, unsigned n,
                 int *owner)
{
    char path[LIM_NAME + sizeof INFO];
    int rc;

    snprintf(path, sizeof path, INFO "/%s", file);
    buf_reset(text);
    rc = survey_read(s, path, LIST_BYTES, text);
    for (unsigned i = 0; rc == MM_OK && i < n; i++)
        if (owner[i] < 0 && owner[i] != OWNER_OTHER && has_line(text->data, paths[i]))
            owner[i] = package_of(all, file);
    return rc == MM_OK;
}

void dpkg_owners(const struct survey *s, const struct installed *all, const char *const *paths, unsigned n, int *owner)
{
    struct dirent *e;
    struct buf text;
    unsigned open = n;
    bool whole = true;
    int rc;
    DIR *d = n ? survey_dir(s, INFO, &rc) : NULL;

    for (unsigned i = 0; i < n; i++)
        owner[i] = OWNER_NONE;
    buf_init(&text, LIST_BYTES);
    while (d && open && (e = readdir(d))) {
        if (!is_list(e->d_name))
            continue;
        whole = look(s, all, e->d_name, &text, paths, n, owner) && whole;
        open = 0;
        for (unsigned i = 0; i < n; i++)
            open += owner[i] == OWNER_NONE;
    }
    for (unsigned i = 0; i < n; i++)
        if (owner[i] == OWNER_NONE && (!d || !whole))
            owner[i] = OWNER_UNKNOWN; /* a list that could not be read may have it */
    if (d)
        closedir(d);
    buf_fini(&text);
}
