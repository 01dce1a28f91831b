"""Manual pages and completions are made from the programs' own tables: nothing is missing in them, and they can be used."""
import os
import re
import subprocess

import pytest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(TREE, os.environ.get("B", "build/" + os.environ.get("V", "release")), "bin")
PAGES = ["man1/mimamori.1", "man1/mimamori-console.1", "man1/mimamori-publish.1", "man5/agent.ini.5", "man8/mimamorid.8", "man8/mimamori-update.8", "man8/mimamori-setup.8"]
CALLED = [os.path.basename(p).rsplit(".", 1)[0] for p in PAGES if "agent.ini" not in p]
# the sources with a table, and what stands around a word there
TABLES = {"mimamori": ("agent/cli/cli.c", r'^    \{"(?P<word>[a-z-]+)"'), "mimamori-console": ("console/main.c", r'^    \{"(?P<word>[a-z]+)"'),
          "mimamori-publish": ("updater/publish/main.c", r'^    \{"(?P<word>[a-z]+)"')}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("manual")
    subprocess.run([os.path.join(TREE, "tools/manual.py"), BIN, out], check=True)
    return out


def shown(made, page):
    env = dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="100")
    p = subprocess.run(["man", "--warnings", "-l", made / "man" / page], env=env, capture_output=True, text=True)
    assert p.returncode == 0 and not p.stderr, p.stderr
    return p.stdout


def words(made, program, *typed):
    """What bash offers for the last word of the line."""
    line = " ".join(f"'{w}'" for w in (program, *typed))
    script = f"source {made}/bash-completion/{program}; COMP_WORDS=({line}); COMP_CWORD={len(typed)}; _{program.replace('-', '_')}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    p = subprocess.run(["bash", "-u", "-c", script], capture_output=True, text=True)
    assert p.returncode == 0 and not p.stderr, p.stderr
    return set(p.stdout.split())


@pytest.mark.skipif(not os.access("/usr/bin/man", os.X_OK), reason="needs the program man")
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_read_without_a_warning(made, page):
    text = shown(made, page)
    assert all(h in text for h in ("NAME", "DESCRIPTION", "SEE ALSO")) and len(text.split("\n")) > 20
    assert "made by" not in text and "Traceback" not in text


@pytest.mark.parametrize("program", TABLES)
def test_no_command_of_the_tables_is_missing(made, program):
    path, pattern = TABLES[program]
    with open(os.path.join(TREE, path)) as f:
        table = {m["word"] for m in re.finditer(pattern, f.read(), re.M)}
    with open(made / f"man/man1/{program}.1") as f:
        page = f.read().replace("\\-", "-")
    assert len(table) > 10 and not [w for w in table if not re.search(rf"^\.B {w}\b", page, re.M)]
    assert {w for w in table if w[0] != "-"} <= words(made, program, "")


@pytest.mark.parametrize("program", ["mimamori-console", "mimamori-publish"])
def test_no_option_of_the_tables_is_missing(made, program):
    with open(os.path.join(TREE, TABLES[program][0])) as f:
        rows = re.search(r"verbs\[\] = \{(.*?)\n\};", f.read(), re.S)[1]
    table = {o for text in re.findall(r'" (--[^"]*) "', rows) for o in re.findall(r"--[a-z-]+", text)}
    with open(made / f"man/man1/{program}.1") as f:
        page = f.read().replace("\\-", "-")
    assert len(table) > 8 and not [o for o in table if not re.search(rf"{o}\b(?!-)", page)]


def test_no_key_of_the_settings_is_missing(made):
    dump = subprocess.run([f"{BIN}/mimamorid", "--dump-config"], check=True, capture_output=True, text=True).stdout
    keys = re.findall(r"^([a-z_]+)=", dump, re.M)
    with open(made / "man/man5/agent.ini.5") as f:
        assert len(keys) > 25 and re.findall(r"^\.BI ([a-z_]+)=", f.read(), re.M) == keys


@pytest.mark.parametrize("program, typed, some, none", [
    ("mimamori", ("st",), {"status"}, "why"),
    ("mimamori", ("--lang", ""), {"ja", "en"}, "status"),
    ("mimamori", ("events", "--severity", "c"), {"critical"}, "low"),
    ("mimamori", ("events", "--sev"), {"--severity"}, "--json"),
    ("mimamori-update", ("rollback", ""), {"rules", "agent"}, "now"),
    ("mimamori-setup", ("",), {"install", "uninstall"}, "--code"),
    ("mimamori-setup", ("install", "--"), {"--code", "--dry-run", "--lang"}, "install"),
    ("mimamori-console", ("--dir", "/tmp", "token", ""), {"new"}, "token"),
    ("mimamori-console", ("--dir", "/tmp", "operator", "add", "x", "--role", ""), {"desk", "admin"}, "add"),
    ("mimamori-publish", ("stage", "d", "n", "--ring", "e"), {"early"}, "broad"),
    ("mimamori-publish", ("keys", "new", "--"), {"--type", "--json"}, "--ring"),
    ("mimamorid", ("--check",), {"--check-config", "--check-rules"}, "--help"),
])
def test_bash_completes(made, program, typed, some, none):
    offered = words(made, program, *typed)
    assert some <= offered and none not in offered


def test_the_same_programs_give_the_same_bytes(made, tmp_path):
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "ja_JP.UTF-8", "LANG": "ja_JP.UTF-8", "TZ": "Asia/Tokyo"}
    subprocess.run(["sh", "-c", 'umask 077; exec "$@"', "sh", os.path.join(TREE, "tools/manual.py"), BIN, tmp_path], check=True, env=env, cwd="/")
    for folder, _, files in os.walk(made):
        for n in files:
            path = os.path.join(folder, n)
            with open(path, "rb") as a, open(tmp_path / os.path.relpath(path, made), "rb") as b:
                assert a.read() == b.read(), n
