"""The quarantine's rules alone, proved by packets: the real apply, release and repair in namespaces of our own.

             con  10.91.0.2 fd91::2          out  10.92.0.2 fd92::2
               \\______ 10.91.0.1  pc  10.92.0.1 ______/         pc forwards between the two
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import pytest

import lab as L

CON4, CON6, OUT4, OUT6 = "10.91.0.2", "fd91::2", "10.92.0.2", "fd92::2"
PC_CON4, PC_CON6, PC_OUT4, PC_OUT6 = "10.91.0.1", "fd91::1", "10.92.0.1", "fd92::1"
PORT, OTHER = 8443, 8444          # of the console: allowed, not allowed
PACKETS = os.path.join(L.TREE, "tests", "lab", "packets.py")
PROBE = os.path.join(L.BUILD, "lab", "quarantine_probe")
TABLE = "mimamori_quarantine"

# What an administrator, and a container engine, may have set up before us.
FOREIGN = """
table inet admin {
  chain early { type filter hook input priority -500; policy accept; accept; }
  chain early_out { type filter hook output priority -500; policy accept; accept; }
  chain late { type filter hook forward priority 10; policy accept; ct state established,related accept; }
}
table ip nat {
  chain DOCKER { iifname "docker0" return; tcp dport 8080 dnat to 172.17.0.2:80; }
  chain PREROUTING { type nat hook prerouting priority -100; policy accept; fib daddr type local jump DOCKER; }
  chain POSTROUTING { type nat hook postrouting priority 100; policy accept; ip saddr 172.17.0.0/16 oifname != "docker0" masquerade; }
}
table ip filter {
  chain FORWARD { type filter hook forward priority 0; policy accept; }
}
"""


class Net:
    """Three namespaces with names of their own, echo servers in each, and the probe in pc."""

    def __init__(self):
        self.ns = {n: f"mmq-{os.getpid()}-{n}" for n in ("pc", "con", "out")}
        self.state = tempfile.mkdtemp(prefix="mmq-", dir=os.path.join(L.TREE, "build"))
        self.procs = []

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def up(self):
        os.mkdir(os.path.join(self.state, "guard"), 0o700)
        for ns in self.ns.values():
            L.run("ip", "netns", "add", ns)
            for key in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.default.accept_dad=0"):
                self.sh(ns, "sysctl", "-qw", key)
            self.sh(ns, "ip", "link", "set", "lo", "up")
        for n, pc4, far4, pc6, far6 in (("con", PC_CON4, CON4, PC_CON6, CON6), ("out", PC_OUT4, OUT4, PC_OUT6, OUT6)):
            L.run("ip", "link", "add", "to" + n, "netns", self.ns["pc"], "type", "veth", "peer", "name", "up0", "netns", self.ns[n])
            for ns, dev, a4, a6 in ((self.ns["pc"], "to" + n, pc4, pc6), (self.ns[n], "up0", far4, far6)):
                self.sh(ns, "ip", "addr", "add", a4 + "/24", "dev", dev)
                self.sh(ns, "ip", "addr", "add", a6 + "/64", "dev", dev, "nodad")
                self.sh(ns, "ip", "link", "set", dev, "up")
            self.sh(self.ns[n], "ip", "route", "add", "default", "via", pc4)
            self.sh(self.ns[n], "ip", "-6", "route", "add", "default", "via", pc6)
        for n, port in (("con", PORT), ("con", OTHER), ("out", PORT), ("pc", PORT)):
            self.start(n, sys.executable, PACKETS, "serve", str(port))
        self.probe = None
        self.restart_probe()

    def sh(self, ns, *argv, **kw):
        return L.run("ip", "netns", "exec", self.ns.get(ns, ns), *argv, **kw)

    def start(self, ns, *argv, stdin=subprocess.DEVNULL):
        p = subprocess.Popen(["ip", "netns", "exec", self.ns[ns], *argv], stdin=stdin, stdout=subprocess.PIPE, text=True)
        self.procs.append(p)
        assert p.stdout.readline().strip() == "ready", argv
        return p

    def restart_probe(self):
        """As after kill -9 and a new start of the agent."""
        if self.probe:
            self.probe.kill()
            self.probe.wait()
        self.probe = self.start("pc", PROBE, self.ns["pc"], self.state, f"{OUT4},{OUT6}", stdin=subprocess.PIPE)

    def ask(self, *words):
        self.probe.stdin.write(" ".join(map(str, words)) + "\n")
        self.probe.stdin.flush()
        answer = self.probe.stdout.readline()
        assert answer, "the probe died"
        return [int(w) if w.lstrip("-").isdigit() else w for w in answer.split()]

    def apply(self, hold="hold"):
        return self.ask("apply", hold, CON4, PORT, CON6, PORT)

    def passes(self, ns, *targets):
        """{(address, port): (tcp, udp)}"""
        flat = [str(x) for t in targets for x in t]
        out = json.loads(self.sh(ns, sys.executable, PACKETS, "probe", "--timeout", "0.8", *flat).stdout)
        return {t: (out[f"{t[0]}:{t[1]}"]["tcp"], out[f"{t[0]}:{t[1]}"]["udp"]) for t in targets}

    def tables(self):
        """All that is not ours, without counters."""
        text = self.sh("pc", "nft", "-s", "list", "ruleset").stdout
        blocks = [b for b in text.split("\ntable ") if TABLE not in b.split("{")[0]]
        return [b.replace("table ", "", 1).strip() for b in blocks]

    def nft(self, script):
        with tempfile.NamedTemporaryFile("w", dir=self.state, suffix=".nft") as f:
            f.write(script)
            f.flush()
            self.sh("pc", "nft", "-f", f.name)

    def __exit__(self, *_):
        for p in self.procs:
            if p.poll() is None:
                p.kill()
                p.wait()
        L.take_down(list(self.ns.values()), None)
        shutil.rmtree(self.state, ignore_errors=True)


@pytest.fixture(scope="module")
def net():
    if not os.access(PROBE, os.X_OK):
        pytest.skip("lab/quarantine_probe is not built")
    with Net() as n:
        n.nft(FOREIGN)
        yield n


ABROAD = ((OUT4, PORT), (OUT6, PORT))
CONSOLE, CONSOLE_OTHER = ((CON4, PORT), (CON6, PORT)), ((CON4, OTHER), (CON6, OTHER))
OPEN, SHUT = {(True, True)}, {(False, False)}


def everything(net):
    return {**net.passes("pc", *ABROAD, *CONSOLE, *CONSOLE_OTHER), **net.passes("out", (PC_OUT4, PORT), (PC_OUT6, PORT)),
            **net.passes("con", (PC_CON4, PORT), (PC_CON6, PORT), *ABROAD)}


@pytest.fixture(autouse=True)
def open_before(net):
    """Each test starts with an open network, or its 'blocked' would prove nothing."""
    assert net.ask("release") == [0]
    L.wait_for(lambda: set(everything(net).values()) == OPEN, 10, "the open network")
    net.foreign = net.tables()
    yield
    assert net.tables() == net.foreign, "somebody else's rules changed"


def test_outside_is_cut_and_the_console_is_not(net):
    assert net.apply() == [0, 1, 1, 1]
    assert set(net.passes("pc", *ABROAD).values()) == SHUT
    assert set(net.passes("pc", *CONSOLE).values()) == {(True, False)}       # TCP to that port, nothing else
    assert set(net.passes("pc", *CONSOLE_OTHER).values()) == SHUT
    assert set(net.passes("out", (PC_OUT4, PORT), (PC_OUT6, PORT)).values()) == SHUT
    assert set(net.passes("con", (PC_CON4, PORT), (PC_CON6, PORT)).values()) == SHUT  # the console may answer, not call
    for ns, family, address in (("pc", "-4", OUT4), ("pc", "-6", OUT6), ("pc", "-4", CON4), ("out", "-4", PC_OUT4), ("out", "-6", PC_OUT6)):
        assert net.sh(ns, "ping", family, "-c1", "-W1", address, check=False).returncode != 0
    assert net.ask("active")[:2] == [1, 2]


def test_data_goes_both_ways_between_host_and_console(net):
    """Not only the handshake: 200 kB there and back, over both families, also when the neighbours are forgotten."""
    assert net.apply()[0] == 0
    net.sh("pc", "ip", "neigh", "flush", "all")
    net.sh("pc", "ip", "-6", "neigh", "flush", "all")
    script = ("import socket,sys\n"
              "s=socket.create_connection((sys.argv[1],int(sys.argv[2])),5); n=0\n"
              "for i in range(50):\n"
              "    s.sendall(b'x'*4000); k=0\n"
              "    while k<4000: k+=len(s.recv(65536))\n"
              "    n+=k\n"
              "print(n)")
    for address, port in CONSOLE:
        assert net.sh("pc", sys.executable, "-c", script, address, str(port)).stdout.strip() == "200000"


def test_loopback_goes_on(net):
    assert net.apply()[0] == 0
    assert set(net.passes("pc", ("127.0.0.1", PORT), ("::1", PORT)).values()) == OPEN


def test_what_is_sent_to_the_host_and_redirected_stays(net):
    """Somebody's rule sends on what was for the host itself: it is for the loopback when it sets out, and for abroad when it leaves."""
    net.nft(f"""table inet bent {{
      chain bent {{
        type nat hook output priority -100; policy accept;
        ip daddr {PC_OUT4} meta l4proto {{ tcp, udp }} th dport {OTHER} dnat ip to {OUT4}:{PORT}
        ip6 daddr {PC_OUT6} meta l4proto {{ tcp, udp }} th dport {OTHER} dnat ip6 to [{OUT6}]:{PORT}
      }}
    }}""")
    mine, frames = ((PC_OUT4, OTHER), (PC_OUT6, OTHER)), os.path.join(net.state, "frames")
    try:
        assert set(net.passes("pc", *mine).values()) == OPEN
        assert net.apply()[0] == 0
        watcher = net.start("out", sys.executable, os.path.join(L.HERE, "frames.py"), "up0", frames)
        assert set(net.passes("pc", *mine).values()) == SHUT
        watcher.terminate()
        watcher.wait()
        with open(frames) as f:
            assert not [x for x in map(json.loads, f) if x[1] in ("tcp", "udp")]
    finally:
        net.sh("pc", "nft", "delete", "table", "inet", "bent")


