"""The document maker: the same seed gives the same bytes, every format is what it says, verify() sees every change."""
import os
import sqlite3
import zipfile

import pytest

import docs


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = str(tmp_path_factory.mktemp("docs"))
    return root, docs.make(root, 160, seed=3)


def test_same_seed_same_bytes(folder, tmp_path):
    again = docs.make(str(tmp_path), 160, seed=3)
    assert again == folder[1]
    assert docs.make(str(tmp_path / "other"), 20, seed=4) != dict(list(again.items())[:20])


def test_formats_are_real(folder):
    from PIL import Image
    root, manifest = folder
    kinds = set()
    for rel in manifest:
        path, kind = os.path.join(root, rel), rel.rsplit(".", 1)[1]
        kinds.add(kind)
        if kind in ("docx", "xlsx", "odt", "zip"):
            with zipfile.ZipFile(path) as z:
                assert z.testzip() is None
                if kind == "odt":
                    assert z.infolist()[0].filename == "mimetype" and z.infolist()[0].compress_type == zipfile.ZIP_STORED
        elif kind in ("jpg", "png"):
            Image.open(path).load()
        elif kind == "sqlite":
            with sqlite3.connect(path) as db:
                assert db.execute("pragma integrity_check").fetchone() == ("ok",)
            db.close()
        elif kind == "pdf":
            data = open(path, "rb").read()
            start = int(data.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
            assert data[start:start + 4] == b"xref"
            first = int(data[start:].split(b"\n")[3].split()[0])
            assert data[first:first + 7] == b"1 0 obj"
    assert kinds == {"docx", "xlsx", "odt", "pdf", "jpg", "png", "txt", "csv", "zip", "sqlite", "eml"}
    assert any(not rel.isascii() for rel in manifest)


@pytest.mark.parametrize("change, key", [
    (lambda p: open(p, "r+b").write(b"\0"), "lost"), (os.unlink, "lost"), (lambda p: os.chmod(p, 0o777), "mode"),
    (lambda p: os.utime(p, ns=(1, 1)), "mtime")])
def test_verify_sees_every_change(tmp_path, change, key):
    manifest = docs.make(str(tmp_path), 12, seed=5)
    assert docs.verify(str(tmp_path), manifest) == {"ok": 12, "lost": [], "mode": [], "mtime": [], "extra": []}
    rel = max(manifest, key=lambda k: manifest[k]["size"])
    change(str(tmp_path / rel))
    assert docs.verify(str(tmp_path), manifest)[key] == [rel]
