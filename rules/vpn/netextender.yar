// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2024_29014_netextender
{
    meta:
        title_ja = "SonicWall NetExtenderに知られた弱点があります（CVE-2024-29014）"
        title_en = "SonicWall NetExtender: NetExtender for Windows: code execution when processing an EPC client update (CVE-2024-29014)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2024-0011"
        cve = "CVE-2024-29014"
        product = "netextender"
        scheme = "sonicwall"
        fixed = "10.2.341"
        released = "2024-07-18"
        cvss = "7.1"
    condition:
        vpn_product == "netextender" and
        ((vpn_version > 0 and vpn_version <= 22523124180320257)) // ..10.2.339
}
