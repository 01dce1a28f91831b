/* What lets a company come back: snapshots and backups.
 *
 * Expiry by a timer (restic forget --keep-..., borg prune, snapper's own
 * cleanup) is daily work.  What matters is "all of it" and "by hand". */

rule snapshots_all_deleted
{
    meta:
        title_ja = "復元用のスナップショットがまとめて消されようとしています"
        title_en = "All snapshots are being deleted, as before a ransomware attack"
        severity = "critical"
        response = "freeze"
        attack = "T1490"
        reference = "https://attack.mitre.org/techniques/T1490/"
    strings:
        $many = /(for\s{1,3}\w{1,20}\s{1,3}in|while\s{1,3}(IFS=[^ ]{0,10}\s)?read|xargs)\s/
        $btrfs = /btrfs\s{1,3}sub(v|vol|volume)?\s{1,3}del(ete)?\s/
        $zfs_list = /zfs\s{1,3}list\s/
        $zfs_destroy = /zfs\s{1,3}destroy/
        $lvremove = /lvremove\s{1,3}(-[a-z]{0,4}[fy]|--force|--yes)/
        $snapper_list = /snapper\s([^|;]{0,60}\s)?list/
        $snapper_delete = /snapper\s([^|;]{0,60}\s)?delete/
        $timeshift = /^((\/[^ ]{0,100}\/)?(ba|da)?sh\s+)?(\/[^ ]{0,100}\/)?timeshift\s(.{0,200}\s)?--delete-all(\s|$)/
    condition:
        process_interactive == 0 and
        ($timeshift or
         ($many and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ and
          process_cmdline matches /^[^ ]+( -[^ ]+)* -[a-zA-Z]*c / and
          ($btrfs or $lvremove or ($zfs_list and $zfs_destroy) or ($snapper_list and $snapper_delete))))
}

rule snapshot_deleted
{
    meta:
        title_ja = "復元用のスナップショットが消されました"
        title_en = "A snapshot was deleted by hand"
        severity = "medium"
        response = "alert"
        attack = "T1490"
        reference = "https://attack.mitre.org/techniques/T1490/"
    strings:
        $btrfs = /^(\/[^ ]{0,100}\/)?btrfs\s+sub(v|vol|volume)?\s+del(ete)?\s/
        $zfs = /^(\/[^ ]{0,100}\/)?zfs\s+destroy\s+(-[a-zA-Z]*[rR][a-zA-Z]*\s|(-[a-zA-Z]+\s+)*[^ ]{1,200}@)/
        $lvm = /^(\/[^ ]{0,100}\/)?(lvm\s+)?lvremove\s+(.{0,200}\s)?(-[a-z]*f[a-z]*|--force|-y|--yes)(\s|$)/
        $snapper = /^(\/[^ ]{0,100}\/)?snapper\s+(-[a-z-]+\s+[^ ]+\s+){0,3}(delete|remove|rm)\s+(-[a-z-]+\s+)*[0-9]/
        $timeshift = /^((\/[^ ]{0,100}\/)?(ba|da)?sh\s+)?(\/[^ ]{0,100}\/)?timeshift\s(.{0,200}\s)?--delete(-all)?(\s|$)/
    condition:
        any of them and
        not process_parent_name matches /^(timeshift(-gtk)?|snapperd|snapper|dockerd|containerd|btrbk|lxd|incusd|sanoid|virt-manager|libvirtd|apt-btrfs-snapshot)$/
}

