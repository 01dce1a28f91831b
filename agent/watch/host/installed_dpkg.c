/* dpkg: what is installed (/var/lib/dpkg/status), what somebody asked for (apt's extended_states), whose a file is
 * (/var/lib/dpkg/info/NAME[:ARCH].list). */
#include <openssl/evp.h>
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

/* "universe/net" (Ubuntu's components stand before the section). */
static bool is_community(const char *section)
{
    return !strncmp(section, "universe/", 9) || !strncmp(section, "multiverse/", 11);
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
                                  .chosen = !is_part(stanza->value[DEB_SECTION]),
                                  .community = is_community(stanza->value[DEB_SECTION])};

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

/* ---- is it still the package's file? ----------------------------------------------------- */

/* MD5 is what dpkg keeps: good against mistakes, and an attacker as root needs no collision. */
static bool digest_of(const struct survey *s, const char *path, char hex[33])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int fd = survey_open(s, path);
    ssize_t n = -1;
    bool good = fd >= 0 && ctx && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1;
    size_t left = LIM_PROGRAM_BYTES;
    char part[16384];

    while (good && (n = read(fd, part, sizeof part)) > 0) {
        good = (size_t)n <= left && EVP_DigestUpdate(ctx, part, (size_t)n) == 1;
        left -= good ? (size_t)n : 0;
    }
    good = good && n == 0 && EVP_DigestFinal_ex(ctx, md, NULL) == 1;
    for (unsigned i = 0; good && i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", md[i]);
    EVP_MD_CTX_free(ctx);
    if (fd >= 0)
        close(fd);
    return good;
}

/* Is this line of md5sums ("HEX  usr/sbin/openvpn") about the path, with or without usr/? */
static bool about(const char *line, const char *path)
{
    const char *name = strlen(line) > 34 ? line + 34 : "";

    if (!strncmp(name, "usr/", 4))
        name += 4;
    return !strcmp(name, !strncmp(path, "/usr/", 5) ? path + 5 : path + 1);
}

/* Does the package tell another content of this file?  False also when it tells none, or the file is too large. */
static bool altered(const struct survey *s, const struct installed *all, int owner, const char *path)
{
    const char *name = installed_text(all, all->list[owner].name), *arch = installed_text(all, all->list[owner].arch);
    char sums[2 * LIM_NAME + sizeof INFO], hex[33], *line, *rest;
    struct buf text;
    bool other = false;
    int rc;

    buf_init(&text, LIST_BYTES);
    snprintf(sums, sizeof sums, INFO "/%.200s:%.50s.md5sums", name, arch);
    rc = survey_read(s, sums, LIST_BYTES, &text);
    if (rc == MM_ENOTFOUND) {
        snprintf(sums, sizeof sums, INFO "/%.200s.md5sums", name);
        rc = survey_read(s, sums, LIST_BYTES, &text);
    }
    rest = rc == MM_OK ? text.data : NULL;
    while (!other && (line = survey_line(&rest)))
        other = about(line, path) && digest_of(s, path, hex) && strncmp(line, hex, 32) != 0;
    buf_fini(&text);
    return other;
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
    for (unsigned i = 0; i < n; i++)
        if (owner[i] >= 0 && altered(s, all, owner[i], paths[i]))
            owner[i] = OWNER_ALTERED;
    if (d)
        closedir(d);
    buf_fini(&text);
}
