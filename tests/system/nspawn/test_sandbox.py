"""What the unit takes away from the guard - it lives in a mount namespace of its own - must not blind it."""
import lab as L
from test_install import settled


def configure(pc, section, line):
    pc.run("sh", "-c", f"printf '\\n[{section}]\\n{line}\\n' >> /etc/mimamori/agent.ini; systemctl restart mimamorid.service")
    settled(pc)


RULE = """rule probe_of_a_test {
  meta:
    title_ja = "試験" title_en = "a test" severity = "high" response = "alert" attack = "T1204.002" reference = "https://attack.mitre.org/techniques/T1204/002/"
  strings:
    $a = "MIMAMORI-PROBE-OF-A-TEST"
  condition:
    $a
}
"""


def test_programs_are_judged_where_users_start_them(guarded):
    """A permission mark on a mount belongs to one mount namespace: it has to be that of the users."""
    guarded.run("sh", "-c", "mkdir -p /mnt/disk && mount -t tmpfs none /mnt/disk && cp /usr/bin/true /mnt/disk/probe && echo MIMAMORI-PROBE-OF-A-TEST >> /mnt/disk/probe")
    guarded.run("sh", "-c", f"mkdir -p /etc/mimamori/local/file; cat > /etc/mimamori/local/file/probe.yar <<'X'\n{RULE}X\n")
    configure(guarded, "watch", "judge = /mnt/disk")
    inside = guarded.run("sh", "-c", "readlink /proc/$(pgrep -x mimamorid-guard)/ns/mnt").stdout
    assert inside.startswith("mnt:") and guarded.run("readlink", "/proc/1/ns/mnt").stdout != inside
    guarded.run("/mnt/disk/probe", check=False)
    L.wait_for(lambda: "probe_of_a_test" in guarded.run("mimamori", "--json", "events").stdout, 10, "the program to be judged")
