// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2018_0101_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2018-0101）"
        title_en = "Cisco ASA: SSL VPN (webvpn): double free, code execution before login (CVE-2018-0101)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-20180129-asa1"
        cve = "CVE-2018-0101"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "9.1.7.23, 9.2.4.27, 9.4.4.16, 9.6.4.3, 9.7.1.21, 9.8.2.20, 9.9.1.2"
        released = "2018-01-29"
        cvss = "10.0"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version > 0 and vpn_version < 20268412381822977) or // ..<9.1.7.23
         (vpn_version >= 20270596369678337 and vpn_version < 20270604963151873) or // 9.2.0..<9.2.4.27
         (vpn_version >= 20272795392933889 and vpn_version < 20275003008221185) or // 9.3.0..<9.4.4.16
         (vpn_version >= 20277193439444993 and vpn_version < 20279401053028353) or // 9.5.0..<9.6.4.3
         (vpn_version >= 20281591485956097 and vpn_version < 20281593636192257) or // 9.7.0..<9.7.1.21
         (vpn_version >= 20283790509211649 and vpn_version < 20283794806800385) or // 9.8.0..<9.8.2.20
         (vpn_version >= 20285989532467201 and vpn_version < 20285991680212993)) // 9.9.0..<9.9.1.2
}

rule cve_2018_0296_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2018-0296）"
        title_en = "Cisco ASA: web interface: device reload or system information readable without login (path traversal) (CVE-2018-0296)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-20180606-asaftd"
        cve = "CVE-2018-0296"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "9.1.7.29, 9.2.4.33, 9.4.4.18, 9.6.4.8, 9.7.1.24, 9.8.2.28, 9.9.2.1"
        released = "2018-06-06"
        kev = "2021-11-03"
        cvss = "7.5"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20268397346422785 and vpn_version < 20268412382609409) or // 9.1..<9.1.7.29
         (vpn_version >= 20270596369678337 and vpn_version < 20270604963938305) or // 9.2..<9.2.4.33
         (vpn_version >= 20272795392933889 and vpn_version < 20275003008483329) or // 9.3..<9.4.4.18
         (vpn_version >= 20277193439444993 and vpn_version < 20279401053683713) or // 9.5..<9.6.4.8
         (vpn_version >= 20281591485956097 and vpn_version < 20281593636585473) or // 9.7..<9.7.1.24
         (vpn_version >= 20283790509211649 and vpn_version < 20283794807848961) or // 9.8..<9.8.2.28
         (vpn_version >= 20285989532467201 and vpn_version < 20285993827565569)) // 9.9..<9.9.2.1
}

rule cve_2020_3187_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2020-3187）"
        title_en = "Cisco ASA: web services: files of the VPN web file system can be read and deleted without login (path traversal) (CVE-2020-3187)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-path-JE3azWw43"
        cve = "CVE-2020-3187"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "9.6.4.40, 9.8.4.15, 9.9.2.66, 9.10.1.37, 9.12.3.2, 9.13.1.7"
        released = "2020-05-06"
        cvss = "9.1"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20279392462700545 and vpn_version < 20279401057878017) or // 9.6..<9.6.4.40
         (vpn_version >= 20283790509211649 and vpn_version < 20283799101112321) or // 9.8..<9.8.4.15
         (vpn_version >= 20285989532467201 and vpn_version < 20285993836085249) or // 9.9..<9.9.2.66
         (vpn_version >= 20288188555722753 and vpn_version < 20288190708056065) or // 9.10..<9.10.1.37
         (vpn_version >= 20292586602233857 and vpn_version < 20292593044946945) or // 9.12..<9.12.3.2
         (vpn_version >= 20294785625489409 and vpn_version < 20294787773890561)) // 9.13..<9.13.1.7
}

