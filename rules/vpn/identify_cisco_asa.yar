// How Cisco ASA is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_cisco_asa_portal
{
    meta:
        title_ja = "Cisco ASAをログイン画面で見分けました"
        title_en = "Cisco ASA recognised by its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/cisco/cisco-asa-panel.yaml"
        product = "cisco-asa"
        name = "Cisco ASA"
        scheme = "cisco"
        grade = "product"
        ask = "https:/+CSCOE+/logon.html"
    strings:
        $style = "href=\"/+CSCOU+/portal.css\""
        $title = "<title>SSL VPN Service</title>"
        $cookie = /\r\nSet-Cookie: webvpn(login|context|_portal)?=/ nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and $style and ($title or @cookie < @end)
}

// An ocserv server speaks the same and says 0.1(1).
rule identify_cisco_asa_config_auth
{
    meta:
        title_ja = "Cisco ASAを接続前の応答で見分けました"
        title_en = "Cisco ASA recognised by its answer before the login"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/dlenski/what-vpn/blob/master/what_vpn/sniffers.py"
        product = "cisco-asa"
        name = "Cisco ASA"
        scheme = "cisco"
        grade = "exact"
        ask = "none"
    strings:
        $type = "\r\nContent-Type: text/xml" nocase
        $root = "<config-auth client=\"vpn\" type=\"auth-request\""
        $version = /<version who="sg">[1-9][0-9]?\.[0-9]{1,2}\([0-9]{1,3}\)[0-9]{0,3}<\/version>/
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @type < @end and $root and $version
}

// FTD says the same of the ASA code inside it: where its own certificate is seen, this is no ASA.
rule identify_cisco_asa_snmp
{
    meta:
        title_ja = "Cisco ASAをSNMPの版で見分けました"
        title_en = "Cisco ASA recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/lausser/check_nwc_health"
        product = "cisco-asa"
        name = "Cisco ASA"
        scheme = "cisco"
        grade = "exact"
        ask = "snmp"
    strings:
        $version = /Cisco Adaptive Security Appliance Version [1-9][0-9]?\.[0-9]{1,2}\([0-9]{1,3}\)[0-9]{0,3}/
    condition:
        vpn_source == "snmp" and $version at 0
}

rule identify_cisco_asa_certificate
{
    meta:
        title_ja = "Cisco ASAを工場出荷時の証明書で見分けました"
        title_en = "Cisco ASA recognised by its temporary certificate"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/rapid7/recog/blob/main/xml/x509_subjects.xml"
        product = "cisco-asa"
        name = "Cisco ASA"
        scheme = "cisco"
        grade = "product"
        ask = "tls"
    strings:
        $subject = "\nsubject=CN=ASA Temporary Self Signed Certificate\n"
    condition:
        vpn_source == "tls" and $subject
}
