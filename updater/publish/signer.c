#include "updater/publish/signer.h"

#include "lib/err.h"
#include "lib/limits.h"
#include "updater/tuf/canonical.h"

int signer_id(const json_t *object, char id[SHA256_HEX])
{
    uint8_t digest[SHA256_BYTES];
    struct buf canonical;
    int rc;

    buf_init(&canonical, LIM_PUBLISH_KEYFILE);
    rc = tuf_canonical(object, &canonical);
    if (!rc)
        rc = crypto_sha256(canonical.data, canonical.len, digest);
    buf_fini(&canonical);
    if (!rc)
        crypto_hex(digest, sizeof digest, id);
    return rc;
}

void signer_fini(struct signer *s)
{
    if (s->ops)
        s->ops->free(s->held);
    json_decref(s->object);
    *s = (struct signer){.ops = NULL};
}
