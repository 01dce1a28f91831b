// How Check Point Security Gateway is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_checkpoint_portal
{
    meta:
        title_ja = "Check Point Security Gatewayを応答の名乗りで見分けました"
        title_en = "Check Point Security Gateway recognised by the Server line of its answer"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/http/checkpoint.rb"
        product = "checkpoint"
        name = "Check Point Security Gateway"
        scheme = "checkpoint"
        grade = "product"
        ask = "https:/"
    strings:
        $foundation = "\r\nServer: Check Point SVN foundation\r\n" nocase
        $server = "\r\nServer: CPWS\r\n" nocase
        $moved = /\r\nLocation: (https:\/\/[^\/\r\n]{1,100})?\/sslvpn\// nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and (@foundation < @end or (@server < @end and @moved < @end))
}

// It never tells the take of the Jumbo Hotfix: the release without any is what is judged.
rule identify_checkpoint_gaia
{
    meta:
        title_ja = "Check Point Security Gatewayを管理画面の版で見分けました"
        title_en = "Check Point Security Gateway recognised by the version of its administration page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/praetorian-inc/nerva"
        product = "checkpoint"
        name = "Check Point Security Gateway"
        scheme = "checkpoint"
        grade = "exact"
        ask = "none"
    strings:
        $server = "\r\nServer: CPWS\r\n" nocase
        $version = /var version='R[78][0-9](\.[0-9]{2})?'/
        $form = "formAction=\"/cgi-bin/home.tcl\""
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @server < @end and $version and $form
}

rule identify_checkpoint_ike
{
    meta:
        title_ja = "Check Point Security GatewayをIKEの名乗りで見分けました"
        title_en = "Check Point Security Gateway recognised by its vendor id in IKE"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/royhills/ike-scan/blob/master/ike-vendor-ids"
        product = "checkpoint"
        name = "Check Point Security Gateway"
        scheme = "checkpoint"
        grade = "product"
        ask = "ike"
    strings:
        $id = { F4 ED 19 E0 C1 14 EB 51 6F AA AC 0E E3 7D AF 28 07 B4 38 1F }
    condition:
        vpn_source == "ike" and $id
}
