// How WatchGuard Firebox is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_watchguard_portal
{
    meta:
        title_ja = "WatchGuard Fireboxを利用者の画面で見分けました"
        title_en = "WatchGuard Firebox recognised by its user portal"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/praetorian-inc/nerva"
        product = "watchguard"
        name = "WatchGuard Firebox"
        scheme = "watchguard"
        grade = "product"
        ask = "https:/sslvpn_logon.shtml"
    strings:
        $cookie = "\r\nSet-Cookie: wg_portald_session_id=" nocase
        $title = /<title>(WatchGuard Access Portal|Fireware XTM User Authentication)<\/title>/
        $domain = "<option value=\"Firebox-DB\">"
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and (@cookie < @end or ($title and $domain))
}

// The version that IKE is said to carry (VN=, BN=) was never recorded: no rule stands on it.
rule identify_watchguard_certificate
{
    meta:
        title_ja = "WatchGuard Fireboxを工場出荷時の証明書で見分けました"
        title_en = "WatchGuard Firebox recognised by its factory certificate"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/praetorian-inc/nerva"
        product = "watchguard"
        name = "WatchGuard Firebox"
        scheme = "watchguard"
        grade = "product"
        ask = "tls"
    strings:
        $issuer = "\nissuer=CN=Fireware web CA,OU=Fireware,O=WatchGuard\n"
    condition:
        vpn_source == "tls" and $issuer
}
