"""The register of doors on its way to the console: after a round, after a connection, again until it is taken,
and never in the way of events.  The agent's side is test_uplink_doors --drive, the console a double."""
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from console_double import AGENT, Console, openssl  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("B", "build/" + os.environ.get("V", "release"))
PROGRAM = ROOT / BUILD / "tests/unit/report/test_uplink_doors"


def body(n):
    return {"vpn": {"checked_at": None, "checking": False, "overall": "unknown", "doors": [], "lost": n}, "posture": {"checked_at": None, "articles": []}}


class Agent:
    def __init__(self, base, console):
        if not PROGRAM.exists():
            subprocess.run(["make", "-s", f"B={BUILD}", str(PROGRAM.relative_to(ROOT))], cwd=ROOT, check=True, timeout=900)
        core = base / "core"
        core.mkdir()
        (core / "device.key").write_bytes(openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout"))
        csr = openssl("req", "-new", "-key", str(core / "device.key"), "-subj", "/CN=x")
        (core / "device.crt").write_text(console.ca.device(csr))
        (core / "ca.pem").write_text(console.ca.cert.read_text())
        (core / "enrolled.json").write_text(json.dumps({"agent_id": AGENT, "url": console.url, "customer": "c", "phone": "p"}))
        self.p = subprocess.Popen([str(PROGRAM), "--drive", str(core)], stdin=subprocess.PIPE, text=True, bufsize=1)

    def say(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()

    def doors(self, n):
        self.say("doors " + json.dumps(body(n)))

    def end(self):
        self.say("end")
        assert self.p.wait(20) == 0


@pytest.fixture
def console(tmp_path):
    c = Console(tmp_path / "console").start()
    yield c
    c.stop()


@pytest.fixture
def agent(tmp_path, console):
    a = Agent(tmp_path, console)
    yield a
    a.end()


def lost(console):
    return [d["vpn"]["lost"] for d in console.doors]


def test_told_after_a_round_and_only_then(console, agent):
    assert console.wait(lambda: console.beats)
    time.sleep(1)
    assert not console.doors_tries          # the hook had nothing to tell
    agent.doors(1)
    assert console.wait(lambda: lost(console) == [1], 15)
    agent.doors(2)
    assert console.wait(lambda: lost(console) == [1, 2], 15)
    time.sleep(2)
    assert lost(console) == [1, 2]          # nobody repeats what was taken


def test_again_until_it_is_taken_and_then_the_newest(console, agent):
    agent.say("rows 1")
    assert console.wait(lambda: console.events, 10)  # in contact: an answer after silence ends every back-off
    console.doors_status = 503
    agent.doors(1)
    assert console.wait(lambda: len(console.doors_tries) >= 3, 20)
    gaps = [b - a for a, b in zip(console.doors_tries, console.doors_tries[1:])]
    assert gaps[0] >= 0.4                   # the usual back-off: 1 s, of which a random half is taken off
    agent.doors(2)
    console.doors_status = 200
    assert console.wait(lambda: console.doors, 40)
    assert lost(console) == [2]


def test_a_slow_register_holds_up_neither_events_nor_beats(console, agent):
    console.next_s = 1
    console.doors_go.clear()
    agent.doors(1)
    assert console.wait(lambda: console.beats and console.doors_tries)
    beats = len(console.beats)
    agent.say("rows 20")
    assert console.wait(lambda: len(console.events) == 20, 10)
    assert console.wait(lambda: len(console.beats) >= beats + 2, 10)
    assert not console.doors and len(console.doors_tries) == 1
    agent.doors(2)                          # asked for while one is under way: told after it
    console.doors_go.set()
    assert console.wait(lambda: lost(console) == [1, 2], 20)


def test_told_again_after_the_console_was_away(console, agent):
    agent.doors(1)
    assert console.wait(lambda: lost(console) == [1], 15)
    console.stop()
    with socket.create_server(("127.0.0.1", console.port)) as nobody:
        agent.say("rows 1")                 # the agent notices
        nobody.settimeout(20)
        nobody.accept()[0].close()
    console.start()
    assert console.wait(lambda: lost(console) == [1, 1], 60)


def test_nothing_to_tell_any_more(console, agent):
    console.doors_status = 500
    agent.doors(1)
    assert console.wait(lambda: console.doors_tries, 10)
    agent.say("none")
    agent.say("rows 1")
    assert console.wait(lambda: console.events)   # so the line before was obeyed
    time.sleep(1)                           # one try may have been under way
    n = len(console.doors_tries)
    console.doors_status = 200
    time.sleep(4)
    assert not console.doors and len(console.doors_tries) == n
