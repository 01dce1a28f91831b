// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2022_23176_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2022-23176）"
        title_en = "WatchGuard Firebox: Firebox and XTM: a user without rights gets a privileged management session (exposed management), \"Cyclops Blink\" (CVE-2022-23176)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.watchguard.com/support/release-notes/fireware/12/en-US/EN_ReleaseNotes_Fireware_12_7/index.html"
        cve = "CVE-2022-23176"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "12.7.2_U1, 12.5.7_U3, 12.1.3_U3"
        released = "2022-02-24"
        kev = "2022-04-11"
        cvss = "8.8"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version > 0 and vpn_version < 27023803229929479) or // ..<12.1.3_U3
         (vpn_version >= 27025995810734081 and vpn_version < 27032607912886279) or // 12.2..<12.5.7_U3
         (vpn_version >= 27034791903756289 and vpn_version < 27036995221979139)) // 12.6..<12.7.2_U1
}

rule cve_2022_26318_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2022-26318）"
        title_en = "WatchGuard Firebox: Firebox and XTM: code execution before login (management access), \"Cyclops Blink\" follow-up (CVE-2022-26318)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.watchguard.com/support/release-notes/fireware/12/en-US/EN_ReleaseNotes_Fireware_12_7_2/index.html"
        cve = "CVE-2022-26318"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "12.7.2_U2, 12.5.9_U2, 12.1.3_U8"
        released = "2022-03-04"
        kev = "2022-03-25"
        cvss = "9.8"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version > 0 and vpn_version < 27023803229929489) or // ..<12.1.3_U8
         (vpn_version >= 27025995810734081 and vpn_version < 27032612207853573) or // 12.2..<12.5.9_U2
         (vpn_version >= 27034791903756289 and vpn_version < 27036995221979141)) // 12.6..<12.7.2_U2
}

rule cve_2022_31789_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2022-31789）"
        title_en = "WatchGuard Firebox: Firebox and XTM: integer overflow, code execution before login (reachable management ports) (CVE-2022-31789)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.watchguard.com/wgrd-psirt/advisory/wgsa-2022-00015"
        cve = "CVE-2022-31789"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "12.8.1, 12.5.10, 12.1.4"
        released = "2022-09-06"
        cvss = "9.8"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 27021597764222977 and vpn_version < 27023805377413121) or // 12.0.0..<12.1.4
         (vpn_version >= 27025995810734081 and vpn_version < 27032614355337217) or // 12.2.0..<12.5.10
         (vpn_version == 27034794051239939) or // 12.6.1_U1
         (vpn_version == 27034794051239943) or // 12.6.1_U3
         (vpn_version == 27034798346207233) or // 12.6.3
         (vpn_version == 27034800493690881) or // 12.6.4
         (vpn_version == 27036990927011843) or // 12.7_U1
         (vpn_version == 27036993074495489) or // 12.7.1
         (vpn_version == 27036995221979141) or // 12.7.2_U2
         (vpn_version == 27039189950267395)) // 12.8_U1
}

rule cve_2025_9242_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2025-9242）"
        title_en = "WatchGuard Firebox: IKEv2 VPN (iked): out-of-bounds write, code execution before login (CVE-2025-9242)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.watchguard.com/wgrd-psirt/advisory/wgsa-2025-00015"
        cve = "CVE-2025-9242"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "2025.1.1"
        released = "2025-09-17"
        kev = "2025-11-12"
        cvss = "9.3"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 24791792478060545 and vpn_version <= 24796194819538947) or // 11.10.2..11.12.4_Update1
         (vpn_version >= 27021597764222977 and vpn_version <= 27045793462484993) or // 12.0..12.11.3
         (vpn_version == 4559896821735882753)) // 2025.1
}

