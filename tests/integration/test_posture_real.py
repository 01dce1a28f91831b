"""The survey of articles 2, 3, 4 and 6 against real programs: Samba, nfs-utils, ClamAV, Linux-PAM, sudo, restic, borg.

Each program says itself how it takes its settings (testparm, exportfs, sigtool, pamtester, python3-pwquality, sudo);
the survey must see the same.  Hosts are scratch roots entered by chroot (posture_host.py)."""
import calendar
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import posture_host  # noqa: E402
from posture_host import BUILD, ROOT, SURVEY, UNPACKED, Host  # noqa: E402

DAY = 86400
pytestmark = [pytest.mark.skipif(os.geteuid() != 0, reason="a root of its own needs root (chroot, mount namespace)")]


@pytest.fixture(scope="module", autouse=True)
def programs():
    why = posture_host.unpack()
    if why:
        pytest.skip(why)
    subprocess.run(["make", "-s", f"B={BUILD.relative_to(ROOT)}", str(SURVEY.relative_to(ROOT))], cwd=ROOT, check=True, timeout=900)


@pytest.fixture
def host(request):
    h = Host(re.sub(r"\W+", "-", request.node.name)[:60])
    yield h
    h.stop()


def states(found, check):
    return {subject: item["state"] for (name, subject), item in found.items() if name == check}


# ---- Samba: testparm -------------------------------------------------------------------------------
SMB = {
    "open": "[global]\nmap to guest = Bad User\n[data]\npath = /srv/data\nguest ok = yes\nread only = no\n[look]\npath=/srv/look\npublic=yes\n",
    "closed": "[global]\nmap to guest = Never\nserver min protocol = SMB3\n[data]\npath = /srv/data\nvalid users = @office\nwritable = yes\n",
    "spelling": "[ Global ]\nMAP  TO GUEST=bad user\nMin Protocol = nt1\n[Data]\n  PUBLIC = 1\n Write Ok = TRUE\n; guest ok = no\n[more]\nbrowseable=no\n",
    "inherited": "[global]\nmap to guest = bad password\nguest ok = yes\nwriteable = yes\n[a]\npath=/srv/a\n[b]\npath=/srv/b\npublic = no\n",
    "included": "[global]\ninclude = /etc/samba/more.conf\n[x]\npath = /srv/x\ninclude = /etc/samba/share.conf\n",
    "twice": "[global]\nmap to guest=bad user\n[x]\nguest ok = yes\n[x]\nguest ok = no\nread only = no\n",
    "folded": "[global]\nmap to guest = \\\n bad user\n[x]\nguest ok \\\n = yes\nread only = \\\n no\nwrite list = a b\n",
    "words": "[global]\nmap to guest=bad user\n[y]\nguest ok = on\nread only = off\n",
}


def by_testparm(host):
    """{section: {parameter: value}} with the defaults, as Samba itself reads it."""
    out = host.run("testparm", "-s", "-v", "/etc/samba/smb.conf").stdout
    sections, at = {}, None
    for line in out.splitlines():
        if line.startswith("["):
            at = sections.setdefault(line.strip()[1:-1].lower(), {})
        elif at is not None and "=" in line:
            key, _, value = line.strip().partition(" = ")
            at[key.rstrip(" =").lower()] = value.strip()
    return sections


@pytest.mark.parametrize("name", [*SMB, "debian"])
def test_samba(host, name):
    text = (UNPACKED / "usr/share/samba/smb.conf").read_text(encoding="utf-8") if name == "debian" else SMB[name]
    host.file("/etc/samba/smb.conf", text)
    host.file("/etc/samba/more.conf", "map to guest = bad user\nserver min protocol = LANMAN2\n")
    host.file("/etc/samba/share.conf", "guest ok = yes\nread only = no\n")
    host.file("/var/lib/dpkg/status", "Package: samba\nStatus: install ok installed\nVersion: 2:4.17.12+dfsg-0+deb12u4\n")
    for d in ("var/lib/samba/private", "var/cache/samba", "var/log/samba", "run/samba"):
        (host.root / d).mkdir(parents=True, exist_ok=True)
    real = by_testparm(host)
    found = host.survey("shares")
    shares = {s.lower(): v for s, v in real.items() if s != "global"}
    g = real["global"]
    mapped = g["map to guest"].lower() != "never"
    guests = {k.lower(): v for k, v in states(found, "shares.samba.guest").items()}
    users = {k.lower(): v for k, v in states(found, "shares.samba.users").items()}
    assert shares and set(guests) == {s for s, v in shares.items() if v.get("printable", "No") == "No"}
    for share, own in shares.items():
        def value(key, own=own):
            return own.get(key, g.get(key, ""))
        if share not in guests:
            continue
        guest, write = value("guest ok") == "Yes", value("read only") == "No" or value("write list") != ""
        assert guests[share] == ("met" if not guest else "unmet" if mapped and write else "partly"), (share, own)
        if not (guest and mapped) and share != "print$":
            assert users[share] == ("met" if value("valid users") else "partly"), (share, own)
    old = g["server min protocol"] in ("NT1", "LANMAN2", "LANMAN1", "CORE", "COREPLUS")
    assert states(found, "shares.samba.protocol") == {"": "unmet" if old else "met"}, g["server min protocol"]


