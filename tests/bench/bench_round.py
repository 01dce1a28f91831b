"""A round (patch level of the doors, posture): how long, how much CPU and memory, and whether core still answers meanwhile.

On this machine as it is, and on a host of 3,000 packages with full lists of the archive: the agent's own mount namespace
has a prepared /var/lib/dpkg, /var/lib/apt/lists and /usr/local/sbin.  Three recorded gateways are asked over the lab's network.

How it is counted.  CPU: clock_getcpuclockid(3) of the resident processes (nanoseconds, all threads, ended ones too), and of
the helpers, which the guard starts for one round and waits for, cutime + cstime of the guard (proc(5); in hundredths of a
second: 20 ms too little at the most), read once before the order and once when the last helper is waited for and the
register has gone to the console.  What the residents do anyhow in that time is in it.  The end of a round is seen in the
agent's log, so that asking costs nothing.  Answers and memory are looked at in rounds of their own: looking costs time, too."""
import json
import os
import re
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time

import lab as L
from scene import Scene

PACKAGES = 3000
FIXTURES = ("fortios/login-7.2.3.txt", "netscaler/rdx-14.1-43.50.txt", "panos/prelogin.txt")
GATEWAYS = [(L.OUTSIDE4, 4443 + i) for i in range(len(FIXTURES))]
TICK = os.sysconf("SC_CLK_TCK")
DAY = 86400
DONE = re.compile(r"round: done in (\d+) ms")
SURVEY = re.compile(r"survey: (\d+) items in (\d+) ms of CPU, (\d+) lost, (\d+) malformed")
UNOWNED = "OpenVPN 2.4.7"  # of the prepared host; because no package owns it, the survey reads every list of files
MOUNTED = ("/var/lib/dpkg", "/var/lib/apt/lists", "/usr/local/sbin")


# ---- the processes -----------------------------------------------------------------------------------
def stat_fields(pid):
    """/proc/PID/stat from field 3 on; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rsplit(b")", 1)[1].split()
    except (OSError, IndexError):
        return None


def children(pid):
    """Of all its threads, those that ended and are not waited for as well."""
    out = []
    for d in os.listdir("/proc"):
        fields = stat_fields(d) if d.isdigit() else None
        if fields and int(fields[1]) == pid:
            out.append(int(d))
    return out


class Counted:
    """The resident processes; used(): seconds of CPU of them and of the guard's helpers."""

    def __init__(self, agent):
        self.pids = {**agent.roles(), "main": agent.process.pid}  # roles() takes a helper for main
        if set(self.pids) != {"main", "guard", "scan", "core"}:
            raise L.LabError(f"not the processes that are known: {self.pids}")
        self.guard = self.pids["guard"]
        self.resident = {self.pids["scan"], self.pids["core"]}

    def helpers(self):
        return set(children(self.guard)) - self.resident

    def used(self):
        live = sum(time.clock_gettime_ns(((~pid) << 3) | 2) for pid in self.pids.values()) / 1e9
        fields = stat_fields(self.guard)
        return live, (int(fields[13]) + int(fields[14])) / TICK


