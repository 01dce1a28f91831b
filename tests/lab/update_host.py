"""A host for `mimamori-update`: a repository over HTTPS on the loopback device, a configuration, a state directory."""
import json
import os
import pathlib
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import lab as L
import releases as R
import tuf_double as D

PROGRAM = pathlib.Path(L.BUILD) / "bin/mimamori-update"
CURRENT, REFUSED, AVAILABLE, BUSY, USAGE, CONFIG = 0, 1, 2, 3, 64, 78
TWO = ["/metadata/2.root.json", "/metadata/timestamp.json"]  # what a look with nothing new asks for


def certificate(folder):
    """A certificate for 127.0.0.1 that vouches for itself."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-keyout", key, "-out", cert,
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
    return key, cert


def server_context(folder):
    """(SSL context of a server, its certificate's file)"""
    key, cert = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


class Host:
    def __init__(self, base, tls, **config):
        self.base, self.tls = base, tls
        self.repository = D.Repository()
        self.repository.delegate("agent", D.Key("ed25519"), D.Key("ecdsa"), threshold=2)
        self.repository.body["rules"]["targets"].clear()
        self.repository.publish()
        self.server = D.Server(self.repository, tls=tls[0], ranges=True)
        self.config, self.state = base / "agent.ini", base / "state"
        self.updates = self.state / "updates"
        shipped = base / "shipped"
        write_tree(shipped, R.pack_files("1.0.0"))
        self.configure(**config)
        (self.updates / "metadata").mkdir(parents=True)
        self.trust()

    def configure(self, **more):
        update = {"url": self.server.url, "ca": self.tls[1], "jitter": "0", "root": self.base / "first-root.json", **more}
        self.config.write_text(f"[paths]\nstate = {self.state}\nrun = {self.base}/run\nrules = {self.base}/shipped\n"
                               f"releases = {self.base}/opt\n[update]\n" + "".join(f"{k} = {v}\n" for k, v in update.items()))

    def trust(self):
        (self.updates / "metadata/root.json").write_bytes(self.repository.metadata["1.root.json"])

    def run(self, *words, before=(), limit=60, env=None):
        self.server.requests.clear()
        self.server.ranges.clear()
        p = subprocess.run([*before, str(PROGRAM), "--config", str(self.config), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           timeout=limit, env=dict(os.environ, LC_ALL="C.UTF-8", **(env or {})))
        self.said = p.stdout + p.stderr
        return p.returncode

    def now(self, code=CURRENT, *words, **how):
        got = self.run("now", *words, **how)
        assert got == code, f"{got}: {self.said}"
        return self.status()

    def status(self):
        return json.loads((self.updates / "status.json").read_text())

    def history(self):
        path = self.updates / "history"
        return [json.loads(x) for x in path.read_text().splitlines()] if path.exists() else []

    def pack(self):
        """The version of the pack that the guard would load."""
        link = self.updates / "rules/current"
        folder = link if link.exists() else self.base / "shipped"
        return json.loads((folder / "manifest.json").read_text())["version"]

    def offer(self, version, files=None, compress=R.zstd, publish=True, **custom):
        content = R.tar(files or R.pack_files(version))
        name = f"rules/mimamori-rules-{version}.tar.zst"
        self.repository.add(name, compress(content), R.custom("rules", version, content, **custom))
        if publish:
            self.publish("rules")
        return name

    def publish(self, *roles):
        self.repository.next(*roles)
        self.repository.publish()

    def tree(self):
        return {str(p.relative_to(self.state)): p.read_bytes() for p in self.state.rglob("*")
                if p.is_file() and p.name not in ("updater.lock", "status.json", "history", "host-id")}


def write_tree(folder, files):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
