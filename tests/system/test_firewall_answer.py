"""What the survey says of a firewall, against what packets do: each rule set stands in a namespace with a host, real servers
and three who try: a stranger, an address that rules name, and a network inside.

    open     the stranger's packet is answered
    limited  the stranger's is not, that of the named address or of the network inside is
    closed   nobody's is

"unknown" is right only where the rule set is listed with it; there the reason must name the rule."""
import os
import re
import time

import pytest

import firewalls as F
import lab as L

PORTS = (22, 80, 3389, 5900)
SOURCES = {"4": ((F.STRANGER4, F.WAN4), (F.NAMED4, F.WAN4), (F.LAN_PEER4, F.LAN4)), "6": ((F.STRANGER6, F.WAN6), (F.NAMED6, F.WAN6), (F.LAN_PEER6, F.LAN6))}
QUESTIONS = [(f, p, n) for f in SOURCES for p in ("tcp", "udp") for n in PORTS]

INPUT = "type filter hook input priority 0; policy %s;"
STATES = "ct state established,related accept; ct state invalid drop; iifname lo accept; icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept;"
# name: (rules, questions whose answer must be "unknown")
SETS = {
    "empty": ("", ()),
    "policy accept": (f"table inet f {{ chain input {{ {INPUT % 'accept'} ct state established,related accept; tcp dport 80 drop; }} }}", ()),
    "policy drop": (f"table inet f {{ chain input {{ {INPUT % 'drop'} {STATES} tcp dport {{ 22, 80-90 }} accept; udp dport 3389 accept; }} }}", ()),
    "named sets": (f"""table inet f {{
        set ports {{ type inet_service; flags interval; elements = {{ 22, 3000-4000 }} }}
        set friends {{ type ipv4_addr; elements = {{ {F.NAMED4} }} }}
        set none {{ type inet_service; }}
        chain input {{ {INPUT % 'drop'} {STATES} tcp dport @ports accept; ip saddr @friends udp dport 80 accept; tcp dport @none accept; }} }}""", ()),
    "source limited": (f"""table inet f {{ chain input {{ {INPUT % 'drop'} {STATES}
        ip saddr {F.NAMED4} tcp dport 3389 accept; ip6 saddr {{ {F.NAMED6}, 2001:db8:9::/64 }} tcp dport 3389 accept; ip saddr 10.0.0.0/8 tcp dport 5900 accept;
        ip saddr 127.0.0.0/8 tcp dport 80 accept; tcp dport 22 accept; }} }}""", ()),
    "all but some dropped": (f"""table inet f {{ chain input {{ {INPUT % 'accept'}
        ip saddr != {F.NAMED4} tcp dport 3389 drop; tcp dport 5900 ip saddr {F.NAMED4} drop; }} }}""", ()),
    "interface limited": (f"""table inet f {{ chain input {{ {INPUT % 'drop'} {STATES}
        iifname "lan0" tcp dport 3389 accept; iifname "wan0" tcp dport 22 accept; iifname {{ "lan*", "wg0" }} tcp dport 80 accept; iif != "lan0" udp dport 80 accept; }} }}""", ()),
    "state only": (f"table inet f {{ chain input {{ {INPUT % 'drop'} ct state established,related accept; ct state new tcp dport 22 accept; ct state != new accept; icmpv6 type nd-neighbor-solicit accept; }} }}", ()),
    "state map": (f"table inet f {{ chain input {{ {INPUT % 'accept'} ct state vmap {{ established : accept, related : accept, invalid : drop }}; meta l4proto tcp th dport != 22 drop; }} }}", ()),
    "reject": (f"""table inet f {{ chain input {{ {INPUT % 'accept'} {STATES} tcp dport 22 accept; tcp dport 80 reject with tcp reset; tcp flags & (fin|syn|rst|ack) == syn tcp dport 3389 reject;
        meta l4proto udp reject; }} }}""", ()),
    "only IPv4 is guarded": (f"table ip f {{ chain input {{ {INPUT % 'drop'} ct state established,related accept; tcp dport 22 accept; }} }}", ()),
    "only IPv6 is guarded": (f"table ip6 f {{ chain input {{ {INPUT % 'drop'} {STATES} tcp dport 22 accept; }} }}", ()),
    "family inside": (f"table inet f {{ chain input {{ {INPUT % 'drop'} {STATES} meta nfproto ipv6 tcp dport 3389 accept; ip protocol tcp tcp dport 80 accept; ip6 nexthdr udp accept; }} }}", ()),
    "jumps": (f"""table inet f {{
        chain deep {{ tcp dport 80 return; tcp dport 3389 drop; }}
        chain services {{ jump deep; tcp dport {{ 80, 3389 }} accept; ip saddr {F.NAMED4} return; tcp dport 5900 accept; }}
        chain last {{ udp dport 22 accept; }}
        chain input {{ {INPUT % 'drop'} {STATES} jump services; goto last; }} }}""", ()),
    "port map": (f"""table inet f {{
        chain rdp {{ ip saddr {F.NAMED4} accept; drop; }}
        map m {{ type inet_service : verdict; elements = {{ 22 : accept, 3389 : jump rdp }} }}
        chain input {{ {INPUT % 'drop'} {STATES} tcp dport vmap @m; udp dport vmap {{ 80 : accept, 5900 : drop }}; }} }}""", ()),
    "two tables": (f"""table inet a {{ chain input {{ {INPUT % 'drop'} {STATES} tcp dport {{ 22, 80 }} accept; }} }}
        table inet b {{ chain input {{ type filter hook input priority 10; policy accept; tcp dport 80 drop; }} }}
        table inet c {{ chain pre {{ type filter hook prerouting priority raw; policy accept; udp dport 22 drop; }} }}""", ()),
    "rates": (f"""table inet f {{ set seen {{ type ipv4_addr; flags dynamic,timeout; timeout 1m; }}
        chain input {{ {INPUT % 'drop'} {STATES} tcp dport 22 ct state new limit rate 100/second accept; tcp dport 80 limit rate over 100/second drop; tcp dport 80 counter log accept;
        tcp dport 3389 ct state new update @seen {{ ip saddr limit rate over 100/minute }} drop; tcp dport 3389 accept; }} }}""", ()),
    "reverse path": (f"""table inet f {{ chain pre {{ type filter hook prerouting priority mangle; policy accept; fib saddr . iif oif missing drop; }}
        chain input {{ {INPUT % 'drop'} {STATES} fib daddr type local tcp dport 22 accept; fib daddr type multicast accept; }} }}""", ()),
    # conditions that are not understood: the answer must say so
    "verdict map of pairs": (f"""table inet f {{ chain input {{ {INPUT % 'drop'} {STATES} ip saddr . tcp dport vmap {{ {F.NAMED4} . 3389 : accept }}; tcp dport 22 accept; }} }}""",
                             [("4", "tcp", n) for n in (80, 3389, 5900)] + [("4", "udp", n) for n in PORTS] + [("6", p, n) for p in ("tcp", "udp") for n in PORTS if (p, n) != ("tcp", 22)]),
    # nft 1.0 does not tell in JSON which device an ingress chain is for
    "ingress": (f"""table netdev n {{ chain in {{ type filter hook ingress device wan0 priority 0; policy accept; tcp dport 80 drop; }} }}
        table inet f {{ chain input {{ {INPUT % 'accept'} udp dport 22 drop; }} }}""", [("4", "tcp", 80), ("6", "tcp", 80)]),
    "marks": (f"""table inet f {{ chain input {{ {INPUT % 'drop'} {STATES} meta mark 7 tcp dport 3389 accept; tcp dport 22 meta mark 9 accept; tcp dport 22 accept; }} }}""",
              [("4", "tcp", 3389), ("6", "tcp", 3389)]),
    "redirected": ("""table ip n { chain pre { type nat hook prerouting priority dstnat; policy accept; tcp dport 80 redirect to :22; } }
        table ip f { chain input { type filter hook input priority 0; policy drop; ct state established accept; ct status dnat accept; } }""",
                   [("4", "tcp", 80), ("4", "tcp", 22), ("4", "udp", 22)]),
}


