// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2024_11013_nec_ix
{
    meta:
        title_ja = "NEC UNIVERGE IXに知られた弱点があります（CVE-2024-11013）"
        title_en = "NEC UNIVERGE IX: management interface: command injection, CLI commands run on the device (CVE-2024-11013)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://jpn.nec.com/security-info/secinfo/nv24-009_en.html"
        cve = "CVE-2024-11013"
        product = "nec-ix"
        scheme = "nec"
        fixed = "not named"
        released = "2024-11-29"
        cvss = "7.2"
    condition:
        vpn_product == "nec-ix" and
        ((vpn_version >= 20270596369678337 and vpn_version < 22535590322896897 and not (vpn_model istartswith "ix-r" or vpn_model istartswith "ix-v")) or // Ver9.2..<Ver10.8
         (vpn_version >= 22535590322896897 and vpn_version <= 22535648304955393 and not (vpn_model istartswith "ix-r" or vpn_model istartswith "ix-v")) or // Ver10.8..Ver10.8.27
         (vpn_version >= 22537789346152449 and vpn_version <= 22537819410923521 and not (vpn_model istartswith "ix-r" or vpn_model istartswith "ix-v")) or // Ver10.9..Ver10.9.14
         (vpn_version >= 22539988369408001 and vpn_version <= 22540033466564609 and not (vpn_model istartswith "ix-r" or vpn_model istartswith "ix-v")) or // Ver10.10..Ver10.10.21
         (vpn_version > 0 and vpn_version <= 2256230072451073 and (vpn_model == "" or vpn_model istartswith "ix-r")) or // IX-R ..Ver1.2.15
         (vpn_version > 0 and vpn_version <= 2256230072451073 and (vpn_model == "" or vpn_model istartswith "ix-v"))) // IX-V ..Ver1.2.15
}

rule cve_2024_11014_nec_ix
{
    meta:
        title_ja = "NEC UNIVERGE IXに知られた弱点があります（CVE-2024-11014）"
        title_en = "NEC UNIVERGE IX: management interface: cross-site request forgery (CVE-2024-11014)"
        severity = "medium"
        response = "alert"
        attack = "T1190"
        reference = "https://jpn.nec.com/security-info/secinfo/nv24-009_en.html"
        cve = "CVE-2024-11014"
        product = "nec-ix"
        scheme = "nec"
        fixed = "not named"
        released = "2024-11-29"
        cvss = "4.3"
    condition:
        vpn_product == "nec-ix" and
        ((vpn_version >= 20270596369678337 and vpn_version < 22535590322896897) or // Ver9.2..<Ver10.8
         (vpn_version >= 22535590322896897 and vpn_version <= 22535648304955393) or // Ver10.8..Ver10.8.27
         (vpn_version >= 22537789346152449 and vpn_version <= 22537819410923521) or // Ver10.9..Ver10.9.14
         (vpn_version >= 22539988369408001 and vpn_version <= 22540033466564609)) // Ver10.10..Ver10.10.21
}
