"""`mimamori-update` beside an agent that runs: packs that it loads, releases that it becomes, and what is no good goes back."""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import pytest

import lab as L
import releases as R
import update_host as U
from test_update import tls  # noqa: F401
from scene import LIFECYCLE, Scene, kind
from test_response import dark
from test_rules_update import end_scan

VERSION = (pathlib.Path(L.TREE) / "lib/version.h").read_text().split('MM_VERSION "')[1].split('"')[0]
BIN = ("mimamorid", "mimamorid-guard", "mimamorid-scan", "mimamorid-core", "mimamorid-survey", "mimamorid-probe", "mimamorid-judge", "mimamorid-quarantine", "mimamori",
       "mimamori-update", "mimamori-update-verify", "mimamori-update-fetch", "mimamori-update-unpack")
START, STOP = 3, 4  # OCSF activity_id of Application Lifecycle


def programs(version=VERSION, **replaced):
    """{bin/NAME: bytes} of a release: the programs of this build, which believe that they are of `version`."""
    out = {}
    for name in BIN:
        data = (pathlib.Path(L.BUILD) / "bin" / name).read_bytes()
        assert len(version) == len(VERSION)
        out[f"bin/{name}"] = replaced.get(name.replace("-", "_"), data.replace(VERSION.encode(), version.encode()))
    return out


def script(text):
    return f"#!/bin/sh\n{text}\n".encode()


class Site(U.Host):
    """A guarded PC whose agent was installed as a release and is started again whenever it ends, as a service manager does."""

    def __init__(self, base, tls, scene):
        self.scene, self.opt = scene, base / "opt"
        super().__init__(base, tls)
        old = self.opt / "releases" / VERSION
        U.write_tree(old, programs())
        for p in (old / "bin").iterdir():
            p.chmod(0o755)
        (self.opt / "current").symlink_to(f"releases/{VERSION}")
        scene.agent.stop()
        self.config = pathlib.Path(scene.agent.config)
        scene.agent.configure(paths__rules=base / "shipped", paths__releases=self.opt, update__url=self.server.url, update__ca=tls[1], update__jitter="0")
        shutil.rmtree(self.state)
        self.state = pathlib.Path(scene.agent.state)
        self.updates = self.state / "updates"
        (self.updates / "metadata").mkdir(parents=True)
        self.trust()
        shutil.rmtree(base / "shipped")
        shutil.copytree(os.path.join(L.TREE, "rules"), base / "shipped")
        self.supervise()

    def supervise(self):
        loop = f"while :; do {self.opt}/current/bin/mimamorid --config {self.config}; sleep 0.2; done"
        self.scene.agent.process = self.scene.lab.spawn("pc", "/bin/sh", "-c", loop, log="agent")
        self.scene.agent.wait_ready()

    def release(self, version, files=None, **custom):
        files = files or programs(version)
        content = R.tar(files, executable=set(files))
        self.repository.add(f"agent/mimamori-{version}-linux-x86_64.tar.zst", R.zstd(content, "-1"),
                            R.custom("agent", version, content, platform="linux-x86_64", **custom))
        self.publish("agent")
        return content

    def current(self):
        return os.readlink(self.opt / "current").split("/")[1]

    def answers(self):
        return (self.scene.agent.status() or {}).get("version")

    def pack(self):
        link = self.updates / "rules/current"
        return json.loads(((link if link.exists() else self.base / "shipped") / "manifest.json").read_text())["version"]


@pytest.fixture(scope="module")
def site(tmp_path_factory, tls):  # noqa: F811
    with Scene(fs="ext4", count=20, seed=41, console=True, size_mb=512) as scene:
        s = Site(tmp_path_factory.mktemp("site"), tls, scene)
        yield s
        s.server.close()


def next_version(site, steps=1):
    major, minor, patch = site.answers().split(".")
    return f"{major}.{minor}.{int(patch) + steps}"


# ---- packs --------------------------------------------------------------------------------------------
def full_pack(site, version, **more):
    """The project's own pack under another version, and what is changed in it."""
    files = {str(p.relative_to(L.TREE + "/rules")): p.read_bytes() for p in pathlib.Path(L.TREE, "rules").rglob("*")
             if p.is_file() and p.parent != pathlib.Path(L.TREE, "rules")}
    files.update(more)
    return R.pack_files(version, minimum="0.2.0", more={p: b for p, b in files.items() if p.endswith((".yar", ".json"))})


