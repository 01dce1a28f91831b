// How Cisco FTD is recognised.  Sources and recorded-style answers: docs/vpn-identify.md, tests/lab/gateways.

rule identify_cisco_ftd_certificate
{
    meta:
        title_ja = "Cisco FTDを管理用の証明書で見分けました"
        title_en = "Cisco FTD recognised by the certificate of its management"
        severity = "info"
        response = "observe"
        attack = "T1133"
        reference = "https://github.com/rapid7/recog/blob/main/xml/x509_subjects.xml"
        product = "cisco-ftd"
        over = "cisco-asa"
        name = "Cisco FTD"
        scheme = "cisco"
        grade = "product"
        ask = "tls"
    strings:
        $subject = /\nsubject=CN=(firepower|ciscoasa|Sourcefire3D),OU=Intrusion Management System,O=Cisco Systems\\, Inc/
    condition:
        vpn_source == "tls" and $subject
}
