"""Beside other firewalls, by their own programs: a quarantine holds while they are at work, and their rules are as they were after it."""
import pytest

import lab as L
import machine as M
from test_install import settled

OUTSIDE = L.OUTSIDE4  # behind the console's side of the cable: nobody is there, but packets for it leave
DOCKER = """
iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables -N DOCKER-USER; iptables -I FORWARD -j DOCKER-USER; iptables -P FORWARD DROP
"""
NEIGHBOURS = {  # what sets it up, and what it does in the middle of a quarantine
    "ufw": ("ufw --force enable && ufw allow 22/tcp && ufw reload", "ufw reload"),
    "firewalld": ("systemctl unmask firewalld && systemctl start firewalld && firewall-cmd --permanent --add-service=http && firewall-cmd --reload", "firewall-cmd --reload"),
    "nftables.service": ("systemctl start nftables", "systemctl reload nftables"),  # flushes everybody's rules
    "docker's rules": (DOCKER, "iptables -N DOCKER-X; iptables -X DOCKER-X"),
}


@pytest.fixture
def beside(provider, packages):
    with M.Machine(provider, [packages.agent, packages.console], more=("ufw", "firewalld", "iptables")) as pc:
        pc.boot()
        pc.run("dpkg", "-i", pc.put(packages.agent))
        pc.run("mimamori-setup", "install", "--code", provider.console.token())
        yield pc


def rules(pc):
    """All rules, without counters, in an order that does not depend on which table came first."""
    return "\n".join(sorted(pc.run("nft", "-s", "list", "ruleset").stdout.split("\n")))


def leaves(pc):
    """A packet for somewhere else gets out."""
    end = pc.capture()
    pc.run("python3", "-c", f"import socket; s=socket.socket(2,2)\ntry: s.sendto(b'x',('{OUTSIDE}',9))\nexcept OSError: pass")
    return any(f[1] == "udp" and f[3] == 9 for f in end())


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_firewall_beside_us(beside, provider, name):
    begin, meanwhile = NEIGHBOURS[name]
    beside.run("sh", "-e", "-c", begin)
    who = settled(beside)["agent_id"]
    before = rules(beside)
    assert before and "mimamori" not in before and leaves(beside)
    provider.console.contain(who)
    # a firewall that has just begun to track connections lets nothing in on an idle one before something went out
    L.wait_for(lambda: beside.status()["overall"] == "quarantined", 35, "the quarantine", 0.1)
    assert not leaves(beside)
    beside.run("sh", "-c", meanwhile)
    L.wait_for(lambda: "mimamori_quarantine" in rules(beside), 15, "our rules to be put back, had they gone", 0.1)
    assert not leaves(beside) and beside.status()["overall"] == "quarantined"
    provider.console.release(who)
    L.wait_for(lambda: beside.status()["overall"] != "quarantined", 20, "the release", 0.1)
    after = rules(beside)
    assert after == before, [x for x in (*before.split("\n"), *after.split("\n")) if before.split("\n").count(x) != after.split("\n").count(x)]
    assert leaves(beside)
