/* Article 6 over scratch roots: what tools leave behind, what scripts name, where it goes. */
#include "agent/watch/host/backup.h"
#include "tests/unit/watch/host/posture_tree.h"

#define ROOT "root:x:0:0::/root:/bin/bash\nhanako:x:1000:1000::/home/hanako:/bin/bash\n"
#define ID "a21a2f374f18594eab86750788a02efab1f7d49314b3d4b60614a80ac1af80de"
#define MOUNTS "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n" \
               "40 22 8:17 / /mnt/usb rw,relatime shared:9 - ext4 /dev/sdb1 rw\n" \
               "41 22 8:33 / /mnt/usb\\040disk ro,relatime - ext4 /dev/sdc1 rw\n" \
               "42 22 8:49 / /mnt/ro rw,relatime - ext4 /dev/sdd1 ro\n"

static void host(struct tree *t)
{
    tree_new(t);
    tree_file(t, "/etc/passwd", ROOT);
    tree_file(t, "/proc/1/comm", "systemd\n");
    tree_file(t, "/proc/1/mountinfo", MOUNTS);
}

static void nothing(void **state)
{
    struct tree t;

    (void)state;
    host(&t);
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.present", "", "unmet");
    assert_int_equal(json_array_size(t.items), 1);
    tree_file(&t, "/usr/bin/restic", "x");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.present", "", "partly");
    tree_remove(&t, "/etc/passwd");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.present", "", "unknown");
    tree_free(&t);
}

static void snapshot(const struct tree *t, const char *repo, const char *name, double days)
{
    char path[512];

    snprintf(path, sizeof path, "%s/snapshots/%s", repo, name);
    tree_file(t, path, "x");
    tree_age(t, path, days);
}

static void restic_repository(void **state)
{
    static const struct { double days; const char *state; } ROWS[] = {{1, "met"}, {2.9, "met"}, {3, "partly"}, {7.5, "partly"}, {8, "unmet"}, {-3, "unknown"}};
    struct tree t;

    (void)state;
    host(&t);
    tree_file(&t, "/etc/cron.d/backup", "15 2 * * * root restic -r /mnt/usb/repo --password-file /root/pw backup /home\n");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.present", "", "met");
    tree_expect(&t, "backup.recent", "restic /mnt/usb/repo", "unknown");
    tree_expect(&t, "backup.target_writable", "restic /mnt/usb/repo", "met");     /* not there now */
    tree_file(&t, "/mnt/usb/repo/config", "x");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        snapshot(&t, "/mnt/usb/repo", "aa", ROWS[i].days);
        tree_survey(&t, survey_backup, 1);
        tree_expect(&t, "backup.recent", "restic /mnt/usb/repo", ROWS[i].state);
        tree_expect(&t, "backup.target_writable", "restic /mnt/usb/repo", "unmet");
    }
    tree_survey(&t, survey_backup, 0);
    tree_expect(&t, "backup.target_writable", "restic /mnt/usb/repo", "unknown"); /* mounts of another system */
    tree_free(&t);
}

/* A cache that was filled again by looking is no proof of a backup; an old one is a proof that there was none. */
static void restic_cache(void **state)
{
    static const struct { double first, second; const char *state; } ROWS[] = {{1, 30, "met"}, {1, 1.001, "partly"}, {5, 30, "partly"}, {20, 30, "unmet"}};
    struct tree t;

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        host(&t);
        tree_file(&t, "/home/hanako/.cache/restic/" ID "/snapshots/aa/aa11", "x");
        tree_age(&t, "/home/hanako/.cache/restic/" ID "/snapshots/aa/aa11", ROWS[i].first);
        tree_file(&t, "/home/hanako/.cache/restic/" ID "/snapshots/bb/bb11", "x");
        tree_age(&t, "/home/hanako/.cache/restic/" ID "/snapshots/bb/bb11", ROWS[i].second);
        tree_survey(&t, survey_backup, 1);
        tree_expect(&t, "backup.recent", "restic", ROWS[i].state);
        tree_expect(&t, "backup.target_writable", "restic", "unknown");
        /* with a place on the network the cache tells the time */
        tree_file(&t, "/home/hanako/.bashrc", "export RESTIC_REPOSITORY=sftp:hanako@nas.example.jp:/backup\n");
        tree_survey(&t, survey_backup, 1);
        tree_expect(&t, "backup.recent", "restic sftp:nas.example.jp:/backup", ROWS[i].state);
        tree_expect(&t, "backup.target_writable", "restic sftp:nas.example.jp:/backup", "unknown");
        tree_free(&t);
    }
}

