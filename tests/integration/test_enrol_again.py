"""An enrolment that the console has taken and the network, or a kill, has lost: the same code again, and who may not."""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "lab")]
import lost  # noqa: E402
from console_double import AGENT  # noqa: E402
from console_double import Console as Double  # noqa: E402
from test_console import Console  # noqa: E402
from test_enrol import code, enrol, keys  # noqa: E402
from test_uplink import base, pytestmark  # noqa: E402,F401

DENIED, AGAIN = 10, 8            # enrol_run: the console refused; it may have taken the code
HOUR = 3600


class Desk:
    """A real console behind a line that loses answers when it is told to."""

    def __init__(self, folder):
        self.console = Console(folder).start()
        self.db, self.flag = os.path.join(self.console.dir, "console.db"), str(folder / "lose")
        self.line = subprocess.Popen([sys.executable, lost.__file__, "127.0.0.1", "0", "127.0.0.1", str(self.console.port), self.db, self.flag],
                                     stdout=subprocess.PIPE, text=True)
        self.url = f"https://127.0.0.1:{self.line.stdout.readline().split()[1]}"

    def end(self):
        self.line.kill()
        self.line.wait()
        self.line.stdout.close()
        self.console.stop()

    def code(self):
        given = self.console.token()
        return code(self.url, given["p"], given["t"])

    def loses(self, how="cut"):
        pathlib.Path(self.flag).write_text(how)

    def mended(self):
        pathlib.Path(self.flag).unlink(missing_ok=True)

    def change(self, sql, *values):
        with sqlite3.connect(self.db, timeout=10) as db:
            db.execute(sql, values)

    def devices(self):
        return [d["agent_id"] for d in self.console.json("devices")]


@pytest.fixture
def desk(tmp_path):
    d = Desk(tmp_path)
    yield d
    d.end()


def enrolled(base):
    return json.loads((base / "state/core/enrolled.json").read_text())["agent_id"]


def ordered(base):
    return json.loads((base / "state/guard/command-keys.json").read_text())["agent_id"]


def lose(desk, base):
    """A code that the console has taken, and whose answer never arrived."""
    desk.loses()
    given = desk.code()
    r = enrol(base, given)
    assert r.returncode == AGAIN and not (base / "state/core/enrolled.json").exists(), r
    assert len(desk.devices()) == 1
    desk.mended()
    return given


def test_the_same_code_again(desk, base):
    given = lose(desk, base)
    assert (base / "state/core/device.key.new").stat().st_mode & 0o777 == 0o600
    r = enrol(base, given)
    assert r.returncode == 0, r
    assert desk.devices() == [enrolled(base)] == [ordered(base)]
    assert [r["object"] for r in desk.console.json("audit", "--limit", "100") if r["action"] == "enroll_again"] == desk.devices()
    assert not desk.console.json("incidents")


def test_killed_while_the_answer_is_on_its_way(desk, base):
    desk.loses("hold")
    given = desk.code()
    p = subprocess.Popen([sys.executable, "-c", "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import test_enrol; test_enrol.enrol(pathlib.Path(sys.argv[2]), sys.argv[3])",
                          str(pathlib.Path(__file__).parent), str(base), given], start_new_session=True)
    until = time.time() + 30
    while not lost.used(desk.db):
        assert time.time() < until
        time.sleep(0.02)
    os.killpg(p.pid, signal.SIGKILL)
    p.wait()
    desk.mended()
    assert enrol(base, given).returncode == 0
    assert desk.devices() == [enrolled(base)] == [ordered(base)]


def test_killed_before_the_guard_had_its_keys(desk, base):
    """The network's process has written the identity; root's part has not."""
    given = desk.code()
    assert enrol(base, given).returncode == 0
    shutil.rmtree(base / "state/guard")
    assert enrol(base, given).returncode == 0
    assert desk.devices() == [enrolled(base)] == [ordered(base)]


def test_killed_in_the_middle_of_a_second_enrolment(desk, base):
    """The new key is in its place, the facts are still those of the enrolment before."""
    assert enrol(base, desk.code()).returncode == 0
    facts = (base / "state/core/enrolled.json").read_bytes()
    given = desk.code()
    assert enrol(base, given).returncode == 0
    second = enrolled(base)
    (base / "state/core/enrolled.json").write_bytes(facts)
    assert enrol(base, given).returncode == 0
    assert enrolled(base) == second == ordered(base) and len(desk.devices()) == 2


