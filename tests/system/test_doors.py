"""A round on a guarded PC: gateways asked over the lab's own network, programs and listeners of the host, verdicts,
the register at CLI and console, statements of people, findings that appear once and are cleared."""
import datetime
import json
import os
import re
import signal
import subprocess
import time

import pytest

import firewalls as F
import lab as L
from scene import Scene, validate

FIXTURES = os.path.join(L.TREE, "tests", "lab", "gateways")
GATEWAY = f"{L.OUTSIDE4}:4443"
DOOR = f"gateway:{GATEWAY}"
FINDING, SOFTWARE, STATE = 2002, 5020, 5019


@pytest.fixture(scope="module")
def scene():
    with Scene(fs="ext4", count=20, seed=12, console=True, size_mb=512, vpn__gateways=GATEWAY, vpn__community="public") as s:
        yield s


class Device:
    """A recorded gateway of tests/lab/gateways at the address that the configuration names; `key`: whose it holds."""

    def __init__(self, lab, fixture, *more, key="gateway"):
        self.lab = lab
        self.process = lab.spawn("out", "/usr/bin/python3", os.path.join(L.TREE, "tests", "lab", "gateway.py"), os.path.join(FIXTURES, fixture),
                                 "--address", L.OUTSIDE4, "--https", "4443", "--key", self.key_file(lab, key), *more, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = self.process.stdout.readline().decode()
        assert said.split(" ")[0] in ("https", "snmp"), said

    @staticmethod
    def key_file(lab, key):
        return os.path.join(lab.dir, key + ".key")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab.end(self.process)


def ask(agent, verb, *more):
    code, out = agent.cli("--json", verb, *more)
    return code, json.loads(out)


def one_round(agent, timeout=90):
    """A round from its beginning to its end; the register after it."""
    L.wait_for(lambda: agent.cli("check")[0] == 0, 60, "a round begins", step=0.3)
    def done():
        now = ask(agent, "vpn")[1]
        return now if not now["checking"] and now["checked_at"] else None
    return L.wait_for(done, timeout, "the round", step=0.3)


def forget(agent):
    """What earlier rounds found must not help."""
    agent.stop()
    path = os.path.join(agent.state, "core", "doors.json")
    if os.path.exists(path):
        os.unlink(path)
    agent.start()


def name_gateways(agent, names):
    with open(agent.config, encoding="utf-8") as f:
        text = f.read()
    with open(agent.config, "w", encoding="utf-8") as f:
        f.write(re.sub(r"(?m)^gateways = .*$", f"gateways = {names}", text))


def door(register, name=DOOR):
    found = [d for d in register["doors"] if d["id"] == name]
    assert len(found) == 1, [d["id"] for d in register["doors"]]
    return found[0]


def findings(agent, name=DOOR):
    return [e for e in agent.events() if e["class_uid"] == FINDING and e["resources"][0]["uid"] == name]


def test_a_vulnerable_gateway_is_found_and_told_once(scene):
    with Device(scene.lab, "fortios/login-7.2.3.txt"):
        register = one_round(scene.agent)
        d = door(register)
        assert (d["product"], d["version"], d["version_from"]) == ("fortios", "7.2.3", "table")
        assert d["verdict"] == "overdue" and d["colour"] == "red" and d["days_left"] < 0
        cves = {a["cve"]: a for a in d["advisories"]}
        assert cves["CVE-2023-27997"]["kev"] and cves["CVE-2023-27997"]["due"] == "2023-06-26"
        assert d["due"] == (datetime.date.fromisoformat(d["released"]) + datetime.timedelta(14)).isoformat()
        assert register["overall"] == "open"
        one_round(scene.agent)
    told = findings(scene.agent)
    assert [e["activity_id"] for e in told] == [1], "one finding per door, not one a day"
    assert any(v["cve"]["uid"] == "CVE-2023-27997" for v in told[0]["vulnerabilities"])
    code, out = scene.agent.cli("--lang", "ja", "vpn")
    assert code == 1 and "遅れています" in out.split("\n")[0] and "すでに攻撃に使われています" in out
    status = scene.agent.status()
    assert status["doors"]["overdue"] == 1 and "doors_overdue" in status["reasons"]


def test_silence_mends_nothing(scene):
    d = door(one_round(scene.agent))  # nobody answers at that address now
    assert d["verdict"] == "overdue" and d["version"] == "7.2.3"
    assert [e["activity_id"] for e in findings(scene.agent)] == [1]


def test_a_mitigation_is_recorded_with_person_and_reason(scene):
    code, out = scene.agent.cli("declare", DOOR, "--mitigation", "separated", "--reason", "SSL-VPN is behind a jump host", "--by", "operator")
    assert code == 0, out
    d = door(ask(scene.agent, "vpn")[1])
    assert d["verdict"] == "overdue" and d["colour"] == "orange" and d["reason"]["key"] == "door.mitigated.separated"
    assert d["mitigation"]["what"] == "separated" and d["mitigation"]["reason"] == "SSL-VPN is behind a jump host"


def test_a_person_states_the_version_of_a_device_that_hides_it(scene):
    with Device(scene.lab, "fortios/portal-etag.txt"):
        d = door(one_round(scene.agent))
        assert (d["product"], d["version"], d["verdict"], d["reason"]["key"]) == ("fortios", "", "unknown", "door.unknown.version")
        code, out = scene.agent.cli("declare", DOOR, "--version", "v7.4.99,build2829", "--by", "provider")
        assert code == 0, out
        def judged():
            d = door(ask(scene.agent, "vpn")[1])
            return d if d["verdict"] != "unknown" else None
        d = L.wait_for(judged, 20, "the statement is judged")
    assert d["version_from"] == "person" and d["stated"]["by"] == "provider" and not d["stated"]["stale"]
    assert d["verdict"] == "ok", d["reason"]
    L.wait_for(lambda: findings(scene.agent)[-1]["activity_id"] == 3, 10, "the finding is cleared")
    assert scene.agent.cli("declare", DOOR, "--version", "7.0.1", "--by", "provider")[0] == 0
    assert door(ask(scene.agent, "vpn")[1])["verdict"] in ("unknown", "overdue"), "what was judged before was another version"
    L.wait_for(lambda: door(ask(scene.agent, "vpn")[1])["verdict"] == "overdue", 20, "another statement is judged by the same rules")


def test_a_stated_version_is_judged_in_every_round(scene):
    """A whole round looks at the device anew and asks the rules of today about what a person stated."""
    def judged_at():
        with open(os.path.join(scene.agent.state, "core", "doors.json")) as f:
            return [d["judged_at"] for d in json.load(f)["doors"] if d["id"] == DOOR][0]
    before = judged_at()
    with Device(scene.lab, "fortios/portal-etag.txt"):
        time.sleep(1.1)
        d = door(one_round(scene.agent))
    assert (d["version"], d["version_from"], d["verdict"]) == ("7.0.1", "person", "overdue")
    assert judged_at() > before


def test_a_stranger_at_its_address_mends_nothing(scene):
    """Another network, another box with the same address: its good version is not the gateway's."""
    forget(scene.agent)
    with Device(scene.lab, "fortios/login-7.2.3.txt"):
        d = door(one_round(scene.agent))
        own = d["certificate"]["known"]
        assert d["verdict"] == "overdue" and d["certificate"] == {"known": own, "seen": own, "stranger_since": None} and len(own) == 64
    told = len(findings(scene.agent))
    with Device(scene.lab, "fortios/decoy-reseller.txt", key="stranger"):
        d = door(one_round(scene.agent))
        assert (d["product"], d["version"], d["verdict"]) == ("fortios", "7.2.3", "overdue")
        seen = d["certificate"]["seen"]
        assert d["certificate"]["known"] == own != seen and d["certificate"]["stranger_since"]
        assert len(findings(scene.agent)) == told
        code, out = scene.agent.cli("--lang", "ja", "vpn")
        assert code == 1 and seen[:16] in out and own[:16] in out
        # what a stranger says counts when a person says that the device was replaced
        assert scene.agent.cli("declare", DOOR, "--certificate", seen[:15], "--by", "operator")[0] != 0
        code, out = scene.agent.cli("--lang", "ja", "declare", DOOR, "--certificate", seen[:16], "--by", "operator")
        assert code == 0 and "見分け" in out, out
        d = L.wait_for(lambda: (lambda d: d if d["reason"]["key"] == "door.unknown.product" else None)(door(ask(scene.agent, "vpn")[1])), 60, "the new device is asked")
        assert d["certificate"] == {"known": seen, "seen": seen, "stranger_since": None}
    with Device(scene.lab, "netscaler/rdx-14.1-43.50.txt"):
        d = door(one_round(scene.agent))
        assert d["reason"]["key"] == "door.stranger" and d["verdict"] == "unknown" and d["colour"] == "yellow"
        code, out = scene.agent.cli("--lang", "ja", "vpn")
        assert code != 0 and f"--certificate {own[:16]}" in "".join(x.strip() + " " for x in out.split("\n")), out
    forget(scene.agent)


@pytest.mark.parametrize("fixture", ["fortios/decoy-reseller.txt", "netscaler/decoy-storefront.txt"])
def test_a_page_that_mentions_a_product_is_none(scene, fixture):
    forget(scene.agent)
    with Device(scene.lab, fixture):
        d = door(one_round(scene.agent))
    assert (d["product"], d["verdict"], d["reason"]["key"]) == ("", "unknown", "door.unknown.product")


def test_a_fixed_gateway_is_ok(scene):
    with Device(scene.lab, "netscaler/rdx-14.1-43.50.txt"):
        d = door(one_round(scene.agent))
        assert (d["product"], d["version"], d["verdict"]) == ("netscaler", "14.1-43.50", "overdue")


def test_a_version_by_snmp_and_a_product_that_answers_as_another(scene):
    forget(scene.agent)
    with Device(scene.lab, "yamaha-rtx/snmp-rtx1210-14.01.05.txt", "--snmp", "161"):
        d = door(one_round(scene.agent))
        assert (d["product"], d["model"], d["version_from"]) == ("yamaha-rtx", "RTX1210", "answer") and "14.01.05" in d["version"]
    forget(scene.agent)
    with Device(scene.lab, "cisco-ftd/snmp-lina-9.16.txt", "--snmp", "161"):
        d = door(one_round(scene.agent))
        assert (d["product"], d["version"], d["reason"]["key"]) == ("cisco-ftd", "", "door.unknown.version"), d


def test_the_register_survives_a_restart(scene):
    with Device(scene.lab, "netscaler/rdx-14.1-43.50.txt"):
        one_round(scene.agent)
    before = door(ask(scene.agent, "vpn")[1])
    scene.agent.stop()
    scene.agent.start()
    after = door(ask(scene.agent, "vpn")[1])
    assert {k: after[k] for k in ("version", "verdict", "since", "advisories")} == {k: before[k] for k in ("version", "verdict", "since", "advisories")}


HOSTILE = {
    "rubbish": "W.say(bytes((i * 73 + 11) & 0xff for i in range(5000)))",
    "endless body": "W.flood(b'HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\n\\r\\n', b'x' * 4096)",
    "endless headers": "W.flood(b'HTTP/1.1 200 OK\\r\\n', b'X-Header: ' + b'y' * 1000 + b'\\r\\n')",
    "slow loris": "W.drip(b'HTTP/1.1 200 OK\\r\\n' * 1000)",
    "reset": "W.reset_after(b'HTTP/1.1 2')",
    "no TLS": None,
}


@pytest.mark.parametrize("what", list(HOSTILE))
def test_nonsense_is_invalid_and_bounded(scene, what):
    script = (f"import sys, threading\nsys.path.insert(0, {os.path.join(L.TREE, 'tests', 'lab')!r})\nimport gateway as W\n"
              + (f"W.Server({HOSTILE[what]}, tls=W.context(W.certificate()), address={L.OUTSIDE4!r}, port=4443)\n" if HOSTILE[what] else
                 f"W.Server(W.garbage_hello, address={L.OUTSIDE4!r}, port=4443)\n")
              + "print('ready', flush=True)\nthreading.Event().wait()\n")
    p = scene.lab.spawn("out", "/usr/bin/python3", "-c", script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said = p.stdout.readline()
        assert said.startswith(b"ready"), said
        forget(scene.agent)
        began = time.monotonic()
        d = door(one_round(scene.agent, 120))
        assert d["verdict"] == "invalid" and d["reason"]["key"] == "door.invalid" and d["evidence"], d
        assert time.monotonic() - began < 100
    finally:
        scene.lab.end(p)


def helper(scene, name):
    """Pid of a helper of the agent's own group; None when it is not there."""
    for pid, _ in scene.lab.members(scene.agent.process):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if f.read().split(b"\0")[0].endswith(b"mimamorid-" + name.encode()):
                    return pid
        except OSError:
            continue
    return None


@pytest.mark.parametrize("name", ["probe", "judge"])
def test_a_helper_that_is_killed_costs_its_part_and_nothing_else(scene, name):
    """A gateway that never answers keeps the round open until the helper is ended."""
    script = (f"import sys, threading\nsys.path.insert(0, {os.path.join(L.TREE, 'tests', 'lab')!r})\nimport gateway as W\n"
              f"W.Server(W.drip(b'HTTP/1.1 200 OK\\r\\n'), tls=W.context(W.certificate()), address={L.OUTSIDE4!r}, port=4443)\n"
              "print('ready', flush=True)\nthreading.Event().wait()\n")
    forget(scene.agent)
    p = scene.lab.spawn("out", "/usr/bin/python3", "-c", script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert p.stdout.readline().startswith(b"ready")
        L.wait_for(lambda: scene.agent.cli("check")[0] == 0, 60, "a round begins", step=0.3)
        pid = L.wait_for(lambda: helper(scene, name), 10, f"the {name}")
        time.sleep(0.5)
        os.kill(pid, signal.SIGKILL)
        def done():
            now = ask(scene.agent, "vpn")[1]
            return now if not now["checking"] and now["checked_at"] else None
        d = door(L.wait_for(done, 100, "the round"))
    finally:
        scene.lab.end(p)
    assert d["verdict"] != "ok" and (name != "probe" or d["reason"]["key"] == "door.unknown.probe"), d
    status = scene.agent.status()
    assert status["overall"] == "attention" and "doors_failed" in status["reasons"]
    assert [e for e in scene.agent.events() if e["class_uid"] == FINDING and e["resources"][0]["uid"] == DOOR]


def test_a_resolver_that_never_answers_holds_nobody_up(scene):
    """A gateway's name that is looked up for longer than a round waits, and an orderly end in the middle of it."""
    conf = os.path.join(scene.lab.dir, "resolv.conf")
    with open(conf, "w") as f:
        f.write(f"nameserver {L.OUTSIDE4}\noptions timeout:25 attempts:4\n")
    deaf = scene.lab.spawn("out", "/usr/bin/python3", "-c", f"import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(({L.OUTSIDE4!r},53))\n"
                           "print('ready',flush=True)\ntime.sleep(600)", stdout=subprocess.PIPE)
    assert deaf.stdout.readline().startswith(b"ready")
    held = scene.lab.hold_mounts("pc", f"mount --bind {conf} /etc/resolv.conf")
    forget(scene.agent)
    scene.agent.stop()
    name_gateways(scene.agent, f"slow.example.test,{GATEWAY}")
    scene.agent.start(mounts=held.pid)
    try:
        with Device(scene.lab, "fortios/login-7.2.3.txt"):
            register = one_round(scene.agent, 120)
        assert door(register)["version"] == "7.2.3", "an address is not looked up"
        assert door(register, "gateway:slow.example.test:443")["verdict"] == "silent"
        assert scene.agent.status()["doors"]["unknown"] == 1
        began = time.monotonic()
        scene.agent.stop()
        assert time.monotonic() - began < 5
        scene.agent.start(mounts=held.pid)
        assert not [e for e in scene.agent.events() if e["severity_id"] >= 4 and e["class_uid"] not in (FINDING, STATE)], "an orderly end is no alarm"
    finally:
        scene.agent.stop()
        name_gateways(scene.agent, GATEWAY)
        scene.agent.start()
        scene.lab.end(held)
        scene.lab.end(deaf)
    forget(scene.agent)


def test_listeners_of_the_host_and_its_firewall(scene):
    p = scene.lab.spawn("pc", "/usr/bin/python3", "-c",
                        "import socket,time\ns=socket.socket()\ns.bind(('0.0.0.0',3389))\ns.listen()\nprint('ready',flush=True)\ntime.sleep(600)",
                        stdout=subprocess.PIPE)
    try:
        assert p.stdout.readline().startswith(b"ready")
        d = door(one_round(scene.agent), "listener:rdp:tcp:3389")
        assert d["verdict"] == "exposed" and d["reason"]["key"] == "door.exposed.open", d
        assert scene.agent.cli("declare", d["id"], "--mitigation", "separated", "--reason", "a network of its own", "--by", "operator")[0] == 0
        d = door(ask(scene.agent, "vpn")[1], d["id"])
        assert (d["verdict"], d["colour"], d["reason"]["key"]) == ("minor", "yellow", "door.accepted.separated"), d
        d = door(one_round(scene.agent), d["id"])
        assert d["verdict"] == "minor" and "--mitigation none" in scene.agent.cli("vpn")[1]
        assert scene.agent.cli("declare", d["id"], "--mitigation", "none", "--reason", "moved back", "--by", "operator")[0] == 0
        d = door(ask(scene.agent, "vpn")[1], d["id"])
        assert d["verdict"] == "exposed" and d["mitigation"] is None, d
        L.run("ip", "netns", "exec", scene.lab.ns["pc"], "nft", "add table inet lab_fw; add chain inet lab_fw input { type filter hook input priority 0; policy accept; }; "
              "add rule inet lab_fw input tcp dport 3389 drop")
        d = door(one_round(scene.agent), "listener:rdp:tcp:3389")
        assert d["verdict"] == "ok" and d["reason"]["key"] == "door.closed", d
    finally:
        L.run("ip", "netns", "exec", scene.lab.ns["pc"], "nft", "delete", "table", "inet", "lab_fw", check=False)
        scene.lab.end(p)
    register = one_round(scene.agent)
    assert not [d for d in register["doors"] if d["id"] == "listener:rdp:tcp:3389"], "a listener that is gone is no door"


def test_the_real_xrdp_is_a_door(scene):
    """Debian's xrdp, unpacked below build/ and seen in a mount namespace of its own only."""
    why = F.unpack()
    if why:
        pytest.skip(f"the package is {why}")
    libs = os.path.join(F.ROOT, "usr/lib/x86_64-linux-gnu")
    path = f"{libs}/xrdp:{libs}"
    upper = os.path.join(scene.lab.dir, "etc")
    held = scene.lab.hold_mounts("pc", f"mkdir -p {upper} && mount -t tmpfs tmpfs {upper} && mkdir {upper}/u {upper}/w && "
                                       f"mount -t overlay -o lowerdir=/etc,upperdir={upper}/u,workdir={upper}/w overlay /etc && cp -r {F.ROOT}/etc/xrdp /etc/ && "
                                       f"LD_LIBRARY_PATH={path} {F.ROOT}/usr/bin/xrdp-keygen xrdp /etc/xrdp/rsakeys.ini >/dev/null 2>&1")
    p = scene.lab.spawn("pc", os.path.join(F.ROOT, "usr/sbin/xrdp"), "-n", env={"LD_LIBRARY_PATH": path}, mounts=held.pid, log="xrdp")
    try:
        def listening():
            found = [d for d in one_round(scene.agent)["doors"] if d["id"] == "listener:rdp:tcp:3389"]
            return found[0] if found else None
        d = L.wait_for(listening, 60, "xrdp listens")
        assert d["name"].startswith("xrdp") and d["verdict"] == "exposed" and d["reason"] == {"key": "door.exposed.open", "args": ["3389"]}, d
        code, out = scene.agent.cli("--lang", "ja", "vpn")
        assert code == 1 and "リモートデスクトップ" in out
    finally:
        scene.lab.end(p)
        scene.lab.end(held)


def test_a_program_of_no_package_is_read_by_the_rules(scene):
    """A program that only looks like OpenVPN's: the version text of its binary, in a place of the table, of no package."""
    binary = os.path.join(scene.lab.dir, "openvpn")
    with open("/bin/true", "rb") as f, open(binary, "wb") as out:
        out.write(f.read() + b"\0OpenVPN 2.6.0 x86_64-pc-linux-gnu [SSL (OpenSSL)] [LZO] built on Jan 1 2023\0")
    os.chmod(binary, 0o755)
    held = scene.lab.hold_mounts("pc", f"mkdir -p {scene.lab.dir}/sbin && cp -a /usr/local/sbin/. {scene.lab.dir}/sbin/ && cp {binary} {scene.lab.dir}/sbin/openvpn && "
                                       f"mount --bind {scene.lab.dir}/sbin /usr/local/sbin")
    scene.agent.stop()
    scene.agent.start(mounts=held.pid)
    try:
        d = door(one_round(scene.agent), "program:/usr/local/sbin/openvpn")
        assert (d["product"], d["version_from"]) == ("openvpn", "file") and d["version"].startswith("2.6.0"), d
        assert d["verdict"] == "overdue" and d["evidence"].startswith("rule identify_openvpn_program"), d
    finally:
        scene.agent.stop()
        scene.agent.start()
        scene.lab.end(held)


def test_posture_has_six_articles_and_people_state_two_things(scene):
    code, posture = ask(scene.agent, "posture")
    assert [a["article"] for a in posture["articles"]] == [1, 2, 3, 4, 5, 6]
    assert all(a["state"] in ("met", "partly", "unmet", "unknown") and a["checks"] for a in posture["articles"])
    assert posture["articles"][4]["state"] == "unknown" and code == 1
    day = (datetime.date.today() - datetime.timedelta(10)).isoformat()
    for what in ("posture:threats", "posture:restore_test"):
        assert scene.agent.cli("declare", what, "--date", day, "--by", "owner")[0] == 0
    posture = ask(scene.agent, "posture")[1]
    assert posture["articles"][4]["state"] == "met"
    test = [c for c in posture["articles"][5]["checks"] if c["check"] == "restore_test"]
    assert test[0]["state"] == "met" and test[0]["args"][0] == day and test[0]["args"][1] in ("9", "10", "11")
    assert "restore_test" not in scene.agent.cli("--lang", "ja", "posture")[1], "a key instead of a sentence"


def test_the_console_keeps_the_register(scene):
    one_round(scene.agent)
    here = door(ask(scene.agent, "vpn")[1])
    def there():
        found = [d for d in scene.console.doors()["doors"] if d["id"] == DOOR]
        return found[0] if found and found[0]["verdict"] == here["verdict"] else None
    d = L.wait_for(there, 30, "the register at the console")
    assert d["reason"]["key"] == here["reason"]["key"] and d["due"] == here["due"]
    L.wait_for(lambda: [e for e in scene.console.events() if e["class_uid"] == FINDING], 20, "findings at the console")
    assert not scene.console.incidents(), json.dumps(scene.console.incidents(), ensure_ascii=False)[:800]


def test_the_desk_hears_what_became_of_its_statement(scene):
    """Core carries a statement out: the order is done when it is on disk, and failed when there is no such door here."""
    def settled(since):
        orders = [o for o in scene.console.cli("orders", json_out=True) if o["action"] == "declare"]
        return orders[since:] if len(orders) > since and all(o["state"] in ("ok", "failed", "refused") for o in orders) else None
    def count():
        return len([o for o in scene.console.cli("orders", json_out=True) if o["action"] == "declare"])
    one_round(scene.agent)
    L.wait_for(lambda: [d for d in scene.console.doors()["doors"] if d["id"] == DOOR], 30, "the register at the console")
    before = count()
    scene.console.cli("declare", scene.console.customer, DOOR, "--mitigation", "monitored", "--reason", "IPS", json_out=True)
    done = L.wait_for(lambda: settled(before), 20, "the order")
    assert [o["state"] for o in done] == ["ok"], done
    assert door(ask(scene.agent, "vpn")[1])["mitigation"]["what"] == "monitored"
    name_gateways(scene.agent, "")
    try:
        scene.agent.stop()
        path = os.path.join(scene.agent.state, "core", "doors.json")
        os.unlink(path)
        scene.agent.start()
        before = count()
        scene.console.cli("declare", scene.console.customer, DOOR, "--mitigation", "none", "--reason", "updated", json_out=True)
        done = L.wait_for(lambda: settled(before), 20, "the order")
        assert [(o["state"], o["message"]) for o in done] == [("failed", "no such door on this computer")], done
    finally:
        scene.agent.stop()
        name_gateways(scene.agent, GATEWAY)
        scene.agent.start()


def test_events_are_valid(scene, tmp_path):
    events = scene.agent.events()
    assert {FINDING, SOFTWARE, STATE} <= {e["class_uid"] for e in events}
    good, why = validate([e for e in events if e["class_uid"] in (FINDING, SOFTWARE, STATE)], str(tmp_path / "events.ndjson"))
    if good is None:
        pytest.skip(why)
    assert good, why
