// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2019_1579_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2019-1579）"
        title_en = "PAN-OS GlobalProtect: GlobalProtect portal/gateway: format string flaw, code execution before login (CVE-2019-1579)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2019-1579"
        cve = "CVE-2019-1579"
        product = "panos"
        scheme = "panos"
        fixed = "7.1.19, 8.0.12, 8.1.3"
        released = "2019-07-19"
        kev = "2022-01-10"
        cvss = "8.1"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 15764797719052289 and vpn_version < 15764838521241601) or // 7.1..<7.1.19
         (vpn_version >= 18014398509481985 and vpn_version < 18014424279285761) or // 8.0..<8.0.12
         (vpn_version >= 18016597532737537 and vpn_version < 18016603975188481)) // 8.1..<8.1.3
}

rule cve_2020_2021_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2020-2021）"
        title_en = "PAN-OS GlobalProtect: SAML: signature not verified, login bypass (GlobalProtect gateway/portal, clientless VPN, captive portal, admin web) (CVE-2020-2021)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2020-2021"
        cve = "CVE-2020-2021"
        product = "panos"
        scheme = "panos"
        fixed = "8.1.15, 9.0.9, 9.1.3"
        released = "2020-06-29"
        kev = "2022-03-25"
        cvss = "10.0"
    condition:
        vpn_product == "panos" and
        ((vpn_version == 18014398509481985) or // 8.0
         (vpn_version >= 18016597532737537 and vpn_version < 18016629744992257) or // 8.1..<8.1.15
         (vpn_version >= 20266198323167233 and vpn_version < 20266217650520065) or // 9.0..<9.0.9
         (vpn_version >= 20268397346422785 and vpn_version < 20268403788873729)) // 9.1..<9.1.3
}

rule cve_2020_2034_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2020-2034）"
        title_en = "PAN-OS GlobalProtect: GlobalProtect portal: OS command injection, commands as root before login (CVE-2020-2034)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2020-2034"
        cve = "CVE-2020-2034"
        product = "panos"
        scheme = "panos"
        fixed = "8.1.15, 9.0.9, 9.1.3"
        released = "2020-07-08"
        cvss = "8.1"
    condition:
        vpn_product == "panos" and
        ((vpn_version == 15764797719052289) or // 7.1
         (vpn_version == 18014398509481985) or // 8.0
         (vpn_version >= 18016597532737537 and vpn_version < 18016629744992257) or // 8.1..<8.1.15
         (vpn_version >= 20266198323167233 and vpn_version < 20266217650520065) or // 9.0..<9.0.9
         (vpn_version >= 20268397346422785 and vpn_version < 20268403788873729)) // 9.1..<9.1.3
}

rule cve_2020_2040_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2020-2040）"
        title_en = "PAN-OS GlobalProtect: Captive Portal / multi-factor interface: buffer overflow, code execution as root before login (CVE-2020-2040)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2020-2040"
        cve = "CVE-2020-2040"
        product = "panos"
        scheme = "panos"
        fixed = "8.1.15, 9.0.9, 9.1.3"
        released = "2020-09-09"
        cvss = "9.8"
    condition:
        vpn_product == "panos" and
        ((vpn_version == 18014398509481985) or // 8.0
         (vpn_version >= 18016597532737537 and vpn_version < 18016629744992257) or // 8.1..<8.1.15
         (vpn_version >= 20266198323167233 and vpn_version < 20266217650520065) or // 9.0..<9.0.9
         (vpn_version >= 20268397346422785 and vpn_version < 20268403788873729)) // 9.1..<9.1.3
}

rule cve_2021_3064_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2021-3064）"
        title_en = "PAN-OS GlobalProtect: GlobalProtect portal/gateway: memory corruption, code execution as root before login (CVE-2021-3064)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2021-3064"
        cve = "CVE-2021-3064"
        product = "panos"
        scheme = "panos"
        fixed = "8.1.17"
        released = "2021-11-10"
        cvss = "9.8"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 18016597532737537 and vpn_version < 18016634039959553)) // 8.1..<8.1.17
}