def test_a_kept_key(desk, base):
    """What an installer that takes the state back keeps, it gives back; another code's is left alone."""
    given = lose(desk, base)
    kept = base / "enrolment.key"
    kept.write_bytes((base / "state/core/device.key.new").read_bytes())
    shutil.rmtree(base / "state")
    other = desk.code()
    assert enrol(base, other, kept=kept).returncode == 0 and len(desk.devices()) == 2
    shutil.rmtree(base / "state")
    assert enrol(base, given, kept=kept).returncode == 0 and len(desk.devices()) == 2
    assert desk.devices().count(enrolled(base)) == 1 and (base / "state/core/device.key").read_bytes() == kept.read_bytes()


def test_another_code_is_another_key(desk, base):
    lose(desk, base)
    first = (base / "state/core/device.key.new").read_bytes()
    assert enrol(base, desk.code()).returncode == 0
    assert (base / "state/core/device.key").read_bytes() != first and len(desk.devices()) == 2


def test_another_key_is_refused(desk, base):
    """Somebody who saw the code."""
    given = lose(desk, base)
    shutil.rmtree(base / "state")
    r = enrol(base, given)
    assert r.returncode == DENIED and "token_used" in r.stdout and len(desk.devices()) == 1
    assert not (base / "state/core/device.key.new").exists(), "a key that is of no use is left"
    assert enrol(base, given).returncode == DENIED
    assert [r["object"] for r in desk.console.json("audit", "--limit", "100") if r["action"] == "enroll_other_key"] == desk.devices(), "told once an hour"


@pytest.mark.parametrize("age, left, good", [
    (HOUR, 10 * HOUR, True),            # the code would still be good
    (60, -30, True),                    # it ended since; an answer may be lost in its last minute, too
    (HOUR + 60, -30, False),
    (73 * HOUR, 600 * HOUR, False),     # a code for a month is not a month for the second try
])
def test_for_how_long(desk, base, age, left, good):
    given = lose(desk, base)
    now = int(time.time())
    desk.change("UPDATE token SET used = ?, expires = ?", now - age, now + left)
    r = enrol(base, given)
    assert r.returncode == (0 if good else DENIED), r
    assert good or "token_used" in r.stdout


def test_a_revoked_device_does_not_come_back(desk, base):
    given = lose(desk, base)
    desk.console.run("revoke", desk.devices()[0])
    r = enrol(base, given)
    assert r.returncode == DENIED and "token_used" in r.stdout, r


def test_a_removed_device_does_not_come_back(desk, base):
    given = lose(desk, base)
    desk.change("UPDATE device SET state = 'removed'")
    r = enrol(base, given)
    assert r.returncode == DENIED and "token_used" in r.stdout, r


@pytest.mark.parametrize("status, answer, code_of", [
    (502, {"error": "gateway", "message": "no"}, AGAIN), (503, {"error": "busy", "message": "later"}, AGAIN), (429, {"error": "slow", "message": "x"}, AGAIN),
    (403, b"<html>go away</html>", AGAIN), (200, b"{", AGAIN), (302, {}, AGAIN), (400, {"error": "bad_csr", "message": "x"}, DENIED)])
def test_what_is_a_refusal(base, status, answer, code_of):
    """Only the console's own word is: whatever stands before it may have lost what it said."""
    double = Double(base / "console").start()
    try:
        real, double.command_keys = double.enroll, keys()
        double.enroll = lambda request: (real(request), (status, answer))[1]
        given = code(double.url, double.ca.pin())
        r = enrol(base, given)
        assert r.returncode == code_of, r
        double.enroll = real
        assert enrol(base, given).returncode == 0 and enrolled(base) == AGENT
        assert (double.enrolled[0]["csr"] == double.enrolled[1]["csr"]) or code_of == DENIED or same_key(*double.enrolled)
    finally:
        double.stop()


def same_key(*asked):
    from console_double import openssl
    return len({hashlib.sha256(openssl("req", "-noout", "-pubkey", data=a["csr"].encode())).hexdigest() for a in asked}) == 1


def test_nothing_was_asked(base):
    r = enrol(base, code("https://127.0.0.1:9", "0" * 64))
    assert r.returncode not in (0, DENIED, AGAIN), r
