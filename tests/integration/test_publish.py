"""The release desk with its real programs: mimamori-publish makes a repository, the updater's client reads it over HTTP,
and another implementation (python3-securesystemslib) recomputes every key id and signature of it.

    /usr/bin/python3 -m pytest tests/integration/test_publish.py         (B=build/NAME for another build)"""
import datetime
import fcntl
import hashlib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

import pytest
from securesystemslib import keys as sslib
from securesystemslib.formats import encode_canonical

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from publish_desk import CLIENT, FAILED, MORE, NOT_FOUND, OK, PASSPHRASE, PROGRAM, ROOT, USAGE, Desk, desk, host, needs_build, preload, template  # noqa: E402,F401

pytestmark = needs_build


# ---- publishing -------------------------------------------------------------------------------
def test_rules_and_an_agent_reach_a_host(desk, host):
    host.refresh()
    desk.add("rules/pack.zip", b"rules one")
    assert "1 of 2" in desk.add("agent/mimamori_1.tar.gz", b"agent one", role="agent", keys=["release-1"], code=MORE, more=["--ring", "canary"])
    assert "2 of 2" in desk.run("sign", desk.dir, "agent", keys=["release-3"])
    assert desk.staged() == ["agent.json", "rules.json"]
    desk.snapshot()
    assert desk.staged() == []
    assert host.download("rules/pack.zip", "agent/mimamori_1.tar.gz") == [b"rules one", b"agent one"]
    desk.add("rules/pack.zip", b"rules two")
    assert host.download("rules/pack.zip") == [b"rules one"]  # nobody sees what is only staged
    desk.snapshot()
    assert host.download("rules/pack.zip") == [b"rules two"]
    assert (host.version("rules"), host.version("snapshot"), host.version("timestamp")) == (3, 3, 3)
    said = desk.verify()
    assert "rules/pack.zip  9 bytes" in said and "ring canary" in said and "A client takes all of it." in said


def test_several_files_at_once_and_json(desk, host):
    for n in "abc":
        (desk.base / f"{n}.yar").write_text(n)
    said = desk.run("add", desk.dir, *[desk.base / f"{n}.yar" for n in "abc"], "--role", "rules", "--json", keys=["rules"])
    answer = json.loads(said)
    assert answer["role"] == "rules" and answer["version"] == 2 and answer["signatures"][0]["have"] == 1 and answer["exit"] == 0
    published = json.loads(desk.snapshot("--json"))
    assert set(published["files"]) == {"2.rules.json", "2.snapshot.json", "timestamp.json"}
    assert host.download("rules/a.yar", "rules/c.yar") == [b"a", b"c"]
    state = json.loads(desk.run("verify", desk.dir, "--json"))
    assert sorted(state["files"]) == ["rules/a.yar", "rules/b.yar", "rules/c.yar"] and state["roles"]["root"]["threshold"] == 2
    roles = json.loads(desk.run("keys", desk.dir, "--json"))["roles"]
    assert len(roles["agent"]["keys"]) == 3 and roles["agent"]["threshold"] == 2 and roles["rules"]["version"] == 2


def test_published_files_never_change(desk):
    before = desk.public()
    for n in range(3):
        desk.add("rules/pack.zip", b"rules %d" % n)
        desk.snapshot()
        after = desk.public()
        assert {k: v for k, v in after.items() if k in before and k != "metadata/timestamp.json"} == \
               {k: v for k, v in before.items() if k != "metadata/timestamp.json"}
        before = after


def test_staged_rollout_and_halt_are_signed_facts(desk):
    desk.add("agent/m.tar", b"agent", role="agent", keys=["release-1", "release-2"], more=["--ring", "canary", "--percent", "5", "--hold", "3"])
    desk.snapshot()
    desk.run("stage", desk.dir, "agent/m.tar", "--ring", "early", "--percent", "50", "--start", "2027-01-31T09:00:00Z", keys=["release-1", "release-2"])
    desk.run("halt", desk.dir, "agent/m.tar", "--reason", "crashes on boot", code=MORE, keys=["release-1"])  # drops what was signed before
    assert "HALTED" not in desk.verify()
    desk.run("sign", desk.dir, "agent", keys=["release-2"])
    desk.snapshot()
    custom = desk.metadata("3.agent.json")["signed"]["targets"]["agent/m.tar"]["custom"]
    assert custom["rollout"] == {"ring": "early", "percent": 50, "start": "2027-01-31T09:00:00Z"}
    assert custom["halt"]["reason"] == "crashes on boot" and custom["halt"]["since"].endswith("Z")
    assert "HALTED" in desk.verify()
    desk.run("halt", desk.dir, "agent/m.tar", "--clear", keys=["release-1", "release-2"])
    desk.snapshot()
    assert "halt" not in desk.metadata("4.agent.json")["signed"]["targets"]["agent/m.tar"]["custom"]
    desk.run("halt", desk.dir, "agent/nothing", code=NOT_FOUND)