rule cve_2022_0028_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2022-0028）"
        title_en = "PAN-OS GlobalProtect: URL filtering: the firewall can be misused for reflected, amplified TCP denial of service (CVE-2022-0028)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2022-0028"
        cve = "CVE-2022-0028"
        product = "panos"
        scheme = "panos"
        fixed = "8.1.23-h1, 9.0.16-h3, 9.1.14-h4, 10.0.11-h1, 10.1.6-h6, 10.2.2-h2"
        released = "2022-08-10"
        kev = "2022-08-22"
        cvss = "8.6"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 18016597532737537 and vpn_version < 18016646924861443) or // 8.1..<8.1.23-h1
         (vpn_version >= 20266198323167233 and vpn_version < 20266232682905607) or // 9.0..<9.0.16-h3
         (vpn_version >= 20268397346422785 and vpn_version < 20268427411193865) or // 9.1..<9.1.14-h4
         (vpn_version >= 22517998136852481 and vpn_version < 22518021759172611) or // 10.0..<10.0.11-h1
         (vpn_version >= 22520197160108033 and vpn_version < 22520210045009933) or // 10.1..<10.1.6-h6
         (vpn_version >= 22522396183363585 and vpn_version < 22522400478330885)) // 10.2..<10.2.2-h2
}

rule cve_2024_0012_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2024-0012）"
        title_en = "PAN-OS GlobalProtect: management web: login bypass, administrator rights without a password (CVE-2024-0012)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2024-0012"
        cve = "CVE-2024-0012"
        product = "panos"
        scheme = "panos"
        fixed = "11.2.4-h1, 11.1.5-h1, 11.0.6-h1, 10.2.12-h2"
        released = "2024-11-18"
        kev = "2024-11-18"
        cvss = "9.3"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 24774195997048833 and vpn_version < 24774195997048835) or // 11.2.0..<11.2.0-h1
         (vpn_version >= 24774198144532481 and vpn_version < 24774198144532483) or // 11.2.1..<11.2.1-h1
         (vpn_version >= 24774200292016129 and vpn_version < 24774200292016133) or // 11.2.2..<11.2.2-h2
         (vpn_version >= 24774202439499777 and vpn_version < 24774202439499783) or // 11.2.3..<11.2.3-h3
         (vpn_version >= 24774204586983425 and vpn_version < 24774204586983427) or // 11.2.4..<11.2.4-h1
         (vpn_version >= 24771996973793281 and vpn_version < 24771996973793289) or // 11.1.0..<11.1.0-h4
         (vpn_version >= 24771999121276929 and vpn_version < 24771999121276933) or // 11.1.1..<11.1.1-h2
         (vpn_version >= 24772001268760577 and vpn_version < 24772001268760607) or // 11.1.2..<11.1.2-h15
         (vpn_version >= 24772003416244225 and vpn_version < 24772003416244247) or // 11.1.3..<11.1.3-h11
         (vpn_version >= 24772005563727873 and vpn_version < 24772005563727887) or // 11.1.4..<11.1.4-h7
         (vpn_version >= 24772007711211521 and vpn_version < 24772007711211523) or // 11.1.5..<11.1.5-h1
         (vpn_version >= 24769797950537729 and vpn_version < 24769797950537737) or // 11.0.0..<11.0.0-h4
         (vpn_version >= 24769800098021377 and vpn_version < 24769800098021387) or // 11.0.1..<11.0.1-h5
         (vpn_version >= 24769802245505025 and vpn_version < 24769802245505035) or // 11.0.2..<11.0.2-h5
         (vpn_version >= 24769804392988673 and vpn_version < 24769804392988699) or // 11.0.3..<11.0.3-h13
         (vpn_version >= 24769806540472321 and vpn_version < 24769806540472333) or // 11.0.4..<11.0.4-h6
         (vpn_version >= 24769808687955969 and vpn_version < 24769808687955973) or // 11.0.5..<11.0.5-h2
         (vpn_version >= 24769810835439617 and vpn_version < 24769810835439619) or // 11.0.6..<11.0.6-h1
         (vpn_version >= 22522396183363585 and vpn_version < 22522396183363593) or // 10.2.0..<10.2.0-h4
         (vpn_version >= 22522398330847233 and vpn_version < 22522398330847239) or // 10.2.1..<10.2.1-h3
         (vpn_version >= 22522400478330881 and vpn_version < 22522400478330893) or // 10.2.2..<10.2.2-h6
         (vpn_version >= 22522402625814529 and vpn_version < 22522402625814557) or // 10.2.3..<10.2.3-h14
         (vpn_version >= 22522404773298177 and vpn_version < 22522404773298241) or // 10.2.4..<10.2.4-h32
         (vpn_version >= 22522406920781825 and vpn_version < 22522406920781843) or // 10.2.5..<10.2.5-h9
         (vpn_version >= 22522409068265473 and vpn_version < 22522409068265485) or // 10.2.6..<10.2.6-h6
         (vpn_version >= 22522411215749121 and vpn_version < 22522411215749157) or // 10.2.7..<10.2.7-h18
         (vpn_version >= 22522413363232769 and vpn_version < 22522413363232799) or // 10.2.8..<10.2.8-h15
         (vpn_version >= 22522415510716417 and vpn_version < 22522415510716449) or // 10.2.9..<10.2.9-h16
         (vpn_version >= 22522417658200065 and vpn_version < 22522417658200083) or // 10.2.10..<10.2.10-h9
         (vpn_version >= 22522419805683713 and vpn_version < 22522419805683725) or // 10.2.11..<10.2.11-h6
         (vpn_version >= 22522421953167361 and vpn_version < 22522421953167365)) // 10.2.12..<10.2.12-h2
}

