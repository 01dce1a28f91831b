"""Process sensors on the real kernel: what share of short-lived processes is seen, with which facts,
and that nothing outside of the scope is.  Root; own network namespace, loop-mounted image below build/."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TREE, os.environ.get("B", "build/" + os.environ.get("V", "release")))
WATCH, STORM, FREEZE = (os.path.join(BUILD, "lab", n) for n in ("exec_watch", "exec_storm", "freeze_scope"))
SANITIZED = os.environ.get("V", "release") in ("asan", "tsan")

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not os.path.exists(WATCH), reason="make lab first"),
]


@pytest.fixture(scope="module")
def netns():
    name = f"mmx{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    yield name
    subprocess.run(["ip", "netns", "del", name], check=False)


@pytest.fixture(scope="module")
def image():
    """A small file system of its own: the only thing that gets a permission mark."""
    base = os.path.join(BUILD, f"test_exec.{os.getpid()}")
    mount = os.path.join(base, "mnt")
    os.makedirs(mount)
    subprocess.run(["truncate", "-s", "32M", base + "/img"], check=True)
    subprocess.run(["mkfs.ext4", "-q", "-F", base + "/img"], check=True)
    subprocess.run(["mount", "-o", "loop", base + "/img", mount], check=True)
    yield mount
    subprocess.run(["umount", "-l", mount], check=False)
    shutil.rmtree(base, ignore_errors=True)


class Watch:
    """exec_watch inside the namespace; .lines() after the end."""

    def __init__(self, netns, tmp_path, method, *extra):
        self.out, self.err = str(tmp_path / "watch.out"), str(tmp_path / "watch.err")
        self.method, self.argv = method, ["ip", "netns", "exec", netns, WATCH, "-m", method, "-s", "netns", "-t", "60", *extra]

    def __enter__(self):
        with open(self.out, "w") as out, open(self.err, "w") as err:
            self.p = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=out, stderr=err)
        until = time.time() + 20
        while "ready" not in open(self.err).read():
            if self.p.poll() == 3:
                pytest.skip(f"{self.method} is not possible on this machine")
            assert self.p.poll() is None and time.time() < until, open(self.err).read()
            time.sleep(0.02)
        return self

    def __exit__(self, *unused):
        self.p.stdin.close()
        try:
            self.p.wait(20)
        except subprocess.TimeoutExpired:
            self.p.send_signal(signal.SIGKILL)
            self.p.wait()
            raise

    def summary(self):
        return json.loads(open(self.err).read().strip().splitlines()[-1])

    def facts(self):
        with open(self.out, errors="replace") as f:
            return [dict(kv.split("=", 1) for kv in line.rstrip("\n").split("\t") if "=" in kv) for line in f]


def inside(netns, *argv, **kw):
    return subprocess.run(["ip", "netns", "exec", netns, *argv], stdout=subprocess.PIPE, text=True, timeout=60, **kw)


def storm(netns, watch, *argv):
    p = inside(netns, STORM, "-w", watch.out, *argv)
    assert p.returncode == 0
    return json.loads(p.stdout)


@pytest.mark.parametrize("name,argv", [
    ("2000 a second", ["-n", "6000", "-r", "2000"]),
    ("flat out", ["-n", "15000"]),
    ("flat out, long argv", ["-n", "3000", "-a", "3500"]),
])
@pytest.mark.skipif(SANITIZED, reason="measures speed: a sanitizer is ten times slower")
def test_bpf_sees_all(netns, tmp_path, name, argv):
    for n in range(3):  # the ring holds some 250 of the longest: a reader that gets no processor for a tenth of a second drops
        (tmp_path / str(n)).mkdir()
        with Watch(netns, tmp_path / str(n), "bpf") as w:
            got = storm(netns, w, *argv)
        s = w.summary()
        print(name, got, s)
        assert got["failed"] == 0 and s["alive"] == 1 and got["captured"] + s["dropped"] >= got["spawned"], "what is not seen is counted"
        if not s["dropped"]:
            break
    assert s["dropped"] == 0 and got["captured"] == got["spawned"]


@pytest.mark.skipif(SANITIZED, reason="measures speed: a sanitizer is ten times slower")
def test_bpf_sees_all_while_the_cpus_are_busy(netns, tmp_path):
    hogs = [subprocess.Popen([sys.executable, "-c", "import signal\nsignal.alarm(30)\nwhile True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        with Watch(netns, tmp_path, "bpf") as w:
            got = storm(netns, w, "-n", "4000")
    finally:
        for h in hogs:
            h.kill()
            h.wait()
    assert got["captured"] == got["spawned"] and w.summary()["dropped"] == 0


def test_fanotify_sees_all_on_its_mount(netns, tmp_path, image):
    program = shutil.copy("/bin/true", image + "/true")
    with Watch(netns, tmp_path, "fanotify", "-f", image) as w:
        got = storm(netns, w, "-n", "2000", "-p", program)
        inside(netns, "/bin/echo", "not on the mount")
    s = w.summary()
    print(got, s)
    assert s["seen"] + s["dropped"] >= got["spawned"]    # none is lost in silence
    assert SANITIZED or got["captured"] == got["spawned"]
    assert "not on the mount" not in open(w.out).read()


def test_fanotify_lets_go_when_killed(netns, tmp_path, image):
    program = shutil.copy("/bin/true", image + "/true2")
    with Watch(netns, tmp_path, "fanotify", "-f", image) as w:
        os.kill(w.p.pid, signal.SIGKILL)     # ip netns exec became the watcher itself
        w.p.wait()
        begun = time.time()
        assert inside(netns, program).returncode == 0
        assert time.time() - begun < 2


def test_hostile_argv_memory_does_not_hold_others(netns, tmp_path, image):
    """argv on a page that its owner answers for (userfaultfd): our read is given up, others go on."""
    program = shutil.copy("/bin/true", image + "/true3")
    script = tmp_path / "hold.py"
    script.write_text(f"""
