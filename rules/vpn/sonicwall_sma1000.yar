// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2025_23006_sonicwall_sma1000
{
    meta:
        title_ja = "SonicWall SMA 1000に知られた弱点があります（CVE-2025-23006）"
        title_en = "SonicWall SMA 1000: deserialization in the management consoles (AMC, CMC), command execution before login (CVE-2025-23006)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2025-0002"
        cve = "CVE-2025-23006"
        product = "sonicwall-sma1000"
        scheme = "sonicwall"
        fixed = "12.4.3-02854"
        released = "2025-01-22"
        kev = "2025-01-24"
        cvss = "9.8"
    condition:
        vpn_product == "sonicwall-sma1000" and
        ((vpn_version > 0 and vpn_version <= 27030400299701737)) // ..12.4.3-02804
}

rule cve_2025_40602_sonicwall_sma1000
{
    meta:
        title_ja = "SonicWall SMA 1000に知られた弱点があります（CVE-2025-40602）"
        title_en = "SonicWall SMA 1000: missing authorization in the management console (AMC), local privilege escalation (CVE-2025-40602)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2025-0019"
        cve = "CVE-2025-40602"
        product = "sonicwall-sma1000"
        scheme = "sonicwall"
        fixed = "12.5.0-02283, 12.4.3-03245"
        released = "2025-12-18"
        kev = "2025-12-17"
        cvss = "6.6"
    condition:
        vpn_product == "sonicwall-sma1000" and
        ((vpn_version >= 27032592880500737 and vpn_version <= 27032592880504741) or // 12.5.0..12.5.0-02002
         (vpn_version > 0 and vpn_version <= 27030400299702315)) // ..12.4.3-03093
}

rule cve_2026_15409_sonicwall_sma1000
{
    meta:
        title_ja = "SonicWall SMA 1000に知られた弱点があります（CVE-2026-15409）"
        title_en = "SonicWall SMA 1000: server-side request forgery in the Work Place interface before login (CVE-2026-15409)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2026-0008"
        cve = "CVE-2026-15409"
        product = "sonicwall-sma1000"
        scheme = "sonicwall"
        fixed = "12.5.0-02835, 12.4.3-03453"
        released = "2026-07-14"
        kev = "2026-07-14"
        cvss = "10.0"
    condition:
        vpn_product == "sonicwall-sma1000" and
        ((vpn_version >= 27032592880505303 and vpn_version <= 27032592880506337) or // 12.5.0-02283..12.5.0-02800
         (vpn_version >= 27030400299702619 and vpn_version <= 27030400299702997)) // 12.4.3-03245..12.4.3-03434
}

rule cve_2026_15410_sonicwall_sma1000
{
    meta:
        title_ja = "SonicWall SMA 1000に知られた弱点があります（CVE-2026-15410）"
        title_en = "SonicWall SMA 1000: code injection in the management console (AMC), command execution by a logged-in administrator (CVE-2026-15410)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2026-0008"
        cve = "CVE-2026-15410"
        product = "sonicwall-sma1000"
        scheme = "sonicwall"
        fixed = "12.5.0-02835, 12.4.3-03453"
        released = "2026-07-14"
        kev = "2026-07-14"
        cvss = "7.2"
    condition:
        vpn_product == "sonicwall-sma1000" and
        ((vpn_version >= 27032592880505303 and vpn_version <= 27032592880506337) or // 12.5.0-02283..12.5.0-02800
         (vpn_version >= 27030400299702619 and vpn_version <= 27030400299702997)) // 12.4.3-03245..12.4.3-03434
}

rule cve_2026_83548_sonicwall_sma1000
{
    meta:
        title_ja = "SonicWall SMA 1000に知られた弱点があります（CVE-2026-83548）"
        title_en = "SonicWall SMA 1000: server-side request forgery in the Work Place interface before login (alternate access path) (CVE-2026-83548)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2026-0016"
        cve = "CVE-2026-83548"
        product = "sonicwall-sma1000"
        scheme = "sonicwall"
        fixed = "12.5.0-02952, 12.4.3-03526"
        released = "2026-09-01"
        kev = "2026-09-02"
        cvss = "10.0"
    condition:
        vpn_product == "sonicwall-sma1000" and
        ((vpn_version >= 27032592880500737 and vpn_version <= 27032592880506407) or // 12.5.0..12.5.0-02835
         (vpn_version > 0 and vpn_version <= 27030400299703035)) // ..12.4.3-03453
}

