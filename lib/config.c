/* Ownership: config_load owns the file's bytes and a scratch copy of the
 * program's struct until every line was good; only then the fields are copied
 * to the target, which from then on owns the lists.  inih's options are
 * process-wide variables, so they are set for the length of one parse and put
 * back; configuration is loaded before threads start. */
#include "lib/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/config_value.h"
#include "lib/err.h"
#include "lib/limits.h"

struct loader {
    const struct config_row *rows;
    size_t nrows;
    unsigned char *scratch;      /* the struct in the making */
    unsigned seen[CONFIG_ROWS];  /* line of each row's value; 0: default */
    const char *path;
    const char *at, *end;        /* what the reader has not given yet */
    unsigned line;               /* of the line given last, from 1 */
    int rc;                      /* first error; the reader stops then */
    bool salvage;                /* it does not: what is wrong is passed over */
    char *message;
    size_t message_size;
};

static void complain(struct loader *l, int rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Keep the first error: "file:line: what". */
static void complain(struct loader *l, int rc, const char *format, ...)
{
    va_list ap;
    int n;

    if (l->rc)
        return;
    l->rc = rc;
    if (!l->message_size)
        return;
    if (l->line)
        n = snprintf(l->message, l->message_size, "%s:%u: ", l->path, l->line);
    else
        n = snprintf(l->message, l->message_size, "%s: ", l->path);
    if (n < 0 || (size_t)n >= l->message_size)
        return;
    va_start(ap, format);
    vsnprintf(l->message + n, l->message_size - (size_t)n, format, ap);
    va_end(ap);
}

/* ---- lines: what inih is given ------------------------------------------------ */

/* The length of the line at `l->at` without its end (LF or CR LF); complains about
 * what inih would misread, which is then given as an empty line. */
static size_t look_at_line(struct loader *l, const char *next, size_t room)
{
    size_t n = (size_t)(next - l->at);

    if (n && l->at[n - 1] == '\n')
        n--;
    if (n && l->at[n - 1] == '\r')
        n--;
    if (n > LIM_CONFIG_LINE || n + 2 > room) {
        complain(l, MM_ELIMIT, "the line is longer than %d bytes", LIM_CONFIG_LINE);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)l->at[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            complain(l, MM_EFORMAT, "control character 0x%02x at column %zu", c, i + 1);
            return 0;
        }
    }
    return n;
}

/* inih's reader: one whole line, or NULL at the end and after the first error. */
static char *next_line(char *out, int room, void *context)
{
    struct loader *l = context;
    const char *next;
    size_t n;

    if ((l->rc && !l->salvage) || l->at == l->end || room < 2)
        return NULL;
    next = memchr(l->at, '\n', (size_t)(l->end - l->at));
    next = next ? next + 1 : l->end;
    l->line++;
    n = look_at_line(l, next, (size_t)room);
    if (l->rc && !l->salvage)
        return NULL;
    memcpy(out, l->at, n);
    out[n] = '\n';
    out[n + 1] = '\0';
    l->at = next;
    return out;
}

/* ---- values -------------------------------------------------------------------- */

static int known_section(const struct loader *l, const char *section)
{
    for (size_t i = 0; i < l->nrows; i++)
        if (!strcmp(l->rows[i].section, section))
            return 1;
    return 0;
}

static void take_value(struct loader *l, size_t i, const char *value)
{
    const struct config_row *row = &l->rows[i];
    char why[256] = "";
    int rc;

    if (l->seen[i]) {
        complain(l, MM_EFORMAT, "%s= was given in line %u already", row->key, l->seen[i]);
        return;
    }
    l->seen[i] = l->line;
    config_value_free(row, l->scratch + row->offset);
    rc = config_value_parse(row, value, l->scratch + row->offset, why, sizeof why);
    if (!rc)
        return;
    complain(l, rc, "%s= %s", row->key, why);
    l->seen[i] = 0;
    (void)config_value_parse(row, row->fallback, l->scratch + row->offset, why, sizeof why);
}

/* inih's handler: 1 good, 0 error (already said). */
static int take_pair(void *context, const char *section, const char *key, const char *value)
{
    struct loader *l = context;

    if (l->rc && !l->salvage)
        return 0;
    for (size_t i = 0; i < l->nrows; i++) {
        if (strcmp(l->rows[i].section, section) || strcmp(l->rows[i].key, key))
            continue;
        take_value(l, i, value);
        return l->rc == MM_OK;
    }
    if (!*section)
        complain(l, MM_EFORMAT, "'%.60s' stands before the first [section]", key);
    else if (!known_section(l, section))
        complain(l, MM_EFORMAT, "there is no section [%.60s]", section);
    else
        complain(l, MM_EFORMAT, "section [%.60s] has no key '%.60s'", section, key);
    return 0;
}

/* ---- the file -------------------------------------------------------------------- */

static int read_whole(int fd, struct buf *out)
{
    char chunk[4096];

    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        int rc;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mm_from_errno(errno);
        if (n == 0)
            return MM_OK;
        rc = buf_add(out, chunk, (size_t)n);
        if (rc)
            return rc;
    }
}

