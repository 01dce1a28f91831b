/* Traces removed.  Rotation, compression and age-based cleaning of logs are
 * daily work; these rules want the live logs themselves, or a cleaning that
 * leaves nothing. */

rule log_files_erased
{
    meta:
        title_ja = "パソコンの記録(ログ)が消されました"
        title_en = "System logs were erased"
        severity = "high"
        response = "alert"
        attack = "T1070.002"
        reference = "https://attack.mitre.org/techniques/T1070/002/"
    strings:
        $remove = /^(\/[^ ]{0,100}\/)?(rm|unlink|shred|wipe|srm)\s([^;|&]{0,1000}\s)?["']?\/var\/log\/?((auth\.log|syslog|secure|messages|kern\.log|daemon\.log|wtmp|btmp|lastlog|faillog|audit(\/audit\.log)?|journal|cron|samba|apache2|nginx|\*)\/?\*?["']?)?(\s|$)/
        $utmp = /^(\/[^ ]{0,100}\/)?(rm|unlink|shred)\s([^;|&]{0,1000}\s)?\/(var\/)?run\/utmp(\s|$)/
        $truncate = /^(\/[^ ]{0,100}\/)?truncate\s+(-[a-z-]+[ =]?)*\s?(0|--size[ =]0)\s([^;|&]{0,500}\s)?\/var\/log\/(auth\.log|syslog|secure|messages|kern\.log|wtmp|btmp|lastlog|faillog|audit\/audit\.log|\*)(\s|$)/
        $redirect = /(^|[;&|'"\s])(:|true|echo(\s+-n)?(\s+["']{2})?|cat\s+\/dev\/null|printf\s+["']{2})?\s*>\s*["']?(\/var\/log\/(auth\.log|syslog|secure|messages|kern\.log|wtmp|btmp|lastlog|faillog|audit\/audit\.log)|\/(var\/)?run\/utmp)["']?\s*($|[;&|'"])/
        $inner = /[;&|'"]\s*(sudo\s+)?(rm|shred)\s+(-[a-zA-Z]+\s+)+["']?\/var\/log\/?\*?["']?\s*($|[;&|'"])/
        $find = /^(\/[^ ]{0,100}\/)?find\s+\/var\/log\/?\s+((-type\s+f|-name\s+["']?\*(\.log)?["']?)\s+){0,2}(-delete|-exec\s+(\/[^ ]*\/)?(rm|shred|truncate)\s)/
    condition:
        any of ($remove, $utmp, $truncate, $find) or
        (process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ and
         process_cmdline matches /^[^ ]+( -[^ ]+)* -[a-zA-Z]*c / and ($redirect or $inner))
}

rule journal_emptied
{
    meta:
        title_ja = "システムの記録(ジャーナル)が空にされました"
        title_en = "The system journal was emptied"
        severity = "high"
        response = "alert"
        attack = "T1070.002"
        reference = "https://www.freedesktop.org/software/systemd/man/journalctl.html"
    strings:
        $time = /^(\/[^ ]{0,100}\/)?journalctl\s.{0,200}--vacuum-time[= ]["']?[0-9]{1,4}\s?(us|ms|s|sec|second|seconds|m|min|minute|minutes)(["' ]|$)/
        $size = /^(\/[^ ]{0,100}\/)?journalctl\s.{0,200}--vacuum-size[= ]["']?([0-9]{1,6}|[0-9]{1,3}K|[0-4]M)B?(["' ]|$)/
    condition:
        any of them
}

rule command_history_erased
{
    meta:
        title_ja = "操作の履歴が消されました"
        title_en = "The history of typed commands was erased"
        severity = "medium"
        response = "alert"
        attack = "T1070.003"
        reference = "https://attack.mitre.org/techniques/T1070/003/"
    strings:
        $remove = /^(\/[^ ]{0,100}\/)?(rm|shred|unlink|truncate)\s.{0,300}\.(bash|zsh|ash|python|mysql)_history(\s|$)/
        $link = /^(\/[^ ]{0,100}\/)?ln\s+-[a-z]*s[a-z]*\s+\/dev\/null\s+[^ ]{0,200}\.(bash|zsh)_history(\s|$)/
        $shell = /(history\s+-c\s*($|[;&|'"])|unset\s+HISTFILE|HISTFILE=\/dev\/null|HISTSIZE=0\s*[;&]|>\s*[^ ]{0,200}\.(bash|zsh)_history)/
    condition:
        $remove or $link or
        (process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ and
         process_cmdline matches /^[^ ]+( -[^ ]+)* -[a-zA-Z]*c / and $shell)
}