def test_forwarding_is_cut(net):
    assert net.apply()[0] == 0
    assert set(net.passes("con", *ABROAD).values()) == SHUT
    assert set(net.passes("out", *CONSOLE).values()) == SHUT


def test_connections_that_stood_before_carry_nothing_more(net):
    path = os.path.join(net.state, "watched.json")
    watcher = net.start("pc", sys.executable, PACKETS, "watch", path, OUT4, str(PORT), OUT6, str(PORT))

    def read():
        with open(path) as f:
            return json.load(f)

    def written_after(t):
        return L.wait_for(lambda: (w := read())["now_ns"] > t and w, 20, "the watcher to write")
    L.wait_for(lambda: os.path.exists(path) and all(read()[a]["tcp_ok_ns"] > 0 for a in (OUT4, OUT6)), 5, "the watcher")
    assert net.apply()[0] == 0
    cut = written_after(L.boot_ns() + 200_000_000)
    now = written_after(cut["now_ns"] + 1_000_000_000)
    watcher.kill()
    watcher.wait()
    assert now["now_ns"] > cut["now_ns"]
    for a in (OUT4, OUT6):
        assert now[a]["tcp_ok_ns"] == cut[a]["tcp_ok_ns"] and now[a]["udp_ok_ns"] == cut[a]["udp_ok_ns"]


