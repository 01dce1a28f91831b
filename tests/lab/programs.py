"""The programs under test as the lab sees them: started in their namespace, asked through their own CLI."""
import glob
import json
import os
import re
import signal
import subprocess
import time

import lab as L


def as_lines(text):
    """JSON values of a program's output: one value, a list, or one object per line."""
    text = text.strip()
    if not text:
        return []
    try:
        got = json.loads(text)
        return got if isinstance(got, list) else [got]
    except ValueError:
        return [json.loads(line) for line in text.split("\n") if line.strip()]


class Console:
    """mimamori-console with its own state below the lab's folder."""

    def __init__(self, lab):
        self.lab, self.process = lab, None
        self.state = os.path.join(lab.dir, "console")
        self.url = f"https://{L.CONSOLE4}:{L.CONSOLE_PORT}"

    def cli(self, *argv, json_out=False):
        """Output of a verb; it works beside the running server on the same directory."""
        program, = L.need("bin/mimamori-console")
        p = L.run(program, "--dir", self.state, *argv, *(["--json"] if json_out else []))
        return as_lines(p.stdout) if json_out else p.stdout.strip()

    def init(self, customer="株式会社みどり工業", heartbeat=5):
        """Certificate authority, a customer, an operator with a bearer token."""
        self.cli("init", "--name", "みまもり試験室", "--host", L.CONSOLE4, "--port", str(L.CONSOLE_PORT), "--api-port", "0",
                 "--heartbeat", str(heartbeat))
        self.customer = customer
        self.cli("customer", "add", customer, "--phone", "0120-000-000")
        self.operator = self.cli("operator", "add", "lab", "--role", "admin").split()[-1]

    def token(self):
        """An enrolment code of the customer, for one computer."""
        return re.search(r"MM1-[A-Z2-7-]+", self.cli("token", "new", "--customer", self.customer)).group(0)

    def start(self):
        program, = L.need("bin/mimamori-console")
        self.process = self.lab.spawn("con", program, "--dir", self.state, "serve", log="console")
        L.wait_for(lambda: self._listens(), 10, "the console's port")

    def _listens(self):
        if self.process.poll() is not None:
            raise L.LabError("the console ended: " + self.log()[-600:])
        got = self.lab.probe("con", (L.CONSOLE4, L.CONSOLE_PORT), timeout=0.3)
        return got[(L.CONSOLE4, L.CONSOLE_PORT)]["tcp"]

    def log(self):
        with open(os.path.join(self.lab.dir, "console.log"), errors="replace") as f:
            return f.read()

    def events(self):
        """What it received, as OCSF objects."""
        return as_lines(self.cli("events", "--limit", "100000", "--ndjson"))

    def incidents(self):
        return self.cli("incidents", json_out=True)

    def devices(self):
        return self.cli("devices", json_out=True)

    def doors(self):
        """The customer's register of external devices."""
        return self.cli("doors", self.customer, json_out=True)[0]

    def contain(self, device, *more):
        return self.cli("contain", device, *more)

    def release(self, device, *more):
        return self.cli("release", device, *more)

    def stop(self):
        if self.process is not None:
            self.lab.end(self.process, signal.SIGTERM)
            self.process = None


