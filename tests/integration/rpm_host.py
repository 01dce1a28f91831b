"""An rpm host in a scratch root, made by the real programs: rpmbuild, rpm, createrepo_c, modifyrepo_c and dnf.

Nothing of the machine's own databases or settings is read or changed: rpm gets the root's database, dnf its root, its
configuration and a home folder with the one macro that Debian's rpm sets otherwise (where the database is)."""
import glob
import os
import re
import subprocess
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).resolve().parents[2]
MADE = ROOT / "build" / "packages" / "rpm-made"      # packages once built serve all tests

SPEC = """Name: %(name)s
Epoch: %(epoch)s
Version: %(version)s
Release: %(release)s
Summary: a program
License: MIT
Vendor: Example Maker
%(more)s
%%description
A program.
%%install
mkdir -p %%{buildroot}/usr/share/made
echo program > %%{buildroot}/usr/share/made/%(name)s-%(version)s-%(release)s-%(arch)s
%%files
/usr/share/made/*
"""
PARTS = re.compile(r"(?:(\d+):)?([^-]+)-([^-]+)$")   # [EPOCH:]VERSION-RELEASE


def run(*argv, ok=(0,), **more):
    p = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, **more)
    assert p.returncode in ok, (argv, p.returncode, p.stdout.decode(errors="replace")[-1000:], p.stderr.decode(errors="replace")[-2000:])
    return p.stdout.decode(errors="replace")


def package(name, evr, arch="x86_64", label=None):
    """A real package: its file.  `label`: of a module, "NAME:STREAM:VERSION:CONTEXT"."""
    epoch, version, release = PARTS.match(evr).groups()
    folder = MADE / re.sub(r"[^\w.+~^-]", "_", f"{name}-{evr}.{arch}-{label or ''}")
    if not glob.glob(f"{folder}/*.rpm"):
        work = folder / "work"
        work.mkdir(parents=True, exist_ok=True)
        more = f"ModularityLabel: {label}" if label else ""
        (work / "x.spec").write_text(SPEC % {"name": name, "epoch": epoch or 0, "version": version, "release": release, "more": more, "arch": arch})
        run("rpmbuild", "--define", f"_topdir {work}", "--target", arch, "--define", "debug_package %{nil}", "-bb", work / "x.spec")
        made = glob.glob(f"{work}/RPMS/*/*.rpm")[0]
        os.rename(made, folder / os.path.basename(made))
    return Path(glob.glob(f"{folder}/*.rpm")[0])


def notice(number, kind, day, packages, module=None, text=""):
    """One <update>: `packages` are (name, EVR, arch); `module` (name, stream)."""
    lines = [f'<update from="x@example.com" status="final" type="{kind}" version="1"><id>EX-{number}</id><title>t</title>'
             f'<issued date="{day} 11:22:33"/><updated date="{day} 12:00:00"/><severity>Important</severity>'
             f'<description>a &amp; b{text}</description><references/><pkglist><collection short="c"><name>c</name>']
    if module:
        lines.append(f'<module name="{module[0]}" stream="{module[1]}" version="1" context="rhel9" arch="x86_64"/>')
    for name, evr, arch in packages:
        epoch, version, release = PARTS.match(evr).groups()
        lines.append(f'<package name={quoteattr(name)} version="{version}" release="{release}" epoch="{epoch or 0}" arch="{arch}" src="s.src.rpm">'
                     f'<filename>{name}-{version}-{release}.{arch}.rpm</filename></package>')
    return "".join(lines) + "</collection></pkglist></update>"


class Host:
    def __init__(self, path):
        self.path, self.root, self.repositories = Path(path), Path(path) / "root", Path(path) / "repositories"
        for folder in ("etc/yum.repos.d", "etc/dnf", "var/lib/rpm", "usr/sbin"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "etc/os-release").write_text('ID=almalinux\nVERSION_ID="9.4"\nPRETTY_NAME="AlmaLinux 9.4"\n')
        (self.root / "etc/dnf/dnf.conf").write_text("[main]\ngpgcheck=0\nskip_if_unavailable=False\nmodule_platform_id=platform:el9\n")
        (self.path / "home").mkdir()
        (self.path / "home/.rpmmacros").write_text("%_dbpath /var/lib/rpm\n%_db_backend sqlite\n")

    def install(self, *files):
        """Into the root's database, beside what is there."""
        run("rpm", f"--dbpath={self.root}/var/lib/rpm", "--define", "_db_backend sqlite", "--nodeps", "--justdb", "--nosignature",
            "--ignorearch", "--ignoreos", "--force", "-i", *files)

    def repository(self, name, files, notices=None, options=(), modules=None, settings=""):
        """Made anew by createrepo_c; with `notices` (a list, perhaps empty) it has an updateinfo.xml."""
        folder = self.repositories / name
        run("rm", "-rf", folder)
        folder.mkdir(parents=True)
        for f in files:
            os.link(f, folder / f.name)
        run("createrepo_c", "-q", *options, folder)
        if notices is not None:
            self.add(folder, "updateinfo", '<?xml version="1.0" encoding="UTF-8"?>\n<updates>' + "\n".join(notices) + "</updates>\n", options)
        if modules:
            self.add(folder, "modules", modules, ())
        (self.root / f"etc/yum.repos.d/{name}.repo").write_text(f"[{name}]\nname={name}\nbaseurl=file://{folder}\n{settings}\n")
        return folder

    def add(self, folder, kind, text, options):
        source = self.path / (f"{kind}.xml" if kind != "modules" else "modules.yaml")
        source.write_text(text)
        more = ["--compress-type", options[options.index("--compress-type") + 1]] if "--compress-type" in options else []
        run("modifyrepo_c", "--mdtype", kind, *more, *(["--zck"] if "--zck" in options else []), source, folder / "repodata")

    def dnf(self, *words, ok=(0,)):
        return run("dnf", "-q", f"--installroot={self.root}", "--releasever=9", "-c", self.root / "etc/dnf/dnf.conf",
                   f"--setopt=reposdir={self.root}/etc/yum.repos.d", "--setopt=plugins=False", *words, ok=ok,
                   env=dict(os.environ, HOME=str(self.path / "home"), LC_ALL="C"))

    def fetch(self):
        """As the timer does: dnf fills its copies."""
        run("rm", "-rf", self.root / "var/cache")
        self.dnf("makecache")

    def copy(self, name):
        return Path(glob.glob(f"{self.root}/var/cache/*/{name}-*/repodata")[0])

    def updates(self):
        """What dnf itself would install: {(name, arch, EVR)}."""
        found = set()
        for line in self.dnf("-C", "check-update", ok=(0, 100)).splitlines():
            words = line.split()
            if len(words) == 3 and "." in words[0]:
                name, _, arch = words[0].rpartition(".")
                found.add((name, arch, words[1]))
        return found

    def security(self):
        """Packages with a security notice that is not installed: {name.arch}."""
        found = set()
        for line in self.dnf("-C", "updateinfo", "list", "--security").splitlines():
            words = line.split()
            if len(words) == 3:
                nvr, _, arch = words[2].rpartition(".")
                found.add(f"{nvr.rsplit('-', 2)[0]}.{arch}")
        return found
