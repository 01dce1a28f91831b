/* The attack itself and its preparation. */

/* Only written down: encrypting three files for a mail looks the same.  Whether originals
 * are destroyed is judged by the burst rules, on contents. */
rule bulk_encryption_command
{
    meta:
        title_ja = "書類をまとめて暗号化し、元を消す命令が実行されました"
        title_en = "A command that encrypts documents and removes the originals was started"
        severity = "low"
        response = "observe"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    strings:
        $crypt = /(openssl\s+(enc\s|aes-|chacha|smime\s+-encrypt)|gpg2?\s(.{0,200}\s)?(-[a-z]*[ce][a-z]*|--symmetric|--encrypt)\s|age\s+(-[a-z]+\s+)*-[rp]|ccrypt\s|aescrypt\s+-e|mcrypt\s|7z[ar]?\s+a\s(.{0,200}\s)?-p[^ ]|zip\s(.{0,100}\s)?(-P|-e|--encrypt|--password)\s?)/
        $remove = /([;&|]{1,2}\s*|-exec\s+|do\s+|then\s+)(sudo\s+)?(\/(usr\/)?bin\/)?(rm|shred|unlink)\s+(-[a-zA-Z]+\s+)*(--\s+)?["']?(\$|\{\})|-sdel|\s-delete(\s|$)|mv\s+(-f\s+)?["']?\$\{?[a-z]+\}?[^ ]{0,8}["']?\s+["']?\$\{?[a-z]+/
        $many = /(\s|^)(for\s+\w{1,20}\s+in\s|while\s+(IFS=\S*\s+)?read\s|xargs\s|-exec(dir)?\s)/
        $documents = /\*?\.(docx?|xlsx?|pptx?|od[tsp]|pdf|jpe?g|png|jtd|vmdk|qcow2|psd|dwg)/
        $wide = /find\s+["']?(\/|\/home|\/srv|\/mnt|\/media|\/data|\$HOME|~)\/?["']?\s/
    condition:
        $crypt and $remove and $many and ($documents or $wide) and
        (process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ or process_name == "find" or process_name == "xargs")
}

rule bulk_encryption_suspected
{
    meta:
        title_ja = "多数のファイルを暗号化する命令が実行されました"
        title_en = "A command that encrypts many files was started"
        severity = "medium"
        response = "alert"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    strings:
        $find = /^(\/[^ ]{0,100}\/)?find\s.{0,400}-exec(dir)?\s+(\/[^ ]{0,100}\/)?(openssl\s+(enc|aes-)|gpg2?\s(.{0,100}\s)?(-[a-z]*c[a-z]*|--symmetric)\s|ccrypt\s|aescrypt\s|mcrypt\s|7z[ar]?\s+a\s.{0,100}-p)/
        $loop = /(for\s+\w{1,20}\s+in\s|while\s+(IFS=\S*\s+)?read\s|xargs\s).{0,300}(openssl\s+(enc\s|aes-)|gpg2?\s(.{0,100}\s)?(-[a-z]*c[a-z]*|--symmetric)\s|ccrypt\s|aescrypt\s|mcrypt\s)/
        $decrypt = /openssl\s.{0,100}\s-d(\s|$)|gpg2?\s(.{0,100}\s)?(-d|--decrypt)\s|ccrypt\s(.{0,100}\s)?-d/
    condition:
        not $decrypt and
        ($find or ($loop and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox|xargs)$/))
}

rule archive_then_delete
{
    meta:
        title_ja = "パスワード付きの圧縮と同時に、元のファイルを消す命令が実行されました"
        title_en = "An archiver packs with a password and deletes the originals"
        severity = "medium"
        response = "alert"
        attack = "T1560.001"
        reference = "https://attack.mitre.org/techniques/T1560/001/"
    strings:
        $sevenzip = /^(\/[^ ]{0,100}\/)?7z[azr]?(\.so)?\s+a\s/
        $zip = /^(\/[^ ]{0,100}\/)?zip\s/
        $rar = /^(\/[^ ]{0,100}\/)?rar\s+(m|a\s(.{0,200}\s)?-d[fw])\s/
    condition:
        ($sevenzip and process_cmdline matches / -sdel( |$)/ and process_cmdline matches / -p[^ ]/) or
        ($zip and process_cmdline matches / (-[a-zA-Z0-9]*m[a-zA-Z0-9]*|--move)( |$)/ and
         process_cmdline matches / (-[a-zA-Z0-9]*[eP]|--encrypt|--password)/) or
        ($rar and process_cmdline matches / -h?p[^ ]/)
}

rule databases_stopped
{
    meta:
        title_ja = "複数のデータベースがまとめて止められました(暗号化の準備の疑い)"
        title_en = "Several databases were stopped at once, as before an encryption"
        severity = "high"
        response = "alert"
        attack = "T1489"
        reference = "https://attack.mitre.org/techniques/T1489/"
    strings:
        $kill = /(^|[\s;&|\/])(pkill|killall|systemctl\s+(stop|kill)|service\s|kill\s+-9)\s/
        $d1 = /my?sqld?(_safe)?[^a-z]|mariadbd?/
        $d2 = /postgres(ql)?/
        $d3 = /mongod(b)?/
        $d4 = /oracle|sqlservr|mssql/
        $d5 = /redis(-server)?/
        $d6 = /vmware|vmx|qemu|virtqemud|libvirtd/
        $d7 = /backup|veeam|bacula|urbackup|borg/
        $d8 = /docker|containerd/
        $d9 = /elasticsearch|couchdb|cassandra|influxd/
        $restart = /systemctl\s+(start|restart)|service\s+[a-z]+\s+(start|restart)|(shutdown|poweroff|reboot)/
    condition:
        $kill and 4 of ($d*) and not $restart and
        process_name matches /^((ba|da|z|k|mk|a)?sh|busybox|pkill|pgrep|killall|systemctl)$/
}

rule virtual_machines_killed
{
    meta:
        title_ja = "仮想サーバーをまとめて強制停止する命令が実行されました"
        title_en = "Virtual machines are being killed, as before an encryption"
        severity = "high"
        response = "alert"
        attack = "T1489"
        reference = "https://attack.mitre.org/techniques/T1489/"
    strings:
        $esxcli = /esxcli\s.{0,200}vm\s+process\s+kill\s.{0,100}(force|hard)/
        $vimcmd = /vim-cmd\s+(vmsvc\/(power\.off|snapshot\.removeall)|vmsvc\/getallvms.{0,200}power\.off)/
        $virsh = /virsh\s+(-[^ ]+\s+)*list\s[^|;)]{0,60}(\||\)).{0,200}virsh\s+(-[^ ]+\s+)*(destroy|undefine)/
    condition:
        any of them and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox|esxcli|vim-cmd|python[0-9.]*)$/
}

