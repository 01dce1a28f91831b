"""What the packages are made of: sizes, what Debian's own check says, checksums, lists of parts; and the one with rpm, installed."""
import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest

import lab as L
import machine as M
from test_install import enabled, settled
from test_tarball import quarantined, released

OUT = os.path.join(L.TREE, "build", "packages")
AGENT_MB = 3
MEMBERS = {"type", "bom-ref", "name", "version", "licenses", "hashes", "purl", "supplier", "properties"}  # of those that CycloneDX 1.5 knows for a component
CALLED = ("mimamori", "mimamorid", "mimamori-update", "mimamori-setup")


def out(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def parts_of(package):
    name = re.sub(r"\.(deb|rpm|tar\.gz)$", "", os.path.basename(package))
    with open(os.path.join(OUT, name + ".cdx.json"), encoding="utf-8") as f:
        return json.load(f)


def is_sound(bom):
    """The members that the schema of CycloneDX 1.5 requires, and the forms that it asks for."""
    assert bom["bomFormat"] == "CycloneDX" and bom["specVersion"] == "1.5" and bom["version"] == 1
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bom["serialNumber"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bom["metadata"]["timestamp"])
    refs = [c["bom-ref"] for c in (bom["metadata"]["component"], *bom["components"])]
    assert len(refs) == len(set(refs)) and all(r in refs for d in bom["dependencies"] for r in (d["ref"], *d["dependsOn"]))
    for c in (bom["metadata"]["component"], *bom["components"]):
        assert c["type"] in ("application", "library") and c["name"] and c["version"] and not set(c) - MEMBERS, c
        assert all(list(row) == ["license"] and list(row["license"]) in (["id"], ["name"]) for row in c.get("licenses", [])), c
        assert all(h["alg"] == "SHA-256" and re.fullmatch("[0-9a-f]{64}", h["content"]) for h in c.get("hashes", [])), c
        if c["type"] == "library":
            assert re.fullmatch(r"pkg:deb/debian/([a-z0-9.-]|%2B)+@[^?\s:+]+\?arch=amd64&distro=debian-\d+", c["purl"]), c


def test_the_agent_is_small_and_lintian_is_content(packages):
    assert os.path.getsize(packages.agent) <= AGENT_MB * 1000000
    p = subprocess.run(["lintian", "--allow-root", packages.agent, packages.console], capture_output=True, text=True)
    assert p.returncode == 0 and not [x for x in p.stdout.split("\n") if x.startswith(("E:", "W:"))], p.stdout


def test_every_file_has_its_sum(packages, rpm_package):
    with open(os.path.join(OUT, "SHA256SUMS"), encoding="ascii") as f:
        sums = dict(reversed(line.split("  ")) for line in f.read().strip().split("\n"))
    here = {n for n in os.listdir(OUT) if n.endswith((".deb", ".rpm", ".tar.gz", ".json"))}
    assert set(sums) == here and len(here) == 8
    assert not [n for n in here if sha256(os.path.join(OUT, n)) != sums[n]]


def test_the_parts_of_the_archive_are_listed(tarball, tmp_path):
    """Each program and library with its hash, and what is linked in; nothing that is not there."""
    bom = parts_of(tarball)
    is_sound(bom)
    subprocess.run(["tar", "-xzf", tarball, "-C", tmp_path], check=True)
    tree, = tmp_path.iterdir()
    files = {f.name: sha256(f) for f in (*(tree / "bin").iterdir(), *(tree / "lib").iterdir())}
    listed = {c["name"]: c["hashes"][0]["content"] for c in bom["components"] if "hashes" in c}
    assert files == listed and len(files) > 40
    assert {c["name"] for c in bom["components"] if "hashes" not in c} == {"libarchive.a", "libc.a", "libcrypto.a", "libinih.a", "libjansson.a"}
    packages = {c["purl"].split("/")[2].split("@")[0] for c in bom["components"] if c["name"] in files and "purl" in c}
    assert packages == {n.name for n in (tree / "licences").iterdir()}, "a library without the words of its makers"
    assert {c["version"] for c in bom["components"] if c["name"] == "libcrypto.so.3"} == {out("dpkg-query", "-W", "-f", "${Version}", "libssl3")}


def test_the_parts_of_the_packages_are_listed(packages, rpm_package, tmp_path):
    for package in (packages.agent, packages.console):
        bom = parts_of(package)
        is_sound(bom)
        tree = tmp_path / os.path.basename(package)
        subprocess.run(["dpkg-deb", "-x", package, tree], check=True)
        programs = {f.name: f for f in tree.rglob("mimamori*") if f.is_file() and not f.is_symlink() and f.read_bytes()[:4] == b"\x7fELF"}
        assert {c["name"]: c["hashes"][0]["content"] for c in bom["components"] if c["type"] == "application"} == {n: sha256(f) for n, f in programs.items()}
        needed = {w for f in programs.values() for w in re.findall(r"NEEDED.*\[(.*)\]", out("readelf", "-d", f))}
        assert needed <= {c["name"] for c in bom["components"] if c["type"] == "library"} and len(needed) > 5
    is_sound(parts_of(rpm_package))


def test_setup_asks_no_name_service():
    """A static program that did would load libraries of the host, of another C library."""
    wanted = set(re.findall(r" U (\w+)", out("nm", os.path.join(L.BUILD, "libsetup.a"))))
    assert "getline" in wanted or "__getdelim" in wanted
    assert not [w for w in wanted if re.match(r"(get(pw|gr|addrinfo|hostby|serv)|initgroups|dlopen|iconv)", w)]


def test_the_rpm_brings_what_the_deb_brings(packages, rpm_package):
    rpm = set(out("rpm", "-qpl", rpm_package).split())
    deb = {line.split()[5][1:] for line in out("dpkg-deb", "-c", packages.agent).split("\n") if line and line[0] != "d"}
    deb = {p for p in deb if not p.startswith(("/usr/share/doc/", "/usr/share/lintian/"))}
    assert len(deb) > 250 and not deb - rpm
    assert out("rpm", "-qp", "--requires", rpm_package).count("so") == 0, "it brings its libraries, and asks for none"


def test_the_rpm_installed(provider, rpm_package):
    """By rpm itself, into a computer whose C library is too old for the programs of the Debian package."""
    rpm = ["rpm", "--dbpath", "/var/lib/rpm", "--nodeps"]
    with M.Machine(provider, [], suite="bullseye") as pc:
        before = pc.list_files()
        L.run("mount", "-t", "proc", "proc", os.path.join(pc.root, "proc"))
        try:
            L.run(*rpm, "--root", pc.root, "-i", rpm_package)
            for name in CALLED:
                assert L.run("chroot", pc.root, f"/usr/{'bin' if name == 'mimamori' else 'sbin'}/{name}", "--version").stdout.split()[0] == name
        finally:
            L.run("umount", os.path.join(pc.root, "proc"))
        pc.boot()
        L.wait_for(lambda: "default" in pc.run("ip", "route").stdout, 20, "its network", 0.1)
        assert pc.run("mimamori-setup", "install", "--code", provider.console.token(), check=False).returncode == 0
        assert settled(pc)["rules"]["version"] and enabled(pc) == ["enabled"] * 3
        quarantined(pc)
        assert pc.run("/usr/lib/mimamori/release/bin/mimamori-setup", "leave", check=False).returncode != 0, "rpm would take the guard away in quarantine"
        released(pc)
        pc.run("/usr/lib/mimamori/release/bin/mimamori-setup", "leave")
        pc.power_off()
        L.run(*rpm, "--root", pc.root, "-e", "mimamori-agent")
        shutil.rmtree(os.path.join(pc.root, "var/lib/rpm"))
        stays = ("/etc/", "/var/lib/mimamori", "/.mimamori-vault", "/home")  # docs/packaging.md: rpm knows no purge
        not_ours = {"/usr/share/licenses", "/var/cache/private", "/var/lib/private"}  # folders of the distribution and of its first boot
        left = {p for p in pc.list_files().keys() - before.keys() - not_ours if not p.startswith(stays)}
        assert not left, sorted(left)


@pytest.mark.parametrize("what", ["deb", "rpm", "tar.gz"])
def test_nothing_of_this_machine_is_in_it(packages, rpm_package, tarball, tmp_path, what):
    """No path of the build, which would differ elsewhere."""
    package = {"deb": packages.agent, "rpm": rpm_package, "tar.gz": tarball}[what]
    if what == "deb":
        subprocess.run(["dpkg-deb", "-x", package, tmp_path], check=True)
    elif what == "rpm":
        with open(package, "rb") as f:
            archive = subprocess.run(["rpm2archive", "-"], stdin=f, stdout=subprocess.PIPE, check=True).stdout
        subprocess.run(["tar", "-xz", "-C", tmp_path], input=archive, check=True)
    else:
        subprocess.run(["tar", "-xzf", package, "-C", tmp_path], check=True)
    files = [f for f in tmp_path.rglob("*") if f.is_file() and not f.is_symlink()]
    assert len(files) > 250 and not [f for f in files if L.TREE.encode() in f.read_bytes()]
