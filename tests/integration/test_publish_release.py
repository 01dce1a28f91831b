"""What the release desk offers to hosts (docs/update.md): archives and what metadata says about them, floors, stages,
what is taken out again, bundles.  The archives are read by Python and by the zstd program.

    /usr/bin/python3 -m pytest tests/integration/test_publish_release.py         (B=build/NAME for another build)"""
import datetime
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from publish_desk import FAILED, MORE, NOT_FOUND, OK, PROGRAM, ROOT, USAGE, Desk, desk, host, needs_build, preload, template  # noqa: E402,F401

pytestmark = needs_build
RELEASE = ["release-1", "release-2"]
LINUX = "linux-x86_64"
STATE_SCHEMA = int((ROOT / "lib/version.h").read_text().split("MM_STATE_SCHEMA ")[1].split()[0])
CORPUS = ROOT / "tests" / "fuzz" / "corpus" / "update_unpack"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def zstd(*words, data=b""):
    return subprocess.run(["zstd", "-q", "-c", *map(str, words)], input=data, stdout=subprocess.PIPE, check=True, timeout=60).stdout


def tar_of(files, **entry):
    """A tar archive of {name: bytes}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for k, v in entry.items():
                setattr(info, k, v)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def make_pack(folder, version="1.2.0", least="0.2.0", files=None):
    files = files or {"burst/a.yar": b"rule a { condition: false }\n", "burst/samples/a.json": b"[]\n"}
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    named = [{"path": n, "sha256": sha256(d), "family": "burst", "kind": "sample" if "samples" in n else "source"} for n, d in sorted(files.items())]
    (folder / "manifest.json").write_text(json.dumps({"name": "mimamori", "version": version, "minimum_agent": least, "files": named}))
    return folder


def make_agent(folder, version, size=200000):
    """Much of it is the same in every version."""
    (folder / "bin").mkdir(parents=True)
    same = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(size // 32))
    (folder / "bin/mimamorid").write_bytes(same + version.encode())
    (folder / "bin/mimamorid").chmod(0o755)
    (folder / "share").mkdir()
    (folder / "share/notes.txt").write_text(f"version {version}\n")
    return folder


def says_schema(folder, *numbers):
    """Its program says the number of the state's schema as a real one does, among its bytes."""
    program = folder / "bin/mimamorid"
    program.write_bytes(program.read_bytes() + b"".join(b"\0state-schema=%d\0" % n for n in numbers) + program.read_bytes())
    return folder


def add_agent(desk, folder, version, *more, code=OK, **how):
    return desk.run("add", desk.dir, folder, "--role", "agent", "--version", version, "--platform", LINUX, *more, keys=RELEASE, code=code, **how)


def targets(desk, role):
    state = json.loads(desk.run("verify", desk.dir, "--json"))
    return {n: t for n, t in state["files"].items() if n.startswith(role + "/")}


def artifact(desk, name, target):
    folder, base = name.split("/")
    return (desk.dir / "targets" / folder / f"{target['hashes']['sha256']}.{base}").read_bytes()


def members(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as t:
        return t.getmembers()


# ---- rule packs ----------------------------------------------------------------------------------------------------
def test_folder_of_rules(desk, host, tmp_path):
    desk.run("add", desk.dir, ROOT / "rules", "--role", "rules", keys=["rules"])
    desk.snapshot()
    manifest = json.loads((ROOT / "rules/manifest.json").read_text())
    (name, target), = targets(desk, "rules").items()
    assert name == f"rules/mimamori-rules-{manifest['version']}.tar.zst"
    tar = zstd("-d", data=host.download(name)[0])
    assert target["custom"] == {"kind": "rules", "version": manifest["version"], "minimum_agent": manifest["minimum_agent"],
                                "content": {"length": len(tar), "sha256": sha256(tar)}}
    inside = members(tar)
    assert [m.name for m in inside] == sorted(["manifest.json"] + [f["path"] for f in manifest["files"]])
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime, m.type) for m in inside} == {(0, 0, "", "", 0, tarfile.REGTYPE)}
    assert {m.mode for m in inside} <= {0o644, 0o755}
    with tarfile.open(fileobj=io.BytesIO(tar)) as t:
        for f in manifest["files"]:
            assert sha256(t.extractfile(f["path"]).read()) == f["sha256"]


def test_same_folder_gives_the_same_bytes(desk, tmp_path):
    names = [f"burst/{c}.yar" for c in "zaqm"]
    for n, order in enumerate((names, names[::-1])):
        pack = make_pack(tmp_path / f"pack{n}", files={f: b"rule " + f.encode() for f in names} if n else {f: b"rule " + f.encode() for f in order})
        os.utime(pack / "burst/a.yar", (n * 1000000, n * 1000000))
        (pack / "burst/z.yar").chmod(0o600 if n else 0o664)
        shutil.copy(pack / "manifest.json", pack / "manifest.json.new")
        os.replace(pack / "manifest.json.new", pack / "manifest.json")
        desk.run("add", desk.dir, pack, "--role", "rules", "--name", f"rules/{n}.tar.zst", keys=["rules"], env={"TZ": "Asia/Tokyo" if n else "UTC"})
    desk.snapshot()
    a, b = targets(desk, "rules").values()
    assert a == b


