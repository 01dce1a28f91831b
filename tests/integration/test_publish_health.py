"""Packs and agents that are halted, or go on, by what the console tells of them: the real desk, and answers as the real console
writes them (docs/release-desk.md, Health).

    /usr/bin/python3 -m pytest tests/integration/test_publish_health.py         (B=build/NAME for another build)"""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import test_console as T  # noqa: E402
from publish_desk import FAILED, MORE, NOT_FOUND, OK, USAGE, desk, host, needs_build, preload, template  # noqa: E402,F401
from test_console_doors import Company  # noqa: E402
from test_publish_release import add_agent, make_agent, make_pack, targets  # noqa: E402

pytestmark = needs_build
WAIT, HALT = 5, 6
NAME, OLDER = "rules/mimamori-rules-1.3.0.tar.zst", "rules/mimamori-rules-1.2.0.tar.zst"
ALL = ("rules", "snapshot", "timestamp")
MEMBERS = ("devices", "devices_left", "devices_proven", "devices_quiet", "devices_silent", "devices_gone")
DAY = 86400


def stamp(ago=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago))


def report(ago=0, **packs):
    """{"v1_3_0": (runs, left, proven, quiet, silent, gone)} as the console tells it."""
    return {"generated_at": stamp(ago), "packs": [{"version": v[1:].replace("_", "."), **dict(zip(MEMBERS, (*n, 0, 0, 0, 0, 0, 0)))} for v, n in packs.items()]}


@pytest.fixture
def shop(desk, tmp_path):
    """1.2.0 for everybody, 1.3.0 for the canary ring with a hold that is over: made four days ago."""
    desk.run("add", desk.dir, make_pack(tmp_path / "old"), "--role", "rules", keys=("rules",))
    add = desk.argv("add", desk.dir, make_pack(tmp_path / "new", "1.3.0"), "--role", "rules", "--ring", "canary", "--hold", "3", keys=("rules",))
    then = ["faketime", "-f", "-4d"]
    subprocess.run([*then, *add], check=True, stdout=subprocess.DEVNULL, timeout=60)
    desk.run("renew", desk.dir, "rules", keys=("rules",))
    desk.snapshot()
    return desk


def health(desk, told, *more, code, keys=(), name=NAME):
    f = desk.base / "packs.json"
    f.write_text(told if isinstance(told, str) else json.dumps(told))
    return desk.run("health", desk.dir, *([name] if name else []), "--packs", f, *more, keys=keys, code=code)


def custom(desk, name=NAME):
    return targets(desk, "rules")[name]["custom"]


def test_a_verdict_in_a_sentence(shop):
    said = health(shop, report(v1_2_0=(600, 0, 600), v1_3_0=(400, 0, 390)), code=OK)
    assert said.startswith(f"{NAME}: fine: 390 hosts have had it for a day, or went back from it (0): fewer than 0.765 % of all hosts go back.")
    said = health(shop, report(v1_2_0=(900, 0, 900), v1_3_0=(100, 0, 100)), code=WAIT)
    assert "wait: 100 hosts" in said and "up to 2.95 %" in said and "149 hosts are needed" in said
    said = health(shop, report(v1_2_0=(900, 0, 900), v1_3_0=(96, 4, 90)), code=HALT)
    assert "halt: 4 of 100 hosts that took it went back" in said and f"halt {shop.dir} {NAME}" in said
    said = health(shop, report(v1_2_0=(600, 0, 580, 20, 18), v1_3_0=(400, 0, 340, 60, 55)), code=HALT)
    assert "55 of 400 hosts that run it have not been heard for four days, of 600 others 18" in said
    assert "WAIT" not in said and health(shop, report(v1_2_0=(600, 0, 580, 20, 18), v1_3_0=(400, 0, 340, 60, 0)), code=WAIT)
    health(shop, report(), code=WAIT)
    got = json.loads(health(shop, report(v1_3_0=(96, 4, 90)), "--json", code=HALT))
    assert (got["verdict"], got["version"], got["name"], got["exit"], got["hosts"]["left"]) == ("halt", "1.3.0", NAME, HALT, 4)
    assert not shop.staged() and "halt" not in custom(shop), "a verdict changes nothing"


