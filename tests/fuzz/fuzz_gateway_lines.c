/* Lines: what an SSH server says; escapes, header lines, paths, hosts and OIDs of a question.  The first byte chooses. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/gateway/parts.h"
#include "lib/err.h"
#include "lib/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void headers(const char *text)
{
    const char *rest = text, *line = NULL;
    size_t n = 1;

    while (n && header_next(&rest, &line, &n) == MM_OK)
        if (n && (line < text || line + n > rest || memchr(line, '\n', n) || memchr(line, '|', n)))
            abort();
}

static void question(const char *text, size_t size)
{
    struct snmp_oid oid;
    struct buf out;

    buf_init(&out, LIM_NAME);
    if (escape_undo(text, &out) == MM_OK && out.len > size)
        abort();
    buf_reset(&out);
    if (snmp_oid_parse(text, &oid) == MM_OK && (oid.n > SNMP_OID_PARTS || snmp_ask(SNMP_V1, "public", 1, &oid, &out) == MM_EINVAL))
        abort();
    headers(text);
    path_valid(text);
    host_valid(text);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = 0, length = 0;
    char *text;

    if (!size || !(text = malloc(size)))
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (data[0] & 1)
        question(text, size - 1);
    else if (size > 1 && ssh_identification(text, size - 1, &at, &length) == MM_OK &&
             (at + length > size - 1 || length > 255 || memcmp(text + at, "SSH-", 4) != 0))
        abort();
    free(text);
    return 0;
}
