"""A program that runs for weeks - a file server, an office program - makes documents and later destroys them:
after `[protect] own=` they are originals for it too."""
import os
import time

import pytest

import docs
import lab as L
from scene import Scene

OWN_S = 4
TEXT = "what was agreed upon, page after page\n" * 200
OVERWRITE = r"""
import os, sys, time
def overwrite_all(marker):
    for d, _, names in sorted(os.walk(os.path.dirname(marker))):
        for n in sorted(names):
            p = os.path.join(d, n)
            if p != marker:
                with open(p, "r+b") as f:
                    f.write(os.urandom(os.path.getsize(p)))
                time.sleep(0.1)
"""
MAKER = OVERWRITE + r"""
folder, marker, how, text = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]
assert os.path.exists(marker)  # only what a test made
mine = [os.path.join(folder, "notes-%02d.txt" % i) for i in range(40)]
for p in mine:
    with open(p, "w") as f:
        f.write(text)
time.sleep(PAUSE)
for p in mine:
    if how == "removed":
        os.unlink(p)
    elif how == "replaced":
        with open(p + ".tmp", "wb") as f:
            f.write(os.urandom(len(text)))
        os.rename(p + ".tmp", p)
    elif how == "locked":
        with open(p + ".locked", "wb") as f:
            f.write(os.urandom(len(text)))
        os.unlink(p)
    else:
        with open(p, "r+b") as f:
            f.write(os.urandom(len(text)))
    time.sleep(0.1)
if how == "removed" and PAUSE:  # forty notes of one kind removed look like tidying up
    overwrite_all(marker)
time.sleep(30)
"""

UNPACKED = 6500
UNPACK = r"""
import os, sys
folder, marker = sys.argv[1:]
assert os.path.exists(marker)  # only what a test made
for i in range(UNPACKED):
    d = os.path.join(folder, "%03d" % (i // 300))
    if i % 300 == 0:
        os.mkdir(d)
    with open(os.path.join(d, "letter-%05d.txt" % i), "w") as f:
        f.write("letter %d of the archive\n" % i * 40)
"""
WIPE = OVERWRITE + r"""
folder, marker = sys.argv[1:]
assert os.path.exists(marker)
for d, _, names in sorted(os.walk(folder)):
    for n in names:
        os.unlink(os.path.join(d, n))
overwrite_all(marker)
time.sleep(30)
"""


@pytest.fixture(scope="module")
def scene():
    with Scene(fs="ext4", count=60, seed=37, mode="freeze", size_mb=1024, protect__own=f"{OWN_S}s") as s:
        yield s


def new_folder(scene, name):
    """A protected folder of the PC's user."""
    folder = os.path.join(scene.lab.folder, name)
    os.makedirs(folder)
    os.chown(folder, scene.lab.uid, scene.lab.gid)
    return folder


def start(scene, how, pause):
    folder = new_folder(scene, "notes")
    p = scene.script("maker", MAKER.replace("PAUSE", str(pause)), folder, os.path.join(scene.lab.folder, docs.MARKER), how, TEXT)
    return p, [os.path.join(folder, f"notes-{i:02d}.txt") for i in range(40)]


def agreed(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read() == TEXT
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("how", ("overwritten", "removed", "replaced", "locked"))
def test_old_ones_are_originals(guarded, how):
    p, notes = start(guarded, how, OWN_S + 3)
    try:
        L.wait_for(lambda: guarded.stopped(p), 25, "the freeze")
        L.wait_for(lambda: all(map(agreed, notes)), 10, "the notes")
    finally:
        guarded.lab.end(p)


def test_young_ones_are_its_own(guarded):
    """Temporary files: written, removed and written again, and nobody is stopped for it."""
    p, _ = start(guarded, "removed", 0)
    try:
        L.wait_for(lambda: not os.listdir(os.path.join(guarded.lab.folder, "notes")), 15, "the program's own removals")
        assert not guarded.stopped(p) and guarded.agent.status()["incident"] is None
    finally:
        guarded.lab.end(p)


def letters(folder):
    """How many letters of the archive are there as they were."""
    good = 0
    for d, _, names in os.walk(folder):
        for n in names:
            with open(os.path.join(d, n), encoding="utf-8") as f:
                good += f.read() == f"letter {int(n[7:12])} of the archive\n" * 40
    return good


def test_an_unpacked_archive(guarded):
    """Thousands of files made in a second, more than the guard looks at while they are made: when they are old enough
    each of them comes back, also when somebody removes it without ever opening it."""
    folder = new_folder(guarded, "archive")
    marker = os.path.join(guarded.lab.folder, docs.MARKER)
    p = guarded.script("unpack", UNPACK.replace("UNPACKED", str(UNPACKED)), folder, marker)
    L.wait_for(lambda: p.poll() is not None, 20, "the archive unpacked")
    assert p.returncode == 0 and letters(folder) == UNPACKED
    time.sleep(OWN_S + 12)
    p = guarded.script("wipe", WIPE, folder, marker)
    try:
        L.wait_for(lambda: guarded.stopped(p), 25, "the freeze")
        L.wait_for(lambda: letters(folder) == UNPACKED, 60, "the archive")
    finally:
        guarded.lab.end(p)
