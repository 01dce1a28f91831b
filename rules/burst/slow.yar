/* The patient attacker: a few files at a time, or many short-lived programs.
 *
 * Thresholds (all of this file; the tests compare this table with the conditions)
 *   burst_destroyed >= 1          this tree did something just now: nobody is frozen for what others did
 *   burst_encrypted >= 1          ... and it was judged random, not a person's clean-up
 *   burst_destroyed_hour >= 5     one file every 12 minutes; honest programs stay at 0
 *   burst_destroyed_hour >= 3     worth telling an operator
 *   burst_destroyed_hour >= 8     the same by a packaged program at a terminal: a person who encrypts single files by hand
 *   burst_destroyed_day >= 10     one every 2.4 hours; nobody does that by hand, night included
 *   burst_destroyed_day >= 16     the same by a packaged program at a terminal
 *   burst_destroyed_session >= 4  one hour, all trees of a login session: an attack split over many programs
 *   burst_destroyed_session >= 8  the same by a packaged program at a terminal
 *   burst_destroyed_host >= 5     ten minutes, whole host: the same split over sessions
 *   burst_destroyed_host >= 8     the same by a packaged program at a terminal
 *   burst_inplace + burst_replaced >= 1   written into or replaced: what pack keepers (git, restic, databases) never do */

rule ransom_slow_hour
{
    meta:
        title_ja = "一時間のうちに、書類が少しずつ暗号化されています"
        title_en = "Documents are being encrypted a few at a time"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_destroyed >= 1 and burst_encrypted >= 1 and
        ((burst_destroyed_hour >= 5 and not (process_packaged == 1 and process_interactive == 1)) or
         burst_destroyed_hour >= 8) and
        (process_packaged == 0 or burst_inplace + burst_replaced >= 1 or
         not (process_name matches /^(git|git-[a-z-]+|restic|rustic|borg|borgbackup|kopia|duplicity|rsync|rclone|mongod|mysqld|mariadbd|postgres|prometheus|influxd|clickhouse(-server)?|redis-server|minio)$/ or
              process_cmdline matches /^(\/usr\/bin\/)?python3[0-9.]*( -[IsEBu]+)* \/usr\/bin\/(borg|borgbackup|duplicity|borgmatic) /)) and
        not (process_name == "shred" and process_packaged == 1 and process_interactive == 1)
}

rule ransom_slow_first
{
    meta:
        title_ja = "書類が少しずつ読めなくなっています"
        title_en = "Documents are becoming unreadable one by one"
        severity = "medium"
        response = "alert"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_destroyed_hour >= 3 and burst_encrypted >= 1 and burst_inplace + burst_replaced >= 1 and
        not (process_name == "shred" and process_packaged == 1 and process_interactive == 1)
}

rule ransom_slow_day
{
    meta:
        title_ja = "一日をかけて、書類が少しずつ暗号化されています"
        title_en = "Documents are being encrypted over the day"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_destroyed >= 1 and burst_encrypted >= 1 and
        ((burst_destroyed_day >= 10 and not (process_packaged == 1 and process_interactive == 1)) or
         burst_destroyed_day >= 16) and
        (process_packaged == 0 or burst_inplace + burst_replaced >= 1 or
         not (process_name matches /^(git|git-[a-z-]+|restic|rustic|borg|borgbackup|kopia|duplicity|rsync|rclone|mongod|mysqld|mariadbd|postgres|prometheus|influxd|clickhouse(-server)?|redis-server|minio)$/ or
              process_cmdline matches /^(\/usr\/bin\/)?python3[0-9.]*( -[IsEBu]+)* \/usr\/bin\/(borg|borgbackup|duplicity|borgmatic) /)) and
        not (process_name == "shred" and process_packaged == 1 and process_interactive == 1)
}

rule ransom_spread_session
{
    meta:
        title_ja = "多数のプログラムに分かれて書類が暗号化されています"
        title_en = "Many short programs of one session encrypt documents"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_destroyed >= 1 and burst_encrypted >= 1 and
        ((burst_destroyed_session >= 4 and not (process_packaged == 1 and process_interactive == 1)) or
         burst_destroyed_session >= 8) and
        (process_packaged == 0 or burst_inplace + burst_replaced >= 1 or
         not (process_name matches /^(git|git-[a-z-]+|restic|rustic|borg|borgbackup|kopia|duplicity|rsync|rclone|mongod|mysqld|mariadbd|postgres|prometheus|influxd|clickhouse(-server)?|redis-server|minio)$/ or
              process_cmdline matches /^(\/usr\/bin\/)?python3[0-9.]*( -[IsEBu]+)* \/usr\/bin\/(borg|borgbackup|duplicity|borgmatic) /)) and
        not (process_name == "shred" and process_packaged == 1 and process_interactive == 1)
}

rule ransom_spread_host
{
    meta:
        title_ja = "パソコン全体で書類の暗号化が広がっています"
        title_en = "Encryption spreads over the whole host"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_destroyed >= 1 and burst_encrypted >= 1 and
        ((burst_destroyed_host >= 5 and not (process_packaged == 1 and process_interactive == 1)) or
         burst_destroyed_host >= 8) and
        (process_packaged == 0 or burst_inplace + burst_replaced >= 1 or
         not (process_name matches /^(git|git-[a-z-]+|restic|rustic|borg|borgbackup|kopia|duplicity|rsync|rclone|mongod|mysqld|mariadbd|postgres|prometheus|influxd|clickhouse(-server)?|redis-server|minio)$/ or
              process_cmdline matches /^(\/usr\/bin\/)?python3[0-9.]*( -[IsEBu]+)* \/usr\/bin\/(borg|borgbackup|duplicity|borgmatic) /)) and
        not (process_name == "shred" and process_packaged == 1 and process_interactive == 1)
}
