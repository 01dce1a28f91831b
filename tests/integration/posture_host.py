"""A host of its own below build/: a root whose /usr is this machine's, with real programs of Debian laid over it.

Host.run enters it with chroot in a mount namespace that ends with the command; nothing of the machine is mounted for
writing there but the host's own folder.  A program that stays (Host.start) is ended by its pid."""
import glob
import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build/" + os.environ.get("V", "release"))
HOME = ROOT / "build/posture"
UNPACKED = HOME / "unpacked"
SURVEY = BUILD / "lab/survey_root"
LIST = pathlib.Path(__file__).with_name("posture_packages.txt")
WANTED = ("usr/bin/testparm", "usr/bin/sigtool", "usr/sbin/clamd", "usr/sbin/exportfs", "usr/bin/pamtester", "usr/sbin/pam-auth-update", "usr/sbin/visudo")


def names():
    return [x.split("#")[0].strip() for x in LIST.read_text(encoding="utf-8").splitlines() if x.split("#")[0].strip()]


def unpack():
    """None, or why the programs cannot be had."""
    if all((UNPACKED / w).exists() for w in WANTED):
        return None
    debs = HOME / "deb"
    debs.mkdir(parents=True, exist_ok=True)
    for attempt in (0, 1):
        r = subprocess.run(["apt-get", "download", "-q", *names()], cwd=debs, capture_output=True, text=True, timeout=300, check=False)
        if r.returncode == 0 or attempt:
            break
        subprocess.run(["apt-get", "update", "-q"], capture_output=True, timeout=300, check=False)
    if r.returncode:
        return f"packages are not to be had: {r.stderr.strip()[-200:]}"
    for deb in glob.glob(str(debs / "*.deb")):
        subprocess.run(["dpkg-deb", "-x", deb, str(UNPACKED)], check=True, timeout=120)
    return None if all((UNPACKED / w).exists() for w in WANTED) else "the packages lack the programs"


class Host:
    def __init__(self, name):
        self.dir = HOME / "hosts" / name
        shutil.rmtree(self.dir, ignore_errors=True)
        self.root, self.usr = self.dir / "root", self.dir / "usr"
        for d in ("usr", "proc", "dev", "tmp", "run", "root", "home", "etc", "var/log", "var/lib", "var/cache", "survey", "mnt", "srv"):
            (self.root / d).mkdir(parents=True)
        (self.root / "tmp").chmod(0o1777)
        self.usr.mkdir()
        for link in ("bin", "sbin", "lib", "lib64"):
            (self.root / link).symlink_to("usr/" + link)
        (self.root / "var/run").symlink_to("/run")
        self.file("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n")
        self.file("/etc/group", "root:x:0:\nsudo:x:27:\nshadow:x:42:\nnogroup:x:65534:\n")
        self.file("/etc/shadow", "root:!:20000:0:99999:7:::\n")
        self.pids = []

    def path(self, path):
        return (self.usr / path[len("/usr/"):]) if path.startswith("/usr/") else self.root / path.lstrip("/")

    def file(self, path, text):
        p = self.path(path)
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_text(text, encoding="utf-8")
        return p

    def argv(self, *argv, setup=""):
        lower = ":".join(str(x) for x in (self.usr, UNPACKED / "usr", "/usr"))
        script = (f"mount -t overlay overlay -o ro,lowerdir={lower} {self.root}/usr && mount -t proc proc {self.root}/proc && "
                  f"mount --bind -o ro {SURVEY.parent} {self.root}/survey && mount -t tmpfs tmpfs {self.root}/dev && "
                  f"for d in null zero random urandom; do touch {self.root}/dev/$d; mount --bind /dev/$d {self.root}/dev/$d; done && {setup or 'true'} && "
                  f'exec chroot {self.root} "$@"')
        return ["unshare", "-m", "--propagation", "private", "sh", "-ec", script, "host", *map(str, argv)]

    def run(self, *argv, setup="", check=True, env=None, stdin=None, timeout=120):
        base = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        r = subprocess.run(self.argv(*argv, setup=setup), capture_output=True, text=True, timeout=timeout, check=False, env=base | (env or {}),
                           input=stdin, errors="replace")
        if check and r.returncode:
            raise AssertionError(f"{argv}: exit {r.returncode}\n{r.stdout}\n{r.stderr}")
        return r

    def start(self, *argv, setup=""):
        p = subprocess.Popen(self.argv(*argv, setup=setup), env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "TZ": "UTC"},
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pids.append(p)
        return p

    def stop(self):
        for p in self.pids:
            p.kill()
            p.wait(20)
        self.pids = []

    def survey(self, module, setup="", now=None):
        """{(check, subject): item} of one module over this host as it runs."""
        r = self.run("/survey/survey_root", "/", module, setup=setup, env={"SURVEY_NOW": str(now)} if now else {})
        items = [json.loads(line) for line in r.stdout.splitlines()]
        assert " 0 lost" in r.stderr, r.stderr
        return {(i["check"], i["subject"]): i for i in items}
