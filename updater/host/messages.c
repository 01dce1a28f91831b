#include "updater/host/messages.h"

#include <string.h>

#define DEPTH 4

int update_path_sound(const char *path)
{
    static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-";
    unsigned parts = 1;

    for (const char *p = path; *p; parts++) {
        size_t n = strspn(p, fine);

        if (!n || *p == '.' || parts > DEPTH)
            return 0;
        if (!p[n])
            return strlen(path) < LIM_NAME;
        if (p[n] != '/')
            return 0;
        p += n + 1;
    }
    return 0;
}
