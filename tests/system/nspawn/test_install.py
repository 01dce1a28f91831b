"""One file and one code, on a real booted system."""
import os
import sqlite3
import subprocess
import time

import pytest

import lab as L
import lost
import machine as M

SILENT = 3    # exit status: the guard does not answer
UNITS = ("mimamorid.service", "mimamori-quarantine.service", "mimamori-update.timer")


def devices(provider):
    return {d["agent_id"]: d for d in provider.console.devices()}


def enabled(pc):
    return [pc.run("systemctl", "is-enabled", u, check=False).stdout.strip() for u in UNITS]


def main_pid(pc):
    return int(pc.run("systemctl", "show", "-P", "MainPID", "mimamorid.service").stdout)


def status(pc, so, what, timeout=20):
    """What it says of itself as soon as so(that) is true; a guard that is late by a second says nothing for a moment."""
    return L.wait_for(lambda: (s := pc.status()) and s.get("guard", {}).get("answers") and so(s) and s, timeout, what, 0.1)


def settled(pc, timeout=30):
    return status(pc, lambda s: s["console"]["connected"] and s["rules"]["version"], "the guard and its console", timeout)


def stands(pc, *words, timeout=20):
    return status(pc, lambda s: s["overall"] in words, f"the computer to be {' or '.join(words)}", timeout)


def free(pc):
    """In no quarantine."""
    return stands(pc, "guarded", "attention")


def command(pc, *argv):
    """One for the guard, which does not take it while it is late."""
    return L.wait_for(lambda: (p := pc.run("mimamori", *argv, check=False)).returncode != SILENT and p, 20, f"the guard to take {argv[0]}", 0.1)


def test_one_file_and_one_code(computer, packages, provider):
    before = set(devices(provider))
    start = time.monotonic()
    computer.run("dpkg", "-i", computer.put(packages.agent))
    p = computer.run("mimamori-setup", "install", "--lang", "ja", "--code", provider.console.token(), check=False)
    took = time.monotonic() - start
    assert p.returncode == 0 and p.stdout.startswith("見守りを始めました（株式会社みどり工業）") and p.stdout.count("\n") == 1, p
    new, = set(devices(provider)) - before
    assert devices(provider)[new]["last_seen"] and took <= 30, took
    assert enabled(computer) == ["enabled"] * 3 and settled(computer)["agent_id"] == new
    assert "/agent/v1/tuf" in computer.run("cat", "/etc/mimamori/agent.ini").stdout


def test_enrolled_later(computer, packages, provider):
    """Installed without a code; enrolled when there is one."""
    computer.run("dpkg", "-i", computer.put(packages.agent))
    p = computer.run("mimamori-setup", "enroll", "--lang", "en", check=False)
    assert p.returncode == 3, p
    assert computer.run("mimamori-setup", "install", "--lang", "en").stdout == "The guard works, without a console.\n"
    p = computer.run("mimamori-setup", "enroll", "--lang", "en", "--code", provider.console.token())
    assert "株式会社みどり工業" in p.stdout and settled(computer)["agent_id"] in devices(provider)
    assert "/agent/v1/tuf" in computer.run("cat", "/etc/mimamori/agent.ini").stdout
    p = computer.run("mimamori-setup", "enroll", "--lang", "en", "--code", provider.console.token()[:-1] + "0", check=False)
    assert p.returncode == 3 and settled(computer)


def test_another_console(guarded, tmp_path, provider):
    """From one console to another, and to its repository."""
    settled(guarded)
    guarded.run("sh", "-c", "sed -i 's#url = https://.*/agent#url = https://10.77.2.99:8443/agent#' /etc/mimamori/agent.ini && "
                            "sed -i 's#https://[0-9.]*:[0-9]*#https://10.77.2.99:8443#' /var/lib/mimamori/core/enrolled.json && echo old > /etc/mimamori/update-root.json && "
                            "mkdir -p /var/lib/mimamori/updates/metadata && echo old > /var/lib/mimamori/updates/metadata/root.json")
    p = guarded.run("mimamori-setup", "enroll", "--lang", "en", "--code", provider.console.token())
    assert "株式会社みどり工業" in p.stdout and settled(guarded)["agent_id"] in devices(provider)
    assert provider.console.url + "/agent/v1/tuf" in guarded.run("cat", "/etc/mimamori/agent.ini").stdout
    assert guarded.run("cat", "/etc/mimamori/update-root.json").stdout == (provider.desk.repository / "metadata/1.root.json").read_text()
    assert guarded.run("test", "-e", "/var/lib/mimamori/updates/metadata/root.json", check=False).returncode != 0


