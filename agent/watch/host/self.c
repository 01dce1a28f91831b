#include "agent/watch/host/self.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"

#define NS INT64_C(1000000000)
#define JUMP_S 60
#define MOST_BYTES (64 << 20) /* of one program; ours have a few */

static const char *const kinds[SELF_KINDS] = {"program", "unit", "settings"};

/* A unit of ours, and what being enabled looks like; NULL: another one starts it. */
static const struct { const char *name, *wants; } units[] = {
    {"mimamorid.service", "multi-user.target.wants"}, {"mimamori-quarantine.service", "sysinit.target.wants"}, {"mimamori-update.timer", "timers.target.wants"},
    {"mimamori-update.service", NULL},
};
/* systemd.unit(5): the first one counts. */
static const char *const unit_folders[] = {"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"};

static struct self_item *add(struct self_list *l, enum self_kind kind, const char *name)
{
    struct self_item *i = l->n < SELF_ITEMS && strlen(name) < LIM_TAG ? &l->item[l->n++] : NULL;

    if (i) {
        i->kind = kind;
        snprintf(i->name, sizeof i->name, "%s", name);
        i->value[0] = '\0';
    }
    return i;
}

/* The hash of a regular file that only root may write, else the word for what is wrong. */
static void value_of(const char *path, const char *before, char value[SHA256_HEX + 16])
{
    uint8_t hash[SHA256_BYTES];
    char hex[SHA256_HEX];
    const char *word = NULL;
    struct stat st = {.st_mode = 0};
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        word = errno == ENOENT || errno == ENOTDIR ? "missing" : "unreadable";
    else if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_uid != 0 || (st.st_mode & S_IWOTH) || ((st.st_mode & S_IWGRP) && st.st_gid != 0)))
        word = "open";
    else if (!S_ISREG(st.st_mode) || st.st_size > MOST_BYTES || crypto_sha256_fd(fd, hash))
        word = "unreadable";
    else
        crypto_hex(hash, sizeof hash, hex);
    if (fd >= 0)
        close(fd);
    if (word)
        snprintf(value, SHA256_HEX + 16, "%s", word);
    else
        snprintf(value, SHA256_HEX + 16, "%s%s", before, hex);
}

/* ---- programs ------------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct self_item *)a)->name, ((const struct self_item *)b)->name);
}

static void look_at_programs(const char *root, const char *bin, struct self_list *l)
{
    char folder[LIM_PATH], path[2 * LIM_PATH];
    unsigned first = l->n;
    const struct dirent *e;
    DIR *d;

    snprintf(folder, sizeof folder, "%s%s", root, bin);
    d = opendir(folder);
    while (d && (e = readdir(d))) {
        struct self_item *i = strncmp(e->d_name, "mimamori", 8) ? NULL : add(l, SELF_PROGRAM, e->d_name);

        if (i) {
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
            value_of(path, "", i->value);
        }
    }
    if (d)
        closedir(d);
    qsort(l->item + first, l->n - first, sizeof *l->item, by_name);
}

/* ---- units --------------------------------------------------------------------------------------- */

static bool is_there(const char *root, const char *folder, const char *name)
{
    char path[LIM_PATH];
    struct stat st;

    return snprintf(path, sizeof path, "%s%s/%s", root, folder, name) < (int)sizeof path && lstat(path, &st) == 0;
}

/* The folder has a file *.conf. */
static bool has_settings(const char *root, const char *folder, const char *name)
{
    char path[LIM_PATH];
    const struct dirent *e;
    bool any = false;
    DIR *d = snprintf(path, sizeof path, "%s%s/%s", root, folder, name) < (int)sizeof path ? opendir(path) : NULL;

    while (d && !any && (e = readdir(d))) {
        const char *dot = strrchr(e->d_name, '.');

        any = dot && !strcmp(dot, ".conf");
    }
    if (d)
        closedir(d);
    return any;
}

/* Settings that are laid over a unit: any of them may start another program. */
static bool has_drop_ins(const char *root, const char *name)
{
    static const char *const more[] = {"/etc/systemd/system.control", "/run/systemd/system.control"}; /* systemctl set-property */
    char folder[LIM_TAG + 8];

    snprintf(folder, sizeof folder, "%s.d", name);
    for (size_t i = 0; i < sizeof unit_folders / sizeof *unit_folders; i++)
        if (has_settings(root, unit_folders[i], folder))
            return true;
    return has_settings(root, more[0], folder) || has_settings(root, more[1], folder);
}

