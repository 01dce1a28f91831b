"""The provider's console as a whole: real TLS, real certificates, hostile peers.

Answers of the operators' API are validated against console/api/openapi.json.  Everything
runs on loopback with a console of its own below pytest's temporary folder."""
import base64
import hashlib
import http.client
import json
import os
import re
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import unicodedata
import uuid

import jsonschema
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography import x509
from cryptography.x509.oid import NameOID

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(ROOT, "tests", "lab"))
from ports import free_ports  # noqa: E402
from stall import Stall  # noqa: E402

BUILD = os.path.join(ROOT, os.environ.get("B", "build/" + os.environ.get("V", "release")))
PROGRAM = os.path.join(BUILD, "bin", "mimamori-console")
with open(os.path.join(ROOT, "console", "api", "openapi.json"), encoding="utf-8") as f:
    OPENAPI = json.load(f)

pytestmark = pytest.mark.skipif(not os.path.exists(PROGRAM), reason="mimamori-console is not built")


def make_csr(key, cn="chosen by the device"):
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])).sign(key, algorithm).public_bytes(
            serialization.Encoding.PEM).decode()


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def decode_code(code):
    raw = base64.b32decode((b := code[4:].replace("-", "")) + "=" * (-len(b) % 8))
    assert hashlib.sha256(raw[:-4]).digest()[:4] == raw[-4:]
    return json.loads(raw[:-4])


def event(sequence, incident=None, severity=4, **more):
    e = {"class_uid": 2004, "category_uid": 2, "class_name": "Detection Finding", "activity_id": 1, "type_uid": 200401,
         "severity_id": severity, "severity": "High", "time": int(time.time() * 1000),
         "metadata": {"version": "1.8.0", "product": {"name": "Mimamori", "vendor_name": "Mimamori"}, "uid": str(uuid.uuid4()),
                      "sequence": sequence},
         "finding_info": {"uid": "x", "title": "攻撃の疑い"}, "unmapped": {"title_en": "A suspected attack"}}
    if incident:
        e["metadata"]["correlation_uid"] = incident
    for k, v in more.items():
        if isinstance(v, dict) and isinstance(e.get(k), dict):
            e[k].update(v)
        else:
            e[k] = v
    return e


