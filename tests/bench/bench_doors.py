#!/usr/bin/python3
"""What the register of external devices costs with 200 devices of 20 doors: a report, and GET doors over HTTPS.
usage: MM_BUILD=build/release tests/bench/bench_doors.py; writes build/bench/console_doors.json"""
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))
import test_console as T  # noqa: E402
from test_console_doors import door, report, day  # noqa: E402

DEVICES, DOORS, GATEWAYS, GETS = 200, 20, 5, 20


def rss(pid):
    with open(f"/proc/{pid}/status") as f:
        return {x.split(":")[0]: int(x.split()[1]) for x in f if x.startswith(("VmRSS", "VmHWM"))}


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def body(n):
    """Five gateways of the company with advisories, and fifteen doors of the host's own."""
    advisory = {"cve": "CVE-2023-27997", "title_ja": "SSL-VPNのヒープオーバーフロー", "title_en": "Heap overflow in SSL-VPN", "severity": "critical",
                "cvss": "9.2", "kev": True, "fixed": "7.2.5", "released": "2023-06-13", "due": "2023-06-27",
                "reference": "https://www.fortiguard.com/psirt/FG-IR-23-097"}
    gates = [door(f"gateway:vpn{i}.example.co.jp:443", "due", "yellow", product="fortios", product_name="Fortinet FortiOS", version="7.2.4",
                  version_from="answer", released=day(-8), due=day(6), days_left=6, reason={"key": "door.due", "args": ["6"]},
                  advisories=[advisory] * 10, evidence="HTTPS answer of /remote/login") for i in range(GATEWAYS)]
    own = [door(f"listener:tcp:0.0.0.0:{1000 + i}", "minor", "green", product="openvpn", version=f"2.6.3-{n}", evidence="nftables: limited")
           for i in range(DOORS - GATEWAYS)]
    r = report(*gates, *own)
    for a in r["posture"]["articles"]:
        a["checks"] = [{"check": "updates.security", "state": "met", "subject": f"s{i}", "args": ["12"], "evidence": "apt lists of today", "at": r["vpn"]["checked_at"]}
                       for i in range(5)]
    return json.dumps(r).encode()


def main():
    result = {"devices": DEVICES, "doors_each": DOORS, "gateways_shared": GATEWAYS}
    with tempfile.TemporaryDirectory() as folder:
        console = T.Console(pathlib.Path(folder)).start()
        devices = [T.Device(console, folder, hostname=f"pc{i}") for i in range(DEVICES)]
        times = []
        for n, d in enumerate(devices):
            plain = body(n)
            packed = subprocess.run(["zstd", "-q", "-1", "-c"], input=plain, stdout=subprocess.PIPE, check=True).stdout
            c = http.client.HTTPSConnection("127.0.0.1", console.port, context=d.context, timeout=30)
            c.connect()
            begin = time.time()
            c.request("POST", "/agent/v1/doors", packed, {"Content-Encoding": "zstd"})
            answer = c.getresponse()
            assert answer.status == 200, answer.read()
            times.append(time.time() - begin)
            c.close()
        times.sort()
        result.update(report_bytes=len(plain), report_zstd=len(packed), post_ms_median=round(times[len(times) // 2] * 1000, 1),
                      post_ms_max=round(times[-1] * 1000, 1), before=rss(console.process.pid))
        c = http.client.HTTPSConnection("127.0.0.1", console.api_port, context=console.context(), timeout=60)
        times, used = [], cpu(console.process.pid)
        for _ in range(GETS):
            begin = time.time()
            c.request("GET", "/api/v1/customers/1/doors", None, {"Authorization": "Bearer " + console.desk})
            text = c.getresponse().read()
            times.append(time.time() - begin)
        times.sort()
        got = json.loads(text)
        assert got["summary"]["doors"] == GATEWAYS + DEVICES * (DOORS - GATEWAYS), got["summary"]
        result.update(get_bytes=len(text), get_ms_median=round(times[GETS // 2] * 1000, 1), get_ms_max=round(times[-1] * 1000, 1),
                      get_cpu_ms=round((cpu(console.process.pid) - used) / GETS * 1000, 1),
                      listed=len(got["doors"]), doors_more=got["doors_more"], posture_more=got["posture_more"],
                      checks_left_out=sum(a.get("checks_more", 0) for p in got["posture"] for a in p["articles"]), after=rss(console.process.pid))
        console.stop()
    print(json.dumps(result, indent=1))
    os.makedirs(os.path.join(ROOT, "build", "bench"), exist_ok=True)
    with open(os.path.join(ROOT, "build", "bench", "console_doors.json"), "w") as f:
        json.dump(result, f, indent=1)


if __name__ == "__main__":
    main()
