"""Every way of destroying documents: nothing is lost, few files are touched, the program is stopped.

MIMAMORI_TEST_FS=all runs every mode on every file system; otherwise ext4 gets all of them, xfs and
btrfs those whose path through the kernel differs there."""
import os

import pytest

import attacks
from scene import Scene

TOUCHED_MOST = 20
# Nothing in the kernel asks before unlink(2): at full speed such a program removes files until it is
# stopped, or is done.  Every file is kept by its version or hard link, and comes back.
REMOVES = ("wipe", "iouringunlink")
ELSEWHERE = ("inplace", "newunlink", "newrename", "truncpath", "mmap", "wipe", "iouring", "exchange", "hardlink", "threads")
EVERYWHERE = os.environ.get("MIMAMORI_TEST_FS") == "all"
SLOW_FILES = 60

# Combinations that no rule was written for: mode, options
UNSEEN = (
    ("threads", {"base": "newrename", "procs": 3, "suffix": ".zzz", "order": "reverse"}),
    ("manyprocs", {"base": "trunc", "procs": 2, "order": "random", "seed": 77}),
    ("userns", {"base": "newunlink", "order": "size", "suffix": ".a1b2"}),
    ("inplace", {"percent": 30, "rate": 33, "order": "random", "seed": 5, "note": True}),
    ("intermittent", {"percent": 12, "order": "size"}),
    ("newunlink", {"procs": 4, "rate": 120, "order": "random", "suffix": ".docx"}),
    ("renamefirst", {"procs": 2, "suffix": ".locked2024", "order": "reverse"}),
    ("moveout", {"rate": 15, "order": "random", "seed": 3}),
)


FS = ("ext4", "xfs", "btrfs")
MAIN = FS if EVERYWHERE else FS[:1]
CASES = [(fs, mode) for fs in FS for mode in attacks.MODES if mode != "slow" and (fs in MAIN or mode in ELSEWHERE)]


@pytest.fixture(scope="module")
def scene(request):
    with Scene(fs=request.param, count=240, seed=21, mode="freeze", size_mb=1024) as s:
        yield s


def judge(got, stopped=True):
    print(got)
    if got["skipped"]:
        pytest.skip(f"{got['mode']}: {got['skipped']}")
    assert got["lost"] == 0, got
    assert got["mode_wrong"] == 0 and got["mtime_wrong"] == 0, got
    if got["mode"] in REMOVES:
        return
    assert got["touched"] <= TOUCHED_MOST, got
    if stopped:
        assert got["how"] == "frozen", got


def timeout_of(mode):
    return 40 if mode in attacks.TOOLS else 20


@pytest.mark.parametrize("scene, mode", CASES, indirect=["scene"], ids=["-".join(c) for c in CASES])
def test_mode(guarded, mode):
    judge(guarded.attack(mode, timeout=timeout_of(mode), root=mode in attacks.ROOT_ONLY))


@pytest.mark.parametrize("scene", MAIN, indirect=True)
@pytest.mark.parametrize("mode, options", UNSEEN, ids=[f"{m}-{i}" for i, (m, _) in enumerate(UNSEEN)])
def test_unseen(guarded, mode, options):
    judge(guarded.attack(mode, timeout=40, **options))


@pytest.mark.parametrize("scene", FS, indirect=True)
@pytest.mark.parametrize("rate", (10, 50, 200))
def test_rates(guarded, rate):
    judge(guarded.attack("newrename", timeout=30, rate=rate))


@pytest.mark.parametrize("scene", MAIN, indirect=True)
def test_root_is_stopped_too(guarded):
    judge(guarded.attack("inplace", timeout=20, root=True))


@pytest.mark.parametrize("scene", MAIN, indirect=True)
def test_two_at_once(guarded):
    """Two unrelated trees: each is stopped, nothing of either is lost."""
    a = attacks.Attack(guarded.lab, "inplace", order="name")
    b = attacks.Attack(guarded.lab, "newunlink", order="reverse")
    how = a.wait(20), b.wait(20)
    now = guarded.verify(20)
    counts = a.settle(), b.settle()
    print(counts)
    assert how == ("frozen", "frozen")
    assert now["lost"] == [] and all(c["touched"] <= TOUCHED_MOST for c in counts)


@pytest.mark.parametrize("scene", MAIN, indirect=True)
def test_slow_drip_loses_nothing(guarded):
    """40 files per minute: below every burst; it may go on for a while, but what it destroyed comes back when it is judged."""
    got = guarded.attack("slow", timeout=90, rate=40, limit=SLOW_FILES)
    print(got)
    assert got["how"] == "frozen" and got["lost"] == 0
