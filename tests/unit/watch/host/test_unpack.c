/* Lines out of plain and packed files, stanzas out of lines: every packing gives the same, what is cut off is an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "agent/watch/host/deb822.h"
#include "agent/watch/host/unpack.h"
#include "agent/watch/host/unpack_zchunk.h"
#include "lib/err.h"

#define SIZE (1u << 20)

static char *plain;
static unsigned char *packed;

/* A megabyte of lines: long enough for many blocks of every packing. */
static size_t make_lines(void)
{
    size_t n = 0;

    for (unsigned i = 0; n + 64 < SIZE; i++)
        n += (size_t)snprintf(plain + n, 64, "line %u %u\n", i, i * 2654435761u);
    return n;
}

static int file_of(const void *bytes, size_t n)
{
    int fd = memfd_create("list", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* Lines of it, each compared with `expect`; the result of lines_close. */
static int read_back(const void *bytes, size_t n, const char *expect, unsigned *count, uint64_t max)
{
    struct lines l;
    const char *line;
    size_t len;
    int fd = file_of(bytes, n), rc = lines_open(&l, fd, max);

    *count = 0;
    if (rc == MM_OK) {
        while (lines_next(&l, &line, &len)) {
            if (expect) {
                assert_memory_equal(line, expect, len);
                expect += len + 1;
            }
            ++*count;
        }
        rc = lines_close(&l);
    }
    close(fd);
    return rc;
}

static size_t pack(int how, const char *bytes, size_t n)
{
    size_t room = SIZE * 2, used = 0;
    unsigned bzip2 = (unsigned)room;
    z_stream z;

    switch (how) {
    case 0:
        memset(&z, 0, sizeof z);
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_in = (Bytef *)(uintptr_t)bytes;
        z.avail_in = (uInt)n;
        z.next_out = packed;
        z.avail_out = (uInt)room;
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        used = room - z.avail_out;
        deflateEnd(&z);
        return used;
    case 1:
        assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)bytes, n, packed, &used, room), LZMA_OK);
        return used;
    case 2:
        return ZSTD_compress(packed, room, bytes, n, 3);
    case 3:
        assert_int_equal(BZ2_bzBuffToBuffCompress((char *)packed, &bzip2, (char *)(uintptr_t)bytes, (unsigned)n, 1, 0, 0), BZ_OK);
        return bzip2;
    default:
        return LZ4F_compressFrame(packed, room, bytes, n, NULL);
    }
}

static void test_packings(void **state)
{
    size_t n = make_lines();
    unsigned plain_count, count;

    (void)state;
    assert_int_equal(read_back(plain, n, plain, &plain_count, SIZE), MM_OK);
    assert_true(plain_count > 30000);
    for (int how = 0; how < 5; how++) {
        size_t size = pack(how, plain, n), twice;

        assert_int_equal(read_back(packed, size, plain, &count, SIZE), MM_OK);
        assert_int_equal(count, plain_count);
        memcpy(packed + size, packed, size); /* two streams behind each other are one file */
        twice = size * 2;
        assert_int_equal(read_back(packed, twice, NULL, &count, 2 * SIZE), MM_OK);
        assert_int_equal(count, 2 * plain_count);
        assert_true(read_back(packed, size / 2, plain, &count, SIZE) < 0); /* cut off */
        assert_true(count > 0 && count < plain_count);
        assert_int_equal(read_back(packed, size, plain, &count, n / 2), MM_ELIMIT);
        memset(packed + size / 2, 0x5a, 64);
        assert_true(how == 2 || how == 4 || /* the others have a checksum always */
                    read_back(packed, size, NULL, &count, SIZE) < 0);
    }
}

/* ---- zchunk ---------------------------------------------------------------------------- */

static void byte(unsigned char **at, unsigned value)
{
    *(*at)++ = (unsigned char)value;
}

/* Seven bits in a byte, the last one marked. */
static void put_number(unsigned char **at, uint64_t n)
{
    for (; n > 0x7f; n >>= 7)
        byte(at, n & 0x7f);
    byte(at, (unsigned)n | 0x80);
}

