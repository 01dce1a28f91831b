// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2019_19781_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2019-19781）"
        title_en = "NetScaler Gateway: path traversal, code execution before login (CVE-2019-19781)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX267027"
        cve = "CVE-2019-19781"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "13.0-47.24, 12.1-55.18, 12.0-63.13, 11.1-63.15, 10.5-70.12"
        released = "2020-01-24"
        kev = "2021-11-03"
        cvss = "9.8"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 29273397577908225 and vpn_version < 29273397584068657) or // 13.0..<13.0-47.24
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794687525) or // 12.1..<12.1-55.18
         (vpn_version >= 27021597764222977 and vpn_version < 27021597772480539) or // 12.0..<12.0-63.13
         (vpn_version >= 24771996973793281 and vpn_version < 24771996982050847) or // 11.1..<11.1-63.15
         (vpn_version >= 22528993253130241 and vpn_version < 22528993262305305)) // 10.5..<10.5-70.12
}

rule cve_2020_8193_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2020-8193）"
        title_en = "NetScaler Gateway: authorization bypass on the management address (NSIP), some URLs reachable before login (CVE-2020-8193)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX276688"
        cve = "CVE-2020-8193"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "13.0-58.30, 12.1-57.18, 12.0-63.21, 11.1-64.14, 10.5-70.18"
        released = "2020-07-10"
        kev = "2021-11-03"
        cvss = "6.5"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 29273397577908225 and vpn_version < 29273397585510461) or // 13.0..<13.0-58.30
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794949669) or // 12.1..<12.1-57.18
         (vpn_version >= 27021597764222977 and vpn_version < 27021597772480555) or // 12.0..<12.0-63.21
         (vpn_version >= 24771996973793281 and vpn_version < 24771996982181917) or // 11.1..<11.1-64.14
         (vpn_version >= 22528993253130241 and vpn_version < 22528993262305317)) // 10.5..<10.5-70.18
}

rule cve_2020_8195_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2020-8195）"
        title_en = "NetScaler Gateway: improper input validation, limited information disclosure to low privileged users (CVE-2020-8195)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX276688"
        cve = "CVE-2020-8195"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "13.0-58.30, 12.1-57.18, 12.0-63.21, 11.1-64.14, 10.5-70.18"
        released = "2020-07-10"
        kev = "2021-11-03"
        cvss = "6.5"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 29273397577908225 and vpn_version < 29273397585510461) or // 13.0..<13.0-58.30
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794949669) or // 12.1..<12.1-57.18
         (vpn_version >= 27021597764222977 and vpn_version < 27021597772480555) or // 12.0..<12.0-63.21
         (vpn_version >= 24771996973793281 and vpn_version < 24771996982181917) or // 11.1..<11.1-64.14
         (vpn_version >= 22528993253130241 and vpn_version < 22528993262305317)) // 10.5..<10.5-70.18
}

rule cve_2020_8196_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2020-8196）"
        title_en = "NetScaler Gateway: improper access control, limited information disclosure to low privileged users (CVE-2020-8196)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX276688"
        cve = "CVE-2020-8196"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "13.0-58.30, 12.1-57.18, 12.0-63.21, 11.1-64.14, 10.5-70.18"
        released = "2020-07-10"
        kev = "2021-11-03"
        cvss = "6.5"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 29273397577908225 and vpn_version < 29273397585510461) or // 13.0..<13.0-58.30
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794949669) or // 12.1..<12.1-57.18
         (vpn_version >= 27021597764222977 and vpn_version < 27021597772480555) or // 12.0..<12.0-63.21
         (vpn_version >= 24771996973793281 and vpn_version < 24771996982181917) or // 11.1..<11.1-64.14
         (vpn_version >= 22528993253130241 and vpn_version < 22528993262305317)) // 10.5..<10.5-70.18
}

rule cve_2022_27510_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2022-27510）"
        title_en = "NetScaler Gateway: unauthorized access to Gateway user capabilities (authentication bypass before login) (CVE-2022-27510)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX463706"
        cve = "CVE-2022-27510"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "13.1-33.47, 13.0-88.12, 12.1-65.21"
        released = "2022-11-08"
        cvss = "9.8"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 29275596601163777 and vpn_version < 29275596605489247) or // 13.1..<13.1-33.47
         (vpn_version >= 29273397577908225 and vpn_version < 29273397589442585) or // 13.0..<13.0-88.12
         (vpn_version >= 27023796787478529 and vpn_version < 27023796795998251)) // 12.1..<12.1-65.21
}

