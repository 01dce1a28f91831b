// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2020_1631_junos
{
    meta:
        title_ja = "Juniper Junosに知られた弱点があります（CVE-2020-1631）"
        title_en = "Juniper Junos: J-Web, Dynamic VPN, web authentication (HTTP service): path traversal, sessions can be stolen, commands injected (CVE-2020-1631)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://kb.juniper.net/JSA11021"
        cve = "CVE-2020-1631"
        product = "junos"
        scheme = "junos"
        fixed = "12.3R12-S16, 12.3X48-D101, 14.1X53-D54, 15.1R7-S7, 15.1X49-D211, 16.1R7-S8, 17.2R3-S4, 17.3R3-S8, 17.4R2-S11, 17.4R3-S2, 18.1R3-S10, 18.2R2-S7, 18.2R3-S4, 18.3R2-S4, 18.3R3-S2, 18.4R1-S7, 18.4R3-S2, 19.1R1-S5, 19.1R3-S1, 19.2R2, 19.3R2-S3, 19.3R3, …"
        released = "2020-04-27"
        kev = "2022-03-25"
        cvss = "8.8"
    condition:
        vpn_product == "junos" and
        ((vpn_version >= 27028194833989633 and vpn_version < 27028220603793441) or // 12.3..<12.3R12-S16
         (vpn_version >= 27028297913204737 and vpn_version < 27028297926443009) or // 12.3X48..<12.3X48-D101
         (vpn_version >= 31527510231482369 and vpn_version < 31527510238560257) or // 14.1X53..<14.1X53-D54
         (vpn_version >= 33779196228534273 and vpn_version < 33779211260919823) or // 15.1..<15.1R7-S7
         (vpn_version >= 33779301455233025 and vpn_version < 33779301482889217) or // 15.1X49..<15.1X49-D211
         (vpn_version >= 36030996042219521 and vpn_version < 36031011074605073) or // 16.1..<16.1R7-S8
         (vpn_version >= 38284994879160321 and vpn_version < 38285001321611273) or // 17.2..<17.2R3-S4
         (vpn_version >= 38287193902415873 and vpn_version < 38287200344866833) or // 17.3..<17.3R3-S8
         (vpn_version >= 38289392925671425 and vpn_version < 38289397220638743) or // 17.4..<17.4R2-S11
         (vpn_version >= 38289399368122369 and vpn_version < 38289399368122373) or // 17.4R3..<17.4R3-S2
         (vpn_version >= 40534595669590017 and vpn_version < 40534602112040981) or // 18.1..<18.1R3-S10
         (vpn_version >= 40536794692845569 and vpn_version < 40536798987812879) or // 18.2..<18.2R2-S7
         (vpn_version >= 40536801135296513 and vpn_version < 40536801135296521) or // 18.2R3..<18.2R3-S4
         (vpn_version >= 40538993716101121 and vpn_version < 40538998011068425) or // 18.3..<18.3R2-S4
         (vpn_version >= 40539000158552065 and vpn_version < 40539000158552069) or // 18.3R3..<18.3R3-S2
         (vpn_version >= 40541192739356673 and vpn_version < 40541194886840335) or // 18.4..<18.4R1-S7
         (vpn_version >= 40541197034323969 and vpn_version < 40541199181807621) or // 18.4R2..<18.4R3-S2
         (vpn_version >= 42786395483275265 and vpn_version < 42786397630758923) or // 19.1..<19.1R1-S5
         (vpn_version >= 42786399778242561 and vpn_version < 42786401925726211) or // 19.1R2..<19.1R3-S1
         (vpn_version >= 42788594506530817 and vpn_version < 42788598801498113) or // 19.2..<19.2R2
         (vpn_version >= 42790793529786369 and vpn_version < 42790797824753671) or // 19.3..<19.3R2-S3
         (vpn_version >= 42792992553041921 and vpn_version < 42792994700525573) or // 19.4..<19.4R1-S2
         (vpn_version >= 45038195296960513 and vpn_version < 45038197444444163)) // 20.1..<20.1R1-S1
}