static void zeros(unsigned char **at, size_t n)
{
    memset(*at, 0, n);
    *at += n;
}

/* Head, dictionary and two chunks of a third and the rest of `n` bytes, in `packed`; the dictionary is raw text.
 * `index`: bytes of the rest of the index, which nobody reads. */
static size_t pack_chunks(size_t n, uint64_t flags, unsigned packing, size_t index)
{
    static const char DICTIONARY[] = "line 1 line 2 line 3 2654435761";
    unsigned char head[512], *at = head, frame[256];
    size_t dictionary = ZSTD_compress(frame, sizeof frame, DICTIONARY, sizeof DICTIONARY, 3), third = n / 3, used;
    ZSTD_CCtx *c = ZSTD_createCCtx();

    zeros(&at, 32);                      /* SHA-256 of the data */
    put_number(&at, flags);
    put_number(&at, packing);
    if (flags & 2) {                     /* one optional element of 3 bytes */
        put_number(&at, 1), put_number(&at, 7), put_number(&at, 3);
        zeros(&at, 3);
    }
    put_number(&at, 4711);               /* size of the index */
    put_number(&at, 3);                  /* chunks are summed by the short SHA-512 */
    put_number(&at, 3);
    zeros(&at, flags & 4 ? 32 : 16);
    put_number(&at, dictionary);
    put_number(&at, sizeof DICTIONARY);
    memcpy(packed, "\0ZCK1", 5);
    used = 5;
    packed[used++] = 0x81;               /* SHA-256 */
    {
        unsigned char *size = packed + used;

        put_number(&size, (size_t)(at - head) + index);
        used = (size_t)(size - packed);
    }
    memset(packed + used, 0, 32);
    used += 32;
    memcpy(packed + used, head, (size_t)(at - head));
    used += (size_t)(at - head);
    memset(packed + used, 0xee, index);
    used += index;
    memcpy(packed + used, frame, dictionary);
    used += dictionary;
    ZSTD_CCtx_loadDictionary(c, DICTIONARY, sizeof DICTIONARY);
    used += ZSTD_compress2(c, packed + used, SIZE, plain, third);
    used += ZSTD_compress2(c, packed + used, SIZE, plain + third, n - third);
    ZSTD_freeCCtx(c);
    return used;
}

static void test_zchunk(void **state)
{
    static const uint64_t FLAGS[] = {0, 2, 4, 6};
    size_t n = make_lines(), size;
    struct zchunk_head h;
    unsigned count;

    (void)state;
    for (size_t i = 0; i < sizeof FLAGS / sizeof *FLAGS; i++)
        for (size_t index = 0; index < 200000; index += 99991) { /* the head ends inside and behind the first block */
            size = pack_chunks(n, FLAGS[i], 2, index);
            assert_int_equal(read_back(packed, size, plain, &count, SIZE), MM_OK);
            assert_true(count > 30000);
            assert_int_equal(read_back(packed, size - 9, NULL, &count, SIZE), MM_EFORMAT);
        }
    size = pack_chunks(n, 0, 0, 0);
    assert_int_equal(read_back(packed, size, NULL, &count, SIZE), MM_EUNSUPPORTED);
    size = pack_chunks(n, 0, 2, 0);
    assert_int_equal(zchunk_head(packed, size, &h), MM_OK);
    for (size_t cut = 0; cut < h.body; cut++) { /* in memory of exactly its size: no byte behind it is read */
        unsigned char *less = malloc(cut ? cut : 1);

        assert_non_null(less);
        memcpy(less, packed, cut);
        assert_int_equal(zchunk_head(less, cut, &h), MM_EFORMAT);
        free(less);
        assert_int_equal(read_back(packed, cut, NULL, &count, SIZE), cut < 5 ? MM_OK : MM_EFORMAT);
    }
    packed[h.body + 6] ^= 0x5a; /* the dictionary */
    assert_true(read_back(packed, size, NULL, &count, SIZE) < 0);
    memset(packed + 6, 0x7f, 9); /* sizes without an end */
    assert_int_equal(read_back(packed, size, NULL, &count, SIZE), MM_EFORMAT);
}

