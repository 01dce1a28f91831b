"""A TUF repository made by another implementation's parts (python3-securesystemslib for the canonical form,
python3-cryptography for the keys) and a server of it on the loopback device that can misbehave."""
import datetime
import hashlib
import http.server
import json
import socket
import threading
import time
import urllib.parse

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from securesystemslib.formats import encode_canonical

NOW = datetime.datetime.now(datetime.timezone.utc)


def canonical(value):
    return encode_canonical(value).encode()


def iso(days):
    return (NOW + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


RSA_KEY = rsa.generate_private_key(65537, 3072)  # takes a second or two: one for all repositories


class Key:
    def __init__(self, kind):
        if kind == "ed25519":
            self.private = ed25519.Ed25519PrivateKey.generate()
            public = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
            names = ("ed25519", "ed25519")
        else:
            self.private = ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else RSA_KEY
            public = self.private.public_key().public_bytes(serialization.Encoding.PEM,
                                                            serialization.PublicFormat.SubjectPublicKeyInfo).decode()
            names = ("ecdsa", "ecdsa-sha2-nistp256") if kind == "ecdsa" else ("rsa", "rsassa-pss-sha256")
        self.object = {"keytype": names[0], "scheme": names[1], "keyval": {"public": public}}
        self.id = hashlib.sha256(canonical(self.object)).hexdigest()

    def sign(self, data):
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            s = self.private.sign(data)
        elif isinstance(self.private, ec.EllipticCurvePrivateKey):
            s = self.private.sign(data, ec.ECDSA(hashes.SHA256()))
        else:
            s = self.private.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        return s.hex()


class Repository:
    """Bodies by role; publish() signs and serves them.  Versions are the test's to raise."""

    def __init__(self, days=30):
        self.keys = {"root": Key("rsa"), "timestamp": Key("ed25519"), "snapshot": Key("ecdsa"), "targets": Key("ed25519")}
        self.delegated_key = Key("ecdsa")
        self.metadata, self.artifacts, self.delegated = {}, {}, {}
        self.body = {r: {"_type": r, "spec_version": "1.0.34", "version": 1, "expires": iso(days)} for r in self.keys}
        self.body["root"].update(consistent_snapshot=True, expires=iso(3650))
        self.body["snapshot"]["meta"], self.body["timestamp"]["meta"] = {}, {}
        self.body["targets"]["targets"] = {}
        self.body["rules"] = {"_type": "targets", "spec_version": "1.0.34", "version": 1, "expires": iso(days), "targets": {}}
        self.body["targets"]["delegations"] = {"keys": {self.delegated_key.id: self.delegated_key.object}, "roles": []}
        self.delegate("rules", self.delegated_key)
        self.set_keys()
        self.add("agent.bin", b"agent " * 1000)
        self.add("rules/pack.zip", b"rules " * 1000)
        self.publish()

    def set_keys(self):
        self.body["root"]["keys"] = {k.id: k.object for k in self.keys.values()}
        self.body["root"]["roles"] = {r: {"keyids": [k.id], "threshold": 1} for r, k in self.keys.items()}

    def delegate(self, role, *keys, threshold=1):
        """A role that speaks for role/*."""
        self.delegated[role] = keys
        self.body.setdefault(role, {"_type": "targets", "spec_version": "1.0.34", "version": 1, "expires": iso(30), "targets": {}})
        delegations = self.body["targets"]["delegations"]
        delegations["keys"].update({k.id: k.object for k in keys})
        delegations["roles"].append({"name": role, "keyids": [k.id for k in keys], "threshold": threshold, "terminating": True,
                                     "paths": [f"{role}/*"]})

    def add(self, path, content, custom=None):
        digest = hashlib.sha256(content).hexdigest()
        role = path.split("/")[0] if path.split("/")[0] in self.delegated else "targets"
        self.body[role]["targets"][path] = {"length": len(content), "hashes": {"sha256": digest}}
        if custom:
            self.body[role]["targets"][path]["custom"] = custom
        folder, _, name = path.rpartition("/")
        self.artifacts[(folder + "/" if folder else "") + f"{digest}.{name}"] = content

    def sign(self, role, keys=None):
        body = self.body[role]
        keys = keys or self.delegated.get(role) or [self.keys[role]]
        return json.dumps({"signatures": [{"keyid": k.id, "sig": k.sign(canonical(body))} for k in keys], "signed": body}, indent=1).encode()

    def entry(self, role):
        data = self.metadata[f"{self.body[role]['version']}.{role}.json"]
        return {"version": self.body[role]["version"], "length": len(data), "hashes": {"sha256": hashlib.sha256(data).hexdigest()}}

    def publish(self, root_keys=None):
        for role in (*self.delegated, "targets"):
            self.metadata[f"{self.body[role]['version']}.{role}.json"] = self.sign(role)
            self.body["snapshot"]["meta"][f"{role}.json"] = self.entry(role)
        self.metadata[f"{self.body['snapshot']['version']}.snapshot.json"] = self.sign("snapshot")
        self.body["timestamp"]["meta"]["snapshot.json"] = self.entry("snapshot")
        self.metadata["timestamp.json"] = self.sign("timestamp")
        self.metadata[f"{self.body['root']['version']}.root.json"] = self.sign("root", root_keys)

    def next(self, *roles):
        for role in {*roles, "snapshot", "timestamp"}:
            self.body[role]["version"] += 1


class Server:
    """Serves a repository; `how` maps a path to a way to misbehave: a status, or a function of the handler.
    `tls`: an ssl.SSLContext.  `ranges`: begins where it is asked to."""

    def __init__(self, repository, tls=None, ranges=False):
        self.repository, self.requests, self.ranges, self.how = repository, [], [], {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append(self.path)
                start = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
                outer.ranges.append(start)
                how = outer.how.get(self.path)
                if callable(how):
                    try:
                        return how(self)
                    except OSError:
                        return None  # the client went away, as it should
                kind, _, name = self.path[1:].partition("/")
                data = (outer.repository.metadata if kind == "metadata" else outer.repository.artifacts).get(urllib.parse.unquote(name))
                if ranges and start and data is not None and not how:
                    how, data = 206, data[int(start):]
                self.send_response(how or (200 if data is not None else 404))
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                return self.wfile.write(data or b"")

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.http = Quiet(("127.0.0.1", 0), Handler)
        if tls:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def endless(handler):
    """No length is told and the bytes never end."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100000):
        handler.wfile.write(b" " * 65536)


def endless_headers(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
    for i in range(1000000):
        handler.wfile.write(b"X-%d: %s\r\n" % (i, b"x" * 900))


def lying_length(handler):
    """A small length is told, more bytes come."""
    handler.send_response(200)
    handler.send_header("Content-Length", "10")
    handler.end_headers()
    handler.wfile.write(b"{" + b" " * 100000)


def dribble(handler):
    """One byte in a while."""
    handler.send_response(200)
    handler.send_header("Content-Length", "10000")
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b" ")
        time.sleep(0.1)


def silent(handler):
    """Takes the request and says nothing."""
    handler.connection.settimeout(60)
    try:
        handler.connection.recv(1)
    except socket.timeout:
        pass


def cut(handler):
    """Promises more than it sends, then closes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "10000")
    handler.end_headers()
    handler.wfile.write(b"{")


def redirect(to):
    def how(handler):
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    return how
