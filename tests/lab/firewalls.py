"""Real firewalls in a namespace: packages of Debian unpacked below build/firewalls, never installed, and seen only in a mount
namespace of their own (overlays over /usr and /etc), with a host in one network namespace and the world in another.

A Host owns two network namespaces, named so that lab.sweep() knows them, and its servers; down() ends both."""
import glob
import json
import os
import shutil
import subprocess

import lab as L

HOME = os.path.join(L.TREE, "build", "firewalls")
ROOT = os.path.join(HOME, "root")
# The names of the packages; what they need beyond this machine's is here too.
PACKAGES = ("iptables", "ufw", "firewalld", "python3-firewall", "python3-nftables", "python3-dbus", "python3-cap-ng", "python3-gi",
            "gir1.2-glib-2.0", "libgirepository-1.0-1", "libglib2.0-0", "dbus", "dbus-bin", "dbus-daemon", "dbus-system-bus-common",
            "libdbus-1-3", "libcap-ng0", "libapparmor1", "libxtables12", "libnfnetlink0", "libnetfilter-conntrack3", "libip4tc2", "libip6tc2",
            "openssh-server", "openssh-client", "libwrap0", "xrdp", "libfuse2", "libx11-6", "libxfixes3", "libxrandr2", "libopus0")
WAN4, WAN6, LAN4, LAN6 = "192.0.2.1", "2001:db8:2::1", "10.5.0.1", "fd05::1"
STRANGER4, STRANGER6, NAMED4, NAMED6 = "192.0.2.2", "2001:db8:2::2", "192.0.2.9", "2001:db8:2::9"
LAN_PEER4, LAN_PEER6 = "10.5.0.2", "fd05::2"
MULTI = {"xtables-nft-multi": ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")}

# Which source, target, protocol and port are answered: all asked at once, three times each.
PROBE = """
import json, selectors, socket, sys, time
sel, open_, yes = selectors.DefaultSelector(), [], set()
asks = [tuple(a) for a in json.loads(sys.argv[1])]
for a in asks:
    source, target, protocol, port = a
    s = socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
    s.setblocking(False)
    s.bind((source, 0))
    open_.append(s)
    try:
        s.connect((target, port))
    except BlockingIOError:
        pass
    except OSError:
        continue
    sel.register(s, selectors.EVENT_WRITE if protocol == "tcp" else selectors.EVENT_READ, a)
end, again = time.monotonic() + 1.2, 0
while time.monotonic() < end and sel.get_map():
    if time.monotonic() > again:
        for key in sel.get_map().values():
            if key.data[2] == "udp":
                try:
                    key.fileobj.send(b"ping")
                except OSError:
                    pass
        again = time.monotonic() + 0.4
    for key, _ in sel.select(0.1):
        try:
            if key.data[2] == "tcp" and key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                yes.add(key.data)
            elif key.data[2] == "udp" and key.fileobj.recv(16) == b"ping":
                yes.add(key.data)
        except OSError:
            pass
        if key.data[2] == "tcp" or key.data in yes:
            sel.unregister(key.fileobj)
print(json.dumps([a in yes for a in asks]))
"""


def unpack():
    """None, or why the programs cannot be had."""
    wanted = [os.path.join(ROOT, "usr/sbin", p) for p in ("ufw", "firewalld", "xtables-nft-multi", "xtables-legacy-multi", "sshd", "xrdp")]
    ready = os.path.join(HOME, "ready")
    if os.path.exists(ready) and all(map(os.path.exists, wanted)):
        return None
    debs = os.path.join(HOME, "deb")
    os.makedirs(debs, exist_ok=True)
    try:
        L.run("apt-get", "download", "-q", *PACKAGES, cwd=debs, timeout=300)
        for deb in glob.glob(os.path.join(debs, "*.deb")):
            L.run("dpkg-deb", "-x", deb, ROOT)
    except (L.LabError, OSError, subprocess.TimeoutExpired) as e:
        return f"not to be had: {str(e)[-80:]}"
    if not all(map(os.path.exists, wanted)):
        return "its packages lack the programs"
    for part in ("lib", "sbin", "bin"):  # as on a system with merged folders
        if os.path.isdir(os.path.join(ROOT, part)):
            shutil.copytree(os.path.join(ROOT, part), os.path.join(ROOT, "usr", part), symlinks=True, dirs_exist_ok=True)
    for program, names in MULTI.items():
        for name in names:
            if not os.path.lexists(os.path.join(ROOT, "usr/sbin", name)):
                os.symlink(program, os.path.join(ROOT, "usr/sbin", name))
    # What the package's own script does when it is installed.
    share, etc = os.path.join(ROOT, "usr/share/ufw"), os.path.join(ROOT, "etc/ufw")
    os.makedirs(etc, exist_ok=True)
    for f in ("before.rules", "before6.rules", "after.rules", "after6.rules", "before.init", "after.init", "ufw.conf"):
        shutil.copy(os.path.join(share, f), etc)
    for f in ("user.rules", "user6.rules"):
        shutil.copy(os.path.join(share, "iptables", f), etc)
    with open(ready, "w"):
        pass
    return None


class Host:
    """A host with a way out (wan0, default route) and a network inside (lan0), and who is at the other ends."""
    made = 0

    def __init__(self, ports):
        Host.made += 1
        self.name = f"{L.PREFIX}-{os.getpid()}-{900 + Host.made}"
        self.pc, self.out = f"{self.name}-pc", f"{self.name}-out"
        self.dir = os.path.join(HOME, self.name)
        self.ports, self.procs = ports, []

    def __enter__(self):
        try:
            os.makedirs(self.dir)
            self._networks()
            for port in self.ports:
                self._serve(port)
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    def _networks(self):
        for ns in (self.pc, self.out):
            L.run("ip", "netns", "add", ns)
            L.run("ip", "-n", ns, "link", "set", "lo", "up")
        for mine, theirs in (("wan0", "to-wan"), ("lan0", "to-lan")):
            L.run("ip", "link", "add", mine, "netns", self.pc, "type", "veth", "peer", "name", theirs, "netns", self.out)
        at = ((self.pc, "wan0", WAN4 + "/24", WAN6 + "/64"), (self.out, "to-wan", STRANGER4 + "/24", STRANGER6 + "/64"),
              (self.out, "to-wan", NAMED4 + "/24", NAMED6 + "/64"), (self.pc, "lan0", LAN4 + "/24", LAN6 + "/64"), (self.out, "to-lan", LAN_PEER4 + "/24", LAN_PEER6 + "/64"))
        for ns, dev, *addresses in at:
            for a in addresses:
                L.run("ip", "-n", ns, "addr", "add", a, "dev", dev, *(["nodad"] if ":" in a else []))
            L.run("ip", "-n", ns, "link", "set", dev, "up")
        L.run("ip", "-n", self.pc, "route", "add", "default", "via", STRANGER4)
        L.run("ip", "-n", self.pc, "-6", "route", "add", "default", "via", STRANGER6)

    def _serve(self, port):
        p = subprocess.Popen(["nsenter", f"--net=/run/netns/{self.pc}", "/usr/bin/python3", os.path.join(L.HERE, "packets.py"), "serve", str(port)],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=L.die_with_parent)
        self.procs.append(p)
        if p.stdout.readline().strip() != b"ready":
            raise L.LabError(f"no server on port {port}")

    def sh(self, script, programs=False, check=True):
        """A script on the host; `programs`: with the unpacked packages in their places."""
        argv = ["nsenter", f"--net=/run/netns/{self.pc}", "unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec"]
        if programs:
            layers = os.path.join(self.dir, "layers")
            before = f"mkdir -p {layers}/u {layers}/v {layers}/w\n" \
                     f"mount -t overlay o -o lowerdir={ROOT}/usr:/usr /usr\n" \
                     f"mount -t overlay o -o lowerdir={ROOT}/etc:/etc,upperdir={layers}/u,workdir={layers}/w /etc\n" \
                     "mount -t tmpfs t /run\nmount -t tmpfs t /var/log\nmkdir -p /run/lock\n"
            script = before + script
        return L.run(*argv, script, check=check, timeout=120, env=dict(os.environ, PATH="/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL="C.UTF-8"))

    def ask(self, questions, programs=False):
        """[(family, protocol, port)] -> [(word, evidence)] by the survey."""
        flat = " ".join(f"{f} {p} {n}" for f, p, n in questions)
        # with the host's interfaces, as the survey asks: the words of the module "listeners"
        out = self.sh(f"{os.path.join(L.BUILD, 'lab/firewall_ask')} {flat}", programs).stdout
        return [tuple(line.split(" ", 1)) for line in out.splitlines()]

    def listeners(self, programs=False):
        """Items of the module "listeners" on this host."""
        return [json.loads(x) for x in self.sh(f"{os.path.join(L.BUILD, 'lab/firewall_ask')} listeners", programs).stdout.splitlines()]

    def reach(self, asks):
        """[(source, target, protocol, port)] -> [answered]"""
        p = L.run("nsenter", f"--net=/run/netns/{self.out}", "/usr/bin/python3", "-c", PROBE, json.dumps(asks))
        return json.loads(p.stdout.strip().splitlines()[-1])

    def flush(self):
        self.sh("nft flush ruleset")

    def down(self):
        for p in self.procs:
            p.kill()
            p.wait()
            p.stdout.close()
        self.procs = []
        L.take_down([self.pc, self.out], None)
        shutil.rmtree(self.dir, ignore_errors=True)
