/* The configuration engine: values, bounds, lines, hostile files; nothing is touched on failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/limits.h"

struct sample {
    char name[16], dir[64];
    int64_t count, bytes, seconds;
    int flag, colour;
    struct config_list words, folders;
};
#define AT(f) offsetof(struct sample, f)

static const char *no_x(const char *value)
{
    return strchr(value, 'x') ? "must not hold an x" : NULL;
}

static const struct config_row rows[] = {
    {"one", "name", CONFIG_TEXT, AT(name), 1, 16, "default", NULL, "", "A name.", no_x},
    {"one", "dir", CONFIG_PATH, AT(dir), 0, 64, "/var", NULL, "", "A folder."},
    {"one", "count", CONFIG_INT, AT(count), -5, 100, "7", NULL, "", "A count."},
    {"two", "bytes", CONFIG_BYTES, AT(bytes), 0, 1LL << 40, "64K", NULL, "bytes", "A size."},
    {"two", "seconds", CONFIG_SECONDS, AT(seconds), 10, 86400, "1h", NULL, "s", "A time."},
    {"two", "flag", CONFIG_BOOL, AT(flag), 0, 1, "no", NULL, "", "A switch."},
    {"two", "colour", CONFIG_CHOICE, AT(colour), 0, 0, "green", "red|green|blue", "", "A word."},
    {"two", "words", CONFIG_LIST, AT(words), 0, 3, "", NULL, "", "Words."},
    {"two", "folders", CONFIG_PATHS, AT(folders), 0, 3, "/a, /b", NULL, "", "Folders."},
};
#define NROWS (sizeof rows / sizeof *rows)

static char dir[] = "/tmp/mimamori-config-XXXXXX", path[64], message[512];

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/a.ini", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static int load_bytes(struct sample *s, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
    message[0] = '\0';
    return config_load(rows, NROWS, s, path, message, sizeof message);
}

static int load(struct sample *s, const char *content)
{
    return load_bytes(s, content, strlen(content));
}

/* The load fails with `want`, says `line` and `what`, and leaves the struct alone. */
static void refuse_bytes(const char *content, size_t n, int want, unsigned line, const char *what)
{
    struct sample s, before;
    char where[128];

    memset(&s, 0x5a, sizeof s);
    before = s;
    assert_int_equal(load_bytes(&s, content, n), want);
    assert_memory_equal(&s, &before, sizeof s);
    if (line)
        snprintf(where, sizeof where, "%s:%u: ", path, line);
    else
        snprintf(where, sizeof where, "%s: ", path);
    if (strncmp(message, where, strlen(where)) || !strstr(message, what))
        fail_msg("message is '%s', wanted '%s...%s'", message, where, what);
}

static void refuse(const char *content, unsigned line, const char *what)
{
    refuse_bytes(content, strlen(content), MM_EFORMAT, line, what);
}

/* What is good of a broken file is found, and where it stood. */
static void salvage(void **state)
{
    struct sample s;
    unsigned lines[NROWS];

    (void)state;
    assert_int_not_equal(load(&s, "[one]\nname=ax\ncount=many\nwhat is this\ndir=/good\ncount\x01=3\n[three]\nbytes=1\n"
                                  "[two]\nfolders=rel\nbytes=2K\nbytes=3K\n"), MM_OK);
    assert_int_equal(config_salvage(rows, NROWS, &s, path, lines), MM_OK);
    assert_string_equal(s.name, "default");
    assert_string_equal(s.dir, "/good");
    assert_int_equal(s.count, 7);
    assert_int_equal(s.bytes, 2048);
    assert_int_equal(s.folders.count, 2);
    assert_int_equal(lines[0], 0);
    assert_int_equal(lines[1], 5);
    assert_int_equal(lines[3], 11);
    config_free(rows, NROWS, &s);
    assert_int_equal(config_salvage(rows, NROWS, &s, "/nonexistent/a.ini", lines), MM_OK);
    assert_string_equal(s.dir, "/var");
    assert_int_equal(lines[1], 0);
    config_free(rows, NROWS, &s);
}

static void defaults(void **state)
{
    struct sample s;

    (void)state;
    assert_int_equal(config_load(rows, NROWS, &s, NULL, message, sizeof message), MM_OK);
    assert_string_equal(s.name, "default");
    assert_int_equal(s.count, 7);
    assert_int_equal(s.bytes, 65536);
    assert_int_equal(s.seconds, 3600);
    assert_int_equal(s.flag, 0);
    assert_int_equal(s.colour, 1);
    assert_int_equal(s.words.count, 0);
    assert_int_equal(s.folders.count, 2);
    assert_string_equal(s.folders.item[1], "/b");
    config_free(rows, NROWS, &s);
    assert_int_equal(s.folders.count, 0);
    config_free(rows, NROWS, &s);
}

