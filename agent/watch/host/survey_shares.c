/* Article 4: what this host shares, with whom, and whether strangers can write there. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/host/nfs_exports.h"
#include "agent/watch/host/posture.h"
#include "agent/watch/host/samba_conf.h"
#include "lib/err.h"
#include "lib/limits.h"

#define STATUS_BYTES (48u << 20) /* dpkg's status of 10,000 packages has about 30 MiB */
#define PATHS_MAX 128            /* shared folders whose rights are looked at */

/* ---- rights of a shared folder ------------------------------------------------------------- */

struct paths {
    char *path[PATHS_MAX];
    size_t n;
};

static void add_path(struct paths *p, const char *path)
{
    if (*path != '/' || strchr(path, '%'))
        return;                  /* none, or another one for each client */
    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(p->path[i], path))
            return;
    if (p->n < PATHS_MAX && (p->path[p->n] = strdup(path)))
        p->n++;
}

static void check_paths(struct survey *s, struct paths *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct stat st;
        int rc = survey_stat(s, p->path[i], &st);

        if (rc)
            posture_put(s, SHARES_WRITABLE, SURVEY_UNKNOWN, p->path[i], p->path[i], NULL, "%s: %s", p->path[i], mm_strerror(rc));
        else
            posture_put(s, SHARES_WRITABLE, !(st.st_mode & S_IWOTH) ? SURVEY_MET : st.st_mode & S_ISVTX ? SURVEY_PARTLY : SURVEY_UNMET,
                        p->path[i], p->path[i], NULL, "%s: mode %04o, owner %u:%u", p->path[i], (unsigned)(st.st_mode & 07777),
                        (unsigned)st.st_uid, (unsigned)st.st_gid);
        free(p->path[i]);
    }
    p->n = 0;
}

/* ---- Samba ------------------------------------------------------------------------------------- */

/* Follow the lines of /var/lib/dpkg/status, which may be larger than a text that we hold, to one package's version. */
static int dpkg_version(const struct survey *s, const char *package, char *out, size_t size)
{
    int fd = survey_open(s, "/var/lib/dpkg/status"), found = 0;
    char wanted[80], line[256];
    bool inside = false;
    size_t n = 0, total = 0;
    char part[16384];
    ssize_t got;

    if (fd < 0)
        return 0;
    snprintf(wanted, sizeof wanted, "Package: %s", package);
    while (!found && total < STATUS_BYTES && (got = read(fd, part, sizeof part)) > 0) {
        total += (size_t)got;
        for (ssize_t i = 0; i < got && !found; i++) {
            if (part[i] != '\n') {
                if (n + 1 < sizeof line)
                    line[n++] = part[i];
                continue;
            }
            line[n] = '\0';
            n = 0;
            if (!strncmp(line, "Package: ", strlen("Package: ")))
                inside = !strcmp(line, wanted);
            found = inside && !strncmp(line, "Version: ", strlen("Version: "));
            if (found)
                snprintf(out, size, "%.70s", line + strlen("Version: "));
        }
    }
    close(fd);
    return found;
}

/* Samba 4.11 and later answer SMB2 and newer unless told otherwise (its release notes, "SMB1 is disabled by default"). */
static int modern(const char *version)
{
    const char *colon = strchr(version, ':');
    char text[24], *minor;

    snprintf(text, sizeof text, "%.20s", colon ? colon + 1 : version);
    minor = strchr(text, '.');
    if (!minor)
        return -1;
    *minor++ = '\0';
    minor[strspn(minor, "0123456789")] = '\0';
    if (posture_number(text, 1000) < 0 || posture_number(minor, 1000) < 0)
        return -1;
    return posture_number(text, 1000) > 4 || (posture_number(text, 1000) == 4 && posture_number(minor, 1000) >= 11);
}

static void check_protocol(struct survey *s, const struct samba_conf *c)
{
    char version[80] = "";
    int old;

    if (c->min_protocol[0]) {
        old = samba_old_protocol(c->min_protocol);
        posture_put(s, SHARES_SAMBA_PROTOCOL, old < 0 || c->uncertain ? SURVEY_UNKNOWN : old ? SURVEY_UNMET : SURVEY_MET, "", c->min_protocol,
                    NULL, "smb.conf: server min protocol = %s%s%s", c->min_protocol, c->uncertain ? "; " : "", c->uncertain_why);
        return;
    }
    old = dpkg_version(s, "samba", version, sizeof version) ? modern(version) : -1;
    posture_put(s, SHARES_SAMBA_PROTOCOL, old < 0 || c->uncertain ? SURVEY_UNKNOWN : old ? SURVEY_MET : SURVEY_UNMET, "",
                old < 0 ? "-" : old ? "SMB2" : "SMB1", NULL, "smb.conf sets no server min protocol; version of Samba: %s (from 4.11 the default is SMB2)%s%s",
                version[0] ? version : "not known", c->uncertain ? "; " : "", c->uncertain_why);
}

