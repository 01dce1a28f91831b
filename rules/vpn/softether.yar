// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2023_22308_softether
{
    meta:
        title_ja = "SoftEther VPNに知られた弱点があります（CVE-2023-22308）"
        title_en = "SoftEther VPN: vpnserver (OpenVPN protocol, OvsProcessData): integer underflow, denial of service before login (CVE-2023-22308)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://talosintelligence.com/vulnerability_reports/TALOS-2023-1737"
        cve = "CVE-2023-22308"
        product = "softether"
        scheme = "softether"
        fixed = "not named"
        released = "2023-10-12"
        cvss = "7.5"
    condition:
        vpn_product == "softether" and
        ((vpn_version == 11261199359672321) or // 5.01.9674
         (vpn_version == 11263397114937345)) // 5.02
}

rule cve_2023_27395_softether
{
    meta:
        title_ja = "SoftEther VPNに知られた弱点があります（CVE-2023-27395）"
        title_en = "SoftEther VPN: vpnserver (WpcParsePacket): heap overflow, code execution by a man in the middle (CVE-2023-27395)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.softether.org/9-about/News/904-SEVPN202301"
        cve = "CVE-2023-27395"
        product = "softether"
        scheme = "softether"
        fixed = "not named"
        released = "2023-10-12"
        cvss = "9.0"
    condition:
        vpn_product == "softether" and
        ((vpn_version == 9097360490364929) or // 4.41 Build 9782
         (vpn_version == 11261199359672321) or // 5.01.9674
         (vpn_version == 11263397114937345)) // 5.02
}

rule cve_2024_38520_softether
{
    meta:
        title_ja = "SoftEther VPNに知られた弱点があります（CVE-2024-38520）"
        title_en = "SoftEther VPN: L2TP: the server can be misused for amplified denial of service against others (CVE-2024-38520)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://github.com/SoftEtherVPN/SoftEtherVPN/security/advisories/GHSA-j35p-p8pj-vqxq"
        cve = "CVE-2024-38520"
        product = "softether"
        scheme = "softether"
        fixed = "5.02.5185"
        released = "2024-06-26"
        cvss = "7.5"
    condition:
        vpn_product == "softether" and
        ((vpn_version > 0 and vpn_version <= 11263397794283521)) // ..5.02.5183
}
