// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2018_7445_mikrotik
{
    meta:
        title_ja = "MikroTik RouterOSに知られた弱点があります（CVE-2018-7445）"
        title_en = "MikroTik RouterOS: SMB service: buffer overflow in NetBIOS session requests, code execution before login (CVE-2018-7445)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.coresecurity.com/advisories/mikrotik-routeros-smb-buffer-overflow"
        cve = "CVE-2018-7445"
        product = "mikrotik"
        scheme = "dotted"
        fixed = "6.41.3, 6.42rc27"
        released = "2018-03-15"
        kev = "2022-09-08"
        cvss = "9.8"
    condition:
        vpn_product == "mikrotik" and
        ((vpn_version > 0 and vpn_version < 13600965278040065)) // ..<6.41.3
}

rule cve_2018_14847_mikrotik
{
    meta:
        title_ja = "MikroTik RouterOSに知られた弱点があります（CVE-2018-14847）"
        title_en = "MikroTik RouterOS: WinBox: directory traversal, the user database can be read before login (CVE-2018-14847)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://mikrotik.com/supportsec/winbox-vulnerability"
        cve = "CVE-2018-14847"
        product = "mikrotik"
        scheme = "dotted"
        fixed = "6.42.1, 6.40.8, 6.43rc4"
        released = "2018-04-23"
        kev = "2021-12-01"
        cvss = "9.1"
    condition:
        vpn_product == "mikrotik" and
        ((vpn_version >= 13574570556522497 and vpn_version <= 13603157858844673)) // 6.29..6.42
}

rule cve_2023_30799_mikrotik
{
    meta:
        title_ja = "MikroTik RouterOSに知られた弱点があります（CVE-2023-30799）"
        title_en = "MikroTik RouterOS: Winbox or web: an administrator becomes super-admin, code execution (CVE-2023-30799)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://vulncheck.com/advisories/mikrotik-foisted"
        cve = "CVE-2023-30799"
        product = "mikrotik"
        scheme = "dotted"
        fixed = "6.49.7"
        released = "2023-07-19"
        cvss = "9.1"
    condition:
        vpn_product == "mikrotik" and
        ((vpn_version > 0 and vpn_version <= 13616364883279873) or // ..6.48.6
         (vpn_version >= 13618551021633537 and vpn_version < 13618566054019073)) // 6.49..<6.49.7
}

rule cve_2023_32154_mikrotik
{
    meta:
        title_ja = "MikroTik RouterOSに知られた弱点があります（CVE-2023-32154）"
        title_en = "MikroTik RouterOS: IPv6 router advertisements: out-of-bounds write, code execution by a neighbour in the network before login (CVE-2023-32154)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zerodayinitiative.com/advisories/ZDI-23-710/"
        cve = "CVE-2023-32154"
        product = "mikrotik"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-05-17"
        cvss = "7.5"
    condition:
        vpn_product == "mikrotik" and
        ((vpn_version == 13618566054019073)) // 6.49.7
}

rule cve_2026_67276_mikrotik
{
    meta:
        title_ja = "MikroTik RouterOSに知られた弱点があります（CVE-2026-67276）"
        title_en = "MikroTik RouterOS: SSH: RSA key check incomplete, login as another user whose public key is known (CVE-2026-67276)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://mikrotik.com/supportsec/september-2026-vulnerability/"
        cve = "CVE-2026-67276"
        product = "mikrotik"
        scheme = "dotted"
        fixed = "6.49.21, 7.23.4, 7.24.2"
        released = "2026-09-05"
        cvss = "9.2"
    condition:
        vpn_product == "mikrotik" and
        ((vpn_version >= 13510798882111489 and vpn_version < 13618596118790145) or // 6.0.0..<6.49.21
         (vpn_version >= 15762598695796737 and vpn_version < 15813184820609025) or // 7.0.0..<7.23.4
         (vpn_version >= 15815375253929985 and vpn_version < 15815379548897281)) // 7.24..<7.24.2
}