@pytest.fixture(scope="module")
def host():
    try:
        L.need("lab/firewall_ask")
    except L.LabError as e:
        pytest.skip(str(e))
    with F.Host(PORTS) as h:
        yield h


def differences(said, got, unknown):
    wrong = []
    for f, p, n in QUESTIONS:
        ways = [got[(source, target, p, n)] for source, target in SOURCES[f]]
        real = "open" if ways[0] else "limited" if any(ways) else "closed"
        word, why = said[(f, p, n)]
        if word != ("unknown" if (f, p, n) in unknown else real) or not why:
            wrong.append(f"IPv{f} {p} {n}: said {word} ({why}), packets say {real} {ways}")
    return wrong


def compare(host, unknown=(), programs=False):
    """Every question's answer is what packets do; returns the words.  What came through once comes through; what did not is
    asked again, because a busy machine loses packets and neighbours."""
    said = dict(zip(QUESTIONS, host.ask(QUESTIONS, programs)))
    asks = [(source, target, p, n) for f, p, n in QUESTIONS for source, target in SOURCES[f]]
    got = dict.fromkeys(asks, False)
    for _ in range(3):
        got = {a: got[a] or now for a, now in zip(asks, host.reach(asks))}
        wrong = differences(said, got, unknown)
        if not wrong:
            break
    assert not wrong, "\n".join(wrong)
    return {q: w for q, (w, _) in said.items()}


