#!/usr/bin/python3
"""make demo: the whole story on this machine, in namespaces and a loop mount, everything measured.

A small company's PC with 2,000 documents is guarded and enrolled at the provider's console.  A program
starts to encrypt.  YARA rules decide, the program is frozen, the originals are put back, the PC goes
into quarantine, the operator releases it.  Writes build/demo/result.json; exit 0 only when all held.
"""
import argparse
import json
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lab"))
import docs  # noqa: E402
import lab as L  # noqa: E402
from attacks import Attack  # noqa: E402
from reachable import make_reachable  # noqa: E402
from scene import CREATE, FILE_REMEDIATION, FINDING, ISOLATE, REMEDIATION, RESTORE, isolation_ms, kind, mono, validate  # noqa: E402
from stall import Stall  # noqa: E402

OUT = os.path.join(L.TREE, "build", "demo")
MUST_FREEZE_MS, MUST_ISOLATE_MS, MUST_TOUCHED = 500, 1000, 20


class Story:
    """Numbered steps with a progress bar where something takes long."""

    def __init__(self):
        self.n, self.t0, self.live = 0, time.monotonic(), sys.stdout.isatty()

    def step(self, text):
        self.n += 1
        print(f"[{time.monotonic() - self.t0:6.2f} s] {self.n:2}. {text}", flush=True)

    def say(self, text):
        print(" " * 16 + text, flush=True)

    def bar(self, done, of, what):
        if self.live:
            width = 40 * done // max(of, 1)
            print(f"\r{'':16}[{'#' * width}{'.' * (40 - width)}] {done}/{of} {what}", end="" if done < of else "\n", flush=True)
        elif done == of:
            self.say(f"{done} {what}")


def status(lab, title, story):
    code, out = lab.agent.cli("--lang", "ja", "status")
    story.say(f"mimamori status ({title}), exit code {code}:")
    for line in out.rstrip().split("\n"):
        if line == "見守っているもの" and title != "before":
            break  # what is watched was said before
        print(" " * 18 + line)
    print(flush=True)
    return code


def prepare(lab, o, story):
    story.step(f"{o.documents} documents of a small company on {o.fs}: docx xlsx odt pdf jpg png txt csv zip sqlite eml")
    manifest = docs.make(lab.folder, o.documents, o.seed, lab.uid, lab.gid, lambda i, n: story.bar(i, n, "documents"))
    story.say(f"{sum(e['size'] for e in manifest.values()) / 1e6:.0f} MB in {len({os.path.dirname(r) for r in manifest})} folders")
    story.step("the provider's console starts; a customer, an operator, an enrolment code")
    lab.console.init()
    lab.console.start()
    story.step("the agent is enrolled and started")
    lab.agent.configure(mode="quarantine")
    lab.agent.enrol(lab.console.token())
    start = time.monotonic()
    lab.agent.start()
    story.say(f"guarding after {time.monotonic() - start:.1f} s")
    story.say("before the attack the PC reaches " + ", ".join(f"{a}" for a in everywhere(lab, True)))
    return manifest


def everywhere(lab, expected):
    """The addresses whose answer is as expected; the console's own port is asked apart."""
    pairs = [(L.OUTSIDE4, L.PORT), (L.OUTSIDE6, L.PORT), (L.CONSOLE6, L.PORT)]
    got = lab.probe("pc", *pairs)
    return [a for (a, _), g in got.items() if (g["tcp"] and g["udp"]) == expected and (g["tcp"] or g["udp"]) == expected]


def follow(attack, story, total):
    """Watch the attack until it is stopped; the last state of affairs."""
    end, shown = time.monotonic() + 60, 0
    while time.monotonic() < end:
        how = attack.wait(0.05)
        now = sum(attack.progress.touched()) if attack.progress.ready() else 0
        if story.live and now != shown:
            print(f"\r{'':16}encrypted: {now} of {total}", end="", flush=True)
            shown = now
        if how != "running":
            if shown and story.live:
                print()
            return how
    return "not stopped"


