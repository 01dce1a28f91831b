#!/usr/bin/python3
"""The lab: three network namespaces, a loop-mounted image, the programs under test, and a sure end.

    with Lab(fs="ext4") as lab:
        lab.console.start(); lab.agent.enrol(...); lab.agent.start()

Everything has a name of its own (mml-PID-N), lies below build/lab/NAME, and is taken down in every
case; what a crashed run left is swept before the next one starts.  Nothing outside of the lab's own
namespaces is configured, no process that the lab did not start is signalled, nothing outside of the
lab's image is attacked.  The agent's configuration always carries [watch] scope=netns.
"""
import atexit
import contextlib
import ctypes
import fcntl
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
VARIANT = os.environ.get("V", "release")
BUILD = os.path.join(TREE, os.environ.get("B", f"build/{VARIANT}"))
HOME = os.path.join(TREE, "build", "lab")
PREFIX = "mml"
MARKER = ".simulator-test-data"
PORT = 7777                    # of the echo servers
CONSOLE_PORT = 8443
CONSOLE4, CONSOLE6 = "10.77.1.2", "fd77:1::2"
PC4, PC6 = "10.77.1.1", "fd77:1::1"
OUTSIDE4, OUTSIDE6 = "192.0.2.2", "2001:db8:77::2"
PC_OUT4, PC_OUT6 = "192.0.2.1", "2001:db8:77::1"
USER = "nobody"                # who owns the documents and runs attacks and honest work


class LabError(Exception):
    pass


def run(*argv, check=True, timeout=120, **kw):
    """A program to its end; its output as text."""
    p = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True, errors="replace", timeout=timeout, **kw)
    if check and p.returncode != 0:
        raise LabError(f"{' '.join(map(str, argv))}: exit {p.returncode}: {(p.stderr or p.stdout).strip()[-800:]}")
    return p


@contextlib.contextmanager
def alone(path):
    """One at a time, of all runs on this machine, what makes the file at `path`; whoever waited finds it made."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def boot_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def start_time(pid):
    """Field 22 of /proc/PID/stat; None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return int(f.read().rsplit(b")", 1)[1].split()[19])
    except (OSError, IndexError, ValueError):
        return None


def ended(*_):
    """SIGTERM, as Ctrl-C: what a test takes for its own failure, SystemExit for example, would let the next one begin."""
    raise KeyboardInterrupt


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def can_run():
    """None, or why this machine cannot hold a lab."""
    if os.geteuid() != 0:
        return "needs root"
    for program in ("ip", "nft", "mount", "setpriv", "nsenter", "mkfs.ext4"):
        if shutil.which(program) is None:
            return f"needs the program {program}"
    p = run("unshare", "-n", "true", check=False)
    return None if p.returncode == 0 else "network namespaces cannot be made here"


def need(*programs):
    """Paths of built programs; LabError names what is not built."""
    paths = [os.path.join(BUILD, p) for p in programs]
    for p in paths:
        if not os.access(p, os.X_OK):
            raise LabError(f"{os.path.relpath(p, TREE)} is not built")
    return paths