rule cve_2025_14733_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2025-14733）"
        title_en = "WatchGuard Firebox: IKEv2 VPN (iked): out-of-bounds write, code execution before login (second case) (CVE-2025-14733)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.watchguard.com/wgrd-psirt/advisory/wgsa-2025-00027"
        cve = "CVE-2025-14733"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "2025.1.4, 12.11.6, 12.5.15, 12.3.1_Update4"
        released = "2025-12-18"
        kev = "2025-12-19"
        cvss = "9.3"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 24791792478060545 and vpn_version <= 24796194819538947) or // 11.10.2..11.12.4_Update1
         (vpn_version >= 27021597764222977 and vpn_version < 27028196981473289) or // 12.0..<12.3.1_Update4
         (vpn_version >= 27032592880500737 and vpn_version <= 27032622945271809) or // 12.5..12.5.14
         (vpn_version >= 27034791903756289 and vpn_version <= 27045797757452289) or // 12.6..12.11.5
         (vpn_version >= 4559896821735882753 and vpn_version <= 4559896828178333697)) // 2025.1..2025.1.3
}

rule cve_2026_13086_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2026-13086）"
        title_en = "WatchGuard Firebox: Mobile Security service (epm, deprecated feature): stack buffer overflow, code execution before login (CVE-2026-13086)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.watchguard.com/CVE-2026-13086"
        cve = "CVE-2026-13086"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "2026.2.2, 12.12.2, 12.5.20"
        released = "2026-08-28"
        cvss = "9.3"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 4559894622712627201 and vpn_version < 4562150824867790849 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2025.0..<2026.2.2
         (vpn_version >= 27021597764222977 and vpn_version < 27047990338256897 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 12.0..<12.12.2
         (vpn_version >= 27021597764222977 and vpn_version < 27032635830173697 and (vpn_model == "" or vpn_model iequals "t15")) or // T15 12.0..<12.5.20
         (vpn_version >= 27021597764222977 and vpn_version < 27032635830173697 and (vpn_model == "" or vpn_model iequals "t35"))) // T35 12.0..<12.5.20
}

rule cve_2026_13368_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2026-13368）"
        title_en = "WatchGuard Firebox: Mobile VPN with IKEv2 and LDAP login: use after free, code execution before login (CVE-2026-13368)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.watchguard.com/wgrd-psirt/advisory/wgsa-2026-00023"
        cve = "CVE-2026-13368"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "2026.2.1, 12.12.1, 12.5.19"
        released = "2026-07-02"
        cvss = "9.2"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 4559896821735882753 and vpn_version < 4562150822720307201 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2025.1..<2026.2.1
         (vpn_version >= 27021597764222977 and vpn_version < 27032633682690049 and (vpn_model == "" or vpn_model iequals "t15")) or // T15 12.0..<12.5.19
         (vpn_version >= 27021597764222977 and vpn_version < 27032633682690049 and (vpn_model == "" or vpn_model iequals "t35"))) // T35 12.0..<12.5.19
}

rule cve_2026_19313_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2026-19313）"
        title_en = "WatchGuard Firebox: IKE (iked): heap overflow, code execution before login (CVE-2026-19313)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.watchguard.com/CVE-2026-19313"
        cve = "CVE-2026-19313"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "2026.2.2, 12.12.2, 12.5.20"
        released = "2026-08-27"
        cvss = "9.3"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 4559894622712627201 and vpn_version < 4562150824867790849 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2025.0..<2026.2.2
         (vpn_version >= 27021597764222977 and vpn_version < 27047990338256897 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 12.0..<12.12.2
         (vpn_version >= 27021597764222977 and vpn_version < 27032635830173697 and (vpn_model == "" or vpn_model iequals "t15")) or // T15 12.0..<12.5.20
         (vpn_version >= 27021597764222977 and vpn_version < 27032635830173697 and (vpn_model == "" or vpn_model iequals "t35"))) // T35 12.0..<12.5.20
}