def packets_in_quarantine(lab, r, story):
    """What the network lets through now; sets the isolated_* values."""
    inside = lab.probe("out", (L.PC_OUT4, L.PORT), (L.PC_OUT6, L.PORT))
    out = lab.probe("pc", (L.OUTSIDE4, L.PORT), (L.OUTSIDE6, L.PORT), (L.CONSOLE4, L.PORT), (L.CONSOLE6, L.PORT))
    silent = {a: not g["tcp"] and not g["udp"] for (a, _), g in list(inside.items()) + list(out.items())}
    r["isolated_v4"] = silent[L.OUTSIDE4] and silent[L.PC_OUT4] and silent[L.CONSOLE4]
    r["isolated_v6"] = silent[L.OUTSIDE6] and silent[L.PC_OUT6] and silent[L.CONSOLE6]
    r["console_reachable_in_quarantine"] = lab.probe("pc", (L.CONSOLE4, L.CONSOLE_PORT))[L.CONSOLE4, L.CONSOLE_PORT]["tcp"]
    for a, s in silent.items():
        story.say(f"{a:18} {'no packet passes' if s else 'PACKETS PASS'}")
    story.say(f"console {L.CONSOLE4}:{L.CONSOLE_PORT} {'reachable' if r['console_reachable_in_quarantine'] else 'NOT REACHABLE'}")


def attack_and_defence(lab, o, manifest, r, story):
    watch = lab.watch((L.OUTSIDE4, L.PORT), (L.OUTSIDE6, L.PORT))
    story.step(f"a program of an ordinary user starts to encrypt the documents: mode {o.attack}, " + (f"{o.rate:g} files/s" if o.rate else "as fast as it can"))
    with Stall() as stall:
        a = Attack(lab, o.attack, rate=o.rate, order=o.order, note=True)
        how = follow(a, story, len(manifest))
        agent = lab.agent
        finding = agent.wait_event(lambda e: kind(e, FINDING, CREATE), 10, "the detection event")
        agent.wait_event(lambda e: kind(e, FILE_REMEDIATION, RESTORE), 20, "the restore")
        agent.wait_event(lambda e: kind(e, REMEDIATION, ISOLATE), 20, "the quarantine")
    r["machine_stood_still_ms"] = stall.ms
    story.step(f"the program is {how}" + (f", {sum(a.progress.touched())} documents in" if a.progress.ready() else ""))
    r["rule"] = finding["unmapped"].get("rule", "")
    story.say(f"rule {r['rule']}: {finding['finding_info']['title']}")
    story.step("the PC is in quarantine; packets prove it")
    time.sleep(1.0)  # the watcher must have seen silence for a while
    r["alert_to_isolated_ms"] = isolation_ms(watch, mono(finding))
    packets_in_quarantine(lab, r, story)
    r["agent_rss_kb"], each = agent.memory_kb()
    r["agent_pss_kb"] = sum(e["pss"] for e in each.values())
    code = status(lab, "quarantined", story)
    r["status_in_quarantine"] = code
    count = a.settle()
    r["touched"], r["in_work"] = count["touched"], count["in_work"]
    r["first_write_to_freeze_ms"] = round(count["freeze_ms"], 2) if count["freeze_ms"] is not None else None
    story.step("every original against what it was: bytes, mode, time")
    now = docs.verify(lab.folder, manifest)
    r["lost"] = len(now["lost"])
    r["restored"] = count["touched"] - len({os.path.join(lab.folder, x) for x in now["lost"]} & set(a.progress.paths(1, 2)))
    r["mode_wrong"], r["mtime_wrong"] = len(now["mode"]), len(now["mtime"])
    story.say(f"{now['ok']} of {len(manifest)} originals are as they were, {r['lost']} lost")
    return watch


def at_the_console(lab, r, story):
    story.step("the provider's console")
    last = lab.agent.status()["journal"]["last"]
    L.wait_for(lambda: (lab.agent.status() or {}).get("journal", {}).get("sent", 0) >= last, 20, "the console to have every event")
    incidents = lab.console.incidents()
    r["console_incidents"] = len(incidents)
    events = [e.get("event", e) for e in lab.console.events()]
    events = [e for e in events if "class_uid" in e]
    r["console_events"] = len(events)
    r["ocsf_ok"], why = validate(events, os.path.join(OUT, "events.ndjson"))
    story.say(f"{len(incidents)} incident, {len(events)} events, OCSF 1.8.0: " +
              ("conform" if r["ocsf_ok"] else "not checked, " + why if r["ocsf_ok"] is None else "NOT CONFORM\n" + why))


def release(lab, r, watch, story):
    story.step("the operator releases the PC")
    start = time.monotonic()
    lab.console.release(lab.agent.status()["agent_id"])
    lab.agent.wait_event(lambda e: kind(e, REMEDIATION, RESTORE), 20, "the release")
    took = time.monotonic() - start
    open_again = L.wait_for(lambda: len(everywhere(lab, True)) == 3, 10, "the network to be open again")
    s = lab.agent.status()
    r["release_ok"] = bool(open_again) and s["quarantine"]["state"] == "no"
    r["release_ms"] = round(took * 1000)
    story.say(f"network open again on IPv4 and IPv6, {took:.2f} s after the order")
    status(lab, "released", story)