def test_release_restores_everything(net):
    assert net.apply()[0] == 0
    file = os.path.join(net.state, "guard", "quarantine.json")
    assert os.stat(file).st_mode & 0o777 == 0o600
    assert net.ask("release") == [0]
    assert set(everything(net).values()) == OPEN
    assert not os.path.exists(file) and net.ask("active")[:2] == [0, 0]
    assert TABLE not in net.sh("pc", "nft", "list", "tables").stdout
    assert net.ask("repair") == [0]
    assert TABLE not in net.sh("pc", "nft", "list", "tables").stdout, "repair put rules back that were released"
    assert net.ask("release") == [0], "a second release is harmless"


@pytest.mark.parametrize("drift", [
    f"flush table inet {TABLE}",
    f"delete table inet {TABLE}",
    f"insert rule inet {TABLE} output accept",
    f"add rule inet {TABLE} input tcp dport {PORT} accept",
    f"chain inet {TABLE} output {{ policy accept; }}",
    f"delete chain inet {TABLE} forward",
    f"add table inet {TABLE} {{ flags dormant; }}",
], ids=lambda d: d.replace(TABLE, "T"))
def test_drift_is_repaired(net, drift):
    assert net.apply()[0] == 0
    assert net.ask("repair") == [0]
    net.nft(drift)
    assert net.ask("repair") == [1], net.sh("pc", "nft", "list", "ruleset").stdout
    assert net.ask("repair") == [0]
    assert set(net.passes("pc", *ABROAD).values()) == SHUT
    assert set(net.passes("out", (PC_OUT4, PORT), (PC_OUT6, PORT)).values()) == SHUT
    assert set(net.passes("con", *ABROAD).values()) == SHUT
    assert set(net.passes("pc", *CONSOLE).values()) == {(True, False)}


