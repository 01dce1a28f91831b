"""Removing the agent: with a code of the console, without one, by the package manager."""
import re
import time

import pytest

import lab as L
from test_install import devices, settled


def removal_code(pc, provider, who):
    code = re.search(r"--code (\S+)", provider.console.cli("removal", who)).group(1)
    L.wait_for(lambda: pc.run("test", "-e", "/var/lib/mimamori/guard/removal", check=False).returncode == 0, 15, "the order to accept the code", 0.1)
    return code


def removals(provider, who):
    return [e for e in provider.console.events() if e["class_uid"] == 6002 and e["activity_id"] == 2 and e["unmapped"].get("agent_id", who) == who]


def incidents(provider, who):
    """But for clones: all computers here come from one image."""
    return [i["kind"] for i in provider.console.incidents() if i["agent_id"] == who and i["kind"] != "clone"]


def gone(pc):
    assert pc.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev}", "mimamori-agent", check=False).stdout.strip() in ("", "rc")
    assert pc.run("pgrep", "-x", "mimamorid", check=False).stdout == ""
    assert pc.run("ls", "/opt", "/var/lib/mimamori/core", "/var/lib/mimamori/guard", check=False).stdout.split() == ["/opt:"]


def test_with_a_code(guarded, provider):
    who = settled(guarded)["agent_id"]
    for words in ([], ["--code", "ABCD-EFGH-IJKL"]):
        p = guarded.run("mimamori-setup", "uninstall", "--lang", "ja", *words, check=False)
        assert p.returncode == 3 and "コード" in p.stdout, p
    assert settled(guarded)["agent_id"] == who
    code = removal_code(guarded, provider, who)
    p = guarded.run("sh", "-c", f"echo '{code.lower().replace('-', ' ')}' | mimamori-setup uninstall --lang ja --yes --code -", check=False)
    assert p.returncode == 0 and "取り外しました" in p.stdout, p
    gone(guarded)
    L.wait_for(lambda: devices(provider)[who]["state"] == "removed", 10, "the console to hear of it")
    end = time.monotonic() + 20
    while time.monotonic() < end:
        assert (devices(provider)[who]["state"], incidents(provider, who)) == ("removed", []), [i for i in provider.console.incidents() if i["agent_id"] == who]
        time.sleep(0.5)


def test_the_code_is_for_one_computer(guarded, provider):
    other = next(a for a in devices(provider) if a != settled(guarded)["agent_id"])
    code = re.search(r"--code (\S+)", provider.console.cli("removal", other)).group(1)
    removal_code(guarded, provider, settled(guarded)["agent_id"])
    assert guarded.run("mimamori-setup", "uninstall", "--code", code, check=False).returncode == 3
    settled(guarded)


@pytest.mark.parametrize("how", ["force", "package"])
def test_without_a_code_the_console_raises_an_alarm(guarded, provider, how):
    who = settled(guarded)["agent_id"]
    if how == "force":
        p = guarded.run("mimamori-setup", "uninstall", "--lang", "en", "--force", check=False)
        assert p.returncode == 0 and "the console was told" in p.stdout, p
        gone(guarded)
        assert guarded.run("ls", "-d", "/.mimamori-vault").stdout, "originals are kept where nobody said yes"
    else:
        guarded.run("dpkg", "--purge", "mimamori-agent")
    L.wait_for(lambda: "tamper" in incidents(provider, who), 10, "the alarm")
    assert devices(provider)[who]["state"] == "removed"