def test_samba_refuses(host):
    """A word that is no boolean: smbd would not start, and nothing is called met."""
    host.file("/etc/samba/smb.conf", "[global]\nserver min protocol = SMB3\n[x]\nguest ok = perhaps\n")
    assert host.run("testparm", "-s", "/etc/samba/smb.conf", check=False).returncode != 0
    found = host.survey("shares")
    assert {v["state"] for k, v in found.items() if k[0].startswith("shares.samba")} == {"unknown"}, found


# ---- NFS: exportfs ---------------------------------------------------------------------------------
EXPORTS = [
    "/srv/a *(rw)", "/srv/a *(ro,insecure)", "/srv/a 192.0.2.0/24 (rw)", "/srv/a 192.0.2.0/24(rw,no_root_squash)", "/srv/a",
    "/srv/a -rw,no_root_squash 192.0.2.1 192.0.2.2(root_squash)", '"/srv/our data" 192.0.2.0/24(rw)', "/srv/our\\040data *(rw,sync)",
    "/srv/a 192.0.2.1(rw) \\\n   *(ro)", "/srv/a 192.0.2.1(ro) # *(rw)", "/srv/a *(rw,sec=krb5)", "/srv/a *(rw,sec=sys,no_root_squash,root_squash)",
    "/srv/a *(rw,all_squash)", "# nothing\n",
]


@pytest.mark.parametrize("text", EXPORTS)
def test_nfs(host, text):
    host.file("/etc/exports", text + "\n")
    for d in ("srv/a", "srv/our data", "var/lib/nfs"):
        (host.root / d).mkdir(parents=True)
    os.chmod(host.root / "srv/a", 0o1777)
    host.run("exportfs", "-ra", check=False)
    etab = (host.root / "var/lib/nfs/etab").read_text(encoding="utf-8")
    # etab: PATH<tab>CLIENT(options), each option with its default; only the last of two words counts
    real = [(p.replace("\\040", " "), c, o.split(",")) for p, c, o in re.findall(r"^(\S+)\t(\S*?)\((.*)\)$", etab, re.M)]
    found = {k: v for k, v in host.survey("shares").items() if v["check"].startswith(("shares.nfs", "shares.none"))}
    assert bool(real) == (text[0] != "#")
    clients, root = states(found, "shares.nfs.clients"), states(found, "shares.nfs.root")
    assert set(clients) == set(root) == {p for p, _, _ in real}
    for path in clients:
        rows = [(c, o) for p, c, o in real if p == path]
        world = [o for c, o in rows if c in ("*", "")]   # exportfs: "No host name given ..., suggest *"
        kerberos = world and all(any(x.startswith("sec=krb5") for x in o) for o in world)
        write = any("rw" in o for o in world)
        loose = any("insecure" in o for _, o in rows)
        assert clients[path] == ("unmet" if write and not kerberos else "partly" if world or loose else "met"), rows
        assert root[path] == ("unmet" if any("no_root_squash" in o for _, o in rows) else "met"), rows


# ---- ClamAV: sigtool, clamscan, clamd ---------------------------------------------------------------
SIGNATURE = "Own.Test.Nothing:0:*:6d696d616d6f72692d6f776e2d7369676e6174757265\n"