/* A log that ends with a saved snapshot tells the time; one that ends with a failure does not. */
static void restic_log(void **state)
{
    static const struct { const char *text; double days; const char *state; } ROWS[] = {
        {"processed 12 files\nsnapshot 40dc1520 saved\n", 1, "met"}, {"x\nsnapshot 40dc1520 saved\n", 5, "partly"}, {"x\nsnapshot 40dc1520 saved\n", 9, "unmet"},
        {"x\nsnapshot 40dc1520 saved\nFatal: unable to open repository\n", 1, "unknown"}, {"Fatal: x\nsnapshot 40dc1520 saved\n", 1, "met"},
        {"nothing\nsnapshot of something that was never, as far as this line tells, saved\n", 1, "unknown"}};
    struct tree t;

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        host(&t);
        tree_file(&t, "/etc/cron.d/b", "0 1 * * * root restic -r s3:s3.example.jp/b backup /home >>/var/log/restic.log\n");
        tree_file(&t, "/var/log/restic.log", ROWS[i].text);
        tree_age(&t, "/var/log/restic.log", ROWS[i].days);
        tree_survey(&t, survey_backup, 1);
        tree_expect(&t, "backup.recent", "restic s3:s3.example.jp/b", ROWS[i].state);
        tree_file(&t, "/etc/cron.d/c", "0 1 * * * root restic -r s3:s3.example.jp/c backup /home\n");
        tree_survey(&t, survey_backup, 1);
        tree_expect(&t, "backup.recent", "restic s3:s3.example.jp/c", strcmp(ROWS[i].state, "met") ? ROWS[i].state : "partly");
        tree_free(&t);
    }
}

/* What may not be read is "unknown", never "there is none". */
static void closed(void **state)
{
    static const char *const PATHS[] = {"/home/hanako", "/var/spool/cron/crontabs", "/etc/cron.d/secret"};
    struct tree t;

    (void)state;
    if (geteuid())
        skip();                  /* only root can become somebody who may not read */
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
        host(&t);
        chmod(t.root, 0755);
        if (i < 2)
            tree_folders(&t, PATHS[i], 1);
        else
            tree_file(&t, PATHS[i], "0 1 * * * root restic -r /srv/r backup /\n");
        tree_mode(&t, PATHS[i], 0);
        assert_int_equal(seteuid(65534), 0);
        tree_survey(&t, survey_backup, 1);
        assert_int_equal(seteuid(0), 0);
        tree_expect(&t, "backup.present", "", "unknown");
        tree_free(&t);
    }
}

static void mounts(void **state)
{
    static const struct { const char *path, *at; int writable; } ROWS[] = {
        {"/mnt/usb/repo", "/mnt/usb", 1}, {"/mnt/usb", "/mnt/usb", 1}, {"/mnt/usb2/repo", "/", 1}, {"/mnt/usb disk/r", "/mnt/usb disk", 0},
        {"/mnt/ro/r", "/mnt/ro", 0}, {"/srv", "/", 1}};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char text[] = MOUNTS, at[64], type[64];

        assert_int_equal(backup_mount(text, ROWS[i].path, at, type), ROWS[i].writable);
        assert_string_equal(at, ROWS[i].at);
        assert_string_equal(type, "ext4");
    }
    {
        char text[] = "1 2 3\n22 1 8:1 / / rw\n\n23 1 8:1 / /a rw - ext4\n", at[64], type[64];

        assert_int_equal(backup_mount(text, "/a", at, type), -1);
    }
}

