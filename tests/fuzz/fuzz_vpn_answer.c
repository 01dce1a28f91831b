/* Answers of gateways are as hostile as it gets: the shipped vpn rules look at any bytes, and what they
 * read out of them is short, ended and printable, and can be judged.  Run from the top of the tree. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/detect/engine_vpn.h"
#include "agent/detect/pack.h"
#include "agent/detect/pack_dir.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const PATHS[] = {"/", "", "/remote/login", "/vpn/js/rdx/core/lang/rdx_en.json.gz", "/dana-na/nc/nc_gina_ver.txt",
                                    "/global-protect/login.esp", "1.3.6.1.4.1.12356.101.4.1.1.0", "1.3.6.1.4.1.25461.2.1.2.1.1.0"};

static int collect(void *context, const struct scan_pack_file *file, int fd, char *msg, size_t n)
{
    static char bytes[1u << 20];
    ssize_t got = read(fd, bytes, sizeof bytes);

    (void)msg;
    (void)n;
    return got < 0 ? MM_EIO : pack_add(context, file, bytes, (size_t)got);
}

static struct engine *shipped(void)
{
    struct scan_packed report;
    struct engine *e = NULL;
    struct pack *p = pack_new();
    char msg[512];

    if (!p || engine_setup() || pack_dir_walk_family("rules", NULL, FAMILY_VPN, collect, p, NULL, msg, sizeof msg) ||
        pack_build_family(p, FAMILY_VPN, &e, &report))
        abort();
    pack_free(p);
    return e;
}

static void check_text(const char *s, size_t room)
{
    if (!memchr(s, 0, room))
        abort();
    for (; *s; s++)
        if (*s < ' ' || *s > '~')
            abort();
}

/* The first byte chooses source and path. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct engine *e;
    struct vpn_identity id[4];
    struct vpn_advisory advisory[2];
    struct vpn_facts facts = {.status = 200};
    unsigned found = 0, held = 0;
    int rc;

    if (!e)
        e = shipped();
    if (!size)
        return 0;
    facts.source = SOURCE_HTTPS + data[0] % (SOURCE_END - SOURCE_HTTPS);
    snprintf(facts.path, sizeof facts.path, "%s", PATHS[data[0] / 8 % (sizeof PATHS / sizeof *PATHS)]);
    if (engine_identify(e, &facts, data + 1, size - 1, id, 4, &found))
        return 0;
    for (unsigned i = 0; i < found && i < 4; i++) {
        check_text(id[i].version, sizeof id[i].version);
        check_text(id[i].model, sizeof id[i].model);
        if (!id[i].version[0])
            continue;
        rc = engine_advisories(e, id[i].product, id[i].version, id[i].model, advisory, 2, &held);
        if (rc && rc != MM_ENOTFOUND)
            abort(); /* a version that was read must be one that can be judged */
    }
    return 0;
}