def test_order_outlives_the_agent(net):
    assert net.apply()[0] == 0
    before = net.ask("active")
    net.restart_probe()
    assert net.ask("active") == before
    assert set(net.passes("pc", *ABROAD).values()) == SHUT
    assert net.ask("repair") == [0]
    assert set(net.passes("pc", *ABROAD).values()) == SHUT
    net.nft(f"flush table inet {TABLE}")
    assert net.ask("repair") == [1]
    assert net.ask("restart") == [0] and net.ask("active") == before


def test_order_outlives_the_kernel(net):
    """After a boot the kernel knows nothing; the order on disk is put in force again."""
    assert net.apply()[0] == 0
    net.probe.kill()
    net.probe.wait()
    net.nft(f"delete table inet {TABLE}")
    assert set(net.passes("pc", *ABROAD).values()) == OPEN
    net.restart_probe()
    assert net.ask("repair") == [1]
    assert net.ask("repair") == [0]
    assert set(net.passes("pc", *ABROAD).values()) == SHUT
    assert set(net.passes("pc", *CONSOLE).values()) == {(True, False)}
    assert net.ask("release") == [0]


def test_broken_order_on_disk_closes_without_exceptions(net):
    assert net.apply()[0] == 0
    with open(os.path.join(net.state, "guard", "quarantine.json"), "w") as f:
        f.write("{\"version\":1,\"allowed\":[")
    net.restart_probe()
    assert net.ask("active")[:2] == [1, 0]
    assert net.ask("repair") == [1]
    assert set(net.passes("pc", *ABROAD, *CONSOLE).values()) == SHUT


@pytest.mark.parametrize("hold", ["open", "hold"])
def test_console_that_does_not_answer(net, hold):
    """The order's own policy decides: stay closed, or open again and say so."""
    rc, console, v4, v6 = net.ask("apply", hold, "10.91.0.77", PORT)
    assert (console, v4, v6) == (0, 1, 1)
    assert (rc == 0) == (hold == "hold")
    assert set(net.passes("pc", *ABROAD).values()) == (SHUT if hold == "hold" else OPEN)
    assert net.ask("active")[0] == (1 if hold == "hold" else 0)


def test_new_order_replaces_the_old_one(net):
    assert net.apply()[0] == 0
    assert net.ask("apply", "hold", CON4, OTHER)[:2] == [0, 1]
    assert net.passes("pc", (CON4, OTHER), (CON4, PORT), (CON6, PORT)) == {
        (CON4, OTHER): (True, False), (CON4, PORT): (False, False), (CON6, PORT): (False, False)}


def first_order_stands(net, before):
    with open(os.path.join(net.state, "guard", "quarantine.json")) as f:
        assert f.read() == before
    assert net.ask("active")[:2] == [1, 2]
    assert net.ask("repair") == [0]
    assert set(net.passes("pc", *ABROAD, *CONSOLE_OTHER).values()) == SHUT
    assert set(net.passes("pc", *CONSOLE).values()) == {(True, False)}


