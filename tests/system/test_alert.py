"""mode=alert: an attack that nobody stops is one incident, told in steps, and the notice says so."""
import re

import attacks
import lab as L
from scene import CREATE, FILE_REMEDIATION, FINDING, PROCESS_REMEDIATION, Scene, kind

UPDATE = 5  # enum event_activity


def test_told_in_steps():
    with Scene(fs="ext4", count=120, seed=16, mode="alert", size_mb=512) as s:
        after = s.agent.status()["journal"]["last"]
        a = attacks.Attack(s.lab, "inplace", rate=60)
        assert a.wait(30) == "ended", "nothing is stopped"

        def found():
            return [e for e in s.agent.events(after) if e["class_uid"] == FINDING]

        L.wait_for(lambda: found() and found()[-1]["unmapped"]["files_touched"] >= 119, 20, "the last numbers")
        got = found()
        assert len([e for e in got if kind(e, FINDING, CREATE)]) == 1
        assert len({e["metadata"]["correlation_uid"] for e in got}) == 1, "one attack is one incident"
        assert len(got) <= 14, [e["unmapped"]["files_touched"] for e in got]
        assert all(e["unmapped"].get("files_destroyed", 0) <= e["unmapped"]["files_touched"] for e in got)
        assert not [e for e in s.agent.events(after) if e["class_uid"] in (FILE_REMEDIATION, PROCESS_REMEDIATION)]
        code, page = s.agent.cli("--lang", "en", "status")
        said = re.sub(r"\s+", " ", page)
        assert code == 1 and "was NOT stopped" in said and "120 documents were touched, 120 destroyed" in said, page
        s.lab.end(a.process)