def wait_for(condition, timeout, what, step=0.02):
    """condition()'s first true answer; LabError after `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise LabError(f"waited {timeout} s in vain for {what}")
        time.sleep(step)


class Lab:
    made = 0

    def __init__(self, fs="ext4", size_mb=2048, keep=False, name=None):
        Lab.made += 1
        self.name = name or f"{PREFIX}-{os.getpid()}-{Lab.made}"
        self.fs, self.size_mb, self.keep = fs, size_mb, keep
        self.dir = os.path.join(HOME, self.name)
        self.mnt = os.path.join(self.dir, "mnt")
        self.folder = os.path.join(self.mnt, "documents")   # what is protected
        self.outside_folder = os.path.join(self.mnt, "outside")
        self.work = os.path.join(self.dir, "work")           # scratch of attacks and honest work
        user = pwd.getpwnam(USER)
        self.uid, self.gid = user.pw_uid, user.pw_gid
        self.ns = {k: f"{self.name}-{k}" for k in ("con", "pc", "out")}
        self.procs, self.groups = [], set()
        self.mounted, self.up = False, False
        from programs import Agent, Console
        self.console, self.agent = Console(self), Agent(self)

    # ---- life ----
    def __enter__(self):
        sweep()
        self.old_term = signal.signal(signal.SIGTERM, ended)
        atexit.register(self.down)
        try:
            self._up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self._keep_logs()
        self.down()

    def _up(self):
        os.makedirs(self.mnt)
        self.up = True
        self._note()
        self._networks()
        self._image()
        self._echoes()
        for d in (self.work, os.path.join(self.dir, "home")):
            os.makedirs(d, exist_ok=True)
            os.chown(d, self.uid, self.gid)

    def _note(self):
        """What a later sweep must know if this process dies without a word."""
        with open(os.path.join(self.dir, "lab.json"), "w") as f:
            json.dump({"owner": os.getpid(), "owner_start": start_time(os.getpid()), "ns": list(self.ns.values()), "mnt": self.mnt,
                       "groups": [[g, start_time(g)] for g in self.groups]}, f)

    def _networks(self):
        n = self.ns
        for x in n.values():
            run("ip", "netns", "add", x)
            run("ip", "-n", x, "link", "set", "lo", "up")
            run("nsenter", f"--net=/run/netns/{x}", "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", check=False)
        for peer, at in (("con", ((PC4, CONSOLE4, 24), (PC6, CONSOLE6, 64))),
                         ("out", ((PC_OUT4, OUTSIDE4, 24), (PC_OUT6, OUTSIDE6, 64)))):
            run("ip", "link", "add", f"to-{peer}", "netns", n["pc"], "type", "veth", "peer", "name", "to-pc", "netns", n[peer])
            for mine, theirs, bits in at:
                flag = ["nodad"] if ":" in mine else []
                run("ip", "-n", n["pc"], "addr", "add", f"{mine}/{bits}", "dev", f"to-{peer}", *flag)
                run("ip", "-n", n[peer], "addr", "add", f"{theirs}/{bits}", "dev", "to-pc", *flag)
            run("ip", "-n", n["pc"], "link", "set", f"to-{peer}", "up")
            run("ip", "-n", n[peer], "link", "set", "to-pc", "up")
        run("ip", "-n", n["pc"], "route", "add", "default", "via", OUTSIDE4)
        run("ip", "-n", n["pc"], "-6", "route", "add", "default", "via", OUTSIDE6)

    def _echoes(self):
        """An echo server everywhere; up only when every way is seen to work, or a proof would prove nothing."""
        for where in self.ns:
            self.serve(where)
        pc = [(a, PORT) for a in (CONSOLE4, CONSOLE6, OUTSIDE4, OUTSIDE6)]
        out = [(a, PORT) for a in (PC_OUT4, PC_OUT6)]
        wait_for(lambda: all(x["tcp"] and x["udp"] for x in self.probe("pc", *pc).values()) and
                 all(x["tcp"] and x["udp"] for x in self.probe("out", *out).values()), 10, "the lab's own networks")

    def _image(self):
        image = os.path.join(self.dir, "disk.img")
        with open(image, "wb") as f:
            f.truncate(self.size_mb << 20)
        make = {"ext4": ("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"),
                "xfs": ("mkfs.xfs", "-q", "-f"), "btrfs": ("mkfs.btrfs", "-q", "-f")}[self.fs]
        run(*make, image)
        run("mount", "-o", "loop,nosuid,nodev", image, self.mnt)  # detached again by the umount
        self.mounted = True
        for d in (self.folder, self.outside_folder):
            os.makedirs(d)
            os.close(os.open(os.path.join(d, MARKER), os.O_CREAT | os.O_WRONLY, 0o644))
            os.chown(d, self.uid, self.gid)

    # ---- processes ----
    def spawn(self, where, *argv, user=None, log=None, cwd=None, env=None, stdout=None, mounts=None, **kw):
        """Start a program in a namespace ('con', 'pc', 'out'); `user` True: unprivileged; `mounts`: in the mount namespace of that pid."""
        pre = ["nsenter", f"--net=/run/netns/{self.ns[where]}"]
        if mounts:  # the folder is looked up there: one of our mounts would lead out of it
            pre += [f"--mount=/proc/{mounts}/ns/mnt", f"--wdns={cwd or '/'}"]
            cwd = "/"
        pre.append("--")
        if user:
            pre += ["setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--pdeathsig", "KILL", "--"]
        out = stdout
        if out is None:
            out = open(os.path.join(self.dir, (log or os.path.basename(str(argv[0]))) + ".log"), "ab")
        full = dict(os.environ, HOME=os.path.join(self.dir, "home") if user else "/root", LC_ALL="C.UTF-8")
        full.update(env or {})
        p = subprocess.Popen(pre + [str(a) for a in argv], stdin=kw.pop("stdin", subprocess.DEVNULL), stdout=out,
                             stderr=subprocess.STDOUT if stdout is None else kw.pop("stderr", None), cwd=cwd or "/", env=full,
                             start_new_session=True, preexec_fn=die_with_parent, **kw)
        if stdout is None:
            out.close()
        self.procs.append(p)
        self.groups.add(p.pid)
        self._note()
        return p

    def hold_mounts(self, where, script):
        """A program that keeps a mount namespace of its own in which the sh `script` was run; its pid is for spawn(mounts=)."""
        p = self.spawn(where, "unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", f"set -e; {script}\necho ready; exec sleep infinity",
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = p.stdout.readline().decode(errors="replace").strip()
        if said != "ready":
            raise LabError(f"a mount namespace: {said}")
        return p

    def call(self, where, *argv, timeout=120, give_up=None, **kw):
        """spawn and wait; (exit status, output).  `give_up` is asked every half second for a reason to end it."""
        p = self.spawn(where, *argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)
        end, why = time.monotonic() + timeout, None
        while True:
            try:
                out = p.communicate(timeout=0.5 if give_up else timeout)[0]
                break
            except subprocess.TimeoutExpired:
                why = f"did not end within {timeout} s" if time.monotonic() > end else give_up and give_up()
            if why:
                self.end(p)
                raise LabError(f"{os.path.basename(str(argv[0]))}: {why}")
        self.groups.discard(p.pid)
        return p.returncode, out.decode(errors="replace")

    def members(self, p):
        """Processes of the session that `p` was made for: [(pid, state letter)]."""
        out = []
        for d in os.listdir("/proc"):
            if d.isdigit():
                try:
                    with open(f"/proc/{d}/stat", "rb") as f:
                        rest = f.read().rsplit(b")", 1)[1].split()
                except (OSError, IndexError):
                    continue
                if int(rest[3]) == p.pid and rest[0] != b"Z":
                    out.append((int(d), rest[0].decode()))
        return out

    def end(self, p, first=signal.SIGKILL, patience=5):
        """End what `spawn` started, with all of its session."""
        if p.poll() is None and first != signal.SIGKILL:
            p.send_signal(first)
            try:
                p.wait(patience)
            except subprocess.TimeoutExpired:
                pass
        for _ in range(50):
            left = self.members(p)
            if not left:
                break
            for pid, _ in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.02)
        if p.poll() is None:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                pass
        for pipe in (p.stdin, p.stdout):
            if pipe:
                pipe.close()
        self.groups.discard(p.pid)

    # ---- packets ----
    def serve(self, where, port=PORT):
        p = self.spawn(where, "/usr/bin/python3", os.path.join(HERE, "packets.py"), "serve", port, stdout=subprocess.PIPE)
        if p.stdout.readline().strip() != b"ready":
            raise LabError(f"no echo server in {where}")
        return p

    def probe(self, where, *targets, timeout=0.6):
        """{(address, port): {"tcp": bool, "udp": bool}}"""
        flat = [x for t in targets for x in t]
        status, out = self.call(where, "/usr/bin/python3", os.path.join(HERE, "packets.py"), "probe", "--timeout", timeout, *flat)
        if status != 0:
            raise LabError(f"probe: {out}")
        got = json.loads(out.strip().split("\n")[-1])
        return {t: got[f"{t[0]}:{t[1]}"] for t in targets}

    def watch(self, *targets):
        """A prober in the PC's namespace; returns a function that tells what was answered last."""
        path = os.path.join(self.dir, "watch.json")
        p = self.spawn("pc", "/usr/bin/python3", os.path.join(HERE, "packets.py"), "watch", path, *[x for t in targets for x in t],
                       stdout=subprocess.PIPE)
        if p.stdout.readline().strip() != b"ready":
            raise LabError("the packet watcher found no way out before the quarantine")
        wait_for(lambda: os.path.exists(path), 5, "the packet watcher")

        def read():
            with open(path) as f:
                return json.load(f)
        read.process = p
        return read

    # ---- the end ----
    def _keep_logs(self):
        to = os.path.join(HOME, "logs", self.name)
        os.makedirs(to, exist_ok=True)
        for f in os.listdir(self.dir):
            if f.endswith((".log", ".ini")):
                shutil.copy(os.path.join(self.dir, f), to)

    def down(self):
        if not self.up:
            return
        self.up = False
        atexit.unregister(self.down)
        for stop in (self.agent.stop, self.console.stop):
            try:
                stop()
            except Exception as e:  # the end goes on whatever happens
                print(f"lab: {e}", file=sys.stderr)
        for p in reversed(self.procs):
            self.end(p)
        take_down(list(self.ns.values()), self.mnt if self.mounted else None)
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)
        signal.signal(signal.SIGTERM, self.old_term)