def test_order_that_nft_refuses_leaves_the_first_in_force(net):
    assert net.apply()[0] == 0
    with open(os.path.join(net.state, "guard", "quarantine.json")) as f:
        before = f.read()
    inside = ("nsenter", "-m", "-t", str(net.probe.pid))  # the probe's own mounts: nobody else loses nft
    L.run(*inside, "mount", "--bind", shutil.which("false"), "/usr/sbin/nft")
    try:
        assert net.ask("apply", "hold", CON4, OTHER)[0] < 0
        assert net.ask("active")[:2] == [1, 2]
    finally:
        L.run(*inside, "umount", "/usr/sbin/nft")
    first_order_stands(net, before)
    net.restart_probe()
    first_order_stands(net, before)


def test_order_that_nft_refuses_leaves_no_order_behind(net):
    inside = ("nsenter", "-m", "-t", str(net.probe.pid))
    L.run(*inside, "mount", "--bind", shutil.which("false"), "/usr/sbin/nft")
    try:
        assert net.apply()[0] < 0
    finally:
        L.run(*inside, "umount", "/usr/sbin/nft")
    assert net.ask("active")[0] == 0 and net.ask("repair") == [0]
    assert os.listdir(os.path.join(net.state, "guard")) == []
    assert set(everything(net).values()) == OPEN


def test_order_without_its_console_leaves_the_first_in_force(net):
    """A second order that does not hold without its console must not open what the first one closed."""
    assert net.apply()[0] == 0
    with open(os.path.join(net.state, "guard", "quarantine.json")) as f:
        before = f.read()
    rc, console = net.ask("apply", "open", "10.91.0.77", PORT)[:2]
    assert rc < 0 and console == 0
    first_order_stands(net, before)


TRY_AGAIN, TAKEN_BACK = -8, -12  # MM_EAGAIN, MM_ETIMEOUT


def test_orders_that_wait_for_the_console_give_back_what_was_before_them(net):
    assert net.apply()[0] == 0
    with open(os.path.join(net.state, "guard", "quarantine.json")) as f:
        before = f.read()
    for port in (OTHER, OTHER + 1):
        assert net.ask("order", "open", CON4, port)[:2] == [0, -1]
        assert net.ask("console", 0, 0) == [TRY_AGAIN] and net.ask("active")[:2] == [1, 1]
    assert net.ask("console", 0, 1) == [TAKEN_BACK]
    first_order_stands(net, before)
    assert net.ask("console", 0, 1) == [0], "nothing waits any more"
    first_order_stands(net, before)


def test_an_order_that_the_disk_does_not_keep_waits_for_its_console_too(net):
    """Closed all the same, and not for ever when the console cannot be reached."""
    guard = os.path.join(net.state, "guard")
    os.rename(guard, guard + ".away")
    try:
        assert net.ask("order", "open", CON4, PORT)[0] not in (0, -3) and set(net.passes("pc", *ABROAD).values()) == SHUT
        assert net.ask("console", 0, 0) == [TRY_AGAIN] and net.ask("console", 0, 1) == [TAKEN_BACK]
        assert net.ask("active")[0] == 0 and set(everything(net).values()) == OPEN
    finally:
        os.rename(guard + ".away", guard)


def test_an_order_that_is_not_put_leaves_the_one_before_it_waiting(net):
    assert net.ask("order", "open", CON4, PORT)[0] == 0
    inside = ("nsenter", "-m", "-t", str(net.probe.pid))
    L.run(*inside, "mount", "--bind", shutil.which("false"), "/usr/sbin/nft")
    try:
        assert net.ask("order", "open", CON4, OTHER)[0] < 0 and net.ask("active")[:2] == [1, 1]
        assert net.ask("console", 0, 1) == [TRY_AGAIN], "it cannot be taken back now"
    finally:
        L.run(*inside, "umount", "/usr/sbin/nft")
    assert net.ask("active")[0] == 1 and net.ask("console", 0, 1) == [TAKEN_BACK]
    assert net.ask("active")[0] == 0 and set(everything(net).values()) == OPEN


