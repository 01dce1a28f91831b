/* Article 4 over scratch roots. */
#include "agent/watch/host/nfs_exports.h"
#include "agent/watch/host/samba_conf.h"
#include "tests/unit/watch/host/posture_tree.h"

static void nothing_shared(void **state)
{
    struct tree t;

    (void)state;
    tree_new(&t);
    tree_survey(&t, survey_shares, 0);
    tree_expect(&t, "shares.none", "", "met");
    tree_file(&t, "/etc/samba/smb.conf", "[x]\npath=/x\nguest ok=yes\n"); /* a client's file: no smbd */
    tree_file(&t, "/usr/sbin/exportfs", "x");
    tree_file(&t, "/etc/exports", "# /srv/homes  hostname1(rw,sync,no_subtree_check)\n");
    tree_survey(&t, survey_shares, 0);
    tree_expect(&t, "shares.none", "", "met");
    assert_int_equal(json_array_size(t.items), 1);
    tree_file(&t, "/usr/sbin/vsftpd", "x");
    tree_survey(&t, survey_shares, 0);
    tree_expect(&t, "shares.other", "vsftpd", "unknown");
    assert_null(tree_item(&t, "shares.none", NULL));
    tree_free(&t);
}

static void samba(struct tree *t, const char *conf)
{
    tree_file(t, "/usr/sbin/smbd", "x");
    tree_file(t, "/etc/samba/smb.conf", conf);
    tree_survey(t, survey_shares, 0);
}

