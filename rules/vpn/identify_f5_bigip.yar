// How F5 BIG-IP is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

// A load balancer of the same maker is no VPN: its cookies and its Server line do not count.
rule identify_f5_bigip_apm
{
    meta:
        title_ja = "F5 BIG-IPをAPMの入口で見分けました"
        title_en = "F5 BIG-IP recognised by the entry of its APM"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/dlenski/what-vpn/blob/master/what_vpn/sniffers.py"
        product = "f5-bigip"
        name = "F5 BIG-IP"
        scheme = "dotted"
        grade = "product"
        ask = "https:/"
    strings:
        $moved = /\r\nLocation: (https:\/\/[^\/\r\n]{1,100})?\/my\.(policy|logout\.php3)/ nocase
        $session = /\r\nSet-Cookie: (LastMRH_Session|MRHSession)=/ nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @session < @end and @moved < @end
}

rule identify_f5_bigip_build
{
    meta:
        title_ja = "F5 BIG-IPを管理画面の部品で見分けました"
        title_en = "F5 BIG-IP recognised by a picture of its administration page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/BishopFox/bigip-scanner"
        product = "f5-bigip"
        name = "F5 BIG-IP"
        scheme = "dotted"
        grade = "table"
        ask = "none"
        version_1612 = "16.1.2"
    strings:
        $version_1612 = "\r\nETag: \"1fe7-5db411548c100\"\r\n" nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and vpn_path == "/tmui/tmui/login/images/logo_f5.png" and vpn_status == 200 and @version_1612 < @end
}
