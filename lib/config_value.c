/* Pure: text in, field out.  Owns nothing; a list's memory belongs to the
 * field once config_value_parse returned MM_OK. */
#include "lib/config_value.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

struct reason { char *text; size_t size; };

static int refuse(struct reason *why, int rc, const char *what)
{
    snprintf(why->text, why->size, "%s", what);
    return rc;
}

/* Absolute, without a "." or ".." part; NULL when good. */
static const char *path_fault(const char *p)
{
    if (*p != '/')
        return "must be an absolute path";
    while (*p) {
        size_t n;

        while (*p == '/')
            p++;
        n = strcspn(p, "/");
        if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
            return "must not hold '.' or '..' parts";
        p += n;
    }
    return NULL;
}

/* ---- text and path ------------------------------------------------------------- */

static int parse_text(const struct config_row *row, const char *text, void *field, struct reason *why)
{
    size_t n = strlen(text);

    if (n >= (size_t)row->max) {
        snprintf(why->text, why->size, "is longer than %lld bytes", row->max - 1);
        return MM_ELIMIT;
    }
    if (!n && row->min > 0)
        return refuse(why, MM_EFORMAT, "must not be empty");
    memcpy(field, text, n + 1);
    return MM_OK;
}

static int parse_path(const struct config_row *row, const char *text, void *field, struct reason *why)
{
    const char *fault = *text ? path_fault(text) : NULL;

    if (fault)
        return refuse(why, MM_EFORMAT, fault);
    return parse_text(row, text, field, why);
}

static void print_text(const struct config_row *row, const void *field, FILE *out)
{
    (void)row;
    fputs(field, out);
}

/* ---- numbers --------------------------------------------------------------------- */

struct suffix { char letter; int64_t factor; };
static const struct suffix no_suffix[] = {{0, 1}};
static const struct suffix byte_suffix[] = {{'G', 1 << 30}, {'M', 1 << 20}, {'K', 1 << 10}, {0, 1}};
static const struct suffix time_suffix[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}, {0, 1}};

static const struct suffix *suffixes(const struct config_row *row)
{
    if (row->type == CONFIG_BYTES)
        return byte_suffix;
    return row->type == CONFIG_SECONDS ? time_suffix : no_suffix;
}

static int parse_number(const struct config_row *row, const char *text, void *field, struct reason *why)
{
    const struct suffix *s = suffixes(row);
    char *end;
    long long v;
    int64_t value;

    errno = 0;
    v = strtoll(text, &end, 10);
    if (end == text || *text == ' ' || *text == '+')
        return refuse(why, MM_EFORMAT, "must be a number");
    while (s->letter && s->letter != *end)
        s++;
    if (*end && *end != s->letter)
        return refuse(why, MM_EFORMAT, "must be a number with a unit that is known");
    if (*end && end[1])
        return refuse(why, MM_EFORMAT, "must be one number");
    if (errno == ERANGE || v > row->max / s->factor || v < LLONG_MIN / s->factor || v * s->factor < row->min) {
        snprintf(why->text, why->size, "must be between %lld and %lld", row->min, row->max);
        return MM_EFORMAT;
    }
    value = v * s->factor;
    memcpy(field, &value, sizeof value);
    return MM_OK;
}

static void print_number(const struct config_row *row, const void *field, FILE *out)
{
    const struct suffix *s = suffixes(row);
    int64_t value;

    memcpy(&value, field, sizeof value);
    while (s->letter && (value == 0 || value % s->factor))
        s++;
    fprintf(out, "%" PRId64, value / s->factor);
    if (s->letter)
        fputc(s->letter, out);
}

/* ---- words ----------------------------------------------------------------------- */

static int word_index(const char *words, const char *text)
{
    size_t len = strlen(text);

    for (int i = 0; *words; i++) {
        size_t n = strcspn(words, "|");

        if (n == len && !memcmp(words, text, n))
            return i;
        words += n + (words[n] == '|');
    }
    return -1;
}

static int parse_choice(const struct config_row *row, const char *text, void *field, struct reason *why)
{
    int i = word_index(row->choices, text);

    if (i < 0) {
        snprintf(why->text, why->size, "must be one of %s", row->choices);
        return MM_EFORMAT;
    }
    memcpy(field, &i, sizeof i);
    return MM_OK;
}

static void print_choice(const struct config_row *row, const void *field, FILE *out)
{
    const char *word = row->choices;
    int i;

    memcpy(&i, field, sizeof i);
    while (i-- > 0 && strchr(word, '|'))
        word = strchr(word, '|') + 1;
    fprintf(out, "%.*s", (int)strcspn(word, "|"), word);
}

static int parse_bool(const struct config_row *row, const char *text, void *field, struct reason *why)
{
    int i = word_index("no|yes|false|true|0|1", text);

    (void)row;
    if (i < 0)
        return refuse(why, MM_EFORMAT, "must be yes or no");
    i &= 1;
    memcpy(field, &i, sizeof i);
    return MM_OK;
}

