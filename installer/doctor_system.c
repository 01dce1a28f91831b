/* What the system around us gives: programs, room, a clock. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "installer/doctor.h"
#include "installer/probe.h"
#include "lib/err.h"

#define NFT "/usr/sbin/nft"
#define NFT_MS 1500
#define SAID 65536
#define MB (1ull << 20)
#define VAR_LEAST 100        /* MB: a journal, rules, and a first few originals */
#define VAR_ENOUGH 1000      /* MB: below it originals are given up soon */
#define OPT_LEAST 60         /* MB: two releases */
#define FIRST_YEAR 2026      /* of this program */
#define LAST_YEAR 2099

void doctor_nft(struct doctor *d, struct doctor_found *f)
{
    const char *const argv[] = {NFT, "list", "tables", NULL};
    struct buf said;
    int rc;

    if (access(NFT, X_OK) < 0) {
        doctor_say(f, DOCTOR_BAD, "nft.none", "", "");
        return;
    }
    buf_init(&said, SAID);
    rc = doctor_program(d, NFT_MS, argv, true, &said);
    if (said.data)
        said.data[strcspn(said.data, "\n")] = '\0';
    if (rc == MM_ETIMEOUT)
        doctor_say(f, DOCTOR_LOST, "nft.slow", "", "");
    else if (rc && rc != MM_ELIMIT)
        doctor_say(f, DOCTOR_BAD, "nft.failed", said.data && said.data[0] ? said.data : mm_strerror(rc), "");
    buf_fini(&said);
}

void doctor_systemd(struct doctor *d, struct doctor_found *f)
{
    (void)d;
    if (access("/run/systemd/system", F_OK) < 0)
        doctor_say(f, DOCTOR_BAD, "systemd.none", "", "");
}

/* The folder, or the nearest above it that is there. */
static void nearest(const char *folder, char out[LIM_PATH])
{
    char *slash;

    snprintf(out, LIM_PATH, "%s", folder);
    while (strcmp(out, "/") != 0 && access(out, F_OK) < 0) {
        slash = strrchr(out, '/');
        slash[slash == out] = '\0';
    }
}

/* `hurt`: how much it hurts when nothing can be written there. */
static void look_at_room(struct doctor_found *f, const char *folder, unsigned least, unsigned enough, enum doctor_level hurt)
{
    char at[LIM_PATH], mount[LIM_PATH], mb[24];
    bool read_only = false;
    struct statvfs v;
    int rc;

    nearest(folder, at);
    rc = probe_mount(at, mount, sizeof mount, &read_only);
    if (!rc && read_only) {
        doctor_say(f, hurt, "disk.read_only", folder, mount);
        return;
    }
    if (rc || access(at, W_OK) < 0 || statvfs(at, &v) < 0) {
        doctor_say(f, hurt, "disk.denied", at, rc ? mm_strerror(rc) : strerror(errno));
        return;
    }
    snprintf(mb, sizeof mb, "%llu", (unsigned long long)v.f_bavail * v.f_frsize / MB);
    if (v.f_bavail * (unsigned long long)v.f_frsize < least * MB)
        doctor_say(f, hurt, "disk.full", folder, mb);
    else if (v.f_files && v.f_favail < 1000)
        doctor_say(f, hurt, "disk.files", folder, "");
    else if (v.f_bavail * (unsigned long long)v.f_frsize < enough * MB)
        doctor_say(f, DOCTOR_LOST, "disk.little", folder, mb);
}

void doctor_var(struct doctor *d, struct doctor_found *f)
{
    (void)d;
    look_at_room(f, SETUP_STATE, VAR_LEAST, VAR_ENOUGH, DOCTOR_BAD);
}

/* What lies there already works on; the next release cannot come. */
void doctor_opt(struct doctor *d, struct doctor_found *f)
{
    look_at_room(f, SETUP_ROOT, OPT_LEAST, 0, d->installed && !d->begins ? DOCTOR_LOST : DOCTOR_BAD);
}

void doctor_etc(struct doctor *d, struct doctor_found *f)
{
    struct stat st;

    look_at_room(f, SETUP_CONFIG_DIR, 1, 0, d->installed && !d->begins && stat(SETUP_CONFIG, &st) == 0 ? DOCTOR_SEEN : DOCTOR_BAD);
    if (f->level == DOCTOR_SEEN && !strcmp(f->how, "disk.read_only"))
        f->how = "disk.settled";
}

/* What confines programs is told, not judged: when something fails without another reason, it may be the one. */
void doctor_mac(struct doctor *d, struct doctor_found *f)
{
    char text[LIM_NAME];

    (void)d;
    if (doctor_file("/sys/fs/selinux/enforce", text, sizeof text)[0] == '1') {
        doctor_say(f, DOCTOR_SEEN, "mac.selinux", "", "");
        return;
    }
    if (doctor_file("/sys/module/apparmor/parameters/enabled", text, sizeof text)[0] != 'Y')
        return;
    doctor_file("/proc/self/attr/current", text, sizeof text);
    text[strcspn(text, "\n")] = '\0';
    if (text[0] && strcmp(text, "unconfined") != 0)
        doctor_say(f, DOCTOR_SEEN, "mac.apparmor", text, "");
}

void doctor_year(struct doctor *d, struct doctor_found *f)
{
    time_t now = time(NULL);
    char year[16];
    struct tm t;

    (void)d;
    if (!gmtime_r(&now, &t) || (t.tm_year + 1900 >= FIRST_YEAR && t.tm_year + 1900 <= LAST_YEAR))
        return;
    snprintf(year, sizeof year, "%d", t.tm_year + 1900);
    doctor_say(f, DOCTOR_BAD, "clock.year", year, "");
}
