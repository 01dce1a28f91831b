/* Parsers of the survey's articles 2, 3, 4 and 6: the first byte chooses one.
 *
 * Those that read files get a root in memory's place: a folder made once, whose one
 * file is the input.  Where a secret may stand in it, no part of one may come out. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/watch/host/accounts.h"
#include "agent/watch/host/backup.h"
#include "agent/watch/host/clamav.h"
#include "agent/watch/host/logins.h"
#include "agent/watch/host/nfs_exports.h"
#include "agent/watch/host/pam.h"
#include "agent/watch/host/posture.h"
#include "agent/watch/host/samba_conf.h"
#include "agent/watch/host/small_db.h"
#include "agent/watch/host/sudoers.h"
#include "lib/err.h"

#define NOW 1795000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[64];
static struct survey survey;

static void end_root(void)
{
    static const char *const FILES[] = {"/etc/pam.d/login", "/etc/samba/smb.conf", "/etc/exports", "/etc/sudoers", "/etc/passwd", "/etc/shadow", "/etc/group"};
    static const char *const FOLDERS[] = {"/etc/pam.d", "/etc/samba", "/etc", ""};
    char path[128];

    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        snprintf(path, sizeof path, "%s%s", root, FILES[i]);
        unlink(path);
    }
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
        snprintf(path, sizeof path, "%s%s", root, FOLDERS[i]);
        rmdir(path);
    }
}

static void make_root(void)
{
    static const char *const FOLDERS[] = {"/etc", "/etc/pam.d", "/etc/samba"};
    char path[128];

    snprintf(root, sizeof root, "/tmp/mm-fuzz-posture-XXXXXX");
    if (!mkdtemp(root))
        abort();
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
        snprintf(path, sizeof path, "%s%s", root, FOLDERS[i]);
        if (mkdir(path, 0755))
            abort();
    }
    if (survey_init(&survey, root, NOW))
        abort();
    atexit(end_root);
}

static void put(const char *name, const char *text, size_t n)
{
    char path[128];
    int fd;

    snprintf(path, sizeof path, "%s%s", root, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, text, n) != (ssize_t)n)
        abort();
    close(fd);
}

static int answers(const struct pam_module *m, void *world)
{
    (void)world;
    return (unsigned char)m->name[0] % 3;
}

static void pam(const char *text, size_t n)
{
    static struct pam_stack stack;
    bool visited[PAM_LINES];
    char value[16];

    put("/etc/pam.d/login", text, n);
    if (pam_load(&survey, "login", "auth", &stack))
        return;
    if (stack.n > PAM_LINES)
        abort();
    pam_fails(&stack, answers, NULL, visited);
    for (size_t i = 0; i < stack.n; i++)
        if (pam_arg(&stack.module[i], "deny", value, sizeof value) && strlen(value) >= sizeof value)
            abort();
}

/* A shadow line of a known secret, broken by the input in front and behind. */
static void secrets(const char *text, size_t n)
{
    static const char LINE[] = "\nhanako:$6$QQsaltQQ$QQhashQQhashQQhashQQhash:20000:0:99999:7:::\n";
    size_t half = n / 2, whole = n + sizeof LINE - 1;
    char *shadow = malloc(whole);

    if (!shadow)
        return;
    for (size_t i = 0; i + 1 < n; i++)
        if (text[i] == 'Q' && text[i + 1] == 'Q') { /* the mark itself */
            free(shadow);
            return;
        }
    memcpy(shadow, text, half);
    memcpy(shadow + half, LINE, sizeof LINE - 1);
    memcpy(shadow + half + sizeof LINE - 1, text + half, n - half);
    put("/etc/shadow", shadow, whole);
    put("/etc/passwd", text, n);
    put("/etc/group", text, n);
    free(shadow);
    buf_reset(&survey.out);
    survey.items = survey.lost = 0;
    survey_passwords(&survey);
    if (survey.lost || (survey.out.len && strstr(survey.out.data, "QQ")))
        abort();
}

static void lines(char *text, size_t n, unsigned which)
{
    static struct backup_repos repos;
    static struct nfs_exports exports;
    static struct sudoers sudoers;
    struct backup_line_state state = {0};
    char *rest = text, *line;

    (void)n;
    memset(&repos, 0, sizeof repos);
    memset(&exports, 0, sizeof exports);
    memset(&sudoers, 0, sizeof sudoers);
    while ((line = survey_line(&rest))) {
        if (which == 0)
            backup_line(line, "/etc/cron.d/x", true, &state, &repos);
        else if (which == 1)
            backup_line(line, "/etc/borgmatic/config.yaml", true, &state, &repos);
        else if (which == 2)
            nfs_line(line, &exports);
        else
            sudoers_line(line, &sudoers);
    }
    if (repos.n > BACKUP_REPOS || exports.n > NFS_EXPORTS || sudoers.n > SUDOERS_RULES)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct samba_conf samba;
    struct accounts none = {0};
    struct logins logins = {.last = (int64_t[1]){0}};
    struct clamav_header header;
    struct small_db db;
    char *text, at[64], type[64], where[64];

    if (!root[0])
        make_root();
    if (!size || size > 65536)
        return 0;
    text = malloc(size); /* exactly as long as it is, with its NUL: a byte too far is seen */
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 12) {
    case 0:
        put("/etc/samba/smb.conf", text, size - 1);
        samba_load(&survey, "/etc/samba/smb.conf", &samba);
        if (samba.n > SAMBA_SHARES)
            abort();
        break;
    case 1:
        pam(text, size - 1);
        break;
    case 2:
        secrets(text, size - 1);
        break;
    case 3:
        (void)clamav_header(text, size - 1, &header);
        break;
    case 4:
        (void)clamav_last_scan(text);
        break;
    case 5:
        (void)backup_mount(text, "/srv/backup", at, type);
        break;
    case 6:
        (void)backup_place(text, where, sizeof where);
        if (strlen(where) >= sizeof where)
            abort();
        break;
    case 7:
        logins_wtmp_records(&survey, &none, text, size - 1, &logins);
        break;
    case 8:
        if (small_db_bytes(text, size - 1, &db) == MM_OK)
            small_db_close(&db);
        break;
    default:
        lines(text, size - 1, data[0] % 12 - 9U + (data[0] >= 128));
    }
    free(text);
    return 0;
}
