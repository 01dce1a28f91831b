/* How it decides.  Three kinds of evidence are put together:
 *  - what the content is now and was before, told by structure (content_type.h):
 *    a sound document is not destroyed, a lost structure is suspicious;
 *  - what the changed bytes look like against the bytes that stood at the same
 *    offsets (content_compare.h): structure that turned random is encryption;
 *  - whether the same content is still inside (compressed, archived, shifted).
 * What stays in doubt is UNSURE and never counts as destroyed. */
#include "agent/detect/content.h"

#include <stdlib.h>
#include <string.h>

#include "agent/detect/content_compare.h"
#include "lib/err.h"

struct content {
    uint64_t seed;
    struct content_view after, before;
    struct content_type now, was;
    struct content_evidence e;
    struct content_work work;
    struct content_plan plan;
    uint8_t scratch[TUNE_SCRATCH];
};

struct content *content_new(uint64_t seed)
{
    struct content *c = calloc(1, sizeof *c);

    if (c)
        c->seed = seed;
    return c;
}

void content_free(struct content *c)
{
    free(c);
}

/* ---- shared questions --------------------------------------------------------- */
static int is_zip_family(uint32_t t)
{
    return t == TYPE_ZIP || t == TYPE_OOXML || t == TYPE_ODF;
}

/* Bytes with no content of their own: a file laid out before it is filled. */
static int is_filler(const struct content_view *v)
{
    return stat_constant(v->head, v->head_n, TUNE_FILLER) && stat_constant(v->tail, v->tail_n, TUNE_FILLER);
}

static int is_container(uint32_t t)
{
    return is_zip_family(t) || t == TYPE_TAR || t == TYPE_7Z || t == TYPE_RAR || t == TYPE_GZIP || t == TYPE_XZ ||
           t == TYPE_ZSTD || t == TYPE_BZIP2;
}

static int same_kind(uint32_t a, uint32_t b)
{
    return a == b || (is_zip_family(a) && is_zip_family(b));
}

/* The whole text is one run of coded bytes, and what it codes is random and of no known type. */
static int coded_cipher(const struct content *c)
{
    uint8_t raw[TUNE_BLOCK];
    struct stat_block s;
    size_t n;

    if (!c->e.blocks || c->e.coded * 10 < c->e.blocks * 8 || !stat_coded(c->after.head, c->after.head_n))
        return 0;
    n = stat_decode(c->after.head, c->after.head_n, raw, sizeof raw);
    if (n < TUNE_MIN_RANDOM || content_known_magic(raw, n) || (raw[0] == 0x30 && raw[1] >= 0x81 && raw[1] <= 0x83)) /* DER: keys, certificates */
        return n == 0; /* another alphabet: evenly used is all we know */
    stat_measure(raw, n, &s);
    return s.grade == GRADE_RANDOM;
}

/* Random-looking changes make up the change. */
static int mostly_random(const struct content_evidence *e)
{
    return e->looked && e->random * 2 >= e->looked;
}

static int mostly_dense(const struct content_evidence *e)
{
    return e->looked && e->dense * 4 >= e->looked * 3;
}

/* The changed bytes of all blocks together look random: small changes in many places. */
static int random_together(const struct content *c)
{
    struct stat_block s;

    if (c->e.looked || c->work.pooled < TUNE_MIN_RANDOM)
        return 0;
    content_pooled(&c->work, &s);
    return s.grade == GRADE_RANDOM;
}

/* ---- verdicts by what after is ------------------------------------------------- */
/* Unchanged at every place looked at. */
static uint32_t judge_unchanged(const struct content *c)
{
    uint64_t now = c->after.src->size, was = c->before.src->size;

    if (now == was)
        return c->e.whole ? CHANGE_NONE : CHANGE_KEPT;
    if (now > was || was < TUNE_CUT_MIN)
        return CHANGE_KEPT; /* appended, or little to lose */
    if (now * TUNE_CUT_SHARE < was)
        return CHANGE_WIPED;
    return content_type_document(c->was.type) && c->was.health == HEALTH_SOUND && c->now.health == HEALTH_BROKEN
               ? CHANGE_WIPED : CHANGE_KEPT;
}

static uint32_t judge_text(struct content *c)
{
    uint64_t now = c->after.src->size, was = c->before.src->size;

    if (c->e.weak && c->e.weak * 2 >= c->e.looked)
        return CHANGE_ENCRYPTED; /* a repeated key can leave letters */
    if (c->e.similarity < 500 && coded_cipher(c))
        return stat_coded(c->before.head, c->before.head_n) ? CHANGE_UNSURE : CHANGE_ENCRYPTED;
    if (!content_type_document(c->was.type))
        return CHANGE_KEPT;
    if (now <= TUNE_STUB && was >= TUNE_CUT_MIN && now * TUNE_CUT_SHARE < was)
        return CHANGE_WIPED;
    return CHANGE_UNSURE;
}

