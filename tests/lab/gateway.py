#!/usr/bin/python3
"""Gateways of the lab: servers that give recorded answers, and hostile ones.

    gateway.py FIXTURE.txt [--address 127.0.0.1] [--https PORT] [--ssh PORT] [--ike PORT] [--snmp PORT] [--key FILE]

Each server is a thread with plain sockets (a reset, a byte a second and rubbish are easier to do there than
behind a framework), on a port of the system's choice unless one is given, and notes when it was asked what.
"""
import argparse
import datetime
import hashlib
import ipaddress
import os
import re
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gateway_fixtures as G  # noqa: E402

# ---- certificates ----------------------------------------------------------------
ATTRIBUTES = {"CN": NameOID.COMMON_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "O": NameOID.ORGANIZATION_NAME,
              "L": NameOID.LOCALITY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME, "C": NameOID.COUNTRY_NAME}


def name(text):
    """RFC 2253 text ("CN=a,O=b\\, c") -> a name, the last part first in the certificate."""
    parts = [p.replace("\\,", ",").split("=", 1) for p in re.split(r"(?<!\\),", text)]
    return x509.Name([x509.NameAttribute(ATTRIBUTES[k], v) for k, v in reversed(parts)])


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def certificate(subject="CN=vpn.example.test", issuer=None, before="2026-01-01T00:00:00Z", after="2036-01-01T00:00:00Z", serial=None,
                names=("vpn.example.test",), small=False, key=None, signer=None):
    """PEM text of a certificate with its key; `small`: RSA of 1024 bits and SHA-1, as boxes of 2008 made them; `key`: not a new one;
    `signer`: the issuer's key."""
    key = key or (rsa.generate_private_key(65537, 1024) if small else ec.generate_private_key(ec.SECP256R1()))
    signer = signer or (key if issuer is None or issuer == subject else ec.generate_private_key(ec.SECP256R1()))
    b = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer or subject)).public_key(key.public_key())
         .serial_number(serial or x509.random_serial_number()).not_valid_before(instant(before)).not_valid_after(instant(after)))
    if names:
        b = b.add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
    cert = b.sign(signer, hashes.SHA1() if small else hashes.SHA256())
    return (cert.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))


def authority(subject):
    """(key, PEM of the certificate) of an authority that signs others."""
    key = ec.generate_private_key(ec.SECP256R1())
    cert = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(subject)).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(instant("2026-01-01T00:00:00Z"))
            .not_valid_after(instant("2036-01-01T00:00:00Z")).add_extension(x509.BasicConstraints(True, None), critical=True)
            .sign(key, hashes.SHA256()))
    return key, cert.public_bytes(serialization.Encoding.PEM)


