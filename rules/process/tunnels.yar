/* Ways in that nobody in the company ordered.  All of them have honest users:
 * the answer is an alert, and the provider's allow-list. */

rule tunnel_program
{
    meta:
        title_ja = "外部から社内へ入れる通り道(トンネル)が作られました"
        title_en = "A tunnel from outside into the company was opened"
        severity = "medium"
        response = "alert"
        attack = "T1572"
        reference = "https://attack.mitre.org/techniques/T1572/"
    strings:
        $ngrok = /^[^ ]{0,200}ngrok\s+(tcp|http|tls|start|tunnel)\s/
        $cloudflared = /^[^ ]{0,200}cloudflared\s+(--?[a-z-]+\s+)*tunnel\s+(.{0,200}\s)?(run|--url|--token)/
        $frp = /^[^ ]{0,200}frp[cs]\s+(-c|--config|tcp|stcp|http)\s/
        $chisel = /^[^ ]{0,200}chisel\s+(client|server)\s/
        $chisel_any = /^[^ ]{1,200}\sclient\s+(--?[a-z-]+\s+[^ ]+\s+){0,4}(https?:\/\/)?[^ ]{3,100}\s+R:(\d{1,5}:)?(socks|[^ ]{1,60}:\d{1,5})/
        $ligolo = /^[^ ]{1,200}\s(.{0,100}\s)?-connect\s+[^ ]{3,100}:\d{2,5}\s.{0,60}-ignore-cert/
        $gsocket = /^[^ ]{0,200}(gs-netcat|gsocket)\s/
        $bore = /^[^ ]{0,200}(bore\s+local\s+\d|rathole\s+(-|[^ ]+\.toml)|pagekite(\.py)?\s+\d|lt\s+--port\s)/
        $serveo = /^(\/[^ ]{0,100}\/)?(auto)?ssh\s.{0,200}-R\s?[^ ]{1,80}\s.{0,60}(serveo\.net|localhost\.run|pinggy\.io)/
    condition:
        any of them
}

rule remote_support_installed
{
    meta:
        title_ja = "遠隔操作ソフトが人手を介さずに設定されました"
        title_en = "Remote control software was set up without a person at the screen"
        severity = "medium"
        response = "alert"
        attack = "T1219"
        reference = "https://attack.mitre.org/techniques/T1219/"
    strings:
        $anydesk = /anydesk\s+(--?[a-z-]+\s+)*--(install|set-password|silent|start-with-win)/
        $rustdesk = /rustdesk\s+(--?[a-z-]+\s+)*--(password|install-service|silent-install|config)\s?/
        $teamviewer = /teamviewer\s+(passwd|license\s+accept|setup|--passwd)(\s|$)/
        $tmate = /^(\/[^ ]{0,100}\/)?tmate\s+(.{0,200}\s)?(-F|new-session\s+-d|-S\s+\/(tmp|dev\/shm)\/)/
        $vnc = /^(\/[^ ]{0,100}\/)?x11vnc\s.{0,200}(-nopw|-passwd\s).{0,200}(-forever|-bg|-loop)/
        $mesh = /meshagent\s+(--?[a-z-]+\s+)*-(full)?install/
    condition:
        any of them and not process_name matches /^(apt|apt-get|dpkg|man|less|grep|vi|vim|nano)$/
}

rule ssh_reverse_tunnel
{
    meta:
        title_ja = "SSHを使い、外部から社内へ入れる通り道が常設されました"
        title_en = "A standing reverse tunnel by SSH was opened"
        severity = "medium"
        response = "alert"
        attack = "T1572"
        reference = "https://attack.mitre.org/techniques/T1572/"
    strings:
        $reverse = /^(\/[^ ]{0,100}\/)?(auto)?ssh\s(.{0,300}\s)?-[a-zA-Z0-9]*R\s?([^ :]{0,60}:)?\d{1,5}(:[^ ]{1,100}:\d{1,5})?(\s|$)/
    condition:
        $reverse and
        (process_cmdline matches / -[a-zA-Z]*f[a-zA-Z]*( |$)/ or
         (process_interactive == 0 and process_cmdline matches / -[a-zA-Z0-9]*N/))
}
