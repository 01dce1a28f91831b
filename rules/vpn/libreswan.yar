// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2022_23094_libreswan
{
    meta:
        title_ja = "Libreswanに知られた弱点があります（CVE-2022-23094）"
        title_en = "Libreswan: IKEv1: crafted packet crashes the daemon, before login (CVE-2022-23094)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://libreswan.org/security/CVE-2022-23094"
        cve = "CVE-2022-23094"
        product = "libreswan"
        scheme = "dotted"
        fixed = "4.6"
        released = "2022-01-15"
        cvss = "7.5"
    condition:
        vpn_product == "libreswan" and
        ((vpn_version >= 9011597301252097 and vpn_version <= 9018194371018753)) // 4.2..4.5
}

rule cve_2023_38710_libreswan
{
    meta:
        title_ja = "Libreswanに知られた弱点があります（CVE-2023-38710）"
        title_en = "Libreswan: IKEv2: crafted REKEY packet crashes the daemon (CVE-2023-38710)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://libreswan.org/security/CVE-2023-38710/"
        cve = "CVE-2023-38710"
        product = "libreswan"
        scheme = "dotted"
        fixed = "4.12"
        released = "2023-08-25"
    condition:
        vpn_product == "libreswan" and
        ((vpn_version >= 6799379906166785 and vpn_version < 9033587533807617)) // 3.20..<4.12
}

rule cve_2024_3652_libreswan
{
    meta:
        title_ja = "Libreswanに知られた弱点があります（CVE-2024-3652）"
        title_en = "Libreswan: IKEv1 without an esp= line: AES-GMAC proposal crashes the daemon (CVE-2024-3652)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://libreswan.org/security/CVE-2024-3652"
        cve = "CVE-2024-3652"
        product = "libreswan"
        scheme = "dotted"
        fixed = "4.15, 5.0"
        released = "2024-04-12"
    condition:
        vpn_product == "libreswan" and
        ((vpn_version >= 6803777952677889 and vpn_version <= 9037985580318721)) // 3.22..4.14
}
