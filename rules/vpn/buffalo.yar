// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2021_3512_buffalo
{
    meta:
        title_ja = "Buffalo AirStationに知られた弱点があります（CVE-2021-3512）"
        title_en = "Buffalo AirStation: broadband routers: access control bypass, telnet can be started, root commands without login (CVE-2021-3512)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/vu/JVNVU99235714/index.html"
        cve = "CVE-2021-3512"
        product = "buffalo"
        scheme = "dotted"
        fixed = "not named"
        released = "2021-04-27"
        cvss = "8.8"
    condition:
        vpn_product == "buffalo" and
        ((vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "bhr-4grv")) or // BHR-4GRV ..1.99
         (vpn_version > 0 and vpn_version <= 2434318743896065 and (vpn_model == "" or vpn_model iequals "dwr-hp-g300nh")) or // DWR-HP-G300NH ..1.83
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "hw-450hp-zwe")) or // HW-450HP-ZWE ..1.99
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "whr-300hp")) or // WHR-300HP ..1.99
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "whr-300")) or // WHR-300 ..1.99
         (vpn_version > 0 and vpn_version <= 2440915813662721 and (vpn_model == "" or vpn_model iequals "whr-g301n")) or // WHR-G301N ..1.86
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "whr-hp-g300n")) or // WHR-HP-G300N ..1.99
         (vpn_version > 0 and vpn_version <= 2440915813662721 and (vpn_model == "" or vpn_model iequals "whr-hp-gn")) or // WHR-HP-GN ..1.86
         (vpn_version > 0 and vpn_version <= 2443114836918273 and (vpn_model == "" or vpn_model iequals "wpl-05g300")) or // WPL-05G300 ..1.87
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "wzr-450hp-cwt")) or // WZR-450HP-CWT ..1.99
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "wzr-450hp-ub")) or // WZR-450HP-UB ..1.99
         (vpn_version > 0 and vpn_version <= 2416726557851649 and (vpn_model == "" or vpn_model iequals "wzr-hp-ag300h")) or // WZR-HP-AG300H ..1.75
         (vpn_version > 0 and vpn_version <= 2434318743896065 and (vpn_model == "" or vpn_model iequals "wzr-hp-g300nh")) or // WZR-HP-G300NH ..1.83
         (vpn_version > 0 and vpn_version <= 2434318743896065 and (vpn_model == "" or vpn_model iequals "wzr-hp-g301nh")) or // WZR-HP-G301NH ..1.83
         (vpn_version > 0 and vpn_version <= 2438716790407169 and (vpn_model == "" or vpn_model iequals "wzr-hp-g302h")) or // WZR-HP-G302H ..1.85
         (vpn_version > 0 and vpn_version <= 2447512883429377 and (vpn_model == "" or vpn_model iequals "wzr-hp-g450h")) or // WZR-HP-G450H ..1.89
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "wzr-300hp")) or // WZR-300HP ..1.99
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "wzr-450hp")) or // WZR-450HP ..1.99
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "wzr-600dhp")) or // WZR-600DHP ..1.99
         (vpn_version > 0 and vpn_version <= 2469503115984897 and (vpn_model == "" or vpn_model iequals "wzr-d1100h")) or // WZR-D1100H ..1.99
         (vpn_version > 0 and vpn_version <= 6825768185233409 and (vpn_model == "" or vpn_model iequals "fs-hp-g300n")) or // FS-HP-G300N ..3.32
         (vpn_version > 0 and vpn_version <= 6838962324766721 and (vpn_model == "" or vpn_model iequals "fs-600dhp")) or // FS-600DHP ..3.38
         (vpn_version > 0 and vpn_version <= 6841161348022273 and (vpn_model == "" or vpn_model iequals "fs-r600dhp")) or // FS-R600DHP ..3.39
         (vpn_version > 0 and vpn_version <= 6783986743377921 and (vpn_model == "" or vpn_model iequals "fs-g300n"))) // FS-G300N ..3.13
}