import ctypes, os, signal, sys, time
signal.alarm(20)
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
fd = libc.syscall(323, 0)                    # userfaultfd
if fd < 0: sys.exit(77)
api = (ctypes.c_uint64 * 3)(0xAA, 0, 0)
if libc.ioctl(fd, ctypes.c_ulong(0xc018aa3f), api): sys.exit(77)
page = libc.mmap(None, 4096, 3, 0x22, -1, 0)
reg = (ctypes.c_uint64 * 4)(page, 4096, 1, 0)
if libc.ioctl(fd, ctypes.c_ulong(0xc020aa00), reg): sys.exit(77)
print("holding", flush=True)
libc.execve({program.encode()!r}, ctypes.c_void_p(page), None)   # waits for ever in copying argv
""")
    with Watch(netns, tmp_path, "fanotify", "-f", image) as w:
        holder = subprocess.Popen(["ip", "netns", "exec", netns, sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
        try:
            if holder.stdout.readline().strip() != "holding":
                holder.wait(5)
                pytest.skip("no userfaultfd here")
            time.sleep(0.3)
            begun = time.time()
            for _ in range(20):
                assert inside(netns, program).returncode == 0
            took = time.time() - begun
        finally:
            holder.kill()
            holder.wait()
    print(f"20 programs beside the holder: {took:.2f} s")
    assert took < 2
    assert w.summary()["alive"] == 1


def test_connector_sees_what_lives_a_moment(netns, tmp_path):
    lives = [f"0.05{n}" for n in range(9)]  # a fifth of the polling sensor's time
    with Watch(netns, tmp_path, "connector") as w:
        inside(netns, "/bin/sh", "-c", "".join(f"sleep {s}; " for s in lives) + "exec sleep 0.059")
    text = open(w.out).read()
    seen = [s for s in (*lives, "0.059") if f"sleep {s}\n" in text]
    assert len(seen) >= 8, f"its command line is read from /proc: it may be gone by then, but not often: {seen}"


def test_polling_sees_what_stays(netns, tmp_path):
    with Watch(netns, tmp_path, "poll") as w:
        inside(netns, "/bin/sh", "-c", "sleep 0.6; exec sleep 0.61")
    text = open(w.out).read()
    assert "sleep 0.6\n" in text and "sleep 0.61\n" in text


def test_auto_takes_the_best(netns, tmp_path):
    with Watch(netns, tmp_path, "auto") as w:
        pass
    assert open(w.err).read().startswith("ready bpf")


def by_cmdline(w, text):
    found = [f for f in w.facts() if f["cmdline"] == text]
    assert found, (text, open(w.out).read())
    return found[0]


def test_facts(netns, tmp_path):
    own = tmp_path / "own program"
    shutil.copy("/bin/true", own)
    with Watch(netns, tmp_path, "bpf", "-j") as w:
        inside(netns, "/bin/sh", "-c", f"cd '{tmp_path}'; './own program' relative; /bin/true absolute 'a b'; "
               "setpriv --reuid=65534 --clear-groups /bin/true as-nobody")
    f = by_cmdline(w, "./own program relative")
    assert f["path"] == str(own) and f["name"] == "own program" and f["packaged"] == "0"
    assert f["parent"] in ("dash", "sh", "bash") 
    f = by_cmdline(w, "/bin/true absolute a b")
    assert f["path"].endswith("/bin/true") and f["uid"] == "0"
    if shutil.which("dpkg"):
        assert f["packaged"] == "1"
    f = by_cmdline(w, "/bin/true as-nobody")
    assert f["uid"] == "65534" and f["user"] == "nobody"


def test_program_without_a_name(netns, tmp_path):
    """memfd and unlinked executables are shown as deleted, and are not packaged."""
    code = ("import os\nf = os.memfd_create('hidden')\nos.write(f, open('/bin/true','rb').read())\n"
            "os.execve(f, ['fileless', 'run'], {})")
    with Watch(netns, tmp_path, "bpf", "-j") as w:
        inside(netns, sys.executable, "-c", code)
    f = by_cmdline(w, "fileless run")
    assert f["path"].endswith("memfd:hidden (deleted)") and f["packaged"] == "0"


def test_disguise_in_a_private_mount_namespace(netns, tmp_path):
    """A program bound over /usr/bin/env in a mount namespace of its own carries the path, not the trust."""
    evil = tmp_path / "evil"
    shutil.copy("/bin/true", evil)
    target = os.path.realpath("/usr/bin/env")
    with Watch(netns, tmp_path, "bpf", "-j") as w:
        inside(netns, "unshare", "-m", "sh", "-c", f"mount --bind '{evil}' {target} && {target} disguised")
        inside(netns, target, "--version")
    f = by_cmdline(w, f"{target} disguised")
    assert f["path"] == target and f["packaged"] == "0"
    if shutil.which("dpkg"):
        assert by_cmdline(w, f"{target} --version")["packaged"] == "1"


def test_daemons_stay_in_their_tree(netns, tmp_path):
    code = """
