/* mimamori restore ID */
#include <stdio.h>

#include "agent/cli/cli.h"
#include "lib/text.h"

static void tell(struct cli *c, const json_t *result)
{
    char n[32];
    struct buf line;

    buf_init(&line, 4096);
    snprintf(n, sizeof n, "%lld", (long long)cli_int(result, "files_restored"));
    if (cli_int(result, "files_restored") > 0 || cli_int(result, "files_failed") == 0) {
        screen_format(&line, cli_int(result, "files_restored") > 0 ? "done.restore" : "done.restore.none", n, NULL, NULL);
        screen_line(&c->screen, PLAIN, line.data ? line.data : "");
    }
    if (cli_int(result, "files_failed") > 0) {
        buf_reset(&line);
        snprintf(n, sizeof n, "%lld", (long long)cli_int(result, "files_failed"));
        screen_format(&line, "done.restore.failed", n, NULL, NULL);
        screen_line(&c->screen, YELLOW, line.data ? line.data : "");
    }
    buf_fini(&line);
}

int cli_restore(struct cli *c)
{
    return cli_act(c, "restore", tell);
}
