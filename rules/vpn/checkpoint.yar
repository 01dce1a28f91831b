// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2024_24919_checkpoint
{
    meta:
        title_ja = "Check Point Security Gatewayに知られた弱点があります（CVE-2024-24919）"
        title_en = "Check Point Security Gateway: gateway with remote access VPN or Mobile Access: files can be read before login (password hashes, keys) (CVE-2024-24919)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.checkpoint.com/results/sk/sk182336"
        cve = "CVE-2024-24919"
        product = "checkpoint"
        scheme = "checkpoint"
        fixed = "not named"
        released = "2024-05-28"
        kev = "2024-05-30"
        cvss = "8.6"
    condition:
        vpn_product == "checkpoint" and
        ((vpn_version == 182439765373616129) or // R81.20
         (vpn_version == 182417775141060609) or // R81.10
         (vpn_version == 182395784908505089) or // R81
         (vpn_version == 180231946025041921)) // R80.40
}

rule cve_2026_16232_checkpoint
{
    meta:
        title_ja = "Check Point Security Gatewayに知られた弱点があります（CVE-2026-16232）"
        title_en = "Check Point Security Gateway: management server: SmartConsole login bypass, administrator rights before login (a standalone gateway is one, too) (CVE-2026-16232)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.checkpoint.com/results/sk/sk185169"
        cve = "CVE-2026-16232"
        product = "checkpoint"
        scheme = "checkpoint"
        fixed = "not named"
        released = "2026-07-22"
        kev = "2026-07-22"
        cvss = "9.3"
    condition:
        vpn_product == "checkpoint" and
        ((vpn_version >= 184669574954745857 and vpn_version <= 184669574954745929) or // R82.10..R82.10 Jumbo Hotfix Take 36
         (vpn_version >= 184647584722190337 and vpn_version <= 184647584722190573) or // R82..R82 Jumbo Hotfix Take 118
         (vpn_version >= 182439765373616129 and vpn_version <= 182439765373616445) or // R81.20..R81.20 Jumbo Hotfix Take 158
         (vpn_version == 182417775141060609) or // R81.10
         (vpn_version == 182395784908505089) or // R81
         (vpn_version == 180209955792486401) or // R80.30
         (vpn_version == 180187965559930881) or // R80.20
         (vpn_version == 180165975327375361) or // R80.10
         (vpn_version == 180143985094819841) or // R80
         (vpn_version == 173454556351430657)) // R77.30
}

rule cve_2026_48132_checkpoint
{
    meta:
        title_ja = "Check Point Security Gatewayに知られた弱点があります（CVE-2026-48132）"
        title_en = "Check Point Security Gateway: IKE over NAT-T (4500/UDP): a crafted packet ends the VPN process before login (denial of service) (CVE-2026-48132)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://support.checkpoint.com/results/sk/sk184982"
        cve = "CVE-2026-48132"
        product = "checkpoint"
        scheme = "checkpoint"
        fixed = "not named"
        released = "2026-05-26"
        cvss = "8.1"
    condition:
        vpn_product == "checkpoint" and
        ((vpn_version >= 184669574954745857 and vpn_version <= 184669574954745869) or // R82.10..R82.10 Jumbo Hotfix Take 6
         (vpn_version >= 184647584722190337 and vpn_version <= 184647584722190519) or // R82..R82 Jumbo Hotfix Take 91
         (vpn_version >= 182439765373616129 and vpn_version <= 182439765373616383) or // R81.20..R81.20 Jumbo Hotfix Take 127
         (vpn_version > 0 and vpn_version <= 182417775141060609)) // ..R81.10
}

rule cve_2026_50751_checkpoint
{
    meta:
        title_ja = "Check Point Security Gatewayに知られた弱点があります（CVE-2026-50751）"
        title_en = "Check Point Security Gateway: IKEv1 remote access: certificate check flaw, VPN connection without a valid user password (CVE-2026-50751)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.checkpoint.com/results/sk/sk185033"
        cve = "CVE-2026-50751"
        product = "checkpoint"
        scheme = "checkpoint"
        fixed = "not named"
        released = "2026-06-08"
        kev = "2026-06-08"
        cvss = "9.3"
    condition:
        vpn_product == "checkpoint" and
        ((vpn_version >= 184669574954745857 and vpn_version <= 184669574954745895) or // R82.10..R82.10 Jumbo Hotfix Take 19
         (vpn_version >= 184647584722190337 and vpn_version <= 184647584722190543) or // R82..R82 Jumbo Hotfix Take 103
         (vpn_version >= 182439765373616129 and vpn_version <= 182439765373616411) or // R81.20..R81.20 Jumbo Hotfix Take 141
         (vpn_version == 182417775141060609) or // R81.10
         (vpn_version == 182395784908505089) or // R81
         (vpn_version == 180231946025041921)) // R80.40
}

