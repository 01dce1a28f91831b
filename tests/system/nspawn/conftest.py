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


@pytest.fixture(scope="session")
def packages():
    """The packages of this tree, made now."""
    subprocess.run(["make", "-C", L.TREE, "--no-print-directory", "deb"], check=True, stdout=subprocess.DEVNULL)
    agent, = glob.glob(os.path.join(L.TREE, "build", "packages", "mimamori-agent_*.deb"))
    console, = glob.glob(os.path.join(L.TREE, "build", "packages", "mimamori-console_*.deb"))
    return types.SimpleNamespace(agent=agent, console=console)


@pytest.fixture(scope="session")
def tarball():
    """The archive for other distributions, made now."""
    subprocess.run(["make", "-C", L.TREE, "--no-print-directory", "tarball"], check=True, stdout=subprocess.DEVNULL)
    path, = glob.glob(os.path.join(L.TREE, "build", "packages", "mimamori-*-linux-x86_64.tar.gz"))
    return path


@pytest.fixture(scope="session")
def rpm_package(tarball):
    """The package for distributions with rpm, of the same release as the archive."""
    subprocess.run(["make", "-C", L.TREE, "--no-print-directory", "rpm"], check=True, stdout=subprocess.DEVNULL)
    path, = glob.glob(os.path.join(L.TREE, "build", "packages", "mimamori-agent-*.x86_64.rpm"))
    return path


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
