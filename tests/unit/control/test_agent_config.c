/* The agent's own table: stable keys, defaults, what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/agent_config.h"
#include "agent/detect/facts.h"
#include "lib/err.h"

static char path[] = "/tmp/mimamori-agent-XXXXXX", message[512];

static int load(struct agent_config *c, const char *content)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(content, f);
    fclose(f);
    return agent_config_load(c, path, message, sizeof message);
}

static void defaults_of_the_contract(void **state)
{
    struct agent_config c;

    (void)state;
    assert_int_equal(agent_config_load(&c, NULL, message, sizeof message), MM_OK);
    assert_string_equal(c.state, "/var/lib/mimamori");
    assert_string_equal(c.run, "/run/mimamori");
    assert_string_equal(c.rules, "/usr/share/mimamori/rules");
    assert_string_equal(c.local_rules, "/etc/mimamori/local");
    assert_string_equal(c.scope, "host");
    assert_int_equal(c.mode, RESPOND_QUARANTINE);
    assert_int_equal(c.vault_bytes, 0);
    assert_int_equal(c.vault_age, 86400);
    assert_int_equal(c.journal_bytes, LIM_JOURNAL_BYTES);
    assert_string_equal(c.core_user, "_mimamori-core");
    assert_string_equal(c.scan_user, "_mimamori-scan");
    assert_string_equal(c.group, "mimamori");
    assert_string_equal(c.console_url, "");
    agent_config_free(&c);
}

/* The words of mode= stand in the order of enum rule_response. */
static void modes_are_the_responses(void **state)
{
    static const struct { const char *file; int mode; } table[] = {
        {"[respond]\nmode=observe\n", RESPOND_OBSERVE}, {"[respond]\nmode=alert\n", RESPOND_ALERT},
        {"[respond]\nmode=freeze\n", RESPOND_FREEZE}, {"[respond]\nmode=quarantine\n", RESPOND_QUARANTINE}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct agent_config c;

        assert_int_equal(load(&c, table[i].file), MM_OK);
        assert_int_equal(c.mode, table[i].mode);
        agent_config_free(&c);
    }
}

static void refusals(void **state)
{
    static const struct { const char *file, *what; } table[] = {
        {"[paths]\nstate=\n", ":2: state= must not be empty"},
        {"[paths]\nrun=run\n", ":2: run= must be an absolute path"},
        {"[paths]\nrules=/usr/../etc\n", ":2: rules= must not hold"},
        {"[protect]\nfolders=Documents\n", ":2: folders= 'Documents' must be an absolute path"},
        {"[protect]\nkeep=1m\n", ":2: keep= must be between 600 and"},
        {"[watch]\nscope=everything\n", ":2: scope= must be host, netns or cgroup:/PATH"},
        {"[watch]\nscope=cgroup:/a/../b\n", ":2: scope="},
        {"[watch]\nexec=magic\n", ":2: exec= must be one of auto|bpf|fanotify|connector|poll"},
        {"[console]\nurl=http://x:1\n", ":2: url= must be https://HOST:PORT"},
        {"[console]\nurl=https://x:1/path\n", ":2: url="},
        {"[console]\nurl=https://\n", ":2: url="},
        {"[network]\nproxy=ftp://x\n", ":2: proxy="},
        {"[network]\ncanary=example.com\n", ":2: canary= must be numeric"},
        {"[roles]\ncore_user=root;reboot\n", ":2: core_user= must be an account's name"},
        {"[roles]\ngroup=\n", ":2: group= must not be empty"},
        {"[journal]\nbytes=1K\n", ":2: bytes= must be between 1048576 and"},
        {"[vault]\nx=1\n", ":2: there is no section [vault]"}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct agent_config c;

        assert_int_equal(load(&c, table[i].file), MM_EFORMAT);
        if (!strstr(message, table[i].what) || strncmp(message, path, strlen(path)))
            fail_msg("said '%s' of '%s'", message, table[i].file);
    }
}

static void lab_configuration_goes_round(void **state)
{
    static const char lab[] =
        "[paths]\nstate=/lab/state\nrun=/lab/run\nrules=/lab/rules\nlocal=/lab/local\n[protect]\nfolders=/lab/\xe6\x9b\xb8\xe9\xa1\x9e, "
        "/lab/a\\,b\nexclude=/lab/x\nvault=2G\nkeep=2h\n[watch]\nscope=netns\nexec=fanotify\njudge=/lab/bin\n[respond]\n"
        "mode=freeze\nhold=yes\n[console]\nurl=https://[fd00::1]:8443\nca=/lab/ca.pem\n[vpn]\ngateways=vpn.example:443\n[network]\n"
        "proxy=http://p:3128\ncanary=203.0.113.9,2001:db8::9\n[roles]\ncore_user=a\nscan_user=b\ngroup=c\n[journal]\nbytes=8M\n"
        "[customer]\nphone=03-0000-0000\nprovider=\xe8\xa6\x8b\xe5\xae\x88\n";
    struct agent_config c, again;
    char *dump = NULL, *second = NULL;
    size_t n;
    FILE *f;

    (void)state;
    assert_int_equal(load(&c, lab), MM_OK);
    assert_int_equal(c.folders.count, 2);
    assert_string_equal(c.folders.item[1], "/lab/a,b");
    assert_int_equal(c.hold, 1);
    assert_int_equal(c.exec, 2);
    f = open_memstream(&dump, &n);
    agent_config_dump(&c, f);
    fclose(f);
    assert_int_equal(load(&again, dump), MM_OK);
    f = open_memstream(&second, &n);
    agent_config_dump(&again, f);
    fclose(f);
    assert_string_equal(dump, second);
    for (const char *p = lab; (p = strchr(p, '=')); p++) { /* every key of the file is in the dump */
        const char *start = p;
        char key[32];

        while (start > lab && start[-1] != '\n')
            start--;
        snprintf(key, sizeof key, "\n%.*s", (int)(p + 1 - start), start);
        assert_non_null(strstr(dump, key));
    }
    agent_config_free(&c);
    agent_config_free(&again);
    free(dump);
    free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_of_the_contract),
        cmocka_unit_test(modes_are_the_responses),
        cmocka_unit_test(refusals),
        cmocka_unit_test(lab_configuration_goes_round),
    };
    int fd = mkstemp(path), rc;

    if (fd < 0)
        return 1;
    close(fd);
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return rc;
}
