// How Buffalo AirStation is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_buffalo_login
{
    meta:
        title_ja = "Buffalo AirStationをログイン画面で見分けました"
        title_en = "Buffalo AirStation recognised by its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/greenbone/openvas-scanner"
        product = "buffalo"
        name = "Buffalo AirStation"
        scheme = "dotted"
        grade = "product"
        ask = "https:/cgi-bin/cgi?req=twz"
    strings:
        $name = "name=\"airstation_uname\""
        $logo = "alt=\"BUFFALO\""
    condition:
        vpn_source == "https" and $name and $logo
}

// The question is a POST: it is not asked.
rule identify_buffalo_device
{
    meta:
        title_ja = "Buffalo AirStationを機器の情報で見分けました"
        title_en = "Buffalo AirStation recognised by its device information"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/greenbone/openvas-scanner"
        product = "buffalo"
        name = "Buffalo AirStation"
        scheme = "dotted"
        grade = "exact"
        ask = "none"
    strings:
        $model = /(WSR|WXR|WZR|WHR|WCR|WPL|WEX)-[A-Z0-9-]{3,16}/
        $version = /"VERSION":"[0-9]\.[0-9]{2}"/
        $boot = "\"BOOT_VERSION\":\""
        $start = "{\"MODEL\":\""
    condition:
        vpn_source == "https" and vpn_path startswith "/cgi-bin/cgi?req=fnc" and all of them
}
