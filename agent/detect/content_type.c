/* The table of magics; the checks behind it live beside, by kind of format. */
#include "agent/detect/content_type.h"

#include <string.h>

#include "agent/detect/content_stat.h"

void content_view_load(struct content_view *v, const struct content_source *src, uint8_t *scratch)
{
    v->src = src;
    v->scratch = scratch;
    v->head_n = source_read(src, 0, v->head, sizeof v->head);
    v->tail_at = src->size > sizeof v->tail ? src->size - sizeof v->tail : 0;
    if (v->tail_at) {
        v->tail_n = source_read(src, v->tail_at, v->tail, sizeof v->tail);
    } else {
        v->tail_n = v->head_n;
        memcpy(v->tail, v->head, v->head_n);
    }
}

#define ANY_INSIDE 1
#define PACKED 2

struct magic {
    uint32_t at;
    const char *bytes;
    uint32_t n;
    uint32_t type;
    uint32_t flags;
    content_check *check; /* NULL: the magic is all that can be told (LIKELY) */
};
#define M(text) (text), sizeof(text) - 1

/* Longer and surer magics first. */
static const struct magic MAGICS[] = {
    {0, M("PK\3\4"), TYPE_ZIP, PACKED, check_zip},
    {0, M("PK\5\6"), TYPE_ZIP, PACKED, check_zip},
    {0, M("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), TYPE_OLE, 0, check_ole},
    {0, M("\xff\xd8\xff"), TYPE_JPEG, PACKED, check_jpeg},
    {0, M("\x89PNG\r\n\x1a\n"), TYPE_PNG, PACKED, check_png},
    {0, M("GIF87a"), TYPE_GIF, PACKED, check_gif},
    {0, M("GIF89a"), TYPE_GIF, PACKED, check_gif},
    {0, M("RIFF"), TYPE_MEDIA, PACKED, check_riff},
    {0, M("RF64"), TYPE_MEDIA, PACKED, NULL},
    {4, M("ftyp"), TYPE_MEDIA, PACKED, check_mp4},
    {4, M("moov"), TYPE_MEDIA, PACKED, check_mp4},
    {4, M("mdat"), TYPE_MEDIA, PACKED, check_mp4},
    {0, M("ID3"), TYPE_MEDIA, PACKED, check_mp3},
    {0, M("fLaC"), TYPE_MEDIA, PACKED, check_flac},
    {0, M("OggS"), TYPE_MEDIA, PACKED, check_ogg},
    {0, M("\x1a\x45\xdf\xa3"), TYPE_MEDIA, PACKED, check_mkv},
    {0, M("\x30\x26\xb2\x75\x8e\x66\xcf\x11"), TYPE_MEDIA, PACKED, NULL}, /* ASF, WMV */
    {0, M("II*\0"), TYPE_TIFF, PACKED, check_tiff},
    {0, M("MM\0*"), TYPE_TIFF, PACKED, check_tiff},
    {0, M("BM"), TYPE_BMP, 0, check_bmp},
    {0, M("SQLite format 3\0"), TYPE_SQLITE, ANY_INSIDE, check_sqlite},
    {0, M("\x1f\x8b\x08"), TYPE_GZIP, PACKED, check_stream},
    {0, M("\xfd" "7zXZ\0"), TYPE_XZ, PACKED, check_stream},
    {0, M("\x28\xb5\x2f\xfd"), TYPE_ZSTD, PACKED, check_stream},
    {0, M("BZh"), TYPE_BZIP2, PACKED, check_stream},
    {0, M("7z\xbc\xaf\x27\x1c"), TYPE_7Z, PACKED, check_7z},
    {0, M("Rar!\x1a\x07"), TYPE_RAR, PACKED, check_rar},
    {257, M("ustar"), TYPE_TAR, PACKED, check_tar},
    {0, M("\x7f" "ELF"), TYPE_ELF, PACKED, check_elf},
    {0, M("-----BEGIN PGP MESSAGE"), TYPE_PGP, PACKED, check_pgp},
    {0, M("Salted__"), TYPE_PGP, PACKED, check_pgp},
    {0, M("age-encryption.org/"), TYPE_PGP, PACKED, check_pgp},
    /* containers whose inside is the guest's or the application's own business */
    {0, M("QFI\xfb"), TYPE_DATABASE, ANY_INSIDE, NULL},
    {0, M("KDMV"), TYPE_DATABASE, ANY_INSIDE, NULL},
    {0, M("# Disk Descriptor"), TYPE_TEXT, 0, NULL},
    {0, M("vhdxfile"), TYPE_DATABASE, ANY_INSIDE, NULL},
    {0, M("conectix"), TYPE_DATABASE, ANY_INSIDE, NULL},
    {64, M("\x7f\x10\xda\xbe"), TYPE_DATABASE, ANY_INSIDE, NULL}, /* VDI */
    {0, M("LUKS\xba\xbe"), TYPE_DATABASE, ANY_INSIDE, NULL},
    {0x8001, M("CD001"), TYPE_DATABASE, ANY_INSIDE, NULL},
    {1080, M("\x53\xef"), TYPE_DATABASE, ANY_INSIDE, NULL}, /* ext2..4 */
    {510, M("\x55\xaa"), TYPE_DATABASE, ANY_INSIDE, NULL}, /* disk with a partition table */
    {0, M("!BDN"), TYPE_DATABASE, ANY_INSIDE, NULL}, /* Outlook */
    {0, M("\0\1\0\0Standard "), TYPE_DATABASE, ANY_INSIDE, NULL}, /* Access */
    {0, M("regf"), TYPE_DATABASE, 0, NULL},
    {0, M("PACK\0\0\0\2"), TYPE_DATABASE, PACKED, NULL}, /* git */
    {0, M("DIRC\0\0\0"), TYPE_DATABASE, 0, NULL},
    {0, M("\xfftOc\0\0\0\2"), TYPE_DATABASE, 0, NULL},
    {0, M("\x37\x7f\x06\x82"), TYPE_DATABASE, ANY_INSIDE, NULL}, /* SQLite WAL, big and little endian */
    {0, M("\x37\x7f\x06\x83"), TYPE_DATABASE, ANY_INSIDE, NULL},
    {0, M("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"), TYPE_DATABASE, ANY_INSIDE, NULL}, /* SQLite journal */
    {12, M("\x61\x15\x06\0"), TYPE_DATABASE, ANY_INSIDE, NULL}, /* Berkeley DB hash, btree */
    {12, M("\x62\x31\x05\0"), TYPE_DATABASE, ANY_INSIDE, NULL},
    {16, M("\xde\xc0\xef\xbe"), TYPE_DATABASE, ANY_INSIDE, NULL}, /* LMDB */
    {0, M("\x03\xd9\xa2\x9a"), TYPE_DATABASE, PACKED, NULL}, /* KeePass */
    {0, M("8BPS"), TYPE_TIFF, PACKED, NULL}, /* Photoshop: an image of layers */
    {0, M("wOFF"), TYPE_DATABASE, PACKED, NULL},
    {0, M("wOF2"), TYPE_DATABASE, PACKED, NULL},
    {0, M("AC10"), TYPE_DATABASE, PACKED, NULL}, /* AutoCAD */
    {0, M("\x04\x22\x4d\x18"), TYPE_GZIP, PACKED, NULL}, /* lz4 */
    {0, M("LZIP\1"), TYPE_GZIP, PACKED, NULL},
    {0, M("\x89LZO\0\r\n"), TYPE_GZIP, PACKED, NULL},
    {0, M("\x1f\x9d"), TYPE_GZIP, PACKED, NULL},
    /* programs of other systems */
    {0, M("MZ"), TYPE_ELF, PACKED, NULL},
    {0, M("\xca\xfe\xba\xbe\0\0"), TYPE_ELF, PACKED, NULL},
    /* pictures, sound, film with a magic of little more than a name */
    {0, M("\0\0\1\0"), TYPE_BMP, PACKED, NULL}, /* icon */
    {4, M("jP  \r\n\x87\n"), TYPE_JPEG, PACKED, NULL}, /* JPEG 2000 */
    {0, M("FUJIFILMCCD-RAW"), TYPE_TIFF, PACKED, NULL},
    {0, M("IIU\0"), TYPE_TIFF, PACKED, NULL},
    {0, M("IIRO"), TYPE_TIFF, PACKED, NULL},
    {0, M("IIRS"), TYPE_TIFF, PACKED, NULL},
    {0, M("FOVb"), TYPE_TIFF, PACKED, NULL},
    {128, M("DICM"), TYPE_TIFF, PACKED, NULL},
    {0, M("FORM"), TYPE_MEDIA, PACKED, NULL},
    {0, M(".snd"), TYPE_MEDIA, PACKED, NULL},
    {0, M("FLV\1"), TYPE_MEDIA, PACKED, NULL},
    {0, M("MThd"), TYPE_MEDIA, PACKED, NULL},
    {0, M("#!AMR"), TYPE_MEDIA, PACKED, NULL},
    {0, M("\0\0\1\xba"), TYPE_MEDIA, PACKED, NULL},
    {188, M("\x47"), TYPE_MEDIA, PACKED, check_mpegts},
    /* drawings and documents of offices and workshops */
    {0, M("JwwData."), TYPE_DATABASE, 0, NULL}, /* Jw_cad */
    {0, M("\x60\x0e\x82"), TYPE_DATABASE, PACKED, NULL}, /* DocuWorks */
    {0, M("AT&TFORM"), TYPE_PDF, PACKED, NULL}, /* DjVu */
    {0, M("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d"), TYPE_DATABASE, PACKED, NULL}, /* OneNote */
    {0, M("3D Geometry File Format"), TYPE_DATABASE, PACKED, NULL},
    {0, M("\xff\xfe\xff\x0eS\0k\0"), TYPE_DATABASE, PACKED, NULL}, /* SketchUp */
    {0, M("BLENDER"), TYPE_DATABASE, PACKED, NULL},
    {0, M("\x06\x06\xed\xf5\xd8\x1d\x46\xe5"), TYPE_DATABASE, PACKED, NULL}, /* InDesign */
    {0, M("ITSF\3"), TYPE_DATABASE, PACKED, NULL},
    {0, M("JM\1\0PK\3\4"), TYPE_DATABASE, PACKED, NULL},
    {0, M("OTTO\0"), TYPE_DATABASE, 0, NULL}, /* fonts */
    {0, M("\0\1\0\0\0"), TYPE_DATABASE, 0, NULL},
    {0, M("ttcf"), TYPE_DATABASE, 0, NULL},
    {0, M("\xd4\xc3\xb2\xa1"), TYPE_DATABASE, ANY_INSIDE, NULL}, /* pcap */
    {0, M("\x0a\x0d\x0d\x0a"), TYPE_DATABASE, ANY_INSIDE, NULL},
    {0, M("\x5d\0\0"), TYPE_XZ, PACKED, NULL}, /* lzma alone */
};

static int fits(const struct content_view *v, const struct magic *m)
{
    uint8_t far[16];

    if ((uint64_t)m->at + m->n > v->src->size)
        return 0;
    if (m->at + m->n <= v->head_n)
        return !memcmp(v->head + m->at, m->bytes, m->n);
    return source_read(v->src, m->at, far, m->n) == m->n && !memcmp(far, m->bytes, m->n);
}

int content_known_magic(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < sizeof MAGICS / sizeof *MAGICS; i++)
        if (MAGICS[i].n >= 3 && MAGICS[i].at + MAGICS[i].n <= n && !memcmp(p + MAGICS[i].at, MAGICS[i].bytes, MAGICS[i].n))
            return 1;
    return n >= 5 && !memcmp(p, "%PDF-", 5);
}

static void by_table(const struct content_view *v, struct content_type *out)
{
    for (size_t i = 0; i < sizeof MAGICS / sizeof *MAGICS; i++) {
        const struct magic *m = &MAGICS[i];

        if (!fits(v, m))
            continue;
        *out = (struct content_type){.type = m->type,
                                     .health = HEALTH_LIKELY,
                                     .any_inside = (m->flags & ANY_INSIDE) != 0,
                                     .packed = (m->flags & PACKED) != 0};
        if (m->check)
            m->check(v, out);
        if (out->type != TYPE_UNKNOWN)
            return;
    }
}

/* A PDF may begin with rubbish, mp3 and PGP begin with a bit pattern, PostgreSQL
 * and tar of old have no magic at all. */
static void by_pattern(const struct content_view *v, struct content_type *out)
{
    static content_check *const CHECKS[] = {check_pdf, check_mp3, check_pgp, check_tar, check_pages, check_stream};
    static const uint32_t TYPES[] = {TYPE_PDF, TYPE_MEDIA, TYPE_PGP, TYPE_TAR, TYPE_DATABASE, TYPE_GZIP};
    static const uint8_t PACK[] = {1, 1, 1, 1, 0, 1};

    for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS; i++) {
        struct content_type t = {.type = TYPES[i], .health = HEALTH_LIKELY, .packed = PACK[i]};

        CHECKS[i](v, &t);
        if (t.type != TYPE_UNKNOWN) {
            *out = t;
            return;
        }
    }
}

void content_type_of(const struct content_view *v, struct content_type *out)
{
    *out = (struct content_type){.type = TYPE_UNKNOWN};
    if (!v->src->size || !v->head_n) {
        out->type = TYPE_EMPTY;
        out->health = HEALTH_SOUND;
        return;
    }
    if (v->src->size >= TUNE_WIPE_MIN && stat_constant(v->head, v->head_n, TUNE_PERIOD) && stat_constant(v->tail, v->tail_n, TUNE_PERIOD)) {
        out->type = TYPE_CONSTANT;
        out->health = HEALTH_SOUND;
        return;
    }
    by_table(v, out);
    if (out->type == TYPE_UNKNOWN)
        by_pattern(v, out);
    if (out->type == TYPE_UNKNOWN && (stat_text(v->head, v->head_n, 1) || stat_text(v->head, v->head_n, 0)) && stat_text(v->tail, v->tail_n, !v->tail_at)) {
        out->type = TYPE_TEXT;
        out->health = HEALTH_SOUND;
    }
}

int content_type_document(uint32_t type)
{
    return type != TYPE_EMPTY && type != TYPE_UNKNOWN && type != TYPE_TEXT && type != TYPE_CONSTANT && type != TYPE_PGP && type != TYPE_ELF;
}