rule cve_2021_20090_buffalo
{
    meta:
        title_ja = "Buffalo AirStationに知られた弱点があります（CVE-2021-20090）"
        title_en = "Buffalo AirStation: web interface (Arcadyan firmware): path traversal, login bypass (CVE-2021-20090)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://www.tenable.com/security/research/tra-2021-13"
        cve = "CVE-2021-20090"
        product = "buffalo"
        scheme = "dotted"
        fixed = "not named"
        released = "2021-04-29"
        kev = "2021-11-03"
        cvss = "9.8"
    condition:
        vpn_product == "buffalo" and
        ((vpn_version > 0 and vpn_version <= 2256197860196353 and (vpn_model == "" or vpn_model iequals "wsr-2533dhpl2")) or // WSR-2533DHPL2 ..1.02
         (vpn_version > 0 and vpn_version <= 2304576371818497 and (vpn_model == "" or vpn_model iequals "wsr-2533dhp3"))) // WSR-2533DHP3 ..1.24
}

rule cve_2021_20716_buffalo
{
    meta:
        title_ja = "Buffalo AirStationに知られた弱点があります（CVE-2021-20716）"
        title_en = "Buffalo AirStation: old routers: hidden debug function, code execution without login (CVE-2021-20716)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/vu/JVNVU90274525/index.html"
        cve = "CVE-2021-20716"
        product = "buffalo"
        scheme = "dotted"
        fixed = "not named"
        released = "2021-04-27"
        cvss = "9.8"
    condition:
        vpn_product == "buffalo" and
        ((vpn_version > 0 and vpn_version <= 4624545906425857 and (vpn_model == "" or vpn_model iequals "bhr-4rv")) or // BHR-4RV ..2.55
         (vpn_version > 0 and vpn_version <= 4512395720392705 and (vpn_model == "" or vpn_model iequals "fs-g54")) or // FS-G54 ..2.04
         (vpn_version > 0 and vpn_version <= 4573968371548161 and (vpn_model == "" or vpn_model iequals "wbr2-b11")) or // WBR2-B11 ..2.32
         (vpn_version > 0 and vpn_version <= 4573968371548161 and (vpn_model == "" or vpn_model iequals "wbr2-g54")) or // WBR2-G54 ..2.32
         (vpn_version > 0 and vpn_version <= 4573968371548161 and (vpn_model == "" or vpn_model iequals "wbr2-g54-kd")) or // WBR2-G54-KD ..2.32
         (vpn_version > 0 and vpn_version <= 4554177162248193 and (vpn_model == "" or vpn_model iequals "wbr-b11")) or // WBR-B11 ..2.23
         (vpn_version > 0 and vpn_version <= 4554177162248193 and (vpn_model == "" or vpn_model iequals "wbr-g54")) or // WBR-G54 ..2.23
         (vpn_version > 0 and vpn_version <= 4547580092481537 and (vpn_model == "" or vpn_model iequals "wbr-g54l")) or // WBR-G54L ..2.20
         (vpn_version > 0 and vpn_version <= 4558575208759297 and (vpn_model == "" or vpn_model iequals "whr2-a54g54")) or // WHR2-A54G54 ..2.25
         (vpn_version > 0 and vpn_version <= 4554177162248193 and (vpn_model == "" or vpn_model iequals "whr2-g54")) or // WHR2-G54 ..2.23
         (vpn_version > 0 and vpn_version <= 4624545906425857 and (vpn_model == "" or vpn_model iequals "whr2-g54v")) or // WHR2-G54V ..2.55
         (vpn_version > 0 and vpn_version <= 4554177162248193 and (vpn_model == "" or vpn_model iequals "whr3-ag54")) or // WHR3-AG54 ..2.23
         (vpn_version > 0 and vpn_version <= 4538783999459329 and (vpn_model == "" or vpn_model iequals "whr-g54")) or // WHR-G54 ..2.16
         (vpn_version > 0 and vpn_version <= 4525589859926017 and (vpn_model == "" or vpn_model iequals "whr-g54-nf")) or // WHR-G54-NF ..2.10
         (vpn_version > 0 and vpn_version <= 4556376185503745 and (vpn_model == "" or vpn_model iequals "wla2-g54")) or // WLA2-G54 ..2.24
         (vpn_version > 0 and vpn_version <= 4556376185503745 and (vpn_model == "" or vpn_model iequals "wla2-g54c")) or // WLA2-G54C ..2.24
         (vpn_version > 0 and vpn_version <= 4547580092481537 and (vpn_model == "" or vpn_model iequals "wla-b11")) or // WLA-B11 ..2.20
         (vpn_version > 0 and vpn_version <= 4547580092481537 and (vpn_model == "" or vpn_model iequals "wla-g54")) or // WLA-G54 ..2.20
         (vpn_version > 0 and vpn_version <= 4547580092481537 and (vpn_model == "" or vpn_model iequals "wla-g54c")) or // WLA-G54C ..2.20
         (vpn_version > 0 and vpn_version <= 4622346883170305 and (vpn_model == "" or vpn_model iequals "wlah-a54g54")) or // WLAH-A54G54 ..2.54
         (vpn_version > 0 and vpn_version <= 4622346883170305 and (vpn_model == "" or vpn_model iequals "wlah-am54g54")) or // WLAH-AM54G54 ..2.54
         (vpn_version > 0 and vpn_version <= 4622346883170305 and (vpn_model == "" or vpn_model iequals "wlah-g54")) or // WLAH-G54 ..2.54
         (vpn_version > 0 and vpn_version <= 4620147859914753 and (vpn_model == "" or vpn_model iequals "wli2-tx1-ag54")) or // WLI2-TX1-AG54 ..2.53
         (vpn_version > 0 and vpn_version <= 4620147859914753 and (vpn_model == "" or vpn_model iequals "wli2-tx1-amg54")) or // WLI2-TX1-AMG54 ..2.53
         (vpn_version > 0 and vpn_version <= 4547580092481537 and (vpn_model == "" or vpn_model iequals "wli2-tx1-g54")) or // WLI2-TX1-G54 ..2.20
         (vpn_version > 0 and vpn_version <= 4620147859914753 and (vpn_model == "" or vpn_model iequals "wli3-tx1-amg54")) or // WLI3-TX1-AMG54 ..2.53
         (vpn_version > 0 and vpn_version <= 4620147859914753 and (vpn_model == "" or vpn_model iequals "wli3-tx1-g54")) or // WLI3-TX1-G54 ..2.53
         (vpn_version > 0 and vpn_version <= 4547580092481537 and (vpn_model == "" or vpn_model iequals "wli-t1-b11")) or // WLI-T1-B11 ..2.20
         (vpn_version > 0 and vpn_version <= 4547580092481537 and (vpn_model == "" or vpn_model iequals "wli-tx1-g54")) or // WLI-TX1-G54 ..2.20
         (vpn_version > 0 and vpn_version <= 4507997673881601 and (vpn_model == "" or vpn_model iequals "wvr-g54-nf")) or // WVR-G54-NF ..2.02
         (vpn_version > 0 and vpn_version <= 4593759580848129 and (vpn_model == "" or vpn_model iequals "wzr-g108")) or // WZR-G108 ..2.41
         (vpn_version > 0 and vpn_version <= 4593759580848129 and (vpn_model == "" or vpn_model iequals "wzr-g54")) or // WZR-G54 ..2.41
         (vpn_version > 0 and vpn_version <= 4593759580848129 and (vpn_model == "" or vpn_model iequals "wzr-hp-g54")) or // WZR-HP-G54 ..2.41
         (vpn_version > 0 and vpn_version <= 4624545906425857 and (vpn_model == "" or vpn_model iequals "wzr-rs-g54")) or // WZR-RS-G54 ..2.55
         (vpn_version > 0 and vpn_version <= 4624545906425857 and (vpn_model == "" or vpn_model iequals "wzr-rs-g54hp"))) // WZR-RS-G54HP ..2.55
}

