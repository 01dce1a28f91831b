/* The proxy in a settings file that a person may have written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "installer/settings.h"
#include "lib/agent_config.h"
#include "lib/err.h"

#define P "http://proxy.example:3128"

static void the_line_goes_where_it_belongs(void **state)
{
    static const struct { const char *before, *after; } rows[] = {
        {"", "[network]\nproxy = " P "\n"},
        {"[update]\nurl =\n", "[update]\nurl =\n\n[network]\nproxy = " P "\n"},
        {"[update]\nurl =", "[update]\nurl =\n\n[network]\nproxy = " P "\n"},
        {"[network]\n", "[network]\nproxy = " P "\n"},
        {"[network]", "[network]\nproxy = " P "\n"},
        {"[network]\ncanary=203.0.113.9\n[update]\nurl =\n", "[network]\nproxy = " P "\ncanary=203.0.113.9\n[update]\nurl =\n"},
        {"# mine\n[network]\n  proxy=http://old:1 # why\ncanary=203.0.113.9\n", "# mine\n[network]\nproxy = " P "\ncanary=203.0.113.9\n"},
        {"[network]\nproxy :http://old:1", "[network]\nproxy = " P "\n"},
        {"[network]\n# proxy = http://old:1\n;proxy=x\n", "[network]\nproxy = " P "\n# proxy = http://old:1\n;proxy=x\n"},
        {"[network]\n[update]\nurl =\n[network]\nproxy =\n", "[network]\n[update]\nurl =\n[network]\nproxy = " P "\n"},
        {"[network]\r\nproxy = http://old:1\r\n", "[network]\r\nproxy = " P "\n"},
        {"[network]\nproxy = " P "\n", "[network]\nproxy = " P "\n"},
    };
    struct agent_config c;
    char message[256], path[] = "/tmp/mm-settings-XXXXXX";
    struct buf b, again;
    int fd = mkstemp(path);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_init(&b, 4096);
        buf_init(&again, 4096);
        assert_int_equal(settings_with_proxy(rows[i].before, P, &b), MM_OK);
        assert_string_equal(b.data, rows[i].after);
        assert_int_equal(settings_with_proxy(b.data, P, &again), MM_OK);
        assert_string_equal(again.data, b.data);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, b.data, b.len, 0), b.len);
        assert_int_equal(agent_config_load(&c, path, message, sizeof message), MM_OK);
        assert_string_equal(c.proxy, P);
        agent_config_free(&c);
        buf_fini(&b);
        buf_fini(&again);
    }
    close(fd);
    unlink(path);
    buf_init(&b, 20);
    assert_int_equal(settings_with_proxy("", P, &b), MM_ELIMIT);
    buf_fini(&b);
}

static void what_is_a_proxy(void **state)
{
    static const struct { const char *text, *wrong; } rows[] = {
        {P, NULL}, {"http://10.0.0.1:3128/", NULL}, {"http://[fd00::1]:3128", NULL}, {"https://proxy:443", NULL},
        {"", "setup.proxy.form"}, {"proxy:3128", "setup.proxy.form"}, {"http://proxy", "setup.proxy.form"}, {"http://[fd00::1]", "setup.proxy.form"},
        {"http://proxy:", "setup.proxy.form"}, {"http://proxy:0", "setup.proxy.form"}, {"http://proxy:65536", "setup.proxy.form"}, {"http://proxy:31 28", "setup.proxy.form"},
        {"http://:3128", "setup.proxy.form"}, {"socks5://proxy:1080", "setup.proxy.form"}, {"http://proxy:3128/path", "setup.proxy.form"},
        {"http://proxy:3128\nurl = x", "setup.proxy.form"}, {"http://a:1:2", "setup.proxy.form"},
        {"http://taro:himitsu@proxy:3128", "setup.proxy.account"}, {"taro@proxy:3128", "setup.proxy.account"},
    };
    char longest[LIM_PATH + 64] = "http://";

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *wrong = settings_proxy_wrong(rows[i].text);

        if (rows[i].wrong)
            assert_string_equal(wrong, rows[i].wrong);
        else
            assert_null(wrong);
    }
    memset(longest + 7, 'a', sizeof longest - 7);
    memcpy(longest + sizeof longest - 6, ":3128", 6);
    assert_string_equal(settings_proxy_wrong(longest), "setup.proxy.form");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_line_goes_where_it_belongs), cmocka_unit_test(what_is_a_proxy)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
