"""A computer that is switched off is no silent computer, and one that lost its power is."""
import pytest

import lab as L
from test_install import devices, settled


def silences(provider, who):
    return [i for i in provider.console.incidents() if i["agent_id"] == who and i["kind"] == "silence"]


def test_switched_off(guarded, provider):
    who = settled(guarded)["agent_id"]
    guarded.power_off()
    L.wait_for(lambda: devices(provider)[who]["state"] == "off", 5, "the console to store the last word")
    with pytest.raises(L.LabError):
        L.wait_for(lambda: silences(provider, who) or devices(provider)[who]["state"] != "off", 20, "no alarm")
    guarded.boot()
    settled(guarded)
    L.wait_for(lambda: devices(provider)[who]["state"] == "online", 10, "the console to see it again")
    assert not silences(provider, who)


def test_switched_off_slowly(guarded, provider):
    """Two seconds until the service manager's program is there to say why."""
    who = settled(guarded)["agent_id"]
    guarded.run("sh", "-c", "mv /usr/bin/systemctl /usr/bin/systemctl.away; printf '#!/bin/sh\n/bin/sleep 2; exec /usr/bin/systemctl.away \"$@\"\n' >/usr/bin/systemctl; "
                            "chmod 755 /usr/bin/systemctl")
    guarded.power_off()
    L.wait_for(lambda: devices(provider)[who]["state"] == "off", 5, "the console to store the last word")


def test_the_plug_was_pulled(guarded, provider):
    who = settled(guarded)["agent_id"]
    guarded.power_off(cut=True)
    L.wait_for(lambda: silences(provider, who), 30, "the alarm")
    guarded.boot()
    settled(guarded)


def test_stopped_by_somebody(guarded, provider):
    """The event says that somebody stopped it; the silence that follows is an alarm; a restart is none."""
    who = settled(guarded)["agent_id"]
    guarded.run("systemctl", "restart", "mimamorid.service")
    settled(guarded)
    assert not silences(provider, who)
    guarded.run("systemctl", "stop", "mimamorid.service")
    L.wait_for(lambda: [e for e in provider.console.events() if e["class_uid"] == 6002 and e["activity_id"] == 4 and e["severity_id"] == 3], 10, "the event")
    L.wait_for(lambda: silences(provider, who), 30, "the alarm")
