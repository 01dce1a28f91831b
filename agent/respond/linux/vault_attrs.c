/* Extended attributes (POSIX ACLs, capabilities, labels, user.*) as one block
 * of bytes that lies in the log beside what it belongs to: a version file of
 * its own could not carry an ACL without changing its own permissions. */
#include "agent/respond/linux/vault_private.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

struct entry_head { uint32_t value; uint16_t name; };
#define ENTRY 6u /* bytes of a head in the block */

static void put_head(uint8_t *at, struct entry_head h)
{
    memcpy(at, &h.value, 4);
    memcpy(at + 4, &h.name, 2);
}

/* The entry at *at; false at the end or when malformed. */
static bool next_entry(const uint8_t *block, size_t n, size_t *at, struct entry_head *h, const char **name,
                       const uint8_t **value)
{
    if (n - *at < ENTRY)
        return false;
    memcpy(&h->value, block + *at, 4);
    memcpy(&h->name, block + *at + 4, 2);
    if (h->name < 2 || h->name > LIM_NAME || h->value > n - *at - ENTRY || h->name > n - *at - ENTRY - h->value)
        return false;
    *name = (const char *)block + *at + ENTRY;
    *value = block + *at + ENTRY + h->name;
    if ((*name)[h->name - 1] || memchr(*name, 0, h->name) != *name + h->name - 1)
        return false;
    *at += ENTRY + h->name + h->value;
    return true;
}

void vault_attrs_read(int fd, uint8_t *out, size_t max, uint32_t *n, bool *cut)
{
    char names[4096];
    ssize_t listed = flistxattr(fd, names, sizeof names);
    size_t used = 0;

    *n = 0;
    *cut = listed < 0 && errno == ERANGE;
    for (ssize_t i = 0; i < listed;) {
        size_t len = strlen(names + i) + 1;
        ssize_t got = -1;

        errno = ERANGE;
        if (used + ENTRY + len < max && len <= LIM_NAME)
            got = fgetxattr(fd, names + i, out + used + ENTRY + len, max - used - ENTRY - len);
        if (got >= 0) {
            put_head(out + used, (struct entry_head){(uint32_t)got, (uint16_t)len});
            memcpy(out + used + ENTRY, names + i, len);
            used += ENTRY + len + (size_t)got;
        } else if (errno != ENODATA) {
            *cut = true;
        }
        i += (ssize_t)len;
    }
    *n = (uint32_t)used;
}

static bool in_block(const uint8_t *block, size_t n, const char *wanted)
{
    struct entry_head h;
    const uint8_t *value;
    const char *name;
    size_t at = 0;

    while (next_entry(block, n, &at, &h, &name, &value))
        if (!strcmp(name, wanted))
            return true;
    return false;
}

static void note(char which[LIM_NAME], const char *name)
{
    if (!which[0])
        memcpy(which, name, strnlen(name, LIM_NAME - 1) + 1);
}

static int remove_others(int fd, const uint8_t *block, size_t n, char which[LIM_NAME])
{
    char names[4096];
    ssize_t listed = flistxattr(fd, names, sizeof names);
    int rc = MM_OK;

    for (ssize_t i = 0; i < listed; i += (ssize_t)strlen(names + i) + 1) {
        if (in_block(block, n, names + i) || !fremovexattr(fd, names + i) || errno == ENODATA)
            continue;
        if (!strcmp(names + i, "security.selinux"))
            continue; /* a label cannot be removed, only set */
        note(which, names + i);
        rc = mm_from_errno(errno);
    }
    return rc;
}

/* Whether the attribute has that value already. */
static bool has(int fd, const char *name, const uint8_t *value, size_t n)
{
    uint8_t now[4096];
    ssize_t got;

    if (n > sizeof now)
        return false;
    got = fgetxattr(fd, name, now, sizeof now);
    return got == (ssize_t)n && !memcmp(now, value, n);
}

int vault_attrs_write(int fd, const uint8_t *block, size_t n, char which[LIM_NAME])
{
    struct entry_head h;
    const uint8_t *value;
    const char *name;
    size_t at = 0;
    int rc;

    which[0] = '\0';
    rc = remove_others(fd, block, n, which);
    while (next_entry(block, n, &at, &h, &name, &value)) {
        if (has(fd, name, value, h.value) || !fsetxattr(fd, name, value, h.value, 0))
            continue;
        note(which, name);
        rc = mm_from_errno(errno);
    }
    return rc;
}
