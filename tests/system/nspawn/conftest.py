"""A computer that boots: Debian under systemd, the packages, a console at the other end of its cable (tests/lab/machine.py)."""
import glob
import os
import pathlib
import subprocess
import types

import pytest

import lab as L
import machine as M
from desk import Desk


def pytest_collection_modifyitems(items):
    why = M.can_boot()
    for item in items:
        if why and "nspawn" in str(item.fspath):
            item.add_marker(pytest.mark.skip(reason=why))


SOURCES = ("agent", "console", "installer", "lib", "rules", "tools", "updater", "docs", "Makefile", "README.md")


def newest_source():
    """When something that goes into the packages was changed last."""
    tops = [pathlib.Path(L.TREE, name) for name in SOURCES]
    files = [f for top in tops for f in (top.rglob("*") if top.is_dir() else [top]) if f.suffix != ".pyc" and f.is_file()]
    return max(f.stat().st_mtime for f in files)


def made(goal, *patterns):
    """What a make goal leaves in build/packages, made anew when a source is newer; one at a time, also of other runs beside this one."""
    out = os.path.join(L.TREE, "build", "packages")
    with L.alone(os.path.join(out, "packages")):
        found = [glob.glob(os.path.join(out, p)) for p in patterns]
        if not all(found) or min(os.stat(f).st_mtime for paths in found for f in paths) < newest_source():
            subprocess.run(["make", "-C", L.TREE, "--no-print-directory", goal], check=True, stdout=subprocess.DEVNULL)
            found = [glob.glob(os.path.join(out, p)) for p in patterns]
    return [path for path, in found]


@pytest.fixture(scope="session")
def packages():
    """The packages of this tree."""
    agent, console = made("deb", "mimamori-agent_*.deb", "mimamori-console_*.deb")
    return types.SimpleNamespace(agent=agent, console=console)


@pytest.fixture(scope="session")
def tarball():
    """The archive for other distributions."""
    return made("tarball", "mimamori-*-linux-x86_64.tar.gz")[0]


@pytest.fixture(scope="session")
def rpm_package(tarball):
    """The package for distributions with rpm, of the same release as the archive."""
    return made("rpm", "mimamori-agent-*.x86_64.rpm")[0]


@pytest.fixture(scope="session")
def provider(tmp_path_factory):
    """A lab with a console that runs, and a release desk whose repository it offers."""
    with L.Lab(size_mb=64) as lab:
        lab.desk = Desk(tmp_path_factory.mktemp("desk"))
        lab.console.init()
        ini = pathlib.Path(lab.console.state) / "console.ini"
        ini.write_text(ini.read_text().replace("folder=\n", f"folder={lab.desk.repository}\n"))
        assert str(lab.desk.repository) in ini.read_text()
        lab.console.start()
        yield lab


@pytest.fixture
def computer(provider, packages):
    """A fresh computer, up, without anything of ours."""
    with M.Machine(provider, [packages.agent, packages.console]) as pc:
        pc.boot()
        yield pc


@pytest.fixture
def guarded(computer, packages, provider):
    """The same with the agent, enrolled."""
    computer.run("dpkg", "-i", computer.put(packages.agent))
    computer.run("mimamori-setup", "install", "--code", provider.console.token())
    return computer
