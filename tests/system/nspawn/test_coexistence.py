"""Beside those who have rules of their own, by their own programs: a quarantine holds while they are at work, and their rules are as they were after it."""
import pytest

import lab as L
import machine as M
from test_install import devices, free, settled, stands, status

KNOCK = f"echo x >/dev/udp/{L.OUTSIDE4}/9"  # behind the console's side of the cable: nobody is there, but packets for it leave
DOCKER = """
iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables -N DOCKER-USER; iptables -I FORWARD -j DOCKER-USER; iptables -P FORWARD DROP
"""
HOST, GUEST = (), ("ip", "netns", "exec", "guest")  # where a packet comes from: the computer, or who is behind it
PLUG = "ip netns add guest; ip link add guest0 type veth peer name eth0 netns guest; ip -n guest link set eth0 up"
NETWORK_MANAGER = f"""
systemctl disable --now systemd-networkd.socket systemd-networkd.service
systemctl unmask NetworkManager; systemctl start NetworkManager
nmcli connection add type ethernet ifname {M.LINK} con-name cable ipv4.method manual ipv4.addresses {M.PC4}/24 ipv4.gateway {M.CONSOLE4} ipv6.method manual ipv6.addresses {M.PC6}/64
nmcli connection add type ethernet ifname guest0 con-name shared ipv4.method shared ipv6.method disabled
{PLUG}; nmcli connection up cable; nmcli connection up shared
"""
RECONNECT = "nmcli connection down {0}; nmcli connection up {0}\n"
LIBVIRT = f"systemctl unmask libvirtd; systemctl start libvirtd; virsh net-start default; {PLUG}; "
# what libvirt does with a guest that starts; the bridge (STP) looks around for 4 s before it carries anything
BRIDGE = "ip link set guest0 master virbr0 up; until bridge link show dev guest0 | grep -q forwarding; do sleep 0.1; done"
NEIGHBOURS = {  # what sets it up, and what it does in the middle of a quarantine
    "ufw": ("ufw --force enable && ufw allow 22/tcp && ufw reload", "ufw reload"),
    "firewalld": ("systemctl unmask firewalld && systemctl start firewalld && firewall-cmd --permanent --add-service=http && firewall-cmd --reload", "firewall-cmd --reload"),
    "nftables.service": ("systemctl start nftables", "systemctl reload nftables"),  # flushes everybody's rules
    "docker's rules": (DOCKER, "iptables -N DOCKER-X; iptables -X DOCKER-X"),
    "NetworkManager": (NETWORK_MANAGER, RECONNECT.format("shared") + RECONNECT.format("cable") + "systemctl restart NetworkManager; nm-online -q; nmcli connection up shared"),
    "libvirt": (LIBVIRT + BRIDGE, f"virsh net-destroy default; virsh net-start default; {BRIDGE}; systemctl restart libvirtd; virsh net-info default"),
}


@pytest.fixture
def beside(provider, packages):
    with M.Machine(provider, [packages.agent, packages.console], more=("ufw", "firewalld", "iptables", "network-manager", "libvirt-daemon-system", "dnsmasq-base", "udhcpc", "fapolicyd")) as pc:
        pc.boot()
        pc.run("dpkg", "-i", pc.put(packages.agent))
        pc.run("mimamori-setup", "install", "--code", provider.console.token())
        yield pc


def rules(pc):
    """All rules, without counters, in an order that does not depend on which table came first."""
    return "\n".join(sorted(pc.run("nft", "-s", "list", "ruleset").stdout.split("\n")))


def strays(frames):
    """What a quarantine lets nobody send."""
    return [f for f in frames if f[1] not in ("arp", "nd", "dhcp") and f[1:] != ["tcp", L.CONSOLE4, L.CONSOLE_PORT]]


def leaves(pc, where):
    """A packet for somewhere else gets out."""
    end = pc.capture()
    pc.run(*where, "bash", "-c", f"for i in 1 2 3; do {KNOCK}; sleep 0.1; done", check=False)
    return any(f[1] == "udp" and f[3] == 9 for f in end())


def answered(pc, where):
    """Somebody else than the console answers."""
    return pc.run(*where, "timeout", "1", "bash", "-c", f"exec 3<>/dev/tcp/{L.CONSOLE4}/{L.PORT}; echo x >&3; read -r x <&3", check=False).returncode == 0