def test_expired_timestamp(desk, host):
    host.refresh()
    later = ["faketime", "-f", "+2d"]
    status, said = host.run("refresh", before=later)
    assert status == 1 and "[freeze]" in said
    assert "[freeze]" in desk.verify(code=FAILED, before=later)
    desk.run("timestamp", desk.dir, keys=["timestamp"], before=later)
    host.refresh(before=later)
    desk.verify(before=later)
    much = ["faketime", "-f", "+4d"]  # rules expire after 3 days
    desk.run("timestamp", desk.dir, keys=["timestamp"], before=much)
    assert "rules.json" in desk.verify(code=FAILED, before=much)
    desk.run("renew", desk.dir, "rules", keys=["rules"], before=much)
    desk.snapshot(before=much)
    desk.verify(before=much)


def test_everything_expired_is_renewed_step_by_step(desk, host):
    years = ["faketime", "-f", "+800d"]
    desk.verify(code=FAILED, before=years)
    desk.run("renew", desk.dir, "root", keys=["root-1", "root-2"], before=years)
    desk.run("renew", desk.dir, "targets", keys=["release-1", "release-2"], before=years)
    desk.run("renew", desk.dir, "agent", keys=["release-1", "release-2"], before=years)
    desk.run("renew", desk.dir, "rules", keys=["rules"], before=years)
    desk.snapshot(before=years)
    desk.verify(before=years)
    host.refresh(before=years)


# ---- other keys ---------------------------------------------------------------------------------
def new_key(desk, name, kind="ed25519"):
    desk.run("keys", "new", desk.key(name), "--type", kind)
    return desk.key(name) + ".pub"


def test_root_rotation(desk, host):
    host.refresh()
    pub = new_key(desk, "root-4", "ecdsa-p256")
    said = desk.run("rotate", desk.dir, "root", "--add", pub, "--remove", desk.key("root-1") + ".pub", code=MORE)
    assert "0 of 2 signatures of the present root's keys" in said and "0 of 2 signatures of the new root's keys" in said
    assert "1 of 2 signatures of the present" in desk.run("sign", desk.dir, "root", keys=["root-2"], code=MORE)
    said = desk.run("sign", desk.dir, "root", keys=["root-4"], code=MORE)  # enough for the new one, not for the old one
    assert "2 of 2 signatures of the new" in said and "1 of 2 signatures of the present" in said
    host.refresh()
    assert host.version("root") == 1
    assert "root 2 is published" in desk.run("sign", desk.dir, "root", keys=["root-1"])
    host.refresh()
    assert host.version("root") == 2
    desk.verify()
    # the one that was removed signs nothing any more
    assert "may not sign" in desk.run("renew", desk.dir, "root", keys=["root-1", "root-2"], code=FAILED)
    desk.run("renew", desk.dir, "root", keys=["root-4", "root-2"])
    host.refresh()
    assert host.version("root") == 3


def test_timestamp_key_rotation_that_no_host_notices(desk, host):
    host.refresh()
    pub = new_key(desk, "timestamp-2")
    said = desk.run("rotate", desk.dir, "timestamp", "--add", pub, "--remove", desk.key("timestamp") + ".pub", keys=["root-1"], code=MORE)
    desk.run("timestamp", desk.dir, keys=["timestamp"])  # the daily run goes on
    said = desk.run("sign", desk.dir, "root", keys=["root-2"], code=MORE)
    assert "timestamp.json" in said and "--with-root" in said
    host.refresh()
    assert host.version("root") == 1
    desk.run("timestamp", desk.dir, keys=["timestamp", "timestamp-2"])
    host.refresh()
    assert "root 2 is published" in desk.run("sign", desk.dir, "root", keys=["root-2"])
    host.refresh()
    assert host.version("root") == 2
    desk.run("timestamp", desk.dir, keys=["timestamp"], code=FAILED)  # may not sign any more
    desk.run("timestamp", desk.dir, keys=["timestamp-2"])
    host.refresh()
    desk.verify()


