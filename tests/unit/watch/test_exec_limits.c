/* What a process sensor cannot see is told whole, in the reader's language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/messages.h"
#include "agent/watch/linux/exec_priv.h"
#include "lib/text.h"

static void limits_are_in_the_catalogue(void **state)
{
    static const struct exec_method_ops *const all[] = {&exec_bpf_ops, &exec_fan_ops, &exec_conn_ops, &exec_poll_ops};
    char key[256];

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i]->limits[0])
            continue;
        assert_true(strlen(all[i]->limits) < sizeof ((struct agent_state *)0)->sensor[0].reason);
        snprintf(key, sizeof key, "reason:%s", all[i]->limits);
        if (!text_known(key))
            fail_msg("%s is not in the catalogue", key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(limits_are_in_the_catalogue)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
