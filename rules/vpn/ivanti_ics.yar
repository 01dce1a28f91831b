// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2019_11510_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2019-11510）"
        title_en = "Ivanti Connect Secure: arbitrary file read by a crafted URI before login (session data, passwords) (CVE-2019-11510)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.pulsesecure.net/articles/Pulse_Security_Advisories/SA44101/"
        cve = "CVE-2019-11510"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "9.0R3.4, 8.3R7.1, 8.2R12.1"
        released = "2019-05-08"
        kev = "2021-11-03"
        cvss = "9.9"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version >= 20266200470650881 and vpn_version < 20266204766142465) or // 9.0R1..<9.0R3.4
         (vpn_version >= 18020997726732289 and vpn_version < 18021010611765249) or // 8.3R1..<8.3R7.1
         (vpn_version >= 18018798703476737 and vpn_version < 18018822325927937)) // 8.2R1.0..<8.2R12.1
}

rule cve_2019_11539_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2019-11539）"
        title_en = "Ivanti Connect Secure: command injection in the administration web interface (logged-in administrator) (CVE-2019-11539)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.pulsesecure.net/articles/Pulse_Security_Advisories/SA44101"
        cve = "CVE-2019-11539"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "9.0R3.4, 8.3R7.1, 8.2R12.1, 8.1R15.1"
        released = "2019-05-08"
        kev = "2021-11-03"
        cvss = "8.0"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version >= 20266200470650881 and vpn_version < 20266204766142465) or // 9.0R1..<9.0R3.4
         (vpn_version >= 18020997726732289 and vpn_version < 18021010611765249) or // 8.3R1..<8.3R7.1
         (vpn_version >= 18018798703476737 and vpn_version < 18018822325927937) or // 8.2R1.0..<8.2R12.1
         (vpn_version >= 18016599680221185 and vpn_version < 18016629745123329)) // 8.1R1.0..<8.1R15.1
}

rule cve_2020_8218_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2020-8218）"
        title_en = "Ivanti Connect Secure: code injection by a crafted URI in the administration web interface (CVE-2020-8218)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.pulsesecure.net/articles/Pulse_Security_Advisories/SA44516"
        cve = "CVE-2020-8218"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "9.1R8"
        released = "2020-07-30"
        kev = "2022-03-07"
        cvss = "7.2"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version < 20268414526291969)) // ..<9.1R8
}

rule cve_2020_8243_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2020-8243）"
        title_en = "Ivanti Connect Secure: code execution by uploading a custom template in the administration web interface (CVE-2020-8243)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.pulsesecure.net/articles/Pulse_Security_Advisories/SA44588"
        cve = "CVE-2020-8243"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "9.1R8.2"
        released = "2020-09-29"
        kev = "2021-11-03"
        cvss = "7.2"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version < 20268414526554113)) // ..<9.1R8.2
}

rule cve_2020_8260_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2020-8260）"
        title_en = "Ivanti Connect Secure: code execution by uncontrolled gzip extraction in the administration web interface (CVE-2020-8260)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.pulsesecure.net/articles/Pulse_Security_Advisories/SA44601"
        cve = "CVE-2020-8260"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "9.1R9"
        released = "2020-10-28"
        kev = "2021-11-03"
        cvss = "7.2"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version < 20268416673775617)) // ..<9.1R9
}

rule cve_2021_22893_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2021-22893）"
        title_en = "Ivanti Connect Secure: authentication bypass (file share browser, collaboration), code execution before login (CVE-2021-22893)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.pulsesecure.net/articles/Pulse_Security_Advisories/SA44784/"
        cve = "CVE-2021-22893"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "9.1R11.4"
        released = "2021-04-23"
        kev = "2021-11-03"
        cvss = "10.0"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version >= 20268399493906433 and vpn_version < 20268420969267201) or // 9.1R1..<9.1R11.4
         (vpn_version >= 20266204765618177 and vpn_version <= 20266211208069121)) // 9.0R3..9.0R6.0
}

rule cve_2021_22894_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2021-22894）"
        title_en = "Ivanti Connect Secure: buffer overflow in the collaboration suite (meeting room), root rights for a logged-in user (CVE-2021-22894)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.pulsesecure.net/articles/Pulse_Security_Advisories/SA44784/"
        cve = "CVE-2021-22894"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "9.1R11.4"
        released = "2021-05-27"
        kev = "2021-11-03"
        cvss = "8.8"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version < 20268420969267201)) // ..<9.1R11.4
}

rule cve_2021_22899_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2021-22899）"
        title_en = "Ivanti Connect Secure: command injection in Windows resource profiles (logged-in user) (CVE-2021-22899)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.pulsesecure.net/articles/Pulse_Security_Advisories/SA44784/"
        cve = "CVE-2021-22899"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "9.1R11.4"
        released = "2021-05-27"
        kev = "2021-11-03"
        cvss = "8.8"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version < 20268420969267201)) // ..<9.1R11.4
}

rule cve_2021_22900_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2021-22900）"
        title_en = "Ivanti Connect Secure: unrestricted upload of archives, file write by a logged-in administrator (CVE-2021-22900)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.pulsesecure.net/articles/Pulse_Security_Advisories/SA44784/"
        cve = "CVE-2021-22900"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "9.1R11.4"
        released = "2021-05-27"
        kev = "2021-11-03"
        cvss = "7.2"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version < 20268420969267201)) // ..<9.1R11.4
}