rule cve_2022_39044_buffalo
{
    meta:
        title_ja = "Buffalo AirStationに知られた弱点があります（CVE-2022-39044）"
        title_en = "Buffalo AirStation: routers: hidden function, an administrator in the local network can run OS commands (CVE-2022-39044)"
        severity = "medium"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/vu/JVNVU92805279/index.html"
        cve = "CVE-2022-39044"
        product = "buffalo"
        scheme = "dotted"
        fixed = "not named"
        released = "2022-10-03"
        cvss = "6.8"
    condition:
        vpn_product == "buffalo" and
        ((vpn_version > 0 and vpn_version <= 2443114836918273 and (vpn_model == "" or vpn_model iequals "wcr-300")) or // WCR-300 ..1.87
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "whr-hp-g300n")) or // WHR-HP-G300N ..2.00
         (vpn_version > 0 and vpn_version <= 2443114836918273 and (vpn_model == "" or vpn_model iequals "whr-hp-gn")) or // WHR-HP-GN ..1.87
         (vpn_version > 0 and vpn_version <= 2445313860173825 and (vpn_model == "" or vpn_model iequals "wpl-05g300")) or // WPL-05G300 ..1.88
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "wzr-300hp")) or // WZR-300HP ..2.00
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "wzr-450hp")) or // WZR-450HP ..2.00
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "wzr-600dhp")) or // WZR-600DHP ..2.00
         (vpn_version > 0 and vpn_version <= 2284785162518529 and (vpn_model == "" or vpn_model iequals "wzr-900dhp")) or // WZR-900DHP ..1.15
         (vpn_version > 0 and vpn_version <= 2418925581107201 and (vpn_model == "" or vpn_model iequals "wzr-hp-ag300h")) or // WZR-HP-AG300H ..1.76
         (vpn_version > 0 and vpn_version <= 2440915813662721 and (vpn_model == "" or vpn_model iequals "wzr-hp-g302h")) or // WZR-HP-G302H ..1.86
         (vpn_version > 0 and vpn_version <= 2440915813662721 and (vpn_model == "" or vpn_model iequals "wlae-ag300n")) or // WLAE-AG300N ..1.86
         (vpn_version > 0 and vpn_version <= 6843360371277825 and (vpn_model == "" or vpn_model iequals "fs-600dhp")) or // FS-600DHP ..3.40
         (vpn_version > 0 and vpn_version <= 6786185766633473 and (vpn_model == "" or vpn_model iequals "fs-g300n")) or // FS-G300N ..3.14
         (vpn_version > 0 and vpn_version <= 6827967208488961 and (vpn_model == "" or vpn_model iequals "fs-hp-g300n")) or // FS-HP-G300N ..3.33
         (vpn_version > 0 and vpn_version <= 6843360371277825 and (vpn_model == "" or vpn_model iequals "fs-r600dhp")) or // FS-R600DHP ..3.40
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "bhr-4grv")) or // BHR-4GRV ..2.00
         (vpn_version > 0 and vpn_version <= 2436517767151617 and (vpn_model == "" or vpn_model iequals "dwr-hp-g300nh")) or // DWR-HP-G300NH ..1.84
         (vpn_version > 0 and vpn_version <= 2434318743896065 and (vpn_model == "" or vpn_model iequals "dwr-pg")) or // DWR-PG ..1.83
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "hw-450hp-zwe")) or // HW-450HP-ZWE ..2.00
         (vpn_version > 0 and vpn_version <= 2346357813673985 and (vpn_model == "" or vpn_model iequals "wer-a54g54")) or // WER-A54G54 ..1.43
         (vpn_version > 0 and vpn_version <= 2346357813673985 and (vpn_model == "" or vpn_model iequals "wer-ag54")) or // WER-AG54 ..1.43
         (vpn_version > 0 and vpn_version <= 2346357813673985 and (vpn_model == "" or vpn_model iequals "wer-am54g54")) or // WER-AM54G54 ..1.43
         (vpn_version > 0 and vpn_version <= 2346357813673985 and (vpn_model == "" or vpn_model iequals "wer-amg54")) or // WER-AMG54 ..1.43
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "whr-300")) or // WHR-300 ..2.00
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "whr-300hp")) or // WHR-300HP ..2.00
         (vpn_version > 0 and vpn_version <= 2346357813673985 and (vpn_model == "" or vpn_model iequals "whr-am54g54")) or // WHR-AM54G54 ..1.43
         (vpn_version > 0 and vpn_version <= 2346357813673985 and (vpn_model == "" or vpn_model iequals "whr-amg54")) or // WHR-AMG54 ..1.43
         (vpn_version > 0 and vpn_version <= 2366149022973953 and (vpn_model == "" or vpn_model iequals "whr-ampg")) or // WHR-AMPG ..1.52
         (vpn_version > 0 and vpn_version <= 2359551953207297 and (vpn_model == "" or vpn_model iequals "whr-g")) or // WHR-G ..1.49
         (vpn_version > 0 and vpn_version <= 2394736325296129 and (vpn_model == "" or vpn_model iequals "whr-g300n")) or // WHR-G300N ..1.65
         (vpn_version > 0 and vpn_version <= 2443114836918273 and (vpn_model == "" or vpn_model iequals "whr-g301n")) or // WHR-G301N ..1.87
         (vpn_version > 0 and vpn_version <= 2346357813673985 and (vpn_model == "" or vpn_model iequals "whr-g54s")) or // WHR-G54S ..1.43
         (vpn_version > 0 and vpn_version <= 2304576371818497 and (vpn_model == "" or vpn_model iequals "whr-g54s-ni")) or // WHR-G54S-NI ..1.24
         (vpn_version > 0 and vpn_version <= 2346357813673985 and (vpn_model == "" or vpn_model iequals "whr-hp-ampg")) or // WHR-HP-AMPG ..1.43
         (vpn_version > 0 and vpn_version <= 2359551953207297 and (vpn_model == "" or vpn_model iequals "whr-hp-g")) or // WHR-HP-G ..1.49
         (vpn_version > 0 and vpn_version <= 2346357813673985 and (vpn_model == "" or vpn_model iequals "whr-hp-g54")) or // WHR-HP-G54 ..1.43
         (vpn_version > 0 and vpn_version <= 2445313860173825 and (vpn_model == "" or vpn_model iequals "wli-h4-d600")) or // WLI-H4-D600 ..1.88
         (vpn_version > 0 and vpn_version <= 2368348046229505 and (vpn_model == "" or vpn_model iequals "wli-tx4-ag300n")) or // WLI-TX4-AG300N ..1.53
         (vpn_version > 0 and vpn_version <= 2383741209018369 and (vpn_model == "" or vpn_model iequals "ws024bf")) or // WS024BF ..1.60
         (vpn_version > 0 and vpn_version <= 2383741209018369 and (vpn_model == "" or vpn_model iequals "ws024bf-nw")) or // WS024BF-NW ..1.60
         (vpn_version > 0 and vpn_version <= 2324367581118465 and (vpn_model == "" or vpn_model iequals "wzr2-g108")) or // WZR2-G108 ..1.33
         (vpn_version > 0 and vpn_version <= 2372746092740609 and (vpn_model == "" or vpn_model iequals "wzr2-g300n")) or // WZR2-G300N ..1.55
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "wzr-450hp-cwt")) or // WZR-450HP-CWT ..2.00
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "wzr-450hp-ub")) or // WZR-450HP-UB ..2.00
         (vpn_version > 0 and vpn_version <= 2284785162518529 and (vpn_model == "" or vpn_model iequals "wzr-600dhp2")) or // WZR-600DHP2 ..1.15
         (vpn_version > 0 and vpn_version <= 2372746092740609 and (vpn_model == "" or vpn_model iequals "wzr-agl300nh")) or // WZR-AGL300NH ..1.55
         (vpn_version > 0 and vpn_version <= 2359551953207297 and (vpn_model == "" or vpn_model iequals "wzr-ampg144nh")) or // WZR-AMPG144NH ..1.49
         (vpn_version > 0 and vpn_version <= 2363949999718401 and (vpn_model == "" or vpn_model iequals "wzr-ampg300nh")) or // WZR-AMPG300NH ..1.51
         (vpn_version > 0 and vpn_version <= 4503599627370497 and (vpn_model == "" or vpn_model iequals "wzr-d1100h")) or // WZR-D1100H ..2.00
         (vpn_version > 0 and vpn_version <= 2357352929951745 and (vpn_model == "" or vpn_model iequals "wzr-g144n")) or // WZR-G144N ..1.48
         (vpn_version > 0 and vpn_version <= 2357352929951745 and (vpn_model == "" or vpn_model iequals "wzr-g144nh")) or // WZR-G144NH ..1.48
         (vpn_version > 0 and vpn_version <= 2436517767151617 and (vpn_model == "" or vpn_model iequals "wzr-hp-g300nh")) or // WZR-HP-G300NH ..1.84
         (vpn_version > 0 and vpn_version <= 2436517767151617 and (vpn_model == "" or vpn_model iequals "wzr-hp-g301nh")) or // WZR-HP-G301NH ..1.84
         (vpn_version > 0 and vpn_version <= 2449711906684929 and (vpn_model == "" or vpn_model iequals "wzr-hp-g450h"))) // WZR-HP-G450H ..1.90
}

