"""The order in which the guard answers an attack, also when it is killed in between."""
import os
import shutil
import signal
import time

import attacks
import lab as L
from scene import FILE_REMEDIATION, ISOLATE, LIFECYCLE, OTHER, PROCESS_REMEDIATION, REMEDIATION, RESTORE, Scene, kind, mono


def event_of(agent, class_uid, activity, what):
    return agent.wait_event(lambda e: kind(e, class_uid, activity), 40, what)


def dark(lab):
    got = lab.probe("pc", (L.OUTSIDE4, L.PORT), (L.OUTSIDE6, L.PORT)).values()
    return not any(g["tcp"] or g["udp"] for g in got)


def agent_with_slow_nft(scene, seconds):
    """Start the agent anew where, in a mount namespace of its own, every call of nft(8) takes a while longer."""
    real, slow = (os.path.join(scene.lab.dir, n) for n in ("nft.real", "nft.slow"))
    shutil.copy("/usr/sbin/nft", real)
    with open(slow, "w") as f:
        f.write(f'#!/bin/sh\nsleep {seconds}\nexec {real} "$@"\n')
    os.chmod(slow, 0o755)
    holder = scene.lab.hold_mounts("pc", f"mount --bind {slow} /usr/sbin/nft")
    scene.agent.stop()
    scene.agent.start(mounts=holder.pid)


def test_isolated_before_the_restore():
    """The network is closed while the originals still wait: how long a restore takes is up to the disk."""
    with Scene(fs="ext4", count=60, seed=31, console=True, size_mb=512) as scene:
        got = scene.attack("inplace", rate=100)
        assert got["lost"] == 0 and got["touched"] <= 20, got
        isolated = event_of(scene.agent, REMEDIATION, ISOLATE, "the quarantine")
        restored = event_of(scene.agent, FILE_REMEDIATION, RESTORE, "the restore")
        assert mono(isolated) < mono(restored)
        assert dark(scene.lab)


def test_killed_between_freeze_and_quarantine():
    """The successor closes the network as the rule ordered, and restores."""
    with Scene(fs="ext4", count=60, seed=32, console=True, size_mb=512) as scene:
        agent_with_slow_nft(scene, 4)  # what was started goes on when the guard is killed: it must be killed, and looked at, before
        a = attacks.Attack(scene.lab, "inplace", rate=100)
        try:
            assert a.wait(10) == "frozen"
            L.wait_for(lambda: [e for e in scene.agent.events() if kind(e, PROCESS_REMEDIATION)], 5, "the stop", 0.01)
            os.kill(scene.agent.roles()["guard"], signal.SIGKILL)
            killed = time.clock_gettime_ns(time.CLOCK_BOOTTIME)  # core ends with the guard: only its journal can tell later
            assert not dark(scene.lab)
        finally:
            a.settle()
        assert mono(event_of(scene.agent, REMEDIATION, ISOLATE, "the quarantine")) > killed
        event_of(scene.agent, FILE_REMEDIATION, RESTORE, "the restore")
        assert dark(scene.lab)
        assert scene.agent.status()["quarantine"]["state"] == "yes"
        assert not scene.verify(10)["lost"]


def test_a_slow_nft_holds_nobody_up():
    """Every look at the rules takes longer than the keeper waits for a beat of the guard: it goes on beating."""
    with Scene(fs="ext4", count=5, seed=33, console=True, size_mb=512) as scene:
        agent_with_slow_nft(scene, 2)
        before, guard = scene.agent.status()["journal"]["last"], scene.agent.roles()["guard"]
        code, out = scene.agent.cli("quarantine", "--reason", "test")
        assert code in (0, 2), out
        L.wait_for(lambda: scene.agent.status()["quarantine"]["state"] == "yes", 20, "the quarantine")
        time.sleep(12)       # at least one look of the upkeep
        assert dark(scene.lab) and scene.agent.status()["quarantine"]["state"] == "yes"
        assert scene.agent.roles()["guard"] == guard
        assert not [e for e in scene.agent.events(before) if kind(e, LIFECYCLE, OTHER)]
