// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2020_9054_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2020-9054）"
        title_en = "Zyxel USG/ATP/VPN: web login (weblogin.cgi): command injection before login; NAS and firewalls (CVE-2020-9054)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/support/remote-code-execution-vulnerability-of-NAS-products.shtml"
        cve = "CVE-2020-9054"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "not named"
        released = "2020-02-20"
        kev = "2022-03-25"
        cvss = "9.8"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "atp100")) or // ATP100 V4.35..<V4.35(ABPS.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "atp200")) or // ATP200 V4.35..<V4.35(ABFW.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "atp500")) or // ATP500 V4.35..<V4.35(ABFU.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "atp800")) or // ATP800 V4.35..<V4.35(ABIQ.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg20-vpn")) or // USG20-VPN V4.35..<V4.35(ABAQ.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg20w-vpn")) or // USG20W-VPN V4.35..<V4.35(ABAR.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg40")) or // USG40 V4.35..<V4.35(AALA.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg40w")) or // USG40W V4.35..<V4.35(AALB.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg60")) or // USG60 V4.35..<V4.35(AAKY.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg60w")) or // USG60W V4.35..<V4.35(AAKZ.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg110")) or // USG110 V4.35..<V4.35(AAPH.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg210")) or // USG210 V4.35..<V4.35(AAPI.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg310")) or // USG310 V4.35..<V4.35(AAPJ.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg1100")) or // USG1100 V4.35..<V4.35(AAPK.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg1900")) or // USG1900 V4.35..<V4.35(AAPL.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "usg2200")) or // USG2200 V4.35..<V4.35(ABAE.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "vpn50")) or // VPN50 V4.35..<V4.35(ABHL.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "vpn100")) or // VPN100 V4.35..<V4.35(ABFV.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "vpn300")) or // VPN300 V4.35..<V4.35(ABFC.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "vpn1000")) or // VPN1000 V4.35..<V4.35(ABIP.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "zywall110")) or // ZyWALL110 V4.35..<V4.35(AAAA.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "zywall310")) or // ZyWALL310 V4.35..<V4.35(AAAB.3)C0
         (vpn_version >= 9084165068685313 and vpn_version < 9084171511136257 and (vpn_model == "" or vpn_model iequals "zywall1100"))) // ZyWALL1100 V4.35..<V4.35(AAAC.3)C0
}

rule cve_2020_29583_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2020-29583）"
        title_en = "Zyxel USG/ATP/VPN: hidden administrator account zyfwp with a fixed password (ssh, web) (CVE-2020-29583)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/support/CVE-2020-29583.shtml"
        cve = "CVE-2020-29583"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "4.60 Patch 1"
        released = "2020-12-22"
        kev = "2021-11-03"
        cvss = "9.8"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version == 9139140650074113)) // 4.60
}

rule cve_2021_35029_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2021-35029）"
        title_en = "Zyxel USG/ATP/VPN: web management: login bypass, command execution; attacks known to the vendor (CVE-2021-35029)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/support/Zyxel_security_advisory_for_attacks_against_security_appliances.shtml"
        cve = "CVE-2021-35029"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "not named"
        released = "2021-07-02"
        cvss = "9.8"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 9084165068685313 and vpn_version <= 9147936743096321 and (vpn_model == "" or (vpn_model istartswith "usg" and not vpn_model istartswith "usg flex"))) or // USG 4.35..4.64
         (vpn_version >= 9084165068685313 and vpn_version <= 9147936743096321 and (vpn_model == "" or vpn_model istartswith "zywall")) or // ZyWALL 4.35..4.64
         (vpn_version >= 9084165068685313 and vpn_version <= 11261198091681793 and (vpn_model == "" or vpn_model istartswith "usg flex")) or // USG FLEX 4.35..5.01
         (vpn_version >= 9084165068685313 and vpn_version <= 11261198091681793 and (vpn_model == "" or vpn_model istartswith "atp")) or // ATP 4.35..5.01
         (vpn_version >= 9084165068685313 and vpn_version <= 11261198091681793 and (vpn_model == "" or vpn_model istartswith "vpn"))) // VPN 4.35..5.01
}

