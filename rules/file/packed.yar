/* Programs that hide what they are.  Packing is not a crime (installers, games,
 * some Go tools), so it is told, and only where no package brought the file. */
import "elf"
import "math"

rule packed_program
{
    meta:
        title_ja = "中身を圧縮して隠したプログラムが、作業用の場所から実行されようとしています"
        title_en = "A UPX-packed program outside the installed software is about to run"
        severity = "medium"
        response = "alert"
        attack = "T1027.002"
        reference = "https://attack.mitre.org/techniques/T1027/002/"
    strings:
        $upx = "UPX!"
        $info = "$Info: This file is packed with the UPX executable packer"
    condition:
        uint32(0) == 0x464C457F and process_packaged == 0 and $upx in (0..1024) and ($info or #upx >= 2) and
        process_path matches /^\/(tmp|var\/tmp|dev\/shm|run\/(user|shm)|home|root|srv)\//
}

rule packed_program_elsewhere
{
    meta:
        title_ja = "中身を圧縮したプログラムが実行されようとしています"
        title_en = "A UPX-packed program is about to run"
        severity = "low"
        response = "observe"
        attack = "T1027.002"
        reference = "https://attack.mitre.org/techniques/T1027/002/"
    strings:
        $upx = "UPX!"
        $info = "$Info: This file is packed with the UPX executable packer"
    condition:
        uint32(0) == 0x464C457F and process_packaged == 0 and $upx in (0..1024) and ($info or #upx >= 2) and
        not process_path matches /^\/(tmp|var\/tmp|dev\/shm|run\/(user|shm)|home|root|srv)\//
}

rule unreadable_program
{
    meta:
        title_ja = "構造を消し、中身を読めなくしたプログラムが実行されようとしています"
        title_en = "A program without sections whose content looks random is about to run"
        severity = "medium"
        response = "alert"
        attack = "T1027.002"
        reference = "https://attack.mitre.org/techniques/T1027/002/"
    strings:
        $upx = "UPX!"
    condition:
        uint32(0) == 0x464C457F and process_packaged == 0 and filesize > 16KB and
        (elf.type == elf.ET_EXEC or elf.type == elf.ET_DYN) and elf.number_of_sections == 0 and
        not $upx in (0..1024) and math.entropy(4096, 262144) > 7.2
}
