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
        s.used = False
        yield s


@pytest.mark.parametrize("trick", TRICKS)
def test_trick(scene, trick):
    if scene.used:
        scene.fresh_agent()
    scene.used = True
    count = collections.Counter(os.path.dirname(rel) for rel in scene.manifest)
    folder = os.path.join(scene.lab.folder, next(d for d, n in count.most_common() if d and 4 <= n <= 30))
    script = os.path.join(scene.lab.dir, trick + ".py")
    with open(script, "w", encoding="utf-8") as f:
        f.write(PROLOGUE + TRICKS[trick] + EPILOGUE)
    p = scene.lab.spawn("pc", "/usr/bin/python3", script, folder, scene.lab.folder, docs.MARKER, user=True)
    try:
        L.wait_for(lambda: any(s in "Tt" for _, s in scene.lab.members(p)), 15, "the freeze")
        now = scene.verify(10)
    finally:
        scene.lab.end(p)
    assert now["lost"] == [], (len(now["lost"]), now["lost"][:5])