static void check_share(struct survey *s, const struct samba_conf *c, const struct samba_share *h)
{
    bool guest = h->guest_ok == 1, mapped = c->map_to_guest[0] && strcmp(c->map_to_guest, "never"), write = !h->read_only || h->write_list;
    bool anonymous = c->restrict_anonymous != 2;
    enum survey_state state = !guest || (!mapped && !anonymous) ? SURVEY_MET : mapped && write ? SURVEY_UNMET : SURVEY_PARTLY;

    if (c->uncertain && state == SURVEY_MET)
        state = SURVEY_UNKNOWN;
    posture_put(s, SHARES_SAMBA_GUEST, state, h->name, h->name, h->path, "smb.conf: guest ok = %s, read only = %s, map to guest = %s%s%s",
                guest ? "yes" : "no", h->read_only ? "yes" : "no", c->map_to_guest[0] ? c->map_to_guest : "never (default)",
                c->uncertain ? "; " : "", c->uncertain_why);
    if (h->as_root || (guest && !strcmp(c->guest_account, "root")))
        posture_put(s, SHARES_SAMBA_USERS, SURVEY_UNMET, h->name, h->name, NULL, "smb.conf: everybody in this share acts as root");
    else if ((!guest || !mapped) && strcmp(h->name, "print$")) /* Samba's folder for printer drivers is for all */
        posture_put(s, SHARES_SAMBA_USERS, h->valid_users ? SURVEY_MET : c->uncertain ? SURVEY_UNKNOWN : SURVEY_PARTLY, h->name, h->name, NULL,
                    h->valid_users ? "smb.conf: valid users is set" : "smb.conf: no valid users: every account of Samba gets in");
}

/* A file of the usershare folder (net(8), USERSHARE): "usershare_acl=S-1-1-0:F" is full rights for everyone. */
static void check_usershare(struct survey *s, const struct samba_conf *c, const char *name, struct paths *paths)
{
    const char *section = "", *key, *value;
    char path[LIM_PATH], folder[SAMBA_PATH] = "";
    bool guest = false, write = false, mapped = c->map_to_guest[0] && strcmp(c->map_to_guest, "never");
    struct buf text;
    char *rest;
    int rc;

    snprintf(path, sizeof path, "%s/%s", c->usershare_path, name);
    rc = posture_text(s, path, &text);
    rest = text.data;
    while (posture_ini(&rest, &section, &key, &value)) {
        if (!strcmp(key, "path"))
            snprintf(folder, sizeof folder, "%s", value);
        else if (!strcmp(key, "guest_ok"))
            guest = *value == 'y' || *value == 'Y';
        else if (!strcmp(key, "usershare_acl"))
            write = strstr(value, "S-1-1-0:F") || strstr(value, "S-1-1-0:f");
    }
    guest = guest && c->usershare_guests == 1;
    posture_put(s, SHARES_SAMBA_GUEST, rc ? SURVEY_UNKNOWN : !guest ? SURVEY_MET : write && mapped ? SURVEY_UNMET : SURVEY_PARTLY, name, name,
                folder, "%s: %s, guests %s, everyone %s", path, rc ? mm_strerror(rc) : "read", guest ? "get in" : "do not get in",
                write ? "has full rights" : "has no full rights");
    if (!rc && write && !guest)
        posture_put(s, SHARES_SAMBA_USERS, SURVEY_PARTLY, name, name, NULL, "%s: every account of Samba has full rights", path);
    add_path(paths, folder);
    buf_fini(&text);
}

static void check_samba(struct survey *s, struct paths *paths)
{
    struct samba_conf *c = calloc(1, sizeof *c);
    struct posture_names names;

    if (!c) {
        posture_put(s, SHARES_SAMBA_GUEST, SURVEY_UNKNOWN, "", "Samba", "", "out of memory");
        return;
    }
    samba_load(s, "/etc/samba/smb.conf", c);
    if (!c->found || c->more)
        posture_put(s, SHARES_SAMBA_GUEST, SURVEY_UNKNOWN, "", "Samba", "", "smbd is installed; /etc/samba/smb.conf: %s",
                    c->found ? "more shares than are looked at" : c->uncertain ? c->uncertain_why : "is not there");
    if (c->found)
        check_protocol(s, c);
    for (size_t i = 0; i < c->n; i++) {
        if (c->share[i].printable == 1 || c->share[i].available == 0)
            continue;            /* a printer, or switched off */
        check_share(s, c, &c->share[i]);
        add_path(paths, c->share[i].path);
    }
    if (c->usershare_max != 0) {
        if (posture_names(s, c->usershare_path, "", &names) == MM_EDENIED)
            posture_put(s, SHARES_SAMBA_GUEST, SURVEY_UNKNOWN, "", "Samba", "", "%s: shares of users cannot be read", c->usershare_path);
        for (size_t i = 0; i < names.n && i < SAMBA_SHARES; i++)
            check_usershare(s, c, names.name[i], paths);
        posture_names_fini(&names);
    }
    free(c);
}

