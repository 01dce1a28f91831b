// How Ivanti Connect Secure is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_ivanti_ics_portal
{
    meta:
        title_ja = "Ivanti Connect Secureをログイン画面で見分けました"
        title_en = "Ivanti Connect Secure recognised by its sign-in page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/pulse-secure-panel.yaml"
        product = "ivanti-ics"
        name = "Ivanti Connect Secure"
        scheme = "ivanti"
        grade = "product"
        ask = "https:/"
    strings:
        $moved = /\r\nLocation: (https:\/\/[^\/\r\n]{1,100})?\/dana-na\/auth\// nocase
        $cookie = "\r\nSet-Cookie: DSSignInURL=" nocase
        $style = /"\/dana-na\/css\/ds(_[a-f0-9]{64})?\.css"/
        $logo = "welcome.cgi?p=logo"
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and (@moved < @end or @cookie < @end or ($style and $logo))
}

// 9.1.11.12319 is 9.1R11 with its build; the sub-release (.4 of 9.1R11.4) is not in it.  Up to 9.1R17 that changes no verdict, every sub-release
// has known holes; later ones need a table of builds.
rule identify_ivanti_ics_client_file
{
    meta:
        title_ja = "Ivanti Connect Secureを配布ファイルの版で見分けました"
        title_en = "Ivanti Connect Secure recognised by the version of a client file"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/BishopFox/pwn-pulse"
        product = "ivanti-ics"
        name = "Ivanti Connect Secure"
        scheme = "ivanti"
        grade = "exact"
        ask = "https:/dana-na/nc/nc_gina_ver.txt"
    strings:
        $version = /<PARAM NAME="ProductVersion" VALUE="(8\.[0-3]|9\.[01])\.([0-9]|1[0-7])\.[0-9]{3,6}"/ nocase
    condition:
        vpn_source == "https" and vpn_path == "/dana-na/nc/nc_gina_ver.txt" and vpn_status == 200 and $version
}

rule identify_ivanti_ics_build
{
    meta:
        title_ja = "Ivanti Connect Secureをビルド番号で見分けました"
        title_en = "Ivanti Connect Secure recognised by its build number"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/BishopFox/CVE-2025-0282-check"
        product = "ivanti-ics"
        name = "Ivanti Connect Secure"
        scheme = "ivanti"
        grade = "table"
        ask = "none"
        version_3597 = "22.7R2.4"
        version_9527 = "9.1R18.1"
    strings:
        $version_3597 = "name=\"productversion\" value=\"22.7.2.3597\""
        $version_9527 = "<string>9.1.18.9527</string>"
        $logo = "welcome.cgi?p=logo"
    condition:
        vpn_source == "https" and (($version_3597 and $logo) or (vpn_path == "/dana-cached/hc/HostCheckerInstaller.osx" and $version_9527))
}

rule identify_ivanti_ics_page
{
    meta:
        title_ja = "Ivanti Connect Secureをログイン画面で見分けました"
        title_en = "Ivanti Connect Secure recognised by its sign-in page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/ivanti-connect-secure-panel.yaml"
        product = "ivanti-ics"
        name = "Ivanti Connect Secure"
        scheme = "ivanti"
        grade = "product"
        ask = "none"
    strings:
        $title = /<title>(Ivanti|Pulse) Connect Secure<\/title>/
        $logo = "welcome.cgi?p=logo"
    condition:
        vpn_source == "https" and $title and $logo
}

// sysDescr: "Pulse Secure,LLC,MAG-2600,8.0R14 (build 41869)".
rule identify_ivanti_ics_snmp
{
    meta:
        title_ja = "Ivanti Connect SecureをSNMPの版で見分けました"
        title_en = "Ivanti Connect Secure recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://docs.librenms.org/"
        product = "ivanti-ics"
        name = "Ivanti Connect Secure"
        scheme = "ivanti"
        grade = "exact"
        ask = "snmp"
    strings:
        $maker = /(Pulse Secure|Ivanti Connect Secure|Juniper Networks),/
        $version = /,[0-9]{1,2}\.[0-9]R[0-9]{1,2}(\.[0-9]{1,2}){0,2} \(build [0-9]{1,6}\)/
        $model = /(MAG|PSA|ISA|SA|VA)-?[A-Z]{0,3}-?[0-9]{3,5}[A-Z]{0,2}(-V)?/
    condition:
        vpn_source == "snmp" and $maker at 0 and $version and ($model or true)
}