rule cve_2024_3393_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2024-3393）"
        title_en = "PAN-OS GlobalProtect: DNS Security: a malicious DNS packet reboots the firewall (repeated: maintenance mode) (CVE-2024-3393)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2024-3393"
        cve = "CVE-2024-3393"
        product = "panos"
        scheme = "panos"
        fixed = "11.2.3, 11.1.5, 11.1.4-h7, 11.1.3-h13, 11.1.2-h16, 10.2.14, 10.2.13-h2, 10.2.12-h4, 10.2.11-h10, 10.2.10-h12, 10.2.9-h19, 10.2.8-h19, 10.1.15, 10.1.14-h8"
        released = "2024-12-27"
        kev = "2024-12-30"
        cvss = "8.7"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 24774195997048833 and vpn_version < 24774202439499777) or // 11.2.0..<11.2.3
         (vpn_version >= 24771996973793281 and vpn_version < 24772001268760609) or // 11.1.0..<11.1.2-h16
         (vpn_version >= 24772003416244225 and vpn_version < 24772003416244251) or // 11.1.3..<11.1.3-h13
         (vpn_version >= 24772005563727873 and vpn_version < 24772005563727887) or // 11.1.4..<11.1.4-h7
         (vpn_version >= 22522413363232769 and vpn_version < 22522413363232807) or // 10.2.8..<10.2.8-h19
         (vpn_version >= 22522415510716417 and vpn_version < 22522415510716455) or // 10.2.9..<10.2.9-h19
         (vpn_version >= 22522417658200065 and vpn_version < 22522417658200089) or // 10.2.10..<10.2.10-h12
         (vpn_version >= 22522419805683713 and vpn_version < 22522419805683733) or // 10.2.11..<10.2.11-h10
         (vpn_version >= 22522421953167361 and vpn_version < 22522421953167369) or // 10.2.12..<10.2.12-h4
         (vpn_version >= 22522424100651009 and vpn_version < 22522424100651013) or // 10.2.13..<10.2.13-h2
         (vpn_version >= 22520227224879105 and vpn_version < 22520227224879121)) // 10.1.14..<10.1.14-h8
}

rule cve_2024_3400_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2024-3400）"
        title_en = "PAN-OS GlobalProtect: GlobalProtect: file creation leads to command injection, code execution as root before login (CVE-2024-3400)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2024-3400"
        cve = "CVE-2024-3400"
        product = "panos"
        scheme = "panos"
        fixed = "10.2.9-h1, 11.0.4-h1, 11.1.2-h3"
        released = "2024-04-12"
        kev = "2024-04-12"
        cvss = "10.0"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 22522396183363585 and vpn_version < 22522415510716419) or // 10.2.0..<10.2.9-h1
         (vpn_version >= 24769797950537729 and vpn_version < 24769806540472323) or // 11.0.0..<11.0.4-h1
         (vpn_version >= 24771996973793281 and vpn_version < 24772001268760583)) // 11.1.0..<11.1.2-h3
}

