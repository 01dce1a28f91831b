/* Signs beside the losses: notes, canaries, marks, copies nobody asked for.
 *
 * Thresholds (all of this file; the tests compare this table with the conditions)
 *   burst_notes >= 2         the same small text in two folders
 *   burst_notes >= 5         ... in five: a note spreads, a README does not
 *   burst_destroyed >= 1     a loss beside a demand: no honest program does both
 *   burst_encrypted >= 1     the same
 *   burst_canary >= 1        nobody works with a canary
 *   burst_removed >= 1       with the canary removed: perhaps a folder was deleted
 *   burst_renamed >= 20      names changed in bulk; content still good
 *   burst_same_suffix >= 20  all to the same new ending
 *   burst_opaque_new >= 10   copies that look random ...
 *   burst_read >= 10         ... of files that were read */

rule ransom_note_and_loss
{
    meta:
        title_ja = "脅迫文が置かれ、書類が読めなくなりました。電源を切らず、担当者に連絡してください"
        title_en = "A ransom note appeared and documents became unreadable"
        severity = "critical"
        response = "quarantine"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    strings:
        $e1 = /(your|important)\s{1,3}(\w{1,12}\s{1,3}){0,2}(files|documents|data|network|server)s?\s+(have|has|had|are|were|was)\s+(been\s{1,3})?(\w{1,12}\s{1,3})?(encrypted|locked|stolen|crypted)/ nocase
        $e2 = /(decrypt|recover|restore|unlock)(ion)?\s+(\w{1,12}\s{1,3}){0,2}(files|data|documents|key|tool|software|password)/ nocase
        $j1 = /(\xe3\x83\x95\xe3\x82\xa1\xe3\x82\xa4\xe3\x83\xab|\xe3\x83\x87\xe3\x83\xbc\xe3\x82\xbf|\xe6\x96\x87\xe6\x9b\xb8|\xe6\x9b\xb8\xe9\xa1\x9e)[^\n]{0,60}(\xe6\x9a\x97\xe5\x8f\xb7\xe5\x8c\x96|\xe3\x83\xad\xe3\x83\x83\xe3\x82\xaf)\xe3\x81\x95\xe3\x82\x8c/ /* ファイル|データ|文書|書類 暗号化|ロック され */
        $j2 = /(\xe5\xbe\xa9\xe5\x8f\xb7|\xe5\xbe\xa9\xe5\x85\x83|\xe8\xa7\xa3\xe9\x99\xa4)[^\n]{0,60}(\xe9\x8d\xb5|\xe3\x82\xad\xe3\x83\xbc|\xe8\xba\xab\xe4\xbb\xa3\xe9\x87\x91|\xe6\x94\xaf\xe6\x89\x95|\xe9\x80\xa3\xe7\xb5\xa1|\xe3\x83\x84\xe3\x83\xbc\xe3\x83\xab)/ /* 復号|復元|解除 鍵|キー|身代金|支払|連絡|ツール */
        $c1 = /\xe6\x96\x87\xe4\xbb\xb6[^\n]{0,40}\xe5\x8a\xa0\xe5\xaf\x86/ /* 文件 加密 */
        $k1 = /\xed\x8c\x8c\xec\x9d\xbc[^.\n]{0,60}\xec\x95\x94\xed\x98\xb8\xed\x99\x94/ /* 파일 암호화 */
        $r1 = /\xd1\x84\xd0\xb0\xd0\xb9\xd0\xbb\xd1\x8b[^.\n]{0,80}\xd0\xb7\xd0\xb0\xd1\x88\xd0\xb8\xd1\x84\xd1\x80\xd0\xbe\xd0\xb2\xd0\xb0\xd0\xbd/ /* файлы зашифрован */
        $f1 = /fichiers[^.\n]{0,60}(chiffr|crypt)/ nocase
        $g1 = /dateien[^.\n]{0,60}verschl/ nocase
        $s1 = /archivos[^.\n]{0,60}(cifrad|encriptad)/ nocase
        $p1 = /[a-z2-7]{16,56}\.onion/
        $p2 = /(bitcoin|btc|monero|xmr|\xe3\x83\x93\xe3\x83\x83\xe3\x83\x88\xe3\x82\xb3\xe3\x82\xa4\xe3\x83\xb3|tor\s+browser)/ nocase /* | | | |ビットコイン| */
        $p3 = /[a-z0-9._-]{2,40}@(protonmail|proton|tutanota|tuta|onionmail|cock|airmail|mail2tor|keemail|aol)\.[a-z]{2,4}/ nocase
        $p4 = /(tox\s+id|qtox|session\s+id|jabber|icq)\s*[:=]?/ nocase
    condition:
        burst_destroyed >= 1 and burst_encrypted >= 1 and filesize < 64KB and
        1 of ($e1, $j1, $c1, $k1, $r1, $f1, $g1, $s1) and any of ($e2, $j2, $p*)
}

