/* Items of a survey into doors and posture; both to JSON, to disk and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/detect/doors_json.h"
#include "agent/detect/doors_read.h"
#include "lib/err.h"

#define DAY INT64_C(86400)
#define NOW (20785 * DAY)

struct both { struct doors doors; struct basics posture; };

static struct both *fresh(void)
{
    struct both *b = calloc(1, sizeof *b);

    doors_init(&b->doors);
    assert_int_equal(basics_init(&b->posture), MM_OK);
    return b;
}

static void over(struct both *b)
{
    doors_fini(&b->doors);
    basics_fini(&b->posture);
    free(b);
}

static const char GOOD[] =
    "{\"kind\":\"check\",\"article\":1,\"check\":\"updates.security\",\"state\":\"unmet\",\"subject\":\"\",\"args\":[\"12\",\"20\"],\"evidence\":\"apt lists\"}\n"
    "{\"kind\":\"check\",\"article\":3,\"check\":\"ssh.password\",\"state\":\"unmet\",\"subject\":\"\",\"args\":[],\"evidence\":\"sshd_config:7\"}\n"
    "{\"kind\":\"check\",\"article\":3,\"check\":\"ssh.root\",\"state\":\"met\",\"subject\":\"\",\"args\":[],\"evidence\":\"default\"}\n"
    "{\"kind\":\"program\",\"product\":\"openvpn\",\"name\":\"OpenVPN\",\"package\":\"openvpn\",\"manager\":\"dpkg\",\"path\":\"/usr/sbin/openvpn\","
    "\"version\":\"2.6.3-1+deb12u2\",\"upstream\":\"2.6.3\",\"state\":\"behind\",\"candidate\":\"2.6.3-1+deb12u3\",\"security\":true,\"released\":\"2026-11-20\",\"evidence\":\"\"}\n"
    "{\"kind\":\"program\",\"product\":\"openvpn\",\"name\":\"OpenVPN\",\"package\":\"\",\"manager\":\"file\",\"path\":\"/opt/openvpn/sbin/openvpn\","
    "\"version\":\"\",\"upstream\":\"2.5.1\",\"state\":\"unowned\",\"candidate\":\"\",\"security\":false,\"released\":\"\",\"evidence\":\"\"}\n"
    "{\"kind\":\"listener\",\"service\":\"rdp\",\"protocol\":\"tcp\",\"address\":\"::\",\"port\":3389,\"program\":\"xrdp\",\"firewall\":\"closed\",\"evidence\":\"v6\"}\n"
    "{\"kind\":\"listener\",\"service\":\"rdp\",\"protocol\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":3389,\"program\":\"xrdp\",\"firewall\":\"open\",\"evidence\":\"v4\"}\n"
    "{\"kind\":\"listener\",\"service\":\"other\",\"protocol\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":80,\"program\":\"nginx\",\"firewall\":\"open\",\"evidence\":\"\"}\n"
    "{\"kind\":\"candidate\",\"address\":\"vpn.example.co.jp\",\"port\":1194,\"source\":\"/etc/openvpn/client/office.conf\"}\n"
    "{\"kind\":\"software\",\"name\":\"openvpn\",\"version\":\"2.6.3-1+deb12u2\",\"maker\":\"Debian\",\"manager\":\"dpkg\"}\n";

static void items_become_doors(void **state)
{
    struct both *b = fresh();
    struct door *d;

    (void)state;
    assert_int_equal(doors_read(&b->doors, &b->posture, GOOD, sizeof GOOD - 1, NOW), 0);
    assert_int_equal(b->doors.count, 4);
    d = doors_find(&b->doors, "program:openvpn");
    assert_int_equal(d->package, PACKAGE_BEHIND);
    assert_true(d->security);
    assert_int_equal(d->package_released, NOW / DAY - 8);
    assert_int_equal(d->version_from, VERSION_PACKAGE);
    d = doors_find(&b->doors, "program:/opt/openvpn/sbin/openvpn");
    assert_int_equal(d->package, PACKAGE_UNOWNED);
    assert_string_equal(d->version, "2.5.1");
    assert_int_equal(d->version_from, VERSION_FILE);
    d = doors_find(&b->doors, "listener:rdp:tcp:3389");
    assert_int_equal(d->firewall, FIREWALL_OPEN); /* the wider open of two families */
    assert_null(doors_find(&b->doors, "listener:other:tcp:80"));
    d = doors_find(&b->doors, "ssh:settings");
    assert_true(d->ssh_known && d->ssh_password && !d->ssh_root);
    assert_int_equal(b->doors.candidates, 1);
    assert_int_equal(b->doors.softwares, 1);
    assert_int_equal(basics_article(&b->posture, 1, NOW), BASICS_UNMET);
    assert_int_equal(basics_article(&b->posture, 3, NOW), BASICS_PARTLY);
    assert_int_equal(basics_article(&b->posture, 2, NOW), BASICS_UNKNOWN);
    over(b);
}

