"""The register of external devices at the real console: real TLS, hostile reports, orders that reach the devices."""
import json
import os
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.parse

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_console as T  # noqa: E402

pytestmark = pytest.mark.skipif(not os.path.exists(T.PROGRAM), reason="mimamori-console is not built")
GATE = "gateway:vpn.example.co.jp:443"
NAMES = iter(range(1000))


def stamp(seconds_ago=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds_ago))


def day(offset):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + offset * 86400))


def door(id=GATE, verdict="ok", colour="green", **more):
    return {"id": id, "kind": id.split(":")[0], "name": id.partition(":")[2] or id, "verdict": verdict, "colour": colour, **more}


def report(*doors, ago=0, **more):
    return {"vpn": {"checked_at": stamp(ago), "checking": False, "overall": "closed", "doors": list(doors), "candidates": [], "software": [], "lost": 0},
            "posture": {"checked_at": stamp(ago), "articles": [{"article": n, "state": "met", "checks": []} for n in range(1, 7)]}, **more}


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    c = T.Console(tmp_path_factory.mktemp("console")).start()
    yield c
    c.stop()


class Company:
    """A customer of its own with devices."""

    def __init__(self, console, folder, devices=1):
        self.console = console
        self.name = f"株式会社{next(NAMES)}"
        self.id = json.loads(console.run("customer", "add", self.name, "--json"))["id"]
        self.folder = folder
        self.devices = [self.enrol(f"pc{i}") for i in range(devices)]

    def enrol(self, hostname):
        d = T.Device(self.console, self.folder, hostname=hostname, enrol=False)
        status, got = d.enrol(T.decode_code(self.console.run("token", "new", "--customer", str(self.id)).strip())["t"])
        assert status == 200, got
        return d

    def register(self):
        status, got = self.console.api("GET", f"/api/v1/customers/{self.id}/doors", token=self.console.desk)
        assert status == 200, got
        return got

    def put(self, path, body, token=None):
        return self.console.api("PUT", f"/api/v1/customers/{self.id}/{path}", body, token=token or self.console.desk)

    def declare(self, id, body, **more):
        return self.put("doors/" + urllib.parse.quote(id, safe=""), body, **more)


@pytest.fixture
def company(console, tmp_path):
    return Company(console, tmp_path)


def test_a_report_becomes_the_register(company, tmp_path):
    d = company.devices[0]
    assert [(x["kind"], x["verdict"]) for x in company.register()["doors"]] == [("device", "unknown")]
    assert d.post("/agent/v1/doors", report(
        door(verdict="due", colour="yellow", released=day(-8), due=day(6), days_left=99, product="fortios", version="7.2.4", version_from="answer",
             advisories=[{"cve": "CVE-2023-27997", "title_ja": "x", "title_en": "y", "severity": "critical", "cvss": "9.2", "kev": True, "fixed": "7.2.5",
                          "released": "2023-06-13", "due": "2023-06-27", "reference": "https://example.jp/"}]),
        door("listener:tcp:0.0.0.0:22", "exposed", "red"))) == (200, {})
    got = company.register()
    assert got["customer"] == {"id": company.id, "name": company.name} and got["overall"] == "open"
    assert [x["id"] for x in got["doors"]] == ["listener:tcp:0.0.0.0:22", GATE]
    gate = got["doors"][1]
    assert gate["days_left"] == 6 and gate["advisories"][0]["cve"] == "CVE-2023-27997"
    assert gate["devices"][0]["agent_id"] == d.id and gate["devices"][0]["hostname"] == "pc0"
    assert got["summary"]["doors"] == 2 and got["posture"][0]["articles"][0]["state"] == "met"
    body = subprocess.run(["zstd", "-q", "-c"], input=json.dumps(report()).encode(), stdout=subprocess.PIPE, check=True).stdout
    assert d.call("POST", "/agent/v1/doors", body, {"Content-Encoding": "zstd"})[0] == 200
    got = company.register()      # the newest report of a device replaces the one before
    assert got["doors"] == [] and got["overall"] == "closed"
    listed = report()
    listed["vpn"]["software"] = [{"name": "openvpn", "version": "2.6.3", "maker": "Debian", "manager": "dpkg", "x": 1}]
    assert d.post("/agent/v1/doors", listed)[0] == 200
    db = sqlite3.connect(os.path.join(company.console.dir, "console.db"))
    vpn, software = db.execute("SELECT vpn, software FROM door_report WHERE agent_id = ?", (d.id,)).fetchone()
    db.close()
    assert json.loads(software) == [{"name": "openvpn", "version": "2.6.3", "maker": "Debian", "manager": "dpkg"}] and "software" not in json.loads(vpn)
    other = Company(company.console, tmp_path)
    assert [x["kind"] for x in other.register()["doors"]] == ["device"]   # nothing of another company


