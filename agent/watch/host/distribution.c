/* The table holds the last day with security fixes that everybody gets: Debian with LTS (the fixes come through the
 * same archive), Ubuntu without Pro, RHEL and its rebuilds with the maintenance phase.  Paid extensions do not count.
 * A distribution that is not here may tell its own end in os-release: SUPPORT_END= (Fedora does). */
#include "agent/watch/host/distribution.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/survey.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/rfc3339.h"

/* debian.csv (column eol-lts) and ubuntu.csv (column eol, the earlier of eol-server) of distro-info-data 0.58+deb12u7;
 * RHEL, Rocky, CentOS Linux and Stream, Fedora: folder products of https://github.com/endoflife-date/endoflife.date (2026-08-22), key eol;
 * AlmaLinux: docs/release-notes/README.md of https://github.com/AlmaLinux/wiki (8, 9) and endoflife.date (8, 9, 10).
 * Fedora's last days follow its schedule, which moves: 45 is what the fedora-release package of 2026-10-23 tells. */
#define DEBIAN "Debian's calendar with LTS, https://wiki.debian.org/LTS"
#define UBUNTU "Ubuntu's calendar without Pro, https://ubuntu.com/about/release-cycle"
#define REDHAT "https://access.redhat.com/support/policy/updates/errata"
#define ALMA "https://wiki.almalinux.org/release-notes/"
#define ROCKY "https://wiki.rockylinux.org/rocky/version/"
#define CENTOS "https://www.centos.org/cl-vs-cs/"
#define FEDORA "https://docs.fedoraproject.org/en-US/releases/eol/"

static const struct {
    const char *id, *version, *end, *source;
} ENDS[] = {
    {"debian", "9", "2022-06-30", DEBIAN},   {"debian", "10", "2024-06-30", DEBIAN},     {"debian", "11", "2026-08-31", DEBIAN},
    {"debian", "12", "2028-06-30", DEBIAN},  {"debian", "13", "2030-06-30", DEBIAN},
    {"ubuntu", "18.04", "2023-05-31", UBUNTU}, {"ubuntu", "20.04", "2025-05-29", UBUNTU}, {"ubuntu", "22.04", "2027-06-01", UBUNTU},
    {"ubuntu", "24.04", "2029-05-31", UBUNTU}, {"ubuntu", "24.10", "2025-07-10", UBUNTU}, {"ubuntu", "25.04", "2026-01-15", UBUNTU},
    {"ubuntu", "25.10", "2026-07-09", UBUNTU}, {"ubuntu", "26.04", "2031-05-29", UBUNTU}, {"ubuntu", "26.10", "2027-07-15", UBUNTU},
    {"rhel", "7", "2024-06-30", REDHAT},     {"rhel", "8", "2029-05-31", REDHAT},        {"rhel", "9", "2032-05-31", REDHAT},
    {"rhel", "10", "2035-05-31", REDHAT},
    {"almalinux", "8", "2029-05-31", ALMA},  {"almalinux", "9", "2032-05-31", ALMA},     {"almalinux", "10", "2035-05-31", ALMA},
    {"rocky", "8", "2029-05-31", ROCKY},     {"rocky", "9", "2032-05-31", ROCKY},        {"rocky", "10", "2035-05-31", ROCKY},
    {"centos", "7", "2024-06-30", CENTOS},   {"centos", "8", "2021-12-31", CENTOS},      {"centos", "9", "2027-05-31", CENTOS},
    {"centos", "10", "2030-05-31", CENTOS},
    {"fedora", "39", "2024-11-26", FEDORA},  {"fedora", "40", "2025-05-13", FEDORA},     {"fedora", "41", "2025-12-15", FEDORA},
    {"fedora", "42", "2026-05-27", FEDORA},  {"fedora", "43", "2026-12-09", FEDORA},     {"fedora", "44", "2027-06-02", FEDORA},
    {"fedora", "45", "2027-12-08", FEDORA},
};

/* Versions with a minor number (9.4) belong to their major one, but Ubuntu's do not. */
static bool same_version(const char *id, const char *table, const char *version)
{
    size_t n = strlen(table);

    if (strncmp(table, version, n))
        return false;
    return !version[n] || (version[n] == '.' && strcmp(id, "ubuntu"));
}

static bool set_end(struct distribution *d, const char *day, const char *basis)
{
    char stamp[32];
    int64_t last;

    if (strlen(day) != 10)
        return false;
    snprintf(stamp, sizeof stamp, "%.10sT00:00:00Z", day);
    if (rfc3339_parse(stamp, &last) < 0)
        return false;
    memcpy(d->end, day, 11);
    d->ends = last + 86400;
    d->known = true;
    snprintf(d->basis, sizeof d->basis, "%s", basis);
    return true;
}

void distribution_calendar(struct distribution *d)
{
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
        if (!strcmp(ENDS[i].id, d->id) && same_version(d->id, ENDS[i].version, d->version) && set_end(d, ENDS[i].end, ENDS[i].source))
            return;
}

/* A shell assignment's value without its quotes; os-release has no expansion. */
static void take(const char *value, char *out, size_t size)
{
    size_t n = strcspn(value, "\r"), used = 0;
    char quote = n && (*value == '"' || *value == '\'') ? *value : '\0';

    for (size_t i = quote ? 1 : 0; i < n && used + 1 < size && (!quote || value[i] != quote); i++) {
        if (value[i] == '\\' && i + 1 < n)
            i++;
        out[used++] = value[i];
    }
    out[used] = '\0';
}

void distribution_read(const struct survey *s, struct distribution *d)
{
    char end[32] = "", *line, *rest;
    struct buf text;
    int rc;

    memset(d, 0, sizeof *d);
    buf_init(&text, LIM_SURVEY_FILE);
    rc = survey_read(s, "/etc/os-release", LIM_SURVEY_FILE, &text);
    if (rc == MM_ENOTFOUND)
        rc = survey_read(s, "/usr/lib/os-release", LIM_SURVEY_FILE, &text);
    rest = rc == MM_OK ? text.data : NULL;
    while ((line = survey_line(&rest))) {
        if (!strncmp(line, "ID=", 3))
            take(line + 3, d->id, sizeof d->id);
        else if (!strncmp(line, "VERSION_ID=", 11))
            take(line + 11, d->version, sizeof d->version);
        else if (!strncmp(line, "VERSION_CODENAME=", 17))
            take(line + 17, d->codename, sizeof d->codename);
        else if (!strncmp(line, "PRETTY_NAME=", 12))
            take(line + 12, d->name, sizeof d->name);
        else if (!strncmp(line, "SUPPORT_END=", 12))
            take(line + 12, end, sizeof end);
    }
    buf_fini(&text);
    if (!d->name[0])
        snprintf(d->name, sizeof d->name, "%s%s%s", d->id, d->id[0] && d->version[0] ? " " : "", d->version);
    distribution_calendar(d);
    if (!d->known)
        set_end(d, end, "SUPPORT_END in os-release");
}
