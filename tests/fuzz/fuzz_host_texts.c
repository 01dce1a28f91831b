/* Other texts of a survey of who can get in: the first byte chooses /proc/net rows, sshd_config, or a VPN client's file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/watch/host/sockets.h"
#include "agent/watch/host/sshd_config.h"
#include "agent/watch/host/survey.h"
#include "lib/err.h"
#include "tests/unit/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const FILES[] = {"etc/ssh/sshd_config", "etc/openvpn/a.conf", "etc/NetworkManager/system-connections/a", "etc/wireguard/a.conf",
                                    "etc/ipsec.conf", "etc/vpnc/a.conf", "etc/openfortivpn/config", "opt/cisco/anyconnect/profile/a.xml"};
#define NFILES (sizeof FILES / sizeof *FILES)

static char root[64];

static void clean_up(void)
{
    scratch_remove(root);
}

static void make_folders(const char *file)
{
    char path[256];

    for (const char *slash = strchr(file, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(path, sizeof path, "%s/%.*s", root, (int)(slash - file), file);
        mkdir(path, 0755);
    }
}

static void write_file(const char *file, const uint8_t *data, size_t size)
{
    char path[256];
    int fd;

    snprintf(path, sizeof path, "%s/%s", root, file);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

static void sockets(const uint8_t *data, size_t size)
{
    static struct listening rows[8];
    char *text = malloc(size + 1);
    size_t n = 0;

    if (!text)
        return;
    memcpy(text, data, size);
    text[size] = '\0';
    sockets_read(text, data[0] & 1, data[0] & 2 ? 4 : 6, rows, &n, 8);
    if (n > 8)
        abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sshd_config config;
    struct survey s;
    size_t which;

    if (size < 2)
        return 0;
    which = data[0] % (NFILES + 1);
    if (which == NFILES) {
        sockets(data + 1, size - 1);
        return 0;
    }
    if (!root[0]) {
        snprintf(root, sizeof root, "/dev/shm/fuzz-host-XXXXXX");
        if (!mkdtemp(root))
            abort();
        atexit(clean_up);
        for (size_t i = 0; i < NFILES; i++)
            make_folders(FILES[i]);
    }
    write_file(FILES[which], data + 1, size - 1);
    if (survey_init(&s, root, 0) != MM_OK)
        abort();
    if (which == 0)
        (void)sshd_config_read(&s, "/etc/ssh/sshd_config", &config);
    else
        survey_candidates(&s);
    survey_fini(&s);
    write_file(FILES[which], data, 0);
    return 0;
}
