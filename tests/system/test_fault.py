"""Faults: killed and stopped roles, full disks, a console that is away, hostile things in the folder."""
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

import attacks
import lab as L
from scene import CREATE, FILE_REMEDIATION, FINDING, RESTORE, Scene, kind, mono
from stall import Stall

ROLES = ("guard", "scan", "core")


@pytest.fixture
def scene():
    with Scene(fs="ext4", count=150, seed=12, mode="freeze", size_mb=768) as s:
        yield s


def open_time(path):
    """Seconds that an open for writing takes, less what the machine stood still; bounded by the caller."""
    box = []

    def go():
        t = time.monotonic()
        os.close(os.open(path, os.O_RDWR))
        box.append(time.monotonic() - t)
    t = threading.Thread(target=go, daemon=True)
    with Stall() as stall:
        t.start()
        t.join(10)
    return box[0] - 2 * stall.ms / 1000 if box else None


def protected_file(scene):
    return os.path.join(scene.lab.folder, sorted(scene.manifest)[0])


@pytest.mark.parametrize("role", ROLES)
def test_killed_role_comes_back(scene, role):
    pid = scene.agent.roles()[role]
    os.kill(pid, signal.SIGKILL)
    took = open_time(protected_file(scene))
    assert took is not None and took < 2
    L.wait_for(lambda: scene.agent.roles().get(role) not in (None, pid), 10, f"a new {role}")
    scene.agent.wait_ready()
    got = scene.attack("newunlink", timeout=20)
    assert got["how"] == "frozen" and got["lost"] == 0, got


@pytest.mark.parametrize("role", [r for r in ROLES if r != "scan"])
def test_a_killed_role_is_remembered(scene, role):
    """Guarded again within a second, but not as if nothing had been: the employee reads it, also after a restart."""
    assert "tampered" not in scene.agent.status()["reasons"]
    os.kill(scene.agent.roles()[role], signal.SIGKILL)
    told = L.wait_for(lambda: (s := scene.agent.status()) and "tampered" in s["reasons"] and s, 10, "the reason")
    assert told["overall"] == "attention" and told["guard"]["tampered"].startswith(time.strftime("%Y-", time.gmtime()))
    scene.agent.wait_ready()
    scene.agent.stop()
    scene.agent.start()
    for lang, words in (("ja", "見守りのプログラムが止められた形跡があります"), ("en", "The agent was stopped or ended by somebody")):
        code, out = scene.agent.cli("--lang", lang, "status")
        assert code == 1 and "".join(words.split()) in "".join(out.split()), out


@pytest.mark.parametrize("role", ROLES)
def test_stopped_role_blinds_nobody(scene, role):
    """SIGSTOP: openers are released within 2 s, an alarm is raised, the guard is whole again."""
    pid = scene.agent.roles()[role]
    before = scene.agent.status()["journal"]["last"]
    os.kill(pid, signal.SIGSTOP)
    try:
        took = open_time(protected_file(scene))
        assert took is not None and took < 2.5
        L.wait_for(lambda: scene.agent.status() is not None and scene.agent.roles().get(role) not in (None, pid), 20, f"a new {role}")
    finally:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass
    scene.agent.wait_ready()
    L.wait_for(lambda: [e for e in scene.agent.events(before) if e["class_uid"] == 6002], 10, "the alarm")
    got = scene.attack("inplace", timeout=20)
    assert got["how"] == "frozen" and got["lost"] == 0, got