rule cve_2022_43443_buffalo
{
    meta:
        title_ja = "Buffalo AirStationに知られた弱点があります（CVE-2022-43443）"
        title_en = "Buffalo AirStation: routers: OS commands through a crafted request to the management page, from the local network (CVE-2022-43443)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/vu/JVNVU97099584/"
        cve = "CVE-2022-43443"
        product = "buffalo"
        scheme = "dotted"
        fixed = "not named"
        released = "2022-12-19"
        cvss = "8.0"
    condition:
        vpn_product == "buffalo" and
        ((vpn_version > 0 and vpn_version <= 2273790046240769 and (vpn_model == "" or vpn_model iequals "wxr-11000xe12")) or // WXR-11000XE12 ..1.10
         (vpn_version > 0 and vpn_version <= 2311173441585153 and (vpn_model == "" or vpn_model iequals "wxr-5700ax7s")) or // WXR-5700AX7S ..1.27
         (vpn_version > 0 and vpn_version <= 2311173441585153 and (vpn_model == "" or vpn_model iequals "wxr-5700ax7b")) or // WXR-5700AX7B ..1.27
         (vpn_version > 0 and vpn_version <= 2308974418329601 and (vpn_model == "" or vpn_model iequals "wsr-3200ax4s")) or // WSR-3200AX4S ..1.26
         (vpn_version == 2306775395074049 and (vpn_model == "" or vpn_model iequals "wsr-3200ax4b")) or // WSR-3200AX4B 1.25
         (vpn_version > 0 and vpn_version <= 2269391999729665 and (vpn_model == "" or vpn_model iequals "wsr-2533dhp")) or // WSR-2533DHP ..1.08
         (vpn_version > 0 and vpn_version <= 2300178325307393 and (vpn_model == "" or vpn_model iequals "wsr-2533dhp2")) or // WSR-2533DHP2 ..1.22
         (vpn_version > 0 and vpn_version <= 2300178325307393 and (vpn_model == "" or vpn_model iequals "wsr-a2533dhp2")) or // WSR-A2533DHP2 ..1.22
         (vpn_version > 0 and vpn_version <= 2308974418329601 and (vpn_model == "" or vpn_model iequals "wsr-2533dhp3")) or // WSR-2533DHP3 ..1.26
         (vpn_version > 0 and vpn_version <= 2308974418329601 and (vpn_model == "" or vpn_model iequals "wsr-a2533dhp3")) or // WSR-A2533DHP3 ..1.26
         (vpn_version > 0 and vpn_version <= 2269391999729665 and (vpn_model == "" or vpn_model iequals "wsr-2533dhpl")) or // WSR-2533DHPL ..1.08
         (vpn_version > 0 and vpn_version <= 2258396883451905 and (vpn_model == "" or vpn_model iequals "wsr-2533dhpl2")) or // WSR-2533DHPL2 ..1.03
         (vpn_version > 0 and vpn_version <= 2267192976474113 and (vpn_model == "" or vpn_model iequals "wsr-2533dhpls")) or // WSR-2533DHPLS ..1.07
         (vpn_version == 2262794929963009 and (vpn_model == "" or vpn_model iequals "wsr-2533dhplb")) or // WSR-2533DHPLB 1.05
         (vpn_version > 0 and vpn_version <= 2286984185774081 and (vpn_model == "" or vpn_model iequals "wsr-1166dhp")) or // WSR-1166DHP ..1.16
         (vpn_version > 0 and vpn_version <= 2289183209029633 and (vpn_model == "" or vpn_model iequals "wsr-1166dhp2")) or // WSR-1166DHP2 ..1.17
         (vpn_version > 0 and vpn_version <= 2326566604374017 and (vpn_model == "" or vpn_model iequals "wcr-1166ds"))) // WCR-1166DS ..1.34
}