rule cve_2026_83549_sonicwall_sma1000
{
    meta:
        title_ja = "SonicWall SMA 1000に知られた弱点があります（CVE-2026-83549）"
        title_en = "SonicWall SMA 1000: command injection in the management console (AMC), code execution by a logged-in administrator (CVE-2026-83549)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2026-0016"
        cve = "CVE-2026-83549"
        product = "sonicwall-sma1000"
        scheme = "sonicwall"
        fixed = "12.5.0-02952, 12.4.3-03526"
        released = "2026-09-01"
        kev = "2026-09-02"
        cvss = "7.8"
    condition:
        vpn_product == "sonicwall-sma1000" and
        ((vpn_version >= 27032592880500737 and vpn_version <= 27032592880506407) or // 12.5.0..12.5.0-02835
         (vpn_version > 0 and vpn_version <= 27030400299703035)) // ..12.4.3-03453
}

rule cve_2026_102255_sonicwall_sma1000
{
    meta:
        title_ja = "SonicWall SMA 1000に知られた弱点があります（CVE-2026-102255）"
        title_en = "SonicWall SMA 1000: server-side request forgery in the Work Place interface before login (another alternate access path) (CVE-2026-102255)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://github.com/CVEProject/cvelistV5/blob/main/cves/2026/102xxx/CVE-2026-102255.json"
        cve = "CVE-2026-102255"
        product = "sonicwall-sma1000"
        scheme = "sonicwall"
        fixed = "not named"
        released = "2026-10-07"
    condition:
        vpn_product == "sonicwall-sma1000" and
        ((vpn_version >= 27032592880500737 and vpn_version <= 27032592880506641) or // 12.5.0..12.5.0-02952
         (vpn_version > 0 and vpn_version <= 27030400299703181)) // ..12.4.3-03526
}

rule cve_2026_102256_sonicwall_sma1000
{
    meta:
        title_ja = "SonicWall SMA 1000に知られた弱点があります（CVE-2026-102256）"
        title_en = "SonicWall SMA 1000: command injection, code execution by a logged-in administrator (CVE-2026-102256)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://github.com/CVEProject/cvelistV5/blob/main/cves/2026/102xxx/CVE-2026-102256.json"
        cve = "CVE-2026-102256"
        product = "sonicwall-sma1000"
        scheme = "sonicwall"
        fixed = "not named"
        released = "2026-10-07"
    condition:
        vpn_product == "sonicwall-sma1000" and
        ((vpn_version >= 27032592880500737 and vpn_version <= 27032592880506641) or // 12.5.0..12.5.0-02952
         (vpn_version > 0 and vpn_version <= 27030400299703181)) // ..12.4.3-03526
}

rule cve_2026_102257_sonicwall_sma1000
{
    meta:
        title_ja = "SonicWall SMA 1000に知られた弱点があります（CVE-2026-102257）"
        title_en = "SonicWall SMA 1000: management console (AMC): a crafted archive is unpacked outside its folder, code execution (CVE-2026-102257)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://github.com/CVEProject/cvelistV5/blob/main/cves/2026/102xxx/CVE-2026-102257.json"
        cve = "CVE-2026-102257"
        product = "sonicwall-sma1000"
        scheme = "sonicwall"
        fixed = "not named"
        released = "2026-10-07"
    condition:
        vpn_product == "sonicwall-sma1000" and
        ((vpn_version >= 27032592880500737 and vpn_version <= 27032592880506641) or // 12.5.0..12.5.0-02952
         (vpn_version > 0 and vpn_version <= 27030400299703181)) // ..12.4.3-03526
}
