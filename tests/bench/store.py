"""build/bench/PART.json: written whole or not at all, and what belongs to other programs is not gone on with."""
import glob
import hashlib
import json
import os
import time

import lab as L

OUT = os.path.join(L.TREE, "build", "bench")


class Clock:
    def __init__(self):
        self.at = time.monotonic()

    def lap(self):
        took, self.at = self.since_lap(), time.monotonic()
        return took

    def since_lap(self):
        return time.monotonic() - self.at


def programs():
    """A word for the programs and rules that were measured."""
    h = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(L.BUILD, "bin", "*"))) + [os.path.join(L.TREE, "rules", "manifest.json")]:
        with open(path, "rb") as f:
            h.update(hashlib.sha256(f.read()).digest())
    return h.hexdigest()[:16]


def save(part, o, data, table=None):
    os.makedirs(OUT, exist_ok=True)
    path = os.path.join(OUT, f"{part}.json")
    with open(path + ".new", "w", encoding="utf-8") as f:
        json.dump({"options": {k: str(v) for k, v in vars(o).items()}, "programs": o.programs, "kernel": os.uname().release,
                   "cpus": os.cpu_count(), "data": data, "table": table}, f, indent=1, ensure_ascii=False, default=str)
    os.replace(path + ".new", path)


def load(part, o):
    """What a run before left for the same programs; None when there is nothing to go on with."""
    path = os.path.join(OUT, f"{part}.json")
    try:
        with open(path, encoding="utf-8") as f:
            got = json.load(f)
    except (OSError, ValueError):
        return None
    if got.get("programs") == o.programs:
        return got
    os.replace(path, path + ".old")
    print(f"{part}: the programs have changed since; begun anew, what was there is {part}.json.old", flush=True)
    return None