rule cve_2023_45741_buffalo
{
    meta:
        title_ja = "Buffalo AirStationに知られた弱点があります（CVE-2023-45741）"
        title_en = "Buffalo AirStation: VR-S1000 (VPN router): OS commands through the management page (CVE-2023-45741)"
        severity = "medium"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/jp/JVN23771490/"
        cve = "CVE-2023-45741"
        product = "buffalo"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-12-25"
        cvss = "6.8"
    condition:
        vpn_product == "buffalo" and
        ((vpn_version > 0 and vpn_version <= 4584963487825921 and (vpn_model == "" or vpn_model iequals "vr-s1000"))) // VR-S1000 ..2.37
}

rule cve_2023_51363_buffalo
{
    meta:
        title_ja = "Buffalo AirStationに知られた弱点があります（CVE-2023-51363）"
        title_en = "Buffalo AirStation: VR-S1000 (VPN router): confidential data readable without login by a neighbour in the network (CVE-2023-51363)"
        severity = "medium"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/jp/JVN23771490/"
        cve = "CVE-2023-51363"
        product = "buffalo"
        scheme = "dotted"
        fixed = "not named"
        released = "2023-12-25"
        cvss = "6.5"
    condition:
        vpn_product == "buffalo" and
        ((vpn_version > 0 and vpn_version <= 4584963487825921 and (vpn_model == "" or vpn_model iequals "vr-s1000"))) // VR-S1000 ..2.37
}

