"""A release desk of a test, and a host that reads what it publishes."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tuf_double as D  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build/" + os.environ.get("V", "release"))
PROGRAM, CLIENT = BUILD / "bin/mimamori-publish", BUILD / "bin/mimamori-tuf-conformance"
PASSPHRASE = "correct horse battery staple"
OK, FAILED, USAGE, NOT_FOUND, MORE = range(5)
os.environ.setdefault("ASAN_OPTIONS", "verify_asan_link_order=0")  # faketime and the killer are loaded before it
needs_build = pytest.mark.skipif(not PROGRAM.exists() or not CLIENT.exists(), reason=f"{PROGRAM} or {CLIENT} is not built: make programs conformance")


class Desk:
    def __init__(self, base):
        self.base, self.dir, self.keys = base, base / "repo", base / "keys"
        self.secret = base / "passphrase"
        base.mkdir(exist_ok=True)
        if not self.secret.exists():
            self.secret.touch(0o600)
            self.secret.write_text(PASSPHRASE + "\n")

    def key(self, name):
        return str(self.keys / f"{name}.key")

    def argv(self, verb, *words, keys=()):
        secret = [] if verb in ("verify", "keys", "bundle", "cleanup") and words[:1] != ("new",) else ["--passphrase-file", str(self.secret)]
        return [str(PROGRAM), verb, *map(str, words), *[a for k in keys for a in ("--key", self.key(k))], *secret]

    def run(self, verb, *words, keys=(), code=OK, before=(), env=None):
        """What it said; the exit status is `code`."""
        p = subprocess.run([*before, *self.argv(verb, *words, keys=keys)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, timeout=60, env=dict(os.environ, **(env or {})), start_new_session=True)
        assert p.returncode == code, (verb, words, p.returncode, p.stdout)
        assert PASSPHRASE not in p.stdout
        return p.stdout

    def add(self, name, content, role="rules", keys=("rules",), code=OK, more=(), **how):
        f = self.base / "new-file"
        f.write_bytes(content)
        return self.run("add", self.dir, f, "--role", role, "--name", name, *more, keys=keys, code=code, **how)

    def snapshot(self, *more, keys=("snapshot", "timestamp"), **how):
        return self.run("snapshot", self.dir, *more, keys=keys, **how)

    def verify(self, code=OK, **how):
        return self.run("verify", self.dir, code=code, **how)

    def metadata(self, name):
        return json.loads((self.dir / "metadata" / name).read_text())

    def public(self):
        """What clients can see, byte for byte."""
        return {str(p.relative_to(self.dir)): p.read_bytes() for d in ("metadata", "targets") for p in (self.dir / d).rglob("*") if p.is_file()}

    def staged(self):
        return sorted(p.name for p in (self.dir / "staged").iterdir() if p.name != "updater.lock")


# Keys that cost a guesser nothing, for nine of them cost a test seconds; and, when asked, an end by SIGKILL at a change of the disk.
PRELOAD = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdlib.h>
#define SYM(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
X509_ALGOR *PKCS5_pbe2_set_scrypt(const EVP_CIPHER *c, const unsigned char *s, int n, unsigned char *iv, uint64_t N, uint64_t r, uint64_t p)
{ (void)N; (void)p; return SYM(PKCS5_pbe2_set_scrypt)(c, s, n, iv, 16, r, 1); }
static void count(void)
{
    static int n;
    const char *at = getenv("KILL_BEFORE");
    if (at && ++n == atoi(at))
        raise(SIGKILL);
}
int rename(const char *a, const char *b); int link(const char *a, const char *b); int unlink(const char *a);
int fsync(int fd); int mkdir(const char *a, mode_t m);
int rename(const char *a, const char *b) { count(); return SYM(rename)(a, b); }
int link(const char *a, const char *b) { count(); return SYM(link)(a, b); }
int unlink(const char *a) { count(); return SYM(unlink)(a); }
int fsync(int fd) { count(); return SYM(fsync)(fd); }
int mkdir(const char *a, mode_t m) { count(); return SYM(mkdir)(a, m); }
"""


@pytest.fixture(scope="session")
def preload(tmp_path_factory):
    """The environment in which keys are made cheaply; with KILL_BEFORE=N the program ends before its Nth change of the disk."""
    base = tmp_path_factory.mktemp("preload")
    (base / "preload.c").write_text(PRELOAD)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", base / "preload.so", base / "preload.c", "-ldl", "-lcrypto"], check=True)
    return {"LD_PRELOAD": str(base / "preload.so")}


@pytest.fixture(scope="module")
def template(tmp_path_factory, preload):
    d = Desk(tmp_path_factory.mktemp("desk"))
    d.run("init", d.dir, "--keys", d.keys, env=preload)
    return d.base


@pytest.fixture
def desk(template, tmp_path):
    shutil.copytree(template, tmp_path / "desk")
    return Desk(tmp_path / "desk")


class Folder:
    def __init__(self, path):
        self.path = path

    def get(self, name):
        f = self.path / name
        return f.read_bytes() if f.is_file() else None


class Host:
    """A client that begins with root 1, and the server it asks."""

    def __init__(self, desk, base):
        self.metadata, self.artifacts = Folder(desk.dir / "metadata"), Folder(desk.dir / "targets")  # what D.Server serves
        self.server = D.Server(self)
        self.here, self.files = base / "metadata", base / "files"
        self.here.mkdir()
        self.files.mkdir()
        assert self.run("init", str(desk.dir / "metadata/1.root.json"))[0] == 0

    def run(self, *words, before=()):
        argv = [*before, str(CLIENT), "--metadata-dir", str(self.here), "--metadata-url", self.server.url + "/metadata/", "--target-dir",
                str(self.files), "--target-base-url", self.server.url + "/targets/", *words]
        p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return p.returncode, p.stdout

    def refresh(self, **how):
        status, said = self.run("refresh", **how)
        assert status == 0, said

    def download(self, *names, **how):
        status, said = self.run(*[a for n in names for a in ("--target-name", n)], "download", **how)
        assert status == 0, said
        return [(self.files / n.replace("/", "%2F")).read_bytes() for n in names]

    def version(self, role):
        return json.loads((self.here / f"{role}.json").read_text())["signed"]["version"]


@pytest.fixture
def host(desk, tmp_path):
    (tmp_path / "host").mkdir()
    h = Host(desk, tmp_path / "host")
    yield h
    h.server.close()
