"""Behind an explicit proxy: one file, one code and one address, on a booted system whose direct way to the console is closed."""
import os
import subprocess

import pytest

import lab as L
import machine as M
import strange
from test_doctor import doctor
from test_install import devices, main_pid, settled, status, stranger  # noqa: F401
from test_updates import update

INI = "/etc/mimamori/agent.ini"
PROXY = f"http://{L.CONSOLE4}:3128"


@pytest.fixture
def proxy(provider):
    """A proxy that lets through, and nothing else that does."""
    p = provider.spawn("con", "/usr/bin/python3", strange.__file__, L.CONSOLE4, 3128, "relay", stdout=subprocess.PIPE)
    assert p.stdout.readline() == b"ready\n"
    rules = f"add table inet direct; add chain inet direct in {{ type filter hook input priority 0; }}; add rule inet direct in iifname {M.PEER} tcp dport {L.CONSOLE_PORT} drop"
    assert provider.call("con", "nft", rules) == (0, "")
    yield PROXY
    provider.call("con", "nft", "delete table inet direct")
    provider.end(p)


def in_use(pc):
    return [line for line in pc.run("cat", INI).stdout.split("\n") if line.startswith("proxy")]


def test_one_file_one_code_and_one_proxy(computer, packages, provider, proxy):
    computer.run("dpkg", "-i", computer.put(packages.agent))
    before, known, code = computer.list_files(), set(devices(provider)), provider.console.token()
    for url, words in (("10.0.0.1:3128", "http://ホスト:ポート"), ("http://taro:himitsu@10.0.0.1:3128", "パスワード")):
        p = computer.run("mimamori-setup", "install", "--lang", "ja", "--code", code, "--proxy", url, check=False)
        assert p.returncode == 64 and words in p.stdout and "himitsu" not in p.stdout + p.stderr, p
    p = computer.run("mimamori-setup", "install", "--lang", "en", "--code", code, "--proxy", proxy, "--dry-run")
    assert f"through the proxy {proxy}" in p.stdout and computer.list_files().keys() == before.keys(), p
    assert "proxy" not in computer.run("mimamori-setup", "install", "--lang", "en", "--code", code, "--dry-run").stdout
    _, checks = doctor(computer, "--code", code, "--proxy", proxy)
    assert checks["console"]["result"] == "ok" and checks["proxy"]["finding"] == "proxy.used" and proxy[7:] in checks["proxy"]["what"], checks

    p = computer.run("mimamori-setup", "install", "--lang", "ja", "--code", code, "--proxy", proxy, check=False)
    assert p.returncode == 0 and p.stdout.startswith("見守りを始めました（株式会社みどり工業）") and p.stdout.count("\n") == 1, p
    new, = set(devices(provider)) - known
    assert devices(provider)[new]["last_seen"] and settled(computer)["agent_id"] == new and in_use(computer) == [f"proxy = {proxy}"]
    _, checks = doctor(computer)
    assert checks["console"]["result"] == "ok" and checks["proxy"]["finding"] == "proxy.used"
    provider.desk.go("add", provider.desk.repository, provider.desk.pack("8.3.0"), "--role", "rules")
    update(computer)
    status(computer, lambda s: s["rules"]["version"] == "8.3.0", "the pack: " + computer.journal("mimamori-update.service"))

    pid = main_pid(computer)
    assert computer.run("mimamori-setup", "install", "--proxy", proxy).returncode == 0 and main_pid(computer) == pid, "nothing was to be done"


def test_a_proxy_that_is_not_there_leaves_nothing(computer, packages, provider):
    computer.run("dpkg", "-i", computer.put(packages.agent))
    before = computer.list_files()
    p = computer.run("mimamori-setup", "install", "--lang", "ja", "--code", provider.console.token(), "--proxy", f"http://{L.CONSOLE4}:9", check=False)
    assert p.returncode == 1 and "元に戻しました" in p.stdout and computer.list_files().keys() == before.keys(), p


@pytest.mark.parametrize("verb", ["install", "enroll"])
def test_what_fails_puts_the_settings_back(guarded, provider, stranger, verb):  # noqa: F811
    """The agent that is there goes on with the settings that it had, whoever owns them."""
    settled(guarded)
    guarded.run("sh", "-c", f"printf '[network]\\ncanary = 203.0.113.9\\n' >>{INI}; chgrp mimamori {INI}; chmod 640 {INI}")
    before, mode = guarded.run("cat", INI).stdout, guarded.run("stat", "-c", "%U %G %a", INI).stdout
    p = guarded.run("mimamori-setup", verb, "--lang", "ja", "--code", stranger, "--proxy", f"http://{L.CONSOLE4}:9", check=False)
    assert p.returncode == 1 and "前からある見守りはそのまま" in p.stdout, p
    assert guarded.run("cat", INI).stdout == before and guarded.run("stat", "-c", "%U %G %a", INI).stdout == mode
    guarded.reboot()
    assert settled(guarded)


def test_later(guarded, proxy):
    """The agent has lost its direct way; one command gives it the other one, keeps the rest of the file, and enrols anew through it."""
    guarded.run("sh", "-c", f"printf '[network]\\ncanary = 203.0.113.9\\n' >>{INI}; chgrp mimamori {INI}; chmod 640 {INI}; systemctl restart mimamorid")
    mode, pid = guarded.run("stat", "-c", "%U %G %a", INI).stdout, main_pid(guarded)
    assert guarded.run("mimamori-setup", "install", "--proxy", proxy).returncode == 0
    assert settled(guarded) and main_pid(guarded) != pid and in_use(guarded) == [f"proxy = {proxy}"]
    assert guarded.run("stat", "-c", "%U %G %a", INI).stdout == mode and "canary = 203.0.113.9" in guarded.run("cat", INI).stdout
    assert guarded.run("ls", "/opt/mimamori").stdout.split() == ["current", "releases"]
