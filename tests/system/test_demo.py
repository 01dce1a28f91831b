"""The demo: the whole story in one run, every value measured."""
import json
import os
import subprocess

import pytest

import lab as L

KEYS = {"originals", "touched", "lost", "restored", "first_write_to_freeze_ms", "alert_to_isolated_ms", "isolated_v4", "isolated_v6",
        "console_reachable_in_quarantine", "console_incidents", "release_ok", "agent_rss_kb", "rule"}


@pytest.mark.parametrize("options", [[], ["--documents", "300", "--fs", "xfs", "--attack", "newunlink", "--rate", "40", "--seed", "9"]],
                         ids=["as-shipped", "xfs-newunlink-40"])
def test_demo(options):
    p = subprocess.run(["/usr/bin/python3", os.path.join(L.TREE, "tests", "demo.py"), *options], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=300)
    print(p.stdout)
    with open(os.path.join(L.TREE, "build", "demo", "result.json"), encoding="utf-8") as f:
        r = json.load(f)
    assert p.returncode == 0, p.stdout[-3000:]
    assert KEYS <= set(r)
    assert r["originals"] >= (300 if options else 2000) and r["lost"] == 0 and r["restored"] == r["touched"] > 0
    assert r["isolated_v4"] and r["isolated_v6"] and r["console_reachable_in_quarantine"] and r["release_ok"]
    assert r["console_incidents"] == 1 and r["rule"]


def test_nothing_is_left_behind():
    names = subprocess.run(["ip", "netns", "list"], stdout=subprocess.PIPE, text=True).stdout
    mine = [n for n in os.listdir(L.HOME) if n.startswith(L.PREFIX + "-")] if os.path.isdir(L.HOME) else []
    dead = [n for n in mine if L.start_time(int(n.split("-")[1])) is None]
    assert not dead and not any(n.split("-")[1] in names for n in dead)
    with open("/proc/mounts") as f:
        assert not [m for m in f.read().split("\n") if "/build/lab/" in m and any(n in m for n in dead)]
