"""Other listeners, kept to the lab: unpacked below build/peers, never installed, each in a mount namespace of its own.

A peer owns its processes and a holder that keeps the namespace; stop() ends them by pid, a timer does so if nobody
else does.  Nothing of the machine is watched: clamonacc marks the lab's folder by name; fapolicyd marks every mount of
a watched type that it finds in /proc/mounts, so its namespace is searched first and must hold the lab's image and no
other file system of that type."""
import ctypes
import glob
import os
import shutil
import signal
import subprocess
import threading
import time

import lab as L

HOME = os.path.join(L.TREE, "build", "peers")
ROOT = os.path.join(HOME, "root")
LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "packages.txt")
LIFE_S = 1500  # a peer that is still there then is killed
KNOWN_LIBS = ("10-languages", "20-dracut", "21-updaters", "30-patterns", "40-bad-elf", "41-shared-obj", "42-trusted-elf",
              "70-trusted-lang", "72-shell", "90-deny-execute", "95-allow-open")  # its own README-rules names this set
# Nothing in the lab matches it.
SIGNATURE = "Lab.Test.Nothing:0:*:6d696d616d6f72692d6c61622d7369676e6174757265\n"


def unpack():
    """None, or why the peers' programs cannot be had."""
    wanted = [os.path.join(ROOT, p) for p in ("usr/sbin/clamd", "usr/sbin/clamonacc", "usr/sbin/fapolicyd")]
    if all(map(os.path.exists, wanted)):
        return None
    with open(LIST, encoding="utf-8") as f:
        names = [x.strip() for x in f if x.strip() and not x.startswith("#")]
    debs = os.path.join(HOME, "deb")
    os.makedirs(debs, exist_ok=True)
    try:
        L.run("apt-get", "download", "-q", *names, cwd=debs, timeout=300)
        for deb in glob.glob(os.path.join(debs, "*.deb")):
            L.run("dpkg-deb", "-x", deb, ROOT)
    except (L.LabError, OSError, subprocess.TimeoutExpired) as e:
        return f"not to be had: {str(e)[-80:]}"
    return None if all(map(os.path.exists, wanted)) else "its packages lack the programs"


class Peer:
    name = fs = None

    def __init__(self, lab):
        self.lab, self.pids, self.timer = lab, [], None
        self.dir = os.path.join(lab.dir, "peer-" + self.name)
        for d in ("etc", "run", "state"):
            os.makedirs(os.path.join(self.dir, d), exist_ok=True)
        self.holder = lab.hold_mounts("pc", self.mounts())
        self.ns = self.holder.pid

    def mounts(self):
        return ""

    def program(self, path):
        return os.path.join(ROOT, path)

    def spawn(self, *argv, **kw):
        env = {"LD_LIBRARY_PATH": os.path.join(ROOT, "usr/lib/x86_64-linux-gnu")}
        p = self.lab.spawn("pc", *argv, mounts=self.ns, env=env, log=self.name, **kw)
        return p

    def start(self):
        self.timer = threading.Timer(LIFE_S, self.kill)
        self.timer.daemon = True
        self.timer.start()
        self.begin()

    def kill(self):
        for pid, started in self.pids:
            if started is not None and L.start_time(pid) == started:
                os.kill(pid, signal.SIGKILL)

    def note(self, pid):
        self.pids.append((pid, L.start_time(pid)))

    def stop(self):
        """SIGTERM is not waited for: clamonacc does not heed it."""
        if self.timer:
            self.timer.cancel()
        self.kill()
        L.wait_for(lambda: not any(s is not None and L.start_time(p) == s and not zombie(p) for p, s in self.pids), 20, f"the end of {self.name}")
        for pid, _ in self.pids:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
        self.pids = []

    def down(self):
        self.stop()
        self.lab.end(self.holder)


def zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rsplit(b")", 1)[1].split()[0] in (b"Z", b"X")
    except OSError:
        return True


def marks(pid):
    """Kinds and number of the fanotify marks that a process holds: {"ino" or "mnt_id" or "sdev": n}, and the mounts by id."""
    kinds, mounts = {}, set()
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            with open(path) as f:
                lines = [x for x in f if x.startswith("fanotify ") and not x.startswith("fanotify flags:")]
        except OSError:
            continue
        for x in lines:
            word = x.split()[1]
            kinds[word.split(":")[0]] = kinds.get(word.split(":")[0], 0) + 1
            if word.startswith("mnt_id:"):
                mounts.add(int(word.split(":")[1], 16))
    return kinds, mounts