def test_again_changes_nothing(guarded):
    before, pid = guarded.list_files(), main_pid(guarded)
    p = guarded.run("mimamori-setup", "install", "--lang", "en", check=False)
    assert p.returncode == 0 and main_pid(guarded) == pid and guarded.list_files().keys() == before.keys()


def test_it_is_there_after_a_reboot(guarded, provider):
    who = settled(guarded)["agent_id"]
    guarded.reboot()
    assert settled(guarded)["agent_id"] == who


@pytest.mark.parametrize("wrong", ["typing", "none", "used", "expired"])
def test_a_wrong_code_changes_nothing(computer, packages, provider, wrong):
    computer.run("dpkg", "-i", computer.put(packages.agent))
    before = computer.list_files()
    code = provider.console.token()
    if wrong == "typing":
        code = code[:-1] + ("A" if code[-1] != "A" else "B")
    elif wrong == "none":
        code = "HELLO"
    elif wrong == "used":
        computer.run("mimamori-setup", "install", "--code", code)
        computer.run("dpkg", "--purge", "mimamori-agent")
        computer.run("dpkg", "-i", computer.put(packages.agent))
    else:
        with sqlite3.connect(os.path.join(provider.console.state, "console.db"), timeout=10) as db:
            db.execute("UPDATE token SET expires=1")
    p = computer.run("mimamori-setup", "install", "--lang", "ja", "--code", code, check=False)
    assert p.returncode == 3 and "コード" in p.stdout, p
    assert computer.list_files().keys() == before.keys() and "enabled" not in enabled(computer)


@pytest.fixture
def stranger(tmp_path):
    """A code of a console that nobody reaches."""
    program, = L.need("bin/mimamori-console")
    for words in (("init", "--name", "x", "--host", "10.77.2.99"), ("customer", "add", "x")):
        L.run(program, "--dir", tmp_path / "other", *words)
    return L.run(program, "--dir", tmp_path / "other", "token", "new", "--customer", "x").stdout.split()[0]


@pytest.mark.parametrize("verb, missing", [("enroll", ""), ("install", ""), ("install", "/etc/mimamori/local"), ("install", "/opt/mimamori/releases/0.2.0/bin/mimamorid-judge")])
def test_what_fails_takes_nothing_from_the_agent_that_is_there(guarded, stranger, verb, missing):
    who = settled(guarded)["agent_id"]
    before = guarded.list_files()
    if missing:
        guarded.run("rm", "-rf", missing)
    p = guarded.run("mimamori-setup", verb, "--lang", "ja", "--code", stranger, check=False)
    assert p.returncode == 1 and "前からある見守りはそのまま" in p.stdout, p
    assert guarded.list_files().keys() >= before.keys() - {missing} and "enabled" in enabled(guarded)
    guarded.reboot()
    assert settled(guarded)["agent_id"] == who


def test_without_a_network_nothing_changes(computer, packages, provider):
    computer.run("dpkg", "-i", computer.put(packages.agent))
    computer.run("ip", "link", "set", M.LINK, "down")
    before = computer.list_files()
    p = computer.run("mimamori-setup", "install", "--lang", "ja", "--code", provider.console.token(), check=False)
    assert p.returncode not in (0, 3) and "元に戻しました" in p.stdout, p
    assert computer.list_files().keys() == before.keys()
    computer.run("ip", "link", "set", M.LINK, "up")


def test_purge_leaves_nothing(computer, packages, provider):
    before = computer.list_files()
    accounts = computer.run("cat", "/etc/passwd", "/etc/group").stdout
    name = computer.put(packages.agent)
    computer.run("dpkg", "-i", name)
    computer.run("mimamori-setup", "install", "--code", provider.console.token())
    computer.run("rm", name)
    computer.run("dpkg", "--purge", "mimamori-agent")
    now = computer.list_files()
    left = sorted(p for p in now.keys() - before.keys() if not p.startswith(("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid", "/etc/.pwd.lock")))
    assert not left and not before.keys() - now.keys()
    assert computer.run("cat", "/etc/passwd", "/etc/group").stdout == accounts
    assert "mimamori" not in computer.run("systemctl", "list-unit-files").stdout and "mimamori" not in computer.run("nft", "list", "ruleset").stdout