static void every_type(void **state)
{
    struct sample s;

    (void)state;
    assert_int_equal(load(&s, "# c\n; c\n[one]\nname = a b ; c \ndir=/x//y z/\ncount=-5\n\n[two]\nbytes=2G\nseconds=1d\nflag=yes\n"
                              "colour=blue\nwords= a ,b\\,c , d\\\\ \nfolders=/\xe6\x9b\xb8,/\xff\n"), MM_OK);
    assert_string_equal(s.name, "a b ; c"); /* a semicolon inside a value is part of it */
    assert_string_equal(s.dir, "/x//y z/");
    assert_int_equal(s.count, -5);
    assert_int_equal(s.bytes, 2LL << 30);
    assert_int_equal(s.seconds, 86400);
    assert_int_equal(s.flag, 1);
    assert_int_equal(s.colour, 2);
    assert_int_equal(s.words.count, 3);
    assert_string_equal(s.words.item[0], "a");
    assert_string_equal(s.words.item[1], "b,c");
    assert_string_equal(s.words.item[2], "d\\");
    assert_string_equal(s.folders.item[1], "/\xff"); /* names are bytes */
    config_free(rows, NROWS, &s);
}

static void dump_reads_back(void **state)
{
    struct sample s, again;
    char *first = NULL, *second = NULL;
    size_t n;
    FILE *f;

    (void)state;
    assert_int_equal(load(&s, "[one]\nname=n\ndir=\ncount=100\n[two]\nbytes=3M\nseconds=90s\nflag=1\ncolour=red\n"
                              "words=a\\,b, c\\\\, d\nfolders=\n"), MM_OK);
    f = open_memstream(&first, &n);
    config_dump(rows, NROWS, &s, f);
    fclose(f);
    assert_int_equal(load(&again, first), MM_OK);
    f = open_memstream(&second, &n);
    config_dump(rows, NROWS, &again, f);
    fclose(f);
    assert_string_equal(first, second);
    assert_non_null(strstr(first, "bytes=3M\n"));
    assert_non_null(strstr(first, "seconds=90s\n"));
    assert_non_null(strstr(first, "words=a\\,b, c\\\\, d\n"));
    assert_non_null(strstr(first, "# A word. (red|green|blue)\n"));
    assert_int_equal(again.words.count, 3);
    free(first);
    free(second);
    config_free(rows, NROWS, &s);
    config_free(rows, NROWS, &again);
}

static void values_out_of_bounds(void **state)
{
    (void)state;
    refuse("[one]\ncount=101\n", 2, "count= must be between -5 and 100");
    refuse("[one]\ncount=-6\n", 2, "between");
    refuse("[one]\ncount=99999999999999999999\n", 2, "between");
    refuse("[one]\ncount=\n", 2, "must be a number");
    refuse("[one]\ncount=1 2\n", 2, "number");
    refuse("[one]\ncount=0x10\n", 2, "number");
    refuse("[two]\nbytes=1T\n", 2, "unit");
    refuse("[two]\nbytes=1KK\n", 2, "one number");
    refuse("[two]\nbytes=9223372036854775807G\n", 2, "between");
    refuse("[two]\nbytes=-1K\n", 2, "between");
    refuse("[two]\nseconds=5\n", 2, "between 10 and 86400");
    refuse("[two]\nseconds=2d\n", 2, "between");
    refuse("[two]\nflag=maybe\n", 2, "yes or no");
    refuse("[two]\ncolour=re\n", 2, "one of red|green|blue");
    refuse("[two]\ncolour=red|green\n", 2, "one of");
    refuse("[one]\nname=\n", 2, "must not be empty");
    refuse("[one]\nname=axe\n", 2, "must not hold an x");
    refuse_bytes("[one]\nname=0123456789abcdef\n", 28, MM_ELIMIT, 2, "longer than 15 bytes");
}

static void paths_and_lists(void **state)
{
    (void)state;
    refuse("[one]\ndir=var\n", 2, "absolute");
    refuse("[one]\ndir=/a/../b\n", 2, "'.' or '..'");
    refuse("[one]\ndir=/..\n", 2, "'.' or '..'");
    refuse("[one]\ndir=/a/./b\n", 2, "'.' or '..'");
    refuse("[two]\nfolders=/ok, ../no\n", 2, "'../no' must be an absolute path");
    refuse("[two]\nfolders=/a,,/b\n", 2, "empty entry");
    refuse("[two]\nfolders=/a,\n", 2, "empty entry");
    refuse_bytes("[two]\nwords=a,b,c,d\n", 20, MM_ELIMIT, 2, "more than 3 entries");
}