def test_time_goes_on_at_the_console(company):
    d = company.devices[0]
    assert d.post("/agent/v1/doors", report(door(verdict="due", colour="yellow", released=day(-16), due=day(-2), days_left=1,
                                                 reason={"key": "door.due", "args": ["1"]}), ago=86400))[0] == 200
    gate = company.register()["doors"][0]
    assert (gate["verdict"], gate["colour"], gate["days_left"], gate["reason"]) == ("overdue", "red", -2, {"key": "door.overdue", "args": ["2"]})
    assert d.post("/agent/v1/doors", report(door(verdict="ok"), ago=3 * 86400))[0] == 200
    got = company.register()
    gate = got["doors"][0]
    assert (gate["verdict"], gate["colour"], gate["last"]) == ("unknown", "grey", {"verdict": "ok", "colour": "green"})
    assert "3日前" in gate["reason_ja"] and "3 days" in gate["reason_en"]
    assert got["overall"] == "unknown" and got["posture"][0]["articles"][0]["state"] == "unknown"
    # no clock of a device reaches into our future
    assert d.post("/agent/v1/doors", report(door(), ago=-10 * 86400))[0] == 200
    db = sqlite3.connect(os.path.join(company.console.dir, "console.db"))
    db.execute("UPDATE door_report SET received = received - 260000 WHERE agent_id = ?", (d.id,))
    db.commit()
    db.close()
    assert company.register()["doors"][0]["verdict"] == "unknown"


def test_a_wrong_clock_is_shown(company):
    d = company.devices[0]
    future = report(door(version="7.2.4"), ago=-400 * 86400)
    assert d.post("/agent/v1/doors", future)[0] == 200
    first = company.register()
    row, posture = first["doors"][0]["devices"][0], first["posture"][0]
    assert 399 * 86400 < row["clock_s"] <= 400 * 86400 and row["checked_at"] == posture["reported_at"] and first["summary"]["devices_clock"] == 1
    time.sleep(1.1)
    assert d.post("/agent/v1/doors", future)[0] == 200      # sent again: no newer check
    again = company.register()["doors"][0]["devices"][0]
    assert again["checked_at"] == row["checked_at"]
    assert d.post("/agent/v1/heartbeat", {"wall": int(time.time() * 1000)})[0] == 200      # it is right by now
    got = company.register()
    assert got["doors"][0]["devices"][0]["clock_s"] == 0 and got["summary"]["devices_clock"] == 0
    assert d.post("/agent/v1/heartbeat", {"wall": int((time.time() - 7200) * 1000)})[0] == 200
    assert -7210 < company.register()["posture"][0]["clock_s"] < -7190


