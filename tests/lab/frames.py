#!/usr/bin/python3
"""frames.py INTERFACE FILE: each frame that comes in on an interface, as a line of JSON, until SIGTERM.  "ready" when it listens."""
import ipaddress
import json
import socket
import struct
import sys
import time

PACKET_OUTGOING = 4
DISCOVERY = {130, 131, 132, 133, 134, 135, 136, 143}  # ICMPv6: listener, router and neighbour discovery


def transport(proto, data, v6):
    if proto in (6, 17) and len(data) >= 4:
        source, port = struct.unpack("!HH", data[:4])
        if proto == 17 and (source, port) in ((68, 67), (546, 547)):
            return "dhcp", port
        return {6: "tcp", 17: "udp"}[proto], port
    if v6 and proto == 58 and data and data[0] in DISCOVERY:
        return "nd", data[0]
    return "other", proto


def describe(frame):
    """(kind, to, port)"""
    kind, = struct.unpack("!H", frame[12:14])
    body = frame[14:]
    if kind == 0x0806:
        return "arp", "", 0
    if kind == 0x0800 and len(body) >= 20:
        what, port = transport(body[9], body[(body[0] & 15) * 4:], False)
        return what, str(ipaddress.ip_address(body[16:20])), port
    if kind == 0x86DD and len(body) >= 40:
        proto, data = body[6], body[40:]
        while proto == 0 and len(data) >= 8:  # hop-by-hop options, before listener reports
            proto, data = data[0], data[(data[1] + 1) * 8:]
        what, port = transport(proto, data, True)
        return what, str(ipaddress.ip_address(body[24:40])), port
    return "other", hex(kind), 0


def main():
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((sys.argv[1], 0))
    with open(sys.argv[2], "w", buffering=1) as out:
        print("ready", flush=True)
        start = time.monotonic()
        while True:
            frame, where = s.recvfrom(65536)
            if where[2] != PACKET_OUTGOING:
                out.write(json.dumps([round(time.monotonic() - start, 4), *describe(frame)]) + "\n")


if __name__ == "__main__":
    main()