static void lines_that_are_wrong(void **state)
{
    struct sample s;

    (void)state;
    refuse("name=x\n", 1, "before the first [section]");
    refuse("[three]\na=b\n", 2, "no section [three]");
    refuse("[one]\nnome=y\n", 2, "section [one] has no key 'nome'");
    refuse("[one]\nbytes=1\n", 2, "has no key");
    refuse("[one]\nname=a\n\n[two]\n[one]\nname=b\n", 6, "was given in line 2 already");
    refuse("[one]\njust words\n", 2, "neither [section], key=value nor a comment");
    refuse("[one\nname=a\n", 1, "neither");
    refuse("[one]\nname=a\n  b\n", 3, "neither"); /* no longer value by an indented line */
    refuse_bytes("[one]\nname=a\0b\n", 15, MM_EFORMAT, 2, "control character 0x00 at column 7");
    refuse("[one]\nname=a\x1b[31m\n", 2, "0x1b");
    refuse("[one]\nname=a\rcount=3\n", 2, "0x0d");
    assert_int_equal(load(&s, "\xef\xbb\xbf[one]\r\nname=crlf\r\n[two]\r\nflag=yes"), MM_OK);
    assert_string_equal(s.name, "crlf");
    assert_int_equal(s.flag, 1); /* the last line without an end */
    config_free(rows, NROWS, &s);
    assert_int_equal(load(&s, ""), MM_OK);
    assert_string_equal(s.name, "default");
    config_free(rows, NROWS, &s);
}

static void long_lines_and_files(void **state)
{
    static char big[LIM_CONFIG_BYTES + 2];
    struct sample s;
    size_t n;

    (void)state;
    /* 200 bytes is where inih as packaged cuts, 8192 is our bound */
    n = (size_t)snprintf(big, sizeof big, "[two]\nwords=%0300d\n", 7);
    assert_int_equal(load_bytes(&s, big, n), MM_OK);
    assert_int_equal(strlen(s.words.item[0]), 300);
    config_free(rows, NROWS, &s);
    memset(big, 'a', sizeof big);
    memcpy(big, "#\n#", 3);
    big[2 + LIM_CONFIG_LINE] = '\n';
    memcpy(big + 3 + LIM_CONFIG_LINE, "[x", 2);
    refuse_bytes(big, 5 + LIM_CONFIG_LINE, MM_EFORMAT, 3, "neither"); /* the long comment passed */
    big[2 + LIM_CONFIG_LINE] = 'a';
    refuse_bytes(big, LIM_CONFIG_LINE + 100, MM_ELIMIT, 2, "longer than 8192");
    memset(big, '\n', sizeof big);
    assert_int_equal(load_bytes(&s, big, LIM_CONFIG_BYTES), MM_OK);
    config_free(rows, NROWS, &s);
    refuse_bytes(big, LIM_CONFIG_BYTES + 1, MM_ELIMIT, 0, "larger than 65536 bytes");
}

static void things_that_are_no_files(void **state)
{
    struct sample s;
    char fifo[80];

    (void)state;
    assert_int_equal(config_load(rows, NROWS, &s, "/nonexistent/x.ini", message, sizeof message), MM_ENOTFOUND);
    assert_non_null(strstr(message, "/nonexistent/x.ini: cannot be opened"));
    assert_int_equal(config_load(rows, NROWS, &s, dir, message, sizeof message), MM_EIO);
    snprintf(fifo, sizeof fifo, "%s/fifo", dir);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(config_load(rows, NROWS, &s, fifo, message, sizeof message), MM_EIO); /* and does not wait */
    assert_non_null(strstr(message, "not a regular file"));
    unlink(fifo);
}

static void small_message_buffers(void **state)
{
    struct sample s;

    (void)state;
    assert_int_equal(load(&s, ""), MM_OK);
    config_free(rows, NROWS, &s);
    for (size_t n = 0; n < 40; n++) {
        char small[41];

        memset(small, 'Z', sizeof small);
        assert_int_equal(config_load(rows, NROWS, &s, "/nonexistent/y", small, n), MM_ENOTFOUND);
        assert_int_equal(small[n], 'Z');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(salvage), cmocka_unit_test(defaults),          cmocka_unit_test(every_type),
        cmocka_unit_test(dump_reads_back),   cmocka_unit_test(values_out_of_bounds),
        cmocka_unit_test(paths_and_lists),   cmocka_unit_test(lines_that_are_wrong),
        cmocka_unit_test(long_lines_and_files), cmocka_unit_test(things_that_are_no_files),
        cmocka_unit_test(small_message_buffers),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
