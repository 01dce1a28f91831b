"""Every event kind x activity x variant (full, empty, hostile bytes, cut) as the agent maps it, against the OCSF 1.8.0 schema."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("B", "build/" + os.environ.get("V", "release"))
VALIDATE = next((p for p in (above / "shared" / "ocsf" / "ocsf-validate" for above in ROOT.parents) if p.exists()), None)


@pytest.mark.parametrize("name, least", [("test_ocsf", 10 * 20 * 4), ("test_ocsf_finding", 2 * 4 * 10 * 6 * 10)])
def test_every_event_conforms(name, least, tmp_path):
    program = f"{BUILD}/tests/unit/report/{name}"
    if not VALIDATE:
        pytest.skip("NOT CHECKED AGAINST THE SCHEMA: no shared/ocsf/ocsf-validate above the tree")
    if not (ROOT / program).exists():
        subprocess.run(["make", "-s", f"B={BUILD}", program], cwd=ROOT, check=True, timeout=600)
    lines = subprocess.run([str(ROOT / program), "--ndjson"], check=True, stdout=subprocess.PIPE, timeout=60).stdout
    assert lines.count(b"\n") >= least
    assert max(len(line) for line in lines.splitlines()) <= 65536
    out = tmp_path / "events.ndjson"
    out.write_bytes(lines)
    check = subprocess.run([str(VALIDATE), str(out)], stdout=subprocess.PIPE, timeout=120)
    assert check.returncode == 0, check.stdout.decode()[-3000:]
    assert b" 0 do not" in check.stdout