static void test_lines(void **state)
{
    unsigned count;

    (void)state;
    assert_int_equal(read_back("", 0, "", &count, 9), MM_OK);
    assert_int_equal(count, 0);
    assert_int_equal(read_back("a\n\nb", 4, "a\n\nb", &count, 9), MM_OK);
    assert_int_equal(count, 3);
    assert_int_equal(read_back("BZh91AY", 7, NULL, &count, 9), MM_EFORMAT);
    assert_int_equal(read_back("\x5d\0\0\1", 4, NULL, &count, 9), MM_EUNSUPPORTED);
    memset(plain, 'x', SIZE);
    plain[SIZE - 3] = '\n';
    assert_int_equal(read_back(plain, SIZE, NULL, &count, SIZE), MM_OK); /* longer than a block: cut, the next one is whole */
    assert_int_equal(count, 2);
}

static void test_stanzas(void **state)
{
    static const char TEXT[] = "\n\nPackage: a\nversion:  1.0-1 \nDescription: x\n Package: no\nVersion: 2\n\n# c\nUnknown: y\n\n"
                               "Package: b\r\nDepends: c\nArchitecture: all\n";
    static struct deb822 s;
    char longer[400] = "Package: ";
    struct lines l;
    int fd = file_of(TEXT, sizeof TEXT - 1);

    (void)state;
    assert_int_equal(lines_open(&l, fd, 1000), MM_OK);
    assert_true(deb822_next(&l, &s));
    assert_string_equal(s.value[DEB_PACKAGE], "a");
    assert_string_equal(s.value[DEB_VERSION], "1.0-1");
    assert_string_equal(s.value[DEB_ARCHITECTURE], "");
    assert_true(deb822_next(&l, &s));
    assert_string_equal(s.value[DEB_PACKAGE], "b");
    assert_string_equal(s.value[DEB_ARCHITECTURE], "all");
    assert_false(deb822_next(&l, &s));
    assert_int_equal(lines_close(&l), MM_OK);
    close(fd);
    memset(longer + 9, 'p', 300);
    fd = file_of(longer, strlen(longer));
    assert_int_equal(lines_open(&l, fd, 1000), MM_OK);
    assert_true(deb822_next(&l, &s));
    assert_true(s.cut);
    assert_int_equal(lines_close(&l), MM_OK);
    close(fd);
}

static void test_dates(void **state)
{
    static const char *const BAD[] = {"", "Sat, 11 Jul 2026", "Sat, 11 Foo 2026 10:16:37 UTC", "11 Jul 2026 10:16:37 JST", "32 Jul 2026 10:16:37 UTC",
                                      "Sat, 11 Jul 2026 25:16:37 UTC", "Sat, 11 Jul 20266 10:16:37 UTC", "11 Jul 2026 10:16:37 UTCx"};
    int64_t when = 0;

    (void)state;
    assert_int_equal(deb822_date("Sat, 11 Jul 2026 10:16:37 UTC", &when), MM_OK);
    assert_int_equal(when, 1783764997); /* date -d */
    assert_int_equal(deb822_date("Thu, 6 Nov 2025 1:02:03 +0000", &when), MM_OK);
    assert_int_equal(when, 1762390923);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        if (deb822_date(BAD[i], &when) != MM_EFORMAT)
            fail_msg("%s", BAD[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_packings), cmocka_unit_test(test_zchunk), cmocka_unit_test(test_lines), cmocka_unit_test(test_stanzas),
                                       cmocka_unit_test(test_dates)};
    int rc;

    plain = malloc(SIZE);
    packed = malloc(SIZE * 4);
    if (!plain || !packed)
        return 1;
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    free(plain);
    free(packed);
    return rc;
}
