"""The updater's core in a real program: sockets, files, processes and the clock as they are.  What can be shown with
bytes alone is in tests/unit/updater.

    /usr/bin/python3 -m pytest tests/integration/test_updater.py         (B=build/NAME for another build)"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tuf_double as D  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("B", "build/" + os.environ.get("V", "release"))
PROGRAM = BUILD / "bin/mimamori-tuf-conformance"
CANONICAL = BUILD / "lab/tuf_canonical"
FIRST = [f"/metadata/{f}" for f in ("2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json")]
AGAIN = FIRST[:2]
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM} is not built: make conformance")


class Host:
    """A repository, its server, and a client with its two folders."""

    def __init__(self, base):
        self.repository = D.Repository()
        self.server = D.Server(self.repository)
        self.base, self.metadata, self.artifacts = base, base / "metadata", base / "artifacts"
        self.metadata.mkdir()
        self.artifacts.mkdir()
        (base / "root.json").write_bytes(self.repository.metadata["1.root.json"])
        self.init()

    def init(self):
        assert self.run("init", str(self.base / "root.json"))[0] == 0

    def argv(self, *words, before=()):
        return [*before, str(PROGRAM), "--metadata-dir", str(self.metadata), "--metadata-url", self.server.url + "/metadata/",
                "--target-dir", str(self.artifacts), "--target-base-url", self.server.url + "/targets/", *words]

    def run(self, *words, before=(), limit=30):
        """(exit status, what it said, requests)"""
        self.server.requests.clear()
        p = subprocess.run(self.argv(*words, before=before), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           timeout=limit)
        return p.returncode, p.stdout.decode(errors="replace"), list(self.server.requests)

    def refresh(self, *more, **how):
        return self.run(*more, "refresh", **how)

    def download(self, *names, more=(), **how):
        return self.run(*more, *[a for n in names for a in ("--target-name", n)], "download", **how)

    def refused(self, cause, *more, target=None, **how):
        """Refused for this cause, and what was kept is still there."""
        before = self.state()
        status, said, requests = self.download(target, more=more, **how) if target else self.refresh(*more, **how)
        assert status == 1 and f"[{cause}]" in said, said
        assert self.state() == before
        return requests

    def state(self):
        return {str(p.relative_to(self.base)): p.read_bytes() for d in (self.metadata, self.artifacts)
                for p in d.rglob("*") if p.is_file() and p.name != "updater.lock"}


@pytest.fixture
def host(tmp_path):
    h = Host(tmp_path)
    yield h
    h.server.close()


# ---- what the core is made of ------------------------------------------------------------
OUTSIDE = re.compile(r"(f?open|creat|read|write|pread|pwrite|f?printf|puts|fwrite|fread|perror|syslog|stat|unlink|rename|fsync|mkdir|socket|connect|"
                     r"send|recv|poll|select|time|clock_gettime|gettimeofday|getenv|setlocale|rand|random|fork|exec\w*|posix_spawn|system|curl_\w+|"
                     r"RAND_\w+|durable_\w+|log_\w+|store_\w+|fetch_\w+|exit|abort|__\w*printf_chk)(64)?")


def test_the_core_has_no_way_to_the_outside_and_no_state_of_its_own():
    objects = sorted((BUILD / "obj/updater/tuf").glob("*.o"))
    assert len(objects) >= 12
    table = subprocess.run(["nm", *map(str, objects)], stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
    called = set(re.findall(r"^ +U (\w+)", table, re.M))
    assert "json_loadb" in called and "EVP_DigestVerify" in called
    assert {c for c in called if OUTSIDE.fullmatch(c)} - {"__snprintf_chk"} == set()
    if "release" in str(BUILD):  # writable data; `d` are constant tables with addresses in them, made read-only at start
        assert re.findall(r"^\w+ [bBDC] (\w+)", table, re.M) == []


# ---- the ordinary way -------------------------------------------------------------------
def test_requests_of_a_first_run_and_of_one_with_nothing_new(host):
    status, _, requests = host.refresh()
    assert (status, requests) == (0, FIRST)
    status, _, requests = host.refresh()
    assert (status, requests) == (0, AGAIN)
    status, _, requests = host.download("agent.bin", "rules/pack.zip")
    assert status == 0 and requests[:2] == AGAIN and requests[3] == "/metadata/1.rules.json" and len(requests) == 5
    assert (host.artifacts / "rules%2Fpack.zip").read_bytes() == b"rules " * 1000
    assert host.download("agent.bin", "rules/pack.zip")[2] == AGAIN
    assert (host.metadata / "snapshot.json").read_bytes() == host.repository.metadata["1.snapshot.json"]


def test_addresses_without_a_slash_and_arguments_in_any_order(host):
    argv = [str(PROGRAM), "refresh", "--metadata-url", host.server.url + "/metadata", "--metadata-dir", str(host.metadata)]
    assert subprocess.run(argv, timeout=30).returncode == 0
    assert host.server.requests[-4:] == FIRST


@pytest.mark.parametrize("words", [[], ["refresh"], ["--metadata-dir"], ["--metadata-dir", "x", "nonsense"], ["--metadata-dir", "x", "init"],
                                   ["--metadata-dir", "x", "refresh"], ["--unknown", "x", "refresh"],
                                   ["--metadata-dir", "x", "--metadata-url", "http://127.0.0.1:1/", "download"]])
def test_wrong_arguments_are_one_exit_status(words):
    p = subprocess.run([str(PROGRAM), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    assert p.returncode == 1 and b"usage" in p.stderr and not p.stdout


# ---- hostile servers -----------------------------------------------------------------------
@pytest.mark.parametrize("path", FIRST)
@pytest.mark.parametrize("how", [D.endless, D.endless_headers], ids=["body", "headers"])
def test_endless_data(host, path, how):
    host.server.how[path] = how
    start = time.monotonic()
    status, said, _ = host.refresh()
    assert status == 1 and ("[endless-data]" in said if how is D.endless else "[unreachable]" in said), said
    assert time.monotonic() - start < 10
    host.server.how.clear()
    assert host.refresh()[0] == 0  # and the next run goes on


def test_endless_artifact(host):
    name = next(n for n in host.repository.artifacts if "agent" in n)
    host.server.how[f"/targets/{name}"] = D.endless
    assert host.refresh()[0] == 0
    host.refused("endless-data", target="agent.bin")
    assert list(host.artifacts.iterdir()) == []


def test_more_bytes_than_the_length_that_is_told(host):
    host.server.how["/metadata/timestamp.json"] = D.lying_length
    host.refused("malformed")


@pytest.mark.parametrize("how", [D.dribble, D.silent], ids=["dribble", "silent"])
def test_slow_retrieval(host, how):
    host.server.how["/metadata/timestamp.json"] = how
    start = time.monotonic()
    host.refused("slow-retrieval", "--stall-seconds", "2")
    assert 1.5 < time.monotonic() - start < 8


def test_never_done_though_fast_enough(host):
    def steady(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b" " * 100)
            time.sleep(0.1)
    host.server.how["/metadata/2.root.json"] = steady
    host.refused("slow-retrieval", "--fetch-seconds", "3")


@pytest.mark.parametrize("how", [500, 503, 401, 301, 204, 206, D.cut, D.redirect("/metadata/3.root.json")],
                         ids=["500", "503", "401", "301", "204", "206", "cut", "redirect"])
def test_trouble_in_the_chain_of_roots_is_not_its_end(host, how):
    host.server.how["/metadata/2.root.json"] = how
    assert host.refused("unreachable") == ["/metadata/2.root.json"]


@pytest.mark.parametrize("status", [403, 404])
def test_the_end_of_the_chain_of_roots(host, status):
    host.server.how["/metadata/2.root.json"] = status
    assert host.refresh()[0] == 0


def test_no_redirect_is_followed_anywhere(host):
    host.server.how["/metadata/timestamp.json"] = D.redirect(host.server.url + "/metadata/other.json")
    host.repository.metadata["other.json"] = host.repository.metadata["timestamp.json"]
    assert host.refused("unreachable") == AGAIN


def test_other_protocols_are_refused(host):
    argv = [str(PROGRAM), "--metadata-dir", str(host.metadata), "--metadata-url", f"file://{host.base}/", "refresh"]
    shutil.copy(host.base / "root.json", host.base / "2.root.json")
    p = subprocess.run(argv, stderr=subprocess.PIPE, timeout=30)
    assert p.returncode == 1 and b"[unreachable]" in p.stderr


def test_nobody_listens(host):
    host.server.close()
    host.refused("unreachable")


# ---- crashes, two at once, a full disk -----------------------------------------------------------
def prepare_update(host):
    """Every kind of write: two roots, one of them with new keys, timestamp, snapshot, targets, a delegated role, two artifacts."""
    assert host.download("agent.bin")[0] == 0
    r = host.repository
    old, r.keys["root"] = r.keys["root"], D.Key("ed25519")
    r.set_keys()
    r.body["root"]["version"] = 2
    r.metadata["2.root.json"] = r.sign("root", [old, r.keys["root"]])
    r.keys["timestamp"], r.keys["snapshot"] = D.Key("ed25519"), D.Key("ed25519")
    r.set_keys()
    r.body["root"]["version"] = 3
    r.add("agent.bin", b"agent two " * 1000)
    r.next("targets", "rules")
    r.publish()


def test_killed_before_any_write_the_next_run_ends_the_same(host):
    prepare_update(host)
    shutil.copytree(host.base, host.base.with_name("start"))
    assert host.download("agent.bin", "rules/pack.zip")[0] == 0
    end, writes = host.state(), 0
    while True:
        writes += 1
        for d in (host.metadata, host.artifacts):
            shutil.rmtree(d)
            shutil.copytree(host.base.with_name("start") / d.name, d)
        status = host.download("agent.bin", "rules/pack.zip", more=("--die-before-write", str(writes)))[0]
        if status == 0:
            break
        assert status == -signal.SIGKILL
        # a writer that died between its temporary file and the rename
        (host.metadata / "timestamp.json.tmp.0123456789ab").write_bytes(b"{")
        (host.artifacts / "agent.bin.tmp.0123456789ab").write_bytes(b"agent")
        assert host.download("agent.bin", "rules/pack.zip")[0] == 0
        assert host.state() == end
    assert writes - 1 == 8


def test_two_updaters_at_once(host):
    held = threading.Event()

    def wait(handler):
        held.set()
        time.sleep(2)
        handler.send_response(404)
        handler.end_headers()
    host.server.how["/metadata/2.root.json"] = wait
    first = subprocess.Popen(host.argv("refresh"), stderr=subprocess.PIPE)
    assert held.wait(20)
    second = subprocess.run(host.argv("refresh"), stderr=subprocess.PIPE, timeout=30)
    assert second.returncode == 1 and b"another updater is at work here" in second.stderr
    assert first.wait(30) == 0
    first.stderr.close()
    assert host.refresh()[0] == 0  # the lock went with its holder
    held.clear()
    first = subprocess.Popen(host.argv("refresh"), stderr=subprocess.DEVNULL)
    assert held.wait(20)
    first.kill()
    first.wait()
    host.server.how.clear()
    assert host.refresh()[0] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: a full disk needs a mount namespace, so root")
def test_a_full_disk(host):
    """Everything below a tmpfs of 64 KiB that is full but for some bytes: refused, nothing half, and it heals."""
    prepare_update(host)
    old = host.state()
    script = f"""
