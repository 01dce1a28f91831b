"""Quarantine, proved by packets: IPv4 and IPv6, in and out, connections that stood before, drift, kill -9."""
import os
import signal
import subprocess
import time

import pytest

import lab as L
from scene import ISOLATE, REMEDIATION, RESTORE, Scene, kind
from stall import Stall
from test_response import agent_with_slow_nft

OUT = ((L.OUTSIDE4, L.PORT), (L.OUTSIDE6, L.PORT), (L.CONSOLE4, L.PORT), (L.CONSOLE6, L.PORT))
IN = ((L.PC_OUT4, L.PORT), (L.PC_OUT6, L.PORT))
CONSOLE = (L.CONSOLE4, L.CONSOLE_PORT)


@pytest.fixture(scope="module")
def scene():
    with Scene(fs="ext4", count=20, seed=8, console=True, size_mb=512) as s:
        yield s


@pytest.fixture(autouse=True)
def open_before(scene):
    if (scene.agent.status() or {}).get("quarantine", {}).get("state") != "no":
        scene.agent.cli("release")
    assert passes(scene.lab) == {True}
    yield


def passes(lab):
    """The set of answers of all ways that a quarantine must close."""
    got = list(lab.probe("pc", *OUT).values()) + list(lab.probe("out", *IN).values())
    return {g[k] for g in got for k in ("tcp", "udp")}


def reach_console(lab):
    return lab.probe("pc", CONSOLE)[CONSOLE]["tcp"]


def isolate(agent):
    code, out = agent.cli("quarantine", "--reason", "test")
    assert code in (0, 2), out
    L.wait_for(lambda: agent.status()["quarantine"]["state"] == "yes", 10, "the quarantine")


def test_local_order_closes_everything_but_the_console(scene):
    watch = scene.lab.watch((L.OUTSIDE4, L.PORT), (L.OUTSIDE6, L.PORT))
    isolate(scene.agent)
    assert passes(scene.lab) == {False} and reach_console(scene.lab)
    time.sleep(1)
    w = watch()
    for a in (L.OUTSIDE4, L.OUTSIDE6):
        assert w[a]["tcp_ok_ns"] < w["now_ns"] - 700_000_000, "a connection that stood before still carries data"
    assert scene.agent.cli("status")[0] == 2
    L.wait_for(lambda: scene.agent.status()["console"]["connected"], 10, "the console link inside the quarantine")
    scene.agent.cli("release")
    assert passes(scene.lab) == {True} and scene.agent.cli("status")[0] in (0, 1)


def test_order_of_the_console(scene):
    """contain and release as signed commands; both reach the waiting host well under the budget of 3 s."""
    device = scene.agent.status()["agent_id"]
    before = scene.agent.status()["journal"]["last"]
    with Stall() as stall:
        start = time.monotonic()
        scene.console.contain(device)
        L.wait_for(lambda: scene.agent.status()["quarantine"]["state"] == "yes", 15, "the quarantine")
        took = time.monotonic() - start
    assert took < 3 + 2 * stall.ms / 1000
    assert passes(scene.lab) == {False} and reach_console(scene.lab)
    scene.console.release(device)
    L.wait_for(lambda: scene.agent.status()["quarantine"]["state"] == "no", 15, "the release")
    assert passes(scene.lab) == {True}
    events = scene.agent.events(before)
    assert any(kind(e, REMEDIATION, ISOLATE) and e["unmapped"].get("command") for e in events)
    assert any(kind(e, REMEDIATION, RESTORE) and e["unmapped"].get("command") for e in events)


def test_drift_is_repaired_and_told(scene):
    isolate(scene.agent)
    before = scene.agent.status()["journal"]["last"]
    L.run("ip", "netns", "exec", scene.lab.ns["pc"], "nft", "flush", "ruleset")
    L.wait_for(lambda: passes(scene.lab) == {False}, 30, "the repair")
    L.wait_for(lambda: [e for e in scene.agent.events(before) if "drift" in str(e).lower()], 10, "the event of the drift")


def test_outlives_the_agent(scene):
    isolate(scene.agent)
    for pid, _ in scene.lab.members(scene.agent.process):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    scene.agent.process.wait(5)
    assert passes(scene.lab) == {False}
    scene.agent.start()
    assert scene.agent.status()["quarantine"]["state"] == "yes" and passes(scene.lab) == {False}


