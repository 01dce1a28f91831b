// How SonicWall SonicOS is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_sonicos_server
{
    meta:
        title_ja = "SonicWall SonicOSを応答の名乗りで見分けました"
        title_en = "SonicWall SonicOS recognised by the Server line of its answer"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/http/sonicwall.rb"
        product = "sonicos"
        name = "SonicWall SonicOS"
        scheme = "sonicwall"
        grade = "product"
        ask = "https:/"
    strings:
        $server = "\r\nServer: SonicWALL\r\n" nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @server < @end
}

rule identify_sonicos_certificate
{
    meta:
        title_ja = "SonicWall SonicOSを工場出荷時の証明書で見分けました"
        title_en = "SonicWall SonicOS recognised by its factory certificate"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/rapid7/recog/blob/main/xml/x509_subjects.xml"
        product = "sonicos"
        name = "SonicWall SonicOS"
        scheme = "sonicwall"
        grade = "product"
        ask = "tls"
    strings:
        $subject = /\nsubject=[^\n]{0,200}HTTPS Management Certificate for SonicWALL \(self-signed\)/
    condition:
        vpn_source == "tls" and $subject
}

rule identify_sonicos_ike
{
    meta:
        title_ja = "SonicWall SonicOSをIKEの名乗りで見分けました"
        title_en = "SonicWall SonicOS recognised by its vendor id in IKE"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/royhills/ike-scan/blob/master/ike-vendor-ids"
        product = "sonicos"
        name = "SonicWall SonicOS"
        scheme = "sonicwall"
        grade = "product"
        ask = "ike"
    strings:
        $id = { 40 4B F4 39 52 2C A3 F6 }
    condition:
        vpn_source == "ike" and $id
}

rule identify_sonicos_snmp
{
    meta:
        title_ja = "SonicWall SonicOSをSNMPの版で見分けました"
        title_en = "SonicWall SonicOS recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/greenbone/openvas-scanner"
        product = "sonicos"
        name = "SonicWall SonicOS"
        scheme = "sonicwall"
        grade = "exact"
        ask = "snmp"
    strings:
        $version = /SonicWALL [A-Za-z0-9 +]{2,24} \(SonicOS (Enhanced )?[5-8]\.[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,2})?-[0-9]{1,5}[a-z]{0,2}/ nocase
        $model = /(TZ|NSa|NSA|NSv|NSsp|SOHO) ?[0-9]{3,5}[a-zA-Z+]{0,2}/
    condition:
        vpn_source == "snmp" and $version at 0 and ($model or true)
}