class Fapolicyd(Peer):
    """permissive, the packaged rule set "known-libs", trust from a file; xfs only."""
    name, fs = "fapolicyd", "xfs"

    def mounts(self):
        etc, share = self.dir + "/etc", ROOT + "/usr/share"
        return (f"while read -r _ at type _; do case \"$type $at\" in \"xfs {self.lab.mnt}\") ;; xfs*) umount -l \"$at\" ;; esac; done < /proc/mounts; "
                f"mount -t overlay overlay -o lowerdir={etc}:/etc /etc; mount -t overlay overlay -o lowerdir={share}:/usr/share /usr/share; "
                f"mkdir -p {self.dir}/lib/fapolicyd; mount -t overlay overlay -o lowerdir={self.dir}/lib:/var/lib /var/lib; "
                "mount -t tmpfs tmpfs /var/lib/fapolicyd; mount -t tmpfs tmpfs /run; mkdir -p /run/fapolicyd; "
                "mount -t tmpfs tmpfs /var/log; ")

    def begin(self):
        there = [x.split()[1] for x in open(f"/proc/{self.ns}/mounts") if x.split()[2] == self.fs]
        if there != [self.lab.mnt]:
            raise L.LabError(f"fapolicyd would watch {', '.join(there) or 'nothing'}")
        to = os.path.join(self.dir, "etc", "fapolicyd")
        shutil.rmtree(to, ignore_errors=True)
        os.makedirs(to + "/trust.d")
        with open(to + "/fapolicyd.conf", "w") as f:
            f.write("permissive = 1\nnice_val = 14\nq_size = 800\nuid = root\ngid = root\ndo_stat_report = 0\ndetailed_report = 0\ndb_max_size = 50\n"
                    "subj_cache_size = 1549\nobj_cache_size = 8191\nwatch_fs = xfs\ntrust = file\nintegrity = none\n"
                    "syslog_format = rule,dec,perm,auid,pid,exe,:,path,ftype\nrpm_sha256_only = 0\nallow_filesystem_mark = 0\n")
        with open(to + "/compiled.rules", "w") as f:
            for name in KNOWN_LIBS:
                with open(f"{ROOT}/usr/share/fapolicyd/sample-rules/{name}.rules") as r:
                    f.write(r.read() + "\n")
        with open(to + "/fapolicyd.trust", "w") as f:
            f.write("/usr/bin/true 1 " + "0" * 64 + "\n")
        for left in ("fapolicyd.pid", "fapolicyd/fapolicyd.fifo"):  # of the one before, which could not clear up
            try:
                os.unlink(f"/proc/{self.ns}/root/run/{left}")
            except FileNotFoundError:
                pass
        ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: it goes to the background, and is still ours to wait for
        self.spawn(self.program("usr/sbin/fapolicyd"), "--no-details")
        pid = L.wait_for(lambda: self.find("fapolicyd"), 20, "fapolicyd: " + self.log())
        self.note(pid)
        # it forks again on its way to the background: what holds the marks is what counts
        pid = L.wait_for(lambda: next((p for p in self.all("fapolicyd") if marks(p)[1]), None), 20, "marks of fapolicyd: " + self.log())
        self.note(pid)
        where = {int(x.split()[0]): x.split()[4] for x in open(f"/proc/{pid}/mountinfo")}
        watched = {where.get(m, "?") for m in marks(pid)[1]}
        if watched != {self.lab.mnt}:
            self.kill()
            raise L.LabError(f"fapolicyd watches {watched}")

    def all(self, comm):
        out = []
        for pid in L.run("ip", "netns", "pids", self.lab.ns["pc"]).stdout.split():
            try:
                with open(f"/proc/{pid}/comm") as f:
                    if f.read().strip() == comm and not zombie(int(pid)):
                        out.append(int(pid))
            except OSError:
                pass
        return out

    def find(self, comm):
        return next(iter(self.all(comm)), None)

    def log(self):
        try:
            with open(os.path.join(self.lab.dir, self.name + ".log"), errors="replace") as f:
                return f.read()[-300:]
        except OSError:
            return ""


class Clamonacc(Peer):
    """prevention, --fdpass, one signature; the lab's folder by name."""
    name, fs = "clamonacc", None

    def begin(self):
        conf, sock = os.path.join(self.dir, "clamd.conf"), os.path.join(self.dir, "clamd.sock")
        db = os.path.join(self.dir, "db")
        os.makedirs(db, exist_ok=True)
        with open(os.path.join(db, "lab.ndb"), "w") as f:
            f.write(SIGNATURE)
        with open(conf, "w") as f:
            f.write(f"LocalSocket {sock}\nDatabaseDirectory {db}\nForeground yes\nUser daemon\nOnAccessIncludePath {self.lab.folder}\n"
                    f"OnAccessPrevention yes\nOnAccessExcludeUname daemon\nLogFile {self.dir}/clamd.log\nSelfCheck 0\nMaxThreads 4\n"
                    f"TemporaryDirectory {self.dir}/state\nPidFile {self.dir}/clamd.pid\n")
        L.run("chown", "-R", "daemon", self.dir)
        if os.path.exists(sock):
            os.unlink(sock)
        self.note(self.spawn(self.program("usr/sbin/clamd"), "--config-file", conf).pid)
        L.wait_for(lambda: os.path.exists(sock), 60, "clamd's socket: " + self.log())
        p = self.spawn(self.program("usr/sbin/clamonacc"), "--foreground", "--fdpass", "--config-file", conf, "--log", self.dir + "/clamonacc.log")
        self.note(p.pid)
        L.wait_for(lambda: marks(p.pid)[0].get("ino", 0) or p.poll() is not None, 30, "marks of clamonacc: " + self.log())
        time.sleep(2)  # it goes through the folders below one by one
        kinds, mounts = marks(p.pid)
        if mounts or "sdev" in kinds or p.poll() is not None:
            self.kill()
            raise L.LabError(f"clamonacc marks {kinds}, or has ended: {self.log()}")

    def log(self):
        out = ""
        for path in (os.path.join(self.lab.dir, self.name + ".log"), self.dir + "/clamonacc.log", self.dir + "/clamd.log"):
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    out += f.read()[-300:]
        return out


ALL = (Clamonacc, Fapolicyd)
