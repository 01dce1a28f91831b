/* The vault's index: bytes of a log that a kill tore, a disk damaged or
 * somebody wrote.  First byte odd: the rest is the log as it is.  Even: the
 * rest is cut into records {type, length, payload} that get a right checksum,
 * so that the checks behind it are reached.  The index must stay consistent,
 * and a plan of what it holds must come out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "agent/respond/linux/vault_plan.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOG_MAX 65536u

static size_t build_log(const uint8_t *data, size_t size, uint8_t *log)
{
    size_t n = 0;

    while (size >= 2) {
        struct vault_rec_head h = {.magic = VAULT_LOG_MAGIC, .type = (uint16_t)(data[0] % 8), .len = data[1]};
        size_t whole;

        data += 2;
        size -= 2;
        h.len = h.len > size ? (uint32_t)size : h.len;
        whole = sizeof h + ((h.len + 7u) & ~7u);
        if (n + whole > LOG_MAX)
            break;
        memset(log + n, 0, whole);
        memcpy(log + n, &h, sizeof h);
        memcpy(log + n + sizeof h, data, h.len);
        h.crc = (uint32_t)crc32(0, log + n + 8, 8 + h.len);
        memcpy(log + n, &h, sizeof h);
        data += h.len;
        size -= h.len;
        n += whole;
    }
    return n;
}

static void plan_all(const struct vault_index *ix, const uint8_t *log)
{
    struct plan_touch *touch = calloc(ix->touches + 1u, sizeof *touch);
    struct plan plan;
    uint32_t n = 0;
    char out[LIM_PATH];

    for (uint32_t s = 1; touch && s <= ix->touch_top; s++) {
        const struct ix_touch *t = &ix->touch[s];
        struct rec_touch r;

        if (t->state != SLOT_LIVE)
            continue;
        memcpy(&r, log + t->off + sizeof(struct vault_rec_head), sizeof r);
        touch[n] = (struct plan_touch){.seq = t->seq, .key = t->key, .ref = t->ref, .wall = t->wall, .kind = t->kind,
                                       .flags = t->flags, .bad = t->tree % 4 != 3, .own = t->tree % 4 < 2};
        touch[n].path = strndup((const char *)log + t->off + sizeof(struct vault_rec_head) + sizeof r, r.len1);
        touch[n].path2 = r.len2 ? strndup((const char *)log + t->off + sizeof(struct vault_rec_head) + sizeof r + r.len1, r.len2)
                                : NULL;
        n++;
    }
    if (!touch)
        return;
    if (plan_build(&plan, touch, n)) {
        for (uint32_t i = 0; i < n; i++) {
            free(touch[i].path);
            free(touch[i].path2);
        }
        free(touch);
        return;
    }
    for (uint32_t i = 0; i < plan.nitems; i++) {
        const char *name;
        uint64_t seq;

        if (plan_of(&plan, &plan.item[i].key) != &plan.item[i])
            abort();
        for (unsigned k = 0; (name = plan_later_name(&plan, &plan.item[i], k, &seq)); k++)
            (void)plan_map(&plan, name, seq, k & 1, out);
    }
    plan_free(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *log = malloc(LOG_MAX);
    struct vault_index ix;
    struct vault_rec rec;
    uint64_t skipped = 0;
    size_t n, at = 0;

    if (!size || !log || vault_index_init(&ix)) {
        free(log);
        return 0;
    }
    if (data[0] & 1) {
        n = size - 1 < LOG_MAX ? size - 1 : LOG_MAX;
        memcpy(log, data + 1, n);
    } else {
        n = build_log(data + 1, size - 1, log);
    }
    while (vault_log_next(log, n, &at, &skipped, &rec))
        (void)vault_index_apply(&ix, &rec);
    if (vault_index_check(&ix))
        abort();
    at = 0;
    while (vault_log_next(log, n, &at, &skipped, &rec)) {
        const uint64_t *off = vault_index_offset(&ix, &rec);

        if (off && *off != rec.off)
            abort();
        (void)vault_index_live(&ix, &rec);
    }
    plan_all(&ix, log);
    while (ix.versions) {
        uint32_t victim = ix_version_victim(&ix, 0, 0);

        if (!victim)
            break; /* the rest is pinned */
        ix_version_drop(&ix, victim);
    }
    if (vault_index_check(&ix))
        abort();
    vault_index_fini(&ix);
    free(log);
    return 0;
}