rule cve_2022_27518_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2022-27518）"
        title_en = "NetScaler Gateway: code execution before login (only as SAML SP or SAML IdP) (CVE-2022-27518)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX474995"
        cve = "CVE-2022-27518"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "13.0-58.32, 12.1-65.25, 12.1-55.291"
        released = "2022-12-13"
        kev = "2022-12-13"
        cvss = "9.8"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 29273397577908225 and vpn_version < 29273397585510465 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.0..<13.0-58.32
         (vpn_version >= 27023796787478529 and vpn_version < 27023796795998259 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 12.1..<12.1-65.25
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794688071 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 12.1..<12.1-55.291
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794688071 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 12.1..<12.1-55.291
}

rule cve_2023_3519_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2023-3519）"
        title_en = "NetScaler Gateway: code execution before login (CVE-2023-3519)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX561482"
        cve = "CVE-2023-3519"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "13.1-49.13, 13.0-91.13, 13.1-37.159, 12.1-55.297"
        released = "2023-07-19"
        kev = "2023-07-19"
        cvss = "9.8"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 29275596601163777 and vpn_version < 29275596607586331 and not (vpn_model iequals "fips")) or // 13.1..<13.1-49.13
         (vpn_version >= 29273397577908225 and vpn_version < 29273397589835803 and not (vpn_model iequals "fips")) or // 13.0..<13.0-91.13
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013759 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.159
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794688083 and (vpn_model == "" or vpn_model iequals "fips"))) // FIPS 12.1..<12.1-55.297
}

rule cve_2023_4966_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2023-4966）"
        title_en = "NetScaler Gateway: memory disclosure before login, session tokens readable (Citrix Bleed) (CVE-2023-4966)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX579459"
        cve = "CVE-2023-4966"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-8.50, 13.1-49.15, 13.0-92.19, 13.1-37.164, 12.1-55.300"
        released = "2023-10-10"
        kev = "2023-10-18"
        cvss = "9.4"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396415897701 and not (vpn_model iequals "fips")) or // 14.1..<14.1-8.50
         (vpn_version >= 29275596601163777 and vpn_version < 29275596607586335 and not (vpn_model iequals "fips")) or // 13.1..<13.1-49.15
         (vpn_version >= 29273397577908225 and vpn_version < 29273397589966887 and not (vpn_model iequals "fips")) or // 13.0..<13.0-92.19
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013769 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.164
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794688089 and (vpn_model == "" or vpn_model iequals "fips"))) // FIPS 12.1..<12.1-55.300
}

rule cve_2023_6548_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2023-6548）"
        title_en = "NetScaler Gateway: code injection on the management interface (logged-in user, access to NSIP, CLIP or SNIP) (CVE-2023-6548)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX584986"
        cve = "CVE-2023-6548"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-12.35, 13.1-51.15, 13.0-92.21, 13.1-37.176, 12.1-55.302"
        released = "2024-01-17"
        kev = "2024-01-17"
        cvss = "5.5"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396416421959 and not (vpn_model iequals "fips")) or // 14.1..<14.1-12.35
         (vpn_version >= 29275596601163777 and vpn_version < 29275596607848479 and not (vpn_model iequals "fips")) or // 13.1..<13.1-51.15
         (vpn_version >= 29273397577908225 and vpn_version < 29273397589966891 and not (vpn_model iequals "fips")) or // 13.0..<13.0-92.21
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013793 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.176
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794688093 and (vpn_model == "" or vpn_model iequals "fips"))) // FIPS 12.1..<12.1-55.302
}

