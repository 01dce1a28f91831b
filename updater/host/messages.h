/* Frames between the three processes of mimamori-update (lib/os/frame.h).
 *
 *     mimamori-update         root; files of this host; parses nothing that comes from elsewhere
 *     mimamori-update-verify  nothing but memory: believes and chooses
 *     mimamori-update-fetch   the network; no file can be written
 *     mimamori-update-unpack  nothing but memory: reads archives, and bundles in place of fetch
 *
 * verify asks, the first answers, and has fetch (or unpack, with a bundle) bring what it has not got:
 *
 *     verify ── WANT LOAD | FETCH ──► update        WANT FETCH ──► fetch
 *     verify ◄── BYTES … END ─────── update  ◄── START BYTES … END fetch
 *     verify ── KEEP BYTES … END ──► update         END back when it is on disk
 *     verify ── PLAN BYTES … END ──► update ── the same ──► unpack
 *                                    update ◄── FILE BYTES …, KEEP BYTES … END (a delta's tar), END ── unpack
 *     verify ◄── END ─────────────── update         laid down or not
 *     verify ── DONE ──────────────► update
 *
 * What is in use and its mates are started when they are needed: a look with nothing new starts no unpack.
 * Bytes always go over the socket, never as a descriptor: what one side has looked at, the other cannot change. */
#ifndef MM_UPDATER_HOST_MESSAGES_H
#define MM_UPDATER_HOST_MESSAGES_H

#include <stdint.h>

#include "lib/limits.h"
#include "lib/rfc3339.h"
#include "updater/choose.h"
#include "updater/tuf/client.h"

#define UPDATE_FD 3               /* of a child: the socket to mimamori-update */
#define UPDATE_CHUNK 61440        /* payload of one BYTES: below LIM_FRAME */
#define UPDATE_TROUBLE 256

enum update_message {
    UPDATE_BEGIN = 1,   /* to verify: struct update_host */
    UPDATE_BUNDLE,      /* to unpack: serve WANT frames from a bundle; its descriptor.  Answered by START: when it was made */
    UPDATE_WANT,        /* from verify, and on to fetch: struct update_want */
    UPDATE_START,       /* from fetch: struct update_start; the bytes that follow begin there.  To verify: from the beginning once more */
    UPDATE_BYTES,       /* 1 to UPDATE_CHUNK bytes of what was wanted, is kept, or of the file of a release */
    UPDATE_END,         /* struct update_end: what came of a WANT, a KEEP or a PLAN (TUF_KEPT: laid down, TUF_BROKEN: its content is
                           no good, TUF_TIMED_OUT: this host could not, now); from verify: the end of what is kept */
    UPDATE_KEEP,        /* from verify: struct update_want, then BYTES and END: they have passed every check */
    UPDATE_PLAN,        /* from verify, and on to unpack: struct update_plan: a release was chosen; its archive follows (BYTES, END),
                           to unpack then also the archive that a delta starts from */
    UPDATE_FILE,        /* from unpack: struct update_file, then BYTES */
    UPDATE_DONE,        /* from verify: struct update_done; the last one */
};

/* What runs here of one kind, and what must not come again. */
struct update_running {
    int64_t number;               /* version; 0: none, or not known */
    char artifact[LIM_TUF_FILE];  /* the stored archive of it, below artifacts/; "": none */
    char version[LIM_VERSION];
};

struct update_host {
    int64_t now;                  /* seconds since the epoch, read once */
    uint32_t ring, bucket;
    struct state_schema schema;
    char platform[LIM_TAG];
    struct update_running running[UPDATE_KINDS];
    uint32_t wanted;              /* bits of enum update_kind: what may be taken */
    uint32_t look_only;           /* 1: choose, but bring nothing */
    uint32_t nrefused;            /* of refused[] in use: SHA-256 of contents */
    char refused[LIM_UPDATE_REFUSED][65];
};

struct update_want {
    uint32_t fetch;               /* 0: from the store, 1: from the repository */
    uint32_t place;               /* enum tuf_place */
    uint32_t again;               /* 1: not from a cache of this network: its bytes were wrong */
    uint64_t offset;              /* to fetch: bytes that are here already */
    uint64_t limit;
    char name[LIM_TUF_PATH];
};

struct update_start { uint64_t offset; /* of a bundle: seconds since the epoch when it was made; 0: not told */ };
struct update_end { uint32_t got; /* enum tuf_got */ char trouble[UPDATE_TROUBLE]; };

struct update_plan {
    uint32_t kind, choice;        /* enum update_kind, enum choice */
    uint32_t from_delta;
    int64_t content_length, schema;
    char version[LIM_VERSION];
    char content[65];             /* SHA-256 of the archive */
    char artifact[LIM_TUF_FILE];  /* where the whole archive is stored; "": it came as a delta */
};

struct update_file {
    uint64_t size;
    uint32_t executable;
    char path[LIM_NAME];          /* below the release's folder: a/b/c, sound (tree_path_sound) */
};

struct update_done {
    uint32_t result;              /* enum update_result */
    uint32_t cause;               /* enum tuf_cause; TUF_FINE with UPDATE_INVALID */
    uint32_t verified;            /* 1: metadata is current */
    uint32_t surveyed;            /* bits of enum update_kind: floor, halted and newest are told for it */
    uint32_t failed;              /* the same: this kind failed, whatever the result of another one */
    int64_t expires[4];           /* by enum tuf_kind; 0: not known */
    int64_t floor[UPDATE_KINDS];  /* oldest version that may run; 0: none */
    uint32_t halted[UPDATE_KINDS];/* 1: what runs was halted by the desk */
    char newest[UPDATE_KINDS][LIM_VERSION]; /* for this host; "": none */
    char about[LIM_TUF_PATH];     /* which file */
    char detail[UPDATE_TROUBLE];
};

enum update_result { UPDATE_CURRENT, UPDATE_AVAILABLE /* look_only */, UPDATE_BROUGHT, UPDATE_INVALID /* content */, UPDATE_FAILED };

#endif
