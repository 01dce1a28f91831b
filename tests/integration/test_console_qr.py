"""The picture of an enrolment code is read by another program as the code."""
import os
import shutil
import subprocess

import pytest
from test_console import PROGRAM, Console

pytestmark = [pytest.mark.skipif(not os.path.exists(PROGRAM), reason="mimamori-console is not built"),
              pytest.mark.skipif(shutil.which("zbarimg") is None, reason="needs the program zbarimg")]
UPPER, LOWER = "▀█", "▄█"
SCALE, PAPER = 6, 4


def image(picture):
    """A grey map: what is drawn is light, as paper is."""
    rows = [[c in half for c in line] for line in picture for half in (UPPER, LOWER)]
    wide = len(rows[0]) + 2 * PAPER
    rows = [[True] * wide] * PAPER + [[True] * PAPER + r + [True] * PAPER for r in rows] + [[True] * wide] * PAPER
    return f"P5\n{wide * SCALE} {len(rows) * SCALE}\n255\n".encode() + b"".join(bytes(255 if v else 0 for v in r for _ in range(SCALE)) * SCALE for r in rows)


def test_it_is_read_as_the_code(tmp_path):
    c = Console(tmp_path)
    code, *picture = c.run("token", "new", "--customer", "1", "--qr").rstrip("\n").split("\n")
    assert code.startswith("MM1-") and len({len(line) for line in picture}) == 1 and len(picture[0]) <= 80
    (tmp_path / "code.pgm").write_bytes(image(picture))
    got = subprocess.run(["zbarimg", "-q", "--raw", tmp_path / "code.pgm"], capture_output=True, text=True)
    assert got.stdout.strip() == code
    assert c.run("token", "new", "--customer", "1").count("\n") == 1