@pytest.mark.parametrize("name", SETS)
def test_nft(host, name):
    rules, unknown = SETS[name]
    path = os.path.join(host.dir, "rules.nft")
    with open(path, "w") as f:
        f.write("flush ruleset\n" + rules.replace("} }", "}\n}") + "\n")
    host.sh(f"nft -f {path}")
    words = compare(host, unknown)
    if not unknown and name not in ("empty",):
        assert len(set(words.values())) > 1, "a rule set that changes nothing proves nothing"


@pytest.fixture(scope="module")
def tools(host):
    why = F.unpack()
    if why:
        pytest.skip(f"the packages of the firewalls are {why}")
    yield host
    host.flush()


@pytest.fixture
def old(tools):
    """A host for itself: tables of the old interface stay in a namespace once they were asked for."""
    with F.Host(PORTS) as h:
        yield h


@pytest.fixture(autouse=True)
def clean(host):
    """Rules of the test before are gone."""
    yield
    host.flush()


def test_ufw(tools):
    """The rules of ufw itself, over iptables-nft."""
    tools.sh("ufw --force enable; ufw allow 22/tcp; ufw limit 80/tcp; "
             f"ufw allow from {F.NAMED4} to any port 3389 proto tcp; ufw allow in on lan0 to any port 5900 proto tcp; ufw deny 22/udp", True)
    words = compare(tools, programs=True)
    assert words[("4", "tcp", 22)] == words[("6", "tcp", 22)] == words[("4", "tcp", 80)] == "open"
    assert words[("4", "tcp", 3389)] == words[("4", "tcp", 5900)] == words[("6", "tcp", 5900)] == "limited"
    assert words[("6", "tcp", 3389)] == "closed"
    # without iptables-nft-save the matches of iptables cannot be told: not a guess
    blind = dict(zip(QUESTIONS, tools.ask(QUESTIONS)))
    assert {w for w, _ in blind.values()} <= {"unknown", "closed"}


def test_firewalld(tools):
    """The rules of firewalld itself (nftables)."""
    script = """mkdir -p /run/dbus; dbus-daemon --system --fork --nopidfile
        firewalld --nofork --nopid >/run/firewalld.log 2>&1 &
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.5; firewall-cmd -q --state && break; done
        firewall-cmd -q --zone=public --change-interface=wan0; firewall-cmd -q --zone=internal --change-interface=lan0
        firewall-cmd -q --zone=public --add-service=ssh; firewall-cmd -q --zone=public --add-port=80/udp; firewall-cmd -q --zone=internal --add-port=5900/tcp
        firewall-cmd -q --zone=public --add-rich-rule='rule family=ipv4 source address=%s port port=3389 protocol=tcp accept'
        firewall-cmd --get-active-zones; nft list ruleset | grep -c firewalld""" % F.NAMED4
    said = tools.sh(script, True)
    assert "internal" in said.stdout, said.stdout + said.stderr
    words = compare(tools)
    assert words[("4", "tcp", 22)] == words[("6", "udp", 80)] == "open"
    assert words[("4", "tcp", 3389)] == words[("4", "tcp", 5900)] == words[("6", "tcp", 5900)] == "limited" and words[("6", "tcp", 3389)] == "closed"


