// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2022_42897_array_ag
{
    meta:
        title_ja = "Array AGに知られた弱点があります（CVE-2022-42897）"
        title_en = "Array AG: command injection before login, control of the system (CVE-2022-42897)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.arraynetworks.net/prx/001/http/supportportal.arraynetworks.net/fieldnotices.html"
        cve = "CVE-2022-42897"
        product = "array-ag"
        scheme = "dotted"
        fixed = "9.4.0.469"
        released = "2022-10-12"
        cvss = "9.8"
    condition:
        vpn_product == "array-ag" and
        ((vpn_version > 0 and vpn_version < 20274994477662209)) // ..<9.4.0.469
}

rule cve_2023_28461_array_ag
{
    meta:
        title_ja = "Array AGに知られた弱点があります（CVE-2023-28461）"
        title_en = "Array AG: SSL VPN gateway: files can be read and code executed before login (flags attribute in an HTTP header) (CVE-2023-28461)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.arraynetworks.net/prx/001/http/supportportal.arraynetworks.net/ag.html"
        cve = "CVE-2023-28461"
        product = "array-ag"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-03-15"
        kev = "2024-11-25"
        cvss = "9.8"
    condition:
        vpn_product == "array-ag" and
        ((vpn_version > 0 and vpn_version <= 20274994479235073)) // ..9.4.0.481
}

rule cve_2025_66644_array_ag
{
    meta:
        title_ja = "Array AGに知られた弱点があります（CVE-2025-66644）"
        title_en = "Array AG: ArrayOS AG: command injection, used since August 2025 to plant web shells (CVE-2025-66644)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.jpcert.or.jp/at/2025/at250024.html"
        cve = "CVE-2025-66644"
        product = "array-ag"
        scheme = "dotted"
        fixed = "9.4.5.9"
        released = "2025-12-05"
        kev = "2025-12-08"
        cvss = "7.2"
    condition:
        vpn_product == "array-ag" and
        ((vpn_version > 0 and vpn_version < 20275005154787329)) // ..<9.4.5.9
}
