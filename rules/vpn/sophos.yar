// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2020_12271_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2020-12271）"
        title_en = "Sophos Firewall: XG Firewall: SQL injection before login (admin HTTPS service or User Portal on the WAN), \"Asnarok\" (CVE-2020-12271)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://community.sophos.com/kb/en-us/135412"
        cve = "CVE-2020-12271"
        product = "sophos"
        scheme = "sophos"
        fixed = "not named"
        released = "2020-04-25"
        kev = "2021-11-03"
        cvss = "10.0"
    condition:
        vpn_product == "sophos" and
        ((vpn_version == 38280596832649217) or // 17.0
         (vpn_version == 38282795855904769) or // 17.1
         (vpn_version == 38291591948926977) or // 17.5
         (vpn_version == 40532396646334465)) // 18.0
}

rule cve_2020_15069_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2020-15069）"
        title_en = "Sophos Firewall: XG Firewall: buffer overflow in the HTTP/S bookmarks of clientless access, code execution (CVE-2020-15069)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://community.sophos.com/b/security-blog/posts/advisory-buffer-overflow-vulnerability-in-user-portal"
        cve = "CVE-2020-15069"
        product = "sophos"
        scheme = "sophos"
        fixed = "not named"
        released = "2020-06-29"
        kev = "2025-02-06"
        cvss = "9.8"
    condition:
        vpn_product == "sophos" and
        ((vpn_version >= 38280596832649217 and vpn_version <= 38291617718730753)) // 17.0..17.5 MR12
}

rule cve_2020_25223_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2020-25223）"
        title_en = "Sophos Firewall: SG UTM: command injection in WebAdmin, code execution before login (CVE-2020-25223)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://community.sophos.com/b/security-blog/posts/advisory-resolved-rce-in-sg-utm-webadmin-cve-2020-25223"
        cve = "CVE-2020-25223"
        product = "sophos"
        scheme = "sophos"
        fixed = "9.705 MR5, 9.607 MR7, 9.511 MR11"
        released = "2020-09-25"
        kev = "2022-03-25"
        cvss = "9.8"
    condition:
        vpn_product == "sophos" and
        ((vpn_version >= 20281591485956097 and vpn_version < 21816520455749633) or // 9.7..<9.705 MR5
         (vpn_version >= 20279392462700545 and vpn_version < 21601020471672833) or // 9.6..<9.607 MR7
         (vpn_version > 0 and vpn_version < 21389922829074433)) // ..<9.511 MR11
}

rule cve_2022_1040_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2022-1040）"
        title_en = "Sophos Firewall: Sophos Firewall: login bypass in User Portal and Webadmin, code execution (CVE-2022-1040)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.sophos.com/en-us/security-advisories/sophos-sa-20220325-sfos-rce"
        cve = "CVE-2022-1040"
        product = "sophos"
        scheme = "sophos"
        fixed = "18.5 MR4, 19.0"
        released = "2022-03-25"
        kev = "2022-03-31"
        cvss = "9.8"
    condition:
        vpn_product == "sophos" and
        ((vpn_version > 0 and vpn_version <= 40543398205063169)) // ..18.5 MR3
}

rule cve_2022_3236_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2022-3236）"
        title_en = "Sophos Firewall: Sophos Firewall: code injection in User Portal and Webadmin, code execution (CVE-2022-3236)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.sophos.com/en-us/security-advisories/sophos-sa-20220923-sfos-rce"
        cve = "CVE-2022-3236"
        product = "sophos"
        scheme = "sophos"
        fixed = "18.5 MR5, 19.0 MR2, 19.5"
        released = "2022-09-23"
        kev = "2022-09-23"
        cvss = "9.8"
    condition:
        vpn_product == "sophos" and
        ((vpn_version > 0 and vpn_version <= 40543400352546817) or // ..18.5 MR4
         (vpn_version >= 42784196460019713 and vpn_version <= 42784198607503361)) // 19.0..19.0 MR1
}

rule cve_2024_12727_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2024-12727）"
        title_en = "Sophos Firewall: email protection: SQL injection before login, with SPX and high availability code execution (CVE-2024-12727)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.sophos.com/en-us/security-advisories/sophos-sa-20241219-sfos-rce"
        cve = "CVE-2024-12727"
        product = "sophos"
        scheme = "sophos"
        fixed = "21.0 MR1"
        released = "2024-12-19"
        cvss = "9.8"
    condition:
        vpn_product == "sophos" and
        ((vpn_version > 0 and vpn_version < 47287798234873857)) // ..<21.0 MR1
}

rule cve_2024_12728_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2024-12728）"
        title_en = "Sophos Firewall: weak credentials: privileged access over SSH (CVE-2024-12728)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.sophos.com/en-us/security-advisories/sophos-sa-20241219-sfos-rce"
        cve = "CVE-2024-12728"
        product = "sophos"
        scheme = "sophos"
        fixed = "20.0 MR3"
        released = "2024-12-19"
        cvss = "9.8"
    condition:
        vpn_product == "sophos" and
        ((vpn_version > 0 and vpn_version < 45036002716155905)) // ..<20.0 MR3
}

rule cve_2025_6704_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2025-6704）"
        title_en = "Sophos Firewall: Secure PDF eXchange (SPX): file writing, with high availability code execution before login (CVE-2025-6704)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.sophos.com/en-us/security-advisories/sophos-sa-20250721-sfos-rce"
        cve = "CVE-2025-6704"
        product = "sophos"
        scheme = "sophos"
        fixed = "21.0 MR2"
        released = "2025-07-21"
        cvss = "9.8"
    condition:
        vpn_product == "sophos" and
        ((vpn_version > 0 and vpn_version < 47287800382357505)) // ..<21.0 MR2
}

rule cve_2025_7382_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2025-7382）"
        title_en = "Sophos Firewall: WebAdmin: command injection on high availability auxiliary devices, from the neighbouring network before login (CVE-2025-7382)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://www.sophos.com/en-us/security-advisories/sophos-sa-20250721-sfos-rce"
        cve = "CVE-2025-7382"
        product = "sophos"
        scheme = "sophos"
        fixed = "21.0 MR2"
        released = "2025-07-21"
        cvss = "8.8"
    condition:
        vpn_product == "sophos" and
        ((vpn_version > 0 and vpn_version < 47287800382357505)) // ..<21.0 MR2
}

rule cve_2025_7624_sophos
{
    meta:
        title_ja = "Sophos Firewallに知られた弱点があります（CVE-2025-7624）"
        title_en = "Sophos Firewall: legacy SMTP proxy: SQL injection, code execution (CVE-2025-7624)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.sophos.com/en-us/security-advisories/sophos-sa-20250721-sfos-rce"
        cve = "CVE-2025-7624"
        product = "sophos"
        scheme = "sophos"
        fixed = "21.0 MR2"
        released = "2025-07-21"
        cvss = "9.8"
    condition:
        vpn_product == "sophos" and
        ((vpn_version > 0 and vpn_version < 47287800382357505)) // ..<21.0 MR2
}