rule cve_2024_23486_buffalo
{
    meta:
        title_ja = "Buffalo AirStationに知られた弱点があります（CVE-2024-23486）"
        title_en = "Buffalo AirStation: wireless routers: login data readable at the login page without login (password in plain text) (CVE-2024-23486)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/jp/JVN58236836/"
        cve = "CVE-2024-23486"
        product = "buffalo"
        scheme = "dotted"
        fixed = "not named"
        released = "2024-04-10"
        cvss = "9.8"
    condition:
        vpn_product == "buffalo" and
        ((vpn_version > 0 and vpn_version <= 2264993953218561 and (vpn_model == "" or vpn_model iequals "wsr-2533dhp")) or // WSR-2533DHP ..1.06
         (vpn_version > 0 and vpn_version <= 2264993953218561 and (vpn_model == "" or vpn_model iequals "wsr-2533dhpl")) or // WSR-2533DHPL ..1.06
         (vpn_version > 0 and vpn_version <= 2273790046240769 and (vpn_model == "" or vpn_model iequals "wsr-2533dhp2")) or // WSR-2533DHP2 ..1.10
         (vpn_version > 0 and vpn_version <= 2273790046240769 and (vpn_model == "" or vpn_model iequals "wsr-a2533dhp2"))) // WSR-A2533DHP2 ..1.10
}