rule cve_2022_0342_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2022-0342）"
        title_en = "Zyxel USG/ATP/VPN: web login bypass, administrator access (CVE-2022-0342)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/support/Zyxel-security-advisory-for-authentication-bypass-vulnerability-of-firewalls.shtml"
        cve = "CVE-2022-0342"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "not named"
        released = "2022-03-28"
        cvss = "9.8"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 9051179719852033 and vpn_version <= 9161130882629633 and (vpn_model == "" or (vpn_model istartswith "usg" and not vpn_model istartswith "usg flex"))) or // USG 4.20..4.70
         (vpn_version >= 9051179719852033 and vpn_version <= 9161130882629633 and (vpn_model == "" or vpn_model istartswith "zywall")) or // ZyWALL 4.20..4.70
         (vpn_version >= 9117150417518593 and vpn_version <= 11302979533537281 and (vpn_model == "" or vpn_model istartswith "usg flex")) or // USG FLEX 4.50..5.20
         (vpn_version >= 9077567998918657 and vpn_version <= 11302979533537281 and (vpn_model == "" or vpn_model istartswith "atp")) or // ATP 4.32..5.20
         (vpn_version >= 9073169952407553 and vpn_version <= 11302979533537281 and (vpn_model == "" or vpn_model istartswith "vpn")) or // VPN 4.30..5.20
         (vpn_version >= 2295780278796289 and vpn_version <= 2324376171053057 and (vpn_model == "" or vpn_model istartswith "nsg"))) // NSG V1.20..V1.33 Patch 4
}

rule cve_2022_30525_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2022-30525）"
        title_en = "Zyxel USG/ATP/VPN: USG FLEX, ATP, VPN series: command injection over the web before login (zero touch provisioning) (CVE-2022-30525)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/support/Zyxel-security-advisory-for-OS-command-injection-vulnerability-of-firewalls.shtml"
        cve = "CVE-2022-30525"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "not named"
        released = "2022-05-12"
        kev = "2022-05-16"
        cvss = "9.8"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 11258999068426241 and vpn_version <= 11305180704276481)) // 5.00..5.21 Patch 1
}

rule cve_2023_28771_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2023-28771）"
        title_en = "Zyxel USG/ATP/VPN: IKE packet decoder (UDP 500): command injection before login (CVE-2023-28771)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/global/en/support/security-advisories/zyxel-security-advisory-for-remote-command-injection-vulnerability-of-firewalls"
        cve = "CVE-2023-28771"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "5.36, 4.73 Patch 1"
        released = "2023-04-25"
        kev = "2023-05-31"
        cvss = "9.8"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 9139140650074113 and vpn_version <= 11335964882370561)) // 4.60..5.35
}

rule cve_2023_33009_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2023-33009）"
        title_en = "Zyxel USG/ATP/VPN: firewalls: buffer overflow in the notification function, denial of service or code execution before login (CVE-2023-33009)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/global/en/support/security-advisories/zyxel-security-advisory-for-multiple-buffer-overflow-vulnerabilities-of-firewalls"
        cve = "CVE-2023-33009"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "5.36 Patch 2, 4.73 Patch 2"
        released = "2023-05-24"
        kev = "2023-06-05"
        cvss = "9.8"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 9139140650074113 and vpn_version <= 11338166053109761)) // 4.60..5.36 Patch 1
}

rule cve_2023_33010_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2023-33010）"
        title_en = "Zyxel USG/ATP/VPN: firewalls: buffer overflow in the ID processing function, denial of service or code execution before login (CVE-2023-33010)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/global/en/support/security-advisories/zyxel-security-advisory-for-multiple-buffer-overflow-vulnerabilities-of-firewalls"
        cve = "CVE-2023-33010"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "5.36 Patch 2, 4.73 Patch 2"
        released = "2023-05-24"
        kev = "2023-06-05"
        cvss = "9.8"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 9062174836129793 and vpn_version <= 11338166053109761)) // 4.25..5.36 Patch 1
}

