/* See vault_keys.h.  Owns its slots. */
#include "agent/respond/linux/vault_keys.h"

#include <stdlib.h>

#include "lib/err.h"

/* The slot of the key, or the free one where it belongs; `room` is a power of two and never full. */
static struct key_slot *place(struct key_slot *slot, uint32_t room, const struct vault_key *key)
{
    uint64_t h = (key->ino ^ (uint64_t)key->btime_ns) * 0x9e3779b97f4a7c15ull;
    uint32_t i = (uint32_t)(h >> 32) & (room - 1);

    while (slot[i].used && (slot[i].key.ino != key->ino || slot[i].key.btime_ns != key->btime_ns))
        i = (i + 1) & (room - 1);
    return &slot[i];
}

static int grow(struct key_set *s)
{
    uint32_t room = s->room ? s->room * 2 : 64;
    struct key_slot *slot = calloc(room, sizeof *slot);

    if (!slot)
        return MM_ENOMEM;
    for (uint32_t i = 0; i < s->room; i++)
        if (s->slot[i].used)
            *place(slot, room, &s->slot[i].key) = s->slot[i];
    free(s->slot);
    s->slot = slot;
    s->room = room;
    return MM_OK;
}

int key_set_add(struct key_set *s, const struct vault_key *key, uint32_t value)
{
    struct key_slot *at;
    int rc = s->count * 2 >= s->room ? grow(s) : MM_OK;

    if (rc)
        return rc;
    at = place(s->slot, s->room, key);
    if (!at->used) {
        *at = (struct key_slot){*key, value, true};
        s->count++;
    }
    return MM_OK;
}

bool key_set_find(const struct key_set *s, const struct vault_key *key, uint32_t *value)
{
    const struct key_slot *at = s->room ? place(s->slot, s->room, key) : NULL;

    if (!at || !at->used)
        return false;
    if (value)
        *value = at->value;
    return true;
}

void key_set_fini(struct key_set *s)
{
    free(s->slot);
    *s = (struct key_set){0};
}