def test_snapshot_key_rotation_that_no_host_notices(desk, host):
    host.refresh()
    pub = new_key(desk, "snapshot-2")
    desk.run("rotate", desk.dir, "snapshot", "--add", pub, "--remove", desk.key("snapshot") + ".pub", keys=["root-1"], code=MORE)
    desk.run("sign", desk.dir, "root", keys=["root-2"], code=MORE)
    desk.snapshot(keys=["snapshot", "snapshot-2", "timestamp"])
    host.refresh()
    desk.run("sign", desk.dir, "root", keys=["root-2"])
    host.refresh()
    desk.snapshot(keys=["snapshot-2", "timestamp"])
    host.refresh()
    assert (host.version("root"), host.version("snapshot")) == (2, 3)


def test_snapshot_and_timestamp_keys_are_replaced_in_one_go(desk, host):
    host.refresh()
    for role in ("snapshot", "timestamp"):
        desk.run("rotate", desk.dir, role, "--add", new_key(desk, role + "-2"), "--remove", desk.key(role) + ".pub", code=MORE)
    desk.run("sign", desk.dir, "root", keys=["root-1", "root-3"], code=MORE)
    desk.snapshot("--with-root", code=MORE)  # the old keys alone are not enough
    assert desk.staged() == ["root.json"]
    desk.snapshot("--with-root", keys=["snapshot-2", "timestamp-2"])
    host.refresh()
    assert (host.version("root"), host.version("snapshot")) == (2, 2)
    desk.verify()


def test_key_of_rules_is_replaced(desk, host):
    desk.add("rules/pack.zip", b"rules one")
    desk.snapshot()
    pub, old = new_key(desk, "rules-2", "ecdsa-p256"), desk.metadata("1.targets.json")["signed"]["delegations"]["roles"][0]["keyids"][0]
    desk.run("rotate", desk.dir, "rules", "--add", pub, "--remove", old[:12], keys=["release-1", "release-2"])
    assert "clients would refuse it" in desk.snapshot(code=FAILED)  # rules are signed by the old key only
    desk.run("renew", desk.dir, "rules", keys=["rules-2"])
    desk.snapshot()
    assert host.download("rules/pack.zip") == [b"rules one"]
    assert old not in desk.metadata("2.targets.json")["signed"]["delegations"]["keys"]


def test_rotation_that_makes_no_sense(desk):
    before = desk.public()
    desk.run("rotate", desk.dir, "root", "--threshold", "4", code=USAGE)
    desk.run("rotate", desk.dir, "root", "--add", desk.key("root-1") + ".pub", code=USAGE)
    desk.run("rotate", desk.dir, "root", "--remove", "deadbeefdeadbeef", code=NOT_FOUND)
    desk.run("rotate", desk.dir, "nobody", "--threshold", "1", code=NOT_FOUND)
    desk.run("rotate", desk.dir, "root", code=USAGE)
    assert desk.public() == before and desk.staged() == []


def test_ceremony_without_all_keys_in_one_place(tmp_path):
    d = Desk(tmp_path)
    d.keys.mkdir()
    pubs = {n: new_key(d, n) for n in ("a", "b", "c", "online")}
    who = {"root": "abc", "targets": "ab", "agent": "ab"}
    words = [w for r, ns in who.items() for n in ns for w in ("--public", f"{r}={pubs[n]}")]
    words += [w for r in ("rules", "snapshot", "timestamp") for w in ("--public", f"{r}={pubs['online']}")]
    d.run("init", d.dir, *words, "--days", "timestamp=2", "--threshold", "root=3", code=MORE)
    assert d.public() == {}
    for name in "ab":
        for role in ("root", "targets", "agent"):
            d.run("sign", d.dir, role, keys=[name], code=MORE if name == "a" or role == "root" else OK)
    d.run("sign", d.dir, "rules", keys=["online"])
    d.snapshot(keys=["online"], code=MORE)
    assert d.public() == {}
    d.run("sign", d.dir, "root", keys=["c"])
    d.snapshot(keys=["online"])
    d.verify()
    expires = datetime.datetime.strptime(d.metadata("timestamp.json")["signed"]["expires"], "%Y-%m-%dT%H:%M:%SZ")
    assert 47 < (expires - datetime.datetime.utcnow()).total_seconds() / 3600 <= 48
    d.run("init", d.dir, *words, code=FAILED)


