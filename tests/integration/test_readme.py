"""The README against the programs: every key with its default, every command, no command that is not there.

Run: B=build/release /usr/bin/python3 -m pytest tests/integration/test_readme.py
"""
import os
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(ROOT, os.environ.get("B", "build/" + os.environ.get("V", "release")), "bin")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


def output(program, *argv):
    path = os.path.join(BIN, program)
    if not os.access(path, os.X_OK):
        pytest.skip(f"{os.path.relpath(path, ROOT)} is not built")
    p = subprocess.run([path, *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    assert p.returncode == 0, p.stdout
    return p.stdout


def documented(part):
    """{(section, key): default} of the configuration table in a part of the README."""
    rows = re.findall(r"^\| `\[(\w+)\]` \| `(\w+)` \| [^|]+ \| (?:`([^`]*)`|\(empty\)) \|", part, re.M)
    return {(s, k): d for s, k, d in rows}


def dumped(text):
    out, section = {}, None
    for line in text.split("\n"):
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            out[section, key] = value
    return out


def test_every_key_with_its_default(tmp_path):
    empty = tmp_path / "agent.ini"
    empty.write_text("")
    agent = read("README.md").split("\n## Configuration\n")[1].split("\n## ")[0]
    assert documented(agent) == dumped(output("mimamorid", "--config", str(empty), "--dump-config"))


def test_every_key_of_the_console():
    rows = re.findall(r'^    \{"(\w+)", "(\w+)", CONFIG_', read("console", "config.c"), re.M)
    part = read("README.md").split("\n## The console\n")[1].split("\n## ")[0]
    assert rows and set(documented(part)) == set(rows)


def test_the_commands_of_mimamori():
    text = read("README.md") + read("docs", "operations.md")
    verbs = set(re.findall(r"^  (\w+) +(?:ID )? *\w", output("mimamori", "--lang", "en", "--help").split("Options:")[0], re.M))
    assert verbs, "no verb in the help"
    for v in verbs:
        assert f"mimamori {v}" in text, f"{v} is not documented"
    for v in re.findall(r"`mimamori (?!--)(\w+)", text):
        assert v in verbs, f"mimamori {v} does not exist"


def test_the_commands_of_the_console():
    text = read("README.md") + read("docs", "operations.md")
    verbs = set(re.findall(r"^  (\w+)", output("mimamori-console", "--help"), re.M))
    for v in verbs:
        assert re.search(rf"(mimamori-console (--dir [\w/]+ )?|`){v}\b", text), f"{v} is not documented"
    for v in re.findall(r"mimamori-console --dir [\w/]+ (\w+)", text):
        assert v in verbs, f"mimamori-console {v} does not exist"


def test_links_lead_somewhere():
    for name in ("README.md", "docs/architecture.md", "docs/operations.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", read(name)):
            if "://" not in target:
                assert os.path.exists(os.path.join(ROOT, os.path.dirname(name), target)), f"{name}: {target}"