def test_no_packet_leaves_after_a_reboot_in_quarantine(guarded, provider):
    """A program that sends as early as it can is seen when there is no quarantine, and is not when there is one."""
    early = ("[Unit]\nDefaultDependencies=no\nAfter=systemd-networkd.service\n[Service]\n"
             "ExecStart=/usr/bin/python3 -c 'import socket,time\\nwhile True:\\n  s=socket.socket(2,2)\\n"
             "  try: s.sendto(b\"x\",(\"10.77.2.2\",9))\\n  except OSError: pass\\n  time.sleep(0.005)'\n[Install]\nWantedBy=sysinit.target\n")
    guarded.run("systemctl", "enable", "nftables.service")  # at boot it begins with flushing everybody's rules
    guarded.run("sh", "-c", f"cat > /etc/systemd/system/early.service <<'X'\n{early}X\nsystemctl enable early.service")
    who = settled(guarded)["agent_id"]

    def frames_of_a_boot():
        guarded.power_off()
        guarded.plug()
        end = guarded.capture()
        guarded.boot(cable=False)
        settled(guarded)
        time.sleep(1)
        return end()

    open_boot = frames_of_a_boot()
    assert any(kind == "udp" and port == 9 for _, kind, _, port in open_boot), "the early program was not early"
    provider.console.contain(who)
    stands(guarded, "quarantined")
    closed_boot = frames_of_a_boot()
    assert settled(guarded)["overall"] == "quarantined"
    bad = [f for f in closed_boot if not (f[1] in ("arp", "nd", "dhcp") or (f[1] == "tcp" and f[2] == L.CONSOLE4 and f[3] == L.CONSOLE_PORT))]
    assert not bad, bad[:10]
    assert any(f[1] == "tcp" for f in closed_boot), "the console was not spoken with"
    p = guarded.run("dpkg", "--purge", "mimamori-agent", check=False)
    assert p.returncode != 0 and settled(guarded)["overall"] == "quarantined", "a package manager takes the guard away in quarantine"
    provider.console.release(who)
    free(guarded)
    assert any(kind == "udp" and port == 9 for _, kind, _, port in frames_of_a_boot())


@pytest.mark.parametrize("how", ["garbage", "unreadable"])
def test_an_order_that_cannot_be_read_is_still_an_order(guarded, provider, how):
    """Closed without exceptions, also for the console; root opens it by hand."""
    settled(guarded)
    guarded.power_off()
    order = os.path.join(guarded.root, "var/lib/mimamori/guard/quarantine.json")
    if how == "garbage":
        with open(order, "w") as f:
            f.write("{")
    else:
        os.mkdir(order)
    guarded.plug()
    end = guarded.capture()
    guarded.boot(cable=False)
    stands(guarded, "quarantined", timeout=30)
    time.sleep(2)
    bad = [f for f in end() if f[1] not in ("arp", "nd", "dhcp")]
    assert not bad, bad[:10]
    if how == "unreadable":
        os.rmdir(order)
    command(guarded, "release", "--reason", "test")
    free(guarded)
    settled(guarded)


def test_killed_and_stopped(guarded):
    """kill -9 of the keeper, SIGSTOP of the guard, SIGSTOP of the keeper: guarded again each time."""
    settled(guarded)
    for who, how, limit in (("mimamorid", "KILL", 10), ("mimamorid-guard", "STOP", 10), ("mimamorid", "STOP", 40)):
        pid = main_pid(guarded)
        guard = guarded.run("pgrep", "-x", "mimamorid-guard").stdout.split()
        victim = str(pid) if who == "mimamorid" else guard[0]
        guarded.run("kill", f"-{how}", victim)
        L.wait_for(lambda: guarded.run("pgrep", "-x", "mimamorid-guard", check=False).stdout.split() not in (guard, []), limit, f"another guard after {how} of {who}", 0.2)
        settled(guarded)
        if who == "mimamorid":
            assert main_pid(guarded) != pid


def repackaged(path, version, to):
    """The same package, whose programs believe that they are of another version."""
    tree = to / version
    subprocess.run(["dpkg-deb", "-R", path, tree], check=True)
    old = subprocess.run(["dpkg-deb", "-f", path, "Version"], capture_output=True, text=True, check=True).stdout.strip()
    assert len(old) == len(version)
    for f in (*(tree / "usr/lib/mimamori/release/bin").iterdir(), tree / "DEBIAN/control", tree / "DEBIAN/preinst"):
        f.write_bytes(f.read_bytes().replace(old.encode(), version.encode()))
    out = to / f"mimamori-agent_{version}_amd64.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, out], check=True, capture_output=True)
    return str(out)