# ---- another implementation ------------------------------------------------------------------------
def check_file(data, role):
    """Signatures that count, by securesystemslib alone."""
    body, good = encode_canonical(data["signed"]).encode(), set()
    for s in data["signatures"]:
        key = dict(role["keys"][s["keyid"]], keyid=s["keyid"])
        assert hashlib.sha256(encode_canonical(role["keys"][s["keyid"]]).encode()).hexdigest() == s["keyid"]
        assert s["keyid"] in role["keyids"] and sslib.verify_signature(key, s, body)
        good.add(s["keyid"])
    assert len(good) >= role["threshold"]


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256"])
def test_another_implementation_agrees(tmp_path, kind):
    d = Desk(tmp_path)
    d.run("init", d.dir, "--keys", d.keys, "--type", kind)
    d.add("rules/pack.zip", b"rules" * 1000)
    d.add("agent/m.tar", b"", role="agent", keys=["release-2", "release-3"])
    d.snapshot()
    root = d.metadata("1.root.json")["signed"]
    assert root["spec_version"] == "1.0.34" and root["consistent_snapshot"] is True
    roles = {n: dict(r, keys=root["keys"]) for n, r in root["roles"].items()}
    targets = d.metadata("1.targets.json")["signed"]
    roles.update({r["name"]: dict(r, keys=targets["delegations"]["keys"]) for r in targets["delegations"]["roles"]})
    timestamp = d.metadata("timestamp.json")
    snapshot = d.metadata(f"{timestamp['signed']['meta']['snapshot.json']['version']}.snapshot.json")
    for role, data in (("root", d.metadata("1.root.json")), ("timestamp", timestamp), ("snapshot", snapshot)):
        check_file(data, roles[role])
    entries = dict(snapshot["signed"]["meta"], **timestamp["signed"]["meta"])
    assert set(entries) == {"snapshot.json", "targets.json", "rules.json", "agent.json"}
    for name, entry in entries.items():
        raw = (d.dir / "metadata" / f"{entry['version']}.{name}").read_bytes()
        assert len(raw) == entry["length"] and hashlib.sha256(raw).hexdigest() == entry["hashes"]["sha256"]
        data = json.loads(raw)
        check_file(data, roles[name[:-5]])
        for path, target in data["signed"].get("targets", {}).items():
            folder, base = path.split("/")
            for algorithm, digest in target["hashes"].items():
                content = (d.dir / "targets" / folder / f"{digest}.{base}").read_bytes()
                assert hashlib.new(algorithm, content).hexdigest() == digest and len(content) == target["length"]
    assert {t for n in ("2.rules.json", "2.agent.json") for t in d.metadata(n)["signed"]["targets"]} == {"rules/pack.zip", "agent/m.tar"}
    # the key files are the standard's: OpenSSL opens one with the passphrase
    p = subprocess.run(["openssl", "pkey", "-in", d.key("root-1"), "-passin", f"file:{d.secret}", "-noout"], capture_output=True)
    assert p.returncode == 0, p.stderr