@pytest.mark.parametrize("change", [
    lambda r: r.pop("vpn"), lambda r: r.pop("posture"), lambda r: r["vpn"].pop("doors"), lambda r: r["vpn"].update(overall="fine"),
    lambda r: r["vpn"]["doors"][0].update(verdict="fine"), lambda r: r["vpn"]["doors"][0].update(kind="ssh"), lambda r: r["vpn"]["doors"][0].update(due="2026-13-01"),
    lambda r: r["vpn"]["doors"][0].update(id="gateway:a\nb"), lambda r: r["vpn"]["doors"][0].update(id="gateway:" + "x" * 400),
    lambda r: r["vpn"]["doors"].append(dict(r["vpn"]["doors"][0])), lambda r: r["vpn"].update(doors=r["vpn"]["doors"] * 1000),
    lambda r: r["vpn"].update(checked_at="yesterday"), lambda r: r["vpn"].update(lost=-1), lambda r: r["posture"].update(articles={}),
    lambda r: r["vpn"]["doors"][0].update(advisories=[{}] * 41), lambda r: r["vpn"]["doors"][0].update(stated={"by": 5, "at": ""})])
def test_malformed_reports_change_nothing(console, company, change):
    d = company.devices[0]
    assert d.post("/agent/v1/doors", report(door()))[0] == 200
    before = company.register()["doors"]
    bad = report(door(verdict="exposed"))
    change(bad)
    status, got = d.post("/agent/v1/doors", bad)
    assert status in (400, 413) and got["error"] == "bad_doors" and got["message"], got
    assert company.register()["doors"] == before


def test_too_much_and_bombs(company):
    d = company.devices[0]
    try:
        assert d.call("POST", "/agent/v1/doors", b" " * (1 << 20) + b" " * 2000)[0] == 413
    except (ssl.SSLEOFError, ConnectionError):
        pass  # refused while it was still being sent: the console closes, the answer may be lost on the way
    bomb = subprocess.run(["zstd", "-q", "-c"], input=b" " * (8 << 20), stdout=subprocess.PIPE, check=True).stdout
    assert d.call("POST", "/agent/v1/doors", bomb, {"Content-Encoding": "zstd"})[0] == 413
    assert d.call("POST", "/agent/v1/doors", bomb[:30], {"Content-Encoding": "zstd"})[0] == 400
    assert d.call("POST", "/agent/v1/doors", b"x", {"Content-Encoding": "gzip"})[0] == 415
    assert d.call("POST", "/agent/v1/doors", b'{"vpn":' + b"[" * 100000)[0] == 400
    assert company.console.call("POST", "/agent/v1/doors", json.dumps(report()))[0] == 401


def test_hostile_texts_stay_text(company):
    d = company.devices[0]
    evil = "\x1b[2J<script>'; DROP TABLE door_report; --\u0085"
    assert d.post("/agent/v1/doors", report(door("program:" + "a/b c%2f", "minor", name=evil, evidence=evil, product=evil)))[0] == 200
    got = company.register()["doors"][0]
    assert got["name"] == " [2J<script>'; DROP TABLE door_report; --  "
    table = company.console.run("doors", str(company.id))
    assert "\x1b" not in table and "DROP TABLE" in table and "Overall: attention. 1 doors" in table


def test_one_gateway_is_one_door(console, tmp_path):
    company = Company(console, tmp_path, 3)
    a, b, _ = company.devices
    a.post("/agent/v1/doors", report(door(verdict="overdue", colour="red", version="7.2.4", due=day(-9), released=day(-23)), door("ssh", "minor"), ago=3600))
    b.post("/agent/v1/doors", report(door(version="7.2.5"), door("ssh", "minor")))
    got = company.register()
    assert [x["id"] for x in got["doors"]] == [GATE, f"device:{company.devices[2].id}", "ssh", "ssh"]
    gate = got["doors"][0]
    assert (gate["version"], gate["verdict"], gate["days_left"], gate["verdict_of"], len(gate["devices"])) == ("7.2.4", "overdue", -9, a.id, 2)
    assert gate["disagree"] and [(x["agent_id"], x["version"], x["verdict"]) for x in gate["devices"]] == [(a.id, "7.2.4", "overdue"), (b.id, "7.2.5", "ok")]
    assert got["summary"]["disagree"] == 1
    assert got["summary"]["overdue"] == 1 and got["summary"]["unknown"] == 1 and got["summary"]["devices_unseen"] == 1
    console.run("revoke", company.devices[2].id)
    assert len(company.register()["doors"]) == 3


