/* The packages of this host and what their archives offer, read once for one survey.
 *
 * dpkg's or rpm's database says what is installed and whose a file is; apt's lists and dnf's copies of its
 * repositories say what these archives offer, what of it mends a weakness and of when they are.  A verdict about a package comes from here and never from the
 * version text alone: distributions fix old versions (backports).  What could not be read has a reason, and with a
 * reason nothing is "current".
 *
 * Owner: the survey (installed_of), which frees it at its end.  Texts are offsets into one buffer. */
#ifndef MM_AGENT_WATCH_HOST_INSTALLED_H
#define MM_AGENT_WATCH_HOST_INSTALLED_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/watch/host/distribution.h"
#include "lib/buf.h"

struct survey;

#define INSTALLED_ARCHIVES 128 /* Release files in apt's lists; a host has three to ten */
#define INSTALLED_BUCKETS 8192 /* of the table of names: about one package for two */

struct archive {
    char stem[256];          /* name of the Release file without "InRelease": lists of the archive begin so */
    char origin[64], suite[64], codename[64]; /* of dnf: the repository's id as suite */
    int64_t date, until;     /* signed date of its state; Valid-Until; 0: none.  dnf: newest file; a week after the last look */
    unsigned offers;         /* dnf: installed versions that it has */
    bool security;           /* by its label or suite; dnf: it publishes notices of security updates */
    bool manual, late;       /* NotAutomatic; with ButAutomaticUpgrades (backports) */
    bool lists;              /* a Packages file of it was read */
};

/* The highest version that archives of one kind offer, by which of them, and when it was out at the latest (0: not
 * known; dnf: when the oldest notice was issued that the installed version lacks). */
struct offer { uint32_t version; int archive; int64_t out; };

struct package {
    uint32_t name, version, arch, maker; /* offsets: installed_text */
    int next;                /* of the same bucket, -1: none */
    int64_t number;          /* rpm: its row */
    uint32_t stream;         /* rpm: "NAME:STREAM" of the module that it is of, "" */
    int priority;            /* dnf: of the repositories that offer it, the lowest number */
    bool superseded;         /* rpm: a newer version of it is installed beside it (kernels): nothing is offered to it */
    bool doubt;              /* dnf: a newer version may be of its module stream or of another one */
    bool chosen;             /* somebody asked for it: goes into the inventory */
    bool community;          /* Ubuntu's universe and multiverse: fixes come for nothing only by chance */
    bool offered;            /* an archive has exactly the installed version */
    int offered_by;          /* one of them, -1: none */
    struct offer normal, security, late;
};

struct installed {
    const char *manager;     /* "dpkg", "rpm", "" when there is none that we know */
    struct buf text;
    struct package *list;
    unsigned n, room;
    int bucket[INSTALLED_BUCKETS];
    struct archive archive[INSTALLED_ARCHIVES];
    unsigned archives;
    int64_t fetched;         /* the newest sign of a look at the archives; 0: none.  dnf: the oldest of those that count */
    int64_t security_date;   /* of the newest security archive of this release that was read; 0: none */
    uint32_t untold;         /* dnf: name of a package with a security notice that may be of its module stream or of another; "" */
    char trouble[256];       /* English: why nothing can be "current"; "": nothing */
    char broken[256];        /* English: why the database of packages could not be read; "" */
    struct distribution distribution;
};

enum package_state { PACKAGE_CURRENT = 0, PACKAGE_BEHIND, PACKAGE_UNKNOWN };
struct package_verdict {
    enum package_state state;
    bool security;           /* by a security archive */
    const char *candidate;   /* the newer version that is offered; "" */
    int64_t since;           /* the update had come out by then at the latest; 0: not known */
    char evidence[512];      /* English */
};

/* Read once, kept in the survey.  NULL: out of memory. */
const struct installed *installed_of(struct survey *s);
void installed_free(struct installed *all);
const char *installed_text(const struct installed *all, uint32_t at);
/* True when the archives' silence about a package proves that nothing newer is there; else `why` (English) not. */
bool installed_trusted(const struct survey *s, const struct installed *all, char *why, size_t size);
/* The same in a word of docs/doors.md: "support" "old" (with the days) "none". */
const char *installed_reason(const struct survey *s, const struct installed *all, int *days);
/* What the archives say of it, at the time of the survey. */
void installed_judge(const struct survey *s, const struct installed *all, const struct package *p, struct package_verdict *v);

enum {
    OWNER_NONE = -1,
    OWNER_UNKNOWN = -2,
    OWNER_OTHER = -3,        /* a package that is not in the list */
    OWNER_ALTERED = -4       /* a package has a file there, but this is another one: somebody put it over the package's */
};
/* Whose are these `n` files ("/usr/sbin/openvpn")?  owner[i]: index into the list or an OWNER_ value. */
void installed_owners(const struct survey *s, const struct installed *all, const char *const *paths, unsigned n, int *owner);

#endif