def clam_database(host):
    host.file("/tmp/b/daily.ndb", SIGNATURE)
    host.file("/tmp/b/COPYING", "own\n")
    (host.root / "var/lib/clamav").mkdir(parents=True)
    host.file("/var/lib/clamav/own.ndb", SIGNATURE)
    host.run("sh", "-ec", "cd /tmp/b && echo own | sigtool --unsigned --build=daily.cud --cvd-version 27461 && mv daily.cud /var/lib/clamav/daily.cvd")


def test_clamav_header(host):
    """A database that sigtool builds; sigtool tells its time, and how old it is afterwards is only a matter of the day."""
    clam_database(host)
    said = re.search(r"Build time: (.*)", host.run("sigtool", "--info", "/var/lib/clamav/daily.cvd", check=False).stdout).group(1)
    built = calendar.timegm(time.strptime(said, "%d %b %Y %H:%M +0000"))
    for days, state in ((0, "met"), (3, "met"), (4, "partly"), (7, "partly"), (8, "unmet"), (-3, "unknown")):
        item = host.survey("malware", now=built + days * DAY + 60)[("malware.patterns", "ClamAV")]
        assert item["state"] == state and "version 27461" in item["evidence"], item
        if days >= 0:
            assert item["args"] == ["ClamAV", str(days)] and time.strftime("%Y-%m-%d", time.gmtime(built)) in item["evidence"]


def test_clamav_scan(host):
    clam_database(host)
    assert host.survey("malware")[("malware.scan", "ClamAV")]["state"] == "unmet"
    (host.root / "var/log/clamav").mkdir()
    host.run("clamscan", "--database=/var/lib/clamav/own.ndb", "--log=/var/log/clamav/scan.log", "/etc/passwd")
    now = int(time.time())
    for days, state in ((0, "met"), (20, "partly"), (60, "unmet")):
        assert host.survey("malware", now=now + days * DAY + 5)[("malware.scan", "ClamAV")]["state"] == state


