"""The archive for other distributions: unpacked, installed with one code, updated, removed, on an older and a newer Debian than it was built on."""
import os
import shutil
import time

import pytest

import lab as L
import machine as M
from test_install import command, devices, enabled, free, main_pid, settled, stands
from test_updates import update

VERSION = open(os.path.join(L.TREE, "lib/version.h"), encoding="ascii").read().split('MM_VERSION "')[1].split('"')[0]
NAME = f"mimamori-{VERSION}-linux-x86_64"
SUITES = ("bullseye", "trixie")  # glibc 2.31 and 2.41; built with 2.36
OURS = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid", "/etc/.pwd.lock")  # rewritten with every account


@pytest.fixture
def host(request, provider, tarball):
    """A fresh computer with the archive unpacked in /root."""
    with M.Machine(provider, [], suite=getattr(request, "param", SUITES[0])) as pc:
        pc.boot()
        L.wait_for(lambda: "default" in pc.run("ip", "route").stdout, 20, "its network, which an older systemd calls up a moment too early", 0.1)
        pc.before, pc.accounts = pc.list_files(), pc.run("cat", "/etc/passwd", "/etc/group").stdout
        pc.run("tar", "-xzf", pc.put(tarball), "-C", "/root")
        yield pc


def run_setup(pc, *argv, program=f"/root/{NAME}/mimamori-setup"):
    return pc.run(program, *argv, check=False)


def left_behind(pc):
    """What is there more, or less, than before the archive came."""
    pc.run("sh", "-c", "rm -rf /root/mimamori-*")
    now = pc.list_files()
    return sorted(p for p in now.keys() ^ pc.before.keys() if not p.startswith(OURS))


def mapped(pc, pid):
    """The files of programs and libraries that a process of the computer has in its memory."""
    lines = pc.run("cat", f"/proc/{pid}/maps").stdout.split("\n")
    return {f[5] for f in (line.split() for line in lines) if len(f) > 5 and "x" in f[1] and f[5].startswith("/")}


def sends(pc):
    return pc.run("python3", "-c", f"import socket; socket.socket(2, 2).sendto(b'x', ('{M.CONSOLE4}', 9))", check=False).returncode == 0


def quarantined(pc):
    """The host's nft takes our rules, and packets prove it: also an older one than that of Debian 12."""
    command(pc, "quarantine", "--reason", "test")
    stands(pc, "quarantined")
    assert settled(pc) and not sends(pc)


def released(pc):
    command(pc, "release", "--reason", "test")
    free(pc)
    assert sends(pc)


@pytest.mark.parametrize("host", SUITES, indirect=True)
def test_one_archive_and_one_code(host, provider):
    known, start = set(devices(provider)), time.monotonic()
    p = run_setup(host, "install", "--lang", "ja", "--code", provider.console.token())
    assert p.returncode == 0 and p.stdout.startswith("見守りを始めました（株式会社みどり工業）") and p.stdout.count("\n") == 1, p
    took = time.monotonic() - start
    new, = set(devices(provider)) - known
    s = settled(host)
    assert s["agent_id"] == new and took <= 30 and enabled(host) == ["enabled"] * 3, took
    assert s["overall"] == "guarded", [x for x in s["sensors"] if x["state"] != "working"]
    libc = host.run("ldd", "--version", check=False).stdout.split("\n")[0].split()[-1]
    print(f"{host.suite}: libc {libc}, installed in {took:.1f} s, {s['sensors']}")
    host.run("sh", "-c", f"rm -rf /root/{NAME} /root/*.gz")
    for pid in host.run("pgrep", "mimamorid").stdout.split():
        files = mapped(host, pid)
        assert len(files) > 3 and all(f.startswith(f"/opt/mimamori/releases/{VERSION}/") for f in files), files
    assert host.run("mimamori", "--version").stdout.split()[1] == VERSION

    quarantined(host)
    released(host)

    pid, before = main_pid(host), host.list_files()
    assert run_setup(host, "install", program="mimamori-setup").returncode == 0
    assert main_pid(host) == pid and host.list_files().keys() == before.keys()

    assert any("/.mimamori-vault" in p for p in before), "no vault, so its removal is not tried"
    host.reboot()
    assert settled(host)["agent_id"] == new and settled(host)["overall"] == "guarded"

    p = run_setup(host, "uninstall", "--lang", "ja", "--force", "--yes", program="mimamori-setup")
    assert p.returncode == 0 and "取り外しました" in p.stdout, p
    assert not left_behind(host)
    assert host.run("cat", "/etc/passwd", "/etc/group").stdout == host.accounts
    assert "mimamori" not in host.run("systemctl", "list-unit-files").stdout and "mimamori" not in host.run("nft", "list", "ruleset").stdout


