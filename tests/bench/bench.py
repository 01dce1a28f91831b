#!/usr/bin/python3
"""make bench: the budgets of the design, measured; a table and build/bench/*.json.

    bench.py [--quick] [--runs N] [--fs ext4,xfs,btrfs] [--rates 10,50,200,0] [--modes M,...]
             [--only attacks,isolation,honest,exec,idle,memory]

Ratios are taken in one run, beside their baseline.  What cannot be measured on this machine says so;
a missed "must" makes the exit status 1.
"""
import argparse
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "lab")]
import attacks  # noqa: E402
import bench_attacks  # noqa: E402
import bench_honest  # noqa: E402
import bench_host  # noqa: E402
import lab as L  # noqa: E402

OUT = os.path.join(L.TREE, "build", "bench")
PARTS = {"attacks": bench_attacks.attacks, "isolation": bench_attacks.isolation, "honest": bench_honest.honest,
         "exec": bench_host.exec_capture, "idle": bench_host.idle, "memory": bench_host.kernel_memory}


def options():
    a = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    a.add_argument("--quick", action="store_true", help="fewer runs, one file system, for a first look")
    a.add_argument("--runs", type=int)
    a.add_argument("--fs")
    a.add_argument("--rates")
    a.add_argument("--modes")
    a.add_argument("--only")
    o = a.parse_args()
    o.runs = o.runs or (3 if o.quick else 10)
    o.fs = (o.fs or ("ext4" if o.quick else "ext4,xfs,btrfs")).split(",")
    o.rates = [float(r) for r in (o.rates or ("50,0" if o.quick else "10,50,200,0")).split(",")]
    o.modes = o.modes.split(",") if o.modes else [m for m in attacks.MODES if m != "slow"]
    o.only = o.only.split(",") if o.only else list(PARTS)
    return o


def show(rows):
    """rows: (what, measured text, must text, met, strive text, met); met None: not measured."""
    word = {True: "met", False: "MISSED", None: "not measured"}
    print(f"\n{'what':58}{'measured':>30}  {'must':18}{'':13}{'strive for':18}")
    print("-" * 150)
    for what, measured, must, ok, strive, better in rows:
        print(f"{what:58}{measured:>30}  {must:18}{word[ok]:13}{strive:18}{word[better]}")


def main():
    o = options()
    why = L.can_run()
    if why:
        print(f"bench: cannot run here: {why}", file=sys.stderr)
        return 2
    os.makedirs(OUT, exist_ok=True)
    rows, broken, start = [], [], time.monotonic()
    for name in o.only:
        try:
            data, table = PARTS[name](o)
        except KeyboardInterrupt:
            broken.append(f"{name}: interrupted")
            break
        except Exception as e:
            broken.append(f"{name}: {type(e).__name__}: {e}")
            continue
        with open(os.path.join(OUT, f"{name}.json"), "w", encoding="utf-8") as f:
            json.dump({"options": {k: str(v) for k, v in vars(o).items()}, "kernel": os.uname().release, "cpus": os.cpu_count(),
                       "data": data, "table": table}, f, indent=1, ensure_ascii=False, default=str)
        rows += table
    show(rows)
    for b in broken:
        print(f"NOT MEASURED {b}")
    missed = [r[0] for r in rows if r[3] is False]
    print(f"\n{len(rows)} rows, {len(missed)} must missed, {len(broken)} parts broken, {time.monotonic() - start:.0f} s; build/bench/*.json")
    return 1 if missed or broken else 0


if __name__ == "__main__":
    sys.exit(main())
