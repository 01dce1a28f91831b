// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2022_0547_openvpn
{
    meta:
        title_ja = "OpenVPNに知られた弱点があります（CVE-2022-0547）"
        title_en = "OpenVPN: several authentication plug-ins with deferred replies: access with only partly correct credentials (CVE-2022-0547)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://community.openvpn.net/openvpn/wiki/CVE-2022-0547"
        cve = "CVE-2022-0547"
        product = "openvpn"
        scheme = "dotted"
        fixed = "2.4.12, 2.5.6"
        released = "2022-03-18"
        cvss = "9.8"
    condition:
        vpn_product == "openvpn" and
        ((vpn_version >= 4505798650626049 and vpn_version < 4512421490196481) or // 2.1.0..<2.4.12
         (vpn_version >= 4514594743648257 and vpn_version < 4514607628550145)) // 2.5.0..<2.5.6
}

rule cve_2023_46849_openvpn
{
    meta:
        title_ja = "OpenVPNに知られた弱点があります（CVE-2023-46849）"
        title_en = "OpenVPN: --fragment: division by zero, crash (CVE-2023-46849)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://community.openvpn.net/openvpn/wiki/CVE-2023-46849"
        cve = "CVE-2023-46849"
        product = "openvpn"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-11-11"
        cvss = "7.5"
    condition:
        vpn_product == "openvpn" and
        ((vpn_version >= 4516793766903809 and vpn_version <= 4516806651805697)) // 2.6.0..2.6.6
}

rule cve_2023_46850_openvpn
{
    meta:
        title_ja = "OpenVPNに知られた弱点があります（CVE-2023-46850）"
        title_en = "OpenVPN: use after free: memory contents leak, perhaps code execution (CVE-2023-46850)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://community.openvpn.net/openvpn/wiki/CVE-2023-46850"
        cve = "CVE-2023-46850"
        product = "openvpn"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-11-11"
        cvss = "9.8"
    condition:
        vpn_product == "openvpn" and
        ((vpn_version >= 4516793766903809 and vpn_version <= 4516806651805697)) // 2.6.0..2.6.6
}

rule cve_2024_5594_openvpn
{
    meta:
        title_ja = "OpenVPNに知られた弱点があります（CVE-2024-5594）"
        title_en = "OpenVPN: client: PUSH_REPLY not cleaned, a malicious server writes arbitrary data into client logs (CVE-2024-5594)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://community.openvpn.net/openvpn/wiki/CVE-2024-5594"
        cve = "CVE-2024-5594"
        product = "openvpn"
        scheme = "dotted"
        fixed = "2.6.11"
        released = "2025-01-06"
        cvss = "9.1"
    condition:
        vpn_product == "openvpn" and
        ((vpn_version > 0 and vpn_version < 4516817389223937)) // ..<2.6.11
}

rule cve_2024_27903_openvpn
{
    meta:
        title_ja = "OpenVPNに知られた弱点があります（CVE-2024-27903）"
        title_en = "OpenVPN: Windows: plug-ins loaded from any directory, way to the privileged interactive service (CVE-2024-27903)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://community.openvpn.net/openvpn/wiki/CVE-2024-27903"
        cve = "CVE-2024-27903"
        product = "openvpn"
        scheme = "dotted"
        fixed = "2.6.10"
        released = "2024-07-08"
        cvss = "7.2"
    condition:
        vpn_product == "openvpn" and
        ((vpn_version > 0 and vpn_version <= 4516813094256641)) // ..2.6.9
}

rule cve_2025_12106_openvpn
{
    meta:
        title_ja = "OpenVPNに知られた弱点があります（CVE-2025-12106）"
        title_en = "OpenVPN: heap over-read when parsing IP addresses (CVE-2025-12106)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://community.openvpn.net/Security%20Announcements/CVE-2025-12106"
        cve = "CVE-2025-12106"
        product = "openvpn"
        scheme = "dotted"
        fixed = "not named"
        released = "2025-12-01"
        cvss = "9.1"
    condition:
        vpn_product == "openvpn" and
        ((vpn_version == 4518992790159360)) // 2.7_alpha1..2.7_rc1
}

rule cve_2026_84256_openvpn
{
    meta:
        title_ja = "OpenVPNに知られた弱点があります（CVE-2026-84256）"
        title_en = "OpenVPN: Windows: crafted certificate subject lets an authenticated user run commands (CVE-2026-84256)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://community.openvpn.net/Security%20Announcements/CVE-2026-84256"
        cve = "CVE-2026-84256"
        product = "openvpn"
        scheme = "dotted"
        fixed = "not named"
        released = "2026-09-07"
        cvss = "7.7"
    condition:
        vpn_product == "openvpn" and
        ((vpn_version >= 4505798650626048 and vpn_version <= 4516841011544065) or // 2.1_rc10..2.6.22
         (vpn_version >= 4518992790159360 and vpn_version <= 4519007822544897)) // 2.7_alpha1..2.7.7
}

rule cve_2026_84471_openvpn
{
    meta:
        title_ja = "OpenVPNに知られた弱点があります（CVE-2026-84471）"
        title_en = "OpenVPN: use after free at TLS session promotion or expiry: denial of service or memory leak by an authenticated peer (CVE-2026-84471)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://community.openvpn.net/Security%20Announcements/CVE-2026-84471"
        cve = "CVE-2026-84471"
        product = "openvpn"
        scheme = "dotted"
        fixed = "not named"
        released = "2026-10-14"
    condition:
        vpn_product == "openvpn" and
        ((vpn_version >= 4516793766903809 and vpn_version <= 4516841011544065) or // 2.6.0..2.6.22
         (vpn_version >= 4518992790159360 and vpn_version <= 4519007822544897)) // 2.7_alpha1..2.7.7
}