def test_upgrade_and_no_way_back(guarded, packages, provider, tmp_path):
    was = settled(guarded)
    newer = guarded.put(repackaged(packages.agent, "0.2.1", tmp_path))
    guarded.run("dpkg", "-i", newer)
    now = settled(guarded)
    assert guarded.run("test", "-e", "/run/mimamori/upgrading", check=False).returncode != 0
    assert now["version"] == "0.2.1" and now["agent_id"] == was["agent_id"] and now["journal"]["last"] > was["journal"]["last"]
    assert guarded.run("readlink", "/opt/mimamori/current").stdout.strip() == "releases/0.2.1"
    guarded.run("mimamori", "check", check=False)
    assert "tamper" not in [i["kind"] for i in provider.console.incidents() if i["agent_id"] == now["agent_id"]], "an upgrade is no tampering"
    p = guarded.run("dpkg", "-i", guarded.put(packages.agent), check=False)
    assert p.returncode != 0 and "戻せません" in p.stderr and settled(guarded)["version"] == "0.2.1"


# Runs an installation and kills it $3 seconds after it has begun its $2nd step; what it had begun is printed.
KILL_AT = """
steps=/opt/mimamori/setup.pending/steps
begun() { n=0; while read -r line; do case $line in was*|existing|rooted) ;; *) n=$((n + 1)) ;; esac; done 2>/dev/null <$steps; }
mimamori-setup install --code "$1" >/dev/null 2>&1 &
while kill -0 $! 2>/dev/null; do
    begun 2>/dev/null
    [ $n -ge $2 ] && sleep $3 && kill -KILL $! && break
done
wait $!
grep -vE '^(was|existing|rooted)' $steps 2>/dev/null
exit 0
"""


def killed_at_each_step(computer, provider, delay):
    """The step at which each kill fell, in their order; after each one the installation is run again and taken back."""
    hit = []
    for step in range(1, 12):
        begun = computer.run("sh", "-c", KILL_AT, "sh", provider.console.token(), str(step), delay).stdout.split()
        done = computer.run("mimamori-setup", "install", "--code", provider.console.token(), check=False)
        assert done.returncode == 0, (step, begun, done)
        assert settled(computer) and enabled(computer) == ["enabled"] * 3
        assert computer.run("ls", "/opt/mimamori").stdout.split() == ["current", "releases"]
        computer.run("systemctl", "disable", "--now", *UNITS)
        computer.run("rm", "-rf", "/var/lib/mimamori", "/etc/mimamori")
        if not begun:
            break  # there are no more: it came to its end
        hit += begun[-1:]
    return hit


@pytest.mark.parametrize("delay, least", [("0", 3), ("0.02", 2)])
def test_killed_between_any_two_steps(computer, packages, provider, delay, least):
    """kill -9 when each step has begun, and a moment later; then it is run again: the same end."""
    computer.run("dpkg", "-i", computer.put(packages.agent))
    hit = killed_at_each_step(computer, provider, delay)
    if len(set(hit)) < least or hit[-1] != "service":  # who kills had no processor while a short step ran: once more
        hit += killed_at_each_step(computer, provider, delay)
    assert len(set(hit)) >= least and "service" in hit, f"the kills met only {hit}"


def command_lines():
    """Of every process of this machine, those in the computer among them."""
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                with open(f"/proc/{d}/cmdline", "rb") as f:
                    yield f.read().decode(errors="replace")
            except OSError:
                continue


