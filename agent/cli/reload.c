/* mimamori reload */
#include <stdlib.h>

#include "agent/cli/cli.h"
#include "lib/text.h"

static void tell(struct cli *c, const json_t *result)
{
    char *left = screen_escaped(cli_str(result, "message"));
    struct buf line;

    if (!left || !*left)
        screen_line(&c->screen, PLAIN, text("done.reload"));
    else {
        buf_init(&line, 4096);
        screen_format(&line, "done.reload.left", left, NULL, NULL);
        screen_line(&c->screen, YELLOW, line.data ? line.data : "");
        buf_fini(&line);
    }
    free(left);
}

int cli_reload(struct cli *c)
{
    return cli_act(c, "reload", tell);
}
