#!/usr/bin/python3
"""What is in a package: libraries beside a release, and a list of parts (CycloneDX 1.5), from dpkg, the loader and Debian's copyright files.

    tools/sbom.py libraries BIN LIB LICENCES             copy what the programs of BIN need, the loader and the C library too
    tools/sbom.py describe NAME VERSION TREE [ARCHIVE]   the list of parts of an unpacked package; ARCHIVE: libraries (.a) linked into it

The date is that of SOURCE_DATE_EPOCH; the same package gives the same bytes.
"""
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import uuid

LOADER = "/lib64/ld-linux-x86-64.so.2"
FOLDER = "/usr/lib/x86_64-linux-gnu"
OPENED = ["libgcc_s.so.1"]  # by the C library at run time, when a thread is ended
IDS = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "curl", "X11", "PostgreSQL", "LGPL-2.1-or-later"}  # words of Debian that are SPDX's too


def said(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}).stdout


def is_elf(path):
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def needed(program):
    """{name: path} of all libraries of a program as this machine has them, the loader among them; nothing for a static one."""
    if "INTERP" not in said("readelf", "-lW", program):
        return {}
    out = {os.path.basename(LOADER): LOADER}
    for line in said(LOADER, "--list", program).split("\n"):
        found = re.match(r"\s*(\S+) => (/\S+)", line)
        if found:
            out[os.path.basename(found[1])] = found[2]
        elif "not found" in line:
            raise SystemExit(f"{program}: {line.strip()}")
    return out


class Package:
    """The Debian package that a file is of."""

    def __init__(self, path):
        name = os.path.basename(path)
        for one in (path, os.path.join(FOLDER, name), os.path.join(FOLDER[4:], name), os.path.realpath(os.path.join(FOLDER, name)), os.path.realpath(os.path.join(FOLDER, name))[4:]):
            p = subprocess.run(["dpkg-query", "-S", one], capture_output=True, text=True)
            if p.returncode == 0:
                break
        else:
            raise SystemExit(f"{path}: no package has it")
        self.full = p.stdout.split(": ")[0].split(",")[0].strip()
        self.name = self.full.split(":")[0]
        self.version, self.arch, self.source = said("dpkg-query", "-W", "-f", "${Version} ${Architecture} ${source:Package}", self.full).split()

    def copyright(self):
        path = f"/usr/share/doc/{self.name}/copyright"
        return path if os.path.exists(path) else None

    def licences(self):
        """Words of the machine-readable form; nothing when the file has another."""
        words = set()
        if self.copyright():
            with open(self.copyright(), errors="replace") as f:
                text = f.read()
            if text.startswith(("Format:", "Format-Specification:")) or "\nFormat:" in text[:400]:
                words = {w.strip() for w in re.findall(r"^License:[ \t]*(\S.*)$", text, re.M)}
        return [{"license": {"id": w} if w in IDS else {"name": w}} for w in sorted(words)]

    def purl(self):
        with open("/etc/os-release") as f:
            release = re.search(r'^VERSION_ID="?(\d+)', f.read(), re.M)[1]
        return f"pkg:deb/debian/{urllib.parse.quote(self.name)}@{urllib.parse.quote(self.version, safe='.-~')}?arch={self.arch}&distro=debian-{release}"


def copy_libraries(programs, lib, licences):
    found = {n: os.path.join(FOLDER, n) for n in OPENED}
    for n in sorted(os.listdir(programs)):
        found.update(needed(os.path.join(programs, n)))
    shutil.rmtree(lib, ignore_errors=True)
    shutil.rmtree(licences, ignore_errors=True)
    os.makedirs(lib)
    os.makedirs(licences)
    for name, path in sorted(found.items()):
        shutil.copyfile(path, os.path.join(lib, name))
        os.chmod(os.path.join(lib, name), 0o755 if name == os.path.basename(LOADER) else 0o644)
        package = Package(path)
        if package.copyright():
            shutil.copyfile(package.copyright(), os.path.join(licences, package.name))


def hashed(path):
    with open(path, "rb") as f:
        return [{"alg": "SHA-256", "content": hashlib.sha256(f.read()).hexdigest()}]


def parts(tree, version, archives):
    """Components: programs of ours, then libraries: shipped, linked in, or of the host."""
    ours, libraries, outside = [], {n: [] for n in archives}, {}
    for folder, folders, files in os.walk(tree):
        folders.sort()
        for path in (os.path.join(folder, n) for n in sorted(files)):
            name = os.path.basename(path)
            if is_elf(path) and name.startswith("mimamori"):
                ours.append({"type": "application", "bom-ref": name, "name": name, "version": version, "hashes": hashed(path), "licenses": [{"license": {"id": "Apache-2.0"}}]})
                outside.update(needed(path))
            elif is_elf(path):
                libraries[name] = hashed(path)
    shipped = any(".so" in n for n in libraries)
    rows = {}
    for name, hashes in ((n, libraries.get(n, [])) for n in sorted({*libraries, *({} if shipped else outside)})):
        package = Package(os.path.join(FOLDER, name) if name != os.path.basename(LOADER) else LOADER)
        row = {"type": "library", "bom-ref": f"{package.name}/{name}", "name": name, "version": package.version, "purl": package.purl(),
               "supplier": {"name": f"Debian, source package {package.source}"}, "licenses": package.licences(), "hashes": hashes,
               "properties": [{"name": "mimamori:where", "value": "linked into the programs" if name.endswith(".a") else "in this package" if hashes else "of the host"}]}
        rows[row["bom-ref"]] = {k: v for k, v in row.items() if v}
    return ours + [rows[k] for k in sorted(rows)]


def describe(name, version, tree, archives):
    when = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    components = parts(tree, version, archives)
    root = {"type": "application", "bom-ref": "package", "name": name, "version": version, "licenses": [{"license": {"id": "Apache-2.0"}}]}
    unique = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([name, version, components], sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{unique}", "version": 1,
            "metadata": {"timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": root, "tools": {"components": [{"type": "application", "name": "tools/sbom.py", "version": version}]}},
            "components": components, "dependencies": [{"ref": "package", "dependsOn": [c["bom-ref"] for c in components]}]}


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "libraries":
        copy_libraries(*sys.argv[2:])
    elif len(sys.argv) >= 5 and sys.argv[1] == "describe":
        json.dump(describe(*sys.argv[2:5], sys.argv[5:]), sys.stdout, indent=1, ensure_ascii=False)
        print()
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