def test_without_a_name_the_newest_that_is_not_halted(shop):
    told = report(v1_2_0=(600, 0, 600), v1_3_0=(100, 7, 90))
    assert f"{NAME}: halt" in health(shop, told, name=None, code=HALT)
    health(shop, told, "--halt", keys=ALL, name=None, code=HALT)
    assert f"{OLDER}: fine" in health(shop, told, name=None, code=OK), "the timer says it once"
    assert "halted already" in health(shop, told, code=HALT)


def test_what_is_no_report(shop):
    for bad in ("", "{}", "x" * 2000000, json.dumps(report(v1_3_0=(-1,))), "[" * 100000):
        health(shop, bad, "--halt", keys=ALL, code=FAILED)
    assert "more than an hour ago" in health(shop, report(ago=3700, v1_3_0=(0, 9)), "--halt", keys=ALL, code=FAILED)
    health(shop, report(ago=-400, v1_3_0=(0, 9)), code=FAILED)
    health(shop, report(), name="rules/none.tar.zst", code=NOT_FOUND)
    shop.run("health", shop.dir, NAME, "--packs", shop.base / "none", code=NOT_FOUND)
    shop.run("health", shop.dir, NAME, code=USAGE)
    health(shop, report(), keys=("rules",), code=USAGE)
    assert not shop.staged() and "halt" not in custom(shop)


# ---- agents ----------------------------------------------------------------------------------------------------
AGENT = "agent/mimamori-0.3.0-linux-x86_64.tar.zst"
BOTH = ("release-1", "release-2", "snapshot", "timestamp")


@pytest.fixture
def agents(shop, tmp_path):
    """0.2.0 for everybody, 0.3.0 for the canary ring, and a file that is no release."""
    for version, more in (("0.2.0", ()), ("0.3.0", ("--ring", "canary"))):
        add_agent(shop, make_agent(tmp_path / version, version), version, *more)
    shop.add("agent/notes", b"x", role="agent", keys=BOTH[:2])
    shop.snapshot()
    return shop


def of_agents(ago=0, **versions):
    """A report in which the packs are as they should be."""
    return {**report(ago, v1_2_0=(600, 0, 600), v1_3_0=(400, 0, 390)), "agents": report(**versions)["packs"]}


def agent_custom(desk):
    return targets(desk, "agent")[AGENT]["custom"]


def test_a_verdict_on_an_agent(agents):
    def said(told, code, *more, name=AGENT):
        return health(agents, told, *more, code=code, name=name)

    good, bad = of_agents(v0_2_0=(600, 0, 600), v0_3_0=(400, 0, 390)), of_agents(v0_2_0=(900, 0, 900), v0_3_0=(96, 4, 90))
    assert f"{AGENT}: fine: 390 hosts" in said(good, OK) and f"{AGENT}: halt: 4 of 100 hosts" in said(bad, HALT)
    silent = of_agents(v0_2_0=(600, 0, 580, 20, 18), v0_3_0=(400, 0, 340, 60, 55))
    assert "55 of 400 hosts that run it have not been heard for four days, of 600 others 18" in said(silent, HALT)
    assert f"{NAME}: fine" in said(bad, OK, name=None), "packs are judged by packs"
    assert f"{AGENT}: halt" in said(bad, HALT, "--role", "agent", name=None) and f"{NAME}: fine" in said(bad, OK, "--role", "rules", name=None)
    said(bad, USAGE, "--role", "agent")
    said(bad, USAGE, "--role", "root", name=None)
    assert "with its agents" in said(report(v0_3_0=(400, 0, 390)), FAILED), "an older console tells nothing of agents"
    assert "rule packs and agents only" in said(good, USAGE, name="agent/notes")
    assert not agents.staged() and "halt" not in agent_custom(agents)


def test_an_agent_goes_to_more_hosts_only_when_all_is_fine(agents):
    f = agents.base / "packs.json"

    def stage(told, code):
        f.write_text(json.dumps(told))
        return agents.run("stage", agents.dir, AGENT, "--ring", "early", "--packs", f, keys=BOTH[:2], code=code)

    assert "goes to no more hosts: wait" in stage(of_agents(v0_3_0=(100, 0, 100)), WAIT)
    assert "goes to no more hosts: halt" in stage(of_agents(v0_3_0=(96, 4, 90)), HALT)
    assert not agents.staged()
    stage(of_agents(v0_3_0=(400, 0, 390)), OK)
    agents.snapshot()
    assert agent_custom(agents)["rollout"]["ring"] == "early"