def test_a_statement_reaches_every_device_signed(console, tmp_path):
    company = Company(console, tmp_path, 2)
    a, b = company.devices
    said = {"product": "fortios", "model": "60F", "version": "7.2.5"}
    assert company.declare(GATE, said)[0] == 404      # no device has told of such a door
    a.post("/agent/v1/doors", report(door(verdict="unknown", colour="grey"), ago=60))
    status, got = company.declare(GATE, said)
    assert status == 202 and {o["agent_id"] for o in got["orders"]} == {a.id, b.id}
    for d in (a, b):
        (c,) = d.commands()
        assert (c["action"], c["target"], c["by"]) == ("declare", {"device": {}}, "desk")
        assert c["args"] == {"id": GATE, "by": "desk", **said}
    gate = [x for x in company.register()["doors"] if x["id"] == GATE][0]
    assert gate["verdict"] == "unknown"               # a statement is judged by the agent
    assert [(s["what"], s["version"], s["by"], s["pending"]) for s in gate["statements"]] == [("version", "7.2.5", "desk", True)]
    assert company.declare(GATE, {"mitigation": "separated", "reason": "保守業者の作業待ち"})[0] == 202
    assert a.commands()[-1]["args"] == {"id": GATE, "by": "desk", "mitigation": "separated", "reason": "保守業者の作業待ち"}
    audit = [(r["who"], r["action"], r["object"]) for r in console.json("audit", "--limit", "20")]
    assert ("desk", "door_declare", f"customer {company.id}") in audit and ("desk", "declare", a.id) in audit
    # who comes later is told too, once
    c = company.enrol("late")
    assert c.commands() == []
    c.post("/agent/v1/doors", report())
    assert [x["args"].get("version") or x["args"]["mitigation"] for x in c.commands()] == ["7.2.5", "separated"]
    c.post("/agent/v1/doors", report())
    assert len(c.commands()) == 2
    for x in c.commands():                            # refused, for example by an old agent: not told again
        c.post("/agent/v1/results", {"command_id": x["command_id"], "result": "failed", "message": "not an action of this version"})
    c.post("/agent/v1/doors", report())
    assert c.commands() == []


def test_a_report_wakes_the_devices_own_poll(company):
    import threading
    d = company.devices[0]
    assert company.put("gateways", {"gateways": ["vpn:443"]})[0] == 202
    late, got = company.enrol("late"), []
    t = threading.Thread(target=lambda: got.append((late.commands(0, 20), time.time())))
    t.start()
    time.sleep(0.3)
    with T.Stall() as stall:
        begin = time.time()
        late.post("/agent/v1/doors", report())
        t.join(25)
    assert got[0][0][0]["action"] == "policy" and got[0][1] - begin < 2 + 2 * stall.ms / 1000
    assert d.commands()[0]["args"] == {"gateways": ["vpn:443"]}


def test_gateways(console, company):
    d = company.devices[0]
    d.post("/agent/v1/doors", report())
    status, got = company.put("gateways", {"gateways": ["vpn.example.co.jp:443", "[2001:db8::1]:8443"]})
    assert status == 202 and [o["agent_id"] for o in got["orders"]] == [d.id]
    assert d.commands()[0]["args"] == {"gateways": ["vpn.example.co.jp:443", "[2001:db8::1]:8443"]}
    got = company.register()
    assert {x["id"]: x["verdict"] for x in got["doors"]} == {GATE: "unknown", "gateway:[2001:db8::1]:8443": "unknown"}
    assert got["gateways"]["list"] == ["vpn.example.co.jp:443", "[2001:db8::1]:8443"] and got["gateways"]["by"] == "desk"
    assert "確認先" in got["doors"][0]["reason_ja"] and got["overall"] == "unknown"
    for bad in ({}, {"gateways": "vpn:443"}, {"gateways": ["vpn"]}, {"gateways": ["VPN:443"]}, {"gateways": ["a:1", "a:1"]}, {"gateways": [7]},
                {"gateways": ["a:1"], "x": 1}, {"gateways": [f"a{i}:1" for i in range(33)]}, {"gateways": ["a:0"]}, {"gateways": ["a/b:1"]}):
        assert company.put("gateways", bad)[0] == 400, bad
    assert company.put("gateways", {"gateways": []})[0] == 202
    assert company.register()["doors"] == []
    assert console.api("PUT", "/api/v1/customers/999/gateways", {"gateways": []})[0] == 404
    assert company.put("gateways", {"gateways": []}, token="0" * 64)[0] == 401