/* Random bytes in a body of the same kind whose rest stayed in its place: what
 * a partial cipher leaves of a compressed document.  An honest new compression
 * changes everything that follows, and its size. */
static int looks_patched(const struct content *c)
{
    uint64_t now = c->after.src->size, was = c->before.src->size;

    if (!c->e.random || (c->now.type == TYPE_ELF && now != was)) /* two programs share stretches at the same places */
        return 0;
    return content_island(&c->e) || (now >= was && now - was <= TUNE_FOOTER && (now == was || c->e.first_same >= TUNE_SAME_TAIL));
}

static uint32_t judge_patched(struct content *c)
{
    const struct content_evidence *e = &c->e;
    int exact = c->after.src->size == c->before.src->size && !c->now.walked;

    switch (content_deep(&c->after, &c->now, e->random_from, e->random_last)) {
    case 1: return CHANGE_KEPT;
    case 0: return CHANGE_ENCRYPTED;
    default:
        if (content_island(e) || (exact && e->first_same >= TUNE_SAME_TAIL))
            return e->random > 1 || e->gained || exact ? CHANGE_ENCRYPTED : CHANGE_UNSURE;
        return CHANGE_KEPT;
    }
}

static uint32_t judge_open_kind(const struct content *c)
{
    const struct content_evidence *e = &c->e;
    int wide = e->changed * 1000 >= e->probes * TUNE_IMAGE_SHARE && e->gained * 1000 >= e->looked * TUNE_IMAGE_SHARE;

    if (c->now.type == TYPE_SQLITE)
        return e->bad_pages * 4 >= e->looked && e->bad_pages ? CHANGE_ENCRYPTED : CHANGE_KEPT;
    return wide && e->gained > 1 ? CHANGE_ENCRYPTED : CHANGE_KEPT;
}

/* After is a healthy content of a known type. */
static uint32_t judge_sound(struct content *c)
{
    const struct content_evidence *e = &c->e;
    int kind = same_kind(c->now.type, c->was.type);

    if (c->now.type == TYPE_TEXT)
        return judge_text(c);
    if (c->now.any_inside && kind)
        return judge_open_kind(c);
    if (kind && looks_patched(c))
        return judge_patched(c);
    if (kind && !c->now.packed && e->gained && e->gained * 4 >= e->looked)
        return CHANGE_ENCRYPTED; /* header kept, body random where the format does not look so */
    if (kind && is_container(c->now.type) && mostly_random(e) && content_hides(&c->after, &c->now))
        return content_hides(&c->before, &c->was) ? CHANGE_UNSURE : CHANGE_ENCRYPTED;
    if (kind || !is_container(c->now.type))
        return CHANGE_KEPT;
    if (content_holds(&c->after, &c->now, c->before.head, c->before.head_n, c->before.src->size))
        return CHANGE_KEPT;
    return content_hides(&c->after, &c->now) ? CHANGE_ENCRYPTED : CHANGE_UNSURE;
}

/* The original was nothing that we know. */
static uint32_t judge_stranger(const struct content *c)
{
    const struct content_evidence *e = &c->e;

    if (mostly_random(e) && e->gained * 2 >= e->looked && e->gained)
        return CHANGE_ENCRYPTED;
    if (mostly_random(e) && e->head_gained)
        return CHANGE_ENCRYPTED;
    if ((e->weak + e->reordered) * 2 > e->looked || (e->gained && content_island(e)))
        return CHANGE_ENCRYPTED;
    if (e->looked && e->constant * 4 >= e->looked * 3)
        return CHANGE_WIPED;
    return mostly_dense(e) ? CHANGE_UNSURE : CHANGE_KEPT;
}

/* After is nothing known, or a broken something. */
static uint32_t judge_lost(const struct content *c)
{
    const struct content_evidence *e = &c->e;
    int lost = !same_kind(c->now.type, c->was.type) || c->now.health == HEALTH_BROKEN;

    if (c->was.type == TYPE_UNKNOWN || c->was.health == HEALTH_BROKEN)
        return judge_stranger(c);
    if (c->was.secret)
        return CHANGE_UNSURE;
    if (mostly_random(e) || e->head_random || e->gained || content_island(e) || random_together(c) || (lost && mostly_dense(e)))
        return CHANGE_ENCRYPTED;
    if (e->weak || e->reordered)
        return CHANGE_ENCRYPTED;
    if (lost && e->constant * 4 >= e->looked && e->constant)
        return CHANGE_WIPED;
    if (c->after.src->size * TUNE_CUT_SHARE < c->before.src->size && c->before.src->size >= TUNE_CUT_MIN && lost)
        return CHANGE_WIPED;
    return e->similarity >= 500 || !lost ? CHANGE_KEPT : CHANGE_UNSURE;
}