def test_an_agent_is_halted_by_its_holders(agents):
    """A timer has none of their keys: it stages the halt, says every time who is missing, and takes away no signature."""
    def timer(code, *more):
        return health(agents, bad, "--role", "agent", "--halt", code=code, keys=("snapshot", "timestamp", *more), name=None)

    bad = of_agents(v0_2_0=(900, 0, 900), v0_3_0=(96, 4, 90))
    assert "agent 3: 0 of 2 signatures" in timer(MORE) and "agent 3: 0 of 2 signatures" in timer(MORE)
    agents.run("sign", agents.dir, "agent", keys=("release-3",), code=MORE)
    assert "stays with its signatures" in timer(MORE) and "agent 3: 1 of 2 signatures" in timer(MORE)
    assert "halt" not in agent_custom(agents)
    agents.run("sign", agents.dir, "agent", keys=("release-1",), code=OK)
    assert f"{AGENT} is halted." in timer(HALT)
    assert agent_custom(agents)["halt"]["reason"].startswith("4 of 100 hosts") and not agents.staged()
    assert "mimamori-0.2.0-linux-x86_64.tar.zst: fine" in timer(OK), "the timer says it once"


def test_an_agent_is_halted_at_once_with_enough_keys(agents, host):
    agents.run("stage", agents.dir, "agent/mimamori-0.2.0-linux-x86_64.tar.zst", "--ring", "broad", "--percent", "7", code=MORE)
    bad = of_agents(v0_2_0=(900, 0, 900), v0_3_0=(96, 4, 90))
    assert "wants its signatures anew" in health(agents, bad, "--halt", keys=("release-1",), name=AGENT, code=MORE)
    agents.run("sign", agents.dir, "agent", keys=("release-1",), code=MORE)
    health(agents, bad, "--halt", keys=BOTH, name=AGENT, code=HALT)
    assert "halt" in agent_custom(agents) and agents.staged() == ["agent.json"]
    host.download(AGENT)
    seen = json.loads((host.here / "agent.json").read_text())["signed"]["targets"][AGENT]["custom"]
    assert seen["halt"]["reason"].startswith("4 of 100")


