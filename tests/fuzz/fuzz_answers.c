/* The console's JSON answers, the command keys' file and names that become
 * UTF-8: the first byte chooses the parser. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/report/answers.h"
#include "agent/report/device.h"
#include "agent/report/utf8.h"
#include "lib/err.h"
#include "lib/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned seen;

static void envelope(void *context, const char *text, size_t n)
{
    (void)context;
    assert(n <= LIM_COMMAND && text[n] == '\0');
    seen++;
}

static void try_enrol(const char *text, size_t n)
{
    struct answer_enrol a;

    if (answer_enrol(text, n, &a) != MM_OK)
        return;
    assert(a.nkeys >= 1 && a.nkeys <= LIM_COMMAND_KEYS && crypto_uuid_valid(a.agent_id));
    answer_enrol_fini(&a);
}

static void try_keys(const char *text, size_t n)
{
    struct command_key keys[LIM_COMMAND_KEYS];
    char id[LIM_ID];
    struct buf b;
    unsigned count = 0;

    if (answer_keys_read(text, n, id, keys, &count) != MM_OK)
        return;
    buf_init(&b, LIM_COMMAND);
    assert(answer_keys_write(id, keys, count, &b) == MM_OK);
    assert(answer_keys_read(b.data, b.len, id, keys, &count) == MM_OK);
    buf_fini(&b);
}

static void try_pem(const char *text, size_t n)
{
    struct device_cert cert;
    struct buf in, out;

    buf_init(&in, DEVICE_PEM);
    buf_init(&out, DEVICE_PEM);
    if (buf_add(&in, text, n) == MM_OK) {
        (void)device_cert_check(&in, &in, &in, &cert);
        (void)device_ca_pinned(&in, "00", &out);
    }
    buf_fini(&in);
    buf_fini(&out);
}

static void try_text(const char *text, size_t n)
{
    char out[257], word[LIM_TAG], message[LIM_TITLE];

    (void)utf8_clean(text, n, out, sizeof out);
    assert(uni_valid(out, strlen(out)));
    answer_error(text, n, word, message);
    assert(uni_valid(message, strlen(message)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answer_beat beat;
    uint64_t durable = 0;
    unsigned n = 0;
    struct buf pem;
    char *text;

    if (size == 0)
        return 0;
    text = malloc(size);
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    seen = 0;
    switch (data[0] % 7) {
    case 0: (void)answer_durable(text, size - 1, &durable); break;
    case 1:
        if (answer_beat(text, size - 1, &beat) == MM_OK)
            assert(beat.next_s >= ANSWER_BEAT_LEAST && beat.next_s <= ANSWER_BEAT_MOST);
        break;
    case 2:
        if (answer_commands(text, size - 1, envelope, NULL, &n) == MM_OK)
            assert(n == seen && n <= LIM_UPLINK_COMMANDS);
        else
            assert(seen == 0);
        break;
    case 3: try_enrol(text, size - 1); break;
    case 4: try_keys(text, size - 1); break;
    case 5: try_pem(text, size - 1); break;
    default:
        try_text(text, size - 1);
        buf_init(&pem, DEVICE_PEM);
        (void)answer_certificate(text, size - 1, &pem);
        buf_fini(&pem);
    }
    free(text);
    return 0;
}