static void guests(void **state)
{
    static const struct { const char *conf, *guest, *users; } ROWS[] = {
        {"[global]\nmap to guest = bad user\n[data]\npath=/srv\nguest ok = yes\nread only = no\n", "unmet", NULL},
        {"[global]\n MAPTOGUEST = Bad User\n[data]\n public = TRUE\n Write Able = 1\n", "unmet", NULL},
        {"[global]\nmap to guest = bad user\n[data]\nguest ok = yes\n", "partly", NULL},
        {"[global]\nmap to guest = bad user\n[data]\nguest ok = yes\nwrite list = hanako\n", "unmet", NULL},
        {"[data]\nguest ok = yes\nread only = no\n", "partly", "partly"},              /* never (default): only without a name at all */
        {"[global]\nrestrict anonymous = 2\n[data]\nguest ok = yes\n", "met", "partly"},
        {"[global]\nmap to guest = bad user\n[data]\nread only = no\n", "met", "partly"},
        {"[global]\nmap to guest = bad user\nguest ok = yes\nwriteable = yes\n[data]\npath=/x\n", "unmet", NULL}, /* [global] is the default */
        {"[global]\nguest ok = yes\nmap to guest = bad user\n[data]\npublic = no\nvalid users = @office\n", "met", "met"},
        {"[data]\npath=/x\nvalid users =\n", "met", "partly"},
        {"[global]\nvalid users = hanako\n[data]\npath=/x\n", "met", "met"},
        {"[data]\npath=/x\nforce user = root\n", "met", "unmet"},
        {"[global]\nmap to guest = bad user\nguest account = root\n[data]\nguest ok = yes\n", "partly", "unmet"},
        {"[global]\nmap to guest = bad user\n[data]\nguest \\\nok = yes\nread only=no\n", "unmet", NULL},
        {"[global]\nmap to guest = bad user\n[data]\nguest ok = yes\nread only=no\n[DATA]\nguest ok = no\n", "met", "partly"}, /* one share */
        {"[global]\nmap to guest = bad user\n[data]\nguest ok = maybe\n", "unknown", "unknown"},
        {"[global]\nconfig backend = registry\n[data]\npath=/x\n", "unknown", "unknown"},
        {"[global]\ninclude = /etc/samba/%m.conf\n[data]\npath=/x\n", "unknown", "unknown"},
        {"[global]\ninclude = registry\n[data]\nguest ok = yes\nread only = no\nmap to guest = bad user\n", "partly", "unknown"},
        {"[global]\ninclude = /etc/samba/not-there.conf\n[data]\nvalid users = a\n", "met", "met"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tree t;

        tree_new(&t);
        samba(&t, ROWS[i].conf);
        if (!tree_item(&t, "shares.samba.guest", NULL))
            fail_msg("row %zu: %s", i, t.s.out.data);
        if (strcmp(json_string_value(json_object_get(tree_item(&t, "shares.samba.guest", "data"), "state")), ROWS[i].guest))
            fail_msg("row %zu: %s", i, t.s.out.data);
        if (ROWS[i].users)
            tree_expect(&t, "shares.samba.users", "data", ROWS[i].users);
        else
            assert_null(tree_item(&t, "shares.samba.users", "data"));
        tree_free(&t);
    }
}

/* Included files stand in place, with the section that they are in; they cannot go in circles. */
static void includes(void **state)
{
    struct tree t;

    (void)state;
    tree_new(&t);
    tree_file(&t, "/etc/samba/guests.conf", "map to guest = bad user\n[data]\nguest ok = yes\nread only = no\n");
    samba(&t, "[global]\ninclude = /etc/samba/guests.conf\npath = /srv\n");
    tree_expect(&t, "shares.samba.guest", "data", "unmet");
    tree_expect(&t, "shares.writable", "/srv", "unknown");   /* the line after it belongs to [data] */
    tree_file(&t, "/etc/samba/guests.conf", "include = /etc/samba/smb.conf\n");
    samba(&t, "[global]\ninclude = /etc/samba/guests.conf\ninclude = /etc/samba/guests.conf\n[data]\nguest ok = no\n");
    tree_expect(&t, "shares.samba.guest", "data", "unknown"); /* not followed to the end: no "met" */
    tree_remove(&t, "/etc/samba/smb.conf");
    tree_survey(&t, survey_shares, 0);
    tree_expect(&t, "shares.samba.guest", "", "unknown");
    tree_free(&t);
}

static void printers_and_off(void **state)
{
    struct tree t;

    (void)state;
    tree_new(&t);
    samba(&t, "[global]\nmap to guest=bad user\n[printers]\nprintable = yes\nguest ok = yes\n[old]\navailable = no\nguest ok=yes\n"
              "[print$]\npath = /var/lib/samba/printers\nguest ok = no\n");
    assert_null(tree_item(&t, "shares.samba.guest", "printers"));
    assert_null(tree_item(&t, "shares.samba.guest", "old"));
    tree_expect(&t, "shares.samba.guest", "print$", "met");
    assert_null(tree_item(&t, "shares.samba.users", NULL));
    tree_free(&t);
}

static void many_shares(void **state)
{
    struct buf conf;
    struct tree t;

    (void)state;
    buf_init(&conf, 1 << 20);
    for (int i = 0; i < SAMBA_SHARES + 3; i++)
        buf_addf(&conf, "[s%d]\npath=/srv/%d\nvalid users=a\n", i, i);
    tree_new(&t);
    samba(&t, conf.data);
    tree_expect(&t, "shares.samba.guest", "s0", "met");
    tree_expect(&t, "shares.samba.guest", "", "unknown"); /* those beyond the limit are not passed over */
    tree_free(&t);
    buf_fini(&conf);
}

static void protocol(void **state)
{
    static const struct { const char *conf, *version, *state; } ROWS[] = {
        {"[global]\nserver min protocol = NT1\n", NULL, "unmet"}, {"[global]\nmin protocol = LANMAN2\n", NULL, "unmet"},
        {"[global]\nserver min protocol = SMB2_10\n", NULL, "met"}, {"[global]\nserver min protocol = smb3\n", NULL, "met"},
        {"[global]\nserver min protocol = newest\n", NULL, "unknown"}, {"[global]\n", NULL, "unknown"},
        {"[global]\n", "2:4.17.12+dfsg-0+deb12u1", "met"}, {"[global]\n", "4.11.0", "met"}, {"[global]\n", "2:4.9.5+dfsg-5+deb10u5", "unmet"},
        {"[global]\n", "2:3.6.6-6", "unmet"}, {"[global]\n", "two", "unknown"}, {"[global]\ninclude = registry\n", "4.11.0", "unknown"}};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char status[400];
        struct tree t;

        tree_new(&t);
        if (ROWS[i].version) {
            snprintf(status, sizeof status, "Package: samba-common\nVersion: 1\n\nPackage: samba\nStatus: install ok installed\nVersion: %s\n\n"
                     "Package: zsh\nVersion: 9\n", ROWS[i].version);
            tree_file(&t, "/var/lib/dpkg/status", status);
        }
        samba(&t, ROWS[i].conf);
        tree_expect(&t, "shares.samba.protocol", "", ROWS[i].state);
        tree_free(&t);
    }
}

#define USERSHARE(acl, guest) "#VERSION 2\npath=/home/hanako/x\ncomment=\nusershare_acl=" acl "\nguest_ok=" guest "\nsharename=x\n"

static void usershares(void **state)
{
    static const struct { const char *conf, *share, *guest; } ROWS[] = {
        {"[global]\nusershare allow guests = yes\nmap to guest = bad user\n", USERSHARE("S-1-1-0:F", "y"), "unmet"},
        {"[global]\nusershare allow guests = yes\nmap to guest = bad user\n", USERSHARE("S-1-1-0:R", "y"), "partly"},
        {"[global]\nusershare allow guests = no\nmap to guest = bad user\n", USERSHARE("S-1-1-0:F", "y"), "met"},
        {"[global]\nusershare allow guests = yes\nmap to guest = bad user\n", USERSHARE("S-1-1-0:F", "n"), "met"},
        {"[global]\nusershare allow guests = yes\n", USERSHARE("S-1-1-0:F", "y"), "partly"}};
    struct tree t;

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        tree_new(&t);
        tree_file(&t, "/var/lib/samba/usershares/x", ROWS[i].share);
        samba(&t, ROWS[i].conf);
        tree_expect(&t, "shares.samba.guest", "x", ROWS[i].guest);
        tree_expect(&t, "shares.writable", "/home/hanako/x", "unknown");
        tree_free(&t);
    }
    tree_new(&t);
    tree_file(&t, "/var/lib/samba/usershares/x", ROWS[0].share);
    samba(&t, "[global]\nusershare max shares = 0\nusershare allow guests = yes\n");
    assert_null(tree_item(&t, "shares.samba.guest", "x"));
    tree_free(&t);
}

