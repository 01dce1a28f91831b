// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2018_13374_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2018-13374）"
        title_en = "FortiOS: LDAP credentials disclosed through the connectivity test to a rogue LDAP server (CVE-2018-13374)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/advisory/FG-IR-18-157"
        cve = "CVE-2018-13374"
        product = "fortios"
        scheme = "dotted"
        fixed = "6.0.3"
        released = "2019-01-22"
        kev = "2022-09-08"
        cvss = "4.3"
    condition:
        vpn_product == "fortios" and
        ((vpn_version > 0 and vpn_version <= 13510803177078785)) // ..6.0.2
}

rule cve_2018_13379_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2018-13379）"
        title_en = "FortiOS: path traversal in the SSL-VPN web portal, system files (sessions, passwords) readable before login (CVE-2018-13379)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/advisory/FG-IR-18-384"
        cve = "CVE-2018-13379"
        product = "fortios"
        scheme = "dotted"
        fixed = "6.0.5, 5.6.8, 5.4.13"
        released = "2019-05-24"
        kev = "2021-11-03"
        cvss = "9.1"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 13510798882111489 and vpn_version <= 13510807472046081) or // 6.0.0..6.0.4
         (vpn_version >= 11272199650410497 and vpn_version <= 11272208240345089) or // 5.6.3..5.6.7
         (vpn_version >= 11267808046350337 and vpn_version <= 11267820931252225)) // 5.4.6..5.4.12
}

rule cve_2018_13382_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2018-13382）"
        title_en = "FortiOS: SSL-VPN web portal lets anyone change a portal user's password before login (CVE-2018-13382)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/advisory/FG-IR-18-389"
        cve = "CVE-2018-13382"
        product = "fortios"
        scheme = "dotted"
        fixed = "6.0.5, 5.6.9, 5.4.11"
        released = "2019-05-24"
        kev = "2022-01-10"
        cvss = "9.1"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 13510798882111489 and vpn_version <= 13510807472046081) or // 6.0.0..6.0.4
         (vpn_version >= 11272193207959553 and vpn_version <= 11272210387828737) or // 5.6.0..5.6.8
         (vpn_version >= 11267797308932097 and vpn_version <= 11267816636284929)) // 5.4.1..5.4.10
}

rule cve_2018_13383_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2018-13383）"
        title_en = "FortiOS: heap overflow in the SSL-VPN web portal (javascript href when proxying pages), crash of the portal (CVE-2018-13383)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/advisory/FG-IR-18-388"
        cve = "CVE-2018-13383"
        product = "fortios"
        scheme = "dotted"
        fixed = "6.0.5, 5.6.11, 5.4.13, 5.2.15"
        released = "2019-04-02"
        kev = "2022-01-10"
        cvss = "4.3"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 13510798882111489 and vpn_version <= 13510807472046081) or // 6.0.0..6.0.4
         (vpn_version >= 11272193207959553 and vpn_version <= 11272214682796033) or // 5.6.0..5.6.10
         (vpn_version >= 11267795161448449 and vpn_version <= 11267820931252225) or // 5.4.0..5.4.12
         (vpn_version >= 11263397114937345 and vpn_version <= 11263427179708417)) // 5.2.0..5.2.14
}

rule cve_2019_5591_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2019-5591）"
        title_en = "FortiOS: default LDAP configuration does not check the server's identity, credentials can be intercepted in the same subnet (CVE-2019-5591)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.fortiguard.com/psirt/FG-IR-19-037"
        cve = "CVE-2019-5591"
        product = "fortios"
        scheme = "dotted"
        fixed = "6.2.1"
        released = "2019-07-26"
        kev = "2021-11-03"
        cvss = "6.5"
    condition:
        vpn_product == "fortios" and
        ((vpn_version > 0 and vpn_version <= 13515196928622593)) // ..6.2.0
}

