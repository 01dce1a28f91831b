"""The agent's executables: each holds only the libraries of its role, they find each other by their folder,
and `make install` puts all of them into one.  Needs no root.

    /usr/bin/python3 -m pytest tests/integration/test_programs.py        (B=build/NAME for another build)"""
import os
import re
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PARTS = ("mimamorid", "mimamorid-guard", "mimamorid-scan", "mimamorid-core", "mimamorid-survey", "mimamorid-probe", "mimamorid-judge")
# What a role must not even map: code that it has no business with is code that an intruder can use.
FORBIDDEN = {
    "mimamorid": r"lib(crypto|ssl|curl|gnutls|yara|sqlite3|bpf|uv|jansson|seccomp|systemd|expat)\b",
    "mimamorid-guard": r"lib(ssl|curl|gnutls|ldap|yara|magic|sqlite3|lzma|bz2|zstd|seccomp|expat)\b",
    "mimamorid-scan": r"lib(ssl|curl|gnutls|ldap|sqlite3|bpf|uv|expat)\b",
    "mimamorid-core": r"lib(yara|magic|bpf|elf|expat)\b",
    "mimamorid-survey": r"lib(ssl|curl|gnutls|ldap|yara|magic|bpf|uv|miniupnpc)\b",
    "mimamorid-probe": r"lib(yara|magic|sqlite3|bpf|uv|expat)\b",
    "mimamorid-judge": r"lib(ssl|curl|gnutls|ldap|sqlite3|bpf|uv|expat)\b",
}
NEEDED = {"mimamorid-guard": "libbpf", "mimamorid-scan": "libyara", "mimamorid-core": "libcurl", "mimamorid-survey": "libsqlite3",
          "mimamorid-probe": "libcurl", "mimamorid-judge": "libyara"}


@pytest.fixture(scope="module")
def bin_dir():
    found = os.path.join(ROOT, os.environ.get("B", "build/" + os.environ.get("V", "release")), "bin")
    if not os.path.exists(os.path.join(found, "mimamorid-guard")):
        pytest.skip(f"{found}: the agent is not built")
    return found


def run(*argv, **more):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **more)
    return p.returncode, p.stdout.decode(errors="replace")


@pytest.mark.parametrize("part", PARTS)
def test_libraries(bin_dir, part):
    """All that the loader would map, libraries of libraries too."""
    code, out = run("ldd", os.path.join(bin_dir, part))
    assert code == 0, out
    assert "not found" not in out
    if "lib" + "asan" in out or "lib" + "tsan" in out:
        pytest.skip("a sanitizer brings libraries of its own")
    assert not re.findall(FORBIDDEN[part] + r".*", out)
    assert NEEDED.get(part, "libc.so") in out


def test_install_puts_them_together(bin_dir, tmp_path):
    base = os.path.relpath(os.path.dirname(bin_dir), ROOT)
    for part in PARTS + ("mimamori", "mimamori-console"):
        if not os.path.exists(os.path.join(bin_dir, part)):
            pytest.skip(f"{part} is not built")
    code, out = run("make", "-C", ROOT, f"B={base}", "-o", "programs", f"DESTDIR={tmp_path}", "PREFIX=/usr", "install")
    assert code == 0, out
    sbin = os.path.join(tmp_path, "usr/lib/mimamori/release/bin")
    for part in PARTS:
        assert os.access(os.path.join(sbin, part), os.X_OK), part
    for link in ("bin/mimamori", "sbin/mimamorid", "sbin/mimamori-update"):  # by what runs, which may be a later release
        assert os.readlink(os.path.join(tmp_path, "usr", link)) == f"/opt/mimamori/current/bin/{os.path.basename(link)}"
    # from there, from another folder, with a PATH and a decoy that must not be looked at
    decoy = os.path.join(tmp_path, "decoy")
    os.makedirs(decoy)
    for part in PARTS[1:]:
        with open(os.path.join(decoy, part), "w") as f:
            f.write("#!/bin/sh\necho decoy\n")
        os.chmod(os.path.join(decoy, part), 0o755)
    code, out = run(os.path.join(sbin, "mimamorid"), "--check-rules", os.path.join(ROOT, "rules"), cwd=decoy, env={"PATH": decoy})
    assert code == 0 and "is well" in out and "decoy" not in out, out
    # by a link elsewhere: the kernel names the file behind it
    link = os.path.join(tmp_path, "mimamorid")
    os.symlink(os.path.join(sbin, "mimamorid"), link)
    code, out = run(link, "--check-rules", os.path.join(ROOT, "rules"))
    assert code == 0 and "is well" in out, out