def test_pack_that_does_not_fit_its_manifest(desk, tmp_path):
    before = desk.public()

    def refused(change, why):
        pack = make_pack(tmp_path / "pack")
        change(pack)
        assert why in desk.run("add", desk.dir, pack, "--role", "rules", keys=["rules"], code=FAILED)
        shutil.rmtree(pack)

    def manifest(**other):
        def change(pack):
            m = json.loads((pack / "manifest.json").read_text())
            (pack / "manifest.json").write_text(json.dumps(dict(m, **other)))
        return change

    refused(lambda p: (p / "burst/a.yar").write_text("changed"), "burst/a.yar: is not what manifest.json says")
    refused(lambda p: (p / "burst/forgotten.yar").write_text("new"), "burst/forgotten.yar: is not in manifest.json")
    refused(lambda p: (p / "burst/a.yar").unlink(), "names a file that is not there")
    refused(lambda p: (p / "burst/link").symlink_to("a.yar"), "burst/link: neither a file nor a folder")
    refused(lambda p: (p / ".swp").write_text(""), "hidden")
    refused(lambda p: (p / "manifest.json").write_text("{"), "not a manifest")
    refused(manifest(version="1.2"), "three numbers")
    refused(manifest(version="1.02.0"), "three numbers")
    refused(manifest(version="1.2.0/../../x"), "three numbers")
    refused(manifest(minimum_agent=1), "three numbers")
    refused(manifest(files=[]), "is not in manifest.json")
    pack = make_pack(tmp_path / "other")
    (pack / "manifest.json").unlink()
    desk.run("add", desk.dir, pack, "--role", "rules", keys=["rules"], code=NOT_FOUND)
    (tmp_path / "empty").mkdir()
    desk.run("add", desk.dir, tmp_path / "empty", "--role", "rules", keys=["rules"], code=FAILED)
    desk.run("add", desk.dir, make_pack(tmp_path / "third"), "--role", "rules", "--version", "1.2.1", keys=["rules"], code=USAGE)
    desk.run("add", desk.dir, tmp_path / "third", "--role", "targets", keys=RELEASE, code=NOT_FOUND)
    assert desk.public() == before and desk.staged() == []


def test_what_is_no_rule_of_a_pack_stays_out_of_it(desk, tmp_path):
    pack = make_pack(tmp_path / "pack")
    (pack / "README.md").write_text("about")
    desk.run("add", desk.dir, pack, "--role", "rules", keys=["rules"])
    desk.snapshot()
    (name, target), = targets(desk, "rules").items()
    assert [m.name for m in members(zstd("-d", data=artifact(desk, name, target)))] == ["burst/a.yar", "burst/samples/a.json", "manifest.json"]


def test_ready_pack(desk, tmp_path):
    pack = make_pack(tmp_path / "pack", "2.0.0", "0.3.0")
    tar = tar_of({str(p.relative_to(pack)): p.read_bytes() for p in pack.rglob("*") if p.is_file()})
    (tmp_path / "mine.tar.zst").write_bytes(zstd(data=tar))
    desk.run("add", desk.dir, tmp_path / "mine.tar.zst", "--role", "rules", "--version", "2.0.0", keys=["rules"])
    desk.snapshot()
    assert targets(desk, "rules")["rules/mine.tar.zst"]["custom"] == {
        "kind": "rules", "version": "2.0.0", "minimum_agent": "0.3.0", "content": {"length": len(tar), "sha256": sha256(tar)}}


