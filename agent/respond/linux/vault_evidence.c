/* evidence/INCIDENT/: what the attacker made of the files, each under the name
 * of its inode and birth time, and manifest.jsonl, one line per file.  A file
 * is kept first and listed then, so a kill between the two leaves a file that
 * the next run lists. */
#include "agent/respond/linux/vault_restore_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/rfc3339.h"

#define MANIFEST "manifest.jsonl"
#define KEPT_NAME 34

static void kept_name(const struct vault_key *key, char out[KEPT_NAME])
{
    snprintf(out, KEPT_NAME, "%016llx-%016llx", (unsigned long long)key->ino, (unsigned long long)key->btime_ns);
}

bool evidence_has(const struct evidence *ev, const struct vault_key *key)
{
    return key_set_find(&ev->kept, key, NULL);
}

/* Read the kept names back; a line that a kill tore is cut off. */
static int read_manifest(struct evidence *ev)
{
    FILE *f = fdopen(dup(ev->manifest), "r");
    size_t room = 0;
    char *line = NULL;
    off_t good = 0;
    ssize_t n;
    int rc = f ? MM_OK : MM_EIO;

    while (!rc && (n = getline(&line, &room, f)) > 0) {
        json_t *o = line[n - 1] == '\n' ? json_loadb(line, (size_t)n, 0, NULL) : NULL;
        const char *kept = json_string_value(json_object_get(o, "kept"));
        struct vault_key key;

        if (kept && vault_key_parse(kept, &key))
            rc = key_set_add(&ev->kept, &key, 0);
        if (line[n - 1] == '\n')
            good += n;
        json_decref(o);
    }
    free(line);
    if (f)
        fclose(f);
    if (!rc && ftruncate(ev->manifest, good))
        rc = MM_EIO;
    return rc;
}

