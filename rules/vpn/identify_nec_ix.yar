// How NEC UNIVERGE IX is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

// The software line of `show version`; that sysDescr joins it to one line is the usual form and was never recorded.
rule identify_nec_ix_snmp
{
    meta:
        title_ja = "NEC UNIVERGE IXをSNMPの版で見分けました"
        title_en = "NEC UNIVERGE IX recognised by its version in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://jpn.nec.com/univerge/ix/"
        product = "nec-ix"
        name = "NEC UNIVERGE IX"
        scheme = "nec"
        grade = "exact"
        ask = "snmp"
    strings:
        $name = "NEC Portable Internetwork Core Operating System Software"
        $version = /IX Series IX[^,]{2,40} Software, Version [0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,3}/
        $model = /\bIX(-[RV])?[0-9]{4}/
    condition:
        vpn_source == "snmp" and $name at 0 and $version and ($model or true)
}

rule identify_nec_ix_object
{
    meta:
        title_ja = "NEC UNIVERGE IXをSNMPの番号で見分けました"
        title_en = "NEC UNIVERGE IX recognised by its number in SNMP"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://jpn.nec.com/univerge/ix/"
        product = "nec-ix"
        name = "NEC UNIVERGE IX"
        scheme = "nec"
        grade = "product"
        ask = "snmp:1.3.6.1.2.1.1.2.0"
    strings:
        $id = "1.3.6.1.4.1.119.1.84."
    condition:
        vpn_source == "snmp" and $id at 0
}
