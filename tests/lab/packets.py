#!/usr/bin/python3
"""Packets that prove what a network lets through.  Runs inside one of the lab's namespaces.

    packets.py serve PORT                      echo over TCP and UDP, IPv4 and IPv6; prints "ready"
    packets.py probe [--timeout S] ADDR PORT ...  one JSON line: {"ADDR:PORT": {"tcp": bool, "udp": bool}}
    packets.py watch FILE ADDR PORT ...        every 5 ms a UDP echo to each, and a TCP connection that stays:
                                               FILE is rewritten with what was answered last, until killed
"""
import ipaddress
import json
import os
import selectors
import socket
import struct
import sys
import time

STEP = 0.005


def now():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def family(address):
    return socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET


def serve(port):
    sel = selectors.DefaultSelector()
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(socket.AF_INET6, kind)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(("::", port))
        if kind == socket.SOCK_STREAM:
            s.listen(64)
        sel.register(s, selectors.EVENT_READ, kind)
    print("ready", flush=True)
    while True:
        for key, _ in sel.select():
            try:
                if key.data == socket.SOCK_DGRAM:
                    data, peer = key.fileobj.recvfrom(2048)
                    key.fileobj.sendto(data, peer)
                elif key.data == socket.SOCK_STREAM:
                    c, _ = key.fileobj.accept()
                    sel.register(c, selectors.EVENT_READ, None)
                else:
                    data = key.fileobj.recv(2048)
                    if data:
                        key.fileobj.sendall(data)
                    else:
                        sel.unregister(key.fileobj)
                        key.fileobj.close()
            except OSError:
                if key.data is None:
                    sel.unregister(key.fileobj)
                    key.fileobj.close()


def tcp(address, port, timeout):
    """A connection is made; whether somebody answers on it is not asked: a TLS server would not."""
    try:
        with socket.socket(family(address), socket.SOCK_STREAM) as s:
            s.settimeout(timeout)
            s.connect((address, port))
            return True
    except OSError:
        return False


def udp(address, port, timeout):
    try:
        with socket.socket(family(address), socket.SOCK_DGRAM) as s:
            s.settimeout(timeout / 3)
            s.connect((address, port))
            for _ in range(3):
                s.send(b"ping")
                try:
                    return s.recv(16) == b"ping"
                except socket.timeout:
                    continue
    except OSError:
        pass
    return False


class Watched:
    """One address: when it answered last, and when a probe went unanswered first after that."""

    def __init__(self, address, port):
        self.u = socket.socket(family(address), socket.SOCK_DGRAM)
        self.u.connect((address, port))
        self.u.setblocking(False)
        self.t = socket.create_connection((address, port), 2)
        self.t.setblocking(False)
        self.sent = self.udp_ok = self.udp_missed = self.tcp_ok = 0
        self.tcp_dead = False

    def step(self):
        self.sent = now()
        try:
            self.u.send(struct.pack("q", self.sent))
        except OSError:
            pass
        try:
            if not self.tcp_dead:
                self.t.send(struct.pack("q", self.sent))
        except BlockingIOError:
            pass
        except OSError:
            self.tcp_dead = True

    def collect(self):
        try:
            while True:
                data = self.u.recv(64)
                self.udp_ok = max(self.udp_ok, struct.unpack("q", data[:8])[0])
        except OSError:
            pass
        try:
            data = self.t.recv(4096)
            if data:
                self.tcp_ok = now()
            else:
                self.tcp_dead = True
        except BlockingIOError:
            pass
        except OSError:
            self.tcp_dead = True
        # the first probe that was not answered after the last one that was
        if self.udp_ok >= self.sent:
            self.udp_missed = 0
        elif self.udp_missed == 0:
            self.udp_missed = self.sent

    def report(self):
        return {"udp_ok_ns": self.udp_ok, "udp_missed_ns": self.udp_missed, "tcp_ok_ns": self.tcp_ok, "tcp_dead": self.tcp_dead}


def watch(path, targets):
    w = {a: Watched(a, p) for a, p in targets}
    print("ready", flush=True)
    n = 0
    while True:
        for x in w.values():
            x.step()
        time.sleep(STEP)
        for x in w.values():
            x.collect()
        n += 1
        if n % 10 == 0:
            with open(path + ".new", "w") as f:
                json.dump({"now_ns": now(), **{a: x.report() for a, x in w.items()}}, f)
            os.rename(path + ".new", path)


def main(argv):
    if argv[:1] == ["serve"] and len(argv) == 2:
        serve(int(argv[1]))
    timeout = 1.0
    if argv[1:2] == ["--timeout"]:
        timeout = float(argv[2])
        del argv[1:3]
    if argv[:1] == ["probe"] and len(argv) % 2 == 1:
        pairs = [(a, int(p)) for a, p in zip(argv[1::2], argv[2::2])]
        print(json.dumps({f"{a}:{p}": {"tcp": tcp(a, p, timeout), "udp": udp(a, p, timeout)} for a, p in pairs}))
        return 0
    if argv[:1] == ["watch"] and len(argv) >= 4:
        watch(argv[1], [(a, int(p)) for a, p in zip(argv[2::2], argv[3::2])])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