class Console:
    def __init__(self, folder, heartbeat=30):
        self.dir, self.process = str(folder / "console"), None
        self.port, self.api_port = free_ports(2)
        self.run("init", "--name", "みまもり試験", "--host", "127.0.0.1", "--host", "localhost", "--port", str(self.port),
                 "--api-port", str(self.api_port), "--heartbeat", str(heartbeat))
        self.customer = "1"
        self.run("customer", "add", "株式会社みどり工業", "--phone", "0120-000-000")
        self.admin = self.run("operator", "add", "admin", "--role", "admin").strip()
        self.desk = self.run("operator", "add", "desk").strip()

    def run(self, *argv, code=0):
        p = subprocess.run([PROGRAM, "--dir", self.dir, *argv], capture_output=True, text=True, timeout=30, env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert p.returncode == code, (argv, p.returncode, p.stdout, p.stderr)
        return p.stdout

    def json(self, *argv):
        return json.loads(self.run(*argv, "--json"))

    def start(self):
        self.log = open(os.path.join(self.dir, "log"), "ab")
        self.process = subprocess.Popen([PROGRAM, "--dir", self.dir, "serve"], stderr=self.log, stdout=self.log)
        until = time.time() + 10
        while time.time() < until:
            try:
                socket.create_connection(("127.0.0.1", self.api_port), 1).close()
                return self
            except OSError:
                assert self.process.poll() is None, "serve ended"
                time.sleep(0.02)
        raise AssertionError("serve does not listen")

    def stop(self):
        if self.process:
            self.process.terminate()
            assert self.process.wait(10) == 0
            self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def context(self):
        return ssl.create_default_context(cafile=os.path.join(self.dir, "ca.pem"))

    def token(self, *more):
        return decode_code(self.run("token", "new", "--customer", self.customer, *more).strip())

    def call(self, method, path, body=None, headers=None, context=None, port=None, host="127.0.0.1"):
        c = http.client.HTTPSConnection(host, port or self.port, context=context or self.context(), timeout=75)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            text = r.read()
            assert r.getheader("Content-Type") == "application/json"
            return r.status, json.loads(text)
        finally:
            c.close()

    def api(self, method, path, body=None, token=None, raw=False):
        """A call of the operators' API; the answer must be as openapi.json says."""
        headers = {} if token == "" else {"Authorization": "Bearer " + (token or self.admin)}
        data = body if raw else None if body is None else json.dumps(body)
        status, got = self.call(method, path, data, headers, port=self.api_port)
        bare = re.sub(r"\?.*", "", path)
        for known, methods in OPENAPI["paths"].items():
            if re.fullmatch(re.sub(r"{\w+}", "[^/]+", known), bare) and method.lower() in methods:
                responses = methods[method.lower()]["responses"]
                schema = responses.get(str(status), responses["default"])["content"]["application/json"]["schema"]
                if status < 300:
                    assert str(status) in responses, f"{method} {path} answered an undocumented {status}"
                jsonschema.validate(got, {**schema, "components": OPENAPI["components"]})
                break
        else:
            jsonschema.validate(got, {"$ref": "#/components/schemas/Error", "components": OPENAPI["components"]})
        return status, got


class Device:
    def __init__(self, console, folder, hostname="pc1", key=None, machine=None, enrol=True):
        self.console, self.hostname = console, hostname
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.machine = machine or os.urandom(32).hex()
        self.journal, self.boot = str(uuid.uuid4()), str(uuid.uuid4())
        self.folder = folder
        if enrol:
            status, got = self.enrol(console.token()["t"])
            assert status == 200, got

    def enrol(self, token, **changes):
        body = {"token": token, "csr": make_csr(self.key), "hostname": self.hostname, "os": "Debian 12", "kernel": "6.1.0",
                "agent_version": "0.2.0", "machine_id": self.machine, **changes}
        status, got = self.console.call("POST", "/agent/v1/enroll", json.dumps(body))
        if status == 200:
            self.id, self.enrolled = got["agent_id"], got
            self.certificate(got["certificate"])
        return status, got

    def certificate(self, text):
        name = os.path.join(str(self.folder), uuid.uuid4().hex)
        with open(name, "wb") as f:
            f.write(pem(self.key) + text.encode())
        self.context = self.console.context()
        self.context.load_cert_chain(name)

    def call(self, method, path, body=None, headers=None):
        return self.console.call(method, path, body, headers, self.context)

    def post(self, path, value):
        return self.call("POST", path, json.dumps(value))

    def beat(self, **more):
        return self.post("/agent/v1/heartbeat", {"agent_version": "0.2.0", "rules": "7", "mode": "quarantine", "quarantine": "off",
                                                 "boot": self.boot, **more})

    def marks(self, first, last, **more):
        return {"X-Mimamori-First": str(first), "X-Mimamori-Last": str(last), "X-Mimamori-Boot": self.boot,
                "X-Mimamori-Journal": self.journal, **more}

    def send(self, events, zstd=False, **more):
        body = "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events).encode()
        headers = self.marks(events[0]["metadata"]["sequence"], events[-1]["metadata"]["sequence"], **more)
        if zstd:
            body = subprocess.run(["zstd", "-q", "-c"], input=body, stdout=subprocess.PIPE, check=True).stdout
            headers["Content-Encoding"] = "zstd"
        return self.call("POST", "/agent/v1/events", body, headers)

    def commands(self, after=0, wait=0):
        status, got = self.call("GET", f"/agent/v1/commands?after={after}&wait={wait}")
        assert status == 200, got
        return [self.verify(e) for e in got["commands"]]

    def verify(self, envelope):
        """What the guard does: DSSE, Ed25519, the key learnt at enrolment."""
        payload = base64.b64decode(envelope["payload"], validate=True)
        kind = envelope["payloadType"].encode()
        pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        keys = {k["keyid"]: base64.b64decode(k["public"]) for k in self.enrolled["command_keys"]}
        sig = envelope["signatures"][0]
        ed25519.Ed25519PublicKey.from_public_bytes(keys[sig["keyid"]]).verify(base64.b64decode(sig["sig"]), pae)
        return json.loads(payload)


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    c = Console(tmp_path_factory.mktemp("console")).start()
    yield c
    c.stop()


@pytest.fixture(scope="module")
def device(console, tmp_path_factory):
    return Device(console, tmp_path_factory.mktemp("device"))


# ---- init and files ----------------------------------------------------------------------

def test_keys_are_the_owners_alone(console):
    assert os.stat(console.dir).st_mode & 0o777 == 0o700
    for name in ("ca.key", "command.key", "server.key", "console.db", "console.ini"):
        assert os.stat(os.path.join(console.dir, name)).st_mode & 0o077 == 0, name
    db = open(os.path.join(console.dir, "console.db"), "rb").read() + open(os.path.join(console.dir, "console.db-wal"), "rb").read()
    assert console.admin.encode() not in db and console.desk.encode() not in db


def test_init_twice_and_bad_arguments(console, tmp_path):
    console.run("init", "--name", "x", "--host", "a", code=1)
    assert subprocess.run([PROGRAM, "--dir", str(tmp_path / "n"), "init", "--name", "x"]).returncode == 2
    assert subprocess.run([PROGRAM, "--dir", str(tmp_path / "n"), "init", "--name", "a\nb", "--host", "h"]).returncode == 2
    assert subprocess.run([PROGRAM, "--dir", str(tmp_path / "n"), "init", "--name", "x", "--host", "a,DNS:evil"]).returncode != 0
    assert subprocess.run([PROGRAM, "--dir", str(tmp_path / "none"), "devices"]).returncode == 1
    assert subprocess.run([PROGRAM, "--dir", str(tmp_path / "n"), "fly"]).returncode == 2
    console.run("devices", "--colour", code=2)
    console.run("contain", code=2)
    console.run("contain", "no-such-host", code=3)
    console.run("token", "new", "--customer", "99", code=3)
    console.run("token", "new", "--customer", "1", "--hours", "-3", code=2)


def test_a_key_that_others_can_read_is_refused(tmp_path):
    c = Console(tmp_path)
    os.chmod(os.path.join(c.dir, "ca.key"), 0o644)
    p = subprocess.run([PROGRAM, "--dir", c.dir, "devices"], capture_output=True, text=True)
    assert p.returncode == 1 and "readable by others" in p.stderr


def test_server_certificate_is_issued_again_for_a_new_host(tmp_path):
    c = Console(tmp_path)
    ini = os.path.join(c.dir, "console.ini")
    text = open(ini, encoding="utf-8").read()
    open(ini, "w", encoding="utf-8").write(text.replace("hosts=127.0.0.1, localhost", "hosts=127.0.0.2"))
    c.start()
    try:
        assert c.call("GET", "/agent/v1/commands", host="127.0.0.2")[0] == 401
        with pytest.raises(ssl.SSLCertVerificationError):
            c.call("GET", "/agent/v1/commands", host="127.0.0.3")
        # the console's own machine needs no --host: operators work there
        for own in ("localhost", "127.0.0.1"):
            assert c.call("GET", "/api/v1/health", host=own, port=c.api_port)[0] == 200
    finally:
        c.stop()


# ---- enrolment -----------------------------------------------------------------------------

def test_enrolment_code_pins_the_ca(console):
    code = console.token()
    with open(os.path.join(console.dir, "ca.pem")) as f:
        assert code["p"] == hashlib.sha256(ssl.PEM_cert_to_DER_cert(f.read())).hexdigest()
    assert code["u"] == f"https://127.0.0.1:{console.port}"


@pytest.mark.parametrize("make", [lambda: ec.generate_private_key(ec.SECP256R1()), lambda: ec.generate_private_key(ec.SECP384R1()),
                                  ed25519.Ed25519PrivateKey.generate])
def test_enrol_is_idempotent_and_single_use(console, tmp_path, make):
    d = Device(console, tmp_path, key=make(), enrol=False)
    token = console.token()["t"]
    status, first = d.enrol(token)
    assert status == 200 and first["customer"] == "株式会社みどり工業" and first["phone"] == "0120-000-000"
    assert d.enrol(token) == (200, first)
    cn = x509.load_pem_x509_certificate(first["certificate"].encode()).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert cn == first["agent_id"]
    assert d.beat()[0] == 200
    other = Device(console, tmp_path, enrol=False)
    assert other.enrol(token)[1]["error"] == "token_used"
    assert [x["agent_id"] for x in console.json("devices")].count(first["agent_id"]) == 1


def test_enrol_refuses(console, tmp_path):
    d = Device(console, tmp_path, enrol=False)
    assert d.enrol("0" * 40)[1]["error"] == "token_unknown"
    token = console.token("--hours", "1")["t"]
    db = sqlite3.connect(os.path.join(console.dir, "console.db"))
    db.execute("UPDATE token SET expires = ? WHERE hash = ?", (int(time.time()) - 1, hashlib.sha256(token.encode()).hexdigest()))
    db.commit()
    db.close()
    assert d.enrol(token)[1]["error"] == "token_expired"
    token = console.token()["t"]
    for change in ({"csr": "x"}, {"csr": 5}, {"csr": make_csr(d.key)[:-60]}, {"hostname": ""}, {"hostname": "a\nb"},
                   {"hostname": "h" * 300}, {"machine_id": "zz"}, {"machine_id": None}, {"csr": "A" * 9000},
                   {"csr": make_csr(ec.generate_private_key(ec.SECP256R1())).replace("\n", "", 1)},
                   {"csr": make_csr(ec.generate_private_key(ec.SECP192R1()))}):
        assert d.enrol(token, **change)[0] == 400, change
    broken = make_csr(d.key).splitlines()
    broken[3] = broken[3][:10] + ("A" if broken[3][10] != "A" else "B") + broken[3][11:]
    assert d.enrol(token, csr="\n".join(broken))[0] == 400
    assert console.call("POST", "/agent/v1/enroll", "[]")[0] == 400
    assert console.call("POST", "/agent/v1/enroll", '{"token":"a","token":"b"}')[0] == 400
    assert d.enrol(token)[0] == 200  # none of it has used the token up


def test_two_enrol_with_one_token_at_once(console, tmp_path):
    token = console.token()["t"]
    devices = [Device(console, tmp_path, enrol=False) for _ in range(6)]
    got = []
    threads = [threading.Thread(target=lambda d=d: got.append(d.enrol(token)[0])) for d in devices]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(got) == [200] + [403] * 5


def test_a_machine_enrolled_twice_is_a_suspected_clone(console, tmp_path):
    a = Device(console, tmp_path, hostname="twin-a")
    b = Device(console, tmp_path, hostname="twin-b", machine=a.machine)
    assert a.beat()[0] == b.beat()[0] == 200
    rows = {d["agent_id"]: d for d in console.json("devices")}
    assert rows[b.id]["clone_suspected"] and not rows[a.id]["clone_suspected"]
    assert [i["kind"] for i in console.json("incidents") if i["agent_id"] == b.id] == ["clone"]
    assert any(r["action"] == "clone_suspected" and r["object"] == b.id for r in console.json("audit", "--limit", "1000"))


def test_an_answer_asked_for_from_another_machine_is_a_suspected_clone(console, tmp_path):
    """A disk that was copied in the middle of an enrolment: one key, two machines."""
    d = Device(console, tmp_path, enrol=False)
    token = console.token()["t"]
    assert d.enrol(token)[0] == d.enrol(token)[0] == 200
    assert not any(i["agent_id"] == d.id for i in console.json("incidents"))
    assert d.enrol(token, machine_id=os.urandom(32).hex())[0] == 200
    assert [i["kind"] for i in console.json("incidents") if i["agent_id"] == d.id] == ["clone"]


def test_one_identity_on_two_machines(console, tmp_path):
    d = Device(console, tmp_path, hostname="copied")
    here, there = d.boot, str(uuid.uuid4())
    for boot in (here, there):
        assert d.beat(boot=boot)[0] == 200
    assert not any(i["agent_id"] == d.id for i in console.json("incidents"))  # a restart is no clone
    d.beat(boot=here)
    assert [i["kind"] for i in console.json("incidents") if i["agent_id"] == d.id] == ["clone"]


def test_renew(console, tmp_path):
    d = Device(console, tmp_path)
    d2 = Device(console, tmp_path, enrol=False)
    status, got = d.post("/agent/v1/renew", {"csr": make_csr(d2.key, cn=str(uuid.uuid4()))})
    assert status == 200
    d2.certificate(got["certificate"])
    assert d2.beat()[0] == 200
    name = x509.load_pem_x509_certificate(got["certificate"].encode()).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert name == d.id  # the console's choice, not the request's
    assert d.post("/agent/v1/renew", {"csr": "x"})[0] == 400


# ---- who may speak ---------------------------------------------------------------------------

def self_made(folder, cn, issuer_key=None, issuer_name=None, ca=False):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
    import datetime
    now = datetime.datetime.utcnow()
    b = x509.CertificateBuilder().subject_name(name).issuer_name(issuer_name or name).public_key(key.public_key()).serial_number(
        x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
            now + datetime.timedelta(days=9)).add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    cert = b.sign(issuer_key or key, hashes.SHA256())
    path = os.path.join(str(folder), uuid.uuid4().hex)
    with open(path, "wb") as f:
        f.write(pem(key) + cert.public_bytes(serialization.Encoding.PEM))
    return path, key, name, cert


DEVICE_CALLS = [("POST", "/agent/v1/renew"), ("POST", "/agent/v1/events"), ("POST", "/agent/v1/heartbeat"),
                ("GET", "/agent/v1/commands"), ("POST", "/agent/v1/results"), ("PUT", "/agent/v1/evidence/x")]


@pytest.mark.parametrize("method,path", DEVICE_CALLS)
def test_no_certificate(console, method, path):
    status, got = console.call(method, path, "{}" if method != "GET" else None)
    assert (status, got["error"]) == (401, "certificate_required")


def test_certificate_of_another_ca(console, device, tmp_path):
    name = x509.load_pem_x509_certificate(open(os.path.join(console.dir, "ca.pem"), "rb").read()).subject
    _, other_key, _, _ = self_made(tmp_path, "Other CA", ca=True)
    for path in (self_made(tmp_path, device.id)[0], self_made(tmp_path, device.id, other_key, name)[0]):
        context = console.context()
        context.load_cert_chain(path)
        try:
            assert console.call("GET", "/agent/v1/commands", context=context)[0] in (401, 403)
        except (ssl.SSLError, ConnectionError):
            pass  # refused in the handshake: as good


def test_a_device_certificate_signs_nobody(console, device, tmp_path):
    """A device's key as an issuer: not a CA, so what it signs is worth nothing."""
    victim = Device(console, tmp_path, hostname="victim")
    cert = x509.load_pem_x509_certificate(device.enrolled["certificate"].encode())
    path, _, _, _ = self_made(tmp_path, victim.id, device.key, cert.subject)
    with open(path, "ab") as f:
        f.write(device.enrolled["certificate"].encode())
    context = console.context()
    context.load_cert_chain(path)
    try:
        assert console.call("GET", "/agent/v1/commands", context=context)[0] == 403
    except (ssl.SSLError, ConnectionError):
        pass


def test_the_servers_own_certificate_is_no_device(console, tmp_path):
    path = tmp_path / "both"
    path.write_bytes(open(os.path.join(console.dir, "server.key"), "rb").read() + open(os.path.join(console.dir, "server.pem"), "rb").read())
    context = console.context()
    context.load_cert_chain(str(path))
    assert console.call("GET", "/agent/v1/commands", context=context)[0] == 403


def test_revoked(console, tmp_path):
    d = Device(console, tmp_path, hostname="stolen")
    assert d.beat()[0] == 200
    console.run("revoke", "stolen")
    status, got = d.beat()
    assert (status, got["error"]) == (403, "device_revoked")
    console.run("contain", "stolen", code=3)


def test_old_tls_is_refused(console):
    context = console.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        console.call("GET", "/agent/v1/commands", context=context)


# ---- events -------------------------------------------------------------------------------------

def test_events_arrive_once(console, tmp_path):
    d = Device(console, tmp_path, hostname="once")
    events = [event(n) for n in range(1, 6)]
    assert d.send(events[:3], zstd=True) == (200, {"durable": 3})
    assert d.send(events, zstd=False) == (200, {"durable": 5})
    assert d.send(events[1:2]) == (200, {"durable": 5})
    rows = console.json("events", "--device", "once")
    assert [r["sequence"] for r in rows] == [1, 2, 3, 4, 5]
    assert [r["body"] for r in rows] == events
    lines = console.run("events", "--device", "once", "--ndjson").splitlines()
    assert [json.loads(x) for x in lines] == events
    d.journal = str(uuid.uuid4())  # a new journal file begins at 1 again
    assert d.send([event(1)]) == (200, {"durable": 1})
    assert len(console.json("events", "--device", "once")) == 6


def test_events_are_durable_when_answered(tmp_path):
    c = Console(tmp_path).start()
    d = Device(c, tmp_path)
    assert d.send([event(1), event(2)])[0] == 200
    c.kill()
    c.start()
    assert [r["sequence"] for r in c.json("events")] == [1, 2]
    assert d.send([event(2), event(3)]) == (200, {"durable": 3})
    c.stop()


def test_one_attack_is_one_incident(console, tmp_path):
    d = Device(console, tmp_path, hostname="attacked")
    attack = str(uuid.uuid4())
    now = int(time.time() * 1000)
    batch = [event(1, attack, 4, time=now, unmapped={"rule": "burst_encrypt", "attack": "T1486", "files_touched": 3, "files_destroyed": 3, "response": "freeze", "first_sign": now - 500}),
             event(2, attack, 5, time=now + 10, unmapped={"files_touched": 7, "title_en": "Ransomware"}, finding_info={"title": "ランサムウェア"}),
             event(3, attack, 1, time=now + 20, class_uid=7002, activity_id=3, unmapped={"files_restored": 7}),
             event(4, attack, 5, time=now + 30, class_uid=7001, activity_id=1, status_id=1, unmapped={"response": "quarantine"}),
             event(5, severity=1)]
    assert d.send(batch)[0] == 200
    assert d.send(batch)[0] == 200  # sent again: counts nothing twice
    mine = [i for i in console.json("incidents") if i["agent_id"] == d.id]
    assert len(mine) == 1
    i = mine[0]
    assert (i["uid"], i["kind"], i["state"], i["severity"], i["events"]) == (attack, "attack", "open", 5, 4)
    assert (i["title"], i["title_en"], i["rule"], i["attack"]) == ("ランサムウェア", "Ransomware", "burst_encrypt", "T1486")
    assert (i["files_touched"], i["files_destroyed"], i["files_restored"]) == (7, 3, 7)
    assert (i["quarantine"], i["device_quarantine"], i["response"]) == ("on", "on", "quarantine")
    assert (i["first_ms"], i["last_ms"]) == (now - 500, now + 30)
    # released by hand, no incident is named; closed by hand once more: the incident's own quarantine stays over
    assert d.send([event(6, severity=1, class_uid=7001, activity_id=3, status_id=1)])[0] == 200
    assert [x["quarantine"] for x in console.json("devices") if x["agent_id"] == d.id] == ["off"]
    assert d.send([event(7, severity=1, class_uid=7001, activity_id=1, status_id=1)])[0] == 200
    i = next(x for x in console.json("incidents") if x["uid"] == attack)
    assert (i["quarantine"], i["device_quarantine"]) == ("off", "on")
    assert d.send([event(8, attack, 1, class_uid=7001, activity_id=3, status_id=1)])[0] == 200
    other = Device(console, tmp_path, hostname="stranger")  # names another's incident: gets one of its own
    assert other.send([event(1, attack, 5)])[0] == 200
    assert sorted(i["events"] for i in console.json("incidents") if i["uid"] == attack) == [1, 5]
    console.run("allow", attack, code=1)  # ambiguous
    console.run("restore", str(i["id"]))
    assert [c["target"] for c in d.commands()] == [{"incident": attack}]


def chained(count, start=1, before=b"\x11" * 32):
    """Lines as the agent's journal makes them: each carries the hash of the one before."""
    lines = []
    for n in range(start, start + count):
        body = json.dumps(event(n, unmapped={"chain": before.hex()})).encode()
        before = hashlib.sha256(n.to_bytes(8, "big") + body + before).digest()
        lines.append(body)
    return lines, before


def test_an_altered_journal_is_noticed(console, tmp_path):
    def kinds(d):
        return [i["kind"] for i in console.json("incidents") if i["agent_id"] == d.id]

    d = Device(console, tmp_path, hostname="honest")
    lines, last = chained(5)
    for part, first in ((lines[:3], 1), (lines, 1), (chained(2, 8, b"\x22" * 32)[0], 8)):  # resent, then a gap
        assert d.call("POST", "/agent/v1/events", b"\n".join(part), d.marks(first, first + len(part) - 1))[0] == 200
    assert kinds(d) == []
    d = Device(console, tmp_path, hostname="altered")
    assert d.call("POST", "/agent/v1/events", b"\n".join(lines), d.marks(1, 5))[0] == 200
    assert d.call("POST", "/agent/v1/events", chained(1, 6, b"\x33" * 32)[0][0], d.marks(6, 6))[0] == 200
    assert kinds(d) == ["journal"]
    d = Device(console, tmp_path, hostname="rewritten")
    assert d.call("POST", "/agent/v1/events", b"\n".join(lines), d.marks(1, 5))[0] == 200
    assert d.call("POST", "/agent/v1/events", b"\n".join(chained(5)[0][:1]), d.marks(1, 1))[0] == 200
    assert kinds(d) == ["journal"]


def test_a_flood_costs_the_flooder(tmp_path):
    c = Console(tmp_path)
    ini = os.path.join(c.dir, "console.ini")
    text = open(ini, encoding="utf-8").read()
    open(ini, "w", encoding="utf-8").write(re.sub(r"(?m)^bytes=.*$", "bytes=1M", text))
    c.start()
    quiet, loud = Device(c, tmp_path, hostname="modest"), Device(c, tmp_path, hostname="flooder")
    assert quiet.send([event(n, severity=1) for n in range(1, 21)])[0] == 200
    for k in range(4):
        assert loud.send([event(n, severity=5 if n % 100 == 0 else 1, detail="x" * 1000) for n in range(1 + 500 * k, 501 + 500 * k)], zstd=True)[0] == 200
    counts, until = [0, -1], time.monotonic() + 60
    while counts[-1] != counts[-2] or counts[-1] > 1000 and time.monotonic() < until:  # one bite a second; at rest when two looks are alike
        time.sleep(2.2)
        left = c.json("events", "--device", "flooder", "--limit", "5000")
        counts.append(len(left))
    assert 500 <= len(left) <= 1000, ("no more than needed", counts)
    assert sum(e["severity"] == 5 for e in left) == 20
    assert len(c.json("events", "--device", "modest")) == 20
    c.stop()


BAD_LINES = [b"", b"\n", b"{}\n", b"[]\n", b"null\n", b"x\n", b'{"metadata":{"sequence":1}}\n', b"\x00\n", b"\xff\xfe\n",
             json.dumps(event(1)).encode()[:-1], json.dumps(event(-1)).encode(), json.dumps(event(0)).encode(),
             json.dumps(event(1.5)).encode(), json.dumps(event("1")).encode(), json.dumps(event(2 ** 63)).encode(),
             json.dumps(event(10 ** 30)).encode(), json.dumps(event(1, "not-a-uuid")).encode(), json.dumps(event(1, class_uid=-5)).encode(),
             json.dumps(event(1, time=-1)).encode(), json.dumps(event(1, severity=None)).encode(),
             json.dumps(event(1)).encode() + b"\n" + json.dumps(event(1)).encode(),
             json.dumps(event(2)).encode() + b"\n" + json.dumps(event(1)).encode(),
             json.dumps(event(1)).encode().replace(b'"class_uid"', b'"class_uid":1,"class_uid"'),
             json.dumps(event(1, unmapped={"chain": "xyz"})).encode(), b"[" * 100000, b'{"a":' * 50000]


@pytest.mark.parametrize("n", range(len(BAD_LINES)))
def test_bad_lines(console, device, n):
    before = len(console.json("events", "--device", device.id))
    assert device.call("POST", "/agent/v1/events", BAD_LINES[n], device.marks(1, 1))[0] in (400, 413)
    good = json.dumps(event(1)).encode()
    status, got = device.call("POST", "/agent/v1/events", good + b"\n" + (BAD_LINES[n] or b"?"), device.marks(1, 1))
    assert status in (400, 413) and got["line"] in (2, 3)
    assert len(console.json("events", "--device", device.id)) == before


def test_sequences_in_the_headers(console, device):
    body = json.dumps(event(7)).encode()
    for first, last in ((6, 7), (7, 8), ("-7", 7), ("+7", 7), ("7 ", "7x"), ("0x7", 7), (7, "99999999999999999999999"), ("", "")):
        assert device.call("POST", "/agent/v1/events", body, device.marks(first, last))[0] == 400, (first, last)
    for header in ("X-Mimamori-Boot", "X-Mimamori-Journal"):
        for value in ("", "x", "../../etc", "'; DROP TABLE event; --", device.boot.upper()):
            assert device.call("POST", "/agent/v1/events", body, {**device.marks(7, 7), header: value})[0] == 400
    assert device.call("POST", "/agent/v1/events", body)[0] == 400


def raw_request(console, text, context=None, port=None, wait=10):
    with socket.create_connection(("127.0.0.1", port or console.port), 5) as s:
        with (context or console.context()).wrap_socket(s, server_hostname="127.0.0.1") as t:
            t.settimeout(wait)
            t.sendall(text)
            got = b""
            try:
                while b"\r\n\r\n" not in got:
                    more = t.recv(65536)
                    if not more:
                        break
                    got += more
            except (ConnectionError, ssl.SSLError):
                pass
            return int(got.split()[1]) if got.startswith(b"HTTP/") else 0


def test_smuggled_headers(console, device):
    body = json.dumps(event(3)).encode()
    head = "".join(f"{k}: {v}\r\n" for k, v in device.marks(3, 3).items())
    plain = f"POST /agent/v1/events HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n"
    for extra in ("X-Mimamori-First: 1\r\n", "x-mimamori-last: 9\r\n", "X-Mimamori-Journal: " + str(uuid.uuid4()) + "\r\n",
                  "Content-Encoding: zstd\r\nContent-Encoding: identity\r\n", "Transfer-Encoding: chunked\r\n"):
        assert raw_request(console, (plain + extra + "\r\n").encode() + body, device.context) == 400, extra
    assert raw_request(console, (plain.replace(f"Length: {len(body)}", "Length: -1") + "\r\n").encode() + body, device.context) in (0, 400)
    assert raw_request(console, (plain + "".join(f"X-{i}: 1\r\n" for i in range(60)) + "\r\n").encode() + body, device.context) == 431
    assert raw_request(console, (plain + "X-Long: " + "a" * 100000 + "\r\n\r\n").encode() + body, device.context) in (0, 413, 431)
    assert raw_request(console, (plain + "\r\n").encode() + body, device.context) == 200


def test_too_much(console, device):
    lines = b"".join(json.dumps(event(n)).encode() + b"\n" for n in range(1, 10001))
    assert device.call("POST", "/agent/v1/events", lines[:4 << 20], device.marks(1, 10000))[0] == 413
    assert device.send([event(n) for n in range(100, 100 + 513)])[0] == 413
    assert device.send([event(1, detail="x" * 66000)])[0] == 413
    status = raw_request(console, b"POST /agent/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 4194305\r\n\r\n", device.context)
    assert status == 413
    assert raw_request(console, b"POST /agent/v1/heartbeat HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n", device.context) == 413
    assert device.send([event(n) for n in range(1000, 1512)], zstd=True) == (200, {"durable": 1511})


def test_chunked_flood_is_cut(console, device):
    head = "".join(f"{k}: {v}\r\n" for k, v in device.marks(1, 1).items())
    with socket.create_connection(("127.0.0.1", console.port), 5) as s, device.context.wrap_socket(s, server_hostname="127.0.0.1") as t:
        t.settimeout(10)
        t.sendall(f"POST /agent/v1/events HTTP/1.1\r\nHost: x\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
        sent = 0
        with pytest.raises((ConnectionError, ssl.SSLError, BrokenPipeError)):
            for sent in range(2000):
                t.sendall(chunk)
        assert sent < 500  # 32 MB; the limit is 4 MB and what fits into sockets


def test_decompression_bombs(console, device):
    for n, level in ((64 << 20, "-19"), (5 << 20, "-1")):
        bomb = subprocess.run(["zstd", "-q", "-c", level], input=b" " * n, stdout=subprocess.PIPE, check=True).stdout
        status, got = device.call("POST", "/agent/v1/events", bomb, device.marks(1, 1, **{"Content-Encoding": "zstd"}))
        assert (status, got["error"]) == (413, "too_large")
    window = subprocess.run(["zstd", "-q", "-c", "--ultra", "--long=27"], input=os.urandom(100), stdout=subprocess.PIPE, check=True).stdout
    good = subprocess.run(["zstd", "-q", "-c"], input=json.dumps(event(1)).encode(), stdout=subprocess.PIPE, check=True).stdout
    for body in (b"", b"garbage", good[:-3], good + b"x", good + good, window):
        assert device.call("POST", "/agent/v1/events", body, device.marks(1, 1, **{"Content-Encoding": "zstd"}))[0] == 400
    assert device.call("POST", "/agent/v1/events", good, device.marks(1, 1, **{"Content-Encoding": "gzip"}))[0] == 415


# ---- heartbeats and silence ------------------------------------------------------------------------

def test_heartbeat(console, tmp_path):
    d = Device(console, tmp_path, hostname="beating")
    status, got = d.beat(quarantine="on", sensors={"files": {"state": "working"}}, folders=[])
    assert status == 200 and got["next_s"] == 30 and got["commands"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", got["server_time"])
    row = [x for x in console.json("devices") if x["agent_id"] == d.id][0]
    assert (row["state"], row["quarantine"], row["mode"], row["rules"], row["agent_version"]) == ("online", "on", "quarantine", "7", "0.2.0")
    for bad in ("", "[]", "{", '{"a":1,"a":2}', '"x"', "x" * 70000):
        assert d.call("POST", "/agent/v1/heartbeat", bad)[0] in (400, 413)
    for odd in ({"agent_version": 5, "rules": [], "mode": {}, "boot": "x" * 5000, "quarantine": [1]}, {}):
        assert d.post("/agent/v1/heartbeat", odd)[0] == 200
    assert d.beat(mode="'; DELETE FROM device; --")[0] == 200
    assert [x["mode"] for x in console.json("devices") if x["agent_id"] == d.id] == ["'; DELETE FROM device; --"]


def test_tampering_is_an_incident(tmp_path):
    """A guard that was killed is back within two seconds and its heartbeat says that all is well: the desk must see it all the same."""
    c = Console(tmp_path).start()
    d = Device(c, tmp_path)
    kill = {"class_uid": 6002, "type_uid": 600299, "class_name": "Application Lifecycle", "message": "見守りの一部が止められました"}
    assert d.send([event(1, severity=2, **kill)])[0] == 200     # an ordinary restart of a part
    assert c.json("incidents") == []
    assert d.send([event(2, severity=5, **kill), event(3, severity=4, **kill)])[0] == 200
    i, = c.json("incidents")
    assert (i["kind"], i["state"], i["severity"]) == ("tamper", "open", 5)
    c.stop()


def test_silence_raises_one_incident_and_ends(tmp_path):
    c = Console(tmp_path, heartbeat=1).start()
    loud, quiet, never = (Device(c, tmp_path, hostname=h) for h in ("loud", "quiet", "never"))
    assert quiet.beat()[0] == 200
    until = time.time() + 8
    while time.time() < until:
        loud.beat()
        if {d["hostname"]: d["state"] for d in c.json("devices")}["quiet"] == "silent":
            break
        time.sleep(0.3)
    for _ in range(6):
        loud.beat()
        time.sleep(0.4)
    assert {d["hostname"]: d["state"] for d in c.json("devices")} == {"loud": "online", "quiet": "silent", "never": "new"}
    incidents = c.json("incidents")
    assert [(i["kind"], i["state"], i["hostname"]) for i in incidents] == [("silence", "open", "quiet")]
    c.stop()
    time.sleep(4.5)  # nobody could be heard while the console was away
    c.start()
    time.sleep(1.5)
    assert {d["hostname"]: d["state"] for d in c.json("devices")}["loud"] == "online"
    assert quiet.beat()[0] == 200
    assert [(i["kind"], i["state"]) for i in c.json("incidents") if i["hostname"] == "quiet"] == [("silence", "closed")]
    assert {d["hostname"]: d["state"] for d in c.json("devices")}["quiet"] == "online"
    assert never.id
    c.stop()


# ---- commands ------------------------------------------------------------------------------------------

def test_order_reaches_a_waiting_poll_at_once(console, tmp_path):
    d = Device(console, tmp_path, hostname="waiting")
    delays, after = [], 0
    for give in (lambda: console.run("contain", "waiting", "--reason", "test"), lambda: console.api("POST", f"/api/v1/devices/{d.id}/release", {})):
        got = []
        t = threading.Thread(target=lambda: got.append((d.commands(after, 20), time.time())))
        t.start()
        time.sleep(0.4)
        with Stall() as stall:
            give()
            given = time.time()
            t.join(30)
        assert len(got[0][0]) == 1
        delays.append(got[0][1] - given - 2 * stall.ms / 1000)
        after = got[0][0][0]["sequence"]
    assert max(delays) < 0.5, delays


def test_command_contents_order_and_results(console, tmp_path):
    d = Device(console, tmp_path, hostname="ordered")
    console.run("contain", "ordered", "--hold")
    console.run("release", d.id[:12])
    first, second = d.commands()
    assert (first["action"], first["target"], first["args"], first["sequence"]) == ("contain", {"device": {}}, {"hold_without_console": True}, one := first["sequence"])
    assert (second["action"], second["target"], second["sequence"]) == ("allow", {"device": {}}, one + 1)
    assert first["agent_id"] == d.id and first["by"].startswith("cli:")
    assert d.beat()[1]["commands"] is True
    assert [c["sequence"] for c in d.commands(one)] == [one + 1] and d.commands(one + 1) == []
    assert d.post("/agent/v1/results", {"command_id": first["command_id"], "result": "ok", "message": "quarantined"}) == (200, {})
    assert [c["sequence"] for c in d.commands()] == [one + 1]
    assert d.post("/agent/v1/results", {"command_id": second["command_id"], "result": "refused", "message": "x"})[0] == 200
    assert d.commands() == [] and d.beat()[1]["commands"] is False
    states = {c["command_id"]: c["state"] for c in console.api("GET", f"/api/v1/devices/{d.id}")[1]["commands"]}
    assert states == {first["command_id"]: "ok", second["command_id"]: "refused"}
    for bad in ({"command_id": "x", "result": "ok"}, {"command_id": first["command_id"], "result": "done"}, {}, {"command_id": first["command_id"], "result": "ok", "message": "a\nb"}):
        assert d.post("/agent/v1/results", bad)[0] == 400


def test_what_came_of_an_order(console, tmp_path):
    """The desk sees how far an order got and what the host answered, on the command line and by REST alike."""
    d = Device(console, tmp_path, hostname="answers")
    assert d.beat()[0] == 200
    for verb in ("contain", "release", "contain", "contain"):
        console.run(verb, "answers", "--reason", "drill")
    first, second = d.commands()[:2]
    d.post("/agent/v1/results", {"command_id": first["command_id"], "result": "ok", "message": "console reachable: yes"})
    d.post("/agent/v1/results", {"command_id": second["command_id"], "result": "refused", "message": "a ticket is needed"})
    with sqlite3.connect(os.path.join(console.dir, "console.db")) as db:
        db.execute("UPDATE command SET not_after = 5 WHERE sequence = (SELECT max(sequence) FROM command WHERE agent_id = ?)", (d.id,))
    console.run("contain", "answers")
    states = ["ok", "refused", "sent", "expired", "queued"]
    told = console.json("orders", "--device", "answers")
    assert [o["state"] for o in told] == states and [o["action"] for o in told[:2]] == ["contain", "release"]
    text = console.run("orders", "--device", "answers").splitlines()
    for row, words in zip(text[1:], (("done", "console reachable: yes"), ("refused", "a ticket is needed"), ("fetched",), ("expired",), ("waiting",))):
        assert all(w in row for w in words), row
    seen, after = [], ""
    while after is not None:
        status, got = console.api("GET", f"/api/v1/orders?device={d.id}&limit=2" + (f"&after={after}" if after else ""))
        assert status == 200
        seen, after = seen + [o["state"] for o in got["orders"]], got["next"]
    assert seen == states[::-1]
    assert console.api("GET", f"/api/v1/orders?incident={uuid.uuid4()}")[1]["orders"] == []
    for bad in ("limit=0", "limit=501", "device=x", "after=1", "incident=1"):
        assert console.api("GET", "/api/v1/orders?" + bad)[0] == 400, bad
    audit = [r["action"] for r in console.json("audit", "--limit", "100000") if r["object"] == d.id]
    assert audit[1:] == ["contain", "release", "contain", "contain", "contain"], "the end of a quarantine is no allowed program"


def test_columns_stand_under_their_heads(console):
    """Full-width forms, half-width kana and combining marks take the columns that a terminal gives them."""
    def columns(text):
        return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

    names = ["ＡＢＣ（株）", "ｱｲｳ商店", "か\u3099くえん", "naïve “café”", "見守り！ｘ"]
    for n in names:
        console.run("customer", "add", n, "--phone", "0120-1")
    head, *rows = console.run("customers").splitlines()
    want = columns(head[:head.index("PHONE")])
    for n in names:
        row, = [r for r in rows if n in r]
        assert columns(row[:row.index("0120-1")]) == want, row


def test_an_order_to_a_silent_host_warns(console, tmp_path):
    d = Device(console, tmp_path, hostname="faraway")
    assert "was never seen yet" in console.run("contain", "faraway")
    assert "warning" in console.api("POST", f"/api/v1/devices/{d.id}/release", {})[1]
    assert d.beat()[0] == 200
    assert "silent" not in console.run("contain", "faraway")
    assert "warning" not in console.api("POST", f"/api/v1/devices/{d.id}/contain", {})[1]
    with sqlite3.connect(os.path.join(console.dir, "console.db")) as db:
        db.execute("UPDATE device SET last_seen = last_seen - 86400 WHERE agent_id = ?", (d.id,))
    assert "has been silent since" in console.run("contain", "faraway")
    assert "has been silent since" in json.loads(console.run("contain", "faraway", "--json"))["warning"]
    assert "has been silent since" in console.api("POST", f"/api/v1/devices/{d.id}/contain", {})[1]["warning"]


def test_an_incident_is_open_while_its_host_is_held(console, tmp_path):
    """A verdict does not hide a host that is still stopped or cut off."""
    d, attack = Device(console, tmp_path, hostname="held"), str(uuid.uuid4())
    assert d.send([event(1, attack, 5, unmapped={"response": "quarantine"}),
                   event(2, attack, 5, class_uid=7001, activity_id=1, status_id=1)])[0] == 200
    assert d.beat(quarantine="on", incident=attack)[0] == 200

    def row(*more):
        got = [i for i in console.json("incidents", *more) if i["uid"] == attack]
        return (got[0]["state"], got[0]["held"], got[0]["quarantine"], got[0]["verdict"]) if got else None

    def listed():
        return attack in [i["uid"] for i in console.api("GET", "/api/v1/incidents?state=open&limit=500")[1]["incidents"]]

    assert "still holds" in console.run("verdict", attack, "attack", "--note", "調査済み")
    assert row("--open") == ("open", True, "on", "attack") and listed()
    assert [x["open_incidents"] for x in console.json("devices") if x["agent_id"] == d.id] == [1]
    assert d.beat(quarantine="off", incident=attack)[0] == 200  # the network is open again, the program still stopped
    assert row("--open") == ("open", True, "off", "attack")
    assert d.beat(quarantine="off", incident="")[0] == 200
    assert row("--open") is None and row() == ("closed", False, "off", "attack") and not listed()
    assert "still holds" not in console.run("verdict", attack, "undecided")
    assert row("--open") == ("open", False, "off", "undecided")
    console.run("verdict", attack, "guilty", code=2)
    console.run("verdict", "00000000", "test", code=3)
    for verb in (("verdict", "abc1", "test"), ("close", "abc1"), ("events", "--incident", "abc1"), ("orders", "--incident", "abc1")):
        console.run(*verb, code=2)  # too short, and said so
    assert [r["detail"] for r in console.json("audit", "--limit", "100000") if r["action"] == "verdict" and r["object"] == attack] == ["attack", "undecided"]
    # what only alerted holds nothing: a verdict ends it although the host still remembers it
    alert = str(uuid.uuid4())
    assert d.send([event(3, alert, 3, unmapped={"response": "alert"})])[0] == 200 and d.beat(incident=alert)[0] == 200
    assert console.json("verdict", alert, "test")["state"] == "closed"


def test_orders_of_a_restored_console_are_new_to_the_host(tmp_path):
    """The host keeps the highest sequence that it obeyed; a console from a backup knows only older ones."""
    c = Console(tmp_path)
    c.start()
    try:
        d = Device(c, tmp_path, hostname="restored")
        c.run("contain", "restored")
        with sqlite3.connect(os.path.join(c.dir, "console.db")) as db, sqlite3.connect(tmp_path / "backup.db") as backup:
            db.backup(backup)
        for _ in range(5):
            c.run("release", "restored")
        highest = d.commands()[-1]["sequence"]
        c.stop()
        for f in os.listdir(c.dir):
            if f.startswith("console.db"):
                os.unlink(os.path.join(c.dir, f))
        os.rename(tmp_path / "backup.db", os.path.join(c.dir, "console.db"))
        os.chmod(os.path.join(c.dir, "console.db"), 0o600)
        time.sleep(1.1)  # no backup is put back within the second of an order
        c.start()
        c.run("contain", "restored", "--reason", "after the restore")
        got = d.commands(highest)
        assert [x["action"] for x in got] == ["contain"] and got[0]["sequence"] > highest
    finally:
        c.stop()


def test_nobody_gets_anothers_commands(console, tmp_path):
    a, b = Device(console, tmp_path, hostname="alpha"), Device(console, tmp_path, hostname="beta")
    console.run("contain", "beta")
    assert a.commands() == []
    assert a.call("GET", f"/agent/v1/commands?after=0&agent_id={b.id}") == (200, {"commands": []})
    order = b.commands()[0]
    assert a.post("/agent/v1/results", {"command_id": order["command_id"], "result": "ok", "message": ""})[0] == 404
    assert len(b.commands()) == 1


def test_long_poll_limits(console, tmp_path):
    d = Device(console, tmp_path, hostname="polling")
    with Stall() as stall:
        begin = time.time()
        assert d.commands(0, 1) == []
        took = time.time() - begin
    assert 0.9 < took < 2 + 2 * stall.ms / 1000
    for query in ("after=-1", "after=x", "wait=61", "wait=-1", "after=1&after=2&wait=99", "after=9999999999999999999"):
        assert d.call("GET", "/agent/v1/commands?" + query)[0] == 400, query
    got = []
    t = threading.Thread(target=lambda: got.append(d.commands(0, 30)))
    t.start()
    for _ in range(10):
        d.commands(0, 1)  # a newer poll of the same device ends the older; the first of these may come before it
        t.join(1)
        if got:
            break
    assert got == [[]]
    for _ in range(20):
        console.run("contain", "polling")
    first = [c["sequence"] for c in d.commands()]
    assert len(first) == 16 and sorted(set(first)) == first
    rest = [c["sequence"] for c in d.commands(first[-1])]
    assert len(rest) == 4 and rest[0] > first[-1]


def test_a_vanished_poller_harms_nobody(console, tmp_path):
    d = Device(console, tmp_path, hostname="vanishing")
    for _ in range(20):
        s = socket.create_connection(("127.0.0.1", console.port), 5)
        t = d.context.wrap_socket(s, server_hostname="127.0.0.1")
        t.sendall(b"GET /agent/v1/commands?wait=30 HTTP/1.1\r\nHost: x\r\n\r\n")
        t.close()
    console.run("contain", "vanishing")
    assert len(d.commands(0, 5)) == 1


def test_later_issues(device):
    assert device.call("PUT", "/agent/v1/evidence/abc")[0] == 501
    assert device.call("GET", "/agent/v1/tuf/metadata/1.root.json")[0] == 404


# ---- paths and framing ------------------------------------------------------------------------------------

@pytest.mark.parametrize("path", ["/", "/agent/v1", "/agent/v1/", "//agent/v1/commands", "/agent/v1/commands/", "/agent/v1/../v1/commands",
                                  "/agent/v1/%63ommands", "/agent/v1/commands%00", "/api/v1/health", "/agent/v1/evidence/../commands",
                                  "/" + "a" * 600])
def test_paths(console, device, path):
    assert device.call("GET", path)[0] in (404, 405, 414)


def test_methods(console, device):
    assert device.call("DELETE", "/agent/v1/commands")[0] == 405
    assert device.call("GET", "/agent/v1/events")[0] == 405
    assert console.api("DELETE", "/api/v1/devices")[0] == 405
    assert raw_request(console, b"GARBAGE\r\n\r\n") in (0, 400)
    assert raw_request(console, b"X" * 300 + b" / HTTP/1.1\r\nHost: x\r\n\r\n") in (0, 400, 404, 414)


def test_slow_clients_do_not_stop_others(console, device):
    slow = []
    for _ in range(30):
        s = socket.create_connection(("127.0.0.1", console.port), 5)
        slow.append(s)  # never says hello
    for _ in range(10):
        t = device.context.wrap_socket(socket.create_connection(("127.0.0.1", console.port), 5), server_hostname="127.0.0.1")
        t.sendall(b"POST /agent/v1/heartbeat HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        slow.append(t)
    with Stall() as stall:
        begin = time.time()
        assert device.beat()[0] == 200
        took = time.time() - begin
    assert took < 1 + 2 * stall.ms / 1000, f"the machine stood still for {stall.ms} ms at most"
    for s in slow:
        s.close()


# ---- the operators' API ----------------------------------------------------------------------------------------

def test_every_operation_of_the_document(console, tmp_path):
    d = Device(console, tmp_path, hostname="documented")
    attack = str(uuid.uuid4())
    d.beat()
    d.send([event(1, attack, 5), event(2)])
    done = set()

    def api(method, path, body=None, want=200, **more):
        status, got = console.api(method, path, body, **more)
        assert status == want, (method, path, got)
        bare = re.sub(r"\?.*", "", path)
        done.update((k, method.lower()) for k in OPENAPI["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", k), bare))
        return got

    assert api("GET", "/api/v1/health", token="")["status"] == "ok"
    assert api("GET", "/api/v1/summary")["online"] >= 1
    made = api("POST", "/api/v1/customers", {"name": "Robert'); DROP TABLE customer;--", "phone": "1"}, 201)
    doors = f"/api/v1/customers/{made['id']}/doors"
    assert api("GET", doors)["overall"] == "unknown"
    assert api("PUT", f"/api/v1/customers/{made['id']}/gateways", {"gateways": ["vpn.example.co.jp:443"]}, 202) == {"orders": []}
    api("PUT", doors + "/gateway%3Avpn.example.co.jp%3A443", {"mitigation": "separated", "reason": "調査中"}, 202)
    assert api("PUT", f"/api/v1/customers/{made['id']}/ring", {"ring": "early"}, 202) == {"orders": []}
    assert api("GET", "/api/v1/packs")["packs"]
    assert made["id"] in [c["id"] for c in api("GET", "/api/v1/customers")["customers"]]
    code = api("POST", "/api/v1/tokens", {"customer": made["id"], "hours": 2}, 201)["code"]
    assert decode_code(code)["t"] not in json.dumps(api("GET", "/api/v1/tokens"))
    console.run("operator", "add", "leaver")
    leaver = {o["name"]: o["id"] for o in api("GET", "/api/v1/operators")["operators"]}["leaver"]
    api("POST", f"/api/v1/operators/{leaver}/remove", {"reason": "left the company"})
    api("POST", f"/api/v1/operators/{leaver}/remove", None, 404)
    assert d.id in [x["agent_id"] for x in api("GET", "/api/v1/devices?limit=500")["devices"]]
    assert api("GET", f"/api/v1/devices/{d.id}")["heartbeat"]["mode"] == "quarantine"
    api("POST", f"/api/v1/devices/{d.id}/contain", {"reason": "調査", "hold_without_console": False}, 202)
    api("POST", f"/api/v1/devices/{d.id}/release", None, 202)
    assert len(api("PUT", f"/api/v1/devices/{d.id}/ring", {"ring": "canary"}, 202)["orders"]) == 1
    assert [o["action"] for o in api("GET", f"/api/v1/orders?device={d.id}")["orders"]] == ["policy", "release", "contain"]
    incident = [i for i in api("GET", "/api/v1/incidents?state=open&limit=500")["incidents"] if i["uid"] == attack][0]
    assert api("GET", f"/api/v1/incidents/{attack}")["id"] == incident["id"]
    assert [e["sequence"] for e in api("GET", f"/api/v1/events?incident={attack}")["events"]] == [1]
    api("POST", f"/api/v1/incidents/{incident['id']}/allow", {}, 202)
    api("POST", f"/api/v1/incidents/{attack}/restore", {"reason": "x"}, 202)
    api("POST", f"/api/v1/incidents/{attack}/close", {"reason": "memory saved"}, 202)
    console.run("close", str(incident["id"]), "--reason", "memory saved")
    assert [c["args"] for c in d.commands()] == [{"hold_without_console": False}, {}, {"ring": "canary"}, {}, {}, {}, {}]
    assert [(c["action"], c["target"]) for c in d.commands()[-2:]] == [("close", {"incident": attack})] * 2
    got = api("POST", f"/api/v1/incidents/{attack}/verdict", {"verdict": "false_alarm", "note": "バックアップ"})
    assert (got["state"], got["verdict"], got["verdict_by"]) == ("closed", "false_alarm", "admin")
    assert {c["action"] for c in got["commands"]} == {"allow", "close", "restore"}
    assert api("POST", f"/api/v1/incidents/{attack}/verdict", {"verdict": "undecided"})["state"] == "open"
    assert re.fullmatch("([A-Z2-7]{4}-){2}[A-Z2-7]{4}", api("POST", f"/api/v1/devices/{d.id}/removal", {"reason": "sold"}, 202)["code"])
    assert d.commands()[-1]["action"] == "policy" and re.fullmatch("[0-9a-f]{64}", d.commands()[-1]["args"]["removal"])
    assert api("POST", "/api/v1/devices/x/removal", {}, 404)["error"] == "not_found"
    api("POST", f"/api/v1/devices/{d.id}/revoke", {})
    actions = [(r["who"], r["action"]) for r in api("GET", "/api/v1/audit?limit=100")["audit"]]
    for action in ("customer_add", "token_new", "contain", "release", "allow", "close", "restore", "verdict", "revoke", "operator_remove", "gateways_set", "door_declare", "ring_set", "removal"):
        assert ("admin", action) in actions
    assert done == {(p, m) for p, methods in OPENAPI["paths"].items() for m in methods}


def test_paging(console, tmp_path):
    d = Device(console, tmp_path, hostname="paged")
    d.send([event(n) for n in range(1, 26)])
    seen, after = [], 0
    while after is not None:
        status, got = console.api("GET", f"/api/v1/events?device={d.id}&limit=10&after={after}")
        assert status == 200
        seen += [e["sequence"] for e in got["events"]]
        after = got["next"]
    assert seen == list(range(1, 26))
    ids, after = [], ""
    while after is not None:
        got = console.api("GET", "/api/v1/devices?limit=2" + (f"&after={after}" if after else ""))[1]
        ids += [x["agent_id"] for x in got["devices"]]
        after = got["next"]
    assert len(ids) == len(set(ids)) and d.id in ids
    for bad in ("limit=0", "limit=101", "limit=-1", "after=x", "severity=9", "device=x", "limit=1&limit=2&after=zz"):
        assert console.api("GET", "/api/v1/events?" + bad)[0] == 400, bad


def test_tokens_and_roles(console, device):
    for token in ("", "x", "0" * 64, console.desk[:-1], console.desk + "0", "' OR 1=1 --"):
        assert console.api("GET", "/api/v1/devices", token=token)[0] == 401
    assert console.call("GET", "/api/v1/devices", None, {"Authorization": "Basic " + console.desk}, port=console.api_port)[0] == 401
    assert console.api("GET", "/api/v1/devices", token=console.desk)[0] == 200
    for method, path, body in (("POST", "/api/v1/customers", {"name": "x"}), ("POST", "/api/v1/tokens", {"customer": 1}), ("GET", "/api/v1/tokens", None),
                               ("GET", "/api/v1/operators", None), ("POST", "/api/v1/operators/1/remove", {}), ("GET", "/api/v1/audit", None), ("POST", f"/api/v1/devices/{device.id}/revoke", {}), ("POST", f"/api/v1/devices/{device.id}/removal", {})):
        assert console.api(method, path, body, token=console.desk)[0] == 403
    two = f"GET /api/v1/devices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {console.desk}\r\nAuthorization: Bearer {console.admin}\r\n\r\n"
    assert raw_request(console, two.encode(), port=console.api_port) in (400, 401)


def test_a_removed_operator_is_refused_at_once(console):
    token = console.run("operator", "add", "佐藤", "--role", "admin").strip()
    assert console.api("GET", "/api/v1/audit", token=token)[0] == 200
    assert "佐藤" in console.run("operator", "remove", "佐藤")
    assert console.api("GET", "/api/v1/audit", token=token)[0] == 401
    assert "佐藤" not in [o["name"] for o in console.json("operators")]
    row = console.json("audit", "--limit", "1")[0]
    assert (row["action"], row["object"], row["detail"]) == ("operator_remove", "佐藤", "admin")
    console.run("operator", "remove", "佐藤", code=3)
    console.run("operator", "remove", code=2)
    again = console.run("operator", "add", "佐藤").strip()  # the name is free again, with a token of its own
    assert again != token and console.api("GET", "/api/v1/devices", token=token)[0] == 401
    console.run("operator", "remove", "佐藤")
    numbers = {o["name"]: o["id"] for o in console.json("operators")}
    console.run("operator", "remove", str(numbers["desk"]), code=3)  # a number is no name
    for id in ("0", "-1", "desk", "99999999999999999999"):
        assert console.api("POST", f"/api/v1/operators/{id}/remove", {})[0] == 404, id
    assert console.api("POST", f"/api/v1/operators/{numbers['desk']}/remove", {"reason": 5})[0] == 400
    assert console.api("GET", "/api/v1/devices", token=console.desk)[0] == 200


def test_bad_requests_change_nothing(console, device):
    audit = len(console.json("audit", "--limit", "100000"))
    some = str(uuid.uuid4())
    for path, body in (("/api/v1/customers", '{"name":"a","name":"b"}'), ("/api/v1/customers", '{"name":""}'), ("/api/v1/customers", '{"name":"a\\u0000b"}'),
                       ("/api/v1/customers", '{"name":"a\\nb"}'), ("/api/v1/customers", '{"name":"a","x":1}'), ("/api/v1/customers", "[]"), ("/api/v1/customers", ""),
                       ("/api/v1/customers", '{"name":"' + "x" * 300 + '"}'), ("/api/v1/customers", '{"name":"\xff"}'),
                       ("/api/v1/tokens", '{"customer":-1}'), ("/api/v1/tokens", '{"customer":"1"}'), ("/api/v1/tokens", '{"customer":1,"hours":0}'),
                       ("/api/v1/tokens", '{"customer":1,"hours":1e3}'), ("/api/v1/tokens", '{"customer":1,"hours":99999999999999999999}'),
                       (f"/api/v1/devices/{some}/contain", "{}"), ("/api/v1/devices/x/contain", "{}"), (f"/api/v1/devices/{device.id}/contain", '{"reason":5}'),
                       (f"/api/v1/devices/{device.id}/contain", '{"hold_without_console":"yes"}'), (f"/api/v1/devices/{device.id}/contain", '{"force":true}'),
                       ("/api/v1/incidents/999999/verdict", '{"verdict":"attack"}'), ("/api/v1/incidents/-1/allow", "{}"),
                       ("/api/v1/incidents/1'%20OR%201=1/allow", "{}"), ("/api/v1/incidents/1/verdict", '{"verdict":"maybe"}')):
        status = console.api("POST", path, body.encode("latin-1"), raw=True)[0]
        assert status in (400, 404), (path, body, status)
    assert console.api("POST", "/api/v1/customers", {"name": "株式会社みどり工業"})[0] == 409
    assert len(console.json("audit", "--limit", "100000")) == audit


def test_hostile_names_stay_text(console, tmp_path):
    for name in ("x'; DROP TABLE device; --", '"><script>', "\u202egnp.exe", "名前" * 40, "%s%n%d"):
        d = Device(console, tmp_path, hostname=name)
        assert d.beat()[0] == 200
        assert console.json("contain", name)["agent_id"] == d.id
        assert name in [x["hostname"] for x in console.json("devices")]
    table = console.run("devices")
    assert "\x1b" not in table and "DROP TABLE" in table


def test_tables_are_plain(console):
    for verb in (["devices"], ["events"], ["incidents"], ["audit"], ["customers"], ["operators"]):
        text = console.run(*verb)
        assert text and not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
        json.loads(console.run(*verb, "--json"))


def test_a_damaged_store_is_told(tmp_path):
    c = Console(tmp_path)
    with open(os.path.join(c.dir, "console.db"), "r+b") as f:
        f.write(b"garbage" * 1000)
    p = subprocess.run([PROGRAM, "--dir", c.dir, "devices"], capture_output=True, text=True)
    assert p.returncode == 1 and "console.db" in p.stderr
    os.unlink(os.path.join(c.dir, "console.ini"))
    assert subprocess.run([PROGRAM, "--dir", c.dir, "serve"], capture_output=True).returncode == 1


def test_port_in_use(console, tmp_path):
    c = Console(tmp_path)
    ini = os.path.join(c.dir, "console.ini")
    text = open(ini, encoding="utf-8").read()
    open(ini, "w", encoding="utf-8").write(text.replace(f"port={c.port}\n", f"port={console.port}\n"))
    p = subprocess.run([PROGRAM, "--dir", c.dir, "serve"], capture_output=True, text=True, timeout=20)
    assert p.returncode == 1 and "in use" in p.stderr
