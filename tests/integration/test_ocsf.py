"""Every event kind x activity x variant (full, empty, hostile bytes, cut) as the agent maps it, against the OCSF 1.8.0 schema."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("B", "build/" + os.environ.get("V", "release"))
VALIDATE = ROOT.parent / "shared" / "ocsf" / "ocsf-validate"
PROGRAM = f"{BUILD}/tests/unit/report/test_ocsf"


def test_every_event_conforms(tmp_path):
    if not VALIDATE.exists():
        pytest.skip(f"NOT CHECKED AGAINST THE SCHEMA: {VALIDATE} is not there")
    if not (ROOT / PROGRAM).exists():
        subprocess.run(["make", "-s", f"B={BUILD}", PROGRAM], cwd=ROOT, check=True, timeout=600)
    lines = subprocess.run([str(ROOT / PROGRAM), "--ndjson"], check=True, stdout=subprocess.PIPE, timeout=60).stdout
    assert lines.count(b"\n") >= 10 * 20 * 4
    assert max(len(line) for line in lines.splitlines()) <= 65536
    out = tmp_path / "events.ndjson"
    out.write_bytes(lines)
    check = subprocess.run([str(VALIDATE), str(out)], stdout=subprocess.PIPE, timeout=120)
    assert check.returncode == 0, check.stdout.decode()[-3000:]
    assert b" 0 do not" in check.stdout
