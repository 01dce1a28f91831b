"""`mimamori-setup doctor` on a booted computer: one thing is broken at a time, found, named with what mends it, and mended."""
import json
import os
import re
import subprocess
import time
import unicodedata

import pytest

import lab as L
import machine as M
import strange
from stall import Stall
from test_install import settled

ROOM = 80     # columns of a terminal
LIMIT = 5     # seconds; doctor's own:
BUDGET = 4.7  # for all that it waits for,
LOOK = 4      # of it for the console at most,
NFT = 1.5     # and for nft
HALF = 0.5    # it tells whole seconds


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def doctor(pc, *more):
    """Its exit status, and {id: what was found}; what it prints for people is looked at on the way."""
    with Stall() as s:
        start = time.monotonic()
        p = pc.run("mimamori-setup", "--lang", "ja", "doctor", "--json", *more, check=False)
        took = time.monotonic() - start
    said = json.loads(p.stdout)
    checks = {c["id"]: c for c in said["checks"]}
    pc.late = 2 * s.ms / 1000  # seconds: who waits for an end wakes, and so does who told it
    assert took <= LIMIT + pc.late, f"{took:.1f} s, {pc.late:.2f} s late"
    assert p.returncode == {"ok": 0, "lost": 1, "bad": 2}[said["result"]] and len(checks) == said["checked"]
    return p.returncode, checks


def spoken(pc, *more):
    """The texts in both languages; no line is longer than the terminal, and what is bad has its four parts."""
    out = {}
    for lang, parts in (("ja", ("何が起きたか", "どのくらい重大か", "今すること", "連絡先")), ("en", ("What happened", "How bad it is", "What to do now", "Whom to call"))):
        p = pc.run("mimamori-setup", "--lang", lang, "doctor", *more, check=False)
        out[lang] = p.stdout
        assert not [line for line in p.stdout.split("\n") if columns(line) > ROOM], p.stdout
        if p.returncode == 2:
            assert all(part in p.stdout for part in parts), p.stdout
    return out


def found(checks):
    """Findings that are not good."""
    return {c["finding"] for c in checks.values() if c["result"] != "ok"}


def known(pc):
    """What doctor finds twice in a row: a command that was late once is not part of it."""
    seen = [found(doctor(pc)[1])]
    L.wait_for(lambda: seen.append(found(doctor(pc)[1])) or seen[-1] == seen[-2], 30, "the same twice")
    return seen[-1]


# ---- before an installation: first, while there is no other computer at the lab's cable ----------------

def test_install_refuses_what_cannot_work(computer, packages, provider):
    """Exit status 2, four parts in both languages, and nothing on the disk has changed; then it is mended and goes on."""
    computer.run("dpkg", "-i", computer.put(packages.agent))
    breaks = {
        "apt install nftables": ("mv /usr/sbin/nft /usr/sbin/nft.away", "mv /usr/sbin/nft.away /usr/sbin/nft"),
        "mount -o remount,rw /opt": ("mount --bind /opt /opt && mount -o remount,ro,bind /opt", "umount /opt"),
        "systemctl unmask mimamorid.service": ("systemctl mask mimamorid.service", "systemctl unmask mimamorid.service"),
        "mimamorid --check-config": ("echo nonsense >/etc/mimamori/agent.ini", "rm /etc/mimamori/agent.ini"),
    }
    computer.run("mkdir", "-p", "/etc/mimamori")
    for mends, how in breaks.items():
        computer.run("sh", "-c", how[0])
        before = computer.list_files()
        for lang, unchanged in (("ja", "何も変更していません"), ("en", "Nothing was changed")):
            p = computer.run("mimamori-setup", "install", "--lang", lang, "--code", provider.console.token(), check=False)
            assert p.returncode == 2 and unchanged in p.stdout and mends in " ".join(p.stdout.split()), p
        assert computer.list_files().keys() == before.keys()
        computer.run("sh", "-c", how[1])
    computer.run("mount", "-t", "tmpfs", "none", "/sys/kernel/btf")
    p = computer.run("mimamori-setup", "install", "--lang", "en", "--code", provider.console.token(), check=False)
    lines = p.stdout.rstrip("\n").split("\n")
    assert p.returncode == 0 and lines[0].startswith("The guard works") and any("/sys/kernel/btf/vmlinux is missing" in line for line in lines[1:]), p


