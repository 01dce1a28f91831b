// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2018_0101_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2018-0101）"
        title_en = "Cisco FTD: SSL VPN (webvpn): double free, code execution before login (CVE-2018-0101)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-20180129-asa1"
        cve = "CVE-2018-0101"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "not named"
        released = "2018-01-29"
        cvss = "10.0"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version == 13510798882111489) or // 6.0.0
         (vpn_version == 13510801029595137) or // 6.0.1
         (vpn_version == 13512997905367041) or // 6.1.0
         (vpn_version == 13515196928622593) or // 6.2.0
         (vpn_version == 13515199076106241) or // 6.2.1
         (vpn_version == 13515201223589889)) // 6.2.2
}

rule cve_2018_0296_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2018-0296）"
        title_en = "Cisco FTD: web interface: device reload or system information readable without login (path traversal) (CVE-2018-0296)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-20180606-asaftd"
        cve = "CVE-2018-0296"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "6.2.2.3"
        released = "2018-06-06"
        kev = "2021-11-03"
        cvss = "7.5"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13510798882111489 and vpn_version < 13512997905367041) or // 6.0..<6.1.0
         (vpn_version >= 13515199076106241 and vpn_version < 13515201223983105) or // 6.2.1..<6.2.2.3
         (vpn_version == 13515203371073537) or // 6.2.3
         (vpn_version == 13515203371204609)) // 6.2.3.1
}

rule cve_2020_3187_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2020-3187）"
        title_en = "Cisco FTD: web services: files of the VPN web file system can be read and deleted without login (path traversal) (CVE-2020-3187)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-path-JE3azWw43"
        cve = "CVE-2020-3187"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "6.2.3.16, 6.3.0.6, 6.4.0.8, 6.5.0.4"
        released = "2020-05-06"
        cvss = "9.1"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version < 13515203373170689) or // 6.2.3..<6.2.3.16
         (vpn_version >= 13517395951878145 and vpn_version < 13517395952664577) or // 6.3.0..<6.3.0.6
         (vpn_version >= 13519594975133697 and vpn_version < 13519594976182273) or // 6.4.0..<6.4.0.8
         (vpn_version >= 13521793998389249 and vpn_version < 13521793998913537)) // 6.5.0..<6.5.0.4
}

rule cve_2020_3259_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2020-3259）"
        title_en = "Cisco FTD: web services: memory contents (passwords, cookies) readable without login (CVE-2020-3259)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-info-disclose-9eJtycMB"
        cve = "CVE-2020-3259"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "6.2.3.16, 6.3.0.6, 6.4.0.9, 6.5.0.5"
        released = "2020-05-06"
        kev = "2024-02-15"
        cvss = "7.5"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version < 13515203373170689) or // 6.2.3..<6.2.3.16
         (vpn_version >= 13517395951878145 and vpn_version < 13517395952664577) or // 6.3.0..<6.3.0.6
         (vpn_version >= 13519594975133697 and vpn_version < 13519594976313345) or // 6.4.0..<6.4.0.9
         (vpn_version >= 13521793998389249 and vpn_version < 13521793999044609)) // 6.5.0..<6.5.0.5
}

rule cve_2020_3452_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2020-3452）"
        title_en = "Cisco FTD: web services: files of the VPN web file system readable without login (path traversal) (CVE-2020-3452)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-ro-path-KJuQhB86"
        cve = "CVE-2020-3452"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "6.2.3.16, 6.3.0.6, 6.4.0.10, 6.5.0.5, 6.6.0.1"
        released = "2020-07-22"
        kev = "2021-11-03"
        cvss = "7.5"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version < 13515203373170689) or // 6.2.3..<6.2.3.16
         (vpn_version >= 13517395951878145 and vpn_version < 13517395952664577) or // 6.3.0..<6.3.0.6
         (vpn_version >= 13519594975133697 and vpn_version < 13519594976444417) or // 6.4.0..<6.4.0.10
         (vpn_version >= 13521793998389249 and vpn_version < 13521793999044609) or // 6.5.0..<6.5.0.5
         (vpn_version >= 13523993021644801 and vpn_version < 13523993021775873)) // 6.6.0..<6.6.0.1
}