def test_archives_that_no_host_takes(desk, tmp_path):
    before = desk.public()
    f = tmp_path / "x.tar.zst"
    pack = {"manifest.json": json.dumps({"version": "1.0.0", "minimum_agent": "0.1.0", "files": []}).encode()}
    good = zstd(data=tar_of(pack))

    def refused(content, why, role="rules", more=(), keys=("rules",)):
        f.write_bytes(content)
        assert why in desk.run("add", desk.dir, f, "--role", role, *more, keys=keys, code=FAILED)

    for n in (0, 3, 20, len(good) // 2, len(good) - 1):
        refused(good[:n], "not a tar archive compressed with zstd, or cut off")
    refused(good + b"rubbish", "cut off")
    refused(tar_of(pack), "cut off")
    refused(zstd(data=b"no tar" * 1000), "not a tar archive")
    refused(zstd(data=tar_of({"a": b"a"})), "no sound manifest.json")
    for name in ("../x", "/x", "a/../x", "./x", "a//b", ".x", "a\\b", "ä", "a\nb", "a b", "a/b/c/d/e", "a" * 256):
        refused(zstd(data=tar_of(dict(pack, **{name: b"x"}))), "x.tar.zst: ")
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        refused(zstd(data=tar_of({"link": b""}, type=kind, linkname="manifest.json")), "in it, link: ")
    refused(zstd(data=tar_of({f"f{n}": b"" for n in range(4097)})), "more in it than hosts take")
    for name in ("sparse_beyond", "sparse_large"):  # a map that leads beyond the file; 512 MiB of holes in 2 KiB
        refused(zstd(data=(CORPUS / name).read_bytes()[1:]), "no host takes it: ")
    refused(zstd(data=bytes(513 << 20)), "x.tar.zst: ")  # 512 MiB unpack at most, from 50 KB
    refused(zstd("--long=31", "--ultra", data=tar_of(dict(pack, big=bytes(200 << 20)))), "x.tar.zst: ")  # a window that decoders refuse
    refused(good, "no program in bin/", role="agent", more=("--version", "1.0.0", "--platform", LINUX), keys=RELEASE)
    assert desk.public() == before and desk.staged() == []


# ---- agents -----------------------------------------------------------------------------------------------------------
def test_folder_of_an_agent_and_delta(desk, host, tmp_path):
    old, new = make_agent(tmp_path / "old", "0.2.0"), make_agent(tmp_path / "new", "0.3.0")
    add_agent(desk, old, "0.2.0")
    desk.snapshot()
    before = targets(desk, "agent")["agent/mimamori-0.2.0-linux-x86_64.tar.zst"]
    old_tar = zstd("-d", data=artifact(desk, "agent/mimamori-0.2.0-linux-x86_64.tar.zst", before))
    (tmp_path / "whatever").write_bytes(artifact(desk, "agent/mimamori-0.2.0-linux-x86_64.tar.zst", before))
    add_agent(desk, new, "0.3.0", "--schema", "4", "--ring", "canary", "--delta-from", tmp_path / "whatever")
    desk.snapshot()
    have = targets(desk, "agent")
    whole, delta = have["agent/mimamori-0.3.0-linux-x86_64.tar.zst"], have["agent/mimamori-0.3.0-linux-x86_64.from-0.2.0.zst"]
    new_tar = zstd("-d", data=artifact(desk, "agent/mimamori-0.3.0-linux-x86_64.tar.zst", whole))
    content = {"length": len(new_tar), "sha256": sha256(new_tar)}
    rollout = whole["custom"].pop("rollout")
    assert rollout["ring"] == "canary"
    assert whole["custom"] == {"kind": "agent", "version": "0.3.0", "platform": LINUX, "schema": 4, "content": content}
    assert delta["custom"] == {"kind": "delta", "version": "0.3.0", "platform": LINUX, "from": "0.2.0", "content": content}
    assert delta["length"] < whole["length"] / 10
    assert [(m.name, m.mode) for m in members(new_tar)] == [("bin/mimamorid", 0o755), ("share/notes.txt", 0o644)]
    (tmp_path / "old.tar").write_bytes(old_tar)
    (tmp_path / "delta").write_bytes(host.download("agent/mimamori-0.3.0-linux-x86_64.from-0.2.0.zst")[0])
    assert zstd("-d", f"--patch-from={tmp_path / 'old.tar'}", tmp_path / "delta") == new_tar


def test_the_schema_stands_in_the_program(desk, tmp_path):
    real = tmp_path / "real"
    (real / "bin").mkdir(parents=True)
    shutil.copy(ROOT / PROGRAM.parent / "mimamorid", real / "bin/mimamorid")
    for folder, version, more, schema in ((real, "0.3.0", (), STATE_SCHEMA), (says_schema(make_agent(tmp_path / "a", "0.3.1"), 7), "0.3.1", (), 7),
                                          (says_schema(make_agent(tmp_path / "b", "0.3.2"), 7, 7), "0.3.2", ("--schema", "7"), 7),
                                          (make_agent(tmp_path / "c", "0.3.3"), "0.3.3", ("--schema", "3"), 3), (make_agent(tmp_path / "d", "0.3.4"), "0.3.4", (), None)):
        add_agent(desk, folder, version, *more)
        desk.snapshot()
        assert targets(desk, "agent")[f"agent/mimamori-{version}-{LINUX}.tar.zst"]["custom"].get("schema") == schema, version
    said = add_agent(desk, says_schema(make_agent(tmp_path / "e", "0.3.5"), 7), "0.3.5", "--schema", "8", code=USAGE)
    assert "another one than bin/mimamorid says" in said
    assert "more than one schema" in add_agent(desk, says_schema(make_agent(tmp_path / "f", "0.3.6"), 7, 8), "0.3.6", code=FAILED)


def test_delta_from_a_release_that_is_not_offered(desk, tmp_path):
    new = make_agent(tmp_path / "new", "0.3.0")
    old = tmp_path / "mimamori-0.1.9-linux-x86_64.tar.zst"
    old.write_bytes(zstd(data=tar_of({"bin/mimamorid": (new / "bin/mimamorid").read_bytes()})))
    shutil.copy(old, tmp_path / "0.tar.zst")
    shutil.copy(old, tmp_path / "mimamori-0.1.9-linux-arm64.tar.zst")
    shutil.copy(old, tmp_path / "mimamori-0.3.0-linux-x86_64.tar.zst")
    for nameless in ("0.tar.zst", "mimamori-0.1.9-linux-arm64.tar.zst"):
        assert "of which version is it" in add_agent(desk, new, "0.3.0", "--delta-from", tmp_path / nameless, code=USAGE)
    assert "not older" in add_agent(desk, new, "0.3.0", "--delta-from", tmp_path / "mimamori-0.3.0-linux-x86_64.tar.zst", code=USAGE)
    (tmp_path / "broken.tar.zst").write_bytes(old.read_bytes()[:-9])
    assert "cut off" in add_agent(desk, new, "0.3.0", "--delta-from", tmp_path / "broken.tar.zst", code=FAILED)
    add_agent(desk, new, "0.3.0", "--delta-from", tmp_path / "nothing-there.tar.zst", code=NOT_FOUND)
    assert desk.staged() == []
    add_agent(desk, new, "0.3.0", "--delta-from", old)
    desk.snapshot()
    assert targets(desk, "agent")["agent/mimamori-0.3.0-linux-x86_64.from-0.1.9.zst"]["custom"]["from"] == "0.1.9"


def test_delta_that_saves_nothing(desk, tmp_path):
    new, old = tmp_path / "new", tmp_path / "mimamori-0.1.9-linux-x86_64.tar.zst"
    (new / "bin").mkdir(parents=True)
    (new / "bin/a").write_bytes(os.urandom(5000))
    old.write_bytes(zstd(data=tar_of({"bin/a": os.urandom(5000)})))
    assert "nearly as large" in add_agent(desk, new, "0.3.0", "--delta-from", old)
    desk.snapshot()
    assert list(targets(desk, "agent")) == ["agent/mimamori-0.3.0-linux-x86_64.tar.zst"]


def test_words_that_are_missing_or_wrong(desk, tmp_path):
    new = make_agent(tmp_path / "new", "0.3.0")
    before = desk.public()
    for more in ([], ["--version", "0.3.0"], ["--platform", LINUX], ["--version", "0.3", "--platform", LINUX], ["--version", "0.3.0", "--platform", "Linux x"],
                 ["--version", "0.3.0-rc1", "--platform", LINUX], ["--version", "00.3.0", "--platform", LINUX], ["--version", "1.2.3.4", "--platform", LINUX],
                 ["--version", "1.2.9999999999", "--platform", LINUX], ["--version", "0.3.0", "--platform", LINUX, "--schema", "0"]):
        desk.run("add", desk.dir, new, "--role", "agent", *more, keys=RELEASE, code=USAGE)
    pack = make_pack(tmp_path / "pack")
    for more in (["--platform", LINUX], ["--schema", "1"], ["--delta-from", "x"], ["--version", "9.9.9"]):
        desk.run("add", desk.dir, pack, "--role", "rules", *more, keys=["rules"], code=USAGE)
    (tmp_path / "plain.zip").write_bytes(b"zip")
    desk.run("add", desk.dir, tmp_path / "plain.zip", "--role", "rules", "--version", "1.0.0", keys=["rules"], code=USAGE)
    desk.run("add", desk.dir, new, pack, "--role", "agent", "--version", "0.3.0", "--platform", LINUX, keys=RELEASE, code=USAGE)
    desk.run("add", desk.dir, tmp_path / "nothing", "--role", "rules", keys=["rules"], code=NOT_FOUND)
    assert desk.public() == before and desk.staged() == []
    assert "hosts do not install it" in desk.run("add", desk.dir, tmp_path / "plain.zip", "--role", "rules", keys=["rules"])


def test_a_number_stands_for_one_content(desk, tmp_path):
    pack = make_pack(tmp_path / "pack")
    desk.run("add", desk.dir, pack, "--role", "rules", keys=["rules"])
    make_pack(pack, files={"burst/a.yar": b"rule b { condition: false }\n", "burst/samples/a.json": b"[]\n"})
    desk.run("add", desk.dir, pack, "--role", "rules", keys=["rules"])  # nobody has seen the first one
    desk.snapshot()
    desk.run("add", desk.dir, pack, "--role", "rules", keys=["rules"])  # the same once more
    make_pack(pack, files={"burst/a.yar": b"rule c { condition: false }\n", "burst/samples/a.json": b"[]\n"})
    for more in ([], ["--name", "rules/other.tar.zst"]):
        assert "give it the next number" in desk.run("add", desk.dir, pack, "--role", "rules", *more, keys=["rules"], code=FAILED)
    desk.run("add", desk.dir, pack, "--role", "rules", "--force", keys=["rules"])


# ---- floors -----------------------------------------------------------------------------------------------------------
def floor_of(desk, role):
    return json.loads(desk.run("verify", desk.dir, "--json"))["roles"][role].get("floor")


def test_floor_stays_in_later_versions(desk, tmp_path):
    assert "Nothing at or above 1.2.0 is offered" in desk.run("floor", desk.dir, "rules", "1.2.0", keys=["rules"])
    assert floor_of(desk, "rules") is None  # nobody sees what is only staged
    desk.run("add", desk.dir, make_pack(tmp_path / "pack", "1.10.0"), "--role", "rules", keys=["rules"])
    desk.snapshot()
    assert desk.metadata("2.rules.json")["signed"]["x-mimamori-floor"] == "1.2.0"
    desk.run("renew", desk.dir, "rules", keys=["rules"])
    desk.snapshot()
    assert floor_of(desk, "rules") == "1.2.0" and "floor 1.2.0" in desk.verify() and floor_of(desk, "agent") is None
    assert "older than 1.2.0" in desk.run("add", desk.dir, make_pack(tmp_path / "old", "1.1.9"), "--role", "rules", keys=["rules"], code=FAILED)
    assert "Nothing" not in desk.run("floor", desk.dir, "rules", "1.10.0", keys=["rules"])


def test_floor_never_comes_down_by_mistake(desk):
    desk.run("floor", desk.dir, "agent", "0.10.0", keys=RELEASE)
    desk.run("floor", desk.dir, "agent", "0.9.0", keys=RELEASE)  # nobody has seen the first one
    desk.run("floor", desk.dir, "agent", "0.10.0", keys=RELEASE)
    desk.snapshot()
    before = desk.public()
    assert "the floor is 0.10.0" in desk.run("floor", desk.dir, "agent", "0.9.9", keys=RELEASE, code=FAILED)
    assert desk.staged() == [] and desk.public() == before
    desk.run("floor", desk.dir, "agent", "0.10.0", keys=RELEASE)
    desk.run("floor", desk.dir, "agent", "0.9.9", "--force", keys=RELEASE)
    desk.snapshot()
    assert floor_of(desk, "agent") == "0.9.9"
    desk.run("floor", desk.dir, "agent", "--clear", keys=RELEASE)
    desk.snapshot()
    assert floor_of(desk, "agent") is None


def test_floors_that_make_no_sense(desk):
    for words in (["rules"], ["rules", "1.2"], ["rules", "latest"], ["rules", "1.2.0", "--clear"], ["targets", "1.2.0"], ["root", "1.2.0"], ["nobody", "1.2.0"]):
        desk.run("floor", desk.dir, *words, keys=["rules"], code=USAGE)
    assert "may not sign" in desk.run("floor", desk.dir, "rules", "1.2.0", keys=["release-1"], code=FAILED)
    assert desk.staged() == []


# ---- stages and their holds ---------------------------------------------------------------------------------------------
AGENT = "agent/mimamori-0.3.0-linux-x86_64.tar.zst"


def rollout_of(desk):
    return targets(desk, "agent")[AGENT]["custom"].get("rollout")


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


@pytest.fixture
def staged(desk, tmp_path):
    """An agent for a tenth of the canaries, held for 3 days."""
    add_agent(desk, make_agent(tmp_path / "new", "0.3.0"), "0.3.0", "--ring", "canary", "--percent", "10", "--hold", "3")
    desk.snapshot()
    return desk


def stage(desk, *words, code=OK, **how):
    return desk.run("stage", desk.dir, AGENT, "--ring", *words, keys=RELEASE, code=code, **how)


def test_hold_is_kept(staged):
    now = datetime.datetime.now(datetime.timezone.utc)
    first = rollout_of(staged)
    assert abs((instant(first["start"]) - now).total_seconds()) < 120 and first["hold_days"] == 3
    before = staged.public()
    until = (instant(first["start"]) + datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    late = ["faketime", "-f", "+71h"]
    for words in (["canary", "--percent", "11"], ["early", "--percent", "1"], ["broad"], ["broad", "--start", "2020-01-01T00:00:00Z"]):
        said = stage(staged, *words, code=FAILED, before=late)
        assert f"held until {until}" in said and "nobody else" in said
    # neither does the hold get shorter, nor does the same file come in by another door
    assert "no shorter" in stage(staged, "canary", "--percent", "10", code=FAILED)
    assert "no shorter" in stage(staged, "canary", "--percent", "5", "--hold", "2", code=FAILED)
    folder = staged.base.parent / "new"
    for more in ([], ["--name", "agent/other.tar.zst", "--ring", "broad"]):
        assert "held until" in add_agent(staged, folder, "0.3.0", *more, code=FAILED)
    assert staged.staged() == [] and staged.public() == before
    past = ["faketime", "-f", "+73h"]
    stage(staged, "early", "--percent", "50", "--hold", "1", before=past)
    staged.run("snapshot", staged.dir, keys=["snapshot", "timestamp"], before=past)
    assert "held until" in stage(staged, "broad", code=FAILED, before=past)
    stage(staged, "broad", before=["faketime", "-f", "+98h"])


def test_what_a_hold_does_not_forbid(staged):
    start = instant(rollout_of(staged)["start"])
    stage(staged, "canary", "--percent", "5", "--hold", "3")
    stage(staged, "canary", "--percent", "10", "--hold", "30")
    soon, late = ((start + datetime.timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M:%SZ") for h in (71, 72))
    stage(staged, "broad", "--start", soon, code=FAILED)
    stage(staged, "broad", "--start", late)  # prepared: before that instant nobody takes it
    staged.run("halt", staged.dir, AGENT, keys=RELEASE)
    stage(staged, "broad", "--force")
    staged.snapshot()
    assert rollout_of(staged) == {"ring": "broad", "percent": 100}


def test_what_is_only_staged_is_held_by_nothing(desk, tmp_path):
    add_agent(desk, make_agent(tmp_path / "new", "0.3.0"), "0.3.0", "--ring", "canary", "--hold", "3")
    stage(desk, "broad")
    desk.snapshot()
    stage(desk, "canary", "--hold", "3")  # narrower again
    desk.snapshot()
    stage(desk, "broad", code=FAILED)


# ---- bundles ------------------------------------------------------------------------------------------------------------
def read_bundle(path):
    with tarfile.open(path, "r:") as t:
        assert {(m.uid, m.gid, m.mtime, m.mode, m.type) for m in t} == {(0, 0, 0, 0o644, tarfile.REGTYPE)}
        return {m.name: t.extractfile(m).read() for m in t.getmembers()}


@pytest.fixture
def full(desk, tmp_path):
    """Rules, three agents of which one is halted and one below the floor, and a delta."""
    for n, version in enumerate(("0.1.0", "0.2.0", "0.3.0")):
        more = ["--delta-from", tmp_path / "old.tar.zst"] if n == 2 else []
        add_agent(desk, make_agent(tmp_path / version, version), version, *more)
        (tmp_path / "old.tar.zst").write_bytes(next((desk.dir / "targets/agent").glob(f"{'?' * 64}.mimamori-{version}-linux-x86_64.tar.zst")).read_bytes())
    desk.run("halt", desk.dir, "agent/mimamori-0.2.0-linux-x86_64.tar.zst", keys=RELEASE)
    desk.run("floor", desk.dir, "agent", "0.2.0", keys=RELEASE)
    desk.run("add", desk.dir, make_pack(tmp_path / "pack"), "--role", "rules", keys=["rules"])
    (tmp_path / "plain.txt").write_bytes(b"plain")
    desk.run("add", desk.dir, tmp_path / "plain.txt", "--role", "rules", keys=["rules"])
    desk.snapshot()
    desk.run("renew", desk.dir, "root", keys=["root-1", "root-2"])
    desk.run("timestamp", desk.dir, keys=["timestamp"])
    return desk


def test_bundle_has_what_a_host_needs(full, tmp_path):
    out = tmp_path / "site.mmb"
    said = full.run("bundle", full.dir, out)
    assert full.metadata("timestamp.json")["signed"]["expires"] in said
    files = read_bundle(out)
    assert list(files)[0] == "bundle.json"
    about = json.loads(files.pop("bundle.json"))
    assert about["format"] == 1 and abs((instant(about["made"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 120
    assert {n for n in files if n.startswith("metadata/")} == {"metadata/" + n for n in (
        "1.root.json", "2.root.json", "timestamp.json", "2.snapshot.json", "1.targets.json", "2.rules.json", "2.agent.json")}
    names = {n for n in files if n.startswith("targets/")}
    assert {n[:n.rindex("/") + 1] + n.split(".", 1)[1] for n in names} == {
        "targets/agent/mimamori-0.3.0-linux-x86_64.tar.zst", "targets/agent/mimamori-0.3.0-linux-x86_64.from-0.2.0.zst",
        "targets/rules/mimamori-rules-1.2.0.tar.zst", "targets/rules/plain.txt"}
    for name in names:
        assert sha256(files[name]) == name.split("/")[2].split(".")[0]
    for name, data in files.items():  # exactly what the server has
        assert (full.dir / name).read_bytes() == data


def test_host_updates_from_a_bundle(full, host, tmp_path):
    out = tmp_path / "site.mmb"
    full.run("bundle", full.dir, out)
    shutil.rmtree(full.dir / "metadata")
    shutil.rmtree(full.dir / "targets")
    for name, data in read_bundle(out).items():
        (full.dir / name).parent.mkdir(parents=True, exist_ok=True)
        (full.dir / name).write_bytes(data)
    content = host.download("agent/mimamori-0.3.0-linux-x86_64.tar.zst", "agent/mimamori-0.3.0-linux-x86_64.from-0.2.0.zst", "rules/mimamori-rules-1.2.0.tar.zst")
    assert all(content)


def test_bundle_of_one_kind_and_the_same_bytes(full, tmp_path):
    made = {}
    for kind in ("rules", "agent"):
        for n in range(2):
            full.run("bundle", full.dir, tmp_path / f"{kind}{n}.mmb", "--kind", kind)
        names = read_bundle(tmp_path / f"{kind}0.mmb")
        made[kind] = sorted(n.split(".", 1)[1] for n in names if n.startswith("targets/"))
        both = [dict(read_bundle(tmp_path / f"{kind}{n}.mmb"), **{"bundle.json": b""}) for n in range(2)]
        assert list(both[0].items()) == list(both[1].items())
    assert made == {"rules": ["mimamori-rules-1.2.0.tar.zst"],
                    "agent": ["mimamori-0.3.0-linux-x86_64.from-0.2.0.zst", "mimamori-0.3.0-linux-x86_64.tar.zst"]}


def test_bundle_that_a_client_would_refuse(full, tmp_path):
    out = tmp_path / "site.mmb"
    out.write_bytes(b"the one before")
    assert "would refuse it" in full.run("bundle", full.dir, out, before=["faketime", "-f", "+2d"], code=FAILED)
    for f in (full.dir / "targets/rules").glob("*plain.txt"):
        f.write_bytes(b"Plain")
    assert "plain.txt" in full.run("bundle", full.dir, out, code=FAILED)
    full.run("bundle", full.dir, out, "--kind", "agent")
    full.run("bundle", full.dir, tmp_path / "nowhere/site.mmb", "--kind", "agent", code=NOT_FOUND)
    f = full.dir / "metadata/2.agent.json"
    f.write_text(f.read_text().replace("0.3.0", "0.3.1"))
    out.write_bytes(b"the one before")
    assert "agent.json" in full.run("bundle", full.dir, out, code=FAILED)
    full.run("bundle", full.dir, out, "--kind", "delta", code=USAGE)
    full.run("bundle", tmp_path / "nothing", out, code=FAILED)
    assert out.read_bytes() == b"the one before" and not list(tmp_path.glob("*.part"))


# ---- taking away ----------------------------------------------------------------------------------------------------------
def served(desk):
    """Names without the hashes of artifacts."""
    return {n if n.startswith("metadata") else n[:n.rindex("/") + 1] + n.split(".", 1)[1] for n in desk.public()}


def test_removed_file_and_its_deltas(full, host):
    full.run("remove", full.dir, "agent/mimamori-0.3.0-linux-x86_64.tar.zst", keys=RELEASE)
    full.run("remove", full.dir, "rules/plain.txt", keys=["rules"])
    assert "mimamori-0.3.0-linux-x86_64.from-0.2.0.zst" in full.verify()  # nobody sees what is only staged
    full.snapshot()
    assert sorted(targets(full, "agent")) == [f"agent/mimamori-{v}-linux-x86_64.tar.zst" for v in ("0.1.0", "0.2.0")]
    assert list(targets(full, "rules")) == ["rules/mimamori-rules-1.2.0.tar.zst"]
    status, said = host.run("--target-name", "rules/plain.txt", "download")
    assert status == 1 and "[not-found]" in said
    full.run("remove", full.dir, "rules/plain.txt", keys=["rules"], code=NOT_FOUND)
    assert "targets/rules/plain.txt" in served(full)  # who reads an older version may still want it
    assert "may not sign" in full.run("remove", full.dir, "rules/mimamori-rules-1.2.0.tar.zst", keys=["release-1"], code=FAILED)


def test_cleanup_keeps_what_somebody_may_read(desk, host):
    rules = {}
    for n in range(1, 9):  # versions 2 to 9 of rules and snapshot
        desk.add("rules/pack.zip", b"rules %d" % n)
        desk.snapshot()
        rules[n + 1] = b"rules %d" % n
    desk.add("rules/next.zip", b"on its way", keys=[], code=MORE)
    (desk.dir / "metadata/README").write_text("ours")
    (desk.dir / "targets/rules/note").write_text("ours")
    (desk.dir / "targets/rules" / f"{sha256(b'lost')}.lost").write_text("lost")  # of an `add` that was cut off
    before = desk.public()
    said = json.loads(desk.run("cleanup", desk.dir, "--keep", "3", "--json"))
    after = desk.public()
    assert {n: before[n] for n in after} == after
    gone = set(before) - set(after)
    assert {n for n in gone if n.startswith("metadata")} == {f"metadata/{v}.{r}.json" for v in range(1, 7) for r in ("rules", "snapshot")}
    assert {before[n] for n in gone if n.startswith("targets")} == {rules[v] for v in range(2, 7)} | {b"lost"}
    assert set(after.values()) >= {rules[7], rules[8], rules[9], b"on its way"}
    assert (said["metadata"], said["artifacts"]) == (12, 11) and said["bytes"] > 0
    desk.verify()
    assert host.download("rules/pack.zip") == [b"rules 8"]
    assert json.loads(desk.run("cleanup", desk.dir, "--keep", "3", "--json"))["metadata"] == 0
    desk.run("sign", desk.dir, "rules", keys=["rules"])
    desk.snapshot()
    assert host.download("rules/next.zip") == [b"on its way"]
    for wrong in ("0", "1", "x"):
        desk.run("cleanup", desk.dir, "--keep", wrong, code=USAGE)


def test_client_in_the_middle_of_reading(desk, host):
    """It has the timestamp of before; a publication and a cleanup come, and it reads on."""
    desk.add("rules/pack.zip", b"rules one")
    desk.snapshot()
    old = (desk.dir / "metadata/timestamp.json").read_bytes()
    desk.add("rules/pack.zip", b"rules two")
    desk.snapshot()
    desk.run("cleanup", desk.dir, "--keep", "2")
    (desk.dir / "metadata/timestamp.json").write_bytes(old)
    assert host.download("rules/pack.zip") == [b"rules one"]


def test_roles_that_change_seldom_survive_cleanup(desk, host):
    """agent has one version, named by every snapshot; roots are never removed."""
    for n in range(3):
        desk.run("renew", desk.dir, "root", keys=["root-1", "root-2"])
    for n in range(5):
        desk.snapshot()
    desk.run("cleanup", desk.dir, "--keep", "2")
    assert served(desk) == {"metadata/" + n for n in ("1.root.json", "2.root.json", "3.root.json", "4.root.json", "1.targets.json", "1.rules.json",
                                                      "1.agent.json", "5.snapshot.json", "6.snapshot.json", "timestamp.json")}
    host.refresh()


@pytest.mark.parametrize("name", ["3.rules.json", "3.snapshot.json", "4.snapshot.json", "1.targets.json"])
def test_cleanup_removes_nothing_when_something_cannot_be_read(desk, name):
    for n in range(3):
        desk.add("rules/pack.zip", b"rules %d" % n)
        desk.snapshot()
    f = desk.dir / "metadata" / name
    f.write_bytes(f.read_bytes()[:-20])
    before = desk.public()
    desk.run("cleanup", desk.dir, "--keep", "2", code=FAILED)
    assert desk.public() == before


# ---- keys in tokens ---------------------------------------------------------------------------------------------------------
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "12345678-pin"


class Token:
    """SoftHSM in a folder, with keys that OpenSSL made."""

    def __init__(self, base):
        self.base = base
        (base / "tokens").mkdir(parents=True)
        (base / "softhsm2.conf").write_text(f"directories.tokendir = {base}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.env = {"SOFTHSM2_CONF": str(base / "softhsm2.conf")}
        self.pin = base / "pin"
        self.pin.touch(0o600)
        self.pin.write_text(PIN + "\n")
        self.number = 0
        self.util("--init-token", "--free", "--label", "release", "--so-pin", "1234567890", "--pin", PIN)

    def util(self, *words):
        subprocess.run(["softhsm2-util", *words], env=dict(os.environ, **self.env), check=True, stdout=subprocess.DEVNULL, timeout=60)

    def key(self, label, *kind):
        """Its address."""
        self.number += 1
        f = self.base / f"{label}.pem"
        subprocess.run(["openssl", "genpkey", *kind, "-out", f], check=True, stderr=subprocess.DEVNULL)
        self.util("--import", str(f), "--token", "release", "--label", label, "--id", f"{self.number:02x}", "--pin", PIN)
        return self.uri(f"object={label}")

    def uri(self, path="", query=f"?module-path={MODULE}"):
        return f"pkcs11:token=release{';' if path else ''}{path}{query}"

    def run(self, desk, *words, code=OK, pin=True):
        secret = ["--passphrase-file", str(self.pin)] if pin else []
        p = subprocess.run([str(PROGRAM), *map(str, words), *secret], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           timeout=60, env=dict(os.environ, **self.env), start_new_session=True)
        assert p.returncode == code, (words, p.returncode, p.stdout)
        assert PIN not in p.stdout
        return p.stdout


ED25519, P256 = ("-algorithm", "ed25519"), ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    t = Token(tmp_path_factory.mktemp("token"))
    t.ed25519, t.p256 = t.key("release-1", *ED25519), t.key("release-2", *P256)
    t.rsa = t.key("other", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    return t


def test_release_that_a_token_signed(desk, host, token, tmp_path):
    for n, uri in (("1", token.ed25519), ("2", token.p256)):
        said = token.run(desk, "keys", "export", uri, tmp_path / f"{n}.pub", pin=False)
        assert f"{n}.pub" in said
        desk.run("rotate", desk.dir, "agent", "--add", tmp_path / f"{n}.pub", "--remove", desk.key(f"release-{n}") + ".pub", keys=RELEASE)
    desk.run("renew", desk.dir, "agent", keys=["release-3"], code=MORE)
    assert "2 of 2" in token.run(desk, "sign", desk.dir, "agent", "--key", token.p256)
    desk.snapshot()
    folder = make_agent(tmp_path / "new", "0.3.0")
    said = token.run(desk, "add", desk.dir, folder, "--role", "agent", "--version", "0.3.0", "--platform", LINUX, "--key", token.ed25519, "--key", token.p256)
    assert "2 of 2" in said
    desk.snapshot()
    state = json.loads(desk.run("verify", desk.dir, "--json"))
    assert state["roles"]["agent"]["signatures"] == 2 and AGENT in state["files"]
    assert host.download(AGENT)
    wanted = {json.loads((tmp_path / f"{n}.pub").read_text())["keytype"] for n in "12"}
    assert wanted == {"ed25519", "ecdsa"}


def test_tokens_of_p11_kit_need_no_path(desk, token, tmp_path):
    token.run(desk, "keys", "export", token.uri("object=release-1", ""), tmp_path / "a.pub", pin=False)
    token.run(desk, "keys", "export", token.uri("id=%01"), tmp_path / "b.pub", pin=False)
    assert (tmp_path / "a.pub").read_bytes() == (tmp_path / "b.pub").read_bytes()
    assert "may not sign" in token.run(desk, "renew", desk.dir, "rules", "--key", token.uri("object=release-1", ""), code=FAILED)


def test_list_of_a_token(desk, token):
    for pin in (False, True):
        rows = json.loads(token.run(desk, "keys", "list", token.uri(), "--json", pin=pin))["keys"]
        assert {(r["token"], r["label"], r["id"]) for r in rows} == {("release", "release-1", "01"), ("release", "release-2", "02"), ("release", "other", "03")}
        assert {r["label"] for r in rows if r["key"]} == {"release-1", "release-2"}
    said = token.run(desk, "keys", "list", token.uri())
    assert "object release-2" in said and "ecdsa" in said and "not used here" in said


def test_tokens_that_do_not_sign(desk, token, tmp_path):
    before = desk.public()

    def refused(uri, why, code, **how):
        assert why in token.run(desk, "renew", desk.dir, "rules", "--key", uri, code=code, **how)

    refused(token.uri("object=nobody"), "no such private key", NOT_FOUND)
    refused(token.uri(), "more than one key", USAGE)
    refused(token.rsa, "neither an Ed25519 nor a P-256", FAILED)
    refused(token.ed25519.replace("token=release", "token=nobody"), "no such token", NOT_FOUND)
    refused(token.ed25519.replace(MODULE, "/nowhere.so"), "cannot be loaded", NOT_FOUND)
    refused(token.ed25519.replace(MODULE, str(tmp_path)), "cannot be loaded", NOT_FOUND)
    refused("pkcs11:nonsense", "not an address", USAGE)
    refused("pkcs11:color=red", "not an address", USAGE)
    for pin in ("pin-value=" + PIN[:4], "pin-source=file:/etc/passwd"):
        refused(token.ed25519 + "&" + pin, "no PIN in the address", USAGE)
    refused(token.ed25519, "there is no terminal", FAILED, pin=False)
    right = token.pin.read_text()
    try:
        token.pin.write_text("wrong-pin\n")
        refused(token.ed25519, "the token says", FAILED)
    finally:
        token.pin.write_text(right)
    for words in (["list", "release-1.key"], ["export", "x.key", "y.pub"]):
        token.run(desk, "keys", *words, code=USAGE)
    token.run(desk, "keys", "export", token.uri(), tmp_path / "x.pub", code=USAGE)
    token.run(desk, "keys", "export", token.rsa, tmp_path / "x.pub", code=FAILED)
    token.run(desk, "keys", "export", token.uri("object=nobody"), tmp_path / "x.pub", code=NOT_FOUND)
    assert not (tmp_path / "x.pub").exists()
    (tmp_path / "x.pub").write_text("mine")
    assert "never written over" in token.run(desk, "keys", "export", token.ed25519, tmp_path / "x.pub", code=FAILED)
    assert desk.public() == before and desk.staged() == []


# ---- the journal ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("journal", ['{"files":{"../targets/x.json":"{}"},"unstage":[]}', '{"files":{"7.rules.json":7},"unstage":[]}', '{"files":{}}', "{",
                                     '{"files":{"x.json":"{}"},"unstage":[]}', '{"files":{},"unstage":[""]}', '{"files":{"7../x.json":"{}"},"unstage":[]}', ""])
def test_journal_that_no_desk_wrote(desk, journal):
    before = desk.public()
    (desk.dir / "staged/publication.journal").write_text(journal)
    assert "cannot be completed" in desk.run("renew", desk.dir, "rules", keys=["rules"], code=FAILED)
    desk.snapshot(code=FAILED)
    assert desk.public() == before and desk.staged() == ["publication.journal"]
    desk.verify()
