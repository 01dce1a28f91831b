"""`mimamorid --look`: what a process without power says of whoever stands where the console should."""
import json
import os
import subprocess
import time

import pytest

import lab as L
import strange
from stall import Stall

PORT = 9443
CONFIG = "[network]\nproxy = {}\n[console]\nca = {}\n"


@pytest.fixture(scope="module")
def lab():
    with L.Lab(size_mb=64) as lab:
        lab.console.init()
        lab.console.start()
        yield lab


def look(lab, url=None, pin=None, proxy="", ca=""):
    """What it says, and how long it took beside what a machine that stood still explains."""
    program, = L.need("bin/mimamorid")
    config = os.path.join(lab.dir, "look.ini")
    with open(config, "w") as f:
        f.write(CONFIG.format(proxy, ca))
    pin = pin or strange.pin(os.path.join(lab.console.state, "ca.pem"))
    with Stall() as stall:
        start = time.monotonic()
        status, said = lab.call("pc", program, "--config", config, "--look", url or lab.console.url, "--pin", pin)
        took = time.monotonic() - start
    assert status == 0 and said.count("\n") == 1, said
    return json.loads(said), took - 2 * stall.ms / 1000


@pytest.fixture
def stand_in(lab):
    """Start a strange server at the console's address; its URL."""
    started = []

    def start(mode, *more, port=PORT):
        p = lab.spawn("con", "/usr/bin/python3", os.path.join(L.HERE, "strange.py"), L.CONSOLE4, port, mode, *more, stdout=subprocess.PIPE)
        started.append(p)
        assert p.stdout.readline() == b"ready\n"
        return f"https://{L.CONSOLE4}:{port}"
    yield start
    for p in started:
        lab.end(p)


def test_the_console(lab):
    said, took = look(lab)
    assert said["stage"] == "good" and abs(said["date"] - time.time()) < 5 and not said["out_of_time"] and took < 2


def test_another_certificate(lab, stand_in, tmp_path):
    chain, key, pin = strange.authority(tmp_path, L.CONSOLE4, "/O=Gate\x1b[2J SSL/CN=検閲 Gate\t CA")
    url = stand_in("tls", chain, key)
    said, _ = look(lab, url)
    assert said["stage"] == "other_ca" and said["date"] == 0 and said["issuer"] == "検閲 Gate? CA"
    said, _ = look(lab, url, pin)
    assert said["stage"] == "good", "the test's own server does not work"


@pytest.mark.parametrize("where", ["chain", "file"])
def test_the_right_ca_shown_beside_another_s_certificate(lab, stand_in, tmp_path, where):
    """The CA's certificate is no secret: whoever stands between can show it too, or this host has it in a file."""
    chain, key, _ = strange.authority(tmp_path, L.CONSOLE4)
    ca = os.path.join(lab.console.state, "ca.pem")
    if where == "chain":
        with open(chain, "a") as f:
            f.write(open(ca).read())
    url = stand_in("tls", chain, key)
    said, _ = look(lab, url, ca="" if where == "chain" else ca)
    assert said["stage"] == "other_ca" and said["date"] == 0 and said["issuer"] == "Gate SSL inspection"


def test_a_certificate_for_somebody_else(lab, stand_in, tmp_path):
    chain, key, pin = strange.authority(tmp_path, "10.9.9.9")
    assert look(lab, stand_in("tls", chain, key), pin)[0]["stage"] == "certificate"


def test_a_certificate_out_of_its_time_is_said_and_the_clock_is_asked_all_the_same(lab, stand_in, tmp_path):
    chain, key, pin = strange.authority(tmp_path, L.CONSOLE4, days=-1)
    said, _ = look(lab, stand_in("tls", chain, key, 86400 * 3), pin)
    assert said["stage"] == "good" and said["out_of_time"] and abs(said["date"] - time.time() - 86400 * 3) < 10


@pytest.mark.parametrize("mode, stage", [("plain", "no_tls"), ("mute", "silent")])
def test_no_tls(lab, stand_in, mode, stage):
    said, took = look(lab, stand_in(mode))
    assert said["stage"] == stage and took < 4.2


@pytest.mark.parametrize("mode", ["drip", "flood"])
def test_a_server_that_plays_for_time(lab, stand_in, tmp_path, mode):
    chain, key, pin = strange.authority(tmp_path, L.CONSOLE4)
    said, took = look(lab, stand_in(mode, chain, key), pin)
    assert said["stage"] == "failed" and took < 4.2 and said["date"] == 0, said


def test_nobody_there(lab):
    for url, stage in ((f"https://{L.CONSOLE4}:9", "refused"), ("https://192.168.99.1:1", "silent"), ("https://console.invalid:1", "name")):
        said, took = look(lab, url)
        assert said["stage"] == stage and took < 4.2, (url, said, took)


def test_a_proxy(lab, stand_in):
    through = stand_in("relay", port=3128).replace("https", "http")
    said, _ = look(lab, proxy=through)
    assert said["stage"] == "good" and said["date"] > 10**9, "the date is the proxy's"
    assert look(lab, proxy=stand_in("proxy", port=3129).replace("https", "http"))[0]["stage"] == "proxy"
    assert look(lab, proxy=f"http://{L.CONSOLE4}:9")[0]["stage"] == "proxy"
    assert look(lab, proxy="http://192.168.99.1:1")[0]["stage"] == "proxy"


def test_it_has_no_power(lab, stand_in):
    """While it waits: another user, no capabilities, a filter."""
    program, = L.need("bin/mimamorid")
    url = stand_in("mute")
    p = lab.spawn("pc", program, "--look", url, "--pin", "0" * 64, stdout=subprocess.PIPE)
    L.wait_for(lambda: "Seccomp:\t2" in open(f"/proc/{p.pid}/status").read(), 3, "the lock-down")
    status = dict(line.split(":\t", 1) for line in open(f"/proc/{p.pid}/status").read().splitlines() if ":\t" in line)
    assert "0" not in status["Uid"].split() and int(status["CapEff"], 16) == 0 and int(status["CapPrm"], 16) == 0
    lab.end(p)
