"""Who touches the agent's programs, units or settings is seen, told to the console, and shown; what is mended is told too."""
import pytest

import lab as L
from test_install import settled, status

BIN = "/opt/mimamori/current/bin"


def told(provider, who, subject):
    """[(class, severity, state)] of the events about one of its files."""
    return [(e["class_uid"], e["severity_id"], e["unmapped"].get("new_state")) for e in provider.console.events()
            if e["unmapped"].get("subject") == subject and e["metadata"].get("tenant_uid", who) and who in str(e)]


def look(pc):
    pc.run("mimamori", "check", check=False)


@pytest.fixture
def known(guarded):
    """Its first look is behind it."""
    settled(guarded)
    look(guarded)
    L.wait_for(lambda: guarded.run("test", "-s", "/var/lib/mimamori/core/self", check=False).returncode == 0, 10, "the first look")
    assert "self" not in settled(guarded)["reasons"]
    return guarded


ATTACKS = {
    "masked": ("systemctl mask mimamorid.service", "mimamorid.service", (6002, 4, "masked"), True),
    "disabled": ("systemctl disable mimamorid.service", "mimamorid.service", (6002, 4, "disabled"), True),
    "drop-in": ("mkdir -p /etc/systemd/system/mimamorid.service.d; printf '[Service]\\nExecStart=\\nExecStart=/bin/true\\n' > /etc/systemd/system/mimamorid.service.d/x.conf",
                "mimamorid.service", (6002, 4, "drop-ins"), True),
    "unit edited": ("echo '# x' >> /lib/systemd/system/mimamori-quarantine.service", "mimamori-quarantine.service", (6002, 4, "enabled"), False),
    "unit gone": ("rm /lib/systemd/system/mimamori-update.timer", "mimamori-update.timer", (6002, 4, "missing"), True),
    "what the timer starts": ("sed -i 's,^ExecStart=.*,ExecStart=/bin/true,' /lib/systemd/system/mimamori-update.service", "mimamori-update.service", (6002, 4, "enabled"), False),
    "program changed": (f"cp {BIN}/mimamori-update /root/u; echo x >> /root/u; mv /root/u {BIN}/mimamori-update", "mimamori-update", (6002, 4, "changed"), False),
    "program for everybody": (f"chmod o+w {BIN}/mimamorid-scan", "mimamorid-scan", (6002, 4, "open"), True),
    "program gone": (f"mv {BIN}/mimamorid-judge /root/", "mimamorid-judge", (6002, 4, "missing"), False),
    "settings changed": ("echo '# x' >> /etc/mimamori/agent.ini", "agent.ini", (5019, 3, "changed"), False),
}


@pytest.mark.parametrize("what", ATTACKS)
def test_it_is_seen(known, provider, what):
    command, subject, event, lasting = ATTACKS[what]
    who = settled(known)["agent_id"]
    known.run("sh", "-c", command)
    look(known)
    L.wait_for(lambda: event in told(provider, who, subject), 10, f"the console to hear that {subject} is {event[2]}: {told(provider, who, subject)}")
    assert ("self" in settled(known)["reasons"]) == lasting
    before = len(told(provider, who, subject))
    look(known)
    assert len(told(provider, who, subject)) == before, "told once"


def test_what_is_mended_is_told(known, provider):
    who = settled(known)["agent_id"]
    known.run("systemctl", "mask", "mimamorid.service")
    look(known)
    status(known, lambda s: "self" in s["reasons"], "the reason")
    assert "連絡先" in known.run("mimamori", "--lang", "ja", "status", check=False).stdout
    known.run("systemctl", "unmask", "mimamorid.service")
    look(known)
    L.wait_for(lambda: (5019, 1, "enabled") in told(provider, who, "mimamorid.service"), 10, "the console to hear of it")
    assert "self" not in settled(known)["reasons"]


def test_an_upgrade_under_way_is_no_tampering(known, provider):
    """A package that is unpacked and not configured yet: nothing is told before it is done, what stays different then is."""
    who = settled(known)["agent_id"]
    known.run("sh", "-c", ": >/run/mimamori/upgrading; echo '# x' >>/lib/systemd/system/mimamori-update.service")
    look(known)
    look(known)
    assert not told(provider, who, "mimamori-update.service")
    L.wait_for(lambda: (5019, 1, "begun") in told(provider, who, "upgrade"), 10, "the console to hear that somebody says so")
    known.run("touch", "-d", "-7 hours", "/run/mimamori/upgrading")
    look(known)
    L.wait_for(lambda: told(provider, who, "mimamori-update.service"), 10, "an upgrade that has no end to be none")
    known.run("rm", "/run/mimamori/upgrading")
