/* Text in a program proves nothing by itself: a version counts only beside the words that the program prints with it,
 * and when two different ones fit none is told. */
#include "agent/watch/host/program_version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/host/program_table.h"
#include "agent/watch/host/survey.h"
#include "lib/err.h"
#include "lib/limits.h"

#define BEHIND 200   /* bytes in which the words behind the version are looked for: one printed line */

static const char *find(const char *at, const char *end, const char *text)
{
    size_t n = strlen(text);

    while ((size_t)(end - at) >= n && (at = memchr(at, *text, (size_t)(end - at) - n + 1))) {
        if (!memcmp(at, text, n))
            return at;
        at++;
    }
    return NULL;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of a version at `at`: numbers with dots, perhaps with a pre-release behind ("2.7_rc1", "9.01-3"); 0: none.
 * "v9.01-3": the caller skipped the v. */
static size_t version_length(const char *at, const char *end)
{
    size_t n = 0;
    bool dot = false;

    if (at == end || !digit(*at))
        return 0;
    while (at + n < end && n < PROGRAM_VERSION &&
           (digit(at[n]) || (at[n] == '.' && at + n + 1 < end && digit(at[n + 1])))) {
        dot |= at[n] == '.';
        n++;
    }
    if (!dot)
        return 0;
    while (at + n < end && n < PROGRAM_VERSION && (digit(at[n]) || (at[n] >= 'a' && at[n] <= 'z') || at[n] == '_' || at[n] == '-'))
        n++;
    return n < PROGRAM_VERSION ? n : 0;
}

/* Packagers' and git's suffix does not belong to the maker's version: "9.01-3" is 9.01; "2.7_rc1" stays. */
static void keep(const char *at, size_t n, char out[PROGRAM_VERSION])
{
    const char *hyphen = memchr(at, '-', n);

    if (hyphen)
        n = (size_t)(hyphen - at);
    memcpy(out, at, n);
    out[n] = '\0';
}

static bool behind_fits(const char *at, const char *end, const char *behind)
{
    const char *stop;

    if (!behind)
        return at == end || !*at || *at == '\n';
    if ((size_t)(end - at) > BEHIND)
        end = at + BEHIND;
    stop = memchr(at, '\0', (size_t)(end - at));
    return !*behind || find(at, stop ? stop : end, behind);
}

/* Addresses and masks look like versions of four numbers. */
static bool address(const char *text)
{
    unsigned dots = 0;

    for (const char *p = text; *p; p++)
        dots += *p == '.';
    return dots > 2 || !strncmp(text, "0.0.", 4);
}

/* Take one more finding: false when it contradicts what was found before. */
static bool agree(const char *at, size_t n, char found[PROGRAM_VERSION])
{
    char one[PROGRAM_VERSION];

    keep(at, n, one);
    if (found[0])
        return !strcmp(one, found);
    memcpy(found, one, sizeof one);
    return true;
}

static bool beside_words(const char *bytes, const char *end, const struct program_mark *mark, char found[PROGRAM_VERSION])
{
    bool first = *mark->before == '^';
    const char *before = mark->before + first, *at = bytes;

    while ((at = find(at, end, before))) {
        bool begins = at == bytes || !at[-1] || at[-1] == '\n';
        size_t n;

        at += strlen(before);
        if (first && !begins)
            continue;
        if (at < end && *at == 'v')
            at++;
        n = version_length(at, end);
        if (n && behind_fits(at + n, end, mark->behind) && !agree(at, n, found))
            return false;
    }
    return found[0] != '\0';
}

/* Strings of their own that are nothing but a version. */
static bool alone(const char *bytes, const char *end, char found[PROGRAM_VERSION])
{
    const char *at = bytes;

    while ((at = memchr(at, '\0', (size_t)(end - at)))) {
        const char *start = ++at;
        char one[PROGRAM_VERSION];
        size_t n;

        if (start < end && *start == 'v')
            start++;
        n = version_length(start, end);
        if (!n || start + n >= end || start[n])
            continue;
        memcpy(one, start, n);
        one[n] = '\0';
        if (!address(one) && !agree(start, n, found))
            return false;
    }
    return found[0] != '\0';
}

bool program_version_in(const char *bytes, size_t n, const struct program_mark *mark, char out[PROGRAM_VERSION])
{
    char found[PROGRAM_VERSION] = "";
    const char *end = bytes + n;

    if (mark->also && !find(bytes, end, mark->also))
        return false;
    if (mark->before ? !beside_words(bytes, end, mark, found) : !alone(bytes, end, found))
        return false;
    memcpy(out, found, sizeof found);
    return true;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* The first LIM_PROGRAM_BYTES of a file, in memory of its size. */
static int load(const struct survey *s, const char *path, char **bytes, size_t *n)
{
    struct stat st;
    int fd = survey_open(s, path), rc = MM_OK;
    size_t size, got = 0;
    ssize_t one = 1;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0) {
        close(fd);
        return MM_EFORMAT;
    }
    size = st.st_size > (off_t)LIM_PROGRAM_BYTES ? LIM_PROGRAM_BYTES : (size_t)st.st_size;
    *bytes = malloc(size);
    if (!*bytes)
        rc = MM_ENOMEM;
    while (rc == MM_OK && got < size && (one = read(fd, *bytes + got, size - got)) > 0)
        got += (size_t)one;
    if (rc == MM_OK && one < 0)
        rc = MM_EIO;
    close(fd);
    if (rc < 0) {
        free(*bytes);
        *bytes = NULL;
    }
    *n = got;
    return rc;
}

static bool try_mark(const struct survey *s, const struct program_mark *mark, const char *path, char out[PROGRAM_VERSION], int *rc)
{
    char *bytes = NULL;
    size_t n = 0;
    bool found = false;

    *rc = load(s, path, &bytes, &n);
    if (*rc == MM_OK)
        found = program_version_in(bytes, n, mark, out);
    free(bytes);
    return found;
}

void program_version_of(const struct survey *s, const char *product, const char *path, char out[PROGRAM_VERSION], char *how, size_t size)
{
    int rc = MM_OK;

    out[0] = '\0';
    snprintf(how, size, "no version found in it");
    for (size_t i = 0; i < PROGRAM_MARKS_COUNT; i++) {
        const struct program_mark *mark = &PROGRAM_MARKS[i];
        const char *in = mark->file ? mark->file : path;

        if (strcmp(mark->product, product))
            continue;
        if (try_mark(s, mark, in, out, &rc)) {
            snprintf(how, size, "version by the text in %s", in);
            return;
        }
        if (rc < 0 && !mark->file) {
            snprintf(how, size, "it cannot be read: %s", mm_strerror(rc));
            return;
        }
    }
}
