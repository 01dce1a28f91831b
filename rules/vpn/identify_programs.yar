// Programs on a host, by their bytes.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

// The title line: "OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)] ...".
rule identify_openvpn_program
{
    meta:
        title_ja = "OpenVPNをプログラムの中の版で見分けました"
        title_en = "OpenVPN recognised by the version inside the program"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/OpenVPN/openvpn/blob/master/src/openvpn/options.c"
        product = "openvpn"
        name = "OpenVPN"
        scheme = "dotted"
        grade = "exact"
        ask = "none"
    strings:
        $version = /OpenVPN [2-3]\.[0-9]{1,2}[0-9a-z._]{0,12} [a-z0-9_]{3,10}-[a-z0-9_]{2,12}-[a-z0-9-]{3,16} \[SSL/
    condition:
        vpn_source == "file" and uint32(0) == 0x464c457f and $version
}

rule identify_strongswan_program
{
    meta:
        title_ja = "strongSwanをプログラムの中の版で見分けました"
        title_en = "strongSwan recognised by the version inside the program"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/strongswan/strongswan/blob/master/src/charon/charon.c"
        product = "strongswan"
        name = "strongSwan"
        scheme = "dotted"
        grade = "exact"
        ask = "none"
    strings:
        $version = /Starting IKE charon daemon \(strongSwan [4-6]\.[0-9]{1,2}\.[0-9]{1,2}/
    condition:
        vpn_source == "file" and uint32(0) == 0x464c457f and $version
}

rule identify_libreswan_program
{
    meta:
        title_ja = "Libreswanをプログラムの中の版で見分けました"
        title_en = "Libreswan recognised by the version inside the program"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/libreswan/libreswan/blob/main/lib/libswan/vendorid.c"
        product = "libreswan"
        name = "Libreswan"
        scheme = "dotted"
        grade = "exact"
        ask = "none"
    strings:
        $version = /OE-Libreswan-[3-6]\.[0-9]{1,2}(\.[0-9]{1,2})?/
    condition:
        vpn_source == "file" and uint32(0) == 0x464c457f and $version
}

rule identify_openconnect_program
{
    meta:
        title_ja = "OpenConnectをプログラムの中の版で見分けました"
        title_en = "OpenConnect recognised by the version inside the program"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://gitlab.com/openconnect/openconnect/-/blob/master/main.c"
        product = "openconnect"
        name = "OpenConnect"
        scheme = "dotted"
        grade = "exact"
        ask = "none"
    strings:
        $text = "OpenConnect version %s"
        $version = /(\x00v7\.|\x00v8\.|\x00v9\.)[0-9]{2}/
    condition:
        vpn_source == "file" and uint32(0) == 0x464c457f and all of them
}
