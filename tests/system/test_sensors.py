"""Sensors taken away from outside, as root can: seen, told, and put back by a guard that starts anew.

eBPF programs are not to be had in a booted container, so this is shown on the machine itself."""
import os
import re
import time

import pytest

import lab as L
from scene import LIFECYCLE, Scene, kind

TAMPER = 15     # enum event_activity
SETTLED_S = 61  # no guard is started anew for a lost sensor before it ran for a minute (agent/roles/guard.c)


@pytest.fixture(scope="module")
def scene():
    with Scene(fs="xfs", count=60, seed=4, mode="freeze", size_mb=512) as s:
        yield s


def descriptors(pid, what):
    """Of process `pid`: those that the kernel calls so; "fanotify-perm" is the group whose marks make others wait."""
    out = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            link = os.readlink(f"/proc/{pid}/fd/{fd}")
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as f:
                masks = re.findall(r"^fanotify .*? mask:([0-9a-f]+)", f.read(), re.M)
        except OSError:
            continue
        held = any(int(m, 16) & 0x10000 for m in masks)
        if (what == "bpf" and link in ("anon_inode:bpf_link", "anon_inode:bpf-link")) or (link == "anon_inode:[fanotify]" and {"perm": held, "names": not held}.get(what)):
            out.append(fd)
    return out


@pytest.mark.parametrize("what, sensor", [("bpf", "exec"), ("perm", "files"), ("names", "files")])
def test_taken_away(scene, what, sensor):
    scene.fresh_agent()
    started, guard = time.monotonic(), scene.agent.roles()["guard"]
    fds = descriptors(guard, what)
    assert fds, f"the guard has no {what} descriptor"
    L.run(*L.need("lab/close_fd"), str(guard), *fds)
    last = scene.agent.events()[-1]["metadata"]["sequence"]

    def blind():
        return next((s for s in scene.agent.status()["sensors"] if s["name"] == sensor and s["state"] == "blind"), None)
    L.wait_for(blind, 8, "status to say that it is blind")
    assert scene.agent.cli("status")[0] == 1
    scene.agent.wait_event(lambda e: e.get("unmapped", {}).get("subject") == sensor and e["unmapped"].get("new_state") == "blind", 5, "the event")
    L.wait_for(lambda: scene.agent.roles().get("guard") not in (None, guard), SETTLED_S + 10 - (time.monotonic() - started), "a new guard", 0.2)
    scene.agent.wait_ready()
    told = scene.agent.wait_event(lambda e: kind(e, LIFECYCLE, TAMPER) and "detail" in e["unmapped"], 5, "the event", after=last)
    assert told["severity_id"] == 4 and "started again" in told["unmapped"]["detail"]
    got = scene.attack("inplace", timeout=20)
    assert got["lost"] == 0 and got["how"] == "frozen", got