rule cve_2026_85102_checkpoint
{
    meta:
        title_ja = "Check Point Security Gatewayに知られた弱点があります（CVE-2026-85102）"
        title_en = "Check Point Security Gateway: VPN negotiation: certificate trust not checked, code execution on the gateway before login (CVE-2026-85102)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.checkpoint.com/results/sk/sk1000117"
        cve = "CVE-2026-85102"
        product = "checkpoint"
        scheme = "checkpoint"
        fixed = "not named"
        released = "2026-09-09"
        kev = "2026-09-22"
        cvss = "9.8"
    condition:
        vpn_product == "checkpoint" and
        ((vpn_version >= 184669574954745857 and vpn_version <= 184669574954745943) or // R82.10..R82.10 Jumbo Hotfix Take 43
         (vpn_version >= 184647584722190337 and vpn_version <= 184647584722190587) or // R82..R82 Jumbo Hotfix Take 125
         (vpn_version >= 182439765373616129 and vpn_version <= 182439765373616459)) // R81.20..R81.20 Jumbo Hotfix Take 165
}

rule cve_2026_93616_checkpoint
{
    meta:
        title_ja = "Check Point Security Gatewayに知られた弱点があります（CVE-2026-93616）"
        title_en = "Check Point Security Gateway: management server: path traversal and file upload, script execution before login (a standalone gateway is one, too) (CVE-2026-93616)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.checkpoint.com/results/sk/sk1000171"
        cve = "CVE-2026-93616"
        product = "checkpoint"
        scheme = "checkpoint"
        fixed = "not named"
        released = "2026-09-22"
        kev = "2026-09-22"
        cvss = "9.8"
    condition:
        vpn_product == "checkpoint" and
        ((vpn_version == 184691565187301377) or // R82.20
         (vpn_version >= 184669574954745857 and vpn_version <= 184669574954745945) or // R82.10..R82.10 Jumbo Hotfix Take 44
         (vpn_version >= 184647584722190337 and vpn_version <= 184647584722190589) or // R82..R82 Jumbo Hotfix Take 126
         (vpn_version >= 182439765373616129 and vpn_version <= 182439765373616461) or // R81.20..R81.20 Jumbo Hotfix Take 166
         (vpn_version >= 182417775141060609 and vpn_version <= 182417775141060989) or // R81.10..R81.10 Jumbo Hotfix Take 190
         (vpn_version == 182395784908505089) or // R81
         (vpn_version == 180231946025041921) or // R80.40
         (vpn_version == 180209955792486401) or // R80.30
         (vpn_version == 180187965559930881) or // R80.20
         (vpn_version == 180165975327375361) or // R80.10
         (vpn_version == 180143985094819841)) // R80
}

rule cve_2026_123039_checkpoint
{
    meta:
        title_ja = "Check Point Security Gatewayに知られた弱点があります（CVE-2026-123039）"
        title_en = "Check Point Security Gateway: Gaia DynamicCLI daemon: any local process gets root through a world-writable socket (CVE-2026-123039)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://github.com/CVEProject/cvelistV5/blob/main/cves/2026/123xxx/CVE-2026-123039.json"
        cve = "CVE-2026-123039"
        product = "checkpoint"
        scheme = "checkpoint"
        fixed = "not named"
        released = "2026-11-12"
        kev = "2026-11-13"
    condition:
        vpn_product == "checkpoint" and
        ((vpn_version >= 184691565187301377 and vpn_version <= 184691565187301397) or // R82.20..R82.20 Jumbo Hotfix Take 10
         (vpn_version >= 184669574954745857 and vpn_version <= 184669574954745957) or // R82.10..R82.10 Jumbo Hotfix Take 50
         (vpn_version >= 184647584722190337 and vpn_version <= 184647584722190597) or // R82..R82 Jumbo Hotfix Take 130
         (vpn_version >= 182439765373616129 and vpn_version <= 182439765373616475)) // R81.20..R81.20 Jumbo Hotfix Take 173
}