# ---- a guarded computer ------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def pc(provider, packages):
    """A guarded computer for all of these: each puts back what it breaks."""
    with M.Machine(provider, [packages.agent, packages.console]) as pc:
        pc.boot()
        pc.run("dpkg", "-i", pc.put(packages.agent))
        pc.run("mimamori-setup", "install", "--code", provider.console.token())
        settled(pc)
        pc.known = known(pc)
        yield pc


@pytest.fixture(autouse=True)
def as_before(request):
    """Afterwards the doctor finds again what it found at first."""
    yield
    if "pc" in request.fixturenames:
        pc = request.getfixturevalue("pc")
        L.wait_for(lambda: found(doctor(pc)[1]) == pc.known, 20, "everything to be as before")


def test_all_is_well(pc):
    status, checks = doctor(pc)
    assert found(checks) <= {"bpf.denied", "isolation.namespaces"}, checks
    assert status == (1 if found(checks) else 0)
    held = pc.run("sh", "-c", "grep -lE 'fanotify .* mask:[0-9a-f]*10000' /proc/[0-9]*/fdinfo/* 2>/dev/null", check=False).stdout
    assert held, "the agent itself holds opens, and is not told as another guard"
    said = spoken(pc)
    assert "調べました" in said["ja"] and "were looked at" in said["en"]
    assert not pc.run("sh", "-c", "ls -a /var/lib /var/tmp /run | grep doctor", check=False).stdout, "a probe left its folder"


def test_another_guard(pc):
    pc.put(L.need("lab/allow_all")[0])
    pc.run("systemd-run", "--unit=other-guard", "/root/allow_all", "/root")
    L.wait_for(lambda: "guards.service" in found(doctor(pc)[1]), 5, "it to be seen")
    c = doctor(pc)[1]["guards"]
    assert c["result"] == "lost" and "allow_all" in c["what"] and c["run"] == "systemctl disable --now other-guard.service"
    spoken(pc)
    pc.run("systemctl", "stop", "other-guard.service")


def test_nft_is_missing(pc):
    pc.run("mv", "/usr/sbin/nft", "/usr/sbin/nft.away")
    status, checks = doctor(pc)
    assert status == 2 and checks["nft"]["finding"] == "nft.none" and checks["nft"]["run"] == "apt install nftables"
    spoken(pc)
    pc.run("sh", "-c", "printf '#!/bin/sh\\necho Operation not permitted >&2; exit 1\\n' >/usr/sbin/nft; chmod 755 /usr/sbin/nft")
    assert "Operation not permitted" in doctor(pc)[1]["nft"]["what"]
    pc.run("sh", "-c", "printf '#!/bin/sh\\nsleep 30\\n' >/usr/sbin/nft")
    status, checks = doctor(pc)
    assert checks["nft"]["finding"] == "nft.slow"
    pc.run("mv", "/usr/sbin/nft.away", "/usr/sbin/nft")


def under(pc, *properties):
    """The doctor as a service with these properties: what a kernel or a container does not allow."""
    argv = ["systemd-run", "--quiet", "--pipe", "--wait", *(f"--property={p}" for p in properties), "/usr/sbin/mimamori-setup", "--lang", "en", "doctor", "--json"]
    p = pc.run(*argv, check=False)
    return p.returncode, {c["id"]: c for c in json.loads(p.stdout)["checks"]}


def test_a_kernel_without_permission_events(pc):
    status, checks = under(pc, "SystemCallFilter=~fanotify_init", "SystemCallErrorNumber=EINVAL")
    assert status == 2 and found(checks) == {"fanotify.none", "names.none", "truncate.late"} | pc.known
    assert "CONFIG_FANOTIFY_ACCESS_PERMISSIONS=y" in checks["fanotify"]["do"]
    status, checks = under(pc, "SystemCallFilter=~fanotify_mark", "SystemCallErrorNumber=EPERM")
    assert status == 2 and "fanotify.denied" in found(checks)
    assert not pc.run("sh", "-c", "ls -a /var/lib | grep doctor", check=False).stdout, "a probe that failed left its folder"


