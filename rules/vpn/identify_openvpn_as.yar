// How OpenVPN Access Server is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_openvpn_as_portal
{
    meta:
        title_ja = "OpenVPN Access Serverを応答の名乗りで見分けました"
        title_en = "OpenVPN Access Server recognised by its Server line or cookie"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/openvpn-connect.yaml"
        product = "openvpn-as"
        name = "OpenVPN Access Server"
        scheme = "dotted"
        grade = "product"
        ask = "https:/"
    strings:
        $server = "\r\nServer: OpenVPN-AS\r\n" nocase
        $cookie = /\r\nSet-Cookie: openvpn_sess_[0-9a-f]{32}=/ nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and (@server < @end or @cookie < @end)
}
