// How Fortinet FortiOS is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_fortios_portal
{
    meta:
        title_ja = "Fortinet FortiOSをSSL-VPNの入口で見分けました"
        title_en = "Fortinet FortiOS recognised by the entry of its SSL-VPN"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/fortinet/fortinet-fortigate-panel.yaml"
        product = "fortios"
        name = "Fortinet FortiOS"
        scheme = "dotted"
        grade = "product"
        ask = "https:/"
    strings:
        $server = "\r\nServer: xxxxxxxx-xxxxx\r\n" nocase
        $moved = /\r\nLocation: (https:\/\/[^\/\r\n]{1,100})?\/remote\/login/ nocase
        $script = "if (window!=top) top.location=window.location;top.location=\"/remote/login\";"
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @server < @end and (@moved < @end or (vpn_path == "/" and $script))
}

rule identify_fortios_login
{
    meta:
        title_ja = "Fortinet FortiOSをSSL-VPNのログイン画面で見分けました"
        title_en = "Fortinet FortiOS recognised by the login page of its SSL-VPN"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/sailfishos-mirror/openconnect/blob/master/fortinet.c"
        product = "fortios"
        name = "Fortinet FortiOS"
        scheme = "dotted"
        grade = "product"
        ask = "https:/remote/login"
    strings:
        $cookie = "\r\nSet-Cookie: SVPNCOOKIE=; path=/; expires=Sun, 11 Mar 1984 12:00:00 GMT" nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @cookie < @end
}

// The hash behind ?q= differs from build to build; a hash that is not here is an unknown build, never an old one.
rule identify_fortios_build
{
    meta:
        title_ja = "Fortinet FortiOSをログイン画面の部品で見分けました"
        title_en = "Fortinet FortiOS recognised by a part of its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/3gstudent/Homework-of-Python/blob/master/Fortigate_GetVersion.py"
        product = "fortios"
        name = "Fortinet FortiOS"
        scheme = "dotted"
        grade = "table"
        ask = "https:/remote/login"
        version_7_2_3 = "7.2.3"
        version_7_2_2 = "7.2.2"
        version_7_2_1 = "7.2.1"
        version_7_0_6 = "7.0.6"
    strings:
        $cookie = "\r\nSet-Cookie: SVPNCOOKIE=; path=/; expires=Sun, 11 Mar 1984 12:00:00 GMT" nocase
        $version_7_2_3 = "/sslvpn/js/login.js?q=97a9a8eadad35e7c450cd9aae0848ee7"
        $version_7_2_2 = "/sslvpn/js/login.js?q=df91004ba8e5e244e7af97a888494774"
        $version_7_2_1 = "/sslvpn/js/login.js?q=4885e9396f0d5f343a31e82c0bc37c91"
        $version_7_0_6 = "/sslvpn/js/login.js?q=b911aeb68426644df64811a094b12f98"
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @cookie < @end and any of ($version*)
}

rule identify_fortios_management
{
    meta:
        title_ja = "Fortinet FortiOSを管理画面で見分けました"
        title_en = "Fortinet FortiOS recognised by its administration page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/fortinet/fortios-management-panel.yaml"
        product = "fortios"
        name = "Fortinet FortiOS"
        scheme = "dotted"
        grade = "product"
        ask = "none"
    strings:
        $cookie = "\r\nSet-Cookie: APSCOOKIE_" nocase
        $page = "<html class=\"main-app\">"
        $icon = "<f-icon class=\"fa-warning"
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @cookie < @end and $page and $icon
}

// fgSysVersion: "v7.2.4,build1396,230131 (GA.F)".
rule identify_fortios_snmp
{
    meta:
        title_ja = "Fortinet FortiOSをSNMPの版で見分けました"
        title_en = "Fortinet FortiOS recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://docs.fortinet.com/document/fortigate/7.4.0/administration-guide/62595/snmp"
        product = "fortios"
        name = "Fortinet FortiOS"
        scheme = "dotted"
        grade = "exact"
        ask = "snmp:1.3.6.1.4.1.12356.101.4.1.1.0"
    strings:
        $version = /v[4-9]\.[0-9]{1,2}\.[0-9]{1,2},build[0-9]{1,5}/
    condition:
        vpn_source == "snmp" and vpn_path == "1.3.6.1.4.1.12356.101.4.1.1.0" and $version at 0
}

// The name is the serial number; its first six characters tell the model.
rule identify_fortios_certificate
{
    meta:
        title_ja = "Fortinet FortiOSを工場出荷時の証明書で見分けました"
        title_en = "Fortinet FortiOS recognised by its factory certificate"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/rapid7/recog/blob/main/xml/x509_subjects.xml"
        product = "fortios"
        name = "Fortinet FortiOS"
        scheme = "dotted"
        grade = "product"
        ask = "tls"
    strings:
        $subject = /\nsubject=CN=F[GW][0-9A-Z]{8,14},OU=FortiGate,O=Fortinet,/
        $model = /(FG1|FG2|FG3|FG4|FG5|FG6|FG7|FG8|FG9|FGT|FW3|FW4|FW5|FW6|FW8|FW9|FWF)[0-9A-Z]{3}/
    condition:
        vpn_source == "tls" and $subject and $model
}

rule identify_fortios_ike
{
    meta:
        title_ja = "Fortinet FortiOSをIKEの名乗りで見分けました"
        title_en = "Fortinet FortiOS recognised by its vendor id in IKE"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/royhills/ike-scan/blob/master/ike-vendor-ids"
        product = "fortios"
        name = "Fortinet FortiOS"
        scheme = "dotted"
        grade = "product"
        ask = "ike"
    strings:
        $id = { 82 99 03 17 57 A3 60 82 C6 A6 21 DE }
    condition:
        vpn_source == "ike" and $id
}
