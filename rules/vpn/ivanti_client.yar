// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2023_41718_ivanti_client
{
    meta:
        title_ja = "Ivanti Secure Access Clientに知られた弱点があります（CVE-2023-41718）"
        title_en = "Ivanti Secure Access Client: Secure Access Client: local privilege escalation through control of a file (CVE-2023-41718)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://forums.ivanti.com/s/article/Security-fixes-included-in-the-latest-Ivanti-Secure-Access-Client-Release"
        cve = "CVE-2023-41718"
        product = "ivanti-client"
        scheme = "ivanti"
        fixed = "22.6.1.1"
        released = "2023-11-14"
        cvss = "7.8"
    condition:
        vpn_product == "ivanti-client" and
        ((vpn_version > 0 and vpn_version < 49552792188092419)) // ..<22.6.1.1
}
