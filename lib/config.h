/* Configuration as a table: section, key, type, unit, bounds, default, help.
 *
 * One engine for every program: the table of the agent and what belongs to it is lib/agent_config.h, the
 * console's console/config.h.  The file is read whole (LIM_CONFIG_BYTES), fed
 * to inih's ini_parse_stream line by line through our own reader (inih as
 * packaged gives no line number to its handler, cuts long lines and parses on
 * after an error).  Validated whole, then frozen: either every value is good
 * and the struct is filled, or nothing is touched and the message says file,
 * line and what is wrong.  An unknown section or key is an error, a key twice
 * is an error.  Help text, --dump-config and the table of the README come from
 * the same rows. */
#ifndef MM_LIB_CONFIG_H
#define MM_LIB_CONFIG_H

#include <stddef.h>
#include <stdio.h>

/* Most rows of one table. */
#define CONFIG_ROWS 64

enum config_type {
    CONFIG_TEXT,    /* char[size] inside the struct; `max` = its size */
    CONFIG_PATH,    /* the same, must be absolute, no ".." part */
    CONFIG_INT,     /* int64_t; min..max */
    CONFIG_BYTES,   /* int64_t; accepts K, M, G suffixes (1024) */
    CONFIG_SECONDS, /* int64_t; accepts s, m, h, d */
    CONFIG_BOOL,    /* int; yes/no/true/false/1/0 */
    CONFIG_CHOICE,  /* int; index into `choices` (a "a|b|c" string) */
    CONFIG_LIST,    /* struct config_list: comma-separated, spaces trimmed, "\," for a comma in a name,
                       "\\" for a backslash before a comma or the end; `max` = most entries */
    CONFIG_PATHS,   /* the same list; every entry absolute, no ".." part */
};

struct config_list { char **item; unsigned count; };

struct config_row {
    const char *section, *key;
    enum config_type type;
    size_t offset;          /* of the field in the program's struct */
    long long min, max;     /* bounds; TEXT and PATH: max = array size, min 1 = may not be empty */
    const char *fallback;   /* default, as it would be written in the file */
    const char *choices;    /* CONFIG_CHOICE */
    const char *unit;       /* "s", "bytes", "" */
    const char *help;       /* one English sentence */
    /* NULL, or a further look at TEXT and LIST values as they are written in the file:
     * NULL when good, else what is wrong, in English. */
    const char *(*check)(const char *value);
};

/* Fill `target` from defaults, then from `path` (NULL: defaults only).
 * On error writes "file:line: what" into `message`. MM_EFORMAT, MM_EIO,
 * MM_ELIMIT, MM_ENOTFOUND.  Lists are freed by config_free. */
int config_load(const struct config_row *rows, size_t n, void *target, const char *path,
                char *message, size_t message_size);
/* For who only reads the file to find something: `target` gets the defaults and every
 * line that is good, whatever config_load says of the others (and of a file that cannot
 * be read).  lines[n]: where each row was given, 0 where it was not or not well.
 * MM_ENOMEM, MM_EINVAL: nothing is touched. */
int config_salvage(const struct config_row *rows, size_t n, void *target, const char *path, unsigned *lines);
void config_free(const struct config_row *rows, size_t n, void *target);
/* Print the whole configuration as an ini file with help as comments. */
void config_dump(const struct config_row *rows, size_t n, const void *target, FILE *out);

#endif