rule cve_2026_67277_mikrotik
{
    meta:
        title_ja = "MikroTik RouterOSに知られた弱点があります（CVE-2026-67277）"
        title_en = "MikroTik RouterOS: bandwidth test server (btest): kernel memory leak and restart before login (CVE-2026-67277)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://mikrotik.com/supportsec/september-2026-vulnerability/"
        cve = "CVE-2026-67277"
        product = "mikrotik"
        scheme = "dotted"
        fixed = "6.49.21, 7.23.4, 7.24.2"
        released = "2026-09-05"
        kev = "2026-09-10"
        cvss = "8.8"
    condition:
        vpn_product == "mikrotik" and
        ((vpn_version >= 13510798882111489 and vpn_version < 13618596118790145) or // 6.0.0..<6.49.21
         (vpn_version >= 15762598695796737 and vpn_version < 15813184820609025) or // 7.0.0..<7.23.4
         (vpn_version >= 15815375253929985 and vpn_version < 15815379548897281)) // 7.24..<7.24.2
}

rule cve_2026_67279_mikrotik
{
    meta:
        title_ja = "MikroTik RouterOSに知られた弱点があります（CVE-2026-67279）"
        title_en = "MikroTik RouterOS: SSH: after a rekey commands are accepted without login, files (configuration, diagnostics) can be written and read (CVE-2026-67279)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://mikrotik.com/supportsec/september-2026-vulnerability/"
        cve = "CVE-2026-67279"
        product = "mikrotik"
        scheme = "dotted"
        fixed = "6.49.21, 7.23.4, 7.24.2"
        released = "2026-09-05"
        kev = "2026-09-25"
        cvss = "6.9"
    condition:
        vpn_product == "mikrotik" and
        ((vpn_version >= 13510798882111489 and vpn_version < 13618596118790145) or // 6.0.0..<6.49.21
         (vpn_version >= 15762598695796737 and vpn_version < 15813184820609025) or // 7.0.0..<7.23.4
         (vpn_version >= 15815375253929985 and vpn_version < 15815379548897281)) // 7.24..<7.24.2
}

rule cve_2026_84411_mikrotik
{
    meta:
        title_ja = "MikroTik RouterOSに知られた弱点があります（CVE-2026-84411）"
        title_en = "MikroTik RouterOS: web management: integer underflow, code execution as root before login with a single request (CVE-2026-84411)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.cisa.gov/news-events/ics-advisories/icsa-26-272-06"
        cve = "CVE-2026-84411"
        product = "mikrotik"
        scheme = "dotted"
        fixed = "7.24, 6.49.23"
        released = "2026-10-02"
        cvss = "9.8"
    condition:
        vpn_product == "mikrotik" and
        ((vpn_version >= 15762598695796737 and vpn_version < 15815375253929985) or // 7.0..<7.24
         (vpn_version > 0 and vpn_version < 13618600413757441)) // ..<6.49.23
}

rule cve_2026_86060_mikrotik
{
    meta:
        title_ja = "MikroTik RouterOSに知られた弱点があります（CVE-2026-86060）"
        title_en = "MikroTik RouterOS: SSH login: crafted user name changes the policy mask; chained with CVE-2026-67279 a takeover before login (CVE-2026-86060)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://mikrotik.com/supportsec/september-2026-vulnerability/"
        cve = "CVE-2026-86060"
        product = "mikrotik"
        scheme = "dotted"
        fixed = "6.49.21, 7.23.4, 7.24.2"
        released = "2026-09-05"
        kev = "2026-09-10"
        cvss = "9.2"
    condition:
        vpn_product == "mikrotik" and
        ((vpn_version >= 13510798882111489 and vpn_version < 13618596118790145) or // 6.0.0..<6.49.21
         (vpn_version >= 15762598695796737 and vpn_version < 15813184820609025) or // 7.0.0..<7.23.4
         (vpn_version >= 15815375253929985 and vpn_version < 15815379548897281)) // 7.24..<7.24.2
}
