/* A shell handed to somebody outside.
 *
 * Only commands that wire a shell to a socket match: a health check that opens
 * /dev/tcp, `nc -z`, a port forwarder by socat or `python -c "import socket"`
 * are daily work and do not.  Redirections typed at a prompt are not part of
 * any command line: what is seen here went through sh -c, cron, ssh, a web
 * application or an interpreter's -c / -e. */

rule reverse_shell_devtcp
{
    meta:
        title_ja = "外部から操作されるシェル(リバースシェル)が起動されました"
        title_en = "A reverse shell through /dev/tcp was started"
        severity = "critical"
        response = "freeze"
        attack = "T1059.004"
        reference = "https://attack.mitre.org/techniques/T1059/004/"
    strings:
        $interactive = /sh\s{1,3}-i\s{0,3}[0-9]?[<>]{1,2}&?\s{0,3}\/dev\/(tcp|udp)\/[^ \/]{1,100}\/[0-9]/
        $dev = /\/dev\/(tcp|udp)\/[^ \/]{1,100}\/[0-9]/
        $fed = /sh\s{1,3}(-i\s{0,3})?<\s{0,3}&\s{0,3}[0-9$]/
        $open = /[0-9]<>\s{0,3}\/dev\/(tcp|udp)\//
        $read = /while\s{1,3}read/
        $execute = /(eval\s|\$\{?[a-zA-Z]{1,10}\}?\s{1,3}2>&[0-9])/
    condition:
        process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ and
        process_cmdline matches /^[^ ]+( -[^ ]+)* -[a-zA-Z]*c / and
        ($interactive or ($dev and $fed) or ($open and $read and $execute))
}

rule reverse_shell_netcat
{
    meta:
        title_ja = "通信ツール(netcat)に外部操作用のシェルがつながれました"
        title_en = "A shell was attached to netcat"
        severity = "critical"
        response = "freeze"
        attack = "T1059.004"
        reference = "https://gtfobins.github.io/gtfobins/nc/"
    strings:
        $exec = /^(\/[^ ]{0,100}\/)?(busybox\s+)?(nc|ncat|netcat)(\.[a-z]{1,12})?\s([^|;]{0,200}\s)?(-[a-z]{0,6}[ec]|--exec|--sh-exec)[\s=]*(\/(usr\/)?bin\/)?(ba|da|z|k|a)?sh(\s|$)/
        $shell_exec = /[;&|( ](nc|ncat|netcat)(\.[a-z]{1,12})?\s[^|;]{0,200}(-[a-z]{0,6}e|--exec|--sh-exec)[\s=]*(\/(usr\/)?bin\/)?(ba|da|z|k|a)?sh(\s|$|[;&|)])/
        $fifo = /(mkfifo|mknod)\s.{1,200}sh\s+-i.{0,40}\|\s*(nc|ncat|netcat|telnet|openssl\s+s_client)/
        $fifo_back = /(mkfifo|mknod)\s.{1,200}(nc|ncat|netcat|telnet|openssl\s+s_client)\s[^|]{1,200}[|<].{0,20}sh(\s+-i|\s+[0-9]?>|\s*$)/
    condition:
        ($exec and process_name matches /^(nc|ncat|netcat|busybox)/) or
        (process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ and
         process_cmdline matches /^[^ ]+( -[^ ]+)* -[a-zA-Z]*c / and
         ($shell_exec or $fifo or $fifo_back))
}

