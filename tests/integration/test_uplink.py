"""Core against a console double: events arrive once over kill -9, outage, errors, garbage; commands, renewal, reach."""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "lab")]
from console_double import AGENT, Authority, Console, openssl  # noqa: E402
from stall import Stall  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("B", "build/" + os.environ.get("V", "release"))
PROGRAM = ROOT / BUILD / "tests/unit/report/test_core"
VALIDATE = ROOT.parent / "shared" / "ocsf" / "ocsf-validate"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: core gives up root, so the test needs it")


@pytest.fixture
def base():
    path = pathlib.Path(tempfile.mkdtemp(prefix="mm-uplink-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


class Agent:
    """test_core --drive with a device identity made by hand."""

    def __init__(self, base, console, url=None, days=90, extra=""):
        self.base, self.core = base, base / "state/core"
        if not PROGRAM.exists():
            subprocess.run(["make", "-s", f"B={BUILD}", str(PROGRAM.relative_to(ROOT))], cwd=ROOT, check=True, timeout=900)
        for d in ("state", "run", "rules", "local"):
            (base / d).mkdir(exist_ok=True)
        if not self.core.exists():
            self.core.mkdir()
            key = openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout")
            (self.core / "device.key").write_bytes(key)
            csr = openssl("req", "-new", "-key", str(self.core / "device.key"), "-subj", "/CN=x")
            (self.core / "device.crt").write_text(console.ca.device(csr, days))
            (self.core / "ca.pem").write_text(console.ca.cert.read_text())
            (self.core / "enrolled.json").write_text(json.dumps({"agent_id": AGENT, "url": console.url, "customer": "c", "phone": "p"}))
            for f in [self.core, *self.core.iterdir()]:
                os.chown(f, 60991, 60991)
        self.config = base / "agent.ini"
        self.config.write_text(f"[paths]\nstate={base}/state\nrun={base}/run\nrules={base}/rules\nlocal={base}/local\n"
                               f"[roles]\ncore_user=nobody-of-that-name\n[console]\nurl={url or console.url}\n{extra}")
        self.lines, self.changed = [], threading.Condition()
        self.start()

    def start(self):
        self.p = subprocess.Popen([str(PROGRAM), "--drive", str(self.config)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        threading.Thread(target=self.read, args=(self.p,), daemon=True).start()

    def read(self, p):
        for line in p.stdout:
            with self.changed:
                self.lines.append(line.strip())
                self.changed.notify_all()

    def say(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()

    def hear(self, start, seconds=20):
        with self.changed:
            assert self.changed.wait_for(lambda: any(x.startswith(start) for x in self.lines), seconds), (start, self.lines)
            line = next(x for x in self.lines if x.startswith(start))
            self.lines.remove(line)
            return line

    def stored(self):
        self.say("wait")
        self.hear("stored", 60)

    def end(self, how="stop"):
        if self.p.poll() is None:
            self.say(how)
            self.hear("ended", 20)
            self.p.wait(20)


@pytest.fixture
def console(base):
    c = Console(base / "console").start()
    yield c
    c.stop()


@pytest.fixture
def agent(base, console):
    a = Agent(base, console)
    yield a
    a.end()


def until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


def details(console):
    return sorted((e["unmapped"].get("detail", "") for e in console.events.values()), key=lambda x: int("0" + "".join(c for c in x if c.isdigit())))


def sequences(console):
    return sorted(s for _, s in console.events)


def chain_fits(console):
    """Each line carries the hash of the line before: recompute it from the bytes that arrived."""
    by = sorted(console.events.items())
    for (k1, a), (k2, b) in zip(by, by[1:]):
        if k1[0] == k2[0] and k2[1] == k1[1] + 1:
            yield a, b


def test_events_arrive_and_conform(base, console, agent):
    agent.say("event 5 3")
    agent.say("event 1 20")
    agent.stored()
    assert console.wait(lambda: len(console.events) == 23)
    assert sequences(console) == list(range(1, 24))
    out = base / "events.ndjson"
    out.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in console.events.values()))
    if VALIDATE.exists():
        check = subprocess.run([str(VALIDATE), str(out)], stdout=subprocess.PIPE)
        assert check.returncode == 0, check.stdout.decode()[-2000:]
    else:
        print(f"NOT CHECKED AGAINST THE SCHEMA: {VALIDATE} is not there")
    assert all(e["device"]["uid"] == AGENT for e in console.events.values())


def test_high_is_fast(console, agent):
    assert console.wait(lambda: console.beats)
    times = []
    for i in range(5):
        n = len(console.events)
        with Stall() as stall:
            begin = time.monotonic()
            agent.say("event 5 1")
            assert console.wait(lambda: len(console.events) > n, 20)
            took = time.monotonic() - begin
        times.append(took - 2 * stall.ms / 1000)
    assert sorted(times)[2] < 0.5, times


def test_once_over_kill(console, agent):
    for i in range(12):
        agent.say("event 5 4")
        agent.say("event 1 7")
        if i % 3 == 0:
            time.sleep(0.05)
        agent.say("kill")
        agent.hear("restarted")
    agent.stored()
    want = 12 * 11
    assert console.wait(lambda: len(console.events) >= want, 40), len(console.events)
    time.sleep(1)
    assert len({e["metadata"]["uid"] for e in console.events.values()}) == want
    assert sequences(console) == list(range(1, want + 1))


def test_console_down_and_back(console, agent):
    agent.say("event 4 2")
    assert console.wait(lambda: len(console.events) == 2)
    console.stop()
    agent.say("event 5 30")
    agent.say("event 1 3000")
    agent.stored()
    time.sleep(4)
    agent.say("kill")
    agent.hear("restarted")
    console.start()
    assert console.wait(lambda: len(console.events) == 3032, 90), len(console.events)
    assert sequences(console) == list(range(1, 3033))


@pytest.mark.parametrize("mode", ["500", "garbage", "huge", "redirect", "lose", "slow"])
def test_bad_answers(console, agent, mode):
    console.mode = mode
    agent.say("event 5 5")
    agent.stored()
    time.sleep(5)
    seen = len(console.events)
    assert mode in ("lose", "slow") or seen == 0
    console.mode = ""
    agent.say("event 5 1")
    assert console.wait(lambda: len(console.events) == 6, 70), len(console.events)
    assert sequences(console) == list(range(1, 7))


def test_an_event_that_the_console_refuses_stops_nothing_else(console, agent):
    console.poison = 3
    agent.say("event 1 9")
    agent.stored()
    assert console.wait(lambda: {s for _, s in console.events} >= {1, 2, 4, 5, 6, 7, 8, 9, 10}, 60), sequences(console)
    assert any("refuses event 3" in e["unmapped"].get("detail", "") for e in console.events.values())


def test_commands_and_results(console, agent):
    assert console.wait(lambda: console.polls)
    with Stall() as stall:
        begin = time.monotonic()
        console.order(5, "aaaaaaaa-0000-4000-8000-000000000005")
        agent.hear("command aaaaaaaa-0000-4000-8000-000000000005 5")
        took = time.monotonic() - begin
    assert console.wait(lambda: console.results, 10)
    assert console.results[0] == {"command_id": "aaaaaaaa-0000-4000-8000-000000000005", "result": "ok", "message": "done"}
    assert took < 1 + 2 * stall.ms / 1000, f"the machine stood still for {stall.ms} ms at most"
    assert console.wait(lambda: 5 in console.polls, 10)
    agent.say("event 5 1")
    agent.stored()
    agent.say("kill")
    agent.hear("restarted")
    n = len(console.polls)
    assert console.wait(lambda: len(console.polls) > n, 20)
    assert console.polls[-1] == 5   # not asked for again after a restart
    assert len(console.results) == 1


def test_a_command_that_brings_nothing_forward_is_no_circle(console, agent):
    """Refused by the guard, offered again and again, and every heartbeat says that there are commands."""
    console.flag = True
    assert console.wait(lambda: console.polls)
    console.commands.append((7, {"payloadType": "test", "payload": "nonsense", "signatures": []}))
    with console.changed:
        console.changed.notify_all()
    agent.hear("command", 5)
    polls, beats = len(console.polls), len(console.beats)
    time.sleep(5)
    assert len(console.polls) - polls <= 4 and len(console.beats) - beats <= 6
    console.order(8, "aaaaaaaa-0000-4000-8000-000000000008")
    agent.hear("command aaaaaaaa-0000-4000-8000-000000000008 8", 5)


def test_heartbeats(console, agent):
    assert console.wait(lambda: any(b.get("mode") for b in console.beats), 10)
    beat = [b for b in console.beats if b.get("mode")][-1]
    assert beat["mode"] == "freeze" and beat["quarantine"] == "off" and beat["rules"] == "2026.11.1"
    assert beat["sensors"]["files"]["state"] == "working"
    assert beat["folders"][0]["path"] == "/home/sato/\\xff文書"
    assert set(beat["journal"]) >= {"first", "last", "sent", "lost"} and beat["boot"]
    n = len(console.beats)
    agent.say("state 1")
    assert console.wait(lambda: any(b.get("quarantine") == "on" for b in console.beats[n:]), 10), "long before the next usual one"


def test_reach_and_addresses(console, agent):
    assert agent.hear("console 1 ") == f"console 1 {console.port}"
    agent.say("reach 2000")
    assert agent.hear("reached") == "reached 1"
    console.stop()
    agent.say("reach 1000")
    assert agent.hear("reached") == "reached 0"
    console.start()


def test_silence_and_sudden_end_reach_the_console(console, agent):
    assert console.wait(lambda: console.beats)

    def told(title):
        return any(e["unmapped"]["title_en"].startswith(title) for e in console.events.values())
    agent.say("silence 2000")  # a computer that swaps
    assert console.wait(lambda: told("The guard did not answer for a few seconds"), 6) and not told("The guard does not answer")
    agent.say("silence 9000")
    assert console.wait(lambda: told("The guard does not answer"), 12)
    agent.say("die")
    assert console.wait(lambda: told("The guard ended without"), 12)
    agent.hear("ended 0")
    agent.p.wait(5)


def test_the_last_word_waits_for_a_slow_console(console, agent):
    """Of a computer that goes down: it is sent once.  A console that is away holds nobody up for long."""
    assert console.wait(lambda: console.beats)
    console.delay = 1.8
    agent.end()
    assert console.wait(lambda: any(e["unmapped"].get("new_state") == "shutdown" for e in console.events.values()))
    agent.start()
    console.delay = 0
    agent.say("event 5 1")
    agent.stored()
    assert console.wait(lambda: len(console.events) == 2) and not console.duplicates
    console.stop()
    agent.say("reach 500")
    assert agent.hear("reached") == "reached 0"
    with Stall() as s:
        start = time.monotonic()
        agent.end()
        took = time.monotonic() - start
    assert took <= 2 + 2 * s.ms / 1000, f"{took:.1f} s"
    console.start()


def test_renewal(base, console):
    a = Agent(base, console, days=10)
    try:
        assert until(lambda: console.renewed, 15)
        look = ["openssl", "x509", "-in", str(a.core / "device.crt"), "-noout", "-checkend", str(60 * 86400)]
        assert until(lambda: subprocess.run(look, stdout=subprocess.DEVNULL).returncode == 0, 10), "the new certificate is not on disk"
        n = len(console.events)
        a.say("event 5 1")
        assert console.wait(lambda: len(console.events) > n, 10)
    finally:
        a.end()


def test_expiry_is_told(base, console):
    console.ca.device = lambda csr, days=90, f=console.ca.device: f(csr, 10)   # renewal brings nothing newer
    a = Agent(base, console, days=10)
    try:
        assert console.wait(lambda: any(e["unmapped"].get("subject") == "certificate" for e in console.events.values()), 15)
    finally:
        a.end()


def test_another_ca_is_not_trusted(base, console):
    a = Agent(base, console)
    try:
        assert console.wait(lambda: console.beats, 10)
        console.stop()
        false = Console(base / "false", Authority(base / "false", "other-ca"), console.port).start()
        try:
            a.say("event 5 3")
            a.stored()
            time.sleep(3)
            assert not false.events and not false.beats and not false.polls
        finally:
            false.stop()
        console.start()
        assert console.wait(lambda: len(console.events) == 3, 40)
    finally:
        a.end()


def test_rolled_back_journal_is_sent_again(base, console):
    a = Agent(base, console)
    a.say("event 5 3")
    a.stored()
    assert console.wait(lambda: len(console.events) == 3)
    a.end()
    shutil.copytree(base / "state", base / "old", symlinks=True)
    a.start()
    a.say("event 5 10")
    a.stored()
    assert console.wait(lambda: len(console.events) >= 14)
    a.end()
    for f in (base / "old/core").iterdir():
        shutil.copy2(f, base / "state/core" / f.name)
        os.chown(base / "state/core" / f.name, 60991, 60991)
    for f in (base / "state/core").glob("journal.db-*"):
        if not (base / "old/core" / f.name).exists():
            f.unlink()
    journals = {j for j, _ in console.events}
    console.durable_bonus = 1000   # the double answers per batch; a real console says the highest that it has
    a.start()
    try:
        a.say("event 5 1")
        a.stored()
        assert console.wait(lambda: {j for j, _ in console.events} - journals, 20)
        console.durable_bonus = 0
        assert console.wait(lambda: any("put back to an older state" in e["unmapped"]["title_en"] for e in console.events.values()), 20)
    finally:
        a.end()


def test_memory_is_small(console, agent):
    agent.say("event 5 50")
    agent.say("event 1 2000")
    agent.stored()
    assert console.wait(lambda: len(console.events) == 2050, 60)
    pid = agent.hear("pid").split()[1]
    rss = int([x for x in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS")][0].split()[1])
    print(f"core RSS {rss} KiB")
    assert rss < 20 * 1024, rss


def test_full_disk(base, console):
    """A small tmpfs as state directory, filled: high events wait in memory and arrive when there is room."""
    state = base / "state"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "mm-test", str(state)], check=True)
    a = None
    try:
        a = Agent(base, console)
        a.say("event 5 2")
        a.stored()
        filler = state / "filler"
        with open(filler, "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"x" * 4096)
            except OSError:
                pass
        a.say("event 5 40")
        time.sleep(3)
        assert a.p.poll() is None
        filler.unlink()
        a.stored()
        assert console.wait(lambda: sum(1 for e in console.events.values() if e["unmapped"].get("detail", "").startswith("event ")) == 42, 30)
        assert len({e["metadata"]["uid"] for e in console.events.values()}) == len(console.events)
    finally:
        if a:
            a.end()
        subprocess.run(["umount", str(state)], check=True)


# ---- updates ----------------------------------------------------------------------------------

def entry(n, kind="rules", act="applied", **more):
    return json.dumps({"sequence": n, "time": "2026-11-29T01:00:00Z", "kind": kind, "act": act, "from": "1.0.0", "to": f"1.{n}.0",
                       "cause": "", "detail": "", "by": "timer", **more})


def write_updates(base, lines=None, status=None):
    folder = base / "state/updates"
    folder.mkdir(parents=True, exist_ok=True)
    if lines is not None:
        (folder / "new").write_text("".join(x + "\n" for x in lines))
        (folder / "new").rename(folder / "history")
    if status is not None:
        (folder / "new").write_text(status if isinstance(status, str) else json.dumps(status))
        (folder / "new").rename(folder / "status.json")


def told(console):
    """[(subject, severity, status, English title)] of what is about updates, in order."""
    rows = sorted(console.events.items())
    return [(e["unmapped"]["subject"], e["severity_id"], e["status_id"], e["unmapped"]["title_en"]) for _, e in rows
            if e["unmapped"].get("subject") in ("rules", "agent", "updates")]


def test_the_history_of_updates_is_told_once(base, console, agent):
    bad = ["", "nonsense", "[]", '{"sequence":"7"}', "{" * 3000]
    long = '{"sequence":4,"kind":"rules","act":"applied","to":"' + "x" * 9000 + '"}'
    first = [entry(1), entry(2, "agent"), *bad, entry(3, "metadata", "refused", cause="rollback"), long, entry(5, act="returned", cause="unhealthy", **{"from": "1.1.0", "to": "1.0.0"})]
    write_updates(base, first)
    assert console.wait(lambda: len(told(console)) >= 5, 15), told(console)
    got = told(console)
    assert got[0] == ("rules", 1, 1, "The detection rules were updated to 1.1.0")
    assert got[1] == ("agent", 1, 1, "The guard was updated to 1.2.0")
    assert got[2] == ("updates", 4, 2, "Update information was refused (rollback)")
    assert got[3] == ("rules", 1, 1, "The detection rules were updated to ?"), "a text that is too long is left out"
    assert got[4] == ("rules", 4, 2, "The detection rules went back from 1.1.0 to 1.0.0")
    agent.say("kill")
    failures = [entry(n, "metadata", "failed", cause="unreachable") for n in (6, 7, 8)]
    write_updates(base, first + failures)
    assert console.wait(lambda: len(told(console)) >= 8, 20), told(console)
    assert [x[1] for x in told(console)[5:]] == [2, 2, 3], "the third in a row is more than a network that is away"
    time.sleep(6)
    assert len(told(console)) == 8, "nothing twice"
    write_updates(base, [entry(1, to="2.0.0")])
    assert console.wait(lambda: len(told(console)) == 9, 15), "a history that was begun anew"
    out = base / "events.ndjson"
    out.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in console.events.values()))
    if VALIDATE.exists():
        check = subprocess.run([str(VALIDATE), str(out)], stdout=subprocess.PIPE)
        assert check.returncode == 0, check.stdout.decode()[-2000:]
    beat = console.beats[-1]
    assert beat["updates"]["rules_left"] == []


def test_which_agents_the_host_left(base, console, agent):
    """By itself, by a person, or never taken; not one that it has in the end, nor one that only the disk was too small for."""
    def left(*versions):
        return console.wait(lambda: console.beats and console.beats[-1].get("updates", {}).get("agent_left") == list(versions), 15)

    bad = {"from": "0.4.0", "to": "0.3.0", "cause": "unhealthy"}
    lines = [entry(1, "agent", "returned", **bad), entry(2, "agent", "refused", **{"from": "0.3.0", "to": "0.5.0", "cause": "unhealthy"}),
             entry(3, "agent", "rolled-back", **{"from": "0.6.0", "to": "0.3.0", "cause": "asked"}),
             entry(4, "agent", "failed", **{"from": "0.3.0", "to": "0.7.0", "cause": "space"})]
    write_updates(base, lines, {"result": "refused", "agent": {"version": "0.3.0", "trial": {"version": "0.8.0"}}})
    assert left("0.4.0", "0.5.0", "0.6.0"), console.beats[-1]
    assert console.beats[-1]["updates"]["rules_left"] == [] and console.beats[-1]["updates"]["agent_trial"] == "0.8.0"
    write_updates(base, [*lines, entry(5, "agent", "returned", **bad), entry(6, "agent", **{"from": "0.3.0", "to": "0.5.0"}),
                         entry(7, "rules", "rolled-back", **{"from": "1.3.0", "to": "1.2.0"}), entry(8, "rules", "refused", to="1.4.0")])
    assert left("0.6.0", "0.4.0"), console.beats[-1]
    assert console.beats[-1]["updates"]["rules_left"] == []
    write_updates(base, [entry(n, "agent", "returned", **{"from": f"1.{n}.0", "to": "0.3.0"}) for n in range(1, 11)])
    assert left(*[f"1.{n}.0" for n in range(3, 11)]), "the newest eight"


def test_a_long_history_is_told_in_order(base, console, agent):
    write_updates(base, [entry(n, detail="d" * 900) for n in range(1, 1501)])
    assert console.wait(lambda: told(console) and told(console)[-1][3].endswith("1.1500.0"), 120), len(told(console))
    titles = [t[3] for t in told(console)]
    assert 900 < len(titles) == len(set(titles)) < 1500, "its last MiB"


def test_updates_in_the_heartbeat(base, console, agent):
    write_updates(base, [entry(1, act="returned", cause="halted", **{"from": "1.3.0", "to": "1.2.0"})],
                  {"checked": "2026-11-29T01:00:00Z", "verified": "2026-11-29T01:00:01Z", "result": "refused", "cause": "freeze", "ring": "early",
                   "rules": {"version": "1.2.0", "made": "2026-11-20T00:00:00Z"}})
    want = {"configured": False, "ring": "early", "checked": "2026-11-29T01:00:00Z", "verified": "2026-11-29T01:00:01Z",
            "rules_made": "2026-11-20T00:00:00Z", "result": "refused", "cause": "freeze", "rules_left": ["1.3.0"], "agent_left": [], "agent_trial": ""}
    assert console.wait(lambda: console.beats and console.beats[-1].get("updates") == want, 15), console.beats[-1]
    for status in ("garbage", "[]", '{"result":{}}', "{" * 70000):
        write_updates(base, status=status)
        time.sleep(0.1)
    assert console.wait(lambda: console.beats[-1]["updates"]["result"] == "" and console.beats[-1]["updates"]["verified"] is None, 15)