def test_the_agent_loads_what_was_brought(site):
    site.offer("7.1.0", full_pack(site, "7.1.0"))
    start = time.monotonic()
    site.now()
    took = time.monotonic() - start
    assert site.pack() == "7.1.0"
    L.wait_for(lambda: site.scene.agent.status()["rules"]["version"] == "7.1.0", 10, "the agent to load it")
    print(f"the whole pack brought, checked, loaded in {took:.2f} s")
    assert site.run("rollback", "rules") == 0
    L.wait_for(lambda: site.scene.agent.status()["rules"]["version"] != "7.1.0", 10, "the agent to leave it")


def test_a_pack_that_ends_the_scan_process_is_left(site):
    """The guard goes back at once and by itself; the updater's link follows, and the desk is told why."""
    agent, scene = site.scene.agent, site.scene
    good = agent.status()["rules"]["version"]
    site.offer("7.2.0", full_pack(site, "7.2.0"))
    site.now()
    L.wait_for(lambda: agent.status()["rules"]["version"] == "7.2.0", 10, "the agent to load it")
    end_scan(scene, signal.SIGKILL, lambda: agent.status()["rules"]["version"] == good)
    site.now()
    assert site.pack() != "7.2.0" and site.history()[-1]["act"] == "returned" and site.history()[-1]["cause"] == "unhealthy"
    site.now()
    assert site.pack() != "7.2.0"
    device = agent.status()["agent_id"]
    L.wait_for(lambda: [e for e in scene.agent.events() if "7.2.0" in str(e) and e["severity_id"] == 4], 20, "the event")
    assert device