rule cve_2020_3259_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2020-3259）"
        title_en = "Cisco ASA: web services: memory contents (passwords, cookies) readable without login; used by the Akira ransomware group (CVE-2020-3259)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-info-disclose-9eJtycMB"
        cve = "CVE-2020-3259"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "9.8.4.20, 9.9.2.67, 9.10.1.40, 9.12.3.9, 9.13.1.10"
        released = "2020-05-06"
        kev = "2024-02-15"
        cvss = "7.5"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20283790509211649 and vpn_version < 20283799101767681) or // 9.8..<9.8.4.20
         (vpn_version >= 20285989532467201 and vpn_version < 20285993836216321) or // 9.9..<9.9.2.67
         (vpn_version >= 20288188555722753 and vpn_version < 20288190708449281) or // 9.10..<9.10.1.40
         (vpn_version >= 20292586602233857 and vpn_version < 20292593045864449) or // 9.12..<9.12.3.9
         (vpn_version >= 20294785625489409 and vpn_version < 20294787774283777)) // 9.13..<9.13.1.10
}

rule cve_2020_3452_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2020-3452）"
        title_en = "Cisco ASA: web services: files of the VPN web file system readable without login (path traversal) (CVE-2020-3452)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-ro-path-KJuQhB86"
        cve = "CVE-2020-3452"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "9.6.4.42, 9.8.4.20, 9.9.2.74, 9.10.1.42, 9.12.3.12, 9.13.1.10, 9.14.1.10"
        released = "2020-07-22"
        kev = "2021-11-03"
        cvss = "7.5"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20279392462700545 and vpn_version < 20279401058140161) or // 9.6..<9.6.4.42
         (vpn_version >= 20283790509211649 and vpn_version < 20283799101767681) or // 9.8..<9.8.4.20
         (vpn_version >= 20285989532467201 and vpn_version < 20285993837133825) or // 9.9..<9.9.2.74
         (vpn_version >= 20288188555722753 and vpn_version < 20288190708711425) or // 9.10..<9.10.1.42
         (vpn_version >= 20292586602233857 and vpn_version < 20292593046257665) or // 9.12..<9.12.3.12
         (vpn_version >= 20294785625489409 and vpn_version < 20294787774283777) or // 9.13..<9.13.1.10
         (vpn_version >= 20296984648744961 and vpn_version < 20296986797539329)) // 9.14..<9.14.1.10
}

rule cve_2020_3580_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2020-3580）"
        title_en = "Cisco ASA: web services interface: cross-site scripting against a user who clicks a crafted link (CVE-2020-3580)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-xss-multiple-FCB3vPZe"
        cve = "CVE-2020-3580"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "9.8.4.34, 9.9.2.85, 9.12.4.13, 9.13.1.21, 9.14.2.8, 9.15.1.15"
        released = "2020-10-21"
        kev = "2021-11-03"
        cvss = "6.1"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version > 0 and vpn_version < 20283799103602689) or // ..<9.8.4.34
         (vpn_version >= 20285989532467201 and vpn_version < 20285993838575617) or // 9.9..<9.9.2.85
         (vpn_version >= 20288188555722753 and vpn_version < 20292595193872385) or // 9.10..<9.12.4.13
         (vpn_version >= 20294785625489409 and vpn_version < 20294787775725569) or // 9.13..<9.13.1.21
         (vpn_version >= 20296984648744961 and vpn_version < 20296988944760833) or // 9.14..<9.14.2.8
         (vpn_version >= 20299183672000513 and vpn_version < 20299185821450241)) // 9.15..<9.15.1.15
}

rule cve_2023_20269_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2023-20269）"
        title_en = "Cisco ASA: remote access VPN: brute force of passwords through the default connection profile; used by the Akira ransomware group (CVE-2023-20269)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-ravpn-auth-8LyfCkeC"
        cve = "CVE-2023-20269"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "not named"
        released = "2023-09-06"
        kev = "2023-09-13"
        cvss = "5.0"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20283792656695297 and vpn_version <= 20283799105437697) or // 9.8.1..9.8.4.48
         (vpn_version >= 20292588749717505 and vpn_version <= 20292595199770625) or // 9.12.1..9.12.4.58
         (vpn_version >= 20296986796228609 and vpn_version <= 20296993241694209) or // 9.14.1..9.14.4.23
         (vpn_version >= 20299185819484161 and vpn_version <= 20299185822236673) or // 9.15.1..9.15.1.21
         (vpn_version >= 20301384842739713 and vpn_version <= 20301391290171393) or // 9.16.1..9.16.4.38
         (vpn_version >= 20303583865995265 and vpn_version <= 20303583869927425) or // 9.17.1..9.17.1.30
         (vpn_version >= 20305782889250817 and vpn_version <= 20305787191427073) or // 9.18.1..9.18.3.55
         (vpn_version >= 20307981912506369 and vpn_version <= 20307981914865665)) // 9.19.1..9.19.1.18
}

