#!/usr/bin/python3
"""make bench: the budgets of the design, measured; a table and build/bench/*.json.

    bench.py [--quick] [--resume] [--runs N] [--fs ext4,xfs,btrfs] [--rates 10,50,200,0] [--modes M,...]
             [--works git,grep,...] [--only attacks,isolation,honest,peers,exec,idle,memory,doors,updates]

--resume: parts that are done are only shown again, an interrupted attack matrix goes on where it was.

Ratios are taken in one run, beside their baseline.  What cannot be measured on this machine says so;
a missed "must" makes the exit status 1.
"""
import argparse
import os
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import attacks  # noqa: E402
import bench_attacks  # noqa: E402
import bench_honest  # noqa: E402
import bench_host  # noqa: E402
import bench_isolation  # noqa: E402
import bench_peers  # noqa: E402
import bench_round  # noqa: E402
import bench_update  # noqa: E402
import lab as L  # noqa: E402
import store  # noqa: E402
from reachable import make_reachable  # noqa: E402

PARTS = {"attacks": bench_attacks.attacks, "isolation": bench_isolation.isolation, "honest": bench_honest.honest,
         "peers": bench_peers.peers, "exec": bench_host.exec_capture, "idle": bench_host.idle, "memory": bench_host.kernel_memory,
         "doors": bench_round.doors, "updates": bench_update.updates}


def options():
    a = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    a.add_argument("--quick", action="store_true", help="fewer runs, one file system, for a first look")
    a.add_argument("--resume", action="store_true", help="go on with what build/bench has of these programs")
    a.add_argument("--runs", type=int)
    a.add_argument("--fs")
    a.add_argument("--rates")
    a.add_argument("--modes")
    a.add_argument("--works", help="honest works to time; all that can be timed")
    a.add_argument("--only")
    o = a.parse_args()
    o.runs = o.runs or (3 if o.quick else 10)
    o.fs = (o.fs or ("ext4" if o.quick else "ext4,xfs,btrfs")).split(",")
    o.rates = [float(r) for r in (o.rates or ("50,0" if o.quick else "10,50,200,0")).split(",")]
    o.modes = o.modes.split(",") if o.modes else [m for m in attacks.MODES if m != "slow" or not o.quick]
    o.works = o.works.split(",") if o.works else None
    o.only = o.only.split(",") if o.only else list(PARTS)
    return o


def show(rows):
    """rows: (what, measured text, must text, met, strive text, met); met None: not measured; no text: nothing is asked of it."""
    word = {True: "met", False: "MISSED", None: "not measured"}
    print(f"\n{'what':74}{'measured':>34}  {'must':12}{'':13}{'strive for':12}")
    print("-" * 158)
    for what, measured, must, ok, strive, better in rows:
        verdicts = [word[x] if wanted else "" for wanted, x in ((must, ok), (strive, better))]
        print(f"{what:74}{measured:>34}  {must:12}{verdicts[0]:13}{strive:12}{verdicts[1]}".rstrip())


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    o = options()
    why = L.can_run()
    if why:
        print(f"bench: cannot run here: {why}", file=sys.stderr)
        return 2
    for s in (signal.SIGINT, signal.SIGTERM):
        signal.signal(s, interrupted)
    o.programs = store.programs()
    rows, broken, start = [], [], time.monotonic()
    for name in o.only:
        try:
            done = store.load(name, o) if o.resume else None
            if done and done["table"] and name != "attacks":
                print(f"{name}: done before")
                rows += done["table"]
                continue
            data, table = PARTS[name](o)
        except KeyboardInterrupt:
            broken.append(f"{name}: interrupted")
            break
        except Exception as e:
            broken.append(f"{name}: {type(e).__name__}: {e}")
            continue
        store.save(name, o, data, table)
        rows += table
        if isinstance(data, dict) and data.get("stopped"):
            broken.append(f"{name}: stopped early: {data['stopped']}")
            break
    show(rows)
    for b in broken:
        print(f"NOT MEASURED {b}")
    missed = [r[0] for r in rows if r[3] is False]
    print(f"\n{len(rows)} rows, {len(missed)} must missed, {len(broken)} parts broken, {time.monotonic() - start:.0f} s; build/bench/*.json")
    return 1 if missed or broken else 0


if __name__ == "__main__":
    make_reachable(L.TREE)
    sys.exit(main())
