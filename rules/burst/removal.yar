/* Files that disappear or become empty.
 *
 * Deleting is daily work (a project, a branch, a mirror), and the vault keeps
 * every original, so most of it is only told.  A program that nobody installed
 * and that no person runs from a terminal is another matter.  "packaged" and
 * "interactive" are weak signs - rm and bash are packaged, a desktop program
 * has no terminal - so they only move a limit, they never switch a rule off
 * where content was destroyed.
 *
 * Thresholds (all of this file; the tests compare this table with the conditions)
 *   burst_removed >= 10       unpackaged, no terminal, of several kinds or folders: a wiper, not a clean-up
 *   burst_folders >= 3        several folders
 *   burst_removed_types >= 3  several kinds of document
 *   burst_removed >= 60       the same program, even in one folder of one kind
 *   burst_removed >= 20       packed into an archive and removed, by a person
 *   burst_removed >= 100      a packaged program without a terminal: told, because a script may be a wiper
 *   burst_removed_hour >= 2000  the same, slowly
 *   burst_wiped >= 5          emptied or overwritten with constants: a log rotation has few, of one kind
 *   burst_wiped >= 20         any program: nobody wipes so much by hand
 *   burst_encrypted + burst_wiped >= 5    shred overwrites with random data first
 *   burst_encrypted + burst_wiped >= 20   the same, a person at a terminal
 *   burst_removed >= 3        packed with a password and removed, no terminal (the loop of an intruder)
 *   burst_removed >= 5        the same at a terminal: a person who sends a few files by mail keeps them */

rule wiper_unknown_program
{
    meta:
        title_ja = "見慣れないプログラムが、多数の書類を次々に消しました"
        title_en = "An unknown program removed many files within seconds"
        severity = "critical"
        response = "freeze"
        attack = "T1485"
        reference = "https://attack.mitre.org/techniques/T1485/"
    condition:
        process_packaged == 0 and process_interactive == 0 and
        ((burst_removed >= 10 and (burst_folders >= 3 or burst_removed_types >= 3)) or burst_removed >= 60)
}

rule removal_by_person
{
    meta:
        title_ja = "利用者の操作で、多数のファイルが消されました"
        title_en = "A person removed many files"
        severity = "info"
        response = "observe"
        attack = "T1485"
        reference = "https://attack.mitre.org/techniques/T1485/"
    condition:
        burst_removed >= 100 and process_packaged == 1 and
        (process_interactive == 1 or
         process_name matches /^(nautilus|nemo|thunar|Thunar|dolphin|pcmanfm|pcmanfm-qt|caja|gvfsd-trash|smbd)$/)
}

rule removal_by_script
{
    meta:
        title_ja = "自動処理によって、多数のファイルが消されました"
        title_en = "A script or service removed many files"
        severity = "low"
        response = "observe"
        attack = "T1485"
        reference = "https://attack.mitre.org/techniques/T1485/"
    condition:
        (burst_removed >= 100 or burst_removed_hour >= 2000) and process_interactive == 0 and
        not (process_packaged == 1 and
             (process_name matches /^(git|git-[a-z-]+|rsync|apt|apt-get|dpkg|restic|rustic|borg|borgbackup|kopia|logrotate|systemd-tmpfile.*|snapperd|dockerd|containerd|postgres|mysqld|mariadbd|make|ninja|cargo|npm|node|nautilus|nemo|thunar|Thunar|dolphin|pcmanfm|pcmanfm-qt|caja|gvfsd-trash|smbd)$/ or
              process_parent_name matches /^(git|make|ninja|dpkg|apt|apt-get|rsnapshot|logrotate)$/ or
              process_cmdline matches /^(\/usr\/bin\/)?python3[0-9.]*( -[IsEBu]+)* \/usr\/bin\/(borg|borgbackup|duplicity|borgmatic) /))
}