static void targets(void **state)
{
    static const struct { const char *cron, *subject, *state; } ROWS[] = {
        {"0 1 * * * root borg create '/mnt/usb disk/r::{now}' /home\n", "borg /mnt/usb disk/r", "met"},       /* read-only mount */
        {"0 1 * * * root borg create /mnt/ro/r::{now} /home\n", "borg /mnt/ro/r", "met"},
        {"0 1 * * * root borg create /srv/r::{now} /home\n", "borg /srv/r", "unmet"},
        {"0 1 * * * root borg create ssh://backup@nas/./r::{now} /home\n", "borg ssh://nas/./r", "unmet"},    /* runs alone: has the key */
        {"0 1 * * * root restic -r s3:s3.example.jp/b backup /home\n", "restic s3:s3.example.jp/b", "unmet"},
        {"0 1 * * * root restic -r rclone:b: -o rclone.args=\"serve restic --stdio --append-only\" backup /home\n", "restic rclone:b:", "met"},
        {"0 1 * * * root restic -r $REPO backup /home\n", "restic", "unknown"},
        {"0 1 * * * root rsync -a /home/ /srv/copy/\n", "rsync /srv/copy", "unmet"},
        {"0 1 * * * root rsync -a /home/ backup@nas:/copy\n", "rsync nas:/copy", "unmet"}};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tree t;

        host(&t);
        tree_file(&t, "/mnt/usb disk/r/config", "x");
        tree_file(&t, "/mnt/ro/r/config", "x");
        tree_file(&t, "/srv/r/config", "x");
        tree_folders(&t, "/srv/copy", 1);
        tree_file(&t, "/etc/cron.d/backup", ROWS[i].cron);
        tree_survey(&t, survey_backup, 1);
        tree_expect(&t, "backup.target_writable", ROWS[i].subject, ROWS[i].state);
        tree_free(&t);
    }
}

/* Our own view of mounts is not the system's when all of it is read-only. */
static void own_mounts_are_doubted(void **state)
{
    struct tree t;

    (void)state;
    host(&t);
    tree_file(&t, "/srv/r/config", "x");
    tree_file(&t, "/etc/cron.d/backup", "0 1 * * * root borg create /srv/r::{now} /home\n");
    tree_remove(&t, "/proc/1/mountinfo");
    tree_file(&t, "/proc/self/mountinfo", "22 1 8:1 / / ro,relatime - ext4 /dev/sda1 rw\n");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.target_writable", "borg /srv/r", "unknown");
    tree_file(&t, "/proc/self/mountinfo", MOUNTS);
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.target_writable", "borg /srv/r", "unmet");
    tree_remove(&t, "/proc/self/mountinfo");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.target_writable", "borg /srv/r", "unknown");
    tree_free(&t);
}

static void borg(void **state)
{
    struct tree t;

    (void)state;
    host(&t);
    tree_file(&t, "/root/.config/borg/security/" ID "/location", "ssh://backup@nas.example.jp/./repo");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "borg ssh://nas.example.jp/./repo", "unknown");
    tree_file(&t, "/root/.config/borg/security/" ID "/manifest-timestamp", "2026-11-17T23:56:23.831094");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "borg ssh://nas.example.jp/./repo", "met");
    tree_expect(&t, "backup.target_writable", "borg ssh://nas.example.jp/./repo", "unknown");
    tree_file(&t, "/root/.config/borg/security/" ID "/manifest-timestamp", "2026-10-17T23:56:23.831094");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "borg ssh://nas.example.jp/./repo", "unmet");
    tree_file(&t, "/root/.config/borg/security/" ID "/manifest-timestamp", "yesterday");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "borg ssh://nas.example.jp/./repo", "unknown");
    /* the same repository named by borgmatic is one, and now it runs by itself with its passphrase */
    tree_file(&t, "/etc/borgmatic/config.yaml", "source_directories:\n    - /home\nrepositories:\n    - path: ssh://backup@nas.example.jp/./repo\n      label: nas\n"
                                               "encryption_passphrase: \"correct horse\"\n");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.target_writable", "borg ssh://nas.example.jp/./repo", "unmet");
    assert_int_equal(json_array_size(t.items), 3);
    assert_null(strstr(t.s.out.data, "horse"));
    tree_free(&t);
}

