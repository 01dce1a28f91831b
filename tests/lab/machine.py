"""A computer of its own: a Debian (12, or another suite) under systemd in a container, on a disk image, with a cable to the lab's console.

    with Lab() as lab, Machine(lab) as pc:
        pc.boot(); pc.install_package(path); pc.run("mimamori-setup", "install", "--code", code)

The disk is a loop-mounted ext4 image below the lab's folder: no mark of an agent inside ever lies on a file system of this
machine.  Its processes are in a pid namespace of their own, its network is one veth whose other end is in the lab's namespace
`con`; the container's own systemd-networkd brings it up, so what is sent at boot is sent as on a real computer.
systemd-nspawn wants a terminal: script(1) gives it one.
"""
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import time

import lab as L

CACHE = os.path.join(L.TREE, "build", "nspawn")
SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
BASE = ("systemd", "systemd-sysv", "dbus", "udev", "iproute2", "nftables", "ca-certificates", "procps", "kmod", "python3-minimal")
LINK, PEER = "mm0", "to-mm0"
PC4, PC6 = "10.77.2.1", "fd77:2::1"
CONSOLE4, CONSOLE6 = "10.77.2.2", "fd77:2::2"
IMAGE_MB = 3072
# Services of packages that only some tests wake (systemctl unmask); libvirtd without its sockets makes them itself.
ASLEEP = ("firewalld.service", "ufw.service", "NetworkManager.service", "fapolicyd.service", "libvirtd.service", "libvirtd.socket", "libvirtd-ro.socket", "libvirtd-admin.socket")
NETWORK = f"""[Match]
Name={LINK}
[Network]
Address={PC4}/24
Address={PC6}/64
Gateway={CONSOLE4}
IPv6AcceptRA=no
IPv6DuplicateAddressDetection=0
LinkLocalAddressing=no
"""


def can_boot():
    """None, or why this machine cannot boot one."""
    for program in ("systemd-nspawn", "debootstrap", "script", "mkfs.ext4"):
        if shutil.which(program) is None:
            return f"needs the program {program}"
    return L.can_run()


def depends(*packages):
    """What the packages need from the archive, by name."""
    names = set()
    for path in packages:
        for one in L.run("dpkg-deb", "-f", path, "Depends").stdout.split(","):
            names.add(one.strip().split()[0].split("|")[0])
    return sorted(n for n in names if n and not n.startswith("mimamori"))


def base_image(packages, suite=SUITE, more=()):
    """An image of a freshly made Debian with what the packages need, and `more` packages of the archive; made once and kept."""
    need = sorted({*BASE, *depends(*packages)})
    key = hashlib.sha256(" ".join([suite, *need, "+", *more]).encode()).hexdigest()[:12]
    path = os.path.join(CACHE, f"{suite}-{key}.img")
    with L.alone(path):
        if not os.path.exists(path):
            make_image(path, os.path.join(CACHE, f"tree-{key}"), need, suite, more)
    return path


def make_image(path, tree, need, suite, more):
    """The image at `path`, by way of a tree, which is gone afterwards."""
    shutil.rmtree(tree, ignore_errors=True)
    L.run("debootstrap", "--variant=minbase", f"--include={','.join(need)}", suite, tree, MIRROR, timeout=1200)
    with open(os.path.join(tree, "etc/systemd/network/mm.network"), "w") as f:
        f.write(NETWORK)
    with open(os.path.join(tree, "etc/hostname"), "w") as f:
        f.write("uketsuke-pc\n")
    if more:  # what debootstrap cannot configure
        L.run("systemd-nspawn", "--quiet", f"--directory={tree}", "--pipe", "--register=no", "--keep-unit", "/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", "apt-get",
              "install", "-y", "-q", "--no-install-recommends", *more, timeout=600)
    L.run("chroot", tree, "systemctl", "enable", "systemd-networkd.service")
    L.run("chroot", tree, "systemctl", "mask", "systemd-resolved.service", "apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "dpkg-db-backup.timer", "fstrim.timer",
          "systemd-networkd-wait-online.service", *ASLEEP)
    L.run("chroot", tree, "useradd", "--create-home", "--shell", "/bin/sh", "sakura")
    for d in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
        for e in os.scandir(os.path.join(tree, d)):
            shutil.rmtree(e.path, ignore_errors=True) if e.is_dir(follow_symlinks=False) else os.unlink(e.path)
    new = path + ".new"
    with open(new, "wb") as f:
        f.truncate(IMAGE_MB << 20)
    L.run("mkfs.ext4", "-q", "-F", "-d", tree, new, timeout=600)
    os.rename(new, path)
    shutil.rmtree(tree, ignore_errors=True)