rule disk_wipe_command
{
    meta:
        title_ja = "ディスク全体を消す命令が実行されました"
        title_en = "A command that erases a whole disk was started"
        severity = "high"
        response = "alert"
        attack = "T1561.001"
        reference = "https://attack.mitre.org/techniques/T1561/001/"
    strings:
        $dd = /^(\/[^ ]{0,100}\/)?dd\s(.{0,200}\s)?if=\/dev\/(zero|u?random)\s(.{0,200}\s)?of=\/dev\/(sd[a-z]+|nvme\d+n\d+|vd[a-z]|xvd[a-z]|mmcblk\d|md\d+|dm-\d+|mapper\/[^ ]+)/
        $dd2 = /^(\/[^ ]{0,100}\/)?dd\s(.{0,200}\s)?of=\/dev\/(sd[a-z]+|nvme\d+n\d+|vd[a-z]|xvd[a-z]|mmcblk\d|md\d+|dm-\d+|mapper\/[^ ]+)\s(.{0,200}\s)?if=\/dev\/(zero|u?random)/
        $tool = /^(\/[^ ]{0,100}\/)?(shred|wipe|blkdiscard|wipefs\s+(-[a-z]*a[a-z]*|--all))\s(.{0,200}\s)?\/dev\/(sd[a-z]+|nvme\d+n\d+|vd[a-z]|xvd[a-z]|mmcblk\d|md\d+|mapper\/[^ ]+)/
    condition:
        any of them
}

rule root_removed
{
    meta:
        title_ja = "パソコンの中身をすべて消す命令が実行されました"
        title_en = "A command that removes everything was started"
        severity = "critical"
        response = "freeze"
        attack = "T1485"
        reference = "https://attack.mitre.org/techniques/T1485/"
    strings:
        $rm = /^(\/[^ ]{0,100}\/)?rm\s+(.{0,100}\s)?--no-preserve-root\s(.{0,100}\s)?\/\*?(\s|$)/
        $glob = /^(\/[^ ]{0,100}\/)?rm\s+-[a-zA-Z]*[rR][a-zA-Z]*\s(.{0,600}\s)?\/(home|srv|root|mnt|media)\/?\s(.{0,600}\s)?\/(home|srv|root|mnt|media|var|etc|usr)\/?(\s|$)/
    condition:
        ($rm and process_cmdline matches / (-[a-zA-Z]*[rR]|--recursive)/) or $glob
}

rule coin_miner
{
    meta:
        title_ja = "無断で計算資源を使うプログラム(暗号資産の採掘)が実行されました"
        title_en = "A crypto coin miner was started"
        severity = "high"
        response = "alert"
        attack = "T1496"
        reference = "https://attack.mitre.org/techniques/T1496/"
    strings:
        $stratum = /stratum\+?(tcp|ssl|tls|http)?:\/\/[^ ]{3,}/
        $xmrig = /(--donate-level[= ]\d|--coin[= ](monero|xmr)|\s-a\s+(rx|cn|gr|argon2)\/[a-z0-9]+|--randomx-[a-z-]+|--nicehash)/
        $pool = /\s(-o|--url)[= ]([a-z+]+:\/\/)?[^ ]{3,100}:\d{2,5}(\s|$)/
        $user = /\s(-u|--user)[= ][^ ]{3,}/
    condition:
        process_packaged == 0 and (($stratum and ($pool or $user)) or ($xmrig and $pool))
}

rule intrusion_tool
{
    meta:
        title_ja = "侵入に使われる調査・攻撃の道具が実行されました"
        title_en = "A tool used by intruders was executed"
        severity = "high"
        response = "alert"
        attack = "T1588.002"
        reference = "https://attack.mitre.org/techniques/T1588/002/"
    strings:
        $tool = /^((\/[^ ]{0,100}\/)?(sudo|(ba|da)?sh|python[0-9.]*|perl|ruby)\s+(-[A-Za-z]+\s+){0,3})?([^ ]{0,200}\/)?(linpeas[a-z_]*(\.sh)?|LinEnum(\.sh)?|linux-exploit-suggester(-2)?(\.sh|\.pl)?|pspy(32|64)s?|msfconsole|msfvenom|crackmapexec|netexec|nxc|evil-winrm|(impacket-)?(psexec|wmiexec|smbexec|atexec|ntlmrelayx|GetNPUsers|GetUserSPNs)(\.py)?|Responder\.py|sliver-(client|server)|bloodhound-python|kerbrute[a-z0-9_]*|deepce\.sh)(\s|$)/
    condition:
        $tool
}