static void look_at_unit(const char *root, unsigned u, struct self_list *l)
{
    struct self_item *item = add(l, SELF_UNIT, units[u].name);
    char path[LIM_PATH], target[16], wants[LIM_PATH];
    const char *folder = NULL;
    bool enabled;
    ssize_t n;

    if (!item)
        return;
    for (size_t i = 0; i < sizeof unit_folders / sizeof *unit_folders && !folder; i++)
        if (is_there(root, unit_folders[i], units[u].name))
            folder = unit_folders[i];
    if (!folder) {
        snprintf(item->value, sizeof item->value, "missing");
        return;
    }
    snprintf(path, sizeof path, "%s%s/%s", root, folder, units[u].name);
    n = readlink(path, target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    snprintf(wants, sizeof wants, "/etc/systemd/system/%s", units[u].wants ? units[u].wants : "");
    enabled = !units[u].wants || is_there(root, wants, units[u].name);
    if (!strcmp(target, "/dev/null"))
        snprintf(item->value, sizeof item->value, "masked");
    else
        value_of(path, has_drop_ins(root, units[u].name) ? "drop-ins " : enabled ? "enabled " : "disabled ", item->value);
}

static bool any_unit(const char *root)
{
    for (size_t u = 0; u < sizeof units / sizeof *units; u++)
        for (size_t i = 0; i < sizeof unit_folders / sizeof *unit_folders; i++)
            if (is_there(root, unit_folders[i], units[u].name))
                return true;
    return false;
}

/* ---- contract -------------------------------------------------------------------------------------- */

void self_look(const char *root, const char *bin, const char *config, struct self_list *out)
{
    char path[LIM_PATH];
    const char *last;
    struct self_item *i;

    out->n = 0;
    look_at_programs(root, bin, out);
    if (is_there(root, "/run/systemd", "system") && any_unit(root))
        for (unsigned u = 0; u < sizeof units / sizeof *units; u++)
            look_at_unit(root, u, out);
    last = config ? strrchr(config, '/') : NULL;
    i = last ? add(out, SELF_SETTINGS, last + 1) : NULL;
    if (i && snprintf(path, sizeof path, "%s%s", root, config) < (int)sizeof path)
        value_of(path, "", i->value);
}

int self_print(const struct self_list *l, struct buf *out)
{
    int rc = MM_OK;

    for (unsigned i = 0; i < l->n && !rc; i++)
        rc = buf_addf(out, "%s %s %s\n", kinds[l->item[i].kind], l->item[i].name, l->item[i].value);
    return rc;
}

/* A word of `n` bytes at most, up to `stop`; NULL: too long, or nothing. */
static const char *word(const char *at, const char *end, char stop, char *out, size_t n)
{
    const char *to = memchr(at, stop, (size_t)(end - at));

    if (!to || to == at || (size_t)(to - at) >= n || memchr(at, '\0', (size_t)(to - at)))
        return NULL;
    memcpy(out, at, (size_t)(to - at));
    out[to - at] = '\0';
    return to + 1;
}

int self_parse(const char *text, size_t n, struct self_list *out)
{
    const char *end = text + n;
    char kind[LIM_TAG];

    out->n = 0;
    while (text < end) {
        struct self_item *i = out->n < SELF_ITEMS ? &out->item[out->n] : NULL;
        int k = 0;

        text = i ? word(text, end, ' ', kind, sizeof kind) : NULL;
        text = text ? word(text, end, ' ', i->name, sizeof i->name) : NULL;
        text = text ? word(text, end, '\n', i->value, sizeof i->value) : NULL;
        while (text && k < SELF_KINDS && strcmp(kind, kinds[k]) != 0)
            k++;
        if (!text || k == SELF_KINDS) {
            out->n = 0;
            return MM_EFORMAT;
        }
        i->kind = (enum self_kind)k;
        out->n++;
    }
    return MM_OK;
}

const char *self_value(const struct self_list *l, enum self_kind kind, const char *name)
{
    for (unsigned i = 0; i < l->n; i++)
        if (l->item[i].kind == kind && !strcmp(l->item[i].name, name))
            return l->item[i].value;
    return NULL;
}

bool self_is_bad(const struct self_item *i)
{
    if (i->kind == SELF_UNIT)
        return strncmp(i->value, "enabled ", 8) != 0;
    return !strcmp(i->value, "open") || !strcmp(i->value, "missing") || (i->kind == SELF_PROGRAM && !strcmp(i->value, "unreadable"));
}

int64_t self_clock_jump(int64_t *kept_ns, int64_t now_ns)
{
    int64_t by_s = *kept_ns ? (now_ns - *kept_ns) / NS : 0;

    if (*kept_ns && by_s > -JUMP_S && by_s < JUMP_S)
        return 0; /* small steps add up */
    *kept_ns = now_ns;
    return by_s;
}
