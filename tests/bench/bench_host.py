"""The agent on a quiet host: idle CPU, resident memory, kernel memory of marks, process starts seen."""
import json
import os
import time

import lab as L
from scene import Scene

STORM = (1000, 2000, 5000)
MANY = 10_000


def idle(o):
    seconds = 10 if o.quick else 60
    with Scene(fs="ext4", count=500, seed=51, console=True, size_mb=1024) as scene:
        L.wait_for(lambda: scene.agent.status()["console"]["connected"], 20, "the console")
        time.sleep(5)
        cpu = scene.agent.cpu_seconds()
        time.sleep(seconds)
        percent = (scene.agent.cpu_seconds() - cpu) / seconds * 100
        rss, each = scene.agent.memory_kb()
        pss = sum(e["pss"] for e in each.values())
    data = {"seconds": seconds, "cpu_percent": percent, "rss_kb": rss, "pss_kb": pss, "processes": list(each.values())}
    mb = rss / 1024
    return data, [(f"idle CPU over {seconds} s, all processes", f"{percent:.2f} % of one core", "<= 0.3 %", percent <= 0.3, "<= 0.1 %", percent <= 0.1),
                  (f"resident memory of {len(each)} processes together", f"{mb:.1f} MB (PSS {pss / 1024:.1f})", "<= 40 MB", mb <= 40, "<= 25 MB", mb <= 25)]


def slab_kb():
    with open("/proc/meminfo") as f:
        m = {line.split(":")[0]: int(line.split()[1]) for line in f}
    return m["Slab"]


def kernel_memory(o):
    """10,000 protected files: slab and the agent's own count, after and before the marks."""
    with Scene(fs="ext4", count=20, seed=52, size_mb=1024) as scene:
        scene.agent.stop()
        for d in range(100):
            folder = os.path.join(scene.lab.folder, f"many/{d:03}")
            os.makedirs(folder)
            for i in range(MANY // 100):
                with open(os.path.join(folder, f"{i}.txt"), "w") as f:
                    f.write("document " * 40)
        L.run("sync")
        with open("/proc/sys/vm/drop_caches", "w") as f:
            f.write("3")
        time.sleep(1)
        before = slab_kb()
        start = time.monotonic()
        scene.agent.start()
        took = time.monotonic() - start
        with open("/proc/sys/vm/drop_caches", "w") as f:
            f.write("3")
        time.sleep(1)
        pinned = (slab_kb() - before) / 1024
        counters = scene.agent.status()["counters"]
    own = counters["kernel_bytes"] / 1e6
    return ({"pinned_mb": pinned, "own_estimate_mb": own, "start_s": took, "files": counters["protected_files"]},
            [(f"kernel memory pinned, {counters['protected_files']} protected files", f"{pinned:.1f} MB (agent says {own:.1f})", "<= 15 MB",
              pinned <= 15, "<= 5 MB", pinned <= 5),
             (f"time until {counters['protected_files']} files are guarded", f"{took:.2f} s", "", None, "", None)])


def exec_capture(o):
    """Short-lived processes: how many of them the agent told, with their whole command line; and what one costs."""
    storm = os.path.join(L.BUILD, "lab", "exec_storm")
    if not os.access(storm, os.X_OK):
        return {}, [("process starts seen, short-lived", "exec_storm is not built", "100 %", None, "100 %", None)]
    data, rows = {}, []
    with Scene(fs="ext4", count=20, seed=53, mode="alert", size_mb=512) as scene:
        for rate in STORM:
            before = scene.agent.status()["counters"]
            status, out = scene.lab.call("pc", storm, "--rate", rate, "--seconds", 5 if o.quick else 10, "--json", user=True, timeout=120)
            if status != 0:
                raise L.LabError(f"exec_storm: {out[-300:]}")
            got = json.loads(out.strip().split("\n")[-1])
            time.sleep(1)
            after = scene.agent.status()["counters"]
            seen, lost = after["execs"] - before["execs"], after["lost_execs"] - before["lost_execs"]
            share = min(1.0, seen / got["started"]) * 100
            data[rate] = {"started": got["started"], "seen": seen, "lost": lost, "storm": got}
            rows.append((f"process starts seen at {rate}/s ({got['started']} started)", f"{share:.2f} %, {lost} lost", "100 %" if rate <= 2000 else "",
                         (seen >= got["started"] and lost == 0) if rate <= 2000 else None, "100 %", seen >= got["started"] and lost == 0))
    return data, rows