set -eu
mount -t tmpfs -o size=64k,nr_inodes=64 none {host.base}/disk
cp -r {host.metadata} {host.artifacts} {host.base}/disk
cd {host.base}/disk
"$@" download && exit 9                    # the new agent has 10,000 bytes and its rules: it does not fit beside the filler
ls -R . > ../after; cat metadata/root.json > /dev/null
rm filler
"$@" download
"""
    (host.base / "disk").mkdir()
    script = script.replace('"$@" download && exit 9', 'dd if=/dev/zero of=filler bs=4096 2>/dev/null || :\n"$@" download && exit 9')
    argv = [str(PROGRAM), "--metadata-dir", "metadata", "--metadata-url", host.server.url + "/metadata/", "--target-dir", "artifacts",
            "--target-base-url", host.server.url + "/targets/", "--target-name", "agent.bin", "--target-name", "rules/pack.zip"]
    p = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    said = p.stdout.decode()
    assert p.returncode == 0, said
    assert "no space left" in said and "[store]" in said
    after = (host.base / "after").read_text()
    assert ".tmp." not in after and "root.json" in after
    assert host.state() == old  # the namespace took its disk along


def test_a_folder_that_cannot_be_read_is_no_empty_one(host):
    assert host.refresh()[0] == 0
    (host.metadata / "timestamp.json").unlink()
    (host.metadata / "timestamp.json").mkdir()
    status, said, _ = host.refresh()
    assert status == 1 and "[store]" in said


# ---- the clock --------------------------------------------------------------------------------------
def at(days):
    if not shutil.which("faketime"):
        pytest.skip("NOT RUN: no faketime here")
    if "asan" in str(BUILD):
        os.environ["ASAN_OPTIONS"] = "verify_asan_link_order=0"
    return ("faketime", (D.NOW + D.datetime.timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S+00:00"))


def test_clock_set_forward_is_a_freeze_and_no_more(host):
    assert host.refresh()[0] == 0
    host.refused("freeze", before=at(400))
    assert host.refresh()[0] == 0  # the clock is right again: nothing was lost
    r = host.repository
    r.next()
    for role in ("timestamp", "snapshot", "targets", "rules"):
        r.body[role]["expires"] = D.iso(800)
    r.next("targets", "rules")
    r.publish()
    assert host.refresh(before=at(400))[0] == 0
    assert host.refresh()[0] == 0


def test_clock_set_back_does_not_bring_old_versions_back(host):
    assert host.refresh()[0] == 0
    old = dict(host.repository.metadata)
    host.repository.next("targets")
    host.repository.publish()
    assert host.refresh()[0] == 0
    host.repository.metadata = old  # a replay of what was good then
    host.refused("rollback", before=at(-20))
    host.refused("rollback")


# ---- names ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["../escape", "/etc/escape", "a/../../escape", "a//b", "..", "%2e%2e/escape", "a\nb"])
def test_targets_that_would_leave_their_folder(host, name):
    host.repository.body["targets"]["targets"][name] = {"length": 1, "hashes": {"sha256": D.hashlib.sha256(b"x").hexdigest()}}
    host.repository.publish()
    status, said, requests = host.download(name)
    assert status == 1 and "[bad-name]" in said and requests == FIRST
    assert sorted(p.name for p in host.base.iterdir()) == ["artifacts", "metadata", "root.json"] and not list(host.artifacts.iterdir())


def test_odd_names_are_one_file_each(host):
    names = ["a/b/c", ".hidden", "..x", "a b", "q?x#y", "見守り", "%41", "a:b@c;d"]
    for n in names:
        host.repository.add(n, n.encode())
    host.repository.artifacts = {D.urllib.parse.unquote(k): v for k, v in host.repository.artifacts.items()}
    host.repository.publish()
    assert host.download(*names)[0] == 0
    files = list(host.artifacts.iterdir())
    assert sorted(p.read_text() for p in files) == sorted(names) and all(p.is_file() and not p.name.startswith(".") for p in files)


# ---- canonical JSON against another implementation ----------------------------------------------------------
def random_text(rnd):
    pools = ["abcXYZ09 _-.", "\"\\/\b\f\n\r\t", "".join(map(chr, range(1, 32))) + "\x7f", "äöß見守り\u2028\ufeff\uffff", "😀𝄞\U0010ffff"]
    return "".join(rnd.choice(rnd.choice(pools)) for _ in range(rnd.randrange(12)))


def random_value(rnd, depth):
    kind = rnd.randrange(8 if depth else 5)
    if kind == 0:
        return rnd.choice([0, 1, -1, 2**63 - 1, -2**63, 2**53 + 1, rnd.randrange(-10**18, 10**18)])
    if kind == 1:
        return rnd.choice([True, False, None])
    if kind < 5:
        return random_text(rnd)
    if kind == 5:
        return [random_value(rnd, depth - 1) for _ in range(rnd.randrange(5))]
    return {random_text(rnd): random_value(rnd, depth - 1) for _ in range(rnd.randrange(6))}


def canonical_forms(texts):
    p = subprocess.run([str(CANONICAL)], input="\n".join(texts).encode() + b"\n", stdout=subprocess.PIPE, timeout=120, check=True)
    return p.stdout.decode().split()


@pytest.mark.skipif(not CANONICAL.exists(), reason=f"{CANONICAL} is not built: make lab")
def test_canonical_form_is_that_of_securesystemslib():
    rnd = random.Random(int(os.environ.get("SEED", "20261129")))
    values = [{"v": random_value(rnd, 6)} for _ in range(3000)] + list(D.Repository().body.values())
    forms = canonical_forms([json.dumps(v, ensure_ascii=rnd.random() < 0.5) for v in values])
    assert len(forms) == len(values)
    for value, form in zip(values, forms):
        assert bytes.fromhex(form) == D.canonical(value)


@pytest.mark.skipif(not CANONICAL.exists(), reason=f"{CANONICAL} is not built: make lab")
def test_canonical_form_of_what_has_none():
    assert canonical_forms(['[1.5]', '[9223372036854775808]', '{"a":1,"a":1}', '[1e3]', '["\\ud800"]', '[NaN]']) == ["refused"] * 6