rule cve_2019_6693_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2019-6693）"
        title_en = "FortiOS: hard-coded key encrypts passwords in configuration backups (CVE-2019-6693)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/advisory/FG-IR-19-007"
        cve = "CVE-2019-6693"
        product = "fortios"
        scheme = "dotted"
        fixed = "6.2.1, 6.0.7, 5.6.10"
        released = "2019-11-21"
        kev = "2025-06-25"
        cvss = "6.5"
    condition:
        vpn_product == "fortios" and
        ((vpn_version == 13515196928622593) or // 6.2.0
         (vpn_version >= 13510798882111489 and vpn_version <= 13510809619529729) or // 6.0.0..6.0.5
         (vpn_version > 0 and vpn_version <= 11272212535312385)) // ..5.6.9
}

rule cve_2020_12812_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2020-12812）"
        title_en = "FortiOS: SSL-VPN second factor skipped when the case of the user name is changed (CVE-2020-12812)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/psirt/FG-IR-19-283"
        cve = "CVE-2020-12812"
        product = "fortios"
        scheme = "dotted"
        fixed = "6.4.1, 6.2.4, 6.0.10"
        released = "2020-07-13"
        kev = "2021-11-03"
        cvss = "9.8"
    condition:
        vpn_product == "fortios" and
        ((vpn_version == 13519594975133697) or // 6.4.0
         (vpn_version >= 13515196928622593 and vpn_version <= 13515203371073537) or // 6.2.0..6.2.3
         (vpn_version > 0 and vpn_version <= 13510818209464321)) // ..6.0.9
}

rule cve_2021_44168_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2021-44168）"
        title_en = "FortiOS: command \"execute restore src-vis\" downloads files without integrity check (CVE-2021-44168)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/psirt/FG-IR-21-201"
        cve = "CVE-2021-44168"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.0.3, 6.4.8, 6.2.10, 6.0.14"
        released = "2021-12-07"
        kev = "2021-12-10"
        cvss = "3.3"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15762598695796737 and vpn_version < 15762605138247681) or // 7.0.0..<7.0.3
         (vpn_version >= 13519594975133697 and vpn_version < 13519612155002881) or // 6.4.0..<6.4.8
         (vpn_version >= 13515196928622593 and vpn_version < 13515218403459073) or // 6.2.0..<6.2.10
         (vpn_version > 0 and vpn_version < 13510828946882561)) // ..<6.0.14
}

rule cve_2022_40684_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2022-40684）"
        title_en = "FortiOS: authentication bypass on the administrative interface (HTTP/HTTPS) (CVE-2022-40684)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/psirt/FG-IR-22-377"
        cve = "CVE-2022-40684"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.2.2, 7.0.7"
        released = "2022-10-10"
        kev = "2022-10-11"
        cvss = "9.8"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15766996742307841 and vpn_version <= 15766998889791489) or // 7.2.0..7.2.1
         (vpn_version >= 15762598695796737 and vpn_version <= 15762611580698625)) // 7.0.0..7.0.6
}

rule cve_2022_41328_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2022-41328）"
        title_en = "FortiOS: path traversal in CLI commands, privileged attacker reads and writes files of the system (CVE-2022-41328)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/psirt/FG-IR-22-369"
        cve = "CVE-2022-41328"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.2.4, 7.0.10, 6.4.12, 6.2.14"
        released = "2023-03-07"
        kev = "2023-03-14"
        cvss = "6.5"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15766996742307841 and vpn_version <= 15767003184758785) or // 7.2.0..7.2.3
         (vpn_version >= 15762598695796737 and vpn_version <= 15762618023149569) or // 7.0.0..7.0.9
         (vpn_version >= 13519594975133697 and vpn_version <= 13519618597453825) or // 6.4.0..6.4.11
         (vpn_version >= 13515196928622593 and vpn_version <= 13515224845910017) or // 6.2.0..6.2.13
         (vpn_version >= 13510798882111489 and vpn_version <= 13510833241849857)) // 6.0.0..6.0.16
}

