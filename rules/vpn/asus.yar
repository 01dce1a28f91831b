// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2021_32030_asus
{
    meta:
        title_ja = "ASUS routerに知られた弱点があります（CVE-2021-32030）"
        title_en = "ASUS router: GT-AC2900 and Lyra Mini: login bypass on the administration page (CVE-2021-32030)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.asus.com/us/supportonly/lyra%20mini/helpdesk_bios/"
        cve = "CVE-2021-32030"
        product = "asus"
        scheme = "asus"
        fixed = "GT-AC2900 3.0.0.4.386.42643, Lyra Mini 3.0.0.4_384_46630"
        released = "2021-05-06"
        kev = "2025-06-02"
        cvss = "9.8"
    condition:
        vpn_product == "asus" and
        ((vpn_version > 0 and vpn_version < 9856022231469351 and (vpn_model == "" or vpn_model iequals "gt-ac2900")) or // GT-AC2900 ..<3.0.0.4.386.42643
         (vpn_version > 0 and vpn_version < 9851624184966221 and (vpn_model == "" or vpn_model iequals "lyra mini"))) // Lyra Mini ..<3.0.0.4_384_46630
}

rule cve_2023_39780_asus
{
    meta:
        title_ja = "ASUS routerに知られた弱点があります（CVE-2023-39780）"
        title_en = "ASUS router: RT-AX55: command injection by a logged-in user (part of the \"AyySSHush\" backdoor campaign) (CVE-2023-39780)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.asus.com/content/asus-product-security-advisory/"
        cve = "CVE-2023-39780"
        product = "asus"
        scheme = "asus"
        fixed = "not named"
        released = "2023-09-11"
        kev = "2025-06-02"
        cvss = "8.8"
    condition:
        vpn_product == "asus" and
        ((vpn_version == 9856022231487261 and (vpn_model == "" or vpn_model iequals "rt-ax55"))) // RT-AX55 3.0.0.4.386.51598
}

rule cve_2024_3080_asus
{
    meta:
        title_ja = "ASUS routerに知られた弱点があります（CVE-2024-3080）"
        title_en = "ASUS router: login bypass (CVE-2024-3080)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.twcert.org.tw/en/cp-139-7860-760b1-2.html"
        cve = "CVE-2024-3080"
        product = "asus"
        scheme = "asus"
        fixed = "not named"
        released = "2024-06-14"
        cvss = "9.8"
    condition:
        vpn_product == "asus" and
        ((vpn_version > 0 and vpn_version <= 9860420277944387 and (vpn_model == "" or vpn_model iequals "zenwifi xt8")) or // ZenWiFi XT8 ..3.0.0.4.388_24609
         (vpn_version > 0 and vpn_version <= 9860420277944387 and (vpn_model == "" or vpn_model iequals "zenwifi xt8 v2")) or // ZenWiFi XT8 V2 ..3.0.0.4.388_24609
         (vpn_version > 0 and vpn_version <= 9860420277943565 and (vpn_model == "" or vpn_model iequals "rt-ax88u")) or // RT-AX88U ..3.0.0.4.388_24198
         (vpn_version > 0 and vpn_version <= 9860420277943019 and (vpn_model == "" or vpn_model iequals "rt-ax58u")) or // RT-AX58U ..3.0.0.4.388_23925
         (vpn_version > 0 and vpn_version <= 9856022231488653 and (vpn_model == "" or vpn_model iequals "rt-ax57")) or // RT-AX57 ..3.0.0.4.386_52294
         (vpn_version > 0 and vpn_version <= 9856022231487895 and (vpn_model == "" or vpn_model iequals "rt-ac86u")) or // RT-AC86U ..3.0.0.4.386_51915
         (vpn_version > 0 and vpn_version <= 9856022231487401 and (vpn_model == "" or vpn_model iequals "rt-ac68u"))) // RT-AC68U ..3.0.0.4.386_51668
}

rule cve_2025_59366_asus
{
    meta:
        title_ja = "ASUS routerに知られた弱点があります（CVE-2025-59366）"
        title_en = "ASUS router: AiCloud: login bypass through a side effect of Samba (CVE-2025-59366)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.asus.com/content/asus-product-security-advisory/"
        cve = "CVE-2025-59366"
        product = "asus"
        scheme = "asus"
        fixed = "not named"
        released = "2025-11-25"
        cvss = "9.2"
    condition:
        vpn_product == "asus" and
        ((vpn_version == 9856022231384065) or // 3.0.0.4_386
         (vpn_version == 9860420277895169) or // 3.0.0.4_388
         (vpn_version == 13735099254177793)) // 3.0.0.6_102
}
