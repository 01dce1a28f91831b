// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2020_5135_sonicos
{
    meta:
        title_ja = "SonicOSに知られた弱点があります（CVE-2020-5135）"
        title_en = "SonicOS: buffer overflow by a malicious request, crash and possibly code execution before login (CVE-2020-5135)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2020-0010"
        cve = "CVE-2020-5135"
        product = "sonicos"
        scheme = "sonicwall"
        fixed = "6.5.4.7-83n, 6.5.1.12-1n, 6.0.5.3-94o"
        released = "2020-10-12"
        kev = "2022-03-15"
        cvss = "9.8"
    condition:
        vpn_product == "sonicos" and
        ((vpn_version == 15762598695796737) or // 7.0.0.0
         (vpn_version >= 13521802588323841 and vpn_version <= 13521802589241503) or // 6.5.4.0..6.5.4.7-79n
         (vpn_version >= 13521793998389249 and vpn_version <= 13521796147314697) or // 6.5.0.0..6.5.1.11-4n
         (vpn_version > 0 and vpn_version <= 13510809619923131)) // ..6.0.5.3-93o
}

rule cve_2024_40766_sonicos
{
    meta:
        title_ja = "SonicOSに知られた弱点があります（CVE-2024-40766）"
        title_en = "SonicOS: improper access control in management access and SSL-VPN (CVE-2024-40766)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2024-0015"
        cve = "CVE-2024-40766"
        product = "sonicos"
        scheme = "sonicwall"
        fixed = "6.5.4.15-116n, 5.9.2.14-13o"
        released = "2024-08-23"
        kev = "2024-09-09"
        cvss = "9.3"
    condition:
        vpn_product == "sonicos" and
        ((vpn_version >= 15762600843280385 and vpn_version <= 15762600843290455) or // 7.0.1..7.0.1-5035
         (vpn_version >= 13521793998389249 and vpn_version <= 13521802590159067) or // 6.5..6.5.4.14-109n
         (vpn_version >= 11278790277726209 and vpn_version <= 11278794574528537)) // 5.9..5.9.2.14-12o
}

rule cve_2024_53704_sonicos
{
    meta:
        title_ja = "SonicOSに知られた弱点があります（CVE-2024-53704）"
        title_en = "SonicOS: SSL-VPN authentication bypass before login (sessions can be taken over) (CVE-2024-53704)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2025-0003"
        cve = "CVE-2024-53704"
        product = "sonicos"
        scheme = "sonicwall"
        fixed = "8.0.0-8037, 7.1.3-7015"
        released = "2025-01-08"
        kev = "2025-02-18"
        cvss = "8.2"
    condition:
        vpn_product == "sonicos" and
        ((vpn_version == 18014398509498055) or // 8.0.0-8035
         (vpn_version == 15764802014033623) or // 7.1.2-7019
         (vpn_version >= 15764799866535937 and vpn_version <= 15764799866550053)) // 7.1.1..7.1.1-7058
}

rule cve_2026_19868_sonicos
{
    meta:
        title_ja = "SonicOSに知られた弱点があります（CVE-2026-19868）"
        title_en = "SonicOS: SSL-VPN: SAML login, and the second factor it demands, bypassed by a user with valid data of another login method (CVE-2026-19868)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://github.com/CVEProject/cvelistV5/blob/main/cves/2026/19xxx/CVE-2026-19868.json"
        cve = "CVE-2026-19868"
        product = "sonicos"
        scheme = "sonicwall"
        fixed = "not named"
        released = "2026-11-06"
    condition:
        vpn_product == "sonicos" and
        ((vpn_version >= 18014398509481985 and vpn_version <= 18018800850976415) or // 8.0.0..8.2.2-8015
         (vpn_version >= 15762598695796737 and vpn_version <= 15769202208028367)) // 7.0.0..7.3.3-7015
}
