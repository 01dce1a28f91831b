/* mimamori close */
#include "agent/cli/cli.h"
#include "lib/text.h"

static void tell(struct cli *c, const json_t *result)
{
    (void)result;
    screen_line(&c->screen, PLAIN, text("done.close"));
}

int cli_close(struct cli *c)
{
    return cli_act(c, "close", tell);
}
