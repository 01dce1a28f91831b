"""Patch level of packages, shown with real ones: programs, status entries and lists of the Debian archive in scratch
roots, dpkg's and rpm's own order of versions, apt's own count of updates, a database that rpm itself wrote.

    /usr/bin/python3 -m pytest tests/integration/test_packages.py        (B=build/NAME for another build)

Packages come from the configured Debian archive and are kept below build/packages.  The day of a survey is one day
after the date of the security archive's list, so that old lists do not spoil a result."""
import glob
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("B", "build/" + os.environ.get("V", "release")))
CACHE = os.path.join(ROOT, "build", "packages")
LISTS = "/var/lib/apt/lists"


def run(*argv, ok=(0,), **more):
    p = subprocess.run(argv, stdin=None if "input" in more else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=300, **more)
    assert p.returncode in ok, (argv, p.returncode, p.stderr.decode(errors="replace")[-2000:])
    return p.stdout.decode(errors="replace")


def lab(name):
    path = os.path.join(BUILD, "lab", name)
    if not os.path.exists(path):
        pytest.skip(f"{path}: make lab")
    return path


def survey(root, module, now=None):
    """(items, seconds of CPU)"""
    env = dict(os.environ, **({"SURVEY_NOW": str(int(now))} if now else {}))
    p = subprocess.run([lab("survey_root"), root, module], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    assert p.returncode == 0, p.stderr.decode()
    cost = re.search(r"(\d+) lost, ([\d.]+) s user, ([\d.]+) s system", p.stderr.decode())
    return [json.loads(line) for line in p.stdout.decode().splitlines()], float(cost[2]) + float(cost[3])


@pytest.fixture
def tmp_path():
    """Below build/, gone afterwards: a root with all lists has 50 MB."""
    with tempfile.TemporaryDirectory(prefix="packages-", dir=os.path.join(ROOT, "build")) as path:
        yield Path(path)


# ---- the archive --------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def archive():
    """What the lists of this machine offer: {package: [(version, is of security)]}, oldest first; and the day to survey."""
    releases = glob.glob(f"{LISTS}/*_dists_*security_InRelease")
    if not releases or not shutil.which("dpkg-deb"):
        pytest.skip("no lists of a Debian security archive here: apt-get update")
    with open(releases[0]) as f:
        date = parsedate_to_datetime(re.search(r"^Date: (.*)$", f.read(), re.M)[1])
    offers = {}
    for line in run("apt-cache", "madison", "openvpn", "strongswan-charon", "libstrongswan", "openconnect", "libopenconnect5",
                    "wireguard-tools", "libreswan", "ocserv").splitlines():
        name, version, where = (x.strip() for x in line.split("|"))
        offers.setdefault(name, set()).add((version, "-security" in where or "security/" in where))
    return offers, date.timestamp() + 86400


def older(a, b):
    return subprocess.run(["dpkg", "--compare-versions", a, "lt", b]).returncode == 0


def newest(offers, name):
    best = None
    for version, _ in offers[name]:
        best = version if best is None or older(best, version) else best
    return best


def fetch(name, version=None):
    """The .deb, from the cache or the archive."""
    os.makedirs(CACHE, exist_ok=True)
    pattern = f"{CACHE}/{name}_{version.replace(':', '%3a') if version else '*'}_*.deb"
    if not glob.glob(pattern):
        p = subprocess.run(["apt-get", "download", f"{name}={version}" if version else name], cwd=CACHE, capture_output=True, timeout=300)
        if p.returncode or not glob.glob(pattern):
            pytest.skip(f"the archive does not give {name} {version or ''}: {p.stderr.decode()[-200:]}")
    return sorted(glob.glob(pattern))[-1]


def new_root(path, lists=True):
    path = str(path)
    for folder in ("etc", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/apt/lists"):
        os.makedirs(os.path.join(path, folder))
    shutil.copy("/etc/os-release", os.path.join(path, "etc"))
    open(os.path.join(path, "var/lib/dpkg/status"), "w").close()
    for f in glob.glob(f"{LISTS}/*") if lists else ():
        if os.path.isfile(f) and os.access(f, os.R_OK) and os.path.getsize(f):
            shutil.copy(f, os.path.join(path, "var/lib/apt/lists"))
    return path


def install(root, deb, version=None):
    """As dpkg leaves it: the files, the entry of its status, the list of its files."""
    run("dpkg-deb", "-x", deb, root)
    control = run("dpkg-deb", "-f", deb)
    name = re.search(r"^Package: (.*)$", control, re.M)[1]
    if version:
        control = re.sub(r"^Version: .*$", f"Version: {version}", control, flags=re.M)
    with open(f"{root}/var/lib/dpkg/status", "a") as f:
        f.write(control.replace("\nVersion:", "\nStatus: install ok installed\nVersion:", 1).rstrip("\n") + "\n\n")
    names = [line[1:].rstrip("/") or "/." for line in run("tar", "-t", input=subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE, check=True).stdout).splitlines()]
    with open(f"{root}/var/lib/dpkg/info/{name}.list", "w") as f:
        f.write("\n".join(names) + "\n")
    with open(f"{root}/var/lib/dpkg/info/{name}.md5sums", "w") as f:
        f.write(run("dpkg-deb", "-I", deb, "md5sums"))


def program(items, **want):
    found = [i for i in items if i["kind"] == "program" and all(i[k] == v for k, v in want.items())]
    assert len(found) == 1, (want, [i for i in items if i["kind"] == "program"])
    return found[0]


# ---- backports raise no alarm ------------------------------------------------------------------------------
def affected(product, version):
    """Is this maker's version in a range of the advisories, by its numbers?"""
    def numbers(text):
        return [int(x) for x in re.findall(r"\d+", text)]

    with open(os.path.join(ROOT, "tools", "vpn", "advisories.ini")) as f:
        text = f.read()
    for block in re.findall(rf"^\[CVE-\S+ {product}\]\n(.*?)(?=^\[|\Z)", text, re.M | re.S):
        for part in re.search(r"^affected = (.*)$", block, re.M)[1].split(","):
            low, _, high = part.strip().partition("..")
            if not high or not re.fullmatch(r"[\d.]*", low) or not re.fullmatch(r"<?[\d.]+", high):
                continue
            end = numbers(high)
            if numbers(low) <= numbers(version) and (numbers(version) < end if high[0] == "<" else numbers(version) <= end):
                return True
    return False


@pytest.mark.parametrize("product, packages", [("openvpn", ["openvpn"]), ("strongswan", ["libstrongswan", "strongswan-charon"])])
def test_backport_is_current(archive, tmp_path, product, packages):
    offers, now = archive
    root = new_root(tmp_path / "root")
    for name in packages:
        install(root, fetch(name, newest(offers, name)))
    for name in packages:  # dpkg itself reads this database
        assert run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f=${Status} ${Version}", name) == \
            f"install ok installed {newest(offers, name)}"
    one = program(survey(root, "programs", now)[0], product=product)
    assert (one["state"], one["manager"], one["security"]) == ("current", "dpkg", False), one
    assert one["version"] in [newest(offers, name) for name in packages]
    assert re.search(r"\+deb\d+u\d+$", one["version"]), "no backport: choose another package"
    assert affected(product, one["upstream"]), f"{one['upstream']} is in no advisory: this test shows nothing"
    assert one["path"] and os.path.exists(root + one["path"])


def test_older_is_behind(archive, tmp_path):
    """Two versions that the archive has: that of the last point release and that of the security archive."""
    offers, now = archive
    root = new_root(tmp_path / "root")
    best = newest(offers, "strongswan-charon")
    before = [v for v, _ in offers["strongswan-charon"] if v != best]
    if before:                                  # the real older package
        install(root, fetch("strongswan-charon", before[0]))
        install(root, fetch("libstrongswan", before[0]))
    else:                                       # the real package, its entry made older
        before = [re.sub(r"u\d+$", "u1", best)]
        install(root, fetch("strongswan-charon", best), version=before[0])
    one = program(survey(root, "programs", now)[0], product="strongswan")
    of_security = (best, True) in offers["strongswan-charon"]
    assert (one["state"], one["candidate"], one["security"], one["version"]) == ("behind", best, of_security, before[0]), one
    checks = {i["check"]: i for i in survey(root, "updates", now)[0]}
    assert checks["updates.security"]["state"] == ("unmet" if of_security else "met")
    assert checks["updates.lists"]["state"] == "met"


def test_one_old_library(archive, tmp_path):
    """The program is current, its library is not: the door is behind."""
    offers, now = archive
    best = newest(offers, "libstrongswan")
    root = new_root(tmp_path / "root")
    install(root, fetch("strongswan-charon", newest(offers, "strongswan-charon")))
    install(root, fetch("libstrongswan", best), version=re.sub(r"u\d+$", "u1", best))
    one = program(survey(root, "programs", now)[0], product="strongswan")
    assert (one["state"], one["package"], one["candidate"]) == ("behind", "libstrongswan", best)


def test_old_lists_say_nothing(archive, tmp_path):
    offers, now = archive
    root = new_root(tmp_path / "root")
    install(root, fetch("openvpn", newest(offers, "openvpn")))
    one = program(survey(root, "programs", now + 30 * 86400)[0], product="openvpn")
    assert one["state"] == "unknown" and "older than a week" in one["evidence"]
    for f in glob.glob(f"{root}/var/lib/apt/lists/*security*_Packages*"):
        os.remove(f)
    one = program(survey(root, "programs", now)[0], product="openvpn")
    assert one["state"] == "unknown" and "security archive" in one["evidence"]


# ---- programs that no package owns ---------------------------------------------------------------------------
@pytest.mark.parametrize("name, inside, outside, product, kind", [
    ("openvpn", "usr/sbin/openvpn", "usr/local/sbin/openvpn", "openvpn", "OpenVPN"),
    ("strongswan-charon", "usr/lib/ipsec/charon", "usr/local/libexec/ipsec/charon", "strongswan", "strongSwan"),
    ("openconnect", "usr/sbin/openconnect", "usr/local/sbin/openconnect", "openconnect", "OpenConnect"),
    ("libreswan", "usr/libexec/ipsec/pluto", "usr/local/libexec/ipsec/pluto", "libreswan", "Libreswan"),
    ("wireguard-tools", "usr/bin/wg", "usr/local/bin/wg", "", "WireGuard"),
    ("ocserv", "usr/sbin/ocserv", "usr/local/sbin/ocserv", "", "ocserv"),
])
def test_unowned(archive, tmp_path, name, inside, outside, product, kind):
    offers, now = archive
    deb = fetch(name, newest(offers, name))
    root, files = new_root(tmp_path / "root", lists=False), tmp_path / "files"
    install(root, fetch("libopenconnect5"))
    run("dpkg-deb", "-x", deb, str(files))
    os.makedirs(os.path.dirname(f"{root}/{outside}"), exist_ok=True)
    shutil.copy(files / inside, f"{root}/{outside}")
    one = program(survey(root, "programs", now)[0], name=kind, manager="file")
    expected = re.match(r"(?:\d+:)?([\d.]+)", newest(offers, name))[1]
    assert (one["state"], one["upstream"], one["product"], one["path"]) == ("unowned", expected, product, "/" + outside), one
    install(root, deb)                                     # the same program as a package: nothing is by file any more
    os.remove(f"{root}/{outside}")
    assert not [i for i in survey(root, "programs", now)[0] if i["kind"] == "program" and i["manager"] == "file"]


def test_altered_program(archive, tmp_path):
    """Another build put over the package's file: the package manager's version no longer speaks for it."""
    offers, now = archive
    root = new_root(tmp_path / "root")
    install(root, fetch("openvpn", newest(offers, "openvpn")))
    assert not [i for i in survey(root, "programs", now)[0] if i["kind"] == "program" and i["manager"] == "file"]
    with open(f"{root}/usr/sbin/openvpn", "r+b") as f:
        data = f.read()
        upstream = re.match(r"[\d.]+", newest(offers, "openvpn"))[0].encode()
        f.seek(0)
        f.write(data.replace(b"OpenVPN " + upstream, b"OpenVPN " + b"2.5.1".ljust(len(upstream), b"1")))
    one = program(survey(root, "programs", now)[0], product="openvpn", manager="file")
    assert (one["state"], one["path"]) == ("unowned", "/usr/sbin/openvpn") and one["upstream"].startswith("2.5.1"), one


# ---- against the package managers themselves --------------------------------------------------------------------
def test_count_is_apts(archive):
    """On this machine: as many updates as apt itself finds."""
    if not os.access("/var/lib/dpkg/status", os.R_OK):
        pytest.skip("no dpkg here")
    listed = [x for x in run("apt", "list", "--upgradable").splitlines() if "/" in x]
    check = next(i for i in survey("/", "updates")[0] if i["check"] == "updates.security")
    security = int(check["args"][0]) if check["args"] else 0
    other = int(re.search(r"(\d+) other updates", check["evidence"])[1])
    assert security + other == len(listed)
    assert security >= len([x for x in listed if "-security" in x.split()[0]])


def random_version(rng, signs):
    return "".join(rng.choice(signs) for _ in range(rng.randint(1, 8)))


def test_order_is_dpkgs():
    rng, pairs = random.Random(20261129), []
    for _ in range(400):
        a = str(rng.randint(0, 9)) + random_version(rng, "0019aZ~+..")
        b = a[:rng.randint(1, len(a))] + random_version(rng, "0019aZ~+..") if rng.random() < 0.7 else "1" + random_version(rng, "019a~+.")
        pairs.append([rng.choice(("", "", "1:")) + x + rng.choice(("", "-1", "-1+deb12u2", "-0ubuntu1~22.04")) for x in (a, b)])
    ours = run(lab("version_order"), input="".join(f"dpkg {a} {b}\n" for a, b in pairs).encode()).split()
    for (a, b), order in zip(pairs, ours, strict=True):
        word = {"-1": "lt", "0": "eq", "1": "gt"}[order]
        assert subprocess.run(["dpkg", "--compare-versions", a, word, b]).returncode == 0, (a, b, order)


needs_rpm = pytest.mark.skipif(not shutil.which("rpmbuild"), reason="rpm is not installed: make deps")


@needs_rpm
def test_order_is_rpms():
    rng = random.Random(20261129)
    pairs = []
    for _ in range(400):
        a = random_version(rng, "0019aZ~^+._")
        pairs.append((a, a[:rng.randint(0, len(a))] + random_version(rng, "0019aZ~^+._")))
    script = "".join(f'print(rpm.vercmp("{a}", "{b}") .. "\\n") ' for a, b in pairs)
    theirs = run("rpm", "--eval", "%{lua: " + script + "}").split()
    ours = run(lab("version_order"), input="".join(f"rpm {a} {b}\n" for a, b in pairs).encode()).split()
    assert len(theirs) == len(pairs)
    assert [x for x in zip(pairs, ours, theirs) if x[1] != x[2]] == []


SPEC = """Name: openvpn
Epoch: 1
Version: 2.5.9
Release: 2.el9
Summary: a program
License: MIT
Vendor: Example Maker
BuildArch: noarch
%description
A program.
%install
mkdir -p %{buildroot}/usr/sbin
echo program > %{buildroot}/usr/sbin/openvpn
%files
/usr/sbin/openvpn
"""


@needs_rpm
def test_rpm_database(tmp_path):
    """A database that rpm wrote: what is installed, whose the files are; nothing is changed in it."""
    root = tmp_path / "root"
    (tmp_path / "x.spec").write_text(SPEC)
    run("rpmbuild", "--define", f"_topdir {tmp_path}/top", "-bb", str(tmp_path / "x.spec"))
    for folder in ("var/lib/rpm", "usr/sbin", "usr/local/sbin", "etc"):
        os.makedirs(root / folder)
    (root / "usr/sbin/openvpn").write_text("program\n")
    (root / "usr/local/sbin/openvpn").write_bytes(b"\0OpenVPN 2.4.7 x86_64-pc-linux-gnu [SSL]\0")
    (root / "etc/os-release").write_text('ID=rocky\nVERSION_ID="9.4"\n')
    run("rpm", f"--dbpath={root}/var/lib/rpm", "--define", "_db_backend sqlite", "--nodeps", "--justdb", "--nosignature", "-i",
        glob.glob(f"{tmp_path}/top/RPMS/*/*.rpm")[0])
    before = (root / "var/lib/rpm/rpmdb.sqlite").read_bytes()
    items, _ = survey(str(root), "programs")
    one = program(items, manager="rpm")
    assert (one["version"], one["upstream"], one["path"], one["state"]) == ("1:2.5.9-2.el9", "2.5.9", "/usr/sbin/openvpn", "unknown")
    assert "enables no repository" in one["evidence"]
    one = program(items, manager="file")
    assert (one["path"], one["upstream"], one["state"]) == ("/usr/local/sbin/openvpn", "2.4.7", "unowned")
    assert {"kind": "software", "name": "openvpn", "version": "1:2.5.9-2.el9", "maker": "Example Maker", "manager": "rpm"} in items
    assert (root / "var/lib/rpm/rpmdb.sqlite").read_bytes() == before


# ---- cost ---------------------------------------------------------------------------------------------------------
def large_root(path, count):
    """`count` packages of the real list as installed ones, with lists of files, and all real lists, unpacked as apt has them."""
    root = new_root(path)
    packed = glob.glob(f"{root}/var/lib/apt/lists/*_dists_*_main_binary-*_Packages*")
    for f in packed:
        if f.endswith(".lz4"):
            if not shutil.which("lz4"):
                pytest.skip("lists are packed by lz4 and there is no lz4 to unpack them")
            run("lz4", "-dq", f, f[:-4])
            os.remove(f)
    largest = max(glob.glob(f"{root}/var/lib/apt/lists/*_Packages"), key=os.path.getsize)
    with open(largest) as f:
        stanzas = f.read().strip().split("\n\n")
    step = len(stanzas) // count
    with open(f"{root}/var/lib/dpkg/status", "w") as f:
        for stanza in stanzas[::step][:count]:
            f.write(stanza.replace("\nVersion:", "\nStatus: install ok installed\nVersion:", 1) + "\n\n")
            name = re.match(r"Package: (.*)", stanza)[1]
            with open(f"{root}/var/lib/dpkg/info/{name}.list", "w") as listed:
                listed.write("".join(f"/usr/share/{name}/folder{i % 7}/file{i}\n" for i in range(120)))
    os.makedirs(f"{root}/usr/local/sbin")
    with open(f"{root}/usr/local/sbin/openvpn", "wb") as f:   # an unowned file: every list of files must be read
        f.write(b"\0OpenVPN 2.4.7 x86_64-pc-linux-gnu [SSL]\0" + bytes(1 << 20))
    return root


def test_cost(archive, tmp_path):
    """3,000 packages against full lists: at most 2 s of CPU for programs and updates together."""
    root, total = large_root(tmp_path / "root", 3000), 0
    for module in ("programs", "updates"):
        start = time.monotonic()
        items, cpu = survey(root, module, archive[1])
        print(f"{module}: {cpu:.3f} s CPU, {time.monotonic() - start:.3f} s, {len(items)} items")
        total += cpu
    assert "for 3000 packages" in next(i["evidence"] for i in items if i["check"] == "updates.security") or \
        next(i for i in items if i["check"] == "updates.security")["state"] == "unmet"
    assert total < 2.0
