#include "agent/report/host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"

#define SMALL_FILE 8192   /* os-release, machine-id and boot_id are far below */
#define MACHINE_SALT "mimamori-machine-1\n"

static void copy(char *out, size_t room, const char *text, size_t n)
{
    if (n >= room)
        n = room - 1;
    memcpy(out, text, n);
    out[n] = '\0';
}

/* First line of a small file into `out`; untouched on failure. */
static void first_line(const char *path, char *out, size_t room)
{
    struct buf b;

    buf_init(&b, SMALL_FILE);
    if (durable_read(path, &b) == MM_OK && b.data)
        copy(out, room, b.data, strcspn(b.data, "\n"));
    buf_fini(&b);
}

/* KEY=value or KEY="value" of os-release(5). */
static void os_release(const char *text, const char *key, char *out, size_t room)
{
    size_t k = strlen(key);

    for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        const char *v = line + k + 1;

        if (strncmp(line, key, k) != 0 || line[k] != '=')
            continue;
        if (*v == '"' || *v == '\'') {
            const char quote[2] = {*v, '\0'};

            v++;
            copy(out, room, v, strcspn(v, quote));
        } else {
            copy(out, room, v, strcspn(v, "\n"));
        }
        return;
    }
}

void host_read(struct ocsf_host *h)
{
    struct utsname u;
    struct buf b;

    memset(h, 0, sizeof *h);
    if (gethostname(h->hostname, sizeof h->hostname - 1) != 0)
        h->hostname[0] = '\0';
    if (uname(&u) == 0)
        copy(h->kernel, sizeof h->kernel, u.release, strlen(u.release));
    first_line("/proc/sys/kernel/random/boot_id", h->boot, sizeof h->boot);
    host_machine_id(h->machine);
    buf_init(&b, SMALL_FILE);
    if (durable_read("/etc/os-release", &b) == MM_OK && b.data) {
        os_release(b.data, "PRETTY_NAME", h->os_name, sizeof h->os_name);
        os_release(b.data, "VERSION_ID", h->os_version, sizeof h->os_version);
    }
    buf_fini(&b);
}

void host_machine_id(char out[SHA256_HEX])
{
    char text[256] = MACHINE_SALT, id[128] = "";
    uint8_t hash[SHA256_BYTES];

    out[0] = '\0';
    first_line("/etc/machine-id", id, sizeof id);
    if (!id[0] && gethostname(id, sizeof id - 1) != 0) /* an image without one: its name is better than nothing */
        return;
    copy(text + strlen(MACHINE_SALT), sizeof text - strlen(MACHINE_SALT), id, strlen(id));
    if (crypto_sha256(text, strlen(text), hash) == MM_OK)
        crypto_hex(hash, sizeof hash, out);
}
