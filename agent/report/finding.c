#include "agent/report/finding.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"

#define GATEWAY "gateway:"

int finding_exploited(const struct event_finding *f)
{
    unsigned n = f->advisories < LIM_FINDING_ADVISORIES ? f->advisories : LIM_FINDING_ADVISORIES;

    for (unsigned i = 0; i < n; i++)
        if (f->advisory[i].kev)
            return 1;
    return 0;
}

enum event_severity finding_severity(enum event_activity activity, const struct event_finding *f)
{
    static const struct { const char *verdict; enum event_severity severity; } rows[] = {
        {"ok", SEV_INFO}, {"minor", SEV_LOW}, {"due", SEV_MEDIUM}, {"overdue", SEV_HIGH},
        {"exposed", SEV_HIGH}, {"invalid", SEV_MEDIUM}, {"silent", SEV_LOW}};

    if (activity == ACT_CLOSE)
        return SEV_INFO;
    if (!strcmp(f->verdict, "overdue") && finding_exploited(f))
        return SEV_CRITICAL;
    /* Nobody knows what stands at the boundary: worse than one program of a host. */
    if (!strcmp(f->verdict, "unknown"))
        return strncmp(f->door, GATEWAY, strlen(GATEWAY)) ? SEV_LOW : SEV_MEDIUM;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(f->verdict, rows[i].verdict))
            return rows[i].severity;
    return SEV_MEDIUM;
}

void finding_uid(const struct event *e, const struct ocsf_context *c, char out[LIM_ID])
{
    const struct ocsf_host *h = c->host;
    const char *door = c->finding ? c->finding->door : e->subject;
    size_t room = c->finding ? sizeof c->finding->door : sizeof e->subject;
    char text[2 * LIM_NAME + LIM_DOOR_ID], hex[2 * 16 + 1];
    uint8_t hash[SHA256_BYTES];

    out[0] = '\0';
    if (!door[0])
        return;
    snprintf(text, sizeof text, "mimamori-finding-1\n%s\n%.*s", h->machine[0] ? h->machine : h->hostname, (int)room, door);
    if (crypto_sha256(text, strlen(text), hash) != MM_OK)
        return;
    hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x80); /* version 8: of our own making */
    hash[8] = (uint8_t)((hash[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
    crypto_hex(hash, 16, hex);
    snprintf(out, LIM_ID, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}