/* ---- NFS ----------------------------------------------------------------------------------------- */

/* How many folders this host exports. */
static size_t check_nfs(struct survey *s, struct paths *paths)
{
    struct nfs_exports *x = calloc(1, sizeof *x);
    size_t n;

    if (!x) {
        posture_put(s, SHARES_NFS_CLIENTS, SURVEY_UNKNOWN, "", "NFS", NULL, "out of memory");
        return 1;
    }
    nfs_load(s, x);
    if (x->unread || x->more)
        posture_put(s, SHARES_NFS_CLIENTS, SURVEY_UNKNOWN, "", "NFS", NULL, "/etc/exports or /etc/exports.d: %s", x->unread ? "could not be read" : "too long");
    for (size_t i = 0; i < x->n; i++) {
        const struct nfs_export *e = &x->row[i];
        enum survey_state state = !e->world ? e->insecure ? SURVEY_PARTLY : SURVEY_MET
                                  : e->world_write && !e->world_kerberos ? SURVEY_UNMET : SURVEY_PARTLY;

        posture_put(s, SHARES_NFS_CLIENTS, state, e->path, e->path, NULL, "exports: %s%s%s%s%s%s", e->world ? "everybody may mount it" : "named clients only",
                    e->world_write ? " and write" : "", e->world_kerberos ? ", with Kerberos" : "", e->insecure ? ", from any port (insecure)" : "",
                    e->client[0] ? ", client " : "", e->client);
        posture_put(s, SHARES_NFS_ROOT, e->no_root_squash ? SURVEY_UNMET : SURVEY_MET, e->path, e->path, NULL, "exports: %s",
                    e->no_root_squash ? "no_root_squash: root of a client is root here" : "root of a client is nobody here (root_squash)");
        add_path(paths, e->path);
    }
    n = x->n + x->unread;
    free(x);
    return n;
}

/* ---- all together ---------------------------------------------------------------------------------- */

static bool there(const struct survey *s, const char *a, const char *b)
{
    struct stat st;

    return survey_stat(s, a, &st) == MM_OK || (b && survey_stat(s, b, &st) == MM_OK);
}

/* Servers whose settings are not read here: said, not passed over. */
static unsigned check_others(struct survey *s)
{
    static const struct { const char *name, *file; } OTHERS[] = {
        {"vsftpd", "/usr/sbin/vsftpd"}, {"ProFTPD", "/usr/sbin/proftpd"}, {"Pure-FTPd", "/usr/sbin/pure-ftpd"}, {"ksmbd", "/usr/sbin/ksmbd.mountd"},
        {"rsyncd", "/etc/rsyncd.conf"}, {"tftpd-hpa", "/usr/sbin/in.tftpd"}, {"NFS-Ganesha", "/usr/bin/ganesha.nfsd"}, {"Syncthing", "/usr/bin/syncthing"}};
    unsigned n = 0;

    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        if (there(s, OTHERS[i].file, NULL)) {
            posture_put(s, SHARES_OTHER, SURVEY_UNKNOWN, OTHERS[i].name, OTHERS[i].name, NULL, "%s is there; its settings are not looked at", OTHERS[i].file);
            n++;
        }
    return n;
}

void survey_shares(struct survey *s)
{
    struct paths paths = {.n = 0};
    bool samba = there(s, "/usr/sbin/smbd", "/usr/local/samba/sbin/smbd"), nfs = there(s, "/usr/sbin/exportfs", "/usr/sbin/rpc.nfsd");
    size_t found = 0;

    if (samba) {
        found++;
        check_samba(s, &paths);
    }
    if (nfs)
        found += check_nfs(s, &paths);
    found += check_others(s);
    check_paths(s, &paths);
    if (!found)
        posture_put(s, SHARES_NONE, SURVEY_MET, "", NULL, NULL, "no smbd; %s; no vsftpd, proftpd, pure-ftpd, ksmbd, rsyncd.conf, tftpd, ganesha, syncthing",
                    nfs ? "an NFS server without a folder in /etc/exports" : "no NFS server (exportfs, rpc.nfsd)");
}