static void malformed_items_are_left_out(void **state)
{
    static const char *const BAD[] = {
        "not json", "{}", "[]", "{\"kind\":\"check\"}", "{\"kind\":\"nothing\"}", "\"check\"", "{\"kind\":5}",
        "{\"kind\":\"check\",\"article\":7,\"check\":\"a.b\",\"state\":\"met\",\"subject\":\"\",\"args\":[],\"evidence\":\"\"}",
        "{\"kind\":\"check\",\"article\":1,\"check\":\"A b\",\"state\":\"met\",\"subject\":\"\",\"args\":[],\"evidence\":\"\"}",
        "{\"kind\":\"check\",\"article\":1,\"check\":\"a.b\",\"state\":\"fine\",\"subject\":\"\",\"args\":[],\"evidence\":\"\"}",
        "{\"kind\":\"check\",\"article\":1,\"check\":\"a.b\",\"state\":\"met\",\"subject\":\"\",\"args\":[1],\"evidence\":\"\"}",
        "{\"kind\":\"check\",\"article\":1,\"check\":\"a.b\",\"state\":\"met\",\"subject\":\"\",\"args\":\"x\",\"evidence\":\"\"}",
        "{\"kind\":\"listener\",\"service\":\"rdp\",\"protocol\":\"tcp\",\"address\":\"::\",\"port\":70000,\"program\":\"\",\"firewall\":\"open\",\"evidence\":\"\"}",
        "{\"kind\":\"listener\",\"service\":\"rdp\",\"protocol\":\"tcp\",\"address\":\"::\",\"port\":1,\"program\":\"\",\"firewall\":\"ok\",\"evidence\":\"\"}",
        "{\"kind\":\"candidate\",\"address\":\"a\\u0000b\",\"port\":1,\"source\":\"\"}",
        "{\"kind\":\"software\",\"name\":\"a\"}",
        "{\"kind\":\"software\",\"name\":\"a\",\"name\":\"b\",\"version\":\"\",\"maker\":\"\",\"manager\":\"\"}",
    };
    struct both *b = fresh();
    char line[2048];

    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        snprintf(line, sizeof line, "%s\n", BAD[i]);
        if (doors_read(&b->doors, &b->posture, line, strlen(line), NOW) != 1)
            fail_msg("taken: %s", BAD[i]);
    }
    assert_int_equal(b->doors.count + b->doors.softwares + b->doors.candidates + b->posture.count, 0);
    over(b);
}

static void a_flood_is_bounded(void **state)
{
    static const char ITEM[] = "{\"kind\":\"check\",\"article\":1,\"check\":\"a.b\",\"state\":\"met\",\"subject\":\"\",\"args\":[],\"evidence\":\"\"}\n";
    struct both *b = fresh();
    char *all = malloc(3000 * (sizeof ITEM - 1));

    (void)state;
    for (size_t i = 0; i < 3000; i++)
        memcpy(all + i * (sizeof ITEM - 1), ITEM, sizeof ITEM - 1);
    assert_int_equal(doors_read(&b->doors, &b->posture, all, 3000 * (sizeof ITEM - 1), NOW), LIM_SURVEY_ITEMS - BASICS_CHECKS);
    assert_int_equal(b->posture.count, BASICS_CHECKS);
    free(all);
    over(b);
}

static void disk_and_back(void **state)
{
    struct both *a = fresh(), *b = fresh();
    struct door *g = doors_add(&a->doors, "gateway:192.0.2.1:443", DOOR_GATEWAY, "192.0.2.1:443");
    json_t *saved, *one, *two;

    (void)state;
    snprintf(g->product, sizeof g->product, "%s", "fortios");
    snprintf(g->stated.by, sizeof g->stated.by, "%s", "\xff operator"); /* whatever bytes there are: the file can be written */
    snprintf(g->stated.version, sizeof g->stated.version, "%s", "7.2.4");
    g->stated.at = NOW - DAY;
    g->judged = JUDGED_YES;
    g->checked_at = g->judged_at = NOW;
    g->advisory = calloc(2, sizeof *g->advisory);
    g->advisories = 2;
    g->advisories_total = 50;
    snprintf(g->advisory[0].cve, sizeof g->advisory[0].cve, "%s", "CVE-2023-27997");
    snprintf(g->advisory[0].released, sizeof g->advisory[0].released, "%s", "2023-06-13");
    g->advisory[0].severity = 5;
    g->advisory[0].kev = 1;
    snprintf(g->advisory[1].cve, sizeof g->advisory[1].cve, "%s", "CVE-2024-21762");
    doors_read(&a->doors, &a->posture, GOOD, sizeof GOOD - 1, NOW);
    snprintf(a->posture.stated[BASICS_RESTORE].by, sizeof a->posture.stated[BASICS_RESTORE].by, "%s", "owner");
    a->posture.stated[BASICS_RESTORE].day = NOW / DAY - 10;
    doors_judge(&a->doors, NULL, NOW);
    saved = doors_save(&a->doors, &a->posture, LIM_DOOR_ADVISORIES);
    assert_non_null(saved);
    assert_int_equal(doors_load(saved, &b->doors, &b->posture), MM_OK);
    doors_judge(&b->doors, &b->doors, NOW);
    g = doors_find(&a->doors, "gateway:192.0.2.1:443");
    snprintf(g->stated.by, sizeof g->stated.by, "%s", "\xef\xbf\xbd operator");
    one = doors_json(&a->doors, NOW, false, LIM_DOOR_ADVISORIES);
    two = doors_json(&b->doors, NOW, false, LIM_DOOR_ADVISORIES);
    assert_true(json_equal(one, two));
    json_decref(one);
    json_decref(two);
    one = posture_json(&a->posture, NOW);
    two = posture_json(&b->posture, NOW);
    assert_true(json_equal(one, two));
    assert_int_equal(json_array_size(json_object_get(one, "articles")), BASICS_ARTICLES);
    json_decref(one);
    json_decref(two);
    json_decref(saved);
    saved = json_pack("{s:i}", "format", 99);
    assert_int_equal(doors_load(saved, &b->doors, &b->posture), MM_EFORMAT);
    json_decref(saved);
    over(a);
    over(b);
}