def take_down(namespaces, mnt):
    """Processes in our namespaces, the mount with its loop device, the namespaces."""
    for ns in namespaces:
        for _ in range(20):
            pids = run("ip", "netns", "pids", ns, check=False).stdout.split()
            for pid in pids:
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if not pids:
                break
            time.sleep(0.05)
    if mnt:
        for k in range(40):
            if run("umount", mnt, check=False).returncode == 0 or not os.path.ismount(mnt):
                break
            time.sleep(0.1)
        else:
            run("umount", "-l", mnt, check=False)
            print(f"lab: {mnt} was busy, detached lazily", file=sys.stderr)
    for ns in namespaces:
        run("ip", "netns", "del", ns, check=False)


def sweep():
    """Take down what runs before us left when they died; a living owner's lab is let alone."""
    os.makedirs(HOME, exist_ok=True)
    for name in os.listdir(HOME):
        note = os.path.join(HOME, name, "lab.json")
        if not name.startswith(PREFIX + "-"):
            continue
        try:
            with open(note) as f:
                lab = json.load(f)
        except (OSError, ValueError):
            lab = {}
        owner = lab.get("owner") or int(re.match(PREFIX + r"-(\d+)", name).group(1))
        if start_time(owner) is not None and lab.get("owner_start", start_time(owner)) == start_time(owner):
            continue
        for group, started in lab.get("groups", []):
            if started is not None and start_time(group) == started:
                try:
                    os.killpg(group, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
        mnt = os.path.join(HOME, name, "mnt")
        take_down(lab.get("ns", []), mnt if os.path.ismount(mnt) else None)
        shutil.rmtree(os.path.join(HOME, name), ignore_errors=True)
    for ns in run("ip", "netns", "list", check=False).stdout.split("\n"):
        m = re.match(PREFIX + r"-(\d+)-\d+-(con|pc|out)\b", ns)
        if m and start_time(int(m.group(1))) is None:
            take_down([ns.split()[0]], None)


if __name__ == "__main__":
    if sys.argv[1:] == ["sweep"]:
        sweep()
    else:
        print(__doc__)