class Machine:
    made = 0

    def __init__(self, lab, packages, suite=SUITE, more=()):
        Machine.made += 1
        name = f"pc{Machine.made}"
        self.lab, self.name = lab, f"{lab.name}-{name}"
        self.dir = os.path.join(lab.dir, name)
        self.root = os.path.join(self.dir, "root")
        self.image = os.path.join(self.dir, "disk.img")
        self.packages, self.suite, self.more = packages, suite, more
        self.process, self.leader, self.mounted, self.boots = None, None, False, 0
        self.ns = f"{self.name}-m"  # its network; new at each boot, with the cable in it, which is down

    def __enter__(self):
        os.makedirs(self.root)
        L.run("cp", "--sparse=always", "--reflink=auto", base_image(self.packages, self.suite, self.more), self.image)
        L.run("mount", "-o", "loop", self.image, self.root)
        self.mounted = True
        return self

    def __exit__(self, *_):
        self.power_off()
        if self.mounted:
            for _ in range(50):
                if L.run("umount", self.root, check=False).returncode == 0:
                    break
                time.sleep(0.1)
            else:
                L.run("umount", "-l", self.root, check=False)
            os.unlink(self.image)
        L.run("ip", "netns", "del", self.ns, check=False)

    # ---- power ----
    def plug(self):
        """A new network with the cable in it, which boot() brings up; by itself: to listen before the first packet."""
        con = self.lab.ns["con"]
        L.run("ip", "netns", "del", self.ns, check=False)
        L.wait_for(lambda: PEER not in L.run("ip", "-n", con, "-br", "link").stdout, 10, "the cable of the boot before to go")
        L.run("ip", "netns", "add", self.ns)
        L.run("ip", "link", "add", LINK, "netns", self.ns, "type", "veth", "peer", "name", PEER, "netns", con)
        for a, bits in ((CONSOLE4, 24), (CONSOLE6, 64)):
            L.run("ip", "-n", con, "addr", "add", f"{a}/{bits}", "dev", PEER, *(["nodad"] if ":" in a else []))
        L.run("ip", "-n", con, "link", "set", PEER, "up")

    def boot(self, wait=True, cable=True):
        if cable:
            self.plug()
        argv = ["systemd-nspawn", "--quiet", f"--directory={self.root}", "--boot", f"--machine={self.name}", "--register=no", "--keep-unit",
                f"--network-namespace-path=/run/netns/{self.ns}", "--capability=all", "--system-call-filter=@known", "--console=interactive", "--kill-signal=SIGRTMIN+3"]
        log = open(os.path.join(self.lab.dir, f"{os.path.basename(self.dir)}-{self.boots}.log"), "wb")
        env = dict(os.environ, SYSTEMD_NSPAWN_API_VFS_WRITABLE="network")  # /proc/sys/net of its own network: who forwards for others sets it
        self.process = subprocess.Popen(["script", "-qefc", shlex.join(argv), "/dev/null"], env=env,
                                        stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=L.die_with_parent)
        log.close()
        self.boots += 1
        self.leader = L.wait_for(self._find_leader, 20, "the container's first process", 0.02)
        if wait:
            self.wait_up()

    def _find_leader(self):
        if self.process.poll() is not None:
            raise L.LabError("the container ended: " + self.console_log()[-800:])
        for d in os.listdir("/proc"):
            if d.isdigit():
                try:
                    with open(f"/proc/{d}/stat", "rb") as f:
                        rest = f.read().rsplit(b")", 1)[1].split()
                    if int(rest[3]) == self.process.pid or self._below(int(d)):
                        with open(f"/proc/{d}/status") as f:
                            ns = next((x for x in f if x.startswith("NSpid:")), "").split()
                        if len(ns) == 3 and ns[2] == "1":
                            return int(d)
                except (OSError, IndexError, ValueError):
                    continue
        return None

    def _below(self, pid):
        for _ in range(8):
            try:
                with open(f"/proc/{pid}/stat", "rb") as f:
                    pid = int(f.read().rsplit(b")", 1)[1].split()[1])
            except (OSError, IndexError, ValueError):
                return False
            if pid == self.process.pid:
                return True
            if pid <= 1:
                return False
        return False

    def wait_up(self, timeout=60):
        def up():
            p = self.run("systemctl", "is-system-running", check=False)
            return p.stdout.strip() in ("running", "degraded")
        L.wait_for(up, timeout, "the computer to be up", 0.1)

    def power_off(self, cut=False):
        """In order, or as when somebody pulls the plug."""
        if self.process is None:
            return
        if cut:
            os.kill(self.leader, signal.SIGKILL)
        else:
            self.run("systemctl", "--no-block", "poweroff", check=False)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.kill(self.leader, signal.SIGKILL)
            self.process.wait(10)
        self.process.stdin.close()
        self.process = self.leader = None

    def reboot(self, cut=False):
        self.power_off(cut)
        self.boot()

    # ---- inside ----
    def run(self, *argv, check=True, timeout=120, user=None):
        pre = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", "--", "/usr/bin/env", "-i",
               "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root", "DEBIAN_FRONTEND=noninteractive"]
        if user:
            pre += ["/usr/bin/setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"]
        return L.run(*pre, *argv, check=check, timeout=timeout)

    def status(self):
        p = self.run("mimamori", "--json", "status", check=False, timeout=20)
        try:
            return json.loads(p.stdout)
        except ValueError:
            return None

    def put(self, path, *into):
        """Copy a file of this machine into the container; its path there."""
        to = os.path.join("root", *into, os.path.basename(path))
        os.makedirs(os.path.dirname(os.path.join(self.root, to)), exist_ok=True)
        shutil.copy(path, os.path.join(self.root, to))
        return "/" + to

    def journal(self, unit):
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit, check=False).stdout

    def console_log(self):
        with open(os.path.join(self.lab.dir, f"{os.path.basename(self.dir)}-{self.boots - 1}.log"), errors="replace") as f:
            return f.read()

    def capture(self):
        """What comes out of its cable from now on; a function that ends the capture: [(seconds since the start, kind, to, port)].
        `kind` is arp, nd (neighbour, router and listener discovery), dhcp, tcp, udp or other; what the console's side sends is left out."""
        path = os.path.join(self.dir, "frames.ndjson")
        p = self.lab.spawn("con", "/usr/bin/python3", os.path.join(L.HERE, "frames.py"), PEER, path, stdout=subprocess.PIPE)
        if p.stdout.readline().strip() != b"ready":
            raise L.LabError("no capture")

        def end():
            self.lab.end(p, signal.SIGTERM)
            with open(path) as f:
                return [json.loads(line) for line in f if line.endswith("\n")]
        return end

    def list_files(self):
        """{path: kind} of everything on its disk but what systemd itself writes at each boot."""
        out = {}
        skip = ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/var/log/journal", "/var/lib/systemd", "/var/cache/ldconfig", "/var/lib/dpkg", "/var/log")
        for folder, folders, files in os.walk(self.root):
            rel = folder[len(self.root):] or "/"
            if rel.startswith(skip):
                folders[:] = []
                continue
            for n in (*folders, *files):
                out[os.path.join(rel, n)] = os.path.islink(os.path.join(folder, n))
        return out
