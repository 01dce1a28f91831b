/* Programs that carry what an encryptor needs: the demand, the orders. */

rule note_inside_program
{
    meta:
        title_ja = "脅迫文を持つプログラムが実行されようとしています"
        title_en = "A program that carries a ransom note is about to run"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://www.cisa.gov/stopransomware"
    strings:
        $e1 = /your\s{1,3}(\w{1,12}\s{1,3}){0,2}(files|documents|data|network|servers?)\s+(have|has|are|were)\s+(been\s{1,3})?(\w{1,12}\s{1,3})?(encrypted|locked|stolen)/ nocase
        $e2 = /(do\s+not|don't|dont)\s+(try\s+to\s+)?(rename|modify|decrypt|delete|shut\s*down|recover)\s+(\w{1,12}\s+){0,3}(encrypted|files|data|yourself)/ nocase
        $e3 = /(decrypt|recover|restore)\s+(\w{1,12}\s+){0,3}(for\s+free|1\s+file|one\s+file|2\s+files|two\s+files)/ nocase
        $e4 = /(download|install)\s+(and\s+\w{1,10}\s+)?tor\s*browser/ nocase
        $j1 = "暗号化されました"
        $j2 = /\xe8\xba\xab\xe4\xbb\xa3\xe9\x87\x91|\xe5\xbe\xa9\xe5\x8f\xb7(\xe3\x82\xad\xe3\x83\xbc|\xe9\x8d\xb5|\xe3\x83\x84\xe3\x83\xbc\xe3\x83\xab)/ /* 身代金|復号 キー|鍵|ツール */
        $r1 = "зашифрованы"
        $c1 = /\xe6\x96\x87\xe4\xbb\xb6.{0,30}\xe5\x8a\xa0\xe5\xaf\x86/ /* 文件 加密 */
        $onion = /[a-z2-7]{56}\.onion|[a-z2-7]{16}\.onion/
        $mail = /[a-z0-9._-]{2,40}@(protonmail|proton|tutanota|tuta|onionmail|cock|airmail|mail2tor)\.[a-z]{2,4}/ nocase
        $coin = /(bitcoin|monero)\s+(address|wallet)|bc1q[a-z0-9]{38}/ nocase
    condition:
        uint32(0) == 0x464C457F and process_packaged == 0 and
        any of ($e1, $j1, $r1, $c1) and 2 of ($e*, $j*, $r1, $c1) and any of ($onion, $mail, $coin)
}

rule virtual_machine_encryptor
{
    meta:
        title_ja = "仮想サーバーを止めて暗号化するプログラムと見られます"
        title_en = "A program that stops virtual machines and takes their disks"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-039a"
    strings:
        $kill = /esxcli\s+(--formatter=csv\s+)?(--format-param=[^ ]{1,60}\s+)?vm\s+process\s+(kill|list)/
        $force = /--type[= ](force|hard)/
        $disk1 = ".vmdk"
        $disk2 = ".vmem"
        $disk3 = ".vswp"
        $disk4 = ".vmsn"
        $disk5 = ".nvram"
        $path = "/vmfs/volumes"
    condition:
        uint32(0) == 0x464C457F and process_packaged == 0 and
        $kill and ($force or $path) and 2 of ($disk*)
}

rule script_encryptor
{
    meta:
        title_ja = "書類を暗号化して元を消すスクリプトと見られます"
        title_en = "A script that encrypts documents, removes them and leaves a demand"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    strings:
        $crypt = /openssl\s+(enc|aes-)|gpg2?\s+[^\n]{0,100}(-c|--symmetric|--encrypt)|7z[ar]?\s+a\s[^\n]{0,100}-p|AES\.new\s*\(|Fernet\s*\(|ChaCha20/
        $walk = /find\s+["']?[\/$~][^\n]{0,200}-(exec|name|type|print0)|os\.walk\s*\(|rglob\s*\(|for\s+\w+\s+in\s+[^\n]{0,60}\*\.(docx?|xlsx?|pdf)/
        $remove = /\n[^#\n]{0,200}((rm|shred)\s+(-[a-zA-Z]+\s+)*["']?[\$\{]|os\.(remove|unlink)\s*\(|-delete|-sdel)/
        $demand1 = /(your|all)\s{1,3}(\w{1,12}\s{1,3}){0,2}(files|documents|data)\s+(have|has|are|were)\s+(been\s{1,3})?(\w{1,12}\s{1,3})?(encrypted|locked)/ nocase
        $demand2 = /(\xe3\x83\x95\xe3\x82\xa1\xe3\x82\xa4\xe3\x83\xab|\xe3\x83\x87\xe3\x83\xbc\xe3\x82\xbf|\xe6\x9b\xb8\xe9\xa1\x9e)[^\n]{0,40}\xe6\x9a\x97\xe5\x8f\xb7\xe5\x8c\x96\xe3\x81\x95\xe3\x82\x8c/ /* ファイル|データ|書類 暗号化され */
        $demand3 = /[a-z2-7]{16,56}\.onion/
        $demand4 = /(send|pay|\xe9\x80\x81\xe9\x87\x91|\xe6\x94\xaf\xe6\x89\x95)[^\n]{0,60}(bitcoin|btc|xmr|monero|\xe3\x83\x93\xe3\x83\x83\xe3\x83\x88\xe3\x82\xb3\xe3\x82\xa4\xe3\x83\xb3)/ nocase /* | |送金|支払 | | | |ビットコイン */
    condition:
        uint16(0) == 0x2123 and process_packaged == 0 and filesize < 256KB and
        $crypt and $walk and $remove and any of ($demand*)
}

rule document_encryptor_traits
{
    meta:
        title_ja = "書類を順に処理して暗号化できるプログラムです(参考情報)"
        title_en = "A program with many document endings, a cipher and file renaming (for information)"
        severity = "low"
        response = "observe"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    strings:
        $x1 = ".docx"
        $x2 = ".xlsx"
        $x3 = ".pptx"
        $x4 = ".vmdk"
        $x5 = ".sql"
        $x6 = ".bak"
        $x7 = ".pst"
        $x8 = ".jtd"
        $x9 = ".dwg"
        $x10 = ".kdbx"
        $x11 = ".psd"
        $x12 = ".accdb"
        $go = "Go build"
        $rust = "/rustc/"
        $walk1 = "path/filepath.Walk"
        $walk2 = "walkdir"
        $cipher1 = "chacha20"
        $cipher2 = "crypto/aes"
        $cipher3 = "expand 32-byte k"
        $cipher4 = "curve25519"
    condition:
        uint32(0) == 0x464C457F and process_packaged == 0 and ($go or $rust) and
        8 of ($x*) and any of ($walk*) and any of ($cipher*)
}
