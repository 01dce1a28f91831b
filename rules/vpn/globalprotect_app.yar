// Made by tools/vpn-rules from advisories.ini: do not edit.

rule cve_2024_5921_globalprotect_app
{
    meta:
        title_ja = "GlobalProtect appに知られた弱点があります（CVE-2024-5921）"
        title_en = "GlobalProtect app: certificate check: app can be led to a foreign portal, malicious root certificates and software get installed (CVE-2024-5921)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://security.paloaltonetworks.com/CVE-2024-5921"
        cve = "CVE-2024-5921"
        product = "globalprotect-app"
        scheme = "panos"
        fixed = "6.2.6"
        released = "2024-11-26"
        cvss = "7.1"
    condition:
        vpn_product == "globalprotect-app" and
        ((vpn_version >= 13515196928622593 and vpn_version < 13515209813524481 and (vpn_model == "" or vpn_model iequals "windows")) or // Windows 6.2.0..<6.2.6
         (vpn_version == 13517395951878145 and not (vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows")) or // 6.3.0
         (vpn_version == 13512997905367041 and not (vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows")) or // 6.1.0
         (vpn_version == 13510798882111489 and not (vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows")) or // 6.0.0
         (vpn_version == 11261198091681793 and not (vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows")) or // 5.1.0
         (vpn_version == 13515196928622593 and (vpn_model == "" or vpn_model iequals "macos")) or // macOS 6.2.0
         (vpn_version == 13515196928622593 and (vpn_model == "" or vpn_model iequals "linux"))) // Linux 6.2.0
}

rule cve_2025_0120_globalprotect_app
{
    meta:
        title_ja = "GlobalProtect appに知られた弱点があります（CVE-2025-0120）"
        title_en = "GlobalProtect app: Windows: a local user becomes SYSTEM (race condition) (CVE-2025-0120)"
        severity = "high"
        response = "alert"
        attack = "T1203"
        reference = "https://security.paloaltonetworks.com/CVE-2025-0120"
        cve = "CVE-2025-0120"
        product = "globalprotect-app"
        scheme = "panos"
        fixed = "6.3.3, 6.2.7-h3, 6.2.8"
        released = "2025-04-09"
        cvss = "7.1"
    condition:
        vpn_product == "globalprotect-app" and
        ((vpn_version >= 13517395951878145 and vpn_version < 13517402394329089) or // 6.3.0..<6.3.3
         (vpn_version >= 13515196928622593 and vpn_version < 13515211961008135) or // 6.2.0..<6.2.7-h3
         (vpn_version == 13512997905367041) or // 6.1
         (vpn_version == 13510798882111489)) // 6.0
}

rule cve_2026_0250_globalprotect_app
{
    meta:
        title_ja = "GlobalProtect appに知られた弱点があります（CVE-2026-0250）"
        title_en = "GlobalProtect app: buffer overflow while connecting: a man in the middle can crash the app or run code as SYSTEM (CVE-2026-0250)"
        severity = "medium"
        response = "alert"
        attack = "T1203"
        reference = "https://security.paloaltonetworks.com/CVE-2026-0250"
        cve = "CVE-2026-0250"
        product = "globalprotect-app"
        scheme = "panos"
        fixed = "Windows 6.3.3-h9, macOS 6.3.3-h9, 6.2.8-h10, 6.0.13, Linux 6.3.3-h2, 6.0.11, Android 6.1.13, ChromeOS 6.1.13, 6.0.14, Windows UWP 6.3.3-h10"
        released = "2026-05-13"
        cvss = "5.2"
    condition:
        vpn_product == "globalprotect-app" and
        ((vpn_version >= 13517395951878145 and vpn_version < 13517402394329107 and (vpn_model == "" or vpn_model iequals "windows")) or // Windows 6.3.0..<6.3.3-h9
         (vpn_version >= 13517395951878145 and vpn_version < 13517402394329107 and (vpn_model == "" or vpn_model iequals "macos")) or // macOS 6.3.0..<6.3.3-h9
         (vpn_version >= 13515196928622593 and vpn_version < 13515214108491797 and not (vpn_model iequals "android" or vpn_model iequals "chromeos" or vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows" or vpn_model iequals "windows uwp")) or // 6.2.0..<6.2.8-h10
         (vpn_version >= 13510798882111489 and vpn_version < 13510826799398913 and not (vpn_model iequals "android" or vpn_model iequals "chromeos" or vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows" or vpn_model iequals "windows uwp")) or // 6.0..<6.0.13
         (vpn_version >= 13517395951878145 and vpn_version < 13517402394329093 and (vpn_model == "" or vpn_model iequals "linux")) or // Linux 6.3.0..<6.3.3-h2
         (vpn_version >= 13510798882111489 and vpn_version < 13510822504431617 and not (vpn_model iequals "android" or vpn_model iequals "chromeos" or vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows" or vpn_model iequals "windows uwp")) or // 6.0.0..<6.0.11
         (vpn_version >= 13512997905367041 and vpn_version < 13513025822654465 and (vpn_model == "" or vpn_model iequals "android")) or // Android 6.1..<6.1.13
         (vpn_version >= 13512997905367041 and vpn_version < 13513025822654465 and (vpn_model == "" or vpn_model iequals "chromeos")) or // ChromeOS 6.1..<6.1.13
         (vpn_version >= 13510798882111489 and vpn_version < 13510828946882561 and not (vpn_model iequals "android" or vpn_model iequals "chromeos" or vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows" or vpn_model iequals "windows uwp")) or // 6.0..<6.0.14
         (vpn_version >= 13517395951878145 and vpn_version < 13517402394329109 and (vpn_model == "" or vpn_model iequals "windows uwp"))) // Windows UWP 6.3..<6.3.3-h10
}

rule cve_2026_0251_globalprotect_app
{
    meta:
        title_ja = "GlobalProtect appに知られた弱点があります（CVE-2026-0251）"
        title_en = "GlobalProtect app: a local user gets SYSTEM (Windows) or root (macOS, Linux) (CVE-2026-0251)"
        severity = "medium"
        response = "alert"
        attack = "T1203"
        reference = "https://security.paloaltonetworks.com/CVE-2026-0251"
        cve = "CVE-2026-0251"
        product = "globalprotect-app"
        scheme = "panos"
        fixed = "Windows 6.3.3-h9, macOS 6.3.3-h9, 6.2.8-h10, 6.0.13, Linux 6.3.3-h2, 6.0.11"
        released = "2026-05-13"
        cvss = "5.9"
    condition:
        vpn_product == "globalprotect-app" and
        ((vpn_version >= 13517395951878145 and vpn_version < 13517402394329107 and (vpn_model == "" or vpn_model iequals "windows")) or // Windows 6.3.0..<6.3.3-h9
         (vpn_version >= 13517395951878145 and vpn_version < 13517402394329107 and (vpn_model == "" or vpn_model iequals "macos")) or // macOS 6.3.0..<6.3.3-h9
         (vpn_version >= 13515196928622593 and vpn_version < 13515214108491797 and not (vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows")) or // 6.2.0..<6.2.8-h10
         (vpn_version >= 13510798882111489 and vpn_version < 13510826799398913 and not (vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows")) or // 6.0.0..<6.0.13
         (vpn_version >= 13517395951878145 and vpn_version < 13517402394329093 and (vpn_model == "" or vpn_model iequals "linux")) or // Linux 6.3.0..<6.3.3-h2
         (vpn_version >= 13510798882111489 and vpn_version < 13510822504431617 and not (vpn_model iequals "linux" or vpn_model iequals "macos" or vpn_model iequals "windows"))) // 6.0.0..<6.0.11
}
