"""enrol_run against the console double: pin before data, files and rights, idempotence, refusals, then a first heartbeat."""
import base64
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from console_double import AGENT, Authority, Console, openssl  # noqa: E402
from test_uplink import BUILD, PROGRAM, ROOT, Agent, base, console, pytestmark  # noqa: E402,F401


def code(url, pin, token="good-token"):
    payload = json.dumps({"u": url, "p": pin, "t": token}, separators=(",", ":")).encode()
    text = base64.b32encode(payload + hashlib.sha256(payload).digest()[:4]).decode().rstrip("=")
    return "MM1-" + "-".join(text[i:i + 5] for i in range(0, len(text), 5))


def keys():
    raw = openssl("pkey", "-pubout", "-outform", "DER", data=openssl("genpkey", "-algorithm", "ed25519"))[-32:]
    return [{"keyid": hashlib.sha256(raw).hexdigest()[:16], "public": base64.b64encode(raw).decode()}]


def enrol(base, text, ca="", kept=""):
    if not PROGRAM.exists():
        subprocess.run(["make", "-s", f"B={BUILD}", str(PROGRAM.relative_to(ROOT))], cwd=ROOT, check=True, timeout=900)
    config = base / "agent.ini"
    config.write_text(f"[paths]\nstate={base}/state\nrun={base}/run\nrules={base}/rules\nlocal={base}/local\n"
                      f"[roles]\ncore_user=nobody-of-that-name\n" + (f"[console]\nca={ca}\n" if ca else ""))
    return subprocess.run([str(PROGRAM), "--enrol", str(config), text, *([str(kept)] if kept else [])], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=90)


def test_enrol_and_talk(base, console):
    console.command_keys = keys()
    r = enrol(base, code(console.url, console.ca.pin()).lower().replace("-", " "))
    assert r.returncode == 0, r.stdout
    assert AGENT in r.stdout and "みどり商店" in r.stdout
    core, guard = base / "state/core", base / "state/guard"
    assert (core / "device.key").stat().st_mode & 0o777 == 0o600
    assert core.stat().st_mode & 0o777 == 0o700 and guard.stat().st_mode & 0o777 == 0o700
    assert (core / "device.key").stat().st_uid == 60991 and (guard / "command-keys.json").stat().st_uid == 0
    assert (guard / "command-keys.json").stat().st_mode & 0o777 == 0o600
    kept = json.loads((guard / "command-keys.json").read_text())
    assert kept == {"agent_id": AGENT, "command_keys": console.command_keys}
    asked = console.enrolled[0]
    assert set(asked) == {"token", "csr", "hostname", "os", "kernel", "agent_version", "machine_id"}
    assert "PRIVATE" not in json.dumps(asked)
    a = Agent(base, console)
    try:
        assert console.wait(lambda: console.beats, 10)
    finally:
        a.end()


def test_lost_answer_is_repeated_with_the_same_key(base, console):
    console.command_keys = []       # the answer cannot be used: as if it had been lost
    assert enrol(base, code(console.url, console.ca.pin())).returncode != 0
    assert not (base / "state/core/enrolled.json").exists()
    console.command_keys = keys()
    assert enrol(base, code(console.url, console.ca.pin())).returncode == 0
    public = [openssl("req", "-noout", "-pubkey", data=x["csr"].encode()) for x in console.enrolled]
    assert len(public) == 2 and public[0] == public[1]


def test_nothing_is_sent_to_another_ca(base, console):
    other = Authority(base / "other", "other-ca")
    r = enrol(base, code(console.url, other.pin()))
    assert r.returncode != 0 and "not the one" in r.stdout
    assert not console.enrolled and not (base / "state/core/enrolled.json").exists()


def test_a_wrong_name_is_refused(base, console):
    console.stop()
    console.key, console.crt = console.ca.server("192.0.2.1")
    console.start()
    console.command_keys = keys()
    r = enrol(base, code(console.url, console.ca.pin()))
    assert r.returncode != 0 and not console.enrolled, r.stdout


def test_ca_from_a_file(base, console):
    """A server that sends only its own certificate: the CA comes from [console] ca=, and must still fit the pin."""
    console.stop()
    console.bare = True
    pem = console.crt.read_text()
    console.crt.write_text(pem[:pem.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n")
    console.start()
    console.command_keys = keys()
    assert enrol(base, code(console.url, console.ca.pin())).returncode != 0
    ca = base / "provider-ca.pem"
    ca.write_text(console.ca.cert.read_text())
    other = base / "other-ca.pem"
    other.write_text(Authority(base / "other", "other-ca").cert.read_text())
    assert enrol(base, code(console.url, console.ca.pin()), other).returncode != 0
    assert not console.enrolled
    assert enrol(base, code(console.url, console.ca.pin()), ca).returncode == 0


@pytest.mark.parametrize("change", ["key", "cert", "ca", "agent"])
def test_answers_that_do_not_fit(base, console, change):
    console.command_keys = keys()
    real = console.enroll

    def enroll(request):
        status, a = real(request)
        other = Authority(base / "other", "other-ca")
        if change == "key":
            a["command_keys"][0]["keyid"] = "0" * 16
        if change == "cert":
            a["certificate"] = other.device(request["csr"].encode())
        if change == "ca":
            a["ca"] = other.cert.read_text()
        if change == "agent":
            a["agent_id"] = "22222222-2222-4333-8444-555555555555"
        return status, a

    console.enroll = enroll
    r = enrol(base, code(console.url, console.ca.pin()))
    assert r.returncode != 0 and "cannot be used" in r.stdout
    assert not (base / "state/core/enrolled.json").exists() and not (base / "state/guard/command-keys.json").exists()


def test_refused_token_and_bad_codes(base, console):
    r = enrol(base, code(console.url, console.ca.pin(), "old-token"))
    assert r.returncode != 0 and "token_expired" in r.stdout
    good = code(console.url, console.ca.pin())
    assert "typing error" in enrol(base, good[:-3] + ("AAA" if good[-3:] != "AAA" else "BBB")).stdout
    assert "not an enrolment code" in enrol(base, "hello").stdout


def test_a_server_that_says_nothing_or_nonsense(base):
    s = socket.create_server(("127.0.0.1", 0))
    got = []

    def serve():
        c, _ = s.accept()
        got.append(c.recv(4096))
        c.sendall(b"\x00" * 100)
        c.close()

    threading.Thread(target=serve, daemon=True).start()
    r = enrol(base, code(f"https://127.0.0.1:{s.getsockname()[1]}", "0" * 64))
    assert r.returncode != 0 and b"token" not in got[0]
    s.close()


def test_failed_second_enrolment_leaves_the_first(base, console):
    console.command_keys = keys()
    assert enrol(base, code(console.url, console.ca.pin())).returncode == 0
    before = {f.name: f.read_bytes() for f in (base / "state/core").iterdir()}
    assert enrol(base, code(console.url, console.ca.pin(), "bad-token")).returncode != 0
    after = {f.name: f.read_bytes() for f in (base / "state/core").iterdir()}
    assert {k: after[k] for k in before} == before