def test_a_code_by_standard_input_is_in_no_command_line(computer, packages, provider):
    computer.run("dpkg", "-i", computer.put(packages.agent))
    known, code = set(devices(provider)), provider.console.token()
    with open(os.path.join(computer.root, "root/code"), "w") as f:
        f.write(f"  {code} \r\nwhat follows does not count\n")
    p = subprocess.Popen(["nsenter", "-t", str(computer.leader), "-m", "-u", "-i", "-n", "-p", "-C", "--", "/bin/sh", "-c",
                          "mimamori-setup install --lang en --code - </root/code"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    seen, looks = set(), 0
    while p.poll() is None:
        seen |= {line.replace("\0", " ") for line in command_lines() if code in line}
        looks += 1
    assert p.returncode == 0 and "株式会社みどり工業" in p.stdout.read() and not seen and looks > 10
    p.stdout.close()
    new, = set(devices(provider)) - known
    assert settled(computer)["agent_id"] == new


LINE = 9443
KEPT = "/opt/mimamori/enrolment.key"


@pytest.fixture
def line(provider, tmp_path):
    """A way to the console on which the answer to an enrolment is lost while the file it returns is there."""
    flag = tmp_path / "lose"
    p = provider.spawn("con", "/usr/bin/python3", lost.__file__, L.CONSOLE4, LINE, L.CONSOLE4, L.CONSOLE_PORT, os.path.join(provider.console.state, "console.db"), flag,
                       stdout=subprocess.PIPE)
    assert p.stdout.readline().startswith(b"ready")
    yield flag
    provider.end(p)


def test_a_lost_answer_does_not_cost_the_code(computer, packages, provider, line):
    """The console has taken the code, its answer never came: all is taken back but the key that the console knows."""
    computer.run("dpkg", "-i", computer.put(packages.agent))
    before, known, code = computer.list_files(), set(devices(provider)), lost.through(provider.console.token(), LINE)
    line.write_text("cut")
    for lang, words in (("ja", "同じコードで"), ("en", "the same code")):  # once with the answer lost, once without a network
        p = computer.run("mimamori-setup", "install", "--lang", lang, "--code", code, check=False)
        assert p.returncode == 1 and words in p.stdout, p
        assert computer.list_files().keys() ^ before.keys() == {KEPT}
        assert computer.run("stat", "-c", "%u %a", KEPT).stdout == "0 600\n"
        line.unlink(missing_ok=True)
        computer.run("ip", "link", "set", M.LINK, "down")
    computer.run("ip", "link", "set", M.LINK, "up")
    L.wait_for(lambda: "default" in computer.run("ip", "route").stdout, 20, "the network", 0.1)
    p = computer.run("mimamori-setup", "install", "--lang", "en", "--code", code, check=False)
    assert p.returncode == 0, p
    new, = set(devices(provider)) - known
    assert settled(computer)["agent_id"] == new and KEPT not in computer.list_files()


def test_killed_while_the_console_answers(computer, packages, provider, line):
    computer.run("dpkg", "-i", computer.put(packages.agent))
    known, code = set(devices(provider)), lost.through(provider.console.token(), LINE)
    line.write_text("hold")
    p = subprocess.Popen(["nsenter", "-t", str(computer.leader), "-m", "-u", "-i", "-n", "-p", "-C", "--", "/usr/sbin/mimamori-setup", "install", "--code", code],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    new, = L.wait_for(lambda: set(devices(provider)) - known, 30, "the console to take the code", 0.05)
    computer.power_off(cut=True)
    p.wait(30)
    line.unlink()
    computer.boot()
    assert computer.run("mimamori-setup", "install", "--code", code, check=False).returncode == 0
    assert settled(computer)["agent_id"] == new and set(devices(provider)) - known == {new}
    assert computer.run("ls", "/opt/mimamori").stdout.split() == ["current", "releases"]


def test_a_service_that_does_not_start_does_not_cost_the_code(computer, packages, provider):
    computer.run("dpkg", "-i", computer.put(packages.agent))
    known, code, broken = set(devices(provider)), provider.console.token(), "/etc/systemd/system/mimamorid.service.d"
    computer.run("sh", "-c", f"mkdir {broken} && printf '[Service]\\nExecStartPre=/bin/false\\n' >{broken}/x.conf")
    before = computer.list_files()
    p = computer.run("mimamori-setup", "install", "--lang", "ja", "--code", code, check=False)
    assert p.returncode == 1 and computer.list_files().keys() ^ before.keys() == {KEPT}, p
    computer.run("sh", "-c", f"rm -r {broken}; systemctl daemon-reload; systemctl reset-failed")
    assert computer.run("mimamori-setup", "install", "--code", code, check=False).returncode == 0
    new, = set(devices(provider)) - known
    assert settled(computer)["agent_id"] == new and KEPT not in computer.list_files()


@pytest.mark.parametrize("unit, most", [("mimamorid.service", 5.5), ("mimamori-quarantine.service", 2.2), ("mimamori-update.service", 2.0), ("mimamori-console.service", 2.0)])
def test_what_systemd_thinks_of_the_unit(computer, packages, unit, most):
    computer.run("dpkg", "-i", computer.put(packages.agent), computer.put(packages.console))
    out = computer.run("systemd-analyze", "security", "--no-pager", unit, check=False).stdout
    score = float(out.strip().split("\n")[-1].split(":")[1].split()[0])
    assert score <= most, "\n".join(line for line in out.split("\n") if line.startswith("✗"))