def test_doors_of_one_device(console, tmp_path):
    company = Company(console, tmp_path, 2)
    a, b = company.devices
    for d in company.devices:
        d.post("/agent/v1/doors", report(door("listener:tcp:[::]:3389", "exposed", "red")))
    said = {"mitigation": "disabled", "reason": "止めた"}
    assert company.declare("listener:tcp:[::]:3389", said)[0] == 400          # whose?
    assert company.declare("listener:tcp:[::]:3389", {**said, "device": b.id})[0] == 202
    assert a.commands() == [] and b.commands()[0]["args"]["id"] == "listener:tcp:[::]:3389"
    assert [len(x["statements"]) for x in sorted(company.register()["doors"], key=lambda x: x["devices"][0]["hostname"])] == [0, 1]
    a.post("/agent/v1/doors", report(door(), door("ssh")))
    assert company.declare(GATE, {**said, "device": a.id})[0] == 400           # a gateway is everybody's
    assert company.declare("ssh", {**said, "device": b.id})[0] == 404          # not b's
    other = Company(console, tmp_path)
    assert other.declare("ssh", {**said, "device": a.id})[0] == 404            # not this company's


@pytest.mark.parametrize("path", ["", "gateway%00", "%", "%4", "%zz", "gateway%3Avpn/443", "..", "%2e%2e", "gateway:%ff", "gateway%3A%0A", "device%3Ax", "x" * 330,
                                  "gateway:\u00e9", "%67" * 400, "gateway:vpn%25", "a?b"])
def test_hostile_ids(company, path):
    d = company.devices[0]
    d.post("/agent/v1/doors", report(door()))
    status = T.raw_request(company.console, (f"PUT /api/v1/customers/{company.id}/doors/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {company.console.desk}\r\n"
                                             "Content-Length: 39\r\nConnection: close\r\n\r\n" '{"mitigation":"disabled","reason":"xx"}').encode("latin-1"),
                           port=company.console.api_port)
    assert status in (400, 404, 405, 414), status
    assert d.commands() == []


def test_ids_are_decoded_once_and_whole(company):
    d = company.devices[0]
    ids = ["gateway:vpn/x:443", "gateway:50%25:1", "gateway:%2F:1", "gateway:日本:443", "gateway:[2001:db8::1]:443", "gateway:a b+c&d?e#f:1"]
    d.post("/agent/v1/doors", report(*[door(x) for x in ids]))
    for n, id in enumerate(ids):
        status, got = company.declare(id, {"mitigation": "monitored", "reason": str(n)})
        assert status == 202, (id, got)
        assert d.commands()[-1]["args"]["id"] == id
    # what RFC 3986 lets stand in a segment need not be encoded
    assert company.put("doors/gateway:%5B2001:db8::1%5D:443", {"mitigation": "monitored", "reason": "x"})[0] == 202


