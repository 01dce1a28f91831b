/* mimamori vpn, posture and check */
#include <time.h>

#include "lib/control_ask.h"
#include "agent/cli/cli.h"
#include "agent/cli/doors_sum.h"
#include "agent/cli/view.h"
#include "lib/text.h"

static int tell_vpn(struct cli *c, const json_t *result)
{
    const struct view_call call = {c->provider, c->phone};
    const int64_t now = time(NULL);
    struct doors_sum sum;

    doors_sum(result, now, &sum);
    if (!c->json)
        view_doors(&c->screen, result, &call, now);
    return doors_well(result, &sum) ? EXIT_GUARDED : EXIT_ATTENTION;
}

static int tell_posture(struct cli *c, const json_t *result)
{
    const struct view_call call = {c->provider, c->phone};
    const int64_t now = time(NULL);

    if (!c->json)
        view_posture(&c->screen, result, &call, now);
    return posture_well(result, now) ? EXIT_GUARDED : EXIT_ATTENTION;
}

static int tell_check(struct cli *c, const json_t *result)
{
    (void)result;
    if (!c->json)
        screen_line(&c->screen, PLAIN, text("done.check"));
    return EXIT_GUARDED;
}

static int ask_and_tell(struct cli *c, const char *verb, int (*tell)(struct cli *c, const json_t *result))
{
    json_t *answer = NULL;
    int code, rc = ask(c->run, verb, NULL, ASK_EVENTS_MS, &answer);

    if (rc)
        return cli_unreachable(c, rc);
    if (!cli_result(answer)) {
        code = cli_refused(c, answer);
    } else {
        code = tell(c, cli_result(answer));
        if (c->json)
            cli_print_json(cli_result(answer));
    }
    json_decref(answer);
    return code;
}

int cli_vpn(struct cli *c)
{
    return ask_and_tell(c, "vpn", tell_vpn);
}

int cli_posture(struct cli *c)
{
    return ask_and_tell(c, "posture", tell_posture);
}

int cli_check(struct cli *c)
{
    return ask_and_tell(c, "check", tell_check);
}