def test_a_container_that_allows_little(pc):
    status, checks = under(pc, "SystemCallFilter=~bpf unshare", "SystemCallErrorNumber=EPERM")
    assert status == 1 and found(checks) == {"bpf.denied", "isolation.namespaces"} and "mnt net ipc uts" in checks["isolation"]["what"]
    status, checks = under(pc, "CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_NET_ADMIN")
    assert status == 2 and "CAP_NET_ADMIN CAP_SYS_ADMIN" in checks["root"]["what"] and checks["nft"]["finding"] == "nft.failed"


def test_without_types_of_the_kernel(pc):
    pc.run("mount", "-t", "tmpfs", "none", "/sys/kernel/btf")
    status, checks = doctor(pc)
    assert status == 1 and checks["btf"]["finding"] == "btf.none"
    spoken(pc)
    pc.run("umount", "/sys/kernel/btf")


@pytest.mark.parametrize("folder, check, result", [("/var", "var", "bad"), ("/opt", "opt", "lost"), ("/etc", "etc", "ok"), ("/usr", None, "ok")])
def test_a_read_only_disk(pc, folder, check, result):
    pc.run("mount", "--bind", folder, folder)
    pc.run("mount", "-o", "remount,ro,bind", folder)
    try:
        _, checks = doctor(pc)
        said = spoken(pc)
    finally:
        pc.run("umount", "-l", folder)
    if check is None:
        assert found(checks) == pc.known, "a read-only /usr is good"
        return
    c = checks[check]
    assert c["result"] == result and c["finding"] == ("disk.settled" if check == "etc" else "disk.read_only") and c["run"] == f"mount -o remount,rw {folder}"
    assert "読み取り専用" in "".join(said["ja"].split()) and found(checks) <= {"disk.read_only"} | pc.known


def test_a_full_disk(pc):
    pc.run("mount", "-t", "tmpfs", "-o", "size=2m", "none", "/opt")
    try:
        _, checks = doctor(pc)
    finally:
        pc.run("umount", "/opt")
    assert checks["opt"]["finding"] == "disk.full"


def test_units(pc):
    pc.run("systemctl", "mask", "mimamori-quarantine.service")
    status, checks = doctor(pc)
    assert status == 2 and checks["units"]["finding"] == "units.masked" and checks["units"]["run"] == "systemctl unmask mimamori-quarantine.service"
    spoken(pc)
    pc.run("systemctl", "unmask", "mimamori-quarantine.service")
    pc.run("sh", "-c", "mkdir -p /etc/systemd/system/mimamorid.service.d && printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/true\\n' "
           ">/etc/systemd/system/mimamorid.service.d/x.conf && systemctl daemon-reload")
    c = doctor(pc)[1]["units"]
    assert c["finding"] == "units.other" and "/usr/bin/true" in c["what"] and c["run"].startswith("systemctl revert mimamorid.service")
    pc.run("systemctl", "revert", "mimamorid.service")


def test_the_service(pc):
    pc.run("systemctl", "stop", "mimamorid.service")
    status, checks = doctor(pc)
    assert status == 2 and checks["service"]["finding"] == "service.stopped"
    spoken(pc)
    pc.run("systemctl", "start", "mimamorid.service")
    pc.run("systemctl", "disable", "mimamorid.service", "mimamori-update.timer")
    c = doctor(pc)[1]["service"]
    assert c["result"] == "lost" and c["run"] == "systemctl enable mimamorid.service mimamori-update.timer"
    pc.run("systemctl", "enable", "mimamorid.service", "mimamori-update.timer")
    settled(pc)


def test_the_settings(pc):
    pc.run("sh", "-c", "cp /etc/mimamori/agent.ini /root/ && printf '[respond]\\nmode = perhaps\\n' >>/etc/mimamori/agent.ini")
    status, checks = doctor(pc)
    assert status == 2 and checks["settings"]["finding"] == "settings.bad" and "agent.ini" in checks["settings"]["what"] and "mode" in checks["settings"]["what"]
    assert "finding" not in checks["console"], "the console is looked at all the same"
    spoken(pc)
    pc.run("cp", "/root/agent.ini", "/etc/mimamori/agent.ini")
    pc.run("sh", "-c", "printf '[paths]\\nstate = /srv/mimamori\\n' >>/etc/mimamori/agent.ini")
    c = doctor(pc)[1]["settings"]
    assert c["finding"] == "settings.state" and c["result"] == "lost" and "/srv/mimamori" in c["what"] and "/var/lib/mimamori" in c["do"]
    spoken(pc)
    pc.run("cp", "/root/agent.ini", "/etc/mimamori/agent.ini")


