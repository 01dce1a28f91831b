"""A storm of program starts does not hide one: every command line is judged, and what could not be is told."""
import os

import lab as L
from scene import FINDING, Scene

STARTS = 4000
RULE = ('rule our_%s { meta: title_ja="題" title_en="Ours" severity="low" response="alert" attack="T1" reference="https://example.jp/"\n'
        'condition: process_cmdline contains "%s" }\n')


def test_none_is_missed():
    with Scene(fs="ext4", count=10, seed=41, mode="alert", size_mb=256) as s:
        local = os.path.join(s.lab.dir, "local", "process")
        os.makedirs(local)
        wanted = {"early": f"storm-{STARTS // 20} ", "middle": f"storm-{STARTS // 2} ", "last": f"storm-{STARTS - 1} "}
        for name, number in wanted.items():
            with open(os.path.join(local, name + ".yar"), "w") as f:
                f.write(RULE % (name, number))
        assert s.agent.cli("reload")[0] == 0
        before = s.agent.status()["counters"]
        got = s.storm("-n", STARTS, "-r", 0)
        print(got)
        for name in wanted:
            s.agent.wait_event(lambda e, n=name: e["class_uid"] == FINDING and f"our_{n}" in str(e), 20, f"the finding of the {name} one")
        after = L.wait_for(lambda: (c := s.agent.status()["counters"])["execs"] - before["execs"] >= STARTS and c, 5, "the count")
        assert after["lost_execs"] == before["lost_execs"], after
