"""The README against the programs: every key with its default, every command, no command that is not there, the table of
VPN products against the tables of the rules.

Run: B=build/release /usr/bin/python3 -m pytest tests/integration/test_readme.py
"""
import importlib.machinery
import importlib.util
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
    for name in ("README.md", "SECURITY.md", "docs/architecture.md", "docs/operations.md", "docs/doors.md", "tools/vpn/README.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", read(name)):
            if "://" not in target:
                assert os.path.exists(os.path.join(ROOT, os.path.dirname(name), target)), f"{name}: {target}"


def products():
    """tools/vpn-products as a module."""
    path = os.path.join(ROOT, "tools", "vpn-products")
    spec = importlib.util.spec_from_loader("vpn_products", importlib.machinery.SourceFileLoader("vpn_products", path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def doors():
    return read("README.md").split("\n## The way in: VPN, remote access, six basic rules\n")[1].split("\n## ")[0]


def test_the_tables_of_vpn_products_fit_the_rules():
    p = products()
    printed = p.tables()
    assert printed in doors(), "tools/vpn-products --write"
    names = re.findall(r"^\[([\w-]+)\]", read("tools", "vpn", "products.ini"), re.M)
    for name in names:
        assert f"`{name}`" in printed, f"{name} has no row"
    rows = re.findall(r"\| (\d+) \((\d+)\) \|$", printed.split("\n\n")[0], re.M)
    kinds = re.findall(r"^kind = (\w+)", read("tools", "vpn", "products.ini"), re.M)
    assert len(rows) == kinds.count("gateway") == 23


def test_each_advisory_is_counted_once():
    """Counted again from the made rules, not from the table that the rows come from."""
    shown = {name: (int(n), int(kev)) for name, n, kev in re.findall(r"`([\w-]+)` \|.*?(\d+) \((\d+)\)", doors())}
    for name, (n, kev) in shown.items():
        rules = [r for r in re.split(r"^rule ", read("rules", "vpn", name.replace("-", "_") + ".yar"), flags=re.M)[1:] if f'product = "{name}"' in r]
        assert (n, kev) == (len(rules), sum(' kev = "' in r for r in rules)), name
    assert len(shown) > 23


def test_the_number_of_questions():
    asks = [a for a in products().questions() if a != "tls"]
    kinds = {kind: len([a for a in asks if a.startswith(kind)]) for kind in ("https:", "ike", "ssh", "snmp")}
    assert f"at most {len(asks)} light, normal questions" in doors()
    assert f"{kinds['https:']} HTTPS paths, IKE, SSH, {kinds['snmp']} times SNMP" in doors() and kinds["ike"] == kinds["ssh"] == 1
    assert sum(kinds.values()) == len(asks)


def test_the_verdicts_and_states_are_those_of_the_programs():
    words = re.findall(r'"(\w+)"', re.search(r"WORDS\[VERDICT_COUNT\] = \{(.*?)\}", read("agent", "detect", "doors.c")).group(1))
    table = doors().split("### What a verdict means")[1].split("**The 14-day clock.**")[0]
    told = " ".join(re.findall(r"^\| ([^|]+) \|", table, re.M))
    assert words and all(w in told for w in words), words
    for mitigation in ("disabled", "workaround", "separated", "monitored"):
        assert f"`{mitigation}`" in doors()
    catalogue = read("lib", "text_rows", "doors.inc")
    for word in ("達成", "未達", "一部", "未確認"):
        assert word in doors() and f'"{word}"' in catalogue, word
