#include "agent/watch/host/sockets.h"

#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/survey.h"

#define STATE_LISTEN 0x0a   /* TCP_LISTEN, net/tcp_states.h of the kernel */
#define STATE_CLOSE 0x07    /* TCP_CLOSE: a UDP socket that is bound and not connected */
#define FIELDS 10           /* of a row, up to the inode */

/* The hex words of an address are in the host's order, 32 bits each. */
static bool read_address(const char *hex, unsigned family, unsigned char out[16])
{
    unsigned words = family == 4 ? 1 : 4;
    char one[9];

    if (strspn(hex, "0123456789ABCDEFabcdef") != words * 8)
        return false;
    for (unsigned i = 0; i < words; i++) {
        uint32_t word;

        memcpy(one, hex + i * 8, 8);
        one[8] = '\0';
        word = (uint32_t)strtoul(one, NULL, 16);
        memcpy(out + i * 4, &word, 4);
    }
    return true;
}

int sockets_loopback(const struct listening *l)
{
    static const unsigned char ONE[16] = {[15] = 1}, MAPPED[12] = {[10] = 0xff, [11] = 0xff};

    if (l->family == 4)
        return l->address[0] == 127;
    return !memcmp(l->address, ONE, 16) || (!memcmp(l->address, MAPPED, 12) && l->address[12] == 127);
}

/* "  0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 12345 ..." */
static bool read_row(char *line, bool tcp, unsigned family, struct listening *l)
{
    char *field[FIELDS], *save = NULL, *port, *word;
    unsigned n = 0;

    for (word = strtok_r(line, " \t", &save); word && n < FIELDS; word = strtok_r(NULL, " \t", &save))
        field[n++] = word;
    if (n < FIELDS || strtoul(field[3], NULL, 16) != (tcp ? STATE_LISTEN : STATE_CLOSE))
        return false;
    *l = (struct listening){.protocol = tcp ? 6 : 17, .family = (uint8_t)family};
    port = strchr(field[1], ':');
    if (!port || !read_address(field[1], family, l->address))
        return false;
    l->port = (uint16_t)strtoul(port + 1, NULL, 16);
    l->inode = strtoull(field[9], NULL, 10);
    return l->port != 0;
}

unsigned sockets_read(char *text, bool tcp, unsigned family, struct listening *out, size_t *n, size_t max)
{
    char *rest = text, *line = survey_line(&rest); /* the heading */
    unsigned lost = 0;

    while (line && (line = survey_line(&rest))) {
        struct listening l;

        if (!read_row(line, tcp, family, &l) || sockets_loopback(&l))
            continue;
        if (*n < max)
            out[(*n)++] = l;
        else
            lost++;
    }
    return lost;
}
