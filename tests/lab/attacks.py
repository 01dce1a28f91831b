"""Attacks in the lab: start one, watch it from outside, count what it really did.

The simulator's progress lies in a mapping (attack/attack.h), so it can be read while every process is
frozen.  settle() then tells the simulator to stop and lets it go, so that a call that was refused is
told from one that went through; a foreign program (shell, 7z, gpg) is ended instead and a file in work
counts as touched.
"""
import json
import mmap
import os
import signal
import struct
import subprocess
import time

import lab as L

HEAD, ENTRY = struct.Struct("<8sIIII qqq i"), struct.Struct("<qqqIi")
STOP_AT = 16
UNTRIED, BEGUN, TOUCHED, FAILED, LEFT = range(5)
MODES = ("inplace", "newunlink", "newrename", "renamefirst", "intermittent", "trunc", "truncpath", "mmap", "newdir", "nametaken", "hardlink",
         "moveout", "overnoread", "wipe", "exchange", "headonly", "base64", "zeros", "truncnoread", "iouring", "iouringasync",
         "iouringsqpoll", "iouringunlink", "fdpass", "shell", "sevenzip", "gpg", "threads", "manyprocs", "slow", "userns", "bindmount")
TOOLS = ("shell", "sevenzip", "gpg")
ROOT_ONLY = ("bindmount",)


class Progress:
    """The simulator's mapping, read from outside."""

    def __init__(self, path):
        self.path, self.map = path, None

    def ready(self):
        if self.map is None:
            try:
                if os.path.getsize(self.path) < 4096:
                    return False
                with open(self.path, "r+b") as f:
                    m = mmap.mmap(f.fileno(), 0)
            except (OSError, ValueError):
                return False
            if m[:8] != b"MMSIM\0\0\1":
                m.close()
                return False
            self.map = m
        return True

    def head(self):
        _, count, paths_at, _, _, offset, start, end, pid = HEAD.unpack_from(self.map, 0)
        return {"count": count, "paths_at": paths_at, "offset": offset, "start_ns": start, "end_ns": end, "pid": pid}

    def entries(self):
        if not self.ready():
            return []
        n = self.head()["count"]
        return list(ENTRY.iter_unpack(self.map[4096:4096 + n * ENTRY.size]))

    def stop(self):
        self.map[STOP_AT:STOP_AT + 4] = struct.pack("<I", 1)

    def touched(self):
        """(surely touched, in work) right now."""
        states = [e[3] for e in self.entries()]
        return states.count(TOUCHED), states.count(BEGUN)

    def first_ns(self):
        """CLOCK_BOOTTIME just before the first hostile call of a file that was touched in the end."""
        t = [e[0] for e in self.entries() if e[0] and e[3] in (TOUCHED, BEGUN)]
        return min(t) if t else None

    def paths(self, *states):
        h = self.head()
        names = self.map[h["paths_at"]:].split(b"\0")
        return [os.fsdecode(names[i]) for i, e in enumerate(self.entries()) if e[3] in states]


class Attack:
    """One attack that runs in the PC's namespace."""
    made = 0

    def __init__(self, lab, mode, folder=None, root=False, where="pc", **options):
        Attack.made += 1
        self.lab, self.mode = lab, mode
        program, = L.need("lab/attack")
        base = os.path.join(lab.work, f"attack-{Attack.made}")
        os.makedirs(base)
        os.chown(base, lab.uid, lab.gid)
        self.progress = Progress(os.path.join(base, "progress"))
        argv = [program, mode, folder or lab.folder, "--outside", lab.outside_folder, "--work", base,
                "--progress", self.progress.path, "--json"]
        for k, v in options.items():
            if v is True:
                argv.append(f"--{k}")
            elif v not in (None, False):
                argv += [f"--{k}", str(v)]
        self.tool = mode in TOOLS or options.get("base") in TOOLS
        self.frozen_ns = self.result = None
        self.started_ns = L.boot_ns()
        self.process = lab.spawn(where, *argv, user=not root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def is_frozen(self):
        """Every process of the attack is stopped."""
        try:
            with open(f"/proc/{self.process.pid}/stat", "rb") as f:
                first = f.read().rsplit(b")", 1)[1].split()[0]
        except OSError:
            first = b"X"
        if first not in (b"T", b"t", b"Z", b"X"):
            return False
        members = self.lab.members(self.process)
        return bool(members) and all(state in "Tt" for _, state in members)

    def wait(self, timeout, idle=None):
        """Until it ended ("ended"), is frozen ("frozen") or the time is up ("running")."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None and not self.lab.members(self.process):
                return "ended"
            if self.is_frozen():
                if self.frozen_ns is None:
                    self.frozen_ns = L.boot_ns()
                return "frozen"
            time.sleep(0.001)
        return "running"

    def settle(self):
        """Stop it for good and count.  After this nothing of it is left."""
        if self.progress.ready():
            self.progress.stop()
        if not self.tool and self.process.poll() is None:
            # the agent may freeze it again: let it go until it has read the word
            end = time.monotonic() + 3
            while time.monotonic() < end and self.lab.members(self.process):
                for pid, state in self.lab.members(self.process):
                    if state in "Tt":
                        try:
                            os.kill(pid, signal.SIGCONT)
                        except ProcessLookupError:
                            pass
                time.sleep(0.02)
        out = b""
        if not self.lab.members(self.process) and self.process.stdout:
            out = self.process.stdout.read() or b""
        self.lab.end(self.process)
        try:
            self.result = json.loads(out) if out.strip() else None
        except ValueError:
            self.result = None
        return self.count()

    def count(self):
        touched, in_work = self.progress.touched() if self.progress.ready() else (0, 0)
        entries = self.progress.entries()
        first = self.progress.first_ns()
        return {"mode": self.mode, "files": len(entries), "touched": touched + in_work, "in_work": in_work,
                "refused": sum(1 for e in entries if e[4] in (1, 13)), "first_ns": first, "frozen_ns": self.frozen_ns,
                "freeze_ms": (self.frozen_ns - first) / 1e6 if first and self.frozen_ns else None,
                "skipped": (self.result or {}).get("skipped")}
