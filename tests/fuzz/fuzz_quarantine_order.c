/* Whatever bytes stand in the state directory: no crash; what is taken for an order prints, reads back the
 * same and gives a script of known lines only. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/respond/linux/quarantine_order.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every line of a script starts with one of these. */
static const char *const starts[] = {"table inet ", "delete table inet ", "chain ", "type filter hook ", "iifname \"lo\" ",
                                     "oifname \"lo\" ", "udp sport ", "icmpv6 type ", "icmp type destination-unreachable icmp code frag-needed @th,192,32 0x", "ip saddr ", "ip daddr ",
                                     "ip6 saddr ", "ip6 daddr ", "}"};

static void look_at(const char *script)
{
    while (*script) {
        size_t i = 0;

        script += strspn(script, " ");
        while (i < sizeof starts / sizeof *starts && strncmp(script, starts[i], strlen(starts[i])))
            i++;
        if (i == sizeof starts / sizeof *starts)
            abort();
        script += strcspn(script, "\n");
        script += *script == '\n';
    }
}

static bool same_peers(const struct quarantine_order *a, const struct quarantine_order *b)
{
    for (unsigned i = 0; i < a->nallowed; i++)
        if (a->allowed[i].family != b->allowed[i].family || a->allowed[i].port != b->allowed[i].port ||
            memcmp(a->allowed[i].address, b->allowed[i].address, sizeof a->allowed[i].address))
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct quarantine_order a, b;
    struct buf text, script;

    if (quarantine_order_parse((const char *)data, size, &a))
        return 0;
    buf_init(&text, 65536);
    buf_init(&script, 16384);
    if (a.nallowed > sizeof a.allowed / sizeof *a.allowed || quarantine_order_print(&a, &text) ||
        quarantine_order_parse(text.data, text.len, &b) || a.nallowed != b.nallowed ||
        strcmp(a.incident, b.incident) || strcmp(a.command, b.command) || strcmp(a.by, b.by) ||
        a.since_wall_ns != b.since_wall_ns || a.hold_without_console != b.hold_without_console ||
        !same_peers(&a, &b) || quarantine_script(&a, &script))
        abort();
    look_at(script.data);
    buf_fini(&text);
    buf_fini(&script);
    return 0;
}
