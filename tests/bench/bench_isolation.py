"""Alert or order to isolated: packets prove it."""
import statistics
import time

import lab as L
from bench_attacks import p99
from scene import CREATE, FINDING, ISOLATE, REMEDIATION, Scene, isolation_ms, kind, mono

FILES = 240


def by_alert(scene):
    scene.fresh_agent()
    watch = scene.lab.watch((L.OUTSIDE4, L.PORT), (L.OUTSIDE6, L.PORT))
    try:
        scene.attack("inplace", timeout=20)
        scene.agent.wait_event(lambda e: kind(e, REMEDIATION, ISOLATE), 20, "the quarantine")
        finding = scene.agent.wait_event(lambda e: kind(e, FINDING, CREATE), 5, "the finding")
        time.sleep(0.8)
        return isolation_ms(watch, mono(finding))
    finally:
        scene.lab.end(watch.process)


def by_order(scene, give):
    """From the order given to the first packet that no longer passes."""
    L.wait_for(lambda: scene.agent.status()["quarantine"]["state"] == "no", 10, "an open network")
    watch = scene.lab.watch((L.OUTSIDE4, L.PORT), (L.OUTSIDE6, L.PORT))
    try:
        start = L.boot_ns()
        give()
        L.wait_for(lambda: scene.agent.status()["quarantine"]["state"] == "yes", 10, "the quarantine")
        time.sleep(0.8)
        return isolation_ms(watch, start)
    finally:
        scene.lab.end(watch.process)
        scene.agent.cli("release")


def isolation(o):
    runs = max(o.runs, 3)
    data = {"alert": [], "local order": [], "console order": []}
    with Scene(fs="ext4", count=FILES, seed=32, mode="quarantine", size_mb=1024) as scene:
        for _ in range(runs):
            data["alert"].append(by_alert(scene))
        scene.fresh_agent()
        for _ in range(runs):
            data["local order"].append(by_order(scene, lambda: scene.agent.cli("quarantine")))
    with Scene(fs="ext4", count=20, seed=33, console=True, size_mb=512) as scene:
        device = scene.agent.status()["agent_id"]
        L.wait_for(lambda: scene.agent.status()["console"]["connected"], 15, "the console")
        for _ in range(runs):
            data["console order"].append(by_order(scene, lambda: scene.console.contain(device)))
    rows = []
    for what, must, strive in (("alert", 1000, 200), ("local order", 1000, 200), ("console order", 3000, 1000)):
        v = [x for x in data[what] if x is not None]
        leaks = len(data[what]) - len(v)
        text = f"{p99(v):.0f} ms, median {statistics.median(v):.0f}" if v else "never isolated"
        rows.append((f"{what} -> isolated, p99 (n={len(data[what])})", text + (f", {leaks} never" if leaks and v else ""), f"<= {must} ms",
                     bool(v) and not leaks and p99(v) <= must, f"<= {strive} ms", bool(v) and not leaks and p99(v) <= strive))
    return data, rows
