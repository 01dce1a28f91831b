// How SoftEther VPN is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

// The question is a POST: it is not asked; a GET proves nothing.
rule identify_softether_hello
{
    meta:
        title_ja = "SoftEther VPNを接続前の応答で見分けました"
        title_en = "SoftEther VPN recognised by its answer before the login"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/SoftEtherVPN/SoftEtherVPN/blob/master/src/Cedar/Protocol.c"
        product = "softether"
        name = "SoftEther VPN"
        scheme = "softether"
        grade = "product"
        ask = "none"
    strings:
        $pack = { 00 00 00 06 68 65 6C 6C 6F 00 00 00 02 00 00 00 01 00 00 00 ?? [0-8] 53 6F 66 74 45 74 68 65 72 20 56 50 4E 20 53 65 72 76 65 72 }
    condition:
        vpn_source == "https" and vpn_path == "/vpnsvc/connect.cgi" and $pack
}

rule identify_softether_build
{
    meta:
        title_ja = "SoftEther VPNを接続前の応答の版で見分けました"
        title_en = "SoftEther VPN recognised by the version in its answer before the login"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://www.softether.org/5-download/history"
        product = "softether"
        name = "SoftEther VPN"
        scheme = "softether"
        grade = "table"
        ask = "none"
        version_9608 = "4.20 Build 9608"
        version_9760 = "4.38 Build 9760"
        version_9787 = "4.41 Build 9787"
        version_9798 = "4.42 Build 9798"
    strings:
        $pack = { 00 00 00 06 68 65 6C 6C 6F 00 00 00 02 00 00 00 01 00 00 00 ?? [0-8] 53 6F 66 74 45 74 68 65 72 20 56 50 4E 20 53 65 72 76 65 72 }
        $version_9608 = { 76 65 72 73 69 6F 6E 00 00 00 00 00 00 00 01 00 00 01 A4 [4-16] 62 75 69 6C 64 00 00 00 00 00 00 00 01 00 00 25 88 }
        $version_9760 = { 76 65 72 73 69 6F 6E 00 00 00 00 00 00 00 01 00 00 01 B6 [4-16] 62 75 69 6C 64 00 00 00 00 00 00 00 01 00 00 26 20 }
        $version_9787 = { 76 65 72 73 69 6F 6E 00 00 00 00 00 00 00 01 00 00 01 B9 [4-16] 62 75 69 6C 64 00 00 00 00 00 00 00 01 00 00 26 3B }
        $version_9798 = { 76 65 72 73 69 6F 6E 00 00 00 00 00 00 00 01 00 00 01 BA [4-16] 62 75 69 6C 64 00 00 00 00 00 00 00 01 00 00 26 46 }
    condition:
        vpn_source == "https" and vpn_path == "/vpnsvc/connect.cgi" and $pack and any of ($version*)
}
