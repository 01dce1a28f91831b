"""The matrix of attacks: simulator mode x rate x file system; files touched, originals lost, first hostile write to freeze.

Every run has an agent that knows nothing of the runs before and documents as the manifest says.  All cells get
their first run before any gets its second, and what a run showed is in build/bench/attacks.json before the
next one begins: an interrupted bench has something of every mode, and --resume goes on from there.
"""
import collections
import statistics

import lab as L
import store
from lanes import SLOW_RATE, Lanes

SLOW = f"{SLOW_RATE}/min"


def p99(values):
    """With few runs this is the maximum, and the table says how many there were."""
    v = sorted(values)
    return v[min(len(v) - 1, int(len(v) * 0.99))]


def key(fs, mode, rate):
    return f"{fs} {mode} {rate if isinstance(rate, str) else f'{rate:g}' if rate else 'max'}"


def new_cell(fs, mode, rate):
    return {"fs": fs, "mode": mode, "rate": rate, "runs": []}


def plan(o, cells):
    """Jobs of each file system, in the order of their turn; cells that lack runs only."""
    jobs = {fs: collections.deque() for fs in o.fs}
    for turn in range(o.runs):
        for mode in o.modes:
            for rate in [SLOW] if mode == "slow" else o.rates:
                for fs in o.fs:
                    cell = cells.setdefault(key(fs, mode, rate), new_cell(fs, mode, rate))
                    if not (cell.get("cannot") or cell.get("skipped")) and len(cell["runs"]) <= turn:
                        jobs[fs].append(cell)
    return jobs


def measure_pace(o, lanes, paces):
    """What each mode can do when nobody is in its way: a rate above it cannot be had and is not tried."""
    todo = [m for m in o.modes if m != "slow" and m not in paces]
    for k, mode in enumerate(todo):
        lane = lanes[k % len(lanes)]
        lane.ask("pace", mode)
        paces[mode] = lane.answer()
    return paces


def exclude(o, cells, paces):
    for fs in o.fs:
        for mode in o.modes:
            got = paces.get(mode, {})
            for rate in o.rates if mode != "slow" else []:
                cell = cells.setdefault(key(fs, mode, rate), new_cell(fs, mode, rate))
                if got.get("skipped"):
                    cell["skipped"] = got["skipped"]
                elif rate > got["pace"]:
                    cell["cannot"] = f"{got['pace']:.1f}/s at most"


def one_round(lanes, jobs):
    """Each lane's next job: the agents start together, the attacks follow one after another (slow drips together)."""
    turn = [(lane, jobs[lane.fs].popleft()) for lane in lanes if jobs[lane.fs]]
    for lane, _ in turn:
        lane.ask("fresh")
    for lane, _ in turn:
        lane.answer()
    together = all(cell["mode"] == "slow" for _, cell in turn)
    for lane, cell in turn:
        # each run of a cell meets the documents in another order
        lane.ask("attack", cell["mode"], 0 if cell["mode"] == "slow" else cell["rate"], len(cell["runs"]) + 1)
        if not together:
            record(cell, lane.answer())
    if together:
        for lane, cell in turn:
            record(cell, lane.answer())
    return [cell for _, cell in turn]


def record(cell, got):
    if got["skipped"]:
        cell["skipped"] = got["skipped"]
        return
    cell["runs"].append({k: got[k] for k in ("how", "touched", "lost", "mode_wrong", "mtime_wrong", "freeze_ms")})
    if got["lost"]:
        cell.setdefault("lost_names", []).append(got["lost_names"])
    if got["lost"] or got["how"] != "frozen":
        print(f"  {key(cell['fs'], cell['mode'], cell['rate'])}: {got['how']}, {got['touched']} touched, {got['lost']} lost", flush=True)