rule reverse_shell_interpreter
{
    meta:
        title_ja = "スクリプト言語を使い、外部から操作されるシェルが起動されました"
        title_en = "A one-line script connects a shell to another computer"
        severity = "critical"
        response = "freeze"
        attack = "T1059.006"
        reference = "https://gtfobins.github.io/#+reverse%20shell"
    strings:
        $py_socket = /socket\.socket|create_connection|from\s+socket\s+import/
        $py_connect = /\.connect(_ex)?\s*\(|create_connection\s*\(/
        $py_shell = /dup2\s*\(|pty\.spawn\s*\(|(Popen|call|run|spawn|system|execl?v?p?)\s*\(.{0,20}\/bin\/(ba|da|z)?sh/
        $perl_net = /use\s+Socket|IO::Socket|-MIO/
        $perl_shell = /exec\s*[\({"' ]{1,3}\/bin\/(ba|da|z)?sh|open\s*\(\s*STD(IN|OUT)\s*,\s*["'][<>]&|(STDIN|\$~)->fdopen/
        $ruby_net = "TCPSocket"
        $ruby_shell = /exec\s*[\("' ]{0,3}.{0,10}\/bin\/(ba|da|z)?sh|spawn\s*\(\s*["']\/bin\/(ba|da|z)?sh|IO\.popen\s*\(/
        $php_net = "fsockopen"
        $php_shell = /(exec|shell_exec|system|passthru|popen|proc_open)\s*\(\s*["']?.{0,20}(\/bin\/)?(ba|da|z)?sh(\s|["'])/
        $lua_net = /require\s*\(?\s*["']socket["']/
        $lua_shell = /os\.execute\s*\(|io\.popen\s*\(/
        $js_net = /require\s*\(\s*["']net["']\s*\)/
        $js_shell = /child_process.{0,200}(spawn|exec)\s*\(\s*["'](\/bin\/)?(ba|da|z)?sh/s
        $awk_net = "/inet/tcp/0/"
        $awk_shell = /\|&\s*getline.{0,200}(\|\s*getline|system\s*\()/s
        $tcl_net = /socket\s+[^\]]{3,60}\].{0,80}exec\s/
    condition:
        (process_name startswith "python" and all of ($py_*)) or
        (process_name startswith "perl" and all of ($perl_*)) or
        (process_name startswith "ruby" and all of ($ruby_*)) or
        (process_name startswith "php" and all of ($php_*)) or
        (process_name startswith "lua" and all of ($lua_*)) or
        (process_name matches /^node(js)?$/ and all of ($js_*)) or
        (process_name matches /^[gm]?awk$/ and all of ($awk_*)) or
        (process_name startswith "tclsh" and $tcl_net)
}

rule reverse_shell_socat
{
    meta:
        title_ja = "通信中継ツール(socat)に外部操作用のシェルがつながれました"
        title_en = "A shell was attached to socat"
        severity = "critical"
        response = "freeze"
        attack = "T1059.004"
        reference = "https://gtfobins.github.io/gtfobins/socat/"
    strings:
        $shell = /(exec|system):['"]?(\/(usr\/)?bin\/)?(ba|da|z|k|a)?sh([\s,'"]|$)/i
        $net = /(tcp|tcp4|tcp6|udp|udp4|udp6|sctp|openssl|tls)(-connect|-listen|-l)?:/i
    condition:
        process_name startswith "socat" and all of them
}

rule shell_terminal_upgrade
{
    meta:
        title_ja = "操作画面のないプログラムから、端末つきのシェルが作られました"
        title_en = "A program without a terminal made itself a terminal shell"
        severity = "high"
        response = "alert"
        attack = "T1059.006"
        reference = "https://gtfobins.github.io/gtfobins/python/"
    strings:
        $pty = /import\s+pty\s*[;,].{0,40}pty\.spawn\s*\(\s*["'\[]{1,2}(\/(usr\/)?bin\/)?(ba|da|z)?sh/
        $script = /^(\/[^ ]{0,100}\/)?script\s+(-q[a-z]*\s+)?(\/dev\/null\s+)?-q?c\s+(\/(usr\/)?bin\/)?(ba|z)?sh(\s+-i)?(\s+\/dev\/null)?$/
    condition:
        process_interactive == 0 and
        ((process_name startswith "python" and $pty) or (process_name == "script" and $script))
}

rule web_server_command
{
    meta:
        title_ja = "Webサーバーが不審なコマンドを実行しました"
        title_en = "A web server ran a command that intruders use"
        severity = "high"
        response = "alert"
        attack = "T1505.003"
        reference = "https://attack.mitre.org/techniques/T1505/003/"
    strings:
        $look = /(^|[;&|\s])(whoami|id|uname\s+-a|cat\s+\/etc\/(passwd|shadow)|ifconfig|ip\s+a(ddr)?|netstat\s+-[a-z]+|ss\s+-[a-z]+)(\s*2>&1)?\s*($|[;&|])/
        $fetch = /(curl|wget)\s[^;|]{0,200}https?:\/\/[^;|]{3,300}[;&|]{1,2}\s*(chmod|sh|bash|perl|python)/
        $run = /chmod\s+(\+x|[0-7]{3,4})\s+\/(tmp|var\/tmp|dev\/shm)\//
    condition:
        process_parent_name matches /^(apache2|httpd|nginx|lighttpd|caddy|php(-fpm|-cgi)?[0-9.]*|tomcat[0-9]*|w3wp)$/ and
        process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ and any of them
}