def test_an_order_whose_console_answered_stays(net):
    assert net.ask("order", "open", CON4, PORT)[0] == 0
    assert net.ask("console", 0, 0) == [TRY_AGAIN] and net.ask("console", 1, 0) == [0] and net.ask("console", 0, 1) == [0]
    assert net.ask("active")[:2] == [1, 1] and set(net.passes("pc", *ABROAD).values()) == SHUT
    assert net.ask("release") == [0]
    assert net.ask("order", "open", CON4, PORT)[0] == 0 and net.ask("console", 0, 1) == [TAKEN_BACK]
    assert net.ask("active")[0] == 0 and set(everything(net).values()) == OPEN


SEND_MUCH = ("import socket,sys\n"
             "s=socket.create_connection((sys.argv[1],int(sys.argv[2])),5); s.settimeout(5); n=0\n"
             "try:\n"
             "    for i in range(20):\n"
             "        s.sendall(b'x'*4000); k=0\n"
             "        while k<4000: k+=len(s.recv(65536))\n"
             "        n+=k\n"
             "except OSError: pass\n"
             "print(n)")


def test_narrow_link_on_the_way_to_the_console(net):
    """A router answers "too big": the connection must learn it in quarantine, or it stands still with the first data."""
    far = net.ns["far"] = f"mmq-{os.getpid()}-far"
    L.run("ip", "netns", "add", far)
    L.run("ip", "link", "add", "tofar", "netns", net.ns["con"], "type", "veth", "peer", "name", "up0", "netns", far)
    for ns, dev, a4, a6 in (("con", "tofar", "10.93.0.1", "fd93::1"), ("far", "up0", "10.93.0.2", "fd93::2")):
        net.sh(ns, "ip", "addr", "add", a4 + "/24", "dev", dev)
        net.sh(ns, "ip", "addr", "add", a6 + "/64", "dev", dev, "nodad")
        net.sh(ns, "ip", "link", "set", dev, "up")
    try:
        net.sh("con", "ip", "link", "set", "tofar", "mtu", "1300")  # this end only: the far one offers segments for 1500
        for ns, via4, via6 in (("far", "10.93.0.1", "fd93::1"), ("pc", CON4, CON6)):
            net.sh(ns, "ip", "route", "add", "10.91.0.0/24" if ns == "far" else "10.93.0.0/24", "via", via4)
            net.sh(ns, "ip", "-6", "route", "add", "fd91::/64" if ns == "far" else "fd93::/64", "via", via6)
        net.start("far", sys.executable, PACKETS, "serve", str(PORT))
        assert net.ask("apply", "hold", "10.93.0.2", PORT, "fd93::2", PORT)[0] == 0
        for address in ("10.93.0.2", "fd93::2"):
            assert net.sh("pc", sys.executable, "-c", SEND_MUCH, address, str(PORT)).stdout.strip() == "80000"
            assert "mtu 1300" in net.sh("pc", "ip", "route", "get", address).stdout, "the link was not narrow: nothing was proved"
    finally:
        net.sh("pc", "ip", "route", "del", "10.93.0.0/24", check=False)
        net.sh("pc", "ip", "-6", "route", "del", "fd93::/64", check=False)


