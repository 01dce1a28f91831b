// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2023_45590_forticlient
{
    meta:
        title_ja = "FortiClientに知られた弱点があります（CVE-2023-45590）"
        title_en = "FortiClient: FortiClient for Linux: code execution when the user visits a malicious web site (CVE-2023-45590)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://fortiguard.com/psirt/FG-IR-23-087"
        cve = "CVE-2023-45590"
        product = "forticlient"
        scheme = "dotted"
        fixed = "7.2.1, 7.0.11"
        released = "2024-04-09"
        cvss = "9.4"
    condition:
        vpn_product == "forticlient" and
        ((vpn_version == 15766996742307841) or // 7.2.0
         (vpn_version >= 15762611580698625 and vpn_version <= 15762620170633217) or // 7.0.6..7.0.10
         (vpn_version >= 15762605138247681 and vpn_version <= 15762607285731329)) // 7.0.3..7.0.4
}

rule cve_2023_48788_forticlient
{
    meta:
        title_ja = "FortiClientに知られた弱点があります（CVE-2023-48788）"
        title_en = "FortiClient: FortiClient EMS: SQL injection, code execution before login (CVE-2023-48788)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://fortiguard.com/psirt/FG-IR-24-007"
        cve = "CVE-2023-48788"
        product = "forticlient"
        scheme = "dotted"
        fixed = "7.2.3, 7.0.11"
        released = "2024-03-12"
        kev = "2024-03-25"
        cvss = "9.3"
    condition:
        vpn_product == "forticlient" and
        ((vpn_version >= 15766996742307841 and vpn_version <= 15767001037275137) or // 7.2.0..7.2.2
         (vpn_version >= 15762600843280385 and vpn_version <= 15762620170633217)) // 7.0.1..7.0.10
}

rule cve_2026_21643_forticlient
{
    meta:
        title_ja = "FortiClientに知られた弱点があります（CVE-2026-21643）"
        title_en = "FortiClient: FortiClient EMS: SQL injection by HTTP requests, code execution before login (CVE-2026-21643)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://fortiguard.fortinet.com/psirt/FG-IR-25-1142"
        cve = "CVE-2026-21643"
        product = "forticlient"
        scheme = "dotted"
        fixed = "7.4.5"
        released = "2026-02-06"
        kev = "2026-04-13"
        cvss = "9.1"
    condition:
        vpn_product == "forticlient" and
        ((vpn_version == 15771403378753537)) // 7.4.4
}

rule cve_2026_35616_forticlient
{
    meta:
        title_ja = "FortiClientに知られた弱点があります（CVE-2026-35616）"
        title_en = "FortiClient: FortiClient EMS: improper access control, code execution before login (CVE-2026-35616)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://fortiguard.fortinet.com/psirt/FG-IR-26-099"
        cve = "CVE-2026-35616"
        product = "forticlient"
        scheme = "dotted"
        fixed = "7.4.7"
        released = "2026-04-04"
        kev = "2026-04-06"
        cvss = "9.1"
    condition:
        vpn_product == "forticlient" and
        ((vpn_version >= 15771405526237185 and vpn_version <= 15771407673720833)) // 7.4.5..7.4.6
}