static void exports(void **state)
{
    static const struct { const char *line, *path, *clients, *root; } ROWS[] = {
        {"/srv/data 192.168.1.0/24(rw,sync,no_subtree_check)\n", "/srv/data", "met", "met"},
        {"/srv/data *(rw,sync)\n", "/srv/data", "unmet", "met"},
        {"/srv/data pc1 (rw)\n", "/srv/data", "unmet", "met"},          /* the blank: everybody */
        {"/srv/data *(ro)\n", "/srv/data", "partly", "met"},
        {"/srv/data\n", "/srv/data", "partly", "met"},
        {"/srv/data 0.0.0.0/0(ro) pc1(rw)\n", "/srv/data", "partly", "met"},
        {"/srv/data *(rw,sec=krb5p)\n", "/srv/data", "partly", "met"},
        {"/srv/data *(rw,sec=krb5p:sys)\n", "/srv/data", "unmet", "met"},
        {"/srv/data pc1(rw,no_root_squash)\n", "/srv/data", "met", "unmet"},
        {"/srv/data pc1(rw,no_root_squash,root_squash)\n", "/srv/data", "met", "met"},
        {"/srv/data -rw,no_root_squash pc1 pc2(root_squash)\n", "/srv/data", "met", "unmet"},
        {"/srv/data pc1(rw,insecure)\n", "/srv/data", "partly", "met"},
        {"\"/srv/our data\" \\\n  *(rw)\n", "/srv/our data", "unmet", "met"},
        {"/srv/our\\040data *(rw)\n", "/srv/our data", "unmet", "met"},
        {"/srv/data *.example.co.jp(rw)\n", "/srv/data", "met", "met"},
        {"/srv/data pc1(ro) # *(rw)\n", "/srv/data", "met", "met"}};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        for (int dropin = 0; dropin < 2; dropin++) {
            struct tree t;

            tree_new(&t);
            tree_file(&t, "/usr/sbin/exportfs", "x");
            tree_file(&t, dropin ? "/etc/exports.d/office.exports" : "/etc/exports", ROWS[i].line);
            tree_file(&t, "/etc/exports.d/README", "/not *(rw)\n");
            tree_survey(&t, survey_shares, 0);
            tree_expect(&t, "shares.nfs.clients", ROWS[i].path, ROWS[i].clients);
            tree_expect(&t, "shares.nfs.root", ROWS[i].path, ROWS[i].root);
            assert_null(tree_item(&t, "shares.nfs.clients", "/not"));
            assert_null(tree_item(&t, "shares.none", NULL));
            tree_free(&t);
        }
}

static void exports_not_read(void **state)
{
    struct tree t;
    struct buf many;

    (void)state;
    buf_init(&many, 1 << 20);
    for (int i = 0; i < NFS_EXPORTS + 1; i++)
        buf_addf(&many, "/srv/%d pc1(ro)\n", i);
    tree_new(&t);
    tree_file(&t, "/usr/sbin/exportfs", "x");
    tree_file(&t, "/etc/exports", many.data);
    tree_survey(&t, survey_shares, 0);
    tree_expect(&t, "shares.nfs.clients", "", "unknown");
    tree_remove(&t, "/etc/exports");
    tree_folders(&t, "/etc/exports", 1); /* no file */
    tree_survey(&t, survey_shares, 0);
    tree_expect(&t, "shares.nfs.clients", "", "unknown");
    assert_null(tree_item(&t, "shares.none", NULL));
    tree_free(&t);
    buf_fini(&many);
}

static void rights_of_folders(void **state)
{
    static const struct { mode_t mode; const char *state; } ROWS[] = {{0755, "met"}, {02775, "met"}, {0777, "unmet"}, {01777, "partly"}, {0702, "unmet"}};
    struct tree t;

    (void)state;
    tree_new(&t);
    tree_folders(&t, "/srv/data", 1);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        tree_mode(&t, "/srv/data", ROWS[i].mode);
        samba(&t, "[a]\npath = /srv/data\n[b]\npath = /srv/data\n[c]\npath = /srv/%U\n");
        tree_expect(&t, "shares.writable", "/srv/data", ROWS[i].state);
        assert_null(tree_item(&t, "shares.writable", "/srv/%U"));
    }
    tree_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_shared), cmocka_unit_test(guests), cmocka_unit_test(includes), cmocka_unit_test(printers_and_off),
        cmocka_unit_test(many_shares), cmocka_unit_test(protocol), cmocka_unit_test(usershares), cmocka_unit_test(exports),
        cmocka_unit_test(exports_not_read), cmocka_unit_test(rights_of_folders),
    };
    return cmocka_run_group_tests_name("survey_shares", tests, NULL, NULL);
}