class Agent:
    """mimamorid with a configuration of its own, and the mimamori program that asks it."""

    def __init__(self, lab):
        self.lab, self.process = lab, None
        self.config = os.path.join(lab.dir, "agent.ini")
        self.state, self.run_dir = os.path.join(lab.dir, "state"), os.path.join(lab.dir, "run")
        self.agent_id = None
        self.ready = "guarded"  # what every folder is when the agent has started

    def configure(self, mode="quarantine", console=True, folders=None, **extra):
        """`extra`: section__key="value"."""
        ini = {("paths", "state"): self.state, ("paths", "run"): self.run_dir, ("paths", "rules"): os.path.join(L.TREE, "rules"),
               ("paths", "local"): os.path.join(self.lab.dir, "local"),
               ("protect", "folders"): ",".join(folders or [self.lab.folder]), ("respond", "mode"): mode,
               ("network", "canary"): f"{L.OUTSIDE4},{L.OUTSIDE6}", ("roles", "core_user"): "daemon", ("roles", "scan_user"): "games",
               ("customer", "phone"): "0120-000-000", ("customer", "provider"): "みまもり試験室"}
        if console:
            ini["console", "url"] = self.lab.console.url
        for k, v in extra.items():
            ini[tuple(k.split("__", 1))] = str(v)
        ini["watch", "scope"] = "netns"  # never anything else: the agent must not see the machine's own processes
        for d in (self.state, self.run_dir, os.path.join(self.lab.dir, "local")):
            os.makedirs(d, exist_ok=True)
        with open(self.config, "w", encoding="utf-8") as f:
            for section in sorted({s for s, _ in ini}):
                f.write(f"[{section}]\n" + "".join(f"{k} = {v}\n" for (s, k), v in ini.items() if s == section))
        program, = L.need("bin/mimamorid")
        L.run(program, "--config", self.config, "--check-config")

    def enrol(self, code):
        program, = L.need("bin/mimamorid")
        status, out = self.lab.call("pc", program, "--config", self.config, "--enrol", code, timeout=30)
        if status != 0:
            raise L.LabError(f"enrolment: exit {status}: {out}")

    def start(self, wait=True, mounts=None):
        program, = L.need("bin/mimamorid")
        self.process = self.lab.spawn("pc", program, "--config", self.config, log="agent", mounts=mounts)
        if wait:
            self.wait_ready()

    def wait_ready(self, timeout=30):
        return L.wait_for(self._ready, timeout, "the agent to guard its folders", 0.1)

    def _ready(self):
        if self.process.poll() is not None:
            raise L.LabError("the agent ended: " + self.log()[-1500:])
        s = self.status(0)
        if not s or not s.get("folders") or any(f["state"] != self.ready for f in s["folders"]):
            return None
        return s if s["rules"]["burst"] > 0 and "sensor:rules" not in s["reasons"] else None

    def log(self):
        with open(os.path.join(self.lab.dir, "agent.log"), errors="replace") as f:
            return f.read()

    # ---- the mimamori program ----
    def cli(self, *argv, timeout=20, json_out=False):
        """(exit status, output); exit codes are the contract: 0, 1, 2, 3."""
        program, = L.need("bin/mimamori")
        env = dict(os.environ, LC_ALL="C.UTF-8", LANG="C.UTF-8")
        pre = [program, "--config", self.config] + (["--json"] if json_out else [])
        p = subprocess.run(pre + list(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT if not json_out
                           else subprocess.PIPE, env=env, timeout=timeout)
        return p.returncode, p.stdout.decode(errors="replace")

    def status(self, patience=5):
        """The agent's own state as JSON; None when it has not answered within `patience` seconds (a state that is late for a moment is asked for again)."""
        end = time.monotonic() + patience
        while True:
            try:
                code, out = self.cli("status", json_out=True)
                got = json.loads(out) if code != 3 else None
            except (ValueError, subprocess.TimeoutExpired):
                got = None
            if got:
                return got.get("result", got)
            if time.monotonic() >= end:
                return None
            time.sleep(0.05)

    def events(self, after=0):
        """All events of the journal above `after`, as OCSF objects."""
        out = []
        while True:
            code, text = self.cli("events", "--after", str(after), "--limit", "500", json_out=True)
            if code == 3:
                raise L.LabError("the agent does not answer")
            page = as_lines(text)
            if not page:
                return out
            out += page
            last = max(e["metadata"]["sequence"] for e in page)
            if last <= after:
                return out
            after = last

    def wait_event(self, match, timeout, what, after=0):
        def look():
            try:
                return next((e for e in self.events(after) if match(e)), None)
            except L.LabError:
                return None  # between two lives; asked again until the time is up
        return L.wait_for(look, timeout, what, 0.1)

    # ---- its processes ----
    def roles(self):
        """{role or "main": pid} by the argument that the roles are started with."""
        out = {}
        for pid, _ in self.lab.members(self.process) if self.process else []:
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    words = f.read().decode(errors="replace").split("\0")
            except OSError:
                continue
            # --role guard, or a program of its own per role
            found = [m.group(1) for w in words if (m := re.match(r"(?:--role=|.*mimamorid-)?(guard|scan|core)$", w))]
            role = found[0] if found else None
            out[role or "main"] = pid
        return out

    def memory_kb(self):
        """Proportional resident memory of all its processes together, and per process."""
        each = {}
        for pid, _ in self.lab.members(self.process):
            try:
                with open(f"/proc/{pid}/smaps_rollup") as f:
                    pss = next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
                with open(f"/proc/{pid}/status") as f:
                    rss = next((int(line.split()[1]) for line in f if line.startswith("VmRSS:")), 0)
            except (OSError, StopIteration):
                continue
            each[pid] = {"rss": rss, "pss": pss}
        return sum(e["rss"] for e in each.values()), each

    def cpu_seconds(self):
        """Time on a CPU of all threads, from schedstat: /proc/PID/stat counts in hundredths, too coarse for an idle agent."""
        total = 0
        for pid, _ in self.lab.members(self.process):
            for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
                try:
                    with open(path) as f:
                        total += int(f.read().split()[0])
                except (OSError, IndexError):
                    pass
        return total / 1e9

    def stop(self, patience=8):
        if self.process is not None:
            self.lab.end(self.process, signal.SIGTERM, patience)
            self.process = None
