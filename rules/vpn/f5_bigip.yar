// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2020_5902_f5_bigip
{
    meta:
        title_ja = "F5 BIG-IP APMに知られた弱点があります（CVE-2020-5902）"
        title_en = "F5 BIG-IP APM: TMUI (configuration utility): path traversal, code execution before login (CVE-2020-5902)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.f5.com/csp/article/K52145254"
        cve = "CVE-2020-5902"
        product = "f5-bigip"
        scheme = "dotted"
        fixed = "not named"
        released = "2020-07-01"
        kev = "2021-11-03"
        cvss = "9.8"
    condition:
        vpn_product == "f5-bigip" and
        ((vpn_version >= 33776997205278721 and vpn_version <= 33779196228927489) or // 15.0.0..15.1.0.3
         (vpn_version >= 31527396414849025 and vpn_version <= 31527400710471681) or // 14.1.0..14.1.2.5
         (vpn_version >= 29275596601163777 and vpn_version <= 29275603044007937) or // 13.1.0..13.1.3.3
         (vpn_version >= 27023796787478529 and vpn_version <= 27023807525027841) or // 12.1.0..12.1.5.1
         (vpn_version >= 24782994237554689 and vpn_version <= 24783002827620353)) // 11.6.1..11.6.5.1
}

rule cve_2021_22986_f5_bigip
{
    meta:
        title_ja = "F5 BIG-IP APMに知られた弱点があります（CVE-2021-22986）"
        title_en = "F5 BIG-IP APM: iControl REST: command execution before login (CVE-2021-22986)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.f5.com/csp/article/K03009991"
        cve = "CVE-2021-22986"
        product = "f5-bigip"
        scheme = "dotted"
        fixed = "16.0.1.1, 15.1.2.1, 14.1.4, 13.1.3.6, 12.1.5.3"
        released = "2021-03-31"
        kev = "2021-11-03"
        cvss = "9.8"
    condition:
        vpn_product == "f5-bigip" and
        ((vpn_version >= 36028797018963969 and vpn_version < 36028799166578689) or // 16.0..<16.0.1.1
         (vpn_version >= 33779196228534273 and vpn_version < 33779200523632641) or // 15.1..<15.1.2.1
         (vpn_version >= 31527396414849025 and vpn_version < 31527405004783617) or // 14.1..<14.1.4
         (vpn_version >= 29275596601163777 and vpn_version < 29275603044401153) or // 13.1..<13.1.3.6
         (vpn_version >= 27023796787478529 and vpn_version < 27023807525289985)) // 12.1..<12.1.5.3
}

rule cve_2021_22991_f5_bigip
{
    meta:
        title_ja = "F5 BIG-IP APMに知られた弱点があります（CVE-2021-22991）"
        title_en = "F5 BIG-IP APM: TMM: buffer overflow in URI normalisation on a virtual server, denial of service, access control bypass (CVE-2021-22991)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.f5.com/csp/article/K56715231"
        cve = "CVE-2021-22991"
        product = "f5-bigip"
        scheme = "dotted"
        fixed = "16.0.1.1, 15.1.2.1, 14.1.4, 13.1.3.6, 12.1.5.3"
        released = "2021-03-31"
        kev = "2022-01-18"
        cvss = "9.8"
    condition:
        vpn_product == "f5-bigip" and
        ((vpn_version >= 36028797018963969 and vpn_version < 36028799166578689) or // 16.0..<16.0.1.1
         (vpn_version >= 33779196228534273 and vpn_version < 33779200523632641) or // 15.1..<15.1.2.1
         (vpn_version >= 31527396414849025 and vpn_version < 31527405004783617) or // 14.1..<14.1.4
         (vpn_version >= 29275596601163777 and vpn_version < 29275603044401153) or // 13.1..<13.1.3.6
         (vpn_version >= 27023796787478529 and vpn_version < 27023807525289985)) // 12.1..<12.1.5.3
}