# ---- secrets -------------------------------------------------------------------------------------------
def test_wrong_passphrase_and_damaged_key_files(desk, tmp_path):
    before = desk.public()
    right = desk.secret.read_text()
    desk.secret.write_text("another passphrase\n")
    assert "wrong passphrase" in desk.snapshot(code=FAILED)
    desk.secret.write_text("\n")
    assert "empty" in desk.snapshot(code=FAILED)
    desk.secret.write_text(right)
    whole = pathlib.Path(desk.key("rules")).read_bytes()
    for n in (0, 1, 40, len(whole) // 2, len(whole) - 30):
        pathlib.Path(desk.key("rules")).write_bytes(whole[:n])
        assert "only a part" in desk.add("rules/a", b"a", code=FAILED)
    pathlib.Path(desk.key("rules")).write_bytes(b"\0" * 100000)
    desk.add("rules/a", b"a", code=FAILED)
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", desk.key("rules")], check=True)  # nothing protects this one
    assert "not an encrypted key file" in desk.add("rules/a", b"a", code=FAILED)
    os.unlink(desk.key("rules"))
    desk.add("rules/a", b"a", code=NOT_FOUND)
    assert desk.public() == before and desk.staged() == []


def test_a_guess_at_a_passphrase_costs(tmp_path):
    """The desk's own keys, not the cheap ones of these tests: scrypt with N = 16384, r = 8, p = 5."""
    d = Desk(tmp_path)
    d.run("keys", "new", d.base / "one", "--type", "ed25519")
    shown = subprocess.run(["openssl", "asn1parse", "-in", d.base / "one"], capture_output=True, text=True, check=True).stdout
    assert re.findall(r":(\S+)\s*$", shown[shown.index(":scrypt"):], re.M)[2:5] == ["4000", "08", "05"], shown


def test_key_files_are_for_their_owner_and_never_written_over(desk):
    for f in desk.keys.glob("*.key"):
        assert f.stat().st_mode & 0o777 == 0o600 and b"ENCRYPTED" in f.read_bytes()
    before = {f: f.read_bytes() for f in desk.keys.iterdir()}
    assert "never written over" in desk.run("keys", "new", desk.key("rules"), code=FAILED)
    assert before == {f: f.read_bytes() for f in desk.keys.iterdir()}
    desk.secret.write_text("too short\n")
    assert "12 characters" in desk.run("keys", "new", desk.key("other"), code=FAILED)
    desk.run("keys", "new", desk.key("other"), "--type", "rsa", code=USAGE)
    assert not pathlib.Path(desk.key("other")).exists()


def test_passphrase_sources(desk):
    desk.secret.chmod(0o640)
    assert "others can read" in desk.snapshot(code=FAILED)
    argv = [str(PROGRAM), "timestamp", str(desk.dir), "--key", desk.key("timestamp")]
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True, timeout=30)
    assert p.returncode == FAILED and "there is no terminal" in p.stderr
    p = subprocess.run([*argv, "--passphrase-fd", "0"], input=PASSPHRASE + "\n", capture_output=True, text=True, timeout=30)
    assert p.returncode == OK, p.stderr
    for wrong in (["--passphrase", PASSPHRASE], ["--passphrase-fd", "x"], ["--passphrase-fd", "0", "--passphrase-file", str(desk.secret)]):
        assert subprocess.run([*argv, *wrong], stdin=subprocess.DEVNULL, capture_output=True, timeout=30).returncode == USAGE
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True, timeout=30,
                       env=dict(os.environ, PASSPHRASE=PASSPHRASE, MIMAMORI_PASSPHRASE=PASSPHRASE))
    assert p.returncode == FAILED


