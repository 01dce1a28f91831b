/* Folders to protect, found on the host; see agent/watch/discover.h.
 *
 * ~/.config/user-dirs.dirs belongs to its user: read without following links,
 * bounded, and only folders inside that user's home are taken from it. */
#include "agent/watch/discover.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/limits.h"

#define FIRST_USER 1000      /* login.defs(5) UID_MIN of Debian, Ubuntu and RHEL */
#define LAST_USER 60000
#define FILE_BYTES 16384     /* user-dirs.dirs has eight lines; smb.conf of a small office a few hundred */

/* The names that desktops give, in English and Japanese (xdg-user-dirs translations). */
static const char *const usual[] = {
    "Documents", "Desktop", "Pictures", "Downloads", "Music", "Videos", "Public",
    "ドキュメント", "デスクトップ", "画像", "ピクチャ", "ダウンロード", "音楽", "ミュージック", "ビデオ", "動画", "公開", "書類"};

static bool inside(const char *path, const char *folder)
{
    size_t n = strlen(folder);

    return !strncmp(path, folder, n) && (path[n] == '/' || path[n] == '\0');
}

/* Add a folder unless it is there, lies in one that is there, or is not a folder. */
static int add(struct config_list *out, const char *path, const char *below)
{
    char real[LIM_PATH];
    struct stat st;
    char **item;

    if (!realpath(path, real) || stat(real, &st) < 0 || !S_ISDIR(st.st_mode))
        return MM_OK;
    if ((below && (!inside(real, below) || !strcmp(real, below))) || !strcmp(real, "/"))
        return MM_OK;
    for (unsigned i = 0; i < out->count; i++)
        if (inside(real, out->item[i]))
            return MM_OK;
    if (out->count >= LIM_FOLDERS)
        return MM_ELIMIT;
    item = realloc(out->item, (out->count + 1) * sizeof *item);
    if (!item)
        return MM_ENOMEM;
    out->item = item;
    item[out->count] = strdup(real);
    if (!item[out->count])
        return MM_ENOMEM;
    out->count++;
    return MM_OK;
}

/* The whole of a small regular file; NULL when it is not one. */
static char *slurp(const char *path)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    char *text = NULL;
    struct stat st;
    ssize_t n;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (text = malloc(FILE_BYTES + 1))) {
        n = read(fd, text, FILE_BYTES);
        text[n > 0 ? n : 0] = '\0';
    }
    close(fd);
    return text;
}

/* XDG_DOCUMENTS_DIR="$HOME/..." lines (xdg-user-dirs). */
static void user_dirs(struct config_list *out, const char *home)
{
    char path[LIM_PATH], *text, *line, *next;

    snprintf(path, sizeof path, "%.3900s/.config/user-dirs.dirs", home);
    text = slurp(path);
    for (line = text; line && *line; line = next) {
        char *value, *end;

        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (strncmp(line, "XDG_", 4) || !(value = strstr(line, "_DIR=\"$HOME/")))
            continue;
        value += strlen("_DIR=\"$HOME/");
        end = strchr(value, '"');
        if (!end || end == value)
            continue;
        *end = '\0';
        snprintf(path, sizeof path, "%.2000s/%.2000s", home, value);
        add(out, path, home);
    }
    free(text);
}

static void users(struct config_list *out)
{
    struct passwd *pw;

    setpwent();
    while ((pw = getpwent())) {
        char path[LIM_PATH], home[LIM_PATH];

        if (pw->pw_uid < FIRST_USER || pw->pw_uid > LAST_USER || !realpath(pw->pw_dir, home) || !strcmp(home, "/"))
            continue;
        user_dirs(out, home);
        for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
            snprintf(path, sizeof path, "%.3900s/%s", home, usual[i]);
            add(out, path, home);
        }
    }
    endpwent();
}

/* path = lines of smb.conf(5); "%U" and the like cannot be resolved and are left out. */
static void samba(struct config_list *out)
{
    char *text = slurp("/etc/samba/smb.conf"), *line, *next;
    bool printer = false;

    for (line = text; line && *line; line = next) {
        char *value, *end;

        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line += strspn(line, " \t");
        if (*line == '[')
            printer = !strncmp(line, "[print", 6);
        if (strncmp(line, "path", 4) || printer || !(value = strchr(line, '=')))
            continue;
        value++;
        value += strspn(value, " \t");
        for (end = value + strlen(value); end > value && strchr(" \t\r", end[-1]); end--)
            end[-1] = '\0';
        if (*value == '/' && !strchr(value, '%'))
            add(out, value, NULL);
    }
    free(text);
}

int discover_folders(struct config_list *out)
{
    *out = (struct config_list){0};
    samba(out);
    add(out, "/srv", NULL);
    users(out);
    return MM_OK;
}

void discover_free(struct config_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
    *list = (struct config_list){0};
}