rule cve_2022_22241_junos
{
    meta:
        title_ja = "Juniper Junosに知られた弱点があります（CVE-2022-22241）"
        title_en = "Juniper Junos: J-Web: deserialization (phar), file access or commands before login (CVE-2022-22241)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://nvd.nist.gov/vuln/detail/CVE-2022-22241"
        cve = "CVE-2022-22241"
        product = "junos"
        scheme = "junos"
        fixed = "19.1R3-S9, 19.2R3-S6, 19.3R3-S7, 19.4R2-S7, 19.4R3-S9, 20.1R3-S5, 20.2R3-S5, 20.3R3-S5, 20.4R3-S4, 21.1R3-S2, 21.2R3-S1, 21.3R2-S2, 21.3R3, 21.4R1-S2, 21.4R2-S1, 21.4R3, 22.1R1-S1, 22.1R2"
        released = "2022-10-18"
        cvss = "8.1"
    condition:
        vpn_product == "junos" and
        ((vpn_version > 0 and vpn_version < 42786401925726227) or // ..<19.1R3-S9
         (vpn_version >= 42788594506530817 and vpn_version < 42788600948981773) or // 19.2..<19.2R3-S6
         (vpn_version >= 42790793529786369 and vpn_version < 42790799972237327) or // 19.3..<19.3R3-S7
         (vpn_version >= 42792992553041921 and vpn_version < 42792996848009231) or // 19.4..<19.4R2-S7
         (vpn_version >= 42792998995492865 and vpn_version < 42792998995492883) or // 19.4R3..<19.4R3-S9
         (vpn_version >= 45038195296960513 and vpn_version < 45038201739411467) or // 20.1..<20.1R3-S5
         (vpn_version >= 45040394320216065 and vpn_version < 45040400762667019) or // 20.2..<20.2R3-S5
         (vpn_version >= 45042593343471617 and vpn_version < 45042599785922571) or // 20.3..<20.3R3-S5
         (vpn_version >= 45044792366727169 and vpn_version < 45044798809178121) or // 20.4..<20.4R3-S4
         (vpn_version >= 47289995110645761 and vpn_version < 47290001553096709) or // 21.1..<21.1R3-S2
         (vpn_version >= 47292194133901313 and vpn_version < 47292200576352259) or // 21.2..<21.2R3-S1
         (vpn_version >= 47294393157156865 and vpn_version < 47294397452124165) or // 21.3..<21.3R2-S2
         (vpn_version >= 47296592180412417 and vpn_version < 47296594327896069) or // 21.4..<21.4R1-S2
         (vpn_version >= 47296596475379713 and vpn_version < 47296596475379715) or // 21.4R2..<21.4R2-S1
         (vpn_version >= 49541794924331009 and vpn_version < 49541797071814659)) // 22.1..<22.1R1-S1
}

rule cve_2023_36845_junos
{
    meta:
        title_ja = "Juniper Junosに知られた弱点があります（CVE-2023-36845）"
        title_en = "Juniper Junos: SRX and EX, J-Web: PHP environment variable, code execution before login (CVE-2023-36845)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://supportportal.juniper.net/JSA72300"
        cve = "CVE-2023-36845"
        product = "junos"
        scheme = "junos"
        fixed = "20.4R3-S9, 21.2R3-S7, 21.3R3-S5, 21.4R3-S5, 22.1R3-S4, 22.2R3-S2, 22.3R2-S2, 22.3R3-S1, 22.4R2-S1, 22.4R3, 23.2R1-S1, 23.2R2, 23.4R1"
        released = "2023-08-17"
        kev = "2023-11-13"
        cvss = "9.8"
    condition:
        vpn_product == "junos" and
        ((vpn_version > 0 and vpn_version < 45044798809178131) or // ..<20.4R3-S9
         (vpn_version == 47289995110645761) or // 21.1
         (vpn_version >= 47292194133901313 and vpn_version < 47292200576352271) or // 21.2..<21.2R3-S7
         (vpn_version >= 47294393157156865 and vpn_version < 47294399599607819) or // 21.3..<21.3R3-S5
         (vpn_version >= 47296592180412417 and vpn_version < 47296598622863371) or // 21.4..<21.4R3-S5
         (vpn_version >= 49541794924331009 and vpn_version < 49541801366781961) or // 22.1..<22.1R3-S4
         (vpn_version >= 49543993947586561 and vpn_version < 49544000390037509) or // 22.2..<22.2R3-S2
         (vpn_version >= 49546192970842113 and vpn_version < 49546197265809413) or // 22.3..<22.3R2-S2
         (vpn_version >= 49546199413293057 and vpn_version < 49546199413293059) or // 22.3R3..<22.3R3-S1
         (vpn_version >= 49548391994097665 and vpn_version < 49548396289064963) or // 22.4..<22.4R2-S1
         (vpn_version >= 51795793761271809 and vpn_version < 51795795908755459)) // 23.2..<23.2R1-S1
}

