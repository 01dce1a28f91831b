"""`mimamori-update` as it is installed: three processes, a repository over HTTPS, files of a host.  No agent runs here; with one: test_update_agent.py."""
import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import threading
import time

import pytest

import lab as L
import releases as R
from update_host import AVAILABLE, BUSY, CONFIG, CURRENT, PROGRAM, REFUSED, TWO, USAGE, Host, certificate, server_context, write_tree
import tuf_double as D  # noqa: E402  (update_host knows where it is)


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return server_context(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def host(tmp_path, tls):
    h = Host(tmp_path, tls)
    yield h
    h.server.close()


@contextlib.contextmanager
def held_up(host):
    """An updater that has asked the repository and gets no answer before the end."""
    asked, over = threading.Event(), threading.Event()

    def hold(handler):
        asked.set()
        over.wait(60)
        handler.send_error(500)
    host.server.how["/metadata/timestamp.json"] = hold
    p = subprocess.Popen([str(PROGRAM), "--config", str(host.config), "now"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert asked.wait(20), "the question"
        yield p
    finally:
        over.set()
        p.wait()
        host.server.how.clear()


# ---- the usual day ------------------------------------------------------------------------------------
def test_a_pack_is_brought_and_put_in_use(host):
    host.offer("1.1.0")
    assert host.run("check") == AVAILABLE and host.pack() == "1.0.0", host.said
    s = host.now()
    assert (s["result"], s["rules"]["version"], s["source"], s["ring"]) == ("applied", "1.1.0", "network", "broad")
    assert host.pack() == "1.1.0"
    assert [(h["act"], h["kind"], h["to"], h["by"]) for h in host.history()] == [("applied", "rules", "1.1.0", "uid 0")]
    assert host.run("check") == CURRENT
    s = host.now()
    assert host.server.requests == TWO and s["result"] == "current", "nothing new costs two requests"


def test_the_pack_before_stays_and_older_ones_go(host):
    for v in ("1.1.0", "1.2.0", "1.3.0"):
        host.offer(v)
        host.now()
    folders = sorted(p.name.rsplit(".", 1)[0] for p in (host.updates / "rules").iterdir() if p.name != "current")
    assert folders == ["1.2.0", "1.3.0"] and host.status()["rules"]["before"]["version"] == "1.2.0"
    assert len(list((host.updates / "artifacts").iterdir())) == 2


@pytest.mark.parametrize("why, said", [("died", "ended"), ("stalled", "ended or held up")])
def test_a_pack_that_the_guard_left_goes_back(host, why, said):
    """By its own line of the guard's list: what another pack did is told of that one."""
    for v in ("1.1.0", "1.2.0"):
        host.offer(v)
        host.now()
    listed = host.state / "guard/rules-refused"
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_text(f"1.2.0 {'0' * 64} stalled\n1.2.1 {'e' * 64} died\n")
    host.now()
    assert host.pack() == "1.2.0", "it is of another manifest"
    manifest = hashlib.sha256((host.updates / "rules/current/manifest.json").read_bytes()).hexdigest()
    other = {"died": "stalled", "stalled": "died"}[why]
    listed.write_text(f"1.0.9 {'f' * 64} {other}\n1.2.0 {manifest} {why}\n1.3.0 {'e' * 64} {other}\n")
    host.now()
    last = host.history()[-1]
    assert host.pack() == "1.1.0" and (last["act"], last["cause"], last["from"]) == ("returned", "unhealthy", "1.2.0")
    assert last["detail"] == f"the pack {said} the scan process on this host"


def test_status_in_both_languages(host):
    host.offer("1.1.0")
    host.now()
    assert host.run("status", "--lang", "ja") == 0 and "検知ルール" in host.said and "1.1.0" in host.said and "最新" not in host.said
    assert host.run("status", "--lang", "en") == 0 and "Rules" in host.said
    assert host.run("history", "--lang", "ja") == 0 and "入れ替えた" in host.said
    host.server.how["/metadata/timestamp.json"] = 500
    assert host.run("now", "--lang", "ja") == REFUSED
    for part in ("何が起きたか", "どのくらい重大か", "今すること", "連絡先"):
        assert part in host.said, host.said


def test_everybody_may_look_and_root_alone_may_act(host):
    host.offer("1.1.0")
    host.now()
    for folder in (host.base, *host.base.parents):
        if folder.stat().st_uid == 0 and len(folder.parts) > 2:
            folder.chmod(0o755)
    user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    assert host.run("status", before=user) == 0 and "1.1.0" in host.said
    assert host.run("now", before=user) == REFUSED and "root" in host.said


def test_usage_and_configuration(host):
    for words in ([], ["no-such"], ["rollback"], ["rollback", "x"], ["now", "more"], ["status", "--from", "x"], ["check", "--no-such"]):
        assert host.run(*words) == USAGE, words
    host.config.write_text("[update]\nurl = http://example.test/\n")
    assert host.run("now") == CONFIG and "https" in host.said


# ---- which one ------------------------------------------------------------------------------------------
def test_rings_percent_and_start(host):
    future = (D.NOW + datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    past = D.iso(-2)
    host.offer("1.1.0", rollout={"ring": "canary", "percent": 100})
    host.offer("1.2.0", rollout={"ring": "broad", "percent": 0})
    host.offer("1.3.0", rollout={"ring": "broad", "percent": 100, "start": future})
    host.now()
    assert host.pack() == "1.0.0"
    (host.state / "guard").mkdir()
    (host.state / "guard/ring").write_text("canary\nwhat a newer agent would add, in more words than the name of a ring has\n")
    host.now()
    assert host.pack() == "1.2.0", "a ring before gets all of it"
    host.offer("1.3.0", rollout={"ring": "canary", "percent": 100, "start": past})
    host.now()
    assert host.pack() == "1.3.0" and host.status()["ring"] == "canary"


def test_the_same_ten_percent(host):
    """A host's place is its own and stays: what is offered to a smaller part is offered to it within a larger part too."""
    host.now()
    place = host.status()["bucket"]
    assert 0 <= place < 10000 and host.now()["bucket"] == place
    with (host.updates / "host-id").open("a") as f:
        f.write("\nwhat a newer release would add\n")
    assert host.now()["bucket"] == place
    host.offer("1.1.0", rollout={"ring": "broad", "percent": place // 100})
    host.now()
    assert host.pack() == "1.0.0"
    host.offer("1.1.0", rollout={"ring": "broad", "percent": place // 100 + 1})
    host.now()
    assert host.pack() == "1.1.0"


def test_a_halted_pack_is_not_taken_and_is_left(host):
    host.offer("1.1.0")
    host.now()
    host.offer("1.2.0")
    host.now()
    host.offer("1.2.0", halt={"since": D.iso(0), "reason": "false alarms"})
    host.now()
    assert host.pack() == "1.1.0", "the one before is offered still"
    host.offer("1.1.0", halt={"since": D.iso(0), "reason": "too"})
    host.now()
    assert host.pack() == "1.0.0", "and when nothing is offered, what the installation brought"
    assert [h["cause"] for h in host.history() if h["act"] == "returned"] == ["halted"]


def test_never_below_the_floor(host):
    host.offer("1.1.0")
    host.now()
    host.offer("1.2.0")
    host.now()
    host.repository.body["rules"]["x-mimamori-floor"] = "1.2.0"
    host.publish("rules")
    host.now()
    assert host.run("rollback", "rules") == REFUSED and "floor" in host.said and host.pack() == "1.2.0"
    host.offer("1.2.0", halt={"since": D.iso(0), "reason": "x"})
    host.now()
    assert host.pack() == "1.2.0", "a halted one stays when all else is below the floor"


def test_rollback(host):
    host.offer("1.1.0")
    host.now()
    host.offer("1.2.0")
    host.now()
    assert host.run("rollback", "rules") == CURRENT and host.pack() == "1.1.0", host.said
    h = host.history()[-1]
    assert (h["act"], h["from"], h["to"], h["cause"], h["by"]) == ("rolled-back", "1.2.0", "1.1.0", "asked", "uid 0")
    host.now()
    assert host.pack() == "1.1.0", "what was left is not taken again"
    host.offer("1.3.0")
    host.now()
    assert host.pack() == "1.3.0"


def test_a_newer_agent_is_needed(host):
    host.offer("1.1.0", minimum_agent="9.0.0")
    host.now()
    assert host.pack() == "1.0.0"


def test_the_installation_brings_newer_rules(host):
    host.offer("1.1.0")
    host.now()
    write_tree(host.base / "shipped", R.pack_files("2.0.0"))
    host.now()
    assert host.pack() == "2.0.0" and not (host.updates / "rules/current").exists()


# ---- bad packs --------------------------------------------------------------------------------------------
def bad_rule():
    return R.pack_files("1.1.0", more={"process/lab.yar": b"rule broken {"})


def wrong_sample():
    return R.pack_files("1.1.0", more={"process/samples/lab.json": R.sample("lab_word", "another word").encode()})


def no_manifest():
    return {"process/lab.yar": b""}


@pytest.mark.parametrize("files", [bad_rule, wrong_sample, no_manifest], ids=lambda f: f.__name__)
def test_a_pack_that_is_no_good(host, files):
    host.offer("1.1.0", files())
    host.now(REFUSED)
    assert host.pack() == "1.0.0" and host.history()[-1]["cause"] == "invalid-pack"
    host.now(CURRENT)
    assert len(host.history()) == 1, "it is not tried again and again"
    host.offer("1.1.1")
    host.now()
    assert host.pack() == "1.1.1"


HOSTILE_NAMES = ["../escape", "/absolute", "a/../../b", ".hidden", "a//b", "a/./b", "process/\x01", "a/b/c/d/e", "x" * 300, "process/名"]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_names_that_could_leave_a_folder(host, name):
    before = set(host.base.rglob("*"))
    host.offer("1.1.0", {**R.pack_files("1.1.0"), name: b"x"})
    host.now(REFUSED)
    assert host.pack() == "1.0.0" and host.status()["cause"] == "invalid-pack"
    left = [p for p in set(host.base.rglob("*")) - before if p.name == "escape" or "hidden" in p.name]
    assert not left and not list((host.updates / "rules").glob(".new"))


def archive(change):
    import io
    import tarfile
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        change(t)
    return out.getvalue()


def link(kind):
    def change(t):
        import tarfile
        info = tarfile.TarInfo("manifest.json")
        info.type, info.linkname = kind, "/etc/shadow"
        t.addfile(info)
    return change


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"6"], ids=["hard link", "symbolic link", "character device", "block device", "fifo"])
def test_nothing_but_plain_files(host, kind):
    content = archive(link(kind))
    host.repository.add("rules/x.tar.zst", R.zstd(content), R.custom("rules", "1.1.0", content))
    host.publish("rules")
    host.now(REFUSED)
    assert host.pack() == "1.0.0" and host.status()["cause"] == "invalid-pack"


@pytest.mark.parametrize("spoil", [lambda z: z[:-20], lambda z: z[:50] + b"\xff" * 20 + z[70:], lambda z: b"rubbish", lambda z: b"\x28\xb5\x2f\xfd"],
                         ids=["cut", "damaged", "rubbish", "head only"])
def test_archives_that_are_damaged(host, spoil):
    host.offer("1.1.0", compress=lambda content: spoil(R.zstd(content)))
    host.now(REFUSED)
    assert host.pack() == "1.0.0" and host.status()["cause"] == "invalid-pack"


def test_a_bomb(host):
    """A small file that unpacks to more than was signed ends where the signed length does."""
    content = R.tar(R.pack_files("1.1.0"))
    host.repository.add("rules/x.tar.zst", R.zstd(content + bytes(300 << 20)), R.custom("rules", "1.1.0", content))
    host.publish("rules")
    host.now(REFUSED)
    assert host.pack() == "1.0.0" and host.status()["cause"] == "invalid-pack"


# ---- attacks and troubles -------------------------------------------------------------------------------------
def refused(host, cause):
    before = host.tree()
    host.now(REFUSED)
    s = host.status()
    assert s["cause"] == cause, s
    assert {k: v for k, v in host.tree().items() if "rules/" in k} == {k: v for k, v in before.items() if "rules/" in k}
    return s


def test_attack_arbitrary_software(host):
    host.offer("1.1.0")
    host.repository.delegated["rules"] = (D.Key("ed25519"),)
    host.publish("rules")
    refused(host, "arbitrary-software")


def test_attack_key_compromise_below_the_threshold(host):
    """One of the two keys of the agent's role is stolen."""
    content = R.tar({"bin/mimamorid": b"evil"})
    host.repository.add("agent/mimamori-9.0.0-linux-x86_64.tar.zst", R.zstd(content), R.custom("agent", "9.0.0", content, platform="linux-x86_64"))
    host.repository.delegated["agent"] = host.repository.delegated["agent"][:1]
    host.publish("agent")
    refused(host, "key-compromise")


def test_attack_rollback(host):
    host.offer("1.1.0")
    host.now()
    host.offer("1.2.0")
    host.now()
    for role in ("timestamp", "snapshot", "rules"):
        host.repository.body[role]["version"] -= 1
    host.repository.publish()
    refused(host, "rollback")


def test_attack_freeze(host):
    host.now()
    host.repository.body["timestamp"]["expires"] = D.iso(-1)
    host.publish()
    refused(host, "freeze")


def test_a_delegated_role_that_has_expired(host):
    host.offer("1.1.0")
    host.repository.body["rules"]["expires"] = D.iso(-1)
    host.publish("rules")
    refused(host, "freeze")


def test_attack_wrong_software(host):
    name = host.offer("1.1.0")
    for path in [p for p in host.repository.artifacts if p.endswith(os.path.basename(name))]:
        host.repository.artifacts[path] = host.repository.artifacts[path][:-1] + b"X"
    refused(host, "wrong-software")
    assert not list((host.updates / "artifacts").iterdir())


def test_attack_endless_data(host):
    host.server.how["/metadata/timestamp.json"] = D.endless
    refused(host, "endless-data")


def test_a_dead_repository_stops_updating_alone(host):
    host.offer("1.1.0")
    host.now()
    host.server.close()
    s = refused(host, "unreachable")
    assert host.pack() == "1.1.0" and s["verified"] and len(host.history()) == 2
    host.now(REFUSED)
    assert len(host.history()) == 2, "one trouble is one entry"


def test_no_root(host):
    (host.updates / "metadata/root.json").unlink()
    refused(host, "no-root")


def test_the_first_root_comes_with_the_installation(host):
    first = host.updates / "metadata/root.json"
    first.rename(host.base / "first-root.json")
    host.offer("1.1.0")
    host.now()
    assert host.pack() == "1.1.0" and first.exists()
    for damaged in (b"{}", b"", b"\0" * 4096):
        first.write_bytes(damaged)
        host.now()
        assert host.history()[-1]["cause"] == "bad-root", "begun anew, and told"
    (host.base / "first-root.json").write_bytes(b"{}")
    host.now()
    first.write_bytes(b"{}")
    refused(host, "bad-root")


def test_redirects_are_not_followed(host):
    host.server.how["/metadata/timestamp.json"] = D.redirect(host.server.url + "/metadata/1.root.json")
    refused(host, "unreachable")


def test_an_authority_of_somebody_else(host, tmp_path):
    (tmp_path / "other").mkdir()
    host.configure(ca=certificate(tmp_path / "other")[1])
    refused(host, "unreachable")
    assert not host.server.requests


@pytest.mark.parametrize("days", [-400, 400], ids=["back", "forward"])
def test_a_wrong_clock_stops_updating_alone(host, days):
    """Set back: certificates and metadata of the future count as they are; set forward: everything has expired."""
    host.offer("1.1.0")
    host.now()
    host.offer("1.2.0")
    when = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")
    code = host.run("now", before=["faketime", when])
    assert (code, host.pack()) in ((REFUSED, "1.1.0"), (CURRENT, "1.2.0")), host.said
    if days > 0:
        assert code == REFUSED and host.status()["cause"] in ("freeze", "unreachable")
    host.now()
    assert host.pack() == "1.2.0"


# ---- lines, disks, power ------------------------------------------------------------------------------------------
def cut_after(n, times):
    """Breaks off after `n` bytes, some times; then serves as it should, from where it is asked to begin."""
    left = [times]

    def how(handler):
        server = handler.server.owner
        data = server.repository.artifacts[handler.path.removeprefix("/targets/")]
        start = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(data) - start))
        handler.end_headers()
        left[0] -= 1
        handler.wfile.write(data[start:] if left[0] < 0 else data[start:start + n])
        handler.close_connection = True
    return how


def large(version, size=3 << 20):
    return R.pack_files(version, more={"README.md": os.urandom(size)})


@pytest.fixture
def on_a_bad_line(host):
    host.server.http.owner = host.server
    name = host.offer("1.1.0", large("1.1.0"))
    path = next(p for p in host.repository.artifacts if p.endswith(os.path.basename(name)))
    return host, f"/targets/{path}"


def test_a_broken_connection_goes_on_where_it_ended(on_a_bad_line):
    host, path = on_a_bad_line
    host.server.how[path] = cut_after(1 << 20, 2)
    host.now()
    assert host.pack() == "1.1.0" and [r for r in host.server.ranges if r] == [str(1 << 20), str(2 << 20)]


def test_the_next_run_goes_on(on_a_bad_line):
    host, path = on_a_bad_line
    host.server.how[path] = cut_after(100_000, 99)
    host.now(REFUSED)
    assert host.status()["cause"] == "unreachable" and list((host.updates / "artifacts").glob("*.part"))
    del host.server.how[path]
    host.now()
    assert host.pack() == "1.1.0" and [r for r in host.server.ranges if r] == ["500000"]
    assert not list((host.updates / "artifacts").glob("*.part"))


def test_a_part_of_something_else(on_a_bad_line):
    host, path = on_a_bad_line
    host.run("check")
    (host.updates / "artifacts" / (path.rsplit("/", 1)[1] + ".part")).write_bytes(b"rubbish" * 1000)
    host.now()
    assert host.pack() == "1.1.0"


def test_rate(on_a_bad_line):
    host, _ = on_a_bad_line
    host.configure(rate="1M")
    start = time.monotonic()
    host.now()
    assert host.pack() == "1.1.0" and time.monotonic() - start > 1.5


def test_a_cache_on_the_lan(host):
    host.offer("1.1.0")
    cache = D.Server(host.repository)
    host.configure(caches=cache.url)
    host.now()
    assert host.pack() == "1.1.0" and not any("/targets/" in r for r in host.server.requests) and any("/targets/" in r for r in cache.requests)
    cache.close()


def test_a_cache_that_lies_or_is_gone(host):
    host.offer("1.1.0")
    liar = D.Server(D.Repository())
    liar.repository.artifacts = {k: v[:-1] + b"X" for k, v in host.repository.artifacts.items()}
    host.configure(caches=liar.url)
    host.now()
    assert host.pack() == "1.1.0"
    liar.close()
    host.offer("1.2.0")
    host.now()
    assert host.pack() == "1.2.0"


def test_proxy(host):
    """An explicit proxy is asked to connect, and nobody else is."""
    import socket
    import threading
    seen = []

    def serve(listener):
        while True:
            c, _ = listener.accept()
            seen.append(c.recv(4096).split(b"\r\n")[0])
            c.close()
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    host.config.write_text(host.config.read_text() + f"[network]\nproxy = http://127.0.0.1:{listener.getsockname()[1]}\n")
    refused(host, "unreachable")
    assert seen and seen[0].startswith(b"CONNECT 127.0.0.1:") and not host.server.requests


def test_two_at_once(host):
    host.offer("1.1.0")
    with held_up(host):
        assert host.run("now") == BUSY
    host.now()


def test_a_full_disk(host, tmp_path):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "none", host.updates], check=True)
    try:
        (host.updates / "metadata").mkdir()
        host.trust()
        host.offer("1.1.0", large("1.1.0"))
        host.now(REFUSED)
        assert host.pack() == "1.0.0" and host.status()["cause"] in ("space", "store")
        host.offer("1.1.1")
        host.now()
        assert host.pack() == "1.1.1", "what did not fit is no longer in the way"
    finally:
        subprocess.run(["umount", host.updates], check=True)


def test_killed_at_any_moment(host):
    """The host has the pack before or the new one, always a whole one, and the next run brings it to an end."""
    host.offer("1.1.0")
    host.now()
    n = 0
    for i in range(40):
        version = f"1.2.{i}"
        host.offer(version)
        p = subprocess.Popen([str(PROGRAM), "--config", str(host.config), "now"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.005 * i)
        p.send_signal(signal.SIGKILL)
        n += p.wait() != 0
        found = host.pack()
        assert subprocess.run([os.path.join(L.BUILD, "bin/mimamorid-scan"), "--check-rules", str(host.updates / "rules/current")],
                              stdout=subprocess.DEVNULL).returncode == 0, found
        host.now()
        assert host.pack() == version
    assert n >= 10, "too few were killed in their work"


# ---- closed sites ---------------------------------------------------------------------------------------------------
def bundle(host, path, made=0):
    files = {"bundle.json": json.dumps({"format": 1, "made": D.iso(made)}).encode()}
    files.update({f"metadata/{k}": v for k, v in host.repository.metadata.items()})
    files.update({f"targets/{k}": v for k, v in host.repository.artifacts.items()})
    path.write_bytes(R.tar(files))
    return path


def test_an_offline_bundle(host, tmp_path):
    host.offer("1.1.0")
    file = bundle(host, tmp_path / "update.mmb", made=-3)
    host.server.close()
    s = host.now(CURRENT, "--from", str(file))
    assert host.pack() == "1.1.0" and s["source"] == "bundle" and s["bundle"]["made"] == D.iso(-3)
    host.run("status", "--lang", "en")
    assert "3 days ago" in host.said


def test_bundles_are_believed_no_more_than_a_server(host, tmp_path):
    host.offer("1.1.0")
    file = bundle(host, tmp_path / "update.mmb")
    data = file.read_bytes()
    at = data.rindex(b"mimamori-rules-1.1.0.tar.zst") + 512
    file.write_bytes(data[:at] + b"\xff" * 8 + data[at + 8:])
    assert host.run("now", "--from", str(file)) == REFUSED and host.pack() == "1.0.0", host.said
    for spoil in (data[:700], data[:at], b"", os.urandom(5000)):
        file.write_bytes(spoil)
        assert host.run("now", "--from", str(file)) == REFUSED and host.pack() == "1.0.0"
    assert host.run("now", "--from", str(tmp_path / "not-there")) == REFUSED
    assert host.run("now", "--from", "/dev/zero") == REFUSED


# ---- what the parts may do --------------------------------------------------------------------------------------------
def test_the_parts_have_given_up_their_power(host):
    """verify: no network, no file, its own uid; fetch: its own uid, nothing that could be written."""
    host.offer("1.1.0")
    parts = {}
    with held_up(host) as p:
        for pid in map(int, subprocess.run(["pgrep", "-P", str(p.pid)], capture_output=True, text=True).stdout.split()):
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            parts[os.path.basename(os.readlink(f"/proc/{pid}/exe"))] = {
                "uid": int(status.split("Uid:")[1].split()[0]), "seccomp": int(status.split("Seccomp:")[1].split()[0]),
                "caps": int(status.split("CapEff:")[1].split()[0], 16), "bound": int(status.split("CapBnd:")[1].split()[0], 16),
                "root": os.stat(f"/proc/{pid}/root/").st_ino, "net": os.readlink(f"/proc/{pid}/ns/net"),
                "size": pathlib.Path(f"/proc/{pid}/limits").read_text().split("Max file size")[1].split()[0],
                "files": {os.readlink(f"/proc/{pid}/fd/{f}") for f in os.listdir(f"/proc/{pid}/fd")}}
    verify, fetch = parts["mimamori-update-verify"], parts["mimamori-update-fetch"]
    for part in (verify, fetch):
        assert part["uid"] and part["seccomp"] == 2 and not part["caps"] and not part["bound"], part
    assert verify["net"] != os.readlink("/proc/self/ns/net") and verify["root"] != os.stat("/").st_ino
    assert not [f for f in verify["files"] if f.startswith("/") and not f.startswith("/dev/null")]
    assert fetch["size"] == "0"


def test_a_check_with_nothing_new_is_cheap(host):
    host.offer("1.1.0")
    host.now()
    cpu, most = [], 0
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert host.run("check") == CURRENT
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print("CPU of a check, s:", sorted(cpu)[2])
    assert host.server.requests == TWO and sorted(cpu)[2] < 0.2


# ---- what must not be lost, forgotten or held against somebody else ------------------------------------------------------
def test_the_record_is_lost(host):
    """The link tells what is in use: it is found again, and neither refused nor left for an older one."""
    for v in ("1.1.0", "1.2.0"):
        host.offer(v)
        host.now()
    for content in (b"rubbish", None):
        path = host.updates / "status.json"
        path.unlink() if content is None else path.write_bytes(content)
        s = host.now()
        assert host.pack() == "1.2.0" == s["rules"]["version"] and "refused" not in s
        assert host.history()[-1]["cause"] == "found"
    host.offer("1.3.0")
    host.now()
    assert host.pack() == "1.3.0"


def test_somebody_else_has_moved_the_link(host):
    host.offer("1.1.0")
    host.now()
    other = host.updates / "rules/5.0.0.0123456789abcdef"
    write_tree(other, R.pack_files("5.0.0"))
    link = host.updates / "rules/current"
    link.unlink()
    link.symlink_to(other.name)
    host.offer("1.2.0")
    s = host.now()
    assert host.pack() == "5.0.0" == s["rules"]["version"], "an older one is not taken in its place"
    link.unlink()
    host.now()
    assert host.pack() == "1.2.0"


def agent_offer(host, version="0.3.0"):
    content = R.tar({"bin/mimamorid": b"#!/bin/sh\nexit 1\n"}, executable={"bin/mimamorid"})
    host.repository.add(f"agent/mimamori-{version}-linux-x86_64.tar.zst", R.zstd(content), R.custom("agent", version, content, platform="linux-x86_64"))
    (host.base / "opt/releases").mkdir(parents=True, exist_ok=True)
    host.publish("agent")


def agents(host):
    return [h for h in host.history() if h["kind"] == "agent"]


def test_a_fault_of_the_rules_does_not_keep_agents_away(host):
    agent_offer(host)
    host.repository.body["rules"]["expires"] = D.iso(-1)
    host.publish("rules")
    host.now(REFUSED)
    assert agents(host), "the agent's release was looked at, and refused for its own fault"
    assert [h["cause"] for h in host.history() if h["kind"] == "metadata"] == ["freeze"]


def test_a_damaged_pack_does_not_keep_anything_else_away(host):
    host.offer("1.1.0")
    agent_offer(host)
    host.offer("1.2.0", compress=lambda content: R.zstd(content)[:-20])
    host.now(REFUSED)
    assert agents(host)
    host.run("now")
    assert host.pack() == "1.1.0", "the one before is taken instead"
    asked = [r for r in host.server.requests if "1.2.0" in r]
    assert not asked, "and the damaged one is not fetched again"


def test_the_floor_outlives_a_role_that_did_not_come(host):
    for v in ("1.1.0", "1.2.0"):
        host.offer(v)
        host.now()
    host.repository.body["rules"]["x-mimamori-floor"] = "1.2.0"
    host.publish("rules")
    host.now()
    host.publish("rules")
    path = f"/metadata/{host.repository.body['rules']['version']}.rules.json"
    host.server.how[path] = 404
    host.now(REFUSED)
    assert host.run("rollback", "rules") == REFUSED and host.pack() == "1.2.0"


def test_a_checker_that_cannot_work_is_no_verdict(host, tmp_path):
    """A copy of the programs whose checker is ended at once, as by a lack of memory: tried again, three times in all."""
    away = tmp_path / "bin"
    away.mkdir()
    for p in PROGRAM.parent.glob("mimamori*"):
        (away / p.name).write_bytes(p.read_bytes())
        (away / p.name).chmod(0o755)
    (away / "mimamorid-scan").write_text("#!/bin/sh\nkill -9 $$\n")

    def now():
        return subprocess.run([away / "mimamori-update", "--config", host.config, "now"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    host.offer("1.1.0")
    host.offer("1.2.0")
    assert now() == REFUSED and now() == REFUSED and "refused" not in host.status()
    host.now()
    assert host.pack() == "1.2.0"
    host.offer("1.3.0")
    for _ in range(3):
        assert now() == REFUSED
    host.now()
    assert host.pack() == "1.2.0" and host.status()["refused"], "three times are enough"


def test_a_lasting_trouble_is_told_again(host):
    host.server.close()
    for _ in range(5):
        host.now(REFUSED)
    assert [h["cause"] for h in host.history()] == ["unreachable"] * 2 and host.status()["failures"] == 5


def test_an_old_bundle_is_no_attack(host, tmp_path):
    host.offer("1.1.0")
    old = bundle(host, tmp_path / "old.mmb")
    host.offer("1.2.0")
    host.now()
    assert host.run("now", "--from", str(old), "--lang", "ja") == REFUSED and host.status()["cause"] == "old-bundle"
    assert host.pack() == "1.2.0" and host.run("status", "--lang", "ja") == 0 and "持ち込みファイルが" in host.said
    host.now()


def test_a_file_that_is_no_bundle_is_not_the_networks_fault(host, tmp_path):
    other = tmp_path / "letter.mmb"
    other.write_bytes(b"Dear customer, " * 100)
    assert host.run("now", "--from", str(other), "--lang", "ja") == REFUSED and "持ち込みファイルを読めません" in host.said
    assert host.status()["cause"] == "bad-bundle" and host.pack() == "1.0.0"


def test_an_authority_that_cannot_be_read_is_told_as_that(host):
    host.offer("1.1.0")
    text = host.config.read_text()
    host.config.write_text(re.sub(r"(?m)^ca *= *.*$", "ca = /nowhere/ca.pem", text))
    assert host.run("now", "--lang", "en") == REFUSED and "no-authority" in host.said
    assert host.status()["cause"] == "no-authority"
    host.config.write_text(text)
    host.now()
    assert host.pack() == "1.1.0"


@pytest.mark.parametrize("lang, words", [("ja", "前の版がありません"), ("en", "no release before this one")])
def test_there_is_nothing_to_roll_back_to(host, lang, words):
    assert host.run("rollback", "agent", "--lang", lang) == REFUSED and words in host.said


def test_a_part_outlives_a_server_that_is_away(on_a_bad_line):
    host, path = on_a_bad_line
    host.server.how[path] = cut_after(100_000, 99)
    host.now(REFUSED)
    for status in (503, 500):
        host.server.how[path] = status
        host.now(REFUSED)
    del host.server.how[path]
    host.now()
    assert host.pack() == "1.1.0" and [r for r in host.server.ranges if r] == ["500000"]


def test_a_cache_that_breaks_off_is_gone_on_with(host):
    host.offer("1.1.0", large("1.1.0"))
    cache = D.Server(host.repository, ranges=True)
    cache.http.owner = cache
    path = next(p for p in host.repository.artifacts if "1.1.0" in p)
    cache.how[f"/targets/{path}"] = cut_after(1 << 20, 99)
    host.configure(caches=cache.url)
    host.now()
    assert host.pack() == "1.1.0" and [r for r in host.server.ranges if r] == [str(1 << 20)]
    cache.close()
