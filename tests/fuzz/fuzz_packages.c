/* What a survey reads of packages: the first byte chooses between versions, lists (packed too), apt's settings, rpm
 * headers and the text of programs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/watch/host/apt_conf.h"
#include "agent/watch/host/deb822.h"
#include "agent/watch/host/package_version.h"
#include "agent/watch/host/program_table.h"
#include "agent/watch/host/program_version.h"
#include "agent/watch/host/rpm_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int true_always)
{
    if (!true_always)
        abort();
}

/* Two texts separated by a newline. */
static void versions(char *text)
{
    char *b = strchr(text, '\n'), upstream[32];
    int ab;

    if (!b)
        return;
    *b++ = '\0';
    ab = package_version_dpkg(text, b);
    must(ab == -package_version_dpkg(b, text) && package_version_dpkg(text, text) == 0);
    ab = package_version_rpm(text, b);
    must(ab == -package_version_rpm(b, text) && package_version_rpm(b, b) == 0);
    (void)package_version_dpkg_valid(text);
    package_version_upstream(text, upstream, sizeof upstream);
    must(strlen(upstream) < sizeof upstream);
}

static void stanzas(const char *bytes, size_t n)
{
    static struct deb822 stanza;
    struct lines lines;
    int64_t when;
    int fd = memfd_create("list", 0);

    if (fd < 0)
        return;
    if (write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0 && lines_open(&lines, fd, 1u << 22) == 0) {
        while (deb822_next(&lines, &stanza)) {
            for (unsigned i = 0; i < DEB822_FIELDS; i++)
                must(strlen(stanza.value[i]) < DEB822_VALUE);
            (void)deb822_date(stanza.value[DEB_DATE], &when);
        }
        (void)lines_close(&lines);
    }
    close(fd);
}

static void settings(const char *bytes, size_t n)
{
    struct apt_option o[2] = {{"APT::Periodic::Unattended-Upgrade", ""}, {"APT::Periodic::Enable", ""}};

    (void)apt_conf_read(bytes, n, o, 2);
    must(strlen(o[0].value) < sizeof o[0].value && strlen(o[1].value) < sizeof o[1].value);
}

static void header(const char *bytes, size_t n)
{
    static const enum rpm_tag TAGS[] = {RPM_NAME, RPM_VERSION, RPM_RELEASE, RPM_VENDOR, RPM_ARCH, RPM_BASENAMES, RPM_DIRNAMES};
    struct rpm_header h;
    uint32_t number = 0;

    if (rpm_header_open(&h, bytes, n) < 0)
        return;
    for (size_t i = 0; i < sizeof TAGS / sizeof *TAGS; i++)
        for (uint32_t k = 0; k < 3; k++) {
            const char *text = rpm_header_string(&h, TAGS[i], k);

            must(!text || strlen(text) < n);
        }
    (void)rpm_header_number(&h, RPM_EPOCH, 0, &number);
    (void)rpm_header_number(&h, RPM_DIRINDEXES, number, &number);
}

static void program(const char *bytes, size_t n)
{
    char out[PROGRAM_VERSION] = "";

    for (size_t i = 0; i < PROGRAM_MARKS_COUNT; i++)
        if (program_version_in(bytes, n, &PROGRAM_MARKS[i], out))
            must(*out && strlen(out) < sizeof out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (!size)
        return 0;
    text = malloc(size);        /* exactly as long as it is: a byte too far is seen */
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 5) {
    case 0:
        versions(text);
        break;
    case 1:
        stanzas(text, size - 1);
        break;
    case 2:
        settings(text, size - 1);
        break;
    case 3:
        header(text, size);
        break;
    default:
        program(text, size);
    }
    free(text);
    return 0;
}
