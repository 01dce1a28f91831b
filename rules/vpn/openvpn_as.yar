// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2023_46849_openvpn_as
{
    meta:
        title_ja = "OpenVPN Access Serverに知られた弱点があります（CVE-2023-46849）"
        title_en = "OpenVPN Access Server: --fragment: division by zero, crash (CVE-2023-46849)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://openvpn.net/security-advisory/access-server-security-update-cve-2023-46849-cve-2023-46850/"
        cve = "CVE-2023-46849"
        product = "openvpn-as"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-11-11"
        cvss = "7.5"
    condition:
        vpn_product == "openvpn-as" and
        ((vpn_version >= 4527788883181569 and vpn_version <= 4527795325632513) or // 2.11.0..2.11.3
         (vpn_version >= 4529987906437121 and vpn_version <= 4529990053920769)) // 2.12.0..2.12.1
}

rule cve_2023_46850_openvpn_as
{
    meta:
        title_ja = "OpenVPN Access Serverに知られた弱点があります（CVE-2023-46850）"
        title_en = "OpenVPN Access Server: use after free: memory contents leak, perhaps code execution (CVE-2023-46850)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://openvpn.net/security-advisory/access-server-security-update-cve-2023-46849-cve-2023-46850/"
        cve = "CVE-2023-46850"
        product = "openvpn-as"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-11-11"
        cvss = "9.8"
    condition:
        vpn_product == "openvpn-as" and
        ((vpn_version >= 4527788883181569 and vpn_version <= 4527795325632513) or // 2.11.0..2.11.3
         (vpn_version >= 4529987906437121 and vpn_version <= 4529992201404417)) // 2.12.0..2.12.2
}