def leased(pc):
    """The guest gets an address of its host."""
    return pc.run(*GUEST, "udhcpc", "-i", "eth0", "-n", "-q", "-t", "5", "-T", "1", check=False).returncode == 0


def knocked(pc, script, places):
    """Run a script while packets for somewhere else are sent without an end; what came out of the cable."""
    end = pc.capture()
    knocks = "".join(f"{' '.join(where)} bash -c 'while sleep 0.02; do {KNOCK}; done' 2>/dev/null & " for where in places)
    pc.run("bash", "-c", f"{knocks} (set -e; {script}); code=$?; kill $(jobs -p); exit $code")
    return end()


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_neighbour_with_rules(beside, provider, name):
    begin, meanwhile = NEIGHBOURS[name]
    beside.run("sh", "-e", "-c", begin)
    places = [HOST, GUEST] if PLUG in begin else [HOST]
    who = settled(beside)["agent_id"]
    before = rules(beside)
    assert GUEST not in places or leased(beside)
    assert before and "mimamori" not in before and all(leaves(beside, p) and answered(beside, p) for p in places)
    provider.console.contain(who)
    # a firewall that has just begun to track connections lets nothing in on an idle one before something went out
    stands(beside, "quarantined", timeout=35)
    assert not any(leaves(beside, p) or answered(beside, p) for p in places)
    frames = knocked(beside, meanwhile, places)
    seen = devices(provider)[who]["last_seen"]
    assert name == "nftables.service" or not strays(frames), strays(frames)
    L.wait_for(lambda: "mimamori_quarantine" in rules(beside), 15, "our rules to be put back, had they gone", 0.1)
    assert not any(leaves(beside, p) or answered(beside, p) for p in places) and settled(beside)["overall"] == "quarantined"
    L.wait_for(lambda: devices(provider)[who]["last_seen"] != seen, 20, "a sign of life", 0.1)
    provider.console.release(who)
    free(beside)
    after = rules(beside)
    assert after == before, [x for x in (*before.split("\n"), *after.split("\n")) if before.split("\n").count(x) != after.split("\n").count(x)]
    assert GUEST not in places or leased(beside)
    assert all(leaves(beside, p) and answered(beside, p) for p in places)


def openers(pc, member, word, timeout=20):
    """What the sensor of files says of itself, as soon as that member is this word."""
    def sensor(s):
        return next(x for x in s["sensors"] if x["name"] == "files")
    return sensor(status(pc, lambda s: sensor(s)[member] == word, f"the sensor of files to be {word}", timeout))


OFFICE = """
set -e
d=/home/sakura/Documents; mkdir -p $d
for i in $(seq 200); do echo "report $i" >$d/$i.txt; cat $d/$i.txt >/dev/null; mv $d/$i.txt $d/$i.md; done
rm -r $d
"""


def test_another_guard_that_holds_openers(beside):
    """The real fapolicyd decides about every open of the computer: ours gives way, and comes back when it is gone."""
    settled(beside)
    openers(beside, "state", "working")
    beside.run("sh", "-e", "-c", "sed -i 's/^permissive.*/permissive = 1/; s/^uid.*/uid = root/; s/^gid.*/gid = root/' /etc/fapolicyd/fapolicyd.conf; systemctl unmask fapolicyd; systemctl start fapolicyd")
    openers(beside, "method", "notify", 30)
    p = beside.run("systemctl", "restart", "mimamorid", check=False)
    assert p.returncode == 0, beside.run("journalctl", "--no-pager", "-u", "mimamorid", "-u", "fapolicyd").stdout[-6000:]
    settled(beside)
    assert openers(beside, "method", "notify")["reason"].endswith(": fapolicyd")
    status(beside, lambda s: "beside" in s["reasons"], "the reason")
    L.wait_for(lambda: "譲り合い" in "".join(beside.run("mimamori", "--lang", "ja", "status", check=False).stdout.split()), 20, "it to be told", 0.1)
    assert "systemctl disable --now fapolicyd.service" in beside.run("mimamori-setup", "--lang", "ja", "doctor", check=False).stdout
    beside.run("runuser", "-u", "sakura", "--", "timeout", "30", "sh", "-c", OFFICE)
    assert beside.run("systemctl", "is-active", "fapolicyd", "mimamorid").stdout.split() == ["active"] * 2
    beside.run("systemctl", "stop", "fapolicyd")
    openers(beside, "state", "working", 60)
