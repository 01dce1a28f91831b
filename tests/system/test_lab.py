"""The lab itself: it stands, it proves both ways, and nothing of it is left, however it ends."""
import os
import signal
import subprocess
import sys
import time

import pytest

import docs
import lab as L
import reachable

CHILD = """import sys; sys.path.insert(0, {here!r})
import lab as L, time
lab = L.Lab(size_mb=400).__enter__()
lab.spawn("pc", "sleep", "1000", user=True)
print(lab.name, flush=True)
time.sleep(60)
"""


def left(name):
    """What can still be seen of a lab."""
    out = []
    if name in subprocess.run(["ip", "netns", "list"], stdout=subprocess.PIPE, text=True).stdout:
        out.append("namespaces")
    with open("/proc/mounts") as f:
        if name in f.read():
            out.append("mount")
    if name in subprocess.run(["losetup", "-a"], stdout=subprocess.PIPE, text=True).stdout:
        out.append("loop device")
    if os.path.exists(os.path.join(L.HOME, name)):
        out.append("folder")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if f"/{name}/".encode() in f.read():
                    out.append(f"process {pid}")
        except OSError:
            pass
    return out


@pytest.mark.parametrize("fs", ("ext4", "xfs", "btrfs"))
def test_stands_and_goes(fs):
    with L.Lab(fs=fs, size_mb=400) as lab:
        manifest = docs.make(lab.folder, 20, seed=1, uid=lab.uid, gid=lab.gid)
        assert docs.verify(lab.folder, manifest)["ok"] == 20
        pc = lab.probe("pc", (L.OUTSIDE4, L.PORT), (L.OUTSIDE6, L.PORT), (L.CONSOLE4, L.PORT), (L.CONSOLE6, L.PORT), (L.OUTSIDE4, 9))
        assert [g["tcp"] and g["udp"] for g in pc.values()] == [True] * 4 + [False]
        assert lab.members(lab.spawn("pc", "sleep", "1000", user=True))
        name = lab.name
    assert left(name) == []


@pytest.mark.parametrize("how", (signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
def test_nothing_is_left_after(how):
    p = subprocess.Popen(["/usr/bin/python3", "-c", CHILD.format(here=os.path.dirname(L.__file__))], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # a shell's background has it ignored
    name = p.stdout.readline().strip()
    assert left(name)
    p.send_signal(how)
    p.wait(30)
    p.stdout.close()
    if how == signal.SIGKILL:
        L.sweep()
    end = time.monotonic() + 5
    while left(name) and time.monotonic() < end:
        time.sleep(0.1)
    assert left(name) == []


MODULE = """import sys; sys.path.insert(0, {here!r})
import lab as L, pytest, time

@pytest.mark.parametrize("n", range(3))
def test_long(n):
    with L.Lab(size_mb=400) as lab:
        print(lab.name, flush=True)
        time.sleep(60)
"""


def test_a_run_of_tests_ends_with_its_lab(tmp_path):
    """SIGTERM is not one failed test among others, after which the next begins."""
    module = tmp_path / "test_long.py"
    module.write_text(MODULE.format(here=os.path.dirname(L.__file__)))
    p = subprocess.Popen(["/usr/bin/python3", "-m", "pytest", "-s", "-q", "-p", "no:cacheprovider", module], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, cwd=tmp_path)
    name = p.stdout.readline().strip()
    assert left(name)
    p.send_signal(signal.SIGTERM)
    out, _ = p.communicate(timeout=30)
    assert p.returncode not in (0, 1) and L.PREFIX not in out, out
    assert left(name) == []


def test_a_living_lab_is_not_swept():
    with L.Lab(size_mb=400) as lab:
        L.sweep()
        assert os.path.ismount(lab.mnt) and lab.probe("pc", (L.OUTSIDE4, L.PORT))[L.OUTSIDE4, L.PORT]["tcp"]


def test_a_checkout_below_a_closed_folder(tmp_path):
    """/root may be entered by root only: the same tree is found where the lab's user can go, and only for that program."""
    closed = tmp_path / "closed"
    tree = closed / "tree"
    tree.mkdir(parents=True)
    closed.chmod(0o700)
    program = tree / "program"
    program.write_text("import os, sys\n"
                       f"sys.path.insert(0, {os.path.join(L.TREE, 'tests', 'lab')!r})\n"
                       "from reachable import make_reachable\n"
                       "here = os.path.dirname(os.path.abspath(__file__))\n"
                       "make_reachable(here)\n"
                       "os.setgid(65534), os.setuid(65534)\n"
                       "print(os.listdir(here), os.getcwd() == here, *sys.argv[1:])\n")
    p = L.run(sys.executable, str(program), "a", "b c", cwd=tree)
    assert p.stdout.strip() == "['program'] True a b c"
    assert reachable.PLACE not in L.run("cat", "/proc/self/mounts").stdout