import os, sys, time
def run(mark):
    os.execv('/bin/true', ['true', mark])
if os.fork() == 0: run('child-mark')
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(0.1)          # the parent is gone by then
        run('daemon-mark')
    os._exit(0)
for _ in range(2): os.wait()
time.sleep(0.3)
run('self-mark')
"""
    with Watch(netns, tmp_path, "bpf", "-j") as w:
        inside(netns, sys.executable, "-c", code)
        inside(netns, "/bin/true", "other-mark")
    marks = {m: by_cmdline(w, f"true {m}") for m in ("child-mark", "daemon-mark", "self-mark")}
    assert len({f["tree"] for f in marks.values()}) == 1
    assert marks["daemon-mark"]["ppid"] != marks["child-mark"]["ppid"]
    assert by_cmdline(w, "/bin/true other-mark")["tree"] != marks["self-mark"]["tree"]


def test_outside_the_scope_nothing_is_seen(netns, tmp_path):
    other = f"mmy{os.getpid()}"
    subprocess.run(["ip", "netns", "add", other], check=True)
    try:
        with Watch(netns, tmp_path, "bpf", "-j") as w:
            inside(other, "/bin/true", "outside-mark")
            subprocess.run(["/bin/true", "host-mark"], check=True)
            inside(netns, "/bin/true", "inside-mark")
            inside(netns, "unshare", "-n", "/bin/true", "left-mark")
    finally:
        subprocess.run(["ip", "netns", "del", other], check=False)
    lines = [f["cmdline"] for f in w.facts()]
    assert "/bin/true inside-mark" in lines
    assert not [x for x in lines if "outside-mark" in x or "host-mark" in x]
    assert "/bin/true left-mark" not in lines           # it left the namespace before it executed


def test_scope_by_cgroup(netns, tmp_path):
    mounts = [line.split() for line in open("/proc/self/mounts") if line.split()[2] == "cgroup2"]
    if not mounts:
        pytest.skip("no cgroup2 mount")
    group = f"{mounts[0][1]}/mmx{os.getpid()}"
    os.makedirs(group + "/part")
    join = f"echo $$ > {group}/part/cgroup.procs && exec /bin/true in-group-mark"
    try:
        # the last -s counts
        with Watch(netns, tmp_path, "bpf", "-j", "-s", f"cgroup:/mmx{os.getpid()}") as w:
            subprocess.run(["/bin/sh", "-c", join], check=True)
            subprocess.run(["/bin/true", "no-group-mark"], check=True)
        f = by_cmdline(w, "/bin/true in-group-mark")
        assert f["cgroup"] == f"/mmx{os.getpid()}/part"
        assert not [x for x in w.facts() if "no-group-mark" in x["cmdline"]]
    finally:
        os.rmdir(group + "/part")
        os.rmdir(group)


def test_freeze_refuses_outsiders(netns):
    p = inside(netns, FREEZE)
    print(p.stdout)
    assert p.returncode == 0, p.stdout
