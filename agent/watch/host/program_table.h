/* VPN and remote-access programs: by which packages and files they are known, and where their version stands. */
#ifndef MM_AGENT_WATCH_HOST_PROGRAM_TABLE_H
#define MM_AGENT_WATCH_HOST_PROGRAM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct program_kind {
    const char *product;   /* as in tools/vpn/products.ini; "" when the vpn rules do not know it */
    const char *name;      /* for people */
    bool maker;            /* comes from its maker, not from distributions: its package has the maker's version */
    const char *packages;  /* names in dpkg's and rpm's databases, separated by blanks; "x*": all that begin so */
    const char *files;     /* where it is when no package has it, separated by blanks */
};

/* Text in the program (or in a file beside it) that stands before its version, and what stands behind. */
struct program_mark {
    const char *product;
    const char *file;      /* NULL: in the program itself; else in this file */
    const char *before;    /* directly before the version, "^x": where a string begins with x; NULL: the version is a string of its own (NUL on both sides) ... */
    const char *behind;    /* ... within 200 bytes behind it, "" nothing asked, NULL: the string ends there */
    const char *also;      /* ... and this text is in the file too; NULL: none asked */
};

extern const struct program_kind PROGRAM_KINDS[];
extern const size_t PROGRAM_KINDS_COUNT;
extern const struct program_mark PROGRAM_MARKS[];
extern const size_t PROGRAM_MARKS_COUNT;

#endif
