/* Runs nft, and iptables-save where there are tables that nft cannot tell: those of the old kernel interface
 * (/proc/net/ip_tables_names), and those that iptables made inside nftables, whose matches nft names but does not say. */
#include "agent/watch/linux/firewall_collect.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/host/firewall.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/os/run.h"

#define PROGRAM_MS 5000 /* milliseconds are usual; a machine that swaps may need longer */

/* Its output alone, appended to `out`; on failure `out` is as it was. */
static int run(char *const argv[], struct buf *out)
{
    struct buf said;
    const struct os_run r = {.argv = argv, .output = &said, .errors = OS_ERRORS_NOWHERE, .ms = PROGRAM_MS};
    int rc;

    buf_init(&said, LIM_SURVEY_FILE);
    rc = os_run(&r);
    if (!rc && said.len)
        rc = buf_add(out, said.data, said.len);
    buf_fini(&said);
    return rc;
}

static bool has_content(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char c;
    bool yes = fd >= 0 && read(fd, &c, 1) == 1;

    if (fd >= 0)
        close(fd);
    return yes;
}

struct saver { const char *family, *source; const char *programs[3]; }; /* the first that is there */

static const struct saver NFT[] = {
    {"ip", "nft", {"/usr/sbin/iptables-nft-save"}},
    {"ip6", "nft", {"/usr/sbin/ip6tables-nft-save"}},
};
static const struct saver LEGACY[] = { /* where there is no -legacy-, iptables-save is the old one */
    {"ip", "legacy", {"/usr/sbin/iptables-legacy-save", "/usr/sbin/iptables-save", "/sbin/iptables-save"}},
    {"ip6", "legacy", {"/usr/sbin/ip6tables-legacy-save", "/usr/sbin/ip6tables-save", "/sbin/ip6tables-save"}},
};

/* One section; false when no program could tell. */
static bool save(const struct saver *s, struct buf *legacy)
{
    size_t before = legacy->len;

    for (size_t i = 0; i < sizeof s->programs / sizeof *s->programs && s->programs[i]; i++) {
        char *argv[] = {(char *)(uintptr_t)s->programs[i], NULL};

        if (access(s->programs[i], X_OK))
            continue;
        if (buf_addf(legacy, "%s%s %s\n", FW_SECTION, s->family, s->source) == MM_OK && run(argv, legacy) == MM_OK)
            return true;
        legacy->len = before;
        break;
    }
    return false;
}

static const char *why(int rc)
{
    switch (rc) {
    case MM_ENOTFOUND: return "the program nft is not installed";
    case MM_ELIMIT: return "the rule set of nft is longer than can be looked at";
    case MM_ETIMEOUT: return "nft gave no answer within 5 s";
    default: return "nft could not list the rules";
    }
}

int firewall_collect(struct buf *nft, struct buf *legacy, char *error, size_t n)
{
    static const char *const NAMES[] = {"/proc/self/net/ip_tables_names", "/proc/self/net/ip6_tables_names"};
    char *argv[] = {(char *)(uintptr_t)"/usr/sbin/nft", (char *)(uintptr_t)"-j", (char *)(uintptr_t)"list", (char *)(uintptr_t)"ruleset", NULL};
    int rc = run(argv, nft);

    snprintf(error, n, "%s", rc ? why(rc) : "");
    if (rc || (nft->data && strstr(nft->data, "\"xt\":")))
        for (size_t i = 0; i < sizeof NFT / sizeof *NFT; i++)
            save(&NFT[i], legacy); /* what it cannot tell stays as nft tells it: not understood */
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (has_content(NAMES[i]) && !save(&LEGACY[i], legacy))
            buf_addf(legacy, "%sthe tables of iptables (%s) could not be read\n", FW_BLIND, LEGACY[i].family);
    return rc;
}
