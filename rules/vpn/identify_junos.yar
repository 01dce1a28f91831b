// How Juniper Junos is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_junos_jweb
{
    meta:
        title_ja = "Juniper Junosを管理画面で見分けました"
        title_en = "Juniper Junos recognised by its administration page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/praetorian-inc/nerva"
        product = "junos"
        name = "Juniper Junos"
        scheme = "junos"
        grade = "product"
        ask = "https:/"
    strings:
        $title = "<title>Log In - Juniper Web Device Manager</title>"
        $script = "modelphpStr"
        $style = "/stylesheet/juniper.css"
        $model = /(srx|ssg|ex|mx|vsrx)[0-9]{3,4}[a-z]{0,2}/
    condition:
        vpn_source == "https" and $title and ($script or $style) and ($model or true)
}

rule identify_junos_ike
{
    meta:
        title_ja = "Juniper JunosをIKEの名乗りで見分けました"
        title_en = "Juniper Junos recognised by its vendor id in IKE"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/royhills/ike-scan/blob/master/ike-vendor-ids"
        product = "junos"
        name = "Juniper Junos"
        scheme = "junos"
        grade = "product"
        ask = "ike"
    strings:
        $id = { 69 93 69 22 87 41 C6 D4 CA 09 4C 93 E2 42 C9 DE }
    condition:
        vpn_source == "ike" and $id
}

// The number behind the release (20.4R2-S2.2) counts spins of one build.
rule identify_junos_snmp
{
    meta:
        title_ja = "Juniper JunosをSNMPの版で見分けました"
        title_en = "Juniper Junos recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://www.juniper.net/documentation/us/en/software/junos/network-mgmt/topics/topic-map/snmp-mibs.html"
        product = "junos"
        name = "Juniper Junos"
        scheme = "junos"
        grade = "exact"
        ask = "snmp"
    strings:
        $maker = "Juniper Networks, Inc. "
        $version = /, kernel JUNOS [0-9]{2}\.[0-9](R[0-9]{1,2}(-S[0-9]{1,2})?|X[0-9]{2}-D[0-9]{1,4})/
        $model = /(srx|vsrx|ex|mx|qfx)[0-9]{3,5}[a-z]{0,2}(-[0-9]{2}[a-z]{1,2})?/
    condition:
        vpn_source == "snmp" and $maker at 0 and $version and ($model or true)
}
