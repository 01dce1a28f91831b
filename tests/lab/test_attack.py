"""The simulator works on test data only, and really destroys what it says it destroyed."""
import json
import os
import subprocess

import pytest

import attacks
import docs
import lab as L
from stall import Stall

try:
    PROGRAM, = L.need("lab/attack")
except L.LabError as e:
    pytest.skip(str(e), allow_module_level=True)


def run(*argv):
    return subprocess.run([PROGRAM, *map(str, argv)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


@pytest.fixture
def data(tmp_path):
    root, outside = tmp_path / "documents", tmp_path / "outside"
    manifest = docs.make(str(root), 20, seed=2, median=6000)
    outside.mkdir()
    (outside / docs.MARKER).touch()
    return str(root), manifest, str(tmp_path)


@pytest.mark.parametrize("target", ["/", "/etc", "/nowhere", "."])
def test_refuses_what_is_not_test_data(target, tmp_path):
    os.chdir(tmp_path)
    (tmp_path / "precious").write_text("stays")
    p = run("wipe", target)
    assert p.returncode == 2 and "not test data" in p.stderr
    assert (tmp_path / "precious").read_text() == "stays"


def test_marker_must_be_a_file(data):
    root, manifest, _ = data
    os.unlink(os.path.join(root, docs.MARKER))
    os.symlink("/etc/passwd", os.path.join(root, docs.MARKER))
    assert run("wipe", root).returncode == 2
    assert docs.verify(root, manifest)["ok"] == 20


def test_follows_no_link_and_leaves_the_marker(data, tmp_path):
    root, _, _ = data
    (tmp_path / "precious").write_text("stays")
    os.symlink(str(tmp_path / "precious"), os.path.join(root, "link.txt"))
    assert run("inplace", root).returncode == 0
    assert (tmp_path / "precious").read_text() == "stays"
    assert os.path.exists(os.path.join(root, docs.MARKER))


@pytest.mark.parametrize("mode", [m for m in attacks.MODES if m != "slow"])
def test_mode_destroys_what_it_reports(data, mode):
    root, manifest, work = data
    p = run(mode, root, "--json", "--limit", 15, "--work", work, "--progress", os.path.join(work, "progress"))
    if p.returncode == 77:
        pytest.skip(f"{mode} cannot be done here: {json.loads(p.stdout)['skipped']}")
    assert p.returncode == 0, p.stderr
    got = json.loads(p.stdout)
    assert got["attempted"] == got["touched"] == 15 and got["errors"] == 0
    lost = docs.verify(root, manifest)["lost"]
    progress = attacks.Progress(os.path.join(work, "progress"))
    assert progress.ready() and progress.touched() == (15, 0)
    assert sorted(os.path.relpath(x, root) for x in progress.paths(attacks.TOUCHED)) == sorted(lost)


def test_order_percent_limit_and_note(data):
    root, manifest, work = data
    path = os.path.join(work, "progress")
    assert run("inplace", root, "--order", "size", "--limit", 5, "--progress", path, "--note").returncode == 0
    progress = attacks.Progress(path)
    assert progress.ready()
    hit = [os.path.relpath(x, root) for x in progress.paths(attacks.TOUCHED)]
    assert [manifest[x]["size"] for x in hit] == sorted(e["size"] for e in manifest.values())[:5]
    notes = [x for x in docs.scan(root) if x.endswith("READ_ME_TO_RESTORE.txt")]
    assert {os.path.dirname(x) for x in notes} == {os.path.dirname(x) for x in hit}
    biggest = max(manifest, key=lambda k: manifest[k]["size"])
    with open(os.path.join(root, biggest), "rb") as f:
        before = f.read()
    assert run("inplace", root, "--order", "reverse", "--percent", 30).returncode == 0
    with open(os.path.join(root, biggest), "rb") as f:
        after = f.read()
    blocks = range(0, len(before), 4096)
    same = sum(before[i:i + 4096] == after[i:i + 4096] for i in blocks)
    assert 0.5 < same / len(blocks) < 0.9


def test_rate_and_stop(data):
    root, _, work = data
    path = os.path.join(work, "progress")
    progress = attacks.Progress(path)
    with Stall() as stall:
        p = subprocess.Popen([PROGRAM, "inplace", root, "--rate", "5", "--json", "--progress", path], stdout=subprocess.PIPE)
        L.wait_for(lambda: progress.ready() and progress.touched()[0] >= 4, 20, "four files")
        progress.stop()
        then = sum(progress.touched())
        out = json.loads(p.communicate(timeout=20)[0])
    assert out["stopped"] and 4 <= out["touched"] <= then + 1, (out, then)   # one more may have been about to begin
    assert out["touched"] <= 5 * out["seconds"] + 1 and out["seconds"] < 1.8 + 2 * stall.ms / 1000, (out, stall.ms)
