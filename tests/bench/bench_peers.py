"""The same honest work beside other listeners: each ratio against no listener, in the same lab, minutes apart."""
import statistics

import honest as H
import lab as L
import peers as P
import store
from bench_honest import folders_for, timed, times
from scene import Scene

PLAIN = 5  # a ratio above this is plain after one round
WORKS = ("git", "tar-read", "grep", "zip-tree", "untar", "cp", "sed", "build")


class Ours:
    name, ns = "mimamori", None

    def __init__(self, scene):
        self.scene = scene

    def start(self):
        self.scene.agent.start()

    def stop(self):
        self.scene.forget()

    def down(self):
        self.stop()


class AllowAll:
    """The least that any listener of opens costs here: who answers yes at once.  Below it no guard of this kind can come."""
    name, ns = "allow-all", None

    def __init__(self, scene):
        self.scene, self.process = scene, None

    def start(self):
        self.process = self.scene.other_guard()

    def stop(self):
        if self.process:
            self.scene.lab.end(self.process)
            self.process = None

    def down(self):
        self.stop()


def one(scene, h, listener, work, n, rounds):
    """Off, on, off, on: ratios of neighbours."""
    many, base, ratios, off, on = times(work, n), folders_for(scene), [], [], []
    h.mounts = listener.ns
    try:
        for k in range(rounds):
            off.append(timed(h, many, base, f"-o{k}"))
            folder = h.prepare(many, base, f"-l{k}")  # what was there before the listener came
            try:
                listener.start()
                got = h.run(many, folder, f"-l{k}", timeout=240)
                if got["status"] != 0:
                    raise L.LabError(f"{work.name}: {got['output'][-200:]}")
                on.append(got["seconds"])
            finally:
                listener.stop()
                h.clean(many, folder, f"-l{k}")
            ratios.append(on[-1] / off[-1])
            if ratios[-1] > PLAIN:
                break
    finally:
        h.mounts = None
    return {"off": off, "on": on, "ratio": statistics.median(ratios)}


def beside(scene, h, listener, work, rounds, data):
    name, mine = listener.name, data["ratios"].setdefault(listener.name, {})
    try:
        mine[work.name] = got = one(scene, h, listener, work, 1, rounds)
        print(f"  {work.name:10} {name:10} off {statistics.median(got['off']):7.3f} s  on {statistics.median(got['on']):8.3f} s  x{got['ratio']:.2f}", flush=True)
    except L.LabError as e:
        data["broken"][f"{name} {work.name}"] = str(e)
        print(f"  {work.name:10} {name:10} {e}", flush=True)


def peers(o):
    rounds = 1 if o.quick else 3
    why = P.unpack()
    works = [w for w in H.WORKLOADS if w.name in (o.works or WORKS) and not w.missing()]
    data = {"rounds": rounds, "works": [w.name for w in works], "ratios": {}, "broken": {}}
    print(f"peers: {', '.join(w.name for w in works)}; {rounds} rounds, xfs", flush=True)
    with Scene(fs="xfs", count=20, seed=42, mode="quarantine", size_mb=4096) as scene:
        scene.forget()
        h = H.Honest(scene.lab)
        listeners = [Ours(scene), AllowAll(scene)]
        for make in () if why else P.ALL:
            try:
                listeners.append(make(scene.lab))
            except L.LabError as e:
                data["broken"][make.name] = str(e)
        try:
            for work in works:
                for listener in listeners:
                    beside(scene, h, listener, work, rounds, data)
                    store.save("peers", o, data)
        except KeyboardInterrupt:
            data["stopped"] = "interrupted"
        finally:
            for listener in listeners:
                listener.down()
    return data, table(data, why)


def table(data, why):
    rows = []
    for peer in ("allow-all", "clamonacc", "fapolicyd"):
        if why and peer != "allow-all":
            rows.append((f"peer: {peer}", why, "", None, "", None))
            continue
        for work in data["works"]:
            ours, its = data["ratios"].get("mimamori", {}).get(work), data["ratios"].get(peer, {}).get(work)
            said = data["broken"].get(peer) or data["broken"].get(f"{peer} {work}")
            text = f"x{its['ratio']:.2f}, ours x{ours['ratio']:.2f}" if its and ours else f"not measured: {' '.join((said or data.get('stopped') or 'ours failed').split())[-60:]}"
            rows.append((f"peer: {peer}: {work}, xfs", text, "", None, "", None))
    return rows
