/* mimamori release */
#include "agent/cli/cli.h"
#include "lib/text.h"

static void tell(struct cli *c, const json_t *result)
{
    (void)result;
    screen_line(&c->screen, PLAIN, text("done.release"));
}

int cli_release(struct cli *c)
{
    return cli_act(c, "release", tell);
}
