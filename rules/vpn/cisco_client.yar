// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2020_3153_cisco_client
{
    meta:
        title_ja = "Cisco Secure Client (AnyConnect)に知られた弱点があります（CVE-2020-3153）"
        title_en = "Cisco Secure Client (AnyConnect): Windows installer: a local user copies files to system directories, becomes SYSTEM (CVE-2020-3153)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-ac-win-path-traverse-qO4HWBsj"
        cve = "CVE-2020-3153"
        product = "cisco-client"
        scheme = "anyconnect"
        fixed = "4.8.02042"
        released = "2020-02-19"
        kev = "2022-10-24"
        cvss = "6.5"
    condition:
        vpn_product == "cisco-client" and
        ((vpn_version > 0 and vpn_version < 9024791708434433)) // ..<4.8.02042
}

rule cve_2020_3433_cisco_client
{
    meta:
        title_ja = "Cisco Secure Client (AnyConnect)に知られた弱点があります（CVE-2020-3433）"
        title_en = "Cisco Secure Client (AnyConnect): Windows: DLL hijacking through the IPC channel, a local user becomes SYSTEM (CVE-2020-3433)"
        severity = "critical"
        response = "alert"
        attack = "T1203"
        reference = "https://tools.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-anyconnect-dll-F26WwJW"
        cve = "CVE-2020-3433"
        product = "cisco-client"
        scheme = "anyconnect"
        fixed = "4.9.00086"
        released = "2020-08-05"
        kev = "2022-10-24"
        cvss = "7.8"
    condition:
        vpn_product == "cisco-client" and
        ((vpn_version > 0 and vpn_version < 9026990475313153)) // ..<4.9.00086
}

rule cve_2023_20178_cisco_client
{
    meta:
        title_ja = "Cisco Secure Client (AnyConnect)に知られた弱点があります（CVE-2023-20178）"
        title_en = "Cisco Secure Client (AnyConnect): Windows update process: a local user becomes SYSTEM (CVE-2023-20178)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-ac-csc-privesc-wx4U4Kw"
        cve = "CVE-2023-20178"
        product = "cisco-client"
        scheme = "anyconnect"
        fixed = "not named"
        released = "2023-06-28"
        cvss = "7.8"
    condition:
        vpn_product == "cisco-client" and
        ((vpn_version >= 9026990475313153 and vpn_version <= 9026991255322625) or // 4.9.00086..4.9.06037
         (vpn_version >= 9029189499486209 and vpn_version <= 9029190285524993) or // 4.10.00093..4.10.06090
         (vpn_version >= 11258999099621377 and vpn_version <= 11258999231217665)) // 5.0.00238..5.0.01242
}

rule cve_2024_20337_cisco_client
{
    meta:
        title_ja = "Cisco Secure Client (AnyConnect)に知られた弱点があります（CVE-2024-20337）"
        title_en = "Cisco Secure Client (AnyConnect): SAML login: a crafted link steals the VPN token, the attacker can open a VPN session as the user (CVE-2024-20337)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-secure-client-crlf-W43V4G7"
        cve = "CVE-2024-20337"
        product = "cisco-client"
        scheme = "anyconnect"
        fixed = "not named"
        released = "2024-03-06"
        cvss = "8.2"
    condition:
        vpn_product == "cisco-client" and
        ((vpn_version >= 9026990475313153 and vpn_version <= 9026991255322625) or // 4.9.00086..4.9.06037
         (vpn_version >= 9029189499486209 and vpn_version <= 9029190414368769) or // 4.10.00093..4.10.07073
         (vpn_version >= 11258999099621377 and vpn_version <= 11258999729029121) or // 5.0.00238..5.0.05040
         (vpn_version >= 11261198091682065 and vpn_version <= 11261198091812949)) // 5.1.0.136..5.1.1.42
}