rule cve_2024_9474_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2024-9474）"
        title_en = "PAN-OS GlobalProtect: management web: an administrator can run commands as root (second step after CVE-2024-0012) (CVE-2024-9474)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2024-9474"
        cve = "CVE-2024-9474"
        product = "panos"
        scheme = "panos"
        fixed = "11.2.4-h1, 11.1.5-h1, 11.0.6-h1, 10.2.12-h2, 10.1.14-h6"
        released = "2024-11-18"
        kev = "2024-11-18"
        cvss = "6.9"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 24774195997048833 and vpn_version < 24774195997048835) or // 11.2.0..<11.2.0-h1
         (vpn_version >= 24774198144532481 and vpn_version < 24774198144532483) or // 11.2.1..<11.2.1-h1
         (vpn_version >= 24774200292016129 and vpn_version < 24774200292016133) or // 11.2.2..<11.2.2-h2
         (vpn_version >= 24774202439499777 and vpn_version < 24774202439499783) or // 11.2.3..<11.2.3-h3
         (vpn_version >= 24774204586983425 and vpn_version < 24774204586983427) or // 11.2.4..<11.2.4-h1
         (vpn_version >= 24771996973793281 and vpn_version < 24771996973793289) or // 11.1.0..<11.1.0-h4
         (vpn_version >= 24771999121276929 and vpn_version < 24771999121276933) or // 11.1.1..<11.1.1-h2
         (vpn_version >= 24772001268760577 and vpn_version < 24772001268760607) or // 11.1.2..<11.1.2-h15
         (vpn_version >= 24772003416244225 and vpn_version < 24772003416244247) or // 11.1.3..<11.1.3-h11
         (vpn_version >= 24772005563727873 and vpn_version < 24772005563727887) or // 11.1.4..<11.1.4-h7
         (vpn_version >= 24772007711211521 and vpn_version < 24772007711211523) or // 11.1.5..<11.1.5-h1
         (vpn_version >= 24769797950537729 and vpn_version < 24769797950537737) or // 11.0.0..<11.0.0-h4
         (vpn_version >= 24769800098021377 and vpn_version < 24769800098021387) or // 11.0.1..<11.0.1-h5
         (vpn_version >= 24769802245505025 and vpn_version < 24769802245505035) or // 11.0.2..<11.0.2-h5
         (vpn_version >= 24769804392988673 and vpn_version < 24769804392988699) or // 11.0.3..<11.0.3-h13
         (vpn_version >= 24769806540472321 and vpn_version < 24769806540472333) or // 11.0.4..<11.0.4-h6
         (vpn_version >= 24769808687955969 and vpn_version < 24769808687955973) or // 11.0.5..<11.0.5-h2
         (vpn_version >= 24769810835439617 and vpn_version < 24769810835439619) or // 11.0.6..<11.0.6-h1
         (vpn_version >= 22522396183363585 and vpn_version < 22522396183363593) or // 10.2.0..<10.2.0-h4
         (vpn_version >= 22522398330847233 and vpn_version < 22522398330847239) or // 10.2.1..<10.2.1-h3
         (vpn_version >= 22522400478330881 and vpn_version < 22522400478330893) or // 10.2.2..<10.2.2-h6
         (vpn_version >= 22522402625814529 and vpn_version < 22522402625814557) or // 10.2.3..<10.2.3-h14
         (vpn_version >= 22522404773298177 and vpn_version < 22522404773298241) or // 10.2.4..<10.2.4-h32
         (vpn_version >= 22522406920781825 and vpn_version < 22522406920781843) or // 10.2.5..<10.2.5-h9
         (vpn_version >= 22522409068265473 and vpn_version < 22522409068265485) or // 10.2.6..<10.2.6-h6
         (vpn_version >= 22522411215749121 and vpn_version < 22522411215749157) or // 10.2.7..<10.2.7-h18
         (vpn_version >= 22522413363232769 and vpn_version < 22522413363232799) or // 10.2.8..<10.2.8-h15
         (vpn_version >= 22522415510716417 and vpn_version < 22522415510716449) or // 10.2.9..<10.2.9-h16
         (vpn_version >= 22522417658200065 and vpn_version < 22522417658200083) or // 10.2.10..<10.2.10-h9
         (vpn_version >= 22522419805683713 and vpn_version < 22522419805683725) or // 10.2.11..<10.2.11-h6
         (vpn_version >= 22522421953167361 and vpn_version < 22522421953167365) or // 10.2.12..<10.2.12-h2
         (vpn_version >= 22520197160108033 and vpn_version < 22520216487460893) or // 10.1.0..<10.1.9-h14
         (vpn_version >= 22520218634944513 and vpn_version < 22520218634944531) or // 10.1.10..<10.1.10-h9
         (vpn_version >= 22520220782428161 and vpn_version < 22520220782428181) or // 10.1.11..<10.1.11-h10
         (vpn_version >= 22520222929911809 and vpn_version < 22520222929911815) or // 10.1.12..<10.1.12-h3
         (vpn_version >= 22520225077395457 and vpn_version < 22520225077395467) or // 10.1.13..<10.1.13-h5
         (vpn_version >= 22520227224879105 and vpn_version < 22520227224879117)) // 10.1.14..<10.1.14-h6
}

