// How Array Networks AG is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_array_ag_portal
{
    meta:
        title_ja = "Array Networks AGをSSL-VPNの入口で見分けました"
        title_en = "Array Networks AG recognised by the entry of its SSL-VPN"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/dlenski/what-vpn/blob/master/what_vpn/sniffers.py"
        product = "array-ag"
        name = "Array Networks AG"
        scheme = "dotted"
        grade = "product"
        ask = "https:/"
    strings:
        $moved = /\r\nLocation: (https:\/\/[^\/\r\n]{1,100})?\/prx\/[0-9]{3}\/http\/localhost\/(login|cookietest)/ nocase
        $script = "_AN_global_var_init"
        $user = "name=\"uname\""
        $end = "\r\n\r\n"
    condition:
        vpn_source == "https" and (@moved < @end or ($script and $user))
}