def test_bad_statements(company):
    company.devices[0].post("/agent/v1/doors", report(door()))
    for bad in ({}, {"version": "1"}, {"product": "fortios", "model": "", "version": ""}, {"product": "Forti OS", "model": "", "version": "1"},
                {"product": "fortios", "model": "", "version": "1", "mitigation": "disabled"}, {"mitigation": "disabled"}, {"mitigation": "prayer", "reason": "x"},
                {"mitigation": "disabled", "reason": ""}, {"mitigation": "disabled", "reason": "a\nb"}, {"mitigation": "disabled", "reason": "x" * 300},
                {"certificate": "0123456789abcde"}, {"certificate": "X" * 64}, {"certificate": "a" * 65}, {"certificate": "a" * 64, "reason": "x"},
                {"mitigation": "disabled", "reason": "x", "device": "y"}, {"mitigation": "disabled", "reason": "x", "by": "boss"}):
        assert company.declare(GATE, bad)[0] == 400, bad
    assert company.devices[0].commands() == []
    for method in ("GET", "POST", "DELETE"):
        assert company.console.api(method, f"/api/v1/customers/{company.id}/doors/x", {}, token=company.console.desk)[0] == 405
    for id in ("0", "-1", "x", "99999999999999999999", "999"):
        assert company.console.api("GET", f"/api/v1/customers/{id}/doors")[0] == 404
    assert company.console.api("GET", f"/api/v1/customers/{company.id}/doors", token="0" * 64)[0] == 401


def test_a_stranger_at_a_gateways_address(console, company):
    """The digits that are to be compared stand in the command that says that the device was replaced."""
    known, seen = "ab" * 32, "cd" * 32
    company.devices[0].post("/agent/v1/doors", report(door(verdict="unknown", colour="yellow", reason={"key": "door.stranger", "args": []},
                                                            certificate={"known": known, "seen": seen, "stranger_since": stamp(60)})))
    gate = company.register()["doors"][0]
    assert gate["certificate"]["known"] == known and gate["certificate"]["seen"] == seen and gate["reason_ja"]
    text = console.run("doors", company.name)
    assert f"declare {company.id} {GATE} --certificate {seen[:16]}" in text
    assert company.declare(GATE, {"certificate": seen})[0] == 202
    assert company.devices[0].commands()[-1]["args"] == {"id": GATE, "by": "desk", "certificate": seen}
    assert [s["what"] for s in company.register()["doors"][0]["statements"]] == ["certificate"]
    # its beginning is enough: all computers are told the whole one, also those that were not shown it yet
    console.run("declare", company.name, GATE, "--certificate", seen[:16])
    assert company.devices[0].commands()[-1]["args"]["certificate"] == seen
    console.run("declare", company.name, GATE, "--certificate", known[:15] + "0", code=1)
    console.run("declare", company.name, GATE, "--certificate", "none")
    assert company.devices[0].commands()[-1]["args"]["certificate"] == "none"


def test_command_line(console, company):
    d, name = company.devices[0], company.name
    d.post("/agent/v1/doors", report(door(verdict="overdue", colour="red", due=day(-3), released=day(-17), product_name="Fortinet FortiOS", version="7.2.4")))
    table = console.run("doors", name)
    assert f"declare {company.id} {GATE} --mitigation separated" in table and "Computer:  pc0" in table and "Act now" in table
    assert table.split() and "overdue" in table and "Fortinet FortiOS" in table and "-3" in table and "Overall: open. 1 doors, 1 overdue" in table
    assert console.json("doors", name)["doors"][0]["id"] == GATE
    assert "1 computer" in console.run("declare", name, GATE, "--product", "fortios", "--version", "7.2.5")
    assert d.commands()[-1]["args"]["version"] == "7.2.5" and d.commands()[-1]["by"].startswith("cli:")
    console.run("declare", name, GATE, "--mitigation", "separated", "--reason", "x")
    console.run("declare", name, GATE, "--mitigation", "none", "--reason", "updated")
    assert d.commands()[-1]["args"]["mitigation"] == "none"
    console.run("declare", name, GATE, "--certificate", "0123456789abcdef" * 4)
    assert d.commands()[-1]["args"]["certificate"] == "0123456789abcdef" * 4
    console.run("declare", name, GATE, "--certificate", "0123456789abcdef", code=1)
    console.run("declare", name, GATE, "--certificate", "0123456789abcdef", "--reason", "x", code=2)
    console.run("declare", name, GATE, code=2)
    console.run("declare", name, GATE, "--product", "fortios", code=2)
    console.run("declare", name, "gateway:other:1", "--mitigation", "separated", "--reason", "x", code=3)
    console.run("declare", "no such", GATE, "--mitigation", "separated", "--reason", "x", code=3)
    console.run("gateways", name, "--gateway", "vpn:443", "--gateway", "other:443")
    assert console.json("gateways", name)["list"] == ["vpn:443", "other:443"]
    console.run("gateways", name, "--gateway", "VPN", code=1)
    console.run("gateways", name, "--none")
    assert console.json("gateways", name)["list"] == []
    console.run("doors", "no such", code=3)
    assert "declare" in console.run("orders", "--device", d.id)