rule cve_2020_3580_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2020-3580）"
        title_en = "Cisco FTD: web services interface: cross-site scripting against a user who clicks a crafted link (CVE-2020-3580)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-xss-multiple-FCB3vPZe"
        cve = "CVE-2020-3580"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "6.4.0.12, 6.6.4, 6.7.0.2"
        released = "2020-10-21"
        kev = "2021-11-03"
        cvss = "6.1"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version > 0 and vpn_version < 13519594976706561) or // ..<6.4.0.12
         (vpn_version >= 13521793998389249 and vpn_version < 13524001611579393) or // 6.5.0..<6.6.4
         (vpn_version >= 13526192044900353 and vpn_version < 13526192045162497)) // 6.7.0..<6.7.0.2
}

rule cve_2023_20269_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2023-20269）"
        title_en = "Cisco FTD: remote access VPN: brute force of passwords through the default connection profile; used by the Akira ransomware group (CVE-2023-20269)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-ravpn-auth-8LyfCkeC"
        cve = "CVE-2023-20269"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "not named"
        released = "2023-09-06"
        kev = "2023-09-13"
        cvss = "5.0"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version <= 13515203373432833) or // 6.2.3..6.2.3.18
         (vpn_version >= 13519594975133697 and vpn_version <= 13519594977230849) or // 6.4.0..6.4.0.16
         (vpn_version >= 13523993021644801 and vpn_version <= 13524008054161409) or // 6.6.0..6.6.7.1
         (vpn_version >= 13526192044900353 and vpn_version <= 13526192045293569) or // 6.7.0..6.7.0.3
         (vpn_version >= 15762598695796737 and vpn_version <= 15762611580698625) or // 7.0.0..7.0.6
         (vpn_version >= 15764797719052289 and vpn_version <= 15764797719445505) or // 7.1.0..7.1.0.3
         (vpn_version >= 15766996742307841 and vpn_version <= 15767007479726081) or // 7.2.0..7.2.5
         (vpn_version >= 15769195765563393 and vpn_version <= 15769197913178113) or // 7.3.0..7.3.1.1
         (vpn_version == 15771394788818945)) // 7.4.0
}

rule cve_2024_20353_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2024-20353）"
        title_en = "Cisco FTD: management and VPN web server: crafted HTTP header reloads the device, before login (ArcaneDoor) (CVE-2024-20353)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-websrvs-dos-X8gNucD2"
        cve = "CVE-2024-20353"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "not named"
        released = "2024-04-24"
        kev = "2024-04-24"
        cvss = "8.6"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version <= 13515203373432833) or // 6.2.3..6.2.3.18
         (vpn_version >= 13519594975133697 and vpn_version <= 13519594977361921) or // 6.4.0..6.4.0.17
         (vpn_version >= 13523993021644801 and vpn_version <= 13524008054161409) or // 6.6.0..6.6.7.1
         (vpn_version >= 13526192044900353 and vpn_version <= 13526192045293569) or // 6.7.0..6.7.0.3
         (vpn_version >= 15762598695796737 and vpn_version <= 15762611580698625) or // 7.0.0..7.0.6
         (vpn_version >= 15764797719052289 and vpn_version <= 15764797719445505) or // 7.1.0..7.1.0.3
         (vpn_version >= 15766996742307841 and vpn_version <= 15767005332373505) or // 7.2.0..7.2.4.1
         (vpn_version >= 15769195765563393 and vpn_version <= 15769197913178113) or // 7.3.0..7.3.1.1
         (vpn_version >= 15771394788818945 and vpn_version <= 15771396936302593)) // 7.4.0..7.4.1
}

rule cve_2024_20359_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2024-20359）"
        title_en = "Cisco FTD: preloading of VPN clients and plug-ins: a local administrator gets code to run as root, persistent over reboots (ArcaneDoor) (CVE-2024-20359)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-persist-rce-FLsNXF4h"
        cve = "CVE-2024-20359"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "not named"
        released = "2024-04-24"
        kev = "2024-04-24"
        cvss = "6.0"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version <= 13515203373432833) or // 6.2.3..6.2.3.18
         (vpn_version >= 13519594975133697 and vpn_version <= 13519594977361921) or // 6.4.0..6.4.0.17
         (vpn_version >= 13523993021644801 and vpn_version <= 13524008054161409) or // 6.6.0..6.6.7.1
         (vpn_version >= 13526192044900353 and vpn_version <= 13526192045293569) or // 6.7.0..6.7.0.3
         (vpn_version >= 15762598695796737 and vpn_version <= 15762611580829697) or // 7.0.0..7.0.6.1
         (vpn_version >= 15764797719052289 and vpn_version <= 15764797719445505) or // 7.1.0..7.1.0.3
         (vpn_version >= 15766996742307841 and vpn_version <= 15767007479857153) or // 7.2.0..7.2.5.1
         (vpn_version >= 15769195765563393 and vpn_version <= 15769197913178113) or // 7.3.0..7.3.1.1
         (vpn_version >= 15771394788818945 and vpn_version <= 15771396936302593)) // 7.4.0..7.4.1
}