def kept_key(path):
    """The key that this file keeps, made when there is none: a box has the same one after each start."""
    if not os.path.exists(path):
        with open(path, "wb") as f:
            f.write(ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    with open(path, "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


def fingerprint(key):
    """As the agent tells it: SHA-256 of the SubjectPublicKeyInfo."""
    return hashlib.sha256(key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _general(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def context(pem=None, old=False):
    """A server's TLS settings; `old`: TLS 1.0 and nothing newer."""
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as f:
        f.write(pem or certificate())
        f.flush()
        if old:
            ctx.set_ciphers("ALL:@SECLEVEL=0")
        ctx.load_cert_chain(f.name)
    if old:
        ctx.minimum_version, ctx.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1
    return ctx


def fixture_certificate(lines, key=None):
    """The certificate that a fixture's tls section tells of."""
    told = dict(x.split("=", 1) for x in lines.decode().split("\n") if x)
    serial = int(told["serial"], 16) if told["serial"] else None
    return certificate(told["subject"], told["issuer"], told["not_before"], told["not_after"], serial,
                       [n for n in told["names"].split(",") if n], key=key)


# ---- servers -----------------------------------------------------------------------
class Server:
    """`behave(connection, server)` runs in a thread for each connection; None closes it afterwards.  tls: an SSL context."""

    def __init__(self, behave, tls=None, address="127.0.0.1", port=0):
        self.behave, self.tls = behave, tls
        self.connected, self.asked, self.lock = [], [], threading.Lock()   # times; (time, request)
        self.listener = socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                c, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connected.append(time.monotonic())
            threading.Thread(target=self._serve, args=(c,), daemon=True).start()

    def _serve(self, c):
        try:
            c.settimeout(20)
            if self.tls:
                c = self.tls.wrap_socket(c, server_side=True)
            self.behave(c, self)
        except OSError:
            pass
        finally:
            c.close()

    def request(self, c):
        """The head of one request, noted; b"" when the peer closed."""
        data = b""
        while b"\r\n\r\n" not in data and len(data) < 65536:
            part = c.recv(4096)
            if not part:
                break
            data += part
        if data:
            with self.lock:
                self.asked.append((time.monotonic(), data))
        return data

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Datagrams:
    """`answer(bytes, server)` gives the list of datagrams that go back."""

    def __init__(self, answer, address="127.0.0.1", port=0):
        self.answer, self.asked = answer, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                data, peer = self.socket.recvfrom(65536)
                if not data:
                    return
                self.asked.append((time.monotonic(), data))
                for d in self.answer(data, self):
                    self.socket.sendto(d, peer)
            except OSError:
                return

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:   # closing alone does not wake a reader
            s.sendto(b"", self.socket.getsockname())
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# ---- recorded answers -----------------------------------------------------------------
def http_answers(answers):
    """Behaviour: by method and path, 404 for others."""
    table = {(a.method, a.path): a.data for a in answers if a.source == "https"}

    def behave(c, server):
        words = server.request(c).split(b" ")
        if len(words) < 2:
            return
        c.sendall(table.get((words[0].decode(), words[1].decode()), b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
        if isinstance(c, ssl.SSLSocket):
            c.unwrap()
    return behave


def _ber(tag, body):
    n = len(body)
    return bytes([tag]) + (bytes([n]) if n < 128 else b"\x82" + n.to_bytes(2, "big")) + body


def _element(data, at=0):
    """(tag, content, position behind)"""
    n, head = data[at + 1], 2
    if n & 0x80:
        head += n & 0x7f
        n = int.from_bytes(data[at + 2:at + head], "big")
    return data[at], data[at + head:at + head + n], at + head + n


def oid_bytes(text):
    parts = [int(x) for x in text.split(".")]
    out = b""
    for p in [parts[0] * 40 + parts[1]] + parts[2:]:
        group = [p & 0x7f]
        while p > 0x7f:
            p >>= 7
            group.insert(0, p & 0x7f | 0x80)
        out += bytes(group)
    return out


def snmp_request(data):
    """(version, community, request-id element's content, OID bytes) of a GetRequest."""
    _, message, _ = _element(data)
    _, version, at = _element(message)
    _, community, at = _element(message, at)
    tag, pdu, _ = _element(message, at)
    assert tag == 0xa0
    _, request, at = _element(pdu)
    _, _, at = _element(pdu, at)
    _, _, at = _element(pdu, at)
    _, oid, _ = _element(_element(_element(pdu, at)[1])[1])
    return version[0], community, request, oid


def snmp_response(version, community, request, oid, value, error=0):
    """`value`: a whole element."""
    bind = _ber(0x30, _ber(0x30, _ber(6, oid) + value))
    pdu = _ber(0xa2, _ber(2, request) + _ber(2, bytes([error])) + _ber(2, bytes([1 if error else 0])) + bind)
    return _ber(0x30, _ber(2, bytes([version])) + _ber(4, community) + pdu)


def snmp_answers(answers, community=b"public", versions=(0, 1)):
    """Answer with the fixture's values; another community or version: silence, as devices do."""
    table = {oid_bytes(a.path or G.SYSDESCR): a.data for a in answers if a.source == "snmp"}
    object_id = oid_bytes("1.3.6.1.2.1.1.2.0")

    def answer(data, _):
        version, told, request, oid = snmp_request(data)
        if told != community or version not in versions:
            return []
        if oid not in table:
            return [snmp_response(version, told, request, oid, b"\x05\x00", 2) if version == 0
                    else snmp_response(version, told, request, oid, b"\x80\x00")]
        value = _ber(6, oid_bytes(table[oid].decode())) if oid == object_id else _ber(4, table[oid])
        return [snmp_response(version, told, request, oid, value)]
    return answer


def ike_answers(answers):
    """Answer the version that the fixture knows; the other: silence."""
    known = {a.detail: a.data for a in answers if a.source == "ike"}

    def answer(data, _):
        recorded = known.get(f"v{data[17] >> 4}")
        return [data[:8] + recorded[8:]] if recorded else []
    return answer


class Gateway:
    """All servers that a fixture needs: .https .ssh .ike .snmp, None where it has no such answer."""

    def __init__(self, fixture, address="127.0.0.1", key=None, **ports):
        answers = fixture.answers()
        by = {s: [a for a in answers if a.source == s] for s in ("https", "tls", "ssh", "ike", "snmp")}
        pem = fixture_certificate(by["tls"][0].data, key) if by["tls"] else certificate(key=key)

        def port(what):
            return {"address": address, "port": ports.get(what) or 0}
        self.https = Server(http_answers(answers), context(pem), **port("https")) if by["https"] or by["tls"] else None
        self.ssh = Server(lambda c, s: c.sendall(by["ssh"][0].data + b"\r\n"), **port("ssh")) if by["ssh"] else None
        self.ike = Datagrams(ike_answers(answers), **port("ike")) if by["ike"] else None
        self.snmp = Datagrams(snmp_answers(answers), **port("snmp")) if by["snmp"] else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in (self.https, self.ssh, self.ike, self.snmp):
            if s:
                s.close()


# ---- hostile ones ----------------------------------------------------------------------
def reset(c):
    """Close with a reset instead of an end."""
    raw = c if not isinstance(c, ssl.SSLSocket) else socket.socket(fileno=c.detach())
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def flood(head, part, times=1 << 20, ask_first=True):
    def behave(c, s):
        if ask_first:
            s.request(c)
        c.sendall(head)
        for _ in range(times):
            c.sendall(part)
    return behave


def say(data):
    """Answer the request with these bytes and close."""
    def behave(c, s):
        s.request(c)
        c.sendall(data)
        if isinstance(c, ssl.SSLSocket):
            c.unwrap()
    return behave


def drip(data, ask_first=True):
    """A byte a second."""
    def behave(c, s):
        if ask_first:
            s.request(c)
        for b in data:
            c.sendall(bytes([b]))
            time.sleep(1)
    return behave


def silent(c, s):
    """Accept, read, never answer."""
    while c.recv(4096):
        pass


def reset_after(data=b"", ask_first=True):
    def behave(c, s):
        if ask_first:
            s.request(c)
        if data:
            c.sendall(data)
        reset(c)
    return behave


def garbage_hello(c, s):
    """Rubbish where the ServerHello should be."""
    c.recv(4096)
    c.sendall(bytes((i * 73 + 11) & 0xff for i in range(4096)))


def gzip_bomb(size=256 << 20):
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(z.compress(bytes(1 << 20)) for _ in range(size >> 20)) + z.flush()
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/html\r\n\r\n" + body


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("fixture")
    p.add_argument("--address", default="127.0.0.1")
    p.add_argument("--key", type=kept_key)
    for what in ("https", "ssh", "ike", "snmp"):
        p.add_argument("--" + what, type=int)
    a = vars(p.parse_args())
    gateway = Gateway(G.Fixture(a.pop("fixture")), a.pop("address"), a.pop("key"), **a)
    for what in ("https", "ssh", "ike", "snmp"):
        server = getattr(gateway, what)
        if server:
            print(what, server.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