# ---- releases --------------------------------------------------------------------------------------------
def test_a_release_by_delta(site):
    site.release(next_version(site))
    site.now()  # one that the updater brought: its archive is here, and a delta goes out from it
    old, version = site.answers(), next_version(site)
    base = next(p for p in (site.updates / "artifacts").iterdir() if old in p.name)
    new = site.release(version)
    with_old, target = site.base / "old.tar", site.base / "new.tar"
    data = base.read_bytes()
    with_old.write_bytes(subprocess.run(["zstd", "-d", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout if data[:4] == b"\x28\xb5\x2f\xfd" else data)
    target.write_bytes(new)
    delta = subprocess.run(["zstd", "-q", "-c", "-19", f"--patch-from={with_old}", str(target)], stdout=subprocess.PIPE, check=True).stdout
    custom = R.custom("delta", version, new, platform="linux-x86_64")
    custom["from"] = old
    site.repository.add(f"agent/mimamori-{version}-linux-x86_64.from-{old}.zst", delta, custom)
    site.publish("agent")
    site.now()
    assert site.answers() == version and len(delta) < len(new) / 20
    asked = [r for r in site.server.requests if "/targets/" in r]
    assert not asked or all(".from-" in r for r in asked), asked


def test_a_release_that_starts_at_its_place_alone(site):
    """One that brings its own loader can be started only where the loader's path says: the check is there, before anything shows it."""
    version, old = next_version(site), site.current()
    files, at = programs(version), site.opt / "releases" / version / "bin"
    files["bin/keeper"] = files["bin/mimamorid"]
    files["bin/mimamorid"] = script(f'[ "$1" = --version ] && readlink {site.opt}/current >{site.base}/shown; exec {at}/keeper "$@"')
    site.release(version, files)
    site.now()
    assert site.current() == version == site.answers()
    assert (site.base / "shown").read_text().strip() == f"releases/{old}", "it was checked after the link had moved"


BAD = {
    "does not run": lambda v: programs(v, mimamorid=script("exit 1")),
    "its keeper ends": lambda v: programs(v, mimamorid=script(f'case "$1" in --version) echo mimamorid {v};; --check-config) ;; *) exit 9;; esac')),
    "its guard ends": lambda v: programs(v, mimamorid_guard=script("exit 1")),
    "its scan ends": lambda v: programs(v, mimamorid_scan=script("exit 1")),
    "is of another version": lambda v: programs("9.9.9"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_release_goes_back_by_itself(site, what):
    old, version = site.answers(), next_version(site)
    site.release(version, BAD[what](version))
    site.now(U.REFUSED, limit=200)
    L.wait_for(lambda: site.answers() == old, 20, "the release before")
    assert site.current() == old and site.status()["cause"] in ("unhealthy", "invalid-pack")
    h = [h for h in site.history() if h["kind"] == "agent"][-1]
    assert h["act"] in ("returned", "refused") and version in (h["from"], h["to"]), h
    assert h["act"] == "returned" or not (site.opt / "releases" / version).exists(), "what was refused stays on disk"
    if what == "its keeper ends":  # may have been somebody at the PC: two more tries, then no more
        site.now(U.REFUSED, limit=200), site.now(U.REFUSED, limit=200)
        L.wait_for(lambda: site.answers() == old, 20, "the release before")
        site.now()
    assert site.answers() == old
    site.repository.body["agent"]["targets"].clear()
    site.publish("agent")


def test_the_console_hears_of_a_trial_before_it_begins(site):
    """A release that never says a word: the console knows who tried it, and then who went back."""
    def counts():
        rows = [(x["devices"], x["devices_left"]) for x in site.scene.console.cli("packs", "--agents", json_out=True) if x["version"] == version]
        return rows[0] if rows else None

    old, version = site.answers(), next_version(site, 2)  # not one that it has left before
    site.release(version, BAD["its keeper ends"](version))
    p = subprocess.Popen([str(U.PROGRAM), "--config", str(site.config), "now"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        L.wait_for(lambda: counts() == (1, 0) and p.poll() is None, 60, "the console to hear of the trial")
        assert p.wait(200) == U.REFUSED
    finally:
        p.kill()
        p.wait()
    L.wait_for(lambda: site.answers() == old, 20, "the release before")
    L.wait_for(lambda: counts() == (0, 1), 20, "the console to hear of its end")
    site.repository.body["agent"]["targets"].clear()
    site.publish("agent")


def test_quarantine_stays_in_force_throughout(site):
    code, out = site.scene.agent.cli("quarantine", "--reason", "test")
    assert code in (0, 2), out
    L.wait_for(lambda: site.scene.agent.status()["quarantine"]["state"] == "yes", 10, "the quarantine")
    open_, end = [], threading.Event()

    def look():
        while not end.is_set():
            open_.append(not dark(site.scene.lab))
    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        version = next_version(site)
        site.release(version)
        site.now()
        assert site.answers() == version
    finally:
        end.set()
        watcher.join()
    assert len(open_) > 3 and not any(open_)
    assert site.scene.agent.status()["quarantine"]["state"] == "yes"
    site.scene.agent.cli("release")


def test_killed_while_a_release_is_on_trial(site):
    """Whatever the moment: the old one or the new one runs, and the next run knows which and finishes."""
    for delay in (0.3, 1.0, 4.0, 8.0, 11.0):  # looked at, told of, in use
        old, version = site.answers(), next_version(site)
        site.release(version)
        p = subprocess.Popen([str(U.PROGRAM), "--config", str(site.config), "now"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        p.kill()
        p.wait()
        L.wait_for(lambda: site.answers() in (old, version), 20, "an agent")
        site.now()
        assert site.answers() == version == site.current() and "trial" not in site.status()["agent"]


def test_rollback_of_the_agent(site):
    now, before = site.answers(), site.status()["agent"]["before"]["version"]
    assert site.run("rollback", "agent") == 0
    L.wait_for(lambda: site.answers() == before, 20, "the release before")
    site.now()
    assert site.answers() == before != now


# ---- another schema of the state ------------------------------------------------------------------------
def of_schema(version, number=2):
    """A release of the next schema, a real one (make lab: lab/next/); of a later one only its keeper's word is."""
    files = programs(version)
    for name in ("mimamorid", "mimamorid-guard", "mimamorid-core"):
        data = pathlib.Path(*L.need(f"lab/next/{name}")).read_bytes().replace(VERSION.encode(), version.encode())
        assert b"state-schema=2" in data or name != "mimamorid"
        files[f"bin/{name}"] = data.replace(b"state-schema=2", f"state-schema={number}".encode())
    return files


def journal(site):
    """(user_version, columns, {sequence: body}) of the journal as it is on the disk; its chain is checked, every row of it."""
    core, copy = site.scene.agent.roles()["core"], site.base / "journal"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    os.kill(core, signal.SIGSTOP)
    try:
        for name in ("journal.db", "journal.db-wal"):
            shutil.copy(site.state / "core" / name, copy)
    finally:
        os.kill(core, signal.SIGCONT)
    db = sqlite3.connect(copy / "journal.db")
    db.text_factory = bytes
    uuid, = db.execute("SELECT value FROM meta WHERE key='uuid'").fetchone()
    version, = db.execute("PRAGMA user_version").fetchone()
    columns = [c[1].decode() for c in db.execute("PRAGMA table_info(event)")]
    before, rows = hashlib.sha256(uuid).digest(), {}
    for seq, body, prev, its in db.execute("SELECT seq,body,prev,hash FROM event ORDER BY seq"):
        assert seq == len(rows) + 1 and prev == before, f"the chain ends before event {seq}"
        before = hashlib.sha256(seq.to_bytes(8, "big") + body + prev).digest()
        assert before == its, f"event {seq} was altered"
        rows[seq] = body
    db.close()
    return version, columns, rows


def make_event(site):
    """Something happens that the agent tells: its scan process ends.  Its version stands in the event."""
    agent, last = site.scene.agent, site.scene.agent.status()["journal"]["last"]
    os.kill(L.wait_for(lambda: agent.roles().get("scan"), 20, "a scan process"), signal.SIGKILL)
    L.wait_for(lambda: [e for e in agent.events(last) if kind(e, LIFECYCLE) and e["metadata"]["product"]["version"] == site.answers()], 20, "the event")
    time.sleep(1)


def clear_offers(site):
    site.repository.body["agent"]["targets"].clear()


def test_the_schema_of_the_state_both_ways(site):
    """1, 2 on trial and back by itself, 2, back to 1 on demand, 2 again; 3 is not for a host that comes from 1.  Nothing is lost."""
    agent, first, shots = site.scene.agent, site.answers(), []

    def now_on(version, schema, user_version):
        """`version` runs, the state is as it should be, what was told before is there, and events are written."""
        L.wait_for(lambda: site.answers() == version, 20, version)
        assert site.current() == version and (site.state / "schema").read_text() == f"{schema}\n"
        make_event(site)
        got, columns, rows = journal(site)
        assert got == user_version and ("origin" in columns) == (user_version == 2)
        for before in shots:
            assert len(rows) > len(before) and all(rows[seq] == body for seq, body in before.items())
        shots.append(rows)

    def bring(version, files, code=U.CURRENT, **custom):
        clear_offers(site)
        site.release(version, files, **custom)
        return site.now(code, limit=200)

    def refused(version, files, **custom):
        s = bring(version, files, U.REFUSED, **custom)
        h = [h for h in site.history() if h["kind"] == "agent"][-1]
        assert (s["result"], s["cause"], h["act"], h["cause"], h["to"]) == ("refused", "schema", "refused", "schema", version), (s, h)
        return s["detail"]

    now_on(first, "1 1", 1)
    bring("0.3.1", {**of_schema("0.3.1"), "bin/mimamorid-scan": script("exit 1")}, U.REFUSED, schema=2)
    assert site.history()[-1]["act"] == "returned"
    now_on(first, "1 2", 2)
    bring("0.3.2", of_schema("0.3.2"), schema=2)
    now_on("0.3.2", "2 2", 2)
    assert "of schema 4" in refused("0.3.3", of_schema("0.3.3", 4))
    assert site.run("rollback", "agent") == 0
    now_on(first, "1 2", 2)

    assert bring("0.3.4", of_schema("0.3.4", 3), schema=3)["result"] == "current", "its metadata says so: it is not even fetched"
    assert "of schema 3" in refused("0.3.4", of_schema("0.3.4", 3))
    assert "schema 3 of the state, its metadata says 2" in refused("0.3.5", of_schema("0.3.5", 3), schema=2)
    assert "schema 1 of the state, its metadata says 2" in refused("0.3.6", programs("0.3.6"), schema=2)
    assert site.current() == first == site.answers() and not (site.opt / "releases/0.3.4").exists()

    bring("0.3.7", of_schema("0.3.7"))  # its metadata says nothing: the program does
    now_on("0.3.7", "2 2", 2)
    assert site.status()["agent"]["schema"] == 2
    (site.state / "schema").write_text("3 3\n")  # as if an agent of 3 had been here
    assert site.run("rollback", "agent") == U.REFUSED and site.current() == "0.3.7"
    assert "there is no way back" in site.said or "戻せません" in site.said
    (site.state / "schema").write_text("2 2\n")
    assert site.run("rollback", "agent") == 0
    now_on(first, "1 2", 2)

    events = agent.events()
    assert [e["metadata"]["sequence"] for e in events] == list(range(1, len(events) + 1)) and len(events) >= len(shots[-1])
    assert {first, "0.3.1", "0.3.2", "0.3.7"} <= {e["metadata"]["product"]["version"] for e in events}
    assert not list((site.state / "core").glob("journal.bad*"))
    print(f"{len(events)} events of four releases and two schemas, one chain")
