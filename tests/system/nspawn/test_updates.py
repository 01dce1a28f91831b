"""Rules and releases on a booted system: by the unit, from the console that the computer was enrolled at."""
import subprocess

from test_install import main_pid, repackaged, settled, status


def update(pc):
    """One run of the unit, without the wait of its timer."""
    pc.run("sh", "-c", "grep -q jitter /etc/mimamori/agent.ini || sed -i 's/^\\[update\\]/[update]\\njitter = 0/' /etc/mimamori/agent.ini")
    pc.run("systemctl", "start", "mimamori-update.service", timeout=180)


def test_rules_by_the_unit(guarded, provider):
    settled(guarded)
    root = guarded.run("cat", "/etc/mimamori/update-root.json").stdout
    assert root == (provider.desk.repository / "metadata/1.root.json").read_text(), "the first root comes with the enrolment"
    provider.desk.go("add", provider.desk.repository, provider.desk.pack("8.1.0"), "--role", "rules")
    update(guarded)
    said = guarded.journal("mimamori-update.service")
    status(guarded, lambda s: s["rules"]["version"] == "8.1.0", "the pack: " + said)
    assert "8.1.0" in guarded.run("mimamori-update", "--lang", "en", "status").stdout


def test_a_release_by_the_unit(guarded, provider, packages, tmp_path):
    """The same programs under another version: put in use under the same pid; then the package brings what is older, and newer."""
    settled(guarded)
    desk, pid = provider.desk, main_pid(guarded)
    deb = repackaged(packages.agent, "0.2.2", tmp_path)
    subprocess.run(["dpkg-deb", "-x", deb, tmp_path / "tree"], check=True)
    desk.run("add", desk.repository, tmp_path / "tree/usr/lib/mimamori/release", "--role", "agent", "--version", "0.2.2", "--platform", "linux-x86_64",
             keys=["release-1", "release-2"])
    desk.run("snapshot", desk.repository, keys=["snapshot", "timestamp"])
    update(guarded)
    now = settled(guarded)
    assert now["version"] == "0.2.2" and main_pid(guarded) == pid, guarded.journal("mimamori-update.service")
    guarded.run("systemctl", "restart", "mimamorid.service")
    assert settled(guarded)["version"] == "0.2.2"
    guarded.run("dpkg", "-i", guarded.put(repackaged(packages.agent, "0.2.1", tmp_path)))
    assert settled(guarded)["version"] == "0.2.2", "a package with an older release takes the newer one away"
    guarded.run("dpkg", "-i", guarded.put(repackaged(packages.agent, "0.2.3", tmp_path)))
    assert settled(guarded)["version"] == "0.2.3"
    guarded.reboot()
    assert settled(guarded)["version"] == "0.2.3"
