// How Sophos Firewall is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_sophos_portal
{
    meta:
        title_ja = "Sophos Firewallを利用者の画面で見分けました"
        title_en = "Sophos Firewall recognised by its user portal"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/http/sophos.rb"
        product = "sophos"
        name = "Sophos Firewall"
        scheme = "sophos"
        grade = "product"
        ask = "https:/userportal/webpages/myaccount/login.jsp"
    strings:
        $server = "\r\nServer: xxxx\r\n" nocase
        $portal = "Cyberoam.setContextPath(\"/userportal\")"
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @server < @end and $portal
}

// To 17.5 the names of files carry it; from 18 on they carry a hash.
rule identify_sophos_version
{
    meta:
        title_ja = "Sophos Firewallを利用者の画面の版で見分けました"
        title_en = "Sophos Firewall recognised by the version in its user portal"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/http/sophos.rb"
        product = "sophos"
        name = "Sophos Firewall"
        scheme = "sophos"
        grade = "exact"
        ask = "https:/userportal/webpages/myaccount/login.jsp"
    strings:
        $server = "\r\nServer: xxxx\r\n" nocase
        $portal = "Cyberoam.setContextPath(\"/userportal\")"
        $version = /\.(css|ico|js)\?ver(sion)?=[12][0-9]\.[0-9]\.[0-9]{1,2}/
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @server < @end and $portal and $version
}

rule identify_sophos_certificate
{
    meta:
        title_ja = "Sophos Firewallを工場出荷時の証明書で見分けました"
        title_en = "Sophos Firewall recognised by its factory certificate"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/rapid7/recog/blob/main/xml/x509_subjects.xml"
        product = "sophos"
        name = "Sophos Firewall"
        scheme = "sophos"
        grade = "product"
        ask = "tls"
    strings:
        $subject = /\nsubject=CN=CyberoamApplianceCertificate_[A-Z0-9-]{1,40},OU=Cyberoam Appliance,O=Cyberoam,/
    condition:
        vpn_source == "tls" and $subject
}