rule cve_2024_20353_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2024-20353）"
        title_en = "Cisco ASA: management and VPN web server: crafted HTTP header reloads the device, before login (ArcaneDoor) (CVE-2024-20353)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-websrvs-dos-X8gNucD2"
        cve = "CVE-2024-20353"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "not named"
        released = "2024-04-24"
        kev = "2024-04-24"
        cvss = "8.6"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20283792656695297 and vpn_version <= 20283799105437697) or // 9.8.1..9.8.4.48
         (vpn_version >= 20292588749717505 and vpn_version <= 20292595200688129) or // 9.12.1..9.12.4.65
         (vpn_version >= 20296986796228609 and vpn_version < 20296993241694209) or // 9.14.1..<9.14.4.23
         (vpn_version >= 20299185819484161 and vpn_version <= 20299185822236673) or // 9.15.1..9.15.1.21
         (vpn_version >= 20301384842739713 and vpn_version <= 20301391292399617) or // 9.16.1..9.16.4.55
         (vpn_version >= 20303583865995265 and vpn_version <= 20303583870320641) or // 9.17.1..9.17.1.33
         (vpn_version >= 20305782889250817 and vpn_version <= 20305789332750337) or // 9.18.1..9.18.4.8
         (vpn_version >= 20307981912506369 and vpn_version <= 20307981916045313) or // 9.19.1..9.19.1.27
         (vpn_version >= 20310180935761921 and vpn_version <= 20310183083245569)) // 9.20.1..9.20.2
}

rule cve_2024_20359_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2024-20359）"
        title_en = "Cisco ASA: preloading of VPN clients and plug-ins: a local administrator gets code to run as root, persistent over reboots (ArcaneDoor) (CVE-2024-20359)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-persist-rce-FLsNXF4h"
        cve = "CVE-2024-20359"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "not named"
        released = "2024-04-24"
        kev = "2024-04-24"
        cvss = "6.0"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20283792656695297 and vpn_version <= 20283799105437697) or // 9.8.1..9.8.4.48
         (vpn_version >= 20292588749717505 and vpn_version <= 20292595200688129) or // 9.12.1..9.12.4.65
         (vpn_version >= 20296986796228609 and vpn_version <= 20296993241694209) or // 9.14.1..9.14.4.23
         (vpn_version >= 20299185819484161 and vpn_version <= 20299185822236673) or // 9.15.1..9.15.1.21
         (vpn_version >= 20301384842739713 and vpn_version <= 20301391292399617) or // 9.16.1..9.16.4.55
         (vpn_version >= 20303583865995265 and vpn_version <= 20303583870320641) or // 9.17.1..9.17.1.33
         (vpn_version >= 20305782889250817 and vpn_version <= 20305789332750337) or // 9.18.1..9.18.4.8
         (vpn_version >= 20307981912506369 and vpn_version <= 20307981916045313) or // 9.19.1..9.19.1.27
         (vpn_version >= 20310180935761921 and vpn_version <= 20310183083245569)) // 9.20.1..9.20.2
}

rule cve_2024_20481_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2024-20481）"
        title_en = "Cisco ASA: remote access VPN: many login attempts exhaust resources, VPN service stops (brute force campaigns) (CVE-2024-20481)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-bf-dos-vDZhLqrW"
        cve = "CVE-2024-20481"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "not named"
        released = "2024-10-23"
        kev = "2024-10-24"
        cvss = "5.8"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20283792656695297 and vpn_version <= 20283799105437697) or // 9.8.1..9.8.4.48
         (vpn_version >= 20292588749717505 and vpn_version <= 20292595200950273) or // 9.12.1..9.12.4.67
         (vpn_version >= 20296986796228609 and vpn_version <= 20296993241825281) or // 9.14.1..9.14.4.24
         (vpn_version >= 20299185819484161 and vpn_version <= 20299185822236673) or // 9.15.1..9.15.1.21
         (vpn_version >= 20301384842739713 and vpn_version <= 20301391293186049) or // 9.16.1..9.16.4.61
         (vpn_version >= 20303583865995265 and vpn_version <= 20303583871107073) or // 9.17.1..9.17.1.39
         (vpn_version >= 20305782889250817 and vpn_version <= 20305789334847489) or // 9.18.1..9.18.4.24
         (vpn_version >= 20307981912506369 and vpn_version <= 20307981916569601) or // 9.19.1..9.19.1.31
         (vpn_version >= 20310180935761921 and vpn_version <= 20310183085998081)) // 9.20.1..9.20.2.21
}