rule cve_2022_1388_f5_bigip
{
    meta:
        title_ja = "F5 BIG-IP APMに知られた弱点があります（CVE-2022-1388）"
        title_en = "F5 BIG-IP APM: iControl REST: login bypass, command execution (CVE-2022-1388)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://support.f5.com/csp/article/K23605346"
        cve = "CVE-2022-1388"
        product = "f5-bigip"
        scheme = "dotted"
        fixed = "16.1.2.2, 15.1.5.1, 14.1.4.6, 13.1.5"
        released = "2022-05-04"
        kev = "2022-05-10"
        cvss = "9.8"
    condition:
        vpn_product == "f5-bigip" and
        ((vpn_version >= 36030996042219521 and vpn_version < 36031000337448961) or // 16.1..<16.1.2.2
         (vpn_version >= 33779196228534273 and vpn_version < 33779206966083585) or // 15.1..<15.1.5.1
         (vpn_version >= 31527396414849025 and vpn_version < 31527405005570049) or // 14.1..<14.1.4.6
         (vpn_version >= 29275596601163777 and vpn_version < 29275607338582017) or // 13.1..<13.1.5
         (vpn_version >= 27023796787478529 and vpn_version <= 27023809672380417) or // 12.1..12.1.6
         (vpn_version >= 24782992090071041 and vpn_version <= 24783002827489281)) // 11.6..11.6.5
}

rule cve_2023_46747_f5_bigip
{
    meta:
        title_ja = "F5 BIG-IP APMに知られた弱点があります（CVE-2023-46747）"
        title_en = "F5 BIG-IP APM: configuration utility: login bypass (request smuggling), system commands before login (CVE-2023-46747)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://my.f5.com/manage/s/article/K000137353"
        cve = "CVE-2023-46747"
        product = "f5-bigip"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-10-26"
        kev = "2023-10-31"
        cvss = "9.8"
    condition:
        vpn_product == "f5-bigip" and
        ((vpn_version >= 38282795855904769 and vpn_version <= 38282795856297985) or // 17.1.0..17.1.0.3
         (vpn_version >= 36030996042219521 and vpn_version <= 36031004632285185) or // 16.1.0..16.1.4.1
         (vpn_version >= 33779196228534273 and vpn_version <= 33779217703632897) or // 15.1.0..15.1.10.2
         (vpn_version >= 31527396414849025 and vpn_version <= 31527407153053697) or // 14.1.0..14.1.5.6
         (vpn_version == 29275596601163777)) // 13.1
}

rule cve_2023_46748_f5_bigip
{
    meta:
        title_ja = "F5 BIG-IP APMに知られた弱点があります（CVE-2023-46748）"
        title_en = "F5 BIG-IP APM: configuration utility: SQL injection by a logged-in user, system commands (CVE-2023-46748)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://my.f5.com/manage/s/article/K000137365"
        cve = "CVE-2023-46748"
        product = "f5-bigip"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-10-26"
        kev = "2023-10-31"
        cvss = "8.8"
    condition:
        vpn_product == "f5-bigip" and
        ((vpn_version >= 38282795855904769 and vpn_version <= 38282795856297985) or // 17.1.0..17.1.0.3
         (vpn_version >= 36030996042219521 and vpn_version <= 36031004632285185) or // 16.1.0..16.1.4.1
         (vpn_version >= 33779196228534273 and vpn_version <= 33779217703632897) or // 15.1.0..15.1.10.2
         (vpn_version >= 31527396414849025 and vpn_version <= 31527407153053697) or // 14.1.0..14.1.5.6
         (vpn_version == 29275596601163777)) // 13.1
}

rule cve_2025_53521_f5_bigip
{
    meta:
        title_ja = "F5 BIG-IP APMに知られた弱点があります（CVE-2025-53521）"
        title_en = "F5 BIG-IP APM: APM access policy on a virtual server: remote code execution before login (CVE-2025-53521)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://my.f5.com/manage/s/article/K000156741"
        cve = "CVE-2025-53521"
        product = "f5-bigip"
        scheme = "dotted"
        fixed = "17.5.1.3, 17.1.3, 16.1.6.1, 15.1.10.8"
        released = "2025-10-15"
        kev = "2026-03-27"
        cvss = "9.8"
    condition:
        vpn_product == "f5-bigip" and
        ((vpn_version >= 38291591948926977 and vpn_version < 38291594096803841) or // 17.5.0..<17.5.1.3
         (vpn_version >= 38282795855904769 and vpn_version < 38282802298355713) or // 17.1.0..<17.1.3
         (vpn_version >= 36030996042219521 and vpn_version < 36031008927252481) or // 16.1.0..<16.1.6.1
         (vpn_version >= 33779196228534273 and vpn_version < 33779217704419329)) // 15.1.0..<15.1.10.8
}
