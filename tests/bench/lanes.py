"""Guarded PCs beside each other, so that their agents start together and each attack still runs alone.

Most of an attack's time in the lab is the agent's start.  A lane is a process with a lab of its own;
prepare() of all lanes goes on at once, attack() of one only while the others are at rest."""
import multiprocessing
import os
import signal
import traceback

import docs
import lab as L
from attacks import ROOT_ONLY, TOOLS, Attack
from scene import Scene, wipe_extra

FILES, SEED = 240, 31
PACE_FILES, PACE_TOOL = 200, 8
SLOW_RATE, SLOW_FILES = 40, 60  # files per minute; the folder is that much larger than what is touched


def pace(scene, mode):
    """Files per second without an agent: what the mode can do at all; "skipped": it cannot be done here."""
    scene.forget()
    scene.repair()  # the mode before this one destroyed them
    a = Attack(scene.lab, mode, root=mode in ROOT_ONLY, limit=PACE_TOOL if mode in TOOLS else PACE_FILES)
    how = a.wait(60)
    if how != "ended":
        scene.lab.end(a.process)
        raise L.LabError(f"{mode} without an agent: {how}")
    count = a.settle()
    head = a.progress.head() if a.progress.ready() else {}
    if count["skipped"]:
        return {"skipped": count["skipped"]}
    if not count["touched"]:
        raise L.LabError(f"{mode} without an agent touched nothing")
    return {"pace": count["touched"] / max((head["end_ns"] - head["start_ns"]) / 1e9, 1e-6)}


def attack(scene, mode, rate, seed):
    options = {"rate": rate, "order": "random", "seed": seed}
    timeout = min(60, 20 + (FILES / rate if rate else 0)) + (40 if mode in TOOLS else 0)
    if mode == "slow":
        options, timeout = {"rate": SLOW_RATE, "limit": SLOW_FILES, "order": "random", "seed": seed}, SLOW_FILES * 60 / SLOW_RATE + 20
    got = scene.attack(mode, timeout=timeout, patience=15, root=mode in ROOT_ONLY, **options)
    if scene.agent.status() is None:
        raise L.LabError(f"the agent does not answer after {mode}: {scene.agent.log()[-400:]}")
    return {k: got[k] for k in ("skipped", "how", "touched", "lost", "lost_names", "mode_wrong", "mtime_wrong", "freeze_ms")}


def fresh(scene):
    wipe_extra(scene.lab.outside_folder, {docs.MARKER: None})
    scene.fresh_agent()


def serve(pipe, fs):
    """The lane's process: one order after another until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's ^C: the pipe ends then, and the lab is taken down in peace
    verbs = {"fresh": fresh, "pace": pace, "attack": attack}
    try:
        with Scene(fs=fs, count=FILES, seed=SEED, mode="freeze", size_mb=1024) as scene:
            pipe.send((True, "ready"))
            while True:
                verb, *argv = pipe.recv()
                if verb == "end":
                    return
                try:
                    pipe.send((True, verbs[verb](scene, *argv)))
                except Exception as e:
                    pipe.send((False, f"{type(e).__name__}: {e}"))
    except (EOFError, BrokenPipeError):
        pass
    except Exception:
        pipe.send((False, traceback.format_exc()[-1500:]))


class Lane:
    def __init__(self, fs):
        self.fs = fs
        self.pipe, far = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(target=self._body, args=(far,))
        self.process.start()
        far.close()

    def _body(self, far):
        self.pipe.close()  # else the end of the parent would not be seen
        serve(far, self.fs)
        os._exit(0)

    def ask(self, *order):
        self.pipe.send(order)

    def answer(self):
        try:
            good, got = self.pipe.recv()
        except EOFError:
            good, got = False, "the lane ended"
        if not good:
            raise L.LabError(f"{self.fs}: {got}")
        return got


class Lanes:
    """One lane for each name in `kinds`; taken down at the end in every case."""

    def __init__(self, kinds):
        self.all = [Lane(fs) for fs in kinds]

    def __enter__(self):
        try:
            for lane in self.all:
                lane.answer()
        except BaseException:
            self.__exit__()
            raise
        return self.all

    def __exit__(self, *_):
        for lane in self.all:
            try:
                lane.ask("end")
            except OSError:
                pass
            lane.pipe.close()
        for lane in self.all:
            lane.process.join(90)
