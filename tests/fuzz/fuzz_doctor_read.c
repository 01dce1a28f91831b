/* Texts that the doctor reads as root and that others wrote; the first byte chooses the reader. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "installer/doctor_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sound(const char *text, size_t room)
{
    if (strnlen(text, room) == room)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = size ? malloc(size) : NULL, name[LIM_NAME], pin[65];
    struct unit_facts u;
    const char *p = text;
    unsigned a, b;

    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 6) {
    case 0: read_proxy_of(text, name, sizeof name); sound(name, sizeof name); break;
    case 1: (void)read_is_url(text); break;
    case 2: (void)(read_kernel(text, &a, &b) && read_capabilities(text)); break;
    case 3: read_proxy(text, name); sound(name, sizeof name); break;
    case 4: if (read_pin(text, pin)) sound(pin, sizeof pin); break;
    default:
        while (read_unit(&p, "/opt/mimamori/current/bin/", &u)) {
            sound(u.name, sizeof u.name);
            sound(u.state, sizeof u.state);
            sound(u.other, sizeof u.other);
        }
    }
    free(text);
    return 0;
}