rule cve_2023_6549_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2023-6549）"
        title_en = "NetScaler Gateway: denial of service and out-of-bounds memory read before login (CVE-2023-6549)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/article/CTX584986"
        cve = "CVE-2023-6549"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-12.35, 13.1-51.15, 13.0-92.21, 13.1-37.176, 12.1-55.302"
        released = "2024-01-17"
        kev = "2024-01-17"
        cvss = "8.2"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396416421959 and not (vpn_model iequals "fips")) or // 14.1..<14.1-12.35
         (vpn_version >= 29275596601163777 and vpn_version < 29275596607848479 and not (vpn_model iequals "fips")) or // 13.1..<13.1-51.15
         (vpn_version >= 29273397577908225 and vpn_version < 29273397589966891 and not (vpn_model iequals "fips")) or // 13.0..<13.0-92.21
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013793 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.176
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794688093 and (vpn_model == "" or vpn_model iequals "fips"))) // FIPS 12.1..<12.1-55.302
}

rule cve_2025_5777_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2025-5777）"
        title_en = "NetScaler Gateway: memory overread before login (CitrixBleed 2) (CVE-2025-5777)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX693420"
        cve = "CVE-2025-5777"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-43.56, 13.1-58.32"
        released = "2025-06-17"
        kev = "2025-07-10"
        cvss = "9.3"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396420485233) or // 14.1..<14.1-43.56
         (vpn_version >= 29275596601163777 and vpn_version < 29275596608766017)) // 13.1..<13.1-58.32
}

rule cve_2025_6543_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2025-6543）"
        title_en = "NetScaler Gateway: memory overflow, unintended control flow and denial of service before login (CVE-2025-6543)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX694788"
        cve = "CVE-2025-6543"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-47.46, 13.1-59.19, 13.1-37.236"
        released = "2025-06-25"
        kev = "2025-06-30"
        cvss = "9.2"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396421009501 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-47.46
         (vpn_version >= 29275596601163777 and vpn_version < 29275596608897063 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-59.19
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013913 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.236
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013913 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.236
}

rule cve_2025_7775_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2025-7775）"
        title_en = "NetScaler Gateway: memory overflow, code execution or denial of service before login (CVE-2025-7775)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX694938"
        cve = "CVE-2025-7775"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-47.48, 13.1-59.22, 13.1-37.241, 12.1-55.330"
        released = "2025-08-26"
        kev = "2025-08-26"
        cvss = "9.2"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396421009505 and not (vpn_model iequals "fips")) or // 14.1..<14.1-47.48
         (vpn_version >= 29275596601163777 and vpn_version < 29275596608897069 and not (vpn_model iequals "fips")) or // 13.1..<13.1-59.22
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013923 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.241
         (vpn_version >= 27023796787478529 and vpn_version < 27023796794688149 and (vpn_model == "" or vpn_model iequals "fips"))) // FIPS 12.1..<12.1-55.330
}

rule cve_2026_3055_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-3055）"
        title_en = "NetScaler Gateway: memory overread before login (only as SAML IdP) (CVE-2026-3055)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX696300"
        cve = "CVE-2026-3055"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-66.59, 13.1-62.23, 13.1-37.262"
        released = "2026-03-23"
        kev = "2026-03-30"
        cvss = "9.3"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396423499895 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-66.59
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609290287 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-62.23
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013965 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.262
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013965 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.262
}

rule cve_2026_8452_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-8452）"
        title_en = "NetScaler Gateway: memory overflow, unpredictable behaviour and denial of service before login (CVE-2026-8452)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX696604"
        cve = "CVE-2026-8452"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-72.61, 13.1-63.18, 13.1-37.272"
        released = "2026-06-30"
        kev = "2026-08-26"
        cvss = "8.8"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396424286331 and not (vpn_model iequals "fips")) or // 14.1..<14.1-72.61
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609421349 and not (vpn_model iequals "fips")) or // 13.1..<13.1-63.18
         (vpn_version >= 31527396414849025 and vpn_version < 31527396424286331 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 14.1..<14.1-72.61
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013985 and (vpn_model == "" or vpn_model iequals "fips"))) // FIPS 13.1..<13.1-37.272
}

rule cve_2026_19490_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-19490）"
        title_en = "NetScaler Gateway: authentication bypass through an alternate path, before login (CVE-2026-19490)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX696939"
        cve = "CVE-2026-19490"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-73.32, 13.1-63.21, 13.1-37.277"
        released = "2026-08-19"
        kev = "2026-09-09"
        cvss = "9.3"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396424417345 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-73.32
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609421355 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-63.21
         (vpn_version >= 31527396414849025 and vpn_version < 31527396424417345 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 14.1..<14.1-73.32
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013995 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.277
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013995 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.277
}