rule cve_2022_42475_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2022-42475）"
        title_en = "FortiOS: heap overflow in the SSL-VPN, code execution before login (CVE-2022-42475)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/psirt/FG-IR-22-398"
        cve = "CVE-2022-42475"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.2.3, 7.0.9, 6.4.11, 6.2.12, 6.0.16"
        released = "2022-12-12"
        kev = "2022-12-13"
        cvss = "9.3"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15766996742307841 and vpn_version <= 15767001037275137) or // 7.2.0..7.2.2
         (vpn_version >= 15762598695796737 and vpn_version <= 15762615875665921) or // 7.0.0..7.0.8
         (vpn_version >= 13519594975133697 and vpn_version <= 13519616449970177) or // 6.4.0..6.4.10
         (vpn_version >= 13515196928622593 and vpn_version <= 13515220550942721) or // 6.2.0..6.2.11
         (vpn_version >= 13510798882111489 and vpn_version <= 13510831094366209) or // 6.0.0..6.0.15
         (vpn_version >= 11272193207959553 and vpn_version <= 11272223272730625) or // 5.6.0..5.6.14
         (vpn_version >= 11267795161448449 and vpn_version <= 11267823078735873) or // 5.4.0..5.4.13
         (vpn_version >= 11263397114937345 and vpn_version <= 11263429327192065) or // 5.2.0..5.2.15
         (vpn_version >= 11258999068426241 and vpn_version <= 11259029133197313)) // 5.0.0..5.0.14
}

rule cve_2023_25610_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2023-25610）"
        title_en = "FortiOS: buffer underwrite in the administrative interface, code execution before login (CVE-2023-25610)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/psirt/FG-IR-23-001"
        cve = "CVE-2023-25610"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.4.0, 7.2.4, 7.0.10, 6.4.12, 6.2.13"
        released = "2023-03-07"
        cvss = "9.3"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15766996742307841 and vpn_version <= 15767003184758785) or // 7.2.0..7.2.3
         (vpn_version >= 15762598695796737 and vpn_version <= 15762618023149569) or // 7.0.0..7.0.9
         (vpn_version >= 13519594975133697 and vpn_version <= 13519618597453825) or // 6.4.0..6.4.11
         (vpn_version >= 13515196928622593 and vpn_version <= 13515222698426369) or // 6.2.0..6.2.12
         (vpn_version >= 13510798882111489 and vpn_version <= 13510837536817153) or // 6.0.0..6.0.18
         (vpn_version >= 11272193207959553 and vpn_version <= 11272223272730625) or // 5.6.0..5.6.14
         (vpn_version >= 11267795161448449 and vpn_version <= 11267823078735873) or // 5.4.0..5.4.13
         (vpn_version >= 11263397114937345 and vpn_version <= 11263429327192065) or // 5.2.0..5.2.15
         (vpn_version >= 11258999068426241 and vpn_version <= 11259029133197313)) // 5.0.0..5.0.14
}

rule cve_2023_27997_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2023-27997）"
        title_en = "FortiOS: heap overflow in the SSL-VPN, code execution before login (CVE-2023-27997)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/psirt/FG-IR-23-097"
        cve = "CVE-2023-27997"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.4.0, 7.2.5, 7.0.12, 6.4.13, 6.2.14, 6.0.17"
        released = "2023-06-12"
        kev = "2023-06-13"
        cvss = "9.2"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15766996742307841 and vpn_version <= 15767005332242433) or // 7.2.0..7.2.4
         (vpn_version >= 15762598695796737 and vpn_version <= 15762622318116865) or // 7.0.0..7.0.11
         (vpn_version >= 13519594975133697 and vpn_version <= 13519620744937473) or // 6.4.0..6.4.12
         (vpn_version >= 13515196928622593 and vpn_version <= 13515224845910017) or // 6.2.0..6.2.13
         (vpn_version >= 13510798882111489 and vpn_version <= 13510833241849857)) // 6.0.0..6.0.16
}