def test_a_missing_part_is_told(bin_dir, tmp_path):
    alone = os.path.join(tmp_path, "mimamorid")
    shutil.copy(os.path.join(bin_dir, "mimamorid"), alone)
    code, out = run(alone, "--check-rules", os.path.join(ROOT, "rules"))
    assert code == 1 and "mimamorid-scan" in out
    assert run(alone, "--version")[0] == 0
    assert run(alone, "--check-config")[0] == 0


@pytest.mark.parametrize("part,role", [(p, p.split("-")[1]) for p in PARTS[1:]])
def test_a_part_is_not_started_by_hand_or_by_another_version(bin_dir, part, role):
    program = os.path.join(bin_dir, part)
    assert run(program)[0] == 64
    assert run(program, "--role", role)[0] == 75
    code, out = run(program, "--role", role, "--of", "0.0.0")
    assert code == 75 and "restart the agent" in out


def test_options_as_documented(bin_dir, tmp_path):
    program = os.path.join(bin_dir, "mimamorid")
    for option in ("--config", "--check-config", "--dump-config", "--enrol", "--check-rules", "--version", "--help"):
        assert option in run(program, "--help")[1]
    bad = os.path.join(tmp_path, "agent.ini")
    with open(bad, "w") as f:
        f.write("[paths]\nnonsense = 1\n")
    for rest in (["--check-config"], ["--dump-config"], ["--enrol", "CODE"], []):
        code, out = run(program, "--config", bad, *rest)
        assert code == 78 and "agent.ini:2" in out, (rest, out)
    code, out = run(program, "--check-rules", os.path.join(tmp_path, "no-rules"))
    assert code == 1 and out.strip()
    assert run(program, "--dump-config")[1].startswith("[paths]")


def test_every_header_comes_with_make_deps():
    """A library's header that is there by chance would be missing on a fresh machine."""
    wanted = {"libc6-dev", "linux-libc-dev"}
    with open(os.path.join(ROOT, "tools", "packages.txt"), encoding="utf-8") as f:
        wanted |= {line.split("#")[0].strip() for line in f}
    found = {}
    for folder in ("agent", "lib", "console", "tests"):
        for path, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in (n for n in names if n.endswith((".c", ".h"))):
                with open(os.path.join(path, name), encoding="utf-8") as f:
                    for header in re.findall(r"^\s*#\s*include <([^>]+)>", f.read(), re.M):
                        for root in ("/usr/include", "/usr/include/x86_64-linux-gnu"):
                            if os.path.exists(os.path.join(root, header)):
                                found[os.path.join(root, header)] = os.path.join(path, name)
    owners = subprocess.run(["dpkg", "-S", *sorted(found)], capture_output=True, text=True, check=False).stdout
    stray = {}
    for line in owners.splitlines():
        package, _, header = line.partition(": ")
        if package.split(":")[0].split(",")[0] not in wanted:
            stray[header] = (package, found[header])
    assert len(owners.splitlines()) > 30 and not stray, stray


def archives(bin_dir):
    return {n: os.path.join(os.path.dirname(bin_dir), f"lib{n}.a") for n in ("lib", "agent", "cli", "console")}


@pytest.mark.parametrize("linked", [("lib", "agent", "console"), ("lib", "cli")])
def test_a_function_has_one_place(bin_dir, linked):
    """A program that links two archives with the same name takes one of them without a word (the fuzz targets link all three)."""
    seen, twice = {}, set()
    for archive in linked:
        out = subprocess.run(["nm", "-g", "--defined-only", archives(bin_dir)[archive]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True, check=True).stdout
        for name in {line.split()[2] for line in out.split("\n") if len(line.split()) == 3 and line.split()[1] == "T"}:
            if seen.setdefault(name, archive) != archive:
                twice.add(name)
    assert len(seen) > 100 and not twice, sorted(twice)


def test_an_object_has_a_name_of_its_own(bin_dir):
    """ar(1) keeps one member of each name: a second file of that name would be lost."""
    for path in archives(bin_dir).values():
        members = subprocess.run(["ar", "t", path], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        assert members and len(members) == len(set(members)), path