rule cve_2026_88771_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-88771）"
        title_en = "NetScaler Gateway: improper input validation, command execution before login, default configuration (zero-day) (CVE-2026-88771)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX697096"
        cve = "CVE-2026-88771"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-73.37, 13.1-64.23, 13.1-37.279"
        released = "2026-09-27"
        kev = "2026-09-27"
        cvss = "9.5"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609552431 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-64.23
         (vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.279
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.279
}

rule cve_2026_88772_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-88772）"
        title_en = "NetScaler Gateway: memory overflow, code execution or denial of service before login (DTLS configured; zero-day) (CVE-2026-88772)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX697096"
        cve = "CVE-2026-88772"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-73.37, 13.1-64.23, 13.1-37.279"
        released = "2026-09-27"
        kev = "2026-09-27"
        cvss = "9.5"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609552431 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-64.23
         (vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.279
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.279
}

rule cve_2026_88773_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-88773）"
        title_en = "NetScaler Gateway: HTTP request smuggling (CVE-2026-88773)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX697096"
        cve = "CVE-2026-88773"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-73.37, 13.1-64.23, 13.1-37.279"
        released = "2026-09-27"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609552431 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-64.23
         (vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.279
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.279
}

rule cve_2026_88775_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-88775）"
        title_en = "NetScaler Gateway: memory overflow, denial of service or erroneous behaviour (CVE-2026-88775)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX697096"
        cve = "CVE-2026-88775"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-73.37, 13.1-64.23, 13.1-37.279"
        released = "2026-09-27"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609552431 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-64.23
         (vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.279
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.279
}

rule cve_2026_88776_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-88776）"
        title_en = "NetScaler Gateway: memory overflow, denial of service or erroneous behaviour (a second one) (CVE-2026-88776)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX697096"
        cve = "CVE-2026-88776"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-73.37, 13.1-64.23, 13.1-37.279"
        released = "2026-09-27"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609552431 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-64.23
         (vpn_version >= 31527396414849025 and vpn_version < 31527396424417355 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 14.1..<14.1-73.37
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.279
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606013999 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.279
}

rule cve_2026_88779_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-88779）"
        title_en = "NetScaler Gateway: memory overflow in SAML processing, denial of service before login (CVE-2026-88779)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX697174"
        cve = "CVE-2026-88779"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-73.41, 13.1-64.28, 13.1-37.282"
        released = "2026-10-03"
        kev = "2026-10-04"
        cvss = "8.7"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396424417363 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-73.41
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609552441 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-64.28
         (vpn_version >= 31527396414849025 and vpn_version < 31527396424417363 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 14.1..<14.1-73.41
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606014005 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.282
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606014005 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.282
}

rule cve_2026_107406_netscaler
{
    meta:
        title_ja = "NetScaler Gatewayに知られた弱点があります（CVE-2026-107406）"
        title_en = "NetScaler Gateway: memory overflow in SAML processing, code execution or denial of service before login (CVE-2026-107406)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.citrix.com/support-home/kbsearch/article?articleNumber=CTX697191"
        cve = "CVE-2026-107406"
        product = "netscaler"
        scheme = "netscaler"
        fixed = "14.1-73.46, 13.1-64.29, 13.1-37.283"
        released = "2026-10-08"
        cvss = "9.5"
    condition:
        vpn_product == "netscaler" and
        ((vpn_version >= 31527396414849025 and vpn_version < 31527396424417373 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 14.1..<14.1-73.46
         (vpn_version >= 29275596601163777 and vpn_version < 29275596609552443 and not (vpn_model iequals "fips" or vpn_model iequals "ndcpp")) or // 13.1..<13.1-64.29
         (vpn_version >= 31527396414849025 and vpn_version < 31527396424417373 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 14.1..<14.1-73.46
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606014007 and (vpn_model == "" or vpn_model iequals "fips")) or // FIPS 13.1..<13.1-37.283
         (vpn_version >= 29275596601163777 and vpn_version < 29275596606014007 and (vpn_model == "" or vpn_model iequals "ndcpp"))) // NDcPP 13.1..<13.1-37.283
}
