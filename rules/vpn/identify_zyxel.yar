// How Zyxel USG FLEX/ATP/VPN/ZyWALL is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_zyxel_login
{
    meta:
        title_ja = "Zyxel USG FLEX/ATP/VPN/ZyWALLをログイン画面で見分けました"
        title_en = "Zyxel USG FLEX/ATP/VPN/ZyWALL recognised by its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/http/zyxel.rb"
        product = "zyxel"
        name = "Zyxel USG FLEX/ATP/VPN/ZyWALL"
        scheme = "zyxel"
        grade = "product"
        ask = "https:/"
    strings:
        $cookie = "\r\nSet-Cookie: zy_pc_browser=" nocase
        $model = /(USG FLEX [0-9]{2,3}[A-Z]{0,2}|ATP ?[0-9]{3,4}|USG[0-9]{2,4}W?(-VPN)?|VPN[0-9]{2,4}|ZyWALL ?[0-9]{2,4})/
        $script = "fix_cmsg_cont"
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @cookie < @end and $script and ($model or true)
}

// The version in it is that of the help, a line without its patch.
rule identify_zyxel_spec
{
    meta:
        title_ja = "Zyxel USG FLEX/ATP/VPN/ZyWALLをログイン画面の部品で見分けました"
        title_en = "Zyxel USG FLEX/ATP/VPN/ZyWALL recognised by a file of its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/rapid7/metasploit-framework"
        product = "zyxel"
        name = "Zyxel USG FLEX/ATP/VPN/ZyWALL"
        scheme = "zyxel"
        grade = "product"
        ask = "none"
    strings:
        $name = "ZLDSYSPARM_PRODUCT_NAME1=\""
        $help = "ZLDCONFIG_CLOUD_HELP_VERSION="
        $model = /(USG FLEX [0-9]{2,3}[A-Z]{0,2}|ATP ?[0-9]{3,4}|USG[0-9]{2,4}W?(-VPN)?|VPN[0-9]{2,4}|ZyWALL ?[0-9]{2,4})/
    condition:
        vpn_source == "https" and vpn_path == "/ext-js/app/common/zld_product_spec.js" and $name and $help and ($model or true)
}