rule cve_2024_20481_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2024-20481）"
        title_en = "Cisco FTD: remote access VPN: many login attempts exhaust resources, VPN service stops (brute force campaigns) (CVE-2024-20481)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-bf-dos-vDZhLqrW"
        cve = "CVE-2024-20481"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "not named"
        released = "2024-10-23"
        kev = "2024-10-24"
        cvss = "5.8"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version <= 13515203373432833) or // 6.2.3..6.2.3.18
         (vpn_version >= 13519594975133697 and vpn_version <= 13519594977492993) or // 6.4.0..6.4.0.18
         (vpn_version >= 13523993021644801 and vpn_version <= 13524008054292481) or // 6.6.0..6.6.7.2
         (vpn_version >= 13526192044900353 and vpn_version <= 13526192045293569) or // 6.7.0..6.7.0.3
         (vpn_version >= 15762598695796737 and vpn_version <= 15762611580960769) or // 7.0.0..7.0.6.2
         (vpn_version >= 15764797719052289 and vpn_version <= 15764797719445505) or // 7.1.0..7.1.0.3
         (vpn_version >= 15766996742307841 and vpn_version <= 15767013922308097) or // 7.2.0..7.2.8.1
         (vpn_version >= 15769195765563393 and vpn_version <= 15769197913309185) or // 7.3.0..7.3.1.2
         (vpn_version >= 15771394788818945 and vpn_version <= 15771396936433665)) // 7.4.0..7.4.1.1
}

rule cve_2025_20333_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2025-20333）"
        title_en = "Cisco FTD: VPN web server: buffer overflow, code execution as root with valid VPN credentials (ArcaneDoor; chained with CVE-2025-20362) (CVE-2025-20333)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-webvpn-z5xP8EUB"
        cve = "CVE-2025-20333"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "7.0.8.1, 7.2.10.2, 7.4.2.4, 7.6.2.1"
        released = "2025-09-25"
        kev = "2025-09-25"
        cvss = "9.9"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version <= 13515203373432833) or // 6.2.3..6.2.3.18
         (vpn_version >= 13519594975133697 and vpn_version <= 13519594977492993) or // 6.4.0..6.4.0.18
         (vpn_version >= 13523993021644801 and vpn_version <= 13524008054292481) or // 6.6.0..6.6.7.2
         (vpn_version >= 15762598695796737 and vpn_version <= 15762615875665921) or // 7.0.0..7.0.8
         (vpn_version >= 15764797719052289 and vpn_version <= 15764797719445505) or // 7.1.0..7.1.0.3
         (vpn_version >= 15766996742307841 and vpn_version <= 15767013922308097) or // 7.2.0..7.2.8.1
         (vpn_version >= 15769195765563393 and vpn_version <= 15769197913309185) or // 7.3.0..7.3.1.2
         (vpn_version >= 15771394788818945 and vpn_version <= 15771399084179457) or // 7.4.0..7.4.2.3
         (vpn_version == 15775792835330049)) // 7.6.0
}

rule cve_2025_20362_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2025-20362）"
        title_en = "Cisco FTD: VPN web server: restricted URLs reachable without login (ArcaneDoor; chained with CVE-2025-20333 to code execution before login) (CVE-2025-20362)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-webvpn-YROOTUW"
        cve = "CVE-2025-20362"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "7.0.8.1, 7.2.10.2, 7.4.2.4, 7.6.2.1, 7.7.10.1"
        released = "2025-09-25"
        kev = "2025-09-25"
        cvss = "6.5"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version <= 13515203373432833) or // 6.2.3..6.2.3.18
         (vpn_version >= 13519594975133697 and vpn_version <= 13519594977492993) or // 6.4.0..6.4.0.18
         (vpn_version >= 13523993021644801 and vpn_version <= 13524008054292481) or // 6.6.0..6.6.7.2
         (vpn_version >= 15762598695796737 and vpn_version <= 15762615875665921) or // 7.0.0..7.0.8
         (vpn_version >= 15764797719052289 and vpn_version <= 15764797719445505) or // 7.1.0..7.1.0.3
         (vpn_version >= 15766996742307841 and vpn_version <= 15767018217144321) or // 7.2.0..7.2.10
         (vpn_version >= 15769195765563393 and vpn_version <= 15769197913309185) or // 7.3.0..7.3.1.2
         (vpn_version >= 15771394788818945 and vpn_version <= 15771399084179457) or // 7.4.0..7.4.2.3
         (vpn_version >= 15775792835330049 and vpn_version <= 15775797130297345) or // 7.6.0..7.6.2
         (vpn_version >= 15777991858585601 and vpn_version <= 15778013333422081)) // 7.7.0..7.7.10
}