rule cve_2025_20333_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2025-20333）"
        title_en = "Cisco ASA: VPN web server: buffer overflow, code execution as root with valid VPN credentials (ArcaneDoor; chained with CVE-2025-20362) (CVE-2025-20333)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-webvpn-z5xP8EUB"
        cve = "CVE-2025-20333"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "9.12.4.72, 9.14.4.28, 9.16.4.85, 9.18.4.67, 9.20.4.10, 9.22.2.14"
        released = "2025-09-25"
        kev = "2025-09-25"
        cvss = "9.9"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20283792656695297 and vpn_version <= 20283799105437697) or // 9.8.1..9.8.4.48
         (vpn_version >= 20292588749717505 and vpn_version <= 20292595200950273) or // 9.12.1..9.12.4.67
         (vpn_version >= 20296986796228609 and vpn_version <= 20296993241825281) or // 9.14.1..9.14.4.24
         (vpn_version >= 20301384842739713 and vpn_version <= 20301391296200705) or // 9.16.1..9.16.4.84
         (vpn_version >= 20303583865995265 and vpn_version <= 20303583871107073) or // 9.17.1..9.17.1.39
         (vpn_version >= 20305782889250817 and vpn_version <= 20305789336944641) or // 9.18.1..9.18.4.40
         (vpn_version >= 20307981912506369 and vpn_version <= 20307981916569601) or // 9.19.1..9.19.1.31
         (vpn_version >= 20310180935761921 and vpn_version <= 20310185231253505) or // 9.20.1..9.20.3.4
         (vpn_version >= 20314578982404097 and vpn_version <= 20314578982535169)) // 9.22.1.1..9.22.1.2
}

rule cve_2025_20362_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2025-20362）"
        title_en = "Cisco ASA: VPN web server: restricted URLs reachable without login (ArcaneDoor; chained with CVE-2025-20333 to code execution before login) (CVE-2025-20362)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-webvpn-YROOTUW"
        cve = "CVE-2025-20362"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "9.12.4.72, 9.14.4.28, 9.16.4.85, 9.18.4.67, 9.20.4.10, 9.22.2.14, 9.23.1.19"
        released = "2025-09-25"
        kev = "2025-09-25"
        cvss = "6.5"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20283792656695297 and vpn_version <= 20283799105437697) or // 9.8.1..9.8.4.48
         (vpn_version >= 20292588749717505 and vpn_version <= 20292595200950273) or // 9.12.1..9.12.4.67
         (vpn_version >= 20296986796228609 and vpn_version <= 20296993241825281) or // 9.14.1..9.14.4.24
         (vpn_version >= 20301384842739713 and vpn_version <= 20301391296200705) or // 9.16.1..9.16.4.84
         (vpn_version >= 20303583865995265 and vpn_version <= 20303583872024577) or // 9.17.1..9.17.1.46
         (vpn_version >= 20305782889250817 and vpn_version <= 20305789340352513) or // 9.18.1..9.18.4.66
         (vpn_version >= 20307981912506369 and vpn_version <= 20307981918011393) or // 9.19.1..9.19.1.42
         (vpn_version >= 20310180935761921 and vpn_version <= 20310187379130369) or // 9.20.1..9.20.4.7
         (vpn_version >= 20314578982404097 and vpn_version <= 20314581131460609) or // 9.22.1.1..9.22.2.13
         (vpn_version >= 20316778005528577 and vpn_version <= 20316778007232513)) // 9.23.1..9.23.1.13
}