rule cve_2023_46805_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2023-46805）"
        title_en = "Ivanti Connect Secure: authentication bypass in the web component (CVE-2023-46805)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://forums.ivanti.com/s/article/CVE-2023-46805-Authentication-Bypass-CVE-2024-21887-Command-Injection"
        cve = "CVE-2023-46805"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "22.5R1.1, 22.4R2.2, 9.1R18.3, 9.1R17.2, 9.1R14.4"
        released = "2024-01-12"
        kev = "2024-01-10"
        cvss = "8.2"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version <= 20268436001128449) or // ..9.1R18
         (vpn_version >= 49541797071814657 and vpn_version <= 49552794335576065)) // 22.1R1..22.6R2
}

rule cve_2024_21887_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2024-21887）"
        title_en = "Ivanti Connect Secure: command injection in web components (administrator's rights; before login when chained with CVE-2023-46805) (CVE-2024-21887)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://forums.ivanti.com/s/article/CVE-2023-46805-Authentication-Bypass-CVE-2024-21887-Command-Injection"
        cve = "CVE-2024-21887"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "22.5R1.1, 22.4R2.2, 9.1R18.3, 9.1R17.2, 9.1R14.4"
        released = "2024-01-12"
        kev = "2024-01-10"
        cvss = "9.1"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version <= 20268436001128449) or // ..9.1R18
         (vpn_version >= 49541797071814657 and vpn_version <= 49552794335576065)) // 22.1R1..22.6R2
}

rule cve_2024_21893_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2024-21893）"
        title_en = "Ivanti Connect Secure: server-side request forgery in the SAML component, restricted resources reachable before login (CVE-2024-21893)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://forums.ivanti.com/s/article/CVE-2024-21888-Privilege-Escalation-for-Ivanti-Connect-Secure-and-Ivanti-Policy-Secure"
        cve = "CVE-2024-21893"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "22.5R1.1, 22.4R2.2, 9.1R18.3, 9.1R17.2, 9.1R14.4"
        released = "2024-01-31"
        kev = "2024-01-31"
        cvss = "8.2"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version <= 20268436001128449) or // ..9.1R18
         (vpn_version >= 49541797071814657 and vpn_version <= 49552794335576065)) // 22.1R1..22.6R2
}

rule cve_2025_0282_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2025-0282）"
        title_en = "Ivanti Connect Secure: stack overflow, code execution before login (CVE-2025-0282)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://forums.ivanti.com/s/article/Security-Advisory-Ivanti-Connect-Secure-Policy-Secure-ZTA-Gateways-CVE-2025-0282-CVE-2025-0283"
        cve = "CVE-2025-0282"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "22.7R2.5"
        released = "2025-01-08"
        kev = "2025-01-08"
        cvss = "9.0"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version >= 49554993358831617 and vpn_version <= 49554993359355905)) // 22.7R2..22.7R2.4
}

rule cve_2025_22457_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2025-22457）"
        title_en = "Ivanti Connect Secure: stack overflow, code execution before login (CVE-2025-22457)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://forums.ivanti.com/s/article/April-Security-Advisory-Ivanti-Connect-Secure-Policy-Secure-ZTA-Gateways-CVE-2025-22457"
        cve = "CVE-2025-22457"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "22.7R2.6"
        released = "2025-04-03"
        kev = "2025-04-04"
        cvss = "9.0"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version > 0 and vpn_version < 49554993359618049)) // ..<22.7R2.6
}

rule cve_2026_104935_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2026-104935）"
        title_en = "Ivanti Connect Secure: login bypass by a spoofed request header, command execution before login (zero-day, UTA0576) (CVE-2026-104935)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://hub.ivanti.com/s/article/Security-Advisory-Ivanti-Connect-Secure-CVE-2026-104935?language=en_US"
        cve = "CVE-2026-104935"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "25.1.3.0, 22.8R2.5"
        released = "2026-10-13"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version >= 56297194365386753 and vpn_version < 56297200807837697) or // 25.1..<25.1.3.0
         (vpn_version >= 49557188087119873 and vpn_version < 49557192382742529)) // 22.8..<22.8R2.5
}

rule cve_2026_111357_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2026-111357）"
        title_en = "Ivanti Connect Secure: dsinvoked trusts cached configuration, any local process gets root (used in the chain of October 2026) (CVE-2026-111357)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://hub.ivanti.com/s/article/Security-Advisory-Ivanti-Connect-Secure-CVE-2026-104935?language=en_US"
        cve = "CVE-2026-111357"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "not named"
        released = "2026-10-15"
        kev = "2026-11-03"
        cvss = "7.0"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version == 49557192382611457)) // 22.8R2.4
}

rule cve_2026_118527_ivanti_ics
{
    meta:
        title_ja = "Ivanti Connect Secureに知られた弱点があります（CVE-2026-118527）"
        title_en = "Ivanti Connect Secure: predictable file names: a logged-in user can place a file at a known path (used in the chain of October 2026) (CVE-2026-118527)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://hub.ivanti.com/s/article/Security-Advisory-Ivanti-Connect-Secure-CVE-2026-104935?language=en_US"
        cve = "CVE-2026-118527"
        product = "ivanti-ics"
        scheme = "ivanti"
        fixed = "25.1.1.3, 22.8R2.6"
        released = "2026-11-03"
        kev = "2026-10-30"
    condition:
        vpn_product == "ivanti-ics" and
        ((vpn_version >= 56297194365386753 and vpn_version < 56297196512870407) or // 25.1..<25.1.1.3
         (vpn_version > 0 and vpn_version < 49557192382873601)) // ..<22.8R2.6
}
