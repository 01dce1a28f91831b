// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2018_0665_yamaha_rtx
{
    meta:
        title_ja = "Yamaha RTX/NVRに知られた弱点があります（CVE-2018-0665）"
        title_en = "Yamaha RTX/NVR: web page: an administrator can embed scripts in the settings, run in another administrator's browser (CVE-2018-0665)"
        severity = "medium"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/jp/JVN69967692/index.html"
        cve = "CVE-2018-0665"
        product = "yamaha-rtx"
        scheme = "yamaha"
        fixed = "not named"
        released = "2018-08-29"
        cvss = "6.8"
    condition:
        vpn_product == "yamaha-rtx" and
        ((vpn_version > 0 and vpn_version <= 18014602520428545 and (vpn_model == "" or vpn_model iequals "rt57i")) or // RT57i ..Rev.8.00.95
         (vpn_version > 0 and vpn_version <= 20268506868088833 and (vpn_model == "" or vpn_model iequals "rt58i")) or // RT58i ..Rev.9.01.51
         (vpn_version > 0 and vpn_version <= 24769875259949057 and (vpn_model == "" or vpn_model iequals "nvr500")) or // NVR500 ..Rev.11.00.36
         (vpn_version > 0 and vpn_version <= 24772063545786369 and (vpn_model == "" or vpn_model iequals "rtx810")) or // RTX810 ..Rev.11.01.31
         (vpn_version > 0 and vpn_version <= 24776448707395585 and (vpn_model == "" or vpn_model iequals "fwx120"))) // FWX120 ..Rev.11.03.25
}

rule cve_2018_0666_yamaha_rtx
{
    meta:
        title_ja = "Yamaha RTX/NVRに知られた弱点があります（CVE-2018-0666）"
        title_en = "Yamaha RTX/NVR: web page: an administrator can embed scripts in the settings, run in another administrator's browser (second flaw) (CVE-2018-0666)"
        severity = "medium"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/jp/JVN69967692/index.html"
        cve = "CVE-2018-0666"
        product = "yamaha-rtx"
        scheme = "yamaha"
        fixed = "not named"
        released = "2018-08-29"
        cvss = "6.8"
    condition:
        vpn_product == "yamaha-rtx" and
        ((vpn_version > 0 and vpn_version <= 18014602520428545 and (vpn_model == "" or vpn_model iequals "rt57i")) or // RT57i ..Rev.8.00.95
         (vpn_version > 0 and vpn_version <= 20268506868088833 and (vpn_model == "" or vpn_model iequals "rt58i")) or // RT58i ..Rev.9.01.51
         (vpn_version > 0 and vpn_version <= 24769875259949057 and (vpn_model == "" or vpn_model iequals "nvr500")) or // NVR500 ..Rev.11.00.36
         (vpn_version > 0 and vpn_version <= 24772063545786369 and (vpn_model == "" or vpn_model iequals "rtx810")) or // RTX810 ..Rev.11.01.31
         (vpn_version > 0 and vpn_version <= 24776448707395585 and (vpn_model == "" or vpn_model iequals "fwx120"))) // FWX120 ..Rev.11.03.25
}

rule cve_2021_20843_yamaha_rtx
{
    meta:
        title_ja = "Yamaha RTX/NVRに知られた弱点があります（CVE-2021-20843）"
        title_en = "Yamaha RTX/NVR: Web GUI: a crafted web page opened by a logged-in administrator changes the settings (cross-site script inclusion) (CVE-2021-20843)"
        severity = "medium"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/vu/JVNVU91161784/index.html"
        cve = "CVE-2021-20843"
        product = "yamaha-rtx"
        scheme = "yamaha"
        fixed = "not named"
        released = "2021-11-09"
        cvss = "5.4"
    condition:
        vpn_product == "yamaha-rtx" and
        ((vpn_version > 0 and vpn_version <= 33781431759011841 and (vpn_model == "" or vpn_model iequals "rtx830")) or // RTX830 ..Rev.15.02.17
         (vpn_version > 0 and vpn_version <= 33779234883239937 and (vpn_model == "" or vpn_model iequals "nvr510")) or // NVR510 ..Rev.15.01.18
         (vpn_version > 0 and vpn_version <= 33777038007468033 and (vpn_model == "" or vpn_model iequals "nvr700w")) or // NVR700W ..Rev.15.00.19
         (vpn_version > 0 and vpn_version <= 31527478019227649 and (vpn_model == "" or vpn_model iequals "rtx1210"))) // RTX1210 ..Rev.14.01.38
}

rule cve_2021_20844_yamaha_rtx
{
    meta:
        title_ja = "Yamaha RTX/NVRに知られた弱点があります（CVE-2021-20844）"
        title_en = "Yamaha RTX/NVR: Web GUI: a crafted web page opened by a logged-in administrator reads confidential data (CVE-2021-20844)"
        severity = "medium"
        response = "alert"
        attack = "T1190"
        reference = "https://jvn.jp/en/vu/JVNVU91161784/index.html"
        cve = "CVE-2021-20844"
        product = "yamaha-rtx"
        scheme = "yamaha"
        fixed = "not named"
        released = "2021-11-09"
        cvss = "5.7"
    condition:
        vpn_product == "yamaha-rtx" and
        ((vpn_version > 0 and vpn_version <= 33781431759011841 and (vpn_model == "" or vpn_model iequals "rtx830")) or // RTX830 ..Rev.15.02.17
         (vpn_version > 0 and vpn_version <= 33779234883239937 and (vpn_model == "" or vpn_model iequals "nvr510")) or // NVR510 ..Rev.15.01.18
         (vpn_version > 0 and vpn_version <= 33777038007468033 and (vpn_model == "" or vpn_model iequals "nvr700w")) or // NVR700W ..Rev.15.00.19
         (vpn_version > 0 and vpn_version <= 31527478019227649 and (vpn_model == "" or vpn_model iequals "rtx1210"))) // RTX1210 ..Rev.14.01.38
}
