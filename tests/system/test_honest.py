"""Honest work in protected folders: it runs to its end, nothing is frozen, nobody is cut off."""
import os

import pytest

import honest
from scene import FINDING, FREEZE, ISOLATE, PROCESS_REMEDIATION, REMEDIATION, CREATE, Scene, kind


class State:
    alarmed = False


@pytest.fixture(scope="module")
def pc():
    """All workloads are prepared before the agent starts, so what they change are originals."""
    s = State()
    with Scene(fs="ext4", count=60, seed=4, mode="quarantine", size_mb=4096) as s.scene:
        s.scene.agent.stop()
        s.honest = honest.Honest(s.scene.lab)
        s.base = os.path.join(s.scene.lab.folder, "仕事")
        os.makedirs(s.base)
        os.chown(s.base, s.scene.lab.uid, s.scene.lab.gid)
        s.folders = {w.name: s.honest.prepare(w, s.base) for w in honest.WORKLOADS if not w.missing()}
        s.scene.agent.start()
        yield s


@pytest.mark.parametrize("work", honest.WORKLOADS, ids=lambda w: w.name)
def test_honest(pc, work):
    if work.missing():
        pytest.skip(work.missing())
    agent = pc.scene.agent
    if pc.alarmed:  # what the last one set off must not weigh on this one
        pc.scene.fresh_agent(documents=False)
    before = agent.status()["journal"]["last"]
    events, pc.alarmed = [], True

    def frozen():
        return "frozen by the agent" if (agent.status() or {}).get("frozen_trees") else None
    try:
        got = pc.honest.run(work, pc.folders[work.name], timeout=120, give_up=frozen)
    finally:
        events = agent.events(before)
        for e in events:
            print(e.get("class_name"), e.get("unmapped", {}).get("rule"), e.get("unmapped", {}).get("detail"))
    assert got["status"] == 0, got["output"][-2000:]
    assert not [e for e in events if kind(e, PROCESS_REMEDIATION, FREEZE)]
    assert not [e for e in events if kind(e, REMEDIATION, ISOLATE)]
    # a note of severity info or low, only observed, is no alarm: nobody is called for it
    alarms = [e["unmapped"].get("rule") for e in events if kind(e, FINDING, CREATE)
              and (e["severity_id"] >= 3 or e["unmapped"].get("response") not in ("observe", None))]
    assert not alarms, f"false alarms: {alarms}"
    pc.alarmed = False


def test_documents_beside_were_let_alone(pc):
    got = pc.scene.verify(2)
    assert not got["lost"]
