#!/usr/bin/python3
"""What the console costs with 50 devices: each keeps one long poll open and heartbeats over a kept
connection.  usage: MM_BUILD=build/release tests/bench/bench_console.py [seconds]; writes build/bench/console.json"""
import http.client
import json
import os
import pathlib
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))
import test_console as T  # noqa: E402

DEVICES, TICK = 50, os.sysconf("SC_CLK_TCK")


def usage(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status") as f:
        rss = [int(x.split()[1]) for x in f if x.startswith("VmRSS")][0]
    return (int(fields[11]) + int(fields[12])) / TICK, rss


class Talker(threading.Thread):
    """One device: a heartbeat every `interval` seconds on one connection; counts and times them."""

    def __init__(self, device, interval, until, shift):
        super().__init__()
        self.device, self.interval, self.until, self.shift, self.times = device, interval, until, shift, []

    def run(self):
        time.sleep(self.shift)
        c = http.client.HTTPSConnection("127.0.0.1", self.device.console.port, context=self.device.context, timeout=30)
        body = json.dumps({"agent_version": "0.2.0", "rules": "1", "mode": "quarantine", "quarantine": "off", "boot": self.device.boot,
                           "sensors": {s: {"state": "working", "method": "x", "reason": ""} for s in ("files", "exec", "scan", "rules")}})
        while time.time() < self.until:
            begin = time.time()
            c.request("POST", "/agent/v1/heartbeat", body)
            assert c.getresponse().read()
            self.times.append(time.time() - begin)
            time.sleep(max(0, self.interval - (time.time() - begin)))
        c.close()


def phase(console, devices, interval, seconds):
    until = time.time() + seconds
    talkers = [Talker(d, interval, until, i * min(interval, seconds) / len(devices)) for i, d in enumerate(devices)] if interval else []
    for t in talkers:
        t.start()
    cpu, begin = usage(console.process.pid)[0], time.time()
    time.sleep(seconds)
    cpu_after, rss = usage(console.process.pid)
    wall = time.time() - begin
    for t in talkers:
        t.join()
    times = sorted(x for t in talkers for x in t.times)
    return {"seconds": round(wall, 1), "heartbeats": len(times), "cpu_percent": round((cpu_after - cpu) / wall * 100, 2), "rss_kb": rss,
            "heartbeat_ms_median": round(times[len(times) // 2] * 1000, 2) if times else None,
            "heartbeat_ms_p99": round(times[len(times) * 99 // 100] * 1000, 2) if times else None}


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        console = T.Console(folder).start()
        result = {"devices": DEVICES, "start_rss_kb": usage(console.process.pid)[1]}
        devices = [T.Device(console, folder, hostname=f"pc{i}") for i in range(DEVICES)]
        polls = [threading.Thread(target=d.commands, args=(0, 60), daemon=True) for d in devices]
        for p in polls:
            p.start()
        time.sleep(1)
        result["idle_polls_only"] = phase(console, devices, None, min(seconds, 10))
        result["every_30_s"] = phase(console, devices, 30, seconds)
        result["every_second"] = phase(console, devices, 1, min(seconds, 15))
        delays = []
        for d in devices[:10]:
            got = []
            t = threading.Thread(target=lambda d=d, got=got: got.append((len(d.commands(0, 20)), time.time())))
            t.start()
            time.sleep(0.15)
            console.run("contain", d.id)
            given = time.time()
            t.join()
            assert got[0][0] == 1
            delays.append(max(0, got[0][1] - given))
        result["order_to_waiting_poll_ms_max"] = round(max(delays) * 1000, 1)
        console.stop()
    print(json.dumps(result, indent=1))
    os.makedirs(os.path.join(ROOT, "build", "bench"), exist_ok=True)
    with open(os.path.join(ROOT, "build", "bench", "console.json"), "w") as f:
        json.dump(result, f, indent=1)


if __name__ == "__main__":
    main()
