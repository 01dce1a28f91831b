/* `mimamori-setup doctor`: what is missing on this computer, and what mends it.
 *
 * A table of checks (doctor_table.c).  Each looks at one thing, changes nothing and says one finding; the words are the
 * catalogue's: setup.doctor.ID names the check, setup.doctor.HOW says what was found, .bad how bad it is, .do what to do about
 * it and .run the command that does it.
 * Nothing waits for longer than what is left of DOCTOR_MS. */
#ifndef MM_INSTALLER_DOCTOR_H
#define MM_INSTALLER_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "installer/setup.h"
#include "lib/agent_config.h"
#include "lib/buf.h"
#include "lib/look.h"

#define DOCTOR_MS 4700      /* of five seconds */
#define DOCTOR_WORD 600     /* bytes of an argument */

enum doctor_level {
    DOCTOR_OK,      /* nothing to say */
    DOCTOR_SEEN,    /* good, and worth knowing when something else is not */
    DOCTOR_LOST,    /* the guard works with less */
    DOCTOR_BAD,     /* it cannot work */
};

struct doctor_found {
    enum doctor_level level;
    const char *how;                     /* "" when there is nothing to say */
    char a[DOCTOR_WORD], b[DOCTOR_WORD]; /* {0} and {1}; a stranger's words may be in them */
};

/* One run.  The checks see what stands here and what those before them left. */
struct doctor {
    struct setup *setup;
    struct agent_config settings;   /* what is good of them */
    bool installed;                 /* a release is in use, whole or not */
    bool begins;                    /* an installation is about to begin */
    char programs[LIM_PATH];        /* the folder of ours, with a slash: beside this program, else of the release in use; "" */
    int64_t until_ms;
    char url[512];                  /* of the console that was looked at; "" : none */
    bool looked;                    /* `look` is filled */
    struct look look;
};

enum doctor_when {
    DOCTOR_BEGIN = 1,     /* has to be good before anything is installed */
    DOCTOR_LATER = 2,     /* an installation is what mends it, or it speaks with the network */
};

struct doctor_check {
    const char *id;
    void (*look)(struct doctor *d, struct doctor_found *f);
    enum doctor_when when;
};

extern const struct doctor_check doctor_checks[];   /* ends with an id of NULL */

/* The verb; its exit status: 0, 1 something is lost, 2 something is bad. */
int doctor_run(struct setup *s);
/* Before an installation: false when something is bad, which has been said on standard output then.  Otherwise `lost` gets a
 * paragraph for each thing that will be missing. */
bool doctor_before(struct setup *s, struct buf *lost);

/* ---- for the checks ---- */

void doctor_say(struct doctor_found *f, enum doctor_level level, const char *how, const char *a, const char *b);
/* Run a program for `ms` at most and for what is left; as os_run, without what it says on standard error unless `errors`. */
int doctor_program(const struct doctor *d, unsigned ms, const char *const argv[], bool errors, struct buf *out);
/* The beginning of a file, or of one of the kernel's, as text in `out`; "" when it cannot be read. */
const char *doctor_file(const char *path, char *out, size_t n);

void doctor_root(struct doctor *d, struct doctor_found *f);
void doctor_kernel(struct doctor *d, struct doctor_found *f);
void doctor_fanotify(struct doctor *d, struct doctor_found *f);
void doctor_names(struct doctor *d, struct doctor_found *f);
void doctor_truncate(struct doctor *d, struct doctor_found *f);
void doctor_btf(struct doctor *d, struct doctor_found *f);
void doctor_bpf(struct doctor *d, struct doctor_found *f);
void doctor_isolation(struct doctor *d, struct doctor_found *f);
void doctor_guards(struct doctor *d, struct doctor_found *f);
void doctor_nft(struct doctor *d, struct doctor_found *f);
void doctor_systemd(struct doctor *d, struct doctor_found *f);
void doctor_var(struct doctor *d, struct doctor_found *f);
void doctor_opt(struct doctor *d, struct doctor_found *f);
void doctor_etc(struct doctor *d, struct doctor_found *f);
void doctor_mac(struct doctor *d, struct doctor_found *f);
void doctor_year(struct doctor *d, struct doctor_found *f);
void doctor_release(struct doctor *d, struct doctor_found *f);
void doctor_settings(struct doctor *d, struct doctor_found *f);
void doctor_units(struct doctor *d, struct doctor_found *f);
void doctor_service(struct doctor *d, struct doctor_found *f);
void doctor_console(struct doctor *d, struct doctor_found *f);
void doctor_clock(struct doctor *d, struct doctor_found *f);
void doctor_proxy(struct doctor *d, struct doctor_found *f);

#endif