def test_the_release(pc):
    pc.run("mkdir", "/opt/mimamori/setup.pending")
    assert doctor(pc)[1]["release"]["finding"] == "release.pending"
    pc.run("rmdir", "/opt/mimamori/setup.pending")
    here = pc.run("readlink", "/opt/mimamori/current").stdout.strip()
    pc.run("sh", "-c", f"cd /opt/mimamori && cp -r {here} releases/0.0.1 && ln -sfn releases/0.0.1 current")
    c = doctor(pc)[1]["release"]
    assert c["finding"] == "release.older" and c["result"] == "lost" and "0.0.1" in c["what"]
    pc.run("rm", "/opt/mimamori/releases/0.0.1/bin/mimamorid-scan")
    c = doctor(pc)[1]["release"]
    assert c["finding"] == "release.broken" and c["result"] == "bad"
    pc.run("sh", "-c", "cd /opt/mimamori && mv releases/0.0.1 releases/99.0 && cp releases/*/bin/mimamorid-scan releases/99.0/bin/ && ln -sfn releases/99.0 current")
    c = doctor(pc)[1]["release"]
    assert c["finding"] == "release.newer" and c["result"] == "ok"
    pc.run("sh", "-c", f"cd /opt/mimamori && ln -sfn {here} current && rm -rf releases/99.0")


# ---- the console ---------------------------------------------------------------------------------

@pytest.fixture
def away(provider):
    """The lab's console is not there; start(mode, ...) has something else stand in its place."""
    provider.console.stop()
    started = []

    def start(mode, *more):
        p = provider.spawn("con", "/usr/bin/python3", os.path.join(L.HERE, "strange.py"), L.CONSOLE4, L.CONSOLE_PORT, mode, *more, stdout=subprocess.PIPE)
        started.append(p)
        assert p.stdout.readline() == b"ready\n"
    yield start
    for p in started:
        provider.end(p)
    provider.console.start()


@pytest.fixture
def dropped(provider):
    """Packets to the console are dropped, in the lab's own network."""
    rules = "add table inet hush; add chain inet hush in { type filter hook input priority 0; }; add rule inet hush in tcp dport 8443 drop"
    assert provider.call("con", "nft", rules) == (0, "")
    yield
    provider.call("con", "nft", "delete table inet hush")


def waited(check):
    """Seconds, rounded, that doctor says it waited: what the checks before it left of the five."""
    return int(re.search(r"(\d+) 秒", check["what"])[1])


def test_a_console_that_does_not_answer(pc, provider, dropped):
    status, checks = doctor(pc)
    c = checks["console"]
    assert status == 1 and c["finding"] == "console.silent" and c["result"] == "lost" and f"{L.CONSOLE4}:{L.CONSOLE_PORT}" in c["what"]
    assert 0 < waited(c) <= LOOK + HALF + pc.late
    status, checks = doctor(pc, "--code", provider.console.token())
    assert status == 2 and checks["console"]["result"] == "bad"
    assert "登録できません" in spoken(pc, "--code", provider.console.token())["ja"]


def test_everything_is_slow(pc, dropped):
    """A command that hangs and a console that does not answer share the five seconds."""
    pc.run("mv", "/usr/sbin/nft", "/usr/sbin/nft.away")
    pc.run("sh", "-c", "printf '#!/bin/sh\nsleep 30\n' >/usr/sbin/nft; chmod 755 /usr/sbin/nft")
    try:
        _, checks = doctor(pc)
    finally:
        pc.run("mv", "/usr/sbin/nft.away", "/usr/sbin/nft")
    assert found(checks) == {"nft.slow", "console.silent"} | pc.known
    assert 0 < waited(checks["console"]) <= BUDGET - NFT + HALF + pc.late, "what the command took is not taken off"