rule cve_2024_21762_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2024-21762）"
        title_en = "FortiOS: out-of-bounds write, code execution before login by crafted requests (CVE-2024-21762)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/psirt/FG-IR-24-015"
        cve = "CVE-2024-21762"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.6.0, 7.4.3, 7.2.7, 7.0.14, 6.4.15, 6.2.16"
        released = "2024-02-09"
        kev = "2024-02-09"
        cvss = "9.6"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15771394788818945 and vpn_version <= 15771399083786241) or // 7.4.0..7.4.2
         (vpn_version >= 15766996742307841 and vpn_version <= 15767009627209729) or // 7.2.0..7.2.6
         (vpn_version >= 15762598695796737 and vpn_version <= 15762626613084161) or // 7.0.0..7.0.13
         (vpn_version >= 13519594975133697 and vpn_version <= 13519625039904769) or // 6.4.0..6.4.14
         (vpn_version >= 13515196928622593 and vpn_version <= 13515229140877313) or // 6.2.0..6.2.15
         (vpn_version >= 13510798882111489 and vpn_version <= 13510835389333505)) // 6.0.0..6.0.17
}

rule cve_2024_23113_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2024-23113）"
        title_en = "FortiOS: format string in a network daemon, code execution before login by crafted packets (CVE-2024-23113)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.com/psirt/FG-IR-24-029"
        cve = "CVE-2024-23113"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.4.3, 7.2.7, 7.0.14"
        released = "2024-02-15"
        kev = "2024-10-09"
        cvss = "9.8"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15771394788818945 and vpn_version <= 15771399083786241) or // 7.4.0..7.4.2
         (vpn_version >= 15766996742307841 and vpn_version <= 15767009627209729) or // 7.2.0..7.2.6
         (vpn_version >= 15762598695796737 and vpn_version <= 15762626613084161)) // 7.0.0..7.0.13
}

rule cve_2024_55591_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2024-55591）"
        title_en = "FortiOS: authentication bypass (Node.js websocket of the administration), super-admin rights (CVE-2024-55591)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.fortinet.com/psirt/FG-IR-24-535"
        cve = "CVE-2024-55591"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.0.17"
        released = "2025-01-14"
        kev = "2025-01-14"
        cvss = "9.6"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15762598695796737 and vpn_version <= 15762633055535105)) // 7.0.0..7.0.16
}

rule cve_2025_24472_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2025-24472）"
        title_en = "FortiOS: authentication bypass by crafted CSF proxy requests (Security Fabric), super-admin rights (CVE-2025-24472)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.fortinet.com/psirt/FG-IR-24-535"
        cve = "CVE-2025-24472"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.0.17"
        released = "2025-02-11"
        kev = "2025-03-18"
        cvss = "8.1"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15762598695796737 and vpn_version <= 15762633055535105)) // 7.0.0..7.0.16
}

rule cve_2025_25249_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2025-25249）"
        title_en = "FortiOS: heap overflow in the cw_acd daemon, code execution before login (CVE-2025-25249)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.fortinet.com/psirt/FG-IR-25-084"
        cve = "CVE-2025-25249"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.6.4, 7.4.9, 7.2.12, 7.0.18"
        released = "2026-01-13"
        kev = "2026-09-09"
        cvss = "7.4"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15775792835330049 and vpn_version <= 15775799277780993) or // 7.6.0..7.6.3
         (vpn_version >= 15771394788818945 and vpn_version <= 15771411968688129) or // 7.4.0..7.4.8
         (vpn_version >= 15766996742307841 and vpn_version <= 15767020364627969) or // 7.2.0..7.2.11
         (vpn_version >= 15762598695796737 and vpn_version <= 15762635203018753) or // 7.0.0..7.0.17
         (vpn_version >= 13519594975133697 and vpn_version <= 13519629334872065)) // 6.4.0..6.4.16
}

rule cve_2025_59718_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2025-59718）"
        title_en = "FortiOS: FortiCloud SSO login bypassed with a crafted SAML response before login (CVE-2025-59718)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.fortinet.com/psirt/FG-IR-25-647"
        cve = "CVE-2025-59718"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.6.4, 7.4.9, 7.2.12, 7.0.18"
        released = "2025-12-09"
        kev = "2025-12-16"
        cvss = "9.1"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15775792835330049 and vpn_version <= 15775799277780993) or // 7.6.0..7.6.3
         (vpn_version >= 15771394788818945 and vpn_version <= 15771411968688129) or // 7.4.0..7.4.8
         (vpn_version >= 15766996742307841 and vpn_version <= 15767020364627969) or // 7.2.0..7.2.11
         (vpn_version >= 15762598695796737 and vpn_version <= 15762635203018753)) // 7.0.0..7.0.17
}