static void borg_here(void **state)
{
    struct tree t;

    (void)state;
    host(&t);
    tree_file(&t, "/srv/r/config", "[repository]\n");
    tree_file(&t, "/srv/r/index.5", "x");
    tree_age(&t, "/srv/r/index.5", 4);
    tree_file(&t, "/etc/systemd/system/timers.target.wants/b.timer", "");
    tree_file(&t, "/etc/systemd/system/b.service", "[Service]\nEnvironment=\"BORG_REPO=/srv/r\"\nExecStart=/usr/bin/borg create ::{now} /home\n");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "borg /srv/r", "partly");
    tree_expect(&t, "backup.target_writable", "borg /srv/r", "unmet");
    tree_free(&t);
}

static void rsnapshot(void **state)
{
    struct tree t;

    (void)state;
    host(&t);
    tree_file(&t, "/etc/rsnapshot.conf", "# snapshot_root\t/no/\nconfig_version\t1.2\nsnapshot_root\t/mnt/usb/rsnapshot/\nretain\talpha\t6\n");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "rsnapshot /mnt/usb/rsnapshot", "unknown");
    tree_expect(&t, "backup.target_writable", "rsnapshot /mnt/usb/rsnapshot", "met");
    tree_folders(&t, "/mnt/usb/rsnapshot/alpha.0", 1);
    tree_folders(&t, "/mnt/usb/rsnapshot/alpha.1", 1);
    tree_age(&t, "/mnt/usb/rsnapshot/alpha.0", 1);
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "rsnapshot /mnt/usb/rsnapshot", "met");
    tree_expect(&t, "backup.target_writable", "rsnapshot /mnt/usb/rsnapshot", "unmet");
    tree_age(&t, "/mnt/usb/rsnapshot/alpha.0", 9);
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "rsnapshot /mnt/usb/rsnapshot", "unmet");
    tree_free(&t);
}

static void timeshift(void **state)
{
    struct tree t;

    (void)state;
    host(&t);
    tree_file(&t, "/etc/timeshift/timeshift.json", "{\"backup_device_uuid\":\"x\"}");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "Timeshift", "unknown");
    tree_expect(&t, "backup.present", "", "partly"); /* the system only */
    tree_file(&t, "/timeshift/snapshots/2026-11-17_20-00-01/info.json", "{\"created\":\"1794913201\"}");
    tree_age(&t, "/timeshift/snapshots/2026-11-17_20-00-01/info.json", 1);
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "Timeshift /timeshift/snapshots", "partly");
    tree_expect(&t, "backup.present", "", "partly");
    tree_free(&t);
}

static void duplicity(void **state)
{
    struct tree t;

    (void)state;
    host(&t);
    tree_file(&t, "/home/hanako/.cache/deja-dup/3f/duplicity-full.20261001T090000Z.manifest", "x");
    tree_file(&t, "/home/hanako/.cache/deja-dup/3f/duplicity-inc.20261001T090000Z.to.20261117T090000Z.manifest", "x");
    tree_file(&t, "/home/hanako/.cache/deja-dup/3f/duplicity-inc.20261117T090000Z.to.20261118T090000Z.manifest.part", "x");
    tree_survey(&t, survey_backup, 1);
    tree_expect(&t, "backup.recent", "Deja Dup", "met");
    assert_non_null(strstr(tree_evidence(&t, "backup.recent", "Deja Dup"), "2026-11-17"));
    tree_expect(&t, "backup.target_writable", "Deja Dup", "unknown");
    tree_free(&t);
}

static void presence_only(void **state)
{
    static const struct { const char *mark, *tool; } ROWS[] = {{"/etc/bareos/bareos-fd.conf", "Bareos"}, {"/etc/bacula/bacula-fd.conf", "Bacula"},
        {"/etc/veeam/veeam.ini", "Veeam Agent"}, {"/usr/bin/kopia", "Kopia"}};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tree t;

        host(&t);
        tree_file(&t, ROWS[i].mark, "x");
        tree_survey(&t, survey_backup, 1);
        tree_expect(&t, "backup.present", "", "met");
        tree_expect(&t, "backup.recent", ROWS[i].tool, "unknown");
        tree_expect(&t, "backup.target_writable", ROWS[i].tool, "unknown");
        tree_free(&t);
    }
}

