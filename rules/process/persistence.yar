/* Ways to stay, and to become root again. */

rule sudoers_changed
{
    meta:
        title_ja = "管理者権限の設定がコマンドで書き換えられました"
        title_en = "Administrator rights were given by a command line"
        severity = "high"
        response = "alert"
        attack = "T1548.003"
        reference = "https://attack.mitre.org/techniques/T1548/003/"
    strings:
        $echo = /ALL\s*=\s*\(?[^>|]{0,60}NOPASSWD[^>|]{0,100}(>{1,2}\s*|\|\s*(sudo\s+)?tee\s+(-a\s+)?)["']?\/etc\/sudoers/
    condition:
        $echo and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/
}

rule login_key_added
{
    meta:
        title_ja = "パスワードなしで入るための鍵がコマンドで追加されました"
        title_en = "A login key was added by a command line"
        severity = "medium"
        response = "alert"
        attack = "T1098.004"
        reference = "https://attack.mitre.org/techniques/T1098/004/"
    strings:
        $key = /(echo|printf)\s.{0,20}(ssh-(rsa|ed25519|dss)|ecdsa-sha2-[a-z0-9-]+)\s+AAAA[^>|]{20,1500}(>{1,2}\s*|\|\s*(sudo\s+)?tee\s+(-a\s+)?)[^ ]{0,200}authorized_keys/
    condition:
        $key and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/
}

rule preload_library
{
    meta:
        title_ja = "すべてのプログラムに部品を割り込ませる設定が行われました"
        title_en = "A library was set to be loaded into every program"
        severity = "high"
        response = "alert"
        attack = "T1574.006"
        reference = "https://attack.mitre.org/techniques/T1574/006/"
    strings:
        $file = /^(\/[^ ]{0,100}\/)?(tee|cp|mv|install|ln|sed\s+-i)\s(.{0,300}\s)?\/etc\/ld\.so\.preload(\s|$)/
        $redirect = />{1,2}\s*["']?\/etc\/ld\.so\.preload/
        $env = /^(\/[^ ]{0,100}\/)?env\s(.{0,200}\s)?LD_PRELOAD=["']?\/(tmp|dev\/shm|var\/tmp)\//
    condition:
        $file or $env or ($redirect and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/)
}

rule scheduled_download
{
    meta:
        title_ja = "不審な命令が定期実行に登録されました"
        title_en = "A download was put into the job schedule"
        severity = "high"
        response = "alert"
        attack = "T1053.003"
        reference = "https://attack.mitre.org/techniques/T1053/003/"
    strings:
        $crontab = /(curl|wget|\/dev\/tcp\/|base64\s+-d|\/dev\/shm\/|\/tmp\/\.)[^;]{0,400}\|\s*crontab(\s+-)?/
        $crond = /(curl|wget)\s[^;>]{1,300}\|[^;>]{1,40}sh[^;]{0,60}(>{1,2}|tee\s+(-a\s+)?)\s*["']?\/(etc\/cron|var\/spool\/cron)/
    condition:
        any of them and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/
}

rule setuid_shell
{
    meta:
        title_ja = "誰でも管理者になれるプログラムが作られました"
        title_en = "A program that makes everybody administrator was made"
        severity = "high"
        response = "alert"
        attack = "T1548.001"
        reference = "https://attack.mitre.org/techniques/T1548/001/"
    strings:
        $mode = /^(\/[^ ]{0,100}\/)?chmod\s+(-[a-zA-Z]+\s+)*(0?[4-7]7[0-7][0-7]|[ugo]*\+[rwx]*s[rwx]*)\s+(.{0,300}\s)?(\/(tmp|var\/tmp|dev\/shm)\/[^ ]+|\/(usr\/)?bin\/((ba|da|z)?sh|find|vim?|python[0-9.]*|perl|nmap|env|cp|less|awk))(\s|$)/
        $group_only = /chmod\s+(-[a-zA-Z]+\s+)*g\+[rwx]*s/
    condition:
        $mode and not $group_only
}

rule second_root_account
{
    meta:
        title_ja = "管理者と同じ権限を持つ利用者が作られました"
        title_en = "A second account with administrator's rights was made"
        severity = "high"
        response = "alert"
        attack = "T1136.001"
        reference = "https://attack.mitre.org/techniques/T1136/001/"
    strings:
        $useradd = /^(\/[^ ]{0,100}\/)?(useradd|usermod|adduser)\s(.{0,200}\s)?(-[a-zA-Z]*u|--uid)[ =]?0(\s|$)/
        $passwd = /(echo|printf)\s.{0,20}[a-z_][a-z0-9_.-]{0,31}:[^:>|]{0,120}:0:0?[0-9]?:[^>|]{0,120}(>{1,2}|tee\s+(-a\s+)?)\s*["']?\/etc\/passwd/
    condition:
        $useradd or ($passwd and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/)
}