rule cve_2025_61624_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2025-61624）"
        title_en = "FortiOS: CLI: an administrator with write rights can write or delete any file (path traversal) (CVE-2025-61624)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.fortinet.com/psirt/FG-IR-26-122"
        cve = "CVE-2025-61624"
        product = "fortios"
        scheme = "dotted"
        fixed = "8.0.0, 7.6.5, 7.4.10"
        released = "2026-04-14"
        kev = "2026-10-16"
        cvss = "5.4"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15775792835330049 and vpn_version <= 15775801425264641) or // 7.6.0..7.6.4
         (vpn_version >= 15771394788818945 and vpn_version <= 15771414116171777) or // 7.4.0..7.4.9
         (vpn_version >= 15766996742307841 and vpn_version <= 15767024659595265) or // 7.2.0..7.2.13
         (vpn_version >= 15762598695796737 and vpn_version <= 15762639497986049) or // 7.0.0..7.0.19
         (vpn_version >= 13519594975133697 and vpn_version <= 13519629334872065)) // 6.4.0..6.4.16
}

rule cve_2025_68686_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2025-68686）"
        title_en = "FortiOS: patch against the symbolic-link persistence (SSL-VPN language folder) can be bypassed, files readable before login (CVE-2025-68686)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.fortinet.com/psirt/FG-IR-25-934"
        cve = "CVE-2025-68686"
        product = "fortios"
        scheme = "dotted"
        fixed = "7.6.2, 7.4.7"
        released = "2026-02-10"
        kev = "2026-07-27"
        cvss = "5.3"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15775792835330049 and vpn_version <= 15775794982813697) or // 7.6.0..7.6.1
         (vpn_version >= 15771394788818945 and vpn_version <= 15771407673720833) or // 7.4.0..7.4.6
         (vpn_version >= 15766996742307841 and vpn_version <= 15767024659595265) or // 7.2.0..7.2.13
         (vpn_version >= 15762598695796737 and vpn_version <= 15762639497986049) or // 7.0.0..7.0.19
         (vpn_version >= 13519594975133697 and vpn_version <= 13519629334872065)) // 6.4.0..6.4.16
}

rule cve_2026_24858_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2026-24858）"
        title_en = "FortiOS: FortiCloud SSO: a foreign FortiCloud account with a registered device can log in to other customers' devices (CVE-2026-24858)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://fortiguard.fortinet.com/psirt/FG-IR-26-060"
        cve = "CVE-2026-24858"
        product = "fortios"
        scheme = "dotted"
        fixed = "8.0.0, 7.6.6, 7.4.11, 7.2.13, 7.0.19"
        released = "2026-01-27"
        kev = "2026-01-27"
        cvss = "9.4"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15775792835330049 and vpn_version <= 15775803572748289) or // 7.6.0..7.6.5
         (vpn_version >= 15771394788818945 and vpn_version <= 15771416263655425) or // 7.4.0..7.4.10
         (vpn_version >= 15766996742307841 and vpn_version <= 15767022512111617) or // 7.2.0..7.2.12
         (vpn_version >= 15762598695796737 and vpn_version <= 15762637350502401)) // 7.0.0..7.0.18
}

rule cve_2026_121530_fortios
{
    meta:
        title_ja = "FortiOSに知られた弱点があります（CVE-2026-121530）"
        title_en = "FortiOS: a user with the right name and password passes the second factor with an invalid token (CVE-2026-121530)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://github.com/CVEProject/cvelistV5/blob/main/cves/2026/121xxx/CVE-2026-121530.json"
        cve = "CVE-2026-121530"
        product = "fortios"
        scheme = "dotted"
        fixed = "not named"
        released = "2026-11-10"
    condition:
        vpn_product == "fortios" and
        ((vpn_version >= 15775792835330049 and vpn_version <= 15775805720231937)) // 7.6.0..7.6.6
}
