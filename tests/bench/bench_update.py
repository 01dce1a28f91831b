"""What updates cost a host: a look with nothing new, and a pack of 5 MB from the first request to its use."""
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import releases as R
import update_host as U

PACK_BYTES = 5_000_000


def family(pid):
    """`pid` and its children."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return [pid, *map(int, f.read().split())]
    except OSError:
        return [pid]


def pss_kb(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def timed(host, verb, watch=False):
    """{cpu_ms, wall_s, pss_kb, code} of one run with its children.  Looking costs, so CPU and memory are of different runs."""
    host.server.requests.clear()
    start, most = time.monotonic(), 0
    p = subprocess.Popen([str(U.PROGRAM), "--config", str(host.config), verb], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while watch and not os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        most = max(most, sum(map(pss_kb, family(p.pid))))
    _, status, used = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return {"cpu_ms": (used.ru_utime + used.ru_stime) * 1000, "wall_s": time.monotonic() - start, "pss_kb": most, "code": p.returncode,
            "requests": len(host.server.requests)}


def pack(version):
    return R.pack_files(version, more={"README.md": os.urandom(PACK_BYTES)})


def updates(o):
    runs = 5 if o.quick else 3 * o.runs
    with tempfile.TemporaryDirectory() as base:
        base = pathlib.Path(base)
        host = U.Host(base, U.server_context(base))
        try:
            applied = []
            for i in range(max(3, o.runs // 2)):
                host.offer(f"1.{i + 1}.0", pack(f"1.{i + 1}.0"))
                applied.append(timed(host, "now"))
                if host.pack() != f"1.{i + 1}.0":
                    raise RuntimeError(f"the pack was not put in use: {host.status()}")
            looks = [timed(host, "check") for _ in range(runs)]
            seen = [timed(host, "check", watch=True) for _ in range(runs)]
        finally:
            host.server.close()
    if any(x["code"] for x in looks + seen + applied):
        raise RuntimeError("a run failed")
    cpu, wall = (statistics.median(x[k] for x in looks) for k in ("cpu_ms", "wall_s"))
    memory, asked = max(x["pss_kb"] for x in seen) / 1024, max(x["requests"] for x in looks)
    took = statistics.median(x["wall_s"] for x in applied)
    rows = [(f"updates: a look with nothing new, CPU of its three processes (n={runs}, median)", f"{cpu:.1f} ms, {wall * 1000:.0f} ms by the clock", "<= 20 ms", cpu <= 20, "", None),
            ("the same: requests", str(asked), "<= 2", asked <= 2, "", None),
            ("the same: proportional memory of all three, most", f"{memory:.1f} MB", "<= 15 MB", memory <= 15, "", None),
            (f"updates: a pack of {PACK_BYTES / 1e6:.0f} MB fetched, verified, unpacked, checked, put in use (n={len(applied)}, median)", f"{took:.2f} s", "<= 1 s", took <= 1, "", None)]
    return {"looks": looks, "memory": seen, "applied": applied}, rows
