/* Programs that come from somewhere strange and run at once. */

rule download_piped_to_shell
{
    meta:
        title_ja = "インターネットから取得した命令が、確認なしに実行されました"
        title_en = "A download was piped straight into a shell without anybody at the terminal"
        severity = "high"
        response = "alert"
        attack = "T1105"
        reference = "https://attack.mitre.org/techniques/T1105/"
    strings:
        $pipe = /(curl|wget|lwp-download)\s[^|;]{1,400}\|\s*(sudo\s+(-[a-zA-Z]+\s+)*)?(\/(usr\/)?bin\/)?((ba|da|z|k|a)?sh|python[0-9.]*|perl|php|ruby)(\s|$|[;&|)])/
        $subst = /(<\(|eval\s+["']?\$\(|source\s+<\(|sh\s+-c\s+["']?[$`]\(?)\s*(curl|wget)\s/
    condition:
        process_interactive == 0 and
        process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ and
        process_cmdline matches /^[^ ]+( -[^ ]+)* -[a-zA-Z]*c / and any of them
}

rule download_piped_by_person
{
    meta:
        title_ja = "端末の操作で、インターネットから取得した命令が直接実行されました"
        title_en = "Somebody at a terminal piped a download into a shell"
        severity = "medium"
        response = "observe"
        attack = "T1105"
        reference = "https://attack.mitre.org/techniques/T1105/"
    strings:
        $pipe = /(curl|wget|lwp-download)\s[^|;]{1,400}\|\s*(sudo\s+(-[a-zA-Z]+\s+)*)?(\/(usr\/)?bin\/)?((ba|da|z|k|a)?sh|python[0-9.]*|perl|php|ruby)(\s|$|[;&|)])/
    condition:
        process_interactive == 1 and
        process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ and
        process_cmdline matches /^[^ ]+( -[^ ]+)* -[a-zA-Z]*c / and $pipe
}

rule hidden_command_decoded
{
    meta:
        title_ja = "読めない形に隠された命令が元に戻され、実行されました"
        title_en = "An encoded command was decoded and executed"
        severity = "high"
        response = "alert"
        attack = "T1140"
        reference = "https://attack.mitre.org/techniques/T1140/"
    strings:
        $pipe = /(base64\s+(-d|-D|--decode|-di)|base32\s+-d|xxd\s+-[rp ]{1,5}|openssl\s+(enc\s+)?-?base64\s+-d)[^|;]{0,200}\|\s*(gunzip|gzip\s+-d|zcat)?[^|;]{0,20}\|?\s*(sudo\s+)?(\/(usr\/)?bin\/)?((ba|da|z|k|a)?sh|python[0-9.]*|perl)(\s|$|[;&|)])/
        $here = /(sh|python[0-9.]*|perl)\s+(-c\s+["']?\$\(|<<<\s*["']?\$\(|<\().{0,200}base64\s+(-d|-D|--decode)/
        $py = /exec\s*\(.{0,80}(b64decode|fromhex|zlib\.decompress|marshal\.loads)\s*\(/
        $perl = /eval\s*[\( ].{0,60}(decode_base64|pack\s*\(?\s*["']H\*)/
        $php = /eval\s*\(.{0,40}(base64_decode|gzinflate|str_rot13)\s*\(/
    condition:
        (process_name matches /^((ba|da|z|k|mk|a)?sh|busybox)$/ and
         process_cmdline matches /^[^ ]+( -[^ ]+)* -[a-zA-Z]*c / and ($pipe or $here)) or
        (process_name startswith "python" and $py) or
        (process_name startswith "perl" and $perl) or
        (process_name startswith "php" and $php)
}

rule program_in_memory
{
    meta:
        title_ja = "ディスク上に実体のないプログラムが実行されました"
        title_en = "A program that exists only in memory was executed"
        severity = "high"
        response = "alert"
        attack = "T1620"
        reference = "https://attack.mitre.org/techniques/T1620/"
    condition:
        process_packaged == 0 and
        (process_path startswith "/dev/shm/" or process_path startswith "/run/shm/" or
         ((process_path startswith "memfd:" or process_path startswith "/memfd:") and
          not process_path matches /memfd:(runc_cloned|crun|lxc|libpod|conmon)/))
}

rule program_in_hidden_folder
{
    meta:
        title_ja = "一時フォルダの隠し場所からプログラムが実行されました"
        title_en = "A program was executed from a hidden place below a temporary folder"
        severity = "medium"
        response = "alert"
        attack = "T1564.001"
        reference = "https://attack.mitre.org/techniques/T1564/001/"
    condition:
        process_packaged == 0 and
        process_path matches /^\/(tmp|var\/tmp)\/(.{0,200}\/)?\.[^\/]+/ and
        not process_path matches /^\/tmp\/(\.mount_|\.org\.chromium|\.private\/|\.X11-unix)/ and
        not process_path matches /\/(\.venv|\.tox|\.nox|\.cargo|\.rustup|\.npm|\.cache|\.build|\.git|\.local)\//
}

rule kernel_module_from_odd_place
{
    meta:
        title_ja = "通常とは異なる場所からOSの中核に部品が組み込まれました"
        title_en = "A kernel module was loaded from an unusual folder"
        severity = "high"
        response = "alert"
        attack = "T1547.006"
        reference = "https://attack.mitre.org/techniques/T1547/006/"
    strings:
        $load = /^(\/[^ ]{0,100}\/)?(insmod|kmod\s+insmod)\s+(-f\s+)?(\/(tmp|var\/tmp|dev\/shm|run\/user|home)\/[^ ]{1,300}|[^ \/]{0,40}\/?\.[^ \/]{1,40}\/[^ ]{1,100})\.ko/
    condition:
        $load
}
