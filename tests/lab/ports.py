"""Ports for servers that are told their port before they bind it: from below the range that the kernel itself gives out."""
import random
import socket

PORTS = range(20000, 32000)


def free_ports(count):
    """So many ports, chosen at random, on which a server of all addresses can listen."""
    dual = socket.has_dualstack_ipv6()
    found = []
    for port in random.sample(PORTS, len(PORTS)):
        try:
            socket.create_server(("", port), family=socket.AF_INET6 if dual else socket.AF_INET, dualstack_ipv6=dual).close()
        except OSError:
            continue
        found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no port is free")