rule cve_2024_11667_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2024-11667）"
        title_en = "Zyxel USG/ATP/VPN: web management: directory traversal, files can be fetched or placed (Helldown ransomware) (CVE-2024-11667)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/global/en/support/security-advisories/zyxel-security-advisory-protecting-against-recent-firewall-threats-11-27-2024"
        cve = "CVE-2024-11667"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "5.39"
        released = "2024-09-03"
        kev = "2024-12-03"
        cvss = "7.5"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 11258999068426241 and vpn_version <= 11342561952137217)) // 5.00..5.38
}

rule cve_2024_42057_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2024-42057）"
        title_en = "Zyxel USG/ATP/VPN: IPsec VPN: command injection by a crafted user name, before login (CVE-2024-42057)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/global/en/support/security-advisories/zyxel-security-advisory-for-multiple-vulnerabilities-in-firewalls-09-03-2024"
        cve = "CVE-2024-42057"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "not named"
        released = "2024-09-03"
        cvss = "8.1"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 9077567998918657 and vpn_version <= 11342561952137217 and (vpn_model == "" or vpn_model istartswith "atp")) or // ATP V4.32..V5.38
         (vpn_version >= 9117150417518593 and vpn_version <= 11342561952137217 and (vpn_model == "" or (vpn_model istartswith "usg flex" and not vpn_model iequals "usg flex 50" and not vpn_model iequals "usg flex 50w"))) or // USG FLEX V4.50..V5.38
         (vpn_version >= 9042383626829825 and vpn_version <= 11342561952137217 and (vpn_model == "" or vpn_model iequals "usg flex 50")) or // USG FLEX 50 V4.16..V5.38
         (vpn_version >= 9042383626829825 and vpn_version <= 11342561952137217 and (vpn_model == "" or vpn_model iequals "usg flex 50w")) or // USG FLEX 50W V4.16..V5.38
         (vpn_version >= 9042383626829825 and vpn_version <= 11342561952137217 and (vpn_model == "" or vpn_model iequals "usg20-vpn")) or // USG20-VPN V4.16..V5.38
         (vpn_version >= 9042383626829825 and vpn_version <= 11342561952137217 and (vpn_model == "" or vpn_model iequals "usg20w-vpn"))) // USG20W-VPN V4.16..V5.38
}

rule cve_2026_14818_zyxel
{
    meta:
        title_ja = "Zyxel USG/ATP/VPNに知られた弱点があります（CVE-2026-14818）"
        title_en = "Zyxel USG/ATP/VPN: CLI: an administrator can run a crafted configuration file (path traversal) (CVE-2026-14818)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://www.zyxel.com/global/en/support/security-advisories"
        cve = "CVE-2026-14818"
        product = "zyxel"
        scheme = "zyxel"
        fixed = "not named"
        released = "2026-08-04"
        cvss = "7.2"
    condition:
        vpn_product == "zyxel" and
        ((vpn_version >= 9077567998918657 and vpn_version <= 11351360192643073 and (vpn_model == "" or vpn_model istartswith "atp")) or // ATP V4.32..V5.42 Patch 1
         (vpn_version >= 9117150417518593 and vpn_version <= 11351360192643073 and (vpn_model == "" or (vpn_model istartswith "usg flex" and not vpn_model iequals "usg flex 50" and not vpn_model iequals "usg flex 50w"))) or // USG FLEX V4.50..V5.42 Patch 1
         (vpn_version >= 9042383626829825 and vpn_version <= 11351360192643073 and (vpn_model == "" or vpn_model iequals "usg flex 50")) or // USG FLEX 50 V4.16..V5.42 Patch 1
         (vpn_version >= 9042383626829825 and vpn_version <= 11351360192643073 and (vpn_model == "" or vpn_model iequals "usg flex 50w")) or // USG FLEX 50W V4.16..V5.42 Patch 1
         (vpn_version >= 9042383626829825 and vpn_version <= 11351360192643073 and (vpn_model == "" or vpn_model iequals "usg20-vpn")) or // USG20-VPN V4.16..V5.42 Patch 1
         (vpn_version >= 9042383626829825 and vpn_version <= 11351360192643073 and (vpn_model == "" or vpn_model iequals "usg20w-vpn"))) // USG20W-VPN V4.16..V5.42 Patch 1
}
