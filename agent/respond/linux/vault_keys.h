/* A growing set of file keys, each with a number (open addressing).  Worker threads only. */
#ifndef MM_AGENT_RESPOND_VAULT_KEYS_H
#define MM_AGENT_RESPOND_VAULT_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/respond/vault.h"

struct key_slot { struct vault_key key; uint32_t value; bool used; };
struct key_set { struct key_slot *slot; uint32_t count, room; };

/* Add a key; one that is there keeps its first value.  MM_ENOMEM. */
int key_set_add(struct key_set *s, const struct vault_key *key, uint32_t value);
/* False when it is not there; `value` may be NULL. */
bool key_set_find(const struct key_set *s, const struct vault_key *key, uint32_t *value);
void key_set_fini(struct key_set *s);

#endif
