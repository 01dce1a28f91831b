/* Whatever bytes come as an envelope or, signed by a trusted key, as a
 * payload: no crash, and an accepted command is for this host and new. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/command.h"
#include "lib/err.h"

#define AGENT "0f8fad5b-d9cb-469f-a165-70867728950e"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[ED25519_SECRET] = {1, 2, 3, 4};
static struct command_key key;

static void learn_key(void)
{
    /* The public half of the fixed secret above, computed once. */
    static const char pub[] = "ca96be9dcec02b4cb9eed1dff65ff720ff8b2dc461a308b91d6b6bac9171fa27";

    if (crypto_unhex(pub, key.pub, sizeof key.pub))
        abort();
    ed25519_keyid(key.pub, key.keyid);
}

static void verify(const void *envelope, size_t n)
{
    struct command_check check = {.keys = &key, .nkeys = 1, .agent_id = AGENT, .last_sequence = 5, .now = 1795321831};
    enum command_refusal why = REFUSE_NONE;
    struct command c = {.by = "untouched"};
    int rc = command_verify(envelope, n, &check, &c, &why);

    if (rc == MM_OK && (c.sequence <= 5 || strcmp(c.agent_id, AGENT) || why != REFUSE_NONE))
        abort();
    if (rc == MM_OK && (c.action == COMMAND_DECLARE || c.action == COMMAND_POLICY)
            ? command_args(c.action, c.args, strlen(c.args), c.by, NULL) != MM_OK : rc == MM_OK && c.args[0])
        abort();
    if (rc != MM_OK && (why == REFUSE_NONE || strcmp(c.by, "untouched")))
        abort();
    if (rc != MM_OK && c.command_id[0] && !crypto_uuid_valid(c.command_id))
        abort();
    if (rc != MM_OK && c.sequence && (!c.command_id[0] || c.sequence > INT64_MAX || why == REFUSE_SIGNATURE || why == REFUSE_HOST))
        abort();
}

/* The bytes as a payload that carries a good signature. */
static void verify_payload(const uint8_t *data, size_t n)
{
    struct buf pae, b;
    uint8_t sig[ED25519_SIGNATURE];

    buf_init(&pae, LIM_COMMAND + 128);
    buf_init(&b, 2 * LIM_COMMAND);
    if (!buf_addf(&pae, "DSSEv1 37 application/vnd.mimamori.command+json %zu ", n) && !buf_add(&pae, data, n) &&
        !ed25519_sign(secret, pae.data, pae.len, sig)) {
        buf_adds(&b, "{\"payloadType\":\"application/vnd.mimamori.command+json\",\"payload\":\"");
        crypto_b64_encode(data, n, &b);
        buf_addf(&b, "\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"", key.keyid);
        crypto_b64_encode(sig, sizeof sig, &b);
        if (!buf_adds(&b, "\"}]}"))
            verify(b.data, b.len);
    }
    buf_fini(&pae);
    buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!key.keyid[0])
        learn_key();
    verify(data, size);
    verify_payload(data, size);
    return 0;
}
