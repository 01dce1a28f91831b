"""The agent on a quiet host: idle CPU, resident memory, kernel memory of marks, process starts seen."""
import os
import shutil
import signal
import statistics
import subprocess
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
    """After everything that can be dropped was dropped."""
    for _ in range(2):
        with open("/proc/sys/vm/drop_caches", "w") as f:
            f.write("3")
        time.sleep(0.5)
    with open("/proc/meminfo") as f:
        m = {line.split(":")[0]: int(line.split()[1]) for line in f}
    return m["Slab"]


def pinned_on(fs):
    """10,000 protected files: slab just before and just after the agent ends, so that what else the machine does matters little."""
    with Scene(fs=fs, count=20, seed=52, size_mb=1024) as scene:
        scene.agent.stop()
        for d in range(100):
            folder = os.path.join(scene.lab.folder, f"many/{d:03}")
            os.makedirs(folder)
            for i in range(MANY // 100):
                with open(os.path.join(folder, f"{i}.txt"), "w") as f:
                    f.write("document " * 40)
        L.run("sync")
        pinned, took = [], []
        for _ in range(3):
            start = time.monotonic()
            scene.agent.start()
            took.append(time.monotonic() - start)
            counters = scene.agent.status()["counters"]
            with_agent = slab_kb()
            scene.agent.stop()
            pinned.append((with_agent - slab_kb()) / 1024)
    return {"pinned_mb": pinned, "own_estimate_mb": counters["kernel_bytes"] / 1e6, "start_s": took, "files": counters["protected_files"]}


def kernel_memory(o):
    """Per file system: their inodes differ by a factor."""
    data, rows = {}, []
    for fs in sorted(set(o.fs) | {"ext4", "xfs"}):
        d = data[fs] = pinned_on(fs)
        per = MANY / max(d["files"], 1)  # the budget is per 10,000
        mb, worst = statistics.median(d["pinned_mb"]) * per, max(d["pinned_mb"]) * per
        rows.append((f"kernel memory pinned per 10,000 protected files, {fs}", f"{mb:.1f} MB, most {worst:.1f} (says {d['own_estimate_mb']:.1f})", "<= 15 MB",
                     mb <= 15, "<= 5 MB", mb <= 5))
        rows.append((f"time until {d['files']} files are guarded, {fs}", f"{statistics.median(d['start_s']):.2f} s", "", None, "", None))
    return data, rows


def capture(scene, rate, count):
    """The agent's own sensor in a small program: which command lines it wrote down, whole."""
    watcher, = L.need("lab/exec_watch")
    path = os.path.join(scene.lab.work, f"execs-{rate}")
    with open(path, "wb") as f:
        p = scene.lab.spawn("pc", watcher, "-s", "netns", stdin=subprocess.PIPE, stdout=f, stderr=subprocess.DEVNULL)
        time.sleep(1.5)
        got = scene.storm("-n", count, "-r", rate, "-w", path)
        scene.lab.end(p, signal.SIGTERM)
    return got


def exec_capture(o):
    """Short-lived processes: how many are seen with their whole command line; what one costs more."""
    data, rows = {"capture": {}, "agent": {}, "delay_us": [], "delay_p99_us": [], "mean_us": []}, []
    seconds = 3 if o.quick else 10
    with Scene(fs="ext4", count=20, seed=53, mode="alert", size_mb=512) as scene:
        judged = {"watch__judge": scene.lab.mnt}
        scene.agent.stop()
        for rate in STORM:
            got = data["capture"][rate] = capture(scene, rate, rate * seconds)
            share, reached = got["share"] * 100, got["per_second"]
            whole = got["captured"] >= got["spawned"] > 0
            fast = reached >= rate * 0.9  # a machine that cannot start so many shows nothing about them
            rows.append((f"process starts with whole argv, {rate}/s wanted ({reached:.0f}/s reached)", f"{share:.2f} % of {got['spawned']}",
                         "100 %" if rate <= 2000 else "", whole if fast else None, "100 %", whole if fast else None))
        program = os.path.join(scene.lab.outside_folder, "true")
        shutil.copy("/bin/true", program)
        os.chmod(program, 0o755)
        for _ in range(max(3, o.runs // 2)):
            without = scene.storm("-n", 2000, "-r", 0, "-p", program)
            scene.agent.configure(mode="alert", console=False, **judged)
            scene.agent.start()
            scene.storm("-n", 50, "-r", 0, "-p", program)  # known from here on
            before = scene.agent.status()["counters"]
            with_agent = scene.storm("-n", 2000, "-r", 0, "-p", program)
            time.sleep(1.5)
            after = scene.agent.status()["counters"]
            data["agent"] = {"seen": after["execs"] - before["execs"], "lost": after["lost_execs"] - before["lost_execs"]}
            data["delay_us"].append(with_agent["life_us_median"] - without["life_us_median"])
            data["delay_p99_us"].append(with_agent["life_us_p99"] - without["life_us_p99"])
            data["mean_us"].append(1e6 / with_agent["per_second"] - 1e6 / without["per_second"])
            scene.agent.stop()
    delay = statistics.median(data["delay_us"])
    seen = data["agent"]
    rows.append(("process starts counted by the agent itself, of 2,000 flat out", f"{seen['seen']}, {seen['lost']} lost", ">= 2000",
                 seen["seen"] >= 2000 and seen["lost"] == 0, ">= 2000", seen["seen"] >= 2000 and seen["lost"] == 0))
    rows.append(("exec delay added, known executable, judged mount, median",
                 f"{delay:.1f} us (p99 {statistics.median(data['delay_p99_us']):.0f}, mean {statistics.median(data['mean_us']):.0f})",
                 "<= 50 us", delay <= 50, "<= 20 us", delay <= 20))
    return data, rows
