// How Palo Alto Networks PAN-OS GlobalProtect is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

// <panos-version>1</panos-version> is a constant, no version.
rule identify_panos_prelogin
{
    meta:
        title_ja = "Palo Alto Networks PAN-OS GlobalProtectを接続前の応答で見分けました"
        title_en = "Palo Alto Networks PAN-OS GlobalProtect recognised by its answer before the login"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/openconnect/openconnect/blob/master/auth-globalprotect.c"
        product = "panos"
        name = "Palo Alto Networks PAN-OS GlobalProtect"
        scheme = "panos"
        grade = "product"
        ask = "https:/ssl-vpn/prelogin.esp"
        headers = "User-Agent: PAN GlobalProtect"
    strings:
        $type = "\r\nContent-Type: application/xml" nocase
        $root = "<prelogin-response>"
        $status = /<status>(Success|Error)<\/status>/
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and @type < @end and $root and $status
}

rule identify_panos_portal
{
    meta:
        title_ja = "Palo Alto Networks PAN-OS GlobalProtectをログイン画面で見分けました"
        title_en = "Palo Alto Networks PAN-OS GlobalProtect recognised by its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/intrigueio/intrigue-ident/blob/master/checks/http/palo_alto_networks.rb"
        product = "panos"
        name = "Palo Alto Networks PAN-OS GlobalProtect"
        scheme = "panos"
        grade = "product"
        ask = "https:/global-protect/login.esp"
    strings:
        $title = "<title>GlobalProtect Portal</title>"
    condition:
        vpn_source == "https" and vpn_path startswith "/global-protect/" and vpn_status == 200 and $title
}

// The last eight digits of the ETag are the time of the build.  Days alone (Last-Modified) are not used: one day fits builds of several branches.
rule identify_panos_build
{
    meta:
        title_ja = "Palo Alto Networks PAN-OS GlobalProtectをログイン画面の日時で見分けました"
        title_en = "Palo Alto Networks PAN-OS GlobalProtect recognised by the time stamp of its login page"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/noperator/panos-scanner"
        product = "panos"
        name = "Palo Alto Networks PAN-OS GlobalProtect"
        scheme = "panos"
        grade = "table"
        ask = "https:/global-protect/login.esp"
        version_5d5daf9a = "8.1.10"
    strings:
        $version_5d5daf9a = /\r\nETag: "[0-9a-f]{1,6}5d5daf9a"\r\n/ nocase
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and vpn_path startswith "/global-protect/" and vpn_status == 200 and @version_5d5daf9a < @end
}

rule identify_panos_snmp
{
    meta:
        title_ja = "Palo Alto Networks PAN-OS GlobalProtectをSNMPの版で見分けました"
        title_en = "Palo Alto Networks PAN-OS GlobalProtect recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/snmp-monitoring-and-traps"
        product = "panos"
        name = "Palo Alto Networks PAN-OS GlobalProtect"
        scheme = "panos"
        grade = "exact"
        ask = "snmp:1.3.6.1.4.1.25461.2.1.2.1.1.0"
    strings:
        $version = /(8\.[01]|9\.[01]|10\.[0-2]|11\.[0-2]|12\.[0-2])\.[0-9]{1,2}(-h[0-9]{1,3})?/
    condition:
        vpn_source == "snmp" and vpn_path == "1.3.6.1.4.1.25461.2.1.2.1.1.0" and $version at 0
}