@pytest.fixture
def newer(provider, tarball, tmp_path):
    """The archive's release under a newer version at the desk, until the test is over."""
    version, desk, tree = VERSION[:-1] + str(int(VERSION[-1]) + 4), provider.desk, tmp_path / "tree"
    for part in ("bin", "lib"):
        shutil.copytree(os.path.join(L.TREE, "build/packages/tree", NAME, part), tree / part)
    for f in (tree / "bin").iterdir():
        f.write_bytes(f.read_bytes().replace(VERSION.encode(), version.encode()))
    desk.run("add", desk.repository, tree, "--role", "agent", "--version", version, "--platform", "linux-x86_64", keys=["release-1", "release-2"])
    desk.run("snapshot", desk.repository, keys=["snapshot", "timestamp"])
    yield version
    desk.run("halt", desk.repository, f"agent/mimamori-{version}-linux-x86_64.tar.zst", "--reason", "test", keys=["release-1", "release-2"])
    desk.run("snapshot", desk.repository, keys=["snapshot", "timestamp"])


def takes(pc, version):
    """Checked at its place, and taken under the same pid, with its own loader and libraries."""
    settled(pc)
    pid = main_pid(pc)
    update(pc)
    assert settled(pc)["version"] == version and main_pid(pc) == pid, pc.run("mimamori-update", "history", check=False)
    files = mapped(pc, pid)
    assert files and all(f.startswith(f"/opt/mimamori/releases/{version}/") for f in files), files


@pytest.mark.parametrize("host", SUITES, indirect=True)
def test_the_updater_brings_another_of_its_kind(host, provider, newer):
    host.run(f"/root/{NAME}/mimamori-setup", "install", "--code", provider.console.token())
    takes(host, newer)
    host.reboot()
    assert settled(host)["version"] == newer


def test_a_computer_with_the_package_takes_it_too(guarded, newer):
    takes(guarded, newer)


def test_a_refused_code_leaves_nothing(host, provider):
    code = provider.console.token()
    assert run_setup(host, "install", "--code", code).returncode == 0
    assert run_setup(host, "uninstall", "--force", "--yes").returncode == 0
    p = run_setup(host, "install", "--lang", "ja", "--code", code)
    assert p.returncode == 3 and "元に戻しました" in p.stdout, p
    assert not left_behind(host)
    assert host.run("cat", "/etc/passwd", "/etc/group").stdout == host.accounts


def test_where_nothing_can_be_written_below_usr(host, provider):
    """No names for the shell then, which is said; all the rest works."""
    host.run("sh", "-c", "mount --bind /usr /usr && mount -o remount,bind,ro /usr")
    p = run_setup(host, "install", "--lang", "en", "--code", provider.console.token())
    assert p.returncode == 0 and "/opt/mimamori/current/bin" in p.stdout, p
    assert host.run("ls", "/usr/local/bin", "/usr/local/sbin").stdout.count("mimamori") == 0
    assert host.run("/opt/mimamori/current/bin/mimamori", "--version").stdout.split()[1] == VERSION
    L.wait_for(lambda: "guarded" in host.run("/opt/mimamori/current/bin/mimamori", "--json", "status", check=False).stdout, 20, "it to be guarded", 0.1)