rule cve_2025_0108_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2025-0108）"
        title_en = "PAN-OS GlobalProtect: management web: login bypass, certain PHP scripts can be called without a password (CVE-2025-0108)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2025-0108"
        cve = "CVE-2025-0108"
        product = "panos"
        scheme = "panos"
        fixed = "10.1.14-h9, 10.2.7-h24, 10.2.8-h21, 10.2.9-h21, 10.2.10-h14, 10.2.11-h12, 10.2.12-h6, 10.2.13-h3, 11.1.2-h18, 11.1.6-h1, 11.2.4-h4"
        released = "2025-02-12"
        kev = "2025-02-18"
        cvss = "8.8"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 22520197160108033 and vpn_version < 22520227224879123) or // 10.1.0..<10.1.14-h9
         (vpn_version >= 22522396183363585 and vpn_version < 22522411215749169) or // 10.2.0..<10.2.7-h24
         (vpn_version >= 22522413363232769 and vpn_version < 22522413363232811) or // 10.2.8..<10.2.8-h21
         (vpn_version >= 22522415510716417 and vpn_version < 22522415510716459) or // 10.2.9..<10.2.9-h21
         (vpn_version >= 22522417658200065 and vpn_version < 22522417658200093) or // 10.2.10..<10.2.10-h14
         (vpn_version >= 22522419805683713 and vpn_version < 22522419805683737) or // 10.2.11..<10.2.11-h12
         (vpn_version >= 22522421953167361 and vpn_version < 22522421953167373) or // 10.2.12..<10.2.12-h6
         (vpn_version >= 22522424100651009 and vpn_version < 22522424100651015) or // 10.2.13..<10.2.13-h3
         (vpn_version == 24769797950537729) or // 11.0
         (vpn_version >= 24771996973793281 and vpn_version < 24772001268760613) or // 11.1.0..<11.1.2-h18
         (vpn_version >= 24772003416244225 and vpn_version < 24772009858695171) or // 11.1.3..<11.1.6-h1
         (vpn_version >= 24774195997048833 and vpn_version < 24774204586983433)) // 11.2.0..<11.2.4-h4
}