def test_clamd_runs(host):
    """A real clamd; whoever runs a program of that name as a plain user is none."""
    host.file("/etc/passwd", "root:x:0:0::/root:/bin/bash\nhanako:x:1000:1000::/home/hanako:/bin/bash\n")
    (host.root / "var/lib/clamav").mkdir(parents=True)
    host.file("/var/lib/clamav/own.ndb", SIGNATURE)
    host.file("/etc/clamav/clamd.conf", "LocalSocket /run/clamd.ctl\nForeground yes\nUser root\nDatabaseDirectory /var/lib/clamav\n")
    before = host.survey("malware")[("malware.running", "ClamAV")]
    if "clamd runs" in before["evidence"]:
        pytest.skip("another clamd runs on this machine: whether ours is seen could not be told")
    assert before["state"] == "unmet"
    shutil.copy("/bin/sleep", host.root / "tmp/clamd")
    fake = host.start("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "/tmp/clamd", "60")
    time.sleep(1)
    assert fake.poll() is None and host.survey("malware")[("malware.running", "ClamAV")]["state"] == "unmet"
    host.start("clamd", "-c", "/etc/clamav/clamd.conf")
    deadline = time.monotonic() + 40
    while not (host.root / "run/clamd.ctl").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    item = host.survey("malware")[("malware.running", "ClamAV")]
    assert item["state"] == "partly" and "clamd runs, clamonacc (looks at files as they are opened) does not run" in item["evidence"], item


# ---- PAM: pam-auth-update, pamtester, libpwquality ---------------------------------------------------
LOCK = ("Name: first\nDefault: yes\nPriority: 1025\nAuth-Type: Primary\nAuth:\n\trequisite pam_faillock.so preauth nodelay\n",
        "Name: last\nDefault: yes\nPriority: 0\nAuth-Type: Primary\nAuth:\n\t[default=die] pam_faillock.so authfail nodelay\n\tsufficient pam_faillock.so authsucc\n")


def pam_host(host, lock):
    """PAM as Debian's own tool sets it up, and one account whose password is "right"."""
    for d in ("pam.d", "security"):
        shutil.copytree(UNPACKED / "etc" / d, host.root / "etc" / d)
    shutil.copy("/etc/debconf.conf", host.root / "etc/debconf.conf")
    shutil.copy(UNPACKED / "etc/login.defs", host.root / "etc/login.defs")
    for d in ("var/cache/debconf", "var/lib/pam", "var/lib/dpkg"):
        (host.root / d).mkdir(parents=True, exist_ok=True)
    for f in ("templates.dat", "config.dat"):
        shutil.copy("/var/cache/debconf/" + f, host.root / "var/cache/debconf")
    for i, text in enumerate(LOCK if lock else ()):
        host.file(f"/usr/share/pam-configs/lock{i}", text)
    host.run("pam-auth-update", "--force", "--package", env={"DEBIAN_FRONTEND": "noninteractive"})
    for p in (host.root / "etc/pam.d").glob("*"):   # a test need not wait after each wrong password
        text = p.read_text(encoding="utf-8").replace("pam_unix.so nullok", "pam_unix.so nullok nodelay")
        p.write_text(re.sub(r"(?m)^auth\s+optional\s+pam_faildelay.so.*$", "", text), encoding="utf-8")
    shadow = host.run("openssl", "passwd", "-6", "-salt", "S4lt", "right").stdout.strip()
    host.file("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nhanako:x:1000:1000::/home/hanako:/bin/bash\n")
    host.file("/etc/shadow", f"root:!:20000:0:99999:7:::\nhanako:{shadow}:20000:0:99999:7:::\n")
    host.file("/etc/pam.d/passwd", "@include common-password\n")
    return shadow


def gets_in(host, password):
    return host.run("pamtester", "login", "hanako", "authenticate", stdin=password + "\n", check=False).returncode == 0


def failures_until_locked(host, most):
    """How many wrong passwords real PAM takes until the right one is refused; None: never."""
    for n in range(most + 1):
        shutil.rmtree(host.root / "run/faillock", ignore_errors=True)
        for _ in range(n):
            assert not gets_in(host, "wrong")
        if not gets_in(host, "right"):
            return n
    return None


@pytest.mark.parametrize("lock, conf, state", [(False, None, "unmet"), (True, None, "met"), (True, "deny = 2\n", "met"), (True, "deny = 0\n", "unmet"),
                                               (True, "# deny = 1\ndeny=5\nsilent\n", "met")])
def test_lockout(host, lock, conf, state):
    pam_host(host, lock)
    if conf:
        host.file("/etc/security/faillock.conf", conf)
    item = host.survey("passwords")[("passwords.lockout", "")]
    real = failures_until_locked(host, 5)
    assert item["state"] == state == ("met" if real else "unmet"), (item, real)
    if real:
        assert item["args"] == [str(real)]


@pytest.mark.parametrize("what", ["authfail is never reached", "nobody refuses", "optional"])
def test_lockout_that_does_not_lock(host, what):
    pam_host(host, False)
    host.file("/etc/pam.d/common-auth", {
        "authfail is never reached": "auth requisite pam_faillock.so preauth\nauth sufficient pam_unix.so nodelay\nauth requisite pam_deny.so\n"
                                     "auth [default=die] pam_faillock.so authfail nodelay\n",
        "nobody refuses": "auth sufficient pam_unix.so nodelay\nauth [default=die] pam_faillock.so authfail deny=2 nodelay\nauth requisite pam_deny.so\n",
        "optional": "auth optional pam_faillock.so preauth deny=2\nauth sufficient pam_unix.so nodelay\nauth [default=die] pam_faillock.so authfail deny=2 nodelay\n"}[what])
    assert host.survey("passwords")[("passwords.lockout", "")]["state"] == "unmet"
    assert failures_until_locked(host, 4) is None


@pytest.mark.parametrize("conf, dropin", [("", None), ("minlen = 12\n", None), ("minlen = 6\n", "minlen = 14\n"), ("# minlen = 6\n", "minlen = 14\n"),
                                          ("minlen=10\ndcredit=-1\nucredit = -1\nlcredit = -1\n", None), ("minlen = 3\n", None), ("minlen = 12\ndcredit = 2\n", None)])
def test_length(host, conf, dropin):
    pam_host(host, False)
    host.file("/etc/security/pwquality.conf", conf)
    if dropin:
        host.file("/etc/security/pwquality.conf.d/50-x.conf", dropin)
    say = "import pwquality as p; s = p.PWQSettings(); s.read_config(); print(s.minlen, s.dcredit, s.ucredit, s.lcredit, s.ocredit)"
    minlen, d, u, lower, o = map(int, host.run("python3", "-c", say).stdout.split())
    least = max(6, minlen - sum(max(0, x) for x in (d, u, lower, o)))
    item = host.survey("passwords")[("passwords.length", "")]
    kinds = d < 0 and u < 0 and lower < 0
    assert item["args"] == [str(least)], item
    assert item["state"] == ("met" if least >= 10 and kinds else "partly" if least >= 8 else "unmet")


def test_no_hash_leaves(host):
    shadow = pam_host(host, True)
    host.file("/etc/shadow", f"root:{shadow}:20000::::::\nhanako:{shadow}:20000::::::\nbroken{shadow}\n:{shadow}:\n{shadow}:x:1\n")
    out = host.run("/survey/survey_root", "/", "passwords").stdout
    assert "passwords.empty" in out
    for part in (shadow, shadow[-20:], "S4lt", "$6$"):
        assert part not in out


def test_sudo(host):
    """sudo itself says who may do everything (sudo -l -U)."""
    host.file("/etc/passwd", "root:x:0:0::/root:/bin/bash\n" + "".join(f"{u}:x:{i}:{i}::/home/{u}:/bin/bash\n" for i, u in enumerate(("a", "b", "c", "d", "e"), 1000)))
    host.file("/etc/group", "root:x:0:\nsudo:x:27:a\nops:x:50:b\n")
    host.file("/etc/sudoers", "root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n%ops ALL = /usr/bin/apt,\\\n  ALL\n@includedir /etc/sudoers.d\n")
    host.file("/etc/sudoers.d/x", "c , d ALL=(root) NOPASSWD: ALL\n")
    host.file("/etc/sudoers.d/y.bak", "e ALL=(ALL) ALL\n")
    for p in (host.root / "etc/sudoers", *(host.root / "etc/sudoers.d").iterdir()):
        p.chmod(0o440)
    for service in ("sudo", "other"):
        host.file("/etc/pam.d/" + service, "".join(f"{t} required pam_permit.so\n" for t in ("auth", "account", "password", "session")))
    host.run("visudo", "-c")
    item = host.survey("passwords")[("accounts.admin", "")]
    lists = {u: host.run("sudo", "-l", "-U", u, check=False).stdout for u in "abcde"}
    real = {u for u, text in lists.items() if re.search(r"\) .*\bALL\b", text)}
    assert real == {"a", "b", "c", "d"}, lists
    assert set(item["args"][1].split(", ")) == real and item["state"] == "partly", item
    assert "NOPASSWD: ALL" in lists["c"] and "1 rules" not in item["evidence"] and "2 rules" in item["evidence"]


# ---- restic, borg ------------------------------------------------------------------------------------
SECRET = {"RESTIC_PASSWORD": "own secret", "BORG_PASSPHRASE": "own secret"}


def backup_host(host):
    host.file("/home/hanako/letter", "text\n")
    host.file("/etc/cron.d/backup", "RESTIC_PASSWORD='own secret'\n0 2 * * * root restic -r /srv/r backup /home\n0 3 * * * root borg create /srv/b::{now} /home\n")


def test_restic_and_borg(host):
    backup_host(host)
    assert states(host.survey("backup"), "backup.recent") == {"restic /srv/r": "unknown", "borg /srv/b": "unknown"}
    host.run("restic", "init", "-r", "/srv/r", env=SECRET)
    host.run("restic", "backup", "-r", "/srv/r", "/home", env=SECRET)
    host.run("borg", "init", "-e", "repokey", "/srv/b", env=SECRET)
    host.run("borg", "create", "/srv/b::one", "/home", env=SECRET)
    now = int(time.time())
    for days, state in ((0, "met"), (2, "met"), (3, "partly"), (7, "partly"), (8, "unmet")):
        found = host.survey("backup", now=now + days * DAY + 60)
        assert states(found, "backup.recent") == {"restic /srv/r": state, "borg /srv/b": state}
        assert found[("backup.present", "")]["state"] == "met"
    writable = host.survey("backup")
    assert states(writable, "backup.target_writable") == {"restic /srv/r": "unmet", "borg /srv/b": "unmet"}
    assert "own secret" not in str(writable)


def test_backup_disk_is_seen(host):
    """The same repositories on a mount of their own: for reading only, gone, and for writing.  The mounts of process 1 are
    those of the machine, so a second /proc stands for them: this host's own."""
    backup_host(host)
    host.run("restic", "init", "-r", "/srv/r", env=SECRET)
    host.run("restic", "backup", "-r", "/srv/r", "/home", env=SECRET)
    own = f"mkdir -p {host.root}/tmp/1 && cp -r /proc/self/mountinfo {host.root}/tmp/mountinfo"

    def seen(prepare):
        view = (f"{prepare}; {own}; sed -i 's#{host.root}/#/#g; s#{host.root} #/ #g' {host.root}/tmp/mountinfo; "
                f"mount --bind {host.root}/tmp/mountinfo {host.root}/proc/1/mountinfo")
        return host.survey("backup", setup=view)[("backup.target_writable", "restic /srv/r")]

    item = seen("true")
    assert item["state"] == "unmet", item
    item = seen(f"mount --bind {host.root}/srv {host.root}/srv && mount -o remount,bind,ro {host.root}/srv")
    assert item["state"] == "met" and "mounted read-only" in item["evidence"], item
    item = seen(f"mount -t tmpfs tmpfs {host.root}/srv")
    assert item["state"] == "met" and "not connected" in item["evidence"], item


def test_restic_cache_alone(host):
    """A remote repository: only its cache is here.  Looking at it from a fresh cache proves nothing."""
    host.file("/home/hanako/letter", "text\n")
    host.run("restic", "init", "-r", "/srv/r", env=SECRET)
    for n in (1, 2):
        host.file("/home/hanako/letter", f"text {n}\n")
        host.run("restic", "backup", "-r", "/srv/r", "/home", env=SECRET)
    shutil.rmtree(host.root / "root/.cache")
    host.run("restic", "snapshots", "-r", "/srv/r", env=SECRET)
    item = host.survey("backup")[("backup.recent", "restic")]
    assert item["state"] == "partly" and "only have been looked at" in item["evidence"], item
    item = host.survey("backup", now=int(time.time()) + 9 * DAY)[("backup.recent", "restic")]
    assert item["state"] == "unmet"


def test_restic_log(host):
    """The disk is away and there is no cache: what restic printed into its log is left."""
    backup_host(host)
    (host.root / "etc/cron.d/backup").write_text("0 2 * * * root restic -r /srv/r --no-cache backup /home >/var/log/restic.log 2>&1\n")
    host.run("restic", "init", "-r", "/srv/r", "--no-cache", env=SECRET)
    host.run("sh", "-c", "restic -r /srv/r --no-cache backup /home >/var/log/restic.log 2>&1", env=SECRET)
    (host.root / "srv/r").rename(host.root / "srv/away")
    item = host.survey("backup")[("backup.recent", "restic /srv/r")]
    assert item["state"] == "met" and "/var/log/restic.log ends with a saved snapshot" in item["evidence"], item
    assert host.run("sh", "-c", "restic -r /srv/r --no-cache backup /home >>/var/log/restic.log 2>&1", env=SECRET, check=False).returncode != 0
    assert host.survey("backup")[("backup.recent", "restic /srv/r")]["state"] == "unknown"


def test_borg_over_ssh_is_judged_by_its_security_folder(host):
    """borg notes place and time of what it has seen, whatever cron says; a location with credentials is cut."""
    host.file("/home/hanako/letter", "text\n")
    host.run("borg", "init", "-e", "repokey", "/srv/b", env=SECRET)
    host.run("borg", "create", "/srv/b::one", "/home", env=SECRET)
    location = next((host.root / "root/.config/borg/security").glob("*/location"))
    assert location.read_text() == "/srv/b"
    location.write_text("ssh://hanako:own secret@nas.example.jp/./b")
    found = host.survey("backup")
    assert states(found, "backup.recent") == {"borg ssh://nas.example.jp/./b": "met"} and "own secret" not in str(found)
    assert states(found, "backup.target_writable") == {"borg ssh://nas.example.jp/./b": "unknown"}


# ---- a bare host ---------------------------------------------------------------------------------------
def test_every_module_says_something(host):
    """Nothing is passed over in silence on a host with almost nothing; and it is quick."""
    start = time.monotonic()
    for module, check in (("malware", "malware.present"), ("passwords", "passwords.lockout"), ("shares", "shares.samba.guest"), ("backup", "backup.present")):
        assert any(name == check for name, _ in host.survey(module)), module
    assert time.monotonic() - start < 20
