"""Attacks: files touched, originals lost, first hostile write to freeze; alert or order to isolated."""
import statistics
import time

import lab as L
from attacks import ROOT_ONLY, TOOLS
from scene import CREATE, FINDING, ISOLATE, REMEDIATION, Scene, isolation_ms, kind, mono

FILES = 240


def p99(values):
    """With few runs this is the maximum, and the table says how many there were."""
    v = sorted(values)
    return v[min(len(v) - 1, int(len(v) * 0.99))]


def one(scene, mode, rate):
    scene.fresh_agent()
    patience = 20 + (FILES / rate if rate else 0)
    got = scene.attack(mode, timeout=min(60, patience) + (40 if mode in TOOLS else 0), patience=15, rate=rate, order="random",
                       root=mode in ROOT_ONLY)
    if scene.agent.status() is None:
        raise L.LabError(f"the agent does not answer after {mode}: {scene.agent.log()[-400:]}")
    return got


def cell(scene, mode, rate, runs):
    """All runs of one mode and rate on one file system."""
    got = []
    for _ in range(runs):
        got.append(one(scene, mode, rate))
        if got[-1]["skipped"]:
            return {"mode": mode, "rate": rate, "fs": scene.lab.fs, "skipped": got[-1]["skipped"]}
    freeze = [g["freeze_ms"] for g in got if g["freeze_ms"] is not None]
    row = {"mode": mode, "rate": rate, "fs": scene.lab.fs, "runs": runs, "touched": [g["touched"] for g in got],
           "touched_median": statistics.median(g["touched"] for g in got), "touched_max": max(g["touched"] for g in got),
           "lost": sum(g["lost"] for g in got), "not_frozen": sum(g["how"] != "frozen" for g in got), "freeze_ms": freeze,
           "freeze_median": statistics.median(freeze) if freeze else None, "freeze_max": max(freeze) if freeze else None}
    print(f"  {row['fs']:6} {mode:14} {rate or 'max':>5}/s  touched {row['touched_median']:>5} max {row['touched_max']:>4}  lost {row['lost']:>3}"
          f"  freeze {row['freeze_median'] or float('nan'):>8.1f} ms max {row['freeze_max'] or float('nan'):>8.1f}"
          + (f"  NOT FROZEN {row['not_frozen']} of {runs}" if row["not_frozen"] else ""), flush=True)
    return row


def attacks(o):
    print(f"attacks: {len(o.modes)} modes x {len(o.rates)} rates x {len(o.fs)} file systems, {o.runs} runs each")
    cells = []
    for fs in o.fs:
        with Scene(fs=fs, count=FILES, seed=31, mode="freeze", size_mb=1024) as scene:
            for mode in o.modes:
                for rate in o.rates:
                    if rate and mode in TOOLS and rate > 10:
                        continue  # the tool itself is slower than that
                    cells.append(cell(scene, mode, rate, o.runs))
    return cells, summarise([c for c in cells if "skipped" not in c], cells)


def summarise(done, cells):
    if not done:
        return [("attacks", "nothing could run", "", None, "", None)]
    lost = sum(c["lost"] for c in done)
    running = sum(c["not_frozen"] for c in done)
    n = sum(c["runs"] for c in done)
    medians = max(c["touched_median"] for c in done)
    most = max(c["touched_max"] for c in done)
    worst = max(done, key=lambda c: c["touched_max"])
    all_touched = [t for c in done for t in c["touched"]]
    freeze = [f for c in done for f in c["freeze_ms"]]
    skipped = sorted({c["mode"] for c in cells if "skipped" in c})
    rows = [(f"originals lost, {n} attacks" + (f" (skipped: {', '.join(skipped)})" if skipped else ""), str(lost), "0", lost == 0, "0", lost == 0),
            ("attacks that were not stopped", f"{running} of {n}", "0", running == 0, "0", running == 0),
            ("files touched, median of all / worst mode", f"{statistics.median(all_touched)} / {medians}", "<= 10", medians <= 10, "<= 3", medians <= 3),
            (f"files touched, maximum ({worst['mode']}, {worst['fs']}, {worst['rate'] or 'max'}/s)", str(most), "<= 20", most <= 20, "<= 5", most <= 5)]
    if freeze:
        # at 10 files a second the first sign alone is tenths of a second away: told apart
        fast = [f for c in done if c["rate"] == 0 for f in c["freeze_ms"]]
        for name, values in (("all rates", freeze), ("unlimited rate", fast)):
            if values:
                rows.append((f"first hostile write -> frozen, p99, {name} (n={len(values)})", f"{p99(values):.1f} ms, median {statistics.median(values):.1f}",
                             "<= 500 ms", p99(values) <= 500, "<= 50 ms", p99(values) <= 50))
    return rows


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
