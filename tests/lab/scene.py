"""A guarded PC, ready: documents, console, enrolled agent; and one attack with everything counted.

    with Scene(fs="xfs", count=300) as s:
        got = s.attack("newunlink", rate=50)
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import time

import docs
import lab as L
from attacks import Attack

# OCSF class_uid and unmapped.activity (enum event_activity of lib/event.h) of what the lab waits for
ENCRYPT, DELETE, CREATE, ISOLATE, RESTORE, FREEZE, THAW, OTHER = 2, 3, 4, 7, 8, 9, 10, 99
FINDING, LIFECYCLE, REMEDIATION, FILE_REMEDIATION, PROCESS_REMEDIATION = 2004, 6002, 7001, 7002, 7003
VALIDATOR = os.path.join(os.path.dirname(L.TREE), "shared", "ocsf", "ocsf-validate")


def kind(event, class_uid, activity=None):
    u = event.get("unmapped", {})
    return event.get("class_uid") == class_uid and (activity is None or u.get("activity") == activity)


class Scene:
    def __init__(self, fs="ext4", count=300, seed=1, mode="quarantine", console=False, size_mb=2048, progress=None, lab=None, **config):
        self.lab = lab or L.Lab(fs=fs, size_mb=size_mb)
        self.count, self.seed, self.mode, self.with_console, self.config = count, seed, mode, console, config
        self.progress = progress
        self.used = False  # a test has done something to this agent
        self.agent, self.console = self.lab.agent, self.lab.console

    def __enter__(self):
        self.lab.__enter__()
        try:
            self.manifest = docs.make(self.lab.folder, self.count, self.seed, self.lab.uid, self.lab.gid, self.progress)
            if self.with_console:
                self.console.init()
                self.console.start()
            self.agent.configure(mode=self.mode, console=self.with_console, **self.config)
            if self.with_console:
                self.agent.enrol(self.console.token())
            self.agent.start()
        except BaseException:
            self.lab.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *error):
        self.lab.__exit__(*error)

    def forget(self):
        """The agent stopped, its memory and its vault gone."""
        self.agent.stop()
        for d in [self.agent.state, self.agent.run_dir] + glob.glob(os.path.join(self.lab.mnt, ".mimamori*")):
            shutil.rmtree(d, ignore_errors=True)
        self.agent.configure(mode=self.mode, console=self.with_console, **self.config)

    def fresh_agent(self, documents=True):
        """The agent started again knowing nothing: counters of earlier attacks must not help it.
        `documents`: the folder is again what the manifest says, and nothing else."""
        self.forget()
        if documents:
            self.repair()
        L.run("ip", "netns", "exec", self.lab.ns["pc"], "nft", "flush", "ruleset")
        self.agent.start()

    def repair(self):
        """The folder as the manifest says: only what is not so is written anew, from a second set of the same seed."""
        root, spare = self.lab.folder, os.path.join(self.lab.dir, "spare")
        wipe_extra(root, self.manifest)
        now = docs.verify(root, self.manifest)
        bad = now["lost"] + now["mode"] + now["mtime"]
        if bad and not os.path.isdir(spare):
            docs.make(spare, self.count, self.seed, self.lab.uid, self.lab.gid)
        for rel in bad:
            path = os.path.join(root, rel)
            if os.path.lexists(path):
                os.unlink(path)
            folder = root
            for part in os.path.dirname(rel).split("/"):
                folder = os.path.join(folder, part)
                if not os.path.isdir(folder):
                    os.mkdir(folder)
                    os.chown(folder, self.lab.uid, self.lab.gid)
            shutil.copy2(os.path.join(spare, rel), path)
            os.chown(path, self.lab.uid, self.lab.gid)
        if bad:
            now = docs.verify(root, self.manifest)
            if now["lost"] or now["mode"] or now["mtime"]:
                raise L.LabError(f"documents could not be put back: {now['lost'][:3]}")

    def verify(self, patience=20):
        """The documents against the manifest, once they are back or the patience is over."""
        end = time.monotonic() + patience
        while True:
            got = docs.verify(self.lab.folder, self.manifest)
            if not (got["lost"] or got["mode"] or got["mtime"]) or time.monotonic() > end:
                return got
            time.sleep(0.2)

    def script(self, name, text, *args, **kw):
        """A Python program of the PC's user, started."""
        path = os.path.join(self.lab.dir, name + ".py")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return self.lab.spawn("pc", "/usr/bin/python3", path, *args, user=True, **kw)

    def other_guard(self, *argv):
        """Another program, started, that decides about every open on the documents' file system (it allows all of them).
        --look: it opens and reads the file itself before it does."""
        program, = L.need("lab/allow_all")
        p = self.lab.spawn("pc", program, *argv, self.lab.mnt, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = p.stdout.readline().decode().strip()
        if said != "ready":
            raise L.LabError(said or "allow_all did not start")
        return p

    def stopped(self, process):
        """A process of it is stopped."""
        return any(s in "Tt" for _, s in self.lab.members(process))

    def storm(self, *argv):
        """exec_storm's account of the program starts that it made."""
        program, = L.need("lab/exec_storm")
        status, out = self.lab.call("pc", program, *argv, user=True, timeout=150)
        if status != 0:
            raise L.LabError(f"exec_storm: {out[-300:]}")
        return json.loads(out.strip().split("\n")[-1])

    def attack(self, mode, timeout=60, patience=20, root=False, **options):
        """Run it, wait for what the agent does, count what is left.  Nothing of the attack survives."""
        a = Attack(self.lab, mode, root=root, **options)
        try:
            how = a.wait(timeout)
            if how == "running":
                how = "not stopped"
            docs_now = self.verify(patience)
            count = a.settle()
            if docs_now["lost"] or docs_now["mode"] or docs_now["mtime"]:
                docs_now = self.verify(2)
        except BaseException:
            self.lab.end(a.process)
            raise
        count.update(how=how, lost=len(docs_now["lost"]), mode_wrong=len(docs_now["mode"]), mtime_wrong=len(docs_now["mtime"]),
                     extra=len(docs_now["extra"]), originals=len(self.manifest), lost_names=docs_now["lost"][:10], options=options)
        return count


def mono(event):
    """CLOCK_BOOTTIME of an event, as the agent saw it."""
    return event["unmapped"]["mono_ns"] if event else None


def isolation_ms(watch, alert_ns):
    """Alert to the first probe that got no answer, the later of IPv4 and IPv6; None: it never went dark."""
    w = watch()
    missed = [w[a]["udp_missed_ns"] for a in (L.OUTSIDE4, L.OUTSIDE6)]
    if alert_ns is None or not all(missed) or not all(w[a]["tcp_ok_ns"] < w["now_ns"] - 500_000_000 for a in (L.OUTSIDE4, L.OUTSIDE6)):
        return None
    return max(0.0, (max(missed) - alert_ns) / 1e6)


def wipe_extra(root, manifest):
    """Remove what attacks and restores left beside the documents."""
    keep = {os.path.join(root, rel) for rel in manifest} | {os.path.join(root, docs.MARKER)}
    for folder, dirs, files in os.walk(root, topdown=False):
        for f in files:
            if os.path.join(folder, f) not in keep:
                os.unlink(os.path.join(folder, f))
        for d in dirs:
            try:
                os.rmdir(os.path.join(folder, d))
            except OSError:
                pass


def validate(events, path):
    """(True, "") when all conform to OCSF; None when the validator is not on this machine."""
    with open(path, "w", encoding="utf-8") as f:
        for e in events:
            f.write(json.dumps(e, ensure_ascii=False) + "\n")
    if not os.path.exists(VALIDATOR):
        return None, "ocsf-validate is not on this machine"
    p = subprocess.run(["/usr/bin/python3", VALIDATOR, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return p.returncode == 0, p.stdout.strip()[-1500:]