rule wiper_emptied
{
    meta:
        title_ja = "多数の書類が空にされるか、無意味なデータで上書きされました"
        title_en = "Many documents were emptied or overwritten with constants"
        severity = "critical"
        response = "freeze"
        attack = "T1485"
        reference = "https://attack.mitre.org/techniques/T1485/"
    condition:
        (burst_wiped >= 5 and not (process_packaged == 1 and process_interactive == 1) and
         not (process_packaged == 1 and
              (process_name == "logrotate" or process_name == "postgres" or process_name == "mysqld" or
               process_name == "mariadbd"))) or
        (burst_wiped >= 20 and
         not (process_packaged == 1 and
              (process_name == "logrotate" or process_name == "postgres" or process_name == "mysqld" or
               process_name == "mariadbd")))
}

rule wiping_by_person
{
    meta:
        title_ja = "利用者の操作で、ファイルが復元できない形に消されました"
        title_en = "A person overwrites files so that they cannot come back"
        severity = "high"
        response = "alert"
        attack = "T1485"
        reference = "https://www.gnu.org/software/coreutils/manual/html_node/shred-invocation.html"
    condition:
        process_packaged == 1 and process_interactive == 1 and
        (burst_wiped >= 5 or (process_name == "shred" and burst_encrypted + burst_wiped >= 5))
}

rule wiper_shred
{
    meta:
        title_ja = "多数の書類が、復元できない形に次々と消されています"
        title_en = "Very many documents are being shredded"
        severity = "critical"
        response = "freeze"
        attack = "T1485"
        reference = "https://www.gnu.org/software/coreutils/manual/html_node/shred-invocation.html"
    condition:
        process_name == "shred" and process_packaged == 1 and process_interactive == 1 and
        burst_encrypted + burst_wiped >= 20
}

rule packed_with_password_and_removed
{
    meta:
        title_ja = "書類がパスワード付きで固められ、元の書類が消されました"
        title_en = "Files were locked with a password and the originals removed"
        severity = "high"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1560/001/"
    strings:
        $openssl = "Salted__"
        $age = "age-encryption.org/v1"
        $pgp_text = "-----BEGIN PGP MESSAGE-----"
        $aescrypt = { 41 45 53 02 00 00 1B }
        $zip = { 50 4B 03 04 }
    condition:
        ($openssl at 0 or $age at 0 or $pgp_text at 0 or $aescrypt at 0 or
         ($zip at 0 and uint8(6) & 1 == 1) or
         /* OpenPGP: symmetric session key packet (version 4, a known cipher, salted and iterated) ... */
         (uint8(0) == 0x8C and uint8(1) == 0x0D and uint8(2) == 4 and uint8(4) == 3) or
         /* ... or public key packet, version 3 */
         ((uint8(0) == 0x85 or uint8(0) == 0x84) and (uint8(2) == 3 or uint8(3) == 3) and filesize > 200)) and
        (burst_removed >= 5 or (burst_removed >= 3 and process_interactive == 0))
}

rule archive_made_and_removed
{
    meta:
        title_ja = "圧縮ソフトがパスワード付きで固めながら、元の書類を消しています"
        title_en = "An archiver with a password removes what it packed"
        severity = "high"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1560/001/"
    condition:
        ((burst_removed >= 3 and process_interactive == 0) or burst_removed >= 20) and
        ((process_cmdline matches /^([^ ]*\/)?7z[azr]?(\.so)? a / and
          process_cmdline matches / -sdel( |$)/ and process_cmdline matches / -p[^ ]/) or
         (process_cmdline matches /^([^ ]*\/)?zip / and
          process_cmdline matches / (-[a-zA-Z0-9]*m[a-zA-Z0-9]*|--move)( |$)/ and
          process_cmdline matches / (-[a-zA-Z0-9]*[eP]|--encrypt|--password)/) or
         (process_cmdline matches /^([^ ]*\/)?rar (m|a (.* )?-d[fw]) / and process_cmdline matches / -h?p[^ ]/))
}
