"""The release desk in a folder of a test: mimamori-publish with keys of its own."""
import json
import os
import shutil
import subprocess

import lab as L

DESK = os.path.join(L.BUILD, "bin/mimamori-publish")


class Desk:
    def __init__(self, base):
        self.base, self.repository, self.keys = base, base / "repository", base / "keys"
        (base / "passphrase").write_text("a long passphrase of a test\n")
        (base / "passphrase").chmod(0o600)
        self.run("init", self.repository, "--keys", self.keys)

    def run(self, *words, keys=(), code=0):
        argv = [DESK, *map(str, words), *[x for k in keys for x in ("--key", str(self.keys / f"{k}.key"))], "--passphrase-file", str(self.base / "passphrase")]
        p = subprocess.run(argv, capture_output=True, text=True)
        assert p.returncode == code, (words, p.returncode, p.stdout + p.stderr)
        return p.stdout

    def go(self, *words, keys=("rules",)):
        self.run(*words, keys=keys)
        self.run("snapshot", self.repository, keys=["snapshot", "timestamp"])

    def pack(self, version):
        """The project's own pack under another version."""
        folder = self.base / version
        shutil.copytree(os.path.join(L.TREE, "rules"), folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["version"] = version
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return folder
