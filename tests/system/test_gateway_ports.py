"""The router's port mappings over UPnP: two network namespaces, one host and one router."""
import json
import os
import subprocess
import sys
import time

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "tests", "lab"))
import lab as L  # noqa: E402
import router as R  # noqa: E402
from stall import Stall  # noqa: E402

PROBE = os.path.join(L.BUILD, "lab", "probe_ask")
pytestmark = pytest.mark.skipif(not os.path.exists(PROBE), reason="lab/probe_ask is not built (make lab)")
PC, ROUTER = (f"mimamori-{x}-{os.getpid()}" for x in ("upnp-pc", "upnp-rt"))


@pytest.fixture(scope="module")
def network():
    try:
        for ns in (PC, ROUTER):
            L.run("ip", "netns", "add", ns)
            L.run("ip", "-n", ns, "link", "set", "lo", "up")
        L.run("ip", "link", "add", "lan", "netns", PC, "type", "veth", "peer", "name", "lan", "netns", ROUTER)
        for ns, addresses in ((PC, ["10.77.0.10/24"]), (ROUTER, ["10.77.0.1/24", "10.77.0.2/24"])):
            for a in addresses:
                L.run("ip", "-n", ns, "addr", "add", a, "dev", "lan")
            L.run("ip", "-n", ns, "link", "set", "lan", "up")
        L.run("ip", "-n", PC, "route", "add", "default", "via", "10.77.0.1")
        yield
    finally:
        for ns in (PC, ROUTER):
            L.run("ip", "netns", "del", ns, check=False)


def probe():
    """(port mappings, cost) as the host in the lab sees them; never longer than five seconds and a little."""
    start = time.monotonic()
    with Stall() as stall:
        p = subprocess.run(["ip", "netns", "exec", PC, PROBE, "upnp"], capture_output=True, text=True, timeout=30)
    assert p.returncode == 0, p.stderr
    assert time.monotonic() - start < 5.7 + 2 * stall.ms / 1000
    lines = [json.loads(x) for x in p.stdout.splitlines()]
    if "asan" not in PROBE:
        assert 0 < lines[-1]["rss_kb"] <= 20 * 1024
    return lines[:-1], lines[-1]["answers"]


def ask(mode):
    """What probe told, and which servers of the router were asked what."""
    router = subprocess.Popen(["ip", "netns", "exec", ROUTER, sys.executable, os.path.join(TREE, "tests", "lab", "router.py"), "10.77.0.1", mode],
                              stdout=subprocess.PIPE, text=True, preexec_fn=L.die_with_parent)
    try:
        assert router.stdout.readline() == "ready\n"
        ports, answered = probe()
    finally:
        router.kill()
        asked = router.stdout.read().split("\n")
        router.wait()
    assert not [x for x in asked if x.startswith(R.OTHER)]
    return ports, answered, [x for x in asked if x]


TOLD = [{"external": e, "internal": i, "protocol": p.lower(), "client": c, "description": d, "own": c == "10.77.0.10"} for e, p, i, c, d in R.MAPPINGS]


@pytest.mark.parametrize("mode", ["honest", "base"])
def test_mappings_are_told(network, mode):
    ports, answered, asked = ask(mode)
    assert (ports, answered) == (TOLD, 1)
    assert len(asked) == 1 + len(TOLD) + 1


@pytest.mark.parametrize("mode", ["silent", "elsewhere", "control-elsewhere", "slow", "huge", "rubbish"])
def test_no_answer_that_counts(network, mode):
    ports, answered, _ = ask(mode)
    assert (ports, answered) == ([], 2)


def test_endless_list_is_bounded(network):
    ports, answered, _ = ask("endless")
    assert answered == 1 and 0 < len(ports) <= 256
    assert all(len(p["description"]) < 256 for p in ports)


def test_flood_of_answers_does_not_hold_us(network):
    ports, answered, _ = ask("flood")
    assert (ports, answered) == (TOLD, 1)


def test_network_that_is_not_private(network):
    """With a public address on the default interface nobody on the other side is a router of ours."""
    L.run("ip", "-n", PC, "addr", "del", "10.77.0.10/24", "dev", "lan")
    L.run("ip", "-n", PC, "addr", "add", "198.51.100.10/24", "dev", "lan")
    L.run("ip", "-n", PC, "route", "add", "default", "via", "198.51.100.1")
    try:
        assert probe() == ([], 2)
    finally:
        L.run("ip", "-n", PC, "addr", "del", "198.51.100.10/24", "dev", "lan")
        L.run("ip", "-n", PC, "addr", "add", "10.77.0.10/24", "dev", "lan")
        L.run("ip", "-n", PC, "route", "add", "default", "via", "10.77.0.1")


def test_no_default_route(network):
    L.run("ip", "-n", PC, "route", "del", "default")
    try:
        assert probe() == ([], 2)
    finally:
        L.run("ip", "-n", PC, "route", "add", "default", "via", "10.77.0.1")
