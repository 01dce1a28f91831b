"""Updates at the real console: what hosts tell of them, and rings that reach the hosts as signed policy."""
import datetime
import json
import os
import sqlite3
import sys
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_console as T  # noqa: E402
from test_console_doors import Company  # noqa: E402

pytestmark = pytest.mark.skipif(not os.path.exists(T.PROGRAM), reason="mimamori-console is not built")
TOLD = {"configured": True, "ring": "early", "checked": "2026-11-29T01:00:00Z", "verified": "2026-11-29T01:00:01Z", "rules_made": None,
        "result": "refused", "cause": "freeze", "agent_trial": "", "rules_left": ["1.3.0"], "agent_left": []}


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    c = T.Console(tmp_path_factory.mktemp("console")).start()
    yield c
    c.stop()


@pytest.fixture
def company(console, tmp_path):
    return Company(console, tmp_path, devices=2)


def shown(console, device):
    status, got = console.api("GET", f"/api/v1/devices/{device.id}", token=console.desk)
    assert status == 200
    return got


def packs(console, kind="packs"):
    status, got = console.api("GET", "/api/v1/packs", token=console.desk)
    assert status == 200
    return {p["version"]: (p["devices"], p["devices_left"]) for p in got[kind]}


def counts(console, version, kind="packs"):
    """All that is told of one pack, or agent."""
    status, got = console.api("GET", "/api/v1/packs", token=console.desk)
    at = datetime.datetime.strptime(got["generated_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    assert status == 200 and abs(at.timestamp() - time.time()) < 60
    return next((tuple(p["devices" + part] for part in ("", "_left", "_proven", "_quiet", "_silent", "_gone")) for p in got[kind] if p["version"] == version), None)


def heard(console, device, seconds):
    """As if all that was heard of a device had been heard so many seconds earlier."""
    db = sqlite3.connect(os.path.join(console.dir, "console.db"), timeout=10)
    with db:
        assert db.execute("UPDATE device SET last_seen = last_seen - ?1, rules_since = rules_since - ?1, agent_since = agent_since - ?1 WHERE agent_id = ?2",
                          (seconds, device.id)).rowcount == 1
    db.close()


def test_what_a_host_tells_is_shown(console, company):
    a, b = company.devices
    assert a.beat(rules="1.2.0", updates=TOLD)[0] == 200 and b.beat(rules="1.3.0")[0] == 200
    got = shown(console, a)
    assert (got["ring"], got["update_result"], got["update_cause"], got["update_verified"]) == ("early", "refused", "freeze", TOLD["verified"])
    assert got["rules"] == "1.2.0" and got["heartbeat"]["updates"] == TOLD
    assert shown(console, b)["update_verified"] is None and shown(console, b)["ring"] == ""
    assert packs(console) == {"1.2.0": (1, 0), "1.3.0": (1, 1)}
    table = console.run("packs")
    assert "1.3.0" in table and "WENT BACK" in table and console.json("packs")[0]["devices"] == 1
    row = next(line for line in console.run("devices").splitlines() if a.id in line)
    assert "1.2.0" in row and "early" in row and "refused" in row
    assert b.beat(rules="1.2.0", updates={**TOLD, "rules_left": []})[0] == 200 and a.beat(rules="1.2.0", updates={**TOLD, "rules_left": []})[0] == 200
    assert packs(console) == {"1.2.0": (2, 0)}
    assert console.api("POST", f"/api/v1/devices/{a.id}/revoke", {}, token=console.admin)[0] == 200
    assert packs(console) == {"1.2.0": (1, 0)}


def test_how_a_pack_does_is_shown(console, company):
    """What the release desk judges a pack by: how long it runs where it runs, and who fell silent with it."""
    a, b = company.devices
    day = 86400
    for d in (a, b):
        assert d.beat(rules="7.0.0")[0] == 200
    assert counts(console, "7.0.0") == (2, 0, 0, 0, 0, 0)
    heard(console, a, day - 3600)
    assert a.beat(rules="7.0.0")[0] == 200 and counts(console, "7.0.0") == (2, 0, 0, 0, 0, 0), "not yet a day"
    heard(console, a, 2 * 3600)
    assert counts(console, "7.0.0") == (2, 0, 0, 0, 0, 0), "that it is a day ago says nothing: it must be heard after it"
    assert a.beat(rules="7.0.0")[0] == 200 and counts(console, "7.0.0") == (2, 0, 1, 0, 0, 0)
    assert a.beat(rules="7.1.0")[0] == 200 and counts(console, "7.1.0") == (1, 0, 0, 0, 0, 0), "another pack begins anew"
    heard(console, b, 4 * day - 60)
    assert counts(console, "7.0.0") == (1, 0, 0, 1, 0, 0)
    heard(console, b, 120)
    assert counts(console, "7.0.0") == (1, 0, 0, 1, 1, 0)
    heard(console, b, 26 * day)
    assert counts(console, "7.0.0") == (1, 0, 0, 0, 0, 1)
    assert b.beat(rules="7.1.0", updates={**TOLD, "rules_left": ["7.0.0"]})[0] == 200
    assert counts(console, "7.0.0") == (0, 1, 0, 0, 0, 0) and counts(console, "7.1.0") == (2, 0, 0, 0, 0, 0)


def test_how_an_agent_does_is_shown(console, company):
    """The same of releases; one on trial counts at once, so that a host which falls silent in the trial is silent with it."""
    a, b = company.devices
    day = 86400
    for d in (a, b):
        assert d.beat(agent_version="8.0.0")[0] == 200
    assert counts(console, "8.0.0", "agents") == (2, 0, 0, 0, 0, 0) and counts(console, "8.0.0") is None
    heard(console, a, day + 60)
    assert a.beat(agent_version="8.0.0")[0] == 200 and counts(console, "8.0.0", "agents") == (2, 0, 1, 0, 0, 0)
    assert a.beat(agent_version="8.0.0", updates={**TOLD, "agent_trial": "8.1.0"})[0] == 200
    assert counts(console, "8.0.0", "agents") == (1, 0, 0, 0, 0, 0) and counts(console, "8.1.0", "agents") == (1, 0, 0, 0, 0, 0)
    heard(console, a, 4 * day + 60)
    assert counts(console, "8.1.0", "agents") == (1, 0, 0, 1, 1, 0), "it was never heard with the new one"
    assert shown(console, a)["agent_version"] == "8.0.0"
    assert a.beat(agent_version="8.1.0", updates=TOLD)[0] == 200 and counts(console, "8.1.0", "agents") == (1, 0, 1, 0, 0, 0)
    assert a.beat(agent_version="8.0.0", updates={**TOLD, "agent_left": ["8.1.0"]})[0] == 200
    assert counts(console, "8.1.0", "agents") == (0, 1, 0, 0, 0, 0) and counts(console, "8.0.0", "agents") == (2, 0, 0, 0, 0, 0)
    assert "8.1.0" not in packs(console) and packs(console)["1.3.0"] == (0, 1), "packs and agents are two lists"
    table = console.run("packs", "--agents")
    assert table.startswith("AGENT") and "8.1.0" in table and "8.1.0" not in console.run("packs")
    assert [(x["version"], x["devices_left"]) for x in console.json("packs", "--agents") if x["version"][:2] == "8."] == [("8.0.0", 0), ("8.1.0", 1)]


@pytest.mark.parametrize("odd", [7, "x", [], {}, {"ring": "gold", "verified": "now", "result": 5, "cause": "x" * 99, "rules_left": "1.0"},
                                 {"rules_left": [1, None, "", "v" * 40, {"a": 1}] + [f"1.{n}.0" for n in range(100)] + ["1.0.0", "1.0.0"]},
                                 {"rules_left": ["\u001b[2J", "1.0.0", "1.0.0"]}, {"agent_left": ["\u001b[2J", 7, {}] + ["1.0.0"] * 99, "agent_trial": 7},
                                 {"agent_left": {"1.0.0": 1}, "agent_trial": "\u001b[2J"}, {"agent_trial": "v" * 99}])
def test_a_hostile_heartbeat_costs_nothing_else(console, company, odd):
    a = company.devices[0]
    assert a.beat(rules="1.2.0", updates=odd)[0] == 200
    got = shown(console, a)
    assert got["ring"] == "" and got["update_verified"] is None and got["rules"] == "1.2.0"
    assert "\x1b" not in console.run("packs") + console.run("packs", "--agents")
    assert a.beat(rules="1.2.0", updates={**TOLD, "rules_left": []})[0] == 200


def test_a_ring_reaches_the_hosts(console, company):
    a, b = company.devices
    for d in (a, b):
        assert d.beat()[0] == 200 and d.commands() == [], "who belongs to no ring is told none"
    status, got = company.put("ring", {"ring": "early"})
    assert status == 202 and {o["agent_id"] for o in got["orders"]} == {a.id, b.id}
    order, = a.commands()
    assert order["action"] == "policy" and order["args"] == {"ring": "early"} and order["target"] == {"device": {}}
    assert shown(console, a)["ring_wanted"] == "early"
    assert company.put("ring", {"ring": "early"})[1]["orders"] == [], "nobody is told what he was told"
    status, got = console.api("PUT", f"/api/v1/devices/{a.id}/ring", {"ring": "canary"}, token=console.desk)
    assert status == 202 and [o["agent_id"] for o in got["orders"]] == [a.id]
    assert [c["args"]["ring"] for c in a.commands()] == ["early", "canary"] and shown(console, a)["ring_wanted"] == "canary"
    status, got = company.put("ring", {"ring": "broad"})
    assert status == 202 and [o["agent_id"] for o in got["orders"]] == [b.id], "its own ring is above its customer's"
    late = company.enrol("late")
    assert company.put("ring", {"ring": "early"})[0] == 202 and late.commands()[0]["args"] == {"ring": "early"}
    later = company.enrol("later")
    assert later.commands() == [] and later.beat()[1]["commands"] is True
    assert later.commands()[0]["args"] == {"ring": "early"} and later.beat()[0] == 200 and len(later.commands()) == 1
    status, got = console.api("PUT", f"/api/v1/devices/{a.id}/ring", {"ring": None}, token=console.desk)
    assert status == 202 and a.commands()[-1]["args"] == {"ring": "early"}
    customers = console.api("GET", "/api/v1/customers", token=console.desk)[1]["customers"]
    assert next(c for c in customers if c["id"] == company.id)["ring"] == "early"
    assert company.put("ring", {"ring": None})[0] == 202 and a.commands()[-1]["args"] == {"ring": "broad"}, "back to everybody's"
    audit = console.api("GET", "/api/v1/audit", token=console.admin)[1]["audit"]
    assert [x["detail"] for x in audit if x["action"] == "ring_set" and x["object"] == f"customer {company.id}"][0] == "none"


def test_rings_that_are_none(console, company):
    for bad in ({}, {"ring": ""}, {"ring": "gold"}, {"ring": 1}, {"ring": "early", "x": 1}, {"ring": ["early"]}):
        assert company.put("ring", bad)[0] == 400, bad
        assert console.api("PUT", f"/api/v1/devices/{company.devices[0].id}/ring", bad, token=console.desk)[0] == 400, bad
    assert console.api("PUT", "/api/v1/customers/999999/ring", {"ring": "early"}, token=console.desk)[0] == 404
    assert console.api("PUT", "/api/v1/customers/x/ring", {"ring": "early"}, token=console.desk)[0] == 404
    assert console.api("PUT", "/api/v1/devices/6fa459ea-ee8a-4ca4-894e-db77e160355e/ring", {"ring": "early"}, token=console.desk)[0] == 404
    assert console.api("PUT", f"/api/v1/customers/{company.id}/ring", {"ring": "early"}, token="")[0] == 401


def test_rings_by_command_line(console, company):
    a = company.devices[0]
    customer = str(company.id)
    assert "2 computer" in console.run("ring", customer, "--ring", "early")
    assert json.loads(console.run("ring", customer, "--device", a.id[:8], "--ring", "canary", "--json"))[0]["agent_id"] == a.id
    rows = json.loads(console.run("ring", customer, "--json"))
    assert [(r["ring"], r["agent_id"]) for r in rows] == [("early", None), ("canary", a.id)] and rows[0]["made_by"].startswith("cli:")
    assert "canary" in console.run("ring", customer)
    console.run("ring", customer, "--device", a.id, "--none")
    assert len(json.loads(console.run("ring", customer, "--json"))) == 1
    console.run("ring", customer, "--ring", "gold", code=2)
    console.run("ring", customer, "--ring", "early", "--none", code=2)
    console.run("ring", "nobody", "--ring", "early", code=3)
    console.run("ring", customer, "--device", "no-such-host", "--ring", "early", code=3)
