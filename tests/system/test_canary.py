"""Canary files: laid into the protected folders, nobody's work, asked about at once, back after an attack."""
import os
import shutil

import pytest

import lab as L
from scene import CREATE, FINDING, Scene, kind

NAME = "!見張り用.txt"


@pytest.fixture(scope="module")
def scene():
    with Scene(fs="ext4", count=120, seed=31, mode="freeze", size_mb=512, protect__canaries=NAME) as s:
        yield s


@pytest.fixture(autouse=True)
def canary(scene):
    path = os.path.join(scene.lab.folder, NAME)
    if scene.agent.status()["incident"]:
        scene.fresh_agent()
    return path


def findings(scene, after):
    return [e["finding_info"]["analytic"]["name"] for e in scene.agent.events(after) if kind(e, FINDING, CREATE)]


def own_program(scene, name):
    """A program that no package has: a copy of the shell's sed under another name."""
    path = os.path.join(scene.lab.dir, name)
    shutil.copy("/bin/sed", path)
    os.chmod(path, 0o755)
    return path


def test_it_is_there_and_says_what_it_is(scene, canary):
    st = os.stat(canary)
    assert (st.st_uid, st.st_gid, st.st_mode & 0o7777) == (scene.lab.uid, scene.lab.gid, 0o644)
    with open(canary, encoding="utf-8") as f:
        text = f.read()
    assert "見守り" in text and "Mimamori" in text and len(text) > 2000
    scene.agent.stop()
    scene.agent.start()
    assert os.stat(canary).st_ino == st.st_ino, "it stands: nothing to do"


def test_reading_it_is_nothing(scene, canary):
    after = scene.agent.status()["journal"]["last"]
    for command in (["cat", canary], ["grep", "-r", "Mimamori", scene.lab.folder],
                    ["tar", "-cf", "/dev/null", scene.lab.folder], ["touch", canary]):
        assert scene.lab.call("pc", *command, user=True)[0] == 0
    scene.lab.call("pc", "/bin/true", user=True)
    assert findings(scene, after) == []


def test_who_changes_it_is_told(scene, canary):
    after = scene.agent.status()["journal"]["last"]
    assert scene.lab.call("pc", own_program(scene, "tidy"), "-i", "s/Please/PLEASE/", canary, user=True)[0] == 0
    e = scene.agent.wait_event(lambda e: kind(e, FINDING, CREATE), 10, "the finding", after)
    assert e["finding_info"]["analytic"]["name"] == "canary_changed" and e["severity_id"] == 4, e
    assert scene.agent.status()["frozen_trees"] == 0, "an alert stops nobody"


@pytest.mark.parametrize("mode", ("inplace", "newunlink", "renamefirst", "wipe"))
def test_an_attack_that_meets_it_first(scene, canary, mode):
    """Its loss and one document's are enough, and it comes back with them."""
    with open(canary, "rb") as f:
        before = f.read()
    got = scene.attack(mode, order="name", rate=60)
    print(got)
    assert got["how"] == "frozen" and got["lost"] == 0, got
    L.wait_for(lambda: os.path.exists(canary) and open(canary, "rb").read() == before, 10, "the canary to be back")