def guards_again(e):
    """The guard's own event once all folders are guarded again; the alarm of its end is core's, and of severity 5."""
    return e["class_uid"] == 6002 and e["unmapped"].get("subject") == "guard" and e["severity_id"] == 4


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("when", ("begun", "touched", "frozen"))
def test_killed_in_the_middle_of_an_attack(scene, role, when):
    """kill -9 of a role.  Nobody can keep what is written while there is no guard at all; everything before and after comes back."""
    pid = scene.agent.roles()[role]
    a = attacks.Attack(scene.lab, "inplace", rate=60)
    try:
        if when == "frozen":
            assert a.wait(10) == "frozen"
        else:
            least = 0 if when == "begun" else 1
            L.wait_for(lambda: a.progress.ready() and sum(a.progress.touched()) >= least, 10, "the first files", 0.001)
        killed = L.boot_ns()
        os.kill(pid, signal.SIGKILL)
        how = a.wait(20)
        again = role == "guard" and scene.agent.wait_event(lambda e: guards_again(e) and mono(e) > killed, 20, "the event of the new start")
        now = scene.verify(8)
    finally:
        count = a.settle()
    print(role, when, how, count)
    assert how == "frozen", count
    gap_end = mono(again) + 1_000_000_000 if again else killed
    names = a.progress.paths(*range(5))
    gap = {os.path.relpath(names[i], scene.lab.folder) for i, e in enumerate(a.progress.entries()) if e[0] and killed <= e[0] <= gap_end}
    assert set(now["lost"]) <= gap, (count, now["lost"][:5])


def test_second_agent_is_refused(scene):
    program, = L.need("bin/mimamorid")
    status, out = scene.lab.call("pc", program, "--config", scene.agent.config, timeout=20)
    assert status != 0 and out.strip()
    assert scene.agent.cli("status")[0] in (0, 1)