rule cve_2025_20363_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2025-20363）"
        title_en = "Cisco ASA: web services (VPN web server): heap overflow, code execution as root before login (CVE-2025-20363)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-http-code-exec-WmfP3h3O"
        cve = "CVE-2025-20363"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "not named"
        released = "2025-09-25"
        cvss = "9.0"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20283792656695297 and vpn_version <= 20283799105437697) or // 9.8.1..9.8.4.48
         (vpn_version >= 20292588749717505 and vpn_version <= 20292595200950273) or // 9.12.1..9.12.4.67
         (vpn_version >= 20296986796228609 and vpn_version <= 20296993241825281) or // 9.14.1..9.14.4.24
         (vpn_version >= 20301384842739713 and vpn_version <= 20301391295938561) or // 9.16.1..9.16.4.82
         (vpn_version >= 20303583865995265 and vpn_version <= 20303583872024577) or // 9.17.1..9.17.1.46
         (vpn_version >= 20305782889250817 and vpn_version <= 20305789338648577) or // 9.18.1..9.18.4.53
         (vpn_version >= 20307981912506369 and vpn_version <= 20307981917487105) or // 9.19.1..9.19.1.38
         (vpn_version >= 20310180935761921 and vpn_version <= 20310185232433153) or // 9.20.1..9.20.3.13
         (vpn_version >= 20314578982404097 and vpn_version <= 20314578983059457) or // 9.22.1.1..9.22.1.6
         (vpn_version == 20316778005528577)) // 9.23.1
}

rule cve_2026_20332_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2026-20332）"
        title_en = "Cisco ASA: hardening release: access control flaws found by Cisco itself, full takeover with a low-privileged login (CVE-2026-20332)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-hardening-asaftdfmc-uvpPROhN"
        cve = "CVE-2026-20332"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "not named"
        released = "2026-09-16"
        cvss = "9.9"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20301384842739713 and vpn_version <= 20301391297249281) or // 9.16.1..9.16.4.92
         (vpn_version >= 20305782889644033 and vpn_version <= 20305789349396481) or // 9.18.1.3..9.18.4.135
         (vpn_version == 20307981918011393) or // 9.19.1.42
         (vpn_version >= 20310180935761921 and vpn_version <= 20310187409014785) or // 9.20.1..9.20.4.235
         (vpn_version >= 20314578982404097 and vpn_version <= 20314583302275073) or // 9.22.1.1..9.22.3.191
         (vpn_version >= 20316778005528577 and vpn_version <= 20316778033184769) or // 9.23.1..9.23.1.211
         (vpn_version >= 20318977028784129 and vpn_version <= 20318996356136961)) // 9.24.1..9.24.10
}

rule cve_2026_20349_cisco_asa
{
    meta:
        title_ja = "Cisco ASAに知られた弱点があります（CVE-2026-20349）"
        title_en = "Cisco ASA: remote access SSL VPN: device reload before login (denial of service), exploited since August 2026 (CVE-2026-20349)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-asaftd-vpn-dos-dzv4mQFF"
        cve = "CVE-2026-20349"
        product = "cisco-asa"
        scheme = "cisco"
        fixed = "not named"
        released = "2026-08-11"
        kev = "2026-08-11"
        cvss = "8.6"
    condition:
        vpn_product == "cisco-asa" and
        ((vpn_version >= 20301384842739713 and vpn_version <= 20301391297249281) or // 9.16.1..9.16.4.92
         (vpn_version >= 20305782889250817 and vpn_version <= 20305789349396481) or // 9.18.1..9.18.4.135
         (vpn_version >= 20307981912506369 and vpn_version <= 20307981918011393) or // 9.19.1..9.19.1.42
         (vpn_version >= 20310180935761921 and vpn_version <= 20310187384242177) or // 9.20.1..9.20.4.46
         (vpn_version >= 20314578982404097 and vpn_version <= 20314583277895681) or // 9.22.1.1..9.22.3.5
         (vpn_version >= 20316778005528577 and vpn_version <= 20316778031087617) or // 9.23.1..9.23.1.195
         (vpn_version >= 20318977028784129 and vpn_version <= 20318977049100289)) // 9.24.1..9.24.1.155
}