static uint32_t judge_pair(struct content *c)
{
    const struct content_evidence *e = &c->e;
    int healthy;

    if (!c->before.src->size)
        return c->after.src->size ? CHANGE_KEPT : CHANGE_NONE;
    if (is_filler(&c->before) && !e->looked)
        return e->changed ? CHANGE_KEPT : judge_unchanged(c);
    if (c->before.src->size < TUNE_WIPE_MIN && c->after.src->size < TUNE_WIPE_MIN && c->now.type != TYPE_UNKNOWN)
        return e->changed ? CHANGE_KEPT : judge_unchanged(c);
    if (!c->after.src->size)
        return c->before.src->size < TUNE_WIPE_MIN ? CHANGE_KEPT : CHANGE_WIPED;
    if (!e->changed)
        return judge_unchanged(c);
    if (c->now.type == TYPE_CONSTANT && e->constant * 10 >= e->looked * 9)
        return c->before.src->size < TUNE_WIPE_MIN ? CHANGE_KEPT : CHANGE_WIPED;
    if (c->now.secret && c->now.health != HEALTH_BROKEN)
        return c->was.secret ? CHANGE_UNSURE : CHANGE_ENCRYPTED;
    healthy = c->now.health == HEALTH_SOUND || (c->now.health == HEALTH_LIKELY && same_kind(c->now.type, c->was.type));
    if (c->now.type == TYPE_TEXT && e->text < e->blocks && (e->random || e->weak))
        healthy = 0;
    return healthy && c->now.type != TYPE_UNKNOWN ? judge_sound(c) : judge_lost(c);
}

static uint32_t judge_new(struct content *c)
{
    const struct content_evidence *e = &c->e;
    struct stat_block all;

    if (c->now.type == TYPE_PGP && c->now.secret)
        return CHANGE_ENCRYPTED;
    if (c->now.type == TYPE_TEXT && e->text == e->blocks)
        return coded_cipher(c) ? CHANGE_ENCRYPTED : CHANGE_KEPT;
    if (c->now.type != TYPE_UNKNOWN && c->now.health != HEALTH_BROKEN)
        return CHANGE_KEPT;
    if (!e->looked || e->random * 10 < e->looked * 9)
        return CHANGE_KEPT;
    content_pooled(&c->work, &all);
    return all.grade == GRADE_RANDOM ? CHANGE_ENCRYPTED : CHANGE_KEPT;
}

void content_judge(struct content *c, const struct content_source *after, const struct content_source *before,
                   struct content_verdict *out)
{
    const struct content_evidence *e = &c->e;

    *out = (struct content_verdict){0};
    content_view_load(&c->after, after, c->scratch);
    if (after->size && !c->after.head_n)
        return; /* unreadable */
    content_type_of(&c->after, &c->now);
    c->was = (struct content_type){0};
    c->plan = (struct content_plan){.seed = c->seed, .text = c->now.type == TYPE_TEXT};
    if (before) {
        content_view_load(&c->before, before, c->scratch);
        if (before->size && !c->before.head_n)
            return;
        content_type_of(&c->before, &c->was);
        if (c->was.type == TYPE_SQLITE)
            c->plan.page = be16(c->before.head + 16) == 1 ? 65536 : be16(c->before.head + 16);
        content_compare(&c->work, after, before, &c->plan, &c->e);
        out->change = judge_pair(c);
    } else {
        content_survey(&c->work, after, &c->plan, &c->e);
        out->change = judge_new(c);
        out->note = c->now.type == TYPE_TEXT && out->change == CHANGE_KEPT && after->size >= TUNE_NOTE_MIN &&
                    after->size <= TUNE_NOTE_BYTES;
    }
    out->before_type = c->was.type;
    out->after_type = c->now.type;
    out->before_entropy = e->entropy_before;
    out->after_entropy = e->entropy_after;
    out->similarity = e->similarity;
    out->blocks = before ? e->probes : e->blocks;
    out->blocks_changed = e->changed;
    out->blocks_random = e->random;
    out->partial = before && e->changed && e->changed < e->probes;
}

void content_judge_fds(struct content *c, int after, int before, struct content_verdict *out)
{
    struct content_source a, b;

    *out = (struct content_verdict){0};
    if (source_open(&a, after) || (before >= 0 && source_open(&b, before)))
        return;
    content_judge(c, &a, before >= 0 ? &b : NULL, out);
}