static void print_bool(const struct config_row *row, const void *field, FILE *out)
{
    int i;

    (void)row;
    memcpy(&i, field, sizeof i);
    fputs(i ? "yes" : "no", out);
}

/* ---- lists ----------------------------------------------------------------------- */

static void list_free(struct config_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
    *list = (struct config_list){NULL, 0};
}

/* One entry from `*text`, unescaped and trimmed; `*text` moves behind its comma.
 * `*more` says whether a comma ended it. */
static char *cut_entry(const char **text, bool *more)
{
    const char *p = *text;
    char *out = calloc(strlen(p) + 1, 1);
    size_t n = 0, keep = 0;

    if (!out)
        return NULL;
    p += strspn(p, " \t");
    while (*p && *p != ',') {
        bool escaped = *p == '\\' && (p[1] == ',' || p[1] == '\\');

        p += escaped;
        out[n++] = *p;
        if (escaped || (*p != ' ' && *p != '\t'))
            keep = n;
        p++;
    }
    out[keep] = '\0';
    *more = *p == ',';
    *text = p + *more;
    return out;
}

static int list_add(struct config_list *list, char *entry)
{
    char **more = realloc(list->item, (list->count + 1) * sizeof *more);

    if (!more)
        return MM_ENOMEM;
    list->item = more;
    list->item[list->count++] = entry;
    return MM_OK;
}

static int entry_fault(const struct config_row *row, const struct config_list *list, const char *entry,
                       struct reason *why)
{
    const char *fault = row->type == CONFIG_PATHS ? path_fault(entry) : NULL;

    if (!*entry)
        return refuse(why, MM_EFORMAT, "has an empty entry between commas");
    if ((long long)list->count >= row->max) {
        snprintf(why->text, why->size, "has more than %lld entries", row->max);
        return MM_ELIMIT;
    }
    if (strlen(entry) >= PATH_MAX)
        return refuse(why, MM_ELIMIT, "has an entry that is too long");
    if (fault) {
        snprintf(why->text, why->size, "'%.120s' %s", entry, fault);
        return MM_EFORMAT;
    }
    return MM_OK;
}

static int parse_list(const struct config_row *row, const char *text, void *field, struct reason *why)
{
    struct config_list list = {NULL, 0};
    bool more = text[strspn(text, " \t")] != '\0';
    int rc = MM_OK;

    while (more && !rc) {
        char *entry = cut_entry(&text, &more);

        if (!entry)
            rc = refuse(why, MM_ENOMEM, "out of memory");
        if (!rc)
            rc = entry_fault(row, &list, entry, why);
        if (!rc)
            rc = list_add(&list, entry);
        if (rc)
            free(entry);
    }
    if (rc) {
        list_free(&list);
        return rc;
    }
    memcpy(field, &list, sizeof list);
    return MM_OK;
}

static void print_list(const struct config_row *row, const void *field, FILE *out)
{
    struct config_list list;

    (void)row;
    memcpy(&list, field, sizeof list);
    for (unsigned i = 0; i < list.count; i++) {
        if (i)
            fputs(", ", out);
        for (const char *p = list.item[i]; *p; p++) {
            if (*p == ',' || *p == '\\')
                fputc('\\', out);
            fputc(*p, out);
        }
    }
}

/* ---- the types' table -------------------------------------------------------------- */

struct type {
    size_t size; /* 0: the row's max */
    int (*parse)(const struct config_row *row, const char *text, void *field, struct reason *why);
    void (*print)(const struct config_row *row, const void *field, FILE *out);
};

static const struct type types[] = {
    [CONFIG_TEXT] = {0, parse_text, print_text},
    [CONFIG_PATH] = {0, parse_path, print_text},
    [CONFIG_INT] = {sizeof(int64_t), parse_number, print_number},
    [CONFIG_BYTES] = {sizeof(int64_t), parse_number, print_number},
    [CONFIG_SECONDS] = {sizeof(int64_t), parse_number, print_number},
    [CONFIG_BOOL] = {sizeof(int), parse_bool, print_bool},
    [CONFIG_CHOICE] = {sizeof(int), parse_choice, print_choice},
    [CONFIG_LIST] = {sizeof(struct config_list), parse_list, print_list},
    [CONFIG_PATHS] = {sizeof(struct config_list), parse_list, print_list},
};

size_t config_value_size(const struct config_row *row)
{
    return types[row->type].size ? types[row->type].size : (size_t)row->max;
}

int config_value_parse(const struct config_row *row, const char *text, void *field, char *why, size_t why_size)
{
    struct reason reason = {why, why_size};
    const char *fault = row->check ? row->check(text) : NULL;

    if (fault)
        return refuse(&reason, MM_EFORMAT, fault);
    return types[row->type].parse(row, text, field, &reason);
}

void config_value_print(const struct config_row *row, const void *field, FILE *out)
{
    types[row->type].print(row, field, out);
}

void config_value_free(const struct config_row *row, void *field)
{
    struct config_list list;

    if (row->type != CONFIG_LIST && row->type != CONFIG_PATHS)
        return;
    memcpy(&list, field, sizeof list);
    list_free(&list);
    memcpy(field, &list, sizeof list);
}