rule cve_2025_0111_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2025-0111）"
        title_en = "PAN-OS GlobalProtect: management web: a logged-in user can read files of the firewall (CVE-2025-0111)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2025-0111"
        cve = "CVE-2025-0111"
        product = "panos"
        scheme = "panos"
        fixed = "10.1.14-h9, 10.2.7-h24, 10.2.8-h21, 10.2.9-h21, 10.2.10-h14, 10.2.11-h12, 10.2.12-h6, 10.2.13-h3, 11.1.2-h18, 11.1.6-h1, 11.2.4-h4"
        released = "2025-02-12"
        kev = "2025-02-20"
        cvss = "7.1"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 22520197160108033 and vpn_version < 22520227224879123) or // 10.1.0..<10.1.14-h9
         (vpn_version >= 22522396183363585 and vpn_version < 22522411215749169) or // 10.2.0..<10.2.7-h24
         (vpn_version >= 22522413363232769 and vpn_version < 22522413363232811) or // 10.2.8..<10.2.8-h21
         (vpn_version >= 22522415510716417 and vpn_version < 22522415510716459) or // 10.2.9..<10.2.9-h21
         (vpn_version >= 22522417658200065 and vpn_version < 22522417658200093) or // 10.2.10..<10.2.10-h14
         (vpn_version >= 22522419805683713 and vpn_version < 22522419805683737) or // 10.2.11..<10.2.11-h12
         (vpn_version >= 22522421953167361 and vpn_version < 22522421953167373) or // 10.2.12..<10.2.12-h6
         (vpn_version >= 22522424100651009 and vpn_version < 22522424100651015) or // 10.2.13..<10.2.13-h3
         (vpn_version >= 24771996973793281 and vpn_version < 24772001268760613) or // 11.1.0..<11.1.2-h18
         (vpn_version >= 24772003416244225 and vpn_version < 24772009858695171) or // 11.1.3..<11.1.6-h1
         (vpn_version >= 24774195997048833 and vpn_version < 24774204586983433)) // 11.2.0..<11.2.4-h4
}

rule cve_2026_0257_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2026-0257）"
        title_en = "PAN-OS GlobalProtect: GlobalProtect portal/gateway: authentication override cookie can be forged, VPN connection without login (CVE-2026-0257)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2026-0257"
        cve = "CVE-2026-0257"
        product = "panos"
        scheme = "panos"
        fixed = "12.1.7, 12.1.4-h6, 11.2.12, 11.2.10-h7, 11.2.7-h14, 11.2.4-h17, 11.1.15, 11.1.13-h5, 11.1.10-h25, 11.1.7-h6, 11.1.6-h32, 11.1.4-h33, 10.2.18-h6, 10.2.16-h7, 10.2.13-h21, 10.2.10-h36, 10.2.7-h34"
        released = "2026-05-13"
        kev = "2026-05-29"
        cvss = "7.8"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 27023796787478529 and vpn_version < 27023805377413133) or // 12.1.0..<12.1.4-h6
         (vpn_version >= 27023807524896769 and vpn_version < 27023811819864065) or // 12.1.5..<12.1.7
         (vpn_version >= 24774195997048833 and vpn_version < 24774204586983459) or // 11.2.0..<11.2.4-h17
         (vpn_version >= 24774206734467073 and vpn_version < 24774211029434397) or // 11.2.5..<11.2.7-h14
         (vpn_version >= 24774213176918017 and vpn_version < 24774217471885327) or // 11.2.8..<11.2.10-h7
         (vpn_version >= 24774219619368961 and vpn_version < 24774221766852609) or // 11.2.11..<11.2.12
         (vpn_version >= 24771996973793281 and vpn_version < 24772005563727939) or // 11.1.0..<11.1.4-h33
         (vpn_version >= 24772007711211521 and vpn_version < 24772009858695233) or // 11.1.5..<11.1.6-h32
         (vpn_version >= 24772012006178817 and vpn_version < 24772012006178829) or // 11.1.7..<11.1.7-h6
         (vpn_version >= 24772014153662465 and vpn_version < 24772018448629811) or // 11.1.8..<11.1.10-h25
         (vpn_version >= 24772020596113409 and vpn_version < 24772024891080715) or // 11.1.11..<11.1.13-h5
         (vpn_version >= 24772027038564353 and vpn_version < 24772029186048001) or // 11.1.14..<11.1.15
         (vpn_version >= 22522396183363585 and vpn_version < 22522411215749189) or // 10.2.0..<10.2.7-h34
         (vpn_version >= 22522413363232769 and vpn_version < 22522417658200137) or // 10.2.8..<10.2.10-h36
         (vpn_version >= 22522419805683713 and vpn_version < 22522424100651051) or // 10.2.11..<10.2.13-h21
         (vpn_version >= 22522426248134657 and vpn_version < 22522430543101967) or // 10.2.14..<10.2.16-h7
         (vpn_version >= 22522432690585601 and vpn_version < 22522434838069261)) // 10.2.17..<10.2.18-h6
}