def test_the_register_of_eight_computers_on_a_terminal(console, tmp_path):
    """Who saw it, since when, who says otherwise, what to do, which computers to look at - in both languages."""
    company = Company(console, tmp_path, 8)
    d = company.devices
    d[0].post("/agent/v1/doors", report(door(verdict="overdue", colour="red", version="7.2.4", due=day(-9), released=day(-23), since=stamp(9 * 86400),
                                             reason={"key": "door.overdue", "args": ["9"]}, advisories=[{"cve": "CVE-2023-27997", "kev": True}] * 3), ago=60))
    d[1].post("/agent/v1/doors", report(door(version="7.2.5")))
    d[2].post("/agent/v1/doors", report(door(verdict="silent", colour="grey")))
    d[3].post("/agent/v1/doors", report(door(verdict="unknown", colour="grey", reason={"key": "door.unknown.version", "args": []}), ago=-26 * 3600))
    d[4].post("/agent/v1/doors", report(door("listener:rdp:tcp:3389", "exposed", "red"), ago=5 * 86400))
    d[5].post("/agent/v1/doors", report(door("ssh:settings", "exposed", "red", reason={"key": "door.ssh.password", "args": []})))
    d[6].post("/agent/v1/doors", report(door("ssh:settings")))
    lines = console.run("doors", company.name).splitlines()
    table = [x for x in lines if "LAST CHECK" in x or x.startswith(("overdue", "exposed", "unknown", "ok"))][:6]
    assert len({x.index(y) for x, y in zip(table, ("DOOR", "gateway:", "ssh:", "device:", "listener:", "ssh:"))}) == 1, table
    text = "\n".join(lines)
    assert "Doors that need somebody, the worst first: 4" in text
    begin = lines.index(next(x for x in lines if x.startswith("1. ")))
    labels = [x.split(":")[0].strip() for x in lines[begin + 1:begin + 9]]
    assert labels[:4] + labels[7:] == ["State", "Why", "Weakness", "Computer", "Disagree"]
    assert labels[4] == f"pc1 ({d[1].id[:8]})"      # who contradicts comes first, the others by their ids, which are random
    assert sorted(labels[5:7]) == [f"pc2 ({d[2].id[:8]})", f"pc3 ({d[3].id[:8]})"]
    assert f"since {stamp(9 * 86400)[:10]}, due {day(-9)}" in text and "used in attacks" in text and "2 more in --json" in text
    assert f"pc0 ({d[0].id[:8]}): overdue, version 7.2.4" in lines[begin + 4] and "the verdict is of this check" in lines[begin + 4]
    assert "ok, version 7.2.5" in lines[begin + 5]
    assert [x.split()[0] for x in lines[begin + 6:begin + 8] if "its clock is 26 h ahead" in x] == ["pc3"]
    assert "unknown (was exposed)" in text and "SSH with keys only" in text
    computers = lines[lines.index("Computers to look at: 3 of 8") + 2:][:3]
    assert sorted(x.split()[0] for x in computers) == ["pc3", "pc4", "pc7"] and any("try `mimamori check`" in x for x in computers)
    assert lines[-2] == ("Overall: open. 4 doors, 1 overdue, 1 exposed, 1 unknown, 1 ok, 1 where computers disagree. "
                         "8 computers, 2 of them without a check for two days, 1 with a wrong clock.")
    said = subprocess.run([T.PROGRAM, "--dir", console.dir, "doors", company.name], env={**os.environ, "LC_ALL": "ja_JP.UTF-8"}, capture_output=True, text=True).stdout
    assert "register." not in said and "doors.verdict" not in said and "見に行くパソコン: 8台のうち3台" in said and "未確認（以前は外に開いている）" in said


