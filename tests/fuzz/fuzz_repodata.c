/* dnf's data: the first byte chooses between the three documents of a repository (packed too), its configuration and
 * a zchunk file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/watch/host/dnf_repos.h"
#include "agent/watch/host/package_version.h"
#include "agent/watch/host/repodata.h"
#include "agent/watch/host/unpack.h"
#include "agent/watch/host/unpack_zchunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int true_always)
{
    if (!true_always)
        abort();
}

static void take(void *context, const struct repodata_package *p)
{
    unsigned *n = context;

    ++*n;
    must(*p->name && strlen(p->name) < REPODATA_TEXT && strlen(p->arch) < 32 && p->issued >= 0);
    must(p->bad || (*p->arch && strchr(p->version, '-') && package_version_rpm(p->version, p->version) == 0));
}

static void document(const uint8_t *bytes, size_t n, unsigned which)
{
    struct unpack *from;
    struct repomd files;
    unsigned count = 0;
    int fd = memfd_create("document", 0), rc;

    if (fd < 0)
        return;
    if (write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0 && unpack_open(&from, fd, 1u << 22) == 0) {
        if (which == 0) {
            rc = repodata_repomd(from, &files);
            must(rc < 0 || (!strchr(files.primary.name, '/') && *files.primary.name != '.' && files.made >= 0));
        } else {
            rc = which == 1 ? repodata_primary(from, take, &count) : repodata_updateinfo(from, take, &count);
            must(rc <= 0);
        }
        unpack_close(from);
    }
    close(fd);
}

static void configuration(const uint8_t *bytes, size_t n)
{
    static struct dnf_repos r;
    char *text = malloc(n + 1);

    if (!text)
        return;
    memcpy(text, bytes, n);
    text[n] = '\0';
    memset(&r, 0, sizeof r);
    dnf_repos_take(&r, text, false);
    memcpy(text, bytes, n);
    dnf_repos_take(&r, text, true);
    for (unsigned i = 0; i < r.n; i++) {
        must(r.one[i].id[0] && !strchr(r.one[i].id, '/') && strlen(r.one[i].id) < DNF_REPO_ID);
        (void)dnf_repo_enabled(&r.one[i]);
        (void)dnf_repo_optional(&r, &r.one[i]);
        (void)dnf_repo_lets(&r.one[i], "openvpn");
    }
    free(text);
}

static void head(const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1); /* a byte too far is seen */
    struct zchunk_head h;

    if (!exact)
        return;
    memcpy(exact, bytes, n);
    must(zchunk_head(exact, n, &h) < 0 || h.body >= 5);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    switch (data[0] % 5) {
    case 3:
        configuration(data + 1, size - 1);
        break;
    case 4:
        head(data + 1, size - 1);
        break;
    default:
        document(data + 1, size - 1, data[0] % 5);
    }
    return 0;
}