rule cve_2026_0263_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2026-0263）"
        title_en = "PAN-OS GlobalProtect: IKEv2: buffer overflow, code execution or crash before login (CVE-2026-0263)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2026-0263"
        cve = "CVE-2026-0263"
        product = "panos"
        scheme = "panos"
        fixed = "12.1.7, 12.1.4-h5, 11.2.12, 11.2.10-h6, 11.2.7-h13, 11.2.4-h17, 11.1.15, 11.1.13-h5, 11.1.10-h25, 11.1.7-h6, 11.1.6-h32, 11.1.4-h33"
        released = "2026-05-13"
        cvss = "7.2"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 27023796787478529 and vpn_version < 27023805377413131) or // 12.1.0..<12.1.4-h5
         (vpn_version >= 27023807524896769 and vpn_version < 27023811819864065) or // 12.1.5..<12.1.7
         (vpn_version >= 24774195997048833 and vpn_version < 24774204586983459) or // 11.2.0..<11.2.4-h17
         (vpn_version >= 24774206734467073 and vpn_version < 24774211029434395) or // 11.2.5..<11.2.7-h13
         (vpn_version >= 24774213176918017 and vpn_version < 24774217471885325) or // 11.2.8..<11.2.10-h6
         (vpn_version >= 24774219619368961 and vpn_version < 24774221766852609) or // 11.2.11..<11.2.12
         (vpn_version >= 24771996973793281 and vpn_version < 24772005563727939) or // 11.1.0..<11.1.4-h33
         (vpn_version >= 24772007711211521 and vpn_version < 24772009858695233) or // 11.1.5..<11.1.6-h32
         (vpn_version >= 24772012006178817 and vpn_version < 24772012006178829) or // 11.1.7..<11.1.7-h6
         (vpn_version >= 24772014153662465 and vpn_version < 24772018448629811) or // 11.1.8..<11.1.10-h25
         (vpn_version >= 24772020596113409 and vpn_version < 24772024891080715) or // 11.1.11..<11.1.13-h5
         (vpn_version >= 24772027038564353 and vpn_version < 24772029186048001)) // 11.1.14..<11.1.15
}

rule cve_2026_0265_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2026-0265）"
        title_en = "PAN-OS GlobalProtect: login bypass with the Cloud Authentication Service (signature not verified) (CVE-2026-0265)"
        severity = "high"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2026-0265"
        cve = "CVE-2026-0265"
        product = "panos"
        scheme = "panos"
        fixed = "12.1.7, 12.1.4-h5, 11.2.12, 11.2.10-h6, 11.2.7-h13, 11.2.4-h17, 11.1.15, 11.1.13-h5, 11.1.10-h25, 11.1.7-h6, 11.1.6-h32, 11.1.4-h33, 10.2.18-h6, 10.2.16-h7, 10.2.13-h21, 10.2.10-h36, 10.2.7-h34"
        released = "2026-05-13"
        cvss = "7.2"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 27023796787478529 and vpn_version < 27023805377413131) or // 12.1.0..<12.1.4-h5
         (vpn_version >= 27023807524896769 and vpn_version < 27023811819864065) or // 12.1.5..<12.1.7
         (vpn_version >= 24774195997048833 and vpn_version < 24774204586983459) or // 11.2.0..<11.2.4-h17
         (vpn_version >= 24774206734467073 and vpn_version < 24774211029434395) or // 11.2.5..<11.2.7-h13
         (vpn_version >= 24774213176918017 and vpn_version < 24774217471885325) or // 11.2.8..<11.2.10-h6
         (vpn_version >= 24774219619368961 and vpn_version < 24774221766852609) or // 11.2.11..<11.2.12
         (vpn_version >= 24771996973793281 and vpn_version < 24772005563727939) or // 11.1.0..<11.1.4-h33
         (vpn_version >= 24772007711211521 and vpn_version < 24772009858695233) or // 11.1.5..<11.1.6-h32
         (vpn_version >= 24772012006178817 and vpn_version < 24772012006178829) or // 11.1.7..<11.1.7-h6
         (vpn_version >= 24772014153662465 and vpn_version < 24772018448629811) or // 11.1.8..<11.1.10-h25
         (vpn_version >= 24772020596113409 and vpn_version < 24772024891080715) or // 11.1.11..<11.1.13-h5
         (vpn_version >= 24772027038564353 and vpn_version < 24772029186048001) or // 11.1.14..<11.1.15
         (vpn_version >= 22522396183363585 and vpn_version < 22522411215749189) or // 10.2.0..<10.2.7-h34
         (vpn_version >= 22522413363232769 and vpn_version < 22522417658200137) or // 10.2.8..<10.2.10-h36
         (vpn_version >= 22522419805683713 and vpn_version < 22522424100651051) or // 10.2.11..<10.2.13-h21
         (vpn_version >= 22522426248134657 and vpn_version < 22522430543101967) or // 10.2.14..<10.2.16-h7
         (vpn_version >= 22522432690585601 and vpn_version < 22522434838069261)) // 10.2.17..<10.2.18-h6
}

