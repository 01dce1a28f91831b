/* The guards switched off.  A restart, a reload, a status question and a
 * package upgrade (deb-systemd-invoke, a perl script, stops services) are
 * daily work.  freshclam is not in the list: it is stopped to run it by hand.
 * What our own mimamori-setup does when the agent is removed it tells the
 * console itself, and without a code of the console as tampering. */

rule security_tool_stopped
{
    meta:
        title_ja = "セキュリティ対策ソフトが止められました"
        title_en = "A security program was stopped, disabled or masked"
        severity = "high"
        response = "alert"
        attack = "T1562.001"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
    strings:
        $systemctl = /^(\/[^ ]{0,100}\/)?systemctl\s+(--?[a-z-]+(=[^ ]+)?\s+){0,4}(stop|disable|mask|kill|freeze)\s+(--?[a-z-]+(=[^ ]+)?\s+){0,4}([^ ]{1,60}\s+){0,6}(clamav-(daemon|clamonacc)|clamd(@[a-z]+)?|clamonacc|auditd|apparmor|mimamori[a-z-]*|falcon-sensor|sentinel(one|agent|d)|mdatp|sophos-spl|sav-protect|ds_agent|v1es|eea|efs|eraagent|esets|kesl(-supervisor)?|klnagent64?|wazuh-agent|ossec[a-z-]*|osqueryd|cbagentd|cbdaemon|traps_pmd|cortex-xdr|xagt|elastic-(agent|endpoint)|fapolicyd|falco|fail2ban|crowdsec|aide|samhain|rkhunter|suricata)(\.service|\.timer|\.socket)?(\s|$)/
        $service = /^((\/[^ ]{0,100}\/)?(ba|da)?sh\s+)?(\/[^ ]{0,100}\/)?(service\s+|\/etc\/init\.d\/)(clamav-daemon|clamd|auditd|apparmor|mimamori[a-z-]*|falcon-sensor|mdatp|ds_agent|eraagent|wazuh-agent|ossec|fail2ban|cbdaemon)\s+(stop|disable)(\s|$)/
        $update_rc = /^(\/[^ ]{0,100}\/)?(update-rc\.d|chkconfig)\s+(-f\s+)?(clamav-daemon|auditd|apparmor|mimamori[a-z-]*|wazuh-agent|fail2ban)\s+(disable|remove|off)(\s|$)/
        $only_stop = /systemctl\s+(--?[a-z-]+(=[^ ]+)?\s+){0,4}stop\s/
    condition:
        ($systemctl or $service or $update_rc) and
        not ($only_stop and process_parent_path matches /^\/usr\/(bin\/perl|bin\/deb-systemd-invoke|bin\/dpkg|lib\/systemd\/systemd)/) and
        not process_parent_path matches /^\/(usr\/lib\/mimamori\/release|opt\/mimamori\/releases\/[0-9a-z.]{1,40})\/bin\/mimamori-setup$/
}