/* As a newer agent leaves it: members and values that are not known here, lists that are longer. */
static void what_a_newer_agent_has_kept(void **state)
{
    struct both *b = fresh();
    json_t *many = json_array(), *programs = json_array(), *saved;

    (void)state;
    for (unsigned i = 0; i < LIM_SOFTWARE + 2; i++)
        json_array_append_new(programs, json_pack("{s:s, s:s, s:i}", "name", i ? "other" : "first", "manager", "dpkg", "later", 1));
    for (unsigned i = 0; i < LIM_DOOR_ADVISORIES + 2; i++)
        json_array_append_new(many, json_pack("{s:s}", "cve", i ? "CVE-2024-0002" : "CVE-2024-0001"));
    saved = json_pack("{s:i, s:s, s:o, s:[{s:s, s:{s:i}, s:i, s:s, s:o}]}", "format", 1, "later", "x", "software", programs, "doors", "id",
                      "gateway:192.0.2.1:443", "later", "a", 1, "firewall", 99, "stated.version", "7.2.4", "advisory", many);
    assert_non_null(saved);
    assert_int_equal(doors_load(saved, &b->doors, &b->posture), MM_OK);
    assert_int_equal(b->doors.count, 1);
    assert_string_equal(b->doors.door[0].stated.version, "7.2.4");
    assert_int_equal(b->doors.door[0].firewall, 0);
    assert_int_equal(b->doors.door[0].advisories, LIM_DOOR_ADVISORIES);
    assert_string_equal(b->doors.door[0].advisory[0].cve, "CVE-2024-0001");
    assert_int_equal(b->doors.softwares, LIM_SOFTWARE);
    assert_string_equal(b->doors.software[0].name, "first");
    json_decref(saved);
    over(b);
}

static void few_advisories_are_counted(void **state)
{
    struct both *a = fresh();
    struct door *g = doors_add(&a->doors, "gateway:a:1", DOOR_GATEWAY, "a");
    json_t *o, *door;

    (void)state;
    g->advisory = calloc(10, sizeof *g->advisory);
    g->advisories = 10;
    g->advisories_total = 12;
    o = doors_json(&a->doors, NOW, true, 4);
    door = json_array_get(json_object_get(o, "doors"), 0);
    assert_int_equal(json_array_size(json_object_get(door, "advisories")), 4);
    assert_int_equal(json_integer_value(json_object_get(door, "advisories_more")), 8);
    assert_true(json_is_null(json_object_get(door, "days_left")));
    json_decref(o);
    over(a);
}

static void what_only_people_know(void **state)
{
    struct both *a = fresh();

    (void)state;
    assert_int_equal(basics_article(&a->posture, 5, NOW), BASICS_UNKNOWN);
    snprintf(a->posture.stated[BASICS_THREATS].by, sizeof a->posture.stated[BASICS_THREATS].by, "%s", "owner");
    a->posture.stated[BASICS_THREATS].day = NOW / DAY - 365;
    assert_int_equal(basics_article(&a->posture, 5, NOW), BASICS_MET);
    assert_int_equal(basics_article(&a->posture, 5, NOW + DAY), BASICS_PARTLY);
    assert_int_equal(basics_article(&a->posture, 6, NOW), BASICS_UNKNOWN);
    over(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_become_doors),
        cmocka_unit_test(malformed_items_are_left_out),
        cmocka_unit_test(a_flood_is_bounded),
        cmocka_unit_test(disk_and_back), cmocka_unit_test(what_a_newer_agent_has_kept),
        cmocka_unit_test(few_advisories_are_counted),
        cmocka_unit_test(what_only_people_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
