#include "installer/alone.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installer/service.h"
#include "lib/buf.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/os/tree.h"

#define NEW_RULES ".rules.new"
#define UNIT_BYTES 65536

/* A file or folder of the archive; false: it has none, as a release that was installed long ago. */
static bool of_archive(const struct setup *s, const char *what, char path[LIM_PATH])
{
    return snprintf(path, LIM_PATH, "%s/%s", s->source, what) < LIM_PATH && access(path, F_OK) == 0;
}

/* ---- rules ------------------------------------------------------------------------------------ */

bool alone_rules_done(struct setup *s)
{
    char from[LIM_PATH];

    if (s->packaged || (release_newer_in_use() && setup_is_there(SETUP_RULES))) /* ours would be older ones */
        return true;
    return of_archive(s, "rules", from) ? tree_same(from, SETUP_RULES) : setup_is_there(SETUP_RULES);
}

int alone_rules_apply(struct setup *s)
{
    char from[LIM_PATH];
    int fd, rc;

    if (!of_archive(s, "rules", from))
        return MM_ENOTFOUND;
    fd = tree_new(SETUP_ROOT, NEW_RULES);
    if (fd < 0)
        return fd;
    rc = tree_copy(from, fd);
    if (!rc)
        rc = tree_sync(fd);
    close(fd);
    if (!rc)
        rc = tree_remove(SETUP_ROOT, "rules"); /* the guard has its own copy of what it runs */
    if (!rc && rename(SETUP_ROOT "/" NEW_RULES, SETUP_RULES) < 0)
        rc = mm_from_errno(errno);
    return rc ? rc : durable_sync_parent(SETUP_RULES);
}

int alone_rules_undo(struct setup *s)
{
    int rc = tree_remove(SETUP_ROOT, NEW_RULES);

    return rc ? rc : setup_erase(s, SETUP_RULES);
}

/* ---- units ------------------------------------------------------------------------------------ */

static const char *const units[] = {"mimamorid.service", "mimamori-quarantine.service", "mimamori-update.service", "mimamori-update.timer"};
#define UNITS (sizeof units / sizeof *units)

/* A unit of the archive, and where it goes. */
static int unit(const struct setup *s, size_t i, struct buf *ours, char to[LIM_PATH])
{
    char name[LIM_NAME], from[LIM_PATH];

    snprintf(name, sizeof name, "units/%s", units[i]);
    snprintf(to, LIM_PATH, SETUP_UNITS "/%s", units[i]);
    return of_archive(s, name, from) ? durable_read(from, ours) : MM_ENOTFOUND;
}

bool alone_units_done(struct setup *s)
{
    bool done = true;

    for (size_t i = 0; i < UNITS && done && !s->packaged; i++) {
        struct buf ours, there;
        char to[LIM_PATH];

        buf_init(&ours, UNIT_BYTES);
        buf_init(&there, UNIT_BYTES);
        done = unit(s, i, &ours, to) || release_newer_in_use() ? setup_is_there(to) : !durable_read(to, &there) && ours.len == there.len && !memcmp(ours.data, there.data, ours.len);
        buf_fini(&ours);
        buf_fini(&there);
    }
    return done;
}

int alone_units_apply(struct setup *s)
{
    int rc = MM_OK;

    for (size_t i = 0; i < UNITS && !rc; i++) {
        struct buf ours;
        char to[LIM_PATH];

        buf_init(&ours, UNIT_BYTES);
        rc = unit(s, i, &ours, to);
        if (!rc)
            rc = durable_write(to, ours.data, ours.len, 0644);
        buf_fini(&ours);
    }
    return rc ? rc : service_reload(s);
}

int alone_units_undo(struct setup *s)
{
    if (s->packaged)
        return MM_OK;
    for (size_t i = 0; i < UNITS; i++) {
        char path[LIM_PATH];

        snprintf(path, sizeof path, SETUP_UNITS "/%s", units[i]);
        if (unlink(path) < 0 && errno != ENOENT)
            return mm_from_errno(errno);
    }
    return service_reload(s);
}

/* ---- links -------------------------------------------------------------------------------------- */

#define LOCAL "/usr/local"
#define IN_USE SETUP_CURRENT "/bin/"
static const struct link { const char *path, *shows; } links[] = {
    {LOCAL "/bin/mimamori", IN_USE "mimamori"},
    {LOCAL "/sbin/mimamorid", IN_USE "mimamorid"},
    {LOCAL "/sbin/mimamori-update", IN_USE "mimamori-update"},
    {LOCAL "/sbin/mimamori-setup", IN_USE "mimamori-setup"},
};
#define LINKS (sizeof links / sizeof *links)

static bool is_ours(const struct link *l)
{
    char target[LIM_PATH];
    ssize_t n = readlink(l->path, target, sizeof target - 1);

    if (n < 0)
        return false;
    target[n] = '\0';
    return !strcmp(target, l->shows);
}

static bool read_only(void)
{
    return access(LOCAL, W_OK) < 0 && errno == EROFS;
}

bool alone_has_links(void)
{
    for (size_t i = 0; i < LINKS; i++)
        if (!is_ours(&links[i]))
            return false;
    return true;
}

bool alone_links_done(struct setup *s)
{
    return s->packaged || alone_has_links() || read_only();
}

int alone_links_apply(struct setup *s)
{
    int rc = durable_mkdir(LOCAL "/bin", 0755);

    (void)s;
    if (!rc)
        rc = durable_mkdir(LOCAL "/sbin", 0755);
    for (size_t i = 0; i < LINKS && !rc; i++)
        rc = is_ours(&links[i]) ? MM_OK : durable_link(links[i].shows, links[i].path);
    return rc;
}

int alone_links_undo(struct setup *s)
{
    for (size_t i = 0; i < LINKS && !s->packaged; i++)
        if (is_ours(&links[i]) && unlink(links[i].path) < 0)
            return mm_from_errno(errno);
    return MM_OK;
}
