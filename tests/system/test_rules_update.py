"""A new rule pack on a guarded host: which one judges, and the way back from one that ends the scan process."""
import hashlib
import json
import os
import shutil
import signal

import pytest

import lab as L
from scene import Scene

STATE_CHANGE = 5019


@pytest.fixture
def scene():
    with Scene(fs="ext4", count=20, seed=21, mode="freeze", size_mb=256) as s:
        yield s


def pack(path, version):
    """The shipped pack under another version; the hash of its manifest."""
    shutil.copytree(os.path.join(L.TREE, "rules"), path)
    name = os.path.join(path, "manifest.json")
    with open(name, encoding="utf-8") as f:
        manifest = json.load(f)
    manifest["version"] = version
    with open(name, "w", encoding="utf-8") as f:
        json.dump(manifest, f)
    with open(name, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def install(scene, version):
    """As the updater does it: a folder of its own, then the link."""
    rules = os.path.join(scene.agent.state, "updates", "rules")
    os.makedirs(rules, exist_ok=True)
    sha = pack(os.path.join(rules, f"{version}.new"), version)
    os.rename(os.path.join(rules, f"{version}.new"), os.path.join(rules, f"{version}.{sha[:16]}"))
    os.symlink(f"{version}.{sha[:16]}", os.path.join(rules, "link"))
    os.rename(os.path.join(rules, "link"), os.path.join(rules, "current"))
    return sha


def version(scene):
    s = scene.agent.status()
    return s and s["rules"]["version"]


def refused(scene):
    try:
        with open(os.path.join(scene.agent.state, "guard", "rules-refused"), encoding="ascii") as f:
            return [line.split() for line in f]
    except FileNotFoundError:
        return []


def end_scan(scene, number, until, times=6):
    """End or stop the scan process, each time a new one, until the condition holds."""
    done = []
    for _ in range(times):
        pid = L.wait_for(lambda: (p := scene.agent.roles().get("scan")) not in [None] + done and p, 20, "a new scan process")
        L.wait_for(lambda: (s := scene.agent.status()) and s["rules"]["burst"] > 0 and "sensor:scan" not in s["reasons"], 20, "rules that judge")
        if until():
            break
        os.kill(pid, number)
        done.append(pid)
    L.wait_for(until, 20, "the way back")


def left(e, was):
    return e["class_uid"] == STATE_CHANGE and e["severity_id"] == 4 and e["unmapped"].get("old_state") == was


@pytest.mark.parametrize("number", (signal.SIGKILL, signal.SIGSTOP))
def test_a_pack_that_ends_scan_is_left(scene, number):
    """It compiled and judged, then scan died or stood still again and again: the one before judges, and stays."""
    before = version(scene)
    sha = install(scene, "99.1.0")
    assert scene.agent.cli("reload")[0] == 0
    assert L.wait_for(lambda: version(scene) == "99.1.0", 10, "the new pack")
    end_scan(scene, number, lambda: version(scene) == before)
    why = "stalled" if number == signal.SIGSTOP else "died"
    assert refused(scene) == [["99.1.0", sha, why]]
    e = scene.agent.wait_event(lambda e: left(e, "99.1.0"), 10, "the event")
    assert e["status_id"] == 2 and "99.1.0" in json.dumps(e), e
    s = L.wait_for(lambda: (s := scene.agent.status()) and s["reasons"] == ["sensor:rules"] and s, 10, "the reason")
    sensor, = [x for x in s["sensors"] if x["name"] == "rules"]
    assert sensor["state"] == "degraded" and sensor["reason"] == "the newest rules ended the scan process; older ones judge"
    code, out = scene.agent.cli("--lang", "ja", "status")
    assert code == 1 and "新しい検知ルールで検査が止まった" in "".join(out.split()), out


def test_a_pack_that_was_left_is_not_tried_again(scene):
    """Not by SIGHUP, not by `reload`, not by a new guard; one with another manifest is."""
    before = version(scene)
    install(scene, "99.2.0")
    os.kill(scene.agent.roles()["guard"], signal.SIGHUP)
    L.wait_for(lambda: version(scene) == "99.2.0", 10, "the new pack")
    end_scan(scene, signal.SIGKILL, lambda: version(scene) == before)
    code, out = scene.agent.cli("--lang", "en", "reload")
    assert code != 0 and "99.2.0" in out, out
    os.kill(scene.agent.roles()["guard"], signal.SIGHUP)
    scene.agent.stop()
    scene.agent.start(wait=False)
    s = L.wait_for(lambda: (s := scene.agent.status()) and s.get("rules", {}).get("burst") and s, 30, "rules that judge")
    assert s["rules"]["version"] == before and s["reasons"] == ["sensor:rules"], s["reasons"]
    install(scene, "99.3.0")
    assert scene.agent.cli("reload")[0] == 0
    L.wait_for(lambda: (s := scene.agent.status()) and s["rules"]["version"] == "99.3.0" and not s["reasons"], 10, "the next pack")
    assert [row[0] for row in refused(scene)] == ["99.2.0"]


def test_the_only_pack_stays(scene):
    """Nothing to go back to: better these rules with gaps than none."""
    before = version(scene)
    first, done = scene.agent.roles()["scan"], []
    for _ in range(5):
        pid = L.wait_for(lambda: (p := scene.agent.roles().get("scan")) not in [None] + done and p, 20, "a new scan process")
        os.kill(pid, signal.SIGKILL)
        done.append(pid)
    L.wait_for(lambda: version(scene) == before and scene.agent.status()["rules"]["burst"] > 0, 20, "rules that judge")
    assert first in done and refused(scene) == []


def test_a_pack_that_does_not_compile_falls_back_over_a_restart(scene):
    before = version(scene)
    install(scene, "99.4.0")
    link = os.path.join(scene.agent.state, "updates", "rules", "current")
    broken = next(os.path.join(d, f) for d, _, fs in os.walk(os.path.join(link, "burst")) for f in fs if f.endswith(".yar"))
    with open(broken, "a", encoding="utf-8") as f:
        f.write("\nrule broken { condition: no_such_fact > 1 }\n")
    assert scene.agent.cli("reload")[0] != 0
    assert version(scene) == before
    scene.agent.stop()
    scene.agent.start(wait=False)
    s = L.wait_for(lambda: (s := scene.agent.status()) and s.get("rules", {}).get("burst") and s, 30, "rules that judge")
    assert s["rules"]["version"] == before and "sensor:rules" in s["reasons"]
    assert refused(scene) == [], "it never ended anything"
    shutil.rmtree(os.path.realpath(link))
    scene.agent.stop()
    scene.agent.start(wait=False)
    L.wait_for(lambda: version(scene) == before, 30, "the configured pack: the link leads nowhere")


def test_the_ring_of_the_signed_policy():
    """From the desk to STATE/guard/ring, where the updater reads it; it outlives the guard."""
    with Scene(fs="ext4", count=5, seed=22, mode="freeze", console=True, size_mb=256) as s:
        ring = os.path.join(s.agent.state, "guard", "ring")
        L.wait_for(lambda: s.agent.status()["console"]["connected"], 15, "the first contact")
        assert s.agent.status()["updates"]["ring"] == "broad" and not os.path.exists(ring)
        device, = s.console.devices()
        for want, where in (("early", []), ("canary", ["--device", device["agent_id"]])):
            s.console.cli("ring", "1", *where, "--ring", want)
            L.wait_for(lambda: os.path.exists(ring) and open(ring, encoding="ascii").read() == want + "\n", 15, "the ring on disk")
            L.wait_for(lambda: s.agent.status()["updates"]["ring"] == want, 5, "the ring in status")
            L.wait_for(lambda: s.console.devices()[0]["ring"] == want, 15, "the ring at the desk")
        s.console.cli("gateways", "1", "--gateway", "192.0.2.1:443")
        orders = L.wait_for(lambda: (o := s.console.cli("orders", json_out=True)) and all(x["state"] == "ok" for x in o) and o, 20, "the answers")
        assert len(orders) == 3, orders
        s.agent.stop()
        s.agent.start()
        assert s.agent.status()["updates"]["ring"] == "canary"