static bool name_good(const char *incident)
{
    size_t n = strlen(incident);

    return n && n < LIM_ID && incident[0] != '.' &&
           strspn(incident, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

int evidence_open(struct evidence *ev, struct vault *v, const char *incident)
{
    char name[16 + LIM_ID];
    int rc;

    *ev = (struct evidence){.v = v, .incident = incident, .dir = -1, .manifest = -1};
    if (!incident || !name_good(incident))
        return MM_EINVAL;
    snprintf(name, sizeof name, "evidence/%s", incident);
    if (mkdirat(v->dir, name, 0700) && errno != EEXIST)
        return mm_from_errno(errno);
    ev->dir = openat(v->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (ev->dir < 0)
        return mm_from_errno(errno);
    ev->manifest = openat(ev->dir, MANIFEST, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    rc = ev->manifest < 0 ? mm_from_errno(errno) : read_manifest(ev);
    if (rc) {
        ev->manifest = ev->manifest < 0 ? -1 : (close(ev->manifest), -1);
        close(ev->dir);
        ev->dir = -1;
        key_set_fini(&ev->kept);
    }
    return rc;
}

/* A path is bytes; JSON is not.  What is no UTF-8 is shown with '?' and told exactly in hex. */
static void add_path(json_t *o, const char *path)
{
    char shown[LIM_PATH], hex[2 * LIM_PATH];
    json_t *text = json_string(path);

    if (!text) {
        size_t n = strnlen(path, LIM_PATH - 1);

        for (size_t i = 0; i <= n; i++)
            shown[i] = (char)((unsigned char)path[i] < 0x80 ? path[i] : '?');
        crypto_hex((const uint8_t *)path, n, hex);
        json_object_set_new(o, "path_hex", json_string(hex));
        text = json_string(shown);
    }
    json_object_set_new(o, "path", text);
}

static int add_line(struct evidence *ev, json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT);
    size_t n = text ? strlen(text) : 0;
    off_t end = lseek(ev->manifest, 0, SEEK_END);
    int rc = MM_OK;

    if (!text)
        return MM_ENOMEM;
    text[n] = '\n'; /* over the NUL: written by length */
    if (write(ev->manifest, text, n + 1) != (ssize_t)(n + 1)) {
        rc = MM_ENOSPC;
        if (ftruncate(ev->manifest, end)) /* a torn line is cut at the next open as well */
            rc = MM_EIO;
    }
    free(text);
    return rc;
}

static const char *type_of(uint32_t mode)
{
    return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "folder" : S_ISLNK(mode) ? "symlink" : "special";
}

/* List the kept file `key` in the manifest. */
static int list(struct evidence *ev, const struct vault_key *key, const struct vault_meta *m, const char *path,
                const char *reason)
{
    char name[KEPT_NAME], hex[SHA256_HEX] = "", when[RFC3339_TEXT];
    uint8_t sha[SHA256_BYTES];
    int fd = -1, rc;
    json_t *o;

    kept_name(key, name);
    if (S_ISREG(m->mode) && (rc = open_known(ev->dir, name, O_RDONLY, NULL, &fd)) != MM_OK)
        return rc;
    if (fd >= 0) {
        rc = crypto_sha256_fd(fd, sha);
        close(fd);
        if (rc)
            return rc;
        crypto_hex(sha, sizeof sha, hex);
    }
    rfc3339_format(vault_now() / 1000000000, when);
    o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:i, s:i, s:i, s:I, s:s}", "incident", ev->incident, "kept", name,
                  "type", type_of(m->mode), "reason", reason, "sha256", hex, "size", (json_int_t)m->size, "mode",
                  (int)(m->mode & 07777), "uid", (int)m->uid, "gid", (int)m->gid, "mtime_ns", (json_int_t)m->mtime_ns,
                  "kept_at", when);
    if (!o)
        return MM_ENOMEM;
    add_path(o, path);
    rc = add_line(ev, o);
    json_decref(o);
    return rc ? rc : key_set_add(&ev->kept, key, 0);
}

int evidence_take(struct evidence *ev, int dirfd, const char *name, const struct vault_meta *m, const char *path,
                  const char *reason)
{
    struct vault_meta kept;
    char to[KEPT_NAME];
    int rc;

    kept_name(&m->key, to);
    if (!S_ISREG(m->mode)) {
        if (renameat2(dirfd, name, ev->dir, to, RENAME_NOREPLACE))
            return mm_from_errno(errno);
    } else if (linkat(dirfd, name, ev->dir, to, 0) && errno != EEXIST) {
        return mm_from_errno(errno);
    }
    if (evidence_has(ev, &m->key))
        return MM_OK;
    rc = vault_stat_at(ev->dir, to, &kept, NULL);
    if (!rc && S_ISREG(m->mode) && !vault_key_same(&kept.key, &m->key)) {
        (void)unlinkat(ev->dir, to, 0); /* the name got another file this moment */
        return MM_EAGAIN;
    }
    return rc ? rc : list(ev, &m->key, m, path, reason);
}

int evidence_copy(struct evidence *ev, int fd, const struct vault_meta *m, const char *path)
{
    char work[VAULT_NAME], to[KEPT_NAME];
    uint64_t kept;
    int out, rc;

    if (evidence_has(ev, &m->key))
        return MM_OK;
    kept_name(&m->key, to);
    snprintf(work, sizeof work, "work/%llx", (unsigned long long)++ev->v->serial);
    out = openat(ev->v->dir, work, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out < 0)
        return mm_from_errno(errno);
    rc = vault_copy(fd, out, m->size, ev->v->reflink, NULL, &kept);
    close(out);
    /* one that is there already was copied before a kill: the file may be half rewritten by now */
    if (!rc && renameat2(ev->v->dir, work, ev->dir, to, RENAME_NOREPLACE) && errno != EEXIST)
        rc = mm_from_errno(errno);
    (void)unlinkat(ev->v->dir, work, 0);
    return rc ? rc : list(ev, &m->key, m, path, "overwritten");
}

void evidence_lock(struct evidence *ev, const struct vault_key *key)
{
    struct stat st;
    char name[KEPT_NAME];

    kept_name(key, name);
    if (fstatat(ev->dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) || st.st_nlink != 1)
        return; /* another name needs its owner still */
    if (fchownat(ev->dir, name, geteuid(), getegid(), AT_SYMLINK_NOFOLLOW) || fchmodat(ev->dir, name, 0600, 0))
        return; /* the folder above it is root's alone in any case */
}

void evidence_close(struct evidence *ev)
{
    int fd = ev->dir < 0 ? -1 : openat(ev->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;

    while (d && (e = readdir(d))) {
        struct vault_key key;
        struct vault_meta m;

        if (vault_key_parse(e->d_name, &key) && !evidence_has(ev, &key) && !vault_stat_at(ev->dir, e->d_name, &m, NULL))
            (void)list(ev, &key, &m, "", "listed late");
    }
    if (d)
        closedir(d);
    if (ev->manifest >= 0) {
        (void)fsync(ev->manifest);
        close(ev->manifest);
    }
    if (ev->dir >= 0) {
        (void)fsync(ev->dir);
        close(ev->dir);
    }
    key_set_fini(&ev->kept);
    *ev = (struct evidence){.dir = -1, .manifest = -1};
}
