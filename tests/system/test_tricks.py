"""Names that lie: what happened to a file is told late and by name only.  Each trick destroys one folder's
documents so that a name, a folder or an event is gone when it is looked at; then the same program overwrites
documents in place until it is frozen.  Everything must come back, that of the trick too."""
import collections
import os

import pytest

import docs
import lab as L
from scene import Scene

PROLOGUE = r"""
import os, shutil, sys, time
folder, root = sys.argv[1], sys.argv[2]
assert os.path.exists(os.path.join(root, sys.argv[3]))  # the marker: only what a test made
files = sorted(os.path.join(folder, f) for f in os.listdir(folder) if os.path.isfile(os.path.join(folder, f)))
"""
TRICKS = {
    "folder-removed": "shutil.rmtree(folder)",
    "folder-called-deleted": "os.rename(folder, folder + ' (deleted)')\n"
                             "for f in files: os.unlink(f.replace(folder, folder + ' (deleted)'))",
    "made-again": "for f in files:\n    os.unlink(f)\n    open(f, 'wb').write(os.urandom(3000))",
    "opened-then-replaced": "for f in files:\n    os.close(os.open(f, os.O_WRONLY))\n"
                            "    open(f + '.tmp', 'wb').write(os.urandom(3000))\n    os.rename(f + '.tmp', f)",
    "mapped-then-opened": "import mmap\nmaps = []\n"
                          "for f in files[:3]:\n    with open(f, 'r+b') as h: maps.append(mmap.mmap(h.fileno(), 0))\n"
                          "time.sleep(11)\n"
                          "for m in maps: m[:] = os.urandom(len(m))\n"
                          "for f in files[:3]:\n    with open(f, 'r+b') as h: h.seek(0, 2)\n",
}
EPILOGUE = r"""
for d, _, names in sorted(os.walk(root)):
    for n in sorted(names):
        p = os.path.join(d, n)
        if p.startswith(folder) or n == sys.argv[3] or os.path.getsize(p) < 512:
            continue
        with open(p, "r+b") as f:
            f.write(os.urandom(os.path.getsize(p)))
        time.sleep(0.02)
time.sleep(20)
"""


@pytest.fixture(scope="module")
def scene():
    with Scene(fs="ext4", count=160, seed=23, mode="freeze", size_mb=768) as s:
        yield s


def start(scene, name, text, *args):
    """The program `text`, run by the PC's user on one folder of documents."""
    count = collections.Counter(os.path.dirname(rel) for rel in scene.manifest)
    folder = os.path.join(scene.lab.folder, next(d for d, n in count.most_common() if d and 4 <= n <= 30))
    return scene.script(name, PROLOGUE + text, folder, scene.lab.folder, docs.MARKER, *args)


def frozen_and_back(scene, p, patience=15):
    """The program is stopped and every document is what it was."""
    try:
        L.wait_for(lambda: scene.stopped(p), patience, "the freeze")
        now = scene.verify(10)
    finally:
        scene.lab.end(p)
    assert now["lost"] == [], (len(now["lost"]), now["lost"][:5])


@pytest.mark.parametrize("trick", TRICKS)
def test_trick(guarded, trick):
    frozen_and_back(guarded, start(guarded, trick, TRICKS[trick] + EPILOGUE), 30)


CLOSER = r"""
import array, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[4])
s.settimeout(60)
while True:
    _, control, _, _ = s.recvmsg(1, socket.CMSG_SPACE(64))
    time.sleep(0.03)
    for _, _, data in control:
        for fd in array.array("i", data):
            os.close(fd)
"""
PASSER = r"""
import array, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for d, _, names in sorted(os.walk(root)):
    for n in sorted(names):
        p = os.path.join(d, n)
        if n == sys.argv[3] or os.path.getsize(p) < 512:
            continue
        with open(p, "r+b") as f:
            f.write(os.urandom(os.path.getsize(p)))
            f.flush()
            s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [f.fileno()]))], 0, sys.argv[4])
        time.sleep(0.1)
time.sleep(20)
"""


def test_passed_on(guarded):
    """Who only closes what another program wrote into is not stopped for it; who wrote is."""
    meet = os.path.join(guarded.lab.outside_folder, "meet")
    helper = start(guarded, "closer", CLOSER, meet)
    try:
        L.wait_for(lambda: os.path.exists(meet), 10, "the helper")
        os.chmod(meet, 0o777)
        frozen_and_back(guarded, start(guarded, "passer", PASSER, meet))
        assert not guarded.stopped(helper)
        assert helper.poll() is None
    finally:
        guarded.lab.end(helper)
        os.unlink(meet)


HOLDER = r"""
import mmap
few = []
for d, _, names in sorted(os.walk(root)):
    for n in sorted(names):
        p = os.path.join(d, n)
        if n != sys.argv[3] and os.path.getsize(p) >= 512 and len(few) < 40:
            few.append(open(p, "r+b"))
            time.sleep(0.05)
time.sleep(float(sys.argv[4]))
for f in few:
    n = os.path.getsize(f.name)
    if sys.argv[5] == "map":
        m = mmap.mmap(f.fileno(), n)
        m[:] = os.urandom(n)
    else:
        os.pwrite(f.fileno(), os.urandom(n), 0)
    time.sleep(0.3)
time.sleep(60)
"""


@pytest.mark.parametrize("how", ("write", "map"))
def test_held_open(guarded, how):
    """Many documents opened first and left alone, written into long after: they are not taken for honest by then."""
    frozen_and_back(guarded, start(guarded, "holder-" + how, HOLDER, 33, how), 75)

