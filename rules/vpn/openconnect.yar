// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2019_16239_openconnect
{
    meta:
        title_ja = "OpenConnectに知られた弱点があります（CVE-2019-16239）"
        title_en = "OpenConnect: buffer overflow by a malicious server (HTTP chunked encoding) (CVE-2019-16239)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://www.debian.org/security/2020/dsa-4607"
        cve = "CVE-2019-16239"
        product = "openconnect"
        scheme = "dotted"
        fixed = "8.05"
        released = "2019-09-17"
        cvss = "9.8"
    condition:
        vpn_product == "openconnect" and
        ((vpn_version > 0 and vpn_version < 18025393625759745)) // ..<8.05
}

rule cve_2020_12823_openconnect
{
    meta:
        title_ja = "OpenConnectに知られた弱点があります（CVE-2020-12823）"
        title_en = "OpenConnect: buffer overflow by crafted certificate data (gnutls) (CVE-2020-12823)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://gitlab.com/openconnect/openconnect/-/merge_requests/108"
        cve = "CVE-2020-12823"
        product = "openconnect"
        scheme = "dotted"
        fixed = "not named"
        released = "2020-05-12"
        cvss = "9.8"
    condition:
        vpn_product == "openconnect" and
        ((vpn_version == 18034189718781953)) // 8.09
}
