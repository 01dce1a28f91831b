// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2021_45079_strongswan
{
    meta:
        title_ja = "strongSwanに知られた弱点があります（CVE-2021-45079）"
        title_en = "strongSwan: client: EAP-Success accepted too early, login of the server not checked (CVE-2021-45079)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://www.strongswan.org/blog/2022/01/24/strongswan-vulnerability-%28cve-2021-45079%29.html"
        cve = "CVE-2021-45079"
        product = "strongswan"
        scheme = "dotted"
        fixed = "5.9.5"
        released = "2022-01-24"
        cvss = "9.1"
    condition:
        vpn_product == "strongswan" and
        ((vpn_version >= 9009402572963841 and vpn_version < 11278801015144449)) // 4.1.2..<5.9.5
}

rule cve_2023_26463_strongswan
{
    meta:
        title_ja = "strongSwanに知られた弱点があります（CVE-2023-26463）"
        title_en = "strongSwan: TLS-based EAP: untrusted client certificate, perhaps code execution (CVE-2023-26463)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://www.strongswan.org/blog/2023/03/02/strongswan-vulnerability-%28cve-2023-26463%29.html"
        cve = "CVE-2023-26463"
        product = "strongswan"
        scheme = "dotted"
        fixed = "5.9.10"
        released = "2023-03-02"
        cvss = "9.8"
    condition:
        vpn_product == "strongswan" and
        ((vpn_version == 11278807457595393) or // 5.9.8
         (vpn_version == 11278809605079041)) // 5.9.9
}

rule cve_2023_41913_strongswan
{
    meta:
        title_ja = "strongSwanに知られた弱点があります（CVE-2023-41913）"
        title_en = "strongSwan: charon-tkm: buffer overflow by a DH value in IKE_SA_INIT, perhaps code execution before login (CVE-2023-41913)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://www.strongswan.org/blog/2023/11/20/strongswan-vulnerability-%28cve-2023-41913%29.html"
        cve = "CVE-2023-41913"
        product = "strongswan"
        scheme = "dotted"
        fixed = "5.9.12"
        released = "2023-11-20"
        cvss = "9.8"
    condition:
        vpn_product == "strongswan" and
        ((vpn_version >= 11265596138192897 and vpn_version < 11278816047529985)) // 5.3.0..<5.9.12
}

rule cve_2026_25075_strongswan
{
    meta:
        title_ja = "strongSwanに知られた弱点があります（CVE-2026-25075）"
        title_en = "strongSwan: EAP-TTLS: integer underflow, IKE daemon crashes before login (CVE-2026-25075)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://www.strongswan.org/blog/2026/03/23/strongswan-vulnerability-(cve-2026-25075).html"
        cve = "CVE-2026-25075"
        product = "strongswan"
        scheme = "dotted"
        fixed = "6.0.5"
        released = "2026-03-23"
        cvss = "7.5"
    condition:
        vpn_product == "strongswan" and
        ((vpn_version >= 9018194371018753 and vpn_version < 13510809619529729)) // 4.5.0..<6.0.5
}

rule cve_2026_78132_strongswan
{
    meta:
        title_ja = "strongSwanに知られた弱点があります（CVE-2026-78132）"
        title_en = "strongSwan: x509 plugin: endless loop on crafted attribute certificates, denial of service (CVE-2026-78132)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://github.com/strongswan/strongswan/releases/tag/6.1.0"
        cve = "CVE-2026-78132"
        product = "strongswan"
        scheme = "dotted"
        fixed = "6.1.0"
        released = "2026-09-11"
        cvss = "7.5"
    condition:
        vpn_product == "strongswan" and
        ((vpn_version >= 11261204534132737 and vpn_version < 13512997905367041)) // 5.1.3..<6.1.0
}

rule cve_2026_78135_strongswan
{
    meta:
        title_ja = "strongSwanに知られた弱点があります（CVE-2026-78135）"
        title_en = "strongSwan: IKEv2: CREATE_CHILD_SA handled too early, authentication bypass (CVE-2026-78135)"
        severity = "medium"
        response = "alert"
        attack = "T1203"
        reference = "https://www.strongswan.org/blog/2026/09/07/strongswan-vulnerability-(cve-2026-78135).html"
        cve = "CVE-2026-78135"
        product = "strongswan"
        scheme = "dotted"
        fixed = "6.1.0"
        released = "2026-09-07"
        cvss = "5.6"
    condition:
        vpn_product == "strongswan" and
        ((vpn_version >= 11278805310111745 and vpn_version < 13512997905367041)) // 5.9.7..<6.1.0
}
