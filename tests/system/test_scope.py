"""[watch] scope=netns: what runs outside of the agent's own network namespace is neither judged nor signalled."""
import time

import pytest

import attacks
from scene import Scene

# A command line that a shipped rule freezes; it does nothing: `true ||` keeps the rest from running.
HARMLESS = "sleep 3; true || sh -i >& /dev/tcp/127.0.0.1/9 0>&1"


@pytest.fixture
def scene():
    with Scene(fs="ext4", count=120, seed=6, mode="freeze", size_mb=768) as s:
        yield s


def outcome(p, seconds=6):
    """"ended" or "frozen"."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and p.poll() is None:
        time.sleep(0.05)
    return "ended" if p.poll() is not None else "frozen"


def test_attack_outside_the_scope_is_let_alone(scene):
    before = scene.agent.status()["journal"]["last"]
    a = attacks.Attack(scene.lab, "inplace", where="out")
    assert a.wait(20) == "ended"
    count = a.settle()
    assert count["touched"] == 120 and count["refused"] == 0
    time.sleep(1)
    assert [e for e in scene.agent.events(before) if e["class_uid"] in (2004, 7001, 7002, 7003)] == []


def test_the_same_attack_inside_is_stopped(scene):
    got = scene.attack("inplace", timeout=20)
    assert got["how"] == "frozen" and got["lost"] == 0 and got["touched"] <= 20


def test_process_rules_keep_to_the_scope(scene):
    inside = scene.lab.spawn("pc", "/bin/bash", "-c", HARMLESS, user=True, log="inside")
    outside = scene.lab.spawn("out", "/bin/bash", "-c", HARMLESS, user=True, log="outside")
    assert outcome(outside) == "ended" and outside.returncode == 0
    assert outcome(inside) == "frozen", "the control: inside the scope the rule freezes it"
    scene.lab.end(inside)


def test_leaving_the_scope_is_no_way_out(scene):
    """User and mount namespaces of its own hide nothing."""
    got = scene.attack("userns", timeout=20, base="newunlink")
    assert got["how"] == "frozen" and got["lost"] == 0
