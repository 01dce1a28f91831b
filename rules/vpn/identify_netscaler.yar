// How Citrix NetScaler Gateway is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_netscaler_file
{
    meta:
        title_ja = "Citrix NetScaler Gatewayをログイン画面の部品で見分けました"
        title_en = "Citrix NetScaler Gateway recognised by a file of its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/fox-it/citrix-netscaler-triage/blob/main/scan-citrix-netscaler-version.py"
        product = "netscaler"
        name = "Citrix NetScaler Gateway"
        scheme = "netscaler"
        grade = "product"
        ask = "https:/vpn/js/rdx/core/lang/rdx_en.json.gz"
        headers = "Range: bytes=0-99"
    strings:
        $file = { 0D 0A 0D 0A 1F 8B 08 08 ?? ?? ?? ?? ?? ?? 72 64 78 5F 65 6E 2E 6A 73 6F 6E 00 }
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and vpn_path == "/vpn/js/rdx/core/lang/rdx_en.json.gz" and @file == @end
}

// Bytes 4 to 7 of the gzip file are the time of the build (table of Fox-IT, to 2025-08).  A stamp that is not here is an unknown build.
// FIPS and NDcPP are branches of their own: their versions never compare with the others.
rule identify_netscaler_build
{
    meta:
        title_ja = "Citrix NetScaler Gatewayをログイン画面の部品の日時で見分けました"
        title_en = "Citrix NetScaler Gateway recognised by the time stamp of a file of its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/fox-it/citrix-netscaler-triage/blob/main/scan-citrix-netscaler-version.py"
        product = "netscaler"
        name = "Citrix NetScaler Gateway"
        scheme = "netscaler"
        grade = "table"
        ask = "https:/vpn/js/rdx/core/lang/rdx_en.json.gz"
        headers = "Range: bytes=0-99"
        version_1657104103 = "13.1-27.59"
        version_1661353021 = "13.1-30.52"
        version_1683876838 = "13.1-45.64"
        version_1683866996 = "13.0-91.12"
        version_1688743976 = "13.0-91.13"
        version_1689014191 = "13.1-49.13"
        version_1690503901 = "14.1-4.42"
        version_1694760036 = "14.1-8.50"
        version_1695277021 = "13.1-49.15"
        version_1702631914 = "14.1-12.35"
        version_1715618728 = "13.1-53.17"
        version_1717831730 = "14.1-25.53"
        version_1720110688 = "14.1-25.56"
        version_1728642184 = "14.1-29.72"
        version_1729561034 = "14.1-34.42"
        version_1734369608 = "14.1-38.53"
        version_1740156084 = "14.1-43.50"
        version_1747727322 = "14.1-47.43"
        version_1749304395 = "14.1-47.46"
        version_1749552827 = "14.1-43.56"
        version_1749588747 = "13.1-58.32"
        version_1749572802 = "13.1-37.235"
        version_1749564145 = "12.1-55.328"
        version_1750134083 = "12.1-55.328"
        version_1750251851 = "13.1-59.19"
        version_1755692615 = "14.1-47.48"
        version_1755693886 = "13.1-59.22"
        version_1755693334 = "13.1-37.241"
        version_1755692465 = "12.1-55.330"
        version_1756174950 = "12.1-55.330"
        model_1749572802 = "FIPS"
        model_1749564145 = "FIPS"
        model_1750134083 = "FIPS"
        model_1755693334 = "FIPS"
        model_1755692465 = "FIPS"
        model_1756174950 = "FIPS"
    strings:
        $file = { 0D 0A 0D 0A 1F 8B 08 08 ?? ?? ?? ?? ?? ?? 72 64 78 5F 65 6E 2E 6A 73 6F 6E 00 }
        $version_1657104103 = { 0D 0A 0D 0A 1F 8B 08 08 E7 66 C5 62 }
        $version_1661353021 = { 0D 0A 0D 0A 1F 8B 08 08 3D 3C 06 63 }
        $version_1683876838 = { 0D 0A 0D 0A 1F 8B 08 08 E6 EB 5D 64 }
        $version_1683866996 = { 0D 0A 0D 0A 1F 8B 08 08 74 C5 5D 64 }
        $version_1688743976 = { 0D 0A 0D 0A 1F 8B 08 08 28 30 A8 64 }
        $version_1689014191 = { 0D 0A 0D 0A 1F 8B 08 08 AF 4F AC 64 }
        $version_1690503901 = { 0D 0A 0D 0A 1F 8B 08 08 DD 0A C3 64 }
        $version_1694760036 = { 0D 0A 0D 0A 1F 8B 08 08 64 FC 03 65 }
        $version_1695277021 = { 0D 0A 0D 0A 1F 8B 08 08 DD DF 0B 65 }
        $version_1702631914 = { 0D 0A 0D 0A 1F 8B 08 08 EA 19 7C 65 }
        $version_1715618728 = { 0D 0A 0D 0A 1F 8B 08 08 A8 43 42 66 }
        $version_1717831730 = { 0D 0A 0D 0A 1F 8B 08 08 32 08 64 66 }
        $version_1720110688 = { 0D 0A 0D 0A 1F 8B 08 08 60 CE 86 66 }
        $version_1728642184 = { 0D 0A 0D 0A 1F 8B 08 08 88 FC 08 67 }
        $version_1729561034 = { 0D 0A 0D 0A 1F 8B 08 08 CA 01 17 67 }
        $version_1734369608 = { 0D 0A 0D 0A 1F 8B 08 08 48 61 60 67 }
        $version_1740156084 = { 0D 0A 0D 0A 1F 8B 08 08 B4 AC B8 67 }
        $version_1747727322 = { 0D 0A 0D 0A 1F 8B 08 08 DA 33 2C 68 }
        $version_1749304395 = { 0D 0A 0D 0A 1F 8B 08 08 4B 44 44 68 }
        $version_1749552827 = { 0D 0A 0D 0A 1F 8B 08 08 BB 0E 48 68 }
        $version_1749588747 = { 0D 0A 0D 0A 1F 8B 08 08 0B 9B 48 68 }
        $version_1749572802 = { 0D 0A 0D 0A 1F 8B 08 08 C2 5C 48 68 }
        $version_1749564145 = { 0D 0A 0D 0A 1F 8B 08 08 F1 3A 48 68 }
        $version_1750134083 = { 0D 0A 0D 0A 1F 8B 08 08 43 ED 50 68 }
        $version_1750251851 = { 0D 0A 0D 0A 1F 8B 08 08 4B B9 52 68 }
        $version_1755692615 = { 0D 0A 0D 0A 1F 8B 08 08 47 BE A5 68 }
        $version_1755693886 = { 0D 0A 0D 0A 1F 8B 08 08 3E C3 A5 68 }
        $version_1755693334 = { 0D 0A 0D 0A 1F 8B 08 08 16 C1 A5 68 }
        $version_1755692465 = { 0D 0A 0D 0A 1F 8B 08 08 B1 BD A5 68 }
        $version_1756174950 = { 0D 0A 0D 0A 1F 8B 08 08 66 1A AD 68 }
        $model_1749572802 = { 0D 0A 0D 0A 1F 8B 08 08 C2 5C 48 68 }
        $model_1749564145 = { 0D 0A 0D 0A 1F 8B 08 08 F1 3A 48 68 }
        $model_1750134083 = { 0D 0A 0D 0A 1F 8B 08 08 43 ED 50 68 }
        $model_1755693334 = { 0D 0A 0D 0A 1F 8B 08 08 16 C1 A5 68 }
        $model_1755692465 = { 0D 0A 0D 0A 1F 8B 08 08 B1 BD A5 68 }
        $model_1756174950 = { 0D 0A 0D 0A 1F 8B 08 08 66 1A AD 68 }
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and vpn_path == "/vpn/js/rdx/core/lang/rdx_en.json.gz" and @file == @end and any of ($version*) and (any of ($model*) or true)
}