def test_employee_cannot_release(scene):
    isolate(scene.agent)
    program, = L.need("bin/mimamori")
    code, out = scene.lab.call("pc", program, "--config", scene.agent.config, "release", user=True)
    assert code not in (0,) and scene.agent.status()["quarantine"]["state"] == "yes", out
    assert passes(scene.lab) == {False}


@pytest.fixture
def hush(scene):
    """hush(True): packets to the console are dropped, in the lab's own network."""
    def change(on):
        if on:
            rules = "add table inet hush; add chain inet hush in { type filter hook input priority 0; }; " \
                    f"add rule inet hush in tcp dport {L.CONSOLE_PORT} drop"
        else:
            rules = "add table inet hush; delete table inet hush"
        assert scene.lab.call("con", "nft", rules) == (0, "")
    yield change
    change(False)


def order(scene):
    """`mimamori quarantine`, started: it ends when the agent knows whether it stays."""
    program, = L.need("bin/mimamori")
    return scene.lab.spawn("pc", program, "--config", scene.agent.config, "quarantine", "--reason", "test", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_a_console_that_answers_late(scene, hush):
    """A lost packet, or a computer that is busy with an attack, is no console that cannot be reached: the network stays closed, and it is asked again."""
    hush(True)
    p = order(scene)
    L.wait_for(lambda: scene.agent.status()["quarantine"]["state"] == "yes", 10, "the quarantine")
    time.sleep(4)
    assert scene.agent.status()["quarantine"]["state"] == "yes" and passes(scene.lab) == {False}
    hush(False)
    said = p.communicate(timeout=30)[0].decode()
    assert p.returncode in (0, 2), said
    assert scene.agent.status()["quarantine"]["state"] == "yes" and passes(scene.lab) == {False}


def test_a_console_that_cannot_be_reached(scene, hush):
    """Taken back after a while, for the order does not hold without the console; and told."""
    before = scene.agent.status()["journal"]["last"]
    hush(True)
    start = time.monotonic()
    p = order(scene)
    L.wait_for(lambda: passes(scene.lab) == {False}, 10, "the quarantine")
    said = p.communicate(timeout=60)[0].decode()
    took = time.monotonic() - start
    print(f"taken back after {took:.1f} s")
    assert took > 14, "four tries, one after the other"
    assert p.returncode == 1 and "cannot be reached from inside the quarantine: it was taken back" in said, said
    assert scene.agent.status()["quarantine"]["state"] == "no" and passes(scene.lab) == {True}
    told = [e for e in scene.agent.events(before) if kind(e, REMEDIATION, ISOLATE)]
    assert "console reachable: no" in str(told[-1]), told


def latest_contain(scene, device):
    return max((o for o in scene.console.cli("orders", "--device", device, json_out=True) if o["action"] == "contain"), key=lambda o: o["sequence"])


def test_an_order_is_not_refused_when_core_ends_while_it_waits(scene, hush):
    """The next core fetches it again: it is in force, and that is what the console hears."""
    agent_with_slow_nft(scene, 2)
    try:
        device, core = scene.agent.status()["agent_id"], scene.agent.roles()["core"]
        L.wait_for(lambda: scene.agent.status()["console"]["connected"], 20, "the console link")
        scene.console.contain(device)
        L.wait_for(lambda: os.path.exists(os.path.join(scene.agent.state, "guard", "quarantine.json")), 15, "the order to be taken", 0.002)
        hush(True)
        L.wait_for(lambda: scene.agent.status()["quarantine"]["state"] == "yes", 30, "the quarantine")
        os.kill(core, signal.SIGKILL)
        L.wait_for(lambda: scene.agent.roles().get("core") not in (None, core), 20, "a new core")
        hush(False)
        answer = L.wait_for(lambda: (o := latest_contain(scene, device))["state"] not in ("queued", "sent") and o, 40, "the answer")
        assert answer["state"] == "ok" and answer["message"] == "this order is in force", answer
        time.sleep(6)
        assert scene.agent.status()["quarantine"]["state"] == "yes"
    finally:
        scene.agent.cli("release", timeout=40)
        scene.agent.stop()
        scene.agent.start()


def test_released_before_the_console_was_reached(scene, hush):
    """The person who ordered it hears that somebody else released it; a later proof changes nothing."""
    hush(True)
    p = order(scene)
    L.wait_for(lambda: scene.agent.status()["quarantine"]["state"] == "yes", 10, "the quarantine")
    scene.agent.cli("release")
    assert p.wait(10) != 0
    hush(False)
    time.sleep(6)  # an upkeep
    assert scene.agent.status()["quarantine"]["state"] == "no" and passes(scene.lab) == {True}