TOO_BIG = """import socket,struct,sys
family, to, quoted = int(sys.argv[1]), sys.argv[2], sys.argv[3]
def total(d):
    s=sum(struct.unpack('!%dH'%(len(d)//2),d)); s=(s>>16)+(s&0xffff); return ~(s+(s>>16))&0xffff
if family == 4:
    inner = struct.pack('!BBHHHBBH4s4s',0x45,0,1500,1,0x4000,64,6,0,socket.inet_aton(to),socket.inet_aton(quoted))+bytes(8)
    body = struct.pack('!BBHHH',3,4,0,0,1300)+inner
    body = body[:2]+struct.pack('!H',total(body))+body[4:]
    socket.socket(socket.AF_INET,socket.SOCK_RAW,socket.IPPROTO_ICMP).sendto(body,(to,0))
else:
    inner = struct.pack('!IHBB16s16s',6<<28,1460,6,64,socket.inet_pton(10,to),socket.inet_pton(10,quoted))+bytes(8)
    socket.socket(socket.AF_INET6,socket.SOCK_RAW,socket.IPPROTO_ICMPV6).sendto(struct.pack('!BBHI',2,0,0,1300)+inner,(to,0))
"""
# what passes the input filter, one line "type code quoted destination" each
HEAR_ICMP = """import socket,sys
s=socket.socket(int(sys.argv[1]),socket.SOCK_RAW,int(sys.argv[2])); s.settimeout(10); print('ready',flush=True)
while True:
    d=s.recv(2000)
    if int(sys.argv[1])==2:
        d=d[20:]; print(d[0],d[1],socket.inet_ntop(2,d[24:28]) if d[0]==3 else '-',flush=True)
    else:
        print(d[0],d[1],socket.inet_ntop(10,d[32:48]) if d[0]==2 else '-',flush=True)
"""


@pytest.mark.parametrize("family,pc,console,other,want", [(4, PC_OUT4, CON4, OUT4, "3 4 " + CON4), (6, PC_OUT6, CON6, OUT6, "2 0 " + CON6)])
def test_too_big_passes_only_for_the_console(net, family, pc, console, other, want):
    """From a router anywhere, but nothing that quotes another connection, and no other ICMP."""
    number = ("2", "1") if family == 4 else ("10", "58")
    ear = net.start("pc", sys.executable, "-c", HEAR_ICMP, *number)
    try:
        assert net.apply()[0] == 0
        for quoted in (other, console):
            net.sh("out", sys.executable, "-c", TOO_BIG, str(family), pc, quoted)
        heard = next(h for h in map(str.strip, ear.stdout) if h.startswith(want[:3]))  # IPv6: neighbours are heard too
        assert heard == want
    finally:
        ear.kill()
        ear.wait()


def test_multicast_listeners_are_known_to_switches(net):
    """MLD: the host's reports go out and a querier's question comes in, or snooping switches cut neighbour discovery off."""
    hear = ("import socket,struct\n"
            "s=socket.socket(10,socket.SOCK_RAW,58); s.settimeout(10); i=socket.if_nametoindex('up0')\n"
            "s.setsockopt(41,socket.IPV6_JOIN_GROUP,socket.inet_pton(10,'ff02::16')+struct.pack('@I',i))\n"
            "print('ready',flush=True)\n"
            "while True:\n"
            "    d=s.recv(2000)\n"
            "    if d[0]==143 and socket.inet_pton(10,'ff15::77') in d: print('report',flush=True)")
    join = ("import socket,struct,time\n"
            "s=socket.socket(10,socket.SOCK_DGRAM); i=socket.if_nametoindex('tocon')\n"
            "s.setsockopt(41,socket.IPV6_JOIN_GROUP,socket.inet_pton(10,'ff15::77')+struct.pack('@I',i)); time.sleep(3)")
    assert net.apply()[0] == 0
    ear = net.start("con", sys.executable, "-c", hear)
    try:
        net.sh("pc", sys.executable, "-c", join)
        assert ear.stdout.readline().strip() == "report"
    finally:
        ear.kill()
        ear.wait()


def test_address_keeps_alive(net):
    """DHCP passes (or the host loses the console when its lease ends), other use of a low port does not."""
    server = ("import socket\n"
              "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('',67)); print('ready',flush=True)\n"
              "while True:\n    d,a=s.recvfrom(99); s.sendto(d,a)")
    client = ("import socket,sys\n"
              "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(1); s.bind(('',int(sys.argv[2])))\n"
              "try:\n    s.sendto(b'x',(sys.argv[1],67)); print(s.recv(9)==b'x')\n"
              "except OSError:\n    print(False)")
    p = net.start("con", sys.executable, "-c", server)
    try:
        assert net.apply()[0] == 0
        got = [net.sh("pc", sys.executable, "-c", client, CON4, port).stdout.strip() for port in ("68", "1068")]
        assert got == ["True", "False"]
    finally:
        p.kill()
        p.wait()