IPTABLES = f"""-P INPUT DROP
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -m state --state INVALID -j DROP
-N RDP
-A RDP -s {{named}} -j ACCEPT
-A RDP -m limit --limit 3/min -j LOG --log-prefix "rdp refused: "
-A RDP -j REJECT
-A INPUT -p tcp -m multiport --dports 22,80:90 -m comment --comment "ssh \\"and\\" web" -j ACCEPT
-A INPUT -p tcp --dport 3389 -g RDP
-A INPUT -i lan+ -p tcp --dport 5900 -j ACCEPT
-A INPUT ! -i wan0 -p udp --dport 80 -j ACCEPT"""


@pytest.mark.parametrize("kind", ("iptables-nft", "iptables-legacy"))
def test_iptables(old, kind):
    six = kind.replace("iptables", "ip6tables")
    four = IPTABLES.format(named=F.NAMED4).split("\n")
    lines = [f"{kind} {x}" for x in four] + [f"{six} -P INPUT DROP", f"{six} -A INPUT -p ipv6-icmp -j ACCEPT",
                                            f"{six} -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT",
                                            f"{six} -A INPUT -p tcp --dport 22 --syn -j ACCEPT", f"{six} -A INPUT -s {F.NAMED6} -p tcp -j ACCEPT"]
    old.sh("\n".join(lines), True)
    words = compare(old, programs=True)
    assert words[("4", "tcp", 22)] == words[("6", "tcp", 22)] == "open"
    assert words[("4", "tcp", 3389)] == words[("4", "tcp", 5900)] == words[("6", "tcp", 80)] == "limited"


def test_legacy_tables_that_cannot_be_read(old):
    old.sh("iptables-legacy -P INPUT DROP", True)
    (word, why), = old.ask([("4", "tcp", 22)])
    assert word == "unknown" and "iptables (ip)" in why


def test_listeners(host):
    """The items: real servers, their program, the word of the firewall, and whether the firewall is on at all."""
    items = host.listeners()
    rows = [i for i in items if i["kind"] == "listener"]
    assert {(i["protocol"], i["port"]) for i in rows} == {(p, n) for p in ("tcp", "udp") for n in PORTS}
    assert all(re.match(r"python3", i["program"]) and i["firewall"] == "open" and i["address"] == "::" for i in rows)
    assert {i["port"]: i["service"] for i in rows if i["protocol"] == "tcp"} == {22: "ssh", 80: "other", 3389: "rdp", 5900: "vnc"}
    assert [i["state"] for i in items if i["kind"] == "check"] == ["unmet"]
    host.sh(f"nft 'table ip f {{ chain input {{ {INPUT % 'drop'} tcp dport 22 accept; }}; }}'")
    items = host.listeners()
    assert [i["state"] for i in items if i["kind"] == "check"] == ["partly"]  # IPv6 is open
    assert {i["firewall"] for i in items if i["kind"] == "listener"} == {"open"}  # "::" takes IPv6
    host.sh(f"nft 'table ip6 f {{ chain input {{ {INPUT % 'drop'} }}; }}'")
    items = host.listeners()
    assert [i["state"] for i in items if i["kind"] == "check"] == ["met"]
    assert {(i["protocol"], i["port"]): i["firewall"] for i in items if i["kind"] == "listener"} == {
        (p, n): "open" if (p, n) == ("tcp", 22) else "closed" for p in ("tcp", "udp") for n in PORTS}


@pytest.mark.parametrize("program, reason", (("sleep 60", "within 5 s"), ("cat /dev/zero", "longer than"), ("exit 3", "could not list"), ("echo '{}'", "no rule set")))
def test_a_bad_nft(host, program, reason):
    """A program that hangs, floods, fails or talks nonsense costs seconds and an answer, nothing else; it has ended then."""
    path = os.path.join(host.dir, "nft")
    with open(path, "w") as f:
        f.write(f"#!/bin/sh\nexec {program}\n" if not program.startswith("exit") else f"#!/bin/sh\n{program}\n")
    os.chmod(path, 0o755)
    began = time.monotonic()
    out = host.sh(f"mount --bind {path} /usr/sbin/nft; {os.path.join(L.BUILD, 'lab/firewall_ask')} 4 tcp 22; pgrep -x sleep --ns $$ --nslist net || true").stdout.splitlines()
    assert time.monotonic() - began < 8
    assert len(out) == 1 and out[0].startswith("unknown ") and reason in out[0], out