static int read_file(struct loader *l, struct buf *out)
{
    struct stat st;
    int rc, fd = open(l->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO must not hold us */

    if (fd < 0) {
        rc = mm_from_errno(errno);
        complain(l, rc, "cannot be opened: %s", strerror(errno));
        return rc;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        complain(l, MM_EIO, "is not a regular file");
        close(fd);
        return MM_EIO;
    }
    rc = read_whole(fd, out);
    close(fd);
    if (rc == MM_ELIMIT)
        complain(l, rc, "is larger than %d bytes", LIM_CONFIG_BYTES);
    else if (rc)
        complain(l, rc, "cannot be read: %s", mm_strerror(rc));
    return rc;
}

/* Give the bytes to inih with options that neither cut nor guess. */
static void run_inih(struct loader *l)
{
    const bool stack = ini_use_stack, multi = ini_allow_multiline, comments = ini_allow_inline_comments,
               stop = ini_stop_on_first_error, grow = ini_allow_realloc;
    const int line_max = ini_max_line, initial = ini_initial_alloc;
    int bad;

    ini_use_stack = false;
    ini_allow_realloc = false;
    ini_allow_multiline = false;        /* an indented line is a mistake, not a longer value */
    ini_allow_inline_comments = false;  /* a folder's name may hold " ;" */
    ini_stop_on_first_error = !l->salvage;
    ini_max_line = ini_initial_alloc = LIM_CONFIG_LINE + 3;
    bad = ini_parse_stream(next_line, l, take_pair, l);
    ini_use_stack = stack;
    ini_allow_realloc = grow;
    ini_allow_multiline = multi;
    ini_allow_inline_comments = comments;
    ini_stop_on_first_error = stop;
    ini_max_line = line_max;
    ini_initial_alloc = initial;
    if (bad > 0)
        l->line = (unsigned)bad;
    if (bad > 0)
        complain(l, MM_EFORMAT, "neither [section], key=value nor a comment");
    else if (bad < 0)
        complain(l, MM_ENOMEM, "out of memory");
}

static int parse_file(struct loader *l)
{
    static const char bom[] = "\xef\xbb\xbf";
    struct buf file;

    buf_init(&file, LIM_CONFIG_BYTES);
    if (read_file(l, &file) == MM_OK && file.len) {
        l->at = file.data;
        l->end = file.data + file.len;
        if (file.len >= 3 && !memcmp(file.data, bom, 3))
            l->at += 3;
        run_inih(l);
    }
    buf_fini(&file);
    return l->rc;
}

static size_t struct_size(const struct config_row *rows, size_t n)
{
    size_t size = 1;

    for (size_t i = 0; i < n; i++) {
        size_t end = rows[i].offset + config_value_size(&rows[i]);

        if (end > size)
            size = end;
    }
    return size;
}

static int set_defaults(struct loader *l)
{
    for (size_t i = 0; i < l->nrows; i++) {
        const struct config_row *row = &l->rows[i];
        char why[256] = "";
        int rc = config_value_parse(row, row->fallback, l->scratch + row->offset, why, sizeof why);

        if (rc) {
            complain(l, rc, "default of [%s] %s= %s", row->section, row->key, why);
            return rc;
        }
    }
    return MM_OK;
}

/* Defaults, then the file; the target is filled when all was good, or when what is good is wanted. */
static int load(struct loader *l, void *target, const char *path)
{
    int rc;

    if (l->nrows > CONFIG_ROWS)
        return MM_EINVAL;
    l->scratch = calloc(1, struct_size(l->rows, l->nrows));
    if (!l->scratch) {
        complain(l, MM_ENOMEM, "out of memory");
        return MM_ENOMEM;
    }
    rc = set_defaults(l);
    if (!rc && path) {
        rc = parse_file(l);
        rc = l->salvage && rc != MM_ENOMEM ? MM_OK : rc;
    }
    for (size_t i = 0; i < l->nrows; i++) {
        if (rc)
            config_value_free(&l->rows[i], l->scratch + l->rows[i].offset);
        else
            memcpy((unsigned char *)target + l->rows[i].offset, l->scratch + l->rows[i].offset,
                   config_value_size(&l->rows[i]));
    }
    free(l->scratch);
    return rc;
}

int config_load(const struct config_row *rows, size_t n, void *target, const char *path,
                char *message, size_t message_size)
{
    struct loader l = {.rows = rows, .nrows = n, .path = path ? path : "defaults",
                       .message = message, .message_size = message_size};

    return load(&l, target, path);
}

int config_salvage(const struct config_row *rows, size_t n, void *target, const char *path, unsigned *lines)
{
    struct loader l = {.rows = rows, .nrows = n, .path = path, .salvage = true};
    int rc = load(&l, target, path);

    if (!rc)
        memcpy(lines, l.seen, n * sizeof *lines);
    return rc;
}

void config_free(const struct config_row *rows, size_t n, void *target)
{
    for (size_t i = 0; i < n; i++)
        config_value_free(&rows[i], (unsigned char *)target + rows[i].offset);
}

void config_dump(const struct config_row *rows, size_t n, const void *target, FILE *out)
{
    const char *section = "";

    for (size_t i = 0; i < n; i++) {
        const struct config_row *row = &rows[i];

        if (strcmp(section, row->section)) {
            fprintf(out, "%s[%s]\n", *section ? "\n" : "", row->section);
            section = row->section;
        }
        fprintf(out, "# %s", row->help);
        if (row->choices)
            fprintf(out, " (%s)", row->choices);
        if (row->unit && *row->unit)
            fprintf(out, " [%s]", row->unit);
        fprintf(out, "\n%s=", row->key);
        config_value_print(row, (const unsigned char *)target + row->offset, out);
        fputc('\n', out);
    }
}
