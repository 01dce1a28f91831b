// How MikroTik RouterOS is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_mikrotik_version
{
    meta:
        title_ja = "MikroTik RouterOSを管理画面の版で見分けました"
        title_en = "MikroTik RouterOS recognised by the version in its page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/mikrotik/mikrotik-routeros.yaml"
        product = "mikrotik"
        name = "MikroTik RouterOS"
        scheme = "dotted"
        grade = "exact"
        ask = "https:/"
    strings:
        $title = "<title>RouterOS router configuration page</title>"
        $text = "You have connected to a router. Administrative access only."
        $version = /<h1>RouterOS v[3-7]\.[0-9]{1,2}(\.[0-9]{1,2})?((rc|beta)[0-9]{1,2})?<\/h1>/
    condition:
        vpn_source == "https" and all of them
}

// From 7.17 on the page tells no version.
rule identify_mikrotik_page
{
    meta:
        title_ja = "MikroTik RouterOSを管理画面で見分けました"
        title_en = "MikroTik RouterOS recognised by its page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/mikrotik/mikrotik-routeros.yaml"
        product = "mikrotik"
        name = "MikroTik RouterOS"
        scheme = "dotted"
        grade = "product"
        ask = "https:/"
    strings:
        $title = "<title>RouterOS router configuration page</title>"
        $text = "You have connected to a router. Administrative access only."
        $new = "<title>RouterOS</title>"
        $style = "href=\"/assets/style-"
    condition:
        vpn_source == "https" and (($title and $text) or ($new and $style))
}

rule identify_mikrotik_ssh
{
    meta:
        title_ja = "MikroTik RouterOSをSSHの名乗りで見分けました"
        title_en = "MikroTik RouterOS recognised by its banner in SSH"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/projectdiscovery/nuclei-templates/blob/main/http/exposed-panels/mikrotik/mikrotik-routeros.yaml"
        product = "mikrotik"
        name = "MikroTik RouterOS"
        scheme = "dotted"
        grade = "product"
        ask = "ssh"
    strings:
        $banner = "SSH-2.0-ROSSSH"
    condition:
        vpn_source == "ssh" and $banner at 0
}

// The number is that of the board, never a version.
rule identify_mikrotik_snmp
{
    meta:
        title_ja = "MikroTik RouterOSをSNMPの機種で見分けました"
        title_en = "MikroTik RouterOS recognised by its model in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://wiki.mikrotik.com/wiki/Manual:SNMP"
        product = "mikrotik"
        name = "MikroTik RouterOS"
        scheme = "dotted"
        grade = "product"
        ask = "snmp"
    strings:
        $name = "RouterOS "
        $model = /\b(RB|CCR|CRS|CHR|hAP|hEX|wAP|LtAP|L00|C5)[A-Za-z0-9+_-]{0,24}/
    condition:
        vpn_source == "snmp" and $name at 0 and ($model or true)
}