rule security_tool_killed
{
    meta:
        title_ja = "セキュリティ対策ソフトが強制終了されました"
        title_en = "A security program was killed"
        severity = "high"
        response = "alert"
        attack = "T1562.001"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
    strings:
        $kill = /^(\/[^ ]{0,100}\/)?(pkill|killall5?|skill)\s+(-[^ ]+\s+){0,4}(.{0,200}[\s|(])?["']?(clamd|clamonacc|clamav|auditd|mimamorid|mimamori|falcon-sensor|falcond|sentinelone|sentinelagent|sentinelctl|mdatp|wdavdaemon|savscand|ds_agent|eraagent|esets|kesl|wazuh-agentd|wazuh-syscheckd|ossec-agentd|ossec-syscheckd|osqueryd|cbagentd|cbdaemon|traps_pmd|xagt|elastic-agent|elastic-endpoint|falco|fail2ban-server|fapolicyd)["']?(\s|$|[|)])/
        $pid = /kill\s+(-[^ ]+\s+){0,2}["']?[$`]\(?\s*(pidof|pgrep)\s+(-[^ ]+\s+){0,3}(clamd|clamonacc|auditd|mimamorid|falcon-sensor|mdatp|wdavdaemon|ds_agent|wazuh-agentd|osqueryd|cbagentd|falco)/
    condition:
        ($kill and not process_cmdline matches /\s-(HUP|USR1|USR2|0|1|SIGHUP|SIGUSR1)\s/) or
        ($pid and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/)
}

rule security_tool_removed
{
    meta:
        title_ja = "セキュリティ対策ソフトが削除されました"
        title_en = "A security program was uninstalled"
        severity = "medium"
        response = "alert"
        attack = "T1562.001"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
    strings:
        $apt = /^(\/[^ ]{0,100}\/)?(apt|apt-get|aptitude|dpkg|dnf|yum|zypper|rpm|snap)\s+(-[^ ]+\s+){0,4}(remove|purge|erase|autoremove|-r|-P|-e|--purge|--remove)\s+(.{0,300}\s)?(clamav(-daemon)?|auditd|apparmor|mimamori(-agent)?|falcon-sensor|sentinelagent|mdatp|wazuh-agent|osquery|fapolicyd|fail2ban|rkhunter|elastic-agent|falco)(\s|$)/
    condition:
        $apt and not process_parent_path matches /^\/(usr\/lib\/mimamori\/release|opt\/mimamori\/releases\/[0-9a-z.]{1,40})\/bin\/mimamori-setup$/
}

rule kernel_protection_off
{
    meta:
        title_ja = "OSの保護機能が弱められました"
        title_en = "A protection of the operating system was switched off"
        severity = "high"
        response = "alert"
        attack = "T1562.001"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
    strings:
        $setenforce = /^(\/[^ ]{0,100}\/)?setenforce\s+(0|[Pp]ermissive)(\s|$)/
        $apparmor = /^((\/[^ ]{0,100}\/)?(ba|da)?sh\s+)?(\/[^ ]{0,100}\/)?aa-teardown(\s|$)/
        $audit = /^(\/[^ ]{0,100}\/)?auditctl\s+(-e\s*0|-D)(\s|$)/
        $selinux = /echo\s+0\s*>\s*\/sys\/fs\/selinux\/enforce/
        $fanotify = /^(\/[^ ]{0,100}\/)?sysctl\s+(-[a-z]+\s+)*(kernel\.unprivileged_bpf_disabled\s*=\s*0|kernel\.yama\.ptrace_scope\s*=\s*0|kernel\.modules_disabled\s*=\s*0|kernel\.kptr_restrict\s*=\s*0|kernel\.randomize_va_space\s*=\s*0)(\s|$)/
    condition:
        process_parent_name != "systemd" and
        (any of ($setenforce, $apparmor, $audit) or
         ($fanotify and process_interactive == 0) or
         ($selinux and process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/))
}

rule firewall_opened
{
    meta:
        title_ja = "通信の防御(ファイアウォール)が無効にされました"
        title_en = "The firewall was switched off"
        severity = "low"
        response = "alert"
        attack = "T1562.004"
        reference = "https://attack.mitre.org/techniques/T1562/004/"
    strings:
        $ufw = /^((\/[^ ]{0,100}\/)?python3[0-9.]*\s+)?(\/[^ ]{0,100}\/)?ufw\s+(--force\s+)?(disable|reset)(\s|$)/
        $nft = /^(\/[^ ]{0,100}\/)?nft\s+(-[a-z]+\s+)*["']?flush\s+ruleset/
        $iptables = /^(\/[^ ]{0,100}\/)?ip6?tables(-legacy|-nft)?\s+(-w\s+)?(-F|--flush)\s*$/
        $policy = /^(\/[^ ]{0,100}\/)?ip6?tables(-legacy|-nft)?\s+(-w\s+)?(-P|--policy)\s+(INPUT|FORWARD)\s+ACCEPT\s*$/
        $service = /^(\/[^ ]{0,100}\/)?systemctl\s+(--?[a-z-]+\s+){0,4}(stop|disable|mask)\s+(--now\s+)?(ufw|nftables|firewalld|iptables|netfilter-persistent)(\.service)?(\s|$)/
    condition:
        any of them and process_parent_name != "systemd"
}

rule agent_files_attacked
{
    meta:
        title_ja = "見守りソフト自身のファイルが壊されようとしています"
        title_en = "Somebody removes or changes the files of this agent"
        severity = "high"
        response = "alert"
        attack = "T1562.001"
        reference = "https://attack.mitre.org/techniques/T1562/001/"
    strings:
        $change = /^(\/[^ ]{0,100}\/)?(rm|mv|shred|truncate|unlink|chmod|dd|ln)\s(.{0,1000}[\s=])?["']?\/(usr\/(s?bin|libexec|lib|share)\/mimamori|etc\/mimamori|var\/lib\/mimamori|run\/mimamori|(usr\/|etc\/)?lib\/systemd\/system\/mimamori)[^ ]{0,200}/
        $mount = /^(\/[^ ]{0,100}\/)?(umount|mount)\s(.{0,500}\s)?\/(etc|var\/lib|run)\/mimamori(\/|\s|$)/
    condition:
        any of them and not process_parent_path matches /^\/usr\/(bin\/(dpkg|apt|apt-get)|lib\/apt)/ and
        process_parent_name != "mimamori-setup"
}

rule attributes_cleared
{
    meta:
        title_ja = "ファイルの書き換え防止がまとめて解除されました"
        title_en = "Write protection was removed from many files at once"
        severity = "medium"
        response = "alert"
        attack = "T1222.002"
        reference = "https://attack.mitre.org/techniques/T1222/002/"
    strings:
        $tree = /^(\/[^ ]{0,100}\/)?chattr\s+(-[a-zA-Z]*\s+)*(-R\s+(-[a-zA-Z]*\s+)*-[a-zA-Z]*[ia]|-[a-zA-Z]*[ia][a-zA-Z]*\s+(-[a-zA-Z]+\s+)*-R|-R[ia]+|-[ia]+R)(\s|$)/
        $wide = /^(\/[^ ]{0,100}\/)?chattr\s+-[a-zA-Z]*[ia][a-zA-Z]*\s+\/(etc\/(passwd|shadow|sudoers|ld\.so\.preload|crontab)|var\/log\/[^ ]+|usr\/s?bin\/[^ ]*)(\s|$)/
        $lock = /^(\/[^ ]{0,100}\/)?chattr\s+\+[a-zA-Z]*i[a-zA-Z]*\s+[^ ]{0,300}(authorized_keys|\/etc\/cron|\/etc\/ld\.so\.preload|\/tmp\/|\/dev\/shm\/|\/var\/tmp\/)/
    condition:
        any of them
}