def run(o, data):
    clock, each, done = store.Clock(), max(1, 3 // len(o.fs)), 0
    with Lanes([fs for fs in o.fs for _ in range(each)]) as lanes:
        exclude(o, data["cells"], measure_pace(o, lanes, data["paces"]))
        jobs = plan(o, data["cells"])
        total = sum(map(len, jobs.values()))
        print(f"  {total} attacks to do; lanes and paces took {clock.lap():.0f} s", flush=True)
        while any(jobs.values()):
            done += len(one_round(lanes, jobs))
            store.save("attacks", o, data)
            if not any(jobs.values()) or done // 90 != (done - len(lanes)) // 90:
                print(f"  {done} of {total}, {clock.since_lap() / done:.2f} s each", flush=True)


def attacks(o):
    saved = store.load("attacks", o) if o.resume else None
    data = saved["data"] if saved else {"paces": {}, "cells": {}}
    if saved:
        data.pop("stopped", None)
    cells = data["cells"]
    before = sum(len(c["runs"]) for c in cells.values())
    print(f"attacks: {len(o.modes)} modes x {len(o.rates)} rates x {len(o.fs)} file systems, {o.runs} runs each" +
          (f"; {before} runs are there already" if before else ""), flush=True)
    try:
        if any(plan(o, cells).values()):
            run(o, data)
    except (KeyboardInterrupt, L.LabError) as e:
        print(f"  stopped early ({type(e).__name__}: {e}); --resume goes on", flush=True)
        data["stopped"] = str(e) or type(e).__name__
    chosen = [c for c in cells.values() if c["mode"] in o.modes and c["fs"] in o.fs and (c["mode"] == "slow" or c["rate"] in o.rates)]
    show(o, chosen)
    return data, summarise(chosen, data.get("stopped"))


# ---- what it comes to ----
def text(cells):
    """One mode at one rate over the file systems, as short as it can be said."""
    runs = [r for c in cells for r in c["runs"]]
    if not runs:
        why = next((c.get("cannot") or c.get("skipped") for c in cells if c.get("cannot") or c.get("skipped")), None)
        return (f"cannot: {why}" if why and any("cannot" in c for c in cells) else why or "not run")[:26]
    touched, freeze = [r["touched"] for r in runs], [r["freeze_ms"] for r in runs if r["freeze_ms"] is not None]
    out = f"{statistics.median(touched):g}/{max(touched)} "
    out += f"{statistics.median(freeze):.0f}/{max(freeze):.0f} ms" if freeze else "no freeze"
    lost, on = sum(r["lost"] for r in runs), sum(r["how"] != "frozen" for r in runs)
    return out + (f" LOST {lost}" if lost else "") + (f" {on} ran on" if on else "")


def show(o, cells):
    """A line for each mode; runs of all file systems together, because their numbers differ less than their runs do."""
    columns = [SLOW] if o.modes == ["slow"] else list(o.rates)
    print("\nfiles touched median/most, first write to freeze median/most; " + ", ".join(o.fs) + " together; the files say it one by one")
    print(f"{'mode':14}{'runs':>5}  " + "".join(f"{(f'{r:g}/s' if r else 'max') if not isinstance(r, str) else r:28}" for r in columns))
    for mode in o.modes:
        mine = [c for c in cells if c["mode"] == mode]
        rates = [SLOW] if mode == "slow" else columns
        runs = sum(len(c["runs"]) for c in mine)
        print(f"{mode:14}{runs:>5}  " + "".join(f"{text([c for c in mine if c['rate'] == r]):28}" for r in rates) + (f"at {SLOW}" if mode == "slow" else ""))
    print(flush=True)


def summarise(cells, stopped):
    done = [c for c in cells if c["runs"]]
    if not done:
        return [("attacks", "nothing could run", "", None, "", None)]
    runs = [(c, r) for c in done for r in c["runs"]]
    n, lost, wrong = len(runs), sum(r["lost"] for _, r in runs), sum(r["mode_wrong"] + r["mtime_wrong"] for _, r in runs)
    running = sum(r["how"] != "frozen" for _, r in runs)
    medians = {m: statistics.median(r["touched"] for c, r in runs if c["mode"] == m) for m in {c["mode"] for c in done}}
    slowest = max(medians, key=medians.get)
    worst, most = max(((c, r["touched"]) for c, r in runs), key=lambda x: x[1])
    skipped = sorted({c["mode"] for c in cells if c.get("skipped")})
    fewest = min(len(c["runs"]) for c in done)
    note = f"{n} attacks, >= {fewest} per cell" + (", stopped early" if stopped else "") + (f", no {', '.join(skipped)}" if skipped else "")
    all_touched = statistics.median(r["touched"] for _, r in runs)
    rows = [(f"originals lost, {note}", str(lost), "0", lost == 0, "0", lost == 0),
            ("originals back with another mode or time", str(wrong), "0", wrong == 0, "0", wrong == 0),
            ("attacks that were not stopped", f"{running} of {n}", "", None, "0", running == 0),
            (f"files touched, median of all / worst mode ({slowest})", f"{all_touched:g} / {medians[slowest]:g}", "<= 10", medians[slowest] <= 10, "<= 3",
             medians[slowest] <= 3),
            (f"files touched, maximum ({key(worst['fs'], worst['mode'], worst['rate'])})", str(most), "<= 20", most <= 20, "<= 5", most <= 5)]
    # at 10 files a second the first sign alone is tenths of a second away, and a drip is told minutes later: told apart
    for name, wanted in (("all rates", lambda r: not isinstance(r, str)), ("unlimited rate", lambda r: r == 0), ("slow drip", lambda r: isinstance(r, str))):
        v = [r["freeze_ms"] for c, r in runs if wanted(c["rate"]) and r["freeze_ms"] is not None]
        if v:
            drip = name == "slow drip"
            rows.append((f"first hostile write -> frozen, p99, {name} (n={len(v)})", f"{p99(v):.1f} ms, median {statistics.median(v):.1f}",
                         "" if drip else "<= 500 ms", None if drip else p99(v) <= 500, "" if drip else "<= 50 ms", None if drip else p99(v) <= 50))
    return rows
