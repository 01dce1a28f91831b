"""Devices that say that nothing more will come: switched off, started anew, removed; and who merely says so."""
import os
import re
import sqlite3
import time

import pytest
from test_console import PROGRAM, Console, Device, event

pytestmark = pytest.mark.skipif(not os.path.exists(PROGRAM), reason="mimamori-console is not built")


def last_word(sequence, activity, state="", severity=1):
    return event(sequence, severity=severity, class_uid=6002, type_uid=600200 + activity, class_name="Application Lifecycle", activity_id=activity,
                 message="見守りを停止しました", unmapped={"new_state": state, "subject": "guard"})


def state(console, device):
    return next(d["state"] for d in console.json("devices") if d["agent_id"] == device.id)


def kinds(console, device):
    return [i["kind"] for i in console.json("incidents") if i["agent_id"] == device.id]


@pytest.fixture
def fast(tmp_path):
    """A console whose devices fall silent after three seconds."""
    c = Console(tmp_path, heartbeat=1).start()
    yield c
    c.stop()


def backdate(console, device, seconds):
    with sqlite3.connect(os.path.join(console.dir, "console.db"), timeout=10) as db:
        db.execute("UPDATE device SET last_seen = last_seen - ? WHERE agent_id = ?", (seconds, device.id))


def wait(condition, seconds):
    end = time.time() + seconds
    while not condition() and time.time() < end:
        time.sleep(0.1)
    return condition()


@pytest.mark.parametrize("word, shown, patience", [("shutdown", "off", 15 * 86400), ("reboot", "restarting", 1000)])
def test_switched_off_and_started_anew(fast, tmp_path, word, shown, patience):
    d = Device(fast, tmp_path)
    assert d.beat(journal={"last": 3})[0] == 200
    assert d.send([last_word(4, 4, word)])[0] == 200 and state(fast, d) == shown
    assert d.beat(journal={"last": 3})[0] == 200 and state(fast, d) == shown, "a heartbeat that was on its way takes nothing back"
    backdate(fast, d, 100)
    assert not wait(lambda: kinds(fast, d), 5), "no alarm"
    backdate(fast, d, patience)
    assert wait(lambda: kinds(fast, d) == ["silence"], 8), "a computer that does not come back is silent"
    assert d.beat(journal={"last": 5})[0] == 200 and state(fast, d) == "online", "it is back"


def test_stopped_by_hand_is_no_parting(fast, tmp_path):
    d = Device(fast, tmp_path)
    assert d.beat(journal={"last": 3})[0] == 200
    assert d.send([last_word(4, 4, "asked", 3)])[0] == 200 and state(fast, d) == "online"
    backdate(fast, d, 100)
    assert wait(lambda: kinds(fast, d) == ["silence"], 8)


@pytest.mark.parametrize("ordered", [True, False])
def test_a_removal_is_permitted_by_an_operator_alone(fast, tmp_path, ordered):
    d = Device(fast, tmp_path)
    assert d.beat(journal={"last": 1})[0] == 200
    if ordered:
        assert re.search(r"--code [A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}$", fast.run("removal", d.id).strip())
        order, = d.commands()
        assert order["action"] == "policy" and re.fullmatch("[0-9a-f]{64}", order["args"]["removal"])
    assert d.send([last_word(2, 2)])[0] == 200 and state(fast, d) == "removed"
    assert kinds(fast, d) == ([] if ordered else ["tamper"]), "who only says so is an alarm"


def test_a_removal_without_permission(fast, tmp_path):
    d = Device(fast, tmp_path)
    fast.run("removal", d.id)
    assert d.send([last_word(2, 2, severity=4)])[0] == 200
    assert (state(fast, d), kinds(fast, d)) == ("removed", ["tamper"])