def judge(r, o):
    """What missed: [(what, found, wanted)].  A time may be longer by what the machine itself stood still, before and after."""
    still = 2 * r.get("machine_stood_still_ms", 0)
    wanted = (("originals", lambda v: v >= o.documents, f">= {o.documents}"), ("lost", lambda v: v == 0, "0"),
              ("touched", lambda v: 0 < v <= MUST_TOUCHED, f"1..{MUST_TOUCHED}"), ("mode_wrong", lambda v: v == 0, "0"),
              ("mtime_wrong", lambda v: v == 0, "0"), ("restored", lambda v: v == r.get("touched"), "= touched"),
              ("first_write_to_freeze_ms", lambda v: v <= MUST_FREEZE_MS + still, f"<= {MUST_FREEZE_MS + still}"),
              ("alert_to_isolated_ms", lambda v: v <= MUST_ISOLATE_MS + still, f"<= {MUST_ISOLATE_MS + still}"),
              ("isolated_v4", lambda v: v is True, "true"), ("isolated_v6", lambda v: v is True, "true"),
              ("console_reachable_in_quarantine", lambda v: v is True, "true"), ("console_incidents", lambda v: v == 1, "1"),
              ("release_ok", lambda v: v is True, "true"), ("agent_rss_kb", lambda v: 0 < v <= 40960, "<= 40960"),
              ("rule", lambda v: bool(v), "a rule's name"), ("status_in_quarantine", lambda v: v == 2, "2"),
              ("ocsf_ok", lambda v: v is not False, "conform"))
    rows = [(k, r.get(k), text, r.get(k) is not None and ok(r[k]) or (k == "ocsf_ok" and r.get(k) is None)) for k, ok, text in wanted]
    return rows


def table(rows):
    print(f"\n  {'what':34}{'measured':>24}  {'wanted':16}")
    print("  " + "-" * 80)
    for k, v, text, ok in rows:
        shown = f"{v:.1f}" if isinstance(v, float) else "not measured" if v is None else str(v)
        print(f"  {k:34}{shown:>24}  {text:16}{'' if ok else '  MISSED'}")
    print()


def tell(o, r, story):
    with L.Lab(fs=o.fs, size_mb=3072) as lab:
        r["originals"] = 0
        manifest = prepare(lab, o, story)
        r["originals"] = len(manifest)
        status(lab, "before", story)
        watch = attack_and_defence(lab, o, manifest, r, story)
        at_the_console(lab, r, story)
        release(lab, r, watch, story)
        for name in ("agent.log", "console.log"):
            shutil.copy(os.path.join(lab.dir, name), OUT)


def main():
    a = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    a.add_argument("--documents", type=int, default=2000)
    a.add_argument("--fs", choices=("ext4", "xfs", "btrfs"), default="ext4")
    a.add_argument("--attack", default="inplace")
    a.add_argument("--rate", type=float, default=0)
    a.add_argument("--order", default="random")
    a.add_argument("--seed", type=int, default=1)
    o = a.parse_args()
    why = L.can_run()
    if why:
        print(f"demo: cannot run here: {why}", file=sys.stderr)
        return 2
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    r, story, trouble = {}, Story(), None
    try:
        L.need("bin/mimamorid", "bin/mimamori", "bin/mimamori-console", "lab/attack")
        tell(o, r, story)
    except KeyboardInterrupt:
        trouble = "interrupted"
    except Exception as e:
        trouble = f"{type(e).__name__}: {e}"
    rows = judge(r, o)
    with open(os.path.join(OUT, "result.json"), "w", encoding="utf-8") as f:
        json.dump({k: r.get(k) for k, *_ in rows} | r | {"fs": o.fs, "attack": o.attack, "trouble": trouble}, f, indent=1, ensure_ascii=False)
    table(rows)
    missed = [k for k, _, _, ok in rows if not ok]
    if trouble:
        print(f"demo: {trouble}", file=sys.stderr)
    print(f"build/demo/result.json: lost {r.get('lost', '?')} of {r.get('originals', '?')}; " +
          ("everything held" if not missed and not trouble else "missed: " + ", ".join(missed) if missed else "ended early"))
    return 1 if missed or trouble else 0


if __name__ == "__main__":
    make_reachable(L.TREE)
    sys.exit(main())
