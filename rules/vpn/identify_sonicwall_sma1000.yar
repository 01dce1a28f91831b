// How SonicWall SMA 1000 is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

// The line (12.4) is no version: the hotfix behind it decides.
rule identify_sonicwall_sma1000_portal
{
    meta:
        title_ja = "SonicWall SMA 1000を応答の名乗りで見分けました"
        title_en = "SonicWall SMA 1000 recognised by the Server line of its answer"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/http/sonicwall.rb"
        product = "sonicwall-sma1000"
        name = "SonicWall SMA 1000"
        scheme = "sonicwall"
        grade = "product"
        ask = "https:/"
    strings:
        $server = /\r\nServer: SMA\/1[0-9]\.[0-9]/ nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @server < @end
}

rule identify_sonicwall_sma1000_hotfix
{
    meta:
        title_ja = "SonicWall SMA 1000を応答の版で見分けました"
        title_en = "SonicWall SMA 1000 recognised by the version in its answer"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/http/sonicwall.rb"
        product = "sonicwall-sma1000"
        name = "SonicWall SMA 1000"
        scheme = "sonicwall"
        grade = "exact"
        ask = "https:/"
    strings:
        $version = /\r\nServer: SMA\/1[0-9]\.[0-9]\.[0-9]-[0-9]{5}\r\n/ nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @version < @end
}