rule cve_2023_36846_junos
{
    meta:
        title_ja = "Juniper Junosに知られた弱点があります（CVE-2023-36846）"
        title_en = "Juniper Junos: SRX, J-Web (user.php): files can be uploaded before login (chained with CVE-2023-36845) (CVE-2023-36846)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://supportportal.juniper.net/JSA72300"
        cve = "CVE-2023-36846"
        product = "junos"
        scheme = "junos"
        fixed = "20.4R3-S8, 21.2R3-S6, 21.3R3-S5, 21.4R3-S5, 22.1R3-S3, 22.2R3-S2, 22.3R2-S2, 22.3R3, 22.4R2-S1, 22.4R3, 23.2R1"
        released = "2023-08-17"
        kev = "2023-11-13"
        cvss = "5.3"
    condition:
        vpn_product == "junos" and
        ((vpn_version > 0 and vpn_version < 45044798809178129) or // ..<20.4R3-S8
         (vpn_version == 47289995110645761) or // 21.1
         (vpn_version >= 47292194133901313 and vpn_version < 47292200576352269) or // 21.2..<21.2R3-S6
         (vpn_version >= 47294393157156865 and vpn_version < 47294399599607819) or // 21.3..<21.3R3-S5
         (vpn_version >= 47296592180412417 and vpn_version < 47296598622863371) or // 21.4..<21.4R3-S5
         (vpn_version >= 49541794924331009 and vpn_version < 49541801366781959) or // 22.1..<22.1R3-S3
         (vpn_version >= 49543993947586561 and vpn_version < 49544000390037509) or // 22.2..<22.2R3-S2
         (vpn_version >= 49546192970842113 and vpn_version < 49546197265809413) or // 22.3..<22.3R2-S2
         (vpn_version >= 49548391994097665 and vpn_version < 49548396289064963)) // 22.4..<22.4R2-S1
}

rule cve_2023_36851_junos
{
    meta:
        title_ja = "Juniper Junosに知られた弱点があります（CVE-2023-36851）"
        title_en = "Juniper Junos: SRX, J-Web (webauth_operation.php): files can be uploaded and fetched before login (CVE-2023-36851)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://supportportal.juniper.net/JSA72300"
        cve = "CVE-2023-36851"
        product = "junos"
        scheme = "junos"
        fixed = "21.2R3-S8, 21.4R3-S6, 22.1R3-S5, 22.2R3-S3, 22.3R3-S2, 22.4R2-S2, 22.4R3, 23.2R1-S2, 23.2R2, 23.4R1"
        released = "2023-09-05"
        kev = "2023-11-13"
        cvss = "5.3"
    condition:
        vpn_product == "junos" and
        ((vpn_version >= 47292194133901313 and vpn_version < 47292200576352273) or // 21.2..<21.2R3-S8
         (vpn_version >= 47296592180412417 and vpn_version < 47296598622863373) or // 21.4..<21.4R3-S6
         (vpn_version >= 49541794924331009 and vpn_version < 49541801366781963) or // 22.1..<22.1R3-S5
         (vpn_version >= 49543993947586561 and vpn_version < 49544000390037511) or // 22.2..<22.2R3-S3
         (vpn_version >= 49546192970842113 and vpn_version < 49546199413293061) or // 22.3..<22.3R3-S2
         (vpn_version >= 49548391994097665 and vpn_version < 49548396289064965) or // 22.4..<22.4R2-S2
         (vpn_version >= 51795793761271809 and vpn_version < 51795795908755461)) // 23.2..<23.2R1-S2
}

rule cve_2024_21591_junos
{
    meta:
        title_ja = "Juniper Junosに知られた弱点があります（CVE-2024-21591）"
        title_en = "Juniper Junos: SRX and EX, J-Web: out-of-bounds write, code execution as root before login (CVE-2024-21591)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://supportportal.juniper.net/JSA75729"
        cve = "CVE-2024-21591"
        product = "junos"
        scheme = "junos"
        fixed = "20.4R3-S9, 21.2R3-S7, 21.3R3-S5, 21.4R3-S5, 22.1R3-S4, 22.2R3-S3, 22.3R3-S2, 22.4R2-S2, 22.4R3, 23.2R1-S1, 23.2R2, 23.4R1"
        released = "2024-01-10"
        cvss = "9.8"
    condition:
        vpn_product == "junos" and
        ((vpn_version > 0 and vpn_version < 45044798809178131) or // ..<20.4R3-S9
         (vpn_version >= 47292194133901313 and vpn_version < 47292200576352271) or // 21.2..<21.2R3-S7
         (vpn_version >= 47294393157156865 and vpn_version < 47294399599607819) or // 21.3..<21.3R3-S5
         (vpn_version >= 47296592180412417 and vpn_version < 47296598622863371) or // 21.4..<21.4R3-S5
         (vpn_version >= 49541794924331009 and vpn_version < 49541801366781961) or // 22.1..<22.1R3-S4
         (vpn_version >= 49543993947586561 and vpn_version < 49544000390037511) or // 22.2..<22.2R3-S3
         (vpn_version >= 49546192970842113 and vpn_version < 49546199413293061) or // 22.3..<22.3R3-S2
         (vpn_version >= 49548391994097665 and vpn_version < 49548396289064965)) // 22.4..<22.4R2-S2
}

