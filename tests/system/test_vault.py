"""The vault's own programs on real file systems: ext4 (copies), xfs and btrfs (clones), as root with
documents of several owners; a full disk on a small image; the top of a mount; kills in the middle of
a restore.  Images and mounts lie below build/ and go away whatever happens."""
import os
import re
import shutil
import subprocess

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TREE, os.environ.get("B", "build/" + os.environ.get("V", "release")))
PROGRAMS = {n: os.path.join(BUILD, "tests/unit/respond", n) for n in ("test_vault", "test_vault_restore", "test_vault_chains", "test_vault_scale")}
MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
    "xfs": ["mkfs.xfs", "-q", "-f", "-m", "reflink=1"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
}
SMALL = {"ext4": "24M", "xfs": "320M", "btrfs": "128M"}  # the least that each tool makes, or nearly

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(not all(map(os.path.exists, PROGRAMS.values())), reason="make units first"),
]


class Image:
    """A loop-mounted file system; the loop device goes with the mount."""

    def __init__(self, fs, size):
        self.fs, self.size = fs, size
        self.base = os.path.join(BUILD, f"test_vault.{os.getpid()}.{fs}.{size}")
        self.mnt = os.path.join(self.base, "mnt")

    def __enter__(self):
        os.makedirs(self.mnt)
        image = os.path.join(self.base, "image")
        try:
            subprocess.run(["truncate", "-s", self.size, image], check=True)
            subprocess.run(MAKE[self.fs] + [image], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["mount", "-o", "loop,nosuid,nodev", image, self.mnt], check=True)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        if os.path.ismount(self.mnt):
            subprocess.run(["umount", self.mnt], check=False)
        if os.path.ismount(self.mnt):
            subprocess.run(["umount", "-l", self.mnt], check=False)
        shutil.rmtree(self.base, ignore_errors=True)

    def run(self, program, limit=240, **env):
        p = subprocess.run([PROGRAMS[program]], env=dict(os.environ, TMPDIR=self.mnt, **env), timeout=limit,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        print(self.fs, *(line for line in p.stdout.splitlines() if re.search(r"\bus\b|in the middle|store on a full disk|opened again", line)), sep="\n  ")
        assert p.returncode == 0, p.stdout[-6000:]
        assert os.listdir(self.mnt) in ([], ["lost+found"]) or ".mimamori-vault" in os.listdir(self.mnt)
        return p.stdout


@pytest.fixture(scope="module", params=sorted(MAKE))
def image(request):
    if not shutil.which(MAKE[request.param][0]):
        pytest.skip(f"{MAKE[request.param][0]} is not installed")
    with Image(request.param, "1G") as i:
        yield i


SANITIZED = {"test_permission_path_allocates_nothing"} if re.search("asan|tsan", BUILD) else set()


def ran(out, *names):
    """All of them passed and nothing was skipped: a case without its image would prove nothing."""
    return set(re.findall(r"\[  SKIPPED \] (test_\w+)", out)) <= SANITIZED and all(f"[       OK ] {n}" in out for n in names)


def test_store(image):
    assert ran(image.run("test_vault"), "test_attributes")


def test_restore(image):
    assert ran(image.run("test_vault_restore"))


def test_chains_and_kills(image):
    out = image.run("test_vault_chains", VAULT_TEST_KILLS="6")
    assert int(re.search(r"killed (\d+) times in the middle", out).group(1)) >= 6


def test_scale(image):
    out = image.run("test_vault_scale", VAULT_TEST_MOUNT=image.mnt)
    assert ran(out, "test_top_of_mount", "test_ten_thousand")
    assert ("clone" in out) == (image.fs != "ext4")


@pytest.mark.parametrize("fs", sorted(SMALL))
def test_full_disk(fs):
    if not shutil.which(MAKE[fs][0]):
        pytest.skip(f"{MAKE[fs][0]} is not installed")
    with Image(fs, SMALL[fs]) as i:
        out = i.run("test_vault_scale", VAULT_TEST_SMALL="1")
        assert ran(out, "test_full_disk") and "store on a full disk" in out


def test_no_vault_where_none_can_be():
    """A read-only mount is refused, not half used."""
    with Image("ext4", "24M") as i:
        subprocess.run(["mount", "-o", "remount,ro", i.mnt], check=True)
        p = subprocess.run([PROGRAMS["test_vault"]], env=dict(os.environ, VAULT_TEST_REFUSED=i.mnt), stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
        assert p.returncode == 0, p.stdout[-3000:]
        assert ran(p.stdout, "test_refused")