def test_the_agents_own_uplink(console, company, tmp_path):
    """The same bytes from the C side: test_uplink_doors --drive with the device's identity."""
    program = os.path.join(T.BUILD, "tests/unit/report/test_uplink_doors")
    if not os.path.exists(program):
        subprocess.run(["make", "-s", "B=" + os.path.relpath(T.BUILD, T.ROOT), os.path.relpath(program, T.ROOT)], cwd=T.ROOT, check=True, timeout=900)
    d, core = company.devices[0], tmp_path / "core"
    core.mkdir()
    (core / "device.key").write_bytes(T.pem(d.key))
    (core / "device.crt").write_text(d.enrolled["certificate"])
    (core / "ca.pem").write_text(d.enrolled["ca"])
    (core / "enrolled.json").write_text(json.dumps({"agent_id": d.id, "url": f"https://127.0.0.1:{console.port}", "customer": "c", "phone": "p"}))
    p = subprocess.Popen([program, "--drive", str(core)], stdin=subprocess.PIPE, text=True, bufsize=1)
    try:
        p.stdin.write("doors " + json.dumps(report(door(verdict="overdue", colour="red", name="本社のVPN"))) + "\n")
        until = time.time() + 20
        while time.time() < until and company.register()["doors"][0]["kind"] == "device":
            time.sleep(0.1)
        got = company.register()["doors"]
        assert [(x["id"], x["name"], x["verdict"]) for x in got] == [(GATE, "本社のVPN", "overdue")]
    finally:
        p.stdin.write("end\n")
        assert p.wait(20) == 0


def test_a_store_of_the_version_before_is_migrated(tmp_path):
    c = T.Console(tmp_path)
    path = os.path.join(c.dir, "console.db")
    db = sqlite3.connect(path)
    for table in ("door_report", "door_statement", "door_order", "ring", "ring_order", "pack_left", "agent_left"):
        db.execute(f"DROP TABLE {table}")
    db.execute("DROP INDEX device_customer")
    for column in ("clock_ahead", "ring", "update_result", "update_cause", "update_verified", "rules_since", "agent_release", "agent_since"):
        db.execute(f"ALTER TABLE device DROP COLUMN {column}")
    device = ("INSERT INTO device(agent_id, customer, hostname, os, kernel, agent_version, machine_id, enrolled, certificate, certificate_expires, last_seen)"
              " VALUES(?, 1, '', '', '', ?, '', 1, '', 1, ?)")
    db.executemany(device, [("heard", "0.3.0", 100), ("never", "0.2.0", None)])
    db.execute("PRAGMA user_version=1")
    db.commit()
    db.close()
    runs = [subprocess.Popen([T.PROGRAM, "--dir", c.dir, "doors", "1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(4)]
    assert all(p.wait(20) == 0 for p in runs), [p.stdout.read() for p in runs]
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (6,)
    assert db.execute("SELECT agent_id, agent_release, agent_since FROM device ORDER BY 1").fetchall() == [("heard", "0.3.0", None), ("never", "", None)]
    db.execute("PRAGMA user_version=7")      # of a console to come: not touched
    db.commit()
    db.close()
    c.run("doors", "1", code=1)
