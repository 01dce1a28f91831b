"""The whole way of an update: the desk publishes, the console serves, a signed order names the ring, a guarded PC takes it, and takes it back."""
import json
import os
import pathlib
import shutil
import time

import lab as L
from desk import Desk
from scene import Scene
from test_update_agent import BAD, VERSION, programs
from update_host import PROGRAM, REFUSED, write_tree


def next_of(version):
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def install_as_release(scene, opt):
    """The scene's agent from now on runs from a release below `opt`, and is started again whenever it ends.  Its version."""
    write_tree(opt / "releases" / VERSION, programs())
    for p in (opt / "releases" / VERSION / "bin").iterdir():
        p.chmod(0o755)
    (opt / "current").symlink_to(f"releases/{VERSION}")
    agent = scene.agent
    agent.stop()
    ini = pathlib.Path(agent.config)
    ini.write_text(ini.read_text().replace("[paths]\n", f"[paths]\nreleases = {opt}\n"))
    loop = f"while :; do {opt}/current/bin/mimamorid --config {agent.config}; sleep 0.2; done"
    agent.process = scene.lab.spawn("pc", "/bin/sh", "-c", loop, log="agent")
    agent.wait_ready()
    L.wait_for(lambda: agent.status()["console"]["connected"], 20, "the console")
    return VERSION


def test_from_the_desk_to_the_pc_and_back(tmp_path):
    desk = Desk(tmp_path)
    with Scene(fs="ext4", count=10, seed=44, console=True, size_mb=512) as scene:
        console, agent = scene.console, scene.agent
        console.stop()
        ini = pathlib.Path(console.state) / "console.ini"
        ini.write_text(ini.read_text().replace("folder=\n", f"folder={desk.repository}\n"))
        assert str(desk.repository) in ini.read_text()
        console.start()
        shutil.copy(desk.repository / "metadata/1.root.json", tmp_path / "root.json")
        agent.stop()
        agent.configure(update__url=f"{console.url}/agent/v1/tuf", update__ca=pathlib.Path(console.state) / "ca.pem", update__root=tmp_path / "root.json",
                        update__jitter="0")
        agent.start()
        shipped = agent.status()["rules"]["version"]

        def update(verb="now", limit=60):
            return scene.lab.call("pc", PROGRAM, "--config", agent.config, verb, timeout=limit)

        def loaded(version):
            L.wait_for(lambda: (agent.status() or {}).get("rules", {}).get("version") == version, 15, f"the rules {version}")
        name = "rules/mimamori-rules-8.1.0.tar.zst"
        desk.go("add", desk.repository, desk.pack("8.1.0"), "--role", "rules", "--ring", "canary")
        code, said = update()
        assert code == 0 and agent.status()["rules"]["version"] == shipped, said  # this PC is in the last ring
        console.cli("ring", console.customer, "--device", agent.status()["agent_id"], "--ring", "canary")
        L.wait_for(lambda: os.path.exists(os.path.join(agent.state, "guard/ring")), 15, "the order of the ring")
        code, said = update()
        assert code == 0, said
        loaded("8.1.0")
        L.wait_for(lambda: "8.1.0" in json.dumps(console.cli("packs", json_out=True)), 20, "the console to hear of it")
        desk.go("halt", desk.repository, name, "--reason", "false alarms")
        code, said = update()
        assert code == 0, said
        loaded(shipped)
        L.wait_for(lambda: [e for e in console.events() if "8.1.0" in json.dumps(e) and "halted" in json.dumps(e)], 20, "the desk to be told")

        # a release that does not guard: the PC goes back by itself, console and desk tell it
        old, bad = install_as_release(scene, tmp_path / "opt"), next_of(VERSION)
        write_tree(tmp_path / bad, BAD["its guard ends"](bad))
        for p in (tmp_path / bad / "bin").iterdir():
            p.chmod(0o755)
        release = f"agent/mimamori-{bad}-linux-x86_64.tar.zst"
        desk.go("add", desk.repository, tmp_path / bad, "--role", "agent", "--version", bad, "--platform", "linux-x86_64", "--ring", "canary",
                keys=("release-1", "release-2"))
        code, said = update(limit=200)
        assert code == REFUSED and os.readlink(tmp_path / "opt/current").endswith(old), said
        L.wait_for(lambda: (agent.status() or {}).get("version") == old, 20, "the release before")

        def told():
            lists = {kind: console.cli("packs", *more, json_out=True) for kind, more in (("packs", ()), ("agents", ("--agents",)))}
            return {"generated_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **lists}
        L.wait_for(lambda: [(x["devices"], x["devices_left"]) for x in told()["agents"] if x["version"] == bad] == [(0, 1)], 20, "the console to hear of it")
        (tmp_path / "packs.json").write_text(json.dumps(told()))
        verdict = json.loads(desk.run("health", desk.repository, "--role", "agent", "--packs", tmp_path / "packs.json", "--json", code=5))
        assert verdict["name"] == release and verdict["hosts"]["left"] == 1 and verdict["verdict"] == "wait", "one host is its own fault"