rule backup_deleted
{
    meta:
        title_ja = "バックアップが消されました"
        title_en = "A backup was deleted"
        severity = "high"
        response = "alert"
        attack = "T1490"
        reference = "https://attack.mitre.org/techniques/T1490/"
    strings:
        $rm = /^(\/[^ ]{0,100}\/)?rm\s+(-[^ ]+\s+)*(-[a-zA-Z]*[rR][a-zA-Z]*|--recursive)\s(.{0,1000}\s)?["']?\/((mnt|media|srv|home|var|data|nas|export|opt|run\/media)\/([^ ]{1,200}\/)?)?(backups?|restic(-repo)?|borg(-?repo|backup)?|timeshift|\.snapshots|rsnapshot|urbackup|duplicati)\/?\*?["']?(\s|$)/
        $borg = /^((\/[^ ]{0,100}\/)?python3[0-9.]*\s+)?(\/[^ ]{0,100}\/)?borg\s+(--?[a-z-]+\s+){0,4}(delete|rdelete|repo-delete)\s+(--?[a-z-]+\s+){0,4}[^: ]*(:[^: ][^: ]*)?$/
        $restic_all = /^(\/[^ ]{0,100}\/)?restic\s.{0,300}forget\s.{0,300}--unsafe-allow-remove-all/
        $restic_key = /^(\/[^ ]{0,100}\/)?restic\s(.{0,200}\s)?key\s+remove\s/
        $rclone = /^(\/[^ ]{0,100}\/)?rclone\s+(-[^ ]+\s+)*(purge|delete)\s+(-[^ ]+\s+)*[^ ]{0,100}(backup|bkup|bak)/
        $find = /^(\/[^ ]{0,100}\/)?find\s+\/[^ ]{0,200}\s.{0,200}-i?name\s+["']?\*?\.?(bak|bkf|vbk|vib|backup)\*?["']?\s+(-type\s+f\s+)?(-delete|-exec\s+(\/[^ ]*\/)?(rm|shred)\s)/
        $older = /-(mtime|mmin|ctime|newermt)\s/
    condition:
        any of ($rm, $borg, $restic_all, $restic_key, $rclone) or ($find and not $older)
}

rule backup_expired
{
    meta:
        title_ja = "古いバックアップの整理が行われました"
        title_en = "Old backups were expired"
        severity = "info"
        response = "observe"
        attack = "T1490"
        reference = "https://restic.readthedocs.io/en/stable/060_forget.html"
    strings:
        $restic = /^(\/[^ ]{0,100}\/)?restic\s(.{0,300}\s)?(forget|prune)(\s|$)/
        $borg = /^((\/[^ ]{0,100}\/)?python3[0-9.]*\s+)?(\/[^ ]{0,100}\/)?borg\s+(--?[a-z-]+\s+){0,4}(prune|compact|delete\s+[^ ]{0,300}::)/
    condition:
        any of them
}

rule backup_service_stopped
{
    meta:
        title_ja = "バックアップの自動実行が止められました"
        title_en = "A backup service was stopped or disabled"
        severity = "medium"
        response = "alert"
        attack = "T1489"
        reference = "https://attack.mitre.org/techniques/T1489/"
    strings:
        $systemctl = /^(\/[^ ]{0,100}\/)?systemctl\s+(--?[a-z-]+\s+){0,4}(stop|disable|mask|kill)\s+(--?[a-z-]+(=[^ ]+)?\s+){0,4}(.{0,200}\s)?(borgmatic|borg|restic|rustic|timeshift|snapper-timeline|btrbk|bacula-(fd|sd|director)|bareos-(fd|sd|dir)|urbackup(srv|client|clientbackend)|veeamservice|rsnapshot|duplicati|backuppc|amanda|burp|kopia)[a-z@_-]{0,60}(\.service|\.timer)?(\s|$)/
    condition:
        $systemctl
}

rule windows_shadow_copy_deleted
{
    meta:
        title_ja = "Windows用の復元データを消す命令が見つかりました"
        title_en = "A command that deletes Windows shadow copies was seen"
        severity = "low"
        response = "alert"
        attack = "T1490"
        reference = "https://attack.mitre.org/techniques/T1490/"
    strings:
        $vss = /vssadmin(\.exe)?["']?\s+delete\s+shadows/ nocase
        $wmic = /wmic(\.exe)?["']?\s+shadowcopy\s+delete/ nocase
        $wbadmin = /wbadmin(\.exe)?["']?\s+delete\s+(catalog|systemstatebackup|backup)/ nocase
        $bcd = /bcdedit(\.exe)?["']?\s+\/set\s.{0,60}recoveryenabled\s+no/ nocase
    condition:
        any of them and
        process_name matches /^(wine|cmd|wmic|vssadmin|wbadmin|bcdedit|powershell|pwsh)/i
}
