#!/usr/bin/python3
"""A home router's UPnP for the lab: answers the search, tells its description and its port mappings.

    router.py ADDRESS MODE    in a network namespace of its own

Modes: honest; base (URLBase names another port); silent; elsewhere (the place is another address); control-elsewhere (the control
URL is another address); endless (a mapping for every number); slow (a byte a second); flood (answers to the search
without an end); huge (a description of 10 MB); rubbish.  Requests are printed, one a line: SERVER PATH.
"""
import http.server
import re
import socket
import struct
import sys
import threading
import time

SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:1"
OTHER = "10.77.0.2"      # also this namespace's: must never be asked
MAPPINGS = [(3389, "TCP", 3389, "10.77.0.10", "remote desk"), (51820, "UDP", 51820, "10.77.0.11", "wg"), (8443, "TCP", 443, "10.77.0.12", "")]


def description(control, base=""):
    return (f"<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\">{base}<device>"
            "<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device>"
            "<deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType><deviceList><device>"
            "<deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:1</deviceType><serviceList><service>"
            f"<serviceType>{SERVICE}</serviceType><controlURL>{control}</controlURL><eventSubURL>/evt</eventSubURL><SCPDURL>/s.xml</SCPDURL>"
            "</service></serviceList></device></deviceList></device></deviceList></device></root>").encode()


def mapping(external, protocol, internal, client, text):
    return (f"<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
            f"<u:GetGenericPortMappingEntryResponse xmlns:u=\"{SERVICE}\"><NewRemoteHost></NewRemoteHost>"
            f"<NewExternalPort>{external}</NewExternalPort><NewProtocol>{protocol}</NewProtocol><NewInternalPort>{internal}</NewInternalPort>"
            f"<NewInternalClient>{client}</NewInternalClient><NewEnabled>1</NewEnabled>"
            f"<NewPortMappingDescription>{text}</NewPortMappingDescription><NewLeaseDuration>0</NewLeaseDuration>"
            "</u:GetGenericPortMappingEntryResponse></s:Body></s:Envelope>").encode()


def handler(address, mode):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def say(self, status, body):
            print(self.server.server_address[0], self.path, flush=True)
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for i in range(0, len(body), 1 if mode == "slow" else 65536):
                self.wfile.write(body[i:i + (1 if mode == "slow" else 65536)])
                time.sleep(1 if mode == "slow" else 0)

        def do_GET(self):
            control = f"http://{OTHER}:5000/ctl" if mode == "control-elsewhere" else "/ctl/IPConn"
            base = f"<URLBase>http://{address}:5001</URLBase>" if mode == "base" else ""
            body = description(control, base)
            if mode == "huge":
                body = body.replace(b"<deviceList>", b"<deviceList>" + b"<a>b</a>" * 1300000, 1)
            self.say(200, b"\x00\xff<<<" * 500 if mode == "rubbish" else body)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            n = int(re.search(r"<NewPortMappingIndex>(\d+)<", body).group(1))
            assert self.headers["SOAPAction"] == f"\"{SERVICE}#GetGenericPortMappingEntry\""
            if mode == "endless":
                self.say(200, mapping(n + 1, "TCP", 80, "10.77.0.10", "x" * 5000))
            elif n < len(MAPPINGS):
                self.say(200, mapping(*MAPPINGS[n]))
            else:
                self.say(500, b"<s:Envelope><s:Body><s:Fault><detail><UPnPError><errorCode>713</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>")

        def log_message(self, *_):
            pass
    return Handler


def main(address, mode):
    for where in ((address, 5000), (address, 5001), (OTHER, 5000)):
        server = http.server.ThreadingHTTPServer(where, handler(address, mode))
        threading.Thread(target=server.serve_forever, daemon=True).start()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", 1900))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4s", socket.inet_aton("239.255.255.250"), socket.inet_aton(address)))
    print("ready", flush=True)
    while True:
        data, peer = s.recvfrom(2048)
        if not data.startswith(b"M-SEARCH * HTTP/1.1\r\n") or mode == "silent":
            continue
        target = re.search(rb"ST: (\S+)", data).group(1)
        at = OTHER if mode == "elsewhere" else address
        answer = b"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: " + target + f"\r\nLOCATION: http://{at}:5000/rootDesc.xml\r\n\r\n".encode()
        if mode == "rubbish":
            s.sendto(b"\x00" * 1400, peer)
        s.sendto(answer, peer)
        while mode == "flood":
            s.sendto(answer, peer)


if __name__ == "__main__":
    main(*sys.argv[1:])
