"""The whole way of an update: the desk publishes, the console serves, a signed order names the ring, a guarded PC takes it, and takes it back."""
import json
import os
import pathlib
import shutil

import lab as L
from desk import Desk
from scene import Scene
from update_host import PROGRAM

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

        def update(verb="now"):
            return scene.lab.call("pc", PROGRAM, "--config", agent.config, verb)

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
