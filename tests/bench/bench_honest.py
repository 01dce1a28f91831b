"""Honest work: the time with the agent against the time without, in one run, inside and outside of protected folders."""
import os
import statistics
import time

import honest as H
import lab as L
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


def folders_for(scene, base=None):
    """Where the works run: inside of the protected folder, or below `base`."""
    d = os.path.join(base or scene.lab.folder, "bench")
    os.makedirs(d, exist_ok=True)
    os.chown(d, scene.lab.uid, scene.lab.gid)
    return d


def alarms(events):
    """[(what, rule)]: freeze, quarantine, and alerts, which are findings that somebody is called for."""
    out = []
    for e in events:
        u = e["unmapped"]
        if kind(e, PROCESS_REMEDIATION, FREEZE):
            out.append(("freeze", u.get("rule", "?")))
        elif kind(e, REMEDIATION, ISOLATE):
            out.append(("quarantine", u.get("rule", "?")))
        elif kind(e, FINDING, CREATE) and (e["severity_id"] >= 3 or u.get("response") not in ("observe", None)):
            out.append(("alert", u.get("rule", "?")))
    return out


def judged(scene, h, works):
    """The works that are not timed, once each beneath the agent: all of the suite counts for false alarms."""
    out = []
    base = folders_for(scene)
    for work in works:
        folder = h.prepare(work, base, "-judged")
        scene.agent.start()
        got = {"status": None}
        try:
            got = h.run(work, folder, "-judged", give_up=lambda: "frozen" if (scene.agent.status() or {}).get("frozen_trees") else None)
        except L.LabError as e:
            print(f"  {work.name}: {e}", flush=True)
        told = alarms(scene.agent.events())
        scene.forget()
        h.clean(work, folder, "-judged")
        out.append({"work": work.name, "status": got["status"], "alarms": told})
        if told or got["status"] != 0:
            print(f"  {work.name}: exit {got['status']}, alarms {told}", flush=True)
    return out


def measure(scene, h, work, rounds):
    inside, outside = folders_for(scene), folders_for(scene, scene.lab.outside_folder)
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
        told = alarms(scene.agent.events())
        scene.forget()
        r.setdefault("alarms", []).extend(told)
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
        wanted = [w for w in H.WORKLOADS if not o.works or w.name in o.works]
        rows += [(f"honest: {w.name}", f"not measured: {w.missing()}", "", None, "", None) for w in wanted if w.missing()]
        for work in wanted:
            if work.kind != H.OTHER and not work.missing():
                data.append(measure(scene, h, work, rounds))
        others = [] if o.quick and not o.works else judged(scene, h, [w for w in wanted if w.kind == H.OTHER and not w.missing()])
    for d in data:
        must, strive, what = BUDGET[d["kind"]]
        rows.append((f"slow-down inside: {d['work']} ({what})", f"x{d['ratio_in']:.3f}", f"<= {must}", d["ratio_in"] <= must, f"<= {strive}", d["ratio_in"] <= strive))
    if data:
        out = statistics.median(d["ratio_out"] for d in data)
        # what the same work differs by without any agent, for a median of so many works
        noise = statistics.median(statistics.pstdev(d["off_out"]) / statistics.mean(d["off_out"]) for d in data) / len(data) ** 0.5
        rows.append((f"slow-down outside, median of {len(data)} works", f"x{out:.3f} (noise {noise:.3f})", f"<= {OUTSIDE_MUST}", out <= OUTSIDE_MUST,
                     "<= noise", out - 1 <= noise))
    told = [a for d in data + others for a in d["alarms"]]
    acts, broken = [a for a in told if a[0] != "alert"], [d["work"] for d in others if d["status"] != 0]
    rows.append((f"freezes and quarantines in {len(data) + len(others)} honest works", f"{len(acts)}, {len(told) - len(acts)} alerts", "0", not acts, "0 alerts", not told))
    if broken:
        rows.append(("honest works that did not reach their end", ", ".join(broken), "none", False, "none", False))
    return {"timed": data, "judged": others}, rows