static void plain_copies(void **state)
{
    static const struct { const char *cron, *subject; } ROWS[] = {
        {"0 1 * * * root rsync -a --delete /home/ /srv/copy/\n", "rsync /srv/copy"},
        {"0 1 * * * root tar czf /srv/x.tgz /home/hanako\n", "tar"},
        {"0 1 * * * root rclone sync /home remote:b\n", "rclone remote:b"},
        {"0 1 * * * root tar czf /var/backups/dpkg.tgz /var/lib/dpkg/alternatives\n", NULL},
        {"0 1 * * * root rsync --version\n", NULL},
        {"#0 1 * * * root rsync -a /home/ /srv/copy/\n", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct tree t;

        host(&t);
        tree_file(&t, "/etc/cron.d/copy", ROWS[i].cron);
        tree_survey(&t, survey_backup, 1);
        tree_expect(&t, "backup.present", "", ROWS[i].subject ? "partly" : "unmet");
        if (ROWS[i].subject)
            tree_expect(&t, "backup.recent", ROWS[i].subject, "partly");
        tree_free(&t);
    }
}

/* Credentials that stand in a place, a setting or a command stay inside. */
static void no_secret_comes_out(void **state)
{
    static const char *const PLACES[] = {
        "rest:https://hanako:S3cret@backup.example.jp/repo", "rest:http://hanako:pw@S3cret@backup.example.jp:8000/", "sftp:hanako:S3cret@nas:/repo",
        "sftp://hanako:S3cret@nas:22//repo", "s3:https://KEY:S3cret@s3.example.jp/b", "ssh://hanako:S3cret@nas/./r", "hanako:S3cret@nas:r",
        "rest:https://hanako:S3cret@nas/a@b", "file:///srv/r", "/srv/r/", "rest:https://h:S3cret/with@nas/r"};

    (void)state;
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        char text[1024], where[BACKUP_WHERE];
        struct tree t;

        backup_place(PLACES[i], where, sizeof where);
        assert_null(strstr(where, "S3cret"));
        assert_non_null(where[0] ? where : NULL);
        host(&t);
        snprintf(text, sizeof text, "export RESTIC_PASSWORD=S3cret\nexport AWS_SECRET_ACCESS_KEY=S3cret\nrestic -r %s backup /home\n"
                 "RESTIC_REPOSITORY='%s' RESTIC_PASSWORD='S3cret' restic backup /\nborg create %s::x /home\nrsync -a /home/ %s\n",
                 PLACES[i], PLACES[i], PLACES[i], PLACES[i]);
        tree_file(&t, "/etc/cron.daily/backup", text);
        tree_file(&t, "/etc/borgmatic/config.yaml", "repositories:\n  - path: ssh://a:S3cret@nas/r\nencryption_passphrase: S3cret\n");
        tree_survey(&t, survey_backup, 1);
        assert_true(json_array_size(t.items) > 3);
        if (strstr(t.s.out.data, "S3cret"))
            fail_msg("%s came out:\n%s", PLACES[i], t.s.out.data);
        tree_free(&t);
    }
}

static void too_many(void **state)
{
    struct buf cron;
    struct tree t;

    (void)state;
    buf_init(&cron, 1 << 16);
    for (int i = 0; i < BACKUP_REPOS + 5; i++)
        buf_addf(&cron, "0 1 * * * root borg create /srv/%d::x /home\n", i);
    host(&t);
    tree_file(&t, "/etc/cron.d/b", cron.data);
    tree_survey(&t, survey_backup, 1);
    assert_non_null(strstr(tree_evidence(&t, "backup.present", ""), "more than are looked at"));
    tree_free(&t);
    buf_fini(&cron);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing), cmocka_unit_test(restic_repository), cmocka_unit_test(restic_cache), cmocka_unit_test(restic_log), cmocka_unit_test(closed), cmocka_unit_test(mounts), cmocka_unit_test(targets),
        cmocka_unit_test(own_mounts_are_doubted), cmocka_unit_test(borg), cmocka_unit_test(borg_here), cmocka_unit_test(rsnapshot), cmocka_unit_test(timeshift),
        cmocka_unit_test(duplicity), cmocka_unit_test(presence_only), cmocka_unit_test(plain_copies), cmocka_unit_test(no_secret_comes_out),
        cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests_name("survey_backup", tests, NULL, NULL);
}