def test_hostile_things_in_the_folder(scene):
    """FIFO, socket, device, link, a name that is no UTF-8, a path near its limit: nothing hangs, the guard guards on."""
    odd = os.path.join(scene.lab.folder, "odd")
    os.makedirs(odd)
    os.chown(odd, scene.lab.uid, scene.lab.gid)
    os.mkfifo(os.path.join(odd, "fifo"))
    s = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(odd)
    s.bind("socket")
    os.chdir(here)
    os.mknod(os.path.join(odd, "null"), 0o20666, os.makedev(1, 3))
    os.symlink("/dev/zero", os.path.join(odd, "endless"))
    with open(os.path.join(os.fsencode(odd), b"\xff\xfe\x80.txt"), "w") as f:
        f.write("x" * 1000)
    fd = os.open(odd, os.O_RDONLY)
    deep = 0
    try:
        for _ in range(14):
            os.mkdir("d" * 250, dir_fd=fd)
            new = os.open("d" * 250, os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd, deep = new, deep + 251
    finally:
        os.close(fd)
    assert deep > 3000
    scene.agent.stop()
    start = time.monotonic()
    scene.agent.start()
    assert time.monotonic() - start < 20
    got = scene.attack("newrename", timeout=20)
    assert got["how"] == "frozen" and got["lost"] == 0
    s.close()


def halted(pid):
    """One thread of a process stands still, the others go on (PTRACE_SEIZE, PTRACE_INTERRUPT, ptrace(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    assert libc.ptrace(0x4206, pid, None, None) == 0 and libc.ptrace(0x4207, pid, None, None) == 0, os.strerror(ctypes.get_errno())


def test_a_loop_that_is_late_is_not_ended(scene):
    """A computer that swaps: nobody waits for the loop, for who opens a file is answered by others.  Five seconds, then it is."""
    guard = scene.agent.roles()["guard"]
    keeper = """import ctypes, sys, time; sys.path[:0] = [%r, %r]
from test_fault import halted
halted(int(sys.argv[1])); print("halted", flush=True); time.sleep(float(sys.argv[2]))
""" % (os.path.dirname(__file__), os.path.join(L.TREE, "tests", "lab"))

    def halt(seconds):
        p = subprocess.Popen(["/usr/bin/python3", "-c", keeper, str(guard), str(seconds)], stdout=subprocess.PIPE)
        assert p.stdout.readline() == b"halted\n"
        return p
    p = halt(3)
    time.sleep(1)
    took = hurry(scene, *[("r+b", f) for f in sorted(os.path.join(scene.lab.folder, f) for f in scene.manifest)[:3]])
    p.wait()
    told = L.wait_for(scene.agent.status, 3, "the loop to turn again")
    assert max(took) < 1 and scene.agent.roles()["guard"] == guard, took
    assert "tampered" not in told["reasons"]
    halt(7).wait()  # whose end is told to who halted it first
    L.wait_for(lambda: scene.agent.roles().get("guard") not in (None, guard), 3, "a new guard")


MANY = """import sys, time
kept = [open(p, "r+b") for p in sys.argv[1:3]]
print("ready", flush=True)
sys.stdin.readline()
for p in sys.argv[3:]:
    since = time.monotonic()
    kept.append(open(p, "r+b"))
    print(time.monotonic() - since, flush=True)
"""


def test_a_disk_that_stands_still_holds_nobody_who_waits_for_a_verdict(scene):
    """Two files that it has open are not judged yet: for the third it waits, and who would let it go waits for the disk."""
    paths = sorted((os.path.join(scene.lab.folder, f) for f in scene.manifest), key=os.path.getsize)[:6]
    p = scene.script("many", MANY, *paths, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert p.stdout.readline() == b"ready\n"
    with frozen(scene.lab.mnt):
        p.stdin.write(b"\n")
        p.stdin.close()
        with Stall() as stall:
            took = [float(p.stdout.readline()) for _ in paths[2:]]
    print(took, stall.ms)
    assert max(took) < 4 + 2 * stall.ms / 1000  # 1.7 s on an idle machine


@contextlib.contextmanager
def frozen(mnt):
    """A file system that does not write, as while a snapshot of it is taken; for 20 seconds at the most."""
    L.run("fsfreeze", "--freeze", mnt)
    sure = subprocess.Popen(["sh", "-c", f"sleep 20; exec fsfreeze --unfreeze {mnt}"], start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        L.run("fsfreeze", "--unfreeze", mnt, check=False)
        os.killpg(sure.pid, signal.SIGKILL)
        sure.wait()


@pytest.fixture
def stands_still(scene):
    with frozen(scene.lab.mnt):
        yield


OPENS = """import sys, time
since = time.monotonic()
with open(sys.argv[2], sys.argv[1]):
    print(time.monotonic() - since)
"""


def hurry(scene, *jobs):
    """How long each of them takes to open its file, less what the machine stood still: [(mode, path)], all at once but for the last, a moment later."""
    work = []
    with Stall() as stall:
        for i, (mode, path) in enumerate(jobs):
            if i == len(jobs) - 1:
                time.sleep(0.5)
            work.append(scene.script(f"opens{i}", OPENS, mode, path, stdout=subprocess.PIPE))
        took = [float(w.communicate(timeout=15)[0]) for w in work]
    print(took, stall.ms)
    return [t - 2 * stall.ms / 1000 for t in took]


@pytest.mark.parametrize("largest", [True, False], ids=["nothing is kept of them", "all are kept"])
def test_a_disk_that_stands_still_holds_nobody(scene, stands_still, largest):
    """No copy is made, no touch is written down: every worker waits for the disk.  Who opens a file is let go all the same,
    and it is told; the guard is not taken for dead, which would hold them for as long as the disk stands."""
    guard = scene.agent.roles()["guard"]
    paths = sorted((os.path.join(scene.lab.folder, f) for f in scene.manifest), key=os.path.getsize, reverse=largest)
    took = hurry(scene, *[("r+b", p) for p in paths[:8]], ("rb", paths[-1]), ("rb", paths[-2]))
    assert max(took) < 4, took  # 1.7 s on an idle machine
    L.wait_for(lambda: (now := scene.agent.status()) and any(s["name"] == "files" and s["state"] == "degraded" and "unseen" in s["reason"] for s in now["sensors"]), 3,
               "status to say so")
    assert "確かめられていません" in scene.agent.cli("--lang", "ja", "status")[1].replace("\n", "").replace(" ", "")
    time.sleep(1)
    L.run("fsfreeze", "--unfreeze", scene.lab.mnt)
    L.wait_for(lambda: scene.agent.status()["counters"]["lost_opens"] > 0, 10, "the opens that were not seen to be told")
    assert scene.agent.roles()["guard"] == guard
    got = scene.attack("inplace", timeout=20)
    assert got["how"] == "frozen" and got["lost"] == 0, got


LEASES = """import fcntl, os, signal, sys, time
def asked(*_):
    if sys.argv[1] == "gives":
        time.sleep(0.5)
        for fd in held:
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
held = []
signal.signal(signal.SIGIO, asked)
for path in sys.argv[2:]:
    held.append(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    os.write(held[-1], b"x" * 5000)
    for wait in range(200):  # not while the guard has a look at the new file
        try:
            fcntl.fcntl(held[-1], fcntl.F_SETLEASE, fcntl.F_WRLCK)
            break
        except BlockingIOError:
            time.sleep(0.02)
    else:
        sys.exit("no lease")
print("ready", flush=True)
end = time.monotonic() + 60
while time.monotonic() < end:
    time.sleep(1)
"""


def leases(scene, how, n):
    """`n` files that a program has a write lease on: whoever opens one makes the kernel ask for it, and waits 45 seconds at the most."""
    paths = [os.path.join(scene.lab.folder, f"leased{i}") for i in range(n)]
    owner = scene.script("leases", LEASES, how, *paths, stdout=subprocess.PIPE)
    assert owner.stdout.readline() == b"ready\n"
    return paths


def test_a_file_that_somebody_does_not_give_away_holds_nobody_else(scene):
    """Also a worker opens a file when it reads of it, and waits for its lease."""
    asks = [scene.script(f"asks{i}", OPENS, "rb", p) for i, p in enumerate(leases(scene, "keeps", 12))]
    time.sleep(0.3)
    took = hurry(scene, ("rb", protected_file(scene)), ("r+b", protected_file(scene)))
    assert max(took) < 2.5, took
    L.wait_for(lambda: scene.agent.status()["counters"]["lost_opens"] > 0, 10, "it to be told")
    for a in asks:  # the last ones wait for the lease, as without us: nobody else waits for them
        scene.lab.end(a)


def test_a_file_that_somebody_gives_away_is_waited_for(scene):
    path, = leases(scene, "gives", 1)
    with Stall() as stall:
        took = hurry(scene, ("rb", path))
    assert took[0] < 3 and took[0] + 2 * stall.ms / 1000 > 0.4
    assert stall.ms > 300 or scene.agent.status()["counters"]["lost_opens"] == 0, "a worker that waits for 1.7 s is given up"


def test_an_end_while_a_worker_waits_for_a_lease(scene):
    """In that wait it keeps the group, and with it everybody."""
    asks = [scene.script(f"asks{i}", OPENS, "rb", p) for i, p in enumerate(leases(scene, "keeps", 8))]
    time.sleep(0.3)
    with Stall() as stall:
        began = time.monotonic()
        scene.agent.stop()
        took = time.monotonic() - began
    assert took < 5 + 2 * stall.ms / 1000
    assert hurry(scene, ("r+b", protected_file(scene)))[0] < 1
    for a in asks:
        scene.lab.end(a)


def test_console_away_during_the_attack():
    """Everything arrives once when the console is back."""
    with Scene(fs="ext4", count=100, seed=13, mode="freeze", console=True, size_mb=512) as s:
        L.wait_for(lambda: s.agent.status()["console"]["connected"], 15, "the first contact")
        s.console.stop()
        got = s.attack("inplace", timeout=20)
        assert got["how"] == "frozen" and got["lost"] == 0
        s.console.start()
        last = s.agent.status()["journal"]["last"]
        L.wait_for(lambda: s.agent.status()["journal"]["sent"] >= last, 90, "the events to be sent")
        here = {e["metadata"]["sequence"] for e in s.agent.events()}
        there = [e.get("event", e)["metadata"]["sequence"] for e in s.console.events()]
        assert len(there) == len(set(there)), "an event arrived twice"
        assert here <= set(there)
        assert len(s.console.incidents()) == 1


def test_a_killed_guard_is_an_incident_at_the_desk():
    """One, though its end and its new start are two events; and none for a guard that merely starts."""
    with Scene(fs="ext4", count=20, seed=16, mode="freeze", console=True, size_mb=256) as s:
        L.wait_for(lambda: s.agent.status()["console"]["connected"], 15, "the first contact")
        assert s.console.incidents() == []
        os.kill(s.agent.roles()["guard"], signal.SIGKILL)
        found = L.wait_for(lambda: [i for i in s.console.incidents() if i["kind"] == "tamper"], 20, "the incident")
        s.agent.wait_ready()
        last = s.agent.status()["journal"]["last"]
        L.wait_for(lambda: s.agent.status()["journal"]["sent"] >= last, 20, "the events to be sent")
        now = s.console.incidents()
        assert len(now) == 1 and now[0]["uid"] == found[0]["uid"] and now[0]["severity"] == 5, now


def test_full_state_disk():
    """The journal's file system is full: the guard still freezes and restores, and says what is wrong."""
    with Scene(fs="ext4", count=100, seed=14, mode="freeze", size_mb=512) as s:
        s.agent.stop()
        disk = os.path.join(s.lab.dir, "small.img")
        with open(disk, "wb") as f:
            f.truncate(8 << 20)
        L.run("mkfs.ext4", "-q", "-F", disk)
        L.run("mount", "-o", "loop", disk, s.agent.state)
        try:
            s.agent.start()
            with open(os.path.join(s.agent.state, "filler"), "wb") as f:
                try:
                    while True:
                        f.write(b"\0" * 65536)
                        f.flush()
                except OSError:
                    pass
            got = s.attack("inplace", timeout=20)
            assert got["how"] == "frozen" and got["lost"] == 0
            state = s.agent.status()
            assert state is not None and state["overall"] != "guarded"
        finally:
            s.agent.stop()
            L.run("umount", s.agent.state, check=False)


def test_broken_configuration_is_refused(scene):
    with open(scene.agent.config, "a") as f:
        f.write("\n[watch]\nnonsense = 1\n")
    program, = L.need("bin/mimamorid")
    status, out = scene.lab.call("pc", program, "--config", scene.agent.config, timeout=10)
    line = sum(1 for _ in open(scene.agent.config))
    assert status == 78 and f"agent.ini:{line}" in out


def test_broken_rules_leave_the_last_good_ones(scene):
    """A pack that does not compile: the running one judges on, the event says where it is wrong."""
    import shutil
    pack = os.path.join(scene.lab.dir, "rules")
    shutil.copytree(os.path.join(L.TREE, "rules"), pack)
    scene.agent.stop()
    scene.agent.configure(mode="freeze", console=False, paths__rules=pack)
    scene.agent.start()
    good = scene.agent.status()["rules"]
    broken = next(os.path.join(d, f) for d, _, fs in os.walk(os.path.join(pack, "burst")) for f in fs if f.endswith(".yar"))
    with open(broken, "a") as f:
        f.write("\nrule broken { condition: no_such_fact > 1 }\n")
    code, out = scene.agent.cli("reload")
    assert code != 0, out
    assert scene.agent.status()["rules"] == good
    got = scene.attack("inplace", timeout=20)
    assert got["how"] == "frozen" and got["lost"] == 0
    assert scene.agent.wait_event(lambda e: kind(e, FINDING, CREATE), 5, "the finding")


def test_frozen_over_a_restart(scene):
    """The next agent says that a program is stopped, keeps it stopped, and can let it go on."""
    a = attacks.Attack(scene.lab, "inplace", rate=60)
    try:
        assert a.wait(20) == "frozen"
        scene.agent.wait_event(lambda e: kind(e, FILE_REMEDIATION, RESTORE), 10, "the restore")
        scene.agent.stop()
        scene.agent.start()
        state = scene.agent.status()
        assert state["overall"] == "attention" and {"incident", "frozen"} <= set(state["reasons"]) and state["frozen_trees"] == 1, state
        code, out = scene.agent.cli("--lang", "en", "status")
        assert code == 1 and "A suspicious program has been stopped" in out, out
        a.progress.ready()
        for pid, _ in scene.lab.members(a.process):
            os.kill(pid, signal.SIGCONT)  # somebody else's doing
        time.sleep(0.2)
        L.wait_for(a.is_frozen, 12, "the upkeep to stop it again")
        a.progress.stop()  # it ends when it is let go
        assert scene.agent.cli("allow", state["incident"]["id"], "--reason", "test")[0] == 0
        L.wait_for(lambda: a.process.poll() is not None or not a.is_frozen(), 5, "the program to go on", 0.001)
    finally:
        a.settle()


def test_frozen_and_ended_over_a_restart(scene):
    """Nothing is stopped any more when the program has ended meanwhile; the incident stays open."""
    got = scene.attack("inplace", timeout=20)
    assert got["how"] == "frozen"
    scene.agent.stop()
    scene.agent.start()
    state = scene.agent.status()
    assert "incident" in state["reasons"] and "frozen" not in state["reasons"] and state["incident"]["frozen"] is False


def test_a_broken_own_rule_costs_itself_only(scene):
    """A wrong file in local/ is left out alone; status and an event name it, the other own rules judge."""
    local = os.path.join(scene.lab.dir, "local", "process")
    os.makedirs(local)
    rule = ('rule our_%s { meta: title_ja="題" title_en="Ours" severity="low" response="alert" attack="T1" reference="https://example.jp/"\n'
            'condition: process_name == "%s" and process_cmdline contains "%s" }\n')
    with open(os.path.join(local, "good.yar"), "w") as f:
        f.write(rule % ("true", "true", "find-me"))
    with open(os.path.join(local, "bad.yar"), "w") as f:
        f.write("\n" + rule.replace("process_name", "proces_name") % ("bad", "bad", "bad"))
    before = scene.agent.status()["rules"]["process"]
    after = scene.agent.status()["journal"]["last"]
    code, out = scene.agent.cli("--lang", "en", "reload")
    flat = " ".join(out.split())
    assert code == 1 and "NOT used: local/process/bad.yar:3: " in flat, out
    assert scene.agent.cli("reload", json_out=True)[0] == 1
    event = scene.agent.wait_event(lambda e: e["class_uid"] == 5019 and "bad.yar:3" in str(e), 5, "the event", after)
    assert event["severity_id"] >= 3
    state = L.wait_for(lambda: (s := scene.agent.status())["reasons"] == ["sensor:rules"] and s, 5, "the state")
    assert state["rules"]["process"] == before + 1
    for lang, words in (("ja", "このパソコン用に足したルールの一部に誤りがあり"), ("en", "computer's own rules is wrong")):
        code, out = scene.agent.cli("--lang", lang, "status")
        flat = "".join(out.split())
        assert code == 1 and "".join(words.split()) in flat and "local/process/bad.yar:3:" in flat, out
    assert scene.lab.call("pc", "/bin/true", "find-me", user=True)[0] == 0
    scene.agent.wait_event(lambda e: kind(e, FINDING, CREATE) and "our_true" in str(e), 10, "the own rule's finding", after)
    os.unlink(os.path.join(local, "bad.yar"))
    os.symlink("good.yar", os.path.join(local, "link.yar"))
    os.symlink("process", os.path.join(local, "..", "burst"))
    os.mkfifo(os.path.join(local, "fifo.yar"))
    with open(os.path.join(local, "..", "allow.list"), "w") as f:
        f.write("rule=our_none\nrules=typo\n")
    code, out = scene.agent.cli("--lang", "en", "reload")
    flat = " ".join(out.split())
    assert code == 1 and "local/process/fifo.yar: is no regular file (and 2 more); local/allow.list:2: expected rule=" in flat, out
    assert scene.agent.status()["rules"]["process"] == before + 1, "the good one judges on"
    for name in ("link.yar", "fifo.yar", "../burst", "../allow.list"):
        os.unlink(os.path.join(local, name))
    assert scene.agent.cli("reload")[0] == 0
    L.wait_for(lambda: "sensor:rules" not in scene.agent.status()["reasons"], 5, "the state")


def test_an_orderly_end_with_questions_on_their_way_is_one(scene, monkeypatch):
    """Programs that started just now are still being asked about when the agent is told to end.  Memory that was given back
    is filled (mallopt(3), M_PERTURB), so that a look at it does not pass by luck."""
    monkeypatch.setenv("MALLOC_PERTURB_", "165")
    scene.agent.stop()
    scene.agent.start()
    for n in range(6):
        p = scene.lab.spawn("pc", "/bin/sh", "-c", f"echo ready; i=0; while [ $i -lt 300 ]; do /bin/true {n} $i; i=$((i+1)); done", stdout=subprocess.PIPE)
        p.stdout.readline()
        time.sleep(0.02 * n)
        scene.agent.stop()
        scene.lab.end(p)
        scene.agent.start()
    told = [e["message"] for e in scene.agent.events() if e["class_uid"] == 6002]
    assert not [t for t in told if "突然" in t], told
