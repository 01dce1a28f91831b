/* Documents being encrypted.
 *
 * "Destroyed" is a judgement about content (facts contract), not about a way
 * of writing: honest rewriting, however fast, does not raise it.  So small
 * numbers are enough, for a packaged program as well: an intruder uses
 * openssl, gpg and 7z of the distribution.  Nothing is lost by waiting (the
 * vault has the originals), but every file more is work for somebody.
 *
 * Thresholds (all of this file; the tests compare this table with the conditions)
 *   burst_destroyed >= 3     three in 10 s is never chance: one wrong judgement in a thousand files would
 *                            have to happen three times within one batch
 *   burst_destroyed >= 2     with a second, independent sign (note, canary, new ending, several types, partial)
 *   burst_destroyed >= 1     with a canary, a note with a demand, or several renamed files
 *   burst_destroyed >= 10    the freeze did not hold: isolate the host as well
 *   burst_encrypted >= 1     at least one judged random: tells an encryption from a clean-up
 *   burst_encrypted >= 2     the same, two
 *   burst_wiped >= 2         an original emptied while a random-looking new file appears is an encryption too
 *   burst_opaque_new >= 2    ... and these are the new files
 *   burst_notes >= 2         the same small text appears twice: one text file is only a text file
 *   burst_canary >= 1        nobody works with a canary
 *   burst_same_suffix >= 2   two files got the same new ending
 *   burst_renamed >= 3       three renamed with a new ending, and one of the tree's files is gone
 *   burst_types >= 2         a program rewrites its own kind of file; an encryptor takes all kinds
 *   burst_partial >= 2       only some blocks became random: intermittent encryption, made to be fast
 *   burst_replaced >= 2      the way: another file renamed over the original
 *   burst_inplace >= 2       the way: written into the original
 *   burst_processes >= 2     shared out over several processes
 *   burst_inplace + burst_replaced >= 1   at least one original was itself overwritten or replaced
 *
 * Left out on purpose, in every rule below that counts "new random-looking
 * file plus removed original" (neither written into nor replaced): programs
 * that keep packs of compressed data and expire them, when they are packaged:
 * git, restic, borg, rsync of such a repository, databases.  Their removed files were packs themselves.
 * shred at a terminal is a person's wish (removal.yar has its own limit). */

rule ransom_fast
{
    meta:
        title_ja = "短時間に複数の書類が暗号化されました"
        title_en = "Several documents were encrypted within seconds"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_destroyed >= 3 and burst_encrypted >= 1 and
        not (process_packaged == 1 and burst_inplace + burst_replaced == 0 and
             burst_renamed == 0 and burst_notes < 2 and burst_canary == 0 and
             (process_name matches /^(git|git-[a-z-]+|restic|rustic|borg|borgbackup|kopia|duplicity|rsync|rclone|mongod|mysqld|mariadbd|postgres|prometheus|influxd|clickhouse(-server)?|redis-server|minio)$/ or
              process_cmdline matches /^(\/usr\/bin\/)?python3[0-9.]*( -[IsEBu]+)* \/usr\/bin\/(borg|borgbackup|duplicity|borgmatic) /)) and
        not (process_name == "shred" and process_packaged == 1 and process_interactive == 1)
}

rule ransom_supported
{
    meta:
        title_ja = "書類の暗号化が始まったと見られます"
        title_en = "An encryption of documents has begun"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_encrypted >= 1 and
        ((burst_destroyed >= 2 and
          (burst_notes >= 2 or burst_same_suffix >= 2 or burst_partial >= 2 or
           (burst_types >= 2 and not (process_packaged == 1 and process_interactive == 1)))) or
         (burst_destroyed >= 1 and
          (burst_canary >= 1 or
           (burst_renamed >= 3 and burst_same_suffix >= 2 and process_packaged == 0)))) and
        not (process_name == "shred" and process_packaged == 1 and process_interactive == 1)
}

rule ransom_in_place
{
    meta:
        title_ja = "書類の中身が直接、読めないデータに書き換えられました"
        title_en = "Documents were overwritten in place with random-looking data"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_destroyed >= 3 and burst_encrypted >= 2 and burst_inplace >= 2 and burst_replaced == 0 and
        not (process_name == "shred" and process_packaged == 1 and process_interactive == 1)
}

rule ransom_rename_over
{
    meta:
        title_ja = "書類が暗号化されたファイルで置き換えられました"
        title_en = "Documents were replaced by encrypted files"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_destroyed >= 3 and burst_encrypted >= 2 and burst_replaced >= 2
}

rule ransom_new_and_delete
{
    meta:
        title_ja = "暗号化された写しが作られ、元の書類が消されました"
        title_en = "Encrypted copies were written and the originals removed"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_encrypted >= 2 and burst_opaque_new >= 2 and burst_destroyed >= 3 and
        burst_inplace + burst_replaced == 0 and
        not (process_packaged == 1 and burst_renamed == 0 and burst_notes < 2 and burst_canary == 0 and
             (process_name matches /^(git|git-[a-z-]+|restic|rustic|borg|borgbackup|kopia|duplicity|rsync|rclone|mongod|mysqld|mariadbd|postgres|prometheus|influxd|clickhouse(-server)?|redis-server|minio)$/ or
              process_cmdline matches /^(\/usr\/bin\/)?python3[0-9.]*( -[IsEBu]+)* \/usr\/bin\/(borg|borgbackup|duplicity|borgmatic) /))
}

rule ransom_new_and_empty
{
    meta:
        title_ja = "暗号化された写しが作られ、元の書類が空にされました"
        title_en = "Encrypted copies were written and the originals emptied"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_wiped >= 2 and burst_opaque_new >= 2
}

rule ransom_new_ending
{
    meta:
        title_ja = "書類が暗号化され、名前の末尾が変えられました"
        title_en = "Documents were encrypted and given a new ending"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_encrypted >= 1 and burst_destroyed >= 2 and burst_same_suffix >= 2
}

rule ransom_partial
{
    meta:
        title_ja = "書類の一部だけを壊す、速い暗号化が行われました"
        title_en = "Documents were encrypted in parts (intermittent encryption)"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://www.sentinelone.com/labs/crimeware-trends-ransomware-developers-turn-to-intermittent-encryption-to-evade-detection/"
    condition:
        burst_partial >= 2
}

rule ransom_many_processes
{
    meta:
        title_ja = "複数のプログラムが手分けして書類を暗号化しました"
        title_en = "Several processes shared the encryption of documents"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_destroyed >= 3 and burst_encrypted >= 2 and burst_processes >= 2 and
        burst_inplace + burst_replaced >= 1
}

rule ransom_confirmed
{
    meta:
        title_ja = "ランサムウェアによる暗号化です。電源を切らず、担当者に連絡してください"
        title_en = "Ransomware: encryption with a second, independent sign"
        severity = "critical"
        response = "quarantine"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        (burst_destroyed >= 3 and burst_encrypted >= 2 and (burst_notes >= 2 or burst_canary >= 1)) or
        (burst_destroyed >= 10 and burst_encrypted >= 2 and burst_inplace + burst_replaced >= 1)
}
