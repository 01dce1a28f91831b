/* uid -> name from /etc/passwd alone: no NSS module (LDAP, sssd) runs inside
 * the guard, and none makes a sensor wait for the network. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/watch/procs_priv.h"
#include "lib/err.h"

#define LOOK_MS 5000            /* how often the file's time is looked at */

struct user { uint32_t uid; char name[LIM_USER]; };

struct users {
    pthread_mutex_t lock;
    char path[LIM_PATH];
    struct user *list;
    unsigned count;
    uint64_t looked_ms;
    time_t mtime;
};

static bool parse_line(char *line, struct user *out)
{
    char *colon = strchr(line, ':'), *uid = colon ? strchr(colon + 1, ':') : NULL, *end;
    unsigned long value;

    if (!uid || colon == line || colon - line >= LIM_USER)
        return false;
    value = strtoul(uid + 1, &end, 10);
    if (end == uid + 1 || *end != ':' || value > UINT32_MAX)
        return false;
    *out = (struct user){.uid = (uint32_t)value};
    memcpy(out->name, line, (size_t)(colon - line));
    return true;
}

static void load(struct users *u)
{
    char line[LIM_CONFIG_LINE];
    struct user *list = calloc(LIM_USERS, sizeof *list), *fit;
    unsigned n = 0;
    FILE *f = list ? fopen(u->path, "re") : NULL;

    while (f && n < LIM_USERS && fgets(line, sizeof line, f))
        if (parse_line(line, &list[n]))
            n++;
    if (f)
        fclose(f);
    if (!n) {
        free(list);
        return;
    }
    fit = realloc(list, n * sizeof *list);
    free(u->list);
    u->list = fit ? fit : list;
    u->count = n;
}

int users_new(struct users **out, const char *passwd)
{
    struct users *u = calloc(1, sizeof *u);

    if (!u)
        return MM_ENOMEM;
    snprintf(u->path, sizeof u->path, "%s", passwd ? passwd : "/etc/passwd");
    pthread_mutex_init(&u->lock, NULL);
    *out = u;
    return MM_OK;
}

void users_free(struct users *u)
{
    if (!u)
        return;
    pthread_mutex_destroy(&u->lock);
    free(u->list);
    free(u);
}

static void refresh(struct users *u)
{
    uint64_t now = procs_os_now_ms();
    struct stat st;

    if (u->looked_ms && now - u->looked_ms < LOOK_MS)
        return;
    u->looked_ms = now ? now : 1;
    if (stat(u->path, &st) || (u->list && st.st_mtime == u->mtime))
        return;
    u->mtime = st.st_mtime;
    load(u);
}

void users_name(struct users *u, uint32_t uid, char out[LIM_USER])
{
    pthread_mutex_lock(&u->lock);
    refresh(u);
    snprintf(out, LIM_USER, "%u", uid);
    for (unsigned i = 0; i < u->count; i++)
        if (u->list[i].uid == uid) {
            memcpy(out, u->list[i].name, LIM_USER);
            break;
        }
    pthread_mutex_unlock(&u->lock);
}