rule cve_2026_0300_panos
{
    meta:
        title_ja = "PAN-OS GlobalProtectに知られた弱点があります（CVE-2026-0300）"
        title_en = "PAN-OS GlobalProtect: User-ID Authentication Portal (captive portal): buffer overflow, code execution as root before login (CVE-2026-0300)"
        severity = "critical"
        response = "alert"
        attack = "T1190"
        reference = "https://security.paloaltonetworks.com/CVE-2026-0300"
        cve = "CVE-2026-0300"
        product = "panos"
        scheme = "panos"
        fixed = "12.1.7, 12.1.4-h5, 11.2.12, 11.2.10-h6, 11.2.7-h13, 11.2.4-h17, 11.1.15, 11.1.13-h5, 11.1.10-h25, 11.1.7-h6, 11.1.6-h32, 11.1.4-h33, 10.2.18-h6, 10.2.16-h7, 10.2.13-h21, 10.2.10-h36, 10.2.7-h34"
        released = "2026-05-05"
        kev = "2026-05-06"
        cvss = "9.3"
    condition:
        vpn_product == "panos" and
        ((vpn_version >= 27023796787478529 and vpn_version < 27023805377413131) or // 12.1.0..<12.1.4-h5
         (vpn_version >= 27023807524896769 and vpn_version < 27023811819864065) or // 12.1.5..<12.1.7
         (vpn_version >= 24774195997048833 and vpn_version < 24774204586983459) or // 11.2.0..<11.2.4-h17
         (vpn_version >= 24774206734467073 and vpn_version < 24774211029434395) or // 11.2.5..<11.2.7-h13
         (vpn_version >= 24774213176918017 and vpn_version < 24774217471885325) or // 11.2.8..<11.2.10-h6
         (vpn_version >= 24774219619368961 and vpn_version < 24774221766852609) or // 11.2.11..<11.2.12
         (vpn_version >= 24771996973793281 and vpn_version < 24772005563727939) or // 11.1.0..<11.1.4-h33
         (vpn_version >= 24772007711211521 and vpn_version < 24772009858695233) or // 11.1.5..<11.1.6-h32
         (vpn_version >= 24772012006178817 and vpn_version < 24772012006178829) or // 11.1.7..<11.1.7-h6
         (vpn_version >= 24772014153662465 and vpn_version < 24772018448629811) or // 11.1.8..<11.1.10-h25
         (vpn_version >= 24772020596113409 and vpn_version < 24772024891080715) or // 11.1.11..<11.1.13-h5
         (vpn_version >= 24772027038564353 and vpn_version < 24772029186048001) or // 11.1.14..<11.1.15
         (vpn_version >= 22522396183363585 and vpn_version < 22522411215749189) or // 10.2.0..<10.2.7-h34
         (vpn_version >= 22522413363232769 and vpn_version < 22522417658200137) or // 10.2.8..<10.2.10-h36
         (vpn_version >= 22522419805683713 and vpn_version < 22522424100651051) or // 10.2.11..<10.2.13-h21
         (vpn_version >= 22522426248134657 and vpn_version < 22522430543101967) or // 10.2.14..<10.2.16-h7
         (vpn_version >= 22522432690585601 and vpn_version < 22522434838069261)) // 10.2.17..<10.2.18-h6
}