rule cve_2024_26023_buffalo
{
    meta:
        title_ja = "Buffalo AirStationに知られた弱点があります（CVE-2024-26023）"
        title_en = "Buffalo AirStation: wireless routers: a logged-in user can run OS commands (CVE-2024-26023)"
        severity = "medium"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/jp/JVN58236836/"
        cve = "CVE-2024-26023"
        product = "buffalo"
        scheme = "dotted"
        fixed = "not named"
        released = "2024-04-10"
        cvss = "4.2"
    condition:
        vpn_product == "buffalo" and
        ((vpn_version > 0 and vpn_version <= 2322168557862913 and (vpn_model == "" or vpn_model iequals "wcr-1166ds")) or // WCR-1166DS ..1.32
         (vpn_version > 0 and vpn_version <= 2282586139262977 and (vpn_model == "" or vpn_model iequals "wsr-1166dhp")) or // WSR-1166DHP ..1.14
         (vpn_version > 0 and vpn_version <= 2282586139262977 and (vpn_model == "" or vpn_model iequals "wsr-1166dhp2")) or // WSR-1166DHP2 ..1.14
         (vpn_version > 0 and vpn_version <= 2264993953218561 and (vpn_model == "" or vpn_model iequals "wsr-2533dhp")) or // WSR-2533DHP ..1.06
         (vpn_version > 0 and vpn_version <= 2264993953218561 and (vpn_model == "" or vpn_model iequals "wsr-2533dhpl")) or // WSR-2533DHPL ..1.06
         (vpn_version > 0 and vpn_version <= 2273790046240769 and (vpn_model == "" or vpn_model iequals "wsr-2533dhp2")) or // WSR-2533DHP2 ..1.10
         (vpn_version > 0 and vpn_version <= 2273790046240769 and (vpn_model == "" or vpn_model iequals "wsr-a2533dhp2"))) // WSR-A2533DHP2 ..1.10
}
