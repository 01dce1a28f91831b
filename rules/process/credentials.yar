/* Passwords and keys taken. */

rule password_file_read
{
    meta:
        title_ja = "パスワードの保管ファイルが読み出されました"
        title_en = "The password file was read by an unusual program"
        severity = "medium"
        response = "alert"
        attack = "T1003.008"
        reference = "https://attack.mitre.org/techniques/T1003/008/"
    strings:
        $read = /^(\/[^ ]{0,100}\/)?(cat|tac|nl|head|tail|less|more|strings|sort|cut|awk|gawk|mawk|sed|dd|xxd|od|base64|base32)\s(.{0,500}[\s=])?\/etc\/g?shadow-?(\s|$)/
        $copy = /^(\/[^ ]{0,100}\/)?(cp|install|gzip|tar|zip|7z)\s(.{0,500}\s)?\/etc\/shadow-?(\s|$)/
        $python = /open\s*\(\s*["']\/etc\/shadow/
        $backup = /shadow\.(bak|org|dpkg-[a-z]+)(\s|$)|\/var\/backups\//
    condition:
        (($read or $copy) and not $backup) or
        ($python and process_name matches /^(python|perl|ruby|php)/)
}

rule password_file_sent
{
    meta:
        title_ja = "パスワードの保管ファイルが外部へ送られようとしています"
        title_en = "The password file is being sent away or prepared for cracking"
        severity = "critical"
        response = "alert"
        attack = "T1003.008"
        reference = "https://attack.mitre.org/techniques/T1003/008/"
    strings:
        $send = /^(\/[^ ]{0,100}\/)?(scp|rsync|curl|wget|sftp|rclone|ftp)\s(.{0,500}[\s=@])?\/etc\/shadow-?(\s|$)/
        $unshadow = /^(\/[^ ]{0,100}\/)?unshadow\s/
        $pipe = /\/etc\/shadow\s{0,3}(\||>\s{0,2}\/dev\/tcp).{0,200}(nc|ncat|curl|base64|\/dev\/tcp)/
    condition:
        $send or $unshadow or ($pipe and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/)
}

rule credential_tool
{
    meta:
        title_ja = "パスワードを盗む道具が実行されました"
        title_en = "A tool that steals passwords was executed"
        severity = "high"
        response = "alert"
        attack = "T1003"
        reference = "https://attack.mitre.org/software/S0179/"
    strings:
        $tool = /^((\/[^ ]{0,100}\/)?(sudo|(ba|da)?sh|python[0-9.]*|perl)\s+(-[A-Za-z]+\s+){0,3})?[^ ]{0,200}(mimipenguin(\.sh|\.py)?|impacket-secretsdump|secretsdump(\.py)?|lazagne(\.py)?|linikatz(\.sh)?|swap_digger(\.sh)?|3snake|truffleproc(\.sh)?)(\s|$)/ nocase
    condition:
        $tool and process_cmdline matches /^((\/[^ ]*\/)?(sudo|(ba|da)?sh|python[0-9.]*|perl)\s+(-[A-Za-z]+\s+){0,3})?[^ ]*(mimipenguin|secretsdump|lazagne|linikatz|swap_digger|3snake|truffleproc)(\.sh|\.py)?(\s|$)/i
}

rule login_memory_dumped
{
    meta:
        title_ja = "ログイン処理のメモリが読み出されました"
        title_en = "The memory of a login program was dumped"
        severity = "high"
        response = "alert"
        attack = "T1003.007"
        reference = "https://attack.mitre.org/techniques/T1003/007/"
    strings:
        $dump = /(gcore|gdb|procdump)\s.{0,200}[$`]\(?\s*(pidof|pgrep)\s+(-[^ ]+\s+){0,3}(sshd|gdm[a-z0-9-]*|lightdm|sddm|gnome-keyring-daemon|gnome-keyring-d|sssd|winbindd|vsftpd|krb5kdc|sudo|su)/
        $mem = /^(\/[^ ]{0,100}\/)?(cat|dd|strings|xxd|cp)\s(.{0,200}[\s=])?\/(proc\/(kcore|[0-9]{1,8}\/mem)|dev\/k?mem)(\s|$)/
    condition:
        $mem or ($dump and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/)
}

rule keys_searched
{
    meta:
        title_ja = "鍵やパスワードのファイルがパソコン全体から探されました"
        title_en = "The whole disk was searched for keys and password files"
        severity = "medium"
        response = "alert"
        attack = "T1552.004"
        reference = "https://attack.mitre.org/techniques/T1552/004/"
    strings:
        $find = /^(\/[^ ]{0,100}\/)?find\s+\/(home|root|srv|var|opt|mnt|media)?\/?\s.{0,300}-i?name\s+["']?[^ ]{0,20}(id_(rsa|dsa|ecdsa|ed25519)|\.kdbx|\.ppk|\.ovpn|wallet\.dat|\.pgpass|\.aws|\.git-credentials)/
        $grep = /^(\/[^ ]{0,100}\/)?[ef]?grep\s+(-[^ ]+\s+)+["']?(BEGIN (RSA|OPENSSH|EC|DSA)? ?PRIVATE KEY|password\s?=|passwd\s?=)["']?\s+(-[^ ]+\s+)*\/(home|root|etc|srv|var)?\/?(\s|$)/
        $all = /^(\/[^ ]{0,100}\/)?(cat|cp|tar|scp|zip)\s(.{0,300}\s)?\/home\/[^ \/]+\/\.ssh\/id_[a-z0-9]+\s+\/home\/[^ \/]+\/\.ssh\/id_/
    condition:
        any of them
}
