// How ASUS router is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_asus_login
{
    meta:
        title_ja = "ASUS routerをログイン画面で見分けました"
        title_en = "ASUS router recognised by its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/asus-router-panel.yaml"
        product = "asus"
        name = "ASUS router"
        scheme = "asus"
        grade = "product"
        ask = "https:/"
    strings:
        $server = /\r\nServer: httpd\/[23]\.0\r\n/ nocase
        $script = "<script>location.href=\"/Main_Login.asp\";</script>"
        $title = "<title>ASUS Login</title>"
        $text = "Sign in with your ASUS router account"
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @server < @end and ($script or ($title and $text))
}

// It names the board; the firmware may be another one.
rule identify_asus_realm
{
    meta:
        title_ja = "ASUS routerを応答の機種名で見分けました"
        title_en = "ASUS router recognised by the model in its answer"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/greenbone/openvas-scanner"
        product = "asus"
        name = "ASUS router"
        scheme = "asus"
        grade = "product"
        ask = "https:/"
    strings:
        $realm = /\r\nWWW-Authenticate: Basic realm="(RT|GT)-[A-Z0-9]{3,10}"\r\n/ nocase
        $model = /\b(RT|GT)-[A-Z0-9]{3,10}/
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and vpn_status == 401 and @realm < @end and $model
}