def proportional_kb(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
        except (OSError, StopIteration):
            pass  # it ended just now
    return total


def idle_memory(counted):
    """Of the resident processes, in KiB; the budget is one of resident memory, as bench_host.idle counts it."""
    out = {}
    for role, pid in counted.pids.items():
        with open(f"/proc/{pid}/status") as f:
            out[role] = {"rss": next(int(line.split()[1]) for line in f if line.startswith("VmRSS:")), "pss": proportional_kb([pid])}
    return {"rss_kb": sum(x["rss"] for x in out.values()), "pss_kb": sum(x["pss"] for x in out.values()), "each": out}


# ---- a round -------------------------------------------------------------------------------------------
class Rounds:
    def __init__(self, agent):
        self.agent = agent
        self.log = os.path.join(agent.lab.dir, "agent.log")

    def said(self, offset=0):
        with open(self.log, "rb") as f:
            f.seek(offset)
            return f.read().decode(errors="replace")

    def begin(self):
        """(time of the order, place in the log); a round that is under way, or began just now, is waited for."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            at, offset = time.monotonic(), os.path.getsize(self.log)
            if self.agent.cli("check")[0] == 0:
                return at, offset
            time.sleep(0.3)
        raise L.LabError("no round begins")

    def end(self, at, offset, meanwhile=lambda: time.sleep(0.005)):
        while not (found := DONE.search(text := self.said(offset))):
            if time.monotonic() - at > 150:
                raise L.LabError(f"the round does not end: {text[-400:]}")
            meanwhile()
        wall = time.monotonic() - at
        survey = SURVEY.search(text)
        if not survey or int(survey[1]) == 0 or int(survey[4]):
            raise L.LabError(f"the survey did not do its work: {text[-600:]}")
        return {"wall_s": wall, "core_ms": int(found[1]), "items": int(survey[1]), "survey_cpu_ms": int(survey[2]), "lost": int(survey[3])}

    def settle(self, counted):
        L.wait_for(lambda: not counted.helpers(), 30, "the helpers' end", step=0.1)
        time.sleep(0.5)


def alone(measure, rounds, counted):
    """Again when the agent's own daily round, a minute after its start, fell into it."""
    for _ in range(3):
        rounds.settle(counted)
        offset = os.path.getsize(rounds.log)
        got = measure(rounds, counted)
        rounds.settle(counted)
        if len(DONE.findall(rounds.said(offset))) == 1:
            return got
    raise L.LabError("rounds that nobody ordered")


def cost(rounds, counted):
    live, ended = counted.used()
    got = rounds.end(*rounds.begin())
    rounds.settle(counted)
    live_after, ended_after = counted.used()
    got.update(resident_cpu_s=live_after - live, helper_cpu_s=ended_after - ended)
    got["cpu_s"] = got["resident_cpu_s"] + got["helper_cpu_s"]
    if got["helper_cpu_s"] <= 0:
        raise L.LabError("the helpers' time is not counted")
    return got


class Asker(threading.Thread):
    """`status` every 10 ms on one connection: how long each answer took, in ms."""

    def __init__(self, agent):
        super().__init__()
        self.path, self.stop, self.took, self.broken = os.path.join(agent.run_dir, "control.sock"), threading.Event(), [], None

    def run(self):
        try:
            body = json.dumps({"v": 1, "verb": "status", "args": {}}).encode()
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(30)
                s.connect(self.path)
                while not self.stop.is_set():
                    at = time.monotonic()
                    s.sendall(struct.pack(">I", len(body)) + body)
                    answer = self.read(s, struct.unpack(">I", self.read(s, 4))[0])
                    self.took.append((time.monotonic() - at) * 1000)
                    if b'"sensors"' not in answer:
                        raise L.LabError(f"no status: {answer[:200]}")
                    time.sleep(max(0, 0.01 - (time.monotonic() - at)))
        except Exception as e:
            self.broken = e

    @staticmethod
    def read(s, n):
        data = b""
        while len(data) < n:
            part = s.recv(n - len(data))
            if not part:
                raise L.LabError("core closed the connection")
            data += part
        return data

    def result(self):
        self.stop.set()
        self.join()
        if self.broken:
            raise self.broken
        took = sorted(self.took)
        return {"asked": len(took), "median_ms": statistics.median(took), "p99_ms": took[len(took) * 99 // 100], "worst_ms": took[-1]}


def answers(rounds, counted):
    """Core's answers during a round, and for as long without one: what the machine itself does to them."""
    at, offset = rounds.begin()
    asker = Asker(rounds.agent)
    asker.start()
    try:
        took = rounds.end(at, offset)["wall_s"]
        time.sleep(0.3)  # the register is written and told
    finally:
        during = asker.result()
    rounds.settle(counted)
    asker = Asker(rounds.agent)
    asker.start()
    time.sleep(max(took, 1.0))
    return {"during": during, "without": asker.result()}


def memory(rounds, counted):
    """Most at one moment, without pause between the looks; then idle."""
    most = {"kb": 0, "looks": 0}

    def look():
        now = proportional_kb(set(counted.pids.values()) | counted.helpers())
        most["looks"] += 1
        most["kb"] = max(most["kb"], now)
    rounds.end(*rounds.begin(), meanwhile=look)
    rounds.settle(counted)
    time.sleep(1)
    return {"peak_kb": most["kb"], "looks": most["looks"], "after": idle_memory(counted)}


# ---- the two hosts ----------------------------------------------------------------------------------------
def gateways(lab):
    for fixture, (address, port) in zip(FIXTURES, GATEWAYS, strict=True):
        p = lab.spawn("out", "/usr/bin/python3", os.path.join(L.TREE, "tests", "lab", "gateway.py"), os.path.join(L.TREE, "tests", "lab", "gateways", fixture),
                      "--address", address, "--https", port, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = p.stdout.readline().decode()
        if not said.startswith("https"):
            raise L.LabError(f"{fixture}: {said}")


def large_host(lab):
    """Pid of a mount namespace of a host with many packages; made as tests/integration/test_packages.py makes its."""
    sys.path.insert(0, os.path.join(L.TREE, "tests", "integration"))
    import test_packages as packages
    try:
        root = packages.large_root(os.path.join(lab.dir, "root"), PACKAGES)
    except BaseException as e:  # a skip of pytest's is no Exception
        raise L.LabError(f"no host of {PACKAGES} packages: {e}") from e
    with open(f"{root}/var/lib/dpkg/status") as f:
        if f.read().count("\nStatus: install ok installed\n") != PACKAGES:
            raise L.LabError("the archive's lists have too few packages")
    L.run("sync", "-f", root)
    for folder, _, files in os.walk(root):  # and none of it in the page cache: the first round reads the disk
        for name in files:
            fd = os.open(os.path.join(folder, name), os.O_RDONLY)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)
    return lab.hold_mounts("pc", "\n".join(f"mount --bind {root}{d} {d}" for d in MOUNTED)).pid


def asked_all(agent):
    """What a round found: that it did what is timed here."""
    register = json.loads(agent.cli("--json", "vpn")[1])
    doors = {d["id"]: d for d in register["doors"]}
    products = [doors[f"gateway:{a}:{p}"]["product"] for a, p in GATEWAYS]
    if products != [f.split("/")[0] for f in FIXTURES]:
        raise L.LabError(f"the gateways were not all identified: {products}")
    posture = json.loads(agent.cli("--json", "posture")[1])
    updates = [c for a in posture["articles"] for c in a["checks"] if c["check"] == "updates.security"]
    programs = [f"{d['name']} {d['version']}" for d in register["doors"] if d["kind"] == "program"]
    return {"doors": len(doors), "programs": programs, "updates": updates, "software": len(register["software"])}


def host(scene, runs, mounts=None):
    if mounts:
        scene.agent.stop()
        scene.agent.start(mounts=mounts)
    counted, rounds = Counted(scene.agent), Rounds(scene.agent)
    got = {"load": [os.getloadavg()], "memory_before": idle_memory(counted), "first": alone(cost, rounds, counted)}
    found = got["found"] = asked_all(scene.agent)
    if mounts and UNOWNED not in found["programs"]:
        raise L.LabError(f"the survey did not see the prepared host: {found['programs']}")
    for what, measure, times in (("cost", cost, runs), ("answers", answers, max(1, runs)), ("memory", memory, max(1, runs // 2))):
        got[what] = [alone(measure, rounds, counted) for _ in range(times)]
    got["cost"] = got["cost"] or [got["first"]]
    got["load"].append(os.getloadavg())
    if {**scene.agent.roles(), "main": scene.agent.process.pid} != counted.pids:
        raise L.LabError("a process of the agent ended meanwhile")
    return got


def rows_of(name, d):
    def mid(key):
        return statistics.median(x[key] for x in d["cost"])
    wall, cpu = mid("wall_s"), mid("cpu_s")
    most_wall, most_cpu = (max(x[k] for x in d["cost"]) for k in ("wall_s", "cpu_s"))
    day = cpu / DAY * 100
    worst, without = (max(x[k]["worst_ms"] for x in d["answers"]) for k in ("during", "without"))
    p99 = max(x["during"]["p99_ms"] for x in d["answers"])
    peak = max(x["peak_kb"] for x in d["memory"]) / 1024
    idle, rss = (statistics.median(x["after"][k] for x in d["memory"]) / 1024 for k in ("pss_kb", "rss_kb"))
    first = d["first"]
    return [
        (f"a round, {name}: `mimamori check` to its end (n={len(d['cost'])})", f"{wall:.2f} s, most {most_wall:.2f}", "<= 10 s", wall <= 10, "", None),
        ("the same: the first one" + (", its files not in memory" if name.startswith(str(PACKAGES)) else ""), f"{first['wall_s']:.2f} s, CPU {first['cpu_s']:.2f} s", "<= 10 s", first["wall_s"] <= 10, "", None),
        ("the same: CPU of all processes, helpers with them, median", f"{cpu:.2f} s, most {most_cpu:.2f}", "<= 2 s", cpu <= 2, "", None),
        ("the same, of it the helpers, the residents", f"{mid('helper_cpu_s'):.2f} s, {mid('resident_cpu_s'):.2f} s", "", None, "", None),
        ("the same: CPU averaged over the day, one round", f"{day:.4f} % of one core", "<= 1 %", day <= 1, "", None),
        ("the same: longest wait for `status`, asked every 10 ms", f"{worst:.1f} ms, p99 {p99:.1f} (no round: {without:.1f})", "", None, "", None),
        ("the same: proportional memory of all processes, most", f"{peak:.1f} MB", "", None, "", None),
        ("the same: resident memory after it, sum of all processes", f"{rss:.1f} MB (PSS {idle:.1f}; before {d['memory_before']['rss_kb'] / 1024:.1f})", "<= 40 MB", rss <= 40, "", None)]


def doors(o):
    runs = 0 if o.quick else max(3, o.runs // 2)  # beside the first
    addresses = ",".join(f"{a}:{p}" for a, p in GATEWAYS)
    with Scene(fs="ext4", count=500, seed=54, console=True, size_mb=512, vpn__gateways=addresses) as scene:
        L.wait_for(lambda: scene.agent.status()["console"]["connected"], 20, "the console")
        gateways(scene.lab)
        data = {"load_before": os.getloadavg(), "here": host(scene, runs)}
        data["large"] = host(scene, runs, large_host(scene.lab))
    here = subprocess.run(["dpkg-query", "-W", "-f", "x"], stdout=subprocess.PIPE, check=False).stdout.count(b"x")
    return data, rows_of(f"this machine ({here} packages), 3 gateways", data["here"]) + rows_of(f"{PACKAGES} packages and full lists, 3 gateways", data["large"])
