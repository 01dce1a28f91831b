// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2019_7481_sonicwall_sma100
{
    meta:
        title_ja = "SonicWall SMA 100に知られた弱点があります（CVE-2019-7481）"
        title_en = "SonicWall SMA 100: SQL injection, read access to unauthorized resources before login (CVE-2019-7481)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2019-0016"
        cve = "CVE-2019-7481"
        product = "sonicwall-sma100"
        scheme = "sonicwall"
        fixed = "9.0.0.4"
        released = "2019-12-17"
        kev = "2021-11-03"
        cvss = "7.5"
    condition:
        vpn_product == "sonicwall-sma100" and
        ((vpn_version > 0 and vpn_version <= 20266198323560449)) // ..9.0.0.3
}

rule cve_2019_7483_sonicwall_sma100
{
    meta:
        title_ja = "SonicWall SMA 100に知られた弱点があります（CVE-2019-7483）"
        title_en = "SonicWall SMA 100: directory traversal in the handleWAFRedirect CGI, existence of files can be tested before login (CVE-2019-7483)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2019-0018"
        cve = "CVE-2019-7483"
        product = "sonicwall-sma100"
        scheme = "sonicwall"
        fixed = "9.0.0.4"
        released = "2019-12-19"
        kev = "2022-03-28"
        cvss = "7.5"
    condition:
        vpn_product == "sonicwall-sma100" and
        ((vpn_version > 0 and vpn_version < 20266198323691521)) // ..<9.0.0.4
}

rule cve_2021_20016_sonicwall_sma100
{
    meta:
        title_ja = "SonicWall SMA 100に知られた弱点があります（CVE-2021-20016）"
        title_en = "SonicWall SMA 100: SQL injection, user names, passwords and session data readable before login (CVE-2021-20016)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2021-0001"
        cve = "CVE-2021-20016"
        product = "sonicwall-sma100"
        scheme = "sonicwall"
        fixed = "10.2.0.5-d-29sv"
        released = "2021-02-03"
        kev = "2021-11-03"
        cvss = "9.8"
    condition:
        vpn_product == "sonicwall-sma100" and
        ((vpn_version >= 22517998136852481 and vpn_version < 22522396184019003)) // 10.0.0.0..<10.2.0.5-d-29sv
}

rule cve_2021_20028_sonicwall_sma100
{
    meta:
        title_ja = "SonicWall SMA 100に知られた弱点があります（CVE-2021-20028）"
        title_en = "SonicWall SMA 100: SQL injection in the end-of-life Secure Remote Access (SRA) products, before login (CVE-2021-20028)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2021-0017"
        cve = "CVE-2021-20028"
        product = "sonicwall-sma100"
        scheme = "sonicwall"
        fixed = "9.0.0.10"
        released = "2021-08-04"
        kev = "2022-03-28"
        cvss = "9.8"
    condition:
        vpn_product == "sonicwall-sma100" and
        ((vpn_version >= 18014398509481985 and vpn_version <= 20266198324346933)) // 8.0.0.0..9.0.0.9-26sv
}

rule cve_2021_20035_sonicwall_sma100
{
    meta:
        title_ja = "SonicWall SMA 100に知られた弱点があります（CVE-2021-20035）"
        title_en = "SonicWall SMA 100: command injection in the management interface (logged-in user), as user 'nobody' (CVE-2021-20035)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2021-0022"
        cve = "CVE-2021-20035"
        product = "sonicwall-sma100"
        scheme = "sonicwall"
        fixed = "10.2.1.1-19sv, 10.2.0.8-37sv, 9.0.0.11-31sv"
        released = "2021-09-27"
        kev = "2025-04-16"
        cvss = "7.2"
    condition:
        vpn_product == "sonicwall-sma100" and
        ((vpn_version >= 22522398330847233 and vpn_version <= 22522398330847267) or // 10.2.1.0..10.2.1.0-17sv
         (vpn_version >= 22522396183363585 and vpn_version <= 22522396184281157) or // 10.2.0.0..10.2.0.7-34sv
         (vpn_version > 0 and vpn_version <= 20266198324478009)) // ..9.0.0.10-28sv
}

rule cve_2021_20038_sonicwall_sma100
{
    meta:
        title_ja = "SonicWall SMA 100に知られた弱点があります（CVE-2021-20038）"
        title_en = "SonicWall SMA 100: stack overflow in mod_cgi (environment variables), code execution before login as user 'nobody' (CVE-2021-20038)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2021-0026"
        cve = "CVE-2021-20038"
        product = "sonicwall-sma100"
        scheme = "sonicwall"
        fixed = "10.2.1.3-27sv, 10.2.0.9-41sv"
        released = "2021-12-08"
        kev = "2022-01-28"
        cvss = "9.8"
    condition:
        vpn_product == "sonicwall-sma100" and
        ((vpn_version >= 22522398330847233 and vpn_version <= 22522398331109425) or // 10.2.1.0..10.2.1.2-24sv
         (vpn_version >= 22522396183363585 and vpn_version <= 22522396184412235)) // 10.2.0.0..10.2.0.8-37sv
}

rule cve_2023_44221_sonicwall_sma100
{
    meta:
        title_ja = "SonicWall SMA 100に知られた弱点があります（CVE-2023-44221）"
        title_en = "SonicWall SMA 100: command injection in the SSL-VPN management interface (administrator), as user 'nobody' (CVE-2023-44221)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2023-0018"
        cve = "CVE-2023-44221"
        product = "sonicwall-sma100"
        scheme = "sonicwall"
        fixed = "10.2.1.10-62sv"
        released = "2023-12-05"
        kev = "2025-05-01"
        cvss = "7.2"
    condition:
        vpn_product == "sonicwall-sma100" and
        ((vpn_version > 0 and vpn_version <= 22522398332026995)) // ..10.2.1.9-57sv
}

rule cve_2024_38475_sonicwall_sma100
{
    meta:
        title_ja = "SonicWall SMA 100に知られた弱点があります（CVE-2024-38475）"
        title_en = "SonicWall SMA 100: Apache mod_rewrite maps URLs to files of the system, files (session data) readable before login (CVE-2024-38475)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://psirt.global.sonicwall.com/vuln-detail/SNWLID-2024-0018"
        cve = "CVE-2024-38475"
        product = "sonicwall-sma100"
        scheme = "sonicwall"
        fixed = "10.2.1.14-75sv"
        released = "2024-12-06"
        kev = "2025-05-01"
        cvss = "9.1"
    condition:
        vpn_product == "sonicwall-sma100" and
        ((vpn_version > 0 and vpn_version <= 22522398332551313)) // ..10.2.1.13-72sv
}