def at_terminal(argv, answers):
    """(exit status, what the terminal showed): each answer is typed when the program asks for it."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    shown, answers = "", list(answers)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            part = os.read(fd, 4096).decode(errors="replace")
        except OSError:
            break
        if not part:
            break
        shown += part
        if answers and shown.endswith(": "):
            os.write(fd, answers.pop(0).encode())
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def test_terminal_shows_no_passphrase(desk):
    argv = [str(PROGRAM), "timestamp", str(desk.dir), "--key", desk.key("timestamp")]
    status, shown = at_terminal(argv, ["rubbish\x15" + PASSPHRASE + "x\x7f\r"])
    assert status == OK and f"Passphrase for {desk.key('timestamp')}: " in shown
    assert "horse" not in shown and "rubbish" not in shown
    assert at_terminal(argv, ["\x03"])[0] == FAILED
    status, shown = at_terminal([str(PROGRAM), "keys", "new", desk.key("one")], ["a new passphrase\r", "another one than that\r"])
    assert status == FAILED and "not the same" in shown and not pathlib.Path(desk.key("one")).exists()
    status, shown = at_terminal([str(PROGRAM), "keys", "new", desk.key("one")], ["a new passphrase\r", "a new passphrase\r"])
    assert status == OK and "a new passphrase" not in shown


# ---- what must not go out ---------------------------------------------------------------------------------
def test_below_the_threshold_nothing_goes_out(desk, host):
    before = desk.public()
    desk.add("agent/m.tar", b"agent", role="agent", keys=["release-1"], code=MORE)
    assert "stays in staged/" in desk.snapshot()
    assert desk.staged() == ["agent.json"]
    assert not any(n.startswith("metadata/2.agent") for n in desk.public())
    status, said = host.run("--target-name", "agent/m.tar", "download")
    assert status == 1 and "[not-found]" in said
    desk.run("sign", desk.dir, "agent", keys=["release-1"], code=MORE)  # one key counts once
    assert "may not sign" in desk.run("sign", desk.dir, "agent", keys=["rules"], code=FAILED)
    shown = before["metadata/timestamp.json"]
    desk.snapshot(keys=["snapshot"], code=MORE)
    desk.snapshot(keys=["snapshot", "rules"], code=FAILED)
    desk.run("timestamp", desk.dir, code=MORE)
    assert desk.public()["metadata/timestamp.json"] != shown and desk.metadata("timestamp.json")["signed"]["version"] == 2


@pytest.mark.parametrize("name", ["/rules/a", "rules/../agent/a", "../a", "rules/..", "rules/.hidden", "rules//a", "rules/", "rules/a b", "rules/a%2e",
                                  "rules/" + "x" * 300, "x" * 300, "rules/-a", "a", "agent/a", "rules/deep/a", "rules/ä", "rules/a\\b", "rules/a?", ""])
def test_names_that_are_refused(desk, name):
    before = desk.public()
    desk.add(name, b"a", code=USAGE)
    assert desk.public() == before and desk.staged() == []


def test_longest_name(desk, host):
    name = "rules/" + "x" * 126
    desk.add(name, b"long")
    desk.snapshot()
    assert host.download(name) == [b"long"]
    desk.add(name + "x", b"long", code=USAGE)


def test_what_somebody_else_wrote_into_the_folder_is_no_ground(desk):
    desk.add("rules/pack.zip", b"rules one")
    desk.snapshot()
    f = desk.dir / "metadata/2.rules.json"
    data = json.loads(f.read_text())
    data["signed"]["targets"]["rules/evil.zip"] = data["signed"]["targets"]["rules/pack.zip"]
    f.write_text(json.dumps(data))
    assert "do not verify" in desk.add("rules/more.zip", b"more", code=FAILED)
    desk.verify(code=FAILED)


def test_verify_finds_a_changed_or_missing_file(desk):
    desk.add("rules/pack.zip", b"rules one")
    desk.snapshot()
    f = next((desk.dir / "targets/rules").glob(hashlib.sha256(b"rules one").hexdigest() + "*"))
    f.write_bytes(b"rules 0ne")
    assert "[wrong-software]" in desk.verify(code=FAILED)
    f.unlink()
    assert "[missing]" in desk.verify(code=FAILED)
    (desk.dir / "metadata/1.root.json").unlink()
    desk.verify(code=FAILED)


def test_two_at_once(desk):
    with open(desk.dir / "staged/updater.lock", "r+b") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        assert "another mimamori-publish" in desk.snapshot(code=FAILED)
        desk.verify()  # reading needs no lock


def test_wrong_usage():
    for words in ([], ["nonsense"], ["add"], ["keys"], ["snapshot", "a", "b"], ["add", "a", "b", "--nonsense"], ["snapshot", "x", "--key"], ["init", "x"]):
        p = subprocess.run([str(PROGRAM), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        assert p.returncode == USAGE and "usage:" in p.stderr and not p.stdout, words
    p = subprocess.run([str(PROGRAM), "--help"], capture_output=True, text=True, timeout=30)
    assert p.returncode == 0 and "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no such thing, 4 more signatures" in p.stdout


def test_no_repository(tmp_path):
    assert "init DIR" in Desk(tmp_path).run("keys", tmp_path / "nothing", code=NOT_FOUND)
    assert Desk(tmp_path).run("verify", tmp_path / "nothing", code=FAILED)


# ---- power cuts and full disks -------------------------------------------------------------------------------
def killed(argv, preload, n):
    """1 when it was killed before its change number n, 0 when it came to its end."""
    env = dict(os.environ, KILL_BEFORE=str(n), **preload)
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, env=env)
    assert p.returncode in (0, -signal.SIGKILL), p.stdout
    return p.returncode != 0


def settled(d):
    """What a run is to leave: everything, and nothing half."""
    assert d.staged() == [] and not [p for p in d.dir.rglob("*") if ".tmp." in p.name or p.name.endswith(".part")]


def test_killed_anywhere_in_a_publication(desk, preload, tmp_path):
    desk.add("rules/pack.zip", b"rules one")
    names, points = None, 0
    for n in range(1, 200):
        d = Desk(tmp_path / f"copy{n}")
        shutil.copytree(desk.base, d.base, dirs_exist_ok=True)
        if not killed(d.argv("snapshot", d.dir, keys=["snapshot", "timestamp"]), preload, n):
            names = sorted(d.public())
            break
        d.verify()  # clients see the old state or the new one
        d.snapshot()
        settled(d)
        assert "rules/pack.zip  9 bytes" in d.verify()
        points += 1
        shutil.rmtree(d.base)
    assert points > 12 and names and "metadata/2.rules.json" in names


def test_killed_anywhere_in_add(desk, preload, tmp_path):
    (desk.base / "pack").write_bytes(b"rules one")
    before, points = desk.public(), 0
    for n in range(1, 100):
        d = Desk(tmp_path / f"copy{n}")
        shutil.copytree(desk.base, d.base, dirs_exist_ok=True)
        argv = d.argv("add", d.dir, d.base / "pack", "--role", "rules", keys=["rules"])
        if not killed(argv, preload, n):
            break
        assert {k: v for k, v in d.public().items() if k.startswith("metadata")} == {k: v for k, v in before.items() if k.startswith("metadata")}
        d.run("add", d.dir, d.base / "pack", "--role", "rules", keys=["rules"])
        d.snapshot()
        settled(d)
        assert "rules/pack  9 bytes" in d.verify()
        points += 1
        shutil.rmtree(d.base)
    assert points > 5


def test_killed_anywhere_in_init(preload, tmp_path):
    points = 0
    for n in range(1, 200, 3):
        d = Desk(tmp_path / f"desk{n}")
        if not killed(d.argv("init", d.dir, "--keys", d.keys), preload, n):
            break
        d.run("init", d.dir, "--keys", d.keys, env=preload)
        settled(d)
        d.verify()
        points += 1
    assert points > 5


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: a full disk needs a mount namespace, so root")
def test_a_full_disk(desk):
    (desk.base / "pack").write_bytes(os.urandom(60000))
    (desk.base / "disk").mkdir()
    secret = f"--passphrase-file {desk.secret}"
    script = f"""