rule ransom_note_seen
{
    meta:
        title_ja = "脅迫文と見られる文書が作られました"
        title_en = "A text that reads like a ransom note was written"
        severity = "medium"
        response = "alert"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    strings:
        $e1 = /(your|important)\s{1,3}(\w{1,12}\s{1,3}){0,2}(files|documents|data|network|server)s?\s+(have|has|had|are|were|was)\s+(been\s{1,3})?(\w{1,12}\s{1,3})?(encrypted|locked|stolen|crypted)/ nocase
        $j1 = /(\xe3\x83\x95\xe3\x82\xa1\xe3\x82\xa4\xe3\x83\xab|\xe3\x83\x87\xe3\x83\xbc\xe3\x82\xbf|\xe6\x96\x87\xe6\x9b\xb8|\xe6\x9b\xb8\xe9\xa1\x9e)[^\n]{0,60}(\xe6\x9a\x97\xe5\x8f\xb7\xe5\x8c\x96|\xe3\x83\xad\xe3\x83\x83\xe3\x82\xaf)\xe3\x81\x95\xe3\x82\x8c/ /* ファイル|データ|文書|書類 暗号化|ロック され */
        $c1 = /\xe6\x96\x87\xe4\xbb\xb6[^\n]{0,40}\xe5\x8a\xa0\xe5\xaf\x86/ /* 文件 加密 */
        $r1 = /\xd1\x84\xd0\xb0\xd0\xb9\xd0\xbb\xd1\x8b[^.\n]{0,80}\xd0\xb7\xd0\xb0\xd1\x88\xd0\xb8\xd1\x84\xd1\x80\xd0\xbe\xd0\xb2\xd0\xb0\xd0\xbd/ /* файлы зашифрован */
        $p1 = /[a-z2-7]{16,56}\.onion/
        $p2 = /(bitcoin|btc|monero|\xe3\x83\x93\xe3\x83\x83\xe3\x83\x88\xe3\x82\xb3\xe3\x82\xa4\xe3\x83\xb3|tor\s+browser)/ nocase /* | | |ビットコイン| */
        $p3 = /[a-z0-9._-]{2,40}@(protonmail|proton|tutanota|tuta|onionmail|cock|airmail|mail2tor)\.[a-z]{2,4}/ nocase
    condition:
        filesize < 64KB and 1 of ($e1, $j1, $c1, $r1) and any of ($p*) and burst_notes >= 2
}

rule ransom_note_spread
{
    meta:
        title_ja = "同じ文書があちこちのフォルダに置かれています"
        title_en = "The same small text is put into many folders, and a file is gone"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_notes >= 5 and burst_destroyed >= 1 and burst_encrypted >= 1 and process_packaged == 0
}

rule ransom_mark
{
    meta:
        title_ja = "既知のランサムウェアが付ける目印を持つファイルが作られました"
        title_en = "A file with the mark of a known ransomware was written"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://www.mandiant.com/resources/blog/wannacry-malware-profile"
    strings:
        $wannacry = "WANACRY!"
    condition:
        $wannacry at 0 and uint32(8) == 0x100 and burst_destroyed >= 1
}

rule canary_changed
{
    meta:
        title_ja = "おとりファイルが書き換えられました"
        title_en = "A canary file was changed"
        severity = "high"
        response = "alert"
        attack = "T1486"
        reference = "https://d3fend.mitre.org/technique/d3f:DecoyFile/"
    condition:
        burst_canary >= 1 and (process_packaged == 0 or burst_removed < burst_canary)
}

rule canary_and_loss
{
    meta:
        title_ja = "おとりファイルと書類が続けて壊されました"
        title_en = "A canary file was touched and a document destroyed"
        severity = "critical"
        response = "freeze"
        attack = "T1486"
        reference = "https://d3fend.mitre.org/technique/d3f:DecoyFile/"
    condition:
        burst_canary >= 1 and burst_destroyed >= 1 and
        not (process_name == "shred" and process_packaged == 1 and process_interactive == 1)
}

rule canary_removed
{
    meta:
        title_ja = "おとりファイルを含むフォルダが消されました"
        title_en = "A folder with a canary file was removed"
        severity = "low"
        response = "observe"
        attack = "T1485"
        reference = "https://d3fend.mitre.org/technique/d3f:DecoyFile/"
    condition:
        burst_canary >= 1 and burst_removed >= 1 and process_packaged == 1 and burst_removed >= burst_canary
}

rule renamed_in_bulk
{
    meta:
        title_ja = "多数のファイルの名前の末尾が、同じものに変えられました"
        title_en = "Many files were given the same new ending"
        severity = "medium"
        response = "alert"
        attack = "T1486"
        reference = "https://attack.mitre.org/techniques/T1486/"
    condition:
        burst_renamed >= 20 and burst_same_suffix >= 20 and process_packaged == 0
}

rule opaque_copies
{
    meta:
        title_ja = "中身の分からない写しが多数作られました(持ち出しの準備の疑い)"
        title_en = "Many random-looking copies were made of files that were read"
        severity = "low"
        response = "observe"
        attack = "T1074.001"
        reference = "https://attack.mitre.org/techniques/T1074/001/"
    condition:
        burst_opaque_new >= 10 and burst_read >= 10 and process_packaged == 0
}