rule identify_netscaler_page
{
    meta:
        title_ja = "Citrix NetScaler Gatewayをログイン画面で見分けました"
        title_en = "Citrix NetScaler Gateway recognised by its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/citrix.rb"
        product = "netscaler"
        name = "Citrix NetScaler Gateway"
        scheme = "netscaler"
        grade = "product"
        ask = "none"
    strings:
        $title = "<title class=\"_ctxstxt_NetscalerGateway\">"
        $cookie = /\r\nSet-Cookie: NSC_[A-Z]{4}=/ nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @cookie < @end and $title
}

// Only older builds tell this hash.
rule identify_netscaler_hash
{
    meta:
        title_ja = "Citrix NetScaler Gatewayをログイン画面の部品で見分けました"
        title_en = "Citrix NetScaler Gateway recognised by a part of its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/fox-it/citrix-netscaler-triage/blob/main/scan-citrix-netscaler-version.py"
        product = "netscaler"
        name = "Citrix NetScaler Gateway"
        scheme = "netscaler"
        grade = "table"
        ask = "none"
        version_adc1f7c8 = "13.1-27.59"
        version_57d9f58d = "13.1-30.52"
        version_14195083 = "13.1-45.64"
        version_89929af9 = "12.1-55.328"
        version_f069136a = "12.1-55.328"
        version_765c645f = "12.1-55.330"
        version_a53b1af5 = "12.1-55.330"
        model_89929af9 = "FIPS"
        model_f069136a = "FIPS"
        model_765c645f = "FIPS"
        model_a53b1af5 = "FIPS"
    strings:
        $title = "<title class=\"_ctxstxt_NetscalerGateway\">"
        $version_adc1f7c8 = "?v=adc1f7c850ca3016b21776467691a767\""
        $version_57d9f58d = "?v=57d9f58db7576d6a194d7dd10888e354\""
        $version_14195083 = "?v=14195083e08df261613408eb5cf3b212\""
        $version_89929af9 = "?v=89929af92ff35a042d78e9010b7ec534\""
        $version_f069136a = "?v=f069136a9297a52b6d86a5de987d9323\""
        $version_765c645f = "?v=765c645f7af4a1ef5c11d464fafc6244\""
        $version_a53b1af5 = "?v=a53b1af56a97019171ec39665fedc54a\""
        $model_89929af9 = "?v=89929af92ff35a042d78e9010b7ec534\""
        $model_f069136a = "?v=f069136a9297a52b6d86a5de987d9323\""
        $model_765c645f = "?v=765c645f7af4a1ef5c11d464fafc6244\""
        $model_a53b1af5 = "?v=a53b1af56a97019171ec39665fedc54a\""
    condition:
        vpn_source == "https" and $title and any of ($version*) and (any of ($model*) or true)
}

rule identify_netscaler_snmp
{
    meta:
        title_ja = "Citrix NetScaler GatewayをSNMPの版で見分けました"
        title_en = "Citrix NetScaler Gateway recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/fox-it/citrix-netscaler-triage"
        product = "netscaler"
        name = "Citrix NetScaler Gateway"
        scheme = "netscaler"
        grade = "exact"
        ask = "snmp"
    strings:
        $version = /NetScaler NS1[0-9]\.[0-9]: Build [0-9]{1,3}\.[0-9]{1,5}/
    condition:
        vpn_source == "snmp" and $version at 0
}