set -u
mount -t tmpfs -o size=256k,nr_inodes=200 none {desk.base}/disk || exit 90
cp -r {desk.dir} {desk.base}/disk/repo || exit 91
cd {desk.base}/disk
P={PROGRAM}
fill() {{ dd if=/dev/zero of=filler bs=4096 2>/dev/null; dd if=/dev/zero of=filler2 bs=1 count=$1 2>/dev/null; }}
fill 1
sha256sum repo/metadata/* > ../before
$P add repo {desk.base}/pack --role rules --key {desk.key("rules")} {secret} && exit 1
$P renew repo rules --key {desk.key("rules")} {secret} && exit 2
sha256sum -c --quiet ../before || exit 3
$P verify repo || exit 4
rm -f filler filler2
$P add repo {desk.base}/pack --role rules --key {desk.key("rules")} {secret} || exit 5
for blocks in 0 1 2 3 4 5; do    # with so many free pages: somewhere in the publication there is none left
    fill 1
    truncate -s -$((blocks * 4096)) filler
    $P snapshot repo --key {desk.key("snapshot")} --key {desk.key("timestamp")} {secret}
    echo "blocks $blocks: $?"
    $P verify repo || exit 6
    rm -f filler filler2
done
$P snapshot repo --key {desk.key("snapshot")} --key {desk.key("timestamp")} {secret} || exit 7
$P verify repo || exit 8
find repo -name '*.tmp.*' -o -name '*.part' -o -name '*.journal' | grep . && exit 9
exit 0
"""
    p = subprocess.run(["unshare", "-m", "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    assert p.returncode == 0, (p.returncode, p.stdout)
    assert "no space left" in p.stdout and "blocks 0: 1" in p.stdout and "blocks 5: 0" in p.stdout, p.stdout
    assert "rules/pack  60000 bytes" in p.stdout


# ---- the handbook --------------------------------------------------------------------------------------------------
def test_handbook_names_verbs_and_options_that_are_there():
    handbook, spoken = (ROOT / "docs/release-desk.md").read_text(), subprocess.run([str(PROGRAM), "--help"], capture_output=True, text=True).stdout
    verbs = set(re.findall(r"^  (\w+)", spoken, re.M))
    used = re.findall(r"mimamori-publish (\w+)([^`\n]*)", handbook)
    assert {v for v, _ in used} == verbs
    for _, rest in used:
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in spoken, option