def test_no_way_to_the_console(pc, provider):
    pc.run("ip", "link", "set", M.LINK, "down")
    try:
        c = doctor(pc)[1]["console"]
    finally:
        pc.run("ip", "link", "set", M.LINK, "up")
        pc.run("sh", "-c", f"ip -br route | grep -q default || ip route add default via {M.CONSOLE4}", check=False)
    assert c["finding"] == "console.no_route"


def test_nobody_listens(pc, away):
    assert doctor(pc)[1]["console"]["finding"] == "console.refused"


def test_somebody_opens_the_connection(pc, away, tmp_path):
    chain, key, _ = strange.authority(tmp_path, L.CONSOLE4, "/CN=Gate SSL inspection")
    away("tls", chain, key)
    status, checks = doctor(pc)
    c = checks["console"]
    assert status == 1 and c["finding"] == "console.other_ca" and "Gate SSL inspection" in c["what"] and "別の証明書" in c["what"]
    assert "another certificate: something between this computer and the console" in " ".join(spoken(pc)["en"].lower().split())


def test_a_stranger_s_words_are_harmless(pc, away, tmp_path):
    chain, key, _ = strange.authority(tmp_path, L.CONSOLE4, "/CN=Gate\x1b[2J\u202eetag")
    away("tls", chain, key)
    for said in spoken(pc).values():
        assert "\x1b" not in said and "\u202e" not in said and "Gate" in said
    assert doctor(pc)[1]["console"]["finding"] == "console.other_ca"


@pytest.mark.parametrize("off, finding", [(86400 * 3, "clock.off"), (-900, "clock.off"), (200, None)])
def test_the_clock(pc, provider, away, tmp_path, off, finding):
    chain = tmp_path / "chain"
    state = provider.console.state
    chain.write_text(open(os.path.join(state, "server.pem")).read() + open(os.path.join(state, "ca.pem")).read())
    away("tls", chain, os.path.join(state, "server.key"), off)
    _, checks = doctor(pc)
    assert "finding" not in checks["console"], checks["console"]
    assert checks["clock"].get("finding") == finding
    if finding:
        assert checks["clock"]["run"] == "timedatectl set-ntp true"


@pytest.mark.parametrize("off, want", [(0, {"console.expired"}), (-86400 * 40, {"clock.certificate"})])
def test_a_certificate_out_of_its_time(pc, away, tmp_path, off, want):
    """It is the clock of whoever differs from the console's that is told."""
    chain, key, _ = strange.authority(tmp_path, L.CONSOLE4, days=-1)
    kept = "/var/lib/mimamori/guard/console-ca.pem"
    pc.run("cp", "-p", kept, "/root/kept.pem")
    pc.run("cp", pc.put(str(tmp_path / "ca.crt")), kept)
    away("tls", chain, key, off)
    try:
        status, checks = doctor(pc)
        spoken(pc)
    finally:
        pc.run("cp", "-p", "/root/kept.pem", kept)
    assert status == 1 and found(checks) == want | pc.known


def test_a_proxy(pc, provider, dropped):
    pc.run("sh", "-c", "echo 'https_proxy=http://taro:himitsu@10.9.9.9:3128' >/etc/environment")
    try:
        _, checks = doctor(pc)
        said = spoken(pc)
    finally:
        pc.run("rm", "/etc/environment")
    c = checks["proxy"]
    assert c["result"] == "lost" and c["finding"] == "proxy.unused" and "proxy = http://10.9.9.9:3128" in c["do"]
    assert "himitsu" not in said["ja"] + said["en"] + json.dumps(checks)


def test_a_proxy_that_lets_nobody_through(pc):
    pc.run("sh", "-c", f"cp /etc/mimamori/agent.ini /root/ && printf '[network]\\nproxy = http://{L.CONSOLE4}:9\\n' >>/etc/mimamori/agent.ini")
    _, checks = doctor(pc)
    assert checks["proxy"]["finding"] == "proxy.used" and checks["console"]["finding"] == "console.proxy" and f"{L.CONSOLE4}:9" in checks["console"]["what"]
    pc.run("cp", "/root/agent.ini", "/etc/mimamori/agent.ini")