rule cve_2025_21590_junos
{
    meta:
        title_ja = "Juniper Junosに知られた弱点があります（CVE-2025-21590）"
        title_en = "Juniper Junos: kernel: an administrator with shell access can inject code (used to hide backdoors, UNC3886) (CVE-2025-21590)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://supportportal.juniper.net/JSA93446"
        cve = "CVE-2025-21590"
        product = "junos"
        scheme = "junos"
        fixed = "21.2R3-S9, 21.4R3-S10, 22.2R3-S6, 22.4R3-S6, 23.2R2-S3, 23.4R2-S4, 24.2R1-S2, 24.2R2, 24.4R1"
        released = "2025-03-12"
        kev = "2025-03-13"
        cvss = "4.4"
    condition:
        vpn_product == "junos" and
        ((vpn_version > 0 and vpn_version < 47292200576352275) or // ..<21.2R3-S9
         (vpn_version >= 47296592180412417 and vpn_version < 47296598622863381) or // 21.4..<21.4R3-S10
         (vpn_version >= 49543993947586561 and vpn_version < 49544000390037517) or // 22.2..<22.2R3-S6
         (vpn_version >= 49548391994097665 and vpn_version < 49548398436548621) or // 22.4..<22.4R3-S6
         (vpn_version >= 51795793761271809 and vpn_version < 51795798056239111) or // 23.2..<23.2R2-S3
         (vpn_version >= 51800191807782913 and vpn_version < 51800196102750217) or // 23.4..<23.4R2-S4
         (vpn_version >= 54047593574957057 and vpn_version < 54047595722440709)) // 24.2..<24.2R1-S2
}

rule cve_2026_33792_junos
{
    meta:
        title_ja = "Juniper Junosに知られた弱点があります（CVE-2026-33792）"
        title_en = "Juniper Junos: SRX: stack overflow in srxpfe, code execution before login (CVE-2026-33792)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://github.com/CVEProject/cvelistV5/blob/main/cves/2026/33xxx/CVE-2026-33792.json"
        cve = "CVE-2026-33792"
        product = "junos"
        scheme = "junos"
        fixed = "26.2R1-S2, 25.4R1-S3, 25.2R2-S2, 24.4R2-S5, 24.2R2-S5.5, 23.4R2-S8.13, 23.2R2-S7.7"
        released = "2026-10-14"
    condition:
        vpn_product == "junos" and
        ((vpn_version >= 58551193202327553 and vpn_version < 58551195349811205) or // 26.2..<26.2R1-S2
         (vpn_version >= 56303791435153409 and vpn_version < 56303793582637063) or // 25.4..<25.4R1-S3
         (vpn_version >= 56299393388642305 and vpn_version < 56299397683609605) or // 25.2..<25.2R2-S2
         (vpn_version >= 54051991621468161 and vpn_version < 54051995916435467) or // 24.4..<24.4R2-S5
         (vpn_version >= 54047593574957057 and vpn_version <= 54047597869924361) or // 24.2..24.2R2-S4
         (vpn_version >= 51800191807782913 and vpn_version <= 51800196102750223) or // 23.4..23.4R2-S7
         (vpn_version > 0 and vpn_version <= 51795798056239117)) // ..23.2R2-S6
}

rule cve_2026_101956_junos
{
    meta:
        title_ja = "Juniper Junosに知られた弱点があります（CVE-2026-101956）"
        title_en = "Juniper Junos: J-Web: login check missing, Junos commands with root's rights before login (CVE-2026-101956)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://github.com/CVEProject/cvelistV5/blob/main/cves/2026/101xxx/CVE-2026-101956.json"
        cve = "CVE-2026-101956"
        product = "junos"
        scheme = "junos"
        fixed = "26.2R1-S2, 25.4R1-S3, 25.2R2-S2"
        released = "2026-10-14"
    condition:
        vpn_product == "junos" and
        ((vpn_version >= 58551193202327553 and vpn_version < 58551195349811205) or // 26.2..<26.2R1-S2
         (vpn_version >= 56303791435153409 and vpn_version < 56303793582637063) or // 25.4..<25.4R1-S3
         (vpn_version >= 56299393388642305 and vpn_version < 56299397683609605)) // 25.2..<25.2R2-S2
}
