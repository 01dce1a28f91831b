#!/usr/bin/python3
"""Something that stands where the console should: another certificate, another clock, another protocol, nothing at all.

    strange.py ADDRESS PORT MODE [CERTIFICATE KEY [SECONDS]]

MODE tls: answers HEAD with a Date that is off by SECONDS; drip: TLS, then one byte of a header now and then; plain: HTTP without
TLS; mute: takes the connection and says nothing; proxy: a proxy that lets nobody through; relay: one that does; flood: headers
without end.  Says "ready".  Certificate and key are made by authority().
"""
import os
import select
import socket
import ssl
import subprocess
import sys
import threading
import time
from email.utils import formatdate


def openssl(*args):
    return subprocess.run(["openssl", *map(str, args)], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def authority(folder, address, subject="/CN=Gate SSL inspection", days=30):
    """A CA of its own and a server's certificate by it: (certificates, key, SHA-256 of the CA).  days < 0: out of its time."""
    os.makedirs(folder, exist_ok=True)
    at = {n: os.path.join(folder, n) for n in ("ca.key", "ca.crt", "s.key", "s.csr", "s.crt", "ext", "chain")}
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *curve, "-utf8", "-days", 30, "-keyout", at["ca.key"], "-out", at["ca.crt"], "-subj", subject,
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", "-new", *curve, "-keyout", at["s.key"], "-out", at["s.csr"], "-subj", "/CN=console")
    kind = "IP" if address[0].isdigit() else "DNS"
    with open(at["ext"], "w") as f:
        f.write(f"subjectAltName={kind}:{address}\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", at["s.csr"], "-CA", at["ca.crt"], "-CAkey", at["ca.key"], "-CAcreateserial", "-days", days, "-extfile", at["ext"],
            "-out", at["s.crt"])
    with open(at["chain"], "w") as f:
        f.write(open(at["s.crt"]).read() + open(at["ca.crt"]).read())
    return at["chain"], at["s.key"], pin(at["ca.crt"])


def pin(ca):
    return subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=openssl("x509", "-in", ca, "-outform", "DER"), check=True,
                          stdout=subprocess.PIPE).stdout.split()[0].decode()


def read_head(c):
    head = b""
    while b"\r\n\r\n" not in head and len(head) < 8192:
        more = c.recv(4096)
        if not more:
            break
        head += more
    return head


def tls(c, context, off):
    with context.wrap_socket(c, server_side=True) as s:
        read_head(s)
        s.sendall(f"HTTP/1.1 404 Not Found\r\nDate: {formatdate(time.time() + off, usegmt=True)}\r\nContent-Length: 0\r\n\r\n".encode())


def drip(c, context, _):
    with context.wrap_socket(c, server_side=True) as s:
        read_head(s)
        for b in b"HTTP/1.1 200 OK\r\nDate: " + b"x" * 1000:
            s.sendall(bytes([b]))
            time.sleep(0.2)


def flood(c, context, _):
    with context.wrap_socket(c, server_side=True) as s:
        read_head(s)
        s.sendall(b"HTTP/1.1 200 OK\r\nDate: " + b"9" * 60000 + b"\r\n")
        while True:
            s.sendall(b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n" * 100)


def plain(c, *_):
    c.recv(1)
    c.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def mute(c, *_):
    time.sleep(60)


def proxy(c, *_):
    read_head(c)
    c.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")


def relay(c, *_):
    host, _, port = read_head(c).split()[1].decode().rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), 5) as there:
        c.sendall(b"HTTP/1.1 200 Connection established\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n")
        while True:
            for s in select.select([c, there], [], [], 10)[0]:
                data = s.recv(65536)
                if not data:
                    return
                (there if s is c else c).sendall(data)


def answer(serve, c, context, off):
    try:
        with c:
            serve(c, context, off)
    except (OSError, ValueError, IndexError):
        pass


def main(address, port, mode, certificate=None, key=None, off="0"):
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    s = socket.create_server((address, int(port)), backlog=64)
    print("ready", flush=True)
    serve = {"tls": tls, "drip": drip, "flood": flood, "plain": plain, "mute": mute, "proxy": proxy, "relay": relay}[mode]
    while True:
        c, _ = s.accept()
        threading.Thread(target=answer, args=(serve, c, context, int(off)), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
