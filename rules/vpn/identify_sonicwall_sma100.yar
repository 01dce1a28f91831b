// How SonicWall SMA 100 is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_sonicwall_sma100_portal
{
    meta:
        title_ja = "SonicWall SMA 100を応答の名乗りで見分けました"
        title_en = "SonicWall SMA 100 recognised by the Server line of its answer"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/http/dell.rb"
        product = "sonicwall-sma100"
        name = "SonicWall SMA 100"
        scheme = "sonicwall"
        grade = "product"
        ask = "https:/"
    strings:
        $server = /\r\nServer: SonicWALL SSL-VPN Web Server\.?\r\n/ nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @server < @end
}

// sysDescr: "SonicWall SMA 410 (10.2.1.5-34sv)", "Dell SonicWALL SRA 4600 ( 8.5.0.0-13sv.03.jpn)".
rule identify_sonicwall_sma100_snmp
{
    meta:
        title_ja = "SonicWall SMA 100をSNMPの版で見分けました"
        title_en = "SonicWall SMA 100 recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/greenbone/openvas-scanner"
        product = "sonicwall-sma100"
        name = "SonicWall SMA 100"
        scheme = "sonicwall"
        grade = "exact"
        ask = "snmp"
    strings:
        $version = /(SonicWall SMA|SonicWALL SRA) [0-9]{2,4}[a-z]?[A-Za-z ]{0,24} \( ?(8|9|10)\.[0-9]\.[0-9]\.[0-9]{1,2}-[0-9]{1,3}sv/
        $model = /(SMA|SRA) [0-9]{2,4}v?/
    condition:
        vpn_source == "snmp" and ($version at 0 or $version at 5) and $model
}
