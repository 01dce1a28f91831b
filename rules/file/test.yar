/* The harmless test file that every virus scanner knows: it proves that the
 * way from the disk to the console works. */

rule eicar_test_file
{
    meta:
        title_ja = "検査用のテストファイル(EICAR)が見つかりました"
        title_en = "The EICAR test file was found"
        severity = "high"
        response = "alert"
        attack = "T1204.002"
        reference = "https://www.eicar.org/download-anti-malware-testfile/"
    strings:
        $eicar = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    condition:
        $eicar at 0 and filesize < 129
}
