/* Open tools of intruders, by strings that their own public sources put into
 * the built program.  A text that speaks of them is not an ELF file and does
 * not match.  A package of the distribution is not judged: somebody chose it. */

rule tool_miner
{
    meta:
        title_ja = "無断で計算資源を使うプログラム(暗号資産の採掘)です"
        title_en = "XMRig or a program made from it"
        severity = "high"
        response = "alert"
        attack = "T1496"
        reference = "https://github.com/xmrig/xmrig"
    strings:
        $donate = "donate.v2.xmrig.com"
        $ssl = "donate.ssl.xmrig.com"
        $option1 = "--donate-level"
        $option2 = "randomx-no-numa"
        $option3 = "nicehash"
        $option4 = "stratum+tcp://"
        $agent = /XMRig\/[0-9]\.[0-9]{1,2}/
    condition:
        uint32(0) == 0x464C457F and process_packaged == 0 and
        (any of ($donate, $ssl) or ($agent and any of ($option*)) or 3 of ($option*))
}

rule tool_tunnel
{
    meta:
        title_ja = "外部から社内へ入る通り道を作るプログラムです"
        title_en = "A tunnel program (chisel, frp, ligolo, ngrok, gsocket)"
        severity = "medium"
        response = "alert"
        attack = "T1572"
        reference = "https://github.com/jpillora/chisel"
    strings:
        $chisel = "github.com/jpillora/chisel/"
        $frp = "github.com/fatedier/frp/"
        $ligolo = "github.com/nicocha30/ligolo-ng/"
        $ligolo_old = "github.com/sysdream/ligolo/"
        $ngrok = "go.ngrok.com/cmd/ngrok"
        $iox = "github.com/EddieIvan01/iox"
        $revsocks = "github.com/kost/revsocks"
        $gsocket = "GSOCKET_ARGS"
        $gsocket2 = "gs-netcat"
    condition:
        uint32(0) == 0x464C457F and process_packaged == 0 and
        (any of ($chisel, $frp, $ligolo, $ligolo_old, $ngrok, $iox, $revsocks) or all of ($gsocket*))
}

rule tool_remote_control
{
    meta:
        title_ja = "侵入者がパソコンを遠隔操作するためのプログラムです"
        title_en = "A remote control program of intruders (Sliver, Merlin, Havoc, mettle)"
        severity = "critical"
        response = "freeze"
        attack = "T1219"
        reference = "https://github.com/BishopFox/sliver"
    strings:
        $sliver = "github.com/bishopfox/sliver/implant/"
        $sliver2 = "sliverpb."
        $merlin = "github.com/Ne0nd0g/merlin-agent/"
        $poseidon = "github.com/MythicAgents/poseidon/"
        $mettle1 = "mettle/src/c2_http"
        $mettle2 = "mettlesploit"
        $pupy = "pupy://"
        $pupy2 = "pupyimporter"
    condition:
        uint32(0) == 0x464C457F and process_packaged == 0 and
        ($sliver or #sliver2 > 20 or $merlin or $poseidon or $mettle1 or $mettle2 or all of ($pupy*))
}

rule tool_discovery
{
    meta:
        title_ja = "侵入者がパソコンの弱点を調べるための道具です"
        title_en = "A tool that looks for ways to become administrator (linpeas, pspy, LinEnum)"
        severity = "high"
        response = "alert"
        attack = "T1082"
        reference = "https://github.com/peass-ng/PEASS-ng"
    strings:
        $pspy = "github.com/dominicbreuker/pspy/"
        $kerbrute = "github.com/ropnop/kerbrute/"
        $fscan = "github.com/shadow1ng/fscan/"
        $peas1 = "linpeas" nocase
        $peas2 = "carlospolop" nocase
        $peas3 = "PEASS-ng" nocase
        $peas4 = "SUPERFAST" /* its option help */
        $enum1 = "LinEnum" nocase
        $enum2 = "rebootuser"
        $les = "linux-exploit-suggester"
        $les2 = "mzet-"
    condition:
        process_packaged == 0 and
        ((uint32(0) == 0x464C457F and any of ($pspy, $kerbrute, $fscan)) or
         (uint16(0) == 0x2123 and (2 of ($peas*) or all of ($enum*) or ($les and $les2))))
}

rule tool_credentials
{
    meta:
        title_ja = "パスワードを盗むための道具です"
        title_en = "A tool that steals passwords (mimipenguin, LaZagne, 3snake)"
        severity = "high"
        response = "alert"
        attack = "T1003"
        reference = "https://github.com/huntergregal/mimipenguin"
    strings:
        $mimi1 = "mimipenguin" nocase
        $mimi2 = "_pammap_"
        $mimi3 = "gnome-keyring-daemon"
        $mimi4 = "FindProcess"
        $lazagne1 = "lazagne.config" nocase
        $lazagne2 = "lazagne.softwares" nocase
        $snake = "3snake"
        $snake2 = "sshd intercept"
    condition:
        process_packaged == 0 and (uint32(0) == 0x464C457F or uint16(0) == 0x2123) and
        (($mimi1 and any of ($mimi2, $mimi3, $mimi4)) or all of ($lazagne*) or all of ($snake*))
}

rule script_reverse_shell
{
    meta:
        title_ja = "外部から操作されるシェルを起動するスクリプトです"
        title_en = "A script that starts a reverse shell"
        severity = "high"
        response = "freeze"
        attack = "T1059.004"
        reference = "https://attack.mitre.org/techniques/T1059/004/"
    strings:
        $devtcp = /\n[ \t]*((nohup|setsid|exec)\s+)?(\/bin\/)?(ba)?sh\s+-i\s*[0-9]?>&?\s*\/dev\/(tcp|udp)\/[^ \/\n]{1,255}\/[0-9$]/
        $nc = /\n[ \t]*((nohup|setsid|exec)\s+)?(nc|ncat|netcat)\s[^\n;|#]{0,100}-e\s*\/bin\/(ba)?sh/
    condition:
        uint16(0) == 0x2123 and process_packaged == 0 and filesize < 16KB and any of them
}