rule cve_2026_19315_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2026-19315）"
        title_en = "WatchGuard Firebox: IKE (iked): type confusion, code execution before login (CVE-2026-19315)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.watchguard.com/CVE-2026-19315"
        cve = "CVE-2026-19315"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "2026.2.2, 2026.3.1, 12.12.2, 12.5.20"
        released = "2026-08-27"
        cvss = "9.3"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 4559894622712627201 and vpn_version < 4562150824867790849 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2025.0..<2026.2.2
         (vpn_version >= 4562153019596079105 and vpn_version < 4562153021743562753 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2026.3..<2026.3.1
         (vpn_version >= 27021597764222977 and vpn_version < 27047990338256897 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 12.0..<12.12.2
         (vpn_version >= 27021597764222977 and vpn_version < 27032635830173697 and (vpn_model == "" or vpn_model iequals "t15")) or // T15 12.0..<12.5.20
         (vpn_version >= 27021597764222977 and vpn_version < 27032635830173697 and (vpn_model == "" or vpn_model iequals "t35"))) // T35 12.0..<12.5.20
}

rule cve_2026_19318_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2026-19318）"
        title_en = "WatchGuard Firebox: IKE (iked): stack buffer overflow, code execution before login (CVE-2026-19318)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.watchguard.com/CVE-2026-19318"
        cve = "CVE-2026-19318"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "2026.2.2, 2026.3.1, 12.12.2, 12.5.20"
        released = "2026-08-27"
        cvss = "9.3"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 4559894622712627201 and vpn_version < 4562150824867790849 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2025.0..<2026.2.2
         (vpn_version >= 4562153019596079105 and vpn_version < 4562153021743562753 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2026.3..<2026.3.1
         (vpn_version >= 27021597764222977 and vpn_version < 27047990338256897 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 12.0..<12.12.2
         (vpn_version >= 27021597764222977 and vpn_version < 27032635830173697 and (vpn_model == "" or vpn_model iequals "t15")) or // T15 12.0..<12.5.20
         (vpn_version >= 27021597764222977 and vpn_version < 27032635830173697 and (vpn_model == "" or vpn_model iequals "t35"))) // T35 12.0..<12.5.20
}

rule cve_2026_86131_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2026-86131）"
        title_en = "WatchGuard Firebox: branch office VPN over TLS, client side: a hostile VPN server gets root on the connecting Firebox (CVE-2026-86131)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.watchguard.com/CVE-2026-86131"
        cve = "CVE-2026-86131"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "2026.3.2, 2026.2.3, 12.12.3, 12.5.21"
        released = "2026-09-30"
        cvss = "9.2"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 4562153019596079105 and vpn_version < 4562153023891046401 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2026.3..<2026.3.2
         (vpn_version >= 4559894622712627201 and vpn_version < 4562150827015274497 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2025.0..<2026.2.3
         (vpn_version >= 27021597764222977 and vpn_version < 27047992485740545 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 12.0..<12.12.3
         (vpn_version >= 27021597764222977 and vpn_version < 27032637977657345 and (vpn_model == "" or vpn_model iequals "t15")) or // T15 12.0..<12.5.21
         (vpn_version >= 27021597764222977 and vpn_version < 27032637977657345 and (vpn_model == "" or vpn_model iequals "t35"))) // T35 12.0..<12.5.21
}

rule cve_2026_93857_watchguard
{
    meta:
        title_ja = "WatchGuard Fireboxに知られた弱点があります（CVE-2026-93857）"
        title_en = "WatchGuard Firebox: SIP proxy: stack buffer overflow, code execution before login (CVE-2026-93857)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.watchguard.com/CVE-2026-93857"
        cve = "CVE-2026-93857"
        product = "watchguard"
        scheme = "watchguard"
        fixed = "2026.4, 12.12.4, 12.5.22"
        released = "2026-10-27"
    condition:
        vpn_product == "watchguard" and
        ((vpn_version >= 4559896821735882753 and vpn_version < 4562155218619334657 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 2025.1..<2026.4
         (vpn_version >= 27021597764222977 and vpn_version < 27047994633224193 and not (vpn_model iequals "t15" or vpn_model iequals "t35")) or // 12.0..<12.12.4
         (vpn_version >= 27021597764222977 and vpn_version < 27032640125140993 and (vpn_model == "" or vpn_model iequals "t15")) or // T15 12.0..<12.5.22
         (vpn_version >= 27021597764222977 and vpn_version < 27032640125140993 and (vpn_model == "" or vpn_model iequals "t35"))) // T35 12.0..<12.5.22
}
