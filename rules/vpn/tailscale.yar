// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2022_41924_tailscale
{
    meta:
        title_ja = "Tailscaleに知られた弱点があります（CVE-2022-41924）"
        title_en = "Tailscale: Windows client: a web site can reconfigure the client through its local API, code execution (CVE-2022-41924)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://tailscale.com/security-bulletins/#ts-2022-004"
        cve = "CVE-2022-41924"
        product = "tailscale"
        scheme = "dotted"
        fixed = "1.32.3"
        released = "2022-11-23"
        cvss = "9.6"
    condition:
        vpn_product == "tailscale" and
        ((vpn_version > 0 and vpn_version < 2322175000313857)) // ..<1.32.3
}