rule cve_2025_20363_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2025-20363）"
        title_en = "Cisco FTD: web services (VPN web server): heap overflow, code execution as root before login (CVE-2025-20363)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-http-code-exec-WmfP3h3O"
        cve = "CVE-2025-20363"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "not named"
        released = "2025-09-25"
        cvss = "9.0"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 13515203371073537 and vpn_version <= 13515203373432833) or // 6.2.3..6.2.3.18
         (vpn_version >= 13519594975133697 and vpn_version <= 13519594977492993) or // 6.4.0..6.4.0.18
         (vpn_version >= 13523993021644801 and vpn_version <= 13524008054292481) or // 6.6.0..6.6.7.2
         (vpn_version >= 15762598695796737 and vpn_version <= 15762613728182273) or // 7.0.0..7.0.7
         (vpn_version >= 15764797719052289 and vpn_version <= 15764797719445505) or // 7.1.0..7.1.0.3
         (vpn_version >= 15766996742307841 and vpn_version <= 15767016069660673) or // 7.2.0..7.2.9
         (vpn_version >= 15769195765563393 and vpn_version <= 15769197913309185) or // 7.3.0..7.3.1.2
         (vpn_version >= 15771394788818945 and vpn_version <= 15771399084048385) or // 7.4.0..7.4.2.2
         (vpn_version == 15775792835330049) or // 7.6.0
         (vpn_version == 15777991858585601)) // 7.7.0
}

rule cve_2026_20332_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2026-20332）"
        title_en = "Cisco FTD: hardening release: access control flaws found by Cisco itself, full takeover with a low-privileged login (CVE-2026-20332)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-hardening-asaftdfmc-uvpPROhN"
        cve = "CVE-2026-20332"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "not named"
        released = "2026-09-16"
        cvss = "9.9"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 15762598695927809 and vpn_version <= 15762618023149569) or // 7.0.0.1..7.0.9
         (vpn_version >= 15769195765563393 and vpn_version <= 15769197913309185) or // 7.3.0..7.3.1.2
         (vpn_version >= 15771394788818945 and vpn_version <= 15771409821204481) or // 7.4.0..7.4.7
         (vpn_version >= 15775792835330049 and vpn_version <= 15775801425264641) or // 7.6.0..7.6.4
         (vpn_version >= 15777991858585601 and vpn_version <= 15778015480905729) or // 7.7.0..7.7.11
         (vpn_version == 22517998136852481)) // 10.0.0
}

rule cve_2026_20349_cisco_ftd
{
    meta:
        title_ja = "Cisco FTDに知られた弱点があります（CVE-2026-20349）"
        title_en = "Cisco FTD: remote access SSL VPN: device reload before login (denial of service), exploited since August 2026 (CVE-2026-20349)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-vpn-dos-dzv4mQFF"
        cve = "CVE-2026-20349"
        product = "cisco-ftd"
        scheme = "cisco"
        fixed = "not named"
        released = "2026-08-11"
        kev = "2026-08-11"
        cvss = "8.6"
    condition:
        vpn_product == "cisco-ftd" and
        ((vpn_version >= 15762598695796737 and vpn_version <= 15762618023149569) or // 7.0.0..7.0.9
         (vpn_version >= 15766996742307841 and vpn_version <= 15767022512111617) or // 7.2.0..7.2.12
         (vpn_version >= 15769195765563393 and vpn_version <= 15769197913309185) or // 7.3.0..7.3.1.2
         (vpn_version >= 15771394788818945 and vpn_version <= 15771411968688129) or // 7.4.0..7.4.8
         (vpn_version >= 15775792835330049 and vpn_version <= 15775801425264641) or // 7.6.0..7.6.4
         (vpn_version >= 15777991858585601 and vpn_version <= 15778019775873025) or // 7.7.0..7.7.13
         (vpn_version >= 22517998136852481 and vpn_version <= 22518002431819777)) // 10.0.0..10.0.2
}
