"""Honest work: the time with the agent against the time without, in one run, inside and outside of protected folders."""
import os
import shutil
import statistics
import time

import honest as H
from scene import CREATE, FINDING, FREEZE, ISOLATE, PROCESS_REMEDIATION, REMEDIATION, Scene, kind

WANTED_S = 0.3  # a measurement shorter than this is repeated in more folders
BUDGET = {H.JOB: (1.10, 1.03, "real jobs"), H.CHURN: (1.5, 1.15, "file churn, tiny hot files"), H.OPENS: (2.5, 1.15, "nothing but opens, hot")}
OUTSIDE_MUST = 1.02


def times(work, n):
    """The same work in n folders, one after another: what is short becomes long enough to time."""
    return H.Work(work.name, work.kind, "", f"for k in $(seq {n}); do mkdir $k; (cd $k; {work.prepare}); done",
                  f"for k in $(seq {n}); do (cd $k; {work.work}) || exit 1; done")


def timed(h, work, base, tag):
    folder = h.prepare(work, base, tag)
    os.sync()
    got = h.run(work, folder, tag)
    h.clean(work, folder, tag)
    if got["status"] != 0:
        raise RuntimeError(f"{work.name}: {got['output'][-300:]}")
    return got["seconds"]


def measure(scene, h, work, rounds):
    inside, outside = os.path.join(scene.lab.folder, "bench"), os.path.join(scene.lab.outside_folder, "bench")
    for d in (inside, outside):
        os.makedirs(d, exist_ok=True)
        os.chown(d, scene.lab.uid, scene.lab.gid)
    timed(h, work, inside, "-warm")
    n = max(1, min(12, round(WANTED_S / max(timed(h, work, inside, "-try"), 0.001))))
    many = times(work, n)
    r = {"work": work.name, "kind": work.kind, "folders": n, "off_in": [], "off_out": [], "in": [], "out": []}
    for k in range(rounds):
        r["off_in"].append(timed(h, many, inside, f"-a{k}"))
        r["off_out"].append(timed(h, many, outside, f"-b{k}"))
        scene.agent.start()
        places = [("in", inside), ("out", outside)]
        for name, base in places if k % 2 else reversed(places):  # what lingers after one must not always hit the other
            time.sleep(0.5)
            r[name].append(timed(h, many, base, f"-{name}{k}"))
        bad = [e["unmapped"].get("rule", "?") for e in scene.agent.events() if kind(e, FINDING, CREATE) or kind(e, REMEDIATION, ISOLATE)
               or kind(e, PROCESS_REMEDIATION, FREEZE)]
        scene.forget()
        r.setdefault("alarms", []).extend(bad)
    r["ratio_in"] = statistics.median(x / y for x, y in zip(r["in"], r["off_in"]))
    r["ratio_out"] = statistics.median(x / y for x, y in zip(r["out"], r["off_out"]))
    print(f"  {work.name:12} {work.kind:6} x{n:<3} off {statistics.median(r['off_in']):7.3f} s  inside x{r['ratio_in']:.3f}  outside x{r['ratio_out']:.3f}"
          + (f"  ALARMS {r['alarms']}" if r["alarms"] else ""), flush=True)
    return r


def honest(o):
    rounds = max(3, o.runs // 2 * 2 + 1)
    print(f"honest work, {rounds} rounds, each beside its own baseline without a listener")
    data, rows = [], []
    with Scene(fs=o.fs[0], count=40, seed=41, mode="quarantine", size_mb=4096) as scene:
        scene.forget()
        h = H.Honest(scene.lab)
        for work in H.WORKLOADS:
            if work.kind == H.OTHER:
                continue
            if work.missing():
                rows.append((f"honest: {work.name}", work.missing(), "", None, "", None))
                continue
            data.append(measure(scene, h, work, rounds))
    for d in data:
        must, strive, what = BUDGET[d["kind"]]
        rows.append((f"slow-down inside: {d['work']} ({what})", f"x{d['ratio_in']:.3f}", f"<= {must}", d["ratio_in"] <= must, f"<= {strive}", d["ratio_in"] <= strive))
    if data:
        out = statistics.median(d["ratio_out"] for d in data)
        rows.append((f"slow-down outside, median of {len(data)} works", f"x{out:.3f}", f"<= {OUTSIDE_MUST}", out <= OUTSIDE_MUST, "<= 1.01", out <= 1.01))
        alarms = [a for d in data for a in d["alarms"]]
        rows.append(("false alarms in the timed works", str(len(alarms)), "0", not alarms, "0", not alarms))
    rows += peers()
    return data, rows


def peers():
    """Other listeners are compared only where they can be kept to the lab's own mounts."""
    rows = []
    for name in ("clamonacc", "fapolicyd"):
        have = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        why = "not confined by this harness" if have else "not installed"
        rows.append((f"peer: {name}", why, "", None, "", None))
    return rows