def test_a_halt_without_a_person(shop, host):
    """From hosts that went back to metadata that tells every host to: one run of a timer."""
    told = report(v1_2_0=(900, 0, 900), v1_3_0=(96, 4, 90))
    p = subprocess.run(shop.argv("health", shop.dir, "--packs", "-", "--halt", keys=ALL), input=json.dumps(told), stdout=subprocess.PIPE, text=True, timeout=60)
    assert p.returncode == HALT and f"{NAME} is halted." in p.stdout
    halt = custom(shop)["halt"]
    assert abs(time.mktime(time.strptime(halt["since"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone - time.time()) < 120
    assert halt["reason"].startswith("4 of 100 hosts that took it went back from it") and "halt" not in custom(shop, OLDER)
    assert not shop.staged()
    assert host.download(NAME), "the artifact stays; the client reads the halt beside it"
    seen = json.loads((host.here / "rules.json").read_text())["signed"]["targets"][NAME]["custom"]
    assert seen["halt"] == halt and seen["rollout"]["ring"] == "canary"
    before = shop.public()
    health(shop, told, "--halt", keys=ALL, code=HALT)
    assert shop.public() == before, "once is enough"


def test_nothing_is_halted_that_is_well(shop):
    before = shop.public()
    health(shop, report(v1_2_0=(600, 0, 600), v1_3_0=(400, 0, 390)), "--halt", keys=ALL, code=OK)
    health(shop, report(v1_2_0=(600, 0, 600), v1_3_0=(400, 1, 0)), "--halt", keys=ALL, code=WAIT)
    assert shop.public() == before and not shop.staged()


def test_a_halt_with_too_few_keys_waits(shop):
    told = report(v1_3_0=(96, 4, 90))
    health(shop, told, "--halt", code=MORE)
    assert shop.staged() == ["rules.json"] and "halt" not in custom(shop)
    health(shop, told, "--halt", keys=("rules",), code=MORE)
    assert shop.staged() == ["rules.json"]
    shop.snapshot()
    assert "halt" in custom(shop)


def test_a_timer_signs_nothing_that_somebody_staged(shop):
    """What waits for a person's eyes is not published by a halt; it is there afterwards, halted and unsigned."""
    shop.run("stage", shop.dir, OLDER, "--ring", "early", "--percent", "7", code=MORE)
    told = report(v1_3_0=(96, 4, 90))
    for keys, code in ((("rules",), MORE), (ALL, HALT)):
        assert "wants its signatures anew" in health(shop, told, "--halt", keys=keys, code=code)
        staged = json.loads((shop.dir / "staged/rules.json").read_text())
        assert staged["signatures"] == [] and "halt" in staged["signed"]["targets"][NAME]["custom"]
        assert staged["signed"]["targets"][OLDER]["custom"]["rollout"]["percent"] == 7
        assert ("halt" in custom(shop)) == (keys == ALL) and "rollout" not in custom(shop, OLDER)
    shop.run("sign", shop.dir, "rules", keys=("rules",))
    shop.snapshot()
    assert custom(shop, OLDER)["rollout"]["percent"] == 7 and "halt" in custom(shop)


def test_a_stage_with_packs_goes_on_only_when_all_is_fine(shop):
    f = shop.base / "packs.json"

    def stage(told, ring, *more, code):
        f.write_text(json.dumps(told))
        return shop.run("stage", shop.dir, NAME, "--ring", ring, "--packs", f, *more, keys=("rules",), code=code)

    few, bad, good = report(v1_3_0=(100, 0, 100)), report(v1_3_0=(96, 4, 90)), report(v1_3_0=(400, 0, 390))
    assert "goes to no more hosts: wait: 100 hosts" in stage(few, "early", code=WAIT)
    assert "goes to no more hosts: halt: 4 of 100" in stage(bad, "early", "--force", code=HALT), "force is for the hold"
    stage({}, "early", code=FAILED)
    assert not shop.staged()
    stage(bad, "canary", "--percent", "50", code=OK)
    shop.snapshot()
    assert custom(shop)["rollout"]["percent"] == 50, "narrowing is always possible"
    stage(good, "early", "--hold", "3", code=OK)
    shop.snapshot()
    assert "it is held until" in stage(good, "broad", code=FAILED)
    assert "it is held until" in stage(good, "broad", "--force", code=WAIT)
    assert custom(shop)["rollout"]["ring"] == "early"


def test_the_answer_of_the_real_console(agents, tmp_path):
    """Hosts tell the console, the desk reads what the console answers."""
    shop = agents
    console = T.Console(tmp_path / "console").start()
    try:
        company = Company(console, tmp_path, devices=3)
        for d in company.devices:
            assert d.beat(rules="1.3.0")[0] == 200

        def ask():
            status, got = console.api("GET", "/api/v1/packs", token=console.desk)
            assert status == 200
            return json.dumps(got)

        assert "0 hosts have had it" in health(shop, ask(), code=WAIT)
        db = sqlite3.connect(os.path.join(console.dir, "console.db"), timeout=10)
        with db:
            db.execute("UPDATE device SET rules_since = rules_since - ?", (DAY,))
        db.close()
        assert "3 hosts have had it" in health(shop, ask(), code=WAIT)
        for d in company.devices[:2]:
            assert d.beat(rules="1.2.0", updates={"configured": True, "ring": "canary", "rules_left": ["1.3.0"]})[0] == 200
        assert "2 of 3 hosts that took it went back" in health(shop, ask(), "--halt", keys=ALL, code=HALT)
        assert custom(shop)["halt"]["reason"].startswith("2 of 3 hosts")
        assert "0 hosts have had it" in health(shop, ask(), name=AGENT, code=WAIT)
        for d, told in zip(company.devices, ({"agent_left": ["0.3.0"]}, {"agent_left": ["0.3.0"]}, {"agent_trial": "0.3.0"})):
            assert d.beat(rules="1.2.0", updates={"configured": True, "ring": "canary", **told})[0] == 200
        assert "2 of 3 hosts that took it went back" in health(shop, ask(), "--halt", keys=BOTH, name=AGENT, code=HALT)
    finally:
        console.stop()
