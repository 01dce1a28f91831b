// How Yamaha RTX/NVR is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_yamaha_rtx_server
{
    meta:
        title_ja = "Yamaha RTX/NVRを応答の名乗りで見分けました"
        title_en = "Yamaha RTX/NVR recognised by the Server line of its answer"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://www.rtpro.yamaha.co.jp/"
        product = "yamaha-rtx"
        name = "Yamaha RTX/NVR"
        scheme = "yamaha"
        grade = "product"
        ask = "https:/"
    strings:
        $server = "\r\nServer: YAMAHA-RT\r\n" nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @server < @end
}

// sysDescr: "RTX1210 Rev.14.01.05 (Thu Nov  6 08:45:55 2014)".  Switches (SWX) and access points of the maker are other devices.
rule identify_yamaha_rtx_snmp
{
    meta:
        title_ja = "Yamaha RTX/NVRをSNMPの版で見分けました"
        title_en = "Yamaha RTX/NVR recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://www.rtpro.yamaha.co.jp/RT/docs/mib/index.html"
        product = "yamaha-rtx"
        name = "Yamaha RTX/NVR"
        scheme = "yamaha"
        grade = "exact"
        ask = "snmp"
    strings:
        $version = /(RTX|NVR|FWX|RT)[0-9]{2,4}[a-zA-Z]{0,2} Rev\.[0-9]{1,2}\.[0-9]{2}\.[0-9]{2}/
        $model = /(RTX|NVR|FWX|RT)[0-9]{2,4}[a-zA-Z]{0,2}/
    condition:
        vpn_source == "snmp" and $version at 0 and $model at 0
}
