"""The two ends of an incident: a false alarm goes on (allow), a real attack is ended (close)."""
import os

import pytest

import attacks
import lab as L
from scene import CREATE, FILE_REMEDIATION, FINDING, PROCESS_REMEDIATION, RESTORE, THAW, Scene, kind, validate

CLOSE, TERMINATE = 6, 22  # enum event_activity


@pytest.fixture(scope="module")
def scene():
    with Scene(fs="ext4", count=150, seed=15, mode="freeze", console=True, size_mb=768) as s:
        yield s


@pytest.fixture(autouse=True)
def fresh(scene):
    L.wait_for(lambda: scene.agent.status()["console"]["connected"], 15, "the console")
    assert scene.agent.status()["incident"] is None
    yield


def frozen(scene, after, mode="inplace", **options):
    """An attack that was frozen and whose files are back; with its incident's id."""
    a = attacks.Attack(scene.lab, mode, rate=60, **options)
    assert a.wait(20) == "frozen"
    e = scene.agent.wait_event(lambda e: kind(e, FILE_REMEDIATION, RESTORE), 10, "the restore", after)
    return a, e["metadata"]["correlation_uid"]


def ended(scene, a, incident, after):
    """The programs are gone, the state is clean, the record says it; the events of it."""
    L.wait_for(lambda: not scene.lab.members(a.process), 5, "the end of the programs")
    L.wait_for(lambda: scene.agent.status()["overall"] == "attention" and scene.agent.status()["reasons"] == ["mode"] or
               scene.agent.status()["overall"] == "guarded", 5, "a clean state")
    got = [e for e in scene.agent.events(after) if e["metadata"].get("correlation_uid") == incident]
    end, = [e for e in got if kind(e, PROCESS_REMEDIATION, TERMINATE)]
    assert end["activity_id"] == 2 and end["unmapped"]["processes"] >= 1 and "ended" in str(end)
    assert [e for e in got if kind(e, FINDING, CLOSE)]
    assert validate(got, os.path.join(scene.lab.dir, "close.ndjson"))[0] in (True, None)
    assert scene.verify()["lost"] == []
    return end


def test_close(scene):
    after = scene.agent.status()["journal"]["last"]
    a, incident = frozen(scene, after, "manyprocs")
    assert scene.agent.status()["reasons"] == ["incident", "frozen"]
    code, out = scene.agent.cli("--lang", "en", "close", incident[:8], "--reason", "memory saved")
    assert code == 0 and "their memory is lost" in out, out
    assert "memory saved" in str(ended(scene, a, incident, after))
    page = scene.agent.cli("--lang", "ja", "why", incident)[1]
    assert "触られた" in page and "個のプロセスを" in page and not [w for w in ("touched", "processes", "closed as") if w in page], page
    code, out = scene.agent.cli("--lang", "ja", "close", incident)
    assert code == 1 and "この件はすでに終了しています" in out, "it is closed already"
    code, out = scene.agent.cli("allow", incident)
    assert code == 1, "an attack that was ended was not allowed"
    a.settle()


def test_close_after_a_restart(scene):
    after = scene.agent.status()["journal"]["last"]
    a, incident = frozen(scene, after)
    scene.agent.stop()
    scene.agent.start()
    code, out = scene.agent.cli("close", incident, json_out=True)
    assert code == 0 and "processes ended" in out, out
    ended(scene, a, incident, after)
    a.settle()


def test_close_by_the_console(scene):
    after = scene.agent.status()["journal"]["last"]
    a, incident = frozen(scene, after)
    L.wait_for(lambda: [i for i in scene.console.incidents() if i["uid"] == incident], 10, "the incident at the console")
    scene.console.cli("close", incident, "--reason", "dispatched")
    end = ended(scene, a, incident, after)
    assert end["unmapped"]["actor"].startswith("cli:") and len(end["command_uid"]) == 36
    a.settle()


def test_an_employee_cannot_close(scene):
    program, = L.need("bin/mimamori")
    status, out = scene.lab.call("pc", program, "--config", scene.agent.config, "close", "00000000", user=True)
    assert status == 1, out


def test_allow(scene):
    """A false alarm goes on and is not stopped again for what was forgiven; who destroys on is."""
    after = scene.agent.status()["journal"]["last"]
    a, incident = frozen(scene, after)
    a.progress.ready()
    before = sum(a.progress.touched())
    assert scene.agent.cli("allow", incident, "--reason", "our own converter")[0] == 0
    after = max(e["metadata"]["sequence"] for e in scene.agent.events(after) if kind(e, PROCESS_REMEDIATION, THAW))
    again = scene.agent.wait_event(lambda e: kind(e, FINDING, CREATE), 10, "the freeze for new originals", after)
    assert a.wait(10) == "frozen"
    scene.agent.wait_event(lambda e: kind(e, FILE_REMEDIATION, RESTORE), 10, "the restore", after)
    more = sum(a.progress.touched()) - before
    assert again["metadata"]["correlation_uid"] != incident
    assert again["unmapped"]["files_destroyed"] >= 2 and 2 <= more <= 20, (again, more)
    assert not again["finding_info"]["analytic"]["name"].startswith("ransom_spread"), "judged for what was forgiven"
    assert scene.agent.cli("close", again["metadata"]["correlation_uid"])[0] == 0
    assert scene.verify()["lost"] == []
    a.settle()


def test_a_rule_that_is_allowed_never_judges(scene):
    """rule=NAME silences that rule and no other."""
    path = os.path.join(scene.lab.dir, "local", "allow.list")
    with open(path, "w") as f:
        f.write("rule=ransom_supported\nrule=ransom_fast\n")
    assert scene.agent.cli("reload")[0] == 0
    after = scene.agent.status()["journal"]["last"]
    try:
        a, incident = frozen(scene, after)
        found = {e["finding_info"]["analytic"]["name"] for e in scene.agent.events(after) if e["class_uid"] == FINDING and "analytic" in e["finding_info"]}
        assert found and not found & {"ransom_supported", "ransom_fast"}, found
        assert scene.agent.cli("close", incident)[0] == 0
        assert scene.verify()["lost"] == []
        a.settle()
    finally:
        os.unlink(path)
        scene.agent.cli("reload")
